"""The show that uses everything: its feed is the one that was reviewed, and its documents are what they say."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

import podcastkit
from podcastkit.diagnostics import Severity
from podcastkit.feed.reader import linked_files
from podcastkit.model import AudioSettings, PublishSettings, Schedule
from podcastkit.project.front_matter import KEYS
from podcastkit.project.show_file import SHOW_KEYS, TRANSLATION_KEYS
from podcastkit.published_keys import feed_key
from tests.everything import AT, FEEDS, TEXTS, URL
from tests.readers.strict import find_faults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.readers.node import Node

# Where to publish is no matter of the feed.
ABOUT_BUCKETS = {"endpoint_url", "region", "profile"}
WARNINGS = {
    "A116": "every episode of it goes out as it is, without intro and outro",
    "E009": "a line that looks like a key is read out as it stands",
    "E105": "a title out of the audio's tag is one of the ways to give one",
    "N113": "a feed must carry < and > as signs, though YouTube refuses them",
    "N160": "some episodes are not translated",
    "N201": "an episode may say nothing",
}
"""What `podcastkit check` warns of, and why it is there."""
KINDS = {"artwork", "enclosure", "chapters", "transcript", "alternate", "image", "trailer"}
"""The kinds of files that a feed can name."""


def keys_of(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)} - ABOUT_BUCKETS


@pytest.fixture(params=FEEDS, ids=str)
def language(request: pytest.FixtureRequest) -> str | None:
    """Each of its languages: None, and those of its translations."""
    found: str | None = request.param
    return found


@pytest.mark.slow
def test_its_feed_is_as_reviewed(everything: Path, language: str | None) -> None:
    """Where a change is meant, `python -m tests.everything` writes it, and the diff shows it."""
    published = everything / "public" / feed_key(language)
    assert published.read_text(encoding="utf-8") == FEEDS[language].read_text(encoding="utf-8")


def test_its_feed_is_the_same_without_publishing(everything: Path, language: str | None) -> None:
    feed = podcastkit.render_feed(everything / "show", url=URL, at=AT, language=language)
    assert feed == FEEDS[language].read_bytes()


def test_its_feed_has_no_fault(language: str | None) -> None:
    assert find_faults(FEEDS[language].read_bytes(), at=AT, address=f"{URL}/{feed_key(language)}") == []


def test_what_check_warns_of_is_meant(everything: Path) -> None:
    findings = podcastkit.check(everything / "show", at=AT, audio=False)  # its audio is silent
    assert {finding.code for finding in findings if finding.severity is not Severity.INFO} == set(WARNINGS)


def test_it_uses_every_key_of_show_toml() -> None:
    used = tomllib.loads((TEXTS / "show.toml").read_text(encoding="utf-8"))
    assert set(used) == {key.name for key in SHOW_KEYS} - {"timezone"}
    assert set(used["schedule"]) == keys_of(Schedule) | {"timezone"}
    assert set(used["publish"]) == keys_of(PublishSettings)
    assert set(used["audio"]) == keys_of(AudioSettings)
    assert set(used["translations"]["es"]) == {key.name for key in TRANSLATION_KEYS}


def test_it_uses_every_key_of_front_matter() -> None:
    notes = (TEXTS / "01-the-summit" / "notes.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z_]+):", notes, re.MULTILINE)) == KEYS


def test_every_file_that_its_feed_names_is_there(everything: Path, language: str | None) -> None:
    files = linked_files(FEEDS[language].read_bytes())
    assert {file.kind for file in files} == KINDS
    for file in files:
        assert (everything / "public" / file.url.partition("/locks/")[2]).is_file(), file.url


@pytest.mark.parametrize(("suffix", "reader"), [(".vtt", "webvtt-parser"), (".srt", "srt-validator")])
def test_its_subtitles_are_valid(everything: Path, node: Node, suffix: str, reader: str) -> None:
    """Those that were given, and those that were made of others."""
    published = set((everything / "public" / "transcripts").glob(f"*{suffix}"))
    given = {path.read_bytes() for path in TEXTS.rglob(f"*{suffix}")}
    assert {path.read_bytes() in given for path in published} == {True, False}
    for path in published:
        assert node.faults(reader, path.read_text(encoding="utf-8")) == []


def test_its_chapters_are_json_chapters(everything: Path) -> None:
    """podcast-namespace, docs/examples/chapters/jsonChapters.md."""
    published = [json.loads(path.read_bytes()) for path in (everything / "public" / "chapters").iterdir()]
    assert len(published) == 6  # of the four episodes that have any, and of two in their translation
    for document in published:
        listed = [chapter for chapter in document["chapters"] if chapter.get("toc", True)]
        starts = [chapter["startTime"] for chapter in document["chapters"]]
        assert document["version"] == "1.2.0"
        assert starts[0] == 0
        assert starts == sorted(set(starts))
        assert all(chapter["title"] for chapter in listed)
