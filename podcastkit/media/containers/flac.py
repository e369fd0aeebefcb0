"""The length of a FLAC file, by its last frame (RFC 9639): what its header says is often not there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

_STREAMINFO = 34
"""Bytes of the one block that every file has (section 8.2)."""
_MOST_BLOCKS = 1000
_LARGEST_FRAME = 2**18
"""Bytes to search for the last frame where the header does not tell how large frames are."""
_MOST_CANDIDATES = 16
_LONGEST_HEADER = 16
_ID3V1 = 128
"""Bytes of the tag that some programs put behind everything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FlacLayout:
    """The samples of each channel that the header promises, and those up to the end of the last frame.

    `promised` is None when the header tells no number, `counted` when the file does not end with a whole frame.
    """

    promised: int | None
    counted: int | None


def read_layout(data: bytes | mmap, start: int) -> FlacLayout:
    """Read the header of the FLAC data that begins at `start`, and its last frame."""
    info = data[start + 8 : start + 8 + _STREAMINFO]
    promised = int.from_bytes(info[13:18], "big") & 0xF_FFFF_FFFF
    largest = int.from_bytes(info[7:10], "big") or _LARGEST_FRAME
    sound, end = _sound_start(data, start + 4), _sound_end(data)
    candidates = _headers_backwards(data, max(sound, end - largest), end, data[sound : sound + 2])
    last = next((frame for at, frame in islice(candidates, _MOST_CANDIDATES) if not _crc16(data[at:end])), None)
    counted = None
    if last:
        before = last.number * (1 if last.is_variable else int.from_bytes(info[:2], "big"))
        counted = before + last.samples
    return FlacLayout(promised=promised or None, counted=counted)


class _Frame(NamedTuple):
    """A frame's place, as the number of the frame or of its first sample, and its samples."""

    number: int
    is_variable: bool
    samples: int


def _sound_start(data: bytes | mmap, position: int) -> int:
    """Return where the frames begin: behind the blocks of metadata (section 8.1)."""
    for _ in range(_MOST_BLOCKS):
        head = data[position : position + 4]
        position += 4 + int.from_bytes(head[1:], "big")
        if len(head) < 4 or head[0] & 0x80:  # noqa: PLR2004 - the size of a block's head
            break
    return position


def _sound_end(data: bytes | mmap) -> int:
    end = len(data)
    return end - _ID3V1 if data[max(end - _ID3V1, 0) :][:3] == b"TAG" else end


def _headers_backwards(data: bytes | mmap, begin: int, end: int, mark: bytes) -> Iterator[tuple[int, _Frame]]:
    """Yield what reads as a frame's header, from the last; all frames of a file begin with the same two bytes."""
    position = data.rfind(mark, begin, end) if mark in {b"\xff\xf8", b"\xff\xf9"} else -1
    while position >= 0:
        if frame := _read_header(data[position : position + _LONGEST_HEADER]):
            yield position, frame
        position = data.rfind(mark, begin, position + 1)


def _read_header(head: bytes) -> _Frame | None:
    """Read the header of a frame (section 9.1); return None when its checksum says that it is none."""
    if len(head) < 6:  # noqa: PLR2004 - no header is shorter
        return None
    # The number is written as UTF-8 writes characters, with up to six more bytes.
    more = max(8 - (head[4] ^ 0xFF).bit_length() - 1, 0)
    number = head[4] & (0x7F >> more + (more > 0))
    for byte in head[5 : 5 + more]:
        number = number << 6 | byte & 0x3F
    block, rate = head[2] >> 4, head[2] & 0x0F
    size_at = 5 + more
    rate_at = size_at + {6: 1, 7: 2}.get(block, 0)
    end = rate_at + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if end >= len(head) or _crc8(head[:end]) != head[end]:
        return None
    return _Frame(number, head[1] & 1 == 1, _block_size(block, head[size_at:rate_at]))


def _block_size(code: int, told: bytes) -> int:
    """Return how many samples a frame has (section 9.1.1)."""
    if told:
        return int.from_bytes(told, "big") + 1
    if code == 1:
        return 192
    return 144 << code if code < 6 else 1 << code  # noqa: PLR2004 - the table's two halves


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def _crc16(data: bytes) -> int:
    """Return 0 for a whole frame, which ends with the checksum of the rest."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _CRC16[crc >> 8 ^ byte]
    return crc


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << bits - 8
        for _ in range(8):
            crc = crc << 1 ^ (polynomial if crc >> bits - 1 else 0)
            crc &= (1 << bits) - 1
        table.append(crc)
    return tuple(table)


_CRC8, _CRC16 = _table(0x07, 8), _table(0x8005, 16)
