"""Two commands at the same time, stopped at the steps where they could conflict. Listeners lose nothing.

The commands are real processes. They use both storages; the bucket has slow DELETE requests. The tests do not
depend on timing: a command stops before a step until the other command has reached its own step.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.published_keys import find_hashed_keys, hash_feed, make_history_key, make_journal_key
from podcastkit.publishing.prune import prune
from podcastkit.publishing.publish import publish
from podcastkit.publishing.rollback import history, rollback
from podcastkit.publishing.withdraw import withdraw
from podcastkit.storage.local import LocalStorage
from podcastkit.storage.s3 import S3Storage
from tests.faults.proxy import Fault, Proxy, Rule
from tests.faults.scene import KEYS
from tests.published import URL, assert_whole, list_sizes, read_manifest, read_titles
from tests.shows import Workshop, make_mp3

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerContext, ForkServerProcess
    from multiprocessing.synchronize import Event as Signal
    from pathlib import Path

    from podcastkit.progress import Event
    from podcastkit.storage.base import Storage

pytestmark = pytest.mark.slow

SECONDS = 120
"""The time after which a command that has not reached its step is a failure."""
NOW = datetime.now(UTC).replace(microsecond=0)
FAR = NOW + timedelta(days=400)
PREPARED = ("write", "history/removing-")
"""prune has decided which files to delete, and has written no removal note."""
DELETES = ("delete", "media/02")
"""The removal note contains the replaced audio, and no feed needed it a moment ago."""
SWITCHES = ("write", "feed.xml")
"""All files of the new feed existed a moment ago."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A step before which a command waits."""

    method: str
    key: str
    reached: Signal
    resume: Signal

    def wait_before(self, method: str, key: str) -> None:
        if method == self.method and key.startswith(self.key) and not self.reached.is_set():
            self.reached.set()
            assert self.resume.wait(SECONDS)


class Steps:
    """A mix-in for a storage that stops before one step."""

    stop: Stop | None = None

    def write(self, key: str, body: bytes | Path, **options: Any) -> Any:
        if self.stop:
            self.stop.wait_before("write", key)
        return super().write(key, body, **options)  # type: ignore[misc]

    def delete(self, key: str) -> None:
        if self.stop:
            self.stop.wait_before("delete", key)
        super().delete(key)  # type: ignore[misc]


class SteppingFolder(Steps, LocalStorage):
    """A folder that can stop before a step."""


