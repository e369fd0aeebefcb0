"""Read the cues of WebVTT and SRT, and report the location of everything that apps cannot read.

WebVTT is specified at https://www.w3.org/TR/webvtt1/. Text that its parser (§6) drops silently is a finding here.
SRT has no specification: this module reads what players read, and warns about syntax that some of them reject.

Existing libraries do not report line numbers, and most ignore errors, so podcastkit has its own parser. The tests
compare it with two of them.
"""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.diagnostics import Location, Parsed, make_error, make_warning
from podcastkit.text.syntax.positions import count_indent, find_line_starts
from podcastkit.text.timecodes import format_timestamp, parse_clock
from podcastkit.text.transcripts.cues import MAX_TIME, Cue, clean_cue_text
from podcastkit.text.transcripts.rolling import find_new_texts
from podcastkit.text.transcripts.speakers import find_speakers, split_speakers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.text.transcripts.cues import Reading

_ARROW = "-->"
_VTT_TIME = r"(?:([0-9]+):)?([0-9]{2}):([0-9]{2})\.([0-9]{3})"
_SRT_TIME = r"([0-9]+):([0-9]{1,2}):([0-9]{1,2})[,.]([0-9]{1,3})"
_VTT_TIMING = re.compile(rf"[ \t\f]*{_VTT_TIME}[ \t\f]*-->[ \t\f]*{_VTT_TIME}(?![0-9]).*")
_SRT_TIMING = re.compile(rf"\s*{_SRT_TIME}\s*-->\s*{_SRT_TIME}(?![0-9]).*")
_INLINE_TIME = re.compile(rf"(?<=<){_VTT_TIME}(?=>)")
"""The time at which the words after it begin, inside a WebVTT cue."""
_NEARLY_TIMING = re.compile(r"\s*[0-9]+:[0-9]{2}[0-9:.,]*\s*(?:[-\u2013\u2014=]+>|\u2192)\s*[0-9]+:[0-9]{2}")
"""A line that looks like a timing line but has another arrow."""
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
"""The first line of a WebVTT file."""
_NOTE_STYLE_REGION = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
_VOICE = re.compile(r"<(/?)v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>")
_VTT_MARKUP = re.compile(r"</?(?:c|i|b|u|ruby|rt|lang|v)(?:[.\s][^<>]*)?>|<[0-9:.]+>")
_SRT_MARKUP = re.compile(r"</?(?:i|b|u|s|c|font)(?:[.\s][^<>]*)?>|<[0-9:.,]+>|\{\\[^{}]*\}", re.IGNORECASE)
_MAX_EXCERPT = 60

Voice = tuple[str | None, str]
"""A speaker, if known, and the words."""

_TimedWords = tuple[Cue, list[Voice]]
"""A cue without its text, and the text by speaker."""

_Paragraph = tuple[int, tuple[str, ...]]
"""The index of the first line of a paragraph, and its lines."""


