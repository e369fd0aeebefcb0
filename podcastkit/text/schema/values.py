"""The values of a file with their locations, and the findings about them."""

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
"""The number of a code that show.toml and front matter share: 2 is S002 in show.toml and E002 in front matter."""

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
"""The release time of a date without a time, if there is no schedule."""

_SECRET = re.compile(
    r"secret|token|passw|passphrase|credential|(?:access|private|api)[_-]?key|aws[_-]?access", re.IGNORECASE
)
# Larger numbers make messages unreadable, and Python refuses to print very large ones.
_HUGE = 10**15


class Untyped(str):
    """A scalar of front matter as text. Its key decides whether the text means a number, a date or text."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """A value of TOML or YAML.

    `location` is the place of the key. An entry of a list has no key, so its location is the place of the entry.

    `name` is the path from the root, as in `publish.to` and `people[0].role`. The name of the root is empty.
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
        """Whether the value is empty, which counts as a missing key."""
        return (isinstance(self.data, str) and not self.data.strip()) or self.data == ()

    @property
    def items(self) -> Mapping[str, Value]:
        """The values of a table by key; empty if the value is not a table."""
        return self.data if isinstance(self.data, Mapping) else {}

    def find(self, *keys: str) -> Value | None:
        """Return the value at a path of keys, or None if it is missing or empty."""
        value: Value | None = self
        for key in keys:
            value = value.items.get(key) if value else None
        return None if value is None or value.is_blank else value


@dataclass(slots=True)
class Findings:
    """The findings about one file."""

    area: str
    """The first letter of each code: S or E."""
    _: KW_ONLY
    timezone: ZoneInfo | None = None
    """The zone of dates without a zone."""
    time_of_day: time = MORNING
    """The time of dates without a time."""
    top_level: AbstractSet[str] = frozenset()
    """The keys that must be outside of tables."""
    misplaced: set[str] = field(default_factory=set)
    """The keys that belong above all tables, but were written inside one."""
    _diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The findings in the order of the file."""
        return tuple(sorted(self._diagnostics, key=_get_position))

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a finding."""
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

    def report_wrong_value(self, value: Value, wanted: str, hint: str) -> None:
        """Add an error for a value of the wrong type."""
        self.error(WRONG_VALUE, value.location, f"{value.name} must be {wanted}, not {describe_value(value)}", hint)

    def report_problem(self, value: Value, problem: Problem) -> None:
        """Add an error for the problem of a value."""
        self.error(WRONG_VALUE, value.location, f"{value.name}: {problem.message}", problem.hint)

    def format_example(self, key: str, value: str) -> str:
        """Return an example line in the syntax of the file."""
        return f"{key} = {value}" if self.area == "S" else f"{key}: {value}"

    def _make_code(self, number: Number) -> str:
        return f"{self.area}{number:03}"


def locate(value: Value) -> dict[str, Location]:
    """Return the location of each value inside a value, by name."""
    return {part.name: part.location for part in _iterate_parts(value)}


def describe_value(value: Value) -> str:
    """Describe a value for a message: short, on one line, without terminal control characters."""
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
    """Return whether a key's name suggests a password or another secret."""
    return bool(_SECRET.search(key))


def join_name(parent: str, part: str | int) -> str:
    """Return the name of a value inside its parent: `parent.key` or `parent[0]`."""
    if isinstance(part, int):
        return f"{parent}[{part}]"
    return f"{parent}.{shorten(part)}" if parent else shorten(part)


def _get_position(diagnostic: Diagnostic) -> tuple[int, int]:
    location = diagnostic.location
    return ((location.line or 0), (location.column or 0)) if location else (0, 0)


def _iterate_parts(value: Value) -> Iterator[Value]:
    parts = value.data.values() if isinstance(value.data, Mapping) else value.data
    # Scalars have no parts.
    for part in parts if not isinstance(parts, str | float | int | date | time) else ():
        yield part
        yield from _iterate_parts(part)
