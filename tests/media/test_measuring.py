"""Measuring, by whichever ffmpeg is here, on sounds of which it is known what they are."""

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
from podcastkit.media.measuring import PEAK_INTERVAL, listen, measure, read_curve, read_peaks
from podcastkit.media.probing import probe
from tests.media.damage import hollow_flac
from tests.shows import SAMPLE, make_mp3, write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.model import Measurement

pytestmark = pytest.mark.ffmpeg

_SYSTEMS = shutil.which("ffmpeg")
"""Debian's is years older than the bundled one."""
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


@pytest.fixture(autouse=True, params=["bundled", "system"] if _SYSTEMS else ["bundled"])
def _ffmpeg(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCASTKIT_FFMPEG", raising=False)
    if request.param == "system":
        monkeypatch.setenv("PODCASTKIT_FFMPEG", _SYSTEMS or "")


def make(path: Path, source: str, *arguments: str) -> Path:
    """Let ffmpeg make a sound file."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    given = ("-f", "lavfi", "-i", source) if "=" in source else ("-i", source)
    subprocess.run([program, "-nostdin", "-v", "error", "-y", *given, *arguments, str(path)], check=True)
    return path


def tone(dbfs: float, seconds: float = 5) -> str:
    """Return a 997 Hz sine whose peak is at this level."""
    return stereo(f"{10 ** (dbfs / 20)}*sin(997*2*PI*t)", seconds)


def stereo(formula: str, seconds: float) -> str:
    """Return the same in both channels; ffmpeg's own way from mono to stereo would turn it down by 3 dB."""
    return f"aevalsrc='{formula}|{formula}':sample_rate=48000:duration={seconds}"


def silent_moments(measurement: Measurement) -> list[float]:
    """Return where silences begin and end, in seconds."""
    return [round(moment.total_seconds(), 2) for silence in measurement.silences for moment in silence]


@pytest.mark.slow
@pytest.mark.parametrize("form", _FORMATS)
def test_a_stereo_sine_at_23_dbfs_has_23_lufs(form: str, tmp_path: Path) -> None:
    """EBU Tech 3341, section 2.9, test 1: a sine at -23 dBFS in both channels measures -23.0 ± 0.1 LUFS."""
    heard = measure(make(tmp_path / f"tone.{form}", tone(-23, 10), *_FORMATS[form]))
    lossless = form in {"wav", "flac", "aiff"}
    assert heard.loudness == pytest.approx(-23, abs=0.1 if lossless else 0.4)
    assert heard.true_peak == pytest.approx(-23, abs=0.2 if lossless else 1.3)
    assert heard.loudness_range == pytest.approx(0, abs=0.2)
    assert heard.duration.total_seconds() == pytest.approx(10, abs=0.05)
    assert (heard.silences, heard.clipped, heard.errors, heard.is_silent) == ((), 0, 0, False)


@pytest.mark.parametrize("level", [-33, -23, -16])
def test_mono_is_as_loud_as_the_same_from_both_loudspeakers(level: float, tmp_path: Path) -> None:
    mono = measure(make(tmp_path / "mono.wav", tone(level), "-af", "pan=mono|c0=c0"))
    both = measure(make(tmp_path / "both.wav", tone(level)))
    assert mono.loudness == both.loudness == pytest.approx(level, abs=0.1)


@pytest.mark.slow
def test_loudness_range_is_between_the_quiet_and_the_loud(tmp_path: Path) -> None:
    """EBU Tech 3342, test 1: 20 s at -20 dBFS, then 20 s at -30 dBFS: 10 ± 1 LU."""
    heard = measure(make(tmp_path / "two.wav", stereo("0.1*pow(10,-0.5*gte(t,20))*sin(1000*2*PI*t)", 40)))
    assert heard.loudness_range == pytest.approx(10, abs=1)


def test_the_true_peak_lies_between_the_samples(tmp_path: Path) -> None:
    """EBU Tech 3341, test 16: a sine of a quarter of the rate, at 45°, has its peaks 3 dB above its samples."""
    heard = measure(make(tmp_path / "between.wav", stereo("min(0.5,t/2)*sin(12000*2*PI*t+PI/4)", 3)))
    assert heard.true_peak == pytest.approx(-6.0, abs=0.4)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["wav", "mp3", "m4a", "opus"])
