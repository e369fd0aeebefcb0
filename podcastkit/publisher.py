"""A Plan becomes the truth: upload → confirm → history → switch the feed → manifest → lock.

The feed is the only commit point. Whatever happens before it is written, listeners have the old feed and every file
that it names; whatever happens after it, the next publish finishes.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.diagnostics import (
    Cancelled,
    CheckFailed,
    ConflictError,
    Diagnostic,
    Location,
    Severity,
    StorageError,
)
from podcastkit.identity import LOCK_NAME
from podcastkit.identity import write_lock as keep_lock
from podcastkit.parallel import work_through
from podcastkit.plan import FEED_KEY, MANIFEST_KEY, Action, ActionKind, Asset, DestructiveChange, Plan
from podcastkit.preparation import prepare
from podcastkit.progress import Progress, Tally, ignore
from podcastkit.project import changed_sources
from podcastkit.storage.base import Condition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from podcastkit.model import Show
    from podcastkit.plan import HeldBack
    from podcastkit.storage.base import Storage, Stored

_UPLOADS_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What a publish did. Sizes in bytes."""

    plan: Plan
    outcome: str
    """`published`, `unchanged`, or `partial` when something due was held back."""
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
    committed: bool
    """Whether the feed was switched."""

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
        }


def publish(
    show: Show | str | Path,
    *,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
    yes: bool = False,
    strict: bool = False,
    write_lock: bool = True,
    executor: Executor | None = None,
    progress: Progress = ignore,
) -> Receipt:
    """Publish a show: prepare, refuse what nobody agreed to, apply.

    `yes` agrees to destructive changes. `strict` publishes nothing while an episode that is due is broken.
    Raises DestructiveChange, CheckFailed, ConflictError, StorageError, ProjectError, Cancelled.
    """
    plan = prepare(show, to=to, url=url, at=at, executor=executor, progress=progress)
    refuse(plan, yes=yes, strict=strict)
    return apply(plan, write_lock=write_lock, progress=progress)


def refuse(plan: Plan, *, yes: bool = False, strict: bool = False) -> None:
    """Raise when the plan must not be carried out: see `publish`. A trial takes nothing from anybody."""
    broken = [held for held in plan.held_back if held.is_broken]
    if strict and broken:
        raise CheckFailed(
            f"{', '.join(held.episode for held in broken)} cannot be published, and with --strict nothing is",
            "mend what podcastkit check lists",
            diagnostics=plan.findings,
            folder=plan.show.folder,
        )
    if plan.destructive and not plan.trial and not yes:
        raise DestructiveChange(
            "this would take something away from subscribers",
            "look at the plan, and publish with --yes if that is meant",
            changes=plan.destructive,
        )


def apply(plan: Plan, *, write_lock: bool = True, progress: Progress = ignore) -> Receipt:
    """Do exactly what the plan says.

    Raises ConflictError when the show or the destination changed since, and Cancelled when `progress` raised it;
    in both cases the feed is still the old one.
    """
    if not plan.trial and plan.at > datetime.now(UTC):
        raise ValueError("publishing happens now; to release an episode later, give it a date")
    _refuse_changed(plan.show)
    writes = [action for action in plan.actions if action.kind is not ActionKind.KEEP]
    rewritten = {FEED_KEY, MANIFEST_KEY}
    _upload(plan.storage, [action.asset for action in writes if action.asset.key not in rewritten], progress)
    for action in plan.actions:
        if action.asset.key == FEED_KEY and action.kind is ActionKind.KEEP:
            _demand_feed(plan)
        elif action.asset.key in rewritten and action.kind is not ActionKind.KEEP:
            _rewrite(plan, action.asset)
    troubles = _remember(plan) if write_lock and not plan.trial else ()
    return _receipt(plan, writes, troubles)


def _refuse_changed(show: Show) -> None:
    changed = changed_sources(show)
    if changed:
        raise ConflictError(
            f"{', '.join(path.name for path in changed[:3])} changed after the plan was made",
            "run the command again",
        )


