"""Check a show against the rules: a Show in, Diagnostics out. It needs no I/O and no clock."""

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
import podcastkit.checks.transcripts  # noqa: F401 - importing a module adds its rules to the catalog
from podcastkit.checks.ignored import IgnoredFindings
from podcastkit.checks.rule import CATALOG, DIRECTORIES, RANK, find_in_show
from podcastkit.diagnostics import Diagnostic, Severity, UnknownRuleError
from podcastkit.model import CheckedShow
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.checks.rule import Rule
    from podcastkit.model import Show

_MAX_SIMILAR = 3
_MIN_SIMILARITY = 0.5


def check_show(show: Show, *, errors_only: bool = False) -> CheckedShow:
    """Check a show and its translations against all rules, and add the findings from reading their files.

    Findings that the producer ignores are left out, except errors. `errors_only` skips all rules that are not
    errors, because a finding is never more severe than its rule.
    """
    ignored = IgnoredFindings(show)
    rules = [rule for rule in CATALOG.values() if not errors_only or rule.severity is Severity.ERROR]
    all_findings: set[Diagnostic] = set()
    errors = {}
    for language_version in (show, *show.translations):
        findings = set(_collect_findings(language_version, rules))
        # The errors of each translation decide whether its feed can be published.
        feed_errors = (finding for finding in findings if finding.severity is Severity.ERROR)
        errors[language_version.translation] = _sort_findings(show, feed_errors)
        all_findings |= findings
    reported = _sort_findings(show, (finding for finding in all_findings if finding not in ignored))
    return CheckedShow(show=show, findings=reported, errors=errors)


def compute_verdicts(findings: Iterable[Diagnostic]) -> dict[str, str]:
    """Return `pass` or `fail` for each directory and standard. An error without destinations fails all of them."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return {name: "fail" if any(concerns(error, (name,)) for error in errors) else "pass" for name in DIRECTORIES}


def concerns(finding: Diagnostic, destinations: Iterable[str]) -> bool:
    """Check whether a finding concerns any of the destinations. Without destinations, it concerns all of them."""
    return not finding.destinations or not set(destinations).isdisjoint(finding.destinations)


def explain(code: str) -> Rule:
    """Return the rule with this code, in upper or lower case.

    Raises UnknownRuleError with similar codes if there is no such rule.
    """
    wanted = code.strip().upper()
    if wanted not in CATALOG:
        # Join the codes, as in "E101, E102 or E103". Without similar codes, the text is empty.
        *first_codes, last_code = _find_similar_codes(wanted) or ("",)
        similar = " or ".join(filter(None, (", ".join(first_codes), last_code)))
        hint = f"did you mean {similar}?" if similar else "write a code that podcastkit check prints, such as E103"
        raise UnknownRuleError(f"{quote(code.strip())} is not the code of a rule", hint)
    return CATALOG[wanted]


def _find_similar_codes(wanted: str) -> list[str]:
    """Return codes with a similar spelling, with the same letter and the nearest numbers first."""
    # Only the first nine characters count, so that a long text does not result in a huge number.
    number = int("".join(re.findall(r"[0-9]", wanted[:9])) or 0)
    similarity = {code: difflib.SequenceMatcher(None, code, wanted).ratio() for code in CATALOG}

    def make_sort_key(code: str) -> tuple[float, bool, int, str]:
        return -similarity[code], code[0] != wanted[:1], abs(int(code[1:]) - number), code

    similar = [code for code in CATALOG if similarity[code] >= _MIN_SIMILARITY]
    return sorted(similar, key=make_sort_key)[:_MAX_SIMILAR]


def _collect_findings(show: Show, rules: Iterable[Rule]) -> Iterator[Diagnostic]:
    """Yield the findings from reading the files of a show, and the findings of the rules."""
    for finding in show.diagnostics:
        rule_of_finding = CATALOG.get(finding.code)
        destinations = rule_of_finding.destinations if rule_of_finding else ()
        yield replace(finding, destinations=destinations) if destinations else finding
    for rule in rules:
        yield from find_in_show(rule, show)


def _sort_findings(show: Show, findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the findings about the show, then those about each episode, with the most severe ones first."""
    positions = {episode.folder: index for index, episode in enumerate(show.episodes)}

    def make_sort_key(finding: Diagnostic) -> tuple[object, ...]:
        location = finding.location
        return (
            -1 if finding.episode is None else positions.get(finding.episode, len(positions)),
            RANK[finding.severity],
            location.file if location else "",
            (location.line or 0, location.column or 0) if location else (0, 0),
            finding.code,
            finding.message,
        )

    return tuple(sorted(findings, key=make_sort_key))
