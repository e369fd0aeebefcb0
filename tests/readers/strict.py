"""Find errors in a feed that few readers notice. Each error is one sentence.

The feed is parsed by expat, which podcastkit does not use to write feeds. The tags and attributes are those of
RSS 2.0 (rssboard.org/rss-specification), of Apple (podcasters.apple.com/support/823), of the podcast namespace
(github.com/Podcastindex-org/podcast-namespace, docs/tags) and of Podlove (podlove.org/simple-chapters).
"""

from __future__ import annotations

import io
import re
from collections import Counter
from email.utils import format_datetime, parsedate_to_datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

NAMESPACES: Final = {
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "psc": "http://podlove.org/simple-chapters",
}
_PREFIXES = {address: prefix for prefix, address in NAMESPACES.items()}
_DATE = re.compile(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4,} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}")
_DESCRIPTION_BYTES = 4000
_ADDRESS = "https?://[!-~]+"
_AUDIO = "audio/(mpeg|x-m4a)"
_LANGUAGE = "[a-z]{2,3}(-[0-9A-Za-z]{2,8})*"
_RULE = "FREQ=(DAI|WEEK|MONTH)LY(;(INTERVAL|COUNT|BYMONTHDAY|BYSETPOS)=[-0-9,]+)*"
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_WHOLE = "[1-9][0-9]*"


class _Kind(NamedTuple):
    """The parents of a tag, its required and optional attributes, and whether it occurs only once."""

    parents: str
    required: str = ""
    optional: str = ""
    once: bool = False


