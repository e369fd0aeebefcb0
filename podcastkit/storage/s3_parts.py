"""Write a large file to a bucket in parts, so that parts that have arrived are not sent again after a failure."""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from podcastkit.diagnostics import StorageError
from podcastkit.storage.errors import UPLOAD_GONE, get_code, is_not_implemented, is_temporary
from podcastkit.storage.s3_put import (
    StreamedBody,
    check_target,
    encode_md5,
    get_etag,
    is_encrypted,
    remove_damaged,
)
from podcastkit.storage.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, MultipartUploadTypeDef

    from podcastkit.storage.s3_put import Conditions, S3Object, Write

LARGEST_OBJECT = 5 * 2**40
"""How many bytes an object may have."""
MOST_PARTS = 10_000

_MIB = 2**20
_MD5_OF_PARTS = re.compile(r"[0-9a-f]{32}(-\d+)?")


def write_in_parts(write: Write, conditions: Conditions, part_size: int) -> str:
    """Write in parts and return the ETag.

    Parts that arrived before a temporary failure are not sent again by the next call; after any other failure, they
    are removed.
    """
    if write.condition:
        check_target(write.target, write.condition)  # else it would only fail after everything is sent
    upload = _Upload(write, part_size)
    try:
        upload.send()
        return conditions.execute(upload.complete, write.target, write.condition)
    except BaseException as error:
        if upload.id and not is_temporary(error):
            with contextlib.suppress(ClientError, BotoCoreError):
                abort_upload(write.target, upload.id)
        raise


class _Part(NamedTuple):
    size: int
    etag: str


class _Upload:
    """The upload of one file in equal parts, which continues an unfinished upload of the same file.

    Each part is read, hashed and sent from memory, with its MD5 for the store to check.
    """

    def __init__(self, write: Write, part_size: int) -> None:
        self.id = ""
        self._write = write
        size = write.source.size
        self._part_size = max(part_size, -(-size // MOST_PARTS // _MIB) * _MIB)
        self._count = -(-size // self._part_size)
        self._whole = hashlib.md5(usedforsecurity=False)
        self._digests: list[bytes] = []
        self._sent: list[CompletedPartTypeDef] = []
        self._arrived: Mapping[int, _Part] = {}

    def send(self) -> None:
        """Send the parts that the store does not have yet."""
        for number in range(1, self._count + 1):
            self._sent.append({"PartNumber": number, "ETag": self._send_part(number)})
        if self._write.md5 not in {None, self._md5}:
            raise self._write.source.changed_error()

    def complete(self, precondition: Mapping[str, str]) -> str:
        """Turn the parts into an object, with botocore's IfMatch or IfNoneMatch, and return its ETag."""
        target, size = self._write.target, self._write.source.size
        request = {**target.arguments, **precondition, "UploadId": self.id}
        response = target.client.complete_multipart_upload(**request, MultipartUpload={"Parts": self._sent})
        if self._is_different(response):
            raise remove_damaged(self._write)
        # Some stores give the finished object another ETag than their response says.
        found = target.head()
        if found is None or found["ContentLength"] != size or self._is_different(found):
            raise StorageError(
                f"{target} is not what was sent: it was damaged, or somebody else writes there",
                "look at what it is, then publish again",
            )
        return get_etag(found)

    @property
    def _md5(self) -> str:
        """The MD5 of all bytes read, in hex."""
        return self._whole.hexdigest()

    def _send_part(self, number: int) -> str:
        """Send a part unless the store has it, and return its ETag. Only this call holds its bytes in memory."""
        chunk = self._write.source.read(self._part_size)
        digest = hashlib.md5(chunk, usedforsecurity=False)
        self._whole.update(chunk)
        self._digests.append(digest.digest())
        part = _Part(len(chunk), digest.hexdigest())
        if not self.id:
            self._start(part)
        if self._arrived.get(number) == part:
            self._write.sent.add(len(chunk))
            return part.etag
        target = self._write.target
        response = target.client.upload_part(
            **target.arguments,
            UploadId=self.id,
            PartNumber=number,
            Body=StreamedBody(Source(chunk), self._write.sent.add),  # type: ignore[arg-type] # read, seek and tell do
            ContentLength=part.size,
            ContentMD5=encode_md5(part.etag),
        )
        return response["ETag"]

    def _start(self, first: _Part) -> None:
        """Continue the newest unfinished upload that starts with the same part, or start a new one."""
        target = self._write.target
        # Parts are sent in order, so an upload with another first part is of another file.
        if found := _find_resumable(target, first):
            self.id, self._arrived = found
        else:
            request = {**target.arguments, **self._write.headers}
            self.id = target.client.create_multipart_upload(**request)["UploadId"]

    def _is_different(self, response: Mapping[str, Any]) -> bool:
        """Return whether a response's ETag is a checksum, and another one than that of the bytes sent."""
        etag = get_etag(response)
        if is_encrypted(response) or not _MD5_OF_PARTS.fullmatch(etag):
            return False
        digest = hashlib.md5(b"".join(self._digests), usedforsecurity=False)
        return etag not in {f"{digest.hexdigest()}-{self._count}", self._md5}


def list_unfinished(client: S3Client, bucket: str, prefix: str) -> Iterator[MultipartUploadTypeDef]:
    """Yield the unfinished uploads under a prefix; none where the store does not list them."""
    try:
        pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Uploads", ())
    except ClientError as error:
        is_unlisted = get_code(error) in {
            "AccessDenied",
            "MethodNotAllowed",
            "NoSuchUpload",
        }  # rclone says the last
        if not is_unlisted and not is_not_implemented(error):
            raise


def list_parts(target: S3Object, upload_id: str) -> dict[int, _Part]:
    """Return the parts of an unfinished upload by their numbers: size in bytes and ETag."""
    pages = target.client.get_paginator("list_parts").paginate(**target.arguments, UploadId=upload_id)
    parts = [part for page in pages for part in page.get("Parts", ())]
    return {part["PartNumber"]: _Part(part["Size"], get_etag(part)) for part in parts}


def abort_upload(target: S3Object, upload_id: str) -> None:
    """Remove an unfinished upload, if it is still there."""
    try:
        target.client.abort_multipart_upload(**target.arguments, UploadId=upload_id)
    except ClientError as error:
        if get_code(error) not in UPLOAD_GONE:
            raise


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
