"""Find all traces of withdrawn episodes at a destination: files, earlier feeds and journals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import list_linked_files, read_feed
from podcastkit.published_keys import (
    HISTORY,
    get_history_digest,
    get_key_from_url,
    hash_feed,
    is_hashed,
    is_history,
    make_history_key,
    make_journal_key,
    make_slug,
)
from podcastkit.publishing.own_history import read_history
from podcastkit.state.records import finish_withdrawals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from podcastkit.model import LinkedFile, Records, Withdrawal
    from podcastkit.state.manifest import Manifest
    from podcastkit.state.published import PublishedState
    from podcastkit.storage.base import Storage


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """The traces of withdrawn episodes that the next publish must remove."""

    records: Records
    """The records. Unfinished withdrawals list the keys to delete."""
    journals: Mapping[str, Manifest] = field(default_factory=dict)
    """The journals to rewrite without the withdrawn episodes, by key."""


def find_traces(records: Records, *, feeds: Sequence[bytes], state: PublishedState, storage: Storage) -> Traces:
    """Find the remaining traces of withdrawn episodes. `feeds` are the feeds that will replace the live ones."""
    known_guids = {item.guid for language in state.feeds for item in state.get_live_items(language)}
    known_guids |= {record.guid for record in state.records.episodes}
    unfinished = [
        withdrawal for withdrawal in records.withdrawn if withdrawal.files or withdrawal.guids & known_guids
    ]
    if not unfinished:
        return Traces(records=records)
    search = _Search(feeds, state, storage)
    withdrawn = tuple(
        replace(withdrawal, files=tuple(sorted(search.find_keys(withdrawal), key=_get_deletion_order)))
        if withdrawal in unfinished
        else withdrawal
        for withdrawal in records.withdrawn
    )
    removed = {key for withdrawal in withdrawn for key in withdrawal.files}
    guids = {withdrawal.guid for withdrawal in withdrawn}
    journals = dict(search.clean_journals(guids, removed))
    return Traces(records=replace(records, withdrawn=withdrawn), journals=journals)


def _get_deletion_order(key: str) -> tuple[bool, str]:
    """Return the sort key for deletions. The history is last, because it is needed to resume a withdrawal."""
    return key.startswith(HISTORY), key


class _Search:
    """A search for the traces of withdrawn episodes in the history and among podcastkit's files."""

    def __init__(self, feeds: Sequence[bytes], state: PublishedState, storage: Storage) -> None:
        self._new_feeds = feeds
        self._new_digests = {hash_feed(feed) for feed in feeds}
        self._state = state
        self._history = read_history(state, storage)
        # The sizes of the files that podcastkit wrote, by key. Several publishes may have recorded different sizes.
        self._own_sizes: dict[str, set[int]] = {}
        for files in (state.files, *(journal.files for journal in self._history.journals.values())):
            for key, size in files.items():
                self._own_sizes.setdefault(key, set()).add(size)

    def find_keys(self, withdrawal: Withdrawal) -> set[str]:
        """Return the keys to delete for an episode, including those that the withdrawal recorded earlier.

        If a feed was never live, its journal is kept, because it also lists the files of other episodes. If one of
        the new feeds contains the episode, nothing is deleted: the record of its withdrawal must be wrong.
        """
        if any(names_episode(feed, withdrawal.guids) for feed in self._new_feeds):
            return set()
        removed_feeds = self._find_earlier_feeds(withdrawal.guids)
        history_keys = {make_history_key(digest) for digest in removed_feeds}
        history_keys |= {make_journal_key(digest) for digest in removed_feeds & self._history.releases}
        file_keys = {*self._list_linked_keys(withdrawal.guids, removed_feeds)} & self._own_sizes.keys()
        # Only the withdrawal's record connects these keys with the episode. The record may list files that are
        # deleted already.
        stored = self._state.stored
        file_keys |= {
            key
            for key in withdrawal.files
            if any(stored.get(key, size) == size for size in self._own_sizes.get(key, ()))
        }
        file_keys |= {*self._list_interrupted_uploads(withdrawal.guid)}
        # Files of the history that an interrupted withdrawal recorded, but did not delete yet.
        recorded_history_keys = {
            key for key in withdrawal.files if is_history(key) and get_history_digest(key) in self._history.digests
        }
        new_history_keys = {make_history_key(digest) for digest in self._new_digests}
        new_history_keys |= {make_journal_key(digest) for digest in self._new_digests}
        # Files that another feed still names are kept.
        kept_copies = [body for digest, body in self._history.feeds.items() if digest not in removed_feeds]
        kept_feeds = b"\n".join([*self._new_feeds, *kept_copies])
        removed_files = {key for key in file_keys if is_hashed(key) and key.encode() not in kept_feeds}
        return (history_keys & stored.keys()) | ((recorded_history_keys | removed_files) - new_history_keys)

    def clean_journals(self, guids: set[str], removed: set[str]) -> Iterator[tuple[str, Manifest]]:
        """Yield the key and the new content of each journal that still lists a removed file or a withdrawn episode.

        Journals of new feeds are skipped, because the publish writes them anyway.
        """
        for digest, journal in self._history.journals.items():
            key = make_journal_key(digest)
            if key in removed or digest in self._new_digests:
                continue
            files = {name: size for name, size in journal.files.items() if name not in removed}
            episodes = tuple(record for record in journal.records.episodes if record.guid not in guids)
            records = replace(finish_withdrawals(journal.records), episodes=episodes)
            cleaned = replace(journal, records=records, files=files)
            if cleaned != journal:
                yield key, cleaned

    def _find_earlier_feeds(self, guids: frozenset[str]) -> set[str]:
        """Return the digests of the earlier feeds with the episode in the feed itself or in its journal."""
        digests = {digest for digest, body in self._history.feeds.items() if names_episode(body, guids)}
        for digest, journal in self._history.journals.items():
            if any(record.guid in guids for record in journal.records.episodes):
                digests.add(digest)
        return digests - self._new_digests

    def _list_linked_keys(self, guids: frozenset[str], removed_feeds: set[str]) -> Iterator[str]:
        """Yield the keys in all items and records of the episode, and further keys in the feeds to remove.

        A feed to remove may name files that belong to no current episode. If the feed was live, these files are
        included, because without the feed nothing would connect them with the show. If the feed never was live,
        they are not included, because a slow publish may still need them.
        """
        current_keys = {
            key for record in self._state.records.episodes if record.guid not in guids for key in record.keys
        }
        for feed in self._state.feeds.values():
            yield from (get_key_from_url(file.url) for file in _list_linked_files(feed.body) if file.guid in guids)
        for digest in removed_feeds & self._history.feeds.keys():
            for file in _list_linked_files(self._history.feeds[digest]):
                if file.guid in guids or (
                    digest in self._history.releases and get_key_from_url(file.url) not in current_keys
                ):
                    yield get_key_from_url(file.url)
        for records in (self._state.records, *(journal.records for journal in self._history.journals.values())):
            yield from (key for record in records.episodes if record.guid in guids for key in record.keys)

    def _list_interrupted_uploads(self, guid: str) -> Iterator[str]:
        """Yield the keys of files that a killed publish uploaded for the episode.

        No feed names these files, so they are found by the episode's slug in their keys.
        """
        for journal in self._history.journals.values():
            for folder in (record.folder for record in journal.records.episodes if record.guid == guid):
                slug = f"{make_slug(folder)}-"
                for key, size in journal.files.items():
                    if key not in self._state.files and slug in key and self._state.stored.get(key) == size:
                        yield key


def names_episode(feed: bytes, guids: frozenset[str]) -> bool:
    """Return whether a feed contains an episode with one of these GUIDs."""
    if not guids:
        return False
    try:
        return any(item.guid in guids for item in read_feed(feed).items)
    except FeedError:  # when in doubt, a withdrawal deletes too much rather than too little
        return any(guid.encode() in feed for guid in guids)


def _list_linked_files(feed: bytes) -> tuple[LinkedFile, ...]:
    try:
        return list_linked_files(feed)
    except FeedError:  # a damaged copy
        return ()
