"""Tests of mastering without publishing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import podcastkit
from podcastkit.cli.app import run
from podcastkit.diagnostics import CheckFailed, MediaError
from podcastkit.media.ffmpeg import run_ffmpeg
from podcastkit.publishing.publish import publish
from tests.shows import NOW, Workshop, small_show, write_speech, write_wav

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A show with masters for the second and the third episode; the third is not due yet."""
    monkeypatch.chdir(tmp_path)
    publishing = '[publish]\nto = "public"\nurl = "https://podcast.example.org"\n'
    show = small_show(tmp_path / "episodes", publishing)
    (show.folder / "02-part" / "audio.mp3").unlink()
    write_speech(show.folder / "02-part" / "take.wav", 3)
    (show.folder / "03-part" / "audio.mp3").unlink()
    write_speech(show.folder / "03-part" / "take.flac", 3, mark=3)
    notes = (show.folder / "03-part" / "notes.md").read_text().replace("2024-09-03", "2099-09-03")
    (show.folder / "03-part" / "notes.md").write_text(notes)
    return show


def test_master_encodes_due_and_future_episodes(workshop: Workshop) -> None:
    first, second, third = podcastkit.master(workshop.folder)
    assert (first.episode, first.file, first.figures, first.is_new) == ("01-part", "audio.mp3", None, False)
    assert first.to_dict()["as_given"] is True
    for made in (second, third):
        assert made.is_new
        assert made.before
        assert made.figures
        assert made.figures.loudness == pytest.approx(-16, abs=0.3)
        assert made.media
        assert made.media.path
    assert [made.is_new for made in podcastkit.master(workshop.folder)] == [False, False, False]


def test_publish_reuses_mastered_audio(workshop: Workshop) -> None:
    _, second, _ = podcastkit.master(workshop.folder)
    events: list[podcastkit.Event] = []
    receipt = publish(workshop.folder, at=NOW, progress=events.append)
    record = receipt.plan.records.episodes[1]
    assert second.media
    assert record.media.sha256 == second.media.sha256
    assert {event.stage for event in events} <= {"reading", "mastering", "uploading", "verifying"}
    _, second, _ = podcastkit.master(workshop.folder)
    assert second.is_published
    assert second.media
    assert second.media.key == record.media.key


def test_master_to_folder_writes_copies_of_all_audio(workshop: Workshop, tmp_path: Path) -> None:
    publish(workshop.folder, at=NOW)
    made = podcastkit.master(workshop.folder, to=tmp_path / "to listen to")
    names = sorted(path.name for path in (tmp_path / "to listen to").iterdir())
    assert [name[:8] for name in names] == ["01-part-", "02-part-", "03-part-"]
    assert sorted(one.media.path.name for one in made if one.media and one.media.path) == names
    (tmp_path / "to listen to" / names[1]).unlink()
    podcastkit.master(workshop.folder, to=tmp_path / "to listen to")
    assert sorted(path.name for path in (tmp_path / "to listen to").iterdir()) == names


def test_copy_with_other_content_is_replaced(workshop: Workshop, tmp_path: Path) -> None:
    (made, *_) = podcastkit.master(workshop.folder, to=tmp_path / "copies")
    assert made.media
    assert made.media.path
    body = made.media.path.read_bytes()
    made.media.path.write_bytes(bytes(len(body)))
    podcastkit.master(workshop.folder, to=tmp_path / "copies")
    assert made.media.path.read_bytes() == body


def test_master_to_unwritable_folder_raises_error(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match="cannot be written"):
        podcastkit.master(workshop.folder, to=tmp_path / "file" / "below")


@pytest.mark.parametrize("name", ["", "listen", "01-part", "public"])
def test_master_to_folder_of_show_raises_error(name: str, workshop: Workshop) -> None:
    before = sorted(workshop.folder.rglob("*"))
    with pytest.raises(MediaError, match="inside the show folder"):
        podcastkit.master(workshop.folder, to=workshop.folder / name)
    assert sorted(workshop.folder.rglob("*")) == before


def test_master_to_ignored_folder_of_show_is_allowed(workshop: Workshop) -> None:
    podcastkit.master(workshop.folder, to=workshop.folder / "_listen")
    assert len(list((workshop.folder / "_listen").iterdir())) == 3
    assert len(podcastkit.load(workshop.folder).episodes) == 3


def test_progress_adds_up_all_versions_of_an_episode(workshop: Workshop) -> None:
    write_speech(workshop.folder / "02-part" / "es.wav", 2, mark=7)
    notes = workshop.folder / "02-part" / "notes.md"
    notes.write_text(notes.read_text().replace("---\n", "---\nalternates: [{file: es.wav, lang: es}]\n", 1))
    events: list[podcastkit.Event] = []
    podcastkit.master(workshop.folder, progress=events.append)
    reported = [event for event in events if (event.stage, event.episode) == ("mastering", "02-part")]
    assert {event.total for event in reported} == {3 + 2}
    assert [event.done for event in reported] == sorted({event.done for event in reported})
    assert reported[-1].done == 5


