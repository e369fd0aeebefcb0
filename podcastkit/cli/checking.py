"""What `podcastkit check` looks at: a show's folder, or any feed, whoever made it."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.checks import check_show, concerns
from podcastkit.checks.phrases import join_words
from podcastkit.diagnostics import MediaError, Severity
from podcastkit.media.encoding import is_master
from podcastkit.project.discovery import SHOW_FILE, find_show

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import AudioSettings, Episode, Measurement, Show

_FEED_ENDINGS = {".xml", ".rss"}
_ENOUGH = 512
"""Bytes in which a file shows what it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """What was measured of an episode, and what becomes of it."""

    episode: str
    file: str
    """Relative to the show, with `/`."""
    measurement: Measurement
    settings: AudioSettings
    is_master: bool

    @property
    def becomes(self) -> float | None:
        """The loudness that it gets, LUFS; None: it stays as loud as it is."""
        return self.settings.loudness if self.is_master else None

    def to_dict(self) -> dict[str, object]:
        """Return the object of `check --format json`; seconds, LUFS, LU, dBTP."""
        seconds = round(self.measurement.duration.total_seconds(), 3)
        told = {"episode": self.episode, "file": self.file, "duration": seconds}
        return told | self.measurement.to_dict() | {"becomes": self.becomes}


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What was found, and what is said of what was looked at."""

    about: str
    episodes: int
    folder: Path
    """Where the files of the findings lie."""
    findings: tuple[Diagnostic, ...]
    gathered: tuple[Diagnostic, ...]
    """The same for people: what is said of very many episodes alike is said once."""

    sounds: tuple[Sound, ...] = ()
    """What was heard, by episode; nothing of a feed, and where audio is not to be measured."""
    outlook: str | None = None
    """What publishing would refuse or hold back, whichever directory is asked about."""

    def narrowed(self, destinations: Collection[str]) -> Checked:
        """Return what matters to any of the destinations."""
        found = (
            tuple(one for one in some if concerns(one, destinations)) for some in (self.findings, self.gathered)
        )
        findings, gathered = found
        return replace(self, findings=findings, gathered=gathered)


def check_target(target: str | None, *, audio: bool) -> Checked:
    """Check what the command names; `audio` measures that of a show.

    Raises what loading a show and fetching a feed raise.
    """
    if target is None or not is_feed(target):
        return _check_folder(find_show(Path.cwd()) if target is None else Path(target), audio=audio)
    if not audio:
        raise click.UsageError("--no-audio is for a show: the audio of a feed is not fetched")
    return _check_feed(target)


def is_feed(target: str) -> bool:
    """Tell whether an address or a feed's file is meant, and no folder."""
    path = Path(target)
    if "://" in target or path.is_dir() or path.name.lower() == SHOW_FILE:
        return "://" in target
    return path.suffix.lower() in _FEED_ENDINGS or (path.is_file() and _begins_like_xml(path))


def _begins_like_xml(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_ENOUGH).removeprefix(BOM_UTF8).lstrip().startswith((b"<?xml", b"<rss", b"<feed"))


def _check_folder(folder: Path, *, audio: bool) -> Checked:
    from podcastkit.cli.bars import show_progress
    from podcastkit.project.loader import load

    with show_progress() as progress:
        try:
            show = load(folder, measure=audio, progress=progress)
        except MediaError as error:  # there is no ffmpeg; all else can be told without
            raise MediaError(error.message, f"{error.hint}; --no-audio checks the rest") from error
    findings = check_show(show)
    return Checked(
        about=show.title,
        episodes=len(show.episodes),
        folder=show.folder,
        findings=findings,
        gathered=findings,
        sounds=tuple(sound for episode in show.episodes if (sound := _sound(episode, show))),
        outlook=_foresee(show, findings),
    )


def _sound(episode: Episode, show: Show) -> Sound | None:
    if episode.audio is None or episode.measurement is None:
        return None
    return Sound(
        episode=episode.folder,
        file=episode.audio.path.relative_to(show.folder).as_posix(),
        measurement=episode.measurement,
        settings=show.audio,
        is_master=is_master(episode.audio, show.audio),
    )


def _foresee(show: Show, findings: Iterable[Diagnostic]) -> str | None:
    """Say what publishing would not do for the errors that were found."""
    broken = {finding.episode for finding in findings if finding.severity is Severity.ERROR}
    if None in broken:
        return "Nothing can be published while the show itself has an error."
    held_back = [one.folder for one in show.episodes if one.folder in broken and not one.stays_in]
    return f"Publishing would hold back {join_words(held_back)}." if held_back else None


def _check_feed(feed: str) -> Checked:
    from podcastkit.verification.feed_check import check_feed

    checked = check_feed(feed)
    return Checked(
        about=checked.title or feed,
        episodes=checked.episodes,
        folder=Path(),
        findings=checked.findings,
        gathered=checked.gathered,
    )
