"""Decode the texts of tags, which often state a wrong encoding.

A text that makes no sense in the stated encoding is decoded with another one that fits, or ignored: a missing title
is better than random Chinese characters.
"""

from __future__ import annotations

import codecs
import enum
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from podcastkit.text.cleaning import clean_line, decode_cp1252, encode_cp1252

if TYPE_CHECKING:
    from collections.abc import Iterator


class Encoding(enum.IntEnum):
    """The encoding that a tag states, with the numbers of ID3v2.4 (structure, section 4)."""

    LATIN1 = 0
    UTF16 = 1
    UTF16_BE = 2
    UTF8 = 3


class TagText(NamedTuple):
    """The text of a tag on one line, or None if it is empty. `unreadable` means that no encoding fits."""

    text: str | None
    unreadable: bool = False


_ORDER_BY_MARK: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_OTHER_ORDER: Final = {"utf-16-le": "utf-16-be", "utf-16-be": "utf-16-le"}
_CLEAR_DIFFERENCE = 3
"""How much stranger a text must be in the stated byte order than in the other, so that the other is used."""
_NATURAL, _STRANGE = 1.25, 1.5
"""Limits of the average strangeness per character: text up to the first is natural, above the second garbage."""
_FEWEST_BYTES: Final = {Encoding.UTF16: 4, Encoding.UTF16_BE: 8}
"""The minimum bytes of plain words that show that a text is not UTF-16, although its tag states this."""
_WORD_CHARACTER = re.compile(r"[A-Za-z0-9 .,:;!?'’()&/-]")
_LEAST_WORD_SHARE = 0.8
"""The minimum share of characters that occur in plain words, for a text that consists of plain words."""
_FEWEST_CHARACTERS = 4
"""Shorter texts are not enough to recognize an encoding."""
_MOST_ACCENTS = 0.7
"""The maximum share of accented letters in a Western text. More indicate another alphabet, such as cp1251."""
_WESTERN = re.compile("[ß-öø-ÿ“”‘’–—…¿¡]|(?<![a-zß-ÿ])[À-ÖØ-Þ]")  # noqa: RUF001 - typographic signs
"""Western characters outside ASCII: small letters, capitals at the start of words, typographic signs."""
_CHINESE_OR_JAPANESE = re.compile(r"[\u2e80-\u33ff\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_COMMON = re.compile(r"[\xa0-\u024f\u0300-\u036f\u1e00-\u1eff\u2000-\u27bf\ufe00-\ufe0f\U0001f000-\U0001faff]")
"""Characters that occur in texts of any script."""


def decode_text(data: bytes, encoding: int) -> TagText:
    """Decode the text of a tag. Several strings are joined with commas."""
    texts = list(_decode_strings(data.rstrip(b"\0"), data, encoding))
    if any(text is None for text in texts):
        return TagText(None, unreadable=True)
    return TagText(", ".join(line for text in texts if text and (line := clean_line(text))) or None)


def decode_aiff_text(data: bytes) -> TagText:
    """Decode a text of AIFF, which states no encoding.

    The encoding is UTF-8 if the bytes are valid. Otherwise it is the likelier of Mac Roman and cp1252.
    """
    try:
        data.decode()
    except UnicodeDecodeError:
        mac_text, windows_text = data.decode("mac_roman"), decode_cp1252(data)
        if len(_WESTERN.findall(mac_text)) >= max(len(_WESTERN.findall(windows_text)), 1):
            data = mac_text.encode()
    return decode_text(data, Encoding.LATIN1)


def _decode_strings(trimmed: bytes, data: bytes, encoding: int) -> Iterator[str | None]:
    """Yield the strings of a text; None if no encoding fits. `trimmed` is `data` without the zeros at its end."""
    order = _find_order(trimmed, data, encoding)
    if order is None:
        yield from (_decode_bytes(part) for part in trimmed.split(b"\0"))
        return
    is_marked = data[:2] in _ORDER_BY_MARK
    text = _decode_utf16(data[2:] if is_marked else data, order)
    if not is_marked and _is_strange(text):
        yield None
        return
    for part in text.split("\0"):
        # Each string may have its own byte order mark, which may differ from the first one.
        is_swapped = part.startswith("\ufffe")
        repaired = _decode_utf16(part.encode(order, "surrogatepass"), _OTHER_ORDER[order]) if is_swapped else part
        yield _repair_mojibake(repaired.removeprefix("\ufeff"))


def _decode_utf16(data: bytes, order: str) -> str:
    return data[: len(data) & ~1].decode(order, "surrogatepass")


def _find_order(trimmed: bytes, data: bytes, encoding: int) -> str | None:
    """Return the byte order of a UTF-16 text, or None if the text is in a single-byte encoding or UTF-8."""
    if len(data) < 2:  # noqa: PLR2004 - the size of a UTF-16 character
        return None
    if marked_order := _ORDER_BY_MARK.get(data[:2]):
        return _OTHER_ORDER[marked_order] if _is_marked_wrongly(data[2:], marked_order) else marked_order
    if encoding in _FEWEST_BYTES:
        if len(trimmed) >= _FEWEST_BYTES[Encoding(encoding)] and _is_single_byte_text(trimmed):
            return None
        stated_order = "utf-16-be" if encoding == Encoding.UTF16_BE else "utf-16-le"
        return _OTHER_ORDER[stated_order] if _fits_other_order(data, stated_order) else stated_order
    # In UTF-16, every second byte of most alphabets is a control character, which single-byte texts do not contain.
    even_controls, odd_controls = (sum(byte < 0x20 for byte in trimmed[start::2]) for start in (0, 1))  # noqa: PLR2004 - a space
    if max(even_controls, odd_controls) > len(trimmed) / 4:
        return "utf-16-be" if even_controls > odd_controls else "utf-16-le"
    return None


def _fits_other_order(data: bytes, stated_order: str) -> bool:
    """Check whether a UTF-16 text is clearly less strange in the other byte order than in the stated one."""
    text, swapped_text = (_decode_utf16(data, order) for order in (stated_order, _OTHER_ORDER[stated_order]))
    return _measure_strangeness(text) >= _measure_strangeness(swapped_text) + _CLEAR_DIFFERENCE


def _is_marked_wrongly(data: bytes, marked_order: str) -> bool:
    """Check whether a text makes no sense in the byte order of its mark, but is natural in the other one."""
    text, swapped_text = (_decode_utf16(data, order) for order in (marked_order, _OTHER_ORDER[marked_order]))
    is_long = len(set(text)) >= _FEWEST_CHARACTERS
    is_natural = _measure_strangeness(swapped_text) <= _NATURAL * len(swapped_text)
    return is_natural and ((is_long and _is_strange(text)) or _shares_low_bytes(text))


def _is_single_byte_text(data: bytes) -> bool:
    """Check whether the bytes are plain words in a single-byte encoding, although they could also be UTF-16."""
    text = _decode_bytes(data)
    if text is None or b"\0" in data:
        return False
    has_utf8_sequences = not data.isascii() and text.encode() == data
    return has_utf8_sequences or len(_WORD_CHARACTER.findall(text)) >= len(text) * _LEAST_WORD_SHARE


def _decode_bytes(data: bytes) -> str | None:
    """Decode bytes as UTF-8 or, if they are invalid, as cp1252. Return None if the text makes no sense.

    Latin-1 text is practically never valid UTF-8. In a field of fixed length, the last character may be cut, so
    up to three bytes at the end are ignored.
    """
    for end in range(len(data), max(len(data) - 4, -1), -1):
        try:
            text = data[:end].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        if end == len(data) or not text.isascii():
            return _repair_mojibake(text)
    text = decode_cp1252(data)
    visible = [character for character in text if not character.isspace()]
    accents = sum(not character.isascii() for character in visible)
    is_foreign = len(visible) >= _FEWEST_CHARACTERS and accents > len(visible) * _MOST_ACCENTS
    return None if is_foreign or _is_strange(text) else text


def _repair_mojibake(text: str) -> str:
    r"""Repair UTF-8 that was decoded as cp1252 and encoded again, such as `GrÃ¶Ã\x9fe`."""
    if text.isascii():
        return text
    try:
        return encode_cp1252(text).decode()
    except UnicodeError:
        return text


def _is_strange(text: str) -> bool:
    return _measure_strangeness(text) > _STRANGE * len(text)


def _measure_strangeness(text: str) -> int:
    """Rate how unlikely a text is: 0 for ASCII and separators, up to 4 for each control or invalid character."""
    total = len(text) if _shares_low_bytes(text) else 0
    script = None
    for character in text:
        if (character.isascii() and character.isprintable()) or character in "\0\t\r\n":
            continue
        if _COMMON.match(character):
            total += 1
        elif unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"} or character == "\ufffd":
            total += 4
        else:
            current = _identify_script(character)
            total += 1 if script in {None, current} else 2
            script = current
    return total


def _shares_low_bytes(text: str) -> bool:
    """Check whether most characters share their low byte, which is typical of the wrong byte order."""
    low_bytes = Counter(ord(character) & 0xFF for character in set(text) - {"\0"} if not character.isascii())
    return max(low_bytes.values(), default=0) > max(low_bytes.total() / 2, _FEWEST_CHARACTERS - 2)


def _identify_script(character: str) -> str | int:
    """Return a value that is the same for characters of the same script (approximately)."""
    if _CHINESE_OR_JAPANESE.match(character):
        return "Chinese or Japanese"
    return "Korean" if _HANGUL.match(character) else ord(character) >> 8
