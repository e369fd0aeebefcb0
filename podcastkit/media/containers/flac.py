"""Read the length of a FLAC file from its last frame (RFC 9639), because the length in the header may be wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from podcastkit.media.containers.file_bytes import Bytes

_STREAMINFO = 34
"""Bytes of the streaminfo block, which every file has (section 8.2)."""
_MOST_BLOCKS = 1000
_COMMENTS, _PICTURE = 4, 6
_READ_BLOCKS = {_COMMENTS, _PICTURE}
_LARGEST_METADATA = 2**25
"""Bytes; a picture has at most half as many."""
_FRAME_MARKS = {b"\xff\xf8", b"\xff\xf9"}
_FIRST_FRAME = re.compile(
    rb"\xff[\xf8\xf9](?:[\x10-\x5f\x80-\xff].\0|[\x60-\x6f].\0.|[\x70-\x7f].\0..).", re.DOTALL
)
"""The header of frame 0 with its checksum, without a sample rate field."""
_LARGEST_FRAME = 2**18
"""Bytes to search for the last frame if the header does not state the largest frame size."""
_MOST_CANDIDATES = 16
_SHORTEST_HEADER = 6
_SIZE_BYTES = {6: 1, 7: 2}
"""Bytes of the block size field in a frame header, by block size code."""
_ID3V1 = 128
"""Bytes of the tag that some programs append to the file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FlacLayout:
    """The samples per channel: `promised` by the header, and `counted` up to the end of the last frame.

    `promised` is None if the header states no number. `counted` is None if the file does not end with a complete
    frame.
    """

    promised: int | None
    counted: int | None
    sample_rate: int
    channels: int
    comments: bytes
    """The block of Vorbis comments; empty if it is missing."""
    damaged: tuple[str, ...]
    """Messages about damaged metadata blocks."""
    misplaced_audio_start: int | None
    """The position of the first frame if the metadata blocks do not lead to it, else None."""


def read_layout(data: Bytes, start: int) -> FlacLayout:
    """Read the header and the last frame of the FLAC data that begins at `start`."""
    info = data[start + 8 : start + 8 + _STREAMINFO]
    # Sample rate (20 bits), channels - 1 (3), bits per sample - 1 (5), samples (36).
    facts = int.from_bytes(info[10:18], "big")
    promised = facts & 0xF_FFFF_FFFF
    largest = int.from_bytes(info[7:10], "big") or _LARGEST_FRAME
    blocks, end = _read_blocks(data, start + 4), _find_sound_end(data)
    last = _find_last_frame(data, max(blocks.end, end - largest), end, data[blocks.end : blocks.end + 2])
    counted = _read_end(last, fixed_block=int.from_bytes(info[:2], "big")) if last else None
    return FlacLayout(
        promised=promised or None,
        counted=counted,
        sample_rate=facts >> 44,
        channels=(facts >> 41 & 7) + 1,
        comments=blocks.comments,
        damaged=blocks.damaged,
        misplaced_audio_start=blocks.end if blocks.is_broken else None,
    )


class _Blocks(NamedTuple):
    """The metadata blocks (section 8.1), and the position after them, where the audio begins."""

    comments: bytes
    damaged: tuple[str, ...]
    end: int
    is_broken: bool
    """Whether wrong sizes of blocks prevent decoders from finding the audio at `end`."""


