from __future__ import annotations

import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import StorageError, UnreachableError
from podcastkit.storage.connection import Connection
from podcastkit.storage.s3 import S3Storage
from podcastkit.waiting import Waiting
from tests.storage.front import Answer, Request, in_front_of

if TYPE_CHECKING:
    from tests.seaweedfs import SeaweedFS


@pytest.fixture(autouse=True)
def keys_in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testtest")


HASTY = Waiting(bucket_retries=1)
"""Clients that try twice: botocore's quota for retries is the same, and the pauses are short."""


def of(url: str) -> Connection:
    return Connection(None, endpoint_url=url, region="us-east-1", profile=None, waiting=Waiting())


def test_threads_share_one_client() -> None:
    shared = of("http://127.0.0.1:1")
    barrier = threading.Barrier(8)

    def ask(_: int) -> object:
        barrier.wait()
        return shared.client

    with ThreadPoolExecutor(8) as pool:
        assert len({id(client) for client in pool.map(ask, range(8))}) == 1


def test_only_the_client_that_failed_is_let_go() -> None:
    shared = of("http://127.0.0.1:1")
    first = shared.client
    shared.let_go(first)
    second = shared.client
    assert second is not first
    shared.let_go(first)  # as the slower of two threads that used it
    shared.let_go(None)
    assert shared.client is second


def test_a_client_of_the_callers_stays(seaweedfs: SeaweedFS) -> None:
    url = "http://127.0.0.1:1"
    client = seaweedfs.client(endpoint_url=url, attempts=1)
    storage = S3Storage("pub", client=client)
    with pytest.raises(UnreachableError):
        storage.read("feed.xml")
    assert storage._connection.client is client


def test_a_client_that_has_given_up_is_replaced(seaweedfs: SeaweedFS) -> None:
    """Without that, the quota of botocore's standard mode ends all trying again after some dozens of failures."""
    asked: list[str] = []

    def be_busy(request: Request) -> Answer:
        asked.append(request.method)
        return Answer.refusal(503, "SlowDown") if is_busy else request.forward()

    with in_front_of(seaweedfs.endpoint_url, be_busy) as url:
        storage = S3Storage("pub", f"t-{uuid.uuid4().hex}", endpoint_url=url, region="us-east-1", waiting=HASTY)
        is_busy = True
        clients = set()
        for _ in range(3):
            client = storage._connection.client
            clients.add(client)
            with pytest.raises(UnreachableError, match="is too busy"):
                storage.find("feed.xml")
            client.close()
        assert len(clients) == 3
        assert asked == ["HEAD"] * 6
        is_busy = False
        stored = storage.write("feed.xml", b"x", content_type="text/plain", cache_control="no-cache")
        assert storage.find("feed.xml") == stored
        storage._connection.client.close()


def test_a_refusal_for_good_keeps_the_client(seaweedfs: SeaweedFS) -> None:
    storage = S3Storage("no-such-bucket", endpoint_url=seaweedfs.endpoint_url, region="us-east-1", waiting=HASTY)
    client = storage._connection.client
    with pytest.raises(StorageError, match="does not exist"):
        storage.read("feed.xml")
    assert storage._connection.client is client
    client.close()


def test_a_store_that_never_answers_is_given_up() -> None:
    impatient = Waiting(bucket_read_timeout=0.05, bucket_retries=0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        storage = S3Storage("pub", endpoint_url=url, region="us-east-1", waiting=impatient)
        client = storage._connection.client
        with pytest.raises(UnreachableError, match="stopped answering"):
            storage.read("feed.xml")
        assert storage._connection.client is not client
