"""A published feed, back to values: what subscribers see of it, and each item word for word."""

from __future__ import annotations

import codecs
import copy
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lxml import etree

from podcastkit.diagnostics import FeedError
from podcastkit.feed.dates import read_date
from podcastkit.feed.namespaces import short_name
from podcastkit.feed.safe_xml import parse_xml, qualified
from podcastkit.feed.xml_document import is_web_page
from podcastkit.model import EpisodeType, LinkedFile, LiveFeed, LiveItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    _Children: TypeAlias = dict[str, list[etree._Element]]  # noqa: SLF001 - lxml's public type has this name

# What a subscriber sees, and the tags (or a tag's attribute) that tell it: the first that is there counts.
_BOTH: Final = {
    "title": ("title", "itunes:title"),
    "author": ("itunes:author", "author"),
    "link": ("link",),
    "artwork": ("itunes:image", "image"),
    "explicit": ("itunes:explicit",),
    "people": ("podcast:person",),
    "block": ("podcast:block", "itunes:block"),
    "license": ("podcast:license",),
    "location": ("podcast:location",),
    "txt": ("podcast:txt",),
    "funding": ("podcast:funding",),
    "social": ("podcast:socialInteract",),
    "images": ("podcast:image",),
}
_SHOW: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **_BOTH,
        "description": ("description", "itunes:summary"),
        "guid": ("podcast:guid",),
        "language": ("language",),
        "type": ("itunes:type",),
        "copyright": ("copyright",),
        "owner": ("itunes:owner",),
        "complete": ("itunes:complete",),
        "new_feed_url": ("itunes:new-feed-url",),
        "locked": ("podcast:locked",),
        "medium": ("podcast:medium",),
        "podroll": ("podcast:podroll",),
        "publisher": ("podcast:publisher",),
        "podping": ("podcast:podping",),
    }
)
_ITEM: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **_BOTH,
        "notes": ("content:encoded", "description", "itunes:summary"),
        "summary": ("itunes:summary",),
        "date": ("pubDate",),
        "duration": ("itunes:duration",),
        "season": ("itunes:season", "podcast:season"),
        "season_name": ("podcast:season@name",),
        "number": ("itunes:episode", "podcast:episode"),
        "number_display": ("podcast:episode@display",),
        "type": ("itunes:episodeType",),
        "chapters": ("podcast:chapters",),
        "transcripts": ("podcast:transcript",),
        "soundbites": ("podcast:soundbite",),
        "content_links": ("podcast:contentLink",),
        "alternates": ("podcast:alternateEnclosure",),
    }
)
# What an element links to, and the attribute that says where; None: a child of its own.
_LINKS: Final[Mapping[str, tuple[str, str | None]]] = MappingProxyType(
    {
        "enclosure": ("enclosure", "url"),
        "itunes:image": ("artwork", "href"),
        "image": ("artwork", None),
        "podcast:chapters": ("chapters", "url"),
        "podcast:transcript": ("transcript", "url"),
        "podcast:image": ("image", "href"),
        "podcast:trailer": ("trailer", "url"),
    }
)
_WEB = ("https://", "http://")


def read_feed(data: bytes) -> LiveFeed:
    """Return a podcast's RSS feed as values, its items in the order of the feed.

    What an item lacks is None, save its GUID: without one its audio's address counts, as in apps, or else its link.
    Raises `FeedError` when the bytes are no RSS 2.0.
    """
    children = _by_name(_channel(data))
    return LiveFeed(
        guid=_first(children, "podcast:guid"),
        fields=_fields(children, _SHOW) | _categories(children) | _frequency(children) | _trailers(children),
        items=tuple(_live_item(item) for item in children.get("item", ())),
    )


def linked_files(data: bytes) -> tuple[LinkedFile, ...]:
    """Return every file that a feed sends apps to, in the order of the feed; the show's own artwork first.

    Raises `FeedError` when the bytes are no RSS 2.0.
    """
    channel = _channel(data)
    files = [*_links(channel, None)]
    for item in channel.iterchildren("item"):
        guid = _first(_by_name(item), "guid")
        files += _links(item, guid)
    return tuple(files)


def without_item(data: bytes, guid: str) -> bytes:
    """Return the feed without the item that has the GUID, everything else as it was; the same bytes without one.

    A `podcast:trailer` that names the item's audio goes with it.

    Raises `FeedError` when the bytes are no RSS 2.0.
    """
    channel = _channel(data)
    items = [item for item in channel.iterchildren("item") if _live_item(item).guid == guid]
    if not items:
        return data
    urls = {enclosure.get("url") for item in items for enclosure in item.iterchildren("enclosure")}
    trailers = [tag for tag in channel.iterchildren(qualified("podcast:trailer")) if tag.get("url") in urls]
    for element in (*trailers, *items):
        before = element.getprevious()
        if before is not None:
            before.tail = element.tail  # what indents the next one, or the channel's end
        channel.remove(element)
    end = b"\n" if data.endswith(b"\n") else b""
    return etree.tostring(channel.getroottree(), encoding="UTF-8", xml_declaration=True) + end


def _links(parent: etree._Element, guid: str | None) -> Iterator[LinkedFile]:
    for child in parent.iterchildren("*"):
        if _name(child) == "podcast:alternateEnclosure":
            yield from _sources(child, guid)
        if (link := _LINKS.get(_name(child))) is None:
            continue
        kind, attribute = link
        url = child.get(attribute) if attribute else _first(_by_name(child), "url")
        if url:
            length = _whole(child.get("length"))
            yield LinkedFile(kind=kind, url=url.strip(), guid=guid, length=length, content_type=child.get("type"))


