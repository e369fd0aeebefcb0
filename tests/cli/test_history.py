from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.storage.local import LocalStorage
from tests.published import URL, list_sizes, read_titles

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shows import Workshop


def public(show: Workshop) -> LocalStorage:
    return LocalStorage(show.folder / "public")


def test_history_lists_the_live_feed_first(
    show: Workshop, capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    assert run(["history"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("4 episodes  live")
    assert second.endswith("3 episodes")
    assert run(["history", "--json"]) == 0
    feeds = read_json()["feeds"]
    assert [feed["episodes"] for feed in feeds] == [4, 3]
    assert [line.split()[0] for line in (first, second)] == [feed["feed"][:12] for feed in feeds]
    assert len(list_sizes(public(show))) > 4


def test_rollback_lists_removed_episodes_and_needs_yes(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollback"]) == 1
    assert "removed   Episode 4, Part 4" in capsys.readouterr().err
    assert read_titles(public(show))[-1] == "Part 4"
    assert run(["rollback", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert "Feed restored" in shown
    assert "3 episodes" in shown
    assert "The next publish publishes the show folder again" in shown
    assert read_titles(public(show))[-1] == "Part 3"


@pytest.mark.slow
def test_each_language_has_history_and_rollback(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
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
    assert "feed.xml is unchanged" in shown
    assert read_titles(public(show), "feed.es.xml")[0] == "Part 1"
    assert run(["history", "--language", "en"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert run(["history", "--language", "ES"]) == 0
    assert run(["history", "--language", "fr"]) == 1
    assert "never published in fr" in capsys.readouterr().err


def test_rollback_to_a_feed_id_prints_json(show: Workshop, read_json: Callable[[], Any]) -> None:
    run(["history", "--json"])
    oldest = read_json()["feeds"][-1]["feed"]
    assert run(["rollback", str(show.folder), "--feed", oldest[:12], "--yes", "--json"]) == 0
    printed = read_json()
    assert (printed["outcome"], printed["committed"]) == ("published", True)
    assert run(["rollback", "--feed", "ffff", "--json"]) == 1
    assert read_json()["outcome"] == "refused"


def test_unpublished_show_has_no_history(show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(show.folder / "public")
    for command in (["history"], ["rollback"], ["withdraw", "1"], ["prune"]):
        assert run(command) == 1
        assert "this show is not published" in capsys.readouterr().err
