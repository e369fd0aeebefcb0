"""A proxy in front of a real store, so that a test can lose, change or replace its responses."""

from __future__ import annotations

import contextlib
import http.client
import threading
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from podcastkit.storage.s3 import S3Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.seaweedfs import SeaweedFS


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def refusal(cls, status: int, code: str) -> Response:
        body = f"<Error><Code>{code}</Code><Message>testtest</Message></Error>".encode()
        return cls(status=status, headers={"Content-Length": str(len(body))}, body=body)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    store: str

    def forward(self) -> Response:
        with contextlib.closing(http.client.HTTPConnection(self.store)) as connection:
            headers = {name: value for name, value in self.headers.items() if name != "Expect"}
            connection.request(self.method, self.path, self.body or None, headers)
            response = connection.getresponse()
            return Response(status=response.status, headers=dict(response.getheaders()), body=response.read())


@contextlib.contextmanager
def run_server(store_url: str, rule: Callable[[Request], Response | None]) -> Iterator[str]:
    """Start a proxy that answers requests by the rule, and yield its address.

    If the rule returns None, the proxy closes the connection.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # needed for "100 Continue"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers, store = dict(self.headers.items()), urlsplit(store_url).netloc
            answer = rule(Request(method=self.command, path=self.path, headers=headers, body=body, store=store))
            self.close_connection = True
            if answer:
                self.send_response_only(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer.body)

        do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - the standard library's names

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def make_storage(store: SeaweedFS, prefix: str = "", *, url: str | None = None, attempts: int = 8) -> S3Storage:
    """Return a storage that sends files of more than 6 MiB in parts.

    `prefix` defaults to an unused one. If `url` is set, all requests go to the proxy at this address.
    """
    client = store.client(endpoint_url=url, attempts=attempts)
    prefix = prefix or f"t-{uuid.uuid4().hex}"
    return S3Storage(store.bucket, prefix, client=client, multipart_threshold=6 * 2**20, part_size=5 * 2**20)


@contextlib.contextmanager
def make_proxied_storage(
    store: SeaweedFS, rule: Callable[[Request], Response | None], prefix: str = "", *, attempts: int = 8
) -> Iterator[S3Storage]:
    """Yield a storage whose requests are answered by the rule."""
    with run_server(store.endpoint_url, rule) as url:
        storage = make_storage(store, prefix, url=url, attempts=attempts)
        yield storage
        close(storage)


def close(storage: S3Storage) -> None:
    """Close the connections of a storage's client."""
    storage._get_client().close()
