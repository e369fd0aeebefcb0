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
_FIRST_PAGE, _LAST_PAGE = 2, 4
"""Flags of the first and the last page of a stream."""
_FORMAT_FIELDS = {b"\x01vorbis": slice(7, 16), b"OpusHead": slice(8, 10), b"\x7fFLAC": slice(27, 30)}
"""The bytes of a stream's first packet that contain the channels and, except for Opus, the sample rate."""
_COMMENT_MARK = re.compile(rb"\x03vorbis|OpusTags|[\x04\x84]...", re.DOTALL)
"""The bytes before the comments in Vorbis, Opus and FLAC."""
_LARGEST_PACKET = 2**25
"""Bytes; comments may include a picture."""
_LONGEST_HEAD = 27 + 255
"""Bytes of a page header: the fixed fields, and the sizes of up to 255 segments."""
_MOST_HEADS = 16
_MOST_GAPS = 1000
_BLOCK = 2**16
_LONGEST_PACKET = 2**16
"""Samples; FLAC has the longest packets."""
_LATEST_START = 24_000
"""Samples. If the first page begins later than this, the stream was cut out of a longer stream."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OggWalk:
    """The properties of an Ogg file, from all its pages.

    `heads` are the first bytes of one stream for each format. `position` is the time at which the last page ends,
    in samples. `truncated` is true if a stream lacks its last page.

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
    unfinished_streams: dict[int, int] = {}  # the latest page number of each stream without its last page
    first_pages: list[tuple[int, int]] = []
    stream_count, end, position, is_gapless, has_valid_times = 0, 0, 0, True, True
    for page in _read_pages(file, size):
        # Pages are numbered for each stream; a gap in the file or in the numbers means that a page is missing.
        is_gapless = is_gapless and page.start == end and page.number == unfinished_streams.get(page.serial, -1) + 1
        unfinished_streams[page.serial] = page.number
        end = page.end
        if page.flags & _FIRST_PAGE:
            stream_count += 1
            heads.setdefault(_read_format(page.head), page.head)
        if page.flags & _LAST_PAGE:
            del unfinished_streams[page.serial]
            has_valid_times = has_valid_times and (page.position > 0 or not page.packets)
        if page.position > 0:
            # A position must not decrease, or increase by more than the packets can last.
            increase = page.position - position
            has_valid_times = has_valid_times and (position == 0 or 0 <= increase <= page.packets * _LONGEST_PACKET)
            position = page.position
            if len(first_pages) < 2:  # noqa: PLR2004 - the first and the next
                first_pages.append((page.position, page.packets))
    truncated = bool(unfinished_streams) or end == 0
    single = not truncated and stream_count == 1 and has_valid_times and not _starts_late(first_pages)
    return OggWalk(
        heads=tuple(islice(heads.values(), _MOST_HEADS)),
        position=position,
        truncated=truncated,
        single=single,
        simple=single and is_gapless and end == size,
    )


def read_comments(file: BinaryIO, size: int, head: bytes) -> bytes | None:
    """Return the comments of the stream that begins with `head`, or None if they are missing or incomplete.

    The comments are the second packet of the stream, without the mark at its start.
    """
    serial, packet, is_whole = None, bytearray(), False
    for page in _read_pages(file, size):
        if serial is None:
            serial = page.serial if page.flags & _FIRST_PAGE and page.head.startswith(head) else None
        elif page.serial == serial:
            part, is_whole = _read_first_packet(file, page)
            packet += part
            if is_whole or len(packet) > _LARGEST_PACKET:
                break
    mark = _COMMENT_MARK.match(packet)
    return bytes(packet[mark.end() :]) if is_whole and mark else None


def _read_first_packet(file: BinaryIO, page: _Page) -> tuple[bytes, bool]:
    """Return the bytes of the first packet in a page, and whether the packet ends in the page."""
    file.seek(page.start)
    head = file.read(_LONGEST_HEAD)
    sizes = head[_HEAD.size : _HEAD.size + head[_HEAD.size - 1]]
    # Packets are split into segments of 255 bytes; a shorter segment ends a packet.
    packet_ends = [at for at, size in enumerate(sizes, 1) if size < 255]  # noqa: PLR2004 - a full segment
    file.seek(page.start + _HEAD.size + len(sizes))
    return file.read(sum(sizes[: packet_ends[0]] if packet_ends else sizes)), bool(packet_ends)


def _read_format(head: bytes) -> bytes:
    """Return the codec, channels and sample rate of a stream as bytes, to compare streams."""
    return next((mark + head[field] for mark, field in _FORMAT_FIELDS.items() if head.startswith(mark)), head)


class _Page(NamedTuple):
    """A page; `position` is the time at its end in samples, and `head` has the first bytes of its content.

    `packets` is the number of packets that end in the page.
    """

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
    """Parse the header of the page at `start`, or return None if it is not a page header."""
    if len(head) < _HEAD.size or not head.startswith(_MARK):
        return None
    _, _, flags, position, serial, number, _, count = _HEAD.unpack_from(head)
    sizes = head[_HEAD.size : _HEAD.size + count]
    content = start + _HEAD.size + count
    packets = count - sizes.count(255)  # a segment of less than 255 bytes ends a packet
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


def _starts_late(pages: list[tuple[int, int]]) -> bool:
    """Return whether a stream starts too late. `pages` has the positions and packets of its first two pages."""
    if len(pages) < 2:  # noqa: PLR2004 - nothing to compare
        return False
    (first_end, first_packets), (second_end, second_packets) = pages
    # Packets of the first page are assumed to last as long as those of the second page.
    first_length = first_packets * (second_end - first_end) / max(second_packets, 1)
    return first_end - first_length > _LATEST_START
