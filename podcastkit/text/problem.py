"""A problem: why a text cannot be read as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text could not be read, and the cure."""

    message: str
    hint: str
