"""Read and write chapters as lines `00:00 Title`: in chapters.txt and in show notes."""

from __future__ import annotations

import functools
from datetime import timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error
from podcastkit.model import Chapter, Text
from podcastkit.text.chapter_lines import (
    TIMED_LINE,
    ChapterLine,
    read_lines_beginning_with_time,
    read_lines_ending_with_time,
    read_time,
)
from podcastkit.text.chapters.exports import read_export
from podcastkit.text.chapters.json import (
    MOST_CHAPTERS,
    Chapters,
    read_json_chapters,
    report_no_chapters,
    report_too_many_chapters,
)
from podcastkit.text.cleaning import clean_line
from podcastkit.text.notes.convert import join_texts, write_blocks
from podcastkit.text.notes.html_tree import Element, arrange_blocks
from podcastkit.text.syntax.positions import Origin, count_indent
from podcastkit.text.syntax.text_encoding import decode, remove_invisible
from podcastkit.text.timecodes import format_hours, format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FEWEST_CHAPTERS = 3
"""The minimum number of timestamps in notes that Spotify and Apple read as chapters."""

_SECOND = timedelta(seconds=1)
_HOUR = timedelta(hours=1)


def read_chapters(data: bytes, file: str) -> Parsed[Chapters]:
    """Read chapters.json (see `read_json_chapters`), or chapters.txt with a line `00:00 Title` per chapter.

    The text file can also be an export of another program. Errors: C002 for an unreadable line, C006 for too many
    chapters. A file without chapters is a warning (C004).
    """
    text, findings = decode(data, file)
    if text is None:
        return Parsed(Chapters(), findings)
    if file.lower().endswith(".json"):
        return read_json_chapters(data, text, file)
    return _read_lines(text, file)


def find_chapters(notes: str) -> tuple[Chapter, ...]:
    """Find chapters in the plain text of notes: three or more lines `0:00 Title`, ascending from 0:00.

    These are the rules of Spotify for timestamps in descriptions. Times above the last 0:00 are not in the list. If
    there is no such list, read one with the times after the titles.
    """
    lines = notes.split("\n")
    return _choose_chapters(_read_timestamps(notes)) or _choose_chapters(
        _make_chapters(read_lines_ending_with_time(lines))
    )


def explain_timestamps(notes: str) -> tuple[str, Chapter] | None:
    """Return the reason why three or more timestamps in notes are not chapters, and the first wrong one.

    Return None if they are chapters, or if there are fewer than three.
    """
    found = _read_timestamps(notes)
    if len(found) < FEWEST_CHAPTERS or _choose_chapters(found):
        return None
    if found[0].start:
        return f"the first of them, “{found[0].title}”, does not begin at 00:00", found[0]
    misplaced = _find_misplaced(found)
    if misplaced is None:
        return "there are too many", found[0]
    return f"“{misplaced.title}” does not begin after the one above it", misplaced


def _choose_chapters(found: Sequence[Chapter]) -> tuple[Chapter, ...]:
    first = max((index for index, chapter in enumerate(found) if not chapter.start), default=len(found))
    chapters = tuple(found[first:])
    has_valid_count = len(chapters) >= FEWEST_CHAPTERS and len(found) <= MOST_CHAPTERS
    return chapters if has_valid_count and _find_misplaced(chapters) is None else ()


def locate_timestamps(chapters: Sequence[Chapter], source: str, file: str, first_line: int) -> dict[str, Location]:
    """Return the locations in the source of chapters that were found in notes, with or without markup.

    The key `chapters[0]` is the location of the time, `chapters[0].title` that of the title.
    """
    origin = Origin(source, file, first_line)
    lines = remove_invisible(source, file=file).value.split("\n")
    # The source can have several lines with the same time: the line that has the title is the best.
    stamps: dict[timedelta | None, list[tuple[int, int, str]]] = {}
    lines_ending_with_time = read_lines_ending_with_time(lines)
    for number, line in enumerate(lines):
        match = TIMED_LINE.match(line)
        if match:
            stamps.setdefault(read_time(match["start"]), []).append((number, match.start("start"), line))
        elif read := lines_ending_with_time[number]:
            stamps.setdefault(read.start, []).append((number, read.title_at, line))
    located: dict[str, Location] = {}
    for index, chapter in enumerate(chapters):
        first_word = (chapter.title or "").split(" ")[0]
        places = [(line.find(first_word, at), number, at) for number, at, line in stamps.get(chapter.start, [])]
        if places:
            title, number, time = max(places, key=lambda place: (place[0] >= 0, place[1]))
            located[f"chapters[{index}]"] = origin.locate(number, time)
            located[f"chapters[{index}].title"] = origin.locate(number, title if title >= 0 else time)
    return located


def add_chapters(notes: Text, chapters: Iterable[Chapter]) -> Text:
    """Append the chapters to notes without their own list of times, for apps that find chapters there.

    Empty notes remain empty.
    """
    listed = list_chapters(chapters)
    return (
        notes if listed is None or _has_list_of_times(notes.plain) or not notes.plain else join_texts(notes, listed)
    )


def has_timestamps(notes: Text) -> bool:
    """Return whether notes have their own list of times, apart from the appended chapters and footer."""
    ending = notes.ending.plain if notes.ending else ""
    return _has_list_of_times(notes.plain.removesuffix(ending))


