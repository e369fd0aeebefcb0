from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from podcastkit.diagnostics import FeedError
from podcastkit.feed.dates import write_date
from podcastkit.feed.safe_xml import legal_text, parse_xml, qualified, verbatim

if TYPE_CHECKING:
    from pathlib import Path

# A hundred million laughs: each entity is ten of the one before it.
LAUGHS = "".join(
    f'<!ENTITY {name} "{f"&{previous};" * 10}">' for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
)
OFFSETS = st.integers(min_value=-1439, max_value=1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
BILLION_LAUGHS = f'<!DOCTYPE rss [<!ENTITY a "lol">{LAUGHS}]>'


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(f"{BILLION_LAUGHS}<rss>&i;</rss>".encode(), id="billion laughs"),
        pytest.param(f'{BILLION_LAUGHS}<rss title="&i;"/>'.encode(), id="billion laughs in an attribute"),
        pytest.param(b'<!DOCTYPE rss [<!ENTITY name "me">]><rss>&name;</rss>', id="an entity of its own"),
        pytest.param(b'<!DOCTYPE rss [<!ENTITY % all "me">]><rss/>', id="a parameter entity"),
        pytest.param(b"<rss>&nbsp;</rss>", id="an unknown entity"),
        pytest.param(b"<a>" * (50 * 2**20 // 3), id="50 MB of nesting"),
        pytest.param(b"<rss>" + b"x" * (11 * 2**20) + b"</rss>", id="an endless text"),
        pytest.param(b'<?xml version="1.0" encoding="utf-8"?><rss>\xe9</rss>', id="wrong encoding"),
        pytest.param(b'<?xml version="1.0" encoding="x-none"?><rss/>', id="unknown encoding"),
        pytest.param(b"<rss>\x00</rss>", id="a null byte"),
        pytest.param(b"<rss><channel>", id="truncated"),
        pytest.param(b"{}", id="JSON"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_hostile_or_broken_xml_is_refused(data: bytes) -> None:
    with pytest.raises(FeedError, match=r"^The feed (cannot be read as XML|declares XML entities)") as caught:
        parse_xml(data, "The feed")
    assert caught.value.hint


def test_an_external_entity_is_neither_read_nor_let_through(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    data = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]><rss>&x;</rss>'.encode()
    with pytest.raises(FeedError, match="declares XML entities") as caught:
        parse_xml(data, "The feed")
    assert "secret" not in caught.value.message


def test_an_external_dtd_is_not_read(tmp_path: Path) -> None:
    dtd = tmp_path / "rss.dtd"
    dtd.write_text('<!ATTLIST rss version CDATA "0.91">')
    root = parse_xml(f'<!DOCTYPE rss SYSTEM "{dtd.as_uri()}"><rss/>'.encode(), "The feed")
    assert dict(root.attrib) == {}


@given(st.binary() | st.text().map(lambda text: f"<rss>{text}</rss>".encode(errors="surrogatepass")))
def test_any_bytes_are_xml_or_a_feed_error(data: bytes) -> None:
    try:
        root = parse_xml(data, "The feed")
    except FeedError:
        return
    assert isinstance(root.tag, str)


@given(st.datetimes(timezones=OFFSETS))
def test_dates_are_those_of_the_standard_library(moment: datetime) -> None:
    assert write_date(moment) == format_datetime(moment)


@given(st.datetimes(timezones=st.timezones()))
def test_dates_have_a_zone_of_four_digits(moment: datetime) -> None:
    assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", write_date(moment))


def test_names_are_spelled_with_their_namespace() -> None:
    assert qualified("title") == "title"
    assert qualified("podcast:guid") == "{https://podcastindex.org/namespace/1.0}guid"


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_a_character_that_xml_forbids_is_named_with_field_and_owner(character: str) -> None:
    with pytest.raises(FeedError) as caught:
        legal_text(f"Plan{character}ning", "title", owner="05-planning-time")
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
        return legal_text(text, "title", owner="05-planning-time") == text
    except FeedError:
        return False


def test_a_forbidden_character_in_verbatim_text_is_named_with_field_and_owner() -> None:
    with pytest.raises(FeedError, match=r"^05-planning-time: the notes holds the character U\+000B"):
        verbatim("a\x0bb", "notes", owner="05-planning-time")


@pytest.mark.parametrize("text", ["]]>", "a]]>b]]>c", "]]]>>", "<p>&amp;</p>", "one\r\ntwo\rthree"])
def test_verbatim_text_survives_being_read_and_written_again(text: str) -> None:
    element = etree.Element("notes")
    element.text = verbatim(text, "notes", owner="05-planning-time")
    written = etree.tostring(element)
    read = parse_xml(written, "The notes")
    assert read.text == text.replace("\r\n", "\n").replace("\r", "\n")
    assert etree.tostring(read) == written
