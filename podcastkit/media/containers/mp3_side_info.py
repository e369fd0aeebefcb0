"""Detect Layer III frames with invalid content, which decoders do not play.

Side information: ISO/IEC 11172-3 section 2.4.1.7 (MPEG-1), ISO/IEC 13818-3 section 2.4.1.7 (the low sample rates).
"""

from __future__ import annotations

_HEADER, _CRC = 4, 2
"""Bytes."""
_MOST_PAIRS = 288
"""A granule has 576 values, so it has at most so many pairs of big values."""
_NO_SWITCH = 0b100
"""Window switching (1 bit) with the normal block type (2 bits), which is invalid."""
_LARGEST_SIDE = 32
"""Bytes."""


def is_playable(frame: bytes) -> bool:
    """Return whether a decoder plays a complete frame: all its granules are valid. A frame of zeros is silence."""
    start = _HEADER if frame[1] & 1 else _HEADER + _CRC
    is_mpeg1, is_mono = frame[1] & 0x08, frame[3] >= 0xC0  # noqa: PLR2004 - the two highest bits
    channels = 1 if is_mono else 2
    # Bits before the first granule, bits of each granule, and bits of its scale factor compression.
    head, length, compression = (18 if is_mono else 20, 59, 4) if is_mpeg1 else (8 + channels, 63, 9)
    bits = int.from_bytes(frame[start : start + _LARGEST_SIDE].ljust(_LARGEST_SIDE, b"\0"), "big")
    for number in range(2 * channels if is_mpeg1 else channels):
        granule = bits >> (8 * _LARGEST_SIDE - head - (number + 1) * length)
        # The fields of a granule: big values, and its window switching and block type.
        pairs = granule >> (length - 21) & 0x1FF
        switch = granule >> (length - 29 - compression - 3) & 7
        if pairs > _MOST_PAIRS or switch == _NO_SWITCH:
            return False
    return True
