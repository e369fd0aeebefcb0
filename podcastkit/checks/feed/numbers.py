"""Rules about the numbers of episodes and seasons in a feed: F23x."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.feed.values import find_wrong, read_whole, repeated, tag_rule
from podcastkit.checks.rule import Found, feed_rule, item_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.feed.xml_document import Element, Feed


@item_rule("F230", Severity.ERROR, "apple", "psp1")
def serial_has_numbers(item: Element, feed: Feed) -> Iterator[Found]:
    """A full episode of a serial has no number.

    Apps play a serial in the order of its numbers; an episode without one is refused or stands anywhere.

    **Solution**: `<itunes:episode>`, or `<itunes:episodeType>` with trailer or bonus.

    Source: Apple, A Podcaster's Guide to RSS: `itunes:episode` is required for serial shows; PSP-1, item.
    """
    if _is_serial(feed) and _is_full(item) and not item.text_of("itunes:episode"):
        yield Found(
            message="there is no <itunes:episode>, and a serial is played by number",
            hint="add <itunes:episode>, or say in <itunes:episodeType> that it is a trailer or bonus",
        )


@tag_rule("F231", Severity.ERROR, "apple", "psp1", tags="itunes:episode itunes:season", within="item")
def numbers_are_whole(element: Element) -> Iterator[Found]:
    """`itunes:episode` or `itunes:season` is no whole number from 1 on.

    Apps sort the episode anywhere, or show no number.

    **Solution**: digits alone. A prologue is a trailer, a bonus, or number 1.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episode` and `itunes:season`; PSP-1, item.
    """
    yield from find_wrong(element, ", which is no whole number from 1 on")


@feed_rule("F233", Severity.ERROR, "apple", "psp1")
def numbers_are_given_once(feed: Feed) -> Iterator[Found]:
    """Two full episodes of one season carry the same number.

    Apps that play a serial by number show one of them, or both in any order. Of a show that is not serial this is
    only warned of.

    **Solution**: give one of them another number.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episode`.
    """
    numbers = ((_number(item), item.all("itunes:episode")[:1], item) for item in feed.items if _is_full(item))
    numbered = ((key, elements[0], item) for key, elements, item in numbers if key and elements)
    for element, item, first in repeated(numbered):
        yield Found(
            message=f"it is number {quote(element.text)}, and so is an item in line {first.line}",
            hint="give one of them another number",
            element=element,
            item=item,
            severity=None if _is_serial(feed) else Severity.WARNING,
        )


@feed_rule("F234", Severity.WARNING, "apple")
def serial_has_seasons(feed: Feed) -> Iterator[Found]:
    """A full episode of a serial belongs to no season.

    Apple Podcasts then groups the episodes by the year in which they came out.

    **Solution**: `<itunes:season>1</itunes:season>` in every item; while there is only one season no number is
    shown.

    Source: Apple, Seasons (support page 3143).
    """
    for item in feed.items if _is_serial(feed) else ():
        if _is_full(item) and not item.text_of("itunes:season"):
            yield Found(
                message="there is no <itunes:season>: Apple groups the episodes of a serial by year then",
                hint="add <itunes:season>1</itunes:season>",
                item=item,
                element=item,
            )


@item_rule("F235", Severity.WARNING)
def both_numbers_agree(item: Element) -> Iterator[Found]:
    """`podcast:episode` or `podcast:season` says another number than the `itunes:` tag.

    Apps differ in which they show, so that listeners talk of different episodes.

    **Solution**: the same number in both.

    Source: Podcast namespace, `episode` and `season`.
    """
    for name in ("season", "episode"):
        ours, apples = item.text_of(f"podcast:{name}"), item.text_of(f"itunes:{name}")
        if ours and apples and read_whole(ours) != read_whole(apples) and ours != apples:
            yield Found(
                message=f"<podcast:{name}> says {quote(ours)}, and <itunes:{name}> {quote(apples)}",
                hint="write the same number in both",
                element=item.first(f"podcast:{name}"),
            )


def _is_serial(feed: Feed) -> bool:
    return feed.channel.text_of("itunes:type").lower() == "serial"


def _is_full(item: Element) -> bool:
    return item.text_of("itunes:episodeType").lower() not in {"trailer", "bonus"}


def _number(item: Element) -> str:
    """Return season and number, where there is one, so that the same look the same."""
    number = read_whole(item.text_of("itunes:episode"))
    season = read_whole(item.text_of("itunes:season"))
    return f"{season or 1}/{number}" if number else ""
