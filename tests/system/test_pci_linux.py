# SPDX-License-Identifier: Apache-2.0
"""PCI functions in unmodified Linux guests, on every kind of IOMMU."""
import re
import time

import pytest
from conftest import ROOT, linux_at_shell

import devices
import qemu
from dma_boards import BOARDS, shape
from test_bad_input import refused

DISK_MIB, MOVED_MIB = 64, 16
BUSY_MIB = 32                     # of the disk test whose exits are counted
START_SECONDS = 6                 # it waits that long, until the counters have been read
UPTIME_STEP = 0.01                # seconds, rounded down to it
NVME_MSI = r"PCI-MSIX-.* nvme\d+q\d+"


def all_kinds(folder):
    """The functions that configs/pci.dts names; each NIC is on a network of its own."""
    return [*devices.nvme(devices.sparse_disk(folder / "nvme", DISK_MIB), "2.0"),
            *devices.nic("e1000e", "3.0", net=3), *devices.nic("igb", "4.0", net=4),
            *devices.nic("virtio-net-pci", "5.0", net=5),
            *devices.virtio_blk(devices.sparse_disk(folder / "virtio", DISK_MIB), "6.0")]


def a_board(kind, *arguments):
    """What Machine takes for a board of that kind with room for a Linux and a small guest."""
    return shape(kind, *arguments, memory="1G")


def disk_works(machine, disk, mib=MOVED_MIB):
    said = machine.shell("linux", f"disktest /dev/{disk} {mib}")
    assert said == f"disk /dev/{disk}: {mib} MiB written and read back, checksum right\n"


def network_works(machine, driver, net, guest="linux"):
    """The guest's NIC with that driver; names of NICs follow the order in which drivers came."""
    interface = machine.shell(
        guest, "for i in /sys/class/net/*; do case $(readlink $i/device/driver) in "
        f"*/{driver}) basename $i;; esac; done").strip()
    assert re.fullmatch(r"eth\d", interface), interface
    said = machine.shell(guest, f"nettest {interface}")
    subnet = rf"10\.0\.{net}"
    assert re.search(rf"^network {interface}: address {subnet}\.\d+, {subnet}\.2 answers$", said,
                     re.MULTILINE), said


def interrupts(machine, line):
    """The interrupts whose line of /proc/interrupts matches, of all harts together."""
    found = re.findall(rf"^ *\d+:((?: +\d+)+) .*{line}$",
                       machine.shell("linux", "cat /proc/interrupts"), re.MULTILINE)
    return sum(int(count) for counts in found for count in counts.split())


def uptime(machine):
    """Earliest and latest time.monotonic() at which the guest's clock was 0."""
    sent = time.monotonic()
    seconds = float(machine.shell("linux", "cat /proc/uptime").split()[0])
    return sent - seconds - UPTIME_STEP, time.monotonic() - seconds


