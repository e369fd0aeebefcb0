"""Read the audio of an episode: its own file, its clips and its other versions."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error, make_warning
from podcastkit.media.encoding import AS_GIVEN, describe_media, is_master, name_alternate, recipe_of
from podcastkit.media.formats import AUDIO_ENDINGS
from podcastkit.model import Alternate, Clip, Episode
from podcastkit.project.discovery import is_file
from podcastkit.project.named_files import find_named_file, suggest_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from podcastkit.media.cached_facts import Examined, Measured
    from podcastkit.model import Audio, Measurement, SourceFile
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.front_matter import FrontMatter
    from podcastkit.project.show_context import ShowContext


CLIPS = ("intro", "outro")
"""The keys under which settings name audio that is joined to an episode's."""
_LEFT_OVER = re.compile(
    r"(?<![a-z])(?:back-?up|bak|copy|draft|old|orig(?:inal)?|raw|rough|test|tmp|unused)(?![a-z])", re.IGNORECASE
)
"""Words in the names of audio that is kept rather than published."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """The audio of an episode."""

    path: Path | None
    """Its own file."""
    audio: Audio | None
    """None: there is no file, or it cannot be used."""
    fields: Mapping[str, Any]
    """The fields of Episode that its own audio, its clips and its other versions fill."""


def find_masters(episode: Episode) -> Iterator[tuple[SourceFile, Audio]]:
    """Yield each audio file of an episode that can be read."""
    for version in episode.versions:
        if version.master and version.audio:
            yield version.master, version.audio
    for clip in (episode.intro, episode.outro):
        if clip:
            yield clip.master, clip.audio


def find_clip(context: ShowContext, folder: EpisodeFolder, front: FrontMatter, key: str) -> Path | None:
    """Return the file of an episode's intro or outro: its own, in its folder or the show's, else the show's."""
    own: str | Literal[False] | None = getattr(front, key)
    of_show: str | None = getattr(context.show_file.audio, key)
    if own is None:
        return find_named_file(context.folder, of_show) if of_show else None
    if own is False:
        return None
    places = [find_named_file(base, own) for base in (folder.path, context.folder)]
    there = (path for path in places if is_file(path))
    similar = (path for path in places if suggest_file(path, AUDIO_ENDINGS))
    return next(itertools.chain(there, similar), places[-1])


def read_clip(
    context: ShowContext, path: Path, audio: Mapping[Path, Examined], code: str, where: Location | None
) -> Parsed[Clip | None]:
    """Return the audio of an intro or outro; what is wrong with it is found where the settings name it."""
    examined = audio.get(path)
    if examined is None:
        otherwise = "put it there, write its name as the folder shows it, or remove the line"
        hint = suggest_file(path, AUDIO_ENDINGS) or otherwise
        return Parsed(None, (make_error(code, f"there is no audio file {context.relative(path)}", hint, where),))
    if examined.file and examined.audio:
        return Parsed(Clip(master=examined.file, audio=examined.audio))
    problem = examined.trouble or (f"{path.name} is no audio", None)
    return Parsed(None, (make_error(code, *problem, where),))


def add_measurements(context: ShowContext, episode: Episode, measured: Mapping[str, Measured]) -> Parsed[Episode]:
    """Return the episode with its measurements, and a finding for each audio file that cannot be decoded.

    `measured` is by the SHA-256 of the audio files.
    """
    alternates = (replace(one, measurement=_find_measurement(one, measured)) for one in episode.alternates)
    known = replace(episode, measurement=_find_measurement(episode, measured), alternates=tuple(alternates))
    findings = []
    for master, audio in find_masters(episode):
        if trouble := measured[master.sha256].trouble:
            hint = "see whether it plays on this computer, and export it again"
            where = context.relative(audio.path)
            findings.append(make_error("A201", f"it cannot be decoded: {trouble}", hint, where))
    return Parsed(known, tuple(findings))


