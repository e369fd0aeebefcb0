"""What can be said about a show's content (Diagnostic) and the errors that the world's failures raise."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta
    from pathlib import Path

T = TypeVar("T")
MAX_ALIKE = 3
"""Findings, files or episodes that are named of those that are alike."""


class Severity(enum.StrEnum):
    """How much a finding matters: an error holds back what it is about, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A place in a file of the show; `file` is relative to the show, with `/`; line and column count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """One finding about a show's content: what is wrong, where, and how to mend it.

    `episode` is the folder's name when the finding is about one episode, None when it is about the show.
    `destinations` names the directories or standards whose rule it is (`apple`, `psp1` …); empty: everybody's.
    """

    code: str
    severity: Severity
    message: str
    hint: str | None = None
    location: Location | None = None
    episode: str | None = None
    destinations: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    """The folders of other episodes that it takes to cause the problem, as when two have the same number."""

    def to_dict(self) -> dict[str, object]:
        """Return the finding as the JSON object of `check --format json`."""
        location = self.location
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "hint": self.hint,
            "file": location.file if location else None,
            "line": location.line if location else None,
            "column": location.column if location else None,
            "episode": self.episode,
            "destinations": list(self.destinations),
        }


def make_error(code: str, message: str, hint: str | None, where: Location | str | None) -> Diagnostic:
    """Return a finding of a reader that holds back what it is about; `where` is a place or the name of a file."""
    return _make_finding(Severity.ERROR, code, message, hint, where)


def make_warning(code: str, message: str, hint: str | None, where: Location | str | None) -> Diagnostic:
    """Return a finding of a reader that holds nothing back."""
    return _make_finding(Severity.WARNING, code, message, hint, where)


def make_info(code: str, message: str, hint: str | None, where: Location | str | None) -> Diagnostic:
    """Return a finding of a reader about what it guessed."""
    return _make_finding(Severity.INFO, code, message, hint, where)


class Parsed(NamedTuple, Generic[T]):
    """A value that was read from a file, and the problems found in it."""

    value: T
    findings: tuple[Diagnostic, ...] = ()


def _make_finding(
    severity: Severity, code: str, message: str, hint: str | None, where: Location | str | None
) -> Diagnostic:
    location = Location(file=where) if isinstance(where, str) else where
    return Diagnostic(code=code, severity=severity, message=message, hint=hint, location=location)


def has_errors(findings: Iterable[Diagnostic]) -> bool:
    """Tell whether any of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def count_kinds(findings: Iterable[Diagnostic]) -> int:
    """Return how many findings there are, with more than three of one rule in one file as one."""
    kinds = Counter((one.code, one.episode, one.location.file if one.location else None) for one in findings)
    return sum(number if number <= MAX_ALIKE else 1 for number in kinds.values())


class PodcastkitError(Exception):
    """Something in the world failed: `message` says what happened to what, `hint` what to do next."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ProjectError(PodcastkitError):
    """The show's folder cannot be used at all."""


class UnknownEpisodeError(ProjectError):
    """The show has no episode of this name."""


class UnknownRuleError(PodcastkitError):
    """No rule has this code."""


class CheckFailed(PodcastkitError):  # noqa: N818 - the name is part of the public contract
    """The findings forbid to publish; `diagnostics` holds all of them, and `folder` is the show's."""

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        diagnostics: tuple[Diagnostic, ...],
        folder: Path | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.diagnostics = diagnostics
        self.folder = folder


class NotBuiltError(PodcastkitError):
    """Some episodes' audio has not been made yet; `episodes` holds their folders' names."""

    def __init__(self, message: str, hint: str | None = None, *, episodes: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.episodes = episodes


class MediaError(PodcastkitError):
    """An audio or image file cannot be read or made; `declared` is the length that broken audio promises."""

    declared: timedelta | None = None


class FeedError(PodcastkitError):
    """A feed cannot be read, or a value cannot stand in one."""


class StorageError(PodcastkitError):
    """The destination refused or could not be reached."""


class UnreachableError(StorageError):
    """The destination could not be reached or was too busy: the same may work in a while."""


class ConflictError(PodcastkitError):
    """Somebody else changed the folder or the destination meanwhile."""


class Cancelled(PodcastkitError):  # noqa: N818 - the name is part of the public contract
    """Raised by a progress callback to stop cleanly before the feed is switched."""
