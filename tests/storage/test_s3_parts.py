from __future__ import annotations

import hashlib
import random
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import Cancelled, ConflictError, StorageError, UnreachableError
from podcastkit.storage.base import Condition, Stored
from podcastkit.storage.s3 import S3Storage
from tests.storage.front import Request, Response, make_proxied_storage, make_storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

ABSENT = Condition(etag=None)
MIB = 2**20
SIZE = 17 * MIB + 5  # three full parts and a smaller one
BODY = random.Random(1).randbytes(SIZE)  # noqa: S311 - any bytes will do
PARTS = [BODY[start : start + 5 * MIB] for start in range(0, SIZE, 5 * MIB)]


def compute_md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def compute_etag_of_parts() -> str:
    digests = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in PARTS)
    return f"{compute_md5(digests)}-4"


def put(
    storage: S3Storage,
    body: bytes | Path = BODY,
    condition: Condition | None = ABSENT,
    sent: Callable[[int], None] | None = None,
    md5: str | None = None,
) -> Stored:
    return storage.write(
        "media/a.wav",
        body,
        content_type="audio/wav",
        cache_control="public, max-age=31536000, immutable",
        condition=condition,
        sent=sent,
        md5=md5,
    )


def make_parts_storage(store: SeaweedFS, prefix: str = "") -> S3Storage:
    return make_storage(store, prefix, attempts=2)


@pytest.fixture
def storage(seaweedfs: SeaweedFS) -> S3Storage:
    return make_parts_storage(seaweedfs)


def make_proxied(
    seaweedfs: SeaweedFS, rule: Callable[[Request], Response | None], prefix: str = "", attempts: int = 2
) -> AbstractContextManager[S3Storage]:
    return make_proxied_storage(seaweedfs, rule, prefix, attempts=attempts)


def get_part_number(request: Request) -> int | None:
    """Return the number of the part that a request sends."""
    number = request.path.partition("partNumber=")[2].partition("&")[0]
    return int(number) if request.method == "PUT" and number else None


def is_completion(request: Request) -> bool:
    return request.method == "POST" and "uploadId=" in request.path


def interrupt_upload(seaweedfs: SeaweedFS, number: int) -> S3Storage:
    """Return a storage with an upload that was interrupted before this part."""

    def break_off(request: Request) -> Response | None:
        return None if get_part_number(request) == number else request.forward()

    reported: list[int] = []
    with make_proxied(seaweedfs, break_off, attempts=1) as storage:
        with pytest.raises(UnreachableError):
            put(storage, sent=reported.append)
        assert sum(reported) == 0
        return make_parts_storage(seaweedfs, storage.prefix)


class PartRecorder:
    """A rule that records the numbers of the sent parts."""

    def __init__(self) -> None:
        self.parts: list[int] = []

    def __call__(self, request: Request) -> Response:
        if number := get_part_number(request):
            self.parts.append(number)
        return request.forward()


# Complete uploads


def test_large_file_is_one_object(storage: S3Storage, tmp_path: Path) -> None:
    reported: list[int] = []
    (tmp_path / "audio.wav").write_bytes(BODY)
    stored = put(storage, tmp_path / "audio.wav", sent=reported.append, md5=compute_md5(BODY))
    assert stored == Stored(key="media/a.wav", size=SIZE, etag=compute_etag_of_parts())
    assert storage.find("media/a.wav") == stored
    assert storage.read("media/a.wav") == (BODY, stored.etag)
    assert list(storage.list("")) == [stored]
    assert sum(reported) == SIZE
    assert list(storage.leftovers()) == []
    head = storage._get_client().head_object(Bucket="pub", Key=f"{storage.prefix}/media/a.wav")
    assert head["ContentType"] == "audio/wav"
    assert head["CacheControl"] == "public, max-age=31536000, immutable"


def test_each_part_has_its_checksum(seaweedfs: SeaweedFS) -> None:
    seen: list[Request] = []

    def record(request: Request) -> Response:
        seen.append(request)
        return request.forward()

    with make_proxied(seaweedfs, record) as storage:
        put(storage)
    uploads = [request for request in seen if get_part_number(request)]
    assert [len(request.body) for request in uploads] == [len(part) for part in PARTS]
    assert all("Content-MD5" in request.headers for request in uploads)
    assert [request.headers.get("If-None-Match") for request in seen if is_completion(request)] == ["*"]


