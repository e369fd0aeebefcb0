"""A loopback proxy in front of a store, which makes requests fail as networks and stores do.

It streams bodies and keeps client connections alive. Each request uses a new connection to the store. The head is
unchanged, because it is signed (including the host). Only `Expect` is removed, and answered by the proxy.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedReader

_CHUNK = 2**16
_SECONDS_TO_SETTLE = 60
_RESET = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which closing a socket sends RST instead of FIN."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """The faults of a request, in the order in which they happen."""

    before: Callable[[], object] | None = None
    """A function to call before anything is sent to the store."""
    delay: float = 0
    """A delay in seconds before the answer."""
    hang: bool = False
    """Whether the connection is half-open: no answer is sent."""
    status: int | None = None
    """The status to answer with, and an S3 error `code`, without asking the store."""
    code: str = "InternalError"
    reset_after: Callable[[int], int] | None = None
    """A function from the length of the body to the number of bytes after which the connection is reset."""
    damage: bool = False
    """Whether the first byte of the body is changed."""
    inside: Callable[[], object] | None = None
    """A function to call when half of the body has reached the store."""
    after: Callable[[], object] | None = None
    """A function to call when the store has answered, before the client gets the answer."""
    lose_answer: bool = False
    """Whether the answer of the store is discarded and the connection reset."""
    cut_answer: bool = False
    """Whether the connection ends after half of the body of the answer."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The requests that have a fault: those with one of the methods and with the text in their path."""

    fault: Fault
    method: str = ""
    """One method or several (`PUT|POST`). Empty for all methods."""
    path: str = ""
    skip: int = 0
    """The number of first requests without the fault."""
    count: int | None = None
    """The maximum number of requests with the fault."""
    seconds: float | None = None
    """The number of seconds after the first request in which the fault happens."""
    share: float = 1
    """The share of the remaining requests with the fault: random, but the same in each run."""


@dataclass(kw_only=True, slots=True)
class Request:
    """A request that the proxy received."""

    method: str
    path: str
    length: int
    """The length of its body in bytes."""
    arrived: int = 0
    """The number of bytes of the body that were sent to the store."""
    status: int | None = None
    """The status of the answer from the store or the proxy."""


@dataclass(slots=True)
class _Armed:
    rule: Rule
    matched: int = 0
    since: float = 0
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - not for secrets

    def applies_to(self, request: Request) -> bool:
        rule = self.rule
        if (rule.method and request.method not in rule.method.split("|")) or rule.path not in request.path:
            return False
        self.since = self.since or time.monotonic()
        self.matched += 1
        place = self.matched - rule.skip
        in_time = rule.seconds is None or time.monotonic() - self.since < rule.seconds
        return place > 0 and (rule.count is None or place <= rule.count) and in_time and self._is_chosen()

    def _is_chosen(self) -> bool:
        return self.rule.share == 1 or self.chance.random() < self.rule.share


