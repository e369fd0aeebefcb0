"""The length of raw AAC, counted frame by frame: it has no header for the whole (ADTS, ISO/IEC 13818-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmap import mmap

_SAMPLE_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_CHANNELS = (2, 1, 2, 3, 4, 5, 6, 8)
"""By the stream's number; 0 means that the sound itself tells, which is nearly always stereo."""
_ENOUGH = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class AdtsWalk:
    """What walking the frames told. Sample rate in Hz; `complete`: nothing follows the last frame."""

    duration: timedelta
    sample_rate: int
    channels: int
    complete: bool


def walk_frames(data: bytes | mmap, start: int) -> AdtsWalk | None:
    """Count the frames of raw AAC data that begin at `start`; return None when there are none."""
    second, fixed = data[start + 1], int.from_bytes(data[start + 2 : start + 4], "big") & 0xFDC0
    position, frames, blocks = start, 0, 0
    while header := _header(data, position, second, fixed):
        length = (header[3] & 0x03) << 11 | header[4] << 3 | header[5] >> 5
        if length <= 7 or position + length > len(data):  # noqa: PLR2004 - no longer than a header
            break
        position += length
        frames += 1
        blocks += (header[6] & 0x03) + 1
    complete = position == len(data)
    index = fixed >> 10 & 0x0F
    if index >= len(_SAMPLE_RATES) or not (frames >= _ENOUGH or (frames and complete)):
        return None
    return AdtsWalk(
        duration=timedelta(seconds=blocks * 1024 / _SAMPLE_RATES[index]),
        sample_rate=_SAMPLE_RATES[index],
        channels=_CHANNELS[fixed >> 6 & 0x07],
        complete=complete,
    )


def _header(data: bytes | mmap, position: int, second: int, fixed: int) -> bytes | None:
    """Return the 7 bytes of the header here when they belong to the same stream."""
    header = data[position : position + 7]
    same = (
        len(header) == 7  # noqa: PLR2004 - the length of a header
        and header[0] == 0xFF  # noqa: PLR2004 - where each frame begins
        and header[1] == second
        and (header[2] << 8 | header[3]) & 0xFDC0 == fixed
    )
    return header if same else None
