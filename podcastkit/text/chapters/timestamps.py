"""Chapters ↔ lines `00:00 Title`: in a file of their own, and in show notes."""

from __future__ import annotations

import functools
import re
from datetime import timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error
from podcastkit.model import Chapter, Text
from podcastkit.text.chapters.json import (
    MOST_CHAPTERS,
    Chapters,
    no_chapters,
    read_json_chapters,
    too_many_chapters,
)
from podcastkit.text.notes.convert import join_texts, text_of
from podcastkit.text.notes.html_tree import Element, arrange
from podcastkit.text.syntax.positions import Origin, indent_of
from podcastkit.text.syntax.text_encoding import decode, remove_forbidden
from podcastkit.text.timecodes import format_hours, format_minutes, parse_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEWEST_CHAPTERS = 3
"""Of fewer timestamps in the notes Spotify and Apple make no chapters."""

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)
_TIME = r"(?:(?P<hours>[0-9]{1,3}):(?=[0-9]{1,2}:))?(?P<minutes>[0-9]{1,3}):(?P<seconds>[0-9]{2})"
_LINE = re.compile(
    rf"""
    [(\[]? {_TIME} (?:[.,](?P<fraction>[0-9]{{1,3}}))? [)\]]?
    (?: \s\(https?://\S+\)(?=\s) )?  # where the time itself was a link
    (?: [-\u2013\u2014|:]\s* | \s+(?:[-\u2013\u2014|:]\s+)? ) (?P<title>\S.*)
    """,
    re.VERBOSE,
)
_MARKED_UP = re.compile(rf"[^\w:]*{_TIME}(?![0-9:])")
"""The beginning of a line of notes before they are rendered: `- **00:00** Welcome`."""


def read_chapters(data: bytes, file: str) -> Parsed[Chapters]:
    """Read chapters.json (published as it is) or chapters.txt with a line `00:00 Title` per chapter.

    Errors: C002 an unreadable line, C006 too many lines, and those of `read_json_chapters`. A file without any
    chapter is a warning (C004).
    """
    text, findings = decode(data, file)
    if text is None:
        return Parsed(Chapters(), findings)
    if file.lower().endswith(".json"):
        return read_json_chapters(data, text, file)
    return _read_lines(text, file)


def find_chapters(notes: str) -> tuple[Chapter, ...]:
    """Find chapters in the plain text of notes: three or more lines `0:00 Title`, ascending from 0:00; else none.

    These are Spotify's rules for timestamps in descriptions. Times above the last 0:00 do not belong to the list.
    """
    return _choose_chapters(_timestamps(notes))


def explain_timestamps(notes: str) -> tuple[str, Chapter] | None:
    """Say why three or more timestamps in notes are no chapters, and which of them is in the way.

    None when they are chapters, or when there are fewer.
    """
    found = _timestamps(notes)
    if len(found) < FEWEST_CHAPTERS or _choose_chapters(found):
        return None
    if found[0].start:
        return f"the first of them, “{found[0].title}”, does not begin at 00:00", found[0]
    misplaced = _find_misplaced(found)
    if misplaced is None:
        return "there are too many", found[0]
    return f"“{misplaced.title}” begins no later than the one above it", misplaced


def _choose_chapters(found: tuple[Chapter, ...]) -> tuple[Chapter, ...]:
    first = max((index for index, chapter in enumerate(found) if not chapter.start), default=len(found))
    chapters = found[first:]
    is_made_by_hand = len(chapters) >= FEWEST_CHAPTERS and len(found) <= MOST_CHAPTERS
    return chapters if is_made_by_hand and _find_misplaced(chapters) is None else ()


def locate_timestamps(chapters: Sequence[Chapter], source: str, file: str, first_line: int) -> dict[str, Location]:
    """Return where chapters that were found in notes stand in their source, whatever marks stand around them.

    They go by their names: `chapters[0]` is where the time begins, `chapters[0].title` where the title does.
    """
    origin = Origin(source, file, first_line)
    lines = remove_forbidden(source, file=file).value.split("\n")
    stamps: dict[timedelta | None, list[tuple[int, re.Match[str]]]] = {}
    for number, line in enumerate(lines):
        if match := _MARKED_UP.match(line):
            stamps.setdefault(parse_clock(*match.group("hours", "minutes", "seconds")), []).append((number, match))
    located: dict[str, Location] = {}
    for index, chapter in enumerate(chapters):
        word = (chapter.title or "").split(" ")[0]
        places = [
            (match.string.find(word, match.end()), number, match) for number, match in stamps.get(chapter.start, [])
        ]
        if places:
            title, number, match = max(places, key=lambda place: (place[0] >= 0, place[1]))
            time = match.start("minutes" if match["hours"] is None else "hours")
            located[f"chapters[{index}]"] = origin.locate(number, time)
            located[f"chapters[{index}].title"] = origin.locate(number, title if title >= 0 else time)
    return located


