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
from podcastkit.media.ffmpeg import find_ffmpeg, follow_ffmpeg, read_encoder_name, run_ffmpeg

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #! and signals")


@pytest.fixture(autouse=True)
def _unset_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCASTKIT_FFMPEG", raising=False)
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)


def _write_script(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    path.chmod(0o755)
    return path


def test_find_ffmpeg_returns_the_bundled_program() -> None:
    assert find_ffmpeg() == imageio_ffmpeg.get_ffmpeg_exe()


@unix
def test_find_ffmpeg_uses_path_in_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    custom = _write_script(tmp_path / "my ffmpeg", 'echo "own: $*" >&2')
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(custom))

    assert find_ffmpeg() == str(custom)
    assert run_ffmpeg(["-version"]) == "own: -hide_banner -nostdin -version\n"


@unix
def test_find_ffmpeg_searches_path_for_name_in_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    custom = _write_script(tmp_path / "ffmpeg-of-mine")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "ffmpeg-of-mine")

    assert find_ffmpeg() == str(custom)


@pytest.mark.parametrize("exists", [False, True], ids=["missing", "not executable"])
def test_find_ffmpeg_with_invalid_variable_raises_error_with_its_value(
    exists: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "ffmpeg.txt"
    if exists:
        wrong.touch(mode=0o644)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(wrong))
    with pytest.raises(MediaError) as error:
        find_ffmpeg()

    assert str(wrong) in error.value.message
    assert "PODCASTKIT_FFMPEG" in (error.value.hint or "")


def test_find_ffmpeg_without_ffmpeg_explains_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_error() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    # Other tests run at the same time and need the bundled binary, so it cannot be removed.
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", raise_error)
    with pytest.raises(MediaError, match="ffmpeg was not found") as error:
        find_ffmpeg()

    assert "install ffmpeg" in (error.value.hint or "")


@unix
def test_run_ffmpeg_names_invalid_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_bytes(b"\x7fELF, but no more")
    broken.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(broken))
    with pytest.raises(MediaError, match="cannot be run") as error:
        run_ffmpeg(["-version"])

    assert str(broken) in error.value.message


def test_run_ffmpeg_failure_contains_ffmpegs_message(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"ffmpeg failed: .*No such file or directory"):
        run_ffmpeg(["-loglevel", "error", "-i", f"file:{tmp_path / 'gone.wav'}", "-f", "null", "-"])


@unix
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["echo '[mp3 @ 0x5f] [x @ 0x6a] it broke' >&2", "echo 'Conversion failed!' >&2"], "it broke$"),
        (["printf 'red \\033[31m words\\n\\n' >&2"], r"red \[31m words$"),
        ([], "exit code 3$"),
    ],
    ids=["useful line", "one clean line", "exit code"],
)
def test_run_ffmpeg_failure_contains_last_useful_line(
    lines: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(_write_script(tmp_path / "ffmpeg", *lines, "exit 3")))
    with pytest.raises(MediaError, match=message):
        run_ffmpeg([])


@unix
def test_interrupted_run_ffmpeg_kills_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = tmp_path / "pid"
    endless = _write_script(tmp_path / "ffmpeg", f"echo $$ > '{pid}'", "exec sleep 600")
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(endless))

    def interrupt(_signal: int, frame: FrameType | None) -> None:
        # Interrupt once, and only after ffmpeg has started. A second interrupt would stop the cleanup.
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


def test_follow_ffmpeg_reports_progress_and_log(tmp_path: Path) -> None:
    progress: list[timedelta] = []
    log: list[str] = []
    target = tmp_path / "noise.wav"
    follow_ffmpeg([*_TEN_SECONDS, f"file:{target}"], progress.append, log.append)

    assert progress == sorted(progress)
    assert progress[-1] == timedelta(seconds=10)
    assert target.stat().st_size > 800_000
    assert any("noise.wav" in line for line in log)


def test_follow_ffmpeg_callback_can_stop_it(tmp_path: Path) -> None:
    def stop(_done: timedelta) -> None:
        raise Cancelled("enough")

    endless = ["-re", "-f", "lavfi", "-i", "anoisesrc", f"file:{tmp_path / 'noise.wav'}"]
    with pytest.raises(Cancelled, match="enough"):
        follow_ffmpeg(endless, stop)


def test_follow_ffmpeg_failure_contains_ffmpegs_message(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"ffmpeg failed: .*No such file or directory"):
        follow_ffmpeg(["-i", f"file:{tmp_path / 'gone.wav'}", "-f", "null", "-"], lambda _: None)


@pytest.mark.parametrize(("format_name", "encoder"), [("mp3", "libmp3lame"), ("m4a", "aac")])
def test_read_encoder_name_contains_the_version(format_name: str, encoder: str) -> None:
    assert re.fullmatch(rf"FFmpeg \S*\d\.\d\S* \({encoder}\)", read_encoder_name(format_name))


@unix
def test_read_encoder_name_detects_a_new_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    custom = _write_script(
        tmp_path / "ffmpeg", f"echo called >> '{tmp_path}/calls'", "echo 'ffmpeg version 7.1 by me'"
    )
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(custom))
    assert read_encoder_name() == read_encoder_name() == "FFmpeg 7.1 (libmp3lame)"
    assert (tmp_path / "calls").read_text() == "called\n"

    _write_script(custom, "echo 'ffmpeg version 10.0-beta by me'")
    assert read_encoder_name() == "FFmpeg 10.0-beta (libmp3lame)"


@unix
def test_read_encoder_name_without_version_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    custom = _write_script(tmp_path / "ffmpeg", "echo hello")
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(custom))
    with pytest.raises(MediaError, match="does not report its version"):
        read_encoder_name()


def test_find_ffmpeg_ignores_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_find_ffmpeg_on_windows_adds_exe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg.exe"
    program.write_bytes(b"")
    program.chmod(0o755)
    monkeypatch.setattr("podcastkit.media.ffmpeg.sys.platform", "win32")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("podcastkit.media.ffmpeg.shutil.which", lambda path: path if path == str(program) else None)
    for name in ("ffmpeg", "ffmpeg.exe"):
        monkeypatch.setenv("PODCASTKIT_FFMPEG", name)
        assert find_ffmpeg() == str(program)
