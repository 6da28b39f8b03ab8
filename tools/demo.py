#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the demo to a verdict: boots configs/demo, has Linux and the bare-metal guest exchange
messages, checks what both say, and prints a transcript with "demo: PASS" or "demo: FAIL: reason" last.

    tools/demo.py [BUNDLE [SECONDS]]
"""
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from machine import PROMPT, Machine, MachineError  # noqa: E402
from qemu import QemuError  # noqa: E402

ROOT = Path(os.path.relpath(Path(__file__).resolve().parents[1]))
MESSAGES = ["hello there", "two guests, one board", "nothing shared but this page"]
PATIENCE = 50                     # seconds for all of it, unless told: the promise is one minute


def scenario(machine, say, patience):
    end = time.monotonic() + patience

    def left():
        return max(end - time.monotonic(), 1)

    machine.expect("rtos", r"^ready: mailbox at", left())
    say("the bare-metal guest is ready on its hart")
    harts = machine.expect("linux", r"^linux: ready, (Linux \S+), (\d+) harts", left())
    machine.expect("linux", PROMPT, left())
    say(f"{harts[1]} is at its shell with {harts[2]} harts")
    for text in MESSAGES:
        machine.send(f"mailbox '{text}'\n")
        number = machine.expect("rtos", rf"^message (\d+): {text}$", left())[1]
        machine.expect("linux", rf"^message {number} answered: {text.upper()}$", left())
        machine.expect("linux", PROMPT, left())
        say(f"message {number} went to the bare-metal guest, and its answer to Linux")
    machine.key("1")
    machine.send("are you there?\r")
    machine.expect("rtos", r"^you typed: are you there\?$", left())
    say("the focus moved to the bare-metal guest, and it got what was typed")


def main():
    bundle = sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/configs/demo.bundle"
    patience = float(sys.argv[2]) if len(sys.argv) > 2 else PATIENCE
    begun, verdict = time.monotonic(), "PASS"

    def say(text):
        print(f"demo: {time.monotonic() - begun:5.1f} s: {text}", flush=True)

    try:
        say("booting the demo configuration")
        with Machine(ROOT / "build/bulkhead.bin", bundle) as machine:
            try:
                scenario(machine, say, patience)
            except MachineError as error:
                verdict = f"FAIL: {str(error).splitlines()[0]}"
            print("---- the console, all of it ----")
            print("".join(c for c in machine.transcript if c == "\n" or c.isprintable()))
            print("---- end of the console ----")
    except QemuError as error:
        verdict = f"FAIL: {error}"
    print(f"demo: {verdict}", flush=True)
    return 0 if verdict == "PASS" else 1


if __name__ == "__main__":
    sys.exit(main())
