"""Read the layout and the chapters of an MP4 file, and find data that is missing (ISO/IEC 14496-12)."""

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
from podcastkit.media.containers.mp4_samples import Samples, find_samples, list_sample_places
from podcastkit.media.tag_text import Encoding, decode_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOP_LEVEL = frozenset(
    b"ftyp styp moov mdat moof mfra sidx ssix meta udta uuid free skip wide pnot".split(),
)
_PICTURE_TYPES = {0x6C: "jpeg", 0x6D: "png ", 0x6E: "mjp2"}
"""Still pictures in MPEG-4 video tracks, by object type indication (14496-1, table 5)."""
_LARGEST_TABLE = 2**24
"""Bytes. If samples do not last a whole number of ticks, each sample may have its own length."""
_MOST_CHAPTERS = 2000
_NO_MEDIA = 0xFFFF_FFFF
"""The start of an empty edit: -1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Layout:
    """The structure of an MP4 file. `tracks` has the handler and codec of each track, such as `("soun", "mp4a")`.

    `indexed` is true if the file has an index (`moov`). `duration` is the stated length of the audio, without the
    silence that encoders added. `samples` are the audio samples in the index; None if only decoding can find them.
    `config` is the configuration of AAC.

    The index of a `fragmented` file does not describe most of the audio; `states_length` is true if such a file
    states its total length. `is_concatenated` is true if files without fragments were appended to one another.
    """

    indexed: bool
    is_concatenated: bool
    fragmented: bool
    states_length: bool
    duration: timedelta
    tracks: tuple[tuple[str, str], ...]
    samples: Samples | None
    config: AacConfig | None
    bitrate: int
    """The average in bit/s that the header states; 0 if it states no bitrate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Chapters:
    """The start and the title of each chapter, and messages about chapters that are left out."""

    marks: tuple[tuple[timedelta, str], ...]
    damaged: tuple[str, ...]


class _Edit(NamedTuple):
    """An entry of an edit list: its length in movie ticks and its start in track ticks (-1 for an empty edit)."""

    span: int
    start: int


def read_layout(file: BinaryIO, size: int) -> Mp4Layout:
    """Read the layout of an MP4 file of `size` bytes."""
    atoms = [atom for atom in _make_root(file, size).read_children() if atom.kind in _TOP_LEVEL]
    kinds = Counter(atom.kind for atom in atoms)
    # Players use only the first index and the first audio track.
    index = next((atom for atom in atoms if atom.kind == b"moov"), None)
    tracks = list(index.find(b"trak")) if index else []
    sound = next((track for track in tracks if _read_handler(track) == b"soun"), None)
    fragments = [atom for atom in atoms if atom.kind == b"moof"]
    return Mp4Layout(
        indexed=index is not None,
        is_concatenated=not fragments and min(kinds[b"ftyp"], kinds[b"moov"]) > 1,
        fragmented=bool(fragments),
        states_length=b"sidx" in kinds or (index is not None and any(index.read_content(b"mvex", b"mehd"))),
        duration=timedelta(seconds=_measure_seconds(index, sound, fragments) if index and sound else 0),
        tracks=tuple((_read_handler(track).decode("latin-1"), _read_codec(track)) for track in tracks),
        samples=find_samples(index, sound, size)
        if index and sound and not _are_ambiguous(_read_edits(sound))
        else None,
        config=read_aac_config(sound.read_table(b"stsd")) if sound else None,
        bitrate=read_bitrate(sound.read_table(b"stsd")) if sound else 0,
    )


def read_chapters(file: BinaryIO, size: int) -> Mp4Chapters:
    """Read the chapters of an MP4 file of `size` bytes. Damaged chapters are left out.

    Chapters are in Nero's list (`chpl`) or, in files from Apple programs, in a text track that another track
    references (QuickTime File Format, "Chapter lists"). If a file has both, use the source with more text: the list
    has at most 255 chapters, with titles of at most 255 bytes.
    """
    index = next(_make_root(file, size).find(b"moov"), None)
    if index is None:
        return Mp4Chapters(marks=(), damaged=())
    sources = [list(read(index, size)) for read in (_read_nero_chapters, _read_track_chapters)]
    # Chapters without a title do not count.
    named_chapters = [[chapter for chapter in chapters if chapter[1]] for chapters in sources]
    chapters = max(named_chapters, key=lambda source: (len(source), sum(len(title) for _, title in source)))
    return Mp4Chapters(
        marks=tuple((timedelta(seconds=start), title) for start, title in chapters),
        damaged=tuple(_report_missing_chapters(index, max(map(len, sources)))),
    )


def _make_root(file: BinaryIO, size: int) -> Atom:
    return Atom(file, b"", 0, size)


def _read_handler(track: Atom) -> bytes:
    return track.read_content(b"mdia", b"hdlr")[8:12]


def _read_codec(track: Atom) -> str:
    """Return the codec of a track. A track with the codec of MPEG-4 video can be a still picture."""
    entry = track.read_table(b"stsd")
    codec = entry[12:16].decode("latin-1")
    return _PICTURE_TYPES.get(read_object_type(entry) or 0, codec) if codec == "mp4v" else codec


def _measure_seconds(index: Atom, track: Atom, fragments: list[Atom]) -> float:
    """Return the length of an audio track, with its fragments and its edit list, in seconds."""
    scale = read_timescale(track.read_content(b"mdia", b"mdhd"))
    total = sum(count * length for count, length in read_rows(track.read_table(b"stts", _LARGEST_TABLE), 2))
    total += count_ticks(fragments, index, _read_track_id(track))
    movie_scale = read_timescale(index.read_content(b"mvhd"))
    return _apply_edits(_read_edits(track), movie_scale, total / scale, scale)


