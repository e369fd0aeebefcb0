"""Helpers to read and check a destination."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.diagnostics import Cancelled
from podcastkit.feed.reader import list_linked_files, read_feed
from podcastkit.published_keys import FEED_KEY
from podcastkit.state.manifest import Manifest
from podcastkit.storage.local import LocalStorage
from podcastkit.verification.verify import verify, verify_stored
from tests.readers.strict import find_feed_errors

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import LiveFeed
    from podcastkit.publishing.plan import Plan
    from podcastkit.storage.base import Storage
    from podcastkit.verification.report import Report

URL = "https://podcast.example.org"

ON_FOLDER_AND_BUCKET = pytest.mark.parametrize("storage", ["folder", "bucket"], indirect=True)
"""Run a test on both real storages instead of in memory."""


def read_live_feed(storage: Storage, key: str = FEED_KEY) -> LiveFeed:
    found = storage.read(key)
    assert found
    return read_feed(found[0])


def list_sizes(storage: Storage) -> dict[str, int]:
    return {found.key: found.size for found in storage.list("")}


def read_titles(storage: Storage, key: str = FEED_KEY) -> list[str]:
    return [item.title for item in read_live_feed(storage, key).items]


def forget_live_feeds(plan: Plan) -> Plan:
    """Return a plan that does not know the live feeds, as if another publish had replaced them."""
    return replace(plan, feeds={key: replace(switch, before=None) for key, switch in plan.feeds.items()})


def verify_published(storage: Storage) -> Report:
    """Verify a published show: a bucket through its web server, a folder through its files."""
    if isinstance(storage, LocalStorage):
        return verify_stored(storage, storage.public_url)
    return verify(f"{storage.public_url}/{FEED_KEY}")


def assert_whole(storage: Storage, key: str = FEED_KEY) -> None:
    """Check that a live feed is valid, and that every file in it exists with the stated length."""
    found = storage.read(key)
    assert found
    assert find_feed_errors(found[0], at=datetime.now(UTC)) == []
    assert re.search(f'href="[^"]*/{re.escape(key)}" rel="self"', found[0].decode())
    there = list_sizes(storage)
    for file in list_linked_files(found[0]):
        size = there["/".join(file.url.rsplit("/", 2)[1:])]
        assert file.length in {None, size}, file


def get_kind(key: str) -> str:
    """Return the folder of a key. A journal in `history/` is a kind of its own."""
    return "journal" if key.startswith("history/") and key.endswith(".json") else key.partition("/")[0]


def put(storage: Storage, key: str, body: bytes) -> None:
    storage.write(key, body, content_type="text/plain", cache_control="no-cache")


def read_manifest(storage: Storage) -> Manifest:
    return Manifest.from_bytes((storage.read("podcastkit.json") or (b"",))[0])


class Killed(LocalStorage):
    """A folder that raises `Cancelled` instead of the n-th change."""

    left = 10**6

    def write(self, key: str, body: bytes | Path, **options: Any) -> Any:
        self._step()
        return super().write(key, body, **options)

    def delete(self, key: str) -> None:
        self._step()
        super().delete(key)

    def _step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled("killed")
