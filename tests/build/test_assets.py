from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from podcastkit.build.assets import describe_tags
from podcastkit.cache import Cache, write_cache_file
from podcastkit.media.artwork import read_artwork
from podcastkit.model import Alternate, Chapter, Document, EpisodeType, Item, Picture
from podcastkit.text.chapters.json import write_chapters
from tests.shows import NOW, make_mp3, write_artwork
from tests.values import build_edition, make_episode, make_media, make_show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from podcastkit.model import Show

DIGEST = hashlib.sha256(b"x").hexdigest()


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with Cache(tmp_path / "cache") as opened:
        yield opened


def test_tags_of_episode_contain_all_fields() -> None:
    episode = make_episode(
        guid="guid-5",
        number=5,
        title="Planning time",
        summary="How.",
        chapters=(Chapter(start=timedelta(), title="A"),),
    )
    show = make_show(
        episode, total_episodes=8, link="https://school.example", timezone=ZoneInfo("America/Los_Angeles")
    )
    moment = datetime(2024, 9, 5, 3, tzinfo=UTC)
    tags = describe_tags(
        show, episode, episode, published=moment, guid="guid-5", feed_url="https://a.example/feed.xml"
    )
    assert (tags.title, tags.artist, tags.album) == ("Planning time", show.author, show.title)
    assert (tags.track, tags.language, tags.comment) == ((5, 8), "en", "How.")
    assert tags.date == date(2024, 9, 4), "in the show's time zone"
    assert (tags.feed_url, tags.guid) == ("https://a.example/feed.xml", "guid-5")
    assert tags.chapters == episode.chapters
    assert tags.link == "https://school.example"


def test_tags_of_trial_run_have_no_feed_url_and_guid() -> None:
    episode = make_episode(guid="guid-5")
    tags = describe_tags(make_show(episode), episode, episode, published=NOW, guid="guid-5", feed_url=None)
    assert (tags.feed_url, tags.guid) == (None, None)


def test_tags_of_alternate_have_its_title_and_language() -> None:
    episode = make_episode(chapters=(Chapter(start=timedelta(), title="A"),))
    version = Alternate(file="es.mp3", title="En español", lang="es")
    tags = describe_tags(make_show(episode), version, episode, published=NOW, guid="guid-5", feed_url=None)
    assert (tags.title, tags.language, tags.chapters) == (f"{episode.title} (En español)", "es", ())


def test_tags_of_trailer_have_no_track_number() -> None:
    episode = make_episode(type=EpisodeType.TRAILER, number=5)
    tags = describe_tags(
        make_show(episode, total_episodes=8), episode, episode, published=NOW, guid="guid-5", feed_url=None
    )
    assert tags.track == (None, None)


def test_edition_has_each_file_once(tmp_path: Path, cache: Cache) -> None:
    (tmp_path / "a.mp3").write_bytes(make_mp3(1))
    write_artwork(tmp_path / "artwork.jpg")
    artwork = read_artwork(tmp_path / "artwork.jpg")
    transcript = Document(body=b"WEBVTT\n", suffix=".vtt", content_type="text/vtt")
    episode = make_episode(
        guid="g",
        media=make_media(path=tmp_path / "a.mp3"),
        artwork=artwork,
        transcripts=(transcript, replace(transcript, language="es"), replace(transcript, language="es")),
        chapters_file=Document(body=b"{}", suffix=".json", content_type="application/json+chapters"),
    )
    show = make_show(episode, make_episode("06-left-out"), artwork=artwork, guid="s")
    edition, assets = build_edition(show, url="https://a.example", published={"05-planning-time": NOW}, cache=cache)
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
def test_text_transcripts_are_served_with_charset(
    tmp_path: Path, cache: Cache, content_type: str, served: str
) -> None:
    (tmp_path / "a.mp3").write_bytes(make_mp3(1))
    transcript = Document(body=b"Adi\xc3\xb3s", suffix=".x", content_type=content_type)
    episode = make_episode(guid="g", media=make_media(path=tmp_path / "a.mp3"), transcripts=(transcript,))
    show = make_show(episode, artwork=None, guid="s")
    edition, assets = build_edition(show, url="https://a.example", published={"05-planning-time": NOW}, cache=cache)
    assert [asset.content_type for asset in assets if asset.key.endswith(".x")] == [served]
    (item,) = edition.items
    assert isinstance(item, Item)
    assert [file.content_type for file in item.transcripts] == [content_type]


