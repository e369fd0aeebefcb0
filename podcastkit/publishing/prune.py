"""Delete published files that no recent feed names, except files that podcastkit did not write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from podcastkit.progress import Progress, ignore_event
from podcastkit.published_keys import (
    HASHED_FOLDERS,
    HISTORY,
    find_hashed_keys,
    get_history_digest,
    hash_feed,
    is_hashed,
    is_history,
    is_removal_note,
    make_history_key,
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
RUNNING_PUBLISH = timedelta(days=1)
"""Younger files may belong to a publish that is still running."""


def prune(
    show: Show | str | Path,
    *,
    keep_days: int = KEEP_DAYS,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
    write_lock: bool = True,
    progress: Progress = ignore_event,
) -> Receipt:
    """Delete the files that `prepare_pruning` finds."""
    plan = prepare_pruning(show, Target(to=to, url=url, at=at), keep_days=keep_days)
    return apply(plan, write_lock=write_lock, progress=progress)


def prepare_pruning(show: Show | str | Path, target: Target, *, keep_days: int = KEEP_DAYS) -> Plan:
    """Return the plan to delete podcastkit's files that no feed of the last `keep_days` days uses.

    The plan also deletes older copies of feeds, and unfinished uploads that began earlier. It keeps all files of
    the last day, and the files that a running publish may need.
    """
    published = find_published(show, target)
    show, state, storage = published.show, published.state, published.destination.storage
    keep = timedelta(days=keep_days)
    stored = {found.key: found for folder in (*HASHED_FOLDERS, HISTORY) for found in storage.list(folder)}
    # Everything from before this time belongs to a publish that has ended.
    settled = show.at - max(keep, RUNNING_PUBLISH)
    old = {key for key, found in stored.items() if found.modified and found.modified < settled}
    history = read_history(state, storage)
    live = {hash_feed(feed.body): feed.body for feed in state.feeds.values()}
    replaced = dict(_list_replaced(state, show.at - keep))
    kept_digests = live.keys() | replaced.keys() | history.pending
    dropped = history.releases - kept_digests
    # A copy goes when its feed was replaced long ago, or when the feed never was live and the copy is old.
    removed_copies = [
        key
        for key in sorted(filter(is_history, stored))
        if (digest := get_history_digest(key)) in history.digests - kept_digests
        and (digest in dropped or key in old)
    ]
    names = {digest: _list_named_keys(body) for digest, body in {**history.feeds, **live}.items()}
    named = {key for digest in names if make_history_key(digest) not in removed_copies for key in names[digest]}
    ours = set(_list_own_keys(state, history, stored)).difference(*(names[digest] for digest in live))
    sizes = {key: found.size for key, found in stored.items()}
    removals = [
        *plan_removal(
            sorted((ours & old) - named),
            sizes,
            f"no feed of the last {keep_days} days uses it" if keep_days else "the live feed does not use it",
        ),
        *plan_removal(removed_copies, sizes, f"the feed was replaced over {keep_days} days ago"),
        *plan_removal((key for key in old if is_removal_note(key)), sizes, "left by an interrupted command"),
    ]
    plan = plan_switch(published, {}, records=state.records, removals=removals, dropped=dropped)
    kept = sorted(ours - {action.asset.key for action in removals})
    return replace(
        plan,
        leftovers=tuple(leftover for leftover in storage.leftovers() if leftover.begun < settled),
        kept=tuple(_describe_kept(stored[key], names, replaced, keep) for key in kept),
        records=merge_records(show.records, plan.records),
    )


def _list_replaced(state: PublishedState, limit: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield the digest of each feed that was replaced after the limit, and the time of its replacement."""
    for feed in state.histories.values():
        for release, later in pairwise(feed.history):
            if later.at >= limit:
                yield release.feed_sha256, later.at


def _list_named_keys(feed: bytes) -> set[str]:
    return {key.decode() for key in find_hashed_keys(feed)}


def _list_own_keys(state: PublishedState, history: OwnHistory, stored: Mapping[str, Stored]) -> Iterator[str]:
    """Yield the keys that podcastkit wrote, including those of publishes that were killed."""
    for files in (state.files, *(journal.files for journal in history.journals.values())):
        for key, size in files.items():
            # A file of another size existed before, and its conflict stopped that publish.
            if is_hashed(key) and key in stored and stored[key].size == size:
                yield key


def _describe_kept(
    found: Stored, names: Mapping[str, set[str]], replaced: Mapping[str, datetime], keep: timedelta
) -> Kept:
    """Return a file that the live feeds do not name, with the time until which it is kept."""
    moments = [moment + keep for digest, moment in replaced.items() if found.key in names.get(digest, ())]
    if found.modified:
        moments.append(found.modified + max(keep, RUNNING_PUBLISH))
    return Kept(key=found.key, size=found.size, until=max(moments, default=None))
