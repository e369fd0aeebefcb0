"""What the pages of an Ogg file say (RFC 3533): its streams, how far they go, and whether they are whole."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = struct.Struct("<4sBBqIIIB")
_MARK = b"OggS\0"
_FIRST, _LAST = 2, 4
"""Flags of the page that begins a stream, and of the one that ends it."""
_TOLD = {b"\x01vorbis": slice(7, 16), b"OpusHead": slice(8, 10), b"\x7fFLAC": slice(27, 30)}
"""Where the first packet of a stream tells of what kind it is."""
_COMMENT_MARK = re.compile(rb"\x03vorbis|OpusTags|[\x04\x84]...", re.DOTALL)
"""What is in front of the comments in Vorbis, Opus and FLAC."""
_LARGEST_PACKET = 2**25
"""Bytes; comments may have a picture among them."""
_LONGEST_HEAD = 27 + 255
_MOST_HEADS = 16
_MOST_GAPS = 1000
_BLOCK = 2**16
_LONGEST_PACKET = 2**16
"""Samples; FLAC has the longest."""
_LATE = 24_000
"""Samples; a stream whose first page ends later than its sound takes, by so much, was cut out of a longer one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OggWalk:
    """What walking all pages told.

    `heads` are the first bytes of the streams, one for each kind of sound. `position` is the moment, in samples, at
    which the last page ends. `truncated`: a stream does not come to its end. `single`: there is one stream, from
    its beginning to its end, with moments that make sense, so that the position is its length; `simple`: without a
    gap.
    """

    heads: tuple[bytes, ...]
    position: int
    truncated: bool
    single: bool
    simple: bool


def walk_pages(file: BinaryIO, size: int) -> OggWalk:
    """Walk the pages of an Ogg file of `size` bytes."""
    heads: dict[bytes, bytes] = {}
    unfinished: dict[int, int] = {}
    marks: list[tuple[int, int]] = []
    streams, end, position, in_order, is_timed = 0, 0, 0, True, True
    for page in _pages(file, size):
        in_order = in_order and page.start == end and page.number == unfinished.get(page.serial, -1) + 1
        unfinished[page.serial] = page.number
        end = page.end
        if page.flags & _FIRST:
            streams += 1
            heads.setdefault(_kind(page.head), page.head)
        if page.flags & _LAST:
            del unfinished[page.serial]
            is_timed = is_timed and (page.position > 0 or not page.packets)
        if page.position > 0:
            rise = page.position - position
            is_timed = is_timed and (position == 0 or 0 <= rise <= page.packets * _LONGEST_PACKET)
            position = page.position
            marks += [(page.position, page.packets)] * (len(marks) < 2)  # noqa: PLR2004 - the first and the next
    truncated = bool(unfinished) or end == 0
    single = not truncated and streams == 1 and is_timed and not _is_late(marks)
    return OggWalk(
        heads=tuple(islice(heads.values(), _MOST_HEADS)),
        position=position,
        truncated=truncated,
        single=single,
        simple=single and in_order and end == size,
    )


def read_comments(file: BinaryIO, size: int, head: bytes) -> bytes | None:
    """Return the comments of the stream that begins with these bytes: its second packet, without its mark."""
    serial, packet, is_whole = None, bytearray(), False
    for page in _pages(file, size):
        if serial is None:
            serial = page.serial if page.flags & _FIRST and page.head.startswith(head) else None
        elif page.serial == serial:
            part, is_whole = _read_first_packet(file, page)
            packet += part
            if is_whole or len(packet) > _LARGEST_PACKET:
                break
    mark = _COMMENT_MARK.match(packet)
    return bytes(packet[mark.end() :]) if is_whole and mark else None


def _read_first_packet(file: BinaryIO, page: _Page) -> tuple[bytes, bool]:
    """Return what a page has of its first packet, and whether that ends there."""
    file.seek(page.start)
    head = file.read(_LONGEST_HEAD)
    sizes = head[_HEAD.size : _HEAD.size + head[_HEAD.size - 1]]
    ends = [at for at, size in enumerate(sizes, 1) if size < 255]  # noqa: PLR2004 - a full segment
    file.seek(page.start + _HEAD.size + len(sizes))
    return file.read(sum(sizes[: ends[0]] if ends else sizes)), bool(ends)


def _kind(head: bytes) -> bytes:
    """Return what is the same in all streams of a kind: codec, channels and sample rate where it can differ."""
    return next((mark + head[told] for mark, told in _TOLD.items() if head.startswith(mark)), head)


class _Page(NamedTuple):
    start: int
    end: int
    flags: int
    position: int
    serial: int
    number: int
    packets: int
    head: bytes


def _pages(file: BinaryIO, size: int) -> Iterator[_Page]:
    """Yield the pages that are there as a whole, stepping over what is none."""
    start: int | None = 0
    gaps = 0
    while start is not None and gaps < _MOST_GAPS:
        file.seek(start)
        page = _read_page(file.read(_LONGEST_HEAD), start)
        if page and page.end <= size:
            yield page
            start = page.end
        else:
            gaps += 1
            start = _next_page(file, start + 1)


def _read_page(head: bytes, start: int) -> _Page | None:
    if len(head) < _HEAD.size or not head.startswith(_MARK):
        return None
    _, _, flags, position, serial, number, _, count = _HEAD.unpack_from(head)
    sizes = head[_HEAD.size : _HEAD.size + count]
    content = start + _HEAD.size + count
    packets = count - sizes.count(255)
    return _Page(start, content + sum(sizes), flags, position, serial, number, packets, head[_HEAD.size + count :])


def _next_page(file: BinaryIO, start: int) -> int | None:
    """Return where the next page may begin, at or behind `start`."""
    file.seek(start)
    while block := file.read(_BLOCK):
        if (at := block.find(_MARK)) >= 0:
            return start + at
        start += max(len(block) - len(_MARK) + 1, 1)
        file.seek(start)
    return None


def _is_late(marks: list[tuple[int, int]]) -> bool:
    if len(marks) < 2:  # noqa: PLR2004 - nothing to compare
        return False
    (first, packets), (second, more) = marks
    return first - packets * (second - first) / max(more, 1) > _LATE