@pytest.mark.parametrize(
    ("name", "mode", "size", "suffix", "is_unchanged"),
    [
        ("a.jpg", "RGB", (1400, 1400), ".jpg", True),
        ("a.png", "RGB", (1400, 1400), ".png", True),
        ("a.png", "RGBA", (1400, 1400), ".jpg", False),
        ("a.jpg", "CMYK", (1400, 1400), ".jpg", False),
        ("a.jpg", "RGB", (3200, 3200), ".jpg", False),
    ],
    ids=["jpeg", "png", "transparent", "cmyk", "large"],
)
def test_artwork_is_only_converted_if_necessary_and_the_copy_is_cached(
    tmp_path: Path, cache: Cache, name: str, mode: str, size: tuple[int, int], suffix: str, is_unchanged: bool
) -> None:
    Image.new(mode, size).save(tmp_path / name)
    show = make_show(artwork=read_artwork(tmp_path / name), guid="s")
    first, (asset,) = build_edition(show, url="https://a.example", published={}, cache=cache)
    again, (same,) = build_edition(show, url="https://a.example", published={}, cache=cache)
    assert asset.key.endswith(suffix)
    assert (asset.body == tmp_path / name) is is_unchanged
    assert asset == same
    assert first == again


def build_artwork(show: Show, cache: Cache) -> bytes | Path | None:
    _, (asset,) = build_edition(show, url="https://a.example", published={}, cache=cache)
    return asset.body


def test_copy_in_cache_is_reused(tmp_path: Path, cache: Cache) -> None:
    Image.new("RGBA", (1400, 1400)).save(tmp_path / "a.png")
    show = make_show(artwork=read_artwork(tmp_path / "a.png"), guid="s")
    made = build_artwork(show, cache)
    (kept,) = (cache.folder / "artwork").glob("*.jpg")
    write_cache_file(kept, b"the earlier copy")
    assert build_artwork(show, cache) == b"the earlier copy"
    with Cache(cache.folder, forget=True) as ignored:
        assert build_artwork(show, ignored) == made
    assert build_artwork(show, cache) == made


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", None], ids=["empty", "beginning", "half"])
def test_damaged_copy_in_cache_is_converted_again(tmp_path: Path, cache: Cache, content: bytes | None) -> None:
    Image.new("RGBA", (1400, 1400)).save(tmp_path / "a.png")
    artwork = read_artwork(tmp_path / "a.png")
    Image.new("CMYK", (300, 100)).save(tmp_path / "banner.jpg")
    images = (Picture(artwork=read_artwork(tmp_path / "banner.jpg"), purpose="banner"),)
    show = make_show(artwork=artwork, images=images, guid="s")
    made = build_edition(show, url="https://a.example", published={}, cache=cache)
    kept = sorted((cache.folder / "artwork").iterdir())
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if content is None else content)
    assert build_edition(show, url="https://a.example", published={}, cache=cache) == made


def test_chapters_without_file_are_written_as_json(cache: Cache) -> None:
    marks = (Chapter(start=timedelta(0), title="A"), Chapter(start=timedelta(seconds=5), hidden=True))
    show = make_show(make_episode(guid="g", chapters=marks), guid="s", artwork=None)
    _, (_, asset) = build_edition(show, url="https://a.example", published={"05-planning-time": NOW}, cache=cache)
    assert asset.content_type == "application/json+chapters"
    assert asset.body == write_chapters(marks).body
