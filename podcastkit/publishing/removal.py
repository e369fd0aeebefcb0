"""Delete files safely while other publishes may be running.

Deletion works in batches: write a removal note with some keys, check which of these keys the feeds of other
publishes need, and delete the files of the others. A publish records its feed before it looks for removal notes; a
deleting command writes its note before it looks for feeds of other publishes. So at least one of the two notices
the other; see docs/explanation/how-publishing-works.md.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from podcastkit.build.assets import REVALIDATE
from podcastkit.published_keys import (
    HISTORY,
    find_hashed_keys,
    get_history_digest,
    hash_feed,
    is_history,
    is_removal_note,
    make_history_key,
    make_journal_key,
    make_removal_note_key,
)
from podcastkit.publishing.withdrawn_files import names_episode
from podcastkit.state.manifest import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from podcastkit.publishing.plan import Plan
    from podcastkit.storage.base import Storage, Stored

_KEYS_PER_NOTE = 8
"""The number of keys in one removal note. A publish that needs one of them waits until the note is deleted."""


class Removal:
    """The deletion of the files that a plan removes."""

    def __init__(self, plan: Plan, known: Mapping[str, str | None], lease: float) -> None:
        """Prepare the removal.

        `known` maps the keys of feeds, journals and the manifest to the ETags that the caller knows; the caller
        updates this mapping. `lease` is the time in seconds in which the files of a removal note must be deleted.
        """
        self.remaining = [action.asset.key for action in plan.removals]
        self.spared: list[str] = []
        self._storage = plan.storage
        self._feed_keys = tuple(plan.feeds)
        self._known_etags = known
        self._lease = lease
        self._note_key = make_removal_note_key(secrets.token_hex(16))
        self._withdrawn_guids = frozenset(
            guid for withdrawal in plan.records.withdrawn for guid in withdrawal.guids
        )
        self._removed_digests = {get_history_digest(key) for key in self.remaining if is_history(key)}

    def remove_some(self) -> None:
        """Delete some of the remaining files, except those that another publish needs."""
        batch = self.remaining[:_KEYS_PER_NOTE]
        deadline = time.monotonic() + self._lease
        note = json.dumps([_hash_key(key) for key in batch]).encode()
        # The note must be written before the check: then a publish finds the note, or the check finds the publish.
        self._storage.write(self._note_key, note, content_type="application/json", cache_control=REVALIDATE)
        needed_keys = self._find_needed_keys()
        for key in batch:
            if key in needed_keys:
                self.spared.append(key)
            else:
                self._storage.delete(key)
            self.remaining.remove(key)
            if time.monotonic() > deadline:  # publishes no longer wait for this note, so write a new one
                break
        self._storage.delete(self._note_key)

    def _find_needed_keys(self) -> set[str]:
        """Return the keys that other publishes need for their feeds, which are live or about to be published.

        The earlier feeds in the histories of these feeds need their files, too. A feed with a withdrawn episode
        needs nothing.
        """
        live_feeds = dict(self._read_changed_feeds())
        digests = live_feeds.keys() | {
            get_history_digest(stored.key)
            for stored in self._storage.list(HISTORY)
            if is_history(stored.key) and stored.etag != self._known_etags.get(stored.key)
        }
        if not digests:  # the usual case: no other publish is running
            return set()
        # A rollback to an earlier feed must stay possible, so its copy and its files are needed, too.
        earlier_digests = {earlier for digest in digests for earlier in self._list_earlier_digests(digest)}
        digests |= earlier_digests & self._removed_digests
        needed_keys: set[str] = set()
        for digest in live_feeds:
            needed_keys |= {make_history_key(digest), make_journal_key(digest)}
        for digest in digests:
            # A feed that was not published yet has only a copy, which may be missing.
            body = live_feeds.get(digest) or (self._storage.read(make_history_key(digest)) or (b"",))[0]
            if not names_episode(body, self._withdrawn_guids):
                needed_keys |= {make_history_key(digest), make_journal_key(digest)}
                needed_keys |= {key.decode() for key in find_hashed_keys(body)}
        return needed_keys

    def _read_changed_feeds(self) -> Iterator[tuple[str, bytes]]:
        """Yield the digest and the body of each live feed that has replaced a feed of the plan."""
        for key in self._feed_keys:
            stored = self._storage.find(key)
            if stored and stored.etag != self._known_etags.get(key) and (changed := self._storage.read(key)):
                body, _ = changed
                yield hash_feed(body), body

    def _list_earlier_digests(self, digest: str) -> Iterator[str]:
        """Yield the digests of the earlier feeds in the journal of a feed; nothing if the journal is damaged."""
        stored = self._storage.read(make_journal_key(digest))
        with suppress(ValueError):
            journal = Manifest.from_bytes(stored[0]) if stored else None
            for feed in journal.feeds.values() if journal else ():
                yield from (release.feed_sha256 for release in feed.history)


class RemovalNotes:
    """The notes at the destination in which other commands list the files that they are about to delete."""

    def __init__(self, storage: Storage, lifetime: float) -> None:
        """Set the `lifetime` in seconds: a note that does not change for longer belongs to a killed command."""
        self._storage = storage
        self._lifetime = lifetime
        # The time at which each note was first seen, by its key and ETag.
        self._first_seen: dict[tuple[str, str], float] = {}

    def find(self, stored: Mapping[str, Stored], keys: Iterable[str]) -> set[str]:
        """Return which of the keys are in a removal note, and delete the notes of killed commands.

        `stored` includes the files in the history.
        """
        hashes: set[str] = set()
        for note_key in filter(is_removal_note, stored):
            first_seen = self._first_seen.setdefault((note_key, stored[note_key].etag), time.monotonic())
            if time.monotonic() - first_seen > self._lifetime:
                self._storage.delete(note_key)
            else:
                hashes |= _read_note(self._storage, note_key)
        return {key for key in keys if _hash_key(key) in hashes} if hashes else set()


def _hash_key(key: str) -> str:
    """Return the hash that represents a key in a removal note.

    A note contains only hashes, so that it does not reveal the name of a withdrawn episode.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def _read_note(storage: Storage, key: str) -> set[str]:
    """Return the hashes in a removal note; an empty set if the note is missing or invalid."""
    stored = storage.read(key)
    try:
        return {str(name) for name in json.loads(stored[0])} if stored else set()
    except (ValueError, TypeError, RecursionError):  # not written by podcastkit
        return set()
