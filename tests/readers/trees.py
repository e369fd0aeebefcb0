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
    return _read_fields(_build_element(node.read("saxes", feed.decode())))


def _build_element(parsed: list[Any]) -> ET.Element:
    name, attributes, children = parsed
    element = ET.Element(name, attributes)
    element.text = "".join(child for child in children if isinstance(child, str)) or None
    element.extend(_build_element(child) for child in children if isinstance(child, list))
    return element


def _read_fields(root: ET.Element) -> Reading:
    channel = root[0]
    return _read_channel(channel) | group_by_field(map(_read_item, channel.findall("item")))


def _read_channel(channel: ET.Element) -> Reading:
    owner = channel.find("itunes:owner", NAMESPACES)
    return {
        "title": _find_text(channel, "title"),
        "link": _find_text(channel, "link"),
        "description": _find_text(channel, "description"),
        "language": _find_text(channel, "language"),
        "copyright": _find_text(channel, "copyright"),
        "author": _find_text(channel, "itunes:author"),
        "owner": None if owner is None else (_find_text(owner, "itunes:name"), _find_text(owner, "itunes:email")),
        "type": _find_text(channel, "itunes:type"),
        "categories": [
            line for each in _find_elements(channel, "itunes:category") for line in _read_category(each)
        ],
        "complete": _find_text(channel, "itunes:complete") == "Yes",
        "new_feed_url": _find_text(channel, "itunes:new-feed-url"),
        "self": _find_attribute(channel, "atom:link[@rel='self']", "href"),
        "translations": [
            (each.get("hreflang"), each.get("href"))
            for each in _find_elements(channel, "atom:link[@rel='alternate']")
        ],
        "updated": _parse_date(_find_text(channel, "lastBuildDate")),
        **_read_channel_namespace(channel),
        **_read_shared_tags(channel),
    }


def _read_channel_namespace(channel: ET.Element) -> Reading:
    locked = _find_elements(channel, "podcast:locked")[0]
    return {
        "guid": _find_text(channel, "podcast:guid"),
        "locked": (locked.text == "yes", locked.get("owner")),
        "medium": _find_text(channel, "podcast:medium"),
        "frequency": _read_frequency(channel.find("podcast:updateFrequency", NAMESPACES)),
        "trailers": [
            (
                each.text,
                *_read_enclosure(each),
                _parse_date(each.get("pubdate")),
                _parse_number(each.get("season")),
            )
            for each in _find_elements(channel, "podcast:trailer")
        ],
        "podroll": [
            _read_remote_item(each) for each in _find_elements(channel, "podcast:podroll/podcast:remoteItem")
        ],
        "publisher": next(
            map(_read_remote_item, _find_elements(channel, "podcast:publisher/podcast:remoteItem")), None
        ),
        "podping": _find_attribute(channel, "podcast:podping", "usesPodping") == "true",
        "blocks": [(each.get("id"), each.text == "yes") for each in _find_elements(channel, "podcast:block")],
    }


def _read_item(item: ET.Element) -> Reading:
    chapters = item.find("podcast:chapters", NAMESPACES)
    return {
        "guid": _find_text(item, "guid[@isPermaLink='false']"),
        "title": _find_text(item, "title"),
        "link": _find_text(item, "link"),
        "description": _find_text(item, "description"),
        "notes": _find_text(item, "content:encoded"),
        "summary": _find_text(item, "itunes:summary"),
        "enclosure": _read_enclosure(_find_elements(item, "enclosure")[0]),
        "duration": _parse_number(_find_text(item, "itunes:duration")),
        "published": _parse_date(_find_text(item, "pubDate")),
        "transcripts": [
            (each.get("url"), each.get("type"), each.get("language"))
            for each in _find_elements(item, "podcast:transcript")
        ],
        "chapters": None if chapters is None else (chapters.get("url"), chapters.get("type")),
        "marks": [
            (parse_seconds(each.get("start", "")), *map(each.get, ("title", "href", "image")))
            for each in _find_elements(item, "psc:chapters[@version='1.2']/psc:chapter")
        ],
        "alternates": list(map(_read_alternate, _find_elements(item, "podcast:alternateEnclosure"))),
        "type": _find_text(item, "itunes:episodeType"),
        "season": _parse_number(_find_text(item, "podcast:season")),
        "season_name": _find_attribute(item, "podcast:season", "name"),
        "number": _parse_number(_find_text(item, "podcast:episode")),
        "number_display": _find_attribute(item, "podcast:episode", "display"),
        "soundbites": [
            (float(each.get("startTime", "")), float(each.get("duration", "")), each.text)
            for each in _find_elements(item, "podcast:soundbite")
        ],
        "content_links": [(each.get("href"), each.text) for each in _find_elements(item, "podcast:contentLink")],
        **_read_shared_tags(item),
    }


