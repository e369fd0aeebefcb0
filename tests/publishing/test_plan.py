from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcastkit.build.assets import Asset
from podcastkit.build.due import HeldBack
from podcastkit.feed.changes import Change, compare_feeds
from podcastkit.model import EpisodeType, LiveFeed, LiveItem, Records
from podcastkit.publishing.plan import Action, ActionKind, plan_files, plan_rewrite
from podcastkit.state.manifest import FeedHistory, Manifest
from tests.values import make_record


def make_item(
    guid: str = "g5", number: int | None = 5, kind: EpisodeType = EpisodeType.FULL, **fields: str
) -> LiveItem:
    defaults = {
        "title": "Planning time",
        "date": "Thu, 05 Sep 2024 06:00:00 -0700",
        "audio": "https://a/media/5.mp3 100",
    }
    return LiveItem(
        guid=guid,
        title=fields.get("title", "Planning time"),
        published=datetime(2024, 9, 5, tzinfo=UTC),
        type=kind,
        season=1,
        number=number,
        enclosure_url=None,
        fields=defaults | fields,
        xml="<item/>",
    )


def make_feed(*items: LiveItem, **fields: str) -> LiveFeed:
    return LiveFeed(guid="show", fields={"title": "Night Shift"} | fields, items=items)


def make_asset(key: str = "media/5.mp3", body: bytes = b"sound") -> Asset:
    return Asset.of_bytes(key, body, content_type="audio/mpeg", about="audio of Episode 5")


def test_first_feed_has_only_new_episodes() -> None:
    changes = compare_feeds(None, make_feed(make_item("t", None, EpisodeType.TRAILER), make_item()))
    assert [(change.kind, change.guid, change.episode, change.destructive) for change in changes] == [
        ("new", "t", "Trailer, Planning time", False),
        ("new", "g5", "Episode 5, Planning time", False),
    ]


def test_equal_feeds_have_no_changes() -> None:
    assert compare_feeds(make_feed(make_item()), make_feed(make_item())) == ()


@pytest.mark.parametrize(
    ("field", "kind", "destructive"),
    [
        ("title", "title", False),
        ("notes", "notes", False),
        ("date", "date", True),
        ("audio", "audio", False),
        ("explicit", "details", False),
    ],
)
def test_change_of_an_item_has_old_and_new_value(field: str, kind: str, destructive: bool) -> None:
    item = make_item()
    before, after = (replace(item, fields={**item.fields, field: value}) for value in ("old", "new"))
    (change,) = compare_feeds(make_feed(before), make_feed(after))
    assert (change.kind, change.field, change.old, change.new) == (kind, field, "old", "new")
    assert change.destructive is destructive


def test_removed_field_is_a_change() -> None:
    (change,) = compare_feeds(make_feed(make_item(summary="gone")), make_feed(make_item()))
    assert (change.field, change.old, change.new) == ("summary", "gone", None)


def test_removed_episode_is_destructive() -> None:
    (change,) = compare_feeds(make_feed(make_item("a"), make_item("b", 6)), make_feed(make_item("a")))
    assert (change.kind, change.guid, change.destructive) == ("removed", "b", True)


def test_new_order_is_one_change() -> None:
    before, after = (
        make_feed(make_item("a"), make_item("b", 6)),
        make_feed(make_item("b", 6), make_item("new", 7), make_item("a")),
    )
    assert [change.kind for change in compare_feeds(before, after)] == ["new", "order"]


def test_changed_title_of_the_show_is_a_change() -> None:
    (change,) = compare_feeds(make_feed(title="Old"), make_feed(title="New"))
    assert (change.kind, change.episode, change.field, change.old, change.new) == (
        "show",
        None,
        "title",
        "Old",
        "New",
    )


def test_same_audio_at_another_address_is_not_a_change() -> None:
    before, after = make_item(audio="https://old/media/5.mp3 100"), make_item(audio="https://new/media/5.mp3 100")
    assert compare_feeds(make_feed(before), make_feed(after)) == ()


