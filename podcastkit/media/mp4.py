"""What the atoms of an MP4 file say, held against the bytes that are there (ISO/IEC 14496-12)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOP_LEVEL = frozenset(
    b"ftyp styp moov mdat moof mfra sidx ssix meta udta uuid free skip wide pnot".split(),
)
_MOST_ATOMS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Layout:
    """What the file is made of; `tracks` holds handler and codec of each track, such as `("soun", "mp4a")`."""

    truncated: bool
    indexed: bool
    fragmented: bool
    tracks: tuple[tuple[str, str], ...]


def read_layout(file: BinaryIO, size: int) -> Mp4Layout:
    """Walk the atoms of an MP4 file of `size` bytes."""
    atoms = [atom for atom in _atoms(file, 0, size) if atom.kind in _TOP_LEVEL]
    index = next((atom for atom in atoms if atom.kind == b"moov"), None)
    return Mp4Layout(
        truncated=any(atom.end > size for atom in atoms),
        indexed=index is not None,
        fragmented=any(atom.kind == b"moof" for atom in atoms),
        tracks=tuple(_tracks(file, index)) if index else (),
    )


class _Atom(NamedTuple):
    kind: bytes
    start: int
    end: int


def _atoms(file: BinaryIO, start: int, end: int) -> Iterator[_Atom]:
    position = start
    for _ in range(_MOST_ATOMS):
        file.seek(position)
        head = file.read(min(16, max(end - position, 0)))
        if len(head) < 8:  # noqa: PLR2004 - an atom's size and name
            return
        length, kind = struct.unpack_from(">I4s", head)
        content = 8
        if length == 1:
            length, content = int.from_bytes(head[8:], "big"), 16
        elif length == 0:
            length = end - position
        if length < content:
            return
        yield _Atom(kind, position + content, position + length)
        position += length


def _tracks(file: BinaryIO, index: _Atom) -> Iterator[tuple[str, str]]:
    for track in _inside(file, index, b"trak"):
        for media in _inside(file, track, b"mdia"):
            handler = "".join(_text(file, atom.start + 8) for atom in _inside(file, media, b"hdlr"))
            codecs = [_text(file, table.start + 12) for table in _tables(file, media)]
            yield handler, "".join(codecs)


def _tables(file: BinaryIO, media: _Atom) -> Iterator[_Atom]:
    for info in _inside(file, media, b"minf"):
        for samples in _inside(file, info, b"stbl"):
            yield from _inside(file, samples, b"stsd")


def _inside(file: BinaryIO, atom: _Atom, kind: bytes) -> Iterator[_Atom]:
    return (child for child in _atoms(file, atom.start, atom.end) if child.kind == kind)


def _text(file: BinaryIO, position: int) -> str:
    file.seek(position)
    return file.read(4).decode("latin-1")
