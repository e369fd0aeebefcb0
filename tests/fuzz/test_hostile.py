from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fuzz.checker import Checker, start_checker
from tests.fuzz.hostile import HOSTILE
from tests.shows import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.ffmpeg, pytest.mark.slow]

MEMORY_LIMIT = 50 * 10**6
"""The memory limit in bytes. Each bomb unpacks to more."""


@pytest.fixture(scope="module")
def checker() -> Iterator[Checker]:
    with start_checker() as started:
        yield started


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_show_ends_in_findings_with_little_memory(
    make: Callable[[Path], None], tmp_path: Path, checker: Checker
) -> None:
    workshop = Workshop(tmp_path / "show").show()
    workshop.episode("01-one")
    make(workshop.folder)
    done = checker.check(workshop.folder)
    assert done.code in {0, 1}, done.errors
    assert "Traceback" not in done.errors
    assert [finding for finding in done.findings if not (finding["message"] and finding["hint"])] == []
    assert done.memory < MEMORY_LIMIT
    assert not (tmp_path / "owned").exists()
    assert "root:" not in done.output
