"""Match the episodes of a folder to the records of published ones, also when folders were renamed or swapped."""

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
    """Match the episodes of a show to the records of its lock; see `match_episodes`."""
    return with_matched(show, match_episodes(show.episodes, show.records), show.records.withdrawn)


def with_matched(show: Show, episodes: tuple[Episode, ...], withdrawn: tuple[Withdrawal, ...]) -> Show:
    """Return a show with its matched episodes, whose audio, dates and records its translations share."""
    translations = [
        replace(one, episodes=tuple(map(_share_record, one.episodes, episodes)), withdrawn=withdrawn)
        for one in show.translations
    ]
    return replace(show, episodes=episodes, withdrawn=withdrawn, translations=tuple(translations))


def match_episodes(episodes: Iterable[Episode], *remembered: Records) -> tuple[Episode, ...]:
    """Give each episode what is remembered of it: its GUID, its date, and its media if the master is the same.

    An episode is matched by its GUID, else by its folder, else by its master's bytes, which finds a renamed folder,
    also where another folder has its old name now. The first records take precedence. A draft, which may be a copy,
    comes last.
    """
    matched = tuple(episodes)
    for records in remembered:
        matched = _match(matched, records)
    return matched


def _match(episodes: tuple[Episode, ...], records: Records) -> tuple[Episode, ...]:
    matching = _Matching(episodes, records.episodes)
    matching.pair(_guid_mark, lambda record: record.guid)
    matching.pair(_whole_mark, lambda record: f"{record.master_sha256} {record.folder}")
    while matching.pair_moved():
        pass
    matching.pair(_folder_mark, lambda record: record.folder)
    matching.pair(_master_mark, lambda record: record.master_sha256)
    return tuple(_with_withdrawal(episode, records.withdrawn) for episode in matching.episodes)


class _Matching:
    """Which episode is which record: found by one mark after the other."""

    def __init__(self, episodes: Iterable[Episode], records: Iterable[EpisodeRecord]) -> None:
        self.episodes = list(episodes)
        in_turn = sorted(range(len(self.episodes)), key=lambda place: self.episodes[place].draft)
        self._waiting = dict.fromkeys(in_turn)
        self._free = dict.fromkeys(records)

    def pair(
        self, mark_of_episode: Callable[[Episode], str | None], mark_of_record: Callable[[EpisodeRecord], str]
    ) -> None:
        """Give each episode that still waits the first free record with the same mark."""
        marked = self._marked(mark_of_record)
        for place in tuple(self._waiting):
            if candidates := marked.get(mark_of_episode(self.episodes[place]) or ""):
                self._give(place, candidates.pop(0))

    def pair_moved(self) -> bool:
        """Find folders that were renamed one into another's place, as when an episode is put between two others.

        An episode moved when nothing else has its audio, and either its folder was unknown or its old one is gone.
        What is left has its folder and the audio of another that stands where it stood: audio that was swapped.
        """
        marked = self._marked(lambda record: record.master_sha256)
        known, there = self._folders()
        wanted = Counter(_master_mark(self.episodes[place]) for place in self._waiting)
        found = False
        for place in sorted(self._waiting, reverse=True):
            episode = self.episodes[place]
            candidates = marked.get(master := _master_mark(episode) or "", [])
            if episode.draft or len(candidates) != 1 or wanted[master] != 1:
                continue
            (record,) = candidates
            if not known[episode.folder] or not there[record.folder]:
                known[record.folder] -= 1
                there[episode.folder] -= 1
                self._give(place, record)
                found = True
        return found

    def _folders(self) -> tuple[Counter[str], Counter[str]]:
        """Count the folders that free records name, and those that are there and still wait for a record."""
        waiting = (self.episodes[place] for place in self._waiting)
        return (
            Counter(record.folder for record in self._free),
            Counter(episode.folder for episode in waiting if episode.record is None),
        )

    def _marked(self, mark_of_record: Callable[[EpisodeRecord], str]) -> dict[str, list[EpisodeRecord]]:
        marked: dict[str, list[EpisodeRecord]] = {}
        for record in self._free:
            marked.setdefault(mark_of_record(record), []).append(record)
        return marked

    def _give(self, place: int, record: EpisodeRecord) -> None:
        self.episodes[place] = _with_record(self.episodes[place], record)
        del self._waiting[place], self._free[record]


