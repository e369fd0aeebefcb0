"""Progress on a terminal, and messages for waits."""

from __future__ import annotations

import io
import sys

import pytest

from podcastkit.cli.progress import show_progress
from podcastkit.progress import Event


class Screen(io.StringIO):
    """A terminal that keeps all output."""

    def isatty(self) -> bool:
        return True


def make_wait(seconds: int) -> Event:
    return Event(stage="waiting", episode=None, done=0, total=seconds, unit="seconds")


@pytest.mark.parametrize("screen", [Screen(), io.StringIO()], ids=["terminal", "file"])
@pytest.mark.parametrize(("seconds", "when"), [(0, "at once"), (12, "in 12 s")])
def test_wait_is_shown_on_terminal_and_in_file(
    screen: io.StringIO, seconds: int, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", screen)
    with show_progress() as progress:
        progress(Event(stage="uploading", episode=None, done=1, total=2, unit="bytes"))
        progress(make_wait(seconds))
        progress(Event(stage="uploading", episode=None, done=2, total=2, unit="bytes"))
    assert f"The destination is temporarily unavailable: trying again {when}" in screen.getvalue()


def test_progress_without_a_terminal_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    with show_progress() as progress:
        progress(Event(stage="uploading", episode=None, done=1, total=2, unit="bytes"))
    assert screen.getvalue() == ""


@pytest.mark.parametrize(
    ("stage", "unit", "total", "shown"),
    [
        ("measuring", "seconds", 36_000, "Measuring audio 01-crane: 20 % of all audio done\n"),
        ("reading", "bytes", 6_000_000_000, "Reading audio 01-crane: 20 % of all audio done\n"),
        ("measuring", "seconds", 600, ""),
        ("reading", "bytes", 6_000_000, ""),
        ("uploading", "bytes", 6_000_000_000, ""),
    ],
)
def test_progress_without_a_terminal_prints_only_long_stages(
    stage: str, unit: str, total: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    with show_progress() as progress:
        for share in (20, 60, 100):
            progress(Event(stage=stage, episode="01-crane", done=total * share // 100, total=total, unit=unit))
    assert screen.getvalue() == shown


def test_progress_bar_names_the_current_episode(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "120")
    with show_progress() as progress:
        for episode in ("01-crane", "02-tide"):
            progress(Event(stage="measuring", episode=episode, done=10, total=600, unit="seconds"))
    assert "Measuring audio 02-tide" in screen.getvalue()


def test_each_mastered_episode_has_its_own_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "120")
    with show_progress() as progress:
        for episode, done in (("01-crane", 600), ("02-[red]\nnight", 30), ("03-tide", 30)):
            progress(Event(stage="mastering", episode=episode, done=done, total=600, unit="seconds"))
    last = screen.getvalue().rpartition("Mastering 02")
    assert "Mastering 03-tide" in last[2]
    assert "[red]?night" in last[2], "names are escaped"
    assert "Mastering 01-crane" not in last[2], "a finished episode has no bar"
