"""The summary of a show that `plan` and `publish` print, in values that JSON can store.

The early exit prints a stored summary, so this module imports nothing slow.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from podcastkit.diagnostics import Severity, count_as_shown
from podcastkit.published_keys import make_feed_key
from podcastkit.text.dates import format_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.build.due import HeldBack
    from podcastkit.publishing.plan import Plan


class Held(NamedTuple):
    """An episode that is held back."""

    episode: str
    """The folder's name, with the language if the episode is held back only in that language."""
    reason: str
    hint: str | None
    is_broken: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The state of a show after a plan."""

    title: str
    address: str
    """The address of the destination."""
    is_folder: bool
    is_served: bool
    """Whether listeners can fetch the feed from its address."""
    feeds: Mapping[str, str]
    """The feed URLs by language. The original's is first, under the empty string."""
    episodes: int
    """The number of published episodes."""
    kept: int
    """The number of files that do not change."""
    held_back: tuple[Held, ...]
    next_due: str | None
    """A sentence with the name and the release date of the next episode."""
    remarks: tuple[str, ...]
    """Remarks about the season as a whole."""
    warnings: int
    """The number of warnings and errors. More than three of one rule in one file count as one."""
    is_trial: bool
    is_real_elsewhere: bool
    """Whether this is a trial run of a show that was published for real before."""
    has_url: bool
    """Whether show.toml sets the public URL."""

    def to_dict(self) -> dict[str, Any]:
        """Return a value for `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the summary from the value of `to_dict`, directly or after it was stored as JSON."""
        held_back = tuple(Held(*held) for held in data["held_back"])
        return cls(**{**data, "held_back": held_back, "remarks": tuple(data["remarks"])})


def summarize_plan(plan: Plan) -> Summary:
    """Return the state of a show after a plan."""
    from podcastkit.checks.series import SERIES_FINISHED  # noqa: PLC0415 - slow to import, like those below
    from podcastkit.publishing.adoption import ADOPTED  # noqa: PLC0415
    from podcastkit.publishing.plan import ActionKind  # noqa: PLC0415

    return Summary(
        title=plan.show.title,
        address=plan.storage.address,
        is_folder=not plan.storage.is_served,
        is_served=plan.storage.is_served or plan.url != plan.storage.public_url,
        feeds=_list_feeds(plan),
        episodes=len(plan.published),
        kept=sum(action.kind is ActionKind.KEEP for action in plan.actions),
        held_back=tuple(_describe_held(held) for held in plan.held_back),
        next_due=_describe_next_due(plan),
        remarks=tuple(finding.message for finding in plan.findings if finding.code == SERIES_FINISHED),
        warnings=count_as_shown(
            finding
            for finding in plan.findings
            if finding.code != ADOPTED and finding.severity is not Severity.INFO
        ),
        is_trial=plan.trial,
        is_real_elsewhere=plan.trial and bool(plan.show.records.episodes),
        has_url=bool(plan.show.publish.url),
    )


def _list_feeds(plan: Plan) -> dict[str, str]:
    feeds = {"": plan.feed_url}
    for translation in plan.show.translations:
        key = make_feed_key(translation.translation)
        if key in plan.feeds:
            feeds[translation.translation or ""] = f"{plan.url}/{key}"
    return feeds


def _describe_held(held: HeldBack) -> Held:
    name = f"{held.episode} in {held.language}" if held.language else held.episode
    return Held(name, held.reason, held.fix, held.is_broken)


def _describe_next_due(plan: Plan) -> str | None:
    due_episodes = [(held.due, held.episode) for held in plan.held_back if held.due]
    if not due_episodes:
        return None
    moment, folder = min(due_episodes, key=itemgetter(0))
    name = next(episode.name for episode in plan.show.episodes if episode.folder == folder)
    return f"{name} is due {format_moment(moment, plan.show.timezone, plan.at)}"
