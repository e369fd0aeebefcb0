"""The pitfalls of feedgen 1.0.0: each test shows one in feedgen, and that our feed avoids it."""

from __future__ import annotations

import locale
from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from feedgen.feed import FeedGenerator

from podcastkit.diagnostics import FeedError
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.writer import write_feed
from podcastkit.model import Block, Edition, Item, PublicFile, Text
from podcastkit.project.show_file import read_show_file

if TYPE_CHECKING:
    from feedgen.entry import FeedEntry
    from lxml import etree

MOMENT = datetime(2024, 9, 5, tzinfo=UTC)


@pytest.fixture
def bare_feed() -> FeedGenerator:
    """Return a feed of feedgen alone, with only the required values."""
    feed = FeedGenerator()
    feed.load_extension("podcast")
    feed.title("A show")
    feed.link(href="https://example.org", rel="alternate")
    feed.description("A show.")
    return feed


def add_entry(feed: FeedGenerator, title: str = "An episode") -> FeedEntry:
    entry = feed.add_entry()
    entry.title(title)
    return entry


def parse_channel(feed: FeedGenerator | Edition) -> ET.Element:
    written = write_feed(feed, describe=attrgetter("plain")) if isinstance(feed, Edition) else feed.rss_str()
    return ET.fromstring(written)[0]  # noqa: S314 - our own feed


def find_texts(parent: ET.Element, name: str) -> list[str | None]:
    return [element.text for element in parent.iterfind(name, dict(NAMESPACES))]


def change_show(edition: Edition, **changes: Any) -> Edition:
    return replace(edition, show=replace(edition.show, **changes))


def change_episode(edition: Edition, **changes: Any) -> Edition:
    item = edition.items[0]
    assert isinstance(item, Item)
    return replace(edition, items=(replace(item, episode=replace(item.episode, **changes)),))


@pytest.mark.parametrize("name", ["a.jpeg", "a.JPG", "a.jpg?size=3000"])
def test_artwork_with_an_unusual_name_is_written(bare_feed: FeedGenerator, edition: Edition, name: str) -> None:
    bare_feed.podcast.itunes_image(f"https://example.org/{name}")
    assert find_texts(parse_channel(bare_feed), "itunes:image") == []
    ours = replace(edition, artwork=PublicFile(key=name, size=9, content_type="image/jpeg"))
    assert parse_channel(ours).find("itunes:image[@href]", dict(NAMESPACES)) is not None


@pytest.mark.parametrize("value", [True, False])
def test_explicit_is_written_as_true_or_false(bare_feed: FeedGenerator, edition: Edition, value: bool) -> None:
    with pytest.raises(ValueError, match="explicit"):
        bare_feed.podcast.itunes_explicit(str(value).lower())
    assert find_texts(parse_channel(change_show(edition, explicit=value)), "itunes:explicit") == [
        str(value).lower()
    ]


def test_items_keep_their_order(bare_feed: FeedGenerator, edition: Edition) -> None:
    for title in ("First", "Second"):
        add_entry(bare_feed, title)
    assert find_texts(parse_channel(bare_feed), "item/title") == ["Second", "First"]
    titles = [item.episode.title for item in edition.items if isinstance(item, Item)]
    assert find_texts(parse_channel(edition), "item/title") == titles


def test_link_is_the_website(bare_feed: FeedGenerator, edition: Edition) -> None:
    bare_feed.link(href="https://example.org/feed.xml", rel="self")
    assert find_texts(parse_channel(bare_feed), "link") == ["https://example.org/feed.xml"]
    assert find_texts(parse_channel(edition), "link") == [edition.show.link]


def test_hub_is_not_written(bare_feed: FeedGenerator, edition: Edition) -> None:
    """The feed names no hub, because podcastkit does not notify one of new episodes."""
    bare_feed.link(href="https://hub.example.org", rel="hub")
    bare_feed.link(href="https://example.org/feed.xml", rel="self")
    for feed in (bare_feed, edition):
        assert [link.get("rel") for link in parse_channel(feed).iterfind("atom:link", dict(NAMESPACES))] == ["self"]


def test_build_date_is_the_date_of_the_newest_item(bare_feed: FeedGenerator, edition: Edition) -> None:
    add_entry(bare_feed).pubDate(MOMENT)
    (built,) = find_texts(parse_channel(bare_feed), "lastBuildDate")
    assert built
    assert not built.startswith("Thu, 05 Sep 2024")
    assert find_texts(parse_channel(edition), "lastBuildDate") == ["Thu, 12 Sep 2024 06:00:00 -0700"]


