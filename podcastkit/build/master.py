"""Make the audio of all episodes without publishing."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.build.audio import Task, describe_shortfall, describe_trouble, list_tasks, make_audio
from podcastkit.build.audio_cache import Deliverable
from podcastkit.build.due import assign_dates, check_show_errors, find_first_errors
from podcastkit.cache import Cache
from podcastkit.checks import check_show
from podcastkit.diagnostics import MediaError
from podcastkit.disk import is_within, replace_file
from podcastkit.media.cached_facts import recall_measurement
from podcastkit.media.encoding import AS_GIVEN
from podcastkit.media.files import has_same_bytes, make_work_folder
from podcastkit.model import Alternate, Records, Show
from podcastkit.progress import Progress, ignore_event
from podcastkit.project.loader import load
from podcastkit.project.sources import find_source
from podcastkit.published_keys import FEED_KEY
from podcastkit.state.identity import identify_show

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from podcastkit.build.audio_cache import Figures
    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Episode, Measurement, Media


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """The result for one version of an episode's audio; `media` is None if the audio cannot be made."""

    episode: str
    """The name of the episode folder."""
    file: str | None
    """The name of the producer's file; None if it is not on this machine."""
    media: Media | None = None
    before: Measurement | None = None
    """The levels of the master; None for audio that is published unchanged."""
    figures: Figures | None = None
    """The levels of the encoded file; None if the producer's audio is published, or if no file was made."""
    is_new: bool = False
    """Whether the file was encoded just now."""
    is_published: bool = False
    """Whether the audio is published already, so that nothing is made."""
    trouble: Diagnostic | None = None
    """The error if the audio cannot be made."""
    remark: Diagnostic | None = None
    """A warning if the audio misses the settings."""

    def to_dict(self) -> dict[str, object]:
        """Return the result for `master --json`, in seconds, bytes, bit/s, LUFS, LU and dBTP."""
        media, figures = self.media, self.figures
        return {
            "episode": self.episode,
            "file": self.file,
            "as_given": media is not None and media.recipe == AS_GIVEN,
            "published": self.is_published,
            "encoded": self.is_new,
            "path": str(media.path) if media and media.path else None,
            "size": media.size if media else None,
            "sha256": media.sha256 if media else None,
            "duration": round(media.duration.total_seconds(), 3) if media else None,
            "bitrate": media.bitrate if media else None,
            "encoder": media.encoder if media else None,
            "loudness_before": self.before.loudness if self.before else None,
            "loudness": figures.loudness if figures else None,
            "loudness_range": figures.loudness_range if figures else None,
            "true_peak": figures.true_peak if figures else None,
            "error": self.trouble.message if self.trouble else None,
            "warning": self.remark.message if self.remark else None,
        }


def master(
    show: Show | str | Path,
    *,
    to: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress = ignore_event,
) -> tuple[Delivery, ...]:
    """Make the audio of all episodes in advance, due or not, so that publishing finds it in the cache.

    `to` is a folder for copies with their public file names. They include audio that is already published and audio
    that is published unchanged. The folder is created if needed. Drafts and episodes with errors are skipped.
    `executor` does the work and is not shut down.

    Raise `CheckFailed` if the show itself has errors, `ProjectError` if the folder is not a show, and `MediaError`
    without ffmpeg, or if `to` cannot be written or is a folder from which the show is read.
    """
    show = show if isinstance(show, Show) else load(show, executor=executor, progress=progress)
    if to is not None:
        _refuse_folder_in_show(show, Path(to))
    feed_url = f"{show.publish.url}/{FEED_KEY}" if show.publish.to and show.publish.url else None
    identified = identify_show(show, Records(), feed_url=feed_url or FEED_KEY, real=False)
    checked = check_show(identified.show)
    check_show_errors(show.folder, checked.findings)
    show = checked.show
    # Audio of future episodes may still be missing; this is not an error here.
    awaited_folders = {episode.folder for episode in show.episodes if _is_awaited(episode, show)}
    errors = {
        folder: error for folder, error in find_first_errors(checked).items() if folder not in awaited_folders
    }
    episodes = [episode for episode in show.episodes if not (episode.stays_in or episode.folder in errors)]
    tasks = list_tasks(
        episodes, show, assign_dates(episodes, show), identified.feeds[None].episodes, feed_url=feed_url
    )
    tasks_to_do = [task for task in tasks if _needs_audio(task, for_copy=to is not None)]
    with Cache() as cache:
        results = make_audio(tasks_to_do, cache, executor, progress)
        deliveries = [_make_delivery(task, results.get(task), cache) for task in tasks]
    broken = [episode for episode in show.episodes if not episode.stays_in and episode.folder in errors]
    deliveries += [_make_broken_delivery(episode, errors[episode.folder]) for episode in broken]
    if to is not None:
        deliveries = [_copy_delivery(delivery, Path(to)) for delivery in deliveries]
    return tuple(deliveries)


