"""The feed rules: feeds with errors, feeds without, and how findings are sorted and grouped."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from podcastkit.checks import feed as feed_rules
from podcastkit.checks.feed import check_document, gather_similar
from podcastkit.checks.rule import CATALOG, RANK
from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.feed.xml_parser import read_document
from tests.checked_feeds import AT, FEEDS, describe, find

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.checks.rule import Rule

# The feed of another host has errors on purpose.
OUR_FEEDS = [path for path in FEEDS[0].parents[1].glob("*.xml") if path.name != "other-host.xml"]
FEED_RULES = [rule for code, rule in CATALOG.items() if code.startswith("F")]
# A trailer without notes, a minimal show, and a title with a number: the rules for shows report these, too.
ALLOWED = {"every-tag.xml": {"F207"}, "barest.xml": {"F101", "F106", "F207"}, "everywhere.xml": {"F218"}}


def list_codes(xml: str) -> list[str]:
    return [finding.code for finding in check_document(read_document(xml.encode(), "feed.xml"), at=AT)]


def edit_clean_feed(*changes: tuple[str, str]) -> str:
    """Return the feed without errors, with some replacements."""
    text = next(path for path in FEEDS if path.name == "clean.xml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.name)
def test_findings_equal_the_reviewed_findings(path: Path) -> None:
    """If a change is intended, write it with `python -m tests.checked_feeds` and review the diff."""
    assert describe(find(path)) == path.with_suffix(".txt").read_text(encoding="utf-8")


def test_every_rule_has_a_feed_that_breaks_it() -> None:
    found = {finding.code for path in FEEDS for finding in find(path)}
    # F104 reports the same as F103 in a check without Spotify.
    assert found | {"F104"} == {rule.code for rule in FEED_RULES}


def test_missing_tag_is_reported_once_by_the_most_severe_rule() -> None:
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


def test_clean_feed_has_no_findings() -> None:
    assert list_codes(edit_clean_feed()) == []


@pytest.mark.parametrize("rule", FEED_RULES, ids=lambda rule: rule.code)
def test_rule_page_has_a_solution_and_a_source(rule: Rule) -> None:
    assert "**Solution**" in rule.page
    assert re.search(r"^Source: \S", rule.page, re.MULTILINE)
    assert rule.title.endswith(".")


def test_findings_have_the_severity_of_their_rule_or_less_and_a_hint() -> None:
    for finding in (finding for path in FEEDS for finding in find(path)):
        rule = CATALOG[finding.code]
        assert RANK[finding.severity] >= RANK[rule.severity]
        assert finding.destinations == rule.destinations
        assert finding.hint
        assert finding.location
        assert finding.location.line
        assert finding.location.column


@pytest.mark.parametrize("path", OUR_FEEDS, ids=lambda path: path.name)
def test_feeds_of_podcastkit_have_no_warnings(path: Path) -> None:
    findings = check_document(read_document(path.read_bytes(), path.name), at=AT.replace(year=2026))
    bad = {finding.code for finding in findings if finding.severity is not Severity.INFO}
    assert bad == ALLOWED.get(path.name, set())


@pytest.mark.parametrize("name", ["pubDate", "lastBuildDate"])
def test_invalid_channel_date_is_reported(name: str) -> None:
    assert "F121" in list_codes(edit_clean_feed(("<itunes:owner>", f"<{name}>soon</{name}><itunes:owner>")))


@pytest.mark.parametrize(("date", "codes"), [("12:10:00", []), ("12:10:01", ["F211"])])
def test_date_ten_minutes_ahead_is_not_in_the_future(date: str, codes: list[str]) -> None:
    assert (
        list_codes(edit_clean_feed(("Thu, 05 Sep 2024 06:00:00 -0700", f"Fri, 01 Nov 2024 {date} +0000"))) == codes
    )


def test_same_file_twice_in_one_item_is_one_finding() -> None:
    enclosure = (
        '<enclosure url="https://podcast.example.org/01-high-water.mp3" length="24311008" type="audio/mpeg"/>'
    )
    assert list_codes(edit_clean_feed((enclosure, enclosure * 2))) == ["F302"]


def test_html_without_escaping_is_reported_with_a_solution() -> None:
    xml = edit_clean_feed(
        ("<description>Eight parts about water.</description>", "<description><p>Eight</p></description>")
    )
    [found] = check_document(read_document(xml.encode(), "feed.xml"), at=AT)
    assert (found.code, found.hint) == ("F101", "put its content into <![CDATA[ … ]]>")


@pytest.mark.parametrize(
    ("declared", "written", "words"),
    [
        ("UTF-16", "utf-8", "its declaration has the encoding UTF-16"),
        ("ISO-8859-1", "utf-8", "apps show Ã© for é"),
        ("ISO-8859-1", "latin-1", "the feed is in iso8859-1"),
        ("UTF-32", "utf-32", "the feed is in utf-32"),
    ],
)
def test_wrong_encoding_is_described(declared: str, written: str, words: str) -> None:
    xml = edit_clean_feed(("UTF-8", declared), ("Eight parts", "Eight cafés"))
    found = check_document(read_document(xml.encode(written), "feed.xml"), at=AT)
    assert [words in one.message for one in found if one.code == "F006"] == [True]


class TestOrder:
    def test_channel_is_first_then_each_item_with_errors_first(self) -> None:
        broken = edit_clean_feed(
            ("<title>High water</title>", "<title>S1E1 High water</title>"),
            ('type="audio/mpeg"/>\n      <itunes:episodeType>', 'type="audio/ogg"/>\n      <itunes:episodeType>'),
            ("<copyright>2024", "<copyright>© 2024"),
            ("<language>en-GB", "<language>English"),
        )
        assert list_codes(broken) == ["F107", "F114", "F304", "F218"]

    def test_items_on_one_line_have_separate_findings(self) -> None:
        items = "<item><guid/></item><item><title>B</title></item>"
        findings = check_document(
            read_document(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), "f"), at=AT
        )
        columns = [one.location.column for one in findings if one.episode and one.location and one.code == "F202"]
        assert columns == [29, 49]

    def test_finding_names_the_item_by_title_guid_or_line(self) -> None:
        items = "<item><guid>g</guid></item><item>\n</item><item><title>T\x7f</title></item>"
        findings = check_document(
            read_document(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), "f"), at=AT
        )
        assert {one.episode for one in findings} == {None, "g", "the item in line 1", "T\\x7f"}


class TestGathering:
    @staticmethod
    def make_finding(message: str = 'the tag is "a"', *, line: int = 1, **changes: Any) -> Diagnostic:
        finding = Diagnostic(
            code="F110",
            severity=Severity.WARNING,
            message=message,
            episode=f"Episode {line}",
            location=Location(file="feed.xml", line=line),
        )
        return replace(finding, **changes)

    def test_three_similar_findings_are_all_kept(self) -> None:
        findings = tuple(self.make_finding(line=line) for line in range(3))
        assert gather_similar(findings) == findings

    def test_more_than_three_similar_findings_become_one(self) -> None:
        findings = [
            self.make_finding(f'the tag is "{line}" in {line:,} bytes', line=line) for line in range(1, 1301)
        ]
        (gathered,) = gather_similar(findings)
        assert gathered.message == 'the tag is "1" in 1 bytes (and 1,299 more)'
        assert gathered.location == findings[0].location

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"code": "F111"}, id="another rule"),
            pytest.param({"severity": Severity.ERROR}, id="another severity"),
            pytest.param({"episode": None}, id="in the channel"),
            pytest.param({"message": 'the tag shows "a"'}, id="another message"),
        ],
    )
    def test_dissimilar_finding_is_kept(self, changes: dict[str, Any]) -> None:
        other = self.make_finding(**changes)
        assert gather_similar([*(self.make_finding(line=line) for line in range(5)), other])[-1] == other


class TestValidFeeds:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(("https://podcast.example.org/01-high-water.mp3", "https://op3.dev/e,pg=9b02/podcast.example.org/01.mp3"), id="tracking prefix"),  # noqa: E501 - one line for each case
            pytest.param(('.mp3" length="24311008"', '.MP3" length="24311008"'), id="file extension in capitals"),
            pytest.param(("-0700</pubDate>", "-0000</pubDate>"), id="unknown time zone"),
            pytest.param(("-0700</pubDate>", "GMT</pubDate>"), id="GMT"),
            pytest.param(("<pubDate>Thu, 05", "<pubDate>Thu, 5"), id="one-digit day"),
            pytest.param(("<pubDate>Thu, 05", "<pubDate>05"), id="no weekday"),
            pytest.param(("<link>https://example.org/tides/1", "<link>http://example.org/1"), id="plain http"),
            pytest.param(('isPermaLink="false">5d1f6d3c-high-water', ">https://example.org/1"), id="URL as GUID"),
            pytest.param(("<title>High water", "<title>What Episode 4 told anew"), id="number in a sentence"),
            pytest.param(("<title>High water", "<title>1984"), id="year as title"),
            pytest.param(("<title>High water", "<title>7 ways to read the sea"), id="number at the start"),
            pytest.param(("<itunes:complete>Yes", "<itunes:complete>yes"), id="yes in lower case"),
            pytest.param(("<language>en-GB", "<language>pt-br"), id="language in lower case"),
            pytest.param(('type="text/vtt"', 'type="text/vtt; charset=utf-8"'), id="media type with charset"),
            pytest.param(('geo="geo:57.7,11.9"', 'geo="geo:-57.7,11.9;u=500"'), id="location with uncertainty"),
            pytest.param(("podcast:locked owner", "podcast:locked Owner"), id="unknown attribute"),
            pytest.param(("<itunes:owner>", "<unknown>x </unknown><itunes:owner>"), id="unknown tag"),
            pytest.param(("?>\n<rss", "?>\n<?xml-stylesheet href='a.xsl'?>\n<rss"), id="style sheet"),
        ],
    )  # fmt: skip
    def test_valid_feed_has_no_findings(self, change: tuple[str, str]) -> None:
        assert list_codes(edit_clean_feed(change)) == []

    def test_same_number_in_another_season_is_valid(self) -> None:
        item = edit_clean_feed().partition("    <item>")[2].partition("    </item>")[0]
        second = (
            item.replace("<itunes:season>1", "<itunes:season>2")
            .replace('tide">1', 'tide">2')
            .replace("high-water", "low-water")
        )
        assert list_codes(edit_clean_feed(("    <item>", f"    <item>{second}    </item>\n    <item>"))) == []


@pytest.mark.slow
def test_findings_of_one_rule_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_rules, "_MAX_FINDINGS", 100)
    feed = "<rss version='2.0'><channel>" + "<item/>" * 105 + "</channel></rss>"
    found = check_document(read_document(feed.encode(), "feed.xml"), at=AT)
    assert sum(finding.code == "F202" for finding in found) == 100


def test_very_long_address_is_reported() -> None:
    long = f"https://example.org/{'x' * 5000}"
    assert list_codes(edit_clean_feed(("https://example.org/tides/1", long))) == ["F119"]


class TestFeedAddress:
    @pytest.mark.parametrize(
        ("address", "codes"),
        [
            pytest.param(None, [], id="file"),
            pytest.param("http://podcast.example.org/feed.xml/", [], id="other scheme and slash"),
            pytest.param("https://feeds.example.org/feed.xml", ["F118"], id="other address"),
        ],
    )
    def test_address_is_compared_with_the_self_link(self, address: str | None, codes: list[str]) -> None:
        document = read_document(edit_clean_feed().encode(), address or "feed.xml")
        assert [finding.code for finding in check_document(document, at=AT, address=address)] == codes

    def test_address_before_a_redirect_is_accepted(self) -> None:
        document = read_document(edit_clean_feed().encode(), "https://podcast.example.org/feed.xml")
        assert check_document(document, at=AT, address="https://cdn.example.org/f") == ()


class TestBeginning:
    @pytest.mark.parametrize(
        "before", ["\n", " ", "\t\r\n\n", "\ufeff\n", "\ufeff \n", "\ufeff\ufeff", "\ufeff\ufeff\n"]
    )
    def test_whitespace_before_the_declaration_is_an_error(self, before: str) -> None:
        findings = check_document(read_document((before + edit_clean_feed()).encode(), "feed.xml"), at=AT)
        assert [(one.code, one.severity) for one in findings] == [("F007", Severity.ERROR)]

    @pytest.mark.parametrize("before", ["", "\n", "\ufeff", "<!-- a -->\n"])
    def test_text_before_rss_without_declaration_is_allowed(self, before: str) -> None:
        assert list_codes(before + edit_clean_feed().partition("?>\n")[2]) == ["F005"]

    @pytest.mark.parametrize("version", ["", ' version=""', ' version="2"', ' version="2.0.1"', ' version="2.1"'])
    def test_rss_version_other_than_2_0_is_reported(self, version: str) -> None:
        assert list_codes(edit_clean_feed((' version="2.0"', version))) == ["F015"]


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
def test_unknown_tag_is_reported_with_a_suggestion(name: str, suggested: str | None, place: str) -> None:
    text = edit_clean_feed((f"</{place}>", f"<{name}>x</{name}></{place}>"))
    [finding, *_] = check_document(read_document(text.encode(), "feed.xml"), at=AT)
    assert finding.code == ("F016" if name.startswith("itunes:") else "F413")
    assert finding.severity is (Severity.INFO if name == "podcast:weather" else Severity.WARNING)
    is_suggestion = (finding.hint or "").startswith("did you mean <")
    assert (finding.hint == f"did you mean <{suggested}>?") if suggested else not is_suggestion
