"""Test the findings in the golden shows, and that a golden shows each rule."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from podcastkit.checks.rule import CATALOG
from podcastkit.diagnostics import Severity
from tests.goldens import EXPECTED, SHOWS, examine, find_goldens

TESTS = Path(__file__).parents[1]
FEEDS = TESTS / "data" / "feeds" / "checked"
"""The expected findings in golden feeds, which show the rules for feeds."""
TESTED_ELSEWHERE = {
    "A103": "publishing/test_publish.py::test_failing_encoder_holds_back_its_episode",
    "A215": "build/test_master.py::test_missed_loudness_target_is_reported",
    "E108": "project/test_discovery.py::test_unreadable_folder_is_a_finding",
    "F104": "checks/feed/test_feed.py::test_missing_tag_is_reported_once_by_the_most_severe_rule",
    "S111": "publishing/test_publish.py::test_lock_that_cannot_be_written_is_a_warning",
    "S112": "publishing/test_publish.py::test_storage_without_conditions_is_a_finding_and_probed_with_a_feed_copy",
    "S150": "faults/test_races.py::test_prune_after_another_publish_keeps_its_files",
    "S153": "publishing/test_publish.py::test_guid_that_changes_with_adopt_is_a_finding",
}
"""Rules that no show folder can break, with their tests."""

_FINDING = re.compile(r"^(?![ #])(?:.*?: )?([A-Z]\d{3}) (error|warning|info): ", re.MULTILINE)


@pytest.mark.ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize("golden", find_goldens(), ids=lambda golden: golden.relative_to(SHOWS).as_posix())
def test_findings_in_golden_show_equal_the_reviewed_findings(golden: Path, tmp_path: Path) -> None:
    expected = golden / EXPECTED
    assert expected.exists(), "python -m tests.goldens writes this file"
    assert examine(golden, tmp_path) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", sorted(CATALOG))
def test_every_rule_has_a_golden_or_a_test(code: str) -> None:
    expected = [*(golden / EXPECTED for golden in find_goldens()), *FEEDS.glob("*.txt")]
    shown = {severity for file in expected for found, severity in read_findings(file) if found == code}
    if code in TESTED_ELSEWHERE:
        assert not shown, "a golden has this finding, so the rule needs no other test"
        file, _, name = TESTED_ELSEWHERE[code].partition("::")
        test = (TESTS / file).read_text(encoding="utf-8").partition(f"def {name}(")[2].partition("\ndef ")[0]
        assert f'"{code}"' in test
    else:
        assert CATALOG[code].severity in shown, "no golden has the finding with the severity of its rule"


def test_goldens_have_only_codes_of_the_catalog() -> None:
    found = {code for golden in find_goldens() for code, _ in read_findings(golden / EXPECTED)}
    assert found - set(CATALOG) == set()
    assert set(TESTED_ELSEWHERE) - set(CATALOG) == set()


def test_good_show_has_no_findings() -> None:
    assert read_findings(SHOWS / "good" / EXPECTED) == []


def test_golden_show_twenty_breaks_more_than_twenty_rules() -> None:
    found = {code for code, _ in read_findings(SHOWS / "twenty" / EXPECTED)}
    assert len(found) > 20
    assert {code[0] for code in found} == set("ACEINST")


@cache
def read_findings(expected: Path) -> list[tuple[str, Severity]]:
    """Return the codes and severities of the expected findings in a golden."""
    return [(code, Severity(severity)) for code, severity in _FINDING.findall(expected.read_text(encoding="utf-8"))]
