from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.readers.strict import find_faults

FEEDS = Path(__file__).parents[1] / "data" / "feeds"
EVERY_TAG = (FEEDS / "every-tag.xml").read_text(encoding="utf-8")
ADDRESS = "https://podcast.example.org/tides/feed.xml"
AT = datetime(2024, 12, 1, tzinfo=UTC)


def test_a_golden_feed_has_no_fault() -> None:
    assert find_faults(EVERY_TAG.encode(), at=AT, address=ADDRESS) == []


def test_the_barest_feed_lacks_only_its_artwork() -> None:
    feed = (FEEDS / "barest.xml").read_bytes()
    assert find_faults(feed, at=AT) == ["<itunes:image> is missing in <channel>"]
    assert find_faults(feed, at=AT, without="itunes:image") == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param(
            "<itunes:duration>1534",
            '<enclosure url="https://example.org/b.mp3" length="9" type="audio/mpeg"/><itunes:duration>1534',
            "<enclosure> stands 2 times in <item> of 'High & \"Low\" Water'",
            id="a second enclosure",
        ),
        pytest.param(
            "<pubDate>Thu, 05 Sep",
            "<pubDate>Fri, 05 Sep",
            "<pubDate> has the wrong weekday: 'Fri, 05 Sep 2024 06:00:00 +0000'",
            id="a wrong weekday",
        ),
        pytest.param(
            "<pubDate>Thu, 05 Sep 2024",
            "<pubDate>Fri, 05 Sep 2025",
            "<pubDate> lies ahead: 'Fri, 05 Sep 2025 06:00:00 +0000'",
            id="a future date",
        ),
        pytest.param(
            "<lastBuildDate>Thu, 12 Sep 2024 06:00:00 -0700",
            "<lastBuildDate>Thu, 12 Sep 2024 06:00:00 PDT",
            "<lastBuildDate> is no date of RFC 2822: 'Thu, 12 Sep 2024 06:00:00 PDT'",
            id="a zone by name",
        ),
        pytest.param(
            "Thu, 05 Sep 2024",
            "Sat, 31 Feb 2024",
            "<pubDate> is no date of RFC 2822: 'Sat, 31 Feb 2024 06:00:00 +0000'",
            id="a day that does not exist",
        ),
        pytest.param(
            'rel="self"',
            'rel="alternate"',
            f"atom:link rel=self is [], and the feed lies at {ADDRESS}",
            id="no link to itself",
        ),
        pytest.param(
            "tides/feed.xml",
            "feed.xml",
            f"atom:link rel=self is ['https://podcast.example.org/feed.xml'], and the feed lies at {ADDRESS}",
            id="a link to another feed",
        ),
        pytest.param(
            "<itunes:explicit>true", "<itunes:explicit>yes", "<itunes:explicit> says 'yes'", id="explicit yes"
        ),
        pytest.param(
            "<itunes:explicit>true</itunes:explicit>",
            "<itunes:explicit/>",
            "<itunes:explicit> says ''",
            id="explicit nothing",
        ),
        pytest.param(
            "<itunes:summary>Twice a day, all over the world.</itunes:summary>",
            "<itunes:subtitel/>",
            "<itunes:subtitel> is unknown in <item> of 'High & \"Low\" Water'",
            id="an unknown itunes tag",
        ),
        pytest.param(
            "<podcast:medium>podcast</podcast:medium>",
            "<podcast:value/>",
            "<podcast:value> is unknown in <channel>",
            id="an unknown podcast tag",
        ),
        pytest.param(
            "<podcast:medium>podcast</podcast:medium>",
            "<podcast:Medium>podcast</podcast:Medium>",
            "<podcast:Medium> is unknown in <channel>",
            id="a tag in another case",
        ),
        pytest.param(
            "<generator>",
            '<soundbite startTime="1" duration="2"/><generator>',
            "<soundbite> is unknown",
            id="a tag without namespace",
        ),
        pytest.param(
            "https://podcastindex.org/namespace/1.0",
            "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
            "the prefix 'podcast' stands for https://github.com/Podcastindex-org/",
            id="a wrong namespace",
        ),
        pytest.param(
            "http://www.itunes.com/dtds/podcast-1.0.dtd",
            "http://www.itunes.com/DTDs/Podcast-1.0.dtd",
            "<http://www.itunes.com/DTDs/Podcast-1.0.dtd:author> is unknown in <channel>",
            id="a namespace in another case",
        ),
        pytest.param(
            'startTime="73.5" duration="60"',
            'startTime="73.5"',
            "<podcast:soundbite> has no duration of 'High & \"Low\" Water'",
            id="a soundbite without duration",
        ),
        pytest.param(
            'duration="60"',
            'duration="1:00"',
            "<podcast:soundbite> has duration='1:00'",
            id="a soundbite of minutes",
        ),
        pytest.param(
            'role="host"', 'rôle="host"', "<podcast:person> has an unknown rôle", id="an unknown attribute"
        ),
        pytest.param(
            "<itunes:season>1", "<itunes:season>0", "<itunes:season> says '0'", id="a season of number zero"
        ),
        pytest.param(
            "<itunes:complete>Yes", "<itunes:complete>No", "<itunes:complete> says 'No'", id="a denial nobody reads"
        ),
        pytest.param('length="24311008"', 'length="0"', "<enclosure> has length='0'", id="an empty enclosure"),
        pytest.param(
            "<language>en-GB</language>", "", "<language> is missing in <channel>", id="what directories ask for"
        ),
        pytest.param(
            "-000000000000<",
            "-000000000001<",
            "the GUID '7c4a1a4e-6a7e-5d0c-a3f0-000000000001' stands 2 times",
            id="a GUID twice",
        ),
        pytest.param(
            "media/00-trailer-0f0f0f0f0f0f",
            "media/01-high-water-3f2a9c04d1b7",
            "https://podcast.example.org/tides/media/01-high-water-3f2a9c04d1b7.mp3 is enclosed 2 times",
            id="an enclosure twice",
        ),
        pytest.param(
            "Eight parts about water.", "é" * 2001, "<description> has 4002 bytes", id="a long description"
        ),
    ],
)
def test_a_fault_is_found(old: str, new: str, fault: str) -> None:
    assert old in EVERY_TAG
    faults = find_faults(EVERY_TAG.replace(old, new).encode(), at=AT, address=ADDRESS)
    assert any(found.startswith(fault) for found in faults), faults
