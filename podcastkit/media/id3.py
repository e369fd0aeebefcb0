"""Read ID3 tags: versions 2.2 to 2.4 (https://id3.org), several in a row, and version 1 at the end of a file.

Players show the sound of a file whose tag is damaged, so nothing here raises: what cannot be read is left out, and
reported.
"""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.media.containers.mp3 import find_tags, measure_id3
from podcastkit.media.tag_reader import Tags, TagTexts, add_tags, find_web_address, sort_chapters
from podcastkit.media.tag_text import Encoding, TagText, decode_text
from podcastkit.model import Chapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.media.containers.file_bytes import Bytes

_HEAD = 10
_KNOWN_FLAGS = {2: 0x80, 3: 0xE0, 4: 0xF0}
"""By the version. In 2.2 a flag for compression was reserved, and never defined."""
_UNSYNCHRONISED, _EXTENDED = 0x80, 0x40
_FRAME_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 \0]")
_OLD_NAMES = {b"TT2": "TIT2", b"TP1": "TPE1", b"TAL": "TALB", b"TRK": "TRCK"}
"""Of version 2.2; some programs write them into version 2.3, too."""
_FIELDS = {"TIT2": "title", "TPE1": "artist", "TALB": "album", "TRCK": "track"}
_LARGEST_TEXT, _LARGEST_CHAPTER = 2**20, 2**24
_NO_TIME = timedelta(milliseconds=0xFFFF_FFFF)
"""What programs write that do not know the time of a chapter, as the standard has it for its place in the file."""
_ID3V1 = 128
_V1_FIELDS = {"title": slice(3, 33), "artist": slice(33, 63), "album": slice(63, 93)}


class _Frame(NamedTuple):
    """A frame without its head; `content` is None when it is encrypted, damaged or of absurd size."""

    name: str
    content: bytes | None


class _FrameFormat(NamedTuple):
    """How the frames of a tag are written."""

    version: int
    unsynchronised: bool


class _DamagedTagError(Exception):
    """What is wrong with a tag; nothing behind the place can be read."""


class _Mark(NamedTuple):
    """A chapter, and the identifier under which a table of contents lists it."""

    identifier: bytes
    chapter: Chapter


class _Found:
    """What the frames of all tags of a file say."""

    def __init__(self) -> None:
        self.texts = TagTexts()
        self.marks: list[_Mark] = []
        self.listed: dict[bytes, None] = {}
        """The identifiers in all tables of contents."""
        self.tables: set[bytes] = set()
        """The identifiers of the tables themselves."""
        self.damaged: list[str] = []
        self.unread_chapters = 0


def read_id3(data: Bytes) -> Tags:
    """Read the ID3 tags of a file; later ones add to the first."""
    found = _Found()
    for start, end in find_tags(data):
        if data[start : start + 3] == b"ID3":
            _read_tag(data[start:end], found)
    chapters, troubles = _choose_chapters(found)
    tags = found.texts.to_tags(chapters, damaged=found.damaged, unread_chapters=troubles)
    return add_tags(tags, _read_v1(data[max(len(data) - _ID3V1, 0) :]))


def _read_tag(tag: bytes, found: _Found) -> None:
    """Add the frames of a tag; those before a damage are whole."""
    earlier = {mark.identifier for mark in found.marks}
    try:
        form, body = _open_tag(tag)
        for frame in _split_frames(body, form):
            _take_frame(frame, form, found, earlier)
    except _DamagedTagError as damage:
        found.damaged.append(f"its ID3 tag {damage}")
    else:
        if len(tag) not in measure_id3(tag[:_HEAD]):
            found.damaged.append("its ID3 tag gives a wrong size; what can be read of the tag is kept")


def _open_tag(tag: bytes) -> tuple[_FrameFormat, bytes]:
    """Return how the frames of a tag are written, and the bytes of all of them."""
    version, flags, body = tag[3], tag[5], tag[_HEAD:]
    if body[-_HEAD:].startswith(b"3DI"):  # the head again, at the end
        body = body[:-_HEAD]
    if version not in _KNOWN_FLAGS:
        raise _DamagedTagError(f"has the version 2.{version}, which does not exist; the tag is left out")
    if flags & ~_KNOWN_FLAGS[version]:
        raise _DamagedTagError("has flags that do not exist; the tag is left out")
    if max(tag[6:_HEAD]) >= 0x80:  # noqa: PLR2004 - seven bits of a byte
        raise _DamagedTagError("gives its size in an invalid form; the tag is left out")
    unsynchronised = bool(flags & _UNSYNCHRONISED)
    if unsynchronised and version < 4:  # noqa: PLR2004 - from then on each frame by itself
        body = _synchronise(body)
    if flags & _EXTENDED and not _FRAME_NAME.match(body):  # some programs set the flag alone
        body = body[_measure_extension(body, version) :]
    return _FrameFormat(version, unsynchronised), body


