"""One object in a bucket: ask for it, and write it in one request, on a condition and with a checksum."""

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
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

from podcastkit.diagnostics import ConflictError, StorageError
from podcastkit.retry import retry_after_pauses
from podcastkit.storage.base import Condition
from podcastkit.storage.errors import get_code, get_status, is_not_implemented, is_temporary
from podcastkit.storage.source import CHUNK_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from botocore.awsrequest import AWSRequest
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

    from podcastkit.storage.source import SentCounter, Source

_NEVER_TRUE = ({"IfMatch": f'"{"0" * 32}"'}, {"IfNoneMatch": "*"})
"""Conditions that are false for every object that exists."""
_MD5 = re.compile(r"[0-9a-f]{32}")


class S3Object(NamedTuple):
    """A place for an object in a bucket: `name` is the prefix and the key."""

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
        """Start to read the object; None when it does not exist."""
        try:
            return self.client.get_object(**self.arguments)
        except ClientError as error:
            if get_code(error) == "NoSuchKey":
                return None
            raise

    def head(self) -> GetObjectOutputTypeDef | HeadObjectOutputTypeDef | None:
        """Return the object's metadata; None when it does not exist."""
        try:
            return self.client.head_object(**self.arguments)
        except ClientError as error:
            if is_temporary(error):
                raise
            # A HEAD cannot say whether the key, the bucket or the permission is missing. A GET can.
            response = self.get()
            if response:
                response["Body"].close()
            return response

    def compute_md5(self) -> str | None:
        """Read the object and return its MD5 in hex; None when it does not exist."""
        response = self.get()
        if response is None:
            return None
        digest = hashlib.md5(usedforsecurity=False)
        with contextlib.closing(response["Body"]) as stream:
            for chunk in stream.iter_chunks(CHUNK_SIZE):
                digest.update(chunk)
        return digest.hexdigest()


def get_etag(response: Mapping[str, Any]) -> str:
    """Return a response's ETag without its quotes."""
    return str(response["ETag"]).strip('"')


def get_md5(response: Mapping[str, Any]) -> str | None:
    """Return the MD5 in hex when the ETag is one."""
    etag = get_etag(response)
    return etag if _MD5.fullmatch(etag) and not is_encrypted(response) else None


def is_encrypted(response: Mapping[str, Any]) -> bool:
    """Return whether the object is encrypted with a customer's key: then its ETag looks like an MD5 and is not."""
    return response.get("ServerSideEncryption", "AES256") != "AES256" or "SSECustomerAlgorithm" in response


@dataclass(frozen=True, kw_only=True, slots=True)
class Write:
    """One write: which bytes go to which object, on which condition."""

    target: S3Object
    source: Source
    headers: Mapping[str, str]
    """botocore's ContentType and CacheControl."""
    md5: str | None
    condition: Condition | None
    sent: SentCounter


def write_in_one_request(write: Write, conditions: Conditions) -> str:
    """Write in one request and return the ETag."""
    attempt = _Put(write)
    etag = conditions.execute(attempt, write.target, write.condition)
    attempt.finish()
    return etag


# Conditions


class _Attempt(Protocol):
    """A request that writes and can be repeated."""

    def send(self, precondition: Mapping[str, str]) -> str:
        """Write, with botocore's IfMatch or IfNoneMatch, and return the ETag."""
        ...

    def find_own_etag(self) -> str | None:
        """Return the stored object's ETag when its bytes are the ones to write."""
        ...


