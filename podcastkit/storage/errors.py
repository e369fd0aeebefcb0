"""Translate botocore's errors into readable messages, and decide which of them are temporary."""

from __future__ import annotations

import re
import ssl
from http import HTTPStatus

from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError

from podcastkit.diagnostics import StorageError, UnreachableError

# At most 49 characters.
_ERROR_CODE = re.compile(r"(?:[A-Z][A-Za-z]{2,}|\d{3})(?<!.{50})")
_CHECK_SETTINGS = "check [publish] in show.toml and the store's website, then publish again"
_LOG_IN_AGAIN = "log in again (with SSO: `aws sso login`), or renew AWS_SESSION_TOKEN, then publish again"
_CHECK_KEYS = "check that AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile, are for this store"
_CHECK_PERMISSIONS = (
    "check the bucket's name, and allow the keys s3:GetObject, s3:PutObject and s3:ListBucket on it"
)
_CHECK_ENDPOINT = "check the network (and endpoint_url, if [publish] has it), then publish again"
_SET_REGION = "set the bucket's region in [publish]"
_TRY_LATER = "wait some minutes, then publish again: files that arrived are not sent twice"
_STORAGE_FULL = ("is full", "delete files there or raise the storage limit, then publish again")

UPLOAD_GONE = ("NoSuchUpload", "InvalidPart", "InvalidPartOrder")
"""Error codes for a multipart upload that another writer has finished, aborted or changed. A retry starts again."""


class NotAStoreError(BotoCoreError):
    """Raised if the server is not an S3 store. `problem` says why."""

    fmt = "{problem}"


_PERMANENT_RESPONSES = {
    "NoSuchBucket": ("does not exist", "create the bucket, or correct `to` in [publish]"),
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
    "KeyTooLongError": ("does not accept such a long name", "shorten the prefix in `to` in [publish]"),
    "QuotaExceeded": _STORAGE_FULL,
    "507": _STORAGE_FULL,
}
"""Permanent errors in the store's response, by code or HTTP status: the reason and the hint."""

_TEMPORARY_RESPONSES = {
    "BadDigest": ("received different bytes than were sent", _TRY_LATER),
    "IncompleteBody": ("received fewer bytes than were sent", _TRY_LATER),
    "RequestTimeout": ("waited too long for the data", _TRY_LATER),
    "SlowDown": ("is too busy", _TRY_LATER),
    **dict.fromkeys(
        UPLOAD_GONE, ("lost the parts of a file", "wait until no one else publishes there, then publish again")
    ),
    "408": ("waited too long for the data", _TRY_LATER),
    "409": ("is busy with a conflicting request", _TRY_LATER),
    "429": ("is too busy", _TRY_LATER),
    "503": ("is too busy", _TRY_LATER),
}
"""Temporary errors in the store's response. Every other 5xx status is temporary too."""

_PERMANENT_FAILURES: tuple[tuple[type[BotoCoreError], str, str], ...] = (
    (
        NotAStoreError,
        "is not an S3 store: {problem}",
        "check endpoint_url in [publish]; on a network with a login page, log in first",
    ),
    (
        botocore_errors.PaginationError,
        "is not an S3 store: it sends the same part of the list of files again and again",
        "check endpoint_url in [publish]",
    ),
    (
        botocore_errors.NoCredentialsError,
        "cannot be used: no access keys were found",
        "set the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile under [publish]",
    ),
    (
        botocore_errors.PartialCredentialsError,
        "cannot be used: one of the two keys is missing",
        "set both environment variables, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile under [publish]",
    ),
    (botocore_errors.CredentialRetrievalError, "cannot be used: the keys could not be fetched", _LOG_IN_AGAIN),
    (botocore_errors.TokenRetrievalError, "cannot be used: the login has expired", _LOG_IN_AGAIN),
    (botocore_errors.SSOError, "cannot be used: the login has expired", _LOG_IN_AGAIN),
    (
        botocore_errors.ProfileNotFound,
        'cannot be used: the profile "{profile}" does not exist',
        "correct the profile in [publish] or AWS_PROFILE; `aws configure list-profiles` lists them",
    ),
    (
        botocore_errors.InvalidRegionError,
        "cannot be used: the region is not a valid name",
        "correct the region in [publish], for example us-east-1",
    ),
    (
        botocore_errors.ConfigParseError,
        "cannot be used: the AWS configuration file cannot be read",
        "correct ~/.aws/config and ~/.aws/credentials",
    ),
    (
        botocore_errors.SSLError,
        "cannot be used: the secure connection (TLS) failed",
        "check endpoint_url in [publish]; for your own certificate, set AWS_CA_BUNDLE to its file",
    ),
)
"""Permanent failures without a response: botocore's exception, the reason and the hint. The first match is used."""

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
    """Return the error to raise for a bucket: UnreachableError if the cause is temporary, else StorageError."""
    reason, hint, temporary = _classify(error)
    return (UnreachableError if temporary else StorageError)(f"{place} {reason}", hint)


def is_temporary(error: BaseException | None) -> bool:
    """Return whether the same request may succeed later, because the error is temporary."""
    if isinstance(error, ClientError | BotoCoreError):
        return _classify(error)[2]
    return isinstance(error, UnreachableError)


def get_code(error: ClientError) -> str:
    """Return the store's error code, or the HTTP status if the code is unusable.

    Text that does not look like a code is not used, because it may contain parts of the request.
    """
    code = error.response.get("Error", {}).get("Code")
    return code if code and _ERROR_CODE.fullmatch(code) else str(get_status(error))


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
    for key in (code, str(status)):  # the code is more specific than the status
        for table in (_PERMANENT_RESPONSES, _TEMPORARY_RESPONSES):
            if key in table:
                return *table[key], table is _TEMPORARY_RESPONSES
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not is_not_implemented(error):
        return "reported an internal error", _TRY_LATER, True
    return f"answered {code}", _CHECK_SETTINGS, False


def _classify_failure(error: BotoCoreError) -> tuple[str, str, bool]:
    if isinstance(error, botocore_errors.SSLError) and _is_closed_early(error):
        return "cannot be reached: the connection broke", _TRY_LATER, True
    for table in (_PERMANENT_FAILURES, _TEMPORARY_FAILURES):
        for kind, reason, hint in table:
            if isinstance(error, kind):
                return reason.format(**error.kwargs), hint, table is _TEMPORARY_FAILURES
    return f"cannot be used ({type(error).__name__})", _CHECK_SETTINGS, False


def _is_closed_early(error: BaseException | None) -> bool:
    """Return whether the error is a TLS connection that ended early, not a problem of the certificate."""
    while error and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        error = error.__cause__ or error.__context__
    return error is not None
