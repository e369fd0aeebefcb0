import re
import tomllib
from datetime import timedelta
from pathlib import Path

import mutagen
import pytest
from PIL import Image
from pydub import AudioSegment

from tests.sample.make_sample import (
    AUTHOR,
    EPISODES,
    EPISODES_FOLDER,
    NAVY,
    PINE,
    PLANNING_PERIODS,
    SHOW,
    TOTAL,
    Cue,
    SampleEpisode,
    draw_artwork,
    encode,
    join,
    render_chapters,
    render_transcript,
    timetable,
    vtt_time,
    write_tags,
)

KNOWN = {5, 8}
PLACEHOLDERS = [episode for episode in EPISODES if episode.number not in KNOWN]

each_episode = pytest.mark.parametrize("episode", EPISODES, ids=[episode.folder for episode in EPISODES])


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def folder_of(episode: SampleEpisode) -> Path:
    return EPISODES_FOLDER / episode.folder


def notes_of(episode: SampleEpisode) -> str:
    [path] = folder_of(episode).glob("notes.*")
    return path.read_text(encoding="utf-8")


def flowing(text: str) -> str:
    return " ".join(text.split())


def test_the_season_has_a_trailer_and_eight_episodes() -> None:
    assert [episode.number for episode in EPISODES] == [None, *range(1, TOTAL + 1)]


def test_folders_begin_with_their_number_and_are_just_these() -> None:
    assert [int(episode.folder.partition("-")[0]) for episode in EPISODES] == list(range(TOTAL + 1))
    folders = {path.name for path in EPISODES_FOLDER.iterdir() if re.match(r"\d", path.name)}
    assert folders == {episode.folder for episode in EPISODES}


def test_no_folder_holds_a_file_without_a_meaning() -> None:
    known = {"notes.md", "notes.txt", "artwork.jpg", "chapters.txt", "transcript.vtt"}
    for episode in EPISODES:
        assert {path.name for path in folder_of(episode).iterdir()} <= {*known, episode.audio}


