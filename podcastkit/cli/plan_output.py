"""Print what a plan changes for subscribers and at the destination, and what went wrong when it was carried out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from podcastkit.cli.output import print_diagnostics, print_failed_checks, say
from podcastkit.published_keys import FEED_KEY, HISTORY, MANIFEST_KEY
from podcastkit.publishing.adoption import ADOPTED
from podcastkit.publishing.plan import ActionKind
from podcastkit.state.lock import LOCK_NAME
from podcastkit.text.dates import say_moment
from podcastkit.text.sizes import format_size
from podcastkit.text.timecodes import format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.feed.changes import Change
    from podcastkit.publishing.plan import Action, Plan
    from podcastkit.publishing.publish import Receipt

_KINDS = {
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
_FILE_FIELDS = frozenset({"artwork", "images", "chapters", "transcripts", "alternates"})
"""Fields that are shown by the names of their files."""
_MAX_LENGTH = 60
"""Characters of a value."""


def print_steps(plan: Plan, *, everything: bool, err: bool) -> bool:
    """Print what subscribers will see and what happens to files; return whether any is written."""
    if plan.changes:
        say("\nWhat subscribers will see", err=err)
        print_changes(plan.changes, err=err)
    if adopted := [finding for finding in plan.findings if finding.code == ADOPTED]:
        say("\nThe feed that is taken over", err=err)
        print_diagnostics(adopted, plan.show.folder, err=err)
    writes = [action for action in plan.actions if action.kind in {ActionKind.UPLOAD, ActionKind.UPDATE}]
    if writes:
        say("\nWhat is written", err=err)
        _print_actions(writes, everything=everything, err=err)
    if plan.removals or plan.leftovers:
        say("\nWhat is removed", err=err)
        print_removals(plan, everything=everything, err=err)
    kept = [action for action in plan.actions if action.kind is ActionKind.KEEP]
    if kept and everything:
        say("\nWhat stays", err=err)
        _print_actions(kept, everything=True, err=err)
    return bool(writes)


def print_changes(changes: Iterable[Change], *, err: bool = False) -> None:
    """Print a line for each change that subscribers see."""
    for change in changes:
        word, style = _KINDS[change.kind]
        about = change.episode or (change.field or "") if change.kind != "order" else "the episodes"
        about = f"{change.language}: {about}" if change.language else about
        detail = _format_detail(change)
        say("  ", (f"{word:<10}", style), about, (f"  {detail}" if detail else "", "dim"), err=err)


def _format_detail(change: Change) -> str:
    if change.kind not in {"title", "date", "details", "show"}:
        return ""
    name = f"{change.field}: " if change.kind == "details" else ""
    old, new = (_format_value(change.field, value) for value in (change.old, change.new))
    if old and new:
        return f"{name}{old} → {new}"
    return f"{name}{new or 'removed'}"


def _format_value(field: str | None, value: str | None) -> str:
    """Return a value of a feed in words; one that another program wrote in some other form stays as it is."""
    if not value:
        return ""
    if field == "date":
        try:
            return say_moment(parsedate_to_datetime(value), None, datetime.now(UTC))
        except ValueError:
            return _shorten(value)
    if field == "duration" and re.fullmatch("[0-9]{1,9}", value):
        return format_minutes(timedelta(seconds=int(value)))
    if field in _FILE_FIELDS and (names := re.findall(r"https?://\S*/(\S+)", value)):
        return _shorten(", ".join(names))
    return value if field == "address" else _shorten(value)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_LENGTH else line[: _MAX_LENGTH - 1] + "…"


def print_removals(plan: Plan, *, everything: bool = False, err: bool = False) -> None:
    """Print a line for each file and each unfinished upload that is removed."""
    _print_actions(plan.removals, everything=everything, err=err)
    for leftover in plan.leftovers:
        about = ("an upload that was never finished", "dim")
        say(f"  remove  {format_size(leftover.size):>9}  {leftover.key}  ", about, err=err)


def _print_actions(actions: Iterable[Action], *, everything: bool, err: bool) -> None:
    """Print a line for each file; podcastkit's own records share one, unless everything is wanted."""
    records = []
    for action in actions:
        if is_record(action.asset.key) and not everything:
            records.append(action)
            continue
        size = f"{format_size(action.asset.size):>9}"
        say(f"  {action.kind.value:<7} {size}  {action.asset.key}  ", (action.reason, "dim"), err=err)
    if records:
        size = f"{format_size(sum(action.asset.size for action in records)):>9}"
        what = "record" if len(records) == 1 else "records"
        about = "of podcastkit itself: earlier feeds, and what is published"
        say(f"  {records[0].kind.value:<7} {size}  {len(records)} {what}  ", (about, "dim"), err=err)


def is_record(key: str) -> bool:
    """Return whether a file is one of podcastkit's own records."""
    return key == MANIFEST_KEY or key.startswith(HISTORY)


def print_troubles(receipt: Receipt) -> None:
    """Print what went wrong after the feed was switched, and what apps cannot fetch."""
    plan, report = receipt.plan, receipt.verification
    print_diagnostics(receipt.troubles, plan.show.folder, err=True)
    if report is None or report.ok:
        return
    say(("It is published, but apps cannot fetch all of it:", "bold red"), err=True)
    print_failed_checks(report.failures, err=True)
    say("  When that is mended, podcastkit verify looks again.", err=True)
    if _is_first_feed(plan):
        say("  Its address is new: if that is wrong, correct url in show.toml and publish again.", err=True)
    elif plan.withdrawals_first is None:
        say("  podcastkit rollback brings the feed before this one back.", err=True)


def print_steps_after_premiere(receipt: Receipt) -> None:
    """Print where to submit a feed at a new address, once apps can fetch it."""
    if not (receipt.committed and _is_first_feed(receipt.plan)):
        return
    say("\nWhat to do next")
    if receipt.verification is None or receipt.verification.ok:
        say("  Listen:            subscribe to the feed above in a podcast app")
        say("  Submit it, once:   to Apple (podcastsconnect.apple.com), Spotify (creators.spotify.com)")
        say("                     and the other directories that your listeners use")
    say(f"  Keep it safe:      {LOCK_NAME}, with the show, in version control or a backup")


def _is_first_feed(plan: Plan) -> bool:
    """Return whether the show had no feed at this address before."""
    return plan.feeds[FEED_KEY].before is None or any(change.field == "address" for change in plan.changes)
