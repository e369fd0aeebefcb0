"""Whatever goes wrong: the publish succeeds and is right, or nothing has changed; the next one finishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.scenarios import SCENARIOS, Scenario, play

if TYPE_CHECKING:
    from pathlib import Path

    from tests.seaweedfs import SeaweedFS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.fault)
def test_a_fault_hurts_nobody(scenario: Scenario, seaweedfs: SeaweedFS, tmp_path: Path) -> None:
    played = play(scenario, seaweedfs, tmp_path)
    assert played.outcome.name == scenario.ends, played.outcome
    assert played.faults == []
    if scenario.ends == "published":
        assert played.feed_after == played.feed_expected
        assert played.next_outcome.name == "unchanged"
    else:
        assert scenario.says in played.outcome.message
        assert played.outcome.hint
        assert played.feed_after == played.feed_before
        assert played.next_outcome.name == "published"
    assert played.sent == played.missing
    assert played.feed_at_last == played.feed_expected
    assert played.faults_at_last == []