def _refuse_folder_in_show(show: Show, folder: Path) -> None:
    """Raise an error if the show is read from `folder`: copies would be read as episodes or as their audio."""
    # Path.resolve raises an error for a link to itself.
    show_folder, target = (Path(os.path.realpath(path)) for path in (show.folder, folder))
    parts_in_show = target.parts[len(show_folder.parts) :]
    if is_within(target, show_folder) and not (parts_in_show and parts_in_show[0].startswith("_")):
        raise MediaError(
            f"{folder} is inside the show folder, where copies would be read as episodes",
            f"choose a folder outside {show.folder}, or a folder inside it whose name begins with _",
        )
    if source := find_source(show.folder, show.sources, target):
        raise MediaError(
            f"copies cannot be written to {folder}: this overlaps with the folder of {source}",
            f"choose a folder outside {show.folder}, or a new folder inside it whose name begins with _",
        )


def _is_awaited(episode: Episode, show: Show) -> bool:
    """Return whether an episode is not due yet and has no audio yet."""
    is_due = episode.date is None or episode.date <= show.at
    return not is_due and episode.audio is None and not episode.has_broken_audio


def _needs_audio(task: Task, *, for_copy: bool) -> bool:
    """Return whether to make the audio. Published audio is made only for a copy, if it is not on this computer."""
    media = task.version.media
    return task.version.master is not None and (media is None or (for_copy and media.path is None))


def _make_delivery(task: Task, result: Deliverable | MediaError | None, cache: Cache) -> Delivery:
    """Return the delivery of a task. `result` is None if no audio was made."""
    version = task.version
    made = result if isinstance(result, Deliverable) else None
    before = None
    if (
        version.master
        and version.recipe != AS_GIVEN
        and (cached_result := recall_measurement(version.master.sha256, cache))
    ):
        before = cached_result.measurement
    return Delivery(
        episode=task.episode.folder,
        file=_get_file_name(version),
        media=made.media if made else version.media,
        before=before,
        figures=made.figures if made else None,
        is_new=made is not None and made.is_new,
        is_published=made is None and version.media is not None and version.recipe != AS_GIVEN,
        trouble=describe_trouble(task, result) if isinstance(result, MediaError) else None,
        remark=describe_shortfall(task, made) if made else None,
    )


def _make_broken_delivery(episode: Episode, error: Diagnostic) -> Delivery:
    return Delivery(episode=episode.folder, file=_get_file_name(episode), trouble=error)


def _get_file_name(version: Episode | Alternate) -> str | None:
    if version.master is not None:
        return version.master.path.name
    return version.file if isinstance(version, Alternate) else None


def _copy_delivery(delivery: Delivery, folder: Path) -> Delivery:
    """Copy the audio into a folder, completely or not at all, and return the delivery with the copy's path.

    The name of the copy contains a hash, so a copy of other audio is not replaced.
    """
    media = delivery.media
    if media is None or media.path is None:
        return delivery
    target = folder / media.key.rpartition("/")[2]
    with make_work_folder(folder, target.name) as work_folder:
        # Published audio that was lost is encoded again under its old name, possibly with other bytes.
        if not has_same_bytes(media.path, target):
            replace_file(shutil.copyfile(media.path, work_folder / target.name), target)
    return replace(delivery, media=replace(media, path=target))
