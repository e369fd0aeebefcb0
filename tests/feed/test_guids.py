from __future__ import annotations

import unicodedata
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.feed.guids import make_episode_guid, make_show_guid

SHOW = "9b024349-ccf0-5f69-a609-6b82873eab3c"


@pytest.mark.parametrize(
    ("url", "guid"),
    [
        # The examples of the specification (podcast-namespace, docs/tags/guid.md).
        ("podnews.net/rss", SHOW),
        ("https://podnews.net/rss", SHOW),
        ("HTTP://podnews.net/rss", SHOW),
        ("https://podnews.net/rss//", SHOW),
        ("https://mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
    ],
)
def test_show_guid_matches_the_specification(url: str, guid: str) -> None:
    assert make_show_guid(url) == guid


def test_show_guid_ignores_only_the_first_scheme_of_the_url() -> None:
    assert make_show_guid("https://proxy.example.org/https://feed") == make_show_guid(
        "proxy.example.org/https://feed"
    )
    assert make_show_guid("https://proxy.example.org/https://feed") != make_show_guid("proxy.example.org/feed")


def test_episode_guid_is_a_uuid_of_the_show_and_the_folder() -> None:
    guid = make_episode_guid(SHOW, "05-planning-time")
    assert guid == str(uuid.uuid5(uuid.UUID(SHOW), "05-planning-time"))
    assert guid != make_episode_guid(SHOW, "06-planning-time")
    assert guid != make_episode_guid("917393e3-1b1e-5cef-ace4-edaa54e1f810", "05-planning-time")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_episode_guid_does_not_depend_on_the_unicode_form(folder: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, folder) for form in ("NFC", "NFD"))
    assert make_episode_guid(SHOW, composed) == make_episode_guid(SHOW, decomposed)


def test_episode_guid_of_show_without_uuid_is_a_uuid() -> None:
    assert uuid.UUID(make_episode_guid("my-show", "05-planning-time")).version == 5
