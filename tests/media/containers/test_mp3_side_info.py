"""What of an MP3 frame a decoder refuses, against what ffmpeg does."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from podcastkit.media.containers.mp3 import walk_frames
from podcastkit.media.containers.mp3_side_info import holds_sound
from podcastkit.media.decoded_length import decode

if TYPE_CHECKING:
    from pathlib import Path

_HEADS = [
    pytest.param("fffb9064", 417, id="stereo"),
    pytest.param("fffa9064", 417, id="stereo, with a checksum"),
    pytest.param("fffb90c4", 417, id="mono"),
    pytest.param("fff390c4", 261, id="MPEG-2, mono"),
    pytest.param("fff39064", 261, id="MPEG-2, stereo"),
    pytest.param("ffe39064", 522, id="MPEG-2.5"),
]


@pytest.mark.ffmpeg
@pytest.mark.parametrize(("head", "size"), _HEADS)
def test_a_decoder_refuses_the_same_frames(head: str, size: int, tmp_path: Path) -> None:
    dice = random.Random(size)  # noqa: S311 - noise that is the same in each run
    data = b"".join(bytes.fromhex(head) + dice.randbytes(size - 4) for _ in range(300))
    path = tmp_path / "noise.mp3"
    path.write_bytes(data)

    walk = walk_frames(data)
    assert walk
    assert walk.heard < walk.declared * 0.9
    assert decode("mp3", path).duration.total_seconds() == pytest.approx(walk.heard.total_seconds(), abs=0.2)


@pytest.mark.parametrize(("head", "size"), _HEADS)
def test_a_silent_frame_is_played(head: str, size: int) -> None:
    assert holds_sound(bytes.fromhex(head).ljust(size, b"\0"))


def test_a_frame_smaller_than_its_side_information_is_judged_by_what_is_there() -> None:
    assert holds_sound(bytes.fromhex("fff31064").ljust(24, b"\0"))
