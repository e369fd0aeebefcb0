"""The addresses of buckets: as people write them, and as their stores serve them."""

from __future__ import annotations

import re

from podcastkit.diagnostics import StorageError
from podcastkit.storage.base import is_key

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def parse_bucket_url(url: str) -> tuple[str, str]:
    """Split `s3://bucket/prefix`; raise StorageError for what cannot be one."""
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


def check_endpoint(url: str) -> None:
    """Raise StorageError when the text cannot be a store's address, or holds a secret."""
    if "@" in url:
        raise StorageError(
            "the endpoint_url holds a name or a password",
            "remove it: keys belong into a profile or into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    if not re.match(r"https?://[^/]", url):
        raise bad_endpoint(url)


def bad_endpoint(url: str) -> StorageError:
    """Return the error for what is no address of a store."""
    return StorageError(
        f'"{url.rpartition("@")[2]}" is no address of a store',
        "write endpoint_url as https://host, without the bucket; leave it out for Amazon S3",
    )


def amazon_url(bucket: str, region: str) -> tuple[str, str]:
    """Return where Amazon serves a bucket: scheme and host, and the path to it."""
    host = f"s3.{region}.amazonaws.com"
    if "." in bucket:  # Amazon's certificate covers one label before its own name
        return f"https://{host}", f"/{bucket}"
    return f"https://{bucket}.{host}", ""
