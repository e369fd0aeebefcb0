"""Write a large feed with one of several libraries, and report the time without loading its values.

`lxml` builds the same tree as podcastkit. feedgen and podgen receive the values that they support.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from lxml import etree

    from podcastkit.model import Episode, Item, Show

Render: TypeAlias = Callable[[], bytes]

URL = "https://podcast.example.org"
TITLE, AUTHOR, ABOUT, HOST = "Night Shift", "Harbour Radio", "Who keeps the harbour running at night.", "Ana"
SHOW_GUID = "9b024349-ccf0-5f69-a609-6b82873eab3c"
SECONDS, SIZE = 1500, 24_000_000
_NEWEST = datetime(2024, 11, 1, 12, tzinfo=UTC)
_PARAGRAPH = (
    "<p>In part {} we walk along the quay, and <em>Ana</em> tells how the night shift began, who pays for the "
    "lamps &amp; why the harbour never sleeps, not even on the day when nobody comes in from the sea any more. "
    'There is tea. <a href="https://example.org/harbour?a=1&amp;b=2">The harbour\'s own page</a> lists all the '
    "ships of the night, and <strong>Low Tide</strong> is the music. Pull up a chair and stay.</p>"
)


@dataclass(frozen=True, slots=True)
class Values:
    """The values of one episode."""

    number: int
    title: str
    notes: str
    guid: str
    date: datetime
    key: str


def make_values(count: int) -> list[Values]:
    """Return the values of several episodes, each with 2 KB of notes."""
    return [
        Values(
            number=number,
            title=f"Part {number} of the night",
            notes="\n".join([_PARAGRAPH.format(number)] * 5),
            guid=f"7c4a1a4e-6a7e-5d0c-a3f0-{number:012}",
            date=_NEWEST - timedelta(days=count - number),
            key=f"media/{number:05}-part-{number:012x}.mp3",
        )
        for number in range(1, count + 1)
    ]


def podcastkit_render_feed(values: list[Values]) -> Render:
    """Check and render a loaded show."""
    from podcastkit import render_feed

    show = _make_show(values)
    return lambda: render_feed(show, url=URL, at=_NEWEST)


def podcastkit_write_feed(values: list[Values]) -> Render:
    """Write an edition, which is the last step of `render_feed`."""
    from podcastkit.feed.writer import write_feed
    from podcastkit.model import Edition
    from podcastkit.text.notes.truncation import fit_description

    show = _make_show(values)
    items = tuple(_make_item(episode) for episode in show.episodes)
    edition = Edition(show=show, guid=SHOW_GUID, url=URL, items=items)
    return lambda: write_feed(edition, describe=lambda text: fit_description(text)[0])


def lxml(values: list[Values]) -> Render:
    """Build the same tree as podcastkit with lxml."""
    import podcastkit.feed.safe_xml  # noqa: F401 - imported before the measurement

    return lambda: _build_directly(values)


def feedgen(values: list[Values]) -> Render:
    """Write the values that feedgen supports."""
    import feedgen.feed  # noqa: F401 - imported before the measurement

    return lambda: _write_with_feedgen(values)


def podgen(values: list[Values]) -> Render:
    """Write the values that podgen supports."""
    import podgen  # noqa: F401 - imported before the measurement

    return lambda: _write_with_podgen(values)


WRITERS = {
    "podcastkit.render_feed": podcastkit_render_feed,
    "podcastkit.feed.writer.write_feed": podcastkit_write_feed,
    "lxml": lxml,
    "feedgen": feedgen,
    "podgen": podgen,
}


OURS = ("podcastkit.render_feed", "podcastkit.feed.writer.write_feed")


def require_same_tree(count: int) -> None:
    """Raise ValueError if lxml does not build the same bytes as podcastkit."""
    values = make_values(count)
    if len({WRITERS[name](values)() for name in (*OURS, "lxml")}) != 1:
        raise ValueError("the tree in tests/benchmarks/feeds.py differs from podcastkit's feed: update it")


def main(writer: str, count: str, answer: str) -> None:
    """Write a feed, and write the seconds to a file."""
    render = WRITERS[writer](make_values(int(count)))
    start = time.perf_counter()
    render()
    Path(answer).write_text(str(time.perf_counter() - start), encoding="utf-8")


def _make_show(values: list[Values]) -> Show:
    from podcastkit.model import Category, Person, Show, Text

    return Show(
        folder=Path("episodes"),
        at=_NEWEST,
        title=TITLE,
        author=AUTHOR,
        description=Text(html=f"<p>{ABOUT}</p>", plain=ABOUT),
        language="en",
        categories=(Category(name="Society & Culture", sub="Documentary"),),
        explicit=False,
        guid=SHOW_GUID,
        people=(Person(name=HOST, role="host"),),
        episodes=tuple(map(_make_episode, values)),
    )


def _make_episode(values: Values) -> Episode:
    from podcastkit.model import Audio, Episode, EpisodeType, Media, Person, Text

    length = timedelta(seconds=SECONDS)
    audio = Audio(
        path=Path(values.key),
        format="mp3",
        codec="mp3",
        duration=length,
        bitrate=128_000,
        sample_rate=44_100,
        channels=2,
        size=SIZE,
        exact=True,
    )
    return Episode(
        folder=f"{values.number:05}-part",
        type=EpisodeType.FULL,
        number=values.number,
        season=1,
        title=values.title,
        notes=Text(html=values.notes, plain=values.notes, simple=values.notes),
        date=values.date,
        guid=values.guid,
        people=(Person(name=HOST, role="host"),),
        audio=audio,
        media=Media(
            key=values.key,
            size=SIZE,
            sha256="3f2a9c04d1b7" + "0" * 52,
            content_type="audio/mpeg",
            duration=length,
            recipe="as given",
        ),
    )


def _make_item(episode: Episode) -> Item:
    from podcastkit.model import Item

    if episode.media is None or episode.guid is None or episode.date is None:
        raise ValueError("the episode is incomplete")
    return Item(episode=episode, guid=episode.guid, published=episode.date, media=episode.media)


def _build_directly(values: list[Values]) -> bytes:
    from lxml import etree

    from podcastkit.feed.namespaces import NAMESPACES

    itunes, podcast, atom, content = (
        f"{{{NAMESPACES[prefix]}}}" for prefix in ("itunes", "podcast", "atom", "content")
    )
    sub = etree.SubElement

    def text(parent: etree._Element, tag: str, value: str | etree.CDATA, /, **attributes: str) -> None:
        sub(parent, tag, attributes).text = value

    rss = etree.Element("rss", {"version": "2.0"}, nsmap=dict(NAMESPACES))
    channel = sub(rss, "channel")
    text(channel, "title", TITLE)
    text(channel, "link", f"{URL}/")
    text(channel, "description", ABOUT)
    sub(channel, f"{atom}link", {"href": f"{URL}/feed.xml", "rel": "self", "type": "application/rss+xml"})
    text(channel, "generator", "podcastkit")
    text(channel, "language", "en")
    text(channel, f"{itunes}type", "serial")
    text(channel, f"{itunes}author", AUTHOR)
    text(channel, "lastBuildDate", format_datetime(values[-1].date))
    category = sub(channel, f"{itunes}category", {"text": "Society & Culture"})
    sub(category, f"{itunes}category", {"text": "Documentary"})
    text(channel, f"{itunes}explicit", "false")
    text(channel, f"{podcast}guid", SHOW_GUID)
    text(channel, f"{podcast}locked", "no")
    text(channel, f"{podcast}medium", "podcast")
    text(channel, f"{podcast}person", HOST, role="host")
    for one in values:
        item = sub(channel, "item")
        text(item, "title", one.title)
        text(item, "description", etree.CDATA(one.notes))
        text(item, f"{content}encoded", etree.CDATA(one.notes))
        text(item, "guid", one.guid, isPermaLink="false")
        text(item, f"{itunes}duration", str(SECONDS))
        text(item, f"{itunes}season", "1")
        text(item, f"{itunes}episode", str(one.number))
        text(item, f"{itunes}title", one.title)
        text(item, f"{itunes}episodeType", "full")
        text(item, "link", f"{URL}/")
        sub(item, "enclosure", {"url": f"{URL}/{one.key}", "length": str(SIZE), "type": "audio/mpeg"})
        text(item, "pubDate", format_datetime(one.date))
        text(item, f"{itunes}explicit", "false")
        text(item, f"{podcast}season", "1")
        text(item, f"{podcast}episode", str(one.number))
        text(item, f"{podcast}person", HOST, role="host")
    return etree.tostring(rss, pretty_print=True, encoding="UTF-8", xml_declaration=True)


def _write_with_feedgen(values: list[Values]) -> bytes:
    from feedgen.feed import FeedGenerator

    feed: Any = FeedGenerator()
    feed.load_extension("podcast")
    feed.title(TITLE)
    feed.link(href=f"{URL}/feed.xml", rel="self", type="application/rss+xml")
    feed.link(href=f"{URL}/", rel="alternate")
    feed.description(ABOUT)
    feed.language("en")
    feed.podcast.itunes_author(AUTHOR)
    feed.podcast.itunes_type("serial")
    feed.podcast.itunes_category("Society & Culture", "Documentary")
    feed.podcast.itunes_explicit("no")
    for one in values:
        entry = feed.add_entry(order="append")
        entry.title(one.title)
        entry.link(href=f"{URL}/")
        entry.description(one.notes)
        entry.content(one.notes, type="CDATA")
        entry.guid(one.guid, permalink=False)
        entry.enclosure(f"{URL}/{one.key}", SIZE, "audio/mpeg")
        entry.pubDate(one.date)
        entry.podcast.itunes_duration(SECONDS)
        entry.podcast.itunes_season(1)
        entry.podcast.itunes_episode(one.number)
        entry.podcast.itunes_title(one.title)
        entry.podcast.itunes_episode_type("full")
        entry.podcast.itunes_explicit("no")
    xml: bytes = feed.rss_str(pretty=True)
    return xml


def _write_with_podgen(values: list[Values]) -> bytes:
    from podgen import Category, Episode, Media, Person, Podcast

    show: Any = Podcast(
        name=TITLE,
        description=ABOUT,
        website=f"{URL}/",
        explicit=False,
        feed_url=f"{URL}/feed.xml",
        language="en",
        authors=[Person(AUTHOR)],
        category=Category("Society & Culture", "Documentary"),
    )
    for one in values:
        show.episodes.append(
            Episode(
                title=one.title,
                link=f"{URL}/",
                summary=one.notes,
                long_summary=one.notes,
                id=one.guid,
                media=Media(f"{URL}/{one.key}", SIZE, "audio/mpeg", timedelta(seconds=SECONDS)),
                publication_date=one.date,
                explicit=False,
            )
        )
    xml: str = show.rss_str()
    return xml.encode()


if __name__ == "__main__":
    main(*sys.argv[1:])
