"""The command `podcastkit plan`."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.output import print_json
from podcastkit.cli.progress import show_progress
from podcastkit.cli.summary_output import print_plan
from podcastkit.diagnostics import PodcastkitError, UnknownEpisodeError
from podcastkit.publishing.summary import summarize_plan

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Show
    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.up_to_date import StoredResult


@click.command()
@options.show_argument
@options.destination_options
@options.at_option
@options.json_option
@click.option("--adopt", is_flag=True, help="Plan to take over a feed.xml that another program wrote.")
@options.remake_option
@click.option("--all", "everything", is_flag=True, help="List unchanged files and podcastkit's own files, too.")
@options.no_cache_option
def plan(
    show: Path | None,
    to: str | Path | None,
    url: str | None,
    at: str | None,
    as_json: bool,
    adopt: bool,
    remake: tuple[str, ...],
    everything: bool,
    no_cache: bool,
) -> int:
    """Show the changes that publish would make."""
    # The stored result is only valid without these options.
    is_plain = not (at or adopt or remake or everything or no_cache)
    if is_plain and (stored := load_result_if_unchanged(show, to, url)):
        if as_json:
            print_json(stored.plan)
        else:
            print_plan(stored.summary, show=show)
        return 0
    prepared = prepare_plan(show, to, url, at, adopt=adopt, remake=remake, no_cache=no_cache)
    if as_json:
        print_json(prepared.to_dict())
    else:
        print_plan(summarize_plan(prepared), prepared, show=show, everything=everything)
    return int(any(held.is_broken for held in prepared.held_back))


def load_result_if_unchanged(show: Path | None, to: str | Path | None, url: str | None) -> StoredResult | None:
    """Return the result that the last publish stored, or None if something has changed since then."""
    from podcastkit.publishing.up_to_date import load_stored_result

    try:
        return load_stored_result(options.find_show_folder(show), to=to, url=url)
    except (OSError, PodcastkitError):  # loading the show reports the error
        return None


def prepare_plan(
    show: Path | None,
    to: str | Path | None,
    url: str | None,
    at: str | None,
    *,
    adopt: bool,
    remake: tuple[str, ...],
    no_cache: bool,
) -> Plan:
    """Load a show and plan its publish.

    Raises the errors of both steps, and UsageError for an invalid moment or episode.
    """
    from podcastkit.publishing.prepare import prepare

    loaded = options.load_show(show, no_cache=no_cache)
    moment = _parse_moment(at, loaded) if at is not None else None
    try:
        with show_progress() as progress:
            return prepare(
                loaded,
                to=to,
                url=url,
                at=moment,
                adopt=adopt,
                remake=remake,
                progress=progress,
                forget=no_cache,
            )
    except UnknownEpisodeError as error:
        raise click.UsageError(f"{error.message} ({error.hint})") from error


def _parse_moment(text: str, show: Show) -> datetime:
    from podcastkit.text.dates import parse_moment
    from podcastkit.text.problem import Problem

    parsed = parse_moment(text, show.timezone, time())
    if isinstance(parsed, Problem):
        raise click.BadParameter(f"{parsed.message} ({parsed.hint})", param_hint="--at")
    return parsed
