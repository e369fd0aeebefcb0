"""The reason why a text is not a valid value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """The reason why a text is not a valid value, and how to fix it."""

    message: str
    hint: str
