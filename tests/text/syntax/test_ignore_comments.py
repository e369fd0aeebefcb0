from __future__ import annotations

import pytest

from podcastkit.text.syntax.ignore_comments import find_silences


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('# podcastkit: ignore E103\ntitle = "a"\nother = 1\n', (1, 2)),
        ('title = "a"  # podcastkit: ignore E103\n\nother = 1\n', (1, 3)),
        ("<!-- podcastkit: ignore E103, N110 -->\r\n\r\nNotes\r\n", (1, 3)),
        ("# we know: podcastkit: ignore E103", (1, 1)),
    ],
    ids=["above", "behind", "Markdown", "at the end"],
)
def test_a_comment_silences_its_line_and_the_next_that_says_something(text: str, lines: tuple[int, int]) -> None:
    (silence,) = find_silences(text.encode(), "01/notes.md" if "<!--" in text else "show.toml")
    assert (silence.first, silence.last) == lines
    assert "E103" in silence.codes


def test_a_note_of_webvtt_silences_the_cue_behind_it() -> None:
    text = (
        "WEBVTT\n\nNOTE podcastkit: ignore T006\n\n00:00.000 --> 00:01.000\n<x>Ahoy\n\n00:01.000 --> 00:02.000\nB\n"
    )
    (silence,) = find_silences(text.encode(), "01/transcript.vtt")
    assert (silence.first, silence.last) == (3, 6)


@pytest.mark.parametrize(
    "text", ["podcastkit: ignore E103", "# podcastkit: ignore", "# podcastkit: ignore all", "# podcastkit is good"]
)
def test_other_words_silence_nothing(text: str) -> None:
    assert find_silences(text.encode(), "show.toml") == ()
