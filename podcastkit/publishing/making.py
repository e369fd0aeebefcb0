"""The audio that listeners fetch is made where it is not there yet: encoded in parallel, once."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from podcastkit.assets import make_media, name_alternate, remake_media
from podcastkit.diagnostics import CheckFailed, Diagnostic, Location, MediaError, Severity
from podcastkit.media.encoding import AS_GIVEN
from podcastkit.media.lease import leased
from podcastkit.model import Alternate
from podcastkit.parallel import work_through
from podcastkit.progress import Progress, Tally
from podcastkit.publishing.sorting import SortedOut, hold_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from podcastkit.cache import Cache
    from podcastkit.model import AudioSettings, Episode, Media
    from podcastkit.publishing.destination import State


def refuse_to_remake(sorted_out: SortedOut) -> None:
    """Only the audio of an episode that is out and has its master here can be made anew."""
    held = {held.episode: held.reason for held in sorted_out.held_back}
    for episode in sorted_out.show.episodes:
        if episode.folder not in sorted_out.again:
            continue
        reason = held.get(episode.folder)
        if reason is None and episode.master is None:
            reason = "its audio is not on this machine"
        if reason is None and all(version.recipe == AS_GIVEN for version in episode.versions):
            reason = "listeners get its audio file as it is, so put another one into its folder instead"
        if reason:
            raise CheckFailed(
                f"the audio of {episode.folder} cannot be made anew: {reason}",
                "publish without --remake for this episode",
                diagnostics=(),
                folder=sorted_out.show.folder,
            )


def make_due(
    sorted_out: SortedOut, state: State, cache: Cache, executor: Executor | None, progress: Progress
) -> SortedOut:
    """Encode what is due and has no media yet, or shall be made again; what cannot be made is held back."""
    again = sorted_out.again
    wanted = [
        _Task(episode=episode, version=version)
        for episode in sorted_out.due
        for version in episode.versions
        if (episode.folder in again and version.recipe not in {None, AS_GIVEN})
        or not _has_media(version, state.stored)
    ]
    if not wanted:
        return sorted_out
    tally = Tally(progress, "encoding", total=len(wanted), unit="episodes")
    made: dict[str, dict[str, Media]] = {}
    failed: dict[_Task, MediaError] = {}

    def finished(task: _Task, future: Future[Media]) -> None:
        try:
            made.setdefault(task.episode.folder, {})[task.file] = future.result()
        except MediaError as error:
            failed[task] = error
        tally.add(1, task.episode.folder)

    make = partial(_make_one, again=again, settings=sorted_out.show.audio, cache_folder=cache.folder)
    with leased(cache.folder / "media") as lease:
        # ffmpeg computes all the time: more of them than processors only take more memory, and finish later.
        threads = os.cpu_count()
        work = partial(lease.work, make)
        work_through(work, wanted, finished, executor=executor, threads=threads, stop=lease.end)
    # In the order of the show, whichever was done first.
    return _with_media(sorted_out, made, [_trouble(task, failed[task]) for task in wanted if task in failed])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Task:
    """A version of an episode's audio that is to be made."""

    episode: Episode
    version: Episode | Alternate

    @property
    def file(self) -> str:
        """What tells the versions of an episode apart: the file, or nothing for the episode's own."""
        return self.version.file if isinstance(self.version, Alternate) else ""

    @property
    def location(self) -> Location:
        """Where the settings name the file, else where the episode's own audio lies."""
        own = self.episode.locations.get("audio") or Location(file=self.episode.folder)
        return (isinstance(self.version, Alternate) and self.version.location) or own


def _make_one(task: _Task, again: frozenset[str], settings: AudioSettings, cache_folder: Path) -> Media:
    make = remake_media if task.episode.folder in again else make_media
    folder, version = task.episode.folder, task.version
    name = name_alternate(folder, version) if isinstance(version, Alternate) else folder
    return make(name, version, settings, cache_folder)


def _has_media(version: Episode | Alternate, stored: Mapping[str, int]) -> bool:
    media = version.media
    return media is not None and (media.path is not None or stored.get(media.key) == media.size)


def _trouble(task: _Task, error: MediaError) -> Diagnostic:
    return Diagnostic(
        code="A103",
        severity=Severity.ERROR,
        message=error.message,
        hint=error.hint,
        location=task.location,
        episode=task.episode.folder,
    )


def _with_media(
    sorted_out: SortedOut, made: Mapping[str, Mapping[str, Media]], troubles: Sequence[Diagnostic]
) -> SortedOut:
    show = sorted_out.show
    failed = {trouble.episode: trouble for trouble in reversed(troubles)}
    episodes = tuple(_with_made(episode, made.get(episode.folder, {})) for episode in show.episodes)
    due = {episode.folder for episode in sorted_out.due}
    held = [hold_back(episode, failed[episode.folder]) for episode in episodes if episode.folder in failed]
    return replace(
        sorted_out,
        show=replace(show, episodes=episodes),
        findings=sorted_out.findings + tuple(troubles),
        due=tuple(e for e in episodes if e.folder in due and e.folder not in failed),
        held_back=sorted_out.held_back + tuple(held),
    )


def _with_made(episode: Episode, made: Mapping[str, Media]) -> Episode:
    alternates = tuple(
        replace(alternate, media=made.get(alternate.file, alternate.media)) for alternate in episode.alternates
    )
    return replace(episode, media=made.get("", episode.media), alternates=alternates)
