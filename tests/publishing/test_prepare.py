"""Prepare feeds: the notes, summaries and audio of a producer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import feedparser
import pytest
from PIL import Image

import podcastkit
from podcastkit.cache import get_cache_folder, write_cache_file
from podcastkit.cli.app import run
from podcastkit.diagnostics import Location, Severity
from podcastkit.media.ffmpeg import run_ffmpeg
from tests.published import URL
from tests.shows import NOW, Workshop, small_show, write_wav

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg

FOOTER = "Made by [the harbour](https://example.org/)."
LONG = "# Part\n\n" + "\n\n".join(["Así empezó *la noche* en el puerto & nobody slept. " * 10] * 12)


def test_long_notes_are_truncated_only_in_the_description_with_a_warning(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show(f"\nfooter = '{FOOTER}'\n")
    workshop.episode("01-part", LONG)
    (entry,) = feedparser.parse(podcastkit.render_feed(tmp_path, url=URL, at=NOW)).entries
    footer = '<p>Made by <a href="https://example.org/">the harbour</a>.</p>'
    assert 3800 < len(entry.summary.encode()) <= 4000
    assert entry.summary.endswith(f"nobody slept. …</p>\n{footer}")
    assert entry.content[0].value.endswith(f"nobody slept.</p>\n{footer}")
    assert entry.content[0].value.count("Así") == 120
    (found,) = [finding for finding in podcastkit.check(tmp_path, at=NOW) if finding.code == "N110"]
    assert (found.severity, str(found.location), found.episode) == (
        Severity.WARNING,
        "01-part/notes.md:1:1",
        "01-part",
    )
    assert "“en el puerto & nobody slept. …”" in found.message


def test_prepare_with_errors_in_show_toml_reports_all_that_check_finds(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show(text='title = "T"\nauthor = "A"\nlanguage = "English"\n')
    workshop.episode("01-part", "Notes.")
    (workshop.folder / "artwork.jpg").unlink()
    with pytest.raises(podcastkit.CheckFailed) as failed:
        podcastkit.prepare(workshop.folder, to=tmp_path / "out", at=NOW)
    assert failed.value.diagnostics == podcastkit.check(workshop.folder, at=NOW, audio=False)
    assert {"S004", "S101"} <= {finding.code for finding in failed.value.diagnostics}


def test_long_summary_is_truncated_with_a_finding(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show()
    workshop.episode("01-part", f"---\ntitle: Part\nsummary: {'We plan. ' * 500}\n---\n\nNotes.")
    (entry,) = feedparser.parse(podcastkit.render_feed(tmp_path, url=URL, at=NOW)).entries
    assert entry.summary == "We plan. " * 443 + "We plan. …"
    (found,) = [finding for finding in podcastkit.check(tmp_path, at=NOW) if finding.code == "N111"]
    assert str(found.location) == "01-part/notes.md:3:1"


def test_description_of_the_show_keeps_paragraphs_and_links(tmp_path: Path) -> None:
    description = "One.\\n\\n- [Two](https://example.org/?a&b)"
    Workshop(tmp_path).show(text=f'title = "T"\nauthor = "A"\ndescription = "{description}"\nlanguage = "en"\n')
    feed = podcastkit.render_feed(tmp_path, url=URL, at=NOW).decode()
    assert (
        "<description><![CDATA[<p>One.</p>\n<ul>\n"
        '<li><a href="https://example.org/?a&amp;b">Two</a></li>\n</ul>]]></description>'
    ) in feed


def test_check_measures_audio_by_default(tmp_path: Path) -> None:
    Workshop(tmp_path).show().episode("01-part")
    codes = {finding.code for finding in podcastkit.check(tmp_path, at=NOW)}
    assert codes - {finding.code for finding in podcastkit.check(tmp_path, at=NOW, audio=False)} == {"A210"}


def test_loaded_show_is_checked_without_measuring(tmp_path: Path) -> None:
    Workshop(tmp_path).show().episode("01-part")
    assert "A210" not in {finding.code for finding in podcastkit.check(podcastkit.load(tmp_path), at=NOW)}
    measured = podcastkit.load(tmp_path, measure=True)
    assert "A210" in {finding.code for finding in podcastkit.check(measured, at=NOW, audio=False)}


@pytest.mark.parametrize("codec", ["alac", "aac"], ids=["encoded", "unchanged"])
def test_audio_that_cannot_be_decoded_holds_back_the_episode(codec: str, tmp_path: Path) -> None:
    name = "audio.m4a"
    folder = Workshop(tmp_path).show(f'[publish]\nto = "public"\nurl = "{URL}"\n').episode("01-part")
    (folder / "audio.mp3").unlink()
    write_wav(tmp_path / "a.wav", 3)
    run_ffmpeg(["-i", f"file:{tmp_path / 'a.wav'}", "-c:a", codec, f"file:{folder / name}"])
    (tmp_path / "a.wav").unlink()
    data = bytearray((folder / name).read_bytes())
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = b"\x01" * (end - start)
    (folder / name).write_bytes(data)
    found = [finding for finding in podcastkit.check(tmp_path, at=NOW) if finding.code in {"A106", "A201", "A202"}]
    assert (found[0].code, found[0].severity) == ("A106", Severity.ERROR)
    assert found[0].location == Location(file=f"01-part/{name}")
    assert found[0].episode == "01-part"
    with pytest.raises(podcastkit.CheckFailed, match=r"(can|cannot) be decoded"):
        podcastkit.publish(tmp_path, at=NOW)


@pytest.mark.parametrize("command", ["plan", "publish", "publish --dry-run"])
def test_no_cache_ignores_a_forged_cache(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    def list_artwork(*arguments: str) -> set[str]:
        assert run([*arguments, str(workshop.folder), "--to", str(tmp_path / "out"), "--json"]) == 0
        return set(re.findall(r"artwork/[\w.-]+", capsys.readouterr().out))

    workshop = small_show(tmp_path / "show", episodes=1)
    Image.new("CMYK", (1400, 1400)).save(workshop.folder / "artwork.jpg")
    expected = list_artwork("plan")
    (picture,) = (get_cache_folder() / "artwork").iterdir()
    write_cache_file(picture, b"forged, with the digest that belongs to it")
    assert list_artwork("plan") != expected
    assert list_artwork(*command.split(), "--no-cache") == expected
