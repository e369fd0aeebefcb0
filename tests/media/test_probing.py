from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.probing import probe
from podcastkit.model import Audio
from tests.media.damage import damage_file
from tests.shows import make_mp3
from tests.sounds import convert

if TYPE_CHECKING:
    from collections.abc import Callable

    Sound = Callable[[str], Path]

_HE_AAC = Path(__file__).parents[1] / "data" / "he-aac"
_NAMES = (
    *("vbr.mp3", "plain.m4a", "fast.m4a", "mono.wav", "long.wav", "sound.flac", "sound.aiff"),
    *("sound.ogg", "flac.oga", "sound.opus", "sound.aac"),
)


def _read_error(path: Path) -> MediaError:
    with pytest.raises(MediaError) as error:
        probe(path)
    assert error.value.message.startswith(path.name)
    assert error.value.hint
    return error.value


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("name", "format_name", "codec", "facts"),
    [
        ("cbr.mp3", "mp3", "mp3", (44_100, 2, 128_000)),
        ("mono.mp3", "mp3", "mp3", (44_100, 1, 64_000)),
        ("mpeg2.mp3", "mp3", "mp3", (22_050, 2, None)),
        ("plain.m4a", "m4a", "aac", (44_100, 2, None)),
        ("fast.m4a", "m4a", "aac", (44_100, 2, None)),
        ("mono.m4a", "m4a", "aac", (44_100, 1, None)),
        ("quicktime.mov", "m4a", "aac", (44_100, 1, None)),
        ("eight.m4a", "m4a", "aac", (44_100, 8, None)),
        ("elements.m4a", "m4a", "aac", (44_100, 3, None)),
        ("96k.m4a", "m4a", "aac", (96_000, 2, None)),
        ("lossless.m4a", "m4a", "alac", (44_100, 2, None)),
        ("lossless-mono.m4a", "m4a", "alac", (44_100, 1, None)),
        ("pcm.mov", "m4a", "pcm", (44_100, 8, None)),
        ("mp3.mp4", "m4a", "mp3", (44_100, 1, None)),
        ("stereo.wav", "wav", "pcm", (44_100, 2, 1_411_200)),
        ("mono.wav", "wav", "pcm", (22_050, 1, 352_800)),
        ("six.wav", "wav", "pcm", (48_000, 6, 4_608_000)),
        ("float.wav", "wav", "pcm", (44_100, 2, 2_822_400)),
        ("long.wav", "wav", "pcm", (44_100, 2, 1_411_200)),
        ("sound.flac", "flac", "flac", (44_100, 2, None)),
        ("sound.aiff", "aiff", "pcm", (44_100, 2, None)),
        ("sound.ogg", "ogg", "vorbis", (44_100, 2, None)),
        ("flac.oga", "ogg", "flac", (44_100, 2, None)),
        ("sound.opus", "opus", "opus", (48_000, 2, None)),
        ("sound.aac", "aac", "aac", (44_100, 2, None)),
        ("long.mp2", "mp2", "mp2", (44_100, 2, 192_000)),
        ("adpcm.wav", "wav", "adpcm_ms", (44_100, 2, None)),
        ("fragmented.m4a", "m4a", "aac", (44_100, 1, None)),
        ("long.caf", "caf", "pcm", (44_100, 2, None)),
        ("long-alac.caf", "caf", "alac", (44_100, 2, None)),
        ("long.w64", "w64", "pcm", (44_100, 2, None)),
        ("long.wv", "wavpack", "wavpack", (44_100, 2, None)),
        ("long.tta", "tta", "tta", (44_100, 2, None)),
        ("long.wma", "wma", "wmav2", (44_100, 2, None)),
        ("long.mka", "matroska", "opus", (48_000, 2, None)),
        ("long.weba", "matroska", "vorbis", (44_100, 2, None)),
        ("long.au", "au", "pcm", (44_100, 2, None)),
        ("long.ac3", "ac3", "ac3", (44_100, 2, None)),
        ("long.eac3", "ac3", "eac3", (44_100, 2, None)),
    ],
)
def test_probe_detects_format_by_content(
    name: str,
    format_name: str,
    codec: str,
    facts: tuple[int, int, int | None],
    tmp_path: Path,
    sound: Sound,
    count_decoded_seconds: Callable[[Path], float],
) -> None:
    misnamed = tmp_path / "audio.mp3"
    shutil.copy(sound(name), misnamed)
    audio = probe(misnamed)

    assert (audio.path, audio.format, audio.codec, audio.exact) == (misnamed, format_name, codec, True)
    assert (audio.sample_rate, audio.channels) == facts[:2]
    assert audio.duration.total_seconds() == pytest.approx(count_decoded_seconds(sound(name)), abs=0.05)
    assert audio.bitrate == facts[2] or (facts[2] is None and audio.bitrate)
    assert audio.size == misnamed.stat().st_size


