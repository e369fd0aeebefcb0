from __future__ import annotations

import ssl

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError

from podcastkit.diagnostics import Cancelled, StorageError, UnreachableError
from podcastkit.storage.errors import explain_error, is_temporary


def response(status: int, code: str) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "testtest"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutObject")  # type: ignore[arg-type]  # the rest is for tracing


def broken_tls(reason: Exception) -> botocore_errors.SSLError:
    error = botocore_errors.SSLError(endpoint_url="https://store", error=reason)
    error.__cause__ = reason
    return error


@pytest.mark.parametrize(
    "error",
    [
        response(503, "SlowDown"),
        response(503, "ServiceUnavailable"),
        response(429, "TooManyRequests"),
        response(500, "InternalError"),
        response(502, "502"),
        response(504, "504"),
        response(520, "520"),
        response(400, "RequestTimeout"),
        response(408, "408"),
        response(400, "BadDigest"),
        response(400, "IncompleteBody"),
        response(409, "OperationAborted"),
        botocore_errors.EndpointConnectionError(endpoint_url="http://store"),
        botocore_errors.ConnectTimeoutError(endpoint_url="http://store"),
        botocore_errors.ReadTimeoutError(endpoint_url="http://store"),
        botocore_errors.ConnectionClosedError(endpoint_url="http://store"),
        botocore_errors.ProxyConnectionError(proxy_url="http://proxy"),
        botocore_errors.HTTPClientError(error="reset"),
        botocore_errors.ResponseStreamingError(error="cut"),
        botocore_errors.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        broken_tls(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
    ],
    ids=str,
)
def test_temporary_errors_are_unreachable_errors(
    error: ClientError | BotoCoreError,
) -> None:
    assert is_temporary(error)
    said = explain_error(error, "the bucket")
    assert isinstance(said, UnreachableError)
    assert said.message.startswith("the bucket ")
    assert said.hint
    assert "testtest" not in said.message + said.hint


@pytest.mark.parametrize(
    "error",
    [
        response(403, "AccessDenied"),
        response(403, "RequestTimeTooSkewed"),
        response(403, "QuotaExceeded"),
        response(503, "QuotaExceeded"),
        response(507, "InsufficientStorage"),
        response(404, "NoSuchBucket"),
        response(301, "PermanentRedirect"),
        response(501, "NotImplemented"),
        response(418, "Tea"),
        botocore_errors.InvalidRegionError(region_name="a b"),
        botocore_errors.ParamValidationError(report="testtest"),
        broken_tls(ssl.SSLCertVerificationError(1, "certificate verify failed")),
        broken_tls(ssl.SSLError(1, "wrong version number")),
    ],
    ids=str,
)
def test_permanent_errors_are_storage_errors(
    error: ClientError | BotoCoreError,
) -> None:
    assert not is_temporary(error)
    said = explain_error(error, "the bucket")
    assert type(said) is StorageError
    assert said.hint
    assert "testtest" not in said.message + said.hint


@pytest.mark.parametrize(
    "error",
    [
        response(403, "InvalidAccessKeyId"),
        response(403, "SignatureDoesNotMatch"),
        response(400, "ExpiredToken"),
        botocore_errors.NoCredentialsError(),
        botocore_errors.ProfileNotFound(profile="radio"),
    ],
    ids=str,
)
def test_missing_and_refused_keys_are_no_failure_that_passes(error: ClientError | BotoCoreError) -> None:
    assert not is_temporary(error)
    said = explain_error(error, "the bucket")
    assert type(said) is StorageError
    assert said.hint
    assert "testtest" not in said.message + said.hint


def test_own_errors_are_classified() -> None:
    assert is_temporary(UnreachableError("the bucket cannot be reached"))
    assert not is_temporary(StorageError("the bucket is full"))
    assert not is_temporary(Cancelled("stopped"))
    assert not is_temporary(None)
