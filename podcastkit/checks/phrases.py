"""How findings name several things in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_NAMES = 6


def join_words(words: Iterable[object]) -> str:
    """Say `2`, `2 and 3` or `2, 3 and 4`."""
    *others, last = map(str, words)
    return f"{', '.join(others)} and {last}" if others else last


def name_some(names: Sequence[str]) -> str:
    """Say all of a few names, and of many the first ones and how many others there are."""
    if len(names) <= _MOST_NAMES:
        return join_words(names)
    return join_words([*names[: _MOST_NAMES - 1], f"{len(names) - _MOST_NAMES + 1} others"])
