"""Where a show lies, told without reading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.diagnostics import ProjectError

if TYPE_CHECKING:
    from pathlib import Path

SHOW_FILE = "show.toml"


def find_show(start: Path) -> Path:
    """Return the show's folder: this one, else the nearest parent that holds show.toml, else `episodes`.

    Raises ProjectError when there is none.
    """
    places = [start, *start.absolute().parents, start / "episodes"]
    found = next((place for place in places if find_show_file(place) is not None), None)
    if found is None:
        raise ProjectError(
            f"there is no show here: no {SHOW_FILE} in {start.absolute()}, in a folder around it, or in episodes/",
            f"go to the show's folder, or name it (podcastkit check FOLDER): it is the one that holds {SHOW_FILE}; "
            f"to begin a show, make an empty {SHOW_FILE}, and podcastkit check says what belongs into it",
        )
    return found


def named_show(path: Path) -> Path:
    """Return the show's folder that a path means: itself, or the folder of a show.toml."""
    return path.parent if path.name.lower() == SHOW_FILE and path.is_file() else path


def find_show_file(folder: Path) -> Path | None:
    """Return the show.toml in a folder, written in any case, or None when there is none that can be seen."""
    try:
        if (folder / SHOW_FILE).is_file():
            return folder / SHOW_FILE
        return next(
            (entry for entry in folder.iterdir() if entry.name.lower() == SHOW_FILE and entry.is_file()), None
        )
    except OSError:
        return None
