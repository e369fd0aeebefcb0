"""The command `podcastkit publish`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.apply import confirm_and_apply, get_exit_code
from podcastkit.cli.output import print_json
from podcastkit.cli.plan import load_result_if_unchanged, plan, prepare_plan
from podcastkit.cli.summary_output import print_receipt
from podcastkit.publishing.summary import summarize_plan

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.show_argument
@options.destination_options
@options.at_option
@options.json_option
@options.yes_option
@click.option("--strict", is_flag=True, help="Publish nothing if a due episode has errors.")
@click.option("--adopt", is_flag=True, help="Take over a feed.xml that another program wrote.")
@options.remake_option
@options.no_cache_option
@options.no_verify_option
@click.option("--dry-run", is_flag=True, help="Same as podcastkit plan.")
@click.pass_context
def publish(
    context: click.Context,
    show: Path | None,
    to: str | Path | None,
    url: str | None,
    at: str | None,
    as_json: bool,
    yes: bool,
    strict: bool,
    adopt: bool,
    remake: tuple[str, ...],
    no_cache: bool,
    no_verify: bool,
    dry_run: bool,
) -> int:
    """Upload new and changed files, then switch the feed."""
    if dry_run:
        shared = {"to": to, "url": url, "at": at, "as_json": as_json, "adopt": adopt, "remake": remake}
        return int(context.invoke(plan, show=show, **shared, no_cache=no_cache))
    # The stored result is only valid without these options.
    is_plain = not (at or adopt or remake or no_cache)
    if is_plain and (stored := load_result_if_unchanged(show, to, url)):
        if as_json:
            print_json(stored.receipt)
        else:
            print_receipt(stored.summary, show=show)
        return 0
    started_at = datetime.now(UTC)
    from podcastkit.publishing.publish import refuse_unconfirmed
    from podcastkit.publishing.up_to_date_proof import write_proof

    prepared = prepare_plan(show, to, url, at, adopt=adopt, remake=remake, no_cache=no_cache)
    if not prepared.trial and prepared.at > datetime.now(UTC):
        raise click.UsageError("publish always happens now; to release an episode later, give the episode a date")
    refuse_unconfirmed(prepared, yes=True, strict=strict)  # before any question
    receipt = confirm_and_apply(prepared, question="Publish these changes?", yes=yes, verify=not no_verify)
    if at is None:
        write_proof(receipt, begun=started_at, to=to, url=url)
    if as_json:
        print_json(receipt.to_dict())
    else:
        print_receipt(summarize_plan(receipt.plan), receipt, show=show)
    return get_exit_code(receipt)
