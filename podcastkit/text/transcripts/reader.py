"""Read a transcript file, and choose what to publish of it, with WebVTT and SRT made from timed ones."""

from __future__ import annotations

import codecs
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Location, Parsed, has_errors, make_error, make_warning
from podcastkit.model import Document
from podcastkit.text.cleaning import INVISIBLE
from podcastkit.text.syntax.positions import Positions
from podcastkit.text.syntax.text_encoding import decode, remove_forbidden
from podcastkit.text.transcripts.cues import END, MILLISECOND, START, check_cues, length_of
from podcastkit.text.transcripts.html import has_words, read_monologues, shift_monologues
from podcastkit.text.transcripts.html_page import clean_page
from podcastkit.text.transcripts.json import find_time, is_published, read_segments, shift_segments, write_segments
from podcastkit.text.transcripts.vtt_srt import read_srt, read_vtt, shift_srt, shift_vtt
from podcastkit.text.transcripts.writer import write_srt, write_vtt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.text.transcripts.cues import Cue, Locate, Part, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class _Format:
    """How a format is published and read."""

    content_type: str
    read: Callable[[str, str], Reading] | None = None
    """Reads the cues; None: the format has no times."""
    shift: Callable[[str, timedelta], str] | None = None
    write: Callable[[Iterable[Cue]], bytes] | None = None
    """Writes subtitles for a language that lacks them; None: the format is not written."""


_FORMATS = {
    ".vtt": _Format(content_type="text/vtt", read=read_vtt, shift=shift_vtt, write=write_vtt),
    ".srt": _Format(content_type="application/x-subrip", read=read_srt, shift=shift_srt, write=write_srt),
    ".json": _Format(content_type="application/json", read=read_segments, shift=shift_segments),
    ".html": _Format(content_type="text/html", read=read_monologues, shift=shift_monologues),
    ".txt": _Format(content_type="text/plain"),
}
"""In the order in which apps are offered them: Apple prefers WebVTT (https://podcasters.apple.com/support/5316)."""
_OTHER_TYPES = {"application/srt": ".srt", "text/srt": ".srt"}
_ORDER = tuple(_FORMATS)
_SOURCES = (".vtt", ".json", ".srt", ".html")
"""What subtitles are made of, the most precise first."""
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


def read_transcript(data: bytes, file: str, language: str | None = None) -> Parsed[Transcript | None]:
    """Read a `.vtt`, `.srt`, `.json`, `.html` or `.txt` transcript; all but Whisper's JSON is published as it is.

    Of HTML, what a browser would run is left out (T110, a warning), and of each invisible characters (N103, too).

    It is None when there is an error: its bytes are no text (N001, N003, N004), T001 it is not what its name says,
    T002 an unreadable time, T003 an end before its beginning, T004 a broken segment of JSON, T013 too many cues.
    Without a word in it there is a warning (T007) and nothing is published, either. T005, T006, T009 to T012 are
    warnings alone.
    """
    text, findings = decode(data, file)
    if text is None:
        return Parsed(None, findings)
    if INVISIBLE.search(text):
        text, invisible = remove_forbidden(text, file=file)
        data, findings = text.encode(), (*findings, *invisible)
    if max(text.count(mark) for mark in _MARKS) > _MOST_CUES:
        return Parsed(None, (*findings, _too_many_cues(file)))
    suffix = format_of(file)
    page, dangers = clean_page(text, file) if suffix == ".html" else (text, ())
    read = _FORMATS[suffix].read
    cues, found = read(text, file) if read else Parsed(())
    if len(cues) > _MOST_CUES:  # of Whisper, whose words have times too
        return Parsed(None, (*findings, _too_many_cues(file)))
    locate = _locator(text, suffix, file)
    findings = (*findings, *dangers, *_capped((*found, *check_cues(cues, locate))))
    if has_errors(findings):
        return Parsed(None, findings)
    if not (cues or _has_words(text, suffix)):
        return Parsed(None, (*findings, _empty(file)))
    body = _as_utf8(data, text, suffix) if page == text else page.encode()
    if suffix == ".json" and not is_published(text):
        body = write_segments(cues)
    document = Document(
        body=body,
        suffix=suffix,
        content_type=_FORMATS[suffix].content_type,
        language=language,
        source=file,
        end=length_of(cues) if cues else None,
        ending=_ending(cues, locate) if cues else None,
        is_open=bool(cues) and cues[-1].end is None,
    )
    return Parsed(Transcript(document=document, cues=cues), findings)


def shift_transcript(document: Document, offset: timedelta) -> Document:
    """Return a transcript of a master as its words are heard `offset` later, or earlier; plain text has no times.

    What is over before 0 is left out, and what is not yet over begins at 0.
    """
    shift = _FORMATS[document.suffix].shift
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


def find_suffix(content_type: str, file: str) -> str | None:
    """Return the ending of a format by its type, or else by the name of a file; None when it is not one of ours."""
    by_type = {form.content_type: suffix for suffix, form in _FORMATS.items()} | _OTHER_TYPES
    suffix = format_of(file)
    return by_type.get(content_type) or (suffix if suffix in _FORMATS else None)


def offer(transcripts: Iterable[Transcript]) -> tuple[Document, ...]:
    """Return the documents in the order of the feed, with the WebVTT and SRT that their languages lack.

    The show's language comes first; within each WebVTT, SRT, JSON, HTML and plain text.
    """
    by_language: dict[str | None, dict[str, Transcript]] = {}
    for transcript in transcripts:
        document = transcript.document
        by_language.setdefault(document.language, {})[document.suffix] = transcript
    offered: list[Document] = []
    for language in sorted(by_language, key=lambda language: language or ""):
        given = by_language[language]
        documents = [*(transcript.document for transcript in given.values()), *_write_missing(given)]
        offered += sorted(documents, key=lambda document: _ORDER.index(document.suffix))
    return tuple(offered)


def _write_missing(given: Mapping[str, Transcript]) -> Iterator[Document]:
    """Yield the subtitles that a language lacks, made of its most precise transcript with times."""
    source = next((given[suffix] for suffix in _SOURCES if suffix in given and given[suffix].cues), None)
    for suffix, form in _FORMATS.items():
        if source and form.write and suffix not in given:
            body, language = form.write(source.cues), source.document.language
            yield Document(body=body, suffix=suffix, content_type=form.content_type, language=language)


def _has_words(text: str, suffix: str) -> bool:
    """Tell whether a transcript without times says anything; the other formats have a time for all words."""
    if suffix == ".html":
        return has_words(text)
    return suffix == ".txt" and bool(text.strip())


def _locator(text: str, suffix: str, file: str) -> Locate:
    """Return what tells where in the file a cue's times stand."""
    positions = Positions(text, file)

    def locate(cue: Cue, part: Part) -> Location:
        at = cue.at if part == START else cue.end_at
        return positions.locate(find_time(text, at, part) if suffix == ".json" else at)

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


def _too_many_cues(file: str) -> Diagnostic:
    message = f"{file} has more than {_MOST_CUES:,} lines with times"
    return make_error("T013", message, "put the right file in its place", Location(file=file))


def _empty(file: str) -> Diagnostic:
    cure = "export it again, or delete the file"
    return make_warning("T007", f"{file} says nothing, so it is not published", cure, Location(file=file))
