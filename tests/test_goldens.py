"""What is found in the golden shows, line by line, and that every rule is shown by one of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from podcastkit.checks.rule import CATALOGUE
from podcastkit.diagnostics import Severity
from tests.goldens import EXPECTED, SHOWS, examine, find_goldens

TESTS = Path(__file__).parent
_FINDING = re.compile(r"^(?![ #])(?:\S.*?: )?([A-Z]\d{3}) (error|warning|info): ", re.MULTILINE)

# What no show in git can hold, and the test that shows it instead.
ELSEWHERE = {
    "A103": "publishing/test_publisher.py::test_an_encoder_that_fails_holds_back_its_episode",
    "E108": "test_folders.py::test_a_folder_that_cannot_be_read_is_a_finding",
    "S111": "publishing/test_publisher.py::",
    "S112": "publishing/test_publisher.py::",
}


def expected_codes() -> set[tuple[str, Severity]]:
    """Return the codes that the goldens show, with their severities."""
    texts = [(golden / EXPECTED).read_text(encoding="utf-8") for golden in find_goldens()]
    return {(code, Severity(severity)) for text in texts for code, severity in _FINDING.findall(text)}


@pytest.mark.parametrize("golden", find_goldens(), ids=lambda golden: golden.relative_to(SHOWS).as_posix())
def test_a_golden_show_has_the_findings_that_were_reviewed(golden: Path, tmp_path: Path) -> None:
    expected = golden / EXPECTED
    assert expected.exists(), "python -m tests.goldens writes it"
    assert examine(golden, tmp_path) == expected.read_text(encoding="utf-8")
