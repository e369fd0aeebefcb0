"""The show that uses every feature. Its texts are in tests/data; this module creates its audio and pictures.

`python -m tests.everything` publishes it to a folder and writes the reviewed feeds (`FEEDS`).
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

from podcastkit.published_keys import make_feed_key
from podcastkit.publishing.publish import publish
from tests.shows import SAMPLE, make_mp3

AT = datetime(2024, 12, 1, tzinfo=UTC)
URL = "https://podcast.example.org/locks"
TEXTS = Path(__file__).parent / "data" / "shows" / "everything"
_DATA = Path(__file__).parent / "data" / "feeds"
FEEDS = {None: _DATA / "everything.xml", "es": _DATA / "everything.es.xml"}
"""Its reviewed feeds by language. None is the original."""

_BLOCK = 65_535
"""The largest stored block of the zlib format, in bytes (RFC 1951, 3.2.4)."""


def make_everything(folder: Path) -> Path:
    """Write the show to a folder and return the folder. The bytes are the same on every computer."""
    shutil.copytree(TEXTS, folder, ignore=shutil.ignore_patterns("expected.txt"))
    for mark, episode in enumerate(sorted(path for path in folder.iterdir() if path.is_dir()), start=1):
        name = "summit.mp3" if episode.name == "01-the-summit" else "audio.mp3"
        (episode / name).write_bytes(_TAGS.get(episode.name, b"") + make_mp3(30 + mark, mark=mark))
    _write_pictures(folder)
    (folder / "_sounds").mkdir()
    for mark, clip in enumerate(("_sounds/intro.mp3", "_sounds/outro.mp3", "01-the-summit/outro.mp3"), start=200):
        (folder / clip).write_bytes(make_mp3(5, mark=mark))
    (folder / "01-the-summit" / "summit-short.mp3").write_bytes(make_mp3(10, mark=100))
    shutil.copyfile(SAMPLE / "04-m4a" / "audio.m4a", folder / "01-the-summit" / "summit-es.m4a")
    return folder


def _write_pictures(folder: Path) -> None:
    for name, width, height, color in (
        ("cover.png", 1400, 1400, b"\x00\x00\x80"),
        ("portada.png", 1400, 1400, b"\x80\x00\x00"),
        ("banner.png", 640, 160, b"\x00\x00\x80"),
        ("logo.png", 300, 300, b"\x40\x40\x40"),
        ("01-the-summit/summit.png", 1400, 1400, b"\x00\x80\x00"),
        ("01-the-summit/tall.png", 90, 160, b"\x00\x80\x80"),
    ):
        (folder / name).write_bytes(make_png(width, height, color))


def make_png(width: int, height: int, color: bytes) -> bytes:
    """Return an uncompressed picture of one color. Compressed bytes would depend on the library."""
    rows = (b"\x00" + color * width) * height
    blocks = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
    stored = b"".join(
        struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks
    )
    data = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _make_chunk(b"IHDR", head) + _make_chunk(b"IDAT", data) + _make_chunk(b"IEND", b"")
    )


def _make_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def make_id3(*frames: bytes) -> bytes:
    """Return an ID3v2.3 tag with these frames (id3v2.3.0, sections 3.1 and 3.3)."""
    body = b"".join(frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def make_title(text: str) -> bytes:
    """Return a title frame."""
    return _make_frame(b"TIT2", b"\x01" + text.encode("utf-16"))


def make_chapter(name: bytes, start: int, end: int, title: str) -> bytes:
    """Return a chapter frame, with start and end in milliseconds (id3v2-chapters-1.0)."""
    return _make_frame(b"CHAP", name + b"\x00" + struct.pack(">II", start, end) + b"\xff" * 8 + make_title(title))


def _make_frame(name: bytes, data: bytes) -> bytes:
    return name + struct.pack(">I", len(data)) + b"\x00\x00" + data


_TAGS = {
    "03-the-sea": make_id3(make_title("The sea, the sea")),
    "04-bonus-at-night": make_id3(
        make_chapter(b"one", 0, 12_000, "Casting off"),
        make_chapter(b"two", 12_000, 24_000, "Mice"),
        make_chapter(b"three", 24_000, 36_000, "Dawn"),
    ),
}


def publish_everything(folder: Path) -> Path:
    """Create the show in `folder/show`, publish it at the moment `AT` to `folder/public`, and return that."""
    show = make_everything(folder / "show")
    receipt = publish(show, to=folder / "public", url=URL, at=AT, yes=True)
    assert [held.episode for held in receipt.plan.held_back] == ["s2e01-cut"], receipt.plan.held_back
    return folder / "public"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ["PODCASTKIT_CACHE"] = f"{place}/cache"
        public = publish_everything(Path(place))
        for language, path in FEEDS.items():
            path.write_bytes((public / make_feed_key(language)).read_bytes())
