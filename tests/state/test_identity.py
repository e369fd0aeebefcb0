from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from podcastkit.model import Episode, EpisodeType, LiveItem, Records, Show
from podcastkit.state.identity import identify_show
from podcastkit.state.matching import make_withdrawal, match_episodes
from tests.values import make_episode, make_file, make_record, make_show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.diagnostics import Diagnostic

FEED_URL = "https://podcast.example.org/feed.xml"
MINE = make_record()
GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"


class Identified(NamedTuple):
    guid: str
    guids: tuple[str, ...]
    episodes: tuple[Episode, ...]
    diagnostics: tuple[Diagnostic, ...]


def identify_original(show: Show, remembered: Records, *, real: bool, live: Iterable[LiveItem] = ()) -> Identified:
    """Return the identity of the original's feed."""
    found = identify_show(show, remembered, feed_url=FEED_URL, real=real, live=live)
    own = found.feeds[None]
    return Identified(own.guid, tuple(own.episodes.values()), found.show.episodes, found.show.diagnostics)


def test_new_guids_depend_only_on_feed_url_and_folder() -> None:
    show = identify_original(make_show(make_episode()), Records(), real=True)
    again = identify_original(make_show(make_episode(title="Retitled")), Records(), real=True)
    namespace = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
    assert show.guid == str(uuid.uuid5(namespace, "podcast.example.org/feed.xml"))
    assert (show.guid, show.guids) == (again.guid, again.guids)


@pytest.mark.parametrize(
    ("own", "locked", "remembered", "expected"),
    [(GUID, None, None, GUID), (None, GUID, None, GUID), (None, GUID, "other", GUID), (None, None, GUID, GUID)],
    ids=["show.toml", "lock", "lock before manifest", "manifest"],
)
def test_known_show_guid_is_kept(
    own: str | None, locked: str | None, remembered: str | None, expected: str
) -> None:
    show = make_show(guid=own, records=Records(guid=locked))
    assert identify_original(show, Records(guid=remembered), real=False).guid == expected


def test_used_guid_is_not_assigned_again() -> None:
    first = identify_original(make_show(make_episode("05-a"), guid=GUID), Records(), real=True).guids[0]
    moved = replace(make_record("renamed", first, sha256="e" * 64))
    show = make_show(make_episode("05-a"), guid=GUID, records=Records(guid=GUID, episodes=(moved,)))
    fresh = identify_original(show, Records(), real=True).guids[0]
    assert fresh
    assert fresh != first
    expected = uuid.uuid5(uuid.UUID(GUID), "05-a-2")
    assert fresh == str(expected)


def test_used_guid_only_in_the_manifest_is_not_assigned_again() -> None:
    first = identify_original(make_show(make_episode("05-a"), guid=GUID), Records(), real=True).guids[0]
    moved = Records(guid=GUID, episodes=(make_record("renamed", first, sha256="e" * 64),))
    fresh = identify_original(make_show(make_episode("05-a"), guid=GUID), moved, real=True).guids[0]
    assert fresh == str(uuid.uuid5(uuid.UUID(GUID), "05-a-2"))


def test_decomposed_folder_name_has_the_same_guid() -> None:
    composed = identify_original(make_show(make_episode("05-más"), guid=GUID), Records(), real=True)
    decomposed = identify_original(make_show(make_episode("05-ma\u0301s"), guid=GUID), Records(), real=True)
    assert composed.guids == decomposed.guids


def test_date_only_in_the_live_feed_is_kept() -> None:
    published = datetime(2024, 9, 7, 8, 9, tzinfo=UTC)
    guid = identify_original(make_show(make_episode(), guid=GUID), Records(), real=True).guids[0]
    item = LiveItem(
        guid=guid,
        title="x",
        published=published,
        type=EpisodeType.FULL,
        season=1,
        number=5,
        enclosure_url=None,
        fields={},
        xml="<item/>",
    )
    show = identify_original(make_show(make_episode(), guid=GUID), Records(), real=True, live=[item])
    assert show.episodes[0].date == published


def list_codes(found: Identified) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.episode) for finding in found.diagnostics]


def test_two_folders_with_the_same_guid_are_both_errors() -> None:
    show = make_show(make_episode("05-a", guid="same"), make_episode("06-b", guid="same", number=6))
    found = identify_original(show, Records(), real=True)
    assert list_codes(found) == [("E106", "05-a"), ("E106", "06-b")]
    assert "05-a, 06-b" in found.diagnostics[0].message


