"""What a rule is: one small function under a code that is never reused; its docstring is its page."""

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

DESTINATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "apple": "Apple Podcasts",
        "spotify": "Spotify",
        "youtube": "YouTube",
        "amazon": "Amazon Music",
        "psp1": "PSP-1",
        "podcasting20": "Podcasting 2.0",
    }
)
"""The directories and standards that a rule may be of, and how people call them."""

RANK: Final[Mapping[Severity, int]] = MappingProxyType({Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2})
"""The worst first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What a rule found: the message, and the hint that says how to fix it."""

    message: str
    hint: str
    at: str | None = None
    """The key of the value, if it is not the rule's own key."""
    location: Location | None = None
    """The place, if it is known better than by a key."""
    episode: Episode | None = None
    """The episode that a rule about the whole show found it in."""
    rivals: tuple[str, ...] = ()
    """The folders of other episodes that it takes to cause the problem."""
    element: Element | None = None
    """The element of a feed; None: the item, or the channel."""
    item: Element | None = None
    """The item that a rule about the whole feed found it in."""
    severity: Severity | None = None
    """The severity, if it is milder than the rule's."""


class Scope(enum.Enum):
    """What the function of a rule judges at a time."""

    SHOW = enum.auto()
    EPISODE = enum.auto()
    FEED = enum.auto()
    ITEM = enum.auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """An entry of the catalogue."""

    code: str
    severity: Severity
    """The harshest that its findings may have."""
    destinations: tuple[str, ...]
    """Whose rule it is; empty: everybody's."""
    read_page: Callable[[], str] = str
    """Return the page. It is prepared only when it is shown."""
    scope: Scope | None = None
    """None: its findings are raised where files are read, or where a show is published."""
    judge: Callable[[Any, Any], Iterator[Found]] | None = None
    """Find what is wrong with a part, such as an episode, of a whole, such as its show; None without a scope."""
    at: str = ""
    """The key of the value that it is about."""

    @property
    def page(self) -> str:
        """What it is about, why that hurts listeners, the solution and the source; as Markdown."""
        return self.read_page()

    @property
    def title(self) -> str:
        """The first sentence of the page."""
        return self.page.partition("\n\n")[0].replace("\n", " ")


CATALOGUE: dict[str, Rule] = {}
"""Every rule, by its code."""

RETIRED: Final[Mapping[str, str]] = MappingProxyType({"S005": "a setting was checked, and brought nothing about"})
"""Retired codes and what they meant. A code is never used again."""

_Judge = TypeVar("_Judge", bound="Callable[..., Iterator[Found]]")
_OfShow = TypeVar("_OfShow", bound="Callable[[Show], Iterator[Found]] | Callable[[Show, Show], Iterator[Found]]")
_OfEpisode = TypeVar(
    "_OfEpisode", bound="Callable[[Episode], Iterator[Found]] | Callable[[Episode, Show], Iterator[Found]]"
)
_OfFeed = TypeVar("_OfFeed", bound="Callable[[Feed], Iterator[Found]]")
_OfItem = TypeVar(
    "_OfItem", bound="Callable[[Element], Iterator[Found]] | Callable[[Element, Feed], Iterator[Found]]"
)

_EITHER = re.compile(r"\{\{(.*?)\|(.*?)\}\}", re.DOTALL)
"""In the page of a function that judges shows and episodes: words for the show, and words for an episode."""


def show_rule(code: str, severity: Severity, *destinations: str, at: str = "") -> Callable[[_OfShow], _OfShow]:
    """Enter a function that judges the show as a whole; `at` is the key of the value that it is about."""
    return enter_function(Rule(code=code, severity=severity, destinations=destinations, scope=Scope.SHOW, at=at))


def episode_rule(
    code: str, severity: Severity, *destinations: str, at: str = ""
) -> Callable[[_OfEpisode], _OfEpisode]:
    """Enter a function that judges an episode; a second parameter gets its show.

    A function may have both decorators: its page says `{{the show|an episode}}` where the two rules differ, and its
    second parameter gets the show for both.
    """
    return enter_function(Rule(code=code, severity=severity, destinations=destinations, scope=Scope.EPISODE, at=at))


def feed_rule(code: str, severity: Severity, *destinations: str) -> Callable[[_OfFeed], _OfFeed]:
    """Enter a function that judges a feed as a whole."""
    return enter_function(Rule(code=code, severity=severity, destinations=destinations, scope=Scope.FEED))


def item_rule(code: str, severity: Severity, *destinations: str) -> Callable[[_OfItem], _OfItem]:
    """Enter a function that judges an item of a feed; a second parameter gets its feed."""
    return enter_function(Rule(code=code, severity=severity, destinations=destinations, scope=Scope.ITEM))


def accept_whole(judge: Callable[..., Iterator[Found]]) -> Callable[[Any, Any], Iterator[Found]]:
    """Let a function that takes a part alone be called with the whole, too."""
    takes_whole = len(inspect.signature(judge).parameters) > 1
    return judge if takes_whole else lambda part, _: judge(part)


def enter_function(
    row: Rule, adapt: Callable[[Any], Callable[[Any, Any], Iterator[Found]]] = accept_whole
) -> Callable[[_Judge], _Judge]:
    """Return a decorator that enters a rule with the decorated function into the catalogue."""

    def enter(judge: _Judge) -> _Judge:
        enter_rule(replace(row, judge=adapt(judge), read_page=partial(_read_docstring, judge, row.scope)))
        return judge

    return enter


def enter_rule(rule: Rule) -> None:
    """Enter a rule into the catalogue; one without a function has findings that are raised elsewhere."""
    if rule.code in CATALOGUE or rule.code in RETIRED:
        raise ValueError(f"{rule.code} is used already, and codes are never reused")
    CATALOGUE[rule.code] = rule


def find_in_show(rule: Rule, show: Show) -> Iterator[Diagnostic]:
    """Yield what a rule about shows or episodes finds; a rule about feeds finds nothing."""
    parts: dict[Scope | None, Sequence[Episode | None]] = {Scope.SHOW: (None,), Scope.EPISODE: show.episodes}
    for part in parts.get(rule.scope, ()):
        for found in rule.judge(part or show, show) if rule.judge else ():
            episode = found.episode or part
            locations = (episode or show).locations
            location = found.location or _find_location(found.at or rule.at, locations)
            yield _make_diagnostic(rule, found, location, episode.folder if episode else None)


def find_in_feed(rule: Rule, feed: Feed) -> Iterator[Diagnostic]:
    """Yield what a rule about feeds or items finds; a rule about shows finds nothing."""
    parts: dict[Scope | None, Sequence[Element | None]] = {Scope.FEED: (None,), Scope.ITEM: feed.items}
    for part in parts.get(rule.scope, ()):
        for found in rule.judge(part or feed, feed) if rule.judge else ():
            item = found.item or part
            place = found.element or item or feed.channel
            location = found.location or Location(file=feed.document.name, line=place.line, column=place.column)
            yield _make_diagnostic(rule, found, location, _name_item(item) if item else None)


def _read_docstring(judge: Callable[..., object], scope: Scope | None) -> str:
    """Return the page, which is empty when Python drops docstrings."""
    page = inspect.cleandoc(judge.__doc__ or "")
    return _EITHER.sub(r"\1" if scope is Scope.SHOW else r"\2", page)


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
    return shorten(item.text_of("title", "itunes:title", "guid", "link")) or f"the item in line {item.line}"


def _find_location(key: str, locations: Mapping[str, Location]) -> Location | None:
    """Find a value's place, that of the table or list it stands in, or else its file."""
    while key and key not in locations:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return locations.get(key)
