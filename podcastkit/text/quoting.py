"""Show text of unknown origin in messages: on one line, without characters that a terminal would obey."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from podcastkit.text.cleaning import CONTROL_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LONGEST_QUOTE = 60
_LONGEST_ANSWER = 200


def quote(text: str) -> str:
    """Return the shortened text in straight quotes."""
    return f'"{shorten(text)}"'


def suggest(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return the hint for a word that is not among the known ones: the nearest of them, or else another hint."""
    nearest = difflib.get_close_matches(word, sorted(known), n=1)
    return f'did you mean "{nearest[0]}"?' if nearest else otherwise


def shorten(text: str) -> str:
    """Return the beginning of what a producer wrote, with escapes that show which characters are invisible."""
    return _cut(escape_invisible(text[: _LONGEST_QUOTE + 1]), _LONGEST_QUOTE)


def escape_invisible(text: str) -> str:
    r"""Return the whole text with an escape such as `\x1b` for each invisible character."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def safe_line(text: str) -> str:
    """Return what a server or a foreign feed says.

    Longer than `shorten` allows, for URLs. Invisible characters become `�`, since the producer cannot correct them.
    """
    return _cut("".join(character if character.isprintable() else "�" for character in text), _LONGEST_ANSWER)


def display_name(path: Path) -> str:
    """Return a file's name in full, as the producer sees it in a folder.

    Control characters become `?`; invisible characters that belong to scripts and emoji stay.
    """
    return CONTROL_CHARACTERS.sub("?", path.name)


def _cut(line: str, most: int) -> str:
    return line if len(line) <= most else line[: most - 1] + "…"
