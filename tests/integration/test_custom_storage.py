"""The custom storage of the documentation works like a folder or a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import podcastkit
from podcastkit.feed.reader import read_feed
from tests.shows import NOW
from tests.storage.example import make_example_storage

if TYPE_CHECKING:
    from tests.shows import Workshop


def test_custom_storage_publishes_twice(workshop: Workshop) -> None:
    storage = make_example_storage()
    first = podcastkit.publish(workshop.folder, to=storage, at=NOW, verify=False)
    assert first.outcome == "published"
    assert [trouble.code for trouble in first.troubles] == ["S112"]
    assert podcastkit.publish(workshop.folder, to=storage, at=NOW, verify=False).outcome == "unchanged"
    stored = {found.key for found in storage.list("")}
    feed = (storage.read("feed.xml") or (b"",))[0]
    assert {
        str(item.enclosure_url).removeprefix(f"{storage.public_url}/") for item in read_feed(feed).items
    } <= stored