def _sources(alternate: etree._Element, guid: str | None) -> Iterator[LinkedFile]:
    """Yield what another version of the audio can be fetched from over the web: the same file each time.

    Save where a source has a type of its own, as a torrent has: that is another file.
    """
    length, promised = _whole(alternate.get("length")), alternate.get("type")
    for source in _by_name(alternate).get("podcast:source", ()):
        uri, own = source.get("uri", "").strip(), source.get("contentType")
        if uri.lower().startswith(_WEB):
            same = own in {None, promised}
            yield LinkedFile(
                kind="alternate", url=uri, guid=guid, length=length if same else None, content_type=own or promised
            )


def _channel(data: bytes) -> etree._Element:
    # Some hosts send blank lines before the XML declaration; apps overlook them.
    xml = data.removeprefix(codecs.BOM_UTF8).lstrip()
    if is_web_page(xml):
        raise _no_rss("a web page")
    root = parse_xml(xml, "The feed")
    channel = root.find("channel") if root.tag == "rss" else None
    if channel is None:
        raise _no_rss(f"XML that begins with <{etree.QName(root).localname}>")
    return channel


def _no_rss(found: str) -> FeedError:
    return FeedError(
        f"The feed is not RSS 2.0 but {found}",
        "Give the address of the show's RSS feed, the one that podcast apps subscribe to.",
    )


def _by_name(parent: etree._Element) -> _Children:
    children: _Children = {}
    for child in parent.iterchildren("*"):
        children.setdefault(_name(child), []).append(child)
    return children


def _name(element: etree._Element) -> str:
    name = etree.QName(element)
    return short_name(name.namespace, name.localname)


def _first(children: _Children, *names: str) -> str | None:
    """Return the text of the first element that has any, by the names in turn."""
    texts = (_text(element) for name in names for element in children.get(name, ()))
    return next(filter(None, texts), None)


def _text(element: etree._Element) -> str:
    # A comment inside breaks the text up: what follows it is the comment's tail.
    return "".join(filter(None, (element.text, *(child.tail for child in element)))).strip()


def _fields(children: _Children, table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    found = {
        field: next(filter(None, (_lines(children, name) for name in names)), "") for field, names in table.items()
    }
    return {field: lines for field, lines in found.items() if lines}


def _lines(children: _Children, name: str) -> str:
    """Return a line for each of the elements that says something; `name` may end in `@` and an attribute."""
    tag, _, attribute = name.partition("@")
    elements = children.get(tag, ())
    lines = [element.get(attribute, "").strip() if attribute else _words(element) for element in elements]
    return "\n".join(filter(None, lines))


def _words(element: etree._Element) -> str:
    """Return an element's text, attributes and what its children say, as one text."""
    own = (_text(element), *(value.strip() for value in element.attrib.values()))
    return " ".join(filter(None, (*own, *map(_words, element.iterchildren("*")))))


def _categories(children: _Children) -> dict[str, str]:
    lines = [line for element in children.get("itunes:category", ()) for line in _category_lines(element)]
    return {"categories": "\n".join(lines)} if lines else {}


def _category_lines(element: etree._Element) -> list[str]:
    name = element.get("text", "").strip()
    subs = [child.get("text", "").strip() for child in element.iterchildren("*")]
    return [f"{name} > {sub}" for sub in subs] or [name]


def _frequency(children: _Children) -> dict[str, str]:
    """Return the words of an update frequency, and behind them what apps reckon with."""
    for element in children.get("podcast:updateFrequency", ()):
        is_complete = element.get("complete", "").strip().lower() == "true"
        details = "complete" if is_complete else ", ".join(_given(element, "rrule", "dtstart"))
        return {"update_frequency": f"{_text(element)} ({details})" if details else _text(element)}
    return {}


def _trailers(children: _Children) -> dict[str, str]:
    """Return a line for each trailer; that its audio or date changed is told of its item."""
    lines = []
    for element in children.get("podcast:trailer", ()):
        season = _given(element, "season")
        lines.append(f"{_text(element)} (season {season[0]})" if season else _text(element))
    return {"trailers": "\n".join(lines)} if lines else {}


def _given(element: etree._Element, *attributes: str) -> list[str]:
    return [value.strip() for name in attributes if (value := element.get(name))]


def _live_item(item: etree._Element) -> LiveItem:
    children = _by_name(item)
    url = _lines(children, "enclosure@url").partition("\n")[0] or None
    return LiveItem(
        guid=_first(children, "guid") or url or _first(children, "link") or "",
        title=_first(children, "title", "itunes:title") or "",
        published=read_date(_first(children, "pubDate")),
        type=_type(_first(children, "itunes:episodeType")),
        season=_whole(_first(children, "itunes:season", "podcast:season")),
        number=_whole(_first(children, "itunes:episode", "podcast:episode")),
        enclosure_url=url,
        fields=_fields(children, _ITEM) | _audio(children),
        xml=_alone(item),
    )


def _type(text: str | None) -> EpisodeType:
    try:
        return EpisodeType((text or "full").lower())
    except ValueError:
        return EpisodeType.FULL


def _whole(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None


def _audio(children: _Children) -> dict[str, str]:
    lines = [f"{e.get('url', '')} {e.get('length', '')}".strip() for e in children.get("enclosure", ())]
    return {"audio": "\n".join(lines)} if any(lines) else {}


def _alone(item: etree._Element) -> str:
    """Return the item alone, without the feed's indentation, so that writing it back changes no byte."""
    alone = copy.deepcopy(item)
    alone.tail = None
    if not (alone.text or "").strip():
        alone.text = None
    for child in alone:
        if not (child.tail or "").strip():
            child.tail = None
    return etree.tostring(alone, encoding="unicode")
