"""Measure and cut text in terminal columns."""

from __future__ import annotations

from wcwidth import iter_graphemes, wcswidth


def count_columns(text: str) -> int:
    """Return the width of a text in columns; a Chinese, Japanese or Korean character or an emoji takes 2."""
    if text.isascii():
        return len(text)
    # One grapheme at a time: for a whole text, the time of wcwidth is quadratic in the number of adjacent flags.
    return sum(max(wcswidth(grapheme), 0) for grapheme in iter_graphemes(text))


def cut_columns(text: str, width: int) -> str:
    """Return a text, cut to at most `width` columns with an ellipsis if it is too long."""
    kept = text[: 4 * width]  # an untrusted text may be very long
    if len(kept) == len(text) and count_columns(text) <= width:
        return text
    while count_columns(kept) >= width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
