"""The context of reading a show folder: its paths, its settings, and files that must stay inside it."""

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


_LARGEST_TEXT = 16 * 2**20
"""Bytes; what is larger is no show notes, whatever its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowContext:
    """What reading an episode needs to know of its show."""

    folder: Path
    root: str
    """The real path of the folder, with a separator at its end."""
    show_file: ShowFile
    cache: Cache

    def relative(self, path: Path) -> str:
        """Call a file as messages do."""
        return path.relative_to(self.folder).as_posix()


def read_small_file(context: ShowContext, path: Path) -> Parsed[bytes | None]:
    """Return the bytes of a text file, or None if it cannot be read."""
    try:
        refuse_outside(context, path)
        with open_file(path) as file:
            data = file.read(_LARGEST_TEXT + 1)
    except MediaError as error:
        return Parsed(None, (make_error("N009", error.message, error.hint, context.relative(path)),))
    if len(data) > _LARGEST_TEXT:
        message, hint = f"{path.name} is larger than 16 MB", "put the right file in its place"
        return Parsed(None, (make_error("N010", message, hint, context.relative(path)),))
    return Parsed(data)


def report_several(paths: Sequence[Path], code: str, what: str, where: str) -> tuple[Diagnostic, ...]:
    """Return the error that there are several files where one is read, or nothing."""
    if len(paths) <= 1:
        return ()
    names = " and ".join(path.name for path in paths)
    return (make_error(code, f"there are several {what}: {names}", "keep one of them", where),)


def refuse_outside(context: ShowContext, path: Path) -> None:
    """Raise MediaError for a link that leads out of the show's folder."""
    # Unlike Path.resolve, realpath does not raise for a link that leads to itself.
    real = os.path.realpath(path)
    if not (real.startswith(context.root) or is_within(Path(real), Path(context.root))):
        message = f"{path.name} is a link that leads out of the show's folder"
        raise MediaError(message, "put the file itself in its place")
