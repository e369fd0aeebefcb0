"""Damaged tags never change the duration of a file."""

from __future__ import annotations

import random
import shutil
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import mutagen
import mutagen.apev2
import mutagen.flac
import mutagen.id3
import pytest

from podcastkit.media.containers.mp3 import skip_tags
from podcastkit.media.measuring import measure_audio
from podcastkit.media.probing import probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]

id3: Any = mutagen.id3  # mutagen types only a part of itself
_ROUNDS = 100
_ID3V1 = 128


class _TaggedFile(NamedTuple):
    """A file with tags, and the positions where the tags start and end."""

    whole: bytes
    start: int
    end: int


def _add_id3(path: Path) -> None:
    tags = id3.ID3()
    tags.add(id3.TIT2(text=["Planning time"]))
    tags.add(id3.APIC(mime="image/jpeg", data=random.Random(2).randbytes(3000)))  # noqa: S311 - the same each time
    for number in range(3):
        sub_frames = [id3.TIT2(text=[f"Part {number}"])]
        mark = {"element_id": f"c{number}", "start_time": number * 1000, "end_time": number * 1000 + 999}
        tags.add(id3.CHAP(**mark, sub_frames=sub_frames))
    tags.save(path, v1=2)


def _tag_mp3(path: Path) -> _TaggedFile:
    _add_id3(path)
    whole = path.read_bytes()
    return _TaggedFile(whole, 0, skip_tags(whole))


def _prepend_id3(path: Path) -> _TaggedFile:
    """Put an ID3 tag in front of another format."""
    sound, tag = path.read_bytes(), path.with_suffix(".id3")
    tag.write_bytes(b"")
    _add_id3(tag)
    before = tag.read_bytes()[:-_ID3V1]
    # The damage starts after `ID3`, so that the tag is still recognized.
    return _TaggedFile(before + sound, 3, len(before))


def _append_ape(path: Path) -> _TaggedFile:
    tags: Any = mutagen.apev2.APEv2()
    tags["Title"] = "Planning time"
    tags.save(path)
    whole = path.read_bytes()
    return _TaggedFile(whole, whole.index(b"APETAGEX"), len(whole))


def _tag_flac(path: Path) -> _TaggedFile:
    file: Any = mutagen.flac.FLAC(path)
    file["title"] = "Planning time"
    picture: Any = mutagen.flac.Picture()
    picture.data = bytes(range(256)) * 8
    file.add_picture(picture)
    file.save()
    whole = path.read_bytes()
    return _TaggedFile(whole, 42, whole.index(b"\xff\xf8", 42 + 2200))


def _tag_m4a(path: Path) -> _TaggedFile:
    file: Any = mutagen.File(path)
    file["\xa9nam"], file["----:com.apple.iTunes:NOTE"] = "Planning time", b"Hello"
    file.save()
    whole = path.read_bytes()
    start = whole.index(b"udta", whole.index(b"moov")) - 4
    return _TaggedFile(whole, start, start + struct.unpack(">I", whole[start : start + 4])[0])


def _tag_ogg(path: Path) -> _TaggedFile:
    file: Any = mutagen.File(path)
    file["title"], file["metadata_block_picture"] = "Planning time", "not base64"
    file.save()
    whole = path.read_bytes()
    start = whole.index(b"OpusTags" if path.suffix == ".opus" else b"\3vorbis")
    return _TaggedFile(whole, start, whole.index(b"not base64"))


def _tag_chunks(path: Path) -> _TaggedFile:
    """Append a title and an ID3 tag as the last chunks."""
    order = "<" if path.suffix == ".wav" else ">"
    sound = path.read_bytes()
    info = b"INFO" + b"INAM" + struct.pack(order + "I", 14) + b"Planning time\0"
    tag = b"ID3\3\0\0\0\0\0\x19" + b"TIT2\0\0\0\x0e\0\0\0Planning time" + b"\0"
    text = (b"LIST", info) if path.suffix == ".wav" else (b"NAME", b"Planning time\0")
    chunks = [text, (b"id3 ", tag + b"\0" * (len(tag) % 2))]
    added = b"".join(name + struct.pack(order + "I", len(data)) + data for name, data in chunks)
    whole = sound[:4] + struct.pack(order + "I", len(sound) + len(added) - 8) + sound[8:] + added
    return _TaggedFile(whole, len(sound), len(whole))


def _find_info_list(path: Path) -> _TaggedFile:
    """Return a file by ffmpeg, whose INFO list is before the sound. The damage starts after the chunk name."""
    whole = path.read_bytes()
    start = whole.index(b"LIST")
    return _TaggedFile(whole, start + 4, whole.index(b"data", start))


