# SPDX-License-Identifier: Apache-2.0
"""Faults from outside, while guests run (docs/faults.md): devices that vanish, IOMMUs that do not
answer, interrupts that nobody sent. Each ends in a report and a contained state, and a witness
beside it does not notice."""
import re

import pytest

import qemu
from debugport import DebugPort
from devices import edu, nic, plain
from dma_boards import MODE_OFF, PLATFORM_IOMMU, iommu_mode, iommu_registers, shape
from monitor import Monitor

GUEST = """{name} {{ harts = <{hart}>; memory = "8M"; kernel = "{image}"; bootargs = "{words}";
    {viommus} devices {{ {devices} }}; }};"""
WITNESS = GUEST.format(name="witness", hart=0, image="witness.bin", words="", viommus="",
                       devices="")
CQB, CQCSR = 0x18, 0x48           # RISC-V IOMMU 5.6, 5.15
FQB, FQCSR = 0x28, 0x4c           # 5.9, 5.16
PPN_SHIFT, PAGE_SHIFT = 10, 12    # of a queue's base
NOWHERE = 0x7000000               # an address of QEMU virt at which nothing is
QUEUE_ENABLE, INTERRUPT_ENABLE = 1, 2
ALL_ONES = 0xffffffff

ECAM = 0x30000000                 # of QEMU virt
COMMAND = 4                       # PCI 3.0, 6.2.2
MEMORY_OFF = 0
CAPABILITIES, EXPRESS, SLOT_CONTROL = 0x34, 0x10, 0x18   # PCI Express 7.5.3
POWER_OFF, INDICATOR_OFF, INDICATOR_ON = 1 << 10, 3 << 8, 1 << 8

S_IMSIC, S_IMSIC_HART, FILES = 0x28000000, 0x4000, 4     # of QEMU virt with three guest files
S_APLIC, SOURCECFG, LEVEL_HIGH, LEVEL_LOW = 0xd000000, 0, 6, 7  # AIA 4.5.2
UART_SOURCE = 10


def configuration(*guests):
    return ('/dts-v1/; / { compatible = "bulkhead,config-v1"; guests {\n' + "\n".join(guests) +
            "\n}; };\n")


def user(name="victim", hart=1, address="0000:00:02.0", *, image="witness.bin", words="",
         viommu=None, more=""):
    """A guest with an edu at this address."""
    behind = f'viommu = "{viommu}";' if viommu else ""
    return GUEST.format(name=name, hart=hart, image=image, words=words,
                        viommus=f"viommus {{ {viommu} {{ }}; }};" if viommu else "",
                        devices=f'edu {{ pci = "{address}"; {behind} }}; {more}')


@pytest.fixture
def port(tmp_path):
    made = DebugPort(tmp_path)
    yield made
    made.close()


@pytest.fixture
def monitor(tmp_path):
    made = Monitor(tmp_path)
    yield made
    made.close()


def witness_goes_on(machine, guest="witness"):
    machine.expect_nothing_left(guest)
    machine.expect(guest, r"^witness: round \d+, well")
    assert "FAIL" not in machine.stream(guest) and "PANIC" not in machine.transcript


def said(machine, pattern):
    """How many lines of the hypervisor's match."""
    return len(re.findall(pattern, machine.stream("bulkhead"), re.MULTILINE))


# ---- devices ------------------------------------------------------------------------------------
def slot_control(port, device):
    """Where that register of the root port is."""
    config = ECAM | device << 15
    at = port.read32(config + CAPABILITIES) & 0xff
    while at and port.read32(config + at) & 0xff != EXPRESS:
        at = port.read32(config + at) >> 8 & 0xff
    assert at, f"device {device} is no root port"
    return config + at + SLOT_CONTROL


@pytest.mark.shows("R-ISO-70", "R-ISO-71")
@pytest.mark.skipif(qemu.version(qemu.qemu()) < (10, 0, 13),
                    reason="QEMU before 10.0.13 gives a device behind a root port the device id 0")
