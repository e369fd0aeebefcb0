from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcastkit.diagnostics import Location, ProjectError
from podcastkit.model import EpisodeRecord, EpisodeType, LiveFeed, LiveItem, Records
from podcastkit.state.lock import LOCK_NAME, read_lock, write_lock
from podcastkit.state.matching import identify, recognise, withdrawal_of
from tests.values import a_file, a_record, a_show, an_episode, some_media

FEED_URL = "https://podcast.example.org/feed.xml"
MINE = a_record()
GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"


def test_a_show_without_a_lock_remembers_nothing(tmp_path: Path) -> None:
    assert read_lock(tmp_path) == Records()


def test_the_lock_comes_back_and_is_written_only_when_it_says_something_new(tmp_path: Path) -> None:
    records = Records(guid=GUID, episodes=(MINE,))
    assert write_lock(tmp_path, records)
    assert read_lock(tmp_path) == records
    assert not write_lock(tmp_path, records)
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_NAME]


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff", b"{}", b"[]", b"<<<<<<< HEAD\n", b"[" * 100_000, b'{"guid": null, "episodes": [{}]}'],
    ids=["empty", "no text", "nothing", "list", "merge conflict", "deep", "half an episode"],
)
def test_a_damaged_lock_stops_everything(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / LOCK_NAME).write_bytes(damage)
    with pytest.raises(ProjectError, match=LOCK_NAME) as failure:
        read_lock(tmp_path)
    assert failure.value.hint
    assert "never delete" in failure.value.hint


def test_an_episode_is_known_by_its_folder() -> None:
    (known,) = recognise([an_episode(master=a_file(sha256="c" * 64))], Records(episodes=(MINE,)))
    assert (known.guid, known.date, known.record) == (MINE.guid, MINE.published, MINE)


def test_a_renamed_folder_is_known_by_its_audio_and_keeps_its_published_name() -> None:
    renamed = an_episode("06-more-time", media=some_media(key="media/06-more-time-aaaaaaaaaaaa.mp3"))
    (known,) = recognise([renamed], Records(episodes=(MINE,)))
    assert known.guid == MINE.guid
    assert known.media
    assert known.media.key == MINE.media.key


def test_a_folder_is_believed_before_audio_that_stands_elsewhere() -> None:
    swapped = [
        an_episode("05-a", master=a_file(sha256="2" * 64)),
        an_episode("06-b", master=a_file(sha256="1" * 64)),
    ]
    remembered = Records(
        episodes=(a_record("05-a", "guid-a", sha256="1" * 64), a_record("06-b", "guid-b", sha256="2" * 64))
    )
    assert [episode.guid for episode in recognise(swapped, remembered)] == ["guid-a", "guid-b"]


def shas(text: str) -> dict[str, str]:
    """Read `01=a 02=b`: folders, and the letters of their masters."""
    return {folder: letter * 64 for folder, letter in (pair.split("=") for pair in text.split())}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("01=a 02=b 03=c", "01=a 02=d 03=b 04=c", "a - b c"),
        ("01=a 02=b 03=c", "01=d 02=a 03=b 04=c", "- a b c"),
        ("01=a 02=b 03=c", "01=b 02=c", "b c"),
        ("01=a 02=b 03=c 04=d", "01=a 02=c 03=d", "a c d"),
        ("01=a 02=b", "01=b 02=a", "a b"),
        ("01=a 02=b", "01=a 02=d", "a b"),
        ("01=a 02=b", "01=a 02=a", "a b"),
        ("01=a 02=a", "01=a 02=d 03=a", "a - a2"),
    ],
    ids=[
        "put between",
        "put first",
        "first removed",
        "one removed",
        "audio swapped",
        "audio replaced",
        "audio of another",
        "audio twice",
    ],
)
def test_folders_that_take_each_others_names_are_known_by_their_audio(
    before: str, after: str, expected: str
) -> None:
    records: list[EpisodeRecord] = []
    for folder, sha256 in shas(before).items():
        twice = any(record.master_sha256 == sha256 for record in records)
        records.append(a_record(folder, f"{sha256[0]}2" if twice else sha256[0], sha256=sha256))
    folders = [an_episode(folder, master=a_file(sha256=sha256)) for folder, sha256 in shas(after).items()]
    known = recognise(folders, Records(episodes=tuple(records)))
    assert " ".join(episode.guid or "-" for episode in known) == expected


