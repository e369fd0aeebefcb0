"""The order of the episodes: that of listening, or the newest first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from podcastkit.model import Episode, EpisodeType, Item, ShowType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.model import LiveItem, Show
    from podcastkit.state.identity import Identity


def sort_in_series(episodes: Sequence[Episode], show: Show) -> list[Episode]:
    """Return the episodes in the order of listening; those that nothing else tells apart stay as they were."""
    return sorted(episodes, key=lambda episode: _rank(episode, episode, show)[:-1])


def sort_items(items: Sequence[Item | LiveItem], show: Show, identity: Identity) -> list[Item | LiveItem]:
    """Put a serial in the order of listening, trailers before what they announce; an episodic show newest first."""
    by_guid = {identity.episodes[episode.folder]: episode for episode in show.episodes}

    def place(item: Item | LiveItem) -> tuple[float, float, int, str]:
        if isinstance(item, Item):
            return _rank(item.episode, item.episode, show)
        return _rank(item, by_guid.get(item.guid), show)

    in_series = sorted(items, key=place)
    if show.type is ShowType.SERIAL:
        return in_series
    return sorted(in_series, key=lambda item: item.published.timestamp() if item.published else 0, reverse=True)


def _rank(of: Episode | LiveItem, folder: Episode | None, show: Show) -> tuple[float, float, int, str]:
    """Sort by season, then number; a bonus without a number stands where its folder does."""
    name = folder.folder if folder else of.title
    if of.type is EpisodeType.TRAILER:
        return (of.season or 0, of.number or 0, 0, name)
    number = of.number or (folder.folder_number if folder else None) or math.inf
    return (of.season or show.season, number, 1 if of.type is EpisodeType.FULL else 2, name)