def find_episode(show: Show, written: str) -> Episode:
    """Return the episode that somebody means by its folder (also with its path), its number, title or GUID.

    Raises UnknownEpisodeError, which lists the nearest names, when there is none or more than one.
    """
    wanted = _simplified(re.split(r"[/\\]", written.strip().rstrip("/\\"))[-1])
    number = re.fullmatch(r"(?:episode|ep|e|#)?\s*(\d{1,4})", wanted)
    for is_meant in (
        lambda episode: _simplified(episode.folder) == wanted,
        lambda episode: episode.type is EpisodeType.FULL and number and episode.number == int(number[1]),
        lambda episode: wanted in {_simplified(episode.title), _simplified(episode.guid or "")} - {""},
    ):
        if len(meant := [episode for episode in show.episodes if is_meant(episode)]) == 1:
            return meant[0]
        if meant:
            names = ", ".join(episode.folder for episode in meant)
            raise UnknownEpisodeError(f'"{written}" can be more than one episode', f"name its folder: {names}")
    folders = {_simplified(episode.folder): episode.folder for episode in show.episodes}
    near = [folders[name] for name in get_close_matches(wanted, folders, n=3, cutoff=0.4)] or list(folders.values())
    names = ", ".join(near[:_NAMES_SHOWN]) + (" …" if len(near) > _NAMES_SHOWN else "")
    raise UnknownEpisodeError(f'there is no episode "{written}"', f"name its folder: {names}" if names else None)


def _simplified(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def withdrawal_of(guid: str, record: EpisodeRecord | None, *, at: datetime, files: Iterable[str]) -> Withdrawal:
    """Return what is remembered of an episode that is taken back; `files` are its keys at the destination."""
    return Withdrawal(
        translated=record.translated if record else (),
        guid=guid,
        at=at,
        folder_sha256=folder_digest(record.folder) if record else None,
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


def _with_withdrawal(episode: Episode, withdrawn: tuple[Withdrawal, ...]) -> Episode:
    """Mark an episode that was withdrawn, by its GUID, its folder's name or its audio.

    A new version of it needs a folder and audio of its own: nothing comes out again because a tag was edited. The
    name alone does not bar another published episode, whose folder was renamed to it.
    """
    if not withdrawn or episode.withdrawn:
        return episode
    marks = {episode.guid, episode.master and episode.master.sha256} - {None}
    if episode.record is None:
        marks.add(folder_digest(episode.folder))
    found = next((w for w in withdrawn if marks & {w.guid, w.folder_sha256, w.master_sha256}), None)
    return replace(episode, withdrawn=found.at) if found else episode


def folder_digest(name: str) -> str:
    """Return the SHA-256 (hex) by which the records of a withdrawn episode know its folder."""
    return hashlib.sha256(name.encode()).hexdigest()


def _guid_mark(episode: Episode) -> str | None:
    return episode.record.guid if episode.record else episode.guid


def _folder_mark(episode: Episode) -> str | None:
    return None if episode.record else episode.folder


def _master_mark(episode: Episode) -> str | None:
    return None if episode.record or episode.master is None else episode.master.sha256


def _whole_mark(episode: Episode) -> str | None:
    master = _master_mark(episode)
    return master and f"{master} {episode.folder}"


def _with_record(episode: Episode, record: EpisodeRecord) -> Episode:
    return replace(
        episode,
        record=record if episode.master is None else episode.record or record,
        guid=episode.guid or record.guid,
        date=_date(episode, record),
        media=_media(episode, record),
        alternates=_alternates(episode, record),
    )


def _date(episode: Episode, record: EpisodeRecord) -> datetime:
    """Choose front matter's date, else the date of first publication: a later `[schedule]` moves nothing."""
    if episode.date is not None and ("date" in episode.locations or episode.record is not None):
        return episode.date
    return record.published


def _media(version: Episode | Alternate, record: EpisodeRecord | AlternateRecord) -> Media | None:
    """Choose the published name for an unchanged master; the bytes on this machine serve if they are the same."""
    made = version.media
    if version.master is None:  # the destination's manifest, which is asked after the lock, knows what is out there
        return record.media
    if (version.master.sha256, version.recipe) != (record.master_sha256, record.media.recipe):
        return made
    if made is not None and made.sha256 == record.media.sha256:
        return replace(made, key=record.media.key)
    return record.media


def _alternates(episode: Episode, record: EpisodeRecord) -> tuple[Alternate, ...]:
    """Give each other version what is remembered of it: known by its bytes, else by what listeners choose it by."""
    alternates, free = list(episode.alternates), list(record.alternates)
    for is_same in (_is_same_in_all, _has_same_master, _has_same_label):
        for place, alternate in enumerate(alternates):
            known = next((one for one in free if is_same(alternate, one)), None)
            if known and alternate is episode.alternates[place]:
                free.remove(known)
                own = known if alternate.master is None else alternate.record or known
                alternates[place] = replace(alternate, record=own, media=_media(alternate, known))
    return tuple(alternates)


def _is_same_in_all(alternate: Alternate, record: AlternateRecord) -> bool:
    return _has_same_master(alternate, record) and (alternate.title, alternate.lang) == (record.title, record.lang)


def _has_same_master(alternate: Alternate, record: AlternateRecord) -> bool:
    return alternate.master is not None and alternate.master.sha256 == record.master_sha256


def _has_same_label(alternate: Alternate, record: AlternateRecord) -> bool:
    return alternate.master is None and (alternate.title, alternate.lang) == (record.title, record.lang)