_FILES: dict[str, tuple[str, Callable[[Path], _TaggedFile]]] = {
    "MP3": ("cbr-bare.mp3", _tag_mp3),
    "MP3 with a header": ("vbr.mp3", _tag_mp3),
    "MP3 with tags at its end": ("vbr.mp3", _append_ape),
    "M4A": ("plain.m4a", _tag_m4a),
    "FLAC": ("sound.flac", _tag_flac),
    "Vorbis": ("sound.ogg", _tag_ogg),
    "Opus": ("sound.opus", _tag_ogg),
    "FLAC after ID3": ("sound.flac", _prepend_id3),
    "WAV": ("stereo.wav", _tag_chunks),
    "WAV with the list first": ("stereo.wav", _find_info_list),
    "AIFF": ("sound.aiff", _tag_chunks),
}


def _damage(tag: bytes, rng: random.Random) -> bytes:
    """Change some bytes of a tag, often with typical wrong sizes, but not its length."""
    data = bytearray(tag)
    for _ in range(rng.choice((1, 1, 2, 8, 100))):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                data[at] ^= 1 << rng.randrange(8)
            case 2:
                data[at : at + 4] = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1"))
            case _:
                data[at : at + 4] = rng.randbytes(4)
    return bytes(data[: len(tag)])


@pytest.mark.ffmpeg
@pytest.mark.slow
@pytest.mark.parametrize("kind", _FILES)
def test_damaged_tag_does_not_change_duration(kind: str, tmp_path: Path, sound: Sound) -> None:
    name, add_tags = _FILES[kind]
    path = tmp_path / name
    shutil.copyfile(sound(name), path)
    whole, start, end = add_tags(path)
    path.write_bytes(whole)
    good, rng = probe(path), random.Random(kind)  # noqa: S311 - the same damage in each run

    assert good.tag_warnings == ()
    damaged: set[str] = set()
    for _ in range(_ROUNDS):
        # The most important fields are at the start.
        reach = end if rng.random() < 0.3 else min(end, start + 60)
        path.write_bytes(whole[:start] + _damage(whole[start:reach], rng) + whole[reach:])
        audio = probe(path)
        assert abs(audio.duration - good.duration).total_seconds() < 0.001
        assert (audio.channels, audio.sample_rate) == (good.channels, good.sample_rate)
        damaged.update(audio.tag_warnings)
    assert damaged or kind == "MP3 with tags at its end"


def _make_id3(size: int) -> bytes:
    """Return a tag of 63 bytes whose header states this size."""
    head = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\4\0\0" + head + b"TIT2\0\0\0\x0e\0\0\3Planning time" + bytes(29)


def _replace_size(mark: bytes, size: bytes, *, offset: int = 0) -> Callable[[bytes], bytes]:
    """Return a function that writes another size at an offset from a mark."""

    def resize(whole: bytes) -> bytes:
        at = whole.index(mark) + offset
        return whole[:at] + size + whole[at + len(size) :]

    return resize


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param(
            "cbr.mp3", lambda whole: _make_id3(40_000) + whole[skip_tags(whole) :], id="ID3 ends in the sound"
        ),
        pytest.param("cbr-bare.mp3", lambda whole: _make_id3(2**27) + whole, id="ID3 ends after the file"),
        pytest.param("cbr-bare.mp3", lambda whole: _make_id3(20) + whole, id="ID3 ends before its end"),
        pytest.param("sound.flac", lambda whole: _make_id3(40_000) + whole, id="ID3 ends in the FLAC after it"),
        pytest.param(
            "sound.flac", _replace_size(b"fLaC", b"\xff\xff\xff", offset=43), id="FLAC comments, too long"
        ),
        pytest.param("sound.flac", _replace_size(b"fLaC", b"\0\0\5", offset=43), id="FLAC comments, too short"),
        pytest.param("stereo.wav", _replace_size(b"LIST", b"\xff\xff\0\0", offset=4), id="LIST ends in the sound"),
        pytest.param(
            "stereo.wav", _replace_size(b"LIST", b"\xff\xff\xff\x7f", offset=4), id="LIST ends after the file"
        ),
        pytest.param(
            "plain.m4a", _replace_size(b"udta", b"\xff\xff\xff\xff", offset=-4), id="udta ends after the file"
        ),
    ],
)
def test_decoder_skips_damaged_tag(
    name: str, damage: Callable[[bytes], bytes], tmp_path: Path, sound: Sound
) -> None:
    path = tmp_path / name
    path.write_bytes(damage(sound(name).read_bytes()))
    audio, good = probe(path), probe(sound(name))

    assert audio.tag_warnings
    assert audio.duration == good.duration
    assert measure_audio(audio).measurement.duration == measure_audio(good).measurement.duration
