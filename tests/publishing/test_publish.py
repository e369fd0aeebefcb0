"""Publish a show: complete publishes to a folder and a real bucket, other tests in memory."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
import time
import uuid
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

import podcastkit
from podcastkit.build.render_feed import render_feed
from podcastkit.diagnostics import (
    Cancelled,
    CheckFailed,
    ConflictError,
    NotBuiltError,
    ProjectError,
    Severity,
    StorageError,
    UnreachableError,
)
from podcastkit.feed.reader import read_feed
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.project.loader import load
from podcastkit.publishing import publish as publish_module
from podcastkit.publishing.destination import Target
from podcastkit.publishing.plan import ActionKind, DestructiveChange
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.publish import apply, publish
from podcastkit.publishing.withdraw import prepare_withdrawal, withdraw
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.state.manifest import Manifest
from podcastkit.storage.local import LocalStorage
from tests.published import (
    ON_FOLDER_AND_BUCKET,
    URL,
    assert_whole,
    forget_live_feeds,
    get_kind,
    list_sizes,
    put,
    read_live_feed,
    read_manifest,
    read_titles,
)
from tests.shows import NOW, SAMPLE, VTT, Workshop, make_mp3, small_show, write_artwork, write_wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from podcastkit.publishing.plan import Plan
    from podcastkit.publishing.publish import Receipt
    from podcastkit.storage.base import Storage
    from podcastkit.storage.s3 import S3Storage


@ON_FOLDER_AND_BUCKET
def test_first_publish_uploads_every_file_and_the_feed(workshop: Workshop, storage: Storage) -> None:
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "published"
    assert receipt.committed
    assert receipt.published == ("01-part", "02-part", "03-part")
    assert read_titles(storage) == ["Part 1", "Part 2", "Part 3"]
    assert_whole(storage)
    assert set(receipt.uploaded) == set(list_sizes(storage))
    assert receipt.bytes == sum(list_sizes(storage).values())
    assert receipt.feed_url == f"{storage.public_url}/feed.xml"


@ON_FOLDER_AND_BUCKET
def test_publish_twice_uploads_nothing(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    feed, etag = storage.read("feed.xml") or (b"", "")
    receipt = publish(workshop.folder, to=storage, at=NOW + timedelta(days=1))
    assert (receipt.outcome, receipt.uploaded, receipt.bytes, receipt.committed) == ("unchanged", (), 0, False)
    assert storage.read("feed.xml") == (feed, etag)
    assert receipt.unchanged == 6


def test_only_changed_files_are_uploaded(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "02-part" / "notes.md").write_text(
        "---\ntitle: Part two\ndate: 2024-09-02\n---\nNew notes.\n"
    )
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert [get_kind(key) for key in receipt.uploaded] == ["journal", "history", "feed.xml", "podcastkit.json"]
    assert [(change.kind, change.old, change.new) for change in receipt.plan.changes if change.kind == "title"] == [
        ("title", "Part 2", "Part two")
    ]
    assert {change.kind for change in receipt.plan.changes} >= {"title", "notes"}
    assert read_titles(storage) == ["Part 1", "Part two", "Part 3"]


@ON_FOLDER_AND_BUCKET
def test_replaced_audio_gets_a_new_name_and_the_old_file_is_kept(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = list_sizes(storage)
    guid = read_live_feed(storage).items[1].guid
    (workshop.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=7))
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert [change.kind for change in receipt.plan.changes if change.field == "audio"] == ["audio"]
    assert read_live_feed(storage).items[1].guid == guid
    assert {key for key in before if key.startswith("media/")} < set(list_sizes(storage))
    assert_whole(storage)


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_artwork_chapters_and_transcripts_are_published_and_linked(workshop: Workshop, storage: Storage) -> None:
    folder = workshop.folder / "02-part"
    (folder / "chapters.txt").write_text("0:00 Start\n0:01 End\n")
    (folder / "transcript.vtt").write_text(VTT)
    (folder / "transcript.es.vtt").write_text(VTT.replace("Ahoy", "Hola"))
    write_artwork(folder / "artwork.png", color="green")
    write_artwork(workshop.folder / "artwork.jpg", size=(3200, 3200))
    publish(workshop.folder, to=storage, at=NOW)
    item = read_live_feed(storage).items[1]
    there = set(list_sizes(storage))
    for field in ("chapters", "transcripts", "artwork"):
        named = [word for line in item.fields[field].splitlines() for word in line.split() if URL_MARK in word]
        assert named
        for word in named:
            key = word.partition(f"{storage.public_url}/")[2].strip('"')
            assert key in there
    assert 'language="es"' in item.xml
    assert any(key.startswith("artwork/artwork-") for key in there)


def test_broken_transcript_keeps_the_published_one(workshop: Workshop, storage: Storage) -> None:
    transcript = workshop.folder / "02-part" / "transcript.vtt"
    transcript.write_text(VTT)
    publish(workshop.folder, to=storage, at=NOW)
    before = read_live_feed(storage).items[1].fields["transcripts"]
    assert [line.split()[-2] for line in before.splitlines()] == ["text/vtt", "application/x-subrip"]
    transcript.write_text(VTT.replace("-->", "to"))
    workshop.episode("04-new")
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "partial"
    assert [held.episode for held in receipt.held_back] == ["02-part"]
    assert read_live_feed(storage).items[1].fields["transcripts"] == before
    assert len(read_live_feed(storage).items) == 4
    assert_whole(storage)


URL_MARK = "://"
STUB = Path(podcastkit.__file__).with_suffix(".pyi")


@pytest.mark.slow
def test_artwork_is_converted_without_a_cache(
    workshop: Workshop, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "file" / "cache"))
    write_artwork(workshop.folder / "artwork.jpg", size=(3200, 3200))
    assert publish(workshop.folder, to=storage, at=NOW).outcome == "published"


def test_manifest_contains_only_published_episodes(workshop: Workshop, storage: Storage) -> None:
    workshop.episode("04-later", "---\ntitle: Secret finale\ndate: 2024-12-24\n---\nn", mark=4)
    workshop.episode("05-draft", "---\ntitle: Secret draft\ndraft: true\n---\nn", mark=5)
    receipt = publish(workshop.folder, to=storage, at=NOW)
    manifest = Manifest.from_bytes((storage.read("podcastkit.json") or (b"", ""))[0])
    assert manifest.trial
    assert [record.folder for record in manifest.records.episodes] == ["01-part", "02-part", "03-part"]
    public = {key for key in list_sizes(storage) if not key.startswith("history/")}
    assert {*manifest.files, "podcastkit.json"} == public
    everything = b"".join(
        (storage.read(key) or (b"", ""))[0] for key in list_sizes(storage) if not key.endswith("mp3")
    )
    assert b"Secret" not in everything
    assert b"04-later" not in everything
    assert receipt.outcome == "published"
    assert {held.episode: held.reason for held in receipt.held_back} == {
        "04-later": "due Tue 24 Dec 06:00",
        "05-draft": "marked as a draft",
    }
    assert receipt.plan.next_due == datetime(2024, 12, 24, 14, tzinfo=UTC)


def test_due_episode_is_published(workshop: Workshop, storage: Storage) -> None:
    workshop.episode("04-later", "---\ntitle: Finale\ndate: 2024-12-24\n---\nn", mark=4)
    publish(workshop.folder, to=storage, at=NOW)
    receipt = publish(workshop.folder, to=storage, at=datetime(2024, 12, 24, 14, tzinfo=UTC))
    assert [(change.kind, change.episode) for change in receipt.plan.changes] == [("new", "Episode 4, Finale")]
    assert read_titles(storage)[-1] == "Finale"


def test_broken_episode_is_held_back_and_others_are_published(workshop: Workshop, storage: Storage) -> None:
    (workshop.folder / "02-part" / "audio.mp3").write_text("no audio")
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "partial"
    assert [held.episode for held in receipt.held_back] == ["02-part"]
    assert read_titles(storage) == ["Part 1", "Part 3"]


def test_broken_episode_keeps_its_published_item(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = read_live_feed(storage).items[1].xml
    (workshop.folder / "02-part" / "notes.md").write_text("---\ntitle: Changed\ndate: 9/5/2024\n---\n")
    (workshop.folder / "03-part" / "notes.md").write_text("---\ntitle: Part three\ndate: 2024-09-03\n---\n")
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "partial"
    assert read_live_feed(storage).items[1].xml == before
    assert read_titles(storage) == ["Part 1", "Part 2", "Part three"]
    publish(workshop.folder, to=storage, at=NOW)
    assert read_live_feed(storage).items[1].xml == before
    manifest = Manifest.from_bytes((storage.read("podcastkit.json") or (b"", ""))[0])
    assert "02-part" in {record.folder for record in manifest.records.episodes}


def test_strict_publishes_nothing_with_a_broken_due_episode(workshop: Workshop, storage: Storage) -> None:
    (workshop.folder / "02-part" / "audio.mp3").write_text("no audio")
    with pytest.raises(CheckFailed, match="02-part") as failure:
        publish(workshop.folder, to=storage, at=NOW, strict=True)
    assert any(finding.code == "A106" for finding in failure.value.diagnostics)
    assert not list_sizes(storage)


def test_errors_in_drafts_and_future_episodes_are_ignored(workshop: Workshop, storage: Storage) -> None:
    workshop.episode("04-later", "---\ntitle: Later\ndate: 2024-12-24\n---\nn", audio=b"no audio")
    workshop.episode("05-draft", "---\ntitle: Draft\ndraft: true\n---\nn", audio=b"no audio")
    assert publish(workshop.folder, to=storage, at=NOW, strict=True).outcome == "published"


def test_number_repeated_by_a_future_episode_holds_nothing_back(workshop: Workshop, storage: Storage) -> None:
    workshop.episode("02-later", "---\ntitle: Later\ndate: 2024-12-24\n---\nn", mark=9)
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "published"
    assert [held.episode for held in receipt.held_back] == ["02-later"]
    assert "E102" in {finding.code for finding in receipt.plan.findings}


def test_error_in_the_show_publishes_nothing(workshop: Workshop, storage: Storage) -> None:
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text().replace('title = "Night Shift"', ""))
    with pytest.raises(CheckFailed, match="1 error") as failure:
        publish(workshop.folder, to=storage, at=NOW)
    assert any(finding.code == "S003" for finding in failure.value.diagnostics)
    assert not list_sizes(storage)


def test_show_with_nothing_to_publish_raises_error_with_the_reason(tmp_path: Path, storage: Storage) -> None:
    workshop = Workshop(tmp_path / "show").show()
    with pytest.raises(CheckFailed, match="no episode can be published yet"):
        publish(workshop.folder, to=storage, at=NOW)
    workshop.episode("01-later", "---\ntitle: Later\ndate: 2024-12-24\n---\nn")
    with pytest.raises(CheckFailed, match="01-later: due Tue 24 Dec 06:00"):
        publish(workshop.folder, to=storage, at=NOW)


@pytest.mark.ffmpeg
def test_master_is_encoded_as_mp3_and_not_changed(workshop: Workshop, storage: Storage) -> None:
    master = workshop.folder / "02-part" / "take 2.wav"
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(master, 2)
    before = (master.read_bytes(), master.stat().st_mtime_ns)
    publish(workshop.folder, to=storage, at=NOW)
    item = read_live_feed(storage).items[1]
    assert item.enclosure_url
    assert item.enclosure_url.endswith(".mp3")
    body = (storage.read("media/" + item.enclosure_url.rpartition("/")[2]) or (b"", ""))[0]
    assert body[:3] == b"ID3" or body[0] == 0xFF
    assert (master.read_bytes(), master.stat().st_mtime_ns) == before


@pytest.mark.ffmpeg
def test_empty_cache_without_encoder_keeps_published_media(
    workshop: Workshop, storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "take.wav", 2)
    publish(workshop.folder, to=storage, at=NOW)
    before = (storage.read("feed.xml") or (b"", ""))[0]
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "another cache"))
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(tmp_path / "no ffmpeg here"))
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "unchanged"
    assert (storage.read("feed.xml") or (b"", ""))[0] == before


@pytest.mark.ffmpeg
def test_lost_file_is_uploaded_again_under_its_name(workshop: Workshop, tmp_path: Path, monkeypatch: Any) -> None:
    storage = LocalStorage(tmp_path / "published")
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "take.wav", 2)
    publish(workshop.folder, to=storage, at=NOW)
    (lost,) = (tmp_path / "published" / "media").glob("02-*")
    lost.unlink()
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "another cache"))
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert lost.name in {key.rpartition("/")[2] for key in receipt.uploaded}
    assert_whole(storage)


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_masters_can_be_encoded_by_processes(workshop: Workshop, tmp_path: Path) -> None:
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "take.wav", 2)
    events: list[podcastkit.Event] = []
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        publish(workshop.folder, to=tmp_path / "out", at=NOW, executor=executor, progress=events.append)
    assert_whole(LocalStorage(tmp_path / "out"))
    last = next(event for event in reversed(events) if event.stage == "mastering")
    assert (last.episode, last.done, last.total, last.unit) == ("02-part", 2, 2, "seconds")


def test_failing_encoder_holds_back_its_episode(
    workshop: Workshop, storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "take.wav", 2)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(tmp_path / "no ffmpeg here"))
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "partial"
    (finding,) = [finding for finding in receipt.plan.findings if finding.code == "A103"]
    assert (finding.severity, finding.episode) == (Severity.ERROR, "02-part")
    assert str(finding.location) == "02-part/take.wav"
    assert read_titles(storage) == ["Part 1", "Part 3"]


# Identity


def test_episodes_without_a_date_are_published_now_a_minute_apart(tmp_path: Path, storage: Storage) -> None:
    workshop = Workshop(tmp_path / "show").show()
    for number in (1, 2, 3):
        workshop.episode(f"0{number}-x", "# T\n\nn", mark=number)
    publish(workshop.folder, to=storage, at=NOW)
    dates = [item.published for item in read_live_feed(storage).items]
    assert dates == [NOW - timedelta(minutes=2), NOW - timedelta(minutes=1), NOW]
    publish(workshop.folder, to=storage, at=NOW + timedelta(days=3))
    assert [item.published for item in read_live_feed(storage).items] == dates


def test_renamed_folder_keeps_guid_date_and_file(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = read_live_feed(storage).items[1]
    (workshop.folder / "02-part").rename(workshop.folder / "02-a-better-name")
    receipt = publish(workshop.folder, to=storage, at=NOW)
    after = read_live_feed(storage).items[1]
    assert (after.guid, after.published, after.enclosure_url) == (
        before.guid,
        before.published,
        before.enclosure_url,
    )
    assert not receipt.plan.changes


def test_audio_missing_on_this_computer_keeps_the_episode(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = read_live_feed(storage).items[1]
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "unchanged"
    assert read_live_feed(storage).items[1] == before


def test_audio_missing_everywhere_holds_back_the_episode(workshop: Workshop, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "published")
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    next((tmp_path / "published" / "media").glob("02-*")).unlink()
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.outcome == "partial"
    assert "neither on this machine" in receipt.held_back[0].reason


def test_trial_run_writes_no_lock(workshop: Workshop, storage: Storage) -> None:
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.plan.trial
    assert receipt.to_dict()["trial"] is True
    assert not (workshop.folder / LOCK_NAME).exists()


def test_real_publish_writes_the_lock(real: Workshop) -> None:
    receipt = publish(real.folder, at=NOW)
    assert not receipt.plan.trial
    assert receipt.feed_url == f"{URL}/feed.xml"
    records = read_lock(real.folder)
    feed = read_live_feed(LocalStorage(real.folder / "public"))
    assert records.guid == feed.guid == str(podcast_guid(f"{URL}/feed.xml"))
    assert [record.guid for record in records.episodes] == [item.guid for item in feed.items]
    assert [record.published for record in records.episodes] == [item.published for item in feed.items]


def podcast_guid(url: str) -> uuid.UUID:
    return uuid.uuid5(uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6"), url.partition("://")[2])


def test_write_lock_false_writes_no_lock_until_the_next_publish(real: Workshop) -> None:
    publish(real.folder, at=NOW, write_lock=False)
    assert not (real.folder / LOCK_NAME).exists()
    receipt = publish(real.folder, at=NOW)
    assert receipt.outcome == "unchanged"
    assert len(read_lock(real.folder).episodes) == 3


def test_deleted_lock_is_restored_from_the_destination(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    lock = (real.folder / LOCK_NAME).read_bytes()
    (real.folder / LOCK_NAME).unlink()
    assert publish(real.folder, at=NOW).outcome == "unchanged"
    assert (real.folder / LOCK_NAME).read_bytes() == lock


def test_lost_destination_is_published_again_with_the_same_bytes(real: Workshop) -> None:
    for name in ("01-part", "02-part", "03-part"):
        (real.folder / name / "notes.md").write_text(f"# {name}\n\nNotes.\n")
    publish(real.folder, at=NOW)
    before = (real.folder / "public" / "feed.xml").read_bytes()
    shutil.rmtree(real.folder / "public")
    publish(real.folder, at=NOW + timedelta(days=30))
    assert (real.folder / "public" / "feed.xml").read_bytes() == before


def test_trial_run_reads_the_lock_and_does_not_change_it(real: Workshop, storage: Storage) -> None:
    publish(real.folder, at=NOW)
    lock = (real.folder / LOCK_NAME).read_bytes()
    publish(real.folder, to=storage, at=NOW)
    guids = [item.guid for item in read_live_feed(LocalStorage(real.folder / "public")).items]
    assert [item.guid for item in read_live_feed(storage).items] == guids
    assert (real.folder / LOCK_NAME).read_bytes() == lock


def test_trial_run_becomes_real_in_the_same_place_with_new_guids(tmp_path: Path) -> None:
    workshop = small_show(tmp_path / "show", '[publish]\nto = "public"\n')
    publish(workshop.folder, at=NOW)
    storage = LocalStorage(workshop.folder / "public")
    trial_feed = read_live_feed(storage)
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + f'url = "{URL}"\n')
    receipt = publish(workshop.folder, at=NOW)
    assert not receipt.plan.trial
    assert {change.kind for change in receipt.plan.changes} == {"new"}
    assert read_live_feed(storage).guid == str(podcast_guid(f"{URL}/feed.xml")) != trial_feed.guid
    assert not [key for key in receipt.uploaded if key.startswith("media/")]


def test_first_real_publish_killed_after_the_feed_keeps_its_dates(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show('[publish]\nto = "public"\n')
    for number in (1, 2):
        workshop.episode(f"0{number}-x", "# T\n\nn", mark=number)
    publish(workshop.folder, at=NOW)
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + f'url = "{URL}"\n')
    plan = prepare(workshop.folder, at=NOW + timedelta(days=1))
    killed = tuple(action for action in plan.actions if action.asset.key != "podcastkit.json")
    apply(replace(plan, actions=killed), write_lock=False)
    storage = LocalStorage(workshop.folder / "public")
    before = storage.read("feed.xml")
    receipt = publish(workshop.folder, at=NOW + timedelta(days=2))
    assert [get_kind(key) for key in receipt.uploaded] == ["journal", "podcastkit.json"]
    assert storage.read("feed.xml") == before
    assert len(read_lock(workshop.folder).episodes) == 2


def test_trial_run_never_replaces_the_real_show(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    with pytest.raises(ConflictError, match="is published for real"):
        publish(real.folder, url="https://elsewhere.example.org", at=NOW)


def test_guid_that_differs_in_lock_and_manifest_holds_back_the_episode(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    lock = real.folder / LOCK_NAME
    data = json.loads(lock.read_text())
    lock_guid, manifest_guid = str(uuid.uuid4()), data["episodes"][1]["guid"]
    data["episodes"][1]["guid"] = lock_guid
    lock.write_text(json.dumps(data))
    receipt = publish(real.folder, at=NOW)
    (finding,) = [finding for finding in receipt.plan.findings if finding.code == "E106"]
    assert lock_guid in finding.message
    assert manifest_guid in finding.message
    assert receipt.outcome == "partial"


# Destructive changes


def test_removed_episode_needs_consent(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    shutil.rmtree(real.folder / "03-part")
    with pytest.raises(DestructiveChange) as failure:
        publish(real.folder, at=NOW)
    assert [change.episode for change in failure.value.changes] == ["Episode 3, Part 3"]
    assert publish(real.folder, at=NOW, yes=True).outcome == "published"
    assert read_titles(LocalStorage(real.folder / "public")) == ["Part 1", "Part 2"]
    assert len(read_lock(real.folder).episodes) == 3


@pytest.mark.parametrize("line", ["draft: true", "date: 2025-01-01"], ids=["draft", "future"])
def test_published_episode_that_becomes_unpublishable_needs_consent(real: Workshop, line: str) -> None:
    publish(real.folder, at=NOW)
    (real.folder / "03-part" / "notes.md").write_text(f"---\ntitle: Part 3\n{line}\n---\nNotes of part 3.\n")
    with pytest.raises(DestructiveChange):
        publish(real.folder, at=NOW)


def test_trial_run_removes_an_episode_without_consent(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    shutil.rmtree(workshop.folder / "03-part")
    assert publish(workshop.folder, to=storage, at=NOW).outcome == "published"


# Addresses and names


def test_kept_broken_episode_has_file_urls_at_the_new_address(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, url="https://old.example.org", at=NOW)
    (workshop.folder / "02-part" / "notes.md").write_text("---\ntitle: x\ndate: 9/5/2024\n---\n")
    receipt = publish(workshop.folder, to=storage, url="https://new.example.org/show", at=NOW)
    assert b"old.example.org" not in (storage.read("feed.xml") or (b"", ""))[0]
    assert read_live_feed(storage).items[1].title == "Part 2"
    assert [(change.old, change.new) for change in receipt.plan.changes if change.field == "address"] == [
        ("https://old.example.org/feed.xml", "https://new.example.org/show/feed.xml")
    ]


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_another_encoder_keeps_the_published_name(
    real: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (real.folder / "02-part" / "audio.mp3").unlink()
    write_wav(real.folder / "02-part" / "take.wav", 2)
    publish(real.folder, at=NOW)
    (published,) = (real.folder / "public" / "media").glob("02-*")
    before = published.read_bytes()
    shutil.rmtree(real.folder / "public")
    other = tmp_path / "other-ffmpeg"
    other.write_text(f'#!/bin/sh\nexec {find_ffmpeg()} $(echo "$@" | sed "s/-b:a 96k/-b:a 64k/")\n')
    other.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other))
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "another-cache"))
    publish(real.folder, at=NOW)
    assert published.read_bytes() != before
    assert_whole(LocalStorage(real.folder / "public"))


def test_real_publish_drops_episodes_of_a_trial_run_at_a_later_date(tmp_path: Path) -> None:
    workshop = small_show(tmp_path / "show", '[publish]\nto = "public"\n')
    workshop.episode("04-later", "---\ntitle: Later\ndate: 2024-12-24\n---\nn", mark=4)
    publish(workshop.folder, at=datetime(2025, 1, 1, tzinfo=UTC))
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + f'url = "{URL}"\n')
    publish(workshop.folder, at=NOW)
    assert "04-later" not in (workshop.folder / "public" / "podcastkit.json").read_text()
    assert "04-later" not in (workshop.folder / LOCK_NAME).read_text()


def test_draft_copy_of_an_episode_changes_nothing(real: Workshop) -> None:
    guid = str(uuid.uuid4())
    notes = f"---\ntitle: Part 2\ndate: 2024-09-02\nguid: {guid}\n---\n\nNotes of part 2.\n"
    (real.folder / "02-part" / "notes.md").write_text(notes)
    publish(real.folder, at=NOW)
    copy = shutil.copytree(real.folder / "02-part", real.folder / "01a-copy")
    (copy / "notes.md").write_text(notes.replace("guid:", "draft: true\nguid:"))
    receipt = publish(real.folder, at=NOW)
    assert receipt.outcome == "unchanged"
    assert [held.episode for held in receipt.held_back] == ["01a-copy"]


# Foreign files


def test_foreign_feed_is_not_replaced(workshop: Workshop, storage: Storage) -> None:
    storage.write("feed.xml", b"<rss/>", content_type="text/xml", cache_control="no-cache")
    with pytest.raises(ConflictError, match="another program wrote or changed"):
        publish(workshop.folder, to=storage, at=NOW)
    assert list_sizes(storage) == {"feed.xml": 6}


def test_foreign_manifest_is_not_replaced(workshop: Workshop, storage: Storage) -> None:
    storage.write("podcastkit.json", b"{}", content_type="text/xml", cache_control="no-cache")
    with pytest.raises(ConflictError, match=r"podcastkit\.json"):
        publish(workshop.folder, to=storage, at=NOW)
    assert list_sizes(storage) == {"podcastkit.json": 2}


@ON_FOLDER_AND_BUCKET
def test_foreign_file_is_not_replaced_and_the_feed_not_written(workshop: Workshop, storage: Storage) -> None:
    digest = hashlib.sha256((workshop.folder / "02-part" / "audio.mp3").read_bytes()).hexdigest()
    key = f"media/02-part-{digest[:12]}.mp3"
    storage.write(key, b"mine", content_type="audio/mpeg", cache_control="no-cache")
    with pytest.raises(ConflictError, match="has another file"):
        publish(workshop.folder, to=storage, at=NOW)
    assert (storage.read(key) or (b"", ""))[0] == b"mine"
    assert storage.read("feed.xml") is None


def test_foreign_file_of_the_same_size_is_a_conflict(workshop: Workshop, bucket: S3Storage) -> None:
    audio = (workshop.folder / "02-part" / "audio.mp3").read_bytes()
    key = f"media/02-part-{hashlib.sha256(audio).hexdigest()[:12]}.mp3"
    plan = make_plan(workshop, bucket)
    put(bucket, key, bytes(len(audio)))
    with pytest.raises(ConflictError, match="has another file"):
        apply(plan)
    assert bucket.read("feed.xml") is None


# Names that are not Unicode


def test_names_that_are_not_unicode_get_readable_keys(workshop: Workshop, storage: Storage) -> None:
    folder = (workshop.folder / "02-part").rename(workshop.folder / "02-caf\udce9")
    (folder / "audio.mp3").rename(folder / "caf\udce9.mp3")
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.published == ("01-part", "02-caf\N{REPLACEMENT CHARACTER}", "03-part")
    assert any(key.startswith("media/02-caf-") for key in receipt.uploaded)
    assert publish(workshop.folder, to=storage, at=NOW).outcome == "unchanged"


# The commit


def make_plan(workshop: Workshop, storage: Storage) -> Plan:
    return prepare(workshop.folder, to=storage, at=NOW)


def test_prepare_writes_nothing(workshop: Workshop, storage: Storage) -> None:
    plan = make_plan(workshop, storage)
    assert not list_sizes(storage)
    assert {action.kind for action in plan.actions[1:]} == {ActionKind.UPLOAD}
    assert [action.asset.key for action in plan.actions][-2:] == ["feed.xml", "podcastkit.json"]
    assert all(action.reason for action in plan.actions)
    assert plan.questions


@ON_FOLDER_AND_BUCKET
def test_second_of_two_publishes_gets_a_conflict_and_can_publish_again(
    workshop: Workshop, storage: Storage
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Mine\ndate: 2024-09-01\n---\nn\n")
    plan = make_plan(workshop, storage)
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Theirs\ndate: 2024-09-01\n---\nn\n")
    publish(workshop.folder, to=storage, at=NOW)
    with pytest.raises(ConflictError, match="another publish"):
        apply(replace(plan, show=replace(plan.show, sources={})))
    assert read_titles(storage)[0] == "Theirs"
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Mine\ndate: 2024-09-01\n---\nn\n")
    publish(workshop.folder, to=storage, at=NOW)
    assert read_titles(storage)[0] == "Mine"


def test_unchanged_feed_replaced_after_the_plan_is_a_conflict(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    plan = make_plan(workshop, storage)
    storage.write("feed.xml", b"<rss/>", content_type="text/xml", cache_control="no-cache")
    with pytest.raises(ConflictError, match="another publish"):
        apply(plan)


def test_show_changed_after_the_plan_is_a_conflict(workshop: Workshop, storage: Storage) -> None:
    plan = make_plan(workshop, storage)
    (workshop.folder / "01-part" / "notes.md").write_text("# Changed\n")
    with pytest.raises(ConflictError, match=r"notes\.md"):
        apply(plan)
    assert not list_sizes(storage)


def test_publish_recognizes_its_feed_after_a_kill_before_the_manifest(workshop: Workshop, storage: Storage) -> None:
    for name in ("01-part", "02-part", "03-part"):
        (workshop.folder / name / "notes.md").write_text(f"# {name}\n\nNotes.\n")
    plan = make_plan(workshop, storage)
    apply(replace(plan, actions=tuple(action for action in plan.actions if action.asset.key != "podcastkit.json")))
    before = (storage.read("feed.xml") or (b"", ""))[0]
    receipt = publish(workshop.folder, to=storage, at=NOW + timedelta(hours=5))
    assert [get_kind(key) for key in receipt.uploaded] == ["journal", "podcastkit.json"]
    assert (storage.read("feed.xml") or (b"", ""))[0] == before


@ON_FOLDER_AND_BUCKET
def test_publish_killed_before_the_feed_is_finished_by_the_next(workshop: Workshop, storage: Storage) -> None:
    def stop(event: podcastkit.Event) -> None:
        if event.stage == "uploading" and event.done == event.total:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        publish(workshop.folder, to=storage, at=NOW, progress=stop)
    assert storage.read("feed.xml") is None
    arrived = set(list_sizes(storage))
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert not {key for key in receipt.uploaded if not key.startswith("history/")} & arrived
    assert_whole(storage)


@ON_FOLDER_AND_BUCKET
def test_cancelled_publish_writes_no_feed(workshop: Workshop, storage: Storage) -> None:
    def stop(event: podcastkit.Event) -> None:
        if event.stage == "uploading":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        publish(workshop.folder, to=storage, at=NOW, progress=stop)
    assert storage.read("feed.xml") is None


def test_failed_upload_stops_the_others(workshop: Workshop, tmp_path: Path) -> None:
    class FailingStorage(LocalStorage):
        def write(self, key: str, body: bytes | Path, **options: Any) -> Any:
            if key.startswith("media/02"):
                raise StorageError("the disk is on fire")
            if key.startswith("media/01"):
                for _ in range(600):  # takes a minute unless it is stopped
                    time.sleep(0.1)
                    options["sent"](0)
                written_keys.append(key)
            return super().write(key, body, **options)

    written_keys: list[str] = []
    with pytest.raises(StorageError, match="on fire"):
        publish(workshop.folder, to=FailingStorage(tmp_path / "out"), at=NOW)
    assert not written_keys


@ON_FOLDER_AND_BUCKET
def test_upload_progress_reports_one_event_at_a_time_up_to_the_total(workshop: Workshop, storage: Storage) -> None:
    events: list[podcastkit.Event] = []
    busy = threading.Lock()

    def record(event: podcastkit.Event) -> None:
        assert busy.acquire(blocking=False)
        events.append(event)
        busy.release()

    publish(workshop.folder, to=storage, at=NOW, progress=record)
    last = [event for event in events if event.stage == "uploading"][-1]
    assert last.done == last.total
    assert last.unit == "bytes"


def test_storage_that_loses_a_file_keeps_the_old_feed(workshop: Workshop, tmp_path: Path) -> None:
    class ForgetfulStorage(LocalStorage):
        def write(self, key: str, body: bytes | Path, **options: Any) -> Any:
            written = super().write(key, body, **options)
            if key.startswith("media/02"):
                (self.path / key).unlink()
            return written

    with pytest.raises(StorageError, match="has no intact copy of media/02"):
        publish(workshop.folder, to=ForgetfulStorage(tmp_path / "out"), at=NOW)
    assert not (tmp_path / "out" / "feed.xml").exists()


def test_storage_that_damages_a_file_keeps_the_old_feed(workshop: Workshop, tmp_path: Path) -> None:
    class DamagingStorage(LocalStorage):
        def write(self, key: str, body: bytes | Path, **options: Any) -> Any:
            written = super().write(key, body, **options)
            if key.startswith("media/02"):
                (self.path / key).write_bytes(bytes(written.size))
            return written

    with pytest.raises(StorageError, match="has no intact copy of media/02"):
        publish(workshop.folder, to=DamagingStorage(tmp_path / "out"), at=NOW)
    assert not (tmp_path / "out" / "feed.xml").exists()


def test_file_damaged_after_the_plan_keeps_the_old_feed(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = storage.read("feed.xml")
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nn")
    plan = make_plan(workshop, storage)
    (key,) = [key for key in list_sizes(storage) if key.startswith("media/02")]
    put(storage, key, b"short")
    with pytest.raises(StorageError, match="has no intact copy of media/02"):
        apply(plan)
    assert storage.read("feed.xml") == before


def test_file_deleted_after_the_plan_is_uploaded_again(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nn")
    plan = make_plan(workshop, storage)
    (key,) = [key for key in list_sizes(storage) if key.startswith("media/02")]
    storage.delete(key)
    apply(plan)
    assert read_titles(storage)[0] == "Part one"
    assert_whole(storage)


@ON_FOLDER_AND_BUCKET
def test_audio_changed_after_the_plan_is_not_published(workshop: Workshop, storage: Storage) -> None:
    plan = make_plan(workshop, storage)
    path = workshop.folder / "02-part" / "audio.mp3"
    path.write_bytes(make_mp3(1, mark=99))
    with pytest.raises(ConflictError):
        apply(replace(plan, show=replace(plan.show, sources={})))
    assert storage.read("feed.xml") is None


def test_lock_that_cannot_be_written_is_a_warning(real: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise ProjectError("the disk is full")

    monkeypatch.setattr(publish_module, "write_lock_file", fail)
    receipt = publish(real.folder, at=NOW)
    assert (receipt.outcome, receipt.committed) == ("published", True)
    output = json.loads(json.dumps(receipt.to_dict()))["findings"]
    (finding,) = [finding for finding in output if finding["code"] == "S111"]
    assert "the disk is full" in finding["message"]
    monkeypatch.undo()
    assert publish(real.folder, at=NOW).outcome == "unchanged"
    assert len(read_lock(real.folder).episodes) == 3


def test_real_publish_in_the_future_raises_value_error(real: Workshop) -> None:
    with pytest.raises(ValueError, match="cannot be dated in the future"):
        publish(real.folder, at=datetime.now(UTC) + timedelta(days=1))


# Bytes


def test_same_folder_and_time_publish_the_same_bytes(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(workshop.folder, to=tmp_path / "one", at=NOW)
    shutil.copytree(workshop.folder, tmp_path / "copy")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    publish(tmp_path / "copy", to=tmp_path / "two", at=NOW.astimezone())
    one, two = (
        {p.name: p.read_bytes() for p in (tmp_path / name).rglob("*.*") if p.is_file()} for name in ("one", "two")
    )
    assert one == two


def test_render_feed_equals_the_published_feed(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    assert render_feed(real.folder, url=URL, at=NOW) == (real.folder / "public" / "feed.xml").read_bytes()
    assert (
        render_feed(load(real.folder), url=URL + "/", at=NOW) == (real.folder / "public" / "feed.xml").read_bytes()
    )


def test_render_feed_names_the_masters_without_published_audio(workshop: Workshop) -> None:
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "take.wav", 1)
    with pytest.raises(NotBuiltError) as failure:
        render_feed(workshop.folder, url=URL, at=NOW)
    assert failure.value.episodes == ("02-part",)


def test_long_description_is_truncated_and_notes_stay_complete(workshop: Workshop) -> None:
    words = "An ordinary sentence about the harbour. " * 200
    (workshop.folder / "02-part" / "notes.md").write_text(f"---\ntitle: Long\ndate: 2024-09-02\n---\n{words}")
    entry = feedparser.parse(render_feed(workshop.folder, url=URL, at=NOW)).entries[1]
    assert len(entry.summary.encode()) <= 4000
    assert len(entry.content[0].value) > 7000


def test_serial_show_begins_with_trailer_and_has_bonus_after_its_number(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show()
    for mark, name in enumerate(["02-b", "10-j", "01-a", "00-trailer", "03-bonus-x", "03-c", "bonus"]):
        workshop.episode(name, f"---\ntitle: {name}\ndate: 2024-09-0{mark + 1}\n---\nn", mark=mark)
    found = [item.title for item in read_feed(render_feed(workshop.folder, url=URL, at=NOW)).items]
    assert found == ["00-trailer", "01-a", "02-b", "03-c", "03-bonus-x", "10-j", "bonus"]


def test_episodes_without_a_date_are_dated_in_listening_order(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show()
    for mark, name in enumerate(["alpha", "beta", "gamma"]):
        workshop.episode(name, f"---\ntitle: {name}\nnumber: {3 - mark}\n---\nn", mark=mark)
    found = read_feed(render_feed(workshop.folder, url=URL, at=NOW)).items
    assert [(item.title, item.published) for item in found] == [
        ("gamma", NOW - timedelta(minutes=2)),
        ("beta", NOW - timedelta(minutes=1)),
        ("alpha", NOW),
    ]


def test_episodic_show_is_ordered_newest_first(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "show").show('\ntype = "episodic"\n')
    for mark, name in enumerate(["a", "b", "c"]):
        workshop.episode(name, f"---\ntitle: {name}\ndate: 2024-09-0{mark + 1}\n---\nn", mark=mark)
    found = [item.title for item in read_feed(render_feed(workshop.folder, url=URL, at=NOW)).items]
    assert found == ["c", "b", "a"]


def test_receipt_converts_to_json(workshop: Workshop, storage: Storage) -> None:
    receipt: Receipt = publish(workshop.folder, to=storage, at=NOW)
    data = json.loads(json.dumps(receipt.to_dict()))
    assert data["schema"] == 1
    assert set(data) >= {"changes", "actions", "next_due", "outcome", "feed_url", "committed", "uploaded", "bytes"}
    assert set(data["actions"][0]) == {"action", "key", "size", "reason"}
    assert data["held_back"] == []


@pytest.mark.ffmpeg
@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_sample_show_is_published(storage: Storage, tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "sample", ignore=shutil.ignore_patterns("public"))
    receipt = publish(tmp_path / "sample", to=storage)
    assert receipt.outcome == "published"
    assert len(receipt.published) == 9
    assert_whole(storage)


@pytest.mark.ffmpeg
def test_functions_accept_paths_as_strings(workshop: Workshop, tmp_path: Path) -> None:
    folder = str(workshop.folder)
    assert podcastkit.probe(f"{folder}/01-part/audio.mp3").format == "mp3"
    assert podcastkit.check(folder) == podcastkit.check(podcastkit.load(folder, measure=True))
    receipt = podcastkit.apply(podcastkit.prepare(folder, to=str(tmp_path / "out"), at=NOW))
    assert podcastkit.render_feed(folder, url=receipt.plan.url, at=NOW) == receipt.plan.feed
    assert podcastkit.publish(folder, to=str(tmp_path / "out"), at=NOW).outcome == "unchanged"


def test_all_public_names_can_be_imported() -> None:
    public_names = re.findall(r"^from \S+ import (\w+) as \1$", STUB.read_text(), re.MULTILINE)
    assert dir(podcastkit) == sorted(public_names)
    for name in public_names:
        assert getattr(podcastkit, name)
    assert not hasattr(podcastkit, "nothing")
    assert podcastkit.publish is publish_module.publish


# Known and unknown feeds


OTHER_FEED = (
    b"<?xml version='1.0'?><rss version='2.0'><channel><title>Theirs</title>"
    b"<item><guid>theirs</guid><title>Theirs</title></item></channel></rss>"
)


def use_another_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Use an empty cache, like a computer that has published nothing yet."""
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "cache of another machine"))


