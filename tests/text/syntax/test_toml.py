from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.diagnostics import Diagnostic
from podcastkit.text.schema.values import Value, locate
from podcastkit.text.syntax.toml import read_toml

SAMPLE = '''\
title = "One"
"odd key" . sub = 1
people = [ # two
  "Ann",
  { name = "Bö", role.kind = "x" },
]
text = """
many lines
"""
[publish]
# where
to = "public"
[[podroll]]
feed_guid = "a"
[podroll.more]
x = 1
[[podroll]]
feed_guid = "b"
'''


def read(text: str) -> Value:
    root = read_toml(text, "show.toml")
    assert isinstance(root, Value)
    return root


def read_error(text: str) -> Diagnostic:
    error = read_toml(text, "show.toml")
    assert isinstance(error, Diagnostic)
    return error


def to_plain(value: Value) -> object:
    if isinstance(value.data, tuple):
        return [to_plain(item) for item in value.data]
    if isinstance(value.data, dict):
        return {key: to_plain(item) for key, item in value.data.items()}
    return value.data


def test_every_key_and_item_has_its_location() -> None:
    places = {name: (place.line, place.column) for name, place in locate(read(SAMPLE)).items()}
    assert places == {
        "title": (1, 1),
        "odd key": (2, 1),
        "odd key.sub": (2, 13),
        "people": (3, 1),
        "people[0]": (4, 3),
        "people[1]": (5, 3),
        "people[1].name": (5, 5),
        "people[1].role": (5, 18),
        "people[1].role.kind": (5, 23),
        "text": (7, 1),
        "publish": (10, 2),
        "publish.to": (12, 1),
        "podroll": (13, 3),
        "podroll[0]": (13, 3),
        "podroll[0].feed_guid": (14, 1),
        "podroll[0].more": (15, 10),
        "podroll[0].more.x": (16, 1),
        "podroll[1]": (17, 3),
        "podroll[1].feed_guid": (18, 1),
    }


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_numbers_do_not_depend_on_line_ends(ending: str) -> None:
    assert locate(read(f"a = 1{ending}{ending}b = 2{ending}"))["b"].line == 3


def test_byte_order_mark_is_ignored() -> None:
    assert to_plain(read("\ufefftitle = 'x'")) == {"title": "x"}


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ('title: "x"', 1, 6, "equals sign"),
        ("\ntitle = Hello", 2, 9, "straight quotes"),
        ("title = “x”", 1, 9, "straight quotes"),
        ("first = 11/02/2026", 1, 11, "write the date as 2026-11-02 or 2026-02-11"),
        ("first = 2026-11-02 6:00  # am", 1, 20, "write the date as 2026-11-02 06:00:00"),
        ("first = 2026-11-02T06:00:00+0530", 1, 28, "put the date in straight quotes"),
        ("first = 2026-11-31", 1, 9, "write the date as 2024-09-05"),
        (r'title = "\ud800"', 1, 16, "write the character itself"),
        ("a = 1\na = 2\n", 2, 1, "twice"),
        ("[a]\n[a]", 2, 1, "twice"),
        ("explicit = False", 1, 12, "lower case"),
        ("number = 08", 1, 11, "without the 0"),
        ('a = "say "hi""', 1, 11, r"\""),
        ('to = "C:\\pod"', 1, 11, "/ instead of"),
        ('title = "x\nb = 1', 1, 11, "end the text"),
        ("people = [1,\n2", 2, 1, "end the list"),
        ("[publish", 1, 1, "key = value"),
    ],
)
def test_syntax_error_is_one_finding_with_location_and_hint(text: str, line: int, column: int, hint: str) -> None:
    error = read_error(text)
    assert error.code == "S001"
    assert error.location is not None
    assert (error.location.line, error.location.column) == (line, column)
    assert text.split("\n")[line - 1] in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize("text", ['title = "a\x7fb"', 'title\u00a0= "a"', '\u200btitle = "a"', 'title = \u2003"a"'])
def test_invisible_character_hint_is_to_delete_it(text: str) -> None:
    found = read_toml(text, "show.toml")
    assert isinstance(found, Diagnostic)
    assert found.hint
    assert "invisible character" in found.hint


def test_duplicate_table_is_reported_without_python_syntax() -> None:
    assert read_error("[publish]\n[publish]").message == "this line is not valid: [publish]"


def test_invalid_line_with_secret_is_not_shown() -> None:
    assert "hush" not in read_error("secret_access_key = hush").message


def test_too_long_number_has_its_location() -> None:
    location = read_error("a = 1\nb = " + "9" * 5000).location
    assert location is not None
    assert (location.line, location.column) == (2, 5)


def test_too_long_number_with_underscores_is_in_the_first_line() -> None:
    location = read_error("b = " + "_".join("9" * 3000 for _ in range(2))).location
    assert location is not None
    assert location.line == 1


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "[" * 30 + "]" * 30, ".".join("a" * 30) + " = 1"])
def test_deep_nesting_is_refused(text: str) -> None:
    assert read_error(text).message == "tables and lists are nested too deeply"


def test_column_of_key_counts_characters() -> None:
    places = locate(read('[t]\nlist = ["é", "\U0001f399", 3]\n"\ud800" = { "ü" = 1, x = 2 }'))
    assert (places["t.list[2]"].line, places["t.list[2]"].column) == (2, 19)
    assert (places["t.\\ud800"].line, places["t.\\ud800.x"].column) == (3, 18)


@given(st.text())
def test_any_text_returns_values_or_one_finding(text: str) -> None:
    assert isinstance(read_toml(text, "show.toml"), Value | Diagnostic)


@given(st.text(alphabet="ab.=[]{},\"'\\\n #1-:T“é"))
def test_values_equal_those_of_tomllib(text: str) -> None:
    root = read_toml(text, "show.toml")
    try:
        expected = tomllib.loads(text)
    except ValueError:
        assert isinstance(root, Diagnostic)
    else:
        assert isinstance(root, Value)
        assert to_plain(root) == expected


@given(st.dictionaries(st.from_regex(r"[a-z_-]{1,8}", fullmatch=True), st.integers(0, 9), min_size=1), st.data())
def test_keys_have_the_lines_of_the_file(table: dict[str, int], data: st.DataObject) -> None:
    lines: list[str] = []
    expected = {}
    for key, number in table.items():
        lines += [""] * data.draw(st.integers(0, 3))
        lines.append(f"{key} = {number}")
        expected[key] = len(lines)
    places = locate(read("\n".join(lines)))
    assert {key: place.line for key, place in places.items()} == expected


LONG_KEYS = ["a." * 50 + "b = 1", "x = 1\n[" + "'a b' . " * 60 + "b]", "x = {" + '"a".' * 50 + "b = 1}"]


@pytest.mark.parametrize("text", LONG_KEYS)
def test_key_with_very_many_parts_is_an_error_with_its_location(text: str) -> None:
    found = read_toml(text, "show.toml")
    assert isinstance(found, Diagnostic)
    assert found.code == "S001"
    assert "nested too deeply" in found.message
    assert found.location
    assert text.split("\n")[(found.location.line or 0) - 1][(found.location.column or 0) - 1] in "a'\""


def test_long_text_with_dots_is_not_a_dotted_key() -> None:
    assert not isinstance(read_toml("title = '" + "a" * 99 + "." * 99 + "'", "show.toml"), Diagnostic)
