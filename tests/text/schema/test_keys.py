from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as part
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Location, Severity
from podcastkit.text.schema.fields import line, list_of, whole_number
from podcastkit.text.schema.keys import Key, make_file_arguments, make_table_field, read_table
from podcastkit.text.schema.values import Findings, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.text.schema.keys import Field

PLACE = Location(file="show.toml", line=3, column=1)
NAME, ROLE = Key("name", line, "", example="Ann"), Key("role", line, "", example="host")


def make_value(data: object, name: str = "key") -> Value:
    return Value(name=name, data=data, location=PLACE)  # type: ignore[arg-type]  # the tables hold every kind


def make_keys(*names: str) -> list[Key]:
    aliases = {"number": ("episode",)}
    return [Key(name, line, "", aliases=aliases.get(name, ())) for name in names]


def test_empty_values_are_treated_as_missing() -> None:
    findings = Findings("S")
    keys = [Key("a", line, ""), Key("b", list_of(line), ""), Key("c", line, ""), Key("d", line, "")]
    table = make_value({"a": make_value(" "), "b": make_value(()), "d": make_value("x")})
    assert read_table(table, keys, findings) == {"d": "x"}
    assert findings.diagnostics == ()


def test_missing_key_hint_has_an_example() -> None:
    findings = Findings("E")
    table = make_value({"role": make_value("", "people[0].role")}, "people[0]")
    assert read_table(table, [NAME, ROLE], findings) == {}
    assert [(finding.code, finding.message, finding.hint) for finding in findings.diagnostics] == [
        ("E003", "people[0] has no name", "add name: Ann"),
        ("E003", "people[0].role is empty", "add role: host"),
    ]


def test_misspelt_required_key_has_only_one_error() -> None:
    findings = Findings("S")
    table = make_value({"titel": make_value("Night Shift", "titel")})
    assert read_table(table, [Key("title", line, "", example='"…"')], findings) == {}
    assert [(finding.code, finding.hint) for finding in findings.diagnostics] == [("S002", 'did you mean "title"?')]


def report_unknown(
    findings: Findings, known: list[str], unknown: str, *, name: str = "", data: object = 1, row: int = 3
) -> str:
    below = Value(name=f"{name}.{unknown}" if name else unknown, data=data, location=Location(file="f", line=row))  # type: ignore[arg-type]  # the tables hold every kind
    read_table(make_value({unknown: below}, name), make_keys(*known), findings)
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
def test_unknown_key_suggests_the_nearest_key(
    *, area: str, known: list[str], unknown: str, name: str, data: object, finding: str
) -> None:
    assert report_unknown(Findings(area), known, unknown, name=name, data=data) == finding


def test_top_level_key_inside_a_table_has_only_one_error() -> None:
    findings = Findings("S", top_level=frozenset({"title"}))
    assert report_unknown(findings, ["to"], "title", name="publish", row=9) == (
        "S002 title is inside publish, where it has no effect | move it above the "
        "first line in square brackets, such as [publish]"
    )
    read_table(make_value({}), [Key("title", line, "", example='"…"')], findings)
    assert len(findings.diagnostics) == 1


def test_top_level_key_in_inline_table_is_unknown() -> None:
    findings = Findings("S", top_level=frozenset({"title"}))
    assert report_unknown(findings, ["name"], "title", name="owner").startswith('S002 owner has no key "title"')


def test_secret_is_refused_and_not_shown() -> None:
    message = report_unknown(Findings("S"), ["to"], "secret_access_key", name="publish", data="hush")
    assert message.startswith("S006 publish.secret_access_key must never be in this file | remove it; use the AWS")
    assert "hush" not in message


def test_table_field_reads_table_or_text() -> None:
    findings = Findings("S")
    name: Field[dict[str, str]] = make_table_field(dict, "a name or a table", NAME, short="name")
    assert name(make_value("ann"), findings) == {"name": "ann"}
    assert name(make_value({"name": make_value("Ann")}), findings) == {"name": "Ann"}
    assert name(make_value("\x07"), Findings("S")) is None
    assert findings.diagnostics == ()


def test_table_field_refuses_a_number() -> None:
    findings = Findings("S")
    name: Field[dict[str, str]] = make_table_field(dict, "a name or a table", NAME, short="name")
    assert name(make_value(5), findings) is None
    (found,) = findings.diagnostics
    assert found.message == "key must be a name or a table, not 5"


def test_table_without_required_key_is_left_out_unless_kept_incomplete() -> None:
    keys = (NAME, Key("age", whole_number(0, 9), ""))
    written = make_value({"age": make_value(5)})
    assert make_table_field(dict, "a table", *keys)(written, Findings("S")) is None
    assert make_table_field(dict, "a table", *keys, is_kept_incomplete=True)(written, Findings("S")) == {"age": 5}


def test_sort_values_separates_own_fields_from_the_others() -> None:
    @dataclass(frozen=True, kw_only=True)
    class File:
        name: str | None = None
        fields: Mapping[str, object] = part(default_factory=dict)

    keys = [Key("name", line, ""), Key("place", line, "", fills="places"), Key("link", line, ""), ROLE]
    values = {"name": "Ann", "place": "Here", "link": "https://a.org"}
    fields = {"places": "Here", "link": "https://a.org"}
    assert File(**make_file_arguments(keys, values, File)) == File(name="Ann", fields=fields)
