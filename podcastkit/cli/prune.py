"""The command `podcastkit prune`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.apply import apply_plan
from podcastkit.cli.output import confirm, pluralize, print_json, say
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.publishing.plan import Plan


@click.command()
@options.show_argument
@click.option(
    "--keep-days",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    help="Keep what a feed named within these days.",
)
@options.destination_options
@options.json_option
@options.yes_option
def prune(
    show: Path | None, keep_days: int, to: str | Path | None, url: str | None, as_json: bool, yes: bool
) -> int:
    """Remove published files that no feed needs any more.

    They are listed, and removed only with --yes or when the question is answered so. A file that podcastkit did not
    put there is never touched.
    """
    from podcastkit.publishing.destination import Target
    from podcastkit.publishing.prune import prepare_pruning

    plan = prepare_pruning(options.load_show(show), Target(to=to, url=url), keep_days=keep_days)
    is_removed = bool(plan.removals or plan.leftovers) and (yes or _get_consent(plan))
    if is_removed:
        apply_plan(plan, verify=False)
    if as_json:
        print_json(plan.to_dict() | {"removed": is_removed})
    else:
        _print_pruning(plan, removed=is_removed, keep_days=keep_days)
    return 0


def _get_consent(plan: Plan) -> bool:
    """List what would be removed and ask, on a terminal."""
    if not sys.stdin.isatty():
        return False
    from podcastkit.cli.plan_output import print_removals

    print_removals(plan, err=True)
    confirm("Remove these?")
    return True


def _print_pruning(plan: Plan, *, removed: bool, keep_days: int) -> None:
    """Print what was removed, or what would be."""
    from podcastkit.cli.plan_output import print_removals

    sizes = [action.asset.size for action in plan.removals] + [leftover.size for leftover in plan.leftovers]
    if not sizes:
        kept = f": what a feed of the last {pluralize(keep_days, 'day')} names is kept" if keep_days else ""
        say(f"There is nothing to remove{kept}.")
        return
    if not removed:
        print_removals(plan)
    done = "removed" if removed else "can be removed (the same command with --yes does it)"
    say(f"{pluralize(len(sizes), 'file')}, {format_size(sum(sizes))}: {done}")
