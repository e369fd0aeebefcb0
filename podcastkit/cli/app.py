"""The command line: strings become values at the door, one function is called, its answer is printed."""

from __future__ import annotations

import json
import signal
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from podcastkit.diagnostics import (
    CheckFailed,
    ConflictError,
    PodcastkitError,
    Severity,
    StorageError,
    UnknownEpisodeError,
    UnknownRuleError,
    has_errors,
)
from podcastkit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from podcastkit.model import Show
    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt
    from podcastkit.verification.report import Report

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Ctrl-C, what `kill` sends, and what is sent when a terminal is closed."""
_STOPPED = "nothing is half done; run the command again to go on"
_INCOMPLETE = {"partial", "published-unverified"}
"""Outcomes that are no success, though the feed is live."""


class _Declined(CheckFailed):
    """Somebody was asked, and said no."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    0 fine, 1 findings or failure, 2 usage, 130 stopped by Ctrl-C, 143 by SIGTERM, 129 when the terminal was closed.
    A second signal ends the process.
    """
    with _stopping_on_signals() as signals:
        try:
            return int(commands.main(args=arguments, prog_name="podcastkit", standalone_mode=False) or 0)
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            click.echo(f"stopped: {_STOPPED}", err=True)
            return 128 + (signals[0] if signals else signal.SIGINT)
        except _Declined as error:
            click.echo(f"{error.message}; {error.hint}", err=True)
            return 1
        except PodcastkitError as error:
            from podcastkit.cli.printing import print_error

            print_error(error)
            return 1


@contextmanager
def _stopping_on_signals() -> Iterator[list[int]]:
    """Let the signals that end a command raise KeyboardInterrupt once, and give the list of those that came."""
    came: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        came.append(number)
        for taken in before:
            signal.signal(taken, signal.SIG_DFL)
        raise KeyboardInterrupt

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():  # no other can be told of signals
        found = {number: signal.getsignal(number) for number in _ENDING}
        before |= {number: handler for number, handler in found.items() if handler != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, stop)
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="podcastkit %(version)s")
def commands() -> None:
    """Publish a limited-series podcast from a folder of episodes.

    SHOW is the folder that holds show.toml; when it is not named, it is the current folder, the nearest one
    around it, or episodes/.
    """


def _show_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.argument("show", required=False, type=click.Path(path_type=Path))(command)


def _place(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Take a folder or a bucket; the empty text, which a script's unset variable leaves, would be this folder."""
    if value == "" or (value and "://" in value and not value.startswith("s3://")):
        raise click.BadParameter("a folder or s3://bucket/prefix is needed", context, parameter)
    return value


