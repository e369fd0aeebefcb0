"""Make the audio that listeners fetch, unless it exists: measure, master and tag it, in parallel."""

from __future__ import annotations

import os
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from podcastkit.build.assets import describe_tags
from podcastkit.build.audio_cache import Made, Order, find_deliverable, make_deliverable
from podcastkit.diagnostics import CheckFailed, Diagnostic, Location, MediaError, Severity
from podcastkit.media.cached_facts import measure_all, recall_measured
from podcastkit.media.cancellation import leased
from podcastkit.media.encoding import AS_GIVEN, AS_TAGGED, delivered_channels, name_alternate
from podcastkit.media.loudness_targets import HIGHEST_PEAK, REPORTED_DEVIATION
from podcastkit.media.mastering.joining import offset_of
from podcastkit.model import Alternate, AlternateAudio, Episode, EpisodeAudio
from podcastkit.parallel import work_through
from podcastkit.progress import Meter, Progress, Tally, whole_seconds
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from concurrent.futures import Executor, Future
    from datetime import datetime

    from podcastkit.build.due import SortedOut
    from podcastkit.cache import Cache
    from podcastkit.media.cached_facts import Measured
    from podcastkit.model import Audio, Clip, Measurement, Media, Show, SourceFile


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Task:
    """A version of an episode's audio that is to be made."""

    show: Show
    episode: Episode
    version: Episode | Alternate
    guid: str
    published: datetime
    """The moment that its tags contain."""
    feed_url: str | None
    """The address in its tags; None: they contain none."""
    again: bool = False

    @property
    def name(self) -> str:
        """What the file is called that listeners get."""
        folder = self.episode.folder
        return name_alternate(folder, self.version) if isinstance(self.version, Alternate) else folder

    @property
    def location(self) -> Location:
        """Where the settings name the file, else where the episode's own audio lies."""
        own = self.episode.locations.get("audio") or Location(file=self.episode.folder)
        return (isinstance(self.version, Alternate) and self.version.location) or own

    @property
    def clips(self) -> tuple[Clip | None, Clip | None]:
        """The intro and the outro that are joined to it."""
        version = self.version
        return (version.intro, version.outro) if isinstance(version, Episode) else (None, None)

    @property
    def sounds(self) -> list[tuple[SourceFile, Audio]]:
        """What must be measured before it can be made."""
        version = self.version
        if version.master is None or version.audio is None or version.recipe == AS_TAGGED:
            return []
        return [(version.master, version.audio), *((clip.master, clip.audio) for clip in self.clips if clip)]


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeAudio:
    """The audio of the episodes that come out."""

    audio: Mapping[str, EpisodeAudio]
    """By folder; without the episodes that have a trouble."""
    troubles: tuple[Diagnostic, ...] = ()
    """What could not be made, in the order of the show."""
    remarks: tuple[Diagnostic, ...] = ()
    """Where a file falls short of the settings."""


def refuse_to_remake(show: Show, sorted_out: SortedOut, again: Collection[str]) -> None:
    """Only the audio of an episode that comes out and has its master here can be made again."""
    held = {held.episode: held.reason for held in sorted_out.held_back}
    for episode in show.episodes:
        if episode.folder not in again:
            continue
        reason = held.get(episode.folder)
        if reason is None and episode.master is None:
            reason = "its audio is not on this machine"
        if reason is None and all(version.recipe == AS_GIVEN for version in episode.versions):
            reason = "listeners get its audio file as it is, so put another one into its folder instead"
        if reason:
            raise CheckFailed(
                f"the audio of {episode.folder} cannot be made again: {reason}",
                "publish without --remake for this episode",
                diagnostics=(),
                folder=show.folder,
            )


