"""Test each rule with a show that breaks it, and with one that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.checks import check_show, compute_verdicts
from podcastkit.checks.rule import CATALOG, DIRECTORIES, Scope
from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.model import (
    Alternate,
    AudioSettings,
    Block,
    Category,
    Chapter,
    Document,
    EpisodeType,
    Measurement,
    Owner,
    Person,
    Picture,
    PublishSettings,
    Records,
    ShowType,
    Soundbite,
    Text,
    Txt,
    Withdrawal,
)
from podcastkit.text.notes.convert import join_texts
from tests import values
from tests.values import NOW, make_audio, make_clip, make_file, make_media, make_record, make_show, messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.model import Artwork, Audio, Episode, Media, Show

TRANSCRIPT = Document(body=b"WEBVTT\n", suffix=".vtt", content_type="text/vtt")
FREQUENT = {"S117", "S136", "T103"}
"""Findings in most shows of these tests, which have no trailer, no transcripts or no episodes."""


def make_episode(folder: str = "05-planning-time", **changes: Any) -> Episode:
    """Return an episode with its own audio."""
    digest = sha256(folder.encode()).hexdigest()
    return values.make_episode(folder, **{"master": make_file(sha256=digest), **changes})


GOOD = make_show(
    make_episode("00-trailer", type=EpisodeType.TRAILER, number=None, season=None),
    make_episode("01-one", number=1, transcripts=(TRANSCRIPT,)),
    make_episode("02-two", number=2, transcripts=(TRANSCRIPT,)),
)


def make_artwork(width: int, height: int) -> Artwork:
    assert GOOD.artwork
    return replace(GOOD.artwork, width=width, height=height)


AI_CONTENT = Txt(value="true", purpose="ai-content")


def make_soundbite(start: float, duration: float) -> Soundbite:
    return Soundbite(start=timedelta(seconds=start), duration=timedelta(seconds=duration))


def make_text(text: str) -> Text:
    return Text(html=f"<p>{text}</p>", plain=text)


def make_chapters(*starts: float, titles: Sequence[str] = "ABCDEFGH", **more: Any) -> tuple[Chapter, ...]:
    """Return chapters with these starts in seconds. `more` sets fields of the last one."""
    rows = zip(starts, titles, strict=False)
    chapter_list = [Chapter(start=timedelta(seconds=start), title=title) for start, title in rows]
    return (*chapter_list[:-1], replace(chapter_list[-1], **more))


def make_show_with_chapters(*chapter_list: Chapter, **changes: Any) -> Show:
    places = range(len(chapter_list))
    where = {f"chapters[{place}]": Location(file="05/chapters.txt", line=place + 1) for place in places}
    return make_show(make_episode(number=1, chapters=chapter_list, locations=where, **changes))


def make_episode_with_transcript(until: int) -> Episode:
    """Return an episode of 25 minutes with a transcript that ends after `until` minutes."""
    document = Document(
        body=b"", suffix=".vtt", content_type="text/vtt", source="01-a/transcript.vtt", end=timedelta(minutes=until)
    )
    return make_episode("01-a", number=1, audio=make_audio(), transcripts=(document,))


def make_artwork_file(name: str = "artwork.jpg", size: int = 1000, **changes: Any) -> Artwork:
    file = replace(make_file(name), size=size)
    return replace(make_artwork(3000, 3000), **{"file": file, **changes})


def make_date(number: int) -> datetime:
    """Return a day of November 2024. Day 1 is today."""
    return NOW + timedelta(days=number - 1)


def make_show_with_audio(*files: Audio, **changes: Any) -> Show:
    """Return a show with an episode for each audio, numbered from 1."""
    numbered = enumerate(files, 1)
    return make_show(
        *(make_episode(f"{number:02}", number=number, audio=audio) for number, audio in numbered), **changes
    )


def make_transcript(body: str, suffix: str = ".vtt") -> Document:
    source = f"05-planning-time/transcript{suffix}"
    return Document(body=body.encode(), suffix=suffix, content_type="text/vtt", source=source)


def make_show_with_title(title: str, number: int | None = 5, **changes: Any) -> Show:
    return make_show(make_episode(title=title, number=number), **changes)


MONO, STEREO = make_audio(channels=1, bitrate=96_000), make_audio()
WAV = make_audio(format="wav", codec="pcm", bitrate=1_411_000)
TRAILER = EpisodeType.TRAILER

MINUTES = timedelta(minutes=1)
GOOD_MEASUREMENT = Measurement(duration=MINUTES * 25, loudness=-16.0, loudness_range=5.0, true_peak=-1.0)


def make_episode_with_loudness(folder: str = "01-one", loudness: float = -16.0, **changes: Any) -> Episode:
    """Return an episode with measured audio, and with the number at the start of its folder name."""
    return make_episode(
        folder,
        **{"number": int(folder[:2]), "measurement": replace(GOOD_MEASUREMENT, loudness=loudness), **changes},
    )


def make_show_with_measurement(of: Audio | None = None, **changes: Any) -> Show:
    """Return a show with one episode whose measurement has these changes."""
    return make_show(
        make_episode_with_loudness(audio=of or make_audio(), measurement=replace(GOOD_MEASUREMENT, **changes))
    )


def make_silences(*spans: tuple[float, float]) -> tuple[tuple[timedelta, timedelta], ...]:
    return tuple((timedelta(seconds=start), timedelta(seconds=end)) for start, end in spans)


def make_show_with_clips(crossfade: float, **changes: Any) -> Show:
    """Return a show with one master, an intro of ten seconds or other clips, and a crossfade."""
    clips = {"intro": make_clip("intro.wav", 10)} | changes
    settings = AudioSettings(crossfade=timedelta(seconds=crossfade))
    return make_show(make_episode(number=1, audio=WAV, **clips), audio=settings)


FINDINGS: dict[str, tuple[Show, str]] = {
    "S101": (make_show(artwork=None), "no artwork"),
    "S102": (make_show(owner=Owner(name="Harbour Radio")), "e-mail"),
    "S103": (make_show(title="x" * 256), "title has 256 characters"),
    "S104": (make_show(description=make_text("é" * 2001)), "4,009 bytes"),
    "S105": (make_show(guid="1234"), "1234"),
    "S107": (
        make_show(categories=tuple(Category(name=name) for name in ("Arts", "News", "Fiction"))),
        "3 categories",
    ),
    "I101": (make_show(artwork=make_artwork(3000, 2000)), "3000 × 2000"),
    "I102": (make_show(make_episode(artwork=make_artwork(600, 600), number=1)), "600 × 600"),
    "E101": (make_show(make_episode("planning-time", number=None)), "1 is free"),
    "E102": (make_show(make_episode("01-a", number=1), make_episode("1-b", number=1)), "1-b"),
    "E103": (
        make_show(make_episode("01-a", number=1), make_episode("04-d", number=4)),
        "season 1 lacks numbers 2 and 3",
    ),
    "E104": (make_show(make_episode("01-a", number=9), total_episodes=8), "number 9"),
    "E107": (make_show(make_episode(title="x" * 10_000, number=1)), "10,000 characters"),
    "E111": (make_show(make_episode(number=1, date=NOW + timedelta(days=1))), "Sat 2 Nov 12:00"),
    "E112": (
        make_show(
            make_episode("01", number=1, date=make_date(1)), make_episode("02", number=2, date=make_date(-7))
        ),
        "number 2 is released before number 1 (Thu 24 Oct 12:00 and Fri 1 Nov 12:00)",
    ),
    "E113": (
        make_show(
            make_episode("00", type=TRAILER, number=None),
            make_episode("01", number=1, date=NOW - timedelta(days=1)),
        ),
        "the trailer is released after 01 (at the next publish and Thu 31 Oct 12:00)",
    ),
    "E114": (make_show_with_title("Planning (Ep. 6)"), "the title contains “Ep. 6”, but the episode has number 5"),
    "E115": (make_show_with_title("x" * 151), "151 characters"),
    "E145": (make_show_with_title(""), "the episode has no title"),
    "E146": (make_show_with_title("Tom &amp;amp; Jerry"), 'apps show &amp; in "Tom &amp;amp; Jerry"'),
    "E148": (
        make_show(make_episode(number=1, date=make_date(1) + timedelta(days=365 * 25))),
        "25 years in the future",
    ),
    "E116": (
        make_show(make_episode(number=1, people=(Person(name="Ana Ruiz and Ben Ode"),))),
        "Ana Ruiz and Ben Ode",
    ),
    "E117": (
        make_show(make_episode("01", number=1, guid="g"), make_episode("02", number=2, guid="g")),
        "also used by 02",
    ),
    "E130": (make_show(make_episode(type=EpisodeType.TRAILER, number=None, title="x" * 129)), "129 characters"),
    "E140": (make_show(make_episode(number=1, txt=(AI_CONTENT,))), "notes do not mention AI"),
    "E141": (
        make_show(make_episode(number=1, soundbites=(make_soundbite(1490.5, 30),))),
        "ends at 25:20.5, but the audio ends at 25:00",
    ),
    "E142": (make_show(make_episode(number=1, soundbites=(make_soundbite(0, 14.5),))), "14.5 seconds"),
    "E143": (make_show(make_episode(number=1, block=Block(services=("google",)))), "for all services"),
    "E144": (make_show(make_episode(type=EpisodeType.BONUS, number=None, number_display="Ten")), "leaves both out"),
    "S113": (make_show(ignore=("A101", "A999")), "no rule A999"),
    "S130": (make_show(make_episode(number=1, date=NOW), total_episodes=1), "only episode is released"),
    "S131": (
        make_show(make_episode(number=1, date=NOW), total_episodes=2, complete=True),
        "1 of 2 episodes are released",
    ),
    "S132": (make_show(locked=True, new_feed_url="https://example.org/feed.xml"), "locked"),
    "S140": (make_show(txt=(AI_CONTENT,)), "description does not mention AI"),
    "S114": (make_show(title="Night Shift Season 1"), "“Season 1”"),
    "S115": (
        make_show(make_episode(number=1), total_episodes=3),
        "episodes 2 and 3 of 3, including the finale",
    ),
    "S116": (
        make_show(
            make_episode("a", number=None), make_episode("b", number=None), total_episodes=1, type=ShowType.EPISODIC
        ),
        "2 full episodes, but show.toml has episodes = 1",
    ),
    "S117": (make_show(make_episode(number=1)), "no trailer"),
    "S118": (make_show(title="x" * 151), "151 characters"),
    "S146": (make_show(author="Tom &amp; Jerry"), 'apps show &amp; in "Tom &amp; Jerry"'),
    "S119": (make_show_with_audio(WAV, audio=AudioSettings(bitrate=64)), "encodes stereo audio with 64 kbit/s"),
    "S133": (make_show_with_audio(STEREO, MONO, STEREO), "mono and stereo: 02: mono and 2 others: stereo"),
    "S134": (
        make_show_with_audio(make_audio(sample_rate=48_000), STEREO, WAV),
        "01: 48 kHz and 2 others: 44.1 kHz",
    ),
    "S135": (make_show(people=(Person(name="Ana Ruiz, Ben Ode"),)), "but contains 2 names"),
    "S136": (make_show(), "no episodes yet"),
    "S142": (
        make_show_with_clips(3, outro=make_clip("goodbye.wav", 2)),
        "3 s long, but the outro goodbye.wav is only 2 s long",
    ),
    "S143": (make_show_with_clips(751), "the crossfade is 12:31 long, which is more than half of the episode"),
    "S144": (
        make_show_with_clips(0, outro=make_clip("all.wav", 9, "a" * 64), master=make_file()),
        "outro all.wav is identical to an audio file of 05-planning-time",
    ),
    "S145": (make_show_with_clips(0, intro=make_clip("intro.wav", 121)), "the intro intro.wav is 2:01 long"),
    "S160": (
        make_show(make_episode(number=1), records=Records(translated=(("es", "g"),))),
        "feed.es.xml, if it still exists, stays",
    ),
    "N201": (make_show(make_episode(notes=Text(html="", plain=""), number=1)), "no show notes"),
    "C003": (
        make_show_with_chapters(*make_chapters(0, 600, 300)),
        "“C” does not begin after “B”, the chapter above it",
    ),
    "C101": (make_show_with_chapters(*make_chapters(5, 300, 600)), "“A”, does not begin at 00:00"),
    "C102": (
        make_show_with_chapters(*make_chapters(0, 300, 1500)),
        "“C” begins after the end of the audio (25:00)",
    ),
    "C103": (make_show_with_chapters(*make_chapters(0, 300)), "are two chapters"),
    "C104": (make_show_with_chapters(*make_chapters(0, 300, 600, title=None)), "the chapter at 10:00 has no title"),
    "C105": (make_show_with_chapters(*make_chapters(0, 300, 600, title="x" * 40)), "has 40 characters"),
    "C106": (make_show_with_chapters(*make_chapters(0, 300, 329)), "less than 30 seconds"),
    "C110": (
        make_show_with_clips(2, notes=make_text("00:00 Welcome\n00:30 The crane\n01:00 The end")),
        "everything is 8.0 s later",
    ),
    "N110": (make_show(make_episode(notes=make_text("We plan. " * 500), number=1)), "4,507 bytes"),
    "N111": (make_show(make_episode(summary="é" * 2001, number=1)), "4,002 bytes"),
    "N112": (make_show(make_episode(notes=make_text("We plan. " * 556), number=1)), "5,004 characters"),
    "N113": (make_show(make_episode(notes=make_text("Work -> rest"), number=1)), "the notes contain “->”"),
    "N014": (make_show(make_episode(notes=make_text("Don&#8217;t"), number=1)), "listeners see &#8217; literally"),
    "S154": (make_show(description=make_text("Tom &amp; Jerry")), "listeners see &amp; literally"),
    "N114": (
        make_show(
            make_episode(notes=Text(html='<a href="http://example.org/?a&amp;b">x</a>', plain="x"), number=1)
        ),
        "http://example.org/?a&b is not encrypted",
    ),
    "T015": (
        make_show(make_episode(number=1, transcripts=(make_transcript("don&#39;t", ".srt"),))),
        "apps show &#39; literally",
    ),
    "T103": (make_show(make_episode("01-a", number=1)), "no transcript of 01-a"),
    "T104": (
        make_show(make_episode(number=1, transcripts=(make_transcript("Hello", ".txt"),))),
        "the transcripts have no times",
    ),
    "T105": (
        make_show(
            make_episode(number=1, transcripts=(make_transcript(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{'x' * 66}"),))
        ),
        "one line takes more than 65 columns",
    ),
    "T101": (make_show(make_episode_with_transcript(until=26)), "until 0:26:00, but the audio ends at 0:25:00"),
    "T102": (
        make_show(make_episode_with_transcript(until=12)),
        "ends at 0:12:00, but the audio continues until 0:25:00",
    ),
    "A101": (make_show(make_episode(audio=None, media=None, number=1)), "no audio"),
    "A102": (make_show(make_episode(audio=make_audio(format="opus"), number=1)), "opus"),
    "A112": (
        make_show(
            make_episode("01", number=1, master=make_file()), make_episode("02", number=2, master=make_file())
        ),
        "the audio is identical to an audio file of 01",
    ),
    "A113": (
        make_show_with_audio(make_audio(bitrate=96_000)),
        "96 kbit/s in stereo at 44.1 kHz, but Apple asks for 128 to 256",
    ),
    "A114": (make_show_with_audio(make_audio(sample_rate=32_000)), "the sample rate is 32 kHz"),
    "A120": (
        make_show_with_audio(make_audio(shown=MINUTES * 12)),
        "players may show a duration of 12:00, but the audio is 25:00 long",
    ),
    "A130": (make_show_with_audio(make_audio(damaged_tags=("its ID3 tag is damaged",))), "its ID3 tag is damaged"),
    "A131": (
        make_show_with_audio(make_audio(unread_texts=("its title cannot be decoded",))),
        "its title cannot be decoded",
    ),
    "C111": (
        make_show_with_audio(make_audio(unread_chapters=("a chapter cannot be read",))),
        "a chapter cannot be read",
    ),
    "A121": (make_show_with_audio(make_audio(gaps=(MINUTES * 3,))), "data that is not audio at 3:00"),
    "A110": (make_show(make_episode(alternates=(Alternate(file="es.mp3"),), number=1)), "no audio file es.mp3"),
    "I105": (
        make_show(artwork=make_artwork_file(mode="CMYK")),
        "in print colors (CMYK): podcastkit publishes an RGB JPEG copy",
    ),
    "I106": (
        make_show(make_episode(artwork=make_artwork_file(mode="RGBA", has_alpha=True), number=1)),
        "has transparent areas",
    ),
    "I107": (
        make_show(artwork=make_artwork_file(format="PNG")),
        "artwork.jpg is a PNG image; podcastkit publishes it with the extension .png",
    ),
    "I108": (make_show(make_episode(artwork=make_artwork_file("a.png"), number=1)), "a.png is a JPEG"),
    "I109": (make_show(artwork=make_artwork_file(size=600 * 1024)), "614.4 kB"),
    "I113": (make_show(make_episode(artwork=make_artwork_file(size=600 * 1024), number=1)), "614.4 kB"),
    "A202": (make_show_with_measurement(errors=3, of=make_audio(format="flac")), "damaged and cannot be decoded"),
    "A203": (make_show_with_measurement(duration=MINUTES * 24), "a duration of 25:00, but its audio is 24:00 long"),
    "A204": (
        make_show_with_measurement(loudness=-20.2),
        "4.2 LU quieter than -16 LUFS: its loudness is -20.2 LUFS",
    ),
    "A205": (make_show_with_measurement(true_peak=-0.9), "true peak is -0.9 dBTP"),
    "A206": (make_show_with_measurement(clipped=1234), "clipped at 1,234 samples"),
    "A207": (
        make_show_with_measurement(silences=make_silences((0, 3.2), (30, 31))),
        "begins with 3.2 s of silence",
    ),
    "A208": (
        make_show_with_measurement(silences=make_silences((30, 31), (1490, 1500))),
        "ends with 10.0 s of silence",
    ),
    "A209": (
        make_show_with_measurement(silences=make_silences((0, 1), (61, 71), (90, 140))),
        "silent for 10.0 s at 1:01 (and 1 more)",
    ),
    "A210": (
        make_show_with_measurement(loudness=None, true_peak=None, silences=make_silences((0, 1500))),
        "only silence",
    ),
    "A211": (
        make_show(
            make_episode_with_loudness("01-one", -17.1),
            make_episode_with_loudness("02-two", -15.0),
            make_episode_with_loudness("03-three", -16),
        ),
        "season 1 are not equally loud: 02-two (-15.0 LUFS) is 2.1 LU louder than 01-one (-17.1 LUFS)",
    ),
    "A115": (
        make_show_with_audio(STEREO, audio=AudioSettings(always=True)),
        "already an MP3, but is encoded again",
    ),
    "A116": (
        make_show_with_audio(STEREO, audio=AudioSettings(intro="intro.wav", outro="outro.wav")),
        "the audio is an MP3 that is published unchanged, without the intro and outro",
    ),
    "A212": (
        make_show_with_measurement(of=WAV, loudness=-36.1, true_peak=-25.0),
        "raises the audio and its noise by 20.1 dB",
    ),
    "A213": (
        make_show_with_measurement(of=WAV, loudness=-26.0, true_peak=-1.9),
        "at -16 LUFS, the peaks are 9.1 dB too high",
    ),
    "A214": (make_show_with_measurement(true_peak=-3.0, mixed_peak=-40.0), "in mono, almost nothing is left"),
    "I111": (make_show(images=(Picture(artwork=make_artwork(600, 200)),)), "artwork.jpg has no alt"),
    "I112": (
        make_show(make_episode(images=(Picture(artwork=make_artwork(600, 200)),), number=1)),
        "artwork.jpg has no alt",
    ),
}


def test_every_rule_has_an_example() -> None:
    assert {code for code, rule in CATALOG.items() if rule.scope in {Scope.SHOW, Scope.EPISODE}} == set(FINDINGS)


@pytest.mark.parametrize("code", FINDINGS)
def test_rule_reports_its_example_with_a_hint(code: str) -> None:
    show, words = FINDINGS[code]
    found = [finding for finding in check_show(show).findings if finding.code == code]
    assert found
    assert words in found[0].message
    assert found[0].hint


def test_good_show_has_no_findings() -> None:
    assert [finding.code for finding in check_show(GOOD).findings] == []


def find_in_show(show: Show) -> list[Diagnostic]:
    return [finding for finding in check_show(show).findings if finding.code not in FREQUENT]


def list_codes(show: Show) -> list[str]:
    return [finding.code for finding in find_in_show(show)]


def test_empty_description_is_reported_only_if_it_is_set() -> None:
    empty = make_show(description=make_text(""), locations={"description": Location(file="show.toml", line=3)})
    assert [finding.message for finding in check_show(empty).findings if finding.code == "S104"] == [
        "the description is empty"
    ]
    assert "S104" not in list_codes(make_show(description=make_text("")))


def test_long_description_is_only_a_warning() -> None:
    assert (
        compute_verdicts(check_show(make_show(description=make_text("We plan. " * 500))).findings)["psp1"] == "pass"
    )
    (found,) = [
        f for f in check_show(make_show(description=make_text("We plan. " * 500))).findings if f.code == "S104"
    ]
    assert found.severity is Severity.WARNING
    assert "“We plan. We plan. We plan. …”" in found.message


@pytest.mark.parametrize(("size", "found"), [(4000, False), (4001, True)])
def test_size_of_notes_is_in_bytes_with_tags(size: int, found: bool) -> None:
    letters, rest = divmod(size - len("<p></p>"), 2)
    show = make_show(make_episode(notes=make_text("é" * letters + "a" * rest), number=1))
    assert ("N110" in list_codes(show)) is found


def test_footer_without_notes_is_reported() -> None:
    footer, nothing = make_text("By us"), Text(html="", plain="")
    assert "N201" in list_codes(make_show(make_episode(notes=join_texts(nothing, footer), number=1)))
    assert "N201" not in list_codes(
        make_show(make_episode(notes=join_texts(make_text("We plan."), footer), number=1))
    )


def test_free_number_is_the_lowest_of_the_season() -> None:
    show = make_show(
        make_episode("01-a", number=1), make_episode("b", number=None), make_episode("s2e02", number=2, season=2)
    )
    (finding,) = [finding for finding in check_show(show).findings if finding.code == "E101"]
    assert "2 is free" in finding.message
    assert finding.hint
    assert "02-b" in finding.hint


def test_reason_for_a_refused_number_is_reported() -> None:
    show = make_show(make_episode("05-2024-09-05", number=None, number_refused="“2024-09-05” looks like a date"))
    assert "looks like a date" in messages(show, "E101")[0]


@pytest.mark.parametrize("kind", [EpisodeType.TRAILER, EpisodeType.BONUS])
def test_trailers_and_bonuses_need_no_unique_number(kind: EpisodeType) -> None:
    show = make_show(
        make_episode("01-a", number=1), make_episode("x", type=kind, number=None), make_episode("y", type=kind)
    )
    assert list_codes(show) == []


def test_episodic_show_needs_no_numbers() -> None:
    assert list_codes(make_show(make_episode(number=None), type=ShowType.EPISODIC)) == []


def test_transcript_with_open_end_is_not_reported() -> None:
    episode = make_episode_with_transcript(until=0)
    (document,) = episode.transcripts
    assert list_codes(make_show(episode)) == ["T102"]
    assert list_codes(make_show(replace(episode, transcripts=(replace(document, is_open=True),)))) == []


def test_transcript_is_compared_only_with_known_audio() -> None:
    episode = replace(make_episode_with_transcript(until=99), audio=None, media=make_media(), has_broken_audio=True)
    assert list_codes(make_show(episode)) == []
    (document,) = episode.transcripts
    for untimed in (replace(document, end=None), replace(document, source=None)):
        assert list_codes(make_show(replace(make_episode_with_transcript(until=99), transcripts=(untimed,)))) == []


def test_draft_may_have_the_number_of_another_episode() -> None:
    assert "E102" not in list_codes(
        make_show(make_episode("01-a", number=1), make_episode("01-b", number=1, draft=True))
    )


def test_total_episodes_applies_to_one_season() -> None:
    show = make_show(make_episode("s2e09", number=9, season=2), total_episodes=8)
    assert "E104" not in list_codes(show)


def test_number_gaps_are_found_by_season() -> None:
    show = make_show(
        make_episode("01", number=1),
        make_episode("s2e01", number=1, season=2),
        make_episode("s2e03", number=3, season=2),
    )
    assert [finding.message for finding in find_in_show(show)] == ["season 2 lacks number 2"]


def test_number_of_a_withdrawn_episode_is_not_a_gap() -> None:
    gone = Withdrawal(guid="gone", at=NOW, number=2, season=1)
    show = make_show(make_episode("01", number=1), make_episode("03", number=3), withdrawn=(gone,))
    assert "E103" not in list_codes(show)
    assert "E103" in list_codes(replace(show, withdrawn=(replace(gone, season=2),)))


def test_published_audio_without_file_is_only_an_info() -> None:
    (finding,) = find_in_show(make_show(make_episode(audio=None, media=make_media(), number=1)))
    assert (finding.code, finding.severity) == ("A101", Severity.INFO)


@pytest.mark.parametrize("changes", [{"draft": True}, {"withdrawn": NOW}], ids=["draft", "withdrawn"])
def test_draft_or_withdrawn_episode_without_audio_is_only_an_info(changes: dict[str, Any]) -> None:
    (finding,) = find_in_show(make_show(make_episode(audio=None, media=None, number=1, **changes)))
    assert (finding.code, finding.severity) == ("A101", Severity.INFO)


@pytest.mark.parametrize("media", [None, make_media()], ids=["new", "published"])
def test_broken_audio_has_no_second_finding(media: Media | None) -> None:
    assert list_codes(make_show(make_episode(audio=None, media=media, has_broken_audio=True, number=1))) == []


HERE = Location(file="05/notes.md", line=4)


def test_published_alternate_without_file_is_only_an_info() -> None:
    gone = Alternate(file="es.mp3", media=make_media(), location=HERE)
    (finding,) = find_in_show(make_show(make_episode(alternates=(gone,), number=1)))
    assert (finding.code, finding.severity, finding.location) == ("A110", Severity.INFO, HERE)


def test_alternate_that_apple_refuses_is_reported_at_its_line() -> None:
    opus = Alternate(file="es.opus", audio=make_audio(format="opus"), master=make_file(), location=HERE)
    (finding,) = find_in_show(make_show(make_episode(alternates=(opus,), number=1)))
    assert (finding.code, finding.location) == ("A102", HERE)


def test_unreadable_artwork_has_no_second_finding() -> None:
    assert list_codes(make_show(artwork=None, locations={"artwork": Location(file="show.toml", line=2)})) == []


def test_future_draft_has_no_finding_about_its_release() -> None:
    assert list_codes(make_show(make_episode(number=1, date=NOW + timedelta(days=1), draft=True))) == []


def test_finding_is_located_at_the_value_or_the_file() -> None:
    at_title = Location(file="show.toml", line=1, column=1)
    (finding,) = find_in_show(
        make_show(title="x" * 300, locations={"title": at_title, "": Location(file="show.toml")})
    )
    assert finding.location == at_title
    (finding,) = find_in_show(make_show(owner=None, locations={"": Location(file="show.toml")}))
    assert finding.location == Location(file="show.toml")


def test_findings_are_sorted_by_episode_and_severity() -> None:
    def make_finding(episode: str | None, severity: Severity, line: int | None = None) -> Diagnostic:
        location = Location(file="notes.md", line=line) if line else None
        return Diagnostic(code="N001", severity=severity, message="m", episode=episode, location=location)

    expected = [
        make_finding(None, Severity.INFO),
        make_finding("01-one", Severity.ERROR, 9),
        make_finding("01-one", Severity.WARNING),
        make_finding("01-one", Severity.WARNING, 2),
        make_finding("02-two", Severity.INFO),
        make_finding("unknown", Severity.INFO),
    ]
    show = replace(GOOD, diagnostics=(*reversed(expected), expected[0]))
    assert check_show(show).findings == tuple(expected)


def test_verdict_of_a_directory_fails_for_its_own_and_common_errors() -> None:
    def make_error(*destinations: str, severity: Severity = Severity.ERROR) -> Diagnostic:
        return Diagnostic(code="X", severity=severity, message="m", destinations=destinations)

    def list_failed(*errors: Diagnostic) -> list[str]:
        return [name for name, verdict in compute_verdicts(errors).items() if verdict == "fail"]

    assert compute_verdicts([]) == dict.fromkeys(DIRECTORIES, "pass")
    assert list_failed(make_error("apple")) == ["apple"]
    assert list_failed(make_error("psp1", severity=Severity.WARNING)) == []
    assert list_failed(make_error("apple", "psp1")) == ["apple", "psp1"]
    assert list_failed(make_error()) == list(DIRECTORIES)


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ({"date": NOW}, ["S130"]),
        ({"date": NOW + timedelta(days=1)}, ["E111"]),
        ({"date": None}, []),
        ({"date": None, "record": make_record()}, ["S130"]),
        ({"date": NOW, "audio": None, "media": None, "has_broken_audio": True}, []),
        ({"date": NOW, "draft": True}, []),
        ({"date": NOW, "withdrawn": NOW}, []),
    ],
    ids=["released", "future", "never published", "published", "broken", "draft", "withdrawn"],
)
def test_end_of_series_is_reported_when_all_episodes_are_released(last: dict[str, Any], found: list[str]) -> None:
    first = make_episode("01-a", number=1, date=make_record().published)
    assert list_codes(make_show(first, make_episode("02-b", **{"number": 2, **last}), total_episodes=2)) == found


def test_complete_flag_of_a_finished_series_has_no_findings() -> None:
    assert list_codes(make_show(make_episode(number=1, date=NOW), total_episodes=1, complete=True)) == []
    assert list_codes(make_show(make_episode(number=1, date=NOW), complete=True)) == []


def test_locked_show_with_its_own_new_feed_url_has_no_findings() -> None:
    here = PublishSettings(url="https://example.org")
    assert list_codes(make_show(locked=True, new_feed_url="https://example.org/feed.xml", publish=here)) == []
    assert list_codes(make_show(new_feed_url="https://example.org/feed.xml")) == []


@pytest.mark.parametrize("text", ["The voice is made by AI.", "Voces generadas por IA", "A.I. speaks", "synthetic"])
def test_ai_mentioned_in_the_text_has_no_findings(text: str) -> None:
    assert list_codes(make_show(make_episode(number=1, txt=(AI_CONTENT,), notes=make_text(text)))) == []
    assert (
        list_codes(
            make_show(make_episode(number=1, txt=(AI_CONTENT,)), description=make_text(text), txt=(AI_CONTENT,))
        )
        == []
    )


def test_ai_is_not_checked_in_other_languages() -> None:
    assert list_codes(make_show(make_episode(number=1, txt=(AI_CONTENT,)), txt=(AI_CONTENT,), language="pt")) == []


@pytest.mark.parametrize("seconds", [15, 60, 120])
def test_good_soundbite_at_the_end_has_no_findings(seconds: int) -> None:
    until_the_end = make_soundbite(25 * 60 - seconds, seconds)
    assert list_codes(make_show(make_episode(number=1, soundbites=(until_the_end,)))) == []
    assert list_codes(
        make_show(make_episode(number=1, audio=None, media=make_media(), soundbites=(make_soundbite(9999, 30),)))
    ) == ["A101"]


@pytest.mark.parametrize(
    ("known", "line"), [({"soundbites[1]": 5, "soundbites": 4}, 5), ({"soundbites": 4}, 4), ({}, None)]
)
def test_finding_is_located_at_the_list_item_or_the_list(known: dict[str, int], line: int | None) -> None:
    places = {key: Location(file="notes.md", line=at) for key, at in known.items()} | {"": Location(file="01")}
    episode = make_episode(number=1, soundbites=(make_soundbite(0, 30), make_soundbite(0, 3)), locations=places)
    (finding,) = find_in_show(make_show(episode))
    assert finding.location
    assert finding.location.line == line


def test_subcategories_of_two_categories_are_not_counted() -> None:
    sciences = tuple(Category(name="Science", sub=sub) for sub in ("Nature", "Physics", "Chemistry"))
    assert list_codes(make_show(make_episode(number=1), categories=(*sciences, Category(name="History")))) == []


def test_good_chapters_have_no_findings() -> None:
    chapter_list = make_chapters(0.9, 30.9, 1499, end=timedelta(seconds=1500.5), title="x" * 39)
    assert list_codes(make_show_with_chapters(*chapter_list)) == []
    assert (
        list_codes(
            make_show_with_chapters(*make_chapters(0, 300, 90_000), audio=None, media=None, has_broken_audio=True)
        )
        == []
    )


def test_hidden_chapters_are_compared_only_with_the_audio() -> None:
    shown = make_chapters(0, 300, 600)
    hidden = [Chapter(start=timedelta(seconds=start), hidden=True) for start in (0, 1, 10, 300)]
    assert list_codes(make_show_with_chapters(*shown, *hidden)) == []
    assert list_codes(make_show_with_chapters(*hidden)) == []
    assert list_codes(make_show_with_chapters(*shown, Chapter(start=timedelta(hours=1), hidden=True))) == ["C102"]


def test_chapter_finding_is_located_at_the_line_of_the_chapter() -> None:
    (finding,) = find_in_show(make_show_with_chapters(*make_chapters(0, 600, 300)))
    assert (finding.severity, str(finding.location)) == (Severity.ERROR, "05/chapters.txt:3")


def test_chapters_with_the_same_start_are_only_a_warning() -> None:
    (finding,) = find_in_show(make_show_with_chapters(*make_chapters(0, 600, 600)))
    assert (finding.code, finding.severity) == ("C003", Severity.WARNING)


def test_chapter_that_ends_after_the_audio_is_reported() -> None:
    late = make_chapters(0, 300, 1490, end=timedelta(seconds=1502))
    assert [finding.message for finding in find_in_show(make_show_with_chapters(*late))] == [
        "“C” ends after the end of the audio (25:00)"
    ]


def test_chapters_are_compared_with_published_audio() -> None:
    show = make_show_with_chapters(*make_chapters(0, 300, 1500), audio=None, media=make_media())
    assert "C102" in list_codes(show)


def test_single_chapter_message_uses_the_singular() -> None:
    (finding,) = find_in_show(make_show_with_chapters(*make_chapters(0)))
    assert finding.message.startswith("there is one chapter")


def test_same_problem_of_many_chapters_is_one_finding() -> None:
    found = find_in_show(make_show_with_chapters(*make_chapters(0, 1, 2, 3, titles=["x" * 50] * 4)))
    assert sorted(finding.code for finding in found) == ["C105", "C106"]
    assert ["(and 3 more like this)" in finding.message for finding in found] == [True, False]
    assert "(and 2 more like this)" in found[1].message


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"loudness": -17.0},
        {"loudness": -15.0},
        {"loudness": None, "loudness_range": None},
        {"clipped": 9},
        {"duration": MINUTES * 25 + timedelta(seconds=1)},
        {"errors": 3},
        {"silences": make_silences((0, 3), (700, 709.9), (1497, 1500))},
        {"silences": make_silences((0.05, 3), (1497, 1499.95))},
    ],
    ids=str,
)
def test_good_audio_has_no_findings(changes: dict[str, Any]) -> None:
    assert list_codes(make_show_with_measurement(**changes)) == []


@pytest.mark.parametrize("loudness", [-17.1, -14.9])
def test_loudness_outside_the_tolerance_is_reported(loudness: float) -> None:
    assert list_codes(make_show_with_measurement(loudness=loudness)) == ["A204"]


def test_silent_audio_is_one_finding() -> None:
    silent = make_show_with_measurement(
        loudness=None, loudness_range=None, true_peak=-66.0, silences=make_silences((0.02, 1499.98))
    )
    assert list_codes(silent) == ["A210"]


def test_silences_at_start_middle_and_end_are_separate_findings() -> None:
    spans = make_silences((0, 20), (100, 120), (1480, 1500))
    found = {finding.code: finding.message for finding in find_in_show(make_show_with_measurement(silences=spans))}
    assert sorted(found) == ["A207", "A208", "A209"]
    assert found["A209"] == "the audio is silent for 20.0 s at 1:40"


@pytest.mark.parametrize(("target", "found"), [(-19.0, []), (-16.0, ["A204"]), (None, [])])
def test_loudness_is_compared_with_the_target(target: float | None, found: list[str]) -> None:
    show = replace(make_show_with_measurement(loudness=-19.9), audio=AudioSettings(loudness=target))
    assert list_codes(show) == found


LOUD_AND_DISTORTED = {"loudness": -9.0, "true_peak": 1.5}
SILENT_ENDS = {"silences": make_silences((0, 4), (1490, 1500))}


@pytest.mark.parametrize(
    ("audio", "settings", "measurement", "found"),
    [
        (WAV, {}, LOUD_AND_DISTORTED, []),
        (WAV, {}, {"loudness": -30.0, "true_peak": -12.0}, []),
        (WAV, {"loudness": None}, LOUD_AND_DISTORTED, ["A205"]),
        (WAV, {"loudness": None}, {"loudness": -50.0, "true_peak": -1.0}, []),
        (STEREO, {}, LOUD_AND_DISTORTED, ["A204", "A205"]),
        (STEREO, {"loudness": None}, LOUD_AND_DISTORTED, ["A205"]),
        (STEREO, {"always": True}, LOUD_AND_DISTORTED, ["A115"]),
        (WAV, {}, {"clipped": 10}, ["A206"]),
        (WAV, {}, {"duration": MINUTES * 24}, ["A203"]),
        (replace(WAV, format="flac"), {}, {"errors": 1}, ["A202"]),
        (WAV, {}, SILENT_ENDS, ["A207", "A208"]),
        (WAV, {"trim": True}, SILENT_ENDS, []),
        (STEREO, {"trim": True}, SILENT_ENDS, ["A207", "A208"]),
        (WAV, {}, {"loudness": -36.0, "true_peak": -25.0}, []),
        (WAV, {}, {"loudness": -36.1, "true_peak": -25.0}, ["A212"]),
        (WAV, {"loudness": -20.0}, {"loudness": -36.1, "true_peak": -25.0}, []),
        (STEREO, {}, {"loudness": -36.1, "true_peak": -25.0}, ["A204"]),
        (WAV, {}, {"loudness": -26.0, "true_peak": -2.0}, []),
        (WAV, {}, {"loudness": -26.0, "true_peak": -1.9}, ["A213"]),
        (STEREO, {}, {"loudness": -26.0, "true_peak": -1.9}, ["A204"]),
        (WAV, {}, {"loudness": None, "true_peak": -1.9}, []),
    ],
    ids=str,
)
def test_master_has_findings_that_encoding_does_not_fix(
    audio: Audio, settings: dict[str, Any], measurement: dict[str, Any], found: list[str]
) -> None:
    assert (
        list_codes(replace(make_show_with_measurement(of=audio, **measurement), audio=AudioSettings(**settings)))
        == found
    )


@pytest.mark.parametrize(
    ("settings", "found"),
    [({}, []), ({"loudness": -18.0}, ["A204", "A211"]), ({"loudness": None}, ["A211"])],
    ids=["same target", "another target", "no target"],
)
def test_season_loudness_uses_the_published_loudness(settings: dict[str, Any], found: list[str]) -> None:
    show = make_show(
        make_episode_with_loudness("01-one", audio=WAV, loudness=-24.0),
        make_episode_with_loudness("02-two", loudness=-16.0),
    )
    assert sorted(list_codes(replace(show, audio=AudioSettings(**settings)))) == found


def test_too_loud_audio_message_contains_the_difference() -> None:
    (finding,) = find_in_show(make_show_with_measurement(loudness=-12.9))
    assert "3.1 LU louder than -16 LUFS" in finding.message


def test_alternate_with_clipping_is_reported_at_its_line() -> None:
    spanish = Alternate(
        file="es.mp3",
        audio=make_audio(),
        master=make_file(),
        measurement=replace(GOOD_MEASUREMENT, clipped=50),
        location=HERE,
    )
    (finding,) = find_in_show(make_show(make_episode_with_loudness(alternates=(spanish,))))
    assert (finding.code, finding.location) == ("A206", HERE)


def test_hint_mentions_a_missing_part_only_for_short_audio() -> None:
    def get_hint(minutes: int) -> str | None:
        (finding,) = find_in_show(make_show_with_measurement(duration=MINUTES * minutes))
        return finding.hint

    assert "missing" in (get_hint(24) or "")
    assert "missing" not in (get_hint(26) or "")


@pytest.mark.parametrize(
    ("quiet", "found"),
    [
        ({}, ["A211"]),
        ({"type": EpisodeType.BONUS, "number": None}, []),
        ({"draft": True}, []),
        ({"season": 2, "number": 1}, []),
        ({"measurement": None}, []),
        ({"measurement": replace(GOOD_MEASUREMENT, loudness=-17.5)}, []),
    ],
    ids=["episode", "bonus", "draft", "other season", "not measured", "one and a half apart"],
)
def test_season_loudness_compares_full_episodes_of_one_season(quiet: dict[str, Any], found: list[str]) -> None:
    show = make_show(
        make_episode_with_loudness("01-one"), make_episode_with_loudness("02-two", **{"loudness": -17.6, **quiet})
    )
    assert list_codes(replace(show, audio=AudioSettings(loudness=None))) == found
