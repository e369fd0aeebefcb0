"""An episode is taken back for good: out of the feed at once, its files deleted, its GUID barred."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from podcastkit.diagnostics import FeedError, ProjectError
from podcastkit.feed.reader import linked_files, read_feed, without_item
from podcastkit.identity import withdrawal_of
from podcastkit.model import EpisodeType, Records
from podcastkit.plan import (
    HASHED_FOLDERS,
    HISTORY,
    Manifest,
    Plan,
    compare_feeds,
    digest_of,
    history_key,
    journal_key,
    plan_removal,
)
from podcastkit.progress import Progress, ignore
from podcastkit.publishing.preparation import find_published
from podcastkit.publishing.publisher import Receipt, apply, refuse, verify_publish
from podcastkit.publishing.succession import succeed
from podcastkit.records import finish_withdrawals, merge_records
from podcastkit.storage.base import is_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from podcastkit.model import LinkedFile, LiveFeed, Show, Withdrawal
    from podcastkit.storage.base import Storage


def withdraw(
    show: Show | str | Path,
    episode: str,
    *,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
    yes: bool = False,
    verify: bool = True,
    write_lock: bool = True,
    progress: Progress = ignore,
) -> Receipt:
    """Take an episode back for good; `episode` is its folder's name, its number or its GUID.

    Nothing else of the show changes. Without `yes` it raises DestructiveChange. A withdrawal that was killed is
    finished by withdrawing again, or by the next publish.
    """
    plan = prepare_withdrawal(show, episode, to=to, url=url, at=at)
    refuse(plan, yes=yes)
    receipt = apply(plan, write_lock=write_lock, progress=progress)
    return verify_publish(receipt, progress=progress) if verify else receipt


def prepare_withdrawal(
    show: Show | str | Path,
    episode: str,
    *,
    to: str | Path | Storage | None = None,
    url: str | None = None,
    at: datetime | None = None,
) -> Plan:
    """Return what taking an episode back would do. Raises ProjectError when no such episode was published."""
    published = find_published(show, to=to, url=url, at=at)
    show, destination, state = published.show, published.destination, published.state
    remembered = merge_records(state.records, show.records)
    guid = _find_guid(episode, published.live, remembered)
    feed = without_item(published.feed, guid)
    copies = _history(destination.storage)
    naming = _naming(guid, copies, new=digest_of(feed))
    files = {
        *_files_of(guid, remembered, [published.feed, *(copies[key] for key in naming if key.endswith(".xml"))])
    }
    kept = feed + b"".join(body for key, body in copies.items() if key.endswith(".xml") and key not in naming)
    files = {key for key in files if key.encode() not in kept} | set(naming)
    withdrawal = _withdrawal(guid, remembered, show.at, files)
    records = merge_records(Records(withdrawn=(withdrawal,)), remembered)
    actions = succeed(
        state,
        destination,
        feed,
        episodes=len(read_feed(feed).items),
        records=records,
        files=(),
        removals=plan_removal(withdrawal.files, state.stored, "its episode is withdrawn"),
        at=show.at,
        without={key.removeprefix(HISTORY).partition(".")[0] for key in naming},
    )
    return Plan(
        show=show,
        storage=destination.storage,
        url=destination.url,
        trial=destination.trial,
        at=show.at,
        actions=actions,
        changes=compare_feeds(published.live, read_feed(feed)),
        held_back=(),
        findings=(),
        published=(),
        next_due=None,
        feed=feed,
        live_etag=state.feed_etag,
        records=finish_withdrawals(records),
        bars=records,
    )


def _find_guid(episode: str, live: LiveFeed, remembered: Records) -> str:
    """Find a published episode by its folder's name, its number or its GUID."""
    names = {record.folder: record.guid for record in remembered.episodes} | _numbers(live)
    guids = {item.guid for item in live.items} | {record.guid for record in remembered.episodes}
    unfinished = {withdrawal.guid for withdrawal in remembered.withdrawn if withdrawal.files}
    name = episode.rstrip("/").rpartition("/")[2]
    found = names.get(name) or (episode if episode in guids | unfinished else None)
    if found is None:
        close = get_close_matches(name, names, n=3, cutoff=0.4) or sorted(names)[:3]
        raise ProjectError(
            f"no published episode is called {episode}", f"name its folder, such as {', '.join(close)}"
        )
    return found


def _numbers(live: LiveFeed) -> dict[str, str]:
    """Return the GUIDs of the full episodes by their numbers; one that two seasons share names none of them."""
    numbered = [item for item in live.items if item.number and item.type is EpisodeType.FULL]
    counts = Counter(item.number for item in numbered)
    return {str(item.number): item.guid for item in numbered if counts[item.number] == 1}


def _history(storage: Storage) -> dict[str, bytes]:
    """Return all that the history keeps, by key."""
    found = {stored.key: storage.read(stored.key) for stored in storage.list(HISTORY)}
    return {key: body[0] for key, body in found.items() if body}


def _naming(guid: str, copies: Mapping[str, bytes], *, new: str) -> list[str]:
    """Return the keys of the history that name the episode: a feed with its journal, never the new feed's."""
    digests = {_digest(key) for key, body in copies.items() if _names(guid, key, body)}
    keys = [key for digest in sorted(digests - {new}) for key in (history_key(digest), journal_key(digest))]
    return [key for key in keys if key in copies]


def _digest(key: str) -> str:
    return key.removeprefix(HISTORY).partition(".")[0]


def _names(guid: str, key: str, body: bytes) -> bool:
    try:
        if key.endswith(".json"):
            return any(record.guid == guid for record in Manifest.from_bytes(body).records.episodes)
        return any(item.guid == guid for item in read_feed(body).items)
    except (FeedError, ValueError):  # what cannot be read is better gone than kept
        return guid.encode() in body


def _files_of(guid: str, remembered: Records, feeds: Iterable[bytes]) -> Iterator[str]:
    """Yield the keys that the episode's items ever named."""
    for feed in feeds:
        for file in _linked(feed):
            if file.guid == guid and (key := _key(file.url)):
                yield key
    yield from (record.media.key for record in remembered.episodes if record.guid == guid)


def _linked(feed: bytes) -> tuple[LinkedFile, ...]:
    try:
        return linked_files(feed)
    except FeedError:  # a damaged copy; it leaves with what it named
        return ()


def _withdrawal(guid: str, remembered: Records, at: datetime, files: Iterable[str]) -> Withdrawal:
    """Return the withdrawal, going on with one that was killed."""
    begun = next((withdrawal for withdrawal in remembered.withdrawn if withdrawal.guid == guid), None)
    if begun:
        return replace(begun, files=tuple(sorted({*begun.files, *files})))
    record = next((record for record in remembered.episodes if record.guid == guid), None)
    return withdrawal_of(guid, record, at=at, files=sorted(files))


def _key(url: str) -> str | None:
    """Return the key that an address of ours ends in."""
    folder, _, name = url.rpartition("/")
    key = f"{folder.rpartition('/')[2]}/{name}"
    return key if key.startswith(HASHED_FOLDERS) and is_key(key) else None