def test_silences_are_found_where_they_are(form: str, tmp_path: Path) -> None:
    source = stereo("0.1*sin(440*2*PI*t)*(gte(t,2.5)*lt(t,4)+gte(t,8)*lt(t,12.2))", 16)
    heard = measure(make(tmp_path / f"holes.{form}", source, *_FORMATS[form]))
    assert silent_moments(heard) == pytest.approx([0, 2.5, 4, 8, 12.2, 16], abs=0.1)
    assert heard.silent_start.total_seconds() == pytest.approx(2.5, abs=0.1)
    assert heard.silent_end.total_seconds() == pytest.approx(3.8, abs=0.1)


def test_sound_from_beginning_to_end_has_no_silent_edges(tmp_path: Path) -> None:
    heard = measure(make(tmp_path / "inner.wav", stereo("0.1*sin(440*2*PI*t)*(lt(t,1)+gte(t,3))", 4)))
    assert silent_moments(heard) == pytest.approx([1, 3], abs=0.03)
    assert heard.silent_start == heard.silent_end == timedelta()


@pytest.mark.parametrize("name", ["silence.wav", "silence.mp3", "noise.wav"])
def test_pure_silence_has_no_loudness_and_no_end_of_silence(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "noise.wav":
        make(path, "anoisesrc=amplitude=0.001:duration=5", "-ac", "2")
    elif name == "silence.wav":
        write_wav(path, 5)
    else:
        path.write_bytes(make_mp3(5))
    heard = measure(path)
    assert heard.is_silent
    assert (heard.silent_start, heard.silent_end) == (timedelta(), timedelta())
    assert heard.loudness is None or heard.loudness < -50


@pytest.mark.parametrize("seconds", [0.01, 0.2, 0.39])
def test_what_is_too_short_to_be_measured_has_no_loudness(seconds: float, tmp_path: Path) -> None:
    heard = measure(make(tmp_path / "short.wav", tone(-20, seconds)))
    assert (heard.loudness, heard.loudness_range) == (None, None)
    assert heard.true_peak == pytest.approx(-20, abs=1)
    assert heard.duration.total_seconds() == pytest.approx(seconds, abs=0.002)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's speech, with its loudest sample at full scale."""
    folder = tmp_path_factory.mktemp("speech")
    spoken = make(folder / "spoken.wav", str(SAMPLE / "05-planning-time" / "audio.mp3"), "-c:a", "pcm_f32le")
    peak = measure(spoken).true_peak
    assert peak is not None
    return make(folder / "speech.wav", str(spoken), "-af", f"volume={-peak}dB", "-c:a", "pcm_f32le")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "form", "clipped"),
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
def test_clipped_speech_is_told_from_clean_and_from_limited(
    how: str, form: str, clipped: bool, speech: Path, tmp_path: Path
) -> None:
    cut_off = make(tmp_path / "loud.wav", str(speech), "-af", how, "-c:a", "pcm_s16le")
    heard = measure(make(tmp_path / f"made.{form}", str(cut_off), *_FORMATS[form]))
    assert (heard.clipped >= 10) is clipped


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
def test_any_number_of_channels_is_measured(channels: int, tmp_path: Path) -> None:
    layout = "|".join(f"c{number}=c0" for number in range(channels))
    path = make(tmp_path / "many.wav", tone(-23), "-af", f"pan={channels}c|{layout}")
    assert probe(path).channels == channels
    heard = measure(path)
    assert heard.true_peak == pytest.approx(-23, abs=0.2)
    assert heard.loudness is not None


def test_a_file_of_infinite_and_of_no_numbers_is_measured(tmp_path: Path) -> None:
    source = "aevalsrc='if(gt(t,1),0/0,1e30*sin(t*2000))':duration=3"
    heard = measure(make(tmp_path / "strange.wav", source, "-c:a", "pcm_f32le"))
    assert all(value is None or math.isfinite(value) for value in (heard.loudness, heard.true_peak))


def test_peaks_are_two_bytes_for_each_tenth_of_a_second(tmp_path: Path) -> None:
    path = make(tmp_path / "half.wav", stereo("0.5*sin(100*2*PI*t)*gte(t,1)", 2.05), "-ar", "44100")
    peaks = array("b", read_peaks(path))
    assert len(peaks) == 2 * math.ceil(2.05 / PEAK_INTERVAL.total_seconds())
    assert set(peaks[:18]) == {0}
    assert all(-65 <= low <= -62 for low in peaks[22:40:2])
    assert all(62 <= high <= 65 for high in peaks[23:40:2])


def test_full_scale_fits_into_its_byte(tmp_path: Path) -> None:
    source = "aevalsrc='if(lt(mod(t,0.02),0.01),4,-4)':sample_rate=48000:duration=1"
    peaks = array("b", read_peaks(make(tmp_path / "square.wav", source, "-c:a", "pcm_f32le")))
    assert (min(peaks), max(peaks)) == (-128, 127)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["flac", "m4a", "opus"])
