"""Read show.toml and the episode folders into a Show, with the file and line of each value."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.cache import Cache
from podcastkit.diagnostics import Diagnostic, Location, MediaError, Parsed, ProjectError, Severity
from podcastkit.media.cached_facts import ExaminationResult, examine_all, measure_all
from podcastkit.media.encoding import needs_encoding
from podcastkit.media.files import read_stamp, read_text_file
from podcastkit.model import Records, Show
from podcastkit.progress import Progress, ignore_event
from podcastkit.project.artwork import read_pictures
from podcastkit.project.discovery import (
    DEFAULT_DESTINATION,
    PICTURE_ENDINGS,
    EpisodeFolder,
    ShowFolder,
    find_unused_show_files,
    is_file,
    is_folder,
    leave_out_destination,
    list_relevant_names,
    resolve_folder,
    resolve_show_folder,
    scan_episode,
    scan_show,
)
from podcastkit.project.episode_audio import CLIPS, add_measurements, find_clip, find_masters, read_clip
from podcastkit.project.episode_reader import disclose_ai, label_findings, read_episode
from podcastkit.project.episode_texts import read_texts
from podcastkit.project.named_files import find_named_file
from podcastkit.project.show_context import ShowContext, refuse_outside_link
from podcastkit.project.show_file import UNREADABLE, ShowFile, read_show_file
from podcastkit.project.sources import report_destination, report_left_out
from podcastkit.project.translations import translate
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.text.syntax.ignore_comments import find_silences
from podcastkit.text.syntax.text_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from podcastkit.model import Episode, Silence
    from podcastkit.project.episode_texts import EpisodeTexts


_COPIED_FIELDS = ("season", "timezone", "people", "schedule", "publish", "audio")
"""The fields of ShowFile that are copied to the Show unchanged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Settings:
    """The content of show.toml, the files in the show folder, and the findings about both."""

    file: ShowFile
    scan: ShowFolder
    silences: tuple[Silence, ...]
    findings: tuple[Diagnostic, ...]


def load(
    folder: str | Path,
    *,
    at: datetime | None = None,
    measure: bool = False,
    executor: Executor | None = None,
    progress: Progress = ignore_event,
    forget: bool = False,
) -> Show:
    """Read a show folder. Findings about its content are in the `diagnostics` of the show.

    `at` (aware) is the current moment for the show and defaults to now. `measure` decodes the audio and sets
    `Episode.measurement`. `executor` reads the audio and is not shut down. `forget` ignores the cache and reads all
    audio again. Raises ProjectError if the folder is not a show or the lock file is damaged, and MediaError if
    `measure` is set and ffmpeg is missing.
    """
    folder = resolve_show_folder(Path(folder))
    settings = _read_settings(folder)
    folders = [scan_episode(path) for path in settings.scan.episodes]
    sources = _collect_sources(settings.scan, folders)  # before reading, to notice changes while reading
    records = read_lock(folder)
    with Cache(forget=forget) as cache:
        root = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - the separator at its end
        context = ShowContext(folder=folder, root=root, show_file=settings.file, cache=cache)
        texts = [read_texts(context, episode_folder) for episode_folder in folders]
        clips = _find_clips(context, folders, texts)
        clip_states = {path: _get_state(path) for path in clips}
        audio = _examine_audio(context, folders, clips, executor, progress)
        episodes = [
            read_episode(context, episode_folder, episode_texts, audio)
            for episode_folder, episode_texts in zip(folders, texts, strict=True)
        ]
        if measure:
            episodes = _measure_audio(context, episodes, executor, progress)
        show = _make_show(context, settings, episodes, audio, clips, at=at, records=records)
        translations = [
            translate(context, show, language, words, folders)
            for language, words in sorted(settings.file.translations.items())
        ]
    # Comments in the texts of translations count for the whole show.
    silences = list(settings.silences)
    for episode_texts in texts:
        silences += episode_texts.value.silences
    for translation in translations:
        silences += translation.silences
    sources = {**_collect_pictures(show, *translations, *show.episodes), **clip_states, **sources}
    return replace(
        show,
        translations=tuple(translations),
        silences=tuple(silences),
        diagnostics=(*show.diagnostics, *_report_publish_folders(show, settings, sources)),
        sources=sources,
    )


