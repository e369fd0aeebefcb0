"""Where `podcastkit levels` puts its picture."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.cli.bars import show_progress
from podcastkit.diagnostics import MediaError
from podcastkit.project.discovery import find_show, named_show
from podcastkit.project.loader import load
from podcastkit.reports.levels import draw_levels

if TYPE_CHECKING:
    from podcastkit.model import Show

_NAME = "levels.svg"


def write_levels(show: Path | None, output: Path | None) -> Path:
    """Draw a show, and return where the picture is now; raises what drawing raises, and MediaError."""
    folder = find_show(Path.cwd()) if show is None else named_show(show)
    target = output or _place(folder)
    with show_progress() as progress:
        loaded = load(folder, progress=progress)
        _refuse_source(loaded, target)
        picture = draw_levels(loaded, form="png" if target.suffix.lower() == ".png" else "svg", progress=progress)
    try:
        target.write_bytes(picture)
    except OSError as error:
        raise MediaError(
            f"{target} cannot be written: {error.strerror}", "name another file with -o, in a folder that is there"
        ) from error
    return target


def _refuse_source(show: Show, target: Path) -> None:
    """The producer's files are never modified, not even when a picture of them is asked for under their name."""
    wanted = os.path.realpath(target)
    if any(wanted == os.path.realpath(source) for source in show.sources):
        raise MediaError(f"{target} belongs to the show, and would be overwritten", "name another file with -o")


def _place(folder: Path) -> Path:
    """Return where the picture goes by itself: the current folder, or beside the show when that is within it."""
    show, here = folder.resolve(), Path.cwd().resolve()
    return show.parent / _NAME if here.is_relative_to(show) else Path(_NAME)
