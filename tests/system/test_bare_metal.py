# SPDX-License-Identifier: Apache-2.0
"""Bare-metal guests: what they see, their harts, their shared memory, their reboots."""
import re

import pytest
from conftest import linux_at_shell

import devices

ILLEGAL_INSTRUCTION, LOAD_PAGE_FAULT = 2, 13
SBI_HERE = ("BASE", "TIME", "IPI", "RFENCE", "HSM", "SRST", "DBCN")
SBI_NOT_HERE = ("NACL", "STA")
DEVICE_CONFIG = """
/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        clock {
            harts = <1>;
            memory = "16M";
            kernel = "clock.bin";
            devices { rtc { node = "/soc/rtc@101000"; }; };
        };
    };
};
"""


class TestSmp:
    """configs/smp.dts, one boot."""

    @pytest.fixture(scope="class")
    def machine(self, boot_once):
        return boot_once("smp", memory="512M")

    @pytest.mark.shows("R-SBI-02", "R-SBI-03", "R-SBI-04", "R-SBI-05", "R-SBI-06", "R-SBI-33",
                       "R-IRQ-30", "R-VCPU-07", "R-VCPU-60", "R-ISO-90")
    def test_harts_work_together(self, machine):
        machine.expect("smp", "^smp: 3 harts, this is 0$")
        machine.expect("smp", "^smp: done")
        verdicts = re.findall(r"^smp: (PASS|FAIL) (.*)$", machine.stream("smp"), re.MULTILINE)
        assert len(verdicts) == 18
        assert [name for verdict, name in verdicts if verdict == "FAIL"] == []

    @pytest.mark.shows("R-VCPU-32", "R-SBI-01", "R-SBI-07", "R-ISO-03",
                       "R-ISO-91")
    def test_the_machine_that_a_guest_sees(self, machine):
        machine.expect("probe", "^probe: done$")
        facts = dict(re.findall(r"^probe: (\S+) = (.*)$", machine.stream("probe"), re.MULTILINE))
        assert facts["hart"] == "0x0" and facts["harts"] == "0x1"
        assert facts["bootargs"] == "one two"
        assert facts["isa-has-h"] == "0x0" and facts["isa-has-sstc"] == "0x1"
        assert not re.search(r"_h_|^rv64[a-z]*h|sha|smaia|_sm", facts["isa"].split("_z")[0])
        assert facts["timebase"] == hex(10_000_000) and facts["time-moves"] == "0x1"
        assert facts["memory-base"] == "0x80000000" and facts["memory-size"] == hex(32 << 20)
        assert facts["memory-last-faults"] == "0x0" and facts["memory-past-faults"] == "0x5"
        assert facts["memory-bad-pages"] == "0x0" and facts["dbcn"] == "works"
        assert facts["counter-faults"] == facts["state-enable-faults"] == hex(ILLEGAL_INSTRUCTION)
        assert facts["page-faults"] == "0x0"
        assert facts["page-with-type-faults"] == hex(LOAD_PAGE_FAULT)
        for name in SBI_HERE:
            assert facts[f"sbi-{name}"] != "0", name
        for name in SBI_NOT_HERE:
            assert facts[f"sbi-{name}"] == "0", name
        assert facts["sbi-unknown"] == hex((1 << 64) - 2)

    @pytest.mark.shows("R-ISO-03")
    def test_the_device_tree_holds_nothing_of_the_board(self, machine):
        kinds = set(re.findall(r"^probe: node \S+ = (.*)$", machine.stream("probe"), re.MULTILINE))
        assert "ns16550a" in kinds
        assert not kinds & {"pci-host-ecam-generic", "riscv,iommu", "cfi-flash", "sifive,test1",
                            "syscon", "virtio,mmio", "google,goldfish-rtc", "qemu,fw-cfg-mmio"}

    @pytest.mark.shows("R-LIFE-08")
    def test_when_all_have_stopped_the_board_goes_off(self, machine):
        machine.expect("bulkhead", "all guests have stopped")
        machine.expect_end()


@pytest.mark.shows("R-SHM-02", "R-SHM-03", "R-LIFE-04")
def test_two_guests_ring_each_other(boot):
    """Every message waits for the doorbell's interrupt, so none of a hundred was lost."""
    machine = boot("shared", harts=2, memory="512M")
    machine.expect("client", "^client: PASS 100 of 100 messages answered")
    machine.expect("bulkhead", '^guest "client" has stopped$')
    machine.send("hello\r")
    machine.expect("server", "^you typed: hello$")


