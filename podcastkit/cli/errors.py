"""Report why a command failed: in words on stderr and, where JSON is asked for, as JSON on stdout."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.cli.output import print_diagnostics, print_json, say
from podcastkit.diagnostics import CheckFailed, ConflictError, PodcastkitError, Severity, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

STOPPED = "nothing is half done; run the command again to go on"


def print_error(error: PodcastkitError) -> None:
    """Print on stderr what failed and what to do next, with the findings or changes that caused it."""
    if isinstance(error, CheckFailed):
        errors = [finding for finding in error.diagnostics if finding.severity is Severity.ERROR]
        print_diagnostics(errors, error.folder or Path(), err=True)
    if changes := getattr(error, "changes", ()):  # of a DestructiveChange, whose module is slow to import
        from podcastkit.cli.plan_output import print_changes

        print_changes(changes, err=True)
    say(("Error: ", "bold red"), error.message, err=True)
    if error.hint:
        say("  ", error.hint, err=True)


@contextmanager
def failures_as_json(as_json: bool) -> Iterator[None]:
    """Print a failure in the block as JSON, if asked for, and let it go on."""
    try:
        yield
    except PodcastkitError as error:
        if as_json:
            print_json(_describe_error(error))
        raise
    except (click.Abort, KeyboardInterrupt):
        if as_json:
            print_json({"schema": 1, "outcome": "stopped", "error": "stopped", "hint": STOPPED, "findings": []})
        raise


def _describe_error(error: PodcastkitError) -> dict[str, object]:
    described: dict[str, object] = {
        "schema": 1,
        "outcome": name_outcome(error),
        "error": error.message,
        "hint": error.hint,
        "findings": [finding.to_dict() for finding in getattr(error, "diagnostics", ())],
    }
    if changes := getattr(error, "changes", ()):
        described["changes"] = [change.to_dict() for change in changes]
    return described


def name_outcome(error: PodcastkitError) -> str:
    """Return the outcome that JSON has for an error."""
    if isinstance(error, ConflictError):
        return "conflict"
    return "unreachable" if isinstance(error, StorageError) else "refused"
