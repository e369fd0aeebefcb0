"""What is remembered of a published show, as JSON: the form that the lock and the manifest share."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from podcastkit.model import EpisodeRecord, Media, Records

_MEDIA_KEY = re.compile(r"media/[A-Za-z0-9_-][A-Za-z0-9._-]*")


def records_to_json(records: Records) -> dict[str, object]:
    """Return the records as JSON values; lengths in seconds, moments in ISO 8601."""
    return {
        "guid": records.guid,
        "episodes": [_episode_to_json(record) for record in records.episodes],
    }


def records_from_json(data: Any) -> Records:  # noqa: ANN401 - it comes out of a JSON file
    """Return the records that `records_to_json` wrote; raise ValueError when it is something else."""
    try:
        if data.get("schema", 1) != 1:
            raise ValueError("a newer podcastkit wrote it, so this one does not touch it: update podcastkit")
        episodes = tuple(_episode_from_json(entry) for entry in data["episodes"])
        return Records(guid=_text_or_none(data["guid"]), episodes=episodes)
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a record of a show: {error!r}") from error


def merge_records(first: Records, second: Records) -> Records:
    """Return all that both remember; where both know an episode (by its GUID), the first is believed."""
    known = {record.guid for record in first.episodes}
    missing = tuple(record for record in second.episodes if record.guid not in known)
    return Records(guid=first.guid or second.guid, episodes=first.episodes + missing)


def _episode_to_json(record: EpisodeRecord) -> dict[str, object]:
    media = record.media
    prefix = {"prefix": record.prefix} if record.prefix else {}
    return {
        "guid": record.guid,
        "folder": record.folder,
        "published": record.published.isoformat(),
        "master": {"sha256": record.master_sha256},
        "media": {
            "key": media.key,
            "size": media.size,
            "sha256": media.sha256,
            "type": media.content_type,
            "duration": media.duration.total_seconds(),
            "recipe": media.recipe,
        },
        **prefix,
    }


def _episode_from_json(entry: Any) -> EpisodeRecord:  # noqa: ANN401 - as above
    published = datetime.fromisoformat(entry["published"])
    if published.tzinfo is None:
        raise ValueError(f"a moment without its zone: {entry['published']}")
    return EpisodeRecord(
        guid=_text(entry["guid"]),
        folder=_text(entry["folder"]),
        published=published,
        master_sha256=_text(entry["master"]["sha256"]),
        media=_media_from_json(entry["media"]),
        prefix=_prefix_from_json(entry.get("prefix")),
    )


def _media_from_json(entry: Any) -> Media:  # noqa: ANN401 - as above
    if not _MEDIA_KEY.fullmatch(entry["key"]):
        raise ValueError(f"not the key of a media file: {entry['key']!r}")
    return Media(
        key=_text(entry["key"]),
        size=int(entry["size"]),
        sha256=_text(entry["sha256"]),
        content_type=_text(entry["type"]),
        duration=timedelta(seconds=float(entry["duration"])),
        recipe=_text(entry["recipe"]),
    )


def _prefix_from_json(value: object) -> str | None:
    prefix = _text_or_none(value)
    if prefix is not None and not prefix.startswith(("https://", "http://")):
        raise ValueError(f"not a prefix of addresses: {prefix!r}")
    return prefix


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {value!r}")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)
