"""What people read: findings, plans, receipts and audio facts in words."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import StringIO
from pathlib import Path
from textwrap import dedent, fill, indent
from typing import TYPE_CHECKING, Literal

import click
from rich.console import Console
from rich.text import Text

from podcastkit.checks import concerns
from podcastkit.checks.rule import DESTINATIONS, RANK
from podcastkit.checks.series import FINALE
from podcastkit.diagnostics import CheckFailed, Severity
from podcastkit.keys import HISTORY, MANIFEST_KEY, feed_key
from podcastkit.media.loudness_targets import HIGHEST_PEAK, LOUDNESS_TOLERANCE
from podcastkit.publishing.plan import ActionKind, DestructiveChange
from podcastkit.state.lock import LOCK_NAME
from podcastkit.storage.local import LocalStorage
from podcastkit.text.clock import format_clock, format_minutes, format_timestamp, round_to_millisecond
from podcastkit.text.dates import say_moment
from podcastkit.text.quoting import escape_invisible
from podcastkit.text.sizes import format_size
from podcastkit.text.terminal import count_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from podcastkit.build.due import HeldBack
    from podcastkit.build.master import Delivery
    from podcastkit.checks.rule import Rule
    from podcastkit.cli.checking import Checked, Sound
    from podcastkit.cli.probing import Probed
    from podcastkit.diagnostics import Diagnostic, PodcastkitError
    from podcastkit.feed.changes import Change
    from podcastkit.model import Audio, Measurement, Show
    from podcastkit.publishing.plan import Action, Plan
    from podcastkit.publishing.publish import Receipt
    from podcastkit.state.manifest import Release
    from podcastkit.verification.report import Check, Report

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_KINDS = {
    "new": ("new", "green"),
    "removed": ("removed", "bold red"),
    "audio": ("new audio", "yellow"),
    "title": ("retitled", "cyan"),
    "notes": ("new notes", "cyan"),
    "date": ("moved", "yellow"),
    "order": ("reordered", "cyan"),
    "details": ("changed", "cyan"),
    "show": ("show", "cyan"),
}
_FILES = frozenset({"artwork", "images", "chapters", "transcripts", "alternates"})
"""The fields of which the files' names say enough."""
_BLOCK = re.compile(
    r"""
    ^```\w*\n (?P<fenced>(?s:.*?)) ^```$ | (?P<indented>(?:^[ ]{4}.*(?:\n|\Z))+)
    | (?P<prose>(?:^(?!```|[ ]{4}).+(?:\n|\Z))+)
    """,
    re.MULTILINE | re.VERBOSE,
)
"""An example, or a paragraph, of a rule's page."""
_PAGE_ELSEWHERE = "Its page is in docs/reference/rules.md: Python left the pages out, as it does with -OO."
_WIDEST = 88
"""Columns that are read with ease."""
_LONGEST = 60
_MOST_ALIKE = 3
"""How many files are named that share a failure."""
_FIGURES_WIDTH = 52
"""Columns of a table of audio beside the names."""
_FEWEST_COLUMNS = 12
_ID = 12
"""How many digits of a feed's SHA-256 tell it apart for people."""


def print_error(error: PodcastkitError) -> None:
    """Say on stderr what failed and what to do next, with the findings or changes behind it."""
    console = _console(to_stderr=True)
    if isinstance(error, CheckFailed):
        errors = [finding for finding in error.diagnostics if finding.severity is Severity.ERROR]
        _print_diagnostics(console, errors, error.folder or Path())
    if isinstance(error, DestructiveChange):
        _print_changes(console, error.changes)
    _say(console, ("Error: ", "bold red"), error.message)
    if error.hint:
        _say(console, "  ", error.hint)


