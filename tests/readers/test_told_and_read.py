"""What a feed is told is what every reader reads, but for the differences that are the reader's own."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from podcastkit.feed.writer import write_feed
from podcastkit.published_keys import feed_key
from tests.everything import AT, URL
from tests.readers.differences import DIFFERENCES, Difference, expected
from tests.readers.samples import TEXTS, describe, edition_of, still_running, with_text
from tests.readers.telling import Reading, told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from podcastkit.model import Edition

UNREAD = {
    "social": "readers look for it in items only",
    "items.funding": "readers look for it in channels only",
    "items.content_links": "a tag that no reader here knows",
}
"""What the parsers alone tell to stand in the feed, and why."""
NAMES = ["expat", "saxes", "podcastparser", "feedparser", "reader", "partytime", "feedsmith", "rss-parser"]


@pytest.fixture(scope="session")
def samples(edition: Edition, everything: Path) -> dict[str, tuple[Reading, bytes]]:
    """What is told, and the feed that tells it: of values, and of a show's folder."""
    made = {"every tag": edition, "running": still_running(edition)} | {
        name: with_text(edition, text) for name, text in TEXTS.items()
    }
    plain = attrgetter("plain")
    written = {name: (told(each, plain), write_feed(each, describe=plain)) for name, each in made.items()}
    for name, language in (("everything", None), ("everything in Spanish", "es")):
        published = told(edition_of(everything / "show", AT, URL, language), describe)
        written[name] = (published, (everything / "public" / feed_key(language)).read_bytes())
    return written


@pytest.mark.parametrize("sample", ["every tag", "running", "everything", "everything in Spanish", *TEXTS])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_told_is_read(
    name: str,
    sample: str,
    readers: Mapping[str, Callable[[bytes], Reading]],
    samples: dict[str, tuple[Reading, bytes]],
) -> None:
    what_is_told, feed = samples[sample]
    read = readers[name](feed)
    should_be_read = expected(name, what_is_told)
    assert read == {field: should_be_read[field] for field in read}


@pytest.mark.parametrize(
    ("difference", "field"),
    [
        pytest.param(difference, field, id=f"{difference.reader} {field}: {difference.reason}")
        for difference in DIFFERENCES
        for field in difference.fields.split()
    ],
)
def test_a_difference_is_one(
    difference: Difference,
    field: str,
    readers: Mapping[str, Callable[[bytes], Reading]],
    samples: dict[str, tuple[Reading, bytes]],
) -> None:
    """Without this one, what is read would not be what is expected in one of the samples."""
    others = [other for other in DIFFERENCES if other is not difference]
    assert any(
        readers[difference.reader](feed)[field] != expected(difference.reader, what_is_told, others)[field]
        for what_is_told, feed in samples.values()
    )


def test_every_field_is_read_by_somebody_who_is_no_parser_alone(
    readers: Mapping[str, Callable[[bytes], Reading]], samples: dict[str, tuple[Reading, bytes]]
) -> None:
    what_is_told, feed = samples["every tag"]
    read = {field for name, reads in readers.items() if name not in {"expat", "saxes"} for field in reads(feed)}
    assert set(what_is_told) - read == set(UNREAD)
