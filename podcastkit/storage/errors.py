"""Explain botocore's errors in words, and decide which of them are temporary."""

from __future__ import annotations

import re
import ssl
from http import HTTPStatus

from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError

from podcastkit.diagnostics import StorageError, UnreachableError

_CODE = re.compile(r"(?:[A-Z][A-Za-z]{2,}|\d{3})(?<!.{50})")
_CHECK_SETTINGS = "check [publish] in show.toml and the store's own pages, then publish again"
_LOG_IN_AGAIN = "log in again (with SSO: `aws sso login`), or renew AWS_SESSION_TOKEN, then publish again"
_CHECK_KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or the profile, and that they are this store's"
_CHECK_PERMISSIONS = (
    "check the bucket's name, and let the keys do s3:GetObject, s3:PutObject and s3:ListBucket there"
)
_CHECK_ENDPOINT = "check endpoint_url in [publish] and the network, then publish again"
_SET_REGION = "set the bucket's own region in [publish]"
_TRY_LATER = "wait some minutes, then publish again: what has arrived is not sent twice"
_FULL = ("is full", "make room in it or raise its limit, then publish again")

UPLOAD_GONE = ("NoSuchUpload", "InvalidPart", "InvalidPartOrder")
"""Somebody finished or aborted an upload in parts, or changed its parts: it has to start again."""


class NotAStoreError(BotoCoreError):
    """Something answers that is not an S3 store; `problem` says what is wrong with its answer."""

    fmt = "{problem}"


_RESPONSES = {
    "NoSuchBucket": ("does not exist", "make the bucket, or correct `to` in [publish]"),
    "InvalidBucketName": ("does not exist", "correct `to` in [publish]"),
    "InvalidAccessKeyId": ("does not know the access key", _CHECK_KEYS),
    "SignatureDoesNotMatch": ("refused the secret key", _CHECK_KEYS),
    "Unauthorized": ("refused the keys", _CHECK_KEYS),
    "401": ("refused the keys", _CHECK_KEYS),
    "ExpiredToken": ("says that the login has expired", _LOG_IN_AGAIN),
    "TokenRefreshRequired": ("says that the login has expired", _LOG_IN_AGAIN),
    "InvalidToken": ("refused the session token", _LOG_IN_AGAIN),
    "403": ("denied access", _CHECK_PERMISSIONS),
    "RequestTimeTooSkewed": ("says that this computer's clock is wrong", "set the clock, then publish again"),
    "AuthorizationHeaderMalformed": ("is in another region", _SET_REGION),
    "IllegalLocationConstraintException": ("is in another region", _SET_REGION),
    "301": ("is in another region or at another endpoint", _SET_REGION),
    "KeyTooLongError": ("takes no names as long as this", "shorten the prefix in `to` in [publish]"),
    "QuotaExceeded": _FULL,
    "507": _FULL,
}
"""Permanent errors in the store's response, by code or HTTP status: the reason and the hint."""

_TEMPORARY_RESPONSES = {
    "BadDigest": ("got other bytes than were sent", _TRY_LATER),
    "IncompleteBody": ("got fewer bytes than were sent", _TRY_LATER),
    "RequestTimeout": ("waited too long for what was sent", _TRY_LATER),
    "SlowDown": ("is too busy", _TRY_LATER),
    **dict.fromkeys(UPLOAD_GONE, ("lost the parts of a file", "wait until nobody else publishes there")),
    "408": ("waited too long for what was sent", _TRY_LATER),
    "409": ("is busy with something that is in the way", _TRY_LATER),
    "429": ("is too busy", _TRY_LATER),
    "503": ("is too busy", _TRY_LATER),
}
"""Temporary errors in the store's response. Every other 5xx status is temporary too."""

