"""Further versions of an episode's audio, from the front matter to listeners."""

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
from podcastkit.project.loader import changed_sources, load
from podcastkit.publishing import commit
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.prune import prune
from podcastkit.publishing.publish import apply, publish
from podcastkit.publishing.rollback import rollback
from podcastkit.publishing.withdraw import withdraw
from podcastkit.state.lock import LOCK_NAME, read_lock
from podcastkit.storage.local import LocalStorage
from podcastkit.verification.verify import verify_stored
from tests.published import ON_FOLDER_AND_BUCKET, URL, live, manifest_of, stored, titles
from tests.shows import NOW, Workshop, make_mp3, other_ffmpeg, write_artwork, write_wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.model import Show
    from podcastkit.storage.base import Storage

pytestmark = pytest.mark.ffmpeg

VERSIONS = "[{file: audio-es.mp3, title: En español, lang: es}, {file: low.wav, title: Low}]"
LATER = NOW + timedelta(days=1)


def write_notes(folder: Path, versions: str = VERSIONS, more: str = "") -> None:
    (folder / "notes.md").write_text(
        f"---\ntitle: Part 2\ndate: 2024-09-02\nalternates: {versions}\n{more}---\n\nWhat part 2 tells.\n"
    )


def with_versions(workshop: Workshop) -> Workshop:
    folder = workshop.folder / "02-part"
    (folder / "audio-es.mp3").write_bytes(make_mp3(2, mark=34))
    write_wav(folder / "low.wav", 1, mark=5)
    write_notes(folder)
    return workshop


@pytest.fixture
def workshop(workshop: Workshop) -> Workshop:
    """A show whose second episode has a Spanish version, and another that is a master yet."""
    return with_versions(workshop)


@pytest.fixture
def real(real: Workshop) -> Workshop:
    """The same for real."""
    return with_versions(real)


def versions(storage: Storage, key: str = "feed.xml") -> list[dict[str, str]]:
    """Return what a feed says of the versions, each with its address and its integrity."""
    body, _ = storage.read(key) or (b"", "")
    found = []
    for alternate in ET.fromstring(body).iter(f"{{{NAMESPACES['podcast']}}}alternateEnclosure"):  # noqa: S314 - our own feed
        (source,) = alternate.findall("podcast:source", dict(NAMESPACES))
        (integrity,) = alternate.findall("podcast:integrity", dict(NAMESPACES))
        assert integrity.attrib["type"] == "sri"
        found.append({**alternate.attrib, "uri": source.attrib["uri"], "sri": integrity.attrib["value"]})
    return found


def uris(storage: Storage) -> list[str]:
    return [version["uri"] for version in versions(storage)]


def keys(storage: Storage) -> list[str]:
    return ["/".join(uri.split("/")[-2:]) for uri in uris(storage)]


def found_in(show: Show, code: str) -> list[tuple[Severity, str, str]]:
    return [
        (found.severity, str(found.location), found.message)
        for found in check_with_lock(show).findings
        if found.code == code
    ]


# What listeners get


def test_a_translation_tells_the_same_of_the_versions_as_the_original(workshop: Workshop, storage: Storage) -> None:
    with (workshop.folder / "show.toml").open("a", encoding="utf-8") as file:
        file.write('[translations.es]\ntitle = "Turno de noche"\ndescription = "El puerto."\n')
    publish(workshop.folder, to=storage, at=NOW)
    for key in ("feed.xml", "feed.es.xml"):
        assert [version.get("rel") for version in versions(storage, key)] == ["es", None]


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_versions_reach_listeners_as_they_are(workshop: Workshop, storage: Storage) -> None:
    given = (workshop.folder / "02-part" / "audio-es.mp3").read_bytes()
    publish(workshop.folder, to=storage, at=NOW)
    spanish, low = versions(storage)
    key_es, key_low = keys(storage)
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
    assert (storage.read(key_es) or (b"",))[0] == given, "an MP3 goes out byte for byte"
    made, _ = storage.read(key_low) or (b"", "")
    assert key_low == f"media/02-part-low-{hashlib.sha256(made).hexdigest()[:12]}.mp3"
    assert low["sri"] == f"sha256-{base64.b64encode(hashlib.sha256(made).digest()).decode()}"
    assert (low["title"], low["length"], low["bitrate"]) == ("Low", str(len(made)), "96000")
    assert not {"lang", "rel", "codecs"} & low.keys()
    assert publish(workshop.folder, to=storage, at=LATER).outcome == "unchanged"


