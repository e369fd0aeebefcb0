"""What `podcastkit check` looks at: a show's folder, or any feed, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.checks import check_show, concerns
from podcastkit.diagnostics import MediaError
from podcastkit.places import SHOW_FILE, find_show

if TYPE_CHECKING:
    from collections.abc import Collection

    from podcastkit.diagnostics import Diagnostic

_FEED_ENDINGS = {".xml", ".rss"}


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
    is_file = path.suffix.lower() in _FEED_ENDINGS or path.is_file()
    return "://" in target or (is_file and path.name.lower() != SHOW_FILE and not path.is_dir())


def _check_folder(folder: Path, *, audio: bool) -> Checked:
    from podcastkit.cli.bars import show_progress
    from podcastkit.project import load

    with show_progress() as progress:
        try:
            show = load(folder, measure=audio, progress=progress)
        except MediaError as error:  # there is no ffmpeg; all else can be told without
            raise MediaError(error.message, f"{error.hint}; --no-audio checks the rest") from error
    findings = check_show(show)
    return Checked(
        about=show.title, episodes=len(show.episodes), folder=show.folder, findings=findings, gathered=findings
    )


def _check_feed(feed: str) -> Checked:
    from podcastkit.verification.scrutiny import check_feed

    checked = check_feed(feed)
    return Checked(
        about=checked.title or feed,
        episodes=checked.episodes,
        folder=Path(),
        findings=checked.findings,
        gathered=checked.gathered,
    )
