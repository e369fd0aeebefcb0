"""Test the rules about transcripts: missing ones, their times and their lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from podcastkit.checks import check_show
from podcastkit.diagnostics import Diagnostic, Severity
from podcastkit.model import Document, EpisodeType
from tests.values import make_audio, make_episode, make_show, messages


def make_transcript(body: str, suffix: str = ".vtt", source: str | None = "05/transcript.vtt") -> Document:
    return Document(body=body.encode(), suffix=suffix, content_type="text/vtt", source=source)


def test_episodes_without_transcript_are_one_finding() -> None:
    episodes = [make_episode(f"{at:02}", number=at) for at in range(1, 9)]
    assert messages(make_show(*episodes), "T103") == ["there is no transcript of 01, 02, 03, 04, 05 and 3 others"]
    assert messages(make_show(*episodes[:2]), "T103") == ["there is no transcript of 01 and 02"]


def test_missing_transcript_is_not_reported_for_drafts_and_trailers() -> None:
    broken = Diagnostic(code="T001", severity=Severity.ERROR, message="m", episode="04")
    show = make_show(
        make_episode("01", number=1, transcripts=(make_transcript(""),)),
        make_episode("02", number=2, draft=True),
        make_episode("00", type=EpisodeType.TRAILER, number=None),
        make_episode("04", number=4),
        diagnostics=(broken,),
    )
    assert messages(show, "T103") == []


@pytest.mark.parametrize(("minutes", "late"), [(59, False), (60, True), (90, True), (91, False)])
def test_hint_mentions_the_editor_timeline_if_times_are_one_hour_late(minutes: int, *, late: bool) -> None:
    transcript = replace(make_transcript(""), end=timedelta(minutes=minutes))
    audio = make_audio(duration=timedelta(minutes=30))
    findings = check_show(make_show(make_episode(audio=audio, transcripts=(transcript,)))).findings
    [hint] = [found.hint or "" for found in findings if found.code == "T101"]
    assert ("01:00:00" in hint) is late


@pytest.mark.parametrize(
    ("suffixes", "found"),
    [((), False), ((".txt",), True), ((".html", ".json"), True), ((".txt", ".vtt"), False), ((".srt",), False)],
)
def test_transcript_without_times_is_reported_if_it_is_the_only_one(suffixes: tuple[str, ...], found: bool) -> None:
    transcripts = tuple(make_transcript("x", suffix) for suffix in suffixes)
    assert bool(messages(make_show(make_episode(transcripts=transcripts, number=1)), "T104")) is found


@pytest.mark.parametrize(
    ("words", "suffix", "line"),
    [
        ("Tom & Jerry", ".srt", None),
        ("a\nTom &amp; Jerry", ".srt", 2),
        ("Tom &amp; Jerry", ".vtt", None),
        ("&amp;\n&amp;amp;", ".vtt", 2),
        ("don&#39;t", ".json", 1),
        ("a &nbsp; b", ".html", None),
    ],
)
def test_entity_that_apps_do_not_decode_is_reported(words: str, suffix: str, line: int | None) -> None:
    show = make_show(make_episode(transcripts=(make_transcript(words, suffix),), number=1))
    found = [one.location.line for one in check_show(show).findings if one.code == "T015" and one.location]
    assert found == ([line] if line else [])


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        (make_transcript(f"WEBVTT {'x' * 70}\n\nNOTE {'x' * 70}\n\n00:01.000 --> 00:02.000 {'x' * 70}\n"), []),
        (make_transcript(f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v {'x' * 30}>{'x' * 65}\n"), []),
        (make_transcript(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{'x' * 66}\n{'夜' * 33}\n"), [4]),
        (make_transcript(f"WEBVTT\n\n00:01.000 --> 00:02.000\nA\u2028B\x0cC\r\n{'x' * 66}\n"), [5]),
        (make_transcript(f"1\n00:00:01,000 --> 00:00:02,000\n{'x' * 32}\n", ".srt"), []),
        (make_transcript(f"1\n00:00:01,000 --> 00:00:02,000\n{'x' * 33}\n", ".srt"), [3]),
        (make_transcript("x" * 99, ".txt"), []),
        (make_transcript("x" * 99, source=None), []),
    ],
    ids=["no text", "speaker", "long", "other separators", "short SRT", "long SRT", "plain text", "generated"],
)
def test_long_lines_are_reported_once_at_the_first_long_line(document: Document, lines: list[int]) -> None:
    show = make_show(make_episode(transcripts=(document,), number=1))
    found = [one.location.line for one in check_show(show).findings if one.code == "T105" and one.location]
    assert found == lines
