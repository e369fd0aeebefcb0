"""How long podcastkit waits: how often it tries again, and for how long it waits for an answer or a lock.

The variable `PODCASTKIT_PATIENCE` multiplies the defaults: 2 doubles them, 0 does not wait to try again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Self

from podcastkit.diagnostics import PodcastkitError

VARIABLE = "PODCASTKIT_PATIENCE"

_MAX_FACTOR = 1000.0
_MIN_PAUSE_FACTOR = 0.01
"""The minimum factor for pauses, because retries without a pause would be a busy loop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """The patience, pauses and timeouts of everything that waits, in seconds.

    Patience and pauses decide how long a failure is retried; they may be zero. A timeout limits a wait that is
    usually short, so a long timeout costs nothing.
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
    """The longest of all pauses, so that podcastkit continues soon after a store works again."""

    removal_lease: float = 60.0
    """For how long a command may delete the files that it announced; then it must check and announce them again."""
    removal_end: float = 300.0
    """A command that announced a removal counts as killed after this time: the lease plus the longest request."""

    bucket_retries: int = 4
    """How many times botocore retries a request, with random pauses of up to 1, 2, 4 and 8 s."""
    web_retries: int = 1
    """How many times urllib3 retries a request, without a pause: the server may have closed an idle connection."""

    bucket_connect_timeout: float = 10.0
    """The wait for a connection to a store."""
    bucket_read_timeout: float = 30.0
    """The wait for the next byte from a store, which answers the last byte of the largest part within seconds.

    A connection whose other end is gone stays silent forever, and each retry may meet one.
    """
    shortcut_timeout: float = 5.0
    """The wait for the one request of a publish without changes; without an answer, it checks everything."""
    verify_timeout: float = 10.0
    """The wait for the next byte from a server that `verify` asks."""
    verify_deadline: float = 300.0
    """The time for all requests of `verify`."""
    download_timeout: float = 1800.0
    """The time for one file that `verify --deep` downloads."""
    download_deadline: float = 3600.0
    """The time for all requests of `verify --deep`."""
    feed_timeout: float = 15.0
    """The wait for the next byte of a feed that `check` reads; a server may build the feed on request."""
    feed_deadline: float = 60.0
    """The time for the feed that `check` reads, with its redirects."""
    answer_timeouts: float = 6.0
    """The longest time for a whole answer, as a multiple of the timeout for its next byte."""
    folder_lock_timeout: float = 60.0
    """The wait for other programs that write to the same folder; each holds the lock for a moment."""
    cache_lock_timeout: float = 5.0
    """The wait for another run that writes to the cache; after that, this run does not use the cache."""
    stop_timeout: float = 3.0
    """The wait for work that was asked to stop; a dead connection may take much longer."""

    @classmethod
    def from_environment(cls) -> Self:
        """Return the defaults, multiplied by `PODCASTKIT_PATIENCE`; raise PodcastkitError for an invalid number."""
        value = os.environ.get(VARIABLE, "")
        return cls.from_factor(_parse_factor(value)) if value else cls()

    @classmethod
    def from_factor(cls, factor: float) -> Self:
        """Return the defaults, multiplied by a factor.

        Timeouts only grow: a short one would fail on a slow machine or network.
        """
        defaults = cls()
        pause_factor, timeout_factor = max(factor, _MIN_PAUSE_FACTOR), max(factor, 1.0)
        factors = dict.fromkeys(("step_patience", "look_patience", "held_patience"), factor)
        pauses = ("first_pause", "longest_pause", "removal_lease", "removal_end")
        factors |= dict.fromkeys(pauses, pause_factor)
        timeouts = (field.name for field in fields(cls) if field.name.endswith(("_timeout", "_deadline")))
        factors |= dict.fromkeys(timeouts, timeout_factor)
        multiplied = {name: getattr(defaults, name) * own_factor for name, own_factor in factors.items()}
        # A bucket never gets more retries than by default, because each further one doubles the longest pause.
        return cls(**multiplied, bucket_retries=round(defaults.bucket_retries * min(factor, 1.0)))


def _parse_factor(value: str) -> float:
    try:
        factor = float(value)
    except ValueError:
        factor = -1.0
    if not 0 <= factor <= _MAX_FACTOR:  # also refuses nan
        raise PodcastkitError(
            f"{VARIABLE} is {value!r}, which is not a number from 0 to {_MAX_FACTOR:g}",
            "unset it, or set it to a number: 2 waits twice as long, 0 does not wait to try again",
        )
    return factor
