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
_MAX_OVERLAP = timedelta(seconds=30)
"""The maximum time by which the end of a chapter may be after the start of the next one."""
# A fourth pair of digits is the frame of a video timecode; a drop-frame timecode has ";" before it.
_CLOCK = (
    r"(?:[0-9]{1,3}:[0-9]{1,2}:[0-9]{2};[0-9]{2}(?![0-9:])"
    r"|(?:[0-9]{1,3}:(?=[0-9]{1,2}:))?[0-9]{1,3}:[0-9]{2}(?![0-9])(?:[.,][0-9]{1,9}|:[0-9]{2}(?![0-9:]))?)"
)
# One unit alone is not a time: a title can begin with "90s music".
_MINUTES, _SECONDS = r"[0-9]{1,3}\s?m(?:in)?", r"[0-9]{1,2}\s?s"
_UNITS = rf"(?:[0-9]{{1,3}}\s?h\s?(?:{_MINUTES}\s?)?(?:{_SECONDS})?|{_MINUTES}\s?{_SECONDS}|0s)\b"
_TIME = rf"(?:{_CLOCK}|{_UNITS})"
# The hours, minutes, seconds and fraction of a time that `_TIME` matches.
_CLOCK_PARTS = re.compile(
    r"(?:([0-9]{1,3}):(?=[0-9]+:))?([0-9]{1,3}):([0-9]{1,2})(?:(?:[.,]([0-9]{1,6})|[:;])[0-9]*)?"
)
_UNITS_PARTS = re.compile(r"(?=[0-9])(?:([0-9]{1,3})\s?h)?\s?(?:([0-9]{1,3})\s?m(?:in)?)?\s?(?:([0-9]{1,2})\s?s)?")
_LIST_MARK = r"[\W_]*(?:[0-9]{1,3}[.)](?=\s)[\W_]*)?"
"""A bullet, the number in a list, or a bracket."""
_CLOSING_MARKS = r"[)\]}>*_`）】」]*"  # noqa: RUF001 - full-width brackets
_ARROWS = r"\u2190-\u21ff\u25aa\u25b6-\u25bb\u25cf\u2794\u2799-\u27bf\u27f5-\u27ff\u2b95"
_SEPARATOR_SIGNS = rf"\u2010-\u2015\u2212|:·•»/=~\u301c\uff5e{_ARROWS}"
"""The separators between a time and a title: dashes, bars, bullets, arrows."""
_SEPARATOR = rf"(?:-+>|=+>|[-{_SEPARATOR_SIGNS}]\ufe0f?)"
# An end time after the start time.
_UNTIL = rf"""
    (?P<between> \s*(?:-+>|[-|\u2010-\u2015\u2212→~\u301c\uff5e])\s* | \s+(?:to|until|a|hasta|bis)\s+ | \s+ )
    (?P<until>{_TIME})
    """
# `%s` is the place of `_UNTIL` in a line with two times, and empty in a line with one time.
_TIME_FIRST = rf"""
    {_LIST_MARK} (?P<start>{_TIME}) %s {_CLOSING_MARKS}
    (?: \s?\(https?://\S+\)(?=\s) )?  # the URL of a time that was a link
    (?: [.,;](?=\s)\s* | [,;](?=[^\W\d_]|["“„«¿¡]) | {_SEPARATOR}\s* | \s+(?:{_SEPARATOR}\s+)? | (?<=[)\]）】」]) )
    (?P<title>\S.*)
    """  # noqa: RUF001 - full-width brackets
_TIME_LAST = rf"""
    [^\w"'“‘«„¿¡(\[<]* (?P<title>[\w"'“‘«„¿¡(\[<].*) (?<![\w:.,]) (?P<start>{_TIME}) %s [)\]*_]*
    """  # noqa: RUF001 - quotation marks
_MARKS_AT_END = " \t\u00a0\u3000-\u2010\u2011\u2012\u2013\u2014\u2015\u2212|:·•→►▶➜»/=~\u301c\uff5e>.,;([*_"
_END_IN_BRACKETS = rf"[(\[] (?: {_TIME} \s? [-\u2013\u2014→] \s? )? (?P<until>{_TIME}) [)\]]"
_END_LAST = (
    rf"(?= .* \s {_END_IN_BRACKETS.replace('?P<until>', '?:')} \Z )"
    + _TIME_FIRST % ""
    + rf"(?P<between>\s) {_END_IN_BRACKETS}"
)
"""A line with the end time of the chapter after the title. The lookahead comes first because the rest is slow."""
_LIST_NUMBER = re.compile(r"[0-9]{1,3}[.)]\s+")
_LINK_LABEL = re.compile(r"!?\[([^\[\]]*)\]\(<?\Z")
_LINK_END = re.compile(r">?(?:\s+\"[^\"]*\")?\)")
"""The parts of a Markdown link before and after its URL: `[label](` and `)`."""
_CLOSING_BRACKETS = {"(": ")", "<": ">", "[": "]"}
_EMPHASIS_MARKS = ("**", "__", "*", "_", "`")

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
    chapter_lines = _read_lines(lines, _TIMES_LAST)
    # If all titles begin with a number, these are the numbers of a list. Otherwise, they belong to the titles.
    numbers = [_LIST_NUMBER.match(line.title) for line in chapter_lines if line]
    if not all(numbers):
        return chapter_lines
    return [line and replace(line, title=_LIST_NUMBER.sub("", line.title, count=1)) for line in chapter_lines]


