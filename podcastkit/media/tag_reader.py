"""What the tags of an audio file say: title, artist, album, track and chapters, as text that is safe to show."""

from __future__ import annotations

import re
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol

from mutagen.id3 import CHAP, CTOC, ID3, TALB, TIT2, TPE1, TRCK, WXXX, ID3NoHeaderError
from mutagen.id3._util import ID3JunkFrameError

from podcastkit.model import Chapter
from podcastkit.text.cleaning import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_open_id3: Callable[..., Id3] = ID3
_TIME = re.compile(r"(\d{1,3}):(\d{2}):(\d{2}(?:\.\d{1,9})?)", re.ASCII)


class Id3(Protocol):
    """ID3 tags as mutagen gives them."""

    def getall(self, key: str) -> list[Any]:
        """Return all frames of one name."""
        ...


class Comments(Protocol):
    """Vorbis comments as mutagen gives them."""

    def as_dict(self) -> dict[str, list[str]]:
        """Return the values by their lower-case names."""
        ...


_COMPRESSED = 0x0088
"""Flags of a frame, one in each version (ID3v2.3, section 3.3.1; ID3v2.4, section 4.1.2)."""
_LARGEST_TEXT, _LARGEST_CHAPTER = 2**20, 2**24


def _guarded(frame: Any, largest: int) -> Any:  # noqa: ANN401 - mutagen's frames are built from tables
    """Return a kind of frame that overlooks what may unpack to gigabytes; hardly a program compresses frames."""

    class Guarded(frame):  # type: ignore[misc] # any frame
        @classmethod
        def _fromData(cls, header: Any, tflags: int, data: bytes) -> Any:  # noqa: ANN401, N802 - mutagen's name
            if tflags & _COMPRESSED or len(data) > largest:
                raise ID3JunkFrameError
            return super()._fromData(header, tflags, data)

    Guarded.__name__ = frame.__name__
    return Guarded


KNOWN_FRAMES: Mapping[str, Any] = MappingProxyType(
    {frame.__name__: _guarded(frame, _LARGEST_TEXT) for frame in (TIT2, TPE1, TALB, TRCK, WXXX)}
    | {frame.__name__: _guarded(frame, _LARGEST_CHAPTER) for frame in (CHAP, CTOC)}
)
"""The frames that are read of ID3v2.3 and 2.4; for the eyes of mutagen."""


class Tags(NamedTuple):
    """The tags of one file; what is missing or empty is None."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    track: str | None = None
    chapters: tuple[Chapter, ...] = ()


def read_id3(file: BinaryIO) -> Tags:
    """Read the ID3 tags of a file; no tags are empty ones. Raises mutagen's errors for damaged ones."""
    file.seek(0)
    is_old = file.read(4) == b"ID3\x02"  # whose frames have other names, and are never compressed
    file.seek(0)
    try:
        return id3_tags(_open_id3(file, known_frames=None if is_old else KNOWN_FRAMES))
    except ID3NoHeaderError:
        return Tags()


def id3_tags(tags: Id3 | None) -> Tags:
    """Return what ID3 tags say; chapters that the table of contents leaves out are hidden on purpose.

    Of these only the links are of use, until the moment that their frame says. A listed chapter ends where the next
    one begins.
    """
    if tags is None:
        return Tags()
    return Tags(
        title=_frame_text(tags, "TIT2"),
        artist=_frame_text(tags, "TPE1"),
        album=_frame_text(tags, "TALB"),
        track=_frame_text(tags, "TRCK"),
        chapters=_sorted(_id3_chapters(tags)),
    )


def mp4_tags(atoms: Mapping[str, Sequence[Any]] | None, marks: Iterable[tuple[timedelta, str]]) -> Tags:
    """Return what the tags of an MP4 file and its chapter marks say."""
    tags = atoms or {}
    number, total = next(iter(tags.get("trkn", ())), (0, 0))
    return Tags(
        title=_joined(tags.get("\xa9nam", ())),
        artist=_joined(tags.get("\xa9ART", ())),
        album=_joined(tags.get("\xa9alb", ())),
        track=(f"{number}/{total}" if total else f"{number}") if number else None,
        chapters=_sorted(Chapter(start=start, title=clean_line(title)) for start, title in marks),
    )


def vorbis_tags(comments: Comments | None) -> Tags:
    """Return what Vorbis comments (FLAC, Ogg, Opus) say.

    Chapters are CHAPTER001, CHAPTER001NAME and CHAPTER001URL (https://wiki.xiph.org/Chapter_Extension).
    """
    tags = comments.as_dict() if comments else {}
    return Tags(
        title=_joined(tags.get("title", ())),
        artist=_joined(tags.get("artist", ())),
        album=_joined(tags.get("album", ())),
        track=_joined(tags.get("tracknumber", ())),
        chapters=_sorted(_vorbis_chapters(tags)),
    )


def _frame_text(tags: Id3, name: str) -> str | None:
    return _joined(part for frame in tags.getall(name) for part in frame.text)


def _joined(values: Iterable[object]) -> str | None:
    return ", ".join(text for value in values if (text := clean_line(str(value)))) or None


def _sorted(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    return tuple(sorted(chapters, key=lambda chapter: chapter.start))


def _id3_chapters(tags: Id3) -> Iterator[Chapter]:
    contents = (name for table in tags.getall("CTOC") for name in table.child_element_ids)
    places = {name: place for place, name in enumerate(dict.fromkeys(contents))}
    for mark in sorted(tags.getall("CHAP"), key=lambda mark: places.get(mark.element_id, len(places))):
        url = _web_address(frame.url for frame in mark.sub_frames.getall("WXXX"))
        start, end = (timedelta(milliseconds=time) for time in (mark.start_time, mark.end_time))
        if not places or mark.element_id in places:
            yield Chapter(start=start, title=_frame_text(mark.sub_frames, "TIT2"), url=url)
        elif url:
            yield Chapter(start=start, url=url, end=end if end > start else None, hidden=True)


def _web_address(links: Iterable[str]) -> str | None:
    cleaned = map(clean_line, links)
    return next((link for link in cleaned if link and link.startswith(("https://", "http://"))), None)


def _vorbis_chapters(tags: Mapping[str, Sequence[str]]) -> Iterator[Chapter]:
    for key, values in tags.items():
        if re.fullmatch(r"chapter\d{3}", key) and (start := _TIME.fullmatch(values[0].strip())):
            hours, minutes, seconds = (float(part) for part in start.groups())
            yield Chapter(
                start=timedelta(hours=hours, minutes=minutes, seconds=seconds),
                title=_joined(tags.get(f"{key}name", ())),
                url=_web_address(tags.get(f"{key}url", ())),
            )
