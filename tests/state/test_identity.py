from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from podcastkit.model import Episode, EpisodeType, LiveItem, Records, Show
from podcastkit.state.identity import identify
from podcastkit.state.matching import match_episodes, withdrawal_of
from tests.values import a_file, a_record, a_show, an_episode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from podcastkit.diagnostics import Diagnostic

FEED_URL = "https://podcast.example.org/feed.xml"
MINE = a_record()
GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"


class Identified(NamedTuple):
    guid: str
    guids: tuple[str, ...]
    episodes: tuple[Episode, ...]
    diagnostics: tuple[Diagnostic, ...]


def identified(show: Show, remembered: Records, *, real: bool, live: Iterable[LiveItem] = ()) -> Identified:
    """Return what is known of the original's feed."""
    found = identify(show, remembered, feed_url=FEED_URL, real=real, live=live)
    own = found.feeds[None]
    return Identified(own.guid, tuple(own.episodes.values()), found.show.episodes, found.show.diagnostics)


def test_new_guids_come_from_the_feed_url_and_the_folder_and_are_stable() -> None:
    show = identified(a_show(an_episode()), Records(), real=True)
    again = identified(a_show(an_episode(title="Retitled")), Records(), real=True)
    namespace = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
    assert show.guid == str(uuid.uuid5(namespace, "podcast.example.org/feed.xml"))
    assert (show.guid, show.guids) == (again.guid, again.guids)


@pytest.mark.parametrize(
    ("own", "locked", "remembered", "expected"),
    [(GUID, None, None, GUID), (None, GUID, None, GUID), (None, GUID, "other", GUID), (None, None, GUID, GUID)],
    ids=["show.toml", "lock", "lock before manifest", "manifest"],
)
def test_a_known_show_guid_is_never_computed_anew(
    own: str | None, locked: str | None, remembered: str | None, expected: str
) -> None:
    show = a_show(guid=own, records=Records(guid=locked))
    assert identified(show, Records(guid=remembered), real=False).guid == expected


def test_a_guid_that_was_ever_used_is_not_given_again() -> None:
    first = identified(a_show(an_episode("05-a"), guid=GUID), Records(), real=True).guids[0]
    moved = replace(a_record("renamed", first, sha256="e" * 64))
    show = a_show(an_episode("05-a"), guid=GUID, records=Records(guid=GUID, episodes=(moved,)))
    fresh = identified(show, Records(), real=True).guids[0]
    assert fresh
    assert fresh != first
    expected = uuid.uuid5(uuid.UUID(GUID), "05-a-2")
    assert fresh == str(expected)


def test_a_guid_that_only_the_destination_remembers_is_not_given_again() -> None:
    first = identified(a_show(an_episode("05-a"), guid=GUID), Records(), real=True).guids[0]
    moved = Records(guid=GUID, episodes=(a_record("renamed", first, sha256="e" * 64),))
    fresh = identified(a_show(an_episode("05-a"), guid=GUID), moved, real=True).guids[0]
    assert fresh == str(uuid.uuid5(uuid.UUID(GUID), "05-a-2"))


def test_a_decomposed_folder_name_has_the_same_guid() -> None:
    composed = identified(a_show(an_episode("05-más"), guid=GUID), Records(), real=True)
    decomposed = identified(a_show(an_episode("05-ma\u0301s"), guid=GUID), Records(), real=True)
    assert composed.guids == decomposed.guids


def test_a_date_that_only_the_live_feed_remembers_is_kept() -> None:
    published = datetime(2024, 9, 7, 8, 9, tzinfo=UTC)
    guid = identified(a_show(an_episode(), guid=GUID), Records(), real=True).guids[0]
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
    show = identified(a_show(an_episode(), guid=GUID), Records(), real=True, live=[item])
    assert show.episodes[0].date == published


def codes(found: Identified) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.episode) for finding in found.diagnostics]


def test_two_folders_that_claim_one_guid_are_both_errors() -> None:
    show = a_show(an_episode("05-a", guid="same"), an_episode("06-b", guid="same", number=6))
    found = identified(show, Records(), real=True)
    assert codes(found) == [("E106", "05-a"), ("E106", "06-b")]
    assert "05-a, 06-b" in found.diagnostics[0].message


OLD, NEW = MINE.master_sha256, "c" * 64


@pytest.mark.parametrize(
    ("claimant", "rival", "is_contested"),
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
def test_a_copy_that_takes_a_published_guid_by_its_notes_is_an_error_of_both(
    claimant: tuple[str, str | None], rival: tuple[str, str | None], is_contested: bool
) -> None:
    episodes = [
        an_episode(folder, guid=guid, number=None, master=a_file(sha256=sha256) if sha256 else None)
        for (folder, sha256), guid in ((claimant, MINE.guid), (rival, None))
    ]
    lock = Records(guid=GUID, episodes=(MINE,))
    show = a_show(*episodes, records=lock)
    found = identified(show, Records(), real=True)
    assert codes(found) == ([("E106", claimant[0]), ("E106", rival[0])] if is_contested else [])


def test_front_matter_that_contradicts_the_lock_names_both() -> None:
    show = a_show(an_episode(guid="mine"), records=Records(guid=GUID, episodes=(MINE,)))
    found = identified(show, Records(), real=True)
    assert codes(found) == [("E106", MINE.folder)]
    assert "mine" in found.diagnostics[0].message
    assert MINE.guid in found.diagnostics[0].message


def test_a_trials_record_contradicts_nobody() -> None:
    show = a_show(an_episode(guid="mine"))
    assert not identified(show, Records(guid=GUID, episodes=(MINE,)), real=False).diagnostics


def test_show_toml_that_contradicts_the_lock_is_an_error_of_the_show() -> None:
    show = a_show(guid=GUID, records=Records(guid="other"))
    assert codes(identified(show, Records(), real=True)) == [("S106", None)]


def test_show_toml_that_contradicts_the_destination_is_an_error_where_the_lock_is_lost() -> None:
    found = identified(a_show(guid=GUID), Records(guid="other"), real=True)
    assert codes(found) == [("S106", None)]
    assert GUID in found.diagnostics[0].message
    assert not identified(a_show(guid=GUID), Records(guid="other"), real=False).diagnostics


def test_a_lock_that_contradicts_the_destination_is_an_error() -> None:
    lock, manifest = (MINE,), (replace(MINE, guid="other"),)
    show = a_show(an_episode(), records=Records(guid=GUID, episodes=lock))
    found = identified(show, Records(guid="another", episodes=manifest), real=True)
    assert codes(found) == [("S106", None), ("E106", MINE.folder)]
    assert not identified(show, Records(guid="another", episodes=manifest), real=False).diagnostics


def test_a_withdrawn_folders_name_bars_no_other_published_episode() -> None:
    withdrawn = withdrawal_of("three", a_record("03", "three", sha256="3" * 64), at=MINE.published, files=())
    records = Records(episodes=(a_record("04", "four", sha256="4" * 64),), withdrawn=(withdrawn,))
    renamed, new, again = (
        an_episode("03", master=a_file(sha256="4" * 64)),
        an_episode("03", master=a_file(sha256="5" * 64)),
        an_episode("07", master=a_file(sha256="3" * 64)),
    )
    assert [match_episodes([episode], records)[0].withdrawn for episode in (renamed, new, again)] == [
        None,
        MINE.published,
        MINE.published,
    ]
