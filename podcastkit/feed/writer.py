"""An edition of a show as the RSS 2.0 that apps read, written by feedgen and guarded from its traps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from feedgen.entry import FeedEntry
from feedgen.ext.podcast_entry import PodcastEntryExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from podcastkit.diagnostics import FeedError
from podcastkit.feed.item_tags import ITEM_TAGS
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.rss_tags import website_of
from podcastkit.feed.safe_xml import forbidden_character, legal_text, parse_item, qualified, verbatim
from podcastkit.feed.show_tags import SHOW_TAGS
from podcastkit.feed.tags import Writer
from podcastkit.model import LiveItem
from podcastkit.text.notes.truncation import describe_notes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from podcastkit.feed.tags import Markup
    from podcastkit.model import Edition, Item, Show, Text

_SHOW_FILE = "show.toml"
_COPYRIGHT_SIGN = re.compile(r"\A\s*(?:(?:copyright\b|©|\(c\))[\s:,.-]*)+", re.IGNORECASE)
_ONE_PARAGRAPH = re.compile(r"<p>([^<&]*)</p>")
_SECOND = timedelta(seconds=1)


def write_feed(edition: Edition, *, describe: Callable[[Text], str] = describe_notes) -> bytes:
    """Return the feed as UTF-8 XML: the same bytes for the same edition, wherever and whenever it is written.

    `describe` makes the short simple HTML of a `<description>`, of the channel and of each item; without one an
    item's notes are not written at all. A `LiveItem` is written as it was published. Raises `FeedError` naming
    episode and field when a value cannot stand in a feed.
    """
    feed = FeedGenerator()
    feed.load_extension("podcast", atom=False)
    feed.register_extension("rest", partial(_Rest, edition, describe), atom=False)
    _fill_channel(feed, edition, describe)
    xml: bytes = feed.rss_str(pretty=True)
    return xml


show_tags: Final = Writer(SHOW_TAGS).mark_up
"""Return the tags of an edition's channel that feedgen does not write."""
item_tags: Final = Writer(ITEM_TAGS).mark_up
"""Return the tags of an item, which comes with its edition, that feedgen does not write."""


@dataclass(frozen=True)
class _Rest:
    """A feedgen extension that completes the channel: with its other tags, and with the items.

    An entry of feedgen's takes more memory than what it writes, so that there is one at a time.
    """

    edition: Edition
    describe: Callable[[Text], str]

    def extend_ns(self) -> dict[str, str]:
        """Return what the root shall declare."""
        return {prefix: NAMESPACES[prefix] for prefix in ("podcast", "psc")}

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """Complete the channel of the `<rss>` that feedgen hands over here, and return that."""
        channel = root[0]
        append_tags(channel, show_tags(self.edition), owner=_SHOW_FILE)
        for item in self.edition.items:
            channel.append(_write_item(item, self.edition, self.describe))
        return root


def _write_item(item: Item | LiveItem, edition: Edition, describe: Callable[[Text], str]) -> etree._Element:
    if isinstance(item, LiveItem):
        return _kept_item(item)
    entry = FeedEntry()
    entry.register_extension("podcast", PodcastEntryExtension)
    _fill_entry(entry, item, describe)
    try:
        element: etree._Element = entry.rss_entry()
    except ValueError as error:
        raise forbidden_character(_texts(item), owner=item.episode.folder) from error
    append_tags(element, item_tags(item, edition), owner=item.episode.folder)
    return element


def _kept_item(item: LiveItem) -> etree._Element:
    element = parse_item(item)
    # The indentation is that of the feed that the item comes from; without it the item gets that of this feed.
    if not (element.text or "").strip():
        element.text = None
    for child in element:
        if not (child.tail or "").strip():
            child.tail = None
    return element


def append_tags(parent: etree._Element, tags: Iterable[Markup], *, owner: str) -> None:
    """Append tags to an element; raise `FeedError` when XML cannot carry one of their texts."""
    for tag in tags:
        try:
            element = etree.SubElement(parent, qualified(tag.name), tag.attributes)
            if tag.text:
                element.text = tag.text
        except ValueError as error:
            texts = (tag.text or "", *tag.attributes.values())
            raise forbidden_character(((f"<{tag.name}>", text) for text in texts), owner=owner) from error
        if tag.children:
            append_tags(element, tag.children, owner=owner)


