"""Rolling captions: each cue repeats words of the cue before it, and adds a line or some words."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podcastkit.text.transcripts.cues import Cue

_FEWEST = 2
"""Different texts that repeat the one before; of fewer, one may have been said twice."""
_PHRASE = 3
"""Words that are not repeated by chance, although they are no whole line."""
_MOST_WORDS = 80
"""Words of the lines that are shown at once; more do not roll."""
_PAUSE = timedelta(seconds=1)
"""Words that come again after it, and nothing else, are said again."""
_SIGNS = re.compile(r"\W+")


class _Word(NamedTuple):
    """A word without its signs and capitals, which change while captions roll."""

    key: str
    begins_line: bool
    end: int
    """The position after it in its text."""


def find_news(cues: Sequence[Cue]) -> list[str] | None:
    """Return what each cue says that the one before does not show; None when the captions do not roll.

    They roll when half of them repeat the end of the cue before, in different words: "No." "No." is said twice.
    """
    repeated = [_count_repeated(before, cue) for before, cue in pairwise(cues)]
    different = {cue.text for cue, count in zip(cues[1:], repeated, strict=True) if count}
    if len(different) < _FEWEST or 2 * sum(map(bool, repeated)) < len(repeated):
        return None
    return [cues[0].text, *(cue.text[count:].strip() for cue, count in zip(cues[1:], repeated, strict=True))]


def _count_repeated(before: Cue, cue: Cue) -> int:
    """Return how many characters of a cue repeat the last words of the one before: a phrase, or whole lines."""
    old, new = list(_split_words(before.text))[-_MOST_WORDS:], list(_split_words(cue.text))
    keys = [word.key for word in new[:_MOST_WORDS]]
    for start, word in enumerate(old):
        count = len(old) - start
        is_whole = word.begins_line or count >= _PHRASE
        if is_whole and [word.key for word in old[start:]] == keys[:count]:
            is_said_again = count == len(new) and (before.end is None or cue.start - before.end > _PAUSE)
            return 0 if is_said_again else new[count - 1].end
    return 0


def _split_words(text: str) -> Iterator[_Word]:
    position = 0
    for line in text.split("\n"):
        for number, found in enumerate(re.finditer(r"\S+", line)):
            key = _SIGNS.sub("", found[0]).casefold() or found[0]
            yield _Word(key, number == 0, position + found.end())
        position += len(line) + 1
