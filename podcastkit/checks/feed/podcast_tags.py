"""Rules about the tags of the podcast namespace: F4xx."""

from __future__ import annotations

import difflib
import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import find_url_problem, read_duration
from podcastkit.checks.podcast_tags import LONGEST_BITE, SHORTEST_BITE
from podcastkit.checks.rule import Found, feed_rule, item_rule
from podcastkit.diagnostics import Severity
from podcastkit.feed.tag_table import TAGS, find_parents
from podcastkit.text.addresses import is_plain_http
from podcastkit.text.credits import find_credit_problem
from podcastkit.text.quoting import quote, shorten
from podcastkit.text.schema.tables import LICENSES, PURPOSES, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.feed.tag_values import Value
    from podcastkit.feed.tags import Tag
    from podcastkit.feed.xml_document import Element, Feed, Spot

_LONGEST_VALUE: Final = 1000
"""Characters; what is longer is no number, date or word of any list."""
_NAMES: Final = frozenset(name for name in TAGS if name.startswith("podcast:"))
_WEB: Final = ("https://", "http://")


@feed_rule("F401", Severity.ERROR, "podcasting20")
def tags_have_their_attributes(feed: Feed) -> Iterator[Found]:
    """A tag of the podcast namespace lacks an attribute that it must have.

    Apps overlook the tag.

    **Solution**: add the attribute that the finding names.

    Source: Podcast namespace, docs/tags.
    """
    for (element, _, item), tag in _known_tags(feed):
        required = [name for name, value in tag.attributes.items() if value.is_needed]
        if element.name == "podcast:socialInteract" and element.get("protocol").lower() != "disabled":
            required.append("uri")
        for attribute in required:
            if not element.get(attribute):
                yield Found(
                    message=f"<{element.name}> has no {attribute}, and apps overlook it",
                    hint=f'add {attribute}="…", or remove the tag',
                    element=element,
                    item=item,
                )


@feed_rule("F402", Severity.ERROR, "podcasting20")
def values_have_their_form(feed: Feed) -> Iterator[Found]:
    """A tag of the podcast namespace says what no app understands.

    A date, a number, a code or a word of a list is not written as the namespace has it; apps overlook the tag.

    **Solution**: write it as the finding shows.

    Source: Podcast namespace, docs/tags.
    """
    for spot, attribute, form, value in _values(feed):
        if form.is_right and not (len(value) < _LONGEST_VALUE and form.is_right(value)):
            yield _about(spot, attribute, f"says {quote(value)}", f"write {form.wanted}")


@feed_rule("F403", Severity.WARNING, "podcasting20")
def texts_fit(feed: Feed) -> Iterator[Found]:
    """A text of the podcast namespace is longer than apps keep.

    Apps and directories cut it off.

    **Solution**: shorten it.

    Source: Podcast namespace, docs/tags.
    """
    for spot, attribute, form, value in _values(feed):
        if form.limit and len(value) > form.limit:
            message = f"has {len(value):,} characters; apps keep {form.limit:,}"
            yield _about(spot, attribute, message, "shorten it")


@feed_rule("F404", Severity.ERROR, "podcasting20")
def tags_say_something(feed: Feed) -> Iterator[Found]:
    """A tag of the podcast namespace is empty.

    Apps overlook it, or show an empty line.

    **Solution**: write what it should say, or remove it.

    Source: Podcast namespace, docs/tags.
    """
    for (element, _, item), tag in _known_tags(feed):
        if tag.text and tag.text.is_needed and not element.text:
            yield Found(
                message=f"<{element.name}> is empty",
                hint="write what it should say, or remove it",
                element=element,
                item=item,
            )


@feed_rule("F405", Severity.ERROR, "podcasting20")
def addresses_are_encrypted(feed: Feed) -> Iterator[Found]:
    """What a tag of the podcast namespace links to is no web address, or not encrypted.

    Apps show no transcript, no chapters, no picture. `http://` is only warned of: web players refuse it.

    **Solution**: the whole address, beginning with `https://`.

    Source: Podcast namespace, README: hypertext resources must be https.
    """
    for spot, attribute, form, value in _values(feed):
        if form.is_address:
            yield from _address_findings(spot, attribute, value)
    for spot in feed.podcast.get("podcast:source", ()):
        # It may lie elsewhere than on the web: ipfs://, a torrent.
        if spot.element.get("uri").lower().startswith(_WEB):
            yield from _address_findings(spot, "uri", spot.element.get("uri"))


@feed_rule("F406", Severity.WARNING, "podcasting20")
def tags_stand_where_apps_look(feed: Feed) -> Iterator[Found]:
    """A tag of the podcast namespace stands in the wrong place, or more often than once.

    Apps overlook it, or take one of several.

    **Solution**: move it to where the finding says, or keep one.

    Source: Podcast namespace, docs/tags.
    """
    for (element, parent, item), tag in _known_tags(feed):
        parents = find_parents(element.name)
        if parent.name not in parents:
            yield Found(
                message=f"<{element.name}> stands in <{shorten(parent.name)}>, where no app looks for it",
                hint=f"move it to {' or '.join(f'<{name}>' for name in parents)}",
                element=element,
                item=item,
            )
        elif not tag.is_repeated and element in parent.all(element.name)[1:2]:
            yield Found(
                message=f"<{element.name}> stands more than once, and apps take one",
                hint="keep one of them",
                element=element,
                item=item,
            )


