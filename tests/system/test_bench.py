# SPDX-License-Identifier: Apache-2.0
"""The deterministic bench: instructions, counted by QEMU, the same in every run."""
import ast
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import growth  # noqa: E402  (found through the line above)
import kept  # noqa: E402
import page  # noqa: E402
import run  # noqa: E402
import size  # noqa: E402
from counting import HYPERVISOR, IMAGES, BenchError, Figure, console, figures  # noqa: E402
from rows import (  # noqa: E402
    BYTES, GOALS, INSTRUCTIONS, LINES, Row, as_json, from_dicts, mean_and_worst, ratio_row)

BUNDLE = ROOT / "build/bench/bench.bundle"
VERSIONS = {"QEMU": "11.1.3", "gcc": "12.2.0", "Bulkhead": "abc", "date": "2026-01-01"}


# Instructions of the worst case, the guest's own few included, with little air: what makes a way heavier
# is noticed. Fences of other harts are not here: who waits for them counts as long as his turn lasts.
CEILINGS = {"sbi-null": 64, "sbi-set-timer": 66, "rfence-self": 110, "aplic-read": 148,
            "aplic-write": 206, "uart-read": 171, "uart-write": 252}


@pytest.mark.shows("R-VCPU-05", "R-VCPU-06", "R-VCPU-61", "R-SBI-60", "R-BEN-02")
def test_bench_counts_the_same_twice():
    first = figures(HYPERVISOR, BUNDLE, harts=2)
    assert figures(HYPERVISOR, BUNDLE, harts=2) == first
    assert {name: first[name].worst for name in CEILINGS if first[name].worst > CEILINGS[name]} == {}


@pytest.mark.shows("R-VCPU-05")
def test_services_cost_less_than_the_firmwares():
    native = figures(IMAGES / "bench.bin", harts=2)
    guest = figures(HYPERVISOR, BUNDLE, harts=2)
    for name in ("sbi-null", "sbi-set-timer", "rfence-self"):
        assert guest[name].mean < native[name].mean


@pytest.mark.shows("R-BEN-02")
def test_a_guest_that_does_not_come_to_its_end_is_an_error():
    with pytest.raises(BenchError, match="it did not say 'never said'"):
        console(IMAGES / "bench.bin", harts=1, until="never said")
    with pytest.raises(BenchError, match="did not end within 0.01 s"):
        console(IMAGES / "bench.bin", harts=1, patience=0.01)


# ---- rows ---------------------------------------------------------------------------------------
@pytest.mark.shows("R-BEN-01")
def test_a_row_has_these_keys():
    mean, worst = mean_and_worst("SBI null call", INSTRUCTIONS, Figure(60.5, 70), Figure(242.0, 242))
    assert json.loads(as_json([mean, worst])) == [
        {"name": "SBI null call", "value": 60.5, "unit": "instructions", "native": 242.0,
         "ratio": 0.25, "goal": 80, "met": True},
        {"name": "SBI null call, worst", "value": 70, "unit": "instructions", "native": 242,
         "ratio": 0.2893, "goal": None, "met": None}]
    assert Row("a", 1, BYTES, measured="2026-01-01").as_dict()["measured"] == "2026-01-01"


@pytest.mark.shows("R-BEN-03")
def test_a_goal_is_met_up_to_itself():
    assert Row("SBI null call", GOALS["SBI null call"], INSTRUCTIONS).met is True
    assert Row("SBI null call", GOALS["SBI null call"] + 0.01, INSTRUCTIONS).met is False
    assert Row("device MSI to handler, exits", 0, INSTRUCTIONS).met is True
    assert Row("no goal", 1, INSTRUCTIONS).met is None
    assert ratio_row("Linux to shell", Row("Linux", 103, INSTRUCTIONS, 100)).met is False


