"""Find the line and column of a text in its file; both count from 1, in characters."""

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

# NFC never merges a visible ASCII character with the text before it, so each part can be normalized separately.
_PART = re.compile(r"[\t\x20-\x7e]?[^\t\x20-\x7e]*")


@dataclass(frozen=True)
class Positions:
    """The text of a file. Converts a position in the text to a line and column. All line ends are line feeds."""

    text: str
    file: str

    def locate(self, position: int) -> Location:
        """Return the location of the character at a position, which counts from 0."""
        line = bisect_right(self._starts, position)
        return Location(file=self.file, line=line, column=position - self._starts[line - 1] + 1)

    @cached_property
    def _starts(self) -> list[int]:
        return find_line_starts(self.text.split("\n"))


@dataclass(frozen=True)
class Origin:
    """The original text of a file. Converts positions in its clean text (see `remove_invisible`) to the file."""

    text: str
    file: str
    first_line: int = 1
    """The line of the file where `text` begins."""
    _parts: dict[int, tuple[list[int], list[int]]] = field(default_factory=dict)
    """The results of `_split_parts` by line."""

    def locate(self, line: int, column: int) -> Location:
        """Return the location in the file of a line and column of the clean text; both count from 0."""
        if line not in self._parts:
            self._parts[line] = _split_parts(self._lines[line])
        clean_starts, starts = self._parts[line]
        part = bisect_right(clean_starts, column, hi=len(starts)) - 1
        part_end = starts[part + 1] if part + 1 < len(starts) else len(self._lines[line])
        # NFC can make a part longer. Do not return a column after the end of the original part.
        original_column = min(starts[part] + column - clean_starts[part], max(part_end - 1, starts[part]))
        return Location(file=self.file, line=self.first_line + line, column=original_column + 1)

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")


def find_line_starts(lines: Sequence[str]) -> list[int]:
    """Return the position at which each line of a text begins."""
    return list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))


def count_indent(line: str) -> int:
    """Return the number of white-space characters at the beginning of a line."""
    return len(line) - len(line.lstrip())


def _split_parts(line: str) -> tuple[list[int], list[int]]:
    """Return the columns where the parts of a line begin: in the clean text, and in the original."""
    if unicodedata.is_normalized("NFC", line) and not INVISIBLE.search(line):
        return [0], [0]
    parts = [part[0] for part in _PART.finditer(line) if part[0]]
    clean_starts = accumulate((len(clean_text(part)) for part in parts), initial=0)
    starts = accumulate(map(len, parts), initial=0)
    return list(clean_starts)[: len(parts)], list(starts)[: len(parts)]
