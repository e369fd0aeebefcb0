from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.decoding import decode
from podcastkit.media.ffmpeg_errors import VARIABLE
from podcastkit.media.probing import probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]

pytestmark = pytest.mark.ffmpeg


@pytest.mark.parametrize(
    ("name", "format_name", "codec", "promised"),
    [
        ("adpcm.wav", "wav", "adpcm_ms", 6),
        ("sound.flac", "flac", "flac", 6),
        ("stereo.wav", "wav", "pcm", 6),
        ("sound.aac", "aac", "aac", None),
    ],
)
def test_decode_returns_exact_duration(
    name: str,
    format_name: str,
    codec: str,
    promised: int | None,
    sound: Sound,
    count_decoded_seconds: Callable[[Path], float],
) -> None:
    decoded = decode(format_name, sound(name))

    assert decoded.duration.total_seconds() == pytest.approx(count_decoded_seconds(sound(name)), abs=0.001)
    assert (decoded.codec, decoded.sample_rate, decoded.channels) == (codec, 44_100, 2)
    assert (decoded.promised and decoded.promised.total_seconds()) == (
        promised and pytest.approx(promised, abs=0.1)
    )


@pytest.mark.parametrize(
    ("name", "format_name", "message"),
    [
        ("film.mkv", "matroska", "is a video"),
        ("video.mkv", "matroska", "is a video"),
        ("sound.flac", "matroska", "cannot be decoded: "),
    ],
)
def test_decode_rejects_videos_and_wrong_formats(name: str, format_name: str, message: str, sound: Sound) -> None:
    with pytest.raises(MediaError) as error:
        decode(format_name, sound(name))
    assert error.value.message.startswith(f"{name} {message}")
    assert str(sound(name)) not in error.value.message
    assert error.value.hint


def test_file_with_picture_is_not_a_video(sound: Sound) -> None:
    assert decode("flac", sound("picture.flac")).codec == "flac"
    assert decode("matroska", sound("picture.mka")).codec == "flac"


def test_decode_without_samples_raises(tmp_path: Path, sound: Sound) -> None:
    whole = sound("adpcm.wav").read_bytes()
    path = tmp_path / "empty.wav"
    path.write_bytes(whole[: whole.index(b"data")] + b"data" + bytes(4))

    with pytest.raises(MediaError):
        decode("wav", path)


def test_decode_stops_after_24_hours(tmp_path: Path, sound: Sound) -> None:
    whole = sound("adpcm.wav").read_bytes()
    path = tmp_path / "slow.wav"
    path.write_bytes(whole.replace(struct.pack("<I", 44_100), struct.pack("<I", 1), 1))

    with pytest.raises(MediaError, match=r"slow\.wav is longer than 24 hours"):
        decode("wav", path)


@pytest.mark.parametrize(
    "start",
    [
        *(b"", b"caff", b"wvpk", b"TTA1", b".snd\0\0", b"\x1aE\xdf\xa3", b"#!AMR\n", b"\x0bw", b"OggS\0"),
        *(b"riff\x2e\x91\xcf\x11", b"0&\xb2u\x8ef\xcf\x11\xa6\xd9", b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFC"),
    ],
)
@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile://{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
        "[playlist]\nFile1={}\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
    ],
    ids=["HLS", "ffconcat", "PLS", "SDP"],
)
def test_probe_does_not_open_files_of_playlist(start: bytes, playlist: str, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.mka"
    listed_file = sound("stereo.wav")
    path.write_bytes(start + playlist.format(listed_file).encode())
    # In AMR, some letters are valid frames. Their duration depends on the path, but is shorter than the other file.
    with pytest.raises(MediaError) if start != b"#!AMR\n" else suppress(MediaError):
        assert probe(path).duration < probe(listed_file).duration / 2


@pytest.mark.parametrize(
    "format_name", ["caf", "w64", "wavpack", "wma", "matroska", "au", "amr", "tta", "ac3", "wav", "ogg"]
)
def test_decode_does_not_guess_other_format(format_name: str, tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.wav"
    path.write_text(f"ffconcat version 1.0\nfile '{sound('stereo.wav')}'\n")

    with pytest.raises(MediaError):
        decode(format_name, path)


def test_probe_without_ffmpeg_names_setting(monkeypatch: pytest.MonkeyPatch, sound: Sound) -> None:
    monkeypatch.setenv(VARIABLE, "no-such-program")

    with pytest.raises(MediaError, match="no-such-program"):
        probe(sound("adpcm.wav"))
