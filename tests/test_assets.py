from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from podcastkit.assets import build, find_media, make_media, name_file
from podcastkit.cache import Cache
from podcastkit.diagnostics import MediaError
from podcastkit.media.artwork import read_artwork
from podcastkit.media.facts import examine
from podcastkit.model import Alternate, AudioSettings, Chapter, Document, Item
from podcastkit.storage.base import check_key
from podcastkit.text.json_chapters import write_chapters
from tests.shows import NOW, make_mp3, write_artwork, write_wav
from tests.values import a_show, an_episode, some_media

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from podcastkit.model import Episode

DIGEST = hashlib.sha256(b"x").hexdigest()
SETTINGS = AudioSettings()


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with Cache(tmp_path / "cache") as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("05-planning-time", "05-planning-time"),
        ("05 Más tiempo_(final)", "05-mas-tiempo-final"),
        ("学校", "episode"),
        ("--", "episode"),
        ("x" * 300, "x" * 80),
        ("../../etc", "etc"),
    ],
    ids=["plain", "accents", "another script", "nothing", "long", "dots"],
)
def test_names_are_readable_ascii_with_the_contents_digits(name: str, slug: str) -> None:
    assert name_file("media", name, DIGEST, ".mp3") == f"media/{slug}-{DIGEST[:12]}.mp3"


@given(st.text())
def test_every_name_is_a_key(name: str) -> None:
    assert check_key(name_file("media", name, DIGEST, ".mp3"))


def a_wav(folder: Path) -> Episode:
    write_wav(folder / "take.wav", 1)
    heard = examine(folder / "take.wav")
    return an_episode(audio=heard.audio, master=heard.file, media=None)


def test_a_master_is_made_once_and_found_again(tmp_path: Path, cache: Cache) -> None:
    episode = a_wav(tmp_path)
    assert episode.master
    assert episode.audio
    assert find_media("05-x", episode.master, episode.audio, SETTINGS, cache) is None
    made = make_media(episode.folder, episode, SETTINGS, cache.folder)
    found = find_media(episode.folder, episode.master, episode.audio, SETTINGS, cache)
    assert found == made
    assert made.path
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert made.key == f"media/05-planning-time-{made.sha256[:12]}.mp3"
    other = replace(SETTINGS, bitrate=64)
    assert find_media(episode.folder, episode.master, episode.audio, other, cache) is None


def test_m4a_is_made_when_asked_for(tmp_path: Path, cache: Cache) -> None:
    made = make_media("05-planning-time", a_wav(tmp_path), replace(SETTINGS, format="m4a"), cache.folder)
    assert (made.key[-4:], made.content_type) == (".m4a", "audio/x-m4a")


def test_what_was_published_keeps_its_name_when_it_is_made_anew(tmp_path: Path, cache: Cache) -> None:
    published = some_media(key="media/05-planning-time-0123456789ab.mp3")
    made = make_media("05-planning-time", replace(a_wav(tmp_path), media=published), SETTINGS, cache.folder)
    assert made.key == published.key


def test_a_spoiled_file_in_the_cache_is_not_used(tmp_path: Path, cache: Cache) -> None:
    episode = a_wav(tmp_path)
    assert episode.master
    assert episode.audio
    made = make_media(episode.folder, episode, SETTINGS, cache.folder)
    assert made.path
    made.path.write_bytes(b"spoiled")
    assert find_media(episode.folder, episode.master, episode.audio, SETTINGS, cache) is None


def test_audio_that_is_nowhere_is_a_media_error(cache: Cache) -> None:
    with pytest.raises(MediaError, match="neither on this machine"):
        make_media("05-x", an_episode(audio=None, master=None), SETTINGS, cache.folder)


def test_an_edition_names_every_file_and_nothing_twice(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "a.mp3").write_bytes(make_mp3(1))
    write_artwork(tmp_path / "artwork.jpg")
    artwork = read_artwork(tmp_path / "artwork.jpg")
    transcript = Document(body=b"WEBVTT\n", suffix=".vtt", content_type="text/vtt")
    episode = an_episode(
        guid="g",
        media=some_media(path=tmp_path / "a.mp3"),
        artwork=artwork,
        transcripts=(transcript, replace(transcript, language="es"), replace(transcript, language="es")),
        chapters_file=Document(body=b"{}", suffix=".json", content_type="application/json+chapters"),
    )
    show = a_show(episode, an_episode("06-left-out"), artwork=artwork, guid="s")
    edition, assets = build(show, url="https://a.example", published={"05-planning-time": NOW}, cache=cache)
    assert edition.artwork
    assert len(edition.items) == 1
    keys = [asset.key for asset in assets]
    assert len(keys) == len(set(keys)) == 6
    assert edition.artwork.key in keys
    assert {key.partition("/")[0] for key in keys} == {"media", "artwork", "transcripts", "chapters"}
    assert all(asset.size and asset.about for asset in assets)


