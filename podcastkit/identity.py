"""podcastkit.lock: what must never change about a show, and who is who when folders are renamed.

The lock is written by a real publish and meant for version control. Where it cannot be kept, the manifest at the
destination carries the same records; both are believed, and a contradiction between them is a finding.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, MediaError, ProjectError, Severity
from podcastkit.feed.guids import episode_guid, show_guid
from podcastkit.media.files import read_text_file
from podcastkit.model import Episode, EpisodeRecord, Records, Withdrawal
from podcastkit.records import records_from_json, records_to_json
from podcastkit.storage.local import LocalStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from podcastkit.model import LiveFeed, Media, Show

LOCK_NAME = "podcastkit.lock"

_LOCK_CURE = (
    "bring back the last good one from version control or a backup; never delete it while the show is public"
)
_LOCK_NOTE = "Written by podcastkit. Keep it with the show: it holds what must never change (GUIDs, dates, files)."


def read_lock(folder: Path) -> Records:
    """Return what the show's lock remembers; a show without one has no records yet.

    Raises ProjectError when the lock is damaged: guessing would give listeners every episode a second time.
    """
    path = folder / LOCK_NAME
    if not os.path.lexists(path):
        return Records()
    try:
        return records_from_json(json.loads(read_text_file(path).decode()))
    except MediaError as error:
        raise ProjectError(error.message, _LOCK_CURE) from error
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path} is damaged: {error}", _LOCK_CURE) from error


def write_lock(folder: Path, records: Records) -> bool:
    """Make the lock say this, unless it does already; tell whether it was written. It is never half written."""
    body = _lock_body(records)
    storage = LocalStorage(folder)
    stored = storage.read(LOCK_NAME)
    if stored and stored[0] == body:
        return False
    storage.write(LOCK_NAME, body, content_type="application/json", cache_control="")
    return True


def _lock_body(records: Records) -> bytes:
    data = {"note": _LOCK_NOTE, "schema": 1, **records_to_json(records)}
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def recognise(episodes: Iterable[Episode], records: Records) -> tuple[Episode, ...]:
    """Give each episode what is remembered of it: its GUID, its date, and its media if the master is the same.

    An episode is recognised by its GUID, else by its folder, else by its master's bytes, which finds a renamed
    folder. What an episode knows already stays. A draft, which may be a copy, comes last.
    """
    found = [_with_withdrawal(episode, records.withdrawn) for episode in episodes]
    places = sorted(range(len(found)), key=lambda place: found[place].draft)
    free = dict.fromkeys(records.episodes)
    for mark_of_episode, mark_of_record in _MARKS:
        marked: dict[str, list[EpisodeRecord]] = {}
        for record in reversed(free):
            marked.setdefault(mark_of_record(record), []).append(record)
        for place in places:
            candidates = marked.get(mark_of_episode(found[place]) or "")
            if candidates:
                record = candidates.pop()
                del free[record]
                found[place] = _with_record(found[place], record)
    return tuple(found)


def withdrawal_of(guid: str, record: EpisodeRecord | None, *, at: datetime, files: Iterable[str]) -> Withdrawal:
    """Return what is remembered of an episode that is taken back; `files` are its keys at the destination."""
    return Withdrawal(
        guid=guid,
        at=at,
        folder_sha256=_digest(record.folder) if record else None,
        master_sha256=record.master_sha256 if record else None,
        files=tuple(files),
    )


def _with_withdrawal(episode: Episode, withdrawn: tuple[Withdrawal, ...]) -> Episode:
    """Mark an episode that was withdrawn, by its GUID, its folder's name or its audio.

    A new version of it needs a folder and audio of its own: nothing comes out again because a tag was edited.
    """
    if not withdrawn or episode.withdrawn:
        return episode
    marks = {episode.guid, _digest(episode.folder), episode.master and episode.master.sha256} - {None}
    found = next((w for w in withdrawn if marks & {w.guid, w.folder_sha256, w.master_sha256}), None)
    return replace(episode, withdrawn=found.at) if found else episode


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _guid_mark(episode: Episode) -> str | None:
    return episode.record.guid if episode.record else episode.guid


def _folder_mark(episode: Episode) -> str | None:
    return None if episode.record else episode.folder


def _master_mark(episode: Episode) -> str | None:
    return None if episode.record or episode.master is None else episode.master.sha256


_MARKS: tuple[tuple[Callable[[Episode], str | None], Callable[[EpisodeRecord], str]], ...] = (
    (_guid_mark, lambda record: record.guid),
    (_folder_mark, lambda record: record.folder),
    (_master_mark, lambda record: record.master_sha256),
)


def _with_record(episode: Episode, record: EpisodeRecord) -> Episode:
    return replace(
        episode,
        record=record if episode.master is None else episode.record or record,
        guid=episode.guid or record.guid,
        date=_date(episode, record),
        media=_media(episode, record),
    )


def _date(episode: Episode, record: EpisodeRecord) -> datetime:
    """Choose front matter's date, else the date of first publication: a later `[schedule]` moves nothing."""
    if episode.date is not None and ("date" in episode.locations or episode.record is not None):
        return episode.date
    return record.published


