"""Create the audio and the artwork of the sample show: synthetic speech and drawn pictures.

Run `python tests/sample/make_sample.py [FOLDER]`; without a folder it renews the repository's `episodes/`. It
needs the program `espeak-ng` (`apt-get install espeak-ng`) in addition to podcastkit's libraries. It writes what a
machine can make (audio, artwork, a transcript, chapters); `show.toml`, the notes and README.md are written by hand.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imageio_ffmpeg
import mutagen
from PIL import Image, ImageDraw, ImageFont
from pydub import AudioSegment

from podcastkit.media.ffmpeg import run_ffmpeg
from podcastkit.media.measuring import measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHOW = "Reimagining the Alliance Educator"
AUTHOR = "Alliance College-Ready Public Schools"
TOTAL = 8
EPISODES_FOLDER = Path(__file__).resolve().parents[2] / "episodes"

VOICE = ("-v", "en-us", "-s", "172")
LEAD_IN = timedelta(milliseconds=250)
PAUSE = timedelta(milliseconds=350)
LOUDNESS = -16.0
"""The loudness in LUFS. LAME reduces it by half a decibel."""
LIMITER = "alimiter=limit=0.5:level=disabled"


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleEpisode:
    """An episode of the sample: the path of its audio, and the lines to speak after the opening."""

    folder: str
    title: str
    sentence: str
    number: int | None = None
    audio: str = "audio.mp3"
    chapters: tuple[str, ...] = ()
    """A chapter title for each spoken line. Empty for no chapters."""
    transcript: bool = False
    artwork: bool = False

    @property
    def announcement(self) -> str:
        """The opening line with the title."""
        name = "The trailer" if self.number is None else f"Episode {self.number}: {self.title}"
        return f"{name}."

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines to speak."""
        return (
            "This is a synthetic placeholder from the podcastkit sample.",
            self.announcement,
            self.sentence,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Cue:
    """A spoken line with its start and end."""

    start: timedelta
    end: timedelta
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Palette:
    """The colors of a picture in a form that Pillow reads."""

    ground: str
    cell: str
    planning: str
    accent: str
    label: str
    ink: str = "#fbf4e6"


EPISODES = (
    SampleEpisode(
        folder="00-trailer",
        title="Trailer (placeholder)",
        sentence="The season follows a schedule change that more than doubles teachers' planning time.",
    ),
    SampleEpisode(
        folder="01-heading",
        number=1,
        title="Placeholder with a heading for its title",
        sentence="The real episode is not part of this sample.",
    ),
    SampleEpisode(
        folder="02-plain-text",
        number=2,
        title="Placeholder with notes in plain text",
        sentence="The real episode is not part of this sample.",
    ),
    SampleEpisode(
        folder="03-wav-master",
        number=3,
        title="Placeholder made from a WAV master",
        sentence="The real episode is not part of this sample.",
        audio="master.wav",
    ),
    SampleEpisode(
        folder="04-m4a",
        number=4,
        title="Placeholder in an M4A file",
        sentence="The real episode is not part of this sample.",
        audio="audio.m4a",
    ),
    SampleEpisode(
        folder="05-planning-time",
        number=5,
        title=(
            "Expanded teacher planning time creates opportunities for added scholar enrichment and "
            "intervention programs"
        ),
        sentence="At Valera Middle Academy there are electives in art, STEM, health and robotics.",
        transcript=True,
    ),
    SampleEpisode(
        folder="06-own-artwork",
        number=6,
        title="Placeholder with artwork of its own",
        sentence="The real episode is not part of this sample.",
        artwork=True,
    ),
    SampleEpisode(
        folder="07-summary",
        number=7,
        title="Placeholder with a summary",
        sentence="The real episode is not part of this sample.",
    ),
    SampleEpisode(
        folder="08-you-are-a-college-student",
        number=8,
        title="You ARE A College Student",
        sentence="At Dr. Olga Mohan High School, scholars enroll in college classes with L.A. Trade Tech.",
        chapters=("About this sample", "The season finale", "High school and college at once"),
    ),
)

NAVY = Palette(ground="#10243f", cell="#1d3a5f", planning="#f6b93b", accent="#f26b4e", label="#8fa9c9")
PINE = Palette(ground="#0f3433", cell="#1b4d4a", planning="#f6b93b", accent="#f26b4e", label="#8dbab3")

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri")
PERIODS = 4
PLANNING_PERIODS = (1, 2, 1, 3, 1)
"""The planning periods of each weekday: one per episode, in the shape of a level meter."""
ACCENT_PERIOD = (3, 2)
SIDE = 3000
SCALE = 2
"""Pictures are drawn larger by this factor and then reduced, because Pillow draws corners without smooth edges."""
MARGIN = 210


def make_show(folder: Path) -> None:
    """Write the audio, the artwork, the transcript and the chapters of all episodes below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    save_picture(draw_artwork(NAVY, "Season 1"), folder / "artwork.jpg")
    for episode in EPISODES:
        make_episode(episode, folder / episode.folder)


def make_episode(episode: SampleEpisode, folder: Path) -> None:
    """Write the files of one episode. Raise FileNotFoundError without espeak-ng."""
    folder.mkdir(exist_ok=True)
    speech, cues = join([speak(line) for line in episode.lines], episode.lines)
    encode(level(speech), folder / episode.audio)
    write_tags(episode, folder / episode.audio)
    if episode.transcript:
        (folder / "transcript.vtt").write_text(render_transcript(cues), encoding="utf-8")
    if episode.chapters:
        text = render_chapters(episode.chapters, [cue.start for cue in cues])
        (folder / "chapters.txt").write_text(text, encoding="utf-8")
    if episode.artwork:
        picture = draw_artwork(PINE, f"Episode {episode.number}")
        save_picture(picture.resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS), folder / "artwork.jpg")


def speak(line: str) -> AudioSegment:
    """Return the line spoken by espeak-ng: mono, 16 bit, 22.05 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "line.wav")
        spoken = line.replace("podcastkit", "podcast kit")
        subprocess.run(["espeak-ng", *VOICE, "-w", str(path), spoken], check=True)
        return AudioSegment.from_wav(path)


