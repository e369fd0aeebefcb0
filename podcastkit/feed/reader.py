"""Read a published feed: the values that subscribers see, and the original XML of each item."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from podcastkit.diagnostics import FeedError, Severity
from podcastkit.feed.dates import read_date, write_date
from podcastkit.feed.tag_table import COMPARED_IN_CHANNEL, COMPARED_IN_ITEM, FILES
from podcastkit.feed.xml_errors import MALFORMED
from podcastkit.feed.xml_parser import MAX_FEED_SIZE, NOT_RSS, read_document
from podcastkit.model import EpisodeType, LinkedFile, LiveFeed, LiveItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from podcastkit.feed.tags import Tag
    from podcastkit.feed.xml_document import Document, Element

_WEB_SCHEMES = ("https://", "http://")
_ALTERNATE = "podcast:alternateEnclosure"


@lru_cache(maxsize=2)  # a publish reads the new feed and the live one more than once
def read_feed(data: bytes) -> LiveFeed:
    """Return the values of a podcast's RSS feed, with the items in the order of the feed.

    A missing date, season, number or audio address of an item is None. The GUID of an item without one is the
    address of its audio, as in apps, or its link. Raises `FeedError` if the bytes are not RSS 2.0.
    """
    document, channel = _parse_feed(data)
    return LiveFeed(
        guid=channel.text_of("podcast:guid") or None,
        fields=_read_fields(channel, COMPARED_IN_CHANNEL),
        items=tuple(_read_item(item, document) for item in channel.all("item")),
        built=read_date(channel.text_of("lastBuildDate")),
    )


def list_linked_files(data: bytes) -> tuple[LinkedFile, ...]:
    """Return all files that a feed links to, in the order of the feed, beginning with the files of the channel.

    Raises `FeedError` if the bytes are not RSS 2.0.
    """
    _, channel = _parse_feed(data)
    files = [*_list_links(channel, None)]
    for item in channel.all("item"):
        files += _list_links(item, item.text_of("guid") or None)
    return tuple(files)


def remove_item(data: bytes, guid: str) -> bytes:
    """Return the feed without the item with this GUID and without any `podcast:trailer` for its audio.

    All other bytes stay unchanged. If there is no such item, return the same bytes. Raises `FeedError` if the bytes
    are not RSS 2.0.
    """
    document, channel = _parse_feed(data)
    items = [item for item in channel.all("item") if _find_guid(item) == guid]
    if not items:
        return data
    urls = {enclosure.get("url") for item in items for enclosure in item.all("enclosure")}
    trailers = [trailer for trailer in channel.all("podcast:trailer") if trailer.get("url") in urls]
    return document.remove_elements([*trailers, *items])


def ensure_build_date(data: bytes, moment: datetime | None) -> bytes:
    """Return the feed with a `lastBuildDate` that is not earlier than this moment.

    Return the same bytes if the date of the feed is later or missing, or if the moment is None. Raises `FeedError`
    if the bytes are not RSS 2.0.
    """
    document, channel = _parse_feed(data)
    own_date = read_date(channel.text_of("lastBuildDate"))
    if moment is None or own_date is None or own_date >= moment:
        return data
    xml = f"<lastBuildDate>{write_date(moment)}</lastBuildDate>"
    return document.replace_element(channel.all("lastBuildDate")[0], xml)


def _parse_feed(data: bytes) -> tuple[Document, Element]:
    """Return the document and its channel; raise `FeedError` if the document has no channel."""
    # The notes of our own feeds may be longer than `check` allows.
    document = read_document(data, "feed.xml", longest_text=MAX_FEED_SIZE)
    if document.channel:
        return document, document.channel
    [found] = [finding for finding in document.diagnostics if finding.severity is Severity.ERROR]
    message, hint = found.message, found.hint or ""
    if found.code != NOT_RSS:
        message = f"the feed cannot be read as XML: {message.removeprefix(f'{MALFORMED}: ')} ({found.location})"
    raise FeedError(f"{message[:1].upper()}{message[1:]}", f"{hint[:1].upper()}{hint[1:]}.")


def _read_fields(parent: Element, compared_tags: Mapping[str, Tag]) -> dict[str, str]:
    """Return the fields of a channel or an item that are compared between feeds: their names and values."""
    fields = {}
    for name, tag in compared_tags.items():
        # The first tag with a value counts.
        for alias in (name, *tag.also):
            elements = parent.children.get(alias)
            if elements and (text := tag.read(elements)):
                fields[tag.compared_as] = text
                break
    return fields


def _read_item(item: Element, document: Document) -> LiveItem:
    return LiveItem(
        guid=_find_guid(item),
        title=item.text_of("title", "itunes:title"),
        published=read_date(item.text_of("pubDate")),
        type=_parse_type(item.text_of("itunes:episodeType")),
        season=_parse_whole_number(item.text_of("itunes:season", "podcast:season")),
        number=_parse_whole_number(item.text_of("itunes:episode", "podcast:episode")),
        enclosure_url=_find_enclosure_url(item),
        fields=_read_fields(item, COMPARED_IN_ITEM),
        xml=document.get_item_xml(item),
    )


def _find_guid(item: Element) -> str:
    return item.text_of("guid") or _find_enclosure_url(item) or item.text_of("link")


def _find_enclosure_url(item: Element) -> str | None:
    return next(filter(None, (enclosure.get("url") for enclosure in item.all("enclosure"))), None)


def _parse_type(text: str) -> EpisodeType:
    try:
        return EpisodeType((text or "full").lower())
    except ValueError:
        return EpisodeType.FULL


def _parse_whole_number(text: str) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def _list_links(parent: Element, guid: str | None) -> Iterator[LinkedFile]:
    """Yield the files to which a channel or an item links. `guid` is the GUID of the item."""
    children = [
        child for name in parent.children if name in FILES or name == _ALTERNATE for child in parent.all(name)
    ]
    for child in sorted(children, key=attrgetter("start")):
        if child.name == _ALTERNATE:
            yield from _list_sources(child, guid)
        elif url := _find_address(child):
            yield LinkedFile(
                kind=FILES[child.name].file or "",
                url=url,
                guid=guid,
                length=_parse_whole_number(child.get("length")),
                content_type=child.attributes.get("type"),
                duration=parent.text_of("itunes:duration") if child.name == "enclosure" else "",
            )


def _find_address(element: Element) -> str:
    """Return the address of a file: the first attribute of its tag, or else the child `url`."""
    attribute = next(iter(FILES[element.name].attributes), None)
    return element.get(attribute) if attribute else element.text_of("url")


def _list_sources(alternate: Element, guid: str | None) -> Iterator[LinkedFile]:
    """Yield the web sources of an alternate.

    All sources are copies of the same file, except a source with its own type, such as a torrent.
    """
    length, type_of_alternate = _parse_whole_number(alternate.get("length")), alternate.attributes.get("type")
    for source in alternate.all("podcast:source"):
        uri, own_type = source.get("uri"), source.attributes.get("contentType")
        if uri.lower().startswith(_WEB_SCHEMES):
            is_same_file = own_type in {None, type_of_alternate}
            yield LinkedFile(
                kind="alternate",
                url=uri,
                guid=guid,
                length=length if is_same_file else None,
                content_type=own_type or type_of_alternate,
            )
