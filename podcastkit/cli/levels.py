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

_DEFAULT_NAME = "levels.svg"


def _check_ending(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Check that the name of the file ends with .svg or .png."""
    if file is not None and file.suffix.lower() not in {".svg", ".png"}:
        raise click.BadParameter(f"the name of {file.name} must end with .svg or .png")
    return file


@click.command()
@options.show_argument
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_check_ending,
    help="The .svg or .png file to write. Default: levels.svg in the current folder.",
)
def levels(show: Path | None, output: Path | None) -> int:
    """Draw a chart of the loudness of each episode.

    The chart shows the loudness of each second, and the target loudness. For a master, it shows the published
    loudness and, faintly, the loudness of the master. In a show folder, levels.svg is written next to the folder,
    because it does not belong to the show.
    """
    folder = options.find_show_folder(show)
    target = output or _choose_target(folder)
    _write_levels(folder, target)
    click.echo(target)
    return 0


def _choose_target(folder: Path) -> Path:
    """Return levels.svg in the current folder or, if that is in the show folder, next to the show folder."""
    show, here = folder.resolve(), Path.cwd().resolve()
    return show.parent / _DEFAULT_NAME if is_within(here, show) else Path(_DEFAULT_NAME)


def _write_levels(folder: Path, target: Path) -> None:
    """Write the chart of a show to a file. Raises the errors of drawing, and MediaError if writing fails."""
    from podcastkit.reports.levels import draw_levels

    loaded = options.load_show(folder)
    _refuse_source(loaded, target)
    with show_progress() as progress:
        picture = draw_levels(loaded, form="png" if target.suffix.lower() == ".png" else "svg", progress=progress)
    try:
        target.write_bytes(picture)
    except OSError as error:
        raise MediaError(
            f"cannot write {target}: {error.strerror}", "choose another file with -o, in a folder that exists"
        ) from error


def _refuse_source(show: Show, target: Path) -> None:
    """Raise MediaError if the target is a source file of the show, since those must not be modified."""
    real_target = Path(os.path.realpath(target))
    if any(is_same_place(real_target, Path(os.path.realpath(source))) for source in show.sources):
        raise MediaError(f"{target} is a file of the show and would be overwritten", "choose another file with -o")
