"""What is left of withdrawn episodes at a destination: their files, the kept feeds that name them, the journals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.assets import name_file
from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import linked_files, read_feed
from podcastkit.plan import HISTORY, Manifest, digest_of, history_key, is_kept, is_made, journal_key
from podcastkit.records import finish_withdrawals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podcastkit.model import LinkedFile, Records, Withdrawal
    from podcastkit.publishing.destination import State
    from podcastkit.storage.base import Storage


@dataclass(frozen=True, kw_only=True, slots=True)
class Traces:
    """What a feed that follows the live one has to clear away."""

    records: Records
    """With the keys of all that is to be deleted in the withdrawals that are not finished."""
    journals: tuple[Manifest, ...] = ()
    """Those that stay in the history, without a word of it."""


def find_traces(records: Records, *, feed: bytes, state: State, storage: Storage) -> Traces:
    """Look for what is left of the withdrawn episodes, where anything is; `feed` is the one that follows."""
    known = {item.guid for item in (state.live.items if state.live else ())}
    known |= {record.guid for record in state.records.episodes}
    if not any(withdrawal.files or withdrawal.guid in known for withdrawal in records.withdrawn):
        return Traces(records=records)
    found = ((stored.key, storage.read(stored.key)) for stored in storage.list(HISTORY) if is_kept(stored.key))
    search = _Search({key: body[0] for key, body in found if body}, feed, state)
    withdrawn = tuple(
        replace(withdrawal, files=tuple(sorted(search.keys(withdrawal), key=_in_turn)))
        if withdrawal.files or withdrawal.guid in known
        else withdrawal
        for withdrawal in records.withdrawn
    )
    gone = {key for withdrawal in withdrawn for key in withdrawal.files}
    guids = {withdrawal.guid for withdrawal in withdrawn}
    return Traces(records=replace(records, withdrawn=withdrawn), journals=tuple(search.mended(guids, gone)))


def _in_turn(key: str) -> tuple[bool, str]:
    """The history goes last: it tells what else there is, also after a kill."""
    return key.startswith(HISTORY), key


class _Search:
    """All that the history keeps, before a feed that follows the live one."""

    def __init__(self, copies: Mapping[str, bytes], feed: bytes, state: State) -> None:
        self._copies = copies
        self._journals = dict(_journals(copies))
        self._feed = feed
        self._state = state
        self._files = state.manifest.files if state.manifest else {}
        self._live = {release.feed_sha256 for release in (state.manifest.history if state.manifest else ())}
        self._ours = {*self._files, *(key for journal in self._journals.values() for key in journal.files)}

    def keys(self, withdrawal: Withdrawal) -> set[str]:
        """Return the keys of all that is left of an episode, and of what was left of it before."""
        leaving = {*self._naming(withdrawal.guid)}
        kept = [body for key, body in self._copies.items() if key.endswith(".xml") and key not in leaving]
        files = {key for key in self._named(withdrawal.guid, leaving) if key in self._ours}
        files |= {*self._unfinished(withdrawal.guid), *withdrawal.files}
        named = b"\n".join([self._feed, *kept])
        own = {history_key(digest_of(self._feed)), journal_key(digest_of(self._feed))}
        return leaving | {
            key for key in files - own if is_kept(key) or (is_made(key) and key.encode() not in named)
        }

    def mended(self, guids: set[str], gone: set[str]) -> Iterator[Manifest]:
        """Yield the journals that stay and name what is gone, without it."""
        for key, journal in self._journals.items():
            files = {name: size for name, size in journal.files.items() if name not in gone}
            episodes = tuple(record for record in journal.records.episodes if record.guid not in guids)
            records = replace(finish_withdrawals(journal.records), episodes=episodes)
            mended = replace(journal, records=records, files=files)
            is_new = journal.feed_sha256 == digest_of(self._feed)
            if key not in gone and mended != journal and not is_new and key == journal_key(journal.feed_sha256):
                yield mended

    def _naming(self, guid: str) -> Iterator[str]:
        """Yield the keys of the history that name the episode: a feed with its journal, never the new feed's.

        The journal of a feed that never was live stays: it tells what else its publisher sent.
        """
        digests = {_digest(key) for key in self._copies if self._names(guid, key)}
        for digest in digests - {digest_of(self._feed)}:
            keys = {history_key(digest), journal_key(digest)} if digest in self._live else {history_key(digest)}
            yield from keys & self._copies.keys()

    def _names(self, guid: str, key: str) -> bool:
        body = self._copies[key]
        if key in self._journals:
            return any(record.guid == guid for record in self._journals[key].records.episodes)
        try:
            return key.endswith(".xml") and any(item.guid == guid for item in read_feed(body).items)
        except FeedError:  # what cannot be read is better gone than kept
            return guid.encode() in body

    def _named(self, guid: str, leaving: set[str]) -> Iterator[str]:
        """Yield the keys that the episode's items and records ever named.

        And what else the feeds name that were live and leave, save what episodes have today: once these feeds are
        gone, nobody could tell whose it was. A feed that never was live may be that of a slow publisher.
        """
        today = {key for record in self._state.records.episodes if record.guid != guid for key in record.keys}
        yield from (_key(file) for file in _linked(self._state.feed or b"") if file.guid == guid)
        for key in (key for key in leaving if key.endswith(".xml")):
            was_live = _digest(key) in self._live
            for file in _linked(self._copies[key]):
                if file.guid == guid or (was_live and _key(file) not in today):
                    yield _key(file)
        for records in (self._state.records, *(journal.records for journal in self._journals.values())):
            yield from (key for record in records.episodes if record.guid == guid for key in record.keys)

    def _unfinished(self, guid: str) -> Iterator[str]:
        """Yield what a publisher that was killed sent of the episode: no feed names it, and only its name tells."""
        for journal in self._journals.values():
            for folder in (record.folder for record in journal.records.episodes if record.guid == guid):
                name = name_file("", folder, "", "")
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


def _digest(key: str) -> str:
    return key.removeprefix(HISTORY).partition(".")[0]


def _key(file: LinkedFile) -> str:
    return "/".join(file.url.rsplit("/", 2)[1:])


def _linked(feed: bytes) -> tuple[LinkedFile, ...]:
    try:
        return linked_files(feed)
    except FeedError:  # a damaged copy; it leaves with what it named
        return ()
