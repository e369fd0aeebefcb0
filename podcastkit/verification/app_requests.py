"""Send the requests of a podcast app for a feed and its files, and check the responses.

Sources of the requirements: public access, HEAD, byte ranges and ASCII addresses are required by
https://podcasters.apple.com/support/823-podcast-requirements; ETag and Last-Modified by
https://podcasters.apple.com/support/4115; CORS for transcripts and chapters by the podcast namespace,
https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/examples/transcripts/transcripts.md.

According to the IAB's Podcast Technical Measurement Guidelines, none of these requests counts as a download:
neither a HEAD request nor a request for a single byte.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from podcastkit.feed.reader import read_feed
from podcastkit.http_client import NoResponseError, Response, WebClient
from podcastkit.media.formats import list_containers
from podcastkit.storage.base import LARGEST_READ
from podcastkit.text.addresses import is_plain_http, parse_url
from podcastkit.text.media_types import read_media_type
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import format_foreign_text
from podcastkit.verification.report import (
    CONSEQUENCES,
    Check,
    check_length,
    check_readable,
    make_failure,
    make_pass,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.model import LinkedFile

APP_HEADERS: Final = {
    "Accept": "application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip",
}
"""The request headers of a podcast app for a feed."""
_FEED_TYPES = ("application/rss+xml", "application/xml", "text/xml")
_WEB_PLAYER = "https://player.example"
"""The origin of a web player's requests."""

# Media types for the same format that feeds and servers use, without those of audio.
_EQUIVALENT_TYPES: Final = (
    frozenset({"application/x-subrip", "application/srt", "text/srt"}),
    frozenset({"application/json+chapters", "application/json"}),
)
_PICTURE_TYPES = ("image/jpeg", "image/png")
_WRONG_TYPE_CONSEQUENCES: Final = {
    "enclosure": "apps that rely on the type do not play the file",
    "artwork": "Apple Podcasts accepts no other pictures",
    "chapters": "apps that rely on the type show no chapters",
    "transcript": "apps that rely on the type show no transcript",
    "alternate": "apps that rely on the type do not play the file",
    "image": "apps that rely on the type do not show the picture",
    "trailer": "apps that rely on the type do not play the file",
}
_NO_RANGES_CONSEQUENCES: Final = {
    "enclosure": "players cannot seek, and Apple Podcasts refuses the file",
    "artwork": "Apple Podcasts may refuse the picture",
    "chapters": "apps may show no chapters",
    "transcript": "apps may show no transcript",
    "alternate": "players cannot seek",
    "image": "apps may not show the picture",
    "trailer": "players cannot seek",
}
_HEAD_KINDS = frozenset({"enclosure", "artwork"})
"""The kinds of files for which Apple sends HEAD requests."""
_FOUND_STATUSES = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


def check_feed(web: WebClient, url: str, expected: bytes | None) -> tuple[list[Check], bytes | None]:
    """Check the responses to an app's requests for a feed. Also return the feed, or None if apps cannot read it.

    `expected` is the feed that should be at the address, if known.
    """
    try:
        answer = web.ask("GET", url, APP_HEADERS, limit=LARGEST_READ)
    except NoResponseError as error:
        return [_make_no_answer_failure(url, "feed", error, "apps cannot fetch the show")], None
    checks = [*_check_encryption(url, is_feed_encrypted=False), *_check_redirects(url, answer, is_feed=True)]
    if answer.status != HTTPStatus.OK:
        message = f"the feed {describe_refusal(answer.status)}"
        return [*checks, make_failure(url, "feed", answer.status, message)], None
    if not answer.is_whole:
        message = f"the feed is larger than {LARGEST_READ // 2**20} MB: apps do not load such a large feed"
        return [*checks, make_failure(url, "feed", answer.status, message)], None
    feed_check = check_readable(url, answer.status, answer.body)
    if feed_check.ok and expected is not None:
        feed_check = _check_freshness(url, answer, expected)
    checks += [feed_check, _check_feed_type(url, answer), _check_revalidation(web, url, answer)]
    return checks, answer.body if feed_check.ok else None


def describe_refusal(status: int) -> str:
    """Describe an HTTP status other than 200 of a feed, and its consequence in apps."""
    match status:
        case 401 | 403:
            return f"is missing or not public ({status}): directories such as Apple Podcasts refuse it"
        case 404:
            return "is missing (404): apps show nothing new, and after some time, directories remove the show"
        case 410:
            return "is permanently removed (410): apps stop asking for it"
        case _:
            return f"has the HTTP status {status} instead of 200: apps show nothing new and try again later"


