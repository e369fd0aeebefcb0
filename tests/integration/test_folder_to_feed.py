"""Every tag, from the line in the show folder to the element in the feed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from podcastkit.build.render_feed import render_feed
from podcastkit.checks import check_show
from podcastkit.diagnostics import Severity
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.project.loader import load
from tests.shows import NOW, Workshop, make_mp3

if TYPE_CHECKING:
    from pathlib import Path

SHOW = """\
title = "Night Shift"
author = "Harbour Radio"
description = "Who keeps the harbour running at night, told by a voice that AI made."
language = "en"
categories = ["Society & Culture > Documentary", "Arts"]
explicit = false
link = "https://example.org/night"
copyright = "© 2024 Harbour Radio"
owner = {name = "Harbour Radio", email = "radio@example.org"}
people = ["Ana Mar", {name = "Bo Quay", role = "Executive Producer", href = "https://example.org/bo"}]
season = 2
season_name = "The docks"
episodes = 8
complete = true
guid = "9b024349-ccf0-5f69-a609-6b82873eab3c"
new_feed_url = "https://example.org/feed.xml"
medium = "Podcast"
license = "cc-by-4.0"
location = [{name = "Harbour", geo = "geo:57.7,11.9", osm = "R1", country = "se"},
  {name = "Studio", rel = "creator"}]
txt = [{purpose = "applepodcastsverify", value = "a1b2"}, "plain words"]
block = {except = ["podcastindex"]}
funding = [{url = "https://example.org/give", text = "Keep the lamp lit"}]
publisher = {feed_guid = "003af0a0-6a45-55cf-b765-68e3d349551a", feed_url = "https://example.org/all.xml"}
podping = true
social = {protocol = "disabled"}
ai_content = true

[[podroll]]
feed_guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
feed_url = "https://example.net/rss"
title = "Next Door"
medium = "music"

