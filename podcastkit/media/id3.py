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
"""The bits of the known flags, by version. Version 2.2 reserved a flag for compression, but never defined it."""
_UNSYNCHRONIZED, _EXTENDED = 0x80, 0x40
"""Flags of a tag: zero bytes were inserted after 0xFF, and an extended header follows the header."""
_FRAME_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}[A-Z0-9 \0]")
_SHORT_NAMES = {b"TT2": "TIT2", b"TP1": "TPE1", b"TAL": "TALB", b"TRK": "TRCK"}
"""The frame names of version 2.2. Some programs also write them in version 2.3."""
_FIELDS = {"TIT2": "title", "TPE1": "artist", "TALB": "album", "TRCK": "track"}
_LARGEST_TEXT, _LARGEST_CHAPTER = 2**20, 2**24
"""Bytes."""
_NO_TIME = timedelta(milliseconds=0xFFFF_FFFF)
"""The value for an unknown time of a chapter. The standard defines this value only for byte offsets."""
_ID3V1_SIZE = 128
_V1_FIELDS = {"title": slice(3, 33), "artist": slice(33, 63), "album": slice(63, 93)}


class _Frame(NamedTuple):
    """A frame without its header. `content` is None if the frame is encrypted, damaged or much too large."""

    name: str
    content: bytes | None


class _FrameFormat(NamedTuple):
    """The encoding of the frames in a tag."""

    version: int
    unsynchronized: bool


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
        self.chapters: list[_IdentifiedChapter] = []
        self.listed_identifiers: dict[bytes, None] = {}
        """The identifiers in all tables of contents."""
        self.table_identifiers: set[bytes] = set()
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
    return add_tags(tags, _read_v1(data[max(len(data) - _ID3V1_SIZE, 0) :]))


def _read_tag(tag: bytes, contents: _Contents) -> None:
    """Add the frames of a tag to `contents`. If the tag is damaged, add the frames before the damage."""
    earlier_identifiers = {chapter.identifier for chapter in contents.chapters}
    try:
        frame_format, body = _open_tag(tag)
        for frame in _split_frames(body, frame_format):
            _store_frame(frame, frame_format, contents, earlier_identifiers)
    except _DamagedTagError as error:
        contents.damaged.append(f"the ID3 tag {error}")
    else:
        if len(tag) not in read_id3_lengths(tag[:_HEADER_SIZE]):
            contents.damaged.append("the ID3 tag states a wrong size; its readable part is used")


def _open_tag(tag: bytes) -> tuple[_FrameFormat, bytes]:
    """Return the encoding of the frames in a tag, and the bytes of all frames.

    Raises `_DamagedTagError` if the header is invalid.
    """
    version, flags, body = tag[3], tag[5], tag[_HEADER_SIZE:]
    if body[-_HEADER_SIZE:].startswith(b"3DI"):  # a footer repeats the header
        body = body[:-_HEADER_SIZE]
    if version not in _KNOWN_FLAGS:
        raise _DamagedTagError(f"has the version 2.{version}, which does not exist; the tag is ignored")
    if flags & ~_KNOWN_FLAGS[version]:
        raise _DamagedTagError("has flags that do not exist; the tag is ignored")
    if max(tag[6:_HEADER_SIZE]) >= 0x80:  # noqa: PLR2004 - seven bits of a byte
        raise _DamagedTagError("states its size in an invalid form; the tag is ignored")
    unsynchronized = bool(flags & _UNSYNCHRONIZED)
    if unsynchronized and version < 4:  # noqa: PLR2004 - since 2.4, each frame has its own flag
        body = _undo_unsynchronization(body)
    if flags & _EXTENDED and not _FRAME_NAME.match(body):  # some programs set the flag but write no extended header
        body = body[_measure_extended_header(body, version) :]
    return _FrameFormat(version, unsynchronized), body


def _undo_unsynchronization(data: bytes) -> bytes:
    """Remove the zero bytes that were inserted after 0xFF (2.3, section 5; 2.4, section 6.1)."""
    return data.replace(b"\xff\0", b"\xff")


def _measure_extended_header(body: bytes, version: int) -> int:
    """Return the size of the extended header, or raise `_DamagedTagError` if it is impossible."""
    size = int.from_bytes(body[:4], "big") + 4 if version == 3 else _decode_synchsafe(body[:4])  # noqa: PLR2004
    if not 6 <= size <= len(body):  # noqa: PLR2004 - the smallest extended header
        raise _DamagedTagError("has an extended header of an impossible size; the tag is ignored")
    return size


