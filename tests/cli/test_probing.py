from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import run
from podcastkit.media.ffmpeg import run_ffmpeg
from tests.shows import make_mp3

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    path = tmp_path / "tone.wav"
    sound = ("-f", "lavfi", "-i", "aevalsrc=0.1*sin(1000*2*PI*t):duration=4:sample_rate=44100", "-ac", "1")
    run_ffmpeg([*sound, f"file:{path}"])
    return path


def test_probe_measures_on_request(tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = tmp_path / "silent.mp3"
    silent.write_bytes(make_mp3(2))
    assert run(["probe", "--loudness", str(tone), str(silent)]) == 0
    shown = capsys.readouterr().out
    assert "  sound   -20.0 LUFS, range 0.0 LU, true peak -20.0 dBTP" in shown
    assert "  sound   too quiet or too short to be measured" in shown
    assert run(["probe", str(tone)]) == 0
    assert "LUFS" not in capsys.readouterr().out


def test_probe_tells_what_was_measured_as_json(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = tmp_path / "silent.mp3"
    silent.write_bytes(make_mp3(2))
    assert run(["probe", "--loudness", "--json", str(tone), str(silent), str(tone)]) == 0
    first, second, third = json.loads(capsys.readouterr().out)
    assert first == third
    assert [first[name] for name in ("loudness", "loudness_range", "true_peak")] == [-20.0, 0.0, -20.0]
    assert [second[name] for name in ("loudness", "loudness_range", "true_peak")] == [None, None, None]
    assert first["duration"] == 4.0


def test_what_was_measured_is_not_measured_again(
    tone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["probe", "--loudness", str(tone)]) == 0
    first = capsys.readouterr().out
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "there-is-none")
    assert run(["probe", "--loudness", str(tone)]) == 0
    assert capsys.readouterr().out == first


def test_trouble_is_an_entry_of_its_own(tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken, text = tmp_path / "broken.m4a", tmp_path / "text.mp3"
    run_ffmpeg(["-i", f"file:{tone}", "-c:a", "alac", f"file:{broken}"])
    data = broken.read_bytes()
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    broken.write_bytes(data[:start] + b"\x01" * (end - start) + data[end:])
    text.write_text("no audio")
    files = [str(path) for path in (broken, text, tmp_path / "gone.mp3", tone)]
    assert run(["probe", "--loudness", "--json", *files]) == 1
    *failed, good = json.loads(capsys.readouterr().out)
    assert [set(one) for one in failed] == [{"path", "error"}] * 3
    assert "broken.m4a cannot be decoded: " in failed[0]["error"]
    assert "gone.mp3" in failed[2]["error"]
    assert good["loudness"] == -20.0
    assert run(["probe", "--loudness", *files]) == 1
    shown = capsys.readouterr()
    assert "broken.m4a cannot be decoded" in shown.err
    assert "-20.0 LUFS" in shown.out


def test_without_an_ffmpeg_nothing_is_measured(
    tone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "there-is-none")
    assert run(["probe", "--loudness", "--json", str(tone)]) == 1
    shown = capsys.readouterr()
    assert "there-is-none" in shown.err
    assert json.loads(shown.out)["outcome"] == "refused"
