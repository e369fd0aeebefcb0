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
from tests.storage.front import Answer, Request, storage_behind, storage_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.seaweedfs import SeaweedFS

pytestmark = pytest.mark.slow

ABSENT = Condition(etag=None)
MIB = 2**20
SIZE = 17 * MIB + 5  # three parts and a rest
BODY = random.Random(1).randbytes(SIZE)  # noqa: S311 - any bytes do
PARTS = [BODY[start : start + 5 * MIB] for start in range(0, SIZE, 5 * MIB)]


def md5_of(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def etag_of_parts() -> str:
    digests = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in PARTS)
    return f"{md5_of(digests)}-4"


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


def in_parts(store: SeaweedFS, prefix: str = "") -> S3Storage:
    return storage_in(store, prefix, attempts=2)


@pytest.fixture
def storage(seaweedfs: SeaweedFS) -> S3Storage:
    return in_parts(seaweedfs)


def behind(
    seaweedfs: SeaweedFS, rule: Callable[[Request], Answer | None], prefix: str = "", attempts: int = 2
) -> AbstractContextManager[S3Storage]:
    return storage_behind(seaweedfs, rule, prefix, attempts=attempts)


def part_of(request: Request) -> int | None:
    """Which part a request sends."""
    number = request.path.partition("partNumber=")[2].partition("&")[0]
    return int(number) if request.method == "PUT" and number else None


def completes(request: Request) -> bool:
    return request.method == "POST" and "uploadId=" in request.path


def left_after(seaweedfs: SeaweedFS, number: int) -> S3Storage:
    """A place where a publisher lost the store before this part."""

    def break_off(request: Request) -> Answer | None:
        return None if part_of(request) == number else request.forward()

    told: list[int] = []
    with behind(seaweedfs, break_off, attempts=1) as storage:
        with pytest.raises(UnreachableError):
            put(storage, sent=told.append)
        assert sum(told) == 0
        return in_parts(seaweedfs, storage.prefix)


class Sent:
    """A rule that notes which parts go out."""

    def __init__(self) -> None:
        self.parts: list[int] = []

    def __call__(self, request: Request) -> Answer:
        if number := part_of(request):
            self.parts.append(number)
        return request.forward()


# Whole


def test_many_bytes_are_one_object(storage: S3Storage, tmp_path: Path) -> None:
    told: list[int] = []
    (tmp_path / "audio.wav").write_bytes(BODY)
    stored = put(storage, tmp_path / "audio.wav", sent=told.append, md5=md5_of(BODY))
    assert stored == Stored(key="media/a.wav", size=SIZE, etag=etag_of_parts())
    assert storage.find("media/a.wav") == stored
    assert storage.read("media/a.wav") == (BODY, stored.etag)
    assert list(storage.list("")) == [stored]
    assert sum(told) == SIZE
    assert list(storage.leftovers()) == []
    head = storage._get_client().head_object(Bucket="pub", Key=f"{storage.prefix}/media/a.wav")
    assert head["ContentType"] == "audio/wav"
    assert head["CacheControl"] == "public, max-age=31536000, immutable"


def test_each_part_carries_its_checksum(seaweedfs: SeaweedFS) -> None:
    seen: list[Request] = []

    def note(request: Request) -> Answer:
        seen.append(request)
        return request.forward()

    with behind(seaweedfs, note) as storage:
        put(storage)
    sent = [request for request in seen if part_of(request)]
    assert [len(request.body) for request in sent] == [len(part) for part in PARTS]
    assert all("Content-MD5" in request.headers for request in sent)
    assert [request.headers.get("If-None-Match") for request in seen if completes(request)] == ["*"]


