"""How bytes come into a bucket: in one request, or in parts when there are many."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore import exceptions as trouble

from podcastkit.diagnostics import StorageError, UnreachableError
from podcastkit.storage.base import Condition
from podcastkit.storage.conditions import look
from podcastkit.storage.multipart import PartsUpload, UploadGoneError
from podcastkit.storage.objects import ask, hash_object, is_encrypted, told_md5, unquoted
from podcastkit.storage.refusals import code_of
from podcastkit.storage.source import CHUNK
from podcastkit.storage.upload import FewBytes, Upload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

    from podcastkit.storage.conditions import Conditions
    from podcastkit.storage.objects import Place
    from podcastkit.storage.source import Source, Tally

_UPLOADS = 3
"""How often an upload in parts is begun when others abort it."""
_MD5_OF_PARTS = re.compile(r"[0-9a-f]{32}(-\d+)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """What is to be written, where and on which condition, and the client that does it."""

    client: S3Client
    place: Place
    source: Source
    headers: Mapping[str, str]
    """botocore's ContentType and CacheControl."""
    md5: str | None
    condition: Condition | None
    tally: Tally


def write_at_once(write: Write, conditions: Conditions) -> str:
    """Write in one request and return the ETag."""
    attempt = _Put(write)
    etag = conditions.carry_out(attempt, write.client, write.place, write.condition)
    attempt.finish()
    return etag


def write_in_parts(write: Write, conditions: Conditions, part_size: int) -> str:
    """Write in parts, those that arrived before a failure not again, and return the ETag."""
    for _ in range(_UPLOADS):
        if write.condition:
            look(write.client, write.place, write.condition)  # or it would be told only after all was sent
        parts = PartsUpload(write.client, write.place, write.source, part_size, headers=write.headers)
        attempt = _Completion(write, parts)
        try:
            with parts:
                parts.send(write.tally)
                if write.md5 not in {None, parts.md5}:
                    raise write.source.changed()
                return conditions.carry_out(attempt, write.client, write.place, write.condition)
        except UploadGoneError:
            # Another publisher of the same file finished or aborted it, or our own end of it went unanswered.
            if parts.are_sent and (etag := attempt.own()):
                return etag
            write.tally.take_back()
    raise UnreachableError(
        f"the store lost the parts of {write.place} again and again", "wait until nobody else publishes there"
    )


class _Put:
    """An attempt in one request."""

    def __init__(self, write: Write) -> None:
        self._write = write
        source = write.source
        self._md5 = write.md5 or source.md5()
        self._upload = Upload(source, write.tally.add) if source.size > CHUNK else None
        if self._upload is None:
            write.tally.add(source.size)
        self._request: dict[str, Any] = {
            **write.headers,
            "Bucket": write.place.bucket,
            "Key": write.place.name,
            "Body": self._upload or FewBytes(source.read()),
            "ContentLength": source.size,
            "ContentMD5": base64.b64encode(bytes.fromhex(self._md5)).decode(),
        }

    def make(self, demand: Mapping[str, str]) -> str:
        self._request["Body"].seek(0)  # botocore rewinds between its own tries only
        request = {**self._request, **demand}
        try:
            answer = self._write.client.put_object(**request)
        except trouble.ClientError as error:
            if code_of(error) == "BadDigest" and self._is_changed():
                raise self._write.source.changed() from error
            raise
        if told_md5(answer) not in {None, self._md5}:
            raise _damaged(self._write)
        return unquoted(answer["ETag"])

    def own(self) -> str | None:
        return _own(self._write, self._md5, self._md5)

    def finish(self) -> None:
        if self._upload:
            self._upload.finish()

    def _is_changed(self) -> bool:
        """Tell whether the bytes were others before they went out."""
        self._write.source.seek(0)
        return self._write.source.md5() != self._md5


class _Completion:
    """An attempt to make an object of parts that have been sent."""

    def __init__(self, write: Write, parts: PartsUpload) -> None:
        self._write = write
        self._parts = parts

    def make(self, demand: Mapping[str, str]) -> str:
        if self._is_other(self._parts.complete(demand)):
            raise _damaged(self._write)
        # Some stores call the finished object otherwise than in their answer.
        found = ask(self._write.client, self._write.place)
        if found is None or found["ContentLength"] != self._write.source.size or self._is_other(found):
            raise StorageError(
                f"{self._write.place} is not what was sent: it was damaged, or somebody else writes there",
                "look at what it is, then publish again",
            )
        return unquoted(found["ETag"])

    def own(self) -> str | None:
        return _own(self._write, self._parts.md5, self._parts.etag)

    def _is_other(self, answer: Mapping[str, Any]) -> bool:
        etag = unquoted(answer["ETag"])
        tells = _MD5_OF_PARTS.fullmatch(etag) and not is_encrypted(answer)
        return bool(tells) and etag not in {self._parts.etag, self._parts.md5}


def _own(write: Write, md5: str, etag: str) -> str | None:
    """Return the ETag of what is stored when it is what we sent."""
    found = ask(write.client, write.place)
    if found is None or found["ContentLength"] != write.source.size:
        return None
    stored = unquoted(found["ETag"])
    return stored if stored == etag or hash_object(write.client, write.place) == md5 else None


def _damaged(write: Write) -> StorageError:
    """Return the error for what is stored and is not what was sent; it is removed where nothing stood before."""
    if write.condition == Condition(etag=None):
        write.client.delete_object(Bucket=write.place.bucket, Key=write.place.name)
    return StorageError(
        f"{write.place} did not arrive whole", "check the network and the store, then publish again"
    )