def print_findings(checked: Checked, verdicts: Mapping[str, str]) -> None:
    """Print every finding by episode, the worst first, and what each directory will say."""
    console = _console()
    groups: dict[str | None, list[Diagnostic]] = {}
    for finding in checked.gathered:
        groups.setdefault(finding.episode, []).append(finding)
    was_remark = False
    for episode, group in sorted(groups.items(), key=lambda entry: min(RANK[one.severity] for one in entry[1])):
        is_remark = _is_remark(group)
        gap = "" if is_remark and was_remark else "\n"
        _print_group(console, gap + (episode or "The show"), group, checked.folder)
        was_remark = is_remark
    _print_sounds(console, checked.sounds)
    findings = checked.findings
    counts = [_count(findings, Severity.ERROR, "error"), _count(findings, Severity.WARNING, "warning")]
    episodes = _plural(checked.episodes, "episode")
    _say(console, (f"\n{checked.about}", "bold"), f": {episodes}, {', '.join(counts)}")
    for name, verdict in verdicts.items():
        _print_verdict(console, name, verdict, [finding for finding in findings if concerns(finding, (name,))])
    if checked.outlook:
        _say(console, (checked.outlook, "bold red"))


def _print_sounds(console: Console, sounds: Sequence[Sound]) -> None:
    """Print a table of what was measured, as wide as the terminal where names are long."""
    if not sounds:
        return
    names = [escape_invisible(sound.episode) for sound in sounds]
    room = max(console.width - _FIGURES_WIDTH, _FEWEST_COLUMNS)
    width = min(max(count_columns(name) for name in (*names, "Audio")), room)
    _say(console, (f"\n{'Audio':<{width}}", "bold"), ("    LUFS  range   dBTP    length", "dim"))
    for name, sound in zip(names, sounds, strict=True):
        shown = _cut(name, width)
        heard, pad = sound.measurement, " " * (width - count_columns(shown))
        loudness = (f"  {_written(heard.loudness)}", "yellow" if _is_off(sound) else "")
        peak = (f"  {_written(heard.true_peak)}", "yellow" if _is_high(sound) else "")
        length = f"  {format_clock(heard.duration):>8}"
        becomes = (f"  {_say_becomes(sound)}", "cyan" if sound.is_master else "dim")
        _say(console, shown + pad, loudness, f"  {_written(heard.loudness_range, 5)}", peak, length, becomes)


def _is_off(sound: Sound) -> bool:
    target, loudness = sound.settings.loudness, sound.measurement.loudness
    if sound.is_master or target is None or loudness is None:
        return False
    return round(abs(loudness - target), 1) > LOUDNESS_TOLERANCE


def _is_high(sound: Sound) -> bool:
    peak = sound.measurement.true_peak
    return not sound.is_master and peak is not None and peak > HIGHEST_PEAK


def _say_becomes(sound: Sound) -> str:
    if not sound.is_master:
        return "as it is"
    target = sound.becomes
    return f"becomes {sound.settings.format.upper()}" if target is None else f"becomes {target:g} LUFS"


def _written(figure: float | None, width: int = 6) -> str:
    return f"{'-' if figure is None else f'{figure:.1f}':>{width}}"


def _cut(text: str, width: int) -> str:
    """Cut a text to so many columns."""
    if count_columns(text) <= width:
        return text
    while count_columns(text) >= width:
        text = text[:-1]
    return f"{text}…"


def _is_remark(findings: Sequence[Diagnostic]) -> bool:
    """Tell whether one line is enough for a group, as for how an episode's number was guessed."""
    first, *others = findings
    return first.severity is Severity.INFO and not others and not (first.location and first.location.line)


def _print_group(console: Console, about: str, findings: Sequence[Diagnostic], folder: Path) -> None:
    if _is_remark(findings):
        _say(console, (about, "bold"), (f"  {findings[0].code} info: {findings[0].message}", "dim"))
        return
    _say(console, (about, "bold"))
    _print_diagnostics(console, findings, folder)


