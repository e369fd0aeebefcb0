from __future__ import annotations

from datetime import timedelta

import pytest

from podcastkit.diagnostics import Location, Severity
from podcastkit.text.transcripts.cues import START, Cue, Part, check_cues, clean, length_of, settle


def a_cue(start: float, end: float | None = None, text: str = "words", **more: str) -> Cue:
    until = None if end is None else timedelta(seconds=end)
    return Cue(
        start=timedelta(seconds=start), end=until, text=text, at=round(start), end_at=100 + round(start), **more
    )


def locate(cue: Cue, part: Part) -> Location:
    return Location(file="01-a/t.vtt", line=cue.at if part == START else cue.end_at)


def seconds(cues: tuple[Cue, ...]) -> list[tuple[float, float]]:
    return [(cue.start.total_seconds(), cue.end.total_seconds()) for cue in cues if cue.end is not None]


WRONG_TIMES = {
    "ends before": ([a_cue(5, 4)], "T003", 105, "begins at 00:00:05.000 ends before that, at 00:00:04.000"),
    "ends at once": ([a_cue(5, 5)], "T012", 105, "ends in the same moment"),
    "out of order": ([a_cue(1, 2), a_cue(9, 10), a_cue(3, 4)], "T005", 3, "behind what begins at 00:00:09.000"),
    "too long": (
        [a_cue(1, 60), a_cue(2, 3), a_cue(3, 4), a_cue(4, 5)],
        "T011",
        101,
        "lasts until 00:01:00.000, when three more have begun",
    ),
}


@pytest.mark.parametrize("case", WRONG_TIMES)
def test_wrong_times_are_told_with_their_place(case: str) -> None:
    cues, code, line, words = WRONG_TIMES[case]
    (finding,) = check_cues(cues, locate)
    assert (finding.code, finding.location and finding.location.line) == (code, line)
    assert words in finding.message
    assert finding.hint
    assert (finding.severity is Severity.ERROR) == (code == "T003")


@pytest.mark.parametrize(
    "cues",
    [
        [a_cue(1, 2), a_cue(1, 2), a_cue(2, 3)],
        [a_cue(1, 3), a_cue(2, 4), a_cue(3, 5), a_cue(4, 6)],
        [a_cue(1), a_cue(2)],
        [],
    ],
    ids=["at once", "rolling", "without ends", "none"],
)
def test_times_that_apps_can_show_are_right(cues: list[Cue]) -> None:
    assert not list(check_cues(cues, locate))


def test_cues_come_in_the_order_in_which_they_are_heard() -> None:
    settled = settle([a_cue(3, 4, "c"), a_cue(1, 2, "a"), a_cue(1, 2, "b")])
    assert [cue.text for cue in settled] == ["a", "b", "c"]


def test_a_missing_end_is_the_next_beginning() -> None:
    cues = settle([a_cue(1), a_cue(1), a_cue(4, 4), a_cue(6, text="w" * 30)])
    assert seconds(cues) == [(1, 4), (1, 4), (4, 6), (6, 8)]


def test_who_speaks_goes_on_speaking() -> None:
    cues = settle([a_cue(0), a_cue(1, speaker="Ana"), a_cue(2), a_cue(3, speaker="Tom")])
    assert [cue.speaker for cue in cues] == [None, "Ana", "Ana", "Tom"]


def test_the_length_is_the_last_moment_that_is_told() -> None:
    assert length_of([a_cue(1, 9), a_cue(2, 3), a_cue(8)]) == timedelta(seconds=9)
    assert length_of([]) == timedelta()


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
def test_text_is_cleaned(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
