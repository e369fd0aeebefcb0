"""A Plan becomes the truth: journal → files → history → confirm → the feed → removals → manifest.

A feed is the only commit point. Whatever happens before it is written, listeners have the old feed and every file
that it names; whatever happens after it, the next publish finishes. The original's feed goes before those of its
translations: who is overtaken by another publisher fails on that, and has switched nothing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from podcastkit.diagnostics import Cancelled, ConflictError, StorageError, UnreachableError
from podcastkit.feed.reader import linked_files
from podcastkit.model import Records
from podcastkit.parallel import work_through
from podcastkit.progress import Progress, Tally
from podcastkit.published_keys import (
    HASHED_FOLDERS,
    HISTORY,
    MANIFEST_KEY,
    feed_digest,
    history_key,
    is_feed,
    journal_key,
)
from podcastkit.publishing.plan import ActionKind
from podcastkit.publishing.removal import Announcements, Removal
from podcastkit.publishing.withdrawn_files import names_episode
from podcastkit.retry import retry_unreachable
from podcastkit.state.manifest import Manifest
from podcastkit.state.records import merge_records
from podcastkit.storage.base import Condition, is_key
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from datetime import timedelta

    from podcastkit.build.assets import Asset
    from podcastkit.publishing.plan import Action, Plan
    from podcastkit.storage.base import Storage, Stored

_UPLOADS_AT_ONCE = 4
_SMALL_UPLOADS_AT_ONCE = 16
"""Small files mostly wait for responses. Of large ones, few are sent at once: a broken line loses all of them."""
_SMALL = 2**20
"""Bytes of an average file."""

_WRITES = {ActionKind.UPDATE, ActionKind.UPLOAD}
_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a plan."""

    keeps_conditions: bool
    """Whether the destination keeps conditions on writes."""
    spared: tuple[str, ...]
    """The keys that were to be deleted and stay, because somebody else publishes a feed that needs them."""
    is_newest: bool
    """Whether nobody else has published since."""


def carry_out(plan: Plan, *, progress: Progress, patience: timedelta | None = None) -> Outcome:
    """Do what the plan says, in its order.

    Raises ConflictError when the destination changed since the plan was made, UnreachableError when it did not come
    back for longer than `patience`, and Cancelled when `progress` raised it: in all cases the feed is the old one
    unless it was switched already, and the next publish goes on.
    """
    commit = _Commit(plan, progress, patience)
    places = [n for n, action in enumerate(plan.actions) if is_feed(action.asset.key)]
    before, switches = plan.actions[: places[0]], plan.actions[places[0] : places[-1] + 1]
    after = [action for action in plan.actions[places[-1] + 1 :] if action.kind in _WRITES]
    history = [action for action in before if action.asset.key.startswith(HISTORY)]
    for action in history:
        if action.kind is ActionKind.UPDATE:
            commit.record(action.asset)
    commit.upload([action for action in before if action not in history and action.kind is not ActionKind.KEEP])
    for action in history:
        if action.kind is ActionKind.UPLOAD:
            commit.send(action)
    if commit.has_sent or any(action.kind is not ActionKind.KEEP for action in switches):
        commit.confirm(before)
    for action in switches[1:]:  # the first fails by itself
        commit.demand(action)
    guarded = [commit.switch(action) for action in switches]
    spared = commit.remove()
    is_newest = commit.is_newest()
    own = {MANIFEST_KEY, *(journal_key(switch.digest) for switch in plan.feeds.values())}
    for action in after:
        if action.asset.key not in own:
            commit.overwrite(action.asset)
        elif is_newest:
            commit.record(action.asset)
    return Outcome(keeps_conditions=all(guarded), spared=spared, is_newest=is_newest)


