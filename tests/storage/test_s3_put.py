from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import ConflictError, StorageError, UnreachableError
from podcastkit.storage.base import Condition, Stored
from podcastkit.storage.s3 import S3Storage
from podcastkit.storage.source import Source
from tests.storage.front import Request, Response, close, make_proxied_storage, make_storage, run_server

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


def read_headers(storage: S3Storage, key: str) -> tuple[str, str]:
    answer = storage._get_client().head_object(Bucket=storage.bucket, Key=f"{storage.prefix}/{key}")
    return answer["ContentType"], answer["CacheControl"]


# A store that ignores conditions


def test_probe_detects_ignored_conditions_and_changes_nothing(rclone: SeaweedFS) -> None:
    storage = make_storage(rclone)
    stored = storage.write(
        "history/a.xml", b"<rss/>", content_type="application/rss+xml", cache_control="public, max-age=300"
    )
    assert storage.keeps_conditions("history/a.xml", b"<rss/>") is False
    assert storage.read("history/a.xml") == (b"<rss/>", stored.etag)
    assert read_headers(storage, "history/a.xml") == ("application/rss+xml", "public, max-age=300")


def test_conditions_are_assumed_without_a_probe(rclone: SeaweedFS) -> None:
    storage = make_storage(rclone)
    put(storage, "feed.xml", b"theirs")
    put(storage, "feed.xml", b"ours", ABSENT)
    assert storage.read("feed.xml") is not None


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"ours", LARGE], ids=["at once", "in parts"])
def test_earlier_write_of_another_publish_is_a_conflict(rclone: SeaweedFS, body: bytes) -> None:
    storage = make_storage(rclone)
    old = put(storage, "feed.xml", b"old")
    assert not storage.keeps_conditions("feed.xml", b"old")
    other = put(storage, "feed.xml", b"theirs")
    for condition, words in ((ABSENT, "already exists"), (Condition(etag=old.etag), "has changed")):
        with pytest.raises(ConflictError, match=words):
            put(storage, "feed.xml", body, condition)
    assert storage.read("feed.xml") == (b"theirs", other.etag)
    own = put(storage, "feed.xml", body, Condition(etag=other.etag))
    assert storage.find("feed.xml") == own
    assert put(storage, "other.xml", body, ABSENT) == storage.find("other.xml")


# A store that refuses conditions, such as Backblaze B2


def refuse_conditions(request: Request) -> Response:
    if is_conditional(request):
        return Response.refusal(501, "NotImplemented")
    return request.forward()


def test_probe_detects_refused_conditions(seaweedfs: SeaweedFS) -> None:
    with make_proxied_storage(seaweedfs, refuse_conditions) as storage:
        stored = put(storage, "feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old") is False
        assert storage.find("feed.xml") == stored


@pytest.mark.parametrize("body", [b"new", LARGE], ids=["at once", "in parts"])
def test_store_that_refuses_conditions_is_checked_before_the_write(seaweedfs: SeaweedFS, body: bytes) -> None:
    refused: list[str] = []

    def rule(request: Request) -> Response:
        if is_conditional(request):
            refused.append(request.method)
        return refuse_conditions(request)

    with make_proxied_storage(seaweedfs, rule) as storage:
        first = put(storage, "feed.xml", body, ABSENT)
        assert not storage.keeps_conditions("feed.xml", body)
        with pytest.raises(ConflictError, match=r"feed\.xml already exists"):
            put(storage, "feed.xml", body, ABSENT)
        second = put(storage, "feed.xml", b"two", Condition(etag=first.etag))
        with pytest.raises(ConflictError, match=r"feed\.xml has changed"):
            put(storage, "feed.xml", body, Condition(etag=first.etag))
        assert storage.read("feed.xml") == (b"two", second.etag)
        assert list(storage.leftovers()) == []
    assert len(refused) == 1, "the store is not asked again"


# The probe for conditional writes


def test_probe_runs_once(seaweedfs: SeaweedFS) -> None:
    asked: list[str] = []

    def record(request: Request) -> Response:
        if is_conditional(request):
            asked.append(request.method)
        return request.forward()

    with make_proxied_storage(seaweedfs, record) as storage:
        put(storage, "feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old")
    assert asked == ["PUT", "PUT"]


@pytest.mark.slow
@pytest.mark.parametrize("known", ["If-Match", "If-None-Match"])
def test_probe_requires_both_kinds_of_conditions(rclone: SeaweedFS, known: str) -> None:
    def check_one_condition(request: Request) -> Response:
        return Response.refusal(412, "PreconditionFailed") if known in request.headers else request.forward()

    with make_proxied_storage(rclone, check_one_condition) as storage:
        put(storage, "feed.xml", b"old")
        assert storage.keeps_conditions("feed.xml", b"old") is False


def test_probe_with_a_missing_object_is_a_conflict(seaweedfs: SeaweedFS) -> None:
    storage = make_storage(seaweedfs)
    with pytest.raises(ConflictError, match=r"feed\.xml was removed"):
        storage.keeps_conditions("feed.xml", b"old")
    assert storage.find("feed.xml") is None


def test_probe_without_write_permission_raises(seaweedfs: SeaweedFS) -> None:
    def refuse(request: Request) -> Response:
        return Response.refusal(403, "AccessDenied") if is_conditional(request) else request.forward()

    with make_proxied_storage(seaweedfs, refuse) as storage:
        put(storage, "feed.xml", b"old")
        with pytest.raises(StorageError, match="denied access"):
            storage.keeps_conditions("feed.xml", b"old")


# Concurrent writers


