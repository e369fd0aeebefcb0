"""Read ID3 tags: versions 2.2 to 2.4 (https://id3.org), several in a row, and version 1 at the end of a file.

Players play files with damaged tags, so the functions here do not raise errors: they ignore unreadable parts and
report them in `Tags`.
"""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.media.containers.mp3 import find_tags, read_id3_lengths
from podcastkit.media.tag_reader import Tags, TagTexts, add_tags, find_web_address, sort_chapters
from podcastkit.media.tag_text import Encoding, TagText, decode_text
from podcastkit.model import Chapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.media.containers.file_bytes import Bytes

_HEADER_SIZE = 10
_KNOWN_FLAGS = {2: 0x80, 3: 0xE0, 4: 0xF0}
"""The flags of each version. Version 2.2 reserved a flag for compression, but never defined it."""
_UNSYNCHRONISED, _EXTENDED = 0x80, 0x40
_FRAME_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 \0]")
_SHORT_NAMES = {b"TT2": "TIT2", b"TP1": "TPE1", b"TAL": "TALB", b"TRK": "TRCK"}
"""The frame names of version 2.2. Some programs also write them in version 2.3."""
_FIELDS = {"TIT2": "title", "TPE1": "artist", "TALB": "album", "TRCK": "track"}
_LARGEST_TEXT, _LARGEST_CHAPTER = 2**20, 2**24
_NO_TIME = timedelta(milliseconds=0xFFFF_FFFF)
"""The time of a chapter with an unknown time. The standard defines this value only for byte offsets."""
_ID3V1 = 128
_V1_FIELDS = {"title": slice(3, 33), "artist": slice(33, 63), "album": slice(63, 93)}


class _Frame(NamedTuple):
    """A frame without its header. `content` is None if the frame is encrypted, damaged or much too large."""

    name: str
    content: bytes | None


class _FrameFormat(NamedTuple):
    """The encoding of the frames in a tag."""

    version: int
    unsynchronised: bool


class _DamagedTagError(Exception):
    """A tag is damaged, and nothing after the damaged place can be read. The message starts with a verb."""


class _IdentifiedChapter(NamedTuple):
    """A chapter with the identifier that tables of contents use for it."""

    identifier: bytes
    chapter: Chapter


class _Contents:
    """The contents of all tags of a file."""

    def __init__(self) -> None:
        self.texts = TagTexts()
        self.marks: list[_IdentifiedChapter] = []
        self.listed: dict[bytes, None] = {}
        """The identifiers in all tables of contents."""
        self.tables: set[bytes] = set()
        """The identifiers of the tables themselves."""
        self.damaged: list[str] = []
        self.unread_chapters = 0


def read_id3(data: Bytes) -> Tags:
    """Read the ID3 tags of a file. Later tags add fields to the first one."""
    contents = _Contents()
    for start, end in find_tags(data):
        if data[start : start + 3] == b"ID3":
            _read_tag(data[start:end], contents)
    chapters, problems = _choose_chapters(contents)
    tags = contents.texts.to_tags(chapters, damaged=contents.damaged, unread_chapters=problems)
    return add_tags(tags, _read_v1(data[max(len(data) - _ID3V1, 0) :]))


def _read_tag(tag: bytes, contents: _Contents) -> None:
    """Add the frames of a tag to `contents`. If the tag is damaged, add the frames before the damage."""
    earlier = {mark.identifier for mark in contents.marks}
    try:
        frame_format, body = _open_tag(tag)
        for frame in _split_frames(body, frame_format):
            _store_frame(frame, frame_format, contents, earlier)
    except _DamagedTagError as error:
        contents.damaged.append(f"the ID3 tag {error}")
    else:
        if len(tag) not in read_id3_lengths(tag[:_HEADER_SIZE]):
            contents.damaged.append("the ID3 tag states a wrong size; its readable part is used")


def _open_tag(tag: bytes) -> tuple[_FrameFormat, bytes]:
    """Return the encoding of the frames in a tag, and the bytes of all frames."""
    version, flags, body = tag[3], tag[5], tag[_HEADER_SIZE:]
    if body[-_HEADER_SIZE:].startswith(b"3DI"):  # a footer repeats the header
        body = body[:-_HEADER_SIZE]
    if version not in _KNOWN_FLAGS:
        raise _DamagedTagError(f"has the version 2.{version}, which does not exist; the tag is ignored")
    if flags & ~_KNOWN_FLAGS[version]:
        raise _DamagedTagError("has flags that do not exist; the tag is ignored")
    if max(tag[6:_HEADER_SIZE]) >= 0x80:  # noqa: PLR2004 - seven bits of a byte
        raise _DamagedTagError("states its size in an invalid form; the tag is ignored")
    unsynchronised = bool(flags & _UNSYNCHRONISED)
    if unsynchronised and version < 4:  # noqa: PLR2004 - since 2.4, each frame has its own flag
        body = _synchronise(body)
    if flags & _EXTENDED and not _FRAME_NAME.match(body):  # some programs set the flag but write no extended header
        body = body[_measure_extension(body, version) :]
    return _FrameFormat(version, unsynchronised), body