def join(clips: Sequence[AudioSegment], texts: Sequence[str]) -> tuple[AudioSegment, list[Cue]]:
    """Join the clips with short pauses, and return them with the times of each clip."""
    speech = silence(LEAD_IN)
    cues = []
    for clip, text in zip(clips, texts, strict=True):
        start = measure_length(speech)
        speech += clip.fade_in(10).fade_out(40)
        cues.append(Cue(start=start, end=measure_length(speech), text=text))
        speech += silence(PAUSE)
    return speech, cues


def level(speech: AudioSegment) -> AudioSegment:
    """Adjust the speech to Apple's loudness, with its peaks limited to avoid clipping."""
    with tempfile.TemporaryDirectory() as folder:
        spoken, limited = Path(folder, "spoken.wav"), Path(folder, "held.wav")
        speech.export(spoken, format="wav").close()
        run_ffmpeg(["-f", "wav", "-i", f"file:{spoken}", "-af", LIMITER, "-f", "wav", f"file:{limited}"])
        gain = LOUDNESS - (measure(limited).loudness or LOUDNESS)
        return AudioSegment.from_wav(limited).apply_gain(gain)


def silence(duration: timedelta) -> AudioSegment:
    """Return silence in the format of espeak-ng."""
    return AudioSegment.silent(duration=duration // timedelta(milliseconds=1), frame_rate=22050)


def measure_length(segment: AudioSegment) -> timedelta:
    """Return the length of a segment in whole milliseconds."""
    return timedelta(milliseconds=len(segment))


def encode(speech: AudioSegment, path: Path) -> None:
    """Write the speech in the format of the suffix: an unchanged WAV, or 64 kbit/s and 44.1 kHz."""
    if path.suffix == ".wav":
        speech.export(path, format="wav").close()
        return
    # pydub searches the PATH, where the bundled ffmpeg is not.
    AudioSegment.converter = imageio_ffmpeg.get_ffmpeg_exe()
    # Without these options, the file contains the version of ffmpeg and differs with each release.
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    container = {".mp3": "mp3", ".m4a": "ipod"}[path.suffix]
    speech.export(path, format=container, bitrate="64k", parameters=["-ar", "44100", *exact]).close()


def write_tags(episode: SampleEpisode, path: Path) -> None:
    """Write title, artist, album and track to the file, except to a WAV, because masters have no tags."""
    if path.suffix == ".wav":
        return
    audio: Any = mutagen.File(path, easy=True)  # Any: mutagen's files have no types
    if audio.tags is None:
        audio.add_tags()
    audio.update({"title": episode.title, "artist": AUTHOR, "album": SHOW})
    if episode.number is not None:
        audio["tracknumber"] = f"{episode.number}/{TOTAL}"
    audio.save()


def render_transcript(cues: Sequence[Cue]) -> str:
    """Format the cues as WebVTT."""
    blocks = [f"{format_vtt_time(cue.start)} --> {format_vtt_time(cue.end)}\n{cue.text}" for cue in cues]
    return "\n\n".join(["WEBVTT", *blocks]) + "\n"


def format_vtt_time(moment: timedelta) -> str:
    """Format a moment for WebVTT: `00:00:04.250`."""
    seconds, milliseconds = divmod(moment // timedelta(milliseconds=1), 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{milliseconds:03d}"


def render_chapters(titles: Sequence[str], starts: Sequence[timedelta]) -> str:
    """Format chapters as `00:00 Title`. Each start is rounded down, so that no word is cut."""
    seconds = [math.floor(start.total_seconds()) for start in starts]
    lines = [f"{start // 60:02d}:{start % 60:02d} {title}" for start, title in zip(seconds, titles, strict=True)]
    return "\n".join(lines) + "\n"


def draw_artwork(palette: Palette, caption: str) -> Image.Image:
    """Draw the square picture of the show: the title above a school week with lit planning periods."""
    side = SIDE * SCALE
    picture = Image.new("RGB", (side, side), palette.ground)
    draw = ImageDraw.Draw(picture)
    for box, color in list_periods(palette):
        draw.rounded_rectangle([edge * SCALE for edge in box], radius=44 * SCALE, fill=color)
    for number, line in enumerate(("Reimagining", "the Alliance", "Educator")):
        draw_text(picture, (MARGIN, 565 + 456 * number), line, size=447, weight=0.022, fill=palette.ink)
    for day, name in enumerate(WEEK):
        draw_text(picture, (find_column(day), 1738), name, size=118, weight=0.012, fill=palette.label)
    small = partial(draw_text, picture, size=92, weight=0.01, fill=palette.label)
    small((MARGIN, 2840), "A podcastkit sample")
    small((SIDE - MARGIN, 2840), caption, right=True)
    return picture.reduce(SCALE)


def list_periods(palette: Palette) -> Iterator[tuple[tuple[float, float, float, float], str]]:
    """Yield the box and the color of each period of the week, the last period at the top."""
    for day, planning in enumerate(PLANNING_PERIODS):
        for period in range(PERIODS):
            left, bottom = find_column(day), 2670 - period * 230.5
            color = palette.planning if period < planning else palette.cell
            color = palette.accent if (day, period) == ACCENT_PERIOD else color
            yield (left, bottom - 178.5, left + 474.4, bottom), color


def draw_text(
    picture: Image.Image,
    position: tuple[float, float],
    text: str,
    *,
    size: float,
    weight: float,
    fill: str,
    right: bool = False,
) -> None:
    """Draw a text whose visible part begins (or ends) at the position on the baseline.

    The font is Pillow's built-in Aileron, which has one weight: a stroke of `weight` ems makes it bolder, and the
    spacing of the letters grows by the same amount.
    """
    em = size * SCALE
    font, stroke = ImageFont.load_default(em), weight * em
    strip = Image.new("L", (picture.width, round(2 * em)))
    baseline = round(1.4 * em)
    draw = ImageDraw.Draw(strip)
    for place, letter in enumerate(text):
        x = em / 4 + font.getlength(text[:place]) + place * stroke
        draw.text((x, baseline), letter, font=font, fill=255, stroke_width=stroke, stroke_fill=255, anchor="ls")
    left, _, end, _ = strip.getbbox() or (0, 0, 0, 0)
    x, y = (round(coordinate * SCALE) for coordinate in position)
    picture.paste(fill, (x - (end if right else left), y - baseline), strip)


def find_column(day: int) -> float:
    """Return the left edge of the column of a day."""
    return MARGIN + day * 526.4


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write the picture as a JPEG that preserves flat colors."""
    picture.save(path, dpi=(72, 72), quality=84, subsampling=0, optimize=True, progressive=True)


if __name__ == "__main__":
    make_show(Path(sys.argv[1]) if len(sys.argv) > 1 else EPISODES_FOLDER)
