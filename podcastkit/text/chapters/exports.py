"""Read chapters that other programs export: tables, cues, labels and other formats of several lines per chapter."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.text.chapter_lines import ChapterLine, clean_title, read_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    NumberedChapter = tuple[int, ChapterLine]
    """The index of a line in the file, and the chapter in that line."""

_AUDACITY_LABEL = re.compile(
    r"(?P<start>[0-9]{1,6}[.,][0-9]{1,9})[\t ]+(?P<end>[0-9]{1,6}[.,][0-9]{1,9})[\t ]*(?P<title>.*)"
)
_OGM_LINE = re.compile(r"CHAPTER(?P<number>[0-9]{1,4})(?P<name>NAME)?\s*=\s*(?P<value>.*)", re.IGNORECASE)
_TIMING = re.compile(r"(?P<start>[0-9:.,]{4,20})\s*-->\s*(?P<end>[0-9:.,]{4,20})(?:\s+\S+:\S+)*")
_FFMETADATA_FIELD = re.compile(r"(?P<key>\w+)=(?P<value>.*)")
_TIME_BASE = re.compile(r"([0-9]{1,9})/([1-9][0-9]{0,9})")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")
_COLUMN_NAMES = (
    ("start", "in", "start time", "time", "timecode", "position"),
    ("end", "out", "end time"),
    ("name", "title", "marker name", "chapter", "label"),
)
"""Possible names of the columns of a table: for the start, the end and the title."""
_MAX_TIME = timedelta(hours=1000)
"""Later times are cut to this one, because `timedelta` cannot hold all numbers in a file."""


def read_export(lines: Sequence[str]) -> list[NumberedChapter] | None:
    """Return the chapters of an export, each with the index of its line, or None if the lines are not an export."""
    first_line = next((line.strip() for line in lines if line.strip()), "")
    if first_line.startswith(";FFMETADATA"):
        return list(_read_ffmetadata(lines))
    if _OGM_LINE.fullmatch(first_line):
        return _read_ogm(lines)
    if _AUDACITY_LABEL.fullmatch(first_line):
        return _read_labels(lines)
    if table := _read_table(lines):
        return table
    if any(_TIMING.fullmatch(line.strip()) for line in lines):
        return list(_read_cues(lines))
    return None


def _read_table(lines: Sequence[str]) -> list[NumberedChapter] | None:
    """Read the markers of an audio editor: a table with tabs, commas or semicolons, with column names in row 1.

    Return None if a start or the column for starts or titles is missing.
    """
    numbered_lines = [(index, line) for index, line in enumerate(lines) if line.strip()] or [(0, "")]
    (_, header), *rows = numbered_lines
    delimiter = next((sign for sign in "\t;" if sign in header), ",")
    columns = [cell.lower() for cell in _split_row(header, delimiter)]
    # The index of the column for the start, the end and the title; None if the table has no such column.
    start, end, title = (
        next((columns.index(name) for name in names if name in columns), None) for names in _COLUMN_NAMES
    )
    if start is None or title is None:
        return None
    chapters: list[NumberedChapter] = []
    for index, line in rows:
        # A row can be shorter than the header.
        cells = [*_split_row(line, delimiter), *[""] * len(columns)]
        start_time = read_time(cells[start])
        if start_time is None:
            return None
        chapters.append(
            _make_chapter(index, start_time, None if end is None else read_time(cells[end]), cells[title])
        )
    return chapters


def _split_row(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error:  # a field is too long
        return []


def _read_labels(lines: Sequence[str]) -> list[NumberedChapter] | None:
    """Read the labels of Audacity: start and end in seconds, title. A line of frequencies can follow a label.

    Return None if there is any other line.
    """
    labels = [
        (index, _AUDACITY_LABEL.fullmatch(line.strip()))
        for index, line in enumerate(lines)
        if line.strip() and not line.startswith("\\")
    ]
    chapters = [
        _make_chapter(index, _parse_seconds(label["start"]), _parse_seconds(label["end"]), label["title"])
        for index, label in labels
        if label
    ]
    return chapters if len(chapters) == len(labels) else None


def _read_ogm(lines: Sequence[str]) -> list[NumberedChapter] | None:
    """Read the format of OGM tools and mkvextract: `CHAPTER01=00:00:00.000` and `CHAPTER01NAME=Welcome`.

    Return None if there is any other line.
    """
    starts: dict[str, tuple[int, timedelta]] = {}
    titles: dict[str, str] = {}
    for index, line in enumerate(lines):
        match = _OGM_LINE.fullmatch(line.strip())
        start = read_time(match["value"]) if match else None
        if match and match["name"]:
            titles[match["number"]] = match["value"]
        elif match and start is not None:
            starts[match["number"]] = (index, start)
        elif line.strip():
            return None
    return [_make_chapter(index, start, None, titles.get(number, "")) for number, (index, start) in starts.items()]


def _read_cues(lines: Sequence[str]) -> Iterator[NumberedChapter]:
    """Read WebVTT or SRT with a cue per chapter; the number or identifier of a cue is not part of the title."""
    timings = [(index, match) for index, line in enumerate(lines) if (match := _TIMING.fullmatch(line.strip()))]
    for index, match in timings:
        words = []
        for line in lines[index + 1 :]:
            if not line.strip() or _TIMING.fullmatch(line.strip()):
                break
            words.append(line.strip())
        start, end = read_time(match["start"]), read_time(match["end"])
        if start is not None:
            yield _make_chapter(index, start, end, " ".join(words))


def _read_ffmetadata(lines: Sequence[str]) -> Iterator[NumberedChapter]:
    """Read the metadata file of ffmpeg (https://ffmpeg.org/ffmpeg-formats.html#Metadata-2)."""
    fields: dict[str, str] = {}
    section_index: int | None = None  # the line of the open chapter section
    # The additional "[" ends the last section.
    for index, line in enumerate([*lines, "["]):
        if line.startswith("["):
            if section_index is not None and (chapter := _read_section(section_index, fields)):
                yield chapter
            section_index, fields = (index if line.strip() == "[CHAPTER]" else None), {}
        elif match := _FFMETADATA_FIELD.fullmatch(line.strip()):
            fields[match["key"].lower()] = re.sub(r"\\(.)", r"\1", match["value"])


def _read_section(index: int, fields: dict[str, str]) -> NumberedChapter | None:
    """Read a [CHAPTER] section that begins in line `index`; return None without a valid start and time base."""
    time_base = _TIME_BASE.fullmatch(fields.get("timebase", "1/1000000000"))
    start, end = (_WHOLE_NUMBER.fullmatch(fields.get(key, "")) for key in ("start", "end"))
    if time_base is None or start is None:
        return None
    unit = int(time_base[1]) / int(time_base[2])
    times = [
        timedelta(seconds=min(int(number[0]) * unit, _MAX_TIME.total_seconds()))
        for number in (start, end)
        if number
    ]
    return _make_chapter(index, times[0], times[1] if end else None, fields.get("title", ""))


def _make_chapter(index: int, start: timedelta, end: timedelta | None, written: str) -> NumberedChapter:
    """Return a chapter; an end that is not after the start is dropped."""
    title, url = clean_title(written)
    return index, ChapterLine(start=start, end=end if end and end > start else None, title=title, url=url)


def _parse_seconds(written: str) -> timedelta:
    return timedelta(seconds=float(written.replace(",", ".")))
