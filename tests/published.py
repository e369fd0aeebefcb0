"""What stands at a destination, as tests look at it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podcastkit.feed.reader import read_feed
from podcastkit.plan import Manifest
from tests.readers.strict import find_faults

if TYPE_CHECKING:
    from podcastkit.model import LiveFeed
    from podcastkit.storage.base import Storage

URL = "https://podcast.example.org"


def live(storage: Storage) -> LiveFeed:
    found = storage.read("feed.xml")
    assert found
    return read_feed(found[0])


def stored(storage: Storage) -> dict[str, int]:
    return {found.key: found.size for found in storage.list("")}


def titles(storage: Storage) -> list[str]:
    return [item.title for item in live(storage).items]


def assert_whole(storage: Storage) -> None:
    """The live feed has no fault, and every file that it names lies in the storage with the promised length."""
    found = storage.read("feed.xml")
    assert found
    assert find_faults(found[0], at=datetime.now(UTC)) == []
    there = stored(storage)
    for item in live(storage).items:
        url, length = item.fields["audio"].split()
        assert there["media/" + url.rpartition("/")[2]] == int(length)


def kind_of(key: str) -> str:
    """Tell a file by its folder, and apart the two files that the history keeps of each feed."""
    return "journal" if key.startswith("history/") and key.endswith(".json") else key.partition("/")[0]


def put(storage: Storage, key: str, body: bytes) -> None:
    storage.write(key, body, content_type="text/plain", cache_control="no-cache")


def manifest_of(storage: Storage) -> Manifest:
    return Manifest.from_bytes((storage.read("podcastkit.json") or (b"",))[0])
