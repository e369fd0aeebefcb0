"""Files with correct headers whose sound is missing, misplaced or damaged must be rejected."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest

from podcastkit.diagnostics import MediaError
from podcastkit.media.containers.mp3 import find_audio_range, list_frames
from podcastkit.media.probing import probe
from tests.sounds import convert

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]
    Change = Callable[[bytes], bytes]

pytestmark = pytest.mark.ffmpeg

_NOISE = random.Random(12).randbytes(4_000_000)  # noqa: S311 - the same in each run


def _cut_mdat(part: float) -> Change:
    """Keep only this part of the sound, and correct the size of `mdat`."""

    def cut(whole: bytes) -> bytes:
        start = whole.index(b"mdat") - 4
        size = int((len(whole) - start) * part)
        return whole[:start] + (struct.pack(">I4s", size, b"mdat") + whole[start + 8 : start + size]) * (part > 0)

    return cut


def _fill(filling: bytes, part: float = 1.0, mark: bytes = b"mdat") -> Change:
    """Replace this part of the sound."""

    def fill(whole: bytes) -> bytes:
        start = whole.rindex(mark) + len(mark) + 8
        size = int((len(whole) - start) * part)
        return whole[:start] + (filling * (size // len(filling) + 1))[:size] + whole[start + size :]

    return fill


def _move_chunks(change: Callable[[int], int]) -> Change:
    def move(whole: bytes) -> bytes:
        at = whole.index(b"stco")
        (count,) = struct.unpack_from(">I", whole, at + 8)
        places = map(change, struct.unpack_from(f">{count}I", whole, at + 12))
        return whole[: at + 12] + struct.pack(f">{count}I", *places) + whole[at + 12 + 4 * count :]

    return move


def _enlarge_samples(whole: bytes) -> bytes:
    at = whole.index(b"stsz") + 12
    (count,) = struct.unpack_from(">I", whole, at)
    sizes = (size * 4 for size in struct.unpack_from(f">{count}I", whole, at + 4))
    return whole[: at + 4] + struct.pack(f">{count}I", *sizes) + whole[at + 4 + 4 * count :]


def _join_twice(whole: bytes) -> bytes:
    return whole + whole


def _halve_size(whole: bytes) -> bytes:
    at = whole.index(b"data") + 4
    return whole[:at] + struct.pack("<I", (len(whole) - at) // 2) + whole[at + 4 :]


def _set_number(mark: bytes, number: int, *, at: int = 8) -> Change:
    """Write a number at an offset from the start of a mark. In a table, offset 8 is the number of rows."""

    def change(whole: bytes) -> bytes:
        place = whole.index(mark) + at
        return whole[:place] + struct.pack(">I", number) + whole[place + 4 :]

    return change


def _break_frames(whole: bytes) -> bytes:
    return whole[:4000] + _NOISE[: len(whole) - 4000]


def _break_middle(whole: bytes) -> bytes:
    return whole[:100_000] + _NOISE[:300_000] + whole[400_000:]


def _break_pages(whole: bytes) -> bytes:
    third = len(whole) // 3
    return whole[:third] + bytes(third) + whole[2 * third :]


def _break_content(part: float) -> Change:
    """Put noise into this part of an MP3, at its end. The frame headers stay valid."""

    def put_noise(whole: bytes) -> bytes:
        position, end = find_audio_range(whole)
        content = bytearray(whole)
        first = end - part * (end - position)
        while position < end:
            size = len(next(list_frames(whole, position, end)))
            if position >= first:
                content[position + 4 : position + size] = _NOISE[position + 4 : position + size]
            position += size
        return bytes(content)

    return put_noise


def _remove_atoms(kind: bytes) -> Change:
    """Remove all atoms of this kind."""

    def leave_out(whole: bytes) -> bytes:
        kept, position = b"", 0
        while position < len(whole):
            size, name = struct.unpack_from(">I4s", whole, position)
            kept += whole[position : position + size] * (name != kind)
            position += size
        return kept

    return leave_out


def _move_fragments(whole: bytes) -> bytes:
    """Move the start of each run of samples beyond the end of the file."""
    parts = whole.split(b"trun")
    return b"trun".join([parts[0], *(part[:8] + struct.pack(">I", 2**30) + part[12:] for part in parts[1:])])


_BAD_FILES = [
    pytest.param("long-fast.m4a", _cut_mdat(0), "contains nothing of", id="no mdat"),
    pytest.param("long-fast.m4a", _cut_mdat(0.33), "only 9", id="a third of mdat"),
    pytest.param("long-fast.m4a", _cut_mdat(0.97), "only 29", id="nearly all of mdat"),
    pytest.param("long-fast.m4a", _fill(b"\0"), "can be decoded", id="zeros"),
    pytest.param("long-fast.m4a", _fill(b"\xff"), "can be decoded", id="ones"),
    pytest.param("long-fast.m4a", _fill(_NOISE), "can be decoded", id="noise"),
    pytest.param("long-fast.m4a", _fill(_NOISE, 0.2), "is damaged: only 2", id="a fifth is noise"),
    pytest.param(
        "long-fast.m4a", _move_chunks(lambda place: place + 2**28), "contains nothing of", id="beyond the end"
    ),
    pytest.param(
        "long-fast.m4a", _move_chunks(lambda place: place % 2000), "contains nothing of", id="in the index"
    ),
    pytest.param("long-fast.m4a", _enlarge_samples, "of the 30.0 s", id="samples that are too large"),
    pytest.param("long-fast.m4a", _set_number(b"stts", 0), "contains no audio", id="no lengths of samples"),
    pytest.param("long-fast.m4a", _set_number(b"stsz", 200, at=12), "only 4.6 s of", id="too few samples"),
    pytest.param(
        "long-fast.m4a", _set_number(b"stts", 2**31), "the header of the file is invalid", id="absurd lengths"
    ),
    pytest.param("long-fast.m4a", _set_number(b"stsc", 2**31), "cannot be decoded", id="absurd chunks"),
    pytest.param("long-fast.m4a", _set_number(b"elst", 0, at=12), "no audio", id="an edit of no length"),
    pytest.param("long-fast.m4a", _set_number(b"stco", 0), "contains nothing of", id="no chunks"),
    pytest.param("long-fast.m4a", lambda whole: whole.replace(b"mvhd", b"free"), "no audio", id="no mvhd"),
    pytest.param("long.m4a", _fill(b"\0", 0.9), "", id="zeros, index last"),
    pytest.param("long-fragmented.m4a", _remove_atoms(b"mdat"), "", id="fragments without sound"),
    pytest.param("long-fragmented.m4a", _remove_atoms(b"moof"), "", id="sound without fragments"),
    pytest.param("long-fragmented.m4a", _move_fragments, "", id="fragments beyond the end"),
    pytest.param("long-dash.m4a", _remove_atoms(b"moof"), "", id="DASH without fragments"),
    pytest.param("long-vbr.mp3", _set_number(b"Xing", 5000), "only 30.0 s of the 2:1", id="MP3, too short"),
    pytest.param("long-cbr.mp3", _break_frames, "only 0.", id="MP3, noise after the first frames"),
    pytest.param("long-cbr-bare.mp3", _break_frames, "is damaged: only 0.", id="MP3 without tag, noise"),
    pytest.param("long-cbr.mp3", _break_middle, "is damaged: only 1", id="MP3, noise in the middle"),
    pytest.param("long-cbr.mp3", _break_content(1), "is damaged: only ", id="MP3, noise in all frames"),
    pytest.param("long-vbr.mp3", _break_content(0.5), "is damaged: only 1", id="MP3, noise in half of the frames"),
    pytest.param("long-cbr-bare.mp3", _break_content(0.15), "is damaged: only 2", id="MP3, noise in some frames"),
    pytest.param(
        "long.ogg", lambda whole: whole[: whole.index(b"OggS", 5000)], "is cut short", id="Ogg, only headers"
    ),
    pytest.param("long.ogg", _break_pages, "is damaged: only ", id="Ogg, zeros in the middle"),
    pytest.param("long.opus", _break_pages, "is damaged: only ", id="Opus, zeros in the middle"),
    pytest.param("long.opus", _fill(_NOISE, mark=b"OpusTags"), "", id="Opus, noise"),
    pytest.param("long.flac", lambda whole: whole[:9000], "no audio", id="FLAC, only header"),
    pytest.param("long-plain.wav", lambda whole: whole[:44], "", id="WAV, only header"),
    pytest.param("long-plain.wav", _join_twice, "plays for only 30.0 s: its header omits", id="WAV, joined"),
    pytest.param("long-plain.wav", _halve_size, "plays for only 15.0 s", id="WAV, half of its size"),
    pytest.param("long.aiff", _join_twice, "plays for only 30.0 s", id="AIFF, joined"),
    pytest.param("long.w64", _join_twice, "plays for only 30.0 s", id="Wave64, joined"),
    pytest.param("long-fast.m4a", _join_twice, "several recordings in a row", id="M4A, joined"),
    pytest.param("long.aac", _break_frames, "is damaged: only ", id="ADTS, noise"),
    pytest.param("long.aac", _break_middle, "is damaged: only ", id="ADTS, noise in the middle"),
    pytest.param(
        "long.caf", lambda whole: whole[:5000], "is cut short: the file contains only 0.0 s", id="CAF, only start"
    ),
    pytest.param("long.w64", lambda whole: whole[:5000], "of the 30.0 s", id="Wave64, only start"),
    pytest.param("long.mka", lambda whole: whole[:9000], "is cut short", id="Matroska, only start"),
    pytest.param("long.aiff", lambda whole: whole[:5000], "of the 30.0 s", id="AIFF, only start"),
]


@pytest.mark.parametrize(("name", "change", "message"), _BAD_FILES)
def test_missing_or_damaged_sound_is_rejected(
    name: str, change: Change, message: str, tmp_path: Path, sound: Sound
) -> None:
    path = tmp_path / name
    path.write_bytes(change(sound(name).read_bytes()))
    with pytest.raises(MediaError) as error:
        probe(path)

    assert error.value.message.startswith(name)
    assert message in error.value.message
    assert error.value.hint


def test_sound_after_short_mdat_is_complete(tmp_path: Path, sound: Sound) -> None:
    whole = sound("long-fast.m4a").read_bytes()
    path = tmp_path / "audio.m4a"
    path.write_bytes(whole.replace(whole[whole.index(b"mdat") - 4 :][:8], struct.pack(">I4s", 1000, b"mdat")))
    assert probe(path).duration == probe(sound("long-fast.m4a")).duration


def test_mp3_with_little_noise_is_accepted(tmp_path: Path, sound: Sound) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(_break_content(0.05)(sound("long-cbr.mp3").read_bytes()))
    assert probe(path).duration == probe(sound("long-cbr.mp3")).duration


def test_very_short_mp3_is_accepted(tmp_path: Path, sound: Sound) -> None:
    path = convert(sound("long-plain.wav"), tmp_path / "audio.mp3", "-t", "0.05")
    assert probe(path).duration.total_seconds() == pytest.approx(0.05)
