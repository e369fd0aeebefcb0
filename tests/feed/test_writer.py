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

# What XML can carry, with what is likely to break it.
AWKWARD = st.sampled_from(
    ["]]>", "<![CDATA[", "&amp;", "&", "<", '"', "'", "\u202e", "שלום", "👩🏽‍🏫", "\x85", "\u2028", "\r\n", "\t"]
)
LEGAL = st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
TEXTS = st.lists(AWKWARD | st.text(LEGAL, max_size=20), max_size=8).map("".join)
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


class TestTheSameBytes:
    def test_as_reviewed(self, golden: tuple[Edition, bytes]) -> None:
        edition, expected = golden
        assert write_feed(edition, describe=DESCRIBE).decode() == expected.decode()

    @pytest.mark.usefixtures("zone")
    def test_in_every_time_zone(self, golden: tuple[Edition, bytes]) -> None:
        edition, expected = golden
        assert write_feed(edition, describe=DESCRIBE) == expected

    @pytest.mark.parametrize("name", ["C.UTF-8", "tr_TR.UTF-8"])
    def test_in_every_process(self, golden: tuple[Edition, bytes], name: str) -> None:
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

    def test_in_many_threads(self, golden: tuple[Edition, bytes]) -> None:
        edition, expected = golden
        with ThreadPoolExecutor(8) as threads:
            written = list(threads.map(lambda _: write_feed(edition, describe=DESCRIBE), range(32)))
        assert set(written) == {expected}

    def test_without_touching_the_locale(self, edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> NoReturn:
            pytest.fail("the locale belongs to the whole process")

        monkeypatch.setattr(locale, "setlocale", refuse)
        write_feed(edition, describe=DESCRIBE)


class TestChannel:
    def test_the_namespaces_are_declared_on_the_root_and_nowhere_else(self, golden: tuple[Edition, bytes]) -> None:
        edition, _ = golden
        written = write_feed(edition, describe=DESCRIBE).decode()
        root = written.splitlines()[1]
        assert [part.partition("=")[0] for part in root.split()[1:6]] == [
            f"xmlns:{prefix}" for prefix in NAMESPACES
        ]
        assert written.count("xmlns") == len(NAMESPACES)

    def test_the_link_is_the_website_and_self_is_the_feed(self, edition: Edition) -> None:
        channel = channel_of(write_feed(edition, describe=DESCRIBE))
        assert texts(channel, "link") == ["https://example.org/tides"]
        assert attributes(channel, "atom:link") == [
            {"href": "https://podcast.example.org/tides/feed.xml", "rel": "self", "type": "application/rss+xml"}
        ]

    def test_the_link_is_the_address_when_there_is_no_website(self, bare_edition: Edition) -> None:
        channel = channel_of(write_feed(bare_edition, describe=DESCRIBE))
        assert texts(channel, "link") == ["https://podcast.example.org/"]

    def test_the_build_date_is_the_newest_items(self, edition: Edition) -> None:
        channel = channel_of(write_feed(edition, describe=DESCRIBE))
        assert texts(channel, "lastBuildDate") == ["Thu, 12 Sep 2024 06:00:00 -0700"]

    def test_a_show_without_items_has_no_build_date(self, bare_edition: Edition) -> None:
        channel = channel_of(write_feed(replace(bare_edition, items=()), describe=DESCRIBE))
        assert texts(channel, "lastBuildDate") == []

    @pytest.mark.parametrize("key", ["a.jpeg", "a.jpg", "a.JPG", "a.png"])
    def test_artwork_of_every_suffix_is_named(self, edition: Edition, key: str) -> None:
        file = PublicFile(key=key, size=9, content_type="image/jpeg")
        item = replace(first_item(edition), artwork=file)
        channel = channel_of(write_feed(replace(edition, artwork=file, items=(item,)), describe=DESCRIBE))
        address = [{"href": f"https://podcast.example.org/tides/{key}"}]
        assert attributes(channel, "itunes:image") == attributes(channel[-1], "itunes:image") == address

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
    def test_the_copyright_does_not_say_that_it_is_one(
        self, bare_edition: Edition, copyright_: str | None, written: list[str]
    ) -> None:
        channel = channel_of(write_feed(with_show(bare_edition, copyright=copyright_), describe=DESCRIBE))
        assert texts(channel, "copyright") == written

    @pytest.mark.parametrize(
        ("owner", "written"),
        [
            pytest.param(None, [], id="nobody"),
            pytest.param(Owner(name="The Office"), [], id="only a name"),
            pytest.param(Owner(email="a@example.org"), ["Harbour Radio"], id="only an e-mail"),
            pytest.param(Owner(name="The Office", email="a@example.org"), ["The Office"], id="both"),
        ],
    )
    def test_the_owner_needs_an_email(self, bare_edition: Edition, owner: Owner | None, written: list[str]) -> None:
        channel = channel_of(write_feed(with_show(bare_edition, owner=owner), describe=DESCRIBE))
        assert [texts(child, "itunes:name") for child in channel.findall("itunes:owner", dict(NAMESPACES))] == [
            [name] for name in written
        ]

    @pytest.mark.parametrize(
        ("described", "written"),
        [
            pytest.param("<p>One paragraph.</p>", "One paragraph.", id="nothing but a paragraph"),
            pytest.param("<p>Salt &amp; sea</p>", None, id="an entity"),
            pytest.param("<p>a</p>\n<p>b</p>", None, id="paragraphs"),
            pytest.param('<p><a href="https://a.b/">a</a></p>', None, id="a link"),
        ],
    )
    def test_the_description_is_html_only_where_that_says_more(
        self, bare_edition: Edition, described: str, written: str | None
    ) -> None:
        xml = write_feed(replace(bare_edition, items=()), describe=lambda _: described)
        assert texts(channel_of(xml), "description") == [written or described]
        assert (f"<description><![CDATA[{described}]]></description>" in xml.decode()) == (written is None)

    @pytest.mark.parametrize("text", ["a\x0bb", "<p>a\x0bb</p>", "<p>a</p><p>\x0b</p>"])
    def test_a_forbidden_character_in_the_description_is_named(self, bare_edition: Edition, text: str) -> None:
        with pytest.raises(FeedError, match=r"^show\.toml: the description holds the character U\+000B"):
            write_feed(bare_edition, describe=lambda _: text)


class TestItems:
    def test_stand_in_the_order_of_the_edition(self, edition: Edition) -> None:
        backwards = replace(edition, items=edition.items[::-1])
        titles = [texts(item, "title") for item in items_of(write_feed(backwards, describe=DESCRIBE))]
        assert titles == [["Hear the sea"], ['High & "Low" Water']]

    def test_a_zero_stands_only_where_apps_take_it(self, edition: Edition) -> None:
        written = write_feed(with_episode(edition, season=0, number=0), describe=DESCRIBE)
        (item,) = items_of(written)
        assert texts(item, "itunes:season") == texts(item, "itunes:episode") == []
        assert texts(item, "podcast:season") == texts(item, "podcast:episode") == ["0"]

    @pytest.mark.parametrize(
        ("seconds", "written"), [(0, "1"), (0.4, "1"), (1.4, "1"), (1.5, "2"), (2.5, "3"), (5999.49, "5999")]
    )
    def test_the_duration_is_whole_seconds(self, edition: Edition, seconds: float, written: str) -> None:
        item = first_item(edition)
        media = replace(item.media, duration=timedelta(seconds=seconds))
        (entry,) = items_of(write_feed(replace(edition, items=(replace(item, media=media),)), describe=DESCRIBE))
        assert texts(entry, "itunes:duration") == [written]

    @pytest.mark.parametrize("size", [0, -5])
    def test_an_enclosure_without_length_is_refused(self, edition: Edition, size: int) -> None:
        item = first_item(edition)
        broken = replace(item, media=replace(item.media, size=size))
        with pytest.raises(FeedError, match=rf"^01-high-water: the audio media/.* {size} bytes"):
            write_feed(replace(edition, items=(broken,)), describe=DESCRIBE)

    def test_dates_keep_their_own_offset(self, edition: Edition) -> None:
        moment = datetime(2024, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
        item = replace(first_item(edition), published=moment)
        (entry,) = items_of(write_feed(replace(edition, items=(item,)), describe=DESCRIBE))
        assert texts(entry, "pubDate") == ["Mon, 01 Jan 2024 00:30:00 +0545"]

    def test_the_description_is_what_describe_makes_of_the_notes(self, edition: Edition) -> None:
        (entry,) = items_of(
            write_feed(
                replace(edition, items=(first_item(edition),)), describe=lambda text: f"<p>{len(text.html)}</p>"
            )
        )
        assert texts(entry, "description") == ["<p>44</p>"]
        assert texts(entry, "content:encoded") == ["<p>Why <b>tides</b> turn.</p>\n<h2>Links</h2>"]

    def test_without_a_description_the_notes_are_not_in_its_place(self, edition: Edition) -> None:
        only_notes = Text(html="<hr />", plain="")
        (entry,) = items_of(write_feed(with_episode(edition, notes=only_notes), describe=DESCRIBE))
        assert texts(entry, "description") == texts(entry, "content:encoded") == []

    def test_the_description_stands_before_the_notes(self, edition: Edition) -> None:
        (entry,) = items_of(write_feed(replace(edition, items=(first_item(edition),)), describe=DESCRIBE))
        names = [child.tag for child in entry]
        assert names.index("description") < names.index(f"{{{NAMESPACES['content']}}}encoded")


class TestRefusals:
    @pytest.mark.parametrize("field", ["title", "author", "language", "copyright", "link", "new_feed_url"])
    def test_a_forbidden_character_in_the_show_is_named(self, edition: Edition, field: str) -> None:
        with pytest.raises(FeedError, match=rf"^show\.toml: the {field} holds the character U\+000B"):
            write_feed(with_show(edition, **{field: "a\x0bb"}), describe=DESCRIBE)

    @pytest.mark.parametrize("field", ["title", "summary", "link"])
    def test_a_forbidden_character_in_an_episode_is_named(self, edition: Edition, field: str) -> None:
        with pytest.raises(FeedError, match=rf"^01-high-water: the <?{field}>? holds the character U\+000B"):
            write_feed(with_episode(edition, **{field: "a\x0bb"}), describe=DESCRIBE)

    @pytest.mark.parametrize("notes", [Text(html="\x0b", plain="a"), Text(html="", plain="\x0b")])
    def test_a_forbidden_character_in_the_notes_is_named(self, edition: Edition, notes: Text) -> None:
        with pytest.raises(FeedError, match=r"^01-high-water: the notes holds"):
            write_feed(with_episode(edition, notes=notes), describe=DESCRIBE)

    def test_a_forbidden_character_in_a_tag_names_the_episode(self, edition: Edition) -> None:
        with pytest.raises(FeedError, match=r"^01-high-water: the <podcast:episode> holds"):
            write_feed(with_episode(edition, number_display="\x0b"), describe=DESCRIBE)

    @pytest.mark.parametrize("field", ["title", "author", "description"])
    def test_a_show_without_what_apps_need_is_refused(self, edition: Edition, field: str) -> None:
        empty = Text(html="", plain=" ") if field == "description" else " "
        with pytest.raises(FeedError, match=rf"^show\.toml: the {field} is missing"):
            write_feed(with_show(edition, **{field: empty}), describe=DESCRIBE)

    def test_an_episode_without_title_is_refused(self, edition: Edition) -> None:
        with pytest.raises(FeedError, match=r"^01-high-water: the title is missing"):
            write_feed(with_episode(edition, title=""), describe=DESCRIBE)


class TestKeptItems:
    """Items of the published feed, which are written word for word."""

    def test_publish_read_keep_publish_changes_no_byte(self, golden: tuple[Edition, bytes]) -> None:
        edition, expected = golden
        written = expected
        for _ in range(3):
            written = write_feed(replace(edition, items=read_feed(written).items), describe=DESCRIBE)
            assert written == expected

    def test_one_item_changes_and_the_other_does_not(self, edition: Edition) -> None:
        live = read_feed(write_feed(edition, describe=DESCRIBE)).items
        item = first_item(edition)
        new = replace(item, episode=replace(item.episode, title="Slack Water"))
        before, after = (
            write_feed(replace(edition, items=items), describe=DESCRIBE).split(b"<item>")
            for items in (edition.items, (new, live[1]))
        )
        assert before[2] == after[2]
        assert before[1].replace(b'High &amp; "Low" Water', b"Slack Water") == after[1]

    def test_another_hosts_items_settle_at_once(self, edition: Edition, feeds: Path) -> None:
        foreign = read_feed((feeds / "other-host.xml").read_bytes())
        first = write_feed(replace(edition, items=foreign.items), describe=DESCRIBE)
        again = read_feed(first)
        assert write_feed(replace(edition, items=again.items), describe=DESCRIBE) == first
        assert [item.fields for item in again.items] == [item.fields for item in foreign.items]

    @settings(deadline=None)
    @given(title=TITLES, notes=TEXTS, plain=TEXTS)
    def test_any_text_survives(self, edition: Edition, title: str, notes: str, plain: str) -> None:
        changed = with_episode(edition, title=title, notes=Text(html=notes, plain=plain))
        written = write_feed(changed, describe=DESCRIBE)
        live = read_feed(written)
        assert write_feed(replace(changed, items=live.items), describe=DESCRIBE) == written
        assert live.items[0].title == title.strip()

    def test_the_newest_of_them_dates_the_feed(self, bare_edition: Edition) -> None:
        kept = replace(live_item("<item/>"), published=datetime(2030, 1, 1, tzinfo=UTC))
        undated = live_item("<item/>")
        edition = replace(bare_edition, items=(*bare_edition.items, kept, undated))
        channel = channel_of(write_feed(edition, describe=DESCRIBE))
        assert texts(channel, "lastBuildDate") == ["Tue, 01 Jan 2030 00:00:00 +0000"]

    @pytest.mark.parametrize("xml", ["<item/><item/>", "<item>"])
    def test_what_is_not_one_item_is_refused(self, bare_edition: Edition, xml: str) -> None:
        with pytest.raises(FeedError, match="The published item 'Kept' cannot be read as XML"):
            write_feed(replace(bare_edition, items=(live_item(xml),)), describe=DESCRIBE)


def first_item(edition: Edition) -> Item:
    item = edition.items[0]
    assert isinstance(item, Item)
    return item


def with_show(edition: Edition, **changes: Any) -> Edition:
    show: Show = replace(edition.show, **changes)
    return replace(edition, show=show)


def with_episode(edition: Edition, **changes: Any) -> Edition:
    item = first_item(edition)
    episode: Episode = replace(item.episode, **changes)
    return replace(edition, items=(replace(item, episode=episode),))


def live_item(xml: str) -> LiveItem:
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


def channel_of(feed: bytes) -> ET.Element:
    return ET.fromstring(feed)[0]  # noqa: S314 - our own feed, read by expat, which is not what wrote it


def items_of(feed: bytes) -> list[ET.Element]:
    return channel_of(feed).findall("item")


def texts(parent: ET.Element, name: str) -> list[str]:
    return [element.text or "" for element in parent.findall(name, dict(NAMESPACES))]


def attributes(parent: ET.Element, name: str) -> list[dict[str, str]]:
    return [element.attrib for element in parent.findall(name, dict(NAMESPACES))]