@pytest.mark.parametrize("board", BOARDS, scope="class")
class TestAllKinds:
    """configs/pci.dts, one boot on each board."""

    @pytest.fixture(scope="class")
    def machine(self, board, boot_once, tmp_path_factory):
        machine = boot_once("pci", **shape(board, *all_kinds(tmp_path_factory.mktemp("disks")),
                                           memory="2G", harts=4))
        linux_at_shell(machine)
        machine.key("1")
        linux_at_shell(machine, "other")
        machine.key("0")
        return machine

    @pytest.mark.shows("R-PCI-40")
    def test_disks(self, machine):
        for disk in ("nvme0n1", "vda"):
            disk_works(machine, disk)

    @pytest.mark.shows("R-PCI-40")
    def test_networks(self, machine):
        for driver, net in (("e1000e", 3), ("igb", 4), ("virtio_net", 5)):
            network_works(machine, driver, net)

    @pytest.mark.shows("R-PCI-41")
    def test_virtual_functions_in_the_guest_of_their_nic_and_in_another(self, machine):
        """The NIC's own driver comes first: it lets the others through."""
        network_works(machine, "igb", 4)
        network_works(machine, "igbvf", 4)
        machine.key("1")
        try:
            network_works(machine, "igbvf", 4, "other")
        finally:
            machine.key("0")

    @pytest.mark.shows("R-PCI-45")
    def test_a_guest_sees_its_functions_and_no_other(self, machine):
        listing = ("for d in /sys/bus/pci/devices/*; "
                   "do echo ${d##*/} $(cat $d/vendor $d/device); done")
        kinds = ["0x1b36 0x0010", "0x8086 0x10d3", "0x8086 0x10c9", "0x8086 0x10ca",
                 "0x1af4 0x1041", "0x1af4 0x1042"]
        seen = machine.shell("linux", listing).splitlines()
        # What stands for the virtual functions that igb was told to have has no device id.
        stubs = [line for line in seen if line.endswith(" 0x8086 0xffff")]
        assert len(stubs) == 2
        assert [line for line in seen if line not in stubs] == [
            f"0000:00:{slot:02x}.0 {ids}" for slot, ids in enumerate(kinds, 1)]
        machine.key("1")
        assert machine.shell("other", listing) == "0000:00:01.0 0x8086 0x10ca\n"
        machine.key("0")

    @pytest.mark.shows("R-PCI-42")
    def test_disk_io_and_its_interrupts_take_no_exit(self, machine):
        """Counted while nothing is printed or typed. By the guest's own clock the disk test began
        after the first report and was over before the second."""
        begun = time.monotonic()
        disk_works(machine, "nvme0n1", BUSY_MIB)
        needs = time.monotonic() - begun
        first = interrupts(machine, NVME_MSI)
        earliest_zero, latest_zero = uptime(machine)
        machine.shell("linux", f"(sleep {START_SECONDS}; cat /proc/uptime; "
                      f"disktest /dev/nvme0n1 {BUSY_MIB}; cat /proc/uptime) >/tmp/busy 2>&1 & true")
        before, counted = machine.exits(), time.monotonic()
        machine.listen(START_SECONDS + 3 * needs)
        counting = time.monotonic()
        after = machine.exits()
        start, verdict, end = machine.shell("linux", "cat /tmp/busy").splitlines()
        assert verdict.endswith("checksum right")
        assert earliest_zero + float(start.split()[0]) >= counted
        assert latest_zero + float(end.split()[0]) + UPTIME_STEP <= counting
        for vcpu in (0, 1):
            assert after["linux", vcpu] == before["linux", vcpu]
        # Each MiB is at least one request each way, and each request ends in an interrupt.
        assert interrupts(machine, NVME_MSI) - first >= 2 * BUSY_MIB

    @pytest.mark.shows("R-PCI-43")
    def test_devices_work_again_after_a_reboot(self, machine):
        machine.send("reboot -f\n")
        machine.expect("bulkhead", '^guest "linux" restarts$')
        linux_at_shell(machine)
        for disk in ("nvme0n1", "vda"):
            disk_works(machine, disk)
        for driver, net in (("e1000e", 3), ("igb", 4), ("virtio_net", 5), ("igbvf", 4)):
            network_works(machine, driver, net)
        assert "PANIC" not in machine.transcript


@pytest.mark.shows("R-PCI-44")
def test_linux_6_12_drives_all_kinds(boot, pack, tmp_path):
    text = (ROOT / "configs/pci.dts").read_text().replace("linux-7.2", "linux-6.12")
    machine = boot(bundle=pack(text),
                   **shape("platform", *all_kinds(tmp_path), memory="2G", harts=4))
    assert linux_at_shell(machine)[0].startswith("6.12.")
    for disk in ("nvme0n1", "vda"):
        disk_works(machine, disk)
    for driver, net in (("e1000e", 3), ("igb", 4), ("virtio_net", 5), ("igbvf", 4)):
        network_works(machine, driver, net)


LINUX = """linux {{
    harts = <1>; memory = "256M"; kernel = "linux-7.2.Image"; initrd = "linux-7.2.initrd";
    bootargs = "console=ttyS0 quiet {bootargs}";
    devices {{ {devices} }};
}};"""
RTOS = """rtos {{
    harts = <0>; memory = "16M"; kernel = "demo.bin";
    devices {{ {devices} }};
}};"""


def configuration(*guests):
    return ('/dts-v1/; / { compatible = "bulkhead,config-v1"; guests {\n' + "\n".join(guests) +
            "\n}; };\n")


def linux(owned, bootargs=""):
    return LINUX.format(devices=owned, bootargs=bootargs)


def rtos(owned):
    return RTOS.format(devices=owned)


def rtos_does_dma(machine):
    machine.key("1")
    machine.send("dma\r")
    machine.expect("rtos", r"^dma: \d+ transfers of 4096 bytes each way, all right$")
    machine.key("0")


class TestTwoFunctionsOfOneDevice:
    """A disk for Linux and an edu for the other guest, as functions 0 and 1 of device 3."""

    def boards_arguments(self, folder):
        disk = devices.sparse_disk(folder / "disk", DISK_MIB)
        return [*devices.nvme(disk, "3.0", multifunction="on"), *devices.edu("3.1")]

    @pytest.mark.shows("R-PCI-46")
    def test_in_a_board(self, boot, pack, tmp_path):
        bundle = pack(configuration(linux('disk { pci = "0000:00:03.0"; isolated; };'),
                                    rtos('edu { pci = "0000:00:03.1"; isolated; };')))
        machine = boot(bundle=bundle, **a_board("platform", *self.boards_arguments(tmp_path)))
        linux_at_shell(machine)
        disk_works(machine, "nvme0n1")
        rtos_does_dma(machine)

    @pytest.mark.shows("R-PCI-46")
    @pytest.mark.parametrize("first, second", [("", ""), ("isolated;", ""), ("", "isolated;")])
    def test_refused_unless_both_are_isolated(self, boot, pack, tmp_path, first, second):
        bundle = pack(configuration(linux(f'disk {{ pci = "0000:00:03.0"; {first} }};'),
                                    rtos(f'edu {{ pci = "0000:00:03.1"; {second} }};')))
        machine = boot(bundle=bundle, **a_board("platform", *self.boards_arguments(tmp_path)))
        refused(machine, r'"0000:00:03\.1" of "rtos" and "0000:00:03\.0" of "linux" .*may reach '
                r"each other past the IOMMU: they are functions of one device, and \S+ has no ACS; "
                "give both to one guest, or write isolated in both")


