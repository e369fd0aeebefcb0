"""Remove published files that no recent feed names; never a file of others, nor one that a rollback needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from podcastkit.progress import Progress, ignore
from podcastkit.published_keys import (
    HASHED_FOLDERS,
    HISTORY,
    feed_digest,
    find_hashed_keys,
    history_digest,
    history_key,
    is_hashed,
    is_history,
    is_removal_note,
)
from podcastkit.publishing.destination import Target
from podcastkit.publishing.feed_switch import plan_switch
from podcastkit.publishing.own_history import read_history
from podcastkit.publishing.plan import Kept, plan_removal
from podcastkit.publishing.prepare import find_published
from podcastkit.publishing.publish import Receipt, apply
from podcastkit.state.records import merge_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from podcastkit.model import Show
    from podcastkit.publishing.own_history import OwnHistory
    from podcastkit.publishing.plan import Plan
    from podcastkit.state.published import PublishedState
    from podcastkit.storage.base import Storage, Stored

KEEP_DAYS = 30
UNDER_WAY = timedelta(days=1)
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
    too. No file of the last day goes, nor what a publisher may need who is under way.
    """
    published = find_published(show, target)
    show, state, storage = published.show, published.state, published.destination.storage
    keep = timedelta(days=keep_days)
    stored = {found.key: found for folder in (*HASHED_FOLDERS, HISTORY) for found in storage.list(folder)}
    settled = show.at - max(keep, UNDER_WAY)
    old = {key for key, found in stored.items() if found.modified and found.modified < settled}
    history = read_history(state, storage)
    live = {feed_digest(feed.body): feed.body for feed in state.feeds.values()}
    given_way = dict(_list_given_way(state, show.at - keep))
    stays = live.keys() | given_way.keys() | history.pending
    dropped = history.releases - stays
    gone = [
        key
        for key in sorted(filter(is_history, stored))
        if (digest := history_digest(key)) in history.digests - stays and (digest in dropped or key in old)
    ]
    names = {digest: _list_names(body) for digest, body in {**history.feeds, **live}.items()}
    named = {key for digest in names if history_key(digest) not in gone for key in names[digest]}
    ours = set(_list_ours(state, history, stored)).difference(*(names[digest] for digest in live))
    sizes = {key: found.size for key, found in stored.items()}
    removals = [
        *plan_removal(sorted((ours & old) - named), sizes, f"no feed of the last {keep_days} days names it"),
        *plan_removal(gone, sizes, f"its feed gave way over {keep_days} days ago"),
        *plan_removal((key for key in old if is_removal_note(key)), sizes, "left by a command that was killed"),
    ]
    plan = plan_switch(published, {}, records=state.records, removals=removals, dropped=dropped)
    kept = sorted(ours - {action.asset.key for action in removals})
    return replace(
        plan,
        leftovers=tuple(leftover for leftover in storage.leftovers() if leftover.begun < settled),
        kept=tuple(_describe_kept(stored[key], names, given_way, keep) for key in kept),
        records=merge_records(show.records, plan.records),
    )


def _list_given_way(state: PublishedState, limit: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield the digests of the feeds that were live after the limit, and when each gave way."""
    for feed in state.histories.values():
        for release, later in pairwise(feed.history):
            if later.at >= limit:
                yield release.feed_sha256, later.at


def _list_names(feed: bytes) -> set[str]:
    return {key.decode() for key in find_hashed_keys(feed)}


def _list_ours(state: PublishedState, history: OwnHistory, stored: Mapping[str, Stored]) -> Iterator[str]:
    """Yield the keys that podcastkit put there: also what was sent by a publisher that was killed is ours."""
    for files in (state.files, *(journal.files for journal in history.journals.values())):
        for key, size in files.items():
            # What has another size was there before, and stopped that publisher.
            if is_hashed(key) and key in stored and stored[key].size == size:
                yield key


def _describe_kept(
    found: Stored, names: Mapping[str, set[str]], given_way: Mapping[str, datetime], keep: timedelta
) -> Kept:
    """Return until when a file stays that the live feeds do not name."""
    moments = [moment + keep for digest, moment in given_way.items() if found.key in names.get(digest, ())]
    if found.modified:
        moments.append(found.modified + max(keep, UNDER_WAY))
    return Kept(key=found.key, size=found.size, until=max(moments, default=None))
