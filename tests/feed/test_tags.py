from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from podcastkit.diagnostics import FeedError
from podcastkit.feed.markup import NAMESPACES
from podcastkit.feed.tags import ItemTags, ShowTags, Tag, item_tags, show_tags
from podcastkit.model import Block, Category, Edition, Item, Owner, Person, Soundbite

if TYPE_CHECKING:
    from collections.abc import Iterable


def named(tags: Iterable[Tag], name: str) -> list[tuple[str | None, dict[str, str]]]:
    return [(tag.text, dict(tag.attributes)) for tag in tags if tag.name == name]


def of_show(edition: Edition, name: str, **changes: Any) -> list[tuple[str | None, dict[str, str]]]:
    return named(show_tags(replace(edition, show=replace(edition.show, **changes))), name)


def of_episode(edition: Edition, name: str, **changes: Any) -> list[tuple[str | None, dict[str, str]]]:
    item = edition.items[0]
    assert isinstance(item, Item)
    return named(item_tags(replace(item, episode=replace(item.episode, **changes)), edition), name)


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        pytest.param(["Arts"], [("Arts", [])], id="one"),
        pytest.param(["Arts > Food", "Arts > Design"], [("Arts", ["Food", "Design"])], id="two in one"),
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
    tags = [tag for tag in show_tags(edition) if tag.name == "itunes:category"]
    assert [
        (tag.attributes["text"], [child.attributes["text"] for child in tag.children]) for tag in tags
    ] == expected


@pytest.mark.parametrize("value", [True, False])
def test_explicit_is_true_or_false(bare_edition: Edition, value: bool) -> None:
    assert of_show(bare_edition, "itunes:explicit", explicit=value) == [(str(value).lower(), {})]
    assert of_episode(bare_edition, "itunes:explicit", explicit=value) == [(str(value).lower(), {})]


@pytest.mark.parametrize("value", [True, False])
def test_an_episode_that_says_nothing_is_as_explicit_as_the_show(bare_edition: Edition, value: bool) -> None:
    edition = replace(bare_edition, show=replace(bare_edition.show, explicit=value))
    assert of_episode(edition, "itunes:explicit", explicit=None) == [(str(value).lower(), {})]


def test_complete_block_and_podping_are_written_only_when_they_hold(bare_edition: Edition) -> None:
    assert of_show(bare_edition, "itunes:complete", complete=True) == [("Yes", {})]
    assert of_show(bare_edition, "itunes:complete", complete=False) == []
    assert of_show(bare_edition, "itunes:block", block=Block(everybody=True)) == [("Yes", {})]
    assert of_show(bare_edition, "itunes:block", block=Block(services=("google",))) == []
    assert of_episode(bare_edition, "itunes:block", block=Block(everybody=True)) == [("Yes", {})]
    assert of_episode(bare_edition, "itunes:block", block=Block()) == []
    assert of_show(bare_edition, "podcast:podping", podping=True) == [(None, {"usesPodping": "true"})]
    assert of_show(bare_edition, "podcast:podping", podping=False) == []


def test_blocked_services_stand_before_everybody(bare_edition: Edition) -> None:
    block = Block(everybody=True, services=("google", "amazon"))
    assert of_show(bare_edition, "podcast:block", block=block) == [
        ("yes", {"id": "google"}),
        ("yes", {"id": "amazon"}),
        ("yes", {}),
    ]


@pytest.mark.parametrize(
    ("owner", "attributes"),
    [
        pytest.param(None, {}, id="nobody"),
        pytest.param(Owner(name="Harbour Radio"), {}, id="a name"),
        pytest.param(Owner(email="a@example.org"), {"owner": "a@example.org"}, id="an e-mail"),
    ],
)
def test_the_lock_names_the_owner_when_known(
    bare_edition: Edition, owner: Owner | None, attributes: dict[str, str]
) -> None:
    assert of_show(bare_edition, "podcast:locked", owner=owner) == [("no", attributes)]
    assert of_show(bare_edition, "podcast:locked", owner=owner, locked=True) == [("yes", attributes)]


def test_a_season_and_an_episode_may_be_number_zero(bare_edition: Edition) -> None:
    assert of_episode(bare_edition, "podcast:season", season=0) == [("0", {})]
    assert of_episode(bare_edition, "podcast:episode", number=0) == [("0", {})]
    assert of_episode(bare_edition, "podcast:season", season=None) == []
    assert of_episode(bare_edition, "podcast:episode", number=None) == []


def test_the_season_is_named_only_when_it_is_the_shows_own(edition: Edition) -> None:
    assert of_episode(edition, "podcast:season", season=1) == [("1", {"name": "Ebb"})]
    assert of_episode(edition, "podcast:season", season=2) == [("2", {})]


def test_a_transcript_without_language_is_in_the_shows(edition: Edition) -> None:
    languages = [attributes["language"] for _, attributes in of_episode(edition, "podcast:transcript")]
    assert languages == ["en-GB", "es"]


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "0"), (100, "100"), (73.5, "73.5"), (0.125, "0.125"), (1 / 3, "0.333")]
)
def test_a_soundbite_starts_at_the_millisecond(bare_edition: Edition, seconds: float, written: str) -> None:
    bite = Soundbite(start=timedelta(seconds=seconds), duration=timedelta(seconds=15))
    assert of_episode(bare_edition, "podcast:soundbite", soundbites=(bite,)) == [
        (None, {"startTime": written, "duration": "15"})
    ]


def test_item_tags_go_into_the_item_and_show_tags_into_the_channel() -> None:
    tag = Tag(name="podcast:person", text="Me", attributes={}, children=())
    item, rss = etree.Element("item"), etree.fromstring("<rss><channel/></rss>")
    for tags, parent in ((ItemTags(), item), (ShowTags(), rss)):
        tags.fill([tag], owner="show.toml")
        assert tags.extend_rss(parent) is parent
    assert [child.text for child in item] == ["Me"]
    assert [child.text for child in rss[0]] == ["Me"]
    assert ShowTags().extend_ns() == {"podcast": NAMESPACES["podcast"]}


@pytest.mark.parametrize(
    "person",
    [Person(name="M\x08e"), Person(name="Me", role="ho\x08st"), Person(name="Me", href="https://\x08")],
    ids=["text", "attribute", "address"],
)
def test_a_forbidden_character_in_a_tag_is_named(bare_edition: Edition, person: Person) -> None:
    edition = replace(bare_edition, show=replace(bare_edition.show, people=(person,)))
    with pytest.raises(FeedError, match=r"^show\.toml: the <podcast:person> holds the character U\+0008"):
        write_tags(edition)


def test_a_forbidden_character_in_a_tag_within_a_tag_is_named(bare_edition: Edition) -> None:
    category = Category(name="Arts", sub="Fo\x08od")
    edition = replace(bare_edition, show=replace(bare_edition.show, categories=(category,)))
    with pytest.raises(FeedError, match="<itunes:category> holds"):
        write_tags(edition)


def write_tags(edition: Edition) -> None:
    tags = ShowTags()
    tags.fill(show_tags(edition), owner="show.toml")
    tags.extend_rss(etree.fromstring("<rss><channel/></rss>"))
