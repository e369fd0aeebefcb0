"""Typed reading: from a value of a file to what its key means, with every mistake found and none raised."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Literal, TypeVar, overload

from podcastkit.text.addresses import is_plain_http, parse_email, parse_file_name, parse_url
from podcastkit.text.cleaning import FORBIDDEN_IN_XML, clean_text
from podcastkit.text.dates import parse_moment
from podcastkit.text.languages import parse_language
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote, shorten
from podcastkit.text.schema.values import (
    INVISIBLE_CHARACTER,
    MISSING_KEY,
    PLAIN_HTTP,
    SECRET,
    TOO_LONG,
    UNKNOWN_KEY,
    WRONG_VALUE,
    Findings,
    Untyped,
    Value,
    looks_secret,
)
from podcastkit.text.timecodes import parse_length

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from podcastkit.diagnostics import Location
    from podcastkit.text.schema.values import Number

T = TypeVar("T")
Word = TypeVar("Word", bound=str)
Field = Callable[[Value, Findings], T | None]
"""Reads one value; returns None after it has said what is wrong with it."""

_FEW = 12
_LONGEST_SOUND = timedelta(hours=100)
BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
# What other tools call these keys.
_OTHER_NAMES = {
    "category": "categories",
    "cover": "artwork",
    "description": "summary",
    "email": "owner",
    "episode": "number",
    "guest": "people",
    "guests": "people",
    "host": "people",
    "hosts": "people",
    "image": "artwork",
    "lang": "language",
    "name": "title",
    "pubdate": "date",
    "published": "date",
    "subtitle": "summary",
    "website": "link",
}


class Table:
    """A table that is read key by key. What nobody has asked for when it is closed is unknown."""

    def __init__(self, value: Value, items: Mapping[str, Value], findings: Findings) -> None:
        self._value = value
        self._items = items
        self._findings = findings
        self._known: list[str] = []
        self._missing: dict[str, str] = {}
        self._name = value.name or value.location.file

    @property
    def location(self) -> Location:
        """Where the table stands."""
        return self._value.location

    @overload
    def read(self, key: str, field: Field[T]) -> T | None: ...
    @overload
    def read(self, key: str, field: Field[T], default: T) -> T: ...
    def read(self, key: str, field: Field[T], default: T | None = None) -> T | None:
        """Return the key's value; the default when it is absent, blank or wrong."""
        if key not in self._known:
            self._known.append(key)
        value = self._items.get(key)
        result = None if value is None or value.is_blank else field(value, self._findings)
        return default if result is None else result

    def require(self, key: str, field: Field[T], example: str) -> T | None:
        """Return the key's value; absent or blank is an error that shows the example."""
        self.report_missing({key: example})
        return self.read(key, field)

    def has(self, key: str) -> bool:
        """Tell whether something is written under the key, be it right or wrong."""
        return key in self._items and not self._items[key].is_blank

    def report_missing(self, examples: Mapping[str, str]) -> None:
        """Add an error, on closing, for each key under which nothing is written; it shows the key's example.

        What stands under a similar key is told as misspelt alone.
        """
        self._missing.update((key, example) for key, example in examples.items() if not self.has(key))

    def is_misplaced(self, key: str) -> bool:
        """Tell whether the key was found inside a table that was read before, where it means nothing."""
        return key in self._findings.misplaced

    def warn(self, key: str, number: Number, problem: Problem) -> None:
        """Add a warning about the key's value, or about the whole table where nothing is written under the key."""
        value = self._items.get(key, self._value)
        self._findings.warn(number, value.location, f"{value.name}: {problem.message}", problem.hint)

    def close(self) -> None:
        """Add an error for each key that is missing, and for each that was not asked for."""
        unknown = {key: value for key, value in self._items.items() if key not in self._known}
        meant = {self._guess(key) for key in unknown}
        for key, example in self._missing.items():
            if key not in meant and not self.is_misplaced(key):
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
        if (other := _OTHER_NAMES.get(word)) in self._known:
            return other
        return next(iter(difflib.get_close_matches(word, self._known, n=1)), None)


