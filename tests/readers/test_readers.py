"""Every reader reads the fields of the edition from its feed, except for known differences."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from podcastkit.feed.writer import write_feed
from podcastkit.published_keys import make_feed_key
from tests.everything import AT, URL
from tests.readers.differences import DIFFERENCES, Difference, predict_reading
from tests.readers.fields import Reading, list_fields
from tests.readers.samples import TEXTS, build_edition_of, describe, make_unfinished, replace_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from podcastkit.model import Edition

UNREAD = {
    "social": "readers support it only in items",
    "items.funding": "readers support it only in channels",
    "items.content_links": "no reader supports this tag",
}
"""The fields that only the XML parsers read, with the reasons."""
NAMES = ["expat", "saxes", "podcastparser", "feedparser", "reader", "partytime", "feedsmith", "rss-parser"]


@pytest.fixture(scope="session")
def samples(edition: Edition, everything: Path) -> dict[str, tuple[Reading, bytes]]:
    """The fields and the feed of each sample: editions made from values, and those of a show folder."""
    made = {"every tag": edition, "running": make_unfinished(edition)} | {
        name: replace_texts(edition, text) for name, text in TEXTS.items()
    }
    plain = attrgetter("plain")
    written = {name: (list_fields(each, plain), write_feed(each, describe=plain)) for name, each in made.items()}
    for name, language in (("everything", None), ("everything in Spanish", "es")):
        published = list_fields(build_edition_of(everything / "show", AT, URL, language), describe)
        written[name] = (published, (everything / "public" / make_feed_key(language)).read_bytes())
    return written


@pytest.mark.parametrize("sample", ["every tag", "running", "everything", "everything in Spanish", *TEXTS])
@pytest.mark.parametrize("name", NAMES)
def test_reader_returns_expected_fields(
    name: str,
    sample: str,
    readers: Mapping[str, Callable[[bytes], Reading]],
    samples: dict[str, tuple[Reading, bytes]],
) -> None:
    fields, feed = samples[sample]
    read = readers[name](feed)
    should_be_read = predict_reading(name, fields)
    assert read == {field: should_be_read[field] for field in read}


@pytest.mark.parametrize(
    ("difference", "field"),
    [
        pytest.param(difference, field, id=f"{difference.reader} {field}: {difference.reason}")
        for difference in DIFFERENCES
        for field in difference.fields.split()
    ],
)
def test_each_listed_difference_of_a_reader_still_exists(
    difference: Difference,
    field: str,
    readers: Mapping[str, Callable[[bytes], Reading]],
    samples: dict[str, tuple[Reading, bytes]],
) -> None:
    """Without this difference, the prediction would be wrong for at least one sample."""
    others = [other for other in DIFFERENCES if other is not difference]
    assert any(
        readers[difference.reader](feed)[field] != predict_reading(difference.reader, fields, others)[field]
        for fields, feed in samples.values()
    )


def test_every_field_is_read_by_at_least_one_reader(
    readers: Mapping[str, Callable[[bytes], Reading]], samples: dict[str, tuple[Reading, bytes]]
) -> None:
    fields, feed = samples["every tag"]
    read = {field for name, reads in readers.items() if name not in {"expat", "saxes"} for field in reads(feed)}
    assert set(fields) - read == set(UNREAD)
