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
def test_dates_match_the_standard_library(moment: datetime) -> None:
    assert write_date(moment) == format_datetime(moment)


@given(st.datetimes(timezones=st.timezones()))
def test_dates_have_a_four_digit_time_zone(moment: datetime) -> None:
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", write_date(moment))


def test_qualify_name_adds_the_namespace() -> None:
    assert qualify_name("title") == "title"
    assert qualify_name("podcast:guid") == "{https://podcastindex.org/namespace/1.0}guid"


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_check_text_reports_the_forbidden_character_field_and_owner(character: str) -> None:
    with pytest.raises(FeedError) as caught:
        check_text(f"Plan{character}ning", "title", owner="05-planning-time")
    assert caught.value.message == (
        f"05-planning-time: the title contains the character U+{ord(character):04X}, which feeds do not allow"
    )
    assert caught.value.hint


@given(st.text())
def test_check_text_accepts_the_texts_that_lxml_accepts(text: str) -> None:
    assert is_accepted_by_lxml(text) == is_accepted(text)


def test_check_text_refuses_the_characters_that_lxml_refuses() -> None:
    characters = [*map(chr, range(0x11000)), "\U0001fffe", "\U0010ffff"]
    assert [character for character in characters if is_accepted_by_lxml(character) != is_accepted(character)] == []


def is_accepted_by_lxml(text: str) -> bool:
    try:
        etree.Element("title").text = text
    except ValueError:
        return False
    return True


def is_accepted(text: str) -> bool:
    try:
        return check_text(text, "title", owner="05-planning-time") == text
    except FeedError:
        return False


def test_make_cdata_reports_the_forbidden_character_field_and_owner() -> None:
    with pytest.raises(FeedError, match=r"^05-planning-time: the notes contains the character U\+000B"):
        make_cdata("a\x0bb", "notes", owner="05-planning-time")


@pytest.mark.parametrize("text", ["]]>", "a]]>b]]>c", "]]]>>", "<p>&amp;</p>", "one\r\ntwo\rthree"])
def test_cdata_stays_the_same_after_reading_and_writing(text: str) -> None:
    element = etree.Element("notes")
    element.text = make_cdata(text, "notes", owner="05-planning-time")
    written = etree.tostring(element)
    read = etree.fromstring(written, etree.XMLParser(strip_cdata=False))
    assert read.text == text.replace("\r\n", "\n").replace("\r", "\n")
    assert etree.tostring(read) == written
