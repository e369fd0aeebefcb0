"""Changes of a published show, with the expected report of podcastkit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.published import URL
from tests.shows import Workshop, make_mp3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A change of the show folder, and the expected report."""

    make: Callable[[Workshop], object]
    kinds: tuple[tuple[str, str | None], ...] = ()
    """Kind and field of each change in the plan. An empty tuple is not compared."""
    lines: tuple[str, ...]
    """Parts of the printed lines."""
    is_destructive: bool = False
    needs_question: bool = False
    """Whether publish asks a question on a terminal."""


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def get_notes_path(workshop: Workshop, number: int) -> Path:
    return workshop.folder / f"0{number}-part" / "notes.md"


def add_episode(workshop: Workshop) -> None:
    workshop.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nNew.\n", mark=4)


def _rewrite_notes(number: int, old: str, new: str) -> Callable[[Workshop], None]:
    return lambda workshop: rewrite(get_notes_path(workshop, number), old, new)


def _rewrite_show(old: str, new: str) -> Callable[[Workshop], None]:
    return lambda workshop: rewrite(workshop.folder / "show.toml", old, new)


def _replace_audio(*numbers: int) -> Callable[[Workshop], None]:
    def replace(workshop: Workshop) -> None:
        for number in numbers:
            (workshop.folder / f"0{number}-part" / "audio.mp3").write_bytes(make_mp3(2, mark=90 + number))

    return replace


def _hide_episode(workshop: Workshop) -> None:
    (workshop.folder / "03-part").rename(workshop.folder / "_03-part")


_REMOVED = ("removed   Episode 3, Part 3",)

CASES = {
    "new episode": Case(
        make=add_episode, kinds=(("new", None),), lines=("new       Episode 4, Part 4",), needs_question=True
    ),
    "new audio": Case(
        make=_replace_audio(2),
        kinds=(("details", "duration"), ("audio", "audio")),
        lines=("new audio Episode 2, Part 2", "changed   Episode 2, Part 2  duration: 0:01 → 0:02"),
    ),
    "all audio": Case(
        make=_replace_audio(1, 2, 3),
        lines=("new audio Episode 1, Part 1", "new audio Episode 3, Part 3"),
        is_destructive=True,
        needs_question=True,
    ),
    "retitled": Case(
        make=_rewrite_notes(1, "title: Part 1", "title: Ebb"),
        kinds=(("title", "title"),),
        lines=("retitled  Episode 1, Ebb  Part 1 → Ebb",),
    ),
    "notes": Case(
        make=_rewrite_notes(1, "The notes of part 1.", "More."),
        kinds=(("notes", "notes"),),
        lines=("new notes Episode 1, Part 1",),
    ),
    "details": Case(
        make=_rewrite_notes(1, "title: Part 1", "title: Part 1\nexplicit: true\nsummary: Short."),
        kinds=(("details", "explicit"), ("details", "summary")),
        lines=(
            "changed   Episode 1, Part 1  explicit: false → true",
            "changed   Episode 1, Part 1  summary: Short.",
        ),
    ),
    "date": Case(
        make=_rewrite_notes(1, "2024-09-01", "2024-08-30"),
        kinds=(("date", "date"),),
        lines=("moved     Episode 1, Part 1  Sun 1 Sep 2024 06:00 → Fri 30 Aug 2024 06:00",),
        is_destructive=True,
        needs_question=True,
    ),
    "order": Case(
        make=_rewrite_notes(1, "title: Part 1", "title: Part 1\nnumber: 4"),
        kinds=(("details", "number"), ("order", "order")),
        lines=("changed   Episode 4, Part 1  number: 1 → 4", "reordered the episodes"),
    ),
    "removed": Case(
        make=_hide_episode, kinds=(("removed", None),), lines=_REMOVED, is_destructive=True, needs_question=True
    ),
    "draft": Case(
        make=_rewrite_notes(3, "title: Part 3", "title: Part 3\ndraft: true"),
        kinds=(("removed", None),),
        lines=_REMOVED,
        is_destructive=True,
        needs_question=True,
    ),
    "future": Case(
        make=_rewrite_notes(3, "2024-09-03", "2099-01-01"),
        kinds=(("removed", None),),
        lines=_REMOVED,
        is_destructive=True,
        needs_question=True,
    ),
    "show": Case(
        make=_rewrite_show('author = "Harbour Radio"', 'author = "Quay Radio"'),
        kinds=(("show", "author"),),
        lines=("show      author  Harbour Radio → Quay Radio",),
    ),
    "address": Case(
        make=_rewrite_show(URL, "https://new.example.org/show"),
        kinds=(("show", "address"),),
        lines=(f"show      address  {URL}/feed.xml → https://new.example.org/show/feed.xml",),
        is_destructive=True,
        needs_question=True,
    ),
}