class Proxy:
    """A proxy that listens on a free port while its block runs."""

    def __init__(self, store_url: str) -> None:
        store = urlsplit(store_url)
        self._store = (store.hostname or "", store.port or 80)
        self._armed: list[_Armed] = []
        self._lock = threading.Condition()
        self._open: set[socket.socket] = set()
        self._open_before: set[socket.socket] = set()
        self._seen: set[object] = set()
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[Request] = []
        """The received requests in their order."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        with self._lock:
            for connection in (self._listener, *self._open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def arm(self, *rules: Rule) -> None:
        """Replace all rules. Without arguments, no request fails. Requests that hang continue to hang."""
        with self._lock:
            self._armed = [_Armed(rule) for rule in rules]
            self.requests = []
            self._open_before = set(self._open)

    def settle(self) -> None:
        """Wait until all connections opened since the last `arm` have ended. Their client must be dead."""
        with socket.create_connection(self._listener.getsockname()) as last, self._lock:
            assert self._lock.wait_for(lambda: last.getsockname() in self._seen, _SECONDS_TO_SETTLE)
        with self._lock:
            assert self._lock.wait_for(lambda: self._open <= self._open_before, _SECONDS_TO_SETTLE)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while not self._closed.is_set():
                connection, client = self._listener.accept()
                with self._lock:
                    self._open.add(connection)
                    self._seen.add(client)
                    self._lock.notify_all()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        ending = contextlib.suppress(OSError, _EndOfConnection)
        with ending, self._register(connection), connection.makefile("rb") as incoming:
            while self._forward(connection, incoming):
                pass

    @contextlib.contextmanager
    def _register(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
                self._lock.notify_all()
            connection.close()

    def _forward(self, client: socket.socket, incoming: BufferedReader) -> bool:
        """Forward one request and its answer. Return whether the connection stays open."""
        head = _read_head(incoming)
        method, path = head.first.split()[:2]
        request = Request(method=method, path=path, length=head.length)
        fault = self._find_fault(request)
        if fault.before:
            fault.before()
        self._closed.wait(fault.delay)
        if fault.hang:
            self._closed.wait()
            return False
        if fault.status is not None:
            return _refuse(client, incoming, head, request, fault)
        with (
            socket.create_connection(self._store) as store,
            self._register(store),
            store.makefile("rb") as outgoing,
        ):
            if not _send_request(head, request, fault, client, incoming, store):
                return False
            return _send_answer(request, fault, outgoing, client)

    def _find_fault(self, request: Request) -> Fault:
        with self._lock:
            self.requests.append(request)
            found = [armed.rule.fault for armed in self._armed if armed.applies_to(request)]
        return found[0] if found else Fault()


class _EndOfConnection(Exception):  # noqa: N818 - not an error
    """The other side has closed the connection."""


@dataclass(frozen=True, slots=True)
class _Head:
    first: str
    fields: tuple[tuple[str, str], ...]

    def field(self, name: str) -> str:
        return next((value for key, value in self.fields if key.lower() == name), "")

    @property
    def length(self) -> int:
        return int(self.field("content-length") or 0)

    def without(self, name: str) -> _Head:
        return replace(self, fields=tuple(pair for pair in self.fields if pair[0].lower() != name))

    def to_bytes(self) -> bytes:
        lines = [self.first, *(f"{key}: {value}" for key, value in self.fields), "", ""]
        return "\r\n".join(lines).encode("latin-1")


def _read_head(incoming: BufferedReader) -> _Head:
    lines = []
    while line := _read_line(incoming).rstrip(b"\r\n").decode("latin-1"):
        lines.append(line)
    fields = [line.partition(":") for line in lines[1:]]
    return _Head(lines[0], tuple((key, value.strip()) for key, _, value in fields))


def _read_line(incoming: BufferedReader) -> bytes:
    line = incoming.readline(_CHUNK)
    if not line.endswith(b"\n"):
        raise _EndOfConnection
    return line


def _read_chunks(incoming: BufferedReader, amount: int) -> Iterator[bytes]:
    while amount > 0:
        chunk = incoming.read1(min(amount, _CHUNK))
        if not chunk:
            raise _EndOfConnection
        amount -= len(chunk)
        yield chunk


def _refuse(client: socket.socket, incoming: BufferedReader, head: _Head, request: Request, fault: Fault) -> bool:
    """Answer instead of the store. If the client waits for `100 Continue`, close the connection."""
    request.status = fault.status
    asks_first = bool(head.field("expect"))
    if not asks_first:
        for _ in _read_chunks(incoming, request.length):
            pass
    body = b"" if request.method == "HEAD" else f"<Error><Code>{fault.code}</Code></Error>".encode()
    ending = "Connection: close\r\n" if asks_first else ""
    client.sendall(f"HTTP/1.1 {fault.status} X\r\nContent-Length: {len(body)}\r\n{ending}\r\n".encode() + body)
    return not asks_first


def _send_request(
    head: _Head,
    request: Request,
    fault: Fault,
    client: socket.socket,
    incoming: BufferedReader,
    store: socket.socket,
) -> bool:
    """Send the request to the store. Return whether all of it was sent."""
    limit = fault.reset_after(request.length) if fault.reset_after else request.length
    store.sendall(head.without("expect").to_bytes())
    if head.field("expect"):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    for end, call in ((request.length // 2, fault.inside), (request.length, None)):
        for chunk in _read_chunks(incoming, min(end, limit) - request.arrived):
            is_first = fault.damage and not request.arrived
            store.sendall(bytes([chunk[0] ^ 1]) + chunk[1:] if is_first else chunk)
            request.arrived += len(chunk)
        if call:
            call()
    if fault.reset_after:
        _reset(client)
        _reset(store)
    return fault.reset_after is None


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _send_answer(request: Request, fault: Fault, outgoing: BufferedReader, client: socket.socket) -> bool:
    head = _read_head(outgoing)
    request.status = int(head.first.split()[1])
    if fault.after:
        fault.after()
    has_body = request.method != "HEAD" and request.status not in {204, 304}
    whole = not fault.lose_answer and not fault.cut_answer
    if not fault.lose_answer:
        client.sendall(head.to_bytes())
    body = list[bytes]() if not has_body else _read_body(head, outgoing)
    allowed = head.length // 2 if fault.cut_answer else 0
    for chunk in body:
        if whole:
            client.sendall(chunk)
        elif allowed:
            client.sendall(chunk[:allowed])
            allowed -= len(chunk[:allowed])
    if fault.lose_answer:
        _reset(client)
    return whole and head.field("connection").lower() != "close"


def _read_body(head: _Head, outgoing: BufferedReader) -> Iterator[bytes]:
    """Yield the body of an answer, with its chunked encoding."""
    if head.field("transfer-encoding").lower() != "chunked":
        yield from _read_chunks(outgoing, head.length)
        return
    size = -1
    while size:
        line = _read_line(outgoing)
        yield line
        size = int(line.split(b";")[0], 16)
        yield from _read_chunks(outgoing, size + 2)
