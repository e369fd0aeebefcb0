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
    find_hashed_keys,
    get_feed_language,
    get_history_digest,
    get_key_from_url,
    is_feed,
    is_hashed,
    is_history,
    make_feed_key,
    make_hashed_key,
    make_history_key,
    make_journal_key,
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
    assert make_hashed_key(MEDIA, name, DIGEST, ".mp3") == f"media/{slug}-{DIGEST[:12]}.mp3"


@given(st.sampled_from(HASHED_FOLDERS), st.text())
def test_hashed_key_is_found_in_urls_and_feeds(folder: str, name: str) -> None:
    key = make_hashed_key(folder, name, DIGEST, ".mp3")
    assert check_key(key) == key
    assert is_hashed(key)
    assert get_key_from_url(f"https://op3.dev/e/podcast.example.org/shows/{key}") == key
    assert find_hashed_keys(f'<enclosure url="https://podcast.example.org/{key}"/>'.encode()) == {key.encode()}


@pytest.mark.parametrize(
    "key",
    [FEED_KEY, MANIFEST_KEY, "media/theme.mp3", f"other/a-{DIGEST[:12]}.mp3", f"media/sub/a-{DIGEST[:12]}.mp3"],
)
def test_key_without_a_hash_or_in_another_folder_is_not_hashed(key: str) -> None:
    assert not is_hashed(key)


@pytest.mark.parametrize("language", ["es", "pt-BR"])
def test_feed_key_of_a_translation_contains_its_language(language: str) -> None:
    key = make_feed_key(language)
    assert key == f"feed.{language}.xml"
    assert is_feed(key)
    assert get_feed_language(key) == language


def test_feed_language_of_another_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="not the name of a feed"):
        get_feed_language("feeds.xml")


@pytest.mark.parametrize("make_key", [make_history_key, make_journal_key])
def test_history_key_has_the_digest_of_its_feed(make_key: object) -> None:
    assert callable(make_key)
    key = make_key(DIGEST)
    assert is_history(key)
    assert get_history_digest(key) == DIGEST
    assert not is_history(f"history/{DIGEST[:12]}.xml")
