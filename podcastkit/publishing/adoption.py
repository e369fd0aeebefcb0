"""Find the episodes of a feed that is taken over which apps would show twice, or lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.diagnostics import make_warning
from podcastkit.model import EpisodeType
from podcastkit.text.quoting import escape_invisible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from podcastkit.diagnostics import Diagnostic
    from podcastkit.model import LiveFeed, LiveItem

ADOPTED = "S153"
"""The code of these findings: `check` has none of them, since it looks at no destination."""


def report_adopted(old: LiveFeed, new: LiveFeed, folders: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Yield a warning for each published episode whose GUID the new feed lacks; `folders` are by new GUIDs."""
    known = {item.guid for item in old.items}
    same = {item.guid for item in new.items} & known
    free = [item for item in new.items if item.guid not in known]
    for item in old.items:
        if item.guid in same:
            continue
        title, guid = (escape_invisible(text) for text in (item.title, item.guid))
        found = _find_same(item, free)
        if found is None:
            message = f'"{title}" is published there, and vanishes from apps: no episode here has its guid, {guid}'
            hint = f"to keep it, make a folder for it with `guid: {guid}` in its notes"
            yield make_warning(ADOPTED, message, hint, None)
            continue
        free.remove(found)
        message = f'"{title}" is published there as guid {guid}, and gets a new one: apps show it a second time'
        hint = f"write `guid: {guid}` into the front matter of its notes"
        yield make_warning(ADOPTED, message, hint, folders.get(found.guid))


def _find_same(item: LiveItem, others: list[LiveItem]) -> LiveItem | None:
    """Return the episode that is most likely the same: by its title, its number or its date."""
    marks: tuple[Callable[[LiveItem], object], ...] = (_title_mark, _number_mark, lambda one: one.published)
    for mark in marks:
        own = mark(item)
        if own and (found := next((one for one in others if mark(one) == own), None)):
            return found
    return None


def _title_mark(item: LiveItem) -> str:
    return " ".join(item.title.casefold().split())


def _number_mark(item: LiveItem) -> tuple[int, int] | None:
    return (item.season or 1, item.number) if item.number and item.type is EpisodeType.FULL else None
