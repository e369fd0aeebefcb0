"""show.toml and the episode folders become a Show that remembers the file and line of each value."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.cache import Cache
from podcastkit.diagnostics import Diagnostic, Location, MediaError, Parsed, ProjectError, Severity
from podcastkit.media.cached_facts import Examined, examine_all, measure_all
from podcastkit.media.encoding import is_master
from podcastkit.media.files import read_text_file, stamp_of
from podcastkit.model import Records, Show
from podcastkit.progress import Progress, ignore
from podcastkit.project.artwork import read_pictures
from podcastkit.project.discovery import (
    DEFAULT_DESTINATION,
    PICTURES,
    EpisodeFolder,
    ShowFolder,
    find_show_strays,
    is_file,
    is_folder,
    leave_out_destination,
    named_folder,
    named_show,
    names_in,
    scan_episode,
    scan_show,
)
from podcastkit.project.episode_audio import CLIPS, add_measurements, find_clip, find_masters, read_clip
from podcastkit.project.episode_reader import disclose_ai, name_episode, read_episode
from podcastkit.project.episode_texts import read_texts
from podcastkit.project.named_files import find_named_file
from podcastkit.project.show_context import ShowContext, refuse_outside
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


_SAME = ("season", "timezone", "people", "schedule", "publish", "audio")
"""The fields of ShowFile that fill one of Show as they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Settings:
    """What show.toml says, what else is in the show's folder, and what is wrong with both."""

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
    progress: Progress = ignore,
    forget: bool = False,
) -> Show:
    """Read a show's folder. Whatever is wrong with its content is in the show's `diagnostics`.

    Audio that the cache knows is not read again, unless `forget` is set. `at` (aware; now, when absent) is the
    moment as of which the show is looked at; `measure` decodes all audio, each once, for what only its sound tells
    (`Episode.measurement`); `executor` reads the audio and is not shut down. Raises ProjectError when the folder is
    no show, or its lock is damaged, and MediaError when there is no ffmpeg to measure with.
    """
    folder = named_show(Path(folder))
    settings = _read_settings(folder)
    folders = [scan_episode(path) for path in settings.scan.episodes]
    sources = _sources(settings.scan, folders)  # before they are read: what changes meanwhile has changed since
    records = read_lock(folder)
    with Cache(forget=forget) as cache:
        root = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - the separator at its end
        context = ShowContext(folder=folder, root=root, show_file=settings.file, cache=cache)
        texts = [read_texts(context, one) for one in folders]
        clips = _find_clips(context, folders, texts)
        clip_states = {path: _state(path) for path in clips}
        audio = _examine(context, folders, clips, executor, progress)
        episodes = [read_episode(context, *one, audio) for one in zip(folders, texts, strict=True)]
        if measure:
            episodes = _measure(context, episodes, executor, progress)
        show = _make_show(context, settings, episodes, audio, clips, at=at, records=records)
        translations = [
            translate(context, show, language, words, folders)
            for language, words in sorted(settings.file.translations.items())
        ]
    silences = [*settings.silences, *(one for read in texts for one in read.value.silences)]
    silences += (one for translation in translations for one in translation.silences)
    sources = {**_pictures_of(show, *translations, *show.episodes), **clip_states, **sources}
    return replace(
        show,
        translations=tuple(translations),
        silences=tuple(silences),
        diagnostics=(*show.diagnostics, *_report_places(show, settings, sources)),
        sources=sources,
    )


