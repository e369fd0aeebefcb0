from __future__ import annotations

import ssl

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError

from podcastkit.diagnostics import Cancelled, StorageError, UnreachableError
from podcastkit.storage.errors import explain_error, is_temporary


def make_response_error(status: int, code: str) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "testtest"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutObject")  # type: ignore[arg-type]  # other fields are for tracing


def make_tls_error(reason: Exception) -> botocore_errors.SSLError:
    error = botocore_errors.SSLError(endpoint_url="https://store", error=reason)
    error.__cause__ = reason
    return error


@pytest.mark.parametrize(
    "error",
    [
        make_response_error(503, "SlowDown"),
        make_response_error(503, "ServiceUnavailable"),
        make_response_error(429, "TooManyRequests"),
        make_response_error(500, "InternalError"),
        make_response_error(502, "502"),
        make_response_error(504, "504"),
        make_response_error(520, "520"),
        make_response_error(400, "RequestTimeout"),
        make_response_error(408, "408"),
        make_response_error(400, "BadDigest"),
        make_response_error(400, "IncompleteBody"),
        make_response_error(409, "OperationAborted"),
        botocore_errors.EndpointConnectionError(endpoint_url="http://store"),
        botocore_errors.ConnectTimeoutError(endpoint_url="http://store"),
        botocore_errors.ReadTimeoutError(endpoint_url="http://store"),
        botocore_errors.ConnectionClosedError(endpoint_url="http://store"),
        botocore_errors.ProxyConnectionError(proxy_url="http://proxy"),
        botocore_errors.HTTPClientError(error="reset"),
        botocore_errors.ResponseStreamingError(error="cut"),
        botocore_errors.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        make_tls_error(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
    ],
    ids=str,
)
def test_temporary_errors_are_unreachable_errors(
    error: ClientError | BotoCoreError,
) -> None:
    assert is_temporary(error)
    explained = explain_error(error, "the bucket")
    assert isinstance(explained, UnreachableError)
    assert explained.message.startswith("the bucket ")
    assert explained.hint
    assert "testtest" not in explained.message + explained.hint


@pytest.mark.parametrize(
    "error",
    [
        make_response_error(403, "AccessDenied"),
        make_response_error(403, "RequestTimeTooSkewed"),
        make_response_error(403, "QuotaExceeded"),
        make_response_error(503, "QuotaExceeded"),
        make_response_error(507, "InsufficientStorage"),
        make_response_error(404, "NoSuchBucket"),
        make_response_error(301, "PermanentRedirect"),
        make_response_error(501, "NotImplemented"),
        make_response_error(418, "Tea"),
        botocore_errors.InvalidRegionError(region_name="a b"),
        botocore_errors.ParamValidationError(report="testtest"),
        make_tls_error(ssl.SSLCertVerificationError(1, "certificate verify failed")),
        make_tls_error(ssl.SSLError(1, "wrong version number")),
    ],
    ids=str,
)
def test_permanent_errors_are_storage_errors(
    error: ClientError | BotoCoreError,
) -> None:
    assert not is_temporary(error)
    explained = explain_error(error, "the bucket")
    assert type(explained) is StorageError
    assert explained.hint
    assert "testtest" not in explained.message + explained.hint


@pytest.mark.parametrize(
    "error",
    [
        make_response_error(403, "InvalidAccessKeyId"),
        make_response_error(403, "SignatureDoesNotMatch"),
        make_response_error(400, "ExpiredToken"),
        botocore_errors.NoCredentialsError(),
        botocore_errors.ProfileNotFound(profile="radio"),
    ],
    ids=str,
)
def test_missing_and_refused_keys_are_permanent_errors(error: ClientError | BotoCoreError) -> None:
    assert not is_temporary(error)
    explained = explain_error(error, "the bucket")
    assert type(explained) is StorageError
    assert explained.hint
    assert "testtest" not in explained.message + explained.hint


def test_podcastkit_errors_are_temporary_only_if_unreachable() -> None:
    assert is_temporary(UnreachableError("the bucket cannot be reached"))
    assert not is_temporary(StorageError("the bucket is full"))
    assert not is_temporary(Cancelled("stopped"))
    assert not is_temporary(None)