def _print_verdict(console: Console, name: str, verdict: str, findings: Sequence[Diagnostic]) -> None:
    counts = [_count(findings, Severity.ERROR, "error"), _count(findings, Severity.WARNING, "warning")]
    told = "".join(f"  {count}" for count in counts if not count.startswith("no "))
    style = "green" if verdict == "pass" else "bold red"
    _say(console, f"  {DESTINATIONS[name]:<15}", (verdict, style), (told, "dim"))


def print_annotations(findings: Iterable[Diagnostic], folder: Path) -> None:
    """Print each finding as the workflow command that GitHub shows beside the line.

    Source: GitHub Docs, Workflow commands for GitHub Actions, "Setting an error message".
    """
    for finding in findings:
        click.echo(_annotation(finding, folder))


def _annotation(finding: Diagnostic, folder: Path) -> str:
    where = finding.location
    places = {"file": _seen_from_here(folder, where.file), "line": where.line, "col": where.column} if where else {}
    properties = {**places, "title": " ".join(filter(None, (finding.code, finding.episode)))}
    told = ",".join(
        f"{name}={_escaped(str(value), ',:')}" for name, value in properties.items() if value is not None
    )
    text = "\n".join(filter(None, (finding.message, finding.hint)))
    return f"::{_LEVELS[finding.severity]} {told}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    """Write a text so that it ends neither its property nor the command, and starts no other."""
    return "".join(f"%{ord(sign):02X}" if sign in f"%\r\n{more}" else escape_invisible(sign) for sign in text)


def print_rule(rule: Rule) -> None:
    """Print a rule's page: prose as wide as the terminal, up to 88 columns, and examples as they stand."""
    console = _console()
    whose = ", ".join(DESTINATIONS[name] for name in rule.destinations) or "every app and directory"
    style = _STYLES[rule.severity]
    _say(console, (rule.code, "bold"), "  ", (rule.severity.value, style), f"  {whose}")
    for block in _BLOCK.finditer(rule.page or _PAGE_ELSEWHERE):
        console.print()
        if example := block["fenced"] or block["indented"]:
            console.print(Text(indent(dedent(example).rstrip("\n"), " " * 4)))
        else:
            for line in re.split(r"\n(?=- )", block["prose"]):
                console.print(_emphasized(_filled(line, min(console.width, _WIDEST))))


def _filled(line: str, width: int) -> str:
    further = "  " if line.startswith("- ") else ""
    return fill(line, width, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)


def _emphasized(text: str) -> Text:
    parts = re.split(r"\*\*(.+?)\*\*", text)
    return Text.assemble(*((part, "bold" if index % 2 else "") for index, part in enumerate(parts)))


def print_plan(
    plan: Plan, *, to_stderr: bool = False, everything: bool = False, console: Console | None = None
) -> None:
    """Print what subscribers will see change, what is written and why, and what is held back.

    `everything` names the files that stay and podcastkit's own records, too.
    """
    console = console or _console(to_stderr=to_stderr)
    _say(console, (plan.show.title, "bold"), f" → {plan.storage.address}")
    if plan.changes:
        _say(console, "\nWhat subscribers will see")
        _print_changes(console, plan.changes)
    writes = [action for action in plan.actions if action.kind in {ActionKind.UPLOAD, ActionKind.UPDATE}]
    if writes:
        _say(console, "\nWhat is written")
        _print_actions(console, writes, everything=everything)
    if plan.removals or plan.leftovers:
        _say(console, "\nWhat is removed")
        _print_removals(console, plan, everything=everything)
    kept = [action for action in plan.actions if action.kind is ActionKind.KEEP]
    if kept and everything:
        _say(console, "\nWhat stays")
        _print_actions(console, kept, everything=True)
    if kept:
        _say(console, f"\n{_plural(len(kept), 'file')} unchanged." if writes else "\nNothing has changed.")
    _print_held_back(console, plan.held_back)
    _print_outlook(console, plan)
    _print_due(console, plan)


