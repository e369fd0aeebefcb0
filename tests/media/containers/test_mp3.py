from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.media.containers.mp3 import FrameWalk, skip_id3, walk_frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]
    Surgery = Callable[[bytes], bytes]

_RANDOM = random.Random(3)  # noqa: S311 - noise that is the same in each run
_ZEROS = bytes(2_000_000)
_NOISE = _RANDOM.randbytes(2_000_000)
_HTML = b"<!DOCTYPE html>" + b"".join(b"<p>%d \xff\xfb\x90\x64</p>" % (number**3) for number in range(500))
_APE = b"APETAGEX" + _RANDOM.randbytes(300_000) + b"APETAGEX" + bytes(24)
_ID3V1 = b"TAG" + b"A title".ljust(125, b"\0")
_GUESSED_WRONGLY = {"vbr-bare.mp3", "silent-start.mp3", "loud-start.mp3", "mpeg2.mp3"}
"""Of which the first frame does not tell the others' bitrate, and no header the length."""
_SILENT_FRAME = b"\xff\xfb\x90\x64".ljust(417, b"\0")


def _walk(data: bytes) -> FrameWalk:
    walk = walk_frames(data)
    assert walk is not None
    return walk


def _seconds(data: bytes) -> float:
    return _walk(data).duration.total_seconds()


def _id3(size: int, *, footer: bool = False) -> bytes:
    sizes = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    head = b"\x04\x00" + (b"\x10" if footer else b"\x00") + sizes
    return b"ID3" + head + _RANDOM.randbytes(size) + (b"3DI" + head if footer else b"")


def _hole(data: bytes) -> bytes:
    start, size = len(data) // 4, len(data) // 20
    return data[:start] + bytes(size) + data[start + size :]


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    "name",
    [
        "cbr.mp3",
        "abr.mp3",
        "vbr.mp3",
        "mono.mp3",
        "cbr-bare.mp3",
        "vbr-bare.mp3",
        "silent-start.mp3",
        "loud-start.mp3",
        "mpeg2.mp3",
        "mpeg2-tagged.mp3",
        "mpeg2-mono.mp3",
        "mpeg25.mp3",
    ],
)
def test_the_length_is_what_a_decoder_gets(
    name: str, sound: Sound, decoded_seconds: Callable[[Path], float]
) -> None:
    walk = _walk(sound(name).read_bytes())

    assert walk.duration.total_seconds() == pytest.approx(decoded_seconds(sound(name)), abs=0.05)
    assert (walk.truncated, walk.gaps) == (False, ())
    assert (walk.shown is None) == (name not in _GUESSED_WRONGLY)


@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "mono.mp3", "mpeg2-tagged.mp3"])
def test_what_the_encoder_added_is_no_part_of_the_length(name: str, sound: Sound) -> None:
    seconds = _seconds(sound(name).read_bytes())

    assert seconds == pytest.approx(round(seconds), abs=0.0005)


@pytest.mark.parametrize(
    ("surgery", "gaps"),
    [
        pytest.param(lambda data: data + _APE + _ID3V1, 0, id="APE and ID3v1 tags behind"),
        pytest.param(lambda data: data + _ZEROS, 0, id="zeros behind"),
        pytest.param(lambda data: data + _NOISE, 0, id="noise behind"),
        pytest.param(lambda data: _ZEROS[:65_536] + data, 0, id="zeros before"),
        pytest.param(lambda data: _NOISE[:100_000] + data, 0, id="a little noise before"),
        pytest.param(lambda data: _NOISE + data, 0, id="much noise before"),
        pytest.param(lambda data: _HTML + data, 0, id="a web page before"),
        pytest.param(lambda data: _id3(50_000) + _id3(300, footer=True) + data, 0, id="several ID3v2 tags before"),
        pytest.param(
            lambda data: b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + data, 0, id="an ID3v2 tag longer than the file"
        ),
        pytest.param(lambda data: data[:20_000] + _NOISE[:3_000] + data[20_000:], 1, id="noise within a frame"),
    ],
)
@pytest.mark.parametrize("name", ["cbr.mp3", "cbr-bare.mp3", "vbr-bare.mp3"])
def test_what_is_no_sound_does_not_count(name: str, surgery: Surgery, gaps: int, sound: Sound) -> None:
    whole = sound(name).read_bytes()
    walk = _walk(surgery(whole))

    assert walk.duration.total_seconds() == pytest.approx(_seconds(whole), abs=0.05)
    assert len(walk.gaps) == gaps
    assert not walk.truncated
    assert (walk.shown is None) == (name not in _GUESSED_WRONGLY)


