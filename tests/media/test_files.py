from __future__ import annotations

import filecmp
import hashlib
import os
import sys
from pathlib import Path

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.files import has_same_bytes, hash_file, open_file, read_stamp


def test_hash_file_returns_digests_and_stamp(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    body = os.urandom(3_000_000)
    path.write_bytes(body)
    file = hash_file(path)

    assert (file.path, file.size) == (path, 3_000_000)
    assert file.sha256 == hashlib.sha256(body).hexdigest()
    assert file.md5 == hashlib.md5(body).hexdigest()  # noqa: S324 - what S3 calls Content-MD5
    assert file.stamp == read_stamp(path)


def test_hash_file_of_empty_file_returns_digests(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()

    assert hash_file(path).sha256 == hashlib.sha256().hexdigest()


def test_stamp_changes_with_file(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(b"one")
    before = read_stamp(path)
    path.write_bytes(b"three")

    assert read_stamp(path) != before


def test_hash_file_of_changing_file_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(b"beginning")
    real = hashlib.sha256

    class _AppendingDigest:
        """A digest that simulates another program that appends to the file."""

        def __init__(self) -> None:
            self.digest = real()

        def update(self, block: bytes) -> None:
            self.digest.update(block)
            if path.stat().st_size < 100:
                with path.open("ab") as file:
                    file.write(bytes(100))

    monkeypatch.setattr(hashlib, "sha256", _AppendingDigest)
    with pytest.raises(MediaError, match=r"audio\.mp3 changed while it was being read"):
        hash_file(path)


def test_missing_file_error_names_the_file(tmp_path: Path) -> None:
    for read in (hash_file, read_stamp):
        with pytest.raises(MediaError, match=r"gone\.mp3 does not exist"):
            read(tmp_path / "gone.mp3")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs")
def test_hash_file_rejects_fifo_without_waiting(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    os.mkfifo(path)
    with pytest.raises(MediaError, match=r"audio\.mp3 is not a file"):
        hash_file(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /dev")
def test_hash_file_rejects_device() -> None:
    with pytest.raises(MediaError, match="zero is not a file"):
        hash_file(Path("/dev/zero"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows requires a privilege to create links")
def test_hash_file_rejects_circular_link(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.symlink_to(path)
    with pytest.raises(MediaError, match=r"audio\.mp3 is a link that points to itself"):
        hash_file(path)


def test_open_file_rejects_folder(tmp_path: Path) -> None:
    with pytest.raises(MediaError), open_file(tmp_path):
        pass


def test_read_error_contains_file_name(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(b"sound")
    with pytest.raises(MediaError, match=r"audio\.mp3 cannot be read: Input/output error"), open_file(path):
        raise OSError(5, "Input/output error")


def test_has_same_bytes_of_unreadable_file_is_false(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"same")
    assert has_same_bytes(tmp_path / "a", tmp_path / "b")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(filecmp, "cmp", refuse)
    assert not has_same_bytes(tmp_path / "a", tmp_path / "b")
