"""What listeners get: made once, found again, tagged anew without being encoded again."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from podcastkit.build.audio_cache import Order, _probe_copy, find_deliverable, make_deliverable
from podcastkit.cache import Cache
from podcastkit.diagnostics import Cancelled, MediaError
from podcastkit.media.cached_facts import examine, measure_all, measure_one
from podcastkit.media.encoding import AS_TAGGED, recipe_of
from podcastkit.media.probing import probe
from podcastkit.model import AudioSettings, MediaTags
from tests.shows import make_mp3, other_ffmpeg, write_speech
from tests.values import some_media

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Measurement

TAGS = MediaTags(
    title="The crane", artist="Harbour Radio", album="Night Shift", date=date(2024, 9, 5), language="en"
)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("master") / "take.wav"
    write_speech(path, 4)
    return path


@pytest.fixture
def order(take: Path, tmp_path: Path) -> Order:
    return an_order(take, tmp_path / "cache")


def an_order(path: Path, folder: Path, **settings: object) -> Order:
    heard = examine(path)
    assert heard.audio
    assert heard.file
    audio = replace(AudioSettings(), **settings)  # type: ignore[arg-type] # any of its fields
    return Order(
        episode="01-the-crane",
        name="01-the-crane",
        master=heard.file,
        audio=heard.audio,
        settings=audio,
        recipe=recipe_of(heard.audio, audio),
        tags=TAGS,
        folder=folder,
        measurements=measurements(path),
    )


def measurements(path: Path) -> dict[str, Measurement]:
    heard = examine(path)
    assert heard.audio
    assert heard.file
    with Cache(path.parent / "measured") as cache:
        measured = measure_all([(heard.file, heard.audio)], cache)
    return {sha256: one.measurement for sha256, one in measured.items() if one.measurement}


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_master_becomes_a_tagged_file_at_the_right_level(order: Order) -> None:
    made = make_deliverable(order)
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
    told = probe(media.path)
    assert (told.title, told.artist, told.album) == ("The crane", "Harbour Radio", "Night Shift")


def test_what_was_made_is_found_and_not_made_again(order: Order) -> None:
    made = make_deliverable(order)
    before = files(order.folder)
    again = make_deliverable(order, told=lambda _: pytest.fail("it was encoded again"))
    assert again == replace(made, is_new=False)
    assert find_deliverable(order) == made.media
    assert files(order.folder) == before


def test_other_tags_need_no_encoding(order: Order) -> None:
    made = make_deliverable(order)
    other = replace(order, tags=replace(TAGS, title="The other crane"))
    retagged = make_deliverable(other, told=lambda _: pytest.fail("it was encoded again"))
    assert (retagged.is_new, retagged.figures) == (False, made.figures)
    assert retagged.media.sha256 != made.media.sha256
    assert retagged.media.path
    assert probe(retagged.media.path).title == "The other crane"


def test_tags_do_not_depend_on_what_was_there_before(order: Order, tmp_path: Path) -> None:
    make_deliverable(replace(order, tags=replace(TAGS, title="A longer title", comment="words " * 500)))
    after_another = make_deliverable(order)
    at_once = make_deliverable(replace(order, folder=tmp_path / "another cache"))
    assert after_another.media.sha256 == at_once.media.sha256


def test_what_is_published_is_found_whatever_its_tags_say(order: Order) -> None:
    published = replace(make_deliverable(order).media, key="media/its-name-0123456789ab.mp3", path=None)
    retitled = replace(order, tags=replace(TAGS, title="Later"), published=published)
    found = make_deliverable(retitled).media
    assert (found.key, found.sha256) == (published.key, published.sha256)
    assert found.path
    assert found == find_deliverable(retitled)


def test_what_was_published_keeps_its_name_when_it_must_be_made_anew(order: Order) -> None:
    published = some_media(key="media/01-the-crane-0123456789ab.mp3")
    assert make_deliverable(replace(order, published=published)).media.key == published.key


def test_made_on_purpose_it_gets_the_tags_of_today_and_another_name(order: Order) -> None:
    published = replace(make_deliverable(order).media, path=None)
    same = make_deliverable(replace(order, published=published, again=True))
    assert same.media.key == published.key, "nothing is different"
    tags = replace(TAGS, title="Later")
    other = make_deliverable(replace(order, tags=tags, published=published, again=True))
    assert not other.is_new, "this encoder has made its sound already"
    assert other.media.key != published.key


def test_another_encoder_makes_it_again(order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_deliverable(order)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(other_ffmpeg(tmp_path)))
    other = make_deliverable(order)
    assert other.is_new
    assert other.media.sha256 != made.media.sha256


def test_a_spoiled_file_is_made_again(order: Order) -> None:
    made = make_deliverable(order)
    assert made.media.path
    made.media.path.write_bytes(b"spoiled")
    again = make_deliverable(order)
    assert again.is_new
    assert again.media == made.media


@pytest.mark.parametrize("tagged", [False, True], ids=["mastered", "tagged"])
def test_a_master_that_is_written_to_meanwhile_leaves_nothing(tagged: bool, tmp_path: Path) -> None:
    path = tmp_path / ("take.mp3" if tagged else "take.wav")
    write = (lambda seconds: path.write_bytes(make_mp3(seconds))) if tagged else partial(write_speech, path)
    write(2)
    before = an_order_as_given(path, tmp_path / "cache") if tagged else an_order(path, tmp_path / "cache")
    write(3)
    with pytest.raises(MediaError, match=r"take\.\w+ changed while it was being read"):
        make_deliverable(before)
    assert files(tmp_path / "cache") == []


def test_another_machine_sees_the_same_master(order: Order) -> None:
    stamp = replace(order.master.stamp, device=order.master.stamp.device + 1)
    elsewhere = replace(order, master=replace(order.master, stamp=stamp))
    assert make_deliverable(elsewhere).is_new
    assert measure_one(elsewhere.master, elsewhere.audio).measurement


def test_a_lost_note_of_what_was_measured_is_no_trouble(order: Order) -> None:
    made = make_deliverable(order)
    assert made.media.path
    (made.media.path.parent / "mastered.json").write_text("[]")
    again = make_deliverable(order)
    assert (again.is_new, again.figures, again.media) == (True, made.figures, made.media)


def test_the_same_comes_out_wherever_it_is_made(order: Order, tmp_path: Path) -> None:
    elsewhere = pickle.loads(pickle.dumps(replace(order, folder=tmp_path / "elsewhere")))  # noqa: S301 - our own
    assert make_deliverable(elsewhere).media.sha256 == make_deliverable(order).media.sha256


def test_who_is_told_may_stop_it_and_nothing_is_left(order: Order) -> None:
    def told(_: timedelta) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        make_deliverable(order, told)
    assert files(order.folder) == []


def test_a_copy_with_tags_has_the_same_sound(tmp_path: Path) -> None:
    given = tmp_path / "audio.mp3"
    given.write_bytes(make_mp3(2))
    made = make_deliverable(an_order_as_given(given, tmp_path / "cache"))
    assert made.media.path
    assert made.media.recipe == AS_TAGGED
    assert made.media.encoder is None
    assert made.media.path.read_bytes().endswith(given.read_bytes())
    assert probe(made.media.path).title == "The crane"
    assert given.read_bytes() == make_mp3(2)


def an_order_as_given(path: Path, folder: Path) -> Order:
    heard = examine(path)
    assert heard.audio
    assert heard.file
    settings = AudioSettings(tag=True)
    return Order(
        episode="01",
        name="01",
        master=heard.file,
        audio=heard.audio,
        settings=settings,
        recipe=recipe_of(heard.audio, settings),
        tags=TAGS,
        folder=folder,
    )


def test_a_copy_that_cannot_be_read_is_named_by_its_master(order: Order, tmp_path: Path) -> None:
    path = tmp_path / "junk.mp3"
    path.write_bytes(b"junk")
    with pytest.raises(MediaError, match=r"^the copy made of take\.wav contains no audio"):
        _probe_copy(order, path)


def test_a_copy_with_tags_is_made_once(tmp_path: Path) -> None:
    given = tmp_path / "audio.mp3"
    given.write_bytes(make_mp3(2))
    order = an_order_as_given(given, tmp_path / "cache")
    made = make_deliverable(order)
    shutil.move(given, tmp_path / "gone.mp3")
    assert make_deliverable(order) == made


def test_nothing_is_found_before_it_is_made(order: Order) -> None:
    assert find_deliverable(order) is None


def test_a_cache_that_cannot_be_written_is_named(order: Order, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match=r"take\.wav cannot be written"):
        make_deliverable(replace(order, folder=tmp_path / "file" / "media"))


def test_what_the_cache_has_is_ignored_on_request(order: Order) -> None:
    made = make_deliverable(order)
    again = make_deliverable(replace(order, forget=True))
    assert again == made
    assert again.is_new
    published = replace(made.media, path=None)
    assert make_deliverable(replace(order, forget=True, published=published)).is_new


@pytest.mark.parametrize("part", ["file", "figures", "home", "folder"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_whatever_is_in_the_way_makes_way(order: Order, part: str, kind: str) -> None:
    made = make_deliverable(order)
    assert made.media.path
    home = made.media.path.parent
    path = {"file": made.media.path, "figures": home / "mastered.json", "home": home, "folder": order.folder}[part]
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    if kind == "folder":
        (path / "inside").mkdir(parents=True)
    else:
        path.write_bytes(b"{}")
    again = make_deliverable(order)
    assert again.media == made.media
    assert make_deliverable(order) == replace(again, is_new=False), "it was kept"
