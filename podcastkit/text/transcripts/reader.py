"""Read a transcript file, and choose what to publish of it, with WebVTT and SRT made from timed ones."""

from __future__ import annotations

import codecs
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Location, has_errors, make_error, make_warning
from podcastkit.model import Document
from podcastkit.text.syntax.positions import Positions
from podcastkit.text.syntax.text_encoding import decode
from podcastkit.text.transcripts import json, vtt_srt
from podcastkit.text.transcripts.cues import END, MILLISECOND, START, check_cues, length_of
from podcastkit.text.transcripts.html import read_monologues, shift_monologues
from podcastkit.text.transcripts.json import read_segments, shift_segments
from podcastkit.text.transcripts.vtt_srt import read_srt, read_vtt, shift_srt, shift_vtt
from podcastkit.text.transcripts.writer import write_srt, write_vtt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.text.transcripts.cues import Cue, Locate, Part, Reading

_TYPES = {
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".json": "application/json",
    ".html": "text/html",
    ".txt": "text/plain",
}
"""In the order in which apps are offered them: Apple prefers WebVTT (https://podcasters.apple.com/support/5316)."""
_FORMATS = tuple(_TYPES)
_SOURCES = (".vtt", ".json", ".srt", ".html")
"""What subtitles are made of, the most precise first."""
_WRITERS = {".vtt": write_vtt, ".srt": write_srt}
_SHIFTS = {".vtt": shift_vtt, ".srt": shift_srt, ".json": shift_segments, ".html": shift_monologues}
_MARKS = ("-->", '"body"', "<time")
"""What stands once in each cue: of subtitles, of JSON, of HTML."""
_MOST_CUES = 50_000
"""A day has 43,200 of two seconds."""
_MOST = 10
"""Findings of one kind about one file; what is exported wrongly is wrong in every line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """What is published of a file, and its cues when it has times."""

    document: Document
    cues: tuple[Cue, ...] = ()


def read_transcript(
    data: bytes, file: str, language: str | None = None
) -> tuple[Transcript | None, tuple[Diagnostic, ...]]:
    """Read a `.vtt`, `.srt`, `.json`, `.html` or `.txt` transcript, which is published as it is.

    It is None when there is an error: its bytes are no text (N001, N003, N004), T001 it is not what its name says,
    T002 an unreadable time, T003 an end before its beginning, T004 a broken segment of JSON, T013 too many cues.
    Without a word in it there is a warning (T007) and nothing is published, either. T005, T006, T009 to T012 are
    warnings alone.
    """
    suffix = format_of(file)
    text, findings = decode(data, file)
    if text is None:
        return None, findings
    if max(text.count(mark) for mark in _MARKS) > _MOST_CUES:
        message = f"{file} has more than {_MOST_CUES:,} lines with times"
        return None, (
            *findings,
            make_error("T013", message, "put the right file in its place", Location(file=file)),
        )
    (cues, found), says_something = _read(text, suffix, file)
    locate = _locator(text, suffix, file)
    findings = (*findings, *_capped((*found, *check_cues(cues, locate))))
    if has_errors(findings):
        return None, findings
    if not says_something:
        return None, (*findings, _empty(file))
    document = Document(
        body=_as_utf8(data, text, suffix),
        suffix=suffix,
        content_type=_TYPES[suffix],
        language=language,
        source=file,
        end=length_of(cues) if cues else None,
        ending=_ending(cues, locate) if cues else None,
        is_open=bool(cues) and cues[-1].end is None,
    )
    return Transcript(document=document, cues=cues), findings


def shift_transcript(document: Document, offset: timedelta) -> Document:
    """Return a transcript of a master as its words are heard `offset` later, or earlier; plain text has no times.

    What is over before 0 is left out, and what is not yet over begins at 0.
    """
    shift = _SHIFTS.get(document.suffix)
    text, _ = decode(document.body, document.source or "")
    if shift is None or text is None:
        return document
    offset = round(offset / MILLISECOND) * MILLISECOND  # in which all these formats tell times
    end = None if document.end is None else max(document.end + offset, timedelta())
    return replace(document, body=shift(text, offset).encode(), end=end)


def format_of(file: str) -> str:
    """Return the ending that stands for a file's format: `.html` for `.HTM`."""
    suffix = "." + file.lower().rpartition(".")[2]
    return ".html" if suffix == ".htm" else suffix


def offer(transcripts: Iterable[Transcript]) -> tuple[Document, ...]:
    """Return the documents in the order of the feed, with the WebVTT and SRT that their languages lack.

    The show's language comes first; within each WebVTT, SRT, JSON, HTML and plain text.
    """
    by_language: dict[str | None, list[Transcript]] = {}
    for transcript in transcripts:
        by_language.setdefault(transcript.document.language, []).append(transcript)
    offered = [
        document
        for given in by_language.values()
        for document in (*(transcript.document for transcript in given), *_made(given))
    ]
    return tuple(sorted(offered, key=_place))


def _place(document: Document) -> tuple[bool, str, int]:
    return document.language is not None, document.language or "", _FORMATS.index(document.suffix)


def _made(given: Sequence[Transcript]) -> Iterator[Document]:
    timed = {transcript.document.suffix: transcript for transcript in given if transcript.cues}
    source = next((timed[suffix] for suffix in _SOURCES if suffix in timed), None)
    formats = {transcript.document.suffix for transcript in given}
    for suffix, write in _WRITERS.items():
        if source and suffix not in formats:
            language = source.document.language
            yield Document(body=write(source.cues), suffix=suffix, content_type=_TYPES[suffix], language=language)


def _read(text: str, suffix: str, file: str) -> tuple[Reading, bool]:
    """Return what a file says, and whether that is anything."""
    if suffix == ".html":
        return read_monologues(text, file)
    if suffix == ".txt":
        return ((), ()), bool(text.strip())
    read = {".vtt": read_vtt, ".srt": read_srt, ".json": read_segments}[suffix]
    reading = read(text, file)
    return reading, bool(reading[0])


def _locator(text: str, suffix: str, file: str) -> Locate:
    """Return what tells where in the file a cue's times stand."""
    positions = Positions(text, file)
    finders = {".vtt": vtt_srt.find_time, ".srt": vtt_srt.find_time, ".json": json.find_time}

    def locate(cue: Cue, part: Part) -> Location:
        at = cue.at if part == START else cue.end_at
        return positions.locate(finders[suffix](text, at, part) if suffix in finders else at)

    return locate


def _ending(cues: Iterable[Cue], locate: Locate) -> Location:
    """Return where the last moment stands that the file speaks of."""
    last = max(cues, key=lambda cue: cue.end or cue.start)
    return locate(last, START if last.end is None else END)


def _as_utf8(data: bytes, text: str, suffix: str) -> bytes:
    """Return the bytes as they are, unless apps could not read them: all these formats are UTF-8 on the web."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    has_forbidden_mark = suffix == ".json" and data.startswith(codecs.BOM_UTF8)  # RFC 8259 §8.1
    return text.encode() if is_utf16 or has_forbidden_mark else data


def _capped(findings: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the first of each kind, the last of them with how many more there are."""
    total = Counter(finding.code for finding in findings)
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.code] += 1
        more = total[finding.code] - _MOST
        if seen[finding.code] == _MOST and more > 0:
            yield replace(finding, message=f"{finding.message} (and {more:,} more like this)")
        elif seen[finding.code] <= _MOST:
            yield finding


def _empty(file: str) -> Diagnostic:
    cure = "export it again, or delete the file"
    return make_warning("T007", f"{file} says nothing, so it is not published", cure, Location(file=file))