def _upload(storage: Storage, assets: Sequence[Asset], progress: Progress) -> None:
    """Send the files, several at once; return only when the storage says that it holds every one of them."""
    tally = Tally(progress, "uploading", total=sum(asset.size for asset in assets), unit="bytes")
    stop = threading.Event()
    send = partial(_send, storage, tally=tally, stop=stop)
    work_through(send, assets, lambda _, future: future.result(), threads=_UPLOADS_AT_ONCE, stop=stop.set)
    for asset in assets:
        _confirm(storage, asset)


def _send(storage: Storage, asset: Asset, tally: Tally, stop: threading.Event) -> None:
    def sent(amount: int) -> None:
        if stop.is_set():
            raise Cancelled("the upload was stopped", "run the command again: what was sent is not sent twice")
        tally.add(amount, asset.episode)

    if asset.body is None:
        raise StorageError(f"{asset.about} is neither on this machine nor at {storage.address}")
    try:
        storage.write(
            asset.key,
            asset.body,
            content_type=asset.content_type,
            cache_control=asset.cache_control,
            md5=asset.md5,
            condition=Condition(etag=None),
            sent=sent,
        )
    except ConflictError:
        _accept_equal(storage, asset)


def _accept_equal(storage: Storage, asset: Asset) -> None:
    """Take what stands under the name already when it is the same file: another publisher sent it."""
    stored = storage.find(asset.key)
    if stored is None:
        raise ConflictError(f"{asset.about} changed while it was being published", "run the command again")
    if stored.size != asset.size:
        raise ConflictError(
            f"another file stands at {asset.key} in {storage.address}, and podcastkit replaces nothing of others",
            "publish to another folder or prefix, or move that file away",
        )


def _confirm(storage: Storage, asset: Asset) -> None:
    stored: Stored | None = storage.find(asset.key)
    if stored is None or stored.size != asset.size:
        raise StorageError(
            f"{storage.address} does not hold {asset.key} after it was sent, so the feed was not touched",
            "run the command again; if it happens again, the storage loses files",
        )


def _demand_feed(plan: Plan) -> None:
    stored = plan.storage.find(FEED_KEY)
    if stored is None or stored.etag != plan.live_etag:
        raise _overtaken(plan)


def _rewrite(plan: Plan, asset: Asset) -> None:
    """Write the feed only over the feed that the plan knew, the manifest over whatever it was."""
    body = asset.body
    assert isinstance(body, bytes)  # noqa: S101 - both are made in memory
    try:
        plan.storage.write(
            asset.key,
            body,
            content_type=asset.content_type,
            cache_control=asset.cache_control,
            md5=asset.md5,
            condition=Condition(etag=plan.live_etag) if asset.key == FEED_KEY else None,
        )
    except ConflictError as error:
        raise _overtaken(plan) from error


def _overtaken(plan: Plan) -> ConflictError:
    return ConflictError(
        f"somebody else published to {plan.storage.address} at the same time, and was first",
        "run the command again: it starts from what they published",
    )


def _remember(plan: Plan) -> tuple[Diagnostic, ...]:
    """Write the lock. Where it cannot be kept, the show is published all the same, and the manifest remembers."""
    try:
        keep_lock(plan.show.folder, plan.records)
    except StorageError as error:
        trouble = Diagnostic(
            code="S111",
            severity=Severity.WARNING,
            message=f"the show is published, but {LOCK_NAME} could not be written: {error.message}",
            hint="publish again where it can be written: until then only the destination remembers what is fixed",
            location=Location(file=LOCK_NAME),
        )
        return (trouble,)
    return ()


def _receipt(plan: Plan, writes: Sequence[Action], troubles: tuple[Diagnostic, ...]) -> Receipt:
    broken = any(held.is_broken for held in plan.held_back)
    return Receipt(
        plan=plan,
        outcome="partial" if broken else "published" if writes else "unchanged",
        feed_url=plan.feed_url,
        published=plan.published,
        held_back=plan.held_back,
        troubles=troubles,
        uploaded=tuple(action.asset.key for action in writes),
        bytes=sum(action.asset.size for action in writes),
        unchanged=len(plan.actions) - len(writes),
        committed=any(action.asset.key == FEED_KEY for action in writes),
    )
