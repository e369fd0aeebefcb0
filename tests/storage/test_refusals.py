from __future__ import annotations

import ssl

import pytest
from botocore import exceptions as trouble

from podcastkit.diagnostics import Cancelled, StorageError, UnreachableError
from podcastkit.storage.refusals import explained, is_passing


def refusal(status: int, code: str) -> trouble.ClientError:
    answer = {"Error": {"Code": code, "Message": "testtest"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return trouble.ClientError(answer, "PutObject")  # type: ignore[arg-type]  # the rest is for tracing


def broken_tls(reason: Exception) -> trouble.SSLError:
    error = trouble.SSLError(endpoint_url="https://store", error=reason)
    error.__cause__ = reason
    return error


@pytest.mark.parametrize(
    "error",
    [
        refusal(503, "SlowDown"),
        refusal(503, "ServiceUnavailable"),
        refusal(429, "TooManyRequests"),
        refusal(500, "InternalError"),
        refusal(502, "502"),
        refusal(504, "504"),
        refusal(520, "520"),
        refusal(400, "RequestTimeout"),
        refusal(408, "408"),
        refusal(400, "BadDigest"),
        refusal(400, "IncompleteBody"),
        refusal(409, "OperationAborted"),
        trouble.EndpointConnectionError(endpoint_url="http://store"),
        trouble.ConnectTimeoutError(endpoint_url="http://store"),
        trouble.ReadTimeoutError(endpoint_url="http://store"),
        trouble.ConnectionClosedError(endpoint_url="http://store"),
        trouble.ProxyConnectionError(proxy_url="http://proxy"),
        trouble.HTTPClientError(error="reset"),
        trouble.ResponseStreamingError(error="cut"),
        trouble.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        broken_tls(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
    ],
    ids=str,
)
def test_what_may_pass_is_told_so(error: trouble.ClientError | trouble.BotoCoreError) -> None:
    assert is_passing(error)
    said = explained(error, "the bucket")
    assert isinstance(said, UnreachableError)
    assert said.message.startswith("the bucket ")
    assert said.hint
    assert "testtest" not in said.message + said.hint


@pytest.mark.parametrize(
    "error",
    [
        refusal(403, "AccessDenied"),
        refusal(403, "InvalidAccessKeyId"),
        refusal(403, "SignatureDoesNotMatch"),
        refusal(403, "RequestTimeTooSkewed"),
        refusal(403, "QuotaExceeded"),
        refusal(503, "QuotaExceeded"),
        refusal(507, "InsufficientStorage"),
        refusal(404, "NoSuchBucket"),
        refusal(400, "ExpiredToken"),
        refusal(301, "PermanentRedirect"),
        refusal(501, "NotImplemented"),
        refusal(418, "Tea"),
        trouble.NoCredentialsError(),
        trouble.ProfileNotFound(profile="radio"),
        trouble.InvalidRegionError(region_name="a b"),
        trouble.ParamValidationError(report="testtest"),
        broken_tls(ssl.SSLCertVerificationError(1, "certificate verify failed")),
        broken_tls(ssl.SSLError(1, "wrong version number")),
    ],
    ids=str,
)
def test_what_stays_is_told_so(error: trouble.ClientError | trouble.BotoCoreError) -> None:
    assert not is_passing(error)
    said = explained(error, "the bucket")
    assert type(said) is StorageError
    assert said.hint
    assert "testtest" not in said.message + said.hint


def test_errors_of_ours_are_known() -> None:
    assert is_passing(UnreachableError("the bucket cannot be reached"))
    assert not is_passing(StorageError("the bucket is full"))
    assert not is_passing(Cancelled("stopped"))
    assert not is_passing(None)
