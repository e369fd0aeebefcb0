"""Keys of show.toml and front matter, each declared once, and tables that are read by their keys."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from podcastkit.text.quoting import quote, shorten
from podcastkit.text.schema.values import MISSING_KEY, SECRET, UNKNOWN_KEY, Findings, Value, looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from podcastkit.diagnostics import Location
    from podcastkit.text.problem import Problem
    from podcastkit.text.schema.values import Number

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_FEW = 12


@dataclass(frozen=True, slots=True)
class Field(Generic[T_co]):
    """Reads a value: `read` returns None after it has added a finding."""

    wanted: str
    """What messages and the reference call such a value."""
    read: Callable[[Value, Findings], T_co | None]
    _: KW_ONLY
    is_text: bool = False
    """Whether front matter takes the rest of the line as it is."""
    keys: tuple[Key, ...] = ()
    """The keys of a table."""
    short: str | None = None
    """The key that a text in place of the table is meant for."""

    def __call__(self, value: Value, findings: Findings) -> T_co | None:
        """Read a value."""
        return self.read(value, findings)


def make_field(
    wanted: str, *, is_text: bool = False, keys: tuple[Key, ...] = ()
) -> Callable[[Callable[[Value, Findings], T | None]], Field[T]]:
    """Make a field of a function, as its decorator."""
    return lambda read: Field(wanted, read, is_text=is_text, keys=keys)


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its name, how its value is read, and one line for the reference.

    The default is that of the dataclass's field that the value fills: a value that is absent or wrong is left out.
    """

    name: str
    field: Field[Any]
    doc: str
    _: KW_ONLY
    example: str | None = None
    """The value that a message shows when the key is missing; None: the key is optional."""
    aliases: tuple[str, ...] = ()
    """What other tools call it."""
    fills: str | None = None
    """The name of the field of Show or Episode that it fills; None: the key's own name."""


class Table:
    """A table that is read by its keys. Any other key in it is unknown."""

    def __init__(self, value: Value, keys: Sequence[Key], findings: Findings) -> None:
        self._value = value
        self._items = value.data if isinstance(value.data, Mapping) else {}
        self._keys = keys
        self._findings = findings
        self._known = [key.name for key in keys]
        self._missing = {key.name: key.example for key in keys if key.example}
        self._name = value.name or value.location.file

    @property
    def location(self) -> Location:
        """Where the table begins."""
        return self._value.location

    def read(self) -> dict[str, Any]:
        """Return the values by their keys, without those that are absent, blank or wrong."""
        values = {}
        for key in self._keys:
            if key.name in self._items and (value := self.find(key.name)):
                result = key.field(value, self._findings)
                if result is not None:
                    values[key.name] = result
        return values

    def find(self, key: str) -> Value | None:
        """Return what is written under the key, right or wrong."""
        return self._value.find(key)

    def require(self, key: str, example: str) -> None:
        """Add an error, on closing, if nothing is written under the key; the error shows the example."""
        self._missing[key] = example

    def is_misplaced(self, key: str) -> bool:
        """Tell whether the key was found inside a table that was read before, where it means nothing."""
        return key in self._findings.misplaced

    def warn(self, key: str, number: Number, problem: Problem) -> None:
        """Add a warning about the key's value, or about the whole table where nothing is written under the key."""
        value = self._items.get(key, self._value)
        self._findings.warn(number, value.location, f"{value.name}: {problem.message}", problem.hint)

    def close(self) -> None:
        """Add an error for each key that is missing, and for each that is unknown.

        A missing key that is misspelt, or written in a place where it means nothing, gets that error alone.
        """
        unknown = {key: value for key, value in self._items.items() if key not in self._known}
        meant = {self._guess(key) for key in unknown}
        for key, example in self._missing.items():
            if not (self.find(key) or key in meant or self.is_misplaced(key)):
                self._report_missing(key, example)
        for key, value in unknown.items():
            self._report_unknown(key, value)

    def _report_missing(self, key: str, example: str) -> None:
        blank = self._items.get(key)
        message = f"{blank.name} is empty" if blank else f"{self._name} has no {key}"
        location = (blank or self._value).location
        self._findings.error(MISSING_KEY, location, message, f"add {self._findings.example(key, example)}")

    def _report_unknown(self, key: str, value: Value) -> None:
        if self._findings.area == "S" and looks_secret(key):
            hint = 'remove it; use the AWS variables (AWS_ACCESS_KEY_ID …) or a profile: profile = "…"'
            self._findings.error(SECRET, value.location, f"{value.name} must never stand in this file", hint)
        elif key in self._findings.top_level and (value.location.line or 0) > (self._value.location.line or 0):
            self._findings.misplaced.add(key)
            message = f"{shorten(key)} stands inside {self._value.name}, where it means nothing"
            self._findings.error(UNKNOWN_KEY, value.location, message, "move it above the first [table]")
        else:
            self._findings.error(
                UNKNOWN_KEY, value.location, self._describe_unknown(key, value), self._suggest(key)
            )

    def _describe_unknown(self, key: str, value: Value) -> str:
        if self._value.name:
            return f"{self._value.name} has no key {quote(key)}"
        is_table = self._findings.area == "S" and isinstance(value.data, Mapping)
        return f"there is no table [{shorten(key)}]" if is_table else f"there is no key {quote(key)}"

    def _suggest(self, key: str) -> str:
        if meant := self._guess(key):
            return f'did you mean "{meant}"?'
        return f"the keys are {', '.join(self._known)}" if len(self._known) <= _FEW else "remove it"

    def _guess(self, key: str) -> str | None:
        """Return the key that an unknown one is probably meant for."""
        word = key.lower().replace("-", "_")
        meant = [key.name for key in self._keys if word in key.aliases]
        return next(iter(meant or difflib.get_close_matches(word, self._known, n=1)), None)


def record(
    make: Callable[..., T],
    wanted: str,
    *keys: Key,
    short: str | None = None,
    finish: Callable[[Table, dict[str, Any]], dict[str, Any] | None] | None = None,
    is_kept_incomplete: bool = False,
) -> Field[T]:
    """Make a field for a table with these keys; without a required one it is left out, unless it is kept.

    `short` is the key that a text alone is meant for. `finish` returns the values as `make` takes them, or None
    after it has added a finding; it sees those of incomplete tables, too.
    """

    def read(value: Value, findings: Findings) -> T | None:
        if short and isinstance(value.data, str):
            value = replace(value, data={short: value})
        if not isinstance(value.data, Mapping):
            findings.wrong(value, wanted, f"write it in braces: {{{findings.example('key', '…')}, …}}")
            return None
        table = Table(value, keys, findings)
        values = table.read()
        finished = finish(table, values) if finish else values
        table.close()
        is_complete = is_kept_incomplete or all(key.name in values for key in keys if key.example)
        return make(**finished) if is_complete and finished is not None else None

    return Field(wanted, read, keys=keys, short=short)


def sort_values(keys: Iterable[Key], values: Mapping[str, Any], file: type) -> dict[str, Any]:
    """Return the arguments of a file's dataclass: a value for each field of its own, and all others in `fields`.

    The others are by the names of the model's fields.
    """
    own = {field.name for field in dataclass_fields(file)}
    arguments: dict[str, Any] = {"fields": {}}
    for key in keys:
        if key.name in values:
            target = arguments if key.name in own else arguments["fields"]
            target[key.name if key.name in own else key.fills or key.name] = values[key.name]
    return arguments
