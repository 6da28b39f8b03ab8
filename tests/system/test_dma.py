# SPDX-License-Identifier: Apache-2.0
"""Default deny of DMA, seen from outside the board: in the IOMMU's own registers, through QMP."""
import json
import socket

import pytest

DDTP = 0x3010010              # of QEMU virt's platform IOMMU: RISC-V IOMMU 5.5
MODE_MASK, MODE_OFF, MODE_BARE = 0xf, 0, 1


class Monitor:
    """QEMU's machine protocol on a Unix socket."""

    def __init__(self, listener):
        self._socket, _ = listener.accept()
        self._socket.settimeout(20)
        self._file = self._socket.makefile("r")
        self._file.readline()          # greeting
        self._ask("qmp_capabilities")

    def _ask(self, command, **arguments):
        self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self._file.readline())
            if "return" in answer:
                return answer["return"]
            assert "error" not in answer, answer

    def read64(self, address):
        """A physical 64-bit word; "0000000003010010: 0x0000000000000001"."""
        text = self._ask("human-monitor-command", **{"command-line": f"xp /1gx {address:#x}"})
        return int(text.split(":")[1], 16)

    def resume(self):
        self._ask("cont")

    def close(self):
        self._file.close()
        self._socket.close()


@pytest.mark.shows("R-ISO-20")
def test_an_iommu_that_was_left_open_is_closed(boot, tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.settimeout(20)
    listener.bind(str(tmp_path / "qmp"))
    listener.listen()
    machine = boot("reboot", harts=2, memory="512M", extra=(
        "-S", "-qmp", f"unix:{tmp_path / 'qmp'}", "-global", "riscv-iommu.off=off"))
    monitor = Monitor(listener)
    assert monitor.read64(DDTP) & MODE_MASK == MODE_BARE
    monitor.resume()
    machine.expect("witness", "^witness: round 1, well$", 30)
    assert monitor.read64(DDTP) & MODE_MASK == MODE_OFF
    monitor.close()
    listener.close()
