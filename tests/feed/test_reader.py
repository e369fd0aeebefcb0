from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from operator import attrgetter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import list_linked_files, read_feed, remove_item
from podcastkit.feed.writer import write_feed
from podcastkit.model import Edition, EpisodeType, LiveFeed, LiveItem

if TYPE_CHECKING:
    from pathlib import Path


# A hundred million laughs: each entity contains the previous one ten times.
ENTITIES = "".join(
    f'<!ENTITY {name} "{f"&{previous};" * 10}">' for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
)
BILLION_LAUGHS = f'<!DOCTYPE rss [<!ENTITY a "lol">{ENTITIES}]>'
INTEGRITY = "sha256-PyqcBNG3AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.fixture(scope="module")
def other_host(feeds: Path) -> LiveFeed:
    return read_feed((feeds / "other-host.xml").read_bytes())


def read_item(inner: str) -> LiveItem:
    (item,) = read_feed(f"<rss><channel><item>{inner}</item></channel></rss>".encode()).items
    return item


class TestOwnFeed:
    def test_fields_of_the_show_are_read(self, edition: Edition) -> None:
        live = read_feed(write_feed(edition, describe=attrgetter("plain")))
        assert live.guid == "9b024349-ccf0-5f69-a609-6b82873eab3c"
        assert live.fields == {
            "title": "The Tide Table",
            "author": "Harbour Radio",
            "link": "https://example.org/tides",
            "artwork": "https://podcast.example.org/tides/artwork/show-aabbccddeeff.jpeg",
            "explicit": "false",
            "people": "The Lighthouse Keeper host cast https://example.org/keeper",
            "block": "no podcastindex\nyes google\nyes amazon\nyes",
            "license": "harbour https://example.org/license",
            "location": "The coast subject",
            "txt": "S6lpp-7ZCn8 verify\nplain words",
            "social": "disabled",
            "images": "https://podcast.example.org/tides/artwork/show-image-aabbccddeeff.jpg "
            "1601/400 1601 400 image/jpeg",
            "description": "Eight parts about water.",
            "guid": "9b024349-ccf0-5f69-a609-6b82873eab3c",
            "language": "en-GB",
            "type": "serial",
            "copyright": "2024 Harbour Radio",
            "owner": "The Harbour Office office@example.org",
            "complete": "Yes",
            "new_feed_url": "https://podcast.example.org/tides/feed.xml",
            "locked": "yes office@example.org",
            "medium": "podcast",
            "funding": "Keep the lamp lit https://example.org/support",
            "podroll": "29cdca4a-32d8-56ba-b48b-09a011c5daa9 "
            "music 917393e3-1b1e-5cef-ace4-edaa54e1f810 https://example.net/rss Next Door",
            "publisher": "publisher 003af0a0-6a45-55cf-b765-68e3d349551a https://example.org/publisher.xml",
            "podping": "true",
            "update_frequency": "Complete: 8 episodes (complete)",
            "trailers": "Hear the sea (season 1)",
            "categories": "Science > Natural Sciences\nScience > Earth Sciences\nKids & Family",
        }

    def test_values_and_fields_of_an_item_are_read(self, edition: Edition) -> None:
        item = read_feed(write_feed(edition, describe=attrgetter("plain"))).items[0]
        assert (item.guid, item.title) == ("7c4a1a4e-6a7e-5d0c-a3f0-000000000001", 'High & "Low" Water')
        assert item.published == datetime(2024, 9, 12, 6, 0, tzinfo=timezone(timedelta(hours=-7)))
        assert (item.type, item.season, item.number) == (EpisodeType.FULL, 1, 1)
        assert item.enclosure_url == "https://podcast.example.org/tides/media/01-high-water-3f2a9c04d1b7.mp3"
        assert item.fields == {
            "title": 'High & "Low" Water',
            "link": "https://example.org/high-water",
            "artwork": "https://podcast.example.org/tides/artwork/01-5d41402abc4b.jpeg",
            "explicit": "true",
            "people": "The Lighthouse Keeper host cast https://example.org/keeper\n"
            "The Pilot guest cast https://example.org/pilot.png\nThe Net Maker editor video post-production",
            "block": "Yes",
            "license": "CC-BY-4.0",
            "location": "Harbour subject geo:57.7,11.9 R1 SE\nThe studio creator",
            "txt": "false ai-content",
            "funding": "A boat for the pilot https://example.org/boat",
            "social": "activitypub https://social.example.org/1 @tides https://social.example.org/@tides 1\n"
            "nostr nostr:note1x 2",
            "notes": "<p>Why <b>tides</b> turn.</p>\n<h2>Links</h2>",
            "summary": "Twice a day, all over the world.",
            "date": "Thu, 12 Sep 2024 06:00:00 -0700",
            "duration": "1534",
            "season": "1",
            "season_name": "Ebb",
            "number": "1",
            "number_display": "Part One",
            "type": "full",
            "chapters": "https://podcast.example.org/tides/chapters/01-7d793037a076.json application/json+chapters",
            "transcripts": "https://podcast.example.org/tides/transcripts/01-6c6c6c6c6c6c.vtt text/vtt en-GB\n"
            "https://podcast.example.org/tides/transcripts/01-0a0a0a0a0a0a.es.vtt text/vtt es",
            "soundbites": "The moon 73.5 60",
            "content_links": "Watch it https://video.example.org/1",
            "images": "https://podcast.example.org/tides/artwork/01-canvas-aabbccddeeff.png The <sea> 9/16 1080 "
            "1920 image/png canvas",
            "alternates": "audio/x-m4a 24311008 64000 es En español es mp4a.40.2 "
            f"https://podcast.example.org/tides/media/01-high-water-es-3f2a9c04d1b7.m4a sri {INTEGRITY}\n"
            "audio/mpeg 24311008 Low "
            f"https://podcast.example.org/tides/media/01-high-water-low-3f2a9c04d1b7.mp3 sri {INTEGRITY}",
            "audio": "https://podcast.example.org/tides/media/01-high-water-3f2a9c04d1b7.mp3 24311008",
        }


