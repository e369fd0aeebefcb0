"""An edition of a show as the RSS 2.0 that apps read, written by feedgen and guarded from its traps."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from podcastkit.diagnostics import FeedError
from podcastkit.feed.enclosures import enclosure_url
from podcastkit.feed.markup import legal_text, parse_xml, verbatim
from podcastkit.feed.tags import ItemTags, ShowTags, item_tags, show_tags
from podcastkit.model import LiveItem

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

    from podcastkit.model import Edition, Item, Show, Text

_DESCRIPTION_BYTES = 4000
_SHOW_FILE = "show.toml"
_COPYRIGHT_SIGN = re.compile(r"\A\s*(?:(?:copyright\b|©|\(c\))[\s:,.-]*)+", re.IGNORECASE)
_SECOND = timedelta(seconds=1)


def write_feed(edition: Edition, *, describe: Callable[[Text], str]) -> bytes:
    """Return the feed as UTF-8 XML: the same bytes for the same edition, wherever and whenever it is written.

    `describe` makes the short simple HTML of an item's `<description>` from its notes. A `LiveItem` is written as
    it was published. Raises `FeedError` naming episode and field when a value cannot stand in a feed.
    """
    feed = FeedGenerator()
    feed.load_extension("podcast", atom=False)
    feed.register_extension("extras", ShowTags, ItemTags, atom=False)
    _fill_channel(feed, edition)
    for item in edition.items:
        if isinstance(item, LiveItem):
            feed.add_entry(_KeptEntry(item), order="append")
        else:
            _fill_entry(feed.add_entry(order="append"), item, edition, describe)
    xml: bytes = feed.rss_str(pretty=True)
    return xml


class _KeptEntry(FeedEntry):  # type: ignore[misc] # feedgen ships no types
    """An item that is written as it was published before."""

    def __init__(self, item: LiveItem) -> None:
        super().__init__()
        self._item = item

    def rss_entry(self, extensions: bool = True) -> etree._Element:  # noqa: ARG002, FBT001, FBT002 - feedgen's signature
        """Return the `<item>` itself; nothing is added to it."""
        name = f"The published item {self._item.title!r}"
        element = parse_xml(self._item.xml.encode(), name)
        if element.tag != "item":
            raise FeedError(
                f"{name} is not an <item> but <{element.tag!s}>", "Read it again from the published feed."
            )
        return element


def _fill_channel(feed: FeedGenerator, edition: Edition) -> None:
    show = edition.show
    legal = partial(legal_text, owner=_SHOW_FILE)
    # feedgen would write the moment of this call, and switch the locale of the whole process to do so. No public
    # method takes the value away; ShowTags writes the date of the newest item instead.
    feed._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001 - see above
    feed.docs("")
    feed.generator("podcastkit")
    feed.title(_required(legal(show.title, "title"), "title", owner=_SHOW_FILE))
    description = _fitted(legal(show.description.plain, "description"), _DESCRIPTION_BYTES)
    feed.description(_required(description, "description", owner=_SHOW_FILE))
    feed.language(legal(show.language, "language"))
    feed.copyright(_COPYRIGHT_SIGN.sub("", legal(show.copyright or "", "copyright")))
    _fill_links(feed, edition)
    _fill_apple_channel(feed, show)
    feed.extras.fill(show_tags(edition), owner=_SHOW_FILE)


def _required(text: str, field: str, *, owner: str) -> str:
    if not text.strip():
        raise FeedError(
            f"{owner}: the {field} is missing, and every app needs it", f"Write a {field} and publish again."
        )
    return text


def _fitted(text: str, limit: int) -> str:
    """Return the text, cut between words with an ellipsis when it has more than `limit` bytes in UTF-8."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    room = limit - len("…".encode())
    cut = encoded[:room].decode(errors="ignore")
    words = re.match(r".*(?=\s)", cut, re.DOTALL)
    return (words.group() if words else cut).rstrip() + "…"


def _fill_links(feed: FeedGenerator, edition: Edition) -> None:
    legal = partial(legal_text, owner=_SHOW_FILE)
    address = legal(edition.url, "url")
    website = legal(_website(edition), "link")
    # The order matters: feedgen makes the last link the channel's.
    feed.link(href=f"{address}/feed.xml", rel="self", type="application/rss+xml")
    feed.link(href=website, rel="alternate")
    if edition.artwork:
        feed.image(url=f"{address}/{edition.artwork.key}", title=edition.show.title, link=website)


def _website(edition: Edition) -> str:
    return edition.show.link or f"{edition.url}/"


def _fill_apple_channel(feed: FeedGenerator, show: Show) -> None:
    legal = partial(legal_text, owner=_SHOW_FILE)
    _required(legal(show.author, "author"), "author", owner=_SHOW_FILE)  # ShowTags write it, behind the owner
    feed.podcast.itunes_type(show.type.value)
    if show.new_feed_url:
        feed.podcast.itunes_new_feed_url(legal(show.new_feed_url, "new_feed_url"))
    if show.owner and show.owner.email:
        name, email = show.owner.name or show.author, show.owner.email
        feed.podcast.itunes_owner(name=legal(name, "owner's name"), email=legal(email, "owner's email"))


def _fill_entry(entry: FeedEntry, item: Item, edition: Edition, describe: Callable[[Text], str]) -> None:
    episode = item.episode
    legal = partial(legal_text, owner=episode.folder)
    entry.title(_required(legal(episode.title, "title"), "title", owner=episode.folder))
    entry.guid(legal(item.guid, "guid"), permalink=False)
    entry.link(href=legal(episode.link or _website(edition), "link"))
    _fill_notes(entry, episode.notes, describe, owner=episode.folder)
    _fill_enclosure(entry, item, edition, owner=episode.folder)
    _fill_apple_item(entry, item)
    entry.extras.fill(item_tags(item, edition), owner=episode.folder)


def _fill_notes(entry: FeedEntry, notes: Text, describe: Callable[[Text], str], *, owner: str) -> None:
    description, rich = (legal_text(text, "notes", owner=owner) for text in (describe(notes), notes.html))
    if not description:
        return  # without one, feedgen would write the rich notes in its place
    entry.description(verbatim(description))
    if rich:
        entry.content(verbatim(rich))


def _fill_enclosure(entry: FeedEntry, item: Item, edition: Edition, *, owner: str) -> None:
    media = item.media
    if media.size <= 0:
        raise FeedError(
            f"{owner}: the audio {media.key} is said to have {media.size} bytes",
            "Make the episode's audio again: apps refuse an enclosure without a length.",
        )
    url = legal_text(enclosure_url(edition.url, media.key, item.prefix), "audio's address", owner=owner)
    entry.enclosure(url, media.size, legal_text(media.content_type, "audio's type", owner=owner))


def _fill_apple_item(entry: FeedEntry, item: Item) -> None:
    episode = item.episode
    entry.podcast.itunes_title(episode.title)
    entry.podcast.itunes_episode_type(episode.type.value)
    entry.podcast.itunes_duration(_whole_seconds(item.media.duration))
    # Apple wants no zeros, and feedgen writes none here; podcast:season and podcast:episode do carry a 0.
    entry.podcast.itunes_season(episode.season)
    entry.podcast.itunes_episode(episode.number)
    if episode.summary:
        entry.podcast.itunes_summary(legal_text(episode.summary, "summary", owner=episode.folder))


def _whole_seconds(length: timedelta) -> int:
    return max(1, (length + _SECOND / 2) // _SECOND)
