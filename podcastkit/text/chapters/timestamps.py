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
    return _read_text_file(text, file)


def find_chapters(notes: str) -> tuple[Chapter, ...]:
    """Find chapters in the plain text of notes: three or more lines `0:00 Title`, ascending from 0:00.

    These are the rules of Spotify for timestamps in descriptions. Lines above the last 0:00 do not belong to the
    list. If there is no such list, find one with the times after the titles.
    """
    lines = notes.split("\n")
    return _choose_chapters(_read_timestamps(notes)) or _choose_chapters(
        _make_chapters(read_lines_ending_with_time(lines))
    )


def explain_timestamps(notes: str) -> tuple[str, Chapter] | None:
    """Return the reason why the timestamps in notes are not chapters, and the first wrong timestamp.

    Return None if they are chapters, or if there are fewer than three.
    """
    timestamps = _read_timestamps(notes)
    if len(timestamps) < FEWEST_CHAPTERS or _choose_chapters(timestamps):
        return None
    if timestamps[0].start:
        return f"the first of them, “{timestamps[0].title}”, does not begin at 00:00", timestamps[0]
    misplaced = _find_misplaced_chapter(timestamps)
    if misplaced is None:
        return "there are too many", timestamps[0]
    return f"“{misplaced.title}” does not begin after the one above it", misplaced


