"""The show that uses everything: its feed is the one that was reviewed, and its documents are what they say."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

import podcastkit
from podcastkit.feed.reader import linked_files
from podcastkit.model import AudioSettings, PublishSettings, Schedule
from podcastkit.text.front_matter import KEYS
from podcastkit.text.show_file import ShowFile
from tests.everything import AT, FEED, TEXTS, URL
from tests.readers.strict import find_faults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.readers.node import Node

# Read and checked, and not published yet.
WITHOUT_EFFECT = {"images", "alternates", "loudness"}
# Where to publish is no matter of the feed.
ABOUT_BUCKETS = {"endpoint_url", "region", "profile"}


def keys_of(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)} - WITHOUT_EFFECT - ABOUT_BUCKETS


def test_its_feed_is_as_reviewed(everything: Path) -> None:
    """Where a change is meant, `python -m tests.everything` writes it, and the diff shows it."""
    assert (everything / "public" / "feed.xml").read_text(encoding="utf-8") == FEED.read_text(encoding="utf-8")


def test_its_feed_is_the_same_without_publishing(everything: Path) -> None:
    assert podcastkit.render_feed(everything / "show", url=URL, at=AT) == FEED.read_bytes()


def test_its_feed_has_no_fault() -> None:
    assert find_faults(FEED.read_bytes(), at=AT, address=f"{URL}/feed.xml") == []


def test_it_uses_every_key_of_show_toml() -> None:
    used = tomllib.loads((TEXTS / "show.toml").read_text(encoding="utf-8"))
    assert set(used) == keys_of(ShowFile) - {"timezone", "locations", "diagnostics"}
    assert set(used["schedule"]) == keys_of(Schedule) | {"timezone"}
    assert set(used["publish"]) == keys_of(PublishSettings)
    assert set(used["audio"]) == keys_of(AudioSettings)


def test_it_uses_every_key_of_front_matter() -> None:
    notes = (TEXTS / "01-the-summit" / "notes.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z_]+):", notes, re.MULTILINE)) == KEYS - WITHOUT_EFFECT


def test_every_file_that_its_feed_names_is_there(everything: Path) -> None:
    files = linked_files(FEED.read_bytes())
    assert {file.kind for file in files} == {"artwork", "enclosure", "chapters", "transcript"}
    for file in files:
        assert (everything / "public" / file.url.partition("/locks/")[2]).is_file(), file.url


@pytest.mark.parametrize(
    ("suffix", "reader", "broken"),
    [
        pytest.param(".vtt", "webvtt-parser", "WEBVTT\n\n00:01.000 --> 00:00.000\nHi\n", id="WebVTT"),
        pytest.param(".srt", "srt-validator", "1\n00:00:01,000 --> 00:00:00,000\nHi\n", id="SubRip"),
    ],
)
def test_its_subtitles_are_valid(everything: Path, node: Node, suffix: str, reader: str, broken: str) -> None:
    published = list((everything / "public" / "transcripts").glob(f"*{suffix}"))
    assert published
    for path in published:
        assert faults(node, reader, path.read_text(encoding="utf-8")) == []
    assert faults(node, reader, broken)


def faults(node: Node, reader: str, text: str) -> list[object]:
    found = node.read(reader, text)
    listed: list[object] = found["errors"] if isinstance(found, dict) else found
    return listed


def test_its_chapters_are_json_chapters(everything: Path) -> None:
    """podcast-namespace, docs/examples/chapters/jsonChapters.md."""
    published = [json.loads(path.read_bytes()) for path in (everything / "public" / "chapters").iterdir()]
    assert len(published) == 3
    for document in published:
        starts = [chapter["startTime"] for chapter in document["chapters"]]
        assert document["version"] == "1.2.0"
        assert starts[0] == 0
        assert starts == sorted(set(starts))
        assert all(chapter["title"] for chapter in document["chapters"])