_ONE_OF_CHANNEL = _Kind("channel", once=True)
_ONE_OF_ITEM = _Kind("item", once=True)
_ONE_OF_BOTH = _Kind("channel item", once=True)
_REMOTE = "feedUrl itemGuid medium title"
_KINDS: Final = {
    "channel": _Kind("rss", once=True),
    "title": _Kind("channel item image", once=True),
    "link": _Kind("channel item image", once=True),
    "description": _ONE_OF_BOTH,
    "language": _ONE_OF_CHANNEL,
    "copyright": _ONE_OF_CHANNEL,
    "generator": _ONE_OF_CHANNEL,
    "lastBuildDate": _ONE_OF_CHANNEL,
    "image": _ONE_OF_CHANNEL,
    "url": _Kind("image", once=True),
    "item": _Kind("channel"),
    "guid": _Kind("item", "isPermaLink", once=True),
    "enclosure": _Kind("item", "url length type", once=True),
    "pubDate": _ONE_OF_ITEM,
    "atom:link": _Kind("channel", "href rel", "type hreflang title"),
    "content:encoded": _ONE_OF_ITEM,
    "itunes:author": _ONE_OF_CHANNEL,
    "itunes:type": _ONE_OF_CHANNEL,
    "itunes:owner": _ONE_OF_CHANNEL,
    "itunes:name": _Kind("itunes:owner", once=True),
    "itunes:email": _Kind("itunes:owner", once=True),
    "itunes:category": _Kind("channel itunes:category", "text"),
    "itunes:image": _Kind("channel item", "href", once=True),
    "itunes:explicit": _ONE_OF_BOTH,
    "itunes:block": _ONE_OF_BOTH,
    "itunes:complete": _ONE_OF_CHANNEL,
    "itunes:new-feed-url": _ONE_OF_CHANNEL,
    "itunes:applepodcastsverify": _ONE_OF_CHANNEL,
    "itunes:title": _ONE_OF_BOTH,
    "itunes:summary": _ONE_OF_BOTH,
    "itunes:duration": _ONE_OF_ITEM,
    "itunes:season": _ONE_OF_ITEM,
    "itunes:episode": _ONE_OF_ITEM,
    "itunes:episodeType": _ONE_OF_ITEM,
    "podcast:guid": _ONE_OF_CHANNEL,
    "podcast:locked": _Kind("channel", "", "owner", once=True),
    "podcast:medium": _ONE_OF_CHANNEL,
    "podcast:trailer": _Kind("channel", "url pubdate", "length type season"),
    "podcast:updateFrequency": _Kind("channel", "", "complete dtstart rrule", once=True),
    "podcast:podroll": _ONE_OF_CHANNEL,
    "podcast:publisher": _ONE_OF_CHANNEL,
    "podcast:remoteItem": _Kind("podcast:podroll podcast:publisher", "feedGuid", _REMOTE),
    "podcast:podping": _Kind("channel", "usesPodping", once=True),
    "podcast:block": _Kind("channel", "", "id"),
    "podcast:funding": _Kind("channel item", "url"),
    "podcast:txt": _Kind("channel item", "", "purpose"),
    "podcast:person": _Kind("channel item", "", "role group img href"),
    "podcast:location": _Kind("channel item", "", "rel geo osm country"),
    "podcast:license": _Kind("channel item", "", "url", once=True),
    "podcast:image": _Kind("channel item", "href", "alt aspect-ratio width height type purpose"),
    "podcast:socialInteract": _Kind("channel item", "protocol", "uri accountId accountUrl priority"),
    "podcast:season": _Kind("item", "", "name", once=True),
    "podcast:episode": _Kind("item", "", "display", once=True),
    "podcast:transcript": _Kind("item", "url type", "language rel"),
    "podcast:chapters": _Kind("item", "url type", once=True),
    "podcast:soundbite": _Kind("item", "startTime duration"),
    "podcast:contentLink": _Kind("item", "href"),
    "podcast:alternateEnclosure": _Kind("item", "type", "length bitrate height lang title rel codecs default"),
    "podcast:source": _Kind("podcast:alternateEnclosure", "uri", "contentType"),
    "podcast:integrity": _Kind("podcast:alternateEnclosure", "type value", once=True),
    "psc:chapters": _Kind("item", "version", once=True),
    "psc:chapter": _Kind("psc:chapters", "start title", "href image"),
}
_NEEDED: Final = {
    "channel": "title link description language atom:link "
    "itunes:author itunes:category itunes:explicit itunes:image",
    "item": "title guid enclosure pubDate itunes:explicit itunes:duration itunes:episodeType",
    "podcast:alternateEnclosure": "podcast:source",
    "podcast:podroll": "podcast:remoteItem",
    "podcast:publisher": "podcast:remoteItem",
    "psc:chapters": "psc:chapter",
}
_TEXTS: Final = {
    "itunes:explicit": "true|false",
    "itunes:block": "Yes",
    "itunes:complete": "Yes",
    "itunes:type": "serial|episodic",
    "itunes:episodeType": "full|trailer|bonus",
    "itunes:season": "[1-9][0-9]*",
    "itunes:episode": "[1-9][0-9]*",
    "itunes:duration": "[1-9][0-9]*",
    "podcast:season": "[0-9]+",
    "podcast:episode": r"[0-9]+(\.[0-9]+)?",
    "podcast:locked": "yes|no",
    "podcast:block": "yes|no",
    "podcast:guid": _UUID,
    "podcast:person": r"\S(?s:.{0,127})",
    "podcast:trailer": r"(?s:.{0,127})\S",
    "podcast:updateFrequency": r"(?s:.{0,127})\S",
    "podcast:txt": "(?s:.{1,4000})",
}
_ATTRIBUTES: Final = {
    ("atom:link", "href"): _ADDRESS,
    ("atom:link", "rel"): "self|alternate",
    ("atom:link", "hreflang"): _LANGUAGE,
    ("atom:link", "type"): r"application/rss\+xml",
    ("enclosure", "url"): _ADDRESS,
    ("enclosure", "length"): _WHOLE,
    ("enclosure", "type"): _AUDIO,
    ("guid", "isPermaLink"): "true|false",
    ("itunes:image", "href"): _ADDRESS,
    ("podcast:alternateEnclosure", "bitrate"): _WHOLE,
    ("podcast:alternateEnclosure", "lang"): _LANGUAGE,
    ("podcast:alternateEnclosure", "length"): _WHOLE,
    ("podcast:alternateEnclosure", "rel"): ".{1,32}",
    ("podcast:alternateEnclosure", "title"): ".{1,32}",
    ("podcast:alternateEnclosure", "type"): _AUDIO,
    ("podcast:chapters", "type"): r"application/json\+chapters",
    ("podcast:chapters", "url"): _ADDRESS,
    ("podcast:image", "aspect-ratio"): f"{_WHOLE}/{_WHOLE}",
    ("podcast:image", "height"): _WHOLE,
    ("podcast:image", "href"): _ADDRESS,
    ("podcast:image", "type"): "image/(jpeg|png)",
    ("podcast:image", "width"): _WHOLE,
    ("podcast:integrity", "type"): "sri",
    ("podcast:integrity", "value"): "sha256-[0-9A-Za-z+/]{43}=",
    ("podcast:location", "country"): "[A-Z]{2}",
    ("podcast:location", "geo"): r"geo:-?[0-9.]+,-?[0-9.]+\S*",
    ("podcast:location", "osm"): "[NWR][0-9]+(#[0-9]+)?",
    ("podcast:location", "rel"): "subject|creator",
    ("podcast:podping", "usesPodping"): "true",
    ("podcast:remoteItem", "feedGuid"): _UUID,
    ("podcast:socialInteract", "priority"): _WHOLE,
    ("podcast:socialInteract", "protocol"): "disabled|activitypub|twitter|lightning|atproto|hive|matrix|nostr",
    ("podcast:soundbite", "startTime"): r"[0-9]+(\.[0-9]+)?",
    ("podcast:soundbite", "duration"): r"[0-9]+(\.[0-9]+)?",
    ("podcast:source", "uri"): _ADDRESS,
    ("podcast:trailer", "length"): _WHOLE,
    ("podcast:trailer", "season"): _WHOLE,
    ("podcast:trailer", "type"): _AUDIO,
    ("podcast:transcript", "language"): _LANGUAGE,
    ("podcast:transcript", "type"): "text/(plain|html|vtt)|application/(json|x-subrip)",
    ("podcast:transcript", "url"): _ADDRESS,
    ("podcast:updateFrequency", "complete"): "true",
    ("podcast:updateFrequency", "dtstart"): r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)",
    (
        "podcast:updateFrequency",
        "rrule",
    ): _RULE,
    ("psc:chapter", "start"): r"\d{2,}:[0-5]\d:[0-5]\d\.\d{3}",
    ("psc:chapter", "title"): r"(?s:.*\S.*)",
    ("psc:chapters", "version"): r"1\.2",
}


