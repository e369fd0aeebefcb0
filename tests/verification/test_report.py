from __future__ import annotations

from podcastkit.verification.report import Report, failed, passed


def test_a_report_is_ok_when_nothing_failed() -> None:
    good, bad = passed("u", "head", 200, "it is there"), failed("u", "range", 200, "players cannot seek")
    assert Report(feed="f", checks=(good,)).ok
    assert not Report(feed="f", checks=(good, bad)).ok
    assert Report(feed="f", checks=(good, bad)).failures == (bad,)
