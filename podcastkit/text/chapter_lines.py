"""Read chapter lines in the forms that people and programs write: a time, a title, and the marks around them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.text.addresses import encode_url, parse_url
from podcastkit.text.links import find_links
from podcastkit.text.problem import Problem
from podcastkit.text.timecodes import parse_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.text.links import Link

_SECOND = timedelta(seconds=1)
_OVERLAP = timedelta(seconds=30)
"""How far a chapter may overlap the next one."""
# A fourth pair of digits is the frame of a video timecode; a drop-frame timecode has ";" before it.
_CLOCK = (
    r"(?:[0-9]{1,3}:[0-9]{1,2}:[0-9]{2};[0-9]{2}(?![0-9:])"
    r"|(?:[0-9]{1,3}:(?=[0-9]{1,2}:))?[0-9]{1,3}:[0-9]{2}(?![0-9])(?:[.,][0-9]{1,9}|:[0-9]{2}(?![0-9:]))?)"
)
# One unit alone is not a time: a title can begin with "90s music".
_MINUTES, _SECONDS = r"[0-9]{1,3}\s?m(?:in)?", r"[0-9]{1,2}\s?s"
_UNITS = rf"(?:[0-9]{{1,3}}\s?h\s?(?:{_MINUTES}\s?)?(?:{_SECONDS})?|{_MINUTES}\s?{_SECONDS}|0s)\b"
_TIME = rf"(?:{_CLOCK}|{_UNITS})"
_READ_CLOCK = re.compile(
    r"(?:([0-9]{1,3}):(?=[0-9]+:))?([0-9]{1,3}):([0-9]{1,2})(?:(?:[.,]([0-9]{1,6})|[:;])[0-9]*)?"
)
_READ_UNITS = re.compile(r"(?=[0-9])(?:([0-9]{1,3})\s?h)?\s?(?:([0-9]{1,3})\s?m(?:in)?)?\s?(?:([0-9]{1,2})\s?s)?")
_LIST_MARK = r"[\W_]*(?:[0-9]{1,3}[.)](?=\s)[\W_]*)?"
"""A bullet, the number in a list, or a bracket."""
_CLOSING = r"[)\]}>*_`）】」]*"  # noqa: RUF001 - full-width brackets
_ARROWS = r"\u2190-\u21ff\u25aa\u25b6-\u25bb\u25cf\u2794\u2799-\u27bf\u27f5-\u27ff\u2b95"
_SIGNS = rf"\u2010-\u2015\u2212|:·•»/=~\u301c\uff5e{_ARROWS}"
"""The separators between a time and a title: dashes, bars, bullets, arrows."""
_SIGN = rf"(?:-+>|=+>|[-{_SIGNS}]\ufe0f?)"
_UNTIL = rf"""
    (?P<between> \s*(?:-+>|[-|\u2010-\u2015\u2212→~\u301c\uff5e])\s* | \s+(?:to|until|a|hasta|bis)\s+ | \s+ )
    (?P<until>{_TIME})
    """
_TIME_FIRST = rf"""
    {_LIST_MARK} (?P<start>{_TIME}) %s {_CLOSING}
    (?: \s?\(https?://\S+\)(?=\s) )?  # the URL of a time that was a link
    (?: [.,;](?=\s)\s* | [,;](?=[^\W\d_]|["“„«¿¡]) | {_SIGN}\s* | \s+(?:{_SIGN}\s+)? | (?<=[)\]）】」]) )
    (?P<title>\S.*)
    """  # noqa: RUF001 - full-width brackets
_TIME_LAST = rf"""
    [^\w"'“‘«„¿¡(\[<]* (?P<title>[\w"'“‘«„¿¡(\[<].*) (?<![\w:.,]) (?P<start>{_TIME}) %s [)\]*_]*
    """  # noqa: RUF001 - quotation marks
_MARKS_AT_END = " \t\u00a0\u3000-\u2010\u2011\u2012\u2013\u2014\u2015\u2212|:·•→►▶➜»/=~\u301c\uff5e>.,;([*_"
_IN_BRACKETS = rf"[(\[] (?: {_TIME} \s? [-\u2013\u2014→] \s? )? (?P<until>{_TIME}) [)\]]"
_END_LAST = (
    rf"(?= .* \s {_IN_BRACKETS.replace('?P<until>', '?:')} \Z )"
    + _TIME_FIRST % ""
    + rf"(?P<between>\s) {_IN_BRACKETS}"
)
"""A line with the end time of the chapter after the title. The lookahead comes first because the rest is slow."""
_LIST_NUMBER = re.compile(r"[0-9]{1,3}[.)]\s+")
_LABEL = re.compile(r"!?\[([^\[\]]*)\]\(<?\Z")
_LABEL_END = re.compile(r">?(?:\s+\"[^\"]*\")?\)")
_CLOSING_BRACKETS = {"(": ")", "<": ">", "[": "]"}
_MARKS = ("**", "__", "*", "_", "`")

TIMED_LINE = re.compile(rf"{_LIST_MARK}(?P<start>{_TIME})(?![0-9:])")
"""The beginning of a line with its time first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChapterLine:
    """A chapter that was read from one line of text."""

    start: timedelta
    title: str
    title_at: int = 0
    """The position in the line where the title begins."""
    end: timedelta | None = None
    url: str | None = None


def read_lines_beginning_with_time(lines: Sequence[str]) -> list[ChapterLine | None]:
    """Read lines that begin with a time, such as `00:00 Welcome`; the result is None for other lines."""
    return _read_lines(lines, _TIMES_FIRST)


def read_lines_ending_with_time(lines: Sequence[str]) -> list[ChapterLine | None]:
    """Read lines that end with a time, such as `Welcome 00:00`; the result is None for other lines."""
    read = _read_lines(lines, _TIMES_LAST)
    # Numbers before all titles are those of a list. Before some, they belong to the titles.
    numbers = [_LIST_NUMBER.match(line.title) for line in read if line]
    if not all(numbers):
        return read
    return [line and replace(line, title=_LIST_NUMBER.sub("", line.title, count=1)) for line in read]


def read_time(written: str) -> timedelta | None:
    """Read the time of a chapter line, or return None if it is not valid."""
    if match := _READ_CLOCK.fullmatch(written):
        return parse_clock(*match.groups())
    match = _READ_UNITS.fullmatch(written)
    return parse_clock(match[1], match[2] or "0", match[3] or "0") if match else None


def clean_title(written: str) -> tuple[str, str | None]:
    """Return a title without markup and link, and the URL of its first link."""
    parts: list[str] = []
    position, searched, address = 0, 0, None
    for link in find_links(written):
        replacement = _find_replacement(written, searched, link)
        searched = link.end
        url = encode_url(link.url)
        if replacement and url and not isinstance(parse_url(url), Problem):
            start, words, end = replacement
            parts += (written[position:start], words)
            position, searched, address = end, end, address or url
    title = _strip_marks(" ".join("".join((*parts, written[position:])).split()))
    return (title, address) if title else (" ".join(written.split()), None)


class _Patterns:
    """The patterns of lines with one time, and of lines with a start and an end."""

    def __init__(self, pattern: str, *others: str) -> None:
        self.one_time = re.compile(pattern % "", re.VERBOSE)
        self.two_times = [re.compile(two, re.VERBOSE) for two in (pattern % _UNTIL, *others)]


_TIMES_FIRST, _TIMES_LAST = _Patterns(_TIME_FIRST, _END_LAST), _Patterns(_TIME_LAST)


def _read_lines(lines: Sequence[str], patterns: _Patterns) -> list[ChapterLine | None]:
    stripped = [line.strip() for line in lines]
    read = [_read_line(patterns.one_time.fullmatch(line)) for line in stripped]
    found = [index for index, line in enumerate(read) if line]
    starts = [line.start for line in read if line]
    for pattern in patterns.two_times:
        ranges = [pattern.fullmatch(stripped[index]) for index in found]
        for index, end, match in zip(found, _find_ends(ranges, starts), ranges, strict=True):
            line = _read_line(match)
            if line and end is not None:
                read[index] = replace(line, end=end if end > line.start else None)
    indents = [len(line) - len(line.lstrip()) for line in lines]
    return [
        line and replace(line, title_at=line.title_at + indent) for line, indent in zip(read, indents, strict=True)
    ]


def _find_ends(ranges: Sequence[re.Match[str] | None], starts: Sequence[timedelta]) -> list[timedelta | None]:
    """Return the ends of chapters; None where a second time is part of the title, as in `00:00 - 3:10 to Yuma`.

    A second time is an end if the next chapter begins there. If all lines have two times, the second ones are ends
    if all of them are before the start of the next chapter. With a separator between the times, most are enough.
    """
    ends = [read_time(match["until"]) if match else None for match in ranges]
    has_signs = all(match and match["between"].strip() for match in ranges)
    complete = [end for end in ends if end is not None]
    if len(complete) == len(starts) > int(not has_signs) and complete[-1] >= starts[-1]:
        rows = zip(starts, complete, starts[1:], strict=False)
        fitting = [start <= end <= following + _OVERLAP for start, end, following in rows]
        if all(fitting) or (has_signs and 2 * sum(fitting) > len(fitting)):
            return ends
    are_joined = [
        end is not None and abs(start - end) <= _SECOND for end, start in zip(ends, starts[1:], strict=False)
    ]
    are_joined.append(bool(are_joined) and all(are_joined))
    return [end if is_joined else None for end, is_joined in zip(ends, are_joined, strict=False)]


def _read_line(match: re.Match[str] | None) -> ChapterLine | None:
    start = read_time(match["start"]) if match else None
    if match is None or start is None:
        return None
    is_before = match.end("title") <= match.start("start")
    is_row = match.string.startswith("|")  # a row of a table: its last bar is not part of the title
    signs = _MARKS_AT_END if is_before else " \t|" if is_row else " "
    title, url = clean_title(match["title"].rstrip(signs))
    return ChapterLine(start=start, title=title, title_at=match.start("title"), url=url) if title else None


def _find_replacement(text: str, position: int, link: Link) -> tuple[int, str, int] | None:
    """Return the part of a title to replace because of a link in it: its start, the new text and its end.

    The result is None for a URL between words, as in "Why https://example.org is down": it belongs to the title.
    """
    start, end = link.start, link.end
    label, label_end = _LABEL.search(text, position, start), _LABEL_END.match(text, end)
    if label and label_end:
        return label.start(), label[1], label_end.end()
    before = text[start - 1 : start] if start > position else ""
    if before in _CLOSING_BRACKETS and text[end : end + 1] == _CLOSING_BRACKETS[before]:
        start, end = start - 1, end + 1
    elif text[end:].strip(_MARKS_AT_END):
        return None
    if not text[end:].strip(_MARKS_AT_END):
        end = len(text)
        start = position + len(text[position:start].rstrip(_MARKS_AT_END))
    return start, "", end


def _strip_marks(title: str) -> str:
    """Remove emphasis marks around a whole title. The opening mark may be before the time."""
    for mark in _MARKS:
        inner = title.removesuffix(mark).removeprefix(mark)
        if mark not in inner and title.endswith(mark):
            return inner.strip()
    return title