class _Block(NamedTuple):
    """The lines of a cue, as indexes."""

    start: int
    """The line of the identifier or number, or the same as `timing` if there is no such line."""
    timing: int
    """The timing line."""
    end: int
    """The start of the next cue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Format:
    """The differences between the two formats."""

    timing: re.Pattern[str]
    """A valid timing line."""
    time: re.Pattern[str]
    """A time in a timing line."""
    strict: re.Pattern[str]
    """A timing line with as many digits as all apps require."""
    fix: str
    """The fix for an unreadable time."""
    is_blank: Callable[[str], bool]
    is_identifier: Callable[[Sequence[str], int], bool]
    """Returns whether the line at an index is the identifier or number of a cue."""
    split_voices: Callable[[str], list[Voice]]
    """Splits the text of a cue by speaker, and removes its markup."""
    is_vtt: bool


def read_vtt(text: str, file: str) -> Reading:
    """Read WebVTT.

    Errors: T001 for a missing signature or missing times, T002 for an unreadable time. Warnings: T006 for text
    without a time, T009 for syntax that some apps reject, T014 for rolling captions.
    """
    lines = text.split("\n")
    if not _SIGNATURE.fullmatch(lines[0]):
        return Parsed((), (_report_no_signature(lines, file),))
    cues, findings = _read_cues(lines, _VTT, file)
    if findings and not any(map(_is_timing_line, lines)):
        return Parsed((), (_report_no_times(file, "WebVTT", findings[0].location),))
    return Parsed(cues, (*findings, *_find_unusual_syntax(lines, _VTT, file)))


def read_srt(text: str, file: str) -> Reading:
    """Read SRT.

    Errors: T001 for another format, T002 for an unreadable time. Warnings: as in `read_vtt`.
    """
    lines = text.split("\n")
    if _SIGNATURE.fullmatch(lines[0]):
        fix = "change the file extension to .vtt"
        return Parsed((), (make_error("T001", f"{file} is WebVTT, not SRT", fix, _locate_start(file)),))
    if text.strip() and not any(map(_is_timing_line, lines)):
        return Parsed((), (_report_no_times(file, "SRT", None),))
    cues, findings = _read_cues(lines, _SRT, file)
    return Parsed(cues, (*findings, *_find_unusual_syntax(lines, _SRT, file)))


def shift_vtt(text: str, offset: timedelta) -> str:
    """Shift the times of WebVTT that `read_vtt` accepts; drop cues that end at or before 0."""
    return _shift_cues(text, _VTT, offset)


def shift_srt(text: str, offset: timedelta) -> str:
    """Shift the times of SRT that `read_srt` accepts; drop cues that end at or before 0; renumber later cues."""
    return _shift_cues(text, _SRT, offset)


def _shift_cues(text: str, form: _Format, offset: timedelta) -> str:
    """Shift the timing lines, and the times inside the text of WebVTT; drop cues that end at or before 0."""
    lines = text.split("\n")
    blocks = _find_blocks(lines, form)
    shift = partial(_shift_time, offset=offset)
    shifted = lines[: blocks[0].start] if blocks else lines
    kept = 0
    for index, block in enumerate(blocks):
        times = _parse_times(lines[block.timing], form)
        if times and times[1] + offset <= timedelta():
            continue
        kept += 1
        # Numbers in SRT are consecutive. WebVTT has identifiers, which are kept.
        is_renumbered = not form.is_vtt and kept <= index and block.start < block.timing
        shifted += [str(kept)] if is_renumbered else lines[block.start : block.timing]
        shifted.append(form.time.sub(shift, lines[block.timing], count=2))
        words = lines[block.timing + 1 : block.end]
        shifted += (_INLINE_TIME.sub(shift, line) for line in words) if form.is_vtt else words
    return "\n".join(shifted)


def _shift_time(match: re.Match[str], offset: timedelta) -> str:
    """Return the shifted time, at least 0; an invalid time is unchanged."""
    moment = _parse_time(match.groups())
    if moment is None:
        return match[0]
    return format_timestamp(max(moment + offset, timedelta()), mark="," if "," in match[0] else ".")


def _find_end_time(line: str) -> int:
    """Return the position of the end time in a timing line."""
    start = line.index(_ARROW) + len(_ARROW)
    return start + count_indent(line[start:])


def _is_timing_line(line: str) -> bool:
    """Return whether a line is meant as a timing line, even if its times are invalid."""
    return _ARROW in line or _NEARLY_TIMING.match(line) is not None


def _report_no_times(file: str, kind: str, where: Location | None) -> Diagnostic:
    message = f"{file} contains no times, so it is not {kind}"
    fix = f"export it again as {kind}; if it is plain text, change the file extension to .txt"
    return make_error("T001", message, fix, where or _locate_start(file))


def _report_no_signature(lines: Sequence[str], file: str) -> Diagnostic:
    first = next((line for line in lines if _ARROW in line), "")
    if _SRT_TIMING.match(first) and not _VTT_TIMING.match(first):
        return make_error(
            "T001", f"{file} is SRT, not WebVTT", "change the file extension to .srt", _locate_start(file)
        )
    fix = "write WEBVTT in the first line and leave the second line empty"
    return make_error(
        "T001", f"{file} does not begin with WEBVTT, so apps cannot read it", fix, _locate_start(file)
    )


def _locate_start(file: str) -> Location:
    return Location(file=file, line=1, column=1)


def _locate_line(file: str, number: int, line: str) -> Location:
    return Location(file=file, line=number, column=count_indent(line) + 1)


def _read_cues(lines: Sequence[str], form: _Format, file: str) -> Reading:
    """Read the cues: split them by speaker, and remove the text that rolling captions repeat."""
    blocks = _find_blocks(lines, form)
    findings = [_report_untimed(paragraph, file) for paragraph in _find_preamble(lines, blocks, form)]
    timed_words: list[_TimedWords] = []
    positions = find_line_starts(lines)
    for block in blocks:
        timing = lines[block.timing]
        paragraphs = list(_find_paragraphs(lines, block.timing + 1, block.end, form))
        if times := _parse_times(timing, form):
            at = positions[block.timing]
            end_at = at + _find_end_time(timing)
            cue = Cue(start=times[0], end=times[1], text="", at=at + count_indent(timing), end_at=end_at)
            # Text after an empty line still belongs to the cue.
            texts = itertools.chain.from_iterable(paragraph for _, paragraph in paragraphs)
            timed_words.append((cue, form.split_voices("\n".join(texts))))
        else:
            message = f"“{_shorten(timing)}” has no valid start and end time"
            where = Location(file=file, line=block.timing + 1, column=_find_time_error(timing, form) + 1)
            findings.append(make_error("T002", message, form.fix, where))
        # But apps show only the paragraph directly below the timing line.
        findings += (_report_untimed(part, file) for part in paragraphs if part[0] > block.timing + 1)
    if (unrolled := _unroll_captions(timed_words)) is not None:
        first_timing = _locate_line(file, blocks[0].timing + 1, lines[blocks[0].timing])
        findings.append(_report_rolling(file, "SRT" if form.is_vtt else "WebVTT", first_timing))
        timed_words = unrolled
    if not any(speaker for _, voices in timed_words for speaker, _ in voices):
        timed_words = _split_at_names(timed_words)
    return Parsed(tuple(part for cue, voices in timed_words for part in _split_cue(cue, voices)), tuple(findings))


def _find_blocks(lines: Sequence[str], form: _Format) -> list[_Block]:
    """Find the cues; the identifier of a cue belongs to that cue, not to the cue before it."""
    starts: list[tuple[int, int]] = []
    end = 0
    for timing in (index for index, line in enumerate(lines) if _is_timing_line(line)):
        has_identifier = end < timing and form.is_identifier(lines, timing - 1)
        starts.append((timing - 1 if has_identifier else timing, timing))
        end = timing + 1
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    return [_Block(start, timing, end) for (start, timing), end in zip(starts, ends, strict=False)]


def _find_preamble(lines: Sequence[str], blocks: Sequence[_Block], form: _Format) -> Iterator[_Paragraph]:
    """Yield the paragraphs before the first cue, without the header of WebVTT."""
    end = blocks[0].start if blocks else len(lines)
    header_end = next((index for index, line in enumerate(lines) if form.is_blank(line)), len(lines))
    return _find_paragraphs(lines, header_end if form.is_vtt else 0, end, form)


def _find_paragraphs(lines: Sequence[str], start: int, end: int, form: _Format) -> Iterator[_Paragraph]:
    """Yield the paragraphs of some lines, without the comments, styles and regions of WebVTT.

    In the lines of a cue, the first paragraph directly below the time is always text.
    """
    numbered = enumerate(lines[start:end], start)
    for is_blank, run in itertools.groupby(numbered, key=lambda line: form.is_blank(line[1])):
        if is_blank:
            continue
        index, first = next(run)
        if not (form.is_vtt and index > start and _NOTE_STYLE_REGION.fullmatch(first)):
            yield index, (first, *(line for _, line in run))


def _report_untimed(paragraph: _Paragraph, file: str) -> Diagnostic:
    index, lines = paragraph
    message = f"“{_shorten(lines[0])}” has no time, so apps do not show it"
    fix = "remove the empty line above it, or write its time above it"
    return make_warning("T006", message, fix, _locate_line(file, index + 1, lines[0]))


def _shorten(line: str) -> str:
    short = line.strip()
    return short if len(short) <= _MAX_EXCERPT else f"{short[:_MAX_EXCERPT]}…"


def _parse_times(timing: str, form: _Format) -> tuple[timedelta, timedelta] | None:
    match = form.timing.fullmatch(timing)
    if match is None:
        return None
    start, end = _parse_time(match.groups()[:4]), _parse_time(match.groups()[4:])
    return (start, end) if start is not None and end is not None else None


def _find_time_error(timing: str, form: _Format) -> int:
    """Return the position of the first error in an invalid timing line."""
    start_match = form.time.fullmatch(timing.partition(_ARROW)[0].strip())
    is_start_valid = start_match is not None and _parse_time(start_match.groups()) is not None
    return _find_end_time(timing) if is_start_valid else count_indent(timing)


def _parse_time(parts: Sequence[str | None]) -> timedelta | None:
    # Python is slow at parsing long numbers, and refuses very long ones.
    if len(parts[0] or "") > len("0000"):
        return None
    hours, minutes, seconds, fraction = parts
    # WebVTT allows at most 59 minutes, even without hours.
    time = parse_clock(hours or "0", minutes, seconds or "0", fraction)
    return time if time is not None and time < MAX_TIME else None


def _unroll_captions(timed_words: Sequence[_TimedWords]) -> list[_TimedWords] | None:
    """Remove text that repeats the previous cue; return None if the captions do not roll."""
    spoken_words = [(cue, voices) for cue, voices in timed_words if voices]
    cues = [replace(cue, text="\n".join(text for _, text in voices)) for cue, voices in spoken_words]
    new_texts = find_new_texts(cues)
    if new_texts is None:
        return None
    unrolled: list[_TimedWords] = []
    for (cue, voices), text in zip(spoken_words, new_texts, strict=True):
        if text:
            unrolled.append((cue, _keep_last_characters(voices, len(text))))
        else:
            # The cue adds nothing: the previous one lasts longer.
            last, last_voices = unrolled[-1]
            unrolled[-1] = (replace(last, end=cue.end), last_voices)
    return unrolled


def _keep_last_characters(voices: Sequence[Voice], length: int) -> list[Voice]:
    """Return the last `length` characters of a cue, with their speakers."""
    kept: list[Voice] = []
    for speaker, text in reversed(voices):
        if length > 0:
            kept.insert(0, (speaker, text[-length:].strip()))
        length -= len(text) + 1
    return kept


def _report_rolling(file: str, other_format: str, where: Location) -> Diagnostic:
    message = f"{file} has scrolling captions, which repeat lines from cue to cue, so apps show them twice"
    fix = (
        f"export captions that do not scroll, or replace the file with the {other_format} "
        "that podcastkit publishes in transcripts/, which has each line once"
    )
    return make_warning("T014", message, fix, where)


def _split_at_names(timed_words: list[_TimedWords]) -> list[_TimedWords]:
    """Split the text of cues at the names of speakers in the text itself, as in `Sarah: Welcome`."""
    names = find_speakers([voices[0][1] for _, voices in timed_words if voices])
    if not names:
        return timed_words
    return [
        (cue, [part for _, text in voices for part in split_speakers(text, names)]) for cue, voices in timed_words
    ]


def _split_cue(cue: Cue, voices: list[Voice]) -> Iterator[Cue]:
    """Split a cue into one cue per speaker; divide its time in proportion to the length of the texts."""
    end = cue.start if cue.end is None else cue.end
    total = sum(len(text) for _, text in voices)
    start, written = cue.start, 0
    for speaker, text in voices:
        written += len(text)
        part_end = end if written == total else cue.start + _compute_share(end - cue.start, written, total)
        yield replace(cue, start=start, end=part_end, speaker=speaker, text=text)
        start = part_end


def _compute_share(length: timedelta, part: int, total: int) -> timedelta:
    """Return the share `part / total` of a duration, rounded down to milliseconds."""
    return timedelta(milliseconds=(length // timedelta(milliseconds=1)) * part // total)


def _split_vtt_voices(text: str) -> list[Voice]:
    """Split the text of a cue at its `<v Name>` tags."""
    voices: list[Voice] = []
    speaker: str | None = None
    position = 0
    for match in _VOICE.finditer(text):
        voices.append((speaker, text[position : match.start()]))
        speaker = None if match[1] else clean_cue_text(html.unescape(match[2] or "")) or None
        position = match.end()
    voices.append((speaker, text[position:]))
    return _clean_voices((speaker, html.unescape(_VTT_MARKUP.sub("", part))) for speaker, part in voices)


def _split_srt_voices(text: str) -> list[Voice]:
    # SubStation Alpha writes line breaks as `\N`.
    return _clean_voices([(None, _SRT_MARKUP.sub("", text).replace("\\N", "\n"))])


def _clean_voices(voices: Iterable[Voice]) -> list[Voice]:
    """Clean each line of the texts; drop voices without text."""
    cleaned = (
        (speaker, "\n".join(filter(None, map(clean_cue_text, text.split("\n"))))) for speaker, text in voices
    )
    return [(speaker, text) for speaker, text in cleaned if text]


def _is_vtt_identifier(lines: Sequence[str], index: int) -> bool:
    """Return whether a line directly above a timing line is an identifier: a single line after an empty line."""
    return bool(lines[index]) and (index == 0 or not lines[index - 1])


def _is_cue_number(lines: Sequence[str], index: int) -> bool:
    return lines[index].strip().isdecimal()


def _find_unusual_syntax(lines: Sequence[str], form: _Format, file: str) -> Iterator[Diagnostic]:
    """Yield warnings about syntax that players accept and some apps reject (T009)."""
    timings = [index for index, line in enumerate(lines) if form.timing.fullmatch(line)]
    with_dot = [index for index in timings if "." in lines[index].partition(_ARROW)[0]]
    without_number = [index for index in timings if not (index and _is_cue_number(lines, index - 1))]
    with_few_digits = [index for index in timings if form.strict.search(lines[index]) is None]
    name = "WebVTT" if form.is_vtt else "SRT"
    for indexes, problem, fix, is_reported in (
        (with_dot, "has a dot before the milliseconds", "write a comma, as in 00:00:01,500", not form.is_vtt),
        (
            without_number,
            "has no number above it",
            "number the cues, with each number on its own line",
            not form.is_vtt,
        ),
        (with_few_digits, "has too few digits", form.fix, True),
    ):
        if indexes and is_reported:
            message = f"the time {problem}{_format_more(len(indexes))}; some apps reject such a file"
            where = _locate_line(file, indexes[0] + 1, lines[indexes[0]])
            yield make_warning("T009", message, f"{fix}, or export the file again as {name}", where)


def _format_more(count: int) -> str:
    places = "one more place" if count == 2 else f"{count - 1:,} more places"  # noqa: PLR2004 - this place and one more
    return f" (and in {places})" if count > 1 else ""


_VTT = _Format(
    timing=_VTT_TIMING,
    time=re.compile(_VTT_TIME),
    strict=re.compile(r"^\s*(?:[0-9]{2,}:)?[0-9]{2}:[0-9]{2}\.[0-9]{3}\s*-->\s*(?:[0-9]{2,}:)?[0-9]{2}:"),
    fix="write it as 00:01:02.345 --> 00:01:05.678, with two digits each and a dot before the milliseconds",
    is_blank=lambda line: not line,
    is_identifier=_is_vtt_identifier,
    split_voices=_split_vtt_voices,
    is_vtt=True,
)
_SRT = _Format(
    timing=_SRT_TIMING,
    time=re.compile(_SRT_TIME),
    strict=re.compile(
        r"^\s*[0-9]{2,}:[0-9]{2}:[0-9]{2}[,.][0-9]{3}\s*-->\s*[0-9]{2,}:[0-9]{2}:[0-9]{2}[,.][0-9]{3}"
    ),
    fix="write it as 00:01:02,345 --> 00:01:05,678",
    is_blank=lambda line: not line.strip(),
    is_identifier=_is_cue_number,
    split_voices=_split_srt_voices,
    is_vtt=False,
)