def _address(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Take an address that listeners can fetch from."""
    if value is None:
        return None
    from podcastkit.text.addresses import parse_address

    try:
        return parse_address(value)
    except StorageError as error:
        raise click.BadParameter(f"{error.message} ({error.hint})", context, parameter) from error


def _language(_context: click.Context, _option: click.Parameter, written: str | None) -> str | None:
    """Take the code of a language, in whichever case it is written."""
    from podcastkit.text.languages import parse_language
    from podcastkit.text.problem import Problem

    language = parse_language(written) if written is not None else None
    if isinstance(language, Problem):
        raise click.BadParameter(f"{language.message} ({language.hint})")
    return language


def _destinations(_context: click.Context, _option: click.Parameter, written: str | None) -> tuple[str, ...]:
    """Take the names of directories and standards, or all of them where none is given."""
    from podcastkit.checks.rule import DESTINATIONS

    if written is None:
        return tuple(DESTINATIONS)
    names = [name.strip().lower() for name in written.split(",")]
    unknown = [name for name in names if name not in DESTINATIONS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(DESTINATIONS)}")
    return tuple(name for name in DESTINATIONS if name in names)


def _destination_options(command: Callable[..., Any]) -> Callable[..., Any]:
    place = click.option(
        "--to", metavar="PLACE", callback=_place, help="A folder or s3://bucket/prefix, as a trial."
    )
    address = click.option(
        "--url", metavar="URL", callback=_address, help="Where listeners fetch what is published there."
    )
    return place(address(command))


_at_option = click.option("--at", metavar="MOMENT", help="Look at the show as of this moment (2024-09-05 06:00).")
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_no_cache_option = click.option("--no-cache", is_flag=True, help="Look at everything again.")
_no_verify_option = click.option("--no-verify", is_flag=True, help="Do not fetch what was published as apps would.")
_language_option = click.option(
    "--language", metavar="CODE", callback=_language, help="The feed of a translation, such as es."
)
_yes_option = click.option("--yes", is_flag=True, help="Agree to everything that would be asked.")


def _remake_option(command: Callable[..., Any]) -> Callable[..., Any]:
    text = "Make this episode's audio anew from its master; may be given several times."
    return click.option("--remake", metavar="EPISODE", multiple=True, help=text)(command)


@commands.command()
@click.argument("target", required=False, metavar="[SHOW or FEED]")
@click.option("--format", "style", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option(
    "--for",
    "destinations",
    metavar="NAMES",
    callback=_destinations,
    help="Only what matters to these: apple, spotify, youtube, amazon, psp1, podcasting20 (with commas).",
)
@click.option("--strict", is_flag=True, help="Let warnings fail, too.")
@click.option("--no-audio", is_flag=True, help="Do not measure loudness, peaks and silence.")
@click.option("--explain", metavar="CODE", help="Print the page of a rule, and look at nothing.")
def check(
    target: str | None,
    style: str,
    destinations: tuple[str, ...],
    strict: bool,
    no_audio: bool,
    explain: str | None,
) -> int:
    """Say what is wrong with a show, where, and how to mend it.

    FEED is the address of any feed, or its file: the rules that can be told from a feed are held against it.
    """
    if explain is not None:
        _explain(explain)
        return 0
    from podcastkit.checks import judge
    from podcastkit.cli.checking import check_target
    from podcastkit.cli.printing import print_annotations, print_findings

    with _failures_as_json(style == "json"):
        checked = check_target(target, audio=not no_audio).narrowed(destinations)
    verdicts = {name: verdict for name, verdict in judge(checked.findings).items() if name in destinations}
    if style == "json":
        findings = [finding.to_dict() for finding in checked.findings]
        heard = [sound.to_dict() for sound in checked.sounds]
        _print_json({"findings": findings, "verdicts": verdicts, "audio": heard})
    elif style == "github":
        print_annotations(checked.gathered, checked.folder)
    else:
        print_findings(checked, verdicts)
    has_warnings = any(finding.severity is Severity.WARNING for finding in checked.findings)
    return int(has_errors(checked.findings) or (strict and has_warnings))


def _explain(code: str) -> None:
    from podcastkit.checks import explain as find_rule
    from podcastkit.cli.printing import print_rule

    try:
        print_rule(find_rule(code))
    except UnknownRuleError as error:
        raise click.BadParameter(f"{error.message} ({error.hint})", param_hint="--explain") from error


@commands.command()
@_show_argument
@_destination_options
@_at_option
@_json_option
@click.option("--adopt", is_flag=True, help="Look at taking over a feed.xml that something else made.")
@_remake_option
@click.option("--all", "everything", is_flag=True, help="Name what stays and podcastkit's own records, too.")
@_no_cache_option
def plan(
    show: Path | None,
    to: str | None,
    url: str | None,
    at: str | None,
    as_json: bool,
    adopt: bool,
    remake: tuple[str, ...],
    everything: bool,
    no_cache: bool,
) -> int:
    """Say what publish would do, and what subscribers would see."""
    if not (at or adopt or remake or everything or no_cache) and _is_settled("plan", show, to, url, as_json):
        return 0
    from podcastkit.cli.printing import print_plan

    with _failures_as_json(as_json):
        prepared = _prepare(show, to, url, at, adopt=adopt, remake=remake, no_cache=no_cache)
    if as_json:
        _print_json(prepared.to_dict())
    else:
        print_plan(prepared, everything=everything)
    return int(any(held.is_broken for held in prepared.held_back))


@commands.command()
@_show_argument
@_destination_options
@_at_option
@_json_option
@_yes_option
@click.option("--strict", is_flag=True, help="Publish nothing while a due episode is broken.")
@click.option("--adopt", is_flag=True, help="Take over a feed.xml that something else made.")
@_remake_option
@_no_cache_option
@_no_verify_option
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
    if not (at or adopt or remake or no_cache) and _is_settled("publish", show, to, url, as_json):
        return 0
    begun = datetime.now(UTC)
    from podcastkit.cli.answers import keep
    from podcastkit.cli.printing import print_receipt
    from podcastkit.publishing.publish import refuse

    with _failures_as_json(as_json):
        prepared = _prepare(show, to, url, at, adopt=adopt, remake=remake, no_cache=no_cache)
        if not prepared.trial and prepared.at > datetime.now(UTC):
            raise click.UsageError("publishing happens now; to release later give the episode a date")
        refuse(prepared, yes=True, strict=strict)  # before anybody is asked
        refuse(prepared, yes=_agreed(prepared, yes=yes))
        receipt = _carry_out(prepared, verify=not no_verify)
    if as_json:
        _print_json(receipt.to_dict())
    else:
        print_receipt(receipt)
    if at is None:
        keep(receipt, _json_text, begun=begun, to=to, url=url)
    return int(receipt.outcome in _INCOMPLETE)


@commands.command()
@click.argument("show", required=False, metavar="[SHOW or FEED-URL]")
@_destination_options
@_json_option
def verify(show: str | None, to: str | None, url: str | None, as_json: bool) -> int:
    """Fetch the live feed and its files as apps do.

    It says what they would meet: what is missing, or served in a way that some of them do not take. A show in a
    folder without a url is looked at on disk, since nothing may be serving it.
    """
    from podcastkit.cli.printing import print_report

    if show is not None and "://" in show and (to or url):
        raise click.UsageError("a feed's address stands alone: --to and --url are for a show")
    is_own = show is None or "://" not in show
    with _failures_as_json(as_json):
        report = _verify(show, to, url)
    if is_own and not report.ok:
        from podcastkit.cli.answers import forget

        forget(Path(show) if show else None, to=to, url=url)
    if as_json:
        _print_json(report.to_dict())
    else:
        print_report(report, is_own=is_own)
    return int(not report.ok)


@commands.command()
@click.argument("episode")
@_show_argument
@_destination_options
@_json_option
@_yes_option
@_no_verify_option
def withdraw(
    episode: str,
    show: Path | None,
    to: str | None,
    url: str | None,
    as_json: bool,
    yes: bool,
    no_verify: bool,
) -> int:
    """Take a published episode back for good.

    EPISODE is its folder's name, its number or its GUID. It leaves the feed at once, its files and the earlier
    feeds that name it are deleted, and it cannot be published again. Nothing else of the show changes.
    """
    from podcastkit.cli.printing import print_withdrawal
    from podcastkit.publishing.publish import refuse
    from podcastkit.publishing.withdraw import prepare_withdrawal

    with _failures_as_json(as_json):
        prepared = prepare_withdrawal(_load(show), episode, to=_named(to), url=url)
        refuse(prepared, yes=_agreed(prepared, yes=yes, question="Take it back for good?"))
        receipt = _carry_out(prepared, verify=not no_verify)
    if as_json:
        _print_json(receipt.to_dict() | {"purge": list(prepared.removed_urls)})
    else:
        print_withdrawal(receipt)
    return int(receipt.outcome in _INCOMPLETE)


@commands.command()
@_show_argument
@_language_option
@_destination_options
@_json_option
def history(show: Path | None, language: str | None, to: str | None, url: str | None, as_json: bool) -> int:
    """List the feeds that were live, the present one first."""
    from podcastkit.cli.printing import print_history
    from podcastkit.publishing.rollback import history as list_releases

    with _failures_as_json(as_json):
        loaded = _load(show)
        releases = list_releases(loaded, to=_named(to), url=url, language=language)
    if as_json:
        _print_json({"schema": 1, "feeds": [release.to_dict() for release in reversed(releases)]})
    else:
        print_history(loaded, releases)
    return 0


@commands.command()
@_show_argument
@click.option("--feed", metavar="ID", help="Which feed, as history lists it; the one before, when absent.")
@_language_option
@_destination_options
@_json_option
@_yes_option
@_no_verify_option
def rollback(
    show: Path | None,
    feed: str | None,
    language: str | None,
    to: str | None,
    url: str | None,
    as_json: bool,
    yes: bool,
    no_verify: bool,
) -> int:
    """Bring an earlier feed back.

    The next publish brings the show's folder out again: mend it first.
    """
    from podcastkit.cli.printing import print_rollback
    from podcastkit.publishing.publish import refuse
    from podcastkit.publishing.rollback import prepare_rollback

    with _failures_as_json(as_json):
        prepared = prepare_rollback(_load(show), feed=feed, language=language, to=_named(to), url=url)
        refuse(prepared, yes=_agreed(prepared, yes=yes, question="Go back to this feed?"))
        receipt = _carry_out(prepared, verify=not no_verify)
    if as_json:
        _print_json(receipt.to_dict())
    else:
        print_rollback(receipt)
    return int(receipt.outcome in _INCOMPLETE)


@commands.command()
@_show_argument
@click.option(
    "--keep-days",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    help="Keep what a feed named within these days.",
)
@_destination_options
@_json_option
@_yes_option
def prune(show: Path | None, keep_days: int, to: str | None, url: str | None, as_json: bool, yes: bool) -> int:
    """Remove published files that no feed needs any more.

    They are listed, and removed only with --yes or when the question is answered so. A file that podcastkit did not
    put there is never touched.
    """
    from podcastkit.cli.printing import print_pruning, print_removals
    from podcastkit.publishing.prune import prepare_pruning

    with _failures_as_json(as_json):
        prepared = prepare_pruning(_load(show), keep_days=keep_days, to=_named(to), url=url)
        has_work = bool(prepared.removals or prepared.leftovers)
        if has_work and not yes and sys.stdin.isatty():
            print_removals(prepared)
            _ask("Remove these?")
            yes = True
        if has_work and yes:
            _carry_out(prepared, verify=False)
    if as_json:
        _print_json(prepared.to_dict() | {"removed": has_work and yes})
    else:
        print_pruning(prepared, removed=has_work and yes, keep_days=keep_days)
    return 0


@commands.command()
@_show_argument
@click.option("--to", metavar="FOLDER", type=click.Path(path_type=Path), help="Put copies into this folder.")
@_json_option
def master(show: Path | None, to: Path | None, as_json: bool) -> int:
    """Make what listeners will hear, and publish nothing.

    Masters (WAV, FLAC, AIFF …) get the loudness, format and tags that they are published with. What is made is kept
    for the next publish; with --to it can be listened to under its own name.
    """
    from podcastkit.build.master import master as make
    from podcastkit.cli.bars import show_progress
    from podcastkit.cli.printing import print_deliveries

    with _failures_as_json(as_json):
        loaded = _load(show)
        with show_progress() as progress:
            deliveries = make(loaded, to=to, progress=progress)
    if as_json:
        _print_json([delivery.to_dict() for delivery in deliveries])
    else:
        print_deliveries(deliveries, loaded, to)
    return int(any(delivery.trouble for delivery in deliveries))


@commands.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--loudness", is_flag=True, help="Measure loudness, its range and the true peak, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: always a list.")
def probe(files: tuple[Path, ...], loudness: bool, as_json: bool) -> int:
    """Say what audio files are: length, format, tags, chapters."""
    from podcastkit.cli.printing import print_audio
    from podcastkit.cli.probing import listen_to_files, probe_files

    with _failures_as_json(as_json):
        facts = listen_to_files(files) if loudness else probe_files(files)
    if as_json:
        _print_json([fact.to_dict() for fact in facts])
    else:
        print_audio(facts)
    return int(any(fact.audio is None for fact in facts))


def _picture(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Take a file whose ending says how the picture is written."""
    if file is not None and file.suffix.lower() not in {".svg", ".png"}:
        raise click.BadParameter(f"{file.name} ends neither with .svg nor with .png")
    return file


@commands.command()
@_show_argument
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_picture,
    help="Where to, an .svg or a .png; levels.svg in the current folder, when absent.",
)
def levels(show: Path | None, output: Path | None) -> int:
    """Draw how loud each episode is, second by second, beside the target.

    Masters are drawn as they will be, and faintly as they are. From within the show's folder, where it would be a
    file that does not belong there, levels.svg goes beside that folder.
    """
    from podcastkit.cli.leveling import write_levels

    click.echo(write_levels(show, output))
    return 0


