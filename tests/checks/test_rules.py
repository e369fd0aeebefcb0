"""Every rule with a show that it finds and one that it passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.checks import check_show, judge
from podcastkit.checks.rule import CATALOGUE, DESTINATIONS, Scope
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
from tests.values import NOW, a_clip, a_file, a_record, a_show, messages, some_audio, some_media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.model import Artwork, Audio, Episode, Media, Show

TRANSCRIPT = Document(body=b"WEBVTT\n", suffix=".vtt", content_type="text/vtt")
FREQUENT = {"S117", "S136", "T103"}
"""What is found in most shows that a test makes: they have no trailer, no transcripts, or no episodes."""


def an_episode(folder: str = "05-planning-time", **changes: Any) -> Episode:
    """Return an episode with audio of its own."""
    digest = sha256(folder.encode()).hexdigest()
    return values.an_episode(folder, **{"master": a_file(sha256=digest), **changes})


GOOD = a_show(
    an_episode("00-trailer", type=EpisodeType.TRAILER, number=None, season=None),
    an_episode("01-one", number=1, transcripts=(TRANSCRIPT,)),
    an_episode("02-two", number=2, transcripts=(TRANSCRIPT,)),
)


def artwork(width: int, height: int) -> Artwork:
    assert GOOD.artwork
    return replace(GOOD.artwork, width=width, height=height)


MADE_BY_AI = Txt(value="true", purpose="ai-content")


def bite(start: float, duration: float) -> Soundbite:
    return Soundbite(start=timedelta(seconds=start), duration=timedelta(seconds=duration))


def plain(text: str) -> Text:
    return Text(html=f"<p>{text}</p>", plain=text)


def chapters(*starts: float, titles: Sequence[str] = "ABCDEFGH", **more: Any) -> tuple[Chapter, ...]:
    """Chapters at these seconds; what stands in `more` is the last one's."""
    rows = zip(starts, titles, strict=False)
    marks = [Chapter(start=timedelta(seconds=start), title=title) for start, title in rows]
    return (*marks[:-1], replace(marks[-1], **more))


def with_chapters(*marks: Chapter, **changes: Any) -> Show:
    places = range(len(marks))
    where = {f"chapters[{place}]": Location(file="05/chapters.txt", line=place + 1) for place in places}
    return a_show(an_episode(number=1, chapters=marks, locations=where, **changes))


def spoken(until: int) -> Episode:
    """Return an episode of 25 minutes with a transcript of so many."""
    document = Document(
        body=b"", suffix=".vtt", content_type="text/vtt", source="01-a/transcript.vtt", end=timedelta(minutes=until)
    )
    return an_episode("01-a", number=1, audio=some_audio(), transcripts=(document,))


def picture(name: str = "artwork.jpg", size: int = 1000, **changes: Any) -> Artwork:
    file = replace(a_file(name), size=size)
    return replace(artwork(3000, 3000), **{"file": file, **changes})


def day(number: int) -> datetime:
    """Return a day of November 2024, of which the first is today."""
    return NOW + timedelta(days=number - 1)


def series(*sounds: Audio, **changes: Any) -> Show:
    """A show whose episodes sound so, from number 1 on."""
    numbered = enumerate(sounds, 1)
    return a_show(
        *(an_episode(f"{number:02}", number=number, audio=audio) for number, audio in numbered), **changes
    )


def a_transcript(body: str, suffix: str = ".vtt") -> Document:
    source = f"05-planning-time/transcript{suffix}"
    return Document(body=body.encode(), suffix=suffix, content_type="text/vtt", source=source)


def titled(title: str, number: int | None = 5, **changes: Any) -> Show:
    return a_show(an_episode(title=title, number=number), **changes)


MONO, STEREO = some_audio(channels=1, bitrate=96_000), some_audio()
WAV = some_audio(format="wav", codec="pcm", bitrate=1_411_000)
TRAILER = EpisodeType.TRAILER

MINUTES = timedelta(minutes=1)
FINE = Measurement(duration=MINUTES * 25, loudness=-16.0, loudness_range=5.0, true_peak=-1.0)


def heard(folder: str = "01-one", loudness: float = -16.0, **changes: Any) -> Episode:
    """Return an episode that was measured, numbered by its folder."""
    return an_episode(
        folder, **{"number": int(folder[:2]), "measurement": replace(FINE, loudness=loudness), **changes}
    )


def hearing(of: Audio | None = None, **changes: Any) -> Show:
    """Return a show with one episode whose audio sounds like this."""
    return a_show(heard(audio=of or some_audio(), measurement=replace(FINE, **changes)))


def silences(*spans: tuple[float, float]) -> tuple[tuple[timedelta, timedelta], ...]:
    return tuple((timedelta(seconds=start), timedelta(seconds=end)) for start, end in spans)


