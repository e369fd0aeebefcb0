"""Read the audio of an episode: its own file, its clips and its other versions."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcastkit.diagnostics import Diagnostic, Severity
from podcastkit.media.cached_facts import examine_all
from podcastkit.media.encoding import AS_GIVEN, describe_media, is_master, name_alternate, recipe_of
from podcastkit.media.formats import AUDIO_ENDINGS
from podcastkit.model import Alternate, Clip, Episode
from podcastkit.project.discovery import is_file, names_in
from podcastkit.project.show_context import ShowContext, find_outside_link, make_finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from podcastkit.media.cached_facts import Examined, Measured
    from podcastkit.model import Audio, Measurement, SourceFile
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.front_matter import FrontMatter


_LEFT_OVER = re.compile(
    r"(?<![a-z])(?:back-?up|bak|copy|draft|old|orig(?:inal)?|raw|rough|test|tmp|unused)(?![a-z])", re.IGNORECASE
)
"""Words in the names of audio that is kept rather than published."""


def masters_of(episodes: Iterable[Episode]) -> Iterator[tuple[SourceFile, Audio]]:
    """Yield every audio file that can be listened to: each episode's own, and its other versions."""
    for episode in episodes:
        for version in episode.versions:
            if version.master and version.audio:
                yield version.master, version.audio
        for clip in (episode.intro, episode.outro):
            if clip:
                yield clip.master, clip.audio


def read_clip(context: ShowContext, path: Path) -> Clip | tuple[str, str | None]:
    """Return the audio that settings name as an intro or outro, or what is wrong with it and the cure."""
    if path not in context.clips:
        context.clips[path] = examine_all([path], context.cache)[path] if is_file(path) else None
    examined = context.clips[path]
    if examined is None:
        near = _nearest_audio(path)
        otherwise = "put it there, write its name as the folder shows it, or remove the line"
        cure = f'did you mean "{near}"?' if near else otherwise
        return f"there is no audio file {context.relative(path)}", cure
    if examined.file and examined.audio and not find_outside_link(context, path):
        return Clip(master=examined.file, audio=examined.audio)
    return find_outside_link(context, path) or examined.trouble or (f"{path.name} is no audio", None)


def _nearest_audio(path: Path) -> str | None:
    """Return the audio file beside a missing one whose name is most like it."""
    names = [name for name in names_in(path.parent) if Path(name).suffix.lower() in AUDIO_ENDINGS]
    same = [name for name in names if name.casefold() == path.name.casefold()]
    return next(iter(same or get_close_matches(path.name, names, n=1)), None)


def add_measurements(
    context: ShowContext, episode: Episode, measured: Mapping[str, Measured]
) -> tuple[Episode, tuple[Diagnostic, ...]]:
    """Return the episode with what decoding its audio told, and what cannot be decoded.

    `measured` is by the SHA-256 of the audio files.
    """
    found: list[Diagnostic] = []
    own = _measurement_of(context, episode, measured, found)
    alternates = tuple(
        replace(alternate, measurement=_measurement_of(context, alternate, measured, found))
        for alternate in episode.alternates
    )
    found += (
        _undecodable(trouble, context.relative(clip.audio.path))
        for clip in (episode.intro, episode.outro)
        if clip and (trouble := measured[clip.master.sha256].trouble)
    )
    known = replace(episode, measurement=own, alternates=alternates)
    return known, tuple(replace(one, episode=episode.folder) for one in found)


def choose_audio(
    folder: EpisodeFolder, files: Sequence[Path], front: FrontMatter, found: list[Diagnostic]
) -> Path | None:
    """Return the audio file of an episode: the one that front matter names, else the only one. Adds to `found`."""
    if front.audio:
        chosen = next((path for path in files if path.name == front.audio), None)
        if chosen is None:
            cure = "write the name of an audio file in this folder, or leave the line out"
            found.append(
                make_finding("A104", f"there is no audio file {front.audio}", cure, front.locations["audio"])
            )
        return chosen
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        likely = next((path for path in files if not _LEFT_OVER.search(path.stem)), files[0])
        cure = (
            "keep one of them in the folder, or say which between two lines of --- at the top of the notes, as in "
            f"audio: {likely.name}"
        )
        found.append(make_finding("A105", f"there are several audio files: {names}", cure, folder.name))
        return None
    return files[0] if files else None


