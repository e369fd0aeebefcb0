"""The manifest, podcastkit.json: the records of a destination about its published content."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from podcastkit.published_keys import get_feed_language, make_feed_key
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
    """A feed in the history, live from the moment `at`, with its size in bytes and its number of episodes."""

    feed_sha256: str
    at: datetime
    size: int
    episodes: int

    def to_dict(self) -> dict[str, object]:
        """Return the entry for the manifest. `history --json` prints the same entry."""
        return {
            "feed": self.feed_sha256,
            "at": self.at.isoformat(),
            "size": self.size,
            "episodes": self.episodes,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedHistory:
    """The current feed and the earlier feeds under one name."""

    feed_sha256: str
    history: tuple[Release, ...] = ()
    """The feeds that are kept; the current feed is the last."""

    def to_dict(self) -> dict[str, object]:
        """Return the entry for the manifest."""
        return {
            "feed": {"sha256": self.feed_sha256},
            "history": [release.to_dict() for release in self.history],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """The content of podcastkit.json, which is public and contains no secrets."""

    trial: bool
    url: str
    feeds: Mapping[str | None, FeedHistory]
    """The current and earlier feeds by language of translation; the key of the original is None."""
    records: Records
    files: Mapping[str, int] = field(default_factory=dict)
    """The size in bytes of each file that podcastkit uploaded, by key, except the manifest itself."""

    def to_bytes(self) -> bytes:
        """Return the manifest as readable JSON. Equal manifests give equal bytes."""
        languages = sorted(language for language in self.feeds if language is not None)
        # The original is at the top level; translations have a table of their own.
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
        """Read the output of `to_bytes`; raise ValueError for anything else."""
        try:
            data = json.loads(body)
            records = records_from_json(data)
            feeds: dict[str | None, FeedHistory] = {None: _history_from_json(data)}
            for language, entry in data.get("translations", {}).items():
                # This raises ValueError if the key is not a language.
                feeds[get_feed_language(make_feed_key(str(language)))] = _history_from_json(entry)
            if not isinstance(data["trial"], bool):
                raise TypeError(f"trial must be true or false, not {data['trial']!r}")  # noqa: TRY301 - handled like the other errors
            return cls(
                trial=data["trial"],
                url=parse_text(data["url"]),
                feeds=feeds,
                records=records,
                files={parse_text(key): parse_count(size) for key, size in data["files"].items()},
            )
        except (KeyError, TypeError, AttributeError, UnicodeError, RecursionError, OverflowError) as error:
            raise ValueError(f"not a manifest of podcastkit: {explain_damage(error)}") from error


def _history_from_json(entry: Any) -> FeedHistory:  # noqa: ANN401 - parsed JSON
    digest = str(entry["feed"]["sha256"])
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"not the SHA-256 of a feed: {digest!r}")
    history = tuple(_release_from_json(release) for release in entry["history"])
    return FeedHistory(feed_sha256=digest, history=history)


def _release_from_json(entry: Any) -> Release:  # noqa: ANN401 - parsed JSON
    digest = str(entry["feed"])
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"not an entry of the history: {entry!r}")
    return Release(
        feed_sha256=digest,
        at=parse_moment(entry["at"]),
        size=parse_count(entry["size"]),
        episodes=parse_count(entry["episodes"]),
    )
