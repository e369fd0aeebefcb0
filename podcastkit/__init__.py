"""Publish a limited-series podcast from a folder of episodes.

Every name is imported when it is first used, so that `import podcastkit` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from podcastkit.build.master import Delivery, master
    from podcastkit.diagnostics import (
        Cancelled,
        CheckFailed,
        ConflictError,
        Diagnostic,
        FeedError,
        Location,
        MediaError,
        NotBuiltError,
        PodcastkitError,
        ProjectError,
        Severity,
        StorageError,
        UnreachableError,
    )
    from podcastkit.media.measuring import measure, read_curve, read_peaks
    from podcastkit.media.probing import probe
    from podcastkit.model import Audio, Episode, Measurement, Show
    from podcastkit.progress import Event
    from podcastkit.project.loader import load
    from podcastkit.publishing.plan import DestructiveChange, Plan
    from podcastkit.publishing.prepare import check, prepare, render_feed
    from podcastkit.publishing.prune import prune
    from podcastkit.publishing.publish import Receipt, apply, publish
    from podcastkit.publishing.rollback import history, rollback
    from podcastkit.publishing.withdraw import withdraw
    from podcastkit.reports.levels import draw_levels
    from podcastkit.storage.base import Storage
    from podcastkit.storage.local import LocalStorage
    from podcastkit.verification.feed_check import FeedCheck, check_feed
    from podcastkit.verification.report import Check, Report
    from podcastkit.verification.verify import verify

__version__ = "0.1.0"

_HOMES = {
    "podcastkit.diagnostics": (
        "Cancelled",
        "CheckFailed",
        "ConflictError",
        "Diagnostic",
        "FeedError",
        "Location",
        "MediaError",
        "NotBuiltError",
        "PodcastkitError",
        "ProjectError",
        "Severity",
        "StorageError",
        "UnreachableError",
    ),
    "podcastkit.reports.levels": ("draw_levels",),
    "podcastkit.media.measuring": ("measure", "read_curve", "read_peaks"),
    "podcastkit.media.probing": ("probe",),
    "podcastkit.model": ("Audio", "Episode", "Measurement", "Show"),
    "podcastkit.publishing.plan": ("DestructiveChange", "Plan"),
    "podcastkit.build.master": ("Delivery", "master"),
    "podcastkit.publishing.prepare": ("check", "prepare", "render_feed"),
    "podcastkit.progress": ("Event",),
    "podcastkit.project.loader": ("load",),
    "podcastkit.publishing.prune": ("prune",),
    "podcastkit.publishing.publish": ("Receipt", "apply", "publish"),
    "podcastkit.publishing.rollback": ("history", "rollback"),
    "podcastkit.verification.report": ("Check", "Report"),
    "podcastkit.storage.base": ("Storage",),
    "podcastkit.storage.local": ("LocalStorage",),
    "podcastkit.verification.verify": ("verify",),
    "podcastkit.verification.feed_check": ("FeedCheck", "check_feed"),
    "podcastkit.publishing.withdraw": ("withdraw",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Audio",
    "Cancelled",
    "Check",
    "CheckFailed",
    "ConflictError",
    "Delivery",
    "DestructiveChange",
    "Diagnostic",
    "Episode",
    "Event",
    "FeedCheck",
    "FeedError",
    "LocalStorage",
    "Location",
    "Measurement",
    "MediaError",
    "NotBuiltError",
    "Plan",
    "PodcastkitError",
    "ProjectError",
    "Receipt",
    "Report",
    "Severity",
    "Show",
    "Storage",
    "StorageError",
    "UnreachableError",
    "apply",
    "check",
    "check_feed",
    "draw_levels",
    "history",
    "load",
    "master",
    "measure",
    "prepare",
    "probe",
    "prune",
    "publish",
    "read_curve",
    "read_peaks",
    "render_feed",
    "rollback",
    "verify",
    "withdraw",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