def text(value: Value, findings: Findings) -> str | None:
    """Read a text: trimmed, in NFC, and without the characters that XML forbids."""
    written = _take_text(value, findings)
    cleaned = clean_text(written or "").strip()
    if removed := sorted(set(FORBIDDEN_IN_XML.findall(written or ""))):
        names = ", ".join(f"U+{ord(character):04X}" for character in removed[:_FEW])
        message = f"{value.name} holds invisible characters, which were left out: {names}"
        findings.warn(INVISIBLE_CHARACTER, value.location, message, "delete them, or type the text anew")
    if written is not None and not cleaned:
        findings.wrong(value, "a text", "type it anew")
    return cleaned or None


def line(value: Value, findings: Findings) -> str | None:
    """Read a text of one line; breaks become spaces."""
    written = text(value, findings)
    return re.sub(r"\s*[\r\n]\s*", " ", written) if written else None


def limited(most: int) -> Field[str]:
    """Make a field for a text of one line of which apps may show only so many characters; more are warned of."""

    def read(value: Value, findings: Findings) -> str | None:
        written = line(value, findings)
        if written and len(written) > most:
            message = f"{value.name} has {len(written):,} characters; apps may cut it off behind {most:,}"
            findings.warn(TOO_LONG, value.location, message, "shorten it")
        return written

    return read


def identifier(value: Value, findings: Findings) -> str | None:
    """Read a text that must stay exactly as it is, such as a GUID; only blanks around it are removed."""
    written = _take_text(value, findings)
    if written is None:
        return None
    if FORBIDDEN_IN_XML.search(written) or len(written.split("\n")) > 1:
        findings.wrong(value, "a text of one line without invisible characters", "remove them")
        return None
    return written.strip()


def boolean(value: Value, findings: Findings) -> bool | None:
    """Read true or false; front matter may say yes or no."""
    if isinstance(value.data, bool):
        return value.data
    if isinstance(value.data, Untyped) and value.data.lower() in BOOLEANS:
        return BOOLEANS[value.data.lower()]
    hint = f"write {findings.example(value.key, 'true')} or {findings.example(value.key, 'false')}"
    findings.wrong(value, "true or false", hint)
    return None


def whole(lowest: int, highest: int) -> Field[int]:
    """Make a field for whole numbers between the two, which are allowed themselves."""

    def read(value: Value, findings: Findings) -> int | None:
        number = value.data
        if isinstance(number, Untyped) and re.fullmatch(r"[+-]?[0-9]{1,9}", number.strip()):
            number = int(number)
        if isinstance(number, int) and not isinstance(number, bool) and lowest <= number <= highest:
            return number
        hint = "write it in digits, without quotes"
        findings.wrong(value, f"a whole number between {lowest} and {highest}", hint)
        return None

    return read


def choice(options: Iterable[Word]) -> Field[Word]:
    """Make a field for one of some words, in any case."""
    words = {word.lower(): word for word in options}

    def read(value: Value, findings: Findings) -> Word | None:
        written = value.data.strip().lower() if isinstance(value.data, str) else ""
        if written in words:
            return words[written]
        nearest = difflib.get_close_matches(written, words, n=1)
        hint = f'did you mean "{words[nearest[0]]}"?' if nearest else "write one of these words"
        findings.wrong(value, " or ".join(quote(word) for word in words.values()), hint)
        return None

    return read


def parsed(parse: Callable[[str], T | Problem]) -> Field[T]:
    """Make a field for what this function reads from a text."""

    def read(value: Value, findings: Findings) -> T | None:
        written = _take_text(value, findings)
        result = None if written is None else parse(written)
        if isinstance(result, Problem):
            findings.reject(value, result)
            return None
        return result

    return read


language = parsed(parse_language)
email = parsed(parse_email)
file_name = parsed(parse_file_name)