def _check_freshness(url: str, answer: Response, expected: bytes) -> Check:
    """Check that the feed is the expected one, or an earlier one that a cache may still serve.

    RFC 9111, section 4.2: a cache may serve a response as long as its Age is at most s-maxage or, without s-maxage,
    max-age.
    """
    if answer.body == expected:
        message = "the feed is the one that was published"
        return make_pass(url, "feed", answer.status, message)
    if not _are_of_same_show(answer.body, expected):
        message = "this is the feed of another show: the url is not the address of this show's destination"
        return make_failure(url, "feed", answer.status, message)
    cache_control = answer.headers.get("cache-control", "")
    lifetime = re.search(r"\bs-maxage=(\d{1,9})", cache_control) or re.search(r"\bmax-age=(\d{1,9})", cache_control)
    # An earlier feed is fine as long as a cache may keep it.
    seconds_left = int(lifetime[1]) - (_parse_number(answer.headers.get("age")) or 0) if lifetime else -1
    if seconds_left < 0:
        message = (
            "the server still sends an older feed, although its max-age has passed: apps do not see the new one"
        )
        return make_failure(url, "feed", answer.status, message)
    message = f"a cache, such as a CDN, still serves the previous feed, for up to {seconds_left} more seconds"
    return make_pass(url, "feed", answer.status, message)


def _are_of_same_show(feed: bytes, other_feed: bytes) -> bool:
    first, second = read_feed(feed), read_feed(other_feed)
    if first.guid and second.guid:
        return first.guid == second.guid
    return bool({item.guid for item in first.items} & {item.guid for item in second.items})


def _check_feed_type(url: str, answer: Response) -> Check:
    given_type = _read_media_type(answer)
    ok = given_type in _FEED_TYPES
    problem = (
        f"the server sends the type {format_foreign_text(given_type) or '(missing)'} instead of {_FEED_TYPES[0]}"
    )
    message = given_type if ok else f"{problem}: browsers and some apps do not recognize the feed"
    return Check(url=url, check="type", ok=ok, status=answer.status, message=message)