def test_a_draft_that_keeps_the_old_audio_leaves_the_episode_its_guid() -> None:
    episodes = [an_episode("05-old", draft=True), an_episode(master=a_file(sha256="c" * 64))]
    assert [episode.guid for episode in recognise(episodes, Records(episodes=(MINE,)))] == [None, MINE.guid]


def test_an_older_lock_does_not_contradict_folders_that_were_renamed_since() -> None:
    lock = (a_record("02", "two", sha256="2" * 64), a_record("03", "three", sha256="3" * 64))
    manifest = (a_record("03", "two", sha256="2" * 64), a_record("04", "three", sha256="3" * 64))
    folders = [
        an_episode(record.folder, number=None, master=a_file(sha256=record.master_sha256)) for record in manifest
    ]
    show = a_show(*folders, records=Records(guid=GUID, episodes=lock))
    show = replace(show, episodes=recognise(show.episodes, show.records))
    found = identify(show, Records(guid=GUID, episodes=manifest), feed_url=FEED_URL, real=True)
    assert not found.diagnostics
    assert [episode.guid for episode in found.episodes] == ["two", "three"]


def test_renamed_folders_with_the_same_audio_are_known_in_their_order() -> None:
    renamed = [an_episode(f"{number}-renamed", media=None) for number in (1, 2, 3)]
    remembered = Records(episodes=tuple(a_record(f"{number}-a", f"guid-{number}") for number in (1, 2, 3)))
    assert [episode.guid for episode in recognise(renamed, remembered)] == ["guid-1", "guid-2", "guid-3"]


def test_a_guid_in_front_matter_finds_its_record_wherever_it_is() -> None:
    moved = an_episode("09-elsewhere", guid=MINE.guid, master=a_file(sha256="9" * 64))
    (known,) = recognise([moved], Records(episodes=(MINE,)))
    assert known.record == MINE


def test_replaced_audio_keeps_guid_and_date_and_gets_new_media() -> None:
    replaced = an_episode(
        master=a_file(sha256="c" * 64), media=some_media("c" * 64, key="media/x-cccccccccccc.mp3")
    )
    (known,) = recognise([replaced], Records(episodes=(MINE,)))
    assert (known.guid, known.date) == (MINE.guid, MINE.published)
    assert known.media
    assert known.media.key == "media/x-cccccccccccc.mp3"


def test_other_audio_settings_make_new_media_of_the_same_master() -> None:
    (known,) = recognise([an_episode(recipe="mp3 bitrate=64", media=None)], Records(episodes=(MINE,)))
    assert known.media is None


def test_what_another_encoder_made_of_the_same_master_is_not_used() -> None:
    other = an_episode(media=some_media("d" * 64, key="media/05-planning-time-dddddddddddd.mp3", path=Path("x")))
    (known,) = recognise([other], Records(episodes=(MINE,)))
    assert known.media == MINE.media


def test_audio_that_is_not_on_this_machine_stays_as_published() -> None:
    (known,) = recognise([an_episode(audio=None, master=None, media=None)], Records(episodes=(MINE,)))
    assert known.media == MINE.media


def test_without_audio_here_the_destination_knows_better_than_an_older_lock() -> None:
    newer = replace(a_record(sha256="c" * 64), published=datetime(2025, 1, 1, tzinfo=UTC))
    locked = recognise([an_episode(audio=None, master=None, media=None)], Records(episodes=(MINE,)))
    (known,) = recognise(locked, Records(episodes=(newer,)))
    assert known.media == newer.media
    assert known.record == newer
    assert known.date == MINE.published


