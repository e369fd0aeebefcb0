from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcastkit.diagnostics import Location
from podcastkit.model import EpisodeRecord, Records
from podcastkit.state.identity import identify_show
from podcastkit.state.matching import make_withdrawal, match_episodes, match_show
from tests.values import make_episode, make_file, make_media, make_record, make_show

FEED_URL = "https://podcast.example.org/feed.xml"
MINE = make_record()
GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"


def test_episode_is_matched_by_its_folder() -> None:
    (known,) = match_episodes([make_episode(master=make_file(sha256="c" * 64))], Records(episodes=(MINE,)))
    assert (known.guid, known.date, known.record) == (MINE.guid, MINE.published, MINE)


def test_renamed_folder_is_matched_by_its_audio_and_keeps_its_key() -> None:
    renamed = make_episode("06-more-time", media=make_media(key="media/06-more-time-aaaaaaaaaaaa.mp3"))
    (known,) = match_episodes([renamed], Records(episodes=(MINE,)))
    assert known.guid == MINE.guid
    assert known.media
    assert known.media.key == MINE.media.key


def test_folder_takes_precedence_over_swapped_audio() -> None:
    swapped = [
        make_episode("05-a", master=make_file(sha256="2" * 64)),
        make_episode("06-b", master=make_file(sha256="1" * 64)),
    ]
    remembered = Records(
        episodes=(make_record("05-a", "guid-a", sha256="1" * 64), make_record("06-b", "guid-b", sha256="2" * 64))
    )
    assert [episode.guid for episode in match_episodes(swapped, remembered)] == ["guid-a", "guid-b"]


def parse_hashes(text: str) -> dict[str, str]:
    """Read folders and the letters of their masters from `01=a 02=b`."""
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
        "inserted between",
        "inserted first",
        "first removed",
        "one removed",
        "audio swapped",
        "audio replaced",
        "audio of another",
        "same audio twice",
    ],
)
def test_folders_renamed_to_each_others_names_are_matched_by_their_audio(
    before: str, after: str, expected: str
) -> None:
    records: list[EpisodeRecord] = []
    for folder, sha256 in parse_hashes(before).items():
        twice = any(record.master_sha256 == sha256 for record in records)
        records.append(make_record(folder, f"{sha256[0]}2" if twice else sha256[0], sha256=sha256))
    folders = [
        make_episode(folder, master=make_file(sha256=sha256)) for folder, sha256 in parse_hashes(after).items()
    ]
    known = match_episodes(folders, Records(episodes=tuple(records)))
    assert " ".join(episode.guid or "-" for episode in known) == expected


def test_draft_with_the_old_audio_does_not_take_the_guid() -> None:
    episodes = [make_episode("05-old", draft=True), make_episode(master=make_file(sha256="c" * 64))]
    assert [episode.guid for episode in match_episodes(episodes, Records(episodes=(MINE,)))] == [None, MINE.guid]


def test_outdated_lock_does_not_contradict_renamed_folders() -> None:
    lock = (make_record("02", "two", sha256="2" * 64), make_record("03", "three", sha256="3" * 64))
    manifest = (make_record("03", "two", sha256="2" * 64), make_record("04", "three", sha256="3" * 64))
    folders = [
        make_episode(record.folder, number=None, master=make_file(sha256=record.master_sha256))
        for record in manifest
    ]
    show = make_show(*folders, records=Records(guid=GUID, episodes=lock))
    found = identify_show(show, Records(guid=GUID, episodes=manifest), feed_url=FEED_URL, real=True).show
    assert not found.diagnostics
    assert [episode.guid for episode in found.episodes] == ["two", "three"]


def test_renamed_folders_with_the_same_audio_are_matched_in_order() -> None:
    renamed = [make_episode(f"{number}-renamed", media=None) for number in (1, 2, 3)]
    remembered = Records(episodes=tuple(make_record(f"{number}-a", f"guid-{number}") for number in (1, 2, 3)))
    assert [episode.guid for episode in match_episodes(renamed, remembered)] == ["guid-1", "guid-2", "guid-3"]


def test_guid_in_front_matter_matches_in_any_folder() -> None:
    moved = make_episode("09-elsewhere", guid=MINE.guid, master=make_file(sha256="9" * 64))
    (known,) = match_episodes([moved], Records(episodes=(MINE,)))
    assert known.record == MINE


def test_replaced_audio_keeps_guid_and_date_and_has_new_media() -> None:
    replaced = make_episode(
        master=make_file(sha256="c" * 64), media=make_media("c" * 64, key="media/x-cccccccccccc.mp3")
    )
    (known,) = match_episodes([replaced], Records(episodes=(MINE,)))
    assert (known.guid, known.date) == (MINE.guid, MINE.published)
    assert known.media
    assert known.media.key == "media/x-cccccccccccc.mp3"


def test_changed_audio_settings_need_new_media() -> None:
    (known,) = match_episodes([make_episode(recipe="mp3 bitrate=64", media=None)], Records(episodes=(MINE,)))
    assert known.media is None


def test_media_of_another_encoder_is_not_used() -> None:
    other = make_episode(media=make_media("d" * 64, key="media/05-planning-time-dddddddddddd.mp3", path=Path("x")))
    (known,) = match_episodes([other], Records(episodes=(MINE,)))
    assert known.media == MINE.media


def test_missing_audio_keeps_the_published_media() -> None:
    (known,) = match_episodes([make_episode(audio=None, master=None, media=None)], Records(episodes=(MINE,)))
    assert known.media == MINE.media


def test_episode_without_audio_uses_the_newest_record() -> None:
    newer = replace(make_record(sha256="c" * 64), published=datetime(2025, 1, 1, tzinfo=UTC))
    episode = make_episode(audio=None, master=None, media=None)
    (known,) = match_episodes([episode], Records(episodes=(MINE,)), Records(episodes=(newer,)))
    assert known.media == newer.media
    assert known.record == newer
    assert known.date == MINE.published


def test_published_date_is_changed_by_front_matter_but_not_by_schedule() -> None:
    moved = datetime(2030, 1, 1, tzinfo=UTC)
    by_schedule, by_hand = (
        make_episode(date=moved),
        make_episode(date=moved, locations={"date": Location(file="x")}),
    )
    assert match_episodes([by_schedule], Records(episodes=(MINE,)))[0].date == MINE.published
    assert match_episodes([by_hand], Records(episodes=(MINE,)))[0].date == moved


def test_manifest_adds_media_that_is_not_in_the_lock() -> None:
    newer = replace(make_record(sha256="c" * 64), folder="renamed", published=datetime(2025, 1, 1, tzinfo=UTC))
    episode = make_episode(master=make_file(sha256="c" * 64), media=None)
    (known,) = match_episodes([episode], Records(episodes=(MINE,)), Records(episodes=(newer,)))
    assert known.record == MINE
    assert known.date == MINE.published
    assert known.media == newer.media


def test_match_show_with_a_translation_shares_date_record_and_audio() -> None:
    withdrawn = make_withdrawal("gone", make_record("06", "gone", sha256="6" * 64), at=MINE.published, files=())
    lock = Records(guid=GUID, episodes=(MINE,), withdrawn=(withdrawn,))
    episodes = [make_episode(media=None), make_episode("06", number=6, master=make_file(sha256="6" * 64))]
    show = make_show(*episodes, records=lock, translations=(make_show(*episodes, translation="es"),))
    (translated,) = match_show(show).translations
    first, second = translated.episodes
    assert (first.date, first.record, first.media) == (MINE.published, MINE, MINE.media)
    assert second.withdrawn == MINE.published
    assert first.guid is None, "each language has a GUID of its own"
