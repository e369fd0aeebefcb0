"""Read the audio of an episode: the main file, the clips and the alternates."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from podcastkit.diagnostics import Diagnostic, Location, Parsed, make_error, make_warning
from podcastkit.media.encoding import AS_GIVEN, build_recipe, describe_media, name_alternate, needs_encoding
from podcastkit.media.formats import AUDIO_ENDINGS
from podcastkit.model import Alternate, Clip, Episode
from podcastkit.project.discovery import is_file
from podcastkit.project.named_files import find_named_file, suggest_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from podcastkit.media.cached_facts import ExaminationResult, MeasurementResult
    from podcastkit.model import Audio, Measurement, SourceFile
    from podcastkit.project.discovery import EpisodeFolder
    from podcastkit.project.front_matter import FrontMatter
    from podcastkit.project.show_context import ShowContext


CLIPS = ("intro", "outro")
"""The keys of the clips that are joined to the audio of an episode."""
_UNPUBLISHED_WORD = re.compile(
    r"(?<![a-z])(?:back-?up|bak|copy|draft|old|orig(?:inal)?|raw|rough|test|tmp|unused)(?![a-z])", re.IGNORECASE
)
"""Words in the names of audio files that are probably not meant to be published."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """The audio of an episode."""

    path: Path | None
    """The main audio file of the episode."""
    audio: Audio | None
    """None if the file is missing or cannot be used."""
    fields: Mapping[str, Any]
    """The fields of Episode that come from the main audio, the clips and the alternates."""


def find_masters(episode: Episode) -> Iterator[tuple[SourceFile, Audio]]:
    """Yield each readable audio file of an episode: its main audio, alternates and clips."""
    for version in episode.versions:
        if version.master and version.audio:
            yield version.master, version.audio
    for clip in (episode.intro, episode.outro):
        if clip:
            yield clip.master, clip.audio


def find_clip(context: ShowContext, folder: EpisodeFolder, front: FrontMatter, key: str) -> Path | None:
    """Return the file of an episode's intro or outro, or None if the episode has no such clip.

    A clip of the front matter is looked up in the episode folder, then in the show folder. If the front matter does
    not mention the clip, the clip of show.toml is used.
    """
    own_clip: str | Literal[False] | None = getattr(front, key)
    show_clip: str | None = getattr(context.show_file.audio, key)
    if own_clip is None:
        return find_named_file(context.folder, show_clip) if show_clip else None
    if own_clip is False:
        return None
    paths = [find_named_file(base, own_clip) for base in (folder.path, context.folder)]
    # If the file is missing, prefer the folder with a file of a similar name.
    existing = (path for path in paths if is_file(path))
    with_similar = (path for path in paths if suggest_file(path, AUDIO_ENDINGS))
    return next(itertools.chain(existing, with_similar), paths[-1])


def read_clip(
    context: ShowContext, path: Path, audio: Mapping[Path, ExaminationResult], code: str, where: Location | None
) -> Parsed[Clip | None]:
    """Read an intro or outro. `where` is the line of the settings that names the file; findings refer to it."""
    examined = audio.get(path)
    if examined is None:
        default_hint = "add the file, correct its name, or remove this line"
        hint = suggest_file(path, AUDIO_ENDINGS) or default_hint
        return Parsed(None, (make_error(code, f"there is no audio file {context.relative(path)}", hint, where),))
    if examined.file and examined.audio:
        return Parsed(Clip(master=examined.file, audio=examined.audio))
    problem = examined.trouble or (f"{path.name} is not an audio file", None)
    return Parsed(None, (make_error(code, *problem, where),))


def add_measurements(
    context: ShowContext, episode: Episode, measured: Mapping[str, MeasurementResult]
) -> Parsed[Episode]:
    """Return the episode with its measurements, and a finding for each audio file that cannot be decoded.

    `measured` is keyed by the SHA-256 of the audio files.
    """
    alternates = (
        replace(alternate, measurement=_find_measurement(alternate, measured)) for alternate in episode.alternates
    )
    measured_episode = replace(
        episode, measurement=_find_measurement(episode, measured), alternates=tuple(alternates)
    )
    findings = []
    for master, audio in find_masters(episode):
        if trouble := measured[master.sha256].trouble:
            hint = "check whether the file plays on this computer, and export it again"
            where = context.relative(audio.path)
            findings.append(make_error("A201", f"the audio cannot be decoded: {trouble}", hint, where))
    return Parsed(measured_episode, tuple(findings))


def read_sound(
    context: ShowContext, folder: EpisodeFolder, front: FrontMatter, audio: Mapping[Path, ExaminationResult]
) -> Parsed[Sound]:
    """Read the audio, clips and alternates of an episode. `audio` holds the facts about each file."""
    # A file that front matter names as an alternate or a clip is not the main audio.
    other_names = (*(alternate.file for alternate in front.alternates), front.intro, front.outro)
    other_files = {find_named_file(folder.path, name) for name in other_names if name and name != front.audio}
    main_files = [path for path in folder.audio if path not in other_files]
    path, findings = _choose_audio(folder, main_files, front)
    examined, examined_findings = _get_audio_facts(context, path, audio)
    findings += examined_findings
    clips = {}
    for key in CLIPS:
        clips[key], clip_findings = _choose_clip(context, folder, front, audio, key)
        findings += clip_findings
    alternates, alternate_findings = _read_alternates(context, folder, front, audio)
    sound = Sound(
        path=path,
        audio=examined.audio if examined else None,
        fields={
            **_describe_sound(folder.name, examined, context, **clips),
            "has_broken_audio": bool(main_files) and (examined is None or examined.audio is None),
            "alternates": alternates,
        },
    )
    return Parsed(sound, (*findings, *alternate_findings))


def _choose_audio(folder: EpisodeFolder, files: Sequence[Path], front: FrontMatter) -> Parsed[Path | None]:
    """Return the audio file that the front matter names. By default, return the only one, or None."""
    if front.audio:
        chosen = find_named_file(folder.path, front.audio)
        if chosen in files:
            return Parsed(chosen)
        message = f"there is no audio file {front.audio}"
        default_hint = "write the name of an audio file in this folder, or remove this line"
        hint = suggest_file(chosen, AUDIO_ENDINGS) or default_hint
        return Parsed(None, (make_error("A104", message, hint, front.locations["audio"]),))
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        # Do not suggest a backup copy as the main audio.
        suggested = next((path for path in files if not _UNPUBLISHED_WORD.search(path.stem)), files[0])
        hint = (
            f"keep one of them in the folder, or write audio: {suggested.name} between two lines of --- at the top "
            "of the notes"
        )
        return Parsed(None, (make_error("A105", f"there are several audio files: {names}", hint, folder.name),))
    return Parsed(files[0] if files else None)


def _get_audio_facts(
    context: ShowContext, path: Path | None, audio: Mapping[Path, ExaminationResult]
) -> Parsed[ExaminationResult | None]:
    """Return the facts about an audio file, if there are any. A file that cannot be used gets a finding."""
    examined = audio.get(path) if path else None
    if path is None or examined is None or examined.trouble is None:
        return Parsed(examined)
    return Parsed(examined, (make_error("A106", *examined.trouble, context.relative(path)),))


def _choose_clip(
    context: ShowContext,
    folder: EpisodeFolder,
    front: FrontMatter,
    audio: Mapping[Path, ExaminationResult],
    key: str,
) -> Parsed[Clip | None]:
    """Read an episode's intro or outro. Findings about a clip of show.toml are dropped: the show reports them."""
    path = find_clip(context, folder, front, key)
    if path is None:
        return Parsed(None)
    clip = read_clip(context, path, audio, "A104", front.locations.get(key))
    return clip if getattr(front, key) else Parsed(clip.value)