def test_the_sample_stays_small() -> None:
    files = [path for path in EPISODES_FOLDER.rglob("*") if path.is_file() and "public" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 3_000_000


def test_the_show_is_described_as_a_serial_of_eight() -> None:
    show = tomllib.loads((EPISODES_FOLDER / "show.toml").read_text(encoding="utf-8"))
    assert (show["title"], show["author"]) == (SHOW, AUTHOR)
    assert (show["type"], show["season"], show["episodes"], show["explicit"]) == ("serial", 1, TOTAL, False)
    assert "sample" in show["description"]
    assert "url" not in show["publish"]
    assert "owner" not in show


def test_the_readme_says_what_is_known_and_what_is_not() -> None:
    readme = (EPISODES_FOLDER / "README.md").read_text(encoding="utf-8")
    assert "not that show" in readme
    for episode in EPISODES:
        assert f"`{episode.folder}`" in readme


@each_episode
def test_an_episode_has_the_title_that_is_spoken_and_tagged(episode: SampleEpisode) -> None:
    lines = notes_of(episode).splitlines()
    assert f"title: {episode.title}" in lines or f"# {episode.title}" in lines


@each_episode
def test_what_is_spoken_stands_in_the_notes(episode: SampleEpisode) -> None:
    assert episode.sentence in flowing(notes_of(episode))


def test_titles_differ_and_carry_no_numbers_of_episodes() -> None:
    titles = [episode.title for episode in EPISODES]
    assert len(set(titles)) == len(titles)
    assert not [title for title in titles if re.search(r"episode|#\d|^\d", title, re.IGNORECASE)]


@pytest.mark.parametrize("episode", PLACEHOLDERS, ids=[episode.folder for episode in PLACEHOLDERS])
def test_a_placeholder_says_that_it_is_one(episode: SampleEpisode) -> None:
    body = notes_of(episode).removeprefix("---").partition("---")[2] or notes_of(episode)
    assert "placeholder" in body
    assert "placeholder" in episode.title.lower()


@each_episode
def test_the_audio_is_a_few_seconds_of_mono(episode: SampleEpisode) -> None:
    audio = mutagen.File(folder_of(episode) / episode.audio)
    assert 8 < audio.info.length < 25
    assert audio.info.channels == 1


def test_one_master_is_a_wav_one_is_an_m4a_and_the_others_are_mp3() -> None:
    kinds = [type(mutagen.File(folder_of(episode) / episode.audio)).__name__ for episode in EPISODES]
    assert sorted(kinds) == sorted(["WAVE", "MP4", *["MP3"] * 7])


def test_the_wav_master_is_plain_and_light() -> None:
    [path] = EPISODES_FOLDER.rglob("*.wav")
    master = mutagen.File(path)
    assert (master.info.bits_per_sample, master.info.sample_rate, master.tags) == (16, 22050, None)
    assert path.stat().st_size <= 700_000


@each_episode
def test_the_audio_is_tagged_unless_it_is_a_master(episode: SampleEpisode) -> None:
    if episode.audio.endswith(".wav"):
        return
    tags = mutagen.File(folder_of(episode) / episode.audio, easy=True).tags
    assert (tags["title"], tags["artist"], tags["album"]) == ([episode.title], [AUTHOR], [SHOW])
    assert tags.get("tracknumber") == ([f"{episode.number}/{TOTAL}"] if episode.number else None)


def test_the_artwork_is_what_directories_ask_for() -> None:
    path = EPISODES_FOLDER / "artwork.jpg"
    with Image.open(path) as artwork:
        assert (artwork.format, artwork.mode, artwork.size) == ("JPEG", "RGB", (3000, 3000))
    assert path.stat().st_size < 512_000


def test_one_episode_has_artwork_of_its_own_square_and_large_enough() -> None:
    [path] = EPISODES_FOLDER.glob("*/artwork.jpg")
    with Image.open(path) as artwork:
        assert (artwork.format, artwork.mode, artwork.size) == ("JPEG", "RGB", (1500, 1500))


@pytest.mark.slow
def test_the_artwork_is_the_one_that_the_script_draws() -> None:
    with Image.open(EPISODES_FOLDER / "artwork.jpg") as artwork:
        committed = artwork.reduce(50).tobytes()
    drawn = draw_artwork(NAVY, "Season 1").reduce(50).tobytes()
    assert max(abs(one - other) for one, other in zip(committed, drawn, strict=True)) < 40


def test_as_many_planning_periods_are_lit_as_there_are_episodes() -> None:
    cells = list(timetable(PINE))
    assert len(cells) == 20
    assert sum(colour != PINE.cell for _, colour in cells) == sum(PLANNING_PERIODS) == TOTAL


def test_the_transcript_says_what_is_spoken() -> None:
    [path] = EPISODES_FOLDER.rglob("transcript.vtt")
    [episode] = [episode for episode in EPISODES if episode.transcript]
    assert path.parent.name == episode.folder
    header, *cues = path.read_text(encoding="utf-8").strip().split("\n\n")
    assert header == "WEBVTT"
    assert [cue.partition("\n")[2] for cue in cues] == list(episode.lines)


def test_three_chapters_begin_at_zero_and_end_before_the_audio() -> None:
    [path] = EPISODES_FOLDER.rglob("chapters.txt")
    [episode] = [episode for episode in EPISODES if episode.chapters]
    assert path.parent.name == episode.folder
    rows = [line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    starts = [int(start[:2]) * 60 + int(start[3:]) for start, _ in rows]
    assert tuple(title for _, title in rows) == episode.chapters
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] < mutagen.File(folder_of(episode) / episode.audio).info.length


def test_clips_are_joined_with_pauses_and_timed() -> None:
    clips = [AudioSegment.silent(duration=length, frame_rate=22050) for length in (1000, 2000)]
    speech, cues = join(clips, ["one", "two"])
    assert cues == [
        Cue(start=seconds(0.25), end=seconds(1.25), text="one"),
        Cue(start=seconds(1.6), end=seconds(3.6), text="two"),
    ]
    assert len(speech) == 3950


@pytest.mark.parametrize("audio", ["audio.mp3", "audio.m4a", "master.wav"])
def test_speech_is_encoded_as_the_name_says_and_the_same_each_time(audio: str, tmp_path: Path) -> None:
    speech = AudioSegment.silent(duration=500, frame_rate=22050)
    episode = SampleEpisode(folder="05-planning-time", number=5, title="A title", sentence="A line.", audio=audio)
    paths = [tmp_path / f"{name}{Path(audio).suffix}" for name in ("first", "second")]
    for path in paths:
        encode(speech, path)
        write_tags(episode, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert mutagen.File(paths[0]).info.length == pytest.approx(0.5, abs=0.1)


def test_a_transcript_is_web_vtt() -> None:
    cues = [
        Cue(start=seconds(0.25), end=seconds(1.5), text="one"),
        Cue(start=seconds(2), end=seconds(3), text="two"),
    ]
    assert render_transcript(cues) == (
        "WEBVTT\n\n00:00:00.250 --> 00:00:01.500\none\n\n00:00:02.000 --> 00:00:03.000\ntwo\n"
    )


@pytest.mark.parametrize(
    ("moment", "text"),
    [(seconds(0), "00:00:00.000"), (seconds(61.5), "00:01:01.500"), (seconds(3725.007), "01:02:05.007")],
    ids=["zero", "minutes", "hours"],
)
def test_moments_are_written_as_web_vtt_does(moment: timedelta, text: str) -> None:
    assert vtt_time(moment) == text


def test_chapters_begin_at_the_whole_second_before() -> None:
    assert render_chapters(["One", "Two"], [seconds(0.25), seconds(64.9)]) == "00:00 One\n01:04 Two\n"
