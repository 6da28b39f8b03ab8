# SPDX-License-Identifier: Apache-2.0
"""Memory errors (docs/faults.md): bits flipped from outside while guests run, in what a guest owns
and in what Bulkhead keeps for it."""
import struct

import pytest

from dma_boards import DDTP, MODE_1LVL, MODE_MASK, PLATFORM_IOMMU, iommu_mode, shape
from devices import edu
from test_outside import configuration, monitor, port, said, user, witness_goes_on  # noqa: F401
from test_panic import _symbols

IMAGE = 0x80200000                # of Bulkhead, as the firmware starts it
INSIDE = 0x80300000               # an address in a guest's RAM that it only looks at
PPN_53_10, PPN_43_0 = 0x003ffffffffffc00, 0x00000fffffffffff
EN_PRI, DC_BYTES, MSIPTP = 1 << 2, 64, 4     # RISC-V IOMMU 2.1.3: page requests without ATS
VALID = 1                         # of entries of both kinds of tables
LEAF = 0b1110                     # R, W, X
ILLEGAL = bytes(4)
PAGE, VICTIM = 4096, 0            # the first guest
MODES, VMID = (8, 9, 10), 0x3fff  # of hgatp: privileged architecture


def symbol(name):
    symbols = _symbols()
    return IMAGE + symbols[name] - symbols["image_start"]


def hgatp(port, guest):
    """Of the guest with that number, as Bulkhead has noted it: with its mode and its VMID."""
    words = struct.unpack("<512Q", port.memory(symbol("guests"), PAGE))
    found = [word for word in words if word >> 60 in MODES and word >> 44 & VMID == guest + 1]
    assert len(found) == 1
    return found[0]


def leaf(port, root, address):
    """Where the leaf of a guest's address is (privileged architecture, Sv39x4 and larger)."""
    levels = (root >> 60) - 8 + 3
    table = (root & PPN_43_0) << 12
    for level in reversed(range(levels)):
        index = address >> 12 + 9 * level & (0x7ff if level == levels - 1 else 0x1ff)
        entry = port.read64(table + 8 * index)
        assert entry & VALID
        if entry & LEAF:
            return table + 8 * index, entry, level
        table = (entry & PPN_53_10) << 2
    raise AssertionError(f"{address:#x} is not mapped")


def physical(port, root, address):
    _, entry, level = leaf(port, root, address)
    return (entry & PPN_53_10) << 2 | address & (1 << 12 + 9 * level) - 1


def context(port, device_id):
    """Where the context of this device is, in a directory of one level."""
    ddtp = port.read64(PLATFORM_IOMMU + DDTP)
    assert ddtp & MODE_MASK == MODE_1LVL
    return ((ddtp & PPN_53_10) << 2) + DC_BYTES * device_id


def msi_entry(port, device_id):
    return (port.read64(context(port, device_id) + 8 * MSIPTP) & PPN_43_0) << 12


def ends_badly(machine, how):
    machine.expect("victim", f"^witness: FAIL {how}")
    machine.expect("bulkhead", '^guest "victim" has stopped$')


def restarts_well(machine, guest="victim", key="0"):
    machine.key(key)
    machine.key("r")
    # Perhaps behind what the last life could not finish.
    machine.expect(guest, "witness: round 1, well, 1 pages by DMA")


@pytest.mark.shows("R-ISO-78", "R-ISO-79", "R-ISO-80", "R-ISO-81", "R-ISO-82")
def test_flipped_bits(boot, pack, monitor, port):  # noqa: F811
    machine = boot(bundle=pack(configuration(
        user(), user("other", 2, "0000:00:03.0"), user("witness", 0, "0000:00:04.0"))),
        **shape("platform", *edu("2.0"), *edu("3.0"), *edu("4.0"), *monitor.options, *port.options,
                harts=3))
    monitor.connect()
    port.connect()
    machine.expect("victim", "^witness: round 1, well, 1 pages by DMA")

    # Its own memory is its own affair, and its images come anew.
    own = hgatp(port, VICTIM)
    port.flip(physical(port, own, INSIDE), 1 << 40)
    ends_badly(machine, f"memory at {INSIDE:#x} changed")
    assert said(machine, '^(?!guest|Bulkhead|hart)') == 1   # how many guests there are
    restarts_well(machine)

    # The context of its device: read again when another guest restarts, set anew with its own.
    port.flip(context(port, 0x10), EN_PRI)
    restarts_well(machine, "other", "1")
    machine.expect("bulkhead", r'^guest "victim" device "edu" \(0000:00:02\.0\): DMA \w+ at 0x\w+ '
                               r"refused: a defect in the device's context \(cause 259\); ")
    ends_badly(machine, "DMA in round")
    restarts_well(machine)

    # Its MSI table: the same.
    port.flip(msi_entry(port, 0x10), VALID)
    machine.expect("bulkhead", r'^guest "victim" device "edu" \(0000:00:02\.0\): .* refused: no '
                               r"such interrupt file in the guest \(cause 262\); ")
    ends_badly(machine, "DMA in round")
    restarts_well(machine)

    # The table of its harts: nobody mends that.
    at, _, _ = leaf(port, own, INSIDE)
    port.flip(at, VALID)
    for _ in range(2):
        machine.expect_nothing_left("bulkhead")
        machine.key("r")
        machine.expect("bulkhead", r'^error: guest "victim": the table of its memory is damaged: '
                                   r"0x80\w+ is in its RAM, and is not mapped as it was at boot")
        witness_goes_on(machine)
    # In the life in which it happened, perhaps, and in each of these.
    assert 2 <= said(machine, "is damaged") <= 3
    port.flip(at, VALID)
    restarts_well(machine)
    for guest in ("other", "witness"):
        witness_goes_on(machine, guest)

    # Bulkhead itself: all stops, and what devices reach stays what it was.
    port.write(symbol("trap_store"), ILLEGAL)
    machine.expect("bulkhead", r"^PANIC on hart \d: exception 2 in the hypervisor$")
    machine.expect("bulkhead", "^stopped: every hart waits for a debugger or a reset")
    length = len(machine.transcript)
    machine.listen(2)
    assert machine.transcript[length:].strip() == ""
    assert iommu_mode(monitor, "platform") == MODE_1LVL
