"""Download a file that a feed names, and compare what is in it with what the feed and the server say.

Podcast apps go by the type and the length that a feed promises, and learn only while they play or show a file that
it is another one. A download here may count as one of a listener's.
"""

from __future__ import annotations

import re
import tempfile
import threading
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from podcastkit.checks.artwork import LARGEST, SMALLEST, list_reasons_for_copy
from podcastkit.checks.feed.values import read_duration
from podcastkit.checks.phrases import join_words
from podcastkit.diagnostics import FeedError, MediaError, Severity
from podcastkit.http_client import NoAnswer, Web
from podcastkit.media.artwork import read_artwork
from podcastkit.media.files import open_file, read_text_file
from podcastkit.media.formats import AUDIO_FORMATS, format_named, list_containers
from podcastkit.media.probing import probe
from podcastkit.text.chapters.json import read_json_chapters
from podcastkit.text.media_types import read_media_type
from podcastkit.text.quoting import safe_line
from podcastkit.text.sizes import format_size
from podcastkit.text.syntax.text_encoding import decode
from podcastkit.text.timecodes import format_clock
from podcastkit.text.transcripts.reader import find_suffix, read_transcript
from podcastkit.text.web_page import is_web_page
from podcastkit.verification.report import WITHOUT, Check, failed, passed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.http_client import Answer
    from podcastkit.model import LinkedFile

_LARGEST_AUDIO: Final = 10**9
_LARGEST_OTHER: Final = 50 * 10**6
"""Bytes; what is larger is not downloaded to its end."""
_CLOSE: Final = 0.01
"""By what part a length may differ from the feed's."""
_ROUNDING: Final = timedelta(seconds=1)
"""By how much it may differ at least: feeds tell whole seconds."""
_HEAD_SIZE: Final = 2**12
_PICTURE_TYPES: Final = {
    "image/jpeg": "JPEG",
    "image/jpg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
}
_PICTURE_ENDINGS: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF"}
_PLAIN_MODES: Final = frozenset({"RGB", "L", "P"})
"""Colours that apps show: shades of grey (L) and few colours (P), too."""
_DECODING: Final = threading.Lock()
"""A large picture takes hundreds of megabytes: one at a time."""


class Downloaded(NamedTuple):
    """A file as it was downloaded, or as it is in a folder."""

    path: Path
    given_type: str = ""
    """What the server calls its type; empty in a folder."""


def download_and_check(web: Web, file: LinkedFile) -> tuple[tuple[Check, ...], int]:
    """Return what is wrong with the content of a file at an address, and how many bytes were downloaded.

    Raises FeedError when there is no room for it on this machine.
    """
    limit = _LARGEST_AUDIO if file.kind in _AUDIO_KINDS else _LARGEST_OTHER
    try:
        with tempfile.TemporaryDirectory(prefix="podcastkit-") as folder:
            path = Path(folder, _name_file(file.url))
            with path.open("w+b") as target:
                answer = _download(web, file.url, target, limit)
            return tuple(_check_download(file, path, answer, limit)), path.stat().st_size
    except NoAnswer as error:
        return (failed(file.url, "content", None, f"{error.message}: {WITHOUT[file.kind]}"),), 0
    except OSError as error:
        raise FeedError(
            f"a download cannot be stored: {error.strerror or error}",
            "make room for temporary files, or name another folder for them in TMPDIR",
        ) from error


def _check_download(file: LinkedFile, path: Path, answer: Answer, limit: int) -> Iterator[Check]:
    if answer.status != HTTPStatus.OK:
        message = f"asked for the whole file, the server answers {answer.status}: {WITHOUT[file.kind]}"
        yield failed(file.url, "content", answer.status, message)
    elif not answer.is_whole:
        yield _refuse_large(file, limit)
    else:
        given = read_media_type(answer.headers.get("content-type"))
        yield from check_content(file, Downloaded(path, given))


