"""The faults that can affect a publish, as a table, and a function that runs each of them.

Both the tests and the table in the documentation use this module.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from unittest import mock
from urllib.parse import urlsplit

from botocore.compat import get_current_datetime

from podcastkit.cli.errors import name_outcome
from podcastkit.diagnostics import PodcastkitError
from podcastkit.published_keys import HASHED_FOLDERS
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.publish import apply
from podcastkit.storage.s3 import S3Storage
from tests.faults.proxy import Fault, Proxy, Rule
from tests.faults.scene import KEYS, Scene, bucket_scene, folder_scene
from tests.seaweedfs import run_server
from tests.shows import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from podcastkit.storage.base import Storage
    from tests.seaweedfs import SeaweedFS, Server

_BIG = "/media/04"
"""The path of the new audio of several megabytes."""
_SMALL_DISK = 2_000_000
"""The largest file, in bytes, that fits on the full disk. The new audio is larger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """A fault during the publish of a new episode, replaced audio and changed notes."""

    fault: str
    rules: tuple[Rule, ...] = ()
    ends: str = "published"
    """The outcome in `publish --json`."""
    message: str = ""
    """A part of the error message."""
    patience: timedelta = timedelta(seconds=60)
    """How long a step is retried."""
    attempts: int | None = None
    """How often a client with a timeout of three seconds tries each request; None for the default client."""
    clock: timedelta = timedelta()
    """The error of this computer's clock."""
    break_server: Callable[[Server], Fault] | None = None
    """Creates the fault for the first upload of the new audio. The scenario then uses its own server."""
    repair_server: Callable[[Server], object] = lambda _: None
    """Ends that fault."""
    on_disk: bool = False
    """Whether the destination is a folder on a full disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The outcome of a publish."""

    name: str
    message: str = ""
    hint: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """The result of a scenario."""

    outcome: Outcome
    """The outcome of the publish during the fault."""
    requests: int | None
    """The number of requests to the store during the fault."""
    feed_before: bytes | None
    feed_after: bytes | None
    faults: list[str]
    """The problems that an app finds after the fault."""
    missing: set[str]
    """The files with immutable names that the store did not have yet."""
    next_outcome: Outcome
    """The outcome of the publish after the fault."""
    sent: set[str]
    """The files with immutable names that the publish after the fault uploaded."""
    feed_at_last: bytes | None
    feed_expected: bytes
    """The feed of a publish without a fault."""
    faults_at_last: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stage:
    scene: Scene
    to: Storage | None
    inject: Callable[[], AbstractContextManager[object]]
    proxy: Proxy | None = None


def play(scenario: Scenario, store: SeaweedFS, folder: Path) -> Played:
    """Publish a show, change it, publish it again during the fault, and once more after it."""
    # Long pauses help only if the fault ends without help. A killed store restarts before a long pause ends.
    is_worth_waiting = scenario.ends == "published" and not scenario.break_server
    variables = {
        **KEYS,
        "PODCASTKIT_CACHE": str(folder / "cache"),
        "PODCASTKIT_PATIENCE": "1" if is_worth_waiting else "0.01",
    }
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, variables))
        if scenario.on_disk:
            stage = stack.enter_context(_prepare_small_disk(folder))
        else:
            stage = stack.enter_context(_prepare_bucket(scenario, store, folder))
        return _play(stage, scenario.patience)


def _play(stage: _Stage, patience: timedelta) -> Played:
    scene = stage.scene
    apply(prepare(scene.folder, at=NOW))
    scene.change()
    without_fault = prepare(scene.folder, at=NOW)
    before = scene.feed()
    with stage.inject():
        outcome = _publish(stage, patience)
        requests = len(stage.proxy.requests) if stage.proxy else None
    after, faults = scene.feed(), scene.faults()
    if stage.proxy:
        stage.proxy.arm()
    stored = {stored.key for stored in without_fault.storage.list("")}
    next_outcome, sent = _publish_without_fault(stage)
    return Played(
        outcome=outcome,
        requests=requests,
        feed_before=before,
        feed_after=after,
        faults=faults,
        missing={a.asset.key for a in without_fault.actions if _is_immutable(a.asset.key)} - stored,
        next_outcome=next_outcome,
        sent=sent,
        feed_at_last=scene.feed(),
        feed_expected=without_fault.feed,
        faults_at_last=scene.faults(),
    )


