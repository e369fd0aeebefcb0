"""Make the published audio of episodes: measure, master and tag it in parallel, or reuse what exists."""

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
from podcastkit.build.audio_cache import Deliverable, EncodingJob, find_deliverable, make_deliverable
from podcastkit.diagnostics import CheckFailed, Diagnostic, Location, MediaError, Severity
from podcastkit.media.cached_facts import measure_all, recall_measurement
from podcastkit.media.cancellation import create_lease
from podcastkit.media.encoding import AS_GIVEN, AS_TAGGED, choose_channels, name_alternate
from podcastkit.media.loudness_targets import HIGHEST_PEAK, REPORTED_DEVIATION
from podcastkit.media.mastering.joining import calculate_offset
from podcastkit.model import Alternate, AlternateAudio, Episode, EpisodeAudio
from podcastkit.parallel import work_through
from podcastkit.progress import Meter, Progress, Tally, count_whole_seconds
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from concurrent.futures import Executor, Future
    from datetime import datetime

    from podcastkit.build.due import EpisodeSelection
    from podcastkit.cache import Cache
    from podcastkit.media.cached_facts import MeasurementResult
    from podcastkit.model import Audio, Clip, Measurement, Media, Show, SourceFile


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Task:
    """A version of an episode's audio to make."""

    show: Show
    episode: Episode
    version: Episode | Alternate
    guid: str
    published: datetime
    """The release date for the tags."""
    feed_url: str | None
    """The address of the feed for the tags, or None."""
    remake: bool = False
    """Whether to make the audio even if it is published already."""

    @property
    def name(self) -> str:
        """The base name of the published file."""
        folder = self.episode.folder
        return name_alternate(folder, self.version) if isinstance(self.version, Alternate) else folder

    @property
    def location(self) -> Location:
        """The place for messages: where the version's audio file is named, or else the episode's own audio."""
        own = self.episode.locations.get("audio") or Location(file=self.episode.folder)
        return (isinstance(self.version, Alternate) and self.version.location) or own

    @property
    def clips(self) -> tuple[Clip | None, Clip | None]:
        """The intro and the outro to join to the audio."""
        version = self.version
        return (version.intro, version.outro) if isinstance(version, Episode) else (None, None)

    @property
    def inputs(self) -> list[tuple[SourceFile, Audio]]:
        """The files that must be measured before the audio can be made."""
        version = self.version
        if version.master is None or version.audio is None or version.recipe == AS_TAGGED:
            return []
        return [(version.master, version.audio), *((clip.master, clip.audio) for clip in self.clips if clip)]


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeAudio:
    """The audio of the episodes to publish."""

    audio: Mapping[str, EpisodeAudio]
    """By folder, without the episodes in `troubles`."""
    troubles: tuple[Diagnostic, ...] = ()
    """Errors for audio that could not be made, in the order of the show."""
    remarks: tuple[Diagnostic, ...] = ()
    """Warnings for audio that misses the settings."""


def check_remake(show: Show, selection: EpisodeSelection, remake_folders: Collection[str]) -> None:
    """Raise `CheckFailed` if the audio of an episode in `remake_folders` cannot be encoded again.

    This happens if the episode is held back, if the audio file is missing, or if the file is published unchanged.
    """
    reasons = {held.episode: held.reason for held in selection.held_back}
    for episode in show.episodes:
        if episode.folder not in remake_folders:
            continue
        reason = reasons.get(episode.folder)
        if reason is None and episode.master is None:
            reason = "audio file not found"
        if reason is None and all(version.recipe == AS_GIVEN for version in episode.versions):
            reason = "the audio file is published unchanged; to change it, replace the file"
        if reason:
            raise CheckFailed(
                f"cannot remake the audio of {episode.folder}: {reason}",
                "publish without --remake for this episode",
                diagnostics=(),
                folder=show.folder,
            )


