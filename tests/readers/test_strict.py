from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.readers.strict import find_feed_errors

FEEDS = Path(__file__).parents[1] / "data" / "feeds"
EVERY_TAG = (FEEDS / "every-tag.xml").read_text(encoding="utf-8")
ADDRESS = "https://podcast.example.org/tides/feed.xml"
AT = datetime(2024, 12, 1, tzinfo=UTC)


def test_golden_feed_has_no_errors() -> None:
    assert find_feed_errors(EVERY_TAG.encode(), at=AT, address=ADDRESS) == []


def test_minimal_feed_has_only_the_error_of_missing_artwork() -> None:
    feed = (FEEDS / "barest.xml").read_bytes()
    assert find_feed_errors(feed, at=AT) == ["<itunes:image> is missing in <channel>"]
    assert find_feed_errors(feed, at=AT, without="itunes:image") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param(
            "<itunes:duration>1534",
            '<enclosure url="https://example.org/b.mp3" length="9" type="audio/mpeg"/><itunes:duration>1534',
            "<enclosure> occurs 2 times in <item> of 'High & \"Low\" Water'",
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
            "<pubDate> is in the future: 'Fri, 05 Sep 2025 06:00:00 +0000'",
            id="a future date",
        ),
        pytest.param(
            "<lastBuildDate>Thu, 12 Sep 2024 06:00:00 -0700",
            "<lastBuildDate>Thu, 12 Sep 2024 06:00:00 PDT",
            "<lastBuildDate> is not a date of RFC 2822: 'Thu, 12 Sep 2024 06:00:00 PDT'",
            id="a zone by name",
        ),
        pytest.param(
            "Thu, 05 Sep 2024",
            "Sat, 31 Feb 2024",
            "<pubDate> is not a date of RFC 2822: 'Sat, 31 Feb 2024 06:00:00 +0000'",
            id="a day that does not exist",
        ),
        pytest.param(
            'rel="self"',
            'rel="alternate"',
            f"atom:link rel=self is [], but the URL of the feed is {ADDRESS}",
            id="no link to itself",
        ),
        pytest.param(
            "tides/feed.xml",
            "feed.xml",
            f"atom:link rel=self is ['https://podcast.example.org/feed.xml'], but the URL of the feed is {ADDRESS}",
            id="a link to another feed",
        ),
        pytest.param(
            "<itunes:explicit>true",
            "<itunes:explicit>yes",
            "<itunes:explicit> has the text 'yes'",
            id="explicit yes",
        ),
        pytest.param(
            "<itunes:explicit>true</itunes:explicit>",
            "<itunes:explicit/>",
            "<itunes:explicit> has the text ''",
            id="empty explicit",
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
            "the prefix 'podcast' refers to https://github.com/Podcastindex-org/",
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
            "<itunes:season>1", "<itunes:season>0", "<itunes:season> has the text '0'", id="a season of number zero"
        ),
        pytest.param(
            "<itunes:complete>Yes",
            "<itunes:complete>No",
            "<itunes:complete> has the text 'No'",
            id="complete with no",
        ),
        pytest.param('length="24311008"', 'length="0"', "<enclosure> has length='0'", id="an empty enclosure"),
        pytest.param("<language>en-GB</language>", "", "<language> is missing in <channel>", id="no language"),
        pytest.param(
            "-000000000000<",
            "-000000000001<",
            "the GUID '7c4a1a4e-6a7e-5d0c-a3f0-000000000001' occurs 2 times",
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
        pytest.param(
            'pubdate="Thu, 05 Sep',
            'pubdate="Wed, 05 Sep',
            "<podcast:trailer> has the wrong weekday: 'Wed, 05 Sep 2024 06:00:00 +0000'",
            id="a trailer of a wrong weekday",
        ),
        pytest.param(
            'pubdate="Thu, 05 Sep 2024 06:00:00 +0000"',
            'pubdate="2024-09-05"',
            "<podcast:trailer> is not a date of RFC 2822: '2024-09-05'",
            id="a trailer's date of another kind",
        ),
        pytest.param(
            '<podcast:trailer url="https://podcast.example.org/tides/media/00-trailer-0f0f0f0f0f0f.mp3"',
            "<podcast:trailer",
            "<podcast:trailer> has no url",
            id="a trailer without address",
        ),
        pytest.param(
            "<itunes:episodeType>trailer",
            "<itunes:episodeType>bonus",
            "<podcast:trailer> has no item: https://podcast.example.org/tides/media/00-trailer",
            id="trailer without item",
        ),
        pytest.param(
            'season="1">Hear the sea</podcast:trailer>',
            'season="1"></podcast:trailer>',
            "<podcast:trailer> has the text ''",
            id="a trailer without title",
        ),
        pytest.param(
            ">Complete: 8 episodes<", "><", "<podcast:updateFrequency> has the text ''", id="frequency without text"
        ),
        pytest.param(
            '<podcast:updateFrequency complete="true"',
            '<podcast:updateFrequency complete="true" rrule="FREQ=WEEKLY;COUNT=8"',
            "<podcast:updateFrequency> has a COUNT without a dtstart: 'FREQ=WEEKLY;COUNT=8'",
            id="count without start",
        ),
        pytest.param(
            '<podcast:updateFrequency complete="true"',
            '<podcast:updateFrequency complete="true" rrule="FREQ=WEEKLY;UNTIL=20241231"',
            "<podcast:updateFrequency> has rrule=",
            id="a rule with an end by date",
        ),
        pytest.param(
            '<podcast:updateFrequency complete="true"',
            '<podcast:updateFrequency complete="true" dtstart="2024-09-05T06:00:00"',
            "<podcast:updateFrequency> has dtstart='2024-09-05T06:00:00'",
            id="a beginning without zone",
        ),
        pytest.param(
            '<podcast:updateFrequency complete="true"',
            "<podcast:updateFrequency",
            "<itunes:complete> exists, but <podcast:updateFrequency> is not complete",
            id="complete only for Apple",
        ),
        pytest.param(
            "<podcast:medium>podcast</podcast:medium>",
            "<podcast:updateFrequency>Now</podcast:updateFrequency>",
            "<podcast:updateFrequency> occurs 2 times in <channel>",
            id="second frequency",
        ),
        pytest.param(
            "<itunes:author>Harbour Radio</itunes:author>",
            "<itunes:author>Harbour Radio</itunes:author><itunes:author>B</itunes:author>",
            "<itunes:author> occurs 2 times in <channel>",
            id="a second author",
        ),
        pytest.param(
            ' alt="The &lt;sea&gt;"',
            ' src="sea.png"',
            "<podcast:image> has an unknown src of 'High & \"Low\" Water'",
            id="a picture without address",
        ),
        pytest.param(
            '<podcast:image href="https://podcast.example.org/tides/artwork/show-image-aabbccddeeff.jpg"',
            "<podcast:image",
            "<podcast:image> has no href",
            id="picture without URL",
        ),
        pytest.param(
            'aspect-ratio="9/16"',
            'aspect-ratio="16/9"',
            "<podcast:image> has 1080 × 1920 pixels and the aspect-ratio 16/9",
            id="a picture of another shape",
        ),
        pytest.param(
            'aspect-ratio="9/16"',
            'aspect-ratio="0.5625"',
            "<podcast:image> has aspect-ratio='0.5625'",
            id="a picture by its ratio in decimals",
        ),
        pytest.param(
            '<podcast:alternateEnclosure type="audio/mpeg"',
            "<podcast:alternateEnclosure",
            "<podcast:alternateEnclosure> has no type of 'High & \"Low\" Water'",
            id="a version without type",
        ),
        pytest.param(
            '<podcast:source uri="https://podcast.example.org/tides/media/01-high-water-low-3f2a9c04d1b7.mp3"/>',
            "",
            "<podcast:source> is missing in <podcast:alternateEnclosure>",
            id="a version without source",
        ),
        pytest.param(
            "01-high-water-low-3f2a9c04d1b7",
            "01-high-water-3f2a9c04d1b7",
            "<podcast:source> is the enclosure itself of 'High & \"Low\" Water'",
            id="a version that is the enclosure",
        ),
        pytest.param(
            'value="sha256-PyqcBNG3AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="',
            'value="sha256-3f2a9c04"',
            "<podcast:integrity> has value='sha256-3f2a9c04'",
            id="a digest in hex",
        ),
        pytest.param(
            "<podcast:soundbite",
            '<podcast:integrity type="sri" value="sha256-PyqcBNG3"/><podcast:soundbite',
            "<podcast:integrity> is unknown in <item> of 'High & \"Low\" Water'",
            id="a digest on its own",
        ),
        pytest.param(
            "<podcast:podping",
            '<podcast:remoteItem feedGuid="29cdca4a-32d8-56ba-b48b-09a011c5daa9"/><podcast:podping',
            "<podcast:remoteItem> is unknown in <channel>",
            id="another feed outside of a podroll",
        ),
        pytest.param(
            'medium="publisher"',
            'medium="podcast"',
            "<podcast:publisher> has the media ['podcast']",
            id="a publisher that is a podcast",
        ),
        pytest.param(
            '<podcast:block id="amazon">',
            '<podcast:block id="google">',
            "google is blocked 2 times",
            id="a service blocked twice",
        ),
        pytest.param(
            '<podcast:block id="podcastindex">no</podcast:block>',
            "<podcast:block>yes</podcast:block>",
            "the tag without id comes before a service",
            id="tag without id before a service",
        ),
        pytest.param(
            'country="SE"',
            'country="Sweden"',
            "<podcast:location> has country='Sweden'",
            id="place with country name",
        ),
        pytest.param(
            '<podcast:location rel="creator">The studio',
            '<podcast:location rel="maker">The studio',
            "<podcast:location> has rel='maker'",
            id="place with unknown rel",
        ),
        pytest.param(
            '<podcast:socialInteract protocol="disabled"',
            '<podcast:socialInteract protocol="disabled" uri="https://example.org"',
            "<podcast:socialInteract> of disabled has the uri https://example.org",
            id="disabled comments with URL",
        ),
        pytest.param(
            ' uri="nostr:note1x"',
            "",
            "<podcast:socialInteract> of nostr has the uri None",
            id="comments without URL",
        ),
        pytest.param(
            'start="00:12:30.500"',
            'start="12:30.5"',
            "<psc:chapter> has start='12:30.5'",
            id="chapter with invalid time",
        ),
        pytest.param(
            ' title="The moon"',
            "",
            "<psc:chapter> has no title of 'High & \"Low\" Water'",
            id="a chapter without title",
        ),
        pytest.param(
            'start="00:00:00.000"',
            'start="00:13:00.000"',
            "<psc:chapters> are out of order of 'High & \"Low\" Water'",
            id="chapters out of order",
        ),
        pytest.param(
            '<psc:chapters version="1.2"',
            '<psc:chapters version="1.0"',
            "<psc:chapters> has version='1.0'",
            id="chapters of another version",
        ),
        pytest.param(
            "https://podcast.example.org/tides/transcripts/01-6c6c6c6c6c6c.vtt",
            "transcripts/01 6c.vtt",
            "<podcast:transcript> has url='transcripts/01 6c.vtt'",
            id="an address with blanks",
        ),
        pytest.param(
            "<copyright>",
            '<atom:link rel="alternate" href="https://podcast.example.org/tides/feed.es.xml"/><copyright>',
            "https://podcast.example.org/tides/feed.es.xml has no hreflang",
            id="other feed without language",
        ),
        pytest.param(
            "<copyright>",
            '<atom:link rel="alternate" hreflang="en-GB" href="https://podcast.example.org/b.xml"/><copyright>',
            "there are 2 feeds in en-GB",
            id="another feed in the same language",
        ),
        pytest.param(
            "<podcast:license>CC-BY-4.0</podcast:license>",
            "<podcast:license>CC-BY-4.0</podcast:license><podcast:license>ARR</podcast:license>",
            "<podcast:license> occurs 2 times in <item>",
            id="a second license",
        ),
    ],
)
def test_changed_feed_has_error(old: str, new: str, fault: str) -> None:
    assert old in EVERY_TAG
    faults = find_feed_errors(EVERY_TAG.replace(old, new).encode(), at=AT, address=ADDRESS)
    assert any(found.startswith(fault) for found in faults), faults
