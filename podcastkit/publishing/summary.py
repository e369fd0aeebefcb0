"""What the output of `plan` and `publish` says of a show, in values that JSON can store.

The early exit prints a stored summary, so nothing slow is imported here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from podcastkit.diagnostics import Severity, count_kinds
from podcastkit.published_keys import feed_key
from podcastkit.text.dates import say_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from podcastkit.build.due import HeldBack
    from podcastkit.publishing.plan import Plan


class Held(NamedTuple):
    """An episode that is held back."""

    episode: str
    """The folder's name, with the language if it is held back in that one only."""
    reason: str
    cure: str | None
    is_broken: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The state in which a plan leaves a show."""

    title: str
    address: str
    """The address of the destination."""
    is_folder: bool
    is_served: bool
    """Whether listeners can fetch the feed from its address."""
    feeds: Mapping[str, str]
    """The addresses of the feeds, by language; the original's first, under the empty text."""
    episodes: int
    """Episodes in the feed."""
    kept: int
    """Files that stay as they are."""
    held_back: tuple[Held, ...]
    next_due: str | None
    """The name of the episode that comes out next, and when."""
    remarks: tuple[str, ...]
    """What was noticed about the season as a whole."""
    warnings: int
    """Findings of `check` to look at; many alike in one file are one."""
    is_trial: bool
    is_real_elsewhere: bool
    """Whether the show of a trial was published for real before."""
    has_url: bool
    """Whether show.toml says where the show is published."""

    def to_dict(self) -> dict[str, Any]:
        """Return a value for `from_dict`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Return the summary that `to_dict` described, also after a detour over JSON."""
        held_back = tuple(Held(*held) for held in data["held_back"])
        return cls(**{**data, "held_back": held_back, "remarks": tuple(data["remarks"])})


def summarize_plan(plan: Plan) -> Summary:
    """Return the state in which a plan leaves a show."""
    from podcastkit.checks.series import FINALE  # noqa: PLC0415 - slow to import, like those below
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
        next_due=_find_next_due(plan),
        remarks=tuple(finding.message for finding in plan.findings if finding.code == FINALE),
        warnings=count_kinds(
            one for one in plan.findings if one.code != ADOPTED and one.severity is not Severity.INFO
        ),
        is_trial=plan.trial,
        is_real_elsewhere=plan.trial and bool(plan.show.records.episodes),
        has_url=bool(plan.show.publish.url),
    )


def _list_feeds(plan: Plan) -> dict[str, str]:
    feeds = {"": plan.feed_url}
    for translation in plan.show.translations:
        key = feed_key(translation.translation)
        if key in plan.feeds:
            feeds[translation.translation or ""] = f"{plan.url}/{key}"
    return feeds


def _describe_held(held: HeldBack) -> Held:
    where = f"{held.episode} in {held.language}" if held.language else held.episode
    return Held(where, held.reason, held.cure, held.is_broken)


def _find_next_due(plan: Plan) -> str | None:
    dues = [(held.due, held.episode) for held in plan.held_back if held.due]
    if not dues:
        return None
    moment, folder = min(dues, key=itemgetter(0))
    name = next(episode.name for episode in plan.show.episodes if episode.folder == folder)
    return f"{name} is due {say_moment(moment, plan.show.timezone, plan.at)}"
