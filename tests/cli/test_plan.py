from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from tests.cli.changes import CASES, add_episode, get_notes_path, rewrite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shows import Workshop


@pytest.fixture
def published(real: Workshop, capsys: pytest.CaptureFixture[str]) -> Workshop:
    assert run(["publish", "--yes"]) == 0
    capsys.readouterr()
    return real


def list_file_states(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_plan_shows_actions_and_writes_nothing(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    assert "Changes for subscribers" in shown
    assert "new       Episode 1, Part 1" in shown
    assert "Files to upload" in shown
    assert "audio of Episode 1 is not uploaded yet" in shown
    assert not (workshop.folder / "public").exists()
    assert run(["publish", "--dry-run"]) == 0
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize("name", CASES)
def test_plan_shows_each_change_and_writes_nothing(
    published: Workshop, name: str, capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    case = CASES[name]
    case.make(published)
    before = list_file_states(published.folder)
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    assert all(line in shown for line in case.lines), shown
    assert run(["plan", "--json"]) == 0
    find_action = read_json()
    assert list_file_states(published.folder) == before
    found = [(change["kind"], change["field"]) for change in find_action["changes"]]
    assert sorted(found, key=str) == sorted(case.kinds, key=str) or not case.kinds
    assert any(change["destructive"] for change in find_action["changes"]) is case.is_destructive
    assert all(action["reason"] and action["size"] >= 0 for action in find_action["actions"])
    assert {action["action"] for action in find_action["actions"]} <= {"upload", "update", "keep", "remove"}
    assert next(action["action"] for action in find_action["actions"] if action["key"] == "feed.xml") == "update"


@pytest.mark.usefixtures("published")
def test_plan_without_changes_reports_no_changes(
    capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    assert run(["plan"]) == 0
    assert "Nothing has changed." in capsys.readouterr().out
    assert run(["plan", "--json"]) == 0
    find_action = read_json()
    assert find_action["changes"] == []
    assert {action["action"] for action in find_action["actions"]} == {"keep"}


def test_every_kind_of_action_has_a_reason(published: Workshop, read_json: Callable[[], Any]) -> None:
    add_episode(published)
    rewrite(get_notes_path(published, 1), "title: Part 1", "title: Ebb")
    (lost,) = (published.folder / "public" / "media").glob("02-*")
    lost.write_bytes(b"short")
    assert run(["plan", "--json"]) == 0
    actions = {action["key"]: action for action in read_json()["actions"]}

    def find_action(start: str) -> tuple[str, str]:
        (action,) = [action for key, action in actions.items() if key.startswith(start)]
        return action["action"], action["reason"]

    assert find_action("media/01") == ("keep", "audio of Episode 1 is already uploaded")
    whole = next(action["size"] for key, action in actions.items() if key.startswith("media/02"))
    assert find_action("media/02") == (
        "update",
        f"audio of Episode 2 is damaged at the destination: 5 of {whole} bytes",
    )
    assert find_action("media/04") == ("upload", "audio of Episode 4 is not uploaded yet")
    assert find_action("artwork/") == ("keep", "the artwork is already uploaded")
    assert find_action("feed.xml") == ("update", "the feed has changed")
    assert find_action("podcastkit.json") == ("update", "the record of the published files has changed")


def test_plan_all_lists_unchanged_files(published: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    add_episode(published)
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    assert "audio of Episode 1 is already uploaded" not in shown
    assert "4 files unchanged." in shown
    assert run(["plan", "--all"]) == 0
    shown = capsys.readouterr().out
    assert "audio of Episode 1 is already uploaded" in shown
    assert "keep" in shown


def test_podcastkit_files_share_a_line_of_the_plan(published: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    add_episode(published)
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    assert "3 podcastkit files  (feed history and manifest)" in shown
    assert "history/" not in shown
    assert run(["plan", "--all"]) == 0
    assert capsys.readouterr().out.count("  history/") == 2


def test_plan_shows_the_next_due_episode(
    published: Workshop, capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    due = (datetime.now(UTC) + timedelta(days=40)).replace(hour=13, minute=0, second=0, microsecond=0)
    published.episode("04-part", f"---\ntitle: Part 4\ndate: {due.isoformat()}\n---\nNew.\n", mark=4)
    assert run(["plan", "--json"]) == 0
    assert datetime.fromisoformat(read_json()["next_due"]) == due
    assert run(["plan"]) == 0
    assert "Episode 4 is due" in capsys.readouterr().out


def test_plan_with_a_broken_episode_exits_1(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    (workshop.folder / "02-part" / "audio.mp3").write_text("no audio")
    assert run(["plan"]) == 1
    assert "held back" in capsys.readouterr().out


def test_plan_at_a_later_moment_includes_due_episodes(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop.episode("04-later", "---\ntitle: Later\ndate: 2099-01-01\n---\nn", mark=4)
    assert run(["plan", "--at", "2099-01-02"]) == 0
    assert "Episode 4, Later" in capsys.readouterr().out


@pytest.mark.usefixtures("workshop")
def test_invalid_moment_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--at", "9/5/2024"]) == 2
    assert "5 September or 9 May" in capsys.readouterr().err
