"""Write an edition of a show as RSS 2.0 with feedgen, and avoid feedgen's pitfalls."""

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
from podcastkit.feed.rss_tags import get_website
from podcastkit.feed.safe_xml import check_text, make_cdata, make_character_error, parse_item, qualify_name
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
    """Return the feed as UTF-8 XML: the same edition always results in the same bytes.

    `describe` returns the short simple HTML for the `<description>` of the channel and of each item; if it returns
    an empty string, the notes of the item are left out. A `LiveItem` keeps its published XML. Raises `FeedError`
    with the episode and the field if a feed does not allow a value.
    """
    feed = FeedGenerator()
    feed.load_extension("podcast", atom=False)
    feed.register_extension("rest", partial(_ChannelExtension, edition, describe), atom=False)
    _fill_channel(feed, edition, describe)
    xml: bytes = feed.rss_str(pretty=True)
    return xml


write_show_tags: Final = Writer(SHOW_TAGS).mark_up
"""Return the tags of the channel of an edition that feedgen does not write."""
write_item_tags: Final = Writer(ITEM_TAGS).mark_up
"""Return the tags of an item that feedgen does not write; the arguments are the item and its edition."""


@dataclass(frozen=True)
class _ChannelExtension:
    """A feedgen extension that adds the other tags and the items to the channel.

    A feedgen entry needs more memory than the XML of its item, so there is only one entry at a time.
    """

    edition: Edition
    describe: Callable[[Text], str]

    def extend_ns(self) -> dict[str, str]:
        """Return the namespaces that the root element must declare."""
        return {prefix: NAMESPACES[prefix] for prefix in ("podcast", "psc")}

    def extend_rss(self, root: etree._Element) -> etree._Element:
        """Complete the channel of the `<rss>` element from feedgen, and return the element."""
        channel = root[0]
        append_tags(channel, write_show_tags(self.edition), owner=_SHOW_FILE)
        for item in self.edition.items:
            channel.append(_write_item(item, self.edition, self.describe))
        return root


def _write_item(item: Item | LiveItem, edition: Edition, describe: Callable[[Text], str]) -> etree._Element:
    if isinstance(item, LiveItem):
        return _copy_item(item)
    entry = FeedEntry()
    entry.register_extension("podcast", PodcastEntryExtension)
    _fill_entry(entry, item, describe)
    try:
        element: etree._Element = entry.rss_entry()
    except ValueError as error:
        raise make_character_error(_list_texts(item), owner=item.episode.folder) from error
    append_tags(element, write_item_tags(item, edition), owner=item.episode.folder)
    return element


def _copy_item(item: LiveItem) -> etree._Element:
    element = parse_item(item)
    # Remove the indentation of the old feed, so that the item gets the indentation of the new one.
    if not (element.text or "").strip():
        element.text = None
    for child in element:
        if not (child.tail or "").strip():
            child.tail = None
    return element


def append_tags(parent: etree._Element, tags: Iterable[Markup], *, owner: str) -> None:
    """Append tags to an element; raise `FeedError` if XML does not allow one of their texts."""
    for tag in tags:
        try:
            element = etree.SubElement(parent, qualify_name(tag.name), tag.attributes)
            if tag.text:
                element.text = tag.text
        except ValueError as error:
            texts = (tag.text or "", *tag.attributes.values())
            raise make_character_error(((f"<{tag.name}>", text) for text in texts), owner=owner) from error
        if tag.children:
            append_tags(element, tag.children, owner=owner)


def _fill_channel(feed: FeedGenerator, edition: Edition, describe: Callable[[Text], str]) -> None:
    show = edition.show
    check_characters = partial(check_text, owner=_SHOW_FILE)
    # feedgen would write the current time, and change the locale of the whole process to do so. No public method
    # removes the value; the table of tags writes the date of the newest item instead.
    feed._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001 - see above
    feed.docs("")
    feed.generator("podcastkit")
    feed.title(_check_not_empty(check_characters(show.title, "title"), "title", owner=_SHOW_FILE))
    feed.description(
        _format_description(_check_not_empty(describe(show.description), "description", owner=_SHOW_FILE))
    )
    feed.language(check_characters(show.language, "language"))
    feed.copyright(_COPYRIGHT_SIGN.sub("", check_characters(show.copyright or "", "copyright")))
    _fill_links(feed, edition)
    _fill_apple_channel(feed, show)


