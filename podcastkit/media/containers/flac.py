"""Read the length of a FLAC file from its last frame (RFC 9639), because its header may promise another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podcastkit.media.containers.file_bytes import Bytes

_STREAMINFO = 34
"""Bytes of the one block that every file has (section 8.2)."""
_MOST_BLOCKS = 1000
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


def read_layout(data: Bytes, start: int) -> FlacLayout:
    """Read the header of the FLAC data that begins at `start`, and its last frame."""
    info = data[start + 8 : start + 8 + _STREAMINFO]
    promised = int.from_bytes(info[13:18], "big") & 0xF_FFFF_FFFF
    largest = int.from_bytes(info[7:10], "big") or _LARGEST_FRAME
    sound, end = _sound_start(data, start + 4), _sound_end(data)
    last = _last_frame(data, max(sound, end - largest), end, data[sound : sound + 2])
    counted = _read_end(last, fixed_block=int.from_bytes(info[:2], "big")) if last else None
    return FlacLayout(promised=promised or None, counted=counted)


def _sound_start(data: Bytes, position: int) -> int:
    """Return where the frames begin: behind the blocks of metadata (section 8.1)."""
    for _ in range(_MOST_BLOCKS):
        head = data[position : position + 4]
        position += 4 + int.from_bytes(head[1:], "big")
        if len(head) < 4 or head[0] & 0x80:  # noqa: PLR2004 - the size of a block's head
            break
    return position


def _sound_end(data: Bytes) -> int:
    end = len(data)
    return end - _ID3V1 if data[max(end - _ID3V1, 0) :][:3] == b"TAG" else end


def _last_frame(data: Bytes, begin: int, end: int, mark: bytes) -> bytes | None:
    """Return the frame that reaches exactly to the end; all frames of a file begin with the same two bytes."""
    if mark not in {b"\xff\xf8", b"\xff\xf9"}:
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
