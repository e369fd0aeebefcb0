"""Report why a command failed: as text on stderr and, with --json, as JSON on stdout."""

from __future__ import annotations

from pathlib import Path

from podcastkit.cli.output import print_diagnostics, print_line
from podcastkit.diagnostics import (
    CheckFailed,
    ConflictError,
    PodcastkitError,
    Severity,
    UnreachableError,
)

STOPPED = {
    "schema": 1,
    "outcome": "stopped",
    "error": "stopped",
    "hint": "nothing is damaged; run the command again to continue",
    "findings": [],
}
"""The JSON object of a command that was stopped."""


def print_error(error: PodcastkitError) -> None:
    """Print an error and its hint on stderr, with the findings or changes that caused it."""
    if isinstance(error, CheckFailed):
        errors = [finding for finding in error.diagnostics if finding.severity is Severity.ERROR]
        print_diagnostics(errors, error.folder or Path(), err=True)
    if changes := getattr(error, "changes", ()):  # only DestructiveChange has them; its module is slow to import
        from podcastkit.cli.plan_output import print_changes

        print_changes(changes, err=True)
    print_line(("Error: ", "bold red"), error.message, err=True)
    if error.hint:
        print_line("  ", error.hint, err=True)


def describe_error(error: PodcastkitError) -> dict[str, object]:
    """Return the JSON object of a failure."""
    failure: dict[str, object] = {
        "schema": 1,
        "outcome": name_outcome(error),
        "error": error.message,
        "hint": error.hint,
        "findings": [finding.to_dict() for finding in getattr(error, "diagnostics", ())],
    }
    if changes := getattr(error, "changes", ()):
        failure["changes"] = [change.to_dict() for change in changes]
    return failure


def name_outcome(error: PodcastkitError) -> str:
    """Return the `outcome` of an error in JSON."""
    if isinstance(error, ConflictError):
        return "conflict"
    return "unreachable" if isinstance(error, UnreachableError) else "refused"
