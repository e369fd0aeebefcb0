"""Helpers for messages: lists of names, and HTML entities in plain text."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ENCODED_AMPERSANDS = re.compile(r"&(?:amp;|#38;|#x26;)+", re.IGNORECASE)
"""An ampersand that was encoded, possibly several times: `&amp;` or `&amp;amp;`."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_MAX_NAMES = 6


def join_words(words: Iterable[object]) -> str:
    """Join one or more words to `2`, `2 and 3` or `2, 3 and 4`."""
    *first_words, last_word = map(str, words)
    return f"{', '.join(first_words)} and {last_word}" if first_words else last_word


def join_names(names: Sequence[str]) -> str:
    """Join up to six names. If there are more, join the first five and count the others."""
    if len(names) <= _MAX_NAMES:
        return join_words(names)
    return join_words([*names[: _MAX_NAMES - 1], f"{len(names) - _MAX_NAMES + 1} others"])


def find_entity(text: str) -> re.Match[str] | None:
    """Return the first HTML entity in a plain text, or None."""
    # Text such as `&unknown;` has the form of an entity, but does not decode to a character.
    return next((found for found in _ENTITY.finditer(text) if html.unescape(found[0]) != found[0]), None)


def decode_entities(text: str) -> str:
    """Replace all entities in a text by characters, including entities that were encoded several times."""
    return html.unescape(_ENCODED_AMPERSANDS.sub("&", text)).replace("\xa0", " ")