OLD, NEW = MINE.master_sha256, "c" * 64


@pytest.mark.parametrize(
    ("copy", "original", "is_error"),
    [
        (("09-copy", NEW), (MINE.folder, OLD), True),
        (("09-copy", OLD), (MINE.folder, OLD), True),
        (("09-copy", NEW), (MINE.folder, NEW), True),
        (("09-copy", NEW), (MINE.folder, None), True),
        (("09-copy", NEW), ("06-renamed", OLD), True),
        (("09-renamed", OLD), (MINE.folder, NEW), False),
        (("09-renamed", OLD), ("06-copy", OLD), False),
        (("09-renamed", None), ("06-other", NEW), False),
        ((MINE.folder, NEW), ("06-copy", OLD), False),
    ],
    ids=[
        "a copy with new audio",
        "a copy of everything",
        "both with new audio",
        "the audio is missing",
        "a copy, and the original was renamed",
        "renamed, and a new one in its place",
        "renamed and copied",
        "renamed without audio",
        "copied with new audio",
    ],
)
def test_copy_with_a_published_guid_in_its_notes_is_an_error_of_both(
    copy: tuple[str, str | None], original: tuple[str, str | None], is_error: bool
) -> None:
    episodes = [
        make_episode(folder, guid=guid, number=None, master=make_file(sha256=sha256) if sha256 else None)
        for (folder, sha256), guid in ((copy, MINE.guid), (original, None))
    ]
    lock = Records(guid=GUID, episodes=(MINE,))
    show = make_show(*episodes, records=lock)
    found = identify_original(show, Records(), real=True)
    assert list_codes(found) == ([("E106", copy[0]), ("E106", original[0])] if is_error else [])


def test_front_matter_that_contradicts_the_lock_is_an_error_naming_both_guids() -> None:
    show = make_show(make_episode(guid="mine"), records=Records(guid=GUID, episodes=(MINE,)))
    found = identify_original(show, Records(), real=True)
    assert list_codes(found) == [("E106", MINE.folder)]
    assert "mine" in found.diagnostics[0].message
    assert MINE.guid in found.diagnostics[0].message


def test_manifest_of_a_trial_run_is_ignored() -> None:
    show = make_show(make_episode(guid="mine"))
    assert not identify_original(show, Records(guid=GUID, episodes=(MINE,)), real=False).diagnostics


def test_show_toml_that_contradicts_the_lock_is_an_error_of_the_show() -> None:
    show = make_show(guid=GUID, records=Records(guid="other"))
    assert list_codes(identify_original(show, Records(), real=True)) == [("S106", None)]


def test_show_toml_that_contradicts_the_destination_without_lock_is_an_error() -> None:
    found = identify_original(make_show(guid=GUID), Records(guid="other"), real=True)
    assert list_codes(found) == [("S106", None)]
    assert GUID in found.diagnostics[0].message
    assert not identify_original(make_show(guid=GUID), Records(guid="other"), real=False).diagnostics


def test_lock_that_contradicts_the_destination_is_an_error() -> None:
    lock, manifest = (MINE,), (replace(MINE, guid="other"),)
    show = make_show(make_episode(), records=Records(guid=GUID, episodes=lock))
    found = identify_original(show, Records(guid="another", episodes=manifest), real=True)
    assert list_codes(found) == [("S106", None), ("E106", MINE.folder)]
    assert not identify_original(show, Records(guid="another", episodes=manifest), real=False).diagnostics


def test_withdrawn_folder_name_does_not_affect_a_published_episode() -> None:
    withdrawn = make_withdrawal("three", make_record("03", "three", sha256="3" * 64), at=MINE.published, files=())
    records = Records(episodes=(make_record("04", "four", sha256="4" * 64),), withdrawn=(withdrawn,))
    renamed, new, again = (
        make_episode("03", master=make_file(sha256="4" * 64)),
        make_episode("03", master=make_file(sha256="5" * 64)),
        make_episode("07", master=make_file(sha256="3" * 64)),
    )
    assert [match_episodes([episode], records)[0].withdrawn for episode in (renamed, new, again)] == [
        None,
        MINE.published,
        MINE.published,
    ]
