"""WebVTT and SRT → cues, with the place of everything that apps would stumble over.

WebVTT: https://www.w3.org/TR/webvtt1/; what its parser (§6) drops without a word is a finding here. SRT has no
specification; what is read is what players read, and what some of them refuse is a warning.

The libraries for these files tell no lines, and most pass over what is broken, so they are read here; the tests
compare with two of them.
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
from podcastkit.text.syntax.positions import indent_of, line_starts
from podcastkit.text.timecodes import format_timestamp, parse_clock
from podcastkit.text.transcripts.cues import LONGEST, Cue, clean
from podcastkit.text.transcripts.rolling import find_news
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
"""When the words behind it begin, inside a cue of WebVTT."""
_NEARLY = re.compile(r"\s*[0-9]+:[0-9]{2}[0-9:.,]*\s*(?:[-\u2013\u2014=]+>|\u2192)\s*[0-9]+:[0-9]{2}")
"""What is meant as a timing line, and has another arrow."""
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_SETTING_APART = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
_VOICE = re.compile(r"<(/?)v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>")
_VTT_MARKUP = re.compile(r"</?(?:c|i|b|u|ruby|rt|lang|v)(?:[.\s][^<>]*)?>|<[0-9:.]+>")
_SRT_MARKUP = re.compile(r"</?(?:i|b|u|s|c|font)(?:[.\s][^<>]*)?>|<[0-9:.,]+>|\{\\[^{}]*\}", re.IGNORECASE)
_SHOWN = 60

Said = tuple[str | None, str]
"""Who, and what."""

_Paragraph = tuple[int, tuple[str, ...]]
"""The index of its first line, and its lines."""


class _Block(NamedTuple):
    """The lines of a cue, by their indexes."""

    start: int
    """Its identifier or number, else the same as `timing`."""
    timing: int
    end: int
    """Where the next one starts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Format:
    """How the two formats differ."""

    timing: re.Pattern[str]
    time: re.Pattern[str]
    strict: re.Pattern[str]
    """A timing line with as many digits as all apps want."""
    cure: str
    is_blank: Callable[[str], bool]
    is_identifier: Callable[[Sequence[str], int], bool]
    said: Callable[[str], list[Said]]
    is_vtt: bool


def read_vtt(text: str, file: str) -> Reading:
    """Read WebVTT. Errors: T001 no signature, T002 an unreadable time. Words without time are a warning (T006)."""
    lines = text.split("\n")
    if not _SIGNATURE.fullmatch(lines[0]):
        return Parsed((), (_report_no_signature(lines, file),))
    cues, findings = _read(lines, _VTT, file)
    if findings and not any(map(_is_timing, lines)):
        return Parsed((), (_report_no_times(file, "WebVTT", findings[0].location),))
    return Parsed(cues, (*findings, *_find_oddities(lines, _VTT, file)))


def read_srt(text: str, file: str) -> Reading:
    """Read SRT. Errors: T001 another format, T002 an unreadable time.

    Words without time (T006) and what only some apps forgive (T009) are warnings.
    """
    lines = text.split("\n")
    if _SIGNATURE.fullmatch(lines[0]):
        cure = "give its name the ending .vtt"
        return Parsed((), (make_error("T001", f"{file} is WebVTT, not SRT", cure, _beginning(file)),))
    if text.strip() and not any(map(_is_timing, lines)):
        return Parsed((), (_report_no_times(file, "SRT", None),))
    cues, findings = _read(lines, _SRT, file)
    return Parsed(cues, (*findings, *_find_oddities(lines, _SRT, file)))


def shift_vtt(text: str, offset: timedelta) -> str:
    """Move the times of WebVTT that `read_vtt` read; what is over before 0 is left out, all else stays."""
    return _shift(text, _VTT, offset)


def shift_srt(text: str, offset: timedelta) -> str:
    """Move the times of SRT that `read_srt` read; what is over before 0 is left out, and the rest numbered anew."""
    return _shift(text, _SRT, offset)