def _synchronise(data: bytes) -> bytes:
    return data.replace(b"\xff\0", b"\xff")


def _measure_extension(body: bytes, version: int) -> int:
    size = int.from_bytes(body[:4], "big") + 4 if version == 3 else _decode_size(body[:4])  # noqa: PLR2004
    if not 6 <= size <= len(body):  # noqa: PLR2004 - the smallest extended header
        raise _DamagedTagError("has an extended header of impossible size; the tag is left out")
    return size


def _split_frames(body: bytes, form: _FrameFormat) -> Iterator[_Frame]:
    """Yield the frames up to the padding; raises `_DamagedTagError` where no frame follows."""
    name_size, head = (3, 6) if form.version == 2 else (4, 10)  # noqa: PLR2004
    position, last = 0, "its beginning"
    while body[position : position + 1].strip(b"\0"):
        name = body[position : position + name_size]
        if len(body) - position < head or not _FRAME_NAME.match(name.ljust(4)):
            raise _DamagedTagError(
                f"holds something that is not a frame after {last}; the rest of the tag is left out"
            )
        last = name.rstrip(b" \0").decode()
        start = position + head
        end = start + _measure_frame(body, position, form)
        if end > len(body):
            raise _DamagedTagError(
                f"has a frame {last} that is longer than the tag; the rest of the tag is left out"
            )
        flags = body[start - 2 : start] if head == 10 else b"\0\0"  # noqa: PLR2004
        yield _Frame(_OLD_NAMES.get(name[:3], last), _unpack(body[start:end], flags[1], form))
        position = end


def _measure_frame(body: bytes, position: int, form: _FrameFormat) -> int:
    """Return the size of a frame; programs mix up the ways in which versions 2.3 and 2.4 write it."""
    if form.version == 2:  # noqa: PLR2004
        return int.from_bytes(body[position + 3 : position + 6], "big")
    written = body[position + 4 : position + 8]
    sizes = [int.from_bytes(written, "big")]
    if max(written) < 0x80:  # noqa: PLR2004 - seven bits of a byte
        sizes.insert(0 if form.version == 4 else 1, _decode_size(written))  # noqa: PLR2004
    fitting = (size for size in sizes if _is_frame_start(body, position + 10 + size))
    return next(fitting, sizes[0])


def _is_frame_start(body: bytes, position: int) -> bool:
    """Return whether a frame, the padding or the end of a tag is there."""
    rest = body[position : position + 4]
    return position <= len(body) and (not rest.strip(b"\0") or _FRAME_NAME.match(rest) is not None)


def _decode_size(written: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(written, (21, 14, 7, 0), strict=False))


def _unpack(content: bytes, flags: int, form: _FrameFormat) -> bytes | None:
    """Undo what the flags of a frame say was done to it (2.3, section 3.3.1; 2.4, section 4.1.2)."""
    if form.version == 4:  # noqa: PLR2004
        grouped, compressed, encrypted = flags & 0x40, flags & 0x08, flags & 0x04
        prefix = bool(grouped) + 4 * bool(flags & 0x01)
        if form.unsynchronised or flags & 0x02:
            content = _synchronise(content)
    else:
        compressed, encrypted, grouped = flags & 0x80, flags & 0x40, flags & 0x20
        prefix = 4 * bool(compressed) + bool(grouped)
    if encrypted:
        return None
    return _inflate(content[prefix:]) if compressed else content[prefix:]