def test_same_files_at_a_new_address_are_not_changes() -> None:
    def at(address: str, link: str, notes: str) -> LiveFeed:
        item = make_item(
            artwork=f"{address}/a.png",
            chapters=f"{address}/c.json application/json+chapters",
            transcripts=f"{address}/t.vtt text/vtt",
            link=f"{address}/{link}",
            notes=notes,
        )
        return make_feed(item, artwork=f"{address}/a.jpg")

    before = at("https://old.org/x", "one", "see https://old.org/x/")
    after = at("https://new.org", "another", "none")
    changes = compare_feeds(before, after, moved=("https://old.org/x", "https://new.org"))
    assert [(change.field, change.old) for change in changes] == [
        ("link", "https://new.org/one"),
        ("notes", "see https://old.org/x/"),
    ]


def test_replacing_audio_is_destructive_only_for_all_episodes() -> None:
    old = [make_item(str(number), number, audio=f"old-{number}") for number in (1, 2)]
    new = [make_item(str(number), number, audio=f"new-{number}") for number in (1, 2)]
    assert [change.destructive for change in compare_feeds(make_feed(*old), make_feed(*new))] == [True, True]
    assert [change.destructive for change in compare_feeds(make_feed(*old), make_feed(old[0], new[1]))] == [False]
    assert [change.destructive for change in compare_feeds(make_feed(old[0]), make_feed(new[0]))] == [False]


def test_full_episode_without_number_is_named_by_its_title() -> None:
    (change,) = compare_feeds(None, make_feed(make_item(number=None, title="Alone")))
    assert change.episode == "Alone"


def test_stored_file_of_the_same_size_is_kept() -> None:
    asset = make_asset()
    (kept,) = plan_files([asset], {asset.key: asset.size})
    (other,) = plan_files([asset], {asset.key: asset.size + 1})
    (sent,) = plan_files([asset], {})
    assert [kept.kind, other.kind, sent.kind] == [ActionKind.KEEP, ActionKind.UPLOAD, ActionKind.UPLOAD]
    assert kept.to_dict() == {
        "action": "keep",
        "key": "media/5.mp3",
        "size": 5,
        "reason": "audio of Episode 5 is already uploaded",
    }


def test_rewritten_file_is_updated_when_its_bytes_differ() -> None:
    feed = make_asset("feed.xml", b"new")
    kinds = [plan_rewrite(feed, live).kind for live in (None, b"old", b"new")]
    assert kinds == [ActionKind.UPLOAD, ActionKind.UPDATE, ActionKind.KEEP]


def make_manifest() -> Manifest:
    records = Records(guid="917393e3-1b1e-5cef-ace4-edaa54e1f810", episodes=(make_record(),))
    feeds: dict[str | None, FeedHistory] = {None: FeedHistory(feed_sha256="f" * 64)}
    return Manifest(trial=False, url="https://a", feeds=feeds, records=records, files={"b": 2, "a": 1})


def test_manifest_bytes_do_not_depend_on_order() -> None:
    manifest = make_manifest()
    assert Manifest.from_bytes(manifest.to_bytes()) == manifest
    assert replace(manifest, files={"a": 1, "b": 2}).to_bytes() == manifest.to_bytes()


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"[]", b"{}", b"null", b"[" * 100_000],
    ids=["empty", "binary", "list", "{}", "null", "deep"],
)
def test_manifest_of_other_content_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Manifest.from_bytes(body)


@pytest.mark.parametrize("key", ["trial", "url", "feed", "guid", "episodes", "files"])
def test_manifest_without_a_required_key_is_refused(key: str) -> None:
    data = json.loads(make_manifest().to_bytes())
    del data[key]
    with pytest.raises(ValueError, match=key):
        Manifest.from_bytes(json.dumps(data).encode())


def test_values_convert_to_json() -> None:
    due = datetime(2024, 9, 5, tzinfo=UTC)
    assert HeldBack(episode="05", reason="it is due", due=due).to_dict() == {
        "episode": "05",
        "reason": "it is due",
        "due": "2024-09-05T00:00:00+00:00",
        "language": None,
    }
    assert HeldBack(episode="05", reason="broken").to_dict()["due"] is None
    assert Change(kind="order", field="order").to_dict() == {
        "kind": "order",
        "guid": None,
        "episode": None,
        "field": "order",
        "old": None,
        "new": None,
        "destructive": False,
        "language": None,
    }


def test_asset_of_bytes_has_size_and_md5() -> None:
    asset = make_asset(body=b"abc")
    assert (asset.size, asset.md5) == (3, "900150983cd24fb0d6963f7d28e17f72")
    assert not isinstance(asset.body, Path)
    assert Action(kind=ActionKind.UPLOAD, asset=asset, reason="r").to_dict()["size"] == 3
