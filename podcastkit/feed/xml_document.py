"""The document of a feed: its elements with their lines, columns and byte positions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias
from xml.sax.saxutils import quoteattr

from podcastkit.feed.namespaces import find_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from podcastkit.diagnostics import Diagnostic, Location

_ITEM = "<item"
_ITEM_START_TAG = re.compile(r"""<item(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*""")


@dataclass(eq=False, slots=True)
class Element:
    """An element of a feed; its line and column count from 1, and its children are grouped by name."""

    name: str
    """The name from `namespaces.shorten_name`, as in `itunes:image`."""
    attributes: Mapping[str, str]
    line: int
    column: int
    start: int
    """The position in `Document.source`, in bytes."""
    children: Mapping[str, list[Element]]
    end: int = 0
    """The position after the element, in bytes; 0 for elements below the children of the channel."""
    raw: str = ""
    """The text of the element without its children, with leading and trailing whitespace."""

    @property
    def text(self) -> str:
        """The text without leading and trailing whitespace."""
        return self.raw.strip()

    def get(self, attribute: str) -> str:
        """Return an attribute without leading and trailing whitespace, or an empty string if it is missing."""
        return self.attributes.get(attribute, "").strip()

    def all(self, *names: str) -> Sequence[Element]:
        """Return the children with these names, in the order of the names."""
        if len(names) == 1:
            return self.children.get(names[0], ())
        return [child for name in names for child in self.children.get(name, ())]

    def first(self, *names: str) -> Element | None:
        """Return the first child with the first of these names that exists."""
        return next(iter(self.all(*names)), None)

    def text_of(self, *names: str) -> str:
        """Return the first text that is not empty of the children with these names, in the order of the names.

        Return an empty string if there is no such text.
        """
        for name in names:
            for child in self.children.get(name, ()):
                if text := child.raw.strip():
                    return text
        return ""

    def walk(self) -> Iterator[tuple[Element, Element]]:
        """Yield every descendant with its parent, without the items of a channel."""
        # A stack instead of recursion: nested generators would pass each element through every level.
        stack = [(_iterate_children(self), self)]
        while stack:
            children, parent = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                continue
            yield child, parent
            if child.children:
                stack.append((_iterate_children(child), child))


def _iterate_children(element: Element) -> Iterator[Element]:
    """Yield the children of an element, except items."""
    return chain.from_iterable(group for name, group in element.children.items() if name != "item")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A parsed document: an RSS 2.0 channel, or a finding with the reason why there is no channel."""

    name: str
    """The address or the file name."""
    channel: Element | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    encoding: str = "utf-8"
    declared_encoding: str = ""
    """The encoding in the XML declaration, with its original spelling, or an empty string."""
    is_declared: bool = False
    """Whether there is an XML declaration."""
    has_leading_whitespace: bool = False
    """Whether the document begins with whitespace or a second byte order mark."""
    root: Location | None = None
    """The location of the outermost element."""
    version: str = ""
    """The version of the outermost element, or an empty string."""
    namespaces: Mapping[str, Location] = field(default_factory=dict)
    """The addresses of the declared namespaces, with the location of the first declaration."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """The addresses of the namespaces that items inherit, by their prefixes."""
    source: bytes = b""
    """The document in UTF-8, without a byte order mark."""

    def remove_elements(self, elements: Iterable[Element]) -> bytes:
        """Return the document without these elements and the whitespace before them, in its own encoding."""
        kept_parts = []
        position = 0
        for element in sorted(elements, key=lambda element: element.start):
            kept_parts.append(self.source[position : element.start].rstrip())
            position = element.end
        return b"".join([*kept_parts, self.source[position:]]).lstrip().decode().encode(self.encoding)

    def replace_element(self, element: Element, xml: str) -> bytes:
        """Return the document with other XML instead of an element, in its own encoding."""
        parts = (self.source[: element.start], xml.encode(), self.source[element.end :])
        return b"".join(parts).decode().encode(self.encoding)

    def get_item_xml(self, item: Element) -> str:
        """Return the original XML of an item, with declarations of the namespaces that it inherits."""
        xml = self.source[item.start : item.end].decode()
        start_tag = _ITEM_START_TAG.match(xml)
        # Declare only the namespaces that the item uses and does not declare itself.
        used_prefixes = {name.rpartition(":")[0] for name in _list_names(item)}
        declarations = ""
        for prefix, address in self.prefixes.items():
            is_used = (find_prefix(address) or address) in used_prefixes
            if is_used and not (start_tag and re.search(rf"\sxmlns:{re.escape(prefix)}\s*=", start_tag[0])):
                declarations += f" xmlns:{prefix}={quoteattr(address)}"
        return f"{_ITEM}{declarations}{xml.removeprefix(_ITEM)}"


def _list_names(element: Element) -> Iterator[str]:
    """Yield the names of all attributes and tags in an element."""
    yield from element.attributes
    for name, group in element.children.items():
        yield name
        for child in group:
            if child.attributes or child.children:
                yield from _list_names(child)


Place: TypeAlias = tuple[Element, Element, Element | None]
"""An element, its parent, and its item, or None in the channel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A feed to check."""

    document: Document
    channel: Element
    items: Sequence[Element]
    podcast: Mapping[str, Sequence[Place]]
    """The tags of the podcast namespace, at any depth, by their names."""
    at: datetime
    """The time of the check: later dates are in the future."""
    address: str | None = None
    """The URL of a downloaded feed, after all redirects, or None for a file."""


def make_feed(document: Document, *, at: datetime, address: str | None = None) -> Feed | None:
    """Return the feed of a document, or None if it has no channel."""
    if document.channel is None:
        return None
    items = document.channel.all("item")
    podcast: dict[str, list[Place]] = {}
    for ancestor, item in ((document.channel, None), *((item, item) for item in items)):
        for element, parent in ancestor.walk():
            if element.name.startswith("podcast:"):
                podcast.setdefault(element.name, []).append((element, parent, item))
    return Feed(document=document, channel=document.channel, items=items, podcast=podcast, at=at, address=address)
