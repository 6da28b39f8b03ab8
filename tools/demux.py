# SPDX-License-Identifier: Apache-2.0
"""Takes the multiplexed console of Bulkhead apart again.

The format (hyp/console/mux.h says how it is made):

* Every line starts with a prefix: ``[name] `` starts a line of the source ``name``, ``[name]+ ``
  goes on with a line of it that was cut so that another source could print. Sources are the guests,
  by their names in the configuration, and ``bulkhead``, the hypervisor's log. The multiplexer puts a
  prefix at the start of every line, so whatever a guest prints, also something that looks like a
  prefix, follows the guest's own prefix.
* A line ends with ``\\n``. The source's own ``\\n`` comes as ``\\r\\n``. Where a line was cut, the
  multiplexer put ``\\r\\n`` in; it does not belong to the source, and the prefix with ``+`` of the
  source's next line is what tells.

So the newline that ends a source's line is only known to be its own when the source's next line
begins. Until then it is held back; close() gives it out.

Text that is not in the format (the firmware's before Bulkhead starts, a panic's) goes to the stream
OTHER, line by line.
"""

import re

OTHER = ""
_PREFIX = re.compile(r"\[([^\]\s]{1,23})\](\+?) ")
_MAYBE_PREFIX = re.compile(r"\[([^\]\s]{0,23}(\]\+?)?)?$")


class Demux:
    """Feed it the UART's text in chunks of any size; text(name) is what a source printed so far,
    with ``\\n`` for ``\\r\\n``. With names given, only these are taken for prefixes."""

    def __init__(self, names=None):
        self._names = None if names is None else set(names)
        self._streams = {}
        self._held = {}        # name -> newline that may not be the source's
        self._current = None   # name whose line it is, None at the start of a line
        self._pending = ""     # start of a line that may become a prefix

    def feed(self, text):
        self._pending += text
        while self._pending:
            if self._current is None and not self._start_line():
                return
            line, newline, rest = self._pending.partition("\n")
            if newline:
                self._end_line(line)
            else:
                # A "\r" at the end may be half of a newline.
                keep = len(line) - len(line.rstrip("\r"))
                self._add(self._current, line[:len(line) - keep])
                self._pending = line[len(line) - keep:]
                return
            self._pending = rest

    def close(self):
        """The text is over: what was held back is given out."""
        pending, self._pending = self._pending, ""
        if pending:
            self._release(self._current or OTHER)
            self._add(self._current or OTHER, pending)
        for name in list(self._held):
            self._release(name)

    def text(self, name):
        text = self._streams.get(name, "").replace("\r\n", "\n")
        # Half of a newline, if the line was cut in the middle of it.
        return text.removesuffix("\r") if name in self._held else text

    def names(self):
        return sorted(self._streams)

    def _start_line(self):
        """Decide whose line starts; False if more text is needed to tell."""
        match = _PREFIX.match(self._pending)
        if match is None:
            if _MAYBE_PREFIX.match(self._pending):
                return False
            name, continues = OTHER, False
        else:
            name, continues = match.group(1), match.group(2) == "+"
            if self._names is not None and name not in self._names:
                name, continues, match = OTHER, False, None
        if continues:
            self._held.pop(name, None)
        else:
            self._release(name)
        self._current = name
        self._streams.setdefault(name, "")
        if match is not None:
            self._pending = self._pending[match.end():]
        return True

    def _end_line(self, line):
        body = line[:-1] if line.endswith("\r") else line
        self._add(self._current, body)
        self._held[self._current] = line[len(body):] + "\n"
        self._current = None

    def _add(self, name, text):
        self._streams[name] = self._streams.get(name, "") + text

    def _release(self, name):
        self._add(name, self._held.pop(name, ""))
