from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.text.quoting import escape_invisible, format_file_name, format_foreign_text, quote, shorten


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain", '"plain"'),
        ("a\x1b[31mb\nc\u202ed", '"a\\x1b[31mb\\nc\\u202ed"'),
        ("x" * 60, f'"{"x" * 60}"'),
        ("x" * 61, f'"{"x" * 59}…"'),
    ],
    ids=["plain", "commands", "longest", "long"],
)
def test_quote_shows_invisible_characters_and_is_short(text: str, quoted: str) -> None:
    assert quote(text) == quoted


@pytest.mark.parametrize(
    ("text", "line"),
    [("plain", "plain"), ("a\x1b[31mb\nc\u202ed", "a�[31mb�c�d"), ("x" * 300, "x" * 199 + "…")],
    ids=["plain", "commands", "long"],
)
def test_format_foreign_text_replaces_invisible_characters_and_is_short(text: str, line: str) -> None:
    assert format_foreign_text(text) == line


def test_format_file_name_replaces_control_characters() -> None:
    assert format_file_name(Path("show/a\nb\x1b[31m.mp3")) == "a?b?[31m.mp3"


@given(st.text(st.characters()))
def test_quoted_text_is_printable(text: str) -> None:
    for line in (escape_invisible(text), shorten(text), format_foreign_text(text)):
        assert line.isprintable()