def make_due(
    tasks: Sequence[Task],
    stored: Mapping[str, int],
    cache: Cache,
    *,
    executor: Executor | None,
    progress: Progress,
) -> MadeAudio:
    """Make the audio that neither this machine nor the destination has, or that is made again.

    `stored` are the sizes of the files at the destination, by key.
    """
    wanted = [task for task in tasks if task.again or not _has_media(task.version, stored)]
    results = make_all(wanted, cache, executor, progress)
    made = {task: result for task, result in results.items() if isinstance(result, Made)}
    troubles = [describe_trouble(task, error) for task, error in results.items() if isinstance(error, MediaError)]
    remarks = [describe_shortfall(task, deliverable) for task, deliverable in made.items()]
    return MadeAudio(
        audio=gather_audio(tasks, {task: deliverable.media for task, deliverable in made.items()}),
        troubles=tuple(troubles),
        remarks=tuple(remark for remark in remarks if remark),
    )


def list_tasks(
    episodes: Iterable[Episode],
    show: Show,
    moments: Mapping[str, datetime],
    guids: Mapping[str, str],
    *,
    feed_url: str | None,
    again: Collection[str] = (),
) -> list[Task]:
    """Return a task for each version of the episodes' audio; `moments` and `guids` are by folder."""
    return [
        Task(
            show=show,
            episode=episode,
            version=version,
            guid=guids[episode.folder],
            published=moments[episode.folder],
            feed_url=feed_url,
            again=episode.folder in again and version.recipe not in {None, AS_GIVEN},
        )
        for episode in episodes
        for version in episode.versions
    ]


def gather_audio(tasks: Iterable[Task], made: Mapping[Task, Media]) -> dict[str, EpisodeAudio]:
    """Return the audio of each episode by folder: what was made, else what there was before.

    An episode of which a version is missing is left out.
    """
    audio = {}
    for folder, group in groupby(tasks, key=lambda task: task.episode.folder):
        versions = list(group)
        media = [file for task in versions if (file := made.get(task, task.version.media))]
        if len(media) == len(versions):
            alternates = zip(versions[0].episode.alternates, media[1:], strict=True)
            audio[folder] = EpisodeAudio(
                media=media[0],
                alternates=tuple(AlternateAudio(alternate=one, media=file) for one, file in alternates),
            )
    return audio


def find_made(tasks: Iterable[Task], cache: Cache) -> dict[Task, Media]:
    """Return what was made before, without making or measuring anything."""
    found: dict[Task, Media] = {}
    for task in tasks:
        known = {file.sha256: recall_measured(file.sha256, cache) for file, _ in task.sounds}
        measured = {sha256: heard for sha256, heard in known.items() if heard}
        with suppress(MediaError):  # it was never measured, so nothing was made of it
            media = find_deliverable(_make_order(task, measured, cache))
            found |= {task: media} if media else {}
    return found


def make_all(
    tasks: Sequence[Task], cache: Cache, executor: Executor | None, progress: Progress
) -> dict[Task, Made | MediaError]:
    """Measure, master and tag; return what was made, or why it cannot be, in the order of the tasks."""
    if not tasks:
        return {}
    results: dict[Task, Made | MediaError] = {}
    orders: dict[Order, Task] = {}
    sounds = [sound for task in tasks for sound in task.sounds]
    measured, is_missing = _measure(sounds, cache, executor, progress)
    for task in tasks:
        try:
            orders[_make_order(task, measured, cache)] = task
        except MediaError as error:
            results[task] = is_missing or error
    meters = _make_meters(orders, progress)

    def finished(order: Order, future: Future[Made]) -> None:
        try:
            results[orders[order]] = future.result()
        except MediaError as error:
            results[orders[order]] = error
        else:
            meters[order].finish()

    # The caller's executor may be of other processes, from where nothing can be told meanwhile.
    make = make_deliverable if executor else partial(_make, meters=meters)
    with leased(cache.folder / "media") as lease:
        # ffmpeg computes all the time: more of them than processors only take more memory, and finish later.
        threads = os.cpu_count()
        work_through(
            partial(lease.work, make), orders, finished, executor=executor, threads=threads, stop=lease.end
        )
    return {task: results[task] for task in tasks}