def _inflate(content: bytes) -> bytes | None:
    """Unpack a frame that is text: a few bytes may unpack to gigabytes."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(content, _LARGEST_TEXT)
    except zlib.error:
        return None
    return text if unpacker.eof else None


def _take_frame(frame: _Frame, form: _FrameFormat, found: _Found, earlier: set[bytes]) -> None:
    field = _FIELDS.get(frame.name)
    if field:
        found.texts.add(field, _decode_frame(frame.content))
    elif frame.name == "CHAP":
        mark = _read_chapter(frame.content, form, found.texts)
        if mark is None:
            found.unread_chapters += 1
        elif mark.identifier not in earlier:
            found.marks.append(mark)
    elif frame.name == "CTOC":
        table, listed = _read_contents(frame.content or b"")
        found.tables.add(table)
        found.listed |= dict.fromkeys(listed)


def _decode_frame(content: bytes | None) -> TagText:
    if content is None or len(content) > _LARGEST_TEXT:
        return TagText(None, unreadable=True)
    encoding = content[0] if content else 0
    is_named = encoding <= max(Encoding)
    # Without the byte for the encoding, a frame begins with its text.
    is_text = not is_named and encoding >= ord(" ")
    return decode_text(content if is_text else content[1:], encoding if is_named else Encoding.LATIN1)


def _read_chapter(content: bytes | None, form: _FrameFormat, texts: TagTexts) -> _Mark | None:
    """Return a chapter, whatever of it can be read; note in the texts of the file that its title cannot."""
    identifier, _, rest = (content or b"").partition(b"\0")
    if len(rest) < 16 or len(rest) > _LARGEST_CHAPTER:  # noqa: PLR2004 - four numbers of four bytes
        return None
    title, link = None, None
    with suppress(_DamagedTagError):
        for frame in _split_frames(rest[16:], form):
            if frame.name == "TIT2":
                title = texts.check("title of a chapter", _decode_frame(frame.content))
            elif frame.name == "WXXX" and link is None:
                # What is in front of the address is a description, which may be in UTF-16.
                address = (frame.content or b"")[1:].rstrip(b"\0").rpartition(b"\0")[2]
                link = find_web_address([address.decode("latin-1")])
    start, end = (timedelta(milliseconds=int.from_bytes(rest[at : at + 4], "big")) for at in (0, 4))
    if start == _NO_TIME:
        return None
    chapter = Chapter(start=start, title=title, url=link, end=end if start < end < _NO_TIME else None)
    return _Mark(identifier, chapter)


def _read_contents(content: bytes) -> tuple[bytes, list[bytes]]:
    """Return the identifier of a table of contents, and those that it lists."""
    identifier, _, rest = content.partition(b"\0")
    count = rest[1] if len(rest) > 1 else 0
    return identifier, [name for name in rest[2:].split(b"\0", count)[:count] if name]


def _choose_chapters(found: _Found) -> tuple[tuple[Chapter, ...], list[str]]:
    """Return the chapters, and what is wrong with them.

    Chapters that no table of contents lists are hidden on purpose, unless it lists some that do not exist: then its
    names are wrong. Of hidden ones only the links are of use, until the moment that their frame says. A listed
    chapter ends where the next one begins.
    """
    names = {mark.identifier for mark in found.marks}
    places = {name: place for place, name in enumerate(found.listed)}
    missing = [name for name in places if name not in names and name not in found.tables]
    unlisted = [name for name in names if name not in places]
    troubles = []
    if found.unread_chapters:
        troubles.append(f"{_count_chapters(found.unread_chapters)} of its ID3 tag cannot be read")
    if missing and unlisted:
        troubles.append("the table of contents of its ID3 tag lists chapters that do not exist, so it is ignored")
        places = {}
    elif missing and not found.unread_chapters:
        troubles.append(
            f"{_count_chapters(len(missing))} that its ID3 tag lists {'is' if len(missing) == 1 else 'are'} missing"
        )
    marks = sorted(found.marks, key=lambda mark: places.get(mark.identifier, len(places)))
    chapters = [_hide(mark.chapter, is_listed=not places or mark.identifier in places) for mark in marks]
    return sort_chapters(dict.fromkeys(chapter for chapter in chapters if chapter)), troubles


def _hide(chapter: Chapter, *, is_listed: bool) -> Chapter | None:
    if is_listed:
        return replace(chapter, end=None)
    return replace(chapter, title=None, hidden=True) if chapter.url else None


def _count_chapters(count: int) -> str:
    return "a chapter" if count == 1 else f"{count} chapters"


def _read_v1(tag: bytes) -> Tags:
    """Read a tag of version 1, whose texts are cut at 30 characters."""
    if not tag.startswith(b"TAG") or len(tag) < _ID3V1:
        return Tags()
    texts = TagTexts()
    for field, place in _V1_FIELDS.items():
        texts.add(field, decode_text(tag[place].partition(b"\0")[0], Encoding.LATIN1))
    if not tag[125] and tag[126]:
        texts.add("track", TagText(str(tag[126])))
    return texts.to_tags()