@pytest.mark.shows("R-LIFE-07", "R-IRQ-31")
def test_a_device_interrupts_its_guest_without_an_exit(boot, pack):
    """Fifty alarms of the board's clock: were each an exit, it would show in the counters."""
    bundle = pack(DEVICE_CONFIG)
    machine = boot(bundle=bundle, harts=2, memory="512M")
    machine.expect("clock", "^clock: 50 of 50 alarms$")
    exits = machine.exits()["clock", 0]
    assert sum(exits[cause] for cause in ("external", "hyp-ipi", "aplic")) < 20, exits


@pytest.mark.shows("R-LIFE-06", "R-LIFE-09", "R-ISO-02")
def test_ten_reboots_beside_a_witness(boot):
    machine = boot("reboot", harts=2, memory="512M")
    machine.expect("reboot", "^reboot: done$")
    lives = re.findall(r"^reboot: life (\d+), (.*)$", machine.stream("reboot"), re.MULTILINE)
    assert lives == [(str(n), "data pristine, 0 interrupts armed") for n in range(1, 12)]
    machine.expect_nothing_left("witness")
    machine.expect("witness", r"^witness: round \d+, well$")
    assert "FAIL" not in machine.stream("witness")


@pytest.mark.shows("R-PCI-08")
def test_more_functions_than_are_kept_stop_no_boot(boot):
    """160 and the host bridge, for guests that want none."""
    functions = [argument for slot in range(2, 22) for function in range(8)
                 for argument in devices.edu(f"{slot:x}.{function}", multifunction="on")]
    machine = boot("reboot", harts=2, memory="512M", extra=functions)
    machine.expect("bulkhead", r"^note: PCI function 0000:00:15\.7 is one more than the 160 that Bulkhead "
                               "keeps; it cannot be used, nor what is behind it$")
    machine.expect("witness", "^witness: round 1, well$")
    assert "error" not in machine.stream("bulkhead")


RETURNS_CONFIG = """
/dts-v1/;
/ {
    compatible = "bulkhead,config-v1";
    guests {
        attack { harts = <1>; memory = "16M"; kernel = "attack.bin"; bootargs = "mret"; };
        witness { harts = <2>; memory = "8M"; kernel = "witness.bin"; };
    };
};
"""


@pytest.mark.shows("R-ISO-06")
def test_returns_from_machine_mode_are_illegal(boot, pack):
    """Apart, because OpenSBI remarks on them on the console, in the middle of other lines; so only the
    end is looked at."""
    machine = boot(bundle=pack(RETURNS_CONFIG), harts=3, memory="512M")
    machine.expect("attack", "^attack: done, PASS$")
    machine.expect("witness", r"^witness: round \d+, well$")


@pytest.mark.shows("R-LIFE-01", "R-LIFE-10", "R-SHM-02")
def test_four_guests(boot):
    machine = boot("four", memory="1G")
    machine.expect("client", "^client: PASS 100 of 100 messages answered")
    machine.expect("u-boot", r"^U-Boot 20\d\d")
    assert linux_at_shell(machine)[1] == 1
    machine.key("1")
    machine.send("all here\r")
    machine.expect("server", "^you typed: all here$")


@pytest.mark.shows("R-LIFE-10")
def test_u_boot_at_its_prompt(boot):
    machine = boot("u-boot", harts=1, memory="1G")
    machine.expect("u-boot", r"^U-Boot 20\d\d")
    machine.expect("u-boot", "Hit any key to stop autoboot")
    machine.send(" ")
    machine.expect("u-boot", "=> ")
    machine.send("bdinfo\r")
    machine.expect("u-boot", r"0x0*80000000")
    machine.send("sbi\r")
    machine.expect("u-boot", r"SBI [23]\.\d")
    machine.send("reset\r")
    machine.expect("bulkhead", '^guest "u-boot" restarts$')
    machine.expect("u-boot", r"^U-Boot 20\d\d")


@pytest.mark.shows("R-LIFE-21", "R-LIFE-25")
def test_no_hart_runs_on_through_a_reboot(boot):
    machine = boot("zombie", memory="512M")
    verdict = machine.expect("zombie", "^zombie: (PASS|FAIL) .*$")
    assert verdict[1] == "PASS", verdict[0]
    machine.expect("bulkhead", '^guest "zombie" has stopped$')
    machine.expect_nothing_left("witness")
    machine.expect("witness", r"^witness: round \d+, well$")