def _apply_edits(edits: Sequence[_Edit], movie_scale: int, seconds: float, scale: int) -> float:
    """Return the seconds of a track that its edit list plays (8.6.6): without the silence that encoders added."""
    # A single edit of length 0 plays the rest of the track.
    default_length = seconds if len(edits) == 1 else 0
    played_seconds = [
        min(edit.span / movie_scale or default_length, max(seconds - edit.start / scale, 0))
        for edit in edits
        if edit.start >= 0
    ]
    return sum(played_seconds) if played_seconds else seconds


def _read_edits(track: Atom) -> list[_Edit]:
    table = track.read_content(b"edts", b"elst")
    row = struct.Struct(">QqI" if table[:1] == b"\1" else ">IiI")  # in version 1, times have eight bytes
    complete_rows = table[8 : 8 + max(len(table) - 8, 0) // row.size * row.size]
    return [_Edit(span, start) for span, start, _ in row.iter_unpack(complete_rows)]


def _are_ambiguous(edits: Sequence[_Edit]) -> bool:
    """Return whether players interpret the edits in different ways: an edit has no length, or all are empty."""
    return bool(edits) and (not all(edit.span for edit in edits) or all(edit.start < 0 for edit in edits))


def _read_nero_chapters(index: Atom, _size: int) -> Iterator[tuple[float, str]]:
    """Yield the chapters in Nero's list, whose times are in units of 100 ns."""
    data = index.read_content(b"udta", b"chpl")
    count, position = _read_listed_count(data)
    for _ in range(count):
        start, length = data[position : position + 8], int.from_bytes(data[position + 8 : position + 9], "big")
        title = data[position + 9 : position + 9 + length]
        position += 9 + length
        if position > len(data):
            return
        yield int.from_bytes(start, "big") / 10_000_000, _decode_title(title)


def _read_listed_count(data: bytes) -> tuple[int, int]:
    """Return the number of chapters that Nero's list states, and the position of the first chapter."""
    position = 5 if data[:1] == b"\0" else 9  # later versions have four more bytes
    return int.from_bytes(data[position - 1 : position], "big"), position


def _read_track_chapters(index: Atom, size: int) -> Iterator[tuple[float, str]]:
    """Yield the chapters in a text track."""
    track = next(_find_chapter_tracks(index), None)
    if track:
        yield from islice(
            zip(_list_sample_starts(index, track), _read_sample_texts(track, size), strict=False), _MOST_CHAPTERS
        )


def _find_chapter_tracks(index: Atom) -> Iterator[Atom]:
    """Yield the text tracks that another track references as its chapters.

    If the referenced track is missing, yield all text tracks. Without any reference, yield nothing.
    """
    tracks = list(index.find(b"trak"))
    referenced_ids = _list_chapter_references(tracks)
    text_tracks = [track for track in tracks if _read_handler(track) == b"text"]
    chapter_tracks = [track for track in text_tracks if _read_track_id(track) in referenced_ids]
    yield from chapter_tracks or (text_tracks if referenced_ids else ())


def _list_chapter_references(tracks: list[Atom]) -> set[int]:
    return {number for track in tracks for number in read_numbers(track.read_content(b"tref", b"chap"))}


def _report_missing_chapters(index: Atom, found: int) -> Iterator[str]:
    """Yield a message if chapters of the chapter list cannot be read, and one if the chapter track is missing."""
    promised, _ = _read_listed_count(index.read_content(b"udta", b"chpl"))
    if found < promised:
        yield f"{promised - found} of the {promised} chapters in the MP4 chapter list (chpl) cannot be read"
    if not found and _list_chapter_references(list(index.find(b"trak"))):
        yield "the chapter track of the MP4 file is missing or damaged"


def _read_track_id(track: Atom) -> int:
    head = track.read_content(b"tkhd")
    place = 20 if head[:1] == b"\1" else 12  # in version 1, times have eight bytes
    return int.from_bytes(head[place : place + 4], "big")


def _list_sample_starts(index: Atom, track: Atom) -> Iterator[float]:
    """Yield the start of each sample of a track in seconds."""
    # An empty edit at the start delays the track.
    delay_ticks, media_start, _ = next(read_rows(track.read_content(b"edts", b"elst"), 3), (0, 0, 0))
    delay = delay_ticks / read_timescale(index.read_content(b"mvhd")) if media_start == _NO_MEDIA else 0.0
    scale = read_timescale(track.read_content(b"mdia", b"mdhd"))
    lengths = chain.from_iterable(
        repeat(length, count) for count, length in read_rows(track.read_table(b"stts"), 2)
    )
    return (delay + moment / scale for moment in accumulate(lengths, initial=0))


def _read_sample_texts(track: Atom, size: int) -> Iterator[str]:
    """Yield the text of each sample of a track."""
    for offset, length in list_sample_places(track):
        if offset + length > size:
            return
        track.file.seek(offset)
        # A text sample begins with its length in two bytes.
        sample = track.file.read(min(length, 2**16 + 2))
        yield _decode_title(sample[2 : 2 + int.from_bytes(sample[:2], "big")])


def _decode_title(text: bytes) -> str:
    return decode_text(text, Encoding.UTF8).text or ""
