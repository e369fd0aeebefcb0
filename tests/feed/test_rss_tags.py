from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from podcastkit.diagnostics import FeedError
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.reader import read_feed
from podcastkit.feed.writer import append_tags, write_feed, write_item_tags, write_show_tags
from podcastkit.model import (
    Block,
    Category,
    Chapter,
    Edition,
    EpisodeType,
    Frequency,
    Item,
    LiveItem,
    Owner,
    Person,
    Soundbite,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.feed.tags import Markup


def find_tags(tags: Iterable[Markup], name: str) -> list[tuple[str | None, dict[str, str]]]:
    return [(tag.text, dict(tag.attributes)) for tag in tags if tag.name == name]


def write_show_tag(edition: Edition, name: str, **changes: Any) -> list[tuple[str | None, dict[str, str]]]:
    return find_tags(write_show_tags(replace(edition, show=replace(edition.show, **changes))), name)


def write_episode_tag(edition: Edition, name: str, **changes: Any) -> list[tuple[str | None, dict[str, str]]]:
    item = edition.items[0]
    assert isinstance(item, Item)
    return find_tags(write_item_tags(replace(item, episode=replace(item.episode, **changes)), edition), name)


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        pytest.param(["Arts"], [("Arts", [])], id="one"),
        pytest.param(["Arts > Food", "Arts > Design"], [("Arts", ["Food", "Design"])], id="two subcategories"),
        pytest.param(["Arts > Food", "Arts", "Arts > Food"], [("Arts", ["Food"])], id="repeated"),
        pytest.param(
            ["Arts > Food", "News", "Music", "Arts > Books"],
            [("Arts", ["Food", "Books"]), ("News", [])],
            id="at most two",
        ),
        pytest.param(['A "quoted" one'], [('A "quoted" one', [])], id="quotes"),
    ],
)
def test_categories_are_nested_and_at_most_two(
    bare_edition: Edition, categories: list[str], expected: list[tuple[str, list[str]]]
) -> None:
    values = [Category(name=name, sub=sub or None) for name, _, sub in (c.partition(" > ") for c in categories)]
    edition = replace(bare_edition, show=replace(bare_edition.show, categories=tuple(values)))
    tags = [tag for tag in write_show_tags(edition) if tag.name == "itunes:category"]
    assert [
        (tag.attributes["text"], [child.attributes["text"] for child in tag.children]) for tag in tags
    ] == expected


@pytest.mark.parametrize("value", [True, False])
def test_explicit_is_true_or_false(bare_edition: Edition, value: bool) -> None:
    assert write_show_tag(bare_edition, "itunes:explicit", explicit=value) == [(str(value).lower(), {})]
    assert write_episode_tag(bare_edition, "itunes:explicit", explicit=value) == [(str(value).lower(), {})]


@pytest.mark.parametrize("value", [True, False])
def test_explicit_of_an_episode_defaults_to_the_show(bare_edition: Edition, value: bool) -> None:
    edition = replace(bare_edition, show=replace(bare_edition.show, explicit=value))
    assert write_episode_tag(edition, "itunes:explicit", explicit=None) == [(str(value).lower(), {})]


def test_complete_block_and_podping_are_written_only_if_true(bare_edition: Edition) -> None:
    finished = replace(bare_edition, frequency=Frequency(text="Complete", complete=True))
    assert write_show_tag(finished, "itunes:complete", complete=True) == [("Yes", {})]
    assert write_show_tag(finished, "itunes:complete", complete=False) == []
    assert write_show_tag(bare_edition, "itunes:block", block=Block(everybody=True)) == [("Yes", {})]
    assert write_show_tag(bare_edition, "itunes:block", block=Block(services=("google",))) == []
    assert write_show_tag(bare_edition, "itunes:block", block=Block(everybody=True, exceptions=("acast",))) == [
        ("Yes", {})
    ]
    assert write_show_tag(bare_edition, "itunes:block", block=Block(everybody=True, exceptions=("apple",))) == []
    assert write_episode_tag(bare_edition, "itunes:block", block=Block(everybody=True)) == [("Yes", {})]
    assert write_episode_tag(bare_edition, "itunes:block", block=Block()) == []
    assert write_show_tag(bare_edition, "podcast:podping", podping=True) == [(None, {"usesPodping": "true"})]
    assert write_show_tag(bare_edition, "podcast:podping", podping=False) == []


def test_blocked_services_are_before_the_block_for_all(bare_edition: Edition) -> None:
    block = Block(everybody=True, services=("google", "amazon"))
    assert write_show_tag(bare_edition, "podcast:block", block=block) == [
        ("yes", {"id": "google"}),
        ("yes", {"id": "amazon"}),
        ("yes", {}),
    ]
    except_apple = Block(everybody=True, exceptions=("apple",))
    assert write_show_tag(bare_edition, "podcast:block", block=except_apple) == [
        ("no", {"id": "apple"}),
        ("yes", {}),
    ]


