"""Encode the same show with threads, processes and a cluster."""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import shutil
import subprocess
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

import podcastkit
from podcastkit.build.audio_cache import Deliverable
from podcastkit.media.ffmpeg import find_ffmpeg
from tests.published import URL
from tests.shows import NOW, small_show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.ffmpeg, pytest.mark.slow]

_Result = TypeVar("_Result")
_COUNT = 3
_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "how-to" / "encode-on-a-cluster.md"


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a show with WAV episodes of a few seconds of noise."""
    folder = small_show(tmp_path_factory.mktemp("masters") / "show", episodes=_COUNT).folder
    for number, episode in enumerate(sorted(folder.glob("0*-part")), 1):
        (episode / "audio.mp3").unlink()
        noise = f"anoisesrc=duration=5:color=pink:seed={number}:amplitude=0.2"
        made = ("-ac", "2", "-c:a", "pcm_s24le", str(episode / "audio.wav"))
        subprocess.run([find_ffmpeg(), "-loglevel", "error", "-f", "lavfi", "-i", noise, *made], check=True)
    return folder


@contextmanager
def cluster() -> Iterator[Executor]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - takes a second that other tests need not pay

    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with LocalCluster(**options) as workers, Client(workers) as client:
        yield client.get_executor(pure=False)


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


@contextmanager
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


def hash_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each published file, by path."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def publish(show: Path, to: Path, executor: Executor | None = None) -> dict[str, str]:
    receipt = podcastkit.publish(show, to=to, url=URL, at=NOW, executor=executor)
    assert receipt.outcome == "published"
    return hash_files(to)


@pytest.fixture(scope="module")
def published_alone(masters: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Publish the show without an executor."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODCASTKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        published = publish(masters, tmp_path_factory.mktemp("published") / "public")
    assert len([path for path in published if path.endswith(".mp3")]) == _COUNT
    return published


@pytest.mark.parametrize("workers", [threads, processes, cluster])
def test_every_executor_encodes_the_same_bytes(
    workers: Callable[[], AbstractContextManager[Executor]],
    masters: Path,
    published_alone: dict[str, str],
    tmp_path: Path,
) -> None:
    with workers() as executor:
        assert publish(masters, tmp_path / "public", executor) == published_alone
        assert executor.submit(len, "still running").result() == len("still running")


class RemoteExecutor(Executor):
    """An executor that works like a cluster: it pickles tasks and results, and runs each task twice."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def submit(self, function: Callable[..., _Result], /, *arguments: object, **named: object) -> Future[_Result]:
        """Run the task now, and repeat it."""
        task = pickle.dumps((function, arguments, named))
        lost, kept = _run_pickled(task), _run_pickled(task)
        assert _remove_is_new(lost) == _remove_is_new(kept)
        self.sent.append(str(arguments))
        future: Future[_Result] = Future()
        future.set_result(kept)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Fail, because podcastkit must not shut down an executor that it did not create."""
        raise AssertionError(f"unexpected shutdown: {wait=}, {cancel_futures=}")


def _run_pickled(task: bytes) -> Any:
    function, arguments, named = pickle.loads(task)  # noqa: S301 - our own data
    return pickle.loads(pickle.dumps(function(*arguments, **named)))  # noqa: S301 - our own data


def _remove_is_new(answer: Any) -> Any:
    """Return a result without the flag that the first run may set: that the file is new."""
    return replace(answer, is_new=False) if isinstance(answer, Deliverable) else answer


def test_all_tasks_can_be_pickled_and_repeated(
    masters: Path, published_alone: dict[str, str], tmp_path: Path
) -> None:
    executor = RemoteExecutor()
    assert publish(masters, tmp_path / "public", executor) == published_alone
    for number in range(1, _COUNT + 1):
        sent = [task for task in executor.sent if f"{number:02}-part" in task]
        assert len(sent) >= len(["reading", "making"])


def test_second_publish_submits_no_tasks(masters: Path, tmp_path: Path) -> None:
    publish(masters, tmp_path / "public")
    executor = RemoteExecutor()
    receipt = podcastkit.publish(masters, to=tmp_path / "public", url=URL, at=NOW, executor=executor)
    assert receipt.outcome == "unchanged"
    assert len(executor.sent) <= _COUNT  # very recent files are read again, because their stamps are not reliable


def test_measuring_tasks_can_be_pickled(masters: Path) -> None:
    executor = RemoteExecutor()
    assert podcastkit.check(masters, at=NOW, executor=executor) == podcastkit.check(masters, at=NOW)
    assert len(executor.sent) >= _COUNT


def test_example_on_the_cluster_page_publishes_the_show(masters: Path, tmp_path: Path) -> None:
    from distributed import LocalCluster  # noqa: PLC0415 - takes a second that other tests need not pay

    show = shutil.copytree(masters, tmp_path / "show")
    (show / "podcastkit.lock").unlink(missing_ok=True)
    with (show / "show.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[publish]\nto = "{tmp_path / "public"}"\nurl = "{URL}"\n')
    (block,) = re.findall(r"```python\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        script = tmp_path / "publish_show.py"
        script.write_text(block.replace("tcp://studio-1:8786", cluster.scheduler_address), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        command = [sys.executable, str(script), str(show)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{URL}/feed.xml\n"), done.stderr
