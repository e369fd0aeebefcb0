"""Complete sound after a slightly wrong header or after a tag must be read and decoded."""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.encoding import is_deliverable
from podcastkit.media.measuring import measure
from podcastkit.media.probing import probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]
    Change = Callable[[bytes], bytes]

pytestmark = pytest.mark.ffmpeg

_TAG = b"ID3\3\0\0\0\0\2\0" + bytes(256)
_WAVE64_DATA = bytes.fromhex("64617461f3acd3118cd100c04f8edb8a")
_MILLISECOND = timedelta(milliseconds=1)


def _set_size(mark: bytes, struct_format: str, change: Callable[[int], int]) -> Change:
    """Change the size after a mark."""

    def set_size(whole: bytes) -> bytes:
        at = whole.index(mark) + len(mark)
        (size,) = struct.unpack_from(struct_format, whole, at)
        new = struct.pack(struct_format, change(size) % 256 ** struct.calcsize(struct_format))
        return whole[:at] + new + whole[at + len(new) :]

    return set_size


def _replace_with(size: int) -> Callable[[int], int]:
    return lambda _: size


def _add(bytes_: int) -> Callable[[int], int]:
    return lambda size: size + bytes_


def _add_chunk(before: bytes, content: bytes, struct_format: str, padding: bytes) -> Change:
    """Insert a chunk with this padding before another one."""
    chunk = b"NAME" + struct.pack(struct_format, len(content)) + content + padding
    return lambda whole: whole[: whole.index(before)] + chunk + whole[whole.index(before) :]


def _set_long_size(size: int) -> Change:
    return lambda whole: whole[:28] + struct.pack("<Q", size) + whole[36:]


_SMALL_ERRORS = [
    *(
        pytest.param("stereo.wav", _set_size(b"data", "<I", _add(more)), id=f"WAV, {more} bytes too many")
        for more in (2, 44, 8000)
    ),
    *(
        pytest.param("stereo.wav", _set_size(b"data", "<I", _replace_with(size)), id=f"WAV, {size:#x}")
        for size in (0, 2, 0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF - 36)
    ),
    *(pytest.param("long.wav", _set_long_size(size), id=f"RF64, {size:#x}") for size in (0, 2**64 - 1, 2**63 - 1)),
    *(
        pytest.param("long.w64", _set_size(_WAVE64_DATA, "<Q", _replace_with(size)), id=f"Wave64, {size:#x}")
        for size in (0, 24, 2**64 - 1, 2**63 - 1, 2**32 - 1)
    ),
    pytest.param("long.wav", lambda whole: whole.replace(b"ds64", b"JUNK"), id="RF64 without ds64"),
    pytest.param("stereo.wav", lambda whole: whole.replace(b"data", b"DATA"), id="WAV, upper case"),
    *(
        pytest.param("stereo.wav", lambda whole, at=at: whole[:at] + b"\0\0" + whole[at + 2 :], id=f"WAV, {what} 0")
        for at, what in ((32, "block size"), (34, "bits"))
    ),
    pytest.param("stereo.wav", lambda whole: whole[:32] + b"\2" + whole[33:], id="WAV, half a block"),
    pytest.param("sound.aiff", lambda whole: whole[:4] + bytes(4) + whole[8:], id="AIFF, no file size"),
    pytest.param("long.w64", _set_size(_WAVE64_DATA, "<Q", _add(44)), id="Wave64, too many"),
    pytest.param("long.w64", lambda whole: whole[:16] + bytes(8) + whole[24:], id="Wave64, no file size"),
    pytest.param("long.caf", _set_size(b"data", ">Q", _add(44)), id="CAF, too many"),
    pytest.param("long.caf", _set_size(b"data", ">Q", _replace_with(2**64 - 1)), id="CAF, unknown size"),
    pytest.param("sound.aiff", _set_size(b"SSND", ">I", _add(44)), id="AIFF, too many"),
    pytest.param("sound.aiff", _set_size(b"SSND", ">I", _replace_with(0)), id="AIFF, size 0"),
    pytest.param("sound.aiff", _set_size(b"SSND", ">I", _replace_with(8)), id="AIFF, size of empty sound"),
    *(
        pytest.param(
            name, _add_chunk(before, content, struct_format, padding), id=f"{name}, {len(content)}+{len(padding)}"
        )
        for name, before, struct_format in (("stereo.wav", b"data", "<I"), ("sound.aiff", b"SSND", ">I"))
        for content, padding in ((b"odd", b""), (b"odd", b"\0"), (b"even", b"\0"), (b"odd", b"\0\0"))
    ),
]


@pytest.mark.parametrize(("name", "change"), _SMALL_ERRORS)
def test_small_header_errors_are_corrected(name: str, change: Change, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / name
    path.write_bytes(change(sound(name).read_bytes()))
    good = probe(sound(name))

    assert abs(probe(path).duration - good.duration) < _MILLISECOND
    assert abs(measure(path).duration - good.duration) < 2 * _MILLISECOND


@pytest.mark.parametrize(
    ("name", "change", "seconds"),
    [
        ("stereo.wav", _set_size(b"data", "<I", _add(176_400)), 7),
        ("sound.aiff", _set_size(b"SSND", ">I", _replace_with(176_400 * 3 + 8)), 6),
        ("stereo.wav", lambda whole: whole[:-176_400], 6),
        ("long-fast.m4a", lambda whole: whole[: len(whole) // 2], 30),
        ("long-cbr.mp3", lambda whole: whole[: len(whole) // 2], 30),
        ("long.flac", lambda whole: whole[: len(whole) // 2], 30),
        ("long.w64", lambda whole: whole[:-176_400], 30),
    ],
)
def test_error_contains_stated_duration(
    name: str, change: Change, seconds: float, tmp_path: Path, sound: Sound
) -> None:
    path = tmp_path / name
    path.write_bytes(change(sound(name).read_bytes()))
    with pytest.raises(
        MediaError, match=rf"is cut short: the file contains only .* of the {seconds}\.0 s that its header"
    ) as error:
        probe(path)

    assert error.value.declared is not None
    assert error.value.declared.total_seconds() == pytest.approx(seconds, abs=0.05)


@pytest.mark.parametrize(
    "name",
    [
        *("stereo.wav", "long.wav", "sound.aiff", "plain.m4a", "fragmented.m4a", "sound.flac", "sound.ogg"),
        *(
            "sound.opus",
            "long.caf",
            "long.w64",
            "long.wv",
            "long.tta",
            "long.wma",
            "long.mka",
            "long.au",
            "long.mp2",
        ),
        *("cbr.mp3", "sound.aac", "adpcm.wav"),
    ],
)
def test_sound_after_id3_tag_is_read(name: str, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / name
    path.write_bytes(_TAG + sound(name).read_bytes())
    good, audio = probe(sound(name)), probe(path)

    assert audio.size == path.stat().st_size
    assert replace(audio, path=good.path, size=good.size, bitrate=good.bitrate, extent=None) == good
    assert abs(measure(path).duration - measure(sound(name)).duration) < _MILLISECOND


def test_m4a_after_id3_tag_is_not_published_unchanged(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "tagged.m4a"
    path.write_bytes(_TAG + sound("plain.m4a").read_bytes())

    assert is_deliverable(probe(sound("plain.m4a")))
    assert not is_deliverable(probe(path))


def test_empty_wav_before_other_chunks_is_rejected(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "empty.wav"
    head = sound("stereo.wav").read_bytes().partition(b"data")[0]
    path.write_bytes(head + b"data\0\0\0\0LIST\4\0\0\0INFO")
    with pytest.raises(MediaError, match="without audio"):
        probe(path)
