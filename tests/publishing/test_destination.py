from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import StorageError
from podcastkit.model import PublishSettings
from podcastkit.publishing.destination import Target, resolve_destination
from podcastkit.storage.local import LocalStorage
from podcastkit.text.addresses import parse_address
from tests.values import make_show

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Show

URL = "https://podcast.example.org"
LOCAL = "http://127.0.0.1:8000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "episodes"


def make_real_show(folder: Path, to: str | None = "public", url: str | None = URL) -> Show:
    return make_show(folder=folder, publish=PublishSettings(to=to, url=url))


@pytest.mark.parametrize(
    ("to", "url", "asked_to", "asked_url", "expected_url", "trial"),
    [
        ("public", URL, None, None, URL, False),
        ("public", URL, "public", URL, URL, False),
        ("public", URL, None, URL + "/", URL, False),
        ("public", URL, "public", None, LOCAL, True),
        ("public", URL, "another folder", None, LOCAL, True),
        ("public", URL, "another folder", URL, URL, True),
        ("public", URL, None, "https://other.example.org", "https://other.example.org", True),
        ("public", None, None, None, LOCAL, True),
        (None, None, None, None, LOCAL, True),
        (None, URL, None, None, URL, True),
    ],
    ids=[
        "defaults",
        "the same values",
        "trailing slash",
        "to without url",
        "another folder",
        "another folder with the real url",
        "another url",
        "no url",
        "no to and no url",
        "no to",
    ],
)
def test_only_the_destination_and_url_of_show_toml_are_not_a_trial(
    folder: Path,
    to: str | None,
    url: str | None,
    asked_to: str | None,
    asked_url: str | None,
    expected_url: str,
    trial: bool,
) -> None:
    destination = resolve_destination(make_real_show(folder, to, url), Target(to=asked_to, url=asked_url))
    assert (destination.url, destination.trial) == (expected_url, trial)


def test_relative_path_is_relative_to_the_show(folder: Path) -> None:
    storage = resolve_destination(make_real_show(folder, "../out"), Target()).storage
    assert storage.address == str(folder.parent / "out")


def test_storage_object_is_used_unchanged(folder: Path, tmp_path: Path) -> None:
    own_storage = LocalStorage(tmp_path / "mine")
    destination = resolve_destination(make_real_show(folder), Target(to=own_storage))
    assert destination.storage is own_storage
    assert destination.trial
    same = LocalStorage(folder.resolve() / "public")
    assert not resolve_destination(make_real_show(folder), Target(to=same, url=URL)).trial


@pytest.mark.parametrize("to", [".", "..", "/"], ids=["show folder", "parent", "root"])
def test_folder_around_the_show_is_refused(folder: Path, to: str) -> None:
    with pytest.raises(StorageError, match="is the show folder or contains it"):
        resolve_destination(make_real_show(folder), Target(to=to))


@pytest.mark.parametrize("to", ["ftp://host/folder", "https://host/"])
def test_unknown_scheme_is_refused(folder: Path, to: str) -> None:
    with pytest.raises(StorageError, match="cannot publish to") as failure:
        resolve_destination(make_real_show(folder), Target(to=to))
    assert "s3://" in str(failure.value.hint)


def test_bucket_without_url_uses_the_url_of_its_objects(folder: Path) -> None:
    settings = PublishSettings(
        to="s3://night-shift/season-1", endpoint_url="http://127.0.0.1:9", region="us-east-1"
    )
    destination = resolve_destination(make_show(folder=folder, publish=settings), Target())
    assert destination.storage.address == "s3://night-shift/season-1"
    assert (destination.url, destination.trial) == ("http://127.0.0.1:9/night-shift/season-1", True)


@pytest.mark.parametrize("url", ["podcast.example.org", "ftp://x.org", "https://a.org/?x=1", "https://me:pw@a.org"])
def test_invalid_url_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="the url is not valid"):
        parse_address(url)


def test_tilde_is_the_home_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    destination = resolve_destination(make_real_show(folder, to="~/podcast"), Target())
    assert destination.storage.address == str(tmp_path / "home" / "podcast")
