"""Detect Layer III frames with invalid content, which decoders do not play.

Side information: ISO/IEC 11172-3 section 2.4.1.7 (MPEG-1), ISO/IEC 13818-3 section 2.4.1.7 (the low sample rates).
"""

from __future__ import annotations

_HEADER_SIZE, _CRC_SIZE = 4, 2
"""Bytes."""
_MOST_PAIRS = 288
"""The maximum number of pairs of big values, because a granule has 576 values."""
_INVALID_SWITCH = 0b100
"""Window switching (1 bit) with the normal block type (2 bits), which is invalid."""
_LARGEST_SIDE_INFO = 32
"""Bytes."""


def is_playable(frame: bytes) -> bool:
    """Return whether a decoder plays a complete frame: all its granules are valid. A frame of zeros is silence."""
    start = _HEADER_SIZE if frame[1] & 1 else _HEADER_SIZE + _CRC_SIZE
    is_mpeg1, is_mono = frame[1] & 0x08, frame[3] >= 0xC0  # noqa: PLR2004 - the two highest bits
    channels = 1 if is_mono else 2
    # Bits before the first granule, bits of each granule, and bits of its scale factor compression.
    head_bits, granule_bits, compression_bits = (
        (18 if is_mono else 20, 59, 4) if is_mpeg1 else (8 + channels, 63, 9)
    )
    side_info = int.from_bytes(frame[start : start + _LARGEST_SIDE_INFO].ljust(_LARGEST_SIDE_INFO, b"\0"), "big")
    for number in range(2 * channels if is_mpeg1 else channels):
        granule = side_info >> (8 * _LARGEST_SIDE_INFO - head_bits - (number + 1) * granule_bits)
        # The fields of a granule: the number of pairs of big values, and window switching with block type.
        pairs = granule >> (granule_bits - 21) & 0x1FF
        switch = granule >> (granule_bits - 29 - compression_bits - 3) & 7
        if pairs > _MOST_PAIRS or switch == _INVALID_SWITCH:
            return False
    return True
