"""The feed of a limited series at each step, from its trailer to after its finale."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from podcastkit.checks import check_show
from podcastkit.cli.app import run
from podcastkit.diagnostics import Severity
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.publishing.prepare import prepare
from podcastkit.publishing.publish import publish
from podcastkit.publishing.withdraw import withdraw
from tests.shows import SHOW_TOML, Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.publishing.plan import Plan

URL = "https://podcast.example.org"
SERIES = f"""\
episodes = 3
{{more}}

[schedule]
first = 2024-09-05T06:00:00
every = "week"
skip = [2024-09-12]

[publish]
to = "public"
url = "{URL}"
"""
WEEKLY = ("Weekly, 3 episodes", {"dtstart": "2024-09-05T06:00:00-07:00", "rrule": "FREQ=WEEKLY;COUNT=4"})
COMPLETE = ("Complete: 3 episodes", {"complete": "true"})
TRAILER_OUT, FIRST_OUT = datetime(2024, 9, 1, tzinfo=UTC), datetime(2024, 9, 6, tzinfo=UTC)
FINALE, AFTER = datetime(2024, 9, 27, tzinfo=UTC), datetime(2024, 10, 9, tzinfo=UTC)


@pytest.fixture
def series(tmp_path: Path) -> Workshop:
    workshop = Workshop(tmp_path / "show").show(SERIES.format(more=""))
    workshop.episode("00-trailer", "---\ntitle: Hear the sea\ndate: 2024-08-29\n---\nSoon.")
    for number in (1, 2, 3):
        workshop.episode(f"{number:02}-part", f"# Part {number}\n\nWhat part {number} tells.", mark=number)
    return workshop


def set_complete(workshop: Workshop) -> None:
    (workshop.folder / "show.toml").write_text(SHOW_TOML + SERIES.format(more="complete = true"))


def render_channel(plan: Plan) -> etree._Element:
    return etree.fromstring(plan.feed)[0]


def read_frequency(plan: Plan) -> tuple[str | None, dict[str, str]]:
    (element,) = render_channel(plan).findall("podcast:updateFrequency", dict(NAMESPACES))
    return element.text, {str(name): str(value) for name, value in element.attrib.items()}


def is_complete(plan: Plan) -> bool:
    return render_channel(plan).find("itunes:complete", dict(NAMESPACES)) is not None


def test_update_frequency_is_complete_after_the_finale(series: Workshop) -> None:
    steps = [(TRAILER_OUT, WEEKLY), (FIRST_OUT, WEEKLY), (FINALE, COMPLETE), (AFTER, COMPLETE)]
    for moment, expected in steps:
        plan = prepare(series.folder, at=moment)
        assert read_frequency(plan) == expected
        assert not is_complete(plan)


def test_season_is_written_except_for_the_trailer_of_the_show(series: Workshop) -> None:
    series.episode("04-bonus-outtakes", "---\ntitle: Outtakes\ndate: 2024-09-02\n---\nMore.", mark=9)
    items = render_channel(prepare(series.folder, at=FINALE)).findall("item")
    seasons = [
        (
            item.findtext("title"),
            item.findtext("itunes:season", None, dict(NAMESPACES)),
            item.findtext("itunes:episode", None, dict(NAMESPACES)),
        )
        for item in items
    ]
    assert seasons == [
        ("Hear the sea", None, None),
        ("Part 1", "1", "1"),
        ("Part 2", "1", "2"),
        ("Part 3", "1", "3"),
        ("Outtakes", "1", None),
    ]


@pytest.mark.parametrize("moment", [TRAILER_OUT, FIRST_OUT])
def test_unreleased_episode_does_not_affect_the_feed(series: Workshop, moment: datetime) -> None:
    """Check that the feed has the same bytes as without the later folders."""
    with_all = prepare(series.folder, at=moment).feed
    for number in (1, 2, 3):
        if f"Part {number}".encode() not in with_all:
            shutil.rmtree(series.folder / f"{number:02}-part")
    assert prepare(series.folder, at=moment).feed == with_all
    assert b"03-part" not in with_all


def test_plan_shows_that_the_last_episode_completes_the_series(series: Workshop) -> None:
    publish(series.folder, at=FIRST_OUT)
    changes = {
        change.field: change for change in prepare(series.folder, at=FINALE).changes if change.kind == "show"
    }
    assert list(changes) == ["update_frequency"]
    assert changes["update_frequency"].old == "Weekly, 3 episodes (FREQ=WEEKLY;COUNT=4, 2024-09-05T06:00:00-07:00)"
    assert changes["update_frequency"].new == "Complete: 3 episodes (complete)"
    assert not changes["update_frequency"].destructive


def test_complete_is_published_only_after_the_last_episode(series: Workshop) -> None:
    set_complete(series)
    plan = prepare(series.folder, at=FIRST_OUT)
    assert not is_complete(plan)
    (warning,) = [finding for finding in plan.findings if finding.code == "S131"]
    assert (warning.severity, warning.message) == (
        Severity.WARNING,
        "complete = true is not published yet: 1 of 3 episodes are released",
    )
    assert is_complete(prepare(series.folder, at=FINALE))


@pytest.mark.parametrize(("withdrawn", "keeps_lock"), [("2", True), ("3", True), ("2", False)])
def test_complete_series_stays_complete_after_a_withdrawal(
    series: Workshop, withdrawn: str, keeps_lock: bool
) -> None:
    publish(series.folder, at=FINALE)
    withdraw(series.folder, withdrawn, at=AFTER, yes=True, write_lock=keeps_lock)
    assert publish(series.folder, at=AFTER).outcome == "unchanged"
    plan = prepare(series.folder, at=AFTER)
    assert (read_frequency(plan), is_complete(plan)) == (COMPLETE, False)
    set_complete(series)
    plan = prepare(series.folder, at=AFTER)
    assert (read_frequency(plan), is_complete(plan)) == (COMPLETE, True)
    assert not [finding for finding in plan.findings if finding.code == "S131"]


def test_finale_without_a_date_is_complete_after_publishing(series: Workshop) -> None:
    text = SHOW_TOML + "episodes = 3\n[publish]\nto = 'public'\n" + f"url = '{URL}'\n"
    (series.folder / "show.toml").write_text(text)
    first = prepare(series.folder, at=FINALE)
    assert read_frequency(first) == COMPLETE
    assert not [finding for finding in first.findings if finding.code == "S130"]
    publish(series.folder, at=FINALE)
    assert [finding.code for finding in prepare(series.folder, at=AFTER).findings if finding.code == "S130"]


def test_series_with_a_broken_published_finale_stays_complete(series: Workshop) -> None:
    publish(series.folder, at=FINALE)
    (series.folder / "03-part" / "notes.md").write_text("---\nnumber: x\n---\n")
    plan = prepare(series.folder, at=AFTER)
    assert [held.episode for held in plan.held_back if held.is_broken] == ["03-part"]
    assert read_frequency(plan) == COMPLETE
    assert plan.changes == ()


def test_broken_published_trailer_stays_the_trailer_of_the_show(series: Workshop) -> None:
    before = publish(series.folder, at=FIRST_OUT).plan.feed
    (series.folder / "00-trailer" / "notes.md").write_text("---\nnumber: x\n---\n")
    assert prepare(series.folder, at=FIRST_OUT).feed == before
    assert b"<podcast:trailer" in before


def test_withdrawn_trailer_is_removed_from_the_feed(series: Workshop) -> None:
    publish(series.folder, at=FIRST_OUT)
    withdraw(series.folder, "00-trailer", at=FIRST_OUT, yes=True)
    feed = (series.folder / "public" / "feed.xml").read_bytes()
    assert b"00-trailer" not in feed
    assert b"Hear the sea" not in feed
    assert b"Part 1" in feed


def test_publish_reports_the_finale(
    series: Workshop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(series.folder)
    assert run(["publish", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert "All 3 episodes are released: you can now write complete = true in show.toml." in shown
    assert run(["plan", "--at", "2024-09-06T00:00:00+00:00"]) == 0
    assert "you can now" not in capsys.readouterr().out


def test_end_of_series_finding_is_located_at_its_key(series: Workshop) -> None:
    (note,) = [
        found for found in check_show(prepare(series.folder, at=FINALE).show).findings if found.code == "S130"
    ]
    assert (note.severity, str(note.location)) == (Severity.INFO, "show.toml:9:1")