def test_what_is_encoded_as_m4a_says_what_is_inside(workshop: Workshop, tmp_path: Path) -> None:
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + '[audio]\nformat = "m4a"\n')
    storage = LocalStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW)
    assert [(version["type"], version.get("codecs")) for version in versions(storage)] == [
        ("audio/mpeg", None),
        ("audio/x-m4a", "mp4a.40.2"),
    ]


def test_a_version_in_the_shows_own_language_is_an_alternative_to_the_enclosure(
    workshop: Workshop, tmp_path: Path
) -> None:
    write_notes(workshop.folder / "02-part", "[{file: audio-es.mp3, lang: en}, {file: low.wav}]")
    storage = LocalStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW)
    assert [(version.get("lang"), version.get("rel")) for version in versions(storage)] == [
        ("en", None),
        (None, None),
    ]
    assert keys(storage)[1].startswith("media/02-part-alternate-")


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_apps_can_fetch_what_is_published(workshop: Workshop, storage: Storage) -> None:
    write_artwork(workshop.folder / "banner.jpg", (1600, 400))
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + 'images = [{file = "banner.jpg", purpose = "banner"}]\n')
    receipt = podcastkit.publish(workshop.folder, to=storage, at=NOW)
    assert receipt.verification
    assert receipt.verification.ok, receipt.verification.failures
    if isinstance(storage, LocalStorage):
        report = verify_stored(storage, storage.public_url)
    else:
        report = podcastkit.verify(f"{storage.public_url}/feed.xml")
        assert run(["verify", f"{storage.public_url}/feed.xml"]) == 0
    assert report.ok, report.failures
    lengths = {check.url: check.message for check in report.checks if check.check == "length"}
    assert [lengths[version["uri"]] for version in versions(storage)] == [
        f"{int(version['length']):,} bytes" for version in versions(storage)
    ]


def test_a_prefix_stands_before_every_version_and_stays(real: Workshop) -> None:
    path, storage = real.folder / "show.toml", LocalStorage(real.folder / "public")
    plain = path.read_text()
    path.write_text(plain.replace("[publish]", '[publish]\nprefix = "https://op3.dev/e/"'))
    publish(real.folder, at=NOW)
    before = uris(storage)
    assert all(uri.startswith("https://op3.dev/e/podcast.example.org/media/02-part-") for uri in before)
    path.write_text(plain)
    assert publish(real.folder, at=NOW).outcome == "unchanged"
    write_notes(real.folder / "02-part", more="explicit: maybe\n")
    moved = path.read_text().replace(URL, "https://new.example.org/show")
    path.write_text(moved)
    receipt = publish(real.folder, at=NOW, yes=True)
    assert receipt.outcome == "partial", "the second stays word for word"
    assert uris(storage) == [uri.replace("podcast.example.org", "new.example.org/show") for uri in before]
    assert [(change.kind, change.field) for change in receipt.plan.changes] == [("show", "address")]


def test_what_changes_is_told_as_a_detail_of_the_episode(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    show = load(workshop.folder, at=NOW)
    (workshop.folder / "02-part" / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    assert [path.name for path in changed_sources(show)] == ["audio-es.mp3"]
    receipt = publish(workshop.folder, to=storage, at=LATER)
    assert [(change.kind, change.field, change.destructive) for change in receipt.plan.changes] == [
        ("details", "alternates", False)
    ]
    assert len([key for key in stored(storage) if key.startswith("media/02-part-es-")]) == 2


@pytest.mark.slow
def test_masters_of_versions_can_be_made_by_processes(workshop: Workshop, tmp_path: Path) -> None:
    events: list[podcastkit.Event] = []
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        publish(workshop.folder, to=tmp_path / "out", at=NOW, executor=executor, progress=events.append)
    assert {event.episode for event in events if event.stage == "mastering"} == {"02-part"}
    assert len(versions(LocalStorage(tmp_path / "out"))) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PODCASTKIT_FFMPEG", str(tmp_path / "none"))
        publish(workshop.folder, to=tmp_path / "again", at=NOW)
    assert len(versions(LocalStorage(tmp_path / "again"))) == 2, "what was made once is not made again"


def test_a_feed_needs_every_version_made(workshop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError) as failure:
        render_feed(workshop.folder, url=URL, at=NOW)
    assert failure.value.episodes == ("02-part",)
    publish(workshop.folder, to=tmp_path / "out", at=NOW)
    assert render_feed(workshop.folder, url=URL, at=NOW).count(b"<podcast:source ") == 2


# What is wrong


def test_versions_are_no_strays_and_no_second_audio(workshop: Workshop) -> None:
    show = load(workshop.folder, at=NOW)
    assert not [found for found in check_with_lock(show).findings if found.severity is not Severity.INFO]
    episode = show.episodes[1]
    assert episode.master
    assert episode.master.path.name == "audio.mp3"
    write_notes(workshop.folder / "02-part", "[{file: audio-es.mp3}]")
    ((severity, _, message),) = found_in(load(workshop.folder, at=NOW), "A105")
    assert (severity, message) == (Severity.ERROR, "there are several audio files: audio.mp3, low.wav")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{file: low.wav}, {file: low.wav, lang: es}]", "low.wav is named twice"),
        ("[{file: low.wav}, {file: audio.mp3}]\naudio: audio.mp3", "audio.mp3 is named twice"),
    ],
    ids=["as two versions", "as the episode's own"],
)
def test_a_file_is_one_version_only(workshop: Workshop, text: str, message: str) -> None:
    (workshop.folder / "02-part" / "audio-es.mp3").unlink()
    write_notes(workshop.folder / "02-part", text)
    show = load(workshop.folder, at=NOW)
    assert found_in(show, "A111") == [(Severity.WARNING, "02-part/notes.md:4:31", message)]
    assert [alternate.file for alternate in show.episodes[1].alternates] == ["low.wav"]
    assert show.episodes[1].master