def _choose_chapters(timestamps: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """Return the chapters from the last 0:00 on, or no chapters if their number or order is wrong."""
    first = max((index for index, chapter in enumerate(timestamps) if not chapter.start), default=len(timestamps))
    chapters = tuple(timestamps[first:])
    has_valid_count = len(chapters) >= FEWEST_CHAPTERS and len(timestamps) <= MOST_CHAPTERS
    return chapters if has_valid_count and _find_misplaced_chapter(chapters) is None else ()


def locate_timestamps(chapters: Sequence[Chapter], source: str, file: str, first_line: int) -> dict[str, Location]:
    """Locate chapters that `find_chapters` found in notes; `source` is the text of the notes with its markup.

    The key `chapters[0].title` has the location of the title. The key `chapters[0]` has the location of the time,
    or of the title if the title comes first.
    """
    origin = Origin(source, file, first_line)
    lines = remove_invisible(source, file=file).value.split("\n")
    # The number, the column and the text of the lines with each time. If a time is in several lines, the line that
    # has the title is the best.
    lines_by_time: dict[timedelta | None, list[tuple[int, int, str]]] = {}
    lines_ending_with_time = read_lines_ending_with_time(lines)
    for number, line in enumerate(lines):
        match = TIMED_LINE.match(line)
        if match:
            lines_by_time.setdefault(read_time(match["start"]), []).append((number, match.start("start"), line))
        elif chapter_line := lines_ending_with_time[number]:
            lines_by_time.setdefault(chapter_line.start, []).append((number, chapter_line.title_at, line))
    located: dict[str, Location] = {}
    for index, chapter in enumerate(chapters):
        first_word = (chapter.title or "").split(" ")[0]
        candidates = [
            (line.find(first_word, column), number, column)
            for number, column, line in lines_by_time.get(chapter.start, [])
        ]
        if candidates:
            title_column, number, time_column = max(
                candidates, key=lambda candidate: (candidate[0] >= 0, candidate[1])
            )
            located[f"chapters[{index}]"] = origin.locate(number, time_column)
            located[f"chapters[{index}].title"] = origin.locate(
                number, title_column if title_column >= 0 else time_column
            )
    return located


def add_chapters(notes: Text, chapters: Iterable[Chapter]) -> Text:
    """Append the chapters to notes, because some apps find chapters in notes.

    Empty notes, and notes with their own list of times, are unchanged.
    """
    chapter_list = list_chapters(chapters)
    if chapter_list is None or _has_list_of_times(notes.plain) or not notes.plain:
        return notes
    return join_texts(notes, chapter_list)


def has_timestamps(notes: Text) -> bool:
    """Return whether notes have their own list of times, apart from the appended chapters and footer."""
    ending = notes.ending.plain if notes.ending else ""
    return _has_list_of_times(notes.plain.removesuffix(ending))


def replace_chapter_list(notes: Text, before: Iterable[Chapter], after: Iterable[Chapter]) -> Text:
    """Replace the chapters `before`, which `add_chapters` appended, with `after`; return other notes unchanged."""
    old_list, ending = list_chapters(before), notes.ending
    if old_list is None or ending is None or not ending.html.startswith(old_list.html):
        return notes
    body = Text(
        html=notes.html.removesuffix(ending.html).rstrip("\n"),
        plain=notes.plain.removesuffix(ending.plain).rstrip("\n"),
        simple=None if notes.simple is None else notes.simple.removesuffix(ending.simple or "").rstrip("\n"),
    )
    new_ending = [text for text in (list_chapters(after), ending.ending) if text]
    return functools.reduce(join_texts, new_ending, body)


def list_chapters(chapters: Iterable[Chapter]) -> Text | None:
    """Write chapters as a paragraph for the notes, with a line `00:00 Title` for each; `find_chapters` can read it.

    Return None for fewer than three chapters, or if they do not ascend from 00:00: apps ignore such a list. Hidden
    and untitled chapters are left out, and chapters that begin in the same second as the previous one.
    """
    rows = [
        (chapter.start // _SECOND, chapter.title) for chapter in chapters if chapter.title and not chapter.hidden
    ]
    kept = [row for previous_row, row in pairwise([(-1, ""), *rows]) if row[0] != previous_row[0]]
    ascends = all(previous < current for (previous, _), (current, _) in pairwise(kept))
    if len(kept) < FEWEST_CHAPTERS or kept[0][0] or not ascends:
        return None
    has_hours = kept[-1][0] * _SECOND >= _HOUR
    format_start = format_hours if has_hours else format_minutes
    lines = [f"{format_start(start * _SECOND, digits=2)} {title}" for start, title in kept]
    blocks = arrange_blocks([Element("p", tuple(node for line in lines for node in (line, Element("br"))))])
    return write_blocks(blocks)


def _read_text_file(text: str, file: str) -> Parsed[Chapters]:
    _, warnings = remove_invisible(text, file=file)
    lines = text.split("\n")
    exported_chapters = read_export(lines)
    content_lines = [(number, line) for number, line in enumerate(lines) if _has_content(line)]
    if len(content_lines if exported_chapters is None else exported_chapters) > MOST_CHAPTERS:
        return Parsed(Chapters(), (*warnings, report_too_many_chapters(Location(file=file))))
    if not content_lines or exported_chapters == []:
        return Parsed(Chapters(), (*warnings, report_no_chapters(Location(file=file))))
    origin = Origin(text, file)
    chapter_lines = _read_chapter_lines(content_lines) if exported_chapters is None else exported_chapters
    unreadable = [
        _report_unreadable_line(lines[number], origin.locate(number, count_indent(lines[number])))
        for number, line in chapter_lines
        if line is None
    ]
    if unreadable:
        return Parsed(Chapters(), (*warnings, *unreadable))
    locations: dict[str, Location] = {}
    for index, (number, line) in enumerate(chapter_lines):
        where = origin.locate(number, count_indent(lines[number]))
        locations.setdefault("chapters", where)
        locations[f"chapters[{index}]"] = where
        locations[f"chapters[{index}].title"] = origin.locate(number, line.title_at) if line else where
    chapters = _make_chapters([line for _, line in chapter_lines])
    return Parsed(Chapters(listed=chapters, locations=locations), warnings)


def _read_chapter_lines(lines: Sequence[tuple[int, str]]) -> Sequence[tuple[int, ChapterLine | None]]:
    """Read lines that begin with a time. If no line does and all lines end with a time, read these instead.

    Lines above 00:00 are a heading, because no chapter can begin earlier.
    """
    numbers, texts = zip(*lines, strict=True)
    chapter_lines = read_lines_beginning_with_time(texts)
    if not any(chapter_lines) and all(lines_ending_with_time := read_lines_ending_with_time(texts)):
        chapter_lines = lines_ending_with_time
    first, start = next(((index, line.start) for index, line in enumerate(chapter_lines) if line), (0, None))
    heading_length = first if start == timedelta() else 0
    return list(zip(numbers, chapter_lines, strict=True))[heading_length:]


def _has_content(line: str) -> bool:
    """Return whether a line is neither empty nor a comment (`# …`)."""
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
    """Return whether notes contain chapters or at least three timestamps."""
    return len(_read_timestamps(notes)) >= FEWEST_CHAPTERS or bool(find_chapters(notes))


def _find_misplaced_chapter(chapters: Sequence[Chapter]) -> Chapter | None:
    """Return the first chapter that does not begin after the previous one; None if all chapters ascend."""
    return next((after for before, after in pairwise(chapters) if after.start <= before.start), None)
