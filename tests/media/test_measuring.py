"""Tests for measuring sounds with known properties, with the bundled ffmpeg and the one of the system."""

from __future__ import annotations

import math
import os
import shutil
import struct
import subprocess
import sys
import threading
from array import array
from datetime import timedelta
from typing import TYPE_CHECKING

import imageio_ffmpeg
import pytest

import podcastkit
from podcastkit.diagnostics import Cancelled, MediaError
from podcastkit.media.ffmpeg import find_ffmpeg, stream_ffmpeg
from podcastkit.media.ffmpeg_errors import FfmpegFailed
from podcastkit.media.measuring import PEAK_INTERVAL, measure, measure_audio, read_curve, read_peaks
from podcastkit.media.probing import probe
from tests.media.damage import make_undecodable_flac
from tests.shows import SAMPLE, make_mp3, write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Measurement

pytestmark = pytest.mark.ffmpeg

_SYSTEM_FFMPEG = shutil.which("ffmpeg")
"""The ffmpeg of Debian is years older than the bundled one."""
_CODEC = "-c:a"
_FORMATS = {
    "wav": (_CODEC, "pcm_s16le"),
    "flac": (_CODEC, "flac"),
    "aiff": (_CODEC, "pcm_s16be"),
    "mp3": (_CODEC, "libmp3lame", "-b:a", "192k"),
    "m4a": (_CODEC, "aac", "-b:a", "192k"),
    "ogg": (_CODEC, "libvorbis", "-b:a", "192k"),
    "opus": (_CODEC, "libopus", "-b:a", "192k"),
    "aac": (_CODEC, "aac", "-b:a", "192k", "-f", "adts"),
}


@pytest.fixture(autouse=True, params=["bundled", "system"] if _SYSTEM_FFMPEG else ["bundled"])
def _ffmpeg(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCASTKIT_FFMPEG", raising=False)
    if request.param == "system":
        monkeypatch.setenv("PODCASTKIT_FFMPEG", _SYSTEM_FFMPEG or "")


def make_file(path: Path, source: str, *arguments: str) -> Path:
    """Create a sound file with ffmpeg."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    input_arguments = ("-f", "lavfi", "-i", source) if "=" in source else ("-i", source)
    subprocess.run([program, "-nostdin", "-v", "error", "-y", *input_arguments, *arguments, str(path)], check=True)
    return path


def make_tone_source(dbfs: float, seconds: float = 5) -> str:
    """Return an ffmpeg source of a 997 Hz sine with this peak."""
    return make_stereo_source(f"{10 ** (dbfs / 20)}*sin(997*2*PI*t)", seconds)


def make_stereo_source(formula: str, seconds: float) -> str:
    """Return an ffmpeg source with equal channels. ffmpeg's own mono-to-stereo conversion would be 3 dB quieter."""
    return f"aevalsrc='{formula}|{formula}':sample_rate=48000:duration={seconds}"


def list_silence_times(measurement: Measurement) -> list[float]:
    """Return the starts and ends of silences in seconds."""
    return [round(time.total_seconds(), 2) for silence in measurement.silences for time in silence]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", _FORMATS)
def test_stereo_sine_at_23_dbfs_measures_23_lufs(suffix: str, tmp_path: Path) -> None:
    """EBU Tech 3341, section 2.9, test 1: a sine at -23 dBFS in both channels measures -23.0 ± 0.1 LUFS."""
    measured = measure(make_file(tmp_path / f"tone.{suffix}", make_tone_source(-23, 10), *_FORMATS[suffix]))
    lossless = suffix in {"wav", "flac", "aiff"}
    assert measured.loudness == pytest.approx(-23, abs=0.1 if lossless else 0.4)
    assert measured.true_peak == pytest.approx(-23, abs=0.2 if lossless else 1.3)
    assert measured.loudness_range == pytest.approx(0, abs=0.2)
    assert measured.duration.total_seconds() == pytest.approx(10, abs=0.05)
    assert (measured.silences, measured.clipped, measured.errors, measured.is_silent) == ((), 0, 0, False)


@pytest.mark.parametrize("level", [-33, -23, -16])
def test_mono_is_as_loud_as_same_sound_in_stereo(level: float, tmp_path: Path) -> None:
    mono = measure(make_file(tmp_path / "mono.wav", make_tone_source(level), "-af", "pan=mono|c0=c0"))
    both = measure(make_file(tmp_path / "both.wav", make_tone_source(level)))
    assert mono.loudness == both.loudness == pytest.approx(level, abs=0.1)


@pytest.mark.slow
def test_loudness_range_is_difference_of_quiet_and_loud_part(tmp_path: Path) -> None:
    """EBU Tech 3342, test 1: 20 s at -20 dBFS, then 20 s at -30 dBFS: 10 ± 1 LU."""
    measured = measure(
        make_file(tmp_path / "two.wav", make_stereo_source("0.1*pow(10,-0.5*gte(t,20))*sin(1000*2*PI*t)", 40))
    )
    assert measured.loudness_range == pytest.approx(10, abs=1)


def test_true_peak_includes_peaks_between_samples(tmp_path: Path) -> None:
    """EBU Tech 3341, test 16: a sine of a quarter of the rate, at 45°, has its peaks 3 dB above its samples."""
    measured = measure(
        make_file(tmp_path / "between.wav", make_stereo_source("min(0.5,t/2)*sin(12000*2*PI*t+PI/4)", 3))
    )
    assert measured.true_peak == pytest.approx(-6.0, abs=0.4)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "opus"])
