"""Write a large file to a bucket in parts, so that parts that have arrived are not sent again after a failure."""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from botocore.exceptions import BotoCoreError, ClientError

from podcastkit.diagnostics import StorageError, UnreachableError
from podcastkit.storage.errors import get_code, is_not_implemented, is_temporary
from podcastkit.storage.s3_put import (
    StreamedBody,
    check_condition,
    encode_md5,
    find_own_etag,
    get_etag,
    is_encrypted,
    remove_damaged,
)
from podcastkit.storage.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, MultipartUploadTypeDef

    from podcastkit.storage.s3_put import Conditions, S3Object, Write

LARGEST_OBJECT = 5 * 2**40
"""How many bytes an object may have."""
MOST_PARTS = 10_000

_MIB = 2**20
_UPLOADS = 3
"""How often an upload is started when others abort it."""
_UPLOAD_GONE = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder"}
_MD5_OF_PARTS = re.compile(r"[0-9a-f]{32}(-\d+)?")


def write_in_parts(write: Write, conditions: Conditions, part_size: int) -> str:
    """Write in parts and return the ETag. Parts that arrived before a failure are not sent again."""
    for _ in range(_UPLOADS):
        if write.condition:
            check_condition(write.target, write.condition)  # else it would only fail after everything is sent
        upload = _MultipartUpload(write, part_size)
        attempt = _Completion(write, upload)
        try:
            with upload:
                upload.send()
                if write.md5 not in {None, upload.md5}:
                    raise write.source.changed_error()
                return conditions.execute(attempt, write.target, write.condition)
        except _UploadGoneError:
            # Another publisher of the same file finished or aborted it, or the response to our completion was lost.
            if upload.is_sent and (etag := attempt.find_own_etag()):
                return etag
            write.sent.reset()
    raise UnreachableError(
        f"the store lost the parts of {write.target} again and again", "wait until nobody else publishes there"
    )


class _Part(NamedTuple):
    size: int
    etag: str


class _UploadGoneError(Exception):
    """Somebody finished or aborted the upload, or changed its parts."""


