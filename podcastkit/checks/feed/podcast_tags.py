"""Rules about the tags of the podcast namespace: F4xx."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import find_similar_tag, find_url_problem, podcast_rule, read_duration, tag_rule
from podcastkit.checks.podcast_tags import MAX_SOUNDBITE, MIN_SOUNDBITE
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

_MAX_VALUE_LENGTH: Final = 1000
"""Characters. A longer value cannot be a number, a date or a listed word."""
_PODCAST_TAGS: Final = sorted(name for name in TAGS if name.startswith("podcast:"))
_NAMESPACE: Final = "podcastindex.org/namespace/1.0"
_WEB_SCHEMES: Final = ("https://", "http://")


@podcast_rule("F401", Severity.ERROR, *_PODCAST_TAGS)
def check_required_attributes(element: Element) -> Iterator[Found]:
    """A tag of the podcast namespace has no value for a required attribute.

    Apps ignore the tag, so listeners do not get its content.

    **Solution**: add the attribute that the finding names.

    Source: Podcast namespace, docs/tags.
    """
    required = [name for name, form in TAGS[element.name].attributes.items() if form.is_required]
    # Only the protocol `disabled` needs no uri.
    if element.name == "podcast:socialInteract" and element.get("protocol").lower() != "disabled":
        required.append("uri")
    for attribute in required:
        if not element.get(attribute):
            yield Found(
                message=f"<{element.name}> has no {attribute}, so apps ignore it",
                hint=f'add {attribute}="…", or remove the tag',
            )


@podcast_rule("F402", Severity.ERROR, *_PODCAST_TAGS)
def check_value_formats(element: Element) -> Iterator[Found]:
    """A tag of the podcast namespace has a value that is not valid.

    The date, number, code or word does not have the format that the namespace requires, so apps ignore the tag.

    **Solution**: write the value as the finding shows.

    Source: Podcast namespace, docs/tags.
    """
    for subject, form, value in _list_values(element):
        if form.is_valid and not (len(value) < _MAX_VALUE_LENGTH and form.is_valid(value)):
            yield Found(
                message=f"{subject} has the value {quote(value)}, which is not valid", hint=f"write {form.expected}"
            )


@podcast_rule("F403", Severity.WARNING, *_PODCAST_TAGS)
def check_text_lengths(element: Element) -> Iterator[Found]:
    """A text in a tag of the podcast namespace is too long.

    Apps and directories cut off the rest, so listeners see only a part of it.

    **Solution**: shorten the text.

    Source: Podcast namespace, docs/tags.
    """
    for subject, form, value in _list_values(element):
        if form.limit and len(value) > form.limit:
            message = f"{subject} has {len(value):,} characters, but apps keep only {form.limit:,}"
            yield Found(message=message, hint="shorten the text")


@podcast_rule("F404", Severity.ERROR, *_PODCAST_TAGS)
def check_empty_tags(element: Element) -> Iterator[Found]:
    """A tag of the podcast namespace is empty.

    Apps ignore the tag, or show an empty line.

    **Solution**: add the missing text, or remove the tag.

    Source: Podcast namespace, docs/tags.
    """
    text = TAGS[element.name].text
    if text and text.is_required and not element.text:
        yield Found(message=f"<{element.name}> is empty", hint="add the missing text, or remove the tag")


@podcast_rule("F405", Severity.ERROR, *_PODCAST_TAGS)
def check_podcast_urls(element: Element) -> Iterator[Found]:
    """An address in a tag of the podcast namespace is not a valid URL, or is not encrypted.

    Apps cannot load the transcript, chapters or image. `http://` is only a warning, but web players refuse it.

    **Solution**: write the full address, beginning with `https://`.

    Source: Podcast namespace, README: hypertext resources must be https.
    """
    for subject, form, url in _list_values(element):
        # A source can use another scheme than http, such as ipfs:// or a torrent.
        is_web_source = element.name == "podcast:source" and url.lower().startswith(_WEB_SCHEMES)
        if not (form.is_address or is_web_source):
            continue
        if problem := find_url_problem(url):
            yield Found(message=f"{subject}: {problem.message}", hint=problem.hint)
        elif is_plain_http(url):
            yield Found(
                message=f"{subject}: {quote(url)} is not encrypted",
                hint="write https:// instead of http://, if the host supports it",
                severity=Severity.WARNING,
            )


@podcast_rule("F406", Severity.WARNING, *_PODCAST_TAGS)
def check_tag_places(element: Element, parent: Element) -> Iterator[Found]:
    """A tag of the podcast namespace is in the wrong place, or appears more than once.

    Apps ignore a tag in the wrong place. If a tag appears more than once, they use only one of them.

    **Solution**: move the tag to the place that the finding names, or keep only one of the tags.

    Source: Podcast namespace, docs/tags.
    """
    places = find_parents(element.name)
    if parent.name not in places:
        yield Found(
            message=f"<{element.name}> is in <{shorten(parent.name)}>, where apps ignore it",
            hint=f"move it to {' or '.join(f'<{name}>' for name in places)}",
        )
    # Only the second tag is reported, so that many duplicates cause a single finding.
    elif not TAGS[element.name].is_repeated and element in parent.all(element.name)[1:2]:
        message = f"<{element.name}> appears more than once, but apps use only one"
        yield Found(message=message, hint="keep only one of them")


@podcast_rule("F407", Severity.WARNING, "podcast:person")
def check_person_roles(element: Element) -> Iterator[Found]:
    """The role or group of a person is not in the Podcast Taxonomy.

    Apps that sort people by role do not show this person.

    **Solution**: write the role that the finding suggests, with its group.

    Source: Podcast namespace, `person`; podcasttaxonomy.com.
    """
    role, group = element.get("role")[:_MAX_VALUE_LENGTH], element.get("group")[:_MAX_VALUE_LENGTH]
    # In the namespace, the default group is the cast, and the default role is the host.
    if role and (problem := find_credit_problem(role, group or None)):
        yield Found(message=problem.message, hint=problem.hint)


@podcast_rule("F408", Severity.WARNING, "podcast:license")
def check_license(element: Element) -> Iterator[Found]:
    """A license is not in the list of licenses and has no address.

    Listeners cannot find out what the license allows.

    **Solution**: add `url`, or write one of the listed licenses.

    Source: Podcast namespace, `license`.
    """
    slug = element.text
    if slug and slug.lower() not in LICENSES and not element.get("url"):
        yield Found(
            message=f"<podcast:license> has the unknown license {quote(slug)} without a url that explains it",
            hint=f'add url="https://…", or write one of {", ".join(LICENSES.values())}',
        )


@podcast_rule("F409", Severity.WARNING, "podcast:block", "podcast:image")
def check_services_and_purposes(element: Element) -> Iterator[Found]:
    """`podcast:block` names an unknown service, or an image has an unknown purpose.

    The service does not recognize its name and lists the show anyway. Apps do not use an image with an unknown
    purpose.

    **Solution**: write the word that the finding suggests.

    Source: Podcast namespace, serviceslugs.txt and `image`.
    """
    slug = element.get("id")
    if element.name == "podcast:block" and slug and slug not in SERVICES:
        message = f"id of <podcast:block> names {quote(slug)}, which is not a known service"
        yield Found(message=message, hint=_suggest_word(slug, SERVICES))
    purpose = element.get("purpose") if element.name == "podcast:image" else ""
    for word in re.findall(r"[^\s,]+", purpose.lower()[:_MAX_VALUE_LENGTH]):
        if word not in PURPOSES and "/" not in word:
            message = f"purpose of <podcast:image> has the value {quote(word)}, which no app knows"
            yield Found(message=message, hint=_suggest_word(word, PURPOSES))


@item_rule("F410", Severity.WARNING, "podcasting20")
def check_soundbites(item: Element) -> Iterator[Found]:
    """A soundbite is shorter than 15 seconds, longer than 120 seconds, or ends after the audio.

    Apps play soundbites as previews and create clips from them, and expect these lengths.

    **Solution**: choose a part of 15 to 120 seconds.

    Source: Podcast namespace, `soundbite`.
    """
    total = read_duration(item.text_of("itunes:duration"))
    for element in item.all("podcast:soundbite"):
        start, duration = (read_duration(element.get(name)) for name in ("startTime", "duration"))
        if duration is None:
            continue
        if not MIN_SOUNDBITE <= duration <= MAX_SOUNDBITE:
            yield Found(
                message=f"a soundbite is {duration.total_seconds():g} seconds long, but apps expect 15 to 120",
                hint="choose a part of 15 to 120 seconds",
                element=element,
            )
        elif start is not None and total and start + duration > total:
            yield Found(
                message="a soundbite ends after the end of the audio",
                hint="correct startTime or duration; both are in seconds",
                element=element,
            )


@podcast_rule("F411", Severity.ERROR, "podcast:alternateEnclosure", "podcast:podroll", "podcast:publisher")
def check_child_tags(element: Element) -> Iterator[Found]:
    """A tag of the podcast namespace does not contain the tags that it needs.

    An `alternateEnclosure` without a `source` has no audio to play. A `podroll` without a `remoteItem` recommends
    no show. A `publisher` needs exactly one `remoteItem`, with `medium="publisher"`.

    **Solution**: add the tag that the finding names.

    Source: Podcast namespace, `alternateEnclosure`, `podroll` and `publisher`.
    """
    remote_items = element.all("podcast:remoteItem")
    if element.name == "podcast:alternateEnclosure" and not element.all("podcast:source"):
        message, hint = (
            "has no <podcast:source>, so apps have nothing to play",
            'add <podcast:source uri="https://…"/>',
        )
    elif element.name == "podcast:podroll" and not remote_items:
        message, hint = "recommends no show", 'add <podcast:remoteItem feedGuid="…"/>, or remove the tag'
    elif element.name == "podcast:publisher" and [feed.get("medium") for feed in remote_items] != ["publisher"]:
        message = "must contain exactly one <podcast:remoteItem> with the medium publisher"
        hint = 'write <podcast:remoteItem medium="publisher" feedGuid="…" feedUrl="https://…"/>'
    else:
        return
    yield Found(message=f"<{element.name}> {message}", hint=hint)


@tag_rule("F412", Severity.WARNING, "podcasting20", tags="podcast:updateFrequency", within="channel")
def check_recurrence_rule(element: Element) -> Iterator[Found]:
    """The recurrence rule in `podcast:updateFrequency` is not valid.

    A rule needs a `FREQ`. A rule with `COUNT` needs a `dtstart`, and `UNTIL` must have the format of RFC 5545. Apps
    ignore an invalid rule and may find new episodes late.

    **Solution**: begin the rule with `FREQ=WEEKLY` or another frequency, add `dtstart`, or write
    `UNTIL=20241231T000000Z`.

    Source: Podcast namespace, `updateFrequency`; RFC 5545, section 3.3.10.
    """
    rule = element.get("rrule").upper()[:_MAX_VALUE_LENGTH]
    until = re.search(r"\bUNTIL=([^;]*)", rule)
    if rule and not re.match(r"(?:.*;)?FREQ=[A-Z]+(?:;|\Z)", rule):
        yield Found(message=f"the rrule {quote(rule)} has no FREQ", hint="begin the rrule with FREQ=WEEKLY")
    if "COUNT=" in rule and not element.get("dtstart"):
        yield Found(
            message="the rrule has a COUNT, but dtstart is missing",
            hint='add dtstart="2024-09-05T06:00:00Z", with the date and time of the first episode',
        )
    if until and not re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", until[1]):
        yield Found(
            message=f"the rrule has UNTIL={until[1][:40]}, which does not have the format of RFC 5545",
            hint="write UNTIL=20241231T000000Z",
        )


@podcast_rule("F413", Severity.WARNING)
def check_unknown_tags(element: Element) -> Iterator[Found]:
    """A tag is not, or no longer, in the podcast namespace.

    Apps ignore the tag. `podcast:image`, with one tag for each image, has replaced `podcast:images`.

    **Solution**: use the tag that the finding suggests. Tags that are still under discussion do no harm.

    Source: Podcast namespace, docs/1.0.md.
    """
    if element.name == "podcast:images":
        yield Found(
            message="podcast:images is no longer in the podcast namespace",
            hint="write a <podcast:image> for each image",
            severity=Severity.INFO,
        )
    elif element.name not in TAGS:
        similar = find_similar_tag(element.name)
        yield Found(
            message=f"{quote(element.name)} is not in the podcast namespace",
            hint=similar or f"use a tag of the podcast namespace ({_NAMESPACE}), or leave it unchanged",
            severity=None if similar else Severity.INFO,
        )


@podcast_rule("F414", Severity.WARNING, "podcast:txt")
def check_ai_disclosure(element: Element) -> Iterator[Found]:
    """`podcast:txt` with the purpose `ai-content` is neither `true` nor `false`.

    Programs that inform listeners about AI content understand only these two values.

    **Solution**: write `true` or `false`.

    Source: Podcast namespace, `txt`.
    """
    is_disclosure = element.get("purpose").lower() == "ai-content"
    if is_disclosure and element.text.lower() not in {"", "true", "false"}:
        message = f"<podcast:txt> for ai-content has the value {quote(element.text)} instead of true or false"
        yield Found(message=message, hint="write true or false")


def _list_values(element: Element) -> Iterator[tuple[str, Value, str]]:
    """Yield each attribute and text of a tag that is not empty: its name for messages, its format and its value."""
    tag = TAGS[element.name]
    for name, form in tag.attributes.items():
        if value := element.get(name):
            yield f"{name} of <{element.name}>", form, value
    if tag.text and element.text:
        yield f"<{element.name}>", tag.text, element.text


def _suggest_word(word: str, known: Iterable[str]) -> str:
    nearest_words = difflib.get_close_matches(word[:_MAX_VALUE_LENGTH], sorted(known), n=1)
    return (
        f"did you mean {nearest_words[0]}?"
        if nearest_words
        else f"choose a word of the podcast namespace ({_NAMESPACE}), or leave it unchanged"
    )
