"""Verify a live feed and its files: fetch them as podcast apps do, or check them in the storage."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import list_linked_files
from podcastkit.parallel import work_through
from podcastkit.progress import Progress, Tally, ignore_event
from podcastkit.published_keys import FEED_KEY
from podcastkit.storage.base import is_key
from podcastkit.text.addresses import parse_url
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import format_foreign_text
from podcastkit.verification.report import (
    CONSEQUENCES,
    Check,
    Report,
    check_length,
    check_readable,
    make_failure,
    make_pass,
)
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from concurrent.futures import Future

    from podcastkit.http_client import WebClient
    from podcastkit.model import LinkedFile
    from podcastkit.storage.base import Storage

    _FileChecks = tuple[tuple[Check, ...], int]
    """The checks of a file, and the number of bytes downloaded for them."""

_STRICT_KINDS = {"enclosure", "artwork"}
"""The kinds of files for which directories have stricter requirements."""
_THREADS = 8
_DOWNLOAD_THREADS = 4
"""The number of files that are downloaded at the same time."""


def verify(
    feed_url: str,
    *,
    only: Collection[str] | None = None,
    expected: bytes | None = None,
    deep: bool = False,
    timeout: float | None = None,
    deadline: float | None = None,
    progress: Progress = ignore_event,
) -> Report:
    """Fetch a feed and its files as podcast apps do, and report the problems.

    `only` limits the files to these addresses. In the feed, they may have the prefix of a download counter
    (`https://op3.dev/e/podcast.example.org/…`). `expected` is the feed that should be live. Its files are checked;
    if a CDN still serves the previous feed within its max-age, the report mentions this, but it is not a failure.
    `deep` downloads each file (audio up to 1 GB, others up to 50 MB) and also checks its content.
    A server that sends nothing for `timeout` seconds (default 10) counts as unreachable. After `deadline` seconds
    (default 300, with `deep` 3600), no more requests are sent.

    Raises FeedError if the address or the expected feed is invalid or a download cannot be stored, and Cancelled if
    `progress` raises it.
    """
    feeds = {feed_url: expected}
    return verify_feeds(feeds, only=only, deep=deep, timeout=timeout, deadline=deadline, progress=progress)


def verify_feeds(
    feeds: Mapping[str, bytes | None],
    *,
    only: Collection[str] | None = None,
    deep: bool = False,
    timeout: float | None = None,
    deadline: float | None = None,
    progress: Progress = ignore_event,
) -> Report:
    """Verify several feeds of a show, as `verify` does. A file that several feeds name is fetched once.

    `feeds` maps the address of each feed to the feed that should be live, or None if this is unknown.
    """
    addresses = [_parse_address(url) for url in feeds]
    # Imported here, because urllib3 takes 0.1 s to import and a check of a folder does not need it.
    from podcastkit.http_client import WebClient  # noqa: PLC0415
    from podcastkit.verification.app_requests import check_feed  # noqa: PLC0415

    waiting = Waiting.from_environment()
    timeout = waiting.verify_timeout if timeout is None else timeout
    if deadline is None:
        deadline = len(feeds) * (waiting.download_deadline if deep else waiting.verify_deadline)
    make_web = partial(WebClient, user_url=addresses[0], timeout=timeout, deadline=deadline, waiting=waiting)
    with (
        make_web(threads=_THREADS) as web,
        make_web(threads=_DOWNLOAD_THREADS, longest_answer=waiting.download_timeout) as downloads,
    ):
        checks: list[Check] = []
        bodies: list[bytes] = []
        for address, expected in zip(addresses, feeds.values(), strict=True):
            feed_checks, served_feed = check_feed(web, address, expected)
            checks += feed_checks
            body = served_feed if expected is None else expected
            if body:
                bodies.append(body)
        files = _list_files(bodies, only)
        # Browsers refuse plain http only if the page or feed is encrypted.
        is_encrypted = all(address.lower().startswith("https:") for address in addresses)
        check_one = partial(_check_file, web, downloads if deep else None, is_feed_encrypted=is_encrypted)
        threads = _DOWNLOAD_THREADS if deep else _THREADS
        results = _check_files(files, check_one, (web, downloads), threads, progress)
    for file in files:
        checks += results[file.url][0]
    downloaded = sum(size for _, size in results.values()) if deep else None
    return Report(feed=addresses[0], checks=tuple(checks), downloaded=downloaded)


def _check_files(
    files: list[LinkedFile],
    check_one: Callable[[LinkedFile], _FileChecks],
    clients: tuple[WebClient, ...],
    threads: int,
    progress: Progress,
) -> dict[str, _FileChecks]:
    """Check several files at the same time, and return the results by the addresses of the files."""
    tally = Tally(progress, "verifying", total=len(files), unit="files")
    results: dict[str, _FileChecks] = {}

    def handle_result(file: LinkedFile, future: Future[_FileChecks]) -> None:
        results[file.url] = future.result()
        tally.add(1)

    def stop() -> None:
        for client in clients:
            client.stop()

    work_through(check_one, files, handle_result, threads=threads, stop=stop)
    return results


def _check_file(
    web: WebClient, downloads: WebClient | None, file: LinkedFile, *, is_feed_encrypted: bool
) -> _FileChecks:
    """Check the responses to an app's requests for a file and, with `downloads`, its content."""
    from podcastkit.verification.app_requests import check_file, was_found  # noqa: PLC0415 - loads urllib3

    request_checks = check_file(web, file, is_feed_encrypted=is_feed_encrypted)
    if downloads is None or not was_found(request_checks):
        return request_checks, 0
    from podcastkit.verification.content import download_and_check  # noqa: PLC0415 - loads readers of audio

    content_checks, size = download_and_check(downloads, file)
    return (*request_checks, *content_checks), size


