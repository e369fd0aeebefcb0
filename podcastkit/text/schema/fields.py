"""Fields that read the values of show.toml and front matter. They add findings and do not raise exceptions."""

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
from podcastkit.text.timecodes import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from podcastkit.text.schema.values import Number

T = TypeVar("T")
Word = TypeVar("Word", bound=str)

_MAX_NAMED_CHARACTERS = 12
_DURATION_LIMIT = timedelta(hours=100)
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}


@make_field("text", is_text=True)
def text(value: Value, findings: Findings) -> str | None:
    """Read text in NFC, without surrounding spaces and invisible characters."""
    return _read_clean_text(value, findings, lambda written: clean_text(written).strip())


@make_field("text", is_text=True)
def line(value: Value, findings: Findings) -> str | None:
    """Read text as one line; line breaks and invisible characters become spaces."""
    return _read_clean_text(value, findings, clean_line)


def _read_clean_text(value: Value, findings: Findings, clean: Callable[[str], str | None]) -> str | None:
    """Read text and clean it, with a warning for removed characters and an error if no text remains."""
    written = _expect_text(value, findings)
    cleaned = clean(written or "")
    if removed := sorted(set(INVISIBLE.findall(written or ""))):
        names = ", ".join(f"U+{ord(character):04X}" for character in removed[:_MAX_NAMED_CHARACTERS])
        message = f"{value.name} contains invisible characters, which were removed: {names}"
        findings.warn(INVISIBLE_CHARACTER, value.location, message, "delete them, or type the text again")
    if written is not None and not cleaned:
        findings.report_wrong_value(value, "text", "type it again")
    return cleaned or None


def short_line(limit: int) -> Field[str]:
    """Return a field for one line of text, with a warning if it has more than `limit` characters."""

    def read(value: Value, findings: Findings) -> str | None:
        written = line(value, findings)
        if written and len(written) > limit:
            message = f"{value.name} has {len(written):,} characters; apps may cut it off after {limit:,}"
            findings.warn(TOO_LONG, value.location, message, "shorten it")
        return written

    return Field(f"text of at most {limit:,} characters", read, is_text=True)


@make_field("text", is_text=True)
def identifier(value: Value, findings: Findings) -> str | None:
    """Read text that must not change, such as a GUID. Only surrounding spaces are removed."""
    written = _expect_text(value, findings)
    if written is None:
        return None
    if INVISIBLE.search(written) or len(written.split("\n")) > 1:
        findings.report_wrong_value(
            value,
            "one line of text without invisible characters",
            "type it again on one line",
        )
        return None
    return written.strip()


@make_field("true or false")
def boolean(value: Value, findings: Findings) -> bool | None:
    """Read true or false; front matter also accepts yes and no."""
    found = parse_boolean(value)
    if found is not None:
        return found
    hint = f"write {findings.format_example(value.key, 'true')} or {findings.format_example(value.key, 'false')}"
    findings.report_wrong_value(value, boolean.wanted, hint)
    return None


def parse_boolean(value: Value) -> bool | None:
    """Return the boolean that a value represents in any form that front matter accepts, or None."""
    if isinstance(value.data, bool):
        return value.data
    return _BOOLEANS.get(value.data.lower()) if isinstance(value.data, Untyped) else None


def whole_number(lowest: int, highest: int) -> Field[int]:
    """Return a field for whole numbers from `lowest` to `highest`, inclusive."""
    wanted = f"a whole number between {lowest} and {highest}"

    def read(value: Value, findings: Findings) -> int | None:
        number = value.data
        # The values of front matter are text; the length limit protects int().
        if isinstance(number, Untyped) and re.fullmatch(r"[+-]?[0-9]{1,9}", number.strip()):
            number = int(number)
        # In Python, True and False are integers.
        if isinstance(number, int) and not isinstance(number, bool) and lowest <= number <= highest:
            return number
        findings.report_wrong_value(value, wanted, "write it in digits, without quotes")
        return None

    return Field(wanted, read)


def choice(options: Iterable[Word]) -> Field[Word]:
    """Return a field for one of these words, in upper or lower case."""
    words = {word.lower(): word for word in options}
    wanted = " or ".join(quote(word) for word in words.values())

    def read(value: Value, findings: Findings) -> Word | None:
        written = value.data.strip().lower() if isinstance(value.data, str) else ""
        if written in words:
            return words[written]
        findings.report_wrong_value(value, wanted, suggest(written, words.values(), "write one of these words"))
        return None

    return Field(wanted, read)


def parser_field(parse: Callable[[str], T | Problem], wanted: str = "text") -> Field[T]:
    """Return a field that passes text to a parser and reports its problem."""

    def read(value: Value, findings: Findings) -> T | None:
        written = _expect_text(value, findings)
        result = None if written is None else parse(written)
        if isinstance(result, Problem):
            findings.report_problem(value, result)
            return None
        return result

    return Field(wanted, read, is_text=True)


language = parser_field(parse_language, "a language code")
email = parser_field(parse_email, "an e-mail address")
file_name = parser_field(parse_file_name, "a file name")


@make_field("a file name, or false", is_text=True)
def clip_name(value: Value, findings: Findings) -> str | Literal[False] | None:
    """Read the name of an audio file, or false for no clip."""
    return False if parse_boolean(value) is False else file_name(value, findings)


def web_address(parse: Callable[[str], str | Problem]) -> Field[str]:
    """Return a field that passes a web address to a parser, with a warning for unencrypted http."""
    address = parser_field(parse)

    def read(value: Value, findings: Findings) -> str | None:
        found = address(value, findings)
        if found and is_plain_http(found):
            hint = "write https:// instead of http://, if the address works with https"
            findings.warn(PLAIN_HTTP, value.location, f"{value.name} is not encrypted: {quote(found)}", hint)
        return found

    return Field("a web address", read, is_text=True)


url = web_address(parse_url)


def moment(number: Number = WRONG_VALUE) -> Field[datetime]:
    """Return a field for dates in the formats of `parse_moment`; `number` is the code of invalid dates."""

    def read(value: Value, findings: Findings) -> datetime | None:
        if not isinstance(value.data, str | date):
            findings.report_wrong_value(
                value, "a date", f"write {findings.format_example(value.key, '2024-09-05')}"
            )
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
def duration(value: Value, findings: Findings) -> timedelta | None:
    """Read a duration: seconds, or `mm:ss`."""
    match value.data:
        case bool():  # an integer in Python, but not a duration
            pass
        case int() | float() if 0 <= value.data < _DURATION_LIMIT.total_seconds():
            return timedelta(seconds=value.data)
        case time():  # TOML reads 00:01:15 as a time of day
            return timedelta(hours=value.data.hour, minutes=value.data.minute, seconds=value.data.second)
        case str():
            return parser_field(parse_duration)(value, findings)
    findings.report_wrong_value(value, "a duration", 'write seconds, as in 75, or mm:ss, as in "1:15"')
    return None


def list_of(field: Field[T]) -> Field[tuple[T, ...]]:
    """Return a field for a list, or for a single value. Invalid items are left out of the result."""

    def read(value: Value, findings: Findings) -> tuple[T, ...]:
        items = value.data if isinstance(value.data, tuple) else (value,)
        results = [field(item, findings) for item in items]
        return tuple(result for result in results if result is not None)

    return Field(f"{field.wanted}, or a list", read, keys=field.keys, short=field.short)


def _expect_text(value: Value, findings: Findings) -> str | None:
    """Return a value that is text; add an error and return None for all other types."""
    if isinstance(value.data, str):
        return str(value.data)
    findings.report_wrong_value(value, "text", "write one text in quotes")
    return None
