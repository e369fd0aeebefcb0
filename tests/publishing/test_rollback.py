"""Roll back to an earlier feed: in memory, and some tests with a folder and a real bucket."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import CheckFailed, ConflictError, ProjectError, StorageError
from podcastkit.publishing.destination import Target
from podcastkit.publishing.plan import DestructiveChange
from podcastkit.publishing.publish import apply, publish
from podcastkit.publishing.rollback import history, prepare_rollback, rollback
from podcastkit.publishing.withdraw import withdraw
from podcastkit.state.lock import read_lock
from tests.published import (
    ON_FOLDER_AND_BUCKET,
    URL,
    assert_whole,
    list_sizes,
    put,
    read_live_feed,
    read_manifest,
    read_titles,
)
from tests.shows import NOW, Workshop, make_mp3

if TYPE_CHECKING:
    from podcastkit.storage.base import Storage

LATER = NOW + timedelta(days=1)
MUCH_LATER = NOW + timedelta(days=2)


def publish_twice(workshop: Workshop, storage: Storage) -> tuple[bytes, bytes]:
    """Publish three episodes, then four with a new title and new audio. Return the two feeds."""
    first = publish(workshop.folder, to=storage, at=NOW).plan.feed
    workshop.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nn")
    (workshop.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=22))
    return first, publish(workshop.folder, to=storage, at=LATER).plan.feed


def is_live(storage: Storage, feed: bytes) -> bool:
    """Return whether a feed is live, without regard to its lastBuildDate."""
    contents = [re.sub(b"<lastBuildDate>.*</lastBuildDate>", b"", body) for body in (feed, read_feed_body(storage))]
    return contents[0] == contents[1]


def read_feed_body(storage: Storage) -> bytes:
    return (storage.read("feed.xml") or (b"",))[0]


@ON_FOLDER_AND_BUCKET
def test_rollback_restores_the_previous_feed(workshop: Workshop, storage: Storage) -> None:
    first, _ = publish_twice(workshop, storage)
    receipt = rollback(workshop.folder, to=storage, at=MUCH_LATER)
    assert is_live(storage, first)
    assert (receipt.outcome, receipt.committed) == ("published", True)
    assert receipt.published == ("01-part", "02-part", "03-part")
    assert [change.episode for change in receipt.plan.changes if change.kind == "removed"] == ["Episode 4, Part 4"]
    assert_whole(storage)


def test_second_rollback_undoes_the_first(workshop: Workshop, storage: Storage) -> None:
    _, second = publish_twice(workshop, storage)
    rollback(workshop.folder, to=storage, at=MUCH_LATER)
    releases = history(workshop.folder, to=storage)
    assert [(release.at, release.episodes) for release in releases] == [(NOW, 3), (LATER, 4), (MUCH_LATER, 3)]
    rollback(workshop.folder, to=storage, at=MUCH_LATER)
    assert (storage.read("feed.xml") or (b"",))[0] == second


def test_feed_is_found_by_the_beginning_of_its_digest(workshop: Workshop, storage: Storage) -> None:
    first, second = publish_twice(workshop, storage)
    workshop.episode("05-part", "---\ntitle: Part 5\ndate: 2024-09-05\n---\nn", mark=5)
    publish(workshop.folder, to=storage, at=MUCH_LATER)
    oldest, middle, live_one = history(workshop.folder, to=storage)
    rollback(workshop.folder, feed=oldest.feed_sha256[:10].upper(), to=storage, at=MUCH_LATER)
    assert is_live(storage, first)
    rollback(workshop.folder, feed=middle.feed_sha256, to=storage, at=MUCH_LATER)
    assert is_live(storage, second)
    present = history(workshop.folder, to=storage)[-1].feed_sha256
    for wanted, reason in [("zz", "no feed"), ("", "more than one feed"), (present[:8], "is already live")]:
        with pytest.raises(ProjectError, match=reason):
            rollback(workshop.folder, feed=wanted, to=storage, at=MUCH_LATER)
    assert live_one.episodes == 5


def test_next_publish_publishes_the_folder_again(workshop: Workshop, storage: Storage) -> None:
    _, second = publish_twice(workshop, storage)
    rollback(workshop.folder, to=storage, at=MUCH_LATER)
    receipt = publish(workshop.folder, to=storage, at=MUCH_LATER)
    assert (storage.read("feed.xml") or (b"",))[0] == second
    assert not [key for key in receipt.uploaded if key.startswith("media/")]


def test_rollback_that_removes_an_episode_needs_consent_and_keeps_the_lock(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    real.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    publish(real.folder, at=LATER)
    known = {record.guid: record.published for record in read_lock(real.folder).episodes}
    with pytest.raises(DestructiveChange):
        rollback(real.folder, at=MUCH_LATER)
    rollback(real.folder, at=MUCH_LATER, yes=True)
    assert {record.guid: record.published for record in read_lock(real.folder).episodes} == known


def test_rollback_of_the_first_feed_raises(workshop: Workshop, storage: Storage) -> None:
    with pytest.raises(StorageError, match="this show is not published"):
        rollback(workshop.folder, to=storage, at=NOW)
    publish(workshop.folder, to=storage, at=NOW)
    with pytest.raises(ProjectError, match="no earlier feed"):
        rollback(workshop.folder, to=storage, at=NOW)


def test_rollback_with_a_missing_file_raises(workshop: Workshop, storage: Storage) -> None:
    publish_twice(workshop, storage)
    urls = "".join(item.enclosure_url or "" for item in read_live_feed(storage).items)
    (old,) = [key for key in list_sizes(storage) if key.startswith("media/02") and key not in urls]
    storage.delete(old)
    before = storage.read("feed.xml")
    with pytest.raises(StorageError, match=old):
        rollback(workshop.folder, to=storage, at=MUCH_LATER)
    assert storage.read("feed.xml") == before


@pytest.mark.parametrize("damage", ["copy", "journal"])
def test_rollback_with_a_damaged_copy_or_journal_raises(workshop: Workshop, storage: Storage, damage: str) -> None:
    publish_twice(workshop, storage)
    digest = read_manifest(storage).feeds[None].history[0].feed_sha256
    put(storage, f"history/{digest}.{'xml' if damage == 'copy' else 'json'}", b"<rss/>")
    with pytest.raises(StorageError, match="damaged"):
        rollback(workshop.folder, to=storage, at=MUCH_LATER)
    assert len(read_titles(storage)) == 4


def test_feed_without_a_copy_is_not_in_the_history(workshop: Workshop, storage: Storage) -> None:
    publish_twice(workshop, storage)
    earlier, present = history(workshop.folder, to=storage)
    storage.delete(f"history/{earlier.feed_sha256}.xml")
    assert history(workshop.folder, to=storage) == (present,)
    with pytest.raises(ProjectError, match="no earlier feed"):
        rollback(workshop.folder, to=storage, at=MUCH_LATER)


def test_rollback_to_a_feed_of_another_address_raises(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, url="https://old.example.org", at=NOW)
    publish(workshop.folder, to=storage, url=URL, at=LATER)
    with pytest.raises(ConflictError, match=r"old\.example\.org"):
        rollback(workshop.folder, to=storage, url=URL, at=MUCH_LATER)


def test_rollback_restores_an_adopted_feed(workshop: Workshop, storage: Storage) -> None:
    other_feed = (
        "<rss version='2.0'><channel><title>Theirs</title><item><guid>theirs</guid><title>Theirs</title>"
        f"<enclosure url='{storage.public_url}/theirs.mp3' length='6' type='audio/mpeg'/></item></channel></rss>"
    ).encode()
    put(storage, "feed.xml", other_feed)
    put(storage, "theirs.mp3", b"theirs")
    publish(workshop.folder, to=storage, at=NOW, adopt=True)
    rollback(workshop.folder, to=storage, at=LATER, verify=False)
    assert (storage.read("feed.xml") or (b"",))[0] == other_feed
    publish(workshop.folder, to=storage, at=MUCH_LATER)
    assert read_titles(storage) == ["Part 1", "Part 2", "Part 3"]
    storage.delete("theirs.mp3")
    with pytest.raises(StorageError, match=r"theirs\.mp3"):
        rollback(workshop.folder, to=storage, at=MUCH_LATER)


def test_rollback_never_restores_a_withdrawn_episode(workshop: Workshop, storage: Storage) -> None:
    first, _ = publish_twice(workshop, storage)
    digest = read_manifest(storage).feeds[None].history[0].feed_sha256
    journal = (storage.read(f"history/{digest}.json") or (b"",))[0]
    withdraw(workshop.folder, "01-part", to=storage, at=MUCH_LATER)
    with pytest.raises(ProjectError, match="no earlier feed"):
        rollback(workshop.folder, to=storage, at=MUCH_LATER)
    put(storage, f"history/{digest}.xml", first)
    put(storage, f"history/{digest}.json", journal)
    history_before = (storage.read("podcastkit.json") or (b"",))[0].replace(
        b'"history": [',
        b'"history": [{"feed": "%s", "at": "2024-11-01T12:00:00+00:00", "size": 1, "episodes": 3},'
        % digest.encode(),
    )
    put(storage, "podcastkit.json", history_before)
    with pytest.raises(ProjectError, match="withdrawn"):
        rollback(workshop.folder, to=storage, at=MUCH_LATER)


@ON_FOLDER_AND_BUCKET
def test_rollback_after_another_publish_is_a_conflict(workshop: Workshop, storage: Storage) -> None:
    publish_twice(workshop, storage)
    plan = prepare_rollback(workshop.folder, Target(to=storage, at=MUCH_LATER))
    (workshop.folder / "03-part" / "notes.md").write_text("---\ntitle: Part three\ndate: 2024-09-03\n---\nn")
    other_feed = publish(workshop.folder, to=storage, at=MUCH_LATER).plan.feed
    with pytest.raises(ConflictError):
        apply(plan)
    assert (storage.read("feed.xml") or (b"",))[0] == other_feed


def test_rollback_with_an_invalid_show_toml_raises(workshop: Workshop, storage: Storage) -> None:
    publish_twice(workshop, storage)
    (workshop.folder / "show.toml").write_text("title =")
    with pytest.raises(CheckFailed):
        rollback(workshop.folder, to=storage, at=MUCH_LATER)


def test_rollback_ignores_a_broken_episode(workshop: Workshop, storage: Storage) -> None:
    first, _ = publish_twice(workshop, storage)
    (workshop.folder / "04-part" / "audio.mp3").write_text("no audio")
    rollback(workshop.folder, to=storage, at=MUCH_LATER)
    assert is_live(storage, first)


def test_build_date_never_decreases(workshop: Workshop, storage: Storage) -> None:
    def get_build_date() -> datetime | None:
        return read_live_feed(storage).built

    publish_twice(workshop, storage)
    newest = get_build_date()
    rollback(workshop.folder, to=storage, at=MUCH_LATER)
    assert get_build_date() == newest
    rollback(workshop.folder, to=storage, at=MUCH_LATER)
    withdraw(workshop.folder, "04-part", to=storage, at=MUCH_LATER)
    assert get_build_date() == newest
    assert publish(workshop.folder, to=storage, at=MUCH_LATER).outcome == "unchanged"
    (workshop.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=23))
    publish(workshop.folder, to=storage, at=datetime(2024, 9, 4, tzinfo=UTC))
    assert (get_build_date(), len(read_live_feed(storage).items)) == (newest, 3)
