from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import pytest

from podcastkit.diagnostics import Location, Severity
from podcastkit.model import EpisodeType
from podcastkit.text.problem import Problem
from podcastkit.text.schema.fields import (
    Table,
    boolean,
    choice,
    email,
    file_name,
    identifier,
    language,
    length,
    limited,
    line,
    many,
    moment,
    record,
    text,
    url,
    whole,
)
from podcastkit.text.schema.tables import UNKNOWN_CREDIT
from podcastkit.text.schema.values import SYNTAX, Findings, Untyped, Value

if TYPE_CHECKING:
    from podcastkit.text.schema.fields import Field

T = TypeVar("T")
PLACE = Location(file="show.toml", line=3, column=1)
UTC_ZONE = ZoneInfo("UTC")
type_of_episode = choice(EpisodeType)


def make(data: object, name: str = "key") -> Value:
    return Value(name=name, data=data, location=PLACE)  # type: ignore[arg-type]  # the tables hold every kind


def read(field: Field[T], data: object) -> tuple[T | None, list[str]]:
    findings = Findings("S")
    result = field(make(data), findings)
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
        (whole(0, 99), 5, 5),
        (whole(0, 99), Untyped(" 08 "), 8),
        (whole(0, 99), Untyped("+0"), 0),
        (type_of_episode, "Trailer", EpisodeType.TRAILER),
        (language, "en-us", "en-US"),
        (email, "a@example.org", "a@example.org"),
        (file_name, "a.jpg", "a.jpg"),
        (url, "https://example.org", "https://example.org"),
        (moment(UTC_ZONE, time(6)), "2024-09-05", datetime(2024, 9, 5, 6, tzinfo=UTC)),
        (moment(UTC_ZONE, time(6)), date(2024, 9, 5), datetime(2024, 9, 5, 6, tzinfo=UTC)),
        (length, 75, timedelta(seconds=75)),
        (length, 0.5, timedelta(seconds=0.5)),
        (length, "1:15", timedelta(seconds=75)),
        (length, time(0, 1, 15), timedelta(seconds=75)),
        (many(line), "Ann", ("Ann",)),
        (many(line), (make("Ann"), make("Bob")), ("Ann", "Bob")),
    ],
)
def test_values_are_read_without_findings(field: Field[object], data: object, expected: object) -> None:
    assert read(field, data) == (expected, [])


@pytest.mark.parametrize(
    ("field", "data", "finding"),
    [
        (text, 1984, "S004 key must be a text, not 1984"),
        (text, (), "S004 key must be a text, not a list"),
        (line, True, "S004 key must be a text, not true"),
        (identifier, "a\x07", 'S004 key must be a text of one line without invisible characters, not "a\\x07"'),
        (identifier, "a\nb", 'S004 key must be a text of one line without invisible characters, not "a\\nb"'),
        (identifier, 5, "S004 key must be a text, not 5"),
        (boolean, "yes", 'S004 key must be true or false, not "yes"'),
        (boolean, 1, "S004 key must be true or false, not 1"),
        (boolean, Untyped("maybe"), 'S004 key must be true or false, not "maybe"'),
        (whole(1, 9), "5", 'S004 key must be a whole number between 1 and 9, not "5"'),
        (whole(1, 9), 5.0, "S004 key must be a whole number between 1 and 9, not 5.0"),
        (whole(0, 9), True, "S004 key must be a whole number between 0 and 9, not true"),
        (whole(1, 9), 10, "S004 key must be a whole number between 1 and 9, not 10"),
        (whole(1, 9), Untyped("9" * 5000), 'S004 key must be a whole number between 1 and 9, not "999'),
        (whole(1, 9), Untyped("٣"), "S004 key must be a whole number between 1 and 9"),
        (type_of_episode, "trailr", 'S004 key must be "full" or "trailer" or "bonus", not "trailr"'),
        (type_of_episode, 5, 'S004 key must be "full" or "trailer" or "bonus", not 5'),
        (language, "english", 'S004 key: "english" is not the code of a language'),
        (language, 5, "S004 key must be a text, not 5"),
        (url, "words", 'S004 key: "words" is not a web address'),
        (moment(UTC_ZONE, time(6)), 5, "S004 key must be a date, not 5"),
        (moment(UTC_ZONE, time(6), SYNTAX), "9/5/2024", 'S001 "9/5/2024" can be read as 5 September or 9 May'),
        (length, -1, "S004 key must be a length of time, not -1"),
        (length, 360000, "S004 key must be a length of time, not 360000"),
        (length, float("nan"), "S004 key must be a length of time"),
        (length, True, "S004 key must be a length of time, not true"),
        (length, (), "S004 key must be a length of time, not a list"),
        (length, "soon", 'S004 key: "soon" is not a length of time'),
    ],
)
def test_wrong_values_are_found_with_key_and_what_was_wanted(
    field: Field[object], data: object, finding: str
) -> None:
    result, found = read(field, data)
    assert result is None
    assert len(found) == 1
    assert found[0].startswith(finding)


def test_characters_that_xml_forbids_are_removed_with_a_warning() -> None:
    assert read(line, "a\x07b") == (
        "ab",
        ["S007 key holds invisible characters, which were left out: U+0007"],
    )


def test_a_text_of_nothing_but_invisible_characters_is_no_text() -> None:
    result, found = read(text, "\x07")
    assert result is None
    assert [finding[:4] for finding in found] == ["S007", "S004"]


def test_plain_http_is_a_warning() -> None:
    result, found = read(url, "http://example.org/")
    assert result == "http://example.org/"
    assert found == ['S008 key is not encrypted: "http://example.org/"']