class _MultipartUpload:
    """The upload of one file in equal parts, which continues an unfinished upload of the same file.

    Each part is read, hashed and sent from memory, with its MD5 for the store to check. When the block ends with a
    temporary failure, the upload stays for the next attempt; after any other failure it is aborted.
    """

    def __init__(self, write: Write, part_size: int) -> None:
        self._write = write
        size = write.source.size
        self._part_size = max(part_size, -(-size // MOST_PARTS // _MIB) * _MIB)
        self._count = -(-size // self._part_size)
        self._whole = hashlib.md5(usedforsecurity=False)
        self._digests: list[bytes] = []
        self._sent: list[CompletedPartTypeDef] = []
        self._id = ""
        self._arrived: Mapping[int, _Part] = {}

    def __enter__(self) -> Self:
        self._write.source.seek(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_lost = error is not None and not is_temporary(error) and not isinstance(error, _UploadGoneError)
        if is_lost and self._id:
            with contextlib.suppress(ClientError, BotoCoreError):
                abort_upload(self._write.target, self._id)

    @property
    def is_sent(self) -> bool:
        """Whether all parts are in the store."""
        return len(self._sent) == self._count

    @property
    def md5(self) -> str:
        """The MD5 of all bytes read, in hex."""
        return self._whole.hexdigest()

    @property
    def etag(self) -> str:
        """The ETag that S3 gives to an object sent in these parts."""
        digest = hashlib.md5(b"".join(self._digests), usedforsecurity=False)
        return f"{digest.hexdigest()}-{len(self._digests)}"

    def send(self) -> None:
        """Send the parts that the store does not have yet."""
        for number in range(1, self._count + 1):
            self._sent.append({"PartNumber": number, "ETag": self._send_part(number)})

    def complete(self, precondition: Mapping[str, str]) -> Mapping[str, Any]:
        """Turn the parts into an object, with botocore's IfMatch or IfNoneMatch."""
        target, parts = self._write.target, self._sent
        request = {**target.arguments, **precondition, "UploadId": self._id, "MultipartUpload": {"Parts": parts}}
        with _detect_gone_upload():
            return target.client.complete_multipart_upload(**request)

    def _send_part(self, number: int) -> str:
        """Send a part unless the store has it, and return its ETag. Only this call holds its bytes in memory."""
        chunk = self._write.source.read(self._part_size)
        digest = hashlib.md5(chunk, usedforsecurity=False)
        self._whole.update(chunk)
        self._digests.append(digest.digest())
        part = _Part(len(chunk), digest.hexdigest())
        if not self._id:
            self._start(part)
        if self._arrived.get(number) == part:
            self._write.sent.add(len(chunk))
            return part.etag
        target, body = self._write.target, StreamedBody(Source(chunk), self._write.sent.add)
        request = {
            **target.arguments,
            "UploadId": self._id,
            "PartNumber": number,
            "Body": body,
            "ContentLength": part.size,
            "ContentMD5": encode_md5(part.etag),
        }
        with _detect_gone_upload():
            response = target.client.upload_part(**request)
        body.finish()
        return response["ETag"]

    def _start(self, first: _Part) -> None:
        """Continue the newest unfinished upload that starts with the same part, or start a new one."""
        target = self._write.target
        # Parts are sent in order, so an upload with another first part is of another file.
        if found := _find_resumable(target, first):
            self._id, self._arrived = found
        else:
            request = {**target.arguments, **self._write.headers}
            self._id = target.client.create_multipart_upload(**request)["UploadId"]


class _Completion:
    """The request that turns the parts sent into an object."""

    def __init__(self, write: Write, upload: _MultipartUpload) -> None:
        self._write = write
        self._upload = upload

    def send(self, precondition: Mapping[str, str]) -> str:
        if self._is_different(self._upload.complete(precondition)):
            raise remove_damaged(self._write)
        # Some stores give the finished object another ETag than their response says.
        found = self._write.target.head()
        if found is None or found["ContentLength"] != self._write.source.size or self._is_different(found):
            raise StorageError(
                f"{self._write.target} is not what was sent: it was damaged, or somebody else writes there",
                "look at what it is, then publish again",
            )
        return get_etag(found)

    def find_own_etag(self) -> str | None:
        return find_own_etag(self._write, self._upload.md5, self._upload.etag)

    def _is_different(self, response: Mapping[str, Any]) -> bool:
        etag = get_etag(response)
        is_checksum = _MD5_OF_PARTS.fullmatch(etag) and not is_encrypted(response)
        return bool(is_checksum) and etag not in {self._upload.etag, self._upload.md5}


def list_unfinished(client: S3Client, bucket: str, prefix: str) -> Iterator[MultipartUploadTypeDef]:
    """Yield the unfinished uploads under a prefix; none where the store does not list them."""
    try:
        pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Uploads", ())
    except ClientError as error:
        if get_code(error) not in {"AccessDenied", "MethodNotAllowed"} and not is_not_implemented(error):
            raise


def list_parts(target: S3Object, upload_id: str) -> dict[int, _Part]:
    """Return the parts of an unfinished upload by their numbers: size in bytes and ETag."""
    pages = target.client.get_paginator("list_parts").paginate(**target.arguments, UploadId=upload_id)
    parts = [part for page in pages for part in page.get("Parts", ())]
    return {part["PartNumber"]: _Part(part["Size"], get_etag(part)) for part in parts}


def abort_upload(target: S3Object, upload_id: str) -> None:
    """Remove an unfinished upload, if it is still there."""
    with contextlib.suppress(_UploadGoneError), _detect_gone_upload():
        target.client.abort_multipart_upload(**target.arguments, UploadId=upload_id)


def _find_resumable(target: S3Object, first: _Part) -> tuple[str, dict[int, _Part]] | None:
    """Return the id and the parts of the newest unfinished upload that starts with this part, if it is listed."""
    try:
        found = [
            one for one in list_unfinished(target.client, target.bucket, target.name) if one["Key"] == target.name
        ]
        for upload in sorted(found, key=lambda one: one["Initiated"], reverse=True):
            parts = list_parts(target, upload["UploadId"])
            if parts.get(1) == first:
                return upload["UploadId"], parts
    except ClientError as error:
        if is_temporary(error):
            raise
    return None


@contextlib.contextmanager
def _detect_gone_upload() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if get_code(error) in _UPLOAD_GONE:
            raise _UploadGoneError from error
        raise