def _fill_channel(feed: FeedGenerator, edition: Edition, describe: Callable[[Text], str]) -> None:
    show = edition.show
    legal = partial(legal_text, owner=_SHOW_FILE)
    # feedgen would write the moment of this call, and switch the locale of the whole process to do so. No public
    # method takes the value away; the table of tags writes the date of the newest item instead.
    feed._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001 - see above
    feed.docs("")
    feed.generator("podcastkit")
    feed.title(_required(legal(show.title, "title"), "title", owner=_SHOW_FILE))
    feed.description(_about(_required(describe(show.description), "description", owner=_SHOW_FILE)))
    feed.language(legal(show.language, "language"))
    feed.copyright(_COPYRIGHT_SIGN.sub("", legal(show.copyright or "", "copyright")))
    _fill_links(feed, edition)
    _fill_apple_channel(feed, show)


def _required(text: str, field: str, *, owner: str) -> str:
    if not text.strip():
        raise FeedError(
            f"{owner}: the {field} is missing, and every app needs it", f"Write a {field} and publish again."
        )
    return text


def _about(description: str) -> str | etree.CDATA:
    """Choose plain text where HTML would not add anything, since not every reader expects it of a channel."""
    if plain := _ONE_PARAGRAPH.fullmatch(description):
        description = plain[1]
    if "<" in description:
        return verbatim(description, "description", owner=_SHOW_FILE)
    return legal_text(description, "description", owner=_SHOW_FILE)


def _fill_links(feed: FeedGenerator, edition: Edition) -> None:
    legal = partial(legal_text, owner=_SHOW_FILE)
    address = legal(edition.url, "url")
    website = legal(website_of(edition), "link")
    # The order matters: feedgen makes the last link the channel's.
    feed.link(href=legal(edition.feed_url, "url"), rel="self", type="application/rss+xml")
    feed.link(href=website, rel="alternate")
    if edition.artwork:
        feed.image(url=f"{address}/{edition.artwork.key}", title=edition.show.title, link=website)


def _fill_apple_channel(feed: FeedGenerator, show: Show) -> None:
    legal = partial(legal_text, owner=_SHOW_FILE)
    _required(legal(show.author, "author"), "author", owner=_SHOW_FILE)  # the table writes it, behind the owner
    feed.podcast.itunes_type(show.type.value)
    if show.new_feed_url:
        feed.podcast.itunes_new_feed_url(legal(show.new_feed_url, "new_feed_url"))
    if show.owner and show.owner.email:
        name, email = show.owner.name or show.author, show.owner.email
        feed.podcast.itunes_owner(name=legal(name, "owner's name"), email=legal(email, "owner's email"))


def _fill_entry(entry: FeedEntry, item: Item, describe: Callable[[Text], str]) -> None:
    episode = item.episode
    entry.title(_required(episode.title, "title", owner=episode.folder))
    entry.guid(item.guid, permalink=False)
    _fill_notes(entry, episode.notes, describe, owner=episode.folder)
    _refuse_without_length(item)
    _fill_apple_item(entry, item)


def _fill_notes(entry: FeedEntry, notes: Text, describe: Callable[[Text], str], *, owner: str) -> None:
    description = describe(notes)
    if not description:
        return  # feedgen would write the rich notes in its place
    short = rich = verbatim(notes.html, "notes", owner=owner)
    if description != notes.html:
        short = verbatim(description, "notes", owner=owner)
    entry.description(short)
    if notes.html:
        entry.content(rich)


def _refuse_without_length(item: Item) -> None:
    media = item.media
    if media.size <= 0:
        raise FeedError(
            f"{item.episode.folder}: the audio {media.key} is said to have {media.size} bytes",
            "Make the episode's audio again: apps refuse an enclosure without a length.",
        )


def _fill_apple_item(entry: FeedEntry, item: Item) -> None:
    episode = item.episode
    entry.podcast.itunes_title(episode.title)
    entry.podcast.itunes_episode_type(episode.type.value)
    entry.podcast.itunes_duration(_whole_seconds(item.media.duration))
    # Apple wants no zeros, and feedgen writes none here; podcast:season and podcast:episode do carry a 0.
    entry.podcast.itunes_season(episode.season)
    entry.podcast.itunes_episode(episode.number)
    if episode.summary:
        entry.podcast.itunes_summary(episode.summary)


def _texts(item: Item) -> Iterator[tuple[str, str]]:
    """Yield what feedgen writes of an item, by what producers call it."""
    episode = item.episode
    yield "title", episode.title
    yield "guid", item.guid
    yield "summary", episode.summary or ""


def _whole_seconds(length: timedelta) -> int:
    return max(1, (length + _SECOND / 2) // _SECOND)
