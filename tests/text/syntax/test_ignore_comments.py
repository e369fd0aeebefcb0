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
    ids=["above", "end of line", "Markdown", "at the end"],
)
def test_comment_silences_its_line_and_the_next_line_with_content(text: str, lines: tuple[int, int]) -> None:
    (silence,) = find_silences(text.encode(), "01/notes.md" if "<!--" in text else "show.toml")
    assert (silence.first, silence.last) == lines
    assert "E103" in silence.codes


def test_webvtt_note_silences_the_next_cue() -> None:
    text = (
        "WEBVTT\n\nNOTE podcastkit: ignore T006\n\n00:00.000 --> 00:01.000\n<x>Ahoy\n\n00:01.000 --> 00:02.000\nB\n"
    )
    (silence,) = find_silences(text.encode(), "01/transcript.vtt")
    assert (silence.first, silence.last) == (3, 6)


@pytest.mark.parametrize(
    "text", ["podcastkit: ignore E103", "# podcastkit: ignore", "# podcastkit: ignore all", "# podcastkit is good"]
)
def test_text_without_the_form_of_a_comment_silences_nothing(text: str) -> None:
    assert find_silences(text.encode(), "show.toml") == ()