def make_due_audio(
    tasks: Sequence[Task],
    stored: Mapping[str, int],
    cache: Cache,
    *,
    executor: Executor | None,
    progress: Progress,
) -> MadeAudio:
    """Make the audio that is missing locally and at the destination, and the audio to remake.

    `stored` has the sizes of the files at the destination, by key.
    """
    tasks_to_do = [task for task in tasks if task.remake or not _has_published_file(task.version, stored)]
    results = make_audio(tasks_to_do, cache, executor, progress)
    made = {task: result for task, result in results.items() if isinstance(result, Deliverable)}
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
    release_dates: Mapping[str, datetime],
    guids: Mapping[str, str],
    *,
    feed_url: str | None,
    remake_folders: Collection[str] = (),
) -> list[Task]:
    """Return a task for each version of the episodes' audio.

    `release_dates` and `guids` are by episode folder.
    """
    return [
        Task(
            show=show,
            episode=episode,
            version=version,
            guid=guids[episode.folder],
            published=release_dates[episode.folder],
            feed_url=feed_url,
            remake=episode.folder in remake_folders and version.recipe not in {None, AS_GIVEN},
        )
        for episode in episodes
        for version in episode.versions
    ]


def gather_audio(tasks: Iterable[Task], made: Mapping[Task, Media]) -> dict[str, EpisodeAudio]:
    """Return the audio of each episode by folder: the audio in `made`, else the published audio.

    Episodes are left out if one of their versions is missing.
    """
    audio = {}
    for folder, group in groupby(tasks, key=lambda task: task.episode.folder):
        versions = list(group)
        media = [file for task in versions if (file := made.get(task, task.version.media))]
        if len(media) == len(versions):
            # The first version is the episode's own audio.
            alternates = zip(versions[0].episode.alternates, media[1:], strict=True)
            audio[folder] = EpisodeAudio(
                media=media[0],
                alternates=tuple(AlternateAudio(alternate=alternate, media=file) for alternate, file in alternates),
            )
    return audio


def find_cached_audio(tasks: Iterable[Task], cache: Cache) -> dict[Task, Media]:
    """Return the audio that is in the cache, without making or measuring anything."""
    found: dict[Task, Media] = {}
    for task in tasks:
        cached_results = {file.sha256: recall_measurement(file.sha256, cache) for file, _ in task.inputs}
        measured = {sha256: result for sha256, result in cached_results.items() if result}
        with suppress(MediaError):  # the inputs were not measured yet, so the audio cannot be in the cache
            media = find_deliverable(_make_job(task, measured, cache))
            if media:
                found[task] = media
    return found


def make_audio(
    tasks: Sequence[Task], cache: Cache, executor: Executor | None, progress: Progress
) -> dict[Task, Deliverable | MediaError]:
    """Measure, master and tag audio. Return the result or the error for each task, in the order of the tasks.

    `executor` runs the work, by default in threads of this process.
    """
    if not tasks:
        return {}
    results: dict[Task, Deliverable | MediaError] = {}
    jobs: dict[EncodingJob, Task] = {}
    inputs = [source for task in tasks for source in task.inputs]
    measured, ffmpeg_error = _measure_inputs(inputs, cache, executor, progress)
    for task in tasks:
        try:
            jobs[_make_job(task, measured, cache)] = task
        except MediaError as error:
            results[task] = ffmpeg_error or error
    meters = _make_meters(jobs, progress)

    def store_result(job: EncodingJob, future: Future[Deliverable]) -> None:
        try:
            results[jobs[job]] = future.result()
        except MediaError as error:
            results[jobs[job]] = error
        else:
            meters[job].finish()

    # The caller's executor may use other processes, which cannot report progress.
    make = make_deliverable if executor else partial(_make_with_meter, meters=meters)
    with create_lease(cache.folder / "media") as lease:
        # ffmpeg is CPU-bound: more processes than CPUs take more memory and finish later.
        threads = os.cpu_count()
        work_through(
            partial(lease.work, make), jobs, store_result, executor=executor, threads=threads, stop=lease.end
        )
    return {task: results[task] for task in tasks}


