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


def read_table(table: Value, keys: Sequence[Key], findings: Findings) -> dict[str, Any]:
    """Return the values of a table by their keys, without those that are absent, blank or wrong.

    A finding is added for each key that is missing, and for each that is unknown.
    """
    items, values = table.items, {}
    for key in keys:
        if key.name in items and (written := table.find(key.name)):
            result = key.field(written, findings)
            if result is not None:
                values[key.name] = result
    for key in keys:
        if key.example:
            report_missing(table, key, keys, findings)
    known = {key.name for key in keys}
    for name in items:
        if name not in known:
            _report_unknown(table, name, keys, findings)
    return values


def report_missing(table: Value, key: Key, keys: Sequence[Key], findings: Findings) -> None:
    """Add an error if nothing is written under the key.

    A missing key that is misspelt, or written in a place where it means nothing, gets that error alone.
    """
    if table.find(key.name) or key.name in findings.misplaced:
        return
    known = {one.name for one in keys}
    if any(_guess(name, keys) == key.name for name in table.items if name not in known):
        return
    blank = table.items.get(key.name)
    message = f"{blank.name} is empty" if blank else f"{table.name or table.location.file} has no {key.name}"
    hint = f"add {findings.example(key.name, key.example or '…')}"
    findings.error(MISSING_KEY, (blank or table).location, message, hint)


def _report_unknown(table: Value, name: str, keys: Sequence[Key], findings: Findings) -> None:
    value = table.items[name]
    if findings.area == "S" and looks_secret(name):
        hint = 'remove it; use the AWS variables (AWS_ACCESS_KEY_ID …) or a profile: profile = "…"'
        findings.error(SECRET, value.location, f"{value.name} must never stand in this file", hint)
    elif name in findings.top_level and (value.location.line or 0) > (table.location.line or 0):
        findings.misplaced.add(name)
        message = f"{shorten(name)} stands inside {table.name}, where it means nothing"
        findings.error(UNKNOWN_KEY, value.location, message, "move it above the first [table]")
    else:
        message = _describe_unknown(table, name, is_table=findings.area == "S" and isinstance(value.data, Mapping))
        findings.error(UNKNOWN_KEY, value.location, message, _suggest(name, keys))


def _describe_unknown(table: Value, name: str, *, is_table: bool) -> str:
    if table.name:
        return f"{table.name} has no key {quote(name)}"
    return f"there is no table [{shorten(name)}]" if is_table else f"there is no key {quote(name)}"


def _suggest(name: str, keys: Sequence[Key]) -> str:
    if meant := _guess(name, keys):
        return f'did you mean "{meant}"?'
    return f"the keys are {', '.join(key.name for key in keys)}" if len(keys) <= _FEW else "remove it"


def _guess(name: str, keys: Sequence[Key]) -> str | None:
    """Return the key that an unknown one is probably meant for."""
    word = name.lower().replace("-", "_")
    meant = [key.name for key in keys if word in key.aliases]
    # "tags" and "aliases", which other programs know, are not quite as near to "images".
    nearest = difflib.get_close_matches(word, [key.name for key in keys], n=1, cutoff=0.65)
    return next(iter(meant or nearest), None)


def record(
    make: Callable[..., T],
    wanted: str,
    *keys: Key,
    short: str | None = None,
    finish: Callable[[dict[str, Any], Value, Findings], dict[str, Any] | None] | None = None,
    is_kept_incomplete: bool = False,
) -> Field[T]:
    """Make a field for a table with these keys; without a required one it is left out, unless it is kept.

    `short` is the key that a text alone is meant for. `finish` gets the values and the table; it returns the values
    as `make` takes them, or None after it has added a finding. It sees those of incomplete tables, too.
    """

    def read(value: Value, findings: Findings) -> T | None:
        if short and isinstance(value.data, str):
            value = replace(value, data={short: value})
        if not isinstance(value.data, Mapping):
            findings.wrong(value, wanted, f"write it in braces: {{{findings.example('key', '…')}, …}}")
            return None
        values = read_table(value, keys, findings)
        finished = finish(values, value, findings) if finish else values
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
