"""Clean texts from files: remove what feeds and tags cannot contain."""

from __future__ import annotations

import re
import unicodedata

FORBIDDEN_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""A character that XML 1.0 (section 2.2) forbids; no feed can contain it."""

_SEPARATORS = "\x0b\x0c\x85\u2028\u2029"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane | end) for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)
)
_NO_WIDTH = "\ufeff\u202d\u202e"
"""Byte order marks, and marks that reverse the direction of the rest of the line."""
_PLACEHOLDERS = "\ufff9-\ufffc"
"""Placeholders for objects that a text cannot contain, such as a picture in a chat."""
_INVISIBLE_RANGES = (
    rf"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_NO_WIDTH}{_PLACEHOLDERS}{_NONCHARACTERS}"
)

INVISIBLE = re.compile(f"[{_INVISIBLE_RANGES}]")
"""An invisible character: control characters, line separators, noncharacters, byte order marks, directional
overrides and object placeholders. This includes all characters that XML forbids.

Podcast apps handle them differently: some refuse the feed, some begin a new line, some show a box.
"""
CONTROL_CHARACTERS = re.compile(rf"[\t\n\r{_INVISIBLE_RANGES}]+")
"""Invisible characters and line breaks, which audio tags and file names in messages must not contain."""

_REMOVE_NO_WIDTH = dict.fromkeys(map(ord, _NO_WIDTH))
# All whitespace except the no-break spaces, which keep words on one line.
_SPACES = re.compile("(?:(?![\u00a0\u2007\u202f])\\s)+")
_NO_BREAK_SPACES = re.compile("[\u00a0\u2007\u202f]{2,}")


def clean_text(text: str) -> str:
    """Return a text in NFC, without invisible characters.

    Line breaks (CR and LF) stay. Rare separators, such as U+2028 and the vertical tab, become spaces.
    """
    return unicodedata.normalize("NFC", INVISIBLE.sub(lambda found: " " if found[0] in _SEPARATORS else "", text))


def clean_line(text: str) -> str | None:
    """Return a text on one line in NFC, with single spaces for invisible characters; None if nothing is left."""
    words = _SPACES.sub(" ", CONTROL_CHARACTERS.sub(" ", text.translate(_REMOVE_NO_WIDTH)))
    return unicodedata.normalize("NFC", _NO_BREAK_SPACES.sub("\u00a0", words)).strip() or None


def decode_cp1252(data: bytes) -> str:
    """Decode Windows-1252. Bytes that it does not define become the control characters of Latin-1."""
    return "".join(bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in data)


def encode_cp1252(text: str) -> bytes:
    """Encode what `decode_cp1252` returns; raise UnicodeEncodeError for other characters."""
    return b"".join(character.encode("cp1252", "ignore") or character.encode("latin-1") for character in text)