def clip_name(value: Value, findings: Findings) -> str | Literal[False] | None:
    """Read the name of an audio file, or false where there shall be none."""
    is_false = isinstance(value.data, str) and BOOLEANS.get(value.data.strip().lower()) is False
    return False if is_false else file_name(value, findings)


def web(parse: Callable[[str], str | Problem]) -> Field[str]:
    """Make a field for a web address that this function reads; http is warned of."""

    def read(value: Value, findings: Findings) -> str | None:
        address = parsed(parse)(value, findings)
        if address and is_plain_http(address):
            hint = "write https:// instead of http://, if it can be reached there"
            findings.warn(PLAIN_HTTP, value.location, f"{value.name} is not encrypted: {quote(address)}", hint)
        return address

    return read


url = web(parse_url)


def moment(timezone: ZoneInfo | None, time_of_day: time, number: Number = WRONG_VALUE) -> Field[datetime]:
    """Make a field for dates, as `parse_moment` reads them; `number` is that of the finding."""

    def read(value: Value, findings: Findings) -> datetime | None:
        if not isinstance(value.data, str | date):
            findings.wrong(value, "a date", f"write {findings.example(value.key, '2024-09-05')}")
            return None
        result = parse_moment(value.data, timezone, time_of_day)
        if isinstance(result, Problem):
            findings.error(number, value.location, result.message, result.hint)
            return None
        return result

    return read


def length(value: Value, findings: Findings) -> timedelta | None:
    """Read a length of time: seconds, or `mm:ss`."""
    match value.data:
        case bool():
            pass
        case int() | float() if 0 <= value.data < _LONGEST_SOUND.total_seconds():
            return timedelta(seconds=value.data)
        case time():
            return timedelta(hours=value.data.hour, minutes=value.data.minute, seconds=value.data.second)
        case str():
            return parsed(parse_length)(value, findings)
    findings.wrong(value, "a length of time", 'write seconds, as in 75, or mm:ss, as in "1:15"')
    return None


def record(build: Callable[[Table], T | None], wanted: str, short: str | None = None) -> Field[T]:
    """Make a field for a table with certain keys; `short` is the key that a text alone is meant for."""

    def read(value: Value, findings: Findings) -> T | None:
        if short and isinstance(value.data, str):
            table = Table(value, {short: value}, findings)
        elif isinstance(value.data, Mapping):
            table = Table(value, value.data, findings)
        else:
            findings.wrong(value, wanted, f"write it in braces: {{{findings.example('key', '…')}, …}}")
            return None
        result = build(table)
        table.close()
        return result

    return read


def keyed(parse: Callable[[str], str | Problem], field: Field[T], wanted: str) -> Field[dict[str, T]]:
    """Make a field for a table whose keys are what the function reads; what is wrong in it is left out."""

    def read(value: Value, findings: Findings) -> dict[str, T] | None:
        if not isinstance(value.data, Mapping):
            findings.wrong(value, wanted, "write it as a table of its own")
            return None
        found: dict[str, T] = {}
        for key, entry in value.data.items():
            name = parse(key)
            if isinstance(name, Problem):
                findings.reject(entry, name)
            elif key != key.strip():  # what is in the table is called by its key
                findings.reject(entry, Problem(f"{quote(key)} has blanks around it", f'write "{name}"'))
            elif name in found:
                findings.reject(entry, Problem(f"{name} is there already", "keep one of the two"))
            elif (content := field(entry, findings)) is not None:
                found[name] = content
        return found

    return read


def many(field: Field[T]) -> Field[tuple[T, ...]]:
    """Make a field for a list, or for one thing instead of a list of one. What is wrong in a list is left out."""

    def read(value: Value, findings: Findings) -> tuple[T, ...]:
        items = value.data if isinstance(value.data, tuple) else (value,)
        read_items = [field(item, findings) for item in items]
        return tuple(item for item in read_items if item is not None)

    return read


def _take_text(value: Value, findings: Findings) -> str | None:
    if isinstance(value.data, str):
        return str(value.data)
    findings.wrong(value, "a text", "write one text between quotes")
    return None
