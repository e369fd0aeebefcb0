"""Values as a file holds them, each with its place, and the list of what was wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING, NewType

from podcastkit.diagnostics import Diagnostic, Location, make_error, make_warning
from podcastkit.text.quoting import quote, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from zoneinfo import ZoneInfo

    from podcastkit.text.problem import Problem

Number = NewType("Number", int)
"""The part of a code that show.toml and front matter share: 2 is S002 in the one, and E002 in the other."""

SYNTAX = Number(1)
UNKNOWN_KEY = Number(2)
MISSING_KEY = Number(3)
WRONG_VALUE = Number(4)
SECRET = Number(6)
INVISIBLE_CHARACTER = Number(7)
PLAIN_HTTP = Number(8)
TOO_LONG = Number(120)
CLOCK_CHANGE = Number(147)

MORNING = time(6)
"""When an episode comes out whose date has no time, unless there is a schedule."""

_SECRET = re.compile(
    r"secret|token|passw|passphrase|credential|(?:access|private|api)[_-]?key|aws[_-]?access", re.IGNORECASE
)
_HUGE = 10**15


class Untyped(str):
    """A scalar of front matter: its key, never its looks, decides whether it is a number, a date or a text."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """A value of TOML or YAML. A value under a key stands where its key stands, others where they begin.

    `name` is the path from the root, as in `publish.to` and `people[0].role`; the root's is empty.
    """

    name: str
    data: str | bool | int | float | date | time | tuple[Value, ...] | Mapping[str, Value]
    location: Location

    @property
    def key(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def is_blank(self) -> bool:
        """Whether nothing was written after the key: that counts as if the key were absent."""
        return (isinstance(self.data, str) and not self.data.strip()) or self.data == ()

    @property
    def items(self) -> Mapping[str, Value]:
        """The values of a table by their keys; a value that is no table has none."""
        return self.data if isinstance(self.data, Mapping) else {}

    def find(self, *keys: str) -> Value | None:
        """Return the value that these keys lead to; None if nothing is written there."""
        value: Value | None = self
        for key in keys:
            value = value.items.get(key) if value else None
        return None if value is None or value.is_blank else value


@dataclass(slots=True)
class Findings:
    """Collects what is wrong with one file."""

    area: str
    """S or E, which begins each code."""
    _: KW_ONLY
    timezone: ZoneInfo | None = None
    """Completes a date without one."""
    time_of_day: time = MORNING
    """Completes a date without one."""
    top_level: AbstractSet[str] = frozenset()
    """The keys outside of any table."""
    misplaced: set[str] = field(default_factory=set)
    """Those of them that were found inside a table."""
    _diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What was found, in the order of the file."""
        return tuple(sorted(self._diagnostics, key=_find_position))

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a finding as it is."""
        self._diagnostics.append(diagnostic)

    def error(self, number: Number, location: Location, message: str, hint: str) -> None:
        """Add an error."""
        self.add(make_error(self._make_code(number), message, hint, location))

    def warn(self, number: Number, location: Location, message: str, hint: str) -> None:
        """Add a warning."""
        self.add(make_warning(self._make_code(number), message, hint, location))

    def warn_about(self, number: Number, value: Value, problem: Problem) -> None:
        """Add a warning about the value."""
        self.warn(number, value.location, f"{value.name}: {problem.message}", problem.hint)

    def wrong(self, value: Value, wanted: str, hint: str) -> None:
        """Add the error that the value is not what its key wants."""
        self.error(WRONG_VALUE, value.location, f"{value.name} must be {wanted}, not {describe(value)}", hint)

    def reject(self, value: Value, problem: Problem) -> None:
        """Add the problem that was found in the value's text."""
        self.error(WRONG_VALUE, value.location, f"{value.name}: {problem.message}", problem.hint)

    def example(self, key: str, value: str) -> str:
        """Show how a line is written in this file."""
        return f"{key} = {value}" if self.area == "S" else f"{key}: {value}"

    def _make_code(self, number: Number) -> str:
        return f"{self.area}{number:03}"


def locate(value: Value) -> dict[str, Location]:
    """Return where each value below this one stands, by its name."""
    return {part.name: part.location for part in _parts(value)}


def describe(value: Value) -> str:
    """Show a value in a message: short, on one line, harmless on a terminal."""
    match value.data:
        case bool():
            return "true" if value.data else "false"
        case str():
            return quote(value.data)
        case int() | float():
            return str(value.data) if abs(value.data) < _HUGE else "a huge number"
        case date() | time():
            return value.data.isoformat()
        case tuple():
            return "a list"
        case _:
            return "a table"


def looks_secret(key: str) -> bool:
    """Tell whether a key's name promises a password or the like."""
    return bool(_SECRET.search(key))


def join_name(parent: str, part: str | int) -> str:
    """Return the name of a value below the parent: a key's after a dot, an item's in brackets."""
    if isinstance(part, int):
        return f"{parent}[{part}]"
    return f"{parent}.{shorten(part)}" if parent else shorten(part)


def _find_position(diagnostic: Diagnostic) -> tuple[int, int]:
    location = diagnostic.location
    return ((location.line or 0), (location.column or 0)) if location else (0, 0)


def _parts(value: Value) -> Iterator[Value]:
    below = value.data.values() if isinstance(value.data, Mapping) else value.data
    for part in below if not isinstance(below, str | float | int | date | time) else ():
        yield part
        yield from _parts(part)
