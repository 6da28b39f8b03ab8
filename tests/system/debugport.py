# SPDX-License-Identifier: Apache-2.0
"""The debug port of a board: any physical address, memory or register, read and written from outside
while all harts run, as a RISC-V debug module does by its system bus access; and the levels of
interrupt wires. It is QEMU's own test port (docs/devel/testing/qtest.rst)."""
import socket

_MAX_BYTES = 2048                 # of one command


class DebugPort:
    """Make it, boot with extra=port.options, then connect()."""

    def __init__(self, folder):
        self._path = folder / "debugport"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.settimeout(60)
        self._listener.bind(str(self._path))
        self._listener.listen()
        self._socket = self._file = None

    @property
    def options(self):
        return ("-qtest", f"unix:{self._path}", "-qtest-log", "none")

    def connect(self):
        self._socket, _ = self._listener.accept()
        self._socket.settimeout(60)
        self._file = self._socket.makefile("r")

    def close(self):
        if self._socket is not None:
            self._file.close()
            self._socket.close()
        self._listener.close()

    def _ask(self, *lines):
        """As many answers as lines, each without its OK."""
        self._socket.sendall("".join(f"{line}\n" for line in lines).encode())
        answers = []
        while len(answers) < len(lines):
            verdict, _, rest = self._file.readline().strip().partition(" ")
            if verdict == "IRQ":
                continue
            assert verdict == "OK", f"{lines[len(answers)]}: {verdict} {rest}"
            answers.append(rest)
        return answers

    def read32(self, address):
        return int(self._ask(f"readl {address:#x}")[0], 16)

    def read64(self, address):
        return int(self._ask(f"readq {address:#x}")[0], 16)

    def write16(self, address, value):
        self._ask(f"writew {address:#x} {value:#x}")

    def write32(self, address, *values):
        """One after the other, to the same address."""
        self._ask(*(f"writel {address:#x} {value:#x}" for value in values))

    def write64(self, address, value):
        self._ask(f"writeq {address:#x} {value:#x}")

    def flip(self, address, bits):
        """A memory error: these bits of the doubleword become their opposite."""
        self.write64(address, self.read64(address) ^ bits)

    def memory(self, address, size):
        parts = [f"read {at:#x} {min(_MAX_BYTES, address + size - at):#x}"
                 for at in range(address, address + size, _MAX_BYTES)]
        return b"".join(bytes.fromhex(answer.removeprefix("0x")) for answer in self._ask(*parts))

    def write(self, address, data):
        self._ask(*(f"write {address + at:#x} {len(data[at:at + _MAX_BYTES]):#x} "
                    f"0x{data[at:at + _MAX_BYTES].hex()}" for at in range(0, len(data), _MAX_BYTES)))

    def wire(self, path, number, level):
        """The level of an interrupt wire, at the input of the device with this QOM path."""
        self._ask(f"set_irq_in {path} unnamed-gpio-in {number} {int(level)}")