@feed_rule("F407", Severity.WARNING, "podcasting20")
def credits_are_known(feed: Feed) -> Iterator[Found]:
    """A person's role or group is not in the Podcast Taxonomy.

    Apps that show people by their roles leave it out.

    **Solution**: the role that the finding suggests, with its group.

    Source: Podcast namespace, `person`; podcasttaxonomy.com.
    """
    for spot in feed.podcast.get("podcast:person", ()):
        role, group = spot.element.get("role"), spot.element.get("group")
        # Without a group the namespace means the cast, and without a role its host.
        problem = (
            find_credit_problem(role[:_LONGEST_VALUE] or "host", group[:_LONGEST_VALUE] or None) if role else None
        )
        if problem:
            yield Found(message=problem.message, hint=problem.hint, element=spot.element, item=spot.item)


@feed_rule("F408", Severity.WARNING, "podcasting20")
def license_is_known(feed: Feed) -> Iterator[Found]:
    """A licence is none of the listed ones, and has no address.

    Nobody can find out what it allows.

    **Solution**: add `url`, or write one of the listed licences.

    Source: Podcast namespace, `license`.
    """
    for spot in feed.podcast.get("podcast:license", ()):
        slug = spot.element.text
        if slug and slug.lower() not in LICENSES and not spot.element.get("url"):
            hint = f'add url="https://…", or write one of {", ".join(LICENSES.values())}'
            yield _about(spot, "", f"says {quote(slug)}, and has no url that explains it", hint)


@feed_rule("F409", Severity.WARNING, "podcasting20")
def services_are_known(feed: Feed) -> Iterator[Found]:
    """`podcast:block` names a service that is not in the list, or a picture has a purpose that no app knows.

    The service does not recognise itself, and lists the show nevertheless.

    **Solution**: the word that the finding suggests.

    Source: Podcast namespace, serviceslugs.txt and `image`.
    """
    for spot in feed.podcast.get("podcast:block", ()):
        slug = spot.element.get("id")
        if slug and slug not in SERVICES:
            yield _about(spot, "id", f"names {quote(slug)}, which is no known service", _suggest(slug, SERVICES))
    for spot in feed.podcast.get("podcast:image", ()):
        for word in re.findall(r"[^\s,]+", spot.element.get("purpose").lower()[:_LONGEST_VALUE]):
            if word not in PURPOSES and "/" not in word:
                yield _about(spot, "purpose", f"says {quote(word)}, which no app knows", _suggest(word, PURPOSES))


@item_rule("F410", Severity.WARNING, "podcasting20")
def soundbites_have_the_right_length(item: Element) -> Iterator[Found]:
    """A soundbite is shorter than 15 or longer than 120 seconds, or ends behind the audio.

    Apps play soundbites as previews and make clips of them: these lengths are made for that.

    **Solution**: a part of 15 to 120 seconds.

    Source: Podcast namespace, `soundbite`.
    """
    whole = read_duration(item.text_of("itunes:duration"))
    for element in item.all("podcast:soundbite"):
        start, duration = (read_duration(element.get(name)) for name in ("startTime", "duration"))
        if duration is None:
            continue
        if not SHORTEST_BITE <= duration <= LONGEST_BITE:
            yield Found(
                message=f"a soundbite is {duration.total_seconds():g} seconds long; apps want 15 to 120",
                hint="choose a part of 15 to 120 seconds",
                element=element,
            )
        elif start is not None and whole and start + duration > whole:
            yield Found(
                message="a soundbite ends when the audio is over",
                hint="correct startTime or duration; both are in seconds",
                element=element,
            )


@feed_rule("F411", Severity.ERROR, "podcasting20")
def tags_have_their_children(feed: Feed) -> Iterator[Found]:
    """A tag lacks what must stand in it, or holds too much of it.

    An `alternateEnclosure` needs a `source` to play; `podroll` lists `remoteItem`s; `publisher` names exactly one,
    with `medium="publisher"`.

    **Solution**: add what the finding names.

    Source: Podcast namespace, `alternateEnclosure`, `podroll` and `publisher`.
    """
    for element, _, item in _tags(feed):
        feeds = element.all("podcast:remoteItem")
        if element.name == "podcast:alternateEnclosure" and not element.all("podcast:source"):
            message, hint = (
                "has no <podcast:source>: there is nothing to play",
                'add <podcast:source uri="https://…"/>',
            )
        elif element.name == "podcast:podroll" and not feeds:
            message, hint = "recommends no show", 'add <podcast:remoteItem feedGuid="…"/>, or remove it'
        elif element.name == "podcast:publisher" and [feed.get("medium") for feed in feeds] != ["publisher"]:
            message = "must hold exactly one <podcast:remoteItem> with the medium publisher"
            hint = 'write <podcast:remoteItem medium="publisher" feedGuid="…" feedUrl="https://…"/>'
        else:
            continue
        yield Found(message=f"<{element.name}> {message}", hint=hint, element=element, item=item)


