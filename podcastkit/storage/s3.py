"""An S3-compatible bucket as a storage: Amazon S3, Cloudflare R2, Backblaze B2, MinIO, SeaweedFS and their kin."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import boto3
from botocore import exceptions as trouble
from botocore.config import Config

from podcastkit.diagnostics import ConflictError, StorageError
from podcastkit.storage.base import LARGEST_READ, Condition, Leftover, Stored, check_key, check_prefix, is_key
from podcastkit.storage.source import CHUNK, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.awsrequest import AWSRequest
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

LARGEST_WRITE = 5 * 2**30
"""How many bytes S3 takes in one request."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_CODE = re.compile(r"(?:[A-Z][A-Za-z]{2,}|\d{3})(?<!.{50})")
_MD5 = re.compile(r"[0-9a-f]{32}")
_READS = 3
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between tries while two conditional writes to one key are in each other's way."""

_CONFIG = Config(
    # Checksums that botocore adds by itself are refused by some stores, and cost others a connection per object.
    # We send Content-MD5, which all of them check.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    retries={"mode": "standard", "total_max_attempts": 8},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=16,
)

_LIKELY_CURE = "check [publish] in show.toml and the store's own pages, then publish again"
_OTHER_LOGIN = "log in again (with SSO: `aws sso login`), or renew AWS_SESSION_TOKEN, then publish again"
_OTHER_KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or the profile, and that they are this store's"
_OTHER_RIGHTS = "check the bucket's name, and let the keys do s3:GetObject, s3:PutObject and s3:ListBucket there"
_OTHER_ENDPOINT = "check endpoint_url in [publish] and the network, then publish again"
_OTHER_REGION = "set the bucket's own region in [publish]"
_LATER = "wait some minutes, then publish again: what has arrived is not sent twice"

_REFUSALS = {
    "NoSuchBucket": ("does not exist", "make the bucket, or correct `to` in [publish]"),
    "InvalidBucketName": ("does not exist", "correct `to` in [publish]"),
    "InvalidAccessKeyId": ("does not know the access key", _OTHER_KEYS),
    "SignatureDoesNotMatch": ("refused the secret key", _OTHER_KEYS),
    "Unauthorized": ("refused the keys", _OTHER_KEYS),
    "401": ("refused the keys", _OTHER_KEYS),
    "ExpiredToken": ("says that the login has expired", _OTHER_LOGIN),
    "TokenRefreshRequired": ("says that the login has expired", _OTHER_LOGIN),
    "InvalidToken": ("refused the session token", _OTHER_LOGIN),
    "403": ("denied access", _OTHER_RIGHTS),
    "RequestTimeTooSkewed": ("says that this computer's clock is wrong", "set the clock, then publish again"),
    "AuthorizationHeaderMalformed": ("is in another region", _OTHER_REGION),
    "IllegalLocationConstraintException": ("is in another region", _OTHER_REGION),
    "301": ("is in another region or at another endpoint", _OTHER_REGION),
    "KeyTooLongError": ("takes no names as long as this", "shorten the prefix in `to` in [publish]"),
    "QuotaExceeded": ("is full", "make room in it or raise its limit, then publish again"),
    "507": ("is full", "make room in it or raise its limit, then publish again"),
    "429": ("is too busy", _LATER),
    "500": ("failed by itself", _LATER),
    "502": ("failed by itself", _LATER),
    "503": ("is too busy", _LATER),
    "504": ("failed by itself", _LATER),
}
"""By the store's word or its HTTP status: what the bucket did, and the cure."""

