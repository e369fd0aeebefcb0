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
from tests.site import Page, Site, serving, unused_address

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
    with serving() as site:
        yield site


def failure(source: str | Path) -> FeedError:
    with pytest.raises(FeedError) as caught:
        check_feed(source)
    assert caught.value.hint
    return caught.value


class TestAFile:
    def test_is_judged_and_named_as_it_was_given(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "feed.xml").write_bytes(CLEAN.replace(b"en-GB", b"English"))
        checked = check_feed("feed.xml")
        assert (checked.feed, checked.title, checked.episodes) == ("feed.xml", "The Tide Table", 1)
        assert [str(finding.location) for finding in checked.findings] == ["feed.xml:8:5"]

    def test_without_a_fault_has_no_findings(self) -> None:
        assert check_feed(CHECKED / "clean.xml").findings == ()

    def test_that_is_no_feed_has_no_title(self) -> None:
        checked = check_feed(CHECKED / "atom.xml")
        assert (checked.title, checked.episodes) == (None, 0)
        assert [finding.code for finding in checked.findings] == ["F004"]

    def test_is_looked_at_as_of_a_moment(self) -> None:
        before = check_feed(CHECKED / "clean.xml", at=datetime(2024, 9, 1, tzinfo=UTC))
        assert [finding.code for finding in before.findings] == ["F211"]

    def test_of_any_size_is_read_up_to_the_limit_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in (xml_parser, feed_check):
            monkeypatch.setattr(module, "LARGEST", 1000)
        (tmp_path / "feed.xml").write_bytes(CLEAN)
        assert [finding.code for finding in check_feed(tmp_path / "feed.xml").findings] == ["F003"]

    @pytest.mark.parametrize("name", ["gone.xml", ".", "/dev/zero"])
    def test_that_is_none_is_an_error_with_a_cure(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert failure(name).message

    def test_many_findings_of_a_kind_are_gathered_for_people(self, tmp_path: Path) -> None:
        items = "".join(f"<item><title>{n}</title></item>" for n in range(300))
        (tmp_path / "feed.xml").write_text(f"<rss version='2.0'><channel>{items}</channel></rss>")
        checked = check_feed(tmp_path / "feed.xml")
        assert sum(finding.code == "F203" for finding in checked.findings) == 300
        (told,) = [finding for finding in checked.gathered if finding.code == "F203"]
        assert told.message.endswith("(and 299 more)")


class TestAnAddress:
    def test_is_fetched_as_apps_fetch_it(self, site: Site) -> None:
        address = f"{site.url}/feed.xml"
        feed = CLEAN.replace(b"https://podcast.example.org/feed.xml", address.encode())
        site.pages["/feed.xml"] = Page(body=gzip.compress(feed), headers={"Content-Encoding": "gzip"})
        assert check_feed(address) == FeedCheck(feed=address, title="The Tide Table", episodes=1, findings=())
        (request,) = site.requests
        assert "application/rss+xml" in request.headers["Accept"]

    def test_that_the_feed_does_not_name_is_told(self, site: Site) -> None:
        site.pages["/feed.xml"] = Page(body=CLEAN)
        (finding,) = check_feed(f"{site.url}/feed.xml").findings
        assert (finding.code, finding.severity) == ("F118", Severity.WARNING)
        assert f"{site.url}/feed.xml" in finding.message

    def test_may_redirect(self, site: Site) -> None:
        site.pages["/old"] = Page(status=301, headers={"Location": f"{site.url}/new"})
        site.pages["/new"] = Page(
            body=CLEAN.replace(b"https://podcast.example.org/feed.xml", f"{site.url}/new".encode())
        )
        assert check_feed(f"{site.url}/old").findings == ()

    def test_where_a_web_page_stands_is_a_finding(self, site: Site) -> None:
        site.pages["/"] = Page(body=b"<!DOCTYPE html><title>Hello", type="text/html")
        assert [finding.code for finding in check_feed(f"{site.url}/").findings] == ["F004"]

    def test_is_read_up_to_the_limit_alone(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (xml_parser, feed_check):
            monkeypatch.setattr(module, "LARGEST", 1000)
        site.pages["/feed.xml"] = Page(body=gzip.compress(b" " * 10**7), headers={"Content-Encoding": "gzip"})
        assert [finding.code for finding in check_feed(f"{site.url}/feed.xml").findings] == ["F003"]

    @pytest.mark.parametrize(("status", "words"), [(404, "is not there"), (410, "gone for good"), (500, "500")])
    def test_that_refuses_is_an_error(self, site: Site, status: int, words: str) -> None:
        site.pages["/feed.xml"] = Page(status=status)
        assert words in failure(f"{site.url}/feed.xml").message

    def test_that_does_not_answer_is_an_error(self) -> None:
        assert "no server responds" in failure(f"{unused_address()}/feed.xml").message

    @pytest.mark.parametrize(
        "address", ["ftp://example.org/feed.xml", "https://exa mple.org/", "feed://example.org/x"]
    )
    def test_that_is_none_is_an_error(self, address: str) -> None:
        assert failure(address).message


def test_a_socket_is_no_file(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        assert failure(tmp_path / "s").message
