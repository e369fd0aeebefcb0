from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from podcastkit.cache import Cache
from podcastkit.project.rendered_notes import render_notes
from podcastkit.text.notes.convert import render_markdown, render_plain_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.diagnostics import Parsed
    from podcastkit.text.notes.convert import Notes

NOTES = "\n# The crane\n\nWhat *hangs* from https://example.org/crane\n\n- one\n- two\n"


def render(folder: Path, text: str = NOTES, file: str = "01/notes.md", first_line: int = 1) -> Parsed[Notes]:
    with Cache(folder) as cache:
        return render_notes(cache, text, file=file, first_line=first_line)


def change_cached_notes(folder: Path, body: Callable[[bytes], bytes]) -> None:
    """Change the only text in the cache, as if another version of podcastkit had written it."""
    with contextlib.closing(sqlite3.connect(folder / "facts.sqlite3")) as connection:
        ((kind, digest),) = connection.execute("SELECT kind, sha256 FROM contents").fetchall()
    with Cache(folder) as cache:
        cache.remember_content(digest, {kind: body(cache.recall_content(kind, digest) or b"")})


def test_cached_notes_are_not_rendered_again(tmp_path: Path) -> None:
    render(tmp_path)
    change_cached_notes(tmp_path, lambda known: known.replace(b"crane", b"heron"))
    assert render(tmp_path, file="05/notes.md").value.heading == "The heron"
    assert render(tmp_path, NOTES + "More.").value.heading == "The crane"


@pytest.mark.parametrize("file", ["05/notes.md", "05/notes.txt"])
def test_cached_notes_equal_rendered_notes(tmp_path: Path, file: str) -> None:
    render(tmp_path, file="01/notes.md")
    render(tmp_path, file="01/notes.txt")
    fresh = (render_plain_text if file.endswith(".txt") else render_markdown)(NOTES, file=file, first_line=4)
    known = render(tmp_path, file=file, first_line=4)
    assert known == fresh
    assert known.value.text.simple == fresh.value.text.simple
    assert str(known.value.heading_location) == f"{file}:5:1"


def test_damaged_cache_entry_is_rendered_again(tmp_path: Path) -> None:
    fresh = render(tmp_path)
    change_cached_notes(tmp_path, lambda _: b"[]")
    assert render(tmp_path) == fresh


def test_notes_with_findings_are_rendered_each_time(tmp_path: Path) -> None:
    first, second = (render(tmp_path, "a\x07b", first_line=line) for line in (1, 5))
    assert [finding.location and finding.location.line for finding in first.findings] == [1]
    assert [finding.location and finding.location.line for finding in second.findings] == [5]
    with contextlib.closing(sqlite3.connect(tmp_path / "facts.sqlite3")) as connection:
        assert not connection.execute("SELECT * FROM contents").fetchall()
