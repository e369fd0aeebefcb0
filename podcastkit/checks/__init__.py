"""The rules: a Show in, Diagnostics out. No I/O, no clock."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import podcastkit.checks.artwork
import podcastkit.checks.audio_content
import podcastkit.checks.audio_file
import podcastkit.checks.chapters
import podcastkit.checks.credits
import podcastkit.checks.episode
import podcastkit.checks.feed
import podcastkit.checks.ignored
import podcastkit.checks.intro_outro
import podcastkit.checks.notes
import podcastkit.checks.podcast_tags
import podcastkit.checks.rule_pages
import podcastkit.checks.series
import podcastkit.checks.show
import podcastkit.checks.titles
import podcastkit.checks.transcripts  # noqa: F401 - importing them enters their rules
from podcastkit.checks.ignored import Silenced
from podcastkit.checks.rule import CATALOGUE, DESTINATIONS, RANK, find_in_show
from podcastkit.diagnostics import Diagnostic, Severity, UnknownRuleError
from podcastkit.model import CheckedShow
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.checks.rule import Rule
    from podcastkit.model import Show

_MOST_ALIKE = 3
_LEAST_LIKENESS = 0.5


def check_show(show: Show, *, errors_only: bool = False) -> CheckedShow:
    """Apply all rules to a show and its translations, and add what was found while reading.

    Findings that the producer ignores are left out, except errors. `errors_only` skips the rules that only warn:
    a finding may be milder than its rule, never harsher.
    """
    silenced = Silenced(show)
    rules = [rule for rule in CATALOGUE.values() if not errors_only or rule.severity is Severity.ERROR]
    found: set[Diagnostic] = set()
    errors = {}
    for one in (show, *show.translations):
        of_feed = set(_find(one, rules))
        errors[one.translation] = _in_order(show, (f for f in of_feed if f.severity is Severity.ERROR))
        found |= of_feed
    findings = _in_order(show, (finding for finding in found if finding not in silenced))
    return CheckedShow(show=show, findings=findings, errors=errors)


def judge(findings: Iterable[Diagnostic]) -> dict[str, str]:
    """Return `pass` or `fail` for each directory and standard; an error that is everybody's fails all."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return {name: "fail" if any(concerns(error, (name,)) for error in errors) else "pass" for name in DESTINATIONS}


def concerns(finding: Diagnostic, destinations: Iterable[str]) -> bool:
    """Tell whether a finding is about any of the destinations: what is nobody's in particular is everybody's."""
    return not finding.destinations or not set(destinations).isdisjoint(finding.destinations)


def explain(code: str) -> Rule:
    """Return the rule with this code, in any case; raises UnknownRuleError, with the nearest codes, for no rule."""
    wanted = code.strip().upper()
    if wanted not in CATALOGUE:
        *others, last = _nearest(wanted) or ("",)
        alike = " or ".join(filter(None, (", ".join(others), last)))
        hint = f"did you mean {alike}?" if alike else "write it as podcastkit check prints it, such as E103"
        raise UnknownRuleError(f"{quote(code.strip())} is not the code of a rule", hint)
    return CATALOGUE[wanted]


def _nearest(wanted: str) -> list[str]:
    """Return the codes that are spelled alike, of the same family and with a near number first."""
    number = int("".join(re.findall(r"[0-9]", wanted[:9])) or 0)
    likeness = {code: difflib.SequenceMatcher(None, code, wanted).ratio() for code in CATALOGUE}

    def distance(code: str) -> tuple[float, bool, int, str]:
        return -likeness[code], code[0] != wanted[:1], abs(int(code[1:]) - number), code

    alike = [code for code in CATALOGUE if likeness[code] >= _LEAST_LIKENESS]
    return sorted(alike, key=distance)[:_MOST_ALIKE]


def _find(show: Show, rules: Iterable[Rule]) -> Iterator[Diagnostic]:
    for seen in show.diagnostics:
        entry = CATALOGUE.get(seen.code)
        yield replace(seen, destinations=entry.destinations) if entry and entry.destinations else seen
    for rule in rules:
        yield from find_in_show(rule, show)


def _in_order(show: Show, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    place = {episode.folder: index for index, episode in enumerate(show.episodes)}

    def key(finding: Diagnostic) -> tuple[object, ...]:
        where = finding.location
        return (
            -1 if finding.episode is None else place.get(finding.episode, len(place)),
            RANK[finding.severity],
            where.file if where else "",
            (where.line or 0, where.column or 0) if where else (0, 0),
            finding.code,
            finding.message,
        )

    return tuple(sorted(found, key=key))