def test_one_part_at_a_time_is_in_memory(storage: S3Storage, tmp_path: Path) -> None:
    file = tmp_path / "audio.wav"
    with file.open("wb") as out:
        for part in PARTS * 2:
            out.write(part)
    storage.find("media/a.wav")  # loads modules that must not be measured
    tracemalloc.start()
    put(storage, file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB


def test_conditions_apply_to_uploads_in_parts(storage: S3Storage) -> None:
    first = put(storage, b"small")
    second = put(storage, BODY, Condition(etag=first.etag))
    third = put(storage, BODY[::-1], Condition(etag=second.etag))
    for condition in (ABSENT, Condition(etag=second.etag)):
        with pytest.raises(ConflictError):
            put(storage, BODY, condition)
    assert storage.find("media/a.wav") == third
    assert put(storage, BODY, None) == storage.find("media/a.wav") == second
    assert list(storage.leftovers()) == []


@pytest.mark.slow
def test_unmet_condition_sends_no_parts(seaweedfs: SeaweedFS) -> None:
    recorder = PartRecorder()
    with make_proxied(seaweedfs, recorder) as storage:
        put(storage, b"small")
        with pytest.raises(ConflictError, match="already exists"):
            put(storage)
    assert recorder.parts == []


# Stopped uploads


def test_object_written_in_the_meantime_is_a_conflict(seaweedfs: SeaweedFS) -> None:
    def write_first(request: Request) -> Response:
        if get_part_number(request) == 4:
            put(other_writer, b"theirs")
        return request.forward()

    with make_proxied(seaweedfs, write_first) as storage:
        other_writer = make_parts_storage(seaweedfs, storage.prefix)
        with pytest.raises(ConflictError, match="already exists"):
            put(storage)
    assert other_writer.read("media/a.wav") == (b"theirs", compute_md5(b"theirs"))
    assert list(other_writer.leftovers()) == []


def test_callback_can_stop_the_upload(storage: S3Storage) -> None:
    reported: list[int] = []

    def stop(amount: int) -> None:
        reported.append(amount)
        if sum(reported) > 8 * MIB:
            raise Cancelled("stopped by the callback")

    with pytest.raises(Cancelled):
        put(storage, sent=stop)
    assert storage.find("media/a.wav") is None
    assert list(storage.leftovers()) == []


def test_bytes_with_a_wrong_md5_are_refused(storage: S3Storage, tmp_path: Path) -> None:
    (tmp_path / "audio.wav").write_bytes(BODY)
    with pytest.raises(ConflictError, match=r"audio\.wav changed"):
        put(storage, tmp_path / "audio.wav", md5=compute_md5(b"other"))
    assert storage.find("media/a.wav") is None
    assert list(storage.leftovers()) == []


@pytest.mark.slow
def test_permanent_error_leaves_no_parts(seaweedfs: SeaweedFS) -> None:
    def refuse_part(request: Request) -> Response:
        return Response.refusal(403, "QuotaExceeded") if get_part_number(request) == 3 else request.forward()

    with make_proxied(seaweedfs, refuse_part) as storage, pytest.raises(StorageError, match="is full") as caught:
        put(storage)
    assert not isinstance(caught.value, UnreachableError)
    assert list(make_parts_storage(seaweedfs, storage.prefix).leftovers()) == []


# Continued uploads


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 4])
def test_only_missing_parts_are_sent_again(seaweedfs: SeaweedFS, number: int) -> None:
    interrupted = interrupt_upload(seaweedfs, number)
    (left_over,) = interrupted.leftovers()
    assert (left_over.key, left_over.size) == ("media/a.wav", 5 * MIB * (number - 1))
    assert abs(datetime.now(UTC) - left_over.begun) < timedelta(minutes=10)
    recorder, reported = PartRecorder(), list[int]()
    with make_proxied(seaweedfs, recorder, interrupted.prefix) as storage:
        stored = put(storage, sent=reported.append)
    assert recorder.parts == list(range(number, 5))
    assert sum(reported) == SIZE
    assert interrupted.read("media/a.wav") == (BODY, stored.etag)
    # An upload without parts cannot be recognized as ours.
    assert [one.size for one in interrupted.leftovers()] == ([0] if number == 1 else [])


@pytest.mark.slow
def test_changed_part_is_sent_again(seaweedfs: SeaweedFS) -> None:
    interrupted = interrupt_upload(seaweedfs, 4)
    changed = PARTS[0] + bytes(5 * MIB) + b"".join(PARTS[2:])
    recorder = PartRecorder()
    with make_proxied(seaweedfs, recorder, interrupted.prefix) as storage:
        put(storage, changed)
    assert recorder.parts == [2, 4]
    assert (interrupted.read("media/a.wav") or (b"",))[0] == changed


@pytest.mark.slow
def test_another_file_starts_a_new_upload(seaweedfs: SeaweedFS) -> None:
    interrupted = interrupt_upload(seaweedfs, 4)
    recorder = PartRecorder()
    with make_proxied(seaweedfs, recorder, interrupted.prefix) as storage:
        put(storage, BODY[::-1])
    assert recorder.parts == [1, 2, 3, 4]
    assert (interrupted.read("media/a.wav") or (b"",))[0] == BODY[::-1]
    assert [one.size for one in interrupted.leftovers()] == [15 * MIB]


@pytest.mark.slow
@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (501, "NotImplemented"), (400, "Odd")])
def test_interrupted_upload_without_list_permission_starts_again(
    seaweedfs: SeaweedFS, status: int, code: str
) -> None:
    interrupted = interrupt_upload(seaweedfs, 3)

    def refuse(request: Request) -> Response:
        is_listing = request.method == "GET" and "uploads" in request.path
        return Response.refusal(status, code) if is_listing else recorder(request)

    recorder = PartRecorder()
    with make_proxied(seaweedfs, refuse, interrupted.prefix) as storage:
        stored = put(storage)
        if code != "Odd":
            assert list(storage.leftovers()) == []
    assert recorder.parts == [1, 2, 3, 4]
    assert interrupted.find("media/a.wav") == stored


