"""One feed follows another: what is written, in which order, and what is remembered of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.plan import FEED_KEY, Manifest, Release, digest_of, plan_switch
from podcastkit.records import finish_withdrawals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from podcastkit.model import Records
    from podcastkit.plan import Action
    from podcastkit.publishing.destination import Destination, State


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
) -> tuple[Action, ...]:
    """Return all that makes a feed follow the live one: see `plan_switch`.

    `episodes` counts its items, `records` is what must be remembered of them, `without` names feeds by their
    SHA-256 that leave the history.
    """
    files, removals = tuple(files), tuple(removals)
    known = dict(state.manifest.files) if state.manifest else {}
    begun = Manifest(
        trial=destination.trial,
        url=destination.url,
        feed_sha256=digest_of(feed),
        records=records,
        files=known | {action.asset.key: action.asset.size for action in files} | {FEED_KEY: len(feed)},
        history=tuple(r for r in _history(state, feed, episodes, at) if r.feed_sha256 not in without),
    )
    gone = {action.asset.key for action in removals} | {key for w in records.withdrawn for key in w.files}
    done = replace(
        begun,
        records=finish_withdrawals(records),
        files={key: size for key, size in begun.files.items() if key not in gone},
    )
    return plan_switch(
        files,
        feed=feed,
        live=state.feed,
        begun=begun,
        done=done,
        written=state.manifest_body,
        adopted=state.feed if state.adopted else None,
        removals=removals,
        mended=_mended(state.manifest, done, gone),
    )


def _mended(before: Manifest | None, done: Manifest, gone: Collection[str]) -> Manifest | None:
    """Return the manifest before this one without what a withdrawal that was killed had left to do."""
    if before is None or before.feed_sha256 == done.feed_sha256:
        return None
    files = {key: size for key, size in before.files.items() if key not in gone}
    mended = replace(before, records=finish_withdrawals(before.records), files=files)
    return mended if mended.records != before.records else None


def _history(state: State, feed: bytes, episodes: int, at: datetime) -> tuple[Release, ...]:
    history = (state.manifest.history if state.manifest else ()) + ((state.adopted,) if state.adopted else ())
    if history and history[-1].feed_sha256 == digest_of(feed):
        return history
    return (*history, Release(feed_sha256=digest_of(feed), at=at, size=len(feed), episodes=episodes))
