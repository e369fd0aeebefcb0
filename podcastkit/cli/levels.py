"""The command `podcastkit levels`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.progress import show_progress
from podcastkit.diagnostics import MediaError
from podcastkit.disk import is_same_place, is_within

if TYPE_CHECKING:
    from podcastkit.model import Show

_NAME = "levels.svg"


def _parse_picture(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Accept a file whose ending names the picture's format."""
    if file is not None and file.suffix.lower() not in {".svg", ".png"}:
        raise click.BadParameter(f"{file.name} ends neither with .svg nor with .png")
    return file


@click.command()
@options.show_argument
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_parse_picture,
    help="Where to, an .svg or a .png; levels.svg in the current folder, when absent.",
)
def levels(show: Path | None, output: Path | None) -> int:
    """Draw how loud each episode is, second by second, beside the target.

    Masters are drawn as they will be, and faintly as they are. From within the show's folder, where it would be a
    file that does not belong there, levels.svg goes beside that folder.
    """
    folder = options.find_folder(show)
    target = output or _choose_place(folder)
    _write_levels(folder, target)
    click.echo(target)
    return 0


def _choose_place(folder: Path) -> Path:
    """Return the current folder, or the one beside the show when the current one is within it."""
    show, here = folder.resolve(), Path.cwd().resolve()
    return show.parent / _NAME if is_within(here, show) else Path(_NAME)


def _write_levels(folder: Path, target: Path) -> None:
    """Draw a show into a file; raises what drawing raises, and MediaError."""
    from podcastkit.reports.levels import draw_levels

    loaded = options.load_show(folder)
    _refuse_source(loaded, target)
    with show_progress() as progress:
        picture = draw_levels(loaded, form="png" if target.suffix.lower() == ".png" else "svg", progress=progress)
    try:
        target.write_bytes(picture)
    except OSError as error:
        raise MediaError(
            f"{target} cannot be written: {error.strerror}", "name another file with -o, in a folder that is there"
        ) from error


def _refuse_source(show: Show, target: Path) -> None:
    """Raise MediaError for a file that the show is made of: a producer's files are never modified."""
    wanted = Path(os.path.realpath(target))
    if any(is_same_place(wanted, Path(os.path.realpath(source))) for source in show.sources):
        raise MediaError(f"{target} belongs to the show, and would be overwritten", "name another file with -o")
