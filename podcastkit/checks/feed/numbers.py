"""Rules about episode and season numbers in a feed: F23x."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.feed.values import find_duplicates, find_invalid, parse_whole_number, tag_rule
from podcastkit.checks.rule import Found, feed_rule, item_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.feed.xml_document import Element, Feed


@item_rule("F230", Severity.ERROR, "apple", "psp1")
def check_serial_numbers(item: Element, feed: Feed) -> Iterator[Found]:
    """A full episode of a serial show has no number.

    Apps play a serial show in the order of its numbers. They refuse an episode without a number, or put it in a
    random place.

    **Solution**: add `<itunes:episode>`, or write `trailer` or `bonus` in `<itunes:episodeType>`.

    Source: Apple, A Podcaster's Guide to RSS: `itunes:episode` is required for serial shows; PSP-1, item.
    """
    if _is_serial(feed) and _is_full(item) and not item.text_of("itunes:episode"):
        yield Found(
            message="there is no <itunes:episode>, but apps play a serial show by number",
            hint="add <itunes:episode>, or write trailer or bonus in <itunes:episodeType>",
        )


@tag_rule("F231", Severity.ERROR, "apple", "psp1", tags="itunes:episode itunes:season", within="item")
def check_whole_numbers(element: Element) -> Iterator[Found]:
    """`itunes:episode` or `itunes:season` is not a whole number of 1 or more.

    Apps put the episode in the wrong place, or show no number.

    **Solution**: write only digits. A prologue is a trailer, a bonus episode, or number 1.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episode` and `itunes:season`; PSP-1, item.
    """
    yield from find_invalid(element, "a whole number of 1 or more")


@feed_rule("F233", Severity.ERROR, "apple", "psp1")
def check_unique_numbers(feed: Feed) -> Iterator[Found]:
    """Two full episodes of the same season have the same number.

    Apps that play a serial show by number show only one of them, or both in any order. If the show is not serial,
    this is only a warning.

    **Solution**: give one of the episodes another number.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episode`.
    """
    # Trailers and bonus episodes may have the number of the episode that they belong to.
    full_items = ((_format_number(item), item.all("itunes:episode"), item) for item in feed.items if _is_full(item))
    numbered_items = ((number, tags[0], item) for number, tags, item in full_items if number and tags)
    for element, item, first in find_duplicates(numbered_items):
        yield Found(
            message=f"the episode has the number {quote(element.text)}, like the item in line {first.line}",
            hint="give one of the episodes another number",
            element=element,
            item=item,
            severity=None if _is_serial(feed) else Severity.WARNING,
        )


@feed_rule("F234", Severity.WARNING, "apple")
def check_serial_seasons(feed: Feed) -> Iterator[Found]:
    """A full episode of a serial show has no season.

    Apple Podcasts then groups the episodes by the year of their release instead of by season.

    **Solution**: add `<itunes:season>1</itunes:season>` to every item. Apple shows no season number as long as
    there is only one season.

    Source: Apple, Seasons (support page 3143).
    """
    for item in feed.items if _is_serial(feed) else ():
        if _is_full(item) and not item.text_of("itunes:season"):
            yield Found(
                message="there is no <itunes:season>: Apple groups the episodes of a serial show by year",
                hint="add <itunes:season>1</itunes:season>",
                item=item,
                element=item,
            )


@item_rule("F235", Severity.WARNING)
def check_matching_numbers(item: Element) -> Iterator[Found]:
    """`podcast:episode` or `podcast:season` has another number than the `itunes:` tag.

    Some apps show one number and some the other, which confuses listeners.

    **Solution**: write the same number in both tags.

    Source: Podcast namespace, `episode` and `season`.
    """
    for name in ("season", "episode"):
        podcast_value, itunes_value = item.text_of(f"podcast:{name}"), item.text_of(f"itunes:{name}")
        are_different = parse_whole_number(podcast_value) != parse_whole_number(itunes_value)
        if podcast_value and itunes_value and are_different:
            yield Found(
                message=f"<podcast:{name}> is {quote(podcast_value)}, but <itunes:{name}> is {quote(itunes_value)}",
                hint="write the same number in both tags",
                element=item.first(f"podcast:{name}"),
            )


def _is_serial(feed: Feed) -> bool:
    return feed.channel.text_of("itunes:type").lower() == "serial"


def _is_full(item: Element) -> bool:
    return item.text_of("itunes:episodeType").lower() not in {"trailer", "bonus"}


def _format_number(item: Element) -> str:
    """Return the season and number of an item in a form to compare, as in `1/5` for season 01 and number 05.

    Return an empty string if the item has no number. The default season is 1.
    """
    number = parse_whole_number(item.text_of("itunes:episode"))
    season = parse_whole_number(item.text_of("itunes:season"))
    return f"{season or 1}/{number}" if number else ""