def _is_settled(command: str, show: Path | None, to: str | None, url: str | None, as_json: bool) -> bool:
    """Say that nothing has changed, where that is proven without looking at everything."""
    from podcastkit.cli.answers import repeat

    return repeat(command, show, to=to, url=url, as_json=as_json)


def _load(show: Path | None, *, no_cache: bool = False) -> Show:
    from podcastkit.cli.bars import show_progress
    from podcastkit.project.discovery import find_show
    from podcastkit.project.loader import load

    folder = find_show(Path.cwd()) if show is None else show
    with show_progress() as progress:
        return load(folder, progress=progress, forget=no_cache)


def _prepare(
    show: Path | None,
    to: str | None,
    url: str | None,
    at: str | None,
    *,
    adopt: bool,
    remake: tuple[str, ...],
    no_cache: bool,
) -> Plan:
    from podcastkit.cli.bars import show_progress
    from podcastkit.publishing.prepare import prepare

    loaded = _load(show, no_cache=no_cache)
    moment = _moment(at, loaded) if at is not None else None
    try:
        with show_progress() as progress:
            return prepare(loaded, to=_named(to), url=url, at=moment, adopt=adopt, remake=remake, progress=progress)
    except UnknownEpisodeError as error:
        raise click.UsageError(f"{error.message} ({error.hint})") from error


