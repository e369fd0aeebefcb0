"""Rules about the tags of the podcast namespace: F4xx."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import find_similar_tag, find_url_problem, podcast_rule, read_duration, tag_rule
from podcastkit.checks.podcast_tags import LONGEST_BITE, SHORTEST_BITE
from podcastkit.checks.rule import Found, item_rule
from podcastkit.diagnostics import Severity
from podcastkit.feed.tag_table import TAGS, find_parents
from podcastkit.text.addresses import is_plain_http
from podcastkit.text.credits import find_credit_problem
from podcastkit.text.quoting import quote, shorten
from podcastkit.text.schema.tables import LICENSES, PURPOSES, SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.feed.tag_values import Value
    from podcastkit.feed.xml_document import Element

_LONGEST_VALUE: Final = 1000
"""Characters; what is longer is no number, date or word of any list."""
_NAMES: Final = sorted(name for name in TAGS if name.startswith("podcast:"))
_WEB: Final = ("https://", "http://")


@podcast_rule("F401", Severity.ERROR, *_NAMES)
def tags_have_their_attributes(element: Element) -> Iterator[Found]:
    """A tag of the podcast namespace lacks an attribute that it must have.

    Apps overlook the tag.

    **Solution**: add the attribute that the finding names.

    Source: Podcast namespace, docs/tags.
    """
    required = [name for name, value in TAGS[element.name].attributes.items() if value.is_needed]
    if element.name == "podcast:socialInteract" and element.get("protocol").lower() != "disabled":
        required.append("uri")
    for attribute in required:
        if not element.get(attribute):
            yield Found(
                message=f"<{element.name}> has no {attribute}, and apps overlook it",
                hint=f'add {attribute}="…", or remove the tag',
            )


@podcast_rule("F402", Severity.ERROR, *_NAMES)
def values_have_their_form(element: Element) -> Iterator[Found]:
    """A tag of the podcast namespace says what no app understands.

    A date, a number, a code or a word of a list is not written as the namespace has it; apps overlook the tag.

    **Solution**: write it as the finding shows.

    Source: Podcast namespace, docs/tags.
    """
    for subject, form, value in _values(element):
        if form.is_right and not (len(value) < _LONGEST_VALUE and form.is_right(value)):
            yield Found(message=f"{subject} says {quote(value)}", hint=f"write {form.wanted}")


@podcast_rule("F403", Severity.WARNING, *_NAMES)
def texts_fit(element: Element) -> Iterator[Found]:
    """A text of the podcast namespace is longer than apps keep.

    Apps and directories cut it off.

    **Solution**: shorten it.

    Source: Podcast namespace, docs/tags.
    """
    for subject, form, value in _values(element):
        if form.limit and len(value) > form.limit:
            message = f"{subject} has {len(value):,} characters; apps keep {form.limit:,}"
            yield Found(message=message, hint="shorten it")


@podcast_rule("F404", Severity.ERROR, *_NAMES)
def tags_say_something(element: Element) -> Iterator[Found]:
    """A tag of the podcast namespace is empty.

    Apps overlook it, or show an empty line.

    **Solution**: write what it should say, or remove it.

    Source: Podcast namespace, docs/tags.
    """
    text = TAGS[element.name].text
    if text and text.is_needed and not element.text:
        yield Found(message=f"<{element.name}> is empty", hint="write what it should say, or remove it")


@podcast_rule("F405", Severity.ERROR, *_NAMES)
def addresses_are_encrypted(element: Element) -> Iterator[Found]:
    """What a tag of the podcast namespace links to is no web address, or not encrypted.

    Apps show no transcript, no chapters, no picture. `http://` is only warned of: web players refuse it.

    **Solution**: the whole address, beginning with `https://`.

    Source: Podcast namespace, README: hypertext resources must be https.
    """
    for subject, form, url in _values(element):
        # A source may lie elsewhere than on the web: ipfs://, a torrent.
        is_source = element.name == "podcast:source" and url.lower().startswith(_WEB)
        if not (form.is_address or is_source):
            continue
        if problem := find_url_problem(url):
            yield Found(message=f"{subject}: {problem.message}", hint=problem.hint)
        elif is_plain_http(url):
            yield Found(
                message=f"{subject}: {quote(url)} is not encrypted",
                hint="write https:// instead of http://, if it can be reached there",
                severity=Severity.WARNING,
            )


@podcast_rule("F406", Severity.WARNING, *_NAMES)
def tags_stand_where_apps_look(element: Element, parent: Element) -> Iterator[Found]:
    """A tag of the podcast namespace stands in the wrong place, or more often than once.

    Apps overlook it, or take one of several.

    **Solution**: move it to where the finding says, or keep one.

    Source: Podcast namespace, docs/tags.
    """
    places = find_parents(element.name)
    if parent.name not in places:
        yield Found(
            message=f"<{element.name}> stands in <{shorten(parent.name)}>, where no app looks for it",
            hint=f"move it to {' or '.join(f'<{name}>' for name in places)}",
        )
    elif not TAGS[element.name].is_repeated and element in parent.all(element.name)[1:2]:
        yield Found(message=f"<{element.name}> stands more than once, and apps take one", hint="keep one of them")


@podcast_rule("F407", Severity.WARNING, "podcast:person")
def credits_are_known(element: Element) -> Iterator[Found]:
    """A person's role or group is not in the Podcast Taxonomy.

    Apps that show people by their roles leave it out.

    **Solution**: the role that the finding suggests, with its group.

    Source: Podcast namespace, `person`; podcasttaxonomy.com.
    """
    role, group = element.get("role")[:_LONGEST_VALUE], element.get("group")[:_LONGEST_VALUE]
    # Without a group the namespace means the cast, and without a role its host.
    if role and (problem := find_credit_problem(role, group or None)):
        yield Found(message=problem.message, hint=problem.hint)


@podcast_rule("F408", Severity.WARNING, "podcast:license")
def license_is_known(element: Element) -> Iterator[Found]:
    """A licence is none of the listed ones, and has no address.

    Nobody can find out what it allows.

    **Solution**: add `url`, or write one of the listed licences.

    Source: Podcast namespace, `license`.
    """
    slug = element.text
    if slug and slug.lower() not in LICENSES and not element.get("url"):
        yield Found(
            message=f"<podcast:license> says {quote(slug)}, and has no url that explains it",
            hint=f'add url="https://…", or write one of {", ".join(LICENSES.values())}',
        )


@podcast_rule("F409", Severity.WARNING, "podcast:block", "podcast:image")
def services_are_known(element: Element) -> Iterator[Found]:
    """`podcast:block` names a service that is not in the list, or a picture has a purpose that no app knows.

    The service does not recognise itself, and lists the show nevertheless.

    **Solution**: the word that the finding suggests.

    Source: Podcast namespace, serviceslugs.txt and `image`.
    """
    slug = element.get("id")
    if element.name == "podcast:block" and slug and slug not in SERVICES:
        message = f"id of <podcast:block> names {quote(slug)}, which is no known service"
        yield Found(message=message, hint=_suggest(slug, SERVICES))
    purpose = element.get("purpose") if element.name == "podcast:image" else ""
    for word in re.findall(r"[^\s,]+", purpose.lower()[:_LONGEST_VALUE]):
        if word not in PURPOSES and "/" not in word:
            message = f"purpose of <podcast:image> says {quote(word)}, which no app knows"
            yield Found(message=message, hint=_suggest(word, PURPOSES))


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


@podcast_rule("F411", Severity.ERROR, "podcast:alternateEnclosure", "podcast:podroll", "podcast:publisher")
def tags_have_their_children(element: Element) -> Iterator[Found]:
    """A tag lacks what must stand in it, or holds too much of it.

    An `alternateEnclosure` needs a `source` to play; `podroll` lists `remoteItem`s; `publisher` names exactly one,
    with `medium="publisher"`.

    **Solution**: add what the finding names.

    Source: Podcast namespace, `alternateEnclosure`, `podroll` and `publisher`.
    """
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
        return
    yield Found(message=f"<{element.name}> {message}", hint=hint)


@tag_rule("F412", Severity.WARNING, "podcasting20", tags="podcast:updateFrequency", within="channel")
def recurrence_can_be_reckoned(element: Element) -> Iterator[Found]:
    """The rule in `podcast:updateFrequency` cannot be reckoned with.

    A rule that counts (`COUNT`) needs a `dtstart` to count from; `UNTIL` must be written as RFC 5545 has it. Apps
    that cannot reckon with it look when they like.

    **Solution**: add `dtstart`, or write `UNTIL=20241231T000000Z`.

    Source: Podcast namespace, `updateFrequency`; RFC 5545, section 3.3.10.
    """
    rule = element.get("rrule").upper()[:_LONGEST_VALUE]
    until = re.search(r"\bUNTIL=([^;]*)", rule)
    if rule and not re.match(r"(?:.*;)?FREQ=[A-Z]+(?:;|\Z)", rule):
        yield Found(message=f"the rrule {quote(rule)} has no FREQ", hint="begin it with FREQ=WEEKLY")
    if "COUNT=" in rule and not element.get("dtstart"):
        yield Found(
            message="the rrule counts (COUNT), and there is no dtstart to count from",
            hint='add dtstart="2024-09-05T06:00:00Z", the moment of the first episode',
        )
    if until and not re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", until[1]):
        yield Found(
            message=f"the rrule says UNTIL={until[1][:40]}, which is not written as RFC 5545 has it",
            hint="write UNTIL=20241231T000000Z",
        )


@podcast_rule("F413", Severity.WARNING)
def tags_are_in_the_namespace(element: Element) -> Iterator[Found]:
    """A tag is not in the podcast namespace, or not any more.

    Apps overlook it. `podcast:images` was replaced by `podcast:image`, a tag for each picture.

    **Solution**: the tag that the finding suggests; tags that are still being discussed do no harm.

    Source: Podcast namespace, docs/1.0.md.
    """
    if element.name == "podcast:images":
        yield Found(
            message="podcast:images is no longer in the podcast namespace",
            hint="write a <podcast:image> for each picture",
            severity=Severity.INFO,
        )
    elif element.name not in TAGS:
        similar = find_similar_tag(element.name)
        yield Found(
            message=f"{quote(element.name)} is not in the podcast namespace",
            hint=similar or "look it up in the podcast namespace, or leave it as it is",
            severity=None if similar else Severity.INFO,
        )


@podcast_rule("F414", Severity.WARNING, "podcast:txt")
def disclosure_says_true_or_false(element: Element) -> Iterator[Found]:
    """`podcast:txt` with the purpose `ai-content` says neither `true` nor `false`.

    Programs that read it learn nothing.

    **Solution**: `true` or `false`.

    Source: Podcast namespace, `txt`.
    """
    is_disclosure = element.get("purpose").lower() == "ai-content"
    if is_disclosure and element.text.lower() not in {"", "true", "false"}:
        message = f"<podcast:txt> says {quote(element.text)} of ai-content"
        yield Found(message=message, hint="write true or false")


def _values(element: Element) -> Iterator[tuple[str, Value, str]]:
    """Yield every attribute and text that says something, with what messages call it."""
    tag = TAGS[element.name]
    for name, form in tag.attributes.items():
        if value := element.get(name):
            yield f"{name} of <{element.name}>", form, value
    if tag.text and element.text:
        yield f"<{element.name}>", tag.text, element.text


def _suggest(word: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(word[:_LONGEST_VALUE], sorted(known), n=1)
    return f"did you mean {nearest[0]}?" if nearest else "look it up in the podcast namespace, or leave it as it is"