def test_versions_alone_are_no_episode(workshop: Workshop) -> None:
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    ((severity, _, message),) = found_in(load(workshop.folder, at=NOW), "A101")
    assert (severity, message) == (Severity.ERROR, "the folder contains no audio")


def broken(path: Path) -> None:
    path.write_text("no audio")


def outside(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def missing(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(broken, "A106"), (outside, "A106"), (missing, "A110")],
    ids=["broken", "outside", "missing"],
)
def test_a_new_episode_waits_for_all_its_versions(
    workshop: Workshop, tmp_path: Path, spoil: Callable[[Path], None], code: str
) -> None:
    spoil(workshop.folder / "02-part" / "audio-es.mp3")
    receipt = publish(workshop.folder, to=tmp_path / "out", at=NOW)
    assert receipt.outcome == "partial"
    assert receipt.published == ("01-part", "03-part")
    ((severity, place, _),) = found_in(receipt.plan.show, code)
    assert severity is Severity.ERROR
    assert place == ("02-part/notes.md:4:14" if spoil is missing else "02-part/audio-es.mp3")


@pytest.mark.parametrize("spoil", [broken, outside])
def test_a_broken_version_leaves_what_is_public_as_it_is(
    workshop: Workshop, storage: Storage, spoil: Callable[[Path], None]
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before, whole = versions(storage), live(storage)
    spoil(workshop.folder / "02-part" / "audio-es.mp3")
    receipt = publish(workshop.folder, to=storage, at=LATER)
    assert (receipt.outcome, receipt.plan.changes) == ("partial", ())
    assert (versions(storage), live(storage)) == (before, whole)
    assert set(keys(storage)) <= stored(storage).keys()
    assert [len(record.alternates) for record in manifest_of(storage).records.episodes] == [0, 2, 0]


def test_a_version_that_cannot_be_made_is_found_where_it_is_named(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(tmp_path / "none"))
    receipt = publish(workshop.folder, to=tmp_path / "out", at=NOW)
    assert receipt.published == ("01-part", "03-part")
    (found,) = [found for found in receipt.plan.findings if found.code == "A103"]
    assert (found.episode, str(found.location)) == ("02-part", "02-part/notes.md:4:65")


# What never changes


def remembered(real: Workshop) -> list[str]:
    return [alternate.media.key for alternate in read_lock(real.folder).episodes[1].alternates]


def lose_lock(real: Workshop) -> None:
    (real.folder / LOCK_NAME).unlink()


def lose_folder(real: Workshop) -> None:
    for stored_file in list(LocalStorage(real.folder / "public").list("")):
        (real.folder / "public" / stored_file.key).unlink()


def relabel(real: Workshop) -> None:
    write_notes(real.folder / "02-part", VERSIONS.replace("lang: es", "lang: es-MX").replace("Low", "Small"))


def turn_around(real: Workshop) -> None:
    write_notes(real.folder / "02-part", "[{file: low.wav, title: Low}, {file: audio-es.mp3, lang: es}]")


def rename_files(real: Workshop) -> None:
    folder = real.folder / "02-part"
    (folder / "low.wav").rename(folder / "small.wav")
    write_notes(folder, VERSIONS.replace("low.wav", "small.wav"))


def rename_folder(real: Workshop) -> None:
    (real.folder / "02-part").rename(real.folder / "02-renamed")


def another_master(real: Workshop) -> None:
    (real.folder / "02-part" / "audio.mp3").write_bytes(make_mp3(3, mark=99))


def nothing_here(real: Workshop) -> None:
    for name in ("audio.mp3", "audio-es.mp3", "low.wav"):
        (real.folder / "02-part" / name).unlink()


def only_versions_gone(real: Workshop) -> None:
    for name in ("audio-es.mp3", "low.wav"):
        (real.folder / "02-part" / name).unlink()


def another_show_settings(real: Workshop) -> None:
    """Another bitrate makes the master's version anew, and leaves alone what goes out as given."""
    path = real.folder / "show.toml"
    path.write_text(path.read_text() + "[audio]\nbitrate = 64\n")


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["kept", "lost, and another ffmpeg"])
@pytest.mark.parametrize(
    "happens",
    [
        *(lose_lock, lose_folder, relabel, turn_around, rename_files, rename_folder, another_master, nothing_here),
        only_versions_gone,
    ],
)
def test_a_published_version_keeps_its_address(
    real: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Workshop], None], cache: str
) -> None:
    storage = LocalStorage(real.folder / "public")
    publish(real.folder, at=NOW)
    before = sorted(uris(storage))
    happens(real)
    if cache != "kept":
        monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "another-cache"))
        monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(tmp_path)))
    for _ in range(2):
        receipt = publish(real.folder, at=LATER)
        assert receipt.outcome in {"published", "unchanged"}, receipt.held_back
        assert sorted(uris(storage)) == before
        assert sorted(f"{URL}/{key}" for key in remembered(real)) == before
        assert set(keys(storage)) <= stored(storage).keys()