def print_receipt(receipt: Receipt, *, console: Console | None = None, trouble: Console | None = None) -> None:
    """Print what was published, where the feed is, and what to do next; what is held back goes to stderr."""
    console, trouble, plan = console or _console(), trouble or _console(to_stderr=True), receipt.plan
    _print_changes(console, plan.changes)
    _print_held_back(trouble, plan.held_back)
    episodes = _plural(len(receipt.published), "episode")
    if receipt.uploaded:
        written = f"{_plural(len(receipt.uploaded), 'file')} written, {format_size(receipt.bytes)}"
        _say(console, (f"\nPublished {episodes}", "bold"), f" to {plan.storage.address} ({written})")
    else:
        _say(console, ("\nNothing has changed", "bold"), f": {episodes} at {plan.storage.address}")
    _print_feeds(console, plan)
    _print_troubles(receipt, trouble)
    if receipt.verification and receipt.verification.ok and not isinstance(plan.storage, LocalStorage):
        _say(console, "Apps can fetch it, and all that was written.")
    _print_outlook(console, plan)
    _print_next_steps(console, receipt)
    _print_due(console, plan)


def _print_feeds(console: Console, plan: Plan) -> None:
    _say(console, "Feed: ", (plan.feed_url, "bold"))
    for translation in plan.show.translations:
        if translation.translation in plan.translations:
            address = f"{plan.url}/{feed_key(translation.translation)}"
            _say(console, f"In {translation.translation}: ", (address, "bold"))


def _print_troubles(receipt: Receipt, console: Console | None = None) -> None:
    """Print on stderr what went wrong after the feed was switched, and what apps cannot fetch."""
    console, plan = console or _console(to_stderr=True), receipt.plan
    _print_diagnostics(console, receipt.troubles, plan.show.folder)
    report = receipt.verification
    if report is None or report.ok:
        return
    _say(console, ("It is published, but apps cannot fetch all of it:", "bold red"))
    _print_alike(console, report.failures)
    _say(console, "  When that is mended, podcastkit verify looks again.")
    if _is_new_there(plan):
        _say(console, "  Its address is new: if that is wrong, mend url in show.toml and publish again.")
    elif plan.withdrawals_first is None:
        _say(console, "  podcastkit rollback brings the feed before this one back.")


def _is_new_there(plan: Plan) -> bool:
    """Tell whether no feed of the show was at this address before."""
    return plan.live_etag is None or any(change.field == "address" for change in plan.changes)


def print_report(report: Report, *, is_own: bool) -> None:
    """Print what an app meets at each feed, what is wrong with their files, and a summary.

    `is_own` says that a show's folder was named, which can be published again.
    """
    console = _console()
    feeds = dict.fromkeys([report.feed, *(check.url for check in report.checks if check.check == "feed")])
    for feed in feeds:
        _say(console, (feed, "bold"))
        for check in report.checks:
            if check.url == feed:
                _say(console, "  ", _verdict(check), f" {check.check:<13}{check.message}")
    files = [check for check in report.checks if check.url not in feeds]
    _print_alike(console, [check for check in files if not check.ok])
    count = len({check.url for check in files})
    failed = len({check.url for check in files if not check.ok})
    if failed:
        _say(console, (f"{failed} of {_plural(count, 'file')} failed", "bold red"))
    elif count:
        _say(console, (f"{_plural(count, 'file')} in order", "green"))
    if is_own and not report.ok:
        _say(console, "If something is gone, podcastkit publish sends it again.")
        if "://" in report.feed:
            _say(console, "If it is there all the same, see url in show.toml, and who may read the bucket.")


