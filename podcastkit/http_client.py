"""One address asked as a podcast app asks: every answer is bounded in size and time, every redirect is told.

Whatever stands at an address is hostile until it has answered: only http and https are spoken, no credentials are
sent, and of an answer no more is read than was wanted.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial, partialmethod
from http.client import HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import urllib3
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    LocationParseError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ProxySchemeUnknown,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Retry, Timeout, make_headers
from urllib3.util import parse_url as split_proxy

from podcastkit.text.addresses import parse_url
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import safe_line
from podcastkit.version import __version__
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.connection import HTTPConnection

USER_AGENT: Final = f"podcastkit/{__version__} (looks whether a podcast can be fetched; not a listener)"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_MOST_REDIRECTS = 10
_SILENCES_OF_A_DEAD_HOST = 3
"""How many requests with one method may fail in a row before a host is asked no more with it."""
_CHUNK = 2**16

_INSIDE_NAMES = frozenset(
    ("arpa", "corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private", "test")
)
"""The last parts of names that only a machine or its own network knows (RFC 6761, 6762 appendix G, 8375)."""
_GLOBAL_UNICAST = ip_network("2000::/3")
"""The only part of IPv6 in which the internet has its addresses (RFC 4291, section 2.4)."""
_NAT64 = ip_network("64:ff9b::/96")
_RESERVED = tuple(
    ip_network(written)
    for written in (
        "192.0.0.0/24",  # IETF protocols; early Pythons know only parts of it
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # the platform of Azure, as its machines see it
        "3fff::/20",  # documentation
    )
)

_UNREACHABLE = "is an address that listeners cannot reach"
_NO_HEADERS: Final[dict[str, str]] = {}

# The codes of https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_CERTIFICATES: Final = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is self-signed",
    19: "its certificate comes from an authority that nobody knows",
    20: "its certificate's issuer is not known, or the server does not send the whole chain",
    21: "its certificate's issuer is not known, or the server does not send the whole chain",
    62: "its certificate is for another host",
    64: "its certificate is for another host",
}


class NoAnswer(Exception):  # noqa: N818 - an outcome as good as others: it is told in a report
    """An address gave no answer that an app could use; `check` is `tls`, `redirects` or `connection`.

    `was_reached` tells that a server took the request: another one may be answered.
    """

    def __init__(self, check: str, message: str, *, was_reached: bool = False) -> None:
        super().__init__(message)
        self.check = check
        self.message = message
        self.was_reached = was_reached


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a server said at `url`, at the end of the redirects `hops`; the body as far as it was wanted."""

    url: str
    status: int
    headers: Mapping[str, str]
    """By their names in any case."""
    body: bytes
    is_whole: bool
    """Whether the body was no longer than what was wanted."""
    hops: tuple[Answer, ...] = ()

    @property
    def has_moved_for_good(self) -> bool:
        """Tell whether every redirect on the way is a permanent one, so that apps remember where it led."""
        return bool(self.hops) and all(hop.status in _PERMANENT for hop in self.hops)


