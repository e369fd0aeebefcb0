"""Read the atoms of an MP4 file and compare them with the bytes that are there (ISO/IEC 14496-12)."""

from __future__ import annotations

import codecs
import struct
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, chain, islice, repeat
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOP_LEVEL = frozenset(
    b"ftyp styp moov mdat moof mfra sidx ssix meta udta uuid free skip wide pnot".split(),
)
_MOST_ATOMS = 100_000
_MOST_CHAPTERS = 2000
_NO_MEDIA = 0xFFFF_FFFF
"""Where an edit begins that shows nothing: -1."""
_LARGEST_TABLE = 2**20
"""Bytes; more than the tables of so many chapters have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Layout:
    """The parts of a file; `tracks` has handler and codec of each track, such as `("soun", "mp4a")`.

    `duration` is that of the sound that its index lists, without what encoders added to it. A fragmented file has
    most of its sound elsewhere; `tells_length`: it says how long that is as a whole.
    """

    truncated: bool
    indexed: bool
    fragmented: bool
    tells_length: bool
    duration: timedelta
    tracks: tuple[tuple[str, str], ...]


def read_layout(file: BinaryIO, size: int) -> Mp4Layout:
    """Walk the atoms of an MP4 file of `size` bytes."""
    atoms = [atom for atom in _whole(file, size).children() if atom.kind in _TOP_LEVEL]
    kinds = {atom.kind for atom in atoms}
    index = next((atom for atom in atoms if atom.kind == b"moov"), None)
    tracks = list(index.find(b"trak")) if index else []
    return Mp4Layout(
        truncated=any(atom.end > size for atom in atoms),
        indexed=index is not None,
        fragmented=b"moof" in kinds,
        tells_length=b"sidx" in kinds or (index is not None and any(index.content(b"mvex", b"mehd"))),
        duration=timedelta(seconds=_sound_seconds(index, tracks) if index else 0),
        tracks=tuple((_handler(track).decode("latin-1"), _codec(track)) for track in tracks),
    )


def read_chapters(file: BinaryIO, size: int) -> tuple[tuple[timedelta, str], ...]:
    """Return start and title of each chapter of an MP4 file of `size` bytes; what is damaged is left out.

    They are in Nero's list (`chpl`), or, as Apple's programs write them, in a track of texts that another track
    names as its chapters (QuickTime File Format, "Chapter lists").
    """
    index = next(_whole(file, size).find(b"moov"), None)
    if index is None:
        return ()
    marks = list(_listed_marks(index)) or list(_track_marks(index, size))
    return tuple((timedelta(seconds=start), title) for start, title in marks if title)


class _Atom(NamedTuple):
    """An atom of a file, and where its content begins and ends."""

    file: BinaryIO
    kind: bytes
    start: int
    end: int

    def children(self) -> Iterator[_Atom]:
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
            yield _Atom(self.file, kind, position + content, position + length)
            position += length

    def find(self, kind: bytes, *path: bytes) -> Iterator[_Atom]:
        """Yield the atoms inside at a path."""
        for child in self.children():
            if child.kind == kind:
                yield from child.find(*path) if path else (child,)

    def content(self, *path: bytes) -> bytes:
        """Return the content of the first atom at a path; nothing when there is none."""
        atom = next(self.find(*path), None)
        if atom is None:
            return b""
        self.file.seek(atom.start)
        return self.file.read(min(atom.end - atom.start, _LARGEST_TABLE))

    def table(self, kind: bytes) -> bytes:
        """Return a table of a track's samples."""
        return self.content(b"mdia", b"minf", b"stbl", kind)


def _whole(file: BinaryIO, size: int) -> _Atom:
    return _Atom(file, b"", 0, size)


def _handler(track: _Atom) -> bytes:
    return track.content(b"mdia", b"hdlr")[8:12]


def _codec(track: _Atom) -> str:
    return track.table(b"stsd")[12:16].decode("latin-1")


def _sound_seconds(index: _Atom, tracks: list[_Atom]) -> float:
    track = next((track for track in tracks if _handler(track) == b"soun"), None)
    if track is None:
        return 0.0
    scale = _timescale(track.content(b"mdia", b"mdhd"))
    total = sum(count * length for count, length in _rows(track.table(b"stts"), 2))
    movie_scale = _timescale(index.content(b"mvhd"))
    return _edited_seconds(track.content(b"edts", b"elst"), movie_scale, total / scale, scale)