class SteppingBucket(Steps, S3Storage):
    """A bucket that can stop before a step."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command in its own process."""

    process: ForkServerProcess
    reached: Signal
    resume: Signal
    waits: Signal
    """Set when the command waits for another one."""
    results: Any

    def finish(self) -> str:
        """Resume the command, and return its outcome or its error."""
        self.resume.set()
        outcome: str = self.results.get(timeout=SECONDS)
        self.process.join(SECONDS)
        return outcome


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A show and its destination."""

    folder: Path
    storage: Storage
    options: dict[str, Any]
    """The arguments with which another process opens the destination."""
    context: ForkServerContext
    cache: Path

    def start(
        self, run: Callable[..., str], stop: tuple[str, str] | None = None, *, patience: str = "0.2"
    ) -> Command:
        """Start a command, and wait until it stops before its step."""
        reached, resume, waits = (self.context.Event() for _ in range(3))
        results = self.context.Queue()
        found = Stop(method=stop[0], key=stop[1], reached=reached, resume=resume) if stop else None
        arguments = (run, self.folder, self.options, found, waits, results, self.cache, patience)
        process = self.context.Process(target=run_as_child, args=arguments)
        process.start()
        assert stop is None or reached.wait(SECONDS)
        return Command(process=process, reached=reached, resume=resume, waits=waits, results=results)


def run_as_child(
    run: Callable[..., str],
    folder: Path,
    options: dict[str, Any],
    stop: Stop | None,
    waits: Signal,
    results: Any,
    cache: Path,
    patience: str,
) -> None:
    os.environ |= {**KEYS, "PODCASTKIT_CACHE": str(cache / str(os.getpid())), "PODCASTKIT_PATIENCE": patience}
    storage = SteppingFolder(options["path"]) if "path" in options else SteppingBucket(**options)
    storage.stop = stop

    def note(event: Event) -> None:
        if event.stage == "waiting":
            waits.set()

    try:
        results.put(run(folder, storage, note))
    except Exception as error:  # noqa: BLE001 - the test checks it
        results.put(f"{type(error).__name__}: {error}")


def run_prune(folder: Path, storage: Storage, progress: Any) -> str:
    receipt = prune(folder, to=storage, url=URL, at=FAR, progress=progress)
    return f"{receipt.outcome} {json.dumps([trouble.code for trouble in receipt.troubles])}"


def run_publish(folder: Path, storage: Storage, progress: Any) -> str:
    return publish(folder, to=storage, url=URL, at=NOW, verify=False, progress=progress).outcome


def run_rollback(folder: Path, storage: Storage, progress: Any, feed: str | None = None) -> str:
    return rollback(folder, feed=feed, to=storage, url=URL, at=NOW, verify=False, progress=progress).outcome


def run_withdraw(folder: Path, storage: Storage, progress: Any) -> str:
    return withdraw(folder, "02-part", to=storage, url=URL, at=NOW, verify=False, progress=progress).outcome


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.test_races"])
    return context


@pytest.fixture(params=["folder", "bucket"])
def ground(
    request: pytest.FixtureRequest, workshop: Workshop, tmp_path: Path, processes: ForkServerContext
) -> Ground:
    """A show whose second episode was published with new audio, and whose folder has the first audio again."""
    options: dict[str, Any] = {"path": tmp_path / "published"}
    storage: Storage = LocalStorage(options["path"])
    if request.param == "bucket":
        proxy: Proxy = request.getfixturevalue("proxy")
        proxy.arm(Rule(Fault(delay=0.25), "DELETE"))
        storage = bucket = request.getfixturevalue("bucket")
        options = {
            "bucket": bucket.bucket,
            "prefix": bucket.prefix,
            "endpoint_url": proxy.url,
            "region": "us-east-1",
        }
    publish(workshop.folder, to=storage, url=URL, at=NOW, verify=False)
    audio = workshop.folder / "02-part" / "audio.mp3"
    first = audio.read_bytes()
    audio.write_bytes(make_mp3(1, mark=22))
    publish(workshop.folder, to=storage, url=URL, at=NOW + timedelta(days=1), verify=False)
    audio.write_bytes(first)
    return Ground(
        folder=workshop.folder, storage=storage, options=options, context=processes, cache=tmp_path / "caches"
    )


def assert_listeners_are_not_affected(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that the live feed is complete and known, and that each feed in the history can be restored."""
    storage = ground.storage
    assert_whole(storage)
    there = list_sizes(storage)
    live = hash_feed((storage.read("feed.xml") or (b"",))[0])
    assert {make_history_key(live), make_journal_key(live)} <= there.keys()
    assert read_manifest(storage).feeds[None].feed_sha256 == live
    kept = [release.feed_sha256 for release in history(ground.folder, to=storage, url=URL)]
    assert kept[-1] == live
    assert {key(digest) for digest in kept for key in (make_history_key, make_journal_key)} <= there.keys()
    monkeypatch.setenv("PODCASTKIT_CACHE", str(ground.cache / "another machine"))
    publish(ground.folder, to=storage, url=URL, at=NOW, verify=False)
    assert_whole(storage)


def list_audio_of_second_episode(ground: Ground) -> set[str]:
    return {key for key in list_sizes(ground.storage) if key.startswith("media/02")}


@pytest.mark.parametrize("change", [run_publish, run_rollback])
def test_prune_after_another_publish_keeps_its_files(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, change: Callable[..., str]
) -> None:
    pruning = ground.start(run_prune, PREPARED)
    assert ground.start(change).finish() == "published"
    assert pruning.finish() == 'published ["S150"]'
    assert len(read_titles(ground.storage)) == 3
    assert_listeners_are_not_affected(ground, monkeypatch)


