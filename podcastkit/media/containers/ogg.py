"""Read the pages of an Ogg file (RFC 3533): its streams, their length, and whether they are complete."""

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
"""Flags of the first and the last page of a stream."""
_FORMAT_FIELDS = {b"\x01vorbis": slice(7, 16), b"OpusHead": slice(8, 10), b"\x7fFLAC": slice(27, 30)}
"""The bytes of a stream's first packet that contain the channels and, except for Opus, the sample rate."""
_COMMENT_MARK = re.compile(rb"\x03vorbis|OpusTags|[\x04\x84]...", re.DOTALL)
"""The bytes before the comments in Vorbis, Opus and FLAC."""
_LARGEST_PACKET = 2**25
"""Bytes; comments may include a picture."""
_LONGEST_HEAD = 27 + 255
_MOST_HEADS = 16
_MOST_GAPS = 1000
_BLOCK = 2**16
_LONGEST_PACKET = 2**16
"""Samples; FLAC has the longest packets."""
_LATE = 24_000
"""Samples.

If the first page ends so much later than its packets last, the stream was cut out of a longer stream.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class OggWalk:
    """The properties of an Ogg file, from all its pages.

    `heads` are the first bytes of the streams, one for each format. `position` is the time at which the last page
    ends, in samples. `truncated` is true if a stream lacks its last page.

    `single` is true for one complete stream with consistent times, so that `position` is its length. `simple` is
    true if it also has no gap.
    """

    heads: tuple[bytes, ...]
    position: int
    truncated: bool
    single: bool
    simple: bool


def walk_pages(file: BinaryIO, size: int) -> OggWalk:
    """Read the pages of an Ogg file of `size` bytes."""
    heads: dict[bytes, bytes] = {}
    unfinished: dict[int, int] = {}
    marks: list[tuple[int, int]] = []
    streams, end, position, in_order, is_timed = 0, 0, 0, True, True
    for page in _read_pages(file, size):
        # Pages are numbered for each stream; a gap in the file or in the numbers means that a page is missing.
        in_order = in_order and page.start == end and page.number == unfinished.get(page.serial, -1) + 1
        unfinished[page.serial] = page.number
        end = page.end
        if page.flags & _FIRST:
            streams += 1
            heads.setdefault(_read_format(page.head), page.head)
        if page.flags & _LAST:
            del unfinished[page.serial]
            is_timed = is_timed and (page.position > 0 or not page.packets)
        if page.position > 0:
            # A position must not decrease, or increase by more than the packets can last.
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
    """Return the comments of the stream that begins with `head`, or None.

    They are its second packet, without its mark.
    """
    serial, packet, is_whole = None, bytearray(), False
    for page in _read_pages(file, size):
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
    """Return the part of a page that belongs to its first packet, and whether the packet ends in this page."""
    file.seek(page.start)
    head = file.read(_LONGEST_HEAD)
    sizes = head[_HEAD.size : _HEAD.size + head[_HEAD.size - 1]]
    # Packets are split into segments of 255 bytes; a shorter segment ends a packet.
    ends = [at for at, size in enumerate(sizes, 1) if size < 255]  # noqa: PLR2004 - a full segment
    file.seek(page.start + _HEAD.size + len(sizes))
    return file.read(sum(sizes[: ends[0]] if ends else sizes)), bool(ends)


def _read_format(head: bytes) -> bytes:
    """Return the codec, channels and sample rate of a stream as bytes, to compare streams."""
    return next((mark + head[field] for mark, field in _FORMAT_FIELDS.items() if head.startswith(mark)), head)


class _Page(NamedTuple):
    """A page; `position` is the time at its end in samples, `head` the first bytes of its content."""

    start: int
    end: int
    flags: int
    position: int
    serial: int
    number: int
    packets: int
    head: bytes


def _read_pages(file: BinaryIO, size: int) -> Iterator[_Page]:
    """Yield the complete pages; skip bytes that do not belong to a page."""
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
            start = _find_page(file, start + 1)


def _read_page(head: bytes, start: int) -> _Page | None:
    if len(head) < _HEAD.size or not head.startswith(_MARK):
        return None
    _, _, flags, position, serial, number, _, count = _HEAD.unpack_from(head)
    sizes = head[_HEAD.size : _HEAD.size + count]
    content = start + _HEAD.size + count
    packets = count - sizes.count(255)
    return _Page(start, content + sum(sizes), flags, position, serial, number, packets, head[_HEAD.size + count :])


def _find_page(file: BinaryIO, start: int) -> int | None:
    """Return the position of the next page mark at or after `start`, or None."""
    file.seek(start)
    while block := file.read(_BLOCK):
        if (at := block.find(_MARK)) >= 0:
            return start + at
        # Overlap the blocks, because the mark may cross their border.
        start += max(len(block) - len(_MARK) + 1, 1)
        file.seek(start)
    return None


def _is_late(marks: list[tuple[int, int]]) -> bool:
    """Return whether a stream starts after time 0; `marks` has position and packets of the first two pages."""
    if len(marks) < 2:  # noqa: PLR2004 - nothing to compare
        return False
    (first, packets), (second, more) = marks
    return first - packets * (second - first) / max(more, 1) > _LATE
