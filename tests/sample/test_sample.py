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
    format_vtt_time,
    join,
    list_periods,
    render_chapters,
    render_transcript,
    write_tags,
)

KNOWN = {5, 8}
PLACEHOLDERS = [episode for episode in EPISODES if episode.number not in KNOWN]

each_episode = pytest.mark.parametrize("episode", EPISODES, ids=[episode.folder for episode in EPISODES])


def make_seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def get_folder(episode: SampleEpisode) -> Path:
    return EPISODES_FOLDER / episode.folder


def read_notes(episode: SampleEpisode) -> str:
    [path] = get_folder(episode).glob("notes.*")
    return path.read_text(encoding="utf-8")


def join_lines(text: str) -> str:
    return " ".join(text.split())


def test_season_has_trailer_and_eight_episodes() -> None:
    assert [episode.number for episode in EPISODES] == [None, *range(1, TOTAL + 1)]


def test_folders_match_the_script_and_begin_with_their_number() -> None:
    assert [int(episode.folder.partition("-")[0]) for episode in EPISODES] == list(range(TOTAL + 1))
    folders = {path.name for path in EPISODES_FOLDER.iterdir() if re.match(r"\d", path.name)}
    assert folders == {episode.folder for episode in EPISODES}


def test_folders_contain_only_known_files() -> None:
    known = {"notes.md", "notes.txt", "artwork.jpg", "chapters.txt", "transcript.vtt"}
    for episode in EPISODES:
        assert {path.name for path in get_folder(episode).iterdir()} <= {*known, episode.audio}


def test_sample_is_small() -> None:
    files = [path for path in EPISODES_FOLDER.rglob("*") if path.is_file() and "public" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 3_000_000


def test_show_is_a_serial_of_eight_episodes() -> None:
    show = tomllib.loads((EPISODES_FOLDER / "show.toml").read_text(encoding="utf-8"))
    assert (show["title"], show["author"]) == (SHOW, AUTHOR)
    assert (show["type"], show["season"], show["episodes"], show["explicit"]) == ("serial", 1, TOTAL, False)
    assert "sample" in show["description"]
    assert "url" not in show["publish"]
    assert "owner" not in show


def test_readme_separates_facts_from_placeholders() -> None:
    readme = (EPISODES_FOLDER / "README.md").read_text(encoding="utf-8")
    assert "not that show" in readme
    for episode in EPISODES:
        assert f"`{episode.folder}`" in readme


@each_episode
def test_title_in_notes_matches_speech_and_tags(episode: SampleEpisode) -> None:
    lines = read_notes(episode).splitlines()
    assert f"title: {episode.title}" in lines or f"# {episode.title}" in lines


@each_episode
def test_spoken_lines_are_in_the_notes(episode: SampleEpisode) -> None:
    assert episode.sentence in join_lines(read_notes(episode))


def test_titles_are_unique_and_contain_no_numbers() -> None:
    titles = [episode.title for episode in EPISODES]
    assert len(set(titles)) == len(titles)
    assert not [title for title in titles if re.search(r"episode|#\d|^\d", title, re.IGNORECASE)]


@pytest.mark.parametrize("episode", PLACEHOLDERS, ids=[episode.folder for episode in PLACEHOLDERS])
def test_placeholder_is_marked_as_placeholder(episode: SampleEpisode) -> None:
    body = read_notes(episode).removeprefix("---").partition("---")[2] or read_notes(episode)
    assert "placeholder" in body
    assert "placeholder" in episode.title.lower()


@each_episode
def test_audio_is_short_and_mono(episode: SampleEpisode) -> None:
    audio = mutagen.File(get_folder(episode) / episode.audio)
    assert 8 < audio.info.length < 25
    assert audio.info.channels == 1


def test_audio_formats_are_one_wav_one_m4a_and_mp3() -> None:
    kinds = [type(mutagen.File(get_folder(episode) / episode.audio)).__name__ for episode in EPISODES]
    assert sorted(kinds) == sorted(["WAVE", "MP4", *["MP3"] * 7])


def test_wav_master_is_small_and_has_no_tags() -> None:
    [path] = EPISODES_FOLDER.rglob("*.wav")
    master = mutagen.File(path)
    assert (master.info.bits_per_sample, master.info.sample_rate, master.tags) == (16, 22050, None)
    assert path.stat().st_size <= 700_000


@each_episode
def test_audio_has_tags_except_masters(episode: SampleEpisode) -> None:
    if episode.audio.endswith(".wav"):
        return
    tags = mutagen.File(get_folder(episode) / episode.audio, easy=True).tags
    assert (tags["title"], tags["artist"], tags["album"]) == ([episode.title], [AUTHOR], [SHOW])
    assert tags.get("tracknumber") == ([f"{episode.number}/{TOTAL}"] if episode.number else None)


def test_artwork_meets_requirements_of_directories() -> None:
    path = EPISODES_FOLDER / "artwork.jpg"
    with Image.open(path) as artwork:
        assert (artwork.format, artwork.mode, artwork.size) == ("JPEG", "RGB", (3000, 3000))
    assert path.stat().st_size < 512_000


def test_one_episode_has_its_own_square_artwork() -> None:
    [path] = EPISODES_FOLDER.glob("*/artwork.jpg")
    with Image.open(path) as artwork:
        assert (artwork.format, artwork.mode, artwork.size) == ("JPEG", "RGB", (1500, 1500))


@pytest.mark.slow
def test_artwork_matches_the_script() -> None:
    with Image.open(EPISODES_FOLDER / "artwork.jpg") as artwork:
        committed = artwork.reduce(50).tobytes()
    drawn = draw_artwork(NAVY, "Season 1").reduce(50).tobytes()
    assert max(abs(one - other) for one, other in zip(committed, drawn, strict=True)) < 40


def test_timetable_has_one_lit_period_per_episode() -> None:
    cells = list(list_periods(PINE))
    assert len(cells) == 20
    assert sum(color != PINE.cell for _, color in cells) == sum(PLANNING_PERIODS) == TOTAL


def test_transcript_contains_spoken_lines() -> None:
    [path] = EPISODES_FOLDER.rglob("transcript.vtt")
    [episode] = [episode for episode in EPISODES if episode.transcript]
    assert path.parent.name == episode.folder
    header, *cues = path.read_text(encoding="utf-8").strip().split("\n\n")
    assert header == "WEBVTT"
    assert [cue.partition("\n")[2] for cue in cues] == list(episode.lines)


def test_chapters_begin_at_zero_and_before_the_end() -> None:
    [path] = EPISODES_FOLDER.rglob("chapters.txt")
    [episode] = [episode for episode in EPISODES if episode.chapters]
    assert path.parent.name == episode.folder
    rows = [line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines()]
    starts = [int(start[:2]) * 60 + int(start[3:]) for start, _ in rows]
    assert tuple(title for _, title in rows) == episode.chapters
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] < mutagen.File(get_folder(episode) / episode.audio).info.length


