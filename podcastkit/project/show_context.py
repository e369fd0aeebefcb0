"""The context of reading a show folder: its paths and settings, and a check for links to files outside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, MediaError, Parsed, make_error
from podcastkit.disk import is_within
from podcastkit.media.files import open_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.cache import Cache
    from podcastkit.project.show_file import ShowFile


_MAX_TEXT_SIZE = 16 * 2**20
"""The maximum size of a text file in bytes. A larger file cannot be show notes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowContext:
    """The paths and settings of a show, which are needed to read its episodes."""

    folder: Path
    root: str
    """The real path of the folder, with a separator at its end."""
    show_file: ShowFile
    cache: Cache

    def relative(self, path: Path) -> str:
        """Return a path relative to the show folder, as in messages."""
        return path.relative_to(self.folder).as_posix()


def read_small_file(context: ShowContext, path: Path) -> Parsed[bytes | None]:
    """Return the bytes of a text file, or None if it cannot be read or is too large."""
    try:
        refuse_outside_link(context, path)
        with open_file(path) as file:
            data = file.read(_MAX_TEXT_SIZE + 1)
    except MediaError as error:
        return Parsed(None, (make_error("N009", error.message, error.hint, context.relative(path)),))
    if len(data) > _MAX_TEXT_SIZE:
        message, hint = f"{path.name} is larger than 16 MB", "replace it with the right file"
        return Parsed(None, (make_error("N010", message, hint, context.relative(path)),))
    return Parsed(data)


def report_several(paths: Sequence[Path], code: str, what: str, where: str) -> tuple[Diagnostic, ...]:
    """Return an error if there are several files of which only one is read; `what` is their plural: `pictures`."""
    if len(paths) <= 1:
        return ()
    names = " and ".join(path.name for path in paths)
    return (make_error(code, f"there are several {what}: {names}", "keep one of them", where),)


def refuse_outside_link(context: ShowContext, path: Path) -> None:
    """Raise MediaError for a link to a file outside the show folder."""
    # Unlike Path.resolve, realpath does not raise for a link that leads to itself.
    real = os.path.realpath(path)
    if not (real.startswith(context.root) or is_within(Path(real), Path(context.root))):
        message = f"{path.name} is a link to a file outside the show folder"
        raise MediaError(message, "replace the link with the file itself")
