"""A published feed, back to values: what subscribers see of it, and each item word for word."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from podcastkit.diagnostics import FeedError, Severity
from podcastkit.feed.dates import read_date, write_date
from podcastkit.feed.tag_table import COMPARED_IN_CHANNEL, COMPARED_IN_ITEM, FILES
from podcastkit.feed.xml_errors import NO_XML
from podcastkit.feed.xml_parser import LARGEST, NOT_RSS, read_document
from podcastkit.model import EpisodeType, LinkedFile, LiveFeed, LiveItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from podcastkit.feed.tags import Tag
    from podcastkit.feed.xml_document import Document, Element

_WEB = ("https://", "http://")
_VERSIONS = "podcast:alternateEnclosure"


@lru_cache(maxsize=2)  # a publish reads the new feed and the live one more than once
def read_feed(data: bytes) -> LiveFeed:
    """Return a podcast's RSS feed as values, its items in the order of the feed.

    What an item lacks is None, save its GUID: without one its audio's address counts, as in apps, or else its link.
    Raises `FeedError` when the bytes are no RSS 2.0.
    """
    document, channel = _read(data)
    return LiveFeed(
        guid=channel.text_of("podcast:guid") or None,
        fields=_fields(channel, COMPARED_IN_CHANNEL),
        items=tuple(_live_item(item, document) for item in channel.all("item")),
        built=read_date(channel.text_of("lastBuildDate")),
    )


def linked_files(data: bytes) -> tuple[LinkedFile, ...]:
    """Return every file that a feed sends apps to, in the order of the feed; the show's own artwork first.

    Raises `FeedError` when the bytes are no RSS 2.0.
    """
    _, channel = _read(data)
    files = [*_links(channel, None)]
    for item in channel.all("item"):
        files += _links(item, item.text_of("guid") or None)
    return tuple(files)


def without_item(data: bytes, guid: str) -> bytes:
    """Return the feed without the item that has the GUID, everything else as it was; the same bytes without one.

    A `podcast:trailer` that names the item's audio goes with it.

    Raises `FeedError` when the bytes are no RSS 2.0.
    """
    document, channel = _read(data)
    items = [item for item in channel.all("item") if _guid(item) == guid]
    if not items:
        return data
    urls = {enclosure.get("url") for item in items for enclosure in item.all("enclosure")}
    trailers = [trailer for trailer in channel.all("podcast:trailer") if trailer.get("url") in urls]
    return document.cut([*trailers, *items])


def built_no_earlier(data: bytes, moment: datetime | None) -> bytes:
    """Return the feed with this `lastBuildDate`, unless its own is as late; the same bytes when it has none.

    Raises `FeedError` when the bytes are no RSS 2.0.
    """
    document, channel = _read(data)
    own = read_date(channel.text_of("lastBuildDate"))
    if moment is None or own is None or own >= moment:
        return data
    return document.replace(channel.all("lastBuildDate")[0], f"<lastBuildDate>{write_date(moment)}</lastBuildDate>")


def _read(data: bytes) -> tuple[Document, Element]:
    # Notes of our own may be longer than what `check` lets pass.
    document = read_document(data, "feed.xml", longest_text=LARGEST)
    if document.channel:
        return document, document.channel
    [found] = [finding for finding in document.diagnostics if finding.severity is Severity.ERROR]
    message, hint = found.message, found.hint or ""
    if found.code != NOT_RSS:
        message = f"the feed cannot be read as XML: {message.removeprefix(f'{NO_XML}: ')} ({found.location})"
    raise FeedError(f"{message[:1].upper()}{message[1:]}", f"{hint[:1].upper()}{hint[1:]}.")


def _fields(parent: Element, compared: Mapping[str, Tag]) -> dict[str, str]:
    found = {}
    for name, tag in compared.items():
        for alias in (name, *tag.also):
            elements = parent.children.get(alias)
            if elements and (text := tag.read(elements)):
                found[tag.compared_as] = text
                break
    return found


def _live_item(item: Element, document: Document) -> LiveItem:
    return LiveItem(
        guid=_guid(item),
        title=item.text_of("title", "itunes:title"),
        published=read_date(item.text_of("pubDate")),
        type=_type(item.text_of("itunes:episodeType")),
        season=_whole(item.text_of("itunes:season", "podcast:season")),
        number=_whole(item.text_of("itunes:episode", "podcast:episode")),
        enclosure_url=_enclosure_url(item),
        fields=_fields(item, COMPARED_IN_ITEM),
        xml=document.xml_of_item(item),
    )


def _guid(item: Element) -> str:
    return item.text_of("guid") or _enclosure_url(item) or item.text_of("link")


def _enclosure_url(item: Element) -> str | None:
    return next(filter(None, (enclosure.get("url") for enclosure in item.all("enclosure"))), None)


def _type(text: str) -> EpisodeType:
    try:
        return EpisodeType((text or "full").lower())
    except ValueError:
        return EpisodeType.FULL


def _whole(text: str) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def _links(parent: Element, guid: str | None) -> Iterator[LinkedFile]:
    children = [
        child for name in parent.children if name in FILES or name == _VERSIONS for child in parent.all(name)
    ]
    for child in sorted(children, key=attrgetter("start")):
        if child.name == _VERSIONS:
            yield from _sources(child, guid)
        elif url := _address(child):
            yield LinkedFile(
                kind=FILES[child.name].file or "",
                url=url,
                guid=guid,
                length=_whole(child.get("length")),
                content_type=child.attributes.get("type"),
                duration=parent.text_of("itunes:duration") if child.name == "enclosure" else "",
            )


def _address(element: Element) -> str:
    attribute = next(iter(FILES[element.name].attributes), None)
    return element.get(attribute) if attribute else element.text_of("url")


def _sources(version: Element, guid: str | None) -> Iterator[LinkedFile]:
    """Yield what another version of the audio can be fetched from over the web: the same file each time.

    Save where a source has a type of its own, as a torrent has: that is another file.
    """
    length, promised = _whole(version.get("length")), version.attributes.get("type")
    for source in version.all("podcast:source"):
        uri, own = source.get("uri"), source.attributes.get("contentType")
        if uri.lower().startswith(_WEB):
            same = own in {None, promised}
            yield LinkedFile(
                kind="alternate", url=uri, guid=guid, length=length if same else None, content_type=own or promised
            )
