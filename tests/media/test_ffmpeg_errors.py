from __future__ import annotations

import math
import pickle
import struct
import sys
from typing import TYPE_CHECKING

import pytest

from podcastkit.media.ffmpeg import find_ffmpeg, run_ffmpeg, stream_ffmpeg
from podcastkit.media.ffmpeg_errors import FfmpegFailed, explain_failure

if TYPE_CHECKING:
    from pathlib import Path

unix = pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!, signals and /dev/full")

_NOISE = ("-loglevel", "error", "-y", "-f", "lavfi", "-i", "anoisesrc=duration=30")
_MP3 = ("-c:a", "libmp3lame", "-f", "mp3")


@pytest.fixture(autouse=True)
def _unset_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCASTKIT_FFMPEG", raising=False)
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)


def run_failing_ffmpeg(*arguments: str) -> FfmpegFailed:
    with pytest.raises(FfmpegFailed) as raised:
        run_ffmpeg(arguments)
    return raised.value


@unix
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("-c:a", "libmp3lamo", "-f", "mp3"), "Unknown encoder 'libmp3lamo'"),
        (("-af", "ebur129=peak=true", *_MP3), "No such filter: 'ebur129'"),
        (("-af", "ebur128=peaks=true", *_MP3), "Option not found"),
        (("-compression_depth", "2", *_MP3), "Unrecognized option 'compression_depth'"),
        (("-f", "ipodo"), "Requested output format 'ipodo' is not known"),
    ],
    ids=["encoder", "filter", "option of a filter", "option", "format"],
)
@pytest.mark.parametrize("is_in_variable", [True, False], ids=["in variable", "bundled"])
def test_missing_feature_error_names_the_ffmpeg_program(
    arguments: tuple[str, ...], reason: str, is_in_variable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = find_ffmpeg()
    if is_in_variable:
        monkeypatch.setenv("PODCASTKIT_FFMPEG", program)
    error = run_failing_ffmpeg(*_NOISE, *arguments, str(tmp_path / "a"))

    description = f"{program} (set in PODCASTKIT_FFMPEG)" if is_in_variable else f"the ffmpeg at {program}"
    assert error.message.startswith(f"{description} is too old or lacks a required feature: ")
    assert reason in error.message
    assert (error.hint or "").startswith("unset" if is_in_variable else "set") is True
    assert "PODCASTKIT_FFMPEG" in (error.hint or "")
    assert not error.is_about_file


@pytest.mark.parametrize(
    "line",
    [
        "Unknown encoder 'libmp3lame'",
        "[AVFilterGraph @ 0x563bff0d2900] No such filter: 'alimiter'",
        "[ebur128 @ 0x55] Option 'framelog' not found",
        "[NULL @ 0x55] Requested output format 'ipod' is not a suitable output format",
        "[fc#-1 @ 0x55] [error] Error applying option 'framelog' to filter 'ebur128': Option not found",
    ],
)
def test_missing_feature_is_recognized_in_messages_of_old_versions(line: str) -> None:
    log = [line, "Error opening output files: Invalid argument", "Conversion failed!"]
    assert " is too old or lacks a required feature: " in explain_failure("ffmpeg", log, 1).message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "[aist#0:0/none @ 0x55] [error] Decoding requested, but no decoder found for: none",
            "the encoding of the file is not",
        ),
        (
            "[in#0 @ 0x55] [error] Error opening input: Invalid data found when processing input",
            "the header of the file",
        ),
        ("[in#0 @ 0x55] [error] Error opening input: Cannot allocate memory", "the header of the file"),
        ("[dec:flac @ 0x55] [error] Error while opening decoder: Invalid argument", "the header of the file"),
        ("[dec:aac @ 0x55] [error] Error submitting packet to decoder: Invalid data found", "most of the data is"),
    ],
)
def test_error_of_file_is_explained(line: str, reason: str) -> None:
    error = explain_failure("ffmpeg", [line, "Error opening output files: Invalid argument"], 1)
    assert error.reason.startswith(reason)
    assert error.is_about_file


def test_stream_ffmpeg_explains_missing_feature() -> None:
    sound = ("-f", "lavfi", "-i", "anoisesrc=duration=1")
    with (
        pytest.raises(FfmpegFailed, match="feature: No such filter: 'ebur129'"),
        stream_ffmpeg([*sound, "-af", "ebur129", "-f", "s16le", "pipe:1"], lambda _: None) as samples,
    ):
        assert samples.read() == b""


@unix
@pytest.mark.skipif(sys.platform == "darwin", reason="needs /dev/full")
@pytest.mark.parametrize("format_arguments", [_MP3, ("-c:a", "aac", "-f", "ipod")], ids=["mp3", "m4a"])
def test_full_disk_is_explained(format_arguments: tuple[str, ...]) -> None:
    error = run_failing_ffmpeg(*_NOISE, *format_arguments, "file:/dev/full")

    assert error.message.startswith("the output of ffmpeg cannot be written: ")
    assert "No space left on device" in error.message
    assert "PODCASTKIT_CACHE" in (error.hint or "")
    assert not error.is_about_file