@feed_rule("F412", Severity.WARNING, "podcasting20")
def recurrence_can_be_reckoned(feed: Feed) -> Iterator[Found]:
    """The rule in `podcast:updateFrequency` cannot be reckoned with.

    A rule that counts (`COUNT`) needs a `dtstart` to count from; `UNTIL` must be written as RFC 5545 has it. Apps
    that cannot reckon with it look when they like.

    **Solution**: add `dtstart`, or write `UNTIL=20241231T000000Z`.

    Source: Podcast namespace, `updateFrequency`; RFC 5545, section 3.3.10.
    """
    for element in feed.channel.all("podcast:updateFrequency"):
        rule = element.get("rrule").upper()[:_LONGEST_VALUE]
        until = re.search(r"\bUNTIL=([^;]*)", rule)
        if rule and not re.match(r"(?:.*;)?FREQ=[A-Z]+(?:;|\Z)", rule):
            yield Found(
                message=f"the rrule {quote(rule)} has no FREQ", hint="begin it with FREQ=WEEKLY", element=element
            )
        if "COUNT=" in rule and not element.get("dtstart"):
            yield Found(
                message="the rrule counts (COUNT), and there is no dtstart to count from",
                hint='add dtstart="2024-09-05T06:00:00Z", the moment of the first episode',
                element=element,
            )
        if until and not re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", until[1]):
            yield Found(
                message=f"the rrule says UNTIL={until[1][:40]}, which is not written as RFC 5545 has it",
                hint="write UNTIL=20241231T000000Z",
                element=element,
            )


@feed_rule("F413", Severity.INFO, "podcasting20")
def tags_are_in_the_namespace(feed: Feed) -> Iterator[Found]:
    """A tag is not in the podcast namespace, or not any more.

    Apps overlook it. `podcast:images` was replaced by `podcast:image`, a tag for each picture.

    **Solution**: the tag that the finding suggests; tags that are still being discussed do no harm.

    Source: Podcast namespace, docs/1.0.md.
    """
    for element, _, item in _tags(feed):
        is_old = element.name == "podcast:images"
        if element.name not in TAGS or is_old:
            name = element.name if is_old else quote(element.name)
            hint = "write a <podcast:image> for each picture" if is_old else _suggest(element.name, _NAMES)
            message = f"{name} is {'no longer ' if is_old else 'not '}in the podcast namespace"
            yield Found(message=message, hint=hint, element=element, item=item)


@feed_rule("F414", Severity.WARNING, "podcasting20")
def disclosure_says_true_or_false(feed: Feed) -> Iterator[Found]:
    """`podcast:txt` with the purpose `ai-content` says neither `true` nor `false`.

    Programs that read it learn nothing.

    **Solution**: `true` or `false`.

    Source: Podcast namespace, `txt`.
    """
    for spot in feed.podcast.get("podcast:txt", ()):
        is_disclosure = spot.element.get("purpose").lower() == "ai-content"
        if is_disclosure and spot.element.text.lower() not in {"", "true", "false"}:
            yield _about(spot, "", f"says {quote(spot.element.text)} of ai-content", "write true or false")


def _tags(feed: Feed) -> Iterator[Spot]:
    return chain.from_iterable(feed.podcast.values())


def _known_tags(feed: Feed) -> Iterator[tuple[Spot, Tag]]:
    return ((spot, TAGS[spot.element.name]) for spot in _tags(feed) if spot.element.name in TAGS)


def _values(feed: Feed) -> Iterator[tuple[Spot, str, Value, str]]:
    """Yield every text and attribute that says something; a text is the attribute without a name."""
    for spot, tag in _known_tags(feed):
        for name, form in tag.attributes.items():
            if value := spot.element.get(name):
                yield spot, name, form, value
        if tag.text and spot.element.text:
            yield spot, "", tag.text, spot.element.text


def _about(spot: Spot, attribute: str, message: str, hint: str) -> Found:
    subject = f"{attribute} of <{spot.element.name}>" if attribute else f"<{spot.element.name}>"
    return Found(message=f"{subject} {message}", hint=hint, element=spot.element, item=spot.item)


def _address_findings(spot: Spot, attribute: str, url: str) -> Iterator[Found]:
    problem = find_url_problem(url)
    if problem or is_plain_http(url):
        yield Found(
            message=f"{attribute} of <{spot.element.name}>: "
            + (problem.message if problem else f"{quote(url)} is not encrypted"),
            hint=problem.hint if problem else "write https:// instead of http://, if it can be reached there",
            element=spot.element,
            item=spot.item,
            severity=None if problem else Severity.WARNING,
        )


def _suggest(word: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(word[:_LONGEST_VALUE], sorted(known), n=1)
    return f"did you mean {nearest[0]}?" if nearest else "look it up in the podcast namespace, or leave it as it is"