def _names_of_rows(module):
    """Patterns of the strings in a module: what is put into one may be anything."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.escape(node.value)
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".+"
                          for part in node.values)


@pytest.mark.shows("R-BEN-03")
def test_each_goal_is_about_a_row_of_some_part():
    """Rows of ratios and exits are named after others (bench/rows.py)."""
    modules = {sys.modules[part.__module__] for parts in run.PARTS.values() for part in parts}
    names = [re.compile(f"(?:{name})(?:, ratio|, exits)?")
             for module in modules for name in _names_of_rows(module)]
    assert [goal for goal in GOALS if not any(name.fullmatch(goal) for name in names)] == []


# ---- what is kept -------------------------------------------------------------------------------
def _rows(**values):
    return [Row(name, value, INSTRUCTIONS) for name, value in values.items()]


@pytest.mark.shows("R-BEN-04")
def test_what_is_more_than_2_percent_off_is_named():
    found = kept.compare(
        _rows(much=1000, little=1000, better=1000, same=7, gone=1, none=0, still_none=0),
        _rows(much=1021, little=1019, better=979, same=7, none=1, still_none=0, new=5))
    assert [str(change) for change in found.worse] == [
        "much: 1,000 kept, 1,021 now, +2.1 %", "none: 0 kept, 1 now, from nothing"]
    assert [str(change) for change in found.better] == ["better: 1,000 kept, 979 now, -2.1 %"]
    assert (found.vanished, found.new, found.same, found.near) == (["gone"], ["new"], 2, 1)


@pytest.mark.shows("R-BEN-04", "R-BEN-05")
@pytest.mark.parametrize("now, status, line", [
    ({"a": 1021}, 1, "  worse:  a: 1,000 kept, 1,021 now, +2.1 %"),
    ({"a": 1020}, 0, "0 the same, 1 within 2 %"),
    ({"a": 900}, 0, "  better: a: 1,000 kept, 900 now, -10.0 %"),
    ({"b": 1000}, 1, "  gone:   a"),
])
def test_the_verdict_on_the_same_tools(now, status, line):
    then = kept.Kept(VERSIONS, _rows(a=1000))
    later = {**VERSIONS, "Bulkhead": "def", "date": "2026-02-02"}
    lines, found = kept.verdict(then, later, _rows(**now))
    assert line in "\n".join(lines) and found == status


@pytest.mark.shows("R-BEN-05")
def test_other_tools_are_named_and_fail_nobody():
    lines, status = kept.verdict(kept.Kept(VERSIONS, _rows(a=1000)), {**VERSIONS, "QEMU": "12.0.0"},
                                 _rows(a=2000))
    assert "  other versions: QEMU 12.0.0 here, 11.1.3 then" in lines and status == 0
    assert "  worse:  a: 1,000 kept, 2,000 now, +100.0 %" in lines


@pytest.mark.shows("R-BEN-05")
def test_what_is_not_the_same_in_every_run_is_named_and_fails_nobody():
    lines, status = kept.verdict(kept.Kept(VERSIONS, _rows(**{"NVMe reads": 1000, "a": 1000})), VERSIONS,
                                 _rows(**{"NVMe reads": 2000, "a": 1000}))
    assert "  worse:  NVMe reads: 1,000 kept, 2,000 now, +100.0 %, as it may: it varies" in lines
    assert status == 0


@pytest.mark.shows("R-BEN-06")
def test_what_is_kept_is_read_as_it_was_written(tmp_path):
    results = kept.Kept(VERSIONS, [Row("a", 1.5, BYTES, 3), *_rows(b=2)])
    assert kept.load(tmp_path / "results.json") is None
    kept.save(tmp_path / "results.json", results)
    assert kept.load(tmp_path / "results.json") == results
    assert from_dicts(json.loads(as_json(results.rows))) == results.rows


# ---- size ---------------------------------------------------------------------------------------
@pytest.mark.shows("R-BEN-07")
def test_lines_of_code_are_those_that_are_left_without_comments(tmp_path):
    (tmp_path / "a.c").write_text("/* a\n   comment */\n\n#include <stdint.h>\n"
                                  "int f(void)  // why\n{\n    return 1; /* so */\n}\n")
    assert size.code_lines([str(tmp_path / "a.c")]) == 5


@pytest.mark.shows("R-BEN-07")
def test_the_lines_are_those_of_what_is_linked():
    own, foreign = size.linked_files()
    assert {"boot/entry.S", "boot/main.c", "iommu/viommu/registers.c", "iommu/iommu.h",
            "hyp/plan/plan.c", "lib/include/string.h"} <= own
    assert all((ROOT / name).is_file() and not name.startswith(("guest/", "tools/", "tests/"))
               for name in own)
    assert {Path(name).name for name in foreign} >= {"fdt.c", "fdt_ro.c", "libfdt.h"}
    assert size.component("iommu/viommu/registers.c") == "vIOMMU"
    assert size.component("iommu/queue.c") == size.component("hyp/dma/space.c") == "IOMMU"
    assert size.component("hyp/vcpu/decode.c") == "core"
    by_name = {row.name: row.value for row in size.line_rows()}
    assert by_name.pop("lines of code, all but libfdt") == \
        sum(by_name.values()) - by_name["lines of code, libfdt"]


# ---- the report ---------------------------------------------------------------------------------
@pytest.mark.shows("R-BEN-08")
def test_a_goal_that_is_missed_needs_a_reason(monkeypatch):
    results = kept.Kept(VERSIONS, [Row("SBI null call", 81, INSTRUCTIONS),
                                   Row("RFENCE to self", 9, INSTRUCTIONS)])
    with pytest.raises(BenchError, match="bench/why.py does not say why: SBI null call$"):
        page.text(results, None)
    monkeypatch.setitem(page.WHY, "SBI null call", "one too many.")
    monkeypatch.setitem(page.WHY, "RFENCE to self", "but it is met.")
    assert page.needless(results.rows) == ["RFENCE to self"]
    text = page.text(results, None)
    assert "| SBI null call | 80 | 81 | **no** | Bao 241 |" in text
    assert "- **SBI null call**, 81 where 80 was the goal: one too many." in text
    assert "| RFENCE to self | 160 | 9 | yes | Xvisor 4,687 |" in text
    assert "| SBI set_timer | 90 |  | not measured | Bao 240 |" in text
    assert "taken on 2026-01-01 with QEMU 11.1.3, gcc 12.2.0, Bulkhead abc." in text


@pytest.mark.shows("R-BEN-08")
def test_each_row_is_in_the_page_once():
    rows = [*mean_and_worst("SBI null call", INSTRUCTIONS, Figure(60.5, 70), Figure(242.0, 242)),
            Row("lines of code", 7, LINES), Row("text and rodata", 5, BYTES),
            Row("Linux to shell", 1030, INSTRUCTIONS, 1000)]
    text = page.text(kept.Kept(VERSIONS, rows), None)
    assert "| SBI null call | instructions | 60.5 | 70 | 242 | 0.25 |" in text
    assert [heading for heading, found, *_ in page.sections(rows) if found] == \
        ["Services, interrupts, the IOMMU", "Linux", "Size"]
    assert sum(len(found) for _, found, *_ in page.sections(rows)) == len(rows)


@pytest.mark.shows("R-BEN-11")
def test_the_page_is_that_of_the_kept_results():
    """`make bench-page` has been called since they, or what is said of them, changed."""
    text = page.text(kept.load(run.KEPT["all"]), kept.load(run.KEPT["dma"]))
    assert page.PAGE.read_text(encoding="utf-8") == text
    plots = set(re.findall(r"\(benchmarks/(\w+\.svg)\)", text))
    assert plots and plots == {path.name for path in run.DOCS.glob("*.svg")}


@pytest.mark.shows("R-BEN-10")
def test_growth_that_is_worse_than_linear_shows():
    rows = [Row(f"boot growth, {n} guests", 10 + n * n, INSTRUCTIONS) for n in (16, 1, 4)]
    rows += [Row("boot growth, 1 device", 10, INSTRUCTIONS), Row("boot growth, 4 devices", 70, INSTRUCTIONS),
             Row("boot growth, 16 devices", 310, INSTRUCTIONS), Row("boot growth, 1 bus", 3, INSTRUCTIONS),
             Row("boot, something else", 1, INSTRUCTIONS)]
    found = growth.series(rows, "boot growth")
    assert list(found) == ["guest", "device"] and found["guest"] == [(1, 11), (4, 26), (16, 266)]
    assert growth.verdict("guest", found["guest"]) == \
        "each guest 5 up to 4, 20 from 4 to 16: **worse than linear**"
    assert growth.verdict("device", found["device"]) == \
        "each device 20 up to 4, 20 from 4 to 16: no worse than linear"
    assert "- each device 20 up to 4" in page.text(kept.Kept(VERSIONS, rows), None)


@pytest.mark.shows("R-BEN-09")
def test_what_is_measured_seldom_is_shown_with_its_date(tmp_path, monkeypatch):
    monkeypatch.setitem(run.KEPT, "dma", tmp_path / "dma.json")
    assert run.kept_of(("dma",)) == []
    seldom = kept.Kept(VERSIONS, [Row("NVMe reads 4K strict, ratio", 1.05, "ratio")])
    kept.save(tmp_path / "dma.json", seldom)
    shown = run.kept_of(("dma",))
    assert [row.as_dict()["measured"] for row in shown] == ["2026-01-01"]
    assert [line.split("  ")[-2:] for line in run.table(shown)][1] == ["met", "(of 2026-01-01)"]
    text = page.text(kept.Kept({**VERSIONS, "date": "2026-03-03"}, _rows(a=1)), seldom)
    assert "| NVMe reads 4K strict, ratio | 1.1 | 1.05 | yes |" in text
    assert "(`make bench-dma`) were taken on 2026-01-01 with" in text


@pytest.mark.shows("R-BEN-05")
def test_a_run_ends_with_what_became_of_the_kept_results(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "KEPT", {"all": tmp_path / "kept.json", "dma": tmp_path / "dma.json"})
    monkeypatch.setattr(run, "taken_with", lambda: VERSIONS)

    def bench(value, *arguments):
        monkeypatch.setitem(run.PARTS, "all", (lambda: _rows(a=value),))
        monkeypatch.setattr(sys, "argv", ["run.py", *arguments])
        with pytest.raises(SystemExit) as end:
            run.main()
        assert json.loads((tmp_path / "build/bench/all.json").read_text())[0]["value"] == value
        return end.value.code, capsys.readouterr().out

    assert bench(100, "all")[0] == 0                    # nothing is kept yet
    assert bench(100, "all", "--keep")[0] == 0
    status, said = bench(103, "all")
    assert status == 1 and "worse:  a: 100 kept, 103 now, +3.0 %" in said
    status, said = bench(103, "all", "--keep")
    assert status == 0 and "worse:  a" in said
    assert bench(103, "all")[0] == 0
