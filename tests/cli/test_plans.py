"""What a plan tells, and when a publish asks, refuses or goes on: the commands as people and CI jobs start them."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import run
from podcastkit.state.lock import LOCK_NAME
from tests.processes import run_on_terminal
from tests.shows import Workshop, make_mp3, small_show

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

URL = "https://podcast.example.org"


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Workshop:
    """A show that is public."""
    monkeypatch.chdir(tmp_path)
    workshop = small_show(tmp_path / "episodes", f'[publish]\nto = "public"\nurl = "{URL}"\n')
    assert run(["publish", "--yes"]) == 0
    capsys.readouterr()
    return workshop


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def notes(workshop: Workshop, number: int) -> Path:
    return workshop.folder / f"0{number}-part" / "notes.md"


def add(workshop: Workshop) -> None:
    workshop.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nNew.\n", mark=4)


def replace_audio(workshop: Workshop) -> None:
    (workshop.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=9))


def replace_all_audio(workshop: Workshop) -> None:
    for number in (1, 2, 3):
        (workshop.folder / f"0{number}-part" / "audio.mp3").write_bytes(make_mp3(2, mark=90 + number))


def reorder(workshop: Workshop) -> None:
    rewrite(notes(workshop, 1), "title: Part 1", "title: Part 1\nnumber: 4")


def withhold(workshop: Workshop) -> None:
    rewrite(notes(workshop, 3), "title: Part 3", "title: Part 3\ndraft: true")


def postpone(workshop: Workshop) -> None:
    rewrite(notes(workshop, 3), "2024-09-03", "2099-01-01")


def show_toml(old: str, new: str) -> Callable[[Workshop], None]:
    return lambda workshop: rewrite(workshop.folder / "show.toml", old, new)


# Each: what is done, the kinds of change, the words on the screen, whether it takes something away.
CHANGES: dict[str, tuple[Callable[[Workshop], object], list[tuple[str, str | None]], list[str], bool]] = {
    "new episode": (add, [("new", None)], ["new       Episode 4, Part 4"], False),
    "new audio": (
        replace_audio,
        [("details", "duration"), ("audio", "audio")],
        ["new audio Episode 2, Part 2", "changed   Episode 2, Part 2  duration: 0:01 → 0:02"],
        False,
    ),
    "all audio": (replace_all_audio, [], ["new audio Episode 1, Part 1", "new audio Episode 3, Part 3"], True),
    "retitled": (
        lambda workshop: rewrite(notes(workshop, 1), "title: Part 1", "title: Ebb"),
        [("title", "title")],
        ["retitled  Episode 1, Ebb  Part 1 → Ebb"],
        False,
    ),
    "notes": (
        lambda workshop: rewrite(notes(workshop, 1), "What part 1 tells.", "More."),
        [("notes", "notes")],
        ["new notes Episode 1, Part 1"],
        False,
    ),
    "date": (
        lambda workshop: rewrite(notes(workshop, 1), "2024-09-01", "2024-08-30"),
        [("date", "date")],
        ["moved     Episode 1, Part 1  Sun 1 Sep 2024 06:00 → Fri 30 Aug 2024 06:00"],
        True,
    ),
    "order": (
        reorder,
        [("details", "number"), ("order", "order")],
        ["changed   Episode 4, Part 1  number: 1 → 4", "reordered the episodes"],
        False,
    ),
    "removed": (
        lambda workshop: (workshop.folder / "03-part").rename(workshop.folder / "_03-part"),
        [("removed", None)],
        ["removed   Episode 3, Part 3"],
        True,
    ),
    "draft": (withhold, [("removed", None)], ["removed   Episode 3, Part 3"], True),
    "future": (postpone, [("removed", None)], ["removed   Episode 3, Part 3"], True),
    "show": (
        show_toml('author = "Harbour Radio"', 'author = "Quay Radio"'),
        [("show", "author")],
        ["show      author  Harbour Radio → Quay Radio"],
        False,
    ),
    "address": (
        show_toml(URL, "https://new.example.org/show"),
        [("show", "address")],
        [f"show      address  {URL}/feed.xml → https://new.example.org/show/feed.xml"],
        True,
    ),
    "nothing": (lambda _: None, [], ["Nothing has changed."], False),
}


def state_of(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", CHANGES)
def test_a_plan_tells_each_change_and_changes_nothing(
    real: Workshop, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, kinds, words, is_destructive = CHANGES[name]
    change(real)
    before = state_of(real.folder)
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in words), shown
    assert run(["plan", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert state_of(real.folder) == before
    found = [(change["kind"], change["field"]) for change in told["changes"]]
    assert sorted(found, key=str) == sorted(kinds, key=str) or not kinds
    assert any(change["destructive"] for change in told["changes"]) is is_destructive
    assert all(action["reason"] and action["size"] >= 0 for action in told["actions"])
    assert {action["action"] for action in told["actions"]} <= {"upload", "update", "keep", "remove"}
    feed = next(action for action in told["actions"] if action["key"] == "feed.xml")
    assert feed["action"] == ("keep" if name == "nothing" else "update")


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "nothing"])
def test_without_a_terminal_only_what_takes_something_away_is_refused(
    real: Workshop, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, _, words, is_destructive = CHANGES[name]
    change(real)
    feed = (real.folder / "public" / "feed.xml").read_bytes()
    assert run(["publish", "--json"]) == int(is_destructive)
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == ("refused" if is_destructive else "published")
    assert told["changes"]
    assert ((real.folder / "public" / "feed.xml").read_bytes() == feed) is is_destructive
    if is_destructive:
        assert run(["publish"]) == 1
        shown = capsys.readouterr().err
        assert words[0] in shown
        assert "--yes" in shown
        assert run(["publish", "--yes"]) == 0
        assert (real.folder / "public" / "feed.xml").read_bytes() != feed


def test_every_kind_of_action_has_its_reason(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    add(real)
    rewrite(notes(real, 1), "title: Part 1", "title: Ebb")
    (lost,) = (real.folder / "public" / "media").glob("02-*")
    lost.write_bytes(b"short")
    assert run(["plan", "--json"]) == 0
    actions = {action["key"]: action for action in json.loads(capsys.readouterr().out)["actions"]}

    def told(start: str) -> tuple[str, str]:
        (action,) = [action for key, action in actions.items() if key.startswith(start)]
        return action["action"], action["reason"]

    assert told("media/01") == ("keep", "audio of Episode 1 is there already")
    whole = next(action["size"] for key, action in actions.items() if key.startswith("media/02"))
    assert told("media/02") == ("update", f"audio of Episode 2 is damaged there: 5 of {whole} bytes")
    assert told("media/04") == ("upload", "audio of Episode 4 is not there yet")
    assert told("artwork/") == ("keep", "the artwork is there already")
    assert told("feed.xml") == ("update", "the feed has changed")
    assert told("podcastkit.json") == ("update", "the record of what is published has changed")


def test_a_plan_names_what_stays_when_everything_is_asked_for(
    real: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    add(real)
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    assert "audio of Episode 1 is there already" not in shown
    assert "4 files unchanged." in shown
    assert run(["plan", "--all"]) == 0
    shown = capsys.readouterr().out
    assert "audio of Episode 1 is there already" in shown
    assert "keep" in shown


def test_the_records_of_podcastkit_itself_share_a_line_of_the_plan(
    real: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    add(real)
    assert run(["plan"]) == 0
    shown = capsys.readouterr().out
    assert "3 records  of podcastkit itself" in shown
    assert "history/" not in shown
    assert run(["plan", "--all"]) == 0
    assert capsys.readouterr().out.count("  history/") == 2


def test_the_next_due_episode_is_told(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    due = (datetime.now(UTC) + timedelta(days=40)).replace(hour=13, minute=0, second=0, microsecond=0)
    real.episode("04-part", f"---\ntitle: Part 4\ndate: {due.isoformat()}\n---\nNew.\n", mark=4)
    assert run(["plan", "--json"]) == 0
    assert datetime.fromisoformat(json.loads(capsys.readouterr().out)["next_due"]) == due
    assert run(["plan"]) == 0
    assert "Episode 4 is due" in capsys.readouterr().out


# A terminal


def on_a_terminal(answer: str, *arguments: str) -> tuple[int, str]:
    """Run a command on a terminal, and return its exit code and the screen without styles."""
    code, screen = run_on_terminal(*arguments, answer=answer)
    return code, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)


ASKED = {"new episode", "all audio", "date", "removed", "draft", "future"}


@pytest.mark.parametrize("name", [*sorted(ASKED), "retitled", "show"])
def test_on_a_terminal_new_episodes_and_what_takes_something_away_are_asked_for(real: Workshop, name: str) -> None:
    CHANGES[name][0](real)
    feed = (real.folder / "public" / "feed.xml").read_bytes()
    code, screen = on_a_terminal("n\n", "publish")
    if name in ASKED:
        assert (code, "[y/N]" in screen, "nothing was changed" in screen) == (1, True, True), screen
        assert CHANGES[name][2][0] in screen
        assert (real.folder / "public" / "feed.xml").read_bytes() == feed
        code, screen = on_a_terminal("y\n", "publish")
        assert "[y/N]" in screen
    else:
        assert "[y/N]" not in screen
    assert code == 0, screen
    assert (real.folder / "public" / "feed.xml").read_bytes() != feed


@pytest.mark.parametrize(
    "options", [["--yes"], ["--to", "elsewhere"], ["--dry-run"]], ids=["yes", "trial", "dry run"]
)
def test_on_a_terminal_nothing_is_asked_where_it_is_answered(real: Workshop, options: list[str]) -> None:
    CHANGES["removed"][0](real)
    code, screen = on_a_terminal("", "publish", *options)
    assert (code, "[y/N]" in screen) == (0, False), screen


@pytest.mark.parametrize("arguments", [["publish"], ["publish", "--yes"]], ids=" ".join)
def test_nothing_is_asked_when_nothing_is_new(real: Workshop, arguments: list[str]) -> None:
    assert (real.folder / LOCK_NAME).is_file()
    code, screen = on_a_terminal("", *arguments)
    assert (code, "[y/N]" in screen, "Nothing has changed" in screen) == (0, False, True)
