"""Read the artwork and further pictures of a show or an episode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Location, MediaError, Parsed, Severity, make_error
from podcastkit.media.cached_facts import read_cached_artwork
from podcastkit.model import Artwork, Picture
from podcastkit.project.discovery import PICTURE_ENDINGS, is_file
from podcastkit.project.named_files import find_named_file, suggest_file
from podcastkit.project.show_context import ShowContext, refuse_outside_link, report_several

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podcastkit.project.front_matter import FrontMatter
    from podcastkit.project.show_file import ShowFile


@dataclass(frozen=True, kw_only=True, slots=True)
class Pictures:
    """The pictures of a show or an episode."""

    artwork: Artwork | None
    images: tuple[Picture, ...]
    artwork_file: Path | None
    """The file of the artwork, even if it cannot be read."""
    files: tuple[Path, ...]
    """All picture files in use, including unreadable ones."""


def read_pictures(
    context: ShowContext,
    folder: Path,
    files: Sequence[Path],
    settings: ShowFile | FrontMatter,
    severity: Severity = Severity.ERROR,
) -> Parsed[Pictures]:
    """Read the artwork and the further pictures.

    The artwork is the file that the settings name. If they name no file, the artwork is the first of `files`.
    `severity` applies to findings about further pictures that cannot be read.
    """
    files = (find_named_file(folder, settings.artwork),) if settings.artwork else tuple(files)
    artwork, findings = read_artwork_file(context, files, settings.locations.get("artwork"))
    images: list[Picture] = []
    image_files = [find_named_file(folder, image.file) for image in settings.images]
    for path, image in zip(image_files, settings.images, strict=True):
        picture, picture_findings = _read_picture(context, path, "I110", image.location)
        findings += tuple(replace(finding, severity=severity) for finding in picture_findings)
        if picture:
            images.append(Picture(artwork=picture, purpose=image.purpose, alt=image.alt, location=image.location))
    pictures = Pictures(
        artwork=artwork,
        images=tuple(images),
        artwork_file=files[0] if files else None,
        files=(*files, *image_files),
    )
    return Parsed(pictures, findings)


def read_artwork_file(
    context: ShowContext, files: Sequence[Path], location: Location | None
) -> Parsed[Artwork | None]:
    """Read the first picture file as the artwork. `location` is the place in the settings that names it."""
    if not files:
        return Parsed(None)
    where = context.relative(files[0])
    several = report_several(files, "I104", "pictures", where)
    artwork, findings = _read_picture(context, files[0], "I103", location or where)
    return Parsed(artwork, (*several, *findings))


def _read_picture(context: ShowContext, path: Path, code: str, where: Location | str) -> Parsed[Artwork | None]:
    try:
        refuse_outside_link(context, path)
        return Parsed(read_cached_artwork(path, context.cache))
    except MediaError as error:
        suggestion = None if is_file(path) else suggest_file(path, PICTURE_ENDINGS)
        return Parsed(None, (make_error(code, error.message, suggestion or error.hint, where),))
