"""Read chapters that other programs export: tables, cues, labels and other formats of several lines per chapter."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.text.chapter_lines import ChapterLine, clean_title, read_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Numbered = tuple[int, ChapterLine]

_LABEL = re.compile(
    r"(?P<start>[0-9]{1,6}[.,][0-9]{1,9})[\t ]+(?P<end>[0-9]{1,6}[.,][0-9]{1,9})[\t ]*(?P<title>.*)"
)
_NAMED = re.compile(r"CHAPTER(?P<number>[0-9]{1,4})(?P<name>NAME)?\s*=\s*(?P<value>.*)", re.IGNORECASE)
_TIMING = re.compile(r"(?P<start>[0-9:.,]{4,20})\s*-->\s*(?P<end>[0-9:.,]{4,20})(?:\s+\S+:\S+)*")
_FIELD = re.compile(r"(?P<key>\w+)=(?P<value>.*)")
_TIME_BASE = re.compile(r"([0-9]{1,9})/([1-9][0-9]{0,9})")
_WHOLE = re.compile(r"[0-9]{1,18}")
_COLUMNS = (
    ("start", "in", "start time", "time", "timecode", "position"),
    ("end", "out", "end time"),
    ("name", "title", "marker name", "chapter", "label"),
)
"""Names of the columns of a table: for the start, the end and the title."""
_MAX_TIME = timedelta(hours=1000)
"""Later times are cut to this one, because `timedelta` cannot hold all numbers in a file."""


def read_export(lines: Sequence[str]) -> list[Numbered] | None:
    """Return the chapters of an export, each with the index of its line, or None if the lines are not an export."""
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith(";FFMETADATA"):
        return list(_read_ffmetadata(lines))
    if _NAMED.fullmatch(first):
        return _read_named(lines)
    if _LABEL.fullmatch(first):
        return _read_labels(lines)
    if table := _read_table(lines):
        return table
    if any(_TIMING.fullmatch(line.strip()) for line in lines):
        return list(_read_cues(lines))
    return None


def _read_table(lines: Sequence[str]) -> list[Numbered] | None:
    """Read the markers of an audio editor: a table with tabs, commas or semicolons, with column names in row 1."""
    (_, header), *rows = [(index, line) for index, line in enumerate(lines) if line.strip()] or [(0, "")]
    delimiter = next((sign for sign in "\t;" if sign in header), ",")
    columns = [cell.lower() for cell in _split_row(header, delimiter)]
    places = [next((columns.index(name) for name in names if name in columns), None) for names in _COLUMNS]
    start, end, title = places
    if start is None or title is None:
        return None
    read: list[Numbered] = []
    for index, line in rows:
        cells = [*_split_row(line, delimiter), *[""] * len(columns)]
        start_time = read_time(cells[start])
        if start_time is None:
            return None
        read.append(_make_line(index, start_time, None if end is None else read_time(cells[end]), cells[title]))
    return read


def _split_row(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error:  # a field is too long
        return []


def _read_labels(lines: Sequence[str]) -> list[Numbered] | None:
    """Read the labels of Audacity: start and end in seconds, title. A line of frequencies can follow a label."""
    labels = [
        (index, _LABEL.fullmatch(line.strip()))
        for index, line in enumerate(lines)
        if line.strip() and not line.startswith("\\")
    ]
    read = [
        _make_line(index, _parse_seconds(label["start"]), _parse_seconds(label["end"]), label["title"])
        for index, label in labels
        if label
    ]
    return read if len(read) == len(labels) else None


def _read_named(lines: Sequence[str]) -> list[Numbered] | None:
    """Read the format of OGM tools and mkvextract: `CHAPTER01=00:00:00.000` and `CHAPTER01NAME=Welcome`."""
    starts: dict[str, tuple[int, timedelta]] = {}
    titles: dict[str, str] = {}
    for index, line in enumerate(lines):
        match = _NAMED.fullmatch(line.strip())
        start = read_time(match["value"]) if match else None
        if match and match["name"]:
            titles[match["number"]] = match["value"]
        elif match and start is not None:
            starts[match["number"]] = (index, start)
        elif line.strip():
            return None
    return [_make_line(index, start, None, titles.get(number, "")) for number, (index, start) in starts.items()]


def _read_cues(lines: Sequence[str]) -> Iterator[Numbered]:
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
            yield _make_line(index, start, end, " ".join(words))


def _read_ffmetadata(lines: Sequence[str]) -> Iterator[Numbered]:
    """Read the metadata file of ffmpeg (https://ffmpeg.org/ffmpeg-formats.html#Metadata-2)."""
    fields: dict[str, str] = {}
    section: int | None = None  # the line of the open chapter section
    for index, line in enumerate([*lines, "["]):
        if line.startswith("["):
            if section is not None and (chapter := _read_section(section, fields)):
                yield chapter
            section, fields = (index if line.strip() == "[CHAPTER]" else None), {}
        elif match := _FIELD.fullmatch(line.strip()):
            fields[match["key"].lower()] = re.sub(r"\\(.)", r"\1", match["value"])


def _read_section(index: int, fields: dict[str, str]) -> Numbered | None:
    base = _TIME_BASE.fullmatch(fields.get("timebase", "1/1000000000"))
    start, end = (_WHOLE.fullmatch(fields.get(key, "")) for key in ("start", "end"))
    if base is None or start is None:
        return None
    unit = int(base[1]) / int(base[2])
    times = [
        timedelta(seconds=min(int(whole[0]) * unit, _MAX_TIME.total_seconds())) for whole in (start, end) if whole
    ]
    return _make_line(index, times[0], times[1] if end else None, fields.get("title", ""))


def _make_line(index: int, start: timedelta, end: timedelta | None, written: str) -> Numbered:
    title, url = clean_title(written)
    return index, ChapterLine(start=start, end=end if end and end > start else None, title=title, url=url)


def _parse_seconds(written: str) -> timedelta:
    return timedelta(seconds=float(written.replace(",", ".")))