@pytest.mark.parametrize("body", [b"new", LARGE], ids=["at once", "in parts"])
def test_conflicting_request_is_a_temporary_error(seaweedfs: SeaweedFS, body: bytes) -> None:
    refused: list[str] = []

    def refuse_once(request: Request) -> Response:
        if is_conditional(request) and not refused:
            refused.append(request.path)
            return Response.refusal(409, "ConditionalRequestConflict")
        return request.forward()

    with make_proxied_storage(seaweedfs, refuse_once) as storage:
        with pytest.raises(UnreachableError, match="is busy with a conflicting request"):
            put(storage, "feed.xml", body, ABSENT)
        assert put(storage, "feed.xml", body, ABSENT) == storage.find("feed.xml")
        assert list(storage.leftovers()) == []


def test_condition_on_an_object_missing_at_amazon_is_a_conflict(seaweedfs: SeaweedFS) -> None:
    with (
        make_proxied_storage(seaweedfs, lambda _: Response.refusal(404, "NoSuchKey")) as storage,
        pytest.raises(ConflictError, match=r"feed\.xml has changed"),
    ):
        put(storage, "feed.xml", b"new", WRONG)


# Lost and changed responses


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["absent", "known", "plain"])
def test_object_stays_written_if_the_response_is_lost(seaweedfs: SeaweedFS, kind: str) -> None:
    lost: list[Response] = []

    def lose_first_response(request: Request) -> Response | None:
        answer = request.forward()
        if request.method == "PUT" and request.body == b"new" and not lost:
            lost.append(answer)
            return None
        return answer

    reported: list[int] = []
    with make_proxied_storage(seaweedfs, lose_first_response) as storage:
        old = put(storage, "feed.xml", b"old") if kind == "known" else None
        condition = None if kind == "plain" else Condition(etag=old.etag if old else None)
        # The condition of the second attempt is false because of the first: callers compare the stored object.
        with contextlib.nullcontext() if kind == "plain" else pytest.raises(ConflictError):
            storage.write(
                "feed.xml",
                b"new",
                content_type="text/plain",
                cache_control="no-cache",
                condition=condition,
                sent=reported.append,
            )
        assert [answer.status for answer in lost] == [200]
        assert (storage.read("feed.xml") or (b"",))[0] == b"new"
    assert sum(reported) == (3 if kind == "plain" else 0)


def encrypt_etag(answer: Response) -> Response:
    """Change a response to that of a store that encrypts with a customer's key."""
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
    encryption = {"ETag": f'"{"0" * 32}"', "x-amz-server-side-encryption": "aws:kms"}
    return Response(status=answer.status, headers=headers | encryption, body=answer.body)


def test_etag_of_an_encrypted_object_is_not_an_md5(seaweedfs: SeaweedFS) -> None:
    with make_proxied_storage(seaweedfs, lambda request: encrypt_etag(request.forward())) as storage:
        assert put(storage, "feed.xml", b"new").etag == "0" * 32
        found = storage.find("feed.xml")
    assert found
    assert found.md5 is None


def test_response_with_a_wrong_etag_raises(seaweedfs: SeaweedFS) -> None:
    def damage(request: Request) -> Response:
        answer = request.forward()
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
        return Response(status=answer.status, headers=headers | {"ETag": f'"{"0" * 32}"'}, body=answer.body)

    with (
        make_proxied_storage(seaweedfs, damage) as storage,
        pytest.raises(StorageError, match=r"feed\.xml was damaged during the upload") as caught,
    ):
        put(storage, "feed.xml", b"new")
    assert caught.value.hint


# Request bodies


@pytest.mark.slow
@pytest.mark.usefixtures("keys_in_environment")
@pytest.mark.parametrize(("size", "expects"), [(0, False), (MIB, False), (MIB + 1, True)])
def test_only_large_body_is_sent_with_expect_header(
    seaweedfs: SeaweedFS, tmp_path: Path, *, size: int, expects: bool
) -> None:
    seen: list[Request] = []

    def record(request: Request) -> Response:
        seen.append(request)
        return request.forward()

    (tmp_path / "a.mp3").write_bytes(b"x" * size)
    with run_server(seaweedfs.endpoint_url, record) as url:
        storage = S3Storage("pub", f"t-{uuid.uuid4().hex}", endpoint_url=url, region="us-east-1")
        storage.write("a.mp3", tmp_path / "a.mp3", content_type="audio/mpeg", cache_control="no-cache")
        close(storage)
    assert [("Expect" in request.headers) for request in seen] == [expects]


@pytest.mark.usefixtures("keys_in_environment")
@pytest.mark.parametrize(
    ("size", "threshold"),
    [(1000, MIB), (3 * MIB, 10 * MIB), (3 * MIB, MIB)],
)
def test_file_with_a_known_md5_is_read_once(
    seaweedfs: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, threshold: int
) -> None:
    read: list[int] = []
    plain_read = Source.read

    def record(self: Source, amount: int | None = None) -> bytes:
        chunk = plain_read(self, amount)
        if self._path:
            read.append(len(chunk))
        return chunk

    file = tmp_path / "a.mp3"
    file.write_bytes(b"x" * size)
    with Source(file) as source:
        md5 = source.compute_md5()
    monkeypatch.setattr(Source, "read", record)
    storage = S3Storage(
        "pub",
        f"t-{uuid.uuid4().hex}",
        endpoint_url=seaweedfs.endpoint_url,
        region="us-east-1",
        multipart_threshold=threshold,
    )
    reported: list[int] = []
    storage.write("a.mp3", file, content_type="audio/mpeg", cache_control="no-cache", md5=md5, sent=reported.append)
    assert sum(read) == sum(reported) == size
    close(storage)
