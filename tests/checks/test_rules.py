"""Every rule with a show that it finds and one that it passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.checks import check_show, judge
from podcastkit.checks.rule import RULES
from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.model import Category, Document, EpisodeType, Owner, ShowType, Text
from tests.values import NOW, a_show, an_episode, some_audio, some_media

if TYPE_CHECKING:
    from podcastkit.model import Artwork, Episode, Media, Show

GOOD = a_show(an_episode("01-one", number=1), an_episode("02-two", number=2))


def artwork(width: int, height: int) -> Artwork:
    assert GOOD.artwork
    return replace(GOOD.artwork, width=width, height=height)


def plain(text: str) -> Text:
    return Text(html=f"<p>{text}</p>", plain=text)


def spoken(until: int) -> Episode:
    """Return an episode of 25 minutes with a transcript of so many."""
    document = Document(
        body=b"", suffix=".vtt", content_type="text/vtt", source="01-a/transcript.vtt", end=timedelta(minutes=until)
    )
    return an_episode("01-a", number=1, audio=some_audio(), transcripts=(document,))


FINDINGS: dict[str, tuple[Show, str]] = {
    "S101": (a_show(artwork=None), "no artwork"),
    "S102": (a_show(owner=Owner(name="Harbour Radio")), "e-mail"),
    "S103": (a_show(title="x" * 256), "title has 256 characters"),
    "S104": (a_show(description=plain("é" * 2001)), "4,002 bytes"),
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
    "N201": (a_show(an_episode(notes=Text(html="", plain=""), number=1)), "no show notes"),
    "T101": (a_show(spoken(until=26)), "until 0:26:00, but the audio ends at 0:25:00"),
    "T102": (a_show(spoken(until=12)), "ends at 0:12:00, but the audio goes on until 0:25:00"),
    "A101": (a_show(an_episode(audio=None, media=None, number=1)), "no audio"),
    "A102": (a_show(an_episode(audio=some_audio(format="opus"), number=1)), "opus"),
}


def test_every_rule_has_its_example() -> None:
    assert {rule.code for rule in RULES} == set(FINDINGS)
    assert len({rule.code for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("code", FINDINGS)
def test_the_rule_finds_its_example_and_says_the_cure(code: str) -> None:
    show, words = FINDINGS[code]
    found = [finding for finding in check_show(show) if finding.code == code]
    assert found
    assert words in found[0].message
    assert found[0].hint


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_rule_passes_a_good_show_and_has_a_page(rule: object) -> None:
    assert [finding.code for finding in check_show(GOOD)] == []
    assert "." in rule.page  # type: ignore[attr-defined] # a Rule


def codes(show: Show) -> list[str]:
    return [finding.code for finding in check_show(show)]


def test_the_default_description_is_missed_once() -> None:
    empty = a_show(description=plain(""), locations={"description": Location(file="show.toml", line=3)})
    assert [finding.message for finding in check_show(empty) if finding.code == "S104"] == [
        "the description says nothing"
    ]
    assert "S104" not in codes(a_show(description=plain("")))


def test_the_free_number_is_the_lowest_of_the_season() -> None:
    show = a_show(
        an_episode("01-a", number=1), an_episode("b", number=None), an_episode("s2e02", number=2, season=2)
    )
    (finding,) = [finding for finding in check_show(show) if finding.code == "E101"]
    assert "2 is free" in finding.message
    assert finding.hint
    assert "02-b" in finding.hint


def test_the_reason_why_a_number_was_refused_is_told() -> None:
    show = a_show(an_episode("05-2024-09-05", number=None, number_refused="“2024-09-05” reads as a date"))
    assert "reads as a date" in check_show(show)[0].message


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


def test_numbers_are_counted_by_season() -> None:
    show = a_show(
        an_episode("01", number=1), an_episode("s2e01", number=1, season=2), an_episode("s2e03", number=3, season=2)
    )
    assert [finding.message for finding in check_show(show)] == ["season 2 lacks number 2"]


def test_audio_that_is_elsewhere_is_told_and_holds_nothing_back() -> None:
    (finding,) = check_show(a_show(an_episode(audio=None, media=some_media(), number=1)))
    assert (finding.code, finding.severity) == ("A101", Severity.INFO)


@pytest.mark.parametrize("media", [None, some_media()], ids=["new", "published"])
def test_broken_audio_is_found_once_by_who_read_it(media: Media | None) -> None:
    assert codes(a_show(an_episode(audio=None, media=media, has_broken_audio=True, number=1))) == []


def test_artwork_that_the_settings_name_is_not_missed_twice() -> None:
    assert codes(a_show(artwork=None, locations={"artwork": Location(file="show.toml", line=2)})) == []


def test_a_draft_that_lies_ahead_is_not_announced() -> None:
    assert codes(a_show(an_episode(number=1, date=NOW + timedelta(days=1), draft=True))) == []


def test_findings_point_at_the_value_or_at_the_file() -> None:
    at_title = Location(file="show.toml", line=1, column=1)
    (finding,) = check_show(a_show(title="x" * 300, locations={"title": at_title, "": Location(file="show.toml")}))
    assert finding.location == at_title
    (finding,) = check_show(a_show(owner=None, locations={"": Location(file="show.toml")}))
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
    assert check_show(show) == tuple(wanted)


def test_the_verdict_fails_for_its_own_errors_and_for_everybodys() -> None:
    def an_error(*destinations: str, severity: Severity = Severity.ERROR) -> Diagnostic:
        return Diagnostic(code="X", severity=severity, message="m", destinations=destinations)

    assert judge([]) == {"psp1": "pass"}
    assert judge([an_error("apple")]) == {"psp1": "pass"}
    assert judge([an_error("psp1", severity=Severity.WARNING)]) == {"psp1": "pass"}
    assert judge([an_error("apple", "psp1")]) == {"psp1": "fail"}
    assert judge([an_error()]) == {"psp1": "fail"}
