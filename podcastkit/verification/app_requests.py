"""What a podcast app asks of a feed and of each file that it names, and what it does when the answer is wrong.

What is asked, and by whom: open to everybody, HEAD, byte ranges and ASCII addresses by
https://podcasters.apple.com/support/823-podcast-requirements; ETag and Last-Modified by
https://podcasters.apple.com/support/4115; CORS for transcripts and chapters by the podcast namespace,
https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md.

Nothing asked here counts as a download, by the IAB's Podcast Technical Measurement Guidelines: neither a HEAD, nor
a single byte.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from podcastkit.feed.reader import read_feed
from podcastkit.http_client import Answer, NoAnswer, Web
from podcastkit.media.formats import list_containers
from podcastkit.storage.base import LARGEST_READ
from podcastkit.text.addresses import is_plain_http, parse_url
from podcastkit.text.media_types import read_media_type
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import safe_line
from podcastkit.verification.report import WITHOUT, Check, check_length, check_readable, failed, passed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.model import LinkedFile

AS_AN_APP: Final = {
    "Accept": "application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip",
}
"""The headers with which a podcast app asks for a feed."""
_FEED_TYPES = ("application/rss+xml", "application/xml", "text/xml")
_WEB_PLAYER = "https://player.example"
"""The page that a web player would send its requests from."""

# What stands in feeds and in servers' answers for the same format, beside audio.
_ALIASES: Final = (
    frozenset({"application/x-subrip", "application/srt", "text/srt"}),
    frozenset({"application/json+chapters", "application/json"}),
)
_PICTURES = ("image/jpeg", "image/png")
_MISNAMED: Final = {
    "enclosure": "apps that go by the type do not play it",
    "artwork": "Apple Podcasts takes no other pictures",
    "chapters": "apps that go by the type show no chapters",
    "transcript": "apps that go by the type show no transcript",
    "alternate": "apps that go by the type do not play it",
    "image": "apps that go by the type do not show it",
    "trailer": "apps that go by the type do not play it",
}
_NO_RANGES: Final = {
    "enclosure": "players cannot seek, and Apple Podcasts refuses it",
    "artwork": "Apple Podcasts may refuse it",
    "chapters": "apps may show no chapters",
    "transcript": "apps may show no transcript",
    "alternate": "players cannot seek",
    "image": "apps may not show it",
    "trailer": "players cannot seek",
}
_ASKED_FOR_HEAD = frozenset({"enclosure", "artwork"})
_THERE = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


def check_feed(web: Web, url: str, expected: bytes | None) -> tuple[list[Check], bytes | None]:
    """Return what an app meets at the feed's address, and the feed, if there is one."""
    try:
        answer = web.ask("GET", url, AS_AN_APP, limit=LARGEST_READ)
    except NoAnswer as error:
        return [_unanswered(url, "feed", error, "apps cannot fetch the show")], None
    checks = [*_encryption(url, is_feed_encrypted=False), *_redirects(url, answer, is_feed=True)]
    if answer.status != HTTPStatus.OK:
        message = f"the feed {say_refusal(answer.status)}"
        return [*checks, failed(url, "feed", answer.status, message)], None
    if not answer.is_whole:
        message = f"the feed is larger than {LARGEST_READ // 2**20} MB: apps give up on it"
        return [*checks, failed(url, "feed", answer.status, message)], None
    read = check_readable(url, answer.status, answer.body)
    if read.ok and expected is not None:
        read = _freshness(url, answer, expected)
    checks += [read, _feed_type(url, answer), _revalidation(web, url, answer)]
    return checks, answer.body if read.ok else None


def say_refusal(status: int) -> str:
    """Say what a status means to apps that ask for a feed."""
    match status:
        case 401 | 403:
            return (
                f"is not there, or not open to everybody ({status}): directories such as Apple Podcasts refuse it"
            )
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
        return passed(url, "feed", answer.status, message)
    if not _is_of_same_show(answer.body, expected):
        message = "the feed of another show stands here: the url does not lead to where this one was published"
        return failed(url, "feed", answer.status, message)
    rules = answer.headers.get("cache-control", "")
    lifetime = re.search(r"\bs-maxage=(\d{1,9})", rules) or re.search(r"\bmax-age=(\d{1,9})", rules)
    left = int(lifetime[1]) - (_number(answer.headers.get("age")) or 0) if lifetime else -1
    if left < 0:
        message = "an older feed is served, longer than its own max-age allows: apps do not see what was published"
        return failed(url, "feed", answer.status, message)
    message = f"a cache, such as a CDN's, still serves the feed from before, for up to {left} s more"
    return passed(url, "feed", answer.status, message)