[schedule]
first = 2024-09-05T06:00:00
timezone = "America/Los_Angeles"
every = "2 weeks"
"""

EPISODE = """\
---
title: The crane
date: 2024-10-01 06:00
number_display: Ten
summary: It lifts
explicit: yes
link: https://example.org/crane
people:
- Cy Pier
- {name: Di Weir, role: editor, group: writing, img: https://example.org/di.jpg}
soundbites: [{start: 0:01, duration: 15, title: The hook}]
location: The crane
license: {slug: own, url: https://example.org/license}
txt: {purpose: verify, value: x}
funding: {url: https://example.org/crane-fund, text: Oil the crane}
content_links: [{href: https://video.example.org/1, text: Watch it}]
social:
- {protocol: activitypub, uri: https://social.example.org/1, account_id: '@night', account_url: https://social.example.org/@night}
- {protocol: nostr, uri: nostr:note1x}
block: true
ai_content: false
---
Notes.
"""

CHANNEL = [
    "<link>https://example.org/night</link>",
    "<copyright>2024 Harbour Radio</copyright>",
    "<language>en</language>",
    "<itunes:author>Harbour Radio</itunes:author>",
    "<itunes:type>serial</itunes:type>",
    "<itunes:new-feed-url>https://example.org/feed.xml</itunes:new-feed-url>",
    "<itunes:explicit>false</itunes:explicit>",
    "<itunes:block>Yes</itunes:block>",
    "<podcast:guid>9b024349-ccf0-5f69-a609-6b82873eab3c</podcast:guid>",
    '<podcast:locked owner="radio@example.org">no</podcast:locked>',
    "<podcast:medium>podcast</podcast:medium>",
    (
        '<podcast:updateFrequency dtstart="2024-09-05T06:00:00-07:00" rrule="FREQ=WEEKLY;INTERVAL=2;COUNT=8">'
        "Every 2 weeks, 8 episodes</podcast:updateFrequency>"
    ),
    '<podcast:txt purpose="applepodcastsverify">a1b2</podcast:txt>',
    "<podcast:txt>plain words</podcast:txt>",
    '<podcast:txt purpose="ai-content">true</podcast:txt>',
    '<podcast:funding url="https://example.org/give">Keep the lamp lit</podcast:funding>',
    '<podcast:person role="host" group="cast">Ana Mar</podcast:person>',
    (
        '<podcast:person role="executive producer" group="creative direction" href="https://example.org/bo">Bo Quay'
        "</podcast:person>"
    ),
    '<podcast:location rel="subject" geo="geo:57.7,11.9" osm="R1" country="SE">Harbour</podcast:location>',
    '<podcast:location rel="creator">Studio</podcast:location>',
    "<podcast:license>CC-BY-4.0</podcast:license>",
    (
        '<podcast:podroll><podcast:remoteItem medium="music" feedGuid="917393e3-1b1e-5cef-ace4-edaa54e1f810" '
        'feedUrl="https://example.net/rss" title="Next Door"/></podcast:podroll>'
    ),
    (
        '<podcast:publisher><podcast:remoteItem medium="publisher" feedGuid="003af0a0-6a45-55cf-b765-68e3d349551a" '
        'feedUrl="https://example.org/all.xml"/></podcast:publisher>'
    ),
    '<podcast:podping usesPodping="true"/>',
    '<podcast:block id="podcastindex">no</podcast:block>',
    "<podcast:block>yes</podcast:block>",
    '<podcast:socialInteract protocol="disabled"/>',
]

ITEM = [
    "<link>https://example.org/crane</link>",
    "<itunes:title>The crane</itunes:title>",
    "<itunes:summary>It lifts</itunes:summary>",
    "<itunes:season>2</itunes:season>",
    "<itunes:episode>10</itunes:episode>",
    "<itunes:episodeType>full</itunes:episodeType>",
    "<itunes:duration>20</itunes:duration>",
    "<itunes:explicit>true</itunes:explicit>",
    "<itunes:block>Yes</itunes:block>",
    "<pubDate>Tue, 01 Oct 2024 06:00:00 -0700</pubDate>",
    '<podcast:season name="The docks">2</podcast:season>',
    '<podcast:episode display="Ten">10</podcast:episode>',
    '<podcast:person role="host" group="cast">Ana Mar</podcast:person>',
    '<podcast:person role="guest" group="cast">Cy Pier</podcast:person>',
    '<podcast:person role="editor" group="writing" img="https://example.org/di.jpg">Di Weir</podcast:person>',
    '<podcast:soundbite startTime="1" duration="15">The hook</podcast:soundbite>',
    '<podcast:location rel="subject">The crane</podcast:location>',
    '<podcast:license url="https://example.org/license">own</podcast:license>',
    '<podcast:txt purpose="verify">x</podcast:txt>',
    '<podcast:txt purpose="ai-content">false</podcast:txt>',
    '<podcast:funding url="https://example.org/crane-fund">Oil the crane</podcast:funding>',
    (
        '<podcast:socialInteract protocol="activitypub" uri="https://social.example.org/1" accountId="@night" '
        'accountUrl="https://social.example.org/@night" priority="1"/>'
    ),
    '<podcast:socialInteract protocol="nostr" uri="nostr:note1x" priority="2"/>',
    '<podcast:contentLink href="https://video.example.org/1">Watch it</podcast:contentLink>',
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workshop = Workshop(tmp_path_factory.mktemp("show")).show(text=SHOW)
    workshop.episode("10-crane", EPISODE, audio=make_mp3(20))
    return workshop.folder


@pytest.fixture(scope="module")
def channel(folder: Path) -> etree._Element:
    feed = render_feed(folder, url="https://podcast.example.org/night", at=NOW)
    return etree.fromstring(feed, etree.XMLParser(remove_blank_text=True))[0]


def list_elements(parent: etree._Element) -> list[str]:
    elements = [etree.tostring(child, encoding="unicode", with_tail=False) for child in parent]
    return [re.sub(' xmlns:[a-z]+="[^"]+"', "", element) for element in elements]


@pytest.mark.parametrize("element", CHANNEL)
def test_show_toml_value_is_in_the_channel(channel: etree._Element, element: str) -> None:
    assert element in list_elements(channel)


@pytest.mark.parametrize("element", ITEM)
def test_front_matter_value_is_in_the_item(channel: etree._Element, element: str) -> None:
    assert element in list_elements(channel[-1])


def test_item_lists_people_of_show_then_episode(channel: etree._Element) -> None:
    people = channel[-1].findall("podcast:person", dict(NAMESPACES))
    assert [person.text for person in people] == ["Ana Mar", "Bo Quay", "Cy Pier", "Di Weir"]


def test_unfinished_show_is_not_complete(channel: etree._Element, folder: Path) -> None:
    assert not [element for element in list_elements(channel) if "itunes:complete" in element]
    findings = {finding.code: finding for finding in check_show(load(folder, at=NOW)).findings}
    assert findings["S131"].message == "complete = true is not published yet: 0 of 8 episodes are released"
    assert str(findings["S131"].location) == "show.toml:14:1"


def test_show_with_all_keys_has_no_errors(folder: Path) -> None:
    found = check_show(load(folder, at=NOW)).findings
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("name", "front", "numbers", "has_preview"),
    [
        ("00-trailer", "", [], True),
        (
            "trailer",
            "season: 1\n",
            ["<itunes:season>1</itunes:season>", "<podcast:season>1</podcast:season>"],
            True,
        ),
        (
            "trailer",
            "season: 3\n",
            ["<itunes:season>3</itunes:season>", "<podcast:season>3</podcast:season>"],
            True,
        ),
        (
            "05-trailer",
            "number: 5\n",
            [
                "<itunes:season>1</itunes:season>",
                "<itunes:episode>5</itunes:episode>",
                "<podcast:season>1</podcast:season>",
                "<podcast:episode>5</podcast:episode>",
            ],
            False,
        ),
    ],
    ids=["of the show", "of the season", "of the next season", "teaser of episode 5"],
)
def test_trailer_belongs_to_show_season_or_episode(
    tmp_path: Path, name: str, front: str, numbers: list[str], has_preview: bool
) -> None:
    workshop = Workshop(tmp_path).show()
    workshop.episode(name, f"---\ntitle: Hear this\ndate: 2024-09-01\ntype: trailer\n{front}---\nNotes.")
    channel = etree.fromstring(render_feed(tmp_path, url="https://podcast.example.org", at=NOW))[0]
    item = list_elements(channel[-1])
    assert [element for element in item if ":season" in element or ":episode>" in element] == numbers
    assert "<itunes:episodeType>trailer</itunes:episodeType>" in item
    (enclosure,) = channel[-1].findall("enclosure")
    previews = channel.findall("podcast:trailer", dict(NAMESPACES))
    assert [preview.get("url") for preview in previews] == ([enclosure.get("url")] if has_preview else [])
    season = channel[-1].findtext("itunes:season", None, dict(NAMESPACES))
    assert all(preview.get("season") == season for preview in previews)
    assert all(preview.get("pubdate") == channel[-1].findtext("pubDate") for preview in previews)
