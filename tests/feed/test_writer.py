from __future__ import annotations

import locale
import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podcastkit.diagnostics import FeedError
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.reader import read_feed
from podcastkit.feed.writer import write_feed
from podcastkit.model import Edition, Episode, EpisodeType, Item, LiveItem, Owner, PublicFile, Show, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESCRIBE = attrgetter("plain")
GOLDEN = ["edition", "bare_edition"]
FILES = {"edition": "every-tag.xml", "bare_edition": "barest.xml"}

# Characters that XML allows, and texts that are likely to cause errors.
AWKWARD = st.sampled_from(
    ["]]>", "<![CDATA[", "&amp;", "&", "<", '"', "'", "\u202e", "שלום", "👩🏽‍🏫", "\x85", "\u2028", "\r\n", "\t"]
)
ALLOWED = st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
TEXTS = st.lists(AWKWARD | st.text(ALLOWED, max_size=20), max_size=8).map("".join)
TITLES = TEXTS.filter(str.strip)


@pytest.fixture(scope="module", params=GOLDEN)
def golden(request: pytest.FixtureRequest, feeds: Path) -> tuple[Edition, bytes]:
    return request.getfixturevalue(request.param), (feeds / FILES[request.param]).read_bytes()


@pytest.fixture(params=["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def zone(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


class TestSameBytes:
    def test_feed_is_the_golden_feed(self, golden: tuple[Edition, bytes]) -> None:
        edition, expected = golden
        assert write_feed(edition, describe=DESCRIBE).decode() == expected.decode()

    @pytest.mark.usefixtures("zone")
    def test_feed_is_the_same_in_every_time_zone(self, golden: tuple[Edition, bytes]) -> None:
        edition, expected = golden
        assert write_feed(edition, describe=DESCRIBE) == expected

    @pytest.mark.parametrize("name", ["C.UTF-8", "tr_TR.UTF-8"])
    def test_feed_is_the_same_in_another_process(self, golden: tuple[Edition, bytes], name: str) -> None:
        edition, expected = golden
        program = (
            "import contextlib, locale, pickle, sys, operator\n"
            "with contextlib.suppress(locale.Error): locale.setlocale(locale.LC_ALL, '')\n"
            "from podcastkit.feed.writer import write_feed\n"
            "edition = pickle.load(sys.stdin.buffer)\n"
            "sys.stdout.buffer.write(write_feed(edition, describe=operator.attrgetter('plain')))\n"
        )
        run = subprocess.run(
            [sys.executable, "-c", program],
            input=pickle.dumps(edition),
            capture_output=True,
            check=True,
            env=os.environ
            | {"LC_ALL": name, "PYTHONHASHSEED": str(len(name)), "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert run.stdout == expected

    def test_feed_is_the_same_in_many_threads(self, golden: tuple[Edition, bytes]) -> None:
        edition, expected = golden
        with ThreadPoolExecutor(8) as threads:
            written = list(threads.map(lambda _: write_feed(edition, describe=DESCRIBE), range(32)))
        assert set(written) == {expected}

    def test_writing_a_feed_does_not_change_the_locale_of_the_process(
        self, edition: Edition, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> NoReturn:
            pytest.fail("the locale belongs to the whole process")

        monkeypatch.setattr(locale, "setlocale", refuse)
        write_feed(edition, describe=DESCRIBE)


class TestChannel:
    def test_namespaces_are_declared_only_on_the_root(self, golden: tuple[Edition, bytes]) -> None:
        edition, _ = golden
        written = write_feed(edition, describe=DESCRIBE).decode()
        root = written.splitlines()[1]
        assert [part.partition("=")[0] for part in root.split()[1:6]] == [
            f"xmlns:{prefix}" for prefix in NAMESPACES
        ]
        assert written.count("xmlns") == len(NAMESPACES)

    def test_link_is_the_website_and_self_link_is_the_feed(self, edition: Edition) -> None:
        channel = parse_channel(write_feed(edition, describe=DESCRIBE))
        assert find_texts(channel, "link") == ["https://example.org/tides"]
        assert find_attributes(channel, "atom:link") == [
            {"href": "https://podcast.example.org/tides/feed.xml", "rel": "self", "type": "application/rss+xml"}
        ]

    def test_link_without_website_is_the_public_address(self, bare_edition: Edition) -> None:
        channel = parse_channel(write_feed(bare_edition, describe=DESCRIBE))
        assert find_texts(channel, "link") == ["https://podcast.example.org/"]

    def test_build_date_is_the_date_of_the_newest_item(self, edition: Edition) -> None:
        channel = parse_channel(write_feed(edition, describe=DESCRIBE))
        assert find_texts(channel, "lastBuildDate") == ["Thu, 12 Sep 2024 06:00:00 -0700"]

    def test_show_without_items_has_no_build_date(self, bare_edition: Edition) -> None:
        channel = parse_channel(write_feed(replace(bare_edition, items=()), describe=DESCRIBE))
        assert find_texts(channel, "lastBuildDate") == []

    @pytest.mark.parametrize("key", ["a.jpeg", "a.jpg", "a.JPG", "a.png"])
    def test_artwork_with_any_extension_is_written(self, edition: Edition, key: str) -> None:
        file = PublicFile(key=key, size=9, content_type="image/jpeg")
        item = replace(get_first_item(edition), artwork=file)
        channel = parse_channel(write_feed(replace(edition, artwork=file, items=(item,)), describe=DESCRIBE))
        address = [{"href": f"https://podcast.example.org/tides/{key}"}]
        assert find_attributes(channel, "itunes:image") == find_attributes(channel[-1], "itunes:image") == address

    @pytest.mark.parametrize(
        ("copyright_", "written"),
        [
            (None, []),
            ("2024 Harbour Radio", ["2024 Harbour Radio"]),
            ("Copyright © 2024 Harbour Radio", ["2024 Harbour Radio"]),
            ("© 2024 Harbour Radio", ["2024 Harbour Radio"]),
            (" (C) Copyright: Harbour Radio", ["Harbour Radio"]),
            ("Copyrighted by Harbour Radio", ["Copyrighted by Harbour Radio"]),
            ("2024 © Harbour Radio", ["2024 © Harbour Radio"]),
            ("©", []),
        ],
    )
    def test_copyright_is_written_without_word_and_sign(
        self, bare_edition: Edition, copyright_: str | None, written: list[str]
    ) -> None:
        channel = parse_channel(write_feed(change_show(bare_edition, copyright=copyright_), describe=DESCRIBE))
        assert find_texts(channel, "copyright") == written

    @pytest.mark.parametrize(
        ("owner", "written"),
        [
            pytest.param(None, [], id="no owner"),
            pytest.param(Owner(name="The Office"), [], id="only a name"),
            pytest.param(Owner(email="a@example.org"), ["Harbour Radio"], id="only an e-mail"),
            pytest.param(Owner(name="The Office", email="a@example.org"), ["The Office"], id="both"),
        ],
    )
    def test_owner_without_email_is_not_written(
        self, bare_edition: Edition, owner: Owner | None, written: list[str]
    ) -> None:
        channel = parse_channel(write_feed(change_show(bare_edition, owner=owner), describe=DESCRIBE))
        assert [
            find_texts(child, "itunes:name") for child in channel.findall("itunes:owner", dict(NAMESPACES))
        ] == [[name] for name in written]

    @pytest.mark.parametrize(
        ("described", "written"),
        [
            pytest.param("<p>One paragraph.</p>", "One paragraph.", id="one paragraph"),
            pytest.param("<p>Salt &amp; sea</p>", None, id="entity"),
            pytest.param("<p>a</p>\n<p>b</p>", None, id="two paragraphs"),
            pytest.param('<p><a href="https://a.b/">a</a></p>', None, id="link"),
        ],
    )
    def test_description_with_one_plain_paragraph_is_plain_text(
        self, bare_edition: Edition, described: str, written: str | None
    ) -> None:
        xml = write_feed(replace(bare_edition, items=()), describe=lambda _: described)
        assert find_texts(parse_channel(xml), "description") == [written or described]
        assert (f"<description><![CDATA[{described}]]></description>" in xml.decode()) == (written is None)

    @pytest.mark.parametrize("text", ["a\x0bb", "<p>a\x0bb</p>", "<p>a</p><p>\x0b</p>"])
    def test_forbidden_character_in_the_description_is_reported(self, bare_edition: Edition, text: str) -> None:
        with pytest.raises(FeedError, match=r"^show\.toml: the description contains the character U\+000B"):
            write_feed(bare_edition, describe=lambda _: text)


class TestItems:
    def test_items_are_in_the_order_of_the_edition(self, edition: Edition) -> None:
        backwards = replace(edition, items=edition.items[::-1])
        titles = [find_texts(item, "title") for item in parse_items(write_feed(backwards, describe=DESCRIBE))]
        assert titles == [["Hear the sea"], ['High & "Low" Water']]

    def test_zero_is_written_only_in_podcast_tags(self, edition: Edition) -> None:
        written = write_feed(change_episode(edition, season=0, number=0), describe=DESCRIBE)
        (item,) = parse_items(written)
        assert find_texts(item, "itunes:season") == find_texts(item, "itunes:episode") == []
        assert find_texts(item, "podcast:season") == find_texts(item, "podcast:episode") == ["0"]

    @pytest.mark.parametrize(
        ("seconds", "written"), [(0, "1"), (0.4, "1"), (1.4, "1"), (1.5, "2"), (2.5, "3"), (5999.49, "5999")]
    )
    def test_duration_is_rounded_to_whole_seconds(self, edition: Edition, seconds: float, written: str) -> None:
        item = get_first_item(edition)
        media = replace(item.media, duration=timedelta(seconds=seconds))
        (entry,) = parse_items(write_feed(replace(edition, items=(replace(item, media=media),)), describe=DESCRIBE))
        assert find_texts(entry, "itunes:duration") == [written]

    @pytest.mark.parametrize("size", [0, -5])
    def test_enclosure_without_length_is_refused(self, edition: Edition, size: int) -> None:
        item = get_first_item(edition)
        broken = replace(item, media=replace(item.media, size=size))
        with pytest.raises(FeedError, match=rf"^01-high-water: the size of the audio media/.* is {size} bytes"):
            write_feed(replace(edition, items=(broken,)), describe=DESCRIBE)

    def test_date_keeps_its_time_zone(self, edition: Edition) -> None:
        moment = datetime(2024, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
        item = replace(get_first_item(edition), published=moment)
        (entry,) = parse_items(write_feed(replace(edition, items=(item,)), describe=DESCRIBE))
        assert find_texts(entry, "pubDate") == ["Mon, 01 Jan 2024 00:30:00 +0545"]

    def test_write_feed_passes_the_text_to_describe(self, edition: Edition) -> None:
        (entry,) = parse_items(
            write_feed(
                replace(edition, items=(get_first_item(edition),)), describe=lambda text: f"<p>{len(text.html)}</p>"
            )
        )
        assert find_texts(entry, "description") == ["<p>44</p>"]
        assert find_texts(entry, "content:encoded") == ["<p>Why <b>tides</b> turn.</p>\n<h2>Links</h2>"]

    def test_notes_without_text_are_not_written(self, edition: Edition) -> None:
        only_notes = Text(html="<hr />", plain="")
        (entry,) = parse_items(write_feed(change_episode(edition, notes=only_notes), describe=DESCRIBE))
        assert find_texts(entry, "description") == find_texts(entry, "content:encoded") == []

    def test_description_is_before_the_notes(self, edition: Edition) -> None:
        (entry,) = parse_items(write_feed(replace(edition, items=(get_first_item(edition),)), describe=DESCRIBE))
        names = [child.tag for child in entry]
        assert names.index("description") < names.index(f"{{{NAMESPACES['content']}}}encoded")


class TestErrors:
    @pytest.mark.parametrize("field", ["title", "author", "language", "copyright", "link", "new_feed_url"])
    def test_forbidden_character_in_the_show_is_reported(self, edition: Edition, field: str) -> None:
        with pytest.raises(FeedError, match=rf"^show\.toml: the {field} contains the character U\+000B"):
            write_feed(change_show(edition, **{field: "a\x0bb"}), describe=DESCRIBE)

    @pytest.mark.parametrize("field", ["title", "summary", "link"])
    def test_forbidden_character_in_an_episode_is_reported(self, edition: Edition, field: str) -> None:
        with pytest.raises(FeedError, match=rf"^01-high-water: the <?{field}>? contains the character U\+000B"):
            write_feed(change_episode(edition, **{field: "a\x0bb"}), describe=DESCRIBE)

    @pytest.mark.parametrize("notes", [Text(html="\x0b", plain="a"), Text(html="", plain="\x0b")])
    def test_forbidden_character_in_the_notes_is_reported(self, edition: Edition, notes: Text) -> None:
        with pytest.raises(FeedError, match=r"^01-high-water: the notes contains"):
            write_feed(change_episode(edition, notes=notes), describe=DESCRIBE)

    def test_forbidden_character_in_a_tag_is_reported_with_the_episode(self, edition: Edition) -> None:
        with pytest.raises(FeedError, match=r"^01-high-water: the <podcast:episode> contains"):
            write_feed(change_episode(edition, number_display="\x0b"), describe=DESCRIBE)

    @pytest.mark.parametrize("field", ["title", "author", "description"])
    def test_show_without_a_required_text_is_refused(self, edition: Edition, field: str) -> None:
        empty = Text(html="", plain=" ") if field == "description" else " "
        with pytest.raises(FeedError, match=rf"^show\.toml: the {field} is missing"):
            write_feed(change_show(edition, **{field: empty}), describe=DESCRIBE)

    def test_episode_without_title_is_refused(self, edition: Edition) -> None:
        with pytest.raises(FeedError, match=r"^01-high-water: the title is missing"):
            write_feed(change_episode(edition, title=""), describe=DESCRIBE)


class TestKeptItems:
    """Items of the published feed keep their XML."""

    def test_writing_read_items_again_changes_no_byte(self, golden: tuple[Edition, bytes]) -> None:
        edition, expected = golden
        written = expected
        for _ in range(3):
            written = write_feed(replace(edition, items=read_feed(written).items), describe=DESCRIBE)
            assert written == expected

    def test_changed_item_leaves_the_other_item_unchanged(self, edition: Edition) -> None:
        live = read_feed(write_feed(edition, describe=DESCRIBE)).items
        item = get_first_item(edition)
        new = replace(item, episode=replace(item.episode, title="Slack Water"))
        before, after = (
            write_feed(replace(edition, items=items), describe=DESCRIBE).split(b"<item>")
            for items in (edition.items, (new, live[1]))
        )
        assert before[2] == after[2]
        assert before[1].replace(b'High &amp; "Low" Water', b"Slack Water") == after[1]

    def test_items_of_another_host_stay_the_same_after_the_first_write(self, edition: Edition, feeds: Path) -> None:
        foreign = read_feed((feeds / "other-host.xml").read_bytes())
        first = write_feed(replace(edition, items=foreign.items), describe=DESCRIBE)
        again = read_feed(first)
        assert write_feed(replace(edition, items=again.items), describe=DESCRIBE) == first
        assert [item.fields for item in again.items] == [item.fields for item in foreign.items]

    @settings(deadline=None)
    @given(title=TITLES, notes=TEXTS, plain=TEXTS)
    def test_any_text_stays_the_same_after_writing_and_reading(
        self, edition: Edition, title: str, notes: str, plain: str
    ) -> None:
        changed = change_episode(edition, title=title, notes=Text(html=notes, plain=plain))
        written = write_feed(changed, describe=DESCRIBE)
        live = read_feed(written)
        assert write_feed(replace(changed, items=live.items), describe=DESCRIBE) == written
        assert live.items[0].title == title.strip()

    def test_build_date_includes_kept_items(self, bare_edition: Edition) -> None:
        kept = replace(make_live_item("<item/>"), published=datetime(2030, 1, 1, tzinfo=UTC))
        undated = make_live_item("<item/>")
        edition = replace(bare_edition, items=(*bare_edition.items, kept, undated))
        channel = parse_channel(write_feed(edition, describe=DESCRIBE))
        assert find_texts(channel, "lastBuildDate") == ["Tue, 01 Jan 2030 00:00:00 +0000"]

    @pytest.mark.parametrize("xml", ["<item/><item/>", "<item>"])
    def test_kept_item_that_is_not_valid_xml_is_refused(self, bare_edition: Edition, xml: str) -> None:
        with pytest.raises(FeedError, match="The published item 'Kept' is not valid XML"):
            write_feed(replace(bare_edition, items=(make_live_item(xml),)), describe=DESCRIBE)


def get_first_item(edition: Edition) -> Item:
    item = edition.items[0]
    assert isinstance(item, Item)
    return item


def change_show(edition: Edition, **changes: Any) -> Edition:
    show: Show = replace(edition.show, **changes)
    return replace(edition, show=show)


def change_episode(edition: Edition, **changes: Any) -> Edition:
    item = get_first_item(edition)
    episode: Episode = replace(item.episode, **changes)
    return replace(edition, items=(replace(item, episode=episode),))


def make_live_item(xml: str) -> LiveItem:
    return LiveItem(
        guid="kept",
        title="Kept",
        published=None,
        type=EpisodeType.FULL,
        season=None,
        number=None,
        enclosure_url=None,
        fields={},
        xml=xml,
    )


def parse_channel(feed: bytes) -> ET.Element:
    return ET.fromstring(feed)[0]  # noqa: S314 - our own feed; lxml wrote it, and expat reads it


def parse_items(feed: bytes) -> list[ET.Element]:
    return parse_channel(feed).findall("item")


def find_texts(parent: ET.Element, name: str) -> list[str]:
    return [element.text or "" for element in parent.findall(name, dict(NAMESPACES))]


def find_attributes(parent: ET.Element, name: str) -> list[dict[str, str]]:
    return [element.attrib for element in parent.findall(name, dict(NAMESPACES))]
