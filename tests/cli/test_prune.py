from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.storage.local import LocalStorage
from tests.published import list_sizes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shows import Workshop


def public(show: Workshop) -> LocalStorage:
    return LocalStorage(show.folder / "public")


def test_prune_removes_files_only_with_yes(
    show: Workshop, capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    for path in (show.folder / "public").rglob("*"):
        if path.is_file():
            old = (datetime.now(UTC) - timedelta(days=90)).timestamp()
            os.utime(path, (old, old))
    before = list_sizes(public(show))
    assert run(["prune"]) == 0
    shown = capsys.readouterr().out
    assert "remove " in shown
    assert "no feed of the last 30 days uses it" in shown
    assert "run the same command with --yes" in shown
    assert list_sizes(public(show)) == before
    assert run(["prune", "--json"]) == 0
    printed = read_json()
    assert printed["removed"] is False
    assert run(["prune", "--yes"]) == 0
    assert "3 files" in capsys.readouterr().out
    assert len(before) - len(list_sizes(public(show))) == 3
    assert run(["prune"]) == 0
    assert capsys.readouterr().out == "No files to remove.\n"


@pytest.mark.usefixtures("show")
def test_prune_shows_kept_files_and_their_date(
    capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    assert run(["prune", "--keep-days", "0", "--json"]) == 0
    kept = read_json()["kept"]
    assert [file["key"].partition("/")[0] for file in kept] == ["media"]
    day_after = datetime.now(UTC) + timedelta(days=1)
    assert datetime.now(UTC) < datetime.fromisoformat(kept[0]["until"]) <= day_after
    assert run(["prune", "--keep-days", "0"]) == 0
    shown = capsys.readouterr().out
    assert "no longer referenced by the feed: kept until " in shown
    assert "of the last 24 hours" in shown