def describe_shortfall(task: Task, made: Made) -> Diagnostic | None:
    """Return in what a deliverable fell short of the settings, with its place."""
    figures, wanted = made.figures, task.show.audio.loudness
    if figures is None or figures.loudness is None or wanted is None:
        return None
    fell_short = []
    if abs(figures.loudness - wanted) > REPORTED_DEVIATION:
        fell_short.append(f"its loudness became {figures.loudness:.1f} LUFS, not {wanted:g}")
    if figures.true_peak is not None and figures.true_peak > HIGHEST_PEAK:
        fell_short.append(f"its true peak became {figures.true_peak:.1f} dBTP, not {HIGHEST_PEAK:g}")
    if not fell_short:
        return None
    return Diagnostic(
        code="A215",
        severity=Severity.WARNING,
        message="; ".join(fell_short),
        hint="leave [audio] loudness at -16, or lower its loudest places in your audio editor and export it again",
        location=task.location,
        episode=task.episode.folder,
    )


def describe_trouble(task: Task, error: MediaError) -> Diagnostic:
    """Return why a version of an episode's audio could not be made, with its place."""
    return Diagnostic(
        code="A103",
        severity=Severity.ERROR,
        message=error.message,
        hint=error.hint,
        location=task.location,
        episode=task.episode.folder,
    )


def _make_meters(orders: Iterable[Order], progress: Progress) -> dict[Order, Meter]:
    """Return what counts the seconds of each order: all versions of an episode together."""
    totals: Counter[str] = Counter()
    for order in orders:
        totals[order.episode] += whole_seconds(order.audio.duration)
    lock = threading.Lock()
    tallies = {
        episode: Tally(progress, "mastering", total=total, unit="seconds", lock=lock)
        for episode, total in totals.items()
    }
    return {order: Meter(tallies[order.episode], order.audio.duration, order.episode) for order in orders}


def _make(order: Order, meters: Mapping[Order, Meter]) -> Made:
    return make_deliverable(order, meters[order].reach)


def _measure(
    sounds: Iterable[tuple[SourceFile, Audio]], cache: Cache, executor: Executor | None, progress: Progress
) -> tuple[Mapping[str, Measured], MediaError | None]:
    """Return what the sounds are like, or why none of them can be measured: there is no ffmpeg."""
    try:
        return measure_all(sounds, cache, executor=executor, progress=progress), None
    except MediaError as error:
        return {}, error


def _make_order(task: Task, measured: Mapping[str, Measured], cache: Cache) -> Order:
    """Return what is to be made; raises MediaError when its sound is not there or cannot be decoded."""
    version, show, (intro, outro) = task.version, task.show, task.clips
    if version.master is None or version.audio is None or version.recipe is None:
        raise MediaError(
            f"the audio of {task.name} is neither on this machine nor at the destination",
            "put the audio file back into its folder",
        )
    measurements = {
        file.sha256: _require_measurement(audio, measured.get(file.sha256)) for file, audio in task.sounds
    }
    own = measurements.get(version.master.sha256)
    if own and own.cancels_out and version.audio.channels > delivered_channels(version.audio, show.audio) == 1:
        raise MediaError(
            f"left and right of {display_name(version.audio.path)} cancel each other out: in mono nothing is left",
            "invert the polarity (phase) of one side in your audio editor, and export it again",
        )
    offset = offset_of(version.audio, own, intro, show.audio) if own else timedelta()
    tags = describe_tags(
        show, version, task.episode, published=task.published, guid=task.guid, feed_url=task.feed_url
    )
    return Order(
        episode=task.episode.folder,
        name=task.name,
        master=version.master,
        audio=version.audio,
        settings=show.audio,
        recipe=version.recipe,
        tags=tags,
        folder=cache.folder / "media",
        offset=offset,
        intro=intro,
        outro=outro,
        measurements=measurements,
        published=version.media,
        again=task.again,
        forget=cache.forgets,
    )


def _require_measurement(audio: Audio, heard: Measured | None) -> Measurement:
    if heard and heard.measurement:
        return heard.measurement
    trouble = (heard and heard.trouble) or "it was not measured"
    raise MediaError(
        f"{display_name(audio.path)} cannot be decoded: {trouble}",
        "see whether it plays on this computer, and export it again",
    )


def _has_media(version: Episode | Alternate, stored: Mapping[str, int]) -> bool:
    media = version.media
    return media is not None and (media.path is not None or stored.get(media.key) == media.size)