@pytest.mark.parametrize("name", ["cbr.mp3", "vbr.mp3", "plain.m4a", "fast.m4a", "stereo.wav", "long.wav"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_truncated_file_is_rejected(name: str, part: float, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / name
    whole = sound(name).read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])

    assert "is cut short" in _read_error(path).message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "is empty", id="empty file"),
        pytest.param(b"\0", "contains no audio", id="a byte"),
        pytest.param(b"Hello, this is text.\n" * 100, "contains no audio", id="text"),
        pytest.param(b"<!DOCTYPE html><title>Sign in</title>", "contains no audio", id="a web page"),
        pytest.param(bytes(100_000), "contains no audio", id="zeros"),
        pytest.param(random.Random(5).randbytes(100_000), "contains no audio", id="noise"),  # noqa: S311 - repeatable
        pytest.param(b"ID3\4\0\0\0\0\0\0", "contains no audio", id="an empty tag"),
        pytest.param(b"PK\3\4" + bytes(100), "ZIP archive", id="an archive"),
        pytest.param(b"RIFF\0\0\0\0AVI LIST", "RIFF file", id="an old video"),
        pytest.param(b"RIFF\0\0\0\0WAVE", "WAV file without audio", id="WAV without chunks"),
        pytest.param(b"\0\0\0\x08ftyp\0\0\0\x08mdat", "table of contents", id="M4A without moov"),
        pytest.param(b"\0\0\0\x08ftyp\0\0\0\x08moov", "no audio", id="an empty moov"),
        pytest.param(b"OggS" + bytes(100), "Ogg file without audio", id="an empty Ogg"),
        pytest.param(b"fLaC" + bytes(100), "is damaged", id="an empty FLAC"),
        pytest.param(b"FORM\0\0\0\4AIFF", "AIFF file without audio", id="an empty AIFF"),
    ],
)
def test_files_without_audio_are_rejected(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(content)

    assert message in _read_error(path).message


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("video.mp4", "contains no audio"),
        ("film.mp4", "is a video"),
        ("video.mkv", "is a video"),
        ("film.mkv", "is a video"),
        ("video.ogg", "is a video"),
    ],
)
def test_videos_are_rejected(name: str, message: str, sound: Sound) -> None:
    assert message in _read_error(sound(name)).message


def test_m4a_with_chapter_pictures_is_not_a_video(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "enhanced.m4a"
    path.write_bytes(sound("film.mp4").read_bytes().replace(b"mp4v", b"jpeg"))

    assert probe(path).codec == "aac"


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("name", "channels"), [("mono.m4a", 1), ("mono.aac", 1), ("stereo.m4a", 2), ("parametric.m4a", 2)]
)
def test_he_aac_of_real_encoder_is_read(name: str, channels: int) -> None:
    """The files are sines encoded by libfdk_aac. Mono and parametric do not state that their rate is doubled."""
    audio = probe(_HE_AAC / name)
    assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", 44_100, channels)
    assert audio.duration.total_seconds() == pytest.approx(1, abs=0.2)


@pytest.mark.ffmpeg
def test_fragmented_mono_he_aac_is_mono(tmp_path: Path) -> None:
    fragments = ("-c", "copy", "-movflags", "+frag_keyframe+empty_moov")
    assert probe(convert(_HE_AAC / "mono.m4a", tmp_path / "a.mp4", *fragments)).channels == 1


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("configuration", "facts"),
    [
        pytest.param("2a088800", (88_200, 1), id="HE-AAC"),
        pytest.param("ea088800", (88_200, 2), id="HE-AACv2"),
        pytest.param("120856e588", (88_200, 1), id="HE-AAC, stated at the end"),
    ],
)
def test_he_aac_configuration_determines_rate_and_channels(
    configuration: str, facts: tuple[int, int], tmp_path: Path, sound: Sound
) -> None:
    path = tmp_path / "high.m4a"
    whole = sound("mono.m4a").read_bytes()
    at = whole.index(b"\x05\x80\x80\x80", whole.index(b"esds")) + 4
    assert whole[at] == 5
    path.write_bytes(whole[: at + 1] + bytes.fromhex(configuration).ljust(5, b"\0") + whole[at + 6 :])
    audio = probe(path)

    assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", *facts)


