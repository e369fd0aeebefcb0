"""The feeds in tests/data/feeds/checked and their findings. At least one of them breaks each rule.

`python -m tests.checked_feeds` writes the current findings next to each feed. Review the diff.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.checks.feed import check_document
from podcastkit.feed.xml_parser import read_document

if TYPE_CHECKING:
    from podcastkit.diagnostics import Diagnostic

AT = datetime(2024, 11, 1, 12, tzinfo=UTC)
FEEDS = sorted((Path(__file__).parent / "data" / "feeds" / "checked").glob("*.xml"))
_ADDRESSES = {"moved.xml": "https://new.example.org/feed.xml"}
"""The URLs of the feeds that were fetched; the others are files."""


def find(path: Path) -> tuple[Diagnostic, ...]:
    """Return the findings in a feed."""
    return check_document(read_document(path.read_bytes(), path.name), at=AT, address=_ADDRESSES.get(path.name))


def describe(findings: tuple[Diagnostic, ...]) -> str:
    """Format the findings as lines, each with its hint below it."""
    return "".join(
        f"{finding.location}: {finding.code} {finding.severity}: {finding.message}\n    {finding.hint}\n"
        for finding in findings
    )


if __name__ == "__main__":
    for feed in FEEDS:
        feed.with_suffix(".txt").write_text(describe(find(feed)), encoding="utf-8")
