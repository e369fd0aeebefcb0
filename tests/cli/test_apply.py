from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import run
from podcastkit.storage.local import LocalStorage
from tests.published import list_sizes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shows import Workshop

QUESTIONS = {
    "withdraw 4": ("removed   Episode 4, Part 4", "Remove the episode permanently?"),
    "rollback": ("removed   Episode 4, Part 4", "Restore this feed?"),
    "prune": ("remove ", "Remove these files?"),
}


@pytest.mark.parametrize("command", QUESTIONS)
def test_destructive_command_asks_on_a_terminal(
    show: Workshop, command: str, answer: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (show.folder / "public").rglob("*"):
        os.utime(path, (0, 0))  # prune keeps recent files
    listed, question = QUESTIONS[command]
    before = list_sizes(LocalStorage(show.folder / "public"))
    answer("n\n")
    assert run(command.split()) == 1
    shown = capsys.readouterr().err
    assert listed in shown
    assert f"{question} [y/N]" in shown
    assert "nothing was changed" in shown
    assert list_sizes(LocalStorage(show.folder / "public")) == before
    answer("y\n")
    assert run(command.split()) == 0
    assert list_sizes(LocalStorage(show.folder / "public")) != before
