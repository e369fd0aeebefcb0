"""Third-party podcast clients read the feed from a real bucket over HTTP and download every episode."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reader import make_reader

from podcastkit.publishing.publish import Receipt, publish
from tests.readers.strict import find_feed_errors
from tests.shows import SAMPLE

if TYPE_CHECKING:
    from podcastkit.storage.s3 import S3Storage

pytestmark = pytest.mark.ffmpeg

TITLES = [
    "Trailer (placeholder)",
    "Placeholder with a heading for its title",
    "Placeholder with notes in plain text",
    "Placeholder made from a WAV master",
    "Placeholder in an M4A file",
    "Expanded teacher planning time creates opportunities for added scholar enrichment and intervention programs",
    "Placeholder with artwork of its own",
    "Placeholder with a summary",
    "You ARE A College Student",
]


@pytest.fixture
def published(bucket: S3Storage, tmp_path: Path) -> Receipt:
    """Publish the sample show to a bucket with public read access."""
    show = shutil.copytree(SAMPLE, tmp_path / "show", ignore=shutil.ignore_patterns("public"))
    receipt = publish(show, to=bucket)
    assert receipt.outcome == "published"
    return receipt


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server on loopback
        body: bytes = answer.read()
    return body


def hash_media(receipt: Receipt) -> list[str]:
    """Return the SHA-256 of each published audio file, in the order of the feed."""
    return [record.media.sha256 for record in receipt.plan.records.episodes]


@pytest.mark.slow
def test_podcast_archiver_downloads_every_episode_byte_for_byte(published: Receipt, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (tmp_path / "config.yaml").write_text("{}\n")
    archiver = str(Path(sys.executable).with_name("podcast-archiver"))
    options = ["--config", str(tmp_path / "config.yaml"), "--database", str(tmp_path / "archive.db")]
    command = [archiver, "--feed", published.feed_url, "--dir", str(archive), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    files = [path for path in archive.rglob("*.*") if path.is_file()]
    assert {path.suffix for path in files} == {".mp3", ".m4a"}
    assert sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files) == sorted(hash_media(published))


@pytest.mark.slow
def test_reader_finds_every_episode_and_enclosure(published: Receipt) -> None:
    reader = make_reader(":memory:")
    reader.add_feed(published.feed_url)
    reader.update_feeds()
    entries = sorted(reader.get_entries(), key=lambda entry: TITLES.index(entry.title or ""))
    assert [entry.title for entry in entries] == TITLES
    assert [entry.id for entry in entries] == [record.guid for record in published.plan.records.episodes]
    for entry, digest in zip(entries, hash_media(published), strict=True):
        (enclosure,) = entry.enclosures
        body = fetch(enclosure.href)
        assert len(body) == enclosure.length
        assert hashlib.sha256(body).hexdigest() == digest
    reader.close()


@pytest.mark.slow
def test_feed_is_valid(published: Receipt) -> None:
    """tests/readers compares the results of other readers."""
    assert find_feed_errors(fetch(published.feed_url), at=datetime.now(UTC), address=published.feed_url) == []


@pytest.mark.slow
def test_files_are_served_with_their_types_and_cache_headers(published: Receipt) -> None:
    base = published.feed_url.removesuffix("/feed.xml")
    expected: dict[str, tuple[str | tuple[str, ...], str]] = {
        "feed.xml": ("application/rss+xml; charset=utf-8", "must-revalidate"),
        "media/": ("audio/", "immutable"),
        "artwork/": ("image/jpeg", "immutable"),
        "transcripts/": (("text/vtt", "application/x-subrip"), "immutable"),
        "chapters/": ("application/json+chapters", "immutable"),
    }
    seen = set()
    for key in published.uploaded:
        for start, (kind, cache) in expected.items():
            if key.startswith(start):
                seen.add(start)
                with urllib.request.urlopen(f"{base}/{key}", timeout=30) as answer:  # noqa: S310 - our own server
                    assert answer.headers["Content-Type"].startswith(kind)
                    assert cache in answer.headers["Cache-Control"]
    assert seen == set(expected)
