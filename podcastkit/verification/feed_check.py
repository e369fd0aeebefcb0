"""Check any feed, at an address or in a file, against the rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed import check_document, gather_similar
from podcastkit.diagnostics import FeedError, MediaError
from podcastkit.feed.xml_parser import MAX_FEED_SIZE, read_document
from podcastkit.media.files import open_file
from podcastkit.text.addresses import parse_url
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import hide_secrets, shorten
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Collection

    from podcastkit.diagnostics import Diagnostic

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_HINT = "open the address in a browser: it must show the feed to everyone, without a password"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedCheck:
    """The findings about a feed."""

    feed: str
    """The address or file of the feed, as passed to `check_feed`."""
    title: str | None
    """The title of the show, or None if it is missing or the feed cannot be read."""
    episodes: int
    findings: tuple[Diagnostic, ...]
    """All findings, with line and column: the show's first, then by episode, errors first."""

    @property
    def gathered(self) -> tuple[Diagnostic, ...]:
        """The findings without repetitions: if many episodes have the same finding, only the first one."""
        return gather_similar(self.findings)


def check_feed(source: str | Path, *, at: datetime | None = None, destinations: Collection[str] = ()) -> FeedCheck:
    """Check a feed at an address (http or https) or in a file against the rules of all directories.

    `at` (aware, defaults to now) decides which dates are in the future. `destinations`, such as `apple` and `psp1`,
    limits the rules to those of these destinations and the general ones. The files that the feed names are not
    fetched; use `verify` for that.

    Raises FeedError if the file does not exist or the address does not respond.
    """
    name = str(source)
    address: str | None = None
    if isinstance(source, str) and _SCHEME.match(source):
        data, address = _fetch_feed(source)
    else:
        data = _read_file(Path(source))
    document = read_document(data, name)
    channel = document.channel
    return FeedCheck(
        feed=name,
        title=(channel.text_of("title") or None) if channel else None,
        episodes=len(channel.all("item")) if channel else 0,
        findings=check_document(document, at=at or datetime.now(UTC), address=address, destinations=destinations),
    )


def _read_file(path: Path) -> bytes:
    """Return the file's bytes, at most one more than the limit, so that a larger feed is noticed."""
    try:
        with open_file(path) as file:
            return file.read(MAX_FEED_SIZE + 1)
    except MediaError as error:
        raise FeedError(error.message, error.hint) from error


def _fetch_feed(url: str) -> tuple[bytes, str]:
    """Return the content of an address, and the final address after redirects."""
    address = parse_url(url)
    if isinstance(address, Problem):
        raise FeedError(address.message, address.hint)
    # Imported here, because urllib3 takes 0.1 s to import and a check of a file does not need it.
    from podcastkit.http_client import NoResponseError, WebClient  # noqa: PLC0415
    from podcastkit.verification.app_requests import APP_HEADERS, describe_refusal  # noqa: PLC0415

    waiting = Waiting.from_environment()
    timeout, deadline = waiting.feed_timeout, waiting.feed_deadline
    with WebClient(user_url=address, timeout=timeout, deadline=deadline, threads=1, waiting=waiting) as web:
        try:
            answer = web.ask("GET", address, APP_HEADERS, limit=MAX_FEED_SIZE + 1)
        except NoResponseError as error:
            message = f"the feed {shorten(hide_secrets(address))} cannot be fetched: {error.message}"
            raise FeedError(message, _HINT) from error
    if answer.status != HTTPStatus.OK:
        raise FeedError(f"the feed {shorten(hide_secrets(address))} {describe_refusal(answer.status)}", _HINT)
    return answer.body, answer.url
