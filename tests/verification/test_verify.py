from __future__ import annotations

import contextlib
import gzip
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import trustme

import podcastkit
from podcastkit.cli.app import run
from podcastkit.diagnostics import Cancelled, FeedError
from podcastkit.storage.local import LocalStorage
from podcastkit.verification import app_requests
from podcastkit.verification.verify import verify, verify_feeds, verify_stored
from tests.certificates import make_server_context
from tests.shows import NOW, VTT, Workshop, small_show
from tests.site import Page, Site, find_unused_address, raw, serve_pages

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CORSRuleTypeDef

    from podcastkit.progress import Event
    from podcastkit.storage.s3 import S3Storage
    from podcastkit.verification.report import Check, Report
    from tests.seaweedfs import SeaweedFS

AUDIO = Page(body=bytes(range(250)), type="audio/mpeg")
PICTURE = Page(body=b"picture", type="image/jpeg")
TEXT = Page(body=b"WEBVTT", type="text/vtt", headers={"Access-Control-Allow-Origin": "*"})
CHAPTERS = Page(body=b"{}", type="application/json", headers={"Access-Control-Allow-Origin": "*"})
ITEM = """\
<item><guid>one</guid>
<enclosure url="{0}/a.mp3" length="250" type="audio/mpeg"/><itunes:image href="{0}/art.jpg"/>
<podcast:chapters url="{0}/c.json" type="application/json+chapters"/>
<podcast:transcript url="{0}/t.vtt" type="text/vtt"/>
</item>"""


def make_feed(url: str, items: str = ITEM, *, guid: str = "show") -> bytes:
    return (
        '<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
        'xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>'
        f'<podcast:guid>{guid}</podcast:guid><itunes:image href="{url}/art.jpg"/>'
        f"{items.format(url)}</channel></rss>"
    ).encode()


