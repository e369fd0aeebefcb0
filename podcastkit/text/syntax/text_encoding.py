"""Bytes of a text file → its text, or what is wrong with them and how to save the file again."""

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

LARGEST = 10 * 1024 * 1024
"""How many bytes a text file may have."""

SAVE_AS_UTF8 = (
    "save the file again as UTF-8: in Word, Save As > Plain Text > Other encoding > Unicode (UTF-8); in TextEdit, "
    "Format > Make Plain Text, then save as Unicode (UTF-8); in Notepad, Save as > Encoding > UTF-8"
)

UNREAD_NOTES = frozenset({"E001", "N001", "N002", "N003", "N004", "N005", "N006", "N007", "N009", "N010"})
"""The errors behind which notes may say more than was read of them, so that nothing in them is missed."""

_UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_KNOWN_FORMATS = (
    (b"{\\rtf", "is in Rich Text Format", "in TextEdit choose Format > Make Plain Text and save it again"),
    (b"PK\x03\x04", "is a Word document or another packed file", "give a Word document the ending .docx"),
    (b"\xd0\xcf\x11\xe0", "is an old Word document", "save it as Word Document (.docx), with that ending"),
    (b"%PDF-", "is a PDF", "save the text itself as notes.md, notes.txt or notes.docx"),
)
_HEADING = re.compile(r"^ {0,3}# .*", re.MULTILINE)

_FOLLOWING = decode_cp1252(bytes(range(0x80, 0xC0)))
"""What the later bytes of characters in UTF-8 are in Windows-1252, or else in Latin-1."""
_MOJIBAKE = re.compile(
    f"(?:[\u00c2-\u00df][{_FOLLOWING}]|[\u00e0-\u00ef][{_FOLLOWING}]{{2}}|[\u00f0-\u00f4][{_FOLLOWING}]{{3}})+"
)
_OFTEN_GARBLED = "\u00c2\u00c3\u00c4\u00c5\u00e2\u00f0"
"""The first bytes of most letters with accents, of curly quotes and of emoji."""
_WORD = 40
_QUOTES = "\"'()[]{}<>"
"""What is around a word and no part of it."""
_ENDS_OF_QUOTES = "‘’“”–—…»›"  # noqa: RUF001 - they are meant

# The euro sign, curly quotes, dashes, bullet, ellipsis and the like: what words are written with beside letters.
_CP1252_SIGNS = bytes.fromhex("80 82 84 85 91 92 93 94 95 96 97 99 a1 a2 a3 a9 ab ae b0 b7 bb bf").decode("cp1252")


def decode(data: bytes, file: str) -> Parsed[str | None]:
    r"""Read UTF-8 (with or without BOM) or UTF-16 (with BOM), with `\n` as the only line end.

    Letters that an earlier program decoded wrongly are a warning, N013. The text is None when there is an error:
    N001 for bytes that are no such text, N003 for what is no plain text at all, N004 for more than `LARGEST` bytes.
    """
    error = _find_wrong_format(data, file)
    if error:
        return Parsed(None, (error,))
    encoding, body = _split_mark(data)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as failure:
        return Parsed(None, (_undecodable(body, encoding, failure.start, file),))
    if "\0" in text:
        where = _locate(text, text.index("\0"), file)
        message = f"{file} is not a text file: line {where.line} has bytes that no text has"
        return Parsed(None, (make_error("N003", message, SAVE_AS_UTF8, where),))
    return Parsed(_with_plain_line_ends(text), tuple(_report_garbled(text, file)))


class Garbled(NamedTuple):
    """The first word with letters that were decoded wrongly."""

    start: int
    """Where the first of these letters is in the text."""
    word: str
    right: str | None
    """The word as it was meant; None when a letter was lost."""
    total: int
    """How often letters were decoded wrongly in the whole text."""

    def describe(self) -> str:
        """Say which word it is, and what it probably was."""
        problem = f"is probably “{shorten(self.right)}”" if self.right else "has lost a letter"
        return f"“{shorten(self.word)}” {problem}" + (f" (and {self.total - 1} more)" if self.total > 1 else "")


def find_garbled(text: str) -> Garbled | None:
    """Find letters that were lost (U+FFFD), or that are UTF-8 read as Windows-1252: `CafÃ©`."""
    found = [lost.start() for lost in re.finditer("\ufffd+", text)]
    found += (match.start() for match in _MOJIBAKE.finditer(text) if _repair(match))
    if not found:
        return None
    start = min(found)
    begun = re.split(r"\s", text[max(start - _WORD, 0) : start])[-1]
    word = (begun + re.split(r"\s", text[start : start + _WORD])[0]).strip(_QUOTES)
    right = None if "\ufffd" in word else _repair_word(word)
    return Garbled(start, word, right, len(found))


