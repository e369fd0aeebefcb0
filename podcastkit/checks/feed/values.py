"""Helpers of the feed rules: decorators for rules about single tags, and readers of values."""

from __future__ import annotations

import difflib
import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from podcastkit.checks.rule import Found, Rule, Scope, accept_two_arguments, register_function
from podcastkit.feed.tag_table import KNOWN_NAMES, MAIN_ATTRIBUTES, TAGS, find_tags_of_rule
from podcastkit.text.addresses import parse_url
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote
from podcastkit.text.timecodes import parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from podcastkit.diagnostics import Severity
    from podcastkit.feed.xml_document import Element, Feed, Place

HTML_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,20})\b[^<>]*>")
"""A tag in a text that may contain HTML."""

_MAX_URL_LENGTH = 4096
_MAX_NAME_LENGTH = 60
_SharedCheck = TypeVar("_SharedCheck", bound="Callable[[Any, str], Iterator[Found]]")
_TagCheck = TypeVar(
    "_TagCheck", bound="Callable[[Element], Iterator[Found]] | Callable[[Element, Element], Iterator[Found]]"
)


def code_rule(
    code: str, severity: Severity, *destinations: str, scope: Scope
) -> Callable[[_SharedCheck], _SharedCheck]:
    """Return a decorator that adds a rule to the catalog, for a function that several rules share.

    The second parameter of the decorated function is the code of the rule.
    """
    rule = Rule(code=code, severity=severity, destinations=destinations, scope=scope)
    # The catalog passes a part and the whole; the decorated function needs the code instead of the whole.
    return register_function(rule, lambda check: lambda part, _: check(part, code))


def tag_rule(
    code: str, severity: Severity, *destinations: str, tags: str, within: str = "channel item"
) -> Callable[[_TagCheck], _TagCheck]:
    """Return a decorator that adds a rule about single tags in the channel, in items, or in both (`within`).

    `tags` are the names of the tags, separated by spaces. The optional second parameter of the decorated function
    is the channel or the item that contains the tag.
    """
    names = tags.split()

    def find_tags(feed: Feed) -> Iterator[Place]:
        for parent, item in list_parents(feed, within):
            for element in parent.all(*names):
                yield element, parent, item

    return _register_tag_check(
        find_tags, Rule(code=code, severity=severity, destinations=destinations, scope=Scope.FEED)
    )


def podcast_rule(code: str, severity: Severity, *tags: str) -> Callable[[_TagCheck], _TagCheck]:
    """Return a decorator that adds a rule about single tags of the podcast namespace, at any depth.

    `tags` are the names of the tags; by default, the rule is about all tags of the namespace. The optional second
    parameter of the decorated function is the parent of the tag.
    """

    def find_tags(feed: Feed) -> Iterator[Place]:
        for tag in tags or feed.podcast:
            yield from feed.podcast.get(tag, ())

    return _register_tag_check(
        find_tags, Rule(code=code, severity=severity, destinations=("podcasting20",), scope=Scope.FEED)
    )


def _register_tag_check(
    find_tags: Callable[[Feed], Iterator[Place]], rule: Rule
) -> Callable[[_TagCheck], _TagCheck]:
    # A rule function checks a single tag; the catalog needs a function that checks a whole feed.
    def adapt(check: Callable[..., Iterator[Found]]) -> Callable[[Any, Any], Iterator[Found]]:
        check_tag = accept_two_arguments(check)

        def check_all(feed: Feed, _: Feed) -> Iterator[Found]:
            for element, parent, item in find_tags(feed):
                for found in check_tag(element, parent):
                    yield replace(found, element=found.element or element, item=item)

        return check_all

    return register_function(rule, adapt)


def list_parents(feed: Feed, within: str = "channel item") -> Iterator[tuple[Element, Element | None]]:
    """Yield the channel and each item, with the item to which findings about their tags belong.

    For the channel, this item is None.
    """
    if "channel" in within:
        yield feed.channel, None
    for item in feed.items if "item" in within else ():
        yield item, item