class TestFeedOfAnotherHost:
    """A feed with empty lines first, other prefixes, other cases and an old address of the podcast namespace."""

    def test_values_and_fields_of_another_hosts_show_are_read(self, other_host: LiveFeed) -> None:
        assert other_host.guid is None
        assert other_host.fields == {
            "title": "Another & Older Show  of ours",
            "link": "https://example.net/",
            "artwork": "https://example.net/a.jpg Another https://example.net/",
            "explicit": "yes",
            "people": "The Host host https://example.net/h.png\nThe Other Host",
            "description": "What it was about.",
            "language": "es",
            "copyright": "© Another",
            "owner": "The Office office@example.net",
            "podroll": "29cdca4a-32d8-56ba-b48b-09a011c5daa9",
            "categories": "Education > How To\nEducation > Courses\nArts",
        }

    def test_values_and_fields_of_another_hosts_item_are_read(self, other_host: LiveFeed) -> None:
        item = other_host.items[0]
        assert (item.guid, item.title) == ("66d9f0b3c1", "Full")
        assert item.published == datetime(2024, 9, 5, 13, 0, tzinfo=UTC)
        assert (item.type, item.season, item.number) == (EpisodeType.BONUS, 2, 5)
        assert item.fields["notes"] == "<p>Long &amp; rich ]]></p>"
        assert item.fields["audio"] == "https://example.net/1.mp3?a=1&b=2 123"
        assert item.fields["season_name"] == "Second Year"

    def test_missing_values_of_an_item_are_empty(self, other_host: LiveFeed) -> None:
        _, undated, summary_only, empty = other_host.items
        assert (undated.published, undated.number, undated.type) == (None, None, EpisodeType.FULL)
        assert undated.fields["audio"] == "https://example.net/2.mp3"
        assert (summary_only.season, summary_only.number, summary_only.enclosure_url) == (3, None, None)
        assert summary_only.fields["notes"] == "Only a summary"
        assert (empty.title, empty.published, empty.fields) == ("", None, {})

    def test_item_without_guid_is_identified_by_its_audio_or_link(self, other_host: LiveFeed) -> None:
        assert [item.guid for item in other_host.items[1:]] == [
            "https://example.net/2.mp3",
            "https://example.net/3",
            "",
        ]

    def test_xml_of_an_item_can_be_read_without_the_feed(self, other_host: LiveFeed) -> None:
        xml = other_host.items[0].xml
        assert read_feed(f"<rss><channel>{xml}</channel></rss>".encode()).items == (other_host.items[0],)
        assert "unused" not in xml
        assert "<host:inner>  kept  </host:inner>" in xml
        assert "<!-- a comment -->" in xml