def test_devices_that_vanish(boot, pack, monitor, port):
    """A slot is switched off while its guest waits for the edu in it, and that of a NIC which would
    be reset for the next start; then another device is plugged in, and then the right one."""
    below = [*edu("0.0", bus="first", id="edu"), *nic("e1000e", "0.0", bus="second", id="nic")]
    machine = boot(bundle=pack(configuration(
        user(address="0000:01:00.0", more='nic { pci = "0000:02:00.0"; };'), WITNESS)),
        **shape("platform", *plain("pcie-root-port", "4.0", id="first", chassis=1),
                *plain("pcie-root-port", "5.0", id="second", chassis=2), *below,
                *monitor.options, *port.options))
    monitor.connect()
    port.connect()
    machine.expect("victim", "^witness: round 1, well, 1 pages by DMA")
    for device in (4, 5):
        port.write16(slot_control(port, device), POWER_OFF | INDICATOR_OFF)
    assert port.read32(ECAM | 1 << 20) == port.read32(ECAM | 2 << 20) == ALL_ONES
    machine.expect("victim", "^witness: FAIL DMA in round")
    machine.expect("bulkhead", '^guest "victim" has stopped$')
    gone = 'guest "victim": PCI function 0000:0{}:00.0 does not answer: it is gone, and its guest'
    for bus in (1, 2):
        assert said(machine, "^" + gone.format(bus)) == 1
    # It starts without them.
    machine.key("0")
    machine.key("r")
    machine.expect("victim", "^witness: round 1, well$")
    # A foreign device is left alone, and the old one, were it back, is found.
    monitor.device_add(driver="edu", bus="second", addr="0.0", id="other")
    monitor.device_add(driver="edu", bus="first", addr="0.0", id="back",
                       dma_mask=0xffffffffffffffff)
    for device in (4, 5):
        port.write16(slot_control(port, device), INDICATOR_ON)
    machine.key("r")
    machine.expect("bulkhead", '^guest "victim": PCI function 0000:02:00.0 is not the one that was '
                               'there at boot: it stays off$')
    machine.expect("victim", "^witness: round 2, well, 2 pages by DMA")
    witness_goes_on(machine)


# ---- IOMMUs -------------------------------------------------------------------------------------
def base_register(address):
    return address >> PAGE_SHIFT << PPN_SHIFT | PAGE_SHIFT - 5


def transfers(machine):
    """How many the demo guest with the focus has done; each uses its IOMMU."""
    machine.send("dma\r")
    return int(machine.expect("owner", r"^dma: at it, (\d+) of")[1])


@pytest.mark.shows("R-ISO-72", "R-ISO-73")
def test_an_iommu_that_stops_and_one_that_does_not_come_back(boot, pack, monitor, port):
    """First its command queue is switched off behind the driver's back: it is started anew, and all
    goes on. Then its commands are where nothing is."""
    machine = boot(bundle=pack(configuration(
        user(), user("owner", 2, "0000:00:03.0", image="demo.bin", viommu="own"), WITNESS)),
        **shape("platform", *edu("2.0"), *edu("3.0"), *monitor.options, *port.options, harts=3))
    monitor.connect()
    port.connect()
    machine.expect("victim", "^witness: round 1, well, 1 pages by DMA")
    machine.key("1")
    machine.send("dma\r")
    machine.expect("owner", "^dma: begins$")
    port.write32(PLATFORM_IOMMU + CQCSR, 0)
    machine.expect("bulkhead", "^the IOMMU at 0x3010000 has had trouble: queue-restarts=1 "
                               "command-timeouts=1$")
    first = transfers(machine)
    while transfers(machine) == first:
        witness_goes_on(machine, "victim")

    port.write32(PLATFORM_IOMMU + CQCSR, 0)
    port.write64(PLATFORM_IOMMU + CQB, base_register(NOWHERE))
    port.write32(PLATFORM_IOMMU + CQCSR, QUEUE_ENABLE)
    dead = ("^error: the IOMMU at 0x3010000: it did not answer, and was switched off; no device "
            "behind it does DMA any more$")
    machine.expect("bulkhead", dead)
    assert iommu_mode(monitor, "platform") == MODE_OFF
    # The guest's own IOMMU has told it (cmd_to); the other one finds that its device does nothing.
    machine.expect("owner", r"^dma: FAIL transfer \d+: the IOMMU does not answer$")
    machine.expect("victim", "^witness: FAIL DMA in round")
    machine.expect("bulkhead", '^guest "victim" has stopped$')
    for guest, key in (("victim", "0"), ("owner", "1")):
        machine.key(key)
        machine.key("r")
        machine.expect("bulkhead", f'^warning: guest "{guest}": its devices behind the IOMMU at '
                       "0x3010000 are not let in: it did not answer, and was switched off$")
    machine.expect("victim", "^witness: FAIL DMA in round")
    assert said(machine, dead) == 1
    machine.exits()
    assert said(machine, "^the IOMMU at 0x3010000 has had .* command-memory-faults=1 "
                         "changed-registers=1$")
    assert iommu_mode(monitor, "platform") == MODE_OFF
    witness_goes_on(machine)


