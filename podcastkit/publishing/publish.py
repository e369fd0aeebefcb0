"""Publish a show: prepare a plan → ask for consent → carry it out → write the lock file → verify."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from podcastkit.cache import Cache
from podcastkit.diagnostics import (
    CheckFailed,
    ConflictError,
    Diagnostic,
    Location,
    ProjectError,
    Severity,
)
from podcastkit.progress import Progress, ignore_event
from podcastkit.project.loader import find_changed_sources
from podcastkit.published_keys import is_feed
from podcastkit.publishing.commit import carry_out
from podcastkit.publishing.plan import ActionKind, DestructiveChange, Plan
from podcastkit.publishing.prepare import prepare
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.state.lock import write_lock as write_lock_file
from podcastkit.state.records import merge_records
from podcastkit.verification.report import join_reports
from podcastkit.verification.verify import verify_feeds, verify_stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from concurrent.futures import Executor
    from pathlib import Path

    from podcastkit.build.due import HeldBack
    from podcastkit.model import Records, Show
    from podcastkit.storage.base import Storage
    from podcastkit.verification.report import Report


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The result of a publish. Sizes are in bytes."""

    plan: Plan = field(repr=False)
    outcome: str
    """`published`, `unchanged`, `partial` (an episode has errors and was held back) or `published-unverified`."""
    feed_url: str
    published: tuple[str, ...]
    """The folders of the published episodes, as in `Plan.published`."""
    held_back: tuple[HeldBack, ...]
    troubles: tuple[Diagnostic, ...]
    """Problems after the feed was replaced."""
    uploaded: tuple[str, ...]
    """The keys that were written."""
    bytes: int
    """The total size of the files that were written."""
    unchanged: int
    """The number of files that did not change."""
    spared: tuple[str, ...]
    """The keys that were not deleted after all, because the feed of another publish needs them."""
    committed: bool
    """Whether at least one live feed was replaced."""
    verification: Report | None = None
    """The result of fetching the published files as apps do, or None if they were not verified."""

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of `publish --json`."""
        return {
            **self.plan.to_dict(),
            "outcome": self.outcome,
            "feed_url": self.feed_url,
            "trial": self.plan.trial,
            "committed": self.committed,
            "uploaded": list(self.uploaded),
            "bytes": self.bytes,
            "held_back": [held.to_dict() for held in self.held_back],
            "findings": [finding.to_dict() for finding in (*self.plan.findings, *self.troubles)],
            "verify": self.verification.to_dict() if self.verification else None,
        }


def publish(
    show: Show | str | Path,
    *,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
    yes: bool = False,
    strict: bool = False,
    adopt: bool = False,
    remake: Iterable[str] = (),
    verify: bool = True,
    write_lock: bool = True,
    executor: Executor | None = None,
    progress: Progress = ignore_event,
) -> Receipt:
    """Publish a show: prepare a plan, check that it is allowed, apply it, and verify the written files.

    `yes` confirms destructive changes. `strict` publishes nothing if an episode that is due has errors. `adopt`
    takes over a feed that podcastkit did not write. `remake` encodes the audio of these episodes again.
    `write_lock=False` does not write to the show folder.
    Raises DestructiveChange, CheckFailed, ConflictError, StorageError, ProjectError, Cancelled.
    """
    plan = prepare(show, to=to, url=url, at=at, adopt=adopt, remake=remake, executor=executor, progress=progress)
    refuse_unconfirmed(plan, yes=yes, strict=strict)
    receipt = apply(plan, write_lock=write_lock, progress=progress)
    return verify_publish(receipt, progress=progress) if verify else receipt


def refuse_unconfirmed(plan: Plan, *, yes: bool = False, strict: bool = False) -> None:
    """Raise CheckFailed or DestructiveChange if the plan must not be carried out; see `publish`.

    A trial run needs no consent, because it has no subscribers.
    """
    broken_episodes = [held.episode for held in plan.held_back if held.is_broken]
    if strict and broken_episodes:
        raise CheckFailed(
            f"nothing was published (--strict), because of {', '.join(broken_episodes)}",
            "fix the errors that podcastkit check lists",
            diagnostics=plan.findings,
            folder=plan.show.folder,
        )
    if (plan.destructive or plan.withdrawals_first) and not plan.trial and not yes:
        raise DestructiveChange(
            "these changes remove episodes, or parts of them, that subscribers have now",
            "review the changes; to confirm them, run the same command with --yes",
            changes=plan.destructive,
        )


def apply(
    plan: Plan, *, write_lock: bool = True, progress: Progress = ignore_event, patience: timedelta | None = None
) -> Receipt:
    """Carry out the plan and update the lock file.

    Raises ConflictError if the show or the destination has changed since the plan was made, UnreachableError if the
    destination fails for longer than `patience` (by default 10 minutes), Cancelled if `progress` raises it, and
    ValueError for a publish dated in the future; see `commit.carry_out`.
    """
    if not plan.trial and plan.at > datetime.now(UTC):
        raise ValueError("a publish cannot be dated in the future; to release an episode later, give it a date")
    _refuse_changed_sources(plan.show)
    # A withdrawal is recorded before anything is deleted, so that the next command can finish it after a kill.
    if write_lock and plan.withdrawals_first and not plan.trial:
        write_lock_file(plan.show.folder, plan.withdrawals_first)
    outcome = carry_out(plan, progress=progress, patience=patience)
    troubles: tuple[Diagnostic, ...] = () if outcome.keeps_conditions else (_report_missing_conditions(plan),)
    if outcome.spared:
        troubles += (_report_spared_files(outcome.spared),)
    _remember_feeds(plan)
    if write_lock and not plan.trial:
        troubles += _record_lock(plan, is_newest=outcome.is_newest)
    return _make_receipt(plan, troubles, outcome.spared)


def verify_publish(receipt: Receipt, *, progress: Progress = ignore_event) -> Receipt:
    """Return the receipt with the verification of the feed and of the files that this publish wrote.

    After a real publish, the files are downloaded and their content is checked. Files in a folder are checked on
    disk, because a web server may not serve them yet. If no feed was replaced, nothing is verified.
    """
    plan = receipt.plan
    if not receipt.committed:
        return receipt
    written = {f"{plan.url}/{key}" for key in receipt.uploaded}
    if not plan.storage.is_served:
        report = join_reports(
            [verify_stored(plan.storage, plan.url, key, only=written, deep=not plan.trial) for key in plan.feeds]
        )
    else:
        feeds = {f"{plan.url}/{key}": switch.body for key, switch in plan.feeds.items()}
        report = verify_feeds(feeds, only=written, deep=not plan.trial, progress=progress)
    outcome = receipt.outcome if report.ok else "published-unverified"
    return replace(receipt, outcome=outcome, verification=report)


def _refuse_changed_sources(show: Show) -> None:
    changed = find_changed_sources(show)
    if changed:
        raise ConflictError(
            f"{', '.join(path.name for path in changed[:3])} changed after the plan was made",
            "run the command again",
        )


def _record_lock(plan: Plan, *, is_newest: bool) -> tuple[Diagnostic, ...]:
    """Write the lock file; if this fails, return a warning.

    This is not an error: the show is published, and the manifest has the records.
    """
    try:
        write_lock_file(plan.show.folder, _merge_with_lock(plan, read_lock(plan.show.folder), is_newest=is_newest))
    except ProjectError as error:
        warning = Diagnostic(
            code="S111",
            severity=Severity.WARNING,
            message=f"the show is published, but {error.message}",
            hint="fix this and publish again: until then, only the destination has the permanent GUIDs and dates",
            location=Location(file=LOCK_NAME),
        )
        return (warning,)
    return ()


def _merge_with_lock(plan: Plan, locked: Records, *, is_newest: bool) -> Records:
    """Return the plan's records, merged with those that another command has written to the lock file since.

    If the two differ, the plan's records are preferred if `is_newest`, else the records in the lock file.
    Withdrawals of the plan are always preferred.
    """
    records = plan.records
    known_guids = {withdrawal.guid for withdrawal in records.withdrawn}
    new_withdrawals = tuple(withdrawal for withdrawal in locked.withdrawn if withdrawal.guid not in known_guids)
    locked = replace(locked, withdrawn=new_withdrawals)
    return merge_records(records, locked) if is_newest else merge_records(locked, records)


def _remember_feeds(plan: Plan) -> None:
    with Cache() as cache:
        for switch in plan.feeds.values():
            cache.remember_feed(plan.storage.address, switch.digest)


def _report_spared_files(spared: Collection[str]) -> Diagnostic:
    return Diagnostic(
        code="S150",
        severity=Severity.WARNING,
        message=f"{len(spared)} of the files were not removed, because the new feed of another publish needs them",
        hint="if they should still be removed, run the command again",
    )


def _report_missing_conditions(plan: Plan) -> Diagnostic:
    return Diagnostic(
        code="S112",
        severity=Severity.WARNING,
        message=f"{plan.storage.address} has no conditional writes, so two computers may publish at the same time",
        hint="let only one computer publish at a time, or use a store such as Amazon S3 or R2",
    )


def _make_receipt(plan: Plan, troubles: tuple[Diagnostic, ...], spared: tuple[str, ...]) -> Receipt:
    has_broken = any(held.is_broken for held in plan.held_back)
    kinds = [action.kind for action in plan.actions]
    written = [action.asset for action in plan.actions if action.kind in {ActionKind.UPLOAD, ActionKind.UPDATE}]
    has_changes = any(kind is not ActionKind.KEEP for kind in kinds)
    return Receipt(
        plan=plan,
        outcome="partial" if has_broken else "published" if has_changes else "unchanged",
        feed_url=plan.feed_url,
        published=plan.published,
        held_back=plan.held_back,
        troubles=troubles,
        uploaded=tuple(asset.key for asset in written),
        bytes=sum(asset.size for asset in written),
        unchanged=kinds.count(ActionKind.KEEP),
        spared=spared,
        committed=any(is_feed(asset.key) for asset in written),
    )
