"""What a producer writes, as it stands in the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import feedparser

import podcastkit
from podcastkit.diagnostics import Severity
from tests.published import URL
from tests.shows import NOW, Workshop

if TYPE_CHECKING:
    from pathlib import Path

FOOTER = "Made by [the harbour](https://example.org/)."
LONG = "# Part\n\n" + "\n\n".join(["Así empezó *la noche* en el puerto & nobody slept. " * 10] * 12)


def test_long_notes_are_cut_in_the_description_alone_and_that_is_told(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show(f"\nfooter = '{FOOTER}'\n")
    workshop.episode("01-part", LONG)
    (entry,) = feedparser.parse(podcastkit.render_feed(tmp_path, url=URL, at=NOW)).entries
    footer = '<p>Made by <a href="https://example.org/">the harbour</a>.</p>'
    assert 3800 < len(entry.summary.encode()) <= 4000
    assert entry.summary.endswith(f"nobody slept. …</p>\n{footer}")
    assert entry.content[0].value.endswith(f"nobody slept.</p>\n{footer}")
    assert entry.content[0].value.count("Así") == 120
    (found,) = [finding for finding in podcastkit.check(tmp_path, at=NOW) if finding.code == "N110"]
    assert (found.severity, str(found.location), found.episode) == (
        Severity.WARNING,
        "01-part/notes.md:1:1",
        "01-part",
    )
    assert "“en el puerto & nobody slept. …”" in found.message


def test_a_long_summary_is_cut_and_that_is_told(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path).show()
    workshop.episode("01-part", f"---\ntitle: Part\nsummary: {'We plan. ' * 500}\n---\n\nNotes.")
    (entry,) = feedparser.parse(podcastkit.render_feed(tmp_path, url=URL, at=NOW)).entries
    assert entry.summary == "We plan. " * 443 + "We plan. …"
    (found,) = [finding for finding in podcastkit.check(tmp_path, at=NOW) if finding.code == "N111"]
    assert str(found.location) == "01-part/notes.md:3:1"


def test_paragraphs_and_links_survive_in_the_shows_description(tmp_path: Path) -> None:
    description = "One.\\n\\n- [Two](https://example.org/?a&b)"
    Workshop(tmp_path).show(text=f'title = "T"\nauthor = "A"\ndescription = "{description}"\nlanguage = "en"\n')
    feed = podcastkit.render_feed(tmp_path, url=URL, at=NOW).decode()
    assert (
        "<description><![CDATA[<p>One.</p>\n<ul>\n"
        '<li><a href="https://example.org/?a&amp;b">Two</a></li>\n</ul>]]></description>'
    ) in feed
