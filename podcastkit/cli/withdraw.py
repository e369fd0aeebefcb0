"""The command `podcastkit withdraw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.apply import carry_out, exit_code
from podcastkit.cli.output import pluralize, print_json, say

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.publishing.publish import Receipt


@click.command()
@click.argument("episode")
@options.show_argument
@options.destination_options
@options.json_option
@options.yes_option
@options.no_verify_option
def withdraw(
    episode: str,
    show: Path | None,
    to: str | Path | None,
    url: str | None,
    as_json: bool,
    yes: bool,
    no_verify: bool,
) -> int:
    """Take a published episode back for good.

    EPISODE is its folder's name, its number or its GUID. It leaves the feed at once, its files and the earlier
    feeds that name it are deleted, and it cannot be published again. Nothing else of the show changes.
    """
    from podcastkit.publishing.destination import Target
    from podcastkit.publishing.withdraw import prepare_withdrawal

    plan = prepare_withdrawal(options.load_show(show), episode, Target(to=to, url=url))
    receipt = carry_out(plan, question="Take it back for good?", yes=yes, verify=not no_verify)
    if as_json:
        print_json(receipt.to_dict() | {"purge": list(plan.removed_urls)})
    else:
        _print_withdrawal(receipt)
    return exit_code(receipt)


def _print_withdrawal(receipt: Receipt) -> None:
    """Print what was deleted, and what podcastkit cannot reach."""
    from podcastkit.cli.plan_output import print_changes, print_troubles

    plan = receipt.plan
    print_changes(plan.changes)
    say(("\nWithdrawn", "bold"), f": {_count_deleted(receipt)}")
    print_troubles(receipt)
    if plan.trial:
        say(f"This is a trial: it is withdrawn from {plan.storage.address} alone.")
        return
    if plan.removed_urls:
        say("\nIf a CDN stands in front of it, purge these there:")
        for url in plan.removed_urls:
            say(f"  {url}")
    say("\nApps keep what listeners have downloaded: nobody can take that back.")
    say("Remove the episode's folder from the show, or keep it: it is not published again.")


def _count_deleted(receipt: Receipt) -> str:
    from podcastkit.cli.plan_output import is_record

    keys = {action.asset.key for action in receipt.plan.removals} - set(receipt.spared)
    files = sum(not is_record(key) for key in keys)
    feeds = sum(is_record(key) and key.endswith(".xml") for key in keys)
    earlier = f", and {pluralize(feeds, 'earlier feed')} that named it" if feeds else ""
    return f"{pluralize(files, 'file')} deleted{earlier}"
