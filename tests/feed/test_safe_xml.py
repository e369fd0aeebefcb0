from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from podcastkit.diagnostics import FeedError
from podcastkit.feed.dates import write_date
from podcastkit.feed.safe_xml import check_text, make_cdata, qualify_name

OFFSETS = st.integers(min_value=-1439, max_value=1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=OFFSETS))
def test_dates_are_those_of_the_standard_library(moment: datetime) -> None:
    assert write_date(moment) == format_datetime(moment)


@given(st.datetimes(timezones=st.timezones()))
def test_dates_have_a_zone_of_four_digits(moment: datetime) -> None:
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", write_date(moment))


def test_names_are_spelled_with_their_namespace() -> None:
    assert qualify_name("title") == "title"
    assert qualify_name("podcast:guid") == "{https://podcastindex.org/namespace/1.0}guid"


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_a_character_that_xml_forbids_is_named_with_field_and_owner(character: str) -> None:
    with pytest.raises(FeedError) as caught:
        check_text(f"Plan{character}ning", "title", owner="05-planning-time")
    assert caught.value.message == (
        f"05-planning-time: the title holds the character U+{ord(character):04X}, which no feed can carry"
    )
    assert caught.value.hint


@given(st.text())
def test_texts_that_pass_are_texts_that_lxml_takes(text: str) -> None:
    assert is_taken(text) == is_legal(text)


def test_every_character_that_lxml_refuses_is_forbidden_and_no_other() -> None:
    characters = [*map(chr, range(0x11000)), "\U0001fffe", "\U0010ffff"]
    assert [character for character in characters if is_taken(character) != is_legal(character)] == []


def is_taken(text: str) -> bool:
    try:
        etree.Element("title").text = text
    except ValueError:
        return False
    return True


def is_legal(text: str) -> bool:
    try:
        return check_text(text, "title", owner="05-planning-time") == text
    except FeedError:
        return False


def test_a_forbidden_character_in_verbatim_text_is_named_with_field_and_owner() -> None:
    with pytest.raises(FeedError, match=r"^05-planning-time: the notes holds the character U\+000B"):
        make_cdata("a\x0bb", "notes", owner="05-planning-time")


@pytest.mark.parametrize("text", ["]]>", "a]]>b]]>c", "]]]>>", "<p>&amp;</p>", "one\r\ntwo\rthree"])
def test_verbatim_text_survives_being_read_and_written_again(text: str) -> None:
    element = etree.Element("notes")
    element.text = make_cdata(text, "notes", owner="05-planning-time")
    written = etree.tostring(element)
    read = etree.fromstring(written, etree.XMLParser(strip_cdata=False))
    assert read.text == text.replace("\r\n", "\n").replace("\r", "\n")
    assert etree.tostring(read) == written
