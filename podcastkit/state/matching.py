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
        replace(
            translation, episodes=tuple(map(_share_record, translation.episodes, episodes)), withdrawn=withdrawn
        )
        for translation in show.translations
    ]
    return replace(show, episodes=episodes, withdrawn=withdrawn, translations=tuple(translations))


def match_episodes(episodes: Iterable[Episode], *record_sets: Records) -> tuple[Episode, ...]:
    """Match episodes to records, and add the GUID, the date and the media of the record.

    The media is only added if the master is the same. An episode matches the record with the same GUID. If there is
    no such record, it matches a record with the same folder or the same master. The master also identifies a
    renamed folder, even if another folder has the old name now. Earlier sets of records take precedence. Drafts are
    matched last, because they may be copies.
    """
    matched = tuple(episodes)
    for records in record_sets:
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
        order = sorted(range(len(self.episodes)), key=lambda index: self.episodes[index].draft)
        # The keys are indexes in `episodes`, with drafts last.
        self._unmatched_episodes = dict.fromkeys(order)
        self._unmatched_records = dict.fromkeys(records)

    def match_by(
        self, get_episode_key: Callable[[Episode], str | None], get_record_key: Callable[[EpisodeRecord], str]
    ) -> None:
        """Match each unmatched episode to the first free record with the same key."""
        groups = self._group_records(get_record_key)
        for index in tuple(self._unmatched_episodes):
            if candidates := groups.get(get_episode_key(self.episodes[index]) or ""):
                self._assign(index, candidates.pop(0))

    def match_moved(self) -> bool:
        """Match folders that got the name of another folder, for example because an episode was inserted.

        An episode was moved if no other episode has its audio, and either its folder is new or its old folder no
        longer exists. In all other cases, the folders stayed and their audio was swapped.

        Return whether there was a match.
        """
        records_by_master = self._group_records(lambda record: record.master_sha256)
        record_folders, episode_folders = self._count_folders()
        episode_counts = Counter(_get_master_hash(self.episodes[index]) for index in self._unmatched_episodes)
        has_matched = False
        # From the last episode: after an insertion, the last folder has a new name, and frees its old name.
        for index in sorted(self._unmatched_episodes, reverse=True):
            episode = self.episodes[index]
            candidates = records_by_master.get(master := _get_master_hash(episode) or "", [])
            if episode.draft or len(candidates) != 1 or episode_counts[master] != 1:
                continue
            (record,) = candidates
            if not record_folders[episode.folder] or not episode_folders[record.folder]:
                record_folders[record.folder] -= 1
                episode_folders[episode.folder] -= 1
                self._assign(index, record)
                has_matched = True
        return has_matched

    def _count_folders(self) -> tuple[Counter[str], Counter[str]]:
        """Count the folders of unmatched records, and the folders of unmatched episodes."""
        unmatched = (self.episodes[index] for index in self._unmatched_episodes)
        return (
            Counter(record.folder for record in self._unmatched_records),
            Counter(episode.folder for episode in unmatched if episode.record is None),
        )

    def _group_records(self, get_record_key: Callable[[EpisodeRecord], str]) -> dict[str, list[EpisodeRecord]]:
        groups: dict[str, list[EpisodeRecord]] = {}
        for record in self._unmatched_records:
            groups.setdefault(get_record_key(record), []).append(record)
        return groups

    def _assign(self, index: int, record: EpisodeRecord) -> None:
        self.episodes[index] = _apply_record(self.episodes[index], record)
        del self._unmatched_episodes[index], self._unmatched_records[record]


def find_episode(show: Show, written: str) -> Episode:
    """Find an episode by its folder (with or without its path), number, title or GUID.

    Raise UnknownEpisodeError, which lists the most similar names, unless exactly one episode matches.
    """
    wanted = _simplify_name(re.split(r"[/\\]", written.strip().rstrip("/\\"))[-1])
    number = re.fullmatch(r"(?:episode|ep|e|#)?\s*(\d{1,4})", wanted)
    # The first kind of name that matches counts, and must match only one episode.
    for is_match in (
        lambda episode: _simplify_name(episode.folder) == wanted,
        lambda episode: episode.type is EpisodeType.FULL and number and episode.number == int(number[1]),
        lambda episode: wanted in {_simplify_name(episode.title), _simplify_name(episode.guid or "")} - {""},
    ):
        if len(matches := [episode for episode in show.episodes if is_match(episode)]) == 1:
            return matches[0]
        if matches:
            names = ", ".join(episode.folder for episode in matches)
            raise UnknownEpisodeError(
                f'"{written}" can be more than one episode', f"write the name of its folder: {names}"
            )
    folders = {_simplify_name(episode.folder): episode.folder for episode in show.episodes}
    similar = get_close_matches(wanted, folders, n=3, cutoff=0.4)
    suggested = [folders[name] for name in similar] or list(folders.values())
    names = ", ".join(suggested[:_NAMES_SHOWN]) + (" …" if len(suggested) > _NAMES_SHOWN else "")
    raise UnknownEpisodeError(
        f'there is no episode "{written}"', f"write the name of its folder: {names}" if names else None
    )