def test_number_zero_is_written_in_podcast_tags(bare_feed: FeedGenerator, edition: Edition) -> None:
    entry = add_entry(bare_feed)
    entry.podcast.itunes_season(0)
    entry.podcast.itunes_episode(0)
    channel = parse_channel(bare_feed)
    assert find_texts(channel, "item/itunes:season") == find_texts(channel, "item/itunes:episode") == []
    ours = parse_channel(change_episode(edition, season=0, number=0))
    assert find_texts(ours, "item/podcast:season") == find_texts(ours, "item/podcast:episode") == ["0"]


def test_block_and_complete_without_yes_are_not_written(bare_feed: FeedGenerator, edition: Edition) -> None:
    bare_feed.podcast.itunes_block(False)
    bare_feed.podcast.itunes_complete(False)
    channel = parse_channel(bare_feed)
    assert find_texts(channel, "itunes:block") == find_texts(channel, "itunes:complete") == ["no"]
    ours = parse_channel(change_show(edition, block=Block(), complete=False))
    assert find_texts(ours, "itunes:block") == find_texts(ours, "itunes:complete") == []


def test_unknown_category_and_language_are_reported(bare_feed: FeedGenerator) -> None:
    bare_feed.podcast.itunes_category("Tales")
    bare_feed.language("englisch")
    channel = parse_channel(bare_feed)
    assert channel.find("itunes:category[@text='Tales']", dict(NAMESPACES)) is not None
    assert find_texts(channel, "language") == ["englisch"]
    found = read_show_file('categories = ["Tales"]\nlanguage = "englisch"\n', "show.toml").findings
    assert [each.location.line for each in found if each.location and each.message.startswith(("cat", "lan"))] == [
        1,
        2,
    ]


def test_negative_length_is_refused(bare_feed: FeedGenerator, edition: Edition) -> None:
    add_entry(bare_feed).enclosure("https://example.org/a.mp3", -5, "audio/mpeg")
    assert parse_channel(bare_feed).find("item/enclosure[@length='-5']") is not None
    item = edition.items[0]
    assert isinstance(item, Item)
    with pytest.raises(FeedError, match="-5 bytes"):
        parse_channel(replace(edition, items=(replace(item, media=replace(item.media, size=-5)),)))


def test_locale_of_the_process_is_not_changed(
    bare_feed: FeedGenerator, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: list[object] = []
    monkeypatch.setattr(locale, "setlocale", lambda *args: changes.append(args))
    add_entry(bare_feed).pubDate(MOMENT)
    parse_channel(bare_feed)
    assert changes
    changes.clear()
    parse_channel(edition)
    assert not changes


def test_control_character_is_reported_with_its_field(bare_feed: FeedGenerator, edition: Edition) -> None:
    bare_feed.copyright("2024 \x0b")
    with pytest.raises(ValueError, match="XML compatible") as caught:
        parse_channel(bare_feed)
    assert "copyright" not in str(caught.value)
    with pytest.raises(FeedError, match=r"show\.toml: the copyright contains the character U\+000B"):
        parse_channel(change_show(edition, copyright="2024 \x0b"))


def test_podcast_namespace_is_written_next_to_the_itunes_extension(
    bare_feed: FeedGenerator, edition: Edition
) -> None:
    with pytest.raises(ImportError, match="already loaded"):
        bare_feed.load_extension("podcast")
    assert NAMESPACES["podcast"] not in bare_feed.rss_str().decode()
    assert find_texts(parse_channel(edition), "podcast:guid") == [edition.guid]


class MarkingExtension:
    """An extension that marks the element that feedgen passes to it."""

    def extend_ns(self) -> dict[str, str]:
        return {}

    def extend_rss(self, element: etree._Element) -> etree._Element:
        element.set("marked", "yes")
        return element


def test_extension_gets_the_root_of_the_feed_and_the_item_of_an_entry(
    bare_feed: FeedGenerator, edition: Edition
) -> None:
    bare_feed.register_extension("marking", MarkingExtension, MarkingExtension, atom=False)
    add_entry(bare_feed)
    root = ET.fromstring(bare_feed.rss_str())  # noqa: S314 - our own feed
    assert [element.tag for element in root.iter() if element.get("marked")] == ["rss", "item"]
    ours = ET.fromstring(write_feed(edition, describe=attrgetter("plain")))  # noqa: S314 - our own feed
    assert [child.tag for child in ours] == ["channel"]
    assert find_texts(ours[0], "podcast:medium") == ["podcast"]


def test_notes_are_not_written_as_a_missing_description(bare_feed: FeedGenerator, edition: Edition) -> None:
    add_entry(bare_feed).content("<hr />")
    assert find_texts(parse_channel(bare_feed), "item/description") == ["<hr />"]
    ours = parse_channel(change_episode(edition, notes=Text(html="<hr />", plain="")))
    assert find_texts(ours, "item/description") == find_texts(ours, "item/content:encoded") == []
