from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.schema.values import Findings, Untyped, Value, locate
from podcastkit.text.syntax.yaml import Line, _read_simple, _Source, _Tree, read_yaml, unquote

STRUCTURED = frozenset({"people", "number", "place"})
KNOWN = STRUCTURED | {"title", "summary"}


def read(text: str) -> tuple[Value, Findings]:
    findings = Findings("E")
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 2)]
    return read_yaml(lines, "notes.md", findings, structured=STRUCTURED, known=KNOWN), findings


def to_plain(value: Value) -> object:
    if isinstance(value.data, tuple):
        return [to_plain(item) for item in value.data]
    if isinstance(value.data, dict):
        return {key: to_plain(item) for key, item in value.data.items()}
    assert isinstance(value.data, Untyped)
    return str(value.data)


def read_without_findings(text: str) -> object:
    root, findings = read(text)
    assert findings.diagnostics == ()
    return to_plain(root)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("title: Episode 5: It's #1 @home", "Episode 5: It's #1 @home"),
        ("title: No", "No"),
        ("title: 1984", "1984"),
        ("title: [not a list", "[not a list"),
        ("title: *starred* & !bold", "*starred* & !bold"),
        ('title: "Quoted"', "Quoted"),
        ("title: “Quoted”", "Quoted"),
        ('title: "A" and "B"', '"A" and "B"'),
        ("title:", ""),
        ("title : spaced", "spaced"),
        ("title:\u00a0from Word", "from Word"),
        ("title: > 5 minutes", "> 5 minutes"),
        ("title: a \u2028 b\x85", "a \u2028 b"),
        ("title: first\n  second: #2\n\n\n  third", "first second: #2\n\nthird"),
        ("title:\n  below", "below"),
        ("title: |\n  kept: #1\n\n    more", "kept: #1\n\n  more"),
        ("title: >-  # folded\n  a\n  b", "a b"),
        ("title: a\n", "a"),
    ],
)
def test_text_is_the_rest_of_its_line_and_the_indented_lines_below(line: str, title: str) -> None:
    assert read_without_findings(line) == {"title": title}


def test_unknown_keys_are_text() -> None:
    assert read_without_findings("Sub-Title_2: a: b") == {"Sub-Title_2": "a: b"}


def test_structured_keys_contain_yaml_with_untyped_scalars() -> None:
    text = 'people:\n- Ann # the host\n- {name: “Bob”, age: 08, "ill": no}\nnumber: 5 # five\ntitle: x # y'
    assert read_without_findings(text) == {
        "people": ["Ann", {"name": "Bob", "age": "08", "ill": "no"}],
        "number": "5",
        "title": "x # y",
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# a comment\n", "\n# title: x"])
def test_text_without_keys_has_no_values(text: str) -> None:
    assert read_without_findings(text) == {}


def test_empty_front_matter_has_no_values() -> None:
    findings = Findings("E")
    assert read_yaml([], "notes.md", findings, structured=STRUCTURED, known=KNOWN).data == {}
    assert findings.diagnostics == ()


def test_every_key_and_item_has_its_location() -> None:
    root, _ = read("# c\ntitle: a\n  b\npeople:\n  - Ann\n  - name: Bob\n    role: x\nplace: {name: y}")
    assert {name: (place.line, place.column) for name, place in locate(root).items()} == {
        "title": (3, 1),
        "people": (5, 1),
        "people[0]": (6, 5),
        "people[1]": (7, 5),
        "people[1].name": (7, 5),
        "people[1].role": (8, 5),
        "place": (9, 1),
        "place.name": (9, 9),
    }


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("title: x\nnumber: 1\nnumber: 2", 4, 1, "number is in the front matter twice, first in line 3"),
        ("title: x\ntitle: y", 3, 1, "title is in the front matter twice, first in line 2"),
        ('title: x\n"title": y', 3, 1, "title is in the front matter twice, first in line 2"),
        ("place: {name: x, name: y}", 2, 18, "place.name is in the front matter twice, first in line 2"),
        ("hello", 2, 1, "this line is not valid in front matter: hello"),
        ("- a", 2, 1, "this line is not valid in front matter: - a"),
        (" number: 5", 2, 2, "this line is not valid in front matter: number: 5"),
        ("people: [Ann\nnumber: 5", 2, 9, "people: [Ann"),
        ("place: {name: x", 2, 8, "place: {name: x"),
        ("\tnumber: 5", 2, 1, "number: 5"),
        ("people: a: b", 2, 10, "people: a: b"),
        ("people: !!python/object/apply:os.system [x]", 2, 9, "begins with !"),
        ("people: &a [x]", 2, 9, "begins with &"),
        ("people: [&a x]\nplace: *a", 2, 10, "begins with &"),
        ("people: *a", 2, 9, "begins with *"),
        ("people: {[a]: b}", 2, 10, "a key must be a plain word"),
        ("people: {*a : b}", 2, 10, "a key must be a plain word"),
        ("people: " + "[" * 20 + "]" * 20, 2, 17, "nested too deeply"),
        ("people: " + "[" * 5000, 2, 17, "nested too deeply"),
        ("number: 1\n--- x\n", 3, 1, "a second document begins here"),
        ('people: "\\U99999999"', 2, 1, "the front matter is not valid"),
        ("title: x\n number: 5", 3, 2, "number is indented"),
        ("summary:\n  a\n  title: x", 4, 3, "title is indented"),
    ],
)
def test_invalid_front_matter_is_one_finding_with_its_location(
    text: str, line: int, column: int, words: str
) -> None:
    _, findings = read(text)
    (finding,) = findings.diagnostics
    assert finding.code == "E001"
    assert finding.location is not None
    assert (finding.location.line, finding.location.column) == (line, column)
    assert words in finding.message
    assert finding.hint


