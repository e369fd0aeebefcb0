"""The length of raw AAC, counted frame by frame: it has no header for the whole (ADTS, ISO/IEC 13818-7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmap import mmap

_SAMPLE_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_CHANNELS = (2, 1, 2, 3, 4, 5, 6, 8)
"""By the stream's number; 0 means that the sound itself tells, which is nearly always stereo."""
_ENOUGH = 3
_HEADER = re.compile(rb"\xff[\xf0\xf1\xf8\xf9][\x00-\x33\x40-\x73\x80-\xb3\xc0-\xf3].{4}", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class AdtsWalk:
    """What walking the frames told. Sample rate in Hz; `complete`: nothing follows the last frame."""

    duration: timedelta
    sample_rate: int
    channels: int
    complete: bool


def walk_frames(data: bytes | mmap, start: int) -> AdtsWalk | None:
    """Count the frames of raw AAC data that begin at `start`; return None when there are none."""
    fixed = _fixed_part(data[start : start + 7])
    position, frames, blocks = start, 0, 0
    while fixed is not None and _fixed_part(header := data[position : position + 7]) == fixed:
        length = (header[3] & 0x03) << 11 | header[4] << 3 | header[5] >> 5
        if length <= 7 or position + length > len(data):  # noqa: PLR2004 - no longer than a header
            break
        position += length
        frames += 1
        blocks += (header[6] & 0x03) + 1
    complete = position == len(data)
    if fixed is None or not (frames >= _ENOUGH or (frames and complete)):
        return None
    sample_rate = _SAMPLE_RATES[fixed >> 10 & 0x0F]
    return AdtsWalk(
        duration=timedelta(seconds=blocks * 1024 / sample_rate),
        sample_rate=sample_rate,
        channels=_CHANNELS[fixed >> 6 & 0x07],
        complete=complete,
    )


def _fixed_part(header: bytes) -> int | None:
    """Return the bits that are the same in all headers of a stream; None when this is no header."""
    if not _HEADER.match(header):
        return None
    return int.from_bytes(header[:4], "big") & 0xFFFFFDC0
