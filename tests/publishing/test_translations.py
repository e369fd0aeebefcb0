"""A show in two languages: two feeds that share the media, each with its identity, its history and its way back."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.build.render_feed import render_feed
from podcastkit.diagnostics import Cancelled, CheckFailed, ConflictError, ProjectError
from podcastkit.progress import ignore
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
from tests.published import ON_FOLDER_AND_BUCKET, URL, Killed, assert_whole, live, manifest_of, put, stored, titles
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


def in_spanish(show: Workshop, number: int, words: str = "Lo que pasa en el puerto.", keys: str = "") -> Path:
    path = show.folder / f"{number:02}-part" / "notes.es.md"
    path.write_text(f"---\ntitle: Parte {number}\n{keys}---\n\n{words}\n", encoding="utf-8")
    return path


def add(show: Workshop, lines: str) -> None:
    with (show.folder / "show.toml").open("a", encoding="utf-8") as file:
        file.write(lines)


def add_spanish(show: Workshop, more: str = "") -> Workshop:
    add(show, TABLE + more)
    for number in (1, 2, 3):
        in_spanish(show, number)
    return show


@pytest.fixture
def both(workshop: Workshop) -> Workshop:
    """A show of three episodes in English and in Spanish."""
    return add_spanish(workshop)


@pytest.fixture
def real(tmp_path: Path) -> tuple[Workshop, Killed]:
    """The same, published for real into a folder."""
    show = small_show(tmp_path / "episodes", f'[publish]\nto = "public"\nurl = "{URL}"\n')
    return add_spanish(show), Killed(show.folder.resolve() / "public")


def body(storage: Storage, key: str) -> bytes:
    return (storage.read(key) or (b"",))[0]


def audio(item: LiveItem) -> str:
    return item.fields["audio"]


def in_language(receipt: Receipt, language: str | None) -> list[str]:
    return [change.kind for change in receipt.plan.changes if change.language == language]


@ON_FOLDER_AND_BUCKET
def test_a_second_feed_tells_the_same_in_other_words(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    english, spanish = live(storage), live(storage, SPANISH)
    assert titles(storage) == ["Part 1", "Part 2", "Part 3"]
    assert titles(storage, SPANISH) == ["Parte 1", "Parte 2", "Parte 3"]
    assert (spanish.fields["title"], spanish.fields["language"]) == ("Turno de noche", "es")
    assert spanish.fields["description"] == "Quién mantiene el puerto en marcha."
    assert [audio(item) for item in spanish.items] == [audio(item) for item in english.items]
    assert [item.published for item in spanish.items] == [item.published for item in english.items]
    assert_whole(storage, SPANISH)


def test_each_feed_has_guids_of_its_own(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    english, spanish = live(storage), live(storage, SPANISH)
    assert english.guid != spanish.guid
    assert not {item.guid for item in english.items} & {item.guid for item in spanish.items}


def test_the_guid_of_a_translation_is_that_of_its_address(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    assert live(storage, SPANISH).guid == "ff72b8b2-7818-5ceb-9a21-c19b7f231142"


def test_each_feed_names_itself_and_the_other(both: Workshop, storage: Storage) -> None:
    url = storage.public_url
    publish(both.folder, to=storage, at=NOW)
    for key, other, language in (("feed.xml", SPANISH, "es"), (SPANISH, "feed.xml", "en")):
        feed = body(storage, key).decode()
        assert f'<atom:link href="{url}/{key}" rel="self" type="application/rss+xml"/>' in feed
        link = f'<atom:link rel="alternate" hreflang="{language}" type="application/rss+xml" href="{url}/{other}"/>'
        assert link in feed


def test_an_untranslated_episode_has_the_words_of_the_original(both: Workshop, storage: Storage) -> None:
    (both.folder / "02-part" / "notes.es.md").unlink()
    receipt = publish(both.folder, to=storage, at=NOW)
    assert titles(storage, SPANISH) == ["Parte 1", "Part 2", "Parte 3"]
    (finding,) = [finding for finding in receipt.plan.findings if finding.code == "N160"]
    assert (finding.episode, finding.severity) == ("02-part", "warning")


def test_transcripts_keep_the_language_that_is_spoken(both: Workshop, storage: Storage) -> None:
    (both.folder / "01-part" / "transcript.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n")
    publish(both.folder, to=storage, at=NOW)
    first = live(storage, SPANISH).items[0]
    assert first.fields["transcripts"] == live(storage).items[0].fields["transcripts"]
    assert first.fields["transcripts"].split()[-1] == "en"


def test_transcripts_in_its_own_language_come_first(both: Workshop, storage: Storage) -> None:
    for name, words in (("transcript.vtt", "Hello."), ("transcript.es.vtt", "Hola.")):
        text = f"WEBVTT\n\n00:00.000 --> 00:01.000\n{words}\n"
        (both.folder / "01-part" / name).write_text(text, encoding="utf-8")
    publish(both.folder, to=storage, at=NOW)
    languages = [
        [line.split()[-1] for line in live(storage, key).items[0].fields["transcripts"].splitlines()]
        for key in ("feed.xml", SPANISH)
    ]
    assert languages == [["en", "en", "es", "es"], ["es", "es", "en", "en"]]


@ON_FOLDER_AND_BUCKET
def test_publishing_again_changes_nothing(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    before = {key: body(storage, key) for key in stored(storage)}
    assert publish(both.folder, to=storage, at=LATER).outcome == "unchanged"
    assert {key: body(storage, key) for key in stored(storage)} == before


def test_other_words_in_one_language_leave_the_other_feed_alone(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    english = body(storage, "feed.xml")
    in_spanish(both, 2, "Otras palabras.")
    receipt = publish(both.folder, to=storage, at=LATER)
    assert (in_language(receipt, "es"), in_language(receipt, None)) == (["notes"], [])
    assert receipt.committed
    assert body(storage, "feed.xml") == english
    assert b"Otras palabras" in body(storage, SPANISH)
    assert not [key for key in receipt.uploaded if key.startswith("media/")]


def test_a_translation_that_comes_later_shares_the_media_that_is_published(
    workshop: Workshop, storage: Storage
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "02-part").rename(workshop.folder / "02-the-part-about-ships")
    publish(workshop.folder, to=storage, at=NOW)
    media = {key for key in stored(storage) if key.startswith("media/")}
    (workshop.folder / "02-the-part-about-ships").rename(workshop.folder / "02-part")
    publish(add_spanish(workshop).folder, to=storage, at=LATER)
    assert {key for key in stored(storage) if key.startswith("media/")} == media
    assert [audio(item) for item in live(storage, SPANISH).items] == [audio(item) for item in live(storage).items]


@pytest.mark.parametrize("lost", ["lock", "manifest", "both records", "nothing"])
def test_guids_survive_a_renamed_folder_and_the_loss_of_a_record(real: tuple[Workshop, Killed], lost: str) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = {item.title: item.guid for item in live(storage, SPANISH).items}
    guid = live(storage, SPANISH).guid
    (show.folder / "02-part").rename(show.folder / "02-otra")
    if lost == "lock":
        (show.folder / LOCK_NAME).unlink()
    if lost in {"manifest", "both records"}:
        storage.delete("podcastkit.json")
    publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    assert {item.title: item.guid for item in live(storage, SPANISH).items} == before
    assert live(storage, SPANISH).guid == guid
    assert read_lock(show.folder) == manifest_of(storage).records


def test_guids_of_a_feed_that_is_taken_over_are_kept(both: Workshop, storage: Storage) -> None:
    in_spanish(both, 1, keys="guid: vieja-1\n")
    add(both, f'guid = "{OTHER_GUID}"\n')
    publish(both.folder, to=storage, at=NOW)
    assert live(storage, SPANISH).guid == OTHER_GUID
    assert live(storage, SPANISH).items[0].guid == "vieja-1"
    assert live(storage).items[0].guid != "vieja-1"


def test_a_guid_that_changes_in_a_translation_holds_that_episode_there(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = live(storage, SPANISH).items[1]
    in_spanish(show, 2, "Otras palabras.", keys="guid: otra\n")
    receipt = publish(show.folder, to=storage, url=URL, at=LATER)
    (held,) = receipt.held_back
    assert (held.episode, held.language, held.is_broken) == ("02-part", "es", True)
    assert receipt.outcome == "partial"
    assert live(storage, SPANISH).items[1] == before


def test_two_folders_cannot_claim_one_guid_in_a_translation(both: Workshop, storage: Storage) -> None:
    for number in (1, 2):
        in_spanish(both, number, keys="guid: una\n")
    receipt = publish(both.folder, to=storage, at=NOW)
    assert [held.episode for held in receipt.held_back] == ["01-part", "02-part"]
    assert titles(storage, SPANISH) == ["Parte 3"]
    assert len(titles(storage)) == 3


def test_the_guid_that_a_published_episode_has_in_a_translation_is_nobody_elses(
    real: tuple[Workshop, Killed],
) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = live(storage, SPANISH).items
    show.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn\n", mark=4)
    in_spanish(show, 4, keys=f"guid: {before[1].guid}\n")
    receipt = publish(show.folder, to=storage, url=URL, at=LATER)
    assert [(held.episode, held.language) for held in receipt.held_back] == [("02-part", "es"), ("04-part", "es")]
    assert live(storage, SPANISH).items == before
    assert len(titles(storage)) == 4


def test_the_guid_of_a_withdrawn_episode_comes_out_in_no_translation(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    guid = live(storage, SPANISH).items[1].guid
    withdraw(show.folder, "2", at=LATER, yes=True)
    show.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn\n", mark=4)
    in_spanish(show, 4, keys=f"guid: {guid}\n")
    receipt = publish(show.folder, to=storage, url=URL, at=LATER)
    assert [(held.episode, held.language) for held in receipt.held_back if held.is_broken] == [("04-part", "es")]
    assert titles(storage, SPANISH) == ["Parte 1", "Parte 3"]


@pytest.mark.parametrize("source", ["show.toml", "the lock"])
def test_the_guid_of_a_translation_cannot_be_changed(real: tuple[Workshop, Killed], source: str) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = body(storage, SPANISH)
    if source == "the lock":
        lock = show.folder / LOCK_NAME
        lock.write_text(lock.read_text().replace(live(storage, SPANISH).guid or "", OTHER_GUID))
    else:
        add(show, f'guid = "{OTHER_GUID}"\n')
    with pytest.raises(CheckFailed) as caught:
        publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    (finding,) = [finding for finding in caught.value.diagnostics if finding.code == "S106"]
    assert OTHER_GUID in finding.message
    assert body(storage, SPANISH) == before


def test_lock_and_destination_that_disagree_on_a_guid_hold_that_episode_there(
    real: tuple[Workshop, Killed],
) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    before, lock = live(storage, SPANISH).items, show.folder / LOCK_NAME
    lock.write_text(lock.read_text().replace(before[1].guid, OTHER_GUID))
    receipt = publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    assert [(held.episode, held.language) for held in receipt.held_back] == [("02-part", "es")]
    assert live(storage, SPANISH).items == before


def test_a_translation_cannot_have_the_guid_of_the_original(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    guid = live(storage).guid
    storage.delete(SPANISH)
    text = (both.folder / "show.toml").read_text(encoding="utf-8").replace(TABLE, "")
    table = TABLE.replace(".es]", ".fr]") + f'guid = "{guid}"\n'
    (both.folder / "show.toml").write_text(text + table, encoding="utf-8")
    with pytest.raises(CheckFailed) as caught:
        publish(both.folder, to=storage, at=LATER)
    assert [finding.code for finding in caught.value.diagnostics if finding.severity == "error"] == ["S106"]


def test_a_guid_may_be_written_into_a_translation_after_a_trial(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    in_spanish(both, 1, keys="guid: vieja-1\n")
    add(both, f'guid = "{OTHER_GUID}"\n')
    assert publish(both.folder, to=storage, at=LATER).outcome == "published"
    assert (live(storage, SPANISH).guid, live(storage, SPANISH).items[0].guid) == (OTHER_GUID, "vieja-1")


def test_what_is_wrong_with_the_words_holds_back_that_feed_alone(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    kept = live(storage, SPANISH).items[1]
    in_spanish(both, 2, "Otras palabras.", keys="title2: x\n")
    (both.folder / "02-part" / "notes.md").write_text("---\ntitle: Part two\ndate: 2024-09-02\n---\nn\n")
    receipt = publish(both.folder, to=storage, at=LATER)
    assert titles(storage) == ["Part 1", "Part two", "Part 3"]
    assert live(storage, SPANISH).items[1] == kept
    assert [(held.episode, held.language) for held in receipt.held_back] == [("02-part", "es")]
    assert "notes.es.md:" in (receipt.held_back[0].cure or "")


def test_what_is_wrong_with_the_original_holds_back_both(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    before = (live(storage).items[1], live(storage, SPANISH).items[1])
    in_spanish(both, 2, "Otras palabras.")
    (both.folder / "02-part" / "notes.md").write_text("---\ntitle: x\ndate: 9/5/2024\n---\nn\n")
    receipt = publish(both.folder, to=storage, at=LATER)
    assert (live(storage).items[1], live(storage, SPANISH).items[1]) == before
    assert [(held.episode, held.language) for held in receipt.held_back] == [("02-part", None)]


def test_an_episode_that_is_not_due_is_in_neither_feed(both: Workshop, storage: Storage) -> None:
    (both.folder / "03-part" / "notes.md").write_text("---\ntitle: Part 3\ndate: 2030-01-01\n---\nn\n")
    publish(both.folder, to=storage, at=NOW)
    assert titles(storage, SPANISH) == ["Parte 1", "Parte 2"]
    assert b"Parte 3" not in b"".join(body(storage, key) for key in stored(storage))


def test_a_translation_of_which_nothing_can_come_out_is_no_feed_yet(both: Workshop, storage: Storage) -> None:
    for number in (1, 2, 3):
        in_spanish(both, number, keys="title2: x\n")
    receipt = publish(both.folder, to=storage, at=NOW)
    assert SPANISH not in stored(storage)
    assert SPANISH not in body(storage, "feed.xml").decode()
    assert receipt.outcome == "partial"


@pytest.mark.ffmpeg
def test_a_translation_that_left_show_toml_is_told(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    assert not [finding for finding in check(show.folder, at=NOW) if finding.code == "S160"]
    text = (show.folder / "show.toml").read_text(encoding="utf-8")
    (show.folder / "show.toml").write_text(text.replace(TABLE, ""), encoding="utf-8")
    (finding,) = [finding for finding in check(show.folder, at=NOW) if finding.code == "S160"]
    assert "feed.es.xml, if it is still there, stays as it is" in finding.message


def test_the_feed_of_a_translation_that_left_show_toml_stays(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    before = body(storage, SPANISH)
    text = (both.folder / "show.toml").read_text(encoding="utf-8")
    (both.folder / "show.toml").write_text(text.replace(TABLE, ""), encoding="utf-8")
    publish(both.folder, to=storage, at=LATER)
    assert body(storage, SPANISH) == before
    assert manifest_of(storage).feeds.keys() == {None, "es"}
    prune(both.folder, to=storage, keep_days=0, at=LATER + timedelta(days=9))
    assert body(storage, SPANISH) == before
    assert_whole(storage, SPANISH)


@pytest.mark.ffmpeg
def test_notes_in_a_language_that_show_toml_does_not_name_are_told(workshop: Workshop) -> None:
    in_spanish(workshop, 1)
    (finding,) = [finding for finding in check(workshop.folder, at=NOW) if finding.code == "E109"]
    assert finding.location
    assert finding.location.file == "01-part/notes.es.md"
    assert "[translations.es]" in (finding.hint or "")


def test_each_feed_has_its_own_history_and_its_own_way_back(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    first = body(storage, SPANISH)
    in_spanish(both, 2, "Otras palabras.")
    publish(both.folder, to=storage, at=LATER)
    english = body(storage, "feed.xml")
    assert [release.at for release in history(both.folder, to=storage)] == [NOW]
    assert [release.at for release in history(both.folder, to=storage, language="es")] == [NOW, LATER]
    receipt = rollback(both.folder, to=storage, language="es", at=LATER)
    assert body(storage, SPANISH) == first
    assert body(storage, "feed.xml") == english
    assert in_language(receipt, "es") == ["notes"]
    assert receipt.published == ("01-part", "02-part", "03-part")
    with pytest.raises(ProjectError, match="no earlier feed"):
        rollback(both.folder, to=storage, at=LATER)


def test_going_back_in_the_original_leaves_the_translation(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    first = body(storage, "feed.xml")
    (both.folder / "02-part" / "notes.md").write_text("---\ntitle: Part two\ndate: 2024-09-02\n---\nn\n")
    in_spanish(both, 2, "Otras palabras.")
    publish(both.folder, to=storage, at=LATER)
    spanish = body(storage, SPANISH)
    rollback(both.folder, to=storage, at=LATER)
    assert (body(storage, "feed.xml"), body(storage, SPANISH)) == (first, spanish)


def test_going_back_in_a_translation_leaves_the_audio_of_the_original(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    (show.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=22))
    publish(show.folder, to=storage, url=URL, at=LATER)
    english = audio(live(storage).items[1])
    rollback(show.folder, language="es", at=LATER)
    (show.folder / "02-part" / "audio.mp3").unlink()
    publish(show.folder, to=storage, url=URL, at=LATER)
    assert audio(live(storage).items[1]) == audio(live(storage, SPANISH).items[1]) == english


def test_a_language_without_a_feed_has_no_history(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    with pytest.raises(ProjectError, match="never published in fr") as caught:
        history(both.folder, to=storage, language="fr")
    assert "es" in (caught.value.hint or "")


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_a_withdrawn_episode_leaves_every_feed_and_all_its_history(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    guids = {live(storage).items[1].guid, live(storage, SPANISH).items[1].guid}
    in_spanish(both, 2, "Lo que cuenta Juana.")
    publish(both.folder, to=storage, at=NOW)
    receipt = withdraw(both.folder, "2", to=storage, at=LATER)
    assert [(change.kind, change.language) for change in receipt.plan.changes] == [
        ("removed", None),
        ("removed", "es"),
    ]
    assert titles(storage) == ["Part 1", "Part 3"]
    assert titles(storage, SPANISH) == ["Parte 1", "Parte 3"]
    everything = b"\n".join(body(storage, key) for key in stored(storage) if not key.startswith("media/"))
    assert b"Parte 2" not in everything
    assert b"Juana" not in everything
    assert not [key for key in stored(storage) if key.startswith("media/02")]
    (withdrawal,) = manifest_of(storage).records.withdrawn
    assert withdrawal.guids == guids
    assert publish(both.folder, to=storage, at=LATER).outcome == "unchanged"
    for language in (None, "es"):
        with pytest.raises(ProjectError, match="no earlier feed"):
            rollback(both.folder, to=storage, language=language, at=LATER)


def test_pruning_keeps_what_any_feed_names_and_what_its_history_needs(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    first = body(storage, SPANISH)
    in_spanish(both, 2, keys="title2: x\n")
    (both.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(2, mark=22))
    publish(both.folder, to=storage, at=LATER)
    prune(both.folder, to=storage, keep_days=3, at=LATER + timedelta(days=10))
    assert_whole(storage, SPANISH)
    assert body(storage, SPANISH) == first
    assert [release.at for release in history(both.folder, to=storage)] == [LATER]
    assert [release.at for release in history(both.folder, to=storage, language="es")] == [NOW]


def test_a_feed_of_somebody_else_in_the_place_of_a_translation_stays(both: Workshop, storage: Storage) -> None:
    theirs = b"<rss version='2.0'><channel><title>Otra</title></channel></rss>"
    put(storage, SPANISH, theirs)
    with pytest.raises(ConflictError, match=SPANISH):
        publish(both.folder, to=storage, at=NOW)
    publish(both.folder, to=storage, at=NOW, adopt=True)
    assert titles(storage, SPANISH) == ["Parte 1", "Parte 2", "Parte 3"]
    rollback(both.folder, to=storage, language="es", at=LATER, yes=True)
    assert body(storage, SPANISH) == theirs


def test_who_is_overtaken_has_switched_no_feed(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    spanish = body(storage, SPANISH)
    in_spanish(both, 2, "Otras palabras.")
    plan = prepare(both.folder, to=storage, at=LATER)
    (both.folder / "01-part" / "notes.md").write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nn\n")
    in_spanish(both, 2)
    publish(both.folder, to=storage, at=LATER)
    in_spanish(both, 2, "Otras palabras.")
    with pytest.raises(ConflictError):
        apply(plan)
    assert body(storage, SPANISH) == spanish


@ON_FOLDER_AND_BUCKET
def test_who_is_overtaken_in_a_translation_has_not_switched_the_original(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, at=NOW)
    english, notes = body(storage, "feed.xml"), both.folder / "01-part" / "notes.md"
    before = notes.read_text()
    notes.write_text("---\ntitle: Part one\ndate: 2024-09-01\n---\nn\n")
    plan = prepare(both.folder, to=storage, at=LATER)
    notes.write_text(before)
    in_spanish(both, 2, "Otras palabras.")
    publish(both.folder, to=storage, at=LATER)
    with pytest.raises(ConflictError):
        carry_out(plan, progress=ignore)
    assert body(storage, "feed.xml") == english


def test_a_moved_address_moves_both_feeds(both: Workshop, storage: Storage) -> None:
    publish(both.folder, to=storage, url="https://old.example.org", at=NOW)
    in_spanish(both, 2, keys="title2: x\n")
    receipt = publish(both.folder, to=storage, url=URL, at=LATER)
    moved = [change.new for change in receipt.plan.changes if change.field == "address"]
    assert moved == [f"{URL}/feed.xml", f"{URL}/{SPANISH}"]
    assert b"old.example.org" not in body(storage, SPANISH)
    assert len(titles(storage, SPANISH)) == 3


def test_a_picture_of_its_own(both: Workshop, storage: Storage) -> None:
    write_artwork(both.folder / "portada.jpg", colour="red")
    add(both, 'artwork = "portada.jpg"\n')
    receipt = publish(both.folder, to=storage, at=NOW)
    assert live(storage).fields["artwork"] != live(storage, SPANISH).fields["artwork"]
    assert not [finding for finding in receipt.plan.findings if finding.code == "S109"]


@pytest.mark.slow
@pytest.mark.parametrize("situation", ["a first publish", "other words", "other words and a new episode"])
def test_a_kill_at_any_step_leaves_every_feed_whole_and_the_next_publish_finishes(
    real: tuple[Workshop, Killed], situation: str
) -> None:
    show, storage = real
    if situation != "a first publish":
        publish(show.folder, to=storage, url=URL, at=NOW, yes=True)
        in_spanish(show, 1, "Otras palabras.")
        (show.folder / "02-part" / "notes.md").write_text("---\ntitle: Part two\ndate: 2024-09-02\n---\nn\n")
    if "new episode" in situation:
        show.episode("04-part", "---\ntitle: Part 4\ndate: 2024-09-04\n---\nn\n", mark=4)
        in_spanish(show, 4)
    before = {key: body(storage, key) for key in stored(storage)}
    lock = show.folder / LOCK_NAME
    locked = lock.read_bytes() if lock.exists() else None
    publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    done = {key: body(storage, key) for key in stored(storage)}
    for steps in itertools.count():
        for key in stored(storage):
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
            assert body(storage, key) in {before.get(key, b""), done[key]}, steps
            if storage.find(key):
                assert_whole(storage, key)
        publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
        assert {key: body(storage, key) for key in stored(storage)} == done, steps
    assert steps >= len(done) - len(before)


@pytest.mark.slow
@pytest.mark.parametrize("finish", ["withdraw", "publish"])
def test_a_withdrawal_killed_at_any_step_is_finished_in_every_feed(
    real: tuple[Workshop, Killed], finish: str
) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    in_spanish(show, 2, "Lo que cuenta Juana.")
    publish(show.folder, to=storage, url=URL, at=NOW)
    before = {key: body(storage, key) for key in stored(storage)}
    locked = (show.folder / LOCK_NAME).read_bytes()
    for steps in itertools.count():
        for key in stored(storage):
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
            assert len(titles(storage, key)) == 2, steps
        everything = b"\n".join(body(storage, key) for key in stored(storage) if not key.startswith("media/"))
        assert b"Parte 2" not in everything, steps
        assert b"Juana" not in everything, steps
        assert not [key for key in stored(storage) if key.startswith("media/02")], steps
    assert steps > len(before) / 2


def test_a_folder_renamed_after_a_kill_keeps_the_guids_that_went_out(real: tuple[Workshop, Killed]) -> None:
    show, storage = real
    storage.left = len(prepare(show.folder, to=storage, url=URL, at=NOW).actions) - 1
    with pytest.raises(Cancelled):
        publish(show.folder, to=storage, url=URL, at=NOW, yes=True)
    storage.left = 10**6
    assert "podcastkit.json" not in stored(storage)
    before = [item.guid for item in live(storage, SPANISH).items]
    (show.folder / "02-part").rename(show.folder / "02-otra")
    publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    assert [item.guid for item in live(storage, SPANISH).items] == before


def killed_after(key: str, show: Workshop, storage: Killed) -> None:
    """Publish, and be killed as soon as something is written under a key."""
    plan = prepare(show.folder, to=storage, url=URL, at=LATER)
    steps = [action.asset.key for action in plan.actions if action.kind is not ActionKind.KEEP]
    storage.left = steps.index(key) + 1
    with pytest.raises(Cancelled):
        apply(plan)
    storage.left = 10**6


@pytest.fixture
def halfway(real: tuple[Workshop, Killed]) -> tuple[Workshop, Killed]:
    """The same show, killed when an episode had just come out in Spanish, weeks after it did in English."""
    show, storage = real
    path = in_spanish(show, 2, keys="title2: x\n")
    publish(show.folder, to=storage, url=URL, at=NOW)
    path.write_text(path.read_text().replace("title2: x\n", ""))
    killed_after(SPANISH, show, storage)
    assert titles(storage, SPANISH) == ["Parte 1", "Parte 2", "Parte 3"]
    return show, storage


def test_a_guid_that_only_a_translations_journal_knows_is_kept(halfway: tuple[Workshop, Killed]) -> None:
    show, storage = halfway
    before = [item.guid for item in live(storage, SPANISH).items]
    (show.folder / "02-part").rename(show.folder / "02-otra")
    publish(show.folder, to=storage, url=URL, at=LATER, yes=True)
    assert [item.guid for item in live(storage, SPANISH).items] == before


def test_what_only_a_translations_journal_knows_of_is_withdrawn(halfway: tuple[Workshop, Killed]) -> None:
    show, storage = halfway
    withdraw(show.folder, "2", at=LATER, yes=True)
    assert titles(storage, SPANISH) == ["Parte 1", "Parte 3"]
    everything = b"\n".join(body(storage, key) for key in stored(storage) if not key.startswith("media/"))
    assert b"Parte 2" not in everything
    assert_whole(storage, SPANISH)


def test_the_way_back_leads_to_no_feed_that_a_killed_publisher_never_brought_out(
    real: tuple[Workshop, Killed],
) -> None:
    show, storage = real
    publish(show.folder, to=storage, url=URL, at=NOW)
    first = body(storage, SPANISH)
    in_spanish(show, 2, "Otras palabras.")
    publish(show.folder, to=storage, url=URL, at=NOW)
    (show.folder / "02-part" / "notes.md").write_text("---\ntitle: Part two\ndate: 2024-09-02\n---\nn\n")
    in_spanish(show, 2, "Palabras que nadie ha leído.")
    killed_after("feed.xml", show, storage)
    assert len(history(show.folder, language="es")) == 2
    rollback(show.folder, language="es", at=LATER)
    assert body(storage, SPANISH) == first


def test_a_trial_fixes_no_guid_of_a_translation(real: tuple[Workshop, Killed], storage: Storage) -> None:
    show, public = real
    publish(show.folder, to=storage, url="https://trial.example.org", at=NOW, verify=False)
    assert not (show.folder / LOCK_NAME).exists()
    assert manifest_of(storage).trial
    publish(show.folder, to=public, url=URL, at=LATER)
    assert live(public, SPANISH).guid == "ff72b8b2-7818-5ceb-9a21-c19b7f231142"
    tried, fixed = ({item.guid for item in live(place, SPANISH).items} for place in (storage, public))
    assert not tried & fixed


def test_one_feed_can_be_rendered_by_itself(both: Workshop) -> None:
    spanish = render_feed(both.folder, url=URL, at=NOW, language="es").decode()
    assert "<title>Turno de noche</title>" in spanish
    assert "<title>Night Shift</title>" in render_feed(both.folder, url=URL, at=NOW).decode()
    with pytest.raises(ProjectError, match="fr"):
        render_feed(both.folder, url=URL, at=NOW, language="fr")


def test_the_plan_as_json_tells_whose_subscribers_see_what(both: Workshop, storage: Storage) -> None:
    plan = prepare(both.folder, to=storage, at=NOW)
    changes = json.loads(json.dumps(plan.to_dict()))["changes"]
    assert [change["language"] for change in changes] == [None] * 3 + ["es"] * 3
    kinds = {action.asset.key: action.kind for action in plan.actions}
    assert kinds[SPANISH] is ActionKind.UPLOAD
    order = [action.asset.key for action in plan.actions]
    assert order.index("feed.xml") < order.index(SPANISH) < order.index("podcastkit.json")