def test_texts_are_read_although_the_yaml_is_invalid() -> None:
    root, findings = read("title: x\npeople: [")
    assert to_plain(root) == {"title": "x"}
    assert len(findings.diagnostics) == 1


def test_indented_key_is_allowed_in_a_block() -> None:
    assert read_without_findings("summary: |\n  title: x") == {"summary": "title: x"}


def test_invisible_characters_become_spaces_with_a_warning() -> None:
    root, findings = read("people: [A\x07nn, B\u2028ob]")
    assert to_plain(root) == {"people": ["A nn", "B ob"]}
    assert [(finding.code, finding.location and finding.location.column) for finding in findings.diagnostics] == [
        ("E007", 11),
        ("E007", 17),
    ]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ("“a”", "a"),
        ("„a“", "a"),
        ('“a"', "a"),
        ("\u2018a\u2019", "a"),
        ("'It''s'", "It's"),
        (r'"say \"hi\""', 'say "hi"'),
        (r'"caf\u00e9 \uD83C\uDF99"', "café 🎙"),
        (r'"a \\u00e9 \users"', r"a \\u00e9 \users"),
        (r"'caf\u00e9'", r"caf\u00e9"),
        ('"', '"'),
        ('""', ""),
        ("'Tis the season, 'twas'", "'Tis the season, 'twas'"),
        ("\u2018It\u2019s\u2019", "\u2018It\u2019s\u2019"),
        ('""a""', '""a""'),
        ("a", "a"),
    ],
)
def test_unquote_removes_one_pair_of_quotes(text: str, meaning: str) -> None:
    assert unquote(text) == meaning


WORDS = st.text(alphabet="aZ09:.- +_", max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["number", "people", "x_1", ""]), WORDS), max_size=4))
def test_read_simple_yaml_equals_the_yaml_parser(pairs: list[tuple[str, str]]) -> None:
    lines = [f"{key}: {words}" if key else " " * len(words) for key, words in pairs]
    source = _Source([Line(number, line) for number, line in enumerate(lines, 2)], "notes.md", Findings("E"))
    simple = _read_simple(source, lines)
    if simple is not None:
        assert simple == _Tree(source, lines).read()


def test_read_simple_yaml_reads_typical_front_matter() -> None:
    lines = ["", "number: 8", "date: 2024-09-05 06:00Z", "", "draft: true "]
    source = _Source([Line(number, line) for number, line in enumerate(lines, 2)], "notes.md", Findings("E"))
    values = _read_simple(source, lines)
    assert values is not None
    assert [(value.name, str(value.data)) for value in values] == [
        ("number", "8"),
        ("date", "2024-09-05 06:00Z"),
        ("draft", "true"),
    ]


@given(st.text())
def test_any_text_returns_values_or_findings(text: str) -> None:
    root, _ = read(text)
    assert isinstance(root.data, dict)


@given(st.text(alphabet="title:numberpeople[]{}&*!|>-#\"' \n\t%"))
def test_any_yaml_like_text_returns_values_or_findings(text: str) -> None:
    root, findings = read(text)
    assert isinstance(root.data, dict)
    assert all(finding.location and finding.location.line for finding in findings.diagnostics)
