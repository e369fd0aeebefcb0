"""Render the feed of a show without publishing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.build.audio import find_cached_audio, gather_audio, list_tasks
from podcastkit.build.due import assign_dates, select_episodes
from podcastkit.build.editions import build_editions, decide_feed_contents
from podcastkit.cache import Cache
from podcastkit.checks import check_show
from podcastkit.diagnostics import NotBuiltError, ProjectError
from podcastkit.feed.writer import write_feed
from podcastkit.model import Records
from podcastkit.project.loader import ensure_show
from podcastkit.published_keys import FEED_KEY
from podcastkit.state.identity import identify_show
from podcastkit.state.published import PublishedState
from podcastkit.text.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from podcastkit.build.audio import Task
    from podcastkit.model import EpisodeAudio, Show


def render_feed(
    show: Show | str | Path, *, url: str, at: datetime | None = None, language: str | None = None
) -> bytes:
    """Return the feed as it would be published at `url`, based on the show and its lock file only.

    `language` selects a translation; None selects the original. Raise `NotBuiltError` if the audio of an episode
    that is due has not been made yet, and `ProjectError` if the show has no such translation.
    """
    show = ensure_show(show, at=at)
    url = parse_address(url)
    feed_url = f"{url}/{FEED_KEY}"
    identified = identify_show(show, Records(), feed_url=feed_url, real=False)
    checked, identities = check_show(identified.show, errors_only=True), identified.feeds
    selection = select_episodes(checked)
    contents = decide_feed_contents(checked, identities, selection, PublishedState(), url)
    if language not in contents:
        raise ProjectError(
            f"the show is not translated into {language}", f"add [translations.{language}] to show.toml"
        )
    release_dates = assign_dates(selection.due, show)
    tasks = list_tasks(selection.due, show, release_dates, identities[None].episodes, feed_url=feed_url)
    with Cache() as cache:
        audio = _find_audio(tasks, cache)
        editions, _ = build_editions(contents, audio, release_dates, url, cache)
    return write_feed(editions[language])


def _find_audio(tasks: Sequence[Task], cache: Cache) -> dict[str, EpisodeAudio]:
    """Return the audio of each episode by folder. Raise `NotBuiltError` if any audio was not made before."""
    # The audio of the other tasks is published unchanged or is known from the lock file.
    unknown = [task for task in tasks if task.version.media is None]
    audio = gather_audio(tasks, find_cached_audio(unknown, cache))
    not_built = tuple(dict.fromkeys(task.episode.folder for task in tasks if task.episode.folder not in audio))
    if not_built:
        names = ", ".join(not_built)
        hint = "publish, plan or master the show first"
        raise NotBuiltError(f"the audio of {names} has not been made yet", hint, episodes=not_built)
    return audio
