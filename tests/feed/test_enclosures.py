from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from podcastkit.feed import enclosures
from podcastkit.feed.enclosures import make_enclosure_url, move_item
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
    ids=["without", "https", "http", "files of this machine", "a service on this machine"],
)
def test_a_prefix_stands_before_the_address_of_the_file(address: str, prefix: str | None, url: str) -> None:
    assert make_enclosure_url(address, KEY, prefix) == url


def an_item(url: str) -> LiveItem:
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
    ids=["without a prefix", "with a prefix", "to be escaped", "not of ours"],
)
def test_a_kept_item_names_its_files_where_they_are_now(url: str, moved: str) -> None:
    item = move_item(an_item(url), "https://old.org/x", "https://new.org")
    assert item.xml == f'<item><enclosure url="{moved}"/><link>https://new.org/</link></item>'


def test_a_kept_item_moves_with_its_pictures_and_versions() -> None:
    item = an_item("https://op3.dev/e/old.org/x/media/5.mp3")
    more = """<image href="https://old.org/x/artwork/5.jpg"/><source uri="https://op3.dev/e/old.org/x/media/5-es.mp3"/>"""
    moved = move_item(replace(item, xml=item.xml + more), "https://old.org/x", "https://new.org").xml
    assert 'href="https://new.org/artwork/5.jpg"' in moved
    assert 'uri="https://op3.dev/e/new.org/media/5-es.mp3"' in moved
    assert "old.org" not in moved


def test_a_kept_item_moves_between_encrypted_and_not() -> None:
    item = move_item(
        an_item("https://op3.dev/e/http://old.org/x/media/5.mp3"), "http://old.org/x", "https://new.org"
    )
    assert '"https://op3.dev/e/new.org/media/5.mp3"' in item.xml


@pytest.mark.parametrize(("url", "local"), [("http://localhost:1/x", True), ("http://[::1]/", True), (OP3, False)])
def test_this_machine_is_known(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_the_example_is_true() -> None:
    assert doctest.testmod(enclosures) == (0, 1)