def _report_publish_folders(
    show: Show, settings: _Settings, sources: Mapping[Path, object]
) -> Iterator[Diagnostic]:
    """Yield findings about folders to which the show is or was published."""
    to, file = settings.file.publish.to, settings.file
    where = file.locations.get("publish.to", Location(file=settings.scan.show_file.name))
    yield from report_destination(show.folder, sources, to or DEFAULT_DESTINATION, where)
    yield from report_left_out(settings.scan.published)


def _find_clips(
    context: ShowContext, folders: Sequence[EpisodeFolder], texts: Sequence[Parsed[EpisodeTexts]]
) -> frozenset[Path]:
    """Return the files that settings name as an intro or outro, including missing files."""
    show_clips = (getattr(context.show_file.audio, key) for key in CLIPS)
    clips = [find_named_file(context.folder, name) for name in show_clips if name]
    for folder, episode_texts in zip(folders, texts, strict=True):
        episode_clips = (find_clip(context, folder, episode_texts.value.front, key) for key in CLIPS)
        clips += (path for path in episode_clips if path)
    return frozenset(clips)


def _examine_audio(
    context: ShowContext,
    folders: Iterable[EpisodeFolder],
    clips: Iterable[Path],
    executor: Executor | None,
    progress: Progress,
) -> Mapping[Path, ExaminationResult]:
    """Return the facts about each audio file, or an error for a link to a file outside the show folder."""
    files = [path for folder in folders for path in folder.audio]
    audio = examine_all(files, context.cache, executor=executor, progress=progress)
    # Clips can be outside the episode folders.
    other_clips = [path for path in clips if path not in audio and is_file(path)]
    audio |= examine_all(other_clips, context.cache)
    for path, examined in audio.items():
        try:
            refuse_outside_link(context, path)
        except MediaError as error:
            audio[path] = ExaminationResult(file=examined.file, trouble=(error.message, error.hint))
    return audio


def _make_show(
    context: ShowContext,
    settings: _Settings,
    episodes: Sequence[Parsed[Episode]],
    audio: Mapping[Path, ExaminationResult],
    clips: frozenset[Path],
    *,
    at: datetime | None,
    records: Records,
) -> Show:
    show_file = settings.file
    # Unlike a broken cover, a broken banner does not hold back the show.
    pictures, picture_findings = read_pictures(
        context, context.folder, settings.scan.artwork, show_file, Severity.WARNING
    )
    translated_artwork = [words["artwork"] for words in show_file.translations.values() if "artwork" in words]
    used_files = frozenset(
        (*pictures.files, *clips, *(find_named_file(context.folder, name) for name in translated_artwork))
    )
    findings = [*settings.findings, *_report_broken_clips(context, [episode.value for episode in episodes], audio)]
    findings += [*picture_findings, *find_unused_show_files(settings.scan, used_files)]
    for episode in episodes:
        findings += label_findings(episode)
    artwork = pictures.artwork
    artwork_locations = {"artwork": Location(file=context.relative(artwork.file.path))} if artwork else {}
    return Show(
        folder=context.folder,
        at=at or datetime.now(UTC).replace(microsecond=0),
        title=show_file.title or context.folder.name,
        language=show_file.language or "",
        artwork=artwork,
        images=pictures.images,
        txt=show_file.txt + disclose_ai(show_file.ai_content),
        **{key: getattr(show_file, key) for key in _COPIED_FIELDS},
        **show_file.fields,
        episodes=tuple(episode.value for episode in episodes),
        records=records,
        diagnostics=tuple(findings),
        locations={"": Location(file=settings.scan.show_file.name), **artwork_locations, **show_file.locations},
    )


def _report_broken_clips(
    context: ShowContext, episodes: Iterable[Episode], audio: Mapping[Path, ExaminationResult]
) -> Iterator[Diagnostic]:
    """Yield findings about the show's intro and outro: warnings if no episode uses them, else errors."""
    show_file = context.show_file
    is_needed = any(episode.audio and needs_encoding(episode.audio, show_file.audio) for episode in episodes)
    severity = Severity.ERROR if is_needed else Severity.WARNING
    for key in CLIPS:
        if name := getattr(show_file.audio, key):
            path = find_named_file(context.folder, name)
            clip = read_clip(context, path, audio, "S141", show_file.locations[f"audio.{key}"])
            yield from (replace(finding, severity=severity) for finding in clip.findings)


