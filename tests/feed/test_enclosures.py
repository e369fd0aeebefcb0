from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from podcastkit.feed import enclosures
from podcastkit.feed.enclosures import make_enclosure_url, replace_item_addresses
from podcastkit.model import EpisodeType, LiveItem
from podcastkit.text.addresses import is_local

KEY = "media/05-planning-time-3f2a9c04d1b7.mp3"
OP3 = "https://op3.dev/e/"


@pytest.mark.parametrize(
    ("address", "prefix", "url"),
    [
        ("https://a.example.org", None, f"https://a.example.org/{KEY}"),
        ("https://a.example.org/x", OP3, f"https://op3.dev/e/a.example.org/x/{KEY}"),
        ("http://a.example.org", OP3, f"https://op3.dev/e/http://a.example.org/{KEY}"),
        ("http://127.0.0.1:8000", OP3, f"http://127.0.0.1:8000/{KEY}"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:9/e/", f"http://127.0.0.1:9/e/http://127.0.0.1:8000/{KEY}"),
    ],
    ids=["no prefix", "https", "http", "local files", "local service"],
)
def test_enclosure_url_begins_with_the_prefix(address: str, prefix: str | None, url: str) -> None:
    assert make_enclosure_url(address, KEY, prefix) == url


def make_item(url: str) -> LiveItem:
    return LiveItem(
        guid="g",
        title="t",
        published=datetime(2024, 9, 5, tzinfo=UTC),
        type=EpisodeType.FULL,
        season=1,
        number=5,
        enclosure_url=url.replace("&amp;", "&"),
        fields={},
        xml=f'<item><enclosure url="{url}"/><link>https://old.org/x/</link></item>',
    )


@pytest.mark.parametrize(
    ("url", "moved"),
    [
        ("https://old.org/x/media/5.mp3", "https://new.org/media/5.mp3"),
        ("https://op3.dev/e/old.org/x/media/5.mp3", "https://op3.dev/e/new.org/media/5.mp3"),
        ("https://op3.dev/a&amp;b/old.org/x/media/5.mp3", "https://op3.dev/a&amp;b/new.org/media/5.mp3"),
        ("https://elsewhere.org/old.mp3", "https://elsewhere.org/old.mp3"),
    ],
    ids=["no prefix", "prefix", "prefix with an entity", "address of another host"],
)
def test_replace_item_addresses_keeps_the_prefix(url: str, moved: str) -> None:
    item = replace_item_addresses(make_item(url), "https://old.org/x", "https://new.org")
    assert item.xml == f'<item><enclosure url="{moved}"/><link>https://new.org/</link></item>'


def test_replace_item_addresses_changes_images_and_alternates() -> None:
    item = make_item("https://op3.dev/e/old.org/x/media/5.mp3")
    more = """<image href="https://old.org/x/artwork/5.jpg"/><source uri="https://op3.dev/e/old.org/x/media/5-es.mp3"/>"""
    moved = replace_item_addresses(replace(item, xml=item.xml + more), "https://old.org/x", "https://new.org").xml
    assert 'href="https://new.org/artwork/5.jpg"' in moved
    assert 'uri="https://op3.dev/e/new.org/media/5-es.mp3"' in moved
    assert "old.org" not in moved


def test_replace_item_addresses_from_http_to_https_omits_the_scheme_after_the_prefix() -> None:
    item = replace_item_addresses(
        make_item("https://op3.dev/e/http://old.org/x/media/5.mp3"), "http://old.org/x", "https://new.org"
    )
    assert '"https://op3.dev/e/new.org/media/5.mp3"' in item.xml


@pytest.mark.parametrize(("url", "local"), [("http://localhost:1/x", True), ("http://[::1]/", True), (OP3, False)])
def test_local_address_is_recognized(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_example_in_the_docstring_is_correct() -> None:
    assert doctest.testmod(enclosures) == (0, 1)
