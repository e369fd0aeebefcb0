"""Read the artwork and further pictures of a show or an episode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.diagnostics import Location, MediaError, Parsed, Severity, make_error
from podcastkit.media.cached_facts import read_cached_artwork
from podcastkit.model import Artwork, Picture
from podcastkit.project.discovery import PICTURES, is_file
from podcastkit.project.named_files import find_named_file, suggest_file
from podcastkit.project.show_context import ShowContext, refuse_outside, report_several

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
    """Set even if the file cannot be read."""
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

    The artwork is the file that the settings name or, failing that, the first of `files`. `severity` applies to
    findings about unreadable further pictures.
    """
    files = (find_named_file(folder, settings.artwork),) if settings.artwork else tuple(files)
    artwork, findings = read_artwork_file(context, files, settings.locations.get("artwork"))
    images: list[Picture] = []
    named = [find_named_file(folder, image.file) for image in settings.images]
    for path, image in zip(named, settings.images, strict=True):
        picture, found = _read_picture(context, path, "I110", image.location)
        findings += tuple(replace(one, severity=severity) for one in found)
        if picture:
            images.append(Picture(artwork=picture, purpose=image.purpose, alt=image.alt, location=image.location))
    pictures = Pictures(
        artwork=artwork,
        images=tuple(images),
        artwork_file=files[0] if files else None,
        files=(*files, *named),
    )
    return Parsed(pictures, findings)


def read_artwork_file(
    context: ShowContext, files: Sequence[Path], named: Location | None
) -> Parsed[Artwork | None]:
    """Read the first picture file as the artwork. `named` is the location in the settings that names the file."""
    if not files:
        return Parsed(None)
    where = context.relative(files[0])
    several = report_several(files, "I104", "pictures", where)
    artwork, findings = _read_picture(context, files[0], "I103", named or where)
    return Parsed(artwork, (*several, *findings))


def _read_picture(context: ShowContext, path: Path, code: str, where: Location | str) -> Parsed[Artwork | None]:
    try:
        refuse_outside(context, path)
        return Parsed(read_cached_artwork(path, context.cache))
    except MediaError as error:
        near = None if is_file(path) else suggest_file(path, PICTURES)
        return Parsed(None, (make_error(code, error.message, near or error.hint, where),))