def _shift(text: str, form: _Format, offset: timedelta) -> str:
    lines = text.split("\n")
    blocks = _find_blocks(lines, form)
    move = partial(_move_time, offset=offset)
    shifted = lines[: blocks[0].start] if blocks else lines
    kept = 0
    for index, block in enumerate(blocks):
        times = _times(lines[block.timing], form)
        if times and times[1] + offset <= timedelta():
            continue
        kept += 1
        is_renumbered = not form.is_vtt and kept <= index and block.start < block.timing
        shifted += [str(kept)] if is_renumbered else lines[block.start : block.timing]
        shifted.append(form.time.sub(move, lines[block.timing], count=2))
        words = lines[block.timing + 1 : block.end]
        shifted += (_INLINE_TIME.sub(move, line) for line in words) if form.is_vtt else words
    return "\n".join(shifted)


def _move_time(match: re.Match[str], offset: timedelta) -> str:
    moment = _moment(match.groups())
    if moment is None:
        return match[0]
    return format_timestamp(max(moment + offset, timedelta()), mark="," if "," in match[0] else ".")


def _behind_arrow(line: str) -> int:
    start = line.index(_ARROW) + len(_ARROW)
    return start + indent_of(line[start:])


def _is_timing(line: str) -> bool:
    return _ARROW in line or _NEARLY.match(line) is not None


def _report_no_times(file: str, kind: str, where: Location | None) -> Diagnostic:
    message = f"{file} has no times in it, so it is no {kind}"
    cure = f"export it again as {kind}; if it is the bare text, give its name the ending .txt"
    return make_error("T001", message, cure, where or _beginning(file))


def _report_no_signature(lines: Sequence[str], file: str) -> Diagnostic:
    first = next((line for line in lines if _ARROW in line), "")
    if _SRT_TIMING.match(first) and not _VTT_TIMING.match(first):
        return make_error("T001", f"{file} is SRT, not WebVTT", "give its name the ending .srt", _beginning(file))
    cure = "write WEBVTT into its first line and leave the second one empty"
    return make_error("T001", f"{file} does not begin with WEBVTT, so no app reads it", cure, _beginning(file))


def _beginning(file: str) -> Location:
    return Location(file=file, line=1, column=1)


def _at_line(file: str, number: int, line: str) -> Location:
    return Location(file=file, line=number, column=indent_of(line) + 1)


def _read(lines: Sequence[str], form: _Format, file: str) -> Reading:
    blocks = _find_blocks(lines, form)
    findings = [_report_untimed(paragraph, file) for paragraph in _find_preamble(lines, blocks, form)]
    read: list[tuple[Cue, list[Said]]] = []
    positions = line_starts(lines)
    for block in blocks:
        timing = lines[block.timing]
        paragraphs = list(_find_paragraphs(lines, block.timing + 1, block.end, form))
        if times := _times(timing, form):
            at = positions[block.timing]
            end_at = at + _behind_arrow(timing)
            cue = Cue(start=times[0], end=times[1], text="", at=at + indent_of(timing), end_at=end_at)
            # What an empty line parted from the cue belongs to it nevertheless.
            words = itertools.chain.from_iterable(written for _, written in paragraphs)
            read.append((cue, form.said("\n".join(words))))
        else:
            message = f"“{_shown(timing)}” does not say when the words begin and end"
            where = Location(file=file, line=block.timing + 1, column=_wrong_time(timing, form) + 1)
            findings.append(make_error("T002", message, form.cure, where))
        findings += (_report_untimed(part, file) for part in paragraphs if part[0] > block.timing + 1)
    if (unrolled := _unroll(read)) is not None:
        place = _at_line(file, blocks[0].timing + 1, lines[blocks[0].timing])
        findings.append(_report_rolling(file, "SRT" if form.is_vtt else "WebVTT", place))
        read = unrolled
    if not any(speaker for _, said in read for speaker, _ in said):
        read = _with_named_speakers(read)
    return Parsed(tuple(part for cue, said in read for part in _parts(cue, said)), tuple(findings))


def _find_blocks(lines: Sequence[str], form: _Format) -> list[_Block]:
    """Find the cues; a line that identifies the next cue belongs to that one."""
    starts: list[tuple[int, int]] = []
    end = 0
    for timing in (index for index, line in enumerate(lines) if _is_timing(line)):
        has_identifier = end < timing and form.is_identifier(lines, timing - 1)
        starts.append((timing - 1 if has_identifier else timing, timing))
        end = timing + 1
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    return [_Block(start, timing, end) for (start, timing), end in zip(starts, ends, strict=False)]


