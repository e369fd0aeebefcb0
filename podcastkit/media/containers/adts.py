"""Find out how much of a file of raw AAC is frames (ISO/IEC 14496-3, section 1.A.2.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podcastkit.media.containers.file_bytes import Bytes

_SYNC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
_SHORTEST = 7
_WINDOW = 2**16


def measure_frames(data: Bytes, position: int) -> float:
    """Return which part of what begins at a position is whole frames, from 0 to 1; zeros do not count."""
    framed = strange = 0
    while position < len(data):
        size = _read_size(data[position : position + _SHORTEST])
        if size and (
            position + size >= len(data) or _read_size(data[position + size : position + size + _SHORTEST])
        ):
            framed += size
            position += size
            continue
        window = data[position : position + _WINDOW]
        following = _SYNC.search(window, 1)
        skipped = following.start() if following else len(window)
        strange += skipped - window.count(0, 0, skipped)
        position += max(skipped, 1)
    return framed / (framed + strange) if framed else 0.0


def is_mono(head: bytes) -> bool:
    """Tell whether a frame that begins with these four bytes has one channel, of which HE-AAC may make two."""
    return len(head) == 4 and not head[2] & 1 and head[3] >> 6 == 1  # noqa: PLR2004


def _read_size(head: bytes) -> int:
    """Return the size of a frame; 0 where there is none."""
    if len(head) < _SHORTEST or not _SYNC.match(head):
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size >= _SHORTEST else 0
