"""What a row of the table of tags says, and the element that is written from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from podcastkit.feed.tag_values import Value
    from podcastkit.feed.xml_document import Element


class Markup(NamedTuple):
    """An element to write: its prefixed name, text, attributes and children."""

    name: str
    text: str | None
    attributes: dict[str, str]
    children: tuple[Markup, ...] = ()


def read_words(elements: Sequence[Element]) -> str:
    """Return a line for each element that says something: its text, attributes and what its children say."""
    return "\n".join(filter(None, map(_words, elements)))


def _words(element: Element) -> str:
    if not element.attributes and not element.children:
        return element.text
    attributes = (value.strip() for value in element.attributes.values())
    children = (_words(child) for same in element.children.values() for child in same)
    return " ".join(filter(None, (element.text, *attributes, *children)))


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """A tag where it is found: in the channel, in an item, or within another tag."""

    name: str
    reference: str = ""
    """Its row of the reference: where it comes from, its limits, their source, and who reads it."""
    text: Value | None = None
    attributes: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """In the order in which they are written."""
    parents: tuple[str, ...] = ()
    """Where it is found; empty: in the channel or in an item, by its part of the table."""
    is_repeated: bool = False
    model: str | None = None
    """Where the edition, or the item, holds the values that the tag is written from."""
    write: Callable[..., Iterable[Markup]] | None = None
    """Writes the tag where the model alone does not tell it; gets the edition, or an item and its edition."""
    compared_as: str | None = None
    """How changes between feeds call it."""
    also: tuple[str, ...] = ()
    """Tags that say the same, and are read where this one says nothing."""
    read: Callable[[Sequence[Element]], str] = read_words
    file: str | None = None
    """The kind of the file to which its first attribute, or its `url` within it, sends apps."""
    missing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What happens without it, by the rules that ask for it."""
    example: str = ""


def make_writer(tag: Tag) -> Callable[..., Iterable[Markup]]:
    """Return what writes a tag for an edition, or for an item and its edition."""
    if tag.write or not tag.model:
        return tag.write or (lambda *_: ())
    find_values = attrgetter(tag.model)

    def write(of: object, *_: object) -> Iterable[Markup]:
        values = find_values(of)
        if values is None or values == ():
            return ()
        return [make_markup(tag, value) for value in (values if isinstance(values, tuple) else (values,))]

    return write


@lru_cache(maxsize=256)
def make_markup(tag: Tag, value: object) -> Markup:
    """Return a tag whose text is the value, or whose text and attributes are the value's fields."""
    if isinstance(value, str | bool):
        return Markup(tag.name, value if isinstance(value, str) else str(value).lower(), {})
    attributes = {name: _written(getattr(value, spec.of or name)) for name, spec in tag.attributes.items()}
    return Markup(
        tag.name,
        getattr(value, tag.text.of or "text") if tag.text else None,
        {name: text for name, text in attributes.items() if text is not None},
    )


def _written(value: object) -> str | None:
    """Return a value of the model as an attribute; a flag that is not set is left out."""
    if value is None or value is False:
        return None
    if value is True:
        return "true"
    return value.isoformat() if isinstance(value, datetime) else str(value)
