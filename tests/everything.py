"""The show that uses everything, made whole: its texts from tests/data, its audio and pictures made here.

`python -m tests.everything` publishes it into a folder and writes its feed to tests/data/feeds/everything.xml.
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

from podcastkit.publishing.publisher import publish
from tests.shows import make_mp3

AT = datetime(2024, 12, 1, tzinfo=UTC)
URL = "https://podcast.example.org/locks"
TEXTS = Path(__file__).parent / "data" / "shows" / "everything"
FEED = Path(__file__).parent / "data" / "feeds" / "everything.xml"

_BLOCK = 65_535
"""How many bytes a stored block of zlib's format holds at most (RFC 1951, 3.2.4)."""


def make_everything(folder: Path) -> Path:
    """Write the show into a folder and return that; every byte is the same on every machine."""
    shutil.copytree(TEXTS, folder)
    for mark, episode in enumerate(sorted(path for path in folder.iterdir() if path.is_dir()), start=1):
        name = "summit.mp3" if episode.name == "01-the-summit" else "audio.mp3"
        (episode / name).write_bytes(make_mp3(30 + mark, mark=mark))
    (folder / "cover.png").write_bytes(make_png(1400, b"\x00\x00\x80"))
    (folder / "01-the-summit" / "summit.png").write_bytes(make_png(1400, b"\x00\x80\x00"))
    return folder


def make_png(side: int, colour: bytes) -> bytes:
    """Return a square picture of one colour, not compressed at all, since libraries differ in how they do that."""
    rows = (b"\x00" + colour * side) * side
    blocks = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
    stored = b"".join(
        struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks
    )
    data = b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(rows))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def publish_everything(folder: Path) -> Path:
    """Make the show in `folder/show`, publish it as of `AT` into `folder/public`, and return the latter."""
    show = make_everything(folder / "show")
    receipt = publish(show, to=folder / "public", url=URL, at=AT, yes=True)
    assert [held.episode for held in receipt.plan.held_back] == ["05-cut"], receipt.plan.held_back
    return folder / "public"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ["PODCASTKIT_CACHE"] = f"{place}/cache"
        FEED.write_bytes((publish_everything(Path(place)) / "feed.xml").read_bytes())