def test_damage_is_counted_and_the_rest_is_measured(form: str, tmp_path: Path) -> None:
    path = make(tmp_path / f"damaged.{form}", "anoisesrc=color=pink:seed=7:duration=20", *_FORMATS[form])
    data = bytearray(path.read_bytes())
    middle, hole = len(data) // 2, len(data) // 14
    data[middle : middle + hole] = bytes(hole)
    path.write_bytes(data)
    heard = measure(path)
    assert heard.loudness is not None
    assert heard.errors or probe(path).duration - heard.duration > timedelta(seconds=1)


def test_tags_at_the_end_of_an_mp3_do_no_harm(tmp_path: Path) -> None:
    path = make(tmp_path / "tagged.mp3", tone(-23), *_FORMATS["mp3"])
    tag = b"APETAGEX" + struct.pack("<I", 2000) + bytes(range(256)) * 80 + b"TAG" + bytes(125)
    path.write_bytes(path.read_bytes() + tag)
    assert measure(path).duration.total_seconds() == pytest.approx(5, abs=0.1)


def test_what_promises_sound_and_has_none_is_named(tmp_path: Path) -> None:
    path = make(tmp_path / "empty.flac", tone(-23))
    path.write_bytes(hollow_flac(path.read_bytes()))
    with pytest.raises(MediaError, match=r"empty\.flac cannot be decoded: "):
        measure(path)


@pytest.mark.parametrize("content", [b"", b"no sound at all"], ids=["empty", "text"])
def test_what_is_no_audio_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(content)
    with pytest.raises(MediaError, match=r"a\.mp3"):
        measure(tmp_path / "a.mp3")


def test_a_playlist_that_poses_as_audio_opens_nothing_else(tmp_path: Path) -> None:
    other = make(tmp_path / "other.mp3", tone(-23), *_FORMATS["mp3"])
    audio = probe(other)
    other.rename(tmp_path / "secret.mp3")
    other.write_text(f"#EXTM3U\n#EXTINF:5,\nfile://{tmp_path / 'secret.mp3'}\n")
    with pytest.raises(FfmpegFailed):
        listen(audio)


def test_tags_that_speak_as_ffmpeg_does_decide_nothing(tmp_path: Path) -> None:
    said = ("Summary:", "lavfi.r128.S=-3.000", "silence_start: 2")
    lie = "\n".join(["x", *(f"[Parsed_ebur128_0 @ 0x1] [info] {words}" for words in said)])
    lie += "\n    I: -16.0 LUFS\n    Peak: -9.0 dBFS"
    path = make(tmp_path / "liar.mp3", tone(-23), *_FORMATS["mp3"], "-metadata", f"title={lie}")
    heard = listen(probe(path))
    assert heard.measurement.loudness == pytest.approx(-23, abs=0.4)
    assert heard.measurement.silences == ()
    assert heard.curve[2] == pytest.approx(-23, abs=0.4)