def test_other_settings_make_anew_what_is_made(real: Workshop) -> None:
    storage = LocalStorage(real.folder / "public")
    publish(real.folder, at=NOW)
    spanish, low = uris(storage)
    another_show_settings(real)
    publish(real.folder, at=LATER)
    assert [uri == old for uri, old in zip(uris(storage), (spanish, low), strict=True)] == [True, False]


def test_two_versions_of_the_same_bytes_keep_a_name_each(real: Workshop) -> None:
    folder, storage = real.folder / "02-part", LocalStorage(real.folder / "public")
    (folder / "copy.mp3").write_bytes((folder / "audio-es.mp3").read_bytes())
    (folder / "low.wav").unlink()
    write_notes(folder, "[{file: audio-es.mp3, lang: es}, {file: copy.mp3, lang: fr}]")
    publish(real.folder, at=NOW)
    before = uris(storage)
    assert [uri.partition("02-part-")[2][:3] for uri in before] == ["es-", "fr-"]
    assert publish(real.folder, at=LATER).outcome == "unchanged"
    (folder / "audio-es.mp3").unlink()
    (folder / "copy.mp3").unlink()
    assert publish(real.folder, at=LATER).outcome == "unchanged"
    assert uris(storage) == before


def test_two_versions_without_a_label_are_not_taken_for_each_other(real: Workshop) -> None:
    storage = LocalStorage(real.folder / "public")
    write_notes(real.folder / "02-part", "[{file: audio-es.mp3}, {file: low.wav}]")
    publish(real.folder, at=NOW)
    before = uris(storage)
    nothing_here(real)
    assert publish(real.folder, at=LATER).outcome == "unchanged"
    assert uris(storage) == before
    assert [(found[0], found[2]) for found in found_in(load(real.folder, at=NOW), "A110")] == [
        (Severity.INFO, "audio-es.mp3 is not on this computer; podcastkit keeps its published version"),
        (Severity.INFO, "low.wav is not on this computer; podcastkit keeps its published version"),
    ]


def test_a_version_that_is_nowhere_is_not_published(real: Workshop) -> None:
    """Its record is here, its bytes are neither here nor at the new destination."""
    publish(real.folder, at=NOW)
    only_versions_gone(real)
    lose_folder(real)
    receipt = publish(real.folder, at=LATER)
    assert receipt.outcome == "partial"
    (held,) = receipt.held_back
    assert "02-part-es is neither on this machine nor at the destination" in held.reason


def test_the_destination_remembers_where_no_lock_can_be_kept(real: Workshop) -> None:
    storage = LocalStorage(real.folder / "public")
    publish(real.folder, at=NOW, write_lock=False)
    before = uris(storage)
    rename_folder(real)
    publish(real.folder, at=LATER)
    assert uris(storage) == before
    assert [f"{URL}/{key}" for key in remembered(real)] == before