@pytest.mark.parametrize(
    ("item", "declared"),
    [
        pytest.param("<item><title>\r\n&#x41; &amp; <![CDATA[<b>]]></title>\t</item>", "", id="unchanged text"),
        pytest.param("<item><a:x/></item>", ' xmlns:a="urn:root"', id="inherited from the root"),
        pytest.param("<item><x><b:y/></x></item>", ' xmlns:b="urn:&amp;b"', id="inherited from the channel"),
        pytest.param("<item><x\n a:c='1'/></item>", ' xmlns:a="urn:root"', id="prefix of an attribute"),
        pytest.param("<item\n xmlns:a = 'urn:own' ><a:x/></item >", "", id="own declaration"),
        pytest.param("<item q='>'>p:x a:b c:d</item>", "", id="text with colons"),
        pytest.param("<item />", "", id="empty"),
        pytest.param("<item q='/'></item>", "", id="no content"),
        pytest.param("<item><title/></item>", "", id="empty child"),
        pytest.param("<item><!-- </item> --></item>", "", id="comment"),
    ],
)
def test_xml_of_an_item_is_unchanged_except_for_inherited_namespaces(item: str, declared: str) -> None:
    before = "<c:z xmlns:c='urn:sibling'/>"
    feed = f"\n<rss xmlns:a='urn:root'><channel xmlns:b='urn:&amp;b'>{before}é{item}{item}</channel></rss>"
    first, second = read_feed(feed.encode()).items
    assert first.xml == second.xml == f"<item{declared}{item.removeprefix('<item')}"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("start", ["", "\n  "])
def test_removing_an_item_keeps_all_other_bytes(encoding: str, start: str) -> None:
    def feed(items: str) -> bytes:
        return (
            f"<?xml version='1.0' encoding='{encoding}'?>\r\n<rss ><channel>\n é &#233;{items}\n</channel></rss>\n"
        ).encode(encoding)

    one, two = f"{start}<item>\n<guid>1</guid></item>", f"{start}<item><guid>é</guid></item>"
    assert remove_item(feed(one + two), "é") == feed(one)
    assert remove_item(feed(one + two), "1") == feed(two)
    assert remove_item(feed(one + two), "2") == feed(one + two)


def test_stray_text_after_an_item_is_not_part_of_its_xml() -> None:
    data = b"<rss><channel><item><title>One</title></item> stray <item/>\n</channel></rss>"
    assert [item.xml for item in read_feed(data).items] == ["<item><title>One</title></item>", "<item/>"]