def _read_shared_tags(parent: ET.Element) -> Reading:
    license_ = parent.find("podcast:license", NAMESPACES)
    return {
        "explicit": {"true": True, "false": False}[_find_text(parent, "itunes:explicit") or ""],
        "artwork": _find_attribute(parent, "itunes:image", "href"),
        "images": list(map(_read_image, _find_elements(parent, "podcast:image"))),
        "blocked": _find_text(parent, "itunes:block") == "Yes",
        "txt": [(each.get("purpose"), each.text) for each in _find_elements(parent, "podcast:txt")],
        "people": [
            (each.text, *map(each.get, ("role", "group", "href", "img")))
            for each in _find_elements(parent, "podcast:person")
        ],
        "places": [
            (each.text, *map(each.get, ("rel", "geo", "osm", "country")))
            for each in _find_elements(parent, "podcast:location")
        ],
        "funding": [(each.get("url"), each.text) for each in _find_elements(parent, "podcast:funding")],
        "license": None if license_ is None else (license_.text, license_.get("url")),
        "social": [
            (*map(each.get, ("protocol", "uri", "accountId", "accountUrl")), _parse_number(each.get("priority")))
            for each in _find_elements(parent, "podcast:socialInteract")
        ],
    }


def _read_enclosure(element: ET.Element) -> tuple[str | None, int | None, str | None]:
    return (element.get("url"), _parse_number(element.get("length")), element.get("type"))


def _read_alternate(element: ET.Element) -> tuple[Any, ...]:
    (integrity,) = _find_elements(element, "podcast:integrity")
    return (
        [each.get("uri") for each in _find_elements(element, "podcast:source")],
        (integrity.get("type"), integrity.get("value")),
        element.get("type"),
        _parse_number(element.get("length")),
        _parse_number(element.get("bitrate")),
        *map(element.get, ("lang", "title", "rel", "codecs")),
    )


def _read_image(element: ET.Element) -> tuple[Any, ...]:
    href, alt, ratio, kind, purpose = map(element.get, ("href", "alt", "aspect-ratio", "type", "purpose"))
    return (
        href,
        alt,
        Fraction(ratio or ""),
        _parse_number(element.get("width")),
        _parse_number(element.get("height")),
        kind,
        purpose,
    )


def _read_frequency(element: ET.Element | None) -> tuple[Any, ...] | None:
    if element is None:
        return None
    start = element.get("dtstart")
    return (
        element.text,
        element.get("complete") == "true",
        datetime.fromisoformat(start) if start else None,
        element.get("rrule"),
    )


def _read_remote_item(element: ET.Element) -> tuple[str | None, ...]:
    return tuple(map(element.get, ("feedGuid", "feedUrl", "title", "medium")))


def _find_elements(parent: ET.Element, path: str) -> list[ET.Element]:
    return parent.findall(path, NAMESPACES)


def _find_text(parent: ET.Element, path: str) -> str | None:
    return next((element.text or None for element in _find_elements(parent, path)), None)


def _find_attribute(parent: ET.Element, path: str, name: str) -> str | None:
    return next((element.get(name) for element in _find_elements(parent, path)), None)


def _read_category(element: ET.Element) -> list[str]:
    name = element.get("text", "")
    return [f"{name} > {child.get('text')}" for child in element] or [name]


def _parse_number(text: str | None) -> int | None:
    return int(text) if text else None


def _parse_date(text: str | None) -> datetime | None:
    return parsedate_to_datetime(text) if text else None
