"""Fields of show.toml and front matter: they read a value, and report each mistake instead of raising it."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Literal, TypeVar

from podcastkit.text.addresses import is_plain_http, parse_email, parse_file_name, parse_url
from podcastkit.text.cleaning import INVISIBLE, clean_line, clean_text
from podcastkit.text.dates import find_clock_change, parse_moment
from podcastkit.text.languages import parse_language
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote, suggest
from podcastkit.text.schema.keys import Field, make_field
from podcastkit.text.schema.values import (
    CLOCK_CHANGE,
    INVISIBLE_CHARACTER,
    PLAIN_HTTP,
    TOO_LONG,
    WRONG_VALUE,
    Findings,
    Untyped,
    Value,
)
from podcastkit.text.timecodes import parse_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from podcastkit.text.schema.values import Number

T = TypeVar("T")
Word = TypeVar("Word", bound=str)

_FEW = 12
_LONGEST_SOUND = timedelta(hours=100)
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


@make_field("a text", is_text=True)
def text(value: Value, findings: Findings) -> str | None:
    """Read a text: trimmed, in NFC, and without invisible characters."""
    return _read_clean(value, findings, lambda written: clean_text(written).strip())


@make_field("a text", is_text=True)
def line(value: Value, findings: Findings) -> str | None:
    """Read a text of one line; breaks and invisible characters become spaces."""
    return _read_clean(value, findings, clean_line)


def _read_clean(value: Value, findings: Findings, clean: Callable[[str], str | None]) -> str | None:
    written = _take_text(value, findings)
    cleaned = clean(written or "")
    if removed := sorted(set(INVISIBLE.findall(written or ""))):
        names = ", ".join(f"U+{ord(character):04X}" for character in removed[:_FEW])
        message = f"{value.name} holds invisible characters, which were left out: {names}"
        findings.warn(INVISIBLE_CHARACTER, value.location, message, "delete them, or type the text again")
    if written is not None and not cleaned:
        findings.wrong(value, "a text", "type it again")
    return cleaned or None


def limited(most: int) -> Field[str]:
    """Make a field for a text of one line of which apps may show only so many characters; more are warned of."""

    def read(value: Value, findings: Findings) -> str | None:
        written = line(value, findings)
        if written and len(written) > most:
            message = f"{value.name} has {len(written):,} characters; apps may cut it off behind {most:,}"
            findings.warn(TOO_LONG, value.location, message, "shorten it")
        return written

    return Field(f"a text of at most {most:,} characters", read, is_text=True)


@make_field("a text", is_text=True)
def identifier(value: Value, findings: Findings) -> str | None:
    """Read a text that must stay exactly as it is, such as a GUID; only blanks around it are removed."""
    written = _take_text(value, findings)
    if written is None:
        return None
    if INVISIBLE.search(written) or len(written.split("\n")) > 1:
        findings.wrong(value, "a text of one line without invisible characters", "remove them")
        return None
    return written.strip()


@make_field("true or false")
def boolean(value: Value, findings: Findings) -> bool | None:
    """Read true or false; front matter may say yes or no."""
    found = find_boolean(value)
    if found is not None:
        return found
    hint = f"write {findings.example(value.key, 'true')} or {findings.example(value.key, 'false')}"
    findings.wrong(value, boolean.wanted, hint)
    return None


def find_boolean(value: Value) -> bool | None:
    """Return what a value says if it is true or false, as front matter may write them, too."""
    if isinstance(value.data, bool):
        return value.data
    return _BOOLEANS.get(value.data.lower()) if isinstance(value.data, Untyped) else None


def whole(lowest: int, highest: int) -> Field[int]:
    """Make a field for whole numbers between the two, which are allowed themselves."""
    wanted = f"a whole number between {lowest} and {highest}"

    def read(value: Value, findings: Findings) -> int | None:
        number = value.data
        if isinstance(number, Untyped) and re.fullmatch(r"[+-]?[0-9]{1,9}", number.strip()):
            number = int(number)
        if isinstance(number, int) and not isinstance(number, bool) and lowest <= number <= highest:
            return number
        findings.wrong(value, wanted, "write it in digits, without quotes")
        return None

    return Field(wanted, read)


def choice(options: Iterable[Word]) -> Field[Word]:
    """Make a field for one of some words, in any case."""
    words = {word.lower(): word for word in options}
    wanted = " or ".join(quote(word) for word in words.values())

    def read(value: Value, findings: Findings) -> Word | None:
        written = value.data.strip().lower() if isinstance(value.data, str) else ""
        if written in words:
            return words[written]
        findings.wrong(value, wanted, suggest(written, words.values(), "write one of these words"))
        return None

    return Field(wanted, read)


def parsed(parse: Callable[[str], T | Problem], wanted: str = "a text") -> Field[T]:
    """Make a field for what this function reads from a text."""

    def read(value: Value, findings: Findings) -> T | None:
        written = _take_text(value, findings)
        result = None if written is None else parse(written)
        if isinstance(result, Problem):
            findings.reject(value, result)
            return None
        return result

    return Field(wanted, read, is_text=True)


language = parsed(parse_language, "the code of a language")
email = parsed(parse_email, "an e-mail address")
file_name = parsed(parse_file_name, "the name of a file")


@make_field("the name of a file, or false", is_text=True)
def clip_name(value: Value, findings: Findings) -> str | Literal[False] | None:
    """Read the name of an audio file, or false where there shall be none."""
    return False if find_boolean(value) is False else file_name(value, findings)


def web(parse: Callable[[str], str | Problem]) -> Field[str]:
    """Make a field for a web address that this function reads; http is warned of."""
    address = parsed(parse)

    def read(value: Value, findings: Findings) -> str | None:
        found = address(value, findings)
        if found and is_plain_http(found):
            hint = "write https:// instead of http://, if it can be reached there"
            findings.warn(PLAIN_HTTP, value.location, f"{value.name} is not encrypted: {quote(found)}", hint)
        return found

    return Field("a web address", read, is_text=True)


url = web(parse_url)


def moment(number: Number = WRONG_VALUE) -> Field[datetime]:
    """Make a field for dates, as `parse_moment` reads them; `number` is that of the finding."""

    def read(value: Value, findings: Findings) -> datetime | None:
        if not isinstance(value.data, str | date):
            findings.wrong(value, "a date", f"write {findings.example(value.key, '2024-09-05')}")
            return None
        result = parse_moment(value.data, findings.timezone, findings.time_of_day)
        if isinstance(result, Problem):
            findings.error(number, value.location, result.message, result.hint)
            return None
        if change := find_clock_change(value.data, findings.timezone, findings.time_of_day):
            findings.warn(CLOCK_CHANGE, value.location, change.message, change.hint)
        return result

    return Field("a date", read)


@make_field("seconds, or `mm:ss`")
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


def many(field: Field[T]) -> Field[tuple[T, ...]]:
    """Make a field for a list, or for one thing instead of a list of one. What is wrong in a list is left out."""

    def read(value: Value, findings: Findings) -> tuple[T, ...]:
        items = value.data if isinstance(value.data, tuple) else (value,)
        read_items = [field(item, findings) for item in items]
        return tuple(item for item in read_items if item is not None)

    return Field(f"{field.wanted}, or a list", read, keys=field.keys, short=field.short)


def _take_text(value: Value, findings: Findings) -> str | None:
    if isinstance(value.data, str):
        return str(value.data)
    findings.wrong(value, "a text", "write one text between quotes")
    return None
