"""Tests that any server at an endpoint leads to a readable error or to a valid result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import StorageError, UnreachableError
from podcastkit.storage.base import Condition
from podcastkit.storage.s3 import S3Storage
from podcastkit.wait_times import Waiting
from tests.storage.front import Request, Response, close, run_server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = [
    pytest.mark.usefixtures("keys_in_environment"),
    # botocore does not close the connection after a response that it cannot read.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

PAGE = b"<!DOCTYPE html><html><body>Log in<p></body></html>"
MODIFIED = "Mon, 01 Jan 2024 00:00:00 GMT"
OBJECT = {"ETag": '"x"', "Last-Modified": MODIFIED}
ENTRY = "<Key>a.mp3</Key><Size>1</Size><ETag>x</ETag><LastModified>2024-01-01T00:00:00Z</LastModified>"


def make_listing(entry: str = ENTRY, more: str = "<IsTruncated>false</IsTruncated>") -> bytes:
    return f"<ListBucketResult><Name>b</Name>{more}<Contents>{entry}</Contents></ListBucketResult>".encode()


def write(storage: S3Storage, body: bytes, condition: Condition | None = None) -> object:
    return storage.write("a", body, content_type="text/plain", cache_control="no-cache", condition=condition)


STORAGE_CALLS: dict[str, Callable[[S3Storage], object]] = {
    "read": lambda storage: storage.read("a"),
    "find": lambda storage: storage.find("a"),
    "list": lambda storage: list(storage.list("")),
    "write": lambda storage: write(storage, b"x"),
    "write if absent": lambda storage: write(storage, b"x", Condition(etag=None)),
    "write in parts": lambda storage: write(storage, bytes(100)),
    "delete": lambda storage: storage.delete("a"),
    "keeps conditions": lambda storage: storage.keeps_conditions("a", b"x"),
    "leftovers": lambda storage: list(storage.leftovers()),
}


def send_request(how: str, status: int, headers: Mapping[str, str], body: bytes) -> object:
    """Send a request to a server that always gives this response."""

    def respond(request: Request) -> Response:
        length = {} if "Transfer-Encoding" in headers else {"Content-Length": str(len(body))}
        sent = b"" if request.method == "HEAD" else body
        return Response(status=status, headers={**length, **headers}, body=sent)

    with run_server("http://127.0.0.1", respond) as url:
        storage = S3Storage(
            "bucket",
            endpoint_url=url,
            region="us-east-1",
            multipart_threshold=50,
            waiting=Waiting(bucket_retries=0),
        )
        try:
            return STORAGE_CALLS[how](storage)
        finally:
            close(storage)


@pytest.mark.parametrize("how", STORAGE_CALLS)
def test_login_page_is_not_a_store(how: str) -> None:
    with pytest.raises(StorageError, match="is not an S3 store: "):
        send_request(how, 200, {"Content-Type": "text/html"}, PAGE)


@pytest.mark.parametrize("how", ["read", "list"])
@pytest.mark.parametrize(
    ("status", "headers", "body", "words"),
    [
        (200, {}, b"ok", "not XML|no ETag"),
        (200, {"Content-Type": "application/json"}, b'{"a": 1}', "not XML|no ETag"),
        (302, {"Location": "http://127.0.0.1:9/login"}, PAGE, "redirect or a login page"),
        (303, {"Location": "/login"}, b"", "redirect or a login page"),
        (301, {"Location": "http://127.0.0.1:9/login"}, PAGE, "web page|cannot be read"),
        (401, {"Content-Type": "text/html"}, PAGE, "web page"),
        (403, {}, b"<!-- a -->\n<HTML>", "web page"),
        (404, {}, PAGE, "web page"),
        (511, {}, PAGE, "redirect or a login page"),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
def test_captive_portal_is_not_a_store(
    how: str, status: int, headers: dict[str, str], body: bytes, words: str
) -> None:
    with pytest.raises(StorageError, match=f"is not an S3 store: .*({words})") as caught:
        send_request(how, status, headers, body)
    assert not isinstance(caught.value, UnreachableError)
    assert (caught.value.hint or "").startswith("check endpoint_url")


@pytest.mark.parametrize("how", ["read", "find"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Last-Modified": MODIFIED},
        {"ETag": "", "Last-Modified": MODIFIED},
        {"ETag": '"x"'},
        *({"ETag": '"x"', "Last-Modified": date} for date in ("soon", "Mon, 99 Foo 20244 99:00", "9" * 20)),
        *({**OBJECT, "Content-Length": length} for length in ("abc", "-5", "")),
    ],
    ids=str,
)
def test_object_without_a_required_header_is_not_from_a_store(how: str, headers: dict[str, str]) -> None:
    with pytest.raises(StorageError, match="is not an S3 store: the response to "):
        send_request(how, 200, headers, b"ok")


def test_truncated_object_is_a_temporary_failure() -> None:
    with pytest.raises(UnreachableError, match="the connection broke"):
        send_request("read", 200, {**OBJECT, "Content-Length": "100"}, b"short")


def test_interrupted_error_response_is_a_temporary_failure() -> None:
    with pytest.raises(UnreachableError, match="the connection broke"):
        send_request("read", 500, {"Transfer-Encoding": "chunked"}, b"x")


def test_object_without_content_length_is_read() -> None:
    assert send_request("read", 200, {**OBJECT, "Transfer-Encoding": "chunked"}, b"2\r\nok\r\n0\r\n\r\n") == (
        b"ok",
        "x",
    )


@pytest.mark.parametrize(
    "body",
    [
        *(
            make_listing(ENTRY.replace(part, ""))
            for part in ("<Key>a.mp3</Key>", "<Size>1</Size>", "<ETag>x</ETag>")
        ),
        make_listing(ENTRY.partition("<LastModified>")[0]),
        make_listing(ENTRY.replace("2024-01-01T00:00:00Z", "soon")),
        make_listing(ENTRY.replace(">1<", ">many<")),
        make_listing(more="<KeyCount>one</KeyCount>"),
        make_listing(more="<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"),
        b"<rss/>",
        b'<?xml version="1.0"?><html><body/></html>',
        b"",
    ],
    ids=lambda body: body.decode()[-110:],
)
def test_invalid_list_is_not_from_a_store(body: bytes) -> None:
    with pytest.raises(StorageError, match="is not an S3 store: "):
        send_request("list", 200, {}, body)


@pytest.mark.parametrize("how", ["read", "write"])
@pytest.mark.parametrize(
    "body", [b"<Error/>", b"<Error><Code></Code></Error>", b"<Error><Code>", b"<other/>", b"\xff"], ids=repr
)
def test_error_without_a_code_is_reported_by_its_status(how: str, body: bytes) -> None:
    with pytest.raises(StorageError, match="answered 400"):
        send_request(how, 400, {}, body)


@pytest.mark.parametrize("how", ["read", "list", "write"])
def test_web_page_with_a_server_error_is_a_temporary_failure(how: str) -> None:
    with pytest.raises(UnreachableError):
        send_request(how, 502, {}, PAGE)


def test_response_checks_are_added_to_a_client_once() -> None:
    storage = S3Storage("bucket", endpoint_url="http://127.0.0.1:9", region="us-east-1")
    client = storage._get_client()
    call = client._make_api_call  # type: ignore[attr-defined] # a private method of botocore
    assert S3Storage("bucket", client=client)._get_client()._make_api_call is call  # type: ignore[attr-defined] # same