@pytest.mark.shows("R-PCI-47")
@pytest.mark.skipif(qemu.version(qemu.qemu()) < (10, 0, 13),
                    reason="QEMU before 10.0.13 gives a device behind a root port the device id 0")
@pytest.mark.parametrize("board", ["platform", "pci"])
def test_a_function_behind_a_root_port(boot, pack, board):
    """On bus 1, so its device id is 0x100."""
    bundle = pack(configuration(linux('nic { pci = "0000:01:00.0"; };')))
    machine = boot(bundle=bundle, **a_board(
        board, *devices.plain("pcie-root-port", "4.0", id="below", chassis=1),
        *devices.nic("e1000e", "0.0", net=3, bus="below")))
    linux_at_shell(machine)
    network_works(machine, "e1000e", 3)


@pytest.mark.shows("R-PCI-48")
def test_64_functions(boot, pack):
    """As many for each of two guests: four devices with eight functions."""
    def owned(slots):
        return " ".join(f'edu{slot}-{function} {{ pci = "0000:00:{slot:02x}.{function}"; }};'
                        for slot in slots for function in range(8))

    ours, theirs = range(2, 6), range(6, 10)
    bundle = pack(configuration(linux(owned(ours)), rtos(owned(theirs))))
    machine = boot(bundle=bundle, **a_board("platform", *(
        argument for slot in (*ours, *theirs) for function in range(8)
        for argument in devices.edu(f"{slot:x}.{function}", multifunction="on"))))
    linux_at_shell(machine)
    assert machine.shell("linux", "grep -l 0x11e8 /sys/bus/pci/devices/*/device | wc -l") == "32\n"
    rtos_does_dma(machine)


class TestWiredInterrupts:
    """Devices 2 and 3 have lines of their own, device 6 has that of device 2."""

    @pytest.mark.shows("R-PCI-49")
    def test_disk_and_nic_without_msis(self, boot, pack, tmp_path):
        bundle = pack(configuration(linux('disk { pci = "0000:00:02.0"; intx; }; '
                                          'nic { pci = "0000:00:03.0"; intx; };', "pci=nomsi")))
        machine = boot(bundle=bundle, **a_board(
            "platform", *devices.nvme(devices.sparse_disk(tmp_path / "disk", DISK_MIB), "2.0"),
            *devices.nic("e1000e", "3.0", net=3)))
        linux_at_shell(machine)
        disk_works(machine, "nvme0n1")
        network_works(machine, "e1000e", 3)
        assert interrupts(machine, "PCI-MSI.*") == 0
        assert interrupts(machine, r"APLIC.* nvme\S+(?:, nvme\S+)*") > MOVED_MIB
        assert interrupts(machine, r"APLIC.* eth0") > 0

    @pytest.mark.shows("R-PCI-49")
    def test_two_functions_of_a_guest_share_a_line(self, boot, pack, tmp_path):
        bundle = pack(configuration(linux('disk { pci = "0000:00:02.0"; intx; }; '
                                          'nic { pci = "0000:00:06.0"; intx; };', "pci=nomsi")))
        machine = boot(bundle=bundle, **a_board(
            "platform", *devices.nvme(devices.sparse_disk(tmp_path / "disk", DISK_MIB), "2.0"),
            *devices.nic("e1000e", "6.0", net=3)))
        linux_at_shell(machine)
        disk_works(machine, "nvme0n1")
        network_works(machine, "e1000e", 3)
        disk_works(machine, "nvme0n1")
        assert interrupts(machine, r"APLIC.* nvme\S+, .*eth0") > MOVED_MIB

    @pytest.mark.shows("R-PCI-49")
    def test_a_line_of_two_guests_is_refused(self, boot, pack):
        bundle = pack(configuration(linux('nic { pci = "0000:00:02.0"; intx; };'),
                                    rtos('edu { pci = "0000:00:06.0"; intx; };')))
        machine = boot(bundle=bundle, **a_board("platform", *devices.nic("e1000e", "2.0", net=3),
                                              *devices.edu("6.0")))
        refused(machine, r'the interrupt pin of "0000:00:06\.0" leads to line \d+, which "linux" '
                "has already with /guests/linux/devices/nic: give both to one guest, or remove")
