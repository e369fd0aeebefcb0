"""Compare two feeds: the changes that subscribers will see."""

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
    """One change as subscribers will see it."""

    kind: str
    """`new`, `removed`, `audio`, `title`, `notes`, `date`, `details`, `order` or `show`."""
    guid: str | None = None
    episode: str | None = None
    """What people call it; None when the change is about the show."""
    field: str | None = None
    old: str | None = None
    new: str | None = None
    destructive: bool = False
    language: str | None = None
    """Of the translation whose subscribers see it; None: those of the feed itself."""

    def to_dict(self) -> dict[str, object]:
        """Return the change as it stands in `plan --json`."""
        return asdict(self)


def compare_feeds(
    old: LiveFeed | None, new: LiveFeed, *, moved: tuple[str, str] | None = None
) -> tuple[Change, ...]:
    """Return what subscribers will see change between two feeds, in the order of the feed.

    `moved` is the public address of the one and of the other: the same files at the new one are no change.
    Removing a published episode, moving its date and replacing the audio of all of them is destructive.
    """
    if old is None:
        return tuple(_new(item) for item in new.items)
    if moved:
        old = _at_new_address(old, *moved)
    before = {item.guid: item for item in old.items}
    after = {item.guid: item for item in new.items}
    changes = [*_show_changes(old, new)]
    changes += [_removed(item) for item in old.items if item.guid not in after]
    for item in new.items:
        changes += [*_item_changes(before[item.guid], item)] if item.guid in before else [_new(item)]
    order_before = [guid for guid in before if guid in after]
    order_after = [guid for guid in after if guid in before]
    if order_before != order_after:
        changes.append(Change(kind="order", field="order"))
    return _mark_replaced_audio(changes, published=len(order_after))


_NAMES_FILES = FILE_FIELDS - {"audio"} | {"link"}
"""The fields that hold addresses below the show's own, besides the audio."""


def _at_new_address(feed: LiveFeed, old: str, new: str) -> LiveFeed:
    def moved(fields: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value.replace(f"{old}/", f"{new}/") if name in _NAMES_FILES else value
            for name, value in fields.items()
        }

    items = tuple(replace(item, fields=moved(item.fields)) for item in feed.items)
    return replace(feed, fields=moved(feed.fields), items=items)


_KINDS = {"title", "notes", "date", "audio"}


def _new(item: LiveItem) -> Change:
    return Change(kind="new", guid=item.guid, episode=_name(item), new=item.fields.get("date"))


def _removed(item: LiveItem) -> Change:
    return Change(kind="removed", guid=item.guid, episode=_name(item), destructive=True)


def _item_changes(old: LiveItem, new: LiveItem) -> Iterator[Change]:
    for name, before, after in _differences(old.fields, new.fields):
        if name in {"audio", "alternates"} and _file_names(before) == _file_names(after):
            continue  # the same file at another address: the show's change of address says it
        kind = name if name in _KINDS else "details"
        yield Change(
            kind=kind,
            guid=new.guid,
            episode=_name(new),
            field=name,
            old=before,
            new=after,
            destructive=kind == "date",
        )


def _show_changes(old: LiveFeed, new: LiveFeed) -> Iterator[Change]:
    for name, before, after in _differences(old.fields, new.fields):
        yield Change(kind="show", field=name, old=before, new=after)


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        if before != after:
            yield name, before, after


def _file_names(audio: str | None) -> str | None:
    """Return what a feed says of audio, with the names of files in place of their addresses."""
    return re.sub(r"https?://\S*/", "", audio) if audio else None


def _mark_replaced_audio(changes: list[Change], *, published: int) -> tuple[Change, ...]:
    replaced = [change for change in changes if change.kind == "audio"]
    if len(replaced) < max(published, 2):  # the only episode that there is may be corrected like any other
        return tuple(changes)
    return tuple(replace(change, destructive=True) if change in replaced else change for change in changes)


def _name(item: LiveItem) -> str:
    if item.type is EpisodeType.FULL and item.number is not None:
        return f"Episode {item.number}, {item.title}"
    return item.title if item.type is EpisodeType.FULL else f"{item.type.value.capitalize()}, {item.title}"
