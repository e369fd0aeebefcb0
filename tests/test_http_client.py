from __future__ import annotations

import gzip
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from podcastkit import __version__, http_client
from podcastkit.http_client import NoResponseError, Response, WebClient
from podcastkit.wait_times import Waiting
from tests.certificates import issue_expired, make_self_signed, make_server_context
from tests.site import Page, Site, find_unused_address, raw, serve_pages

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

HERE = "http://127.0.0.1/"
SHORT = Waiting(answer_timeouts=0.01)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve_pages() as site:
        yield site


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def ask(
    url: str,
    method: str = "GET",
    *,
    user_url: str = HERE,
    timeout: float = 30,
    limit: int = 1000,
    waiting: Waiting | None = None,
) -> Response:
    with WebClient(user_url=user_url, timeout=timeout, deadline=60, threads=1, waiting=waiting) as client:
        return client.ask(method, url, limit=limit)


def get_failure(
    url: str, *, user_url: str = HERE, timeout: float = 30, waiting: Waiting | None = None
) -> tuple[str, str]:
    with pytest.raises(NoResponseError) as caught:
        ask(url, user_url=user_url, timeout=timeout, waiting=waiting)
    return caught.value.check, caught.value.message


def test_answer_has_status_headers_and_body(site: Site) -> None:
    site.pages["/a"] = Page(body=b"words", type="text/plain")
    answer = ask(f"{site.url}/a")
    assert (answer.status, answer.body, answer.is_whole, answer.hops) == (200, b"words", True, ())
    assert answer.headers["CONTENT-type"] == "text/plain"


def test_request_has_user_agent_and_no_secrets(site: Site) -> None:
    ask(f"{site.url}/a", "HEAD")
    sent = {name.lower(): value for name, value in site.requests[0].headers.items()}
    assert sent["user-agent"].startswith(f"podcastkit/{__version__} ")
    assert sent["accept-encoding"] == "identity"
    assert not sent.keys() & {"authorization", "cookie"}


def test_body_is_read_up_to_the_limit(site: Site) -> None:
    site.pages["/a"] = Page(body=bytes(10_000_000))
    answer = ask(f"{site.url}/a", limit=10)
    assert (answer.body, answer.is_whole) == (bytes(10), False)
    site.pages["/a"] = Page(body=gzip.compress(bytes(10_000_000)), headers={"Content-Encoding": "gzip"})
    answer = ask(f"{site.url}/a", limit=10)
    assert (answer.body, answer.is_whole) == (bytes(10), False)


def test_connections_are_reused(site: Site) -> None:
    site.pages["/a"] = Page(body=b"a")
    with WebClient(user_url=site.url, timeout=30, deadline=60, threads=1) as client:
        for _ in range(5):
            client.ask("GET", f"{site.url}/a", limit=1)
        (pool,) = [manager.connection_from_url(site.url) for manager in client._managers.values()]
    assert (pool.num_requests, pool.num_connections) == (5, 1)


