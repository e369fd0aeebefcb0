"""Damage one file of a small but complete show, and then check and publish the show.

    python -m tests.fuzz.fuzz_show --cases 2000 --seed 1
    python -m tests.fuzz.fuzz_show --seed 1 --only 417 --keep    # repeat one case, and keep its folder

Each case must end with findings, a pass or a PodcastkitError, within ten CPU seconds and 500 MB. The feed at the
destination is unchanged, or it is valid and contains only existing files with the right length.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import urlsplit

import click
from click.testing import CliRunner
from lxml import etree
from mutagen.id3 import CHAP, CTOC, ID3, TIT2, WXXX

import podcastkit
from podcastkit.cli.app import run
from podcastkit.media.ffmpeg import run_ffmpeg
from tests.fuzz.damage import DAMAGES
from tests.readers.strict import find_feed_errors
from tests.shows import make_mp3, small_show, write_artwork, write_wav
from tests.word import word_of

if TYPE_CHECKING:
    from types import FrameType

    from tests.fuzz.damage import Damage

NOW = datetime(2024, 11, 1, 12, tzinfo=UTC)
_TIME_LIMIT = 10
_MEMORY = 4 * 2**30
"""The limit of the memory in bytes, so that an endless file cannot use all memory of the computer."""
_LITTLE_MEMORY = 500 * 10**6
"""The memory that one case may use, in bytes."""
_HANGING = 60
"""The seconds after which a process that hangs is ended with a traceback."""
_PUBLISH = """
episodes = 6
images = [{file = "banner.jpg", purpose = "banner social", alt = "The harbour"}]

[schedule]
first = 2024-09-05T06:00:00
every = "week"
skip = [2024-10-03]

[publish]
to = "public"
url = "https://podcast.example.org"
"""
_FRONT_MATTER = """---
title: The long night
date: 2024-09-04 05:30
people:
  - Ann
  - {name: Ben, role: producer}
summary: What the harbour does at night.
soundbites: [{start: 0, duration: 1, title: Ahoy}]
images: [{file: tall.png, purpose: canvas, alt: A crane}]
alternates: [{file: es.mp3, lang: es}, {file: low.wav, title: Low}]
---
# A heading

