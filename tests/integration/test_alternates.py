"""Alternates (further versions of an episode's audio), from the front matter to the feed."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

import podcastkit
from podcastkit.build.render_feed import render_feed
from podcastkit.cli.app import run
from podcastkit.diagnostics import CheckFailed, NotBuiltError, Severity, StorageError
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.project.check import check_with_lock
from podcastkit.project.loader import find_changed_sources, load
from podcastkit.publishing import commit
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.prune import prune
from podcastkit.publishing.publish import apply, publish
from podcastkit.publishing.rollback import rollback
from podcastkit.publishing.withdraw import withdraw
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.storage.local import LocalStorage
from tests.published import (
    ON_FOLDER_AND_BUCKET,
    URL,
    list_sizes,
    read_live_feed,
    read_manifest,
    read_titles,
    verify_published,
)
from tests.shows import NOW, Workshop, make_mp3, other_ffmpeg, write_artwork, write_wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.model import Show
    from podcastkit.storage.base import Storage

pytestmark = pytest.mark.ffmpeg

VERSIONS = "[{file: audio-es.mp3, title: En español, lang: es}, {file: low.wav, title: Low}]"
LATER = NOW + timedelta(days=1)


def write_notes(folder: Path, alternates: str = VERSIONS, more: str = "") -> None:
    (folder / "notes.md").write_text(
        f"---\ntitle: Part 2\ndate: 2024-09-02\nalternates: {alternates}\n{more}---\n\nThe notes of part 2.\n"
    )


def add_alternates(workshop: Workshop) -> Workshop:
    folder = workshop.folder / "02-part"
    (folder / "audio-es.mp3").write_bytes(make_mp3(2, mark=34))
    write_wav(folder / "low.wav", 1, mark=5)
    write_notes(folder)
    return workshop


@pytest.fixture
def workshop(workshop: Workshop) -> Workshop:
    """Create a show with a Spanish MP3 and a WAV master as alternates of the second episode."""
    return add_alternates(workshop)


@pytest.fixture
def real(real: Workshop) -> Workshop:
    """Create the same show with a public URL."""
    return add_alternates(real)


def read_alternates(storage: Storage, key: str = "feed.xml") -> list[dict[str, str]]:
    """Return the alternates in a feed, each with its URL and integrity."""
    body, _ = storage.read(key) or (b"", "")
    found = []
    for alternate in ET.fromstring(body).iter(f"{{{NAMESPACES['podcast']}}}alternateEnclosure"):  # noqa: S314 - our own feed
        (source,) = alternate.findall("podcast:source", dict(NAMESPACES))
        (integrity,) = alternate.findall("podcast:integrity", dict(NAMESPACES))
        assert integrity.attrib["type"] == "sri"
        found.append({**alternate.attrib, "uri": source.attrib["uri"], "sri": integrity.attrib["value"]})
    return found


def list_urls(storage: Storage) -> list[str]:
    return [version["uri"] for version in read_alternates(storage)]


def list_keys(storage: Storage) -> list[str]:
    return ["/".join(uri.split("/")[-2:]) for uri in list_urls(storage)]


def find_findings(show: Show, code: str) -> list[tuple[Severity, str, str]]:
    return [
        (found.severity, str(found.location), found.message)
        for found in check_with_lock(show).findings
        if found.code == code
    ]


# The published feed and files


def test_translation_has_the_alternates_of_the_original(workshop: Workshop, storage: Storage) -> None:
    with (workshop.folder / "show.toml").open("a", encoding="utf-8") as file:
        file.write('[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n')
    publish(workshop.folder, to=storage, at=NOW)
    for key in ("feed.xml", "feed.es.xml"):
        assert [version.get("rel") for version in read_alternates(storage, key)] == ["es", None]


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_alternates_are_published_with_their_details(workshop: Workshop, storage: Storage) -> None:
    given = (workshop.folder / "02-part" / "audio-es.mp3").read_bytes()
    publish(workshop.folder, to=storage, at=NOW)
    spanish, low = read_alternates(storage)
    key_es, key_low = list_keys(storage)
    assert spanish == {
        "type": "audio/mpeg",
        "length": str(len(given)),
        "bitrate": "127700",
        "lang": "es",
        "title": "En español",
        "rel": "es",
        "uri": f"{storage.public_url}/media/02-part-es-{hashlib.sha256(given).hexdigest()[:12]}.mp3",
        "sri": f"sha256-{base64.b64encode(hashlib.sha256(given).digest()).decode()}",
    }
    assert (storage.read(key_es) or (b"",))[0] == given, "an MP3 is published unchanged"
    made, _ = storage.read(key_low) or (b"", "")
    assert key_low == f"media/02-part-low-{hashlib.sha256(made).hexdigest()[:12]}.mp3"
    assert low["sri"] == f"sha256-{base64.b64encode(hashlib.sha256(made).digest()).decode()}"
    assert (low["title"], low["length"], low["bitrate"]) == ("Low", str(len(made)), "96000")
    assert not {"lang", "rel", "codecs"} & low.keys()
    assert publish(workshop.folder, to=storage, at=LATER).outcome == "unchanged"


def test_alternate_encoded_as_m4a_names_its_codec(workshop: Workshop, tmp_path: Path) -> None:
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + '[audio]\nformat = "m4a"\n')
    storage = LocalStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW)
    assert [(version["type"], version.get("codecs")) for version in read_alternates(storage)] == [
        ("audio/mpeg", None),
        ("audio/x-m4a", "mp4a.40.2"),
    ]


def test_alternate_in_the_language_of_the_show_has_no_rel(workshop: Workshop, tmp_path: Path) -> None:
    write_notes(workshop.folder / "02-part", "[{file: audio-es.mp3, lang: en}, {file: low.wav}]")
    storage = LocalStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW)
    assert [(version.get("lang"), version.get("rel")) for version in read_alternates(storage)] == [
        ("en", None),
        (None, None),
    ]
    assert list_keys(storage)[1].startswith("media/02-part-alternate-")


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_apps_can_fetch_the_published_files(workshop: Workshop, storage: Storage) -> None:
    write_artwork(workshop.folder / "banner.jpg", (1600, 400))
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + 'images = [{file = "banner.jpg", purpose = "banner"}]\n')
    receipt = podcastkit.publish(workshop.folder, to=storage, at=NOW)
    assert receipt.verification
    assert receipt.verification.ok, receipt.verification.failures
    report = verify_published(storage)
    if not isinstance(storage, LocalStorage):
        assert run(["verify", f"{storage.public_url}/feed.xml"]) == 0
    assert report.ok, report.failures
    lengths = {check.url: check.message for check in report.checks if check.check == "length"}
    assert [lengths[version["uri"]] for version in read_alternates(storage)] == [
        f"{int(version['length']):,} bytes" for version in read_alternates(storage)
    ]


def test_prefix_of_alternates_is_kept(real: Workshop) -> None:
    path, storage = real.folder / "show.toml", LocalStorage(real.folder / "public")
    plain = path.read_text()
    path.write_text(plain.replace("[publish]", '[publish]\nprefix = "https://op3.dev/e/"'))
    publish(real.folder, at=NOW)
    before = list_urls(storage)
    assert all(uri.startswith("https://op3.dev/e/podcast.example.org/media/02-part-") for uri in before)
    path.write_text(plain)
    assert publish(real.folder, at=NOW).outcome == "unchanged"
    write_notes(real.folder / "02-part", more="explicit: maybe\n")
    moved = path.read_text().replace(URL, "https://new.example.org/show")
    path.write_text(moved)
    receipt = publish(real.folder, at=NOW, yes=True)
    assert receipt.outcome == "partial", "the second episode stays unchanged"
    assert list_urls(storage) == [uri.replace("podcast.example.org", "new.example.org/show") for uri in before]
    assert [(change.kind, change.field) for change in receipt.plan.changes] == [("show", "address")]


def test_changed_alternate_is_a_detail_of_the_episode(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    show = load(workshop.folder, at=NOW)
    (workshop.folder / "02-part" / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    assert [path.name for path in find_changed_sources(show)] == ["audio-es.mp3"]
    receipt = publish(workshop.folder, to=storage, at=LATER)
    assert [(change.kind, change.field, change.destructive) for change in receipt.plan.changes] == [
        ("details", "alternates", False)
    ]
    assert len([key for key in list_sizes(storage) if key.startswith("media/02-part-es-")]) == 2


@pytest.mark.slow
def test_alternates_can_be_encoded_in_processes(workshop: Workshop, tmp_path: Path) -> None:
    events: list[podcastkit.Event] = []
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        publish(workshop.folder, to=tmp_path / "out", at=NOW, executor=executor, progress=events.append)
    assert {event.episode for event in events if event.stage == "mastering"} == {"02-part"}
    assert len(read_alternates(LocalStorage(tmp_path / "out"))) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODCASTKIT_FFMPEG", str(tmp_path / "none"))
        publish(workshop.folder, to=tmp_path / "again", at=NOW)
    assert len(read_alternates(LocalStorage(tmp_path / "again"))) == 2, "encoded files are reused"


def test_render_feed_needs_every_alternate(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError) as failure:
        render_feed(workshop.folder, url=URL, at=NOW)
    assert failure.value.episodes == ("02-part",)
    publish(workshop.folder, to=tmp_path / "out", at=NOW)
    assert render_feed(workshop.folder, url=URL, at=NOW).count(b"<podcast:source ") == 2


# Findings


def test_alternates_are_not_reported_as_unused_or_as_a_second_audio_file(workshop: Workshop) -> None:
    show = load(workshop.folder, at=NOW)
    assert not [found for found in check_with_lock(show).findings if found.severity is not Severity.INFO]
    episode = show.episodes[1]
    assert episode.master
    assert episode.master.path.name == "audio.mp3"
    write_notes(workshop.folder / "02-part", "[{file: audio-es.mp3}]")
    ((severity, _, message),) = find_findings(load(workshop.folder, at=NOW), "A105")
    assert (severity, message) == (Severity.ERROR, "there are several audio files: audio.mp3, low.wav")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{file: low.wav}, {file: low.wav, lang: es}]", "low.wav is named twice"),
        ("[{file: low.wav}, {file: audio.mp3}]\naudio: audio.mp3", "audio.mp3 is named twice"),
    ],
    ids=["as two alternates", "as the episode's own"],
)
def test_file_named_twice_is_used_once(workshop: Workshop, text: str, message: str) -> None:
    (workshop.folder / "02-part" / "audio-es.mp3").unlink()
    write_notes(workshop.folder / "02-part", text)
    show = load(workshop.folder, at=NOW)
    assert find_findings(show, "A111") == [(Severity.WARNING, "02-part/notes.md:4:31", message)]
    assert [alternate.file for alternate in show.episodes[1].alternates] == ["low.wav"]
    assert show.episodes[1].master


def test_alternates_without_main_audio_are_an_error(workshop: Workshop) -> None:
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    ((severity, _, message),) = find_findings(load(workshop.folder, at=NOW), "A101")
    assert (severity, message) == (Severity.ERROR, "the folder contains no audio")


def break_file(path: Path) -> None:
    path.write_text("no audio")


def link_outside(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def delete_file(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("damage", "code"),
    [(break_file, "A106"), (link_outside, "A106"), (delete_file, "A110")],
    ids=["broken", "outside", "missing"],
)
def test_new_episode_is_held_back_until_all_alternates_are_usable(
    workshop: Workshop, tmp_path: Path, damage: Callable[[Path], None], code: str
) -> None:
    damage(workshop.folder / "02-part" / "audio-es.mp3")
    receipt = publish(workshop.folder, to=tmp_path / "out", at=NOW)
    assert receipt.outcome == "partial"
    assert receipt.published == ("01-part", "03-part")
    ((severity, place, _),) = find_findings(receipt.plan.show, code)
    assert severity is Severity.ERROR
    assert place == ("02-part/notes.md:4:14" if damage is delete_file else "02-part/audio-es.mp3")


@pytest.mark.parametrize("damage", [break_file, link_outside])
def test_broken_alternate_keeps_the_published_version(
    workshop: Workshop, storage: Storage, damage: Callable[[Path], None]
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before, whole = read_alternates(storage), read_live_feed(storage)
    damage(workshop.folder / "02-part" / "audio-es.mp3")
    receipt = publish(workshop.folder, to=storage, at=LATER)
    assert (receipt.outcome, receipt.plan.changes) == ("partial", ())
    assert (read_alternates(storage), read_live_feed(storage)) == (before, whole)
    assert set(list_keys(storage)) <= list_sizes(storage).keys()
    assert [len(record.alternates) for record in read_manifest(storage).records.episodes] == [0, 2, 0]


def test_alternate_that_cannot_be_encoded_is_located_in_the_notes(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(tmp_path / "none"))
    receipt = publish(workshop.folder, to=tmp_path / "out", at=NOW)
    assert receipt.published == ("01-part", "03-part")
    (found,) = [found for found in receipt.plan.findings if found.code == "A103"]
    assert (found.episode, str(found.location)) == ("02-part", "02-part/notes.md:4:65")


# URLs stay the same


def list_recorded_keys(real: Workshop) -> list[str]:
    return [alternate.media.key for alternate in read_lock(real.folder).episodes[1].alternates]


def lose_lock(real: Workshop) -> None:
    (real.folder / LOCK_NAME).unlink()


def lose_folder(real: Workshop) -> None:
    for stored_file in list(LocalStorage(real.folder / "public").list("")):
        (real.folder / "public" / stored_file.key).unlink()


def change_labels(real: Workshop) -> None:
    write_notes(real.folder / "02-part", VERSIONS.replace("lang: es", "lang: es-MX").replace("Low", "Small"))


def swap_alternates(real: Workshop) -> None:
    write_notes(real.folder / "02-part", "[{file: low.wav, title: Low}, {file: audio-es.mp3, lang: es}]")


def rename_files(real: Workshop) -> None:
    folder = real.folder / "02-part"
    (folder / "low.wav").rename(folder / "small.wav")
    write_notes(folder, VERSIONS.replace("low.wav", "small.wav"))


def rename_folder(real: Workshop) -> None:
    (real.folder / "02-part").rename(real.folder / "02-renamed")


def replace_master(real: Workshop) -> None:
    (real.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(3, mark=99))


def delete_all_audio(real: Workshop) -> None:
    for name in ("audio.mp3", "audio-es.mp3", "low.wav"):
        (real.folder / "02-part" / name).unlink()


def delete_alternates(real: Workshop) -> None:
    for name in ("audio-es.mp3", "low.wav"):
        (real.folder / "02-part" / name).unlink()


def change_bitrate(real: Workshop) -> None:
    """Set another bitrate, which only affects the alternate that is encoded from a master."""
    path = real.folder / "show.toml"
    path.write_text(path.read_text() + "[audio]\nbitrate = 64\n")


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["kept", "lost, and another ffmpeg"])
@pytest.mark.parametrize(
    "change",
    [
        *(
            lose_lock,
            lose_folder,
            change_labels,
            swap_alternates,
            rename_files,
            rename_folder,
            replace_master,
            delete_all_audio,
        ),
        delete_alternates,
    ],
)
def test_published_alternate_keeps_its_url(
    real: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Workshop], None], cache: str
) -> None:
    storage = LocalStorage(real.folder / "public")
    publish(real.folder, at=NOW)
    before = sorted(list_urls(storage))
    change(real)
    if cache != "kept":
        monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "another-cache"))
        monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(tmp_path)))
    for _ in range(2):
        receipt = publish(real.folder, at=LATER)
        assert receipt.outcome in {"published", "unchanged"}, receipt.held_back
        assert sorted(list_urls(storage)) == before
        assert sorted(f"{URL}/{key}" for key in list_recorded_keys(real)) == before
        assert set(list_keys(storage)) <= list_sizes(storage).keys()


def test_changed_settings_encode_only_masters_again(real: Workshop) -> None:
    storage = LocalStorage(real.folder / "public")
    publish(real.folder, at=NOW)
    spanish, low = list_urls(storage)
    change_bitrate(real)
    publish(real.folder, at=LATER)
    assert [uri == old for uri, old in zip(list_urls(storage), (spanish, low), strict=True)] == [True, False]


def test_alternates_with_the_same_bytes_keep_separate_names(real: Workshop) -> None:
    folder, storage = real.folder / "02-part", LocalStorage(real.folder / "public")
    (folder / "copy.mp3").write_bytes((folder / "audio-es.mp3").read_bytes())
    (folder / "low.wav").unlink()
    write_notes(folder, "[{file: audio-es.mp3, lang: es}, {file: copy.mp3, lang: fr}]")
    publish(real.folder, at=NOW)
    before = list_urls(storage)
    assert [uri.partition("02-part-")[2][:3] for uri in before] == ["es-", "fr-"]
    assert publish(real.folder, at=LATER).outcome == "unchanged"
    (folder / "audio-es.mp3").unlink()
    (folder / "copy.mp3").unlink()
    assert publish(real.folder, at=LATER).outcome == "unchanged"
    assert list_urls(storage) == before


def test_alternates_without_labels_keep_their_urls_without_local_audio(real: Workshop) -> None:
    storage = LocalStorage(real.folder / "public")
    write_notes(real.folder / "02-part", "[{file: audio-es.mp3}, {file: low.wav}]")
    publish(real.folder, at=NOW)
    before = list_urls(storage)
    delete_all_audio(real)
    assert publish(real.folder, at=LATER).outcome == "unchanged"
    assert list_urls(storage) == before
    assert [(found[0], found[2]) for found in find_findings(load(real.folder, at=NOW), "A110")] == [
        (Severity.INFO, "audio-es.mp3 is not on this computer; podcastkit keeps its published version"),
        (Severity.INFO, "low.wav is not on this computer; podcastkit keeps its published version"),
    ]


def test_missing_alternate_is_not_published(real: Workshop) -> None:
    """The lock has a record of the file, but the file is neither here nor at the new destination."""
    publish(real.folder, at=NOW)
    delete_alternates(real)
    lose_folder(real)
    receipt = publish(real.folder, at=LATER)
    assert receipt.outcome == "partial"
    (held,) = receipt.held_back
    assert "02-part-es is neither on this machine nor at the destination" in held.reason


def test_manifest_keeps_urls_without_a_lock(real: Workshop) -> None:
    storage = LocalStorage(real.folder / "public")
    publish(real.folder, at=NOW, write_lock=False)
    before = list_urls(storage)
    rename_folder(real)
    publish(real.folder, at=LATER)
    assert list_urls(storage) == before
    assert [f"{URL}/{key}" for key in list_recorded_keys(real)] == before


def test_remake_encodes_every_alternate_with_a_master(
    real: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(real.folder / "public")
    publish(real.folder, at=NOW)
    spanish, low = list_urls(storage)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(tmp_path)))
    receipt = publish(real.folder, at=NOW, remake=["02-part"])
    assert [change.field for change in receipt.plan.changes] == ["alternates"], (
        "its main audio is published unchanged"
    )
    assert [uri == old for uri, old in zip(list_urls(storage), (spanish, low), strict=True)] == [True, False]
    with pytest.raises(CheckFailed, match="published unchanged"):
        prepare(real.folder, at=NOW, remake=["01-part"])


# Withdraw, prune and rollback


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_withdraw_deletes_all_files_of_the_episode(workshop: Workshop, storage: Storage) -> None:
    folder = workshop.folder / "02-part"
    write_artwork(folder / "banner.jpg", (320, 90))
    write_notes(folder, more="images: [{file: banner.jpg, purpose: banner}]\n")
    publish(workshop.folder, to=storage, at=NOW)
    (folder / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    write_artwork(folder / "banner.jpg", (320, 80))
    publish(workshop.folder, to=storage, at=NOW)
    named = [key for key in list_sizes(storage) if "02-part" in key]
    assert len(named) == 6  # its audio, three alternates, two banners
    withdraw(workshop.folder, "02-part", to=storage, at=LATER, yes=True)
    left = list_sizes(storage)
    assert not [key for key in left if "02-part" in key]
    texts = [(storage.read(key) or (b"",))[0] for key in left if not key.endswith((".mp3", ".jpg"))]
    assert b"02-part" not in b"".join(texts)


def test_withdraw_keeps_alternates_of_other_episodes(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = list_keys(storage)
    withdraw(workshop.folder, "01-part", to=storage, at=LATER, yes=True)
    assert list_keys(storage) == before
    assert set(before) <= list_sizes(storage).keys()


def test_withdraw_deletes_alternates_uploaded_by_an_interrupted_publish(
    workshop: Workshop, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "02-part" / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    plan = prepare(workshop.folder, to=storage, at=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(commit._Commit, "switch_feed", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            apply(plan)
    assert len([key for key in list_sizes(storage) if "02-part-es" in key]) == 2
    withdraw(workshop.folder, "02-part", to=storage, at=LATER, yes=True)
    assert not [key for key in list_sizes(storage) if "02-part" in key]


def test_prune_removes_old_alternates_and_pictures(workshop: Workshop, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "out")
    write_artwork(workshop.folder / "banner.jpg", (320, 90))
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + 'images = [{file = "banner.jpg"}]\n')
    publish(workshop.folder, to=storage, at=NOW)
    old = {key for key in list_sizes(storage) if "02-part-es" in key or "show-image" in key}
    assert len(old) == 2
    (workshop.folder / "02-part" / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    write_artwork(workshop.folder / "banner.jpg", (320, 80))
    publish(workshop.folder, to=storage, at=LATER)
    whole = list_sizes(storage).keys()
    receipt = prune(workshop.folder, keep_days=30, to=storage, at=NOW + timedelta(days=4000))
    removed = {action.asset.key for action in receipt.plan.removals}
    assert {key for key in removed if not key.startswith("history/")} == old
    assert list_sizes(storage).keys() == whole - removed
    assert set(list_keys(storage)) <= list_sizes(storage).keys()


def test_rollback_refuses_a_feed_with_missing_alternates(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    lost = list_keys(storage)[0]
    (workshop.folder / "02-part" / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    publish(workshop.folder, to=storage, at=LATER)
    storage.delete(lost)
    with pytest.raises(StorageError, match=lost):
        rollback(workshop.folder, to=storage, at=LATER, yes=True)


def test_feed_is_not_switched_while_an_alternate_is_damaged(workshop: Workshop, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Other\ndate: 2024-09-01\n---\nn")
    plan = prepare(workshop.folder, to=storage, at=LATER)
    lost = list_keys(storage)[0]
    storage.write(lost, b"short", content_type="audio/mpeg", cache_control="")
    with pytest.raises(StorageError, match=lost):
        apply(plan)
    assert read_titles(storage)[0] == "Part 1"


def test_plan_names_the_alternates_to_upload(workshop: Workshop, tmp_path: Path) -> None:
    plan = prepare(workshop.folder, to=tmp_path / "out", at=NOW)
    reasons = [action.reason for action in plan.actions]
    assert "audio of Episode 2 (es) is not uploaded yet" in reasons
    assert "audio of Episode 2 (Low) is not uploaded yet" in reasons
    assert json.dumps(plan.to_dict())
