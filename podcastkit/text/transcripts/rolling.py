"""Rolling captions: each cue repeats words of the previous cue, and adds a line or a few words."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from podcastkit.text.transcripts.cues import Cue

_MIN_REPETITIONS = 2
"""How many different texts must repeat the previous cue; a single one may really have been said twice."""
_PHRASE = 3
"""How many words do not repeat by chance, even if they are not a whole line."""
_MOST_WORDS = 80
"""How many words of a cue are compared; rolling captions are shorter."""
_PAUSE = timedelta(seconds=1)
"""A cue that repeats the same words after such a pause is not a rolling caption."""
_SIGNS = re.compile(r"\W+")


class _Word(NamedTuple):
    """A word of a caption."""

    key: str
    """The word in lower case without punctuation, for comparison: both can change in rolling captions."""
    begins_line: bool
    end: int
    """The position in the text after the word."""


def find_new_texts(cues: Sequence[Cue]) -> list[str] | None:
    """Return the text that each cue adds to the previous one, or None if the captions do not roll.

    Captions roll if at least half of them repeat the end of the previous cue, with different texts: "No." "No." is
    only a repetition.
    """
    repeated = [_count_repeated(before, cue) for before, cue in pairwise(cues)]
    different = {cue.text for cue, count in zip(cues[1:], repeated, strict=True) if count}
    if len(different) < _MIN_REPETITIONS or 2 * sum(map(bool, repeated)) < len(repeated):
        return None
    return [cues[0].text, *(cue.text[count:].strip() for cue, count in zip(cues[1:], repeated, strict=True))]


def _count_repeated(before: Cue, cue: Cue) -> int:
    """Return how many characters of a cue repeat the last words of the previous cue: a phrase, or whole lines."""
    old, new = list(_split_words(before.text))[-_MOST_WORDS:], list(_split_words(cue.text))
    keys = [word.key for word in new[:_MOST_WORDS]]
    for start, word in enumerate(old):
        count = len(old) - start
        is_whole = word.begins_line or count >= _PHRASE
        if is_whole and [word.key for word in old[start:]] == keys[:count]:
            is_repetition = count == len(new) and (before.end is None or cue.start - before.end > _PAUSE)
            return 0 if is_repetition else new[count - 1].end
    return 0


def _split_words(text: str) -> Iterator[_Word]:
    position = 0
    for line in text.split("\n"):
        for number, found in enumerate(re.finditer(r"\S+", line)):
            key = _SIGNS.sub("", found[0]).casefold() or found[0]
            yield _Word(key, number == 0, position + found.end())
        position += len(line) + 1
