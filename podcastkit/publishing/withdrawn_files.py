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
from podcastkit.state.manifest import Manifest
from podcastkit.state.records import finish_withdrawals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from podcastkit.model import LinkedFile, Records, Withdrawal
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
    if not any(withdrawal.files or withdrawal.guids & known for withdrawal in records.withdrawn):
        return Traces(records=records)
    found = ((stored.key, storage.read(stored.key)) for stored in storage.list(HISTORY) if is_history(stored.key))
    search = _Search({key: body[0] for key, body in found if body}, feeds, state)
    withdrawn = tuple(
        replace(withdrawal, files=tuple(sorted(search.keys(withdrawal), key=_in_turn)))
        if withdrawal.files or withdrawal.guids & known
        else withdrawal
        for withdrawal in records.withdrawn
    )
    gone = {key for withdrawal in withdrawn for key in withdrawal.files}
    guids = {withdrawal.guid for withdrawal in withdrawn}
    return Traces(records=replace(records, withdrawn=withdrawn), journals=dict(search.mended(guids, gone)))


def _in_turn(key: str) -> tuple[bool, str]:
    """The history goes last: it tells what else there is, also after a kill."""
    return key.startswith(HISTORY), key


class _Search:
    """All that the history keeps, before feeds that follow the live ones."""

    def __init__(self, copies: Mapping[str, bytes], feeds: Sequence[bytes], state: PublishedState) -> None:
        self._copies = copies
        self._journals = dict(_journals(copies))
        self._feeds = feeds
        self._new = {feed_digest(feed) for feed in feeds}
        self._state = state
        self._files = state.files
        self._live = {release.feed_sha256 for known in state.histories.values() for release in known.history}
        self._ours = {*self._files, *(key for journal in self._journals.values() for key in journal.files)}

    def keys(self, withdrawal: Withdrawal) -> set[str]:
        """Return the keys of all that is left of an episode, and of what was left of it before."""
        leaving = {*self._naming(withdrawal.guids)}
        kept = [body for key, body in self._copies.items() if key.endswith(".xml") and key not in leaving]
        files = {key for key in self._named(withdrawal.guids, leaving) if key in self._ours}
        files |= {*self._unfinished(withdrawal.guid), *withdrawal.files}
        named = b"\n".join([*self._feeds, *kept])
        own = {key(digest) for digest in self._new for key in (history_key, journal_key)}
        return leaving | {
            key for key in files - own if is_history(key) or (is_hashed(key) and key.encode() not in named)
        }

    def mended(self, guids: set[str], gone: set[str]) -> Iterator[tuple[str, Manifest]]:
        """Yield the journals that stay and name what is gone, by key, without it; new ones are written anyway."""
        for key, journal in self._journals.items():
            files = {name: size for name, size in journal.files.items() if name not in gone}
            episodes = tuple(record for record in journal.records.episodes if record.guid not in guids)
            records = replace(finish_withdrawals(journal.records), episodes=episodes)
            mended = replace(journal, records=records, files=files)
            if (
                key not in gone
                and mended != journal
                and history_digest(key) not in self._new
                and _is_its(key, journal)
            ):
                yield key, mended

    def _naming(self, guids: frozenset[str]) -> Iterator[str]:
        """Yield the keys of the history that name the episode: a feed with its journal, never a new feed's.

        The journal of a feed that never was live stays: it tells what else its publisher sent.
        """
        digests = {history_digest(key) for key in self._copies if self._names(guids, key)}
        for digest in digests - self._new:
            keys = {history_key(digest), journal_key(digest)} if digest in self._live else {history_key(digest)}
            yield from keys & self._copies.keys()

    def _names(self, guids: frozenset[str], key: str) -> bool:
        body = self._copies[key]
        if key in self._journals:
            return any(record.guid in guids for record in self._journals[key].records.episodes)
        try:
            return key.endswith(".xml") and any(item.guid in guids for item in read_feed(body).items)
        except FeedError:  # what cannot be read is better gone than kept
            return any(guid.encode() in body for guid in guids)

    def _named(self, guids: frozenset[str], leaving: set[str]) -> Iterator[str]:
        """Yield the keys that the episode's items and records ever named.

        And what else the feeds name that were live and leave, save what episodes have today: once these feeds are
        gone, nobody could tell whose it was. A feed that never was live may be that of a slow publisher.
        """
        today = {key for record in self._state.records.episodes if record.guid not in guids for key in record.keys}
        for feed in self._state.feeds.values():
            yield from (key_in_url(file.url) for file in _linked(feed.body) if file.guid in guids)
        for key in (key for key in leaving if key.endswith(".xml")):
            was_live = history_digest(key) in self._live
            for file in _linked(self._copies[key]):
                if file.guid in guids or (was_live and key_in_url(file.url) not in today):
                    yield key_in_url(file.url)
        for records in (self._state.records, *(journal.records for journal in self._journals.values())):
            yield from (key for record in records.episodes if record.guid in guids for key in record.keys)

    def _unfinished(self, guid: str) -> Iterator[str]:
        """Yield what a publisher that was killed sent of the episode: no feed names it, and only its name tells."""
        for journal in self._journals.values():
            for folder in (record.folder for record in journal.records.episodes if record.guid == guid):
                name = f"{slug_of(folder)}-"
                for key, size in journal.files.items():
                    if key not in self._files and name in key and self._state.stored.get(key) == size:
                        yield key


def _journals(copies: Mapping[str, bytes]) -> Iterator[tuple[str, Manifest]]:
    for key, body in copies.items():
        if key.endswith(".json"):
            try:
                yield key, Manifest.from_bytes(body)
            except ValueError:  # a damaged journal proves nothing
                continue


def _is_its(key: str, journal: Manifest) -> bool:
    """Tell whether a journal stands where it belongs: under one of the feeds that it tells of."""
    return history_digest(key) in {feed.feed_sha256 for feed in journal.feeds.values()}


def _linked(feed: bytes) -> tuple[LinkedFile, ...]:
    try:
        return linked_files(feed)
    except FeedError:  # a damaged copy; it leaves with what it named
        return ()