def _is_of_same_show(one: bytes, other: bytes) -> bool:
    first, second = read_feed(one), read_feed(other)
    if first.guid and second.guid:
        return first.guid == second.guid
    return bool({item.guid for item in first.items} & {item.guid for item in second.items})


def _feed_type(url: str, answer: Answer) -> Check:
    given = _media_type(answer)
    ok = given in _FEED_TYPES
    problem = f"the feed comes as {safe_line(given) or 'nothing'} instead of {_FEED_TYPES[0]}"
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
        return failed(url, "revalidation", first.status, message)
    try:
        again = web.ask("GET", url, {**AS_AN_APP, **conditions})
    except NoAnswer as error:
        return _unanswered(url, "revalidation", error, always)
    if again.status != HTTPStatus.NOT_MODIFIED:
        message = f"asked for changes, the server answers {again.status} instead of 304 (not modified): {always}"
        return failed(url, "revalidation", again.status, message)
    message = f"unchanged, it is not sent again ({' and '.join(conditions)})"
    return passed(url, "revalidation", again.status, message)


def check_file(web: Web, file: LinkedFile, *, is_feed_encrypted: bool) -> tuple[Check, ...]:
    """Return what an app meets at a file's address."""
    return tuple(_until_silence(web, file, is_feed_encrypted=is_feed_encrypted))


def was_found(checks: Iterable[Check]) -> bool:
    """Return whether a file was at its address: only then its type is looked at."""
    return any(check.check == "type" for check in checks)


def _until_silence(web: Web, file: LinkedFile, *, is_feed_encrypted: bool) -> Iterator[Check]:
    try:
        yield from _ask_for_file(web, file, is_feed_encrypted=is_feed_encrypted)
    except NoAnswer as error:
        yield _unanswered(file.url, "head", error, WITHOUT[file.kind])


def _ask_for_file(web: Web, file: LinkedFile, *, is_feed_encrypted: bool) -> Iterator[Check]:
    address = parse_url(file.url)
    if isinstance(address, Problem):
        message = f"{safe_line(address.message)}: {WITHOUT[file.kind]}"
        yield failed(safe_line(file.url), "head", None, message)
        return
    head = _ask_for_head(web, address)
    is_document = file.kind in {"chapters", "transcript"}
    origin = {"Origin": _WEB_PLAYER} if is_document else {}
    start = web.ask("GET", address, {"Range": "bytes=0-0", **origin}, limit=1)
    told = head if head and head.status == HTTPStatus.OK else start
    yield from _encryption(address, is_feed_encrypted=is_feed_encrypted)
    yield from _redirects(address, told)
    if told is start and start.status not in _THERE:
        yield failed(file.url, "head", start.status, _say_absence(file, start.status))
        return
    size = _find_size(web, address, head, start)
    yield _head(file, head, size)
    yield from _length(file, told, size)
    yield _type(file, told)
    yield _range(web, address, file, start, size)
    if is_document:
        yield _cors(file, start)


def _ask_for_head(web: Web, address: str) -> Answer | None:
    """Return the answer to HEAD; None where a server breaks off, as some do that know only GET."""
    try:
        return web.ask("HEAD", address)
    except NoAnswer as error:
        if not error.was_reached:
            raise
        return None


def _find_size(web: Web, address: str, head: Answer | None, start: Answer) -> int | None:
    """Return the size of the file; where the answers differ, that of the whole file as players fetch it."""
    promised = _size(head) if head and head.status == HTTPStatus.OK else None
    size = _size(start) if start.status in _THERE else None
    if promised is None or size is None or promised == size:
        return promised if size is None else size
    whole = web.ask("GET", address)
    return _size(whole) if whole.status == HTTPStatus.OK else size


def _encryption(url: str, *, is_feed_encrypted: bool) -> Iterator[Check]:
    """Tell how a file travels; what phones and browsers refuse is plain http named by a page or feed on https.

    https://developer.apple.com/documentation/security/preventing-insecure-network-connections,
    https://developer.android.com/privacy-and-security/security-config#CleartextTrafficPermitted
    """
    if url.lower().startswith("https://"):
        yield passed(url, "tls", None, "encrypted")
    elif is_feed_encrypted:
        message = "a feed on https names it over plain http: phones and web players may refuse to fetch it"
        yield failed(url, "tls", None, message)
    elif is_plain_http(url):
        message = "over plain http: it works, but anybody on the way can change it, and some apps want https"
        yield passed(url, "tls", None, message)


def _redirects(url: str, answer: Answer, *, is_feed: bool = False) -> Iterator[Check]:
    if not answer.hops:
        return
    message = f"leads to {safe_line(answer.url)} in {len(answer.hops)} step{'' if len(answer.hops) == 1 else 's'}"
    if is_feed and answer.has_moved_for_good:
        message += ", for good: apps remember the new address, so give that one to directories"
    elif is_feed:
        message += ", for now: apps go on asking here first"
    yield passed(url, "redirects", answer.hops[0].status, message)


