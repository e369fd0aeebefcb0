"""Declare the keys of show.toml and front matter, and read tables with them."""

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


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_MAX_LISTED_KEYS = 12


@dataclass(frozen=True, slots=True)
class Field(Generic[T_co]):
    """A type of value. `read` returns the value, or adds a finding and returns None."""

    wanted: str
    """The description of the type in messages and in the reference."""
    read: Callable[[Value, Findings], T_co | None]
    _: KW_ONLY
    is_text: bool = False
    """Whether the value in front matter is the plain rest of the line, not YAML."""
    keys: tuple[Key, ...] = ()
    """The keys, if the type is a table."""
    short: str | None = None
    """The key that gets the text if there is text in place of the table."""

    def __call__(self, value: Value, findings: Findings) -> T_co | None:
        """Read a value."""
        return self.read(value, findings)


def make_field(
    wanted: str, *, is_text: bool = False, keys: tuple[Key, ...] = ()
) -> Callable[[Callable[[Value, Findings], T | None]], Field[T]]:
    """Return a decorator that turns a function into a field."""
    return lambda read: Field(wanted, read, is_text=is_text, keys=keys)


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its name, its type and its line in the reference.

    A key has no default. A missing or invalid value is left out, so the default of the dataclass applies.
    """

    name: str
    field: Field[Any]
    doc: str
    _: KW_ONLY
    example: str | None = None
    """The example in the message for a missing key, or None if the key is optional."""
    aliases: tuple[str, ...] = ()
    """The names of the key in other tools."""
    fills: str | None = None
    """The field of Show or Episode that gets the value, if its name differs from the key."""

    @property
    def is_required(self) -> bool:
        """Whether a missing key is an error."""
        return self.example is not None


def read_table(table: Value, keys: Sequence[Key], findings: Findings) -> dict[str, Any]:
    """Return the valid values of a table by key; empty values count as missing.

    Each missing required key and each unknown key adds a finding.
    """
    items, values = table.items, {}
    for key in keys:
        if key.name in items and (written := table.find(key.name)):
            result = key.field(written, findings)
            if result is not None:
                values[key.name] = result
    for key in keys:
        if key.is_required:
            report_missing(table, key, keys, findings)
    known = {key.name for key in keys}
    for name in items:
        if name not in known:
            _report_unknown(table, name, keys, findings)
    return values


def report_missing(table: Value, key: Key, keys: Sequence[Key], findings: Findings) -> None:
    """Add an error if the key is missing or empty.

    A key that is misspelt or in the wrong table has its own error, so it does not get this error.
    """
    if table.find(key.name) or key.name in findings.misplaced:
        return
    known = {known_key.name for known_key in keys}
    if any(_guess_key(name, keys) == key.name for name in table.items if name not in known):
        return
    blank = table.items.get(key.name)  # set if the key exists without a value
    message = f"{blank.name} is empty" if blank else f"{table.name or table.location.file} has no {key.name}"
    hint = f"add {findings.format_example(key.name, key.example or '…')}"
    findings.error(MISSING_KEY, (blank or table).location, message, hint)


def _report_unknown(table: Value, name: str, keys: Sequence[Key], findings: Findings) -> None:
    value = table.items[name]
    if findings.area == "S" and looks_secret(name):
        hint = 'remove it; use the AWS variables (AWS_ACCESS_KEY_ID …) or a profile: profile = "…"'
        findings.error(SECRET, value.location, f"{value.name} must never be in this file", hint)
    # Only a key after the header of its table can be moved above it, not a key in braces.
    elif name in findings.top_level and (value.location.line or 0) > (table.location.line or 0):
        findings.misplaced.add(name)
        message = f"{shorten(name)} is inside {table.name}, where it has no effect"
        findings.error(
            UNKNOWN_KEY,
            value.location,
            message,
            "move it above the first line in square brackets, such as [publish]",
        )
    else:
        message = _describe_unknown(table, name, is_table=findings.area == "S" and isinstance(value.data, Mapping))
        findings.error(UNKNOWN_KEY, value.location, message, _suggest_key(name, keys))


def _describe_unknown(table: Value, name: str, *, is_table: bool) -> str:
    if table.name:
        return f"{table.name} has no key {quote(name)}"
    return f"there is no table [{shorten(name)}]" if is_table else f"there is no key {quote(name)}"


def _suggest_key(name: str, keys: Sequence[Key]) -> str:
    if guess := _guess_key(name, keys):
        return f'did you mean "{guess}"?'
    return f"the keys are {', '.join(key.name for key in keys)}" if len(keys) <= _MAX_LISTED_KEYS else "remove it"


def _guess_key(name: str, keys: Sequence[Key]) -> str | None:
    """Return the known key with this alias. Otherwise, return the most similar known key, or None."""
    word = name.lower().replace("-", "_")
    by_alias = [key.name for key in keys if word in key.aliases]
    # The cutoff is high enough that "tags" and "aliases", keys of other programs, do not match "images".
    similar = difflib.get_close_matches(word, [key.name for key in keys], n=1, cutoff=0.65)
    return next(iter(by_alias or similar), None)


def make_table_field(
    make: Callable[..., T],
    wanted: str,
    *keys: Key,
    short: str | None = None,
    finish: Callable[[dict[str, Any], Value, Findings], dict[str, Any] | None] | None = None,
    is_kept_incomplete: bool = False,
) -> Field[T]:
    """Return a field for a table with these keys. A table is left out if a required key is missing.

    With `is_kept_incomplete`, tables without their required keys are kept. `short` is the key that gets the text if
    there is text in place of a table. `finish` receives the values and the table, even if the table is incomplete.
    It returns the arguments of `make`, or adds a finding and returns None.
    """

    def read(value: Value, findings: Findings) -> T | None:
        if short and isinstance(value.data, str):
            value = replace(value, data={short: value})
        if not isinstance(value.data, Mapping):
            findings.report_wrong_value(
                value, wanted, f"write it in braces: {{{findings.format_example('key', '…')}, …}}"
            )
            return None
        values = read_table(value, keys, findings)
        finished = finish(values, value, findings) if finish else values
        is_complete = is_kept_incomplete or all(key.name in values for key in keys if key.is_required)
        return make(**finished) if is_complete and finished is not None else None

    return Field(wanted, read, keys=keys, short=short)


def make_file_arguments(keys: Iterable[Key], values: Mapping[str, Any], file_class: type) -> dict[str, Any]:
    """Return the arguments of the dataclass of a file (`ShowFile` or `FrontMatter`).

    A value that has no field in the dataclass is in the dictionary `fields`, by the name of its field in
    Show or Episode.
    """
    own_fields = {field.name for field in dataclass_fields(file_class)}
    arguments: dict[str, Any] = {"fields": {}}
    for key in keys:
        if key.name not in values:
            continue
        if key.name in own_fields:
            arguments[key.name] = values[key.name]
        else:
            arguments["fields"][key.fills or key.name] = values[key.name]
    return arguments
