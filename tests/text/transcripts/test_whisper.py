from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.transcripts.json import read_segments
from podcastkit.text.transcripts.reader import prepare_documents, read_transcript, shift_transcript
from podcastkit.text.transcripts.whisper import read_whisper

FORMATS: dict[str, Any] = {
    "openai-whisper": {
        "text": " Hello. Ahoy.",
        "segments": [
            {"id": 0, "seek": 0, "start": 0.0, "end": 2.0, "text": " Hello.", "tokens": [50364]},
            {"id": 1, "seek": 0, "start": 2.0, "end": 3.5, "text": " Ahoy."},
        ],
        "language": "en",
    },
    "whisper.cpp": {
        "systeminfo": "AVX = 1",
        "transcription": [
            {"timestamps": {"from": "00:00:00,000"}, "offsets": {"from": 0, "to": 2000}, "text": " Hello."},
            {"offsets": {"from": 2000, "to": 3500}, "text": " Ahoy."},
        ],
    },
    "faster-whisper": [
        {"start": 0, "end": 2, "text": " Hello.", "words": None},
        {"start": 2, "end": 3.5, "text": "Ahoy."},
    ],
    "transformers": {
        "text": "",
        "chunks": [{"timestamp": [0.0, 2.0], "text": "Hello."}, {"timestamp": [2.0, 3.5], "text": "Ahoy."}],
    },
    "words": {
        "words": [{"word": "Hello.", "start": 0, "end": 2}, {"word": "Ahoy.", "start": 2, "end": 3.5}],
    },
    "AssemblyAI": {
        "id": "1",
        "words": [
            {"text": "Hello.", "start": 0, "end": 2000, "confidence": 0.9, "speaker": None},
            {"text": "Ahoy.", "start": 2000, "end": 3500},
        ],
        "utterances": None,
    },
    "with a version": {
        "version": "1.0.0",
        "segments": [{"start": 0, "end": 2, "text": "Hello."}, {"start": 2, "end": 3.5, "text": "Ahoy."}],
    },
}
BROKEN: dict[str, Any] = {
    "no time": ({"text": "a"}, "time"),
    "no text": ({"start": 1, "end": 2}, "text"),
    "a time in quotes": ({"start": "1", "end": 2, "text": "a"}, "time"),
    "an end in quotes": ({"start": 1, "end": "2", "text": "a"}, "time"),
    "not an object": (5, "time"),
    "a huge time": ({"start": 1e300, "end": 2, "text": "a"}, "time"),
}


@pytest.mark.parametrize("value", FORMATS.values(), ids=FORMATS)
def test_read_transcript_json_of_whisper_is_converted(value: object) -> None:
    transcript, findings = read_transcript(json.dumps(value).encode(), "transcript.json")
    assert findings == ()
    assert transcript
    assert [document.suffix for document in prepare_documents([transcript])] == [".vtt", ".srt", ".json"]
    assert transcript.document.body == (
        b'{\n "version": "1.0.0",\n "segments": [\n'
        b'  {\n   "startTime": 0.0,\n   "endTime": 2.0,\n   "body": "Hello."\n  },\n'
        b'  {\n   "startTime": 2.0,\n   "endTime": 3.5,\n   "body": "Ahoy."\n  }\n ]\n}\n'
    )
    later = shift_transcript(transcript.document, timedelta(seconds=1)).body.decode()
    assert [cue.start.total_seconds() for cue in read_segments(later, "t.json").value] == [1, 3]


def test_read_segments_whisper_speakers_of_segments_and_words_are_read() -> None:
    segments = [
        {"start": 0, "end": 1, "text": "a.", "speaker": "SPEAKER_00"},
        {"start": 1, "end": 2, "text": "b.", "words": [{"word": "b."}, {"word": "c", "speaker": "SPEAKER_01"}]},
    ]
    cues = read_segments(json.dumps({"segments": segments}), "t.json").value
    assert [cue.speaker for cue in cues] == ["SPEAKER_00", "SPEAKER_01"]


def test_read_segments_whisper_end_can_be_missing() -> None:
    value = {"chunks": [{"timestamp": [0, None], "text": "a"}]}
    assert [cue.end for cue in read_segments(json.dumps(value), "t.json").value] == [None]


@pytest.mark.parametrize(("segment", "missing"), BROKEN.values(), ids=BROKEN)
def test_read_transcript_invalid_whisper_segment_is_an_error(segment: object, missing: str) -> None:
    text = (
        json.dumps({"segments": [{"start": 0, "end": 1, "text": "a"}]})[:-2] + ",\n  " + json.dumps(segment) + "]}"
    )
    transcript, findings = read_transcript(text.encode(), "t.json")
    assert transcript is None
    assert [(found.code, str(found.location)) for found in findings] == [("T004", "t.json:2:3")]
    assert findings[0].message == f"segment 2 has no {missing}"


def test_read_transcript_with_too_many_timed_words_is_an_error() -> None:
    words = [{"word": "a.", "start": at, "end": at + 1} for at in range(50_001)]
    assert [found.code for found in read_transcript(json.dumps(words).encode(), "t.json").findings] == ["T013"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"segments": {}}', '{"segments": [{"startTime": 0, "body": "a"}]}', "5"]
)
def test_read_whisper_other_json_is_ignored(text: str) -> None:
    assert read_whisper(text, "t.json") is None


@pytest.mark.parametrize("text", ['{"segments": []}', '{"text": "", "segments": [], "language": "en"}'])
def test_read_transcript_whisper_without_segments_warns(text: str) -> None:
    transcript, findings = read_transcript(text.encode(), "t.json")
    assert transcript is None
    assert [found.code for found in findings] == ["T007"]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["segments", "start", "end", "text", "offsets", "timestamp", "words"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_read_transcript_any_json_is_read_or_reported(value: object) -> None:
    transcript, findings = read_transcript(json.dumps(value).encode(), "t.json")
    assert transcript or findings
