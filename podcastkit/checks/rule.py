"""The definition of a rule: a small function with a code that is never reused. Its docstring is the rule page."""

from __future__ import annotations

import enum
import inspect
import re
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.text.quoting import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from podcastkit.feed.xml_document import Element, Feed
    from podcastkit.model import Episode, Show

DIRECTORIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "apple": "Apple Podcasts",
        "spotify": "Spotify",
        "youtube": "YouTube",
        "amazon": "Amazon Music",
        "psp1": "PSP-1",
        "podcasting20": "Podcasting 2.0",
    }
)
"""The directories and standards that rules can belong to, with their names."""

RANK: Final[Mapping[Severity, int]] = MappingProxyType({Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2})
"""The order of the severities: errors first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The finding of a rule function: a message, and a hint that says how to fix the problem."""

    message: str
    hint: str
    at: str | None = None
    """The key of the value, if it differs from the key of the rule."""
    location: Location | None = None
    """The exact place, if the key is not precise enough."""
    episode: Episode | None = None
    """The episode with the problem, for a rule about the whole show."""
    rivals: tuple[str, ...] = ()
    """The folders of the other episodes that share the problem, such as the same number."""
    element: Element | None = None
    """The element with the problem, for a rule about a feed. None for the item or the channel itself."""
    item: Element | None = None
    """The item with the problem, for a rule about the whole feed."""
    severity: Severity | None = None
    """The severity, if it is lower than the severity of the rule."""


class Scope(enum.Enum):
    """The part of a show or a feed that a rule function checks in one call."""

    SHOW = enum.auto()
    EPISODE = enum.auto()
    FEED = enum.auto()
    ITEM = enum.auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """An entry in the catalog of rules."""

    code: str
    severity: Severity
    """The highest severity of its findings."""
    destinations: tuple[str, ...]
    """The directories and standards that require what the rule checks. Empty means all of them."""
    read_page: Callable[[], str] = str
    """Returns the page. It is empty by default, and read only when it is needed."""
    scope: Scope | None = None
    """None for a rule without a function: its findings come from the readers of files, or from a publish."""
    check: Callable[[Any, Any], Iterator[Found]] | None = None
    """The rule function. Its arguments are the part to check, such as an episode, and the whole, such as its show.
    None without a scope."""
    at: str = ""
    """The key of the value that the rule checks."""

    @property
    def page(self) -> str:
        """The page in Markdown: the problem, its effect on listeners, the solution and the source."""
        return self.read_page()

    @property
    def title(self) -> str:
        """The first sentence of the page."""
        return self.page.partition("\n\n")[0].replace("\n", " ")


CATALOG: dict[str, Rule] = {}
"""All rules by their codes."""

RETIRED: Final[Mapping[str, str]] = MappingProxyType({"S005": "a setting was checked, but had no effect"})
"""Retired codes with their meanings. Codes are never reused."""

_Check = TypeVar("_Check", bound="Callable[..., Iterator[Found]]")
_ShowCheck = TypeVar(
    "_ShowCheck", bound="Callable[[Show], Iterator[Found]] | Callable[[Show, Show], Iterator[Found]]"
)
_EpisodeCheck = TypeVar(
    "_EpisodeCheck", bound="Callable[[Episode], Iterator[Found]] | Callable[[Episode, Show], Iterator[Found]]"
)
_FeedCheck = TypeVar("_FeedCheck", bound="Callable[[Feed], Iterator[Found]]")
_ItemCheck = TypeVar(
    "_ItemCheck", bound="Callable[[Element], Iterator[Found]] | Callable[[Element, Feed], Iterator[Found]]"
)

_ALTERNATIVES = re.compile(r"\{\{(.*?)\|(.*?)\}\}", re.DOTALL)
"""`{{text for the show|text for an episode}}` in the docstring of a function that checks both."""


def show_rule(
    code: str, severity: Severity, *destinations: str, at: str = ""
) -> Callable[[_ShowCheck], _ShowCheck]:
    """Return a decorator that adds a rule about a whole show to the catalog.

    `at` is the key of the checked value.
    """
    return register_function(Rule(code=code, severity=severity, destinations=destinations, scope=Scope.SHOW, at=at))


def episode_rule(
    code: str, severity: Severity, *destinations: str, at: str = ""
) -> Callable[[_EpisodeCheck], _EpisodeCheck]:
    """Return a decorator that adds a rule about an episode to the catalog.

    The optional second parameter of the decorated function is the show. A function can have both `show_rule` and
    `episode_rule`. Its docstring then has `{{the show|an episode}}` where the pages of the two rules differ, and
    the second parameter is the show in both cases.
    """
    return register_function(
        Rule(code=code, severity=severity, destinations=destinations, scope=Scope.EPISODE, at=at)
    )


