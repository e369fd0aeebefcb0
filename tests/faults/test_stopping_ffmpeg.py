"""Ctrl-C, SIGTERM, a closed terminal and a kill while a command encodes several episodes."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.media.ffmpeg import find_ffmpeg
from tests.faults.scene import ROOT, notes
from tests.processes import PODCASTKIT, start_process
from tests.shows import Workshop, write_wav

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

COMMAND = [*PODCASTKIT, "publish"]
STOPPED = "stopped: nothing is damaged; run the command again to continue\n"
POOL = """
import sys
from concurrent.futures import ProcessPoolExecutor
import podcastkit
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        podcastkit.publish(sys.argv[1], executor=executor)
"""
PATIENCE = 60
SLOW = """#!/bin/sh
case "$*" in
    *libmp3lame*)
        echo "$$ $*" >> "{calls}"
        case "$*" in *{slow}*) exec "{ffmpeg}" -re "$@" ;; esac ;;
esac
exec "{ffmpeg}" "$@"
"""
"""With -re, ffmpeg reads its input in real time."""
SECONDS = 25
"""The length of each master: too long for a test to wait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Studio:
    """A show with WAV masters, and a slow ffmpeg that records each encoding."""

    folder: Path
    cache: Path
    calls: Path
    ffmpeg: Path

    def slow_down(self, slow: str) -> None:
        """Encode slowly if the arguments of ffmpeg contain this word."""
        script = SLOW.format(calls=self.calls, slow=slow, ffmpeg=find_ffmpeg())
        self.ffmpeg.write_text(script, encoding="utf-8")
        self.ffmpeg.chmod(0o755)

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """Publish in a separate process group, as a shell does."""
        variables = {"PODCASTKIT_CACHE": str(self.cache), "PODCASTKIT_FFMPEG": str(self.ffmpeg)}
        environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
        return start_process([*command, str(self.folder)], env=environment, start_new_session=True)

    def wait_for_calls(self, process: subprocess.Popen[str], count: int) -> None:
        """Wait until ffmpeg has started to encode this number of files."""
        while len(self.list_calls()) < count:
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)

    def list_calls(self) -> list[str]:
        """Return the process ID and arguments of each encoding."""
        return self.calls.read_text(encoding="ascii").splitlines() if self.calls.exists() else []

    def list_processes(self) -> list[str]:
        """Return the command lines of all processes that use the show or its cache."""
        return [line for line in read_command_lines() if str(self.cache.parent) in line]

    def list_audio(self) -> list[str]:
        """Return the names in the cache's folder for encoded audio."""
        return sorted(path.name for path in (self.cache / "media").glob("*"))

    def assert_published(self, episodes: int = 4) -> None:
        """Publish at full speed, and check that all episodes are published."""
        self.slow_down("nothing")
        process = self.start(COMMAND)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (0, ""), out
        assert len(list((self.folder.parent / "public" / "media").iterdir())) == episodes
        assert not [name for name in self.list_audio() if name.startswith(".")]


def read_command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # the process has just ended


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    folder = tmp_path / "show"
    workshop = Workshop(folder).show(f'[publish]\nto = "{tmp_path / "public"}"\nurl = "https://example.org/p"\n')
    for number in range(1, 5):
        episode = workshop.episode(f"{number:02}-part", notes(number))
        (episode / "audio.mp3").unlink()
        write_wav(episode / "audio.wav", SECONDS, mark=number)
    (tmp_path / "cache").mkdir()
    studio = Studio(
        folder=folder, cache=tmp_path / "cache", calls=tmp_path / "calls", ffmpeg=tmp_path / "slow-ffmpeg"
    )
    studio.slow_down("libmp3lame")
    return studio


def wait_for_end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, out, err.lstrip()


def send_signal(process: subprocess.Popen[str], number: int) -> None:
    """Send a signal to the process, or to its whole group, as Ctrl-C and a closed terminal do."""
    (os.kill if number == signal.SIGTERM else os.killpg)(process.pid, number)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["Ctrl-C", "SIGTERM", "a closed terminal"],
)
def test_signal_while_encoding_stops_all_ffmpegs(studio: Studio, number: int, code: int) -> None:
    process = studio.start(COMMAND)
    studio.wait_for_calls(process, min(os.cpu_count() or 1, 4))
    send_signal(process, number)
    assert wait_for_end(process) == (code, "", STOPPED)
    assert studio.list_processes() == []
    assert studio.list_audio() == []
    assert not (studio.folder.parent / "public" / "feed.xml").exists()
    studio.assert_published()


def test_stop_keeps_finished_audio(studio: Studio) -> None:
    studio.slow_down("0[34]-part")
    process = studio.start(COMMAND)
    while (
        len([name for name in studio.list_audio() if not name.startswith(".")]) < 2 or len(studio.list_calls()) < 3
    ):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    send_signal(process, signal.SIGINT)
    assert wait_for_end(process) == (130, "", STOPPED)
    assert studio.list_processes() == []
    finished = studio.list_audio()
    assert len(finished) == 2
    studio.calls.unlink()
    studio.assert_published()
    assert not [line for line in studio.list_calls() if "/01-part/" in line or "/02-part/" in line]
    assert set(finished) < set(studio.list_audio())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_signal_with_process_pool_stops_all_ffmpegs(studio: Studio, number: int) -> None:
    script = studio.cache.parent / "with_a_pool.py"
    handled = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))\n"
    script.write_text(handled * (number == signal.SIGTERM) + POOL, encoding="utf-8")
    process = studio.start([sys.executable, str(script)])
    studio.wait_for_calls(process, 2)
    send_signal(process, number)
    code, _, err = wait_for_end(process)
    assert code != 0
    assert "KeyboardInterrupt" in err
    assert studio.list_processes() == []
    assert studio.list_audio() == []
    studio.assert_published()


def test_leftovers_of_killed_run_are_deleted_after_a_day(studio: Studio) -> None:
    process = studio.start(COMMAND)
    studio.wait_for_calls(process, min(os.cpu_count() or 1, 4))
    process.kill()
    wait_for_end(process)
    for line in studio.list_calls():
        os.kill(int(line.split()[0]), signal.SIGKILL)  # the killed process could not stop it
    left = [studio.cache / "media" / name for name in studio.list_audio()]
    assert left
    while studio.list_processes():
        time.sleep(0.01)
    for folder in left:
        for path in [*folder.rglob("*"), folder]:
            os.utime(path, (0, 0))
    studio.assert_published()