def test_front_matter_moves_a_date_and_a_schedule_does_not() -> None:
    moved = datetime(2030, 1, 1, tzinfo=UTC)
    by_schedule, by_hand = an_episode(date=moved), an_episode(date=moved, locations={"date": Location(file="x")})
    assert recognise([by_schedule], Records(episodes=(MINE,)))[0].date == MINE.published
    assert recognise([by_hand], Records(episodes=(MINE,)))[0].date == moved


def test_the_manifest_adds_media_that_the_lock_does_not_know_yet() -> None:
    newer = replace(a_record(sha256="c" * 64), folder="renamed", published=datetime(2025, 1, 1, tzinfo=UTC))
    episode = an_episode(master=a_file(sha256="c" * 64), media=None)
    (known,) = recognise(recognise([episode], Records(episodes=(MINE,))), Records(episodes=(newer,)))
    assert known.record == MINE
    assert known.date == MINE.published
    assert known.media == newer.media


def test_new_guids_come_from_the_feed_url_and_the_folder_and_are_stable() -> None:
    show = identify(a_show(an_episode()), Records(), feed_url=FEED_URL, real=True)
    again = identify(a_show(an_episode(title="Retitled")), Records(), feed_url=FEED_URL, real=True)
    namespace = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
    assert show.guid == str(uuid.uuid5(namespace, "podcast.example.org/feed.xml"))
    assert (show.guid, show.episodes[0].guid) == (again.guid, again.episodes[0].guid)


@pytest.mark.parametrize(
    ("own", "locked", "remembered", "expected"),
    [(GUID, None, None, GUID), (None, GUID, None, GUID), (None, GUID, "other", GUID), (None, None, GUID, GUID)],
    ids=["show.toml", "lock", "lock before manifest", "manifest"],
)
def test_a_known_show_guid_is_never_computed_anew(
    own: str | None, locked: str | None, remembered: str | None, expected: str
) -> None:
    show = a_show(guid=own, records=Records(guid=locked))
    assert identify(show, Records(guid=remembered), feed_url=FEED_URL, real=False).guid == expected


def test_a_guid_that_was_ever_used_is_not_given_again() -> None:
    first = identify(a_show(an_episode("05-a"), guid=GUID), Records(), feed_url=FEED_URL, real=True).episodes[0]
    moved = replace(a_record("renamed", str(first.guid), sha256="e" * 64))
    show = a_show(an_episode("05-a"), guid=GUID, records=Records(guid=GUID, episodes=(moved,)))
    fresh = identify(show, Records(), feed_url=FEED_URL, real=True).episodes[0]
    assert fresh.guid
    assert fresh.guid != first.guid
    expected = uuid.uuid5(uuid.UUID(GUID), "05-a-2")
    assert fresh.guid == str(expected)


def test_a_guid_that_only_the_destination_remembers_is_not_given_again() -> None:
    first = identify(a_show(an_episode("05-a"), guid=GUID), Records(), feed_url=FEED_URL, real=True).episodes[0]
    moved = Records(guid=GUID, episodes=(a_record("renamed", str(first.guid), sha256="e" * 64),))
    fresh = identify(a_show(an_episode("05-a"), guid=GUID), moved, feed_url=FEED_URL, real=True).episodes[0]
    assert fresh.guid == str(uuid.uuid5(uuid.UUID(GUID), "05-a-2"))


def test_a_decomposed_folder_name_has_the_same_guid() -> None:
    composed = identify(a_show(an_episode("05-más"), guid=GUID), Records(), feed_url=FEED_URL, real=True)
    decomposed = identify(a_show(an_episode("05-ma\u0301s"), guid=GUID), Records(), feed_url=FEED_URL, real=True)
    assert composed.episodes[0].guid == decomposed.episodes[0].guid


