"""Check the target of `podcastkit check`: a show folder or any feed."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.checks import concerns
from podcastkit.checks.feed import gather_similar
from podcastkit.checks.phrases import join_words
from podcastkit.cli import options
from podcastkit.diagnostics import MediaError, Severity
from podcastkit.media.encoding import needs_encoding
from podcastkit.project.check import check_with_lock
from podcastkit.project.discovery import SHOW_FILE

if TYPE_CHECKING:
    from collections.abc import Collection

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import AudioSettings, CheckedShow, Episode, Measurement, Show

_FEED_ENDINGS = {".xml", ".rss"}
_HEAD_SIZE = 512
"""Bytes that are enough to recognize a feed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredAudio:
    """The measured audio of an episode and the settings for its published file."""

    episode: str
    file: str
    """Relative to the show, with `/`."""
    measurement: Measurement
    settings: AudioSettings
    is_master: bool

    @property
    def target_loudness(self) -> float | None:
        """The target loudness in LUFS, or None if the loudness does not change."""
        return self.settings.loudness if self.is_master else None

    def to_dict(self) -> dict[str, object]:
        """Return the object of `check --format json`; seconds, LUFS, LU, dBTP."""
        seconds = round(self.measurement.duration.total_seconds(), 3)
        facts = {"episode": self.episode, "file": self.file, "duration": seconds}
        return facts | self.measurement.to_dict() | {"becomes": self.target_loudness}


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """The findings of a show or a feed, and the facts to print with the findings."""

    about: str
    """The title of the show, or the feed if it has no title."""
    episodes: int
    folder: Path
    """The files of the findings are relative to this folder."""
    findings: tuple[Diagnostic, ...]
    is_feed: bool = False
    audio: tuple[MeasuredAudio, ...] = ()
    """By episode; empty for a feed, and if the audio is not measured."""
    publish_prediction: str | None = None
    """A sentence about what publish would refuse or hold back, for all destinations."""

    def narrow(self, destinations: Collection[str]) -> CheckResult:
        """Return the result with only the findings that matter to any of the destinations."""
        return replace(self, findings=tuple(one for one in self.findings if concerns(one, destinations)))

    @property
    def grouped_findings(self) -> tuple[Diagnostic, ...]:
        """The findings to print. For a feed, a large group of similar findings is merged into one."""
        return gather_similar(self.findings) if self.is_feed else self.findings


def check_target(target: str | None, destinations: Collection[str], *, audio: bool) -> CheckResult:
    """Check a show or a feed. `audio` measures the audio of a show.

    Raises the errors of loading a show or fetching a feed.
    """
    if target is None or not is_feed(target):
        return _check_folder(None if target is None else Path(target), audio=audio)
    if not audio:
        raise click.UsageError("--no-audio needs a show: check never fetches the audio of a feed")
    return _check_feed(target, destinations)


def is_feed(target: str) -> bool:
    """Return whether a target is the URL or the file of a feed, rather than a show folder."""
    # A folder and show.toml are always a show; all other files are recognized by name or content.
    if "://" in target:
        return True
    path = Path(target)
    if path.is_dir() or path.name.lower() == SHOW_FILE:
        return False
    return path.suffix.lower() in _FEED_ENDINGS or (path.is_file() and _begins_like_xml(path))


def _begins_like_xml(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(_HEAD_SIZE).removeprefix(BOM_UTF8).lstrip().startswith((b"<?xml", b"<rss", b"<feed"))


def _check_folder(folder: Path | None, *, audio: bool) -> CheckResult:
    try:
        show = options.load_show(folder, measure=audio)
    except MediaError as error:  # ffmpeg is missing; all other rules work without it
        raise MediaError(error.message, f"{error.hint}; or use --no-audio to check everything else") from error
    checked = check_with_lock(show)
    return CheckResult(
        about=show.title,
        episodes=len(show.episodes),
        folder=show.folder,
        findings=checked.findings,
        audio=tuple(one for episode in show.episodes if (one := _get_measured_audio(episode, show))),
        publish_prediction=_predict_publish(checked),
    )


def _get_measured_audio(episode: Episode, show: Show) -> MeasuredAudio | None:
    if episode.audio is None or episode.measurement is None:
        return None
    return MeasuredAudio(
        episode=episode.folder,
        file=episode.audio.path.relative_to(show.folder).as_posix(),
        measurement=episode.measurement,
        settings=show.audio,
        is_master=needs_encoding(episode.audio, show.audio),
    )


def _predict_publish(checked: CheckedShow) -> str | None:
    """Return a sentence about what publish would refuse or hold back because of the errors."""
    folders_with_errors = {finding.episode for finding in checked.findings if finding.severity is Severity.ERROR}
    if None in folders_with_errors:
        return "Nothing can be published until the errors under “The show” are fixed."
    held_back = [
        episode.folder
        for episode in checked.show.episodes
        if episode.folder in folders_with_errors and not episode.stays_in
    ]
    return f"Publish would hold back {join_words(held_back)}." if held_back else None


def _check_feed(feed: str, destinations: Collection[str]) -> CheckResult:
    from podcastkit.verification.feed_check import check_feed

    checked = check_feed(feed, destinations=destinations)
    return CheckResult(
        about=checked.title or feed,
        episodes=checked.episodes,
        folder=Path(),
        findings=checked.findings,
        is_feed=True,
    )
