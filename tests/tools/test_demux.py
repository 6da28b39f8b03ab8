# SPDX-License-Identifier: Apache-2.0
"""The demultiplexer of the console, against transcripts written by hand."""
import pytest

from demux import Demux

TRANSCRIPT = (b"OpenSBI v1.6\r\n[bulkhead] hello\r\n[linux] one\r\n[rtos] half\r\n"
              b"[linux] two [rtos] not a prefix\r\n[rtos]+  a line\r\n[linux] linux# ")


@pytest.mark.shows("R-CON-30")
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_each_stream_is_whole(size):
    demux = Demux()
    for start in range(0, len(TRANSCRIPT), size):
        demux.feed(TRANSCRIPT[start:start + size])
    assert demux.text("") == "OpenSBI v1.6\n"
    assert demux.text("bulkhead") == "hello\n"
    assert demux.text("rtos") == "half a line\n"
    assert demux.text("linux") == "one\ntwo [rtos] not a prefix\nlinux# "
