"""Explain why ffmpeg failed: the file, the program, the disk, the memory, or a signal."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

from podcastkit.diagnostics import MediaError
from podcastkit.text.cleaning import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VARIABLE = "PODCASTKIT_FFMPEG"
_SENDER = re.compile(r"^(\[[^]]+ @ 0x[0-9a-f]+\] )*(\[[a-z]+\] )?")
_PLATITUDE = re.compile(r"Conversion failed!|Terminating thread with |Task finished with error code")
_LACKS = re.compile(
    r"Unknown (encoder|decoder|input format)\b|No such filter\b|Unrecognized option\b|Requested output format\b"
    r"|.*\b(Option not found|Option '\w+' not found)"
)
_NO_ROOM = re.compile(r".*\b(No space left on device|Disk quota exceeded|File too large)\b")
_NO_MEMORY = re.compile(r".*\bCannot allocate memory\b")
_FAULTS_OF_FILES = (
    # What AAC's encoder says of samples that are infinite or no numbers, and what becomes of LAME's answer to them.
    (
        re.compile(r"Input contains \(near\) NaN|Error encoding a frame: Cannot allocate memory"),
        "there are samples in it that are no numbers, which nothing can encode",
    ),
    (
        re.compile(r"Decoding requested, but no decoder found|Decoder \S+ not found|.*Not yet implemented"),
        "its encoding is not known",
    ),
    (
        re.compile(r"Error (opening input.*|while opening decoder): (Invalid |Cannot allocate memory)"),
        "its header makes no sense",
    ),
    (
        re.compile(r"Decode error rate .* exceeds maximum|Error submitting packet to decoder"),
        "most of its data are damaged, or of another kind than it says",
    ),
    (
        re.compile(r"Rematrix is needed|Input channel layout .* is not supported|Cannot select channel layout"),
        "the arrangement of its channels is not known: export it in mono or stereo",
    ),
)
_STOPPED = 255
"""What ffmpeg ends with when it was asked to stop."""
_SHELL = 128
"""What a shell adds to the number of the signal that ended a program, and Python takes from zero."""
_DEADLY = {"SIGKILL", "SIGXFSZ", "SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE", "SIGTERM", "SIGINT", "SIGHUP"}
_STOPPING = {"SIGTERM", "SIGINT", "SIGHUP"}

_EXPORT_AGAIN = "see whether the file plays on this computer; if not, export or copy it again"
_MAKE_ROOM = "make room on the disk, or let PODCASTKIT_CACHE name a folder on another, and run the command again"
_FREE_MEMORY = "close other programs and run the command again: what is finished is kept"
_GO_ON = "run the command again: what is finished is kept"


class FfmpegMissing(MediaError):  # noqa: N818 - it is what is wrong
    """There is no ffmpeg, or none that can be run."""


class FfmpegFailed(MediaError):  # noqa: N818 - it is what happened
    """ffmpeg ran, and gave up; `words` are its own, or ours for what it does not say itself.

    `is_about_file` tells that what it was given was the reason. Without a `hint` that is so.
    """

    def __init__(self, words: str, hint: str | None = None) -> None:
        self.is_about_file = hint is None
        super().__init__(f"ffmpeg failed: {words}" if hint is None else words, hint or _EXPORT_AGAIN)
        self.words = words

    def name_cause(self, path: Path) -> str:
        """Return the words without the name of the file that they are about."""
        return re.sub(rf"^(subfile,\S*,,:)?file:{re.escape(str(path))}: ", "", self.words)

    def __reduce__(self) -> tuple[type[FfmpegFailed], tuple[str, str | None]]:
        """Let it come from other processes."""
        return type(self), (self.words, None if self.is_about_file else self.hint)


def failure_of(program: str, log: Iterable[str], code: int) -> FfmpegFailed:
    """Say what happened, by the errors that ffmpeg told and by the code with which it ended."""
    lines = [clean_line(_SENDER.sub("", line)) or "" for line in log]
    if said := _first(lines, _LACKS):
        trouble = "is too old, or was built without something that is needed"
        return FfmpegFailed(f"{_described(program)} {trouble}: {said}", _name_another())
    if said := _first(lines, _NO_ROOM):
        return FfmpegFailed(f"there is no room for what ffmpeg makes: {said}", _MAKE_ROOM)
    if words := next((words for pattern, words in _FAULTS_OF_FILES if _first(lines, pattern)), None):
        return FfmpegFailed(words)
    if said := _first(lines, _NO_MEMORY):
        return FfmpegFailed(f"there is too little memory for ffmpeg: {said}", _FREE_MEMORY)
    return _death(program, code) or FfmpegFailed(_last_words(lines, code))


def _first(lines: Iterable[str], pattern: re.Pattern[str]) -> str | None:
    return next((line for line in lines if pattern.match(line)), None)


def _death(program: str, code: int) -> FfmpegFailed | None:
    """Say what ended ffmpeg, when it did not end by itself."""
    name = _signal_of(code)
    if name == "SIGKILL":
        return FfmpegFailed("ffmpeg was killed (SIGKILL), as happens when memory runs out", _FREE_MEMORY)
    if name == "SIGXFSZ":
        return FfmpegFailed("there is no room for what ffmpeg makes: files may not grow so large here", _MAKE_ROOM)
    if name in _STOPPING or code == _STOPPED:
        return FfmpegFailed("ffmpeg was stopped by something else on this computer", _GO_ON)
    return FfmpegFailed(f"{_described(program)} crashed ({name})", _name_another()) if name else None


def _signal_of(code: int) -> str | None:
    """Return the name of the signal that ended ffmpeg, or the program that a script of its name ran."""
    try:
        name = signal.Signals(-code if code < 0 else code - _SHELL).name
    except ValueError:
        return None
    return name if code < 0 or name in _DEADLY else None


def _described(program: str) -> str:
    return f"{program}, which {VARIABLE} names," if os.environ.get(VARIABLE) else f"the ffmpeg at {program}"


def _name_another() -> str:
    if os.environ.get(VARIABLE):
        return f"unset {VARIABLE} to use the bundled ffmpeg, or let it name a complete one, 5.1 or newer"
    return f"let {VARIABLE} name another ffmpeg that is complete, 5.1 or newer"


def _last_words(lines: Iterable[str], code: int) -> str:
    useful = (line for line in reversed([*lines]) if line and not _PLATITUDE.match(line))
    return next(useful, f"it ended with code {code}")
