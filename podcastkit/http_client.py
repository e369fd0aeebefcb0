"""Request URLs as a podcast app does, with limits on the size and time of responses, and a record of redirects.

No server is trusted: the client only uses http and https, sends no credentials, and reads no more of a response
than the caller needs.
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
from podcastkit.text.quoting import format_foreign_text
from podcastkit.version import __version__
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.connection import HTTPConnection

USER_AGENT: Final = f"podcastkit/{__version__} (checks whether a podcast can be fetched; not a listener)"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT_REDIRECTS = frozenset({301, 308})
_MAX_REDIRECTS = 10
_MAX_FAILURES = 3
"""The number of failed requests in a row after which a host gets no more requests with that method."""
_CHUNK_SIZE = 2**16

_LOCAL_NAMES = frozenset(
    ("arpa", "corp", "home", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private", "test")
)
"""The last labels of names that exist only in a local network (RFC 6761, RFC 6762 appendix G, RFC 8375)."""
_GLOBAL_UNICAST = ip_network("2000::/3")
"""The only range of public IPv6 addresses (RFC 4291, section 2.4)."""
_NAT64 = ip_network("64:ff9b::/96")
"""IPv6 addresses that contain an IPv4 address (RFC 6052, section 2.1)."""
_RESERVED_NETWORKS = tuple(
    ip_network(written)
    for written in (
        "192.0.0.0/24",  # IETF protocols; old versions of Python know only parts of it
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # the platform of Azure, visible to its virtual machines
        "3fff::/20",  # documentation
    )
)

_UNREACHABLE = "is an address that listeners cannot reach"
_NO_HEADERS: Final[dict[str, str]] = {}

# The codes of https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_CERTIFICATE_ERRORS: Final = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed",
    19: "the certificate comes from an unknown authority",
    20: "the issuer of the certificate is unknown, or the server does not send all certificates of the chain",
    21: "the issuer of the certificate is unknown, or the server does not send all certificates of the chain",
    62: "the certificate is for another host",
    64: "the certificate is for another host",
}


class NoResponseError(Exception):
    """A URL gave no response that an app can use; `check` is `tls`, `redirects` or `connection`.

    `was_reached` is true if a server accepted the connection, so that another request may succeed.
    """

    def __init__(self, check: str, message: str, *, was_reached: bool = False) -> None:
        super().__init__(message)
        self.check = check
        self.message = message
        self.was_reached = was_reached


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """The response of a server at `url`, after the redirects `hops`. The body may be cut off at a limit."""

    url: str
    status: int
    headers: Mapping[str, str]
    """The headers; their names are not case-sensitive."""
    body: bytes
    is_whole: bool
    """Whether the body is complete, not cut off."""
    hops: tuple[Response, ...] = ()

    @property
    def has_moved_permanently(self) -> bool:
        """Whether all redirects are permanent, so that apps store the new URL."""
        return bool(self.hops) and all(hop.status in _PERMANENT_REDIRECTS for hop in self.hops)


class WebClient:
    """An HTTP client with shared connections, for use from several threads.

    All limits are in seconds. `timeout` limits a wait for data from a server. `longest_answer` limits a whole
    response; the default is a multiple of `timeout`. After `deadline` seconds from now, no more requests are sent.
    `user_url` is the URL that the user chose. If it is not private, the client refuses all private addresses. Each
    host is resolved once per connection, and the connection goes to the address that was checked.

    The client uses the proxies of the environment (`HTTPS_PROXY`, `NO_PROXY`), as the bucket client does. A proxy
    resolves names itself, so the proxy must refuse private addresses. The client trusts the certificates of the
    system and of Mozilla's list, as apps on phones and computers do.
    """

    def __init__(
        self,
        *,
        user_url: str,
        timeout: float,
        deadline: float,
        threads: int,
        longest_answer: float | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        waiting = waiting or Waiting.from_environment()
        self._may_be_private = _is_private(user_url)
        self._timeout = timeout
        self._end = time.monotonic() + deadline
        self._threads = threads
        self._managers: dict[str | None, urllib3.PoolManager] = {}
        self._failures: dict[tuple[str, str], list[NoResponseError]] = defaultdict(list)
        self._lock = threading.Lock()
        self._longest_answer = longest_answer or timeout * waiting.answer_timeouts
        self._retries = _make_retries(waiting.web_retries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for manager in self._managers.values():
            manager.clear()

    def stop(self) -> None:
        """Refuse all further requests."""
        self._end = 0.0

    def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] = _NO_HEADERS,
        *,
        limit: int = 0,
        into: BinaryIO | None = None,
    ) -> Response:
        """Send a request, follow redirects, and return the response with at most `limit` bytes of its body.

        If `into` is set, the body replaces the content of that file, and the body of the response is empty. Raises
        NoResponseError, and OSError if `into` cannot be written.
        """
        hops: tuple[Response, ...] = ()
        while True:
            self._refuse_private_url(url)
            answer = self._send_and_count_failures(method, url, headers, limit, into)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return replace(answer, hops=hops)
            hops = (*hops, answer)
            url = _get_redirect_target(hops)

    def _refuse_private_url(self, url: str) -> None:
        if _is_private(url) and not self._may_be_private:
            raise NoResponseError("connection", f"{format_foreign_text(urlsplit(url).netloc)} {_UNREACHABLE}")

    def _send_and_count_failures(
        self, method: str, url: str, headers: Mapping[str, str], limit: int, into: BinaryIO | None
    ) -> Response:
        """Send a request without following redirects, and count the failures of its host."""
        host = urlsplit(url).netloc
        self._check_limits(method, host)
        headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity", **headers}
        try:
            answer = self._send(method, url, headers, limit, into)
        except HTTPError as error:
            failure = self._explain_error(error, host)
            with self._lock:
                self._failures[method, host].append(failure)
            raise failure from error
        with self._lock:
            self._failures[method, host].clear()
        return answer

    def _check_limits(self, method: str, host: str) -> None:
        """Raise NoResponseError after the deadline, or if the last requests to the host failed."""
        if time.monotonic() > self._end:
            raise NoResponseError("connection", "the server was not contacted, because the time limit was reached")
        with self._lock:
            failures = tuple(self._failures[method, host])
        if len(failures) >= _MAX_FAILURES:
            times = f"{_MAX_FAILURES} requests in a row"
            message = f"{format_foreign_text(host)} was not contacted again after {times} failed"
            raise NoResponseError("connection", message, was_reached=failures[-1].was_reached)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], limit: int, into: BinaryIO | None
    ) -> Response:
        """Send a request without following redirects. Raises HTTPError."""
        body = io.BytesIO()
        response = self._get_manager(url).request(
            method, url, headers=headers, redirect=False, retries=self._retries, preload_content=False
        )
        try:
            is_whole = _read_body(response, limit, into or body)
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()
        return Response(
            url=url, status=response.status, headers=response.headers, body=body.getvalue(), is_whole=is_whole
        )

    def _get_manager(self, url: str) -> urllib3.PoolManager:
        """Return the connections for the proxy of a URL, or for a direct connection."""
        parts = urlsplit(url)
        proxies = {} if proxy_bypass(parts.hostname or "") else getproxies()
        proxy = proxies.get(parts.scheme) or proxies.get("all")
        with self._lock:
            if proxy not in self._managers:
                self._managers[proxy] = self._make_manager(proxy)
            return self._managers[proxy]

    def _make_manager(self, proxy: str | None) -> urllib3.PoolManager:
        """Return connections with the limits of the client. Without a proxy, they also check addresses."""
        options: dict[str, Any] = {  # for either kind of manager
            "maxsize": self._threads,
            "timeout": Timeout(connect=self._timeout / 2, read=self._timeout),
            "ssl_context": _make_ssl_context(),
        }
        if proxy is None:
            manager = urllib3.PoolManager(**options)
        else:
            proxy_url = split_proxy(proxy if "://" in proxy else f"http://{proxy}")
            credentials = make_headers(proxy_basic_auth=proxy_url.auth) if proxy_url.auth else None
            manager = urllib3.ProxyManager(proxy_url.url, proxy_headers=credentials, **options)
        pools = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        attributes: dict[str, Any] = {
            "response_class": staticmethod(partial(_TimedResponse, seconds=self._longest_answer))
        }
        if proxy is None:
            attributes["_new_conn"] = partialmethod(
                _connect_to_checked_address, may_be_private=self._may_be_private
            )
        manager.pool_classes_by_scheme = {scheme: _adapt_pool(pool, attributes) for scheme, pool in pools.items()}
        return manager

    def _explain_error(self, error: HTTPError, host: str) -> NoResponseError:
        """Return the exception that explains to a user why there was no response."""
        reason = error.reason if isinstance(error, MaxRetryError) else error
        host = format_foreign_text(host)
        if isinstance(reason, SSLError):
            return NoResponseError("tls", f"{host} cannot be trusted: {_explain_tls_error(reason)}")
        messages = {
            ProxyError: f"the proxy of this network cannot reach {host}",
            ProxySchemeUnknown: f"the proxy of this network cannot reach {host}",
            LocationParseError: "the address of this network's proxy is not valid",
            _PrivateAddressError: f"{host} {_UNREACHABLE}",
            NameResolutionError: f"the host name {host} was not found",
            NewConnectionError: f"no server responds at {host}",
            ConnectTimeoutError: f"{host} did not respond for {self._timeout / 2:g} s",
            ReadTimeoutError: f"{host} did not respond for {self._timeout:g} s",
            _SlowResponseError: f"{host} did not finish its response after {self._longest_answer:g} s",
            DecodeError: f"the compressed response of {host} cannot be decoded",
        }
        default_message = f"{host} closed the connection in the middle of a response"
        message = next((messages[kind] for kind in messages if isinstance(reason, kind)), default_message)
        return NoResponseError("connection", message, was_reached=not isinstance(reason, _NOT_REACHED_ERRORS))


class _PrivateAddressError(HTTPError):
    """A host has only addresses that listeners cannot reach."""


_NOT_REACHED_ERRORS = (
    ProxyError,
    ProxySchemeUnknown,
    LocationParseError,
    _PrivateAddressError,
    NameResolutionError,
    NewConnectionError,
    ConnectTimeoutError,
)


def _make_retries(count: int) -> Retry:
    """Return a policy that repeats a request `count` times after a lost connection, and never after a response."""
    return Retry(total=count, redirect=False, status=0, other=0, respect_retry_after_header=False)


def _make_ssl_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    # Since version 3.13, Python requires extensions in certificates that no app requires.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _is_private(url: str) -> bool:
    """Return whether the host in a URL is this machine, or a name or address in a local network."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        # The system's resolver also understands short, octal and hexadecimal numbers, such as 0x7f.1.
        return not _is_public(ip_address(host if ":" in host else socket.inet_aton(host)))
    except (OSError, ValueError):
        domain, _, last_label = host.rpartition(".")
        return not domain or last_label in _LOCAL_NAMES  # a name without a dot is local


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether an IP address is public. An IPv4 address within an IPv6 address counts."""
    if isinstance(address, IPv6Address):
        ipv4 = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            ipv4 = IPv4Address(int(address) & 0xFFFFFFFF)
        if ipv4:
            return _is_public(ipv4)
        if address not in _GLOBAL_UNICAST:
            return False
    is_reserved = any(address in network for network in _RESERVED_NETWORKS)
    return address.is_global and not address.is_multicast and not is_reserved


def _get_redirect_target(hops: tuple[Response, ...]) -> str:
    """Return the URL to which the last redirect leads. Raises NoResponseError for a redirect that apps refuse."""
    source = hops[-1].url
    location = hops[-1].headers["location"]
    try:
        target = parse_url(urljoin(source, location))
    except ValueError:
        target = Problem("", "")
    if isinstance(target, Problem):
        raise NoResponseError(
            "redirects", f"the address redirects to {format_foreign_text(location)!r}, which apps cannot fetch"
        )
    if source.lower().startswith("https:") and target.lower().startswith("http:"):
        raise NoResponseError(
            "redirects",
            f"the address redirects from https to plain http ({format_foreign_text(target)}), which phones refuse",
        )
    if target in {hop.url for hop in hops}:
        raise NoResponseError("redirects", f"the address redirects in a circle ({format_foreign_text(target)})")
    if len(hops) > _MAX_REDIRECTS:
        raise NoResponseError("redirects", f"the address redirects more than {_MAX_REDIRECTS} times")
    return target


def _explain_tls_error(error: SSLError) -> str:
    cause = error.args[0] if error.args else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _CERTIFICATE_ERRORS.get(cause.verify_code, cause.verify_message)
    return "the server does not support TLS as apps need it"


def _read_body(response: urllib3.BaseHTTPResponse, limit: int, into: BinaryIO) -> bool:
    """Replace the content of a file with at most `limit` bytes of the body; return whether the body is complete."""
    into.seek(0)
    into.truncate()
    bytes_left = limit + 1  # one more byte shows that the body is longer
    while bytes_left:
        chunk = response.read1(min(_CHUNK_SIZE, bytes_left))
        if not chunk:
            return True
        into.write(chunk)
        bytes_left -= len(chunk)
    response.close()
    into.truncate(limit)
    return False


class _SlowResponseError(HTTPError):
    """A response took too long, although the server kept sending data."""


class _TimedResponse(HTTPResponse):
    """A response whose headers and body must arrive within a number of seconds.

    The timeout of a socket starts again with each byte, so a slow server could keep the connection open forever.
    """

    def __init__(self, sock: socket.socket, *arguments: Any, seconds: float, **more: Any) -> None:  # noqa: ANN401 - passed on unchanged
        super().__init__(sock, *arguments, **more)
        self.fp = io.BufferedReader(_TimedFile(self.fp.detach(), sock, seconds))


class _TimedFile(io.RawIOBase):
    """The data of a socket, which must be read before a deadline."""

    def __init__(self, file: io.RawIOBase, sock: socket.socket, seconds: float) -> None:
        super().__init__()
        self._file = file
        self._sock = sock
        self._timeout = sock.gettimeout() or seconds
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any buffer of io
        seconds_left = self._end - time.monotonic()
        if seconds_left <= 0:
            raise _SlowResponseError
        self._sock.settimeout(min(seconds_left, self._timeout))
        try:
            return self._file.readinto(buffer)
        except TimeoutError as error:
            if seconds_left <= self._timeout:  # the deadline ended the wait, not the timeout
                raise _SlowResponseError from error
            raise

    def close(self) -> None:
        self._file.close()
        super().close()


def _connect_to_checked_address(connection: HTTPConnection, *, may_be_private: bool) -> socket.socket:
    """Resolve the host of a connection once, and connect to one of its checked addresses.

    This replaces `HTTPConnection._new_conn`, which does not allow a check between resolving and connecting.
    """
    host, port = connection._dns_host, connection.port  # noqa: SLF001 - keeps the final dot
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(host, connection, socket.gaierror(str(error))) from error
    # Check the addresses that are used to connect. A second lookup could return others (DNS rebinding).
    # The last field of an entry is a socket address, which begins with the IP address.
    allowed_entries = [entry for entry in entries if may_be_private or _is_public(ip_address(entry[4][0]))]
    if not allowed_entries:
        raise _PrivateAddressError(host)
    failure: OSError | None = None
    for family, kind, protocol, _, address in allowed_entries:
        try:
            return _connect_socket(connection, socket.socket(family, kind, protocol), address)
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, host) from failure
    raise NewConnectionError(connection, host) from failure


def _connect_socket(connection: HTTPConnection, sock: socket.socket, address: Any) -> socket.socket:  # noqa: ANN401 - from getaddrinfo
    try:
        for option in connection.socket_options or ():
            sock.setsockopt(*option)
        sock.settimeout(connection.timeout)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _adapt_pool(pool: type[HTTPConnectionPool], attributes: dict[str, Any]) -> type[HTTPConnectionPool]:
    """Return a subclass of a pool whose connections have these attributes."""
    connection = type("Connection", (pool.ConnectionCls,), attributes)
    return type("Pool", (pool,), {"ConnectionCls": connection})
