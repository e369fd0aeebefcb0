from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.state.lock import LOCK_NAME
from tests.cli.changes import CASES
from tests.processes import CTRL_C, run_on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shows import Workshop


@pytest.fixture
def published(real: Workshop, capsys: pytest.CaptureFixture[str]) -> Workshop:
    assert run(["publish", "--yes"]) == 0
    capsys.readouterr()
    return real


def break_audio(workshop: Workshop, name: str = "02-part") -> None:
    (workshop.folder / name / "audio.mp3").write_text("no audio")


def read_feed(workshop: Workshop) -> bytes:
    return (workshop.folder / "public" / "feed.xml").read_bytes()


def test_publish_prints_results_and_next_steps(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish"]) == 0
    shown = capsys.readouterr().out
    assert "Published 3 episodes" in shown
    assert "Feed: http://127.0.0.1:8000/feed.xml" in shown
    assert "This is a trial run." in shown
    assert f"--directory {workshop.folder / 'public'}" in shown
    assert (workshop.folder / "public" / "feed.xml").is_file()
    assert run(["publish"]) == 0
    assert "Nothing has changed" in capsys.readouterr().out


def test_publish_prints_the_next_due_episode_last(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    real.episode("04-later", f"---\ntitle: Later\ndate: {later:%Y-%m-%d}\n---\nn", mark=4)
    assert run(["publish"]) == 0
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert last.startswith("Episode 4 is due ")
    assert last.endswith(": publish again then.")
    assert (real.folder / LOCK_NAME).is_file()


@pytest.mark.usefixtures("real")
def test_first_publish_shows_where_to_submit_the_feed(capsys: pytest.CaptureFixture[str]) -> None:
    run(["publish"])
    assert "podcastsconnect.apple.com" in capsys.readouterr().out
    run(["publish"])
    assert "podcastsconnect.apple.com" not in capsys.readouterr().out


def test_publish_with_a_broken_episode_names_it_and_exits_1(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    break_audio(workshop)
    assert run(["publish"]) == 1
    shown = capsys.readouterr()
    assert "held back" in shown.err
    assert "02-part" in shown.err
    assert "02-part/audio.mp3: " in shown.err, "the location and the fix"
    assert "Published 2 episodes" in shown.out


def test_refused_publish_prints_the_line(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text().replace("explicit = false", 'explicit = "no"'))
    assert run(["publish"]) == 1
    assert "episodes/show.toml:6:1: S004 error" in capsys.readouterr().err


def test_trial_run_at_a_later_moment_publishes_due_episodes(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop.episode("04-later", "---\ntitle: Later\ndate: 2099-01-01\n---\nn", mark=4)
    assert run(["publish", "--to", "look", "--at", "2099-01-02T00:00:00Z"]) == 0
    assert "Published 4 episodes" in capsys.readouterr().out
    assert Path("look/feed.xml").is_file()


def test_publish_at_a_later_moment_is_a_usage_error(real: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish", "--at", "2099-01-02"]) == 2
    assert "give the episode a date" in capsys.readouterr().err
    assert not (real.folder / "public").exists()


def test_publish_json_prints_only_json(workshop: Workshop, read_json: Callable[[], Any]) -> None:
    assert run(["plan", "--json"]) == 0
    planned = read_json()
    assert set(planned) == {"schema", "changes", "actions", "next_due"}
    assert run(["publish", "--json"]) == 0
    published = read_json()
    assert published["outcome"] == "published"
    assert published["actions"] == planned["actions"]
    assert run(["publish", "--json"]) == 0
    assert read_json()["outcome"] == "unchanged"
    break_audio(workshop)
    assert run(["publish", "--json"]) == 1
    assert read_json()["outcome"] == "partial"


def test_publish_names_the_language_of_a_held_back_episode(
    show: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    with (show.folder / "show.toml").open("a", encoding="utf-8") as file:
        file.write('[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n')
    (show.folder / "01-part" / "notes.es.md").write_text("---\ntitel: x\n---\n", encoding="utf-8")
    assert run(["publish", "--yes"]) == 1
    assert "held back 01-part in es:" in capsys.readouterr().err


# Destructive changes


@pytest.mark.parametrize("name", CASES)
def test_publish_without_a_terminal_refuses_destructive_changes(
    published: Workshop, name: str, capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    case = CASES[name]
    case.make(published)
    feed = read_feed(published)
    assert run(["publish", "--json"]) == int(case.is_destructive)
    answered = read_json()
    assert answered["outcome"] == ("refused" if case.is_destructive else "published")
    assert answered["changes"]
    assert (read_feed(published) == feed) is case.is_destructive
    if case.is_destructive:
        assert run(["publish"]) == 1
        shown = capsys.readouterr().err
        assert case.lines[0] in shown
        assert "--yes" in shown
        assert run(["publish", "--yes"]) == 0
        assert read_feed(published) != feed


@pytest.mark.parametrize("name", CASES)
def test_publish_on_a_terminal_asks_before_releases_and_destructive_changes(
    published: Workshop, name: str, answer: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    case.make(published)
    feed = read_feed(published)
    answer("n\n")
    code = run(["publish"])
    shown = capsys.readouterr()
    if case.needs_question:
        assert (code, "[y/N]" in shown.err, "nothing was changed" in shown.err) == (1, True, True), shown.err
        assert case.lines[0] in shown.err
        assert read_feed(published) == feed
        answer("y\n")
        code = run(["publish"])
        assert "[y/N]" in capsys.readouterr().err
    else:
        assert "[y/N]" not in shown.err
    assert code == 0
    assert read_feed(published) != feed


@pytest.mark.parametrize(
    "options", [["--yes"], ["--to", "elsewhere"], ["--dry-run"]], ids=["yes", "trial", "dry run"]
)
@pytest.mark.parametrize("name", ["new episode", "removed"])
def test_publish_with_yes_trial_or_dry_run_asks_nothing(
    published: Workshop,
    options: list[str],
    name: str,
    answer: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    CASES[name].make(published)
    answer("")
    assert run(["publish", *options]) == 0
    assert "[y/N]" not in capsys.readouterr().err


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("options", [[], ["--yes"], ["--no-cache"]], ids=str)
def test_publish_without_changes_asks_nothing(
    options: list[str], answer: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    answer("")
    assert run(["publish", *options]) == 0
    shown = capsys.readouterr()
    assert "Nothing has changed" in shown.out
    assert "[y/N]" not in shown.err


def test_publish_strict_refuses_before_asking(
    real: Workshop, answer: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    break_audio(real)
    answer("")
    assert run(["publish", "--strict"]) == 1
    shown = capsys.readouterr().err
    assert "nothing was published (--strict)" in shown
    assert "A106" in shown
    assert "[y/N]" not in shown
    assert not (real.folder / "public").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [("y\n", 0, "Published 3 episodes"), ("n\n", 1, "\nnothing was changed"), (CTRL_C, 130, "\nstopped")],
    ids=["y", "n", "Ctrl-C"],
)
def test_publish_on_a_real_terminal_obeys_the_answer_to_its_question(
    real: Workshop, answer: str | None, code: int, words: str
) -> None:
    returned, screen = run_on_terminal("publish", answer=answer)
    assert returned == code, screen
    assert "Reading audio" in screen
    assert "Episode 1, Part 1" in screen
    assert words in screen.replace("\r", "")
    assert "Error" not in screen
    assert (real.folder / "public" / "feed.xml").exists() is (code == 0)