class _Commit:
    """One plan on its way, with the patience that it has."""

    def __init__(self, plan: Plan, progress: Progress, patience: timedelta | None) -> None:
        self._plan = plan
        self._storage = plan.storage
        self._progress = progress
        self._again: set[str] = set()
        self._waiting = Waiting.from_environment()
        self._patience = self._waiting.step_patience if patience is None else patience.total_seconds()
        self._sent: dict[str, Stored] = {}
        self._known = dict[str, str | None](plan.state.etags)
        self._known |= {key: switch.etag_before for key, switch in plan.feeds.items()}
        self._announcements = Announcements(plan.storage, self._waiting.removal_end)

    @property
    def has_sent(self) -> bool:
        """Whether any file was sent."""
        return bool(self._sent)

    def overwrite(self, asset: Asset) -> None:
        """Write over whatever stands there: it is podcastkit's own bookkeeping."""
        self._retry(partial(_write, self._storage, asset, None))

    def record(self, asset: Asset) -> None:
        """Write a journal or the manifest, with the records that somebody else wrote there meanwhile."""
        self._retry(partial(self._record, asset))

    def send(self, action: Action) -> None:
        """Send one file that is small."""
        self._retry(partial(self._send_copy, action))

    def upload(self, actions: Sequence[Action]) -> None:
        """Send the files, several at once."""
        left = {action.asset.key: action for action in actions}
        tally = Tally(self._progress, "uploading", total=sum(action.asset.size for action in actions), unit="bytes")
        self._retry(partial(self._pass, left, tally))

    def confirm(self, actions: Iterable[Action]) -> None:
        """Return only when the storage has every one of these files, and whole; send again what was removed."""
        self._retry(partial(self._confirm, {action.asset.key: action for action in actions}))

    def demand(self, action: Action) -> None:
        """Refuse to go on when another feed stands there than the plan knew: it would be half switched."""
        self._retry(partial(self._demand_feed, action.asset.key))

    def switch(self, action: Action) -> bool:
        """Write a feed over the feed that the plan knew, and over no other."""
        feed = self._plan.feeds[action.asset.key]
        if action.kind is ActionKind.KEEP:
            self.demand(action)
            return True
        probe = partial(self._storage.keeps_conditions, history_key(feed.digest), feed.body)
        keeps_conditions = self._retry(probe)
        self._retry(partial(self._write_feed, action.asset))
        return keeps_conditions

    def remove(self) -> tuple[str, ...]:
        """Delete what the plan removes, and return the keys that somebody else needs again."""
        removal = Removal(self._plan, self._known, self._waiting.removal_lease)
        while removal.left:
            self._retry(removal.remove_some)
        for leftover in self._plan.leftovers:
            self._retry(partial(self._storage.discard, leftover))
        return tuple(removal.spared)

    def is_newest(self) -> bool:
        """Return whether the live feeds are still those of the plan.

        Raises ConflictError when an episode that the plan withdraws came out again meanwhile.
        """
        return self._retry(self._is_newest)

    def _retry(self, step: Callable[[], _Result]) -> _Result:
        """Take a step that goes on where it broke off."""
        return retry_unreachable(step, self._patience, self._waiting, self._progress)

    def _pass(self, left: dict[str, Action], tally: Tally) -> None:
        """Send what is left; a file that the storage failed to take stays, and the others go on."""
        stop = threading.Event()
        troubles: list[UnreachableError] = []

        def finished(action: Action, future: Future[Stored]) -> None:
            try:
                self._sent[action.asset.key] = future.result()
            except UnreachableError as error:
                troubles.append(error)
            else:
                del left[action.asset.key]

        send = partial(_send_counted, self._storage, tally=tally, stop=stop)
        are_small = sum(action.asset.size for action in left.values()) <= len(left) * _SMALL
        threads = _SMALL_UPLOADS_AT_ONCE if are_small else _UPLOADS_AT_ONCE
        work_through(send, list(left.values()), finished, threads=threads, stop=stop.set)
        if troubles:
            raise troubles[-1]

    def _confirm(self, actions: dict[str, Action]) -> None:
        """Ask the storage for all that was sent and all that the new feed names."""
        held = {s.key: s for folder in (*HASHED_FOLDERS, HISTORY) for s in self._storage.list(folder)}
        self._refuse_withdrawn(held)
        named = [
            (key, length)
            for feed in self._plan.feeds.values()
            for key, length in list_own_files(feed.body, self._plan.url)
            if key.startswith(HASHED_FOLDERS)
        ]
        if announced := self._announcements.find(held, actions.keys() | {key for key, _ in named}):
            raise UnreachableError(
                f"another command is removing {min(announced)} from {self._storage.address}, which the feed needs",
                "run the command again when podcastkit prune or withdraw is done",
            )
        if missing := [action for key, action in actions.items() if key not in held]:
            self._send_again(missing, actions)
            self._confirm(actions)
            return
        for key, sent in self._sent.items():
            if (found := held[key]).size != sent.size or found.etag != sent.etag:
                raise _lost(self._storage, key)
        for key, length in named:
            if key not in held or length not in {None, held[key].size}:
                raise _lost(self._storage, key)

    def _send_again(self, missing: Iterable[Action], actions: dict[str, Action]) -> None:
        """Send what was there and was removed by somebody else, but each file only once."""
        for action in missing:
            key = action.asset.key
            if key in self._again or action.asset.body is None:
                raise _lost(self._storage, key)
            self._again.add(key)
            actions[key] = replace(action, kind=ActionKind.UPLOAD)
            stored = _send(self._storage, actions[key], lambda _: None)
            if key.startswith(HISTORY):
                self._known[key] = stored.etag
            else:
                self._sent[key] = stored

    def _refuse_withdrawn(self, held: Mapping[str, Stored]) -> None:
        """Raise ConflictError when an episode of the feed that is live was withdrawn since the plan was made."""
        for switch in self._plan.feeds.values():
            key = journal_key(feed_digest(switch.before.body)) if switch.before else ""
            if key in held and held[key].etag != self._known.get(key):
                known = {withdrawal.guid for withdrawal in self._plan.records.withdrawn}
                if {withdrawal.guid for withdrawal in self._read_records(key).withdrawn} - known:
                    raise _overtaken(self._plan)

    def _read_records(self, key: str) -> Records:
        found = self._storage.read(key)
        try:
            return Manifest.from_bytes(found[0]).records if found else Records()
        except ValueError:  # damaged: it proves nothing
            return Records()

    def _send_copy(self, action: Action) -> None:
        self._known[action.asset.key] = _send(self._storage, action, lambda _: None).etag

    def _record(self, asset: Asset) -> None:
        key, condition = asset.key, None
        if key in self._known:
            stored = self._storage.find(key)
            condition = Condition(etag=stored.etag if stored else None)
            if stored and stored.etag != self._known[key] and isinstance(asset.body, bytes):
                ours = Manifest.from_bytes(asset.body)
                records = merge_records(ours.records, self._read_records(key))
                asset = replace(asset, body=replace(ours, records=records).to_bytes(), md5=None)
        try:
            self._known[key] = _write(self._storage, asset, condition).etag
        except ConflictError:  # it changed just now, or a try arrived whose answer was lost
            self._record(asset)

    def _is_newest(self) -> bool:
        stored = {key: self._storage.find(key) for key in self._plan.feeds}
        if all(one and one.etag == self._known[key] for key, one in stored.items()):
            return True
        live = {key: self._storage.read(key) for key in self._plan.feeds}
        withdrawn = frozenset(guid for one in self._plan.records.withdrawn for guid in one.guids)
        if self._plan.withdrawals_first and any(
            found and names_episode(found[0], withdrawn) for found in live.values()
        ):
            raise _overtaken(self._plan)
        return all(found and found[0] == self._plan.feeds[key].body for key, found in live.items())

    def _demand_feed(self, key: str) -> None:
        stored = self._storage.find(key)
        if (stored and stored.etag) != self._plan.feeds[key].etag_before:
            raise _overtaken(self._plan)

    def _write_feed(self, asset: Asset) -> None:
        feed = self._plan.feeds[asset.key]
        try:
            self._known[asset.key] = _write(self._storage, asset, Condition(etag=feed.etag_before)).etag
        except ConflictError as error:
            found = self._storage.read(asset.key)
            if found is None:  # what is there is no file of the storage, such as a folder: the error says so
                raise
            body, etag = found
            if body != feed.body:  # it may be our own: a try whose answer was lost
                raise _overtaken(self._plan) from error
            self._known[asset.key] = etag


