from __future__ import annotations

from datetime import date, datetime, time

import pytest

from podcastkit.diagnostics import Location, Severity
from podcastkit.text.quoting import quote
from podcastkit.text.schema.values import (
    INVISIBLE_CHARACTER,
    WRONG_VALUE,
    Findings,
    Untyped,
    Value,
    describe_value,
    locate,
    looks_secret,
)

PLACE = Location(file="show.toml", line=3, column=1)


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("a text", '"a text"'),
        (Untyped("08"), '"08"'),
        ("bell\x07 and \x1b[31mred", r'"bell\x07 and \x1b[31mred"'),
        ("x" * 100, '"' + "x" * 59 + '…"'),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (1.5, "1.5"),
        pytest.param(16**9000, "a huge number", id="longer than Python prints"),
        (float("inf"), "a huge number"),
        (date(2024, 9, 5), "2024-09-05"),
        (datetime(2024, 9, 5, 6), "2024-09-05T06:00:00"),  # noqa: DTZ001 - TOML's local datetimes have no zone
        (time(6), "06:00:00"),
        ((), "a list"),
        ({}, "a table"),
    ],
)
def test_describe_value_is_short_and_printable(data: object, shown: str) -> None:
    value = Value(name="key", data=data, location=PLACE)  # type: ignore[arg-type]  # the table holds every kind
    assert describe_value(value) == shown


def test_locate_uses_full_names() -> None:
    inner = Value(name="people[0].name", data="Ann", location=PLACE)
    item = Value(name="people[0]", data={"name": inner}, location=PLACE)
    people = Value(name="people", data=(item,), location=PLACE)
    root = Value(name="", data={"people": people}, location=PLACE)
    assert list(locate(root)) == ["people", "people[0]", "people[0].name"]


def test_findings_are_in_the_order_of_the_file() -> None:
    findings = Findings("S")
    findings.warn(INVISIBLE_CHARACTER, Location(file="f", line=4, column=2), "third", "hint")
    findings.error(WRONG_VALUE, Location(file="f", line=4, column=1), "second", "hint")
    findings.error(WRONG_VALUE, Location(file="f"), "first", "hint")
    assert [finding.message for finding in findings.diagnostics] == ["first", "second", "third"]
    assert [finding.code for finding in findings.diagnostics] == ["S004", "S004", "S007"]
    assert findings.diagnostics[2].severity is Severity.WARNING


@pytest.mark.parametrize("key", ["secret_access_key", "AWS_ACCESS_KEY_ID", "api-key", "password", "private_key"])
def test_looks_secret_secret_key_is_true(key: str) -> None:
    assert looks_secret(key)


@pytest.mark.parametrize("key", ["region", "profile", "key", "private", "accessibility"])
def test_looks_secret_ordinary_key_is_false(key: str) -> None:
    assert not looks_secret(key)


def test_quote_escapes_direction_overrides() -> None:
    assert quote("a\u202eb") == r'"a\u202eb"'
