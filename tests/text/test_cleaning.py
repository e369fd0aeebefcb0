from __future__ import annotations

import unicodedata
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.cleaning import FORBIDDEN_IN_XML, INVISIBLE, clean_line, clean_text

INVISIBLE_CHARACTERS = "\x07\x7f\x80\x85\x9f\u2028\u2029\ufdd0\ufffe\ud800\U0001ffff\ufffc"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Cafe\u0301\x07 \ufffe\x07\n", "Caf\u00e9 \n"),
        ("a\n\t🎙️\xa0b\r\n", "a\n\t🎙️\xa0b\r\n"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("\ufeffa\u202e\ufeff\ufffcb\u202d", "ab"),
        ("a\x7f\x80\x9f\ufdd0\ufdef\U0001fffe\U0010ffffb", "ab"),
        ("", ""),
    ],
    ids=["forbidden", "permitted", "separators", "marks", "noncharacters", "empty"],
)
def test_clean_text_removes_invisible_characters_and_composes(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@given(st.text())
def test_clean_text_is_accepted_by_an_xml_parser(text: str) -> None:
    clean = clean_text(text)
    assert unicodedata.is_normalized("NFC", clean)
    element = ET.Element("text")
    element.text = clean.replace("\r", "\n")  # a parser changes \r into \n
    assert (ET.fromstring(ET.tostring(element)).text or "") == element.text  # noqa: S314 - our own XML


@given(st.text(st.characters(exclude_categories=())))
def test_cleaning_removes_all_invisible_characters(text: str) -> None:
    for clean in (clean_text(text), clean_line(text) or ""):
        assert not INVISIBLE.search(clean)
        assert not FORBIDDEN_IN_XML.search(clean)


@given(st.characters(codec="utf-8"))
def test_forbidden_character_is_refused_by_an_xml_parser(character: str) -> None:
    if FORBIDDEN_IN_XML.match(character):
        with pytest.raises(ET.ParseError):
            ET.fromstring(f"<text>{character}</text>")  # noqa: S314 - our own XML


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Planning time", "Planning time"),
        ("  two\r\n lines\t", "two lines"),
        ("nul\0 bell\x07", "nul bell"),
        ("escape \x1b[31m", "escape [31m"),
        ("half \ud800 a pair, no character \uffff", "half a pair, no character"),
        ("日本", "日本"),
        ("Cafe\u0301", "Café"),
        ("«\xa0Bonjour\u202f!", "«\xa0Bonjour\u202f!"),
        ("Tides \u202dand\ufeff dunes", "Tides and dunes"),
        *((f"Tom{character}Jerry", "Tom Jerry") for character in INVISIBLE_CHARACTERS),
        ("", None),
        (" \0\n", None),
    ],
)
def test_clean_line_removes_control_characters(text: str, clean: str | None) -> None:
    assert clean_line(text) == clean
