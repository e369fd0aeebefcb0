"""A publish is killed at each of its steps. Listeners are not affected, and the next publish completes it."""

from __future__ import annotations

import hashlib
import itertools
import multiprocessing
import os
import shutil
import signal
import sys
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

import pytest

from podcastkit.published_keys import FEED_KEY, HASHED_FOLDERS
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.publish import apply
from podcastkit.state.lock import LOCK_NAME
from podcastkit.storage.local import LocalStorage
from podcastkit.storage.s3 import S3Storage
from tests.faults.proxy import Fault, Proxy, Rule
from tests.faults.scene import KEYS, Scene, bucket_scene, folder_scene
from tests.shows import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.context import ForkServerContext
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from podcastkit.storage.base import Storage, Stored
    from tests.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

SECONDS = 60
"""The time after which a child that still runs is a failure."""

FIRST, CHANGE, IN_PARTS = ("a first publish", "a publish that changes things", "a publish in parts")
PART = 5 * 2**20
PLACES: dict[str, Callable[[Callable[[], None]], Fault]] = {
    "before": lambda kill: Fault(before=kill),
    "inside": lambda kill: Fault(inside=kill),
    "after": lambda kill: Fault(after=kill),
}
_CHANGES = {"os.rename", "os.link", "os.remove"}
"""The audit events of Python that change a file name. New files are flushed before they get their name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A snapshot of destination, lock file and cache."""

    stored: Mapping[str, bytes]
    digests: Mapping[str, str]
    """The digests of the stored files."""
    lock: bytes | None
    cache: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """A show and its destination, which can be restored to a snapshot."""

    scene: Scene
    storage: Storage
    cache: Path
    proxy: Proxy | None = None
    to: Storage | None = None
    """The storage behind the proxy, or None without a proxy."""

    @property
    def lock(self) -> Path:
        return self.scene.folder / LOCK_NAME

    def take_snapshot(self, name: str) -> Snapshot:
        """Copy the current state."""
        kept = self.cache.with_name(name)
        shutil.copytree(self.cache, kept)
        digests = self.compute_digests()
        bodies = {key: self.storage.read(key) for key in digests}
        return Snapshot(
            stored={key: found[0] for key, found in bodies.items() if found},
            digests=digests,
            lock=self.lock.read_bytes() if self.lock.exists() else None,
            cache=kept,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Restore the state of a snapshot."""
        for leftover in list(self.storage.leftovers()):
            self.storage.discard(leftover)
        now = self.compute_digests()
        for key in now.keys() - snapshot.digests.keys():
            self.storage.delete(key)
        for key, body in snapshot.stored.items():
            if now.get(key) != snapshot.digests[key]:
                self.storage.write(key, body, content_type="application/octet-stream", cache_control="")
        self.lock.unlink(missing_ok=True)
        if snapshot.lock is not None:
            self.lock.write_bytes(snapshot.lock)
        shutil.rmtree(self.cache)
        shutil.copytree(snapshot.cache, self.cache)

    def compute_digests(self) -> dict[str, str]:
        """Return the MD5 of every stored file by its key. In a bucket, this is the ETag."""
        return {stored.key: self._compute_digest(stored) for stored in self.storage.list("")}

    def _compute_digest(self, stored: Stored) -> str:
        if not isinstance(self.storage, LocalStorage):
            return stored.etag
        return hashlib.md5((self.storage.path / stored.key).read_bytes(), usedforsecurity=False).hexdigest()

    def list_immutable(self) -> set[str]:
        """Return the stored keys that never change."""
        return {stored.key for folder in HASHED_FOLDERS for stored in self.storage.list(folder)}

    def publish(self) -> set[str]:
        """Publish, and return the immutable keys that were uploaded."""
        if self.proxy:
            self.proxy.arm()
        url = self.scene.url if self.to else None
        receipt = apply(prepare(self.scene.folder, to=self.to, url=url, at=NOW))
        sent = {key for key in receipt.uploaded if key.startswith(HASHED_FOLDERS)}
        if self.proxy:
            base = urlsplit(self.scene.url).path + "/"
            written = (request for request in self.proxy.requests if request.method in {"PUT", "POST"})
            keys = {request.path.removeprefix(base).partition("?")[0] for request in written}
            assert sent == {key for key in keys if key.startswith(HASHED_FOLDERS)}
        return sent


def publish_as_child(folder: Path, cache: Path, to: Storage | None = None, url: str | None = None) -> None:
    os.environ |= {**KEYS, "PODCASTKIT_CACHE": str(cache)}
    apply(prepare(folder, to=to, url=url, at=NOW))


def publish_to_bucket_as_child(scene: Scene, cache: Path, through: str) -> None:
    publish_as_child(scene.folder, cache, _open_bucket(scene, endpoint_url=through, region="us-east-1"), scene.url)


def _open_bucket(scene: Scene, **how: Any) -> S3Storage:
    """Return the storage of the scene, which uploads files of several megabytes in parts."""
    bucket, prefix = urlsplit(scene.url).path.strip("/").split("/")
    return S3Storage(bucket, prefix, multipart_threshold=PART, part_size=PART, **how)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {**KEYS, "PODCASTKIT_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """A context whose child processes start with all imports, and share nothing else with this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.test_kills"])
    return context


@pytest.fixture
def bucket_ground(seaweedfs: SeaweedFS, s3_client: S3Client, proxy: Proxy, cache: Path, tmp_path: Path) -> Ground:
    scene = bucket_scene(tmp_path / "episodes", seaweedfs.endpoint_url, proxy.url)
    through = _open_bucket(scene, client=seaweedfs.client(endpoint_url=proxy.url))
    return Ground(scene=scene, storage=_open_bucket(scene, client=s3_client), cache=cache, proxy=proxy, to=through)


@pytest.fixture
def folder_ground(cache: Path, tmp_path: Path) -> Ground:
    scene = folder_scene(tmp_path / "episodes", tmp_path / "public")
    return Ground(scene=scene, storage=LocalStorage(tmp_path / "public"), cache=cache)


def kill_everywhere(ground: Ground, situation: str, run: Callable[[int], int | None]) -> int:
    """Kill a publish at its first step, its second step, and so on. Return the number of steps."""
    if situation != FIRST:
        ground.publish()
        ground.scene.change(seconds=690 if situation == IN_PARTS else 9)
    prepare(ground.scene.folder, at=NOW)
    before = ground.take_snapshot("before")
    ground.publish()
    done = ground.take_snapshot("done")
    for step in itertools.count():
        ground.restore(before)
        code = run(step)
        assert code in {0, -signal.SIGKILL}
        assert_listeners_are_not_affected(ground, before, done, step)
        if code == 0:
            return step
    raise AssertionError


def assert_listeners_are_not_affected(ground: Ground, before: Snapshot, done: Snapshot, step: int) -> None:
    feeds = {snapshot.stored.get(FEED_KEY) for snapshot in (before, done)}
    assert ground.scene.feed() in feeds, step
    assert ground.scene.faults() == [], step
    there = ground.list_immutable()
    assert ground.publish() == {key for key in done.stored if key.startswith(HASHED_FOLDERS)} - there, step
    assert ground.compute_digests() == done.digests, step
    assert ground.lock.read_bytes() == done.lock, step
    assert ground.scene.faults() == [], step
    if ground.proxy:
        # An interrupted upload was resumed, unless it had no bytes. A folder deletes its old leftovers later.
        assert [leftover for leftover in ground.storage.leftovers() if leftover.size] == [], step


@pytest.mark.parametrize(
    ("situation", "place"),
    [
        (FIRST, "before"),
        (FIRST, "inside"),
        *itertools.product([CHANGE], PLACES),
        *itertools.product([IN_PARTS], ["inside", "after"]),
    ],
)
def test_kill_at_any_change_of_bucket_does_not_affect_listeners(
    bucket_ground: Ground, proxy: Proxy, processes: ForkServerContext, situation: str, place: str
) -> None:
    method = "PUT" if place == "inside" else "PUT|POST|DELETE"
    seen = 0

    def run(step: int) -> int | None:
        nonlocal seen
        arguments = (bucket_ground.scene, bucket_ground.cache, proxy.url)
        process = processes.Process(target=publish_to_bucket_as_child, args=arguments)

        def kill() -> None:
            assert process.pid
            os.kill(process.pid, signal.SIGKILL)
            connection.wait([process.sentinel], SECONDS)
            raise ConnectionAbortedError

        proxy.arm(Rule(PLACES[place](kill), method, skip=step, count=1))
        process.start()
        process.join(SECONDS)
        proxy.settle()
        seen = sum(request.method in method.split("|") for request in proxy.requests)
        return process.exitcode

    assert kill_everywhere(bucket_ground, situation, run) == seen


@pytest.mark.parametrize("situation", [FIRST, CHANGE])
def test_kill_at_any_change_of_folder_does_not_affect_listeners(
    folder_ground: Ground, processes: ForkServerContext, situation: str
) -> None:
    scene = folder_ground.scene

    def run(step: int) -> int | None:
        process = processes.Process(target=publish_until, args=(scene.folder, folder_ground.cache, step))
        process.start()
        process.join(SECONDS)
        return process.exitcode

    assert kill_everywhere(folder_ground, situation, run) > len(folder_ground.compute_digests())


def publish_until(folder: Path, cache: Path, step: int) -> None:
    """Publish, and kill this process just before the given change of the destination or the lock file."""
    steps = itertools.count()
    public = str(folder.parent / "public")
    flush = os.fsync

    def count_step() -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def count_changes(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CHANGES and os.fspath(arguments[0]).startswith((public, str(folder))):
            count_step()

    def count_and_flush(descriptor: int) -> None:
        count_step()
        flush(descriptor)

    sys.addaudithook(count_changes)
    with mock.patch("os.fsync", count_and_flush):
        publish_as_child(folder, cache)