_FAILURES: tuple[tuple[type[trouble.BotoCoreError], str, str], ...] = (
    (
        trouble.NoCredentialsError,
        "cannot be used: no keys were found",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile in [publish]",
    ),
    (
        trouble.PartialCredentialsError,
        "cannot be used: only a half of the keys was found",
        "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile in [publish]",
    ),
    (trouble.CredentialRetrievalError, "cannot be used: the keys could not be fetched", _OTHER_LOGIN),
    (trouble.TokenRetrievalError, "cannot be used: the login has expired", _OTHER_LOGIN),
    (trouble.SSOError, "cannot be used: the login has expired", _OTHER_LOGIN),
    (
        trouble.ProfileNotFound,
        'cannot be used: the profile "{profile}" does not exist',
        "correct the profile in [publish] or AWS_PROFILE; `aws configure list-profiles` shows what there is",
    ),
    (
        trouble.InvalidRegionError,
        "cannot be used: the region is not a region's name",
        "correct the region in [publish], for example us-east-1",
    ),
    (
        trouble.ConfigParseError,
        "cannot be used: the AWS configuration file cannot be read",
        "correct ~/.aws/config and ~/.aws/credentials",
    ),
    (
        trouble.SSLError,
        "cannot be trusted: no secure connection came about",
        "check endpoint_url in [publish]; for a certificate of your own, set AWS_CA_BUNDLE to its file",
    ),
    (
        trouble.ProxyConnectionError,
        "cannot be reached: the proxy does not answer",
        "check HTTPS_PROXY and HTTP_PROXY",
    ),
    (trouble.EndpointConnectionError, "cannot be reached", _OTHER_ENDPOINT),
    (trouble.ConnectTimeoutError, "cannot be reached: it does not answer", _OTHER_ENDPOINT),
    (trouble.ReadTimeoutError, "stopped answering", _LATER),
    (trouble.HTTPClientError, "cannot be reached: the connection broke", _LATER),
)
"""By botocore's exception: what about the bucket, and the cure. The first that fits counts."""


