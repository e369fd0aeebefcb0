"""Read the atoms of an MP4 file and compare them with the bytes that are there (ISO/IEC 14496-12)."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, chain, islice, repeat
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from podcastkit.media.containers.aac import AacConfig, read_aac_config, read_bitrate, read_object_type
from podcastkit.media.containers.atoms import Atom, read_numbers, read_rows, read_timescale
from podcastkit.media.containers.mp4_fragments import count_ticks
from podcastkit.media.containers.mp4_samples import Samples, find_samples, list_places
from podcastkit.media.tag_text import Encoding, decode_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOP_LEVEL = frozenset(
    b"ftyp styp moov mdat moof mfra sidx ssix meta udta uuid free skip wide pnot".split(),
)
_PICTURE_TYPES = {0x6C: "jpeg", 0x6D: "png ", 0x6E: "mjp2"}
"""Pictures that pose as MPEG-4 video, by their object type (14496-1, table 5)."""
_LARGEST_TABLE = 2**24
"""Bytes; where the clock does not divide the sound evenly, each sample may have a length of its own."""
_MOST_CHAPTERS = 2000
_NO_MEDIA = 0xFFFF_FFFF
"""Where an edit begins that shows nothing: -1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Layout:
    """The parts of a file; `tracks` has handler and codec of each track, such as `("soun", "mp4a")`.

    `duration` is that of the sound that the file promises, without what encoders added to it. A fragmented file has
    most of its sound elsewhere than its index; `tells_length`: it says how long that is as a whole. `samples` are
    those of the sound that the index lists, None if only decoding tells which they are. `config` is that of AAC.
    `is_several`: files that are not fragmented were appended to one another.
    """

    indexed: bool
    is_several: bool
    fragmented: bool
    tells_length: bool
    duration: timedelta
    tracks: tuple[tuple[str, str], ...]
    samples: Samples | None
    config: AacConfig | None
    bitrate: int
    """The average in bit/s, by the header; 0: it says none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Chapters:
    """Start and title of each chapter, and what is wrong with those that are left out."""

    marks: tuple[tuple[timedelta, str], ...]
    damaged: tuple[str, ...]


class _Edit(NamedTuple):
    """How long a part of a track is shown, in ticks of the film, and where it starts, in those of the track."""

    span: int
    start: int


def read_layout(file: BinaryIO, size: int) -> Mp4Layout:
    """Walk the atoms of an MP4 file of `size` bytes."""
    atoms = [atom for atom in _whole(file, size).children() if atom.kind in _TOP_LEVEL]
    kinds = Counter(atom.kind for atom in atoms)
    index = next((atom for atom in atoms if atom.kind == b"moov"), None)
    tracks = list(index.find(b"trak")) if index else []
    sound = next((track for track in tracks if _handler(track) == b"soun"), None)
    fragments = [atom for atom in atoms if atom.kind == b"moof"]
    return Mp4Layout(
        indexed=index is not None,
        is_several=not fragments and min(kinds[b"ftyp"], kinds[b"moov"]) > 1,
        fragmented=bool(fragments),
        tells_length=b"sidx" in kinds or (index is not None and any(index.content(b"mvex", b"mehd"))),
        duration=timedelta(seconds=_sound_seconds(index, sound, fragments) if index and sound else 0),
        tracks=tuple((_handler(track).decode("latin-1"), _codec(track)) for track in tracks),
        samples=find_samples(index, sound, size) if index and sound and not _is_odd(_read_edits(sound)) else None,
        config=read_aac_config(sound.table(b"stsd")) if sound else None,
        bitrate=read_bitrate(sound.table(b"stsd")) if sound else 0,
    )


def read_chapters(file: BinaryIO, size: int) -> Mp4Chapters:
    """Return start and title of each chapter of an MP4 file of `size` bytes; what is damaged is left out.

    They are in Nero's list (`chpl`), or, as Apple's programs write them, in a track of texts that another track
    names as its chapters (QuickTime File Format, "Chapter lists"). Of two sources that which says more is right:
    the list has at most 255 chapters, and titles of at most 255 bytes.
    """
    index = next(_whole(file, size).find(b"moov"), None)
    if index is None:
        return Mp4Chapters(marks=(), damaged=())
    sources = [list(read(index, size)) for read in (_listed_marks, _track_marks)]
    named = [[mark for mark in marks if mark[1]] for marks in sources]
    marks = max(named, key=lambda marks: (len(marks), sum(len(title) for _, title in marks)))
    return Mp4Chapters(
        marks=tuple((timedelta(seconds=start), title) for start, title in marks),
        damaged=tuple(_find_missing(index, max(map(len, sources)))),
    )


def _whole(file: BinaryIO, size: int) -> Atom:
    return Atom(file, b"", 0, size)


def _handler(track: Atom) -> bytes:
    return track.content(b"mdia", b"hdlr")[8:12]


def _codec(track: Atom) -> str:
    """Return the codec of a track; that of MPEG-4 video may be a picture."""
    entry = track.table(b"stsd")
    codec = entry[12:16].decode("latin-1")
    return _PICTURE_TYPES.get(read_object_type(entry) or 0, codec) if codec == "mp4v" else codec


def _sound_seconds(index: Atom, track: Atom, fragments: list[Atom]) -> float:
    scale = read_timescale(track.content(b"mdia", b"mdhd"))
    total = sum(count * length for count, length in read_rows(track.table(b"stts", _LARGEST_TABLE), 2))
    total += count_ticks(fragments, index, _track_number(track))
    movie_scale = read_timescale(index.content(b"mvhd"))
    return _edited_seconds(_read_edits(track), movie_scale, total / scale, scale)


def _edited_seconds(edits: Sequence[_Edit], movie_scale: int, seconds: float, scale: int) -> float:
    """Return how much of a track's `seconds` its edit list shows, which leaves out what encoders added (8.6.6)."""
    rest = seconds if len(edits) == 1 else 0
    shown = [
        min(edit.span / movie_scale or rest, max(seconds - edit.start / scale, 0))
        for edit in edits
        if edit.start >= 0
    ]
    return sum(shown) if shown else seconds


