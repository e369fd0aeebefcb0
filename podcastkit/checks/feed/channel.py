"""Rules about the channel of a feed: F1xx."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import (
    code_rule,
    find_invalid,
    find_missing,
    find_url_problem,
    get_value,
    list_parents,
    strip_tags,
    tag_rule,
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

_OLD_EXPLICIT_VALUES: Final = {"yes": "true", "explicit": "true", "no": "false", "clean": "false"}
_YOUTUBE_LIMIT: Final = 5000
"""The characters of a description that YouTube accepts."""
_MAX_CATEGORIES: Final = 20
"""The number of categories to check; directories read two."""
_COPYRIGHT: Final = re.compile(r"\bcopyright\b|©|\(c\)", re.IGNORECASE)
_UNSUPPORTED_ARTWORK: Final = re.compile(r"\.(gif|webp|svg|bmp|tiff?|avif|heic|html?)\Z", re.IGNORECASE)


@feed_rule("F101", Severity.ERROR)
def check_required_tags(feed: Feed) -> Iterator[Found]:
    """The channel has no title, description or artwork.

    All directories refuse a feed without them, so listeners cannot find the show.

    **Solution**: add the tag that the finding names.

    Source: RSS 2.0, required channel elements; Apple, RSS requirements (support page 823); PSP-1, channel.
    """
    yield from find_missing(feed.channel, "F101")


@feed_rule("F124", Severity.ERROR, "apple", "psp1")
def check_apple_tags(feed: Feed) -> Iterator[Found]:
    """The channel has no language, category or `itunes:explicit`.

    Apple refuses a feed without them, and other directories cannot recommend it to the right listeners.

    **Solution**: add the tag that the finding names.

    Source: Apple, RSS requirements (support page 823); PSP-1, channel.
    """
    yield from find_missing(feed.channel, "F124")


@feed_rule("F102", Severity.ERROR, "psp1")
def check_channel_links(feed: Feed) -> Iterator[Found]:
    """The channel has no link to its website, or no `atom:link` to itself.

    Listeners use the first link to visit the website of the show. Apps use the second one to find the original feed
    if they only have a copy of it.

    **Solution**: add `<link>https://…</link>` and `<atom:link href="https://…/feed.xml" rel="self"
    type="application/rss+xml"/>` to the channel.

    Source: PSP-1, channel: both are required.
    """
    yield from find_missing(feed.channel, "F102")
    if not _list_self_links(feed):
        yield Found(
            message='there is no <atom:link rel="self">: apps with a copy of the feed cannot find the original',
            hint='add <atom:link href="https://…" rel="self" type="application/rss+xml"/> with the feed\'s address',
        )


@code_rule("F104", Severity.WARNING, "apple", "psp1", scope=Scope.FEED)
@code_rule("F103", Severity.ERROR, "spotify", scope=Scope.FEED)
def check_author(feed: Feed, code: str) -> Iterator[Found]:
    """The channel has no `itunes:author`.

    Spotify does not list a show without an author (F103). Other apps show the author below the title, and listeners
    search for it (F104). podcastkit reports F103. If you check without Spotify, it reports F104, a warning.

    **Solution**: add `<itunes:author>` with the name of the person or organization that makes the show.

    Source: Spotify, delivery of podcasts (content-ops.atspotify.com); Apple, RSS requirements (support page 823);
    PSP-1, channel: recommended.
    """
    yield from find_missing(feed.channel, code)


@feed_rule("F105", Severity.WARNING, "psp1")
def check_guid_and_lock(feed: Feed) -> Iterator[Found]:
    """The channel has no `podcast:guid` or `podcast:locked`.

    With `podcast:guid`, apps recognize the show even if it moves to another host. `podcast:locked` stops other
    hosts from importing the show without permission.

    **Solution**: add both tags. Hosts that support Podcasting 2.0 write them for you.

    Source: PSP-1, channel: recommended; podcast namespace, `guid` and `locked`.
    """
    yield from find_missing(feed.channel, "F105")


@feed_rule("F106", Severity.WARNING, "spotify", "youtube", "amazon")
def check_owner_email(feed: Feed) -> Iterator[Found]:
    """The e-mail address of the owner is missing or not valid.

    Spotify, YouTube and Amazon send a code to this address to verify that the show is yours, and list it only then.
    Apple no longer uses the address.

    **Solution**: add `<itunes:owner><itunes:email>…</itunes:email></itunes:owner>`, at least until the show is
    verified.

    Source: Apple, RSS requirements (support page 823); Spotify for Creators, claiming a show.
    """
    emails = [email for owner in feed.channel.all("itunes:owner") for email in owner.all("itunes:email")]
    if not any(email.text for email in emails):
        yield Found(
            message="the owner's e-mail address is missing: Spotify, YouTube and Amazon cannot verify the show",
            hint="add <itunes:owner> with <itunes:email>, at least until the show is verified",
        )
    for email in emails:
        if email.text and isinstance(problem := parse_email(email.text[:1000]), Problem):
            yield Found(message=problem.message, hint=problem.hint, element=email)


@tag_rule("F107", Severity.ERROR, "apple", "psp1", tags="language", within="channel")
def check_language(element: Element) -> Iterator[Found]:
    """The language of the show is not a language code.

    Apple refuses the feed, and other directories list the show in the wrong country.

    **Solution**: write a code such as `en`, `es` or `en-US`.

    Source: Apple, RSS requirements (support page 823); RSS 2.0, `language`.
    """
    if element.text and isinstance(problem := parse_language(element.text[:100]), Problem):
        yield Found(message=problem.message, hint=problem.hint)


@feed_rule("F108", Severity.ERROR, "apple", "psp1")
def check_category_names(feed: Feed) -> Iterator[Found]:
    """A category is not in Apple's list, or is spelled differently.

    Directories do not list the show in this category. The spelling must match exactly, including capital letters
    and `&`. If another category is valid, directories list the show there, and this is only a warning.

    **Solution**: write the category that the finding suggests.

    Source: Apple, Podcasts categories (support page 1691) and RSS requirements (823).
    """
    main_categories = feed.channel.all("itunes:category")[:_MAX_CATEGORIES]
    is_listed = any(not isinstance(parse_category(get_value(main)[:200]), Problem) for main in main_categories)
    for main in main_categories:
        for element, category in _list_categories(main):
            # The length is limited, because the search for similar names is slow for long texts.
            problem = parse_category(category[:200])
            if isinstance(problem, Problem):
                severity = Severity.WARNING if is_listed else None
                yield Found(message=problem.message, hint=problem.hint, element=element, severity=severity)


@feed_rule("F109", Severity.WARNING, "apple")
def check_category_count(feed: Feed) -> Iterator[Found]:
    """The feed has more than two categories.

    Directories list the show in the first category and, at most, the second. Listeners do not find it in the
    others.

    **Solution**: keep the two best categories, with the most important one first.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:category`.
    """
    names = {main.get("text") for main in feed.channel.all("itunes:category")}
    if len(names) > CATEGORIES_READ:
        yield Found(
            message=f"the feed has {len(names)} categories, but directories read only the first two",
            hint="keep the two best categories, with the most important one first",
            element=feed.channel.all("itunes:category")[CATEGORIES_READ],
        )


@tag_rule("F110", Severity.ERROR, "apple", "psp1", tags="itunes:explicit")
def check_explicit(element: Element) -> Iterator[Found]:
    """`itunes:explicit` is neither `true` nor `false`.

    Apps with parental controls rely on this value. Most apps still understand the old values `yes`, `no`, `clean`
    and `explicit`, so these are only a warning.

    **Solution**: write `<itunes:explicit>false</itunes:explicit>`, or `true` for explicit content.

    Source: Apple, RSS requirements (support page 823); PSP-1, `itunes:explicit`.
    """
    word = element.text.lower()
    if word and word not in {"true", "false"}:
        yield Found(
            message=f"<itunes:explicit> has the value {quote(element.text)} instead of true or false",
            hint=f"write {_OLD_EXPLICIT_VALUES.get(word, 'true or false')}",
            severity=Severity.WARNING if word in _OLD_EXPLICIT_VALUES else None,
        )


@tag_rule("F111", Severity.ERROR, "apple", "psp1", tags="description", within="channel")
def check_description_size(element: Element) -> Iterator[Found]:
    """The description of the show is longer than 4,000 bytes.

    Apple and PSP-1 allow at most 4,000 bytes, including tags and addresses. Apps may cut off the rest. Accented
    letters and letters of other scripts count as several bytes.

    **Solution**: shorten the description. A few paragraphs are enough.

    Source: PSP-1, channel `description`; Apple, RSS requirements (support page 823).
    """
    size = len(element.text.encode())
    if size > DESCRIPTION_LIMIT:
        yield Found(
            message=f"the description has {size:,} bytes, but at most {DESCRIPTION_LIMIT:,} are allowed",
            hint="shorten the description; a few paragraphs are enough",
        )


@tag_rule("F112", Severity.ERROR, "apple", tags="itunes:type", within="channel")
def check_show_type(element: Element) -> Iterator[Found]:
    """`itunes:type` is neither `episodic` nor `serial`.

    Apple then plays the newest episode first, even if listeners should hear the episodes in order.

    **Solution**: write `serial` if the episodes have a fixed order, or `episodic` if not.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:type`.
    """
    yield from find_invalid(element)


@tag_rule("F113", Severity.WARNING, "apple", "psp1", tags="itunes:block itunes:complete")
def check_yes_flags(element: Element) -> Iterator[Found]:
    """`itunes:block` or `itunes:complete` has a value other than `Yes`.

    Apple ignores all other values: `true` does not block the show, so listeners still find it. `No`, which has no
    effect either, is only an info.

    **Solution**: write `Yes`, or remove the tag.

    Source: Apple, A Podcaster's Guide to RSS, `itunes:block` and `itunes:complete`; PSP-1.
    """
    word = element.text.lower()
    if word != "yes":
        yield Found(
            message=f"<{element.name}> has the value {quote(element.text)}, but only Yes has an effect",
            hint="write Yes, or remove the tag",
            severity=Severity.INFO if word in {"", "no", "false"} else None,
        )


@tag_rule("F114", Severity.INFO, "psp1", tags="copyright", within="channel")
def check_copyright(element: Element) -> Iterator[Found]:
    """The copyright contains the word "copyright" or the © sign.

    Apps add © themselves, so listeners see it twice.

    **Solution**: write only the year and the name, as in `2024 Harbour Radio`.

    Source: PSP-1, `copyright`.
    """
    if _COPYRIGHT.search(element.text[:1000]):
        yield Found(
            message='the copyright contains the word "copyright" or the © sign, which apps add themselves',
            hint="keep only the year and the name",
        )


@feed_rule("F115", Severity.WARNING, "podcasting20")
def check_lock_of_moving_show(feed: Feed) -> Iterator[Found]:
    """`itunes:new-feed-url` announces a move, but `podcast:locked` stops other hosts from importing the show.

    The new host checks `podcast:locked` before it imports a feed, and refuses a locked one. Listeners then do not
    get new episodes from the new address.

    **Solution**: set `podcast:locked` to `no` until the show has moved. Then set it to `yes` in the new feed.

    Source: Podcast namespace, `locked`; Apple, Change the RSS feed URL (support page 837).
    """
    new_address = feed.channel.first("itunes:new-feed-url")
    locked = feed.channel.first("podcast:locked")
    # The tag may stay in the feed at the new address, where the lock is fine.
    own_addresses = {link.get("href") for link in _list_self_links(feed)} | {feed.address}
    is_moving = new_address and new_address.text and new_address.text not in own_addresses
    if is_moving and locked and locked.text.lower() == "yes":
        yield Found(
            message="the show moves (itunes:new-feed-url), but is locked: the new host may refuse to import it",
            hint="write <podcast:locked>no</podcast:locked> until the show has moved",
            element=locked,
        )


@feed_rule("F116", Severity.ERROR, "spotify")
def check_episodes_exist(feed: Feed) -> Iterator[Found]:
    """The feed has no episode.

    Spotify does not accept a show before its first episode is published, and apps show an empty list.

    **Solution**: publish a trailer first.

    Source: Spotify, delivery of podcasts (content-ops.atspotify.com).
    """
    if not feed.items:
        yield Found(message="the feed has no <item>, so apps have nothing to play", hint="publish a trailer first")


@tag_rule("F117", Severity.INFO, tags="image", within="channel")
def check_rss_image(image: Element, channel: Element) -> Iterator[Found]:
    """The `<image>` has no `<url>`, or its title or link differs from the channel.

    In news readers, the image then leads to another page than the title of the show. Podcast apps use
    `itunes:image` instead.

    **Solution**: give `<image>` a `<url>`, and the title and link of the channel.

    Source: RSS 2.0, `image`; W3C Feed Validation Service, ImageTitleDoesntMatch and ImageLinkDoesntMatch.
    """
    if not image.text_of("url"):
        yield Found(message="<image> has no <url>", hint="add the address of the artwork")
    for name in ("title", "link"):
        image_value, channel_value = image.text_of(name), channel.text_of(name)
        if channel_value and image_value.rstrip("/") != channel_value.rstrip("/"):
            yield Found(
                message=f"the <{name}> of <image> is {quote(image_value)}, "
                f"but the channel has {quote(channel_value)}",
                hint=f"write the same {name} in both",
                element=image.first(name),
            )


@feed_rule("F118", Severity.WARNING)
def check_feed_address(feed: Feed) -> Iterator[Found]:
    """The address in `atom:link rel="self"` is not the address of the feed.

    Some apps subscribe listeners to the address in the link. If it is an old one, listeners get no new episodes.
    podcastkit checks this only for a feed that it downloads, not for a file.

    **Solution**: write the address that listeners subscribe to.

    Source: RFC 4287, section 4.2.7.2; W3C Feed Validation Service, SelfDoesntMatchLocation.
    """
    for link in _list_self_links(feed) if feed.address else ():
        # Before redirects and after them: both addresses are fine.
        addresses = {_normalize_url(feed.address or ""), _normalize_url(feed.document.name)}
        url = link.get("href")
        if _normalize_url(url) not in addresses:
            yield Found(
                message=f'the feed is at {feed.address}, but <atom:link rel="self"> has the address {quote(url)}',
                hint="write the address that listeners subscribe to",
                element=link,
            )


@feed_rule("F119", Severity.WARNING)
def check_web_addresses(feed: Feed) -> Iterator[Found]:
    """A link, an artwork address, `itunes:new-feed-url` or `atom:link` is not a valid web address.

    Apps show no artwork, and links do not open.

    **Solution**: write the full address with `https://`, using only plain letters and digits.

    Source: RSS 2.0, on links; Apple, RSS requirements (support page 823): addresses are ASCII.
    """
    channel_images = ((image, None) for image in feed.channel.all("image"))
    for parent, item in (*list_parents(feed), *channel_images):
        for name, attribute in ADDRESSES:
            for element in parent.all(name):
                url = element.get(attribute) if attribute else element.text
                if url and (problem := find_url_problem(url)):
                    message = f"<{name}>: {problem.message}"
                    yield Found(message=message, hint=problem.hint, element=element, item=item)


@tag_rule("F120", Severity.WARNING, "apple", "spotify", tags="itunes:image")
def check_artwork_format(element: Element) -> Iterator[Found]:
    """The address of the artwork has the file extension of an unsupported format, such as `.webp`.

    Apple accepts only JPEG and PNG. With any other format, listeners see no artwork.

    **Solution**: export the image as JPEG or PNG, with the matching file extension.

    Source: Apple, Podcast artwork requirements (support page 896).
    """
    path = re.split("[?#]", element.get("href"), maxsplit=1)[0]
    if match := _UNSUPPORTED_ARTWORK.search(path[-20:]):
        yield Found(
            message=f"the artwork address ends in {match.group()}, but Apple accepts only JPEG and PNG",
            hint="export the image as .jpg or .png",
        )


@tag_rule("F121", Severity.WARNING, tags="pubDate lastBuildDate", within="channel")
def check_channel_dates(element: Element) -> Iterator[Found]:
    """`pubDate` or `lastBuildDate` of the channel is not a valid date.

    Apps that rely on this date may not notice new episodes.

    **Solution**: write the date like `Thu, 05 Sep 2024 06:00:00 +0000`.

    Source: RSS 2.0, `lastBuildDate`: RFC 822, as RFC 2822 has it today.
    """
    yield from find_invalid(element, "a date")


@feed_rule("F122", Severity.WARNING, "youtube")
def check_title_characters(feed: Feed) -> Iterator[Found]:
    """A title contains `<` or `>`.

    YouTube refuses such titles, and other apps may treat the text between the two characters as a tag and hide it.

    **Solution**: replace `<` and `>` by other characters.

    Source: YouTube Help, Deliver podcasts using an RSS feed.
    """
    for parent, item in list_parents(feed):
        for element in parent.all("title", "itunes:title")[:1]:
            if re.search("[<>]", element.text):
                yield Found(
                    message=f"the title contains < or >, which YouTube refuses: {quote(element.text)}",
                    hint="replace < and > by other characters",
                    element=element,
                    item=item,
                )


@feed_rule("F123", Severity.WARNING, "youtube")
def check_description_for_youtube(feed: Feed) -> Iterator[Found]:
    """A description has more than 5,000 characters, not counting its tags.

    YouTube accepts no more. It cuts off the rest, or does not import the episode.

    **Solution**: shorten the description. You can put the full notes into `<content:encoded>`.

    Source: YouTube Help, Deliver podcasts using an RSS feed.
    """
    for parent, item in list_parents(feed):
        for element in parent.all("description")[:1]:
            text = strip_tags(element.text) if len(element.text) > _YOUTUBE_LIMIT else ""
            if len(text) > _YOUTUBE_LIMIT:
                yield Found(
                    message=f"the description has {len(text):,} characters, but YouTube accepts {_YOUTUBE_LIMIT:,}",
                    hint="shorten the description",
                    element=element,
                    item=item,
                )


def _list_self_links(feed: Feed) -> list[Element]:
    return [link for link in feed.channel.all("atom:link") if link.get("rel") == "self" and link.get("href")]


def _list_categories(main: Element) -> Iterator[tuple[Element, str]]:
    """Yield a main category and its subcategories, each with its full name, as in `Science > Earth Sciences`."""
    name = get_value(main)
    subs = main.all("itunes:category")[:_MAX_CATEGORIES]
    if name:
        yield main, name
    # An unknown category is reported once, not again for each of its subcategories.
    if name and not isinstance(parse_category(name[:200]), Problem):
        yield from ((sub, f"{name} > {get_value(sub)}") for sub in subs)


def _normalize_url(url: str) -> str:
    """Return a URL to compare: in lower case, without its scheme and trailing slashes."""
    return url.partition("://")[2].rstrip("/").lower()
