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
    from podcastkit.publishing.publish import Receipt


@click.command()
@options.show_argument
@click.option(
    "--keep-days",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    help="Keep what a feed named within these days; the files of the last 24 hours stay in any case.",
)
@options.destination_options
@options.json_option
@options.yes_option
def prune(
    show: Path | None, keep_days: int, to: str | Path | None, url: str | None, as_json: bool, yes: bool
) -> int:
    """Remove published files that no feed needs any more.

    They are listed, and removed only with --yes or when the question is answered so. A file that podcastkit did not
    put there is never touched, and neither is what arrived within the last 24 hours: a publish may need it.
    """
    from podcastkit.publishing.destination import Target
    from podcastkit.publishing.prune import prepare_pruning

    plan = prepare_pruning(options.load_show(show), Target(to=to, url=url), keep_days=keep_days)
    is_removed = bool(plan.removals or plan.leftovers) and (yes or _get_consent(plan))
    receipt = apply_plan(plan, verify=False) if is_removed else None
    if as_json:
        kept = [kept.to_dict() for kept in plan.kept]
        spared = list(receipt.spared) if receipt else []
        print_json(plan.to_dict() | {"removed": is_removed, "spared": spared, "kept": kept})
        return 0
    _print_pruning(plan, receipt)
    _print_kept(plan, keep_days)
    return 0


def _get_consent(plan: Plan) -> bool:
    """List what would be removed and ask, on a terminal."""
    if not sys.stdin.isatty():
        return False
    from podcastkit.cli.plan_output import print_removals

    print_removals(plan, err=True)
    confirm("Remove these?")
    return True


def _print_pruning(plan: Plan, receipt: Receipt | None) -> None:
    """Print what was removed, or what would be."""
    from podcastkit.cli.plan_output import print_removals, print_troubles

    spared = receipt.spared if receipt else ()
    sizes = [action.asset.size for action in plan.removals if action.asset.key not in spared]
    sizes += [leftover.size for leftover in plan.leftovers]
    if not sizes and not spared:
        say("There is nothing to remove.")
        return
    if not receipt:
        print_removals(plan)
    done = "removed" if receipt else "can be removed (the same command with --yes does it)"
    say(f"{pluralize(len(sizes), 'file')}, {format_size(sum(sizes))}: {done}")
    if receipt:
        print_troubles(receipt)


def _print_kept(plan: Plan, keep_days: int) -> None:
    """Print what no live feed names and stays for now, why, and until when."""
    if not plan.kept:
        return
    from podcastkit.text.dates import say_moment

    size = format_size(sum(kept.size for kept in plan.kept))
    moments = [kept.until for kept in plan.kept if kept.until]
    until = f" until {say_moment(max(moments), plan.show.timezone, plan.at)}" if moments else ""
    named = f"What a feed of the last {pluralize(keep_days, 'day')} names stays, and what" if keep_days else "What"
    ending = "" if keep_days else " stays"
    say(f"{pluralize(len(plan.kept), 'file')}, {size}, that the feed no longer names: kept{until}")
    say(f"  {named} arrived within the last 24 hours{ending}: a publish may still need it.")
