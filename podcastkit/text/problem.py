"""A problem: why a text cannot be read as a value. Quoting text of unknown origin in messages."""

from __future__ import annotations

from dataclasses import dataclass

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text could not be read, and the cure."""

    message: str
    hint: str


def quote(text: str) -> str:
    """Show a text of unknown origin in straight quotes: short, on one line, without control characters."""
    return f'"{shorten(text)}"'


def shorten(text: str) -> str:
    """Return the text's beginning with everything invisible spelled out, so that no terminal obeys it."""
    visible = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text[: _SHOWN + 1]
    )
    return visible if len(visible) <= _SHOWN else visible[: _SHOWN - 1] + "…"
