"""A feed as a document: its elements, each with its line and column, and where it stands in the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias
from xml.sax.saxutils import quoteattr

from podcastkit.feed.namespaces import prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from podcastkit.diagnostics import Diagnostic, Location

_ITEM = "<item"
_START_TAG = re.compile(r"""<item(?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*""")


@dataclass(eq=False, slots=True)
class Element:
    """An element with its place, which counts from 1, and its children by their names, in their order."""

    name: str
    """As `short_name` spells it."""
    attributes: Mapping[str, str]
    line: int
    column: int
    start: int
    """Where it begins in `Document.source`, in bytes."""
    children: Mapping[str, list[Element]]
    end: int = 0
    raw: str = ""
    """Its text beside its children, with the blanks around it."""

    @property
    def text(self) -> str:
        """Its text without the blanks around it."""
        return self.raw.strip()

    def get(self, attribute: str) -> str:
        """Return an attribute without blanks around it; empty when it is absent."""
        return self.attributes.get(attribute, "").strip()

    def all(self, *names: str) -> Sequence[Element]:
        """Return the children that have these names."""
        if len(names) == 1:
            return self.children.get(names[0], ())
        return [child for name in names for child in self.children.get(name, ())]

    def first(self, *names: str) -> Element | None:
        """Return the first child by the names in turn."""
        return next(iter(self.all(*names)), None)

    def text_of(self, *names: str) -> str:
        """Return the first text that a child has, by the names in turn; empty when none has any."""
        for name in names:
            for child in self.children.get(name, ()):
                if text := child.raw.strip():
                    return text
        return ""

    def below(self) -> Iterator[tuple[Element, Element]]:
        """Yield every child with its parent, at any depth, without the items of a channel."""
        waiting = [(_inner(self), self)]
        while waiting:
            children, parent = waiting[-1]
            child = next(children, None)
            if child is None:
                waiting.pop()
                continue
            yield child, parent
            if child.children:
                waiting.append((_inner(child), child))


def _inner(element: Element) -> Iterator[Element]:
    return chain.from_iterable(same for name, same in element.children.items() if name != "item")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What bytes hold: a channel of RSS 2.0, or a finding that says why there is none."""

    name: str
    """Its address or file, as somebody gave it."""
    channel: Element | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    encoding: str = "utf-8"
    declared_encoding: str = ""
    """The encoding that its XML declaration names, as it is written; empty when it names none."""
    is_declared: bool = False
    """Whether it begins with an XML declaration."""
    has_margin: bool = False
    """Whether there are blanks, or a second byte order mark, before that."""
    root: Location | None = None
    """Where its outermost element stands."""
    version: str = ""
    """The version that its outermost element has; empty when it has none."""
    namespaces: Mapping[str, Location] = field(default_factory=dict)
    """The addresses of those that it declares, and where each stands first."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """The namespaces that items inherit, by their prefixes."""
    source: bytes = b""
    """The document in UTF-8, without a byte order mark."""

    def cut(self, elements: Iterable[Element]) -> bytes:
        """Return the document without these elements and the blanks before them, in its own encoding."""
        kept = []
        begin = 0
        for element in sorted(elements, key=lambda element: element.start):
            kept.append(self.source[begin : element.start].rstrip())
            begin = element.end
        return b"".join([*kept, self.source[begin:]]).lstrip().decode().encode(self.encoding)

    def replace(self, element: Element, xml: str) -> bytes:
        """Return the document with other XML in the place of an element, in its own encoding."""
        parts = (self.source[: element.start], xml.encode(), self.source[element.end :])
        return b"".join(parts).decode().encode(self.encoding)

    def xml_of_item(self, item: Element) -> str:
        """Return an item word for word; it declares the namespaces that it takes from the elements around it."""
        xml = self.source[item.start : item.end].decode()
        own = _START_TAG.match(xml)
        used = {name.rpartition(":")[0] for name in _names_in(item)}
        declared = ""
        for prefix, address in self.prefixes.items():
            is_used = (prefix_of(address) or address) in used
            if is_used and not (own and re.search(rf"\sxmlns:{re.escape(prefix)}\s*=", own[0])):
                declared += f" xmlns:{prefix}={quoteattr(address)}"
        return f"{_ITEM}{declared}{xml.removeprefix(_ITEM)}"


def _names_in(element: Element) -> Iterator[str]:
    yield from element.attributes
    for name, same in element.children.items():
        yield name
        for child in same:
            if child.attributes or child.children:
                yield from _names_in(child)


Place: TypeAlias = tuple[Element, Element, Element | None]
"""An element, what it stands in, and the item that it belongs to, if it does to one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """A document that is a feed, and as of when it is looked at."""

    document: Document
    channel: Element
    items: Sequence[Element]
    podcast: Mapping[str, Sequence[Place]]
    """The tags of the podcast namespace, at any depth, by their names."""
    at: datetime
    address: str | None = None
    """Where it was fetched, at the end of redirects; None: it is a file."""


def as_feed(document: Document, *, at: datetime, address: str | None = None) -> Feed | None:
    """Return the feed that a document is, or None when it is none."""
    if document.channel is None:
        return None
    items = document.channel.all("item")
    podcast: dict[str, list[Place]] = {}
    for holder, item in ((document.channel, None), *((item, item) for item in items)):
        for element, parent in holder.below():
            if element.name.startswith("podcast:"):
                podcast.setdefault(element.name, []).append((element, parent, item))
    return Feed(document=document, channel=document.channel, items=items, podcast=podcast, at=at, address=address)
