"""What the lock and the manifest remember."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from podcastkit.model.audio import Media


@dataclass(frozen=True, kw_only=True, slots=True)
class AlternateRecord:
    """What must never change about another version of a published episode's audio."""

    title: str | None
    lang: str | None
    master_sha256: str
    media: Media


@dataclass(frozen=True, kw_only=True, slots=True)
class EpisodeRecord:
    """What must never change about a published episode, as the lock or a manifest remembers it."""

    guid: str
    folder: str
    published: datetime
    master_sha256: str
    media: Media
    prefix: str | None = None
    """What stood before the address of its media when it was published for the first time."""
    translated: tuple[tuple[str, str], ...] = ()
    """Its GUIDs in the feeds of translations, by language."""
    alternates: tuple[AlternateRecord, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its audio in every version."""
        return (self.media.key, *(alternate.media.key for alternate in self.alternates))


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """An episode that was taken back for good: nothing of it comes out again.

    Its folder and its master are known by their SHA-256 only: a record may be public, and a name tell too much.
    """

    guid: str
    at: datetime
    folder_sha256: str | None = None
    master_sha256: str | None = None
    files: tuple[str, ...] = ()
    """Keys at the destination that are still to be deleted."""
    translated: tuple[tuple[str, str], ...] = ()
    """Its GUIDs in the feeds of translations, by language."""
    number: int | None = None
    """The number of a full episode."""
    season: int | None = None

    @property
    def guids(self) -> frozenset[str]:
        """The GUIDs that it has in any feed."""
        return frozenset({self.guid, *(guid for _, guid in self.translated)})


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """What one place (the lock, a manifest) remembers of a show."""

    guid: str | None = None
    episodes: tuple[EpisodeRecord, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()
    translated: tuple[tuple[str, str], ...] = ()
    """The GUIDs of the show's translations, by language."""
