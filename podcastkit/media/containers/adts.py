"""Measure how much of a raw AAC file consists of ADTS frames (ISO/IEC 14496-3, section 1.A.2.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podcastkit.media.containers.file_bytes import Bytes

_SYNC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
_HEADER_SIZE = 7
_WINDOW = 2**16


def measure_frame_share(data: Bytes, position: int) -> float:
    """Return the share of complete frames in the data from `position` on, from 0 to 1; zero bytes do not count."""
    framed = foreign = 0
    while position < len(data):
        size = _read_size(data[position : position + _HEADER_SIZE])
        # A sync word can occur by chance: a frame counts only if another frame or the end of the file follows.
        if size and (
            position + size >= len(data) or _read_size(data[position + size : position + size + _HEADER_SIZE])
        ):
            framed += size
            position += size
            continue
        window = data[position : position + _WINDOW]
        # Not a frame: continue at the next sync word.
        following = _SYNC.search(window, 1)
        skipped = following.start() if following else len(window)
        foreign += skipped - window.count(0, 0, skipped)
        position += max(skipped, 1)
    return framed / (framed + foreign) if framed else 0.0


def is_mono(head: bytes) -> bool:
    """Return whether the frame with these first four bytes has one channel. HE-AAC may turn it into stereo."""
    return len(head) == 4 and not head[2] & 1 and head[3] >> 6 == 1  # noqa: PLR2004


def _read_size(head: bytes) -> int:
    """Return the size of the frame with this header in bytes, or 0 if this is not a header."""
    if len(head) < _HEADER_SIZE or not _SYNC.match(head):
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size >= _HEADER_SIZE else 0
