from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cli.app import run
from podcastkit.cli.probe import ProbedFile, print_probed
from podcastkit.media.ffmpeg import run_ffmpeg
from podcastkit.model import Chapter
from tests.media.damage import make_undecodable_flac
from tests.shows import Workshop, make_mp3
from tests.values import make_audio

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    path = tmp_path / "tone.wav"
    sound = ("-f", "lavfi", "-i", "aevalsrc=0.1*sin(1000*2*PI*t):duration=4:sample_rate=44100", "-ac", "1")
    run_ffmpeg([*sound, f"file:{path}"])
    return path


def test_probe_prints_facts_and_failures(
    workshop: Workshop, capsys: pytest.CaptureFixture[str], read_json: Callable[[], Any]
) -> None:
    good, bad = workshop.folder / "01-part" / "audio.mp3", workshop.folder / "02-part" / "notes.md"
    assert run(["probe", str(good)]) == 0
    shown = capsys.readouterr().out
    assert "mp3" in shown
    assert "128 kbit/s, 44,100 Hz, stereo" in shown
    assert "length  0:00:00.993" in shown
    assert run(["probe", "--json", str(good), str(bad)]) == 1
    first, second = read_json()
    assert set(first) == {
        *("path", "duration", "format", "bitrate", "sample_rate", "channels", "size"),
        *("title", "artist", "album", "track", "chapters", "exact", "warnings"),
    }
    assert first["exact"] is True
    assert set(second) == {"path", "error"}
    assert run(["probe", str(bad), str(good)]) == 1


@pytest.mark.parametrize("options", [(), ("--loudness",)], ids=["facts", "loudness"])
def test_probe_prints_the_declared_length_of_a_truncated_file(
    options: tuple[str, ...], tone: Path, read_json: Callable[[], Any]
) -> None:
    tone.write_bytes(tone.read_bytes()[:-88_200])
    for _ in range(2):  # read, and from the cache
        assert run(["probe", *options, "--json", str(tone)]) == 1
        (found,) = read_json()
        assert (
            found["error"]
            == "tone.wav is cut short: the file contains only 3.0 s of the 4.0 s that its header states"
        )
        assert found["declared"] == 4.0


def test_probe_loudness_prints_measurements(tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = tmp_path / "silent.mp3"
    silent.write_bytes(make_mp3(2))
    assert run(["probe", "--loudness", str(tone), str(silent)]) == 0
    shown = capsys.readouterr().out
    assert "  sound   -20.0 LUFS, range 0.0 LU, true peak -20.0 dBTP" in shown
    assert "  sound   too quiet or too short to measure" in shown
    assert run(["probe", str(tone)]) == 0
    assert "LUFS" not in capsys.readouterr().out


def test_probe_prints_measurements_as_json(tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = tmp_path / "silent.mp3"
    silent.write_bytes(make_mp3(2))
    assert run(["probe", "--loudness", "--json", str(tone), str(silent), str(tone)]) == 0
    first, second, third = json.loads(capsys.readouterr().out)
    assert first == third
    assert [first[name] for name in ("loudness", "loudness_range", "true_peak")] == [-20.0, 0.0, -20.0]
    assert [second[name] for name in ("loudness", "loudness_range", "true_peak")] == [None, None, None]
    assert first["duration"] == 4.0


def test_probe_reuses_measurements_from_the_cache(
    tone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["probe", "--loudness", str(tone)]) == 0
    first = capsys.readouterr().out
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "there-is-none")
    assert run(["probe", "--loudness", str(tone)]) == 0
    assert capsys.readouterr().out == first


def test_probe_failure_is_a_separate_json_entry(
    tone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, text = tmp_path / "broken.flac", tmp_path / "text.mp3"
    run_ffmpeg(["-f", "lavfi", "-i", "anoisesrc=duration=4:seed=7", f"file:{broken}"])
    broken.write_bytes(make_undecodable_flac(broken.read_bytes()))
    text.write_text("no audio")
    files = [str(path) for path in (broken, text, tmp_path / "gone.mp3", tone)]
    assert run(["probe", "--loudness", "--json", *files]) == 1
    *failed, good = json.loads(capsys.readouterr().out)
    assert [set(one) for one in failed] == [{"path", "error"}] * 3
    assert "broken.flac cannot be decoded: " in failed[0]["error"]
    assert "gone.mp3" in failed[2]["error"]
    assert good["loudness"] == -20.0
    assert run(["probe", "--loudness", *files]) == 1
    shown = capsys.readouterr()
    assert "broken.flac cannot be decoded" in shown.err
    assert "-20.0 LUFS" in shown.out


def test_probe_loudness_without_ffmpeg_fails(
    tone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "there-is-none")
    assert run(["probe", "--loudness", "--json", str(tone)]) == 1
    shown = capsys.readouterr()
    assert "there-is-none" in shown.err
    assert json.loads(shown.out)["outcome"] == "refused"


def test_probe_prints_the_chapters_that_listeners_see(capsys: pytest.CaptureFixture[str]) -> None:
    chapters = (
        Chapter(start=timedelta(0), title="Welcome [bold]"),
        Chapter(start=timedelta(seconds=5), hidden=True),
        Chapter(start=timedelta(seconds=61.5)),
    )
    audio = make_audio(title="Planning", chapters=chapters)
    print_probed([ProbedFile(path=audio.path, audio=audio)])
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "  title   Planning",
        "  chapter 0:00:00.000  Welcome [bold]",
        "  chapter 0:01:01.500",
    ]