def _write(
    storage: Storage, asset: Asset, condition: Condition | None, sent: Callable[[int], None] | None = None
) -> Stored:
    if asset.body is None:
        raise StorageError(f"{asset.about} is neither on this machine nor at {storage.address}")
    return storage.write(
        asset.key,
        asset.body,
        content_type=asset.content_type,
        cache_control=asset.cache_control,
        md5=asset.md5,
        condition=condition,
        sent=sent,
    )


def _send_counted(storage: Storage, action: Action, tally: Tally, stop: threading.Event) -> Stored:
    def sent(amount: int) -> None:
        if stop.is_set():
            raise Cancelled("the upload was stopped", "run the command again: what was sent is not sent twice")
        tally.add(amount, action.asset.episode)

    return _send(storage, action, sent)


def _send(storage: Storage, action: Action, sent: Callable[[int], None]) -> Stored:
    """Write a file that is not there, or one of ours that is damaged."""
    asset = action.asset
    if action.kind is ActionKind.UPDATE:
        return _write(storage, asset, None, sent)
    try:
        return _write(storage, asset, Condition(etag=None), sent)
    except ConflictError as error:
        found = _accept_equal(storage, asset, error)
        sent(asset.size)
        return found


def _accept_equal(storage: Storage, asset: Asset, error: ConflictError) -> Stored:
    """Take what stands under the name already when it is the same file: another publisher sent it, or we did."""
    stored = storage.find(asset.key)
    if stored is None:  # it was the file here that changed
        raise error
    if stored.size != asset.size or stored.md5 not in {None, asset.md5}:
        raise ConflictError(
            f"another file stands at {asset.key} in {storage.address} ({stored.size} bytes, not {asset.size}), "
            "and no record says that podcastkit put it there",
            "delete it there if it is a part of yours, or publish to another folder or prefix",
        ) from error
    return stored


def list_own_files(feed: bytes, url: str) -> Iterator[tuple[str, int | None]]:
    """Yield the key and promised length of each file that a feed names at the show's own address `url`."""
    place = url.partition("://")[2] + "/"
    for file in linked_files(feed):
        _, found, key = file.url.partition(place)
        if found and is_key(key):
            yield key, file.length


def _lost(storage: Storage, key: str) -> StorageError:
    return StorageError(
        f"{storage.address} does not hold {key} as it was sent, so the feed was not touched",
        "run the command again; if it happens again, the storage loses files",
    )


def _overtaken(plan: Plan) -> ConflictError:
    return ConflictError(
        f"somebody else published to {plan.storage.address} at the same time, and was first",
        "run the command again: it starts from what they published",
    )
