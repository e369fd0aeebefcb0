"""Known cases of wrong durations in headers. `probe` must return the decoded duration or reject the file."""

from __future__ import annotations

import random
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.ffmpeg import find_ffmpeg
from podcastkit.media.measuring import measure
from podcastkit.media.probing import probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.model import Audio

    Sound = Callable[[str], Path]
    Change = Callable[[bytes], bytes]

pytestmark = pytest.mark.ffmpeg

_RANDOM = random.Random(11)  # noqa: S311 - noise that is the same in each run
_NOISE = _RANDOM.randbytes(2_000_000)
_ID3V1 = b"TAG" + b"A title".ljust(125, b"\0")
_HTML = b"<!DOCTYPE html>" + b"".join(b"<p>%d \xff\xfb\x90\x64</p>" % number**3 for number in range(500))
_VBRI = (b"\xff\xfb\x90\x64" + bytes(32) + b"VBRI\0\1" + bytes(8) + struct.pack(">I", 1150)).ljust(417, b"\0")
"""A VBRI header for thirty seconds, as written by Fraunhofer's encoder."""


def _make_ape(size: int) -> bytes:
    def head(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII", 2000, size + 32, 1, flags) + bytes(8)

    return head(0xA000_0000) + _RANDOM.randbytes(size) + head(0x8000_0000)


_AMR = b"#!AMR\n" + 1500 * bytes.fromhex("3cd06fd5b9a139e5eecef6a9b7bd8d4a9ff0e2c17ab6d2f14c5e7d3a1b9c8e70")
"""Thirty seconds of AMR, the format of telephones: 1500 frames of 12.2 kbit/s."""


def _keep(whole: bytes) -> bytes:
    return whole


def _halve(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _cut_end(whole: bytes) -> bytes:
    return whole[:-20_000]


def _double(whole: bytes) -> bytes:
    return whole * 2


def _zero_middle(whole: bytes) -> bytes:
    return whole[:300_000] + bytes(40_000) + whole[340_000:]


def _set_data_size(size: int) -> Change:
    def fill_in(whole: bytes) -> bytes:
        at = whole.index(b"data") + 4
        return whole[:at] + struct.pack("<I", size) + whole[at + 4 :]

    return fill_in


def _remove_sample_count(whole: bytes) -> bytes:
    """Remove the number of samples from the header of a FLAC file, as in files that were written to a pipe."""
    return whole[:21] + bytes([whole[21] & 0xF0]) + bytes(4) + whole[26:]


def _set_wrong_sample_count(whole: bytes) -> bytes:
    return whole[:21] + bytes([whole[21] & 0xF0]) + struct.pack(">I", 20 * 44_100) + whole[26:]


_FILES = [
    pytest.param("long-cbr.mp3", _keep, id="CBR with a LAME tag"),
    pytest.param("long-abr.mp3", _keep, id="ABR with a LAME tag"),
    pytest.param("long-vbr.mp3", _keep, id="VBR with a LAME tag"),
    pytest.param("long-cbr-bare.mp3", _keep, id="CBR without a tag"),
    pytest.param("long-cbr-bare.mp3", lambda whole: _VBRI + whole, id="CBR with VBRI"),
    pytest.param("long-vbr-bare.mp3", _keep, id="VBR without a tag"),
    pytest.param("long-silent-start.mp3", _keep, id="VBR with a silent start"),
    pytest.param("long-loud-start.mp3", _keep, id="VBR with a loud start"),
    pytest.param("long-mpeg2.mp3", _keep, id="MPEG-2 VBR"),
    pytest.param("long-cbr.mp3", _double, id="joined, CBR"),
    pytest.param("long-vbr.mp3", _double, id="joined, VBR"),
    pytest.param("long-vbr-bare.mp3", _double, id="joined, VBR without a tag"),
    pytest.param("long-cbr-bare.mp3", _halve, id="cut, CBR without a tag"),
    pytest.param("long-cbr-bare.mp3", _zero_middle, id="a hole"),
    pytest.param("long.mp2", _keep, id="MP2"),
    pytest.param("long.m4a", _keep, id="M4A"),
    pytest.param("long-low.m4a", _keep, id="M4A at 16 kHz"),
    pytest.param("long-fast.m4a", _keep, id="M4A, index first"),
    pytest.param("long-fragmented.m4a", _keep, id="M4A, fragmented"),
    pytest.param("long-dash.m4a", _keep, id="M4A, fragmented for DASH"),
    pytest.param("long.flac", _keep, id="FLAC"),
    pytest.param("long-fine.flac", _keep, id="FLAC, 24 bits and six channels at 96 kHz"),
    pytest.param("long.flac", _remove_sample_count, id="FLAC, piped"),
    pytest.param("long.flac", _set_wrong_sample_count, id="FLAC, more than the header states"),
    pytest.param("long.flac", lambda whole: whole + _ID3V1, id="FLAC, ID3v1 after"),
    pytest.param("long.flac", lambda whole: whole + bytes(3000), id="FLAC, zeros after"),
    pytest.param("long.flac", lambda whole: b"ID3\4\0\0\0\0\1\0" + bytes(128) + whole, id="FLAC, ID3v2 before"),
    pytest.param("long.aiff", _keep, id="AIFF"),
    pytest.param("long.aifc", _keep, id="AIFF-C, little-endian"),
    pytest.param("long-mulaw.aifc", _keep, id="AIFF-C, mu-law"),
    pytest.param("long-ima.aifc", _keep, id="AIFF-C, compressed"),
    pytest.param("long-plain.wav", _keep, id="WAV"),
    pytest.param("long-plain.wav", _set_data_size(0xFFFFFFFF), id="WAV, piped"),
    pytest.param("long-plain.wav", _set_data_size(0), id="WAV, size 0"),
    pytest.param("long-64.wav", _keep, id="RF64"),
    pytest.param("long-adpcm.wav", _keep, id="WAV, ADPCM"),
    pytest.param("long-mp3.wav", _keep, id="WAV, MP3"),
    pytest.param("long.ogg", _keep, id="Vorbis"),
    pytest.param("long.opus", _keep, id="Opus"),
    pytest.param("long-slow.opus", _keep, id="Opus, long packets"),
    pytest.param("long-late.opus", _keep, id="Opus, cut out of a longer one"),
    pytest.param("long-flac.oga", _keep, id="FLAC in Ogg"),
    pytest.param("long.ogg", _double, id="Vorbis, chained"),
    pytest.param("long.opus", _double, id="Opus, chained"),
    pytest.param("long.aac", _keep, id="ADTS"),
    pytest.param("long.aac", lambda whole: whole + bytes(5000), id="ADTS, zeros after"),
    pytest.param("long.aac", _halve, id="ADTS, cut"),
    pytest.param("long.caf", _keep, id="CAF"),
    pytest.param("long-alac.caf", _keep, id="CAF, ALAC"),
    pytest.param("long.w64", _keep, id="Wave64"),
    pytest.param("long.wv", _keep, id="WavPack"),
    pytest.param("long.tta", _keep, id="True Audio"),
    pytest.param("long.wma", _keep, id="WMA"),
    pytest.param("long.mka", _keep, id="Matroska"),
    pytest.param("long.weba", _keep, id="WebM"),
    pytest.param("long.au", _keep, id="AU"),
    pytest.param("long.ac3", _keep, id="AC-3"),
    pytest.param("long.eac3", _keep, id="E-AC-3"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "change"), _FILES)
def test_probe_duration_equals_decoded_duration(
    name: str, change: Change, tmp_path: Path, sound: Sound, count_decoded_seconds: Callable[[Path], float]
) -> None:
    path = tmp_path / name
    path.write_bytes(change(sound(name).read_bytes()))
    audio = probe(path)

    assert audio.duration.total_seconds() == pytest.approx(count_decoded_seconds(path), abs=0.05)
    assert audio.exact


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda whole: whole + _make_ape(300_000) + _ID3V1, id="APE and ID3v1 after"),
        pytest.param(lambda whole: whole + bytes(2_000_000), id="2 MB of zeros after"),
        pytest.param(lambda whole: bytes(65_536) + whole, id="64 KB of zeros before"),
        pytest.param(lambda whole: _NOISE[:100_000] + whole, id="100 KB of noise before"),
        pytest.param(lambda whole: _NOISE + whole, id="2 MB of noise before"),
        pytest.param(lambda whole: _HTML + whole, id="a web page before"),
    ],
)
@pytest.mark.parametrize("name", ["long-cbr.mp3", "long-vbr.mp3", "long-cbr-bare.mp3", "long-vbr-bare.mp3"])
def test_junk_around_mp3_does_not_change_duration(
    name: str, change: Change, tmp_path: Path, sound: Sound, count_decoded_seconds: Callable[[Path], float]
) -> None:
    path = tmp_path / name
    path.write_bytes(change(sound(name).read_bytes()))
    audio = probe(path)

    assert audio.duration.total_seconds() == pytest.approx(count_decoded_seconds(sound(name)), abs=0.05)
    assert (audio.exact, audio.gaps) == (True, ())


