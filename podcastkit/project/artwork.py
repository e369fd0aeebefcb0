"""Read the pictures of a show or an episode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.diagnostics import Diagnostic, Location, MediaError, Severity
from podcastkit.media.cached_facts import look_at
from podcastkit.model import Picture
from podcastkit.project.show_context import ShowContext, make_finding, refuse_outside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from podcastkit.model import Artwork
    from podcastkit.text.schema.tables import Image


def read_picture(
    context: ShowContext, files: Sequence[Path], named: Location | None, found: list[Diagnostic]
) -> Artwork | None:
    """Return what the first of some picture files is; `named` is where the settings name it. Adds to `found`."""
    if len(files) > 1:
        names = " and ".join(path.name for path in files)
        where = context.relative(files[0])
        found.append(make_finding("I104", f"there are several pictures: {names}", "keep one of them", where))
    if not files:
        return None
    path = files[0]
    try:
        refuse_outside(context, path)
        return look_at(path, context.cache)
    except MediaError as error:
        found.append(make_finding("I103", error.message, error.hint, named or context.relative(path)))
        return None


def read_images(
    context: ShowContext,
    folder: Path,
    images: Iterable[Image],
    found: list[Diagnostic],
    severity: Severity = Severity.ERROR,
) -> Iterator[Picture]:
    """Yield the further pictures that the settings of a folder name, save the unreadable ones. Adds to `found`."""
    for image in images:
        path = folder / image.file
        try:
            refuse_outside(context, path)
            artwork = look_at(path, context.cache)
        except MediaError as error:
            found.append(make_finding("I110", error.message, error.hint, image.location, severity))
            continue
        yield Picture(artwork=artwork, purpose=image.purpose, alt=image.alt, location=image.location)