class Conditions:
    """Whether a store supports conditional writes. It is assumed to until a request or `probe` shows otherwise.

    `pauses` (in seconds) precede each further attempt while two conditional writes to one key block each other.
    """

    def __init__(self, pauses: Sequence[float]) -> None:
        self._pauses = pauses
        self._are_supported: bool | None = None

    def execute(self, attempt: _Attempt, target: S3Object, condition: Condition | None) -> str:
        """Write on the condition, as well as the store supports it, and return the ETag."""
        if condition is None:
            return attempt.send({})
        if self._are_supported is not False:
            with contextlib.suppress(_ConditionsNotImplementedError):
                return self._retry_blocked(attempt, target, condition)
            self._are_supported = False
        # Backblaze B2 has no conditional writes. A check just before the write is the best that is left.
        check_condition(target, condition)
        return attempt.send({})

    def probe(self, target: S3Object, body: bytes) -> bool:
        """Return whether the store supports conditions: write what is stored again, on conditions that are false.

        A store that ignores conditions does write, so the request repeats the stored bytes and headers.
        """
        if self._are_supported is None:
            request = _repeat_request(target, body)
            self._are_supported = all(_is_refused(target.client, {**request, **one}) for one in _NEVER_TRUE)
        return self._are_supported

    def _retry_blocked(self, attempt: _Attempt, target: S3Object, condition: Condition) -> str:
        send = partial(_send_conditionally, attempt, target, condition)
        try:
            return retry_after_pauses(send, (_BlockedError,), self._pauses)
        except _BlockedError as error:
            raise _conflict_error(target, condition) from error


class _ConditionsNotImplementedError(Exception):
    """The store does not implement conditional writes."""


class _BlockedError(Exception):
    """Another conditional write to the same key is in progress."""


def _send_conditionally(attempt: _Attempt, target: S3Object, condition: Condition) -> str:
    precondition = {"IfNoneMatch": "*"} if condition.etag is None else {"IfMatch": f'"{condition.etag}"'}
    try:
        return attempt.send(precondition)
    except ClientError as error:
        if is_not_implemented(error):
            raise _ConditionsNotImplementedError from error
        if _is_false_condition(error):
            # The stored object may be ours, when only the response to a first try was lost.
            if error.response["ResponseMetadata"].get("RetryAttempts") and (etag := attempt.find_own_etag()):
                return etag
            raise _conflict_error(target, condition) from error
        if get_status(error) == HTTPStatus.CONFLICT:
            raise _BlockedError from error
        raise


def check_condition(target: S3Object, condition: Condition) -> None:
    """Raise ConflictError when the condition is false now."""
    found = target.head()
    if (found and get_etag(found)) != condition.etag:
        raise _conflict_error(target, condition)


def _is_false_condition(error: ClientError) -> bool:
    # Amazon answers NoSuchKey when the object to match is gone.
    return get_status(error) == HTTPStatus.PRECONDITION_FAILED or get_code(error) == "NoSuchKey"


def _repeat_request(target: S3Object, body: bytes) -> dict[str, Any]:
    """Return the request that writes a stored object again as it is."""
    found = target.head()
    if found is None:
        raise ConflictError(f"{target} is gone", "look at who removed it, then publish again")
    headers = {header: found[header] for header in ("ContentType", "CacheControl") if header in found}
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return {**target.arguments, **headers, "Body": body, "ContentMD5": encode_md5(md5)}


def _is_refused(client: S3Client, request: dict[str, Any]) -> bool:
    try:
        client.put_object(**request)
    except ClientError as error:
        if is_not_implemented(error):
            return False
        if _is_false_condition(error) or get_status(error) == HTTPStatus.CONFLICT:
            return True
        raise
    return False


def _conflict_error(target: S3Object, condition: Condition) -> ConflictError:
    problem = "is there already" if condition.etag is None else "has changed since it was read"
    return ConflictError(f"{target} {problem}", "somebody else may be publishing: look at it, then publish again")


# Writing


