from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from podcastkit.media.ffmpeg import build_format_input, find_ffmpeg
from podcastkit.media.formats import (
    AUDIO_ENDINGS,
    AUDIO_FORMATS,
    DELIVERED_FORMATS,
    UNSUPPORTED_ENDINGS,
    AudioFormat,
    get_delivery,
    list_containers,
    recognize_format,
)

pytestmark = pytest.mark.ffmpeg


def test_names_and_extensions_are_unique() -> None:
    names = [row.name for row in AUDIO_FORMATS]
    endings = [ending for row in AUDIO_FORMATS for ending in row.endings]
    assert len(names) == len(set(names))
    assert len(endings) == len(set(endings))
    assert all(ending.startswith(".") and ending == ending.lower() for ending in endings)
    assert not AUDIO_ENDINGS & UNSUPPORTED_ENDINGS


@pytest.mark.parametrize(
    ("content_type", "containers"),
    [("audio/mp3", {"mp3"}), ("audio/aac", {"aac", "mov"}), ("audio/opus", {"ogg"}), ("text/html", set())],
)
def test_list_containers_returns_the_containers_of_a_content_type(content_type: str, containers: set[str]) -> None:
    assert list_containers(content_type) == containers


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"RIFF\x24\0\0\0WAVE", "wav"),
        (b"RF64\xff\xff\n\xffWAVE", "wav"),
        (b"RIFF\x24\0\0\0AVI ", None),
        (b"\0\0\0\x20ftypM4A ", "m4a"),
        (b"FORM\0\0\0\0AIFC", "aiff"),
        (b"FORM\0\0\0\0AIFG", None),
        (b"OggS\0\x02\0\0\0\0\0\0", "ogg"),
        (b"fLaC\0\0\0\x22\x10\0\x10\0", "flac"),
        (b"caff\0\x01\0\0desc", "caf"),
        (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb", "w64"),
        (b"riff\x2f\x91\xcf\x11\xa5\xd6\x28\xdb", None),
        (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9\0\xaa", "wma"),
        (b"wvpk\0\0\0\0\0\0\0\0", "wavpack"),
        (b"TTA1\0\0\0\0\0\0\0\0", "tta"),
        (b".snd\0\0\0\x18\0\0\0\0", "au"),
        (b"\x1aE\xdf\xa3\0\0\0\0\0\0\0\0", "matroska"),
        (b"#!AMR\n\0\0\0\0\0\0", "amr"),
        (b"ID3\x04\0\0\0\0\0\0\0\0", None),
        (b"", None),
    ],
)
def test_format_is_recognized_by_the_first_bytes(head: bytes, name: str | None) -> None:
    found = recognize_format(head)
    assert (found.name if found else None) == name


@pytest.mark.parametrize("format_name", DELIVERED_FORMATS)
def test_published_format_has_audio_content_type(format_name: str) -> None:
    assert get_delivery(format_name).content_type.startswith("audio/")


def test_delivery_of_other_format_raises() -> None:
    with pytest.raises(ValueError, match="flac is not a format for publishing"):
        get_delivery("flac")


@pytest.fixture(scope="module")
def demuxers() -> set[str]:
    return {name for names in list_names("-demuxers") for name in names.split(",")}


def list_names(option: str) -> list[str]:
    arguments = [find_ffmpeg(), "-hide_banner", option]
    lines = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines()
    return [words[1] for line in lines if len(words := line.split()) > 1]


@pytest.mark.parametrize("row", AUDIO_FORMATS, ids=lambda row: row.name)
def test_ffmpeg_has_demuxer_of_format(row: AudioFormat, demuxers: set[str]) -> None:
    flag, demuxer, *_ = build_format_input(row.name, Path("audio"))
    assert flag == "-f"
    assert demuxer in demuxers


def test_ffmpeg_has_encoders() -> None:
    assert {get_delivery(format_name).encoder for format_name in DELIVERED_FORMATS} <= set(list_names("-encoders"))
