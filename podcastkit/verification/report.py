"""The results of fetching a published show as apps fetch it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import list_linked_files
from podcastkit.text.quoting import format_foreign_text

if TYPE_CHECKING:
    from collections.abc import Sequence

CONSEQUENCES: Final = {
    "enclosure": "apps cannot play the episode",
    "artwork": "apps show no picture",
    "chapters": "apps show no chapters",
    "transcript": "apps show no transcript",
    "alternate": "apps that offer this version cannot play it",
    "image": "apps that use this picture cannot show it",
    "trailer": "apps cannot play the trailer",
}
"""The consequence for listeners if a file of this kind cannot be fetched."""

_LEADING_BLANKS: Final = re.compile(rb"(?!\xef\xbb\xbf<)(?:[ \t\r\n]|\xef\xbb\xbf)+<\?xml\s")
"""Blanks or a second byte order mark before the XML declaration, which strict XML parsers refuse."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """The result of one check of a feed or file.

    `check` is `feed`, `revalidation`, `head`, `range`, `length`, `type`, `tls`, `redirects` or `cors` for HTTP
    requests, `file` for a file in the storage, and `content` or `duration` for the content of a file. `status` is
    the HTTP status, or None without a response. The message of a failure explains the consequence in apps.
    """

    url: str
    check: str
    ok: bool
    status: int | None
    message: str

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of this check in `verify --json`."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The checks of a feed: first of the feed itself, then of its files in the feed's order."""

    feed: str
    checks: tuple[Check, ...]
    downloaded: int | None = None
    """The number of bytes that were downloaded to check the content of files, or None without such checks."""

    @property
    def ok(self) -> bool:
        """Whether all checks passed."""
        return not self.failures

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.ok)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of `verify --json`."""
        report = {"feed": self.feed, "ok": self.ok, "checks": [check.to_dict() for check in self.checks]}
        return report if self.downloaded is None else report | {"downloaded": self.downloaded}


def join_reports(reports: Sequence[Report]) -> Report:
    """Merge reports into one with the address of the first, without duplicate checks."""
    checks = dict.fromkeys(check for report in reports for check in report.checks)
    downloaded = [report.downloaded for report in reports if report.downloaded is not None]
    return Report(feed=reports[0].feed, checks=tuple(checks), downloaded=sum(downloaded) if downloaded else None)


def make_pass(url: str, check: str, status: int | None, message: str) -> Check:
    """Return a check that passed."""
    return Check(url=url, check=check, ok=True, status=status, message=message)


def make_failure(url: str, check: str, status: int | None, message: str) -> Check:
    """Return a check that failed. The message explains the consequence in apps."""
    return Check(url=url, check=check, ok=False, status=status, message=message)


def check_readable(url: str, status: int | None, body: bytes) -> Check:
    """Check that apps can parse a feed."""
    try:
        episodes = sum(file.kind == "enclosure" for file in list_linked_files(body))
    except FeedError as error:
        message = f"{format_foreign_text(error.message)}: apps cannot read the feed and show nothing new"
        return make_failure(url, "feed", status, message)
    if _LEADING_BLANKS.match(body):
        message = "the feed has blanks before the XML declaration: many apps cannot read it and show nothing new"
        return make_failure(url, "feed", status, message)
    return make_pass(url, "feed", status, f"a feed with {episodes} episode{'' if episodes == 1 else 's'}")


def check_length(url: str, status: int | None, stated: int, size: int) -> Check:
    """Check that the length of a file in the feed equals its real size. Both are in bytes."""
    if stated == size:
        return make_pass(url, "length", status, f"{size:,} bytes")
    message = f"the feed states {stated:,} bytes, but the file has {size:,}: apps may cut it off or refuse it"
    return make_failure(url, "length", status, message)
