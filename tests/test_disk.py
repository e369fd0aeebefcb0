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


def make_held_error(code: int) -> PermissionError:
    """Return the error of Windows for a file that another program has open."""
    error = PermissionError(13, "Permission denied")
    error.winerror = code  # type: ignore[attr-defined] # only Windows has it
    return error


def fail_first(monkeypatch: pytest.MonkeyPatch, name: str, errors: list[OSError]) -> None:
    """Make a function of `os` raise these errors before it works."""
    original: Callable[..., Any] = getattr(os, name)

    def function(*arguments: Any, **options: Any) -> Any:
        if errors:
            raise errors.pop(0)
        return original(*arguments, **options)

    monkeypatch.setattr(os, name, function)


@pytest.mark.parametrize("code", HELD)
def test_open_file_is_replaced_after_a_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setenv("PODCASTKIT_PATIENCE", "1")
    source, target = tmp_path / "new", tmp_path / "old"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    fail_first(monkeypatch, "replace", [make_held_error(code)])
    replace_file(source, target)
    assert target.read_bytes() == b"new"
    fail_first(monkeypatch, "unlink", [make_held_error(code)])
    remove_file(target)
    assert not target.exists()
    remove_file(target)


def test_file_that_stays_open_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCASTKIT_PATIENCE", "0")
    fail_first(monkeypatch, "replace", [make_held_error(32), make_held_error(32), make_held_error(32)])
    with pytest.raises(PermissionError) as caught:
        replace_file(tmp_path / "new", tmp_path / "old")
    assert is_held(caught.value)


def test_errors_other_than_an_open_file_are_not_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors: list[OSError] = [PermissionError(13, "Permission denied"), OSError(28, "No space left on device")]
    fail_first(monkeypatch, "replace", errors)
    for left in (1, 0):
        with pytest.raises(OSError, match=r"Permission|space"):
            replace_file(tmp_path / "new", tmp_path / "old")
        assert len(errors) == left


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes in folders")
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_open_regular_refuses_folders_and_pipes(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "x")
    with pytest.raises(NotRegularError):
        open_regular(tmp_path / "x")


def test_sync_file_on_macos_flushes_the_drive_if_supported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_sync_folder_on_windows_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        windows.setattr(os, "open", lambda *_: pytest.fail("the folder was opened"))
        sync_folder(tmp_path)


def test_is_same_place_compares_files_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.skipif(sys.platform != "linux", reason="other disks ignore case")
def test_is_same_place_on_linux_is_case_sensitive(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "Public").mkdir()
    assert not is_same_place(tmp_path / "public", tmp_path / "Public")
