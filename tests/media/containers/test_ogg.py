from __future__ import annotations

import io
import random
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.ogg import OggWalk, walk_pages
from tests.media.damage import damaged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]

_FIRST, _LAST = 2, 4
_OPUS = b"OpusHead\1\2" + bytes(9)


def _walk(data: bytes) -> OggWalk:
    return walk_pages(io.BytesIO(data), len(data))


def _page(flags: int, position: int, number: int, *packets: bytes, serial: int = 1) -> bytes:
    sizes = bytes(size for packet in packets for size in (*[255] * (len(packet) // 255), len(packet) % 255))
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, serial, number, 0, len(sizes))
    return head + sizes + b"".join(packets)


def _stream(*, serial: int = 1, head: bytes = _OPUS, late: int = 0) -> bytes:
    """Return a stream of four pages, of which two hold a second of sound each."""
    sound = [b"x" * 300] * 50
    return b"".join(
        (
            _page(_FIRST, 0, 0, head, serial=serial),
            _page(0, 0, 1, b"OpusTags", serial=serial),
            _page(0, late + 48_000, 2, *sound, serial=serial),
            _page(_LAST, late + 96_000, 3, *sound, serial=serial),
        )
    )


def test_a_stream_is_as_long_as_its_last_page_says() -> None:
    walk = _walk(_stream())

    assert (walk.position, walk.truncated, walk.simple) == (96_000, False, True)
    assert walk.heads[0].startswith(b"OpusHead")


@pytest.mark.parametrize(
    ("data", "truncated"),
    [
        pytest.param(_stream() + _stream(serial=2), False, id="a chain"),
        pytest.param(_stream() * 2, False, id="a chain of the same"),
        pytest.param(_stream() + b"junk", False, id="junk behind"),
        pytest.param(_stream()[:-1], True, id="a byte is missing"),
        pytest.param(_stream()[: -len(_page(_LAST, 0, 3, *[b"x" * 300] * 50))], True, id="a page is missing"),
        pytest.param(_stream() + _stream()[:2000], True, id="a chain that is cut"),
        pytest.param(_stream().replace(b"x" * 9_000, b"x" * 7_000), True, id="bytes are missing"),
        pytest.param(_stream().replace(_page(0, 0, 1, b"OpusTags"), b""), False, id="the tags are missing"),
        pytest.param(_stream(late=100_000), False, id="cut out of a longer one"),
        pytest.param(b"OggS" + bytes(100), True, id="zeros"),
        pytest.param(b"OggS", True, id="a mark alone"),
    ],
)
def test_what_is_not_one_whole_stream_is_not_simple(data: bytes, truncated: bool) -> None:
    walk = _walk(data)

    assert (walk.truncated, walk.simple) == (truncated, False)


@pytest.mark.parametrize("moment", [-1, 0, 24_000, 2**40], ids=["none", "zero", "back in time", "years later"])
def test_a_last_moment_that_makes_no_sense_is_not_believed(moment: int) -> None:
    walk = _walk(_stream().replace(struct.pack("<q", 96_000), struct.pack("<q", moment)))

    assert (walk.truncated, walk.single) == (False, False)


def test_a_page_behind_junk_is_found() -> None:
    walk = _walk(b"junk" * 30_000 + _stream())

    assert (walk.position, walk.truncated, walk.simple) == (96_000, False, False)


def test_streams_of_a_kind_have_one_head() -> None:
    mono, stereo = _stream(head=b"OpusHead\1\1" + bytes(9)), _stream(head=_OPUS[:-1] + b"\7")

    assert len(_walk(_stream() + stereo).heads) == 1
    assert len(_walk(_stream() + mono).heads) == 2


def test_a_stream_of_one_page_is_never_late() -> None:
    data = _page(_FIRST, 0, 0, _OPUS) + _page(_LAST, 48_000, 1, b"x")

    assert _walk(data).simple


def test_endless_marks_are_left_unread() -> None:
    assert _walk((b"OggS\0" + b"\xff" * 40) * 50_000).position == 0


@pytest.mark.slow
@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["sound.ogg", "flac.oga", "sound.opus", "long-late.opus"])
def test_what_programs_write_is_whole(name: str, sound: Sound) -> None:
    walk = _walk(sound(name).read_bytes())

    assert not walk.truncated
    assert walk.simple == (name != "long-late.opus")


@pytest.mark.parametrize("name", ["sound.ogg", "flac.oga", "sound.opus"])
def test_damage_is_walked_without_harm(name: str, sound: Sound) -> None:
    whole, dice = sound(name).read_bytes(), random.Random(name)  # noqa: S311 - the same damage in each run
    for _ in range(500):
        walk = _walk(damaged(whole, dice))
        assert len(walk.heads) <= 16
        assert walk.position < 2**63


@given(st.binary(max_size=300))
def test_any_bytes_are_walked_without_harm(data: bytes) -> None:
    assert not _walk(b"OggS\0" + data).simple or data
