"""A live feed and all that it names, fetched as podcast apps fetch it: what they meet, and what they do then.

What is asked of a server, and by whom: open to everybody, HEAD, byte ranges and ASCII addresses by
https://podcasters.apple.com/support/823-podcast-requirements; ETag and Last-Modified by
https://podcasters.apple.com/support/4115; CORS for transcripts and chapters by the podcast namespace,
https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md.

Nothing asked here counts as a download, by the IAB's Podcast Technical Measurement Guidelines: neither a HEAD,
nor a single byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from podcastkit.diagnostics import FeedError
from podcastkit.feed.reader import read_feed
from podcastkit.feed.references import Reference, read_references
from podcastkit.parallel import work_through
from podcastkit.plan import FEED_KEY
from podcastkit.progress import Progress, Tally, ignore
from podcastkit.storage.base import LARGEST_READ, is_key
from podcastkit.text.addresses import is_plain_http, parse_url
from podcastkit.text.values import Problem
from podcastkit.web import Answer, NoAnswer, Web, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from concurrent.futures import Future

    from podcastkit.feed.references import Role
    from podcastkit.storage.base import Storage

_THREADS = 8
_TIMEOUT = 10.0
_DEADLINE = 300.0

_AS_AN_APP: Final = {
    "Accept": "application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip",
}
_FEED_TYPES = ("application/rss+xml", "application/xml", "text/xml")
_WEB_PLAYER = "https://player.example"
"""The page that a web player would send its requests from."""

# What stands in feeds and in servers' answers for the same format.
_ALIASES: Final = (
    frozenset({"audio/mpeg", "audio/mp3", "audio/x-mp3"}),
    frozenset({"audio/mp4", "audio/x-m4a", "audio/m4a", "audio/aac"}),
    frozenset({"application/x-subrip", "application/srt", "text/srt"}),
    frozenset({"application/json+chapters", "application/json"}),
)
_PICTURES = ("image/jpeg", "image/png")
_WITHOUT: Final[dict[Role, str]] = {
    "audio": "apps cannot play the episode",
    "artwork": "apps show no picture",
    "chapters": "apps show no chapters",
    "transcript": "apps show no transcript",
}
_MISNAMED: Final[dict[Role, str]] = {
    "audio": "apps that go by the type do not play it",
    "artwork": "Apple Podcasts takes no other pictures",
    "chapters": "apps that go by the type show no chapters",
    "transcript": "apps that go by the type show no transcript",
}
_NO_RANGES: Final[dict[Role, str]] = {
    "audio": "players cannot seek, and Apple Podcasts refuses it",
    "artwork": "Apple Podcasts may refuse it",
    "chapters": "apps may show no chapters",
    "transcript": "apps may show no transcript",
}
_NO_HEAD = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One question that an app asks, and how it was answered.

    `check` is `feed`, `revalidation`, `head`, `range`, `length`, `type`, `tls`, `redirects` or `cors`, and `file`
    for what was looked up in the storage itself. `status` is the HTTP status, None without an answer. The message
    of a failure says what apps do about it.
    """

    url: str
    check: str
    ok: bool
    status: int | None
    message: str

    def to_dict(self) -> dict[str, object]:
        """Return the check as it stands in `verify --json`."""
        return {
            "url": self.url,
            "check": self.check,
            "ok": self.ok,
            "status": self.status,
            "message": self.message,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All that was asked about a feed: first the feed itself, then its files in the feed's order."""

    feed: str
    checks: tuple[Check, ...]

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
        return {"feed": self.feed, "ok": self.ok, "checks": [check.to_dict() for check in self.checks]}


def verify(
    feed_url: str,
    *,
    only: Collection[str] | None = None,
    expected: bytes | None = None,
    timeout: float = _TIMEOUT,
    deadline: float = _DEADLINE,
    progress: Progress = ignore,
) -> Report:
    """Fetch a feed and what it names as podcast apps do, and report what they would meet.

    `only` limits the files to these addresses, as they stand in the feed. `expected` is the feed that should be
    there: its files are looked at, and while a CDN still serves the one before it within its max-age, that is told
    and no failure. A server that is silent for `timeout` seconds counts as dead; after `deadline` seconds nothing
    more is asked.

    Raises FeedError when the address or the expected feed is none, and Cancelled when `progress` raised it.
    """
    address = parse_url(feed_url)
    if isinstance(address, Problem):
        raise FeedError(address.message, address.hint)
    with Web(home=address, timeout=timeout, deadline=deadline, threads=_THREADS) as web:
        checks, served = _check_feed(web, address, expected)
        files = _files(expected if expected is not None else served, only)
        tally = Tally(progress, "verifying", total=len(files), unit="files")
        found: dict[str, tuple[Check, ...]] = {}

        def finished(file: Reference, future: Future[tuple[Check, ...]]) -> None:
            found[file.url] = future.result()
            tally.add(1)

        check = partial(_check_file, web, is_feed_encrypted=address.lower().startswith("https:"))
        work_through(check, files, finished, threads=_THREADS, stop=web.stop)
    return Report(feed=address, checks=(*checks, *(check for file in files for check in found[file.url])))


def verify_stored(storage: Storage, url: str, *, only: Collection[str] | None = None) -> Report:
    """Look in the storage itself for the feed and for each file that it names below the public address `url`.

    For a folder that nothing may be serving yet. Raises StorageError when the storage cannot be read.
    """
    name = f"{storage.address}/{FEED_KEY}"
    body = (storage.read(FEED_KEY) or (None,))[0]
    if body is None:
        message = "the feed is not there: publish first"
        return Report(feed=name, checks=(Check(url=name, check="feed", ok=False, status=None, message=message),))
    checks = [_read(name, None, body)]
    for file in _files(body, only) if checks[0].ok else ():
        checks += _look_up(storage, url, file)
    return Report(feed=name, checks=tuple(checks))


def _files(feed: bytes | None, only: Collection[str] | None) -> list[Reference]:
    """Return each file once, as it is first mentioned."""
    files: dict[str, Reference] = {}
    for reference in read_references(feed) if feed is not None else ():
        if only is None or reference.url in only:
            files.setdefault(reference.url, reference)
    return list(files.values())


def _check_feed(web: Web, url: str, expected: bytes | None) -> tuple[list[Check], bytes | None]:
    """Return what an app meets at the feed's address, and the feed, if there is one."""
    try:
        answer = web.ask("GET", url, _AS_AN_APP, limit=LARGEST_READ)
    except NoAnswer as error:
        return [_unanswered(url, "feed", error, "apps cannot fetch the show")], None
    checks = [*_encryption(url, is_feed_encrypted=False), *_redirects(url, answer, is_feed=True)]
    if answer.status != HTTPStatus.OK:
        message = f"the feed {_refusal(answer.status)}"
        return [*checks, _failed(url, "feed", answer.status, message)], None
    if not answer.is_whole:
        message = f"the feed is larger than {LARGEST_READ // 2**20} MB: apps give up on it"
        return [*checks, _failed(url, "feed", answer.status, message)], None
    read = _read(url, answer.status, answer.body)
    if read.ok and expected is not None:
        read = _freshness(url, answer, expected)
    checks += [read, _feed_type(url, answer), _revalidation(web, url, answer)]
    return checks, answer.body if read.ok else None


def _read(url: str, status: int | None, body: bytes) -> Check:
    try:
        episodes = sum(reference.is_enclosure for reference in read_references(body))
    except FeedError as error:
        return _failed(url, "feed", status, f"{shown(error.message)}: apps cannot read it and show nothing new")
    message = f"a feed with {episodes} episode{'' if episodes == 1 else 's'}"
    return Check(url=url, check="feed", ok=True, status=status, message=message)


def _refusal(status: int) -> str:
    """Say what a status means to apps that ask for a feed."""
    match status:
        case 401 | 403:
            return f"is not open to everybody ({status}): directories such as Apple Podcasts refuse it"
        case 404:
            return "is not there (404): apps show nothing new, and directories drop the show when it stays away"
        case 410:
            return "is gone for good (410): apps stop asking for it"
        case _:
            return f"is not answered with 200 but {status}: apps show nothing new and try again later"


def _freshness(url: str, answer: Answer, expected: bytes) -> Check:
    """Tell whether the feed is the one that should be there, or the one before it, kept by a cache.

    RFC 9111, section 4.2: an answer may be used while its Age is no greater than s-maxage, or else max-age.
    """
    if answer.body == expected:
        message = "the feed is the one that was published"
        return Check(url=url, check="feed", ok=True, status=answer.status, message=message)
    if not _is_of_same_show(answer.body, expected):
        message = "the feed of another show stands here: the url does not lead to where this one was published"
        return _failed(url, "feed", answer.status, message)
    rules = answer.headers.get("cache-control", "")
    lifetime = re.search(r"\bs-maxage=(\d{1,9})", rules) or re.search(r"\bmax-age=(\d{1,9})", rules)
    left = int(lifetime[1]) - (_number(answer.headers.get("age")) or 0) if lifetime else -1
    if left < 0:
        message = "an older feed is served, longer than its own max-age allows: apps do not see what was published"
        return _failed(url, "feed", answer.status, message)
    message = f"a cache, such as a CDN's, still serves the feed from before, for up to {left} s more"
    return Check(url=url, check="feed", ok=True, status=answer.status, message=message)


def _is_of_same_show(one: bytes, other: bytes) -> bool:
    first, second = read_feed(one), read_feed(other)
    if first.guid and second.guid:
        return first.guid == second.guid
    return bool({item.guid for item in first.items} & {item.guid for item in second.items})


def _feed_type(url: str, answer: Answer) -> Check:
    given = _media_type(answer)
    ok = given in _FEED_TYPES
    problem = f"the feed comes as {shown(given) or 'nothing'} instead of {_FEED_TYPES[0]}"
    message = given if ok else f"{problem}: browsers and some apps do not take it for a feed"
    return Check(url=url, check="type", ok=ok, status=answer.status, message=message)


def _revalidation(web: Web, url: str, first: Answer) -> Check:
    """Ask again as an app does that has the feed already."""
    pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
    found = {ask: first.headers.get(given, "") for given, ask in pairs}
    conditions = {ask: value for ask, value in found.items() if value and value.isprintable()}
    always = "apps fetch the whole feed each time they look"
    if not conditions:
        message = f"the server sends neither ETag nor Last-Modified: {always}"
        return _failed(url, "revalidation", first.status, message)
    try:
        again = web.ask("GET", url, {**_AS_AN_APP, **conditions})
    except NoAnswer as error:
        return _unanswered(url, "revalidation", error, always)
    if again.status != HTTPStatus.NOT_MODIFIED:
        message = f"asked for changes, the server answers {again.status} instead of 304 (not modified): {always}"
        return _failed(url, "revalidation", again.status, message)
    message = f"unchanged, it is not sent again ({' and '.join(conditions)})"
    return Check(url=url, check="revalidation", ok=True, status=again.status, message=message)


def _check_file(web: Web, file: Reference, *, is_feed_encrypted: bool) -> tuple[Check, ...]:
    return tuple(_until_silence(web, file, is_feed_encrypted=is_feed_encrypted))


def _until_silence(web: Web, file: Reference, *, is_feed_encrypted: bool) -> Iterator[Check]:
    try:
        yield from _ask_for_file(web, file, is_feed_encrypted=is_feed_encrypted)
    except NoAnswer as error:
        yield _unanswered(file.url, "head", error, _WITHOUT[file.role])


def _ask_for_file(web: Web, file: Reference, *, is_feed_encrypted: bool) -> Iterator[Check]:
    address = parse_url(file.url)
    if isinstance(address, Problem):
        message = f"{shown(address.message)}: {_WITHOUT[file.role]}"
        yield _failed(shown(file.url), "head", None, message)
        return
    head = web.ask("HEAD", address)
    yield from _encryption(address, is_feed_encrypted=is_feed_encrypted)
    yield from _redirects(address, head)
    yield _head(file, head)
    if head.status != HTTPStatus.OK and head.status not in _NO_HEAD:
        return
    is_document = file.role in {"chapters", "transcript"}
    origin = {"Origin": _WEB_PLAYER} if is_document else {}
    start = web.ask("GET", address, {"Range": "bytes=0-0", **origin}, limit=1)
    told = head if head.status == HTTPStatus.OK else start
    size = _size(told) or _size(start)
    yield from _length(file, told, size)
    yield _type(file, told)
    yield _range(web, address, file, start, size)
    if is_document:
        yield _cors(file, start)


def _encryption(url: str, *, is_feed_encrypted: bool) -> Iterator[Check]:
    """Tell how a file travels; what phones and browsers refuse is plain http named by a page or feed on https.

    https://developer.apple.com/documentation/security/preventing-insecure-network-connections,
    https://developer.android.com/privacy-and-security/security-config#CleartextTrafficPermitted
    """
    if url.lower().startswith("https://"):
        yield Check(url=url, check="tls", ok=True, status=None, message="encrypted")
    elif is_feed_encrypted:
        message = "a feed on https names it over plain http: phones and web players may refuse to fetch it"
        yield _failed(url, "tls", None, message)
    elif is_plain_http(url):
        message = "over plain http: it works, but anybody on the way can change it, and some apps want https"
        yield Check(url=url, check="tls", ok=True, status=None, message=message)


def _redirects(url: str, answer: Answer, *, is_feed: bool = False) -> Iterator[Check]:
    if not answer.hops:
        return
    message = f"leads to {shown(answer.url)} in {len(answer.hops)} step{'' if len(answer.hops) == 1 else 's'}"
    if is_feed and answer.has_moved_for_good:
        message += ", for good: apps remember the new address, so give that one to directories"
    elif is_feed:
        message += ", for now: apps go on asking here first"
    yield Check(url=url, check="redirects", ok=True, status=answer.hops[0].status, message=message)


def _head(file: Reference, answer: Answer) -> Check:
    """Apple asks for the head of each file before it takes an episode: support/823."""
    status = answer.status
    if status == HTTPStatus.OK:
        return Check(url=file.url, check="head", ok=True, status=status, message="it is there")
    if status in _NO_HEAD:
        message = f"the server refuses HEAD requests ({status}): Apple Podcasts refuses such files"
    elif status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        message = f"it is not there ({status}): {_WITHOUT[file.role]}"
    elif status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        message = f"it is not open to everybody ({status}): {_WITHOUT[file.role]}"
    else:
        message = f"the server answers {status} instead of 200: {_WITHOUT[file.role]}"
    return _failed(file.url, "head", status, message)


def _length(file: Reference, answer: Answer, size: int | None) -> Iterator[Check]:
    """Compare with the enclosure's length: RSS 2.0 asks for it, in bytes, and directories refuse feeds without."""
    if size is None:
        message = "the server does not say how long it is: players show no progress and cannot seek"
        yield _failed(file.url, "length", answer.status, message)
    elif file.length is None and file.is_enclosure:
        message = f"the feed does not say its length ({size:,} bytes): Apple Podcasts and Spotify ask for it"
        yield _failed(file.url, "length", answer.status, message)
    elif file.length not in {None, size}:
        yield _failed(file.url, "length", answer.status, _wrong_length(file, size))
    else:
        yield Check(url=file.url, check="length", ok=True, status=answer.status, message=f"{size:,} bytes")


def _type(file: Reference, answer: Answer) -> Check:
    given = _media_type(answer)
    promised = (file.type or "").partition(";")[0].strip().lower()
    if not promised and file.is_enclosure:
        message = "the feed does not say its type: Apple Podcasts and Spotify ask for it"
        return _failed(file.url, "type", answer.status, message)
    wanted = _PICTURES if file.role == "artwork" else (promised,)
    if not any(wanted) or _fits(given, wanted):
        return Check(url=file.url, check="type", ok=True, status=answer.status, message=shown(given))
    problem = f"the server calls it {shown(given) or 'nothing'} instead of {shown(' or '.join(wanted))}"
    return _failed(file.url, "type", answer.status, f"{problem}: {_MISNAMED[file.role]}")


def _fits(given: str, wanted: Iterable[str]) -> bool:
    return any(given == one or any({given, one} <= same for same in _ALIASES) for one in wanted)


def _range(web: Web, address: str, file: Reference, start: Answer, size: int | None) -> Check:
    """Ask for the first byte and one in the middle: Apple wants ranges (support/823), as seeking does."""
    trouble = _misfit(start, 0, size)
    if trouble is None and size is not None and size > 1:
        middle = web.ask("GET", address, {"Range": f"bytes={size // 2}-{size // 2}"}, limit=1)
        trouble = _misfit(middle, size // 2, size)
    if trouble is None:
        message = "parts of it can be fetched"
        return Check(url=file.url, check="range", ok=True, status=start.status, message=message)
    if file.role in {"chapters", "transcript"} and start.status == HTTPStatus.OK:
        message = "it is only sent whole, which is enough for a text"
        return Check(url=file.url, check="range", ok=True, status=start.status, message=message)
    return _failed(file.url, "range", start.status, f"{trouble}: {_NO_RANGES[file.role]}")


def _misfit(answer: Answer, position: int, size: int | None) -> str | None:
    """Say what is wrong with the answer to a request for one byte."""
    if answer.status == HTTPStatus.OK:
        return "asked for a part, the server sends the whole file (200 instead of 206)"
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return f"asked for a part, the server answers {answer.status} instead of 206"
    told = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    if told is None or (int(told[1]), int(told[2])) != (position, position):
        return "asked for a part, the server sends another one"
    if int(told[3]) != size:
        return f"asked for a part, the server says that the whole has {int(told[3]):,} bytes"
    if len(answer.body) != 1 or not answer.is_whole:
        return "asked for one byte, the server sends more or less"
    return None


def _cors(file: Reference, answer: Answer) -> Check:
    """Web players may read a text of another host only when each answer on the way allows it.

    https://fetch.spec.whatwg.org/#http-cors-protocol
    """
    allowed = {"*", _WEB_PLAYER}
    ok = all(
        hop.headers.get("access-control-allow-origin", "").strip() in allowed for hop in (*answer.hops, answer)
    )
    message = "web players may read it"
    if not ok:
        cure = "allow GET from any origin (*) in the CORS settings of the bucket or server"
        message = f"no Access-Control-Allow-Origin: *, so web players on other pages cannot show it; {cure}"
    return Check(url=file.url, check="cors", ok=ok, status=answer.status, message=message)


def _look_up(storage: Storage, url: str, file: Reference) -> Iterator[Check]:
    # A service that counts downloads stands before the address, without its scheme: https://op3.dev/e/host/path.
    key = file.url.partition(f"{url.partition('://')[2]}/")[2]
    if not is_key(key):
        message = "it lies elsewhere, and was not looked for"
        yield Check(url=shown(file.url), check="file", ok=True, status=None, message=message)
        return
    stored = storage.find(key)
    if stored is None:
        message = f"{key} is not in {storage.address}: {_WITHOUT[file.role]}"
        yield _failed(file.url, "file", None, message)
        return
    message = f"{key} lies in {storage.address}"
    yield Check(url=file.url, check="file", ok=True, status=None, message=message)
    if file.length not in {None, stored.size}:
        yield _failed(file.url, "length", None, _wrong_length(file, stored.size))
    elif file.length is not None:
        yield Check(url=file.url, check="length", ok=True, status=None, message=f"{stored.size:,} bytes")


def _wrong_length(file: Reference, size: int) -> str:
    return f"the feed promises {file.length:,} bytes, but there are {size:,}: apps may cut it off or refuse it"


def _unanswered(url: str, check: str, error: NoAnswer, consequence: str) -> Check:
    name = check if error.check == "connection" else error.check
    return _failed(url, name, None, f"{error.message}: {consequence}")


def _failed(url: str, check: str, status: int | None, message: str) -> Check:
    return Check(url=url, check=check, ok=False, status=status, message=message)


def _media_type(answer: Answer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def _size(answer: Answer) -> int | None:
    """Return the size of the whole file, which an answer with a part of it tells as well."""
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        told = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
        return int(told[3]) if told else None
    return _number(answer.headers.get("content-length"))


def _number(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if re.fullmatch(r"[0-9]{1,18}", digits) else None
