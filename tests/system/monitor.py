# SPDX-License-Identifier: Apache-2.0
"""A board seen from outside: QEMU's machine protocol, for what no guest can see of itself."""
import json
import re
import socket


class Monitor:
    """Make it, boot with extra=monitor.options, then connect()."""

    def __init__(self, folder):
        self._path, self._folder = folder / "qmp", folder
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.settimeout(60)
        self._listener.bind(str(self._path))
        self._listener.listen()
        self._socket = self._file = None

    @property
    def options(self):
        return ("-qmp", f"unix:{self._path}")

    def connect(self):
        self._socket, _ = self._listener.accept()
        self._socket.settimeout(60)
        self._file = self._socket.makefile("r")
        self._file.readline()          # greeting
        self._ask("qmp_capabilities")

    def close(self):
        if self._socket is not None:
            self._file.close()
            self._socket.close()
        self._listener.close()

    def _ask(self, command, **arguments):
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self._file.readline())
            if "return" in answer:
                return answer["return"]
            assert "error" not in answer, answer

    def resume(self):
        self._ask("cont")

    def pause(self):
        self._ask("stop")

    def device_add(self, **properties):
        """Plug a device in."""
        self._ask("device_add", **properties)

    def human(self, line):
        """The answer to a command of QEMU's human monitor."""
        return self._ask("human-monitor-command", **{"command-line": line})

    def read64(self, address):
        """A physical 64-bit word, of memory or of registers."""
        # "0000000003010010: 0x0000000000000001"
        return int(self.human(f"xp /1gx {address:#x}").split(":")[1], 16)

    def memory(self, address, size):
        """Physical memory, as bytes."""
        path = self._folder / f"memory-{address:x}"
        self._ask("pmemsave", val=address, size=size, filename=str(path))
        data = path.read_bytes()
        path.unlink()
        assert len(data) == size
        return data

    def find(self, needle, address, size, step=64 << 20):
        """Physical addresses where needle stands in this memory, aligned to its own size."""
        found = []
        for start in range(address, address + size, step):
            data = self.memory(start, min(step, address + size - start))
            found += [start + match.start() for match in re.finditer(re.escape(needle), data)
                      if match.start() % len(needle) == 0]
        return found