def joined(crossfade: float, **changes: Any) -> Show:
    """Return a show with one master and an intro of ten seconds around it, or other clips."""
    clips = {"intro": a_clip("intro.wav", 10)} | changes
    settings = AudioSettings(crossfade=timedelta(seconds=crossfade))
    return a_show(an_episode(number=1, audio=WAV, **clips), audio=settings)


FINDINGS: dict[str, tuple[Show, str]] = {
    "S101": (a_show(artwork=None), "no artwork"),
    "S102": (a_show(owner=Owner(name="Harbour Radio")), "e-mail"),
    "S103": (a_show(title="x" * 256), "title has 256 characters"),
    "S104": (a_show(description=plain("é" * 2001)), "4,009 bytes"),
    "S105": (a_show(guid="1234"), "1234"),
    "S107": (a_show(categories=tuple(Category(name=name) for name in ("Arts", "News", "Fiction"))), "3 categories"),
    "I101": (a_show(artwork=artwork(3000, 2000)), "3000 × 2000"),
    "I102": (a_show(an_episode(artwork=artwork(600, 600), number=1)), "600 × 600"),
    "E101": (a_show(an_episode("planning-time", number=None)), "1 is free"),
    "E102": (a_show(an_episode("01-a", number=1), an_episode("1-b", number=1)), "1-b"),
    "E103": (a_show(an_episode("01-a", number=1), an_episode("04-d", number=4)), "season 1 lacks numbers 2 and 3"),
    "E104": (a_show(an_episode("01-a", number=9), total_episodes=8), "number 9"),
    "E107": (a_show(an_episode(title="x" * 10_000, number=1)), "10,000 characters"),
    "E111": (a_show(an_episode(number=1, date=NOW + timedelta(days=1))), "Sat 2 Nov 12:00"),
    "E112": (
        a_show(an_episode("01", number=1, date=day(1)), an_episode("02", number=2, date=day(-7))),
        "number 2 comes out Thu 24 Oct 12:00, and number 1 after it, Fri 1 Nov 12:00",
    ),
    "E113": (
        a_show(
            an_episode("00", type=TRAILER, number=None), an_episode("01", number=1, date=NOW - timedelta(days=1))
        ),
        "the trailer comes out at the next publish, after 01, Thu 31 Oct 12:00",
    ),
    "E114": (titled("Planning (Ep. 6)"), "the title says “Ep. 6”, but it is number 5"),
    "E115": (titled("x" * 151), "151 characters"),
    "E145": (titled(""), "it has no title"),
    "E146": (titled("Tom &amp;amp; Jerry"), 'apps show &amp; in "Tom &amp;amp; Jerry"'),
    "E148": (a_show(an_episode(number=1, date=day(1) + timedelta(days=365 * 25))), "25 years in the future"),
    "E116": (a_show(an_episode(number=1, people=(Person(name="Ana Ruiz and Ben Ode"),))), "Ana Ruiz and Ben Ode"),
    "E117": (a_show(an_episode("01", number=1, guid="g"), an_episode("02", number=2, guid="g")), "also that of 02"),
    "E130": (a_show(an_episode(type=EpisodeType.TRAILER, number=None, title="x" * 129)), "129 characters"),
    "E140": (a_show(an_episode(number=1, txt=(MADE_BY_AI,))), "notes do not tell"),
    "E141": (
        a_show(an_episode(number=1, soundbites=(bite(1490.5, 30),))),
        "ends at 25:20.5, and the audio at 25:00",
    ),
    "E142": (a_show(an_episode(number=1, soundbites=(bite(0, 14.5),))), "14.5 seconds"),
    "E143": (a_show(an_episode(number=1, block=Block(services=("google",)))), "whole show"),
    "E144": (a_show(an_episode(type=EpisodeType.BONUS, number=None, number_display="Ten")), "left out"),
    "S113": (a_show(ignore=("A101", "A999")), "no rule A999"),
    "S130": (a_show(an_episode(number=1, date=NOW), total_episodes=1), "only episode is out"),
    "S131": (a_show(an_episode(number=1, date=NOW), total_episodes=2, complete=True), "1 of 2 episodes are out"),
    "S132": (a_show(locked=True, new_feed_url="https://example.org/feed.xml"), "locked"),
    "S140": (a_show(txt=(MADE_BY_AI,)), "description does not tell"),
    "S114": (a_show(title="Night Shift Season 1"), "“Season 1”"),
    "S115": (
        a_show(an_episode(number=1), total_episodes=3),
        "episodes 2 and 3 of 3, the finale among them",
    ),
    "S116": (
        a_show(
            an_episode("a", number=None), an_episode("b", number=None), total_episodes=1, type=ShowType.EPISODIC
        ),
        "2 full episodes, but show.toml says episodes = 1",
    ),
    "S117": (a_show(an_episode(number=1)), "no trailer"),
    "S118": (a_show(title="x" * 151), "151 characters"),
    "S146": (a_show(author="Tom &amp; Jerry"), 'apps show &amp; in "Tom &amp; Jerry"'),
    "S119": (series(WAV, audio=AudioSettings(bitrate=64)), "stereo are encoded with 64 kbit/s"),
    "S133": (series(STEREO, MONO, STEREO), "partly stereo: 02: mono and 2 others: stereo"),
    "S134": (series(some_audio(sample_rate=48_000), STEREO, WAV), "01: 48 kHz and 2 others: 44.1 kHz"),
    "S135": (a_show(people=(Person(name="Ana Ruiz, Ben Ode"),)), "and these are 2"),
    "S136": (a_show(), "no episode yet"),
    "S142": (joined(3, outro=a_clip("goodbye.wav", 2)), "takes 3 s, and the outro goodbye.wav 2 s"),
    "S143": (joined(751), "the crossfade takes 12:31, which is more than half of it"),
    "S144": (
        joined(0, outro=a_clip("all.wav", 9, "a" * 64), master=a_file()),
        "outro all.wav is the same as what 05-planning-time has",
    ),
    "S145": (joined(0, intro=a_clip("intro.wav", 121)), "the intro intro.wav is 2:01 long"),
    "S160": (
        a_show(an_episode(number=1), records=Records(translated=(("es", "g"),))),
        "feed.es.xml, if it is still there, stays",
    ),
    "N201": (a_show(an_episode(notes=Text(html="", plain=""), number=1)), "no show notes"),
    "C003": (with_chapters(*chapters(0, 600, 300)), "“C” begins no later than “B” above it"),
    "C101": (with_chapters(*chapters(5, 300, 600)), "“A”, does not begin at 00:00"),
    "C102": (with_chapters(*chapters(0, 300, 1500)), "“C” begins when the audio is over (25:00)"),
    "C103": (with_chapters(*chapters(0, 300)), "are two chapters"),
    "C104": (with_chapters(*chapters(0, 300, 600, title=None)), "the chapter at 10:00 has no title"),
    "C105": (with_chapters(*chapters(0, 300, 600, title="x" * 40)), "has 40 characters"),
    "C106": (with_chapters(*chapters(0, 300, 329)), "less than 30 seconds"),
    "C110": (
        joined(2, notes=plain("00:00 Welcome\n00:30 The crane\n01:00 The end")),
        "listeners hear all 8.0 s later",
    ),
    "N110": (a_show(an_episode(notes=plain("We plan. " * 500), number=1)), "4,507 bytes"),
    "N111": (a_show(an_episode(summary="é" * 2001, number=1)), "4,002 bytes"),
    "N112": (a_show(an_episode(notes=plain("We plan. " * 556), number=1)), "5,004 characters"),
    "N113": (a_show(an_episode(notes=plain("Work -> rest"), number=1)), "the notes hold “->”"),
    "N014": (a_show(an_episode(notes=plain("Don&#8217;t"), number=1)), "listeners read &#8217; as it is written"),
    "S154": (a_show(description=plain("Tom &amp; Jerry")), "listeners read &amp; as it is written"),
    "N114": (
        a_show(an_episode(notes=Text(html='<a href="http://example.org/?a&amp;b">x</a>', plain="x"), number=1)),
        "http://example.org/?a&b is not encrypted",
    ),
    "T015": (
        a_show(an_episode(number=1, transcripts=(a_transcript("don&#39;t", ".srt"),))),
        "apps show &#39; as it is written",
    ),
    "T103": (a_show(an_episode("01-a", number=1)), "no transcript of 01-a"),
    "T104": (
        a_show(an_episode(number=1, transcripts=(a_transcript("Hello", ".txt"),))),
        "what it has of transcripts has no times",
    ),
    "T105": (
        a_show(an_episode(number=1, transcripts=(a_transcript(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{'x' * 66}"),))),
        "one line takes more than 65 columns",
    ),
    "T101": (a_show(spoken(until=26)), "until 0:26:00, but the audio ends at 0:25:00"),
    "T102": (a_show(spoken(until=12)), "ends at 0:12:00, but the audio goes on until 0:25:00"),
    "A101": (a_show(an_episode(audio=None, media=None, number=1)), "no audio"),
    "A102": (a_show(an_episode(audio=some_audio(format="opus"), number=1)), "opus"),
    "A112": (
        a_show(an_episode("01", number=1, master=a_file()), an_episode("02", number=2, master=a_file())),
        "its audio is the same as what 01 has",
    ),
    "A113": (series(some_audio(bitrate=96_000)), "96 kbit/s, in stereo at 44.1 kHz; Apple asks for 128 to 256"),
    "A114": (series(some_audio(sample_rate=32_000)), "its sample rate is 32 kHz"),
    "A120": (series(some_audio(shown=MINUTES * 12)), "players may show its length as 12:00; it is 25:00 long"),
    "A130": (series(some_audio(damaged_tags=("its ID3 tag is damaged",))), "its ID3 tag is damaged"),
    "A131": (series(some_audio(unread_texts=("its title cannot be decoded",))), "its title cannot be decoded"),
    "C111": (series(some_audio(unread_chapters=("a chapter cannot be read",))), "a chapter cannot be read"),
    "A121": (series(some_audio(gaps=(MINUTES * 3,))), "at 3:00 there is something in it that is no sound"),
    "A110": (a_show(an_episode(alternates=(Alternate(file="es.mp3"),), number=1)), "no audio file es.mp3"),
    "I105": (a_show(artwork=picture(mode="CMYK")), "in the colours of print (CMYK): a copy is published"),
    "I106": (
        a_show(an_episode(artwork=picture(mode="RGBA", has_alpha=True), number=1)),
        "is transparent in places",
    ),
    "I107": (a_show(artwork=picture(format="PNG")), "artwork.jpg is a PNG; what is published ends in .png"),
    "I108": (a_show(an_episode(artwork=picture("a.png"), number=1)), "a.png is a JPEG"),
    "I109": (a_show(artwork=picture(size=600 * 1024)), "614.4 kB"),
    "I113": (a_show(an_episode(artwork=picture(size=600 * 1024), number=1)), "614.4 kB"),
    "A202": (hearing(errors=3, of=some_audio(format="flac")), "damaged and cannot be decoded"),
    "A203": (hearing(duration=MINUTES * 24), "that it is 25:00 long, and 24:00 can be heard"),
    "A204": (hearing(loudness=-20.2), "4.2 LU quieter than -16 LUFS: its loudness is -20.2 LUFS"),
    "A205": (hearing(true_peak=-0.9), "true peak is -0.9 dBTP"),
    "A206": (hearing(clipped=1234), "clipped) at 1,234 samples"),
    "A207": (hearing(silences=silences((0, 3.2), (30, 31))), "begins with 3.2 s of silence"),
    "A208": (hearing(silences=silences((30, 31), (1490, 1500))), "ends with 10.0 s of silence"),
    "A209": (
        hearing(silences=silences((0, 1), (61, 71), (90, 140))),
        "at 1:01 it is silent for 10.0 s (and 1 more",
    ),
    "A210": (hearing(loudness=None, true_peak=None, silences=silences((0, 1500))), "nothing but silence"),
    "A211": (
        a_show(heard("01-one", -17.1), heard("02-two", -15.0), heard("03-three", -16)),
        "season 1 are not equally loud: 02-two (-15.0 LUFS) is 2.1 LU louder than 01-one (-17.1 LUFS)",
    ),
    "A115": (series(STEREO, audio=AudioSettings(always=True)), "an MP3 already, and encoded once more"),
    "A116": (
        series(STEREO, audio=AudioSettings(intro="intro.wav", outro="outro.wav")),
        "it goes out as it is, an MP3 without the intro and outro",
    ),
    "A212": (hearing(of=WAV, loudness=-36.1, true_peak=-25.0), "-36.1 LUFS, so that it is raised by 20.1 dB"),
    "A213": (hearing(of=WAV, loudness=-26.0, true_peak=-1.9), "at -16 LUFS, its peaks are 9.1 dB too high"),
    "A214": (hearing(true_peak=-3.0, mixed_peak=-40.0), "in mono hardly anything of it is left"),
    "I111": (a_show(images=(Picture(artwork=artwork(600, 200)),)), "artwork.jpg has no alt"),
    "I112": (a_show(an_episode(images=(Picture(artwork=artwork(600, 200)),), number=1)), "artwork.jpg has no alt"),
}


def test_every_rule_has_its_example() -> None:
    assert {code for code, rule in CATALOGUE.items() if rule.scope in {Scope.SHOW, Scope.EPISODE}} == set(FINDINGS)


@pytest.mark.parametrize("code", FINDINGS)
def test_the_rule_finds_its_example_and_says_the_cure(code: str) -> None:
    show, words = FINDINGS[code]
    found = [finding for finding in check_show(show).findings if finding.code == code]
    assert found
    assert words in found[0].message
    assert found[0].hint


def test_every_rule_passes_a_good_show() -> None:
    assert [finding.code for finding in check_show(GOOD).findings] == []


def found_in(show: Show) -> list[Diagnostic]:
    return [finding for finding in check_show(show).findings if finding.code not in FREQUENT]


def codes(show: Show) -> list[str]:
    return [finding.code for finding in found_in(show)]


def test_the_default_description_is_missed_once() -> None:
    empty = a_show(description=plain(""), locations={"description": Location(file="show.toml", line=3)})
    assert [finding.message for finding in check_show(empty).findings if finding.code == "S104"] == [
        "the description says nothing"
    ]
    assert "S104" not in codes(a_show(description=plain("")))


def test_a_description_is_cut_rather_than_refused() -> None:
    assert judge(check_show(a_show(description=plain("We plan. " * 500))).findings)["psp1"] == "pass"
    (found,) = [f for f in check_show(a_show(description=plain("We plan. " * 500))).findings if f.code == "S104"]
    assert found.severity is Severity.WARNING
    assert "“We plan. We plan. We plan. …”" in found.message


@pytest.mark.parametrize(("size", "found"), [(4000, False), (4001, True)])
def test_notes_are_measured_in_bytes_with_their_tags(size: int, found: bool) -> None:
    letters, rest = divmod(size - len("<p></p>"), 2)
    show = a_show(an_episode(notes=plain("é" * letters + "a" * rest), number=1))
    assert ("N110" in codes(show)) is found


def test_a_footer_alone_is_no_notes() -> None:
    footer, nothing = plain("By us"), Text(html="", plain="")
    assert "N201" in codes(a_show(an_episode(notes=join_texts(nothing, footer), number=1)))
    assert "N201" not in codes(a_show(an_episode(notes=join_texts(plain("We plan."), footer), number=1)))


def test_the_free_number_is_the_lowest_of_the_season() -> None:
    show = a_show(
        an_episode("01-a", number=1), an_episode("b", number=None), an_episode("s2e02", number=2, season=2)
    )
    (finding,) = [finding for finding in check_show(show).findings if finding.code == "E101"]
    assert "2 is free" in finding.message
    assert finding.hint
    assert "02-b" in finding.hint


def test_the_reason_why_a_number_was_refused_is_told() -> None:
    show = a_show(an_episode("05-2024-09-05", number=None, number_refused="“2024-09-05” looks like a date"))
    assert "looks like a date" in messages(show, "E101")[0]


@pytest.mark.parametrize("kind", [EpisodeType.TRAILER, EpisodeType.BONUS])
def test_trailers_and_bonuses_need_no_number_and_share_none(kind: EpisodeType) -> None:
    show = a_show(an_episode("01-a", number=1), an_episode("x", type=kind, number=None), an_episode("y", type=kind))
    assert codes(show) == []


def test_an_episodic_show_needs_no_numbers() -> None:
    assert codes(a_show(an_episode(number=None), type=ShowType.EPISODIC)) == []


def test_a_transcript_that_leaves_its_end_open_may_cover_all() -> None:
    episode = spoken(until=0)
    (document,) = episode.transcripts
    assert codes(a_show(episode)) == ["T102"]
    assert codes(a_show(replace(episode, transcripts=(replace(document, is_open=True),)))) == []


def test_a_transcript_is_only_held_against_audio_that_is_known() -> None:
    episode = replace(spoken(until=99), audio=None, media=some_media(), has_broken_audio=True)
    assert codes(a_show(episode)) == []
    (document,) = episode.transcripts
    for untimed in (replace(document, end=None), replace(document, source=None)):
        assert codes(a_show(replace(spoken(until=99), transcripts=(untimed,)))) == []


def test_a_draft_takes_no_number_away() -> None:
    assert "E102" not in codes(a_show(an_episode("01-a", number=1), an_episode("01-b", number=1, draft=True)))


def test_what_is_promised_of_one_season_binds_no_other() -> None:
    show = a_show(an_episode("s2e09", number=9, season=2), total_episodes=8)
    assert "E104" not in codes(show)


def test_numbers_are_counted_by_season() -> None:
    show = a_show(
        an_episode("01", number=1), an_episode("s2e01", number=1, season=2), an_episode("s2e03", number=3, season=2)
    )
    assert [finding.message for finding in found_in(show)] == ["season 2 lacks number 2"]


def test_the_number_of_a_withdrawn_episode_may_stay_free() -> None:
    gone = Withdrawal(guid="gone", at=NOW, number=2, season=1)
    show = a_show(an_episode("01", number=1), an_episode("03", number=3), withdrawn=(gone,))
    assert "E103" not in codes(show)
    assert "E103" in codes(replace(show, withdrawn=(replace(gone, season=2),)))


def test_audio_that_is_elsewhere_is_told_and_holds_nothing_back() -> None:
    (finding,) = found_in(a_show(an_episode(audio=None, media=some_media(), number=1)))
    assert (finding.code, finding.severity) == ("A101", Severity.INFO)


@pytest.mark.parametrize("given", [{"draft": True}, {"withdrawn": NOW}], ids=["draft", "withdrawn"])
def test_what_comes_out_for_nobody_needs_no_audio(given: dict[str, Any]) -> None:
    (finding,) = found_in(a_show(an_episode(audio=None, media=None, number=1, **given)))
    assert (finding.code, finding.severity) == ("A101", Severity.INFO)


@pytest.mark.parametrize("media", [None, some_media()], ids=["new", "published"])
def test_broken_audio_is_found_once_by_who_read_it(media: Media | None) -> None:
    assert codes(a_show(an_episode(audio=None, media=media, has_broken_audio=True, number=1))) == []


HERE = Location(file="05/notes.md", line=4)


def test_a_version_that_is_elsewhere_is_told_and_holds_nothing_back() -> None:
    gone = Alternate(file="es.mp3", media=some_media(), location=HERE)
    (finding,) = found_in(a_show(an_episode(alternates=(gone,), number=1)))
    assert (finding.code, finding.severity, finding.location) == ("A110", Severity.INFO, HERE)


def test_a_version_that_apple_refuses_is_found_where_it_is_named() -> None:
    opus = Alternate(file="es.opus", audio=some_audio(format="opus"), master=a_file(), location=HERE)
    (finding,) = found_in(a_show(an_episode(alternates=(opus,), number=1)))
    assert (finding.code, finding.location) == ("A102", HERE)


def test_artwork_that_the_settings_name_is_not_missed_twice() -> None:
    assert codes(a_show(artwork=None, locations={"artwork": Location(file="show.toml", line=2)})) == []


def test_a_draft_that_lies_ahead_is_not_announced() -> None:
    assert codes(a_show(an_episode(number=1, date=NOW + timedelta(days=1), draft=True))) == []


def test_findings_point_at_the_value_or_at_the_file() -> None:
    at_title = Location(file="show.toml", line=1, column=1)
    (finding,) = found_in(a_show(title="x" * 300, locations={"title": at_title, "": Location(file="show.toml")}))
    assert finding.location == at_title
    (finding,) = found_in(a_show(owner=None, locations={"": Location(file="show.toml")}))
    assert finding.location == Location(file="show.toml")


def test_findings_stand_in_the_order_of_the_episodes_worst_first() -> None:
    def a_finding(episode: str | None, severity: Severity, line: int | None = None) -> Diagnostic:
        location = Location(file="notes.md", line=line) if line else None
        return Diagnostic(code="N001", severity=severity, message="m", episode=episode, location=location)

    wanted = [
        a_finding(None, Severity.INFO),
        a_finding("01-one", Severity.ERROR, 9),
        a_finding("01-one", Severity.WARNING),
        a_finding("01-one", Severity.WARNING, 2),
        a_finding("02-two", Severity.INFO),
        a_finding("unknown", Severity.INFO),
    ]
    show = replace(GOOD, diagnostics=(*reversed(wanted), wanted[0]))
    assert check_show(show).findings == tuple(wanted)


def test_the_verdict_fails_for_its_own_errors_and_for_everybodys() -> None:
    def an_error(*destinations: str, severity: Severity = Severity.ERROR) -> Diagnostic:
        return Diagnostic(code="X", severity=severity, message="m", destinations=destinations)

    def failed(*errors: Diagnostic) -> list[str]:
        return [name for name, verdict in judge(errors).items() if verdict == "fail"]

    assert judge([]) == dict.fromkeys(DESTINATIONS, "pass")
    assert failed(an_error("apple")) == ["apple"]
    assert failed(an_error("psp1", severity=Severity.WARNING)) == []
    assert failed(an_error("apple", "psp1")) == ["apple", "psp1"]
    assert failed(an_error()) == list(DESTINATIONS)


@pytest.mark.parametrize(
    ("last", "found"),
    [
        ({"date": NOW}, ["S130"]),
        ({"date": NOW + timedelta(days=1)}, ["E111"]),
        ({"date": None}, []),
        ({"date": None, "record": a_record()}, ["S130"]),
        ({"date": NOW, "audio": None, "media": None, "has_broken_audio": True}, []),
        ({"date": NOW, "draft": True}, []),
        ({"date": NOW, "withdrawn": NOW}, []),
    ],
    ids=["out", "ahead", "never published", "published", "broken", "draft", "withdrawn"],
)
def test_the_finale_is_told_when_the_last_episode_is_out(last: dict[str, Any], found: list[str]) -> None:
    first = an_episode("01-a", number=1, date=a_record().published)
    assert codes(a_show(first, an_episode("02-b", **{"number": 2, **last}), total_episodes=2)) == found


def test_a_show_that_says_complete_in_time_hears_nothing_more() -> None:
    assert codes(a_show(an_episode(number=1, date=NOW), total_episodes=1, complete=True)) == []
    assert codes(a_show(an_episode(number=1, date=NOW), complete=True)) == []


def test_a_show_that_has_moved_here_may_be_locked() -> None:
    here = PublishSettings(url="https://example.org")
    assert codes(a_show(locked=True, new_feed_url="https://example.org/feed.xml", publish=here)) == []
    assert codes(a_show(new_feed_url="https://example.org/feed.xml")) == []


@pytest.mark.parametrize("told", ["The voice is made by AI.", "Voces generadas por IA", "A.I. speaks", "synthetic"])
def test_ai_that_is_told_of_in_words_is_disclosed(told: str) -> None:
    assert codes(a_show(an_episode(number=1, txt=(MADE_BY_AI,), notes=plain(told)))) == []
    assert codes(a_show(an_episode(number=1, txt=(MADE_BY_AI,)), description=plain(told), txt=(MADE_BY_AI,))) == []


def test_ai_is_not_looked_for_in_languages_that_nobody_here_reads() -> None:
    assert codes(a_show(an_episode(number=1, txt=(MADE_BY_AI,)), txt=(MADE_BY_AI,), language="pt")) == []


@pytest.mark.parametrize("seconds", [15, 60, 120])
def test_soundbites_of_a_good_length_up_to_the_end_are_fine(seconds: int) -> None:
    until_the_end = bite(25 * 60 - seconds, seconds)
    assert codes(a_show(an_episode(number=1, soundbites=(until_the_end,)))) == []
    assert codes(a_show(an_episode(number=1, audio=None, media=some_media(), soundbites=(bite(9999, 30),)))) == [
        "A101"
    ]


@pytest.mark.parametrize(
    ("known", "line"), [({"soundbites[1]": 5, "soundbites": 4}, 5), ({"soundbites": 4}, 4), ({}, None)]
)
def test_a_finding_about_one_of_several_stands_where_that_one_does(known: dict[str, int], line: int | None) -> None:
    places = {key: Location(file="notes.md", line=at) for key, at in known.items()} | {"": Location(file="01")}
    episode = an_episode(number=1, soundbites=(bite(0, 30), bite(0, 3)), locations=places)
    (finding,) = found_in(a_show(episode))
    assert finding.location
    assert finding.location.line == line


def test_subcategories_of_two_categories_are_all_read() -> None:
    sciences = tuple(Category(name="Science", sub=sub) for sub in ("Nature", "Physics", "Chemistry"))
    assert codes(a_show(an_episode(number=1), categories=(*sciences, Category(name="History")))) == []


def test_good_chapters_have_no_findings() -> None:
    marks = chapters(0.9, 30.9, 1499, end=timedelta(seconds=1500.5), title="x" * 39)
    assert codes(with_chapters(*marks)) == []
    assert codes(with_chapters(*chapters(0, 300, 90_000), audio=None, media=None, has_broken_audio=True)) == []


def test_hidden_chapters_are_judged_by_nothing_but_the_audio() -> None:
    shown = chapters(0, 300, 600)
    hidden = [Chapter(start=timedelta(seconds=start), hidden=True) for start in (0, 1, 10, 300)]
    assert codes(with_chapters(*shown, *hidden)) == []
    assert codes(with_chapters(*hidden)) == []
    assert codes(with_chapters(*shown, Chapter(start=timedelta(hours=1), hidden=True))) == ["C102"]


def test_a_finding_about_a_chapter_names_its_line() -> None:
    (finding,) = found_in(with_chapters(*chapters(0, 600, 300)))
    assert (finding.severity, str(finding.location)) == (Severity.ERROR, "05/chapters.txt:3")


def test_chapters_that_begin_together_hold_nothing_back() -> None:
    (finding,) = found_in(with_chapters(*chapters(0, 600, 600)))
    assert (finding.code, finding.severity) == ("C003", Severity.WARNING)


def test_a_chapter_may_end_a_second_after_the_audio_and_no_later() -> None:
    late = chapters(0, 300, 1490, end=timedelta(seconds=1502))
    assert [finding.message for finding in found_in(with_chapters(*late))] == [
        "“C” ends after the audio is over (25:00)"
    ]


def test_the_length_of_published_audio_counts_where_there_is_no_other() -> None:
    show = with_chapters(*chapters(0, 300, 1500), audio=None, media=some_media())
    assert "C102" in codes(show)


def test_a_single_chapter_is_called_one() -> None:
    (finding,) = found_in(with_chapters(*chapters(0)))
    assert finding.message.startswith("there is one chapter")


def test_what_holds_for_many_chapters_is_said_once() -> None:
    found = found_in(with_chapters(*chapters(0, 1, 2, 3, titles=["x" * 50] * 4)))
    assert sorted(finding.code for finding in found) == ["C105", "C106"]
    assert ["(4 chapters in all)" in finding.message for finding in found] == [True, False]
    assert "(3 chapters in all)" in found[1].message


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
        {"silences": silences((0, 3), (700, 709.9), (1497, 1500))},
        {"silences": silences((0.05, 3), (1497, 1499.95))},
    ],
    ids=str,
)
def test_audio_that_sounds_well_has_no_findings(changes: dict[str, Any]) -> None:
    assert codes(hearing(**changes)) == []


@pytest.mark.parametrize("loudness", [-17.1, -14.9])
def test_a_tenth_more_than_the_tolerance_is_told(loudness: float) -> None:
    assert codes(hearing(loudness=loudness)) == ["A204"]


def test_silence_alone_is_told_once() -> None:
    silent = hearing(loudness=None, loudness_range=None, true_peak=-66.0, silences=silences((0.02, 1499.98)))
    assert codes(silent) == ["A210"]


def test_long_silences_everywhere_are_told_each_for_itself() -> None:
    spans = silences((0, 20), (100, 120), (1480, 1500))
    found = {finding.code: finding.message for finding in found_in(hearing(silences=spans))}
    assert sorted(found) == ["A207", "A208", "A209"]
    assert found["A209"] == "at 1:40 it is silent for 20.0 s"


@pytest.mark.parametrize(("target", "found"), [(-19.0, []), (-16.0, ["A204"]), (None, [])])
def test_loudness_is_held_against_the_target_of_the_show(target: float | None, found: list[str]) -> None:
    show = replace(hearing(loudness=-19.9), audio=AudioSettings(loudness=target))
    assert codes(show) == found


LOUD_AND_DISTORTED = {"loudness": -9.0, "true_peak": 1.5}
SILENT_ENDS = {"silences": silences((0, 4), (1490, 1500))}


@pytest.mark.parametrize(
    ("audio", "settings", "sounds", "found"),
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
def test_of_a_master_that_is_told_which_levelling_does_not_mend(
    audio: Audio, settings: dict[str, Any], sounds: dict[str, Any], found: list[str]
) -> None:
    assert codes(replace(hearing(of=audio, **sounds), audio=AudioSettings(**settings))) == found


@pytest.mark.parametrize(
    ("settings", "found"),
    [({}, []), ({"loudness": -18.0}, ["A204", "A211"]), ({"loudness": None}, ["A211"])],
    ids=["levelled to what the other has", "levelled elsewhere", "left alone"],
)
def test_a_master_is_compared_as_it_will_be(settings: dict[str, Any], found: list[str]) -> None:
    show = a_show(heard("01-one", audio=WAV, loudness=-24.0), heard("02-two", loudness=-16.0))
    assert sorted(codes(replace(show, audio=AudioSettings(**settings)))) == found


def test_a_louder_episode_is_called_so() -> None:
    (finding,) = found_in(hearing(loudness=-12.9))
    assert "3.1 LU louder than -16 LUFS" in finding.message


def test_a_version_in_another_language_is_judged_where_it_is_named() -> None:
    spanish = Alternate(
        file="es.mp3", audio=some_audio(), master=a_file(), measurement=replace(FINE, clipped=50), location=HERE
    )
    (finding,) = found_in(a_show(heard(alternates=(spanish,))))
    assert (finding.code, finding.location) == ("A206", HERE)


def test_audio_that_is_shorter_than_it_says_has_lost_a_part() -> None:
    def cure(minutes: int) -> str | None:
        (finding,) = found_in(hearing(duration=MINUTES * minutes))
        return finding.hint

    assert "missing" in (cure(24) or "")
    assert "missing" not in (cure(26) or "")


@pytest.mark.parametrize(
    ("quiet", "found"),
    [
        ({}, ["A211"]),
        ({"type": EpisodeType.BONUS, "number": None}, []),
        ({"draft": True}, []),
        ({"season": 2, "number": 1}, []),
        ({"measurement": None}, []),
        ({"measurement": replace(FINE, loudness=-17.5)}, []),
    ],
    ids=["episode", "bonus", "draft", "other season", "not measured", "one and a half apart"],
)
def test_full_episodes_of_one_season_are_compared(quiet: dict[str, Any], found: list[str]) -> None:
    show = a_show(heard("01-one"), heard("02-two", **{"loudness": -17.6, **quiet}))
    assert codes(replace(show, audio=AudioSettings(loudness=None))) == found