@pytest.mark.parametrize(
    ("owner", "attributes"),
    [
        pytest.param(None, {}, id="no owner"),
        pytest.param(Owner(name="Harbour Radio"), {}, id="only a name"),
        pytest.param(Owner(email="a@example.org"), {"owner": "a@example.org"}, id="e-mail"),
    ],
)
def test_locked_has_the_email_of_the_owner(
    bare_edition: Edition, owner: Owner | None, attributes: dict[str, str]
) -> None:
    assert write_show_tag(bare_edition, "podcast:locked", owner=owner) == [("no", attributes)]
    assert write_show_tag(bare_edition, "podcast:locked", owner=owner, locked=True) == [("yes", attributes)]


def test_season_and_episode_zero_are_written(bare_edition: Edition) -> None:
    assert write_episode_tag(bare_edition, "podcast:season", season=0) == [("0", {})]
    assert write_episode_tag(bare_edition, "podcast:episode", number=0) == [("0", {})]
    assert write_episode_tag(bare_edition, "podcast:season", season=None) == []
    assert write_episode_tag(bare_edition, "podcast:episode", number=None) == []


def test_season_name_is_written_only_for_the_current_season(edition: Edition) -> None:
    assert write_episode_tag(edition, "podcast:season", season=1) == [("1", {"name": "Ebb"})]
    assert write_episode_tag(edition, "podcast:season", season=2) == [("2", {})]


def test_transcript_language_defaults_to_the_show(edition: Edition) -> None:
    languages = [attributes["language"] for _, attributes in write_episode_tag(edition, "podcast:transcript")]
    assert languages == ["en-GB", "es"]


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "0"), (100, "100"), (73.5, "73.5"), (0.125, "0.125"), (1 / 3, "0.333")]
)
def test_soundbite_start_is_rounded_to_milliseconds(edition: Edition, seconds: float, written: str) -> None:
    bite = Soundbite(start=timedelta(seconds=seconds), duration=timedelta(seconds=15))
    assert write_episode_tag(edition, "podcast:soundbite", soundbites=(bite,)) == [
        (None, {"startTime": written, "duration": "15"})
    ]


def test_soundbite_after_the_end_is_left_out(edition: Edition) -> None:
    bites = [Soundbite(start=timedelta(seconds=at), duration=timedelta(seconds=30)) for at in (1503.5, 1504, 9999)]
    assert write_episode_tag(edition, "podcast:soundbite", soundbites=tuple(bites)) == [
        (None, {"startTime": "1503.5", "duration": "30"})
    ]


@pytest.mark.parametrize(
    ("language", "spoken", "expected"),
    [
        pytest.param("en-GB", None, [("es", "es"), (None, None)], id="original"),
        pytest.param("es", "en-GB", [("es", "es"), ("en-GB", None)], id="translation from the spoken language"),
        pytest.param("en-GB", "es", [("es", None), ("es", None)], id="translation into English"),
    ],
)
def test_alternate_in_another_language_has_the_language_as_rel(
    edition: Edition, language: str, spoken: str | None, expected: list[tuple[str | None, str | None]]
) -> None:
    translated = replace(edition, show=replace(edition.show, language=language, spoken=spoken))
    versions = write_episode_tag(translated, "podcast:alternateEnclosure")
    assert [(attributes.get("lang"), attributes.get("rel")) for _, attributes in versions] == expected


@pytest.mark.parametrize(
    ("season", "number", "trailers"),
    [(None, None, [{}]), (2, None, [{"season": "2"}]), (1, 5, [])],
    ids=["of the show", "of a season", "teaser of an episode"],
)
@pytest.mark.parametrize("is_kept", [False, True], ids=["item", "kept item"])
def test_trailers_of_show_and_season_are_written_without_teasers(
    edition: Edition, season: int | None, number: int | None, trailers: list[dict[str, str]], is_kept: bool
) -> None:
    item = edition.items[1]
    assert isinstance(item, Item)
    trailer = replace(
        item, prefix="https://op3.dev/e/", episode=replace(item.episode, season=season, number=number)
    )
    written = replace(edition, items=(edition.items[0], trailer))
    if is_kept:
        written = replace(edition, items=read_feed(write_feed(written, describe=attrgetter("plain"))).items)
    expected = {
        "url": "https://op3.dev/e/podcast.example.org/tides/media/00-trailer-0f0f0f0f0f0f.mp3",
        "length": "24311008",
        "type": "audio/mpeg",
        "pubdate": "Thu, 05 Sep 2024 06:00:00 +0000",
    }
    assert find_tags(write_show_tags(written), "podcast:trailer") == [
        ("Hear the sea", expected | more) for more in trailers
    ]


