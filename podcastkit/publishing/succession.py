"""One feed follows another: what is written, in which order, and what is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.plan import (
    FEED_KEY,
    Manifest,
    Release,
    digest_of,
    history_key,
    journal_key,
    plan_removal,
    plan_switch,
)
from podcastkit.publishing.traces import find_traces
from podcastkit.records import finish_withdrawals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from podcastkit.model import Records
    from podcastkit.plan import Action
    from podcastkit.publishing.destination import Destination, State


@dataclass(frozen=True, kw_only=True, slots=True)
class Succession:
    """What makes a feed follow the live one."""

    actions: tuple[Action, ...]
    """See `plan_switch`."""
    bars: Records
    """What must be remembered before: with all that is to be deleted of withdrawn episodes."""
    records: Records
    """What must be remembered afterwards."""


def succeed(
    state: State,
    destination: Destination,
    feed: bytes,
    *,
    episodes: int,
    records: Records,
    files: Iterable[Action],
    removals: Iterable[Action] = (),
    at: datetime,
    without: Collection[str] = (),
) -> Succession:
    """Return all that makes a feed follow the live one, and finishes withdrawals that were killed.

    `episodes` counts its items, `records` is what must be remembered of them, `without` names feeds by their
    SHA-256 that leave the history.
    """
    traces = find_traces(records, feed=feed, state=state, storage=destination.storage)
    left = {key: None for withdrawal in traces.records.withdrawn for key in withdrawal.files}
    files = tuple(files)
    removals = (*removals, *plan_removal(left, state.stored, "its episode is withdrawn"))
    known = dict(state.manifest.files) if state.manifest else {}
    history = _history(state, feed, episodes, at)
    begun = Manifest(
        trial=destination.trial,
        url=destination.url,
        feed_sha256=digest_of(feed),
        records=traces.records,
        files=known | {action.asset.key: action.asset.size for action in files} | {FEED_KEY: len(feed)},
        history=tuple(r for r in history if r.feed_sha256 not in without and not _leaves(r, left)),
    )
    gone = {action.asset.key for action in removals} | left.keys()
    done = replace(
        begun,
        records=finish_withdrawals(traces.records),
        files={key: size for key, size in begun.files.items() if key not in gone},
    )
    actions = plan_switch(
        files,
        feed=feed,
        live=state.feed,
        begun=begun,
        done=done,
        written=state.manifest_body,
        adopted=state.feed if state.adopted else None,
        removals=removals,
        mended=traces.journals,
    )
    return Succession(actions=actions, bars=traces.records, records=done.records)


def _leaves(release: Release, left: Collection[str]) -> bool:
    return history_key(release.feed_sha256) in left or journal_key(release.feed_sha256) in left


def _history(state: State, feed: bytes, episodes: int, at: datetime) -> tuple[Release, ...]:
    history = (state.manifest.history if state.manifest else ()) + ((state.adopted,) if state.adopted else ())
    if history and history[-1].feed_sha256 == digest_of(feed):
        return history
    return (*history, Release(feed_sha256=digest_of(feed), at=at, size=len(feed), episodes=episodes))
