from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from podcastkit.media.containers.mp3 import FrameWalk, skip_tags, walk_frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]
    Edit = Callable[[bytes], bytes]

_RANDOM = random.Random(3)  # noqa: S311 - the same noise in each run
_ZEROS = bytes(2_000_000)
_NOISE = _RANDOM.randbytes(2_000_000)
_HTML = b"<!DOCTYPE html>" + b"".join(b"<p>%d \xff\xfb\x90\x64</p>" % (number**3) for number in range(500))
_APE = b"APETAGEX" + _RANDOM.randbytes(300_000) + b"APETAGEX" + bytes(24)
_ID3V1 = b"TAG" + b"A title".ljust(125, b"\0")
_WRONG_ESTIMATES = {"vbr-bare.mp3", "silent-start.mp3", "loud-start.mp3", "mpeg2.mp3"}
"""Files without a header whose first frame does not have the average bitrate."""
_SILENT_FRAME = b"\xff\xfb\x90\x64".ljust(417, b"\0")


def _walk_data(data: bytes) -> FrameWalk:
    walk = walk_frames(data)
    assert walk is not None
    return walk


def _measure_seconds(data: bytes) -> float:
    return _walk_data(data).duration.total_seconds()


def _make_id3(size: int, *, footer: bool = False) -> bytes:
    sizes = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    head = b"\x04\x00" + (b"\x10" if footer else b"\x00") + sizes
    return b"ID3" + head + _RANDOM.randbytes(size) + (b"3DI" + head if footer else b"")


def _cut_gap(data: bytes) -> bytes:
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
def test_length_matches_decoder(name: str, sound: Sound, count_decoded_seconds: Callable[[Path], float]) -> None:
    walk = _walk_data(sound(name).read_bytes())

    assert walk.duration.total_seconds() == pytest.approx(count_decoded_seconds(sound(name)), abs=0.05)
    assert (walk.truncated, walk.gaps) == (False, ())
    assert (walk.shown is None) == (name not in _WRONG_ESTIMATES)


@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "mono.mp3", "mpeg2-tagged.mp3"])
def test_length_excludes_silence_added_by_encoder(name: str, sound: Sound) -> None:
    seconds = _measure_seconds(sound(name).read_bytes())

    assert seconds == pytest.approx(round(seconds), abs=0.0005)


@pytest.mark.parametrize(
    ("edit", "gaps"),
    [
        pytest.param(lambda data: data + _APE + _ID3V1, 0, id="APE and ID3v1 tags at the end"),
        pytest.param(lambda data: data + _ZEROS, 0, id="zeros at the end"),
        pytest.param(lambda data: data + _NOISE, 0, id="noise at the end"),
        pytest.param(lambda data: _ZEROS[:65_536] + data, 0, id="zeros before"),
        pytest.param(lambda data: _NOISE[:100_000] + data, 0, id="a little noise before"),
        pytest.param(lambda data: _NOISE + data, 0, id="much noise before"),
        pytest.param(lambda data: _HTML + data, 0, id="a web page before"),
        pytest.param(
            lambda data: _make_id3(50_000) + _make_id3(300, footer=True) + data, 0, id="several ID3v2 tags before"
        ),
        pytest.param(
            lambda data: b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + data, 0, id="an ID3v2 tag longer than the file"
        ),
        pytest.param(lambda data: data[:20_000] + _NOISE[:3_000] + data[20_000:], 1, id="noise inside a frame"),
    ],
)
@pytest.mark.parametrize("name", ["cbr.mp3", "cbr-bare.mp3", "vbr-bare.mp3"])
def test_foreign_bytes_do_not_change_the_length(name: str, edit: Edit, gaps: int, sound: Sound) -> None:
    whole = sound(name).read_bytes()
    walk = _walk_data(edit(whole))

    assert walk.duration.total_seconds() == pytest.approx(_measure_seconds(whole), abs=0.05)
    assert len(walk.gaps) == gaps
    assert not walk.truncated
    assert (walk.shown is None) == (name not in _WRONG_ESTIMATES)


