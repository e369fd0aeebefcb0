"""Read the length of a FLAC file from its last frame (RFC 9639), because the length in the header may be wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from podcastkit.media.containers.file_bytes import Bytes

_STREAMINFO_SIZE = 34
"""Bytes of the streaminfo block, which every file has (section 8.2)."""
_MOST_BLOCKS = 1000
_COMMENTS, _PICTURE = 4, 6
"""The types of the metadata blocks that are read."""
_READ_TYPES = {_COMMENTS, _PICTURE}
_LARGEST_METADATA = 2**25
"""Bytes. A metadata block, such as a picture, has at most half of this size."""
_FRAME_MARKS = {b"\xff\xf8", b"\xff\xf9"}
_FIRST_FRAME = re.compile(
    rb"\xff[\xf8\xf9](?:[\x10-\x5f\x80-\xff].\0|[\x60-\x6f].\0.|[\x70-\x7f].\0..).", re.DOTALL
)
"""The header of frame 0 with its checksum, without a sample rate field."""
_LARGEST_FRAME = 2**18
"""Bytes to search for the last frame if the header does not state the largest frame size."""
_MOST_CANDIDATES = 16
"""How many positions of the last frame to test."""
_SHORTEST_HEADER = 6
_SIZE_BYTES = {6: 1, 7: 2}
"""Bytes of the block size field in a frame header, by block size code."""
_ID3V1_SIZE = 128
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
    streaminfo = data[start + 8 : start + 8 + _STREAMINFO_SIZE]
    # Sample rate (20 bits), channels - 1 (3), bits per sample - 1 (5), samples (36).
    packed_fields = int.from_bytes(streaminfo[10:18], "big")
    promised = packed_fields & 0xF_FFFF_FFFF
    largest_frame = int.from_bytes(streaminfo[7:10], "big") or _LARGEST_FRAME
    blocks, end = _read_blocks(data, start + 4), _find_sound_end(data)
    last_frame = _find_last_frame(
        data, max(blocks.end, end - largest_frame), end, data[blocks.end : blocks.end + 2]
    )
    counted = (
        _read_end_sample(last_frame, fixed_block=int.from_bytes(streaminfo[:2], "big")) if last_frame else None
    )
    return FlacLayout(
        promised=promised or None,
        counted=counted,
        sample_rate=packed_fields >> 44,
        channels=(packed_fields >> 41 & 7) + 1,
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
    """Read the metadata blocks at `position`. The first frame ends the blocks, even if their sizes are wrong."""
    comments, damaged = b"", []
    streaminfo_end, has_last_block = position + 4 + _STREAMINFO_SIZE, False
    for _ in range(_MOST_BLOCKS):
        head = data[position : position + 4]
        if len(head) < 4 or head[:1] == b"\xff":  # noqa: PLR2004 - a frame, not a block
            break
        block_type, size = head[0] & 0x7F, int.from_bytes(head[1:], "big")
        block = data[position + 4 : position + 4 + size] if block_type in _READ_TYPES else b""
        if block_type == _COMMENTS:
            comments = comments or block
        elif block_type == _PICTURE and not _is_complete_picture(block):
            damaged.append("the picture in the FLAC metadata is damaged and left out")
        position += 4 + size
        if has_last_block := bool(head[0] & 0x80):
            break
    # If the sizes do not lead to a frame, search for the first frame.
    end = position if data[position : position + 2] in _FRAME_MARKS else _find_first_frame(data, streaminfo_end)
    is_broken = end is not None and (end != position or not has_last_block)
    if is_broken:
        damaged.append("the FLAC metadata blocks have wrong sizes; unreadable blocks are left out")
    return _Blocks(comments, tuple(damaged), position if end is None else end, is_broken)


def _is_complete_picture(block: bytes) -> bool:
    """Return whether a picture block contains its texts and its picture in full (section 8.8)."""
    position = 4
    # A length precedes the MIME type, the description and the picture. Four numbers follow the description.
    for gap in (0, 16, 0):
        position += 4 + int.from_bytes(block[position : position + 4], "big") + gap
    return position <= len(block)


def _find_first_frame(data: Bytes, begin: int) -> int | None:
    """Return the position of frame 0, whose header has a correct checksum (section 9.1), or None."""
    metadata = data[begin : begin + _LARGEST_METADATA]
    for candidate in _FIRST_FRAME.finditer(metadata):
        if not _compute_crc8(metadata[candidate.start() : candidate.end()]):
            return begin + candidate.start()
    return None


def _find_sound_end(data: Bytes) -> int:
    """Return the end of the file without an ID3v1 tag."""
    end = len(data)
    return end - _ID3V1_SIZE if data[max(end - _ID3V1_SIZE, 0) :][:3] == b"TAG" else end


def _find_last_frame(data: Bytes, begin: int, end: int, mark: bytes) -> bytes | None:
    """Return the frame that ends exactly at `end`, or None.

    All frames of a file begin with the same two bytes, `mark`.
    """
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


def _read_end_sample(frame: bytes, *, fixed_block: int) -> int | None:
    """Return the number of samples up to the end of a frame, from its header (section 9.1), or None.

    `fixed_block` is the number of samples in each frame, if all frames of the file have the same number.
    """
    if len(frame) < _SHORTEST_HEADER:
        return None
    # The frame number is encoded like a UTF-8 character, with up to six more bytes.
    more_bytes = max(8 - (frame[4] ^ 0xFF).bit_length() - 1, 0)
    number = frame[4] & (0x7F >> more_bytes + (more_bytes > 0))
    for byte in frame[5 : 5 + more_bytes]:
        number = number << 6 | byte & 0x3F
    size_code, field_start = frame[2] >> 4, 5 + more_bytes
    # With variable block sizes, the field contains the number of the first sample instead of the frame number.
    is_variable = frame[1] & 1
    samples_before = number if is_variable else number * fixed_block
    return samples_before + _decode_block_size(
        size_code, frame[field_start : field_start + _SIZE_BYTES.get(size_code, 0)]
    )


def _decode_block_size(code: int, field: bytes) -> int:
    """Return the number of samples in a frame (section 9.1.1).

    `field` is the block size field of the frame, or empty if the code alone defines the size.
    """
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
    """Return the CRC-16 of each byte, for `_compute_crc16`."""
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x18005 if crc & 0x8000 else 0)
        table.append(crc)
    return tuple(table)


_CRC16 = _build_crc16_table()