def _synchronise(data: bytes) -> bytes:
    return data.replace(b"\xff\0", b"\xff")


def _measure_extension(body: bytes, version: int) -> int:
    size = int.from_bytes(body[:4], "big") + 4 if version == 3 else _decode_size(body[:4])  # noqa: PLR2004
    if not 6 <= size <= len(body):  # noqa: PLR2004 - the smallest extended header
        raise _DamagedTagError("has an extended header of an impossible size; the tag is ignored")
    return size


def _split_frames(body: bytes, frame_format: _FrameFormat) -> Iterator[_Frame]:
    """Yield the frames up to the padding. Raises `_DamagedTagError` at the first bytes that are not a frame."""
    name_size, head = (3, 6) if frame_format.version == 2 else (4, 10)  # noqa: PLR2004
    position, last = 0, "the header"
    while body[position : position + 1].strip(b"\0"):
        name = body[position : position + name_size]
        if len(body) - position < head or not _FRAME_NAME.match(name.ljust(4)):
            raise _DamagedTagError(f"contains invalid data after {last}; the rest of the tag is ignored")
        last = name.rstrip(b" \0").decode()
        start = position + head
        end = start + _measure_frame(body, position, frame_format)
        if end > len(body):
            raise _DamagedTagError(
                f"has a frame {last} that is longer than the tag; the rest of the tag is ignored"
            )
        flags = body[start - 2 : start] if head == 10 else b"\0\0"  # noqa: PLR2004
        yield _Frame(_SHORT_NAMES.get(name[:3], last), _decode_flags(body[start:end], flags[1], frame_format))
        position = end


def _measure_frame(body: bytes, position: int, frame_format: _FrameFormat) -> int:
    """Return the size of a frame. Some programs confuse the size formats of versions 2.3 and 2.4."""
    if frame_format.version == 2:  # noqa: PLR2004
        return int.from_bytes(body[position + 3 : position + 6], "big")
    written = body[position + 4 : position + 8]
    sizes = [int.from_bytes(written, "big")]
    if max(written) < 0x80:  # noqa: PLR2004 - seven bits of a byte
        sizes.insert(0 if frame_format.version == 4 else 1, _decode_size(written))  # noqa: PLR2004
    fitting = (size for size in sizes if _is_frame_start(body, position + 10 + size))
    return next(fitting, sizes[0])


def _is_frame_start(body: bytes, position: int) -> bool:
    """Check whether a frame, the padding or the end of the tag is at this position."""
    rest = body[position : position + 4]
    return position <= len(body) and (not rest.strip(b"\0") or _FRAME_NAME.match(rest) is not None)


def _decode_size(written: bytes) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(written, (21, 14, 7, 0), strict=False))


def _decode_flags(content: bytes, flags: int, frame_format: _FrameFormat) -> bytes | None:
    """Undo the encodings in the flags of a frame (2.3, section 3.3.1; 2.4, section 4.1.2). None if encrypted."""
    if frame_format.version == 4:  # noqa: PLR2004
        grouped, compressed, encrypted = flags & 0x40, flags & 0x08, flags & 0x04
        prefix = bool(grouped) + 4 * bool(flags & 0x01)
        if frame_format.unsynchronised or flags & 0x02:
            content = _synchronise(content)
    else:
        compressed, encrypted, grouped = flags & 0x80, flags & 0x40, flags & 0x20
        prefix = 4 * bool(compressed) + bool(grouped)
    if encrypted:
        return None
    return _decompress(content[prefix:]) if compressed else content[prefix:]


