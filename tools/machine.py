# SPDX-License-Identifier: Apache-2.0
"""A board in QEMU with Bulkhead on it, seen through its one console: what each guest says, in order,
as if it had a console of its own. For the system tests and tools/demo.py."""
import codecs
import os
import queue
import re
import subprocess
import threading
import time
from collections import Counter

import qemu
from demux import OTHER, Demux

KEY = b"\x1c"                     # Ctrl-\, see hyp/console/mux.h
PROMPT = "linux# "                # of the Linux guest, guest/linux
# Seconds; they cost nothing when all is well. Where all may be wrong (tests/mutate) they are fewer.
PATIENCE = float(os.environ.get("BULKHEAD_PATIENCE", "120"))
FIRMWARE, HYPERVISOR = OTHER, "bulkhead"  # sources that are no guests


class MachineError(AssertionError):
    """What was expected did not come."""


class Machine:
    """Boots at once. Streams are text with "\\n" line ends, by source name. The newline of a source's
    last line comes only with its next line (demux.py), so patterns end a line with "$"."""

    def __init__(self, kernel, bundle=None, *, log=None, **shape):
        # Pipes, not a terminal: that would put a "\r" before each "\n".
        self._child = subprocess.Popen(qemu.command(kernel, bundle, **shape), bufsize=0,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT)
        # Always emptied: a full pipe would stop QEMU while the test looks elsewhere.
        self._arrived = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._reader.start()
        self._demux = Demux()
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._raw = bytearray()
        self._log = log
        self._read = {}           # source -> how much of its stream expect() has gone past

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._child.kill()
        self._child.wait()
        while self._pump(1):
            pass
        self._reader.join()
        self._child.stdin.close()
        self._child.stdout.close()
        if self._log is not None:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            self._log.write_bytes(bytes(self._raw))

    # ---- what comes out ------------------------------------------------------------------------
    @property
    def transcript(self):
        return self._raw.decode(errors="replace").replace("\r\n", "\n")

    def stream(self, source):
        """All that a source has said."""
        return self._demux.text(source)

    def _read_all(self):
        """The thread that reads the console; nothing is the end."""
        data = True
        while data:
            data = os.read(self._child.stdout.fileno(), 65536)
            self._arrived.put(data)

    def _pump(self, seconds):
        """Take in what arrives next, waiting that long for it; False when QEMU has ended."""
        try:
            data = self._arrived.get(timeout=max(seconds, 0))
        except queue.Empty:
            return True
        if not data:
            self._arrived.put(data)   # for the next who asks
            return False
        self._raw += data
        self._demux.feed(self._decoder.decode(data))
        return True

    def expect(self, source, pattern, timeout=PATIENCE):
        """Wait for a regular expression in what a source says, after what was expected of it
        before. Returns the match."""
        compiled, end = re.compile(pattern, re.MULTILINE), time.monotonic() + timeout
        alive = True
        while True:
            found = compiled.search(self.stream(source), self._read.get(source, 0))
            if found:
                self._read[source] = found.end()
                return found
            if not alive or time.monotonic() > end:
                why = f"within {timeout} s" if alive else "before QEMU ended"
                raise MachineError(f"[{source}] did not say {pattern!r} {why}; the console's end:\n"
                                   + self.transcript[-3000:])
            alive = self._pump(min(0.2, end - time.monotonic()))

    def listen(self, seconds):
        """Let this much wall time pass."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._pump(end - time.monotonic()):
            pass

    def expect_end(self, timeout=PATIENCE):
        """Wait for QEMU to end, as it does when the board is powered off."""
        end = time.monotonic() + timeout
        while self._pump(0.2):
            if time.monotonic() > end:
                raise MachineError(f"QEMU did not end within {timeout} s; the console's end:\n"
                                   + self.transcript[-3000:])

    # ---- what goes in --------------------------------------------------------------------------
    def _send(self, data):
        self._child.stdin.write(data)

    def send(self, text):
        """Bytes for the guest with the focus."""
        self._send(text.encode())

    def key(self, command):
        """A command of the console: Ctrl-\\ and this."""
        self._send(KEY + command.encode())

    def shell(self, source, command, timeout=PATIENCE):
        """Run a command in the Linux guest with the focus, whose shell has shown its prompt; returns
        what it printed. A command that fails is an error."""
        self.expect_nothing_left(source)
        start = self._read[source]
        mark = 'echo "<$?>"'     # as typed it differs from what it prints
        self.send(f"{command}; {mark}\n")
        status = self.expect(source, r"^<(\d+)>$", timeout)
        self.expect(source, PROMPT, timeout)
        output = self.stream(source)[start:status.start()].partition(mark + "\n")[2]
        if status[1] != "0":
            raise MachineError(f"[{source}] {command!r} ended with {status[1]}: {output}")
        return output

    def exits(self):
        """Press the statistics key; returns {(guest, vcpu): {cause: count}}, 0 for other causes."""
        self.listen(0.2)          # what was on its way is not part of the answer
        self.expect_nothing_left(HYPERVISOR)
        self.key("s")
        self.expect(HYPERVISOR, r"^exits ")
        start, known = self._read[HYPERVISOR] - len("exits "), -1
        while known != len(self.stream(HYPERVISOR)):  # the lines come together
            known = len(self.stream(HYPERVISOR))
            self.listen(0.5)
        self.expect_nothing_left(HYPERVISOR)
        return {(guest, int(vcpu)): Counter({name: int(value) for name, value in
                                             (item.split("=") for item in counts.split())})
                for guest, vcpu, counts in
                re.findall(r"^exits (\S+) vcpu(\d+): (.*)$", self.stream(HYPERVISOR)[start:],
                           re.MULTILINE)}

    def expect_nothing_left(self, source):
        """Go past all that the source has said so far."""
        self._read[source] = len(self.stream(source))
