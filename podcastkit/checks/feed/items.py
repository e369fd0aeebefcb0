"""Rules about what a feed says of each episode: F2xx."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import (
    HTML_TAG,
    find_missing,
    find_url_problem,
    find_wrong,
    read_duration,
    read_whole,
    repeated,
    shared_rule,
    tag_rule,
)
from podcastkit.checks.rule import Found, Scope, feed_rule, item_rule
from podcastkit.diagnostics import Severity
from podcastkit.feed.dates import DAYS, MONTHS, read_date
from podcastkit.feed.xml_parser import LARGEST
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
_AHEAD: Final = timedelta(minutes=10)
"""How much clocks may differ."""
_LONGEST: Final = timedelta(hours=24)
_SIZES: Final = {"F213": (DESCRIPTION_LIMIT, 10_000), "F214": (10_000, LARGEST)}
"""The bytes of a description that a rule is about: more than the one, up to the other."""
_USEFUL_TAGS: Final = frozenset(["p", "br", "ol", "ul", "li", "a", "b", "i", "strong", "em", "h1", "h2", "h3"])
_KINDS: Final = ("full", "trailer", "bonus")


@item_rule("F201", Severity.ERROR)
def item_has_a_title(item: Element) -> Iterator[Found]:
    """An item has no title.

    Apps list an empty line, or leave the episode out.

    **Solution**: `<title>` with the episode's name.

    Source: Apple, RSS requirements (support page 823); PSP-1, item.
    """
    yield from find_missing(item, "F201")


@item_rule("F202", Severity.ERROR)
def item_has_an_enclosure(item: Element) -> Iterator[Found]:
    """An item has no enclosure.

    There is nothing to play: apps leave it out. Feeds of websites often mix posts without audio among the episodes.

    **Solution**: an `<enclosure>` with the address, size and type of the audio, or a feed of the episodes alone.

    Source: Apple, RSS requirements (support page 823); PSP-1, item; Spotify, delivery of podcasts, 5.17.
    """
    yield from find_missing(item, "F202")


@item_rule("F203", Severity.ERROR, "apple", "spotify", "psp1")
def item_has_a_guid(item: Element) -> Iterator[Found]:
    """An item has no GUID.

    Apps then know it by its address or title: when these change, listeners get the episode once more.

    **Solution**: `<guid isPermaLink="false">` with a text that never changes.

    Source: Apple, Episode GUIDs (support page 4115); PSP-1, item.
    """
    yield from find_missing(item, "F203")


@feed_rule("F204", Severity.ERROR, "apple", "spotify", "psp1")
def guids_are_unique(feed: Feed) -> Iterator[Found]:
    """Two items have the same GUID.

    Apps take them for one episode and show only one of them.

    **Solution**: give the newer one another GUID; one that listeners have already must keep its own.

    Source: Apple, Episode GUIDs (support page 4115): repeats are not processed; PSP-1, item.
    """
    guids = ((guid.text, guid, item) for item in feed.items for guid in item.all("guid")[:1] if guid.text)
    for guid, item, first in repeated(guids):
        yield Found(
            message=f"the GUID {quote(guid.text)} is that of the item in line {first.line}, too: "
            "apps show one of the two",
            hint="give the newer one another GUID",
            element=guid,
            item=item,
        )


@tag_rule("F205", Severity.WARNING, tags="guid", within="item")
def guid_is_an_address_if_it_says_so(guid: Element) -> Iterator[Found]:
    """A GUID is no web address, and does not say so.

    Without `isPermaLink="false"` apps may offer it as the episode's page, which leads nowhere.

    **Solution**: add `isPermaLink="false"`; the GUID itself must stay as it is.

    Source: RSS 2.0, `guid`; W3C Feed Validation Service, InvalidPermalink.
    """
    is_address = guid.get("isPermaLink").lower() in {"", "true"}
    if guid.text and is_address and find_url_problem(guid.text):
        yield Found(
            message=f"the GUID {quote(guid.text)} is no web address, and does not say so",
            hint='add isPermaLink="false"; leave the GUID itself as it is',
        )


@item_rule("F206", Severity.ERROR, "spotify")
def item_has_a_date(item: Element) -> Iterator[Found]:
    """An item has no `pubDate`.

    Spotify takes no episode without one, and apps cannot sort it.

    **Solution**: `<pubDate>` with the moment at which it came out. F207 is the same for others.

    Source: Spotify, delivery of podcasts (content-ops.atspotify.com).
    """
    yield from find_missing(item, "F206")


@item_rule("F207", Severity.WARNING, "apple", "psp1")
def item_says_what_listeners_want(item: Element) -> Iterator[Found]:
    """An item has no date, description or length.

    Listeners see when an episode came out, what it is about and how long it takes before they choose it.

    **Solution**: add the tag that the finding names.

    Source: Apple, RSS requirements (support page 823) and A Podcaster's Guide to RSS; PSP-1, item: recommended.
    """
    yield from find_missing(item, "F207")


@item_rule("F208", Severity.INFO, "apple", "psp1")
def item_says_what_some_apps_show(item: Element) -> Iterator[Found]:
    """An item has no link, artwork, transcript, or does not say whether it is explicit.

    What the show says counts then, so that nothing breaks. Without a transcript who cannot hear learns nothing.

    **Solution**: nothing needs to be done; transcripts are worth the work.

    Source: Apple, A Podcaster's Guide to RSS and Transcripts (support page 5316); PSP-1, item: recommended.
    """
    yield from find_missing(item, "F208")
    if not item.all("podcast:transcript"):
        yield Found(
            message="there is no <podcast:transcript>: who cannot hear the episode cannot read it either",
            hint='add <podcast:transcript url="https://…/05.vtt" type="text/vtt"/>',
        )


@tag_rule("F210", Severity.ERROR, "apple", "psp1", tags="pubDate", within="item")
def date_can_be_read(element: Element) -> Iterator[Found]:
    """A `pubDate` is not written as RFC 2822 has it.

    Apps cannot sort the episode, or take it for one of 1970. What most of them can read nevertheless, such as a
    wrong weekday, a year of two digits or an abbreviated time zone, is only warned of.

    **Solution**: `Thu, 05 Sep 2024 06:00:00 +0000`.

    Source: Apple, A Podcaster's Guide to RSS, `pubDate`; RFC 2822, sections 3.3 and 4.3.
    """
    if element.text and (problem := _date_problem(element.text)):
        message, severity = problem
        yield Found(
            message=f"<pubDate> says {quote(element.text)}: {message}",
            hint="write it as in Thu, 05 Sep 2024 06:00:00 +0000",
            severity=severity,
        )


@item_rule("F211", Severity.WARNING)
def date_has_come(item: Element, feed: Feed) -> Iterator[Found]:
    """A `pubDate` lies in the future.

    Some apps show the episode at once, some hide it, and some keep it at the top of the list for ever.

    **Solution**: leave the item out of the feed until it is due.

    Source: W3C Feed Validation Service, FutureDate.
    """
    for element in item.all("pubDate"):
        moment = read_date(element.text)
        if moment is not None and moment > feed.at + _AHEAD:
            yield Found(
                message=f"<pubDate> lies in the future: {quote(element.text)}",
                hint="leave the item out of the feed until then, or correct the date",
                element=element,
            )


@tag_rule("F212", Severity.WARNING, "apple", "psp1", tags="itunes:duration", within="item")
def duration_can_be_read(element: Element) -> Iterator[Found]:
    """An `itunes:duration` is no length of time, is 0, or is longer than a day.

    Apps show a wrong length, and reckon progress by it. `h:mm:ss` instead of seconds is only noted.

    **Solution**: whole seconds: `1530`.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:duration`; PSP-1, item.
    """
    if element.text and (problem := _duration_problem(element.text)):
        message, severity = problem
        yield Found(
            message=f"<itunes:duration> {message}", hint="write whole seconds, as in 1530", severity=severity
        )


@shared_rule("F214", Severity.ERROR, "apple", scope=Scope.ITEM)
@shared_rule("F213", Severity.WARNING, "apple", "psp1", scope=Scope.ITEM)
def description_is_short(item: Element, code: str) -> Iterator[Found]:
    """An item's description is too long.

    Apps cut off what is longer than 4,000 bytes (F213), some in the middle of a link. Apple takes no more than
    10,000 (F214).

    **Solution**: shorten it; the whole notes may stand in `<content:encoded>`.

    Source: PSP-1, item `description`; Apple, A Podcaster's Guide to RSS, `description`.
    """
    least, most = _SIZES[code]
    for element in item.all("description"):
        size = len(element.text.encode())
        if least < size <= most:
            yield Found(
                message=f"the description has {size:,} bytes; at most {least:,} are allowed",
                hint="shorten it; the whole notes may stand in <content:encoded>",
                element=element,
            )


@tag_rule("F216", Severity.INFO, "apple", "psp1", "spotify", tags="description", within="item")
def description_has_useful_tags(element: Element) -> Iterator[Found]:
    """A description holds HTML tags that apps leave out.

    Apps show paragraphs, lists, links and emphasis; of pictures, tables and scripts nothing is seen, or their text
    alone.

    **Solution**: `p`, `br`, `ol`, `ul`, `li`, `a`, `b`, `i`, `strong`, `em`, and headings for Spotify.

    Source: Apple, A Podcaster's Guide to RSS, `description`; PSP-1, item; Spotify, delivery of podcasts.
    """
    others = sorted({tag.lower() for tag in HTML_TAG.findall(element.text)} - _USEFUL_TAGS)
    if others:
        yield Found(
            message=f"the description holds tags that apps leave out: {', '.join(others[:5])}",
            hint="keep to paragraphs, lists, links and emphasis",
        )


@item_rule("F217", Severity.WARNING)
def short_description_comes_first(item: Element) -> Iterator[Found]:
    """An item has `content:encoded` without a `description`, or before it.

    Apple and others read `description` alone. Some readers take whichever comes last; the order is only noted.

    **Solution**: `<description>`, and behind it `<content:encoded>`.

    Source: RSS Best Practices Profile, `content:encoded`; W3C Feed Validation Service.
    """
    content, description = item.first("content:encoded"), item.first("description")
    if content and not description:
        yield Found(
            message="there is <content:encoded>, but no <description>, which is all that many apps read",
            hint="add a <description> before it",
            element=content,
        )
    elif content and description and (content.line, content.column) < (description.line, description.column):
        yield Found(
            message="<content:encoded> stands before <description>",
            hint="let <description> come first",
            element=content,
            severity=Severity.INFO,
        )


@item_rule("F218", Severity.WARNING, "apple", "psp1")
def title_carries_no_number(item: Element) -> Iterator[Found]:
    """A title carries the number of the episode or season.

    Apps show the number beside the title, so that listeners read it twice, and car radios show nothing else.

    **Solution**: the number in `<itunes:episode>`, and the name alone in `<title>`.

    Source: PSP-1, item `title`; Apple, A Podcaster's Guide to RSS, `itunes:title`.
    """
    number = read_whole(item.text_of("itunes:episode", "podcast:episode"))
    for element in item.all("title", "itunes:title"):
        title = element.text[:300]
        if clean_title(title, number) != title or find_number(title, number):
            yield Found(
                message=f"the title carries a number: {quote(element.text)}",
                hint="write the number into <itunes:episode> alone",
                element=element,
            )
            return


@tag_rule("F219", Severity.ERROR, "apple", tags="itunes:episodeType", within="item")
def episode_type_is_known(element: Element) -> Iterator[Found]:
    """`itunes:episodeType` is neither `full`, `trailer` nor `bonus`.

    Apple takes the item for a full episode. A word in other letters is only warned of.

    **Solution**: one of the three words, in small letters.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:episodeType`.
    """
    severity = Severity.WARNING if element.text.lower() in _KINDS else None
    yield from (replace(found, severity=severity) for found in find_wrong(element))


def _date_problem(text: str) -> tuple[str, Severity | None] | None:
    match, moment = _DATE_FORM.fullmatch(text), read_date(text)
    if moment is None:
        return "no app can read that", None
    if match is None:
        return "not every app can read that", Severity.WARNING
    if len(match["year"]) < len("2024"):
        return "apps differ in which year they read", Severity.WARNING
    if match["day"] and match["day"] != DAYS[moment.weekday()]:
        return f"that day was a {DAYS[moment.weekday()]}", Severity.WARNING
    if match["zone"].isalpha() and match["zone"] not in _CLEAR_ZONES:
        return f"not every app knows the time zone {match['zone']}", Severity.WARNING
    return None


def _duration_problem(text: str) -> tuple[str, Severity | None] | None:
    length = read_duration(text)
    if length is None:
        return f"says {quote(text)}, which is no length of time", None
    if not length:
        return "is 0", None
    if length > _LONGEST:
        return f"says {quote(text)}, which is more than a day", None
    if read_whole(text) is None:
        return f"says {quote(text)}; seconds are recommended", Severity.INFO
    return None
