"""Read the tags of an MP4 file as iTunes writes them: `moov.udta.meta.ilst` (QuickTime File Format, "Metadata")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from podcastkit.media.containers.atoms import Atom

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_VALUE_HEAD_SIZE = 8
"""Bytes before a value: its type and a locale."""
_LIST = b"ilst"
_TAG_ATOMS = {b"udta", b"meta", _LIST}
"""The atoms that contain tags."""
_HEADER_SIZE = 8
"""Bytes of the smallest atom: a size and a name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Items:
    """The types and values of each tag by its name, and messages about tags that are left out."""

    values: Mapping[bytes, Sequence[tuple[int, bytes]]]
    damaged: tuple[str, ...]


class _Item(NamedTuple):
    """A tag with the type of its value; `value` is None if the atom with this name is damaged."""

    name: bytes
    kind: int
    value: bytes | None


def read_items(file: BinaryIO, size: int) -> Mp4Items:
    """Read the tags of an MP4 file of `size` bytes."""
    values: dict[bytes, list[tuple[int, bytes]]] = {}
    damaged: dict[str, None] = {}
    for index in Atom(file, b"", 0, size).find(b"moov"):
        for item in _read_tags_inside(index):
            if item.value is not None:
                values.setdefault(item.name, []).append((item.kind, item.value))
            elif item.name == _LIST:
                damaged["the MP4 tags are damaged; unreadable tags are left out"] = None
            else:
                name = item.name.decode("latin-1")
                damaged[f"the MP4 tag {name} is damaged and left out"] = None
    return Mp4Items(values=values, damaged=tuple(damaged))


def _read_tags_inside(parent: Atom) -> Iterator[_Item]:
    """Yield the tags in an atom and in the atoms inside it."""
    atoms, damaged_name = _split_atoms(parent)
    # Damage in other parts of the index does not affect the tags.
    if damaged_name in _TAG_ATOMS or (damaged_name is not None and parent.kind in _TAG_ATOMS):
        yield _Item(_LIST, 0, None)
    for atom in atoms:
        if atom.kind == _LIST:
            yield from _read_list(atom)
        elif atom.kind == b"meta":
            # In MP4, unlike QuickTime, this atom begins with a version.
            first_bytes = atom.read(_HEADER_SIZE)
            yield from _read_tags_inside(
                atom if first_bytes[4:] == b"hdlr" else atom._replace(start=atom.start + 4)
            )
        elif atom.kind == b"udta":
            yield from _read_tags_inside(atom)


def _read_list(items: Atom) -> Iterator[_Item]:
    """Yield the tags in a tag list (`ilst`)."""
    atoms, damaged_name = _split_atoms(items)
    if damaged_name is not None:
        yield _Item(damaged_name, 0, None)
    for item in atoms:
        parts, damaged_part_name = _split_atoms(item)
        if damaged_part_name is not None:
            yield _Item(item.kind, 0, None)
            continue
        for part in parts:
            data = part.read() if part.kind == b"data" else b""
            if len(data) >= _VALUE_HEAD_SIZE:
                yield _Item(item.kind, int.from_bytes(data[1:4], "big"), data[_VALUE_HEAD_SIZE:])


def _split_atoms(parent: Atom) -> tuple[list[Atom], bytes | None]:
    """Return the complete atoms inside an atom, and the name of the damaged atom after them, or None.

    If the name of the damaged atom is unreadable, return the name of `parent` instead.
    """
    atoms: list[Atom] = []
    last_end = parent.start
    for atom in parent.read_children():
        if atom.end > parent.end:
            return atoms, atom.kind
        atoms.append(atom)
        last_end = atom.end
    rest = parent._replace(start=last_end).read(_HEADER_SIZE)
    if not rest.strip(b"\0"):
        return atoms, None
    return atoms, rest[4:] if rest[4:] in _TAG_ATOMS else parent.kind