def print_withdrawal(receipt: Receipt) -> None:
    """Print what was taken back, and what podcastkit cannot reach."""
    console, plan = _console(), receipt.plan
    _print_changes(console, plan.changes)
    keys = [action.asset.key for action in plan.removals]
    files = sum(not _is_record(key) for key in keys)
    feeds = sum(_is_record(key) and key.endswith(".xml") for key in keys)
    earlier = f", and {_plural(feeds, 'earlier feed')} that named it" if feeds else ""
    _say(console, ("\nWithdrawn", "bold"), f": {_plural(files, 'file')} deleted{earlier}")
    _print_troubles(receipt)
    if plan.trial:
        _say(console, f"This is a trial: it is withdrawn from {plan.storage.address} alone.")
        return
    if plan.removed_urls:
        _say(console, "\nIf a CDN stands in front of it, purge these there:")
        for url in plan.removed_urls:
            _say(console, f"  {url}")
    _say(console, "\nApps keep what listeners have downloaded: nobody can take that back.")
    _say(console, "Remove the episode's folder from the show, or keep it: it is not published again.")


def print_rollback(receipt: Receipt) -> None:
    """Print which feed is live again, and what the next publish will do."""
    console, plan = _console(), receipt.plan
    _print_changes(console, plan.changes)
    written = [key for key in plan.feeds if key in receipt.uploaded]
    _say(console, ("\nThe feed is back", "bold"), f": {_plural(len(receipt.published), 'episode')}")
    for key in written:
        _say(console, "Feed: ", (f"{plan.url}/{key}", "bold"))
    for key in [key for key in plan.feeds if key not in written]:
        _say(console, f"{key} stays as it is: rollback --language brings back that of another language.")
    _print_troubles(receipt)
    _say(console, "The next publish brings the show's folder out again: mend it first.")


def print_history(show: Show, releases: Sequence[Release]) -> None:
    """Print the feeds that can come back, the present one first."""
    console = _console()
    for release in reversed(releases):
        moment = release.at.astimezone(show.timezone or UTC)
        live = ("  live", "bold green") if release is releases[-1] else ""
        episodes = _plural(release.episodes, "episode")
        _say(console, f"{release.feed_sha256[:_ID]}  {moment:%Y-%m-%d %H:%M %Z}  {episodes}", live)


def print_removals(plan: Plan) -> None:
    """Print on stderr what would be removed, for a question that follows."""
    _print_removals(_console(to_stderr=True), plan)


def print_pruning(plan: Plan, *, removed: bool, keep_days: int) -> None:
    """Print what was removed, or what would be."""
    console = _console()
    sizes = [action.asset.size for action in plan.removals] + [leftover.size for leftover in plan.leftovers]
    if not sizes:
        kept = f": what a feed of the last {_plural(keep_days, 'day')} names is kept" if keep_days else ""
        _say(console, f"There is nothing to remove{kept}.")
        return
    if not removed:
        _print_removals(console, plan)
    done = "removed" if removed else "can be removed (the same command with --yes does it)"
    _say(console, f"{_plural(len(sizes), 'file')}, {format_size(sum(sizes))}: {done}")


def _print_removals(console: Console, plan: Plan, *, everything: bool = False) -> None:
    _print_actions(console, plan.removals, everything=everything)
    for leftover in plan.leftovers:
        about = ("an upload that was never finished", "dim")
        _say(console, f"  remove  {format_size(leftover.size):>9}  {leftover.key}  ", about)


def print_audio(facts: Iterable[Probed]) -> None:
    """Print what audio files are, or why they are none."""
    console = _console()
    for fact in facts:
        if fact.error:
            print_error(fact.error)
        if fact.audio:
            _print_one_audio(console, fact.audio, fact.measurement)


