from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shows import Workshop


@pytest.mark.usefixtures("workshop")
@pytest.mark.parametrize(
    "options",
    [
        ["--to", ""],
        ["--to", "gs://bucket"],
        ["--to", "s3:/bucket"],
        ["--to", "KEY:S@bucket"],
        ["--url", "podcast.example.org"],
        ["--url", "https://a.b/?c"],
    ],
)
def test_invalid_destination_or_url_is_a_usage_error(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish", *options]) == 2
    assert options[0] in capsys.readouterr().err


@pytest.mark.usefixtures("workshop")
def test_invalid_language_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "--language", "spanish"]) == 2
    assert 'write "es"' in capsys.readouterr().err


@pytest.mark.ffmpeg
def test_show_is_found_from_its_subfolder_or_by_argument(
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