def _describe_sound(
    name: str, examined: ExaminationResult | None, context: ShowContext, **clips: Clip | None
) -> dict[str, Any]:
    """Return the fields of an Episode or Alternate that describe its audio file.

    A file that is published unchanged also gets its media; `name` becomes part of the media's key. `clips` are the
    intro and outro. They are only joined to a master.
    """
    audio, master = (examined.audio, examined.file) if examined else (None, None)
    fields: dict[str, Any] = {"audio": audio, "master": master}
    if audio and master:
        settings = context.show_file.audio
        joined_clips = clips if needs_encoding(audio, settings) else {}
        fields |= {**joined_clips, "recipe": build_recipe(audio, settings, **joined_clips)}
        # The published file is the given file, so its media is known before encoding.
        if fields["recipe"] == AS_GIVEN:
            fields["media"] = describe_media(name, master, audio, AS_GIVEN)
    return fields


def _read_alternates(
    context: ShowContext, folder: EpisodeFolder, front: FrontMatter, audio: Mapping[Path, ExaminationResult]
) -> Parsed[tuple[Alternate, ...]]:
    """Read the alternates of an episode.

    An alternate with an unreadable file is left out, with a finding. One with a missing file is kept, for a rule.
    """
    alternates: list[Alternate] = []
    findings: list[Diagnostic] = []
    named_files = {front.audio}
    for alternate in front.alternates:
        if alternate.file in named_files:
            message = f"{alternate.file} is named twice"
            hint = "name each file once: the episode's own under audio, any other under alternates"
            findings.append(make_warning("A111", message, hint, alternate.location))
            continue
        named_files.add(alternate.file)
        path = find_named_file(folder.path, alternate.file)
        examined, file_findings = _get_audio_facts(context, path if path in folder.audio else None, audio)
        findings += file_findings
        if examined is None or examined.audio:
            name = name_alternate(folder.name, alternate)
            suggestion = suggest_file(path, AUDIO_ENDINGS) if examined is None else None
            alternates.append(replace(alternate, hint=suggestion, **_describe_sound(name, examined, context)))
    return Parsed(tuple(alternates), tuple(findings))


def _find_measurement(
    version: Episode | Alternate, measured: Mapping[str, MeasurementResult]
) -> Measurement | None:
    return measured[version.master.sha256].measurement if version.master and version.audio else None
