"""Read one object in a bucket, and write it in one request with a condition and a checksum."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import re
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from podcastkit.diagnostics import ConflictError, StorageError
from podcastkit.storage.base import Condition, Stored, check_condition, make_condition_error
from podcastkit.storage.errors import get_code, get_status, is_not_implemented, is_temporary
from podcastkit.storage.source import CHUNK_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.awsrequest import AWSRequest
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

    from podcastkit.storage.source import SentCounter, Source

_FALSE_CONDITIONS = (Condition(etag="0" * 32), Condition(etag=None))
"""Conditions that are false for every object that exists."""
_MD5 = re.compile(r"[0-9a-f]{32}")


class S3Object(NamedTuple):
    """An object in a bucket, with the client. `name` is the storage's prefix and the key."""

    client: S3Client
    bucket: str
    name: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.name}"

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments that name the object in each of botocore's requests."""
        return {"Bucket": self.bucket, "Key": self.name}

    def get(self) -> GetObjectOutputTypeDef | None:
        """Return the response to a GET, whose body is a stream, or None if the object does not exist."""
        try:
            return self.client.get_object(**self.arguments)
        except ClientError as error:
            if get_code(error) == "NoSuchKey":
                return None
            raise

    def head(self) -> GetObjectOutputTypeDef | HeadObjectOutputTypeDef | None:
        """Return the object's metadata, or None if it does not exist."""
        try:
            return self.client.head_object(**self.arguments)
        except ClientError as error:
            if is_temporary(error):
                raise
            # A failed HEAD does not show whether the key, the bucket or the permission is missing. A failed GET
            # does.
            response = self.get()
            if response:
                response["Body"].close()
            return response

    def find(self, key: str) -> Stored | None:
        """Return the stored object, with the storage's `key`, or None if it does not exist."""
        metadata = self.head()
        if metadata is None:
            return None
        return Stored(
            key=key,
            size=metadata["ContentLength"],
            etag=get_etag(metadata),
            modified=metadata["LastModified"],
            md5=get_md5(metadata),
        )


def get_etag(response: Mapping[str, Any]) -> str:
    """Return a response's ETag without its quotes."""
    return str(response["ETag"]).strip('"')


def get_md5(response: Mapping[str, Any]) -> str | None:
    """Return the MD5 in hex if the ETag is an MD5, else None."""
    etag = get_etag(response)
    return etag if _MD5.fullmatch(etag) and not is_encrypted(response) else None


def is_encrypted(response: Mapping[str, Any]) -> bool:
    """Return whether the object is encrypted with KMS or a customer's key. Its ETag then only looks like an MD5."""
    return response.get("ServerSideEncryption", "AES256") != "AES256" or "SSECustomerAlgorithm" in response


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """The arguments of one write: the bytes, the object and the condition."""

    target: S3Object
    source: Source
    headers: Mapping[str, str]
    """botocore's ContentType and CacheControl."""
    md5: str | None
    condition: Condition | None
    sent: SentCounter


def write_in_one_request(write: Write, conditions: Conditions) -> str:
    """Write a file in one request and return the ETag."""
    source = write.source
    md5 = write.md5 or source.compute_md5()
    stream = StreamedBody(source, write.sent.add) if source.size > CHUNK_SIZE else None
    if stream is None:
        write.sent.add(source.size)
    request = {
        **write.target.arguments,
        **write.headers,
        "Body": stream or _SmallBody(source.read()),
        "ContentLength": source.size,
        "ContentMD5": encode_md5(md5),
    }
    return conditions.execute(partial(_put, write, request, md5), write.target, write.condition)


def _put(write: Write, request: Mapping[str, Any], md5: str, precondition: Mapping[str, str]) -> str:
    """Send a request and return the ETag. Raise an error if the bytes have changed in the file or on the way."""
    request["Body"].seek(0)  # botocore rewinds only between its own retries
    try:
        response = write.target.client.put_object(**{**request, **precondition})
    except ClientError as error:
        if get_code(error) == "BadDigest" and _is_changed(write.source, md5):
            raise write.source.make_changed_error() from error
        raise
    if get_md5(response) not in {None, md5}:
        remove_if_new(write)
        raise make_damaged_error(write)
    return get_etag(response)


def _is_changed(source: Source, md5: str) -> bool:
    source.seek(0)
    return source.compute_md5() != md5


def remove_if_new(write: Write) -> None:
    """Remove the stored object if the key did not exist before the write."""
    if write.condition == Condition(etag=None):
        write.target.client.delete_object(**write.target.arguments)


def make_damaged_error(write: Write) -> StorageError:
    """Return the error for an object that the store received with other bytes."""
    return StorageError(
        f"{write.target} was damaged during the upload", "check the network and the store, then publish again"
    )


def encode_md5(md5: str) -> str:
    """Convert an MD5 in hex to the form of the Content-MD5 header."""
    return base64.b64encode(bytes.fromhex(md5)).decode()


