"""The commands `podcastkit history` and `podcastkit rollback`."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.apply import confirm_and_apply, get_exit_code
from podcastkit.cli.output import pluralize, print_json, print_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podcastkit.model import Show
    from podcastkit.publishing.publish import Receipt
    from podcastkit.state.manifest import Release

_ID_LENGTH = 12
"""Digits of a feed's SHA-256 that identify it."""


@click.command()
@options.show_argument
@options.language_option
@options.destination_options
@options.json_option
def history(show: Path | None, language: str | None, to: str | Path | None, url: str | None, as_json: bool) -> int:
    """List the live feed and the earlier feeds, newest first."""
    from podcastkit.publishing.rollback import history as list_releases

    loaded = options.load_show(show)
    releases = list_releases(loaded, to=to, url=url, language=language)
    if as_json:
        print_json({"schema": 1, "feeds": [release.to_dict() for release in reversed(releases)]})
    else:
        _print_history(loaded, releases)
    return 0


@click.command()
@options.show_argument
@click.option("--feed", metavar="ID", help="The feed to restore, as history lists it. Default: the previous feed.")
@options.language_option
@options.destination_options
@options.json_option
@options.yes_option
@options.no_verify_option
def rollback(
    show: Path | None,
    feed: str | None,
    language: str | None,
    to: str | Path | None,
    url: str | None,
    as_json: bool,
    yes: bool,
    no_verify: bool,
) -> int:
    """Restore an earlier feed.

    The next publish publishes the show folder again, so fix the problem there first.
    """
    from podcastkit.publishing.destination import Target
    from podcastkit.publishing.rollback import prepare_rollback

    plan = prepare_rollback(options.load_show(show), Target(to=to, url=url), feed=feed, language=language)
    receipt = confirm_and_apply(plan, question="Restore this feed?", yes=yes, verify=not no_verify)
    if as_json:
        print_json(receipt.to_dict())
    else:
        _print_rollback(receipt)
    return get_exit_code(receipt)


def _print_history(show: Show, releases: Sequence[Release]) -> None:
    for release in reversed(releases):
        moment = release.at.astimezone(show.timezone or UTC)
        live = ("  live", "bold green") if release is releases[-1] else ""
        episodes = pluralize(release.episodes, "episode")
        print_line(f"{release.feed_sha256[:_ID_LENGTH]}  {moment:%Y-%m-%d %H:%M %Z}  {episodes}", live)


def _print_rollback(receipt: Receipt) -> None:
    """Print the restored feeds and the effect of the next publish."""
    from podcastkit.cli.plan_output import print_changes, print_problems

    plan = receipt.plan
    print_changes(plan.changes)
    restored = [key for key in plan.feeds if key in receipt.uploaded]
    print_line(("\nFeed restored", "bold"), f": {pluralize(len(receipt.published), 'episode')}")
    for key in restored:
        print_line("Feed: ", (f"{plan.url}/{key}", "bold"))
    # A rollback of one language keeps the feeds of the others.
    for key in [key for key in plan.feeds if key not in restored]:
        print_line(f"{key} is unchanged: a rollback restores one language. To restore another, use --language.")
    print_problems(receipt)
    print_line("The next publish publishes the show folder again: fix the problem there first.")