def test_trailer_without_date_or_audio_is_not_written(bare_edition: Edition) -> None:
    undated = LiveItem(
        guid="kept",
        title="Kept",
        published=None,
        type=EpisodeType.TRAILER,
        season=None,
        number=None,
        enclosure_url=None,
        fields={},
        xml="<item/>",
    )
    dated = replace(undated, published=datetime(2024, 9, 5, tzinfo=UTC))
    edition = replace(bare_edition, items=(undated, dated))
    assert find_tags(write_show_tags(edition), "podcast:trailer") == []


def test_update_frequency_is_written_as_text_and_rule(bare_edition: Edition) -> None:
    running = Frequency(
        text="Weekly, 8 episodes",
        start=datetime(2024, 9, 5, 6, tzinfo=timezone(timedelta(hours=-7))),
        rule="FREQ=WEEKLY;COUNT=8",
    )
    for frequency, expected in (
        (running, [(running.text, {"dtstart": "2024-09-05T06:00:00-07:00", "rrule": "FREQ=WEEKLY;COUNT=8"})]),
        (Frequency(text="8 episodes"), [("8 episodes", {})]),
        (Frequency(text="Complete", complete=True), [("Complete", {"complete": "true"})]),
        (None, []),
    ):
        edition = replace(bare_edition, frequency=frequency)
        assert write_show_tag(edition, "podcast:updateFrequency") == expected


def test_complete_is_not_written_before_the_last_episode(bare_edition: Edition) -> None:
    for frequency in (None, Frequency(text="Weekly, 8 episodes")):
        assert write_show_tag(replace(bare_edition, frequency=frequency), "itunes:complete", complete=True) == []


MOMENTS = st.integers(0, 100 * 3600 * 1000).map(lambda number: timedelta(milliseconds=number))
WORDS = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))
OPTIONAL_WORDS = st.none() | WORDS
CHAPTERS = st.builds(
    Chapter, start=MOMENTS, title=OPTIONAL_WORDS, url=OPTIONAL_WORDS, img=OPTIONAL_WORDS, hidden=st.booleans()
)


def read_simple_chapters(item: etree._Element) -> list[Chapter]:
    psc = f"{{{NAMESPACES['psc']}}}"
    marks = []
    for mark in item.iterfind(f"{psc}chapters/{psc}chapter"):
        hours, minutes, seconds = map(float, mark.attrib.pop("start").split(":"))
        start = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        found = {key: mark.get(key) for key in ("title", "href", "image")}
        marks.append(Chapter(start=start, title=found["title"], url=found["href"], img=found["image"]))
    return marks


@given(st.lists(CHAPTERS, max_size=6))
def test_simple_chapters_are_the_visible_chapters(edition: Edition, chapters: list[Chapter]) -> None:
    item = edition.items[0]
    assert isinstance(item, Item)
    parent = etree.Element("item")
    append_tags(
        parent,
        write_item_tags(replace(item, episode=replace(item.episode, chapters=tuple(chapters))), edition),
        owner="01",
    )
    written = etree.fromstring(etree.tostring(parent))
    assert read_simple_chapters(written) == [mark for mark in chapters if mark.title and not mark.hidden]


@pytest.mark.parametrize(
    "chapters", [(), (Chapter(start=timedelta(0)),)], ids=["no chapters", "chapter without title"]
)
def test_simple_chapters_without_visible_chapters_are_not_written(
    edition: Edition, chapters: tuple[Chapter, ...]
) -> None:
    assert write_episode_tag(edition, "psc:chapters", chapters=chapters) == []
    assert write_episode_tag(edition, "psc:chapters") == [(None, {"version": "1.2"})]


@pytest.mark.parametrize(
    "person",
    [Person(name="M\x08e"), Person(name="Me", role="ho\x08st"), Person(name="Me", href="https://\x08")],
    ids=["text", "attribute", "address"],
)
def test_forbidden_character_in_a_tag_is_reported(bare_edition: Edition, person: Person) -> None:
    edition = replace(bare_edition, show=replace(bare_edition.show, people=(person,)))
    with pytest.raises(FeedError, match=r"^show\.toml: the <podcast:person> contains the character U\+0008"):
        write_feed(edition)


def test_forbidden_character_in_a_nested_tag_is_reported(bare_edition: Edition) -> None:
    category = Category(name="Arts", sub="Fo\x08od")
    edition = replace(bare_edition, show=replace(bare_edition.show, categories=(category,)))
    with pytest.raises(FeedError, match="<itunes:category> contains"):
        write_feed(edition)
