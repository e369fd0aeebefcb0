"""Match episode folders to the records of published episodes, even if folders were renamed or swapped."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from podcastkit.diagnostics import UnknownEpisodeError
from podcastkit.model import Episode, EpisodeRecord, EpisodeType, Records, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from podcastkit.model import Alternate, AlternateRecord, Media, Show


_NAMES_SHOWN = 12


def match_show(show: Show) -> Show:
    """Match the episodes of a show to the records of its lock file; see `match_episodes`."""
    return replace_episodes(show, match_episodes(show.episodes, show.records), show.records.withdrawn)


def replace_episodes(show: Show, episodes: tuple[Episode, ...], withdrawn: tuple[Withdrawal, ...]) -> Show:
    """Return a show with matched episodes. Its translations get the same audio, dates and records."""
    translations = [
        replace(one, episodes=tuple(map(_share_record, one.episodes, episodes)), withdrawn=withdrawn)
        for one in show.translations
    ]
    return replace(show, episodes=episodes, withdrawn=withdrawn, translations=tuple(translations))


def match_episodes(episodes: Iterable[Episode], *remembered: Records) -> tuple[Episode, ...]:
    """Match episodes to records, and add the GUID, the date and the media of the record.

    The media is only added if the master is the same. An episode matches a record with the same GUID or, failing
    that, the same folder or the same master. The master also identifies a renamed folder, even if another folder
    has its old name now. The first records take precedence. Drafts are matched last, because they may be copies.
    """
    matched = tuple(episodes)
    for records in remembered:
        matched = _match_records(matched, records)
    return matched


def _match_records(episodes: tuple[Episode, ...], records: Records) -> tuple[Episode, ...]:
    matching = _Matching(episodes, records.episodes)
    # From the most to the least reliable attribute. Each pass leaves fewer episodes and records.
    matching.match_by(_get_guid, lambda record: record.guid)
    matching.match_by(_get_master_and_folder, lambda record: f"{record.master_sha256} {record.folder}")
    while matching.match_moved():
        pass
    matching.match_by(_get_folder, lambda record: record.folder)
    matching.match_by(_get_master_hash, lambda record: record.master_sha256)
    return tuple(_mark_withdrawn(episode, records.withdrawn) for episode in matching.episodes)


class _Matching:
    """The state of matching episodes to records. Each pass compares one attribute."""

    def __init__(self, episodes: Iterable[Episode], records: Iterable[EpisodeRecord]) -> None:
        self.episodes = list(episodes)
        order = sorted(range(len(self.episodes)), key=lambda place: self.episodes[place].draft)
        self._unmatched = dict.fromkeys(order)
        self._free = dict.fromkeys(records)

    def match_by(
        self, get_episode_key: Callable[[Episode], str | None], get_record_key: Callable[[EpisodeRecord], str]
    ) -> None:
        """Match each unmatched episode to the first free record with the same key."""
        groups = self._group_records(get_record_key)
        for place in tuple(self._unmatched):
            if candidates := groups.get(get_episode_key(self.episodes[place]) or ""):
                self._assign(place, candidates.pop(0))

    def match_moved(self) -> bool:
        """Match folders that got the name of another folder, for example because an episode was inserted.

        An episode was moved if no other episode has its audio, and either its folder is new or its old folder no
        longer exists. In all other cases, the folders stayed and their audio was swapped.
        """
        groups = self._group_records(lambda record: record.master_sha256)
        known, existing = self._count_folders()
        wanted = Counter(_get_master_hash(self.episodes[place]) for place in self._unmatched)
        found = False
        # From the last episode: after an insertion, the last folder has a new name, and frees its old name.
        for place in sorted(self._unmatched, reverse=True):
            episode = self.episodes[place]
            candidates = groups.get(master := _get_master_hash(episode) or "", [])
            if episode.draft or len(candidates) != 1 or wanted[master] != 1:
                continue
            (record,) = candidates
            if not known[episode.folder] or not existing[record.folder]:
                known[record.folder] -= 1
                existing[episode.folder] -= 1
                self._assign(place, record)
                found = True
        return found

    def _count_folders(self) -> tuple[Counter[str], Counter[str]]:
        """Count the folders of free records, and the folders of unmatched episodes."""
        waiting = (self.episodes[place] for place in self._unmatched)
        return (
            Counter(record.folder for record in self._free),
            Counter(episode.folder for episode in waiting if episode.record is None),
        )

    def _group_records(self, get_record_key: Callable[[EpisodeRecord], str]) -> dict[str, list[EpisodeRecord]]:
        groups: dict[str, list[EpisodeRecord]] = {}
        for record in self._free:
            groups.setdefault(get_record_key(record), []).append(record)
        return groups

    def _assign(self, place: int, record: EpisodeRecord) -> None:
        self.episodes[place] = _apply_record(self.episodes[place], record)
        del self._unmatched[place], self._free[record]


def find_episode(show: Show, written: str) -> Episode:
    """Find an episode by its folder (with or without its path), number, title or GUID.

    Raise UnknownEpisodeError, which lists the most similar names, unless exactly one episode matches.
    """
    wanted = _simplify_name(re.split(r"[/\\]", written.strip().rstrip("/\\"))[-1])
    number = re.fullmatch(r"(?:episode|ep|e|#)?\s*(\d{1,4})", wanted)
    # The first kind of name that matches counts, and must match only one episode.
    for is_meant in (
        lambda episode: _simplify_name(episode.folder) == wanted,
        lambda episode: episode.type is EpisodeType.FULL and number and episode.number == int(number[1]),
        lambda episode: wanted in {_simplify_name(episode.title), _simplify_name(episode.guid or "")} - {""},
    ):
        if len(meant := [episode for episode in show.episodes if is_meant(episode)]) == 1:
            return meant[0]
        if meant:
            names = ", ".join(episode.folder for episode in meant)
            raise UnknownEpisodeError(
                f'"{written}" can be more than one episode', f"write the name of its folder: {names}"
            )
    folders = {_simplify_name(episode.folder): episode.folder for episode in show.episodes}
    near = [folders[name] for name in get_close_matches(wanted, folders, n=3, cutoff=0.4)] or list(folders.values())
    names = ", ".join(near[:_NAMES_SHOWN]) + (" …" if len(near) > _NAMES_SHOWN else "")
    raise UnknownEpisodeError(
        f'there is no episode "{written}"', f"write the name of its folder: {names}" if names else None
    )


def _simplify_name(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def make_withdrawal(guid: str, record: EpisodeRecord | None, *, at: datetime, files: Iterable[str]) -> Withdrawal:
    """Return the record of a withdrawn episode; `files` are its keys at the destination."""
    return Withdrawal(
        translated=record.translated if record else (),
        guid=guid,
        at=at,
        folder_sha256=hash_folder_name(record.folder) if record else None,
        master_sha256=record.master_sha256 if record else None,
        files=tuple(files),
    )


def _share_record(translated: Episode, original: Episode) -> Episode:
    return replace(
        translated,
        date=original.date,
        media=original.media,
        alternates=original.alternates,
        record=original.record,
        withdrawn=original.withdrawn,
    )


def _mark_withdrawn(episode: Episode, withdrawn: tuple[Withdrawal, ...]) -> Episode:
    """Mark an episode as withdrawn if its GUID, its folder's name or its audio is that of a withdrawn episode.

    A new version therefore needs another folder and other audio: an edit must never publish a withdrawn episode
    again. The folder's name does not count for an episode with a record: its folder may have been renamed.
    """
    if not withdrawn or episode.withdrawn:
        return episode
    marks = {episode.guid, episode.master and episode.master.sha256} - {None}
    if episode.record is None:
        marks.add(hash_folder_name(episode.folder))
    found = next((w for w in withdrawn if marks & {w.guid, w.folder_sha256, w.master_sha256}), None)
    return replace(episode, withdrawn=found.at) if found else episode


def hash_folder_name(name: str) -> str:
    """Return the SHA-256 in hex of a folder's name, for the record of a withdrawn episode."""
    return hashlib.sha256(name.encode()).hexdigest()