class TestRedirects:
    def test_redirects_are_followed_and_recorded(self, site: Site) -> None:
        site.pages["/a"] = Page(status=301, headers={"Location": "/b"})
        site.pages["/b"] = Page(status=308, headers={"Location": f"{site.url}/c"})
        site.pages["/c"] = Page(body=b"words")
        answer = ask(f"{site.url}/a")
        assert (answer.url, answer.body) == (f"{site.url}/c", b"words")
        assert [hop.status for hop in answer.hops] == [301, 308]
        assert answer.has_moved_permanently

    def test_temporary_redirect_is_not_permanent(self, site: Site) -> None:
        site.pages["/a"] = Page(status=301, headers={"Location": "/b"})
        site.pages["/b"] = Page(status=302, headers={"Location": "/c"})
        assert not ask(f"{site.url}/a").has_moved_permanently
        assert not ask(f"{site.url}/c").has_moved_permanently

    def test_redirect_without_location_is_an_answer(self, site: Site) -> None:
        site.pages["/a"] = Page(status=302)
        assert ask(f"{site.url}/a").status == 302

    def test_redirects_in_a_circle_are_refused(self, site: Site) -> None:
        site.pages["/a"] = Page(status=302, headers={"Location": "/b"})
        site.pages["/b"] = Page(status=302, headers={"Location": "/a"})
        assert get_failure(f"{site.url}/a") == ("redirects", f"the address redirects in a circle ({site.url}/a)")

    def test_too_many_redirects_are_refused(self, site: Site) -> None:
        for number in range(20):
            site.pages[f"/{number}"] = Page(status=302, headers={"Location": f"/{number + 1}"})
        assert get_failure(f"{site.url}/0") == ("redirects", "the address redirects more than 10 times")
        assert len(site.requests) == 11

    @pytest.mark.parametrize(
        "target",
        ["ftp://127.0.0.1/a", "file:///etc/passwd", "http://user:pass@127.0.0.1/", "http://[broken"],
    )
    def test_redirect_to_invalid_url_is_refused(self, site: Site, target: str) -> None:
        site.pages["/a"] = Page(status=302, headers={"Location": target})
        check, message = get_failure(f"{site.url}/a")
        assert check == "redirects"
        assert message.endswith(", which apps cannot fetch")

    def test_redirect_from_https_to_http_is_refused(
        self, site: Site, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        trust_authority(authority, monkeypatch, tmp_path)
        with serve_pages(tls=make_server_context(authority.issue_cert("127.0.0.1"))) as safe:
            safe.pages["/a"] = Page(status=302, headers={"Location": f"{site.url}/a"})
            check, message = get_failure(f"{safe.url}/a")
        assert check == "redirects"
        assert "from https to plain http" in message
        assert not site.requests


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://127.0.0.1:9/",
            "http://localhost./",
            "http://a.localhost/",
            "http://0x7f.1/",
            "http://2130706433/",
        ),
        *("http://[::1]/", "http://169.254.169.254/latest", "http://10.0.0.1/", "http://0.0.0.0/"),
    ],
)
def test_private_url_is_refused_if_the_users_url_is_public(url: str) -> None:
    check, message = get_failure(url, user_url="https://podcast.example.org/feed.xml")
    assert check == "connection"
    assert message.endswith(" is an address that listeners cannot reach")


