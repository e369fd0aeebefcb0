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
    """Return a source file that publishing to `folder` could overwrite or mix with published files, or None.

    Such a file is in `folder`, in a subfolder of it, or directly in a folder that contains `folder`. Files next to
    show.toml do not prevent publishing to a folder in the show folder. `sources` are the sources of the show, with
    their states. The result is relative to the show.
    """
    if is_within(folder, Path(os.path.realpath(show), LOCK_NAME)):
        return LOCK_NAME
    folder_identity = _identify(folder)
    outer_identities = set(_list_identities(folder))
    # The identity of each folder with a source, and those of the folders around it.
    identities: dict[str, tuple[_Identity | None, ...]] = {}
    for path, state in sources.items():
        if isinstance(state, tuple) or state is None:  # a folder, or nothing
            continue
        parents = [str(path.parent)]
        # Publishing must not overwrite the link or the file that it points to.
        if os.path.islink(path):  # noqa: PTH114 - Path.is_symlink raises where a folder may not be entered
            parents.append(os.path.dirname(os.path.realpath(path)))  # noqa: PTH120 - fast
        for parent in parents:
            if parent not in identities:
                real = Path(os.path.realpath(parent))
                identities[parent] = (_identify(real), *_list_identities(real))
            if folder_identity and folder_identity in identities[parent]:
                return path.relative_to(show).as_posix()
        # Publishing to a subfolder of an episode folder would mix published files with source files.
        if path.parent != show and identities[parents[0]][0] in outer_identities:
            return path.relative_to(show).as_posix()
    return None


def report_destination(
    show: Path, sources: Mapping[Path, object], to: str, where: Location | None
) -> Iterator[Diagnostic]:
    """Yield an error if show.toml publishes a show to a folder that overlaps with its source files."""
    if "://" not in to and (source := find_source(show, sources, resolve_folder(show, to))):
        message = f'the show cannot be published to "{to}": this overlaps with the folder of {source}'
        yield make_error("S151", message, 'use a separate folder, such as to = "public"', where)


def report_left_out(folders: Iterable[Path]) -> Iterator[Diagnostic]:
    """Yield a warning for each folder that looks like an episode but is a destination of an earlier publish."""
    for folder in folders:
        scan = scan_episode(folder)
        if scan.audio or scan.notes:
            message = f"{scan.name} is left out: the folder contains podcastkit.json, so a show was published to it"
            hint = "if the folder is an episode, move podcastkit.json, feed.xml and the published folders out of it"
            yield make_warning("S152", message, hint, scan.name)


def _list_identities(path: Path) -> Iterator[_Identity]:
    """Yield the identities of a folder and of the folders that contain it."""
    for folder in (path, *path.parents):
        if identity := _identify(folder):
            yield identity


def _identify(path: Path) -> _Identity | None:
    """Return the identity of a file or folder, or None if it is missing."""
    try:
        status = os.stat(path)  # noqa: PTH116 - fast: there are thousands of folders
    except OSError:
        return None
    return status.st_dev, status.st_ino
