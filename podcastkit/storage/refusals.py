"""Why a store did not do what was asked: botocore's errors in words, and whether trying again may help."""

from __future__ import annotations

import re
import ssl
from http import HTTPStatus

from botocore import exceptions as trouble

from podcastkit.diagnostics import StorageError, UnreachableError

_CODE = re.compile(r"(?:[A-Z][A-Za-z]{2,}|\d{3})(?<!.{50})")
_LIKELY_CURE = "check [publish] in show.toml and the store's own pages, then publish again"
_OTHER_LOGIN = "log in again (with SSO: `aws sso login`), or renew AWS_SESSION_TOKEN, then publish again"
_OTHER_KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or the profile, and that they are this store's"
_OTHER_RIGHTS = "check the bucket's name, and let the keys do s3:GetObject, s3:PutObject and s3:ListBucket there"
_OTHER_ENDPOINT = "check endpoint_url in [publish] and the network, then publish again"
_OTHER_REGION = "set the bucket's own region in [publish]"
_LATER = "wait some minutes, then publish again: what has arrived is not sent twice"
_FULL = ("is full", "make room in it or raise its limit, then publish again")

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
    "QuotaExceeded": _FULL,
    "507": _FULL,
}
"""By the store's word or its HTTP status: what the bucket did, and the cure."""

_PASSING_REFUSALS = {
    "BadDigest": ("got other bytes than were sent", _LATER),
    "IncompleteBody": ("got fewer bytes than were sent", _LATER),
    "OperationAborted": ("is busy with something that is in the way", _LATER),
    "RequestTimeout": ("waited too long for what was sent", _LATER),
    "SlowDown": ("is too busy", _LATER),
    "408": ("waited too long for what was sent", _LATER),
    "429": ("is too busy", _LATER),
    "503": ("is too busy", _LATER),
}
"""The same for what may be otherwise in a while. Every other 5xx is the store's own failure."""

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
)
"""By botocore's exception: what about the bucket, and the cure. The first that fits counts."""

_PASSING_FAILURES: tuple[tuple[type[trouble.BotoCoreError], str, str], ...] = (
    (
        trouble.ProxyConnectionError,
        "cannot be reached: the proxy does not answer",
        "check HTTPS_PROXY and HTTP_PROXY",
    ),
    (trouble.EndpointConnectionError, "cannot be reached", _OTHER_ENDPOINT),
    (trouble.ConnectTimeoutError, "cannot be reached: it does not answer", _OTHER_ENDPOINT),
    (trouble.ReadTimeoutError, "stopped answering", _LATER),
    (trouble.HTTPClientError, "cannot be reached: the connection broke", _LATER),
    (trouble.IncompleteReadError, "cannot be reached: the connection broke", _LATER),
)


def explained(error: trouble.ClientError | trouble.BotoCoreError, place: str) -> StorageError:
    """Return what is to be raised about a place: UnreachableError when the cause may pass."""
    reason, cure, passing = _refusal(error) if isinstance(error, trouble.ClientError) else _failure(error)
    return (UnreachableError if passing else StorageError)(f"{place} {reason}", cure)


def is_passing(error: BaseException | None) -> bool:
    """Tell whether the same may work in a while."""
    if isinstance(error, trouble.ClientError):
        return _refusal(error)[2]
    if isinstance(error, trouble.BotoCoreError):
        return _failure(error)[2]
    return isinstance(error, UnreachableError)


def code_of(error: trouble.ClientError) -> str:
    """Return the store's word for what is wrong, else the status: a store may repeat what it was asked with."""
    code = error.response["Error"]["Code"]
    return code if _CODE.fullmatch(code) else str(error.response["ResponseMetadata"]["HTTPStatusCode"])


def status_of(error: trouble.ClientError) -> int:
    """Return the HTTP status of a refusal."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def is_not_implemented(error: trouble.ClientError) -> bool:
    """Tell whether the store knows nothing of what was asked."""
    return status_of(error) == HTTPStatus.NOT_IMPLEMENTED or code_of(error) == "NotImplemented"


def _refusal(error: trouble.ClientError) -> tuple[str, str, bool]:
    code, status = code_of(error), status_of(error)
    for word in (code, str(status)):
        for table in (_REFUSALS, _PASSING_REFUSALS):
            if word in table:
                return *table[word], table is _PASSING_REFUSALS
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not is_not_implemented(error):
        return "failed by itself", _LATER, True
    return f"answered {code}", _LIKELY_CURE, False


def _failure(error: trouble.BotoCoreError) -> tuple[str, str, bool]:
    if isinstance(error, trouble.SSLError) and _broke_off(error):
        return "cannot be reached: the connection broke", _LATER, True
    for table in (_FAILURES, _PASSING_FAILURES):
        for kind, reason, cure in table:
            if isinstance(error, kind):
                return reason.format(**error.kwargs), cure, table is _PASSING_FAILURES
    return f"cannot be used ({type(error).__name__})", _LIKELY_CURE, False


def _broke_off(error: BaseException | None) -> bool:
    """Tell whether a secure connection only ended early: nothing is wrong with whom it was to."""
    while error and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        error = error.__cause__ or error.__context__
    return error is not None
