"""The files that a feed names, as apps will ask for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from podcastkit.feed.reader import children_by_name, read_channel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

_SIZE = re.compile(r"[0-9]{1,18}")

Role = Literal["audio", "artwork", "chapters", "transcript"]

_OF_SHOWS: tuple[tuple[str, str, Role], ...] = (
    ("itunes:image", "href", "artwork"),
    ("podcast:trailer", "url", "audio"),
)
_OF_ITEMS: tuple[tuple[str, str, Role], ...] = (
    ("enclosure", "url", "audio"),
    ("itunes:image", "href", "artwork"),
    ("podcast:chapters", "url", "chapters"),
    ("podcast:transcript", "url", "transcript"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """One mention of a file in a feed; `url` is as it stands there, and may be anything."""

    url: str
    role: Role
    type: str | None = None
    """The media type that the feed promises."""
    length: int | None = None
    """The size in bytes that the feed promises."""
    is_enclosure: bool = False


def read_references(data: bytes) -> tuple[Reference, ...]:
    """Return what a feed names to be fetched, in its order: the show's artwork, then item by item.

    Raises `FeedError` when the bytes are no RSS 2.0; see `read_feed`.
    """
    channel = children_by_name(read_channel(data))
    found = list(_references(channel, _OF_SHOWS))
    pictures = [url for image in channel.get("image", ()) for url in children_by_name(image).get("url", ())]
    found += [Reference(url=(url.text or "").strip(), role="artwork") for url in pictures]
    for item in channel.get("item", ()):
        found += _references(children_by_name(item), _OF_ITEMS)
    return tuple(found)


def _references(
    children: dict[str, list[etree._Element]], table: tuple[tuple[str, str, Role], ...]
) -> Iterator[Reference]:
    for name, attribute, role in table:
        for element in children.get(name, ()):
            yield Reference(
                url=element.get(attribute, "").strip(),
                role=role,
                type=element.get("type", "").strip() or None,
                length=_whole(element.get("length", "")),
                is_enclosure=name == "enclosure",
            )


def _whole(text: str) -> int | None:
    """Return a size; the zero that some hosts write for an unknown one is none."""
    digits = text.strip()
    return (int(digits) or None) if _SIZE.fullmatch(digits) else None
