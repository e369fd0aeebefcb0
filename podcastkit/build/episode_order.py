"""Sort episodes in listening order, or with the newest first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from podcastkit.model import Episode, EpisodeType, Item, ShowType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.model import LiveItem, Show
    from podcastkit.state.identity import Identity


def sort_in_series(episodes: Sequence[Episode], show: Show) -> list[Episode]:
    """Return the episodes in listening order. The sort is stable: names do not count."""
    return sorted(episodes, key=lambda episode: _make_rank(episode, episode, show)[:-1])


def sort_items(items: Sequence[Item | LiveItem], show: Show, identity: Identity) -> list[Item | LiveItem]:
    """Return the items of a serial show in listening order, or those of an episodic show with the newest first.

    In listening order, a trailer comes before the season or episode that it announces.
    """
    episodes_by_guid = {identity.episodes[episode.folder]: episode for episode in show.episodes}

    def rank_item(item: Item | LiveItem) -> tuple[float, float, int, str]:
        if isinstance(item, Item):
            return _make_rank(item.episode, item.episode, show)
        return _make_rank(item, episodes_by_guid.get(item.guid), show)

    in_series = sorted(items, key=rank_item)
    if show.type is ShowType.SERIAL:
        return in_series
    return sorted(in_series, key=lambda item: item.published.timestamp() if item.published else 0, reverse=True)


def _make_rank(item: Episode | LiveItem, episode: Episode | None, show: Show) -> tuple[float, float, int, str]:
    """Return a sort key: season, number, type, name.

    `episode` is the show's episode for the item, or None if the show does not contain this episode. An episode
    without a number uses the number of its folder.
    """
    name = episode.folder if episode else item.title
    if item.type is EpisodeType.TRAILER:
        return (item.season or 0, item.number or 0, 0, name)
    number = item.number or (episode.folder_number if episode else None) or math.inf
    return (item.season or show.season, number, 1 if item.type is EpisodeType.FULL else 2, name)
