"""Render the feed of a show without a destination."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcastkit.build.audio import (
    by_episode,
    find_made,
    tasks_of,
    with_made,
)
from podcastkit.build.due import SortedOut, find_due, moments_of
from podcastkit.build.editions import contents_of, edition_of
from podcastkit.cache import Cache
from podcastkit.diagnostics import (
    NotBuiltError,
    ProjectError,
)
from podcastkit.feed.writer import write_feed
from podcastkit.model import Records, Show
from podcastkit.project.loader import load, moment_of
from podcastkit.published_keys import FEED_KEY
from podcastkit.state.identity import identify
from podcastkit.state.published import PublishedState
from podcastkit.text.addresses import parse_address

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def render_feed(
    show: Show | str | Path, *, url: str, at: datetime | None = None, language: str | None = None
) -> bytes:
    """Return the feed as it would be published at `url`, by the show and its lock alone.

    `language` is that of a translation; None: the original's. Raises NotBuiltError when the audio of an episode
    that is due has not been made yet, and ProjectError when the show has no such translation.
    """
    moment = moment_of(at)
    if not isinstance(show, Show):
        show = load(show, at=moment)
    url = parse_address(url)
    show = identify(replace(show, at=moment), Records(), feed_url=f"{url}/{FEED_KEY}", real=False)
    sorted_out = _with_made(show, f"{url}/{FEED_KEY}")
    contents = contents_of(sorted_out, PublishedState(), url)
    if language not in contents:
        raise ProjectError(
            f"the show is not translated into {language}", f"add [translations.{language}] to show.toml"
        )
    with Cache() as cache:
        edition, _ = edition_of(contents, language, url, moments_of(sorted_out.due, show), cache)
    return write_feed(edition)


def _with_made(show: Show, feed_url: str) -> SortedOut:
    """Return what is due with the media that was made or published before; raises NotBuiltError for others."""
    due, held_back = find_due(show)
    with Cache() as cache:
        tasks = [task for task in tasks_of(due, moments_of(due, show)) if task.version.media is None]
        made = by_episode(find_made(tasks, show, cache, feed_url=feed_url))
    show = replace(show, episodes=tuple(with_made(e, made.get(e.folder, {})) for e in show.episodes))
    folders = {episode.folder for episode in due}
    ready = tuple(episode for episode in show.episodes if episode.folder in folders)
    missing = tuple(episode.folder for episode in ready if any(v.media is None for v in episode.versions))
    if missing:
        names = ", ".join(missing)
        cure = "publish, plan or master it once"
        raise NotBuiltError(f"the audio of {names} has not been made yet", cure, episodes=missing)
    return SortedOut(show=show, findings=(), due=ready, held_back=held_back)
