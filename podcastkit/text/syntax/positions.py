"""Where in its file a piece of text stands: line and column, both from 1, in characters."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Location
from podcastkit.text.cleaning import INVISIBLE, clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence

# A visible ASCII character never melts into what stands before it, so that each part can be normalised alone.
_PART = re.compile(r"[\t\x20-\x7e]?[^\t\x20-\x7e]*")


@dataclass(frozen=True)
class Positions:
    """A file's text, with line feeds, whose positions are asked for."""

    text: str
    file: str

    def locate(self, position: int) -> Location:
        """Return where the character at a position (from 0) stands."""
        line = bisect_right(self._starts, position)
        return Location(file=self.file, line=line, column=position - self._starts[line - 1] + 1)

    @cached_property
    def _starts(self) -> list[int]:
        return line_starts(self.text.split("\n"))


@dataclass(frozen=True)
class Origin:
    """A text as its file has it, which is asked for places in what `remove_forbidden` made of it."""

    text: str
    file: str
    first_line: int = 1
    _parts: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)

    def locate(self, line: int, column: int) -> Location:
        """Return where the character in this line and column of the clean text (both from 0) stands in the file."""
        if line not in self._parts:
            self._parts[line] = _parts(self._lines[line])
        clean, written = self._parts[line]
        part = bisect_right(clean, column, hi=len(written)) - 1
        ends = [*written[part + 1 : part + 2], len(self._lines[line])]
        place = min(written[part] + column - clean[part], max(ends[0] - 1, written[part]))
        return Location(file=self.file, line=self.first_line + line, column=place + 1)

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")


def line_starts(lines: Sequence[str]) -> list[int]:
    """Return the position at which each line of a text begins."""
    return list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))


def indent_of(line: str) -> int:
    """Return how many blanks a line begins with."""
    return len(line) - len(line.lstrip())


def _parts(line: str) -> tuple[list[int], list[int]]:
    """Return where the parts of a line begin, in what is clean and as they are written."""
    if unicodedata.is_normalized("NFC", line) and not INVISIBLE.search(line):
        return [0], [0]
    parts = [part[0] for part in _PART.finditer(line) if part[0]]
    clean = (len(clean_text(part)) for part in parts)
    return list(accumulate(clean, initial=0))[: len(parts)], list(accumulate(map(len, parts), initial=0))[
        : len(parts)
    ]
