"""The traps of feedgen 1.0.0: each test shows it falling into one, and our feed not."""

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
def bare() -> FeedGenerator:
    """Feedgen alone, with no more than it asks for."""
    feed = FeedGenerator()
    feed.load_extension("podcast")
    feed.title("A show")
    feed.link(href="https://example.org", rel="alternate")
    feed.description("A show.")
    return feed


def entry_of(feed: FeedGenerator, title: str = "An episode") -> FeedEntry:
    entry = feed.add_entry()
    entry.title(title)
    return entry


def channel_of(feed: FeedGenerator | Edition) -> ET.Element:
    written = write_feed(feed, describe=attrgetter("plain")) if isinstance(feed, Edition) else feed.rss_str()
    return ET.fromstring(written)[0]  # noqa: S314 - our own feed


def texts(parent: ET.Element, name: str) -> list[str | None]:
    return [element.text for element in parent.iterfind(name, dict(NAMESPACES))]


def with_show(edition: Edition, **changes: Any) -> Edition:
    return replace(edition, show=replace(edition.show, **changes))


def with_episode(edition: Edition, **changes: Any) -> Edition:
    item = edition.items[0]
    assert isinstance(item, Item)
    return replace(edition, items=(replace(item, episode=replace(item.episode, **changes)),))


@pytest.mark.parametrize("name", ["a.jpeg", "a.JPG", "a.jpg?size=3000"])
def test_artwork_of_some_names_is_dropped_in_silence(bare: FeedGenerator, edition: Edition, name: str) -> None:
    bare.podcast.itunes_image(f"https://example.org/{name}")
    assert texts(channel_of(bare), "itunes:image") == []
    ours = replace(edition, artwork=PublicFile(key=name, size=9, content_type="image/jpeg"))
    assert channel_of(ours).find("itunes:image[@href]", dict(NAMESPACES)) is not None


@pytest.mark.parametrize("value", [True, False])
def test_explicit_refuses_true_and_false(bare: FeedGenerator, edition: Edition, value: bool) -> None:
    with pytest.raises(ValueError, match="explicit"):
        bare.podcast.itunes_explicit(str(value).lower())
    assert texts(channel_of(with_show(edition, explicit=value)), "itunes:explicit") == [str(value).lower()]


def test_an_entry_is_put_before_the_others(bare: FeedGenerator, edition: Edition) -> None:
    for title in ("First", "Second"):
        entry_of(bare, title)
    assert texts(channel_of(bare), "item/title") == ["Second", "First"]
    told = [item.episode.title for item in edition.items if isinstance(item, Item)]
    assert texts(channel_of(edition), "item/title") == told


def test_the_last_link_becomes_the_website(bare: FeedGenerator, edition: Edition) -> None:
    bare.link(href="https://example.org/feed.xml", rel="self")
    assert texts(channel_of(bare), "link") == ["https://example.org/feed.xml"]
    assert texts(channel_of(edition), "link") == [edition.show.link]


def test_a_hub_is_never_written(bare: FeedGenerator, edition: Edition) -> None:
    """Nothing of ours tells a hub of new episodes, so that the feed names none, either."""
    bare.link(href="https://hub.example.org", rel="hub")
    bare.link(href="https://example.org/feed.xml", rel="self")
    for feed in (bare, edition):
        assert [link.get("rel") for link in channel_of(feed).iterfind("atom:link", dict(NAMESPACES))] == ["self"]


def test_the_build_date_is_the_moment_of_writing(bare: FeedGenerator, edition: Edition) -> None:
    entry_of(bare).pubDate(MOMENT)
    (built,) = texts(channel_of(bare), "lastBuildDate")
    assert built
    assert not built.startswith("Thu, 05 Sep 2024")
    assert texts(channel_of(edition), "lastBuildDate") == ["Thu, 12 Sep 2024 06:00:00 -0700"]


def test_a_number_zero_vanishes(bare: FeedGenerator, edition: Edition) -> None:
    entry = entry_of(bare)
    entry.podcast.itunes_season(0)
    entry.podcast.itunes_episode(0)
    channel = channel_of(bare)
    assert texts(channel, "item/itunes:season") == texts(channel, "item/itunes:episode") == []
    ours = channel_of(with_episode(edition, season=0, number=0))
    assert texts(ours, "item/podcast:season") == texts(ours, "item/podcast:episode") == ["0"]