class S3Storage:
    """The objects under a prefix of a bucket, through one client that all threads share.

    Without a client, one is made at first use from the endpoint, region and profile given and what AWS tools read
    (variables, `~/.aws`). Objects are written in one request each, so that none is ever half there.
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
    ) -> None:
        self.bucket = bucket
        self.prefix = prefix.strip("/")
        self._endpoint_url = endpoint_url
        self._region = region
        self._profile = profile
        self._lock = threading.Lock()
        self._made: S3Client | None = client and _counting(client)
        self._store_knows_conditions = True

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
        bucket, prefix = _parsed(url)
        if endpoint_url is not None:
            _check_endpoint(endpoint_url)
        return cls(bucket, prefix, endpoint_url=endpoint_url, region=region, profile=profile)

    @property
    def address(self) -> str:
        """The `s3://bucket/prefix`."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def public_url(self) -> str:
        """Where the store itself serves the objects, if it lets anybody read them."""
        meta = self._client.meta
        endpoint = urlsplit(self._endpoint_url or meta.endpoint_url)
        host = f"{endpoint.scheme}://{endpoint.netloc.rpartition('@')[2]}"
        path = f"{endpoint.path.rstrip('/')}/{self.bucket}"
        if self._endpoint_url is None and endpoint.netloc.endswith(".amazonaws.com"):
            host, path = _amazon_url(self.bucket, meta.region_name)
        return f"{host}{path}/{self.prefix}".rstrip("/")

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return a small object's bytes and ETag, or None when there is none."""
        with self._failures_explained():
            for _ in range(_READS - 1):
                # An answer that breaks off in its middle is not retried by botocore.
                with contextlib.suppress(trouble.ResponseStreamingError, trouble.IncompleteReadError):
                    return self._fetched(check_key(key))
            return self._fetched(check_key(key))

    def find(self, key: str) -> Stored | None:
        """Return what is stored under the key, or None."""
        name = self._name(check_key(key))
        with self._failures_explained():
            try:
                head = self._client.head_object(Bucket=self.bucket, Key=name)
            except trouble.ClientError:
                # A HEAD cannot say whether the key, the bucket or the permission is missing. A GET can.
                answer = self._got(key)
                if answer is None:
                    return None
                answer["Body"].close()
                return _stored(key, answer)
        return _stored(key, head)

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
        name = self._name(check_key(key))
        with self._failures_explained(), Source(body) as source:
            if source.size > LARGEST_WRITE:
                raise _too_large(key)
            digest = md5 or source.md5()
            upload = _Upload(source, sent)
            request = {
                "Bucket": self.bucket,
                "Key": name,
                "Body": upload,
                "ContentLength": source.size,
                "ContentType": content_type,
                "CacheControl": cache_control,
                "ContentMD5": base64.b64encode(bytes.fromhex(digest)).decode(),
            }
            etag = self._put(key, request, digest, condition)
            upload.finish()
        return Stored(key=key, size=source.size, etag=etag)

    def delete(self, key: str) -> None:
        """Remove what is stored under the key; that nothing is stored there is no failure."""
        name = self._name(check_key(key))
        with self._failures_explained():
            self._client.delete_object(Bucket=self.bucket, Key=name)

    def keeps_conditions(self, key: str, body: bytes) -> bool:  # noqa: ARG002
        """Tell whether the store keeps conditions on writes."""
        return self._store_knows_conditions

    def leftovers(self) -> Iterator[Leftover]:
        """Yield the uploads in parts that were never finished."""
        yield from ()

    def discard(self, leftover: Leftover) -> None:
        """Abort an upload in parts."""

    @property
    def _client(self) -> S3Client:
        with self._lock:
            if self._made is None:
                with self._failures_explained():
                    self._made = _counting(self._connected())
        return self._made

    def _connected(self) -> S3Client:
        session = boto3.Session(profile_name=self._profile, region_name=self._region)
        try:
            return session.client("s3", endpoint_url=self._endpoint_url, config=_CONFIG)
        except trouble.InvalidRegionError:  # a ValueError too
            raise
        except ValueError as error:
            raise _bad_endpoint(self._endpoint_url or "AWS_ENDPOINT_URL") from error

    @property
    def _place(self) -> str:
        """What messages call the bucket. Never with what an endpoint may hold of names and passwords."""
        url = self._endpoint_url or (self._made and self._made.meta.endpoint_url) or "Amazon S3"
        return f'the bucket "{self.bucket}" at {url.rpartition("@")[2]}'

    def _name(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _fetched(self, key: str) -> tuple[bytes, str] | None:
        answer = self._got(key)
        if answer is None:
            return None
        with contextlib.closing(answer["Body"]) as stream:
            if answer["ContentLength"] > LARGEST_READ:
                raise StorageError(
                    f"{self.address}/{key} is too large to be read at once",
                    "it is not what podcastkit keeps under that name: move it away",
                )
            return stream.read(), _unquoted(answer["ETag"])

    def _got(self, key: str) -> GetObjectOutputTypeDef | None:
        try:
            return self._client.get_object(Bucket=self.bucket, Key=self._name(key))
        except trouble.ClientError as error:
            if _code(error) == "NoSuchKey":
                return None
            raise

    def _listed(self, prefix: str) -> Iterator[Stored]:
        start = len(self._name(""))
        with self._failures_explained():
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for found in page.get("Contents", ()):
                    if is_key(key := found["Key"][start:]):
                        etag, modified = _unquoted(found["ETag"]), found["LastModified"]
                        yield Stored(key=key, size=found["Size"], etag=etag, modified=modified)

    def _put(self, key: str, request: dict[str, Any], md5: str, condition: Condition | None) -> str:
        """Send the request, keep the condition, and return the ETag."""
        if condition is None:
            return self._sent(request, md5)
        if self._store_knows_conditions:
            with contextlib.suppress(_ConditionsUnknownError):
                return self._sent_conditionally(key, request, md5, condition)
            self._store_knows_conditions = False
        # Backblaze B2 knows no conditions. Looking just before writing is the best that is left.
        found = self.find(key)
        if (found and found.etag) != condition.etag:
            raise self._conflict(key, condition)
        return self._sent(request, md5)

    def _sent_conditionally(self, key: str, request: dict[str, Any], md5: str, condition: Condition) -> str:
        demand = {"IfNoneMatch": "*"} if condition.etag is None else {"IfMatch": f'"{condition.etag}"'}
        for pause in _PAUSES:
            try:
                return self._sent(request | demand, md5)
            except trouble.ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status == HTTPStatus.NOT_IMPLEMENTED:
                    raise _ConditionsUnknownError from error
                if status == HTTPStatus.PRECONDITION_FAILED and (own := self._own(key, request, md5, error)):
                    return own
                if status == HTTPStatus.PRECONDITION_FAILED or _code(error) == "NoSuchKey":
                    raise self._conflict(key, condition) from error
                if status != HTTPStatus.CONFLICT:
                    raise
            time.sleep(pause)
        raise self._conflict(key, condition)

    def _own(self, key: str, request: dict[str, Any], md5: str, refusal: trouble.ClientError) -> str | None:
        """Return the ETag of what stands in the way when it is ours: only the answer to a first try was lost."""
        if not refusal.response["ResponseMetadata"].get("RetryAttempts"):
            return None
        found = self.find(key)
        if found is None or found.size != request["ContentLength"]:
            return None
        return found.etag if md5 in {found.etag, self._stored_md5(key)} else None

    def _stored_md5(self, key: str) -> str | None:
        answer = self._got(key)
        if answer is None:
            return None
        digest = hashlib.md5(usedforsecurity=False)
        with contextlib.closing(answer["Body"]) as stream:
            for chunk in stream.iter_chunks(CHUNK):
                digest.update(chunk)
        return digest.hexdigest()

    def _sent(self, request: dict[str, Any], md5: str) -> str:
        request["Body"].seek(0)  # botocore rewinds between its own tries only
        try:
            answer = self._client.put_object(**request)
        except trouble.ClientError as error:
            if _code(error) == "BadDigest":
                raise request["Body"].changed() from error
            raise
        etag = _unquoted(answer["ETag"])
        # The ETag of an object that is encrypted with somebody's key looks like an MD5 and is none.
        encrypted = answer.get("ServerSideEncryption", "AES256") != "AES256" or "SSECustomerAlgorithm" in answer
        if _MD5.fullmatch(etag) and etag != md5 and not encrypted:
            raise StorageError(
                f"{request['Key']} did not arrive whole in {self._place}",
                "check the network, then publish again",
            )
        return etag

    def _conflict(self, key: str, condition: Condition) -> ConflictError:
        what = "is there already" if condition.etag is None else "has changed since it was read"
        return ConflictError(
            f"{self.address}/{key} {what}", "somebody else may be publishing: look at it, then publish again"
        )

    @contextlib.contextmanager
    def _failures_explained(self) -> Iterator[None]:
        try:
            yield
        except _StoppedError as stopped:
            raise stopped.error from stopped.error.__cause__
        except trouble.ClientError as error:
            raise self._refusal(error) from error
        except trouble.BotoCoreError as error:
            raise self._failure(error) from error

    def _refusal(self, error: trouble.ClientError) -> StorageError:
        code, status = _code(error), error.response["ResponseMetadata"]["HTTPStatusCode"]
        reason, cure = _REFUSALS.get(code) or _REFUSALS.get(str(status)) or (f"answered {code}", _LIKELY_CURE)
        return StorageError(f"{self._place} {reason}", cure)

    def _failure(self, error: trouble.BotoCoreError) -> StorageError:
        for kind, reason, cure in _FAILURES:
            if isinstance(error, kind):
                return StorageError(f"{self._place} {reason.format(**error.kwargs)}", cure)
        return StorageError(f"{self._place} cannot be used ({type(error).__name__})", _LIKELY_CURE)


class _ConditionsUnknownError(Exception):
    """The store does not implement conditional writes."""


class _StoppedError(BaseException):
    """Carries an error of ours out of botocore, which takes every Exception for a network's and tries again."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class _Upload:
    """The body that botocore reads; tells what has gone out."""

    def __init__(self, source: Source, sent: Callable[[int], None] | None) -> None:
        self._source = source
        self._sent = sent
        self._told = 0
        self.is_going_out = False

    def read(self, amount: int | None = None) -> bytes:
        try:
            chunk = self._source.read(amount)
            if self.is_going_out:
                self._tell(self._source.tell())
        except Exception as error:
            raise _StoppedError(error) from error
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def changed(self) -> ConflictError:
        return self._source.changed()

    def finish(self) -> None:
        """Tell what was not read again because the store had it already."""
        self._tell(self._source.size)

    def _tell(self, position: int) -> None:
        if self._sent and position != self._told:
            self._sent(position - self._told)
        self._told = position


def _counting(client: S3Client) -> S3Client:
    """Make the client tell uploads what goes out: the signature, which reads them too, is made between the two."""
    events = client.meta.events
    events.register_first("request-created.s3", _sign, unique_id="podcastkit-sign")
    events.register_last("request-created.s3", _go_out, unique_id="podcastkit-go-out")
    return client


def _sign(request: AWSRequest, **_: object) -> None:
    if isinstance(request.body, _Upload):
        request.body.is_going_out = False


def _go_out(request: AWSRequest, **_: object) -> None:
    if isinstance(request.body, _Upload):
        request.body.is_going_out = True


def _parsed(url: str) -> tuple[str, str]:
    """Split `s3://bucket/prefix`."""
    scheme, _, rest = url.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or "@" in bucket:
        raise StorageError(
            "the address of a bucket is written s3://bucket/prefix",
            "correct `to` in [publish]; keys and passwords do not belong there",
        )
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise StorageError(
            f'"{bucket}" cannot be the name of a bucket',
            "a name has 3 to 63 small letters, digits, dots and hyphens: correct `to` in [publish]",
        )
    prefix = prefix.strip("/")
    if prefix and not is_key(prefix):
        raise StorageError(
            f'"{prefix}" cannot be a prefix in a bucket',
            "use letters without accents, digits, hyphens and underscores, with / between folders",
        )
    return bucket, prefix


def _check_endpoint(url: str) -> None:
    if "@" in url:
        raise StorageError(
            "the endpoint_url holds a name or a password",
            "remove it: keys belong into a profile or into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    if not re.match(r"https?://[^/]", url):
        raise _bad_endpoint(url)


def _bad_endpoint(url: str) -> StorageError:
    return StorageError(
        f'"{url.rpartition("@")[2]}" is no address of a store',
        "write endpoint_url as https://host, without the bucket; leave it out for Amazon S3",
    )


def _too_large(key: str) -> StorageError:
    return StorageError(
        f"{key} is larger than the 5 GiB that a bucket takes at once",
        "publish the audio as mp3 or m4a, at a lower bitrate",
    )


def _amazon_url(bucket: str, region: str) -> tuple[str, str]:
    host = f"s3.{region}.amazonaws.com"
    if "." in bucket:  # Amazon's certificate covers one label before its own name
        return f"https://{host}", f"/{bucket}"
    return f"https://{bucket}.{host}", ""


def _stored(key: str, answer: GetObjectOutputTypeDef | HeadObjectOutputTypeDef) -> Stored:
    etag, modified = _unquoted(answer["ETag"]), answer["LastModified"]
    return Stored(key=key, size=answer["ContentLength"], etag=etag, modified=modified)


def _unquoted(etag: str) -> str:
    return etag.strip('"')


def _code(error: trouble.ClientError) -> str:
    """Return the store's word for what is wrong, else the status: a store may repeat what it was asked with."""
    code = error.response["Error"]["Code"]
    return code if _CODE.fullmatch(code) else str(error.response["ResponseMetadata"]["HTTPStatusCode"])
