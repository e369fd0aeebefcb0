"""Read the cues of HTML transcripts (podcast namespace) in which every paragraph has a time.

https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md#html
"""

from __future__ import annotations

import html
import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Parsed, make_warning
from podcastkit.text.notes.html_tree import BLOCK_TAGS, DROPPED_TAGS, HEADINGS, SEPARATING_TAGS
from podcastkit.text.syntax.positions import Positions
from podcastkit.text.timecodes import format_shortest, parse_clock
from podcastkit.text.transcripts.cues import MAX_TIME, Cue, clean_cue_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.text.transcripts.cues import Reading

_ASIDES = HEADINGS | {"cite", "time"}
"""Tags whose texts are not spoken."""
_SEPARATING = BLOCK_TAGS | SEPARATING_TAGS | {"br"}
"""Tags that separate words, like a space."""
# Only text is kept, so the markup needs no sanitizing. An HTML parser would take quadratic time for nested tags.
_TOKEN = re.compile(
    rf"""
    <!--.*?(?:-->|\Z) | <(?P<dropped>{"|".join(sorted(DROPPED_TAGS))})\b.*?(?:</(?P=dropped)\b[^<>]*>?|\Z)
    | <(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)[^<>]*> | <[!?/][^<>]*> | (?P<text>[^<]+|<)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_TIME = re.compile(r"[(\[]?(?:([0-9]{1,3}):(?=[0-9]{1,2}:))?([0-9]{1,4}):([0-9]{2})(?:[.,]([0-9]{1,3}))?[)\]]?")
_TIME_TAG = re.compile(r"(?P<start><time\b[^<>]*>(?:\s*<[^<>/][^<>]*>)*)(?P<text>[^<]*)", re.IGNORECASE)


def read_html_transcript(source: str, file: str) -> Reading:
    """Read an HTML transcript.

    The result has cues only if all spoken text is in paragraphs, each with a time before or inside the paragraph.
    T010 is a warning about an unreadable time.
    """
    cues: list[Cue] = []
    start, start_at, speaker = None, 0, None
    is_timed = True
    for tag, at, text in _find_texts(source):
        if not text:
            continue
        if tag == "cite":
            speaker = text.rstrip(":： ") or None  # noqa: RUF001 - the colon of CJK
        elif tag == "time":
            start, start_at = _read_time(text), at
            if start is None:
                message = f"“{text[:60]}” is not a time, so no subtitles are made from {file}"
                where = Positions(source, file).locate(at)
                return Parsed((), (make_warning("T010", message, "write the time as <time>1:02:03</time>", where),))
        elif tag == "p" and start is not None:
            cues.append(Cue(start=start, end=None, text=text, speaker=speaker, at=start_at))
            start = None
        elif tag not in HEADINGS:
            is_timed = False
    return Parsed(tuple(cues) if is_timed else ())


def has_words(source: str) -> bool:
    """Return whether an HTML transcript contains any text."""
    return any(text for _, _, text in _find_texts(source))


def shift_html_transcript(source: str, offset: timedelta) -> str:
    """Shift the times in an HTML transcript; times before 0 become 0, and everything else is unchanged."""
    return _TIME_TAG.sub(partial(_shift_time, offset=offset), source)


def _find_texts(source: str) -> Iterator[tuple[str | None, int, str]]:
    """Yield each text of a page, which can be empty, with its tag and the position of the last tag of an aside.

    The tag is `p`, the tag of an aside, or None for text that is in neither of them.
    """
    aside_tag, at = None, 0
    aside_texts: list[str] = []
    is_in_paragraph = False
    spoken: list[str] = []
    for token in _TOKEN.finditer(source):
        name = (token["tag"] or "").lower()
        if token["text"]:
            (aside_texts if aside_tag else spoken).append(html.unescape(token["text"]))
        elif name in _ASIDES:
            yield aside_tag, at, clean_cue_text("".join(aside_texts))
            aside_texts.clear()
            aside_tag, at = None if token["end"] else name, token.start()
        elif name == "p":
            yield "p" if is_in_paragraph else None, at, clean_cue_text("".join(spoken))
            spoken.clear()
            is_in_paragraph = not token["end"]
        elif name in _SEPARATING:
            spoken.append(" ")
    yield aside_tag, at, clean_cue_text("".join(aside_texts))
    yield "p" if is_in_paragraph else None, at, clean_cue_text("".join(spoken))


def _shift_time(match: re.Match[str], offset: timedelta) -> str:
    time = _read_time(clean_cue_text(html.unescape(match["text"])))
    return match[0] if time is None else match["start"] + _write_time(max(time + offset, timedelta()))


def _write_time(time: timedelta) -> str:
    milliseconds = time.microseconds // 1000
    return format_shortest(time) + (f".{milliseconds:03}" if milliseconds else "")


def _read_time(text: str) -> timedelta | None:
    match = _TIME.fullmatch(text)
    time = parse_clock(*match.groups()) if match else None
    return time if time is not None and time < MAX_TIME else None