def _split_frames(body: bytes, frame_format: _FrameFormat) -> Iterator[_Frame]:
    """Yield the frames up to the padding. Raises `_DamagedTagError` at the first bytes that are not a frame."""
    name_size, header_size = (3, 6) if frame_format.version == 2 else (4, 10)  # noqa: PLR2004
    position, previous_name = 0, "the header"
    while body[position : position + 1].strip(b"\0"):
        name_field = body[position : position + name_size]
        if len(body) - position < header_size or not _FRAME_NAME.match(name_field.ljust(4)):
            raise _DamagedTagError(f"contains invalid data after {previous_name}; the rest of the tag is ignored")
        frame_name = previous_name = name_field.rstrip(b" \0").decode()
        start = position + header_size
        end = start + _measure_frame_content(body, position, frame_format)
        if end > len(body):
            raise _DamagedTagError(
                f"has a frame {frame_name} that is longer than the tag; the rest of the tag is ignored"
            )
        flags = body[start - 2 : start] if header_size == 10 else b"\0\0"  # noqa: PLR2004
        yield _Frame(
            _SHORT_NAMES.get(name_field[:3], frame_name), _decode_content(body[start:end], flags[1], frame_format)
        )
        position = end


def _measure_frame_content(body: bytes, position: int, frame_format: _FrameFormat) -> int:
    """Return the size of the content of the frame at `position`.

    Some programs confuse the size formats of versions 2.3 and 2.4, so choose the size after which a frame starts.
    """
    if frame_format.version == 2:  # noqa: PLR2004
        return int.from_bytes(body[position + 3 : position + 6], "big")
    size_field = body[position + 4 : position + 8]
    sizes = [int.from_bytes(size_field, "big")]
    if max(size_field) < 0x80:  # noqa: PLR2004 - seven bits of a byte
        sizes.insert(0 if frame_format.version == 4 else 1, _decode_synchsafe(size_field))  # noqa: PLR2004
    fitting = (size for size in sizes if _is_frame_start(body, position + 10 + size))
    return next(fitting, sizes[0])


def _is_frame_start(body: bytes, position: int) -> bool:
    """Check whether a frame, the padding or the end of the tag is at this position."""
    rest = body[position : position + 4]
    return position <= len(body) and (not rest.strip(b"\0") or _FRAME_NAME.match(rest) is not None)


def _decode_synchsafe(field: bytes) -> int:
    """Decode an integer that is stored in seven bits per byte (2.4, section 6.2)."""
    return sum((byte & 0x7F) << shift for byte, shift in zip(field, (21, 14, 7, 0), strict=False))


def _decode_content(content: bytes, flags: int, frame_format: _FrameFormat) -> bytes | None:
    """Undo the encodings that are set in the flags of a frame (ID3v2.3, section 3.3.1; ID3v2.4, section 4.1.2).

    Return None if the content is encrypted, or cannot be decompressed.
    """
    if frame_format.version == 4:  # noqa: PLR2004
        grouped, compressed, encrypted = flags & 0x40, flags & 0x08, flags & 0x04
        prefix_size = bool(grouped) + 4 * bool(flags & 0x01)
        if frame_format.unsynchronized or flags & 0x02:
            content = _undo_unsynchronization(content)
    else:
        compressed, encrypted, grouped = flags & 0x80, flags & 0x40, flags & 0x20
        prefix_size = 4 * bool(compressed) + bool(grouped)
    if encrypted:
        return None
    return _decompress(content[prefix_size:]) if compressed else content[prefix_size:]


def _decompress(content: bytes) -> bytes | None:
    """Decompress a frame. Return None if it is damaged or too large: a few bytes may decompress to gigabytes."""
    unpacker = zlib.decompressobj()
    try:
        decompressed = unpacker.decompress(content, _LARGEST_TEXT)
    except zlib.error:
        return None
    return decompressed if unpacker.eof else None


def _store_frame(
    frame: _Frame, frame_format: _FrameFormat, contents: _Contents, earlier_identifiers: set[bytes]
) -> None:
    """Add a frame to `contents`, unless it is a chapter whose identifier occurs in an earlier tag."""
    field = _FIELDS.get(frame.name)
    if field:
        contents.texts.add(field, _decode_text_frame(frame.content))
    elif frame.name == "CHAP":
        chapter = _read_chapter(frame.content, frame_format, contents.texts)
        if chapter is None:
            contents.unread_chapters += 1
        elif chapter.identifier not in earlier_identifiers:
            contents.chapters.append(chapter)
    elif frame.name == "CTOC":
        table_identifier, listed_identifiers = _read_table_of_contents(frame.content or b"")
        contents.table_identifiers.add(table_identifier)
        contents.listed_identifiers |= dict.fromkeys(listed_identifiers)


