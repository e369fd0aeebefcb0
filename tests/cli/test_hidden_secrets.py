"""No command prints the token or the password of a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from podcastkit.cli.app import run
from tests.site import Page, serve_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

FEED = (
    "<rss version='2.0'><channel><title>Tides</title><link>http://u:s3cret@example.org/?a=s3cret</link><item>"
    "<enclosure url='{0}/a.mp3?token=s3cret&amp;b=s3cret' length='1' type='audio/mpeg'/>"
    "<guid isPermaLink='true'>https://u:s3cret@example.org/1?t=s3cret</guid>"
    "<link>https://example.org/ü?t=s3cret</link></item></channel></rss>"
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve_pages() as site:
        site.pages["/feed.xml?token=s3cret"] = Page(body=FEED.format(site.url).encode(), type="text/xml")
        site.pages["/moved?token=s3cret"] = Page(status=302, headers={"Location": "/feed.xml?token=s3cret"})
        site.pages["/http?token=s3cret"] = Page(status=302, headers={"Location": "ftp://u:s3cret@h/?t=s3cret"})
        site.pages["/broken?token=s3cret"] = Page(body=b"<rss>", type="text/xml")
        yield site.url


@pytest.mark.parametrize("path", ["feed.xml", "moved", "http", "broken", "none.xml"])
@pytest.mark.parametrize(
    "command",
    [
        ["check"],
        ["check", "--format", "json"],
        ["check", "--format", "github"],
        ["verify"],
        ["verify", "--json"],
        ["verify", "--deep"],
    ],
    ids=" ".join,
)
def test_token_of_a_feed_url_is_not_printed(
    url: str, capsys: pytest.CaptureFixture[str], command: list[str], path: str
) -> None:
    run([*command, f"{url}/{path}?token=s3cret"])
    shown = capsys.readouterr()
    assert shown.out + shown.err
    assert "s3cret" not in shown.out + shown.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "https://u:s3cret@example.org/f"],
        ["check", "ftp://u:s3cret@example.org/?t=s3cret"],
        ["verify", "https://u:s3cret@example.org/f"],
        ["verify", "ftp://u:s3cret@example.org/?t=s3cret"],
        ["plan", "--to", "ftp://u:s3cret@h/"],
        ["plan", "--url", "https://u:s3cret@h/"],
        ["plan", "--url", "https://h/?t=s3cret"],
    ],
    ids=" ".join,
)
def test_refused_url_is_printed_without_its_secret(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) != 0
    shown = capsys.readouterr()
    assert "s3cret" not in shown.out + shown.err
