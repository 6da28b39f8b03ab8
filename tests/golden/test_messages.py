# SPDX-License-Identifier: Apache-2.0
"""Every message of the configuration checker, word for word."""
import re

import pytest

import golden

EXPECTED = {case: case.with_suffix(".expected").read_text(encoding="utf-8")
            for case in golden.CASES}
TAKEN = []
ARGUMENTS = r'\(((?:[^;"]|"(?:[^"\\]|\\.)*")*)\);'
# What reports a finding, and the files that do; the detail at the end of complain's is the input's.
REPORTERS = (("diag_error", "", ("hyp/config/*.c", "hyp/plan/*.c", "tools/annotate.c")),
             ("complain", "%s", ("tools/pci_dump.c",)))
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
CONVERSION = re.compile(r"%-?[0-9]*(?:\.\*)?l*[a-z]")


def cases(*prefixes):
    """The cases of one test; each test below takes those whose names begin so."""
    mine = [case for case in golden.CASES if case.stem.startswith(prefixes)]
    TAKEN.extend(mine)
    return pytest.mark.parametrize("case", mine, ids=lambda case: case.stem)


def check(case):
    result = golden.run_case(case)
    assert EXPECTED[case] != ""
    assert result.stderr == EXPECTED[case]
    assert result.stdout == ""
    assert result.returncode == 1


@pytest.mark.shows("R-CFG-01", "R-CFG-02", "R-CFG-03", "R-CFG-19", "R-CFG-42", "R-TOOL-02",
                   "R-TOOL-11")
@cases("unknown-", "kind-", "choice-", "property-", "node-", "name-", "blob-", "compatible-")
def test_structure(case):
    """The shape of the file: what is unknown, misspelt, missing, doubled or of the wrong kind."""
    check(case)


@pytest.mark.shows("R-CFG-04", "R-TOOL-02")
@cases("amount-")
def test_amounts(case):
    """Sizes and addresses."""
    check(case)


@pytest.mark.shows("R-CFG-05", "R-TOOL-02")
@cases("hart-", "harts-")
def test_harts(case):
    """A hart belongs to one guest and is on the board."""
    check(case)


@pytest.mark.shows("R-CFG-06", "R-MEM-03", "R-TOOL-02")
@cases("memory-", "pool-")
def test_memory(case):
    """Memory that does not fit or collides."""
    check(case)


@pytest.mark.shows("R-CFG-07", "R-CFG-21", "R-CFG-22", "R-TOOL-02")
@cases("image-", "images-", "kernel-", "initrd-", "tree-")
def test_images(case):
    """Images that are missing, misnamed or too large."""
    check(case)


@pytest.mark.shows("R-CFG-08", "R-CFG-09", "R-CFG-10", "R-CFG-11", "R-CFG-20", "R-CFG-40",
                   "R-CFG-41", "R-CFG-43", "R-CFG-44", "R-TOOL-02")
@cases("device-", "devices-", "line-", "lines-")
def test_devices(case):
    """Devices that cannot be given, or not to two."""
    check(case)


@pytest.mark.shows("R-CFG-61", "R-CFG-62", "R-CFG-64", "R-CFG-65", "R-CFG-68", "R-CFG-69",
                   "R-CFG-70", "R-CFG-72", "R-CFG-73", "R-TOOL-02")
@cases("function-", "pin-")
def test_functions(case):
    """PCI functions that cannot be given, or not to two."""
    check(case)


@pytest.mark.shows("R-CFG-80", "R-CFG-81", "R-CFG-82", "R-CFG-83", "R-CFG-85", "R-TOOL-02")
@cases("viommu-", "viommus-")
def test_viommus(case):
    """vIOMMUs, and devices that cannot be behind one."""
    check(case)


@pytest.mark.shows("R-PCI-17", "R-TOOL-02")
@cases("lspci-")
def test_lspci(case):
    """What is no output of lspci -D -vv -xxxx, or not all of it."""
    check(case)


@pytest.mark.shows("R-CFG-12", "R-TOOL-02")
@cases("shared-", "doorbell-")
def test_shared(case):
    """Shared memory."""
    check(case)


@pytest.mark.shows("R-CFG-13", "R-TOOL-02")
@cases("guests-", "focus-")
def test_guests(case):
    """The number of guests, and the one in focus."""
    check(case)


@pytest.mark.shows("R-TOOL-03")
def test_every_case_is_run_once():
    assert sorted(TAKEN) == golden.CASES


def calls(reporter, files):
    """(place, arguments) of each call."""
    pattern = re.compile(rf"\b(?<!bool ){reporter}" + ARGUMENTS)
    for source in sorted(path for name in files for path in golden.ROOT.glob(name)):
        text = source.read_text(encoding="utf-8")
        found = list(pattern.finditer(text))
        defined = len(re.findall(rf"^static \w+ {reporter}\(", text, re.MULTILINE))
        assert len(found) + defined == text.count(f"{reporter}("), f"{source}: one is missed"
        for call in found:
            yield f"{source.name}:{text.count(chr(10), 0, call.start()) + 1}", call[1]


def format_strings():
    """(place, format) of each message of the checker: its adjacent literals, joined. The arguments
    before the format are a path and a property, which may be literals themselves."""
    for reporter, detail, files in REPORTERS:
        for place, arguments in calls(reporter, files):
            # Only the run of literals that holds a space is a sentence.
            runs = re.findall(r'(?:"(?:[^"\\]|\\.)*"\s*)+', arguments)
            sentences = ["".join(LITERAL.findall(run)) for run in runs]
            sentences = [s.replace('\\"', '"') for s in sentences if " " in s]
            assert sentences, f"{place}: no format found"
            yield place, sentences[0] + detail


@pytest.mark.shows("R-TOOL-03")
def test_every_message_has_a_case():
    messages = [line.partition("error: ")[2] for text in EXPECTED.values()
                for line in text.splitlines()]
    formats = list(format_strings())
    assert formats
    unseen = []
    for place, text in formats:
        parts = [re.escape(part) for part in CONVERSION.split(text)]
        pattern = re.compile(".*".join(parts))
        if not any(pattern.fullmatch(message) for message in messages):
            unseen.append(f"{place}: {text}")
    assert not unseen, "\n".join(unseen)