def test_stray_text_in_an_item_is_part_of_its_xml() -> None:
    assert read_item(" stray <title>Full</title> words ").xml == "<item> stray <title>Full</title> words </item>"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 05 Sep 2024 06:00:00 +0000", datetime(2024, 9, 5, 6, tzinfo=UTC)),
        ("5 Sep 2024 06:00 EST", datetime(2024, 9, 5, 11, tzinfo=UTC)),
        ("Thu, 05 Sep 2024 06:00:00", datetime(2024, 9, 5, 6, tzinfo=UTC)),
        ("Thu, 05 Sep 2024 06:00:00 -0000", datetime(2024, 9, 5, 6, tzinfo=UTC)),
        ("Thu, 05 Sep 2024 06:00:00 +9999", None),
        ("Thu, 31 Feb 2024 06:00:00 GMT", None),
        ("Thu, 05 Sep 99999999999999999999 06:00:00 GMT", None),
        ("2024-09-05", None),
    ],
)
def test_date_is_aware_or_missing(text: str, moment: datetime | None) -> None:
    assert read_item(f"<pubDate>{text}</pubDate>").published == moment


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="<&"), max_size=60))
def test_item_with_any_text_is_read(text: str) -> None:
    tags = "".join(f"<{tag}>{text}</{tag}>" for tag in ("title", "guid", "pubDate", "i:season", "i:episodeType"))
    xml = f'<rss xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><item>{tags}</item></channel></rss>'
    (item,) = read_feed(xml.encode()).items
    assert item.title == text.strip()
    assert item.published is None or item.published.tzinfo is not None


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "an Atom feed", id="Atom"),
        pytest.param(b"<rss/>", "an <rss> without a <channel>", id="no channel"),
        pytest.param(b"<opml/>", "a list of feeds", id="OPML"),
        pytest.param(b"<!DOCTYPE html><p>Hello<br>", "a web page", id="HTML"),
        pytest.param(b"\n<HTML lang=en>", "a web page", id="old HTML"),
        pytest.param(b"{}", "JSON", id="JSON"),
    ],
)
def test_formats_that_are_not_rss_are_refused_by_name(data: bytes, found: str) -> None:
    with pytest.raises(FeedError, match=f"^The feed is not RSS 2.0 but {found}") as caught:
        read_feed(data)
    assert caught.value.hint


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbf\n<rss><channel/></rss>", "<rss><channel/></rss>".encode("utf-16")],
    ids=["UTF-8", "UTF-16"],
)
def test_feed_with_byte_order_mark_is_read(data: bytes) -> None:
    assert read_feed(data) == LiveFeed(guid=None, fields={}, items=())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(f"{BILLION_LAUGHS}<rss>&i;</rss>".encode(), id="billion laughs"),
        pytest.param(f'{BILLION_LAUGHS}<rss title="&i;"/>'.encode(), id="billion laughs in an attribute"),
        pytest.param(b'<!DOCTYPE rss [<!ENTITY name "me">]><rss>&name;</rss>', id="own entity"),
        pytest.param(b'<!DOCTYPE rss [<!ENTITY % all "me">]><rss/>', id="parameter entity"),
        pytest.param(b"<rss>&nbsp;</rss>", id="unknown entity"),
        pytest.param(b"<a>" * (50 * 2**20 // 3), id="50 MB of nesting"),
        pytest.param(b"<rss>" + b"x" * (65 * 2**20) + b"</rss>", id="very long text"),
        pytest.param(b'<?xml version="1.0" encoding="utf-8"?><rss>\xe9</rss>', id="wrong encoding"),
        pytest.param(b'<?xml version="1.0" encoding="x-none"?><rss/>', id="unknown encoding"),
        pytest.param(b"<rss>\x00</rss>", id="null byte"),
        pytest.param(b"<rss><channel>", id="truncated"),
        pytest.param(b"", id="empty"),
    ],
)
def test_hostile_or_broken_xml_is_refused(data: bytes) -> None:
    with pytest.raises(FeedError, match=r"^The feed cannot be read as XML: ") as caught:
        read_feed(data)
    assert caught.value.hint


def test_external_entity_is_refused_and_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    data = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]><rss>&x;</rss>'.encode()
    with pytest.raises(FeedError, match="declares its own XML entity") as caught:
        read_feed(data)
    assert "secret" not in caught.value.message


def test_external_dtd_is_not_read(tmp_path: Path) -> None:
    dtd = tmp_path / "rss.dtd"
    dtd.write_text('<!ATTLIST rss version CDATA "0.91">')
    data = f'<!DOCTYPE rss SYSTEM "{dtd.as_uri()}"><rss><channel><title>Tides</title></channel></rss>'
    assert read_feed(data.encode()).fields == {"title": "Tides"}


@given(st.binary() | st.text().map(lambda text: f"<rss>{text}</rss>".encode(errors="surrogatepass")))
def test_any_bytes_result_in_a_feed_or_a_feed_error(data: bytes) -> None:
    try:
        live = read_feed(data)
    except FeedError:
        return
    assert live.items == ()


def test_very_long_notes_are_read() -> None:
    assert len(read_item(f"<description>{'word ' * 400_000}</description>").fields["notes"]) == 1_999_999


