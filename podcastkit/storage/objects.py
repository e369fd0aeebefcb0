"""Single objects in a bucket: what they are, and what botocore's answers tell of them."""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore import exceptions as trouble

from podcastkit.storage.refusals import code_of, is_passing
from podcastkit.storage.source import CHUNK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

    Facts = GetObjectOutputTypeDef | HeadObjectOutputTypeDef

_MD5 = re.compile(r"[0-9a-f]{32}")


class Place(NamedTuple):
    """Where an object is or is to be: the bucket, and its whole name there."""

    bucket: str
    name: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.name}"


def get(client: S3Client, place: Place) -> GetObjectOutputTypeDef | None:
    """Begin to read an object; None when there is none."""
    try:
        return client.get_object(Bucket=place.bucket, Key=place.name)
    except trouble.ClientError as error:
        if code_of(error) == "NoSuchKey":
            return None
        raise


def ask(client: S3Client, place: Place) -> Facts | None:
    """Return what is known of an object; None when there is none."""
    try:
        return client.head_object(Bucket=place.bucket, Key=place.name)
    except trouble.ClientError as error:
        if is_passing(error):
            raise
        # A HEAD cannot say whether the key, the bucket or the permission is missing. A GET can.
        answer = get(client, place)
        if answer:
            answer["Body"].close()
        return answer


def hash_object(client: S3Client, place: Place) -> str | None:
    """Read an object and return its MD5 in hex; None when there is none."""
    answer = get(client, place)
    if answer is None:
        return None
    digest = hashlib.md5(usedforsecurity=False)
    with contextlib.closing(answer["Body"]) as stream:
        for chunk in stream.iter_chunks(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def told_md5(answer: Mapping[str, Any]) -> str | None:
    """Return the MD5 that an answer tells, if it does."""
    etag = unquoted(answer["ETag"])
    return etag if _MD5.fullmatch(etag) and not is_encrypted(answer) else None


def is_encrypted(answer: Mapping[str, Any]) -> bool:
    """Tell whether an object is encrypted with somebody's key: its ETag looks like an MD5 then, and is none."""
    return answer.get("ServerSideEncryption", "AES256") != "AES256" or "SSECustomerAlgorithm" in answer


def unquoted(etag: str) -> str:
    """Return an ETag without its quotes."""
    return etag.strip('"')
