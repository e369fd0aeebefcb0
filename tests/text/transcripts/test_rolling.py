from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.transcripts.cues import Cue
from podcastkit.text.transcripts.reader import Transcript, prepare_documents, read_transcript
from podcastkit.text.transcripts.rolling import find_new_texts

YOUTUBE = """WEBVTT
Kind: captions

00:00:00.000 --> 00:00:02.000 align:start position:0%
{blank}
hello<00:00:00.500><c> and</c><00:00:01.000><c> welcome</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
hello and welcome
{blank}

00:00:02.010 --> 00:00:04.000 align:start position:0%
hello and welcome
to<00:00:02.500><c> the</c><00:00:03.000><c> show</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
to the show
{blank}
""".format(blank=" ")
ROLLING = {
    "two lines": (["a b", "a b\nc d", "c d\ne f", "e f\ng"], ["a b", "c d", "e f", "g"]),
    "three lines": (["a", "a\nb", "a\nb\nc", "b\nc\nd", "c\nd\ne"], ["a", "b", "c", "d", "e"]),
    "two lines at once": (["a\nb", "b\nc\nd", "d\ne"], ["a\nb", "c\nd", "e"]),
    "words": (["a", "a b", "a b c", "a b c\nd", "d e"], ["a", "b", "c", "d", "e"]),
    "a real repetition": (["a", "a\nNo.", "No.\nNo.", "No.\nb"], ["a", "No.", "No.", "b"]),
    "a pause": (["a", "a\nb", "b\nc", "", "c", "c\nd"], ["a", "b", "c", "c", "d"]),
    "a pause before a new line": (["a", "a\nb", "", "b\nc"], ["a", "b", "c"]),
    "each cue twice": (["a b", "a b", "c", "c", "d", "d"], ["a b", "", "c", "", "d", ""]),
    "a window of words": (["a b c d", "b c d e", "c d e f g"], ["a b c d", "e", "f g"]),
    "other punctuation and capitals": (["oh no", "Oh, no.\nso", "So!\nwe go"], ["oh no", "so", "we go"]),
}
NOT_ROLLING = {
    "twice": ["No.", "No."],
    "many times": ["No."] * 9,
    "one continuation": ["No.", "No. Never.", "Why?"],
    "a refrain": ["la la", "la la\nhey", "you", "me", "us", "la la", "la la\nhey", "they", "all"],
    "beginnings of words": ["a", "ab", "abc", "abcd"],
    "few words": ["we go on", "on the road", "road works", "works well"],
    "nothing": [],
}


def make_cues(texts: list[str]) -> list[Cue]:
    second = timedelta(seconds=1)
    numbered = [(number, text) for number, text in enumerate(texts) if text]
    # An empty text is a pause of three seconds.
    return [
        Cue(
            start=second * (number + 3 * texts[:number].count("")),
            end=second * (number + 1 + 3 * texts[:number].count("")),
            text=text,
        )
        for number, text in numbered
    ]


@pytest.mark.parametrize(("texts", "expected"), ROLLING.values(), ids=ROLLING)
def test_find_new_texts_returns_each_line_once(texts: list[str], expected: list[str]) -> None:
    assert find_new_texts(make_cues(texts)) == expected


@pytest.mark.parametrize("texts", NOT_ROLLING.values(), ids=NOT_ROLLING)
def test_find_new_texts_repetition_is_not_rolling(texts: list[str]) -> None:
    assert find_new_texts(make_cues(texts)) is None


def test_published_subtitles_of_rolling_captions_have_each_line_once() -> None:
    srt = YOUTUBE.removeprefix("WEBVTT\nKind: captions\n\n").replace(".", ",")
    srt = srt.replace(" align:start position:0%", "").replace("\n \n", "\n")
    for name, text in (("t.vtt", YOUTUBE), ("t.srt", srt)):
        transcript, findings = read_transcript(text.encode(), name)
        assert "T014" in {finding.code for finding in findings}
        assert write_subtitles(transcript).count("hello and welcome") == 1
        assert write_subtitles(transcript).count("to the show") == 1


def test_rolling_captions_speakers_are_found_in_new_texts() -> None:
    texts = ["Ana: hi", "Ana: hi\nNote: loud", "Note: loud\nBen: ho", "Ben: ho\nAna: yes", "Ana: yes\nBen: no"]
    body = "\n\n".join(f"00:00:0{at}.000 --> 00:00:0{at + 1}.000\n{text}" for at, text in enumerate(texts))
    transcript, _ = read_transcript(f"WEBVTT\n\n{body}".encode(), "t.vtt")
    assert transcript
    assert [(cue.speaker, cue.text) for cue in transcript.cues][2:] == [
        ("Ben", "ho"),
        ("Ana", "yes"),
        ("Ben", "no"),
    ]


def test_rolling_captions_new_line_keeps_its_voice() -> None:
    texts = ["<v Ana>hi", "<v Ana>hi</v>\n<v Ben>ho", "<v Ben>ho</v>\n<v Ana>why?</v> <v Ben>so"]
    body = "\n\n".join(f"00:00:0{at}.000 --> 00:00:0{at + 1}.000\n{text}" for at, text in enumerate(texts))
    transcript, _ = read_transcript(f"WEBVTT\n\n{body}".encode(), "t.vtt")
    assert transcript
    voices = [(cue.speaker, cue.text) for cue in transcript.cues]
    assert voices == [("Ana", "hi"), ("Ben", "ho"), ("Ana", "why?"), ("Ben", "so")]


@given(st.lists(st.lists(st.sampled_from("ab"), min_size=1).map("\n".join)))
def test_find_new_texts_keeps_all_new_text(texts: list[str]) -> None:
    new_texts = find_new_texts(make_cues(texts))
    for (before, text), new in zip(pairwise(texts), (new_texts or [])[1:], strict=False):
        assert text.endswith(new)
        assert before.endswith(text.removesuffix(new).strip())


def write_subtitles(transcript: Transcript | None) -> str:
    return "".join(
        each.body.decode() for each in prepare_documents([transcript] if transcript else []) if each.source is None
    )
