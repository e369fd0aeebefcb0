"""Read the actual channels and sample rate of AAC in MP4.

The fields of a sample entry are often wrong: many state stereo for mono, or half the sample rate. Players use the
AudioSpecificConfig in the `esds` descriptor (ISO/IEC 14496-3, section 1.6.2, and 14496-1, section 7.2.6).
"""

from __future__ import annotations

from typing import NamedTuple

_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
"""Sample rates in Hz, by index."""
_EXPLICIT_RATE = 15
"""The index that means that the rate follows as a number."""
_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 13: 24, 14: 8}
"""Channels by channel configuration. With configuration 0, a list of elements or the audio data defines them."""
_AAC = (b"\x40", b"\x66", b"\x67", b"\x68")
"""Object type indications of MPEG-4 audio and of the three profiles of MPEG-2 AAC."""
_ES, _DECODER, _SPECIFIC = 3, 4, 5
"""Descriptor tags."""
_ESCAPE, _LOW_COMPLEXITY, _SBR, _PS, _SCALABLE = 31, 2, 5, 29, (6, 20)
"""Audio object types.

Spectral band replication doubles the sample rate; parametric stereo turns mono into stereo.
"""
_GENERAL = frozenset((1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23))
"""The audio object types whose configuration continues with a GASpecificConfig."""
_SBR_FOLLOWS, _PS_FOLLOWS, _SHORTEST_EXTENSION = 0x2B7, 0x548, 16
"""The sync words before the extensions of HE-AAC, and the minimum bits of an extension."""


class AacConfig(NamedTuple):
    """The sample rate in Hz and the channels that players use; None if only the audio data defines them.

    `is_rate_open` is true if the configuration does not rule out HE-AAC, which has twice this rate and may turn one
    channel into two.
    """

    sample_rate: int | None
    channels: int | None
    is_rate_open: bool


def read_object_type(entry: bytes) -> int | None:
    """Return the object type indication in a sample entry (14496-1, table 5), or None if there is no descriptor."""
    decoder = _find_decoder(entry)
    return decoder[0] if decoder else None


def read_bitrate(entry: bytes) -> int:
    """Return the average bitrate in bit/s that a sample entry states, or 0 if it states no bitrate."""
    return int.from_bytes(_find_decoder(entry)[9:13], "big")


def read_aac_config(entry: bytes) -> AacConfig | None:
    """Read the configuration in a sample entry (ISO or QuickTime), or return None if the entry has no AAC."""
    decoder = _find_decoder(entry)
    config = dict(_list_descriptors(decoder[13:])).get(_SPECIFIC) if decoder[:1] in _AAC else None
    return _read_config(_Bits(config)) if config else None


def _find_decoder(entry: bytes) -> bytes:
    """Return the content of the decoder descriptor in the `esds` atom of a sample entry, or empty bytes."""
    # In QuickTime files, the `esds` atom is inside a `wave` atom, so search for it.
    position = entry.find(b"esds")
    stream_descriptor = dict(_list_descriptors(entry[position + 8 :])).get(_ES, b"") if position >= 0 else b""
    flags = stream_descriptor[2] if len(stream_descriptor) > 2 else 0  # noqa: PLR2004 - after a number of two bytes
    # Skip the optional fields: the ID of another stream, a URL, and the ID of a clock stream.
    start = 3 + 2 * bool(flags & 0x80)
    if flags & 0x40:
        start += 1 + stream_descriptor[start]
    start += 2 * bool(flags & 0x20)
    return dict(_list_descriptors(stream_descriptor[start:])).get(_DECODER, b"")


def _list_descriptors(data: bytes) -> list[tuple[int, bytes]]:
    """Return the tag and the content of each descriptor.

    A size is stored in seven bits per byte; the high bit means that another byte follows.
    """
    descriptors = []
    position = 0
    while position < len(data):
        tag, size = data[position], 0
        position += 1
        for byte in data[position : position + 4]:
            size = size << 7 | byte & 0x7F
            position += 1
            if byte < 0x80:  # noqa: PLR2004 - the last byte of the size
                break
        descriptors.append((tag, data[position : position + size]))
        position += size
    return descriptors