def test_amr_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "voice.amr"
    path.write_bytes(_AMR)
    audio = probe(path)

    assert (audio.format, audio.sample_rate, audio.channels) == ("amr", 8000, 1)
    assert audio.duration.total_seconds() == pytest.approx(30, abs=0.05)


@pytest.mark.parametrize("change", [_halve, _cut_end], ids=["first half", "without end"])
@pytest.mark.parametrize(
    "name",
    [
        *("long-cbr.mp3", "long-vbr.mp3", "long.m4a", "long-fast.m4a", "long-fragmented.m4a", "long-dash.m4a"),
        *("long.flac", "long.aiff", "long-ima.aifc", "long-plain.wav", "long-64.wav", "long-adpcm.wav"),
        *("long.ogg", "long.opus", "long-flac.oga", "long.caf", "long-alac.caf", "long.w64", "long.wma"),
    ],
)
def test_truncated_file_is_rejected(name: str, change: Change, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / name
    path.write_bytes(change(sound(name).read_bytes()))
    if name.endswith(".mp3"):
        path.write_bytes(path.read_bytes()[:-10_000])  # MP3 tolerates half a second

    assert "is cut short" in _read_error(path)


@pytest.mark.parametrize("name", ["long.wv", "long.tta", "long.mka", "long.weba", "long.au"])
def test_truncated_file_of_decoded_format_is_rejected(name: str, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / name
    path.write_bytes(_halve(sound(name).read_bytes()))

    assert "is cut short" in _read_error(path)


def test_chained_ogg_with_truncated_end_is_rejected(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "chained.ogg"
    whole = sound("long.ogg").read_bytes()
    path.write_bytes(whole + _halve(whole))

    assert "is cut short" in _read_error(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "other"),
    [("long.ogg", "long-mono.ogg"), ("long.opus", "long-slow.opus"), ("long-flac.oga", "long.opus")],
)
def test_chained_ogg_of_different_kinds_is_rejected(one: str, other: str, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "chained.ogg"
    path.write_bytes(sound(one).read_bytes() + sound(other).read_bytes())

    assert "several recordings of different kinds" in _read_error(path)


@pytest.mark.parametrize(("codec", "suffix"), [("pcm_s16be", "aiff"), ("pcm_f32be", "aifc")])
def test_piped_aiff_is_read_to_end_of_file(codec: str, suffix: str, tmp_path: Path) -> None:
    path = _pipe_aiff(tmp_path / f"piped.{suffix}", codec)

    assert probe(path).duration.total_seconds() == pytest.approx(1)
    assert measure(path).duration.total_seconds() == pytest.approx(1, abs=0.01)


def test_piped_compressed_aiff_is_rejected(tmp_path: Path) -> None:
    assert "does not state its duration" in _read_error(_pipe_aiff(tmp_path / "piped.aifc", "pcm_mulaw"))


def _pipe_aiff(path: Path, codec: str) -> Path:
    noise = ["-f", "lavfi", "-i", "anoisesrc=duration=1", "-c:a", codec, "-f", "aiff", "pipe:1"]
    command = [find_ffmpeg(), "-nostdin", "-loglevel", "error", *noise]
    path.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    return path


@pytest.mark.parametrize(
    "content",
    [b"", b"Hello, this is text.\n" * 100, bytes(100_000), _NOISE[:100_000]],
    ids=["empty", "text", "zeros", "noise"],
)
def test_other_content_named_mp3_is_rejected(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(content)

    assert _read_error(path)


def test_probe_ignores_file_name(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(sound("long.m4a").read_bytes())

    assert probe(path).format == "m4a"
    assert probe(path).duration == probe(sound("long.m4a")).duration


@pytest.mark.parametrize(
    ("name", "change", "shown", "gaps"),
    [
        pytest.param("long-cbr.mp3", _keep, None, (), id="a good file"),
        pytest.param("long-cbr.mp3", _double, 30, (), id="joined"),
        pytest.param(
            "long-cbr.mp3", lambda whole: whole + _make_ape(5000) + _ID3V1 + whole, 30, (), id="joined with tails"
        ),
        pytest.param("long-cbr-bare.mp3", _double, None, (), id="joined without a tag"),
        pytest.param("long-cbr.mp3", _zero_middle, 30, (18.7,), id="a hole"),
        pytest.param("long-vbr-bare.mp3", _keep, 8, (), id="VBR without a tag"),
        pytest.param("long-fragmented.m4a", _keep, 0, (), id="a fragmented M4A"),
        pytest.param("long-dash.m4a", _keep, None, (), id="a fragmented M4A with an index"),
        pytest.param("long.m4a", _keep, None, (), id="M4A"),
    ],
)
def test_probe_reports_wrong_duration_in_players(
    name: str, change: Change, shown: float | None, gaps: tuple[float, ...], tmp_path: Path, sound: Sound
) -> None:
    path = tmp_path / name
    path.write_bytes(change(sound(name).read_bytes()))
    audio = probe(path)

    assert _get_shown_seconds(audio) == (shown if shown is None else pytest.approx(shown, abs=1))
    assert [gap.total_seconds() for gap in audio.gaps] == pytest.approx(gaps, abs=0.2)


def _get_shown_seconds(audio: Audio) -> float | None:
    return None if audio.shown is None else audio.shown.total_seconds()


def _read_error(path: Path) -> str:
    with pytest.raises(MediaError) as error:
        probe(path)
    assert error.value.message.startswith(path.name)
    assert error.value.hint
    return error.value.message
