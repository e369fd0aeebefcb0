"""Intro and outro, from show.toml and front matter to the encoded audio and the feed."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import wave
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.cache import Cache
from podcastkit.checks import check_show
from podcastkit.diagnostics import Severity
from podcastkit.feed.writer import write_feed
from podcastkit.media.encoding import build_recipe
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.mastering.filters import OUTPUT, build_filter_graph, list_inputs
from podcastkit.media.mastering.joining import join
from podcastkit.media.measuring import measure
from podcastkit.media.probing import probe
from podcastkit.project.loader import find_changed_sources, load
from tests.media.damage import make_undecodable_flac
from tests.shows import NOW, Workshop, make_mp3, write_wav
from tests.values import build_edition, make_media

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import Episode, Show

AUDIO = '\n[audio]\nintro = "intro.wav"\noutro = "_sounds/outro.wav"\n'


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    made = Workshop(tmp_path / "show").show(AUDIO)
    (made.folder / "_sounds").mkdir()
    write_wav(made.folder / "intro.wav", 2, mark=1)
    write_wav(made.folder / "_sounds" / "outro.wav", 1, mark=2)
    return made


def add_master(workshop: Workshop, folder: str = "01-part", front: str = "", *, mark: int = 9) -> Path:
    path = workshop.episode(folder, f"---\ntitle: Part\ndate: 2024-09-01\n{front}---\n\nWhat it tells.\n")
    (path / "audio.mp3").unlink()
    write_wav(path / "master.wav", 3, mark=mark)
    return path


def list_clips(episode: Episode) -> list[str | None]:
    return [clip.audio.path.name if clip else None for clip in (episode.intro, episode.outro)]


def codes(show: Show) -> list[tuple[str, Severity]]:
    passed_over = {"S117", "T103", "E110"}
    return [(found.code, found.severity) for found in check_show(show).findings if found.code not in passed_over]


def find_non_infos(show: Show) -> list[Diagnostic]:
    """Return the findings of loading, without infos."""
    return [found for found in show.diagnostics if found.code != "E110"]


def test_recipe_of_every_master_contains_the_clips(workshop: Workshop) -> None:
    add_master(workshop)
    show = load(workshop.folder, at=NOW)
    (episode,) = show.episodes
    assert codes(show) == []
    assert list_clips(episode) == ["intro.wav", "outro.wav"]
    assert episode.audio is not None
    assert episode.recipe == build_recipe(episode.audio, show.audio, intro=episode.intro, outro=episode.outro)
    assert "intro=" in episode.recipe


def test_unchanged_audio_has_no_clips(workshop: Workshop) -> None:
    workshop.episode("01-part", audio=make_mp3(2))
    (episode,) = load(workshop.folder, at=NOW).episodes
    assert list_clips(episode) == [None, None]
    assert episode.recipe == "as given"


def test_alternates_have_no_clips(workshop: Workshop) -> None:
    folder = add_master(workshop, front="alternates: [{file: es.wav, lang: es}]\n")
    write_wav(folder / "es.wav", 2, mark=5)
    (episode,) = load(workshop.folder, at=NOW).episodes
    assert "intro=" in (episode.recipe or "")
    assert "intro=" not in (episode.alternates[0].recipe or "")


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ("intro: false\n", [None, "outro.wav"]),
        ("intro: No\noutro: false\n", [None, None]),
        ("outro: own.wav\n", ["intro.wav", "own.wav"]),
        ("intro: _sounds/outro.wav\n", ["outro.wav", "outro.wav"]),
        ("intro: intro.wav\n", ["intro.wav", "outro.wav"]),
    ],
    ids=["no-intro", "none", "its-own", "another-of-the-show", "the-same"],
)
def test_front_matter_replaces_or_removes_clips(workshop: Workshop, front: str, expected: list[str | None]) -> None:
    folder = add_master(workshop, front=front)
    if "own.wav" in front:
        write_wav(folder / "own.wav", 1, mark=3)
    show = load(workshop.folder, at=NOW)
    assert codes(show) == []
    assert list_clips(show.episodes[0]) == expected


def test_missing_clip_of_the_show_is_an_error_at_its_key(workshop: Workshop) -> None:
    (workshop.folder / "intro.wav").unlink()
    (workshop.folder / "_sounds" / "outro.wav").write_bytes(b"404 Not Found")
    add_master(workshop)
    show = load(workshop.folder, at=NOW)
    found = [(one.code, one.severity, str(one.location), one.episode) for one in find_non_infos(show)]
    assert found == [
        ("S141", Severity.ERROR, "show.toml:11:1", None),
        ("S141", Severity.ERROR, "show.toml:12:1", None),
    ]


def test_missing_clip_without_masters_is_a_warning(workshop: Workshop) -> None:
    (workshop.folder / "intro.wav").unlink()
    workshop.episode("01-part", "---\ntitle: Part\ndate: 2024-09-01\n---\n\nWhat it tells.\n")
    assert codes(load(workshop.folder, at=NOW)) == [("S141", Severity.WARNING), ("A116", Severity.WARNING)]


@pytest.mark.parametrize("name", ["goodbye.wav", "true", "_sounds", "x" * 300, "a/b.wav"])
def test_missing_clip_of_an_episode_is_an_error_of_the_episode(workshop: Workshop, name: str) -> None:
    add_master(workshop, front=f"outro: {name}\n")
    show = load(workshop.folder, at=NOW)
    (found,) = find_non_infos(show)
    assert (found.code, found.severity, str(found.location), found.episode) == (
        "A104",
        Severity.ERROR,
        "01-part/notes.md:4:1",
        "01-part",
    )
    assert name in found.message


def test_clip_linked_from_outside_the_show_is_refused(workshop: Workshop, tmp_path: Path) -> None:
    write_wav(tmp_path / "elsewhere.wav", 1)
    (workshop.folder / "intro.wav").unlink()
    (workshop.folder / "intro.wav").symlink_to(tmp_path / "elsewhere.wav")
    add_master(workshop)
    (found,) = find_non_infos(load(workshop.folder, at=NOW))
    assert found.code == "S141"
    assert "a link to a file outside the show folder" in found.message


def test_unused_audio_next_to_show_toml_is_reported(workshop: Workshop) -> None:
    add_master(workshop)
    write_wav(workshop.folder / "teaser.wav", 1)
    show = load(workshop.folder, at=NOW)
    assert [(one.code, str(one.location)) for one in find_non_infos(show)] == [("S109", "teaser.wav")]


def test_changed_clip_is_a_changed_source(workshop: Workshop) -> None:
    add_master(workshop, front="outro: goodbye.wav\n")
    show = load(workshop.folder, at=NOW)
    assert find_changed_sources(show) == ()
    write_wav(workshop.folder / "intro.wav", 2, mark=77)
    assert find_changed_sources(show) == (workshop.folder / "intro.wav",)
    write_wav(workshop.folder / "goodbye.wav", 2, mark=77)
    assert workshop.folder / "goodbye.wav" in find_changed_sources(show)


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_undecodable_clip_is_reported_when_measuring(workshop: Workshop) -> None:
    add_master(workshop)
    clip = workshop.folder / "intro.flac"
    run("-f", "lavfi", "-i", "anoisesrc=duration=20:seed=7", f"file:{clip}")
    workshop.show(AUDIO.replace("intro.wav", clip.name))
    (workshop.folder / "intro.wav").unlink()
    assert find_non_infos(load(workshop.folder, at=NOW, measure=True)) == []
    clip.write_bytes(make_undecodable_flac(clip.read_bytes()))
    assert find_non_infos(load(workshop.folder, at=NOW)) == []
    (found,) = find_non_infos(load(workshop.folder, at=NOW, measure=True))
    assert (found.code, found.severity, str(found.location)) == ("A201", Severity.ERROR, "intro.flac")


def run(*arguments: str) -> bytes:
    command = [find_ffmpeg(), "-nostdin", "-loglevel", "error", "-y", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def write_speech(path: Path, seconds: float, level: int, clicks: Sequence[float] = ()) -> None:
    """Write a stereo WAV with a tone and clicks."""
    step = 2 * math.pi * 220 / 44_100
    samples = [round(level * math.sin(step * number)) for number in range(round(seconds * 44_100))]
    for click in clicks:
        samples[round(click * 44_100)] = 32_000
    both = [sample for sample in samples for _ in range(2)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(struct.pack(f"<{len(both)}h", *both))


@pytest.mark.ffmpeg
@pytest.mark.slow
def test_chapters_and_soundbites_move_with_the_intro(tmp_path: Path) -> None:
    settings = '\n[audio]\nintro = "intro.wav"\noutro = "outro.wav"\ncrossfade = 0.5\n'
    workshop = Workshop(tmp_path / "show").show(settings)
    write_speech(workshop.folder / "intro.wav", 3, 6_000)
    write_speech(workshop.folder / "outro.wav", 2, 2_000)
    front = "soundbites: [{start: 20, duration: 15}]\n"
    folder = add_master(workshop, front=front)
    write_speech(folder / "master.wav", 60, 4_000, clicks=[20])
    (folder / "chapters.txt").write_text("00:00 Welcome\n00:20 The click\n00:50 The end\n")
    (folder / "transcript.vtt").write_text("WEBVTT\n\n00:20.000 --> 00:59.000\nClick\n")
    show = load(workshop.folder, at=NOW, measure=True)
    (episode,) = show.episodes
    assert episode.master is not None
    assert episode.audio is not None
    assert episode.measurement is not None
    clips = [clip for clip in (episode.intro, episode.outro) if clip]
    joined = join(
        episode.master,
        episode.audio,
        intro=episode.intro,
        outro=episode.outro,
        settings=show.audio,
        measurements={
            episode.master.sha256: episode.measurement,
            **{clip.master.sha256: measure(clip.audio.path) for clip in clips},
        },
        work_folder=tmp_path,
    )
    made = tmp_path / "made.mp3"
    graph = ("-filter_complex", build_filter_graph(joined.programme), "-map", OUTPUT)
    run(*list_inputs(joined.programme), *graph, "-b:a", "320k", f"file:{made}")
    duration = probe(made).duration
    pcm = run("-i", f"file:{made}", "-ac", "1", "-f", "s16le", "-")
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    assert len(samples) / 44_100 == pytest.approx(3 - 0.5 + 60 + 2 - 0.5, abs=0.002)
    click = samples.index(max(samples)) / 44_100
    assert click == pytest.approx(20 + joined.offset.total_seconds(), abs=2 / 44_100)
    published = publish(show, episode, duration, joined.offset)
    assert [entry["startTime"] for entry in published["chapters"]] == [0, 22.5, 52.5]
    assert 'start="00:00:22.500"' in published["feed"]
    assert 'startTime="22.5"' in published["feed"]
    assert "00:22 The click" in published["feed"]
    assert "00:00:22.500 --> 00:01:01.500" in published["vtt"]
    assert "00:00:22,500 --> 00:01:01,500" in published["srt"]


def publish(show: Show, episode: Episode, duration: timedelta, offset: timedelta) -> dict[str, Any]:
    """Return the published feed item of an episode with encoded media."""
    media = make_media(duration=duration, offset=offset, recipe=episode.recipe or "")
    with_media = replace(show, episodes=(replace(episode, media=media, guid="g"),), guid="s")
    when = {episode.folder: datetime(2024, 9, 1, tzinfo=UTC)}
    with Cache() as cache:
        edition, files = build_edition(with_media, url="https://example.org", published=when, cache=cache)
    bodies = {file.key.partition("/")[0] + file.key[-4:]: file.body for file in files}
    texts = {name: body.decode() for name, body in bodies.items() if isinstance(body, bytes) and name[0] in "ct"}
    return {
        "feed": write_feed(edition, describe=lambda notes: notes.simple or "").decode(),
        "chapters": json.loads(texts["chaptersjson"])["chapters"],
        "vtt": texts["transcripts.vtt"],
        "srt": texts["transcripts.srt"],
    }


@pytest.mark.parametrize("named", ["itnro.wav", "INTRO.WAV"])
def test_correct_name_is_suggested_for_misspelled_clip(named: str, workshop: Workshop) -> None:
    add_master(workshop)
    workshop.show(AUDIO.replace("intro.wav", named))
    (found,) = [finding for finding in load(workshop.folder, at=NOW).diagnostics if finding.code == "S141"]
    assert found.hint == 'did you mean "intro.wav"?'