def find_feed_errors(feed: bytes, *, at: datetime, address: str | None = None, without: str = "") -> list[str]:
    """Return the errors of a feed that was written at the moment `at` and has the URL `address`.

    `without` names tags that may be missing, as in the feed of a show that has no artwork.
    """
    root = ET.fromstring(feed)  # noqa: S314 - our own feed, and expat refuses what expands too far
    faults = [*_find_prefix_errors(feed), *_find_element_errors(root, "")]
    for parent in root.iter():
        faults += _find_missing_tags(parent, set(without.split()))
    for element in root.iter():
        faults += [*_find_value_errors(element), *_find_date_errors(element, at)]
    channel = root.find("channel")
    if channel is not None:
        faults += [
            *_find_address_errors(channel, address),
            *_find_guid_errors(channel),
            *_find_frequency_errors(channel),
        ]
        faults += [*_find_block_errors(channel), *_find_remote_errors(channel), *_find_trailer_errors(channel)]
        faults += _find_image_errors(channel)
        for item in channel.iter("item"):
            faults += [*_find_chapter_errors(item), *_find_alternate_errors(item)]
    return faults


def _find_prefix_errors(feed: bytes) -> Iterator[str]:
    for _, (prefix, address) in ET.iterparse(io.BytesIO(feed), ["start-ns"]):  # noqa: S314 - the same feed
        if NAMESPACES.get(prefix) != address:
            yield f"the prefix {prefix!r} refers to {address}"


