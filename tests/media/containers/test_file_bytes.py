from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.containers import mp3
from podcastkit.media.containers.file_bytes import FileBytes, view_from
from podcastkit.media.probing import probe
from tests.shows import make_mp3

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.media.containers.file_bytes import Bytes
    from podcastkit.media.containers.mp3 import FrameWalk

_DATA = bytes(range(256)) * 1024


@pytest.mark.parametrize(
    "where",
    [
        *(slice(0, 10), slice(100, 70_000), slice(70_000, 70_010), slice(5, 8), slice(-3, None), slice(None)),
        *(slice(262_140, 300_000), slice(300_000, 300_010), slice(20, 10)),
    ],
    ids=str,
)
def test_file_bytes_are_sliced_like_bytes(where: slice) -> None:
    data = FileBytes(io.BytesIO(_DATA), len(_DATA))

    assert len(data) == len(_DATA)
    assert data[1000:1010] == _DATA[1000:1010]
    assert data[where] == _DATA[where]


def test_view_from_returns_file_with_shifted_positions() -> None:
    rest = view_from(io.BytesIO(_DATA), 1000)

    assert rest.read(10) == _DATA[1000:1010]
    assert rest.seek(5) == rest.tell() == 5
    assert rest.read(3) == _DATA[1005:1008]
    assert rest.seek(0, io.SEEK_END) == len(_DATA) - 1000
    assert rest.seek(-10, io.SEEK_CUR) == len(_DATA) - 1010
    assert rest.read() == _DATA[-10:]


def test_file_that_became_shorter_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(make_mp3(300))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size // 2)
        walk = mp3.walk_frames(FileBytes(file, size))

    assert walk is not None
    assert walk.duration.total_seconds() == pytest.approx(150, abs=1)


def test_file_that_becomes_shorter_during_probe_raises_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(make_mp3(300))
    walk = mp3.walk_frames

    def shorten(data: Bytes) -> FrameWalk | None:
        with path.open("r+b") as file:
            file.truncate(100_000)
        return walk(data)

    monkeypatch.setattr(mp3, "walk_frames", shorten)
    with pytest.raises(MediaError, match=r"audio\.mp3 changed while it was being read"):
        probe(path)
