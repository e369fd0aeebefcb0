"""The rows in the tables of tags, and the elements that are written from them."""

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


def join_texts(elements: Sequence[Element]) -> str:
    """Return a line for each element that is not empty: its text, its attributes and the texts of its children."""
    return "\n".join(filter(None, map(_read_element, elements)))


def _read_element(element: Element) -> str:
    if not element.attributes and not element.children:
        return element.text
    attributes = (value.strip() for value in element.attributes.values())
    children = (_read_element(child) for group in element.children.values() for child in group)
    return " ".join(filter(None, (element.text, *attributes, *children)))


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """A tag in the channel, in an item, or in another tag."""

    reference: str = ""
    """The row in the reference: the source of the value, the limits, the standard, and the apps that read the
    tag."""
    text: Value | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    """The attributes, in the order in which they are written."""
    parents: tuple[str, ...] = ()
    """The names of the parents; if empty, the channel for SHOW_TAGS and an item for ITEM_TAGS."""
    model: str | None = None
    """The attribute of the edition or item that has the value. None if feedgen writes the tag, or nothing does."""
    write: Callable[..., object] | None = None
    """Returns the values, attributes or markup to write if `model` has a value. The arguments are the edition, or
    an item and its edition. None if the value of `model` itself is written."""
    compared_as: str = ""
    """The name of the field in changes between feeds; if empty, changes do not include the tag."""
    also: tuple[str, ...] = ()
    """Tags with the same content, which are read if this one is empty or missing."""
    read: Callable[[Sequence[Element]], str] = join_texts
    """Returns the content of all tags with this name in one parent, to compare it between feeds."""
    file: str | None = None
    """The kind of the file in the first attribute or in the child `url`, or None if the tag does not link to a
    file."""
    is_repeated: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)
    """The harm if the tag is missing, by the codes of the rules that require it."""
    example: str = ""
    """The tag for the hint, which begins with "add"."""

    def copy_for_item(
        self, reference: str, *, model: str | None = None, write: Callable[..., object] | None = None
    ) -> Tag:
        """Return the row for the same tag in an item."""
        return replace(self, reference=reference, model=model, write=write)


Repeated: Final = partial(Tag, is_repeated=True)
"""A tag that may appear more than once in the same place."""


class Writer:
    """Writes the tags of a table that feedgen does not write."""

    def __init__(self, table: Mapping[str, Tag]) -> None:
        self._rows = [(name, tag) for name, tag in table.items() if tag.model]
        self._find_values = attrgetter(*(tag.model for _, tag in self._rows if tag.model))

    def mark_up(self, source: object, *context: object) -> list[Markup]:
        """Return the tags of a source: an edition, or an item with its edition as the context."""
        tags: list[Markup] = []
        for (name, tag), model_value in zip(self._rows, self._find_values(source), strict=True):
            if model_value is None or (isinstance(model_value, tuple) and not model_value):
                continue
            # The result is markup, several values, a single value, or None to leave the tag out.
            values = tag.write(source, *context) if tag.write else model_value
            if isinstance(values, GeneratorType):
                tags += values
            elif isinstance(values, tuple | list):
                tags += [_convert_to_markup(name, tag, value) for value in values]
            elif values is not None:
                tags.append(_convert_to_markup(name, tag, values))
        return tags


def _convert_to_markup(name: str, tag: Tag, value: object) -> Markup:
    if isinstance(value, str):
        return Markup(name, value, {})
    if isinstance(value, dict):
        return Markup(name, None, {key: text for key, text in value.items() if text is not None})
    if isinstance(value, datetime):
        return Markup(name, write_date(value), {})
    return make_markup(name, tag, value)


@lru_cache(maxsize=256)
def make_markup(name: str, tag: Tag, value: object) -> Markup:
    """Return a tag for a value of the model: its fields become text and attributes, and a boolean becomes text."""
    if isinstance(value, bool):
        return Markup(name, str(value).lower(), {})
    attributes = {key: getattr(value, spec.field_name or key) for key, spec in tag.attributes.items()}
    return Markup(
        name,
        getattr(value, tag.text.field_name or "text") if tag.text else None,
        # A flag that is not set is left out.
        {
            key: _format_value(content)
            for key, content in attributes.items()
            if content is not None and content is not False
        },
    )


def _format_value(value: object) -> str:
    if value is True:
        return "true"
    return value.isoformat() if isinstance(value, datetime) else str(value)
