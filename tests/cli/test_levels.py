from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import run
from tests.shows import Workshop, write_artwork

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg


def test_levels_writes_to_the_current_folder(
    workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["levels"]) == 0
    assert capsys.readouterr().out == "levels.svg\n"
    picture = (tmp_path / "levels.svg").read_bytes()
    assert b"Night Shift" in picture
    assert run(["levels", str(workshop.folder / "show.toml")]) == 0
    assert (tmp_path / "levels.svg").read_bytes() == picture


@pytest.mark.parametrize("within", [".", "02-part"])
def test_levels_in_a_show_folder_writes_next_to_it(
    within: str, workshop: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, beside = sorted(workshop.folder.rglob("*")), workshop.folder.parent / "levels.svg"
    monkeypatch.chdir(workshop.folder / within)
    assert run(["levels"]) == 0
    assert capsys.readouterr().out == f"{beside}\n"
    assert beside.is_file()
    assert sorted(workshop.folder.rglob("*")) == before


@pytest.mark.parametrize("name", ["artwork.png", "02-part/cover.png"])
def test_levels_does_not_overwrite_source_files(
    name: str, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.folder / "artwork.jpg").unlink()
    write_artwork(workshop.folder / "artwork.png")
    write_artwork(workshop.folder / "02-part" / "cover.png", color="red")
    before = (workshop.folder / name).read_bytes()
    assert run(["levels", "-o", str(workshop.folder / name)]) == 1
    assert "would be overwritten" in capsys.readouterr().err
    assert (workshop.folder / name).read_bytes() == before


@pytest.mark.slow
def test_levels_format_follows_the_file_ending(workshop: Workshop, tmp_path: Path) -> None:
    assert run(["levels", str(workshop.folder), "-o", "a.PNG"]) == 0
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    assert run(["levels", "--output", str(tmp_path / "b.svg")]) == 0
    assert (tmp_path / "b.svg").read_bytes().startswith(b"<svg")


def test_levels_with_other_ending_is_a_usage_error(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["levels", str(workshop.folder), "-o", "a.gif"]) == 2
    assert "the name of a.gif must end with .svg or .png" in capsys.readouterr().err


def test_levels_names_an_unwritable_file(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["levels", str(workshop.folder), "-o", "gone/a.svg"]) == 1
    assert "cannot write gone/a.svg" in capsys.readouterr().err
