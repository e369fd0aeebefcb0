"""JSON chapters ↔ values (podcast namespace, docs/examples/chapters/jsonChapters.md, version 1.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Diagnostic, Location, has_errors, make_error, make_warning
from podcastkit.model import Chapter, Document, Place
from podcastkit.text.addresses import parse_url
from podcastkit.text.cleaning import clean_text
from podcastkit.text.problem import Problem
from podcastkit.text.syntax.json import NoJsonError, entry_positions, find_value, member_positions, parse_json
from podcastkit.text.syntax.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST_CHAPTERS = 1000
"""More than this no app lists and nobody made by hand."""

_CONTENT_TYPE = "application/json+chapters"
_VERSION = "1.2.0"
_CURE = f'write {{"version": "{_VERSION}", "chapters": [{{"startTime": 0, "title": "Welcome"}}]}}'
_LONGEST = timedelta(hours=1000)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChapterFile:
    """What a file of chapters holds; nothing when there are errors."""

    chapters: tuple[Chapter, ...] = ()
    locations: Mapping[str, Location] = field(default_factory=dict)
    """Where each chapter and what is said of it stands, by its name: `chapters[0]`, `chapters[0].title`."""
    document: Document | None = None
    """The file itself, when it is to be published as it is."""
    diagnostics: tuple[Diagnostic, ...] = ()


def read_json_chapters(data: bytes, text: str, file: str) -> ChapterFile:
    """Read a file that holds JSON chapters; `text` is what its bytes say. It is published as it is.

    Errors: C001 JSON that holds no chapters, C006 too many of them. Warnings: C004 an empty list, C007 a field that
    apps cannot use, which the value lacks.
    """
    try:
        value = parse_json(text)
    except NoJsonError as error:
        return ChapterFile(diagnostics=(_unreadable(file, error),))
    source = _Source(text, file)
    findings = tuple(_shape_findings(value, source))
    if findings or not isinstance(value, dict):
        return ChapterFile(diagnostics=findings)
    numbered = enumerate(zip(value["chapters"], entry_positions(text, "chapters"), strict=True))
    entries = [_Entry(entry, source, index, start) for index, (entry, start) in numbered]
    chapters = tuple(entry.read() for entry in entries)
    findings = tuple(finding for entry in entries for finding in entry.findings)
    if has_errors(findings):
        return ChapterFile(diagnostics=findings)
    # JSON for the web is UTF-8 without a mark at its beginning (RFC 8259 §8.1).
    document = _document(data if data.lstrip().startswith(b"{") else text.encode())
    locations = {name: where for entry in entries for name, where in entry.locations()}
    return ChapterFile(
        chapters=chapters,
        locations={"chapters": source.locate("chapters"), **locations},
        document=document,
        diagnostics=findings,
    )


def write_chapters(chapters: Iterable[Chapter]) -> Document:
    """Write chapters as a JSON chapters document; times are in seconds, to the millisecond."""
    listed = [_json_chapter(chapter) for chapter in chapters]
    body = json.dumps({"version": _VERSION, "chapters": listed}, ensure_ascii=False, indent=1)
    return _document(body.encode() + b"\n")


def shift_chapters(chapters: Sequence[Chapter], offset: timedelta, end: timedelta) -> tuple[Chapter, ...]:
    """Return chapters of a master as they are heard `offset` later, or earlier, in what ends at `end`.

    What begins with the master begins with the whole, as apps want of the first chapter. What lies before 0 or
    behind the end is left out, or cut where it is heard in part.
    """
    spans = _shift_spans([(chapter.start, chapter.end, chapter.hidden) for chapter in chapters], offset, end)
    both = zip(chapters, spans, strict=True)
    return tuple(replace(chapter, start=span[0], end=span[1]) for chapter, span in both if span)


def shift_chapter_file(document: Document, offset: timedelta, end: timedelta) -> Document:
    """Return a file that `read_json_chapters` read with its times moved as `shift_chapters` moves them.

    All else in it, also what nobody here knows of, stays.
    """
    value: Any = parse_json(document.body.decode())
    entries = value["chapters"]
    spans = _shift_spans([_span_of(entry) for entry in entries], offset, end)
    moved = [_with_times(entry, *span) for entry, span in zip(entries, spans, strict=True) if span]
    body = json.dumps(value | {"chapters": moved}, ensure_ascii=False, indent=1)
    return _document(body.encode() + b"\n")


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


def _document(body: bytes) -> Document:
    return Document(body=body, suffix=".json", content_type=_CONTENT_TYPE)


_Span = tuple[timedelta, timedelta | None]
"""When a chapter begins and, if that is told, when it ends."""


def _shift_spans(
    spans: Sequence[tuple[timedelta, timedelta | None, bool]], offset: timedelta, end: timedelta
) -> list[_Span | None]:
    """Return when chapters begin and end now, each with whether it is hidden; None: it is not heard any more."""
    first = min((start for start, _, _ in spans), default=timedelta())
    # Of those that begin before 0, only the last is still going on then; apps list some and hide others.
    begun = sorted((start, hidden) for start, _, hidden in spans if start + offset <= timedelta())
    going_on = {hidden: start for start, hidden in begun}
    shifted: list[_Span | None] = []
    for start, until, hidden in spans:
        begins_all = start == first < _SECOND and offset > timedelta()
        now = start if begins_all else max(start + offset, timedelta())
        over = None if until is None else min(until + offset, end)
        is_past = start < going_on.get(hidden, start)
        is_heard = now < end and not is_past and (over is None or over > now)
        shifted.append((now, over) if is_heard else None)
    return shifted


def _span_of(entry: dict[str, Any]) -> tuple[timedelta, timedelta | None, bool]:
    start, end = _moment(entry["startTime"]) or timedelta(), _moment(entry.get("endTime"))
    return start, end if end and end > start else None, entry.get("toc") is False


def _with_times(entry: dict[str, object], start: timedelta, end: timedelta | None) -> dict[str, object]:
    times = {"startTime": _seconds(start)} | ({} if end is None else {"endTime": _seconds(end)})
    return entry | times


def _json_chapter(chapter: Chapter) -> dict[str, object]:
    place = chapter.place
    fields = {
        "startTime": _seconds(chapter.start),
        "title": chapter.title,
        "img": chapter.img,
        "url": chapter.url,
        "toc": False if chapter.hidden else None,
        "endTime": None if chapter.end is None else _seconds(chapter.end),
        "location": place and _without_none({"name": place.name, "geo": place.geo, "osm": place.osm}),
    }
    return _without_none(fields)


def _seconds(length: timedelta) -> float:
    seconds = round(length.total_seconds(), 3)
    return int(seconds) if seconds.is_integer() else seconds


def _without_none(fields: dict[str, Any]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if value is not None}


def _unreadable(file: str, error: NoJsonError) -> Diagnostic:
    hint = "mend it there, or write a chapters.txt instead, with a line like “00:00 Welcome” for each chapter"
    where = Location(file=file, line=error.line, column=error.column)
    return make_error("C001", f"{file} is not JSON: {error}", hint, where)


class _Source:
    """The text of a file of JSON, which tells where its values stand."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._text = text
        self._positions = Positions(text, file)

    def locate(self, *keys: str, start: int = 0) -> Location:
        """Return where a value stands, or else what it should stand in."""
        return self._positions.locate(find_value(self._text, *keys, start=start))

    def locate_members(self, start: int) -> dict[str, Location]:
        """Return where each value of the object stands that begins here, by its key."""
        members = member_positions(self._text, start)
        return {key: self._positions.locate(position) for key, position in members.items()}


