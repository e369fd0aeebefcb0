"""Write cues as WebVTT and SRT that follow the podcast namespace: short lines, with the names of speakers.

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
from podcastkit.text.transcripts.cues import MILLISECOND, clean_cue_text, complete_cues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import timedelta

    from podcastkit.text.transcripts.cues import Cue

VTT_LINE = 65
"""The longest line in WebVTT, in columns."""
SRT_LINE = 32
"""The longest line in SRT, in columns."""
LINES = 2
"""The maximum number of lines that are shown at once."""

_MAX_EVEN_LINES = 16
"""Texts of up to this many lines get lines of similar length; in longer texts, a short last line is fine."""
_Piece = tuple[str, str, int]
"""A part of a text that must not be broken: the space before it, the part itself, and its width in columns."""

_OPENING, _CLOSING = frozenset({"Ps", "Pi"}), frozenset({"Pe", "Pf", "Po", "Pd"})
_NON_BREAKING = re.compile("[\u00a0\u2007\u202f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Card:
    """The lines that are shown at the same time."""

    start: timedelta
    end: timedelta
    speaker: str | None
    """The speaker, if the speaker changes with this card."""
    lines: tuple[str, ...]


def write_vtt(cues: Iterable[Cue]) -> bytes:
    """Write WebVTT with at most two lines of 65 columns per cue, and `<v Name>` where the speaker changes."""
    blocks = ["WEBVTT\n"]
    for card in _make_cards(cues, VTT_LINE, is_srt=False):
        voice = f"<v {html.escape(card.speaker, quote=False)}>" if card.speaker else ""
        text = html.escape("\n".join(card.lines), quote=False)
        blocks.append(f"{format_timestamp(card.start)} --> {format_timestamp(card.end)}\n{voice}{text}\n")
    return "\n".join(blocks).encode()


def write_srt(cues: Iterable[Cue]) -> bytes:
    """Write SRT with at most two lines of 32 columns per cue, and `Name: ` where the speaker changes."""
    blocks = []
    for number, card in enumerate(_make_cards(cues, SRT_LINE, is_srt=True), 1):
        times = f"{format_timestamp(card.start, mark=',')} --> {format_timestamp(card.end, mark=',')}"
        blocks.append(f"{number}\n{times}\n" + "\n".join(card.lines) + "\n")
    return "\n".join(blocks).encode()


def _make_cards(cues: Iterable[Cue], limit: int, *, is_srt: bool) -> Iterator[_Card]:
    """Divide cues into cards that fit on a screen, in ascending order.

    In SRT, the name of a new speaker is a part of the text.
    """
    speaker: str | None = None
    earliest: timedelta | None = None
    for cue in complete_cues(cues):
        new_speaker = cue.speaker if cue.speaker != speaker else None
        speaker = cue.speaker or speaker
        text = f"{new_speaker}: {cue.text}" if new_speaker and is_srt else cue.text
        cards = _split_lines(_replace_arrows(text) if is_srt else text, limit)
        for lines, start, end in zip(cards, *_divide_time(cue, cards), strict=True):
            # Some players expect that no cue begins before the previous cue.
            earliest = max(start, earliest or start)
            yield _Card(start=earliest, end=max(end, earliest + MILLISECOND), speaker=new_speaker, lines=lines)
            new_speaker = None


def _replace_arrows(text: str) -> str:
    # SRT cannot escape the arrow that separates its times.
    return text.replace("-->", "→")


def _divide_time(cue: Cue, cards: Sequence[Sequence[str]]) -> tuple[list[timedelta], list[timedelta]]:
    """Return the starts and the ends of the cards of a cue.

    The length of a card is proportional to its width, and at least a millisecond.
    """
    widths = [sum(map(count_columns, lines)) or 1 for lines in cards]
    length = ((cue.end or cue.start) - cue.start) // MILLISECOND
    total = sum(widths)
    proportional_ends = (length * width_so_far // total for width_so_far in accumulate(widths))
    # In milliseconds after the start of the cue. Each end is after the previous one.
    ends = accumulate(proportional_ends, lambda end, proportional_end: max(proportional_end, end + 1), initial=0)
    moments = [cue.start + MILLISECOND * end for end in ends]
    return moments[:-1], moments[1:]


def _split_lines(text: str, limit: int) -> list[tuple[str, ...]]:
    """Split a text into cards of lines. If the text fits on one card with its own line breaks, keep these."""
    written = tuple(line for line in text.split("\n") if line)
    if len(written) <= LINES and all(count_columns(line) <= limit for line in written):
        return [written] if written else []
    pieces = list(_split_pieces(clean_cue_text(text), limit))
    lines = _wrap_pieces(pieces, limit)
    if LINES < len(lines) <= _MAX_EVEN_LINES:
        # Use all lines of the last card.
        max_lines = len(lines) + len(lines) % LINES
        lines = _wrap_pieces(pieces, _find_narrowest_limit(pieces, limit, max_lines))
    return [tuple(lines[index : index + LINES]) for index in range(0, len(lines), LINES)]


def _find_narrowest_limit(pieces: Sequence[_Piece], limit: int, max_lines: int) -> int:
    """Return the narrowest limit, in columns, with which the pieces need at most `max_lines` lines.

    Lines of equal width prevent a last card with a single word, which would appear only for a moment.
    """
    # The key is False (0) for limits that are too narrow, and then True (1).
    return bisect_left(range(limit), 1, lo=1, key=lambda narrow: len(_wrap_pieces(pieces, narrow)) <= max_lines)


def _wrap_pieces(pieces: Iterable[_Piece], limit: int) -> list[str]:
    """Fill each line with as many pieces as fit; a non-breaking space can still end a line."""
    lines: list[list[str]] = []
    line_width = 0
    for space, piece, piece_width in pieces:
        if lines and line_width + len(space) + piece_width <= limit:
            lines[-1] += (space, piece)
            line_width += len(space) + piece_width
        else:
            lines.append([piece])
            line_width = piece_width
    return [text for line in lines if (text := "".join(line).strip())]


def _split_pieces(text: str, limit: int) -> Iterator[_Piece]:
    """Split a text into words and, for scripts without spaces, into characters with their punctuation.

    A word that is longer than a line is split between any two characters.
    """
    for word in text.split(" "):
        if word.isascii() and len(word) <= limit:
            yield " ", word, len(word)
            continue
        space, piece, width = " ", "", 0
        is_wide = False
        for character in iter_graphemes(word):
            character_width = count_columns(character)
            was_wide, is_wide = is_wide, character_width > 1
            can_break = piece and (was_wide or is_wide) and not _is_inseparable(piece[-1], character[0])
            if can_break or (piece and width + character_width > limit):
                yield space, piece, width
                space, piece, width = "", "", 0
            piece, width = piece + character, width + character_width
        yield space, piece, width


def _is_inseparable(before: str, after: str) -> bool:
    return (
        unicodedata.category(before) in _OPENING
        or unicodedata.category(after) in _CLOSING
        or _NON_BREAKING.match(before) is not None
        or _NON_BREAKING.match(after) is not None
    )
