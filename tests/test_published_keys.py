from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.published_keys import (
    FEED_KEY,
    HASHED_FOLDERS,
    MANIFEST_KEY,
    MEDIA,
    feed_key,
    feed_language,
    find_hashed_keys,
    hashed_key,
    history_digest,
    history_key,
    is_feed,
    is_hashed,
    is_history,
    journal_key,
    key_in_url,
)
from podcastkit.storage.base import check_key

DIGEST = hashlib.sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("05-planning-time", "05-planning-time"),
        ("05 Más tiempo_(final)", "05-mas-tiempo-final"),
        ("学校", "episode"),
        ("--", "episode"),
        ("x" * 300, "x" * 80),
        ("../../etc", "etc"),
    ],
    ids=["plain", "accents", "another script", "nothing", "long", "dots"],
)
def test_hashed_key_of_any_name_is_readable_ascii(name: str, slug: str) -> None:
    assert hashed_key(MEDIA, name, DIGEST, ".mp3") == f"media/{slug}-{DIGEST[:12]}.mp3"


@given(st.sampled_from(HASHED_FOLDERS), st.text())
def test_hashed_key_is_found_in_urls_and_feeds(folder: str, name: str) -> None:
    key = hashed_key(folder, name, DIGEST, ".mp3")
    assert check_key(key) == key
    assert is_hashed(key)
    assert key_in_url(f"https://op3.dev/e/podcast.example.org/shows/{key}") == key
    assert find_hashed_keys(f'<enclosure url="https://podcast.example.org/{key}"/>'.encode()) == {key.encode()}


@pytest.mark.parametrize(
    "key",
    [FEED_KEY, MANIFEST_KEY, "media/theme.mp3", f"other/a-{DIGEST[:12]}.mp3", f"media/sub/a-{DIGEST[:12]}.mp3"],
)
def test_other_key_is_not_hashed(key: str) -> None:
    assert not is_hashed(key)


@pytest.mark.parametrize("language", ["es", "pt-BR"])
def test_feed_key_of_a_translation_contains_its_language(language: str) -> None:
    key = feed_key(language)
    assert key == f"feed.{language}.xml"
    assert is_feed(key)
    assert feed_language(key) == language


def test_feed_language_of_another_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="not the name of a feed"):
        feed_language("feeds.xml")


@pytest.mark.parametrize("make_key", [history_key, journal_key])
def test_history_key_has_the_digest_of_its_feed(make_key: object) -> None:
    assert callable(make_key)
    key = make_key(DIGEST)
    assert is_history(key)
    assert history_digest(key) == DIGEST
    assert not is_history(f"history/{DIGEST[:12]}.xml")
