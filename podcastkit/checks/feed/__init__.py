"""The rules about a feed, whoever made it: its document in, Diagnostics out."""

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
import podcastkit.checks.feed.xml  # noqa: F401 - importing them enters their rules
from podcastkit.checks.rule import CATALOGUE, RANK, find_in_feed
from podcastkit.diagnostics import MAX_ALIKE
from podcastkit.feed.tag_table import ASKING_RULES
from podcastkit.feed.xml_document import as_feed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.feed.xml_document import Document

_MOST = 10_000
"""How many findings of one rule are looked for: a feed may be made to have no end of them."""
_VALUES = re.compile(r'"[^"]*"|[0-9][0-9.,]*')


def check_document(
    document: Document, *, at: datetime, address: str | None = None, destinations: Collection[str] = ()
) -> tuple[Diagnostic, ...]:
    """Return every finding about a feed: the channel's first, then by item, the worst first.

    `at` decides what lies in the future; `address` is where the feed was fetched, None when it is a file. Without
    `destinations` those of all matter. A missing tag that several rules ask for is found once, by the harshest.
    """
    feed = as_feed(document, at=at, address=address)
    found = [_with_destinations(finding) for finding in document.diagnostics]
    if feed:
        for rule in CATALOGUE.values():
            found += islice(find_in_feed(rule, feed), _MOST)
    if destinations:
        found = [one for one in found if not one.destinations or not set(destinations).isdisjoint(one.destinations)]
    starts = [(item.line, item.column) for item in (feed.items if feed else ())]
    return _without_repeats(sorted(set(found), key=lambda finding: _order(finding, starts)))


def _without_repeats(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Leave out a missing tag where a harsher rule tells of it."""
    kept: dict[object, Diagnostic] = {}
    for finding in findings:
        is_missing = finding.code in ASKING_RULES
        tag = (finding.location, finding.message.partition(": ")[0]) if is_missing else finding
        kept.setdefault(tag, finding)
    return tuple(kept.values())


def gather(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return what people read: where more than three findings say the same, the first stands for all of them.

    It says how many more there are. The same are those of one rule whose messages differ in values and numbers
    alone; an item's finding never stands for the channel's, nor a warning for an error.
    """
    listed = tuple(findings)
    counts = Counter(map(_kind, listed))
    told: set[tuple[object, ...]] = set()
    gathered = []
    for finding in listed:
        kind = _kind(finding)
        if counts[kind] <= MAX_ALIKE:
            gathered.append(finding)
        elif kind not in told:
            told.add(kind)
            gathered.append(replace(finding, message=f"{finding.message} (and {counts[kind] - 1:,} more)"))
    return tuple(gathered)


def _with_destinations(finding: Diagnostic) -> Diagnostic:
    return replace(finding, destinations=CATALOGUE[finding.code].destinations)


def _order(finding: Diagnostic, starts: list[tuple[int, int]]) -> tuple[object, ...]:
    where = finding.location
    place = (where.line or 0, where.column or 0) if where else (0, 0)
    item = bisect_right(starts, place) if finding.episode is not None else 0
    return (item, RANK[finding.severity], place, finding.code, finding.message)


def _kind(finding: Diagnostic) -> tuple[object, ...]:
    return finding.code, finding.severity, finding.episode is None, _VALUES.sub("", finding.message)
