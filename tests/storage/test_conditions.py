from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import ConflictError, StorageError
from podcastkit.storage.base import Condition, Stored
from podcastkit.storage.s3 import S3Storage
from tests.storage.front import Answer, Request, in_front_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.seaweedfs import SeaweedFS

ABSENT = Condition(etag=None)
WRONG = Condition(etag="0" * 32)
LARGE = b"sound" * 1_500_000
MIB = 2**20


def put(storage: S3Storage, key: str, body: bytes, condition: Condition | None = None) -> Stored:
    return storage.write(key, body, content_type="text/plain", cache_control="no-cache", condition=condition)


def reached(store: SeaweedFS, *, url: str | None = None) -> S3Storage:
    """A place of its own in the store, where files of 6 MiB go in parts."""
    client = store.client(endpoint_url=url)
    prefix = f"t-{uuid.uuid4().hex}"
    return S3Storage(store.bucket, prefix, client=client, multipart_threshold=6 * MIB, part_size=5 * MIB)


@contextmanager
def behind(store: SeaweedFS, rule: Callable[[Request], Answer | None]) -> Iterator[S3Storage]:
    with in_front_of(store.endpoint_url, rule) as url:
        storage = reached(store, url=url)
        yield storage
        storage._connection.client.close()


def is_conditional(request: Request) -> bool:
    return bool({"If-Match", "If-None-Match"} & request.headers.keys())


def headers_of(storage: S3Storage, key: str) -> tuple[str, str]:
    answer = storage._connection.client.head_object(Bucket=storage.bucket, Key=f"{storage.prefix}/{key}")
    return answer["ContentType"], answer["CacheControl"]


# A store that overlooks conditions


def test_a_store_that_overlooks_conditions_is_found_out_and_keeps_what_it_had(rclone: SeaweedFS) -> None:
    storage = reached(rclone)
    stored = storage.write(
        "history/a.xml", b"<rss/>", content_type="application/rss+xml", cache_control="public, max-age=300"
    )
    assert storage.keeps_conditions("history/a.xml", b"<rss/>") is False
    assert storage.read("history/a.xml") == (b"<rss/>", stored.etag)
    assert headers_of(storage, "history/a.xml") == ("application/rss+xml", "public, max-age=300")


def test_without_having_asked_it_is_believed(rclone: SeaweedFS) -> None:
    storage = reached(rclone)
    put(storage, "feed.xml", b"theirs")
    put(storage, "feed.xml", b"ours", ABSENT)
    assert storage.read("feed.xml") is not None


@pytest.mark.parametrize("body", [b"ours", LARGE], ids=["at once", "in parts"])
def test_a_rival_who_wrote_before_the_look_is_noticed(rclone: SeaweedFS, body: bytes) -> None:
    storage = reached(rclone)
    old = put(storage, "feed.xml", b"old")
    assert not storage.keeps_conditions("feed.xml", b"old")
    theirs = put(storage, "feed.xml", b"theirs")
    for condition, words in ((ABSENT, "is there already"), (Condition(etag=old.etag), "has changed")):
        with pytest.raises(ConflictError, match=words):
            put(storage, "feed.xml", body, condition)
    assert storage.read("feed.xml") == (b"theirs", theirs.etag)
    ours = put(storage, "feed.xml", body, Condition(etag=theirs.etag))
    assert storage.find("feed.xml") == ours
    assert put(storage, "other.xml", body, ABSENT) == storage.find("other.xml")


# A store that refuses them, as Backblaze B2


def no_conditions(request: Request) -> Answer:
    if is_conditional(request):
        return Answer.refusal(501, "NotImplemented")
    return request.forward()


def test_a_store_that_refuses_conditions_is_found_out(seaweedfs: SeaweedFS) -> None:
    with behind(seaweedfs, no_conditions) as storage:
        stored = put(storage, "feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old") is False
        assert storage.find("feed.xml") == stored