def _find_preamble(lines: Sequence[str], blocks: Sequence[_Block], form: _Format) -> Iterator[_Paragraph]:
    """Yield the paragraphs before the first cue, without the header of WebVTT."""
    end = blocks[0].start if blocks else len(lines)
    header = next((index for index, line in enumerate(lines) if form.is_blank(line)), len(lines))
    return _find_paragraphs(lines, header if form.is_vtt else 0, end, form)


def _find_paragraphs(lines: Sequence[str], start: int, end: int, form: _Format) -> Iterator[_Paragraph]:
    """Yield what is said in some lines: no comment, style or region of WebVTT, unless a time is right above it."""
    numbered = enumerate(lines[start:end], start)
    for is_blank, run in itertools.groupby(numbered, key=lambda line: form.is_blank(line[1])):
        if is_blank:
            continue
        index, first = next(run)
        if not (form.is_vtt and index > start and _SETTING_APART.fullmatch(first)):
            yield index, (first, *(line for _, line in run))


def _report_untimed(paragraph: _Paragraph, file: str) -> Diagnostic:
    index, lines = paragraph
    message = f"“{_shown(lines[0])}” has no time, so apps do not show it"
    cure = "take out the empty line above it, or write above it when it is said"
    return make_warning("T006", message, cure, _at_line(file, index + 1, lines[0]))


def _shown(line: str) -> str:
    short = line.strip()
    return short if len(short) <= _SHOWN else f"{short[:_SHOWN]}…"


def _times(timing: str, form: _Format) -> tuple[timedelta, timedelta] | None:
    match = form.timing.fullmatch(timing)
    if match is None:
        return None
    start, end = _moment(match.groups()[:4]), _moment(match.groups()[4:])
    return (start, end) if start is not None and end is not None else None


def _wrong_time(timing: str, form: _Format) -> int:
    """Return the position of the first error in an invalid timing line."""
    start = form.time.fullmatch(timing.partition(_ARROW)[0].strip())
    is_good = start is not None and _moment(start.groups()) is not None
    return _behind_arrow(timing) if is_good else indent_of(timing)


def _moment(parts: Sequence[str | None]) -> timedelta | None:
    # Python takes long to read long numbers, and refuses very long ones.
    if len(parts[0] or "") > len("0000"):
        return None
    hours, minutes, seconds, fraction = parts
    # WebVTT has at most 59 minutes also where it leaves out the hours.
    moment = parse_clock(hours or "0", minutes, seconds or "0", fraction)
    return moment if moment is not None and moment < LONGEST else None


def _unroll(read: Sequence[tuple[Cue, list[Said]]]) -> list[tuple[Cue, list[Said]]] | None:
    """Leave out what the cue before shows already; None when the captions do not roll."""
    heard = [(cue, said) for cue, said in read if said]
    texts = [replace(cue, text="\n".join(text for _, text in said)) for cue, said in heard]
    news = find_news(texts)
    if news is None:
        return None
    unrolled: list[tuple[Cue, list[Said]]] = []
    for (cue, said), text in zip(heard, news, strict=True):
        if text:
            unrolled.append((cue, _keep_end(said, len(text))))
        else:
            shown, words = unrolled[-1]
            unrolled[-1] = (replace(shown, end=cue.end), words)
    return unrolled


def _keep_end(said: Sequence[Said], length: int) -> list[Said]:
    """Return the last characters of what is said, with those who say them."""
    kept: list[Said] = []
    for speaker, text in reversed(said):
        if length > 0:
            kept.insert(0, (speaker, text[-length:].strip()))
        length -= len(text) + 1
    return kept


def _report_rolling(file: str, made: str, place: Location) -> Diagnostic:
    message = f"{file} repeats its lines from cue to cue, as rolling captions do, so apps show them twice"
    cure = (
        f"export captions that do not roll, or replace the file with the {made} "
        "that podcastkit publishes in transcripts/: it has each line once"
    )
    return make_warning("T014", message, cure, place)


def _with_named_speakers(read: list[tuple[Cue, list[Said]]]) -> list[tuple[Cue, list[Said]]]:
    names = find_speakers([said[0][1] for _, said in read if said])
    if not names:
        return read
    return [(cue, [part for _, text in said for part in split_speakers(text, names)]) for cue, said in read]


