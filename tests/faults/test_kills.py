"""A publisher is killed at every step that it takes: nobody notices, and the next one finishes."""

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
"""After which a child that neither ends nor is killed is a failure."""

FIRST, CHANGE, IN_PARTS = ("a first publish", "a publish that changes things", "a publish in parts")
PART = 5 * 2**20
PLACES: dict[str, Callable[[Callable[[], None]], Fault]] = {
    "before": lambda kill: Fault(before=kill),
    "inside": lambda kill: Fault(inside=kill),
    "after": lambda kill: Fault(after=kill),
}
_CHANGES = {"os.rename", "os.link", "os.remove"}
"""What Python reports to its audit hooks before it changes a name; new files are flushed before they get theirs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """How the world was at one moment."""

    stored: Mapping[str, bytes]
    marks: Mapping[str, str]
    """The same, told apart by their digests alone."""
    lock: bytes | None
    cache: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """A show and its destination, which can be put back to how they were, again and again."""

    scene: Scene
    storage: Storage
    cache: Path
    proxy: Proxy | None = None
    to: Storage | None = None
    """The way through the proxy, made once."""

    @property
    def lock(self) -> Path:
        return self.scene.folder / LOCK_NAME

    def moment(self, name: str) -> Moment:
        """Keep the world as it is."""
        kept = self.cache.with_name(name)
        shutil.copytree(self.cache, kept)
        marks = self.marks()
        bodies = {key: self.storage.read(key) for key in marks}
        return Moment(
            stored={key: found[0] for key, found in bodies.items() if found},
            marks=marks,
            lock=self.lock.read_bytes() if self.lock.exists() else None,
            cache=kept,
        )

    def put_back(self, moment: Moment) -> None:
        """Let the world be as it was."""
        for leftover in list(self.storage.leftovers()):
            self.storage.discard(leftover)
        now = self.marks()
        for key in now.keys() - moment.marks.keys():
            self.storage.delete(key)
        for key, body in moment.stored.items():
            if now.get(key) != moment.marks[key]:
                self.storage.write(key, body, content_type="application/octet-stream", cache_control="")
        self.lock.unlink(missing_ok=True)
        if moment.lock is not None:
            self.lock.write_bytes(moment.lock)
        shutil.rmtree(self.cache)
        shutil.copytree(moment.cache, self.cache)

    def marks(self) -> dict[str, str]:
        """Return the MD5 of everything stored, by key; in a bucket that is the ETag."""
        return {stored.key: self._mark(stored) for stored in self.storage.list("")}

    def _mark(self, stored: Stored) -> str:
        if not isinstance(self.storage, LocalStorage):
            return stored.etag
        return hashlib.md5((self.storage.path / stored.key).read_bytes(), usedforsecurity=False).hexdigest()

    def immutable(self) -> set[str]:
        """Return the stored names that never change."""
        return {stored.key for folder in HASHED_FOLDERS for stored in self.storage.list(folder)}

    def publish(self) -> set[str]:
        """Publish, and return the immutable names that were sent."""
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
    publish_as_child(scene.folder, cache, _bucket(scene, endpoint_url=through, region="us-east-1"), scene.url)


def _bucket(scene: Scene, **how: Any) -> S3Storage:
    """Return the scene's place, where files of some megabytes go in parts."""
    bucket, prefix = urlsplit(scene.url).path.strip("/").split("/")
    return S3Storage(bucket, prefix, multipart_threshold=PART, part_size=PART, **how)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {**KEYS, "PODCASTKIT_CACHE": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that begin with everything imported, and with nothing else of this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.test_kills"])
    return context


@pytest.fixture
def bucket_ground(seaweedfs: SeaweedFS, s3_client: S3Client, proxy: Proxy, cache: Path, tmp_path: Path) -> Ground:
    scene = bucket_scene(tmp_path / "episodes", seaweedfs.endpoint_url, proxy.url)
    through = _bucket(scene, client=seaweedfs.client(endpoint_url=proxy.url))
    return Ground(scene=scene, storage=_bucket(scene, client=s3_client), cache=cache, proxy=proxy, to=through)


@pytest.fixture
def folder_ground(cache: Path, tmp_path: Path) -> Ground:
    scene = folder_scene(tmp_path / "episodes", tmp_path / "public")
    return Ground(scene=scene, storage=LocalStorage(tmp_path / "public"), cache=cache)


def kill_everywhere(ground: Ground, situation: str, run: Callable[[int], int | None]) -> int:
    """Let a publisher be killed at its first step, its second … until there is none; return how many there were."""
    if situation != FIRST:
        ground.publish()
        ground.scene.change(seconds=690 if situation == IN_PARTS else 9)
    prepare(ground.scene.folder, at=NOW)
    before = ground.moment("before")
    ground.publish()
    done = ground.moment("done")
    for step in itertools.count():
        ground.put_back(before)
        code = run(step)
        assert code in {0, -signal.SIGKILL}
        assert_nobody_is_hurt(ground, before, done, step)
        if code == 0:
            return step
    raise AssertionError


def assert_nobody_is_hurt(ground: Ground, before: Moment, done: Moment, step: int) -> None:
    feeds = {moment.stored.get(FEED_KEY) for moment in (before, done)}
    assert ground.scene.feed() in feeds, step
    assert ground.scene.faults() == [], step
    there = ground.immutable()
    assert ground.publish() == {key for key in done.stored if key.startswith(HASHED_FOLDERS)} - there, step
    assert ground.marks() == done.marks, step
    assert ground.lock.read_bytes() == done.lock, step
    assert ground.scene.faults() == [], step
    if ground.proxy:
        # What was begun has been gone on with, unless nothing of it had arrived; a folder's is swept in time.
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
def test_a_kill_at_any_change_of_a_bucket_hurts_nobody(
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
def test_a_kill_at_any_change_of_a_folder_hurts_nobody(
    folder_ground: Ground, processes: ForkServerContext, situation: str
) -> None:
    scene = folder_ground.scene

    def run(step: int) -> int | None:
        process = processes.Process(target=publish_until, args=(scene.folder, folder_ground.cache, step))
        process.start()
        process.join(SECONDS)
        return process.exitcode

    assert kill_everywhere(folder_ground, situation, run) > len(folder_ground.marks())


def publish_until(folder: Path, cache: Path, step: int) -> None:
    """Publish, and end like a power cut just before a change of the destination or of the lock."""
    steps = itertools.count()
    public = str(folder.parent / "public")
    flush = os.fsync

    def take() -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CHANGES and os.fspath(arguments[0]).startswith((public, str(folder))):
            take()

    def watched_flush(descriptor: int) -> None:
        take()
        flush(descriptor)

    sys.addaudithook(watch)
    with mock.patch("os.fsync", watched_flush):
        publish_as_child(folder, cache)
