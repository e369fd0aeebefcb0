"""Carry out a plan: journal → files → history → confirm → feeds → removals → manifest.

Writing a feed is the only commit point. If a publish fails before this point, listeners still have the old feed and
every file that the old feed names. If a publish fails later, the next publish finishes the work. The original's
feed is written before the feeds of its translations. If another publish was faster, this first write fails, before
any feed has been switched.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from podcastkit.diagnostics import Cancelled, ConflictError, StorageError, UnreachableError
from podcastkit.feed.reader import list_linked_files
from podcastkit.model import Records
from podcastkit.parallel import work_through
from podcastkit.progress import Progress, Tally
from podcastkit.published_keys import (
    HASHED_FOLDERS,
    HISTORY,
    MANIFEST_KEY,
    hash_feed,
    is_feed,
    make_history_key,
    make_journal_key,
)
from podcastkit.publishing.plan import ActionKind
from podcastkit.publishing.removal import Removal, RemovalNotes
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
"""Small files mostly wait for responses, so many are sent at once. Large files are limited to `_UPLOADS_AT_ONCE`,
because a broken connection loses all that are being sent."""
_SMALL_FILE_SIZE = 2**20
"""Files count as small up to this average size, in bytes."""

_WRITING_KINDS = {ActionKind.UPDATE, ActionKind.UPLOAD}
"""The kinds of actions that write a file."""
_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The result of carrying out a plan."""

    keeps_conditions: bool
    """Whether the destination supports conditional writes."""
    spared: tuple[str, ...]
    """The keys that were not deleted after all, because the feed of another publish needs them."""
    is_newest: bool
    """Whether the live feeds are still those of the plan; another publish may have replaced them since."""


def carry_out(plan: Plan, *, progress: Progress, patience: timedelta | None = None) -> Outcome:
    """Carry out the actions of a plan, in order.

    Raises ConflictError if the destination has changed since the plan was made, UnreachableError if the destination
    fails for longer than `patience`, and Cancelled if `progress` raises it. After each of these, the old feed stays
    live unless it was already switched, and the next publish continues the work.
    """
    commit = _Commit(plan, progress, patience)
    # A plan lists the feeds one after another.
    feed_positions = [n for n, action in enumerate(plan.actions) if is_feed(action.asset.key)]
    first, last = feed_positions[0], feed_positions[-1]
    earlier_actions, feed_actions = plan.actions[:first], plan.actions[first : last + 1]
    later_writes = [action for action in plan.actions[last + 1 :] if action.kind in _WRITING_KINDS]
    # In the history, the updates are journals, and the uploads are copies of feeds.
    history_actions = [action for action in earlier_actions if action.asset.key.startswith(HISTORY)]
    # The journals come first: they record the intention before anything changes.
    for action in history_actions:
        if action.kind is ActionKind.UPDATE:
            commit.write_records(action.asset)
    commit.upload_files(
        [
            action
            for action in earlier_actions
            if action not in history_actions and action.kind is not ActionKind.KEEP
        ]
    )
    for action in history_actions:
        if action.kind is ActionKind.UPLOAD:
            commit.send_copy(action)
    if commit.has_sent or any(action.kind is not ActionKind.KEEP for action in feed_actions):
        commit.confirm_stored(earlier_actions)
    for action in feed_actions[1:]:  # the first feed is written on a condition, so it needs no check
        commit.refuse_changed_feed(action)
    keeps_conditions = [commit.switch_feed(action) for action in feed_actions]
    spared = commit.remove_files()
    is_newest = commit.is_newest()
    # If another publish was faster, its manifest and journals are newer and stay.
    record_keys = {MANIFEST_KEY, *(make_journal_key(switch.digest) for switch in plan.feeds.values())}
    for action in later_writes:
        if action.asset.key not in record_keys:
            commit.overwrite_file(action.asset)
        elif is_newest:
            commit.write_records(action.asset)
    return Outcome(keeps_conditions=all(keeps_conditions), spared=spared, is_newest=is_newest)


