"""ffmpeg: which one, and how it is run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import imageio_ffmpeg

from podcastkit.diagnostics import MediaError
from podcastkit.media.files import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLE = "PODCASTKIT_FFMPEG"
_SENDER = re.compile(r"^(\[[^]]+ @ 0x[0-9a-f]+\] )+")
_PLATITUDE = "Conversion failed!"


def find_ffmpeg() -> str:
    """Return the ffmpeg to use: the one that `PODCASTKIT_FFMPEG` names, the bundled one, or the system's.

    Raises `MediaError` when there is none.
    """
    if wanted := os.environ.get(VARIABLE):
        if found := shutil.which(wanted):
            return found
        raise MediaError(
            f"{VARIABLE} names {wanted}, which is not a program that can be run",
            f"set {VARIABLE} to the path of an ffmpeg, or unset it to use the bundled one",
        )
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise MediaError(
            "there is no ffmpeg on this computer", f"install ffmpeg, or set {VARIABLE} to the path of one"
        ) from error


def run_ffmpeg(arguments: Sequence[str]) -> str:
    """Run ffmpeg to its end and return what it wrote to its standard error; it dies with whoever waits for it.

    Raises `MediaError` with ffmpeg's own words when it fails.
    """
    program = find_ffmpeg()
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and every file is named with `file:` before it
            [program, "-hide_banner", "-nostdin", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        cure = f"set {VARIABLE} to the path of an ffmpeg that works"
        raise MediaError(f"{program} cannot be run: {error.strerror}", cure) from error
    log = done.stderr.decode("utf-8", "replace")
    if done.returncode:
        cure = "see whether the file plays on this computer (if not, export it again) and whether the disk is full"
        raise MediaError(f"ffmpeg failed: {_last_words(log, done.returncode)}", cure)
    return log


def _last_words(log: str, code: int) -> str:
    lines = (clean_text(_SENDER.sub("", line)) for line in reversed(log.splitlines()))
    return next((line for line in lines if line and line != _PLATITUDE), f"it ended with code {code}")