Notes with a [link](https://example.org) and *emphasis*.

00:00 Begin
00:01 **Middle**
00:02 End
"""


_JSON_CHAPTERS = """{"version": "1.2.0", "author": "Ann", "chapters": [
{"startTime": 0, "title": "Begin", "img": "https://example.org/a.jpg", "url": "https://example.org/"},
{"startTime": 0.3, "toc": false, "endTime": 0.5},
{"startTime": 0.4, "title": "Middle", "location": {"name": "Harbour", "geo": "geo:57.7,11.9"}},
{"startTime": 0.8, "title": "End"}]}
"""
_SEGMENTS = """{"version": "1.0.0", "segments": [
{"speaker": "Ana", "startTime": 0, "endTime": 0.5, "body": "Ahoy"},
{"speaker": "Ben", "startTime": 0.5, "body": "Yes"}
]}"""
_MONOLOGUES = "<cite>Ana:</cite>\n<time>0:00</time>\n<p>Hola</p>\n<time>0:01</time>\n<p>Adi\u00f3s</p>\n"


class _TooSlowError(BaseException):
    """The time limit is over; no `except Exception` may swallow it."""


@dataclass(frozen=True)
class Case:
    """One damaged show: which file, and how."""

    index: int
    target: str
    damage: Damage
    is_fresh: bool
    """Whether the show was not published before."""

    def __str__(self) -> str:
        state = "new" if self.is_fresh else "published"
        return f"case {self.index}: {self.damage.__name__} {self.target} ({state})"


@click.command()
@click.option("--cases", default=1000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--only", type=int, help="Run this case alone.")
@click.option("--keep", is_flag=True, help="Leave the folders of broken cases where they are.")
def main(cases: int, seed: int, only: int | None, *, keep: bool) -> None:
    """Try damaged shows; exit 1 when a promise was broken."""
    place = Path(tempfile.mkdtemp(prefix="podcastkit-fuzz-"))
    os.environ["PODCASTKIT_CACHE"] = str(place / "cache")
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGPROF, _stop)
    fresh, published = build_shows(place)
    outcomes: Counter[str] = Counter()
    broken = 0
    for index in range(cases) if only is None else [only]:
        source = Random(f"{seed}-{index}")  # noqa: S311 - chance that can be repeated, no secret
        is_fresh = source.random() < 1 / 4
        folder = place / f"{index}" / "show"
        shutil.copytree(fresh if is_fresh else published, folder)
        case = _damage(index, folder, source, is_fresh=is_fresh)
        problem, outcome = _run_case(folder)
        outcomes[outcome] += 1
        if problem:
            broken += 1
            click.echo(f"{case}\n{problem}\n" + (f"{folder}\n" if keep else ""))
        if not (problem and keep):
            shutil.rmtree(folder.parent, ignore_errors=True)
    click.echo(", ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common()))
    if not (broken and keep):
        shutil.rmtree(place)
    sys.exit(bool(broken))


def _stop(_: int, __: FrameType | None) -> None:
    raise _TooSlowError


def build_shows(place: Path) -> tuple[Path, Path]:
    """Write a show with every kind of file, and a published copy of it."""
    fresh = place / "fresh" / "show"
    workshop = small_show(fresh, _PUBLISH, episodes=1)
    write_artwork(fresh / "banner.jpg", (160, 40))
    first = workshop.episode("02-second", _FRONT_MATTER, mark=2)
    write_artwork(first / "tall.png", (90, 160))
    (first / "es.mp3").write_bytes(make_mp3(1, mark=20))
    write_wav(first / "low.wav", 1, mark=21)
    write_artwork(first / "artwork.jpg", color="red")
    (first / "chapters.txt").write_text("00:00 Begin\n00:01 End\n", encoding="utf-8")
    (first / "transcript.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nAhoy\n", encoding="utf-8")
    second = fresh / "03-third"
    second.mkdir()
    write_wav(second / "master.wav", 1)
    words = word_of("---", "title: “Words from Word”", "---", "Notes – with dashes.")
    (second / "notes.docx").write_bytes(words)
    (second / "transcript.es.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHola\n", encoding="utf-8")
    third = fresh / "04-fourth"
    third.mkdir()
    (third / "transcript.json").write_text(_SEGMENTS, encoding="utf-8")
    (third / "transcript.es.html").write_text(_MONOLOGUES, encoding="utf-8")
    (third / "transcript.pt-BR.txt").write_text("Ana: Ol\u00e1\n", encoding="utf-8")
    _write_m4a(third / "audio.m4a", second / "master.wav", place / "chapters.txt")
    (third / "notes.txt").write_text("---\ntitle: Plain\n---\nPlain words, www.example.org\n", encoding="utf-8")
    (third / "chapters.json").write_text(_JSON_CHAPTERS, encoding="utf-8")
    trailer = fresh / "00-trailer"
    trailer.mkdir()
    (trailer / "trailer.mp3").write_bytes(make_mp3(1, mark=9))
    _tag_chapters(trailer / "trailer.mp3")
    published = place / "published" / "show"
    shutil.copytree(fresh, published)
    receipt = podcastkit.publish(published, at=NOW)
    assert receipt.outcome == "published", receipt.held_back
    return fresh, published


def _write_m4a(path: Path, sound: Path, chapters: Path) -> None:
    """Write both kinds of chapters to an M4A with its index at the beginning."""
    marks = [f"[CHAPTER]\nTIMEBASE=1/10\nSTART={n * 2}\nEND={n * 2 + 2}\ntitle=Part {n}\n" for n in range(3)]
    chapters.write_text(";FFMETADATA1\n" + "".join(marks), encoding="utf-8")
    inputs = ["-f", "wav", "-i", f"file:{sound}", "-f", "ffmetadata", "-i", f"file:{chapters}"]
    run_ffmpeg([*inputs, "-map_chapters", "1", "-c:a", "aac", "-movflags", "+faststart", f"file:{path}"])


def _tag_chapters(path: Path) -> None:
    tags = ID3()
    for number in range(4):
        title = TIT2(encoding=3, text=[f"Part {number}"])
        link = WXXX(encoding=3, desc="", url="https://example.org/part")
        start = number * 250
        tags.add(CHAP(element_id=f"c{number}", start_time=start, end_time=start + 250, sub_frames=[title, link]))
    tags.add(CTOC(element_id="toc", flags=3, child_element_ids=["c0", "c1", "c2"], sub_frames=[]))
    tags.save(path)


def _damage(index: int, folder: Path, source: Random, *, is_fresh: bool) -> Case:
    targets = [
        *folder.glob("*"),
        *folder.glob("[0-9]*/*"),
        folder / "public/podcastkit.json",
        folder / "public/feed.xml",
    ]
    target = source.choice(sorted(target for target in targets if target.is_file()))
    damage = source.choice(DAMAGES)
    damage(target, source)
    return Case(index, target.relative_to(folder).as_posix(), damage, is_fresh)


def _run_case(folder: Path) -> tuple[str | None, str]:
    """Check and publish a show. Return the problem or None, and the kind of result."""
    before = _read_feed(folder)
    _reset_peak()
    started = time.process_time()
    faulthandler.dump_traceback_later(_HANGING, exit=True)
    signal.setitimer(signal.ITIMER_PROF, _TIME_LIMIT)
    try:
        _check(folder)
        outcome = _publish(folder)
    except _TooSlowError:
        return f"took longer than {_TIME_LIMIT} s\n{traceback.format_exc()}", "too slow"
    except Exception:  # noqa: BLE001 - any exception is a failure
        return traceback.format_exc(), "exception"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
    if time.process_time() - started > _TIME_LIMIT:
        return f"took longer than {_TIME_LIMIT} s", "too slow"
    if _read_peak() > _LITTLE_MEMORY:
        return f"took {_read_peak() // 2**20} MB", "too large"
    after = _read_feed(folder)
    if after != before or outcome in {"published", "unchanged", "partial"}:
        return _find_wrong_claims(folder, after), outcome
    return None, outcome


def _reset_peak() -> None:
    """Reset the peak memory in the kernel (proc_pid_clear_refs(5)). If this fails, the old peak counts."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _read_peak() -> int:
    """Return the peak memory of this process or of a child process, in bytes."""
    own = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(own[1]) if own else 0, children) * 1024


