"""The table of audio formats: file extensions, signatures, ffmpeg's names, and which formats are published.

To support another format that ffmpeg reads, add a row. `probing` recognizes formats without a signature by their
frames or by the content of their container.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from podcastkit.media.containers.chunks import ASF, CAF, WAVE64, Shape


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """How files of a published format are encoded and served."""

    codec: str
    """The codec with which every app plays this format."""
    encoder: str
    """ffmpeg's name for the encoder."""
    content_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioFormat:
    """An audio format that podcastkit reads."""

    name: str
    """The name in `Audio.format`."""
    endings: tuple[str, ...]
    """The file extensions, starting with the usual one."""
    signature: bytes | None = None
    """A regular expression for the first twelve bytes of a file."""
    demuxer: str | None = None
    """ffmpeg's name for the demuxer, if it differs from `name`."""
    chunks: Shape | None = None
    """The shape of its chunks, which show whether a file is complete. Otherwise ffmpeg's duration shows this."""
    names_codec: bool = False
    """Whether files of this format have various codecs, so that messages must name the codec, too."""
    delivery: Delivery | None = None
    """How the format is published, or None if its files are encoded in another format first."""
    content_types: tuple[str, ...] = ()
    """The MIME types that feeds and servers use for its files."""

    @property
    def container(self) -> str:
        """The container in ffmpeg's terms, such as `ogg` for Opus and `mov` for M4A."""
        return self.demuxer or self.name


_AAC_TYPES = ("audio/aac", "audio/x-aac", "audio/aacp")
"""The MIME types of raw AAC. Servers often use them for M4A as well."""
AUDIO_FORMATS = (
    AudioFormat(
        name="mp3",
        endings=(".mp3",),
        delivery=Delivery(codec="mp3", encoder="libmp3lame", content_type="audio/mpeg"),
        content_types=("audio/mpeg", "audio/mp3", "audio/x-mp3", "audio/x-mpeg", "audio/mpeg3"),
    ),
    AudioFormat(
        name="m4a",
        endings=(".m4a", ".m4b"),
        signature=rb"....(?:ftyp|moov|mdat|wide|free|skip)",
        demuxer="mov",
        names_codec=True,
        delivery=Delivery(codec="aac", encoder="aac", content_type="audio/x-m4a"),
        content_types=("audio/x-m4a", "audio/mp4", "audio/m4a", "audio/x-m4b", *_AAC_TYPES),
    ),
    AudioFormat(
        name="wav",
        endings=(".wav",),
        signature=rb"(?:RIFF|RF64|BW64)....WAVE",
        names_codec=True,
        content_types=("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"),
    ),
    AudioFormat(
        name="aiff",
        endings=(".aiff", ".aif", ".aifc"),
        signature=rb"FORM....AIF[FC]",
        names_codec=True,
        content_types=("audio/aiff", "audio/x-aiff"),
    ),
    AudioFormat(name="flac", endings=(".flac",), signature=rb"fLaC", content_types=("audio/flac", "audio/x-flac")),
    AudioFormat(
        name="ogg",
        endings=(".ogg", ".oga"),
        signature=rb"OggS",
        content_types=("audio/ogg", "application/ogg", "audio/opus", "audio/vorbis"),
    ),
    AudioFormat(name="opus", endings=(".opus",), demuxer="ogg"),
    AudioFormat(name="aac", endings=(".aac",), content_types=_AAC_TYPES),
    AudioFormat(name="mp2", endings=(".mp2",), demuxer="mp3"),
    AudioFormat(name="ac3", endings=(".ac3",)),
    AudioFormat(name="caf", endings=(".caf",), signature=rb"caff", chunks=CAF, names_codec=True),
    AudioFormat(name="w64", endings=(".w64",), signature=rb"riff\x2e\x91\xcf\x11", chunks=WAVE64),
    AudioFormat(
        name="wma",
        endings=(".wma",),
        signature=rb"0&\xb2u\x8ef\xcf\x11\xa6\xd9",
        demuxer="asf",
        chunks=ASF,
    ),
    AudioFormat(name="wavpack", endings=(".wv",), signature=rb"wvpk", demuxer="wv"),
    AudioFormat(name="tta", endings=(".tta",), signature=rb"TTA1"),
    AudioFormat(name="au", endings=(".au", ".snd"), signature=rb"\.snd\x00\x00", names_codec=True),
    AudioFormat(name="matroska", endings=(".mka", ".weba"), signature=rb"\x1aE\xdf\xa3", names_codec=True),
    AudioFormat(name="amr", endings=(".amr",), signature=rb"#!AMR"),
)

AUDIO_ENDINGS = frozenset(ending for row in AUDIO_FORMATS for ending in row.endings)
"""The extensions of files that may be an episode's audio."""
UNSUPPORTED_ENDINGS = frozenset({".mp4", ".mov", ".ra", ".aup3", ".webm"})
"""The extensions of files that may contain sound but cannot be an episode's audio: videos, Audacity projects …"""
LOSSLESS_CODECS = frozenset(("pcm", "flac", "alac", "wavpack", "tta"))
DELIVERED_FORMATS = tuple(row.name for row in AUDIO_FORMATS if row.delivery)
"""The names of the formats that can be published."""
_FORMATS_BY_NAME = {row.name: row for row in AUDIO_FORMATS}


def get_format(name: str) -> AudioFormat:
    """Return the format with this name."""
    return _FORMATS_BY_NAME[name]


def get_delivery(name: str) -> Delivery:
    """Return how this format is published. Raises ValueError if it is not a published format."""
    delivery = _FORMATS_BY_NAME[name].delivery
    if delivery is None:
        raise ValueError(f"{name} is not a format for publishing")
    return delivery


def list_containers(content_type: str) -> frozenset[str]:
    """Return the containers that a MIME type can denote; empty if the type is unknown."""
    return frozenset(row.container for row in AUDIO_FORMATS if content_type in row.content_types)


def recognize_format(head: bytes) -> AudioFormat | None:
    """Return the format whose signature matches the first twelve bytes of a file, if any."""
    rows = (row for row in AUDIO_FORMATS if row.signature and re.match(row.signature, head, re.DOTALL))
    return next(rows, None)