# Conditions


class Conditions:
    """The support of a store for conditional writes, which is assumed until a request or `probe` disproves it."""

    def __init__(self) -> None:
        self._store_supports_conditions: bool | None = None

    def execute(
        self, send: Callable[[Mapping[str, str]], str], target: S3Object, condition: Condition | None
    ) -> str:
        """Write on a condition and return the ETag. Raise ConflictError if the condition is false.

        If the store has no conditional writes, the condition is checked just before the write. `send` writes the
        object; its argument contains botocore's IfMatch or IfNoneMatch, or nothing. `send` may be called twice.
        """
        if condition is None:
            return send({})
        if self._store_supports_conditions is not False:
            with contextlib.suppress(_ConditionsNotImplementedError):
                return _send_conditionally(send, target, condition)
            self._store_supports_conditions = False
        # Backblaze B2 has no conditional writes. A check just before the write is the best alternative.
        check_target(target, condition)
        return send({})

    def probe(self, target: S3Object, body: bytes) -> bool:
        """Return whether the store supports conditional writes. To find out, write on conditions that are false.

        A store that ignores conditions does write, so the request repeats the stored bytes and headers.
        """
        if self._store_supports_conditions is None:
            send = partial(_repeat_put, target.client, _repeat_request(target, body))
            self._store_supports_conditions = all(
                _is_refused(send, target, condition) for condition in _FALSE_CONDITIONS
            )
        return self._store_supports_conditions


def check_target(target: S3Object, condition: Condition) -> None:
    """Raise ConflictError if the condition is false for the object that is stored now."""
    check_condition(str(target), target.find(target.name), condition)


class _ConditionsNotImplementedError(Exception):
    """Raised if the store does not implement conditional writes."""


def _send_conditionally(send: Callable[[Mapping[str, str]], str], target: S3Object, condition: Condition) -> str:
    precondition = {"IfNoneMatch": "*"} if condition.etag is None else {"IfMatch": f'"{condition.etag}"'}
    try:
        return send(precondition)
    except ClientError as error:
        if is_not_implemented(error):
            raise _ConditionsNotImplementedError from error
        if _is_false_condition(error):
            raise make_condition_error(str(target), condition) from error
        raise


def _is_false_condition(error: ClientError) -> bool:
    # Amazon returns NoSuchKey if the object to match does not exist.
    return get_status(error) == HTTPStatus.PRECONDITION_FAILED or get_code(error) == "NoSuchKey"


def _repeat_request(target: S3Object, body: bytes) -> dict[str, Any]:
    """Return the request that writes a stored object again, unchanged. Raise ConflictError if it was removed."""
    metadata = target.head()
    if metadata is None:
        raise ConflictError(f"{target} was removed", "find out who removed the file, then publish again")
    headers = {header: metadata[header] for header in ("ContentType", "CacheControl") if header in metadata}
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return {**target.arguments, **headers, "Body": body, "ContentMD5": encode_md5(md5)}


def _repeat_put(client: S3Client, request: Mapping[str, Any], precondition: Mapping[str, str]) -> str:
    return get_etag(client.put_object(**{**request, **precondition}))


def _is_refused(send: Callable[[Mapping[str, str]], str], target: S3Object, condition: Condition) -> bool:
    """Return whether the store refuses a write because the condition is false."""
    try:
        _send_conditionally(send, target, condition)
    except ConflictError:
        return True
    except _ConditionsNotImplementedError:
        return False
    return False


# Bodies of requests


class UploadStoppedError(BaseException):
    """Wraps our own errors, because botocore treats every Exception as a network failure and retries."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class StreamedBody:
    """A source as the body of a request, which reports the bytes that were read."""

    def __init__(self, source: Source, sent: Callable[[int], None]) -> None:
        self._source = source
        self._sent = sent
        self._reported = 0

    def read(self, amount: int | None = None) -> bytes:
        """Return `amount` bytes (by default all), fewer only at the end, and report them."""
        try:
            chunk = self._source.read(amount)
            position = self._source.tell()
            if position != self._reported:
                self._sent(position - self._reported)
            self._reported = position
        except Exception as error:
            raise UploadStoppedError(error) from error
        return chunk

    def seek(self, offset: int, origin: int = os.SEEK_SET) -> int:
        """Move to a position and return it."""
        return self._source.seek(offset, origin)

    def tell(self) -> int:
        """Return the current position."""
        return self._source.tell()


class _SmallBody(io.BytesIO):
    """The body of a request that is sent without an Expect header."""


def send_small_bodies_at_once(client: S3Client) -> S3Client:
    """Make a client send small bodies without `Expect: 100-continue`, which is faster, and return the client."""
    client.meta.events.register_last("request-created.s3", _drop_expect_header, unique_id="podcastkit")
    return client


def _drop_expect_header(request: AWSRequest, **_: object) -> None:
    if isinstance(request.data, _SmallBody):
        del request.headers["Expect"]
