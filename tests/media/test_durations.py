"""Every way in which headers are known to lie about a length, and what `probe` says: what decoding gives, or no."""

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
    Surgery = Callable[[bytes], bytes]

pytestmark = pytest.mark.ffmpeg

_RANDOM = random.Random(11)  # noqa: S311 - noise that is the same in each run
_NOISE = _RANDOM.randbytes(2_000_000)
_ID3V1 = b"TAG" + b"A title".ljust(125, b"\0")
_HTML = b"<!DOCTYPE html>" + b"".join(b"<p>%d \xff\xfb\x90\x64</p>" % number**3 for number in range(500))
_VBRI = (b"\xff\xfb\x90\x64" + bytes(32) + b"VBRI\0\1" + bytes(8) + struct.pack(">I", 1150)).ljust(417, b"\0")
"""The header of thirty seconds, as Fraunhofer's encoder writes it."""


def _ape(size: int) -> bytes:
    def head(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII", 2000, size + 32, 1, flags) + bytes(8)

    return head(0xA000_0000) + _RANDOM.randbytes(size) + head(0x8000_0000)


_AMR = b"#!AMR\n" + 1500 * bytes.fromhex("3cd06fd5b9a139e5eecef6a9b7bd8d4a9ff0e2c17ab6d2f14c5e7d3a1b9c8e70")
"""Thirty seconds of what telephones record: 1500 frames of 12.2 kbit/s."""


def _as_it_is(whole: bytes) -> bytes:
    return whole


def _halved(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _without_its_end(whole: bytes) -> bytes:
    return whole[:-20_000]


def _doubled(whole: bytes) -> bytes:
    return whole * 2


def _with_a_hole(whole: bytes) -> bytes:
    return whole[:300_000] + bytes(40_000) + whole[340_000:]


def _with_data_size(size: int) -> Surgery:
    def fill_in(whole: bytes) -> bytes:
        at = whole.index(b"data") + 4
        return whole[:at] + struct.pack("<I", size) + whole[at + 4 :]

    return fill_in


def _without_samples(whole: bytes) -> bytes:
    """Leave out the number of samples in the header of a FLAC file, as who writes into a pipe has to."""
    return whole[:21] + bytes([whole[21] & 0xF0]) + bytes(4) + whole[26:]


def _wrongly_numbered(whole: bytes) -> bytes:
    return whole[:21] + bytes([whole[21] & 0xF0]) + struct.pack(">I", 20 * 44_100) + whole[26:]


_LENGTHS = [
    pytest.param("long-cbr.mp3", _as_it_is, id="CBR with a LAME tag"),
    pytest.param("long-abr.mp3", _as_it_is, id="ABR with a LAME tag"),
    pytest.param("long-vbr.mp3", _as_it_is, id="VBR with a LAME tag"),
    pytest.param("long-cbr-bare.mp3", _as_it_is, id="CBR without a tag"),
    pytest.param("long-cbr-bare.mp3", lambda whole: _VBRI + whole, id="CBR with VBRI"),
    pytest.param("long-vbr-bare.mp3", _as_it_is, id="VBR without a tag"),
    pytest.param("long-silent-start.mp3", _as_it_is, id="VBR with a silent start"),
    pytest.param("long-loud-start.mp3", _as_it_is, id="VBR with a loud start"),
    pytest.param("long-mpeg2.mp3", _as_it_is, id="MPEG-2 VBR"),
    pytest.param("long-cbr.mp3", _doubled, id="joined, CBR"),
    pytest.param("long-vbr.mp3", _doubled, id="joined, VBR"),
    pytest.param("long-vbr-bare.mp3", _doubled, id="joined, VBR without a tag"),
    pytest.param("long-cbr-bare.mp3", _halved, id="cut, CBR without a tag"),
    pytest.param("long-cbr-bare.mp3", _with_a_hole, id="a hole"),
    pytest.param("long.mp2", _as_it_is, id="MP2"),
    pytest.param("long.m4a", _as_it_is, id="M4A"),
    pytest.param("long-low.m4a", _as_it_is, id="M4A at 16 kHz"),
    pytest.param("long-fast.m4a", _as_it_is, id="M4A, index first"),
    pytest.param("long-fragmented.m4a", _as_it_is, id="M4A, fragmented"),
    pytest.param("long-dash.m4a", _as_it_is, id="M4A, fragmented for DASH"),
    pytest.param("long.flac", _as_it_is, id="FLAC"),
    pytest.param("long-fine.flac", _as_it_is, id="FLAC, 24 bits and six channels at 96 kHz"),
    pytest.param("long.flac", _without_samples, id="FLAC, piped"),
    pytest.param("long.flac", _wrongly_numbered, id="FLAC, more than the header promises"),
    pytest.param("long.flac", lambda whole: whole + _ID3V1, id="FLAC, ID3v1 behind"),
    pytest.param("long.flac", lambda whole: whole + bytes(3000), id="FLAC, zeros behind"),
    pytest.param("long.flac", lambda whole: b"ID3\4\0\0\0\0\1\0" + bytes(128) + whole, id="FLAC, ID3v2 before"),
    pytest.param("long.aiff", _as_it_is, id="AIFF"),
    pytest.param("long.aifc", _as_it_is, id="AIFF-C, little-endian"),
    pytest.param("long-mulaw.aifc", _as_it_is, id="AIFF-C, mu-law"),
    pytest.param("long-ima.aifc", _as_it_is, id="AIFF-C, compressed"),
    pytest.param("long-plain.wav", _as_it_is, id="WAV"),
    pytest.param("long-plain.wav", _with_data_size(0xFFFFFFFF), id="WAV, piped"),
    pytest.param("long-plain.wav", _with_data_size(0), id="WAV, size 0"),
    pytest.param("long-64.wav", _as_it_is, id="RF64"),
    pytest.param("long-adpcm.wav", _as_it_is, id="WAV, ADPCM"),
    pytest.param("long-mp3.wav", _as_it_is, id="WAV, MP3"),
    pytest.param("long.ogg", _as_it_is, id="Vorbis"),
    pytest.param("long.opus", _as_it_is, id="Opus"),
    pytest.param("long-slow.opus", _as_it_is, id="Opus, long packets"),
    pytest.param("long-late.opus", _as_it_is, id="Opus, cut out of a longer one"),
    pytest.param("long-flac.oga", _as_it_is, id="FLAC in Ogg"),
    pytest.param("long.ogg", _doubled, id="Vorbis, chained"),
    pytest.param("long.opus", _doubled, id="Opus, chained"),
    pytest.param("long.aac", _as_it_is, id="ADTS"),
    pytest.param("long.aac", lambda whole: whole + bytes(5000), id="ADTS, zeros behind"),
    pytest.param("long.aac", _halved, id="ADTS, cut"),
    pytest.param("long.caf", _as_it_is, id="CAF"),
    pytest.param("long-alac.caf", _as_it_is, id="CAF, ALAC"),
    pytest.param("long.w64", _as_it_is, id="Wave64"),
    pytest.param("long.wv", _as_it_is, id="WavPack"),
    pytest.param("long.tta", _as_it_is, id="True Audio"),
    pytest.param("long.wma", _as_it_is, id="WMA"),
    pytest.param("long.mka", _as_it_is, id="Matroska"),
    pytest.param("long.weba", _as_it_is, id="WebM"),
    pytest.param("long.au", _as_it_is, id="AU"),
    pytest.param("long.ac3", _as_it_is, id="AC-3"),
    pytest.param("long.eac3", _as_it_is, id="E-AC-3"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "surgery"), _LENGTHS)
def test_the_length_is_what_decoding_gives(
    name: str, surgery: Surgery, tmp_path: Path, sound: Sound, decoded_seconds: Callable[[Path], float]
) -> None:
    path = tmp_path / name
    path.write_bytes(surgery(sound(name).read_bytes()))
    audio = probe(path)

    assert audio.duration.total_seconds() == pytest.approx(decoded_seconds(path), abs=0.05)
    assert audio.exact


@pytest.mark.parametrize(
    "surgery",
    [
        pytest.param(lambda whole: whole + _ape(300_000) + _ID3V1, id="APE and ID3v1 behind"),
        pytest.param(lambda whole: whole + bytes(2_000_000), id="2 MB of zeros behind"),
        pytest.param(lambda whole: bytes(65_536) + whole, id="64 KB of zeros before"),
        pytest.param(lambda whole: _NOISE[:100_000] + whole, id="100 KB of noise before"),
        pytest.param(lambda whole: _NOISE + whole, id="2 MB of noise before"),
        pytest.param(lambda whole: _HTML + whole, id="a web page before"),
    ],
)
@pytest.mark.parametrize("name", ["long-cbr.mp3", "long-vbr.mp3", "long-cbr-bare.mp3", "long-vbr-bare.mp3"])
def test_junk_around_an_mp3_does_not_count(
    name: str, surgery: Surgery, tmp_path: Path, sound: Sound, decoded_seconds: Callable[[Path], float]
) -> None:
    path = tmp_path / name
    path.write_bytes(surgery(sound(name).read_bytes()))
    audio = probe(path)

    assert audio.duration.total_seconds() == pytest.approx(decoded_seconds(sound(name)), abs=0.05)
    assert (audio.exact, audio.gaps) == (True, ())


def test_what_telephones_record_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "voice.amr"
    path.write_bytes(_AMR)
    audio = probe(path)

    assert (audio.format, audio.sample_rate, audio.channels) == ("amr", 8000, 1)
    assert audio.duration.total_seconds() == pytest.approx(30, abs=0.05)


@pytest.mark.parametrize("surgery", [_halved, _without_its_end], ids=["half of it", "save its end"])
@pytest.mark.parametrize(
    "name",
    [
        *("long-cbr.mp3", "long-vbr.mp3", "long.m4a", "long-fast.m4a", "long-fragmented.m4a", "long-dash.m4a"),
        *("long.flac", "long.aiff", "long-ima.aifc", "long-plain.wav", "long-64.wav", "long-adpcm.wav"),
        *("long.ogg", "long.opus", "long-flac.oga", "long.caf", "long-alac.caf", "long.w64", "long.wma"),
    ],
)
def test_what_is_cut_short_is_refused(name: str, surgery: Surgery, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / name
    path.write_bytes(surgery(sound(name).read_bytes()))
    if name.endswith(".mp3"):
        path.write_bytes(path.read_bytes()[:-10_000])  # of which half a second may be missing

    assert "is cut short" in _refusal(path)


@pytest.mark.parametrize("name", ["long.wv", "long.tta", "long.mka", "long.weba", "long.au"])
def test_what_only_decoding_shows_to_be_cut_short_is_refused(name: str, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / name
    path.write_bytes(_halved(sound(name).read_bytes()))

    assert "is cut short" in _refusal(path)


def test_the_second_half_of_a_chain_that_is_cut_is_missed(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "chained.ogg"
    whole = sound("long.ogg").read_bytes()
    path.write_bytes(whole + _halved(whole))

    assert "is cut short" in _refusal(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("one", "other"),
    [("long.ogg", "long-mono.ogg"), ("long.opus", "long-slow.opus"), ("long-flac.oga", "long.opus")],
)
def test_a_chain_of_different_kinds_is_refused(one: str, other: str, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "chained.ogg"
    path.write_bytes(sound(one).read_bytes() + sound(other).read_bytes())

    assert "several recordings of different kinds" in _refusal(path)


@pytest.mark.parametrize(("codec", "form"), [("pcm_s16be", "aiff"), ("pcm_f32be", "aifc")])
def test_a_piped_aiff_goes_on_to_the_end(codec: str, form: str, tmp_path: Path) -> None:
    path = _pipe_aiff(tmp_path / f"piped.{form}", codec)

    assert probe(path).duration.total_seconds() == pytest.approx(1)
    assert measure(path).duration.total_seconds() == pytest.approx(1, abs=0.01)


def test_a_piped_aiff_that_is_compressed_is_refused_as_ffmpeg_cannot_read_it_either(tmp_path: Path) -> None:
    assert "does not state its duration" in _refusal(_pipe_aiff(tmp_path / "piped.aifc", "pcm_mulaw"))


def _pipe_aiff(path: Path, codec: str) -> Path:
    noise = ["-f", "lavfi", "-i", "anoisesrc=duration=1", "-c:a", codec, "-f", "aiff", "pipe:1"]
    command = [find_ffmpeg(), "-nostdin", "-loglevel", "error", *noise]
    path.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
    return path


@pytest.mark.parametrize(
    "content",
    [b"", b"Hello, this is text.\n" * 100, bytes(100_000), _NOISE[:100_000]],
    ids=["nothing", "text", "zeros", "noise"],
)
def test_what_is_no_sound_is_refused_whatever_its_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(content)

    assert _refusal(path)


def test_content_is_sniffed(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(sound("long.m4a").read_bytes())

    assert probe(path).format == "m4a"
    assert probe(path).duration == probe(sound("long.m4a")).duration


@pytest.mark.parametrize(
    ("name", "surgery", "shown", "gaps"),
    [
        pytest.param("long-cbr.mp3", _as_it_is, None, (), id="a good file"),
        pytest.param("long-cbr.mp3", _doubled, 30, (), id="joined"),
        pytest.param(
            "long-cbr.mp3", lambda whole: whole + _ape(5000) + _ID3V1 + whole, 30, (), id="joined with tails"
        ),
        pytest.param("long-cbr-bare.mp3", _doubled, None, (), id="joined without a tag"),
        pytest.param("long-cbr.mp3", _with_a_hole, 30, (18.7,), id="a hole"),
        pytest.param("long-vbr-bare.mp3", _as_it_is, 8, (), id="VBR without a tag"),
        pytest.param("long-fragmented.m4a", _as_it_is, 0, (), id="a fragmented M4A"),
        pytest.param("long-dash.m4a", _as_it_is, None, (), id="a fragmented M4A with an index"),
        pytest.param("long.m4a", _as_it_is, None, (), id="M4A"),
    ],
)
def test_what_players_will_get_wrong_is_known(
    name: str, surgery: Surgery, shown: float | None, gaps: tuple[float, ...], tmp_path: Path, sound: Sound
) -> None:
    path = tmp_path / name
    path.write_bytes(surgery(sound(name).read_bytes()))
    audio = probe(path)

    assert _seconds(audio) == (shown if shown is None else pytest.approx(shown, abs=1))
    assert [gap.total_seconds() for gap in audio.gaps] == pytest.approx(gaps, abs=0.2)


def _seconds(audio: Audio) -> float | None:
    return None if audio.shown is None else audio.shown.total_seconds()


def _refusal(path: Path) -> str:
    with pytest.raises(MediaError) as error:
        probe(path)
    assert error.value.message.startswith(path.name)
    assert error.value.hint
    return error.value.message
