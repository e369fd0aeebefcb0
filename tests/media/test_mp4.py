from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.mp4 import Mp4Layout, read_layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]


def _atom(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _layout(data: bytes) -> Mp4Layout:
    return read_layout(io.BytesIO(data), len(data))


@pytest.mark.parametrize(
    ("name", "tracks", "fragmented"),
    [
        ("plain.m4a", (("soun", "mp4a"),), False),
        ("lossless.m4a", (("soun", "alac"),), False),
        ("fragmented.m4a", (("soun", "mp4a"),), True),
        ("film.mp4", (("vide", "mp4v"), ("soun", "mp4a")), False),
    ],
)
def test_the_tracks_are_named(
    name: str, tracks: tuple[tuple[str, str], ...], fragmented: bool, sound: Sound
) -> None:
    layout = _layout(sound(name).read_bytes())

    assert layout == Mp4Layout(truncated=False, indexed=True, fragmented=fragmented, tracks=tracks)


@pytest.mark.parametrize(("name", "indexed"), [("plain.m4a", False), ("fast.m4a", True)])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_that_ends_too_early_is_truncated(name: str, indexed: bool, part: float, sound: Sound) -> None:
    whole = sound(name).read_bytes()
    layout = _layout(whole[: int(len(whole) * part)])

    assert (layout.truncated, layout.indexed) == (True, indexed)


def test_sizes_can_be_long_or_left_open() -> None:
    wide = struct.pack(">I4sQ", 1, b"mdat", 16 + 4) + b"abcd"
    data = wide + _atom(b"moov") + struct.pack(">I4s", 0, b"free") + bytes(50)

    assert _layout(data) == Mp4Layout(truncated=False, indexed=True, fragmented=False, tracks=())


@pytest.mark.parametrize("tail", [b"\0\0\0", b"TAG" + bytes(125), b"\xff\xff\xff\xffjunk", b"\0\0\0\4junk" * 5])
def test_junk_behind_the_last_atom_is_no_cut(tail: bytes, sound: Sound) -> None:
    whole = sound("plain.m4a").read_bytes()

    assert not _layout(whole + tail).truncated


def test_atoms_without_end_are_left_unread() -> None:
    assert not _layout(_atom(b"free") * 100_000 + _atom(b"moov")).indexed


@given(st.lists(st.tuples(st.sampled_from([b"moov", b"trak", b"mdia", b"stsd", b"mdat"]), st.binary(max_size=40))))
def test_any_bytes_are_read_without_harm(atoms: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(_atom(kind, content) for kind, content in atoms)

    assert _layout(data).indexed == any(kind == b"moov" for kind, _ in atoms)
    assert len(_layout(_atom(b"moov", data)).tracks) <= len(atoms)
