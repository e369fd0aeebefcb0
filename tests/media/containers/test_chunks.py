from __future__ import annotations

import io
import random
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.chunks import (
    AIFF,
    ASF,
    CAF,
    RIFF,
    WAVE64,
    Chunk,
    Shape,
    count_missing_bytes,
    read_chunks,
)
from podcastkit.media.containers.pcm import read_aiff, read_wav
from tests.media.damage import damage_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]

_SHAPES = {"stereo.wav": RIFF, "sound.aiff": AIFF, "long.caf": CAF, "long.w64": WAVE64, "long.wma": ASF}


def _list_chunks(data: bytes, shape: Shape) -> list[Chunk]:
    return list(read_chunks(io.BytesIO(data), len(data), shape))


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        pytest.param(RIFF, bytes(12) + b"COMM\3\0\0\0abc\0SSND\2\0\0\0xy", id="RIFF"),
        pytest.param(AIFF, bytes(12) + b"COMM\0\0\0\3abc\0SSND\0\0\0\2xy", id="AIFF"),
        pytest.param(
            CAF, bytes(8) + b"COMM" + struct.pack(">Q", 3) + b"abcSSND" + struct.pack(">Q", 2) + b"xy", id="CAF"
        ),
        pytest.param(
            WAVE64,
            bytes(40)
            + b"COMM".ljust(16)
            + struct.pack("<Q", 27)
            + b"abc"
            + bytes(5)
            + b"SSND".ljust(16)
            + struct.pack("<Q", 26)
            + b"xy",
            id="Wave64",
        ),
        pytest.param(
            ASF,
            b"COMM".ljust(16) + struct.pack("<Q", 27) + b"abc" + b"SSND".ljust(16) + struct.pack("<Q", 26) + b"xy",
            id="ASF",
        ),
    ],
)
def test_consecutive_chunks_are_read(shape: Shape, data: bytes) -> None:
    first, second = _list_chunks(data, shape)

    assert (first.name.strip(), data[first.start : first.start + first.size]) == (b"COMM", b"abc")
    assert (second.name.strip(), data[second.start : second.start + second.size]) == (b"SSND", b"xy")
    assert count_missing_bytes(io.BytesIO(data), len(data), shape) == 0
    assert count_missing_bytes(io.BytesIO(data[:-1]), len(data) - 1, shape) == 1


def test_chunk_without_size_extends_to_end_of_file() -> None:
    data = bytes(8) + b"data" + b"\xff" * 8 + b"sound"

    assert _list_chunks(data, CAF) == [Chunk(b"data", 20, 5)]


@pytest.mark.parametrize(("shape", "name"), [(RIFF, b"data"), (AIFF, b"SSND")], ids=["RIFF", "AIFF"])
@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF - 36, 0x7FFFF000], ids=hex)
def test_piped_audio_extends_to_end_of_file_or_has_open_size(shape: Shape, name: bytes, size: int) -> None:
    data = bytes(12) + name + size.to_bytes(4, shape.order) + b"sound" + bytes(9)

    assert _list_chunks(data, shape) == [Chunk(name, 20, 14)]
    assert next(read_chunks(io.BytesIO(data), len(data), shape, open_size=5)) == Chunk(name, 20, 5)


@pytest.mark.parametrize("tail", [b"", b"LIST\4\0\0\0INFO", b"LIST\5\0\0\0INFO:\0"], ids=["", "even", "odd"])
def test_audio_with_size_0_before_other_chunks_is_empty(tail: bytes) -> None:
    chunk, *_ = _list_chunks(bytes(12) + b"data\0\0\0\0" + tail, RIFF)

    assert (chunk.name, chunk.size) == (b"data", 0)


@pytest.mark.parametrize(
    ("padding", "is_irregular"),
    [(b"", True), (b"\0", False), (b"\0\0", True)],
    ids=["missing", "one byte", "two bytes"],
)
@pytest.mark.parametrize("shape", [RIFF, AIFF], ids=["RIFF", "AIFF"])
def test_chunks_with_wrong_padding_are_found(padding: bytes, is_irregular: bool, shape: Shape) -> None:
    def make_chunk(name: bytes, content: bytes) -> bytes:
        return name + len(content).to_bytes(4, shape.order) + content

    sound = shape.sound or b""
    data = bytes(12) + make_chunk(b"NAME", b"odd") + padding + make_chunk(sound, b"sample")
    first, second = _list_chunks(data, shape)

    assert first == Chunk(b"NAME", 20, 3, is_irregular=False)
    assert second == Chunk(sound, 31 + len(padding), 6, is_irregular=is_irregular)


@pytest.mark.parametrize(("shape", "name"), [(RIFF, b"data"), (AIFF, b"SSND"), (RIFF, b"LIST")], ids=str)
def test_chunk_that_looks_valid_when_shifted_is_found(shape: Shape, name: bytes) -> None:
    first = b"NAME" + (3).to_bytes(4, shape.order) + b"odd"
    data = bytes(12) + first + name + ord("@").to_bytes(4, shape.order) + bytes(64)

    assert [chunk.name for chunk in _list_chunks(data, shape)] == [b"NAME", name]


def test_number_of_chunks_is_limited() -> None:
    assert _list_chunks(bytes(1000), WAVE64) == []
    assert len(_list_chunks(bytes(12) + b"FREE\0\0\0\0" * 20_000, AIFF)) == 10_000


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", _SHAPES)
def test_damaged_files_raise_no_error(name: str, sound: Sound) -> None:
    whole, rng = sound(name).read_bytes(), random.Random(name)  # noqa: S311 - the same damage in each run
    for _ in range(500):
        data = damage_file(whole[:20_000], rng)
        assert all(chunk.start <= len(data) for chunk in _list_chunks(data, _SHAPES[name]))
        for read in (read_aiff, read_wav):
            layout = read(io.BytesIO(data), len(data))
            assert layout is None or name in {"stereo.wav", "sound.aiff"}


@given(st.sampled_from(list(_SHAPES.values())), st.binary(max_size=300))
def test_arbitrary_bytes_raise_no_error(shape: Shape, data: bytes) -> None:
    assert all(chunk.size >= 0 for chunk in _list_chunks(data, shape))


@pytest.mark.parametrize(
    "chunk", [b"data\0\0\0\0", b"\xff\xfe\xfd\xfc\0\0\0\0"], ids=["empty audio", "invalid names"]
)
def test_reading_many_chunks_takes_linear_time(chunk: bytes) -> None:
    class CountingFile(io.BytesIO):
        steps = 0

        def read(self, size: int | None = -1, /) -> bytes:
            found = super().read(size)
            self.steps += 1 + len(found)
            return found

    def count_steps(chunks: int) -> int:
        data = b"RIFF\0\0\0\0WAVE" + chunk * chunks
        file = CountingFile(data)
        assert len(list(read_chunks(file, len(data), RIFF))) > 1
        return file.steps

    assert count_steps(800) <= 2.5 * count_steps(400)
