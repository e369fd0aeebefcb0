"""Compare the MP3 frames that count as playable with the frames that ffmpeg decodes."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from podcastkit.media.containers.mp3 import walk_frames
from podcastkit.media.containers.mp3_side_info import is_playable
from podcastkit.media.decoding import decode

if TYPE_CHECKING:
    from pathlib import Path

_HEADERS = [
    pytest.param("fffb9064", 417, id="stereo"),
    pytest.param("fffa9064", 417, id="stereo, with a checksum"),
    pytest.param("fffb90c4", 417, id="mono"),
    pytest.param("fff390c4", 261, id="MPEG-2, mono"),
    pytest.param("fff39064", 261, id="MPEG-2, stereo"),
    pytest.param("ffe39064", 522, id="MPEG-2.5"),
]


@pytest.mark.ffmpeg
@pytest.mark.parametrize(("head", "size"), _HEADERS)
def test_playable_length_of_noise_matches_decoder(head: str, size: int, tmp_path: Path) -> None:
    rng = random.Random(size)  # noqa: S311 - the same noise in each run
    data = b"".join(bytes.fromhex(head) + rng.randbytes(size - 4) for _ in range(300))
    path = tmp_path / "noise.mp3"
    path.write_bytes(data)

    walk = walk_frames(data)
    assert walk
    assert walk.playable_duration < walk.stated_duration * 0.9
    assert decode("mp3", path).duration.total_seconds() == pytest.approx(
        walk.playable_duration.total_seconds(), abs=0.2
    )


@pytest.mark.parametrize(("head", "size"), _HEADERS)
def test_silent_frame_is_playable(head: str, size: int) -> None:
    assert is_playable(bytes.fromhex(head).ljust(size, b"\0"))


def test_frame_shorter_than_side_information_is_playable() -> None:
    assert is_playable(bytes.fromhex("fff31064").ljust(24, b"\0"))