def get_value(element: Element) -> str:
    """Return the value of an element: its text or, for tags such as `itunes:image`, its main attribute."""
    attribute = MAIN_ATTRIBUTES.get(element.name)
    return element.get(attribute) if attribute else element.text


def find_missing(parent: Element, code: str) -> Iterator[Found]:
    """Yield a finding for each tag of a channel or an item that a rule requires, if the tag is missing or empty."""
    for name, tag in find_tags_of_rule(parent.name, code).items():
        elements = parent.all(name)
        if any(map(get_value, elements)):
            continue
        problem = f"<{name}> is empty" if elements else f"there is no <{name}>"
        hint = f"add {tag.example}"
        if any(element.children and not MAIN_ATTRIBUTES.get(name) for element in elements):
            problem = f"<{name}> contains tags instead of text"
            hint = "put its content into <![CDATA[ … ]]>"
        message = f"{problem}: {tag.missing[code]}"
        yield Found(message=message, hint=hint, element=elements[0] if elements else None)


def find_invalid(element: Element, expected: str = "valid") -> Iterator[Found]:
    """Yield a finding if the text of an element does not have the format in the table of tags.

    `expected` completes the message, which says that the value "is not …".
    """
    form = TAGS[element.name].text
    if form and form.is_valid and element.text and not form.is_valid(element.text):
        message = f"<{element.name}> has the value {quote(element.text)}, which is not {expected}"
        yield Found(message=message, hint=f"write {form.expected}")


def parse_whole_number(text: str) -> int | None:
    """Return a whole number of at most eighteen digits, or None if the text is something else."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def read_duration(text: str) -> timedelta | None:
    """Return a duration from seconds or `h:mm:ss`, or None if the text is neither."""
    seconds = parse_whole_number(text)
    if seconds is not None:
        # The limit prevents an overflow: eighteen digits are too many for a timedelta.
        return timedelta(seconds=min(seconds, 10**10))
    length = parse_duration(text[:20])
    return None if isinstance(length, Problem) else length


def find_url_problem(url: str) -> Problem | None:
    """Return the problem of a web address, or None if it is valid."""
    if len(url) > _MAX_URL_LENGTH:
        return Problem(f"the address has {len(url):,} characters", f"use at most {_MAX_URL_LENGTH:,} characters")
    parsed = parse_url(url)
    return parsed if isinstance(parsed, Problem) else None


def find_similar_tag(name: str) -> str | None:
    """Return a hint with the known tag that an unknown tag could mean, or None.

    The known tag has a similar name in the same namespace, or the same name in another one.
    """
    prefix, _, local = name.rpartition(":")
    own_namespace = {known.rpartition(":")[2]: known for known in KNOWN_NAMES if known.startswith(f"{prefix}:")}
    # Without Podlove's tags, because psc:chapters would replace podcast:chapters.
    all_namespaces = {
        known.rpartition(":")[2].lower(): known for known in sorted(KNOWN_NAMES) if not known.startswith("psc:")
    }
    nearest_names = difflib.get_close_matches(local[:_MAX_NAME_LENGTH], sorted(own_namespace), n=1)
    # The same name in another namespace is more likely than a similar name in this one.
    same_name = all_namespaces.get(local.lower())
    suggestion = same_name or (own_namespace[nearest_names[0]] if nearest_names else None)
    return f"did you mean <{suggestion}>?" if suggestion else None


def strip_tags(text: str) -> str:
    """Return the text without HTML tags and with decoded entities, as listeners read it."""
    return html.unescape(HTML_TAG.sub("", text))


def find_duplicates(elements: Iterable[tuple[str, Element, Element]]) -> Iterator[tuple[Element, Element, Element]]:
    """Yield each element with the same text as an earlier one: the element, its item and the earlier element.

    `elements` are tuples of the text, the element and its item.
    """
    first_elements: dict[str, Element] = {}
    for text, element, item in elements:
        first = first_elements.setdefault(text, element)
        if first is not element:
            yield element, item, first
