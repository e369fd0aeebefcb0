"""The command `podcastkit withdraw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.apply import confirm_and_apply, get_exit_code
from podcastkit.cli.output import pluralize, print_json, print_line

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
    """Remove a published episode permanently.

    EPISODE is the folder name, number or GUID of the episode. The episode is removed from the feed. Its files, and
    the earlier feeds that contain the episode, are deleted. The episode cannot be published again.
    """
    from podcastkit.publishing.destination import Target
    from podcastkit.publishing.withdraw import prepare_withdrawal

    plan = prepare_withdrawal(options.load_show(show), episode, Target(to=to, url=url))
    receipt = confirm_and_apply(plan, question="Remove the episode permanently?", yes=yes, verify=not no_verify)
    if as_json:
        print_json(receipt.to_dict() | {"purge": list(plan.removed_urls)})
    else:
        _print_withdrawal(receipt)
    return get_exit_code(receipt)


def _print_withdrawal(receipt: Receipt) -> None:
    """Print the deleted files, and the copies that podcastkit cannot delete."""
    from podcastkit.cli.plan_output import print_changes, print_problems

    plan = receipt.plan
    print_changes(plan.changes)
    print_line(("\nWithdrawn", "bold"), f": {_count_deleted(receipt)}")
    print_problems(receipt)
    if plan.trial:
        print_line(f"This was a trial run: the episode was only withdrawn from {plan.storage.address}.")
        return
    if plan.removed_urls:
        print_line("\nIf you use a CDN, purge these URLs there:")
        for url in plan.removed_urls:
            print_line(f"  {url}")
    print_line("\nEpisodes that listeners have downloaded stay in their apps and cannot be removed.")
    print_line("You can remove the episode folder or keep it: the episode will not be published again.")


def _count_deleted(receipt: Receipt) -> str:
    from podcastkit.cli.plan_output import is_own_file

    keys = {action.asset.key for action in receipt.plan.removals} - set(receipt.spared)
    files = sum(not is_own_file(key) for key in keys)
    feeds = sum(is_own_file(key) and key.endswith(".xml") for key in keys)
    earlier = f", and {pluralize(feeds, 'earlier feed')} that contained the episode" if feeds else ""
    return f"{pluralize(files, 'file')} deleted{earlier}"