def _report_places(show: Show, settings: _Settings, sources: Mapping[Path, object]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the folders into which the show is, or was, published."""
    to, file = settings.file.publish.to, settings.file
    where = file.locations.get("publish.to", Location(file=settings.scan.show_file.name))
    yield from report_destination(show.folder, sources, to or DEFAULT_DESTINATION, where)
    yield from report_left_out(settings.scan.published)


def _find_clips(
    context: ShowContext, folders: Sequence[EpisodeFolder], texts: Sequence[Parsed[EpisodeTexts]]
) -> frozenset[Path]:
    """Return the files that settings name as an intro or outro, also those that are not there."""
    of_show = (getattr(context.show_file.audio, key) for key in CLIPS)
    clips = [find_named_file(context.folder, name) for name in of_show if name]
    for folder, read in zip(folders, texts, strict=True):
        named = (find_clip(context, folder, read.value.front, key) for key in CLIPS)
        clips += (path for path in named if path)
    return frozenset(clips)


def _examine(
    context: ShowContext,
    folders: Iterable[EpisodeFolder],
    clips: Iterable[Path],
    executor: Executor | None,
    progress: Progress,
) -> Mapping[Path, Examined]:
    """Return what audio files turned out to be. A link that leads out of the show's folder is no audio."""
    files = [path for folder in folders for path in folder.audio]
    audio = examine_all(files, context.cache, executor=executor, progress=progress)
    others = [path for path in clips if path not in audio and is_file(path)]
    audio |= examine_all(others, context.cache)
    for path, examined in audio.items():
        try:
            refuse_outside(context, path)
        except MediaError as error:
            audio[path] = Examined(file=examined.file, trouble=(error.message, error.hint))
    return audio


def _make_show(
    context: ShowContext,
    settings: _Settings,
    episodes: Sequence[Parsed[Episode]],
    audio: Mapping[Path, Examined],
    clips: frozenset[Path],
    *,
    at: datetime | None,
    records: Records,
) -> Show:
    show_file = settings.file
    # A banner that is broken does not stop a show, as its cover does.
    pictures, picture_findings = read_pictures(
        context, context.folder, settings.scan.artwork, show_file, Severity.WARNING
    )
    translated = [words["artwork"] for words in show_file.translations.values() if "artwork" in words]
    used = frozenset((*pictures.files, *clips, *(find_named_file(context.folder, name) for name in translated)))
    findings = [*settings.findings, *_find_broken_clips(context, [one.value for one in episodes], audio)]
    findings += [*picture_findings, *find_show_strays(settings.scan, used)]
    for one in episodes:
        findings += name_episode(one)
    artwork = pictures.artwork
    places = {"artwork": Location(file=context.relative(artwork.file.path))} if artwork else {}
    return Show(
        folder=context.folder,
        at=at or datetime.now(UTC).replace(microsecond=0),
        title=show_file.title or context.folder.name,
        language=show_file.language or "",
        artwork=artwork,
        images=pictures.images,
        txt=show_file.txt + disclose_ai(show_file.ai_content),
        **{key: getattr(show_file, key) for key in _SAME},
        **show_file.fields,
        episodes=tuple(one.value for one in episodes),
        records=records,
        diagnostics=tuple(findings),
        locations={"": Location(file=settings.scan.show_file.name), **places, **show_file.locations},
    )


def _find_broken_clips(
    context: ShowContext, episodes: Iterable[Episode], audio: Mapping[Path, Examined]
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the show's intro and outro, which is no error where nothing is made with them."""
    show_file = context.show_file
    is_needed = any(episode.audio and is_master(episode.audio, show_file.audio) for episode in episodes)
    severity = Severity.ERROR if is_needed else Severity.WARNING
    for key in CLIPS:
        if name := getattr(show_file.audio, key):
            path = find_named_file(context.folder, name)
            clip = read_clip(context, path, audio, "S141", show_file.locations[f"audio.{key}"])
            yield from (replace(finding, severity=severity) for finding in clip.findings)


def changed_sources(show: Show) -> tuple[Path, ...]:
    """Return the files and folders of the show that are no longer as they were when it was read."""
    return tuple(path for path, state in show.sources.items() if _state(path) != state)


def _read_settings(folder: Path) -> _Settings:
    scan = scan_show(folder)
    try:
        data = read_text_file(scan.show_file)
    except MediaError as error:
        raise ProjectError(error.message, error.hint) from error
    text, undecoded = decode(data, scan.show_file.name)
    unread = Parsed(UNREADABLE)
    show_file, findings = unread if text is None else read_show_file(text, scan.show_file.name)
    to = show_file.publish.to or DEFAULT_DESTINATION
    return _Settings(
        file=show_file,
        scan=scan if "://" in to else leave_out_destination(scan, named_folder(folder, to)),
        silences=tuple(find_silences(data, scan.show_file.name)),
        findings=(*undecoded, *findings),
    )


def _measure(
    context: ShowContext, read: Sequence[Parsed[Episode]], executor: Executor | None, progress: Progress
) -> list[Parsed[Episode]]:
    """Add what decoding the audio tells to each episode and its findings."""
    masters = [master for episode, _ in read for master in find_masters(episode)]
    heard = measure_all(masters, context.cache, executor=executor, progress=progress)
    measured = []
    for episode, findings in read:
        known, more = add_measurements(context, episode, heard)
        measured.append(Parsed(known, (*findings, *more)))
    return measured


def _sources(scan: ShowFolder, folders: Iterable[EpisodeFolder]) -> dict[Path, object]:
    used = [scan.show_file, *_picture_files(scan.files), scan.path / LOCK_NAME]
    for folder in folders:
        used += [*folder.audio, *_picture_files(folder.files), *(path for path, _ in folder.transcripts)]
        for texts in (*folder.notes.values(), *folder.chapters.values()):
            used += texts
    return {
        path: _state(path) for path in (*used, scan.path, *(folder.path for folder in folders), *scan.on_the_way)
    }


def _picture_files(files: Iterable[Path]) -> Iterator[Path]:
    """Yield all that may be a picture: of one that cannot be read yet the settings may speak, too."""
    return (file for file in files if file.suffix.lower() in PICTURES)


def _pictures_of(*shown: Show | Episode) -> dict[Path, object]:
    """Return the states of pictures, which the settings may name anywhere in the show's folder."""
    pictures = [image.artwork for one in shown for image in one.images]
    pictures += [one.artwork for one in shown if one.artwork]
    return {picture.file.path: picture.file.stamp for picture in pictures}


def _state(path: Path) -> object:
    """Tell a file's stamp, a folder's names, or None for what is gone."""
    if is_folder(path):
        return names_in(path)
    try:
        return stamp_of(path)
    except MediaError:
        return None


def as_show(
    show: Show | str | Path,
    *,
    at: datetime | None = None,
    executor: Executor | None = None,
    progress: Progress = ignore,
    forget: bool = False,
) -> Show:
    """Return a show as of a moment (now, when absent), which is read when a path is given."""
    # In UTC, so that the same moment is written in the same way, in whichever zone it was said.
    moment = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    if isinstance(show, Show):
        return at_moment(show, moment)
    return load(show, at=moment, executor=executor, progress=progress, forget=forget)


def at_moment(show: Show, moment: datetime) -> Show:
    """Return a show, with its translations, as of another moment."""
    translations = tuple(replace(one, at=moment) for one in show.translations)
    return replace(show, at=moment, translations=translations)
