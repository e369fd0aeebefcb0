from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.adts import walk_frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]

_FRAME = b"\xff\xf1\x50\x80\x04\x1f\xfc".ljust(32, b"\0")
"""44.1 kHz, stereo, 32 bytes."""


@pytest.mark.ffmpeg
def test_the_length_is_what_a_decoder_gets(sound: Sound, decoded_seconds: Callable[[Path], float]) -> None:
    walk = walk_frames(sound("sound.aac").read_bytes(), 0)

    assert walk is not None
    assert walk.duration.total_seconds() == pytest.approx(decoded_seconds(sound("sound.aac")), abs=0.05)
    assert (walk.sample_rate, walk.channels, walk.complete) == (44_100, 2, True)


def test_the_count_ends_where_the_frames_end() -> None:
    walk = walk_frames(b"before" + _FRAME * 10 + b"TAG" + bytes(125), 6)

    assert walk is not None
    assert walk.duration.total_seconds() == pytest.approx(10 * 1024 / 44_100, abs=1e-6)
    assert not walk.complete


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xf1", id="half a header"),
        pytest.param(b"text, no sound", id="text"),
        pytest.param(_FRAME * 2 + b"text", id="too few frames"),
        pytest.param(_FRAME[:20], id="a part of a frame"),
        pytest.param((b"\xff\xf1\x50\x80\x00\x1f\xfc" * 9), id="frames without a length"),
        pytest.param((b"\xff\xf1\x7c" + _FRAME[3:]) * 9, id="no such sample rate"),
        pytest.param((b"\xff\xfb" + _FRAME[2:]) * 9, id="another layer"),
    ],
)
def test_what_holds_no_frames_has_no_length(data: bytes) -> None:
    assert walk_frames(data, 0) is None


@pytest.mark.slow
@given(st.binary(max_size=100))
def test_any_bytes_are_read_without_harm(data: bytes) -> None:
    walk = walk_frames(b"\xff\xf1" + data, 0)

    assert walk is None or walk.duration.total_seconds() > 0
