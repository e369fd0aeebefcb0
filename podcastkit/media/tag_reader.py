"""Read the tags of an audio file: title, artist, album, track and chapters, as text that is safe to show.

Damaged tags do not raise errors: unreadable parts are ignored and reported in `Tags`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.media.tag_text import Encoding, TagText, decode_aiff_text, decode_text
from podcastkit.model import Chapter
from podcastkit.text.addresses import encode_url
from podcastkit.text.chapter_lines import read_time
from podcastkit.text.cleaning import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from podcastkit.media.containers.mp4 import Mp4Chapters
    from podcastkit.media.containers.mp4_items import Mp4Items


class Tags(NamedTuple):
    """The tags of a file. Missing or empty texts are None. The last three fields are messages about errors."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    track: str | None = None
    chapters: tuple[Chapter, ...] = ()
    damaged_tags: tuple[str, ...] = ()
    unread_texts: tuple[str, ...] = ()
    unread_chapters: tuple[str, ...] = ()


class TagTexts:
    """A collection of the texts in a tag, and of errors in them."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._unread_texts: dict[str, None] = {}

    def add(self, field: str, *values: TagText) -> None:
        """Set a field of `Tags` to these values, joined with commas, unless the field is already set."""
        text = ", ".join(text for value in values if (text := self.check(field, value)))
        if text:
            self._texts.setdefault(field, text)

    def check(self, name: str, value: TagText) -> str | None:
        """Return the text of the tag `name`. If it cannot be decoded, store a message and return None."""
        if value.unreadable:
            self._unread_texts[f"the {name} in the tags cannot be decoded and is ignored"] = None
        return value.text

    def to_tags(
        self, chapters: Sequence[Chapter] = (), *, damaged: Iterable[str] = (), unread_chapters: Iterable[str] = ()
    ) -> Tags:
        """Return the texts as `Tags`, together with the chapters and the damaged parts of the same tag."""
        return Tags(
            **self._texts,
            chapters=tuple(chapters),
            damaged_tags=tuple(damaged),
            unread_texts=tuple(self._unread_texts),
            unread_chapters=tuple(unread_chapters),
        )


_VORBIS_FIELDS = {"title": "title", "artist": "artist", "album": "album", "tracknumber": "track"}
_VORBIS_CHAPTER = re.compile(r"chapter[ _-]?(\d{1,4})[ _-]?(name|title|url)?", re.ASCII)
_NO_TEXT = TagText(None)
_MP4_FIELDS = {b"\xa9nam": "title", b"\xa9ART": "artist", b"\xa9alb": "album"}
_MP4_UTF16 = 2
"""The type code of a UTF-16 value (QuickTime File Format, "Well-known types")."""
_INFO_FIELDS = {b"INAM": "title", b"IART": "artist", b"IPRD": "album", b"ITRK": "track", b"IPRT": "track"}
"""The fields in the INFO list of a WAV file (Microsoft, Multimedia Programming Interface 1.0, chapter 3)."""


def add_tags(first: Tags, second: Tags) -> Tags:
    """Merge two tags. Texts of the first tag take precedence. The chapters come from the tag with more chapters."""
    texts = {
        field: getattr(first, field) or getattr(second, field) for field in ("title", "artist", "album", "track")
    }
    return Tags(
        **texts,
        chapters=max(first.chapters, second.chapters, key=len),
        damaged_tags=first.damaged_tags + second.damaged_tags,
        unread_texts=first.unread_texts + second.unread_texts,
        unread_chapters=first.unread_chapters + second.unread_chapters,
    )


def read_mp4(items: Mp4Items, chapter_marks: Mp4Chapters) -> Tags:
    """Return the tags of an MP4 file with its chapters."""
    texts = TagTexts()
    for name, field in _MP4_FIELDS.items():
        values = items.values.get(name, ())
        texts.add(
            field,
            *(
                decode_text(data, Encoding.UTF16_BE if kind == _MP4_UTF16 else Encoding.UTF8)
                for kind, data in values
            ),
        )
    # `trkn` contains the number and the total as 16-bit integers, after two unused bytes.
    for _, data in items.values.get(b"trkn", ()):
        number, total = (int.from_bytes(data[at : at + 2], "big") for at in (2, 4))
        texts.add("track", TagText((f"{number}/{total}" if total else f"{number}") if number else None))
    chapters = sort_chapters(Chapter(start=start, title=title) for start, title in chapter_marks.marks)
    return texts.to_tags(chapters, damaged=items.damaged, unread_chapters=chapter_marks.damaged)


def read_comments(data: bytes | None) -> Tags:
    """Read Vorbis comments of FLAC or Ogg (https://xiph.org/vorbis/doc/v-comment.html).

    `data` is None if the comments are damaged.
    """
    if data is None:
        return Tags(damaged_tags=("the Vorbis comments are damaged and ignored",))
    comments, is_damaged = _split_comments(data)
    texts = TagTexts()
    for name, field in _VORBIS_FIELDS.items():
        texts.add(field, *(decode_text(value, Encoding.UTF8) for value in comments.get(name, ())))
    chapters, unread_chapters = _read_vorbis_chapters(comments, texts)
    damaged = ["the Vorbis comments are longer than their block; the rest of them is ignored"] * is_damaged
    return texts.to_tags(chapters, damaged=damaged, unread_chapters=unread_chapters)


def read_info(data: bytes) -> Tags:
    """Read a LIST chunk of a WAV file. Only an INFO list contains texts. Their encoding is not stated."""
    texts, damaged = TagTexts(), []
    position = 4
    while data.startswith(b"INFO") and position + 8 <= len(data):  # a name and a size
        name, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        start = position + 8
        if start + size > len(data):
            damaged.append(
                "the INFO list has an entry that is longer than the list; the rest of the list is ignored"
            )
            break
        if field := _INFO_FIELDS.get(name.upper()):
            texts.add(field, decode_text(data[start : start + size], Encoding.LATIN1))
        position = start + size + size % 2  # entries are padded to an even size
    return texts.to_tags(damaged=damaged)


def read_name(data: bytes) -> Tags:
    """Read the title of an AIFF file (AIFF 1.3, "Text Chunks")."""
    return _read_aiff_text("title", data)


def read_author(data: bytes) -> Tags:
    """Read the artist of an AIFF file."""
    return _read_aiff_text("artist", data)


def sort_chapters(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """Sort chapters by their start."""
    return tuple(sorted(chapters, key=lambda chapter: chapter.start))


def find_web_address(links: Iterable[str]) -> str | None:
    """Return the first link that is a web address, encoded in ASCII."""
    cleaned = (clean_line(link) or "" for link in links)
    encoded = (encode_url(link) for link in cleaned if link.startswith(("https://", "http://")))
    return next(filter(None, encoded), None)


def _split_comments(data: bytes) -> tuple[dict[str, list[bytes]], bool]:
    """Return the values of comments by lower-case name, and whether a length points beyond the data."""
    comments: dict[str, list[bytes]] = {}
    if not data:
        return comments, False
    position = 4 + int.from_bytes(data[:4], "little")  # after the name of the program that wrote them
    count = int.from_bytes(data[position : position + 4], "little")
    position += 4
    for _ in range(count):
        start = position + 4
        position = start + int.from_bytes(data[start - 4 : start], "little")
        if start > len(data) or position > len(data):
            return comments, True
        name, _, value = data[start:position].partition(b"=")
        comments.setdefault(name.decode("latin-1").lower(), []).append(value)
    return comments, position > len(data)


def _read_vorbis_chapters(
    comments: Mapping[str, Sequence[bytes]], texts: TagTexts
) -> tuple[tuple[Chapter, ...], list[str]]:
    """Return the chapters in Vorbis comments, and messages about invalid ones.

    The comments are CHAPTER001, CHAPTER001NAME and CHAPTER001URL (https://wiki.xiph.org/Chapter_Extension), or
    variants of these names.
    """
    parts_by_number: dict[int, dict[str, TagText]] = {}
    for key, values in comments.items():
        if match := _VORBIS_CHAPTER.fullmatch(key):
            number, suffix = match.groups()
            name = {"title": "name"}.get(suffix, suffix or "time")
            parts_by_number.setdefault(int(number), {}).setdefault(name, decode_text(values[0], Encoding.UTF8))
    chapters, messages = [], []
    for number, parts in parts_by_number.items():
        time = parts.get("time", _NO_TEXT).text
        start = read_time(time) if time else None
        if start is None:
            reason = f"“{time}”, which is not a time" if time else "no time"
            messages.append(f"chapter {number} in the Vorbis comments has {reason}; the chapter is ignored")
            continue
        title, link = (
            texts.check("title of a chapter", parts.get("name", _NO_TEXT)),
            parts.get("url", _NO_TEXT).text,
        )
        chapters.append(Chapter(start=start, title=title, url=find_web_address([link or ""])))
    return sort_chapters(chapters), messages


def _read_aiff_text(field: str, data: bytes) -> Tags:
    texts = TagTexts()
    texts.add(field, decode_aiff_text(data))
    return texts.to_tags()
