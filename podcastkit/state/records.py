"""The records of a published show as JSON: the form that the lock and the manifest share."""

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
_Translated = EpisodeRecord | Withdrawal | Records

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LARGEST_COUNT = 2**63 - 1
_LONGEST_SECONDS = 10**7
_MEDIA_KEY = re.compile(r"media/[A-Za-z0-9_-][A-Za-z0-9._-]*")


class NewerSchemaError(ValueError):
    """A newer podcastkit wrote it."""


def records_to_json(records: Records) -> dict[str, object]:
    """Return the records as JSON values; lengths in seconds, moments in ISO 8601."""
    data: dict[str, object] = {
        "guid": records.guid,
        "episodes": [_episode_to_json(record) for record in records.episodes],
    }
    if records.withdrawn:
        data["withdrawn"] = [_withdrawal_to_json(withdrawal) for withdrawal in records.withdrawn]
    return data | _translated_to_json(records)


def write_json(data: Mapping[str, object]) -> bytes:
    """Return JSON with each entry of its lists and tables on a line of its own.

    So version control shows an episode as a line, and Python's fast encoder, which knows no indentation, does it.
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


def records_from_json(data: Any) -> Records:  # noqa: ANN401 - it comes out of a JSON file
    """Return the records that `records_to_json` wrote; raise ValueError when it is something else."""
    try:
        if data.get("schema", 1) != 1:
            raise NewerSchemaError("a newer podcastkit wrote it, so this one does not touch it: update podcastkit")
        return Records(
            guid=None if data["guid"] is None else _uuid(data["guid"]),
            episodes=tuple(_episode_from_json(entry) for entry in data["episodes"]),
            withdrawn=tuple(_withdrawal_from_json(entry) for entry in data.get("withdrawn", ())),
            translated=tuple((language, _uuid(guid)) for language, guid in _translated_from_json(data)),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a record of a show: {explain_damage(error)}") from error


def explain_damage(error: Exception) -> str:
    """Return what is wrong with JSON, from the exception that reading it raised."""
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def merge_records(first: Records, second: Records) -> Records:
    """Return all that both remember; where both know an episode (by its GUID), the first is believed.

    An episode that either knows as withdrawn is remembered as that only, with all that either has left to delete.
    """
    withdrawn = {withdrawal.guid: withdrawal for withdrawal in second.withdrawn}
    for withdrawal in first.withdrawn:
        left = withdrawn[withdrawal.guid].files if withdrawal.guid in withdrawn else ()
        files = tuple(dict.fromkeys((*withdrawal.files, *left)))
        translated = _merge(withdrawal, withdrawn.get(withdrawal.guid))
        withdrawn[withdrawal.guid] = replace(withdrawal, files=files, translated=translated)
    episodes = {record.guid: record for record in second.episodes}
    for record in first.episodes:
        episodes[record.guid] = replace(record, translated=_merge(record, episodes.get(record.guid)))
    order = dict.fromkeys(record.guid for record in (*first.episodes, *second.episodes))
    return Records(
        guid=first.guid or second.guid,
        episodes=tuple(episodes[guid] for guid in order if guid not in withdrawn),
        withdrawn=tuple(withdrawn[guid] for guid in sorted(withdrawn)),
        translated=_merge(first, second),
    )


def _merge(first: _Translated, second: _Translated | None) -> tuple[tuple[str, str], ...]:
    """Return the GUIDs by language that either remembers; the first is believed."""
    return tuple(sorted((dict(second.translated if second else ()) | dict(first.translated)).items()))


def finish_withdrawals(records: Records) -> Records:
    """Return the records as they are when everything of the withdrawn episodes is deleted."""
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
        **_translated_to_json(record),
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
        **_translated_to_json(withdrawal),
        **({"number": withdrawal.number} if withdrawal.number else {}),
        **({"season": withdrawal.season} if withdrawal.season else {}),
    }


def _translated_to_json(remembered: _Translated) -> dict[str, object]:
    return {"translated": dict(remembered.translated)} if remembered.translated else {}


def _translated_from_json(entry: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - it comes out of JSON
    return tuple(
        sorted((_language(language), parse_text(guid)) for language, guid in entry.get("translated", {}).items())
    )


def _language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise ValueError(f"not the code of a language: {text!r}")
    return text


def _withdrawal_from_json(entry: Any) -> Withdrawal:  # noqa: ANN401 - as below
    return Withdrawal(
        guid=parse_text(entry["guid"]),
        at=parse_moment(entry["at"]),
        folder_sha256=_text_or_none(entry["folder_sha256"]),
        master_sha256=_text_or_none(entry["master_sha256"]),
        files=tuple(parse_text(key) for key in entry["files"]),
        translated=_translated_from_json(entry),
        number=_count_or_none(entry.get("number")),
        season=_count_or_none(entry.get("season")),
    )


def _episode_from_json(entry: Any) -> EpisodeRecord:  # noqa: ANN401 - as above
    return EpisodeRecord(
        guid=parse_text(entry["guid"]),
        folder=parse_text(entry["folder"]),
        published=parse_moment(entry["published"]),
        master_sha256=parse_text(entry["master"]["sha256"]),
        media=_media_from_json(entry["media"]),
        prefix=_prefix_from_json(entry.get("prefix")),
        translated=_translated_from_json(entry),
        alternates=tuple(_alternate_from_json(alternate) for alternate in entry.get("alternates", ())),
    )


def _alternate_from_json(entry: Any) -> AlternateRecord:  # noqa: ANN401 - as above
    return AlternateRecord(
        title=_text_or_none(entry["title"]),
        lang=_text_or_none(entry["lang"]),
        master_sha256=parse_text(entry["master"]["sha256"]),
        media=_media_from_json(entry["media"]),
    )


def _media_from_json(entry: Any) -> Media:  # noqa: ANN401 - as above
    if not _MEDIA_KEY.fullmatch(entry["key"]):
        raise ValueError(f"not the key of a media file: {entry['key']!r}")
    return Media(
        key=parse_text(entry["key"]),
        size=parse_count(entry["size"]),
        sha256=parse_text(entry["sha256"]),
        content_type=parse_text(entry["type"]),
        duration=_seconds(entry["duration"], least=0),
        recipe=parse_text(entry["recipe"]),
        bitrate=parse_count(entry["bitrate"]) if "bitrate" in entry else None,
        offset=_seconds(entry.get("offset", 0), least=-_LONGEST_SECONDS),
        encoder=_text_or_none(entry.get("encoder")),
    )


def _prefix_from_json(value: object) -> str | None:
    prefix = _text_or_none(value)
    if prefix is not None and not prefix.startswith(("https://", "http://")):
        raise ValueError(f"not a prefix of addresses: {prefix!r}")
    return prefix


def parse_moment(text: str) -> datetime:
    """Return a moment that every time zone can tell; raise ValueError or TypeError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or not MINYEAR < moment.year < MAXYEAR:
        raise ValueError(f"not a moment with its zone: {text}")
    return moment


def parse_count(value: object) -> int:
    """Return a number of bytes or things; raise TypeError or ValueError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a whole number was expected, not {value!r}")
    if not 0 <= value <= _LARGEST_COUNT:
        raise ValueError(f"not a number of bytes or things: {value:.3g}")
    return value


def _seconds(value: object, *, least: float) -> timedelta:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"a number of seconds was expected, not {value!r}")
    if not least <= value <= _LONGEST_SECONDS:  # also refuses nan
        raise ValueError(f"not a number of seconds: {value:.3g}")
    return timedelta(seconds=value)


def _uuid(value: object) -> str:
    text = parse_text(value)
    if not _UUID.fullmatch(text):
        raise ValueError(f"the guid of a show is not a UUID: {text[:100]!r}")
    return text


def parse_text(value: object) -> str:
    """Return a text that can be written again; raise TypeError or ValueError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {value!r}")
    value.encode()  # half a character could never be written again
    return value


def _count_or_none(value: object) -> int | None:
    return None if value is None else parse_count(value)


def _text_or_none(value: object) -> str | None:
    return None if value is None else parse_text(value)
