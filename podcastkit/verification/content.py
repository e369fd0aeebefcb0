"""Download a file that a feed names, and compare its content with the feed and the server's headers.

Podcast apps rely on the type and the length in a feed. They notice wrong values only when they play or show the
file. Hosts may count these downloads as downloads of listeners.
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

from podcastkit.checks.artwork import MAX_ARTWORK_SIDE, MIN_ARTWORK_SIDE, list_reasons_for_copy
from podcastkit.checks.feed.values import read_duration
from podcastkit.checks.phrases import join_words
from podcastkit.diagnostics import FeedError, MediaError, Severity
from podcastkit.http_client import NoResponseError, WebClient
from podcastkit.media.artwork import read_artwork
from podcastkit.media.files import open_file, read_text_file
from podcastkit.media.formats import AUDIO_FORMATS, get_format, list_containers
from podcastkit.media.probing import probe
from podcastkit.text.chapters.json import read_json_chapters
from podcastkit.text.media_types import read_media_type
from podcastkit.text.quoting import format_foreign_text
from podcastkit.text.sizes import format_size
from podcastkit.text.syntax.text_encoding import decode
from podcastkit.text.timecodes import format_clock
from podcastkit.text.transcripts.reader import find_suffix, read_transcript
from podcastkit.text.web_page import is_web_page
from podcastkit.verification.report import CONSEQUENCES, Check, make_failure, make_pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.http_client import Response
    from podcastkit.model import Audio, LinkedFile

_MAX_AUDIO_SIZE: Final = 10**9
_MAX_OTHER_SIZE: Final = 50 * 10**6
"""The limits for downloads in bytes. A download stops at its limit."""
_TOLERANCE: Final = 0.01
"""The allowed difference between the duration of audio and that in the feed, as a fraction."""
_ROUNDING: Final = timedelta(seconds=1)
"""The difference that is always allowed, because durations in feeds are whole seconds."""
_HEAD_SIZE: Final = 2**12
"""The number of bytes to read to recognize a web page."""
_PICTURE_TYPES: Final = {
    "image/jpeg": "JPEG",
    "image/jpg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
}
_PICTURE_ENDINGS: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF"}
_PLAIN_MODES: Final = frozenset({"RGB", "L", "P"})
"""The color modes that apps show: RGB, gray (L) and palette (P)."""
_DECODING_LOCK: Final = threading.Lock()
"""Allows decoding one picture at a time, because a large picture takes hundreds of megabytes of memory."""


class Downloaded(NamedTuple):
    """A downloaded file, or a file in a folder."""

    path: Path
    given_type: str = ""
    """The media type in the server's response, or empty for a file in a folder."""


def download_and_check(web: WebClient, file: LinkedFile) -> tuple[tuple[Check, ...], int]:
    """Download a file, check its content, and return the checks and the number of bytes downloaded.

    Raises FeedError if this computer has no space for the file.
    """
    limit = _MAX_AUDIO_SIZE if file.kind in _AUDIO_KINDS else _MAX_OTHER_SIZE
    try:
        with tempfile.TemporaryDirectory(prefix="podcastkit-") as folder:
            path = Path(folder, _make_file_name(file.url))
            with path.open("w+b") as target:
                answer = _download(web, file.url, target, limit)
            return tuple(_check_download(file, path, answer, limit)), path.stat().st_size
    except NoResponseError as error:
        return (make_failure(file.url, "content", None, f"{error.message}: {CONSEQUENCES[file.kind]}"),), 0
    except OSError as error:
        raise FeedError(
            f"a download cannot be stored: {error.strerror or error}",
            "free some space for temporary files, or set TMPDIR to another folder",
        ) from error


def _check_download(file: LinkedFile, path: Path, answer: Response, limit: int) -> Iterator[Check]:
    if answer.status != HTTPStatus.OK:
        message = f"the server answers the download with {answer.status} instead of 200: {CONSEQUENCES[file.kind]}"
        yield make_failure(file.url, "content", answer.status, message)
    elif not answer.is_whole:
        yield _check_large(file, limit)
    else:
        given_type = read_media_type(answer.headers.get("content-type"))
        yield from check_content(file, Downloaded(path, given_type))


