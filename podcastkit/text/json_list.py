"""Read the JSON files of the podcast namespace with a version and a list: chapters and transcripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Location, Parsed, make_error
from podcastkit.text.syntax.json import (
    InvalidJsonError,
    find_entry_positions,
    find_member_positions,
    find_value_position,
    parse_json,
)
from podcastkit.text.syntax.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Sequence

Entry = tuple[object, int]
"""An entry of the list, and the position in the text where it begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFormat:
    """The requirements of a file format, and the messages for files that do not meet them."""

    code: str
    """The code of its findings."""
    key: str
    """The key of the list."""
    version: str
    """The version to suggest if the file has no version."""
    instead: str
    """How to fix a file that is not JSON."""
    example: str
    """How to fix a file without the list."""


class Source:
    """The text of a JSON file, with the line and column of each value."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text
        self.positions = Positions(text, file)

    def locate(self, *keys: str, start: int = 0) -> Location:
        """Return the location of a value or, if it is missing, of the object that should contain it."""
        return self.positions.locate(find_value_position(self.text, *keys, start=start))

    def locate_members(self, start: int) -> dict[str, Location]:
        """Return the location of each value, by key, in the object at a position."""
        members = find_member_positions(self.text, start)
        return {key: self.positions.locate(position) for key, position in members.items()}


def read_list(source: Source, form: ListFormat) -> Parsed[Sequence[Entry] | None]:
    """Return the entries of the list, or None if there is no list. A missing version is an error, too."""
    file = source.file
    try:
        value = parse_json(source.text)
    except InvalidJsonError as error:
        where = Location(file=file) if error.position is None else source.positions.locate(error.position)
        return Parsed(None, (make_error(form.code, f"{file} is not JSON: {error}", form.instead, where),))
    entries = value.get(form.key) if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(entries, list):
        message = f"{file} does not contain a list of {form.key}"
        return Parsed(None, (make_error(form.code, message, form.example, source.locate(form.key)),))
    listed = tuple(zip(entries, find_entry_positions(source.text, form.key), strict=True))
    if isinstance(value.get("version"), str):
        return Parsed(listed)
    hint = f'add "version": "{form.version}" at the beginning'
    return Parsed(listed, (make_error(form.code, f'{file} has no "version"', hint, source.locate("version")),))