class _Bits:
    """A reader of unsigned integers of any bit width. Past the end of the data, all bits are 0."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "big")
        self.left = len(data) * 8
        """The number of bits that have not been read."""

    def take(self, width: int) -> int:
        """Return the next `width` bits as a number."""
        self.left -= width
        shifted = self._number >> self.left if self.left >= 0 else self._number << -self.left
        return shifted & ((1 << width) - 1)


def _read_config(bits: _Bits) -> AacConfig:
    """Read an AudioSpecificConfig (14496-3, section 1.6.2.1)."""
    object_type = _take_object_type(bits)
    rate, channel_config = _take_rate(bits), bits.take(4)
    is_stereo, is_rate_open = object_type == _PS, object_type == _LOW_COMPLEXITY
    # Explicit HE-AAC: the rate after the extension is that of the output.
    if object_type in {_SBR, _PS}:
        rate, object_type = _take_rate(bits), _take_object_type(bits)
    channels = _CHANNELS.get(channel_config)
    if object_type in _GENERAL:
        channels = _take_general_config(bits, object_type, channel_config) or channels
    # Encoders can append the HE-AAC extension, so that old players read the file as plain AAC.
    if (
        is_rate_open
        and bits.left >= _SHORTEST_EXTENSION
        and bits.take(11) == _SBR_FOLLOWS
        and _take_object_type(bits) == _SBR
    ):
        is_rate_open = False
        if bits.take(1):
            rate = _take_rate(bits)
            is_stereo = bits.left >= _SHORTEST_EXTENSION - 4 and bits.take(11) == _PS_FOLLOWS and bits.take(1) == 1
    return AacConfig(rate, 2 if is_stereo and channels == 1 else channels, is_rate_open)


def _take_object_type(bits: _Bits) -> int:
    object_type = bits.take(5)
    return 32 + bits.take(6) if object_type == _ESCAPE else object_type


def _take_rate(bits: _Bits) -> int | None:
    index = bits.take(4)
    if index == _EXPLICIT_RATE:
        return bits.take(24) or None
    return _RATES[index] if index < len(_RATES) else None


def _take_general_config(bits: _Bits, object_type: int, channel_config: int) -> int | None:
    """Read a GASpecificConfig (section 4.4.1); return the number of channels if it lists channel elements."""
    bits.take(1)  # the frame length flag
    if bits.take(1):
        bits.take(14)  # the delay of the core coder
    is_extended = bits.take(1)
    channels = None if channel_config else _take_program_config(bits)
    if object_type in _SCALABLE:
        bits.take(3)  # the layer number
    if is_extended:
        # The extension has fields of this many bits, by object type, and one more flag.
        bits.take({22: 16, 17: 3, 19: 3, 20: 3, 23: 3}.get(object_type, 0) + 1)
    return channels


def _take_program_config(bits: _Bits) -> int | None:
    """Read a program_config_element (section 4.5.1.1) and return its number of channels, or None if it has 0."""
    bits.take(10)  # the instance tag, the object type and the sample rate index
    # The numbers of channel elements by position, of low-frequency elements, and of elements that are not channels.
    front, side, back, low_frequency, others, coupled = (bits.take(width) for width in (4, 4, 4, 2, 3, 4))
    for width in (4, 4, 3):  # the mono, stereo and matrix down-mixes
        if bits.take(1):
            bits.take(width)
    # Each element has a flag that makes it a pair of channels; low-frequency elements are single channels.
    pairs = sum(bits.take(5) >> 4 for _ in range(front + side + back))
    bits.take(4 * low_frequency + 4 * others + 5 * coupled)
    bits.take(bits.left % 8)  # skip to the next whole byte
    bits.take(8 * bits.take(8))  # skip the comment
    return front + side + back + pairs + low_frequency or None