def make_garbled_warning(garbled: Garbled, where: Location) -> Diagnostic:
    """Return the finding for letters that were decoded wrongly before a text was saved."""
    hint = "type the word again: a program once opened the text with the wrong encoding, and saved it like that"
    return make_warning("N013", garbled.describe(), hint, where)


def remove_forbidden(text: str, *, file: str, first_line: int = 1) -> Parsed[str]:
    """Take out invisible characters (warning N103), which become spaces in a `# heading`, and normalise to NFC."""
    found = [match.start() for match in INVISIBLE.finditer(text)]
    clean = clean_text(_HEADING.sub(lambda heading: INVISIBLE.sub(" ", heading[0]), text))
    if not found:
        return Parsed(clean)
    where = _locate(text, found[0], file, first_line)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    message = f"an invisible control character (U+{ord(text[found[0]]):04X}) in line {where.line}{more} was removed"
    hint = "feeds cannot carry it; type that place again, it often comes in with copied text"
    return Parsed(clean, (make_warning("N103", message, hint, where),))


def _find_wrong_format(data: bytes, file: str) -> Diagnostic | None:
    if len(data) > LARGEST:
        message = f"{file} is too large for a text file ({format_size(len(data))})"
        return make_error("N004", message, "keep it under 10 MB", file)
    for start, what, hint in _KNOWN_FORMATS:
        if data.startswith(start):
            return make_error("N003", f"{file} {what}, not plain text", hint, file)
    return None


def _split_mark(data: bytes) -> tuple[str, bytes]:
    for mark, encoding in _UTF16_MARKS.items():
        if data.startswith(mark):
            return encoding, data[len(mark) :]
    return "utf-8", data.removeprefix(codecs.BOM_UTF8)


def _undecodable(body: bytes, encoding: str, start: int, file: str) -> Diagnostic:
    before = body[:start].decode(encoding)
    where = _locate(before, len(before), file)
    word = _word_in_cp1252(body, start) if encoding == "utf-8" else None
    likely = f"; it is probably “{word}”" if word else ""
    place = f"line {where.line}, column {where.column}"
    return make_error("N001", f"{file} is not saved as UTF-8: {place} cannot be read{likely}", SAVE_AS_UTF8, where)


def _report_garbled(text: str, file: str) -> Iterator[Diagnostic]:
    if garbled := find_garbled(text):
        yield make_garbled_warning(garbled, _locate(text, garbled.start, file))


def _repair_word(word: str) -> str:
    """Return a word with the right letters, also if they were decoded wrongly several times."""
    while (better := _MOJIBAKE.sub(lambda match: _repair(match) or match[0], word)) != word:
        word = better
    return word


def _repair(match: re.Match[str]) -> str | None:
    """Return the letters that mojibake stands for, or None for text that only looks like it."""
    try:
        letters = encode_cp1252(match[0]).decode()
    except UnicodeDecodeError:
        return None
    if INVISIBLE.search(letters) or (len(letters) == 1 and match[0][0] not in _OFTEN_GARBLED):
        return None
    around = match.string[max(match.start() - 1, 0) : match.start()], match.string[match.end() : match.end() + 1]
    # IRMÃ” is a word before the end of a quotation.
    ends_quote = len(match[0]) == 2 and match[0][1] in _ENDS_OF_QUOTES  # noqa: PLR2004 - bytes of a letter
    return None if ends_quote and not around[0].islower() and not around[1].isalpha() else letters


def _locate(text: str, position: int, file: str, first_line: int = 1) -> Location:
    before = _with_plain_line_ends(text[:position])
    return Location(file=file, line=before.count("\n") + first_line, column=len(before) - before.rfind("\n"))


def _with_plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _word_in_cp1252(body: bytes, start: int) -> str | None:
    """Return the word around a byte as Windows-1252 has it, or None when that would make no word."""
    before = re.search(rb"\S*\Z", body[max(0, start - 40) : start])
    after = re.match(rb"\S*", body[start : start + 40])
    if not before or not after or not before.group().isascii():
        return None
    try:
        text = (before.group() + after.group()).decode("cp1252")
    except UnicodeDecodeError:
        return None
    return text if all(map(_is_likely, text)) else None


def _is_likely(character: str) -> bool:
    is_ascii = " " < character < "\x7f"
    return is_ascii or ("\xc0" <= character <= "\xff" and character.isalpha()) or character in _CP1252_SIGNS
