from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import run
from podcastkit.media.ffmpeg import run_ffmpeg
from podcastkit.text.terminal import count_columns
from tests.shows import Workshop, small_show, write_artwork
from tests.site import Page, serve_pages

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg


def test_check_prints_line_and_fix(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    (workshop.folder / "02-part" / "notes.md").write_text("---\ntitle: Two\ndate: 9/5/2024\n---\nn\n")
    assert run(["check"]) == 1
    shown = capsys.readouterr().out
    assert "episodes/02-part/notes.md:3:1: E203 error" in shown
    assert "2024-09-05" in shown
    assert "PSP-1          fail  1 error" in shown
    assert "3 episodes, 1 error, 3 warnings" in shown


@pytest.mark.usefixtures("workshop")
def test_check_json_prints_only_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--format", "json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert set(checked) == {"findings", "verdicts", "audio"}
    assert set(checked["verdicts"].values()) == {"pass"}
    assert set(checked["findings"][0]) == {
        *("code", "severity", "message", "hint", "file", "line", "column", "episode", "destinations")
    }


def test_check_strict_exits_1_on_warnings(workshop: Workshop) -> None:
    (workshop.folder / "session.ptx").write_bytes(b"")
    assert run(["check"]) == 0
    assert run(["check", "--strict"]) == 1


def test_check_for_one_directory_prints_only_its_findings(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    write_artwork(workshop.folder / "artwork.jpg", (1400, 1000))
    assert run(["check", "--for", "psp1,youtube"]) == 0
    shown = capsys.readouterr().out
    assert "I101" not in shown
    assert [line.split()[0] for line in shown.splitlines()[-3:]] == ["YouTube", "PSP-1", "Nothing"]
    assert run(["check", "--for", "Apple", "--format", "json"]) == 1
    checked = json.loads(capsys.readouterr().out)
    assert checked["verdicts"] == {"apple": "fail"}
    assert "I101" in [finding["code"] for finding in checked["findings"]]
    assert run(["check", "--for", "apple,itunes"]) == 2
    assert "'itunes' is unknown; use one of: apple, spotify" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["artwork.jpg", "02-part/audio.mp3"])
def test_missing_required_value_fails_every_destination(
    workshop: Workshop, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.folder / missing).unlink()
    assert run(["check", "--format", "json"]) == 1
    verdicts = json.loads(capsys.readouterr().out)["verdicts"]
    assert verdicts == dict.fromkeys(("apple", "spotify", "youtube", "amazon", "psp1", "podcasting20"), "fail")
    assert run(["check", "--for", "amazon"]) == 1


@pytest.mark.parametrize("item", ["<title>A</title>", '<enclosure url="https://a.org/1.mp3"/>'])
def test_item_without_title_or_enclosure_fails_every_destination(
    item: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text(f'<rss version="2.0"><channel><item>{item}</item></channel></rss>')
    assert run(["check", str(feed), "--for", "amazon", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdicts"] == {"amazon": "fail"}


def test_check_writes_annotations_for_github(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    (workshop.folder / "02-part").rename(workshop.folder / "02-100%, a:b\n::error::x")
    (workshop.folder / "02-100%, a:b\n::error::x" / "notes.md").write_text("---\ndate: 9/5/2024\n---\nn\n")
    assert run(["check", "--format", "github"]) == 1
    lines = capsys.readouterr().out.splitlines()
    (error,) = [line for line in lines if line.startswith("::error")]
    place, _, message = error.removeprefix("::error ").partition("::")
    assert place == (
        "file=episodes/02-100%25%2C a%3Ab%0A%3A%3Aerror%3A%3Ax/notes.md,line=2,col=1,"
        "title=E203 02-100%25%2C a%3Ab%0A%3A%3Aerror%3A%3Ax"
    )
    assert message.startswith('"9/5/2024" can be read as 5 September or 9 May%0Awrite the date as 2024-09-05')
    assert {line.split()[0] for line in lines} == {"::error", "::warning", "::notice"}


def test_check_groups_findings_by_episode_and_severity(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.folder / "session.ptx").write_bytes(b"")
    (workshop.folder / "03-part" / "notes.md").write_text("---\ntitle: Three\ndate: 9/5/2024\n---\nn\n")
    assert run(["check"]) == 1
    findings, _, rest = capsys.readouterr().out.partition("\nAudio ")
    lines = [*findings.splitlines(), *rest[rest.index("\n\n") :].splitlines()]
    heads = [line.split()[0] for line in lines if line and not line.startswith((" ", "episodes/"))]
    assert heads == ["03-part", "The", "01-part", "02-part", "Night", "Publish"]


def test_check_accepts_a_feed_of_another_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], workshop: Workshop
) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_text('<?xml version="1.0"?>\n<rss version="2.0"><channel>\n<title>A</title></channel></rss>\n')
    assert run(["check", str(feed)]) == 1
    shown = capsys.readouterr().out
    assert re.search(r"^feed\.xml:2:20: F\d{3} error", shown, re.MULTILINE)
    assert "A: 0 episodes" in shown
    assert run(["check", "feed.xml", "--for", "amazon", "--format", "json"]) in {0, 1}
    checked = json.loads(capsys.readouterr().out)
    assert list(checked["verdicts"]) == ["amazon"]
    assert run(["check", "feed.xml", "--no-audio"]) == 2
    assert run(["check", "gone.xml"]) == 1
    assert "gone.xml" in capsys.readouterr().err
    assert run(["publish"]) == 0
    capsys.readouterr()
    assert run(["check", str(workshop.folder / "public" / "feed.xml")]) == 0


def test_check_fetches_a_feed_by_url(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish"]) == 0
    with serve_pages() as site:
        body = (workshop.folder / "public" / "feed.xml").read_bytes()
        site.pages["/feed.xml"] = Page(body=body, type="application/rss+xml")
        capsys.readouterr()
        assert run(["check", f"{site.url}/feed.xml"]) in {0, 1}
        assert f"{site.url}/feed.xml:" in capsys.readouterr().out
        assert run(["check", f"{site.url}/gone.xml"]) == 1
        assert "404" in capsys.readouterr().err


@pytest.mark.usefixtures("workshop")
def test_check_no_audio_skips_measurements(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check"]) == 0
    assert "A210 warning" in capsys.readouterr().out  # the tests' audio is silent
    assert run(["check", "--no-audio"]) == 0
    assert "A210" not in capsys.readouterr().out


@pytest.mark.usefixtures("workshop")
def test_check_without_ffmpeg_suggests_no_audio(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "/nowhere/ffmpeg")
    assert run(["check"]) == 1
    assert "--no-audio" in capsys.readouterr().err
    assert run(["check", "--no-audio"]) == 0


def test_check_explain_prints_the_rule_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--explain", "e203"]) == 0
    assert capsys.readouterr().out.startswith("E203  error  every app and directory\n\nThe date of an episode")
    assert run(["check", "--explain", "E999"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_file_that_is_not_a_feed_is_refused(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("01-part/notes.md", "01-part/audio.mp3"):
        assert run(["check", str(workshop.folder / name)]) == 1
        assert "is a file, not a show's folder" in capsys.readouterr().err


def test_feed_file_is_recognized_by_its_content(
    tmp_path: Path, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["publish"]) == 0
    (tmp_path / "saved").write_bytes(b"\xef\xbb\xbf\n" + (workshop.folder / "public" / "feed.xml").read_bytes())
    capsys.readouterr()
    run(["check", "saved"])
    assert "Night Shift: 3 episodes" in capsys.readouterr().out


def test_check_names_the_episodes_that_publish_would_hold_back(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    assert run(["check", "--for", "amazon", "--no-audio"]) == 1
    assert "Publish would hold back 02-part." in capsys.readouterr().out
    (workshop.folder / "02-part" / "notes.md").write_text("---\ndate: 9/5/2024\ndraft: true\n---\nn\n")
    assert run(["check", "--no-audio"]) == 1
    assert "Publish would" not in capsys.readouterr().out


def make_measured_show(folder: Path) -> Workshop:
    """Create a show with a quiet M4A, a master and a silent MP3."""
    workshop = small_show(folder)
    for name, file, level in (("01-part", "audio.m4a", 0.05), ("02-part", "audio.wav", 0.02)):
        (workshop.folder / name / "audio.mp3").unlink()
        source = f"aevalsrc={level}*sin(1000*2*PI*t):duration=4:sample_rate=44100"
        run_ffmpeg(["-f", "lavfi", "-i", source, "-ac", "1", f"file:{workshop.folder / name / file}"])
    return workshop


@pytest.mark.slow
def test_check_prints_measurements_in_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workshop = make_measured_show(tmp_path / "episodes")
    assert run(["check", str(workshop.folder)]) == 0
    shown = capsys.readouterr().out
    table = shown[shown.index("\nAudio ") :].splitlines()[1:5]
    head, *rows = [line.split() for line in table]
    assert head == ["Audio", "LUFS", "range", "dBTP", "length"]
    assert [[*row[:3], *row[4:]] for row in rows] == [
        ["01-part", "-26.0", "0.0", "0:04", "unchanged"],
        ["02-part", "-34.0", "0.0", "0:04", "becomes", "-16", "LUFS"],
        ["03-part", "-", "-", "0:01", "unchanged"],
    ]
    assert table[1].index("-26.0") == table[2].index("-34.0")
    assert shown.index("Audio ") < shown.index("Apple Podcasts")
    assert run(["check", str(workshop.folder), "--no-audio"]) == 0
    assert "LUFS" not in capsys.readouterr().out


@pytest.mark.slow
def test_audio_table_fits_a_narrow_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make_measured_show(tmp_path / "episodes")
    (workshop.folder / "02-part").rename(workshop.folder / f"02-夜の港-{'x' * 60}")
    (workshop.folder / "03-part").rename(workshop.folder / "03-a\x1b[31m\nb")
    monkeypatch.setenv("COLUMNS", "80")
    run(["check", str(workshop.folder)])
    shown = capsys.readouterr().out
    table = shown[shown.index("\nAudio ") :].splitlines()[1:5]
    assert max(count_columns(line) for line in table) <= 80
    assert "x…" in table[2]
    assert "\x1b" not in shown


@pytest.mark.slow
def test_check_prints_measurements_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workshop = make_measured_show(tmp_path / "episodes")
    assert run(["check", str(workshop.folder), "--format", "json"]) == 0
    first, second, third = json.loads(capsys.readouterr().out)["audio"]
    assert {**first, "duration": 4} == {
        "episode": "01-part",
        "file": "01-part/audio.m4a",
        "duration": 4,
        "loudness": pytest.approx(-26, abs=0.1),
        "loudness_range": pytest.approx(0, abs=0.1),
        "true_peak": pytest.approx(-26, abs=1),
        "becomes": None,
    }
    assert (second["file"], second["duration"], second["becomes"]) == ("02-part/audio.wav", 4.0, -16.0)
    assert (third["loudness"], third["loudness_range"], third["true_peak"]) == (None, None, None)
    assert run(["check", str(workshop.folder), "--format", "json", "--no-audio"]) == 0
    assert json.loads(capsys.readouterr().out)["audio"] == []


@pytest.mark.slow
def test_master_without_target_loudness_shows_its_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workshop = make_measured_show(tmp_path / "episodes").show("[audio]\nloudness = false\n")
    run(["check", str(workshop.folder)])
    assert "0:04  becomes MP3" in capsys.readouterr().out
    run(["check", str(workshop.folder), "--format", "json"])
    assert json.loads(capsys.readouterr().out)["audio"][1]["becomes"] is None


def test_undecodable_audio_has_no_row_in_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workshop = make_measured_show(tmp_path / "episodes")
    (workshop.folder / "01-part" / "audio.m4a").write_bytes(b"no audio")
    assert run(["check", str(workshop.folder), "--format", "json"]) == 1
    assert [entry["episode"] for entry in json.loads(capsys.readouterr().out)["audio"]] == ["02-part", "03-part"]