def hear(
    context: ShowContext, path: Path | None, audio: Mapping[Path, Examined], found: list[Diagnostic]
) -> Examined | None:
    """Return what an audio file contains; its audio is None if it cannot be used. Adds to `found`."""
    examined = audio.get(path) if path else None
    if path is None or examined is None:
        return None
    trouble = find_outside_link(context, path) or examined.trouble
    if trouble:
        found.append(make_finding("A106", *trouble, context.relative(path)))
    return replace(examined, audio=None) if trouble else examined


def choose_clip(
    context: ShowContext, folder: EpisodeFolder, front: FrontMatter, key: str, found: list[Diagnostic]
) -> Clip | None:
    """Return an episode's intro or outro: its own, else the show's, whose trouble is the show's."""
    named, of_show = getattr(front, key), getattr(context.show_file.audio, key)
    if named is None:
        clip = read_clip(context, context.folder / of_show) if of_show else None
        return None if isinstance(clip, tuple) else clip
    if named is False:
        return None
    beside = folder.path / named
    clip = read_clip(context, beside if is_file(beside) else context.folder / named)
    if isinstance(clip, tuple):
        found.append(make_finding("A104", *clip, front.locations[key]))
        return None
    return clip


def describe_sound(name: str, heard: Examined | None, context: ShowContext, **clips: Clip | None) -> dict[str, Any]:
    """Return what is known of audio, and the media by this name where listeners fetch it as it is.

    `clips` are the intro and outro, which only what is made from a master gets.
    """
    audio, master = (heard.audio, heard.file) if heard else (None, None)
    known: dict[str, Any] = {"audio": audio, "master": master}
    if audio and master:
        settings = context.show_file.audio
        joined = clips if is_master(audio, settings) else {}
        known |= {**joined, "recipe": recipe_of(audio, settings, **joined)}
        if known["recipe"] == AS_GIVEN:
            known["media"] = describe_media(name, master, audio, AS_GIVEN)
    return known


def read_alternates(
    context: ShowContext,
    folder: EpisodeFolder,
    front: FrontMatter,
    audio: Mapping[Path, Examined],
    found: list[Diagnostic],
) -> Iterator[Alternate]:
    """Yield the further versions of an episode's audio; what cannot be read is a finding instead."""
    taken = {front.audio}
    for named in front.alternates:
        if named.file in taken:
            cure = "name each file once: the episode's own under audio, any other under alternates"
            found.append(
                make_finding("A111", f"{named.file} is named twice", cure, named.location, Severity.WARNING)
            )
            continue
        taken.add(named.file)
        path = next((path for path in folder.audio if path.name == named.file), None)
        heard = hear(context, path, audio, found)
        if heard is None or heard.audio:
            alternate = Alternate(file=named.file, title=named.title, lang=named.lang, location=named.location)
            yield replace(alternate, **describe_sound(name_alternate(folder.name, alternate), heard, context))


def _measurement_of(
    context: ShowContext,
    version: Episode | Alternate,
    measured: Mapping[str, Measured],
    found: list[Diagnostic],
) -> Measurement | None:
    heard = measured.get(version.master.sha256) if version.master else None
    if heard is None or version.audio is None:
        return None
    if heard.trouble:
        # What listeners shall get as it is would go out, and what must be encoded would not.
        severity = Severity.WARNING if version.media else Severity.ERROR
        found.append(_undecodable(heard.trouble, context.relative(version.audio.path), severity))
    return heard.measurement


def _undecodable(trouble: str, file: str, severity: Severity = Severity.ERROR) -> Diagnostic:
    cure = "see whether it plays on this computer, and export it again"
    return make_finding("A201", f"it cannot be decoded: {trouble}", cure, file, severity)
