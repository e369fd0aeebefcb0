from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import FeedError
from podcastkit.feed.references import Reference, read_references
from podcastkit.feed.rss import write_feed

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Edition

NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:podcast="https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"'
)


def references(channel: str) -> tuple[Reference, ...]:
    return read_references(f"<rss {NAMESPACES}><channel>{channel}</channel></rss>".encode())


def test_our_own_feed_names_its_files_with_length_and_type(edition: Edition) -> None:
    found = read_references(write_feed(edition, describe=attrgetter("plain")))
    assert {reference.role for reference in found} == {"audio", "artwork", "chapters", "transcript"}
    enclosures = [reference for reference in found if reference.is_enclosure]
    assert all(reference.length and reference.type for reference in enclosures)
    assert len({reference.url for reference in enclosures}) == len(edition.items)


def test_feeds_of_other_hosts_are_understood(feeds: Path) -> None:
    found = read_references((feeds / "other-host.xml").read_bytes())
    assert [reference.role for reference in found].count("audio") >= 1


def test_the_show_comes_first_and_then_item_by_item() -> None:
    found = references(
        '<item><enclosure url=" a.mp3 " length="12" type="audio/mpeg"/><podcast:chapters url="c"/></item>'
        '<item><itunes:image href="b"/><podcast:transcript url="t" type="text/vtt"/></item>'
        '<itunes:image href="s"/><image><url> old </url><title>t</title></image>'
        '<podcast:trailer url="trailer.mp3">Come</podcast:trailer>'
    )
    assert [(reference.role, reference.url) for reference in found] == [
        ("artwork", "s"),
        ("audio", "trailer.mp3"),
        ("artwork", "old"),
        ("audio", "a.mp3"),
        ("chapters", "c"),
        ("artwork", "b"),
        ("transcript", "t"),
    ]
    assert found[3] == Reference(url="a.mp3", role="audio", type="audio/mpeg", length=12, is_enclosure=True)
    assert not found[1].is_enclosure


@pytest.mark.parametrize("length", ["", "0", "-5", "1.5", "12 MB", "٣", "9" * 30])
def test_a_length_that_says_nothing_is_none(length: str) -> None:
    (found,) = references(f'<item><enclosure url="a" length="{length}" type=""/></item>')
    assert (found.length, found.type) == (None, None)


def test_what_names_nothing_is_an_empty_address() -> None:
    found = references("<item><enclosure/></item><image><url/></image>")
    assert [reference.url for reference in found] == ["", ""]


def test_what_is_no_feed_is_refused() -> None:
    with pytest.raises(FeedError, match="a web page"):
        read_references(b"<!doctype html><html></html>")
