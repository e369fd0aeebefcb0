from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shows import Workshop

pytestmark = pytest.mark.ffmpeg


def test_the_show_is_found_from_inside_and_can_be_named(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workshop.folder / "01-part")
    assert run(["check"]) == 0
    monkeypatch.chdir(tmp_path)
    assert run(["check"]) == 0
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir("/")
    capsys.readouterr()
    assert run(["check"]) == 1
    assert "no show" in capsys.readouterr().err
    assert run(["check", str(workshop.folder)]) == 0
    assert run(["check", str(workshop.folder / "show.toml")]) == 0
    assert run(["check", str(tmp_path / "empty")]) == 1