def test_a_date_that_only_the_live_feed_remembers_is_kept() -> None:
    published = datetime(2024, 9, 7, 8, 9, tzinfo=UTC)
    guid = identify(a_show(an_episode(), guid=GUID), Records(), feed_url=FEED_URL, real=True).episodes[0].guid
    item = LiveItem(
        guid=str(guid),
        title="x",
        published=published,
        type=EpisodeType.FULL,
        season=1,
        number=5,
        enclosure_url=None,
        fields={},
        xml="<item/>",
    )
    live = LiveFeed(guid=GUID, fields={}, items=(item,))
    show = identify(a_show(an_episode(), guid=GUID), Records(), feed_url=FEED_URL, real=True, live=live)
    assert show.episodes[0].date == published


def codes(show: object) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.episode) for finding in show.diagnostics]  # type: ignore[attr-defined] # a Show


def test_two_folders_that_claim_one_guid_are_both_errors() -> None:
    show = a_show(an_episode("05-a", guid="same"), an_episode("06-b", guid="same", number=6))
    found = identify(show, Records(), feed_url=FEED_URL, real=True)
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
    show = a_show(*recognise(episodes, lock), records=lock)
    found = identify(show, Records(), feed_url=FEED_URL, real=True)
    assert codes(found) == ([("E106", claimant[0]), ("E106", rival[0])] if is_contested else [])


def test_front_matter_that_contradicts_the_lock_names_both() -> None:
    show = a_show(an_episode(guid="mine"), records=Records(guid=GUID, episodes=(MINE,)))
    show = replace(show, episodes=recognise(show.episodes, show.records))
    found = identify(show, Records(), feed_url=FEED_URL, real=True)
    assert codes(found) == [("E106", MINE.folder)]
    assert "mine" in found.diagnostics[0].message
    assert MINE.guid in found.diagnostics[0].message


def test_a_trials_record_contradicts_nobody() -> None:
    show = a_show(an_episode(guid="mine"))
    assert not identify(show, Records(guid=GUID, episodes=(MINE,)), feed_url=FEED_URL, real=False).diagnostics


def test_show_toml_that_contradicts_the_lock_is_an_error_of_the_show() -> None:
    show = a_show(guid=GUID, records=Records(guid="other"))
    assert codes(identify(show, Records(), feed_url=FEED_URL, real=True)) == [("S106", None)]


def test_show_toml_that_contradicts_the_destination_is_an_error_where_the_lock_is_lost() -> None:
    found = identify(a_show(guid=GUID), Records(guid="other"), feed_url=FEED_URL, real=True)
    assert codes(found) == [("S106", None)]
    assert GUID in found.diagnostics[0].message
    assert not identify(a_show(guid=GUID), Records(guid="other"), feed_url=FEED_URL, real=False).diagnostics


def test_a_lock_that_contradicts_the_destination_is_an_error() -> None:
    lock, manifest = (MINE,), (replace(MINE, guid="other"),)
    show = a_show(an_episode(), records=Records(guid=GUID, episodes=lock))
    show = replace(show, episodes=recognise(show.episodes, show.records))
    found = identify(show, Records(guid="another", episodes=manifest), feed_url=FEED_URL, real=True)
    assert codes(found) == [("S106", None), ("E106", MINE.folder)]
    assert not identify(show, Records(guid="another", episodes=manifest), feed_url=FEED_URL, real=False).diagnostics


def test_a_withdrawn_folders_name_bars_no_other_published_episode() -> None:
    withdrawn = withdrawal_of("three", a_record("03", "three", sha256="3" * 64), at=MINE.published, files=())
    records = Records(episodes=(a_record("04", "four", sha256="4" * 64),), withdrawn=(withdrawn,))
    renamed, new, again = (
        an_episode("03", master=a_file(sha256="4" * 64)),
        an_episode("03", master=a_file(sha256="5" * 64)),
        an_episode("07", master=a_file(sha256="3" * 64)),
    )
    assert [recognise([episode], records)[0].withdrawn for episode in (renamed, new, again)] == [
        None,
        MINE.published,
        MINE.published,
    ]
