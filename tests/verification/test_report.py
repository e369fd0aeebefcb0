from __future__ import annotations

import pytest

from podcastkit.text.terminal import safe_line
from podcastkit.verification.report import Report, failed, passed


def test_a_report_is_ok_when_nothing_failed() -> None:
    good, bad = passed("u", "head", 200, "it is there"), failed("u", "range", 200, "players cannot seek")
    assert Report(feed="f", checks=(good,)).ok
    assert not Report(feed="f", checks=(good, bad)).ok
    assert Report(feed="f", checks=(good, bad)).failures == (bad,)


@pytest.mark.parametrize(
    ("text", "line"),
    [("plain", "plain"), ("a\x1b[31mb\nc\u202ed", "a�[31mb�c�d"), ("x" * 300, "x" * 199 + "…")],
    ids=["plain", "commands", "long"],
)
def test_what_strangers_wrote_is_shown_as_one_harmless_line(text: str, line: str) -> None:
    assert safe_line(text) == line