@pytest.mark.parametrize(
    ("content_type", "served"),
    [
        ("text/vtt", "text/vtt"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/html", "text/html; charset=utf-8"),
    ],
)
def test_browsers_are_told_that_text_is_utf_8(tmp_path: Path, cache: Cache, content_type: str, served: str) -> None:
    (tmp_path / "a.mp3").write_bytes(make_mp3(1))
    transcript = Document(body=b"Adi\xc3\xb3s", suffix=".x", content_type=content_type)
    episode = an_episode(guid="g", media=some_media(path=tmp_path / "a.mp3"), transcripts=(transcript,))
    show = a_show(episode, artwork=None, guid="s")
    edition, assets = build(show, url="https://a.example", published={"05-planning-time": NOW}, cache=cache)
    assert [asset.content_type for asset in assets if asset.key.endswith(".x")] == [served]
    (item,) = edition.items
    assert isinstance(item, Item)
    assert [file.content_type for file in item.transcripts] == [content_type]


@pytest.mark.parametrize(
    ("name", "mode", "size", "suffix", "as_it_is"),
    [
        ("a.jpg", "RGB", (1400, 1400), ".jpg", True),
        ("a.png", "RGB", (1400, 1400), ".png", True),
        ("a.png", "RGBA", (1400, 1400), ".jpg", False),
        ("a.jpg", "CMYK", (1400, 1400), ".jpg", False),
        ("a.jpg", "RGB", (3200, 3200), ".jpg", False),
    ],
    ids=["jpeg", "png", "transparent", "cmyk", "large"],
)
def test_artwork_is_published_as_it_is_or_as_a_copy_made_once(
    tmp_path: Path, cache: Cache, name: str, mode: str, size: tuple[int, int], suffix: str, as_it_is: bool
) -> None:
    Image.new(mode, size).save(tmp_path / name)
    show = a_show(artwork=read_artwork(tmp_path / name), guid="s")
    first, (asset,) = build(show, url="https://a.example", published={}, cache=cache)
    again, (same,) = build(show, url="https://a.example", published={}, cache=cache)
    assert asset.key.endswith(suffix)
    assert (asset.body == tmp_path / name) is as_it_is
    assert asset == same
    assert first == again


def test_a_copy_that_the_cache_holds_is_not_made_again(tmp_path: Path, cache: Cache) -> None:
    Image.new("RGBA", (1400, 1400)).save(tmp_path / "a.png")
    show = a_show(artwork=read_artwork(tmp_path / "a.png"), guid="s")
    build(show, url="https://a.example", published={}, cache=cache)
    (kept,) = (cache.folder / "artwork").glob("*.jpg")
    kept.write_bytes(b"the copy of before")
    _, (asset,) = build(show, url="https://a.example", published={}, cache=cache)
    assert asset.body == b"the copy of before"


def test_chapters_without_a_file_of_their_own_are_written_as_json(cache: Cache) -> None:
    marks = (Chapter(start=timedelta(0), title="A"), Chapter(start=timedelta(seconds=5), hidden=True))
    show = a_show(an_episode(guid="g", chapters=marks), guid="s", artwork=None)
    _, (_, asset) = build(show, url="https://a.example", published={"05-planning-time": NOW}, cache=cache)
    assert asset.content_type == "application/json+chapters"
    assert asset.body == write_chapters(marks).body


def test_an_edition_needs_guids_and_media(cache: Cache) -> None:
    unmade = an_episode(guid="e", alternates=(Alternate(file="es.wav"),))
    for show in (
        *(a_show(), a_show(an_episode(media=None), guid="s"), a_show(an_episode(), guid="s")),
        a_show(unmade, guid="s"),
    ):
        with pytest.raises(ValueError, match="not"):
            build(
                replace(show, artwork=None),
                url="https://a.example",
                published={"05-planning-time": NOW},
                cache=cache,
            )
