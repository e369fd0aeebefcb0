"""Find the episodes that apps would lose or show twice after a publish with `--adopt`."""

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
"""The code of these findings. `check` never reports it, because it does not read the destination."""


def report_missing_guids(old: LiveFeed, new: LiveFeed, folders: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Yield a warning for each published episode whose GUID is missing from the new feed.

    `folders` maps the GUIDs of the new feed to episode folders.
    """
    old_guids = {item.guid for item in old.items}
    shared_guids = {item.guid for item in new.items} & old_guids
    candidates = [item for item in new.items if item.guid not in old_guids]
    for item in old.items:
        if item.guid in shared_guids:
            continue
        title, guid = (escape_invisible(text) for text in (item.title, item.guid))
        new_item = _find_same_episode(item, candidates)
        if new_item is None:
            message = f'no episode of this show has the GUID of the published "{title}" ({guid}): apps will drop it'
            hint = f"to keep the episode, make a folder for it with `guid: {guid}` in its notes"
            yield make_warning(ADOPTED, message, hint, None)
            continue
        candidates.remove(new_item)  # a new episode replaces at most one published episode
        message = f'"{title}" is published with the GUID {guid}, and gets a new one: apps will show it twice'
        hint = f"write `guid: {guid}` into the front matter of its notes"
        yield make_warning(ADOPTED, message, hint, folders.get(new_item.guid))


def _find_same_episode(item: LiveItem, candidates: list[LiveItem]) -> LiveItem | None:
    """Return the candidate with the same title, else with the same number, else with the same release date.

    Return None if no candidate has any of them.
    """
    trait_getters: tuple[Callable[[LiveItem], object], ...] = (
        _normalize_title,
        _get_season_and_number,
        lambda candidate: candidate.published,
    )
    for get_trait in trait_getters:
        trait = get_trait(item)
        same = (candidate for candidate in candidates if get_trait(candidate) == trait)
        if trait and (new_item := next(same, None)):
            return new_item
    return None


def _normalize_title(item: LiveItem) -> str:
    return " ".join(item.title.casefold().split())


def _get_season_and_number(item: LiveItem) -> tuple[int, int] | None:
    return (item.season or 1, item.number) if item.number and item.type is EpisodeType.FULL else None