def _check_revalidation(web: WebClient, url: str, first: Response) -> Check:
    """Request the feed again, as an app that already has a copy does."""
    header_pairs = (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since"))
    validators = {condition: first.headers.get(validator, "") for validator, condition in header_pairs}
    conditions = {condition: value for condition, value in validators.items() if value and value.isprintable()}
    consequence = "apps download the whole feed at each check"
    if not conditions:
        message = (
            f"the server sends neither ETag nor Last-Modified: {consequence}; turn one of them on in its settings"
        )
        return make_failure(url, "revalidation", first.status, message)
    try:
        again = web.ask("GET", url, {**APP_HEADERS, **conditions})
    except NoResponseError as error:
        return _make_no_answer_failure(url, "revalidation", error, consequence)
    if again.status != HTTPStatus.NOT_MODIFIED:
        message = (
            f"the server answers a request for changes with {again.status} instead of 304 (not modified): "
            f"{consequence}"
        )
        return make_failure(url, "revalidation", again.status, message)
    message = f"an unchanged feed is not sent again ({' and '.join(conditions)})"
    return make_pass(url, "revalidation", again.status, message)


def check_file(web: WebClient, file: LinkedFile, *, is_feed_encrypted: bool) -> tuple[Check, ...]:
    """Check the responses to an app's requests for a file."""
    return tuple(_check_until_no_answer(web, file, is_feed_encrypted=is_feed_encrypted))


def was_found(checks: Iterable[Check]) -> bool:
    """Return whether the file exists at its address. Only then do the checks include its type."""
    return any(check.check == "type" for check in checks)


def _check_until_no_answer(web: WebClient, file: LinkedFile, *, is_feed_encrypted: bool) -> Iterator[Check]:
    """Yield the checks of a file, and a failure if a request gets no answer."""
    try:
        yield from _request_and_check(web, file, is_feed_encrypted=is_feed_encrypted)
    except NoResponseError as error:
        yield _make_no_answer_failure(file.url, "head", error, CONSEQUENCES[file.kind])


def _request_and_check(web: WebClient, file: LinkedFile, *, is_feed_encrypted: bool) -> Iterator[Check]:
    """Send the requests of an app for a file, and yield the checks of the responses. Raises NoResponseError."""
    address = parse_url(file.url)
    if isinstance(address, Problem):
        message = f"{format_foreign_text(address.message)}: {CONSEQUENCES[file.kind]}"
        yield make_failure(format_foreign_text(file.url), "head", None, message)
        return
    # Two small requests: HEAD, as Apple sends it, and GET for the first byte, as players do before they seek.
    head = _request_head(web, address)
    is_document = file.kind in {"chapters", "transcript"}
    origin = {"Origin": _WEB_PLAYER} if is_document else {}
    start = web.ask("GET", address, {"Range": "bytes=0-0", **origin}, limit=1)
    # Trust the response to HEAD unless it failed.
    answer = head if head and head.status == HTTPStatus.OK else start
    yield from _check_encryption(address, is_feed_encrypted=is_feed_encrypted)
    yield from _check_redirects(address, answer)
    if answer is start and start.status not in _FOUND_STATUSES:
        yield make_failure(file.url, "head", start.status, _describe_absence(file, start.status))
        return
    size = _find_size(web, address, head, start)
    yield _check_head(file, head, size)
    yield from _check_length(file, answer, size)
    yield _check_type(file, answer)
    yield _check_range(web, address, file, start, size)
    if is_document:
        yield _check_cors(file, start)


def _request_head(web: WebClient, address: str) -> Response | None:
    """Return the response to HEAD, or None if the server closes the connection. Some servers support only GET."""
    try:
        return web.ask("HEAD", address)
    except NoResponseError as error:
        if not error.was_reached:
            raise
        return None


def _find_size(web: WebClient, address: str, head: Response | None, start: Response) -> int | None:
    """Return the size of the file in bytes, or None if the server does not send it.

    If the responses to HEAD and GET differ, the headers of a request for the whole file decide.
    """
    head_size = _read_size(head) if head and head.status == HTTPStatus.OK else None
    start_size = _read_size(start) if start.status in _FOUND_STATUSES else None
    if head_size is None or start_size is None or head_size == start_size:
        return head_size if start_size is None else start_size
    whole_file = web.ask("GET", address)
    return _read_size(whole_file) if whole_file.status == HTTPStatus.OK else start_size


def _check_encryption(url: str, *, is_feed_encrypted: bool) -> Iterator[Check]:
    """Check the encryption. Phones and browsers refuse files on plain http if the feed or page is on https.

    https://developer.apple.com/documentation/security/preventing-insecure-network-connections,
    https://developer.android.com/privacy-and-security/security-config#CleartextTrafficPermitted
    """
    if url.lower().startswith("https://"):
        yield make_pass(url, "tls", None, "encrypted")
    elif is_feed_encrypted:
        message = "the feed is on https, but this file is on plain http: phones and web players may refuse it"
        yield make_failure(url, "tls", None, message)
    elif is_plain_http(url):
        message = "plain http: this works, but others can change it in transit, and some apps require https"
        yield make_pass(url, "tls", None, message)


def _check_redirects(url: str, answer: Response, *, is_feed: bool = False) -> Iterator[Check]:
    if not answer.hops:
        return
    count = f"{len(answer.hops)} redirect{'' if len(answer.hops) == 1 else 's'}"
    message = f"leads to {format_foreign_text(answer.url)} after {count}"
    if is_feed and answer.has_moved_permanently:
        message += ", permanently: apps remember the new address, so submit that one to directories"
    elif is_feed:
        message += ", temporarily: apps still use this address first"
    yield make_pass(url, "redirects", answer.hops[0].status, message)


def _describe_absence(file: LinkedFile, status: int) -> str:
    """Describe the HTTP status of a missing file, and its consequence in apps."""
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return f"the file is missing ({status}): {CONSEQUENCES[file.kind]}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"the file is missing or not public ({status}): {CONSEQUENCES[file.kind]}"
    return f"the server answers {status} instead of 200: {CONSEQUENCES[file.kind]}"


def _check_head(file: LinkedFile, answer: Response | None, size: int | None) -> Check:
    """Check the response to HEAD, which Apple sends for audio and artwork (support/823). Most apps use only GET."""
    if answer is None:
        problem = "the server closes the connection on HEAD requests"
    elif answer.status != HTTPStatus.OK:
        problem = f"the server refuses HEAD requests ({answer.status})"
    elif (stated := _read_size(answer)) not in {None, size}:
        problem = f"the server answers HEAD requests with a wrong length ({stated:,} bytes)"
    else:
        return make_pass(file.url, "head", answer.status, "the file exists")
    status = answer.status if answer else None
    if file.kind in _HEAD_KINDS:
        message = f"{problem}; Apple Podcasts needs them and refuses the file: ask the host to support HEAD"
        return make_failure(file.url, "head", status, message)
    return make_pass(file.url, "head", status, f"the file exists; {problem}, but no app needs them here")


def _check_length(file: LinkedFile, answer: Response, size: int | None) -> Iterator[Check]:
    """Check the length of a file in bytes. RSS 2.0 and directories require the length of an enclosure."""
    if size is None:
        message = "the server does not send the length of the file: players show no progress and cannot seek"
        yield make_failure(file.url, "length", answer.status, message)
    elif file.length is not None:
        yield check_length(file.url, answer.status, file.length, size)
    elif file.kind == "enclosure":
        message = f"the length ({size:,} bytes) is missing in the feed: Apple Podcasts and Spotify require it"
        yield make_failure(file.url, "length", answer.status, message)
    else:
        yield make_pass(file.url, "length", answer.status, f"{size:,} bytes")


def _check_type(file: LinkedFile, answer: Response) -> Check:
    given_type = _read_media_type(answer)
    stated_type = read_media_type(file.content_type)
    if not stated_type and file.kind == "enclosure":
        message = "the type of the file is missing in the feed: Apple Podcasts and Spotify require it"
        return make_failure(file.url, "type", answer.status, message)
    is_picture = file.kind == "artwork" or (file.kind == "image" and not stated_type)
    wanted_types = _PICTURE_TYPES if is_picture else (stated_type,)
    if not any(wanted_types) or _is_accepted_type(given_type, wanted_types):
        return make_pass(file.url, "type", answer.status, format_foreign_text(given_type))
    sent, expected = format_foreign_text(given_type) or "(missing)", format_foreign_text(" or ".join(wanted_types))
    problem = f"the server sends the type {sent} instead of {expected}"
    return make_failure(file.url, "type", answer.status, f"{problem}: {_WRONG_TYPE_CONSEQUENCES[file.kind]}")


def _is_accepted_type(given_type: str, wanted_types: Iterable[str]) -> bool:
    return any(
        given_type == wanted_type or _is_same_format(given_type, wanted_type) for wanted_type in wanted_types
    )


def _is_same_format(given: str, wanted: str) -> bool:
    """Return whether two media types are used for the same format."""
    is_alias = any({given, wanted} <= same for same in _EQUIVALENT_TYPES)
    return is_alias or not list_containers(given).isdisjoint(list_containers(wanted))


def _check_range(web: WebClient, address: str, file: LinkedFile, start: Response, size: int | None) -> Check:
    """Check the response `start` for the first byte, and request a byte in the middle.

    Apple (support/823) requires byte ranges, and players need them to seek.
    """
    problem = _find_range_problem(start, 0, size)
    if problem is None and size is not None and size > 1:
        middle = web.ask("GET", address, {"Range": f"bytes={size // 2}-{size // 2}"}, limit=1)
        problem = _find_range_problem(middle, size // 2, size)
    if problem is None:
        message = "byte ranges work"
        return make_pass(file.url, "range", start.status, message)
    # Apps load short files as a whole.
    if file.kind in {"chapters", "transcript", "image"} and start.status == HTTPStatus.OK:
        message = f"no byte ranges, which a {'picture' if file.kind == 'image' else 'text'} does not need"
        return make_pass(file.url, "range", start.status, message)
    return make_failure(file.url, "range", start.status, f"{problem}: {_NO_RANGES_CONSEQUENCES[file.kind]}")


def _find_range_problem(answer: Response, position: int, size: int | None) -> str | None:
    """Return the problem with the response to a request for one byte, or None."""
    if answer.status == HTTPStatus.OK:
        return "the server sends the whole file instead of the requested part (200 instead of 206)"
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return f"the server answers a request for a part of the file with {answer.status} instead of 206"
    sent = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
    if sent is None or (int(sent[1]), int(sent[2])) != (position, position):
        return "the server sends a different part than the requested one"
    if int(sent[3]) != size:
        return f"with a part, the server states a wrong length of the whole file ({int(sent[3]):,} bytes)"
    if len(answer.body) != 1 or not answer.is_whole:
        return "the server does not send exactly the one byte that was requested"
    return None


def _check_cors(file: LinkedFile, answer: Response) -> Check:
    """Check the CORS headers: web players can read a file from another host only if every response allows it.

    https://fetch.spec.whatwg.org/#http-cors-protocol
    """
    allowed = {"*", _WEB_PLAYER}
    is_allowed = all(
        hop.headers.get("access-control-allow-origin", "").strip() in allowed for hop in (*answer.hops, answer)
    )
    message = "web players can read the file"
    if not is_allowed:
        fix = "allow GET from any origin (*) in the CORS settings of the bucket or server"
        message = f"no Access-Control-Allow-Origin: *, so web players on other pages cannot show it; {fix}"
    return Check(url=file.url, check="cors", ok=is_allowed, status=answer.status, message=message)


def _make_no_answer_failure(url: str, check: str, error: NoResponseError, consequence: str) -> Check:
    name = check if error.check == "connection" else error.check
    return make_failure(url, name, None, f"{error.message}: {consequence}")


def _read_media_type(answer: Response) -> str:
    return read_media_type(answer.headers.get("content-type"))


def _read_size(answer: Response) -> int | None:
    """Return the size of the whole file in bytes, also from a response with a part of it."""
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        sent = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", "").strip())
        return int(sent[3]) if sent else None
    return _parse_number(answer.headers.get("content-length"))


def _parse_number(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if re.fullmatch(r"[0-9]{1,18}", digits) else None
