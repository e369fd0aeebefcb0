"""Read the pictures of a show or an episode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Location, MediaError, Parsed, Severity
from podcastkit.media.cached_facts import look_at
from podcastkit.model import Artwork, Picture
from podcastkit.project.show_context import ShowContext, make_finding, refuse_outside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.project.front_matter import FrontMatter
    from podcastkit.project.show_file import ShowFile
    from podcastkit.text.schema.tables import Image


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """The pictures of a show or an episode."""

    artwork: Artwork | None
    images: tuple[Picture, ...]
    artwork_file: Path | None
    """Also if it cannot be read, as in `files`."""
    files: tuple[Path, ...]
    """All picture files that are used."""


def read_pictures(
    context: ShowContext,
    folder: Path,
    files: Sequence[Path],
    settings: ShowFile | FrontMatter,
    severity: Severity = Severity.ERROR,
) -> Parsed[Pictures]:
    """Read the artwork that the settings name, else the one among some files, and the further pictures.

    `severity` is that of the finding that a further picture cannot be read.
    """
    files = (folder / settings.artwork,) if settings.artwork else tuple(files)
    artwork, findings = read_artwork_file(context, files, settings.locations.get("artwork"))
    images = []
    for image in settings.images:
        picture, found = _read_image(context, folder / image.file, image, severity)
        images += [picture] if picture else []
        findings += found
    pictures = Pictures(
        artwork=artwork,
        images=tuple(images),
        artwork_file=files[0] if files else None,
        files=(*files, *(folder / image.file for image in settings.images)),
    )
    return Parsed(pictures, findings)


def read_artwork_file(
    context: ShowContext, files: Sequence[Path], named: Location | None
) -> Parsed[Artwork | None]:
    """Return what the first of some picture files is; `named` is where the settings name it."""
    findings: tuple[Diagnostic, ...] = ()
    if len(files) > 1:
        names = " and ".join(path.name for path in files)
        where = context.relative(files[0])
        findings = (make_finding("I104", f"there are several pictures: {names}", "keep one of them", where),)
    if not files:
        return Parsed(None)
    path = files[0]
    try:
        refuse_outside(context, path)
        return Parsed(look_at(path, context.cache), findings)
    except MediaError as error:
        broken = make_finding("I103", error.message, error.hint, named or context.relative(path))
        return Parsed(None, (*findings, broken))


def _read_image(context: ShowContext, path: Path, image: Image, severity: Severity) -> Parsed[Picture | None]:
    try:
        refuse_outside(context, path)
        artwork = look_at(path, context.cache)
    except MediaError as error:
        return Parsed(None, (make_finding("I110", error.message, error.hint, image.location, severity),))
    return Parsed(Picture(artwork=artwork, purpose=image.purpose, alt=image.alt, location=image.location))
