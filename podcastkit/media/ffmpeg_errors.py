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
"""The part of ffmpeg and the level at the start of a log line."""
_UNHELPFUL = re.compile(r"Conversion failed!|Terminating thread with |Task finished with error code")
_MISSING_FEATURE = re.compile(
    r"Unknown (encoder|decoder|input format)\b|No such filter\b|Unrecognized option\b|Requested output format\b"
    r"|.*\b(Option not found|Option '\w+' not found)"
)
_DISK_FULL = re.compile(r".*\b(No space left on device|Disk quota exceeded|File too large)\b")
_NO_MEMORY = re.compile(r".*\bCannot allocate memory\b")
_FILE_ERRORS = (
    # The messages of the AAC encoder and of LAME about samples that are infinite or not numbers.
    (
        re.compile(r"Input contains \(near\) NaN|Error encoding a frame: Cannot allocate memory"),
        "the file contains samples that are not numbers (NaN), which cannot be encoded",
    ),
    (
        re.compile(r"Decoding requested, but no decoder found|Decoder \S+ not found|.*Not yet implemented"),
        "the encoding of the file is not supported",
    ),
    (
        re.compile(r"Error (opening input.*|while opening decoder): (Invalid |Cannot allocate memory)"),
        "the header of the file is invalid",
    ),
    (
        re.compile(r"Decode error rate .* exceeds maximum|Error submitting packet to decoder"),
        "most of the data is damaged, or not in the format that the file states",
    ),
    (
        re.compile(r"Rematrix is needed|Input channel layout .* is not supported|Cannot select channel layout"),
        "the channel layout is not supported: export the file in mono or stereo",
    ),
)
_STOPPED_CODE = 255
"""The exit code of ffmpeg when it was asked to stop."""
_SHELL_OFFSET = 128
"""A shell adds this to the number of the signal that ended a program. Python reports the negative number."""
_FATAL_SIGNALS = {
    "SIGKILL",
    "SIGXFSZ",
    "SIGSEGV",
    "SIGBUS",
    "SIGABRT",
    "SIGILL",
    "SIGFPE",
    "SIGTERM",
    "SIGINT",
    "SIGHUP",
}
"""The signals that an exit code above 128 can mean. Other codes above 128 are ordinary exit codes."""
_STOP_SIGNALS = {"SIGTERM", "SIGINT", "SIGHUP"}

_EXPORT_AGAIN = "check whether the file plays on this computer; if not, export or copy it again"
_FREE_DISK = "free some disk space, or set PODCASTKIT_CACHE to a folder on another disk, and run the command again"
_FREE_MEMORY = "close other programs and run the command again: finished work is kept"
_RUN_AGAIN = "run the command again: finished work is kept"


class FfmpegMissing(MediaError):  # noqa: N818 - the name states the problem
    """ffmpeg is missing or cannot be run."""


class FfmpegFailed(MediaError):  # noqa: N818 - the name states the problem
    """ffmpeg ran and failed. `reason` is the reason, as reported by ffmpeg or explained by podcastkit.

    `is_about_file` is true if the input file is the cause. An error without the argument `hint` is about the file.
    """

    def __init__(self, reason: str, hint: str | None = None) -> None:
        self.is_about_file = hint is None
        super().__init__(f"ffmpeg failed: {reason}" if hint is None else reason, hint or _EXPORT_AGAIN)
        self.reason = reason

    def name_cause(self, path: Path) -> str:
        """Return the reason without the file name at its start, which ffmpeg adds to some messages."""
        return re.sub(rf"^(subfile,\S*,,:)?file:{re.escape(str(path))}: ", "", self.reason)

    def __reduce__(self) -> tuple[type[FfmpegFailed], tuple[str, str | None]]:
        """Make the exception picklable, so that other processes can raise it."""
        return type(self), (self.reason, None if self.is_about_file else self.hint)


def explain_failure(program: str, log: Iterable[str], code: int) -> FfmpegFailed:
    """Explain why ffmpeg failed, by the errors in its log and its exit code."""
    lines = [clean_line(_SENDER.sub("", line)) or "" for line in log]
    # Check for specific causes first, because general messages about the file often follow them.
    if message := _find_line(lines, _MISSING_FEATURE):
        problem = "is too old or lacks a required feature"
        return FfmpegFailed(f"{_describe_program(program)} {problem}: {message}", _suggest_other_ffmpeg())
    if message := _find_line(lines, _DISK_FULL):
        return FfmpegFailed(f"the output of ffmpeg cannot be written: {message}", _FREE_DISK)
    if reason := next((reason for pattern, reason in _FILE_ERRORS if _find_line(lines, pattern)), None):
        return FfmpegFailed(reason)
    if message := _find_line(lines, _NO_MEMORY):
        return FfmpegFailed(f"there is not enough memory for ffmpeg: {message}", _FREE_MEMORY)
    return _explain_exit_code(program, code) or FfmpegFailed(_find_last_message(lines, code))


def _find_line(lines: Iterable[str], pattern: re.Pattern[str]) -> str | None:
    return next((line for line in lines if pattern.match(line)), None)


def _explain_exit_code(program: str, code: int) -> FfmpegFailed | None:
    """Explain which signal ended ffmpeg, or return None if no signal did."""
    name = _name_signal(code)
    if name == "SIGKILL":
        return FfmpegFailed("ffmpeg was killed (SIGKILL), probably because the memory was full", _FREE_MEMORY)
    if name == "SIGXFSZ":
        return FfmpegFailed(
            "the output of ffmpeg cannot be written: it exceeds the file size limit of this computer", _FREE_DISK
        )
    if name in _STOP_SIGNALS or code == _STOPPED_CODE:
        return FfmpegFailed("ffmpeg was stopped by another program or by the system", _RUN_AGAIN)
    return FfmpegFailed(f"{_describe_program(program)} crashed ({name})", _suggest_other_ffmpeg()) if name else None


def _name_signal(code: int) -> str | None:
    """Return the name of the signal that ended ffmpeg, also if a shell script called `ffmpeg` started it."""
    try:
        name = signal.Signals(-code if code < 0 else code - _SHELL_OFFSET).name
    except ValueError:
        return None
    return name if code < 0 or name in _FATAL_SIGNALS else None


def _describe_program(program: str) -> str:
    return f"{program} (set in {VARIABLE})" if os.environ.get(VARIABLE) else f"the ffmpeg at {program}"


def _suggest_other_ffmpeg() -> str:
    if os.environ.get(VARIABLE):
        return f"unset {VARIABLE} to use the bundled ffmpeg, or set it to a complete ffmpeg, 5.1 or newer"
    return f"set {VARIABLE} to the path of a complete ffmpeg, 5.1 or newer"


def _find_last_message(lines: Iterable[str], code: int) -> str:
    """Return the last helpful line of the log, or the exit code if no line is helpful."""
    helpful_lines = (line for line in reversed([*lines]) if line and not _UNHELPFUL.match(line))
    return next(helpful_lines, f"exit code {code}")
