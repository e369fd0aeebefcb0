"""Check any feed, at an address or in a file, against the rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed import check_document, gather
from podcastkit.diagnostics import FeedError, MediaError
from podcastkit.feed.xml_parser import LARGEST, read_document
from podcastkit.media.files import open_file
from podcastkit.text.addresses import parse_url
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import hide_secrets, shorten
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Collection

    from podcastkit.diagnostics import Diagnostic

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_CURE = "open the address in a browser: it must show the feed to everybody, without a password"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedCheck:
    """What the rules say of a feed."""

    feed: str
    """Its address or file, as it was given."""
    title: str | None
    """The show's; None when the feed has none, or cannot be read."""
    episodes: int
    findings: tuple[Diagnostic, ...]
    """All of them, each with its line and column: the show's first, then by episode, the worst first."""

    @property
    def gathered(self) -> tuple[Diagnostic, ...]:
        """The findings as people read them: of those that say the same of many episodes only the first."""
        return gather(self.findings)


def check_feed(source: str | Path, *, at: datetime | None = None, destinations: Collection[str] = ()) -> FeedCheck:
    """Judge a feed at an address (http or https) or in a file by the rules of every directory.

    `at` (aware; now, when absent) decides what lies in the future. `destinations`, such as `apple` and `psp1`,
    limits the rules to theirs and everybody's. Of the feed's own files nothing is fetched: that is what `verify`
    is for.

    Raises FeedError when there is nothing to read: the file is not there, the address does not answer.
    """
    name = str(source)
    address: str | None = None
    if isinstance(source, str) and _ADDRESS.match(source):
        data, address = _fetch(source)
    else:
        data = _read(Path(source))
    document = read_document(data, name)
    channel = document.channel
    return FeedCheck(
        feed=name,
        title=(channel.text_of("title") or None) if channel else None,
        episodes=len(channel.all("item")) if channel else 0,
        findings=check_document(document, at=at or datetime.now(UTC), address=address, destinations=destinations),
    )


def _read(path: Path) -> bytes:
    """Return the file's bytes, and one more than a feed may have of what is too large."""
    try:
        with open_file(path) as file:
            return file.read(LARGEST + 1)
    except MediaError as error:
        raise FeedError(error.message, error.hint) from error


def _fetch(written: str) -> tuple[bytes, str]:
    """Return what stands at an address, and the address at which it was in the end."""
    address = parse_url(written)
    if isinstance(address, Problem):
        raise FeedError(address.message, address.hint)
    # urllib3 takes 0.1 s to import, which who only reads a file need not pay.
    from podcastkit.http_client import NoAnswer, Web  # noqa: PLC0415
    from podcastkit.verification.app_requests import AS_AN_APP, say_refusal  # noqa: PLC0415

    waiting = Waiting.from_environment()
    timeout, deadline = waiting.feed_timeout, waiting.feed_deadline
    with Web(home=address, timeout=timeout, deadline=deadline, threads=1, waiting=waiting) as web:
        try:
            answer = web.ask("GET", address, AS_AN_APP, limit=LARGEST + 1)
        except NoAnswer as error:
            message = f"the feed {shorten(hide_secrets(address))} cannot be fetched: {error.message}"
            raise FeedError(message, _CURE) from error
    if answer.status != HTTPStatus.OK:
        raise FeedError(f"the feed {shorten(hide_secrets(address))} {say_refusal(answer.status)}", _CURE)
    return answer.body, answer.url
