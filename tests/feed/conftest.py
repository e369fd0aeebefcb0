"""A fictional show with a value for every tag, and a minimal show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from podcastkit.model import (
    Alternate,
    AlternateAudio,
    Block,
    Category,
    Chapter,
    ContentLink,
    Edition,
    Episode,
    EpisodeType,
    Frequency,
    Funding,
    Item,
    License,
    Media,
    Owner,
    Person,
    Place,
    PublicFile,
    PublicPicture,
    RemoteFeed,
    Show,
    Social,
    Soundbite,
    Text,
    Txt,
)

DATA = Path(__file__).parents[1] / "data" / "feeds"
KEEPER = Person(name="The Lighthouse Keeper", role="host", group="cast", href="https://example.org/keeper")
PILOT = Person(name="The Pilot", role="guest", group="cast", img="https://example.org/pilot.png")
EDITOR = Person(name="The Net Maker", role="editor", group="video post-production")


def make_media(key: str, seconds: float, *, recipe: str = "copy", bitrate: int | None = None) -> Media:
    return Media(
        key=key,
        size=24_311_008,
        sha256="3f2a9c04d1b7" + "0" * 52,
        content_type="audio/mpeg" if key.endswith("mp3") else "audio/x-m4a",
        duration=timedelta(seconds=seconds),
        recipe=recipe,
        bitrate=bitrate,
    )


def make_full_episode() -> Item:
    episode = Episode(
        folder="01-high-water",
        type=EpisodeType.FULL,
        number=1,
        season=1,
        title='High & "Low" Water',
        notes=Text(html="<p>Why <b>tides</b> turn.</p>\n<h2>Links</h2>", plain="Why tides turn.\n\nLinks"),
        summary="Twice a day, all over the world.",
        explicit=True,
        people=(KEEPER, PILOT, EDITOR),
        link="https://example.org/high-water",
        block=Block(everybody=True),
        soundbites=(Soundbite(start=timedelta(seconds=73.5), duration=timedelta(minutes=1), title="The moon"),),
        places=(
            Place(name="Harbour", geo="geo:57.7,11.9", osm="R1", country="SE"),
            Place(name="The studio", rel="creator"),
        ),
        license=License(slug="CC-BY-4.0"),
        txt=(Txt(value="false", purpose="ai-content"),),
        funding=(Funding(url="https://example.org/boat", text="A boat for the pilot"),),
        chapters=(
            Chapter(start=timedelta(0), title='Slack & "spring"'),
            Chapter(
                start=timedelta(minutes=12, seconds=30.5),
                title="The moon",
                url="https://example.org/moon",
                img="https://example.org/moon.jpg",
            ),
            Chapter(start=timedelta(minutes=20), title="Behind the scenes", hidden=True),
        ),
        number_display="Part One",
        content_links=(ContentLink(href="https://video.example.org/1", text="Watch it"),),
        social=(
            Social(
                protocol="activitypub",
                uri="https://social.example.org/1",
                account_id="@tides",
                account_url="https://social.example.org/@tides",
                priority=1,
            ),
            Social(protocol="nostr", uri="nostr:note1x", priority=2),
        ),
    )
    return Item(
        episode=episode,
        guid="7c4a1a4e-6a7e-5d0c-a3f0-000000000001",
        published=datetime(2024, 9, 12, 6, 0, tzinfo=timezone(timedelta(hours=-7))),
        media=make_media("media/01-high-water-3f2a9c04d1b7.mp3", 1533.5),
        alternates=(
            AlternateAudio(
                alternate=Alternate(file="es.wav", title="En español", lang="es"),
                media=make_media(
                    "media/01-high-water-es-3f2a9c04d1b7.m4a", 60, recipe="m4a bitrate=auto", bitrate=64_000
                ),
            ),
            AlternateAudio(
                alternate=Alternate(file="low.mp3", title="Low"),
                media=make_media("media/01-high-water-low-3f2a9c04d1b7.mp3", 60),
            ),
        ),
        artwork=PublicFile(key="artwork/01-5d41402abc4b.jpeg", size=9, content_type="image/jpeg"),
        images=(
            PublicPicture(
                file=PublicFile(key="artwork/01-canvas-aabbccddeeff.png", size=9, content_type="image/png"),
                width=1080,
                height=1920,
                purpose="canvas",
                alt="The <sea>",
            ),
        ),
        chapters=PublicFile(key="chapters/01-7d793037a076.json", size=9, content_type="application/json+chapters"),
        transcripts=(
            PublicFile(key="transcripts/01-6c6c6c6c6c6c.vtt", size=9, content_type="text/vtt"),
            PublicFile(key="transcripts/01-0a0a0a0a0a0a.es.vtt", size=9, content_type="text/vtt", language="es"),
        ),
    )


def make_trailer() -> Item:
    episode = Episode(
        folder="00-trailer",
        type=EpisodeType.TRAILER,
        number=None,
        season=1,
        title="Hear the sea",
        notes=Text(html="", plain=""),
    )
    return Item(
        episode=episode,
        guid="7c4a1a4e-6a7e-5d0c-a3f0-000000000000",
        published=datetime(2024, 9, 5, 6, 0, tzinfo=UTC),
        media=make_media("media/00-trailer-0f0f0f0f0f0f.mp3", 0.2),
    )


@pytest.fixture(scope="session")
def edition() -> Edition:
    """Return an edition with a value for every tag."""
    show = Show(
        folder=Path("tides"),
        at=datetime(2024, 12, 1, tzinfo=UTC),
        title="The Tide Table",
        author="Harbour Radio",
        description=Text(html="<p>Eight parts about <i>water</i>.</p>", plain="Eight parts about water."),
        language="en-GB",
        categories=(
            Category(name="Science", sub="Natural Sciences"),
            Category(name="Science", sub="Earth Sciences"),
            Category(name="Kids & Family"),
            Category(name="History"),
        ),
        explicit=False,
        link="https://example.org/tides",
        copyright="Copyright © 2024 Harbour Radio",
        complete=True,
        new_feed_url="https://podcast.example.org/tides/feed.xml",
        locked=True,
        license=License(slug="harbour", url="https://example.org/license"),
        places=(Place(name="The coast"),),
        txt=(Txt(value="S6lpp-7ZCn8", purpose="verify"), Txt(value="plain words")),
        block=Block(everybody=True, services=("google", "amazon"), exceptions=("podcastindex",)),
        podroll=(
            RemoteFeed(feed_guid="29cdca4a-32d8-56ba-b48b-09a011c5daa9"),
            RemoteFeed(
                feed_guid="917393e3-1b1e-5cef-ace4-edaa54e1f810",
                feed_url="https://example.net/rss",
                title="Next Door",
                medium="music",
            ),
        ),
        funding=(Funding(url="https://example.org/support", text="Keep the lamp lit"),),
        publisher=RemoteFeed(
            feed_guid="003af0a0-6a45-55cf-b765-68e3d349551a",
            feed_url="https://example.org/publisher.xml",
            medium="publisher",
        ),
        podping=True,
        social=(Social(protocol="disabled"),),
        season_name="Ebb",
        people=(KEEPER,),
        owner=Owner(name="The Harbour Office", email="office@example.org"),
    )
    return Edition(
        show=show,
        guid="9b024349-ccf0-5f69-a609-6b82873eab3c",
        url="https://podcast.example.org/tides",
        items=(make_full_episode(), make_trailer()),
        artwork=PublicFile(key="artwork/show-aabbccddeeff.jpeg", size=9, content_type="image/jpeg"),
        frequency=Frequency(text="Complete: 8 episodes", complete=True),
        images=(
            PublicPicture(
                file=PublicFile(key="artwork/show-image-aabbccddeeff.jpg", size=9, content_type="image/jpeg"),
                width=1601,
                height=400,
            ),
        ),
    )


@pytest.fixture(scope="session")
def bare_edition() -> Edition:
    """Return an edition with only the required values of a show and an episode."""
    show = Show(
        folder=Path("bare"),
        at=datetime(2024, 12, 1, tzinfo=UTC),
        title="Bare",
        author="Harbour Radio",
        description=Text(html="<p>Nothing more.</p>", plain="Nothing more."),
        language="en",
        categories=(Category(name="History"),),
        explicit=False,
    )
    return Edition(
        show=show,
        guid="917393e3-1b1e-5cef-ace4-edaa54e1f810",
        url="https://podcast.example.org",
        items=(make_trailer(),),
    )


@pytest.fixture(scope="session")
def feeds() -> Path:
    """Return the folder of the golden feeds and of the feeds to read."""
    return DATA