def _carry_out(prepared: Plan, *, verify: bool) -> Receipt:
    from podcastkit.cli.bars import show_progress
    from podcastkit.publishing.publish import apply, verify_publish

    with show_progress() as progress:
        receipt = apply(prepared, progress=progress)
        return verify_publish(receipt, progress=progress) if verify else receipt


def _named(to: str | None) -> str | Path | None:
    """Return the place that `--to` names: a folder is relative to the current one."""
    from podcastkit.project.discovery import named_folder

    return named_folder(Path.cwd(), to) if to is not None and "://" not in to else to


def _verify(show: str | None, to: str | None, url: str | None) -> Report:
    from podcastkit.cli.bars import show_progress
    from podcastkit.verification.verify import verify as verify_feed
    from podcastkit.verification.verify import verify_stored

    if show is not None and "://" in show:
        with show_progress() as progress:
            return verify_feed(_feed_address(show), progress=progress)
    from podcastkit.keys import feed_key
    from podcastkit.publishing.destination import resolve_destination
    from podcastkit.verification.report import join_reports

    loaded = _load(Path(show) if show else None)
    destination = resolve_destination(loaded, _named(to), url)
    keys = [feed_key(one.translation) for one in (loaded, *loaded.translations)]
    if not destination.is_served:
        return join_reports([verify_stored(destination.storage, destination.url, key) for key in keys])
    with show_progress() as progress:
        return join_reports([verify_feed(f"{destination.url}/{key}", progress=progress) for key in keys])


