from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import ConflictError, StorageError, UnreachableError
from podcastkit.storage.base import Condition, Stored
from podcastkit.storage.s3 import S3Storage
from podcastkit.storage.source import Source
from tests.storage.front import Answer, Request, close, in_front_of, storage_behind, storage_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.seaweedfs import SeaweedFS

ABSENT = Condition(etag=None)
WRONG = Condition(etag="0" * 32)
MIB = 2**20
LARGE = b"sound" * 1_500_000


def put(storage: S3Storage, key: str, body: bytes, condition: Condition | None = None) -> Stored:
    return storage.write(key, body, content_type="text/plain", cache_control="no-cache", condition=condition)


def is_conditional(request: Request) -> bool:
    return bool({"If-Match", "If-None-Match"} & request.headers.keys())


def headers_of(storage: S3Storage, key: str) -> tuple[str, str]:
    answer = storage._get_client().head_object(Bucket=storage.bucket, Key=f"{storage.prefix}/{key}")
    return answer["ContentType"], answer["CacheControl"]


# A store that overlooks conditions


def test_a_store_that_overlooks_conditions_is_found_out_and_keeps_what_it_had(rclone: SeaweedFS) -> None:
    storage = storage_in(rclone)
    stored = storage.write(
        "history/a.xml", b"<rss/>", content_type="application/rss+xml", cache_control="public, max-age=300"
    )
    assert storage.keeps_conditions("history/a.xml", b"<rss/>") is False
    assert storage.read("history/a.xml") == (b"<rss/>", stored.etag)
    assert headers_of(storage, "history/a.xml") == ("application/rss+xml", "public, max-age=300")


def test_without_having_asked_it_is_believed(rclone: SeaweedFS) -> None:
    storage = storage_in(rclone)
    put(storage, "feed.xml", b"theirs")
    put(storage, "feed.xml", b"ours", ABSENT)
    assert storage.read("feed.xml") is not None


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"ours", LARGE], ids=["at once", "in parts"])
def test_a_rival_who_wrote_before_the_look_is_noticed(rclone: SeaweedFS, body: bytes) -> None:
    storage = storage_in(rclone)
    old = put(storage, "feed.xml", b"old")
    assert not storage.keeps_conditions("feed.xml", b"old")
    theirs = put(storage, "feed.xml", b"theirs")
    for condition, words in ((ABSENT, "already exists"), (Condition(etag=old.etag), "has changed")):
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
    with storage_behind(seaweedfs, no_conditions) as storage:
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

    with storage_behind(seaweedfs, rule) as storage:
        first = put(storage, "feed.xml", body, ABSENT)
        assert not storage.keeps_conditions("feed.xml", body)
        with pytest.raises(ConflictError, match=r"feed\.xml already exists"):
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

    with storage_behind(seaweedfs, note) as storage:
        put(storage, "feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old")
    assert asked == ["PUT", "PUT"]


@pytest.mark.slow
@pytest.mark.parametrize("known", ["If-Match", "If-None-Match"])
def test_one_kind_of_conditions_is_not_enough(rclone: SeaweedFS, known: str) -> None:
    def keep_one_kind(request: Request) -> Answer:
        return Answer.refusal(412, "PreconditionFailed") if known in request.headers else request.forward()

    with storage_behind(rclone, keep_one_kind) as storage:
        put(storage, "feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old") is False


def test_what_is_gone_cannot_be_asked_with(seaweedfs: SeaweedFS) -> None:
    storage = storage_in(seaweedfs)
    with pytest.raises(ConflictError, match=r"feed\.xml was removed"):
        storage.keeps_conditions("feed.xml", b"old")
    assert storage.find("feed.xml") is None


def test_a_store_that_may_not_be_written_to_is_no_store_without_conditions(seaweedfs: SeaweedFS) -> None:
    def refuse(request: Request) -> Answer:
        return Answer.refusal(403, "AccessDenied") if is_conditional(request) else request.forward()

    with storage_behind(seaweedfs, refuse) as storage:
        put(storage, "feed.xml", b"old")
        with pytest.raises(StorageError, match="denied access"):
            storage.keeps_conditions("feed.xml", b"old")


# Two at once


@pytest.mark.parametrize("body", [b"new", LARGE], ids=["at once", "in parts"])
def test_two_writers_in_each_others_way_may_try_again(seaweedfs: SeaweedFS, body: bytes) -> None:
    refused: list[str] = []

    def refuse_once(request: Request) -> Answer:
        if is_conditional(request) and not refused:
            refused.append(request.path)
            return Answer.refusal(409, "ConditionalRequestConflict")
        return request.forward()

    with storage_behind(seaweedfs, refuse_once) as storage:
        with pytest.raises(UnreachableError, match="is busy with a conflicting request"):
            put(storage, "feed.xml", body, ABSENT)
        assert put(storage, "feed.xml", body, ABSENT) == storage.find("feed.xml")
        assert list(storage.leftovers()) == []


