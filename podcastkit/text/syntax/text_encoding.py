"""Decode text files, or explain how to save them again in the right encoding."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error, make_warning
from podcastkit.text.cleaning import INVISIBLE, clean_text, decode_cp1252, encode_cp1252
from podcastkit.text.quoting import shorten
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TEXT_FILE_SIZE = 10 * 1024 * 1024
"""The maximum size of a text file in bytes."""

SAVE_AS_UTF8 = (
    "save the file again as UTF-8: in Word, Save As > Plain Text > Other encoding > Unicode (UTF-8); in TextEdit, "
    "Format > Make Plain Text, then save as Unicode (UTF-8); in Notepad, Save as > Encoding > UTF-8"
)

INCOMPLETE_NOTES = frozenset({"E001", "N001", "N002", "N003", "N004", "N005", "N006", "N007", "N009", "N010"})
"""Errors that make notes incomplete. With one of them, no rule reports that something is missing in the notes."""

_UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_KNOWN_FORMATS = (
    (b"{\\rtf", "is in Rich Text Format", "in TextEdit choose Format > Make Plain Text and save it again"),
    (
        b"PK\x03\x04",
        "is a Word document or another packed file",
        "if it is a Word document, rename it to end in .docx",
    ),
    (b"\xd0\xcf\x11\xe0", "is an old Word document", "save it again as Word Document (.docx)"),
    (b"%PDF-", "is a PDF", "save the text itself as notes.md, notes.txt or notes.docx"),
)
_HEADING = re.compile(r"^ {0,3}# .*", re.MULTILINE)

_CONTINUATION = decode_cp1252(bytes(range(0x80, 0xC0)))
"""The continuation bytes of UTF-8, decoded as Windows-1252; undefined bytes are decoded as Latin-1."""
_MOJIBAKE = re.compile(
    f"(?:[\u00c2-\u00df][{_CONTINUATION}]|[\u00e0-\u00ef][{_CONTINUATION}]{{2}}|[\u00f0-\u00f4][{_CONTINUATION}]{{3}})+"
)
_OFTEN_GARBLED = "\u00c2\u00c3\u00c4\u00c5\u00e2\u00f0"
"""The first bytes in UTF-8 of most accented letters, curly quotes and emoji, decoded as Windows-1252."""
_WORD_REACH = 40
"""How many characters before and after a position are searched for the ends of a word."""
_QUOTES = "\"'()[]{}<>"
"""Marks around a word that are not part of it."""
_MARKS_AFTER_WORDS = "‘’“”–—…»›"  # noqa: RUF001 - typographic marks

# Marks that are common in a sentence: euro sign, curly quotes, dashes, bullet, ellipsis, and others.
_CP1252_SIGNS = bytes.fromhex("80 82 84 85 91 92 93 94 95 96 97 99 a1 a2 a3 a9 ab ae b0 b7 bb bf").decode("cp1252")


def decode(data: bytes, file: str) -> Parsed[str | None]:
    r"""Read UTF-8 (with or without BOM) or UTF-16 (with BOM), with `\n` as the only line end.

    Text that was decoded in the wrong encoding before it was saved gives the warning N013. After an error, the text
    is None: N001 for another encoding, N003 for other kinds of files, N004 above `MAX_TEXT_FILE_SIZE` bytes.
    """
    error = _find_non_text_error(data, file)
    if error:
        return Parsed(None, (error,))
    encoding, body = _split_byte_order_mark(data)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as failure:
        return Parsed(None, (_make_encoding_error(body, encoding, failure.start, file),))
    if "\0" in text:
        where = _locate(text, text.index("\0"), file)
        message = f"{file} is not a text file: line {where.line} contains binary data"
        return Parsed(None, (make_error("N003", message, SAVE_AS_UTF8, where),))
    return Parsed(_normalize_line_ends(text), tuple(_report_garbled(text, file)))


class Garbled(NamedTuple):
    """The first word with letters that were decoded in the wrong encoding."""

    start: int
    """The position in the text of the first letter that was decoded in the wrong encoding."""
    word: str
    right: str | None
    """The right word, or None if a letter was lost."""
    total: int
    """The number of places in the whole text with such letters, or with lost letters."""

    def describe(self) -> str:
        """Return a message with the word and the probable right word."""
        problem = f"is probably “{shorten(self.right)}”" if self.right else "has lost a letter"
        return f"“{shorten(self.word)}” {problem}" + (f" (and {self.total - 1} more)" if self.total > 1 else "")


def find_garbled(text: str) -> Garbled | None:
    """Find the first word with a lost letter (U+FFFD), or with UTF-8 that was decoded as Windows-1252 (`CafÃ©`)."""
    starts = [match.start() for match in re.finditer("\ufffd+", text)]
    starts += (match.start() for match in _MOJIBAKE.finditer(text) if _repair_letters(match))
    if not starts:
        return None
    # Extend the first position to the whole word around it.
    start = min(starts)
    beginning = re.split(r"\s", text[max(start - _WORD_REACH, 0) : start])[-1]
    word = (beginning + re.split(r"\s", text[start : start + _WORD_REACH])[0]).strip(_QUOTES)
    right = None if "\ufffd" in word else _repair_word(word)
    return Garbled(start, word, right, len(starts))


def make_garbled_warning(garbled: Garbled, where: Location) -> Diagnostic:
    """Return the warning about letters that were decoded in the wrong encoding before the text was saved."""
    hint = "type the word again; a program opened the text in the wrong encoding and saved it"
    return make_warning("N013", garbled.describe(), hint, where)


def remove_invisible(text: str, *, file: str, first_line: int = 1) -> Parsed[str]:
    """Remove invisible characters (N103), or replace them with spaces in a `# heading`. Normalize to NFC."""
    positions = [match.start() for match in INVISIBLE.finditer(text)]
    visible_text = clean_text(_HEADING.sub(lambda heading: INVISIBLE.sub(" ", heading[0]), text))
    if not positions:
        return Parsed(visible_text)
    where = _locate(text, positions[0], file, first_line)
    code = f"U+{ord(text[positions[0]]):04X}"
    more = f" (and {len(positions) - 1} more)" if len(positions) > 1 else ""
    message = f"an invisible control character ({code}) in line {where.line}{more} was removed"
    hint = "type the words around it again; feeds cannot contain such characters, which often come from copied text"
    return Parsed(visible_text, (make_warning("N103", message, hint, where),))


def _find_non_text_error(data: bytes, file: str) -> Diagnostic | None:
    if len(data) > MAX_TEXT_FILE_SIZE:
        message = f"{file} is too large for a text file ({format_size(len(data))})"
        return make_error("N004", message, "keep it under 10 MB", file)
    for start, what, hint in _KNOWN_FORMATS:
        if data.startswith(start):
            return make_error("N003", f"{file} {what}, not plain text", hint, file)
    return None


def _split_byte_order_mark(data: bytes) -> tuple[str, bytes]:
    """Return the encoding, and the data without the byte order mark."""
    for mark, encoding in _UTF16_MARKS.items():
        if data.startswith(mark):
            return encoding, data[len(mark) :]
    return "utf-8", data.removeprefix(codecs.BOM_UTF8)


def _make_encoding_error(body: bytes, encoding: str, start: int, file: str) -> Diagnostic:
    """Return the error for the first byte that cannot be decoded, which is at `start`."""
    text_before = body[:start].decode(encoding)
    where = _locate(text_before, len(text_before), file)
    word = _guess_cp1252_word(body, start) if encoding == "utf-8" else None
    likely = f"; it is probably “{word}”" if word else ""
    place = f"line {where.line}, column {where.column}"
    return make_error(
        "N001", f"{file} is not saved as UTF-8: {place} cannot be decoded{likely}", SAVE_AS_UTF8, where
    )


def _report_garbled(text: str, file: str) -> Iterator[Diagnostic]:
    if garbled := find_garbled(text):
        yield make_garbled_warning(garbled, _locate(text, garbled.start, file))


def _repair_word(word: str) -> str:
    """Return a word with the right letters, even if they were decoded wrongly several times."""
    # Each wrong decoding added a layer, so repeat until nothing changes.
    while (better := _MOJIBAKE.sub(lambda match: _repair_letters(match) or match[0], word)) != word:
        word = better
    return word


def _repair_letters(match: re.Match[str]) -> str | None:
    """Return the right letters for mojibake, or None for text that only looks like mojibake."""
    try:
        letters = encode_cp1252(match[0]).decode()
    except UnicodeDecodeError:
        return None
    if INVISIBLE.search(letters) or (len(letters) == 1 and match[0][0] not in _OFTEN_GARBLED):
        return None
    previous_character = match.string[max(match.start() - 1, 0) : match.start()]
    next_character = match.string[match.end() : match.end() + 1]
    # In IRMÃ”, the second character ends a quotation, although the two look like mojibake of one letter.
    has_mark = len(match[0]) == 2 and match[0][1] in _MARKS_AFTER_WORDS  # noqa: PLR2004 - bytes of a letter
    return None if has_mark and not previous_character.islower() and not next_character.isalpha() else letters


def _locate(text: str, position: int, file: str, first_line: int = 1) -> Location:
    text_before = _normalize_line_ends(text[:position])
    column = len(text_before) - text_before.rfind("\n")
    return Location(file=file, line=text_before.count("\n") + first_line, column=column)


def _normalize_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guess_cp1252_word(body: bytes, start: int) -> str | None:
    """Return the word around a byte, decoded as Windows-1252, or None if it does not look like a word."""
    before = re.search(rb"\S*\Z", body[max(0, start - 40) : start])
    after = re.match(rb"\S*", body[start : start + 40])
    # UTF-8 before the byte means that only this byte is damaged, so the file is not in Windows-1252.
    if not before or not after or not before.group().isascii():
        return None
    try:
        text = (before.group() + after.group()).decode("cp1252")
    except UnicodeDecodeError:
        return None
    return text if all(map(_is_likely_in_word, text)) else None


def _is_likely_in_word(character: str) -> bool:
    is_ascii = " " < character < "\x7f"
    return is_ascii or ("\xc0" <= character <= "\xff" and character.isalpha()) or character in _CP1252_SIGNS