def _media(episode: Episode, record: EpisodeRecord) -> Media | None:
    """Choose the published name for an unchanged master; the bytes on this machine serve if they are the same."""
    made = episode.media
    if episode.master is None:  # the destination's manifest, which is asked after the lock, knows what is out there
        return record.media
    if (episode.master.sha256, episode.recipe) != (record.master_sha256, record.media.recipe):
        return made
    if made is not None and made.sha256 == record.media.sha256:
        return replace(made, key=record.media.key)
    return record.media


def identify(show: Show, remembered: Records, *, feed_url: str, real: bool, live: LiveFeed | None = None) -> Show:
    """Return the show with the GUIDs that a feed at `feed_url` must carry.

    `remembered` is what the destination's manifest knows, `live` the feed that stands there: it knows the dates
    of episodes whose records were lost. For a real publish, sources that disagree are errors that name both.
    """
    episodes = recognise(show.episodes, remembered)
    guid = show.guid or show.records.guid or remembered.guid or show_guid(feed_url)
    episodes = _assign_guids(episodes, guid, _guids_of(show.records) | _guids_of(remembered))
    episodes = tuple(_with_live_date(episode, live) for episode in episodes)
    findings = [*_contested(show, episodes, fixed=show.records.episodes + (remembered.episodes if real else ()))]
    if real:
        findings += _contradictions(show, remembered)
    return replace(show, guid=guid, episodes=episodes, diagnostics=show.diagnostics + tuple(findings))


def _guids_of(records: Records) -> set[str | None]:
    return {*(record.guid for record in records.episodes), *(withdrawal.guid for withdrawal in records.withdrawn)}


def _assign_guids(episodes: tuple[Episode, ...], guid: str, known: set[str | None]) -> tuple[Episode, ...]:
    used = known | {episode.guid for episode in episodes}
    assigned = []
    for episode in episodes:
        own = episode.guid
        if own is None:
            names = itertools.chain([episode.folder], (f"{episode.folder}-{n}" for n in itertools.count(2)))
            own = next(fresh for name in names if (fresh := episode_guid(guid, name)) not in used)
            used.add(own)
        assigned.append(replace(episode, guid=own))
    return tuple(assigned)


def _with_live_date(episode: Episode, live: LiveFeed | None) -> Episode:
    if live is None or episode.record is not None or "date" in episode.locations:
        return episode
    published = next((item.published for item in live.items if item.guid == episode.guid), None)
    return replace(episode, date=published or episode.date)


def _contested(
    show: Show, episodes: tuple[Episode, ...], *, fixed: tuple[EpisodeRecord, ...]
) -> Iterator[Diagnostic]:
    """Find GUIDs that two folders claim, and GUIDs in files that differ from those already published."""
    episodes = tuple(episode for episode in episodes if not episode.stays_in)
    claims = Counter(episode.guid for episode in episodes)
    for episode in episodes:
        if claims[episode.guid] > 1:
            rivals = ", ".join(other.folder for other in episodes if other.guid == episode.guid)
            yield _disagreement(f"these folders claim the same GUID {episode.guid}: {rivals}", episode)
        if episode.record in fixed and episode.guid != episode.record.guid:
            yield _disagreement(
                f"its notes say guid {episode.guid}, but it was published as {episode.record.guid}", episode
            )
    if show.guid and show.records.guid and show.guid != show.records.guid:
        yield _disagreement(f"show.toml says guid {show.guid}, {LOCK_NAME} says {show.records.guid}", show)


def _contradictions(show: Show, remembered: Records) -> Iterator[Diagnostic]:
    """Find what the lock (for the show's GUID else show.toml) and the manifest tell differently."""
    own, source = (show.records.guid, LOCK_NAME) if show.records.guid else (show.guid, "show.toml")
    if own and remembered.guid and own != remembered.guid:
        yield _disagreement(f"{source} says the show's guid is {own}, the destination says {remembered.guid}", show)
    locked = {record.folder: record.guid for record in show.records.episodes}
    for record in remembered.episodes:
        episode = next((episode for episode in show.episodes if episode.folder == record.folder), None)
        if episode and locked.get(record.folder, record.guid) != record.guid:
            yield _disagreement(
                f"{LOCK_NAME} says its GUID is {locked[record.folder]}, the destination says {record.guid}", episode
            )


def _disagreement(message: str, about: Show | Episode) -> Diagnostic:
    return Diagnostic(
        code="E106" if isinstance(about, Episode) else "S106",
        severity=Severity.ERROR,
        message=message,
        hint="a GUID never changes, or apps show everything twice: find out which is right, remove the other",
        location=about.locations.get("guid"),
        episode=about.folder if isinstance(about, Episode) else None,
    )