def print_deliveries(deliveries: Sequence[Delivery], show: Show, to: Path | None) -> None:
    """Print what listeners will get of each episode, and what cannot be made."""
    console = _console()
    width = max((len(delivery.episode) for delivery in deliveries), default=0)
    for delivery in deliveries:
        _say(console, (delivery.episode.ljust(width), "bold"), f"  {_became(delivery)}")
    told = [one for delivery in deliveries for one in (delivery.trouble, delivery.remark) if one]
    _print_diagnostics(_console(to_stderr=True), told, show.folder)
    made = sum(delivery.figures is not None for delivery in deliveries)
    new = sum(delivery.is_new for delivery in deliveries)
    where = f"copies are in {to}" if to else "kept for the next publish"
    of_them = f"{_plural(made, 'file')} mastered, {new} of them just now" if made else "There was nothing to master"
    _say(console, f"{of_them}; {where}" if made or to else of_them)


def _became(delivery: Delivery) -> str:
    media, figures, before = delivery.media, delivery.figures, delivery.before
    if delivery.trouble or media is None:
        return "cannot be made" if delivery.trouble else "its audio is not on this machine"
    size = f"{format_clock(media.duration)}, {format_size(media.size)}"
    if figures is None:
        return f"{'published already' if delivery.is_published else 'goes out as it is'}, {size}"
    levels = " → ".join(_lufs(heard.loudness) for heard in (before, figures) if heard)
    peak = "" if figures.true_peak is None else f", peak {figures.true_peak:.1f} dBTP"
    return f"{levels} LUFS{peak}, {size}"


def _lufs(loudness: float | None) -> str:
    return "silent" if loudness is None else f"{loudness:.1f}"


def print_styled(text: str, *, to_stderr: bool = False) -> None:
    """Print what stood on styled paper, as far as the terminal knows its styles."""
    _console(to_stderr=to_stderr).print(Text.from_ansi(text.removesuffix("\n")))


def paper(*, styled: bool) -> Console:
    """Return a console that keeps what is printed to it, with or without what a terminal obeys."""
    system: Literal["standard"] | None = "standard" if styled else None
    return Console(
        file=StringIO(),
        force_terminal=styled,
        color_system=system,
        legacy_windows=False,
        no_color=False,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
    )


def text_on(console: Console) -> str:
    """Return what was printed to paper."""
    assert isinstance(console.file, StringIO)  # noqa: S101 - as `paper` made it
    return console.file.getvalue()