def _read_edits(track: Atom) -> list[_Edit]:
    edits = track.content(b"edts", b"elst")
    row = struct.Struct(">QqI" if edits[:1] == b"\1" else ">IiI")
    content = edits[8 : 8 + max(len(edits) - 8, 0) // row.size * row.size]
    return [_Edit(span, start) for span, start, _ in row.iter_unpack(content)]


def _is_odd(edits: Sequence[_Edit]) -> bool:
    """Return whether players show different things: an edit lasts no time, or none shows anything."""
    return bool(edits) and (not all(edit.span for edit in edits) or all(edit.start < 0 for edit in edits))


def _listed_marks(index: Atom, _: int) -> Iterator[tuple[float, str]]:
    data = index.content(b"udta", b"chpl")
    count, position = _count_listed(data)
    for _ in range(count):
        start, length = data[position : position + 8], int.from_bytes(data[position + 8 : position + 9], "big")
        title = data[position + 9 : position + 9 + length]
        position += 9 + length
        if position > len(data):
            return
        yield int.from_bytes(start, "big") / 10_000_000, _decoded(title)


def _count_listed(data: bytes) -> tuple[int, int]:
    """Return how many chapters Nero's list says that it has, and where they begin."""
    position = 5 if data[:1] == b"\0" else 9  # later versions have four bytes more
    return int.from_bytes(data[position - 1 : position], "big"), position


def _track_marks(index: Atom, size: int) -> Iterator[tuple[float, str]]:
    track = next(_text_tracks(index), None)
    if track:
        yield from islice(zip(_starts(index, track), _texts(track, size), strict=False), _MOST_CHAPTERS)


def _text_tracks(index: Atom) -> Iterator[Atom]:
    """Yield the tracks of texts that another track names as its chapters; all, if it names one that is missing."""
    tracks = list(index.find(b"trak"))
    named = _named_tracks(tracks)
    texts = [track for track in tracks if _handler(track) == b"text"]
    chosen = [track for track in texts if _track_number(track) in named]
    yield from chosen or (texts if named else ())


def _named_tracks(tracks: list[Atom]) -> set[int]:
    return {number for track in tracks for number in read_numbers(track.content(b"tref", b"chap"))}


def _find_missing(index: Atom, found: int) -> Iterator[str]:
    """Yield what is wrong with the chapters, if fewer were found than there are."""
    promised, _ = _count_listed(index.content(b"udta", b"chpl"))
    if found < promised:
        yield f"{promised - found} of the {promised} chapters of its MP4 list (chpl) cannot be read"
    if not found and _named_tracks(list(index.find(b"trak"))):
        yield "it names a track with chapters, which is missing or damaged"


def _track_number(track: Atom) -> int:
    head = track.content(b"tkhd")
    place = 20 if head[:1] == b"\1" else 12
    return int.from_bytes(head[place : place + 4], "big")


def _starts(index: Atom, track: Atom) -> Iterator[float]:
    """Yield when each sample of a track begins, in seconds."""
    span, media, _ = next(read_rows(track.content(b"edts", b"elst"), 3), (0, 0, 0))
    delay = span / read_timescale(index.content(b"mvhd")) if media == _NO_MEDIA else 0.0
    scale = read_timescale(track.content(b"mdia", b"mdhd"))
    lengths = chain.from_iterable(repeat(length, count) for count, length in read_rows(track.table(b"stts"), 2))
    return (delay + moment / scale for moment in accumulate(lengths, initial=0))


def _texts(track: Atom, size: int) -> Iterator[str]:
    """Yield the text of each sample of a track."""
    for offset, length in list_places(track):
        if offset + length > size:
            return
        track.file.seek(offset)
        sample = track.file.read(min(length, 2**16 + 2))
        yield _decoded(sample[2 : 2 + int.from_bytes(sample[:2], "big")])


def _decoded(text: bytes) -> str:
    return decode_text(text, Encoding.UTF8).text or ""
