"""JSON files of the podcast namespace that hold a version and a list: chapters and transcripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Location, Parsed, make_error
from podcastkit.text.syntax.json import NoJsonError, entry_positions, find_value, member_positions, parse_json
from podcastkit.text.syntax.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Sequence

Entry = tuple[object, int]
"""An entry of the list, and the position in the text where it begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListFormat:
    """What a file of one format must hold, and what to say of one that does not."""

    code: str
    key: str
    version: str
    instead: str
    """How to fix a file that is not JSON."""
    example: str
    """How to fix a file without the list."""


class Source:
    """The text of a JSON file, which finds where its values are."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.text = text
        self.positions = Positions(text, file)

    def locate(self, *keys: str, start: int = 0) -> Location:
        """Return the place of a value, or else of what should contain it."""
        return self.positions.locate(find_value(self.text, *keys, start=start))

    def locate_members(self, start: int) -> dict[str, Location]:
        """Return the place of each value of the object that begins at a position, by its key."""
        members = member_positions(self.text, start)
        return {key: self.positions.locate(position) for key, position in members.items()}


def read_list(source: Source, form: ListFormat) -> Parsed[Sequence[Entry] | None]:
    """Read the entries of the list; None when there is no list."""
    file = source.file
    try:
        value = parse_json(source.text)
    except NoJsonError as error:
        where = Location(file=file) if error.position is None else source.positions.locate(error.position)
        return Parsed(None, (make_error(form.code, f"{file} is not JSON: {error}", form.instead, where),))
    entries = value.get(form.key) if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(entries, list):
        message = f"{file} holds no list of {form.key}"
        return Parsed(None, (make_error(form.code, message, form.example, source.locate(form.key)),))
    listed = tuple(zip(entries, entry_positions(source.text, form.key), strict=True))
    if isinstance(value.get("version"), str):
        return Parsed(listed)
    hint = f'write "version": "{form.version}" at its beginning'
    return Parsed(listed, (make_error(form.code, f'{file} has no "version"', hint, source.locate("version")),))
