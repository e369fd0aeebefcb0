"""The show that uses every feature: its feed equals the reviewed one, and its documents are valid."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

import podcastkit
from podcastkit.diagnostics import Severity
from podcastkit.feed.reader import list_linked_files
from podcastkit.model import AudioSettings, PublishSettings, Schedule
from podcastkit.project.front_matter import KEY_NAMES
from podcastkit.project.show_file import SHOW_KEYS, TRANSLATION_KEYS
from podcastkit.published_keys import make_feed_key
from tests.everything import AT, FEEDS, TEXTS, URL
from tests.readers.strict import find_feed_errors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.readers.node import Node

# Settings of the bucket do not affect the feed.
ABOUT_BUCKETS = {"endpoint_url", "region", "profile"}
WARNINGS = {
    "A116": "all of its episodes are published unchanged, without intro and outro",
    "E009": "a line that looks like a key is read as text",
    "E105": "one episode takes its title from the tags of the audio",
    "N113": "a feed must support < and >, although YouTube rejects them",
    "N160": "some episodes are not translated",
    "N201": "an episode may have no notes",
}
"""The warnings of `podcastkit check`, with their reasons."""
KINDS = {"artwork", "enclosure", "chapters", "transcript", "alternate", "image", "trailer"}
"""The kinds of files in a feed."""


def list_keys(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)} - ABOUT_BUCKETS


@pytest.fixture(params=FEEDS, ids=str)
def language(request: pytest.FixtureRequest) -> str | None:
    """The languages of the show. None is the original."""
    found: str | None = request.param
    return found


@pytest.mark.slow
def test_published_feed_equals_reviewed_feed(everything: Path, language: str | None) -> None:
    """After an intended change, run `python -m tests.everything` and review the diff."""
    published = everything / "public" / make_feed_key(language)
    assert published.read_text(encoding="utf-8") == FEEDS[language].read_text(encoding="utf-8")


def test_rendered_feed_equals_reviewed_feed(everything: Path, language: str | None) -> None:
    feed = podcastkit.render_feed(everything / "show", url=URL, at=AT, language=language)
    assert feed == FEEDS[language].read_bytes()


def test_feed_has_no_errors(language: str | None) -> None:
    assert find_feed_errors(FEEDS[language].read_bytes(), at=AT, address=f"{URL}/{make_feed_key(language)}") == []


def test_check_finds_only_expected_warnings(everything: Path) -> None:
    findings = podcastkit.check(everything / "show", at=AT, audio=False)  # its audio is silent
    assert {finding.code for finding in findings if finding.severity is not Severity.INFO} == set(WARNINGS)


def test_show_uses_every_key_of_show_toml() -> None:
    used = tomllib.loads((TEXTS / "show.toml").read_text(encoding="utf-8"))
    assert set(used) == {key.name for key in SHOW_KEYS} - {"timezone"}
    assert set(used["schedule"]) == list_keys(Schedule) | {"timezone"}
    assert set(used["publish"]) == list_keys(PublishSettings)
    assert set(used["audio"]) == list_keys(AudioSettings)
    assert set(used["translations"]["es"]) == {key.name for key in TRANSLATION_KEYS}


def test_show_uses_every_key_of_front_matter() -> None:
    notes = (TEXTS / "01-the-summit" / "notes.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^([a-z_]+):", notes, re.MULTILINE)) == KEY_NAMES


def test_every_file_in_feed_exists(everything: Path, language: str | None) -> None:
    files = list_linked_files(FEEDS[language].read_bytes())
    assert {file.kind for file in files} == KINDS
    for file in files:
        assert (everything / "public" / file.url.partition("/locks/")[2]).is_file(), file.url


@pytest.mark.parametrize(("suffix", "reader"), [(".vtt", "webvtt-parser"), (".srt", "srt-validator")])
def test_subtitles_are_valid(everything: Path, node: Node, suffix: str, reader: str) -> None:
    """Test the files from the show folder and the generated ones."""
    published = set((everything / "public" / "transcripts").glob(f"*{suffix}"))
    given = {path.read_bytes() for path in TEXTS.rglob(f"*{suffix}")}
    assert {path.read_bytes() in given for path in published} == {True, False}
    for path in published:
        assert node.find_errors(reader, path.read_text(encoding="utf-8")) == []


def test_chapters_are_json_chapters(everything: Path) -> None:
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
