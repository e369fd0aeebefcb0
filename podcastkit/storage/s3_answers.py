"""Refuse what no S3 store answers: pages of a login, redirects to one, and answers that lack what they must say."""

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

_NEVER_SENT: Final = frozenset({HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED})
"""Statuses that lead to a login page."""
_UNREADABLE: Final = (ResponseParserError, ValueError, TypeError, LookupError, AttributeError, RuntimeError)
"""What botocore raises for dates, numbers and XML that are none."""


_REQUIRED: Final = {
    "GetObject": ("ETag", "LastModified"),
    "HeadObject": ("ETag", "LastModified", "ContentLength"),
    "PutObject": ("ETag",),
    "UploadPart": ("ETag",),
    "CreateMultipartUpload": ("UploadId",),
    "CompleteMultipartUpload": ("ETag",),
}
"""What an answer must say, by its operation."""
_ENTRIES: Final = {
    "ListObjectsV2": ("Contents", ("Key", "Size", "ETag", "LastModified")),
    "ListMultipartUploads": ("Uploads", ("Key", "UploadId", "Initiated")),
    "ListParts": ("Parts", ("PartNumber", "Size", "ETag")),
}
"""The list in an answer, and what each of its entries must say."""
_OF_LIST: Final = ("Name", "IsTruncated", "KeyCount", "MaxKeys")
"""What a list of objects says beside them: at least one of these."""


def check_answers(client: S3Client) -> S3Client:
    """Let a client raise NotAStoreError for answers that no S3 store gives."""
    # botocore's own handler of before-parse takes a web page with status 200 for a temporary failure of the store;
    # a handler with a wildcard in front comes before it.
    client.meta.events.register_first("*.s3.*", _refuse_other_answer, unique_id="podcastkit-answers")
    call: Any = client._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - botocore has no hook for errors of its parsers
    if not hasattr(call, "checks_answers"):

        def checked_call(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
            try:
                answer: dict[str, Any] = call(operation, parameters)
            except _UNREADABLE as error:
                raise NotAStoreError(problem=f"its answer to {operation} cannot be read") from error
            except HTTPError as error:  # botocore lets these through while it reads a body
                raise HTTPClientError(error=error) from error
            _check_answer(operation, answer)
            return answer

        checked_call.checks_answers = True  # type: ignore[attr-defined] # a client is checked once
        client._make_api_call = checked_call  # type: ignore[attr-defined] # noqa: SLF001 - as above
    return client


def _refuse_other_answer(event_name: str, response_dict: Mapping[str, Any] | None = None, **_: object) -> None:
    if response_dict is None or not event_name.startswith("before-parse."):
        return
    status, body = response_dict["status_code"], response_dict["body"]
    text = body.lstrip() if isinstance(body, bytes) else b""  # the body of an object is a stream
    if status in _NEVER_SENT:
        raise NotAStoreError(problem=f"it leads to another page ({status})")
    if is_web_page(text) and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise NotAStoreError(problem=f"it answers with a web page ({status})")
    if text and not text.startswith((b"<", b"\xef\xbb\xbf<")) and status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotAStoreError(problem=f"it answers with something else than XML ({status})")


def _check_answer(operation: str, answer: Mapping[str, Any]) -> None:
    listed, of_entry = _ENTRIES.get(operation, ("", ()))
    required = [(answer, _REQUIRED.get(operation, ())), *((entry, of_entry) for entry in answer.get(listed, ()))]
    lacking = [name for part, names in required for name in names if part.get(name) in {None, ""}]
    if operation == "ListObjectsV2" and not any(name in answer for name in _OF_LIST):
        lacking.append(_OF_LIST[0])
    if lacking:
        raise NotAStoreError(problem=f"its answer to {operation} has no {lacking[0]}")
    if answer.get("ContentLength", 0) < 0:
        raise NotAStoreError(problem=f"its answer to {operation} has a negative length")
