from __future__ import annotations

import io
import random
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.ogg import OggWalk, walk_pages
from tests.media.damage import damage_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]

_FIRST, _LAST = 2, 4
_OPUS = b"OpusHead\1\2" + bytes(9)


def _walk_data(data: bytes) -> OggWalk:
    return walk_pages(io.BytesIO(data), len(data))


def _make_page(flags: int, position: int, number: int, *packets: bytes, serial: int = 1) -> bytes:
    sizes = bytes(size for packet in packets for size in (*[255] * (len(packet) // 255), len(packet) % 255))
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, serial, number, 0, len(sizes))
    return head + sizes + b"".join(packets)


def _make_stream(*, serial: int = 1, head: bytes = _OPUS, late: int = 0) -> bytes:
    """Return a stream of four pages. The last two contain one second of audio each."""
    sound = [b"x" * 300] * 50
    return b"".join(
        (
            _make_page(_FIRST, 0, 0, head, serial=serial),
            _make_page(0, 0, 1, b"OpusTags", serial=serial),
            _make_page(0, late + 48_000, 2, *sound, serial=serial),
            _make_page(_LAST, late + 96_000, 3, *sound, serial=serial),
        )
    )


def test_length_is_position_of_last_page() -> None:
    walk = _walk_data(_make_stream())

    assert (walk.position, walk.truncated, walk.simple) == (96_000, False, True)
    assert walk.heads[0].startswith(b"OpusHead")


@pytest.mark.parametrize(
    ("data", "truncated"),
    [
        pytest.param(_make_stream() + _make_stream(serial=2), False, id="a chain"),
        pytest.param(_make_stream() * 2, False, id="a chain of the same"),
        pytest.param(_make_stream() + b"junk", False, id="junk at the end"),
        pytest.param(_make_stream()[:-1], True, id="a byte is missing"),
        pytest.param(
            _make_stream()[: -len(_make_page(_LAST, 0, 3, *[b"x" * 300] * 50))], True, id="a page is missing"
        ),
        pytest.param(_make_stream() + _make_stream()[:2000], True, id="a truncated chain"),
        pytest.param(_make_stream().replace(b"x" * 9_000, b"x" * 7_000), True, id="bytes are missing"),
        pytest.param(
            _make_stream().replace(_make_page(0, 0, 1, b"OpusTags"), b""), False, id="the tags are missing"
        ),
        pytest.param(_make_stream(late=100_000), False, id="cut out of a longer stream"),
        pytest.param(b"OggS" + bytes(100), True, id="zeros"),
        pytest.param(b"OggS", True, id="only a mark"),
    ],
)
def test_damaged_or_joined_streams_are_not_simple(data: bytes, truncated: bool) -> None:
    walk = _walk_data(data)

    assert (walk.truncated, walk.simple) == (truncated, False)


@pytest.mark.parametrize("position", [-1, 0, 24_000, 2**40], ids=["unset", "zero", "backwards", "years later"])
def test_stream_with_invalid_last_position_is_not_single(position: int) -> None:
    walk = _walk_data(_make_stream().replace(struct.pack("<q", 96_000), struct.pack("<q", position)))

    assert (walk.truncated, walk.single) == (False, False)


def test_page_after_foreign_bytes_is_found() -> None:
    walk = _walk_data(b"junk" * 30_000 + _make_stream())

    assert (walk.position, walk.truncated, walk.simple) == (96_000, False, False)


def test_streams_of_same_format_share_a_head() -> None:
    mono, stereo = _make_stream(head=b"OpusHead\1\1" + bytes(9)), _make_stream(head=_OPUS[:-1] + b"\7")

    assert len(_walk_data(_make_stream() + stereo).heads) == 1
    assert len(_walk_data(_make_stream() + mono).heads) == 2


def test_stream_of_one_page_is_simple() -> None:
    data = _make_page(_FIRST, 0, 0, _OPUS) + _make_page(_LAST, 48_000, 1, b"x")

    assert _walk_data(data).simple


def test_number_of_gaps_is_limited() -> None:
    assert _walk_data((b"OggS\0" + b"\xff" * 40) * 50_000).position == 0


@pytest.mark.slow
@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["sound.ogg", "flac.oga", "sound.opus", "long-late.opus"])
def test_files_from_encoders_are_complete(name: str, sound: Sound) -> None:
    walk = _walk_data(sound(name).read_bytes())

    assert not walk.truncated
    assert walk.simple == (name != "long-late.opus")


@pytest.mark.parametrize("name", ["sound.ogg", "flac.oga", "sound.opus"])
def test_damaged_files_raise_no_error(name: str, sound: Sound) -> None:
    whole, rng = sound(name).read_bytes(), random.Random(name)  # noqa: S311 - the same damage in each run
    for _ in range(500):
        walk = _walk_data(damage_file(whole, rng))
        assert len(walk.heads) <= 16
        assert walk.position < 2**63


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_no_error(data: bytes) -> None:
    assert not _walk_data(b"OggS\0" + data).simple or data
