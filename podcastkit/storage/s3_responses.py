"""Detect responses that are not from an S3 store: login pages, redirects to one, and incomplete responses."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import HTTPClientError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from podcastkit.storage.errors import NotAStoreError
from podcastkit.text.web_page import is_web_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

_NON_S3_STATUSES: Final = frozenset(
    {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED}
)
"""Statuses that an S3 store never sends. They usually lead to a login page."""
_PARSING_ERRORS: Final = (ResponseParserError, ValueError, TypeError, LookupError, AttributeError, RuntimeError)
"""The exceptions that botocore raises for invalid dates, numbers and XML."""


_REQUIRED_FIELDS: Final = {
    "GetObject": ("ETag", "LastModified"),
    "HeadObject": ("ETag", "LastModified", "ContentLength"),
    "PutObject": ("ETag",),
    "UploadPart": ("ETag",),
    "CreateMultipartUpload": ("UploadId",),
    "CompleteMultipartUpload": ("ETag",),
}
"""The required fields of a response, by operation."""
_LIST_ENTRIES: Final = {
    "ListObjectsV2": ("Contents", ("Key", "Size", "ETag", "LastModified")),
    "ListMultipartUploads": ("Uploads", ("Key", "UploadId", "Initiated")),
    "ListParts": ("Parts", ("PartNumber", "Size", "ETag")),
}
"""The list in a response, and the required fields of its entries, by operation."""
_LIST_FIELDS: Final = ("Name", "IsTruncated", "KeyCount", "MaxKeys")
"""Fields of a response to ListObjectsV2, which must have at least one of them."""


def add_response_checks(client: S3Client) -> S3Client:
    """Make a client raise NotAStoreError for responses that are not from an S3 store, and return the client."""
    # botocore's own before-parse handler treats a web page with status 200 as a temporary failure of the store. A
    # handler with a leading wildcard runs before it.
    client.meta.events.register_first("*.s3.*", _refuse_non_s3_response, unique_id="podcastkit-responses")
    original_call: Any = client._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - botocore has no hook for errors of its parsers
    if not hasattr(original_call, "checks_responses"):

        def call_and_check(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
            try:
                response: dict[str, Any] = original_call(operation, parameters)
            except _PARSING_ERRORS as error:
                raise NotAStoreError(problem=f"the response to {operation} cannot be read") from error
            except HTTPError as error:  # botocore does not convert these while it reads a body
                raise HTTPClientError(error=error) from error
            _check_response(operation, response)
            return response

        call_and_check.checks_responses = True  # type: ignore[attr-defined] # wrap a client only once
        client._make_api_call = call_and_check  # type: ignore[attr-defined] # noqa: SLF001 - as above
    return client


def _refuse_non_s3_response(event_name: str, response_dict: Mapping[str, Any] | None = None, **_: object) -> None:
    """Raise NotAStoreError for a login page, a redirect, or another response that is not from an S3 store.

    botocore calls this before it parses a response.
    """
    if response_dict is None or not event_name.startswith("before-parse."):
        return
    status, body = response_dict["status_code"], response_dict["body"]
    text = body.lstrip() if isinstance(body, bytes) else b""  # the body of an object is a stream
    if status in _NON_S3_STATUSES:
        raise NotAStoreError(problem=f"the response is a redirect or a login page ({status})")
    if is_web_page(text) and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise NotAStoreError(problem=f"the response is a web page ({status})")
    if text and not text.startswith((b"<", b"\xef\xbb\xbf<")) and status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotAStoreError(problem=f"the response is not XML ({status})")


def _check_response(operation: str, response: Mapping[str, Any]) -> None:
    """Raise NotAStoreError if a required field is missing, or if the length is negative."""
    list_name, entry_fields = _LIST_ENTRIES.get(operation, ("", ()))
    required = [
        (response, _REQUIRED_FIELDS.get(operation, ())),
        *((entry, entry_fields) for entry in response.get(list_name, ())),
    ]
    missing = [name for part, names in required for name in names if part.get(name) in {None, ""}]
    if operation == "ListObjectsV2" and not any(name in response for name in _LIST_FIELDS):
        missing.append(_LIST_FIELDS[0])
    if missing:
        raise NotAStoreError(problem=f"the response to {operation} has no {missing[0]}")
    if response.get("ContentLength", 0) < 0:
        raise NotAStoreError(problem=f"the response to {operation} has a negative length")
