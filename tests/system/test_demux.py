# SPDX-License-Identifier: Apache-2.0
"""The tests' own demultiplexer of the console, on text written by hand from the format."""

import pytest

from demux import OTHER, Demux

CONSOLE = (
    "OpenSBI v1.6\r\n"
    "[ not a prefix\r\n"
    "[bulkhead] two guests\r\n"
    "[a] [    0.000000] Linux\r\n"
    "[b] one\r\n"
    "[a] half"
    "\r\n[b] two\r\r\n"
    "[a]+  whole\r\n"
    "[a] [b] forged\r\n"
    "[b] cr\r\r\n"
    "[a] \r\n"
    "[b]+ \n"
    "[b] \x1b[1mprompt> "
)
EXPECTED = {
    OTHER: "OpenSBI v1.6\n[ not a prefix\n",
    "bulkhead": "two guests\n",
    "a": "[    0.000000] Linux\nhalf whole\n[b] forged\n\n",
    "b": "one\ntwo\r\ncr\n\x1b[1mprompt> ",
}


@pytest.mark.shows("R-CON-06")
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, len(CONSOLE)])
def test_streams_do_not_depend_on_the_chunks(size):
    demux = Demux()
    for at in range(0, len(CONSOLE), size):
        demux.feed(CONSOLE[at:at + size])
    demux.close()
    assert {name: demux.text(name) for name in demux.names()} == EXPECTED


@pytest.mark.shows("R-CON-06")
def test_a_newline_is_held_until_it_is_known_whose_it_is():
    demux = Demux()
    demux.feed("[a] half\r\n[b] other\r\n")
    assert demux.text("a") == "half"
    demux.feed("[a]+ whole\r\n")
    assert demux.text("a") == "halfwhole"
    demux.feed("[a] ")
    assert demux.text("a") == "halfwhole\n"


@pytest.mark.shows("R-CON-06")
def test_half_of_a_newline_is_none_of_the_line():
    demux = Demux()
    demux.feed("[a] cut\r\r\n[b] other\r\n")
    assert demux.text("a") == "cut"
    demux.feed("[a]+ \n")
    assert demux.text("a") == "cut"
    demux.feed("[a] ")
    assert demux.text("a") == "cut\n"
    demux.feed("\r\r\n[a]+ on\r\n")
    assert demux.text("a") == "cut\n\ron"


@pytest.mark.shows("R-CON-06")
def test_only_the_names_given_are_prefixes():
    demux = Demux(names=["a"])
    demux.feed("[a] one\r\n[b] two\r\n")
    demux.close()
    assert demux.names() == [OTHER, "a"]
    assert demux.text(OTHER) == "[b] two\n"
