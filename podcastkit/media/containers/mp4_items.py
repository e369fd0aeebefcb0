"""Read the tags of an MP4 file as iTunes writes them: `moov.udta.meta.ilst` (QuickTime File Format, "Metadata")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from podcastkit.media.containers.atoms import Atom

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_VALUE_HEAD = 8
"""Bytes in front of a value: its type, and a locale."""
_LIST = b"ilst"
_PLACES = {b"udta", b"meta", _LIST}
"""The atoms in which tags are."""
_SHORTEST = 8
"""Bytes of an atom."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4Items:
    """The values of each tag with their types, and what is wrong with those that are left out."""

    values: Mapping[bytes, Sequence[tuple[int, bytes]]]
    damaged: tuple[str, ...]


class _Item(NamedTuple):
    """A value of a tag; None: the atom of this name is damaged."""

    name: bytes
    kind: int
    value: bytes | None


def read_items(file: BinaryIO, size: int) -> Mp4Items:
    """Read the tags of an MP4 file of `size` bytes."""
    values: dict[bytes, list[tuple[int, bytes]]] = {}
    damaged: dict[str, None] = {}
    for index in Atom(file, b"", 0, size).find(b"moov"):
        for item in _read_place(index):
            if item.value is not None:
                values.setdefault(item.name, []).append((item.kind, item.value))
            elif item.name == _LIST:
                damaged["its MP4 tags are damaged; what cannot be read of them is left out"] = None
            else:
                name = item.name.decode("latin-1")
                damaged[f"the entry {name} of its MP4 tags is damaged and left out"] = None
    return Mp4Items(values=values, damaged=tuple(damaged))


def _read_place(place: Atom) -> Iterator[_Item]:
    atoms, damaged = _split(place)
    # What else is wrong with the index is no matter of its tags.
    if damaged in _PLACES or (damaged is not None and place.kind in _PLACES):
        yield _Item(_LIST, 0, None)
    for atom in atoms:
        if atom.kind == _LIST:
            yield from _read_list(atom)
        elif atom.kind == b"meta":
            # In MP4 it begins with a version; in QuickTime it does not.
            head = atom.read(_SHORTEST)
            yield from _read_place(atom if head[4:] == b"hdlr" else atom._replace(start=atom.start + 4))
        elif atom.kind == b"udta":
            yield from _read_place(atom)


def _read_list(items: Atom) -> Iterator[_Item]:
    atoms, damaged = _split(items)
    if damaged is not None:
        yield _Item(damaged, 0, None)
    for item in atoms:
        parts, damaged = _split(item)
        if damaged is not None:
            yield _Item(item.kind, 0, None)
            continue
        for part in parts:
            data = part.read() if part.kind == b"data" else b""
            if len(data) >= _VALUE_HEAD:
                yield _Item(item.kind, int.from_bytes(data[1:4], "big"), data[_VALUE_HEAD:])


def _split(parent: Atom) -> tuple[list[Atom], bytes | None]:
    """Return the atoms that are whole inside another, and the name of that which is damaged, if there is one."""
    atoms: list[Atom] = []
    end = parent.start
    for atom in parent.children():
        if atom.end > parent.end:
            return atoms, atom.kind
        atoms.append(atom)
        end = atom.end
    rest = parent._replace(start=end).read(_SHORTEST)
    if not rest.strip(b"\0"):
        return atoms, None
    return atoms, rest[4:] if rest[4:] in _PLACES else parent.kind
