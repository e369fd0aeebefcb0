"""Find out whether a folder is one from which a show is read: nothing may be written there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import make_error, make_warning
from podcastkit.disk import is_within
from podcastkit.project.discovery import named_folder, scan_episode
from podcastkit.state.lock import LOCK_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from podcastkit.diagnostics import Diagnostic, Location

_Identity = tuple[int, int]
"""Device and inode: the same for every way in which a path can be written."""


def find_source(show: Path, sources: Mapping[Path, object], folder: Path) -> str | None:
    """Return a file of a show, relative to it, that is read in this folder, below it, or in a folder around it.

    `sources` are those of the show. Files beside show.toml are no obstacle to a folder within the show's.
    """
    if is_within(folder, Path(os.path.realpath(show), LOCK_NAME)):
        return LOCK_NAME
    place = _identify(folder)
    around = set(_list_identities(folder))
    known: dict[str, tuple[_Identity | None, ...]] = {}
    for path, state in sources.items():
        if isinstance(state, tuple) or state is None:  # a folder, or nothing
            continue
        named = str(path.parent)
        is_link = os.path.islink(path)  # noqa: PTH114 - Path.is_symlink raises where a folder may not be entered
        for parent in (named, *([os.path.dirname(os.path.realpath(path))] if is_link else [])):  # noqa: PTH120 - fast
            if parent not in known:
                real = Path(os.path.realpath(parent))
                known[parent] = (_identify(real), *_list_identities(real))
            if place and place in known[parent]:
                return path.relative_to(show).as_posix()
        if path.parent != show and known[named][0] in around:
            return path.relative_to(show).as_posix()
    return None


def report_destination(
    show: Path, sources: Mapping[Path, object], to: str, where: Location | None
) -> Iterator[Diagnostic]:
    """Yield an error when show.toml publishes a show to where it is read."""
    if "://" not in to and (source := find_source(show, sources, named_folder(show, to))):
        message = f'the show cannot be published to "{to}": {source} is read there'
        yield make_error("S151", message, 'give the feed a folder of its own, such as to = "public"', where)


def report_left_out(folders: Iterable[Path]) -> Iterator[Diagnostic]:
    """Yield a warning for each folder that looks like an episode, and that a publish made its own."""
    for folder in folders:
        found = scan_episode(folder)
        if found.audio or found.notes:
            message = f"{found.name} is left out: it holds podcastkit.json, so a show was published into it"
            hint = (
                "if it is an episode, move podcastkit.json, feed.xml and the folders that were published out of it"
            )
            yield make_warning("S152", message, hint, found.name)


def _list_identities(path: Path) -> Iterator[_Identity]:
    for one in (path, *path.parents):
        if identity := _identify(one):
            yield identity


def _identify(path: Path) -> _Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - fast: there are thousands of folders
    except OSError:
        return None
    return found.st_dev, found.st_ino
