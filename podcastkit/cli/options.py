"""Arguments and options that several commands share, with their parsers, and loading the show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from podcastkit.cli.progress import show_progress
from podcastkit.diagnostics import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from podcastkit.model import Show


def record_json(context: click.Context, _option: click.Parameter, value: bool | str) -> bool | str:
    """Record that the output is JSON, so that `app.run` prints errors as JSON, too."""
    context.ensure_object(dict)["as_json"] = value in {True, "json"}
    return value


def _parse_place(context: click.Context, parameter: click.Parameter, value: str | None) -> str | Path | None:
    """Parse a bucket, or a folder relative to the current folder.

    Refuses an empty value, which is often an unset variable of a script: it would mean the current folder.
    """
    if value is None or value.startswith("s3://"):
        return value
    from podcastkit.project.discovery import resolve_folder
    from podcastkit.text.addresses import parse_destination
    from podcastkit.text.problem import Problem

    to = parse_destination(value) if value.strip() else Problem("the value is empty", "set a folder or a bucket")
    if isinstance(to, Problem):
        raise click.BadParameter(f"{to.message} ({to.hint})", context, parameter)
    return resolve_folder(Path.cwd(), to)


def _parse_address(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Parse the public address of a feed."""
    if value is None:
        return None
    from podcastkit.text.addresses import parse_address

    try:
        return parse_address(value)
    except StorageError as error:
        raise click.BadParameter(f"{error.message} ({error.hint})", context, parameter) from error


def _parse_language(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Parse a language code, in upper or lower case."""
    from podcastkit.text.languages import parse_language
    from podcastkit.text.problem import Problem

    language = parse_language(value) if value is not None else None
    if isinstance(language, Problem):
        raise click.BadParameter(f"{language.message} ({language.hint})")
    return language


show_argument = click.argument("show", required=False, type=click.Path(path_type=Path))
at_option = click.option(
    "--at", metavar="MOMENT", help='Use this moment instead of the current time, such as "2024-09-05 06:00".'
)
json_option = click.option("--json", "as_json", is_flag=True, callback=record_json, help="Print JSON.")
no_cache_option = click.option("--no-cache", is_flag=True, help="Ignore the cache and read every file again.")
no_verify_option = click.option("--no-verify", is_flag=True, help="Do not fetch and verify the published files.")
language_option = click.option(
    "--language", metavar="CODE", callback=_parse_language, help="Use the feed of a translation, such as es."
)
yes_option = click.option("--yes", is_flag=True, help="Answer every question with yes.")
remake_option = click.option(
    "--remake",
    metavar="EPISODE",
    multiple=True,
    help="Encode the audio of this episode again from its master. Can be repeated.",
)


def destination_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--to` and `--url`."""
    to_option = click.option(
        "--to",
        metavar="PLACE",
        callback=_parse_place,
        help="The destination of a trial run: a folder or s3://bucket/prefix.",
    )
    url_option = click.option(
        "--url", metavar="URL", callback=_parse_address, help="The public URL of the destination."
    )
    return to_option(url_option(command))


def find_show_folder(show: Path | None) -> Path:
    """Return the given show folder. If `show` is None, find the show from the current folder.

    Raises ProjectError when no show is found.
    """
    from podcastkit.project.discovery import find_show, resolve_show_folder

    return find_show(Path.cwd()) if show is None else resolve_show_folder(show)


def load_show(show: Path | None, *, measure: bool = False, no_cache: bool = False) -> Show:
    """Find and load a show. Raises ProjectError if no show is found, and the errors of `load`."""
    from podcastkit.project.loader import load

    folder = find_show_folder(show)
    with show_progress() as progress:
        return load(folder, measure=measure, progress=progress, forget=no_cache)
