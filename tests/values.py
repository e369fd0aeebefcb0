"""Complete values for tests. Fields that a test does not set have defaults."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcastkit.build.assets import Asset
from podcastkit.build.editions import Content, build_editions
from podcastkit.checks import check_show
from podcastkit.model import (
    AlternateAudio,
    Artwork,
    Audio,
    Category,
    Clip,
    Edition,
    Episode,
    EpisodeAudio,
    EpisodeRecord,
    EpisodeType,
    Media,
    Owner,
    Show,
    SourceFile,
    Stamp,
    Text,
)
from podcastkit.state.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.cache import Cache

Built = tuple[Edition, tuple[Asset, ...]]

NOW = datetime(2024, 11, 1, 12, tzinfo=UTC)
STAMP = Stamp(device=1, inode=2, size=3, mtime_ns=4, ctime_ns=5)


def make_file(name: str = "audio.mp3", sha256: str = "a" * 64) -> SourceFile:
    return SourceFile(path=Path(name), size=1000, sha256=sha256, md5="b" * 32, stamp=STAMP)


def make_audio(**changes: Any) -> Audio:
    audio = Audio(
        path=Path("audio.mp3"),
        format="mp3",
        codec="mp3",
        duration=timedelta(minutes=25),
        bitrate=128_000,
        sample_rate=44_100,
        channels=2,
        size=24_000_000,
        exact=True,
    )
    return replace(audio, **changes)


def make_clip(name: str, seconds: float, sha256: str = "c" * 64) -> Clip:
    audio = make_audio(path=Path(name), format="wav", codec="pcm", duration=timedelta(seconds=seconds))
    return Clip(master=make_file(name, sha256), audio=audio)


def make_media(
    sha256: str = "a" * 64, key: str = "media/05-planning-time-aaaaaaaaaaaa.mp3", **changes: Any
) -> Media:
    media = Media(
        key=key,
        size=1000,
        sha256=sha256,
        content_type="audio/mpeg",
        duration=timedelta(minutes=25),
        recipe="as given",
    )
    return replace(media, **changes)


def make_record(folder: str = "05-planning-time", guid: str = "guid-5", sha256: str = "a" * 64) -> EpisodeRecord:
    return EpisodeRecord(
        guid=guid,
        folder=folder,
        published=datetime(2024, 9, 5, tzinfo=UTC),
        master_sha256=sha256,
        media=make_media(sha256, key=f"media/{folder}-{sha256[:12]}.mp3"),
    )


def make_episode(folder: str = "05-planning-time", **changes: Any) -> Episode:
    episode = Episode(
        folder=folder,
        type=EpisodeType.FULL,
        number=5,
        season=1,
        title="Planning time",
        notes=Text(html="<p>Notes.</p>", plain="Notes."),
        audio=make_audio(),
        master=make_file(),
        media=make_media(),
        recipe="as given",
    )
    return replace(episode, **changes)


def make_show(*episodes: Episode, **changes: Any) -> Show:
    show = Show(
        folder=Path("episodes"),
        at=NOW,
        title="Night Shift",
        author="Harbour Radio",
        description=Text(html="<p>Who keeps the harbour running.</p>", plain="Who keeps the harbour running."),
        language="en",
        categories=(Category(name="Society & Culture", sub="Documentary"),),
        explicit=False,
        artwork=Artwork(
            file=make_file("artwork.jpg"), format="JPEG", mode="RGB", width=3000, height=3000, has_alpha=False
        ),
        owner=Owner(name="Harbour Radio", email="radio@example.org"),
        episodes=episodes,
    )
    return replace(show, **changes)


def build_edition(show: Show, *, url: str, published: Mapping[str, datetime], cache: Cache) -> Built:
    """Return the edition and the files of a show whose episodes have GUIDs and audio."""
    audio = {}
    for episode in show.episodes:
        alternates = [AlternateAudio(alternate=one, media=one.media) for one in episode.alternates if one.media]
        if episode.media:
            audio[episode.folder] = EpisodeAudio(media=episode.media, alternates=tuple(alternates))
    identity = Identity(
        guid=show.guid or "s",
        episodes={episode.folder: episode.guid or episode.folder for episode in show.episodes},
    )
    due = tuple(episode for episode in show.episodes if episode.folder in published)
    content = Content(show=show, identity=identity, due=due)
    editions, assets = build_editions({None: content}, audio, published, url, cache)
    return editions[None], assets


def messages(show: Show, code: str) -> list[str]:
    """Return the messages of the rule with this code about a show."""
    return [finding.message for finding in check_show(show).findings if finding.code == code]