def read_time(written: str) -> timedelta | None:
    """Read the time of a chapter line, or return None if it is not valid."""
    if match := _CLOCK_PARTS.fullmatch(written):
        return parse_clock(*match.groups())
    match = _UNITS_PARTS.fullmatch(written)
    return parse_clock(match[1], match[2] or "0", match[3] or "0") if match else None


def clean_title(written: str) -> tuple[str, str | None]:
    """Return a title without markup and links, and the URL of its first link; None if it has no link.

    A title that is only a URL is unchanged, and its URL is None.
    """
    parts: list[str] = []
    position, search_start, first_url = 0, 0, None
    for link in find_links(written):
        replacement = _find_link_replacement(written, search_start, link)
        search_start = link.end
        url = encode_url(link.url)
        if replacement and url and not isinstance(parse_url(url), Problem):
            start, words, end = replacement
            parts += (written[position:start], words)
            position, search_start, first_url = end, end, first_url or url
    title = _strip_emphasis(" ".join("".join((*parts, written[position:])).split()))
    return (title, first_url) if title else (" ".join(written.split()), None)


class _Patterns:
    """The patterns of lines with one time, and of lines with a start and an end."""

    def __init__(self, pattern: str, *others: str) -> None:
        self.one_time = re.compile(pattern % "", re.VERBOSE)
        self.two_times = [re.compile(two, re.VERBOSE) for two in (pattern % _UNTIL, *others)]


_TIMES_FIRST, _TIMES_LAST = _Patterns(_TIME_FIRST, _END_LAST), _Patterns(_TIME_LAST)


def _read_lines(lines: Sequence[str], patterns: _Patterns) -> list[ChapterLine | None]:
    stripped = [line.strip() for line in lines]
    chapter_lines = [_read_line(patterns.one_time.fullmatch(line)) for line in stripped]
    chapter_indexes = [index for index, line in enumerate(chapter_lines) if line]
    starts = [line.start for line in chapter_lines if line]
    for pattern in patterns.two_times:
        range_matches = [pattern.fullmatch(stripped[index]) for index in chapter_indexes]
        for index, end, match in zip(
            chapter_indexes, _find_ends(range_matches, starts), range_matches, strict=True
        ):
            line = _read_line(match)
            if line and end is not None:
                chapter_lines[index] = replace(line, end=end if end > line.start else None)
    indents = [len(line) - len(line.lstrip()) for line in lines]
    return [
        line and replace(line, title_at=line.title_at + indent)
        for line, indent in zip(chapter_lines, indents, strict=True)
    ]


def _find_ends(
    range_matches: Sequence[re.Match[str] | None], starts: Sequence[timedelta]
) -> list[timedelta | None]:
    """Return the end of each chapter; None if its second time is part of the title, as in `00:00 - 3:10 to Yuma`.

    If all lines have two times, and each second time is between the starts of its chapter and the next one, all
    second times are ends. With a separator between the times, it is enough if most of them are. In other lists, a
    second time is an end if the next chapter begins there, and the last one is an end if all others are.
    """
    ends = [read_time(match["until"]) if match else None for match in range_matches]
    have_separators = all(match and match["between"].strip() for match in range_matches)
    known_ends = [end for end in ends if end is not None]
    if len(known_ends) == len(starts) > int(not have_separators) and known_ends[-1] >= starts[-1]:
        rows = zip(starts, known_ends, starts[1:], strict=False)
        are_in_order = [start <= end <= following + _MAX_OVERLAP for start, end, following in rows]
        if all(are_in_order) or (have_separators and 2 * sum(are_in_order) > len(are_in_order)):
            return ends
    are_next_starts = [
        end is not None and abs(start - end) <= _SECOND for end, start in zip(ends, starts[1:], strict=False)
    ]
    # After the last chapter, there is no next start.
    are_next_starts.append(bool(are_next_starts) and all(are_next_starts))
    return [end if is_next_start else None for end, is_next_start in zip(ends, are_next_starts, strict=False)]


def _read_line(match: re.Match[str] | None) -> ChapterLine | None:
    start = read_time(match["start"]) if match else None
    if match is None or start is None:
        return None
    is_title_first = match.end("title") <= match.start("start")
    is_table_row = match.string.startswith("|")  # a row of a table: its last bar is not part of the title
    separators = _MARKS_AT_END if is_title_first else " \t|" if is_table_row else " "
    title, url = clean_title(match["title"].rstrip(separators))
    return ChapterLine(start=start, title=title, title_at=match.start("title"), url=url) if title else None


def _find_link_replacement(text: str, search_start: int, link: Link) -> tuple[int, str, int] | None:
    """Return the part of a title to replace because of a link in it: its start, the new text and its end.

    The result is None for a URL between words, as in "Why https://example.org is down": it belongs to the title.
    """
    start, end = link.start, link.end
    label, label_end = _LINK_LABEL.search(text, search_start, start), _LINK_END.match(text, end)
    if label and label_end:
        return label.start(), label[1], label_end.end()
    before = text[start - 1 : start] if start > search_start else ""
    if before in _CLOSING_BRACKETS and text[end : end + 1] == _CLOSING_BRACKETS[before]:
        start, end = start - 1, end + 1
    elif text[end:].strip(_MARKS_AT_END):
        return None
    if not text[end:].strip(_MARKS_AT_END):
        end = len(text)
        start = search_start + len(text[search_start:start].rstrip(_MARKS_AT_END))
    return start, "", end


def _strip_emphasis(title: str) -> str:
    """Remove emphasis marks around a whole title. The opening mark may be before the time."""
    for mark in _EMPHASIS_MARKS:
        inner = title.removesuffix(mark).removeprefix(mark)
        if mark not in inner and title.endswith(mark):
            return inner.strip()
    return title
