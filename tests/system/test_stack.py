# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's stacks: no recursion, and more room than the deepest chain takes."""
import re
import subprocess
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import stack  # noqa: E402  (found through the line above)


def constant(path, pattern):
    return int(re.search(pattern, (ROOT / path).read_text())[1])


@pytest.mark.shows("R-MEM-33")
def test_no_recursion_and_room_to_spare():
    image = stack.Image(ROOT / "build/bulkhead.elf")
    rooms = dict.fromkeys(stack.ENTRIES, 4096 * constant("boot/harts.c", r"STACK_PAGES (\d+)U") - 256)
    rooms["boot_main"] = constant("boot/entry.S", r"\.space  (\d+)\nboot_stack_top")
    rooms["panic_report"] = constant("hyp/panic/hw/panic_entry.S", r"\.space  (\d+)\npanic_stack_top")
    for entry, room in rooms.items():
        size, chain = stack.deepest(image, entry)
        assert size > 300, chain         # the chains are real ones
        assert 1.5 * size <= room, chain


@pytest.mark.shows("R-MEM-33")
def test_the_script_sees_recursion_and_large_frames(tmp_path):
    source, elf = tmp_path / "deep.s", tmp_path / "deep.elf"
    source.write_text("""
        .globl once
        once: lui t0, 0xffffe
              add t0, t0, -16
              add sp, sp, t0
              jal ra, leaf
        leaf: addi sp, sp, -32
              ret
        .globl round
        round: addi sp, sp, -16
              jal ra, again
        again: j round
        .globl saves
        saves: jal t0, __riscv_save_3
              addi sp, sp, -16
              jal ra, leaf
              addi sp, sp, 16
              j __riscv_restore_3
        .globl __riscv_save_3
        __riscv_save_3: addi sp, sp, -112
              addi sp, sp, 80
              jr t0
        __riscv_restore_3: addi sp, sp, 32
              ret
    """)
    subprocess.run(["riscv64-unknown-elf-as", source, "-o", elf], check=True)
    image = stack.Image(elf)
    assert stack.deepest(image, "once") == (8192 + 16 + 32, ["once(8208)", "leaf(32)"])
    # What is saved stays while the function runs; the routine itself takes more for a moment.
    assert stack.deepest(image, "saves") == (48 + 112, ["saves(48)", "__riscv_save_3(112)"])
    with pytest.raises(stack.Recursion, match="round -> again -> round"):
        stack.deepest(image, "round")
