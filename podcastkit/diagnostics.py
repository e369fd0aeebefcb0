"""Findings about a show's content (Diagnostic), and the exceptions for all other failures."""

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
MAX_SIMILAR_SHOWN = 3
"""The maximum number of similar findings, files or episodes to show one by one."""


class Severity(enum.StrEnum):
    """The severity of a finding. An error holds back the show or the episode; warnings and infos do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True, slots=True)
class Location:
    """A place in a file of the show. `file` is relative to the show, with `/`; line and column count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """A finding about a show's content: the problem, its location, and how to fix it.

    `episode` is the name of the episode's folder, or None if the finding is about the show. `destinations` are the
    directories or standards that have this rule (`apple`, `psp1` …); empty for a general rule.
    """

    code: str
    severity: Severity
    message: str
    hint: str | None = None
    location: Location | None = None
    episode: str | None = None
    destinations: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    """The folders of other episodes that share the problem, for example the same number."""

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
    """Return an error; `where` is a location or the name of a file."""
    return _make_finding(Severity.ERROR, code, message, hint, where)


def make_warning(code: str, message: str, hint: str | None, where: Location | str | None) -> Diagnostic:
    """Return a warning; `where` is a location or the name of a file."""
    return _make_finding(Severity.WARNING, code, message, hint, where)


def make_info(code: str, message: str, hint: str | None, where: Location | str | None) -> Diagnostic:
    """Return an info, for example about a guess; `where` is a location or the name of a file."""
    return _make_finding(Severity.INFO, code, message, hint, where)


class Parsed(NamedTuple, Generic[T]):
    """A value that was read from a file, and the findings about it."""

    value: T
    findings: tuple[Diagnostic, ...] = ()


def _make_finding(
    severity: Severity, code: str, message: str, hint: str | None, where: Location | str | None
) -> Diagnostic:
    location = Location(file=where) if isinstance(where, str) else where
    return Diagnostic(code=code, severity=severity, message=message, hint=hint, location=location)


def has_errors(findings: Iterable[Diagnostic]) -> bool:
    """Return whether any of the findings is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def count_as_shown(findings: Iterable[Diagnostic]) -> int:
    """Count the findings, but count more than `MAX_SIMILAR_SHOWN` of one rule in one file of an episode as one."""
    counts = Counter((one.code, one.episode, one.location.file if one.location else None) for one in findings)
    return sum(count if count <= MAX_SIMILAR_SHOWN else 1 for count in counts.values())


class PodcastkitError(Exception):
    """The base of all expected failures: `message` describes the failure, and `hint` the next step."""

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
    """The show has errors and cannot be published; `diagnostics` are all findings, `folder` is the show folder."""

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
    """The audio of some episodes is not encoded yet; `episodes` are the names of their folders."""

    def __init__(self, message: str, hint: str | None = None, *, episodes: tuple[str, ...]) -> None:
        super().__init__(message, hint)
        self.episodes = episodes


class MediaError(PodcastkitError):
    """An audio or image file cannot be read or written; `declared` is the duration in its header, if known."""

    declared: timedelta | None = None


class FeedError(PodcastkitError):
    """A feed cannot be read, or a value cannot be in a feed."""


class StorageError(PodcastkitError):
    """The destination refused a request or could not be reached."""


class UnreachableError(StorageError):
    """The destination could not be reached or was too busy; a later attempt may succeed."""


class ConflictError(PodcastkitError):
    """Another person or program changed the folder or the destination in the meantime."""


class Cancelled(PodcastkitError):  # noqa: N818 - the name is part of the public contract
    """Raised by a progress callback to stop cleanly before the feed is replaced."""
