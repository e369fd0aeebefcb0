"""Publish with an ffmpeg that fails for one episode."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import podcastkit
from podcastkit.cli.app import run
from podcastkit.media.ffmpeg import find_ffmpeg
from tests.published import URL
from tests.shows import NOW, small_show, write_wav

if TYPE_CHECKING:
    from podcastkit.publishing.publish import Receipt

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs scripts with #!, signals and /dev/full")

_ROOT = Path(__file__).parents[2]
_BROKEN = "02-part"
_SCRIPT = """#!/bin/bash
case "$*" in
    *{broken}*libmp3lame*) {command} ;;
esac
exec "{ffmpeg}" "$@"
"""
_FAILURES = {
    "without the encoder": (
        'exec "{ffmpeg}" "${{@/libmp3lame/libmp3lamo}}"',
        "(set in PODCASTKIT_FFMPEG) is too old or lacks a required feature: Unknown encoder",
        "unset PODCASTKIT_FFMPEG to use the bundled ffmpeg, or set it to a complete ffmpeg, 5.1 or newer",
    ),
    "without a filter": (
        'exec "{ffmpeg}" -loglevel level+error -f lavfi -i anullsrc -af alimiterr -f null -',
        "No such filter: 'alimiterr'",
        "unset PODCASTKIT_FFMPEG",
    ),
    "killed": (
        "kill -KILL $$",
        "ffmpeg was killed (SIGKILL), probably because the memory was full",
        "close other programs and run the command again: finished work is kept",
    ),
    "crashed": ("kill -SEGV $$", "crashed (SIGSEGV)", "unset PODCASTKIT_FFMPEG"),
    "a full disk": (
        'exec "{ffmpeg}" "${{@:1:$#-1}}" file:/dev/full',
        "the output of ffmpeg cannot be written: ",
        "free some disk space, or set PODCASTKIT_CACHE to a folder on another disk, and run the command again",
    ),
    "a limit on files": (
        "ulimit -f 4",
        "the output of ffmpeg cannot be written: it exceeds the file size limit of this computer",
        "free some disk space",
    ),
    "a master that was removed": (
        'exec "{ffmpeg}" "${{@/audio.wav/gone.wav}}"',
        "No such file or directory",
        "check whether the file plays on this computer; if not, export or copy it again",
    ),
}


@pytest.fixture
def show(tmp_path: Path) -> Path:
    folder = small_show(tmp_path / "show").folder
    for number in (1, 2, 3):
        episode = folder / f"{number:02}-part"
        (episode / "audio.mp3").unlink()
        write_wav(episode / "audio.wav", 2, mark=number)
    return folder


def break_ffmpeg(folder: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace ffmpeg with a script that runs this command instead when it encodes one of the episodes."""
    monkeypatch.delenv("PODCASTKIT_FFMPEG", raising=False)
    ffmpeg = find_ffmpeg()
    program = folder / "ffmpeg"
    program.write_text(_SCRIPT.format(broken=_BROKEN, command=command.format(ffmpeg=ffmpeg), ffmpeg=ffmpeg))
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))


def publish(show: Path) -> Receipt:
    return podcastkit.publish(show, to=show.parent / "public", url=URL, at=NOW)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "message", "hint"), list(_FAILURES.values()), ids=list(_FAILURES))
def test_failing_ffmpeg_holds_back_only_its_episode(
    command: str, message: str, hint: str, show: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_ffmpeg(show.parent, command, monkeypatch)
    receipt = publish(show)

    assert receipt.outcome == "partial"
    assert receipt.published == ("01-part", "03-part")
    assert [held.episode for held in receipt.held_back] == [_BROKEN]
    (finding,) = (finding for finding in receipt.plan.findings if finding.severity == "error")
    assert (finding.code, finding.episode, finding.location and finding.location.file) == (
        "A103",
        _BROKEN,
        f"{_BROKEN}/audio.wav",
    )
    assert message in finding.message
    assert hint in (finding.hint or "")


@pytest.mark.slow
def test_next_publish_encodes_the_failed_episode(show: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_ffmpeg(show.parent, _FAILURES["killed"][0], monkeypatch)
    publish(show)
    monkeypatch.delenv("PODCASTKIT_FFMPEG")
    receipt = publish(show)
    assert (receipt.outcome, receipt.held_back) == ("published", ())
    assert len(receipt.published) == 3


@pytest.mark.slow
def test_command_reports_the_failure_and_exits_1(
    show: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    break_ffmpeg(show.parent, _FAILURES["without the encoder"][0], monkeypatch)
    arguments = ["publish", str(show), "--to", str(show.parent / "public"), "--url", URL, "--json"]
    assert run(arguments) == 1
    output = json.loads(capfd.readouterr().out)
    assert output["outcome"] == "partial"
    assert [held["episode"] for held in output["held_back"]] == [_BROKEN]


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_full_disk_holds_back_only_the_long_episode(show: Path, tmp_path: Path) -> None:
    """The cache has room for the short episodes, but not for the long one.

    The short episodes are published first. Otherwise, the disk might be full while they are encoded.
    """
    write_wav(show / _BROKEN / "audio.wav", 120)
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", disk], check=False).returncode:
        pytest.skip("cannot mount a small disk on this system")
    to = ("--to", str(tmp_path / "public"), "--url", URL, "--json")
    long, hidden = show / _BROKEN, show / f"_{_BROKEN}"
    steps = (
        f'mount -t tmpfs -o size=600k none "{disk}"',
        f'mv "{long}" "{hidden}"',
        '"$@" >&2',
        f'mv "{hidden}" "{long}"',
    )
    script = " && ".join((*steps, 'exec "$@"'))
    command = [sys.executable, "-m", "podcastkit", "publish", str(show), *to]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", *command],
        env={**os.environ, "PYTHONPATH": str(_ROOT), "PODCASTKIT_CACHE": str(disk)},
        capture_output=True,
        text=True,
        check=False,
    )
    output = json.loads(done.stdout)
    assert (done.returncode, output["outcome"]) == (1, "partial"), done.stderr
    assert [held["episode"] for held in output["held_back"]] == [_BROKEN]
    assert "No space left on device" in next(f["message"] for f in output["findings"] if f["severity"] == "error")