def _decode_text_frame(content: bytes | None) -> TagText:
    if content is None or len(content) > _LARGEST_TEXT:
        return TagText(None, unreadable=True)
    encoding = content[0] if content else 0
    is_known_encoding = encoding <= max(Encoding)
    # Some programs omit the byte for the encoding, so the frame begins with its text.
    lacks_encoding = not is_known_encoding and encoding >= ord(" ")
    return decode_text(
        content if lacks_encoding else content[1:], encoding if is_known_encoding else Encoding.LATIN1
    )


def _read_chapter(content: bytes | None, frame_format: _FrameFormat, texts: TagTexts) -> _IdentifiedChapter | None:
    """Return the readable parts of a chapter, or None if its start is missing or its frame is too large.

    Report an unreadable title in `texts`.
    """
    identifier, _, rest = (content or b"").partition(b"\0")
    if len(rest) < 16 or len(rest) > _LARGEST_CHAPTER:  # noqa: PLR2004 - four numbers of four bytes
        return None
    title, link = None, None
    with suppress(_DamagedTagError):
        for frame in _split_frames(rest[16:], frame_format):
            if frame.name == "TIT2":
                title = texts.check("title of a chapter", _decode_text_frame(frame.content))
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
    return identifier, [listed for listed in rest[2:].split(b"\0", count)[:count] if listed]


def _choose_chapters(contents: _Contents) -> tuple[tuple[Chapter, ...], list[str]]:
    """Return the chapters, and messages about problems in them.

    A chapter that no table of contents lists is hidden on purpose: it only shows a link, until its own end time. A
    listed chapter ends where the next listed chapter begins. If some chapters are not listed, and some listed
    chapters do not exist, the identifiers in the tables are wrong, and the tables are ignored.
    """
    identifiers = {identified.identifier for identified in contents.chapters}
    places = {identifier: place for place, identifier in enumerate(contents.listed_identifiers)}
    missing_identifiers = [
        identifier
        for identifier in places
        if identifier not in identifiers and identifier not in contents.table_identifiers
    ]
    unlisted_identifiers = [identifier for identifier in identifiers if identifier not in places]
    problems = []
    if contents.unread_chapters:
        problems.append(f"{_format_chapter_count(contents.unread_chapters)} in the ID3 tag cannot be read")
    if missing_identifiers and unlisted_identifiers:
        problems.append("the table of contents in the ID3 tag lists chapters that do not exist and is ignored")
        places = {}
    elif missing_identifiers and not contents.unread_chapters:
        verb = "is" if len(missing_identifiers) == 1 else "are"
        count = _format_chapter_count(len(missing_identifiers))
        problems.append(f"{count} that the ID3 tag lists {verb} missing")
    ordered = sorted(contents.chapters, key=lambda identified: places.get(identified.identifier, len(places)))
    chapters = [
        _apply_listing(identified.chapter, is_listed=not places or identified.identifier in places)
        for identified in ordered
    ]
    return sort_chapters(dict.fromkeys(chapter for chapter in chapters if chapter)), problems


def _apply_listing(chapter: Chapter, *, is_listed: bool) -> Chapter | None:
    """Return a listed chapter without its end time, or an unlisted chapter as a hidden chapter.

    Return None if an unlisted chapter has no link.
    """
    if is_listed:
        return replace(chapter, end=None)
    return replace(chapter, title=None, hidden=True) if chapter.url else None


def _format_chapter_count(count: int) -> str:
    return "a chapter" if count == 1 else f"{count} chapters"


def _read_v1(tag: bytes) -> Tags:
    """Read an ID3v1 tag, in which texts have at most 30 characters."""
    if not tag.startswith(b"TAG") or len(tag) < _ID3V1_SIZE:
        return Tags()
    texts = TagTexts()
    for field, place in _V1_FIELDS.items():
        texts.add(field, decode_text(tag[place].partition(b"\0")[0], Encoding.LATIN1))
    # In ID3v1.1, a zero byte precedes the track number.
    if not tag[125] and tag[126]:
        texts.add("track", TagText(str(tag[126])))
    return texts.to_tags()
