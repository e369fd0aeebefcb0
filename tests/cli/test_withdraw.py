from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.storage.local import LocalStorage
from tests.published import URL, read_titles

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shows import Workshop


def public(show: Workshop) -> LocalStorage:
    return LocalStorage(show.folder / "public")


@pytest.mark.slow
def test_withdraw_prints_deleted_files_and_remaining_copies(
    show: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["withdraw", "04-part"]) == 1
    assert "--yes" in capsys.readouterr().err
    assert run(["withdraw", "04-part", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert "removed   Episode 4, Part 4" in shown
    assert "Withdrawn: 1 file deleted, and 1 earlier feed that contained the episode" in shown
    assert f"{URL}/media/04-part-" in shown
    assert "Episodes that listeners have downloaded stay in their apps" in shown
    assert read_titles(public(show)) == ["Part 1", "Part 2", "Part 3"]
    assert run(["publish"]) == 0
    assert "held back 04-part: withdrawn" in capsys.readouterr().err


def test_withdraw_json_contains_the_urls_to_purge(show: Workshop, read_json: Callable[[], Any]) -> None:
    assert run(["withdraw", "1", "--yes", "--json"]) == 0
    printed = read_json()
    assert sorted(url.rpartition("/")[2][:7] for url in printed["purge"]) == ["01-part", "01-part"]
    assert {action["action"] for action in printed["actions"]} >= {"remove"}
    assert len(read_titles(public(show))) == 3


def test_withdraw_unpublished_episode_is_refused(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["withdraw", "4-part", str(show.folder), "--yes"]) == 1
    assert "such as 04-part" in capsys.readouterr().err
    assert run(["withdraw"]) == 2


def test_withdraw_from_a_trial_run_reports_the_trial(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    trial = str(show.folder.parent / "trial")
    assert run(["publish", "--to", trial]) == 0
    assert "podcastkit publish, without --to and --url" in capsys.readouterr().out
    assert run(["withdraw", "4", "--to", trial]) == 0
    shown = capsys.readouterr().out
    assert f"This was a trial run: the episode was only withdrawn from {trial}." in shown
    assert "CDN" not in shown
    assert len(read_titles(public(show))) == 4
