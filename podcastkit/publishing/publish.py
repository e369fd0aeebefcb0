"""Publish a show: prepare → refuse what needs consent → carry out → record → verify."""

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
from podcastkit.progress import Progress, ignore
from podcastkit.project.loader import changed_sources
from podcastkit.published_keys import is_feed
from podcastkit.publishing.commit import carry_out
from podcastkit.publishing.plan import ActionKind, DestructiveChange, Plan
from podcastkit.publishing.prepare import prepare
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.state.lock import write_lock as keep_lock
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
    """What a publish did. Sizes in bytes."""

    plan: Plan = field(repr=False)
    outcome: str
    """`published`, `unchanged`, `partial` when something due was held back, or `published-unverified`."""
    feed_url: str
    published: tuple[str, ...]
    """The folders of the episodes in the feed, as their folders tell them."""
    held_back: tuple[HeldBack, ...]
    troubles: tuple[Diagnostic, ...]
    """What went wrong after the feed was switched."""
    uploaded: tuple[str, ...]
    """The keys that were written."""
    bytes: int
    unchanged: int
    """How many files were there already."""
    spared: tuple[str, ...]
    """The keys that were to be deleted and stay, because somebody else published a feed that needs them."""
    committed: bool
    """Whether the feed was switched."""
    verification: Report | None = None
    """What apps meet where it was published; None when that was not looked at."""

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
    progress: Progress = ignore,
) -> Receipt:
    """Publish a show: prepare, refuse what nobody agreed to, apply, and verify what was written.

    `yes` agrees to destructive changes. `strict` publishes nothing while an episode that is due is broken. `adopt`
    takes over a feed that something else made, `remake` makes the audio of these episodes anew. `write_lock=False`
    leaves the show's folder untouched.
    Raises DestructiveChange, CheckFailed, ConflictError, StorageError, ProjectError, Cancelled.
    """
    plan = prepare(show, to=to, url=url, at=at, adopt=adopt, remake=remake, executor=executor, progress=progress)
    refuse(plan, yes=yes, strict=strict)
    receipt = apply(plan, write_lock=write_lock, progress=progress)
    return verify_publish(receipt, progress=progress) if verify else receipt


def refuse(plan: Plan, *, yes: bool = False, strict: bool = False) -> None:
    """Raise when the plan must not be carried out: see `publish`. A trial takes nothing from anybody."""
    broken = [held for held in plan.held_back if held.is_broken]
    if strict and broken:
        raise CheckFailed(
            f"{', '.join(held.episode for held in broken)} cannot be published, and with --strict nothing is",
            "fix what podcastkit check lists",
            diagnostics=plan.findings,
            folder=plan.show.folder,
        )
    if (plan.destructive or plan.withdrawals_first) and not plan.trial and not yes:
        raise DestructiveChange(
            "this would take something away from subscribers",
            "look at the changes; if they are meant, run the same command with --yes",
            changes=plan.destructive,
        )


def apply(
    plan: Plan, *, write_lock: bool = True, progress: Progress = ignore, patience: timedelta | None = None
) -> Receipt:
    """Do exactly what the plan says.

    Raises ConflictError when the show or the destination changed since, UnreachableError when the destination
    failed for longer than `patience` (by default 10 minutes), and Cancelled when `progress` raised it; see
    `commit.carry_out`.
    """
    if not plan.trial and plan.at > datetime.now(UTC):
        raise ValueError("publishing happens now; to release an episode later, give it a date")
    _refuse_changed(plan.show)
    if write_lock and plan.withdrawals_first and not plan.trial:
        keep_lock(plan.show.folder, plan.withdrawals_first)
    outcome = carry_out(plan, progress=progress, patience=patience)
    troubles: tuple[Diagnostic, ...] = () if outcome.keeps_conditions else (_report_unguarded(plan),)
    if outcome.spared:
        troubles += (_report_spared(outcome.spared),)
    _remember_feed(plan)
    if write_lock and not plan.trial:
        troubles += _record_lock(plan, is_newest=outcome.is_newest)
    return _make_receipt(plan, troubles, outcome.spared)


def verify_publish(receipt: Receipt, *, progress: Progress = ignore) -> Receipt:
    """Return the receipt with what apps meet: the feed, and the files that this publish wrote.

    After a real publish, their content is looked at, too, for which they are downloaded. Those in a folder are
    looked for there, since nothing may be serving them yet. When the feed was not switched, there is nothing to
    look at.
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


def _refuse_changed(show: Show) -> None:
    changed = changed_sources(show)
    if changed:
        raise ConflictError(
            f"{', '.join(path.name for path in changed[:3])} changed after the plan was made",
            "run the command again",
        )


def _record_lock(plan: Plan, *, is_newest: bool) -> tuple[Diagnostic, ...]:
    """Write the lock. Where it cannot be kept, the show is published all the same, and the manifest remembers."""
    try:
        keep_lock(plan.show.folder, _add_records(plan, read_lock(plan.show.folder), is_newest=is_newest))
    except ProjectError as error:
        trouble = Diagnostic(
            code="S111",
            severity=Severity.WARNING,
            message=f"the show is published, but {error.message}",
            hint="publish again where it can be written: until then only the destination remembers what is fixed",
            location=Location(file=LOCK_NAME),
        )
        return (trouble,)
    return ()


def _add_records(plan: Plan, locked: Records, *, is_newest: bool) -> Records:
    """Return the records with what another command wrote into the lock after the plan was made."""
    records = plan.records
    known = {withdrawal.guid for withdrawal in records.withdrawn}
    begun = tuple(withdrawal for withdrawal in locked.withdrawn if withdrawal.guid not in known)
    others = replace(locked, withdrawn=begun)
    return merge_records(records, others) if is_newest else merge_records(others, records)


def _remember_feed(plan: Plan) -> None:
    with Cache() as cache:
        for switch in plan.feeds.values():
            cache.remember_feed(plan.storage.address, switch.digest)


def _report_spared(spared: Collection[str]) -> Diagnostic:
    return Diagnostic(
        code="S150",
        severity=Severity.WARNING,
        message=f"somebody else published meanwhile, and their feed needs {len(spared)} of the files: they stay",
        hint="run the command again, if anything of them should still be removed",
    )


def _report_unguarded(plan: Plan) -> Diagnostic:
    return Diagnostic(
        code="S112",
        severity=Severity.WARNING,
        message=f"{plan.storage.address} keeps no conditions on writes: it was looked at just before each instead",
        hint="let only one person or machine publish at a time; a store such as Amazon S3 or R2 guards against it",
    )


def _make_receipt(plan: Plan, troubles: tuple[Diagnostic, ...], spared: tuple[str, ...]) -> Receipt:
    broken = any(held.is_broken for held in plan.held_back)
    kinds = [action.kind for action in plan.actions]
    writes = [action.asset for action in plan.actions if action.kind in {ActionKind.UPLOAD, ActionKind.UPDATE}]
    changed = any(kind is not ActionKind.KEEP for kind in kinds)
    return Receipt(
        plan=plan,
        outcome="partial" if broken else "published" if changed else "unchanged",
        feed_url=plan.feed_url,
        published=plan.published,
        held_back=plan.held_back,
        troubles=troubles,
        uploaded=tuple(asset.key for asset in writes),
        bytes=sum(asset.size for asset in writes),
        unchanged=kinds.count(ActionKind.KEEP),
        spared=spared,
        committed=any(is_feed(asset.key) for asset in writes),
    )