_FAILURES: tuple[tuple[type[BotoCoreError], str, str], ...] = (
    (
        NotAStoreError,
        "is not an S3 store: {problem}",
        "check endpoint_url in [publish]; on a network with a login page, log in first",
    ),
    (
        botocore_errors.PaginationError,
        "is not an S3 store: it sends the same page of a list again and again",
        "check endpoint_url in [publish]",
    ),
    (
        botocore_errors.NoCredentialsError,
        "cannot be used: no keys were found",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile in [publish]",
    ),
    (
        botocore_errors.PartialCredentialsError,
        "cannot be used: only a half of the keys was found",
        "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile in [publish]",
    ),
    (botocore_errors.CredentialRetrievalError, "cannot be used: the keys could not be fetched", _LOG_IN_AGAIN),
    (botocore_errors.TokenRetrievalError, "cannot be used: the login has expired", _LOG_IN_AGAIN),
    (botocore_errors.SSOError, "cannot be used: the login has expired", _LOG_IN_AGAIN),
    (
        botocore_errors.ProfileNotFound,
        'cannot be used: the profile "{profile}" does not exist',
        "correct the profile in [publish] or AWS_PROFILE; `aws configure list-profiles` shows what there is",
    ),
    (
        botocore_errors.InvalidRegionError,
        "cannot be used: the region is not a region's name",
        "correct the region in [publish], for example us-east-1",
    ),
    (
        botocore_errors.ConfigParseError,
        "cannot be used: the AWS configuration file cannot be read",
        "correct ~/.aws/config and ~/.aws/credentials",
    ),
    (
        botocore_errors.SSLError,
        "cannot be trusted: no secure connection came about",
        "check endpoint_url in [publish]; for a certificate of your own, set AWS_CA_BUNDLE to its file",
    ),
)
"""Permanent failures without a response: botocore's exception, the reason and the hint. The first match counts."""

_TEMPORARY_FAILURES: tuple[tuple[type[BotoCoreError], str, str], ...] = (
    (
        botocore_errors.ProxyConnectionError,
        "cannot be reached: the proxy does not answer",
        "check HTTPS_PROXY and HTTP_PROXY",
    ),
    (botocore_errors.EndpointConnectionError, "cannot be reached", _CHECK_ENDPOINT),
    (botocore_errors.ConnectTimeoutError, "cannot be reached: it does not answer", _CHECK_ENDPOINT),
    (botocore_errors.ReadTimeoutError, "stopped answering", _TRY_LATER),
    (botocore_errors.HTTPClientError, "cannot be reached: the connection broke", _TRY_LATER),
    (botocore_errors.IncompleteReadError, "cannot be reached: the connection broke", _TRY_LATER),
)


def explain_error(error: ClientError | BotoCoreError, place: str) -> StorageError:
    """Return the error to raise about a place: UnreachableError when the cause is temporary."""
    reason, hint, temporary = _classify(error)
    return (UnreachableError if temporary else StorageError)(f"{place} {reason}", hint)


def is_temporary(error: BaseException | None) -> bool:
    """Return whether the same request may work later."""
    if isinstance(error, ClientError | BotoCoreError):
        return _classify(error)[2]
    return isinstance(error, UnreachableError)


def get_code(error: ClientError) -> str:
    """Return the store's error code, or the HTTP status when the code is unusable.

    A code that does not look like one may repeat parts of the request.
    """
    code = error.response.get("Error", {}).get("Code")
    return code if code and _CODE.fullmatch(code) else str(get_status(error))


def get_status(error: ClientError) -> int:
    """Return the HTTP status of an error response."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def is_not_implemented(error: ClientError) -> bool:
    """Return whether the store does not implement the request."""
    return get_status(error) == HTTPStatus.NOT_IMPLEMENTED or get_code(error) == "NotImplemented"


def _classify(error: ClientError | BotoCoreError) -> tuple[str, str, bool]:
    """Return the reason, the hint and whether the cause is temporary."""
    return _classify_response(error) if isinstance(error, ClientError) else _classify_failure(error)


def _classify_response(error: ClientError) -> tuple[str, str, bool]:
    code, status = get_code(error), get_status(error)
    for word in (code, str(status)):
        for table in (_RESPONSES, _TEMPORARY_RESPONSES):
            if word in table:
                return *table[word], table is _TEMPORARY_RESPONSES
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not is_not_implemented(error):
        return "failed by itself", _TRY_LATER, True
    return f"answered {code}", _CHECK_SETTINGS, False


def _classify_failure(error: BotoCoreError) -> tuple[str, str, bool]:
    if isinstance(error, botocore_errors.SSLError) and _is_closed_early(error):
        return "cannot be reached: the connection broke", _TRY_LATER, True
    for table in (_FAILURES, _TEMPORARY_FAILURES):
        for kind, reason, hint in table:
            if isinstance(error, kind):
                return reason.format(**error.kwargs), hint, table is _TEMPORARY_FAILURES
    return f"cannot be used ({type(error).__name__})", _CHECK_SETTINGS, False


def _is_closed_early(error: BaseException | None) -> bool:
    """Return whether a TLS connection only ended early: then nothing is wrong with the certificate."""
    while error and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        error = error.__cause__ or error.__context__
    return error is not None
