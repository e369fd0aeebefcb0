"""The commands for what is published already: history, rollback, withdraw, prune."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.publishing.publish import publish
from podcastkit.storage.local import LocalStorage
from tests.published import URL, stored, titles
from tests.shows import Workshop, make_mp3, small_show

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A real show, published with three episodes and then with four and other audio."""
    monkeypatch.chdir(tmp_path)
    show = small_show(tmp_path / "episodes", f'[publish]\nto = "public"\nurl = "{URL}"\n')
    publish(show.folder, at=NOW - timedelta(days=100))
    show.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    (show.folder / "01-part" / "audio.mp3").write_bytes(make_mp3(2, mark=11))
    publish(show.folder, at=NOW - timedelta(days=60))
    return show


def public(show: Workshop) -> LocalStorage:
    return LocalStorage(show.folder / "public")


def json_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_history_is_listed_with_the_live_feed_first(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("4 episodes  live")
    assert second.endswith("3 episodes")
    assert run(["history", "--json"]) == 0
    feeds = json_of(capsys)["feeds"]
    assert [feed["episodes"] for feed in feeds] == [4, 3]
    assert [line.split()[0] for line in (first, second)] == [feed["feed"][:12] for feed in feeds]
    assert len(stored(public(show))) > 4


def test_a_rollback_says_what_vanishes_and_asks_for_a_yes(
    show: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rollback"]) == 1
    assert "removed   Episode 4, Part 4" in capsys.readouterr().err
    assert titles(public(show))[-1] == "Part 4"
    assert run(["rollback", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert "The feed is back" in shown
    assert "3 episodes" in shown
    assert "The next publish brings the show's folder out again" in shown
    assert titles(public(show))[-1] == "Part 3"


def test_each_language_has_a_history_and_a_way_back(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    with (show.folder / "show.toml").open("a", encoding="utf-8") as file:
        file.write('[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n')
    assert run(["publish", "--yes"]) == 0
    assert f"In es: {URL}/feed.es.xml" in capsys.readouterr().out
    (show.folder / "01-part" / "notes.es.md").write_text("# Parte 1\n\nEl puerto.\n", encoding="utf-8")
    assert run(["publish"]) == 0
    assert "retitled  es: Episode 1, Parte 1  Part 1 → Parte 1" in capsys.readouterr().out
    assert run(["history", "--language", "es"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    capsys.readouterr()
    assert run(["rollback", "--language", "es"]) == 0
    shown = capsys.readouterr().out
    assert f"Feed: {URL}/feed.es.xml" in shown
    assert "feed.xml stays as it is" in shown
    assert titles(public(show), "feed.es.xml")[0] == "Part 1"
    assert run(["history", "--language", "en"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert run(["history", "--language", "ES"]) == 0
    assert run(["history", "--language", "spanish"]) == 2
    assert 'write "es"' in capsys.readouterr().err
    assert run(["history", "--language", "fr"]) == 1
    assert "never published in fr" in capsys.readouterr().err


def test_what_is_held_back_in_one_language_is_told(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    with (show.folder / "show.toml").open("a", encoding="utf-8") as file:
        file.write('[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n')
    (show.folder / "01-part" / "notes.es.md").write_text("---\ntitel: x\n---\n", encoding="utf-8")
    assert run(["publish", "--yes"]) == 1
    assert "held back 01-part in es:" in capsys.readouterr().err


def test_a_folder_is_verified_in_every_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = '[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n'
    show = small_show(tmp_path / "quiet" / "episodes", lines)
    publish(show.folder, at=NOW)
    assert run(["verify", str(show.folder), "--json"]) == 0
    capsys.readouterr()
    assert run(["verify", str(show.folder)]) == 0
    feeds = [line for line in capsys.readouterr().out.splitlines() if line.endswith(".xml")]
    assert [feed.rpartition("/")[2] for feed in feeds] == ["feed.xml", "feed.es.xml"]
    (show.folder / "public" / "feed.es.xml").unlink()
    assert run(["verify", str(show.folder), "--json"]) == 1
    (failed,) = [check for check in json_of(capsys)["checks"] if not check["ok"]]
    assert failed["url"].endswith("feed.es.xml")


def test_a_rollback_names_its_feed_and_tells_json(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    run(["history", "--json"])
    oldest = json_of(capsys)["feeds"][-1]["feed"]
    assert run(["rollback", str(show.folder), "--feed", oldest[:12], "--yes", "--json"]) == 0
    told = json_of(capsys)
    assert (told["outcome"], told["committed"]) == ("published", True)
    assert run(["rollback", "--feed", "ffff", "--json"]) == 1
    assert json_of(capsys)["outcome"] == "refused"


def test_withdraw_says_what_is_gone_and_what_nobody_can_take_back(
    show: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["withdraw", "04-part"]) == 1
    assert "--yes" in capsys.readouterr().err
    assert run(["withdraw", "04-part", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert "removed   Episode 4, Part 4" in shown
    assert "Withdrawn: 1 file deleted, and 1 earlier feed that named it" in shown
    assert f"{URL}/media/04-part-" in shown
    assert "Apps keep what listeners have downloaded" in shown
    assert titles(public(show)) == ["Part 1", "Part 2", "Part 3"]
    assert run(["publish"]) == 0
    assert "held back 04-part: it was withdrawn" in capsys.readouterr().err


def test_withdraw_tells_json_with_the_addresses_to_purge(
    show: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["withdraw", "1", "--yes", "--json"]) == 0
    told = json_of(capsys)
    assert sorted(url.rpartition("/")[2][:7] for url in told["purge"]) == ["01-part", "01-part"]
    assert {action["action"] for action in told["actions"]} >= {"remove"}
    assert len(titles(public(show))) == 3


def test_withdraw_knows_only_what_was_published(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["withdraw", "4-part", str(show.folder), "--yes"]) == 1
    assert "such as 04-part" in capsys.readouterr().err
    assert run(["withdraw"]) == 2


def test_prune_lists_and_removes_only_with_a_yes(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (show.folder / "public").rglob("*"):
        if path.is_file():
            old = (NOW - timedelta(days=90)).timestamp()
            os.utime(path, (old, old))
    before = stored(public(show))
    assert run(["prune"]) == 0
    shown = capsys.readouterr().out
    assert "remove " in shown
    assert "no feed of the last 30 days names it" in shown
    assert "the same command with --yes does it" in shown
    assert stored(public(show)) == before
    assert run(["prune", "--json"]) == 0
    told = json_of(capsys)
    assert told["removed"] is False
    assert run(["prune", "--yes"]) == 0
    assert "3 files" in capsys.readouterr().out
    assert len(before) - len(stored(public(show))) == 3
    assert run(["prune"]) == 0
    assert "nothing to remove: what a feed of the last 30 days names is kept." in capsys.readouterr().out


def test_a_withdrawal_from_a_trial_says_that_it_is_one(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    trial = str(show.folder.parent / "trial")
    assert run(["publish", "--to", trial]) == 0
    assert "podcastkit publish, without --to and --url" in capsys.readouterr().out
    assert run(["withdraw", "4", "--to", trial]) == 0
    shown = capsys.readouterr().out
    assert f"This is a trial: it is withdrawn from {trial} alone." in shown
    assert "CDN" not in shown
    assert len(titles(public(show))) == 4


def test_what_is_gone_is_sent_again_by_publish_which_verify_says(
    show: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = str(show.folder.parent / "trial")
    assert run(["publish", "--to", trial]) == 0
    assert run(["verify", "--to", trial]) == 0
    assert "sends it again" not in capsys.readouterr().out
    next((show.folder.parent / "trial" / "media").iterdir()).unlink()
    assert run(["verify", "--to", trial]) == 1
    shown = capsys.readouterr().out
    assert "If something is gone, podcastkit publish sends it again." in shown
    assert "see url in show.toml" not in shown
    assert run(["verify", "--url", "http://127.0.0.1:9"]) == 1
    assert "see url in show.toml" in capsys.readouterr().out
    assert run(["publish", "--to", trial]) == 0
    assert run(["verify", "--to", trial]) == 0


def test_what_is_not_published_has_no_history(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(show.folder / "public")
    for command in (["history"], ["rollback"], ["withdraw", "1"], ["prune"]):
        assert run(command) == 1
        assert "nothing of this show is published" in capsys.readouterr().err