def _is_immutable(key: str) -> bool:
    return key.startswith(tuple(HASHED_FOLDERS))


def _publish(stage: _Stage, patience: timedelta) -> Outcome:
    url = stage.scene.url if stage.to else None
    try:
        plan = prepare(stage.scene.folder, to=stage.to, url=url, at=NOW)
        assert not plan.trial
        return Outcome(name=apply(plan, patience=patience).outcome)
    except PodcastkitError as error:
        return Outcome(name=name_outcome(error), message=error.message, hint=error.hint)


def _publish_without_fault(stage: _Stage) -> tuple[Outcome, set[str]]:
    receipt = apply(prepare(stage.scene.folder, at=NOW))
    sent = {key for key in receipt.uploaded if _is_immutable(key)}
    if stage.proxy:
        base = urlsplit(stage.scene.url).path + "/"
        put = {r.path.removeprefix(base).split("?")[0] for r in stage.proxy.requests if r.method == "PUT"}
        assert sent == {key for key in put if _is_immutable(key)}, "the receipt lists the files that were uploaded"
    return Outcome(name=receipt.outcome), sent


@contextlib.contextmanager
def _prepare_bucket(scenario: Scenario, store: SeaweedFS, folder: Path) -> Iterator[_Stage]:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(run_server()) if scenario.break_server else None
        store = server.store if server else store
        proxy = stack.enter_context(Proxy(store.endpoint_url))
        scene = bucket_scene(folder / "episodes", store.endpoint_url, proxy.url)
        yield _Stage(
            scene=scene,
            to=_make_impatient_storage(scene, store, proxy, scenario.attempts) if scenario.attempts else None,
            inject=lambda: _inject_fault(scenario, proxy, server),
            proxy=proxy,
        )


def _make_impatient_storage(scene: Scene, store: SeaweedFS, proxy: Proxy, attempts: int) -> S3Storage:
    bucket, prefix = urlsplit(scene.url).path.strip("/").split("/")
    client = store.client(endpoint_url=proxy.url, attempts=attempts, patience=3)
    return S3Storage(bucket, prefix, client=client)


@contextlib.contextmanager
def _inject_fault(scenario: Scenario, proxy: Proxy, server: Server | None) -> Iterator[None]:
    rules = scenario.rules
    if server and scenario.break_server:
        rules = (Rule(scenario.break_server(server), "PUT", _BIG, count=1),)
    proxy.arm(*rules)

    def read_clock() -> datetime:
        return get_current_datetime() + scenario.clock

    with mock.patch("botocore.auth.get_current_datetime", side_effect=read_clock):
        yield
    if server:
        scenario.repair_server(server)


@contextlib.contextmanager
def _prepare_small_disk(folder: Path) -> Iterator[_Stage]:
    """Publish to a small file system, or limit the size of files if no file system can be mounted.

    The small file system reports that the disk is full; the limit reports that the file is too large. Both fail in
    the middle of a file.
    """
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL_DISK}", "none", str(disk)]
    is_mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    scene = folder_scene(folder / "episodes", disk / "public")
    try:
        yield _Stage(
            scene=scene, to=None, inject=lambda: _enlarge_afterwards(disk) if is_mounted else _limit_file_size()
        )
    finally:
        if is_mounted:
            subprocess.run(["umount", str(disk)], check=True)


@contextlib.contextmanager
def _enlarge_afterwards(disk: Path) -> Iterator[None]:
    yield
    subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)


@contextlib.contextmanager
def _limit_file_size() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALL_DISK, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _restart_store(server: Server) -> Fault:
    """Kill the store during an upload, and start it again while the client retries."""

    def strike() -> None:
        server.kill()
        threading.Thread(target=server.start).start()

    return Fault(inside=strike)


def _fill_disk(server: Server) -> Fault:
    """Limit the size of the store's files. This has the effect of a full disk, and needs no right to mount one."""
    limits = (_SMALL_DISK, resource.RLIM_INFINITY)
    return Fault(before=lambda: resource.prlimit(server.pid, resource.RLIMIT_FSIZE, limits))


def _empty_disk(server: Server) -> None:
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


