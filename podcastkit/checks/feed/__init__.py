"""Check a feed of any host against the feed rules: a document in, findings out."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import podcastkit.checks.feed.channel
import podcastkit.checks.feed.enclosures
import podcastkit.checks.feed.items
import podcastkit.checks.feed.numbers
import podcastkit.checks.feed.podcast_tags
import podcastkit.checks.feed.xml  # noqa: F401 - importing a module adds its rules to the catalog
from podcastkit.checks.rule import CATALOG, RANK, find_in_feed
from podcastkit.diagnostics import MAX_SIMILAR_SHOWN
from podcastkit.feed.tag_table import MISSING_TAG_RULES
from podcastkit.feed.xml_document import make_feed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.feed.xml_document import Document

_MAX_FINDINGS = 10_000
"""The maximum number of findings for each rule: a malicious feed could cause any number."""
_VALUES = re.compile(r'"[^"]*"|[0-9][0-9.,]*')
"""The values and numbers in a message."""


def check_document(
    document: Document, *, at: datetime, address: str | None = None, destinations: Collection[str] = ()
) -> tuple[Diagnostic, ...]:
    """Return all findings about a feed: first the channel, then each item, with errors before warnings and infos.

    `at` is the current time: later dates are in the future. `address` is the URL of a downloaded feed, or None for
    a file. `destinations` limits the rules to these directories; by default, all rules apply. If several rules
    require the same missing tag, only the most severe finding is returned.
    """
    feed = make_feed(document, at=at, address=address)
    findings = [_add_destinations(finding) for finding in document.diagnostics]
    if feed:
        for rule in CATALOG.values():
            findings += islice(find_in_feed(rule, feed), _MAX_FINDINGS)
    if destinations:
        findings = [
            finding
            for finding in findings
            if not finding.destinations or not set(destinations).isdisjoint(finding.destinations)
        ]
    item_starts = [(item.line, item.column) for item in (feed.items if feed else ())]
    return _remove_duplicates(sorted(set(findings), key=lambda finding: _make_sort_key(finding, item_starts)))


def _remove_duplicates(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the findings with only the first one about each missing tag, whose rule is the most severe."""
    kept: dict[object, Diagnostic] = {}
    for finding in findings:
        is_about_missing_tag = finding.code in MISSING_TAG_RULES
        # The message begins with the tag, as in "there is no <itunes:author>: apps show no name".
        key = (finding.location, finding.message.partition(": ")[0]) if is_about_missing_tag else finding
        kept.setdefault(key, finding)
    return tuple(kept.values())


def gather_similar(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the findings for people to read, with only the first of more than three similar findings.

    The message of this finding says how many more there are. Findings are similar if they have the same rule and
    severity, and their messages differ only in values and numbers. Findings about the channel and about items are
    never similar.
    """
    all_findings = tuple(findings)
    counts = Counter(map(_make_similarity_key, all_findings))
    reported: set[tuple[object, ...]] = set()
    gathered = []
    for finding in all_findings:
        key = _make_similarity_key(finding)
        if counts[key] <= MAX_SIMILAR_SHOWN:
            gathered.append(finding)
        elif key not in reported:
            reported.add(key)
            gathered.append(replace(finding, message=f"{finding.message} (and {counts[key] - 1:,} more)"))
    return tuple(gathered)


def _add_destinations(finding: Diagnostic) -> Diagnostic:
    return replace(finding, destinations=CATALOG[finding.code].destinations)


def _make_sort_key(finding: Diagnostic, item_starts: list[tuple[int, int]]) -> tuple[object, ...]:
    location = finding.location
    place = (location.line or 0, location.column or 0) if location else (0, 0)
    # The position of the item: the number of items that begin before the finding, or 0 for the channel.
    item_position = bisect_right(item_starts, place) if finding.episode is not None else 0
    return (item_position, RANK[finding.severity], place, finding.code, finding.message)


def _make_similarity_key(finding: Diagnostic) -> tuple[object, ...]:
    return finding.code, finding.severity, finding.episode is None, _VALUES.sub("", finding.message)