class _Commit:
    """The steps of a plan that is being carried out. Each step is retried while the destination is unreachable."""

    def __init__(self, plan: Plan, progress: Progress, patience: timedelta | None) -> None:
        self._plan = plan
        self._storage = plan.storage
        self._progress = progress
        self._resent_keys: set[str] = set()
        self._waiting = Waiting.from_environment()
        self._patience = self._waiting.step_patience if patience is None else patience.total_seconds()
        self._sent: dict[str, Stored] = {}
        # The ETags of the feeds, the journals and the manifest, as this publish last read or wrote them.
        self._etags = dict[str, str | None](plan.state.etags)
        self._etags |= {key: switch.etag_before for key, switch in plan.feeds.items()}
        self._removal_notes = RemovalNotes(plan.storage, self._waiting.removal_end)

    @property
    def has_sent(self) -> bool:
        """Whether any file was sent."""
        return bool(self._sent)

    def overwrite_file(self, asset: Asset) -> None:
        """Write one of podcastkit's own record files without a condition."""
        self._retry(partial(_write, self._storage, asset, None))

    def write_records(self, asset: Asset) -> None:
        """Write a journal or the manifest, and keep the records that another publish added to it."""
        self._retry(partial(self._write_records, asset))

    def send_copy(self, action: Action) -> None:
        """Send the copy of a feed to the history."""
        self._retry(partial(self._send_copy, action))

    def upload_files(self, actions: Sequence[Action]) -> None:
        """Send the files, several at once."""
        remaining = {action.asset.key: action for action in actions}
        tally = Tally(self._progress, "uploading", total=sum(action.asset.size for action in actions), unit="bytes")
        self._retry(partial(self._upload_remaining, remaining, tally))

    def confirm_stored(self, actions: Iterable[Action]) -> None:
        """Check that the storage has these files, and all files of the new feeds. Send removed files again.

        Raises StorageError if a file is damaged or missing, UnreachableError if another command is removing one,
        and ConflictError if another command has withdrawn an episode.
        """
        self._retry(partial(self._confirm_stored, {action.asset.key: action for action in actions}))

    def refuse_changed_feed(self, action: Action) -> None:
        """Raise ConflictError if a live feed has changed since the plan was made.

        Without this check, a publish could fail after it has switched only some of the show's feeds.
        """
        self._retry(partial(self._refuse_changed_feed, action.asset.key))

    def switch_feed(self, action: Action) -> bool:
        """Replace a live feed; raise ConflictError if it has changed since the plan was made.

        Returns whether the storage supports conditional writes. If the plan keeps the feed, this is not tested, and
        the result is True.
        """
        feed = self._plan.feeds[action.asset.key]
        if action.kind is ActionKind.KEEP:
            self.refuse_changed_feed(action)
            return True
        probe = partial(self._storage.keeps_conditions, make_history_key(feed.digest), feed.body)
        keeps_conditions = self._retry(probe)
        self._retry(partial(self._write_feed, action.asset))
        return keeps_conditions

    def remove_files(self) -> tuple[str, ...]:
        """Delete the files that the plan removes, and return the keys that the feed of another publish needs."""
        removal = Removal(self._plan, self._etags, self._waiting.removal_lease)
        while removal.remaining:
            self._retry(removal.remove_some)
        for leftover in self._plan.leftovers:
            self._retry(partial(self._storage.discard, leftover))
        return tuple(removal.spared)

    def is_newest(self) -> bool:
        """Return whether the live feeds are still those of the plan.

        Raises ConflictError if another publish has published an episode that the plan withdraws.
        """
        return self._retry(self._is_newest)

    def _retry(self, step: Callable[[], _Result]) -> _Result:
        """Retry a step while the storage is unreachable. Each step continues where it failed."""
        return retry_unreachable(step, self._patience, self._waiting, self._progress)

    def _upload_remaining(self, remaining: dict[str, Action], tally: Tally) -> None:
        """Send the remaining files, and delete those that arrived from `remaining`.

        If the storage is unreachable for a file, send the other files before raising the error.
        """
        stop = threading.Event()
        errors: list[UnreachableError] = []

        def handle_result(action: Action, future: Future[Stored]) -> None:
            try:
                self._sent[action.asset.key] = future.result()
            except UnreachableError as error:
                errors.append(error)
            else:
                del remaining[action.asset.key]

        send = partial(_send_counted, self._storage, tally=tally, stop=stop)
        are_small = sum(action.asset.size for action in remaining.values()) <= len(remaining) * _SMALL_FILE_SIZE
        threads = _SMALL_UPLOADS_AT_ONCE if are_small else _UPLOADS_AT_ONCE
        work_through(send, list(remaining.values()), handle_result, threads=threads, stop=stop.set)
        if errors:
            raise errors[-1]

    def _confirm_stored(self, actions: dict[str, Action]) -> None:
        """Compare the storage with the files that were sent and the files that the new feeds name."""
        stored_files = {
            stored.key: stored for folder in (*HASHED_FOLDERS, HISTORY) for stored in self._storage.list(folder)
        }
        self._refuse_withdrawn(stored_files)
        linked_files = [
            (key, length)
            for feed in self._plan.feeds.values()
            for key, length in list_own_files(feed.body, self._plan.url)
            if key.startswith(HASHED_FOLDERS)
        ]
        needed_keys = actions.keys() | {key for key, _ in linked_files}
        if removed_keys := self._removal_notes.find(stored_files, needed_keys):
            raise UnreachableError(
                f"the feed needs {min(removed_keys)}, but another command is removing it "
                f"from {self._storage.address}",
                "wait until podcastkit prune or withdraw has finished, then run the command again",
            )
        if missing := [action for key, action in actions.items() if key not in stored_files]:
            self._send_again(missing, actions)
            self._confirm_stored(actions)
            return
        for key, sent in self._sent.items():
            if (stored := stored_files[key]).size != sent.size or stored.etag != sent.etag:
                raise _make_lost_file_error(self._storage, key)
        for key, length in linked_files:
            if key not in stored_files or length not in {None, stored_files[key].size}:
                raise _make_lost_file_error(self._storage, key)

    def _send_again(self, missing: Iterable[Action], actions: dict[str, Action]) -> None:
        """Send files again that another command removed; raise StorageError if one is missing a second time.

        `actions` receives the new actions.
        """
        for action in missing:
            key = action.asset.key
            if key in self._resent_keys or action.asset.body is None:
                raise _make_lost_file_error(self._storage, key)
            self._resent_keys.add(key)
            actions[key] = replace(action, kind=ActionKind.UPLOAD)
            stored = _send(self._storage, actions[key], lambda _: None)
            if key.startswith(HISTORY):
                self._etags[key] = stored.etag
            else:
                self._sent[key] = stored

    def _refuse_withdrawn(self, stored_files: Mapping[str, Stored]) -> None:
        """Raise ConflictError if the journal of a live feed has a withdrawal that the plan does not have."""
        for switch in self._plan.feeds.values():
            key = make_journal_key(hash_feed(switch.before.body)) if switch.before else ""
            if key in stored_files and stored_files[key].etag != self._etags.get(key):
                known_guids = {withdrawal.guid for withdrawal in self._plan.records.withdrawn}
                if {withdrawal.guid for withdrawal in self._read_records(key).withdrawn} - known_guids:
                    raise _make_overtaken_error(self._plan)

    def _read_records(self, key: str) -> Records:
        """Return the records in a journal or manifest; empty records if the file is missing or damaged."""
        stored = self._storage.read(key)
        try:
            return Manifest.from_bytes(stored[0]).records if stored else Records()
        except ValueError:  # damaged, so it proves nothing
            return Records()

    def _send_copy(self, action: Action) -> None:
        self._etags[action.asset.key] = _send(self._storage, action, lambda _: None).etag

    def _write_records(self, asset: Asset) -> None:
        """Write a manifest or journal. If the stored file has changed since it was read, keep its records too."""
        key, condition = asset.key, None
        if key in self._etags:
            stored = self._storage.find(key)
            condition = Condition(etag=stored.etag if stored else None)
            if stored and stored.etag != self._etags[key] and isinstance(asset.body, bytes):
                ours = Manifest.from_bytes(asset.body)
                records = merge_records(ours.records, self._read_records(key))
                asset = replace(asset, body=replace(ours, records=records).to_bytes(), md5=None)
        try:
            self._etags[key] = _write(self._storage, asset, condition).etag
        except ConflictError:  # the file changed just now, or an earlier attempt arrived but its response was lost
            self._write_records(asset)

    def _is_newest(self) -> bool:
        stored_feeds = {key: self._storage.find(key) for key in self._plan.feeds}
        if all(stored and stored.etag == self._etags[key] for key, stored in stored_feeds.items()):
            return True
        live_feeds = {key: self._storage.read(key) for key in self._plan.feeds}
        withdrawn = frozenset(guid for withdrawal in self._plan.records.withdrawn for guid in withdrawal.guids)
        if self._plan.withdrawals_first and any(
            live and names_episode(live[0], withdrawn) for live in live_feeds.values()
        ):
            raise _make_overtaken_error(self._plan)
        return all(live and live[0] == self._plan.feeds[key].body for key, live in live_feeds.items())

    def _refuse_changed_feed(self, key: str) -> None:
        stored = self._storage.find(key)
        if (stored and stored.etag) != self._plan.feeds[key].etag_before:
            raise _make_overtaken_error(self._plan)

    def _write_feed(self, asset: Asset) -> None:
        feed = self._plan.feeds[asset.key]
        try:
            self._etags[asset.key] = _write(self._storage, asset, Condition(etag=feed.etag_before)).etag
        except ConflictError as error:
            stored = self._storage.read(asset.key)
            if stored is None:  # something that is not a file, such as a folder, is in its place: the error says so
                raise
            body, etag = stored
            if body != feed.body:  # an equal body is our own: an earlier attempt whose response was lost
                raise _make_overtaken_error(self._plan) from error
            self._etags[asset.key] = etag