class Web:
    """Asks addresses, over shared connections and from several threads at once.

    `timeout` is how many seconds a server may be silent, and `longest_answer` how many a whole answer may take (by
    default a few timeouts); `deadline` seconds from now nothing more is asked. `home`
    is the address that somebody chose: only when it is a private one itself may others lead to private ones. Each
    host is resolved once for a connection, and the connection goes to the address that was checked.

    The proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`) are used, as the buckets' client uses them. A proxy
    resolves names itself, so it has to refuse private addresses itself.
    Certificates are believed that this system or Mozilla's list believes, as apps on phones and computers do.
    """

    def __init__(
        self,
        *,
        home: str,
        timeout: float,
        deadline: float,
        threads: int,
        longest_answer: float | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        waiting = waiting or Waiting.from_environment()
        self._may_be_private = _is_private(home)
        self._timeout = timeout
        self._end = time.monotonic() + deadline
        self._threads = threads
        self._managers: dict[str | None, urllib3.PoolManager] = {}
        self._silences: dict[tuple[str, str], list[NoAnswer]] = defaultdict(list)
        self._lock = threading.Lock()
        self._longest_answer = longest_answer or timeout * waiting.answer_timeouts
        self._retries = _retries(waiting.web_retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for manager in self._managers.values():
            manager.clear()

    def stop(self) -> None:
        """Ask nothing any more."""
        self._end = 0.0

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        limit: int = 0,
        into: BinaryIO | None = None,
    ) -> Answer:
        """Return the answer at the end of the redirects, with at most `limit` bytes of its body.

        With `into`, the body is written there, in place of what was there before.
        Raises NoAnswer, and OSError where `into` cannot be written.
        """
        hops: tuple[Answer, ...] = ()
        while True:
            self._refuse_private(url)
            answer = self._exchange(method, url, headers, limit, into)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return replace(answer, hops=hops)
            hops = (*hops, answer)
            url = _next(hops)

    def _refuse_private(self, url: str) -> None:
        if _is_private(url) and not self._may_be_private:
            raise NoAnswer("connection", f"{safe_line(urlsplit(url).netloc)} {_UNREACHABLE}")

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], limit: int, into: BinaryIO | None
    ) -> Answer:
        host = urlsplit(url).netloc
        self._refuse_silent(method, host)
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", **headers}
        try:
            answer = self._answer(method, url, headers, limit, into)
        except HTTPError as error:
            explained = self._explained(error, host)
            with self._lock:
                self._silences[method, host].append(explained)
            raise explained from error
        with self._lock:
            self._silences[method, host].clear()
        return answer

    def _refuse_silent(self, method: str, host: str) -> None:
        if time.monotonic() > self._end:
            raise NoAnswer("connection", "it was not asked, because time had run out")
        with self._lock:
            silences = tuple(self._silences[method, host])
        if len(silences) >= _SILENCES_OF_A_DEAD_HOST:
            times = f"{_SILENCES_OF_A_DEAD_HOST} requests in a row"
            message = f"{safe_line(host)} was not asked again after {times} had failed"
            raise NoAnswer("connection", message, was_reached=silences[-1].was_reached)

    def _answer(
        self, method: str, url: str, headers: Mapping[str, str], limit: int, into: BinaryIO | None
    ) -> Answer:
        body = io.BytesIO()
        response = self._manager(url).request(
            method, url, headers=headers, redirect=False, retries=self._retries, preload_content=False
        )
        try:
            is_whole = _read(response, limit, into or body)
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()
        return Answer(
            url=url, status=response.status, headers=response.headers, body=body.getvalue(), is_whole=is_whole
        )

    def _manager(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        proxies = {} if proxy_bypass(parts.hostname or "") else getproxies()
        proxy = proxies.get(parts.scheme) or proxies.get("all")
        with self._lock:
            if proxy not in self._managers:
                self._managers[proxy] = self._new_manager(proxy)
            return self._managers[proxy]

    def _new_manager(self, proxy: str | None) -> urllib3.PoolManager:
        options: dict[str, Any] = {  # for either kind of manager
            "maxsize": self._threads,
            "timeout": Timeout(connect=self._timeout / 2, read=self._timeout),
            "ssl_context": _trust(),
        }
        if proxy is None:
            manager = urllib3.PoolManager(**options)
        else:
            place = split_proxy(proxy if "://" in proxy else f"http://{proxy}")
            secret = make_headers(proxy_basic_auth=place.auth) if place.auth else None
            manager = urllib3.ProxyManager(place.url, proxy_headers=secret, **options)
        pools = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        settings: dict[str, Any] = {
            "response_class": staticmethod(partial(_TimedResponse, seconds=self._longest_answer))
        }
        if proxy is None:
            settings["_new_conn"] = partialmethod(_connect, may_be_private=self._may_be_private)
        manager.pool_classes_by_scheme = {scheme: _adapt_pool(pool, settings) for scheme, pool in pools.items()}
        return manager

    def _explained(self, error: HTTPError, host: str) -> NoAnswer:
        """Say in words why there was no answer."""
        reason = error.reason if isinstance(error, MaxRetryError) else error
        host = safe_line(host)
        if isinstance(reason, SSLError):
            return NoAnswer("tls", f"{host} cannot be trusted: {_explain_tls(reason)}")
        words = {
            ProxyError: f"the proxy of this network does not lead to {host}",
            ProxySchemeUnknown: f"the proxy of this network does not lead to {host}",
            LocationParseError: "the address of this network's proxy cannot be read",
            _PrivateAddressError: f"{host} {_UNREACHABLE}",
            NameResolutionError: f"no host with the name {host} was found",
            NewConnectionError: f"nothing answers at {host}",
            ConnectTimeoutError: f"{host} was silent for {self._timeout / 2:g} s",
            ReadTimeoutError: f"{host} was silent for {self._timeout:g} s",
            _DrippingError: f"{host} had not finished its answer after {self._longest_answer:g} s",
            DecodeError: f"{host} compresses its answer in a way that cannot be undone",
        }
        likely = f"{host} broke off in the middle of an answer"
        message = next((words[kind] for kind in words if isinstance(reason, kind)), likely)
        return NoAnswer("connection", message, was_reached=not isinstance(reason, _NOT_REACHED))


class _PrivateAddressError(HTTPError):
    """A host has only addresses that listeners cannot reach."""


_NOT_REACHED = (
    ProxyError,
    ProxySchemeUnknown,
    LocationParseError,
    _PrivateAddressError,
    NameResolutionError,
    NewConnectionError,
    ConnectTimeoutError,
)


def _retries(broken: int) -> Retry:
    """Repeat a request so many times where its connection broke, and never for an answer."""
    return Retry(total=broken, redirect=False, status=0, other=0, respect_retry_after_header=False)


def _trust() -> ssl.SSLContext:
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(certifi.where())
    # Python 3.13 and later ask for extensions that no app asks for.
    trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return trusted


def _is_private(url: str) -> bool:
    """Tell whether an address names this machine or its own network, as far as the address itself tells."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        # The system's resolver also understands short, octal and hexadecimal numbers, such as 0x7f.1.
        return not _is_public(ip_address(host if ":" in host else socket.inet_aton(host)))
    except (OSError, ValueError):
        domain, _, last = host.rpartition(".")
        return not domain or last in _INSIDE_NAMES


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an IP address is one of the internet, also where it carries another one."""
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            carried = IPv4Address(int(address) & 0xFFFFFFFF)
        if carried:
            return _is_public(carried)
        if address not in _GLOBAL_UNICAST:
            return False
    is_reserved = any(address in network for network in _RESERVED)
    return address.is_global and not address.is_multicast and not is_reserved


def _next(hops: tuple[Answer, ...]) -> str:
    """Return where the last of the redirects leads."""
    here = hops[-1].url
    location = hops[-1].headers["location"]
    try:
        target = parse_url(urljoin(here, location))
    except ValueError:
        target = Problem("", "")
    if isinstance(target, Problem):
        raise NoAnswer(
            "redirects", f"it redirects to {safe_line(location)!r}, which is no address that apps can fetch"
        )
    if here.lower().startswith("https:") and target.lower().startswith("http:"):
        raise NoAnswer(
            "redirects", f"it redirects from https to plain http ({safe_line(target)}), which phones refuse"
        )
    if target in {hop.url for hop in hops}:
        raise NoAnswer("redirects", f"it redirects in a circle ({safe_line(target)})")
    if len(hops) > _MOST_REDIRECTS:
        raise NoAnswer("redirects", f"it redirects more than {_MOST_REDIRECTS} times")
    return target


def _explain_tls(error: SSLError) -> str:
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _CERTIFICATES.get(cause.verify_code, cause.verify_message)
    return "it does not speak TLS as apps do"


def _read(response: urllib3.BaseHTTPResponse, limit: int, into: BinaryIO) -> bool:
    """Write at most so many bytes of the body, in place of what was there, and return whether that was all."""
    into.seek(0)
    into.truncate()
    left = limit + 1
    while left:
        chunk = response.read1(min(_CHUNK, left))
        if not chunk:
            return True
        into.write(chunk)
        left -= len(chunk)
    response.close()
    into.truncate(limit)
    return False


class _DrippingError(HTTPError):
    """An answer took too long, though its server was never silent for long."""


class _TimedResponse(HTTPResponse):
    """An answer that must arrive within so many seconds, headers and body.

    Timeouts of sockets count from byte to byte: a server that drips would keep us for ever.
    """

    def __init__(self, sock: socket.socket, *arguments: Any, seconds: float, **more: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(sock, *arguments, **more)
        self.fp = io.BufferedReader(_TimedFile(self.fp.detach(), sock, seconds))


class _TimedFile(io.RawIOBase):
    """What a socket receives, read until a deadline."""

    def __init__(self, file: io.RawIOBase, sock: socket.socket, seconds: float) -> None:
        super().__init__()
        self._file = file
        self._sock = sock
        self._silence = sock.gettimeout() or seconds
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - whatever io hands over
        left = self._end - time.monotonic()
        if left <= 0:
            raise _DrippingError
        self._sock.settimeout(min(left, self._silence))
        try:
            return self._file.readinto(buffer)
        except TimeoutError as error:
            if left <= self._silence:
                raise _DrippingError from error
            raise

    def close(self) -> None:
        self._file.close()
        super().close()


def _connect(connection: HTTPConnection, *, may_be_private: bool) -> socket.socket:
    """Connect to an address of the connection's host, which is looked up once.

    Replaces `HTTPConnection._new_conn`, which leaves no room between looking up and connecting.
    """
    host, port = connection._dns_host, connection.port  # noqa: SLF001 - with its final dot
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(host, connection, socket.gaierror(str(error))) from error
    usable = [one for one in found if may_be_private or _is_public(ip_address(one[4][0]))]
    if not usable:
        raise _PrivateAddressError(host)
    failure: OSError | None = None
    for family, kind, protocol, _, address in usable:
        try:
            return _open_socket(connection, socket.socket(family, kind, protocol), address)
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, host) from failure
    raise NewConnectionError(connection, host) from failure


def _open_socket(connection: HTTPConnection, sock: socket.socket, address: Any) -> socket.socket:  # noqa: ANN401 - as getaddrinfo returns it
    try:
        for option in connection.socket_options or ():
            sock.setsockopt(*option)
        sock.settimeout(connection.timeout)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _adapt_pool(pool: type[HTTPConnectionPool], settings: dict[str, Any]) -> type[HTTPConnectionPool]:
    """Return a kind of pool whose connections have these attributes."""
    connection = type("Connection", (pool.ConnectionCls,), settings)
    return type("Pool", (pool,), {"ConnectionCls": connection})
