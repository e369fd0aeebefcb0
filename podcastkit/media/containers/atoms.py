"""Walk the atoms of an MP4 or QuickTime file (ISO/IEC 14496-12), and read their tables."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ATOMS = 100_000
_LARGEST_TABLE = 2**20
"""Bytes; more than the tables of so many chapters have."""


class Atom(NamedTuple):
    """An atom of a file, and where its content begins and ends."""

    file: BinaryIO
    kind: bytes
    start: int
    end: int

    def children(self) -> Iterator[Atom]:
        """Yield the atoms inside, up to the first that is damaged."""
        position = self.start
        for _ in range(_MOST_ATOMS):
            self.file.seek(position)
            head = self.file.read(min(16, max(self.end - position, 0)))
            if len(head) < 8:  # noqa: PLR2004 - an atom's size and name
                return
            length, kind = struct.unpack_from(">I4s", head)
            content = 8
            if length == 1:
                length, content = int.from_bytes(head[8:], "big"), 16
            elif length == 0:
                length = self.end - position
            if length < content:
                return
            yield Atom(self.file, kind, position + content, position + length)
            position += length

    def find(self, kind: bytes, *path: bytes) -> Iterator[Atom]:
        """Yield the atoms inside at a path."""
        for child in self.children():
            if child.kind == kind:
                yield from child.find(*path) if path else (child,)

    def read(self, largest: int = _LARGEST_TABLE) -> bytes:
        """Return the content, or so many bytes of it."""
        self.file.seek(self.start)
        return self.file.read(min(self.end - self.start, largest))

    def content(self, *path: bytes, largest: int = _LARGEST_TABLE) -> bytes:
        """Return the content of the first atom at a path; nothing when there is none."""
        atom = next(self.find(*path), None)
        return atom.read(largest) if atom else b""

    def table(self, kind: bytes, largest: int = _LARGEST_TABLE) -> bytes:
        """Return a table of a track's samples."""
        return self.content(b"mdia", b"minf", b"stbl", kind, largest=largest)


def read_rows(table: bytes, columns: int) -> Iterator[tuple[int, ...]]:
    """Yield the rows of a table, as many as it says behind its version."""
    end = 8 + 4 * columns * int.from_bytes(table[4:8], "big")
    return zip(*[iter(read_numbers(table[8:end]))] * columns, strict=False)


def read_numbers(data: bytes) -> list[int]:
    """Return the numbers, of four bytes each, of which a table is made."""
    return [int.from_bytes(data[end - 4 : end], "big") for end in range(4, len(data) + 1, 4)]


def read_timescale(head: bytes) -> int:
    """Return the ticks of a second, by the head of a film (`mvhd`) or of a track's media (`mdhd`)."""
    place = 20 if head[:1] == b"\1" else 12  # version 1 has times of eight bytes
    return int.from_bytes(head[place : place + 4], "big") or 1
