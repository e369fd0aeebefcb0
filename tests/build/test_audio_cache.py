"""Tests of the audio cache: files are encoded once, found again, and re-tagged without encoding."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from podcastkit.build.audio_cache import EncodingJob, _probe_copy, find_deliverable, make_deliverable
from podcastkit.cache import Cache
from podcastkit.diagnostics import Cancelled, MediaError
from podcastkit.media.cached_facts import examine, measure_all, measure_file
from podcastkit.media.encoding import AS_TAGGED, build_recipe
from podcastkit.media.probing import probe
from podcastkit.model import AudioSettings, MediaTags
from tests.shows import make_mp3, other_ffmpeg, write_speech
from tests.values import make_media

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Measurement

TAGS = MediaTags(
    title="The crane", artist="Harbour Radio", album="Night Shift", date=date(2024, 9, 5), language="en"
)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("master") / "take.wav"
    write_speech(path, 4)
    return path


@pytest.fixture
def job(recording: Path, tmp_path: Path) -> EncodingJob:
    return make_job(recording, tmp_path / "cache")


def make_job(path: Path, folder: Path, **settings: object) -> EncodingJob:
    examined = examine(path)
    assert examined.audio
    assert examined.file
    audio = replace(AudioSettings(), **settings)  # type: ignore[arg-type] # any of its fields
    return EncodingJob(
        episode="01-the-crane",
        name="01-the-crane",
        master=examined.file,
        audio=examined.audio,
        settings=audio,
        recipe=build_recipe(examined.audio, audio),
        tags=TAGS,
        folder=folder,
        measurements=measure_with_clips(path),
    )


def measure_with_clips(path: Path) -> dict[str, Measurement]:
    examined = examine(path)
    assert examined.audio
    assert examined.file
    with Cache(path.parent / "measured") as cache:
        measured = measure_all([(examined.file, examined.audio)], cache)
    return {sha256: one.measurement for sha256, one in measured.items() if one.measurement}


def list_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_master_is_encoded_at_target_loudness_and_tagged(job: EncodingJob) -> None:
    made = make_deliverable(job)
    assert made.is_new
    assert made.figures
    assert made.figures.loudness == pytest.approx(-16, abs=0.3)
    assert made.figures.true_peak is not None
    assert made.figures.true_peak <= -1
    media = made.media
    assert media.path
    assert media.sha256 == hashlib.sha256(media.path.read_bytes()).hexdigest()
    assert media.key == f"media/01-the-crane-{media.sha256[:12]}.mp3"
    assert (media.encoder or "").startswith("FFmpeg ")
    probed = probe(media.path)
    assert (probed.title, probed.artist, probed.album) == ("The crane", "Harbour Radio", "Night Shift")


def test_encoded_file_is_found_in_cache(job: EncodingJob) -> None:
    made = make_deliverable(job)
    before = list_files(job.folder)
    again = make_deliverable(job, report=lambda _: pytest.fail("encoded again"))
    assert again == replace(made, is_new=False)
    assert find_deliverable(job) == made.media
    assert list_files(job.folder) == before


def test_changed_tags_are_written_without_encoding(job: EncodingJob) -> None:
    made = make_deliverable(job)
    other = replace(job, tags=replace(TAGS, title="The other crane"))
    retagged = make_deliverable(other, report=lambda _: pytest.fail("encoded again"))
    assert (retagged.is_new, retagged.figures) == (False, made.figures)
    assert retagged.media.sha256 != made.media.sha256
    assert retagged.media.path
    assert probe(retagged.media.path).title == "The other crane"


def test_bytes_do_not_depend_on_earlier_tags(job: EncodingJob, tmp_path: Path) -> None:
    make_deliverable(replace(job, tags=replace(TAGS, title="A longer title", comment="words " * 500)))
    after_another = make_deliverable(job)
    at_once = make_deliverable(replace(job, folder=tmp_path / "another cache"))
    assert after_another.media.sha256 == at_once.media.sha256


def test_published_file_is_reused_with_its_old_tags(job: EncodingJob) -> None:
    published = replace(make_deliverable(job).media, key="media/its-name-0123456789ab.mp3", path=None)
    retitled = replace(job, tags=replace(TAGS, title="Later"), published=published)
    found = make_deliverable(retitled).media
    assert (found.key, found.sha256) == (published.key, published.sha256)
    assert found.path
    assert found == find_deliverable(retitled)


def test_lost_published_file_is_encoded_again_under_its_key(job: EncodingJob) -> None:
    published = make_media(key="media/01-the-crane-0123456789ab.mp3")
    assert make_deliverable(replace(job, published=published)).media.key == published.key


def test_remade_file_with_changed_tags_gets_another_key(job: EncodingJob) -> None:
    published = replace(make_deliverable(job).media, path=None)
    same = make_deliverable(replace(job, published=published, remake=True))
    assert same.media.key == published.key, "the bytes are the same"
    tags = replace(TAGS, title="Later")
    other = make_deliverable(replace(job, tags=tags, published=published, remake=True))
    assert not other.is_new, "only the tags differ"
    assert other.media.key != published.key


def test_another_encoder_encodes_the_master_again(
    job: EncodingJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_deliverable(job)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(tmp_path)))
    other = make_deliverable(job)
    assert other.is_new
    assert other.media.sha256 != made.media.sha256


def test_damaged_file_is_encoded_again(job: EncodingJob) -> None:
    made = make_deliverable(job)
    assert made.media.path
    made.media.path.write_bytes(b"damaged")
    again = make_deliverable(job)
    assert again.is_new
    assert again.media == made.media


@pytest.mark.parametrize("tagged", [False, True], ids=["mastered", "tagged"])
def test_master_changed_since_probing_raises_and_is_not_cached(tagged: bool, tmp_path: Path) -> None:
    path = tmp_path / ("take.mp3" if tagged else "take.wav")
    write = (lambda seconds: path.write_bytes(make_mp3(seconds))) if tagged else partial(write_speech, path)
    write(2)
    outdated = make_tagged_job(path, tmp_path / "cache") if tagged else make_job(path, tmp_path / "cache")
    write(3)
    with pytest.raises(MediaError, match=r"take\.\w+ changed while it was being read"):
        make_deliverable(outdated)
    assert list_files(tmp_path / "cache") == []


def test_master_with_another_device_number_is_accepted(job: EncodingJob) -> None:
    stamp = replace(job.master.stamp, device=job.master.stamp.device + 1)
    elsewhere = replace(job, master=replace(job.master, stamp=stamp))
    assert make_deliverable(elsewhere).is_new
    assert measure_file(elsewhere.master, elsewhere.audio).measurement


def test_damaged_figures_file_encodes_the_master_again(job: EncodingJob) -> None:
    made = make_deliverable(job)
    assert made.media.path
    (made.media.path.parent / "mastered.json").write_text("[]")
    again = make_deliverable(job)
    assert (again.is_new, again.figures, again.media) == (True, made.figures, made.media)


def test_bytes_do_not_depend_on_the_machine(job: EncodingJob, tmp_path: Path) -> None:
    elsewhere = pickle.loads(pickle.dumps(replace(job, folder=tmp_path / "elsewhere")))  # noqa: S301 - our own
    assert make_deliverable(elsewhere).media.sha256 == make_deliverable(job).media.sha256


def test_exception_in_progress_callback_leaves_no_files(job: EncodingJob) -> None:
    def stop(_: timedelta) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        make_deliverable(job, stop)
    assert list_files(job.folder) == []


def test_tagged_copy_has_the_same_audio(tmp_path: Path) -> None:
    original = tmp_path / "audio.mp3"
    original.write_bytes(make_mp3(2))
    made = make_deliverable(make_tagged_job(original, tmp_path / "cache"))
    assert made.media.path
    assert made.media.recipe == AS_TAGGED
    assert made.media.encoder is None
    assert made.media.path.read_bytes().endswith(original.read_bytes())
    assert probe(made.media.path).title == "The crane"
    assert original.read_bytes() == make_mp3(2)


def make_tagged_job(path: Path, folder: Path) -> EncodingJob:
    examined = examine(path)
    assert examined.audio
    assert examined.file
    settings = AudioSettings(tag=True)
    return EncodingJob(
        episode="01",
        name="01",
        master=examined.file,
        audio=examined.audio,
        settings=settings,
        recipe=build_recipe(examined.audio, settings),
        tags=TAGS,
        folder=folder,
    )


def test_error_about_unreadable_copy_names_the_master(job: EncodingJob, tmp_path: Path) -> None:
    path = tmp_path / "junk.mp3"
    path.write_bytes(b"junk")
    with pytest.raises(MediaError, match=r"^the copy of take\.wav contains no audio"):
        _probe_copy(job, path)


def test_tagged_copy_is_found_in_cache(tmp_path: Path) -> None:
    original = tmp_path / "audio.mp3"
    original.write_bytes(make_mp3(2))
    job = make_tagged_job(original, tmp_path / "cache")
    made = make_deliverable(job)
    shutil.move(original, tmp_path / "moved.mp3")
    assert make_deliverable(job) == made


def test_find_deliverable_in_empty_cache_finds_nothing(job: EncodingJob) -> None:
    assert find_deliverable(job) is None


def test_unwritable_cache_raises_error_with_file_name(job: EncodingJob, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match=r"take\.wav cannot be written"):
        make_deliverable(replace(job, folder=tmp_path / "file" / "media"))


def test_ignore_cache_encodes_the_master_again(job: EncodingJob) -> None:
    made = make_deliverable(job)
    again = make_deliverable(replace(job, ignore_cache=True))
    assert again == made
    assert again.is_new
    published = replace(made.media, path=None)
    assert make_deliverable(replace(job, ignore_cache=True, published=published)).is_new


@pytest.mark.parametrize("part", ["file", "figures", "subfolder", "folder"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_cache_entry_of_the_wrong_type_is_replaced(job: EncodingJob, part: str, kind: str) -> None:
    made = make_deliverable(job)
    assert made.media.path
    subfolder = made.media.path.parent
    paths = {
        "file": made.media.path,
        "figures": subfolder / "mastered.json",
        "subfolder": subfolder,
        "folder": job.folder,
    }
    path = paths[part]
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    if kind == "folder":
        (path / "inside").mkdir(parents=True)
    else:
        path.write_bytes(b"{}")
    again = make_deliverable(job)
    assert again.media == made.media
    assert make_deliverable(job) == replace(again, is_new=False), "the file is in the cache"
