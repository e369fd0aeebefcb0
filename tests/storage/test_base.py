from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit import storage
from podcastkit.storage.base import check_key, check_prefix, is_key

KEY_LIKE = st.text(alphabet="aZ0._-/\\ ~é\n\0", max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize(
    "key",
    ["feed.xml", "media/05-planning-time-3f2a9c04d1b7.mp3", "a", "A_b-c.d/e/f", "x" * 255, "a..b", "feed.es.xml"],
)
def test_plain_path_is_a_key(key: str) -> None:
    assert is_key(key)
    assert check_key(key) == key


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".hidden", "a/.hidden"),
        *("a b", "ä", "a\n", "a\0", "a\\b", "a:b", "a?b", "a%2fb", "x" * 256, "a/" * 600 + "a", "~root"),
    ],
    ids=ascii,
)
def test_invalid_key_is_refused(text: str) -> None:
    assert not is_key(text)
    with pytest.raises(ValueError, match="not a storage key"):
        check_key(text)


@pytest.mark.parametrize("prefix", ["", "media/", "media", "media/05", "a/b/"])
def test_prefix_is_empty_or_a_key_with_an_optional_slash(prefix: str) -> None:
    assert check_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["/", "//", "../", "a//", "a/../", ".", "ä/"])
def test_invalid_prefix_raises(prefix: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        check_prefix(prefix)


@given(KEY_LIKE)
def test_key_names_a_visible_file_inside_the_folder(text: str) -> None:
    if is_key(text):
        path = PurePosixPath("/folder") / text
        assert str(path) == f"/folder/{text}"
        assert path.is_relative_to("/folder")
        assert text.isascii()
        assert not any(part.startswith(".") for part in path.parts)


@given(KEY_LIKE, KEY_LIKE)
def test_two_keys_joined_by_a_slash_are_a_key(one: str, two: str) -> None:
    assert is_key(f"{one}/{two}") == (is_key(one) and is_key(two))


def test_storage_package_imports_nothing() -> None:
    assert storage.__file__
    assert "import" not in Path(storage.__file__).read_text(encoding="utf-8")
