from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as part
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Location, Severity
from podcastkit.text.schema.fields import line, many, whole
from podcastkit.text.schema.keys import Key, read_table, record, sort_values
from podcastkit.text.schema.values import Findings, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.text.schema.keys import Field

PLACE = Location(file="show.toml", line=3, column=1)
NAME, ROLE = Key("name", line, "", example="Ann"), Key("role", line, "", example="host")


def make(data: object, name: str = "key") -> Value:
    return Value(name=name, data=data, location=PLACE)  # type: ignore[arg-type]  # the tables hold every kind


def make_keys(*names: str) -> list[Key]:
    aliases = {"number": ("episode",)}
    return [Key(name, line, "", aliases=aliases.get(name, ())) for name in names]


def test_blank_values_count_as_absent() -> None:
    findings = Findings("S")
    keys = [Key("a", line, ""), Key("b", many(line), ""), Key("c", line, ""), Key("d", line, "")]
    table = make({"a": make(" "), "b": make(()), "d": make("x")})
    assert read_table(table, keys, findings) == {"d": "x"}
    assert findings.diagnostics == ()


def test_missing_keys_are_found_with_an_example() -> None:
    findings = Findings("E")
    table = make({"role": make("", "people[0].role")}, "people[0]")
    assert read_table(table, [NAME, ROLE], findings) == {}
    assert [(finding.code, finding.message, finding.hint) for finding in findings.diagnostics] == [
        ("E003", "people[0] has no name", "add name: Ann"),
        ("E003", "people[0].role is empty", "add role: host"),
    ]


def test_a_missing_key_that_is_misspelt_is_told_as_that_alone() -> None:
    findings = Findings("S")
    table = make({"titel": make("Night Shift", "titel")})
    assert read_table(table, [Key("title", line, "", example='"…"')], findings) == {}
    assert [(finding.code, finding.hint) for finding in findings.diagnostics] == [("S002", 'did you mean "title"?')]


def close(
    findings: Findings, known: list[str], unknown: str, *, name: str = "", data: object = 1, row: int = 3
) -> str:
    below = Value(name=f"{name}.{unknown}" if name else unknown, data=data, location=Location(file="f", line=row))  # type: ignore[arg-type]  # the tables hold every kind
    read_table(make({unknown: below}, name), make_keys(*known), findings)
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
        ("E", ["images"], "tags", "", 1, 'E002 there is no key "tags" | the keys are images'),
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
    read_table(make({}), [Key("title", line, "", example='"…"')], findings)
    assert len(findings.diagnostics) == 1


def test_a_key_in_braces_cannot_be_moved_above_them() -> None:
    findings = Findings("S", top_level=frozenset({"title"}))
    assert close(findings, ["name"], "title", name="owner").startswith('S002 owner has no key "title"')


def test_a_secret_is_refused_without_being_shown() -> None:
    shown = close(Findings("S"), ["to"], "secret_access_key", name="publish", data="hush")
    assert shown.startswith("S006 publish.secret_access_key must never stand in this file | remove it; use the AWS")
    assert "hush" not in shown


def test_a_record_reads_a_table_or_a_text_alone() -> None:
    findings = Findings("S")
    name: Field[dict[str, str]] = record(dict, "a name or a table", NAME, short="name")
    assert name(make("ann"), findings) == {"name": "ann"}
    assert name(make({"name": make("Ann")}), findings) == {"name": "Ann"}
    assert name(make("\x07"), Findings("S")) is None
    assert findings.diagnostics == ()


def test_a_record_is_no_number() -> None:
    findings = Findings("S")
    name: Field[dict[str, str]] = record(dict, "a name or a table", NAME, short="name")
    assert name(make(5), findings) is None
    (found,) = findings.diagnostics
    assert found.message == "key must be a name or a table, not 5"


def test_a_record_without_a_required_key_is_left_out_unless_it_is_kept() -> None:
    keys = (NAME, Key("age", whole(0, 9), ""))
    written = make({"age": make(5)})
    assert record(dict, "a table", *keys)(written, Findings("S")) is None
    assert record(dict, "a table", *keys, is_kept_incomplete=True)(written, Findings("S")) == {"age": 5}


def test_values_go_into_the_field_of_their_name_or_to_the_model() -> None:
    @dataclass(frozen=True, kw_only=True)
    class File:
        name: str | None = None
        fields: Mapping[str, object] = part(default_factory=dict)

    keys = [Key("name", line, ""), Key("place", line, "", fills="places"), Key("link", line, ""), ROLE]
    values = {"name": "Ann", "place": "Here", "link": "https://a.org"}
    fields = {"places": "Here", "link": "https://a.org"}
    assert File(**sort_values(keys, values, File)) == File(name="Ann", fields=fields)
