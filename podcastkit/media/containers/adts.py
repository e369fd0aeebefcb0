"""Measure how much of a raw AAC file consists of ADTS frames (ISO/IEC 14496-3, section 1.A.2.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podcastkit.media.containers.file_bytes import Bytes

_SYNC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
_HEADER_SIZE = 7
_WINDOW = 2**16
"""Bytes to search at once."""


def measure_frame_share(data: Bytes, position: int) -> float:
    """Return the share of complete frames in the data from `position` on, from 0 to 1; zero bytes do not count."""
    frame_bytes = foreign_bytes = 0
    while position < len(data):
        size = _read_size(data[position : position + _HEADER_SIZE])
        # A sync word can occur by chance: a frame counts only if another frame or the end of the file follows.
        if size and (
            position + size >= len(data) or _read_size(data[position + size : position + size + _HEADER_SIZE])
        ):
            frame_bytes += size
            position += size
            continue
        window = data[position : position + _WINDOW]
        # Not a frame: continue at the next sync word.
        next_sync = _SYNC.search(window, 1)
        skipped_bytes = next_sync.start() if next_sync else len(window)
        foreign_bytes += skipped_bytes - window.count(0, 0, skipped_bytes)
        position += max(skipped_bytes, 1)
    return frame_bytes / (frame_bytes + foreign_bytes) if frame_bytes else 0.0


def is_mono(head: bytes) -> bool:
    """Return whether the frame with these first four bytes has one channel. HE-AAC may turn it into stereo."""
    return len(head) == 4 and not head[2] & 1 and head[3] >> 6 == 1  # noqa: PLR2004


def _read_size(head: bytes) -> int:
    """Return the size of the frame with this header in bytes, or 0 if this is not a header."""
    if len(head) < _HEADER_SIZE or not _SYNC.match(head):
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size >= _HEADER_SIZE else 0