def feed_page(url: str, items: str = ITEM) -> Page:
    return Page(body=make_feed(url, items), type="application/rss+xml; charset=utf-8", etag='"1"')


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve a feed and files without any problem."""
    with serve_pages() as site:
        fill(site)
        yield site


def fill(site: Site) -> None:
    site.pages |= {"/a.mp3": AUDIO, "/art.jpg": PICTURE, "/t.vtt": TEXT, "/c.json": CHAPTERS}
    site.pages["/feed.xml"] = feed_page(site.url)


def verify_site(site: Site, **how: Any) -> Report:
    return verify(f"{site.url}/feed.xml", **{"timeout": 30, **how})


def failures(report: Report) -> list[tuple[str, str, int | None]]:
    """Return the file name, the check and the status of each failure."""
    return [(check.url.rpartition("/")[2], check.check, check.status) for check in report.failures]


def find_check(report: Report, check: str, name: str = "feed.xml") -> Check:
    (found,) = [found for found in report.checks if found.check == check and found.url.endswith("/" + name)]
    return found


class TestGoodSite:
    def test_good_site_passes(self, site: Site) -> None:
        report = verify_site(site)
        assert report.ok
        assert {check.check for check in report.checks} == {
            *("feed", "type", "revalidation", "head", "length", "range", "cors")
        }
        assert find_check(report, "feed").message == "a feed with 1 episode"
        assert find_check(report, "revalidation").status == 304
        assert find_check(report, "range", "a.mp3").status == 206

    def test_each_file_is_requested_once(self, site: Site) -> None:
        verify_site(site)
        assert sorted(site.paths("HEAD")) == ["/a.mp3", "/art.jpg", "/c.json", "/t.vtt"]
        assert site.paths("GET").count("/feed.xml") == 2
        ranges = [request.headers.get("Range") for request in site.requests if request.path == "/a.mp3"]
        assert ranges == [None, "bytes=0-0", "bytes=125-125"]

    @pytest.mark.parametrize("deep", [False, True])
    def test_files_of_several_feeds_are_fetched_once(self, site: Site, deep: bool) -> None:
        site.pages["/es/feed.xml"] = site.pages["/feed.xml"]
        verify_site(site, deep=deep)
        asked_for_one = [path for path in site.paths("GET") if path != "/feed.xml"]
        site.requests.clear()
        report = verify_feeds(dict.fromkeys((f"{site.url}/feed.xml", f"{site.url}/es/feed.xml")), deep=deep)
        asked = [path for path in site.paths("GET") if not path.endswith("feed.xml")]
        assert sorted(asked) == sorted(asked_for_one)
        assert sum(check.check == "feed" for check in report.checks) == 2

    def test_report_converts_to_json(self, site: Site) -> None:
        report = verify_site(site).to_dict()
        assert report.keys() == {"feed", "ok", "checks"}
        assert json.loads(json.dumps(report["checks"]))[0] == {
            "url": f"{site.url}/feed.xml",
            "check": "feed",
            "ok": True,
            "status": 200,
            "message": "a feed with 1 episode",
        }

    def test_compressed_feed_passes(self, site: Site) -> None:
        page = feed_page(site.url)
        site.pages["/feed.xml"] = page.but(body=gzip.compress(page.body), headers={"Content-Encoding": "gzip"})
        assert verify_site(site).ok
        assert site.requests[0].headers["Accept-Encoding"] == "gzip"

    def test_only_limits_the_files(self, site: Site) -> None:
        report = verify_site(site, only={f"{site.url}/t.vtt", f"{site.url}/not-in-the-feed.mp3"})
        assert {check.url for check in report.checks} == {f"{site.url}/feed.xml", f"{site.url}/t.vtt"}

    def test_only_finds_files_with_the_prefix_of_a_download_counter(self, site: Site) -> None:
        counted = f"{site.url}/e/podcast.example.org/a.mp3"
        item = f'<item><enclosure url="{counted}" length="250" type="audio/mpeg"/></item>'
        site.pages["/feed.xml"] = feed_page(site.url, item)
        site.pages["/e/podcast.example.org/a.mp3"] = Page(status=302, headers={"Location": "/a.mp3"})
        report = verify_site(site, only={"https://podcast.example.org/a.mp3"})
        assert report.ok
        assert {check.url for check in report.checks} == {f"{site.url}/feed.xml", counted}

    def test_progress_is_reported_and_can_cancel(self, site: Site) -> None:
        events: list[Event] = []
        verify_site(site, progress=events.append)
        assert [(event.stage, event.done, event.total, event.unit) for event in events] == [
            ("verifying", done, 4, "files") for done in (1, 2, 3, 4)
        ]

        def stop(event: Event) -> None:
            raise Cancelled(f"after {event.done}")

        with pytest.raises(Cancelled, match="after 1"):
            verify_site(site, progress=stop)

    def test_https_site_passes_and_plain_http_files_fail(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        with serve_pages(tls=make_server_context(authority.issue_cert("127.0.0.1"))) as safe:
            fill(safe)
            report = verify_site(safe)
            assert report.ok
            assert find_check(report, "tls", "a.mp3").message == "encrypted"
            safe.pages["/feed.xml"] = feed_page(site.url)
            mixed = verify_site(safe)
        assert failures(mixed) == [(name, "tls", None) for name in ("art.jpg", "a.mp3", "c.json", "t.vtt")]
        assert "phones and web players may refuse" in mixed.failures[0].message


class TestFeed:
    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (401, "not public"),
            (403, "Apple Podcasts refuse it"),
            (404, "is missing"),
            (410, "permanently removed"),
            (503, "try again later"),
        ],
    )
    def test_refused_feed_fails_with_the_consequence(self, site: Site, status: int, words: str) -> None:
        site.pages["/feed.xml"] = Page(status=status)
        report = verify_site(site)
        assert failures(report) == [("feed.xml", "feed", status)]
        assert words in report.failures[0].message

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"<!doctype html><html></html>", "a web page"),
            (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "an Atom feed"),
            (b"<rss><channel>", "cannot be read as XML"),
            (b"", "cannot be read as XML"),
            (b'<!DOCTYPE a [<!ENTITY b "c">]><rss><channel/></rss>', "its own XML entity"),
        ],
        ids=["web page", "atom", "cut off", "empty", "entities"],
    )
    def test_document_that_is_not_a_readable_feed_fails(self, site: Site, body: bytes, words: str) -> None:
        site.pages["/feed.xml"] = feed_page(site.url).but(body=body)
        report = verify_site(site)
        assert failures(report) == [("feed.xml", "feed", 200)]
        assert words in report.failures[0].message
        assert report.failures[0].message.endswith("apps cannot read the feed and show nothing new")

    @pytest.mark.parametrize("type_", ["text/html", "binary/octet-stream", None])
    def test_wrong_feed_type_fails(self, site: Site, type_: str | None) -> None:
        site.pages["/feed.xml"] = feed_page(site.url).but(type=type_)
        report = verify_site(site)
        assert failures(report) == [("feed.xml", "type", 200)]
        assert "instead of application/rss+xml" in report.failures[0].message

    def test_feed_with_retry_after_fails_immediately(self, site: Site) -> None:
        site.pages["/feed.xml"] = Page(status=503, headers={"Retry-After": "86400"})
        assert failures(verify_site(site)) == [("feed.xml", "feed", 503)]

    def test_huge_feed_fails(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(app_requests, "LARGEST_READ", 2**20)
        page = feed_page(site.url)
        bomb = gzip.compress(page.body + bytes(2**21))
        site.pages["/feed.xml"] = page.but(body=bomb, headers={"Content-Encoding": "gzip"})
        report = verify_site(site)
        assert failures(report) == [("feed.xml", "feed", 200)]
        assert report.failures[0].message == "the feed is larger than 1 MB: apps do not load such a large feed"

    def test_endless_feed_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(app_requests, "LARGEST_READ", 2**20)

        def send_forever(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n<rss>")
            while True:
                connection.sendall(bytes(2**16))

        with raw(send_forever) as url:
            report = verify(f"{url}/feed.xml", timeout=30)
        assert failures(report) == [("feed.xml", "feed", 200)]

    def test_missing_validators_fail(self, site: Site) -> None:
        site.pages["/feed.xml"] = feed_page(site.url).but(etag=None)
        report = verify_site(site)
        assert failures(report) == [("feed.xml", "revalidation", 200)]
        assert report.failures[0].message.endswith("; turn one of them on in its settings")

    def test_ignored_validators_fail(self, site: Site) -> None:
        site.pages["/feed.xml"] = feed_page(site.url).but(keeps_validators=False)
        report = verify_site(site)
        assert failures(report) == [("feed.xml", "revalidation", 200)]
        assert "200 instead of 304" in report.failures[0].message

    def test_revalidation_sends_all_validators(self, site: Site) -> None:
        date = "Fri, 01 Nov 2024 12:00:00 GMT"
        site.pages["/feed.xml"] = feed_page(site.url).but(headers={"Last-Modified": date})
        verify_site(site)
        again = [request for request in site.requests if request.path == "/feed.xml"][1]
        assert (again.headers["If-None-Match"], again.headers["If-Modified-Since"]) == ('"1"', date)

    def test_validator_with_line_break_is_not_sent(self, site: Site) -> None:
        site.pages["/feed.xml"] = feed_page(site.url).but(etag=None, headers={"ETag": '"a\r\n b"'})
        assert failures(verify_site(site)) == [("feed.xml", "revalidation", 200)]

    def test_feed_that_disappears_before_revalidation_fails(self) -> None:
        asked: list[bytes] = []

        def answer_once(connection: socket.socket) -> None:
            asked.append(connection.recv(65536))
            body = make_feed("http://127.0.0.1", "")
            if len(asked) == 1:
                head = f"HTTP/1.1 200 OK\r\nETag: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode() + body)

        with raw(answer_once) as url:
            report = verify(f"{url}/feed.xml", timeout=30)
        assert ("feed.xml", "revalidation", None) in failures(report)

    def test_unreachable_feed_fails(self) -> None:
        report = verify(f"{find_unused_address()}/feed.xml")
        assert failures(report) == [("feed.xml", "feed", None)]
        assert report.failures[0].message.endswith(": apps cannot fetch the show")

    @pytest.mark.parametrize(
        ("status", "words"), [(301, "apps remember the new address"), (302, "apps still use this address first")]
    )
    def test_redirect_of_the_feed_passes_with_a_message(self, site: Site, status: int, words: str) -> None:
        site.pages["/old.xml"] = Page(status=status, headers={"Location": "/feed.xml"})
        report = verify(f"{site.url}/old.xml", timeout=30)
        assert report.ok
        check = find_check(report, "redirects", "old.xml")
        assert check.status == status
        assert words in check.message
        assert f"{site.url}/feed.xml after 1 redirect," in check.message

    def test_redirect_loop_fails(self, site: Site) -> None:
        site.pages["/feed.xml"] = Page(status=301, headers={"Location": "/feed.xml"})
        assert failures(verify_site(site)) == [("feed.xml", "redirects", None)]

    @pytest.mark.parametrize(
        "address", ["feed.xml", "ftp://example.org/feed.xml", "https://user:secret@example.org/"]
    )
    def test_invalid_address_raises(self, address: str) -> None:
        with pytest.raises(FeedError) as caught:
            verify(address)
        assert "secret" not in f"{caught.value.message} {caught.value.hint}"

    def test_plain_http_passes_with_a_message(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", site.url)
        base = "http://podcast.example.org"
        site.pages |= {base + path: page for path, page in site.pages.items()}
        site.pages[f"{base}/feed.xml"] = feed_page(base)
        report = verify(f"{base}/feed.xml", timeout=30)
        assert report.ok
        assert find_check(report, "tls", "a.mp3").message.startswith("plain http")


class TestFiles:
    @pytest.mark.parametrize(
        ("changes", "check", "status", "words"),
        [
            ({"status": 404}, "head", 404, "apps cannot play the episode"),
            ({"status": 403}, "head", 403, "not public"),
            ({"status": 500}, "head", 500, "500 instead of 200"),
            ({"head_status": 405}, "head", 405, "Apple Podcasts needs them and refuses"),
            ({"head_status": 501}, "head", 501, "Apple Podcasts needs them and refuses"),
            ({"has_ranges": False}, "range", 200, "players cannot seek, and Apple Podcasts refuses the file"),
            ({"body": bytes(249)}, "length", 200, "states 250 bytes, but the file has 249"),
            ({"type": "text/html"}, "type", 200, "sends the type text/html instead of audio/mpeg"),
            ({"type": None}, "type", 200, "sends the type (missing) instead of audio/mpeg"),
        ],
    )
    def test_faulty_file_fails_with_the_consequence(
        self, site: Site, changes: dict[str, Any], check: str, status: int, words: str
    ) -> None:
        site.pages["/a.mp3"] = AUDIO.but(**changes)
        report = verify_site(site)
        assert failures(report) == [("a.mp3", check, status)]
        assert words in report.failures[0].message

    def test_server_without_head_still_has_length_and_range_checked(self, site: Site) -> None:
        site.pages["/a.mp3"] = AUDIO.but(head_status=405, body=bytes(249))
        assert failures(verify_site(site)) == [("a.mp3", "head", 405), ("a.mp3", "length", 206)]
        site.pages["/a.mp3"] = AUDIO.but(head_status=405, body=bytes(250), has_ranges=False)
        assert failures(verify_site(site)) == [("a.mp3", "head", 405), ("a.mp3", "range", 200)]

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 429, 500, 501, 503, 0])
    def test_refused_head_falls_back_to_get(self, site: Site, status: int) -> None:
        site.pages["/a.mp3"] = AUDIO.but(head_status=status)
        report = verify_site(site)
        assert failures(report) == [("a.mp3", "head", status or None)]
        assert report.failures[0].message.endswith("ask the host to support HEAD")
        assert [find_check(report, check, "a.mp3").ok for check in ("length", "type", "range")] == [True] * 3

    @pytest.mark.parametrize("status", [403, 405, 0])
    def test_text_that_refuses_head_passes(self, site: Site, status: int) -> None:
        site.pages["/t.vtt"] = TEXT.but(head_status=status)
        site.pages["/c.json"] = CHAPTERS.but(head_status=status)
        assert verify_site(site).ok

    def test_host_that_closes_every_head_is_still_checked_with_get(self, site: Site) -> None:
        numbers = range(20)
        site.pages |= {f"/{number}.mp3": AUDIO.but(head_status=0) for number in numbers}
        item = '<item><enclosure url="{{0}}/{}.mp3" length="250" type="audio/mpeg"/></item>'
        site.pages["/feed.xml"] = feed_page(site.url, "".join(item.format(number) for number in numbers))
        report = verify_site(site)
        assert {check.check for check in report.failures} == {"head"}
        assert all(find_check(report, "range", f"{number}.mp3").ok for number in numbers)

    @pytest.mark.parametrize("has_ranges", [True, False])
    @pytest.mark.parametrize("stated", [0, 249, 251])
    def test_wrong_length_in_head_fails(self, site: Site, stated: int, has_ranges: bool) -> None:
        site.pages["/a.mp3"] = AUDIO.but(head_length=stated, has_ranges=has_ranges)
        report = verify_site(site)
        assert failures(report)[0] == ("a.mp3", "head", 200)
        assert f"a wrong length ({stated} bytes)" in report.failures[0].message
        assert find_check(report, "length", "a.mp3").message == "250 bytes"
        assert find_check(report, "range", "a.mp3").ok is has_ranges

    @pytest.mark.parametrize(
        ("content_range", "body", "words"),
        [
            ("bytes 0-0/251", b"a", "the whole file (251 bytes)"),
            ("bytes 1-1/250", b"a", "sends a different part"),
            ("bytes 0-0/*", b"a", "sends a different part"),
            ("nonsense", b"a", "sends a different part"),
            ("bytes 0-0/250", b"ab", "exactly the one byte"),
            ("bytes 0-0/250", b"", "exactly the one byte"),
        ],
    )
    def test_wrong_byte_range_fails(self, site: Site, content_range: str, body: bytes, words: str) -> None:
        site.pages["/a.mp3"] = AUDIO.but(part=lambda *_: (content_range, body))
        report = verify_site(site)
        assert failures(report) == [("a.mp3", "range", 206)]
        assert words in report.failures[0].message

    def test_byte_range_at_the_beginning_only_fails(self, site: Site) -> None:
        site.pages["/a.mp3"] = AUDIO.but(part=lambda page, *_: ("bytes 0-0/250", page.body[:1]))
        assert failures(verify_site(site)) == [("a.mp3", "range", 206)]

    def test_refused_byte_range_fails(self, site: Site) -> None:
        site.pages["/a.mp3"] = AUDIO.but(status=503, head_status=200)
        assert failures(verify_site(site)) == [("a.mp3", "range", 503)]

    @pytest.mark.parametrize(
        ("content_range", "ok", "message"),
        [
            ("bytes 0-0/5", True, "5 bytes"),
            (
                "nonsense",
                False,
                "the server does not send the length of the file: players show no progress and cannot seek",
            ),
        ],
    )
    def test_length_missing_in_head_is_read_from_a_byte_range(
        self, site: Site, content_range: str, ok: bool, message: str
    ) -> None:
        def answer(connection: socket.socket) -> None:
            is_head = connection.recv(65536).startswith(b"HEAD")
            rest = (
                "200 OK\r\n" if is_head else f"206 Part\r\nContent-Length: 1\r\nContent-Range: {content_range}\r\n"
            )
            connection.sendall(f"HTTP/1.1 {rest}Connection: close\r\n\r\n{'' if is_head else 'a'}".encode())

        with raw(answer) as url:
            item = f'<item><enclosure url="{url}/raw" length="5" type="audio/mpeg"/></item>'
            site.pages["/feed.xml"] = feed_page(site.url, item)
            length = find_check(verify_site(site), "length", "raw")
        assert (length.ok, length.message) == (ok, message)

    @pytest.mark.parametrize(
        ("given", "stated"),
        [
            ("audio/mp3", "audio/mpeg"),
            ("audio/x-wav", "audio/wav"),
            ("Audio/MPEG; charset=x", "audio/mpeg"),
            ("audio/mp4", "audio/x-m4a"),
        ],
    )
    def test_alias_of_the_stated_type_passes(self, site: Site, given: str, stated: str) -> None:
        site.pages["/a.mp3"] = AUDIO.but(type=given)
        site.pages["/feed.xml"] = feed_page(site.url, ITEM.replace("audio/mpeg", stated))
        assert verify_site(site).ok

    def test_missing_length_and_type_in_the_feed_fail(self, site: Site) -> None:
        site.pages["/feed.xml"] = feed_page(site.url, '<item><enclosure url="{0}/a.mp3" /></item>')
        report = verify_site(site)
        assert failures(report) == [("a.mp3", "length", 200), ("a.mp3", "type", 200)]
        assert all("Apple Podcasts and Spotify require it" in check.message for check in report.failures)

    def test_artwork_that_apple_does_not_accept_fails(self, site: Site) -> None:
        site.pages["/art.jpg"] = PICTURE.but(type="image/webp", has_ranges=False)
        report = verify_site(site)
        assert failures(report) == [("art.jpg", "type", 200), ("art.jpg", "range", 200)]
        assert [check.message.rpartition(": ")[2] for check in report.failures] == [
            "Apple Podcasts accepts no other pictures",
            "Apple Podcasts may refuse the picture",
        ]

    def test_text_needs_no_byte_ranges(self, site: Site) -> None:
        site.pages["/t.vtt"] = TEXT.but(has_ranges=False)
        report = verify_site(site)
        assert report.ok
        assert find_check(report, "range", "t.vtt").message == "no byte ranges, which a text does not need"

    def test_further_picture_needs_no_byte_ranges_but_the_stated_type(self, site: Site) -> None:
        site.pages |= {
            "/b.jpg": PICTURE.but(has_ranges=False),
            "/c.mp4": Page(body=b"film", type="video/mp4"),
            "/d.gif": Page(body=b"gif", type="image/gif"),
        }
        more = (
            '<podcast:image href="{0}/b.jpg"/><podcast:image href="{0}/c.mp4" type="video/mp4"/>'
            '<podcast:image href="{0}/d.gif"/><podcast:image href="{0}/none.jpg"/>'
        )
        site.pages["/feed.xml"] = feed_page(site.url, more + ITEM)
        report = verify_site(site)
        assert failures(report) == [("d.gif", "type", 200), ("none.jpg", "head", 404)]
        assert find_check(report, "range", "b.jpg").message == "no byte ranges, which a picture does not need"
        assert "apps that use this picture cannot show it" in find_check(report, "head", "none.jpg").message

    def test_alternate_that_differs_from_the_feed_fails(self, site: Site) -> None:
        site.pages["/es.mp3"] = AUDIO
        version = (
            '<podcast:alternateEnclosure type="{1}" length="{2}"><podcast:source uri="{0}/es.mp3"/>'
            '<podcast:source uri="ipfs://x"/></podcast:alternateEnclosure></item>'
        )
        for kind, length, wrong in (
            ("audio/mpeg", 250, []),
            ("audio/mpeg", 251, [("es.mp3", "length", 200)]),
            ("audio/ogg", 250, [("es.mp3", "type", 200)]),
        ):
            item = ITEM.replace("</item>", version.replace("{1}", kind).replace("{2}", str(length)))
            site.pages["/feed.xml"] = feed_page(site.url, item)
            assert failures(verify_site(site)) == wrong
        del site.pages["/es.mp3"]
        assert "apps that offer this version cannot play it" in verify_site(site).failures[0].message

    def test_trailer_that_is_also_an_episode_is_fetched_once(self, site: Site) -> None:
        trailer = '<podcast:trailer url="{0}/a.mp3" length="250" type="audio/mpeg">Soon</podcast:trailer>'
        site.pages["/feed.xml"] = feed_page(site.url, trailer + ITEM)
        assert verify_site(site).ok
        assert site.paths("HEAD").count("/a.mp3") == 1
        site.pages["/feed.xml"] = feed_page(site.url, trailer + '<item><enclosure url="{0}/a.mp3"/></item>')
        assert failures(verify_site(site)) == [("a.mp3", "length", 200), ("a.mp3", "type", 200)]
        site.pages["/feed.xml"] = feed_page(site.url, trailer.replace("a.mp3", "gone.mp3") + ITEM)
        assert "apps cannot play the trailer" in verify_site(site).failures[0].message

    @pytest.mark.parametrize(("allowed", "ok"), [("*", True), ("https://player.example", True), ("null", False)])
    def test_text_fails_unless_web_players_may_read_it(self, site: Site, allowed: str, ok: bool) -> None:
        site.pages["/t.vtt"] = TEXT.but(headers={"Access-Control-Allow-Origin": allowed})
        assert failures(verify_site(site)) == ([] if ok else [("t.vtt", "cors", 206)])

    def test_text_is_requested_with_an_origin(self, site: Site) -> None:
        site.pages["/c.json"] = CHAPTERS.but(headers={})
        report = verify_site(site)
        assert failures(report) == [("c.json", "cors", 206)]
        assert "the CORS settings of the bucket" in report.failures[0].message
        origins = {request.path for request in site.requests if "Origin" in request.headers}
        assert origins == {"/c.json", "/t.vtt"}

    def test_redirect_without_cross_origin_header_fails(self, site: Site) -> None:
        site.pages["/t.vtt"] = Page(status=302, headers={"Location": "/real.vtt"})
        site.pages["/real.vtt"] = TEXT
        report = verify_site(site)
        assert failures(report) == [("t.vtt", "cors", 206)]
        assert find_check(report, "redirects", "t.vtt").ok

    @pytest.mark.parametrize("url", ["a.mp3", "ftp://127.0.0.1/a.mp3", "{0}/ü.mp3", "{0}/a b.mp3"])
    def test_invalid_file_address_fails(self, site: Site, url: str) -> None:
        item = f'<item><enclosure url="{url}" length="1" type="audio/mpeg"/></item>'
        site.pages["/feed.xml"] = feed_page(site.url, item)
        (failed,) = verify_site(site).failures
        assert (failed.check, failed.status) == ("head", None)
        assert failed.message.endswith("apps cannot play the episode")

    def test_messages_contain_no_control_characters(self, site: Site) -> None:
        site.pages["/a.mp3"] = AUDIO.but(type="audio/\x1b[31mred")
        site.pages["/feed.xml"] = feed_page(site.url, ITEM + '<item><enclosure url="http://&#x202e;x/"/></item>')
        report = verify_site(site)
        assert len(report.failures) == 2
        assert all((check.message + check.url).isprintable() for check in report.checks)

    def test_unreachable_host_is_not_contacted_again(self, site: Site) -> None:
        dead = find_unused_address()
        items = "".join(
            f'<item><enclosure url="{dead}/{number}.mp3" length="1" type="audio/mpeg"/></item>'
            for number in range(1000)
        )
        site.pages["/feed.xml"] = feed_page(site.url, items)
        report = verify_site(site)
        assert len(report.failures) == 1000
        unasked = [check for check in report.failures if "was not contacted again" in check.message]
        assert len(unasked) > 900
        assert find_check(report, "head", "art.jpg").ok, "another host's file"

    def test_no_requests_are_sent_after_the_deadline(self, site: Site) -> None:
        report = verify_site(site, expected=make_feed(site.url), deadline=-1)
        assert len(report.failures) == 5
        assert all("the time limit was reached" in check.message for check in report.failures)


class TestAfterAPublish:
    """Tests with an expected feed."""

    @pytest.fixture
    def older(self, site: Site) -> Page:
        page = feed_page(site.url, "<item><guid>one</guid></item>")
        return page.but(headers={"Cache-Control": "public, max-age=300", "Age": "100"})

    def test_published_feed_passes(self, site: Site) -> None:
        report = verify_site(site, expected=make_feed(site.url))
        assert report.ok
        assert find_check(report, "feed").message == "the feed is the one that was published"

    def test_cached_older_feed_passes_and_new_files_are_checked(self, site: Site, older: Page) -> None:
        site.pages["/feed.xml"] = older
        report = verify_site(site, expected=make_feed(site.url))
        assert report.ok
        assert "still serves the previous feed, for up to 200 more seconds" in find_check(report, "feed").message
        assert find_check(report, "head", "a.mp3").ok

    @pytest.mark.parametrize(
        ("headers", "ok"),
        [
            ({"Cache-Control": "max-age=300"}, True),
            ({"Cache-Control": "max-age=300, s-maxage=60", "Age": "61"}, False),
            ({"Cache-Control": "max-age=300", "Age": "301"}, False),
            ({"Cache-Control": "no-cache"}, False),
            ({}, False),
        ],
    )
    def test_older_feed_fails_after_its_max_age(
        self, site: Site, older: Page, headers: dict[str, str], ok: bool
    ) -> None:
        site.pages["/feed.xml"] = older.but(headers=headers)
        report = verify_site(site, expected=make_feed(site.url))
        assert report.ok is ok
        assert failures(report) == ([] if ok else [("feed.xml", "feed", 200)])

    def test_feed_of_another_show_fails(self, site: Site, older: Page) -> None:
        site.pages["/feed.xml"] = older.but(body=make_feed(site.url, guid="other"))
        report = verify_site(site, expected=make_feed(site.url))
        assert failures(report) == [("feed.xml", "feed", 200)]
        assert "another show" in report.failures[0].message

    @pytest.mark.parametrize(("guid", "ok"), [("one", True), ("two", False)])
    def test_show_without_guid_is_matched_by_its_episodes(
        self, site: Site, older: Page, guid: str, ok: bool
    ) -> None:
        site.pages["/feed.xml"] = older.but(body=make_feed("", f"<item><guid>{guid}</guid></item>", guid=""))
        assert verify_site(site, expected=make_feed(site.url)).ok is ok

    def test_files_are_checked_even_without_the_feed(self, site: Site) -> None:
        site.pages["/feed.xml"] = Page(status=503)
        report = verify_site(site, expected=make_feed(site.url), only={f"{site.url}/a.mp3"})
        assert failures(report) == [("feed.xml", "feed", 503)]
        assert find_check(report, "head", "a.mp3").ok


def full_show(folder: Path, more: str = "") -> Workshop:
    """Write a show with every kind of file."""
    workshop = small_show(folder, more, episodes=2)
    (workshop.folder / "01-part" / "chapters.txt").write_text("0:00 Start\n0:01 End\n")
    (workshop.folder / "01-part" / "transcript.vtt").write_text(VTT)
    return workshop


@contextlib.contextmanager
def allow_origin(origin: str, store: SeaweedFS, client: S3Client) -> Iterator[None]:
    """Allow pages of one origin, or of any (`*`), to read the bucket."""
    rule: CORSRuleTypeDef = {"AllowedOrigins": [origin], "AllowedMethods": ["GET", "HEAD"]}
    client.put_bucket_cors(Bucket=store.bucket, CORSConfiguration={"CORSRules": [rule]})
    try:
        yield
    finally:
        client.delete_bucket_cors(Bucket=store.bucket)


class TestBucket:
    def test_bucket_passes_when_web_players_may_read_it(
        self, bucket: S3Storage, seaweedfs: SeaweedFS, s3_client: S3Client, tmp_path: Path
    ) -> None:
        url = f"{seaweedfs.endpoint_url}/{seaweedfs.bucket}/{bucket.prefix}"
        podcastkit.publish(full_show(tmp_path / "show").folder, to=bucket, url=url, at=NOW)
        with allow_origin("https://only.example.org", seaweedfs, s3_client):
            closed = podcastkit.verify(f"{url}/feed.xml", timeout=60)
        with allow_origin("*", seaweedfs, s3_client):
            opened = podcastkit.verify(f"{url}/feed.xml", timeout=60)
        assert {(check.check, check.url.split("/")[-2]) for check in closed.failures} == {
            ("cors", "chapters"),
            ("cors", "transcripts"),
        }
        assert opened.failures == ()
        assert len({check.url for check in opened.checks}) == 7


class TestFolder:
    @pytest.fixture
    def published(self, tmp_path: Path) -> LocalStorage:
        podcastkit.publish(full_show(tmp_path / "show").folder, at=NOW)
        return LocalStorage(tmp_path / "show" / "public")

    def test_complete_folder_passes(self, published: LocalStorage) -> None:
        report = verify_stored(published, published.public_url)
        assert report.ok
        assert {check.check for check in report.checks} == {"feed", "file", "length"}
        assert len({check.url for check in report.checks}) == 7

    def test_missing_and_truncated_files_fail(self, published: LocalStorage) -> None:
        first, second = sorted((published.path / "media").iterdir())
        first.unlink()
        second.write_bytes(second.read_bytes()[:-1])
        report = verify_stored(published, published.public_url)
        assert failures(report) == [(first.name, "file", None), (second.name, "length", None)]
        assert "apps cannot play the episode" in report.failures[0].message

    def test_only_limits_the_files(self, published: LocalStorage) -> None:
        report = verify_stored(published, published.public_url, only=())
        assert [check.check for check in report.checks] == ["feed"]

    def test_missing_feed_fails(self, tmp_path: Path) -> None:
        assert failures(verify_stored(LocalStorage(tmp_path), "http://127.0.0.1:8000")) == [
            ("feed.xml", "feed", None)
        ]

    def test_web_page_as_feed_fails(self, tmp_path: Path) -> None:
        (tmp_path / "feed.xml").write_text("<html></html>")
        assert failures(verify_stored(LocalStorage(tmp_path), "http://127.0.0.1:8000")) == [
            ("feed.xml", "feed", None)
        ]

    def test_files_with_the_prefix_of_a_download_counter_are_found(self, tmp_path: Path) -> None:
        base = "https://podcast.example.org/show"
        item = '<item><enclosure url="https://op3.dev/e/podcast.example.org/show/media/a.mp3" length="3"/></item>'
        (tmp_path / "media").mkdir()
        (tmp_path / "media" / "a.mp3").write_bytes(b"abc")
        (tmp_path / "feed.xml").write_bytes(make_feed("https://other.example.org", item))
        report = verify_stored(LocalStorage(tmp_path), base)
        assert report.ok
        assert find_check(report, "file", "art.jpg").message == "the file is at another address and was not checked"
        assert find_check(report, "length", "a.mp3").message == "3 bytes"


class TestCommand:
    @pytest.fixture
    def show(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
        monkeypatch.chdir(tmp_path)
        return full_show(tmp_path / "episodes")

    def test_command_prints_the_passed_checks(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["verify", f"{site.url}/feed.xml"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == f"{site.url}/feed.xml"
        assert lines[1] == "  ok     feed         a feed with 1 episode"
        assert lines[-1] == "4 files ok"

    def test_command_prints_each_failure_once_and_exits_1(
        self, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        items = "".join(
            f'<item><enclosure url="{{0}}/{number}.mp3" length="1" type="audio/mpeg"/></item>'
            for number in range(5)
        )
        site.pages["/feed.xml"] = feed_page(site.url, items)
        assert run(["verify", f"{site.url}/feed.xml"]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert [line.strip() for line in lines if "the file is missing (404): apps cannot play the episode" in line]
        assert len([line for line in lines if line.strip().startswith("http")]) == 4
        assert lines[-2].strip() == "and 2 more"
        assert lines[-1] == "5 of 6 files failed"

    def test_command_prints_two_lines_for_a_missing_feed(
        self, site: Site, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["verify", f"{site.url}/no-feed.xml"]) == 1
        assert len(capsys.readouterr().out.splitlines()) == 2

    def test_command_prints_json(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        site.pages["/feed.xml"] = Page(status=404)
        assert run(["verify", f"{site.url}/feed.xml", "--json"]) == 1
        output = json.loads(capsys.readouterr().out)
        assert (output["feed"], output["ok"]) == (f"{site.url}/feed.xml", False)
        assert output["checks"][0]["status"] == 404

    def test_command_checks_a_folder_without_server(
        self, show: Workshop, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["verify"]) == 1
        assert "publish first" in capsys.readouterr().out
        run(["publish"])
        capsys.readouterr()
        assert run(["verify"]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(f"{show.folder / 'public' / 'feed.xml'}\n")
        assert "6 files ok" in shown

    def test_command_checks_the_url_of_a_show(self, show: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
        with serve_pages() as site:
            run(["publish", "--to", "out", "--url", site.url])
            capsys.readouterr()
            assert run(["verify", "episodes", "--to", "out", "--url", site.url]) == 1
            assert site.paths("GET") == ["/feed.xml"]
            settings = show.folder / "show.toml"
            settings.write_text(settings.read_text() + f'[publish]\nto = "public"\nurl = "{site.url}"\n')
            assert run(["verify"]) == 1
            assert site.paths("GET") == ["/feed.xml"] * 2

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "arguments",
        [
            ["ftp://example.org/feed.xml"],
            ["https://example.org/feed.xml", "--to", "out"],
            ["https://example.org/feed.xml", "--url", "https://example.org"],
            ["--to", ""],
        ],
        ids=" ".join,
    )
    def test_invalid_arguments_exit_2(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["verify", *arguments]) == 2
        assert "Error" in capsys.readouterr().err
