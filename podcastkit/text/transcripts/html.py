"""The podcast namespace's HTML transcripts → cues, where every paragraph says when it begins.

https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md#html
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.diagnostics import make_warning
from podcastkit.text.notes.html_tree import BLOCK_TAGS, HEADINGS, PARTING_TAGS, SWALLOWED_TAGS
from podcastkit.text.syntax.positions import Positions
from podcastkit.text.timecodes import format_shortest, parse_clock
from podcastkit.text.transcripts.cues import LONGEST, Cue, clean

if TYPE_CHECKING:
    from podcastkit.text.transcripts.cues import Reading

_ASIDES = HEADINGS | {"cite", "time"}
"""Tags whose texts are none of what is said."""
_SPACING = BLOCK_TAGS | PARTING_TAGS | {"br"}
# Nothing of the page is kept as markup, so it need not be made safe; a parser of HTML takes time that grows as the
# square of how deep its tags are nested.
_TOKEN = re.compile(
    rf"""
    <!--.*?(?:-->|\Z) | <(?P<swallowed>{"|".join(sorted(SWALLOWED_TAGS))})\b.*?(?:</(?P=swallowed)\b[^<>]*>?|\Z)
    | <(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)[^<>]*> | <[!?/][^<>]*> | (?P<text>[^<]+|<)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_TIME = re.compile(r"[(\[]?(?:([0-9]{1,3}):(?=[0-9]{1,2}:))?([0-9]{1,4}):([0-9]{2})(?:[.,]([0-9]{1,3}))?[)\]]?")
_TIME_TAG = re.compile(r"(?P<start><time\b[^<>]*>(?:\s*<[^<>/][^<>]*>)*)(?P<text>[^<]*)", re.IGNORECASE)


def read_monologues(source: str, file: str) -> tuple[Reading, bool]:
    """Read an HTML transcript, and tell whether it says anything.

    There are no cues unless all that is said stands in paragraphs with a time before them or in them. T010 warns of
    an unreadable time.
    """
    reader = _Reader()
    for token in _TOKEN.finditer(source):
        if token["text"]:
            reader.hear(html.unescape(token["text"]))
        elif token["tag"]:
            reader.turn(token["tag"].lower(), is_end=bool(token["end"]), at=token.start())
    reader.finish()
    if reader.unreadable is not None:
        time, at = reader.unreadable
        message = f"“{time[:60]}” is no time, so no subtitles are made of {file}"
        cure = "write it as <time>1:02:03</time>"
        finding = make_warning("T010", message, cure, Positions(source, file).locate(at))
        return ((), (finding,)), reader.says_something
    is_timed = all(start is not None for start, _, _, _ in reader.said)
    cues = tuple(
        Cue(start=start, end=None, text=text, speaker=speaker, at=at)
        for start, at, speaker, text in reader.said
        if start is not None
    )
    return (cues if is_timed else (), ()), reader.says_something


def shift_monologues(source: str, offset: timedelta) -> str:
    """Move the times in an HTML transcript; those before 0 become 0, and all else stays."""
    return _TIME_TAG.sub(partial(_moved, offset=offset), source)


@dataclass(slots=True)
class _Reader:
    """Takes tags and texts in their order."""

    said: list[tuple[timedelta | None, int, str | None, str]] = field(default_factory=list)
    unreadable: tuple[str, int] | None = None
    """The first time that is none, and where its tag begins."""
    says_something: bool = False
    _inside: str | None = None
    _at: int = 0
    _is_in_paragraph: bool = False
    _words: list[str] = field(default_factory=list)
    _aside: list[str] = field(default_factory=list)
    _start: timedelta | None = None
    _start_at: int = 0
    _speaker: str | None = None

    def hear(self, text: str) -> None:
        self.says_something = self.says_something or bool(text.strip())
        if self._inside:
            self._aside.append(text)
        elif self._is_in_paragraph:
            self._words.append(text)
        elif text.strip():
            self.said.append((None, 0, None, text))

    def turn(self, tag: str, *, is_end: bool, at: int) -> None:
        if tag in _ASIDES:
            self._end_aside()
            self._inside, self._at = None if is_end else tag, at
        elif tag == "p":
            self._end_paragraph()
            self._is_in_paragraph = not is_end
        elif tag in _SPACING:
            self._words.append(" ")

    def finish(self) -> None:
        self._end_aside()
        self._end_paragraph()

    def _end_aside(self) -> None:
        text = clean("".join(self._aside))
        self._aside.clear()
        if self._inside == "cite":
            self._speaker = text.rstrip(":： ") or None  # noqa: RUF001 - the colon of CJK
        elif self._inside == "time" and text:
            self._start, self._start_at = _read_time(text), self._at
            if self._start is None and self.unreadable is None:
                self.unreadable = (text, self._at)

    def _end_paragraph(self) -> None:
        text = clean("".join(self._words))
        self._words.clear()
        if text:
            self.said.append((self._start, self._start_at, self._speaker, text))
            self._start = None


def _moved(match: re.Match[str], offset: timedelta) -> str:
    moment = _read_time(clean(html.unescape(match["text"])))
    return match[0] if moment is None else match["start"] + _write_time(max(moment + offset, timedelta()))


def _write_time(moment: timedelta) -> str:
    milliseconds = moment.microseconds // 1000
    return format_shortest(moment) + (f".{milliseconds:03}" if milliseconds else "")


def _read_time(text: str) -> timedelta | None:
    match = _TIME.fullmatch(text)
    moment = parse_clock(*match.groups()) if match else None
    return moment if moment is not None and moment < LONGEST else None
