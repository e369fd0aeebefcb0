"""A loopback proxy in front of a store, which lets requests fail in every way that networks and stores know.

It streams and holds no body. A client's connection is kept alive; each request goes to the store on a connection
of its own, with its head unchanged (the host, too, is signed) but for `Expect`, which is answered here.
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
"""For SO_LINGER: closing sends RST instead of FIN."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What happens to a request; several of these at once come in this order."""

    before: Callable[[], object] | None = None
    """Called before anything is sent to the store."""
    delay: float = 0
    """Seconds before anything is answered."""
    hang: bool = False
    """Nothing is ever answered: a half-open connection."""
    status: int | None = None
    """The store is not asked; this is answered, with an S3 error of this `code`."""
    code: str = "InternalError"
    reset_after: Callable[[int], int] | None = None
    """From the length of the request's body: after how many bytes of it the connection is reset."""
    damage: bool = False
    """The first byte of the request's body arrives as another one."""
    inside: Callable[[], object] | None = None
    """Called when a half of the request's body has reached the store."""
    after: Callable[[], object] | None = None
    """Called when the store has answered, before the client hears of it."""
    lose_answer: bool = False
    """The store's answer is thrown away, and the connection reset."""
    cut_answer: bool = False
    """A half of the answer's body arrives, then the connection ends."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which requests a fault befalls: those of the methods (any, when empty) whose path holds the text."""

    fault: Fault
    method: str = ""
    """One method, or several: `PUT|POST`."""
    path: str = ""
    skip: int = 0
    """Not so many of the first ones."""
    count: int | None = None
    """At most so many."""
    seconds: float | None = None
    """No later than so many seconds after the first."""
    share: float = 1
    """A share of those that are left, by chance that is the same in each run."""


@dataclass(kw_only=True, slots=True)
class Request:
    """A request as it went by."""

    method: str
    path: str
    length: int
    """Bytes of its body."""
    arrived: int = 0
    """How many of them were sent to the store."""
    status: int | None = None
    """What the store answered, or the proxy for it."""


@dataclass(slots=True)
class _Armed:
    rule: Rule
    matched: int = 0
    since: float = 0
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - not for secrets

    def befalls(self, request: Request) -> bool:
        rule = self.rule
        if (rule.method and request.method not in rule.method.split("|")) or rule.path not in request.path:
            return False
        self.since = self.since or time.monotonic()
        self.matched += 1
        place = self.matched - rule.skip
        in_time = rule.seconds is None or time.monotonic() - self.since < rule.seconds
        return place > 0 and (rule.count is None or place <= rule.count) and in_time and self._by_chance()

    def _by_chance(self) -> bool:
        return self.rule.share == 1 or self.chance.random() < self.rule.share


class Proxy:
    """Listens on a free port while its block runs."""

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
        """What went by, in the order in which it came."""

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
        """Let these rules, and no others, hold from now on; none: all is well. What hangs goes on hanging."""
        with self._lock:
            self._armed = [_Armed(rule) for rule in rules]
            self.requests = []
            self._open_before = set(self._open)

    def settle(self) -> None:
        """Wait until all connections have ended that were made since the rules were armed: their client is dead."""
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
        with ending, self._noted(connection), connection.makefile("rb") as incoming:
            while self._pass_on(connection, incoming):
                pass

    @contextlib.contextmanager
    def _noted(self, connection: socket.socket) -> Iterator[None]:
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

    def _pass_on(self, client: socket.socket, incoming: BufferedReader) -> bool:
        """Pass one request on and its answer back; tell whether the connection goes on."""
        head = _read_head(incoming)
        method, path = head.first.split()[:2]
        request = Request(method=method, path=path, length=head.length)
        fault = self._fault_for(request)
        if fault.before:
            fault.before()
        self._closed.wait(fault.delay)
        if fault.hang:
            self._closed.wait()
            return False
        if fault.status is not None:
            return _refuse(client, incoming, head, request, fault)
        with socket.create_connection(self._store) as store, self._noted(store), store.makefile("rb") as outgoing:
            if not _send(head, request, fault, client, incoming, store):
                return False
            return _answer(request, fault, outgoing, client)

    def _fault_for(self, request: Request) -> Fault:
        with self._lock:
            self.requests.append(request)
            found = [armed.rule.fault for armed in self._armed if armed.befalls(request)]
        return found[0] if found else Fault()


class _EndOfConnection(Exception):  # noqa: N818 - the ordinary end
    """The other side has hung up."""


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


def _chunks(incoming: BufferedReader, amount: int) -> Iterator[bytes]:
    while amount > 0:
        chunk = incoming.read1(min(amount, _CHUNK))
        if not chunk:
            raise _EndOfConnection
        amount -= len(chunk)
        yield chunk


def _refuse(client: socket.socket, incoming: BufferedReader, head: _Head, request: Request, fault: Fault) -> bool:
    """Answer in the store's place. A client that waits to be asked for the body is not asked, and is let go."""
    request.status = fault.status
    asks_first = bool(head.field("expect"))
    if not asks_first:
        for _ in _chunks(incoming, request.length):
            pass
    body = b"" if request.method == "HEAD" else f"<Error><Code>{fault.code}</Code></Error>".encode()
    ending = "Connection: close\r\n" if asks_first else ""
    client.sendall(f"HTTP/1.1 {fault.status} X\r\nContent-Length: {len(body)}\r\n{ending}\r\n".encode() + body)
    return not asks_first


def _send(
    head: _Head,
    request: Request,
    fault: Fault,
    client: socket.socket,
    incoming: BufferedReader,
    store: socket.socket,
) -> bool:
    """Send the request to the store; tell whether all of it went out."""
    limit = fault.reset_after(request.length) if fault.reset_after else request.length
    store.sendall(head.without("expect").to_bytes())
    if head.field("expect"):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    for end, call in ((request.length // 2, fault.inside), (request.length, None)):
        for chunk in _chunks(incoming, min(end, limit) - request.arrived):
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


def _answer(request: Request, fault: Fault, outgoing: BufferedReader, client: socket.socket) -> bool:
    head = _read_head(outgoing)
    request.status = int(head.first.split()[1])
    if fault.after:
        fault.after()
    has_body = request.method != "HEAD" and request.status not in {204, 304}
    whole = not fault.lose_answer and not fault.cut_answer
    if not fault.lose_answer:
        client.sendall(head.to_bytes())
    body = list[bytes]() if not has_body else _body(head, outgoing)
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


def _body(head: _Head, outgoing: BufferedReader) -> Iterator[bytes]:
    """Yield an answer's body as it stands on the wire."""
    if head.field("transfer-encoding").lower() != "chunked":
        yield from _chunks(outgoing, head.length)
        return
    size = -1
    while size:
        line = _read_line(outgoing)
        yield line
        size = int(line.split(b";")[0], 16)
        yield from _chunks(outgoing, size + 2)
