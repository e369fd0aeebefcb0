"""Find and load the show that a command names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.cli.progress import show_progress

if TYPE_CHECKING:
    from podcastkit.model import Show


def find_folder(show: Path | None) -> Path:
    """Return the show's folder: the one that is named, else one found from the current folder.

    Raises ProjectError when no show is found.
    """
    from podcastkit.project.discovery import find_show, named_show

    return find_show(Path.cwd()) if show is None else named_show(show)


def load_show(show: Path | None, *, measure: bool = False, no_cache: bool = False) -> Show:
    """Load a show and draw the progress; raises what finding and loading raise."""
    from podcastkit.project.loader import load

    folder = find_folder(show)
    with show_progress() as progress:
        return load(folder, measure=measure, progress=progress, forget=no_cache)
