"""Find everything of withdrawn episodes at a destination: files, earlier feeds and journals that name them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import linked_files, read_feed
from podcastkit.published_keys import (
    HISTORY,
    feed_digest,
    history_digest,
    history_key,
    is_hashed,
    is_history,
    journal_key,
    key_in_url,
    slug_of,
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
    """What a feed that follows the live one has to clear away."""

    records: Records
    """With the keys of all that is to be deleted in the withdrawals that are not finished."""
    journals: Mapping[str, Manifest] = field(default_factory=dict)
    """Those that stay in the history, by key, without a word of it."""


def find_traces(records: Records, *, feeds: Sequence[bytes], state: PublishedState, storage: Storage) -> Traces:
    """Look for what is left of the withdrawn episodes, where anything is; `feeds` are those that follow."""
    known = {item.guid for language in state.feeds for item in state.items(language)}
    known |= {record.guid for record in state.records.episodes}
    begun = [withdrawal for withdrawal in records.withdrawn if withdrawal.files or withdrawal.guids & known]
    if not begun:
        return Traces(records=records)
    search = _Search(feeds, state, storage)
    withdrawn = tuple(
        replace(withdrawal, files=tuple(sorted(search.find_keys(withdrawal), key=_in_turn)))
        if withdrawal in begun
        else withdrawal
        for withdrawal in records.withdrawn
    )
    gone = {key for withdrawal in withdrawn for key in withdrawal.files}
    guids = {withdrawal.guid for withdrawal in withdrawn}
    journals = dict(search.mend_journals(guids, gone))
    return Traces(records=replace(records, withdrawn=withdrawn), journals=journals)


def _in_turn(key: str) -> tuple[bool, str]:
    """The history goes last: it tells what else there is, also after a kill."""
    return key.startswith(HISTORY), key


class _Search:
    """All that the history keeps, by the digests of its feeds, before feeds that follow the live ones."""

    def __init__(self, feeds: Sequence[bytes], state: PublishedState, storage: Storage) -> None:
        self._feeds = feeds
        self._state = state
        self._history = read_history(state, storage)
        self._new = {feed_digest(feed) for feed in feeds}
        self._ours: dict[str, set[int]] = {}
        for files in (state.files, *(journal.files for journal in self._history.journals.values())):
            for key, size in files.items():
                self._ours.setdefault(key, set()).add(size)

    def find_keys(self, withdrawal: Withdrawal) -> set[str]:
        """Return the keys of all that is left of an episode, and of what was left of it before.

        The journal of a feed that never was live stays: it tells what else its publisher sent. Nothing goes while a
        feed that follows contains the episode: whoever recorded that it is withdrawn is not believed.
        """
        if any(names_episode(feed, withdrawal.guids) for feed in self._feeds):
            return set()
        leaving = self._find_feeds(withdrawal.guids)
        history = {*map(history_key, leaving), *map(journal_key, leaving & self._history.releases)}
        kept = [body for digest, body in self._history.feeds.items() if digest not in leaving]
        files = {*self._list_named(withdrawal.guids, leaving)} & self._ours.keys()
        # Nothing but the record tells that these are the episode's; what is deleted already is forgotten, too.
        stored = self._state.stored
        files |= {
            key
            for key in withdrawal.files
            if any(stored.get(key, size) == size for size in self._ours.get(key, ()))
        }
        files |= {*self._list_unfinished(withdrawal.guid)}
        begun = {
            key for key in withdrawal.files if is_history(key) and history_digest(key) in self._history.digests
        }
        named = b"\n".join([*self._feeds, *kept])
        own = {key(digest) for digest in self._new for key in (history_key, journal_key)}
        return (history & self._state.stored.keys()) | {
            key for key in (files | begun) - own if key in begun or (is_hashed(key) and key.encode() not in named)
        }

    def mend_journals(self, guids: set[str], gone: set[str]) -> Iterator[tuple[str, Manifest]]:
        """Yield the journals that stay and name what is gone, by key, without it; new ones are written anyway."""
        for digest, journal in self._history.journals.items():
            key = journal_key(digest)
            if key in gone or digest in self._new:
                continue
            files = {name: size for name, size in journal.files.items() if name not in gone}
            episodes = tuple(record for record in journal.records.episodes if record.guid not in guids)
            records = replace(finish_withdrawals(journal.records), episodes=episodes)
            mended = replace(journal, records=records, files=files)
            if mended != journal:
                yield key, mended

    def _find_feeds(self, guids: frozenset[str]) -> set[str]:
        """Return the feeds that name the episode, or whose journals do; never a new one."""
        feeds = {digest for digest, body in self._history.feeds.items() if names_episode(body, guids)}
        for digest, journal in self._history.journals.items():
            if any(record.guid in guids for record in journal.records.episodes):
                feeds.add(digest)
        return feeds - self._new

    def _list_named(self, guids: frozenset[str], leaving: set[str]) -> Iterator[str]:
        """Yield the keys that the episode's items and records ever named.

        And what else the feeds name that were live and leave, save what episodes have today: once these feeds are
        gone, nobody could tell whose it was. A feed that never was live may be that of a slow publisher.
        """
        today = {key for record in self._state.records.episodes if record.guid not in guids for key in record.keys}
        for feed in self._state.feeds.values():
            yield from (key_in_url(file.url) for file in _linked(feed.body) if file.guid in guids)
        for digest in leaving & self._history.feeds.keys():
            for file in _linked(self._history.feeds[digest]):
                if file.guid in guids or (digest in self._history.releases and key_in_url(file.url) not in today):
                    yield key_in_url(file.url)
        for records in (self._state.records, *(journal.records for journal in self._history.journals.values())):
            yield from (key for record in records.episodes if record.guid in guids for key in record.keys)

    def _list_unfinished(self, guid: str) -> Iterator[str]:
        """Yield what a publisher that was killed sent of the episode: no feed names it, and only its name tells."""
        for journal in self._history.journals.values():
            for folder in (record.folder for record in journal.records.episodes if record.guid == guid):
                name = f"{slug_of(folder)}-"
                for key, size in journal.files.items():
                    if key not in self._state.files and name in key and self._state.stored.get(key) == size:
                        yield key


def names_episode(feed: bytes, guids: frozenset[str]) -> bool:
    """Return whether a feed contains an episode with one of these GUIDs."""
    if not guids:
        return False
    try:
        return any(item.guid in guids for item in read_feed(feed).items)
    except FeedError:  # what cannot be read is better gone than kept
        return any(guid.encode() in feed for guid in guids)


def _linked(feed: bytes) -> tuple[LinkedFile, ...]:
    try:
        return linked_files(feed)
    except FeedError:  # a damaged copy; it leaves with what it named
        return ()