@unix
@pytest.mark.parametrize("is_signal_ignored", [False, True], ids=["by a signal", "by an error"])
def test_file_size_limit_is_explained(
    is_signal_ignored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = ("trap '' XFSZ\n" if is_signal_ignored else "") + "ulimit -f 100"
    set_ffmpeg_script(tmp_path, monkeypatch, f'{limit}\nexec "{find_ffmpeg()}" "$@"')
    error = run_failing_ffmpeg(*_NOISE, *_MP3, f"file:{tmp_path / 'a.mp3'}")

    assert error.message.startswith("the output of ffmpeg cannot be written: ")
    assert "free some disk space" in (error.hint or "")


@unix
@pytest.mark.parametrize(
    ("script", "message", "hint"),
    [
        (
            "kill -KILL $$",
            "ffmpeg was killed (SIGKILL), probably because the memory was full",
            "close other programs",
        ),
        ("sh -c 'kill -KILL $$'; exit $?", "ffmpeg was killed (SIGKILL)", "close other programs"),
        ("kill -TERM $$", "ffmpeg was stopped by another program or by the system", "run the command again"),
        ("kill -SEGV $$", "crashed (SIGSEGV)", "unset PODCASTKIT_FFMPEG"),
        ("sh -c 'kill -SEGV $$'; exit $?", "crashed (SIGSEGV)", "unset PODCASTKIT_FFMPEG"),
        ("kill -USR1 $$", "crashed (SIGUSR1)", "unset PODCASTKIT_FFMPEG"),
    ],
    ids=["killed", "killed in a script", "terminated", "crashed", "crashed in a script", "other signal"],
)
def test_signal_is_explained(
    script: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_ffmpeg_script(tmp_path, monkeypatch, script)
    error = run_failing_ffmpeg("-version")

    assert message in error.message
    assert hint in (error.hint or "")
    assert not error.is_about_file


def test_stopped_ffmpeg_is_not_an_error_of_file() -> None:
    assert not explain_failure("ffmpeg", ["Exiting normally, received signal 15."], 255).is_about_file


def test_lack_of_memory_is_explained() -> None:
    error = explain_failure("ffmpeg", ["[out#0/mp3 @ 0x55] Error: Cannot allocate memory"], 244)
    assert (error.message, error.is_about_file) == (
        "there is not enough memory for ffmpeg: Error: Cannot allocate memory",
        False,
    )


@pytest.mark.parametrize("format_arguments", [_MP3, ("-c:a", "aac", "-f", "ipod")], ids=["mp3", "m4a"])
@pytest.mark.parametrize("sample", [math.nan, math.inf])
def test_samples_that_are_not_numbers_are_an_error_of_file(
    sample: float, format_arguments: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "a.f32").write_bytes(struct.pack("<4096f", *[sample] * 4096))
    error = run_failing_ffmpeg(
        "-f", "f32le", "-i", f"file:{tmp_path / 'a.f32'}", *format_arguments, "-y", f"file:{tmp_path / 'a'}"
    )
    assert error.is_about_file
    assert "not numbers" in error.reason


def test_unsupported_channel_layout_is_an_error_of_file() -> None:
    noise = ("-f", "lavfi", "-i", "anoisesrc=duration=1,pan=ambisonic 1|c0=c0|c1=c0|c2=c0|c3=c0")
    error = run_failing_ffmpeg(*noise, "-ac", "1", "-f", "null", "-")

    assert error.is_about_file
    assert "export the file in mono or stereo" in error.reason


def test_mostly_damaged_data_is_an_error_of_file() -> None:
    error = explain_failure("ffmpeg", ["[error] Decode error rate 1 exceeds maximum 0.666667"], 69)

    assert error.reason == "most of the data is damaged, or not in the format that the file states"


def test_invalid_header_is_an_error_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF, but no more")
    error = run_failing_ffmpeg(
        "-loglevel", "error", "-f", "wav", "-i", f"file:{tmp_path / 'a.wav'}", "-f", "null", "-"
    )

    assert error.message.startswith("ffmpeg failed: ")
    assert error.reason == "the header of the file is invalid"
    assert "export or copy it again" in (error.hint or "")
    assert error.is_about_file


@pytest.mark.parametrize("hint", [None, "free some disk space"], ids=["error of file", "error of disk"])
def test_ffmpeg_failed_can_be_pickled(hint: str | None) -> None:
    error = FfmpegFailed("it broke", hint)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - it is our own

    fields = ("message", "hint", "reason", "is_about_file")
    assert [getattr(copy, name) for name in fields] == [getattr(error, name) for name in fields]


def set_ffmpeg_script(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