@pytest.mark.ffmpeg
@pytest.mark.parametrize(("kind", "is_video"), [(0x6C, False), (0x6D, False), (0x20, True)])
def test_pictures_in_video_track_are_not_a_video(kind: int, is_video: bool, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "enhanced.m4a"
    whole = bytearray(sound("film.mp4").read_bytes())
    at = whole.index(b"\x04\x80\x80\x80", whole.index(b"esds", whole.index(b"mp4v"))) + 5
    assert whole[at] == 0x20
    whole[at] = kind
    path.write_bytes(whole)
    if is_video:
        assert "is a video" in _read_error(path).message
    else:
        assert probe(path).codec == "aac"


@pytest.mark.ffmpeg
def test_bitrate_of_m4a_without_stated_bitrate_is_computed(tmp_path: Path, sound: Sound) -> None:
    good, path = sound("plain.m4a"), tmp_path / "open.m4a"
    data = good.read_bytes()
    rates = data.index(b"\x40\x15", data.index(b"esds")) + 5
    path.write_bytes(
        data[:rates] + bytes(8) + data[rates + 8 :] + struct.pack(">I4s", 100_000, b"free") + bytes(99_992)
    )

    assert probe(path).bitrate == pytest.approx(probe(good).bitrate, rel=0.1)


@pytest.mark.ffmpeg
def test_m4a_without_temporary_folder_is_read(
    tmp_path: Path, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    assert probe(sound("plain.m4a")).codec == "aac"


def test_duration_over_24_hours_is_rejected(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.wav"
    whole = sound("mono.wav").read_bytes()
    path.write_bytes(whole.replace(struct.pack("<I", 22_050), struct.pack("<I", 1), 1))

    assert "88200 seconds" in _read_error(path).message


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", ["sound.aac", "long.ac3"])
def test_frames_after_id3_tag_are_found(name: str, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / name
    title = b"TIT2\0\0\0\4\0\0\3Uno"
    path.write_bytes(b"ID3\4\0\0\0\0\0" + bytes([len(title)]) + title + sound(name).read_bytes())
    audio = probe(path)

    assert audio.title == "Uno"
    assert audio.duration == probe(sound(name)).duration


def test_file_without_channels_is_rejected(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.opus"
    whole = bytearray(sound("sound.opus").read_bytes())
    whole[whole.index(b"OpusHead") + 9] = 0
    path.write_bytes(bytes(whole))

    assert "is damaged" in _read_error(path).message


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF], ids=["size 0", "largest size"])
def test_piped_wav_has_correct_duration(size: int, tmp_path: Path, sound: Sound) -> None:
    whole = sound("stereo.wav").read_bytes()
    at = whole.index(b"data") + 4
    path = tmp_path / "piped.wav"
    path.write_bytes(whole[:at] + struct.pack("<I", size) + whole[at + 4 :])

    assert probe(path).duration == probe(sound("stereo.wav")).duration


def test_message_shows_file_name_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a\nb.mp3"
    path.write_bytes(b"text")
    with pytest.raises(MediaError, match=r"^a\?b\.mp3 contains no audio"):
        probe(path)


def test_missing_file_error_names_the_file(tmp_path: Path) -> None:
    assert "does not exist" in _read_error(tmp_path / "gone.mp3").message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs")
def test_fifo_is_rejected_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "audio.mp3")

    assert "is not a file" in _read_error(tmp_path / "audio.mp3").message


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vbr.mp3", "long.mp2", "mono.wav", "long.wav", "sound.aiff"])
def test_damaged_file_is_read_or_raises_media_error(name: str, tmp_path: Path, sound: Sound) -> None:
    _probe_damaged_copies(sound(name), tmp_path / name, times=500)


@pytest.mark.ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *(
            "plain.m4a",
            "fast.m4a",
            "fragmented.m4a",
            "adpcm.wav",
            "sound.flac",
            "sound.ogg",
            "flac.oga",
            "sound.opus",
            "sound.aac",
            "long.caf",
        ),
        *("long.w64", "long.wv", "long.wma", "long.mka", "long.tta", "long.ac3"),
    ],
)
def test_damaged_file_of_decoded_format_is_read_or_raises_media_error(
    name: str, tmp_path: Path, sound: Sound
) -> None:
    _probe_damaged_copies(sound(name), tmp_path / name, times=25)


def _probe_damaged_copies(whole: Path, path: Path, *, times: int) -> None:
    rng = random.Random(path.name)  # noqa: S311 - the same damage in each run
    for _ in range(times):
        path.write_bytes(damage_file(whole.read_bytes()[:500_000], rng))
        try:
            audio = probe(path)
        except MediaError as error:
            assert error.hint  # noqa: PT017 - both results are correct
        else:
            assert isinstance(audio, Audio)
            assert 0 < audio.duration.total_seconds() <= 86_400


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux reports the peak memory of a process"
)
def test_probe_of_long_file_needs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.mp3"
    path.write_bytes(make_mp3(6000))
    print_memory = "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    program = f"from podcastkit.media.probing import probe; probe({str(path)!r}); {print_memory}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[1]) * 1024 < path.stat().st_size
