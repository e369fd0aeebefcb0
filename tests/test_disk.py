from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.disk import (
    NotRegularError,
    is_held,
    is_same_place,
    is_within,
    open_regular,
    remove_file,
    replace_file,
    sync_file,
    sync_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HELD = [5, 32, 33]


def held(code: int) -> PermissionError:
    """An error as Windows raises it for a file that another program has open."""
    error = PermissionError(13, "Permission denied")
    error.winerror = code  # type: ignore[attr-defined] # only Windows has it
    return error


def fail_at_first(monkeypatch: pytest.MonkeyPatch, name: str, errors: list[OSError]) -> None:
    """Let a function of `os` raise these errors before it works."""
    works: Callable[..., Any] = getattr(os, name)

    def function(*arguments: Any, **options: Any) -> Any:
        if errors:
            raise errors.pop(0)
        return works(*arguments, **options)

    monkeypatch.setattr(os, name, function)


@pytest.mark.parametrize("code", HELD)
def test_file_that_is_held_open_is_replaced_once_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setenv("PODCASTKIT_PATIENCE", "1")
    source, target = tmp_path / "new", tmp_path / "old"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    fail_at_first(monkeypatch, "replace", [held(code)])
    replace_file(source, target)
    assert target.read_bytes() == b"new"
    fail_at_first(monkeypatch, "unlink", [held(code)])
    remove_file(target)
    assert not target.exists()
    remove_file(target)


def test_file_that_stays_held_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCASTKIT_PATIENCE", "0")
    fail_at_first(monkeypatch, "replace", [held(32), held(32), held(32)])
    with pytest.raises(PermissionError) as caught:
        replace_file(tmp_path / "new", tmp_path / "old")
    assert is_held(caught.value)


def test_other_failures_are_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[OSError] = [PermissionError(13, "Permission denied"), OSError(28, "No space left on device")]
    fail_at_first(monkeypatch, "replace", errors)
    for left in (1, 0):
        with pytest.raises(OSError, match=r"Permission|space"):
            replace_file(tmp_path / "new", tmp_path / "old")
        assert len(errors) == left


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_not_opened(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "x")
    with pytest.raises(NotRegularError):
        open_regular(tmp_path / "x")


def test_macos_flushes_the_drive_too_where_the_disk_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    calls: list[object] = []
    monkeypatch.setattr(fcntl, "fcntl", lambda _, command: calls.append(command))
    monkeypatch.setattr(os, "fsync", lambda _: calls.append("fsync"))
    with (tmp_path / "x").open("wb") as file:
        sync_file(file)

        def refuse(*_: object) -> None:
            raise OSError(45, "Operation not supported")

        monkeypatch.setattr(fcntl, "fcntl", refuse)
        sync_file(file)
    assert calls == [51, "fsync"]


def test_windows_opens_no_folder_to_flush_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        windows.setattr(os, "open", lambda *_: pytest.fail("it was opened"))
        sync_folder(tmp_path)


def test_places_are_the_same_when_the_disk_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    composed = tmp_path / "Größe" / "Public"
    other = tmp_path / unicodedata.normalize("NFD", "größe") / "public"
    assert not is_same_place(composed, other), "neither exists"
    assert not is_within(composed / "media", other)
    monkeypatch.setattr(os.path, "samefile", lambda first, second: (first, second) == (composed, other))
    assert is_same_place(composed, other)
    assert is_within(composed / "media", other)
    assert is_within(other, other)
    assert not is_within(other.parent, other)
    assert not is_within(tmp_path / "public-2", tmp_path / "public")


@pytest.mark.skipif(sys.platform != "linux", reason="other disks take these names for the same")
def test_names_in_another_case_are_other_places_on_linux(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "Public").mkdir()
    assert not is_same_place(tmp_path / "public", tmp_path / "Public")
