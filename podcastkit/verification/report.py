"""What was found when a published show was asked for, as apps ask."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import linked_files
from podcastkit.text.quoting import safe_line

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHOUT: Final = {
    "enclosure": "apps cannot play the episode",
    "artwork": "apps show no picture",
    "chapters": "apps show no chapters",
    "transcript": "apps show no transcript",
    "alternate": "apps that offer this version cannot play it",
    "image": "apps that show this picture show none",
    "trailer": "apps cannot play the trailer",
}
"""What it means to listeners when a file of this kind cannot be fetched."""

_MARGIN: Final = re.compile(rb"(?!\xef\xbb\xbf<)(?:[ \t\r\n]|\xef\xbb\xbf)+<\?xml\s")
"""What strict XML readers refuse: blanks, or a second byte order mark, before the declaration."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One question that an app asks, and how it was answered.

    `check` is `feed`, `revalidation`, `head`, `range`, `length`, `type`, `tls`, `redirects` or `cors`; `file` for
    what was looked up in the storage itself; `content` and `duration` for what is in a file. `status` is the HTTP
    status, None without an answer. The message of a failure says what apps do about it.
    """

    url: str
    check: str
    ok: bool
    status: int | None
    message: str

    def to_dict(self) -> dict[str, object]:
        """Return the check as it stands in `verify --json`."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All that was asked about a feed: first the feed itself, then its files in the feed's order."""

    feed: str
    checks: tuple[Check, ...]
    downloaded: int | None = None
    """How many bytes were downloaded to look into files; None when nobody looked."""

    @property
    def ok(self) -> bool:
        """Whether apps can fetch everything."""
        return not self.failures

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.ok)

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object of `verify --json`."""
        described = {"feed": self.feed, "ok": self.ok, "checks": [check.to_dict() for check in self.checks]}
        return described if self.downloaded is None else described | {"downloaded": self.downloaded}


def join_reports(reports: Sequence[Report]) -> Report:
    """Return several reports as one, which bears the name of the first; what several asked for is told once."""
    checks = dict.fromkeys(check for report in reports for check in report.checks)
    downloaded = [report.downloaded for report in reports if report.downloaded is not None]
    return Report(feed=reports[0].feed, checks=tuple(checks), downloaded=sum(downloaded) if downloaded else None)


def passed(url: str, check: str, status: int | None, message: str) -> Check:
    """Return a check that went well."""
    return Check(url=url, check=check, ok=True, status=status, message=message)


def failed(url: str, check: str, status: int | None, message: str) -> Check:
    """Return a check that failed; the message says what apps do about it."""
    return Check(url=url, check=check, ok=False, status=status, message=message)


def check_readable(url: str, status: int | None, body: bytes) -> Check:
    """Tell whether apps can read a feed."""
    try:
        episodes = sum(file.kind == "enclosure" for file in linked_files(body))
    except FeedError as error:
        return failed(url, "feed", status, f"{safe_line(error.message)}: apps cannot read it and show nothing new")
    if _MARGIN.match(body):
        message = "there are blanks before the XML declaration: many apps cannot read it and show nothing new"
        return failed(url, "feed", status, message)
    return passed(url, "feed", status, f"a feed with {episodes} episode{'' if episodes == 1 else 's'}")


def check_length(url: str, status: int | None, promised: int, size: int) -> Check:
    """Compare what a feed promises with what there is, in bytes."""
    if promised == size:
        return passed(url, "length", status, f"{size:,} bytes")
    message = f"the feed promises {promised:,} bytes, but there are {size:,}: apps may cut it off or refuse it"
    return failed(url, "length", status, message)
