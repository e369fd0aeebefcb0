"""show.toml and the episode folders become a Show that remembers the file and line of each value."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.cache import Cache
from podcastkit.diagnostics import Diagnostic, Location, MediaError, ProjectError, Severity
from podcastkit.media.cached_facts import examine_all, measure_all
from podcastkit.media.encoding import is_master
from podcastkit.media.files import read_text_file, stamp_of
from podcastkit.model import Records, Show, Text
from podcastkit.progress import Progress, ignore
from podcastkit.project.artwork import read_images, read_picture
from podcastkit.project.discovery import (
    DEFAULT_DESTINATION,
    PICTURES,
    EpisodeFolder,
    ShowFolder,
    find_show_strays,
    is_folder,
    named_folder,
    named_show,
    names_in,
    scan_episode,
    scan_show,
)
from podcastkit.project.episode_audio import add_measurements, masters_of, read_clip
from podcastkit.project.episode_reader import disclose_ai, read_episode
from podcastkit.project.episode_texts import render_value
from podcastkit.project.show_context import ShowContext
from podcastkit.project.show_file import UNREADABLE, ShowFile, read_show_file
from podcastkit.project.translations import translate
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.text.syntax.ignore_comments import find_silences
from podcastkit.text.syntax.text_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from podcastkit.model import Artwork, Episode, Picture, Silence


_SAME = (
    "link", "timezone", "copyright", "complete", "guid", "new_feed_url", "locked", "medium", "license", "block",
    "podroll", "funding", "publisher", "podping", "social", "season_name", "people", "owner", "schedule", "publish",
    "audio",
)  # fmt: skip


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
    show_file, scan, silences, found = _read_show_file(folder)
    folders = [scan_episode(path) for path in scan.episodes]
    sources = _sources(scan, folders)  # before they are read: what changes meanwhile has changed since
    records = read_lock(folder)
    description = _render(show_file.description, "description", show_file, found)
    footer = _render(show_file.footer, "footer", show_file, found)
    with Cache(forget=forget) as cache:
        root = os.path.join(os.path.realpath(folder), "")  # noqa: PTH118 - the separator at its end
        context = ShowContext(
            folder=folder, root=root, show_file=show_file, footer=footer, cache=cache, silences=silences
        )
        read = _read_episodes(context, folders, executor, progress, measure=measure)
        found += _broken_clips(context, [episode for episode, _ in read])
        artwork, images = _read_pictures(context, scan, found)
        own = [*found, *show_file.diagnostics]
        show = _show(
            context,
            scan,
            read,
            at=at,
            records=records,
            found=own,
            description=description,
            artwork=artwork,
            images=images,
        )
        by_name = {episode.name: episode for episode in folders}
        translations = [
            translate(context, show, language, words, by_name)
            for language, words in sorted(show_file.translations.items())
        ]
    looked_at = _pictures_of(show, *translations, *show.episodes)
    return replace(
        show,
        translations=tuple(translations),
        silences=tuple(context.silences),
        sources={**looked_at, **_clips_of(context), **sources},
    )


def _read_episodes(
    context: ShowContext,
    folders: Sequence[EpisodeFolder],
    executor: Executor | None,
    progress: Progress,
    *,
    measure: bool,
) -> Sequence[tuple[Episode, tuple[Diagnostic, ...]]]:
    files = [path for folder in folders for path in folder.audio]
    audio = examine_all(files, context.cache, executor=executor, progress=progress)
    read = [read_episode(context, folder, audio) for folder in folders]
    return _measured(context, read, executor, progress) if measure else read


def _broken_clips(context: ShowContext, episodes: Iterable[Episode]) -> Iterator[Diagnostic]:
    """Yield what is wrong with the show's intro and outro, which is no error where nothing is made with them."""
    show_file = context.show_file
    is_needed = any(episode.audio and is_master(episode.audio, show_file.audio) for episode in episodes)
    for key, name in (("intro", show_file.audio.intro), ("outro", show_file.audio.outro)):
        clip = read_clip(context, context.folder / name) if name else None
        if isinstance(clip, tuple):
            message, hint = clip
            yield Diagnostic(
                code="S141",
                severity=Severity.ERROR if is_needed else Severity.WARNING,
                message=message,
                hint=hint,
                location=show_file.locations[f"audio.{key}"],
            )


def _read_pictures(
    context: ShowContext, scan: ShowFolder, found: list[Diagnostic]
) -> tuple[Artwork | None, tuple[Picture, ...]]:
    """Return the show's artwork and its further pictures. Adds to `found`, also what lies there for nothing."""
    show_file, folder = context.show_file, context.folder
    pictures = (folder / show_file.artwork,) if show_file.artwork else scan.artwork
    artwork = read_picture(context, pictures, show_file.locations.get("artwork"), found)
    # A banner that is broken does not stop a show, as its cover does.
    images = tuple(read_images(context, folder, show_file.images, found, Severity.WARNING))
    used = [*pictures, *(folder / image.file for image in show_file.images)]
    used += context.clips
    used += [folder / words.artwork for words in show_file.translations.values() if words.artwork]
    found += find_show_strays(scan, frozenset(used))
    return artwork, images