Resolve = Callable[..., None]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Set the addresses of names, in turn for each lookup; the system resolves all other names."""
    known: dict[str, Iterator[list[str]]] = {}
    ask_system = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *how: Any, **more: Any) -> list[Any]:
        if host not in known:
            return ask_system(host, port, *how, **more)
        return [found for address in next(known[host]) for found in ask_system(address, port, *how, **more)]

    def set_addresses(host: str, *answers: list[str]) -> None:
        known[host] = iter(answers)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return set_addresses


PRIVATE = {
    "this machine": "127.0.0.1",
    "this network": "0.0.0.0",  # noqa: S104 - nothing listens there
    "this network, any": "0.1.2.3",
    "private 10": "10.1.2.3",
    "private 172": "172.31.255.254",
    "private 192": "192.168.1.1",
    "carrier": "100.64.0.1",
    "metadata": "169.254.169.254",
    "metadata of Azure": "168.63.129.16",
    "protocols": "192.0.0.192",
    "benchmarks": "198.18.0.1",
    "documentation": "192.0.2.1",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "this machine, IPv6": "::1",
    "unspecified": "::",
    "link-local": "fe80::1",
    "site-local": "fec0::1",
    "unique local": "fd00:ec2::254",
    "multicast, IPv6": "ff02::1",
    "global multicast": "ff0e::1",
    "mapped": "::ffff:127.0.0.1",
    "compatible": "::127.0.0.1",
    "translated": "::ffff:0:127.0.0.1",
    "NAT64": "64:ff9b::10.0.0.1",
    "NAT64 of a network": "64:ff9b:1::1",
    "6to4": "2002:7f00:1::",
    "6to4 of a 6to4": "2002:c0a8:101::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "documentation, IPv6": "2001:db8::1",
    "new documentation": "3fff::1",
    "discard": "100::1",
}


class TestPrivateName:
    @pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE.keys())
    def test_name_with_private_address_is_refused(self, resolve: Resolve, address: str) -> None:
        resolve("podcast.example.org", [address])
        assert get_failure("http://podcast.example.org:9/", user_url="http://podcast.example.org:9/") == (
            "connection",
            "podcast.example.org:9 is an address that listeners cannot reach",
        )

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_name_with_private_address_is_not_contacted(self, resolve: Resolve, scheme: str) -> None:
        connected = threading.Event()
        with raw(lambda _: connected.set()) as url:
            port = url.rpartition(":")[2]
            resolve("podcast.example.org", ["127.0.0.1", "::1"])
            get_failure(f"{scheme}://podcast.example.org:{port}/", user_url="https://podcast.example.org/")
            with socket.create_connection(("127.0.0.1", int(port))):  # must be the first connection
                assert connected.wait(30)

    @pytest.mark.parametrize("name", ["podcast.example.org.", "PODCAST.example.org"])
    def test_private_name_is_refused_in_any_spelling(self, resolve: Resolve, name: str) -> None:
        resolve(name.lower(), ["127.0.0.1"])
        assert get_failure(f"http://{name}/", user_url="https://example.org")[1].endswith(
            " that listeners cannot reach"
        )

    def test_private_name_is_refused_at_every_redirect(
        self, site: Site, resolve: Resolve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port = site.url.rpartition(":")[2]
        monkeypatch.setattr(http_client, "_is_public", lambda address: str(address) == "127.0.0.1")
        resolve("podcast.example.org", ["127.0.0.1"])
        resolve("cdn.example.org", ["127.0.0.2"])
        site.pages["/a"] = Page(status=302, headers={"Location": f"http://cdn.example.org:{port}/b"})
        check, message = get_failure(f"http://podcast.example.org:{port}/a", user_url="http://podcast.example.org/")
        assert (check, message) == (
            "connection",
            f"cdn.example.org:{port} is an address that listeners cannot reach",
        )
        assert site.paths("GET") == ["/a"]

    @pytest.mark.parametrize("host", ["studio", "studio.local", "nas.home", "nas.home.arpa", "db.internal"])
    def test_local_domain_is_refused_without_a_lookup(self, resolve: Resolve, host: str) -> None:
        resolve(host)  # a look-up would raise StopIteration
        assert get_failure(f"http://{host}/", user_url="https://example.org")[1].endswith(
            " that listeners cannot reach"
        )

    def test_private_host_is_allowed_if_the_users_url_is_private(self, site: Site, resolve: Resolve) -> None:
        port = site.url.rpartition(":")[2]
        site.pages["/a"] = Page(body=b"words")
        resolve("studio.local", ["127.0.0.1"])
        url = f"http://studio.local:{port}/a"
        assert ask(url, user_url=url).body == b"words"


class TestName:
    def test_name_is_resolved_once(self, site: Site, resolve: Resolve) -> None:
        port = site.url.rpartition(":")[2]
        site.pages["/a"] = Page(body=b"words")
        resolve("podcast.example.org", ["127.0.0.1"])  # a second look-up would raise StopIteration
        assert ask(f"http://podcast.example.org:{port}/a").body == b"words"
        assert site.requests[0].headers["Host"] == f"podcast.example.org:{port}"

    def test_certificate_is_checked_for_the_name(
        self, authority: trustme.CA, resolve: Resolve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        trust_authority(authority, monkeypatch, tmp_path)
        requested: list[str | None] = []
        tls = make_server_context(authority.issue_cert("podcast.example.org"))
        tls.sni_callback = lambda _, name, __: requested.append(name)
        with serve_pages(tls=tls) as safe:
            port = safe.url.rpartition(":")[2]
            safe.pages["/a"] = Page(body=b"words")
            resolve("podcast.example.org", ["127.0.0.1"])
            assert ask(f"https://podcast.example.org:{port}/a").body == b"words"
        assert requested == ["podcast.example.org"]
        assert safe.requests[0].headers["Host"] == f"podcast.example.org:{port}"

    def test_name_is_reached_at_any_of_its_addresses(self, site: Site, resolve: Resolve) -> None:
        port = site.url.rpartition(":")[2]
        site.pages["/a"] = Page(body=b"words")
        resolve("podcast.example.org", ["127.0.0.2", "127.0.0.1"])  # the site listens at one of them
        assert ask(f"http://podcast.example.org:{port}/a").body == b"words"

    def test_name_is_reached_only_at_its_public_addresses(
        self, site: Site, resolve: Resolve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        port = site.url.rpartition(":")[2]
        site.pages["/a"] = Page(body=b"words")
        monkeypatch.setattr(http_client, "_is_public", lambda address: str(address) == "127.0.0.1")
        resolve("podcast.example.org", ["::1", "10.0.0.1", "127.0.0.1"])
        assert ask(f"http://podcast.example.org:{port}/a", user_url="https://example.org").body == b"words"

    @pytest.mark.parametrize(
        "address", ["192.88.98.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1"]
    )
    def test_public_address_is_not_private(self, address: str) -> None:
        host = f"[{address}]" if ":" in address else address
        assert not http_client._is_private(f"http://{host}/")

    def test_name_is_resolved_by_the_proxy(
        self, site: Site, resolve: Resolve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", site.url)
        resolve("podcast.example.org")  # a look-up would raise StopIteration
        site.pages["http://podcast.example.org/a"] = Page(body=b"words")
        assert ask("http://podcast.example.org/a", user_url="http://podcast.example.org/a").body == b"words"


class TestNoAnswer:
    def test_unused_port_is_a_connection_error(self) -> None:
        check, message = get_failure(find_unused_address())
        assert check == "connection"
        assert message.startswith("no server responds at 127.0.0.1:")

    def test_unknown_host_is_a_connection_error(self) -> None:
        assert get_failure("http://no-such-host.invalid/") == (
            "connection",
            "the host name no-such-host.invalid was not found",
        )

    def test_silent_server_times_out(self) -> None:
        with raw(lambda connection: connection.recv(65536) and connection.recv(1)) as url:
            check, message = get_failure(url, timeout=0.2)
        assert check == "connection"
        assert message.endswith(" did not respond for 0.2 s")

    @pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: "])
    def test_slow_server_times_out(self, beginning: bytes) -> None:
        over = threading.Event()

        def send_slowly(connection: socket.socket) -> None:
            connection.sendall(beginning or b"HTTP/1.1 100 Continue\r\n\r\n")
            while not over.wait(0.01):
                connection.sendall(b"x" if beginning else b"HTTP/1.1 100 Continue\r\n\r\n")

        with raw(send_slowly) as url:
            check, message = get_failure(url, waiting=SHORT)
            over.set()
        assert check == "connection"
        assert message.endswith(" did not finish its response after 0.3 s")

    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b"HTTP/1.1",
            b"SSH-2.0-hello\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
            b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ],
        ids=["nothing", "incomplete line", "another protocol", "short body", "too many headers", "invalid chunk"],
    )
    def test_server_that_closes_the_connection_is_a_connection_error(self, sent: bytes) -> None:
        def answer(connection: socket.socket) -> None:
            connection.recv(65536)
            connection.sendall(sent)

        with raw(answer) as url:
            check, message = get_failure(url)
        assert check == "connection"
        assert message.endswith(" closed the connection in the middle of a response")

    def test_invalid_compressed_data_is_a_connection_error(self, site: Site) -> None:
        site.pages["/a"] = Page(body=b"not gzip", headers={"Content-Encoding": "gzip"})
        check, message = get_failure(f"{site.url}/a")
        assert check == "connection"
        assert message.startswith("the compressed response of 127.0.0.1:")

    def test_request_is_repeated_after_a_lost_connection(self) -> None:
        broken = threading.Event()

        def answer(connection: socket.socket) -> None:
            connection.recv(65536)
            if broken.is_set():
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            broken.set()

        with raw(answer) as url:
            assert ask(url).body == b"ok"


_HEADERS = st.sampled_from(
    [
        *("Content-Length", "Content-Range", "Content-Encoding", "Transfer-Encoding", "Connection", "Location"),
        *("ETag", "Content-Type", "Trailer", "Set-Cookie", "Proxy-Authenticate", "Retry-After"),
    ]
)
_VALUES = st.one_of(
    st.sampled_from(
        ["chunked", "gzip", "gzip, gzip", "br", "close", "upgrade", "-1", "0", "5", "9" * 5000, "5, 6"]
    ),
    st.sampled_from(["/again", "//", "http://", "http://[", "http://127.0.0.1:99999/", "\x80", "bytes 0-0/1"]),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20),
)
_BODIES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from(
        [b"-5\r\nwords\r\n", b"5\r\nwords\r\n0\r\n\r\n", b"ffffffffff\r\nx", gzip.compress(b"words")[:-3]]
    ),
)


@pytest.fixture(scope="module")
def raw_server() -> Iterator[tuple[WebClient, str, list[bytes]]]:
    """Return a client, the URL of a server, and a list whose last entry is the response of the server."""
    responses = [b""]

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(responses[-1])

    with raw(answer) as url, WebClient(user_url=url, timeout=30, deadline=600, threads=1) as client:
        yield client, url, responses


@pytest.mark.slow
@given(
    status=st.one_of(st.integers(0, 1000), st.text("HTP/1.0 2", max_size=6)),
    headers=st.lists(st.tuples(_HEADERS, _VALUES), max_size=4),
    body=_BODIES,
    method=st.sampled_from(["GET", "HEAD"]),
)
@settings(max_examples=100)
def test_arbitrary_response_is_an_answer_or_an_error(
    raw_server: tuple[WebClient, str, list[bytes]],
    status: object,
    headers: list[tuple[str, str]],
    body: bytes,
    method: str,
) -> None:
    client, url, responses = raw_server
    client._failures.clear()
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    responses.append(f"HTTP/1.1 {status} Words\r\n{head}\r\n".encode("latin-1") + body)
    with suppress(NoResponseError):
        assert len(client.ask(method, url, limit=20).body) <= 20
    responses.pop()


class TestUnreachableHost:
    def test_unreachable_host_is_contacted_three_times(self) -> None:
        url = find_unused_address()
        with WebClient(user_url=url, timeout=30, deadline=60, threads=1) as client:
            for _ in range(3):
                with pytest.raises(NoResponseError, match="no server responds"):
                    client.ask("HEAD", url)
            with pytest.raises(NoResponseError, match="was not contacted again after 3 requests in a row failed"):
                client.ask("HEAD", url)

    def test_unreachable_host_does_not_affect_other_hosts(self, site: Site) -> None:
        url = find_unused_address()
        with WebClient(user_url=url, timeout=30, deadline=60, threads=1) as client:
            for _ in range(5):
                with pytest.raises(NoResponseError):
                    client.ask("HEAD", url)
            assert client.ask("HEAD", site.url).status == 404


def test_stop_refuses_further_requests(site: Site) -> None:
    with WebClient(user_url=site.url, timeout=30, deadline=60, threads=1) as client:
        client.stop()
        with pytest.raises(
            NoResponseError, match="the server was not contacted, because the time limit was reached"
        ):
            client.ask("HEAD", site.url)
    assert not site.requests


def trust_authority(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Make this process trust an authority, like the authorities of the system."""
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