def test_truncated_feed_is_refused(feeds: Path) -> None:
    data = (feeds / "every-tag.xml").read_bytes()
    with pytest.raises(FeedError, match="cannot be read as XML"):
        read_feed(data[: len(data) // 2])


def test_removing_an_item_removes_its_trailer_tag(edition: Edition) -> None:
    written = write_feed(edition, describe=attrgetter("plain"))
    trailer = edition.items[1].guid
    remaining = remove_item(written, trailer)
    assert b"00-trailer" in written
    assert b"00-trailer" not in remaining
    assert b"Hear the sea" not in remaining
    assert remaining == write_feed(replace(edition, items=edition.items[:1]), describe=attrgetter("plain"))
    assert b"<podcast:trailer" in remove_item(written, edition.items[0].guid)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ('rrule="FREQ=WEEKLY;COUNT=8" dtstart="2024-09-05">Weekly', "Weekly (FREQ=WEEKLY;COUNT=8, 2024-09-05)"),
        (">8 episodes", "8 episodes"),
        ('complete="TRUE" rrule="FREQ=WEEKLY">Done', "Done (complete)"),
        ('complete="false">Weekly', "Weekly"),
    ],
)
def test_update_frequency_is_read_as_text_with_its_rule(tag: str, text: str) -> None:
    xml = (
        '<rss xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>'
        f"<podcast:updateFrequency {tag}</podcast:updateFrequency></channel></rss>"
    )
    assert read_feed(xml.encode()).fields == {"update_frequency": text}


class TestLinkedFiles:
    def test_all_files_of_podcastkits_feed_are_found(self, edition: Edition) -> None:
        files = list_linked_files(write_feed(edition, describe=attrgetter("plain")))
        assert [(file.kind, file.url.rpartition("/")[2]) for file in files] == [
            ("artwork", "show-aabbccddeeff.jpeg"),
            ("artwork", "show-aabbccddeeff.jpeg"),
            ("image", "show-image-aabbccddeeff.jpg"),
            ("trailer", "00-trailer-0f0f0f0f0f0f.mp3"),
            ("enclosure", "01-high-water-3f2a9c04d1b7.mp3"),
            ("artwork", "01-5d41402abc4b.jpeg"),
            ("image", "01-canvas-aabbccddeeff.png"),
            ("transcript", "01-6c6c6c6c6c6c.vtt"),
            ("transcript", "01-0a0a0a0a0a0a.es.vtt"),
            ("chapters", "01-7d793037a076.json"),
            ("alternate", "01-high-water-es-3f2a9c04d1b7.m4a"),
            ("alternate", "01-high-water-low-3f2a9c04d1b7.mp3"),
            ("enclosure", "00-trailer-0f0f0f0f0f0f.mp3"),
        ]
        assert [(file.length, file.content_type) for file in files if file.kind == "alternate"] == [
            (24_311_008, "audio/x-m4a"),
            (24_311_008, "audio/mpeg"),
        ]

    def test_only_web_sources_of_an_alternate_enclosure_are_read(self) -> None:
        sources = """<podcast:alternateEnclosure type="audio/mpeg" length="9" default="true">
            <podcast:source uri=" https://a.org/1.mp3 "/><podcast:source uri="ipfs://x"/><podcast:source/>
            <podcast:source uri="http://a.org/2.mp3" contentType="audio/mpeg"/>
            <podcast:source uri="https://a.org/1.torrent" contentType="application/x-bittorrent"/>
            </podcast:alternateEnclosure><podcast:alternateEnclosure/>"""
        feed = f'<rss xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><item>{sources}</item></channel></rss>'
        assert [
            (file.kind, file.url, file.length, file.content_type) for file in list_linked_files(feed.encode())
        ] == [
            ("alternate", "https://a.org/1.mp3", 9, "audio/mpeg"),
            ("alternate", "http://a.org/2.mp3", 9, "audio/mpeg"),
            ("alternate", "https://a.org/1.torrent", None, "application/x-bittorrent"),
        ]

    def test_trailer_of_the_show_is_found(self) -> None:
        trailer = '<podcast:trailer url="https://a.org/t.mp3" length="9" type="audio/mpeg">Soon</podcast:trailer>'
        feed = f'<rss xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>{trailer}</channel></rss>'
        (file,) = list_linked_files(feed.encode())
        assert (file.kind, file.url, file.guid, file.length, file.content_type) == (
            *("trailer", "https://a.org/t.mp3", None, 9, "audio/mpeg"),
        )