def _write(
    storage: Storage, asset: Asset, condition: Condition | None, sent: Callable[[int], None] | None = None
) -> Stored:
    """Write an asset; raise StorageError if its content is not on this computer.

    `sent` is the callback of `Storage.write`.
    """
    if asset.body is None:
        raise StorageError(f"{asset.about} is missing both on this computer and at {storage.address}")
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
    """Send a file and count its bytes in `tally`. Raise Cancelled if `stop` is set."""

    def count_sent(amount: int) -> None:
        if stop.is_set():
            raise Cancelled(
                "the upload was stopped", "run the command again: files that arrived are not sent twice"
            )
        tally.add(amount, action.asset.episode)

    return _send(storage, action, count_sent)


def _send(storage: Storage, action: Action, sent: Callable[[int], None]) -> Stored:
    """Write a file that is missing at the destination, or (with an update) replace a damaged file.

    A file that has arrived before is not written again.
    """
    asset = action.asset
    if action.kind is ActionKind.UPDATE:
        return _write(storage, asset, None, sent)
    try:
        return _write(storage, asset, Condition(etag=None), sent)
    except ConflictError as error:
        stored = _accept_equal(storage, asset, error)
        sent(asset.size)
        return stored


def _accept_equal(storage: Storage, asset: Asset, error: ConflictError) -> Stored:
    """Return the stored file if it equals the asset, because it was already sent.

    Otherwise raise ConflictError. `error` is the conflict that the write of the asset has caused.
    """
    stored = storage.find(asset.key)
    if stored is None:  # the conflict was about the local file, which changed
        raise error
    if stored.size != asset.size or stored.md5 not in {None, asset.md5}:
        raise ConflictError(
            f"{storage.address} has another file at {asset.key} ({stored.size} bytes, not {asset.size}), "
            "and no record shows that podcastkit wrote it",
            "delete the file if it belongs to this show, or publish to another folder or prefix",
        ) from error
    return stored


def list_own_files(feed: bytes, url: str) -> Iterator[tuple[str, int | None]]:
    """Yield each file under the show's `url` to which a feed links: its key, and its length according to the feed.

    The length is in bytes, or None if the feed does not state it.
    """
    base = url.partition("://")[2] + "/"  # a prefix for statistics may come before the show's address
    for file in list_linked_files(feed):
        _, separator, key = file.url.partition(base)
        if separator and is_key(key):
            yield key, file.length


def _make_lost_file_error(storage: Storage, key: str) -> StorageError:
    return StorageError(
        f"{storage.address} has no intact copy of {key}, so the feed was not changed",
        "run the command again; if this error returns, the storage loses files",
    )


def _make_overtaken_error(plan: Plan) -> ConflictError:
    return ConflictError(
        f"another publish has changed {plan.storage.address} at the same time",
        "run the command again: it starts from the feed that is live now",
    )
