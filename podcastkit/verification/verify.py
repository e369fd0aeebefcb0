"""A live feed and all that it names, fetched as podcast apps fetch it, or looked up where it was published to."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import linked_files
from podcastkit.parallel import work_through
from podcastkit.progress import Progress, Tally, ignore
from podcastkit.published_keys import FEED_KEY
from podcastkit.storage.base import is_key
from podcastkit.text.addresses import parse_url
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import safe_line
from podcastkit.verification.report import WITHOUT, Check, Report, check_length, check_readable, failed, passed
from podcastkit.wait_times import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from concurrent.futures import Future

    from podcastkit.http_client import Web
    from podcastkit.model import LinkedFile
    from podcastkit.storage.base import Storage

    _FileChecks = tuple[tuple[Check, ...], int]
    """The checks of a file, and how many bytes were downloaded for them."""

_STRICT = {"enclosure", "artwork"}
"""Kinds of files that directories ask more of than of others."""
_THREADS = 8
_DOWNLOADS = 4
"""How many files are downloaded at once."""


def verify(
    feed_url: str,
    *,
    only: Collection[str] | None = None,
    expected: bytes | None = None,
    deep: bool = False,
    timeout: float | None = None,
    deadline: float | None = None,
    progress: Progress = ignore,
) -> Report:
    """Fetch a feed and what it names as podcast apps do, and report what they would meet.

    `only` limits the files to these addresses, also where a service that counts downloads stands before them in
    the feed (`https://op3.dev/e/podcast.example.org/…`). `expected` is the feed that should be there: its files
    are looked at, and while a CDN still serves the one before it within its max-age, that is told and no failure.
    `deep` downloads each file (audio up to 1 GB, others up to 50 MB) and looks at its content, too.
    A server that is silent for `timeout` seconds (by default 10) counts as dead; after `deadline` seconds (by
    default 300, with `deep` 3600) nothing more is asked.

    Raises FeedError when the address or the expected feed is none or a download cannot be stored, and Cancelled
    when `progress` raised it.
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
    progress: Progress = ignore,
) -> Report:
    """Verify the feeds of a show in all languages, as `verify` does; a file that several name is fetched once.

    The keys are their addresses, the values the feeds that should be there, if they are known.
    """
    addresses = [_read_address(url) for url in feeds]
    # urllib3 takes 0.1 s to import, which who only looks into a folder need not pay.
    from podcastkit.http_client import Web  # noqa: PLC0415
    from podcastkit.verification.app_requests import check_feed  # noqa: PLC0415

    waiting = Waiting.from_environment()
    timeout = waiting.verify_timeout if timeout is None else timeout
    if deadline is None:
        deadline = len(feeds) * (waiting.download_deadline if deep else waiting.verify_deadline)
    one_web = partial(Web, home=addresses[0], timeout=timeout, deadline=deadline, waiting=waiting)
    with (
        one_web(threads=_THREADS) as web,
        one_web(threads=_DOWNLOADS, longest_answer=waiting.download_timeout) as downloads,
    ):
        checks: list[Check] = []
        bodies: list[bytes] = []
        for address, expected in zip(addresses, feeds.values(), strict=True):
            checked, served = check_feed(web, address, expected)
            checks += checked
            bodies += filter(None, [served if expected is None else expected])
        files = _files(bodies, only)
        is_encrypted = all(address.lower().startswith("https:") for address in addresses)
        check_one = partial(_check_file, web, downloads if deep else None, is_feed_encrypted=is_encrypted)
        threads = _DOWNLOADS if deep else _THREADS
        found = _check_files(files, check_one, (web, downloads), threads, progress)
    listed = (*checks, *(check for file in files for check in found[file.url][0]))
    downloaded = sum(size for _, size in found.values()) if deep else None
    return Report(feed=addresses[0], checks=listed, downloaded=downloaded)