def _console(*, to_stderr: bool = False) -> Console:
    return Console(stderr=to_stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _say(console: Console, *parts: str | tuple[str, str]) -> None:
    """Print one line of plain and styled parts, with everything that a terminal would obey spelled out.

    A line feed at the beginning is an empty line before it; others, as in a folder's name, are spelled out too.
    """
    line = Text()
    for part in parts:
        text, style = (part, "") if isinstance(part, str) else part
        if text.startswith("\n") and not line:
            console.print()
        line.append(escape_invisible(text if line else text.removeprefix("\n")), style)
    console.print(line)


def _print_diagnostics(console: Console, findings: Iterable[Diagnostic], folder: Path) -> None:
    for finding in findings:
        where = _place(finding, folder)
        severity = (finding.severity.value, _STYLES[finding.severity])
        _say(console, f"{where}{finding.code} ", severity, f": {finding.message}")
        if finding.hint and finding.severity is not Severity.INFO:
            _say(console, ("  " + finding.hint, "dim"))


def _place(finding: Diagnostic, folder: Path) -> str:
    """Return `path:line:column: ` as an editor finds it from here."""
    if finding.location is None:
        return f"{finding.episode}: " if finding.episode else ""
    path = _seen_from_here(folder, finding.location.file)
    numbers = (finding.location.line, finding.location.column)
    return ":".join([path, *(str(number) for number in numbers if number is not None)]) + ": "


def _seen_from_here(folder: Path, file: str) -> str:
    if "://" in file:  # the address of a feed
        return file
    path = folder / file
    is_below = path.is_relative_to(Path.cwd()) and path != Path.cwd()
    return str(path.relative_to(Path.cwd()) if is_below else path)


def _count(findings: Iterable[Diagnostic], severity: Severity, word: str) -> str:
    count = sum(finding.severity is severity for finding in findings)
    return _plural(count, word) if count else f"no {word}s"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _print_changes(console: Console, changes: Iterable[Change]) -> None:
    for change in changes:
        word, style = _KINDS[change.kind]
        about = change.episode or (change.field or "") if change.kind != "order" else "the episodes"
        about = f"{change.language}: {about}" if change.language else about
        detail = _detail(change)
        _say(console, "  ", (f"{word:<10}", style), about, (f"  {detail}" if detail else "", "dim"))


def _detail(change: Change) -> str:
    if change.kind not in {"title", "date", "details", "show"}:
        return ""
    name = f"{change.field}: " if change.kind == "details" else ""
    old, new = (_shown(change.field, value) for value in (change.old, change.new))
    if old and new:
        return f"{name}{old} → {new}"
    return f"{name}{new or 'removed'}"


def _shown(field: str | None, value: str | None) -> str:
    """Write a value of a feed for people; what a foreign feed holds in its place stays as it is."""
    if not value:
        return ""
    if field == "date":
        try:
            return say_moment(parsedate_to_datetime(value), None, datetime.now(UTC))
        except ValueError:
            return _short(value)
    if field == "duration" and re.fullmatch("[0-9]{1,9}", value):
        return format_minutes(timedelta(seconds=int(value)))
    if field in _FILES and (names := re.findall(r"https?://\S*/(\S+)", value)):
        return _short(", ".join(names))
    return value if field == "address" else _short(value)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _print_actions(console: Console, actions: Iterable[Action], *, everything: bool = False) -> None:
    """Print a line for each file; podcastkit's own records share one, unless everything is to be named."""
    records = []
    for action in actions:
        if _is_record(action.asset.key) and not everything:
            records.append(action)
            continue
        size = f"{format_size(action.asset.size):>9}"
        _say(console, f"  {action.kind.value:<7} {size}  {action.asset.key}  ", (action.reason, "dim"))
    if records:
        size = f"{format_size(sum(action.asset.size for action in records)):>9}"
        what = "record" if len(records) == 1 else "records"
        about = "of podcastkit itself: earlier feeds, and what is published"
        _say(console, f"  {records[0].kind.value:<7} {size}  {len(records)} {what}  ", (about, "dim"))


def _is_record(key: str) -> bool:
    return key == MANIFEST_KEY or key.startswith(HISTORY)


def _verdict(check: Check) -> tuple[str, str]:
    return ("ok    ", "green") if check.ok else ("failed", "bold red")


def _print_alike(console: Console, checks: Iterable[Check]) -> None:
    """Print each failure once, with the first of the files that it was found at."""
    found: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        found.setdefault((check.check, check.message), []).append(check)
    for (name, message), alike in found.items():
        _say(console, "  ", _verdict(alike[0]), f" {name:<13}{message}")
        for check in alike[:_MOST_ALIKE]:
            _say(console, " " * 22, (check.url, "dim"))
        if len(alike) > _MOST_ALIKE:
            _say(console, " " * 22, (f"and {len(alike) - _MOST_ALIKE} more", "dim"))


def _print_held_back(console: Console, held_back: Iterable[HeldBack]) -> None:
    for held in held_back:
        style = "bold red" if held.is_broken else "yellow"
        where = f" in {held.language}" if held.language else ""
        _say(console, "  ", (f"{'held back':<10}", style), f"{held.episode}{where}: {held.reason}")
        if held.cure:
            _say(console, " " * 12, (held.cure, "dim"))


def _print_outlook(console: Console, plan: Plan) -> None:
    for finding in plan.findings:
        if finding.code == FINALE:
            _say(console, (_sentence(finding.message), "bold"))
    warnings = sum(finding.severity is not Severity.INFO for finding in plan.findings)
    if warnings:
        _say(console, f"podcastkit check has {_plural(warnings, 'finding')} to look at.")
    if plan.trial:
        meaning = "" if plan.show.records.episodes else " Dates and identities are made anew when it is for real."
        _say(console, ("This is a trial: nothing is fixed yet.", "yellow"), meaning)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _print_due(console: Console, plan: Plan) -> None:
    due = min((held for held in plan.held_back if held.due), key=lambda held: held.due or plan.at, default=None)
    if due and due.due:
        when = say_moment(due.due, plan.show.timezone, plan.at)
        name = next(episode.name for episode in plan.show.episodes if episode.folder == due.episode)
        _say(console, (f"{name} is due {when}: publish again then.", "bold"))


def _print_next_steps(console: Console, receipt: Receipt) -> None:
    plan = receipt.plan
    if plan.trial:
        _print_steps_after_trial(console, plan)
    elif receipt.committed and _is_new_there(plan):
        _print_steps_after_premiere(console, receipt)


def _print_steps_after_premiere(console: Console, receipt: Receipt) -> None:
    """Print where a feed at a new address belongs, once apps can fetch it."""
    _say(console, "\nWhat to do next")
    if receipt.verification is None or receipt.verification.ok:
        _say(console, "  Listen:            subscribe to the feed above in a podcast app")
        _say(console, "  Submit it, once:   to Apple (podcastsconnect.apple.com), Spotify (creators.spotify.com)")
        _say(console, "                     and the other directories that your listeners use")
    _say(console, f"  Keep it safe:      {LOCK_NAME}, with the show, in version control or a backup")


def _print_steps_after_trial(console: Console, plan: Plan) -> None:
    _say(console, "\nWhat to do next")
    if isinstance(plan.storage, LocalStorage) and plan.url == plan.storage.public_url:
        folder = shlex.quote(plan.storage.address)
        _say(console, "  Listen:            run this, and subscribe to the feed above in an app on this computer")
        _say(console, f"                     python -m http.server 8000 --bind 127.0.0.1 --directory {folder}")
    else:
        _say(console, "  Listen:            subscribe to the feed above in a podcast app")
    _say(console, "  Look for mistakes: podcastkit check")
    if plan.show.publish.url:
        _say(console, "  Publish for real:  podcastkit publish, without --to and --url")
        return
    _say(console, "  Publish for real:  say where, under [publish] in show.toml, and publish again:")
    _say(console, '                     to = "s3://your-bucket/your-show"    or a folder that a web server serves')
    _say(console, '                     url = "https://podcast.example.org"  where listeners fetch what lies there')


def _print_one_audio(console: Console, audio: Audio, heard: Measurement | None) -> None:
    channels = {1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
    bitrate = f", {round(audio.bitrate / 1000)} kbit/s" if audio.bitrate else ""
    _say(console, (str(audio.path), "bold"))
    sound = f"{audio.format} ({audio.codec}){bitrate}, {audio.sample_rate:,} Hz, {channels}"
    _say(console, f"  {sound}, {format_size(audio.size)}")
    _say(console, f"  length  {_precise(audio.duration)}")
    if heard:
        _say(console, f"  sound   {_say_loudness(heard)}")
    for name in ("title", "artist", "album", "track"):
        value = getattr(audio, name)
        if value:
            _say(console, f"  {name:<7} {value}")
    for chapter in audio.chapters:
        if not chapter.hidden:
            _say(console, f"  chapter {_precise(chapter.start)}  {chapter.title or ''}".rstrip())


def _say_loudness(heard: Measurement) -> str:
    figures = ((heard.loudness, "{:.1f} LUFS"), (heard.loudness_range, "range {:.1f} LU"))
    told = [
        words.format(figure)
        for figure, words in (*figures, (heard.true_peak, "true peak {:.1f} dBTP"))
        if figure is not None
    ]
    return ", ".join(told if heard.loudness is not None else ["too quiet or too short to be measured", *told])


def _precise(length: timedelta) -> str:
    return format_timestamp(round_to_millisecond(length), digits=1)
