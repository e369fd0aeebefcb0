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
    """The traces of withdrawn episodes that the next feed has to remove."""

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
        replace(withdrawal, files=tuple(sorted(search.find_keys(withdrawal), key=_sort_history_last)))
        if withdrawal in unfinished
        else withdrawal
        for withdrawal in records.withdrawn
    )
    removed = {key for withdrawal in withdrawn for key in withdrawal.files}
    guids = {withdrawal.guid for withdrawal in withdrawn}
    journals = dict(search.clean_journals(guids, removed))
    return Traces(records=replace(records, withdrawn=withdrawn), journals=journals)


def _sort_history_last(key: str) -> tuple[bool, str]:
    """Return the sort key for deletions: the history is last, because an interrupted command needs it to resume."""
    return key.startswith(HISTORY), key


class _Search:
    """A search for the traces of withdrawn episodes in the history and among podcastkit's files."""

    def __init__(self, feeds: Sequence[bytes], state: PublishedState, storage: Storage) -> None:
        self._feeds = feeds
        self._state = state
        self._history = read_history(state, storage)
        self._new = {hash_feed(feed) for feed in feeds}
        self._ours: dict[str, set[int]] = {}
        for files in (state.files, *(journal.files for journal in self._history.journals.values())):
            for key, size in files.items():
                self._ours.setdefault(key, set()).add(size)

    def find_keys(self, withdrawal: Withdrawal) -> set[str]:
        """Return the keys to delete for an episode, including those that the withdrawal recorded earlier.

        The journal of a feed that never was live is kept, because it lists the other files of its publish. If one
        of the new feeds contains the episode, nothing is deleted: the record of its withdrawal must be wrong.
        """
        if any(names_episode(feed, withdrawal.guids) for feed in self._feeds):
            return set()
        leaving = self._find_feeds(withdrawal.guids)
        history = {*map(make_history_key, leaving), *map(make_journal_key, leaving & self._history.releases)}
        kept = [body for digest, body in self._history.feeds.items() if digest not in leaving]
        files = {*self._list_named(withdrawal.guids, leaving)} & self._ours.keys()
        # Only the withdrawal's record connects these keys with the episode. It may list files already deleted.
        stored = self._state.stored
        files |= {
            key
            for key in withdrawal.files
            if any(stored.get(key, size) == size for size in self._ours.get(key, ()))
        }
        files |= {*self._list_unfinished(withdrawal.guid)}
        # Files of the history that an interrupted withdrawal recorded, but did not delete yet.
        unfinished = {
            key for key in withdrawal.files if is_history(key) and get_history_digest(key) in self._history.digests
        }
        # Files that another feed still names are kept.
        named = b"\n".join([*self._feeds, *kept])
        own = {key(digest) for digest in self._new for key in (make_history_key, make_journal_key)}
        return (history & self._state.stored.keys()) | {
            key
            for key in (files | unfinished) - own
            if key in unfinished or (is_hashed(key) and key.encode() not in named)
        }

    def clean_journals(self, guids: set[str], removed: set[str]) -> Iterator[tuple[str, Manifest]]:
        """Yield the key and the new content of each journal that still lists removed files or episodes.

        Journals of new feeds are skipped, because the publish writes them anyway.
        """
        for digest, journal in self._history.journals.items():
            key = make_journal_key(digest)
            if key in removed or digest in self._new:
                continue
            files = {name: size for name, size in journal.files.items() if name not in removed}
            episodes = tuple(record for record in journal.records.episodes if record.guid not in guids)
            records = replace(finish_withdrawals(journal.records), episodes=episodes)
            cleaned = replace(journal, records=records, files=files)
            if cleaned != journal:
                yield key, cleaned

    def _find_feeds(self, guids: frozenset[str]) -> set[str]:
        """Return the digests of earlier feeds that name the episode, or whose journals do."""
        feeds = {digest for digest, body in self._history.feeds.items() if names_episode(body, guids)}
        for digest, journal in self._history.journals.items():
            if any(record.guid in guids for record in journal.records.episodes):
                feeds.add(digest)
        return feeds - self._new

    def _list_named(self, guids: frozenset[str], leaving: set[str]) -> Iterator[str]:
        """Yield the keys in all items and records of the episode, and further keys of earlier feeds.

        Earlier feeds in `leaving` that were live may name keys that no current episode has. These are included,
        because after the removal of those feeds, their owner would be unknown. A feed that never was live is
        excluded, because a slow publish may still need it.
        """
        today = {key for record in self._state.records.episodes if record.guid not in guids for key in record.keys}
        for feed in self._state.feeds.values():
            yield from (get_key_from_url(file.url) for file in _list_linked_files(feed.body) if file.guid in guids)
        for digest in leaving & self._history.feeds.keys():
            for file in _list_linked_files(self._history.feeds[digest]):
                if file.guid in guids or (
                    digest in self._history.releases and get_key_from_url(file.url) not in today
                ):
                    yield get_key_from_url(file.url)
        for records in (self._state.records, *(journal.records for journal in self._history.journals.values())):
            yield from (key for record in records.episodes if record.guid in guids for key in record.keys)

    def _list_unfinished(self, guid: str) -> Iterator[str]:
        """Yield files of the episode that a killed publish uploaded. No feed names them; they contain its slug."""
        for journal in self._history.journals.values():
            for folder in (record.folder for record in journal.records.episodes if record.guid == guid):
                name = f"{make_slug(folder)}-"
                for key, size in journal.files.items():
                    if key not in self._state.files and name in key and self._state.stored.get(key) == size:
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
