"""Read the length of a FLAC file from its last frame (RFC 9639), because its header may promise another one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from podcastkit.media.containers.file_bytes import Bytes

_STREAMINFO = 34
"""Bytes of the one block that every file has (section 8.2)."""
_MOST_BLOCKS = 1000
_COMMENTS, _PICTURE = 4, 6
_READ_BLOCKS = {_COMMENTS, _PICTURE}
_LARGEST_METADATA = 2**25
"""Bytes; a picture has at most half of it."""
_FRAME_MARKS = {b"\xff\xf8", b"\xff\xf9"}
_FIRST_FRAME = re.compile(
    rb"\xff[\xf8\xf9](?:[\x10-\x5f\x80-\xff].\0|[\x60-\x6f].\0.|[\x70-\x7f].\0..).", re.DOTALL
)
"""The header of a frame with the number 0, without a sample rate of its own, and its checksum."""
_LARGEST_FRAME = 2**18
"""Bytes to search for the last frame where the header does not tell how large frames are."""
_MOST_CANDIDATES = 16
_SHORTEST_HEADER = 6
_SIZE_BYTES = {6: 1, 7: 2}
"""Bytes in which a header tells the size of its block itself, by the code of the block."""
_ID3V1 = 128
"""Bytes of the tag that some programs put behind everything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FlacLayout:
    """The samples of each channel that the header promises, and those up to the end of the last frame.

    `promised` is None when the header tells no number, `counted` when the file does not end with a whole frame.
    """

    promised: int | None
    counted: int | None
    sample_rate: int
    channels: int
    comments: bytes
    """The block of Vorbis comments; empty if there is none."""
    damaged: tuple[str, ...]
    """What is wrong with the blocks of metadata."""
    misplaced_sound: int | None
    """Where the sound begins, if the blocks of metadata do not lead there."""


def read_layout(data: Bytes, start: int) -> FlacLayout:
    """Read the header of the FLAC data that begins at `start`, and its last frame."""
    info = data[start + 8 : start + 8 + _STREAMINFO]
    facts = int.from_bytes(info[10:18], "big")
    promised = facts & 0xF_FFFF_FFFF
    largest = int.from_bytes(info[7:10], "big") or _LARGEST_FRAME
    blocks, end = _read_blocks(data, start + 4), _sound_end(data)
    last = _last_frame(data, max(blocks.end, end - largest), end, data[blocks.end : blocks.end + 2])
    counted = _read_end(last, fixed_block=int.from_bytes(info[:2], "big")) if last else None
    return FlacLayout(
        promised=promised or None,
        counted=counted,
        sample_rate=facts >> 44,
        channels=(facts >> 41 & 7) + 1,
        comments=blocks.comments,
        damaged=blocks.damaged,
        misplaced_sound=blocks.end if blocks.is_broken else None,
    )


class _Blocks(NamedTuple):
    """The blocks of metadata (section 8.1), and where they end: there the sound begins."""

    comments: bytes
    damaged: tuple[str, ...]
    end: int
    is_broken: bool
    """Whether decoders do not get there."""


def _read_blocks(data: Bytes, position: int) -> _Blocks:
    """Read the blocks of metadata that begin at a position; the first frame ends them, whatever their sizes say."""
    comments, damaged = b"", []
    first, is_ended = position + 4 + _STREAMINFO, False
    for _ in range(_MOST_BLOCKS):
        head = data[position : position + 4]
        if len(head) < 4 or head[:1] == b"\xff":  # noqa: PLR2004 - no block, but a frame
            break
        kind, size = head[0] & 0x7F, int.from_bytes(head[1:], "big")
        block = data[position + 4 : position + 4 + size] if kind in _READ_BLOCKS else b""
        if kind == _COMMENTS:
            comments = comments or block
        elif kind == _PICTURE and not _is_picture(block):
            damaged.append("its picture is damaged and left out")
        position += 4 + size
        if is_ended := bool(head[0] & 0x80):
            break
    end = position if data[position : position + 2] in _FRAME_MARKS else _find_first_frame(data, first)
    is_broken = end is not None and (end != position or not is_ended)
    if is_broken:
        damaged.append("the sizes of its FLAC metadata are wrong; what cannot be read is left out")
    return _Blocks(comments, tuple(damaged), position if end is None else end, is_broken)


def _is_picture(block: bytes) -> bool:
    """Return whether the texts and the picture in a block are as long as they say (section 8.8)."""
    position = 4
    for gap in (0, 16, 0):  # between the description and the picture are four numbers
        position += 4 + int.from_bytes(block[position : position + 4], "big") + gap
    return position <= len(block)


def _find_first_frame(data: Bytes, begin: int) -> int | None:
    """Return where the first frame is, which has the number 0 and a header with a right checksum (section 9.1)."""
    metadata = data[begin : begin + _LARGEST_METADATA]
    for found in _FIRST_FRAME.finditer(metadata):
        if not _crc8(metadata[found.start() : found.end()]):
            return begin + found.start()
    return None


def _sound_end(data: Bytes) -> int:
    end = len(data)
    return end - _ID3V1 if data[max(end - _ID3V1, 0) :][:3] == b"TAG" else end


def _last_frame(data: Bytes, begin: int, end: int, mark: bytes) -> bytes | None:
    """Return the frame that reaches exactly to the end; all frames of a file begin with the same two bytes."""
    if mark not in _FRAME_MARKS:
        return None
    tail = data[begin:end]
    position = len(tail)
    for _ in range(_MOST_CANDIDATES):
        position = tail.rfind(mark, 0, position + 1)
        if position < 0:
            return None
        frame = tail[position:]
        if not _crc16(frame):
            return frame
    return None


def _read_end(frame: bytes, *, fixed_block: int) -> int | None:
    """Return how many samples a file has up to the end of a frame, by its header (section 9.1)."""
    if len(frame) < _SHORTEST_HEADER:
        return None
    # The number is written as UTF-8 writes characters, with up to six more bytes.
    more = max(8 - (frame[4] ^ 0xFF).bit_length() - 1, 0)
    number = frame[4] & (0x7F >> more + (more > 0))
    for byte in frame[5 : 5 + more]:
        number = number << 6 | byte & 0x3F
    block, at = frame[2] >> 4, 5 + more
    is_variable = frame[1] & 1
    before = number if is_variable else number * fixed_block
    return before + _block_size(block, frame[at : at + _SIZE_BYTES.get(block, 0)])


def _block_size(code: int, told: bytes) -> int:
    """Return how many samples a frame has (section 9.1.1)."""
    if told:
        return int.from_bytes(told, "big") + 1
    if code == 1:
        return 192
    return 144 << code if code < 6 else 1 << code  # noqa: PLR2004 - the table's two halves


def _crc8(data: bytes) -> int:
    """Return 0 for a whole header of a frame, which ends with the checksum of the rest."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 ^ (0x107 if crc & 0x80 else 0)
    return crc


def _crc16(data: bytes) -> int:
    """Return 0 for a whole frame, which ends with the checksum of the rest."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _CRC16[crc >> 8 ^ byte]
    return crc


def _crc16_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x18005 if crc & 0x8000 else 0)
        table.append(crc)
    return tuple(table)


_CRC16 = _crc16_table()