def _get_guid(episode: Episode) -> str | None:
    return episode.record.guid if episode.record else episode.guid


def _get_folder(episode: Episode) -> str | None:
    return None if episode.record else episode.folder


def _get_master_hash(episode: Episode) -> str | None:
    return None if episode.record or episode.master is None else episode.master.sha256


def _get_master_and_folder(episode: Episode) -> str | None:
    master = _get_master_hash(episode)
    return master and f"{master} {episode.folder}"


def _apply_record(episode: Episode, record: EpisodeRecord) -> Episode:
    return replace(
        episode,
        record=record if episode.master is None else episode.record or record,
        guid=episode.guid or record.guid,
        date=_choose_date(episode, record),
        media=_choose_media(episode, record),
        alternates=_match_alternates(episode, record),
    )


def _choose_date(episode: Episode, record: EpisodeRecord) -> datetime:
    """Choose the date in front matter or, failing that, the date of first publication, not that of `[schedule]`."""
    if episode.date is not None and ("date" in episode.locations or episode.record is not None):
        return episode.date
    return record.published


def _choose_media(version: Episode | Alternate, record: EpisodeRecord | AlternateRecord) -> Media | None:
    """Choose the published media for an unchanged master, with the local file if it has the same content."""
    if version.master is None:
        # Nothing can be compared. The records of the destination are matched last, so `record` is up to date.
        return record.media
    local = version.media
    if (version.master.sha256, version.recipe) != (record.master_sha256, record.media.recipe):
        return local
    if local is not None and local.sha256 == record.media.sha256:
        return replace(local, key=record.media.key)
    return record.media


def _match_alternates(episode: Episode, record: EpisodeRecord) -> tuple[Alternate, ...]:
    """Match alternates to records, by their master or, without a master, by their title and language."""
    alternates, free = list(episode.alternates), list(record.alternates)
    for is_same in (_has_same_master_and_label, _has_same_master, _has_same_label):
        for place, alternate in enumerate(alternates):
            known = next((one for one in free if is_same(alternate, one)), None)
            if known and alternate is episode.alternates[place]:
                free.remove(known)
                own = known if alternate.master is None else alternate.record or known
                alternates[place] = replace(alternate, record=own, media=_choose_media(alternate, known))
    return tuple(alternates)


def _has_same_master_and_label(alternate: Alternate, record: AlternateRecord) -> bool:
    return _has_same_master(alternate, record) and (alternate.title, alternate.lang) == (record.title, record.lang)


def _has_same_master(alternate: Alternate, record: AlternateRecord) -> bool:
    return alternate.master is not None and alternate.master.sha256 == record.master_sha256


def _has_same_label(alternate: Alternate, record: AlternateRecord) -> bool:
    return alternate.master is None and (alternate.title, alternate.lang) == (record.title, record.lang)
