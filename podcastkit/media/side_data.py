"""Remove everything except the picture from PNG and JPEG files: color profiles, texts, Exif, further frames."""

from __future__ import annotations

import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
"""The critical chunks of a PNG (PNG specification, section 5.6), and transparency."""
_JPEG = b"\xff\xd8"
_SCAN = 0xDA
_JPEG_SIDE_DATA = {*range(0xE1, 0xEE), 0xEF, 0xFE}
"""Markers of application data and comments. JFIF (0xE0) and Adobe's marker (0xEE) stay: they describe colors."""


def strip_metadata(data: bytes) -> bytes | None:
    """Return a PNG or JPEG without color profile, texts and Exif, or None for any other file."""
    if data.startswith(_PNG):
        return _strip_png(data)
    return _strip_jpeg(data) if data.startswith(_JPEG) else None


def _strip_png(data: bytes) -> bytes:
    kept_parts, position = [_PNG], len(_PNG)
    while position + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        end = position + length + 12  # with the length, the name and a checksum, of four bytes each
        if data[position + 4 : position + 8] in _PNG_PICTURE:
            kept_parts.append(data[position:end])
        position = end
    return b"".join(kept_parts)


def _strip_jpeg(data: bytes) -> bytes:
    # Filter the segments before the first scan. The rest of the file is the picture itself.
    kept_parts, position = [_JPEG], len(_JPEG)
    while position + 4 <= len(data) and data[position] == 0xFF and data[position + 1] != _SCAN:  # noqa: PLR2004 - the first byte of a marker
        marker, length = struct.unpack_from(">xBH", data, position)
        end = position + 2 + length
        if marker not in _JPEG_SIDE_DATA:
            kept_parts.append(data[position:end])
        position = end
    return b"".join([*kept_parts, data[position:]])
