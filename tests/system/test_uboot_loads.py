# SPDX-License-Identifier: Apache-2.0
"""The README's way onto a board: U-Boot below Bulkhead, started with booti."""
import pytest
from conftest import BUILD

from machine import FIRMWARE

IMAGE, BUNDLE = 0x90001000, 0xa0000000  # where a storage device might have been read to


@pytest.mark.shows("R-BOOT-20")
def test_booti(boot):
    bundle = BUILD / "configs/shared.bundle"
    machine = boot(kernel=BUILD / "images/u-boot.bin", extra=(
        "-device", f"loader,file={BUILD / 'bulkhead.bin'},addr={IMAGE:#x},force-raw=on",
        "-device", f"loader,file={bundle},addr={BUNDLE:#x},force-raw=on"))
    machine.expect(FIRMWARE, "Hit any key to stop autoboot")
    machine.send("\n")
    machine.expect(FIRMWARE, "^=> ")
    size = bundle.stat().st_size
    machine.send(f"booti {IMAGE:#x} {BUNDLE:#x}:{size:x} ${{fdtcontroladdr}}\n")
    # Moved to where the header asks to be, 2 MiB behind the start of RAM.
    machine.expect(FIRMWARE, rf"Moving Image from {IMAGE:#x} to 0x80200000")
    machine.expect("bulkhead", "^Bulkhead: hart ")
    machine.expect("client", "^client: PASS")
