"""What a rule is: one small function under a code that is never reused; its docstring is its page."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from podcastkit.diagnostics import Diagnostic, Location, Severity
from podcastkit.text.quoting import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
    """What a rule found: the message, the cure, and the key of the value that it is about."""

    message: str
    hint: str
    at: str | None = None
    location: Location | None = None
    """Where it stands, where it is known better than by a key."""
    episode: Episode | None = None
    """Which episode it is about, where a rule about the show knows."""
    rivals: tuple[str, ...] = ()
    """The folders of other episodes that it takes to cause the problem."""
    element: Element | None = None
    """Of a feed: where it stands, else at the item or the channel."""
    item: Element | None = None
    """Which item it is about, where a rule about the whole feed knows."""
    severity: Severity | None = None
    """Where it is milder than the rule's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """An entry of the catalogue."""

    code: str
    severity: Severity
    """The harshest that its findings may have."""
    destinations: tuple[str, ...]
    """Whose rule it is; empty: everybody's."""
    read_page: Callable[[], str]
    """Return the page. It is prepared only when it is shown."""
    find: Callable[[Show], Iterator[Diagnostic]] | None = None
    """None: what it tells is found where files are read, or where a show is published, or in a feed."""
    find_in_feed: Callable[[Feed], Iterator[Diagnostic]] | None = None
    """How it judges a feed that anybody may have made."""

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
"""What codes once told that no rule has any more; none of them ever gets another meaning."""


def show_rule(
    code: str, severity: Severity, *destinations: str
) -> Callable[[Callable[[Show], Iterator[Found]]], Callable[[Show], Iterator[Found]]]:
    """Enter a function into the catalogue that judges the show as a whole."""

    def enter(judge: Callable[[Show], Iterator[Found]]) -> Callable[[Show], Iterator[Found]]:
        def find(show: Show) -> Iterator[Diagnostic]:
            for found in judge(show):
                yield _diagnostic(found, entry, show, found.episode)

        entry = enter_rule(code, severity, destinations, _read_docstring(judge), find=find)
        return judge

    return enter


def episode_rule(
    code: str, severity: Severity, *destinations: str
) -> Callable[[Callable[[Episode, Show], Iterator[Found]]], Callable[[Episode, Show], Iterator[Found]]]:
    """Enter a function into the catalogue that judges an episode, knowing its show."""

    def enter(
        judge: Callable[[Episode, Show], Iterator[Found]],
    ) -> Callable[[Episode, Show], Iterator[Found]]:
        def find(show: Show) -> Iterator[Diagnostic]:
            for episode in show.episodes:
                for found in judge(episode, show):
                    yield _diagnostic(found, entry, show, episode)

        entry = enter_rule(code, severity, destinations, _read_docstring(judge), find=find)
        return judge

    return enter


def feed_rule(
    code: str, severity: Severity, *destinations: str
) -> Callable[[Callable[[Feed], Iterator[Found]]], Callable[[Feed], Iterator[Found]]]:
    """Enter a function into the catalogue that judges a feed as a whole."""

    def enter(judge: Callable[[Feed], Iterator[Found]]) -> Callable[[Feed], Iterator[Found]]:
        def find(feed: Feed) -> Iterator[Diagnostic]:
            for found in judge(feed):
                yield _feed_diagnostic(found, entry, feed, found.item)

        entry = enter_rule(code, severity, destinations, _read_docstring(judge), find_in_feed=find)
        return judge

    return enter


def item_rule(
    code: str, severity: Severity, *destinations: str
) -> Callable[[Callable[[Element, Feed], Iterator[Found]]], Callable[[Element, Feed], Iterator[Found]]]:
    """Enter a function into the catalogue that judges an item of a feed, knowing its feed."""

    def enter(
        judge: Callable[[Element, Feed], Iterator[Found]],
    ) -> Callable[[Element, Feed], Iterator[Found]]:
        def find(feed: Feed) -> Iterator[Diagnostic]:
            for item in feed.items:
                for found in judge(item, feed):
                    yield _feed_diagnostic(found, entry, feed, item)

        entry = enter_rule(code, severity, destinations, _read_docstring(judge), find_in_feed=find)
        return judge

    return enter


def enter_rule(
    code: str,
    severity: Severity,
    destinations: tuple[str, ...],
    read_page: Callable[[], str],
    *,
    find: Callable[[Show], Iterator[Diagnostic]] | None = None,
    find_in_feed: Callable[[Feed], Iterator[Diagnostic]] | None = None,
) -> Rule:
    """Enter a code into the catalogue; without a function its findings are raised elsewhere."""
    if code in CATALOGUE or code in RETIRED:
        raise ValueError(f"{code} is used already, and codes are never reused")
    entry = Rule(
        code=code,
        severity=severity,
        destinations=destinations,
        read_page=read_page,
        find=find,
        find_in_feed=find_in_feed,
    )
    CATALOGUE[code] = entry
    return entry


def _read_docstring(judge: Callable[..., object]) -> Callable[[], str]:
    """Return a reader of the function's docstring, which is empty when Python drops docstrings."""
    return partial(inspect.cleandoc, judge.__doc__ or "")


def _diagnostic(found: Found, entry: Rule, show: Show, episode: Episode | None) -> Diagnostic:
    locations = episode.locations if episode else show.locations
    return Diagnostic(
        code=entry.code,
        severity=found.severity or entry.severity,
        message=found.message,
        hint=found.hint,
        location=found.location or _find_location(found.at or "", locations),
        episode=episode.folder if episode else None,
        destinations=entry.destinations,
        rivals=found.rivals,
    )


def _feed_diagnostic(found: Found, entry: Rule, feed: Feed, item: Element | None) -> Diagnostic:
    place = found.element or item or feed.channel
    return Diagnostic(
        code=entry.code,
        severity=found.severity or entry.severity,
        message=found.message,
        hint=found.hint,
        location=found.location or Location(file=feed.document.name, line=place.line, column=place.column),
        episode=_name_of(item) if item else None,
        destinations=entry.destinations,
    )


def _name_of(item: Element) -> str:
    return shorten(item.text_of("title", "itunes:title", "guid", "link")) or f"the item in line {item.line}"


def _find_location(key: str, locations: Mapping[str, Location]) -> Location | None:
    """Find a value's place, that of the table or list it stands in, or else its file."""
    while key and key not in locations:
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return locations.get(key)
