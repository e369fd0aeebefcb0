from __future__ import annotations

from datetime import timedelta

import pytest

from podcastkit.diagnostics import Location, Severity
from podcastkit.text.transcripts.cues import START, Cue, Part, check_cues, clean_cue_text, complete_cues, find_end


def make_cue(start: float, end: float | None = None, text: str = "words", **more: str) -> Cue:
    until = None if end is None else timedelta(seconds=end)
    return Cue(
        start=timedelta(seconds=start), end=until, text=text, at=round(start), end_at=100 + round(start), **more
    )


def locate(cue: Cue, part: Part) -> Location:
    return Location(file="01-a/t.vtt", line=cue.at if part == START else cue.end_at)


def to_seconds(cues: tuple[Cue, ...]) -> list[tuple[float, float]]:
    return [(cue.start.total_seconds(), cue.end.total_seconds()) for cue in cues if cue.end is not None]


WRONG_TIMES = {
    "ends before": ([make_cue(5, 4)], "T003", 105, "at 00:00:05.000 ends before it begins, at 00:00:04.000"),
    "ends when it begins": ([make_cue(5, 5)], "T012", 105, "ends at the same time"),
    "out of order": (
        [make_cue(1, 2), make_cue(9, 10), make_cue(3, 4)],
        "T005",
        3,
        "comes after the cue at 00:00:09.000",
    ),
    "too long": (
        [make_cue(1, 60), make_cue(2, 3), make_cue(3, 4), make_cue(4, 5)],
        "T011",
        101,
        "ends at 00:01:00.000, after the next three cues have begun",
    ),
}


@pytest.mark.parametrize("case", WRONG_TIMES)
def test_check_cues_wrong_time_is_reported_with_its_location(case: str) -> None:
    cues, code, line, message = WRONG_TIMES[case]
    (finding,) = check_cues(cues, locate)
    assert (finding.code, finding.location and finding.location.line) == (code, line)
    assert message in finding.message
    assert finding.hint
    assert (finding.severity is Severity.ERROR) == (code == "T003")


@pytest.mark.parametrize(
    "cues",
    [
        [make_cue(1, 2), make_cue(1, 2), make_cue(2, 3)],
        [make_cue(1, 3), make_cue(2, 4), make_cue(3, 5), make_cue(4, 6)],
        [make_cue(1), make_cue(2)],
        [],
    ],
    ids=["at the same time", "rolling", "without ends", "no cues"],
)
def test_check_cues_valid_times_have_no_findings(cues: list[Cue]) -> None:
    assert not list(check_cues(cues, locate))


def test_complete_cues_sorts_by_start() -> None:
    completed = complete_cues([make_cue(3, 4, "c"), make_cue(1, 2, "a"), make_cue(1, 2, "b")])
    assert [cue.text for cue in completed] == ["a", "b", "c"]


def test_complete_cues_missing_end_is_the_next_start() -> None:
    cues = complete_cues([make_cue(1), make_cue(1), make_cue(4, 4), make_cue(6, text="w" * 30)])
    assert to_seconds(cues) == [(1, 4), (1, 4), (4, 6), (6, 8)]


def test_complete_cues_missing_speaker_is_the_previous_one() -> None:
    cues = complete_cues([make_cue(0), make_cue(1, speaker="Ana"), make_cue(2), make_cue(3, speaker="Tom")])
    assert [cue.speaker for cue in cues] == [None, "Ana", "Ana", "Tom"]


def test_find_end_returns_the_latest_time() -> None:
    assert find_end([make_cue(1, 9), make_cue(2, 3), make_cue(8)]) == timedelta(seconds=9)
    assert find_end([]) == timedelta()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a \t\u2028\x85\x1c b\u3000c ", "a b c"),
        ("a\x00\x9b\ufffeb", "a b"),
        ("e\u0301", "\u00e9"),
        ("1\u00a0\u202f000", "1\u00a0000"),
        ("\u00a0", ""),
    ],
)
def test_clean_cue_text_removes_invisible_characters_and_spaces(text: str, cleaned: str) -> None:
    assert clean_cue_text(text) == cleaned