def check_content(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    """Yield the checks of a file's content."""
    stated = read_media_type(file.content_type)
    check = _CHECKS[file.kind]
    # A feed may name other files, such as video, which podcastkit cannot check.
    if check is _check_audio and stated and not stated.startswith(("audio/", "application/ogg")):
        check = _check_other
    if check is _check_picture and stated and not stated.startswith("image/"):
        check = _check_other
    try:
        with open_file(downloaded.path) as opened:
            head = opened.read(_HEAD_SIZE)
        if is_web_page(head) and stated != "text/html":
            yield make_failure(
                file.url, "content", None, f"the file is a web page (HTML): {CONSEQUENCES[file.kind]}"
            )
        elif file.kind in _TEXT_KINDS and head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            message = f"the text is UTF-16, but apps read UTF-8: {CONSEQUENCES[file.kind]}"
            yield make_failure(file.url, "content", None, message)
        else:
            yield from check(file, downloaded)
    except MediaError as error:
        yield make_failure(file.url, "content", None, f"{error.message}: {CONSEQUENCES[file.kind]}")


def _download(web: WebClient, url: str, target: BinaryIO, limit: int) -> Response:
    """Download a file, and try once more if the server closes the connection."""
    ask = partial(web.ask, "GET", url, limit=limit, into=target)
    try:
        return ask()
    except NoResponseError as error:
        if not error.was_reached:
            raise
        return ask()


def _make_file_name(url: str) -> str:
    """Return the name of a file in a URL, safe for messages and the file system."""
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)[-100:].lstrip(".") or "file"


def _check_large(file: LinkedFile, limit: int) -> Check:
    message = f"the file is larger than {format_size(limit)}"
    if file.kind in _AUDIO_KINDS:
        return make_pass(file.url, "content", None, f"{message}, so its content was not checked")
    return make_failure(file.url, "content", None, f"{message}, so apps may not load it: {CONSEQUENCES[file.kind]}")


