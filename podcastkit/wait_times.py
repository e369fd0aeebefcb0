"""How long podcastkit waits: how often it tries again, and for how long it expects an answer or a lock.

The variable `PODCASTKIT_PATIENCE` multiplies the defaults: 2 doubles them, 0 does not wait to try again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Self

from podcastkit.diagnostics import PodcastkitError

VARIABLE = "PODCASTKIT_PATIENCE"

_LARGEST_FACTOR = 1000.0
_SMALLEST_PAUSES = 0.01
"""The minimum factor for pauses, because retries without a pause would be a busy loop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """The patience, pauses and timeouts of everything that waits, in seconds.

    Patience and pauses decide how long a failure is retried; they may be zero. A timeout limits a wait that usually
    is short, so that it may be long without a cost.
    """

    step_patience: float = 600.0
    """For how long each step of a publish is retried: most outages of a store end within minutes."""
    look_patience: float = 15.0
    """For how long the first look at a destination is retried: its address may be wrong, and the user waits."""
    held_patience: float = 5.0
    """For how long replacing a file that another program has open (a virus scanner) is retried on Windows."""
    first_pause: float = 1.0
    """The longest pause after the first failure; pauses are random, and this limit doubles with each failure."""
    longest_pause: float = 60.0
    """The longest of all pauses: a store that is back should not wait for us for long."""

    removal_lease: float = 60.0
    """For how long a command may go on deleting what it announced; then it announces and looks again."""
    removal_end: float = 300.0
    """A command that announced a removal counts as killed after this time: the lease plus the longest request."""

    bucket_retries: int = 4
    """How many times botocore retries a request, with random pauses of up to 1, 2, 4 and 8 s."""
    web_retries: int = 1
    """How many times urllib3 retries a request, without a pause: the server may have closed an idle connection."""

    bucket_connect_timeout: float = 10.0
    """For a connection to a store."""
    bucket_read_timeout: float = 30.0
    """For the next byte from a store, which answers the last byte of the largest part within seconds.

    A connection whose other end is gone stays silent forever, and each retry may meet one.
    """
    shortcut_timeout: float = 5.0
    """For the one request of a publish that has nothing to do; without an answer, it looks at everything."""
    verify_timeout: float = 10.0
    """For the next byte from a server that `verify` asks."""
    verify_deadline: float = 300.0
    """For all requests of `verify`."""
    download_timeout: float = 1800.0
    """For one file that `verify --deep` downloads."""
    download_deadline: float = 3600.0
    """For all requests of `verify --deep`."""
    feed_timeout: float = 15.0
    """For the next byte of a feed that `check` reads; a server may build it on request."""
    feed_deadline: float = 60.0
    """For the feed that `check` reads and its redirects."""
    answer_timeouts: float = 6.0
    """The longest time for a whole answer, as a multiple of the timeout for its next byte."""
    folder_lock_timeout: float = 60.0
    """For others that write to the same folder, each of which holds the lock for a moment."""
    cache_lock_timeout: float = 5.0
    """For another run that writes to the cache; after that, this run does without the cache."""
    stop_timeout: float = 3.0
    """For work that was asked to stop; a dead connection may hold it much longer."""

    @classmethod
    def from_environment(cls) -> Self:
        """Return the defaults, multiplied by `PODCASTKIT_PATIENCE`; raise PodcastkitError for an invalid number."""
        written = os.environ.get(VARIABLE, "")
        return cls.from_factor(_parse_factor(written)) if written else cls()

    @classmethod
    def from_factor(cls, factor: float) -> Self:
        """Multiply the defaults. Timeouts only grow: a short one would fail on a slow machine or network."""
        usual = cls()
        pauses, longer = max(factor, _SMALLEST_PAUSES), max(factor, 1.0)
        factors = dict.fromkeys(("step_patience", "look_patience", "held_patience"), factor)
        factors |= {"first_pause": pauses, "longest_pause": pauses}
        timeouts = (field.name for field in fields(cls) if field.name.endswith(("_timeout", "_deadline")))
        factors |= dict.fromkeys(("removal_lease", "removal_end"), pauses) | dict.fromkeys(timeouts, longer)
        multiplied = {name: getattr(usual, name) * by for name, by in factors.items()}
        # Each further retry of a bucket's request doubles the longest pause, so there are never more of them.
        return cls(**multiplied, bucket_retries=round(usual.bucket_retries * min(factor, 1.0)))


def _parse_factor(written: str) -> float:
    try:
        factor = float(written)
    except ValueError:
        factor = -1.0
    if not 0 <= factor <= _LARGEST_FACTOR:  # also refuses nan
        raise PodcastkitError(
            f"{VARIABLE} is {written!r}, which is not a number from 0 to {_LARGEST_FACTOR:g}",
            "unset it, or set it to a number: 2 waits twice as long, 0 does not wait to try again",
        )
    return factor
