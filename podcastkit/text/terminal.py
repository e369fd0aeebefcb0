"""Text on a terminal: its width in columns."""

from __future__ import annotations

from wcwidth import iter_graphemes, wcswidth


def count_columns(text: str) -> int:
    """Return the number of columns that a text takes: 2 for a Chinese, Japanese or Korean character or an emoji."""
    if text.isascii():
        return len(text)
    # By grapheme: for a whole text, wcwidth takes time that is quadratic in a row of flags.
    return sum(max(wcswidth(grapheme), 0) for grapheme in iter_graphemes(text))


def cut_columns(text: str, width: int) -> str:
    """Return a text, or its beginning with an ellipsis, in at most so many columns."""
    kept = text[: 4 * width]  # a hostile text may be endless
    if len(kept) == len(text) and count_columns(text) <= width:
        return text
    while count_columns(kept) >= width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