def _format_name(element: ET.Element) -> str:
    address, brace, name = element.tag.removeprefix("{").rpartition("}")
    return f"{_PREFIXES.get(address, address)}:{name}" if brace else name


def _find_element_errors(parent: ET.Element, where: str) -> Iterator[str]:
    for name, count in Counter(map(_format_name, parent)).items():
        kind = _KINDS.get(name)
        if kind is None or _format_name(parent) not in kind.parents.split():
            yield f"<{name}> is unknown in <{_format_name(parent)}>{where}"
        elif kind.once and count > 1:
            yield f"<{name}> occurs {count} times in <{_format_name(parent)}>{where}"
    for child in parent:
        yield from _find_attribute_errors(child, where)
        yield from _find_element_errors(child, _format_place(child) or where)


def _format_place(element: ET.Element) -> str:
    return f" of {element.findtext('title')!r}" if element.tag == "item" else ""


def _find_attribute_errors(element: ET.Element, where: str) -> Iterator[str]:
    name = _format_name(element)
    kind = _KINDS.get(name, _Kind(""))
    for attribute in sorted(set(kind.required.split()) - set(element.attrib)):
        yield f"<{name}> has no {attribute}{where}"
    for attribute in sorted(set(element.attrib) - set(f"{kind.required} {kind.optional}".split())):
        yield f"<{name}> has an unknown {attribute}{where}"


def _find_missing_tags(parent: ET.Element, forgiven: set[str]) -> Iterator[str]:
    there = set(map(_format_name, parent))
    for name in _NEEDED.get(_format_name(parent), "").split():
        if name not in there | forgiven:
            yield f"<{name}> is missing in <{_format_name(parent)}>{_format_place(parent)}"


def _find_value_errors(element: ET.Element) -> Iterator[str]:
    name, text = _format_name(element), element.text or ""
    if name in _TEXTS and not re.fullmatch(_TEXTS[name], text):
        yield f"<{name}> has the text {text!r}"
    for attribute, value in element.attrib.items():
        if (name, attribute) in _ATTRIBUTES and not re.fullmatch(_ATTRIBUTES[name, attribute], value):
            yield f"<{name}> has {attribute}={value!r}"
    if name == "description" and len(text.encode()) > _DESCRIPTION_BYTES:
        yield f"<description> has {len(text.encode())} bytes"


def _find_date_errors(element: ET.Element, at: datetime) -> Iterator[str]:
    name = _format_name(element)
    if name in {"pubDate", "lastBuildDate"}:
        yield from _find_moment_errors(name, element.text or "", at)
    if name == "podcast:trailer":
        yield from _find_moment_errors(name, element.get("pubdate", ""), at)


def _find_moment_errors(name: str, text: str, at: datetime) -> Iterator[str]:
    moment = _parse_moment(text)
    if moment is None:
        yield f"<{name}> is not a date of RFC 2822: {text!r}"
        return
    if format_datetime(moment)[:3] != text[:3]:
        yield f"<{name}> has the wrong weekday: {text!r}"
    if moment > at:
        yield f"<{name}> is in the future: {text!r}"


def _parse_moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _find_address_errors(channel: ET.Element, address: str | None) -> Iterator[str]:
    links = channel.findall("atom:link[@rel='self']", NAMESPACES)
    own = [link.get("href") for link in links]
    if len(own) != 1 or (address is not None and own != [address]):
        yield f"atom:link rel=self is {own}, but the URL of the feed is {address}"
    others = channel.findall("atom:link[@rel='alternate']", NAMESPACES)
    yield from (f"{link.get('href')} has no hreflang" for link in others if not link.get("hreflang"))
    languages = Counter([channel.findtext("language"), *(link.get("hreflang") for link in others)])
    yield from (f"there are {count} feeds in {name}" for name, count in languages.items() if count > 1)