def add_chapters(notes: Text, chapters: Iterable[Chapter]) -> Text:
    """Append the chapters to notes that list no times of their own, for apps that look for chapters there.

    Notes that say nothing stay so.
    """
    listed = list_chapters(chapters)
    has_times = len(_timestamps(notes.plain)) >= FEWEST_CHAPTERS
    return notes if listed is None or has_times or not notes.plain else join_texts(notes, listed)


def has_timestamps(notes: Text) -> bool:
    """Tell whether notes list times themselves, beside what `add_chapters` and the footer add."""
    ending = notes.ending.plain if notes.ending else ""
    return len(_timestamps(notes.plain.removesuffix(ending))) >= FEWEST_CHAPTERS


def list_again(notes: Text, before: Iterable[Chapter], after: Iterable[Chapter]) -> Text:
    """Return notes to which `add_chapters` appended the chapters before with those after in their place."""
    listed, ending = list_chapters(before), notes.ending
    if listed is None or ending is None or not ending.html.startswith(listed.html):
        return notes
    body = Text(
        html=notes.html.removesuffix(ending.html).rstrip("\n"),
        plain=notes.plain.removesuffix(ending.plain).rstrip("\n"),
        simple=None if notes.simple is None else notes.simple.removesuffix(ending.simple or "").rstrip("\n"),
    )
    listed_anew = list_chapters(after)
    added = [text for text in (listed_anew, ending.ending) if text]
    return functools.reduce(join_texts, added, body)


def list_chapters(chapters: Iterable[Chapter]) -> Text | None:
    """Write chapters as a paragraph for the notes, a line `00:00 Title` each, which `find_chapters` finds again.

    None for fewer than three, or when they do not ascend from 00:00: then apps would make nothing of it. Hidden and
    untitled ones are left out, and what begins in the same second as the one before.
    """
    listed = [
        (chapter.start // _SECOND, chapter.title) for chapter in chapters if chapter.title and not chapter.hidden
    ]
    kept = [row for before, row in pairwise([(-1, ""), *listed]) if row[0] != before[0]]
    ascends = all(one < other for (one, _), (other, _) in pairwise(kept))
    if len(kept) < FEWEST_CHAPTERS or kept[0][0] or not ascends:
        return None
    has_hours = kept[-1][0] * _SECOND >= _HOUR
    format_start = format_hours if has_hours else format_minutes
    lines = [f"{format_start(start * _SECOND, digits=2)} {title}" for start, title in kept]
    blocks = arrange([Element("p", tuple(node for line in lines for node in (line, Element("br"))))])
    return text_of(blocks)


def _read_lines(text: str, file: str) -> Parsed[Chapters]:
    clean, warnings = remove_forbidden(text, file=file)
    lines = [(number, line) for number, line in enumerate(clean.split("\n")) if _says_something(line)]
    if len(lines) > MOST_CHAPTERS:
        return Parsed(Chapters(), (*warnings, too_many_chapters(Location(file=file))))
    if not lines:
        return Parsed(Chapters(), (*warnings, no_chapters(Location(file=file))))
    origin = Origin(text, file)
    listed: list[Chapter] = []
    locations: dict[str, Location] = {}
    unreadable: list[Diagnostic] = []
    for index, (number, line) in enumerate(lines):
        where = origin.locate(number, indent_of(line))
        locations.setdefault("chapters", where)
        locations[f"chapters[{index}]"] = where
        if match := _LINE.fullmatch(line.strip()):
            locations[f"chapters[{index}].title"] = origin.locate(number, indent_of(line) + match.start("title"))
        if chapter := _read_line(line):
            listed.append(chapter)
        else:
            unreadable.append(_unreadable_line(line, where))
    if unreadable:
        return Parsed(Chapters(), (*warnings, *unreadable))
    return Parsed(Chapters(listed=tuple(listed), locations=locations), warnings)


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _read_line(line: str) -> Chapter | None:
    match = _LINE.fullmatch(line.strip())
    start = parse_clock(*match.group("hours", "minutes", "seconds", "fraction")) if match else None
    if match is None or start is None:
        return None
    return Chapter(start=start, title=" ".join(match["title"].split()))


def _unreadable_line(line: str, where: Location) -> Diagnostic:
    return make_error(
        "C002",
        f"“{line.strip()[:60]}” is no chapter",
        "write the time and then the title, such as “00:00 Welcome” or “1:02:03 Questions”",
        where,
    )


def _timestamps(notes: str) -> tuple[Chapter, ...]:
    """Return the lines that begin with a time, one more at most than a list of chapters may have."""
    lines = (line.lstrip("•* -") for line in notes.split("\n"))
    return tuple(islice((chapter for line in lines if (chapter := _read_line(line))), MOST_CHAPTERS + 1))


def _find_misplaced(chapters: Sequence[Chapter]) -> Chapter | None:
    return next((after for before, after in pairwise(chapters) if after.start <= before.start), None)