def check_content(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    """Yield what apps meet in a file once they have it."""
    promised = read_media_type(file.content_type)
    judge = _JUDGES[file.kind]
    if judge is _check_audio and not promised.startswith(("audio/", "application/ogg")) and promised:
        judge = _check_other
    if judge is _check_picture and promised and not promised.startswith("image/"):
        judge = _check_other
    try:
        with open_file(downloaded.path) as opened:
            head = opened.read(_HEAD_SIZE)
        if is_web_page(head) and promised != "text/html":
            yield failed(file.url, "content", None, f"it is a web page (HTML): {WITHOUT[file.kind]}")
        elif file.kind in _TEXT_KINDS and head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            yield failed(file.url, "content", None, f"it is UTF-16, and apps read UTF-8: {WITHOUT[file.kind]}")
        else:
            yield from judge(file, downloaded)
    except MediaError as error:
        yield failed(file.url, "content", None, f"{error.message}: {WITHOUT[file.kind]}")


def _download(web: Web, url: str, target: BinaryIO, limit: int) -> Answer:
    """Download a file, and try once more if the server breaks off."""
    ask = partial(web.ask, "GET", url, limit=limit, into=target)
    try:
        return ask()
    except NoAnswer as error:
        if not error.was_reached:
            raise
        return ask()


def _name_file(url: str) -> str:
    """Return the name of a file in a URL, as messages and the file system can have it."""
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[-100:].lstrip(".") or "file"


def _refuse_large(file: LinkedFile, limit: int) -> Check:
    message = f"it is larger than {format_size(limit)}"
    if file.kind in _AUDIO_KINDS:
        return passed(file.url, "content", None, f"{message}, so that its content was not looked at")
    return failed(file.url, "content", None, f"{message}, and apps give up on it: {WITHOUT[file.kind]}")


def _check_audio(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    audio = probe(downloaded.path)
    what = audio.format.upper()
    promised = read_media_type(file.content_type)
    container = format_named(audio.format).container
    allowed = list_containers(promised) or {container}
    ending = PurePosixPath(_name_file(file.url)).suffix.lower()
    of_ending = {row.container for row in AUDIO_FORMATS if ending in row.endings}
    if container not in allowed:
        message = f"the feed calls it {promised}, but it is {what}: apps that go by the type do not play it"
        yield failed(file.url, "content", None, message)
    elif of_ending and container not in of_ending:
        message = f"its address ends in {ending}, but it is {what}: apps that go by the ending do not play it"
        yield failed(file.url, "content", None, message)
    else:
        message = f"{what}, {format_clock(audio.duration)}, {format_size(audio.size)}"
        yield passed(file.url, "content", None, message)
    promise = read_duration(file.duration)
    if promise is None:
        return
    plays = timedelta(seconds=round(audio.duration.total_seconds()))
    if abs(plays - promise) <= max(promise * _CLOSE, _ROUNDING):
        yield passed(file.url, "duration", None, format_clock(audio.duration))
        return
    message = f"the feed promises {format_clock(promise)}, but it plays {format_clock(audio.duration)}"
    is_shorter = audio.duration < promise
    consequence = "it may be cut off, or another recording" if is_shorter else "it may be another recording"
    yield failed(file.url, "duration", None, f"{message}: {consequence}")


def _check_artwork(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    with _DECODING:
        artwork = read_artwork(downloaded.path)
    size = f"{artwork.width} × {artwork.height} pixels"
    if artwork.format not in {"JPEG", "PNG"}:
        message = f"it is {artwork.format}: Apple Podcasts takes JPEG and PNG alone"
    elif (named := _find_other_name(file, downloaded, artwork.format)) is not None:
        message = f"{named}, but it is {artwork.format}: Apple Podcasts may refuse it"
    elif artwork.width != artwork.height or not SMALLEST <= artwork.width <= LARGEST:
        wanted = f"a square of {SMALLEST} to {LARGEST} pixels"
        message = f"it has {size}: Apple Podcasts takes {wanted} alone, and large screens show it blurred"
    elif artwork.is_heavy:
        message = f"it has {format_size(artwork.file.size)}: apps load it slowly in every list"
    elif artwork.has_alpha or artwork.is_animated or artwork.mode not in _PLAIN_MODES:
        reasons = join_words(list_reasons_for_copy(artwork))
        message = f"it {reasons}: Apple Podcasts takes RGB without transparency alone"
    else:
        yield passed(file.url, "content", None, f"{artwork.format}, {size}")
        return
    yield failed(file.url, "content", None, message)


def _find_other_name(file: LinkedFile, downloaded: Downloaded, form: str) -> str | None:
    """Return what calls a picture by another format than its own, if anything does."""
    ending = PurePosixPath(_name_file(file.url)).suffix.lower()
    if _PICTURE_TYPES.get(downloaded.given_type, form) != form:
        return f"the server calls it {downloaded.given_type}"
    promised = read_media_type(file.content_type)
    if _PICTURE_TYPES.get(promised, form) != form:
        return f"the feed calls it {promised}"
    return f"its address ends in {ending}" if _PICTURE_ENDINGS.get(ending, form) != form else None


def _check_picture(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    with _DECODING:
        picture = read_artwork(downloaded.path)
    named = _find_other_name(file, downloaded, picture.format)
    if named is None:
        message = f"{picture.format}, {picture.width} × {picture.height} pixels"
        yield passed(file.url, "content", None, message)
    else:
        message = f"{named}, but it is {picture.format}: some apps do not show it"
        yield failed(file.url, "content", None, message)


def _check_transcript(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    name = _name_file(file.url)
    suffix = find_suffix(read_media_type(file.content_type) or downloaded.given_type, name)
    if suffix is None:
        yield passed(file.url, "content", None, "a format that podcastkit does not read")
        return
    data = read_text_file(downloaded.path)
    transcript, findings = read_transcript(data, PurePosixPath(name).stem + suffix)
    count = f"{len(transcript.cues):,} cues" if transcript and transcript.cues else "text without times"
    yield _judge_text(file, findings, None if transcript is None else count)


def _check_chapters(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    name = _name_file(file.url)
    data = read_text_file(downloaded.path)
    text, findings = decode(data, name)
    if text is None:
        yield _judge_text(file, findings, None)
        return
    chapters, found = read_json_chapters(data, text, name)
    count = len(chapters.listed)
    yield _judge_text(file, (*findings, *found), f"{count:,} chapter{'' if count == 1 else 's'}" if count else None)


def _judge_text(file: LinkedFile, findings: tuple[Diagnostic, ...], content: str | None) -> Check:
    """Return the result for a text, of which `content` is what apps show; None: nothing."""
    if content is not None:
        return passed(file.url, "content", None, content)
    worst = next((one for one in findings if one.severity is Severity.ERROR), None)
    if worst is None:
        return failed(file.url, "content", None, f"there is nothing in it: {WITHOUT[file.kind]}")
    place = f" (line {worst.location.line})" if worst.location and worst.location.line else ""
    return failed(file.url, "content", None, f"{safe_line(worst.message)}{place}: {WITHOUT[file.kind]}")


def _check_other(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    promised = read_media_type(file.content_type)
    size = format_size(downloaded.path.stat().st_size)
    yield passed(file.url, "content", None, f"{promised}, {size}, whose content is not looked at")


_AUDIO_KINDS: Final = frozenset({"enclosure", "alternate", "trailer"})
_TEXT_KINDS: Final = frozenset({"transcript", "chapters"})
_JUDGES: Final[dict[str, Callable[[LinkedFile, Downloaded], Iterator[Check]]]] = {
    **dict.fromkeys(_AUDIO_KINDS, _check_audio),
    "artwork": _check_artwork,
    "image": _check_picture,
    "transcript": _check_transcript,
    "chapters": _check_chapters,
}