class _Put:
    """A write in one request."""

    def __init__(self, write: Write) -> None:
        self._write = write
        source = write.source
        self._md5 = write.md5 or source.compute_md5()
        self._stream = StreamedBody(source, write.sent.add) if source.size > CHUNK_SIZE else None
        if self._stream is None:
            write.sent.add(source.size)
        self._request: dict[str, Any] = {
            **write.target.arguments,
            **write.headers,
            "Body": self._stream or _SmallBody(source.read()),
            "ContentLength": source.size,
            "ContentMD5": encode_md5(self._md5),
        }

    def send(self, precondition: Mapping[str, str]) -> str:
        self._request["Body"].seek(0)  # botocore rewinds between its own retries only
        request = {**self._request, **precondition}
        try:
            response = self._write.target.client.put_object(**request)
        except ClientError as error:
            if get_code(error) == "BadDigest" and self._is_source_changed():
                raise self._write.source.changed_error() from error
            raise
        if get_md5(response) not in {None, self._md5}:
            raise remove_damaged(self._write)
        return get_etag(response)

    def find_own_etag(self) -> str | None:
        return find_own_etag(self._write, self._md5, self._md5)

    def finish(self) -> None:
        if self._stream:
            self._stream.finish()

    def _is_source_changed(self) -> bool:
        self._write.source.seek(0)
        return self._write.source.compute_md5() != self._md5


def find_own_etag(write: Write, md5: str, etag: str) -> str | None:
    """Return the stored object's ETag when its bytes are the ones of this write."""
    found = write.target.head()
    if found is None or found["ContentLength"] != write.source.size:
        return None
    stored = get_etag(found)
    return stored if stored == etag or write.target.compute_md5() == md5 else None


def remove_damaged(write: Write) -> StorageError:
    """Remove the stored object when nothing was there before it, and return the error for damaged bytes."""
    if write.condition == Condition(etag=None):
        write.target.client.delete_object(**write.target.arguments)
    return StorageError(
        f"{write.target} did not arrive whole", "check the network and the store, then publish again"
    )


def encode_md5(md5: str) -> str:
    """Return an MD5 in hex as the Content-MD5 header has it."""
    return base64.b64encode(bytes.fromhex(md5)).decode()


# Bodies of requests


class UploadStoppedError(BaseException):
    """Carries our own error out of botocore, which takes every Exception for a network failure and retries."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class StreamedBody:
    """A source as the body of a request. It counts the bytes sent, but not those read for the signature."""

    def __init__(self, source: Source, sent: Callable[[int], None]) -> None:
        self._source = source
        self._sent = sent
        self._reported = 0
        self.is_sending = False

    def read(self, amount: int | None = None) -> bytes:
        """Return `amount` bytes, fewer only at the end, and report them while the body is sent."""
        try:
            chunk = self._source.read(amount)
            if self.is_sending:
                self._report(self._source.tell())
        except Exception as error:
            raise UploadStoppedError(error) from error
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position and return it."""
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        """Return the current position."""
        return self._source.tell()

    def finish(self) -> None:
        """Report the bytes that were not read again because the store had them already."""
        self._report(self._source.size)

    def _report(self, position: int) -> None:
        if position != self._reported:
            self._sent(position - self._reported)
        self._reported = position


class _SmallBody(io.BytesIO):
    """The body of a request that is sent without asking first whether the store accepts it."""


def register_bodies(client: S3Client) -> S3Client:
    """Let a client treat our bodies: count what is sent of large ones, send small ones at once."""
    events = client.meta.events
    # The signature, for which bodies are read too, is made between these two.
    events.register_first("request-created.s3", _start_signing, unique_id="podcastkit-sign")
    events.register_last("request-created.s3", _start_sending, unique_id="podcastkit-go-out")
    return client


def _start_signing(request: AWSRequest, **_: object) -> None:
    if isinstance(request.data, StreamedBody):
        request.data.is_sending = False


def _start_sending(request: AWSRequest, **_: object) -> None:
    if isinstance(request.data, StreamedBody):
        request.data.is_sending = True
    elif isinstance(request.data, _SmallBody):
        # Asking for permission (Expect: 100-continue) takes longer than sending them.
        del request.headers["Expect"]
