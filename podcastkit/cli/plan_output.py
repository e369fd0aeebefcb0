"""Print plans: what subscribers see change, which files are written or removed, and what is held back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from podcastkit.checks.series import FINALE
from podcastkit.cli.output import make_console, pluralize, say
from podcastkit.diagnostics import Severity
from podcastkit.published_keys import HISTORY, MANIFEST_KEY
from podcastkit.publishing.plan import ActionKind
from podcastkit.text.dates import say_moment
from podcastkit.text.sizes import format_size
from podcastkit.text.timecodes import format_minutes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from podcastkit.build.due import HeldBack
    from podcastkit.feed.changes import Change
    from podcastkit.publishing.plan import Action, Plan

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


def print_plan(
    plan: Plan, *, to_stderr: bool = False, everything: bool = False, console: Console | None = None
) -> None:
    """Print what subscribers will see change, what is written and why, and what is held back.

    `everything` adds the files that stay and podcastkit's own records.
    """
    console = console or make_console(to_stderr=to_stderr)
    say(console, (plan.show.title, "bold"), f" → {plan.storage.address}")
    if plan.changes:
        say(console, "\nWhat subscribers will see")
        print_changes(console, plan.changes)
    writes = [action for action in plan.actions if action.kind in {ActionKind.UPLOAD, ActionKind.UPDATE}]
    if writes:
        say(console, "\nWhat is written")
        _print_actions(console, writes, everything=everything)
    if plan.removals or plan.leftovers:
        say(console, "\nWhat is removed")
        print_removals(console, plan, everything=everything)
    kept = [action for action in plan.actions if action.kind is ActionKind.KEEP]
    if kept and everything:
        say(console, "\nWhat stays")
        _print_actions(console, kept, everything=True)
    if kept:
        say(console, f"\n{pluralize(len(kept), 'file')} unchanged." if writes else "\nNothing has changed.")
    print_held_back(console, plan.held_back)
    print_outlook(console, plan)
    print_due(console, plan)


def print_changes(console: Console, changes: Iterable[Change]) -> None:
    """Print a line for each change that subscribers see."""
    for change in changes:
        word, style = _KINDS[change.kind]
        about = change.episode or (change.field or "") if change.kind != "order" else "the episodes"
        about = f"{change.language}: {about}" if change.language else about
        detail = _format_detail(change)
        say(console, "  ", (f"{word:<10}", style), about, (f"  {detail}" if detail else "", "dim"))


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


def print_removals(console: Console, plan: Plan, *, everything: bool = False) -> None:
    """Print a line for each file and each unfinished upload that is removed."""
    _print_actions(console, plan.removals, everything=everything)
    for leftover in plan.leftovers:
        about = ("an upload that was never finished", "dim")
        say(console, f"  remove  {format_size(leftover.size):>9}  {leftover.key}  ", about)


def _print_actions(console: Console, actions: Iterable[Action], *, everything: bool = False) -> None:
    """Print a line for each file; podcastkit's own records share one, unless everything is wanted."""
    records = []
    for action in actions:
        if is_record(action.asset.key) and not everything:
            records.append(action)
            continue
        size = f"{format_size(action.asset.size):>9}"
        say(console, f"  {action.kind.value:<7} {size}  {action.asset.key}  ", (action.reason, "dim"))
    if records:
        size = f"{format_size(sum(action.asset.size for action in records)):>9}"
        what = "record" if len(records) == 1 else "records"
        about = "of podcastkit itself: earlier feeds, and what is published"
        say(console, f"  {records[0].kind.value:<7} {size}  {len(records)} {what}  ", (about, "dim"))


def is_record(key: str) -> bool:
    """Return whether a file is one of podcastkit's own records."""
    return key == MANIFEST_KEY or key.startswith(HISTORY)


def print_held_back(console: Console, held_back: Iterable[HeldBack]) -> None:
    """Print each episode that is held back, why, and what to do."""
    for held in held_back:
        style = "bold red" if held.is_broken else "yellow"
        where = f" in {held.language}" if held.language else ""
        say(console, "  ", (f"{'held back':<10}", style), f"{held.episode}{where}: {held.reason}")
        if held.cure:
            say(console, " " * 12, (held.cure, "dim"))


def print_outlook(console: Console, plan: Plan) -> None:
    """Print what to know about the show as a whole: the end of the season, findings, a trial."""
    for finding in plan.findings:
        if finding.code == FINALE:
            say(console, (f"{finding.message[0].upper()}{finding.message[1:]}.", "bold"))
    warnings = sum(finding.severity is not Severity.INFO for finding in plan.findings)
    if warnings:
        say(console, f"podcastkit check has {pluralize(warnings, 'finding')} to look at.")
    if plan.trial:
        meaning = "" if plan.show.records.episodes else " Dates and identities are made anew when it is for real."
        say(console, ("This is a trial: nothing is fixed yet.", "yellow"), meaning)


def print_due(console: Console, plan: Plan) -> None:
    """Print when the next episode is due."""
    due = min((held for held in plan.held_back if held.due), key=lambda held: held.due or plan.at, default=None)
    if due and due.due:
        when = say_moment(due.due, plan.show.timezone, plan.at)
        name = next(episode.name for episode in plan.show.episodes if episode.folder == due.episode)
        say(console, (f"{name} is due {when}: publish again then.", "bold"))
