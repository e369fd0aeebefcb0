"""Ctrl-C, SIGTERM and worse, while a command makes the audio of several episodes."""

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
STOPPED = "stopped: nothing is half done; run the command again to go on\n"
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
"""With -re ffmpeg reads its input as fast as somebody would listen."""
SECONDS = 25
"""Nobody listens for so long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Studio:
    """A show with WAV masters, and an ffmpeg that notes when it makes audio, and then takes its time."""

    folder: Path
    cache: Path
    calls: Path
    ffmpeg: Path

    def slow_down(self, slow: str) -> None:
        """Let it take long to make what the word is in the arguments of."""
        script = SLOW.format(calls=self.calls, slow=slow, ffmpeg=find_ffmpeg())
        self.ffmpeg.write_text(script, encoding="utf-8")
        self.ffmpeg.chmod(0o755)

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """Publish in a process group of its own, as a shell does it."""
        variables = {"PODCASTKIT_CACHE": str(self.cache), "PODCASTKIT_FFMPEG": str(self.ffmpeg)}
        environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT)}
        return start_process([*command, str(self.folder)], env=environment, start_new_session=True)

    def wait_for_calls(self, process: subprocess.Popen[str], count: int) -> None:
        """Wait until so many files are being made."""
        while len(self.asked()) < count:
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)

    def asked(self) -> list[str]:
        """Return what ffmpeg was asked to make, with its process ID first."""
        return self.calls.read_text(encoding="ascii").splitlines() if self.calls.exists() else []

    def running(self) -> list[str]:
        """Return the command lines of all processes that have to do with the show or its cache."""
        return [line for line in command_lines() if str(self.cache.parent) in line]

    def made(self) -> list[str]:
        """Return what lies where made audio is kept."""
        return sorted(path.name for path in (self.cache / "media").glob("*"))

    def assert_published(self, episodes: int = 4) -> None:
        """Publish to the end, at full speed."""
        self.slow_down("nothing")
        process = self.start(COMMAND)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (0, ""), out
        assert len(list((self.folder.parent / "public" / "media").iterdir())) == episodes
        assert not [name for name in self.made() if name.startswith(".")]


def command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has just ended


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


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return process.returncode, out, err.lstrip()


def send(process: subprocess.Popen[str], number: int) -> None:
    """Send a signal as it comes: Ctrl-C and a closed terminal reach the whole group."""
    (os.kill if number == signal.SIGTERM else os.killpg)(process.pid, number)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["Ctrl-C", "SIGTERM", "a closed terminal"],
)
def test_making_audio_is_stopped_at_once(studio: Studio, number: int, code: int) -> None:
    process = studio.start(COMMAND)
    studio.wait_for_calls(process, min(os.cpu_count() or 1, 4))
    send(process, number)
    assert ended(process) == (code, "", STOPPED)
    assert studio.running() == []
    assert studio.made() == []
    assert not (studio.folder.parent / "public" / "feed.xml").exists()
    studio.assert_published()


def test_what_was_finished_is_kept(studio: Studio) -> None:
    studio.slow_down("0[34]-part")
    process = studio.start(COMMAND)
    while len([name for name in studio.made() if not name.startswith(".")]) < 2 or len(studio.asked()) < 3:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    send(process, signal.SIGINT)
    assert ended(process) == (130, "", STOPPED)
    assert studio.running() == []
    finished = studio.made()
    assert len(finished) == 2
    studio.calls.unlink()
    studio.assert_published()
    assert not [line for line in studio.asked() if "/01-part/" in line or "/02-part/" in line]
    assert set(finished) < set(studio.made())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_process_pool_leaves_no_ffmpeg_either(studio: Studio, number: int) -> None:
    script = studio.cache.parent / "with_a_pool.py"
    handled = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))\n"
    script.write_text(handled * (number == signal.SIGTERM) + POOL, encoding="utf-8")
    process = studio.start([sys.executable, str(script)])
    studio.wait_for_calls(process, 2)
    send(process, number)
    code, _, err = ended(process)
    assert code != 0
    assert "KeyboardInterrupt" in err
    assert studio.running() == []
    assert studio.made() == []
    studio.assert_published()


def test_what_a_killed_run_left_is_gone_with_the_next_one_after_a_day(studio: Studio) -> None:
    process = studio.start(COMMAND)
    studio.wait_for_calls(process, min(os.cpu_count() or 1, 4))
    process.kill()
    ended(process)
    for line in studio.asked():
        os.kill(int(line.split()[0]), signal.SIGKILL)  # nobody was left to end it
    left = [studio.cache / "media" / name for name in studio.made()]
    assert left
    while studio.running():
        time.sleep(0.01)
    for folder in left:
        for path in [*folder.rglob("*"), folder]:
            os.utime(path, (0, 0))
    studio.assert_published()
