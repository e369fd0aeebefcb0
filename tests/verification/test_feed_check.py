from __future__ import annotations

import gzip
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import FeedError, Severity
from podcastkit.feed import xml_parser
from podcastkit.verification import feed_check
from podcastkit.verification.feed_check import FeedCheck, check_feed
from tests.site import Page, Site, find_unused_address, serve_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKED = Path(__file__).parents[1] / "data" / "feeds" / "checked"
CLEAN = (CHECKED / "clean.xml").read_bytes()


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve_pages() as site:
        yield site


def check_failure(source: str | Path) -> FeedError:
    with pytest.raises(FeedError) as caught:
        check_feed(source)
    assert caught.value.hint
    return caught.value


class TestFile:
    def test_file_is_checked_and_keeps_its_given_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "feed.xml").write_bytes(CLEAN.replace(b"en-GB", b"English"))
        checked = check_feed("feed.xml")
        assert (checked.feed, checked.title, checked.episodes) == ("feed.xml", "The Tide Table", 1)
        assert [str(finding.location) for finding in checked.findings] == ["feed.xml:8:5"]

    def test_clean_feed_has_no_findings(self) -> None:
        assert check_feed(CHECKED / "clean.xml").findings == ()

    def test_atom_feed_has_no_title(self) -> None:
        checked = check_feed(CHECKED / "atom.xml")
        assert (checked.title, checked.episodes) == (None, 0)
        assert [finding.code for finding in checked.findings] == ["F004"]

    def test_argument_at_decides_which_dates_are_in_the_future(self) -> None:
        before = check_feed(CHECKED / "clean.xml", at=datetime(2024, 9, 1, tzinfo=UTC))
        assert [finding.code for finding in before.findings] == ["F211"]

    def test_large_file_is_read_only_up_to_the_limit(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (xml_parser, feed_check):
            monkeypatch.setattr(module, "MAX_FEED_SIZE", 1000)
        (tmp_path / "feed.xml").write_bytes(CLEAN)
        assert [finding.code for finding in check_feed(tmp_path / "feed.xml").findings] == ["F003"]

    @pytest.mark.parametrize("name", ["gone.xml", ".", "/dev/zero"])
    def test_unreadable_file_raises_with_a_hint(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert check_failure(name).message

    def test_many_findings_of_one_kind_are_gathered(self, tmp_path: Path) -> None:
        items = "".join(f"<item><title>{n}</title></item>" for n in range(300))
        (tmp_path / "feed.xml").write_text(f"<rss version='2.0'><channel>{items}</channel></rss>")
        checked = check_feed(tmp_path / "feed.xml")
        assert sum(finding.code == "F203" for finding in checked.findings) == 300
        (finding,) = [finding for finding in checked.gathered if finding.code == "F203"]
        assert finding.message.endswith("(and 299 more)")


class TestAddress:
    def test_feed_url_is_fetched_like_an_app(self, site: Site) -> None:
        address = f"{site.url}/feed.xml"
        feed = CLEAN.replace(b"https://podcast.example.org/feed.xml", address.encode())
        site.pages["/feed.xml"] = Page(body=gzip.compress(feed), headers={"Content-Encoding": "gzip"})
        assert check_feed(address) == FeedCheck(feed=address, title="The Tide Table", episodes=1, findings=())
        (request,) = site.requests
        assert "application/rss+xml" in request.headers["Accept"]

    def test_feed_without_its_own_url_is_a_finding(self, site: Site) -> None:
        site.pages["/feed.xml"] = Page(body=CLEAN)
        (finding,) = check_feed(f"{site.url}/feed.xml").findings
        assert (finding.code, finding.severity) == ("F118", Severity.WARNING)
        assert f"{site.url}/feed.xml" in finding.message

    def test_redirect_is_followed(self, site: Site) -> None:
        site.pages["/old"] = Page(status=301, headers={"Location": f"{site.url}/new"})
        site.pages["/new"] = Page(
            body=CLEAN.replace(b"https://podcast.example.org/feed.xml", f"{site.url}/new".encode())
        )
        assert check_feed(f"{site.url}/old").findings == ()

    def test_web_page_is_a_finding(self, site: Site) -> None:
        site.pages["/"] = Page(body=b"<!DOCTYPE html><title>Hello", type="text/html")
        assert [finding.code for finding in check_feed(f"{site.url}/").findings] == ["F004"]

    def test_response_is_read_only_up_to_the_limit(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (xml_parser, feed_check):
            monkeypatch.setattr(module, "MAX_FEED_SIZE", 1000)
        site.pages["/feed.xml"] = Page(body=gzip.compress(b" " * 10**7), headers={"Content-Encoding": "gzip"})
        assert [finding.code for finding in check_feed(f"{site.url}/feed.xml").findings] == ["F003"]

    @pytest.mark.parametrize(("status", "words"), [(404, "is missing"), (410, "permanently removed"), (500, "500")])
    def test_refused_request_raises(self, site: Site, status: int, words: str) -> None:
        site.pages["/feed.xml"] = Page(status=status)
        assert words in check_failure(f"{site.url}/feed.xml").message

    def test_feed_url_without_server_raises(self) -> None:
        assert "no server responds" in check_failure(f"{find_unused_address()}/feed.xml").message

    @pytest.mark.parametrize(
        "address", ["ftp://example.org/feed.xml", "https://exa mple.org/", "feed://example.org/x"]
    )
    def test_invalid_feed_url_raises(self, address: str) -> None:
        assert check_failure(address).message


def test_feed_path_of_a_socket_raises(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert check_failure(tmp_path / "s").message