def test_a_state_that_amazon_does_not_find_is_a_conflict(seaweedfs: SeaweedFS) -> None:
    with (
        storage_behind(seaweedfs, lambda _: Answer.refusal(404, "NoSuchKey")) as storage,
        pytest.raises(ConflictError, match=r"feed\.xml has changed"),
    ):
        put(storage, "feed.xml", b"new", WRONG)


# Answers that are lost or changed


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["absent", "known", "plain"])
def test_a_lost_answer_leaves_what_was_written(seaweedfs: SeaweedFS, kind: str) -> None:
    lost: list[Answer] = []

    def lose_the_first(request: Request) -> Answer | None:
        answer = request.forward()
        if request.method == "PUT" and request.body == b"new" and not lost:
            lost.append(answer)
            return None
        return answer

    told: list[int] = []
    with storage_behind(seaweedfs, lose_the_first) as storage:
        old = put(storage, "feed.xml", b"old") if kind == "known" else None
        condition = None if kind == "plain" else Condition(etag=old.etag if old else None)
        # The condition of the second try is false because of the first: callers look at what is stored.
        with contextlib.nullcontext() if kind == "plain" else pytest.raises(ConflictError):
            storage.write(
                "feed.xml",
                b"new",
                content_type="text/plain",
                cache_control="no-cache",
                condition=condition,
                sent=told.append,
            )
        assert [answer.status for answer in lost] == [200]
        assert (storage.read("feed.xml") or (b"",))[0] == b"new"
    assert sum(told) == (3 if kind == "plain" else 0)


def without_md5_etags(answer: Answer) -> Answer:
    """As a store answers that encrypts with somebody's key."""
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
    encryption = {"ETag": f'"{"0" * 32}"', "x-amz-server-side-encryption": "aws:kms"}
    return Answer(status=answer.status, headers=headers | encryption, body=answer.body)


def test_an_etag_of_encrypted_bytes_is_no_md5(seaweedfs: SeaweedFS) -> None:
    with storage_behind(seaweedfs, lambda request: without_md5_etags(request.forward())) as storage:
        assert put(storage, "feed.xml", b"new").etag == "0" * 32
        found = storage.find("feed.xml")
    assert found
    assert found.md5 is None


def test_an_answer_about_other_bytes_is_not_believed(seaweedfs: SeaweedFS) -> None:
    def damage(request: Request) -> Answer:
        answer = request.forward()
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
        return Answer(status=answer.status, headers=headers | {"ETag": f'"{"0" * 32}"'}, body=answer.body)

    with (
        storage_behind(seaweedfs, damage) as storage,
        pytest.raises(StorageError, match=r"feed\.xml was damaged on its way") as caught,
    ):
        put(storage, "feed.xml", b"new")
    assert caught.value.hint


# Bodies


@pytest.mark.slow
@pytest.mark.usefixtures("keys_in_environment")
@pytest.mark.parametrize(("size", "asks"), [(0, False), (MIB, False), (MIB + 1, True)])
def test_only_a_file_asks_whether_it_is_wanted(
    seaweedfs: SeaweedFS, tmp_path: Path, *, size: int, asks: bool
) -> None:
    seen: list[Request] = []

    def note(request: Request) -> Answer:
        seen.append(request)
        return request.forward()

    (tmp_path / "a.mp3").write_bytes(b"x" * size)
    with in_front_of(seaweedfs.endpoint_url, note) as url:
        storage = S3Storage("pub", f"t-{uuid.uuid4().hex}", endpoint_url=url, region="us-east-1")
        storage.write("a.mp3", tmp_path / "a.mp3", content_type="audio/mpeg", cache_control="no-cache")
        close(storage)
    assert [("Expect" in request.headers) for request in seen] == [asks]


@pytest.mark.usefixtures("keys_in_environment")
@pytest.mark.parametrize(
    ("size", "threshold"),
    [(1000, MIB), (3 * MIB, 10 * MIB), (3 * MIB, MIB)],
)
def test_a_file_whose_md5_is_known_is_read_once(
    seaweedfs: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, threshold: int
) -> None:
    read: list[int] = []
    plain_read = Source.read

    def note(self: Source, amount: int | None = None) -> bytes:
        chunk = plain_read(self, amount)
        if self._path:
            read.append(len(chunk))
        return chunk

    file = tmp_path / "a.mp3"
    file.write_bytes(b"x" * size)
    with Source(file) as source:
        md5 = source.compute_md5()
    monkeypatch.setattr(Source, "read", note)
    storage = S3Storage(
        "pub",
        f"t-{uuid.uuid4().hex}",
        endpoint_url=seaweedfs.endpoint_url,
        region="us-east-1",
        multipart_threshold=threshold,
    )
    told: list[int] = []
    storage.write("a.mp3", file, content_type="audio/mpeg", cache_control="no-cache", md5=md5, sent=told.append)
    assert sum(read) == sum(told) == size
    close(storage)
