"""Rules about what a feed says of its show: F1xx."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import (
    find_missing,
    find_url_problem,
    find_wrong,
    parents,
    plain_text,
    shared_rule,
    tag_rule,
    value_of,
)
from podcastkit.checks.rule import Found, Scope, feed_rule
from podcastkit.checks.show import CATEGORIES_READ
from podcastkit.diagnostics import Severity
from podcastkit.feed.tag_table import ADDRESSES
from podcastkit.text.addresses import parse_email
from podcastkit.text.categories import parse_category
from podcastkit.text.languages import parse_language
from podcastkit.text.notes.truncation import DESCRIPTION_LIMIT
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.feed.xml_document import Element, Feed

_OLD_WORDS: Final = {"yes": "true", "explicit": "true", "no": "false", "clean": "false"}
_YOUTUBE_CHARACTERS: Final = 5000
_MANY: Final = 20
"""How many categories are looked at; directories read two."""
_COPYRIGHT: Final = re.compile(r"\bcopyright\b|©|\(c\)", re.IGNORECASE)
_NOT_PICTURES: Final = re.compile(r"\.(gif|webp|svg|bmp|tiff?|avif|heic|html?)\Z", re.IGNORECASE)


@feed_rule("F101", Severity.ERROR)
def channel_says_what_everybody_needs(feed: Feed) -> Iterator[Found]:
    """The channel lacks its title, description or artwork.

    Every directory refuses a feed without them.

    **Solution**: add the tag that the finding names.

    Source: RSS 2.0, required channel elements; Apple, RSS requirements (support page 823); PSP-1, channel.
    """
    yield from find_missing(feed.channel, "F101")


@feed_rule("F124", Severity.ERROR, "apple", "psp1")
def channel_says_what_apple_needs(feed: Feed) -> Iterator[Found]:
    """The channel lacks its language, its category, or whether it is explicit.

    Apple refuses a feed without them, and others do not know to whom to show it.

    **Solution**: add the tag that the finding names.

    Source: Apple, RSS requirements (support page 823); PSP-1, channel.
    """
    yield from find_missing(feed.channel, "F124")


@feed_rule("F102", Severity.ERROR, "psp1")
def channel_says_where_it_lies(feed: Feed) -> Iterator[Found]:
    """The channel has no link to its website, or no `atom:link` to itself.

    By the first one listeners find the show's pages, by the other apps find the feed when a copy of it was passed
    on.

    **Solution**: `<link>https://…</link>` and `<atom:link href="https://…/feed.xml" rel="self"
    type="application/rss+xml"/>` in the channel.

    Source: PSP-1, channel: both are required.
    """
    yield from find_missing(feed.channel, "F102")
    if not _own_links(feed):
        yield Found(
            message='there is no <atom:link rel="self">: apps that get the feed by other ways cannot find it again',
            hint='add <atom:link href="https://…" rel="self" type="application/rss+xml"/> with the feed\'s address',
        )


@shared_rule("F104", Severity.WARNING, "apple", "psp1", scope=Scope.FEED)
@shared_rule("F103", Severity.ERROR, "spotify", scope=Scope.FEED)
def author_is_named(feed: Feed, code: str) -> Iterator[Found]:
    """The channel has no `itunes:author`.

    Spotify lists no show without one (F103). Other apps show it below the title, and listeners search by it (F104).
    It is told once: where Spotify is of no interest, as a warning.

    **Solution**: `<itunes:author>` with who makes the show.

    Source: Spotify, delivery of podcasts (content-ops.atspotify.com); Apple, RSS requirements (support page 823);
    PSP-1, channel: recommended.
    """
    yield from find_missing(feed.channel, code)


@feed_rule("F105", Severity.WARNING, "psp1")
def show_can_move_safely(feed: Feed) -> Iterator[Found]:
    """The channel has no `podcast:guid` or `podcast:locked`.

    By the first one apps recognise the show at any host; the other forbids other hosts to take it over.

    **Solution**: a host that supports Podcasting 2.0 writes both.

    Source: PSP-1, channel: recommended; podcast namespace, `guid` and `locked`.
    """
    yield from find_missing(feed.channel, "F105")


@feed_rule("F106", Severity.WARNING, "spotify", "youtube", "amazon")
def owner_can_be_reached(feed: Feed) -> Iterator[Found]:
    """The feed has no e-mail address of its owner, or one that is none.

    Spotify, YouTube and Amazon send a code to it to find out whose show it is. Apple does not use it any more.

    **Solution**: `<itunes:owner><itunes:email>…</itunes:email></itunes:owner>`, at least until the show is
    verified.

    Source: Apple, RSS requirements (support page 823); Spotify for Creators, claiming a show.
    """
    emails = [email for owner in feed.channel.all("itunes:owner") for email in owner.all("itunes:email")]
    if not any(email.text for email in emails):
        yield Found(
            message="there is no owner's e-mail address: Spotify, YouTube and Amazon cannot verify the show",
            hint="add <itunes:owner> with <itunes:email>, at least until the show is verified",
        )
    for email in emails:
        if email.text and isinstance(problem := parse_email(email.text[:1000]), Problem):
            yield Found(message=problem.message, hint=problem.hint, element=email)


@tag_rule("F107", Severity.ERROR, "apple", "psp1", tags="language", within="channel")
def language_is_a_code(element: Element) -> Iterator[Found]:
    """The language is not the code of one.

    Apple refuses the feed, and directories list the show in the wrong country.

    **Solution**: a code such as `en`, `es` or `en-US`.

    Source: Apple, RSS requirements (support page 823); RSS 2.0, `language`.
    """
    if element.text and isinstance(problem := parse_language(element.text[:100]), Problem):
        yield Found(message=problem.message, hint=problem.hint)


@feed_rule("F108", Severity.ERROR, "apple", "psp1")
def categories_are_apples(feed: Feed) -> Iterator[Found]:
    """A category is not in Apple's list, or not spelled as there.

    Directories do not list the show under it; capital letters and `&` count. Where another category is right this
    is only warned of, since the show is listed there.

    **Solution**: write the category that the finding suggests.

    Source: Apple, Podcasts categories (support page 1691) and RSS requirements (823).
    """
    mains = feed.channel.all("itunes:category")[:_MANY]
    is_listed = any(not isinstance(parse_category(value_of(main)[:200]), Problem) for main in mains)
    for main in mains:
        for element, written in _categories(main):
            problem = parse_category(written[:200])
            if isinstance(problem, Problem):
                severity = Severity.WARNING if is_listed else None
                yield Found(message=problem.message, hint=problem.hint, element=element, severity=severity)


@feed_rule("F109", Severity.WARNING, "apple")
def categories_are_read(feed: Feed) -> Iterator[Found]:
    """The feed names more than two categories.

    Apple reads the first and shows the second at most.

    **Solution**: keep the two that fit best, the most important one first.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:category`.
    """
    names = {main.get("text") for main in feed.channel.all("itunes:category")}
    if len(names) > CATEGORIES_READ:
        yield Found(
            message=f"{len(names)} categories are given; directories read the first two",
            hint="keep the two that fit best, the most important one first",
            element=feed.channel.all("itunes:category")[CATEGORIES_READ],
        )


@tag_rule("F110", Severity.ERROR, "apple", "psp1", tags="itunes:explicit")
def explicit_is_true_or_false(element: Element) -> Iterator[Found]:
    """`itunes:explicit` says neither `true` nor `false`.

    Apps that filter for children rely on it. The old words `yes`, `no`, `clean` and `explicit` are still understood
    by most, and only warned of.

    **Solution**: `<itunes:explicit>false</itunes:explicit>` or `true`.

    Source: Apple, RSS requirements (support page 823); PSP-1, `itunes:explicit`.
    """
    word = element.text.lower()
    if word and word not in {"true", "false"}:
        yield Found(
            message=f"<itunes:explicit> says {quote(element.text)} instead of true or false",
            hint=f"write {_OLD_WORDS.get(word, 'true or false')}",
            severity=Severity.WARNING if word in _OLD_WORDS else None,
        )


@tag_rule("F111", Severity.ERROR, "apple", "psp1", tags="description", within="channel")
def description_fits(element: Element) -> Iterator[Found]:
    """The show's description is longer than 4,000 bytes.

    Apple and PSP-1 allow no more, tags and addresses included; an accented letter or a sign of another script
    counts as several bytes.

    **Solution**: shorten it; a few paragraphs are enough.

    Source: PSP-1, channel `description`; Apple, RSS requirements (support page 823).
    """
    size = len(element.text.encode())
    if size > DESCRIPTION_LIMIT:
        yield Found(
            message=f"the description has {size:,} bytes; at most {DESCRIPTION_LIMIT:,} are allowed",
            hint="shorten it; a few paragraphs are enough",
        )


@tag_rule("F112", Severity.ERROR, "apple", tags="itunes:type", within="channel")
def type_is_known(element: Element) -> Iterator[Found]:
    """`itunes:type` is neither `episodic` nor `serial`.

    Apple then plays the newest episode first, also of a series that is meant to be heard in order.

    **Solution**: `serial` for a series in order, else `episodic`.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:type`.
    """
    yield from find_wrong(element)


@tag_rule("F113", Severity.WARNING, "apple", "psp1", tags="itunes:block itunes:complete")
def only_yes_has_a_meaning(element: Element) -> Iterator[Found]:
    """`itunes:block` or `itunes:complete` says something else than `Yes`.

    Only `Yes` has a meaning: who writes `true` blocks nothing. That `No` says nothing is only noted.

    **Solution**: `Yes`, or no such tag at all.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:block` and `itunes:complete`; PSP-1.
    """
    word = element.text.lower()
    if word != "yes":
        yield Found(
            message=f"<{element.name}> says {quote(element.text)}, and only Yes has a meaning",
            hint="write Yes, or remove the tag",
            severity=Severity.INFO if word in {"", "no", "false"} else None,
        )


@tag_rule("F114", Severity.INFO, "psp1", tags="copyright", within="channel")
def copyright_is_said_once(element: Element) -> Iterator[Found]:
    """The copyright begins with the word or sign itself.

    Apps write © before it, so that listeners read it twice.

    **Solution**: `2024 Harbour Radio`.

    Source: PSP-1, `copyright`.
    """
    if _COPYRIGHT.search(element.text[:1000]):
        yield Found(
            message="the copyright says the word or the sign itself, which apps add",
            hint="keep the year and the name alone",
        )


@feed_rule("F115", Severity.WARNING, "podcasting20")
def a_show_that_moves_is_not_locked(feed: Feed) -> Iterator[Found]:
    """`itunes:new-feed-url` says that the show moves, and `podcast:locked` forbids other hosts to take it over.

    The new host asks for `podcast:locked` before it imports a feed, and refuses.

    **Solution**: `no` until the show has moved; then `yes` at its new home.

    Source: Podcast namespace, `locked`; Apple, Change the RSS feed URL (support page 837).
    """
    new = feed.channel.first("itunes:new-feed-url")
    locked = feed.channel.first("podcast:locked")
    home = {link.get("href") for link in _own_links(feed)} | {feed.address}
    if new and new.text and new.text not in home and locked and locked.text.lower() == "yes":
        yield Found(
            message="the show moves (itunes:new-feed-url), but it is locked: the new host may not take it over",
            hint="write <podcast:locked>no</podcast:locked> until it has moved",
            element=locked,
        )


@feed_rule("F116", Severity.ERROR, "spotify")
def there_is_an_episode(feed: Feed) -> Iterator[Found]:
    """The feed has no episode.

    Spotify takes a show only once its first episode is out, and apps show an empty list.

    **Solution**: publish a trailer first.

    Source: Spotify, delivery of podcasts (content-ops.atspotify.com).
    """
    if not feed.items:
        yield Found(message="the feed has no <item>: there is nothing to hear", hint="publish a trailer first")


@tag_rule("F117", Severity.INFO, tags="image", within="channel")
def image_belongs_to_the_channel(image: Element, channel: Element) -> Iterator[Found]:
    """The `<image>` has another title or link than the channel, or no address.

    Readers of news that show it lead to another place than the show's title does. Podcast apps take `itunes:image`.

    **Solution**: give `<image>` the title and link of the channel, and a `<url>`.

    Source: RSS 2.0, `image`; W3C Feed Validation Service, ImageTitleDoesntMatch and ImageLinkDoesntMatch.
    """
    if not image.text_of("url"):
        yield Found(message="<image> has no <url>", hint="add the address of the cover")
    for name in ("title", "link"):
        own, theirs = image.text_of(name), channel.text_of(name)
        if theirs and own.rstrip("/") != theirs.rstrip("/"):
            yield Found(
                message=f"the <{name}> of <image> is {quote(own)}, and the channel's is {quote(theirs)}",
                hint="write the same in both",
                element=image.first(name),
            )


@feed_rule("F118", Severity.WARNING)
def feed_knows_its_address(feed: Feed) -> Iterator[Found]:
    """The feed was found at another address than `atom:link rel="self"` names.

    Apps that believe the feed subscribe listeners to the other address; if it is an old one, they hear nothing new.
    Only told of a feed that was fetched.

    **Solution**: let it name the address that listeners subscribe to.

    Source: RFC 4287, section 4.2.7.2; W3C Feed Validation Service, SelfDoesntMatchLocation.
    """
    for link in _own_links(feed) if feed.address else ():
        addresses = {_address(feed.address or ""), _address(feed.document.name)}
        named = link.get("href")
        if _address(named) not in addresses:
            yield Found(
                message=f'the feed lies at {feed.address}, but <atom:link rel="self"> names {quote(named)}',
                hint="let it name the address that listeners subscribe to",
                element=link,
            )


@feed_rule("F119", Severity.WARNING)
def addresses_lead_somewhere(feed: Feed) -> Iterator[Found]:
    """What should be a web address is none: a link, the artwork, `itunes:new-feed-url` or `atom:link`.

    Apps show no picture, or lead listeners nowhere.

    **Solution**: write it whole, with `https://`, and in plain letters and digits.

    Source: RSS 2.0, on links; Apple, RSS requirements (support page 823): addresses are ASCII.
    """
    for parent, item in (*parents(feed), *((image, None) for image in feed.channel.all("image"))):
        for name, attribute in ADDRESSES:
            for element in parent.all(name):
                url = element.get(attribute) if attribute else element.text
                if url and (problem := find_url_problem(url)):
                    message = f"<{name}>: {problem.message}"
                    yield Found(message=message, hint=problem.hint, element=element, item=item)


@tag_rule("F120", Severity.WARNING, "apple", "spotify", tags="itunes:image")
def artwork_is_a_picture_that_apps_show(element: Element) -> Iterator[Found]:
    """The address of the artwork ends as no JPEG or PNG does.

    Apple takes JPEG and PNG alone.

    **Solution**: export the picture as JPEG or PNG, under a name with that ending.

    Source: Apple, Podcast artwork requirements (support page 896).
    """
    path = re.split("[?#]", element.get("href"), maxsplit=1)[0]
    if match := _NOT_PICTURES.search(path[-20:]):
        yield Found(
            message=f"the artwork's address ends in {match.group()}, and Apple takes JPEG and PNG alone",
            hint="export the picture as .jpg or .png",
        )


@tag_rule("F121", Severity.WARNING, tags="pubDate lastBuildDate", within="channel")
def channel_dates_can_be_read(element: Element) -> Iterator[Found]:
    """The channel's `pubDate` or `lastBuildDate` cannot be read.

    Apps that go by it do not notice that something is new.

    **Solution**: write it as in `Thu, 05 Sep 2024 06:00:00 +0000`.

    Source: RSS 2.0, `lastBuildDate`: RFC 822, as RFC 2822 has it today.
    """
    yield from find_wrong(element, ", which is no date")


@feed_rule("F122", Severity.WARNING, "youtube")
def titles_hold_no_angle_brackets(feed: Feed) -> Iterator[Found]:
    """A title holds `<` or `>`.

    YouTube refuses such titles, and other apps take what stands between for a tag.

    **Solution**: use other signs.

    Source: YouTube Help, Deliver podcasts using an RSS feed.
    """
    for parent, item in parents(feed):
        for element in parent.all("title", "itunes:title")[:1]:
            if re.search("[<>]", element.text):
                yield Found(
                    message=f"the title holds < or >, which YouTube refuses: {quote(element.text)}",
                    hint="use other signs",
                    element=element,
                    item=item,
                )


@feed_rule("F123", Severity.WARNING, "youtube")
def descriptions_suit_youtube(feed: Feed) -> Iterator[Found]:
    """A description has more than 5,000 characters, its tags not counted.

    YouTube takes no more, and imports the episode without the rest or not at all.

    **Solution**: shorten it; the whole notes may stand in `<content:encoded>`.

    Source: YouTube Help, Deliver podcasts using an RSS feed.
    """
    for parent, item in parents(feed):
        for element in parent.all("description")[:1]:
            told = plain_text(element.text) if len(element.text) > _YOUTUBE_CHARACTERS else ""
            if len(told) > _YOUTUBE_CHARACTERS:
                yield Found(
                    message=f"the description has {len(told):,} characters; YouTube takes {_YOUTUBE_CHARACTERS:,}",
                    hint="shorten it",
                    element=element,
                    item=item,
                )


def _own_links(feed: Feed) -> list[Element]:
    return [link for link in feed.channel.all("atom:link") if link.get("rel") == "self" and link.get("href")]


def _categories(main: Element) -> Iterator[tuple[Element, str]]:
    name = value_of(main)
    subs = main.all("itunes:category")[:_MANY]
    if name:
        yield main, name
    # A wrong category is told once, not again with what stands in it.
    if name and not isinstance(parse_category(name[:200]), Problem):
        yield from ((sub, f"{name} > {value_of(sub)}") for sub in subs)


def _address(url: str) -> str:
    return url.partition("://")[2].rstrip("/").lower()
