#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`make bench`: instructions that a guest pays for a service, natively and under Bulkhead.

QEMU counts instructions (-icount shift=0), so two runs give the same figures. Both are taken in one
invocation with the same guest, guest/bench.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import qemu  # noqa: E402  (found through the line above)

COUNTING = ("-icount", "shift=0,sleep=off", "-seed", "1",
            "-rtc", "base=2026-01-01T00:00:00,clock=vm")
ROW = re.compile(r"bench: ([a-z-]+) (\d+)")


def figures(kernel, initrd=None):
    """{name: instructions} of one run."""
    done = subprocess.run(qemu.command(kernel, initrd, harts=1, extra=COUNTING), text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    if "bench: end" not in done.stdout:
        sys.exit(f"bench: the guest did not finish:\n{done.stdout}{done.stderr}")
    return {name: int(value) / 100 for name, value in ROW.findall(done.stdout)}


def main():
    native = figures(ROOT / "build/images/bench.bin")
    guest = figures(ROOT / "build/bulkhead.bin", ROOT / "build/bench/bench.bundle")
    print(f"{'instructions':16} {'native':>9} {'Bulkhead':>9} {'ratio':>7}")
    for name, value in guest.items():
        print(f"{name:16} {native[name]:9.2f} {value:9.2f} {value / native[name]:7.2f}")


if __name__ == "__main__":
    main()
