"""Two strict XML parsers as readers: expat (C) and saxes (JavaScript). podcastkit writes feeds with neither."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tests.readers.fields import Reading, group_by_field, parse_seconds
from tests.readers.strict import NAMESPACES

if TYPE_CHECKING:
    from tests.readers.node import Node


def read_by_expat(feed: bytes) -> Reading:
    """Return all fields of a feed, read with expat."""
    return _read_fields(ET.fromstring(feed))  # noqa: S314 - our own feed, and expat limits the expansion of entities


def read_by_saxes(feed: bytes, node: Node) -> Reading:
    """Return all fields of a feed, read with saxes."""
    return _read_fields(_element(node.read("saxes", feed.decode())))


def _element(parsed: list[Any]) -> ET.Element:
    name, attributes, children = parsed
    element = ET.Element(name, attributes)
    element.text = "".join(child for child in children if isinstance(child, str)) or None
    element.extend(_element(child) for child in children if isinstance(child, list))
    return element


def _read_fields(root: ET.Element) -> Reading:
    channel = root[0]
    return _of_channel(channel) | group_by_field(map(_of_item, channel.findall("item")))


def _of_channel(channel: ET.Element) -> Reading:
    owner = channel.find("itunes:owner", NAMESPACES)
    return {
        "title": _text(channel, "title"),
        "link": _text(channel, "link"),
        "description": _text(channel, "description"),
        "language": _text(channel, "language"),
        "copyright": _text(channel, "copyright"),
        "author": _text(channel, "itunes:author"),
        "owner": None if owner is None else (_text(owner, "itunes:name"), _text(owner, "itunes:email")),
        "type": _text(channel, "itunes:type"),
        "categories": [line for each in _elements(channel, "itunes:category") for line in _category(each)],
        "complete": _text(channel, "itunes:complete") == "Yes",
        "new_feed_url": _text(channel, "itunes:new-feed-url"),
        "self": _attribute(channel, "atom:link[@rel='self']", "href"),
        "translations": [
            (each.get("hreflang"), each.get("href")) for each in _elements(channel, "atom:link[@rel='alternate']")
        ],
        "updated": _moment(_text(channel, "lastBuildDate")),
        **_of_namespace(channel),
        **_of_both(channel),
    }


def _of_namespace(channel: ET.Element) -> Reading:
    locked = _elements(channel, "podcast:locked")[0]
    return {
        "guid": _text(channel, "podcast:guid"),
        "locked": (locked.text == "yes", locked.get("owner")),
        "medium": _text(channel, "podcast:medium"),
        "frequency": _frequency(channel.find("podcast:updateFrequency", NAMESPACES)),
        "trailers": [
            (
                each.text,
                *_enclosure(each),
                _moment(each.get("pubdate")),
                _whole(each.get("season")),
            )
            for each in _elements(channel, "podcast:trailer")
        ],
        "podroll": [_remote(each) for each in _elements(channel, "podcast:podroll/podcast:remoteItem")],
        "publisher": next(map(_remote, _elements(channel, "podcast:publisher/podcast:remoteItem")), None),
        "podping": _attribute(channel, "podcast:podping", "usesPodping") == "true",
        "blocks": [(each.get("id"), each.text == "yes") for each in _elements(channel, "podcast:block")],
    }


def _of_item(item: ET.Element) -> Reading:
    chapters = item.find("podcast:chapters", NAMESPACES)
    return {
        "guid": _text(item, "guid[@isPermaLink='false']"),
        "title": _text(item, "title"),
        "link": _text(item, "link"),
        "description": _text(item, "description"),
        "notes": _text(item, "content:encoded"),
        "summary": _text(item, "itunes:summary"),
        "enclosure": _enclosure(_elements(item, "enclosure")[0]),
        "duration": _whole(_text(item, "itunes:duration")),
        "published": _moment(_text(item, "pubDate")),
        "transcripts": [
            (each.get("url"), each.get("type"), each.get("language"))
            for each in _elements(item, "podcast:transcript")
        ],
        "chapters": None if chapters is None else (chapters.get("url"), chapters.get("type")),
        "marks": [
            (parse_seconds(each.get("start", "")), *map(each.get, ("title", "href", "image")))
            for each in _elements(item, "psc:chapters[@version='1.2']/psc:chapter")
        ],
        "alternates": list(map(_alternate, _elements(item, "podcast:alternateEnclosure"))),
        "type": _text(item, "itunes:episodeType"),
        "season": _whole(_text(item, "podcast:season")),
        "season_name": _attribute(item, "podcast:season", "name"),
        "number": _whole(_text(item, "podcast:episode")),
        "number_display": _attribute(item, "podcast:episode", "display"),
        "soundbites": [
            (float(each.get("startTime", "")), float(each.get("duration", "")), each.text)
            for each in _elements(item, "podcast:soundbite")
        ],
        "content_links": [(each.get("href"), each.text) for each in _elements(item, "podcast:contentLink")],
        **_of_both(item),
    }


def _of_both(parent: ET.Element) -> Reading:
    license_ = parent.find("podcast:license", NAMESPACES)
    return {
        "explicit": {"true": True, "false": False}[_text(parent, "itunes:explicit") or ""],
        "artwork": _attribute(parent, "itunes:image", "href"),
        "images": list(map(_image, _elements(parent, "podcast:image"))),
        "blocked": _text(parent, "itunes:block") == "Yes",
        "txt": [(each.get("purpose"), each.text) for each in _elements(parent, "podcast:txt")],
        "people": [
            (each.text, *map(each.get, ("role", "group", "href", "img")))
            for each in _elements(parent, "podcast:person")
        ],
        "places": [
            (each.text, *map(each.get, ("rel", "geo", "osm", "country")))
            for each in _elements(parent, "podcast:location")
        ],
        "funding": [(each.get("url"), each.text) for each in _elements(parent, "podcast:funding")],
        "license": None if license_ is None else (license_.text, license_.get("url")),
        "social": [
            (*map(each.get, ("protocol", "uri", "accountId", "accountUrl")), _whole(each.get("priority")))
            for each in _elements(parent, "podcast:socialInteract")
        ],
    }


def _enclosure(element: ET.Element) -> tuple[str | None, int | None, str | None]:
    return (element.get("url"), _whole(element.get("length")), element.get("type"))


def _alternate(element: ET.Element) -> tuple[Any, ...]:
    (integrity,) = _elements(element, "podcast:integrity")
    return (
        [each.get("uri") for each in _elements(element, "podcast:source")],
        (integrity.get("type"), integrity.get("value")),
        element.get("type"),
        _whole(element.get("length")),
        _whole(element.get("bitrate")),
        *map(element.get, ("lang", "title", "rel", "codecs")),
    )


def _image(element: ET.Element) -> tuple[Any, ...]:
    href, alt, ratio, kind, purpose = map(element.get, ("href", "alt", "aspect-ratio", "type", "purpose"))
    return (
        href,
        alt,
        Fraction(ratio or ""),
        _whole(element.get("width")),
        _whole(element.get("height")),
        kind,
        purpose,
    )


def _frequency(element: ET.Element | None) -> tuple[Any, ...] | None:
    if element is None:
        return None
    start = element.get("dtstart")
    return (
        element.text,
        element.get("complete") == "true",
        datetime.fromisoformat(start) if start else None,
        element.get("rrule"),
    )


def _remote(element: ET.Element) -> tuple[str | None, ...]:
    return tuple(map(element.get, ("feedGuid", "feedUrl", "title", "medium")))


def _elements(parent: ET.Element, path: str) -> list[ET.Element]:
    return parent.findall(path, NAMESPACES)


def _text(parent: ET.Element, path: str) -> str | None:
    return next((element.text or None for element in _elements(parent, path)), None)


def _attribute(parent: ET.Element, path: str, name: str) -> str | None:
    return next((element.get(name) for element in _elements(parent, path)), None)


def _category(element: ET.Element) -> list[str]:
    name = element.get("text", "")
    return [f"{name} > {child.get('text')}" for child in element] or [name]


def _whole(text: str | None) -> int | None:
    return int(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return parsedate_to_datetime(text) if text else None