@pytest.mark.parametrize("body", [b"new", LARGE], ids=["at once", "in parts"])
def test_where_conditions_are_refused_a_look_comes_before_the_write(seaweedfs: SeaweedFS, body: bytes) -> None:
    refused: list[str] = []

    def rule(request: Request) -> Answer:
        if is_conditional(request):
            refused.append(request.method)
        return no_conditions(request)

    with behind(seaweedfs, rule) as storage:
        first = put(storage, "feed.xml", body, ABSENT)
        assert not storage.keeps_conditions("feed.xml", body)
        with pytest.raises(ConflictError, match=r"feed\.xml is there already"):
            put(storage, "feed.xml", body, ABSENT)
        second = put(storage, "feed.xml", b"two", Condition(etag=first.etag))
        with pytest.raises(ConflictError, match=r"feed\.xml has changed"):
            put(storage, "feed.xml", body, Condition(etag=first.etag))
        assert storage.read("feed.xml") == (b"two", second.etag)
        assert list(storage.leftovers()) == []
    assert len(refused) == 1, "what is known is not asked again"


# Asking


def test_the_question_is_asked_once(seaweedfs: SeaweedFS) -> None:
    asked: list[str] = []

    def note(request: Request) -> Answer:
        if is_conditional(request):
            asked.append(request.method)
        return request.forward()

    with behind(seaweedfs, note) as storage:
        put(storage, "feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old")
    assert asked == ["PUT", "PUT"]


@pytest.mark.parametrize("known", ["If-Match", "If-None-Match"])
def test_one_kind_of_conditions_is_not_enough(rclone: SeaweedFS, known: str) -> None:
    def keep_one_kind(request: Request) -> Answer:
        return Answer.refusal(412, "PreconditionFailed") if known in request.headers else request.forward()

    with behind(rclone, keep_one_kind) as storage:
        put(storage, "feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old") is False


def test_what_is_gone_cannot_be_asked_with(seaweedfs: SeaweedFS) -> None:
    storage = reached(seaweedfs)
    with pytest.raises(ConflictError, match=r"feed\.xml is gone"):
        storage.keeps_conditions("feed.xml", b"old")
    assert storage.find("feed.xml") is None


def test_a_store_that_may_not_be_written_to_is_no_store_without_conditions(seaweedfs: SeaweedFS) -> None:
    def refuse(request: Request) -> Answer:
        return Answer.refusal(403, "AccessDenied") if is_conditional(request) else request.forward()

    with behind(seaweedfs, refuse) as storage:
        put(storage, "feed.xml", b"old")
        with pytest.raises(StorageError, match="denied access"):
            storage.keeps_conditions("feed.xml", b"old")


# Two at once


@pytest.mark.parametrize("body", [b"new", LARGE], ids=["at once", "in parts"])
def test_two_writers_in_each_others_way_try_again(seaweedfs: SeaweedFS, body: bytes) -> None:
    refused: list[str] = []

    def refuse(request: Request) -> Answer:
        if is_conditional(request) and len(refused) < limit:
            refused.append(request.path)
            return Answer.refusal(409, "ConditionalRequestConflict")
        return request.forward()

    with behind(seaweedfs, refuse) as storage:
        limit = 2
        assert put(storage, "feed.xml", body, ABSENT) == storage.find("feed.xml")
        assert len(refused) == 2
        limit = 100
        with pytest.raises(ConflictError, match=r"other\.xml is there already"):
            put(storage, "other.xml", body, ABSENT)
        assert len(refused) == 2 + 5
        assert list(storage.leftovers()) == []


def test_a_state_that_amazon_does_not_find_is_a_conflict(seaweedfs: SeaweedFS) -> None:
    with (
        behind(seaweedfs, lambda _: Answer.refusal(404, "NoSuchKey")) as storage,
        pytest.raises(ConflictError, match=r"feed\.xml has changed"),
    ):
        put(storage, "feed.xml", b"new", WRONG)