class TestTls:
    @pytest.fixture(autouse=True)
    def _trust(self, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        trust_authority(authority, monkeypatch, tmp_path)

    def get_refusal(self, tls: ssl.SSLContext) -> str:
        with serve_pages(tls=tls) as site:
            check, message = get_failure(f"{site.url}/a")
        assert check == "tls"
        assert not site.requests
        return message.partition(": ")[2]

    def test_valid_certificate_is_accepted(self, authority: trustme.CA) -> None:
        with serve_pages(tls=make_server_context(authority.issue_cert("127.0.0.1"))) as site:
            site.pages["/a"] = Page(body=b"words")
            assert ask(f"{site.url}/a").body == b"words"

    def test_expired_certificate_is_refused(self, authority: trustme.CA) -> None:
        assert self.get_refusal(make_server_context(issue_expired(authority))) == "the certificate has expired"

    @pytest.mark.parametrize("other", ["podcast.example.org", "127.0.0.2"])
    def test_certificate_for_another_host_is_refused(self, authority: trustme.CA, other: str) -> None:
        assert (
            self.get_refusal(make_server_context(authority.issue_cert(other)))
            == "the certificate is for another host"
        )

    def test_self_signed_certificate_is_refused(self, tmp_path: Path) -> None:
        assert self.get_refusal(make_self_signed(tmp_path)) == "the certificate is self-signed"

    def test_certificate_of_unknown_authority_is_refused(self) -> None:
        message = self.get_refusal(make_server_context(trustme.CA().issue_cert("127.0.0.1")))
        assert message.endswith("is unknown, or the server does not send all certificates of the chain")

    def test_server_without_tls_is_refused(self) -> None:
        with serve_pages() as site:
            check, message = get_failure(site.url.replace("http:", "https:"))
        assert (check, message.partition(": ")[2]) == ("tls", "the server does not support TLS as apps need it")

    def test_slow_handshake_times_out(self) -> None:
        over = threading.Event()

        def send_slowly(connection: socket.socket) -> None:
            connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # a ServerHello of 16 KB begins
            while not over.wait(0.01):
                connection.sendall(b"\x00")

        with raw(send_slowly) as url:
            check, message = get_failure(url.replace("http:", "https:"), timeout=0.3)
            over.set()
        assert check == "connection"
        assert message.endswith(" did not respond for 0.3 s")

    def test_slow_encrypted_response_times_out(self, authority: trustme.CA) -> None:
        over = threading.Event()
        tls = make_server_context(authority.issue_cert("127.0.0.1"))

        def send_slowly(connection: socket.socket) -> None:
            with tls.wrap_socket(connection, server_side=True) as safe:
                safe.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                while not over.wait(0.01):
                    safe.sendall(b"x")

        with raw(send_slowly) as url:
            check, message = get_failure(url.replace("http:", "https:"), waiting=SHORT)
            over.set()
        assert check == "connection"
        assert message.endswith(" did not finish its response after 0.3 s")


class TestProxies:
    def test_proxy_of_the_environment_is_used(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", site.url.replace("http://", "user:secret@"))
        monkeypatch.setenv("http_proxy", site.url.replace("http://", "user:secret@"))
        site.pages["http://podcast.example.org/a"] = Page(body=b"words")
        assert ask("http://podcast.example.org/a").body == b"words"
        assert site.requests[0].headers["proxy-authorization"] == "Basic dXNlcjpzZWNyZXQ="

    def test_no_proxy_variable_bypasses_the_proxy(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", find_unused_address())
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert ask(site.url).status == 404

    @pytest.mark.parametrize("proxy", [find_unused_address(), "socks5://127.0.0.1:1080"], ids=["dead", "unknown"])
    def test_unusable_proxy_is_reported(self, proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", proxy)
        check, message = get_failure("http://podcast.example.org/a")
        assert check == "connection"
        assert message == "the proxy of this network cannot reach podcast.example.org"

    def test_invalid_proxy_address_is_reported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "[proxy")
        _, message = get_failure("http://podcast.example.org/a")
        assert message == "the address of this network's proxy is not valid"
