"""Print the results of `podcastkit check` as text and as GitHub annotations."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from podcastkit.checks import concerns
from podcastkit.checks.rule import DIRECTORIES, RANK
from podcastkit.cli.output import (
    count_findings,
    format_path,
    get_width,
    pluralize,
    print_diagnostics,
    print_line,
)
from podcastkit.diagnostics import Severity
from podcastkit.media.loudness_targets import HIGHEST_PEAK, LOUDNESS_TOLERANCE
from podcastkit.text.quoting import escape_invisible, hide_secrets
from podcastkit.text.terminal import count_columns, cut_columns
from podcastkit.text.timecodes import format_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from podcastkit.cli.check_target import CheckResult, MeasuredAudio
    from podcastkit.diagnostics import Diagnostic

_ANNOTATION_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_FIGURES_WIDTH = 52
"""The width of the audio table without the names, in columns of the terminal."""
_MIN_NAME_WIDTH = 12
_MANY_EPISODES = 10
"""A finding of more episodes than this is printed once, in a group of its own."""


def print_check(result: CheckResult, verdicts: Mapping[str, str]) -> None:
    """Print the findings by episode (the most severe first), the measured audio, and a verdict per directory."""
    _print_findings_by_episode(result)
    _print_audio_table(result.audio)
    findings = result.findings
    counts = f"{pluralize(result.episodes, 'episode')}, {', '.join(_count_by_severity(findings))}"
    print_line((f"\n{result.about}", "bold"), f": {counts}")
    for name, verdict in verdicts.items():
        _print_verdict(name, verdict, [finding for finding in findings if concerns(finding, (name,))])
    if result.publish_prediction:
        print_line((result.publish_prediction, "bold red"))


def _print_findings_by_episode(result: CheckResult) -> None:
    # Count the episodes in which each finding occurs.
    in_episodes = {(one.code, one.message, one.episode) for one in result.grouped_findings if one.episode}
    episode_counts = Counter((code, message) for code, message, _ in in_episodes)
    groups: dict[str | None, list[Diagnostic]] = {}
    for finding in result.grouped_findings:
        is_common = episode_counts[finding.code, finding.message] > _MANY_EPISODES
        groups.setdefault("Many episodes" if is_common else finding.episode, []).append(finding)
    was_one_line = False
    # The groups with the most severe findings come first.
    for episode, group in sorted(groups.items(), key=lambda entry: min(RANK[one.severity] for one in entry[1])):
        is_one_line = _fits_on_one_line(group)
        # Separate groups by an empty line, except groups of one line.
        gap = "" if is_one_line and was_one_line else "\n"
        _print_group(gap + (episode or "The show"), group, result.folder)
        was_one_line = is_one_line


def _fits_on_one_line(findings: Sequence[Diagnostic]) -> bool:
    """Return whether a group fits on one line, such as the info about a guessed episode number."""
    first, *others = findings
    return first.severity is Severity.INFO and not others and not (first.location and first.location.line)


def _print_group(heading: str, findings: Sequence[Diagnostic], folder: Path) -> None:
    if _fits_on_one_line(findings):
        print_line((heading, "bold"), (f"  {findings[0].code} info: {findings[0].message}", "dim"))
        return
    print_line((heading, "bold"))
    print_diagnostics(findings, folder)


def _print_audio_table(audio: Sequence[MeasuredAudio]) -> None:
    """Print a table of the measured audio. Long names are cut to the width of the terminal."""
    if not audio:
        return
    names = [escape_invisible(measured.episode) for measured in audio]
    # Names share the rest of the width, but are never too short to recognize.
    available_width = max(get_width() - _FIGURES_WIDTH, _MIN_NAME_WIDTH)
    width = min(max(count_columns(name) for name in (*names, "Audio")), available_width)
    print_line((f"\n{'Audio':<{width}}", "bold"), ("    LUFS  range   dBTP    length", "dim"))
    for name, measured in zip(names, audio, strict=True):
        shown = cut_columns(name, width)
        padding = " " * (width - count_columns(shown))
        print_line(shown + padding, *_format_figures(measured))


def _format_figures(audio: MeasuredAudio) -> tuple[str | tuple[str, str], ...]:
    measured = audio.measurement
    return (
        (f"  {_format_figure(measured.loudness)}", "yellow" if _is_off_target(audio) else ""),
        f"  {_format_figure(measured.loudness_range, 5)}",
        (f"  {_format_figure(measured.true_peak)}", "yellow" if _has_high_peak(audio) else ""),
        f"  {format_clock(measured.duration):>8}",
        (f"  {_format_treatment(audio)}", "cyan" if audio.is_master else "dim"),
    )


def _format_figure(figure: float | None, width: int = 6) -> str:
    return f"{'-' if figure is None else f'{figure:.1f}':>{width}}"


def _is_off_target(audio: MeasuredAudio) -> bool:
    """Return whether audio that is published unchanged misses the target loudness."""
    target, loudness = audio.settings.loudness, audio.measurement.loudness
    if audio.is_master or target is None or loudness is None:
        return False
    return round(abs(loudness - target), 1) > LOUDNESS_TOLERANCE


def _has_high_peak(audio: MeasuredAudio) -> bool:
    """Return whether audio that is published unchanged has a true peak above the limit."""
    peak = audio.measurement.true_peak
    return not audio.is_master and peak is not None and peak > HIGHEST_PEAK


def _format_treatment(audio: MeasuredAudio) -> str:
    """Return the change by publishing: `unchanged`, `becomes MP3` or `becomes -16 LUFS`."""
    if not audio.is_master:
        return "unchanged"
    target = audio.target_loudness
    return f"becomes {audio.settings.format.upper()}" if target is None else f"becomes {target:g} LUFS"


def _count_by_severity(findings: Sequence[Diagnostic]) -> tuple[str, str]:
    errors = count_findings(findings, Severity.ERROR, "error")
    return errors, count_findings(findings, Severity.WARNING, "warning")


def _print_verdict(name: str, verdict: str, findings: Sequence[Diagnostic]) -> None:
    counts = "".join(f"  {count}" for count in _count_by_severity(findings) if not count.startswith("no "))
    style = "green" if verdict == "pass" else "bold red"
    print_line(f"  {DIRECTORIES[name]:<15}", (verdict, style), (counts, "dim"))


def print_annotations(findings: Iterable[Diagnostic], folder: Path) -> None:
    """Print each finding as a workflow command, which GitHub shows next to the line.

    Source: GitHub Docs, Workflow commands for GitHub Actions, "Setting an error message".
    """
    for finding in findings:
        click.echo(_format_annotation(finding, folder))


def _format_annotation(finding: Diagnostic, folder: Path) -> str:
    where = finding.location
    location_properties = (
        {"file": format_path(folder, where.file), "line": where.line, "col": where.column} if where else {}
    )
    # GitHub shows the title above the message.
    properties = {**location_properties, "title": " ".join(filter(None, (finding.code, finding.episode)))}
    property_list = ",".join(
        f"{name}={_escape(hide_secrets(str(value)), ',:')}"
        for name, value in properties.items()
        if value is not None
    )
    text = hide_secrets("\n".join(filter(None, (finding.message, finding.hint))))
    return f"::{_ANNOTATION_LEVELS[finding.severity]} {property_list}::{_escape(text)}"


def _escape(text: str, more: str = "") -> str:
    """Escape the characters that would end a property or the command; `more` are those that end only a property."""
    return "".join(
        f"%{ord(character):02X}" if character in f"%\r\n{more}" else escape_invisible(character)
        for character in text
    )