def test_what_is_wrong_in_a_list_is_left_out() -> None:
    result, found = read(many(line), (make("Ann"), make(5), make("")))
    assert result == ("Ann",)
    assert found == ["S004 key must be a text, not 5", 'S004 key must be a text, not ""']


def test_blank_values_count_as_absent() -> None:
    findings = Findings("S")
    table = Table(make({}), {"a": make(" "), "b": make(())}, findings)
    assert table.read("a", line) is None
    assert table.read("b", many(line)) is None
    assert table.read("c", line, "y") == "y"
    table.close()
    assert findings.diagnostics == ()


def test_missing_keys_are_found_with_an_example() -> None:
    findings = Findings("E")
    table = Table(make({}, "people[0]"), {"role": make("", "people[0].role")}, findings)
    assert table.require("name", line, "Ann") is None
    assert table.require("role", line, "host") is None
    table.close()
    assert [(finding.code, finding.message, finding.hint) for finding in findings.diagnostics] == [
        ("E003", "people[0] has no name", "add name: Ann"),
        ("E003", "people[0].role is empty", "add role: host"),
    ]


def test_a_missing_key_that_is_misspelt_is_told_as_that_alone() -> None:
    findings = Findings("S")
    table = Table(make({}), {"titel": make("Night Shift", "titel")}, findings)
    assert table.require("title", line, '"…"') is None
    table.close()
    assert [(finding.code, finding.hint) for finding in findings.diagnostics] == [("S002", 'did you mean "title"?')]


def close(
    findings: Findings, known: list[str], unknown: str, *, name: str = "", data: object = 1, row: int = 3
) -> str:
    below = Value(name=f"{name}.{unknown}" if name else unknown, data=data, location=Location(file="f", line=row))  # type: ignore[arg-type]  # the tables hold every kind
    table = Table(make({}, name), {unknown: below}, findings)
    for key in known:
        table.read(key, line)
    table.close()
    (finding,) = findings.diagnostics
    assert finding.severity is Severity.ERROR
    assert finding.location == below.location
    return f"{finding.code} {finding.message} | {finding.hint}"


@pytest.mark.parametrize(
    ("area", "known", "unknown", "name", "data", "finding"),
    [
        ("E", ["title", "date"], "Titel", "", 1, 'E002 there is no key "Titel" | did you mean "title"?'),
        ("E", ["number", "date"], "episode", "", 1, 'E002 there is no key "episode" | did you mean "number"?'),
        ("E", ["name", "role"], "zzz", "people[0]", 1, 'E002 people[0] has no key "zzz" | the keys are name, role'),
        ("S", [f"k{n}" for n in range(13)], "zzz", "", 1, 'S002 there is no key "zzz" | remove it'),
        ("S", ["publish"], "publsh", "", {}, 'S002 there is no table [publsh] | did you mean "publish"?'),
        ("E", ["people"], "peple", "", {}, 'E002 there is no key "peple" | did you mean "people"?'),
        ("E", ["people"], "token", "", "x", 'E002 there is no key "token" | the keys are people'),
    ],
)
def test_unknown_keys_are_found_with_the_nearest_known_one(
    *, area: str, known: list[str], unknown: str, name: str, data: object, finding: str
) -> None:
    assert close(Findings(area), known, unknown, name=name, data=data) == finding


def test_a_key_that_belongs_above_the_tables_is_told_so_and_not_missed() -> None:
    findings = Findings("S", top_level=frozenset({"title"}))
    assert close(findings, ["to"], "title", name="publish", row=9) == (
        "S002 title stands inside publish, where it means nothing | move it above the first [table]"
    )
    Table(make({}), {}, findings).report_missing({"title": '"…"'})
    assert len(findings.diagnostics) == 1


def test_a_key_in_braces_cannot_be_moved_above_them() -> None:
    findings = Findings("S", top_level=frozenset({"title"}))
    assert close(findings, ["name"], "title", name="owner").startswith('S002 owner has no key "title"')


def test_a_secret_is_refused_without_being_shown() -> None:
    shown = close(Findings("S"), ["to"], "secret_access_key", name="publish", data="hush")
    assert shown.startswith("S006 publish.secret_access_key must never stand in this file | remove it; use the AWS")
    assert "hush" not in shown


def test_a_record_reads_a_table_or_a_text_alone() -> None:
    field = record(lambda table: table.require("name", line, "Ann"), "a name or a table", short="name")
    assert read(field, "ann") == ("ann", [])
    assert read(field, {"name": make("Ann")}) == ("Ann", [])
    assert read(field, "\x07")[0] is None
    result, found = read(field, 5)
    assert (result, found) == (None, ["S004 key must be a name or a table, not 5"])


def test_a_text_that_apps_cut_off_is_warned_of_and_kept() -> None:
    assert read(limited(5), "12345") == ("12345", [])
    assert read(limited(5), "1234\n6") == ("1234 6", ["S120 key has 6 characters; apps may cut it off behind 5"])
    assert read(limited(5), 5)[0] is None


def test_a_warning_about_a_key_stands_where_it_is_written_or_where_the_table_begins() -> None:
    findings = Findings("E")
    role = Value(name="people[0].role", data="x", location=Location(file="f", line=3))
    table = Table(make({}, "people[0]"), {"role": role}, findings)
    table.warn("role", UNKNOWN_CREDIT, Problem("no role", "write one"))
    table.warn("group", UNKNOWN_CREDIT, Problem("no group", "write one"))
    assert [(found.code, found.message, found.location) for found in findings.diagnostics] == [
        ("E121", "people[0].role: no role", role.location),
        ("E121", "people[0]: no group", PLACE),
    ]
