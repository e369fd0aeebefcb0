"""The command `podcastkit verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.output import format_verdict, pluralize, print_failed_checks, print_json, print_line
from podcastkit.cli.progress import show_progress
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from podcastkit.verification.report import Report


@click.command()
@click.argument("show", required=False, metavar="[SHOW or FEED-URL]")
@click.option("--deep", is_flag=True, help="Download each file and check its content, too.")
@options.destination_options
@options.json_option
def verify(show: str | None, deep: bool, to: str | Path | None, url: str | None, as_json: bool) -> int:
    """Fetch the live feed and its files as apps do.

    Reports missing files, and files that are served in a way that some apps reject. If a show is published to a
    folder without a url, its files are checked on disk.

    With --deep, verify downloads every file (at most 1 GB each) and checks its content: the type and length of the
    audio, the size of the artwork, and whether transcripts and chapters can be read. Hosts may count each download.
    """
    is_address = show is not None and "://" in show
    if is_address and (to or url):
        raise click.UsageError("--to and --url need a show: remove them, or verify a show folder")
    if show and is_address:
        report = _verify_address(show, deep=deep)
    else:
        report = _verify_show(_to_path(show), to, url, deep=deep)
    # The next publish must check the destination again instead of exiting early.
    if not is_address and not report.ok:
        from podcastkit.publishing.up_to_date import delete_proof

        delete_proof(options.find_show_folder(_to_path(show)), to=to, url=url)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_report(report, is_own=not is_address)
    return int(not report.ok)


def _to_path(show: str | None) -> Path | None:
    return Path(show) if show else None


def _verify_address(text: str, *, deep: bool) -> Report:
    from podcastkit.text.addresses import parse_url
    from podcastkit.text.problem import Problem
    from podcastkit.verification.verify import verify as verify_feed

    address = parse_url(text)
    if isinstance(address, Problem):
        raise click.BadParameter(f"{address.message} ({address.hint})", param_hint="FEED-URL")
    with show_progress() as progress:
        return verify_feed(address, deep=deep, progress=progress)


def _verify_show(show: Path | None, to: str | Path | None, url: str | None, *, deep: bool) -> Report:
    """Verify the feeds of all languages: over HTTP or, for a folder without a url, on disk."""
    from podcastkit.published_keys import make_feed_key
    from podcastkit.publishing.destination import Target, resolve_destination
    from podcastkit.verification.report import join_reports
    from podcastkit.verification.verify import verify_feeds, verify_stored

    loaded = options.load_show(show)
    destination = resolve_destination(loaded, Target(to=to, url=url))
    keys = [make_feed_key(edition.translation) for edition in (loaded, *loaded.translations)]
    if not destination.is_served:
        return join_reports([verify_stored(destination.storage, destination.url, key, deep=deep) for key in keys])
    with show_progress() as progress:
        feeds = dict.fromkeys(f"{destination.url}/{key}" for key in keys)
        return verify_feeds(feeds, deep=deep, progress=progress)


def _print_report(report: Report, *, is_own: bool) -> None:
    """Print the checks of each feed, the failures of their files, and a summary.

    `is_own` means that the show folder is available, so that the show can be published again.
    """
    feeds = dict.fromkeys([report.feed, *(check.url for check in report.checks if check.check == "feed")])
    _print_feeds(report, feeds)
    _print_files(report, feeds)
    if is_own and not report.ok:
        print_line("If files are missing, upload them again with podcastkit publish.")
        if "://" in report.feed:
            print_line(
                "If the files exist, check url in show.toml, and whether everyone can read the bucket or folder."
            )


def _print_feeds(report: Report, feeds: dict[str, None]) -> None:
    for feed in feeds:
        print_line((feed, "bold"))
        for check in report.checks:
            if check.url == feed:
                print_line("  ", format_verdict(check), f" {check.check:<13}{check.message}")


def _print_files(report: Report, feeds: dict[str, None]) -> None:
    files = [check for check in report.checks if check.url not in feeds]
    print_failed_checks([check for check in files if not check.ok])
    count = len({check.url for check in files})
    failed = len({check.url for check in files if not check.ok})
    if failed:
        print_line((f"{failed} of {pluralize(count, 'file')} failed", "bold red"))
    elif count:
        print_line((f"{pluralize(count, 'file')} ok", "green"))
    if report.downloaded is not None:
        print_line(f"{format_size(report.downloaded)} downloaded")