def test_discard_removes_the_leftover_of_an_upload(seaweedfs: SeaweedFS) -> None:
    interrupted = interrupt_upload(seaweedfs, 3)
    (left_over,) = interrupted.leftovers()
    interrupted.discard(left_over)
    interrupted.discard(left_over)
    assert list(interrupted.leftovers()) == []


def test_leftovers_outside_the_prefix_are_not_listed(seaweedfs: SeaweedFS, storage: S3Storage) -> None:
    client = seaweedfs.client()
    for name in (f"{storage.prefix}2/a.wav", f"{storage.prefix}/ä.wav", f"{storage.prefix}/.hidden"):
        client.create_multipart_upload(Bucket="pub", Key=name)
    assert list(storage.leftovers()) == []


# Lost responses and aborted uploads


@pytest.mark.slow
def test_progress_is_exact_when_parts_are_sent_again(seaweedfs: SeaweedFS) -> None:
    lost: list[int] = []

    def lose_each_part_once(request: Request) -> Response | None:
        number = get_part_number(request)
        if number and number not in lost:
            lost.append(number)
            return None
        return request.forward()

    reported: list[int] = []
    with make_proxied(seaweedfs, lose_each_part_once) as storage:
        stored = put(storage, sent=reported.append)
        assert storage.find("media/a.wav") == stored
    assert lost == [1, 2, 3, 4]
    assert sum(reported) == SIZE
    assert min(reported) < 0


def test_lost_last_response_keeps_the_written_object(seaweedfs: SeaweedFS) -> None:
    lost: list[Response] = []

    def lose_first_response(request: Request) -> Response | None:
        answer = request.forward()
        if is_completion(request) and not lost:
            lost.append(answer)
            return None
        return answer

    with make_proxied(seaweedfs, lose_first_response, attempts=1) as storage:
        with pytest.raises(UnreachableError):
            put(storage)
        with pytest.raises(ConflictError, match="already exists"):
            put(storage)
        assert (storage.read("media/a.wav") or (b"",))[0] == BODY
        assert list(storage.leftovers()) == []
    assert [answer.status for answer in lost] == [200]


@pytest.mark.slow
@pytest.mark.parametrize("number", [3, None], ids=["a part", "the end"])
def test_upload_aborted_by_another_writer_starts_again(seaweedfs: SeaweedFS, number: int | None) -> None:
    def abort_once(request: Request) -> Response:
        is_chosen = get_part_number(request) == number if number else is_completion(request)
        if is_chosen and not aborted:
            upload_id = request.path.partition("uploadId=")[2].partition("&")[0]
            key = f"{storage.prefix}/media/a.wav"
            seaweedfs.client().abort_multipart_upload(Bucket="pub", Key=key, UploadId=upload_id)
            aborted.append(request.path)
        return recorder(request)

    aborted: list[str] = []
    recorder, reported = PartRecorder(), list[int]()
    with make_proxied(seaweedfs, abort_once) as storage:
        with pytest.raises(UnreachableError, match="lost the parts of a file"):
            put(storage, sent=reported.append)
        assert sum(reported) == 0
        recorder.parts.clear()
        assert put(storage, sent=reported.append) == storage.find("media/a.wav")
        assert sum(reported) == SIZE
    assert recorder.parts == [1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize("condition", [ABSENT, None], ids=["absent", "plain"])
@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_object_with_a_wrong_etag_raises(seaweedfs: SeaweedFS, condition: Condition | None, method: str) -> None:
    def damage(request: Request) -> Response:
        answer = request.forward()
        if request.method != method or answer.status != 200 or "uploads" in request.path:
            return answer
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
        body = answer.body.replace(compute_etag_of_parts().encode(), b"0" * 32 + b"-4")
        return Response(status=200, headers=headers | {"ETag": f'"{"0" * 32}-4"'}, body=body)

    with (
        make_proxied(seaweedfs, damage) as storage,
        pytest.raises(StorageError, match=r"was damaged during the upload|differs from the uploaded file"),
    ):
        put(storage, condition=condition)
    found = make_parts_storage(seaweedfs, storage.prefix).find("media/a.wav")
    # An object that may be another writer's, or replaced an older one, is not removed.
    assert (found is None) == (condition is ABSENT and method == "POST")


def test_part_size_grows_with_the_file(bucket: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podcastkit.storage.s3_parts.MOST_PARTS", 2)
    (tmp_path / "audio.wav").write_bytes(BODY)
    storage = S3Storage("pub", bucket.prefix, client=bucket._get_client(), multipart_threshold=MIB)
    for size, parts in ((16 * MIB, 1), (SIZE, 2)):
        assert put(storage, BODY[:size], None).etag.endswith(f"-{parts}")
    assert put(storage, BODY * 2, None).etag.endswith("-2")
