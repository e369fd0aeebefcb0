"""Encode the audio of a published episode again with --remake."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from mutagen.id3 import ID3

from podcastkit.cli.app import run
from podcastkit.diagnostics import CheckFailed, UnknownEpisodeError
from podcastkit.feed.reader import read_feed
from podcastkit.media.probing import probe
from podcastkit.model import EpisodeType
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.publish import publish
from podcastkit.state.lock import read_lock
from podcastkit.state.matching import find_episode
from podcastkit.storage.local import LocalStorage
from tests.shows import NOW, Workshop, other_ffmpeg, small_show, write_wav
from tests.values import make_episode, make_show

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.storage.base import Storage

pytestmark = pytest.mark.ffmpeg

URL = "https://podcast.example.org"


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Publish a show whose second episode has a master."""
    monkeypatch.chdir(tmp_path)
    workshop = small_show(tmp_path / "episodes", f'[publish]\nto = "public"\nurl = "{URL}"\n')
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "take.wav", 2)
    publish(workshop.folder, at=NOW)
    return workshop


def list_enclosures(workshop: Workshop) -> list[str]:
    found = open_storage(workshop).read("feed.xml")
    assert found
    return [str(item.enclosure_url) for item in read_feed(found[0]).items]


def open_storage(workshop: Workshop) -> Storage:
    return LocalStorage(workshop.folder / "public")


def test_remake_with_same_bytes_keeps_the_name(real: Workshop) -> None:
    before = list_enclosures(real)
    assert publish(real.folder, at=NOW, remake=["02-part"]).outcome == "unchanged"
    assert list_enclosures(real) == before


def test_remake_with_same_bytes_in_a_renamed_folder_keeps_the_name(real: Workshop) -> None:
    before = list_enclosures(real)
    (real.folder / "02-part").rename(real.folder / "02-renamed")
    publish(real.folder, at=NOW, remake=["02-renamed"])
    assert list_enclosures(real) == before


@pytest.mark.slow
def test_remake_with_other_bytes_gets_a_new_permanent_name(
    real: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list_enclosures(real)
    old_cache = tmp_path / "old cache"
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(tmp_path)))
    assert publish(real.folder, at=NOW).outcome == "unchanged", "another ffmpeg version changes nothing"
    receipt = publish(real.folder, at=NOW, remake=["02-part"])
    assert [(change.kind, change.destructive) for change in receipt.plan.changes] == [("audio", False)]
    after = list_enclosures(real)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]
    assert f"{URL}/{read_lock(real.folder).episodes[1].media.key}" == after[1]
    monkeypatch.delenv("PODCASTKIT_FFMPEG")
    assert publish(real.folder, at=NOW).outcome == "unchanged"
    monkeypatch.setenv("PODCASTKIT_CACHE", str(old_cache))
    assert publish(real.folder, at=NOW).outcome == "unchanged"
    assert list_enclosures(real) == after


@pytest.mark.slow
def test_new_title_changes_audio_only_with_remake(real: Workshop) -> None:
    before = list_enclosures(real)
    notes = real.folder / "02-part" / "notes.md"
    notes.write_text(notes.read_text().replace("Part 2", "Another title"))
    receipt = publish(real.folder, at=NOW)
    assert [change.kind for change in receipt.plan.changes] == ["title"]
    assert list_enclosures(real) == before
    assert read_title_tag(real) == "Part 2"
    publish(real.folder, at=NOW, remake=["02-part"])
    assert list_enclosures(real)[1] != before[1]
    assert read_title_tag(real) == "Another title"


def read_title_tag(workshop: Workshop) -> str | None:
    """Return the title tag in the published audio of the second episode."""
    key = list_enclosures(workshop)[1].removeprefix(f"{URL}/")
    return probe(workshop.folder / "public" / key).title


def test_first_real_publish_writes_the_public_url_to_tags(real: Workshop) -> None:
    (real.folder / "podcastkit.lock").unlink()
    shutil.rmtree(real.folder / "public")
    publish(real.folder, at=NOW, to=real.folder / "public", url="https://trial.example.net")
    (trial,) = (real.folder / "public" / "media").glob("02-*")
    assert {"WFED", "TGID"}.isdisjoint(ID3(trial)), "a trial run writes no identity"
    publish(real.folder, at=NOW)
    tags = ID3(real.folder / "public" / list_enclosures(real)[1].removeprefix(f"{URL}/"))
    assert str(tags["WFED"].url) == f"{URL}/feed.xml"
    assert str(tags["TGID"].text[0]) == read_lock(real.folder).episodes[1].guid


