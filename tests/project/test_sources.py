"""Commands refuse a destination that is a source folder of the show, in any spelling."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from podcastkit.build.master import master
from podcastkit.diagnostics import MediaError, StorageError
from podcastkit.project.loader import load
from podcastkit.project.sources import find_source
from podcastkit.publishing.destination import Target, resolve_destination
from tests.shows import small_show

if TYPE_CHECKING:
    from pathlib import Path

READ = [
    "01-part",
    "01-part/",
    "01-part/out/deep",
    "./02-part/../01-part",
    "../show/01-part",
    "link-to-part",
    "link-to-part/out",
    "_elsewhere",
    "_elsewhere/out",
    "_jingles",
    "podcastkit.lock",
    "podcastkit.lock/out",
    ".",
    "..",
]
NOT_READ = ["public", "public/feed", "new", "_new", "_parts", "../show-2", "empty", "01-part-2"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Create a show with a linked episode folder, linked audio, and an intro in a separate folder."""
    folder = small_show(tmp_path / "show", '[audio]\nintro = "_jingles/intro.mp3"\n').folder
    shutil.move(folder / "03-part", folder / "_elsewhere")
    (folder / "03-part").symlink_to("_elsewhere")
    (folder / "_jingles").mkdir()
    shutil.move(folder / "02-part" / "audio.mp3", folder / "_jingles" / "intro.mp3")
    (folder / "02-part" / "audio.mp3").symlink_to("../_jingles/intro.mp3")
    (folder / "link-to-part").symlink_to("01-part")
    (folder / "empty").mkdir()
    return folder


@pytest.mark.parametrize("to", READ)
def test_source_folder_cannot_be_a_destination(folder: Path, to: str) -> None:
    show = load(folder)
    with pytest.raises(StorageError, match="the destination"):
        resolve_destination(show, Target(to=to))
    (folder / "show.toml").write_text((folder / "show.toml").read_text() + f'[publish]\nto = "{to}"\n')
    assert [one.code for one in load(folder).diagnostics if one.code in {"S001", "S151"}] == ["S151"]


@pytest.mark.parametrize("to", NOT_READ)
def test_folder_that_is_not_read_can_be_a_destination(folder: Path, to: str) -> None:
    show = load(folder)
    assert resolve_destination(show, Target(to=to)).storage.address == os.path.realpath(folder / to)
    (folder / "show.toml").write_text((folder / "show.toml").read_text() + f'[publish]\nto = "{to}"\n')
    assert "S151" not in [one.code for one in load(folder).diagnostics]


@pytest.mark.parametrize("to", [to for to in READ if to != ".."])
def test_master_refuses_a_source_folder(folder: Path, to: str) -> None:
    with pytest.raises(MediaError):
        master(folder, to=folder / to)


def test_folder_in_another_case_is_the_same_on_a_case_insensitive_disk(folder: Path) -> None:
    # On a file system that ignores case, both paths are the same folder.
    show = load(folder)
    other = folder.with_name("SHOW")
    other.symlink_to(folder)
    assert find_source(show.folder, show.sources, other / "01-part" / "out") == "01-part/audio.mp3"


def test_folder_with_manifest_that_looks_like_an_episode_is_reported(folder: Path) -> None:
    (folder / "02-part" / "podcastkit.json").write_text("{}")
    (folder / "empty" / "podcastkit.json").write_text("{}")
    found = [one for one in load(folder).diagnostics if one.code == "S152"]
    assert [(one.severity, one.location and one.location.file) for one in found] == [("warning", "02-part")]
