from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import pytest

from podcastkit.diagnostics import Location
from podcastkit.model import EpisodeType
from podcastkit.text.schema.fields import (
    boolean,
    choice,
    duration,
    email,
    file_name,
    identifier,
    language,
    line,
    list_of,
    moment,
    short_line,
    text,
    url,
    whole_number,
)
from podcastkit.text.schema.values import SYNTAX, Findings, Untyped, Value

if TYPE_CHECKING:
    from podcastkit.text.schema.keys import Field

T = TypeVar("T")
PLACE = Location(file="show.toml", line=3, column=1)
UTC_ZONE = ZoneInfo("UTC")
episode_type = choice(EpisodeType)


def make_value(data: object, name: str = "key") -> Value:
    return Value(name=name, data=data, location=PLACE)  # type: ignore[arg-type]  # the tables hold every kind


def read_field(field: Field[T], data: object) -> tuple[T | None, list[str]]:
    findings = Findings("S", timezone=UTC_ZONE)
    result = field(make_value(data), findings)
    assert all(finding.location == PLACE for finding in findings.diagnostics)
    return result, [f"{finding.code} {finding.message}" for finding in findings.diagnostics]


@pytest.mark.parametrize(
    ("field", "data", "expected"),
    [
        (text, " two\nlines ", "two\nlines"),
        (text, "Cafe\u0301", "Café"),
        (line, "two \n lines", "two lines"),
        (line, Untyped("1984"), "1984"),
        (identifier, " Cafe\u0301  x ", "Cafe\u0301  x"),
        (boolean, True, True),
        (boolean, Untyped("No"), False),
        (boolean, Untyped("TRUE"), True),
        (whole_number(0, 99), 5, 5),
        (whole_number(0, 99), Untyped(" 08 "), 8),
        (whole_number(0, 99), Untyped("+0"), 0),
        (episode_type, "Trailer", EpisodeType.TRAILER),
        (language, "en-us", "en-US"),
        (email, "a@example.org", "a@example.org"),
        (file_name, "a.jpg", "a.jpg"),
        (url, "https://example.org", "https://example.org"),
        (moment(), "2024-09-05", datetime(2024, 9, 5, 6, tzinfo=UTC)),
        (moment(), date(2024, 9, 5), datetime(2024, 9, 5, 6, tzinfo=UTC)),
        (duration, 75, timedelta(seconds=75)),
        (duration, 0.5, timedelta(seconds=0.5)),
        (duration, "1:15", timedelta(seconds=75)),
        (duration, time(0, 1, 15), timedelta(seconds=75)),
        (list_of(line), "Ann", ("Ann",)),
        (list_of(line), (make_value("Ann"), make_value("Bob")), ("Ann", "Bob")),
    ],
)
def test_valid_value_is_read_without_findings(field: Field[object], data: object, expected: object) -> None:
    assert read_field(field, data) == (expected, [])


@pytest.mark.parametrize(
    ("field", "data", "finding"),
    [
        (text, 1984, "S004 key must be text, not 1984"),
        (text, (), "S004 key must be text, not a list"),
        (line, True, "S004 key must be text, not true"),
        (identifier, "a\x07", 'S004 key must be one line of text without invisible characters, not "a\\x07"'),
        (identifier, "a\nb", 'S004 key must be one line of text without invisible characters, not "a\\nb"'),
        (identifier, 5, "S004 key must be text, not 5"),
        (boolean, "yes", 'S004 key must be true or false, not "yes"'),
        (boolean, 1, "S004 key must be true or false, not 1"),
        (boolean, Untyped("maybe"), 'S004 key must be true or false, not "maybe"'),
        (whole_number(1, 9), "5", 'S004 key must be a whole number between 1 and 9, not "5"'),
        (whole_number(1, 9), 5.0, "S004 key must be a whole number between 1 and 9, not 5.0"),
        (whole_number(0, 9), True, "S004 key must be a whole number between 0 and 9, not true"),
        (whole_number(1, 9), 10, "S004 key must be a whole number between 1 and 9, not 10"),
        (whole_number(1, 9), Untyped("9" * 5000), 'S004 key must be a whole number between 1 and 9, not "999'),
        (whole_number(1, 9), Untyped("٣"), "S004 key must be a whole number between 1 and 9"),
        (episode_type, "trailr", 'S004 key must be "full" or "trailer" or "bonus", not "trailr"'),
        (episode_type, 5, 'S004 key must be "full" or "trailer" or "bonus", not 5'),
        (language, "english", 'S004 key: "english" is not a language code'),
        (language, 5, "S004 key must be text, not 5"),
        (url, "words", 'S004 key: "words" is not a web address'),
        (moment(), 5, "S004 key must be a date, not 5"),
        (moment(SYNTAX), "9/5/2024", 'S001 "9/5/2024" can be read as 5 September or 9 May'),
        (duration, -1, "S004 key must be a duration, not -1"),
        (duration, 360000, "S004 key must be a duration, not 360000"),
        (duration, float("nan"), "S004 key must be a duration"),
        (duration, True, "S004 key must be a duration, not true"),
        (duration, (), "S004 key must be a duration, not a list"),
        (duration, "soon", 'S004 key: "soon" is not a duration'),
    ],
)
def test_wrong_value_names_the_key_and_the_expected_type(field: Field[object], data: object, finding: str) -> None:
    result, found = read_field(field, data)
    assert result is None
    assert len(found) == 1
    assert found[0].startswith(finding)


@pytest.mark.parametrize(("field", "clean"), [(line, "a b"), (text, "ab")], ids=["line", "text"])
@pytest.mark.parametrize("character", "\x07\x7f\x9b\ufdd0\ufffe\ud800")
def test_invisible_characters_are_removed_with_a_warning(field: Field[str], clean: str, character: str) -> None:
    found = [f"S007 key contains invisible characters, which were removed: U+{ord(character):04X}"]
    assert read_field(field, f"a{character}b") == (clean, found)


def test_text_of_invisible_characters_is_an_error() -> None:
    result, found = read_field(text, "\x07")
    assert result is None
    assert [finding[:4] for finding in found] == ["S007", "S004"]


def test_plain_http_is_a_warning() -> None:
    result, found = read_field(url, "http://example.org/")
    assert result == "http://example.org/"
    assert found == ['S008 key is not encrypted: "http://example.org/"']


def test_invalid_list_items_are_left_out() -> None:
    result, found = read_field(list_of(line), (make_value("Ann"), make_value(5), make_value("")))
    assert result == ("Ann",)
    assert found == ["S004 key must be text, not 5", 'S004 key must be text, not ""']


def test_too_long_text_is_kept_with_a_warning() -> None:
    assert read_field(short_line(5), "12345") == ("12345", [])
    assert read_field(short_line(5), "1234\n6") == (
        "1234 6",
        ["S120 key has 6 characters; apps may cut it off after 5"],
    )
    assert read_field(short_line(5), 5)[0] is None