_RESETS: dict[str, Callable[[int], int]] = {
    "before the first byte": lambda _: 0,
    "after the first byte": lambda _: 1,
    "in the middle": lambda size: size // 2,
    "before the last byte": lambda size: size - 1,
}
_ANSWERS = {
    "an audio file": _BIG,
    "the journal": ".json",
    "the copy in the history": ".xml",
    "the feed": "/feed.xml",
    "the manifest": "/podcastkit.json",
}
_READ = {"the feed": "/feed.xml", "the manifest": "podcastkit.json", "a list": "list-type=2"}
_ERRORS = ((500, "InternalError"), (503, "SlowDown"))
_NO_ANSWER = "stopped answering"

SCENARIOS = (
    Scenario(fault="no fault"),
    *(
        Scenario(fault=f"connection reset {place} of an audio file", rules=(Rule(reset, "PUT", _BIG, count=1),))
        for place, after in _RESETS.items()
        for reset in [Fault(reset_after=after)]
    ),
    Scenario(
        fault="connection reset in the middle of an audio file, every time",
        rules=(Rule(Fault(reset_after=lambda size: size // 2), "PUT", _BIG),),
        attempts=2,
        patience=timedelta(seconds=0.2),
        ends="unreachable",
        message="connection",
    ),
    *(
        Scenario(
            fault=f"{status} {code} to {share:.0%} of all requests",
            rules=(Rule(Fault(status=status, code=code), share=share),),
        )
        for status, code in _ERRORS
        for share in (0.1, 0.3)
    ),
    *(
        Scenario(
            fault=f"{status} {code} to all requests for 2 s",
            rules=(Rule(Fault(status=status, code=code), seconds=2),),
        )
        for status, code in _ERRORS
    ),
    *(
        Scenario(
            fault=f"{status} {code} to every upload, permanently",
            rules=(Rule(Fault(status=status, code=code), "PUT"),),
            attempts=2,
            patience=timedelta(seconds=0.2),
            ends="unreachable",
            message=message,
        )
        for (status, code), message in zip(_ERRORS, ("reported an internal error", "too busy"), strict=True)
    ),
    Scenario(
        fault="503 SlowDown to every GET request, permanently",
        rules=(Rule(Fault(status=503, code="SlowDown"), "GET"),),
        attempts=2,
        ends="unreachable",
        message="too busy",
    ),
    Scenario(fault="every response delayed by 0.1 s", rules=(Rule(Fault(delay=0.1)),)),
    Scenario(
        fault="half-open connection during one upload of an audio file",
        rules=(Rule(Fault(hang=True), "PUT", _BIG, count=1),),
        attempts=2,
    ),
    Scenario(
        fault="half-open connection during every upload, permanently",
        rules=(Rule(Fault(hang=True), "PUT"),),
        attempts=1,
        patience=timedelta(seconds=0.2),
        ends="unreachable",
        message=_NO_ANSWER,
    ),
    *(
        Scenario(
            fault=f"{what} is truncated in one response",
            rules=(Rule(Fault(cut_answer=True), "GET", path, count=1),),
        )
        for what, path in _READ.items()
    ),
    *(
        Scenario(
            fault=f"the response to the upload of {what} is lost after the store has written it",
            rules=(Rule(Fault(lose_answer=True), "PUT", path, count=1),),
        )
        for what, path in _ANSWERS.items()
    ),
    Scenario(
        fault="an audio file is damaged during its upload", rules=(Rule(Fault(damage=True), "PUT", _BIG, count=1),)
    ),
    *(
        Scenario(
            fault=f"the clock of the computer is an hour {how}",
            clock=hours,
            ends="refused",
            message="clock is wrong",
        )
        for how, hours in {"fast": timedelta(hours=1), "slow": timedelta(hours=-1)}.items()
    ),
    Scenario(fault="the store is killed during an upload and started again", break_server=_restart_store),
    Scenario(
        fault="the disk of the store is full",
        break_server=_fill_disk,
        repair_server=_empty_disk,
        attempts=2,
        patience=timedelta(seconds=0.2),
        ends="unreachable",
        message="reported an internal error",
    ),
    Scenario(fault="the disk of the folder is full", on_disk=True, ends="refused", message="cannot be used"),
)
