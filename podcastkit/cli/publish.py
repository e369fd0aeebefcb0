"""The command `podcastkit publish`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from podcastkit.cli.apply import carry_out, exit_code
from podcastkit.cli.errors import failures_as_json
from podcastkit.cli.options import (
    at_option,
    destination_options,
    json_option,
    no_cache_option,
    no_verify_option,
    remake_option,
    show_argument,
    yes_option,
)
from podcastkit.cli.output import print_json
from podcastkit.cli.plan import plan, prepare_plan

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@show_argument
@destination_options
@at_option
@json_option
@yes_option
@click.option("--strict", is_flag=True, help="Publish nothing while a due episode is broken.")
@click.option("--adopt", is_flag=True, help="Take over a feed.xml that something else made.")
@remake_option
@no_cache_option
@no_verify_option
@click.option("--dry-run", is_flag=True, help="Do what plan does.")
@click.pass_context
def publish(
    context: click.Context,
    show: Path | None,
    to: str | None,
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
    """Upload what is new and switch the feed, last of all."""
    if dry_run:
        options = {"to": to, "url": url, "at": at, "as_json": as_json, "adopt": adopt, "remake": remake}
        return int(context.invoke(plan, show=show, **options, no_cache=no_cache))
    from podcastkit.cli.up_to_date import keep_answers, print_if_unchanged

    is_plain = not (at or adopt or remake or no_cache)
    if is_plain and print_if_unchanged("publish", show, to=to, url=url, as_json=as_json):
        return 0
    begun = datetime.now(UTC)
    from podcastkit.publishing.publish import refuse

    with failures_as_json(as_json):
        prepared = prepare_plan(show, to, url, at, adopt=adopt, remake=remake, no_cache=no_cache)
        if not prepared.trial and prepared.at > datetime.now(UTC):
            raise click.UsageError("publishing happens now; to release later give the episode a date")
        refuse(prepared, yes=True, strict=strict)  # before any question
        receipt = carry_out(prepared, question="Publish this?", yes=yes, verify=not no_verify)
    if as_json:
        print_json(receipt.to_dict())
    else:
        from podcastkit.cli.receipt_output import print_receipt

        print_receipt(receipt)
    if at is None:
        keep_answers(receipt, begun=begun, to=to, url=url)
    return exit_code(receipt)
