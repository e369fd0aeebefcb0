from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.syntax.json import InvalidJsonError, find_entry_positions, find_value_position, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 0, 2]))
def test_parse_json_reads_dumped_json(value: object, indent: int | None) -> None:
    assert parse_json(json.dumps(value, indent=indent)) == value


@pytest.mark.parametrize(
    ("text", "position"),
    [('{"a": 1,\n b}', 10), ("", 0)],
    ids=["a key without quotes", "nothing"],
)
def test_parse_json_error_has_its_position(text: str, position: int) -> None:
    with pytest.raises(InvalidJsonError) as caught:
        parse_json(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        pytest.param("[" * 100_000, "the lists and objects are nested too deeply", None, id="too deep"),
        pytest.param("9" * 5000, "a number has thousands of digits", None, id="too many digits"),
        ("[NaN]", "NaN is not a number in JSON", None),
        ('{"a": [1,\n 2,\n]}', "there is a comma after the last entry", 12),
        ('{"a": 1, }', "there is a comma after the last entry", 7),
        ("[1 2]", "a comma is missing before this", 3),
        ('{"a" 1}', "a colon is missing before this", 5),
        ("{a: 1}", "a name between straight double quotes is missing here", 1),
        ("[“a”]", "not a text in straight double quotes, a number", 1),
        ('["a]', "no double quote at its end", 1),
        ('["a\n]', "no double quote at the end of its line", 3),
        (r'["C:\Users"]', "a backslash in a text must be written twice", 4),
        ("[1] [2]", "the value is already complete before this", 4),
        ("[1, 2\n", "the file ends too early", 6),
    ],
)
def test_parse_json_error_message_is_the_same_in_all_python_versions(
    text: str, reason: str, position: int | None
) -> None:
    with pytest.raises(InvalidJsonError, match=reason) as caught:
        parse_json(text)
    assert caught.value.position == position


@given(st.lists(VALUES, max_size=5), VALUES)
def test_find_entry_positions_returns_the_starts_of_the_entries(entries: list[object], other: object) -> None:
    listed = [json.dumps(entry) for entry in entries]
    text = '{"before": ' + json.dumps({"list": other}) + ',\n"list": [\n' + ",\n".join(listed) + "\n]}"
    starts = find_entry_positions(text, "list")
    assert [text[start:].startswith(entry) for start, entry in zip(starts, listed, strict=True)] == [True] * len(
        listed
    )
    assert [text.count("\n", 0, start) for start in starts] == [2 + number for number, _ in enumerate(listed)]


KEYS = st.sampled_from("abc")


@given(st.recursive(VALUES, lambda inner: st.dictionaries(KEYS, inner)), st.lists(KEYS), st.sampled_from([None, 1]))
def test_find_value_position_of_missing_key_returns_the_last_existing_value(
    value: object, keys: list[str], indent: int | None
) -> None:
    text = json.dumps(value, indent=indent)
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            break
        value = value[key]
    found, _ = json.JSONDecoder().raw_decode(text, find_value_position(text, *keys))
    assert found == value


def test_duplicate_key_last_value_counts() -> None:
    text = '{"list": [1],\n"list": [2,\n3]}'
    assert parse_json(text) == {"list": [2, 3]}
    assert find_entry_positions(text, "list") == [text.index("2,"), text.index("3]")]
    assert find_value_position(text, "list") == text.index("[2")
    assert find_value_position(text, "none") == find_value_position(text) == 0
