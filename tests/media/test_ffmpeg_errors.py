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
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCASTKIT_FFMPEG", raising=False)
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)


def failure(*arguments: str) -> FfmpegFailed:
    with pytest.raises(FfmpegFailed) as raised:
        run_ffmpeg(arguments)
    return raised.value


@unix
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-c:a", "libmp3lamo", "-f", "mp3"), "Unknown encoder 'libmp3lamo'"),
        (("-af", "ebur129=peak=true", *_MP3), "No such filter: 'ebur129'"),
        (("-af", "ebur128=peaks=true", *_MP3), "Option not found"),
        (("-compression_depth", "2", *_MP3), "Unrecognized option 'compression_depth'"),
        (("-f", "ipodo"), "Requested output format 'ipodo' is not known"),
    ],
    ids=["encoder", "filter", "option of a filter", "option", "format"],
)
@pytest.mark.parametrize("is_named", [True, False], ids=["named", "found"])
def test_an_ffmpeg_that_lacks_something_is_named(
    arguments: tuple[str, ...], words: str, is_named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = find_ffmpeg()
    if is_named:
        monkeypatch.setenv("PODCASTKIT_FFMPEG", program)
    trouble = failure(*_NOISE, *arguments, str(tmp_path / "a"))

    described = f"{program} (set in PODCASTKIT_FFMPEG)" if is_named else f"the ffmpeg at {program}"
    assert trouble.message.startswith(f"{described} is too old or lacks a required feature: ")
    assert words in trouble.message
    assert (trouble.hint or "").startswith("unset" if is_named else "set") is True
    assert "PODCASTKIT_FFMPEG" in (trouble.hint or "")
    assert not trouble.is_about_file


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
def test_older_ones_say_it_in_other_words(line: str) -> None:
    log = [line, "Error opening output files: Invalid argument", "Conversion failed!"]
    assert " is too old or lacks a required feature: " in explain_failure("ffmpeg", log, 1).message


@pytest.mark.parametrize(
    ("line", "words"),
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
def test_what_is_wrong_with_a_file_is_told_in_our_words(line: str, words: str) -> None:
    trouble = explain_failure("ffmpeg", [line, "Error opening output files: Invalid argument"], 1)
    assert trouble.words.startswith(words)
    assert trouble.is_about_file


def test_what_is_streamed_fails_in_the_same_words() -> None:
    sound = ("-f", "lavfi", "-i", "anoisesrc=duration=1")
    with (
        pytest.raises(FfmpegFailed, match="feature: No such filter: 'ebur129'"),
        stream_ffmpeg([*sound, "-af", "ebur129", "-f", "s16le", "pipe:1"], lambda _: None) as samples,
    ):
        assert samples.read() == b""


@unix
@pytest.mark.skipif(sys.platform == "darwin", reason="needs /dev/full")
@pytest.mark.parametrize("form", [_MP3, ("-c:a", "aac", "-f", "ipod")], ids=["mp3", "m4a"])
def test_a_full_disk_is_told(form: tuple[str, ...]) -> None:
    trouble = failure(*_NOISE, *form, "file:/dev/full")

    assert trouble.message.startswith("the output of ffmpeg cannot be written: ")
    assert "No space left on device" in trouble.message
    assert "PODCASTKIT_CACHE" in (trouble.hint or "")
    assert not trouble.is_about_file


@unix
@pytest.mark.parametrize("ignored", [False, True], ids=["by a signal", "by an error"])
def test_a_file_that_may_not_grow_is_told(ignored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = ("trap '' XFSZ\n" if ignored else "") + "ulimit -f 100"
    named(tmp_path, monkeypatch, f'{limit}\nexec "{find_ffmpeg()}" "$@"')
    trouble = failure(*_NOISE, *_MP3, f"file:{tmp_path / 'a.mp3'}")

    assert trouble.message.startswith("the output of ffmpeg cannot be written: ")
    assert "free some disk space" in (trouble.hint or "")


@unix
@pytest.mark.parametrize(
    ("script", "message", "cure"),
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
    ids=["killed", "killed in a script", "asked to stop", "crashed", "crashed in a script", "by any signal"],
)
def test_what_ended_it_is_told(
    script: str, message: str, cure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(tmp_path, monkeypatch, script)
    trouble = failure("-version")

    assert message in trouble.message
    assert cure in (trouble.hint or "")
    assert not trouble.is_about_file


def test_being_asked_to_stop_says_nothing_about_the_file() -> None:
    assert not explain_failure("ffmpeg", ["Exiting normally, received signal 15."], 255).is_about_file


def test_too_little_memory_is_told() -> None:
    trouble = explain_failure("ffmpeg", ["[out#0/mp3 @ 0x55] Error: Cannot allocate memory"], 244)
    assert (trouble.message, trouble.is_about_file) == (
        "there is not enough memory for ffmpeg: Error: Cannot allocate memory",
        False,
    )


@pytest.mark.parametrize("form", [_MP3, ("-c:a", "aac", "-f", "ipod")], ids=["mp3", "m4a"])
@pytest.mark.parametrize("sample", [math.nan, math.inf])
def test_samples_that_are_no_numbers_are_the_files_own_fault(
    sample: float, form: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "a.f32").write_bytes(struct.pack("<4096f", *[sample] * 4096))
    trouble = failure("-f", "f32le", "-i", f"file:{tmp_path / 'a.f32'}", *form, "-y", f"file:{tmp_path / 'a'}")
    assert trouble.is_about_file
    assert "not numbers" in trouble.words


def test_channels_that_cannot_be_mixed_are_the_files_own_fault() -> None:
    noise = ("-f", "lavfi", "-i", "anoisesrc=duration=1,pan=ambisonic 1|c0=c0|c1=c0|c2=c0|c3=c0")
    trouble = failure(*noise, "-ac", "1", "-f", "null", "-")

    assert trouble.is_about_file
    assert "export the file in mono or stereo" in trouble.words


def test_most_of_a_file_that_is_damaged_is_its_own_fault() -> None:
    trouble = explain_failure("ffmpeg", ["[error] Decode error rate 1 exceeds maximum 0.666667"], 69)

    assert trouble.words == "most of the data is damaged, or not in the format that the file states"


def test_what_is_no_audio_is_the_files_own_fault(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF, but no more")
    trouble = failure("-loglevel", "error", "-f", "wav", "-i", f"file:{tmp_path / 'a.wav'}", "-f", "null", "-")

    assert trouble.message.startswith("ffmpeg failed: ")
    assert trouble.words == "the header of the file is invalid"
    assert "export or copy it again" in (trouble.hint or "")
    assert trouble.is_about_file


@pytest.mark.parametrize("hint", [None, "make room"], ids=["of the file", "of the disk"])
def test_a_failure_comes_from_another_process_as_it_was(hint: str | None) -> None:
    trouble = FfmpegFailed("it broke", hint)
    there = pickle.loads(pickle.dumps(trouble))  # noqa: S301 - it is our own

    told = ("message", "hint", "words", "is_about_file")
    assert [getattr(there, name) for name in told] == [getattr(trouble, name) for name in told]


def named(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