def _simplify_name(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def make_withdrawal(guid: str, record: EpisodeRecord | None, *, at: datetime, files: Iterable[str]) -> Withdrawal:
    """Return the record of a withdrawn episode; `files` are the keys of its files at the destination."""
    return Withdrawal(
        translated=record.translated if record else (),
        guid=guid,
        at=at,
        folder_sha256=hash_folder_name(record.folder) if record else None,
        master_sha256=record.master_sha256 if record else None,
        files=tuple(files),
    )


def _share_record(translated: Episode, original: Episode) -> Episode:
    """Return a translated episode with the date, the media and the record of the original."""
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
    identifiers = {episode.guid, episode.master and episode.master.sha256} - {None}
    if episode.record is None:
        identifiers.add(hash_folder_name(episode.folder))
    for withdrawal in withdrawn:
        if identifiers & {withdrawal.guid, withdrawal.folder_sha256, withdrawal.master_sha256}:
            return replace(episode, withdrawn=withdrawal.at)
    return episode


def hash_folder_name(name: str) -> str:
    """Return the SHA-256 in hex of a folder's name, for the record of a withdrawn episode."""
    return hashlib.sha256(name.encode()).hexdigest()


def _get_guid(episode: Episode) -> str | None:
    return episode.record.guid if episode.record else episode.guid


def _get_folder(episode: Episode) -> str | None:
    """Return None for an episode that has a record already: only the GUID can match it to another record."""
    return None if episode.record else episode.folder


def _get_master_hash(episode: Episode) -> str | None:
    """Return None for an episode without a master, and for one that has a record: see `_get_folder`."""
    return None if episode.record or episode.master is None else episode.master.sha256


def _get_master_and_folder(episode: Episode) -> str | None:
    master = _get_master_hash(episode)
    return master and f"{master} {episode.folder}"


def _apply_record(episode: Episode, record: EpisodeRecord) -> Episode:
    # Without a local master, the record of the destination counts, which is matched last.
    return replace(
        episode,
        record=record if episode.master is None else episode.record or record,
        guid=episode.guid or record.guid,
        date=_choose_date(episode, record),
        media=_choose_media(episode, record),
        alternates=_match_alternates(episode, record),
    )


def _choose_date(episode: Episode, record: EpisodeRecord) -> datetime:
    """Return the date in the front matter or in an earlier record; without these, the date of first publication.

    A date from `[schedule]` does not count.
    """
    if episode.date is not None and ("date" in episode.locations or episode.record is not None):
        return episode.date
    return record.published


def _choose_media(version: Episode | Alternate, record: EpisodeRecord | AlternateRecord) -> Media | None:
    """Return the published media if the master and the recipe are unchanged, or else the local media.

    If the local file has the same content as the published file, return the local file with the published key.
    """
    if version.master is None:
        # There is no master to compare. The records of the destination are matched last, so `record` is up to date.
        return record.media
    local = version.media
    if (version.master.sha256, version.recipe) != (record.master_sha256, record.media.recipe):
        return local
    if local is not None and local.sha256 == record.media.sha256:
        return replace(local, key=record.media.key)
    return record.media


def _match_alternates(episode: Episode, episode_record: EpisodeRecord) -> tuple[Alternate, ...]:
    """Match alternates to the records of alternates: by master, or by title and language if there is no master."""
    alternates, unmatched_records = list(episode.alternates), list(episode_record.alternates)
    for is_same in (_has_same_master_and_label, _has_same_master, _has_same_label):
        for index, alternate in enumerate(alternates):
            match = next((record for record in unmatched_records if is_same(alternate, record)), None)
            is_unmatched = alternate is episode.alternates[index]
            if match and is_unmatched:
                unmatched_records.remove(match)
                kept_record = match if alternate.master is None else alternate.record or match
                alternates[index] = replace(alternate, record=kept_record, media=_choose_media(alternate, match))
    return tuple(alternates)


def _has_same_master_and_label(alternate: Alternate, record: AlternateRecord) -> bool:
    return _has_same_master(alternate, record) and (alternate.title, alternate.lang) == (record.title, record.lang)


def _has_same_master(alternate: Alternate, record: AlternateRecord) -> bool:
    return alternate.master is not None and alternate.master.sha256 == record.master_sha256


def _has_same_label(alternate: Alternate, record: AlternateRecord) -> bool:
    return alternate.master is None and (alternate.title, alternate.lang) == (record.title, record.lang)
