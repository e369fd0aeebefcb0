"""An S3-compatible bucket as a storage: Amazon S3, Cloudflare R2, Backblaze B2, MinIO, SeaweedFS and others."""

from __future__ import annotations

import contextlib
import re
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, InvalidRegionError

from podcastkit.diagnostics import StorageError
from podcastkit.storage.base import (
    LARGEST_READ,
    Condition,
    Leftover,
    Storage,
    Stored,
    check_key,
    check_prefix,
    check_readable,
    is_key,
)
from podcastkit.storage.errors import explain_error, get_code
from podcastkit.storage.s3_parts import LARGEST_OBJECT, abort_upload, list_parts, list_unfinished, write_in_parts
from podcastkit.storage.s3_put import (
    Conditions,
    S3Object,
    UploadStoppedError,
    Write,
    get_etag,
    send_small_bodies_at_once,
    write_in_one_request,
)
from podcastkit.storage.s3_responses import add_response_checks
from podcastkit.storage.source import SentCounter, Source
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

MULTIPART_THRESHOLD = 100 * 2**20
"""Files with more bytes are sent in parts."""
PART_SIZE = 16 * 2**20
"""The size of a part in bytes."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CONFIG = Config(
    # Some stores refuse botocore's default checksums; others need a new connection per object for them. We send
    # Content-MD5, which all stores check. The signature includes Content-MD5, so the body need not be signed, and
    # botocore does not read the body a second time. `_make_client` adds the retries. In standard mode, retries stop
    # for all threads after some dozens of failures; in legacy mode, they do not.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"payload_signing_enabled": False},
    max_pool_connections=16,
    parameter_validation=False,  # takes 5 % of the time for a small object; the type checker checks the parameters
    user_agent="podcastkit",  # botocore builds its default value twice per request
)


class S3Storage(Storage):
    """A prefix in an S3-compatible bucket as a storage. All threads share one client.

    If `client` is missing, the first use creates one from the endpoint, region and profile and from the settings of
    AWS tools (environment variables, `~/.aws`). Files of more than `multipart_threshold` bytes are sent in parts of
    `part_size` bytes (at least 5 MiB for most stores), which are held in memory one at a time. `waiting` sets
    retries and timeouts; by default, they depend on the environment variable `PODCASTKIT_PATIENCE`.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        client: S3Client | None = None,
        endpoint_url: str | None = None,
        region: str | None = None,
        profile: str | None = None,
        multipart_threshold: int = MULTIPART_THRESHOLD,
        part_size: int = PART_SIZE,
        waiting: Waiting | None = None,
    ) -> None:
        self.bucket = bucket
        self.prefix = prefix.strip("/")
        self._client = client and add_response_checks(send_small_bodies_at_once(client))
        self._client_lock = threading.Lock()
        self._endpoint_url = endpoint_url
        self._region = region
        self._profile = profile
        self._multipart_threshold = multipart_threshold
        self._part_size = part_size
        self._waiting = waiting or Waiting.from_environment()
        self._conditions = Conditions()

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        profile: str | None = None,
    ) -> Self:
        """Return the storage at `s3://bucket/prefix`; raise `StorageError` for an invalid address."""
        bucket, prefix = _parse_bucket_url(url)
        if endpoint_url is not None:
            _check_endpoint(endpoint_url)
        return cls(bucket, prefix, endpoint_url=endpoint_url, region=region, profile=profile)

    @property
    def address(self) -> str:
        """The `s3://bucket/prefix`."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def public_url(self) -> str:
        """The URL under which the store serves the objects, if they are public."""
        with self._lend_client() as client:
            meta = client.meta
        endpoint = urlsplit(self._endpoint_url or meta.endpoint_url)
        host = f"{endpoint.scheme}://{endpoint.netloc.rpartition('@')[2]}"
        path = f"{endpoint.path.rstrip('/')}/{self.bucket}"
        if self._endpoint_url is None and endpoint.netloc.endswith(".amazonaws.com"):
            host, path = _make_amazon_url(self.bucket, meta.region_name)
        return f"{host}{path}/{self.prefix}".rstrip("/")

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small object's bytes and ETag, or None if it does not exist."""
        with self._open_object(key) as target:
            response = target.get()
            if response is None:
                return None
            with contextlib.closing(response["Body"]) as stream:
                length: int | None = response.get("ContentLength")  # a proxy may remove it
                check_readable(target, length or 0)
                # Without an amount, botocore also checks that the body has the stated length.
                body = stream.read(LARGEST_READ + 1 if length is None else None)
                check_readable(target, len(body))
                return body, get_etag(response)

    def find(self, key: str) -> Stored | None:
        """Return the object under the key, or None."""
        with self._open_object(key) as target:
            return target.find(key)

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield every object whose key begins with `prefix`, sorted by key."""
        return self._list(self._add_prefix(check_prefix(prefix)))

    def write(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str,
        cache_control: str,
        md5: str | None = None,
        condition: Condition | None = None,
        sent: Callable[[int], None] | None = None,
    ) -> Stored:
        """Store the bytes atomically, and return the stored object; see `Storage.write`."""
        with SentCounter(sent) as counter, self._open_object(key) as target, Source(body) as source:
            if source.size > LARGEST_OBJECT:
                raise _make_too_large_error(key)
            write = Write(
                target=target,
                source=source,
                headers={"ContentType": content_type, "CacheControl": cache_control},
                md5=md5,
                condition=condition,
                sent=counter,
            )
            if source.size > self._multipart_threshold:
                etag = write_in_parts(write, self._conditions, self._part_size)
            else:
                etag = write_in_one_request(write, self._conditions)
        return Stored(key=key, size=source.size, etag=etag)

    def delete(self, key: str) -> None:
        """Remove the object, if it exists."""
        with self._open_object(key) as target:
            try:
                target.client.delete_object(**target.arguments)
            except ClientError as error:
                if get_code(error) != "NoSuchKey":  # Google returns this code
                    raise

    def keeps_conditions(self, key: str, body: bytes) -> bool:
        """Return whether the store supports conditional writes; see `Storage.keeps_conditions`.

        If the store does not, each later conditional write checks the condition just before it writes.
        """
        with self._open_object(key) as target:
            return self._conditions.probe(target, body)

    def leftovers(self) -> Iterator[Leftover]:
        """Yield the unfinished multipart uploads, or nothing if the store cannot list them."""
        prefix_length = len(self._add_prefix(""))
        with self._lend_client() as client:
            for upload in list_unfinished(client, self.bucket, self._add_prefix("")):
                if is_key(key := upload["Key"][prefix_length:]):
                    parts = list_parts(S3Object(client, self.bucket, upload["Key"]), upload["UploadId"])
                    size = sum(part.size for part in parts.values())
                    yield Leftover(key=key, size=size, begun=upload["Initiated"], handle=upload["UploadId"])

    def discard(self, leftover: Leftover) -> None:
        """Abort a multipart upload, if it still exists."""
        with self._open_object(leftover.key) as target:
            abort_upload(target, leftover.handle)

    def _add_prefix(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    @contextlib.contextmanager
    def _open_object(self, key: str) -> Iterator[S3Object]:
        """Yield the object under a key, and raise StorageError for failures of its requests."""
        name = self._add_prefix(check_key(key))
        with self._lend_client() as client:
            yield S3Object(client, self.bucket, name)

    @contextlib.contextmanager
    def _lend_client(self) -> Iterator[S3Client]:
        """Yield the client, and raise StorageError for failures of its requests."""
        try:
            yield self._get_client()
        except UploadStoppedError as stopped:
            raise stopped.error from stopped.error.__cause__
        except (ClientError, BotoCoreError) as error:
            raise explain_error(error, f'the bucket "{self.bucket}" at {self._endpoint}') from error

    def _get_client(self) -> S3Client:
        """Return the client, and create it on the first call. Errors of botocore are raised unchanged."""
        with self._client_lock:
            if self._client is None:
                self._client = self._make_client()
            return self._client

    def _make_client(self) -> S3Client:
        config = Config(
            retries={"mode": "legacy", "total_max_attempts": self._waiting.bucket_retries + 1},
            connect_timeout=self._waiting.bucket_connect_timeout,
            read_timeout=self._waiting.bucket_read_timeout,
        )
        session = boto3.Session(profile_name=self._profile, region_name=self._region)
        try:
            client = session.client("s3", endpoint_url=self._endpoint_url, config=_CONFIG.merge(config))
        except InvalidRegionError:  # this is also a ValueError
            raise
        except ValueError as error:
            raise _make_endpoint_error(self._endpoint_url or "AWS_ENDPOINT_URL") from error
        return add_response_checks(send_small_bodies_at_once(client))

    @property
    def _endpoint(self) -> str:
        """The store's name for messages: the endpoint without user name and password."""
        url = self._endpoint_url or (self._client and self._client.meta.endpoint_url) or "Amazon S3"
        return url.rpartition("@")[2]

    def _list(self, prefix: str) -> Iterator[Stored]:
        prefix_length = len(self._add_prefix(""))
        with self._lend_client() as client:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    if is_key(key := entry["Key"][prefix_length:]):
                        etag, modified = get_etag(entry), entry["LastModified"]
                        yield Stored(key=key, size=entry["Size"], etag=etag, modified=modified)


