"""What a row of the table of tags says, and the element that is written from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from operator import attrgetter
from types import GeneratorType
from typing import TYPE_CHECKING, Final, NamedTuple

from podcastkit.feed.dates import write_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
    """What is said of a tag in the channel, in an item, or within another tag."""

    reference: str = ""
    """Its row of the reference: where it comes from, its limits, their source, and who reads it."""
    text: Value | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    """In the order in which they are written."""
    parents: tuple[str, ...] = ()
    """Where it is found; empty: in the channel or in an item, by its part of the table."""
    model: str | None = None
    """Where the edition, or the item, holds what the tag is written from; None: feedgen writes it, or nobody."""
    write: Callable[..., object] | None = None
    """Makes values, attributes or markup of that, if there is any; gets the edition, or an item and its edition."""
    compared_as: str = ""
    """How changes between feeds call it; empty: they do not look at it."""
    also: tuple[str, ...] = ()
    """Tags that say the same, and are read where this one says nothing."""
    read: Callable[[Sequence[Element]], str] = read_words
    file: str | None = None
    """The kind of the file to which its first attribute, or its `url` within it, sends apps."""
    is_repeated: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)
    """What happens without it, by the rules that ask for it."""
    example: str = ""

    def again(self, reference: str, *, model: str | None = None, write: Callable[..., object] | None = None) -> Tag:
        """Return the row of an item for a tag that the channel has, too."""
        return replace(self, reference=reference, model=model, write=write)


Repeated: Final = partial(Tag, is_repeated=True)
"""A tag that may be found several times in the same place."""


class Writer:
    """Writes those tags of a table that feedgen does not write."""

    def __init__(self, table: Mapping[str, Tag]) -> None:
        self._rows = [(name, tag) for name, tag in table.items() if tag.model]
        self._find_values = attrgetter(*(tag.model for _, tag in self._rows if tag.model))

    def mark_up(self, of: object, *more: object) -> list[Markup]:
        """Return the tags of an edition, or of an item and its edition."""
        tags: list[Markup] = []
        for (name, tag), found in zip(self._rows, self._find_values(of), strict=True):
            if found is None or (isinstance(found, tuple) and not found):
                continue
            values = tag.write(of, *more) if tag.write else found
            if isinstance(values, GeneratorType):
                tags += values
            elif isinstance(values, tuple | list):
                tags += [_mark_up(name, tag, value) for value in values]
            elif values is not None:
                tags.append(_mark_up(name, tag, values))
        return tags


def _mark_up(name: str, tag: Tag, value: object) -> Markup:
    if isinstance(value, str):
        return Markup(name, value, {})
    if isinstance(value, dict):
        return Markup(name, None, {key: text for key, text in value.items() if text is not None})
    if isinstance(value, datetime):
        return Markup(name, write_date(value), {})
    return make_markup(name, tag, value)


@lru_cache(maxsize=256)
def make_markup(name: str, tag: Tag, value: object) -> Markup:
    """Return a tag whose text and attributes are the fields of the model's value, or a flag."""
    if isinstance(value, bool):
        return Markup(name, str(value).lower(), {})
    attributes = {key: getattr(value, spec.of or key) for key, spec in tag.attributes.items()}
    return Markup(
        name,
        getattr(value, tag.text.of or "text") if tag.text else None,
        # a flag that is not set is left out
        {key: _written(given) for key, given in attributes.items() if given is not None and given is not False},
    )


def _written(value: object) -> str:
    if value is True:
        return "true"
    return value.isoformat() if isinstance(value, datetime) else str(value)