def test_broken_episode_is_reported_and_others_are_encoded(workshop: Workshop) -> None:
    (workshop.folder / "02-part" / "take.wav").write_bytes(b"no sound")
    deliveries = {made.episode: made for made in podcastkit.master(workshop.folder)}
    trouble = deliveries["02-part"].trouble
    assert trouble
    assert trouble.code == "A106"
    assert deliveries["03-part"].is_new


def test_master_of_show_with_errors_is_refused(workshop: Workshop) -> None:
    with (workshop.folder / "show.toml").open("a") as file:
        file.write("\n[audio]\nloudness = 3\n")
    with pytest.raises(CheckFailed):
        podcastkit.master(workshop.folder)


@pytest.mark.usefixtures("workshop")
def test_master_command_lists_result_of_each_episode(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["master"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("01-part  published unchanged, 0:01, ")
    assert " → -16." in lines[1]
    assert "LUFS, peak -" in lines[1]
    assert lines[-1] == "2 files mastered (2 encoded now, 0 from the cache); kept in the cache for the next publish"
    assert run(["master", "--json", "--to", "listen"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [one["episode"] for one in results] == ["01-part", "02-part", "03-part"]
    assert [one["as_given"] for one in results] == [True, False, False]
    assert results[1]["loudness"] == pytest.approx(-16, abs=0.3)
    assert results[1]["path"].startswith("listen")


def test_master_command_fails_if_audio_cannot_be_encoded(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    (workshop.folder / "02-part" / "take.wav").write_bytes(b"no sound")
    assert run(["master"]) == 1
    output = capsys.readouterr()
    assert "02-part  cannot be mastered" in output.out
    assert "take.wav" in output.err


def test_missed_loudness_target_is_reported(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    with (workshop.folder / "show.toml").open("a") as file:
        file.write("\n[audio]\nloudness = -5\n")
    write_speech(workshop.folder / "02-part" / "take.wav", 3, peak=0.5)
    _, second, _ = podcastkit.master(workshop.folder)
    assert second.remark
    assert (second.remark.code, second.remark.episode) == ("A215", "02-part")
    assert "LUFS instead of -5" in second.remark.message
    receipt = publish(workshop.folder, at=NOW)
    assert receipt.outcome == "published"
    assert "A215" in {finding.code for finding in receipt.plan.findings}
    assert run(["master", "--to", "../listen"]) == 0
    assert "LUFS instead of -5" in capsys.readouterr().err


def test_audio_that_cancels_out_in_mono_is_not_encoded(workshop: Workshop) -> None:
    with (workshop.folder / "show.toml").open("a") as file:
        file.write('\n[audio]\nchannels = "mono"\n')
    take = workshop.folder / "02-part" / "take.wav"
    write_speech(take, 3)
    swapped = ["-y", "-i", f"file:{take}", "-af", "pan=stereo|c0=c0|c1=-1*c0", f"file:{take.with_name('b.wav')}"]
    run_ffmpeg(swapped)
    take.with_name("b.wav").replace(take)
    _, second, third = podcastkit.master(workshop.folder)
    assert second.trouble
    assert "cancel each other out" in second.trouble.message
    assert third.is_new


def test_published_episode_without_audio_file_is_reported_as_published(
    workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(workshop.folder, at=NOW)
    (workshop.folder / "02-part" / "take.wav").unlink()
    _, second, third = podcastkit.master(workshop.folder, to=tmp_path / "listen")
    assert (second.file, second.is_published, second.is_new) == (None, True, False)
    assert [path.name[:2] for path in sorted((tmp_path / "listen").iterdir())] == ["01", "03"]
    (workshop.folder / "03-part" / "take.flac").unlink()
    *_, third = podcastkit.master(workshop.folder)
    assert (third.media, third.trouble) == (None, None), "the episode is not due yet"
    assert run(["master"]) == 0
    output = capsys.readouterr().out
    assert "02-part  already published" in output
    assert "03-part  audio file not found" in output


def test_master_of_show_with_too_long_crossfade_is_refused(workshop: Workshop) -> None:
    write_wav(workshop.folder / "intro.wav", 1)
    with (workshop.folder / "show.toml").open("a") as file:
        file.write('\n[audio]\nintro = "intro.wav"\ncrossfade = 2\n')
    with pytest.raises(CheckFailed) as failure:
        podcastkit.master(workshop.folder)
    assert "S142" in {finding.code for finding in failure.value.diagnostics}
    assert "run the command again" in (failure.value.hint or "")


def test_master_command_without_masters_reports_nothing_to_master(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("02-part", "03-part"):
        next((workshop.folder / folder).glob("take.*")).unlink()
    run(["master"])
    assert capsys.readouterr().out.splitlines()[-1] == "No audio to master"
