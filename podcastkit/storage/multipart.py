"""Large files, sent in parts, so that what has arrived need not be sent again after a failure."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from botocore import exceptions as trouble

from podcastkit.storage.refusals import code_of, is_not_implemented, is_passing
from podcastkit.storage.source import Source
from podcastkit.storage.upload import Upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        CompletedPartTypeDef,
        CompleteMultipartUploadOutputTypeDef,
        MultipartUploadTypeDef,
    )

    from podcastkit.storage.objects import Place
    from podcastkit.storage.source import Tally

LARGEST_WRITE = 5 * 2**40
"""How many bytes an object may have."""
MOST_PARTS = 10_000

_MIB = 2**20
_GONE = {"NoSuchUpload", "InvalidPart", "InvalidPartOrder"}


class _Part(NamedTuple):
    size: int
    etag: str


class UploadGoneError(Exception):
    """Somebody finished or aborted the upload, or changed its parts."""


class PartsUpload:
    """The upload of one file in equal parts; an unfinished one of the same name is gone on with.

    Each part is read, hashed and sent from memory, with its MD5 for the store to check. When the block ends by a
    failure that may pass, the upload stays for the next try; after any other it is aborted.
    """

    def __init__(
        self, client: S3Client, place: Place, source: Source, part_size: int, *, headers: Mapping[str, str]
    ) -> None:
        self._client = client
        self._place = place
        self._source = source
        self._part_size = max(part_size, -(-source.size // MOST_PARTS // _MIB) * _MIB)
        self._count = -(-source.size // self._part_size)
        self._headers = headers
        self._whole = hashlib.md5(usedforsecurity=False)
        self._digests: list[bytes] = []
        self._sent: list[CompletedPartTypeDef] = []
        self._id = ""
        self._there: Mapping[int, _Part] = {}

    def __enter__(self) -> Self:
        self._source.seek(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_lost = error is not None and not is_passing(error) and not isinstance(error, UploadGoneError)
        if is_lost and self._id:
            with contextlib.suppress(trouble.ClientError, trouble.BotoCoreError):
                abort(self._client, self._place, self._id)

    @property
    def are_sent(self) -> bool:
        """Whether all parts have been read and are in the store."""
        return len(self._sent) == self._count

    @property
    def md5(self) -> str:
        """The MD5 of all that was read, in hex."""
        return self._whole.hexdigest()

    @property
    def etag(self) -> str:
        """What S3 calls an object that was sent in these parts."""
        digest = hashlib.md5(b"".join(self._digests), usedforsecurity=False)
        return f"{digest.hexdigest()}-{len(self._digests)}"

    def send(self, tally: Tally) -> None:
        """Send the parts that the store does not have yet."""
        for number in range(1, self._count + 1):
            self._sent.append({"PartNumber": number, "ETag": self._settled(number, tally)})

    def complete(self, demand: Mapping[str, str]) -> CompleteMultipartUploadOutputTypeDef:
        """Make the parts an object, under botocore's IfMatch or IfNoneMatch."""
        request: dict[str, Any] = {"Bucket": self._place.bucket, "Key": self._place.name, **demand}
        with _absence_noticed():
            return self._client.complete_multipart_upload(
                **request, UploadId=self._id, MultipartUpload={"Parts": self._sent}
            )

    def _begun(self) -> str:
        request: dict[str, Any] = {"Bucket": self._place.bucket, "Key": self._place.name, **self._headers}
        return self._client.create_multipart_upload(**request)["UploadId"]

    def _settled(self, number: int, tally: Tally) -> str:
        """Have a part in the store and return its ETag. Nothing of it is in memory afterwards."""
        chunk = self._source.read(self._part_size)
        digest = hashlib.md5(chunk, usedforsecurity=False)
        self._whole.update(chunk)
        self._digests.append(digest.digest())
        part = _Part(len(chunk), digest.hexdigest())
        if not self._id:
            # Parts are sent in their order: whoever sent another first part was sending another file.
            self._id, self._there = _resumable(self._client, self._place, part) or (self._begun(), {})
        if self._there.get(number) == part:
            tally.add(len(chunk))
            return part.etag
        upload = Upload(Source(chunk), tally.add)
        request: dict[str, Any] = {
            "Bucket": self._place.bucket,
            "Key": self._place.name,
            "UploadId": self._id,
            "PartNumber": number,
            "Body": upload,
            "ContentLength": len(chunk),
            "ContentMD5": base64.b64encode(digest.digest()).decode(),
        }
        with _absence_noticed():
            answer = self._client.upload_part(**request)
        upload.finish()
        return answer["ETag"]


def unfinished(client: S3Client, bucket: str, prefix: str) -> Iterator[MultipartUploadTypeDef]:
    """Yield the uploads under a prefix that were never finished; none where the store does not tell them."""
    try:
        pages = client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Uploads", ())
    except trouble.ClientError as error:
        if code_of(error) not in {"AccessDenied", "MethodNotAllowed"} and not is_not_implemented(error):
            raise


def arrived(client: S3Client, place: Place, upload_id: str) -> dict[int, _Part]:
    """Return the parts of an unfinished upload by their numbers: size in bytes and ETag."""
    pages = client.get_paginator("list_parts").paginate(Bucket=place.bucket, Key=place.name, UploadId=upload_id)
    return {
        part["PartNumber"]: _Part(part["Size"], part["ETag"].strip('"'))
        for page in pages
        for part in page.get("Parts", ())
    }


def abort(client: S3Client, place: Place, upload_id: str) -> None:
    """Remove an unfinished upload; that it is gone already is no failure."""
    with contextlib.suppress(UploadGoneError), _absence_noticed():
        client.abort_multipart_upload(Bucket=place.bucket, Key=place.name, UploadId=upload_id)


def _resumable(client: S3Client, place: Place, first: _Part) -> tuple[str, dict[int, _Part]] | None:
    """Return the newest unfinished upload of the object that began with this part, if the store tells of one."""
    try:
        found = [one for one in unfinished(client, place.bucket, place.name) if one["Key"] == place.name]
        for upload in sorted(found, key=lambda one: one["Initiated"], reverse=True):
            parts = arrived(client, place, upload["UploadId"])
            if parts.get(1) == first:
                return upload["UploadId"], parts
    except trouble.ClientError as error:
        if is_passing(error):
            raise
    return None


@contextlib.contextmanager
def _absence_noticed() -> Iterator[None]:
    try:
        yield
    except trouble.ClientError as error:
        if code_of(error) in _GONE:
            raise UploadGoneError from error
        raise