def _check(folder: Path) -> None:
    """Run the command, including its output."""
    with patch.dict(os.environ, {"NO_COLOR": "1"}), CliRunner().isolation():
        code = run(["check", str(folder)])
    if code not in {0, 1}:
        raise AssertionError(f"check exits with {code}")


def _publish(folder: Path) -> str:
    try:
        return podcastkit.publish(folder, at=NOW, yes=True).outcome
    except podcastkit.PodcastkitError as error:
        return type(error).__name__


def _read_feed(folder: Path) -> bytes | None:
    path = folder / "public" / "feed.xml"
    return path.read_bytes() if path.is_file() and not path.is_symlink() and path.stat().st_size < 2**24 else None


def _find_wrong_claims(folder: Path, feed: bytes | None) -> str | None:
    """Return the first wrong statement of a feed, or None."""
    if feed is None:
        return "the feed is missing after a publish"
    if faults := find_feed_errors(feed, at=NOW):
        return f"the feed has errors: {faults}"
    root = etree.fromstring(feed, etree.XMLParser(resolve_entities=False))
    audio = [(enclosure.get("url", ""), enclosure.get("length")) for enclosure in root.iter("enclosure")]
    for version in root.iter("{*}alternateEnclosure"):
        audio += [(source.get("uri", ""), version.get("length")) for source in version.iter("{*}source")]
    for url, length in audio:
        file = folder / "public" / urlsplit(url).path.lstrip("/")
        if not file.is_file() or str(file.stat().st_size) != length:
            return f"the feed contains {url} with a wrong length of {length} bytes"
    for element in root.iter("{*}chapters", "{*}transcript", "{*}image"):
        named = element.get("url") or element.get("href")
        if named and not (folder / "public" / urlsplit(named).path.lstrip("/")).is_file():
            return f"the feed contains {named}, which does not exist"
    return None


if __name__ == "__main__":
    main()
