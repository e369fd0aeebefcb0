"""Print lines, findings, JSON and questions for all commands."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from podcastkit.diagnostics import MAX_SIMILAR_SHOWN, CheckFailed, Severity, count_as_shown
from podcastkit.text.quoting import escape_invisible, hide_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.verification.report import Check

_STYLES: dict[str, dict[str, Any]] = {
    "bold": {"bold": True},
    "bold green": {"bold": True, "fg": "green"},
    "bold red": {"bold": True, "fg": "red"},
    "cyan": {"fg": "cyan"},
    "dim": {"dim": True},
    "green": {"fg": "green"},
    "yellow": {"fg": "yellow"},
}
SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}


class Declined(CheckFailed):
    """The user answered a question with no."""


def print_line(*parts: str | tuple[str, str], err: bool = False) -> None:
    """Print one line of plain and styled parts.

    Escapes control characters and hides secrets in URLs. A line feed at the beginning prints an empty line first.
    All other line feeds, for example in the name of a folder, are escaped.
    """
    line = ""
    for part in parts:
        text, style = (part, "") if isinstance(part, str) else part
        if text.startswith("\n") and not line:
            text = text.removeprefix("\n")
            click.echo(err=err)
        shown = escape_invisible(hide_secrets(text))
        line += click.style(shown, **_STYLES[style]) if shown and style else shown
    click.echo(line, err=err, color=_choose_colors())


def _choose_colors() -> bool | None:
    """Return whether to print colors, or None to let click print them only on a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in {"dumb", "unknown"}:
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def get_width() -> int:
    """Return the width of the terminal in columns."""
    from rich.console import Console

    return Console().width


def print_diagnostics(findings: Iterable[Diagnostic], folder: Path, *, err: bool = False) -> None:
    """Print each finding with its location, and its hint on a second line. Similar findings are merged."""
    for finding, others in _merge_similar(findings):
        where = _format_place(finding, folder)
        severity = (finding.severity.value, SEVERITY_STYLES[finding.severity])
        more = (_format_others(finding, others), "dim")
        print_line(f"{where}{finding.code} ", severity, f": {finding.message}", more, err=err)
        if finding.hint and finding.severity is not Severity.INFO:
            print_line(("  " + finding.hint, "dim"), err=err)


def _merge_similar(findings: Iterable[Diagnostic]) -> list[tuple[Diagnostic, list[Diagnostic]]]:
    """Return the findings to print, each with the hidden similar ones.

    Findings are similar if they share their message or, within a file, their code.
    """
    all_findings = list(findings)
    # A message in many places is one group; otherwise, the findings of a rule in a file are one group.
    counts = Counter((finding.code, finding.severity, finding.message) for finding in all_findings)
    groups: dict[object, list[Diagnostic]] = {}
    for finding in all_findings:
        by_message = (finding.code, finding.severity, finding.message)
        by_file = (finding.code, finding.severity, finding.episode, finding.location and finding.location.file)
        groups.setdefault(by_message if counts[by_message] > MAX_SIMILAR_SHOWN else by_file, []).append(finding)
    merged: list[tuple[Diagnostic, list[Diagnostic]]] = []
    for group in groups.values():
        shown = _choose_shown(group)
        # The last shown finding gets the hidden ones.
        shown_ids = {id(finding) for finding in shown}
        hidden = [finding for finding in group if id(finding) not in shown_ids]
        merged += [(finding, hidden if finding is shown[-1] else []) for finding in shown]
    # Keep the original order of the findings.
    order = {id(finding): index for index, finding in enumerate(all_findings)}
    return sorted(merged, key=lambda entry: order[id(entry[0])])


def _choose_shown(group: list[Diagnostic]) -> list[Diagnostic]:
    """Return all findings of a small group, or some with different messages of a large group."""
    if len(group) <= MAX_SIMILAR_SHOWN:
        return group
    first_by_message = {finding.message: finding for finding in reversed(group)}
    return list(reversed(first_by_message.values()))[:MAX_SIMILAR_SHOWN]