def _say_absence(file: LinkedFile, status: int) -> str:
    """Say what it means that a server sends no file."""
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return f"it is not there ({status}): {WITHOUT[file.kind]}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"it is not there, or not open to everybody ({status}): {WITHOUT[file.kind]}"
    return f"the server answers {status} instead of 200: {WITHOUT[file.kind]}"


def _head(file: LinkedFile, answer: Answer | None, size: int | None) -> Check:
    """Apple asks for the head of audio and artwork before it takes an episode: support/823. Others do with GET."""
    if answer is None:
        problem = "the server breaks off HEAD requests"
    elif answer.status != HTTPStatus.OK:
        problem = f"the server refuses HEAD requests ({answer.status})"
    elif (promised := _size(answer)) not in {None, size}:
        problem = f"the server tells HEAD requests that there are {promised:,} bytes"
    else:
        return passed(file.url, "head", answer.status, "it is there")
    status = answer.status if answer else None
    if file.kind in _ASKED_FOR_HEAD:
        message = f"{problem}: most apps do without, but Apple Podcasts refuses such files"
        return failed(file.url, "head", status, message)
    return passed(file.url, "head", status, f"{problem}, which no app asks for here; it is there")


def _length(file: LinkedFile, answer: Answer, size: int | None) -> Iterator[Check]:
    """Compare with the enclosure's length: RSS 2.0 asks for it, in bytes, and directories refuse feeds without."""
    if size is None:
        message = "the server does not say how long it is: players show no progress and cannot seek"
        yield failed(file.url, "length", answer.status, message)
    elif file.length is not None:
        yield check_length(file.url, answer.status, file.length, size)
    elif file.kind == "enclosure":
        message = f"the feed does not say its length ({size:,} bytes): Apple Podcasts and Spotify ask for it"
        yield failed(file.url, "length", answer.status, message)
    else:
        yield passed(file.url, "length", answer.status, f"{size:,} bytes")


def _type(file: LinkedFile, answer: Answer) -> Check:
    given = _media_type(answer)
    promised = read_media_type(file.content_type)
    if not promised and file.kind == "enclosure":
        message = "the feed does not say its type: Apple Podcasts and Spotify ask for it"
        return failed(file.url, "type", answer.status, message)
    is_picture = file.kind == "artwork" or (file.kind == "image" and not promised)
    wanted = _PICTURES if is_picture else (promised,)
    if not any(wanted) or _fits(given, wanted):
        return passed(file.url, "type", answer.status, safe_line(given))
    problem = f"the server calls it {safe_line(given) or 'nothing'} instead of {safe_line(' or '.join(wanted))}"
    return failed(file.url, "type", answer.status, f"{problem}: {_MISNAMED[file.kind]}")


def _fits(given: str, wanted: Iterable[str]) -> bool:
    return any(given == one or _mean_the_same(given, one) for one in wanted)


def _mean_the_same(given: str, wanted: str) -> bool:
    is_alias = any({given, wanted} <= same for same in _ALIASES)
    return is_alias or not list_containers(given).isdisjoint(list_containers(wanted))


def _range(web: Web, address: str, file: LinkedFile, start: Answer, size: int | None) -> Check:
    """Ask for the first byte and one in the middle: Apple wants ranges (support/823), as seeking does."""
    trouble = _misfit(start, 0, size)
    if trouble is None and size is not None and size > 1:
        middle = web.ask("GET", address, {"Range": f"bytes={size // 2}-{size // 2}"}, limit=1)
        trouble = _misfit(middle, size // 2, size)
    if trouble is None:
        message = "parts of it can be fetched"
        return passed(file.url, "range", start.status, message)
    if file.kind in {"chapters", "transcript", "image"} and start.status == HTTPStatus.OK:
        message = f"it is only sent whole, which is enough for a {'picture' if file.kind == 'image' else 'text'}"
        return passed(file.url, "range", start.status, message)
    return failed(file.url, "range", start.status, f"{trouble}: {_NO_RANGES[file.kind]}")


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


def _cors(file: LinkedFile, answer: Answer) -> Check:
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


def _unanswered(url: str, check: str, error: NoAnswer, consequence: str) -> Check:
    name = check if error.check == "connection" else error.check
    return failed(url, name, None, f"{error.message}: {consequence}")


def _media_type(answer: Answer) -> str:
    return read_media_type(answer.headers.get("content-type"))


def _size(answer: Answer) -> int | None:
    """Return the size of the whole file, which an answer with a part of it tells as well."""
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        told = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
        return int(told[3]) if told else None
    return _number(answer.headers.get("content-length"))


def _number(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if re.fullmatch(r"[0-9]{1,18}", digits) else None
