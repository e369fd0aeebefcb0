"""The yardstick of the feed's benchmark is what podcastkit writes today."""

from __future__ import annotations

from tests.benchmarks.feeds import require_same_tree


def test_lxml_builds_the_very_feed_that_podcastkit_writes() -> None:
    require_same_tree(count=3)
