"""Compare two feeds, and list the changes that subscribers will see."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from podcastkit.feed.tag_table import FILE_FIELDS
from podcastkit.model import EpisodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from podcastkit.model import LiveFeed, LiveItem


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change that subscribers will see."""

    kind: str
    """`new`, `removed`, `audio`, `title`, `notes`, `date`, `details`, `order` or `show`."""
    guid: str | None = None
    episode: str | None = None
    """The name of the episode for people, or None for a change of the show."""
    field: str | None = None
    """The name of the field that changes, such as `title`, or None for a new or removed episode."""
    old: str | None = None
    new: str | None = None
    destructive: bool = False
    language: str | None = None
    """The language of the translation that changes, or None for the original."""

    def to_dict(self) -> dict[str, object]:
        """Return the change for `plan --json`."""
        return asdict(self)


def compare_feeds(
    old: LiveFeed | None, new: LiveFeed, *, moved: tuple[str, str] | None = None
) -> tuple[Change, ...]:
    """Return the changes between two feeds that subscribers will see, in the order of the feed.

    `moved` are the old and the new public address, if the show moves: files that only move are not a change. These
    changes are destructive: a published episode is removed, its date changes, or the audio of all episodes changes.
    """
    if old is None:
        return tuple(_report_new_item(item) for item in new.items)
    if moved:
        old = _replace_address(old, *moved)
    old_items = {item.guid: item for item in old.items}
    new_items = {item.guid: item for item in new.items}
    changes = [*_compare_shows(old, new)]
    changes += [_report_removed_item(item) for item in old.items if item.guid not in new_items]
    for item in new.items:
        if item.guid in old_items:
            changes += _compare_items(old_items[item.guid], item)
        else:
            changes.append(_report_new_item(item))
    old_order = [guid for guid in old_items if guid in new_items]
    new_order = [guid for guid in new_items if guid in old_items]
    if old_order != new_order:
        changes.append(Change(kind="order", field="order"))
    return _mark_replaced_audio(changes, published=len(new_order))


_ADDRESS_FIELDS = FILE_FIELDS - {"audio"} | {"link"}
"""The fields, besides the audio, with addresses that begin with the public address of the show."""


def _replace_address(feed: LiveFeed, old: str, new: str) -> LiveFeed:
    def replace_addresses(fields: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value.replace(f"{old}/", f"{new}/") if name in _ADDRESS_FIELDS else value
            for name, value in fields.items()
        }

    items = tuple(replace(item, fields=replace_addresses(item.fields)) for item in feed.items)
    return replace(feed, fields=replace_addresses(feed.fields), items=items)


_OWN_KINDS = {"title", "notes", "date", "audio"}
"""The fields of an item whose changes have their own kind. Changes of all other fields are `details`."""


def _report_new_item(item: LiveItem) -> Change:
    return Change(kind="new", guid=item.guid, episode=_format_name(item), new=item.fields.get("date"))


def _report_removed_item(item: LiveItem) -> Change:
    return Change(kind="removed", guid=item.guid, episode=_format_name(item), destructive=True)


def _compare_items(old: LiveItem, new: LiveItem) -> Iterator[Change]:
    for name, before, after in _find_differences(old.fields, new.fields):
        if name in {"audio", "alternates"} and _remove_addresses(before) == _remove_addresses(after):
            continue  # the same file at another address: the change of the show's address covers this
        kind = name if name in _OWN_KINDS else "details"
        yield Change(
            kind=kind,
            guid=new.guid,
            episode=_format_name(new),
            field=name,
            old=before,
            new=after,
            destructive=kind == "date",
        )


def _compare_shows(old: LiveFeed, new: LiveFeed) -> Iterator[Change]:
    for name, before, after in _find_differences(old.fields, new.fields):
        yield Change(kind="show", field=name, old=before, new=after)


def _find_differences(
    old: Mapping[str, str], new: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield each field that differs: its name, its old value and its new value."""
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before != after:
            yield name, before, after


def _remove_addresses(value: str | None) -> str | None:
    """Return the value of a field with file names instead of addresses."""
    return re.sub(r"https?://\S*/", "", value) if value else None


def _mark_replaced_audio(changes: list[Change], *, published: int) -> tuple[Change, ...]:
    """Return the changes, with new audio as destructive if all published episodes get new audio."""
    replaced = [change for change in changes if change.kind == "audio"]
    # The audio of a single episode may be corrected, even if there is only one episode.
    if len(replaced) < max(published, 2):
        return tuple(changes)
    return tuple(replace(change, destructive=True) if change in replaced else change for change in changes)


def _format_name(item: LiveItem) -> str:
    if item.type is EpisodeType.FULL and item.number is not None:
        return f"Episode {item.number}, {item.title}"
    return item.title if item.type is EpisodeType.FULL else f"{item.type.value.capitalize()}, {item.title}"
