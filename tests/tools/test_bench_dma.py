# SPDX-License-Identifier: Apache-2.0
"""bench/dma.py on what a kernel and QEMU would have said, and the changes of the kernel's source. The
kernel itself is built by `make bench-dma` only."""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import dma  # noqa: E402  (found through the line above)
from counting import BenchError  # noqa: E402

SOURCE = {
    "drivers/iommu/Kconfig": "config IOMMU_DMA\n\tdef_bool ARM64 || X86\n\nconfig OTHER\n"
                             "\tdef_bool ARM64\n",
    "drivers/iommu/riscv/iommu.c": "static const struct iommu_ops riscv_iommu_ops = {\n};\n",
    "arch/riscv/kernel/head.S": "\tli t0, 0x2\n\t/* Enable time CSR */\n\tli t0, 0x2\n"
                                "\tcsrw CSR_SCOUNTEREN, t0\n",
}
CHANGED = {
    "drivers/iommu/Kconfig": "config IOMMU_DMA\n\tdef_bool RISCV || ARM64 || X86\n\nconfig OTHER\n"
                             "\tdef_bool ARM64\n",
    "drivers/iommu/riscv/iommu.c": '#include "msi_regions.h"\n\n'
                                   "static const struct iommu_ops riscv_iommu_ops = {\n"
                                   "\t.get_resv_regions = bulkhead_get_resv_regions,\n};\n",
    "arch/riscv/kernel/head.S": "\tli t0, 0x2\n\t/* Enable time CSR */\n\tli t0, 0x7\n"
                                "\tcsrw CSR_SCOUNTEREN, t0\n",
}


def edit(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return subprocess.run([ROOT / "bench/dma/edit-kernel", folder], capture_output=True, text=True,
                          check=False)


@pytest.mark.shows("R-BEN-40")
def test_the_changes_of_the_kernel_are_made(tmp_path):
    assert edit(tmp_path, SOURCE).returncode == 0
    assert {name: (tmp_path / name).read_text() for name in SOURCE} == CHANGED
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {
        *SOURCE, "drivers/iommu/riscv/msi_regions.h"}


@pytest.mark.shows("R-BEN-40")
@pytest.mark.parametrize("name", SOURCE)
def test_a_kernel_without_a_place_for_a_change_is_named(tmp_path, name):
    done = edit(tmp_path, {**SOURCE, name: "something else\n"})
    assert done.returncode == 1
    assert f"{name} has no place for" in done.stderr


# ---- what was said ------------------------------------------------------------------------------
def said(times, *, prefix="[linux] ", scale=1):
    """As many results of each size: instructions that differ, and commands."""
    return "".join(f"{prefix}reads: {size} {scale * (size * 10 + time)} {commands}\n"
                   for size, commands in ((4096, 8), (65536, 6), (1 << 20, 4))
                   for time in range(times)) + f"{prefix}bench: end\n"


def trap(cause, *, epc=0x1000, tval=0, interrupt=0):
    return (f"riscv_cpu_do_interrupt: hart:0, async:{interrupt}, cause:{cause:016x}, epc:0x{epc:x}, "
            f"tval:0x{tval:016x}, desc=something\n")


def mark(number):
    return trap(15, tval=0x2bead00000 + number)


MAP = ["ffffffff80001000 T start", "ffffffff80002000 t riscv_iommu_queue_send",
       "ffffffff80002100 d data", "ffffffff80003000 T pci_write"]
IN_VIOMMU, IN_PCI, BEFORE = 0xffffffff80002ffe, 0xffffffff80003000, 0x10000


@pytest.mark.shows("R-BEN-41")
def test_results_are_those_of_all_sizes():
    assert dma.results(said(2)) == dma.results(said(2, prefix="")) == {
        4096: dma.Reads((40960, 40961), (8, 8)), 65536: dma.Reads((655360, 655361), (6, 6)),
        1 << 20: dma.Reads((10485760, 10485761), (4, 4))}
    with pytest.raises(BenchError, match="not of"):
        dma.results("reads: 4096 1 2\n")


@pytest.mark.shows("R-BEN-42")
def test_exits_are_those_between_marks():
    left = trap(23, epc=IN_VIOMMU)
    log = [left, mark(0), mark(0), left, trap(23, epc=IN_PCI), left, mark(0x1000), left,
           mark(2), left, mark(0x1002), mark(2), left, mark(0x1002), left]
    assert dma.exits(log, dma.symbols(MAP)) == {
        0: {"riscv_iommu_queue_send": 2, "pci_write": 1}, 2: {"riscv_iommu_queue_send": 2}}


@pytest.mark.shows("R-BEN-42")
def test_what_a_guest_takes_itself_is_no_exit():
    own = [trap(cause) for cause in (2, 3, 8, 9, 12, 13, 15)]
    own += [trap(cause, interrupt=1) for cause in (2, 6, 10)]
    left = [trap(cause, epc=IN_PCI) for cause in (10, 20, 21, 22, 23)]
    left += [trap(cause, interrupt=1) for cause in (1, 5, 9, 12)]
    log = [mark(1), *own, "something else\n", *left, mark(0x1001)]
    assert dma.exits(log, dma.symbols(MAP)) == {
        1: {"pci_write": 5, "interrupt": 4}}


@pytest.mark.shows("R-BEN-42")
def test_functions_are_found_by_address():
    known = dma.symbols(MAP)
    assert dma.function_at(known, IN_VIOMMU) == "riscv_iommu_queue_send"
    assert dma.function_at(known, IN_PCI) == "pci_write"
    assert dma.function_at(known, BEFORE) == "?"


@pytest.mark.shows("R-BEN-41")
def test_rows_set_guest_and_bare_board_side_by_side():
    left = dma.exits([mark(0), trap(23, epc=IN_VIOMMU), trap(23, epc=IN_VIOMMU),
                      trap(23, epc=IN_VIOMMU), trap(22, epc=IN_PCI), mark(0x1000)], dma.symbols(MAP))
    native, ours = dma.results(said(3, scale=100)), dma.results(said(3, scale=109))
    rows = {row.name: row for row in dma.rows_of("strict", native, ours, left)}
    assert len(rows) == 3 * 5
    figure = rows["NVMe reads 4K strict"]
    assert (figure.value, figure.native, figure.ratio) == (4464749, 4096100, 1.09)
    assert (rows["NVMe reads 4K strict, ratio"].value, rows["NVMe reads 4K strict, ratio"].met) == (
        1.09, True)
    commands = rows["NVMe reads 64K strict, doorbells"]
    assert (commands.value, commands.native) == (6, 6)
    assert rows["NVMe reads 4K strict, exits: viommu"].value == 1
    assert rows["NVMe reads 4K strict, exits: other"].value == pytest.approx(1 / 3)
    assert rows["NVMe reads 1M strict, exits: viommu"].value == 0