def test_one_part_at_a_time_is_in_memory(storage: S3Storage, tmp_path: Path) -> None:
    file = tmp_path / "audio.wav"
    with file.open("wb") as out:
        for part in PARTS * 2:
            out.write(part)
    storage.find("media/a.wav")  # what is loaded at the first request counts for nobody
    tracemalloc.start()
    put(storage, file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB


def test_a_known_state_is_replaced_and_an_unknown_one_kept(storage: S3Storage) -> None:
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
def test_what_cannot_be_stored_anyway_is_not_sent(seaweedfs: SeaweedFS) -> None:
    sent = Sent()
    with behind(seaweedfs, sent) as storage:
        put(storage, b"small")
        with pytest.raises(ConflictError, match="already exists"):
            put(storage)
    assert sent.parts == []


# Stopped


def test_a_rival_who_finishes_meanwhile_is_a_conflict(seaweedfs: SeaweedFS) -> None:
    def be_first(request: Request) -> Answer:
        if part_of(request) == 4:
            put(rival, b"theirs")
        return request.forward()

    with behind(seaweedfs, be_first) as storage:
        rival = in_parts(seaweedfs, storage.prefix)
        with pytest.raises(ConflictError, match="already exists"):
            put(storage)
    assert rival.read("media/a.wav") == (b"theirs", md5_of(b"theirs"))
    assert list(rival.leftovers()) == []


def test_a_listener_can_stop_it(storage: S3Storage) -> None:
    told: list[int] = []

    def stop(amount: int) -> None:
        told.append(amount)
        if sum(told) > 8 * MIB:
            raise Cancelled("stopped by the listener")

    with pytest.raises(Cancelled):
        put(storage, sent=stop)
    assert storage.find("media/a.wav") is None
    assert list(storage.leftovers()) == []


def test_bytes_that_are_not_the_promised_ones_are_refused(storage: S3Storage, tmp_path: Path) -> None:
    (tmp_path / "audio.wav").write_bytes(BODY)
    with pytest.raises(ConflictError, match=r"audio\.wav changed"):
        put(storage, tmp_path / "audio.wav", md5=md5_of(b"other"))
    assert storage.find("media/a.wav") is None
    assert list(storage.leftovers()) == []


@pytest.mark.slow
def test_a_store_that_refuses_for_good_keeps_nothing(seaweedfs: SeaweedFS) -> None:
    def full(request: Request) -> Answer:
        return Answer.refusal(403, "QuotaExceeded") if part_of(request) == 3 else request.forward()

    with behind(seaweedfs, full) as storage, pytest.raises(StorageError, match="is full") as caught:
        put(storage)
    assert not isinstance(caught.value, UnreachableError)
    assert list(in_parts(seaweedfs, storage.prefix).leftovers()) == []


# Gone on with


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 4])
def test_only_what_is_missing_is_sent_again(seaweedfs: SeaweedFS, number: int) -> None:
    left = left_after(seaweedfs, number)
    (left_over,) = left.leftovers()
    assert (left_over.key, left_over.size) == ("media/a.wav", 5 * MIB * (number - 1))
    assert abs(datetime.now(UTC) - left_over.begun) < timedelta(minutes=10)
    sent, told = Sent(), list[int]()
    with behind(seaweedfs, sent, left.prefix) as storage:
        stored = put(storage, sent=told.append)
    assert sent.parts == list(range(number, 5))
    assert sum(told) == SIZE
    assert left.read("media/a.wav") == (BODY, stored.etag)
    # What began with no part is not ours to know.
    assert [one.size for one in left.leftovers()] == ([0] if number == 1 else [])


@pytest.mark.slow
def test_a_part_that_is_not_ours_is_sent_again(seaweedfs: SeaweedFS) -> None:
    left = left_after(seaweedfs, 4)
    changed = PARTS[0] + bytes(5 * MIB) + b"".join(PARTS[2:])
    sent = Sent()
    with behind(seaweedfs, sent, left.prefix) as storage:
        put(storage, changed)
    assert sent.parts == [2, 4]
    assert (left.read("media/a.wav") or (b"",))[0] == changed


@pytest.mark.slow
def test_another_file_does_not_go_on_with_it(seaweedfs: SeaweedFS) -> None:
    left = left_after(seaweedfs, 4)
    sent = Sent()
    with behind(seaweedfs, sent, left.prefix) as storage:
        put(storage, BODY[::-1])
    assert sent.parts == [1, 2, 3, 4]
    assert (left.read("media/a.wav") or (b"",))[0] == BODY[::-1]
    assert [one.size for one in left.leftovers()] == [15 * MIB]


@pytest.mark.slow
@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (501, "NotImplemented"), (400, "Odd")])
def test_whoever_may_not_list_uploads_begins_again(seaweedfs: SeaweedFS, status: int, code: str) -> None:
    left = left_after(seaweedfs, 3)

    def refuse(request: Request) -> Answer:
        is_listing = request.method == "GET" and "uploads" in request.path
        return Answer.refusal(status, code) if is_listing else sent(request)

    sent = Sent()
    with behind(seaweedfs, refuse, left.prefix) as storage:
        stored = put(storage)
        if code != "Odd":
            assert list(storage.leftovers()) == []
    assert sent.parts == [1, 2, 3, 4]
    assert left.find("media/a.wav") == stored


