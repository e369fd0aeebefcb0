"""The records in the lock file and the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from podcastkit.model.audio import Media


@dataclass(frozen=True, kw_only=True, slots=True)
class AlternateRecord:
    """The permanent values of an alternate version of a published episode."""

    title: str | None
    lang: str | None
    master_sha256: str
    media: Media


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeRecord:
    """The permanent values of a published episode, from the lock file or a manifest."""

    guid: str
    folder: str
    published: datetime
    master_sha256: str
    media: Media
    prefix: str | None = None
    """The prefix of the media URL when the episode was first published."""
    translated: tuple[tuple[str, str], ...] = ()
    """The GUIDs of the episode in the feeds of translations, by language."""
    alternates: tuple[AlternateRecord, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the episode's audio and of its alternates."""
        return (self.media.key, *(alternate.media.key for alternate in self.alternates))


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """The record of an episode that was withdrawn permanently, and is never published again.

    It contains only hashes of the folder's name and the master: the manifest is public, and a name could reveal too
    much.
    """

    guid: str
    at: datetime
    folder_sha256: str | None = None
    master_sha256: str | None = None
    files: tuple[str, ...] = ()
    """The keys at the destination that must still be deleted."""
    translated: tuple[tuple[str, str], ...] = ()
    """The GUIDs of the episode in the feeds of translations, by language."""
    number: int | None = None
    """The number of a full episode."""
    season: int | None = None

    @property
    def guids(self) -> frozenset[str]:
        """The GUIDs of the episode in all feeds."""
        return frozenset({self.guid, *(guid for _, guid in self.translated)})


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """The records of a show in one place: the lock file or a manifest."""

    guid: str | None = None
    episodes: tuple[EpisodeRecord, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    translated: tuple[tuple[str, str], ...] = ()
    """The GUIDs of the show's translations, by language."""
