"""What the atoms of an MP4 file say, held against the bytes that are there (ISO/IEC 14496-12)."""

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
_SAMPLES = (b"mdia", b"minf", b"stbl")
_NO_MEDIA = 0xFFFF_FFFF
"""Where an edit begins that shows nothing: -1."""
_LARGEST_TABLE = 2**20
"""Bytes; more than the tables of so many chapters have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Layout:
    """What the file is made of; `tracks` holds handler and codec of each track, such as `("soun", "mp4a")`.

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
    atoms = [atom for atom in _atoms(file, 0, size) if atom.kind in _TOP_LEVEL]
    index = next((atom for atom in atoms if atom.kind == b"moov"), None)
    return Mp4Layout(
        truncated=any(atom.end > size for atom in atoms),
        indexed=index is not None,
        fragmented=any(atom.kind == b"moof" for atom in atoms),
        tells_length=any(atom.kind == b"sidx" for atom in atoms)
        or (index is not None and any(_content(file, index, b"mvex", b"mehd"))),
        duration=timedelta(seconds=_sound_seconds(file, index) if index else 0),
        tracks=tuple(_tracks(file, index)) if index else (),
    )


def read_chapters(file: BinaryIO, size: int) -> tuple[tuple[timedelta, str], ...]:
    """Return start and title of each chapter of an MP4 file of `size` bytes; what is damaged is left out.

    They stand in Nero's list (`chpl`), or, as Apple's programs write them, in a track of texts that another track
    names as its chapters (QuickTime File Format, "Chapter lists").
    """
    index = next(_inside(file, _Atom(b"", 0, size), b"moov"), None)
    if index is None:
        return ()
    marks = list(_listed_marks(file, index)) or list(_track_marks(file, index, size))
    return tuple((timedelta(seconds=start), title) for start, title in marks if title)


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


def _sound_seconds(file: BinaryIO, index: _Atom) -> float:
    for track in _inside(file, index, b"trak"):
        if _content(file, track, b"mdia", b"hdlr")[8:12] == b"soun":
            scale = _timescale(_content(file, track, b"mdia", b"mdhd"))
            total = sum(count * length for count, length in _rows(_content(file, track, *_SAMPLES, b"stts"), 2))
            movie_scale = _timescale(_content(file, index, b"mvhd"))
            return _edited_seconds(_content(file, track, b"edts", b"elst"), movie_scale, total / scale, scale)
    return 0.0


def _edited_seconds(edits: bytes, movie_scale: int, seconds: float, scale: int) -> float:
    """Return how much of a track's `seconds` its edit list shows, which leaves out what encoders added (8.6.6)."""
    row = struct.Struct(">QqI" if edits[:1] == b"\1" else ">IiI")
    content = edits[8 : 8 + (len(edits) - 8) // row.size * row.size] if len(edits) > 8 else b""  # noqa: PLR2004 - version and number
    shown = [
        min(span / movie_scale or seconds, max(seconds - start / scale, 0))
        for span, start, _ in row.iter_unpack(content)
        if start >= 0
    ]
    return sum(shown) if shown else seconds


def _tables(file: BinaryIO, media: _Atom) -> Iterator[_Atom]:
    for info in _inside(file, media, b"minf"):
        for samples in _inside(file, info, b"stbl"):
            yield from _inside(file, samples, b"stsd")


def _inside(file: BinaryIO, atom: _Atom, kind: bytes) -> Iterator[_Atom]:
    return (child for child in _atoms(file, atom.start, atom.end) if child.kind == kind)


def _text(file: BinaryIO, position: int) -> str:
    file.seek(position)
    return file.read(4).decode("latin-1")


def _listed_marks(file: BinaryIO, index: _Atom) -> Iterator[tuple[float, str]]:
    data = _content(file, index, b"udta", b"chpl")
    position = 5 if data[:1] == b"\0" else 9  # later versions have four bytes more
    for _ in range(int.from_bytes(data[position - 1 : position], "big")):
        start, length = data[position : position + 8], int.from_bytes(data[position + 8 : position + 9], "big")
        title = data[position + 9 : position + 9 + length]
        yield int.from_bytes(start, "big") / 10_000_000, _decoded(title)
        position += 9 + length


def _track_marks(file: BinaryIO, index: _Atom, size: int) -> Iterator[tuple[float, str]]:
    tracks = list(_inside(file, index, b"trak"))
    named = {number for track in tracks for number in _numbers(_content(file, track, b"tref", b"chap"))}
    for track in tracks:
        is_text = _content(file, track, b"mdia", b"hdlr")[8:12] == b"text"
        if is_text and _track_number(file, track) in named:
            yield from islice(
                zip(_starts(file, index, track), _texts(file, track, size), strict=False), _MOST_CHAPTERS
            )
            return


def _track_number(file: BinaryIO, track: _Atom) -> int:
    head = _content(file, track, b"tkhd")
    place = 20 if head[:1] == b"\1" else 12  # version 1 has times of eight bytes
    return int.from_bytes(head[place : place + 4], "big")


def _starts(file: BinaryIO, index: _Atom, track: _Atom) -> Iterator[float]:
    """Yield when each sample of a track begins, in seconds."""
    edits = _rows(_content(file, track, b"edts", b"elst"), 3)
    span, media, _ = next(edits, (0, 0, 0))
    delay = span / _timescale(_content(file, index, b"mvhd")) if media == _NO_MEDIA else 0.0
    scale = _timescale(_content(file, track, b"mdia", b"mdhd"))
    table = _rows(_content(file, track, *_SAMPLES, b"stts"), 2)
    lengths = chain.from_iterable(repeat(length, count) for count, length in table)
    return (delay + moment / scale for moment in accumulate(lengths, initial=0))


def _timescale(head: bytes) -> int:
    place = 20 if head[:1] == b"\1" else 12
    return int.from_bytes(head[place : place + 4], "big") or 1


def _texts(file: BinaryIO, track: _Atom, size: int) -> Iterator[str]:
    """Yield the text of each sample of a track."""
    for offset, length in _places(file, track):
        if offset + length > size:
            return
        file.seek(offset)
        sample = file.read(min(length, 2**16 + 2))
        yield _decoded(sample[2 : 2 + int.from_bytes(sample[:2], "big")])


def _places(file: BinaryIO, track: _Atom) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each sample; in a chunk they lie one behind the other."""
    tables = {kind: _content(file, track, *_SAMPLES, kind) for kind in (b"stsz", b"stsc", b"stco", b"co64")}
    same, count, *each = (*_numbers(tables[b"stsz"])[1:], 0, 0)
    sizes = repeat(same, count) if same else iter(each)
    chunks = _numbers(tables[b"stco"][8:]) or _numbers(tables[b"co64"][8:], width=8)
    many = {first: samples for first, samples, _ in _rows(tables[b"stsc"], 3)}
    in_chunk = 0
    for number, start in enumerate(chunks, 1):
        in_chunk = many.get(number, in_chunk)
        offset = start
        for length in islice(sizes, in_chunk):
            yield offset, length
            offset += length


def _content(file: BinaryIO, atom: _Atom, *path: bytes) -> bytes:
    """Return what the first atom at the path below this one holds; nothing when there is none."""
    for kind in path:
        below = next(_inside(file, atom, kind), None)
        if below is None:
            return b""
        atom = below
    file.seek(atom.start)
    return file.read(min(atom.end - atom.start, _LARGEST_TABLE))


def _rows(table: bytes, columns: int) -> Iterator[tuple[int, ...]]:
    """Yield the rows of a table, which stand behind its version and their number."""
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
