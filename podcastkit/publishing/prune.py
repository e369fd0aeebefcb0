"""Remove published files that no recent feed names; never a file of others, nor one that a rollback needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

from podcastkit.progress import Progress, ignore
from podcastkit.published_keys import (
    HASHED_FOLDERS,
    HISTORY,
    find_hashed_keys,
    history_digest,
    history_key,
    is_hashed,
    is_history,
)
from podcastkit.publishing.destination import Target
from podcastkit.publishing.feed_switch import plan_switch
from podcastkit.publishing.plan import plan_removal
from podcastkit.publishing.prepare import find_published
from podcastkit.publishing.publish import Receipt, apply
from podcastkit.state.manifest import Manifest
from podcastkit.state.records import merge_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from podcastkit.model import Show
    from podcastkit.publishing.plan import Plan
    from podcastkit.state.manifest import Release
    from podcastkit.storage.base import Storage, Stored

KEEP_DAYS = 30
_UNDER_WAY = timedelta(days=1)
"""What is younger may belong to a publish that is not done."""


def prune(
    show: Show | str | Path,
    *,
    keep_days: int = KEEP_DAYS,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
    write_lock: bool = True,
    progress: Progress = ignore,
) -> Receipt:
    """Remove what `prepare_pruning` finds."""
    plan = prepare_pruning(show, Target(to=to, url=url, at=at), keep_days=keep_days)
    return apply(plan, write_lock=write_lock, progress=progress)


def prepare_pruning(show: Show | str | Path, target: Target, *, keep_days: int = KEEP_DAYS) -> Plan:
    """Return what would be removed: files of ours that no feed names which was live in the last `keep_days`.

    Feeds that gave way before that leave the history, and uploads that were begun before it and never finished go,
    too. Nothing younger is touched, nor anything of the last day: somebody may be publishing it.
    """
    published = find_published(show, target)
    show, state, storage = published.show, published.state, published.destination.storage
    limit = show.at - timedelta(days=keep_days)
    stored = {found.key: found for folder in (*HASHED_FOLDERS, HISTORY) for found in storage.list(folder)}
    settled = min(limit, show.at - _UNDER_WAY)
    old = {key for key, found in stored.items() if found.modified and found.modified < settled}
    recent = {digest for feed in state.histories.values() for digest in _list_recent(feed.history, limit)}
    dropped = {release.feed_sha256 for feed in state.histories.values() for release in feed.history} - recent
    copies = (storage.read(history_key(digest)) for digest in recent)
    bodies = [*(feed.body for feed in state.feeds.values()), *(copy[0] for copy in copies if copy)]
    named = {key for body in bodies for key in find_hashed_keys(body)}
    ours = {*state.files, *_list_sent(stored, storage)}
    unnamed = [key for key in sorted(ours & old) if is_hashed(key) and key.encode() not in named]
    unneeded = [
        key
        for key in stored
        if is_history(key) and history_digest(key) not in recent and (history_digest(key) in dropped or key in old)
    ]
    sizes = {key: found.size for key, found in stored.items()}
    removals = [
        *plan_removal(unnamed, sizes, f"no feed of the last {keep_days} days names it"),
        *plan_removal(unneeded, sizes, f"its feed gave way over {keep_days} days ago"),
    ]
    plan = plan_switch(published, {}, records=state.records, removals=removals, dropped=dropped)
    return replace(
        plan,
        leftovers=tuple(leftover for leftover in storage.leftovers() if leftover.begun < settled),
        records=merge_records(show.records, plan.records),
    )


def _list_recent(history: Sequence[Release], limit: datetime) -> Iterator[str]:
    """Yield the digests of the feeds that were live after the limit."""
    for release, later in zip_longest(history, history[1:]):
        if later is None or later.at >= limit:
            yield release.feed_sha256


def _list_sent(stored: Mapping[str, Stored], storage: Storage) -> Iterator[str]:
    """Yield the keys that journals name: also what was sent by a publisher that was killed is ours."""
    for key in stored:
        body = storage.read(key) if is_history(key) and key.endswith(".json") else None
        if body is not None:  # what has another size was there before, and stopped that publisher
            yield from (
                name for name, size in _read_files(body[0]).items() if name in stored and stored[name].size == size
            )


def _read_files(body: bytes) -> Mapping[str, int]:
    try:
        return Manifest.from_bytes(body).files
    except ValueError:  # a damaged journal makes nothing ours
        return {}
