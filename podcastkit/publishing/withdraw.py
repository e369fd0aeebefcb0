"""Withdraw an episode permanently: remove it from the feed, delete its files, and block its GUID."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from podcastkit.diagnostics import ProjectError
from podcastkit.feed.reader import remove_item
from podcastkit.model import EpisodeType, Records
from podcastkit.progress import Progress, ignore_event
from podcastkit.publishing.destination import Target
from podcastkit.publishing.feed_switch import plan_switch
from podcastkit.publishing.prepare import find_published
from podcastkit.publishing.publish import Receipt, apply, refuse_unconfirmed, verify_publish
from podcastkit.state.matching import hash_folder_name, make_withdrawal
from podcastkit.state.records import merge_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from podcastkit.model import LiveItem, Show, Withdrawal
    from podcastkit.publishing.plan import Plan
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
    progress: Progress = ignore_event,
) -> Receipt:
    """Withdraw an episode permanently. `episode` is the name of its folder, its number or its GUID.

    Nothing else in the show changes. Raises DestructiveChange without `yes`. If a withdrawal is interrupted, run it
    again; the next publish finishes it, too.
    """
    plan = prepare_withdrawal(show, episode, Target(to=to, url=url, at=at))
    refuse_unconfirmed(plan, yes=yes)
    receipt = apply(plan, write_lock=write_lock, progress=progress)
    return verify_publish(receipt, progress=progress) if verify else receipt


def prepare_withdrawal(show: Show | str | Path, episode: str, target: Target) -> Plan:
    """Return the plan of a withdrawal. Raises ProjectError if no such episode was published."""
    published = find_published(show, target)
    show, state = published.show, published.state
    known_records = merge_records(state.records, show.records)
    live_items = state.get_live_items(None)
    guid = _find_guid(episode, live_items, known_records)
    new_withdrawal = _begin_withdrawal(guid, known_records, live_items, show.at)
    records = merge_records(Records(withdrawn=(new_withdrawal,)), known_records)
    # Interrupted withdrawals are finished, too.
    withdrawn_guids = [guid for withdrawal in records.withdrawn for guid in sorted(withdrawal.guids)]
    feeds = {language: _remove_items(feed.body, withdrawn_guids) for language, feed in state.feeds.items()}
    return plan_switch(published, feeds, records=records, is_withdrawal=True)


def _remove_items(feed: bytes, guids: Iterable[str]) -> bytes:
    for guid in guids:
        feed = remove_item(feed, guid)
    return feed


def _find_guid(episode: str, live_items: Sequence[LiveItem], known_records: Records) -> str:
    """Return the GUID of a published episode, found by the name of its folder, its number or its GUID.

    Raises ProjectError if no published episode and no unfinished withdrawal matches.
    """
    guids_by_name = {record.folder: record.guid for record in known_records.episodes}
    guids_by_name |= _map_numbers_to_guids(live_items)
    guids = {item.guid for item in live_items} | {record.guid for record in known_records.episodes}
    name = unicodedata.normalize("NFC", episode.rstrip("/").rpartition("/")[2])
    guid = guids_by_name.get(name) or (episode if episode in guids else None)
    guid = guid or _find_unfinished(episode, name, live_items, known_records)
    if guid is None:
        close = get_close_matches(name, guids_by_name, n=3, cutoff=0.4) or sorted(guids_by_name)[:3]
        raise ProjectError(
            f"no published episode is called {episode}",
            f"use the folder name, number or GUID of a published episode, such as {', '.join(close)}",
        )
    return guid


def _find_unfinished(guid: str, folder: str, live_items: Sequence[LiveItem], known_records: Records) -> str | None:
    """Return the GUID of the interrupted withdrawal with this GUID or folder, or None.

    The record of a withdrawal has only a hash of the folder's name.
    """
    live_guids = {item.guid for item in live_items}
    for withdrawal in known_records.withdrawn:
        is_unfinished = withdrawal.files or withdrawal.guid in live_guids
        if is_unfinished and (withdrawal.guid == guid or withdrawal.folder_sha256 == hash_folder_name(folder)):
            return withdrawal.guid
    return None


def _map_numbers_to_guids(live_items: Sequence[LiveItem]) -> dict[str, str]:
    """Return the GUIDs of the full episodes by their numbers, without numbers that several episodes share."""
    numbered = [item for item in live_items if item.number and item.type is EpisodeType.FULL]
    counts = Counter(item.number for item in numbered)
    return {str(item.number): item.guid for item in numbered if counts[item.number] == 1}


def _begin_withdrawal(
    guid: str, known_records: Records, live_items: Iterable[LiveItem], at: datetime
) -> Withdrawal:
    """Return the record of the interrupted withdrawal with this GUID, or else of a new withdrawal."""
    unfinished = next((withdrawal for withdrawal in known_records.withdrawn if withdrawal.guid == guid), None)
    if unfinished:
        return unfinished
    record = next((record for record in known_records.episodes if record.guid == guid), None)
    withdrawal = make_withdrawal(guid, record, at=at, files=record.keys if record else ())
    item = next((item for item in live_items if item.guid == guid and item.type is EpisodeType.FULL), None)
    return replace(withdrawal, number=item.number, season=item.season) if item else withdrawal
