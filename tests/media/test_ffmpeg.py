from __future__ import annotations

import os
import re
import signal
import sys
from datetime import timedelta
from traceback import walk_stack
from typing import TYPE_CHECKING

import imageio_ffmpeg
import pytest

from podcastkit.diagnostics import Cancelled, MediaError
from podcastkit.media.ffmpeg import encoder_name, find_ffmpeg, follow_ffmpeg, run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #! and signals")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCASTKIT_FFMPEG", raising=False)
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)


def _script(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    path.chmod(0o755)
    return path


def test_the_bundled_ffmpeg_is_found() -> None:
    assert find_ffmpeg() == imageio_ffmpeg.get_ffmpeg_exe()


@unix
def test_the_variable_names_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = _script(tmp_path / "my ffmpeg", 'echo "own: $*" >&2')
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(own))

    assert find_ffmpeg() == str(own)
    assert run_ffmpeg(["-version"]) == "own: -hide_banner -nostdin -version\n"


@unix
def test_the_variable_may_be_a_name_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = _script(tmp_path / "ffmpeg-of-mine")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "ffmpeg-of-mine")

    assert find_ffmpeg() == str(own)


@pytest.mark.parametrize("exists", [False, True], ids=["missing", "not executable"])
def test_a_wrong_variable_is_named(exists: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "ffmpeg.txt"
    if exists:
        wrong.touch(mode=0o644)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(wrong))
    with pytest.raises(MediaError) as error:
        find_ffmpeg()

    assert str(wrong) in error.value.message
    assert "PODCASTKIT_FFMPEG" in (error.value.hint or "")


def test_a_computer_without_ffmpeg_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    # The bundled binary cannot be taken away from the tests that run beside this one.
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", nothing)
    with pytest.raises(MediaError, match="ffmpeg was not found") as error:
        find_ffmpeg()

    assert "install ffmpeg" in (error.value.hint or "")


@unix
def test_what_is_no_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_bytes(b"\x7fELF, but no more")
    broken.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(broken))
    with pytest.raises(MediaError, match="cannot be run") as error:
        run_ffmpeg(["-version"])

    assert str(broken) in error.value.message


def test_failure_comes_with_ffmpegs_last_words(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"ffmpeg failed: .*No such file or directory"):
        run_ffmpeg(["-loglevel", "error", "-i", f"file:{tmp_path / 'gone.wav'}", "-f", "null", "-"])


@unix
@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["echo '[mp3 @ 0x5f] [x @ 0x6a] it broke' >&2", "echo 'Conversion failed!' >&2"], "it broke$"),
        (["printf 'red \\033[31m words\\n\\n' >&2"], r"red \[31m words$"),
        ([], "exit code 3$"),
    ],
    ids=["the useful line", "on one clean line", "or the code"],
)
def test_the_last_words_are_useful(
    lines: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(_script(tmp_path / "ffmpeg", *lines, "exit 3")))
    with pytest.raises(MediaError, match=words):
        run_ffmpeg([])


@unix
def test_ffmpeg_dies_with_whoever_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    endless = _script(tmp_path / "ffmpeg", f"echo $$ > '{pid}'", "exec sleep 600")
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(endless))

    def interrupt(_signal: int, frame: FrameType | None) -> None:
        # While it is being started, nobody knows it yet; and a second one would break off what ends it.
        callers = [one.f_code.co_name for one, _ in walk_stack(frame)]
        if "communicate" in callers and pid.exists() and pid.read_text().endswith("\n"):
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_ffmpeg([])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)

    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


_TEN_SECONDS = ("-f", "lavfi", "-i", "anoisesrc=duration=10")


def test_progress_and_log_are_told_until_the_end(tmp_path: Path) -> None:
    told: list[timedelta] = []
    heard: list[str] = []
    target = tmp_path / "noise.wav"
    follow_ffmpeg([*_TEN_SECONDS, f"file:{target}"], told.append, heard.append)

    assert told == sorted(told)
    assert told[-1] == timedelta(seconds=10)
    assert target.stat().st_size > 800_000
    assert any("noise.wav" in line for line in heard)


def test_whoever_is_told_can_stop_it(tmp_path: Path) -> None:
    def stop(_done: timedelta) -> None:
        raise Cancelled("enough")

    endless = ["-re", "-f", "lavfi", "-i", "anoisesrc", f"file:{tmp_path / 'noise.wav'}"]
    with pytest.raises(Cancelled, match="enough"):
        follow_ffmpeg(endless, stop)


def test_failure_of_what_is_followed_has_ffmpegs_words(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"ffmpeg failed: .*No such file or directory"):
        follow_ffmpeg(["-i", f"file:{tmp_path / 'gone.wav'}", "-f", "null", "-"], lambda _: None)


@pytest.mark.parametrize(("form", "encoder"), [("mp3", "libmp3lame"), ("m4a", "aac")])
def test_the_encoder_has_a_name_with_its_version(form: str, encoder: str) -> None:
    assert re.fullmatch(rf"FFmpeg \S*\d\.\d\S* \({encoder}\)", encoder_name(form))


@unix
def test_another_version_is_seen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = _script(tmp_path / "ffmpeg", f"echo called >> '{tmp_path}/calls'", "echo 'ffmpeg version 7.1 by me'")
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(own))
    assert encoder_name() == encoder_name() == "FFmpeg 7.1 (libmp3lame)"
    assert (tmp_path / "calls").read_text() == "called\n"

    _script(own, "echo 'ffmpeg version 10.0-beta by me'")
    assert encoder_name() == "FFmpeg 10.0-beta (libmp3lame)"


@unix
def test_what_tells_no_version_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = _script(tmp_path / "ffmpeg", "echo hello")
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(own))
    with pytest.raises(MediaError, match="does not report its version"):
        encoder_name()


def test_program_in_the_current_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "ffmpeg")
    for path in ("", ".", f".{os.pathsep}bin"):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(MediaError, match="not an executable program"):
            find_ffmpeg()
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "./ffmpeg")
    assert find_ffmpeg() == "./ffmpeg"
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "ffmpeg")
    monkeypatch.setenv("PATH", f".{os.pathsep}{tmp_path}")
    assert find_ffmpeg() == str(program)


def test_windows_finds_a_program_by_its_name_without_exe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg.exe"
    program.write_bytes(b"")
    program.chmod(0o755)
    monkeypatch.setattr("podcastkit.media.ffmpeg.sys.platform", "win32")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("podcastkit.media.ffmpeg.shutil.which", lambda path: path if path == str(program) else None)
    for name in ("ffmpeg", "ffmpeg.exe"):
        monkeypatch.setenv("PODCASTKIT_FFMPEG", name)
        assert find_ffmpeg() == str(program)
