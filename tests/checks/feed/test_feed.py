"""Every rule of feeds with one that it finds, and one that it passes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.checks import feed as feed_rules
from podcastkit.checks.feed import check_document, gather
from podcastkit.checks.rule import CATALOGUE, RANK
from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.feed.xml_parser import read_document
from tests.checked_feeds import AT, FEEDS, describe, find

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.checks.rule import Rule

# The other host's is broken on purpose.
OURS = [path for path in FEEDS[0].parents[1].glob("*.xml") if path.name != "other-host.xml"]
FEED_RULES = [rule for code, rule in CATALOGUE.items() if code.startswith("F")]
# A trailer without notes, the barest show, and a title with a number: what the rules for shows say of them, too.
ALLOWED = {"every-tag.xml": {"F207"}, "barest.xml": {"F101", "F106", "F207"}, "everywhere.xml": {"F218"}}


def check(xml: str) -> list[str]:
    return [finding.code for finding in check_document(read_document(xml.encode(), "feed.xml"), at=AT)]


def clean(*changes: tuple[str, str]) -> str:
    """The clean feed with some words changed."""
    text = next(path for path in FEEDS if path.name == "clean.xml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_what_is_found_is_as_reviewed(path: Path) -> None:
    """Where a change is meant, `python -m tests.checked_feeds` writes it, and the diff shows it."""
    assert describe(find(path)) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_rule_is_broken_by_some_feed() -> None:
    found = {finding.code for path in FEEDS for finding in find(path)}
    # F104 finds what F103 finds, for those who do not ask for Spotify.
    assert found | {"F104"} == {rule.code for rule in FEED_RULES}


def test_a_missing_tag_is_found_once_by_the_harshest_rule_that_matters() -> None:
    document = read_document(b"<rss version='2.0'><channel><item/></channel></rss>", "f")
    for destinations, expected in (
        ((), ["F103", "F206"]),
        (("spotify", "apple"), ["F103", "F206"]),
        (("apple",), ["F104", "F207"]),
        (("youtube",), []),
    ):
        found = check_document(document, at=AT, destinations=destinations)
        missing = ("there is no <itunes:author>", "there is no <pubDate>")
        assert [one.code for one in found if one.message.startswith(missing)] == expected


def test_the_clean_feed_breaks_none() -> None:
    assert check(clean()) == []


@pytest.mark.parametrize("rule", FEED_RULES, ids=lambda rule: rule.code)
def test_each_rule_has_a_page_with_a_solution_and_a_source(rule: Rule) -> None:
    assert "**Solution**" in rule.page
    assert re.search(r"^Source: \S", rule.page, re.MULTILINE)
    assert rule.title.endswith(".")


def test_findings_are_never_harsher_than_their_rule_and_say_the_cure() -> None:
    for finding in (finding for path in FEEDS for finding in find(path)):
        rule = CATALOGUE[finding.code]
        assert RANK[finding.severity] >= RANK[rule.severity]
        assert finding.destinations == rule.destinations
        assert finding.hint
        assert finding.location
        assert finding.location.line
        assert finding.location.column


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_the_feeds_that_we_write_pass(path: Path) -> None:
    findings = check_document(read_document(path.read_bytes(), path.name), at=AT.replace(year=2026))
    bad = {finding.code for finding in findings if finding.severity is not Severity.INFO}
    assert bad == ALLOWED.get(path.name, set())


@pytest.mark.parametrize("name", ["pubDate", "lastBuildDate"])
def test_a_date_of_the_channel_that_cannot_be_read_is_found(name: str) -> None:
    assert "F121" in check(clean(("<itunes:owner>", f"<{name}>soon</{name}><itunes:owner>")))


@pytest.mark.parametrize(("date", "codes"), [("12:10:00", []), ("12:10:01", ["F211"])])
def test_clocks_may_differ_by_ten_minutes(date: str, codes: list[str]) -> None:
    assert check(clean(("Thu, 05 Sep 2024 06:00:00 -0700", f"Fri, 01 Nov 2024 {date} +0000"))) == codes


def test_the_same_file_twice_in_one_item_is_one_finding() -> None:
    enclosure = (
        '<enclosure url="https://podcast.example.org/01-high-water.mp3" length="24311008" type="audio/mpeg"/>'
    )
    assert check(clean((enclosure, enclosure * 2))) == ["F302"]


def test_html_that_is_not_escaped_is_reported_with_its_solution() -> None:
    xml = clean(("<description>Eight parts about water.</description>", "<description><p>Eight</p></description>"))
    [found] = check_document(read_document(xml.encode(), "feed.xml"), at=AT)
    assert (found.code, found.hint) == ("F101", "put what is inside into <![CDATA[ … ]]>")


@pytest.mark.parametrize(
    ("declared", "written", "words"),
    [
        ("UTF-16", "utf-8", "its declaration says UTF-16"),
        ("ISO-8859-1", "utf-8", "apps show Ã© for é"),
        ("ISO-8859-1", "latin-1", "written in iso8859-1"),
        ("UTF-32", "utf-32", "written in utf-32"),
    ],
)
def test_a_wrong_encoding_is_reported_by_what_is_wrong(declared: str, written: str, words: str) -> None:
    xml = clean(("UTF-8", declared), ("Eight parts", "Eight cafés"))
    found = check_document(read_document(xml.encode(written), "feed.xml"), at=AT)
    assert [words in one.message for one in found if one.code == "F006"] == [True]


class TestOrder:
    def test_the_channel_comes_first_then_item_by_item_the_worst_first(self) -> None:
        broken = clean(
            ("<title>High water</title>", "<title>S1E1 High water</title>"),
            ('type="audio/mpeg"/>\n      <itunes:episodeType>', 'type="audio/ogg"/>\n      <itunes:episodeType>'),
            ("<copyright>2024", "<copyright>© 2024"),
            ("<language>en-GB", "<language>English"),
        )
        assert check(broken) == ["F107", "F114", "F304", "F218"]

    def test_items_on_one_line_stay_apart(self) -> None:
        items = "<item><guid/></item><item><title>B</title></item>"
        findings = check_document(
            read_document(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), "f"), at=AT
        )
        columns = [one.location.column for one in findings if one.episode and one.location and one.code == "F202"]
        assert columns == [29, 49]

    def test_an_item_is_called_by_the_first_thing_that_names_it(self) -> None:
        items = "<item><guid>g</guid></item><item>\n</item><item><title>T\x7f</title></item>"
        findings = check_document(
            read_document(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), "f"), at=AT
        )
        assert {one.episode for one in findings} == {None, "g", "the item in line 1", "T\\x7f"}


class TestGathering:
    @staticmethod
    def finding(message: str = 'it says "a"', *, line: int = 1, **changes: Any) -> Diagnostic:
        made = Diagnostic(
            code="F110",
            severity=Severity.WARNING,
            message=message,
            episode=f"Episode {line}",
            location=Location(file="feed.xml", line=line),
        )
        return replace(made, **changes)

    def test_three_of_a_kind_are_told_one_by_one(self) -> None:
        findings = tuple(self.finding(line=line) for line in range(3))
        assert gather(findings) == findings

    def test_of_more_the_first_stands_for_all(self) -> None:
        findings = [self.finding(f'it says "{line}" in {line:,} bytes', line=line) for line in range(1, 1301)]
        (told,) = gather(findings)
        assert told.message == 'it says "1" in 1 bytes (and 1,299 more)'
        assert told.location == findings[0].location

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"code": "F111"}, id="another rule"),
            pytest.param({"severity": Severity.ERROR}, id="worse"),
            pytest.param({"episode": None}, id="the channel's"),
            pytest.param({"message": 'it shows "a"'}, id="other words"),
        ],
    )
    def test_what_is_not_the_same_stays(self, changes: dict[str, Any]) -> None:
        other = self.finding(**changes)
        assert gather([*(self.finding(line=line) for line in range(5)), other])[-1] == other


class TestWhatIsNoMistake:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(("https://podcast.example.org/01-high-water.mp3", "https://op3.dev/e,pg=9b02/podcast.example.org/01.mp3"), id="a prefix"),  # noqa: E501 - one line for each case
            pytest.param(('.mp3" length="24311008"', '.MP3" length="24311008"'), id="an ending in capitals"),
            pytest.param(("-0700</pubDate>", "-0000</pubDate>"), id="a zone that is not told"),
            pytest.param(("-0700</pubDate>", "GMT</pubDate>"), id="GMT"),
            pytest.param(("<pubDate>Thu, 05", "<pubDate>Thu, 5"), id="a day of one digit"),
            pytest.param(("<pubDate>Thu, 05", "<pubDate>05"), id="no weekday"),
            pytest.param(("<link>https://example.org/tides/1", "<link>http://example.org/1"), id="plain http"),
            pytest.param(('isPermaLink="false">5d1f6d3c-high-water', ">https://example.org/1"), id="an address"),
            pytest.param(("<title>High water", "<title>What Episode 4 told anew"), id="a number in a sentence"),
            pytest.param(("<title>High water", "<title>1984"), id="a year"),
            pytest.param(("<title>High water", "<title>7 ways to read the sea"), id="a number at the start"),
            pytest.param(("<itunes:complete>Yes", "<itunes:complete>yes"), id="yes in small letters"),
            pytest.param(("<language>en-GB", "<language>pt-br"), id="a language in small letters"),
            pytest.param(('type="text/vtt"', 'type="text/vtt; charset=utf-8"'), id="a type with its encoding"),
            pytest.param(('geo="geo:57.7,11.9"', 'geo="geo:-57.7,11.9;u=500"'), id="a place with an accuracy"),
            pytest.param(("podcast:locked owner", "podcast:locked Owner"), id="an attribute that nobody knows"),
            pytest.param(("<itunes:owner>", "<unknown>x </unknown><itunes:owner>"), id="a tag of others"),
            pytest.param(("?>\n<rss", "?>\n<?xml-stylesheet href='a.xsl'?>\n<rss"), id="a style sheet"),
        ],
    )  # fmt: skip
    def test_it_passes(self, change: tuple[str, str]) -> None:
        assert check(clean(change)) == []

    def test_the_numbers_of_another_season_are_free(self) -> None:
        item = clean().partition("    <item>")[2].partition("    </item>")[0]
        second = (
            item.replace("<itunes:season>1", "<itunes:season>2")
            .replace('tide">1', 'tide">2')
            .replace("high-water", "low-water")
        )
        assert check(clean(("    <item>", f"    <item>{second}    </item>\n    <item>"))) == []


@pytest.mark.slow
def test_no_rule_is_asked_for_more_findings_than_anybody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_rules, "_MOST", 100)
    feed = "<rss version='2.0'><channel>" + "<item/>" * 105 + "</channel></rss>"
    found = check_document(read_document(feed.encode(), "feed.xml"), at=AT)
    assert sum(finding.code == "F202" for finding in found) == 100


def test_an_address_without_end_is_not_even_parsed() -> None:
    long = f"https://example.org/{'x' * 5000}"
    assert check(clean(("https://example.org/tides/1", long))) == ["F119"]


class TestTheAddress:
    @pytest.mark.parametrize(
        ("address", "codes"),
        [
            pytest.param(None, [], id="a file"),
            pytest.param("http://podcast.example.org/feed.xml/", [], id="scheme and slash do not count"),
            pytest.param("https://feeds.example.org/feed.xml", ["F118"], id="another one"),
        ],
    )
    def test_is_compared_with_what_the_feed_says(self, address: str | None, codes: list[str]) -> None:
        document = read_document(clean().encode(), address or "feed.xml")
        assert [finding.code for finding in check_document(document, at=AT, address=address)] == codes

    def test_before_a_redirect_is_as_good_as_behind_it(self) -> None:
        document = read_document(clean().encode(), "https://podcast.example.org/feed.xml")
        assert check_document(document, at=AT, address="https://cdn.example.org/f") == ()


class TestTheBeginning:
    @pytest.mark.parametrize(
        "before", ["\n", " ", "\t\r\n\n", "\ufeff\n", "\ufeff \n", "\ufeff\ufeff", "\ufeff\ufeff\n"]
    )
    def test_with_blanks_before_the_declaration_is_an_error(self, before: str) -> None:
        findings = check_document(read_document((before + clean()).encode(), "feed.xml"), at=AT)
        assert [(one.code, one.severity) for one in findings] == [("F007", Severity.ERROR)]

    @pytest.mark.parametrize("before", ["", "\n", "\ufeff", "<!-- a -->\n"])
    def test_without_a_declaration_may_have_any(self, before: str) -> None:
        assert check(before + clean().partition("?>\n")[2]) == ["F005"]

    @pytest.mark.parametrize("version", ["", ' version=""', ' version="2"', ' version="2.0.1"', ' version="2.1"'])
    def test_needs_the_version_of_rss(self, version: str) -> None:
        assert check(clean((' version="2.0"', version))) == ["F015"]


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("itunes:catagory", "itunes:category"),
        ("itunes:epsiode", "itunes:episode"),
        ("itunes:description", "description"),
        ("itunes:pubdate", "pubDate"),
        ("itunes:transcript", "podcast:transcript"),
        ("podcast:transcripts", "podcast:transcript"),
        ("podcast:chapter", "podcast:chapters"),
        ("podcast:summary", "itunes:summary"),
        ("itunes:mood", None),
        ("podcast:weather", None),
    ],
)
@pytest.mark.parametrize("place", ["channel", "item"])
def test_an_unknown_tag_is_found_with_the_one_that_was_meant(name: str, suggested: str | None, place: str) -> None:
    text = clean((f"</{place}>", f"<{name}>x</{name}></{place}>"))
    [finding, *_] = check_document(read_document(text.encode(), "feed.xml"), at=AT)
    assert finding.code == ("F016" if name.startswith("itunes:") else "F413")
    assert finding.severity is (Severity.INFO if name == "podcast:weather" else Severity.WARNING)
    is_suggestion = (finding.hint or "").startswith("did you mean <")
    assert (finding.hint == f"did you mean <{suggested}>?") if suggested else not is_suggestion
