"""An S3-compatible bucket as a storage: Amazon S3, Cloudflare R2, Backblaze B2, MinIO, SeaweedFS and their kin."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from botocore import exceptions as trouble

from podcastkit.diagnostics import ConflictError, StorageError, UnreachableError
from podcastkit.retry import retry_after_pauses
from podcastkit.storage.addresses import amazon_url, check_endpoint, parse_bucket_url
from podcastkit.storage.base import LARGEST_READ, Condition, Leftover, Stored, check_key, check_prefix, is_key
from podcastkit.storage.conditions import Conditions, try_conditions
from podcastkit.storage.connection import Connection
from podcastkit.storage.multipart import LARGEST_WRITE, abort, arrived, unfinished
from podcastkit.storage.objects import Place, ask, get, told_md5, unquoted
from podcastkit.storage.refusals import code_of, explained
from podcastkit.storage.source import Source, Tally
from podcastkit.storage.upload import StoppedError
from podcastkit.storage.writing import Write, write_at_once, write_in_parts
from podcastkit.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

MULTIPART_THRESHOLD = 100 * 2**20
PART_SIZE = 16 * 2**20
_READ_PAUSES = (0.0, 0.0)


class S3Storage:
    """The objects under a prefix of a bucket, through one client that all threads share.

    Without a client, one is made at first use from the endpoint, region and profile given and what AWS tools read
    (variables, `~/.aws`). Files of more than `multipart_threshold` bytes are sent in parts of `part_size` (at least
    5 MiB for most stores), which are held in memory one at a time. `waiting` sets retries and timeouts; by default,
    `PODCASTKIT_PATIENCE` decides.
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
        waiting = waiting or Waiting.from_environment()
        self.bucket = bucket
        self.prefix = prefix.strip("/")
        self._connection = Connection(
            client, endpoint_url=endpoint_url, region=region, profile=profile, waiting=waiting
        )
        self._endpoint_url = endpoint_url
        self._multipart_threshold = multipart_threshold
        self._part_size = part_size
        self._conditions = Conditions(waiting.conflict_pauses)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        endpoint_url: str | None = None,
        region: str | None = None,
        profile: str | None = None,
    ) -> Self:
        """Return the storage that `s3://bucket/prefix` names; raise `StorageError` for what cannot be one."""
        bucket, prefix = parse_bucket_url(url)
        if endpoint_url is not None:
            check_endpoint(endpoint_url)
        return cls(bucket, prefix, endpoint_url=endpoint_url, region=region, profile=profile)

    @property
    def address(self) -> str:
        """The `s3://bucket/prefix`."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def public_url(self) -> str:
        """Where the store itself serves the objects, if it lets anybody read them."""
        with self._reaching() as client:
            meta = client.meta
        endpoint = urlsplit(self._endpoint_url or meta.endpoint_url)
        host = f"{endpoint.scheme}://{endpoint.netloc.rpartition('@')[2]}"
        path = f"{endpoint.path.rstrip('/')}/{self.bucket}"
        if self._endpoint_url is None and endpoint.netloc.endswith(".amazonaws.com"):
            host, path = amazon_url(self.bucket, meta.region_name)
        return f"{host}{path}/{self.prefix}".rstrip("/")

    def object_url(self, key: str) -> str:
        """Where the store itself serves the object, if it lets anybody read it."""
        return f"{self.public_url}/{check_key(key)}"

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small object's bytes and ETag, or None when there is none."""
        place = self._place(check_key(key))
        with self._reaching() as client:
            # An answer that breaks off in its middle is not retried by botocore.
            broken = (trouble.ResponseStreamingError, trouble.IncompleteReadError)
            return retry_after_pauses(partial(self._fetched, client, place), broken, _READ_PAUSES)

    def find(self, key: str) -> Stored | None:
        """Return what is stored under the key, or None."""
        place = self._place(check_key(key))
        with self._reaching() as client:
            facts = ask(client, place)
        if facts is None:
            return None
        etag, modified = unquoted(facts["ETag"]), facts["LastModified"]
        return Stored(key=key, size=facts["ContentLength"], etag=etag, modified=modified, md5=told_md5(facts))

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield every object whose key begins with `prefix`, in the order of their keys."""
        return self._listed(self._name(check_prefix(prefix)))

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
        """Store the bytes, whole or not at all, and return what is stored; see `Storage.write`."""
        place = self._place(check_key(key))
        with Tally(sent) as tally, self._reaching() as client, Source(body) as source:
            if source.size > LARGEST_WRITE:
                raise _too_large(key)
            write = Write(
                client=client,
                place=place,
                source=source,
                headers={"ContentType": content_type, "CacheControl": cache_control},
                md5=md5,
                condition=condition,
                tally=tally,
            )
            if source.size > self._multipart_threshold:
                etag = write_in_parts(write, self._conditions, self._part_size)
            else:
                etag = write_at_once(write, self._conditions)
        return Stored(key=key, size=source.size, etag=etag)

    def delete(self, key: str) -> None:
        """Remove what is stored under the key; that nothing is stored there is no failure."""
        place = self._place(check_key(key))
        with self._reaching() as client:
            try:
                client.delete_object(Bucket=place.bucket, Key=place.name)
            except trouble.ClientError as error:
                if code_of(error) != "NoSuchKey":  # as Google answers
                    raise

    def keeps_conditions(self, key: str, body: bytes) -> bool:
        """Tell whether the store keeps conditions on writes; see `Storage.keeps_conditions`.

        Where it does not, each conditional write from then on looks before it writes.
        """
        place = self._place(check_key(key))
        if self._conditions.are_kept is None:
            with self._reaching() as client:
                self._conditions.are_kept = _are_conditions_kept(client, place, body)
        return self._conditions.are_kept

    def leftovers(self) -> Iterator[Leftover]:
        """Yield the uploads in parts that were never finished, where the store tells them."""
        start = len(self._name(""))
        with self._reaching() as client:
            for found in unfinished(client, self.bucket, self._name("")):
                if is_key(key := found["Key"][start:]):
                    parts = arrived(client, Place(self.bucket, found["Key"]), found["UploadId"])
                    size = sum(part.size for part in parts.values())
                    yield Leftover(key=key, size=size, begun=found["Initiated"], handle=found["UploadId"])

    def discard(self, leftover: Leftover) -> None:
        """Abort an upload in parts; that it is gone already is no failure."""
        place = self._place(check_key(leftover.key))
        with self._reaching() as client:
            abort(client, place, leftover.handle)

    def _name(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _place(self, key: str) -> Place:
        return Place(self.bucket, self._name(key))

    @contextlib.contextmanager
    def _reaching(self) -> Iterator[S3Client]:
        """Lend the client; explain its failures, and let it go when it may have given up."""
        client = None
        try:
            client = self._connection.client
            yield client
        except StoppedError as stopped:
            raise stopped.error from stopped.error.__cause__
        except (trouble.ClientError, trouble.BotoCoreError) as error:
            failure = explained(error, f'the bucket "{self.bucket}" at {self._connection.place}')
            if isinstance(failure, UnreachableError):
                self._connection.let_go(client)
            raise failure from error

    def _fetched(self, client: S3Client, place: Place) -> tuple[bytes, str] | None:
        answer = get(client, place)
        if answer is None:
            return None
        with contextlib.closing(answer["Body"]) as stream:
            if answer["ContentLength"] > LARGEST_READ:
                raise StorageError(
                    f"{place} is too large to be read at once",
                    "it is not what podcastkit keeps under that name: move it away",
                )
            return stream.read(), unquoted(answer["ETag"])

    def _listed(self, prefix: str) -> Iterator[Stored]:
        start = len(self._name(""))
        with self._reaching() as client:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for found in page.get("Contents", ()):
                    if is_key(key := found["Key"][start:]):
                        etag, modified = unquoted(found["ETag"]), found["LastModified"]
                        yield Stored(key=key, size=found["Size"], etag=etag, modified=modified)


def _are_conditions_kept(client: S3Client, place: Place, body: bytes) -> bool:
    facts = ask(client, place)
    if facts is None:
        raise ConflictError(f"{place} is gone", "look at who removed it, then publish again")
    headers = {header: facts[header] for header in ("ContentType", "CacheControl") if header in facts}
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    request = {"Bucket": place.bucket, "Key": place.name, "Body": body, "ContentMD5": md5}
    return try_conditions(client, request | headers)


def _too_large(key: str) -> StorageError:
    return StorageError(
        f"{key} is larger than the 5 TiB that a bucket takes", "publish the audio as mp3 or m4a, at a lower bitrate"
    )
