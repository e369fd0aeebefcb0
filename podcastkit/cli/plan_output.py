"""Print the changes of a plan for subscribers and at the destination, and the problems of applying it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from podcastkit.cli.output import print_diagnostics, print_failed_checks, print_line
from podcastkit.published_keys import FEED_KEY, HISTORY, MANIFEST_KEY
from podcastkit.publishing.adoption import ADOPTED
from podcastkit.publishing.plan import ActionKind
from podcastkit.state.lock import LOCK_NAME
from podcastkit.text.dates import format_moment
from podcastkit.text.sizes import format_size
from podcastkit.text.timecodes import format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.feed.changes import Change
    from podcastkit.publishing.plan import Action, Plan
    from podcastkit.publishing.publish import Receipt

_CHANGE_WORDS = {
    "new": ("new", "green"),
    "removed": ("removed", "bold red"),
    "audio": ("new audio", "yellow"),
    "title": ("retitled", "cyan"),
    "notes": ("new notes", "cyan"),
    "date": ("moved", "yellow"),
    "order": ("reordered", "cyan"),
    "details": ("changed", "cyan"),
    "show": ("show", "cyan"),
}
"""The printed word for each kind of change, and its style."""
_FILE_FIELDS = frozenset({"artwork", "images", "chapters", "transcripts", "alternates"})
"""Fields whose values are printed as file names."""
_MAX_VALUE_LENGTH = 60
"""The maximum number of characters of a printed value."""


def print_steps(plan: Plan, *, everything: bool, err: bool) -> bool:
    """Print the changes for subscribers and for files. Return whether any file is uploaded."""
    if plan.changes:
        print_line("\nChanges for subscribers", err=err)
        print_changes(plan.changes, err=err)
    if adopted := [finding for finding in plan.findings if finding.code == ADOPTED]:
        print_line("\nFeed to take over", err=err)
        print_diagnostics(adopted, plan.show.folder, err=err)
    writes = [action for action in plan.actions if action.kind in {ActionKind.UPLOAD, ActionKind.UPDATE}]
    if writes:
        print_line("\nFiles to upload", err=err)
        _print_actions(writes, everything=everything, err=err)
    if plan.removals or plan.leftovers:
        print_line("\nFiles to remove", err=err)
        print_removals(plan, everything=everything, err=err)
    unchanged = [action for action in plan.actions if action.kind is ActionKind.KEEP]
    if unchanged and everything:
        print_line("\nUnchanged files", err=err)
        _print_actions(unchanged, everything=True, err=err)
    return bool(writes)


def print_changes(changes: Iterable[Change], *, err: bool = False) -> None:
    """Print a line for each change that subscribers see."""
    for change in changes:
        word, style = _CHANGE_WORDS[change.kind]
        about = "the episodes" if change.kind == "order" else change.episode or change.field or ""
        about = f"{change.language}: {about}" if change.language else about
        detail = _format_detail(change)
        print_line("  ", (f"{word:<10}", style), about, (f"  {detail}" if detail else "", "dim"), err=err)


def _format_detail(change: Change) -> str:
    if change.kind not in {"title", "date", "details", "show"}:
        return ""
    name = f"{change.field}: " if change.kind == "details" else ""
    old, new = (_format_value(change.field, value) for value in (change.old, change.new))
    if old and new:
        return f"{name}{old} → {new}"
    return f"{name}{new or 'removed'}"


def _format_value(field: str | None, value: str | None) -> str:
    """Return a value of a feed as text. An invalid value, written by another program, stays unchanged."""
    if not value:
        return ""
    if field == "date":
        try:
            return format_moment(parsedate_to_datetime(value), None, datetime.now(UTC))
        except ValueError:
            return _shorten(value)
    if field == "duration" and re.fullmatch("[0-9]{1,9}", value):
        return format_minutes(timedelta(seconds=int(value)))
    # The last part of a URL is the file name.
    if field in _FILE_FIELDS and (names := re.findall(r"https?://\S*/(\S+)", value)):
        return _shorten(", ".join(names))
    return value if field == "address" else _shorten(value)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_VALUE_LENGTH else line[: _MAX_VALUE_LENGTH - 1] + "…"


def print_removals(plan: Plan, *, everything: bool = False, err: bool = False) -> None:
    """Print a line for each file and each unfinished upload that is removed."""
    _print_actions(plan.removals, everything=everything, err=err)
    for leftover in plan.leftovers:
        about = ("unfinished upload", "dim")
        print_line(f"  remove  {format_size(leftover.size):>9}  {leftover.key}  ", about, err=err)


def _print_actions(actions: Iterable[Action], *, everything: bool, err: bool) -> None:
    """Print a line for each file. podcastkit's own files share one line unless `everything` is set."""
    own_files = []
    for action in actions:
        if is_own_file(action.asset.key) and not everything:
            own_files.append(action)
            continue
        size = f"{format_size(action.asset.size):>9}"
        print_line(f"  {action.kind.value:<7} {size}  {action.asset.key}  ", (action.reason, "dim"), err=err)
    if own_files:
        size = f"{format_size(sum(action.asset.size for action in own_files)):>9}"
        noun = "podcastkit file" if len(own_files) == 1 else "podcastkit files"
        about = "(feed history and manifest)"
        print_line(f"  {own_files[0].kind.value:<7} {size}  {len(own_files)} {noun}  ", (about, "dim"), err=err)


def is_own_file(key: str) -> bool:
    """Return whether a key is that of a file for podcastkit itself: the manifest or a file of the history."""
    return key == MANIFEST_KEY or key.startswith(HISTORY)


def print_problems(receipt: Receipt) -> None:
    """Print the problems after the feed was switched, and the files that apps cannot fetch."""
    plan, report = receipt.plan, receipt.verification
    print_diagnostics(receipt.troubles, plan.show.folder, err=True)
    if report is None or report.ok:
        return
    print_line(("The show is published, but apps cannot fetch all of its files:", "bold red"), err=True)
    print_failed_checks(report.failures, err=True)
    print_line("  Fix these problems, then run podcastkit verify.", err=True)
    if _is_first_feed(plan):
        print_line(
            "  If the new address of the feed is wrong, correct url in show.toml and publish again.",
            err=True,
        )
    elif plan.withdrawals_first is None:
        print_line("  To restore the previous feed, run podcastkit rollback.", err=True)


def print_next_steps(receipt: Receipt) -> None:
    """Print the next steps after a publish to a new address: listen, submit the feed, back up the show folder."""
    if not (receipt.committed and _is_first_feed(receipt.plan)):
        return
    print_line("\nWhat to do next")
    if receipt.verification is None or receipt.verification.ok:
        print_line("  Listen:            subscribe to the feed above in a podcast app")
        print_line("  Submit it, once:   to Apple (podcastsconnect.apple.com), Spotify (creators.spotify.com)")
        print_line("                     and the other directories that your listeners use")
    print_line(f"  Keep it safe:      back up the show folder, with {LOCK_NAME}")


def _is_first_feed(plan: Plan) -> bool:
    """Return whether the show had no feed at this address before."""
    return plan.feeds[FEED_KEY].before is None or any(change.field == "address" for change in plan.changes)