@pytest.mark.parametrize("begins", ["before prune", "after prune"])
def test_prune_during_publish_keeps_its_files(ground: Ground, monkeypatch: pytest.MonkeyPatch, begins: str) -> None:
    pruning = ground.start(run_prune, PREPARED) if begins == "after prune" else None
    publishing = ground.start(run_publish, SWITCHES)
    pruning = pruning or ground.start(run_prune)
    assert pruning.finish() in {'published ["S150"]', "unchanged []"}
    assert publishing.finish() == "published"
    assert_listeners_are_not_affected(ground, monkeypatch)


def test_publish_during_prune_waits_and_uploads_deleted_files(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruning = ground.start(run_prune, DELETES)
    publishing = ground.start(run_publish)
    assert publishing.waits.wait(SECONDS)
    assert pruning.finish().startswith("published")
    assert publishing.finish() == "published"
    assert len(list_audio_of_second_episode(ground)) == 2
    assert_listeners_are_not_affected(ground, monkeypatch)


def test_rollback_during_prune_waits_and_fails_if_its_audio_was_deleted(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        audio = make_mp3(1, mark=100 + number)
        (ground.folder / "02-part" / "audio.mp3").write_bytes(audio)
        publish(ground.folder, to=ground.storage, url=URL, at=NOW + timedelta(days=2 + number), verify=False)
    earlier = [release.feed_sha256 for release in history(ground.folder, to=ground.storage, url=URL)][:-1]
    first = min(
        key for feed in earlier for key in read_file_names(ground.storage, feed) if key.startswith("media/02")
    )
    (feed,) = [feed for feed in earlier if first in read_file_names(ground.storage, feed)]
    pruning = ground.start(run_prune, DELETES)
    rolling_back = ground.start(partial(run_rollback, feed=feed))
    assert rolling_back.waits.wait(SECONDS)
    pruning.finish()
    assert rolling_back.finish().startswith("StorageError")
    assert_listeners_are_not_affected(ground, monkeypatch)


def read_file_names(storage: Storage, feed: str) -> set[str]:
    return {key.decode() for key in find_hashed_keys((storage.read(make_history_key(feed)) or (b"",))[0])}


def test_rollback_to_feed_that_prune_deletes_changes_nothing(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruning = ground.start(run_prune, DELETES)
    rolling_back = ground.start(run_rollback)
    assert rolling_back.waits.wait(SECONDS)
    pruning.finish()
    assert rolling_back.finish().startswith("StorageError")
    assert_listeners_are_not_affected(ground, monkeypatch)


def test_two_prunes_at_once_both_succeed(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ground.start(run_prune, DELETES), ground.start(run_prune, DELETES)
    first.finish()
    second.finish()
    assert len(list_audio_of_second_episode(ground)) == 1
    assert not [key for key in list_sizes(ground.storage) if "removing" in key]
    assert_listeners_are_not_affected(ground, monkeypatch)


@pytest.mark.parametrize("place", [DELETES, ("delete", "history/")], ids=["before the audio", "after it"])
@pytest.mark.parametrize("then", [run_prune, run_publish])
def test_killed_prune_is_completed_by_next_command(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, place: tuple[str, str], then: Callable[..., str]
) -> None:
    pruning = ground.start(run_prune, place)
    assert pruning.process.pid
    os.kill(pruning.process.pid, signal.SIGKILL)
    pruning.process.join(SECONDS)
    assert_whole(ground.storage)
    assert ground.start(then, patience="0.01").finish().startswith("published")
    assert_listeners_are_not_affected(ground, monkeypatch)


def test_publish_of_episode_withdrawn_during_the_publish_is_refused(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing = ground.start(run_publish, SWITCHES)
    assert ground.start(run_withdraw).finish() == "published"
    assert publishing.finish().startswith("ConflictError")
    assert read_titles(ground.storage) == ["Part 1", "Part 3"]
    assert_listeners_are_not_affected(ground, monkeypatch)


def test_withdraw_during_publish_removes_whole_episode(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    withdrawing = ground.start(run_withdraw, DELETES)
    ground.start(run_publish).finish()
    withdrawing.finish()
    assert read_titles(ground.storage) == ["Part 1", "Part 3"]
    assert not list_audio_of_second_episode(ground)
    assert_listeners_are_not_affected(ground, monkeypatch)