def test_remake_ignores_the_cached_file(real: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(tmp_path / "none"))
    receipt = publish(real.folder, at=NOW, remake=["02-part"])
    assert receipt.outcome == "partial", "the remake fails without ffmpeg"
    assert "02-part" in {held.episode for held in receipt.held_back}
    assert len(list_enclosures(real)) == 3, "the published episodes stay"


@pytest.mark.parametrize(
    ("prepare_episode", "reason"),
    [
        ("01-part", "the audio file is published unchanged"),
        ("missing", "audio file not found"),
        ("draft", "marked as a draft"),
    ],
)
def test_remake_without_a_master_is_refused(real: Workshop, prepare_episode: str, reason: str) -> None:
    if prepare_episode == "missing":
        (real.folder / "02-part" / "take.wav").unlink()
    if prepare_episode == "draft":
        (real.folder / "02-part" / "notes.md").write_text("---\ndraft: true\n---\n# Draft\n")
    name = prepare_episode if prepare_episode == "01-part" else "02-part"
    with pytest.raises(CheckFailed, match=reason):
        prepare(real.folder, at=NOW, remake=[name])


@pytest.mark.slow
def test_remake_option_encodes_again_and_reports_unknown_names(
    real: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list_enclosures(real)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(tmp_path)))
    assert run(["plan", "--remake", "episodes/02-part/"]) == 0
    assert "new audio Episode 2, Part 2" in capsys.readouterr().out
    assert run(["publish", "--dry-run", "--remake", "2"]) == 0
    assert "new audio Episode 2, Part 2" in capsys.readouterr().out
    assert list_enclosures(real) == before
    assert run(["publish", "--json", "--remake", "episode 2"]) == 0
    assert [change["kind"] for change in json.loads(capsys.readouterr().out)["changes"]] == ["audio"]
    assert list_enclosures(real)[1] != before[1]
    assert run(["publish", "--remake", "02-prat"]) == 2
    shown = capsys.readouterr().err
    assert 'there is no episode "02-prat"' in shown
    assert "02-part" in shown
    assert run(["publish", "--json", "--remake", "01-part"]) == 1
    refused = json.loads(capsys.readouterr().out)
    assert refused["outcome"] == "refused"
    assert "published unchanged" in refused["error"]


SHOW = make_show(
    make_episode("00-trailer", number=None, type=EpisodeType.TRAILER, title="Hear us"),
    make_episode("05-planning-time", guid="guid-5", title="Planning time"),
    make_episode("06-más", number=6, title="More"),
    make_episode("s2e06-more", number=6, season=2, title="More"),
    make_episode("bonus", number=5, type=EpisodeType.BONUS, title="Extra"),
)


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ("05-planning-time", "05-planning-time"),
        ("05-Planning-Time/", "05-planning-time"),
        ("shows/episodes/05-planning-time/", "05-planning-time"),
        ("C:\\shows\\05-planning-time", "05-planning-time"),
        ("5", "05-planning-time"),
        ("005", "05-planning-time"),
        ("Episode 5", "05-planning-time"),
        ("ep05", "05-planning-time"),
        ("planning time", "05-planning-time"),
        ("guid-5", "05-planning-time"),
        ("06-ma\u0301s", "06-más"),
        ("extra", "bonus"),
    ],
)
def test_remake_finds_episode_by_folder_number_title_or_guid(written: str, folder: str) -> None:
    assert find_episode(SHOW, written).folder == folder


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("05-planing", "05-planning-time"),
        ("6", "06-más, s2e06-more"),
        ("More", "06-más, s2e06-more"),
        ("zzz", "00-trailer, 05-planning-time"),
        ("", "00-trailer, 05-planning-time"),
        ("99999", "00-trailer"),
    ],
)
def test_unknown_episode_hint_suggests_similar_names(written: str, hint: str) -> None:
    with pytest.raises(UnknownEpisodeError) as failure:
        find_episode(SHOW, written)
    assert hint in (failure.value.hint or "")


def test_unknown_episode_of_an_empty_show_has_no_suggestions() -> None:
    with pytest.raises(UnknownEpisodeError) as failure:
        find_episode(make_show(), "x")
    assert failure.value.hint is None