def _find_guid_errors(channel: ET.Element) -> Iterator[str]:
    guids = Counter(item.findtext("guid") for item in channel.iter("item"))
    addresses = Counter(each.get("url") for each in channel.iter("enclosure"))
    yield from (f"the GUID {guid!r} occurs {count} times" for guid, count in guids.items() if count > 1)
    yield from (f"{address} is enclosed {count} times" for address, count in addresses.items() if count > 1)


def _find_frequency_errors(channel: ET.Element) -> Iterator[str]:
    frequency = channel.find("podcast:updateFrequency", NAMESPACES)
    rule, start = (None, None) if frequency is None else map(frequency.get, ("rrule", "dtstart"))
    if rule and "COUNT=" in rule and not start:
        yield f"<podcast:updateFrequency> has a COUNT without a dtstart: {rule!r}"
    is_complete = frequency is not None and frequency.get("complete") == "true"
    if channel.find("itunes:complete", NAMESPACES) is not None and not is_complete:
        yield "<itunes:complete> exists, but <podcast:updateFrequency> is not complete"


def _find_block_errors(channel: ET.Element) -> Iterator[str]:
    """Find services that are listed twice, or after the tag without id (podcast-namespace, tags/block)."""
    services = [block.get("id") for block in channel.findall("podcast:block", NAMESPACES)]
    yield from (f"{name or 'every service'} is blocked {n} times" for name, n in Counter(services).items() if n > 1)
    if None in services[:-1]:
        yield "the tag without id comes before a service"


def _find_remote_errors(channel: ET.Element) -> Iterator[str]:
    for publisher in channel.findall("podcast:publisher", NAMESPACES):
        media = [item.get("medium") for item in publisher]
        if media != ["publisher"]:
            yield f"<podcast:publisher> has the media {media}"
    for social in channel.iterfind(".//podcast:socialInteract", NAMESPACES):
        if (social.get("protocol") == "disabled") == ("uri" in social.attrib):
            yield f"<podcast:socialInteract> of {social.get('protocol')} has the uri {social.get('uri')}"


def _find_trailer_errors(channel: ET.Element) -> Iterator[str]:
    """Find trailers without a matching item."""
    kinds = {item.find("enclosure[@url]"): item.findtext("itunes:episodeType", "", NAMESPACES) for item in channel}
    trailers = {each.get("url") for each, kind in kinds.items() if each is not None and kind == "trailer"}
    for trailer in channel.findall("podcast:trailer", NAMESPACES):
        if trailer.get("url") not in trailers:
            yield f"<podcast:trailer> has no item: {trailer.get('url')}"


def _find_chapter_errors(item: ET.Element) -> Iterator[str]:
    starts = [each.get("start", "") for each in item.iterfind("psc:chapters/psc:chapter", NAMESPACES)]
    if starts != sorted(starts):
        yield f"<psc:chapters> are out of order{_format_place(item)}: {starts}"


def _find_alternate_errors(item: ET.Element) -> Iterator[str]:
    own = {each.get("url") for each in item.findall("enclosure")}
    for source in item.iterfind("podcast:alternateEnclosure/podcast:source", NAMESPACES):
        if source.get("uri") in own:
            yield f"<podcast:source> is the enclosure itself{_format_place(item)}"


def _find_image_errors(channel: ET.Element) -> Iterator[str]:
    for image in channel.iterfind(".//podcast:image[@width][@height]", NAMESPACES):
        width, height = int(image.get("width", "")), int(image.get("height", ""))
        ratio = image.get("aspect-ratio", f"{width}/{height}")
        if Fraction(width, height) != Fraction(ratio):
            yield f"<podcast:image> has {width} × {height} pixels and the aspect-ratio {ratio}"
