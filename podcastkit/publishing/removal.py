"""Delete files safely while other publishes may be running.

Deletion works in batches: write a removal note with some keys, check which of them other feeds need, and delete the
rest. A publish records its feed before it looks for removal notes; a deleting command writes its note before it
looks for such feeds. So at least one of the two notices the other; see docs/explanation/how-publishing-works.md.
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

_FILES_AT_ONCE = 8
"""The number of files in one removal note. A publish that needs one of them waits until the note is gone."""


class Removal:
    """The deletion of the files that a plan removes."""

    def __init__(self, plan: Plan, known: Mapping[str, str | None], lease: float) -> None:
        """Start a removal.

        `known` maps the keys of feeds, journals and the manifest to their ETags; the caller updates it when it
        writes one of them. `lease` is the time in seconds in which the files of a removal note must be deleted.
        """
        self.left = [action.asset.key for action in plan.removals]
        self.spared: list[str] = []
        self._storage = plan.storage
        self._feeds = tuple(plan.feeds)
        self._known = known
        self._lease = lease
        self._note = make_removal_note_key(secrets.token_hex(16))
        self._withdrawn = frozenset(guid for one in plan.records.withdrawn for guid in one.guids)
        self._copies = {get_history_digest(key) for key in self.left if is_history(key)}

    def remove_some(self) -> None:
        """Delete some of the remaining files, except those that another publish needs."""
        batch = self.left[:_FILES_AT_ONCE]
        end = time.monotonic() + self._lease
        note = json.dumps([_digest_name(key) for key in batch]).encode()
        # The note must be there before the check, so that a publish sees the note, or the check sees its feed.
        self._storage.write(self._note, note, content_type="application/json", cache_control=REVALIDATE)
        needed = self._find_needed()
        for key in batch:
            if key in needed:
                self.spared.append(key)
            else:
                self._storage.delete(key)
            self.left.remove(key)
            if time.monotonic() > end:  # publishes no longer wait for this note, so write a new one
                break
        self._storage.delete(self._note)

    def _find_needed(self) -> set[str]:
        """Return the keys that the feeds of other publishes need: feeds that are new or about to be published.

        The earlier feeds in their histories need their files, too. A feed with a withdrawn episode needs nothing.
        """
        live = dict(self._read_changed_feeds())
        digests = live.keys() | {
            get_history_digest(stored.key)
            for stored in self._storage.list(HISTORY)
            if is_history(stored.key) and stored.etag != self._known.get(stored.key)
        }
        if not digests:  # the usual case: no other publish is running
            return set()
        # A rollback to an earlier feed must stay possible, so its copy and its files are needed, too.
        digests |= {earlier for digest in digests for earlier in self._list_history(digest)} & self._copies
        needed = {key(digest) for digest in live for key in (make_history_key, make_journal_key)}
        for digest in digests:
            body = live.get(digest) or (self._storage.read(make_history_key(digest)) or (b"",))[0]
            if not names_episode(body, self._withdrawn):
                needed |= {make_history_key(digest), make_journal_key(digest)}
                needed |= {key.decode() for key in find_hashed_keys(body)}
        return needed

    def _read_changed_feeds(self) -> Iterator[tuple[str, bytes]]:
        """Yield the digest and the body of each feed that has replaced one of the plan."""
        for key in self._feeds:
            stored = self._storage.find(key)
            if stored and stored.etag != self._known.get(key) and (found := self._storage.read(key)):
                yield hash_feed(found[0]), found[0]

    def _list_history(self, digest: str) -> Iterator[str]:
        """Yield the digests of the earlier feeds in the journal of a feed."""
        found = self._storage.read(make_journal_key(digest))
        with suppress(ValueError):
            journal = Manifest.from_bytes(found[0]) if found else None
            for feed in journal.feeds.values() if journal else ():
                yield from (release.feed_sha256 for release in feed.history)


class RemovalNotes:
    """The notes at the destination in which other commands list the files that they are about to delete."""

    def __init__(self, storage: Storage, lifetime: float) -> None:
        """A removal note that does not change for `lifetime` seconds was left by a command that was killed."""
        self._storage = storage
        self._lifetime = lifetime
        self._seen: dict[tuple[str, str], float] = {}

    def find(self, stored: Mapping[str, Stored], keys: Iterable[str]) -> set[str]:
        """Return which of the keys are in a removal note. `stored` are the files in the history."""
        noted: set[str] = set()
        for key in filter(is_removal_note, stored):
            since = self._seen.setdefault((key, stored[key].etag), time.monotonic())
            if time.monotonic() - since > self._lifetime:
                self._storage.delete(key)
            else:
                noted |= _read_note(self._storage, key)
        return {key for key in keys if _digest_name(key) in noted} if noted else noted


def _digest_name(key: str) -> str:
    """Return the hash that represents a key in a removal note, so that no name of a withdrawn episode remains."""
    return hashlib.sha256(key.encode()).hexdigest()


def _read_note(storage: Storage, key: str) -> set[str]:
    found = storage.read(key)
    try:
        return {str(name) for name in json.loads(found[0])} if found else set()
    except (ValueError, TypeError, RecursionError):  # not written by podcastkit
        return set()