def _check_not_empty(text: str, field: str, *, owner: str) -> str:
    if not text.strip():
        raise FeedError(
            f"{owner}: the {field} is missing, but all apps need it", f"Add the {field} and publish again."
        )
    return text


def _format_description(description: str) -> str | etree.CDATA:
    """Return a single paragraph as plain text, because some apps do not expect HTML in a channel.

    Return any other HTML as a CDATA section.
    """
    if plain := _ONE_PARAGRAPH.fullmatch(description):
        description = plain[1]
    if "<" in description:
        return make_cdata(description, "description", owner=_SHOW_FILE)
    return check_text(description, "description", owner=_SHOW_FILE)


def _fill_links(feed: FeedGenerator, edition: Edition) -> None:
    check_characters = partial(check_text, owner=_SHOW_FILE)
    address = check_characters(edition.url, "url")
    website = check_characters(get_website(edition), "link")
    # The order matters: feedgen uses the last link as the link of the channel.
    feed.link(href=check_characters(edition.feed_url, "url"), rel="self", type="application/rss+xml")
    feed.link(href=website, rel="alternate")
    if edition.artwork:
        feed.image(url=f"{address}/{edition.artwork.key}", title=edition.show.title, link=website)


def _fill_apple_channel(feed: FeedGenerator, show: Show) -> None:
    check_characters = partial(check_text, owner=_SHOW_FILE)
    _check_not_empty(
        check_characters(show.author, "author"), "author", owner=_SHOW_FILE
    )  # the table writes the tag, after the owner
    feed.podcast.itunes_type(show.type.value)
    if show.new_feed_url:
        feed.podcast.itunes_new_feed_url(check_characters(show.new_feed_url, "new_feed_url"))
    if show.owner and show.owner.email:
        name, email = show.owner.name or show.author, show.owner.email
        feed.podcast.itunes_owner(
            name=check_characters(name, "owner's name"), email=check_characters(email, "owner's email")
        )


def _fill_entry(entry: FeedEntry, item: Item, describe: Callable[[Text], str]) -> None:
    episode = item.episode
    entry.title(_check_not_empty(episode.title, "title", owner=episode.folder))
    entry.guid(item.guid, permalink=False)
    _fill_notes(entry, episode.notes, describe, owner=episode.folder)
    _check_audio_size(item)
    _fill_apple_item(entry, item)


def _fill_notes(entry: FeedEntry, notes: Text, describe: Callable[[Text], str], *, owner: str) -> None:
    description = describe(notes)
    if not description:
        return  # feedgen would write the full notes as the description
    short_notes = full_notes = make_cdata(notes.html, "notes", owner=owner)
    if description != notes.html:
        short_notes = make_cdata(description, "notes", owner=owner)
    entry.description(short_notes)
    if notes.html:
        entry.content(full_notes)


def _check_audio_size(item: Item) -> None:
    media = item.media
    if media.size <= 0:
        raise FeedError(
            f"{item.episode.folder}: the size of the audio {media.key} is {media.size} bytes",
            "Encode the audio of the episode again: apps refuse an enclosure without a length.",
        )


def _fill_apple_item(entry: FeedEntry, item: Item) -> None:
    episode = item.episode
    entry.podcast.itunes_title(episode.title)
    entry.podcast.itunes_episode_type(episode.type.value)
    entry.podcast.itunes_duration(_round_to_seconds(item.media.duration))
    # Apple does not allow 0, and feedgen leaves it out here; podcast:season and podcast:episode may be 0.
    entry.podcast.itunes_season(episode.season)
    entry.podcast.itunes_episode(episode.number)
    if episode.summary:
        entry.podcast.itunes_summary(episode.summary)


def _list_texts(item: Item) -> Iterator[tuple[str, str]]:
    """Yield the texts of an item that feedgen writes, with the names that producers know."""
    episode = item.episode
    yield "title", episode.title
    yield "guid", item.guid
    yield "summary", episode.summary or ""


def _round_to_seconds(length: timedelta) -> int:
    """Return a duration in whole seconds, at least 1."""
    return max(1, (length + _SECOND / 2) // _SECOND)
