"""Prune files that no kept feed names: in memory, and in a folder and a real bucket where ages matter."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Cancelled, ConflictError
from podcastkit.publishing.destination import Target
from podcastkit.publishing.plan import ActionKind
from podcastkit.publishing.prune import prepare_pruning, prune
from podcastkit.publishing.publish import apply, publish
from podcastkit.publishing.rollback import history, rollback
from podcastkit.storage.local import LocalStorage
from tests.published import ON_FOLDER_AND_BUCKET, assert_whole, list_sizes, put, read_live_feed, read_titles
from tests.shows import Workshop, make_mp3

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.progress import Event
    from podcastkit.storage.base import Storage

NOW = datetime.now(UTC).replace(microsecond=0)
"""The current time, because the store uses its own clock for the times of files."""


def in_days(count: float) -> datetime:
    return NOW + timedelta(days=count)


def replace_audio(workshop: Workshop, mark: int) -> None:
    (workshop.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(1, mark=mark))


def list_media_of_part_2(storage: Storage) -> set[str]:
    return {key for key in list_sizes(storage) if key.startswith("media/02")}


def test_publish_at_an_earlier_time_keeps_the_files_of_the_previous_feed(
    workshop: Workshop, storage: Storage
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, at=in_days(-60))
    assert [release.at for release in history(workshop.folder, to=storage)] == [NOW, NOW]
    assert not prepare_pruning(workshop.folder, Target(to=storage, at=in_days(29))).removals


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_file_that_no_recent_feed_names_is_removed(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (old,) = list_media_of_part_2(storage)
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, at=in_days(1))
    assert not prepare_pruning(workshop.folder, Target(to=storage, at=in_days(30))).removals
    plan = prepare_pruning(workshop.folder, Target(to=storage, at=in_days(32)))
    removed = {action.asset.key for action in plan.removals}
    assert old in removed
    assert len(removed) == 3
    assert old in list_sizes(storage)
    prune(workshop.folder, to=storage, at=in_days(32))
    assert old not in list_sizes(storage)
    assert not removed & set(list_sizes(storage))
    assert_whole(storage)
    assert len(history(workshop.folder, to=storage)) == 1
    assert publish(workshop.folder, to=storage, at=in_days(32)).outcome == "unchanged"


def test_files_of_a_kept_feed_allow_a_rollback(workshop: Workshop, storage: Storage) -> None:
    first = publish(workshop.folder, to=storage, at=NOW).plan.feed
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, at=in_days(100))
    prune(workshop.folder, to=storage, at=in_days(120))
    rollback(workshop.folder, to=storage, at=in_days(120))
    assert (storage.read("feed.xml") or (b"",))[0] == first
    assert_whole(storage)


def test_keep_days_sets_the_age_of_removed_files(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, at=in_days(1))
    assert prepare_pruning(workshop.folder, Target(to=storage, at=in_days(5)), keep_days=3).removals
    assert not prepare_pruning(workshop.folder, Target(to=storage, at=in_days(5)), keep_days=5).removals


def test_foreign_files_are_kept(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    put(storage, "media/theirs-aaaaaaaaaaaa.mp3", b"theirs")
    put(storage, "other/theirs.txt", b"theirs")
    put(storage, "history/1998.html", b"theirs")
    put(storage, "history/data.json", b"{}")
    prune(workshop.folder, to=storage, at=in_days(400))
    assert {"media/theirs-aaaaaaaaaaaa.mp3", "other/theirs.txt", "history/1998.html", "history/data.json"} < set(
        list_sizes(storage)
    )


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_old_uploads_of_a_killed_publish_are_removed(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = set(list_sizes(storage))
    replace_audio(workshop, 22)

    def stop(event: Event) -> None:
        if event.stage == "uploading" and event.done == event.total:
            arrived.append(event)
            if len(arrived) == 1:
                raise Cancelled("enough")

    arrived: list[Event] = []
    with pytest.raises(Cancelled):
        publish(workshop.folder, to=storage, at=in_days(1), progress=stop)
    left = set(list_sizes(storage)) - before
    assert [key for key in left if key.startswith("history/")]
    replace_audio(workshop, 23)
    publish(workshop.folder, to=storage, at=in_days(2))
    assert not prepare_pruning(workshop.folder, Target(to=storage, at=in_days(5)), keep_days=10).removals
    prune(workshop.folder, keep_days=10, to=storage, at=in_days(15))
    assert not left & set(list_sizes(storage))
    assert_whole(storage)


@ON_FOLDER_AND_BUCKET
def test_recently_replaced_files_are_kept(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW - timedelta(days=100))
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, at=NOW - timedelta(days=50))
    removed = {action.asset.key for action in prepare_pruning(workshop.folder, Target(to=storage, at=NOW)).removals}
    assert not [key for key in removed if key.startswith("media/")]


def test_feed_changed_after_the_plan_is_a_conflict(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, at=in_days(1))
    plan = prepare_pruning(workshop.folder, Target(to=storage, at=in_days(40)))
    assert {action.kind for action in plan.actions if action.asset.key == "feed.xml"} == {ActionKind.KEEP}
    rollback(workshop.folder, to=storage, at=in_days(40))
    before = list_sizes(storage)
    with pytest.raises(ConflictError):
        apply(plan)
    assert list_sizes(storage).keys() >= {key for key in before if key.startswith("media/")}
    assert read_titles(storage) == ["Part 1", "Part 2", "Part 3"]


def test_files_in_a_damaged_journal_are_kept(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    broken = f"history/{'0' * 64}.json"
    put(storage, broken, b'{"files": {"media/theirs-aaaaaaaaaaaa.mp3": 1}}')
    put(storage, "media/theirs-aaaaaaaaaaaa.mp3", b"x")
    prune(workshop.folder, to=storage, at=in_days(400))
    assert "media/theirs-aaaaaaaaaaaa.mp3" in list_sizes(storage)
    assert broken in list_sizes(storage)
    assert len(read_live_feed(storage).items) == 3


def test_old_partial_file_is_removed(workshop: Workshop, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW)
    partial = tmp_path / "out" / "media" / ".podcastkit-0123456789abcdef-x.mp3.part"
    partial.write_bytes(b"half")
    prune(workshop.folder, to=storage, at=in_days(20))
    assert partial.exists()
    prune(workshop.folder, to=storage, at=in_days(40))
    assert not partial.exists()


def test_foreign_file_that_caused_a_conflict_is_kept(workshop: Workshop, storage: Storage) -> None:
    digest = hashlib.sha256((workshop.folder / "02-part" / "audio.mp3").read_bytes()).hexdigest()
    key = f"media/02-part-{digest[:12]}.mp3"
    put(storage, key, b"mine")
    with pytest.raises(ConflictError, match="has another file"):
        publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "02-part").rename(workshop.folder / "_02-part")
    publish(workshop.folder, to=storage, at=NOW)
    prune(workshop.folder, to=storage, at=in_days(400))
    assert (storage.read(key) or (b"",))[0] == b"mine"


def test_manifest_that_claims_foreign_files_deletes_nothing(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    foreign_keys = {"media/theirs.mp3", "history/theirs.txt", "theirs.txt", "feed.xml"}
    data = json.loads((storage.read("podcastkit.json") or (b"",))[0])
    data["files"] |= dict.fromkeys([*foreign_keys, "../theirs"], 6)
    data["withdrawn"] = [
        {
            "guid": "x",
            "at": NOW.isoformat(),
            "folder_sha256": None,
            "master_sha256": None,
            "files": [*foreign_keys, "../x"],
        }
    ]
    put(storage, "podcastkit.json", json.dumps(data).encode())
    for key in foreign_keys - {"feed.xml"}:
        put(storage, key, b"theirs")
    prune(workshop.folder, to=storage, at=in_days(400))
    publish(workshop.folder, to=storage, at=in_days(400))
    assert foreign_keys <= set(list_sizes(storage))
    assert_whole(storage)


def test_prune_keeps_the_old_address_until_the_next_publish(workshop: Workshop, storage: Storage) -> None:
    old, new = "https://old.example.org", "https://new.example.org"
    publish(workshop.folder, to=storage, url=old, at=NOW)
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, url=old, at=in_days(1))
    prune(workshop.folder, to=storage, url=new, at=in_days(40))
    (workshop.folder / "02-part" / "notes.md").write_text("---\ntitle: x\ndate: 9/5/2024\n---\n")
    publish(workshop.folder, to=storage, url=new, at=in_days(41))
    assert b"old.example.org" not in (storage.read("feed.xml") or (b"",))[0]


def test_files_of_the_last_day_are_kept_with_zero_keep_days(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, at=NOW)

    def list_removed_media(at: datetime) -> list[str]:
        plan = prepare_pruning(workshop.folder, Target(to=storage, at=at), keep_days=0)
        return [action.asset.key for action in plan.removals if action.asset.key.startswith("media/")]

    assert not list_removed_media(in_days(0.5))
    (kept,) = prepare_pruning(workshop.folder, Target(to=storage, at=in_days(0.5)), keep_days=0).kept
    assert kept.until
    assert timedelta(0) <= kept.until - in_days(1) < timedelta(minutes=10)
    assert list_removed_media(kept.until + timedelta(seconds=1)) == [kept.key]


def test_kept_file_is_listed_with_the_time_of_its_removal(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    replace_audio(workshop, 22)
    publish(workshop.folder, to=storage, at=in_days(3))
    (kept,) = prepare_pruning(workshop.folder, Target(to=storage, at=in_days(5)), keep_days=10).kept
    assert kept.until == in_days(13)
    assert not prepare_pruning(workshop.folder, Target(to=storage, at=in_days(13)), keep_days=10).removals
    assert prepare_pruning(workshop.folder, Target(to=storage, at=in_days(13.1)), keep_days=10).removals
