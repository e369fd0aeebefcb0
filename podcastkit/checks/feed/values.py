"""What the rules about feeds share: rules about single tags, and what they read from an element."""

from __future__ import annotations

import difflib
import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from podcastkit.checks.rule import Found, Rule, Scope, accept_whole, enter_function
from podcastkit.feed.tag_table import KNOWN_NAMES, MAIN_ATTRIBUTES, TAGS, find_asked_for
from podcastkit.text.addresses import parse_url
from podcastkit.text.problem import Problem
from podcastkit.text.quoting import quote
from podcastkit.text.timecodes import parse_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from podcastkit.diagnostics import Severity
    from podcastkit.feed.xml_document import Element, Feed, Place

HTML_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,20})\b[^<>]*>")
"""A tag in a text that may hold HTML."""

_LONGEST_URL = 4096
_LONGEST_NAME = 60
_Shared = TypeVar("_Shared", bound="Callable[[Any, str], Iterator[Found]]")
_OfTag = TypeVar(
    "_OfTag", bound="Callable[[Element], Iterator[Found]] | Callable[[Element, Element], Iterator[Found]]"
)


def shared_rule(code: str, severity: Severity, *destinations: str, scope: Scope) -> Callable[[_Shared], _Shared]:
    """Enter a function that several rules share; its second parameter gets the code of the rule."""
    rule = Rule(code=code, severity=severity, destinations=destinations, scope=scope)
    return enter_function(rule, lambda judge: lambda part, _: judge(part, code))


def tag_rule(
    code: str, severity: Severity, *destinations: str, tags: str, within: str = "channel item"
) -> Callable[[_OfTag], _OfTag]:
    """Enter a function that judges a tag: each with one of these names in the channel or in an item.

    A second parameter gets the channel or the item.
    """
    names = tags.split()

    def find(feed: Feed) -> Iterator[Place]:
        for parent, item in parents(feed, within):
            for element in parent.all(*names):
                yield element, parent, item

    return _enter_for_each(find, Rule(code=code, severity=severity, destinations=destinations, scope=Scope.FEED))


def podcast_rule(code: str, severity: Severity, *tags: str) -> Callable[[_OfTag], _OfTag]:
    """Enter a function that judges a tag of the podcast namespace, at any depth; without names all of them.

    A second parameter gets what the tag stands in.
    """

    def find(feed: Feed) -> Iterator[Place]:
        for tag in tags or feed.podcast:
            yield from feed.podcast.get(tag, ())

    return _enter_for_each(
        find, Rule(code=code, severity=severity, destinations=("podcasting20",), scope=Scope.FEED)
    )


def _enter_for_each(find: Callable[[Feed], Iterator[Place]], rule: Rule) -> Callable[[_OfTag], _OfTag]:
    def adapt(judge: Callable[..., Iterator[Found]]) -> Callable[[Any, Any], Iterator[Found]]:
        judge_tag = accept_whole(judge)

        def judge_all(feed: Feed, _: Feed) -> Iterator[Found]:
            for element, parent, item in find(feed):
                for found in judge_tag(element, parent):
                    yield replace(found, element=found.element or element, item=item)

        return judge_all

    return enter_function(rule, adapt)


def parents(feed: Feed, within: str = "channel item") -> Iterator[tuple[Element, Element | None]]:
    """Yield the channel, and each item as what a finding in it is about."""
    if "channel" in within:
        yield feed.channel, None
    for item in feed.items if "item" in within else ():
        yield item, item


def value_of(element: Element) -> str:
    """Return what an element says, be it its text or, for some tags, an attribute."""
    attribute = MAIN_ATTRIBUTES.get(element.name)
    return element.get(attribute) if attribute else element.text


def find_missing(parent: Element, code: str) -> Iterator[Found]:
    """Yield a finding for each tag that a rule asks for, and that says nothing in the channel or in an item."""
    for name, tag in find_asked_for(parent.name, code).items():
        there = parent.all(name)
        if any(map(value_of, there)):
            continue
        begin, hint = (f"<{name}> is empty" if there else f"there is no <{name}>"), f"add {tag.example}"
        if any(element.children and not MAIN_ATTRIBUTES.get(name) for element in there):
            begin = f"<{name}> has tags instead of text"
            hint = "put what is inside into <![CDATA[ … ]]>"
        yield Found(message=f"{begin}: {tag.missing[code]}", hint=hint, element=there[0] if there else None)


def find_wrong(element: Element, but: str = "") -> Iterator[Found]:
    """Yield a finding for a text that has not the form that the table gives to its tag."""
    form = TAGS[element.name].text
    if form and form.is_right and element.text and not form.is_right(element.text):
        yield Found(message=f"<{element.name}> says {quote(element.text)}{but}", hint=f"write {form.wanted}")


def read_whole(text: str) -> int | None:
    """Return a whole number of at most eighteen digits, or None."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def read_duration(text: str) -> timedelta | None:
    """Return the length of an item, in seconds or as `h:mm:ss`; None when it is neither."""
    seconds = read_whole(text)
    if seconds is not None:
        return timedelta(seconds=min(seconds, 10**10))
    length = parse_length(text[:20])
    return None if isinstance(length, Problem) else length


def find_url_problem(url: str) -> Problem | None:
    """Return what is wrong with a web address, if anything is."""
    if len(url) > _LONGEST_URL:
        return Problem(f"the address has {len(url):,} characters", f"keep it under {_LONGEST_URL:,}")
    parsed = parse_url(url)
    return parsed if isinstance(parsed, Problem) else None


def find_similar_tag(name: str) -> str | None:
    """Return the hint for an unknown tag that is like a known one of its namespace, or named as one of another."""
    prefix, _, local = name.rpartition(":")
    own = {known.rpartition(":")[2]: known for known in KNOWN_NAMES if known.startswith(f"{prefix}:")}
    others = {known.rpartition(":")[2].lower(): known for known in sorted(KNOWN_NAMES) if known[:4] != "psc:"}
    nearest = difflib.get_close_matches(local[:_LONGEST_NAME], sorted(own), n=1)
    found = others.get(local.lower()) or (own[nearest[0]] if nearest else None)
    return f"did you mean <{found}>?" if found else None


def plain_text(text: str) -> str:
    """Return a text that may hold HTML as listeners read it."""
    return html.unescape(HTML_TAG.sub("", text))


def repeated(groups: Iterable[tuple[str, Element, Element]]) -> Iterator[tuple[Element, Element, Element]]:
    """Yield the later of the elements with the same text, their item and the first with that text."""
    firsts: dict[str, Element] = {}
    for text, element, item in groups:
        first = firsts.setdefault(text, element)
        if first is not element:
            yield element, item, first
