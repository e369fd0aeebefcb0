"""The benchmark of the feed builds the same feed as podcastkit."""

from __future__ import annotations

from tests.benchmarks.feeds import require_same_tree


def test_lxml_builds_same_feed_as_podcastkit() -> None:
    require_same_tree(count=3)