def read_sound(
    context: ShowContext, folder: EpisodeFolder, front: FrontMatter, audio: Mapping[Path, Examined]
) -> Parsed[Sound]:
    """Return an episode's audio, its clips and its other versions; `audio` is what the files turned out to be."""
    named = (*(alternate.file for alternate in front.alternates), front.intro, front.outro)
    others = {find_named_file(folder.path, name) for name in named if name and name != front.audio}
    own = [path for path in folder.audio if path not in others]
    path, findings = _choose_audio(folder, own, front)
    heard, found = _find_sound(context, path, audio)
    findings += found
    clips = {}
    for key in CLIPS:
        clips[key], found = _choose_clip(context, folder, front, audio, key)
        findings += found
    alternates, found = _read_alternates(context, folder, front, audio)
    sound = Sound(
        path=path,
        audio=heard.audio if heard else None,
        fields={
            **_describe_sound(folder.name, heard, context, **clips),
            "has_broken_audio": bool(own) and (heard is None or heard.audio is None),
            "alternates": alternates,
        },
    )
    return Parsed(sound, (*findings, *found))


def _choose_audio(folder: EpisodeFolder, files: Sequence[Path], front: FrontMatter) -> Parsed[Path | None]:
    """Return the audio file of an episode: the one that front matter names, else the only one."""
    if front.audio:
        chosen = find_named_file(folder.path, front.audio)
        if chosen in files:
            return Parsed(chosen)
        message = f"there is no audio file {front.audio}"
        otherwise = "write the name of an audio file in this folder, or leave the line out"
        hint = suggest_file(chosen, AUDIO_ENDINGS) or otherwise
        return Parsed(None, (make_error("A104", message, hint, front.locations["audio"]),))
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        likely = next((path for path in files if not _LEFT_OVER.search(path.stem)), files[0])
        hint = (
            "keep one of them in the folder, or say which between two lines of --- at the top of the notes, as in "
            f"audio: {likely.name}"
        )
        return Parsed(None, (make_error("A105", f"there are several audio files: {names}", hint, folder.name),))
    return Parsed(files[0] if files else None)


def _find_sound(context: ShowContext, path: Path | None, audio: Mapping[Path, Examined]) -> Parsed[Examined | None]:
    """Return what an audio file contains; its audio is None if it cannot be used."""
    examined = audio.get(path) if path else None
    if path is None or examined is None or examined.trouble is None:
        return Parsed(examined)
    return Parsed(examined, (make_error("A106", *examined.trouble, context.relative(path)),))


def _choose_clip(
    context: ShowContext, folder: EpisodeFolder, front: FrontMatter, audio: Mapping[Path, Examined], key: str
) -> Parsed[Clip | None]:
    """Return an episode's intro or outro. Of the show's, which is read here, too, the trouble is the show's."""
    path = find_clip(context, folder, front, key)
    if path is None:
        return Parsed(None)
    clip = read_clip(context, path, audio, "A104", front.locations.get(key))
    return clip if getattr(front, key) else Parsed(clip.value)


def _describe_sound(
    name: str, heard: Examined | None, context: ShowContext, **clips: Clip | None
) -> dict[str, Any]:
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


def _read_alternates(
    context: ShowContext, folder: EpisodeFolder, front: FrontMatter, audio: Mapping[Path, Examined]
) -> Parsed[tuple[Alternate, ...]]:
    """Read the further versions of an episode's audio; what cannot be read is a finding instead."""
    alternates: list[Alternate] = []
    findings: list[Diagnostic] = []
    taken = {front.audio}
    for alternate in front.alternates:
        if alternate.file in taken:
            message = f"{alternate.file} is named twice"
            hint = "name each file once: the episode's own under audio, any other under alternates"
            findings.append(make_warning("A111", message, hint, alternate.location))
            continue
        taken.add(alternate.file)
        path = find_named_file(folder.path, alternate.file)
        heard, found = _find_sound(context, path if path in folder.audio else None, audio)
        findings += found
        if heard is None or heard.audio:
            name = name_alternate(folder.name, alternate)
            near = suggest_file(path, AUDIO_ENDINGS) if heard is None else None
            alternates.append(replace(alternate, hint=near, **_describe_sound(name, heard, context)))
    return Parsed(tuple(alternates), tuple(findings))


def _find_measurement(version: Episode | Alternate, measured: Mapping[str, Measured]) -> Measurement | None:
    return measured[version.master.sha256].measurement if version.master and version.audio else None
