"""Read and write JSON chapters (podcast namespace, docs/examples/chapters/jsonChapters.md, version 1.2)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Diagnostic, Location, Parsed, has_errors, make_error, make_warning
from podcastkit.model import Chapter, Document, Place
from podcastkit.text.addresses import parse_url
from podcastkit.text.cleaning import INVISIBLE, clean_line
from podcastkit.text.json_list import ListFormat, Source, read_list
from podcastkit.text.problem import Problem
from podcastkit.text.syntax.json import parse_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST_CHAPTERS = 1000
"""The limit for the chapters of an episode: no app lists more, and no producer writes more by hand."""

_CONTENT_TYPE = "application/json+chapters"
_VERSION = "1.2.0"
_FORMAT = ListFormat(
    code="C001",
    key="chapters",
    version=_VERSION,
    instead="fix the error there, or write chapters.txt instead, with a line like “00:00 Welcome” for each chapter",
    example=f'write {{"version": "{_VERSION}", "chapters": [{{"startTime": 0, "title": "Welcome"}}]}}',
)
_MAX_TIME = timedelta(hours=1000)
_SECOND = timedelta(seconds=1)
_ADDRESS_KEYS = ("url", "img")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapters:
    """Chapters with their locations."""

    listed: tuple[Chapter, ...] = ()
    document: Document | None = None
    """The chapters file to publish, or None if it must be written from the chapters."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    """The location of each chapter and its fields, by name: `chapters[0]`, `chapters[0].title`."""


def read_json_chapters(data: bytes, text: str, file: str) -> Parsed[Chapters]:
    """Read a JSON chapters file; `text` is its decoded content.

    The file is published unchanged, except that invalid addresses are removed and invisible characters in titles
    become spaces.

    Errors: C001 for a file without valid chapters, C006 for too many chapters; then the result has no chapters.
    Warnings: C004 for an empty list, C007 for a field that apps cannot use, which is left out of the result.
    """
    source = Source(text, file)
    entries, file_findings = read_list(source, _FORMAT)
    if entries is None:
        return Parsed(Chapters(), file_findings)
    where = source.locate("chapters")
    if len(entries) > MOST_CHAPTERS:
        file_findings = (*file_findings, report_too_many_chapters(where))
    if not entries:
        file_findings = (*file_findings, report_no_chapters(where))
    if file_findings:
        return Parsed(Chapters(), file_findings)
    chapters: list[Chapter] = []
    locations = {"chapters": where}
    entry_findings: list[Diagnostic] = []
    for index, (entry, start) in enumerate(entries):
        fields: dict[str, Any] = entry if isinstance(entry, dict) else {}
        chapter = _read_chapter(fields)
        chapters.append(chapter)
        locations |= _locate_chapter(index, start, source)
        entry_findings += _check_entry(fields, chapter, index, start, source)
    if has_errors(entry_findings):
        return Parsed(Chapters(), tuple(entry_findings))
    # JSON on the web is UTF-8 without a byte order mark (RFC 8259 §8.1).
    document = _make_document(data if data.lstrip().startswith(b"{") else text.encode())
    document = _clean_document(document, text)
    return Parsed(Chapters(listed=tuple(chapters), document=document, locations=locations), tuple(entry_findings))


def write_chapters(chapters: Iterable[Chapter]) -> Document:
    """Write chapters as a JSON chapters document, with times in seconds, rounded to milliseconds."""
    entries = [_write_chapter(chapter) for chapter in chapters]
    return _write_document({"version": _VERSION, "chapters": entries})


def shift_chapters(chapters: Sequence[Chapter], offset: timedelta, end: timedelta) -> tuple[Chapter, ...]:
    """Shift the chapters of a master by `offset`, which can be negative, in an episode that ends at `end`.

    With a positive offset, a first chapter in the first second of the master keeps its start, because apps expect a
    chapter at the start of the episode. Chapters before 0 or after the end are dropped; chapters that are partly
    outside are shortened.
    """
    return tuple(chapter for chapter in _shift_each(chapters, offset, end) if chapter)


def shift_chapter_file(document: Document, offset: timedelta, end: timedelta) -> Document:
    """Shift the times in a file that `read_json_chapters` accepted, as `shift_chapters` does.

    All other keys are kept, including unknown ones.
    """
    value: Any = parse_json(document.body.decode())
    entries = value["chapters"]
    shifted = _shift_each([_read_chapter(entry) for entry in entries], offset, end)
    shifted_entries = [
        entry | _write_times(chapter) for entry, chapter in zip(entries, shifted, strict=True) if chapter
    ]
    return _write_document(value | {"chapters": shifted_entries})


def report_no_chapters(where: Location) -> Diagnostic:
    """Return a warning about a file without chapters."""
    return make_warning(
        "C004",
        f"{where.file} contains no chapters, so no chapters are published",
        "write a line like “00:00 Welcome” for each chapter, or delete the file",
        where,
    )


def report_too_many_chapters(where: Location) -> Diagnostic:
    """Return an error about a file with more than 1,000 chapters."""
    message = f"{where.file} contains more than {MOST_CHAPTERS:,} chapters, which no app lists"
    return make_error("C006", message, "replace it with the right file", where)


def _make_document(body: bytes) -> Document:
    return Document(body=body, suffix=".json", content_type=_CONTENT_TYPE)


def _clean_document(document: Document, text: str) -> Document:
    """Clean the titles of a file, and remove invalid addresses: players would run a `javascript:` URL."""
    value: Any = parse_json(text)
    cleaned = [_clean_entry(entry) for entry in value["chapters"]]
    if cleaned == value["chapters"]:
        return document
    return _write_document(value | {"chapters": cleaned})


def _write_document(value: object) -> Document:
    return _make_document(write_json(value).encode())


def _clean_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: part for key, part in entry.items() if not (key in _ADDRESS_KEYS and _is_invalid_address(part))}
    title = entry.get("title")
    if isinstance(title, str) and INVISIBLE.search(title):
        kept["title"] = clean_line(title) or ""
    return kept


def _is_invalid_address(address: object) -> bool:
    return isinstance(_parse_address(address), Problem)


def _shift_each(chapters: Sequence[Chapter], offset: timedelta, end: timedelta) -> list[Chapter | None]:
    """Return the chapters with shifted times, and None in place of each chapter that is dropped."""
    first_start = min((chapter.start for chapter in chapters), default=timedelta())
    # Of the chapters that begin at or before 0, only the last continues at 0. This applies to the hidden chapters
    # and to the listed ones separately.
    early_chapters = [chapter for chapter in chapters if chapter.start + offset <= timedelta()]
    continuing_starts = {
        chapter.hidden: chapter.start for chapter in sorted(early_chapters, key=lambda chapter: chapter.start)
    }
    shifted: list[Chapter | None] = []
    for chapter in chapters:
        is_opening = chapter.start == first_start < _SECOND and offset > timedelta()
        start = chapter.start if is_opening else max(chapter.start + offset, timedelta())
        shifted_end = None if chapter.end is None else min(chapter.end + offset, end)
        is_past = chapter.start < continuing_starts.get(chapter.hidden, chapter.start)
        is_kept = start < end and not is_past and (shifted_end is None or shifted_end > start)
        shifted.append(replace(chapter, start=start, end=shifted_end) if is_kept else None)
    return shifted


def _write_times(chapter: Chapter) -> dict[str, float]:
    times = {"startTime": _to_seconds(chapter.start)}
    return times if chapter.end is None else times | {"endTime": _to_seconds(chapter.end)}


def _write_chapter(chapter: Chapter) -> dict[str, object]:
    place = chapter.place
    fields = {
        "startTime": _to_seconds(chapter.start),
        "title": chapter.title,
        "img": chapter.img,
        "url": chapter.url,
        "toc": False if chapter.hidden else None,
        "endTime": None if chapter.end is None else _to_seconds(chapter.end),
        "location": place and _drop_missing({"name": place.name, "geo": place.geo, "osm": place.osm}),
    }
    return _drop_missing(fields)


def _to_seconds(length: timedelta) -> float:
    seconds = round(length.total_seconds(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def _drop_missing(fields: dict[str, Any]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value is not None}


def _read_chapter(entry: Mapping[str, Any]) -> Chapter:
    """Return the chapter of an entry, without the fields that apps cannot use."""
    start, end = _parse_seconds(entry.get("startTime")) or timedelta(), _parse_seconds(entry.get("endTime"))
    return Chapter(
        start=start,
        title=_clean_line(entry.get("title")),
        url=_ignore_problem(_parse_address(entry.get("url"))),
        img=_ignore_problem(_parse_address(entry.get("img"))),
        end=end if end and end > start else None,
        hidden=entry.get("toc") is False,
        place=_read_place(entry.get("location")),
    )


def _parse_address(value: object) -> str | Problem | None:
    line = _clean_line(value)
    return parse_url(line) if line else None


def _ignore_problem(address: str | Problem | None) -> str | None:
    return None if isinstance(address, Problem) else address


def _read_place(value: object) -> Place | None:
    fields = value if isinstance(value, dict) else {}
    name, geo, osm = (_clean_line(fields.get(key)) for key in ("name", "geo", "osm"))
    return None if name is None else Place(name=name, geo=geo, osm=osm)


def _locate_chapter(index: int, start: int, source: Source) -> dict[str, Location]:
    """Return the locations of a chapter and its fields, by the names of the fields of `Chapter`."""
    located = {f"chapters[{index}]": source.locate(start=start)}
    members = source.locate_members(start)
    for name, key in (("start", "startTime"), ("title", "title"), ("end", "endTime")):
        if key in members:
            located[f"chapters[{index}].{name}"] = members[key]
    return located


def _check_entry(
    entry: Mapping[str, Any], chapter: Chapter, index: int, start: int, source: Source
) -> Iterator[Diagnostic]:
    name = f"chapter {index + 1} in {source.file}"
    if _parse_seconds(entry.get("startTime")) is None:
        hint = 'write "startTime" as a number such as 62.5, without quotes'
        where = source.locate("startTime", start=start)
        yield make_error("C001", f'{name} has no "startTime" in seconds', hint, where)
    for key, problem, hint in _find_unusable_fields(entry, chapter):
        where = source.locate(key, start=start)
        yield make_warning("C007", f'the "{key}" of {name} {problem}', hint, where)


def _find_unusable_fields(entry: Mapping[str, Any], chapter: Chapter) -> Iterator[tuple[str, str, str]]:
    """Yield the optional fields that apps cannot use: the key, the problem, and its fix."""
    for key in ("title", "url", "img"):
        if not isinstance(entry.get(key, ""), str | None):
            yield key, "is not text", "write it in quotes"
    for key in _ADDRESS_KEYS:
        if isinstance(address := _parse_address(entry.get(key)), Problem):
            yield key, f"is unusable: {address.message}; it is left out", address.hint
    if entry.get("endTime") is not None and chapter.end is None:
        hint = "write a number of seconds that is greater than startTime, or leave it out"
        yield "endTime", "is not a time after startTime", hint
    if not isinstance(entry.get("toc", True), bool):
        yield "toc", "is neither true nor false", 'write "toc": false to hide the chapter, without quotes'
    if entry.get("location") is not None and chapter.place is None:
        yield (
            "location",
            "has no name",
            'write a name and a place, such as {"name": "Los Angeles", "geo": "geo:34.05,-118.24"}',
        )


def _parse_seconds(value: object) -> timedelta | None:
    """Convert a number of seconds to a duration; return None for other values and for more than 1,000 hours."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return timedelta(seconds=value) if 0 <= value < _MAX_TIME.total_seconds() else None


def _clean_line(value: object) -> str | None:
    return clean_line(value) if isinstance(value, str) else None
