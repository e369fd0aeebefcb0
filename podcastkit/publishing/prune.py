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
LONGEST_PUBLISH = timedelta(days=1)
"""Files that are younger may belong to a publish that is still running."""


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
    """Delete podcastkit's files that no feed of the last `keep_days` days uses; see `prepare_pruning`."""
    plan = prepare_pruning(show, Target(to=to, url=url, at=at), keep_days=keep_days)
    return apply(plan, write_lock=write_lock, progress=progress)


def prepare_pruning(show: Show | str | Path, target: Target, *, keep_days: int = KEEP_DAYS) -> Plan:
    """Return the plan to delete podcastkit's files that no feed of the last `keep_days` days uses.

    The plan also deletes copies of feeds that were replaced before that time, and unfinished uploads that began
    before that time. It keeps all files of the last day, and the files that a running publish may need.
    """
    published = find_published(show, target)
    show, state, storage = published.show, published.state, published.destination.storage
    keep_period = timedelta(days=keep_days)
    stored = {file.key: file for folder in (*HASHED_FOLDERS, HISTORY) for file in storage.list(folder)}
    # Every publish that began before this time has ended.
    limit = show.at - max(keep_period, LONGEST_PUBLISH)
    old_keys = {key for key, file in stored.items() if file.modified and file.modified < limit}
    history = read_history(state, storage)
    live_feeds = {hash_feed(feed.body): feed.body for feed in state.feeds.values()}
    replacement_times = dict(_list_replaced_feeds(state, show.at - keep_period))
    kept_digests = live_feeds.keys() | replacement_times.keys() | history.pending
    dropped = history.releases - kept_digests
    # A copy or journal is removed if its feed was replaced long ago, or if its feed never was live and it is old.
    removed_copies = [
        key
        for key in sorted(filter(is_history, stored))
        if (digest := get_history_digest(key)) in history.digests - kept_digests
        and (digest in dropped or key in old_keys)
    ]
    keys_by_feed = {digest: _list_named_keys(body) for digest, body in {**history.feeds, **live_feeds}.items()}
    needed_keys = {
        key
        for digest, keys in keys_by_feed.items()
        if make_history_key(digest) not in removed_copies
        for key in keys
    }
    live_keys = {key for digest in live_feeds for key in keys_by_feed[digest]}
    unused_keys = set(_list_own_keys(state, history, stored)) - live_keys
    sizes = {key: file.size for key, file in stored.items()}
    removals = [
        *plan_removal(
            sorted((unused_keys & old_keys) - needed_keys),
            sizes,
            f"no feed of the last {keep_days} days uses it" if keep_days else "the live feed does not use it",
        ),
        *plan_removal(
            removed_copies,
            sizes,
            f"the feed was not live in the last {keep_days} days" if keep_days else "the feed is not live",
        ),
        *plan_removal((key for key in old_keys if is_removal_note(key)), sizes, "left by an interrupted command"),
    ]
    plan = plan_switch(published, {}, records=state.records, removals=removals, dropped=dropped)
    kept_keys = sorted(unused_keys - {action.asset.key for action in removals})
    return replace(
        plan,
        leftovers=tuple(leftover for leftover in storage.leftovers() if leftover.begun < limit),
        kept=tuple(_describe_kept(stored[key], keys_by_feed, replacement_times, keep_period) for key in kept_keys),
        records=merge_records(show.records, plan.records),
    )


def _list_replaced_feeds(state: PublishedState, limit: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield the digest of each feed that was replaced after the limit, and the time of its replacement."""
    for feed in state.histories.values():
        for release, next_release in pairwise(feed.history):
            if next_release.at >= limit:
                yield release.feed_sha256, next_release.at


def _list_named_keys(feed: bytes) -> set[str]:
    return {key.decode() for key in find_hashed_keys(feed)}


def _list_own_keys(state: PublishedState, history: OwnHistory, stored: Mapping[str, Stored]) -> Iterator[str]:
    """Yield the keys that podcastkit wrote, including those of publishes that were killed."""
    for files in (state.files, *(journal.files for journal in history.journals.values())):
        for key, size in files.items():
            # A file with another size is another program's: the publish that recorded this key stopped with a
            # conflict.
            if is_hashed(key) and key in stored and stored[key].size == size:
                yield key


def _describe_kept(
    file: Stored,
    keys_by_feed: Mapping[str, set[str]],
    replacement_times: Mapping[str, datetime],
    keep_period: timedelta,
) -> Kept:
    """Return a file that the live feeds do not name, with the time until which it is kept.

    `keys_by_feed` and `replacement_times` are by the digests of feeds.
    """
    moments = [
        moment + keep_period
        for digest, moment in replacement_times.items()
        if file.key in keys_by_feed.get(digest, ())
    ]
    if file.modified:
        moments.append(file.modified + max(keep_period, LONGEST_PUBLISH))
    return Kept(key=file.key, size=file.size, until=max(moments, default=None))