@ON_FOLDER_AND_BUCKET
def test_foreign_feed_is_replaced_only_with_adopt(workshop: Workshop, storage: Storage) -> None:
    put(storage, "feed.xml", OTHER_FEED)
    with pytest.raises(ConflictError) as refusal:
        publish(workshop.folder, to=storage, at=NOW)
    assert "--adopt" in (refusal.value.hint or "")
    assert (storage.read("feed.xml") or (b"",))[0] == OTHER_FEED
    receipt = publish(workshop.folder, to=storage, at=NOW, adopt=True)
    assert read_titles(storage) == ["Part 1", "Part 2", "Part 3"]
    copy = f"history/{hashlib.sha256(OTHER_FEED).hexdigest()}.xml"
    assert (storage.read(copy) or (b"",))[0] == OTHER_FEED
    assert [change.episode for change in receipt.plan.changes if change.kind == "removed"] == ["Theirs"]
    manifest = Manifest.from_bytes((storage.read("podcastkit.json") or (b"",))[0])
    assert [release.episodes for release in manifest.feeds[None].history] == [1, 3]
    assert abs(manifest.feeds[None].history[0].at - datetime.now(UTC)) < timedelta(hours=1)


def test_web_page_instead_of_a_feed_can_be_adopted(workshop: Workshop, storage: Storage) -> None:
    put(storage, "feed.xml", b"<html>")
    with pytest.raises(ConflictError):
        publish(workshop.folder, to=storage, at=NOW)
    publish(workshop.folder, to=storage, at=NOW, adopt=True)
    assert read_titles(storage) == ["Part 1", "Part 2", "Part 3"]


