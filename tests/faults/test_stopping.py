"""Ctrl-C and SIGTERM during a publish."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from podcastkit.cli.app import run
from tests.faults.proxy import Fault, Proxy, Rule
from tests.faults.scene import Scene, bucket_scene, environment, folder_scene
from tests.processes import PODCASTKIT, is_caught, start_process
from tests.shows import make_mp3

if TYPE_CHECKING:
    from pathlib import Path

    from tests.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

SIGNALS = {"Ctrl-C": (signal.SIGINT, 130), "SIGTERM": (signal.SIGTERM, 143)}

_MAIN = "from podcastkit.__main__ import main; main()"

# Shorter than the timeout of a dead connection, so that a command that waits for the timeout fails the test.
PATIENCE = 30


@pytest.fixture
def show(tmp_path: Path, seaweedfs: SeaweedFS, proxy: Proxy) -> Scene:
    scene = bucket_scene(tmp_path / "episodes", seaweedfs.endpoint_url, proxy.url)
    (scene.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(200, mark=2))
    return scene


def publish(scene: Scene, *options: str) -> subprocess.Popen[str]:
    return start_process([*PODCASTKIT, "publish", str(scene.folder), *options], env=environment())


class Bell:
    """An event that a proxy sets, and that a test waits for."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def wait(self) -> None:
        assert self._rung.wait(PATIENCE), "the moment to send the signal never came"


def stop(process: subprocess.Popen[str], number: int) -> tuple[int, str, str]:
    process.send_signal(number)
    out, err = wait_for_end(process)
    return process.returncode, out, err.strip()


def wait_for_end(process: subprocess.Popen[str]) -> tuple[str, str]:
    try:
        return process.communicate(timeout=PATIENCE)
    finally:
        process.kill()


def publish_successfully(scene: Scene) -> None:
    process = publish(scene)
    out, err = wait_for_end(process)
    assert (process.returncode, err) == (0, ""), out


def assert_stopped_cleanly(answer: tuple[int, str, str], code: int) -> None:
    assert answer == (code, "", "stopped: nothing is damaged; run the command again to continue")


def assert_next_publish_completes(scene: Scene, feed_before: bytes | None) -> None:
    assert scene.feed() == feed_before
    assert scene.faults() == []
    publish_successfully(scene)
    assert scene.feed() not in {None, feed_before}
    assert scene.faults() == []


@pytest.mark.parametrize(("number", "code"), list(SIGNALS.values()), ids=list(SIGNALS))
def test_signal_during_upload_stops_cleanly(show: Scene, proxy: Proxy, number: int, code: int) -> None:
    bell = Bell()
    proxy.arm(Rule(Fault(inside=bell.ring), method="PUT", path="/media/02"))
    process = publish(show)
    bell.wait()
    assert_stopped_cleanly(stop(process, number), code)
    proxy.arm()
    assert_next_publish_completes(show, None)


@pytest.mark.parametrize(("number", "code"), list(SIGNALS.values()), ids=list(SIGNALS))
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/media/"), ("GET", "")], ids=["uploads hang", "first request hangs"]
)
def test_signal_while_store_hangs_stops_cleanly(
    show: Scene, proxy: Proxy, method: str, path: str, number: int, code: int
) -> None:
    bell = Bell()
    proxy.arm(Rule(Fault(before=bell.ring, hang=True), method=method, path=path))
    process = publish(show)
    bell.wait()
    assert_stopped_cleanly(stop(process, number), code)
    proxy.arm()
    assert_next_publish_completes(show, None)


def test_signal_during_second_publish_keeps_live_feed(show: Scene, proxy: Proxy) -> None:
    publish_successfully(show)
    before = show.feed()
    show.change()
    bell = Bell()
    proxy.arm(Rule(Fault(inside=bell.ring), method="PUT", path="/media/04"))
    process = publish(show)
    bell.wait()
    assert_stopped_cleanly(stop(process, signal.SIGTERM), 143)
    proxy.arm()
    assert_next_publish_completes(show, before)


@pytest.mark.parametrize(("number", "code"), list(SIGNALS.values()), ids=list(SIGNALS))
def test_signal_with_json_prints_one_object(show: Scene, proxy: Proxy, number: int, code: int) -> None:
    bell = Bell()
    proxy.arm(Rule(Fault(before=bell.ring, hang=True), method="PUT"))
    process = publish(show, "--json")
    bell.wait()
    returned, out, err = stop(process, number)
    assert (returned, json.loads(out)["outcome"]) == (code, "stopped")
    assert err.startswith("stopped: ")
    assert show.feed() is None


def test_second_ctrl_c_ends_process_immediately(show: Scene, proxy: Proxy) -> None:
    bell, end = Bell(), threading.Event()

    def keep_waiting() -> None:
        bell.ring()
        end.wait(PATIENCE)

    proxy.arm(Rule(Fault(after=keep_waiting), method="PUT", path="/media/"))
    process = publish(show)
    bell.wait()
    process.send_signal(signal.SIGINT)
    while is_caught(signal.SIGINT, process):
        time.sleep(0.01)
    assert stop(process, signal.SIGINT) == (-signal.SIGINT, "", "")
    end.set()
    assert show.feed() is None


@pytest.mark.parametrize(("number", "code"), list(SIGNALS.values()), ids=list(SIGNALS))
def test_signal_during_publish_to_folder_stops_cleanly(tmp_path: Path, number: int, code: int) -> None:
    public = tmp_path / "public"
    scene = folder_scene(tmp_path / "episodes", public)
    public.mkdir()
    # The lock makes the publish wait after it has copied the files.
    with FileLock(public / ".podcastkit.write-lock"):
        process = publish(scene)
        while process.poll() is None and not list(public.rglob("*.part")):
            time.sleep(0.01)
        assert_stopped_cleanly(stop(process, number), code)
    assert_next_publish_completes(scene, None)


def test_run_keeps_signal_handlers_of_caller() -> None:
    found = []
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert run(["--version"]) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    other = threading.Thread(target=lambda: found.append(run(["--version"])))
    other.start()
    other.join()
    assert found == [0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ignored_signal_stays_ignored(show: Scene, proxy: Proxy, number: int) -> None:
    """A shell ignores these signals for jobs in the background."""
    bell = Bell()
    proxy.arm(Rule(Fault(inside=bell.ring), method="PUT", path="/media/02"))
    ignoring = f"import signal, sys; signal.signal({int(number)}, signal.SIG_IGN)\n{_MAIN}"
    process = subprocess.Popen(
        [sys.executable, "-c", ignoring, "publish", str(show.folder)], env=environment(), stdout=subprocess.DEVNULL
    )
    bell.wait()
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0
    assert show.faults() == []