def _show(
    context: ShowContext,
    scan: ShowFolder,
    read: Sequence[tuple[Episode, tuple[Diagnostic, ...]]],
    *,
    at: datetime | None,
    records: Records,
    found: Iterable[Diagnostic],
    description: Text | None,
    artwork: Artwork | None,
    images: tuple[Picture, ...],
) -> Show:
    show_file, folder = context.show_file, context.folder
    return Show(
        folder=folder,
        at=at or datetime.now(UTC).replace(microsecond=0),
        title=show_file.title or folder.name,
        author=show_file.author or "",
        description=description or Text(html="", plain=""),
        language=show_file.language or "",
        categories=show_file.categories,
        explicit=bool(show_file.explicit),
        artwork=artwork,
        images=images,
        type=show_file.type,
        season=show_file.season,
        total_episodes=show_file.episodes,
        ignore=show_file.check,
        places=show_file.location,
        txt=show_file.txt + disclose_ai(show_file.ai_content),
        **{key: getattr(show_file, key) for key in _SAME},
        episodes=tuple(episode for episode, _ in read),
        records=records,
        diagnostics=(*found, *(finding for _, findings in read for finding in findings)),
        locations={
            "": Location(file=scan.show_file.name),
            **_artwork_place(context, artwork),
            **show_file.locations,
        },
    )


def _artwork_place(context: ShowContext, artwork: Artwork | None) -> dict[str, Location]:
    return {"artwork": Location(file=context.relative(artwork.file.path))} if artwork else {}


def changed_sources(show: Show) -> tuple[Path, ...]:
    """Return the files and folders of the show that are no longer as they were when it was read."""
    return tuple(path for path, state in show.sources.items() if _state(path) != state)


def _read_show_file(folder: Path) -> tuple[ShowFile, ShowFolder, list[Silence], list[Diagnostic]]:
    scan = scan_show(folder, is_destination=lambda _: False)
    try:
        data = read_text_file(scan.show_file)
    except MediaError as error:
        raise ProjectError(error.message, error.hint) from error
    text, findings = decode(data, scan.show_file.name)
    show_file = read_show_file(text, scan.show_file.name) if text is not None else UNREADABLE
    to = show_file.publish.to or DEFAULT_DESTINATION
    if "://" not in to:
        destination = named_folder(folder, to)
        scan = scan_show(folder, is_destination=partial(_leads_to, destination))
        around = tuple(path for path in scan.on_the_way if Path(os.path.realpath(path)) != destination)
        scan = replace(scan, on_the_way=around)
    return show_file, scan, list(find_silences(data, scan.show_file.name)), list(findings)


def _leads_to(destination: Path, path: Path) -> bool:
    """Tell whether a folder is the destination, or is there for nothing else than to hold it."""
    real = Path(os.path.realpath(path))
    return real == destination or (destination.is_relative_to(real) and not scan_episode(path).files)


def _measured(
    context: ShowContext,
    read: Sequence[tuple[Episode, tuple[Diagnostic, ...]]],
    executor: Executor | None,
    progress: Progress,
) -> list[tuple[Episode, tuple[Diagnostic, ...]]]:
    """Add what decoding the audio tells to each episode and its findings."""
    masters = masters_of(episode for episode, _ in read)
    heard = measure_all(masters, context.cache, executor=executor, progress=progress)
    both = [(add_measurements(context, episode, heard), findings) for episode, findings in read]
    return [(episode, (*findings, *more)) for (episode, more), findings in both]


def _render(markdown: str | None, key: str, show_file: ShowFile, found: list[Diagnostic]) -> Text | None:
    if markdown is None:
        return None
    location = show_file.locations[key]
    return render_value(markdown, location, found)


def _sources(scan: ShowFolder, folders: Iterable[EpisodeFolder]) -> dict[Path, object]:
    used = [scan.show_file, *_picture_files(scan.files), scan.path / LOCK_NAME]
    for folder in folders:
        used += [*folder.audio, *folder.notes, *_picture_files(folder.files), *folder.chapters]
        used += [path for path, _ in (*folder.transcripts, *folder.translations, *folder.translated_chapters)]
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


def _clips_of(context: ShowContext) -> dict[Path, object]:
    """Return the states of the intros and outros, which settings may name anywhere in the show's folder, too."""
    return {path: clip.file.stamp if clip and clip.file else None for path, clip in context.clips.items()}


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
) -> Show:
    """Return a show as of a moment (now, when absent), which is read when a path is given."""
    # In UTC, so that the same moment is written in the same way, in whichever zone it was said.
    moment = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    if isinstance(show, Show):
        return replace(show, at=moment)
    return load(show, at=moment, executor=executor, progress=progress)
