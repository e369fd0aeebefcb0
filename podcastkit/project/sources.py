"""Check whether a folder contains source files of a show, so that nothing may be published to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import make_error, make_warning
from podcastkit.disk import is_within
from podcastkit.project.discovery import resolve_folder, scan_episode
from podcastkit.state.lock import LOCK_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from podcastkit.diagnostics import Diagnostic, Location

_Identity = tuple[int, int]
"""Device and inode, which are the same for every spelling of a path."""


def find_source(show: Path, sources: Mapping[Path, object], folder: Path) -> str | None:
    """Return a source file that is in `folder`, in a subfolder of it, or directly in a parent of it, or None.

    The result is relative to the show. `sources` are the sources of the show. Files next to show.toml do not
    prevent publishing to a folder in the show folder.
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
        # Publishing must not overwrite the link or the file that it points to.
        is_link = os.path.islink(path)  # noqa: PTH114 - Path.is_symlink raises where a folder may not be entered
        for parent in (named, *([os.path.dirname(os.path.realpath(path))] if is_link else [])):  # noqa: PTH120 - fast
            if parent not in known:
                real = Path(os.path.realpath(parent))
                known[parent] = (_identify(real), *_list_identities(real))
            if place and place in known[parent]:
                return path.relative_to(show).as_posix()
        # Publishing to a subfolder of an episode folder would mix published files with source files.
        if path.parent != show and known[named][0] in around:
            return path.relative_to(show).as_posix()
    return None


def report_destination(
    show: Path, sources: Mapping[Path, object], to: str, where: Location | None
) -> Iterator[Diagnostic]:
    """Yield an error if show.toml publishes a show to a folder with its source files."""
    if "://" not in to and (source := find_source(show, sources, resolve_folder(show, to))):
        message = f'the show cannot be published to "{to}": this overlaps with the folder of {source}'
        yield make_error("S151", message, 'use a separate folder, such as to = "public"', where)


def report_left_out(folders: Iterable[Path]) -> Iterator[Diagnostic]:
    """Yield a warning for each folder that looks like an episode but is a destination of an earlier publish."""
    for folder in folders:
        found = scan_episode(folder)
        if found.audio or found.notes:
            message = (
                f"{found.name} is left out: the folder contains podcastkit.json, so a show was published to it"
            )
            hint = "if the folder is an episode, move podcastkit.json, feed.xml and the published folders out of it"
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