def test_join_adds_pauses_and_returns_times() -> None:
    clips = [AudioSegment.silent(duration=length, frame_rate=22050) for length in (1000, 2000)]
    speech, cues = join(clips, ["one", "two"])
    assert cues == [
        Cue(start=make_seconds(0.25), end=make_seconds(1.25), text="one"),
        Cue(start=make_seconds(1.6), end=make_seconds(3.6), text="two"),
    ]
    assert len(speech) == 3950


@pytest.mark.parametrize("audio", ["audio.mp3", "audio.m4a", "master.wav"])
def test_encode_follows_suffix_and_is_reproducible(audio: str, tmp_path: Path) -> None:
    speech = AudioSegment.silent(duration=500, frame_rate=22050)
    episode = SampleEpisode(folder="05-planning-time", number=5, title="A title", sentence="A line.", audio=audio)
    paths = [tmp_path / f"{name}{Path(audio).suffix}" for name in ("first", "second")]
    for path in paths:
        encode(speech, path)
        write_tags(episode, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert mutagen.File(paths[0]).info.length == pytest.approx(0.5, abs=0.1)


def test_render_transcript_writes_webvtt() -> None:
    cues = [
        Cue(start=make_seconds(0.25), end=make_seconds(1.5), text="one"),
        Cue(start=make_seconds(2), end=make_seconds(3), text="two"),
    ]
    assert render_transcript(cues) == (
        "WEBVTT\n\n00:00:00.250 --> 00:00:01.500\none\n\n00:00:02.000 --> 00:00:03.000\ntwo\n"
    )


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (make_seconds(0), "00:00:00.000"),
        (make_seconds(61.5), "00:01:01.500"),
        (make_seconds(3725.007), "01:02:05.007"),
    ],
    ids=["zero", "minutes", "hours"],
)
def test_vtt_time_has_milliseconds(moment: timedelta, text: str) -> None:
    assert format_vtt_time(moment) == text


def test_chapters_begin_at_previous_whole_second() -> None:
    assert render_chapters(["One", "Two"], [make_seconds(0.25), make_seconds(64.9)]) == "00:00 One\n01:04 Two\n"
