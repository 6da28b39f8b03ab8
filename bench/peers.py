# SPDX-License-Identifier: Apache-2.0
"""What others reach, as far as it is known, by the names of rows."""

SOURCE = ("Bao, Xvisor and the bare board beside them were measured on QEMU 10.0.2 with OpenSBI 1.5.1, "
          "guests on AIA where the hypervisor has it; KVM is that of Linux 7.2 with QEMU "
          "10.0, in rows of its own. Cycles with a vIOMMU are from the literature (vIOMMU, "
          "ATC 2011, on x86).")

# Instructions: (on the bare board then, {hypervisor: in its guest}).
SERVICES = {
    "SBI null call": (309, {"Bao": 241, "Xvisor": 756}),
    "SBI set_timer": (339, {"Bao": 240, "Xvisor": 776}),
    "RFENCE to self": (4320, {"Bao": 5056, "Xvisor": 4687}),
    "virtual APLIC register read": (None, {"Bao": 293, "Xvisor": 1104}),
}
# Ratios to the bare board that were published as such.
RATIOS = {
    "strict map and unmap cycle": {"trapped vIOMMU": 5.1, "sidecore": 1.34},
}

BEST_KNOWN = {
    "SBI null call": "Bao 241",
    "SBI set_timer": "Bao 240",
    "virtual APLIC register read": "Bao 281, with a PLIC",
    "RFENCE to self": "Xvisor 4,687",
    "IPI by IMSIC to another hart's handler, exits": "Bao 1,060 instructions, to itself",
    "vIOMMU register read": "an exit in every other",
    "vIOMMU register read, exits": "1 in every other",
    "strict map and unmap cycle, ratio": "5.1 trapped, 1.34 with a sidecore",
    "Linux to shell, ratio": "KVM 1.15",
    "Linux to shell, console quiet, exits": "KVM 26,246",
    "boot to the first guest instruction, 4 guests": "Bao 7 M above the bare board",
    "text and rodata": "Bao 37 KB, without PCI and vIOMMU",
}


def ratios(name):
    """{hypervisor: ratio to the bare board} of what that row is about."""
    native, others = SERVICES.get(name, (None, {}))
    return ({who: value / native for who, value in others.items()} if native else
            RATIOS.get(name, {}))
