"""A small web server on loopback for tests. Each page defines how the server behaves or misbehaves."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass(frozen=True, kw_only=True)
class Page:
    """The answer for a path. The defaults are those of a correct server."""

    body: bytes = b""
    type: str | None = "application/octet-stream"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    head_status: int | None = None
    """The status for HEAD if it differs from GET. 0 closes the connection."""
    head_length: int | None = None
    """The Content-Length for HEAD if it differs from GET."""
    etag: str | None = None
    has_ranges: bool = True
    keeps_validators: bool = True
    part: Callable[[Page, int, int], tuple[str, bytes]] | None = None
    """Return Content-Range and body for a range of bytes."""

    def but(self, **changes: Any) -> Page:
        return replace(self, **changes)


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(kw_only=True)
class Site:
    """The URL of the server, its pages by path, and the received requests."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def paths(self, method: str) -> list[str]:
        return [request.path for request in self.requests if request.method == method]


@contextlib.contextmanager
def serve_pages(*, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """Run a server whose pages the test adds."""
    server = _Server(("127.0.0.1", 0), _Handler)
    site = server.site = Site(url=f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}")
    server.tls = tls
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def raw(behave: Callable[[socket.socket], object]) -> Iterator[str]:
    """Serve connections with a function that can violate HTTP. Yield the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []

        def handle(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                behave(connection)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threads.append(threading.Thread(target=handle, args=(connection,)))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for thread in threads:
                thread.join()


def find_unused_address() -> str:
    """Return a URL without a server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    site: Site
    tls: ssl.SSLContext | None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as encrypted:  # in the connection's own thread
            super().finish_request(encrypted, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing. Tests close connections on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_HEAD(self) -> None:
        page = self._page()
        if page.head_status == 0:
            self.close_connection = True
            return
        wrong = {} if page.head_length is None else {"Content-Length": str(page.head_length)}
        self._send(page.but(status=page.head_status or page.status, headers={**page.headers, **wrong}))

    def do_GET(self) -> None:
        page = self._page()
        byte_range = _RANGE.fullmatch(self.headers.get("Range", ""))
        if page.etag and page.keeps_validators and self.headers.get("If-None-Match") == page.etag:
            self._send(page.but(status=304, body=b"", type=None))
        elif byte_range and page.has_ranges and page.status == 200:
            self._send_part(page, int(byte_range[1]), int(byte_range[2]))
        else:
            self._send(page)

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _page(self) -> Page:
        site = self.server.site
        site.requests.append(Request(method=self.command, path=self.path, headers=dict(self.headers)))
        return site.pages.get(self.path, Page(status=404, type="text/html"))

    def _send_part(self, page: Page, first: int, last: int) -> None:
        part = page.part or _part
        content_range, body = part(page, first, last)
        self._send(page.but(status=206, body=body, headers={**page.headers, "Content-Range": content_range}))

    def _send(self, page: Page) -> None:
        self.send_response(page.status)
        own = {
            "Content-Type": page.type,
            "ETag": page.etag,
            "Content-Length": None if page.status == 304 else str(len(page.body)),
        }
        for name, value in ({**own, **page.headers}).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)


def _part(page: Page, first: int, last: int) -> tuple[str, bytes]:
    return f"bytes {first}-{last}/{len(page.body)}", page.body[first : last + 1]