def _parts(cue: Cue, said: list[Said]) -> Iterator[Cue]:
    """Give everybody who speaks in a cue a share of its time by the length of the words."""
    end = cue.start if cue.end is None else cue.end
    total = sum(len(text) for _, text in said)
    start, spoken = cue.start, 0
    for speaker, text in said:
        spoken += len(text)
        until = end if spoken == total else cue.start + _share(end - cue.start, spoken, total)
        yield replace(cue, start=start, end=until, speaker=speaker, text=text)
        start = until


def _share(length: timedelta, part: int, total: int) -> timedelta:
    return timedelta(milliseconds=(length // timedelta(milliseconds=1)) * part // total)


def _said_in_vtt(text: str) -> list[Said]:
    said: list[Said] = []
    speaker: str | None = None
    position = 0
    for match in _VOICE.finditer(text):
        said.append((speaker, text[position : match.start()]))
        speaker = None if match[1] else clean(html.unescape(match[2] or "")) or None
        position = match.end()
    said.append((speaker, text[position:]))
    return _with_words((speaker, html.unescape(_VTT_MARKUP.sub("", part))) for speaker, part in said)


def _said_in_srt(text: str) -> list[Said]:
    return _with_words([(None, _SRT_MARKUP.sub("", text).replace("\\N", "\n"))])  # a line break of SubStation Alpha


def _with_words(said: Iterable[Said]) -> list[Said]:
    cleaned = ((speaker, "\n".join(filter(None, map(clean, text.split("\n"))))) for speaker, text in said)
    return [(speaker, text) for speaker, text in cleaned if text]


def _is_vtt_identifier(lines: Sequence[str], index: int) -> bool:
    return bool(lines[index]) and (index == 0 or not lines[index - 1])


def _is_number(lines: Sequence[str], index: int) -> bool:
    return lines[index].strip().isdecimal()


def _find_oddities(lines: Sequence[str], form: _Format, file: str) -> Iterator[Diagnostic]:
    """Yield what players forgive and some apps do not (T009)."""
    timings = [index for index, line in enumerate(lines) if form.timing.fullmatch(line)]
    dotted = [index for index in timings if "." in lines[index].partition(_ARROW)[0]]
    unnumbered = [index for index in timings if not (index and _is_number(lines, index - 1))]
    short = [index for index in timings if form.strict.search(lines[index]) is None]
    kind = "WebVTT" if form.is_vtt else "SRT"
    for odd, what, cure, is_forbidden in (
        (dotted, "has a dot before the milliseconds", "write a comma there, as in 00:00:01,500", not form.is_vtt),
        (
            unnumbered,
            "has no number above it",
            "number what is said, each number on a line of its own",
            not form.is_vtt,
        ),
        (short, "has too few digits", form.cure, True),
    ):
        if odd and is_forbidden:
            message = f"the time {what}{_more(len(odd))}; some apps refuse that"
            where = _at_line(file, odd[0] + 1, lines[odd[0]])
            yield make_warning("T009", message, f"{cure}, or export it again as {kind}", where)


def _more(count: int) -> str:
    places = "one more place" if count == 2 else f"{count - 1:,} more places"  # noqa: PLR2004 - this one and another
    return f" (and so in {places})" if count > 1 else ""


_VTT = _Format(
    timing=_VTT_TIMING,
    time=re.compile(_VTT_TIME),
    strict=re.compile(r"^\s*(?:[0-9]{2,}:)?[0-9]{2}:[0-9]{2}\.[0-9]{3}\s*-->\s*(?:[0-9]{2,}:)?[0-9]{2}:"),
    cure="write it as 00:01:02.345 --> 00:01:05.678, with two digits each and a dot before the milliseconds",
    is_blank=lambda line: not line,
    is_identifier=_is_vtt_identifier,
    said=_said_in_vtt,
    is_vtt=True,
)
_SRT = _Format(
    timing=_SRT_TIMING,
    time=re.compile(_SRT_TIME),
    strict=re.compile(
        r"^\s*[0-9]{2,}:[0-9]{2}:[0-9]{2}[,.][0-9]{3}\s*-->\s*[0-9]{2,}:[0-9]{2}:[0-9]{2}[,.][0-9]{3}"
    ),
    cure="write it as 00:01:02,345 --> 00:01:05,678",
    is_blank=lambda line: not line.strip(),
    is_identifier=_is_number,
    said=_said_in_srt,
    is_vtt=False,
)
