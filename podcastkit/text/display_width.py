"""How wide a text is shown: a sign of Chinese, Japanese or Korean, or an emoji, takes two columns."""

from __future__ import annotations

from wcwidth import iter_graphemes, wcswidth


def measure(text: str) -> int:
    """Return the columns that a text takes."""
    if text.isascii():
        return len(text)
    # Sign by sign: for a text as a whole wcwidth takes time that grows as the square of a row of flags.
    return sum(max(wcswidth(sign), 0) for sign in iter_graphemes(text))