def test_silences_are_found_at_their_times(suffix: str, tmp_path: Path) -> None:
    source = make_stereo_source("0.1*sin(440*2*PI*t)*(gte(t,2.5)*lt(t,4)+gte(t,8)*lt(t,12.2))", 16)
    measured = measure(make_file(tmp_path / f"holes.{suffix}", source, *_FORMATS[suffix]))
    assert list_silence_times(measured) == pytest.approx([0, 2.5, 4, 8, 12.2, 16], abs=0.1)
    assert measured.silent_start.total_seconds() == pytest.approx(2.5, abs=0.1)
    assert measured.silent_end.total_seconds() == pytest.approx(3.8, abs=0.1)


def test_silence_inside_file_is_not_silent_start_or_end(tmp_path: Path) -> None:
    measured = measure(
        make_file(tmp_path / "inner.wav", make_stereo_source("0.1*sin(440*2*PI*t)*(lt(t,1)+gte(t,3))", 4))
    )
    assert list_silence_times(measured) == pytest.approx([1, 3], abs=0.03)
    assert measured.silent_start == measured.silent_end == timedelta()


@pytest.mark.parametrize("name", ["silence.wav", "silence.mp3", "noise.wav"])
def test_silent_file_has_no_loudness_and_no_silent_edges(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "noise.wav":
        make_file(path, "anoisesrc=amplitude=0.001:duration=5", "-ac", "2")
    elif name == "silence.wav":
        write_wav(path, 5)
    else:
        path.write_bytes(make_mp3(5))
    measured = measure(path)
    assert measured.is_silent
    assert (measured.silent_start, measured.silent_end) == (timedelta(), timedelta())
    assert measured.loudness is None or measured.loudness < -50


@pytest.mark.parametrize("seconds", [0.01, 0.2, 0.39])
def test_very_short_file_has_no_loudness(seconds: float, tmp_path: Path) -> None:
    measured = measure(make_file(tmp_path / "short.wav", make_tone_source(-20, seconds)))
    assert (measured.loudness, measured.loudness_range) == (None, None)
    assert measured.true_peak == pytest.approx(-20, abs=1)
    assert measured.duration.total_seconds() == pytest.approx(seconds, abs=0.002)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The speech of the sample show, with its loudest sample at full scale."""
    folder = tmp_path_factory.mktemp("speech")
    spoken = make_file(folder / "spoken.wav", str(SAMPLE / "05-planning-time" / "audio.mp3"), "-c:a", "pcm_f32le")
    peak = measure(spoken).true_peak
    assert peak is not None
    return make_file(folder / "speech.wav", str(spoken), "-af", f"volume={-peak}dB", "-c:a", "pcm_f32le")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "suffix", "clipped"),
    [
        ("volume=-1dB", "wav", False),
        ("volume=0dB", "wav", False),
        ("volume=-1dB", "mp3", False),
        ("volume=-66dB", "wav", False),
        ("volume=9dB,alimiter=limit=0.89:level=false", "wav", False),
        ("volume=9dB,alimiter=limit=0.89:level=false", "mp3", False),
        ("volume=6dB", "wav", True),
        ("volume=12dB", "flac", True),
        ("volume=12dB", "mp3", True),
        ("volume=12dB", "m4a", True),
        ("volume=6dB,aformat=s16,volume=-6dB", "wav", True),
    ],
)
def test_clipping_is_detected_in_clipped_speech_only(
    how: str, suffix: str, clipped: bool, speech: Path, tmp_path: Path
) -> None:
    source = make_file(tmp_path / "loud.wav", str(speech), "-af", how, "-c:a", "pcm_s16le")
    measured = measure(make_file(tmp_path / f"made.{suffix}", str(source), *_FORMATS[suffix]))
    assert (measured.clipped >= 10) is clipped


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
def test_any_number_of_channels_is_measured(channels: int, tmp_path: Path) -> None:
    layout = "|".join(f"c{number}=c0" for number in range(channels))
    path = make_file(tmp_path / "many.wav", make_tone_source(-23), "-af", f"pan={channels}c|{layout}")
    assert probe(path).channels == channels
    measured = measure(path)
    assert measured.true_peak == pytest.approx(-23, abs=0.2)
    assert measured.loudness is not None


def test_infinite_and_nan_samples_have_finite_figures(tmp_path: Path) -> None:
    source = "aevalsrc='if(gt(t,1),0/0,1e30*sin(t*2000))':duration=3"
    measured = measure(make_file(tmp_path / "strange.wav", source, "-c:a", "pcm_f32le"))
    assert all(value is None or math.isfinite(value) for value in (measured.loudness, measured.true_peak))


def test_read_peaks_returns_two_bytes_per_tenth_of_second(tmp_path: Path) -> None:
    path = make_file(
        tmp_path / "half.wav", make_stereo_source("0.5*sin(100*2*PI*t)*gte(t,1)", 2.05), "-ar", "44100"
    )
    peaks = array("b", read_peaks(path))
    assert len(peaks) == 2 * math.ceil(2.05 / PEAK_INTERVAL.total_seconds())
    assert set(peaks[:18]) == {0}
    assert all(-65 <= low <= -62 for low in peaks[22:40:2])
    assert all(62 <= high <= 65 for high in peaks[23:40:2])


def test_read_peaks_of_full_scale_fits_into_byte(tmp_path: Path) -> None:
    source = "aevalsrc='if(lt(mod(t,0.02),0.01),4,-4)':sample_rate=48000:duration=1"
    peaks = array("b", read_peaks(make_file(tmp_path / "square.wav", source, "-c:a", "pcm_f32le")))
    assert (min(peaks), max(peaks)) == (-128, 127)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["flac", "m4a", "opus"])
def test_damaged_file_is_measured_and_errors_are_counted(suffix: str, tmp_path: Path) -> None:
    path = make_file(tmp_path / f"damaged.{suffix}", "anoisesrc=color=pink:seed=7:duration=20", *_FORMATS[suffix])
    data = bytearray(path.read_bytes())
    middle, hole = len(data) // 2, len(data) // 14
    data[middle : middle + hole] = bytes(hole)
    path.write_bytes(data)
    measured = measure(path)
    assert measured.loudness is not None
    assert measured.errors or probe(path).duration - measured.duration > timedelta(seconds=1)


def test_tags_at_end_of_mp3_do_not_change_duration(tmp_path: Path) -> None:
    path = make_file(tmp_path / "tagged.mp3", make_tone_source(-23), *_FORMATS["mp3"])
    tag = b"APETAGEX" + struct.pack("<I", 2000) + bytes(range(256)) * 80 + b"TAG" + bytes(125)
    path.write_bytes(path.read_bytes() + tag)
    assert measure(path).duration.total_seconds() == pytest.approx(5, abs=0.1)


def test_measure_of_undecodable_file_raises_error_with_its_name(tmp_path: Path) -> None:
    path = make_file(tmp_path / "empty.flac", make_tone_source(-23))
    path.write_bytes(make_undecodable_flac(path.read_bytes()))
    with pytest.raises(MediaError, match=r"empty\.flac cannot be decoded: "):
        measure(path)


@pytest.mark.parametrize("content", [b"", b"no sound at all"], ids=["empty", "text"])
def test_measure_rejects_other_files(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(content)
    with pytest.raises(MediaError, match=r"a\.mp3"):
        measure(tmp_path / "a.mp3")


def test_measure_audio_does_not_open_files_of_playlist(tmp_path: Path) -> None:
    other = make_file(tmp_path / "other.mp3", make_tone_source(-23), *_FORMATS["mp3"])
    audio = probe(other)
    other.rename(tmp_path / "secret.mp3")
    other.write_text(f"#EXTM3U\n#EXTINF:5,\nfile://{tmp_path / 'secret.mp3'}\n")
    with pytest.raises(FfmpegFailed):
        measure_audio(audio)


def test_tags_that_imitate_ffmpegs_log_are_ignored(tmp_path: Path) -> None:
    messages = ("Summary:", "lavfi.r128.S=-3.000", "silence_start: 2")
    fake_log = "\n".join(["x", *(f"[Parsed_ebur128_0 @ 0x1] [info] {words}" for words in messages)])
    fake_log += "\n    I: -16.0 LUFS\n    Peak: -9.0 dBFS"
    path = make_file(
        tmp_path / "liar.mp3", make_tone_source(-23), *_FORMATS["mp3"], "-metadata", f"title={fake_log}"
    )
    measured = measure_audio(probe(path))
    assert measured.measurement.loudness == pytest.approx(-23, abs=0.4)
    assert measured.measurement.silences == ()
    assert measured.curve[2] == pytest.approx(-23, abs=0.4)


@pytest.mark.slow
def test_tag_that_imitates_decoding_error_is_ignored(tmp_path: Path) -> None:
    fake_log = ("-metadata", "title=[error] Decoding error: CRC mismatch")
    assert measure(make_file(tmp_path / "liar.m4a", make_tone_source(-23), *_FORMATS["m4a"], *fake_log)).errors == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_end_of_very_long_log_line_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make_file(tmp_path / "a.wav", make_tone_source(-23)))
    program = tmp_path / "ffmpeg"
    fake_log = "[silencedetect @ 0x1] [info] silence_start: 2\\n"
    program.write_text(f"#!/bin/sh\nprintf '%4096s{fake_log}' x >&2\nhead -c 160000 /dev/zero\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    assert measure_audio(audio).measurement.silences == ()


@pytest.mark.slow
def test_measure_audio_reports_progress(tmp_path: Path) -> None:
    audio = probe(make_file(tmp_path / "long.wav", make_tone_source(-23, 35), "-ar", "8000"))
    progress: list[float] = []
    measure_audio(audio, lambda measured: progress.append(measured.total_seconds()))
    assert progress == [10, 20, 30, 35]


@pytest.mark.slow
def test_measure_audio_cancelled_kills_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make_file(tmp_path / "long.wav", make_tone_source(-23, 600), "-ar", "8000"))
    if sys.platform != "win32":
        pid = tmp_path / "pid"
        program = tmp_path / "ffmpeg"
        program.write_text(f"#!/bin/sh\necho $$ > '{pid}'\nexec '{find_ffmpeg()}' \"$@\"\n")
        program.chmod(0o755)
        monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))

    def stop(_: timedelta) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        measure_audio(audio, stop)
    if sys.platform != "win32":
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_very_long_log_line_does_not_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make_file(tmp_path / "a.wav", make_tone_source(-23)))
    program = tmp_path / "ffmpeg"
    noise = "head -c 3000000 /dev/zero | tr '\\0' 'x' >&2"
    lines = f"{noise}\nhead -c 160000 /dev/zero\nprintf '\\n[error] it broke\\n' >&2\nexit 1"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    with pytest.raises(FfmpegFailed, match="it broke"):
        measure_audio(audio)


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_impossible_silence_times_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make_file(tmp_path / "a.wav", make_tone_source(-23)))
    program = tmp_path / "ffmpeg"
    log = "".join(f"[silencedetect @ 0x1] [info] silence_{word}\\n" for word in ("start: 1e200", "end: nan"))
    program.write_text(f"#!/bin/sh\nprintf '{log}' >&2\nhead -c 160000 /dev/zero\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    assert measure_audio(audio).measurement.silences == ()


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_stream_ffmpeg_raises_error_of_callback_without_blocking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nyes 'a line' | head -c 3000000 >&2\nhead -c 160000 /dev/zero\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))

    def fail(line: str) -> None:
        raise KeyError(line)

    with pytest.raises(KeyError, match="a line"), stream_ffmpeg([], fail) as pcm:
        assert len(pcm.read()) == 160_000


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_stream_ffmpeg_joins_log_reader_before_it_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nyes 'a line' | head -c 60000 >&2\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    has_started, may_continue = threading.Event(), threading.Event()

    def read_line(_: str) -> None:
        has_started.set()
        may_continue.wait(5)

    def leave_block() -> None:
        with stream_ffmpeg([], read_line):
            has_started.wait(5)
            # The log is still being read when the program has been killed and its pipes are about to be closed.
            threading.Timer(0.2, may_continue.set).start()
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        leave_block()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ffmpeg")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_texts_instead_of_numbers_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make_file(tmp_path / "a.wav", make_tone_source(-23)))
    program = tmp_path / "ffmpeg"
    log = "[Parsed_ebur128_0 @ 0x1] [info] Summary:\n    I:         loud LUFS\n    Peak:      high dBFS\n"
    program.write_text(f"#!/bin/sh\nprintf '{log}' >&2\nhead -c 160000 /dev/zero\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    measured = measure_audio(audio).measurement
    assert (measured.loudness, measured.true_peak) == (None, None)
    assert measured.duration == timedelta(seconds=10)


@pytest.mark.slow
def test_read_curve_returns_loudness_per_second(tmp_path: Path) -> None:
    source = make_stereo_source("if(lt(t,6),0.1,if(lt(t,12),0.4,if(lt(t,20),0,0.2)))*sin(1000*2*PI*t)", 25.5)
    curve = read_curve(make_file(tmp_path / "steps.wav", source, "-ar", "44100"))
    assert len(curve) == 26
    assert (curve[0], curve[24:]) == (None, (None, None))
    assert curve[2:4] == pytest.approx([-20, -20], abs=0.1)
    assert curve[8:10] == pytest.approx([-7.96, -7.96], abs=0.1)
    assert curve[14:18] == (None,) * 4
    assert curve[22:24] == pytest.approx([-13.98] * 2, abs=0.1)


def test_read_curve_of_mono_equals_stereo(tmp_path: Path) -> None:
    mono = make_file(
        tmp_path / "mono.wav", "aevalsrc=0.1*sin(1000*2*PI*t):sample_rate=48000:duration=5", "-ac", "1"
    )
    assert read_curve(mono)[2] == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize(("seconds", "length"), [(0.05, 1), (2.5, 3), (3.2, 4)])
def test_read_curve_of_short_file_has_no_figures(seconds: float, length: int, tmp_path: Path) -> None:
    curve = read_curve(make_file(tmp_path / "short.wav", make_tone_source(-20, seconds)))
    assert len(curve) == length
    assert [loudness is not None for loudness in curve] == [seconds > 3 and index == 1 for index in range(length)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_mixed_messages_of_two_filters_are_separated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make_file(tmp_path / "a.wav", make_tone_source(-23)))
    program = tmp_path / "ffmpeg"
    log = (
        "[Parsed_astats_2 @ 0x1] [info] Peak level dB: -0.1\n[Parsed_astats_2 @ 0x1] [info] Flat factor: 12.0\n"
        "[Parsed_ebur128_0 @ 0x2] [info] Summary:\n\n  Integrated loudness:\n    I:         -17.0 LUFS\n"
        "    LRA:         4.0 LU\n    LRA high:   -19.6 LUFSPeak count: 400\n"
        "[Parsed_ebur128_0 @ 0x2] [info] \n\n  True peak:\n    Peak:       -0.1 dBFSsilence_start: 7\n"
        "[Parsed_ebur128_0 @ 0x2] [info] \n"
    )
    program.write_text(f"#!/bin/sh\nprintf '{log}' >&2\nhead -c 160000 /dev/zero\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    measured = measure_audio(audio).measurement
    assert (measured.loudness, measured.loudness_range, measured.true_peak, measured.clipped) == (-17, 4, -0.1, 400)
    assert measured.silences == ((timedelta(seconds=7), timedelta(seconds=10)),)


def test_measuring_functions_are_public() -> None:
    assert podcastkit.read_curve is read_curve
    assert podcastkit.measure is measure
    assert podcastkit.read_peaks is read_peaks
