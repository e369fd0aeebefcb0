"""Write a large file to a bucket as a multipart upload, so that a retry sends only the missing parts."""

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
    make_damaged_error,
    remove_if_new,
)
from podcastkit.storage.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, MultipartUploadTypeDef

    from podcastkit.storage.s3_put import Conditions, S3Object, Write

LARGEST_OBJECT = 5 * 2**40
"""The largest size of an object in bytes."""
MOST_PARTS = 10_000
"""The largest number of parts of an upload."""

_MIB = 2**20
_MD5_OF_PARTS = re.compile(r"[0-9a-f]{32}(-\d+)?")


def write_in_parts(write: Write, conditions: Conditions, part_size: int) -> str:
    """Write a file in parts and return the ETag.

    After a temporary failure, the next call sends only the missing parts. After any other failure, all parts are
    removed.
    """
    if write.condition:
        # Otherwise, a false condition would be noticed only after all parts are sent.
        check_target(write.target, write.condition)
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
    """The upload of one file in equal parts. An unfinished upload of the same file is continued.

    Each part is read, hashed and sent from memory. The store checks its MD5.
    """

    def __init__(self, write: Write, part_size: int) -> None:
        self.id = ""
        self._write = write
        size = write.source.size
        # Two negations round up: to whole MiB, and to a whole number of parts.
        self._part_size = max(part_size, -(-size // MOST_PARTS // _MIB) * _MIB)
        self._part_count = -(-size // self._part_size)
        self._file_digest = hashlib.md5(usedforsecurity=False)
        self._part_digests: list[bytes] = []
        self._completed_parts: list[CompletedPartTypeDef] = []
        # The parts of an unfinished upload, by number.
        self._stored_parts: Mapping[int, _Part] = {}

    def send(self) -> None:
        """Send the parts that the store does not have yet; raise ConflictError if the file has another MD5."""
        for number in range(1, self._part_count + 1):
            self._completed_parts.append({"PartNumber": number, "ETag": self._send_part(number)})
        if self._write.md5 not in {None, self._md5}:
            raise self._write.source.make_changed_error()

    def complete(self, precondition: Mapping[str, str]) -> str:
        """Complete the upload and return the ETag of the object. `precondition` has botocore's condition arguments.

        Raises StorageError if the object is damaged.
        """
        target, size = self._write.target, self._write.source.size
        request = {**target.arguments, **precondition, "UploadId": self.id}
        response = target.client.complete_multipart_upload(
            **request, MultipartUpload={"Parts": self._completed_parts}
        )
        if self._is_different(response):
            remove_if_new(self._write)
            raise make_damaged_error(self._write)
        # In some stores, the finished object has a different ETag than the response.
        metadata = target.head()
        if metadata is None or metadata["ContentLength"] != size or self._is_different(metadata):
            raise StorageError(
                f"{target} differs from the uploaded file: it is damaged, or another publish has replaced it",
                "check the stored file, then publish again",
            )
        return get_etag(metadata)

    @property
    def _md5(self) -> str:
        """The MD5 of all bytes read, in hex."""
        return self._file_digest.hexdigest()

    def _send_part(self, number: int) -> str:
        """Send a part unless the store already has it, and return its ETag."""
        chunk = self._write.source.read(self._part_size)
        digest = hashlib.md5(chunk, usedforsecurity=False)
        self._file_digest.update(chunk)
        self._part_digests.append(digest.digest())
        part = _Part(len(chunk), digest.hexdigest())
        if not self.id:
            self._start_upload(part)
        if self._stored_parts.get(number) == part:
            self._write.sent.add(len(chunk))
            return part.etag
        target = self._write.target
        response = target.client.upload_part(
            **target.arguments,
            UploadId=self.id,
            PartNumber=number,
            Body=StreamedBody(Source(chunk), self._write.sent.add),  # type: ignore[arg-type] # its file methods suffice
            ContentLength=part.size,
            ContentMD5=encode_md5(part.etag),
        )
        return response["ETag"]

    def _start_upload(self, first: _Part) -> None:
        """Continue the newest unfinished upload with the same first part, or else start a new upload."""
        target = self._write.target
        # Parts are sent in order, so an upload with another first part belongs to another file.
        if unfinished := _find_resumable(target, first):
            self.id, self._stored_parts = unfinished
        else:
            request = {**target.arguments, **self._write.headers}
            self.id = target.client.create_multipart_upload(**request)["UploadId"]

    def _is_different(self, response: Mapping[str, Any]) -> bool:
        """Return whether a response's ETag is a checksum that does not match the bytes sent."""
        etag = get_etag(response)
        if is_encrypted(response) or not _MD5_OF_PARTS.fullmatch(etag):
            return False
        digest = hashlib.md5(b"".join(self._part_digests), usedforsecurity=False)
        return etag not in {f"{digest.hexdigest()}-{self._part_count}", self._md5}


def list_unfinished(client: S3Client, bucket: str, prefix: str) -> Iterator[MultipartUploadTypeDef]:
    """Yield the unfinished uploads under a prefix, or nothing if the store cannot list them."""
    try:
        pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Uploads", ())
    except ClientError as error:
        # rclone returns NoSuchUpload.
        cannot_list = get_code(error) in {"AccessDenied", "MethodNotAllowed", "NoSuchUpload"}
        if not cannot_list and not is_not_implemented(error):
            raise


def list_parts(target: S3Object, upload_id: str) -> dict[int, _Part]:
    """Return the parts of an unfinished upload by their numbers, each with its size in bytes and its ETag."""
    pages = target.client.get_paginator("list_parts").paginate(**target.arguments, UploadId=upload_id)
    parts = [part for page in pages for part in page.get("Parts", ())]
    return {part["PartNumber"]: _Part(part["Size"], get_etag(part)) for part in parts}


def abort_upload(target: S3Object, upload_id: str) -> None:
    """Remove an unfinished upload, if it still exists."""
    try:
        target.client.abort_multipart_upload(**target.arguments, UploadId=upload_id)
    except ClientError as error:
        if get_code(error) not in UPLOAD_GONE:
            raise


def _find_resumable(target: S3Object, first: _Part) -> tuple[str, dict[int, _Part]] | None:
    """Return the ID and the parts of the newest unfinished upload with this first part, or None."""
    try:
        uploads = [
            upload
            for upload in list_unfinished(target.client, target.bucket, target.name)
            if upload["Key"] == target.name
        ]
        for upload in sorted(uploads, key=lambda upload: upload["Initiated"], reverse=True):
            parts = list_parts(target, upload["UploadId"])
            if parts.get(1) == first:
                return upload["UploadId"], parts
    except ClientError as error:
        if is_temporary(error):
            raise
        # The store cannot list uploads or their parts, so start a new upload.
    return None
