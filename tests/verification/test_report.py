from __future__ import annotations

import pytest

from podcastkit.verification.report import Report, check_readable, make_failure, make_pass


def test_report_without_failures_is_ok() -> None:
    good, bad = make_pass("u", "head", 200, "it is there"), make_failure("u", "range", 200, "players cannot seek")
    assert Report(feed="f", checks=(good,)).ok
    assert not Report(feed="f", checks=(good, bad)).ok
    assert Report(feed="f", checks=(good, bad)).failures == (bad,)


@pytest.mark.parametrize(
    ("before", "is_readable"),
    [
        (b"", True),
        (b"\xef\xbb\xbf", True),
        (b"\n", False),
        (b"\xef\xbb\xbf \t", False),
        (b"\xef\xbb\xbf" * 2, False),
    ],
)
def test_whitespace_before_the_declaration_makes_a_feed_unreadable(before: bytes, is_readable: bool) -> None:
    feed = b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>'
    assert check_readable("u", 200, before + feed).ok is is_readable
    assert check_readable("u", 200, before + feed.partition(b"?>")[2]).ok
