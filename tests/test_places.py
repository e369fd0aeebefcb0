from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import ProjectError
from podcastkit.places import find_show, find_show_file, named_show

if TYPE_CHECKING:
    from pathlib import Path


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_the_show_is_this_folder_or_one_around_it_or_episodes(tmp_path: Path) -> None:
    show = fill(tmp_path / "project" / "episodes", "show.toml")
    inner = fill(show / "05-planning-time")
    assert find_show(show) == show
    assert find_show(inner) == show
    assert find_show(tmp_path / "project") == show


def test_without_a_show_the_error_says_what_a_show_is(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"no show\.toml") as failure:
        find_show(tmp_path)
    assert "podcastkit check FOLDER" in str(failure.value.hint)


def test_a_show_is_named_by_its_folder_or_its_file(tmp_path: Path) -> None:
    show = fill(tmp_path / "night", "Show.TOML")
    assert find_show_file(show) == show / "Show.TOML"
    assert named_show(show) == named_show(show / "Show.TOML") == show
    assert find_show_file(tmp_path) is None
    assert named_show(tmp_path / "show.toml") == tmp_path / "show.toml"
