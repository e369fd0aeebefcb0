"""Other libraries read the generated transcripts and chapters without losses."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.feed.writer import write_feed
from podcastkit.model import Chapter, Edition, Item
from podcastkit.text.chapters.json import write_chapters
from podcastkit.text.transcripts.cues import clean_cue_text
from podcastkit.text.transcripts.reader import prepare_documents, read_transcript
from tests.readers.differences import predict_reading
from tests.readers.fields import list_fields
from tests.readers.samples import LINES, TITLES, describe
from tests.readers.strict import find_feed_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.readers.fields import Reading
    from tests.readers.node import Node

    Readers = Mapping[str, Callable[[bytes], Reading]]
    Mark = tuple[int, str, str | None, str | None, bool]

SPEAKERS = st.sampled_from([None, "The Skipper", "Ana & <Iñaki>", "船長"])
SEGMENTS = st.lists(st.tuples(SPEAKERS, st.integers(1, 9_000), LINES), min_size=1, max_size=6)
ADDRESSES = st.none() | st.sampled_from(["https://example.org/?a=1&b=2", "https://example.org/it's"])
MARKS = st.lists(
    st.tuples(st.integers(1, 3_600_000), TITLES, ADDRESSES, ADDRESSES, st.booleans()), min_size=1, max_size=6
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "broken"),
    [
        pytest.param("webvtt-parser", "WEBVTT\n\n00:01.000 --> 00:00.000\nHi\n", id="WebVTT"),
        pytest.param("srt-validator", "1\n00:00:01,000 --> 00:00:00,000\nHi\n", id="SubRip"),
    ],
)
def test_validator_finds_error_in_broken_subtitles(node: Node, reader: str, broken: str) -> None:
    assert node.find_errors(reader, broken)


@given(SEGMENTS)
def test_generated_subtitles_are_valid_and_complete(
    node: Node, segments: list[tuple[str | None, int, str]]
) -> None:
    made = _generate_subtitles(segments)
    words = _remove_spaces("".join(clean_cue_text(text) for _, _, text in segments))
    if not words:
        assert made == {}
        return
    assert node.find_errors("webvtt-parser", made[".vtt"]) == []
    # The parser keeps the ";" of a character reference as text, so references are decoded here.
    cues = node.read("webvtt-parser", made[".vtt"])["cues"]
    spoken_words = "".join(html.unescape(re.sub("<[^>]*>", "", cue["text"])) for cue in cues)
    assert _remove_spaces(spoken_words) == words
    assert node.find_errors("srt-validator", made[".srt"]) == []


@pytest.mark.slow
@given(MARKS)
def test_any_chapters_are_read_back(edition: Edition, readers: Readers, marks: list[Mark]) -> None:
    """Test Podlove Simple Chapters in the feed, and JSON chapters."""
    chapters = _make_chapters(marks)
    item = edition.items[0]
    assert isinstance(item, Item)
    changed = replace(edition, items=(replace(item, episode=replace(item.episode, chapters=chapters)),))
    feed = write_feed(changed, describe=describe)
    fields = list_fields(changed, describe)
    for name, read in readers.items():
        found = read(feed)
        if "items.marks" in found:
            assert found["items.marks"] == predict_reading(name, fields)["items.marks"], name
    assert find_feed_errors(feed, at=edition.show.at, address=changed.feed_url) == []
    listed = json.loads(write_chapters(chapters).body)["chapters"]
    assert [(each["startTime"], each.get("title"), each.get("url"), each.get("img")) for each in listed] == [
        (chapter.start.total_seconds(), chapter.title, chapter.url, chapter.img) for chapter in chapters
    ]
    assert [each.get("toc", True) for each in listed] == [not chapter.hidden for chapter in chapters]


def _generate_subtitles(segments: list[tuple[str | None, int, str]]) -> dict[str, str]:
    """Generate subtitles from consecutive JSON segments. Return them by their suffix."""
    start, listed = 0, []
    for speaker, length, text in segments:
        named = {"speaker": speaker} if speaker else {}
        listed.append({**named, "startTime": start / 1000, "endTime": (start + length) / 1000, "body": text})
        start += length
    data = json.dumps({"version": "1.0.0", "segments": listed}).encode()
    transcript, _ = read_transcript(data, "transcript.json")
    documents = prepare_documents([transcript] if transcript else [])
    return {one.suffix: one.body.decode() for one in documents if one.suffix != ".json"}


def _remove_spaces(text: str) -> str:
    return "".join(text.split())


def _make_chapters(marks: list[Mark]) -> tuple[Chapter, ...]:
    start, chapters = 0, []
    for length, title, url, img, hidden in marks:
        chapters.append(Chapter(start=timedelta(milliseconds=start), title=title, url=url, img=img, hidden=hidden))
        start += length
    return tuple(chapters)
