from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.cleaning import INVISIBLE
from podcastkit.text.syntax.text_encoding import MAX_TEXT_FILE_SIZE, decode, remove_invisible

TEXT = "Qué día\nZoë\u2019s “plan”\n"

READABLE = {
    "UTF-8": TEXT.encode(),
    "UTF-8 with BOM": codecs.BOM_UTF8 + TEXT.encode(),
    "UTF-16 little-endian": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    "UTF-16 big-endian": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "Windows line ends": TEXT.replace("\n", "\r\n").encode(),
    "old Mac line ends": TEXT.replace("\n", "\r").encode(),
}

NOT_TEXT = {
    "NUL": (b"one\ntwo\0", "line 2"),
    "UTF-16 without BOM": ("title".encode("utf-16-le"), "line 1"),
    "UTF-32": ("title".encode("utf-32"), "line 1"),
    "RTF": (rb"{\rtf1\ansi Notes}", "Rich Text Format"),
    "docx": (b"PK\x03\x04...", "Word document"),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Word document"),
    "PDF": (b"%PDF-1.7", "is a PDF"),
}


@pytest.mark.parametrize("data", READABLE.values(), ids=READABLE)
def test_decode_reads_supported_encodings_and_line_ends(data: bytes) -> None:
    assert decode(data, "notes.md") == (TEXT, ())


GARBLED = ["Café", "mamá,", "École", "ESPAÑA", "don’t", "“Hola”", "łódź", "10°C", "Привет", "日本", "🎙"]


@pytest.mark.parametrize("right", GARBLED)
def test_decode_of_garbled_letters_names_the_right_ones(right: str) -> None:
    garbled = "".join(bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in right.encode())
    text, [finding] = decode(f"One\r\nTwo {garbled}".encode(), "notes.md")
    assert text
    assert finding.location
    assert (finding.code, finding.location.line) == ("N013", 2)
    assert f"is probably “{right}”" in finding.message


def test_decode_of_letters_garbled_twice_names_the_right_ones() -> None:
    _, [finding] = decode("CafÃƒÂ© da mÃ\xad".encode(), "notes.md")
    assert finding.message == "“CafÃƒÂ©” is probably “Café” (and 1 more)"
    _, [finding] = decode("mÃ\xad".encode(), "notes.md")
    assert finding.message == r"“mÃ\xad” is probably “mí”"


def test_decode_of_a_replacement_character_reports_a_lost_letter() -> None:
    _, [finding] = decode("El ni�o y la ni�a".encode(), "notes.md")
    assert finding.location
    assert (finding.message, finding.location.column) == ("“ni�o” has lost a letter (and 1 more)", 6)


def test_decode_of_garbled_word_in_quotes_names_the_word_only() -> None:
    _, [finding] = decode(b'title: "Caf\xc3\x83\xc2\xa9"', "notes.md")
    assert finding.message == "“CafÃ©” is probably “Café”"


@pytest.mark.parametrize("text", ["“IRMÃ”", "«IRMû", "“CAFÉ”", "„Ä“", "voilà…”", "déjà—“vu”", "5×”", "SÃO", "Öß»"])
def test_decode_of_letters_next_to_signs_finds_nothing(text: str) -> None:
    assert decode(text.encode(), "notes.md") == (text, ())


def test_decode_of_windows_1252_names_the_position_and_the_word() -> None:
    text, [finding] = decode("Hola\r\nDra. Pérez\u2019s plan".encode("cp1252"), "05/notes.md")
    assert text is None
    assert finding.code == "N001"
    assert str(finding.location) == "05/notes.md:2:7"
    assert "05/notes.md" in finding.message
    assert "line 2, column 7" in finding.message
    assert "“Pérez\u2019s”" in finding.message
    assert "UTF-8" in (finding.hint or "")


@pytest.mark.parametrize(
    "data",
    ["Pérez".encode("mac-roman"), "Pérez".encode() + b"\xff\xfe", b"\x81\x8d", b"ab\x01\xe9"],
    ids=["Mac Roman", "mixed", "no Windows-1252 either", "control character"],
)
def test_decode_of_other_encoding_names_no_word(data: bytes) -> None:
    text, [finding] = decode(data, "notes.md")
    assert text is None
    assert "probably" not in finding.message


def test_decode_of_incomplete_utf16_is_an_error() -> None:
    text, [finding] = decode(codecs.BOM_UTF16_LE + "ab\nc".encode("utf-16-le") + b"\x00", "notes.txt")
    assert text is None
    assert str(finding.location) == "notes.txt:2:2"


@pytest.mark.parametrize(("data", "words"), NOT_TEXT.values(), ids=NOT_TEXT)
def test_decode_of_other_file_type_names_the_type(data: bytes, words: str) -> None:
    text, [finding] = decode(data, "notes.txt")
    assert text is None
    assert finding.code == "N003"
    assert words in finding.message
    assert finding.hint


def test_decode_of_too_large_file_is_an_error() -> None:
    assert decode(b"a" * MAX_TEXT_FILE_SIZE, "notes.txt")[0]
    text, [finding] = decode(b"a" * (MAX_TEXT_FILE_SIZE + 1), "notes.txt")
    assert text is None
    assert (finding.code, "10.5 MB" in finding.message) == ("N004", True)


@given(st.binary(max_size=300))
def test_decode_of_any_bytes_returns_text_or_one_error(data: bytes) -> None:
    text, findings = decode(data, "notes.md")
    assert (text is None) == (len(findings) == 1)
    assert text is None or "\r" not in text


def test_remove_invisible_reports_the_line_of_the_first_character() -> None:
    text, [finding] = remove_invisible("one\ntw\x01o\x0bo\x00\nthree\ufffe", file="notes.md", first_line=10)
    assert text == "one\ntwo o\nthree"
    assert (finding.code, str(finding.location)) == ("N103", "notes.md:11:3")
    assert "U+0001" in finding.message
    assert "3 more" in finding.message


def test_remove_invisible_normalizes_to_nfc() -> None:
    assert remove_invisible("cafe\u0301", file="notes.md") == ("café", ())


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=80))
def test_remove_invisible_removes_all_invisible_characters(text: str) -> None:
    clean, findings = remove_invisible(text, file="notes.md")
    assert not INVISIBLE.search(clean)
    assert bool(findings) == bool(INVISIBLE.search(text))
