from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.transcripts.json import read_segments


def write_json(*segments: Any) -> str:
    return json.dumps({"version": "1.0.0", "segments": segments}, indent=0)


def make_segment(start: float, body: str, end: float | None = None, speaker: str | None = None) -> dict[str, Any]:
    return {"startTime": start, "body": body, "endTime": end, "speaker": speaker}


def test_read_segments_returns_cues() -> None:
    text = write_json(
        make_segment(0.5, " I am your\nfather. ", 2.5, "Darth Vader"), {"startTime": 2.75, "body": "Nooo"}
    )
    cues, findings = read_segments(text, "t.json")
    assert [
        (cue.start.total_seconds(), cue.speaker, cue.text, text.count("\n", 0, cue.at) + 1) for cue in cues
    ] == [
        (0.5, "Darth Vader", "I am your father.", 4),
        (2.75, None, "Nooo", 10),
    ]
    assert cues[0].end
    assert (cues[0].end.total_seconds(), cues[1].end) == (2.5, None)
    assert not findings


PHRASES = {
    "words": ([("I", 0, 1), ("am", 1, 2)], ["I am"]),
    "a pause": ([("I", 0, 1), ("am", 3, 4)], ["I", "am"]),
    "the end of a sentence": ([("I.”", 0, 1), ("Am", 1, 2)], ["I.”", "Am"]),
    "a full line": ([("a" * 40, 0, 1), ("b" * 40, 1, 2)], ["a" * 40, "b" * 40]),
    "a script without spaces": ([("你", 0, 1), ("好", 1, 2)], ["你好"]),
    "going back": ([("I", 5, 6), ("am", 1, 2)], ["I", "am"]),
    "an empty word": ([("I", 0, 1), (" ", 1, 2), ("am", 1, 2)], ["I am"]),
}


@pytest.mark.parametrize("case", PHRASES)
def test_read_segments_words_become_phrases(case: str) -> None:
    words, phrases = PHRASES[case]
    cues, _ = read_segments(write_json(*(make_segment(start, body, end) for body, start, end in words)), "t.json")
    assert [cue.text for cue in cues] == phrases
    assert cues[-1].end == timedelta(seconds=words[-1][2])


def test_read_segments_each_speaker_has_separate_phrases() -> None:
    text = write_json(make_segment(0, "I", 1, "Ana"), make_segment(1, "am", 2, "Tom"), make_segment(2, "not", 3))
    cues, _ = read_segments(text, "t.json")
    assert [(cue.speaker, cue.text) for cue in cues] == [("Ana", "I"), ("Tom", "am not")]


BROKEN = {
    "cut off": ('{"version": "1.0.0"', "T001", 1),
    "no comma": ('{"version": "1.0.0"\n"segments": []}', "T001", 2),
    "a list": ("[]", "T001", 1),
    "no segments": ('{"version": "1.0.0"}', "T001", 1),
    "another program": ('{"text": "Hi", "segments": {"id": 0}}', "T001", 1),
    "no version": ('{"segments": [{}]}', "T001", 1),
    "not a number": ('{"version": "1.0.0", "segments": [{"startTime": NaN}]}', "T001", None),
    "too deep": ("[" * 100_000, "T001", None),
    "not an object": (write_json(make_segment(0, "a"), 5), "T004", 10),
    "no start": (write_json({"start": 0, "body": "Hi"}), "T004", 4),
    "a start in quotes": (write_json(make_segment(0, "a"), {"startTime": "0", "body": "Hi"}), "T004", 11),
    "true": (write_json({"startTime": True, "body": "Hi"}), "T004", 5),
    "negative": (write_json({"startTime": -1, "body": "Hi"}), "T004", 5),
    "infinity": ('{"version": "1", "segments": [{"startTime": 1e999, "body": ""}]}', "T004", 1),
    "too late": (write_json({"startTime": 360_000, "body": "Hi"}), "T004", 5),
    "an end in quotes": (write_json({"startTime": 0, "endTime": "1", "body": "Hi"}), "T004", 6),
    "no body": (write_json({"startTime": 0, "text": "Hi"}), "T004", 4),
    "a number as speaker": (write_json({"startTime": 0, "body": "Hi", "speaker": 5}), "T004", 7),
    "two lists": ('{"x": {"segments": []},\n"version": "1",\n"segments": [{}]}', "T004", 3),
}


@pytest.mark.parametrize("case", BROKEN)
def test_read_segments_broken_json_is_reported_with_its_line(case: str) -> None:
    text, code, line = BROKEN[case]
    cues, (finding, *_) = read_segments(text, "01-a/t.json")
    assert not cues
    assert (finding.code, finding.location and finding.location.line) == (code, line)
    assert finding.hint


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda values: (
        st.lists(values, max_size=4)
        | st.dictionaries(st.sampled_from(["startTime", "endTime", "body", "x"]), values)
    ),
    max_leaves=8,
)


@given(_ANYTHING | st.lists(_ANYTHING, max_size=4))
def test_read_segments_any_json_is_read_or_reported(value: Any) -> None:
    for text in (json.dumps(value), json.dumps({"version": "1.0.0", "segments": value})):
        cues, findings = read_segments(text, "t.json")
        assert not (cues and findings)