def verify_stored(
    storage: Storage, url: str, key: str = FEED_KEY, *, only: Collection[str] | None = None, deep: bool = False
) -> Report:
    """Check that the storage has the feed `key`, and each file to which the feed links below the address `url`.

    Use this for a folder that no web server may serve yet. `deep` also checks the content of each file.
    Raises StorageError if the storage cannot be read.
    """
    name = f"{storage.address}/{key}"
    stored_feed = storage.read(key)
    if stored_feed is None:
        return Report(feed=name, checks=(make_failure(name, "feed", None, "the feed is missing: publish first"),))
    body, _ = stored_feed
    checks = [check_readable(name, None, body)]
    for file in _list_files([body], only) if checks[0].ok else ():
        checks += _check_stored_file(storage, url, file, deep=deep)
    return Report(feed=name, checks=tuple(checks))


def _parse_address(url: str) -> str:
    address = parse_url(url)
    if isinstance(address, Problem):
        raise FeedError(address.message, address.hint)
    return address


def _list_files(feeds: Iterable[bytes], only: Collection[str] | None) -> list[LinkedFile]:
    """Return each file once, in the order of the feeds.

    If feeds link to a file as several kinds, a strict kind (enclosure, artwork) wins, and otherwise the first kind.
    """
    wanted = None if only is None else {_remove_scheme(url) for url in only}
    files: dict[str, LinkedFile] = {}
    for file in chain.from_iterable(map(list_linked_files, feeds)):
        if wanted is None or _is_wanted(file.url, wanted):
            known_file = files.setdefault(file.url, file)
            if file.kind in _STRICT_KINDS and known_file.kind not in _STRICT_KINDS:
                files[file.url] = file
    return list(files.values())


def _is_wanted(url: str, wanted: Collection[str]) -> bool:
    """Return whether `wanted` contains the address, without its scheme and the prefix of a download counter."""
    address = _remove_scheme(url)
    while address and address not in wanted:
        address = address.partition("/")[2]
    return bool(address)


def _remove_scheme(url: str) -> str:
    return url.partition("://")[2]


def _check_stored_file(storage: Storage, url: str, file: LinkedFile, *, deep: bool) -> Iterator[Check]:
    # The prefix of a download counter replaces the scheme of the address: https://op3.dev/e/host/path.
    key = file.url.partition(f"{_remove_scheme(url)}/")[2]
    if not is_key(key):
        yield make_pass(
            format_foreign_text(file.url), "file", None, "the file is at another address and was not checked"
        )
        return
    stored = storage.find(key)
    if stored is None:
        yield make_failure(file.url, "file", None, f"{key} is not in {storage.address}: {CONSEQUENCES[file.kind]}")
        return
    yield make_pass(file.url, "file", None, f"{key} is in {storage.address}")
    if file.length is not None:
        yield check_length(file.url, None, file.length, stored.size)
    if deep:
        from podcastkit.verification.content import Downloaded, check_content  # noqa: PLC0415 - loads readers of audio

        yield from check_content(file, Downloaded(Path(storage.address, key)))