def _read_blocks(data: Bytes, position: int) -> _Blocks:
    """Read the metadata blocks at `position`. They end at the first frame, even if their sizes are wrong."""
    comments, damaged = b"", []
    first, is_ended = position + 4 + _STREAMINFO, False
    for _ in range(_MOST_BLOCKS):
        head = data[position : position + 4]
        if len(head) < 4 or head[:1] == b"\xff":  # noqa: PLR2004 - a frame, not a block
            break
        kind, size = head[0] & 0x7F, int.from_bytes(head[1:], "big")
        block = data[position + 4 : position + 4 + size] if kind in _READ_BLOCKS else b""
        if kind == _COMMENTS:
            comments = comments or block
        elif kind == _PICTURE and not _is_picture(block):
            damaged.append("the picture in the FLAC metadata is damaged and left out")
        position += 4 + size
        if is_ended := bool(head[0] & 0x80):
            break
    # If the sizes do not lead to a frame, search for the first frame.
    end = position if data[position : position + 2] in _FRAME_MARKS else _find_first_frame(data, first)
    is_broken = end is not None and (end != position or not is_ended)
    if is_broken:
        damaged.append("the FLAC metadata blocks have wrong sizes; unreadable blocks are left out")
    return _Blocks(comments, tuple(damaged), position if end is None else end, is_broken)


def _is_picture(block: bytes) -> bool:
    """Return whether a picture block contains its texts and its picture in full (section 8.8)."""
    position = 4
    for gap in (0, 16, 0):  # four numbers separate the description from the picture
        position += 4 + int.from_bytes(block[position : position + 4], "big") + gap
    return position <= len(block)


def _find_first_frame(data: Bytes, begin: int) -> int | None:
    """Return the position of frame 0, whose header has a correct checksum (section 9.1), or None."""
    metadata = data[begin : begin + _LARGEST_METADATA]
    for found in _FIRST_FRAME.finditer(metadata):
        if not _compute_crc8(metadata[found.start() : found.end()]):
            return begin + found.start()
    return None


def _find_sound_end(data: Bytes) -> int:
    end = len(data)
    return end - _ID3V1 if data[max(end - _ID3V1, 0) :][:3] == b"TAG" else end


def _find_last_frame(data: Bytes, begin: int, end: int, mark: bytes) -> bytes | None:
    """Return the frame that ends exactly at `end`, or None. All frames of a file begin with the same two bytes."""
    if mark not in _FRAME_MARKS:
        return None
    tail = data[begin:end]
    position = len(tail)
    for _ in range(_MOST_CANDIDATES):
        # Audio can contain the mark by chance, so check the checksum of each candidate.
        position = tail.rfind(mark, 0, position + 1)
        if position < 0:
            return None
        frame = tail[position:]
        if not _compute_crc16(frame):
            return frame
    return None


def _read_end(frame: bytes, *, fixed_block: int) -> int | None:
    """Return the number of samples up to the end of a frame, from its header (section 9.1), or None."""
    if len(frame) < _SHORTEST_HEADER:
        return None
    # The number is encoded like a UTF-8 character, with up to six more bytes.
    more = max(8 - (frame[4] ^ 0xFF).bit_length() - 1, 0)
    number = frame[4] & (0x7F >> more + (more > 0))
    for byte in frame[5 : 5 + more]:
        number = number << 6 | byte & 0x3F
    block, at = frame[2] >> 4, 5 + more
    # With variable block sizes, the number counts samples instead of frames.
    is_variable = frame[1] & 1
    before = number if is_variable else number * fixed_block
    return before + _decode_block_size(block, frame[at : at + _SIZE_BYTES.get(block, 0)])


def _decode_block_size(code: int, field: bytes) -> int:
    """Return the number of samples in a frame (section 9.1.1); `field` is the block size field, if it has one."""
    if field:
        return int.from_bytes(field, "big") + 1
    if code == 1:
        return 192
    return 144 << code if code < 6 else 1 << code  # noqa: PLR2004 - the two halves of the table


def _compute_crc8(data: bytes) -> int:
    """Return the CRC-8 of a frame header; 0 if the header, which ends with its checksum, is intact."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 ^ (0x107 if crc & 0x80 else 0)
    return crc


def _compute_crc16(data: bytes) -> int:
    """Return the CRC-16 of a frame; 0 if the frame, which ends with its checksum, is intact."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _CRC16[crc >> 8 ^ byte]
    return crc


def _build_crc16_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x18005 if crc & 0x8000 else 0)
        table.append(crc)
    return tuple(table)


_CRC16 = _build_crc16_table()
