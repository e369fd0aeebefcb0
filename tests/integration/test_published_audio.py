"""Publish a show of masters, and check the audio, tags and pictures with independent programs."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
from typing import TYPE_CHECKING, Any

import av
import mutagen
import numpy as np
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from PIL import Image

import podcastkit
from podcastkit.feed.reader import read_feed
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.storage.local import LocalStorage
from tests.shows import NOW, Workshop
from tests.sounds import convert, decode, loudness_of, speech, true_peak_of, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.ffmpeg

URL = "https://podcast.example.org"
NOTES = """---
title: {title}
date: 2024-09-0{number}
guid: guid-{number}
---

What it tells.

00:00 Welcome
00:04 Ships = cranes; and #more
00:08 Más luego
"""
CHAPTERS = ["Welcome", "Ships = cranes; and #more", "Más luego"]
SECONDS = 12.0


@pytest.fixture(scope="module", params=["mp3", "m4a"])
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workshop, str]:
    """Publish a show of four masters of different kinds in one format."""
    form = request.param
    folder = tmp_path_factory.mktemp(form)
    settings = f'episodes = 8\n[publish]\nto = "public"\nurl = "{URL}"\n[audio]\nformat = "{form}"\n'
    workshop = Workshop(folder / "episodes").show(settings)
    for number, name in enumerate(("16 bit", "24 bit", "float", "5.1"), 1):
        episode = workshop.episode(f"0{number}-{name}", NOTES.format(number=number, title=name))
        (episode / "audio.mp3").unlink()
    voice = speech(SECONDS, 48_000, level=-31, peaks=9)
    both = np.stack([voice, 0.7 * voice], axis=1)
    root = workshop.folder
    write(root / "01-16 bit" / "take.wav", voice[:, None], 48_000)
    write(root / "02-24 bit" / "take.flac", both, 48_000, "PCM_24")
    write(root / "03-float" / "take.wav", 8 * both, 48_000, "FLOAT")
    surround = write(folder / "both.wav", both, 48_000)
    convert(surround, root / "04-5.1" / "take.aiff", "-ac", "6")
    (folder / "masters.json").write_text(json.dumps(hash_masters(root)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODCASTKIT_CACHE", str(folder / "cache"))
        receipt = podcastkit.publish(root, at=NOW)
    assert receipt.outcome == "published"
    return workshop, form


def files(published: tuple[Workshop, str]) -> list[Path]:
    workshop, form = published
    found = sorted((workshop.folder / "public" / "media").iterdir())
    assert [path.suffix for path in found] == [f".{form}"] * 4
    return found


@pytest.mark.slow
def test_published_audio_has_the_target_loudness(published: tuple[Workshop, str]) -> None:
    for path in files(published):
        samples, rate = decode(path)
        assert rate == 48_000
        assert loudness_of(samples, rate) == pytest.approx(-16, abs=0.3), path.name
        assert true_peak_of(samples) <= -1, path.name


def test_published_audio_is_as_long_as_master_and_item(published: tuple[Workshop, str]) -> None:
    feed = LocalStorage(published[0].folder / "public").read("feed.xml")
    assert feed
    items = {str(item.enclosure_url).rpartition("/")[2]: item for item in read_feed(feed[0]).items}
    for path in files(published):
        samples, rate = decode(path)
        assert len(samples) / rate == pytest.approx(SECONDS, abs=0.05), path.name
        assert podcastkit.probe(path).duration.total_seconds() == pytest.approx(len(samples) / rate, abs=0.05)
        assert "<itunes:duration>12</itunes:duration>" in items[path.name].xml


def test_published_audio_has_tags(published: tuple[Workshop, str]) -> None:
    for number, path in enumerate(files(published), 1):
        easy: Any = mutagen.File(path, easy=True)
        assert easy["title"] == [("16 bit", "24 bit", "float", "5.1")[number - 1]]
        assert (easy["artist"], easy["album"]) == (["Harbour Radio"], ["Night Shift"])
        assert easy["tracknumber"] == [f"{number}/8"]
        assert easy["genre"] == ["Podcast"]
        identity = read_identity(path)
        assert identity == (f"{URL}/feed.xml", f"guid-{number}")


def read_identity(path: Path) -> tuple[str, str]:
    """Return the feed URL and the GUID in the tags of a file, as podcast apps read them."""
    if path.suffix == ".mp3":
        tags = ID3(path)
        assert tags.version == (2, 3, 0)
        assert tags.getall("PCST")
        return str(tags["WFED"].url), str(tags["TGID"].text[0])
    atoms: Any = MP4(path).tags
    assert atoms["pcst"] is True
    feed, guid = (atoms[name][0] for name in ("purl", "egid"))
    return feed, guid


def test_published_audio_has_chapters(published: tuple[Workshop, str]) -> None:
    for path in files(published):
        with av.open(str(path)) as container:
            chapters = container.chapters()
        assert [chapter["metadata"]["title"] for chapter in chapters] == CHAPTERS
        assert [to_seconds(chapter, "start") for chapter in chapters] == pytest.approx([0, 4, 8], abs=0.01)
        assert [to_seconds(chapter, "end") for chapter in chapters] == pytest.approx([4, 8, SECONDS], abs=0.1)


def to_seconds(chapter: Any, which: str) -> float:
    return float(chapter[which] * chapter["time_base"])


def test_published_audio_has_a_small_cover(published: tuple[Workshop, str]) -> None:
    for path in files(published):
        command = [
            find_ffmpeg(),
            "-v",
            "error",
            "-i",
            f"file:{path}",
            "-an",
            "-c:v",
            "copy",
            "-f",
            "image2pipe",
            "-",
        ]
        picture = subprocess.run(command, check=True, capture_output=True).stdout
        with Image.open(io.BytesIO(picture)) as image:
            assert (image.format, image.mode) == ("JPEG", "RGB")
            assert max(image.size) <= 1400
        assert len(picture) < 350_000


def hash_masters(show: Path) -> dict[str, str]:
    """Return the SHA-256 of each master."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(show.glob("*/take.*"))}


def test_masters_are_unchanged(published: tuple[Workshop, str]) -> None:
    folder = published[0].folder
    before = json.loads((folder.parent / "masters.json").read_text())
    assert len(before) == 4
    assert hash_masters(folder) == before


def test_lock_records_the_encoder(published: tuple[Workshop, str]) -> None:
    folder = published[0].folder
    lock = json.loads((folder / "podcastkit.lock").read_text())
    assert {episode["media"]["encoder"].split()[0] for episode in lock["episodes"]} == {"FFmpeg"}


def test_second_publish_encodes_nothing(published: tuple[Workshop, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "/nowhere/ffmpeg")
    events: list[podcastkit.Event] = []
    receipt = podcastkit.publish(published[0].folder, at=NOW, progress=events.append)
    assert receipt.outcome == "unchanged"
    assert not {event.stage for event in events} & {"measuring", "mastering"}
