"""Publish a show in two languages: two feeds with their own GUIDs and history, which share the media."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.build.render_feed import render_feed
from podcastkit.diagnostics import Cancelled, CheckFailed, ConflictError, ProjectError
from podcastkit.progress import ignore_event
from podcastkit.project.check import check
from podcastkit.publishing.commit import carry_out
from podcastkit.publishing.destination import Target
from podcastkit.publishing.plan import ActionKind
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.prune import prune
from podcastkit.publishing.publish import apply, publish
from podcastkit.publishing.rollback import history, rollback
from podcastkit.publishing.withdraw import prepare_withdrawal, withdraw
from podcastkit.state.lock import LOCK_NAME, read_lock
from tests.published import (
    ON_FOLDER_AND_BUCKET,
    URL,
    Killed,
    assert_whole,
    list_sizes,
    put,
    read_live_feed,
    read_manifest,
    read_titles,
)
from tests.shows import NOW, Workshop, make_mp3, small_show, write_artwork

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import LiveItem
    from podcastkit.publishing.publish import Receipt
    from podcastkit.storage.base import Storage

LATER = NOW + timedelta(days=1)
SPANISH = "feed.es.xml"
OTHER_GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
TABLE = """
[translations.es]
title = "Turno de noche"
description = "Quién mantiene el puerto en marcha."
"""


def write_spanish_notes(
    show: Workshop, number: int, words: str = "Lo que pasa en el puerto.", keys: str = ""
) -> Path:
    path = show.folder / f"{number:02}-part" / "notes.es.md"
    path.write_text(f"---\ntitle: Parte {number}\n{keys}---\n\n{words}\n", encoding="utf-8")
    return path


def append_settings(show: Workshop, lines: str) -> None:
    with (show.folder / "show.toml").open("a", encoding="utf-8") as file:
        file.write(lines)


def add_spanish_translation(show: Workshop, more: str = "") -> Workshop:
    append_settings(show, TABLE + more)
    for number in (1, 2, 3):
        write_spanish_notes(show, number)
    return show


@pytest.fixture
def translated_show(workshop: Workshop) -> Workshop:
    """A show of three episodes in English and Spanish."""
    return add_spanish_translation(workshop)


@pytest.fixture
def real(tmp_path: Path) -> tuple[Workshop, Killed]:
    """The same show with a real destination, a folder."""
    show = small_show(tmp_path / "episodes", f'[publish]\nto = "public"\nurl = "{URL}"\n')
    return add_spanish_translation(show), Killed(show.folder.resolve() / "public")


def read_body(storage: Storage, key: str) -> bytes:
    return (storage.read(key) or (b"",))[0]


def get_audio(item: LiveItem) -> str:
    return item.fields["audio"]


def list_change_kinds(receipt: Receipt, language: str | None) -> list[str]:
    return [change.kind for change in receipt.plan.changes if change.language == language]


@ON_FOLDER_AND_BUCKET
def test_translated_feed_has_its_own_text_and_the_same_audio(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    english, spanish = read_live_feed(storage), read_live_feed(storage, SPANISH)
    assert read_titles(storage) == ["Part 1", "Part 2", "Part 3"]
    assert read_titles(storage, SPANISH) == ["Parte 1", "Parte 2", "Parte 3"]
    assert (spanish.fields["title"], spanish.fields["language"]) == ("Turno de noche", "es")
    assert spanish.fields["description"] == "Quién mantiene el puerto en marcha."
    assert [get_audio(item) for item in spanish.items] == [get_audio(item) for item in english.items]
    assert [item.published for item in spanish.items] == [item.published for item in english.items]
    assert_whole(storage, SPANISH)


def test_each_feed_has_its_own_guids(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    english, spanish = read_live_feed(storage), read_live_feed(storage, SPANISH)
    assert english.guid != spanish.guid
    assert not {item.guid for item in english.items} & {item.guid for item in spanish.items}


def test_guid_of_a_translation_is_derived_from_its_address(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    assert read_live_feed(storage, SPANISH).guid == "ff72b8b2-7818-5ceb-9a21-c19b7f231142"


def test_each_feed_links_to_itself_and_the_other(translated_show: Workshop, storage: Storage) -> None:
    url = storage.public_url
    publish(translated_show.folder, to=storage, at=NOW)
    for key, other, language in (("feed.xml", SPANISH, "es"), (SPANISH, "feed.xml", "en")):
        feed = read_body(storage, key).decode()
        assert f'<atom:link href="{url}/{key}" rel="self" type="application/rss+xml"/>' in feed
        link = f'<atom:link rel="alternate" hreflang="{language}" type="application/rss+xml" href="{url}/{other}"/>'
        assert link in feed


def test_untranslated_episode_has_the_text_of_the_original(translated_show: Workshop, storage: Storage) -> None:
    (translated_show.folder / "02-part" / "notes.es.md").unlink()
    receipt = publish(translated_show.folder, to=storage, at=NOW)
    assert read_titles(storage, SPANISH) == ["Parte 1", "Part 2", "Parte 3"]
    (finding,) = [finding for finding in receipt.plan.findings if finding.code == "N160"]
    assert (finding.episode, finding.severity) == ("02-part", "warning")


def test_transcript_keeps_the_spoken_language(translated_show: Workshop, storage: Storage) -> None:
    (translated_show.folder / "01-part" / "transcript.vtt").write_text(
        "WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n"
    )
    publish(translated_show.folder, to=storage, at=NOW)
    first = read_live_feed(storage, SPANISH).items[0]
    assert first.fields["transcripts"] == read_live_feed(storage).items[0].fields["transcripts"]
    assert first.fields["transcripts"].split()[-1] == "en"


def test_transcripts_in_the_language_of_the_feed_are_first(translated_show: Workshop, storage: Storage) -> None:
    for name, words in (("transcript.vtt", "Hello."), ("transcript.es.vtt", "Hola.")):
        text = f"WEBVTT\n\n00:00.000 --> 00:01.000\n{words}\n"
        (translated_show.folder / "01-part" / name).write_text(text, encoding="utf-8")
    publish(translated_show.folder, to=storage, at=NOW)
    languages = [
        [line.split()[-1] for line in read_live_feed(storage, key).items[0].fields["transcripts"].splitlines()]
        for key in ("feed.xml", SPANISH)
    ]
    assert languages == [["en", "en", "es", "es"], ["es", "es", "en", "en"]]


@ON_FOLDER_AND_BUCKET
def test_publish_twice_changes_nothing(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    before = {key: read_body(storage, key) for key in list_sizes(storage)}
    assert publish(translated_show.folder, to=storage, at=LATER).outcome == "unchanged"
    assert {key: read_body(storage, key) for key in list_sizes(storage)} == before


def test_new_text_in_one_language_changes_only_its_feed(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    english = read_body(storage, "feed.xml")
    write_spanish_notes(translated_show, 2, "Otras palabras.")
    receipt = publish(translated_show.folder, to=storage, at=LATER)
    assert (list_change_kinds(receipt, "es"), list_change_kinds(receipt, None)) == (["notes"], [])
    assert receipt.committed
    assert read_body(storage, "feed.xml") == english
    assert b"Otras palabras" in read_body(storage, SPANISH)
    assert not [key for key in receipt.uploaded if key.startswith("media/")]


def test_later_translation_uses_the_published_media(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "02-part").rename(workshop.folder / "02-the-part-about-ships")
    publish(workshop.folder, to=storage, at=NOW)
    media = {key for key in list_sizes(storage) if key.startswith("media/")}
    (workshop.folder / "02-the-part-about-ships").rename(workshop.folder / "02-part")
    publish(add_spanish_translation(workshop).folder, to=storage, at=LATER)
    assert {key for key in list_sizes(storage) if key.startswith("media/")} == media
    assert [get_audio(item) for item in read_live_feed(storage, SPANISH).items] == [
        get_audio(item) for item in read_live_feed(storage).items
    ]


@pytest.mark.parametrize("lost", ["lock", "manifest", "both records", "nothing"])
def test_guids_are_kept_after_a_renamed_folder_and_a_lost_record(real: tuple[Workshop, Killed], lost: str) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = {item.title: item.guid for item in read_live_feed(storage, SPANISH).items}
    guid = read_live_feed(storage, SPANISH).guid
    (show.folder / "02-part").rename(show.folder / "02-otra")
    if lost == "lock":
        (show.folder / LOCK_NAME).unlink()
    if lost in {"manifest", "both records"}:
        storage.delete("podcastkit.json")
    publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    assert {item.title: item.guid for item in read_live_feed(storage, SPANISH).items} == before
    assert read_live_feed(storage, SPANISH).guid == guid
    assert read_lock(show.folder) == read_manifest(storage).records


def test_guids_of_an_adopted_feed_are_kept(translated_show: Workshop, storage: Storage) -> None:
    write_spanish_notes(translated_show, 1, keys="guid: vieja-1\n")
    append_settings(translated_show, f'guid = "{OTHER_GUID}"\n')
    publish(translated_show.folder, to=storage, at=NOW)
    assert read_live_feed(storage, SPANISH).guid == OTHER_GUID
    assert read_live_feed(storage, SPANISH).items[0].guid == "vieja-1"
    assert read_live_feed(storage).items[0].guid != "vieja-1"


def test_changed_guid_in_a_translation_holds_back_the_episode_there(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = read_live_feed(storage, SPANISH).items[1]
    write_spanish_notes(show, 2, "Otras palabras.", keys="guid: otra\n")
    receipt = publish(show.folder, to=storage, url=URL, at=LATER)
    (held,) = receipt.held_back
    assert (held.episode, held.language, held.is_broken) == ("02-part", "es", True)
    assert receipt.outcome == "partial"
    assert read_live_feed(storage, SPANISH).items[1] == before


def test_two_folders_with_one_guid_in_a_translation_are_held_back(
    translated_show: Workshop, storage: Storage
) -> None:
    for number in (1, 2):
        write_spanish_notes(translated_show, number, keys="guid: una\n")
    receipt = publish(translated_show.folder, to=storage, at=NOW)
    assert [held.episode for held in receipt.held_back] == ["01-part", "02-part"]
    assert read_titles(storage, SPANISH) == ["Parte 3"]
    assert len(read_titles(storage)) == 3


def test_new_episode_with_a_published_guid_in_a_translation_is_held_back(
    real: tuple[Workshop, Killed],
) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = read_live_feed(storage, SPANISH).items
    show.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn\n", mark=4)
    write_spanish_notes(show, 4, keys=f"guid: {before[1].guid}\n")
    receipt = publish(show.folder, to=storage, url=URL, at=LATER)
    assert [(held.episode, held.language) for held in receipt.held_back] == [("02-part", "es"), ("04-part", "es")]
    assert read_live_feed(storage, SPANISH).items == before
    assert len(read_titles(storage)) == 4


def test_withdrawn_guid_is_held_back_in_a_translation(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    guid = read_live_feed(storage, SPANISH).items[1].guid
    withdraw(show.folder, "2", at=LATER, yes=True)
    show.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn\n", mark=4)
    write_spanish_notes(show, 4, keys=f"guid: {guid}\n")
    receipt = publish(show.folder, to=storage, url=URL, at=LATER)
    assert [(held.episode, held.language) for held in receipt.held_back if held.is_broken] == [("04-part", "es")]
    assert read_titles(storage, SPANISH) == ["Parte 1", "Parte 3"]


@pytest.mark.parametrize("source", ["show.toml", "the lock"])
def test_guid_of_a_translation_cannot_change(real: tuple[Workshop, Killed], source: str) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = read_body(storage, SPANISH)
    if source == "the lock":
        lock = show.folder / LOCK_NAME
        lock.write_text(lock.read_text().replace(read_live_feed(storage, SPANISH).guid or "", OTHER_GUID))
    else:
        append_settings(show, f'guid = "{OTHER_GUID}"\n')
    with pytest.raises(CheckFailed) as caught:
        publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    (finding,) = [finding for finding in caught.value.diagnostics if finding.code == "S106"]
    assert OTHER_GUID in finding.message
    assert read_body(storage, SPANISH) == before


def test_guid_that_differs_in_lock_and_destination_holds_back_the_episode_there(
    real: tuple[Workshop, Killed],
) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before, lock = read_live_feed(storage, SPANISH).items, show.folder / LOCK_NAME
    lock.write_text(lock.read_text().replace(before[1].guid, OTHER_GUID))
    receipt = publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    assert [(held.episode, held.language) for held in receipt.held_back] == [("02-part", "es")]
    assert read_live_feed(storage, SPANISH).items == before


def test_translation_cannot_have_the_guid_of_the_original(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    guid = read_live_feed(storage).guid
    storage.delete(SPANISH)
    text = (translated_show.folder / "show.toml").read_text(encoding="utf-8").replace(TABLE, "")
    table = TABLE.replace(".es]", ".fr]") + f'guid = "{guid}"\n'
    (translated_show.folder / "show.toml").write_text(text + table, encoding="utf-8")
    with pytest.raises(CheckFailed) as caught:
        publish(translated_show.folder, to=storage, at=LATER)
    assert [finding.code for finding in caught.value.diagnostics if finding.severity == "error"] == ["S106"]


def test_guid_of_a_translation_may_change_after_a_trial_run(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    write_spanish_notes(translated_show, 1, keys="guid: vieja-1\n")
    append_settings(translated_show, f'guid = "{OTHER_GUID}"\n')
    assert publish(translated_show.folder, to=storage, at=LATER).outcome == "published"
    assert (read_live_feed(storage, SPANISH).guid, read_live_feed(storage, SPANISH).items[0].guid) == (
        OTHER_GUID,
        "vieja-1",
    )


def test_invalid_translated_notes_hold_back_only_the_translation(
    translated_show: Workshop, storage: Storage
) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    kept = read_live_feed(storage, SPANISH).items[1]
    write_spanish_notes(translated_show, 2, "Otras palabras.", keys="title2: x\n")
    (translated_show.folder / "02-part" / "notes.md").write_text("---\ntitle: Part two\ndate: 2024-09-02\n---\nn\n")
    receipt = publish(translated_show.folder, to=storage, at=LATER)
    assert read_titles(storage) == ["Part 1", "Part two", "Part 3"]
    assert read_live_feed(storage, SPANISH).items[1] == kept
    assert [(held.episode, held.language) for held in receipt.held_back] == [("02-part", "es")]
    assert "notes.es.md:" in (receipt.held_back[0].fix or "")


def test_invalid_original_notes_hold_back_both_feeds(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    before = (read_live_feed(storage).items[1], read_live_feed(storage, SPANISH).items[1])
    write_spanish_notes(translated_show, 2, "Otras palabras.")
    (translated_show.folder / "02-part" / "notes.md").write_text("---\ntitle: x\ndate: 9/5/2024\n---\nn\n")
    receipt = publish(translated_show.folder, to=storage, at=LATER)
    assert (read_live_feed(storage).items[1], read_live_feed(storage, SPANISH).items[1]) == before
    assert [(held.episode, held.language) for held in receipt.held_back] == [("02-part", None)]


def test_episode_that_is_not_due_is_in_no_feed(translated_show: Workshop, storage: Storage) -> None:
    (translated_show.folder / "03-part" / "notes.md").write_text("---\ntitle: Part 3\ndate: 2030-01-01\n---\nn\n")
    publish(translated_show.folder, to=storage, at=NOW)
    assert read_titles(storage, SPANISH) == ["Parte 1", "Parte 2"]
    assert b"Parte 3" not in b"".join(read_body(storage, key) for key in list_sizes(storage))


def test_translation_without_valid_notes_has_no_feed(translated_show: Workshop, storage: Storage) -> None:
    for number in (1, 2, 3):
        write_spanish_notes(translated_show, number, keys="title2: x\n")
    receipt = publish(translated_show.folder, to=storage, at=NOW)
    assert SPANISH not in list_sizes(storage)
    assert SPANISH not in read_body(storage, "feed.xml").decode()
    assert receipt.outcome == "partial"


@pytest.mark.ffmpeg
def test_translation_removed_from_show_toml_is_a_finding(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    assert not [finding for finding in check(show.folder, at=NOW) if finding.code == "S160"]
    text = (show.folder / "show.toml").read_text(encoding="utf-8")
    (show.folder / "show.toml").write_text(text.replace(TABLE, ""), encoding="utf-8")
    (finding,) = [finding for finding in check(show.folder, at=NOW) if finding.code == "S160"]
    assert "feed.es.xml, if it still exists, stays unchanged" in finding.message


def test_feed_of_a_translation_removed_from_show_toml_is_kept(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    before = read_body(storage, SPANISH)
    text = (translated_show.folder / "show.toml").read_text(encoding="utf-8")
    (translated_show.folder / "show.toml").write_text(text.replace(TABLE, ""), encoding="utf-8")
    publish(translated_show.folder, to=storage, at=LATER)
    assert read_body(storage, SPANISH) == before
    assert read_manifest(storage).feeds.keys() == {None, "es"}
    prune(translated_show.folder, to=storage, keep_days=0, at=LATER + timedelta(days=9))
    assert read_body(storage, SPANISH) == before
    assert_whole(storage, SPANISH)


@pytest.mark.ffmpeg
def test_notes_in_an_unknown_language_are_a_finding(workshop: Workshop) -> None:
    write_spanish_notes(workshop, 1)
    (finding,) = [finding for finding in check(workshop.folder, at=NOW) if finding.code == "E109"]
    assert finding.location
    assert finding.location.file == "01-part/notes.es.md"
    assert "[translations.es]" in (finding.hint or "")


def test_each_feed_has_its_own_history_and_rollback(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    first = read_body(storage, SPANISH)
    write_spanish_notes(translated_show, 2, "Otras palabras.")
    publish(translated_show.folder, to=storage, at=LATER)
    english = read_body(storage, "feed.xml")
    assert [release.at for release in history(translated_show.folder, to=storage)] == [NOW]
    assert [release.at for release in history(translated_show.folder, to=storage, language="es")] == [NOW, LATER]
    receipt = rollback(translated_show.folder, to=storage, language="es", at=LATER)
    assert read_body(storage, SPANISH) == first
    assert read_body(storage, "feed.xml") == english
    assert list_change_kinds(receipt, "es") == ["notes"]
    assert receipt.published == ("01-part", "02-part", "03-part")
    with pytest.raises(ProjectError, match="no earlier feed"):
        rollback(translated_show.folder, to=storage, at=LATER)


def test_rollback_of_the_original_keeps_the_translation(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    first = read_body(storage, "feed.xml")
    (translated_show.folder / "02-part" / "notes.md").write_text("---\ntitle: Part two\ndate: 2024-09-02\n---\nn\n")
    write_spanish_notes(translated_show, 2, "Otras palabras.")
    publish(translated_show.folder, to=storage, at=LATER)
    spanish = read_body(storage, SPANISH)
    rollback(translated_show.folder, to=storage, at=LATER)
    assert (read_body(storage, "feed.xml"), read_body(storage, SPANISH)) == (first, spanish)


def test_rollback_of_a_translation_keeps_the_audio_of_the_original(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    (show.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=22))
    publish(show.folder, to=storage, url=URL, at=LATER)
    english = get_audio(read_live_feed(storage).items[1])
    rollback(show.folder, language="es", at=LATER)
    (show.folder / "02-part" / "audio.mp3").unlink()
    publish(show.folder, to=storage, url=URL, at=LATER)
    assert (
        get_audio(read_live_feed(storage).items[1])
        == get_audio(read_live_feed(storage, SPANISH).items[1])
        == english
    )


def test_language_without_a_feed_has_no_history(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    with pytest.raises(ProjectError, match="never published in fr") as caught:
        history(translated_show.folder, to=storage, language="fr")
    assert "es" in (caught.value.hint or "")


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_withdrawal_removes_the_episode_from_every_feed_and_history(
    translated_show: Workshop, storage: Storage
) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    guids = {read_live_feed(storage).items[1].guid, read_live_feed(storage, SPANISH).items[1].guid}
    write_spanish_notes(translated_show, 2, "Lo que cuenta Juana.")
    publish(translated_show.folder, to=storage, at=NOW)
    receipt = withdraw(translated_show.folder, "2", to=storage, at=LATER)
    assert [(change.kind, change.language) for change in receipt.plan.changes] == [
        ("removed", None),
        ("removed", "es"),
    ]
    assert read_titles(storage) == ["Part 1", "Part 3"]
    assert read_titles(storage, SPANISH) == ["Parte 1", "Parte 3"]
    everything = b"\n".join(read_body(storage, key) for key in list_sizes(storage) if not key.startswith("media/"))
    assert b"Parte 2" not in everything
    assert b"Juana" not in everything
    assert not [key for key in list_sizes(storage) if key.startswith("media/02")]
    (withdrawal,) = read_manifest(storage).records.withdrawn
    assert withdrawal.guids == guids
    assert publish(translated_show.folder, to=storage, at=LATER).outcome == "unchanged"
    for language in (None, "es"):
        with pytest.raises(ProjectError, match="no earlier feed"):
            rollback(translated_show.folder, to=storage, language=language, at=LATER)


def test_prune_keeps_the_files_of_every_feed_and_its_history(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    first = read_body(storage, SPANISH)
    write_spanish_notes(translated_show, 2, keys="title2: x\n")
    (translated_show.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=22))
    publish(translated_show.folder, to=storage, at=LATER)
    prune(translated_show.folder, to=storage, keep_days=3, at=LATER + timedelta(days=10))
    assert_whole(storage, SPANISH)
    assert read_body(storage, SPANISH) == first
    assert [release.at for release in history(translated_show.folder, to=storage)] == [LATER]
    assert [release.at for release in history(translated_show.folder, to=storage, language="es")] == [NOW]


def test_foreign_feed_in_place_of_a_translation_is_replaced_only_with_adopt(
    translated_show: Workshop, storage: Storage
) -> None:
    other_feed = b"<rss version='2.0'><channel><title>Otra</title></channel></rss>"
    put(storage, SPANISH, other_feed)
    with pytest.raises(ConflictError, match=SPANISH):
        publish(translated_show.folder, to=storage, at=NOW)
    publish(translated_show.folder, to=storage, at=NOW, adopt=True)
    assert read_titles(storage, SPANISH) == ["Parte 1", "Parte 2", "Parte 3"]
    rollback(translated_show.folder, to=storage, language="es", at=LATER, yes=True)
    assert read_body(storage, SPANISH) == other_feed


def test_publish_that_conflicts_in_the_original_replaces_no_feed(
    translated_show: Workshop, storage: Storage
) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    spanish = read_body(storage, SPANISH)
    write_spanish_notes(translated_show, 2, "Otras palabras.")
    plan = prepare(translated_show.folder, to=storage, at=LATER)
    (translated_show.folder / "01-part" / "notes.md").write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nn\n")
    write_spanish_notes(translated_show, 2)
    publish(translated_show.folder, to=storage, at=LATER)
    write_spanish_notes(translated_show, 2, "Otras palabras.")
    with pytest.raises(ConflictError):
        apply(plan)
    assert read_body(storage, SPANISH) == spanish


@ON_FOLDER_AND_BUCKET
def test_publish_that_conflicts_in_a_translation_does_not_replace_the_original(
    translated_show: Workshop, storage: Storage
) -> None:
    publish(translated_show.folder, to=storage, at=NOW)
    english, notes = read_body(storage, "feed.xml"), translated_show.folder / "01-part" / "notes.md"
    before = notes.read_text()
    notes.write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nn\n")
    plan = prepare(translated_show.folder, to=storage, at=LATER)
    notes.write_text(before)
    write_spanish_notes(translated_show, 2, "Otras palabras.")
    publish(translated_show.folder, to=storage, at=LATER)
    with pytest.raises(ConflictError):
        carry_out(plan, progress=ignore_event)
    assert read_body(storage, "feed.xml") == english


def test_new_address_moves_both_feeds(translated_show: Workshop, storage: Storage) -> None:
    publish(translated_show.folder, to=storage, url="https://old.example.org", at=NOW)
    write_spanish_notes(translated_show, 2, keys="title2: x\n")
    receipt = publish(translated_show.folder, to=storage, url=URL, at=LATER)
    moved = [change.new for change in receipt.plan.changes if change.field == "address"]
    assert moved == [f"{URL}/feed.xml", f"{URL}/{SPANISH}"]
    assert b"old.example.org" not in read_body(storage, SPANISH)
    assert len(read_titles(storage, SPANISH)) == 3


def test_translation_may_have_its_own_artwork(translated_show: Workshop, storage: Storage) -> None:
    write_artwork(translated_show.folder / "portada.jpg", color="red")
    append_settings(translated_show, 'artwork = "portada.jpg"\n')
    receipt = publish(translated_show.folder, to=storage, at=NOW)
    assert read_live_feed(storage).fields["artwork"] != read_live_feed(storage, SPANISH).fields["artwork"]
    assert not [finding for finding in receipt.plan.findings if finding.code == "S109"]


@pytest.mark.slow
@pytest.mark.parametrize("situation", ["a first publish", "new text", "new text and a new episode"])
def test_publish_killed_at_any_step_is_finished_by_the_next(real: tuple[Workshop, Killed], situation: str) -> None:
    show, storage = real
    if situation != "a first publish":
        publish(show.folder, to=storage, url=URL, at=NOW, yes=True)
        write_spanish_notes(show, 1, "Otras palabras.")
        (show.folder / "02-part" / "notes.md").write_text("---\ntitle: Part two\ndate: 2024-09-02\n---\nn\n")
    if "new episode" in situation:
        show.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn\n", mark=4)
        write_spanish_notes(show, 4)
    before = {key: read_body(storage, key) for key in list_sizes(storage)}
    lock = show.folder / LOCK_NAME
    locked = lock.read_bytes() if lock.exists() else None
    publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    done = {key: read_body(storage, key) for key in list_sizes(storage)}
    for steps in itertools.count():
        for key in list_sizes(storage):
            storage.delete(key)
        for key, content in before.items():
            put(storage, key, content)
        lock.unlink()
        if locked is not None:
            lock.write_bytes(locked)
        storage.left = steps
        try:
            publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
            break
        except Cancelled:
            storage.left = 10**6
        for key in ("feed.xml", SPANISH):
            assert read_body(storage, key) in {before.get(key, b""), done[key]}, steps
            if storage.find(key):
                assert_whole(storage, key)
        publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
        assert {key: read_body(storage, key) for key in list_sizes(storage)} == done, steps
    assert steps >= len(done) - len(before)


@pytest.mark.slow
@pytest.mark.parametrize("finish", ["withdraw", "publish"])
def test_withdrawal_killed_at_any_step_is_finished_in_every_feed(
    real: tuple[Workshop, Killed], finish: str
) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    write_spanish_notes(show, 2, "Lo que cuenta Juana.")
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = {key: read_body(storage, key) for key in list_sizes(storage)}
    locked = (show.folder / LOCK_NAME).read_bytes()
    for steps in itertools.count():
        for key in list_sizes(storage):
            storage.delete(key)
        for key, content in before.items():
            put(storage, key, content)
        (show.folder / LOCK_NAME).write_bytes(locked)
        plan = prepare_withdrawal(show.folder, "2", Target(to=storage, url=URL, at=LATER))
        storage.left = steps
        try:
            apply(plan)
            break
        except Cancelled:
            storage.left = 10**6
        if finish == "withdraw":
            withdraw(show.folder, "02-part", to=storage, url=URL, at=LATER, yes=True)
        else:
            publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
        for key in ("feed.xml", SPANISH):
            assert_whole(storage, key)
            assert len(read_titles(storage, key)) == 2, steps
        everything = b"\n".join(
            read_body(storage, key) for key in list_sizes(storage) if not key.startswith("media/")
        )
        assert b"Parte 2" not in everything, steps
        assert b"Juana" not in everything, steps
        assert not [key for key in list_sizes(storage) if key.startswith("media/02")], steps
    assert steps > len(before) / 2


def test_folder_renamed_after_a_kill_keeps_the_published_guids(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    storage.left = len(prepare(show.folder, to=storage, url=URL, at=NOW).actions) - 1
    with pytest.raises(Cancelled):
        publish(show.folder, to=storage, url=URL, at=NOW, yes=True)
    storage.left = 10**6
    assert "podcastkit.json" not in list_sizes(storage)
    before = [item.guid for item in read_live_feed(storage, SPANISH).items]
    (show.folder / "02-part").rename(show.folder / "02-otra")
    publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    assert [item.guid for item in read_live_feed(storage, SPANISH).items] == before


def kill_after(key: str, show: Workshop, storage: Killed) -> None:
    """Start a publish that is killed right after it writes this key."""
    plan = prepare(show.folder, to=storage, url=URL, at=LATER)
    steps = [action.asset.key for action in plan.actions if action.kind is not ActionKind.KEEP]
    storage.left = steps.index(key) + 1
    with pytest.raises(Cancelled):
        apply(plan)
    storage.left = 10**6


@pytest.fixture
def interrupted_show(real: tuple[Workshop, Killed]) -> tuple[Workshop, Killed]:
    """The same show after a publish that was killed right after it added an episode to the Spanish feed."""
    show, storage = real
    path = write_spanish_notes(show, 2, keys="title2: x\n")
    publish(show.folder, to=storage, url=URL, at=NOW)
    path.write_text(path.read_text().replace("title2: x\n", ""))
    kill_after(SPANISH, show, storage)
    assert read_titles(storage, SPANISH) == ["Parte 1", "Parte 2", "Parte 3"]
    return show, storage


def test_guid_only_in_the_journal_of_a_translation_is_kept(interrupted_show: tuple[Workshop, Killed]) -> None:
    show, storage = interrupted_show
    before = [item.guid for item in read_live_feed(storage, SPANISH).items]
    (show.folder / "02-part").rename(show.folder / "02-otra")
    publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    assert [item.guid for item in read_live_feed(storage, SPANISH).items] == before


def test_episode_only_in_the_journal_of_a_translation_is_withdrawn(
    interrupted_show: tuple[Workshop, Killed],
) -> None:
    show, storage = interrupted_show
    withdraw(show.folder, "2", at=LATER, yes=True)
    assert read_titles(storage, SPANISH) == ["Parte 1", "Parte 3"]
    everything = b"\n".join(read_body(storage, key) for key in list_sizes(storage) if not key.startswith("media/"))
    assert b"Parte 2" not in everything
    assert_whole(storage, SPANISH)


def test_rollback_skips_a_feed_that_was_never_live(
    real: tuple[Workshop, Killed],
) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    first = read_body(storage, SPANISH)
    write_spanish_notes(show, 2, "Otras palabras.")
    publish(show.folder, to=storage, url=URL, at=NOW)
    (show.folder / "02-part" / "notes.md").write_text("---\ntitle: Part two\ndate: 2024-09-02\n---\nn\n")
    write_spanish_notes(show, 2, "Palabras que nadie ha leído.")
    kill_after("feed.xml", show, storage)
    assert len(history(show.folder, language="es")) == 2
    rollback(show.folder, language="es", at=LATER)
    assert read_body(storage, SPANISH) == first


def test_trial_run_makes_no_guid_of_a_translation_permanent(
    real: tuple[Workshop, Killed], storage: Storage
) -> None:
    show, public = real
    publish(show.folder, to=storage, url="https://trial.example.org", at=NOW, verify=False)
    assert not (show.folder / LOCK_NAME).exists()
    assert read_manifest(storage).trial
    publish(show.folder, to=public, url=URL, at=LATER)
    assert read_live_feed(public, SPANISH).guid == "ff72b8b2-7818-5ceb-9a21-c19b7f231142"
    trial_guids, real_guids = (
        {item.guid for item in read_live_feed(place, SPANISH).items} for place in (storage, public)
    )
    assert not trial_guids & real_guids


def test_one_feed_can_be_rendered_alone(translated_show: Workshop) -> None:
    spanish = render_feed(translated_show.folder, url=URL, at=NOW, language="es").decode()
    assert "<title>Turno de noche</title>" in spanish
    assert "<title>Night Shift</title>" in render_feed(translated_show.folder, url=URL, at=NOW).decode()
    with pytest.raises(ProjectError, match="fr"):
        render_feed(translated_show.folder, url=URL, at=NOW, language="fr")


def test_plan_as_json_names_the_language_of_each_change(translated_show: Workshop, storage: Storage) -> None:
    plan = prepare(translated_show.folder, to=storage, at=NOW)
    changes = json.loads(json.dumps(plan.to_dict()))["changes"]
    assert [change["language"] for change in changes] == [None] * 3 + ["es"] * 3
    kinds = {action.asset.key: action.kind for action in plan.actions}
    assert kinds[SPANISH] is ActionKind.UPLOAD
    order = [action.asset.key for action in plan.actions]
    assert order.index("feed.xml") < order.index(SPANISH) < order.index("podcastkit.json")
