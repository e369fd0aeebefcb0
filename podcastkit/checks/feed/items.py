"""Rules about the items of a feed: F2xx."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import (
    HTML_TAG,
    code_rule,
    find_duplicates,
    find_invalid,
    find_missing,
    find_url_problem,
    parse_whole_number,
    read_duration,
    tag_rule,
)
from podcastkit.checks.rule import Found, Scope, feed_rule, item_rule
from podcastkit.diagnostics import Severity
from podcastkit.feed.dates import DAYS, MONTHS, read_date
from podcastkit.feed.xml_parser import MAX_FEED_SIZE
from podcastkit.text.folder_name import clean_title
from podcastkit.text.notes.truncation import DESCRIPTION_LIMIT
from podcastkit.text.quoting import quote
from podcastkit.text.title_numbers import find_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.feed.xml_document import Element, Feed

_DATE_FORM: Final = re.compile(
    rf"(?:(?P<day>{'|'.join(DAYS)}), *)?[0-9]{{1,2}} +(?:{'|'.join(MONTHS)}) +(?P<year>[0-9]{{2,4}}) +"
    r"[0-9]{2}:[0-9]{2}(?::[0-9]{2})? +(?P<zone>[+-][0-9]{4}|UT|GMT|Z|[ECMP][SD]T)"
)
_CLEAR_ZONES: Final = frozenset({"UT", "GMT", "Z"})
"""The names of time zones that all apps know."""
_CLOCK_TOLERANCE: Final = timedelta(minutes=10)
"""A date that is ahead of the clock by no more than this does not count as a future date."""
_MAX_DURATION: Final = timedelta(hours=24)
_SIZES: Final = {"F213": (DESCRIPTION_LIMIT, 10_000), "F214": (10_000, MAX_FEED_SIZE)}
"""The sizes of a description that each rule reports, in bytes: more than the first, up to the second."""
_USEFUL_TAGS: Final = frozenset(["p", "br", "ol", "ul", "li", "a", "b", "i", "strong", "em", "h1", "h2", "h3"])
"""The HTML tags that apps show in descriptions."""
_EPISODE_TYPES: Final = ("full", "trailer", "bonus")


@item_rule("F201", Severity.ERROR)
def check_title(item: Element) -> Iterator[Found]:
    """An item has no title.

    Apps show an empty line instead of the title, or do not list the episode.

    **Solution**: add a `<title>` with the name of the episode.

    Source: Apple, RSS requirements (support page 823); PSP-1, item.
    """
    yield from find_missing(item, "F201")


@item_rule("F202", Severity.ERROR)
def check_enclosure(item: Element) -> Iterator[Found]:
    """An item has no enclosure.

    The item has no audio to play, so apps do not list it. Website feeds often contain blog posts as well as
    episodes.

    **Solution**: add an `<enclosure>` with the address, size and type of the audio, or use a feed that contains
    only episodes.

    Source: Apple, RSS requirements (support page 823); PSP-1, item; Spotify, delivery of podcasts, 5.17.
    """
    yield from find_missing(item, "F202")


@item_rule("F203", Severity.ERROR, "apple", "spotify", "psp1")
def check_item_guid(item: Element) -> Iterator[Found]:
    """An item has no GUID.

    Apps then identify the episode by its address or title. If one of these changes, listeners get the episode
    again.

    **Solution**: add `<guid isPermaLink="false">` with a text that never changes.

    Source: Apple, Episode GUIDs (support page 4115); PSP-1, item.
    """
    yield from find_missing(item, "F203")


@feed_rule("F204", Severity.ERROR, "apple", "spotify", "psp1")
def check_unique_guids(feed: Feed) -> Iterator[Found]:
    """Two items have the same GUID.

    Apps treat them as the same episode and show only one of them.

    **Solution**: give the newer episode another GUID. The GUID of an episode that listeners already have must not
    change.

    Source: Apple, Episode GUIDs (support page 4115): repeats are not processed; PSP-1, item.
    """
    guids = ((guid.text, guid, item) for item in feed.items for guid in item.all("guid")[:1] if guid.text)
    for guid, item, first in find_duplicates(guids):
        yield Found(
            message=f"the item in line {first.line} has the same GUID, {quote(guid.text)}: apps show only one",
            hint="give the newer episode another GUID",
            element=guid,
            item=item,
        )


@tag_rule("F205", Severity.WARNING, tags="guid", within="item")
def check_guid_permalink(guid: Element) -> Iterator[Found]:
    """A GUID is not a URL, but `isPermaLink="false"` is missing.

    Without this attribute, apps may use the GUID as a link to the page of the episode, and the link does not work.

    **Solution**: add `isPermaLink="false"`. Do not change the GUID itself.

    Source: RSS 2.0, `guid`; W3C Feed Validation Service, InvalidPermalink.
    """
    # The default of isPermaLink is true.
    is_permalink = guid.get("isPermaLink").lower() in {"", "true"}
    if guid.text and is_permalink and find_url_problem(guid.text):
        yield Found(
            message=f'the GUID {quote(guid.text)} is not a URL, but isPermaLink="false" is missing',
            hint='add isPermaLink="false", and leave the GUID itself unchanged',
        )


@item_rule("F206", Severity.ERROR, "spotify")
def check_spotify_date(item: Element) -> Iterator[Found]:
    """An item has no `pubDate`.

    Spotify does not accept an episode without a date, and apps cannot sort it. F207 is the same rule for the other
    directories.

    **Solution**: add a `<pubDate>` with the date and time at which the episode was released.

    Source: Spotify, delivery of podcasts (content-ops.atspotify.com).
    """
    yield from find_missing(item, "F206")


@item_rule("F207", Severity.WARNING, "apple", "psp1")
def check_recommended_tags(item: Element) -> Iterator[Found]:
    """An item has no date, description or duration.

    Listeners look at the release date, the topic and the length before they choose an episode.

    **Solution**: add the tag that the finding names.

    Source: Apple, RSS requirements (support page 823) and A Podcaster's Guide to RSS; PSP-1, item: recommended.
    """
    yield from find_missing(item, "F207")


@item_rule("F208", Severity.INFO, "apple", "psp1")
def check_optional_tags(item: Element) -> Iterator[Found]:
    """An item has no link, artwork, transcript or `itunes:explicit`.

    Apps then use the values of the show, so nothing breaks. Without a transcript, people who cannot hear the
    episode cannot follow it.

    **Solution**: you can ignore this finding, but a transcript is worth the work.

    Source: Apple, A Podcaster's Guide to RSS and Transcripts (support page 5316); PSP-1, item: recommended.
    """
    yield from find_missing(item, "F208")
    if not item.all("podcast:transcript"):
        yield Found(
            message="there is no <podcast:transcript>: people who cannot hear the episode cannot read it either",
            hint='add <podcast:transcript url="https://…/05.vtt" type="text/vtt"/>',
        )


@tag_rule("F210", Severity.ERROR, "apple", "psp1", tags="pubDate", within="item")
def check_date_format(element: Element) -> Iterator[Found]:
    """A `pubDate` is not in the format of RFC 2822.

    Apps cannot sort the episode, or they show it as an episode from 1970. Errors that most apps can handle, such as
    a wrong weekday, a two-digit year or an abbreviated time zone, are only a warning.

    **Solution**: write the date like `Thu, 05 Sep 2024 06:00:00 +0000`.

    Source: Apple, A Podcaster's Guide to RSS, `pubDate`; RFC 2822, sections 3.3 and 4.3.
    """
    if element.text and (problem := _find_date_problem(element.text)):
        message, severity = problem
        yield Found(
            message=f"<pubDate> has the value {quote(element.text)}: {message}",
            hint="write the date like Thu, 05 Sep 2024 06:00:00 +0000",
            severity=severity,
        )


@item_rule("F211", Severity.WARNING)
def check_future_date(item: Element, feed: Feed) -> Iterator[Found]:
    """A `pubDate` is in the future.

    Some apps show the episode immediately, some hide it, and some keep it at the top of the list forever.

    **Solution**: remove the item from the feed until its release date, or correct the date.

    Source: W3C Feed Validation Service, FutureDate.
    """
    for element in item.all("pubDate"):
        moment = read_date(element.text)
        if moment is not None and moment > feed.at + _CLOCK_TOLERANCE:
            yield Found(
                message=f"<pubDate> is in the future: {quote(element.text)}",
                hint="remove the item from the feed until then, or correct the date",
                element=element,
            )


@tag_rule("F212", Severity.WARNING, "apple", "psp1", tags="itunes:duration", within="item")
def check_duration(element: Element) -> Iterator[Found]:
    """An `itunes:duration` is not a duration, is 0, or is longer than a day.

    Apps show a wrong length and a wrong progress. The format `h:mm:ss` instead of seconds is only an info.

    **Solution**: write the number of whole seconds, as in `1530`.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:duration`; PSP-1, item.
    """
    if element.text and (problem := _find_duration_problem(element.text)):
        message, severity = problem
        yield Found(
            message=f"<itunes:duration> {message}",
            hint="write the number of whole seconds, as in 1530",
            severity=severity,
        )


@code_rule("F214", Severity.ERROR, "apple", scope=Scope.ITEM)
@code_rule("F213", Severity.WARNING, "apple", "psp1", scope=Scope.ITEM)
def check_description_size(item: Element, code: str) -> Iterator[Found]:
    """The description of an item is too long.

    Apps cut off descriptions after 4,000 bytes (F213), sometimes in the middle of a link. Apple accepts no more
    than 10,000 bytes (F214).

    **Solution**: shorten the description. You can put the full notes into `<content:encoded>`.

    Source: PSP-1, item `description`; Apple, A Podcaster's Guide to RSS, `description`.
    """
    limit, upper_limit = _SIZES[code]
    for element in item.all("description"):
        size = len(element.text.encode())
        if limit < size <= upper_limit:
            yield Found(
                message=f"the description has {size:,} bytes, but at most {limit:,} are allowed",
                hint="shorten the description; you can put the full notes into <content:encoded>",
                element=element,
            )


@tag_rule("F216", Severity.INFO, "apple", "psp1", "spotify", tags="description", within="item")
def check_description_tags(element: Element) -> Iterator[Found]:
    """A description contains HTML tags that apps remove.

    Apps show paragraphs, lists, links and emphasis. They hide images, tables and scripts, or show only their text.

    **Solution**: use only `p`, `br`, `ol`, `ul`, `li`, `a`, `b`, `i`, `strong`, `em`, and headings for Spotify.

    Source: Apple, A Podcaster's Guide to RSS, `description`; PSP-1, item; Spotify, delivery of podcasts.
    """
    removed_tags = sorted({tag.lower() for tag in HTML_TAG.findall(element.text)} - _USEFUL_TAGS)
    if removed_tags:
        yield Found(
            message=f"the description contains tags that apps remove: {', '.join(removed_tags[:5])}",
            hint="use only paragraphs, lists, links and emphasis",
        )


@item_rule("F217", Severity.WARNING)
def check_description_order(item: Element) -> Iterator[Found]:
    """An item has `content:encoded` without a `description`, or before it.

    Apple and others read only `description`: without it, they show no text. A wrong order is only an info: some
    apps use the last of the two, and then show the shorter text.

    **Solution**: write `<description>` first, then `<content:encoded>`.

    Source: RSS Best Practices Profile, `content:encoded`; W3C Feed Validation Service.
    """
    content, description = item.first("content:encoded"), item.first("description")
    if content and not description:
        yield Found(
            message="there is a <content:encoded>, but no <description>, and many apps read only <description>",
            hint="add a <description> before <content:encoded>",
            element=content,
        )
    elif content and description and (content.line, content.column) < (description.line, description.column):
        yield Found(
            message="<content:encoded> is before <description>",
            hint="write <description> first",
            element=content,
            severity=Severity.INFO,
        )


@item_rule("F218", Severity.WARNING, "apple", "psp1")
def check_number_in_title(item: Element) -> Iterator[Found]:
    """A title contains the number of the episode or season.

    Apps show the number next to the title, so listeners see it twice. On short displays, such as car radios, the
    number leaves no room for the name.

    **Solution**: write the number in `<itunes:episode>`, and only the name in `<title>`.

    Source: PSP-1, item `title`; Apple, A Podcaster's Guide to RSS, `itunes:title`.
    """
    number = parse_whole_number(item.text_of("itunes:episode", "podcast:episode"))
    for element in item.all("title", "itunes:title"):
        title = element.text[:300]
        if clean_title(title, number) != title or find_number(title, number):
            yield Found(
                message=f"the title contains a number: {quote(element.text)}",
                hint="write the number only in <itunes:episode>",
                element=element,
            )
            # One finding is enough, because both titles usually contain the same number.
            return


@tag_rule("F219", Severity.ERROR, "apple", tags="itunes:episodeType", within="item")
def check_episode_type(element: Element) -> Iterator[Found]:
    """`itunes:episodeType` is not `full`, `trailer` or `bonus`.

    Apple treats the item as a full episode, even if it is a trailer. A value with capital letters is only a
    warning.

    **Solution**: write one of the three words in lower case.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episodeType`.
    """
    severity = Severity.WARNING if element.text.lower() in _EPISODE_TYPES else None
    yield from (replace(found, severity=severity) for found in find_invalid(element))


def _find_date_problem(text: str) -> tuple[str, Severity | None] | None:
    """Return the first problem of a date and its severity, or None if the date is valid.

    If the severity is None, that of the rule applies.
    """
    # The problems are in the order of their severity.
    match, moment = _DATE_FORM.fullmatch(text), read_date(text)
    if moment is None:
        return "no app can read this date", None
    if match is None:
        return "some apps cannot read this date", Severity.WARNING
    if len(match["year"]) < len("2024"):
        return "apps interpret the two-digit year differently", Severity.WARNING
    if match["day"] and match["day"] != DAYS[moment.weekday()]:
        return f"the weekday of this date is {DAYS[moment.weekday()]}", Severity.WARNING
    if match["zone"].isalpha() and match["zone"] not in _CLEAR_ZONES:
        return f"some apps do not know the time zone {match['zone']}", Severity.WARNING
    return None


def _find_duration_problem(text: str) -> tuple[str, Severity | None] | None:
    """Return the problem of a duration and its severity, or None if the duration is valid.

    If the severity is None, that of the rule applies.
    """
    length = read_duration(text)
    if length is None:
        return f"has the value {quote(text)}, which is not a duration", None
    if not length:
        return "is 0", None
    if length > _MAX_DURATION:
        return f"has the value {quote(text)}, which is more than a day", None
    if parse_whole_number(text) is None:
        return f"has the value {quote(text)}, but seconds are recommended", Severity.INFO
    return None