def find_changed_sources(show: Show) -> tuple[Path, ...]:
    """Return the files and folders that have changed since the show was read."""
    return tuple(path for path, state in show.sources.items() if _get_state(path) != state)


def _read_settings(folder: Path) -> _Settings:
    scan = scan_show(folder)
    try:
        data = read_text_file(scan.show_file)
    except MediaError as error:
        raise ProjectError(error.message, error.hint) from error
    text, decoding_findings = decode(data, scan.show_file.name)
    unreadable = Parsed(UNREADABLE)
    show_file, findings = unreadable if text is None else read_show_file(text, scan.show_file.name)
    to = show_file.publish.to or DEFAULT_DESTINATION
    return _Settings(
        file=show_file,
        scan=scan if "://" in to else leave_out_destination(scan, resolve_folder(folder, to)),
        silences=tuple(find_silences(data, scan.show_file.name)),
        findings=(*decoding_findings, *findings),
    )


def _measure_audio(
    context: ShowContext, episodes: Sequence[Parsed[Episode]], executor: Executor | None, progress: Progress
) -> list[Parsed[Episode]]:
    """Decode the audio and add the measurements and findings to each episode."""
    masters = [master for episode, _ in episodes for master in find_masters(episode)]
    measurements = measure_all(masters, context.cache, executor=executor, progress=progress)
    measured_episodes = []
    for episode, findings in episodes:
        measured_episode, decoding_findings = add_measurements(context, episode, measurements)
        measured_episodes.append(Parsed(measured_episode, (*findings, *decoding_findings)))
    return measured_episodes


def _collect_sources(scan: ShowFolder, folders: Iterable[EpisodeFolder]) -> dict[Path, object]:
    """Return the states of the files and folders from which the show is read."""
    files = [scan.show_file, *_filter_pictures(scan.files), scan.path / LOCK_NAME]
    for folder in folders:
        files += [*folder.audio, *_filter_pictures(folder.files), *(path for path, _ in folder.transcripts)]
        for text_files in (*folder.notes.values(), *folder.chapters.values()):
            files += text_files
    return {
        path: _get_state(path)
        for path in (*files, scan.path, *(folder.path for folder in folders), *scan.destination_parents)
    }


def _filter_pictures(files: Iterable[Path]) -> Iterator[Path]:
    """Return the files that may be pictures, including unreadable ones."""
    return (file for file in files if file.suffix.lower() in PICTURE_ENDINGS)


def _collect_pictures(*shown: Show | Episode) -> dict[Path, object]:
    """Return the states of the used pictures, which may be anywhere in the show folder."""
    pictures = [image.artwork for show_or_episode in shown for image in show_or_episode.images]
    pictures += [show_or_episode.artwork for show_or_episode in shown if show_or_episode.artwork]
    return {picture.file.path: picture.file.stamp for picture in pictures}


def _get_state(path: Path) -> object:
    """Return the stamp of a file or the names in a folder, or None if the path is missing."""
    if is_folder(path):
        return list_relevant_names(path)
    try:
        return read_stamp(path)
    except MediaError:
        return None


def ensure_show(
    show: Show | str | Path,
    *,
    at: datetime | None = None,
    executor: Executor | None = None,
    progress: Progress = ignore_event,
    forget: bool = False,
) -> Show:
    """Return the show with the moment `at`, which defaults to now. Reads the show if `show` is a path."""
    # In UTC, so that the same moment gives the same bytes in every time zone.
    moment = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    if isinstance(show, Show):
        return set_moment(show, moment)
    return load(show, at=moment, executor=executor, progress=progress, forget=forget)


def set_moment(show: Show, moment: datetime) -> Show:
    """Return a show and its translations at another moment."""
    translations = tuple(replace(translation, at=moment) for translation in show.translations)
    return replace(show, at=moment, translations=translations)