def _format_others(finding: Diagnostic, others: Sequence[Diagnostic]) -> str:
    """Return the number of similar findings and their first locations."""
    if not others:
        return ""
    similar = (finding, *others)
    if all(one.episode for one in similar) and len({one.episode for one in similar}) == len(similar):
        return format_more(len(others), "episode", [one.episode or "" for one in others])
    files = {one.location.file if one.location else one.episode for one in similar}
    if len(files) > 1:
        return format_more(len(others), "place", [one.location.file if one.location else "" for one in others])
    # All findings are in one file: list their lines.
    lines = [str(one.location.line) for one in others if one.location and one.location.line]
    return format_more(len(others), "line" if len({*lines}) == len(others) else "place", lines)


def format_more(count: int, kind: str, names: Iterable[str]) -> str:
    """Return the number of hidden items and their first names: ` (and 497 more lines: 5, 7, 9 …)`."""
    first_names = [name for name in dict.fromkeys(names) if name][:MAX_SIMILAR_SHOWN]
    shown = f": {', '.join(first_names)}{' …' if count > len(first_names) else ''}" if first_names else ""
    return f" (and {pluralize(count, f'more {kind}')}{shown})"


def _format_place(finding: Diagnostic, folder: Path) -> str:
    """Return `path:line:column: `, a format that editors can open."""
    if finding.location is None:
        return f"{finding.episode}: " if finding.episode else ""
    path = format_path(folder, finding.location.file)
    numbers = (finding.location.line, finding.location.column)
    return ":".join([path, *(str(number) for number in numbers if number is not None)]) + ": "


def format_path(folder: Path, file: str) -> str:
    """Return the path of a show's file, relative to the current folder if it is below that folder."""
    if "://" in file:  # the address of a feed
        return file
    path = folder / file
    is_below = path.is_relative_to(Path.cwd()) and path != Path.cwd()
    return str(path.relative_to(Path.cwd()) if is_below else path)


def print_failed_checks(checks: Iterable[Check], *, err: bool = False) -> None:
    """Print each different failure once, with the addresses of the first files that have the failure."""
    checks_by_failure: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        checks_by_failure.setdefault((check.check, check.message), []).append(check)
    for (name, message), similar in checks_by_failure.items():
        print_line("  ", format_verdict(similar[0]), f" {name:<13}{message}", err=err)
        for check in similar[:MAX_SIMILAR_SHOWN]:
            print_line(" " * 22, (check.url, "dim"), err=err)
        if len(similar) > MAX_SIMILAR_SHOWN:
            print_line(" " * 22, (f"and {len(similar) - MAX_SIMILAR_SHOWN} more", "dim"), err=err)


def format_verdict(check: Check) -> tuple[str, str]:
    """Return the result of a check as a word, and its style."""
    return ("ok    ", "green") if check.ok else ("failed", "bold red")


def count_findings(findings: Iterable[Diagnostic], severity: Severity, word: str) -> str:
    """Return the number of findings of a severity: `no errors`, `2 errors` or `2 errors in 500 places`."""
    matching_findings = [finding for finding in findings if finding.severity is severity]
    count = count_as_shown(matching_findings)
    if count == len(matching_findings):
        return pluralize(count, word) if count else f"no {word}s"
    return f"{pluralize(count, word)} in {pluralize(len(matching_findings), 'place')}"


def pluralize(count: int, word: str) -> str:
    """Return a number and its noun, in the plural if needed."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def print_json(data: object) -> None:
    """Print a value as JSON. Escapes characters that control a terminal."""
    import json

    text = json.dumps(_hide_secrets(data), indent=2, ensure_ascii=False)
    text = text.encode(errors="replace").decode()  # a file name may contain bytes that are not UTF-8
    click.echo(
        "".join(
            character if character.isprintable() or character == "\n" else json.dumps(character)[1:-1]
            for character in text
        )
    )


def _hide_secrets(data: object) -> object:
    """Return a JSON value without the secrets in its URLs."""
    if isinstance(data, str):
        return hide_secrets(data)
    if isinstance(data, Mapping):
        return {key: _hide_secrets(value) for key, value in data.items()}
    return [_hide_secrets(value) for value in data] if isinstance(data, list | tuple) else data


def confirm(question: str) -> None:
    """Ask a question on stderr. Raises Declined if the user answers no."""
    try:
        is_confirmed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)  # the next message starts on a new line
        raise
    if not is_confirmed:
        raise Declined("nothing was changed", "run the command again when you are ready", diagnostics=())