def test_a_hole_is_stepped_over_and_is_no_cut(sound: Sound) -> None:
    whole = sound("cbr.mp3").read_bytes()
    walk = _walk(_hole(whole))

    assert walk.duration.total_seconds() == pytest.approx(_seconds(whole) * 0.95, abs=0.1)
    assert [gap.total_seconds() for gap in walk.gaps] == pytest.approx([_seconds(whole) * 0.25], abs=0.1)
    assert not walk.truncated


@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "mpeg2-tagged.mp3", "mono.mp3"])
@pytest.mark.parametrize("surgery", [lambda data: data, _hole], ids=["", "with a hole"])
def test_a_file_that_ends_too_early_is_truncated(name: str, surgery: Surgery, sound: Sound) -> None:
    whole = surgery(sound(name).read_bytes())
    walk = _walk(whole[: len(whole) // 2])

    assert walk.truncated


def test_a_truncated_file_without_a_header_has_the_length_of_the_rest(sound: Sound) -> None:
    whole = sound("cbr-bare.mp3").read_bytes()
    walk = _walk(whole[: len(whole) // 2])

    assert walk.duration.total_seconds() == pytest.approx(_seconds(whole) / 2, abs=0.05)
    assert not walk.truncated


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "mpeg2-tagged.mp3"])
@pytest.mark.parametrize("strip", [False, True], ids=["each with its tag", "the second without its tag"])
def test_joined_files_are_as_long_as_both(
    name: str, strip: bool, tmp_path: Path, sound: Sound, decoded_seconds: Callable[[Path], float]
) -> None:
    one = sound(name).read_bytes()
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(one + (one[skip_id3(one) :] if strip else one))
    walk = _walk(joined.read_bytes())

    assert walk.duration.total_seconds() == pytest.approx(2 * _seconds(one), abs=0.1)
    assert walk.duration.total_seconds() == pytest.approx(decoded_seconds(joined), abs=0.06)
    assert walk.shown == pytest.approx(_walk(one).duration, abs=timedelta(seconds=0.1))
    assert walk.gaps == ()
    assert not walk.truncated
    assert walk.frames == 2 * _walk(one).frames


def test_a_joined_file_of_which_the_second_is_cut_is_truncated(sound: Sound) -> None:
    one = sound("cbr.mp3").read_bytes()

    assert _walk(one + one[: len(one) // 2]).truncated


def test_files_of_different_kinds_can_be_joined(sound: Sound) -> None:
    one, other = sound("cbr-bare.mp3").read_bytes(), sound("mpeg2.mp3").read_bytes()
    walk = _walk(one + other)

    assert walk.duration.total_seconds() == pytest.approx(_seconds(one) + _seconds(other), abs=0.001)
    assert (walk.sample_rate, walk.channels, walk.gaps) == (44100, 2, ())


def test_the_facts_are_those_of_the_frames(sound: Sound) -> None:
    stereo, mono = _walk(sound("cbr.mp3").read_bytes()), _walk(sound("mpeg25.mp3").read_bytes())

    assert (stereo.bitrate, stereo.sample_rate, stereo.channels) == (128_000, 44_100, 2)
    assert (mono.bitrate, mono.sample_rate, mono.channels) == (24_000, 11_025, 1)


@pytest.mark.parametrize("tail", [b"", _ID3V1, _APE], ids=["alone", "ID3v1 behind", "APE behind"])
def test_one_frame_is_a_file(tail: bytes) -> None:
    walk = _walk(_SILENT_FRAME + tail)

    assert walk.frames == 1
    assert walk.duration.total_seconds() == pytest.approx(1152 / 44100, abs=1e-6)


def test_the_last_frame_does_not_count_when_a_part_is_missing() -> None:
    assert _walk(_SILENT_FRAME * 3 + _SILENT_FRAME[:100]).frames == 3
    assert _walk(_SILENT_FRAME * 9 + _SILENT_FRAME[:100]).frames == 9


def _vbri(promised: int) -> bytes:
    head = _SILENT_FRAME[:36] + b"VBRI\0\1\0\0\0\0" + bytes(4) + promised.to_bytes(4, "big")
    return head.ljust(417, b"\0") + _SILENT_FRAME * 100


@pytest.mark.parametrize(
    ("promised", "truncated", "shown"),
    [(100, False, None), (101, False, None), (200, True, 200), (50, False, 50), (0xFFFF_FFFF, False, None)],
)
def test_a_vbri_header_promises_as_well(promised: int, truncated: bool, shown: int | None) -> None:
    walk = _walk(_vbri(promised))

    assert (walk.frames, walk.truncated) == (100, truncated)
    assert walk.shown == (shown and timedelta(seconds=shown * 1152 / 44100))


def test_an_info_frame_in_front_of_another_promises_the_same_sound() -> None:
    info = (_SILENT_FRAME[:36] + b"Xing\0\0\0\1" + (100).to_bytes(4, "big")).ljust(417, b"\0")
    walk = _walk(info * 2 + _SILENT_FRAME * 100)

    assert (walk.frames, walk.truncated, walk.shown) == (100, False, None)


def test_an_info_frame_that_promises_nothing_proves_nothing() -> None:
    walk = _walk((_SILENT_FRAME[:36] + b"Info" + bytes(4)).ljust(417, b"\0") + _SILENT_FRAME * 20)

    assert (walk.frames, walk.truncated, walk.shown) == (20, False, None)


def test_a_header_that_ends_within_its_frame_proves_nothing() -> None:
    tiny = b"\xff\xfb\x10\xc4".ljust(104, b"\0")
    info = tiny[:21] + b"Xing\0\0\0\x0f" + b"\0\0\0\x14"
    walk = _walk(info.ljust(104, b"\0") + tiny * 20)

    assert (walk.frames, walk.truncated, walk.shown) == (20, False, None)


def test_silence_longer_than_the_sound_is_not_believed() -> None:
    info = _SILENT_FRAME[:36] + b"Info\0\0\0\0LAME3.100".ljust(29, b"\0") + b"\xff\xff\xff"
    walk = _walk(info.ljust(417, b"\0") + _SILENT_FRAME * 2)

    assert walk.duration.total_seconds() == pytest.approx(2 * 1152 / 44100, abs=1e-6)


def test_sound_that_spells_info_is_sound() -> None:
    spelling = b"\xff\xfb\x90\x64" + b"\x01" * 32 + b"Info\0\0\0\1\0\0\xff\xff"
    walk = _walk(_SILENT_FRAME * 5 + spelling.ljust(417, b"\0") + _SILENT_FRAME * 5)

    assert (walk.frames, walk.truncated) == (11, False)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff", id="one byte"),
        pytest.param(b"Hello, this is text.\n" * 2_000, id="text"),
        pytest.param(_ZEROS, id="zeros"),
        pytest.param(b"\xff" * 500_000, id="ones"),
        pytest.param(_NOISE, id="noise"),
        pytest.param(_HTML, id="a web page"),
        pytest.param("MP3 ".encode("utf-16") * 50_000, id="UTF-16"),
        pytest.param(b"\xff\xfb\x90\x64" * 50_000, id="headers alone"),
        pytest.param(_SILENT_FRAME[:100], id="a part of a frame"),
        pytest.param(_id3(5_000), id="a tag alone"),
        pytest.param((_SILENT_FRAME[:36] + b"Info").ljust(417, b"\0"), id="an info frame alone"),
        pytest.param(bytes(17_000_000) + _SILENT_FRAME * 50, id="sound behind too much junk"),
    ],
)
def test_what_holds_no_frames_has_no_length(data: bytes) -> None:
    assert walk_frames(data) is None


@pytest.mark.parametrize("seed", range(40))
def test_noise_never_has_frames(seed: int) -> None:
    noise = random.Random(seed).randbytes(100_000)  # noqa: S311 - the same in each run

    assert walk_frames(noise) is None
