"""JSON chapters ↔ values (podcast namespace, docs/examples/chapters/jsonChapters.md, version 1.2)."""

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
"""More than this no app lists and nobody made by hand."""

_CONTENT_TYPE = "application/json+chapters"
_VERSION = "1.2.0"
_FORMAT = ListFormat(
    code="C001",
    key="chapters",
    version=_VERSION,
    instead="mend it there, or write a chapters.txt instead, with a line like “00:00 Welcome” for each chapter",
    example=f'write {{"version": "{_VERSION}", "chapters": [{{"startTime": 0, "title": "Welcome"}}]}}',
)
_LONGEST = timedelta(hours=1000)
_SECOND = timedelta(seconds=1)
_ADDRESSES = ("url", "img")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chapters:
    """Chapters, and where each of them is."""

    listed: tuple[Chapter, ...] = ()
    document: Document | None = None
    """The file itself, when it is to be published as it is."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    """The place of each chapter and of its fields, by its name: `chapters[0]`, `chapters[0].title`."""


def read_json_chapters(data: bytes, text: str, file: str) -> Parsed[Chapters]:
    """Read a file that holds JSON chapters; `text` is what its bytes say. It is published as it is.

    Only addresses that lead nowhere are left out, and invisible characters in titles become spaces.

    There are no chapters when there are errors: C001 JSON that holds no chapters, C006 too many of them. Warnings:
    C004 an empty list, C007 a field that apps cannot use, which the value lacks.
    """
    source = Source(text, file)
    entries, shape = read_list(source, _FORMAT)
    if entries is None:
        return Parsed(Chapters(), shape)
    where = source.locate("chapters")
    if len(entries) > MOST_CHAPTERS:
        shape = (*shape, too_many_chapters(where))
    if not entries:
        shape = (*shape, no_chapters(where))
    if shape:
        return Parsed(Chapters(), shape)
    listed: list[Chapter] = []
    locations = {"chapters": where}
    findings: list[Diagnostic] = []
    for index, (entry, start) in enumerate(entries):
        fields: dict[str, Any] = entry if isinstance(entry, dict) else {}
        chapter = _read_chapter(fields)
        listed.append(chapter)
        locations |= _locate_chapter(index, start, source)
        findings += _check_entry(fields, chapter, index, start, source)
    if has_errors(findings):
        return Parsed(Chapters(), tuple(findings))
    # JSON for the web is UTF-8 without a mark at its beginning (RFC 8259 §8.1).
    document = _make_document(data if data.lstrip().startswith(b"{") else text.encode())
    document = _clean_document(document, text)
    return Parsed(Chapters(listed=tuple(listed), document=document, locations=locations), tuple(findings))


def write_chapters(chapters: Iterable[Chapter]) -> Document:
    """Write chapters as a JSON chapters document; times are in seconds, to the millisecond."""
    listed = [_write_chapter(chapter) for chapter in chapters]
    return _write_document({"version": _VERSION, "chapters": listed})


def shift_chapters(chapters: Sequence[Chapter], offset: timedelta, end: timedelta) -> tuple[Chapter, ...]:
    """Return chapters of a master as they are heard `offset` later, or earlier, in what ends at `end`.

    What begins with the master begins with the whole, as apps want of the first chapter. What lies before 0 or
    behind the end is left out, or cut where it is heard in part.
    """
    return tuple(chapter for chapter in _shift_each(chapters, offset, end) if chapter)


def shift_chapter_file(document: Document, offset: timedelta, end: timedelta) -> Document:
    """Return a file that `read_json_chapters` read with its times moved as `shift_chapters` moves them.

    All else in it, also what nobody here knows of, stays.
    """
    value: Any = parse_json(document.body.decode())
    entries = value["chapters"]
    shifted = _shift_each([_read_chapter(entry) for entry in entries], offset, end)
    moved = [entry | _write_times(chapter) for entry, chapter in zip(entries, shifted, strict=True) if chapter]
    return _write_document(value | {"chapters": moved})


def no_chapters(where: Location) -> Diagnostic:
    """Warn of a file without any chapter."""
    return make_warning(
        "C004",
        f"{where.file} has no chapters in it, so none are published",
        "write a line like “00:00 Welcome” for each chapter, or delete the file",
        where,
    )


def too_many_chapters(where: Location) -> Diagnostic:
    """Refuse what is no list of chapters that anybody would go through."""
    message = f"{where.file} holds more than {MOST_CHAPTERS:,} chapters, which no app lists"
    return make_error("C006", message, "put the right file in its place", where)


def _make_document(body: bytes) -> Document:
    return Document(body=body, suffix=".json", content_type=_CONTENT_TYPE)


def _clean_document(document: Document, text: str) -> Document:
    """Return a file with clean titles and without addresses of no place on the web: players run `javascript:`."""
    value: Any = parse_json(text)
    kept = [_clean_entry(entry) for entry in value["chapters"]]
    if kept == value["chapters"]:
        return document
    return _write_document(value | {"chapters": kept})


def _write_document(value: object) -> Document:
    return _make_document(write_json(value).encode())


def _clean_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: part for key, part in entry.items() if not (key in _ADDRESSES and _is_broken(part))}
    title = entry.get("title")
    return kept | {"title": clean_line(title) or ""} if isinstance(title, str) and INVISIBLE.search(title) else kept


def _is_broken(address: object) -> bool:
    return isinstance(_parse_address(address), Problem)


def _shift_each(chapters: Sequence[Chapter], offset: timedelta, end: timedelta) -> list[Chapter | None]:
    """Return chapters with shifted times; None for those that are not heard any more."""
    first = min((chapter.start for chapter in chapters), default=timedelta())
    # Of those that begin before 0, only the last is still going on then; apps list some and hide others.
    begun = [chapter for chapter in chapters if chapter.start + offset <= timedelta()]
    going_on = {chapter.hidden: chapter.start for chapter in sorted(begun, key=lambda chapter: chapter.start)}
    shifted: list[Chapter | None] = []
    for chapter in chapters:
        begins_all = chapter.start == first < _SECOND and offset > timedelta()
        start = chapter.start if begins_all else max(chapter.start + offset, timedelta())
        until = None if chapter.end is None else min(chapter.end + offset, end)
        is_past = chapter.start < going_on.get(chapter.hidden, chapter.start)
        is_heard = start < end and not is_past and (until is None or until > start)
        shifted.append(replace(chapter, start=start, end=until) if is_heard else None)
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
        "location": place and _without_none({"name": place.name, "geo": place.geo, "osm": place.osm}),
    }
    return _without_none(fields)


def _to_seconds(length: timedelta) -> float:
    seconds = round(length.total_seconds(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def _without_none(fields: dict[str, Any]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value is not None}


def _read_chapter(entry: Mapping[str, Any]) -> Chapter:
    """Return the chapter of an entry, without the fields that apps cannot use."""
    start, end = _parse_moment(entry.get("startTime")) or timedelta(), _parse_moment(entry.get("endTime"))
    return Chapter(
        start=start,
        title=_clean_line(entry.get("title")),
        url=_drop_problem(_parse_address(entry.get("url"))),
        img=_drop_problem(_parse_address(entry.get("img"))),
        end=end if end and end > start else None,
        hidden=entry.get("toc") is False,
        place=_read_place(entry.get("location")),
    )


def _parse_address(value: object) -> str | Problem | None:
    line = _clean_line(value)
    return parse_url(line) if line else None


def _drop_problem(address: str | Problem | None) -> str | None:
    return None if isinstance(address, Problem) else address


def _read_place(value: object) -> Place | None:
    fields = value if isinstance(value, dict) else {}
    name, geo, osm = (_clean_line(fields.get(key)) for key in ("name", "geo", "osm"))
    return None if name is None else Place(name=name, geo=geo, osm=osm)


def _locate_chapter(index: int, start: int, source: Source) -> dict[str, Location]:
    """Return the place of an entry and of what apps list of it, by the names of our fields."""
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
    if _parse_moment(entry.get("startTime")) is None:
        hint = 'write "startTime" as a number such as 62.5, without quotes'
        where = source.locate("startTime", start=start)
        yield make_error("C001", f'{name} has no "startTime" in seconds', hint, where)
    for key, what, hint in _find_unusable(entry, chapter):
        where = source.locate(key, start=start)
        yield make_warning("C007", f'the "{key}" of {name} {what}', hint, where)


def _find_unusable(entry: Mapping[str, Any], chapter: Chapter) -> Iterator[tuple[str, str, str]]:
    """Yield each optional field that apps cannot use: its key, what is wrong with it, and how to fix it."""
    for key in ("title", "url", "img"):
        if not isinstance(entry.get(key, ""), str | None):
            yield key, "is no text", "write it in quotes"
    for key in _ADDRESSES:
        if isinstance(address := _parse_address(entry.get(key)), Problem):
            yield key, f"is of no use to apps: {address.message}; it is left out", address.hint
    if entry.get("endTime") is not None and chapter.end is None:
        hint = "write a number of seconds that is greater than startTime, or leave it out"
        yield "endTime", "is no moment after its beginning", hint
    if not isinstance(entry.get("toc", True), bool):
        yield "toc", "is neither true nor false", 'write "toc": false to hide the chapter, without quotes'
    if entry.get("location") is not None and chapter.place is None:
        yield "location", "has no name", 'write {"name": "Los Angeles", "geo": "geo:34.05,-118.24"}'


def _parse_moment(value: object) -> timedelta | None:
    """Return a number of seconds as a length of time; a bool, infinity or what lies beyond reason is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return timedelta(seconds=value) if 0 <= value < _LONGEST.total_seconds() else None


def _clean_line(value: object) -> str | None:
    return clean_line(value) if isinstance(value, str) else None
