"""Test the limits of YouTube and Spotify for notes."""

from __future__ import annotations

import pytest

from podcastkit.model import Text
from podcastkit.text.notes.convert import join_texts, render_markdown
from tests.values import make_episode, make_show, messages


def make_notes(markdown: str) -> Text:
    return render_markdown(markdown, file="notes.md").value.text


@pytest.mark.parametrize(("size", "found"), [(5000, False), (5001, True)])
def test_notes_above_5000_characters_are_reported(size: int, found: bool) -> None:
    show = make_show(make_episode(notes=Text(html="<p>x</p>", plain="é" * size), number=1))
    assert bool(messages(show, "N112")) is found


@pytest.mark.parametrize(
    ("title", "notes", "found"),
    [
        ("A > B", "C", ["the title contains “>”, but YouTube refuses the characters < and >"]),
        ("A", "We <3 you\n\n1 < 2", ["the notes contain “<3”, but YouTube refuses the characters < and >"]),
        ("A", "> quoted **text** & [a link](https://example.org/?a=1&b=2)", []),
    ],
)
def test_angle_brackets_in_visible_text_are_reported(title: str, notes: str, found: list[str]) -> None:
    assert messages(make_show(make_episode(title=title, notes=make_notes(notes), number=1)), "N113") == found


@pytest.mark.parametrize(
    ("notes", "found"),
    [
        ("[x](https://example.org) and mailto:a@example.org", []),
        ("http is a protocol", []),
        ("[x](http://example.org/a)", ["http://example.org/a is not encrypted; Spotify shows only https links"]),
        (
            "[x](http://a.example.org) [y](http://b.example.org) [z](http://a.example.org)",
            ["http://a.example.org and http://b.example.org are not encrypted; Spotify shows only https links"],
        ),
    ],
)
def test_links_without_https_are_reported_once(notes: str, found: list[str]) -> None:
    assert messages(make_show(make_episode(notes=make_notes(notes), number=1)), "N114") == found


def test_characters_in_the_footer_are_not_reported() -> None:
    words = join_texts(
        render_markdown("We plan.", file="a").value.text, render_markdown("With <3", file="b").value.text
    )
    assert messages(make_show(make_episode(notes=words, number=1)), "N113") == []