@pytest.mark.slow
def test_a_tag_that_speaks_of_errors_is_no_damage(tmp_path: Path) -> None:
    lie = ("-metadata", "title=[error] Decoding error: CRC mismatch")
    assert measure(make(tmp_path / "liar.m4a", tone(-23), *_FORMATS["m4a"], *lie)).errors == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_what_a_long_tag_says_late_is_no_line_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make(tmp_path / "a.wav", tone(-23)))
    program = tmp_path / "ffmpeg"
    lie = "[silencedetect @ 0x1] [info] silence_start: 2\\n"
    program.write_text(f"#!/bin/sh\nprintf '%4096s{lie}' x >&2\nhead -c 160000 /dev/zero\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    assert listen(audio).measurement.silences == ()


@pytest.mark.slow
def test_how_far_it_has_come_is_told_all_the_way(tmp_path: Path) -> None:
    audio = probe(make(tmp_path / "long.wav", tone(-23, 35), "-ar", "8000"))
    told: list[float] = []
    listen(audio, lambda heard: told.append(heard.total_seconds()))
    assert told == [10, 20, 30, 35]


@pytest.mark.slow
def test_who_stops_it_leaves_no_ffmpeg_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make(tmp_path / "long.wav", tone(-23, 600), "-ar", "8000"))
    if sys.platform != "win32":
        pid = tmp_path / "pid"
        program = tmp_path / "ffmpeg"
        program.write_text(f"#!/bin/sh\necho $$ > '{pid}'\nexec '{find_ffmpeg()}' \"$@\"\n")
        program.chmod(0o755)
        monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))

    def stop(_: timedelta) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        listen(audio, stop)
    if sys.platform != "win32":
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_an_endless_log_blocks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make(tmp_path / "a.wav", tone(-23)))
    program = tmp_path / "ffmpeg"
    noise = "head -c 3000000 /dev/zero | tr '\\0' 'x' >&2"
    lines = f"{noise}\nhead -c 160000 /dev/zero\nprintf '\\n[error] it broke\\n' >&2\nexit 1"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    with pytest.raises(FfmpegFailed, match="it broke"):
        listen(audio)


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_impossible_moments_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make(tmp_path / "a.wav", tone(-23)))
    program = tmp_path / "ffmpeg"
    log = "".join(f"[silencedetect @ 0x1] [info] silence_{word}\\n" for word in ("start: 1e200", "end: nan"))
    program.write_text(f"#!/bin/sh\nprintf '{log}' >&2\nhead -c 160000 /dev/zero\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    assert listen(audio).measurement.silences == ()


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_whoever_cannot_hear_the_log_is_told_and_blocks_nothing(
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
def test_the_log_is_heard_to_its_end_before_a_failure_comes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nyes 'a line' | head -c 60000 >&2\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    begun, may_go_on = threading.Event(), threading.Event()

    def hear(_: str) -> None:
        begun.set()
        may_go_on.wait(5)

    def leave() -> None:
        with stream_ffmpeg([], hear):
            begun.wait(5)
            # As late as can be: the log is still being read when the program is dead and its pipes are let go of.
            threading.Timer(0.2, may_go_on.set).start()
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        leave()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ffmpeg")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_words_in_place_of_numbers_are_no_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make(tmp_path / "a.wav", tone(-23)))
    program = tmp_path / "ffmpeg"
    log = "[Parsed_ebur128_0 @ 0x1] [info] Summary:\n    I:         loud LUFS\n    Peak:      high dBFS\n"
    program.write_text(f"#!/bin/sh\nprintf '{log}' >&2\nhead -c 160000 /dev/zero\n")
    program.chmod(0o755)
    monkeypatch.setenv("PODCASTKIT_FFMPEG", str(program))
    measured = listen(audio).measurement
    assert (measured.loudness, measured.true_peak) == (None, None)
    assert measured.duration == timedelta(seconds=10)


@pytest.mark.slow
def test_the_curve_has_the_loudness_of_each_second(tmp_path: Path) -> None:
    source = stereo("if(lt(t,6),0.1,if(lt(t,12),0.4,if(lt(t,20),0,0.2)))*sin(1000*2*PI*t)", 25.5)
    curve = read_curve(make(tmp_path / "steps.wav", source, "-ar", "44100"))
    assert len(curve) == 26
    assert (curve[0], curve[24:]) == (None, (None, None))
    assert curve[2:4] == pytest.approx([-20, -20], abs=0.1)
    assert curve[8:10] == pytest.approx([-7.96, -7.96], abs=0.1)
    assert curve[14:18] == (None,) * 4
    assert curve[22:24] == pytest.approx([-13.98] * 2, abs=0.1)


def test_the_curve_of_mono_is_that_of_what_it_is_heard_as(tmp_path: Path) -> None:
    mono = make(tmp_path / "mono.wav", "aevalsrc=0.1*sin(1000*2*PI*t):sample_rate=48000:duration=5", "-ac", "1")
    assert read_curve(mono)[2] == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize(("seconds", "length"), [(0.05, 1), (2.5, 3), (3.2, 4)])
def test_what_is_shorter_than_three_seconds_has_no_curve(seconds: float, length: int, tmp_path: Path) -> None:
    curve = read_curve(make(tmp_path / "short.wav", tone(-20, seconds)))
    assert len(curve) == length
    assert [loudness is not None for loudness in curve] == [seconds > 3 and index == 1 for index in range(length)]


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts with #!")
def test_what_two_filters_say_at_once_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = probe(make(tmp_path / "a.wav", tone(-23)))
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
    heard = listen(audio).measurement
    assert (heard.loudness, heard.loudness_range, heard.true_peak, heard.clipped) == (-17, 4, -0.1, 400)
    assert heard.silences == ((timedelta(seconds=7), timedelta(seconds=10)),)


def test_measuring_is_public() -> None:
    assert podcastkit.read_curve is read_curve
    assert podcastkit.measure is measure
    assert podcastkit.read_peaks is read_peaks