def describe_shortfall(task: Task, made: Deliverable) -> Diagnostic | None:
    """Return a warning if the mastered audio misses the loudness or the peak limit, else None."""
    figures, target = made.figures, task.show.audio.loudness
    if figures is None or figures.loudness is None or target is None:
        return None
    misses = []
    if abs(figures.loudness - target) > REPORTED_DEVIATION:
        misses.append(f"the mastered audio has a loudness of {figures.loudness:.1f} LUFS instead of {target:g}")
    if figures.true_peak is not None and figures.true_peak > HIGHEST_PEAK:
        misses.append(f"the mastered audio has a true peak of {figures.true_peak:.1f} dBTP, above {HIGHEST_PEAK:g}")
    if not misses:
        return None
    return Diagnostic(
        code="A215",
        severity=Severity.WARNING,
        message="; ".join(misses),
        hint="set [audio] loudness to -16, or lower the loudest passages in your audio editor and export again",
        location=task.location,
        episode=task.episode.folder,
    )


def describe_trouble(task: Task, error: MediaError) -> Diagnostic:
    """Return the diagnostic for a version of an episode's audio that could not be made."""
    return Diagnostic(
        code="A103",
        severity=Severity.ERROR,
        message=error.message,
        hint=error.hint,
        location=task.location,
        episode=task.episode.folder,
    )


def _make_meters(jobs: Iterable[EncodingJob], progress: Progress) -> dict[EncodingJob, Meter]:
    """Return a progress meter for each job. The progress of an episode is the total of its versions."""
    totals: Counter[str] = Counter()
    for job in jobs:
        totals[job.episode] += count_whole_seconds(job.audio.duration)
    lock = threading.Lock()
    tallies = {
        episode: Tally(progress, "mastering", total=total, unit="seconds", lock=lock)
        for episode, total in totals.items()
    }
    return {job: Meter(tallies[job.episode], job.audio.duration, job.episode) for job in jobs}


def _make_with_meter(job: EncodingJob, meters: Mapping[EncodingJob, Meter]) -> Deliverable:
    return make_deliverable(job, meters[job].reach)


def _measure_inputs(
    inputs: Iterable[tuple[SourceFile, Audio]], cache: Cache, executor: Executor | None, progress: Progress
) -> tuple[Mapping[str, MeasurementResult], MediaError | None]:
    """Return the measurements by SHA-256, and the error if nothing can be measured because ffmpeg is missing."""
    try:
        return measure_all(inputs, cache, executor=executor, progress=progress), None
    except MediaError as error:
        return {}, error


def _make_job(task: Task, measured: Mapping[str, MeasurementResult], cache: Cache) -> EncodingJob:
    """Return the encoding job of a task.

    Raise `MediaError` if the audio is missing, cannot be decoded, or would be silent in mono.
    """
    version, show, (intro, outro) = task.version, task.show, task.clips
    if version.master is None or version.audio is None or version.recipe is None:
        raise MediaError(
            f"the audio of {task.name} is neither on this machine nor at the destination",
            "put the audio file back into the episode folder",
        )
    measurements = {
        file.sha256: _require_measurement(audio, measured.get(file.sha256)) for file, audio in task.inputs
    }
    measurement = measurements.get(version.master.sha256)
    # Only a mix of several channels to mono can become silent.
    if (
        measurement
        and measurement.cancels_out
        and version.audio.channels > choose_channels(version.audio, show.audio) == 1
    ):
        raise MediaError(
            f"left and right of {format_file_name(version.audio.path)} cancel each other out, so mono is silent",
            "invert the polarity (phase) of one channel in your audio editor, and export again",
        )
    offset = calculate_offset(version.audio, measurement, intro, show.audio) if measurement else timedelta()
    tags = describe_tags(
        show, version, task.episode, published=task.published, guid=task.guid, feed_url=task.feed_url
    )
    return EncodingJob(
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
        remake=task.remake,
        ignore_cache=cache.forgets,
    )


def _require_measurement(audio: Audio, result: MeasurementResult | None) -> Measurement:
    """Return the measurement in a result; raise `MediaError` if there is no measurement."""
    if result and result.measurement:
        return result.measurement
    trouble = (result and result.trouble) or "no measurement found"
    raise MediaError(
        f"{format_file_name(audio.path)} cannot be decoded: {trouble}",
        "check that the file plays on this computer, and export it again",
    )


def _has_published_file(version: Episode | Alternate, stored: Mapping[str, int]) -> bool:
    """Return whether the published file of a version exists, locally or at the destination."""
    media = version.media
    return media is not None and (media.path is not None or stored.get(media.key) == media.size)