def _shape_findings(value: object, source: _Source) -> Iterator[Diagnostic]:
    chapters = value.get("chapters") if isinstance(value, dict) else None
    file, where = source.file, source.locate("chapters")
    if not isinstance(value, dict) or not isinstance(chapters, list):
        yield make_error("C001", f"{file} holds no list of chapters", _CURE, where)
        return
    if not isinstance(value.get("version"), str):
        hint = f'write "version": "{_VERSION}" at its beginning'
        yield make_error("C001", f'{file} has no "version"', hint, source.locate("version"))
    if len(chapters) > MOST_CHAPTERS:
        yield too_many_chapters(where)
    if not chapters:
        yield no_chapters(where)


class _Entry:
    """An entry of the list while it is read, with what is wrong in it."""

    def __init__(self, data: object, source: _Source, index: int, start: int) -> None:
        self.findings: list[Diagnostic] = []
        self._data: dict[str, Any] = data if isinstance(data, dict) else {}
        self._name = f"chapter {index + 1} in {source.file}"
        self._place = f"chapters[{index}]"
        self._source = source
        self._start = start

    def locations(self) -> Iterator[tuple[str, Location]]:
        """Yield where the entry and what apps list of it stands, by the names of our fields."""
        yield self._place, self._where()
        members = self._source.locate_members(self._start)
        for name, key in (("start", "startTime"), ("title", "title"), ("end", "endTime")):
            if key in members:
                yield f"{self._place}.{name}", members[key]

    def read(self) -> Chapter:
        start = _moment(self._data.get("startTime"))
        if start is None:
            message = f'{self._name} has no "startTime" in seconds'
            hint = 'write "startTime" as a number such as 62.5, without quotes'
            self.findings.append(make_error("C001", message, hint, self._where("startTime")))
        return Chapter(
            start=start or timedelta(),
            title=self._text("title"),
            url=self._address("url"),
            img=self._address("img"),
            end=self._end(start),
            hidden=self._is_hidden(),
            place=self._read_place(),
        )

    def _text(self, key: str) -> str | None:
        value = self._data.get(key)
        if value is not None and not isinstance(value, str):
            self._warn(key, "is no text", "write it in quotes")
            return None
        return _line(value)

    def _address(self, key: str) -> str | None:
        value = self._text(key)
        address = parse_url(value) if value else None
        if isinstance(address, Problem):
            message = f'the "{key}" of {self._name} is of no use to apps: {address.message}'
            self.findings.append(make_warning("C007", message, address.hint, self._where(key)))
            return None
        return address

    def _end(self, start: timedelta | None) -> timedelta | None:
        value = self._data.get("endTime")
        end = _moment(value)
        if value is None or (end is not None and (start is None or end > start)):
            return end
        hint = "write a number of seconds that is greater than startTime, or leave it out"
        self._warn("endTime", "is no moment after its beginning", hint)
        return None

    def _is_hidden(self) -> bool:
        toc = self._data.get("toc", True)
        if not isinstance(toc, bool):
            self._warn("toc", "is neither true nor false", 'write "toc": false to hide the chapter, without quotes')
        return toc is False

    def _read_place(self) -> Place | None:
        value = self._data.get("location")
        if value is None:
            return None
        fields = value if isinstance(value, dict) else {}
        name, geo, osm = (_line(fields.get(key)) for key in ("name", "geo", "osm"))
        if name is None:
            hint = 'write {"name": "Los Angeles", "geo": "geo:34.05,-118.24"}'
            self._warn("location", "has no name", hint)
            return None
        return Place(name=name, geo=geo, osm=osm)

    def _where(self, *keys: str) -> Location:
        return self._source.locate(*keys, start=self._start)

    def _warn(self, key: str, what: str, hint: str) -> None:
        message = f'the "{key}" of {self._name} {what}'
        self.findings.append(make_warning("C007", message, hint, self._where(key)))


def _moment(value: object) -> timedelta | None:
    """Return a number of seconds as a length of time; a bool, infinity or what lies beyond reason is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return timedelta(seconds=value) if 0 <= value < _LONGEST.total_seconds() else None


def _line(value: object) -> str | None:
    return " ".join(clean_text(value).split()) or None if isinstance(value, str) else None
