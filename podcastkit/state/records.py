"""Convert the records of a published show to and from JSON, for the lock file and the manifest."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from typing import TYPE_CHECKING, Any

from podcastkit.model import AlternateRecord, EpisodeRecord, Media, Records, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Mapping

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_WithTranslations = EpisodeRecord | Withdrawal | Records

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LARGEST_COUNT = 2**63 - 1
_LONGEST_SECONDS = 10**7
# No slash and no leading dot after the folder, so that a key cannot lead to another folder.
_MEDIA_KEY = re.compile(r"media/[A-Za-z0-9_-][A-Za-z0-9._-]*")


class NewerSchemaError(ValueError):
    """A newer version of podcastkit wrote the file."""


def records_to_json(records: Records) -> dict[str, object]:
    """Return records as JSON values, with durations in seconds and dates in ISO 8601."""
    data: dict[str, object] = {
        "guid": records.guid,
        "episodes": [_episode_to_json(record) for record in records.episodes],
    }
    if records.withdrawn:
        data["withdrawn"] = [_withdrawal_to_json(withdrawal) for withdrawal in records.withdrawn]
    return data | _write_translated_guids(records)


def write_json(data: Mapping[str, object]) -> bytes:
    """Return JSON with each entry of the lists and tables on its own line.

    Version control then shows one line per changed episode. Python's fast JSON encoder writes each line; it cannot
    indent.
    """
    members = (f"  {_dump(key)}: {_dump_lines(value)}" for key, value in data.items())
    return ("{\n" + ",\n".join(members) + "\n}\n").encode()


def _dump_lines(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"    {_dump(entry)}" for entry in value) + "\n  ]"
    if isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"    {_dump(key)}: {_dump(entry)}" for key, entry in value.items()) + "\n  }"
    return _dump(value)


_dump = json.JSONEncoder(ensure_ascii=False).encode


def records_from_json(data: Any) -> Records:  # noqa: ANN401 - parsed JSON
    """Read the output of `records_to_json`; raise ValueError for anything else."""
    try:
        if data.get("schema", 1) != 1:
            raise NewerSchemaError("a newer version of podcastkit wrote this file; update podcastkit")
        return Records(
            guid=None if data["guid"] is None else _parse_uuid(data["guid"]),
            episodes=tuple(_episode_from_json(entry) for entry in data["episodes"]),
            withdrawn=tuple(_withdrawal_from_json(entry) for entry in data.get("withdrawn", ())),
            translated=tuple((language, _parse_uuid(guid)) for language, guid in _read_translated_guids(data)),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a record of a show: {explain_damage(error)}") from error


def explain_damage(error: Exception) -> str:
    """Return a message for an exception that was raised while reading JSON."""
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def merge_records(first: Records, second: Records) -> Records:
    """Merge two sets of records. If both have an episode with the same GUID, the first set takes precedence.

    An episode that is withdrawn in either set is withdrawn in the result, with the files to delete of both sets.
    """
    withdrawn = {withdrawal.guid: withdrawal for withdrawal in second.withdrawn}
    for withdrawal in first.withdrawn:
        other_files = withdrawn[withdrawal.guid].files if withdrawal.guid in withdrawn else ()
        files = tuple(dict.fromkeys((*withdrawal.files, *other_files)))
        translated = _merge_translated_guids(withdrawal, withdrawn.get(withdrawal.guid))
        # Both sets can have files left to delete.
        withdrawn[withdrawal.guid] = replace(withdrawal, files=files, translated=translated)
    # The first set replaces episodes of the second; the order of both stays.
    episodes = {record.guid: record for record in second.episodes}
    for record in first.episodes:
        episodes[record.guid] = replace(
            record, translated=_merge_translated_guids(record, episodes.get(record.guid))
        )
    guids = dict.fromkeys(record.guid for record in (*first.episodes, *second.episodes))
    return Records(
        guid=first.guid or second.guid,
        episodes=tuple(episodes[guid] for guid in guids if guid not in withdrawn),
        withdrawn=tuple(withdrawn[guid] for guid in sorted(withdrawn)),
        translated=_merge_translated_guids(first, second),
    )


def _merge_translated_guids(
    first: _WithTranslations, second: _WithTranslations | None
) -> tuple[tuple[str, str], ...]:
    """Merge the translated GUIDs of two records; the first takes precedence."""
    return tuple(sorted((dict(second.translated if second else ()) | dict(first.translated)).items()))


def finish_withdrawals(records: Records) -> Records:
    """Return records in which all files of withdrawn episodes are deleted."""
    return replace(records, withdrawn=tuple(replace(withdrawal, files=()) for withdrawal in records.withdrawn))


def _episode_to_json(record: EpisodeRecord) -> dict[str, object]:
    prefix = {"prefix": record.prefix} if record.prefix else {}
    alternates = [_alternate_to_json(alternate) for alternate in record.alternates]
    return {
        "guid": record.guid,
        "folder": record.folder,
        "published": record.published.isoformat(),
        "master": {"sha256": record.master_sha256},
        "media": _media_to_json(record.media),
        **prefix,
        **_write_translated_guids(record),
        **({"alternates": alternates} if alternates else {}),
    }


def _alternate_to_json(record: AlternateRecord) -> dict[str, object]:
    return {
        "title": record.title,
        "lang": record.lang,
        "master": {"sha256": record.master_sha256},
        "media": _media_to_json(record.media),
    }


def _media_to_json(media: Media) -> dict[str, object]:
    return {
        "key": media.key,
        "size": media.size,
        "sha256": media.sha256,
        "type": media.content_type,
        "duration": media.duration.total_seconds(),
        "recipe": media.recipe,
        **({"bitrate": media.bitrate} if media.bitrate else {}),
        **({"offset": media.offset.total_seconds()} if media.offset else {}),
        **({"encoder": media.encoder} if media.encoder else {}),
    }


def _withdrawal_to_json(withdrawal: Withdrawal) -> dict[str, object]:
    return {
        "guid": withdrawal.guid,
        "at": withdrawal.at.isoformat(),
        "folder_sha256": withdrawal.folder_sha256,
        "master_sha256": withdrawal.master_sha256,
        "files": list(withdrawal.files),
        **_write_translated_guids(withdrawal),
        **({"number": withdrawal.number} if withdrawal.number else {}),
        **({"season": withdrawal.season} if withdrawal.season else {}),
    }


def _write_translated_guids(record: _WithTranslations) -> dict[str, object]:
    return {"translated": dict(record.translated)} if record.translated else {}


def _read_translated_guids(entry: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - parsed JSON
    return tuple(
        sorted(
            (_parse_language(language), parse_text(guid)) for language, guid in entry.get("translated", {}).items()
        )
    )


def _parse_language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"not a language code: {text!r}")
    return text


def _withdrawal_from_json(entry: Any) -> Withdrawal:  # noqa: ANN401 - parsed JSON
    return Withdrawal(
        guid=parse_text(entry["guid"]),
        at=parse_moment(entry["at"]),
        folder_sha256=_parse_optional_text(entry["folder_sha256"]),
        master_sha256=_parse_optional_text(entry["master_sha256"]),
        files=tuple(parse_text(key) for key in entry["files"]),
        translated=_read_translated_guids(entry),
        number=_parse_optional_count(entry.get("number")),
        season=_parse_optional_count(entry.get("season")),
    )


def _episode_from_json(entry: Any) -> EpisodeRecord:  # noqa: ANN401 - parsed JSON
    return EpisodeRecord(
        guid=parse_text(entry["guid"]),
        folder=parse_text(entry["folder"]),
        published=parse_moment(entry["published"]),
        master_sha256=parse_text(entry["master"]["sha256"]),
        media=_media_from_json(entry["media"]),
        prefix=_prefix_from_json(entry.get("prefix")),
        translated=_read_translated_guids(entry),
        alternates=tuple(_alternate_from_json(alternate) for alternate in entry.get("alternates", ())),
    )


def _alternate_from_json(entry: Any) -> AlternateRecord:  # noqa: ANN401 - parsed JSON
    return AlternateRecord(
        title=_parse_optional_text(entry["title"]),
        lang=_parse_optional_text(entry["lang"]),
        master_sha256=parse_text(entry["master"]["sha256"]),
        media=_media_from_json(entry["media"]),
    )


def _media_from_json(entry: Any) -> Media:  # noqa: ANN401 - parsed JSON
    if not _MEDIA_KEY.fullmatch(entry["key"]):
        raise ValueError(f"not the key of a media file: {entry['key']!r}")
    return Media(
        key=parse_text(entry["key"]),
        size=parse_count(entry["size"]),
        sha256=parse_text(entry["sha256"]),
        content_type=parse_text(entry["type"]),
        duration=_parse_seconds(entry["duration"], minimum=0),
        recipe=parse_text(entry["recipe"]),
        bitrate=parse_count(entry["bitrate"]) if "bitrate" in entry else None,
        offset=_parse_seconds(entry.get("offset", 0), minimum=-_LONGEST_SECONDS),
        encoder=_parse_optional_text(entry.get("encoder")),
    )


def _prefix_from_json(value: object) -> str | None:
    prefix = _parse_optional_text(value)
    if prefix is not None and not prefix.startswith(("https://", "http://")):
        raise ValueError(f"not a URL prefix: {prefix!r}")
    return prefix


def parse_moment(text: str) -> datetime:
    """Parse a date with a time zone; raise ValueError or TypeError for anything else.

    Dates in the first and the last year are refused, because they are out of range in some time zones.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not MINYEAR < moment.year < MAXYEAR:
        raise ValueError(f"not a date with a time zone: {text}")
    return moment


def parse_count(value: object) -> int:
    """Check and return a count or a number of bytes; raise TypeError or ValueError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected a whole number, not {value!r}")
    if not 0 <= value <= _LARGEST_COUNT:
        raise ValueError(f"not a valid count or size: {value:.3g}")
    return value


def _parse_seconds(value: object, *, minimum: float) -> timedelta:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"expected a number of seconds, not {value!r}")
    if not minimum <= value <= _LONGEST_SECONDS:  # also refuses nan
        raise ValueError(f"not a valid number of seconds: {value:.3g}")
    return timedelta(seconds=value)


def _parse_uuid(value: object) -> str:
    text = parse_text(value)
    if not _UUID.fullmatch(text):
        raise ValueError(f"the show's guid is not a UUID: {text[:100]!r}")
    return text


def parse_text(value: object) -> str:
    """Check and return text that UTF-8 can encode; raise TypeError or ValueError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, not {value!r}")
    value.encode()  # raises an error for a lone surrogate, which cannot be written again
    return value


def _parse_optional_count(value: object) -> int | None:
    return None if value is None else parse_count(value)


def _parse_optional_text(value: object) -> str | None:
    return None if value is None else parse_text(value)