def _feed_address(text: str) -> str:
    from podcastkit.text.addresses import parse_url
    from podcastkit.text.problem import Problem

    address = parse_url(text)
    if isinstance(address, Problem):
        raise click.BadParameter(f"{address.message} ({address.hint})", param_hint="FEED-URL")
    return address


def _moment(text: str, show: Show) -> datetime:
    from podcastkit.text.dates import parse_moment
    from podcastkit.text.problem import Problem

    parsed = parse_moment(text, show.timezone, time())
    if isinstance(parsed, Problem):
        raise click.BadParameter(f"{parsed.message} ({parsed.hint})", param_hint="--at")
    return parsed


def _agreed(prepared: Plan, *, yes: bool, question: str = "Publish this?") -> bool:
    """Ask on a terminal when an episode becomes public for the first time, or something destructive happens."""
    matters = bool(prepared.questions or prepared.removals or prepared.withdrawals_first)
    if yes or prepared.trial or not matters or not sys.stdin.isatty():
        return yes
    from podcastkit.cli.printing import print_plan

    print_plan(prepared, to_stderr=True)
    _ask(question)
    return True


def _ask(question: str) -> None:
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)  # what is told next begins a line of its own
        raise
    if not agreed:
        raise _Declined("nothing was changed", "run the command again when it is right", diagnostics=())


@contextmanager
def _failures_as_json(as_json: bool) -> Iterator[None]:
    """Tell a failure on stdout as JSON too, where JSON was asked for, and let it go on."""
    try:
        yield
    except PodcastkitError as error:
        if as_json:
            findings = [finding.to_dict() for finding in getattr(error, "diagnostics", ())]
            told = {"outcome": _outcome(error), "error": error.message, "hint": error.hint, "findings": findings}
            changes = [change.to_dict() for change in getattr(error, "changes", ())]
            if changes:
                told["changes"] = changes
            _print_json({"schema": 1, **told})
        raise
    except (click.Abort, KeyboardInterrupt):
        if as_json:
            told = {"outcome": "stopped", "error": "stopped", "hint": _STOPPED, "findings": []}
            _print_json({"schema": 1, **told})
        raise


def _outcome(error: PodcastkitError) -> str:
    if isinstance(error, ConflictError):
        return "conflict"
    return "unreachable" if isinstance(error, StorageError) else "refused"


def _print_json(data: object) -> None:
    click.echo(_json_text(data), nl=False)


def _json_text(data: object) -> str:
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return text.encode(errors="replace").decode()  # the names of files need not be Unicode
