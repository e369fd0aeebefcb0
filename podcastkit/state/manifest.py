"""The manifest, podcastkit.json: what a destination records about its published content."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from podcastkit.published_keys import feed_key, feed_language
from podcastkit.state.records import (
    explain_damage,
    parse_count,
    parse_moment,
    parse_text,
    records_from_json,
    records_to_json,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from podcastkit.model import Records


_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A feed that was live from a moment on; size in bytes."""

    feed_sha256: str
    at: datetime
    size: int
    episodes: int

    def to_dict(self) -> dict[str, object]:
        """Return the entry as it stands in the manifest and in `history --json`."""
        return {
            "feed": self.feed_sha256,
            "at": self.at.isoformat(),
            "size": self.size,
            "episodes": self.episodes,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedHistory:
    """What was and is live under one feed's name."""

    feed_sha256: str
    history: tuple[Release, ...] = ()
    """The feeds that were live and are kept, the present one last."""

    def to_dict(self) -> dict[str, object]:
        """Return the entry of the manifest."""
        return {
            "feed": {"sha256": self.feed_sha256},
            "history": [release.to_dict() for release in self.history],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a destination says of itself in podcastkit.json; nothing in it is secret."""

    trial: bool
    url: str
    feeds: Mapping[str | None, FeedHistory]
    """What was and is live under the name of each feed, by language; the original's is under None."""
    records: Records
    files: Mapping[str, int] = field(default_factory=dict)
    """Every public key that podcastkit ever put there, with its size; the manifest itself goes without saying."""

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON that a person can read; the same manifest gives the same bytes."""
        languages = sorted(language for language in self.feeds if language is not None)
        original = self.feeds[None].to_dict()
        data = {
            "schema": 1,
            "trial": self.trial,
            "url": self.url,
            "feed": original["feed"],
            **records_to_json(self.records),
            "files": dict(sorted(self.files.items())),
            "history": original["history"],
        }
        if languages:
            data["translations"] = {language: self.feeds[language].to_dict() for language in languages}
        return write_json(data)

    @classmethod
    def from_bytes(cls, body: bytes) -> Manifest:
        """Read what `to_bytes` wrote; raise ValueError when it is something else."""
        try:
            data = json.loads(body)
            records = records_from_json(data)
            feeds: dict[str | None, FeedHistory] = {None: _history_from_json(data)}
            for language, entry in data.get("translations", {}).items():
                feeds[feed_language(feed_key(str(language)))] = _history_from_json(entry)
            if not isinstance(data["trial"], bool):
                raise TypeError(f"trial is true or false, not {data['trial']!r}")  # noqa: TRY301 - like all others
            return cls(
                trial=data["trial"],
                url=parse_text(data["url"]),
                feeds=feeds,
                records=records,
                files={parse_text(key): parse_count(size) for key, size in data["files"].items()},
            )
        except (KeyError, TypeError, AttributeError, UnicodeError, RecursionError, OverflowError) as error:
            raise ValueError(f"not a manifest of podcastkit: {explain_damage(error)}") from error


def _history_from_json(entry: Any) -> FeedHistory:  # noqa: ANN401 - it comes out of a JSON file
    digest = str(entry["feed"]["sha256"])
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"not the SHA-256 of a feed: {digest!r}")
    history = tuple(_release_from_json(release) for release in entry["history"])
    return FeedHistory(feed_sha256=digest, history=history)


def _release_from_json(entry: Any) -> Release:  # noqa: ANN401 - it comes out of a JSON file
    digest = str(entry["feed"])
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"not an entry of the history: {entry!r}")
    return Release(
        feed_sha256=digest,
        at=parse_moment(entry["at"]),
        size=parse_count(entry["size"]),
        episodes=parse_count(entry["episodes"]),
    )
