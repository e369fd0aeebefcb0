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
"""How many different texts must repeat the previous cue; a single text may really have been said twice."""
_MIN_PHRASE = 3
"""A repetition of at least this many words is not a coincidence, even if it is not a whole line."""
_MAX_WORDS = 80
"""The maximum number of words of a cue that are compared; rolling captions are shorter."""
_PAUSE = timedelta(seconds=1)
"""A cue that repeats the same words after such a pause is not a rolling caption."""
_PUNCTUATION = re.compile(r"\W+")


class _Word(NamedTuple):
    """A word of a caption."""

    key: str
    """The word in lower case without punctuation, for comparison: case and punctuation can differ between cues."""
    begins_line: bool
    end: int
    """The position in the text after the word."""


def find_new_texts(cues: Sequence[Cue]) -> list[str] | None:
    """Return the text that each cue adds to the previous one, or None if the captions do not roll.

    Captions roll if at least half of them repeat the end of the previous cue, with different texts: "No." "No." is
    only a repetition.
    """
    repeated_counts = [_count_repeated_characters(before, cue) for before, cue in pairwise(cues)]
    repeating_texts = {cue.text for cue, count in zip(cues[1:], repeated_counts, strict=True) if count}
    if len(repeating_texts) < _MIN_REPETITIONS or 2 * sum(map(bool, repeated_counts)) < len(repeated_counts):
        return None
    return [cues[0].text, *(cue.text[count:].strip() for cue, count in zip(cues[1:], repeated_counts, strict=True))]


def _count_repeated_characters(before: Cue, cue: Cue) -> int:
    """Return how many characters of a cue repeat the last words of the previous cue: a phrase, or whole lines."""
    old_words, new_words = list(_split_words(before.text))[-_MAX_WORDS:], list(_split_words(cue.text))
    new_keys = [word.key for word in new_words[:_MAX_WORDS]]
    for start, word in enumerate(old_words):
        count = len(old_words) - start
        is_phrase_or_line = word.begins_line or count >= _MIN_PHRASE
        if is_phrase_or_line and [word.key for word in old_words[start:]] == new_keys[:count]:
            is_said_again = count == len(new_words) and (before.end is None or cue.start - before.end > _PAUSE)
            return 0 if is_said_again else new_words[count - 1].end
    return 0


def _split_words(text: str) -> Iterator[_Word]:
    position = 0
    for line in text.split("\n"):
        for number, found in enumerate(re.finditer(r"\S+", line)):
            key = _PUNCTUATION.sub("", found[0]).casefold() or found[0]
            yield _Word(key, number == 0, position + found.end())
        position += len(line) + 1
