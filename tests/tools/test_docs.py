# SPDX-License-Identifier: Apache-2.0
"""What the documents point to is there."""
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
# Words in backquotes that begin with a folder of the project name a file, or a folder, of it.
NAMED = re.compile(r"`((?:boot|platform|hyp|iommu|guest|tools|configs|tests|bench|linker|docs|lib)/"
                   r"[\w./-]*)`")
MAKE = re.compile(r"^make ([a-z-]+)$|`make ([a-z-]+)[`\s]", re.MULTILINE)


@pytest.mark.shows("R-DOC-01")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_names_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    dead = [target for target in LINK.findall(text) if not (document.parent / target).exists()]
    dead += [name for name in NAMED.findall(text) if not (ROOT / name).exists()]
    assert dead == []


@pytest.mark.shows("R-DOC-02")
def test_make_commands_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {one or other for document in DOCUMENTS
             for one, other in MAKE.findall(document.read_text(encoding="utf-8"))}
    assert {"run", "test"} <= named
    assert [name for name in named if not re.search(rf"^[\w -]*\b{name}\b[\w -]*:", makefile, re.M)] == []


@pytest.mark.shows("R-DOC-03")
def test_the_configuration_reference_names_every_property():
    """What hyp/config/schema.c knows is what the reference describes."""
    schema = (ROOT / "hyp/config/schema.c").read_text(encoding="utf-8")
    reference = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    properties = set(re.findall(r'\{ "([a-z-]+)", VALUE_', schema))
    assert len(properties) > 10
    assert [name for name in sorted(properties) if f"| `{name}` |" not in reference] == []
