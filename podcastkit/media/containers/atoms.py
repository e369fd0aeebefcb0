"""Read the atoms of an MP4 or QuickTime file (ISO/IEC 14496-12) and their tables."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ATOMS = 100_000
_LARGEST_TABLE = 2**20
"""Bytes. Even the tables of a long chapter track are smaller."""


class Atom(NamedTuple):
    """An atom, with the positions at which its content begins and ends."""

    file: BinaryIO
    kind: bytes
    start: int
    end: int

    def read_children(self) -> Iterator[Atom]:
        """Yield the atoms inside this one, up to the first damaged atom."""
        position = self.start
        for _ in range(_MOST_ATOMS):
            self.file.seek(position)
            head = self.file.read(min(16, max(self.end - position, 0)))
            if len(head) < 8:  # noqa: PLR2004 - an atom's size and name
                return
            length, kind = struct.unpack_from(">I4s", head)
            content = 8
            # Length 1: a 64-bit length follows. Length 0: the atom extends to the end of its parent.
            if length == 1:
                length, content = int.from_bytes(head[8:], "big"), 16
            elif length == 0:
                length = self.end - position
            if length < content:
                return
            yield Atom(self.file, kind, position + content, position + length)
            position += length

    def find(self, kind: bytes, *path: bytes) -> Iterator[Atom]:
        """Yield the atoms at this path inside the atom. The path consists of the names of atoms."""
        for child in self.read_children():
            if child.kind == kind:
                yield from child.find(*path) if path else (child,)

    def read(self, largest: int = _LARGEST_TABLE) -> bytes:
        """Return the content, or its first `largest` bytes."""
        self.file.seek(self.start)
        return self.file.read(min(self.end - self.start, largest))

    def read_content(self, *path: bytes, largest: int = _LARGEST_TABLE) -> bytes:
        """Return the content of the first atom at this path, or empty bytes if it is missing."""
        atom = next(self.find(*path), None)
        return atom.read(largest) if atom else b""

    def read_table(self, kind: bytes, largest: int = _LARGEST_TABLE) -> bytes:
        """Return a table of the sample table atom (`stbl`); the atom must be a track."""
        return self.read_content(b"mdia", b"minf", b"stbl", kind, largest=largest)


def read_rows(table: bytes, columns: int) -> Iterator[tuple[int, ...]]:
    """Yield the rows of a table of 32-bit numbers, up to the row count in its header."""
    # The row count follows the version and flags. Files that are cut short have fewer rows.
    end = 8 + 4 * columns * int.from_bytes(table[4:8], "big")
    # Each row takes the next numbers of one shared iterator.
    return zip(*[iter(read_numbers(table[8:end]))] * columns, strict=False)


def read_numbers(data: bytes) -> list[int]:
    """Return the 32-bit numbers in `data`. An incomplete number at the end is ignored."""
    return [int.from_bytes(data[end - 4 : end], "big") for end in range(4, len(data) + 1, 4)]


def read_timescale(head: bytes) -> int:
    """Return the ticks per second that a movie header (`mvhd`) or media header (`mdhd`) states, at least 1."""
    place = 20 if head[:1] == b"\1" else 12  # in version 1, times have eight bytes
    return int.from_bytes(head[place : place + 4], "big") or 1