@pytest.mark.shows("R-ISO-73", "R-ISO-74")
def test_an_iommu_that_vanishes(boot, pack, monitor, port):
    """Its registers read as ones: there is nothing to switch off, and no queue of faults."""
    machine = boot(bundle=pack(configuration(user(words="stray"), WITNESS)),
                   **shape("pci", *edu("2.0"), *monitor.options, *port.options))
    monitor.connect()
    port.connect()
    machine.expect("victim", "^witness: round 1, well, 1 pages by DMA, 1 stray")
    registers = iommu_registers(monitor, "pci")
    port.write16(ECAM | 1 << 15 | COMMAND, MEMORY_OFF)
    assert port.read32(registers) == ALL_ONES
    machine.key("0")
    machine.key("r")
    machine.expect("bulkhead", f"^error: the IOMMU at {registers:#x}: it neither answers nor "
                   "switches off; devices behind it may go on with the DMA that they could do last")
    machine.expect("bulkhead", f'^warning: guest "victim": its devices behind the IOMMU at '
                   f"{registers:#x} are not let in: it neither answers nor switches off$")
    machine.exits()
    assert said(machine, f"^the IOMMU at {registers:#x} has had trouble: .* changed-registers=1$")
    # What its queue of faults seems to hold is not believed.
    assert said(machine, "refused") == 1
    witness_goes_on(machine)


@pytest.mark.shows("R-ISO-75")
def test_faults_that_cannot_be_recorded(boot, pack, port):
    machine = boot(bundle=pack(configuration(user(words="stray"), WITNESS)),
                   **shape("platform", *edu("2.0"), *port.options))
    port.connect()
    machine.expect("victim", "^witness: round 2, well, 2 pages by DMA, 1 stray")
    port.write32(PLATFORM_IOMMU + FQCSR, 0)
    port.write64(PLATFORM_IOMMU + FQB, base_register(NOWHERE))
    port.write32(PLATFORM_IOMMU + FQCSR, QUEUE_ENABLE | INTERRUPT_ENABLE)
    machine.expect("bulkhead", r"^the IOMMU at 0x3010000 has had trouble: record-memory-faults=1$")
    machine.expect("victim", r"^witness: round \d+, well, \d+ pages by DMA, [2-9] stray")
    witness_goes_on(machine)


# ---- interrupts ---------------------------------------------------------------------------------
@pytest.mark.shows("R-ISO-76", "R-ISO-77")
def test_messages_that_nobody_sent_and_a_line_that_is_stuck(boot, pack, port):
    """Every identity of every interrupt file but the guests', again and again; then the UART's line
    becomes active when it should not be. Both harts have a guest that must get on, and one of them
    serves the UART."""
    machine = boot(bundle=pack(configuration(user(), WITNESS)),
                   **shape("platform", *edu("2.0"), *port.options))
    port.connect()
    machine.expect("victim", "^witness: round 1, well")
    machine.expect("witness", "^witness: round 1, well")
    before = machine.exits()
    for _ in range(100):
        for hart in range(2):
            port.write32(S_IMSIC + hart * S_IMSIC_HART, *range(64), 255, 256, 2047, ALL_ONES)
            for guest_file in range(2, FILES):   # the first is that of the hart's guest
                port.write32(S_IMSIC + hart * S_IMSIC_HART + (guest_file << PAGE_SHIFT), *range(64))
    after = machine.exits()
    for guest in ("victim", "witness"):
        assert after[guest, 0]["hyp-ipi"] - before[guest, 0]["hyp-ipi"] >= 50
        witness_goes_on(machine, guest)

    port.write32(S_APLIC + SOURCECFG + 4 * UART_SOURCE, LEVEL_LOW)
    said_so = machine.expect(
        "bulkhead", rf"^error: the interrupt line of the UART \({UART_SOURCE}\) stays active without "
        r"a cause: hart (\d) polls the UART from now on$")
    hart = int(said_so[1])
    served = "witness" if hart == 0 else "victim"
    before = machine.exits()[served, 0]
    for guest in ("victim", "witness"):
        witness_goes_on(machine, guest)
    after = machine.exits()[served, 0]
    assert after["hyp-timer"] > before["hyp-timer"] and after["external"] == before["external"]

    # Into a guest's own file it is what its devices may do as well: its own affair.
    port.write32(S_IMSIC + S_IMSIC_HART + (1 << PAGE_SHIFT), 33)
    machine.expect("victim", "^witness: FAIL interrupts from outside: 1 external")
    machine.expect("bulkhead", '^guest "victim" has stopped$')
    machine.key("0")
    machine.key("r")
    machine.expect("victim", "^witness: round 1, well")
    witness_goes_on(machine)
