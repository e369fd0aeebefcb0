"""What stands in front of a real store, so that a test can lose, change or replace its answers."""

from __future__ import annotations

import contextlib
import http.client
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def refusal(cls, status: int, code: str) -> Answer:
        body = f"<Error><Code>{code}</Code><Message>testtest</Message></Error>".encode()
        return cls(status=status, headers={"Content-Length": str(len(body))}, body=body)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    store: str

    def forward(self) -> Answer:
        with contextlib.closing(http.client.HTTPConnection(self.store)) as connection:
            headers = {name: value for name, value in self.headers.items() if name != "Expect"}
            connection.request(self.method, self.path, self.body or None, headers)
            response = connection.getresponse()
            return Answer(status=response.status, headers=dict(response.getheaders()), body=response.read())


@contextlib.contextmanager
def in_front_of(store_url: str, rule: Callable[[Request], Answer | None]) -> Iterator[str]:
    """Serve what the rule answers to each request, and hang up where it answers None; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # knows how to say "100 Continue"

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