def _make_too_large_error(key: str) -> StorageError:
    return StorageError(
        f"{key} is larger than 5 TiB, the limit of a bucket", "publish the audio as mp3 or m4a, at a lower bitrate"
    )


def _parse_bucket_url(url: str) -> tuple[str, str]:
    """Return the bucket and the prefix in `s3://bucket/prefix`; raise StorageError for an invalid address."""
    scheme, _, rest = url.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or "@" in rest:
        raise StorageError(
            "the address of a bucket must have the form s3://bucket/prefix",
            "correct `to` in [publish]; do not write keys or passwords there",
        )
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise StorageError(
            f'"{bucket}" is not a valid name for a bucket',
            "correct the name in `to` or --to: it has 3 to 63 lowercase letters, digits, dots and hyphens",
        )
    prefix = prefix.strip("/")
    if prefix and not is_key(prefix):
        raise StorageError(
            f'"{prefix}" is not a valid prefix for a bucket',
            "use letters without accents, digits, hyphens and underscores, with / between folders",
        )
    return bucket, prefix


def _check_endpoint(url: str) -> None:
    """Raise StorageError for an invalid endpoint, or one that contains a secret."""
    if "@" in url:
        raise StorageError(
            "the endpoint_url contains a user name or a password",
            "remove it: put the keys into a profile, or into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    if not re.match(r"https?://[^/]", url):
        raise _make_endpoint_error(url)


def _make_endpoint_error(url: str) -> StorageError:
    return StorageError(
        f'"{url.rpartition("@")[2]}" is not the address of a store',
        "write endpoint_url as https://host, without the bucket; leave it out for Amazon S3",
    )


def _make_amazon_url(bucket: str, region: str) -> tuple[str, str]:
    """Return the scheme and host of a bucket at Amazon, and the path to the bucket."""
    host = f"s3.{region}.amazonaws.com"
    if "." in bucket:  # Amazon's wildcard certificate covers only one label
        return f"https://{host}", f"/{bucket}"
    return f"https://{bucket}.{host}", ""
