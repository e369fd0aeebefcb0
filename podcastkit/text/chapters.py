"""Chapter files → the JSON chapters that apps read (podcast namespace, jsonChapters 1.2)."""

from __future__ import annotations

import json
import math
import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Location, Severity, has_errors
from podcastkit.model import Chapter, Document
from podcastkit.text.decoding import decode, remove_forbidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CONTENT_TYPE = "application/json+chapters"
_VERSION = "1.2.0"
_FEWEST_IN_NOTES = 3
_JSON_CURE = f'write {{"version": "{_VERSION}", "chapters": [{{"startTime": 0, "title": "Welcome"}}]}}'
_LINE = re.compile(
    r"""
    [(\[]? (?:(?P<hours>[0-9]{1,3}):(?=[0-9]{1,2}:))? (?P<minutes>[0-9]{1,3}):(?P<seconds>[0-9]{2})
    (?:[.,](?P<fraction>[0-9]{1,3}))? [)\]]?
    (?: [-\u2013\u2014|:]\s* | \s+(?:[-\u2013\u2014|:]\s+)? ) (?P<title>\S.*)
    """,
    re.VERBOSE,
)


def read_chapters(data: bytes, file: str) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """Read chapters.json (published as it is, once checked) or chapters.txt with a line `00:00 Title` per chapter.

    Errors: C001 JSON that holds no chapters, C002 an unreadable line, C003 chapters that do not ascend. A file
    without any chapter is a warning (C004) and publishes nothing.
    """
    text, findings = decode(data, file)
    if text is None:
        return None, findings
    if file.lower().endswith(".json"):
        return _read_json(data, text, file)
    return _read_lines(text, file)


def find_chapters(notes: str) -> tuple[Chapter, ...]:
    """Find chapters in the plain text of notes: three or more lines `0:00 Title`, ascending from 0:00; else none.

    These are Spotify's rules for timestamps in descriptions.
    """
    chapters = tuple(chapter for line in notes.split("\n") if (chapter := _read_line(line.lstrip("•* -"))))
    is_list = len(chapters) >= _FEWEST_IN_NOTES and not chapters[0].start and _ascends(chapters)
    return chapters if is_list else ()


def write_chapters(chapters: Iterable[Chapter]) -> Document:
    """Write chapters as a JSON chapters document; starts are in seconds."""
    listed = [_json_chapter(chapter) for chapter in chapters]
    body = json.dumps({"version": _VERSION, "chapters": listed}, ensure_ascii=False, indent=1)
    return _document(body.encode() + b"\n")


def _document(body: bytes) -> Document:
    return Document(body=body, suffix=".json", content_type=_CONTENT_TYPE)


def _json_chapter(chapter: Chapter) -> dict[str, object]:
    seconds = round(chapter.start.total_seconds(), 3)
    start = int(seconds) if seconds.is_integer() else seconds
    url = {"url": chapter.url} if chapter.url else {}
    return {"startTime": start, "title": chapter.title, **url}


def _read_json(data: bytes, text: str, file: str) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return None, (_unreadable_json(file, error.msg, error.lineno, error.colno),)
    except (ValueError, RecursionError) as error:
        return None, (_unreadable_json(file, str(error)),)
    findings = tuple(_json_findings(value, file))
    if findings:
        return None, findings
    # JSON for the web is UTF-8 without a mark at its beginning (RFC 8259 §8.1).
    return _document(data if data.lstrip().startswith(b"{") else text.encode()), ()


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number in JSON")


def _unreadable_json(file: str, reason: str, line: int | None = None, column: int | None = None) -> Diagnostic:
    return Diagnostic(
        code="C001",
        severity=Severity.ERROR,
        message=f"{file} is not JSON: {reason}",
        hint="mend it there, or write a chapters.txt instead, with a line like “00:00 Welcome” for each chapter",
        location=Location(file=file, line=line, column=column),
    )


def _json_findings(value: object, file: str) -> Iterator[Diagnostic]:
    chapters = value.get("chapters") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(chapters, list):
        yield _error("C001", f"{file} holds no list of chapters", _JSON_CURE, file)
        return
    if not isinstance(value.get("version"), str):
        yield _error("C001", f'{file} has no "version"', f'write "version": "{_VERSION}" at its beginning', file)
    for number, chapter in enumerate(chapters, 1):
        start = chapter.get("startTime") if isinstance(chapter, dict) else None
        if not _is_moment(start):
            message = f'chapter {number} in {file} has no "startTime" in seconds'
            yield _error("C001", message, 'write "startTime" as a number such as 62.5, without quotes', file)
    if not chapters:
        yield _no_chapters(file)


def _is_moment(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value) and value >= 0
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _read_lines(text: str, file: str) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    clean, warnings = remove_forbidden(text, file=file)
    lines = [(number, line) for number, line in enumerate(clean.split("\n"), 1) if _says_something(line)]
    read = [(number, line, _read_line(line)) for number, line in lines]
    unreadable = tuple(_unreadable_line(file, number, line) for number, line, chapter in read if not chapter)
    chapters = [(number, chapter) for number, _, chapter in read if chapter]
    findings = (*warnings, *unreadable, *_order_findings(chapters, file))
    if has_errors(findings):
        return None, findings
    if not chapters:
        return None, (*findings, _no_chapters(file))
    return write_chapters(chapter for _, chapter in chapters), findings


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _read_line(line: str) -> Chapter | None:
    match = _LINE.fullmatch(line.strip())
    if match is None:
        return None
    hours, minutes, seconds = (int(match[part] or 0) for part in ("hours", "minutes", "seconds"))
    if seconds >= 60 or (match["hours"] and minutes >= 60):  # noqa: PLR2004 - the minute and the hour have sixty
        return None
    milliseconds = int((match["fraction"] or "0").ljust(3, "0"))
    start = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=milliseconds)
    return Chapter(start=start, title=match["title"])


def _unreadable_line(file: str, number: int, line: str) -> Diagnostic:
    message = f"“{line.strip()[:60]}” is no chapter"
    hint = "write the time and then the title, such as “00:00 Welcome” or “1:02:03 Questions”"
    return _error("C002", message, hint, file, number)


def _order_findings(chapters: list[tuple[int, Chapter]], file: str) -> Iterator[Diagnostic]:
    for (_, before), (line, chapter) in pairwise(chapters):
        if chapter.start <= before.start:
            message = f"“{chapter.title}” begins no later than “{before.title}” above it"
            yield _error("C003", message, "put the chapters in the order in which they are heard", file, line)


def _ascends(chapters: Iterable[Chapter]) -> bool:
    return all(before.start < after.start for before, after in pairwise(chapters))


def _no_chapters(file: str) -> Diagnostic:
    return Diagnostic(
        code="C004",
        severity=Severity.WARNING,
        message=f"{file} has no chapters in it, so none are published",
        hint="write a line like “00:00 Welcome” for each chapter, or delete the file",
        location=Location(file=file),
    )


def _error(code: str, message: str, hint: str, file: str, line: int | None = None) -> Diagnostic:
    location = Location(file=file, line=line)
    return Diagnostic(code=code, severity=Severity.ERROR, message=message, hint=hint, location=location)