def _check_audio(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    audio = probe(downloaded.path)
    yield _check_audio_format(file, audio)
    stated = read_duration(file.duration)
    if stated is None:
        return
    duration = timedelta(seconds=round(audio.duration.total_seconds()))
    if abs(duration - stated) <= max(stated * _TOLERANCE, _ROUNDING):
        yield make_pass(file.url, "duration", None, format_clock(audio.duration))
        return
    message = f"the feed states {format_clock(stated)}, but the audio lasts {format_clock(audio.duration)}"
    # Only audio that is too short can be the result of an interrupted upload.
    is_shorter = audio.duration < stated
    cause = "the file may be cut off or the wrong recording" if is_shorter else "this may be the wrong recording"
    yield make_failure(file.url, "duration", None, f"{message}: {cause}")


def _check_audio_format(file: LinkedFile, audio: Audio) -> Check:
    name = audio.format.upper()
    stated = read_media_type(file.content_type)
    container = get_format(audio.format).container
    allowed = list_containers(stated) or {container}
    ending = PurePosixPath(_make_file_name(file.url)).suffix.lower()
    allowed_by_ending = {row.container for row in AUDIO_FORMATS if ending in row.endings}
    if container not in allowed:
        message = f"the feed states {stated}, but the file is {name}: apps that rely on the type do not play it"
        return make_failure(file.url, "content", None, message)
    if allowed_by_ending and container not in allowed_by_ending:
        message = f"the address ends in {ending}, but the file is {name}: apps may not play it"
        return make_failure(file.url, "content", None, message)
    message = f"{name}, {format_clock(audio.duration)}, {format_size(audio.size)}"
    return make_pass(file.url, "content", None, message)


def _check_artwork(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    with _DECODING_LOCK:
        artwork = read_artwork(downloaded.path)
    size = f"{artwork.width} × {artwork.height} pixels"
    if artwork.format not in {"JPEG", "PNG"}:
        message = f"the picture is {artwork.format}: Apple Podcasts accepts only JPEG and PNG"
    elif (mismatch := _find_mismatch(file, downloaded, artwork.format)) is not None:
        message = f"{mismatch}, but the picture is {artwork.format}: Apple Podcasts may refuse it"
    elif artwork.width != artwork.height or not MIN_ARTWORK_SIDE <= artwork.width <= MAX_ARTWORK_SIDE:
        wanted = f"a square of {MIN_ARTWORK_SIDE} to {MAX_ARTWORK_SIDE} pixels"
        message = f"the picture has {size}: Apple Podcasts accepts only {wanted}"
    elif artwork.is_heavy:
        message = f"the picture has {format_size(artwork.file.size)}: apps load it slowly in every list"
    elif artwork.has_alpha or artwork.is_animated or artwork.mode not in _PLAIN_MODES:
        reasons = join_words(list_reasons_for_copy(artwork))
        message = f"the picture {reasons}: Apple Podcasts accepts only RGB without transparency"
    else:
        yield make_pass(file.url, "content", None, f"{artwork.format}, {size}")
        return
    yield make_failure(file.url, "content", None, message)


def _find_mismatch(file: LinkedFile, downloaded: Downloaded, picture_format: str) -> str | None:
    """Describe a media type or an ending that does not match the format of a picture, if there is one."""
    ending = PurePosixPath(_make_file_name(file.url)).suffix.lower()
    if _PICTURE_TYPES.get(downloaded.given_type, picture_format) != picture_format:
        return f"the server sends the type {downloaded.given_type}"
    stated = read_media_type(file.content_type)
    if _PICTURE_TYPES.get(stated, picture_format) != picture_format:
        return f"the feed states the type {stated}"
    if _PICTURE_ENDINGS.get(ending, picture_format) != picture_format:
        return f"the address ends in {ending}"
    return None


def _check_picture(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    with _DECODING_LOCK:
        picture = read_artwork(downloaded.path)
    mismatch = _find_mismatch(file, downloaded, picture.format)
    if mismatch is None:
        message = f"{picture.format}, {picture.width} × {picture.height} pixels"
        yield make_pass(file.url, "content", None, message)
    else:
        message = f"{mismatch}, but the picture is {picture.format}: some apps do not show it"
        yield make_failure(file.url, "content", None, message)


def _check_transcript(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    name = _make_file_name(file.url)
    suffix = find_suffix(read_media_type(file.content_type) or downloaded.given_type, name)
    if suffix is None:
        yield make_pass(
            file.url, "content", None, "podcastkit cannot read this format; the content was not checked"
        )
        return
    data = read_text_file(downloaded.path)
    transcript, findings = read_transcript(data, PurePosixPath(name).stem + suffix)
    count = f"{len(transcript.cues):,} cues" if transcript and transcript.cues else "text without times"
    yield _check_text(file, findings, None if transcript is None else count)


def _check_chapters(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    name = _make_file_name(file.url)
    data = read_text_file(downloaded.path)
    text, findings = decode(data, name)
    if text is None:
        yield _check_text(file, findings, None)
        return
    chapters, chapter_findings = read_json_chapters(data, text, name)
    count = len(chapters.listed)
    yield _check_text(
        file, (*findings, *chapter_findings), f"{count:,} chapter{'' if count == 1 else 's'}" if count else None
    )


def _check_text(file: LinkedFile, findings: tuple[Diagnostic, ...], content: str | None) -> Check:
    """Return the check of a text. `content` describes the text that apps show, or None if they show nothing."""
    if content is not None:
        return make_pass(file.url, "content", None, content)
    error = next((finding for finding in findings if finding.severity is Severity.ERROR), None)
    if error is None:
        return make_failure(file.url, "content", None, f"the file has nothing to show: {CONSEQUENCES[file.kind]}")
    place = f" (line {error.location.line})" if error.location and error.location.line else ""
    return make_failure(
        file.url, "content", None, f"{format_foreign_text(error.message)}{place}: {CONSEQUENCES[file.kind]}"
    )


def _check_other(file: LinkedFile, downloaded: Downloaded) -> Iterator[Check]:
    """Report a file whose content podcastkit cannot check."""
    stated = read_media_type(file.content_type)
    size = format_size(downloaded.path.stat().st_size)
    yield make_pass(file.url, "content", None, f"{stated}, {size}; the content was not checked")


_AUDIO_KINDS: Final = frozenset({"enclosure", "alternate", "trailer"})
_TEXT_KINDS: Final = frozenset({"transcript", "chapters"})
_CHECKS: Final[dict[str, Callable[[LinkedFile, Downloaded], Iterator[Check]]]] = {
    **dict.fromkeys(_AUDIO_KINDS, _check_audio),
    "artwork": _check_artwork,
    "image": _check_picture,
    "transcript": _check_transcript,
    "chapters": _check_chapters,
}
