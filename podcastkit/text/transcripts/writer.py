"""Cues → WebVTT and SRT as the podcast namespace wants them, with limits on lines and speakers kept.

https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from wcwidth import iter_graphemes

from podcastkit.text.terminal import count_columns
from podcastkit.text.timecodes import format_timestamp
from podcastkit.text.transcripts.cues import MILLISECOND, clean, settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import timedelta

    from podcastkit.text.transcripts.cues import Cue

VTT_LINE = 65
"""The columns of a line in WebVTT."""
SRT_LINE = 32
"""The columns of a line in SRT."""
LINES = 2
"""The lines that are shown at once."""

_EVENLY = 16
"""The lines up to which a text is spread evenly; of more, the last ones matter little."""
_Piece = tuple[str, str, int]
"""The space before what is not broken, that itself, and its columns."""

_OPENING, _CLOSING = frozenset({"Ps", "Pi"}), frozenset({"Pe", "Pf", "Po", "Pd"})
_KEEPING = re.compile("[\u00a0\u2007\u202f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Card:
    """What is shown at once."""

    start: timedelta
    end: timedelta
    speaker: str | None
    """Who begins to speak with it."""
    lines: tuple[str, ...]


def write_vtt(cues: Iterable[Cue]) -> bytes:
    """Write WebVTT: at most 65 columns to a line, `<v Name>` where the speaker changes."""
    blocks = ["WEBVTT\n"]
    for card in _cards(cues, VTT_LINE, is_name_shown=False):
        voice = f"<v {html.escape(card.speaker, quote=False)}>" if card.speaker else ""
        text = html.escape("\n".join(card.lines), quote=False)
        blocks.append(f"{format_timestamp(card.start)} --> {format_timestamp(card.end)}\n{voice}{text}\n")
    return "\n".join(blocks).encode()


def write_srt(cues: Iterable[Cue]) -> bytes:
    """Write SRT: two lines of at most 32 columns at once, `Name: ` where the speaker changes."""
    blocks = []
    for number, card in enumerate(_cards(cues, SRT_LINE, is_name_shown=True), 1):
        times = f"{format_timestamp(card.start, mark=',')} --> {format_timestamp(card.end, mark=',')}"
        blocks.append(f"{number}\n{times}\n" + "\n".join(card.lines) + "\n")
    return "\n".join(blocks).encode()


def _cards(cues: Iterable[Cue], limit: int, *, is_name_shown: bool) -> Iterator[_Card]:
    speaker: str | None = None
    earliest: timedelta | None = None
    for cue in settle(cues):
        newcomer = cue.speaker if cue.speaker != speaker else None
        speaker = cue.speaker or speaker
        text = f"{newcomer}: {cue.text}" if newcomer and is_name_shown else cue.text
        shown = _fit(_without_arrows(text) if is_name_shown else text, limit)
        for lines, start, end in zip(shown, *_times(cue, shown), strict=True):
            # Who shows cues in their order must not meet one that begins before the one before it.
            earliest = max(start, earliest or start)
            yield _Card(start=earliest, end=max(end, earliest + MILLISECOND), speaker=newcomer, lines=lines)
            newcomer = None


def _without_arrows(text: str) -> str:
    """SRT has no way to write what parts its times."""
    return text.replace("-->", "→")


def _times(cue: Cue, shown: Sequence[Sequence[str]]) -> tuple[list[timedelta], list[timedelta]]:
    """Share a cue's time out by the width of what is shown, a millisecond at least for each."""
    widths = [sum(map(count_columns, lines)) or 1 for lines in shown]
    length = ((cue.end or cue.start) - cue.start) // MILLISECOND
    total = sum(widths)
    shares = (length * part // total for part in accumulate(widths))
    ends = accumulate(shares, lambda end, share: max(share, end + 1), initial=0)
    moments = [cue.start + MILLISECOND * end for end in ends]
    return moments[:-1], moments[1:]


def _fit(text: str, limit: int) -> list[tuple[str, ...]]:
    """Return the lines that are shown at once, one after the other; lines that fit stay as they are."""
    given = tuple(line for line in text.split("\n") if line)
    if len(given) <= LINES and all(count_columns(line) <= limit for line in given):
        return [given] if given else []
    pieces = list(_pieces(clean(text), limit))
    lines = _wrap(pieces, limit)
    if LINES < len(lines) <= _EVENLY:
        lines = _wrap(pieces, _narrowest(pieces, limit, len(lines) + len(lines) % LINES))
    return [tuple(lines[index : index + LINES]) for index in range(0, len(lines), LINES)]


def _narrowest(pieces: Sequence[_Piece], limit: int, most: int) -> int:
    """Return the narrowest limit that needs no more lines, so that no card flashes by with the last word alone."""
    return bisect_left(range(limit), 1, lo=1, key=lambda narrow: len(_wrap(pieces, narrow)) <= most)


def _wrap(pieces: Iterable[_Piece], limit: int) -> list[str]:
    """Put as much on each line as it holds; a blank that must not be broken at may still end one."""
    lines: list[list[str]] = []
    taken = 0
    for space, piece, needed in pieces:
        if lines and taken + len(space) + needed <= limit:
            lines[-1] += (space, piece)
            taken += len(space) + needed
        else:
            lines.append([piece])
            taken = needed
    return [text for line in lines if (text := "".join(line).strip())]


def _pieces(text: str, limit: int) -> Iterator[_Piece]:
    """Yield what is not broken: words, and the wide signs of a script without spaces with what sticks to them.

    What is longer than a line is broken anywhere but inside a character.
    """
    for word in text.split(" "):
        if word.isascii() and len(word) <= limit:
            yield " ", word, len(word)
            continue
        space, piece, taken = " ", "", 0
        is_wide = False
        for sign in iter_graphemes(word):
            needed = count_columns(sign)
            was_wide, is_wide = is_wide, needed > 1
            is_joint = piece and (was_wide or is_wide) and not _sticks(piece[-1], sign[0])
            if is_joint or (piece and taken + needed > limit):
                yield space, piece, taken
                space, piece, taken = "", "", 0
            piece, taken = piece + sign, taken + needed
        yield space, piece, taken


def _sticks(before: str, after: str) -> bool:
    return (
        unicodedata.category(before) in _OPENING
        or unicodedata.category(after) in _CLOSING
        or _KEEPING.match(before) is not None
        or _KEEPING.match(after) is not None
    )
