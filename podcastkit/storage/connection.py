"""The client that all threads share, and a new one when it has given up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import boto3
from botocore import exceptions as trouble
from botocore.config import Config

from podcastkit.storage.addresses import bad_endpoint
from podcastkit.storage.upload import attend

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from podcastkit.waiting import Waiting

_USUAL = Config(
    # Checksums that botocore adds by itself are refused by some stores, and cost others a connection per object.
    # We send Content-MD5, which all of them check. It is signed, so the bytes need not be read once more for that.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    s3={"payload_signing_enabled": False},
    max_pool_connections=16,
    user_agent="podcastkit",  # botocore puts its own together twice for each request
)


class Connection:
    """A client for a store: the caller's, or one that is made at first use.

    botocore's standard retries draw on a quota, and a client that has used it up after some dozens of failures
    gives up at the first from then on. `let_go` makes room for a new one, which costs some milliseconds.
    """

    def __init__(
        self,
        client: S3Client | None,
        *,
        endpoint_url: str | None,
        region: str | None,
        profile: str | None,
        waiting: Waiting,
    ) -> None:
        self._is_callers = client is not None
        self._client = client and attend(client)
        self._endpoint_url = endpoint_url
        self._region = region
        self._profile = profile
        self._waiting = waiting
        self._session: boto3.Session | None = None
        self._lock = threading.Lock()

    @property
    def client(self) -> S3Client:
        """The client; raises botocore's errors when none can be made."""
        with self._lock:
            if self._client is None:
                self._client = attend(self._made())
            return self._client

    @property
    def place(self) -> str:
        """What messages call the store. Never with what an endpoint may hold of names and passwords."""
        client = self._client
        url = self._endpoint_url or (client and client.meta.endpoint_url) or "Amazon S3"
        return url.rpartition("@")[2]

    def let_go(self, client: S3Client | None) -> None:
        """Use this client no more, unless it is the caller's or has been let go by another thread already."""
        with self._lock:
            if self._client is client and not self._is_callers:
                self._client = None

    def _made(self) -> S3Client:
        self._session = self._session or boto3.Session(profile_name=self._profile, region_name=self._region)
        try:
            return self._session.client("s3", endpoint_url=self._endpoint_url, config=_config(self._waiting))
        except trouble.InvalidRegionError:  # a ValueError too
            raise
        except ValueError as error:
            raise bad_endpoint(self._endpoint_url or "AWS_ENDPOINT_URL") from error


def _config(waiting: Waiting) -> Config:
    return _USUAL.merge(
        Config(
            retries={"mode": "standard", "total_max_attempts": waiting.bucket_retries + 1},
            connect_timeout=waiting.bucket_connect_timeout,
            read_timeout=waiting.bucket_read_timeout,
        )
    )