def test_gap_in_file_is_skipped_and_reported(sound: Sound) -> None:
    whole = sound("cbr.mp3").read_bytes()
    walk = _walk_data(_cut_gap(whole))

    assert walk.duration.total_seconds() == pytest.approx(_measure_seconds(whole) * 0.95, abs=0.1)
    assert [gap.total_seconds() for gap in walk.gaps] == pytest.approx([_measure_seconds(whole) * 0.25], abs=0.1)
    assert not walk.truncated


@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "mpeg2-tagged.mp3", "mono.mp3"])
@pytest.mark.parametrize("edit", [lambda data: data, _cut_gap], ids=["complete", "with a gap"])
def test_file_that_ends_early_is_truncated(name: str, edit: Edit, sound: Sound) -> None:
    whole = edit(sound(name).read_bytes())
    walk = _walk_data(whole[: len(whole) // 2])

    assert walk.truncated


def test_truncated_file_without_header_is_not_detected(sound: Sound) -> None:
    whole = sound("cbr-bare.mp3").read_bytes()
    walk = _walk_data(whole[: len(whole) // 2])

    assert walk.duration.total_seconds() == pytest.approx(_measure_seconds(whole) / 2, abs=0.05)
    assert not walk.truncated


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "mpeg2-tagged.mp3"])
@pytest.mark.parametrize("strip", [False, True], ids=["both with tags", "second without tag"])
def test_joined_files_have_total_length(
    name: str, strip: bool, tmp_path: Path, sound: Sound, count_decoded_seconds: Callable[[Path], float]
) -> None:
    one = sound(name).read_bytes()
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(one + (one[skip_tags(one) :] if strip else one))
    walk = _walk_data(joined.read_bytes())

    assert walk.duration.total_seconds() == pytest.approx(2 * _measure_seconds(one), abs=0.1)
    assert walk.duration.total_seconds() == pytest.approx(count_decoded_seconds(joined), abs=0.06)
    assert walk.shown == pytest.approx(_walk_data(one).duration, abs=timedelta(seconds=0.1))
    assert walk.gaps == ()
    assert not walk.truncated
    assert walk.frames == 2 * _walk_data(one).frames


def test_joined_files_with_truncated_second_file_are_truncated(sound: Sound) -> None:
    one = sound("cbr.mp3").read_bytes()

    assert _walk_data(one + one[: len(one) // 2]).truncated


def test_joined_files_of_different_formats_have_total_length(sound: Sound) -> None:
    one, other = sound("cbr-bare.mp3").read_bytes(), sound("mpeg2.mp3").read_bytes()
    walk = _walk_data(one + other)

    assert walk.duration.total_seconds() == pytest.approx(
        _measure_seconds(one) + _measure_seconds(other), abs=0.001
    )
    assert (walk.sample_rate, walk.channels, walk.gaps) == (44100, 2, ())


def test_bitrate_sample_rate_and_channels_come_from_frames(sound: Sound) -> None:
    stereo, mono = _walk_data(sound("cbr.mp3").read_bytes()), _walk_data(sound("mpeg25.mp3").read_bytes())

    assert (stereo.bitrate, stereo.sample_rate, stereo.channels) == (128_000, 44_100, 2)
    assert (mono.bitrate, mono.sample_rate, mono.channels) == (24_000, 11_025, 1)


@pytest.mark.parametrize("tail", [b"", _ID3V1, _APE], ids=["no tag", "ID3v1 tag", "APE tag"])
def test_single_frame_is_a_valid_file(tail: bytes) -> None:
    walk = _walk_data(_SILENT_FRAME + tail)

    assert walk.frames == 1
    assert walk.duration.total_seconds() == pytest.approx(1152 / 44100, abs=1e-6)


def test_incomplete_last_frame_does_not_count() -> None:
    assert _walk_data(_SILENT_FRAME * 3 + _SILENT_FRAME[:100]).frames == 3
    assert _walk_data(_SILENT_FRAME * 9 + _SILENT_FRAME[:100]).frames == 9


def _make_vbri(promised: int) -> bytes:
    head = _SILENT_FRAME[:36] + b"VBRI\0\1\0\0\0\0" + bytes(4) + promised.to_bytes(4, "big")
    return head.ljust(417, b"\0") + _SILENT_FRAME * 100


@pytest.mark.parametrize(
    ("promised", "truncated", "shown"),
    [(100, False, None), (101, False, None), (200, True, 200), (50, False, 50), (0xFFFF_FFFF, False, None)],
)
def test_vbri_header_states_number_of_frames(promised: int, truncated: bool, shown: int | None) -> None:
    walk = _walk_data(_make_vbri(promised))

    assert (walk.frames, walk.truncated) == (100, truncated)
    assert walk.shown == (shown and timedelta(seconds=shown * 1152 / 44100))


def test_second_info_frame_is_not_counted_again() -> None:
    info = (_SILENT_FRAME[:36] + b"Xing\0\0\0\1" + (100).to_bytes(4, "big")).ljust(417, b"\0")
    walk = _walk_data(info * 2 + _SILENT_FRAME * 100)

    assert (walk.frames, walk.truncated, walk.shown) == (100, False, None)


def test_info_frame_without_count_is_ignored() -> None:
    walk = _walk_data((_SILENT_FRAME[:36] + b"Info" + bytes(4)).ljust(417, b"\0") + _SILENT_FRAME * 20)

    assert (walk.frames, walk.truncated, walk.shown) == (20, False, None)


def test_info_frame_that_is_too_short_is_ignored() -> None:
    tiny = b"\xff\xfb\x10\xc4".ljust(104, b"\0")
    info = tiny[:21] + b"Xing\0\0\0\x0f" + b"\0\0\0\x14"
    walk = _walk_data(info.ljust(104, b"\0") + tiny * 20)

    assert (walk.frames, walk.truncated, walk.shown) == (20, False, None)


def test_added_silence_longer_than_audio_is_ignored() -> None:
    info = _SILENT_FRAME[:36] + b"Info\0\0\0\0LAME3.100".ljust(29, b"\0") + b"\xff\xff\xff"
    walk = _walk_data(info.ljust(417, b"\0") + _SILENT_FRAME * 2)

    assert walk.duration.total_seconds() == pytest.approx(2 * 1152 / 44100, abs=1e-6)


def test_audio_frame_that_contains_info_is_counted() -> None:
    frame = b"\xff\xfb\x90\x64" + b"\x01" * 32 + b"Info\0\0\0\1\0\0\xff\xff"
    walk = _walk_data(_SILENT_FRAME * 5 + frame.ljust(417, b"\0") + _SILENT_FRAME * 5)

    assert (walk.frames, walk.truncated) == (11, False)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff", id="one byte"),
        pytest.param(b"Hello, this is text.\n" * 2_000, id="text"),
        pytest.param(_ZEROS, id="zeros"),
        pytest.param(b"\xff" * 500_000, id="ones"),
        pytest.param(_NOISE, id="noise"),
        pytest.param(_HTML, id="a web page"),
        pytest.param("MP3 ".encode("utf-16") * 50_000, id="UTF-16"),
        pytest.param(b"\xff\xfb\x90\x64" * 50_000, id="only headers"),
        pytest.param(_SILENT_FRAME[:100], id="an incomplete frame"),
        pytest.param(_make_id3(5_000), id="only a tag"),
        pytest.param((_SILENT_FRAME[:36] + b"Info").ljust(417, b"\0"), id="only an info frame"),
        pytest.param(bytes(17_000_000) + _SILENT_FRAME * 50, id="audio after too much junk"),
    ],
)
def test_data_without_frames_is_not_walked(data: bytes) -> None:
    assert walk_frames(data) is None


@pytest.mark.parametrize("seed", range(40))
def test_noise_has_no_frames(seed: int) -> None:
    noise = random.Random(seed).randbytes(100_000)  # noqa: S311 - the same in each run

    assert walk_frames(noise) is None
