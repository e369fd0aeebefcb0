"""Read transcript files, and prepare them for publishing, with WebVTT and SRT files made from their cues."""

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
from podcastkit.text.syntax.text_encoding import decode, remove_invisible
from podcastkit.text.transcripts.cues import END, MILLISECOND, START, check_cues, find_end
from podcastkit.text.transcripts.html import has_words, read_html_transcript, shift_html_transcript
from podcastkit.text.transcripts.html_page import clean_page
from podcastkit.text.transcripts.json import (
    find_time,
    is_namespace_format,
    read_segments,
    shift_segments,
    write_segments,
)
from podcastkit.text.transcripts.vtt_srt import read_srt, read_vtt, shift_srt, shift_vtt
from podcastkit.text.transcripts.writer import write_srt, write_vtt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.text.transcripts.cues import Cue, Locate, Part, Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class _Format:
    """How a transcript format is read, shifted and written."""

    content_type: str
    read: Callable[[str, str], Reading] | None = None
    """Reads the cues; None for a format without times."""
    shift: Callable[[str, timedelta], str] | None = None
    """Shifts the times; None for a format without times."""
    write: Callable[[Iterable[Cue]], bytes] | None = None
    """Writes subtitles for a language that lacks them; None for a format that podcastkit does not write."""


_FORMATS = {
    ".vtt": _Format(content_type="text/vtt", read=read_vtt, shift=shift_vtt, write=write_vtt),
    ".srt": _Format(content_type="application/x-subrip", read=read_srt, shift=shift_srt, write=write_srt),
    ".json": _Format(content_type="application/json", read=read_segments, shift=shift_segments),
    ".html": _Format(content_type="text/html", read=read_html_transcript, shift=shift_html_transcript),
    ".txt": _Format(content_type="text/plain"),
}
"""The formats in the order of the feed: Apple prefers WebVTT (https://podcasters.apple.com/support/5316)."""
_OTHER_CONTENT_TYPES = {"application/srt": ".srt", "text/srt": ".srt"}
"""Other content types in feeds, with the file extension of their format."""
_ORDER = tuple(_FORMATS)
_SUBTITLE_SOURCES = (".vtt", ".json", ".srt", ".html")
"""The formats from which subtitles are made, the most precise first."""
_CUE_MARKS = ("-->", '"body"', "<time")
"""Text that appears once per cue in WebVTT and SRT, in JSON, and in HTML."""
_MAX_CUES = 50_000
"""A recording of 24 hours has 43,200 cues of two seconds."""
_MAX_SIMILAR = 10
"""The limit for findings with the same code per file: a faulty export has the same error in every line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    """A transcript to publish, with its cues if it has times."""

    document: Document
    cues: tuple[Cue, ...] = ()


def read_transcript(data: bytes, file: str, language: str | None = None) -> Parsed[Transcript | None]:
    """Read a `.vtt`, `.srt`, `.json`, `.html` or `.txt` transcript; return None if it cannot be published.

    Most files are published unchanged. But invisible characters (N103) and unsafe HTML (T110) are removed, UTF-16
    becomes UTF-8, and the JSON of Whisper is converted.

    Errors: N001, N003 and N004 for files that are not text, T001 for a format that does not match the file name,
    T002 for an unreadable time, T003 for an end before its start, T004 for an invalid JSON segment, T013 for too
    many cues. A file without words is not published either (T007, a warning). All other findings are warnings.
    """
    text, findings = decode(data, file)
    if text is None:
        return Parsed(None, findings)
    if INVISIBLE.search(text):
        text, invisible_findings = remove_invisible(text, file=file)
        data, findings = text.encode(), (*findings, *invisible_findings)
    if max(text.count(mark) for mark in _CUE_MARKS) > _MAX_CUES:
        return Parsed(None, (*findings, _report_too_many_cues(file)))
    suffix = get_suffix(file)
    safe_text, unsafe_findings = clean_page(text, file) if suffix == ".html" else (text, ())
    read = _FORMATS[suffix].read
    cues, cue_findings = read(text, file) if read else Parsed(())
    if len(cues) > _MAX_CUES:  # the JSON of Whisper has times for words too
        return Parsed(None, (*findings, _report_too_many_cues(file)))
    locate = _make_locate(text, suffix, file)
    findings = (*findings, *unsafe_findings, *_limit_similar_findings((*cue_findings, *check_cues(cues, locate))))
    if has_errors(findings):
        return Parsed(None, findings)
    if not (cues or _has_words(text, suffix)):
        return Parsed(None, (*findings, _report_empty(file)))
    body = _convert_to_utf8(data, text, suffix) if safe_text == text else safe_text.encode()
    if suffix == ".json" and not is_namespace_format(text):
        body = write_segments(cues)
    document = Document(
        body=body,
        suffix=suffix,
        content_type=_FORMATS[suffix].content_type,
        language=language,
        source=file,
        end=find_end(cues) if cues else None,
        ending=_locate_end(cues, locate) if cues else None,
        is_open=bool(cues) and cues[-1].end is None,
    )
    return Parsed(Transcript(document=document, cues=cues), findings)


def shift_transcript(document: Document, offset: timedelta) -> Document:
    """Shift the times of a transcript by `offset`, which can be negative; plain text is unchanged.

    Cues that end at or before 0 are dropped, and cues that begin before 0 then begin at 0.
    """
    shift = _FORMATS[document.suffix].shift
    text, _ = decode(document.body, document.source or "")
    if shift is None or text is None:
        return document
    offset = round(offset / MILLISECOND) * MILLISECOND  # the precision of all these formats
    end = None if document.end is None else max(document.end + offset, timedelta())
    return replace(document, body=shift(text, offset).encode(), end=end)


def get_suffix(file: str) -> str:
    """Return the standard file extension for the format of a file: `.html` for `.HTM`."""
    suffix = "." + file.lower().rpartition(".")[2]
    return ".html" if suffix == ".htm" else suffix


def find_suffix(content_type: str, file: str) -> str | None:
    """Return the file extension for a content type. For an unknown type, return the extension of the file name.

    Return None if the file extension is unknown, too.
    """
    by_type = {form.content_type: suffix for suffix, form in _FORMATS.items()} | _OTHER_CONTENT_TYPES
    suffix = get_suffix(file)
    return by_type.get(content_type) or (suffix if suffix in _FORMATS else None)


def prepare_documents(transcripts: Iterable[Transcript]) -> tuple[Document, ...]:
    """Return the documents in the order of the feed; add the WebVTT and SRT that a language lacks.

    The language of the show is first. The order within a language is WebVTT, SRT, JSON, HTML, plain text.
    """
    by_language: dict[str | None, dict[str, Transcript]] = {}
    for transcript in transcripts:
        document = transcript.document
        by_language.setdefault(document.language, {})[document.suffix] = transcript
    documents: list[Document] = []
    for language in sorted(by_language, key=lambda language: language or ""):
        by_suffix = by_language[language]
        unsorted = [
            *(transcript.document for transcript in by_suffix.values()),
            *_write_missing_subtitles(by_suffix),
        ]
        documents += sorted(unsorted, key=lambda document: _ORDER.index(document.suffix))
    return tuple(documents)


def _write_missing_subtitles(by_suffix: Mapping[str, Transcript]) -> Iterator[Document]:
    """Yield the subtitles that a language lacks, made from its most precise transcript with times."""
    timed = (by_suffix[suffix] for suffix in _SUBTITLE_SOURCES if suffix in by_suffix and by_suffix[suffix].cues)
    source = next(timed, None)
    for suffix, form in _FORMATS.items():
        if source and form.write and suffix not in by_suffix:
            body, language = form.write(source.cues), source.document.language
            yield Document(body=body, suffix=suffix, content_type=form.content_type, language=language)


def _has_words(text: str, suffix: str) -> bool:
    """Return whether a transcript without times contains text; in other formats, all words have times."""
    if suffix == ".html":
        return has_words(text)
    return suffix == ".txt" and bool(text.strip())


def _make_locate(text: str, suffix: str, file: str) -> Locate:
    """Return a function that locates the times of a cue in the file."""
    positions = Positions(text, file)

    def locate(cue: Cue, part: Part) -> Location:
        at = cue.at if part == START else cue.end_at
        return positions.locate(find_time(text, at, part) if suffix == ".json" else at)

    return locate


def _locate_end(cues: Iterable[Cue], locate: Locate) -> Location:
    """Return the location of the latest time in the file."""
    last = max(cues, key=lambda cue: cue.end or cue.start)
    return locate(last, START if last.end is None else END)


def _convert_to_utf8(data: bytes, text: str, suffix: str) -> bytes:
    """Convert UTF-16 to UTF-8, and remove the byte order mark from JSON; return other bytes unchanged."""
    is_utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    has_forbidden_bom = suffix == ".json" and data.startswith(codecs.BOM_UTF8)  # RFC 8259 §8.1
    return text.encode() if is_utf16 or has_forbidden_bom else data


def _limit_similar_findings(findings: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the first findings of each code; the last of them states how many more there are."""
    total = Counter(finding.code for finding in findings)
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.code] += 1
        more = total[finding.code] - _MAX_SIMILAR
        if seen[finding.code] == _MAX_SIMILAR and more > 0:
            yield replace(finding, message=f"{finding.message} (and {more:,} more like this)")
        elif seen[finding.code] <= _MAX_SIMILAR:
            yield finding


def _report_too_many_cues(file: str) -> Diagnostic:
    message = f"{file} has more than {_MAX_CUES:,} cues (timed passages)"
    return make_error("T013", message, "replace it with the right file", Location(file=file))


def _report_empty(file: str) -> Diagnostic:
    fix = "export it again, or delete it"
    return make_warning("T007", f"{file} contains no words, so it is not published", fix, Location(file=file))