def _edited_seconds(edits: bytes, movie_scale: int, seconds: float, scale: int) -> float:
    """Return how much of a track's `seconds` its edit list shows, which leaves out what encoders added (8.6.6)."""
    row = struct.Struct(">QqI" if edits[:1] == b"\1" else ">IiI")
    content = edits[8 : 8 + max(len(edits) - 8, 0) // row.size * row.size]
    shown = [
        min(span / movie_scale or seconds, max(seconds - start / scale, 0))
        for span, start, _ in row.iter_unpack(content)
        if start >= 0
    ]
    return sum(shown) if shown else seconds


def _timescale(head: bytes) -> int:
    place = 20 if head[:1] == b"\1" else 12  # version 1 has times of eight bytes
    return int.from_bytes(head[place : place + 4], "big") or 1


def _listed_marks(index: _Atom) -> Iterator[tuple[float, str]]:
    data = index.content(b"udta", b"chpl")
    position = 5 if data[:1] == b"\0" else 9  # later versions have four bytes more
    for _ in range(int.from_bytes(data[position - 1 : position], "big")):
        start, length = data[position : position + 8], int.from_bytes(data[position + 8 : position + 9], "big")
        title = data[position + 9 : position + 9 + length]
        yield int.from_bytes(start, "big") / 10_000_000, _decoded(title)
        position += 9 + length


def _track_marks(index: _Atom, size: int) -> Iterator[tuple[float, str]]:
    tracks = list(index.find(b"trak"))
    named = {number for track in tracks for number in _numbers(track.content(b"tref", b"chap"))}
    texts = (track for track in tracks if _handler(track) == b"text" and _track_number(track) in named)
    track = next(texts, None)
    if track:
        yield from islice(zip(_starts(index, track), _texts(track, size), strict=False), _MOST_CHAPTERS)


def _track_number(track: _Atom) -> int:
    head = track.content(b"tkhd")
    place = 20 if head[:1] == b"\1" else 12
    return int.from_bytes(head[place : place + 4], "big")


def _starts(index: _Atom, track: _Atom) -> Iterator[float]:
    """Yield when each sample of a track begins, in seconds."""
    span, media, _ = next(_rows(track.content(b"edts", b"elst"), 3), (0, 0, 0))
    delay = span / _timescale(index.content(b"mvhd")) if media == _NO_MEDIA else 0.0
    scale = _timescale(track.content(b"mdia", b"mdhd"))
    lengths = chain.from_iterable(repeat(length, count) for count, length in _rows(track.table(b"stts"), 2))
    return (delay + moment / scale for moment in accumulate(lengths, initial=0))


def _texts(track: _Atom, size: int) -> Iterator[str]:
    """Yield the text of each sample of a track."""
    for offset, length in _places(track):
        if offset + length > size:
            return
        track.file.seek(offset)
        sample = track.file.read(min(length, 2**16 + 2))
        yield _decoded(sample[2 : 2 + int.from_bytes(sample[:2], "big")])


def _places(track: _Atom) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each sample; the samples of a chunk follow one another."""
    same, count, *each = (*_numbers(track.table(b"stsz"))[1:], 0, 0)
    sizes = repeat(same, count) if same else iter(each)
    chunks = _numbers(track.table(b"stco")[8:]) or _numbers(track.table(b"co64")[8:], width=8)
    many = {first: samples for first, samples, _ in _rows(track.table(b"stsc"), 3)}
    in_chunk = 0
    for number, start in enumerate(chunks, 1):
        in_chunk = many.get(number, in_chunk)
        offset = start
        for length in islice(sizes, in_chunk):
            yield offset, length
            offset += length


def _rows(table: bytes, columns: int) -> Iterator[tuple[int, ...]]:
    """Yield the rows of a table, after its version and their number."""
    return zip(*[iter(_numbers(table[8:]))] * columns, strict=False)


def _numbers(data: bytes, width: int = 4) -> list[int]:
    ends = range(width, len(data) + 1, width)
    return [int.from_bytes(data[end - width : end], "big") for end in ends]


def _decoded(text: bytes) -> str:
    if text.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return text.decode("utf-16", "replace")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")
