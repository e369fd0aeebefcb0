"""After each fault, the publish succeeded or changed nothing, and the next publish completes it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from botocore.compat import get_current_datetime

from podcastkit.cli.app import run
from tests.faults.proxy import Fault, Proxy, Rule
from tests.faults.scenarios import SCENARIOS, Scenario, play
from tests.faults.scene import KEYS, bucket_scene

if TYPE_CHECKING:
    from pathlib import Path

    from tests.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.fault)
def test_publish_during_fault_succeeds_or_changes_nothing(
    scenario: Scenario, seaweedfs: SeaweedFS, tmp_path: Path
) -> None:
    played = play(scenario, seaweedfs, tmp_path)
    assert played.outcome.name == scenario.ends, played.outcome
    assert played.faults == []
    if scenario.ends == "published":
        assert played.feed_after == played.feed_expected
        assert played.next_outcome.name == "unchanged"
    else:
        assert scenario.message in played.outcome.message
        assert played.outcome.hint
        assert played.feed_after == played.feed_before
        assert played.next_outcome.name == "published"
    assert played.sent == played.missing
    assert played.feed_at_last == played.feed_expected
    assert played.faults_at_last == []


def test_publish_command_during_fault_returns_right_exit_code(
    seaweedfs: SeaweedFS,
    proxy: Proxy,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    scene = bucket_scene(tmp_path / "episodes", seaweedfs.endpoint_url, proxy.url)
    command = ["publish", "--json", str(scene.folder)]

    late = get_current_datetime() + timedelta(hours=1)
    with mock.patch("botocore.auth.get_current_datetime", return_value=late):
        assert run(command) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["outcome"], scene.feed()) == ("refused", None)
    assert "clock" in answer["error"]
    assert answer["hint"]

    proxy.arm(Rule(Fault(lose_answer=True), "PUT", "/feed.xml", count=1))
    assert run(command) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["outcome"], scene.faults()) == ("published", [])
    assert run(command) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "unchanged"
