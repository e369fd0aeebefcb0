from __future__ import annotations

import os
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Cancelled, MediaError
from podcastkit.media.cancellation import Lease, call_when_lease_ends, create_lease
from podcastkit.media.ffmpeg import run_ffmpeg
from podcastkit.media.ffmpeg_errors import FfmpegFailed

if TYPE_CHECKING:
    from pathlib import Path

_DAY = 24 * 60 * 60
_ENDLESS = ("-re", "-f", "lavfi", "-i", "anullsrc")

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")


def run_in_worker(arguments: tuple[str, ...]) -> str:
    return run_ffmpeg(arguments)


def list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_lease_exists_during_block_only(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "media"
    with create_lease(folder) as lease:
        assert list_names(folder) == [lease.path.name]
        assert lease.work(len, "four") == 4
        assert not lease.is_over()
    assert lease.is_over()
    assert list_names(folder) == []


def test_lease_may_be_ended_twice(tmp_path: Path) -> None:
    with create_lease(tmp_path) as lease:
        lease.end()
        lease.end()
        assert lease.is_over()


@pytest.mark.slow
@pytest.mark.ffmpeg
@unix
@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_ffmpeg_stops_when_lease_ends(kind: str, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    spawn = get_context("spawn")
    with ThreadPoolExecutor(1) if kind == "threads" else ProcessPoolExecutor(1, mp_context=spawn) as executor:
        with create_lease(tmp_path) as lease:
            future = executor.submit(lease.work, run_in_worker, (*_ENDLESS, "-y", "-f", "s16le", f"file:{pipe}"))
            sound = pipe.open("rb")
            assert sound.read(1)
        while sound.read(1 << 16):
            pass
        sound.close()
        # On a busy machine, the lease can end before the worker watches it.
        assert isinstance(future.exception(60), FfmpegFailed | Cancelled)


@pytest.mark.ffmpeg
def test_ffmpeg_does_not_start_after_lease_ended(tmp_path: Path) -> None:
    def work(lease: Lease) -> None:
        lease.end()
        run_ffmpeg(["-version"])

    with create_lease(tmp_path) as lease, pytest.raises(Cancelled):
        lease.work(work, lease)


def test_call_when_lease_ends_without_lease_does_nothing() -> None:
    with call_when_lease_ends(pytest.fail):
        pass


@pytest.mark.ffmpeg
def test_ffmpeg_runs_after_the_lease_has_ended(tmp_path: Path) -> None:
    with create_lease(tmp_path) as lease:
        lease.work(len, "")
    assert run_ffmpeg(["-version"]) == ""


def test_lease_in_inaccessible_folder_raises_error(tmp_path: Path) -> None:
    inaccessible = pickle.loads(pickle.dumps(Lease(tmp_path / "elsewhere" / "lease")))  # noqa: S301 - it is our own
    with pytest.raises(MediaError, match=r"cannot access the folder .*elsewhere") as error:
        inaccessible.work(pytest.fail, "called")
    assert "PODCASTKIT_CACHE" in (error.value.hint or "")


def test_lease_in_read_only_folder_uses_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with create_lease(tmp_path / "file" / "media") as lease:
        assert lease.work(len, "four") == 4
    assert lease.is_over()


def set_age(path: Path, seconds: float) -> Path:
    time = path.parent.stat().st_mtime - seconds
    os.utime(path, (time, time))
    return path


def test_create_lease_removes_work_files_older_than_a_day(tmp_path: Path) -> None:
    for name in (".podcastkit-old", ".podcastkit-young", ".podcastkit-busy", "kept"):
        (tmp_path / name).mkdir()
        set_age(tmp_path / name, 0)
        (tmp_path / name / "unfinished.mp3").touch()
    (tmp_path / ".podcastkit-lease").touch()
    for name in (".podcastkit-old", "kept"):
        set_age(tmp_path / name / "unfinished.mp3", 2 * _DAY)
    for name in (".podcastkit-old", ".podcastkit-busy", ".podcastkit-lease", "kept"):
        set_age(tmp_path / name, 2 * _DAY)
    with create_lease(tmp_path):
        pass
    assert list_names(tmp_path) == [".podcastkit-busy", ".podcastkit-young", "kept"]


def test_work_renews_lease(tmp_path: Path) -> None:
    with create_lease(tmp_path) as lease:
        set_age(lease.path, 2 * _DAY)
        lease.work(len, "")
        with create_lease(tmp_path):
            assert not lease.is_over()
