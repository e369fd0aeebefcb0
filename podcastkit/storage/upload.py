"""What botocore reads when it sends: it tells how much has gone out, and stops when it must."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.awsrequest import AWSRequest
    from mypy_boto3_s3 import S3Client

    from podcastkit.storage.source import Source


class StoppedError(BaseException):
    """Carries an error of ours out of botocore, which takes every Exception for a network's and tries again."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class Upload:
    """A source as the body of a request. `sent` hears of bytes that go out, not of those read to be signed."""

    def __init__(self, source: Source, sent: Callable[[int], None]) -> None:
        self._source = source
        self._sent = sent
        self._told = 0
        self.is_going_out = False

    def read(self, amount: int | None = None) -> bytes:
        """Return as many bytes as asked for, fewer only at the end."""
        try:
            chunk = self._source.read(amount)
            if self.is_going_out:
                self._tell(self._source.tell())
        except Exception as error:
            raise StoppedError(error) from error
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position and return it."""
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._source.tell()

    def finish(self) -> None:
        """Tell what was not read again because the store had it already."""
        self._tell(self._source.size)

    def _tell(self, position: int) -> None:
        if position != self._told:
            self._sent(position - self._told)
        self._told = position


class FewBytes(io.BytesIO):
    """The body of a request that is sent at once, without asking before whether the store wants it."""


def attend(client: S3Client) -> S3Client:
    """Make a client know our bodies: uploads are told what goes out, and few bytes do not wait."""
    events = client.meta.events
    # The signature, which reads uploads too, is made between these two.
    events.register_first("request-created.s3", _sign, unique_id="podcastkit-sign")
    events.register_last("request-created.s3", _go_out, unique_id="podcastkit-go-out")
    return client


def _sign(request: AWSRequest, **_: object) -> None:
    if isinstance(request.data, Upload):
        request.data.is_going_out = False


def _go_out(request: AWSRequest, **_: object) -> None:
    if isinstance(request.data, Upload):
        request.data.is_going_out = True
    elif isinstance(request.data, FewBytes):
        # Asking whether they are wanted (Expect: 100-continue) takes longer than sending them.
        del request.headers["Expect"]