@pytest.mark.parametrize("damage", [b"", b"{}", b"not JSON", None], ids=["empty", "no manifest", "text", "missing"])
def test_damaged_or_lost_manifest_is_restored_from_the_journal(
    workshop: Workshop, storage: Storage, damage: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = (storage.read("podcastkit.json") or (b"",))[0]
    storage.delete("podcastkit.json")
    if damage is not None:
        put(storage, "podcastkit.json", damage)
    use_another_cache(monkeypatch, tmp_path)
    receipt = publish(workshop.folder, to=storage, at=NOW + timedelta(days=3))
    assert not receipt.committed
    assert (storage.read("podcastkit.json") or (b"",))[0] == before


def test_manifest_of_a_newer_podcastkit_is_not_changed(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    body = (storage.read("podcastkit.json") or (b"",))[0].replace(b'"schema": 1', b'"schema": 2')
    put(storage, "podcastkit.json", body)
    with pytest.raises(ConflictError, match="newer version of podcastkit"):
        publish(workshop.folder, to=storage, at=NOW)
    storage.delete("podcastkit.json")
    (journal,) = [key for key in list_sizes(storage) if get_kind(key) == "journal"]
    put(storage, journal, body)
    with pytest.raises(ConflictError, match="newer version of podcastkit"):
        publish(workshop.folder, to=storage, at=NOW)


def test_feed_without_history_is_recognized_by_the_cache(
    workshop: Workshop, storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = storage.read("feed.xml")
    for key in list_sizes(storage):
        if key.startswith(("history/", "podcastkit.json")):
            storage.delete(key)
    assert publish(workshop.folder, to=storage, at=NOW).committed is False
    assert storage.read("feed.xml") == before
    for key in list_sizes(storage):
        if key.startswith(("history/", "podcastkit.json")):
            storage.delete(key)
    use_another_cache(monkeypatch, tmp_path)
    with pytest.raises(ConflictError, match="another program wrote or changed"):
        publish(workshop.folder, to=storage, at=NOW)


def test_feed_with_a_damaged_journal_is_not_replaced(
    workshop: Workshop, storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    use_another_cache(monkeypatch, tmp_path)
    for key in list_sizes(storage):
        if key.startswith("history/"):
            put(storage, key, b"{}") if key.endswith("json") else storage.delete(key)
    storage.delete("podcastkit.json")
    with pytest.raises(ConflictError, match="another program wrote or changed"):
        publish(workshop.folder, to=storage, at=NOW)


@pytest.mark.parametrize("journal", ["missing", "of another feed"])
def test_feed_is_recognized_by_its_copy(
    workshop: Workshop, storage: Storage, journal: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (own,) = [key for key in list_sizes(storage) if get_kind(key) == "journal"]
    other = (storage.read(own) or (b"",))[0]
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nn")
    digest = hashlib.sha256(publish(workshop.folder, to=storage, at=NOW).plan.feed).hexdigest()
    storage.delete("podcastkit.json")
    storage.delete(f"history/{digest}.json")
    if journal == "of another feed":
        put(storage, f"history/{digest}.json", other)
    use_another_cache(monkeypatch, tmp_path)
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert not receipt.committed
    assert [release.feed_sha256 for release in read_manifest(storage).feeds[None].history] == [digest]


def test_feed_is_recognized_by_the_manifest_alone(
    workshop: Workshop, storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    for key in list_sizes(storage):
        if key.startswith("history/"):
            storage.delete(key)
    use_another_cache(monkeypatch, tmp_path)
    assert publish(workshop.folder, to=storage, at=NOW).outcome == "unchanged"


def test_foreign_feed_in_place_of_a_trial_run_needs_consent(tmp_path: Path) -> None:
    workshop = small_show(tmp_path / "show", '[publish]\nto = "public"\n')
    publish(workshop.folder, at=NOW)
    put(LocalStorage(workshop.folder / "public"), "feed.xml", OTHER_FEED)
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + f'url = "{URL}"\n')
    with pytest.raises(DestructiveChange):
        publish(workshop.folder, at=NOW, adopt=True)


def test_truncated_file_is_uploaded_again(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (key,) = [key for key in list_sizes(storage) if key.startswith("media/02")]
    put(storage, key, b"short")
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert [(a.kind, a.asset.key) for a in receipt.plan.actions if "damaged" in a.reason] == [
        (ActionKind.UPDATE, key)
    ]
    assert_whole(storage)


def test_older_feed_restored_by_hand_keeps_guids_and_dates(real: Workshop) -> None:
    storage = LocalStorage(real.folder / "public")
    older = publish(real.folder, at=NOW).plan.feed
    for mark in (4, 5):
        real.episode(f"0{mark}-part", f"# Part {mark}\n\nn", mark=mark)
    publish(real.folder, at=NOW + timedelta(days=1))
    withdraw(real.folder, "05-part", at=NOW + timedelta(days=2), yes=True)
    before = read_live_feed(storage).items
    (real.folder / LOCK_NAME).unlink()
    put(storage, "feed.xml", older)
    publish(real.folder, at=NOW + timedelta(days=9))
    assert [(item.guid, item.published) for item in read_live_feed(storage).items] == [
        (item.guid, item.published) for item in before
    ]


def test_feed_of_a_trial_run_restored_by_hand_keeps_the_show_real(tmp_path: Path) -> None:
    workshop = small_show(tmp_path / "show", '[publish]\nto = "public"\n')
    trial_feed = publish(workshop.folder, at=NOW).plan.feed
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + f'url = "{URL}"\n')
    publish(workshop.folder, at=NOW)
    storage = LocalStorage(workshop.folder / "public")
    real = read_live_feed(storage)
    put(storage, "feed.xml", trial_feed)
    with pytest.raises(ConflictError, match="is published for real"):
        publish(workshop.folder, url="https://elsewhere.example.org", at=NOW)
    (workshop.folder / LOCK_NAME).unlink()
    publish(workshop.folder, at=NOW, yes=True)
    assert [item.guid for item in read_live_feed(storage).items] == [item.guid for item in real.items]


def set_infinite_size(data: dict[str, Any]) -> None:
    data["files"]["media/x-aaaaaaaaaaaa.mp3"] = 1e999


def set_invalid_digest(data: dict[str, Any]) -> None:
    data["feed"]["sha256"] = "../../x"


def set_invalid_url(data: dict[str, Any]) -> None:
    data["url"] = "https://\ud800"


def set_invalid_folder(data: dict[str, Any]) -> None:
    data["episodes"][0]["folder"] = "\ud800"


@pytest.mark.parametrize("damage", [set_infinite_size, set_invalid_digest, set_invalid_url, set_invalid_folder])
def test_invalid_manifest_is_treated_as_damaged(
    workshop: Workshop, storage: Storage, damage: Callable[[dict[str, Any]], None]
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = (storage.read("podcastkit.json") or (b"",))[0]
    data = json.loads(before)
    damage(data)
    put(storage, "podcastkit.json", json.dumps(data).encode())
    publish(workshop.folder, to=storage, at=NOW)
    assert (storage.read("podcastkit.json") or (b"",))[0] == before
    for key in list_sizes(storage):
        if get_kind(key) == "journal":
            storage.delete(key)
    put(storage, "podcastkit.json", json.dumps(data).encode())
    with pytest.raises(ConflictError, match="damaged"):
        publish(workshop.folder, to=storage, at=NOW)


def test_slow_publish_does_not_undo_a_withdrawal(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    real.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    slow, withdrawal = prepare(real.folder, at=NOW), prepare_withdrawal(real.folder, "02-part", Target(at=NOW))

    def publish_withdrawal(_: podcastkit.Event) -> None:
        if not started:
            started.append(True)
            with pytest.raises(ConflictError):
                apply(forget_live_feeds(withdrawal))

    started: list[bool] = []
    apply(slow, progress=publish_withdrawal)
    assert started
    assert [withdrawn.files != () for withdrawn in read_lock(real.folder).withdrawn] == [True]
    publish(real.folder, at=NOW)
    assert read_titles(LocalStorage(real.folder / "public")) == ["Part 1", "Part 3", "Part 4"]


def test_lock_damaged_during_the_publish_is_a_warning(real: Workshop) -> None:
    publish(real.folder, at=NOW)
    real.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    lock = real.folder / LOCK_NAME

    def damage(event: podcastkit.Event) -> None:
        if event.stage == "uploading":
            lock.write_text("<<<<<<< HEAD")

    receipt = publish(real.folder, at=NOW, progress=damage)
    assert [trouble.code for trouble in receipt.troubles] == ["S111"]
    assert lock.read_text() == "<<<<<<< HEAD"


def test_history_lists_each_live_feed_with_its_time(workshop: Workshop, storage: Storage) -> None:
    first = publish(workshop.folder, to=storage, at=NOW)
    workshop.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    second = publish(workshop.folder, to=storage, at=NOW + timedelta(days=2))
    publish(workshop.folder, to=storage, at=NOW + timedelta(days=3))
    manifest = Manifest.from_bytes((storage.read("podcastkit.json") or (b"",))[0])
    assert [(release.at, release.episodes) for release in manifest.feeds[None].history] == [
        (NOW, 3),
        (NOW + timedelta(days=2), 4),
    ]
    for release, plan in zip(manifest.feeds[None].history, (first.plan, second.plan), strict=True):
        body = (storage.read(f"history/{release.feed_sha256}.xml") or (b"",))[0]
        assert (body, len(body)) == (plan.feed, release.size)


def test_write_that_fails_once_is_retried(workshop: Workshop, tmp_path: Path) -> None:
    class ShakyStorage(LocalStorage):
        def write(self, key: str, body: bytes | Path, **options: Any) -> Any:
            if key not in failed:
                failed.add(key)
                raise UnreachableError("the store does not respond")
            return super().write(key, body, **options)

    failed: set[str] = set()
    events: list[podcastkit.Event] = []
    storage = ShakyStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW, progress=events.append)
    assert_whole(storage)
    assert failed == set(list_sizes(storage))
    assert [event.unit for event in events if event.stage == "waiting"]
    last = [event for event in events if event.stage == "uploading"][-1]
    assert last.done == last.total


def test_prepare_retries_an_unreachable_storage(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCASTKIT_PATIENCE", "0.3")  # 4.5 s for two short pauses, even on a slow machine

    class UnreachableStorage(LocalStorage):
        def read(self, key: str) -> tuple[bytes, str] | None:
            if key not in failed:
                failed.add(key)
                raise UnreachableError("the store does not respond")
            return super().read(key)

    failed: set[str] = set()
    events: list[podcastkit.Event] = []
    plan = prepare(workshop.folder, to=UnreachableStorage(tmp_path / "out"), at=NOW, progress=events.append)
    assert failed == {"podcastkit.json", "feed.xml"}
    assert [event.stage for event in events].count("waiting") == 2
    assert apply(plan).outcome == "published"


def test_unreachable_storage_fails_when_patience_ends(workshop: Workshop, tmp_path: Path) -> None:
    class DeadStorage(LocalStorage):
        def write(self, key: str, body: bytes | Path, **options: Any) -> Any:
            if key.startswith("media/"):
                raise UnreachableError("the store does not respond")
            return super().write(key, body, **options)

    plan = prepare(workshop.folder, to=DeadStorage(tmp_path / "out"), at=NOW)
    with pytest.raises(UnreachableError, match="the store does not respond"):
        apply(plan, patience=timedelta(seconds=0.1))
    assert not (tmp_path / "out" / "feed.xml").exists()


def test_storage_without_conditions_is_a_finding_and_probed_with_a_feed_copy(
    workshop: Workshop, tmp_path: Path
) -> None:
    class UnconditionalStorage(LocalStorage):
        def keeps_conditions(self, key: str, body: bytes) -> bool:
            asked.append((self.read(key) or (b"",))[0] == body and self.read("feed.xml") is None)
            return False

    asked: list[bool] = []
    receipt = publish(workshop.folder, to=UnconditionalStorage(tmp_path / "out"), at=NOW)
    assert asked == [True]
    assert [trouble.code for trouble in receipt.troubles] == ["S112"]


def test_feed_with_a_lost_response_is_recognized(workshop: Workshop, tmp_path: Path) -> None:
    class ForgetfulStorage(LocalStorage):
        def write(self, key: str, body: bytes | Path, **options: Any) -> Any:
            written = super().write(key, body, **options)
            if key not in answered:
                answered.add(key)
                raise UnreachableError("the response was lost")
            return written

    answered: set[str] = set()
    storage = ForgetfulStorage(tmp_path / "out")
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert (receipt.outcome, receipt.committed) == ("published", True)
    assert_whole(storage)


# Verification


@ON_FOLDER_AND_BUCKET
def test_only_published_files_are_verified(workshop: Workshop, storage: Storage) -> None:
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert receipt.verification is not None
    assert receipt.verification.ok, receipt.verification.failures
    checked = {check.url.rpartition("/")[2] for check in receipt.verification.checks}
    assert checked == {"feed.xml"} | {
        key.rpartition("/")[2] for key in receipt.uploaded if key.startswith(("media/", "artwork/"))
    }
    workshop.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn", mark=4)
    second = publish(workshop.folder, to=storage, at=NOW)
    assert second.verification is not None
    assert {check.url.rpartition("/")[2][:7] for check in second.verification.checks} == {"feed.xm", "04-part"}
    assert publish(workshop.folder, to=storage, at=NOW).verification is None


def test_publish_with_unreachable_url_is_unverified(workshop: Workshop, storage: Storage) -> None:
    receipt = publish(workshop.folder, to=storage, url="http://127.0.0.1:9", at=NOW)
    assert (receipt.outcome, receipt.committed) == ("published-unverified", True)
    output = json.loads(json.dumps(receipt.to_dict()))
    assert output["verify"]["ok"] is False
    receipt = publish(workshop.folder, to=storage, url="http://127.0.0.1:9/a", at=NOW, verify=False)
    assert receipt.outcome == "published"


@pytest.mark.parametrize("more", ['guid = "abc"\n', '[translations.es]\ntitle = "T"\nguid = "abc"\n'])
def test_show_guid_that_is_not_a_uuid_is_a_finding(tmp_path: Path, storage: Storage, more: str) -> None:
    workshop = small_show(tmp_path / "guid", more)
    (workshop.folder / "01-part" / "notes.es.md").write_text("---\ntitle: Parte 1\n---\nn\n")
    with pytest.raises(CheckFailed) as failure:
        publish(workshop.folder, to=storage, at=NOW)
    assert "S105" in [finding.code for finding in failure.value.diagnostics]


def test_guid_that_changes_with_adopt_is_a_finding(workshop: Workshop, storage: Storage) -> None:
    (workshop.folder / "02-part" / "notes.md").write_text("---\ntitle: x\nguid: kept\ndate: 2024-09-02\n---\nn\n")
    items = {
        "renamed": "<title>PART  1</title>",
        "kept": "<title>Part 2</title>",
        "numbered": "<title>Other words</title><itunes:episode>3</itunes:episode>",
        "gone": "<title>Part 9</title>",
    }
    xml = "".join(f"<item><guid>{guid}</guid>{title}</item>" for guid, title in items.items())
    itunes = 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    put(storage, "feed.xml", f'<rss version="2.0" {itunes}><channel>{xml}</channel></rss>'.encode())
    plan = prepare(workshop.folder, to=storage, at=NOW, adopt=True)
    found = [finding for finding in plan.findings if finding.code == "S153"]
    assert [finding.location and finding.location.file for finding in found] == ["01-part", "03-part", None]
    assert ["guid: renamed" in str(found[0].hint), "apps will drop it" in found[2].message] == [True, True]
    publish(workshop.folder, to=storage, at=NOW, adopt=True)
    assert "S153" not in [finding.code for finding in prepare(workshop.folder, to=storage, at=NOW).findings]