def test_leftovers_are_discarded(seaweedfs: SeaweedFS) -> None:
    left = left_after(seaweedfs, 3)
    (left_over,) = left.leftovers()
    left.discard(left_over)
    left.discard(left_over)
    assert list(left.leftovers()) == []


def test_leftovers_of_others_are_not_told(seaweedfs: SeaweedFS, storage: S3Storage) -> None:
    client = seaweedfs.client()
    for name in (f"{storage.prefix}2/a.wav", f"{storage.prefix}/ä.wav", f"{storage.prefix}/.hidden"):
        client.create_multipart_upload(Bucket="pub", Key=name)
    assert list(storage.leftovers()) == []


# Answers that are lost, uploads that vanish


@pytest.mark.slow
def test_progress_is_exact_when_parts_are_sent_again(seaweedfs: SeaweedFS) -> None:
    lost: list[int] = []

    def lose_each_once(request: Request) -> Answer | None:
        number = part_of(request)
        if number and number not in lost:
            lost.append(number)
            return None
        return request.forward()

    told: list[int] = []
    with behind(seaweedfs, lose_each_once) as storage:
        stored = put(storage, sent=told.append)
        assert storage.find("media/a.wav") == stored
    assert lost == [1, 2, 3, 4]
    assert sum(told) == SIZE
    assert min(told) < 0


def test_a_lost_answer_to_the_last_request_leaves_what_was_written(seaweedfs: SeaweedFS) -> None:
    lost: list[Answer] = []

    def lose_the_first(request: Request) -> Answer | None:
        answer = request.forward()
        if completes(request) and not lost:
            lost.append(answer)
            return None
        return answer

    with behind(seaweedfs, lose_the_first, attempts=1) as storage:
        with pytest.raises(UnreachableError):
            put(storage)
        with pytest.raises(ConflictError, match="already exists"):
            put(storage)
        assert (storage.read("media/a.wav") or (b"",))[0] == BODY
        assert list(storage.leftovers()) == []
    assert [answer.status for answer in lost] == [200]


@pytest.mark.slow
@pytest.mark.parametrize("number", [3, None], ids=["a part", "the end"])
def test_an_upload_that_others_abort_starts_again_at_the_next_call(
    seaweedfs: SeaweedFS, number: int | None
) -> None:
    def abort_once(request: Request) -> Answer:
        is_the_one = part_of(request) == number if number else completes(request)
        if is_the_one and not aborted:
            upload_id = request.path.partition("uploadId=")[2].partition("&")[0]
            key = f"{storage.prefix}/media/a.wav"
            seaweedfs.client().abort_multipart_upload(Bucket="pub", Key=key, UploadId=upload_id)
            aborted.append(request.path)
        return sent(request)

    aborted: list[str] = []
    sent, told = Sent(), list[int]()
    with behind(seaweedfs, abort_once) as storage:
        with pytest.raises(UnreachableError, match="lost the parts of a file"):
            put(storage, sent=told.append)
        assert sum(told) == 0
        sent.parts.clear()
        assert put(storage, sent=told.append) == storage.find("media/a.wav")
        assert sum(told) == SIZE
    assert sent.parts == [1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize("condition", [ABSENT, None], ids=["absent", "plain"])
@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_an_object_of_other_bytes_is_not_believed(
    seaweedfs: SeaweedFS, condition: Condition | None, method: str
) -> None:
    def damage(request: Request) -> Answer:
        answer = request.forward()
        if request.method != method or answer.status != 200 or "uploads" in request.path:
            return answer
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "etag"}
        body = answer.body.replace(etag_of_parts().encode(), b"0" * 32 + b"-4")
        return Answer(status=200, headers=headers | {"ETag": f'"{"0" * 32}-4"'}, body=body)

    with (
        behind(seaweedfs, damage) as storage,
        pytest.raises(StorageError, match=r"was damaged on its way|differs from the uploaded file"),
    ):
        put(storage, condition=condition)
    found = in_parts(seaweedfs, storage.prefix).find("media/a.wav")
    # What may be a rival's, or replaced something, stays.
    assert (found is None) == (condition is ABSENT and method == "POST")


def test_parts_grow_with_the_file(bucket: S3Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("podcastkit.storage.s3_parts.MOST_PARTS", 2)
    (tmp_path / "audio.wav").write_bytes(BODY)
    storage = S3Storage("pub", bucket.prefix, client=bucket._get_client(), multipart_threshold=MIB)
    for size, parts in ((16 * MIB, 1), (SIZE, 2)):
        assert put(storage, BODY[:size], None).etag.endswith(f"-{parts}")
    assert put(storage, BODY * 2, None).etag.endswith("-2")