def _decompress(content: bytes) -> bytes | None:
    """Decompress a text frame up to a size limit, because a few bytes may decompress to gigabytes."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(content, _LARGEST_TEXT)
    except zlib.error:
        return None
    return text if unpacker.eof else None


def _store_frame(frame: _Frame, frame_format: _FrameFormat, contents: _Contents, earlier: set[bytes]) -> None:
    field = _FIELDS.get(frame.name)
    if field:
        contents.texts.add(field, _decode_frame(frame.content))
    elif frame.name == "CHAP":
        mark = _read_chapter(frame.content, frame_format, contents.texts)
        if mark is None:
            contents.unread_chapters += 1
        elif mark.identifier not in earlier:
            contents.marks.append(mark)
    elif frame.name == "CTOC":
        table, listed = _read_table_of_contents(frame.content or b"")
        contents.tables.add(table)
        contents.listed |= dict.fromkeys(listed)


def _decode_frame(content: bytes | None) -> TagText:
    if content is None or len(content) > _LARGEST_TEXT:
        return TagText(None, unreadable=True)
    encoding = content[0] if content else 0
    is_named = encoding <= max(Encoding)
    # Some programs omit the byte for the encoding, so the frame begins with its text.
    is_text = not is_named and encoding >= ord(" ")
    return decode_text(content if is_text else content[1:], encoding if is_named else Encoding.LATIN1)


def _read_chapter(content: bytes | None, frame_format: _FrameFormat, texts: TagTexts) -> _IdentifiedChapter | None:
    """Return the readable parts of a chapter. Add an unreadable title to the unread texts of the file."""
    identifier, _, rest = (content or b"").partition(b"\0")
    if len(rest) < 16 or len(rest) > _LARGEST_CHAPTER:  # noqa: PLR2004 - four numbers of four bytes
        return None
    title, link = None, None
    with suppress(_DamagedTagError):
        for frame in _split_frames(rest[16:], frame_format):
            if frame.name == "TIT2":
                title = texts.check("title of a chapter", _decode_frame(frame.content))
            elif frame.name == "WXXX" and link is None:
                # A description, which may be in UTF-16, precedes the URL.
                address = (frame.content or b"")[1:].rstrip(b"\0").rpartition(b"\0")[2]
                link = find_web_address([address.decode("latin-1")])
    start, end = (timedelta(milliseconds=int.from_bytes(rest[at : at + 4], "big")) for at in (0, 4))
    if start == _NO_TIME:
        return None
    chapter = Chapter(start=start, title=title, url=link, end=end if start < end < _NO_TIME else None)
    return _IdentifiedChapter(identifier, chapter)


def _read_table_of_contents(content: bytes) -> tuple[bytes, list[bytes]]:
    """Return the identifier of a table of contents, and the identifiers that it lists."""
    identifier, _, rest = content.partition(b"\0")
    count = rest[1] if len(rest) > 1 else 0
    return identifier, [name for name in rest[2:].split(b"\0", count)[:count] if name]


def _choose_chapters(contents: _Contents) -> tuple[tuple[Chapter, ...], list[str]]:
    """Return the chapters, and the problems that were found in them.

    Chapters that no table of contents lists are hidden on purpose. If the table also lists chapters that do not
    exist, its identifiers are wrong and it is ignored. A hidden chapter only shows a link, until its own end time.
    A listed chapter ends where the next one begins.
    """
    names = {mark.identifier for mark in contents.marks}
    places = {name: place for place, name in enumerate(contents.listed)}
    missing = [name for name in places if name not in names and name not in contents.tables]
    unlisted = [name for name in names if name not in places]
    problems = []
    if contents.unread_chapters:
        problems.append(f"{_count_chapters(contents.unread_chapters)} in the ID3 tag cannot be read")
    if missing and unlisted:
        problems.append("the table of contents in the ID3 tag lists chapters that do not exist and is ignored")
        places = {}
    elif missing and not contents.unread_chapters:
        problems.append(
            f"{_count_chapters(len(missing))} that the ID3 tag lists {'is' if len(missing) == 1 else 'are'} missing"
        )
    marks = sorted(contents.marks, key=lambda mark: places.get(mark.identifier, len(places)))
    chapters = [_apply_listing(mark.chapter, is_listed=not places or mark.identifier in places) for mark in marks]
    return sort_chapters(dict.fromkeys(chapter for chapter in chapters if chapter)), problems


def _apply_listing(chapter: Chapter, *, is_listed: bool) -> Chapter | None:
    if is_listed:
        return replace(chapter, end=None)
    return replace(chapter, title=None, hidden=True) if chapter.url else None


def _count_chapters(count: int) -> str:
    return "a chapter" if count == 1 else f"{count} chapters"


def _read_v1(tag: bytes) -> Tags:
    """Read an ID3v1 tag, in which texts have at most 30 characters."""
    if not tag.startswith(b"TAG") or len(tag) < _ID3V1:
        return Tags()
    texts = TagTexts()
    for field, place in _V1_FIELDS.items():
        texts.add(field, decode_text(tag[place].partition(b"\0")[0], Encoding.LATIN1))
    if not tag[125] and tag[126]:
        texts.add("track", TagText(str(tag[126])))
    return texts.to_tags()