def test_making_anew_is_for_every_version_that_is_made(
    real: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(real.folder / "public")
    publish(real.folder, at=NOW)
    spanish, low = uris(storage)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(tmp_path)))
    receipt = publish(real.folder, at=NOW, remake=["02-part"])
    assert [change.field for change in receipt.plan.changes] == ["alternates"], "its own audio goes out as given"
    assert [uri == old for uri, old in zip(uris(storage), (spanish, low), strict=True)] == [True, False]
    with pytest.raises(CheckFailed, match="published unchanged"):
        prepare(real.folder, at=NOW, remake=["01-part"])


# What is taken back, cleared away or brought back


@pytest.mark.slow
@ON_FOLDER_AND_BUCKET
def test_nothing_of_a_withdrawn_episodes_files_is_left(workshop: Workshop, storage: Storage) -> None:
    folder = workshop.folder / "02-part"
    write_artwork(folder / "banner.jpg", (320, 90))
    write_notes(folder, more="images: [{file: banner.jpg, purpose: banner}]\n")
    publish(workshop.folder, to=storage, at=NOW)
    (folder / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    write_artwork(folder / "banner.jpg", (320, 80))
    publish(workshop.folder, to=storage, at=NOW)
    named = [key for key in stored(storage) if "02-part" in key]
    assert len(named) == 6  # its audio, three versions, two banners
    withdraw(workshop.folder, "02-part", to=storage, at=LATER, yes=True)
    left = stored(storage)
    assert not [key for key in left if "02-part" in key]
    texts = [(storage.read(key) or (b"",))[0] for key in left if not key.endswith((".mp3", ".jpg"))]
    assert b"02-part" not in b"".join(texts)


def test_a_withdrawal_leaves_the_versions_of_others(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = keys(storage)
    withdraw(workshop.folder, "01-part", to=storage, at=LATER, yes=True)
    assert keys(storage) == before
    assert set(before) <= stored(storage).keys()


def test_what_was_sent_of_a_version_by_a_publisher_that_was_killed_goes_with_its_episode(
    workshop: Workshop, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "02-part" / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    plan = prepare(workshop.folder, to=storage, at=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(commit._Commit, "switch", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            apply(plan)
    assert len([key for key in stored(storage) if "02-part-es" in key]) == 2
    withdraw(workshop.folder, "02-part", to=storage, at=LATER, yes=True)
    assert not [key for key in stored(storage) if "02-part" in key]


def test_pruning_knows_versions_and_pictures(workshop: Workshop, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "out")
    write_artwork(workshop.folder / "banner.jpg", (320, 90))
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text() + 'images = [{file = "banner.jpg"}]\n')
    publish(workshop.folder, to=storage, at=NOW)
    old = {key for key in stored(storage) if "02-part-es" in key or "show-image" in key}
    assert len(old) == 2
    (workshop.folder / "02-part" / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    write_artwork(workshop.folder / "banner.jpg", (320, 80))
    publish(workshop.folder, to=storage, at=LATER)
    whole = stored(storage).keys()
    receipt = prune(workshop.folder, keep_days=30, to=storage, at=NOW + timedelta(days=4000))
    removed = {action.asset.key for action in receipt.plan.removals}
    assert {key for key in removed if not key.startswith("history/")} == old
    assert stored(storage).keys() == whole - removed
    assert set(keys(storage)) <= stored(storage).keys()


def test_a_feed_whose_versions_are_gone_does_not_come_back(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    lost = keys(storage)[0]
    (workshop.folder / "02-part" / "audio-es.mp3").write_bytes(make_mp3(3, mark=35))
    publish(workshop.folder, to=storage, at=LATER)
    storage.delete(lost)
    with pytest.raises(StorageError, match=lost):
        rollback(workshop.folder, to=storage, at=LATER, yes=True)


def test_a_feed_is_not_switched_before_its_versions_are_there(workshop: Workshop, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, at=NOW)
    (workshop.folder / "01-part" / "notes.md").write_text("---\ntitle: Other\ndate: 2024-09-01\n---\nn")
    plan = prepare(workshop.folder, to=storage, at=LATER)
    lost = keys(storage)[0]
    storage.write(lost, b"short", content_type="audio/mpeg", cache_control="")
    with pytest.raises(StorageError, match=lost):
        apply(plan)
    assert titles(storage)[0] == "Part 1"


def test_the_plan_says_what_it_sends(workshop: Workshop, tmp_path: Path) -> None:
    plan = prepare(workshop.folder, to=tmp_path / "out", at=NOW)
    reasons = [action.reason for action in plan.actions]
    assert "audio of Episode 2 (es) is not uploaded yet" in reasons
    assert "audio of Episode 2 (Low) is not uploaded yet" in reasons
    assert json.dumps(plan.to_dict())