def feed_rule(code: str, severity: Severity, *destinations: str) -> Callable[[_FeedCheck], _FeedCheck]:
    """Return a decorator that adds a rule about a whole feed to the catalog."""
    return register_function(Rule(code=code, severity=severity, destinations=destinations, scope=Scope.FEED))


def item_rule(code: str, severity: Severity, *destinations: str) -> Callable[[_ItemCheck], _ItemCheck]:
    """Return a decorator that adds a rule about an item of a feed to the catalog.

    The optional second parameter of the decorated function is the feed.
    """
    return register_function(Rule(code=code, severity=severity, destinations=destinations, scope=Scope.ITEM))


def accept_two_arguments(check: Callable[..., Iterator[Found]]) -> Callable[[Any, Any], Iterator[Found]]:
    """Return a rule function that can be called with two arguments, even if `check` has only the first parameter.

    The arguments are the part to check, such as an episode, and the whole, such as its show.
    """
    takes_whole = len(inspect.signature(check).parameters) > 1
    return check if takes_whole else lambda part, _: check(part)


def register_function(
    rule: Rule, adapt: Callable[[Any], Callable[[Any, Any], Iterator[Found]]] = accept_two_arguments
) -> Callable[[_Check], _Check]:
    """Return a decorator that adds a rule with the decorated function to the catalog.

    `adapt` converts the decorated function into a function with the two parameters of `Rule.check`.
    """

    def add_rule(check: _Check) -> _Check:
        register_rule(replace(rule, check=adapt(check), read_page=partial(_read_docstring, check, rule.scope)))
        return check

    return add_rule


def register_rule(rule: Rule) -> None:
    """Add a rule to the catalog. If the rule has no function, other modules report its findings.

    Raises ValueError if the code is already used.
    """
    if rule.code in CATALOG or rule.code in RETIRED:
        raise ValueError(f"{rule.code} is used already, and codes are never reused")
    CATALOG[rule.code] = rule


def find_in_show(rule: Rule, show: Show) -> Iterator[Diagnostic]:
    """Yield the findings of a rule in a show. Rules about feeds have no findings."""
    # None stands for the show itself, which a rule about shows checks once.
    parts: dict[Scope | None, Sequence[Episode | None]] = {Scope.SHOW: (None,), Scope.EPISODE: show.episodes}
    for part in parts.get(rule.scope, ()):
        for found in rule.check(part or show, show) if rule.check else ():
            episode = found.episode or part
            locations = (episode or show).locations
            location = found.location or _find_location(found.at or rule.at, locations)
            yield _make_diagnostic(rule, found, location, episode.folder if episode else None)


def find_in_feed(rule: Rule, feed: Feed) -> Iterator[Diagnostic]:
    """Yield the findings of a rule in a feed. Rules about shows have no findings."""
    # None stands for the feed itself, which a rule about feeds checks once.
    parts: dict[Scope | None, Sequence[Element | None]] = {Scope.FEED: (None,), Scope.ITEM: feed.items}
    for part in parts.get(rule.scope, ()):
        for found in rule.check(part or feed, feed) if rule.check else ():
            item = found.item or part
            element = found.element or item or feed.channel
            location = found.location or Location(file=feed.document.name, line=element.line, column=element.column)
            yield _make_diagnostic(rule, found, location, _name_item(item) if item else None)


def _read_docstring(check: Callable[..., object], scope: Scope | None) -> str:
    """Return the page of a rule function. It is empty if Python removes docstrings (`-OO`)."""
    page = inspect.cleandoc(check.__doc__ or "")
    return _ALTERNATIVES.sub(r"\1" if scope is Scope.SHOW else r"\2", page)


def _make_diagnostic(rule: Rule, found: Found, location: Location | None, episode: str | None) -> Diagnostic:
    return Diagnostic(
        code=rule.code,
        severity=found.severity or rule.severity,
        message=found.message,
        hint=found.hint,
        location=location,
        episode=episode,
        destinations=rule.destinations,
        rivals=found.rivals,
    )


def _name_item(item: Element) -> str:
    """Return a name of an item for people: its title, GUID or link, or its line if these are missing."""
    return shorten(item.text_of("title", "itunes:title", "guid", "link")) or f"the item in line {item.line}"


def _find_location(key: str, locations: Mapping[str, Location]) -> Location | None:
    """Return the location of the value with this key.

    If the value has no location, return the location of the nearest table or list around it, or of its file.
    """
    # For example, from people[2].name to people[2], to people, and to the empty key of the file.
    while key and key not in locations:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return locations.get(key)