def _check_files(
    files: list[LinkedFile],
    check_one: Callable[[LinkedFile], _FileChecks],
    webs: tuple[Web, ...],
    threads: int,
    progress: Progress,
) -> dict[str, _FileChecks]:
    """Check several files at once, and return the results by their addresses."""
    tally = Tally(progress, "verifying", total=len(files), unit="files")
    found: dict[str, _FileChecks] = {}

    def finished(file: LinkedFile, future: Future[_FileChecks]) -> None:
        found[file.url] = future.result()
        tally.add(1)

    def stop() -> None:
        for web in webs:
            web.stop()

    work_through(check_one, files, finished, threads=threads, stop=stop)
    return found


def _check_file(web: Web, downloads: Web | None, file: LinkedFile, *, is_feed_encrypted: bool) -> _FileChecks:
    """Return what an app meets at a file's address and, with `downloads`, in its content."""
    from podcastkit.verification.app_requests import check_file, was_found  # noqa: PLC0415 - loads urllib3

    asked = check_file(web, file, is_feed_encrypted=is_feed_encrypted)
    if downloads is None or not was_found(asked):
        return asked, 0
    from podcastkit.verification.content import download_and_check  # noqa: PLC0415 - loads readers of audio

    seen, size = download_and_check(downloads, file)
    return (*asked, *seen), size


def verify_stored(
    storage: Storage, url: str, key: str = FEED_KEY, *, only: Collection[str] | None = None, deep: bool = False
) -> Report:
    """Look in the storage itself for the feed `key` and for each file that it names below the address `url`.

    For a folder that nothing may be serving yet. `deep` looks at the content of each file, too.
    Raises StorageError when the storage cannot be read.
    """
    name = f"{storage.address}/{key}"
    body = (storage.read(key) or (None,))[0]
    if body is None:
        return Report(feed=name, checks=(failed(name, "feed", None, "the feed is not there: publish first"),))
    checks = [check_readable(name, None, body)]
    for file in _files([body], only) if checks[0].ok else ():
        checks += _look_up(storage, url, file, deep=deep)
    return Report(feed=name, checks=tuple(checks))


def _read_address(written: str) -> str:
    address = parse_url(written)
    if isinstance(address, Problem):
        raise FeedError(address.message, address.hint)
    return address


def _files(feeds: Iterable[bytes], only: Collection[str] | None) -> list[LinkedFile]:
    """Return each file once, in the order of the feeds: as what apps ask most of it, else as first mentioned."""
    wanted = None if only is None else {_without_scheme(url) for url in only}
    files: dict[str, LinkedFile] = {}
    for file in chain.from_iterable(map(linked_files, feeds)):
        if wanted is None or _is_among(file.url, wanted):
            known = files.setdefault(file.url, file)
            if file.kind in _STRICT and known.kind not in _STRICT:
                files[file.url] = file
    return list(files.values())


def _is_among(url: str, wanted: Collection[str]) -> bool:
    """Look for an address, and for what stands in it behind each slash."""
    place = _without_scheme(url)
    while place and place not in wanted:
        place = place.partition("/")[2]
    return bool(place)


def _without_scheme(url: str) -> str:
    return url.partition("://")[2]


def _look_up(storage: Storage, url: str, file: LinkedFile, *, deep: bool) -> Iterator[Check]:
    # A service that counts downloads stands before the address, without its scheme: https://op3.dev/e/host/path.
    key = file.url.partition(f"{_without_scheme(url)}/")[2]
    if not is_key(key):
        yield passed(safe_line(file.url), "file", None, "it lies elsewhere, and was not looked for")
        return
    stored = storage.find(key)
    if stored is None:
        yield failed(file.url, "file", None, f"{key} is not in {storage.address}: {WITHOUT[file.kind]}")
        return
    yield passed(file.url, "file", None, f"{key} lies in {storage.address}")
    if file.length is not None:
        yield check_length(file.url, None, file.length, stored.size)
    if deep:
        from podcastkit.verification.content import Downloaded, check_content  # noqa: PLC0415 - loads readers of audio

        yield from check_content(file, Downloaded(Path(storage.address, key)))