def replace_chapter_list(notes: Text, before: Iterable[Chapter], after: Iterable[Chapter]) -> Text:
    """Replace the chapters that `add_chapters` appended to notes (`before`) with others (`after`)."""
    listed, ending = list_chapters(before), notes.ending
    if listed is None or ending is None or not ending.html.startswith(listed.html):
        return notes
    body = Text(
        html=notes.html.removesuffix(ending.html).rstrip("\n"),
        plain=notes.plain.removesuffix(ending.plain).rstrip("\n"),
        simple=None if notes.simple is None else notes.simple.removesuffix(ending.simple or "").rstrip("\n"),
    )
    added = [text for text in (list_chapters(after), ending.ending) if text]
    return functools.reduce(join_texts, added, body)


def list_chapters(chapters: Iterable[Chapter]) -> Text | None:
    """Write chapters as a paragraph for the notes, with a line `00:00 Title` for each; `find_chapters` can read it.

    Return None for fewer than three chapters, or if they do not ascend from 00:00: apps ignore such a list. Hidden
    and untitled chapters are left out, and chapters that begin in the same second as the previous one.
    """
    rows = [
        (chapter.start // _SECOND, chapter.title) for chapter in chapters if chapter.title and not chapter.hidden
    ]
    kept = [row for before, row in pairwise([(-1, ""), *rows]) if row[0] != before[0]]
    ascends = all(one < other for (one, _), (other, _) in pairwise(kept))
    if len(kept) < FEWEST_CHAPTERS or kept[0][0] or not ascends:
        return None
    has_hours = kept[-1][0] * _SECOND >= _HOUR
    format_start = format_hours if has_hours else format_minutes
    lines = [f"{format_start(start * _SECOND, digits=2)} {title}" for start, title in kept]
    blocks = arrange_blocks([Element("p", tuple(node for line in lines for node in (line, Element("br"))))])
    return write_blocks(blocks)


def _read_lines(text: str, file: str) -> Parsed[Chapters]:
    _, warnings = remove_invisible(text, file=file)
    written = text.split("\n")
    exported = read_export(written)
    lines = [(number, line) for number, line in enumerate(written) if _has_content(line)]
    if len(lines if exported is None else exported) > MOST_CHAPTERS:
        return Parsed(Chapters(), (*warnings, report_too_many_chapters(Location(file=file))))
    if not lines or exported == []:
        return Parsed(Chapters(), (*warnings, report_no_chapters(Location(file=file))))
    origin = Origin(text, file)
    read = _read_chapter_lines(lines) if exported is None else exported
    unreadable = [
        _report_unreadable_line(written[number], origin.locate(number, count_indent(written[number])))
        for number, line in read
        if line is None
    ]
    if unreadable:
        return Parsed(Chapters(), (*warnings, *unreadable))
    locations: dict[str, Location] = {}
    for index, (number, line) in enumerate(read):
        where = origin.locate(number, count_indent(written[number]))
        locations.setdefault("chapters", where)
        locations[f"chapters[{index}]"] = where
        locations[f"chapters[{index}].title"] = origin.locate(number, line.title_at) if line else where
    listed = _make_chapters([line for _, line in read])
    return Parsed(Chapters(listed=listed, locations=locations), warnings)


def _read_chapter_lines(lines: Sequence[tuple[int, str]]) -> Sequence[tuple[int, ChapterLine | None]]:
    """Read lines with the time first or, failing that, with the time last in all lines.

    Lines above 00:00 are a heading, because no chapter can begin earlier.
    """
    numbers, written = zip(*lines, strict=True)
    read = read_lines_beginning_with_time(written)
    if not any(read) and all(last := read_lines_ending_with_time(written)):
        read = last
    first = next(((index, line.start) for index, line in enumerate(read) if line), None)
    heading = first[0] if first and not first[1] else 0
    return list(zip(numbers, read, strict=True))[heading:]


def _has_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _make_chapters(lines: Iterable[ChapterLine | None]) -> tuple[Chapter, ...]:
    """Make chapters from lines. Drop an end that is after the start of the next chapter.

    The result has at most one chapter more than `MOST_CHAPTERS`, so that the caller can report too many.
    """
    chapter_lines = list(islice(filter(None, lines), MOST_CHAPTERS + 1))
    next_starts = [line.start for line in chapter_lines[1:]]
    ends = [
        line.end if line.end and line.end <= start else None
        for line, start in zip(chapter_lines, next_starts, strict=False)
    ]
    ends += [line.end for line in chapter_lines[-1:]]
    return tuple(
        Chapter(start=line.start, title=clean_line(line.title), url=line.url, end=end)
        for line, end in zip(chapter_lines, ends, strict=True)
    )


def _report_unreadable_line(line: str, where: Location) -> Diagnostic:
    return make_error(
        "C002",
        f"“{line.strip()[:60]}” is not a chapter",
        "write the time and then the title, such as “00:00 Welcome” or “1:02:03 Questions”",
        where,
    )


def _read_timestamps(notes: str) -> tuple[Chapter, ...]:
    """Read the lines that begin with a time; return at most one chapter more than allowed."""
    return _make_chapters(read_lines_beginning_with_time(notes.split("\n")))


def _has_list_of_times(notes: str) -> bool:
    return len(_read_timestamps(notes)) >= FEWEST_CHAPTERS or bool(find_chapters(notes))


def _find_misplaced(chapters: Sequence[Chapter]) -> Chapter | None:
    return next((after for before, after in pairwise(chapters) if after.start <= before.start), None)