def test_denials_are_written_that_have_no_meaning(bare: FeedGenerator, edition: Edition) -> None:
    bare.podcast.itunes_block(False)
    bare.podcast.itunes_complete(False)
    channel = channel_of(bare)
    assert texts(channel, "itunes:block") == texts(channel, "itunes:complete") == ["no"]
    ours = channel_of(with_show(edition, block=Block(), complete=False))
    assert texts(ours, "itunes:block") == texts(ours, "itunes:complete") == []


def test_any_category_and_any_language_are_taken(bare: FeedGenerator) -> None:
    bare.podcast.itunes_category("Tales")
    bare.language("englisch")
    channel = channel_of(bare)
    assert channel.find("itunes:category[@text='Tales']", dict(NAMESPACES)) is not None
    assert texts(channel, "language") == ["englisch"]
    found = read_show_file('categories = ["Tales"]\nlanguage = "englisch"\n', "show.toml").findings
    assert [each.location.line for each in found if each.location and each.message.startswith(("cat", "lan"))] == [
        1,
        2,
    ]


def test_a_negative_length_is_taken(bare: FeedGenerator, edition: Edition) -> None:
    entry_of(bare).enclosure("https://example.org/a.mp3", -5, "audio/mpeg")
    assert channel_of(bare).find("item/enclosure[@length='-5']") is not None
    item = edition.items[0]
    assert isinstance(item, Item)
    with pytest.raises(FeedError, match="-5 bytes"):
        channel_of(replace(edition, items=(replace(item, media=replace(item.media, size=-5)),)))


def test_the_locale_of_the_whole_process_is_switched(
    bare: FeedGenerator, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched: list[object] = []
    monkeypatch.setattr(locale, "setlocale", lambda *args: switched.append(args))
    entry_of(bare).pubDate(MOMENT)
    channel_of(bare)
    assert switched
    switched.clear()
    channel_of(edition)
    assert not switched


def test_a_control_character_is_refused_without_a_word_of_where(bare: FeedGenerator, edition: Edition) -> None:
    bare.copyright("2024 \x0b")
    with pytest.raises(ValueError, match="XML compatible") as refused:
        channel_of(bare)
    assert "copyright" not in str(refused.value)
    with pytest.raises(FeedError, match=r"show\.toml: the copyright holds the character U\+000B"):
        channel_of(with_show(edition, copyright="2024 \x0b"))


def test_the_name_podcast_is_taken_by_the_tags_of_itunes(bare: FeedGenerator, edition: Edition) -> None:
    with pytest.raises(ImportError, match="already loaded"):
        bare.load_extension("podcast")
    assert NAMESPACES["podcast"] not in bare.rss_str().decode()
    assert texts(channel_of(edition), "podcast:guid") == [edition.guid]


class Witness:
    """An extension that marks the element which it is handed."""

    def extend_ns(self) -> dict[str, str]:
        return {}

    def extend_rss(self, element: etree._Element) -> etree._Element:
        element.set("handed", "over")
        return element


def test_an_extension_is_handed_the_root_for_the_feed_and_the_item_for_an_entry(
    bare: FeedGenerator, edition: Edition
) -> None:
    bare.register_extension("witness", Witness, Witness, atom=False)
    entry_of(bare)
    root = ET.fromstring(bare.rss_str())  # noqa: S314 - our own feed
    assert [element.tag for element in root.iter() if element.get("handed")] == ["rss", "item"]
    ours = ET.fromstring(write_feed(edition, describe=attrgetter("plain")))  # noqa: S314 - our own feed
    assert [child.tag for child in ours] == ["channel"]
    assert texts(ours[0], "podcast:medium") == ["podcast"]


def test_notes_without_a_description_are_written_for_one(bare: FeedGenerator, edition: Edition) -> None:
    entry_of(bare).content("<hr />")
    assert texts(channel_of(bare), "item/description") == ["<hr />"]
    ours = channel_of(with_episode(edition, notes=Text(html="<hr />", plain="")))
    assert texts(ours, "item/description") == texts(ours, "item/content:encoded") == []
