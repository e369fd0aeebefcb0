"""The command `podcastkit check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from podcastkit.cli import options
from podcastkit.cli.output import print_json
from podcastkit.diagnostics import Severity, UnknownRuleError, has_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.cli.check_target import CheckResult


def _parse_directories(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Parse names of directories and standards, separated by commas. Without a value, return all of them."""
    from podcastkit.checks.rule import DIRECTORIES

    if value is None:
        return tuple(DIRECTORIES)
    names = [name.strip().lower() for name in value.split(",")]
    unknown = [name for name in names if name not in DIRECTORIES]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is unknown; use one of: {', '.join(DIRECTORIES)}")
    return tuple(name for name in DIRECTORIES if name in names)


@click.command()
@click.argument("target", required=False, metavar="[SHOW or FEED]")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "github"]),
    callback=options.record_json,
    default="text",
    show_default=True,
)
@click.option(
    "--for",
    "destinations",
    metavar="NAMES",
    callback=_parse_directories,
    help="Report findings for these only: apple, spotify, youtube, amazon, psp1, podcasting20 (comma-separated).",
)
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings, too.")
@click.option("--no-audio", is_flag=True, help="Do not measure loudness, peaks and silence.")
@click.option("--explain", metavar="CODE", help="Print the page of a rule and exit.")
def check(
    target: str | None,
    style: str,
    destinations: tuple[str, ...],
    strict: bool,
    no_audio: bool,
    explain: str | None,
) -> int:
    """Find problems in a show and explain how to fix them.

    FEED is the URL or the file of any feed. The feed is checked with the rules that do not need the show folder.
    """
    if explain is not None:
        _print_rule_page(explain)
        return 0
    from podcastkit.checks import compute_verdicts
    from podcastkit.cli.check_target import check_target

    result = check_target(target, destinations, audio=not no_audio).narrow(destinations)
    verdicts = {
        name: verdict for name, verdict in compute_verdicts(result.findings).items() if name in destinations
    }
    _print_result(result, verdicts, style)
    has_warnings = any(finding.severity is Severity.WARNING for finding in result.findings)
    return int(has_errors(result.findings) or (strict and has_warnings))


def _print_rule_page(code: str) -> None:
    from podcastkit.checks import explain
    from podcastkit.cli.rule_page import print_rule

    try:
        print_rule(explain(code))
    except UnknownRuleError as error:
        raise click.BadParameter(f"{error.message} ({error.hint})", param_hint="--explain") from error


def _print_result(result: CheckResult, verdicts: Mapping[str, str], style: str) -> None:
    from podcastkit.cli.check_output import print_annotations, print_check

    if style == "json":
        findings = [finding.to_dict() for finding in result.findings]
        print_json(
            {"findings": findings, "verdicts": verdicts, "audio": [audio.to_dict() for audio in result.audio]}
        )
    elif style == "github":
        print_annotations(result.grouped_findings, result.folder)
    else:
        print_check(result, verdicts)
