"""Read the facts about an audio file from its content; refuse what cannot be heard to its end, with the fix."""

from __future__ import annotations

import io
import mmap
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from mutagen.flac import FLAC
from mutagen.mp4 import MP4
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from podcastkit.diagnostics import MediaError
from podcastkit.media.containers import chunks, flac, mp3, mp4, ogg, pcm
from podcastkit.media.decoded_length import decode
from podcastkit.media.files import open_file
from podcastkit.media.formats import AudioFormat, recognise_format
from podcastkit.media.tag_reader import Tags, mp4_tags, read_id3, vorbis_tags
from podcastkit.model import Audio
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = timedelta(hours=24)
_EXPORT = "export it again as MP3, M4A or WAV"
_CUT_SHORT = "an export, a copy or a download did not finish: export or copy it again"
_STILL_PICTURES = frozenset(("jpeg", "png ", "mjpa", "mjpb"))
"""What the pictures of chapters are made of; any other picture track makes a file a video."""
_FRAMES = {"aac": rb"\xff[\xf0\xf1\xf8\xf9]", "ac3": rb"\x0bw"}
"""Formats that are frames alone, by the beginning of a frame; MP3 may be longer, and is looked for first."""
_STRANGERS = {
    b"PK\x03\x04": "is a ZIP archive",
    b"\x00\x00\x01\xba": "is an MPEG video",
    b"RIFF": "is a RIFF file without sound of its own (perhaps an AVI video)",
}
"""Files in which MP3 frames may be found that no podcast app would look for."""
_OPUS_RATE = 48_000
"""Whatever was recorded (RFC 7845 section 5.1)."""
_CLOSE = timedelta(milliseconds=20)
_SLACK = timedelta(seconds=0.5)
"""By how much less may come out than a header promises that counts what encoders add, or does not."""
_OGG_VIDEOS = (b"\x80theora", b"BBCD\0", b"\x01video\0")


class _CommentedKind(NamedTuple):
    """A format with Vorbis comments, of which mutagen reads the tags, the sample rate and the channels."""

    form: str
    codec: str
    open: Callable[[BinaryIO], Any]


class _Mp4(MP4):
    """mutagen, save that it would refuse the whole file for one title of a chapter that is not UTF-8."""

    MP4Chapters = staticmethod(lambda *_: None)  # type: ignore[assignment] # we read them ourselves


_open_mp4: Callable[[BinaryIO], Any] = _Mp4
_FLAC = _CommentedKind("flac", "flac", FLAC)
_OGG_KINDS = {
    b"\x01vorbis": _CommentedKind("ogg", "vorbis", OggVorbis),
    b"\x7fFLAC": _CommentedKind("ogg", "flac", OggFLAC),
    b"OpusHead": _CommentedKind("opus", "opus", OggOpus),
}


def probe(path: str | Path) -> Audio:
    """Read what an audio file is, whatever its name says.

    Its length is counted: that of MP3 by its frames, that of Ogg by its pages, that of WAV, AIFF, FLAC and M4A by
    what their headers say once that agrees with what is there. What is doubtful, compressed WAV, fragmented M4A and
    what only ffmpeg reads is decoded, which takes seconds for an hour. Raises `MediaError`, with the cure, for a
    file that is not audio or is a video, or that is empty, damaged or cut short.
    """
    path = Path(path)
    with open_file(path) as file:
        size = file.seek(0, io.SEEK_END)
        if not size:
            raise MediaError(f"{display_name(path)} is empty", _CUT_SHORT)
        # Not closed by hand: an interrupted search still holds its bytes, and then closing it would raise.
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        source = _Source(path=path, file=file, size=size, data=data)
        try:
            return _plausible(source, _read(source))
        except (MediaError, OSError):
            raise
        except Exception as error:
            # Damaged files make mutagen raise IndexError, struct.error, MemoryError and more beside its own errors.
            raise source.refused(f"is damaged ({str(error) or type(error).__name__})", _EXPORT) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """The open file that is being probed."""

    path: Path
    file: BinaryIO
    size: int
    data: mmap.mmap

    def refused(self, what: str, cure: str) -> MediaError:
        return MediaError(f"{display_name(self.path)} {what}", cure)

    def cut_short(self, why: str = "its header promises more sound than there is") -> MediaError:
        return self.refused(f"is cut short: {why}", _CUT_SHORT)

    def rewound(self) -> BinaryIO:
        self.file.seek(0)
        return self.file

    def audio(
        self,
        form: str,
        codec: str,
        tags: Tags,
        *,
        seconds: float,
        sample_rate: int,
        channels: int,
        bitrate: int | None = None,
        shown: timedelta | None = None,
        gaps: tuple[timedelta, ...] = (),
    ) -> Audio:
        return Audio(
            path=self.path,
            format=form,
            codec=codec,
            duration=timedelta(seconds=seconds),
            bitrate=bitrate or (round(self.size * 8 / seconds) if seconds > 0 else None),
            sample_rate=sample_rate,
            channels=channels,
            size=self.size,
            exact=True,
            shown=shown,
            gaps=gaps,
            **tags._asdict(),
        )


def _read(source: _Source) -> Audio:
    data = source.data
    start = mp3.skip_id3(data)
    head = data[start : start + 12]
    form = recognise_format(head)
    # Of formats with a signature, only FLAC is known to come after ID3 tags.
    if form and (start == 0 or form.name == "flac"):
        reader = _READERS.get(form.name)
        return reader(source) if reader else _read_decoded(source, form)
    for magic, what in _STRANGERS.items():
        if head.startswith(magic):
            raise source.refused(what, _EXPORT)
    return _read_frames(source)


def _read_frames(source: _Source) -> Audio:
    """Read what has no header for the whole: MP3 and MP2, else raw AAC and AC-3."""
    if walk := mp3.walk_frames(source.data):
        return _read_mp3(source, walk)
    start = mp3.skip_id3(source.data)
    head = source.data[start : start + 2]
    form = next((form for form, mark in _FRAMES.items() if re.match(mark, head)), None)
    if form is None:
        raise source.refused("holds no sound that can be read", f"if it plays on your computer, {_EXPORT}")
    return _decoded(source, form, read_id3(source.file))


def _read_mp3(source: _Source, walk: mp3.FrameWalk) -> Audio:
    if walk.truncated:
        raise source.cut_short()
    form = "mp3" if walk.layer == 3 else "mp2"  # noqa: PLR2004 - there are but two
    return source.audio(
        form,
        form,
        read_id3(source.file),
        seconds=walk.duration.total_seconds(),
        bitrate=walk.bitrate,
        sample_rate=walk.sample_rate,
        channels=walk.channels,
        shown=walk.shown,
        gaps=walk.gaps,
    )


def _read_wav(source: _Source) -> Audio:
    layout = pcm.read_wav(source.file, source.size)
    if layout is None:
        raise source.refused("is a WAV file without sound", _CUT_SHORT)
    return _read_pcm(source, "wav", layout)


def _read_aiff(source: _Source) -> Audio:
    if chunks.is_cut_short(source.file, source.size, chunks.AIFF):
        raise source.cut_short()
    layout = pcm.read_aiff(source.file, source.size)
    if layout is None:
        raise source.refused("is an AIFF file without sound", _CUT_SHORT)
    if layout.promised == 0:
        cure = f"{_EXPORT}; a program that writes while it records may leave the length out"
        raise source.refused("does not tell how long it is", cure)
    return _read_pcm(source, "aiff", layout)


def _read_pcm(source: _Source, form: str, layout: pcm.PcmLayout) -> Audio:
    """Read sound that is not compressed, whose length follows from its size; else decode it."""
    if layout.truncated:
        raise source.cut_short()
    tags = _chunk_tags(source, layout.id3)
    if layout.frames is None:
        return _decoded(source, form, tags, promised=_promise(layout.promised, layout.sample_rate))
    return source.audio(
        form,
        "pcm",
        tags,
        seconds=layout.frames / layout.sample_rate if layout.sample_rate else 0,
        bitrate=layout.block_size * layout.sample_rate * 8,
        sample_rate=layout.sample_rate,
        channels=layout.channels,
    )


def _chunk_tags(source: _Source, chunk: chunks.Chunk | None) -> Tags:
    if chunk is None:
        return Tags()
    source.file.seek(chunk.start)
    return read_id3(io.BytesIO(source.file.read(min(chunk.size, source.size - chunk.start))))


def _promise(samples: int | None, rate: int) -> timedelta | None:
    """Return what a header promises at least, by the samples that it tells."""
    return timedelta(seconds=samples / rate) - _CLOSE if samples and rate else None


def _read_mp4(source: _Source) -> Audio:
    layout = mp4.read_layout(source.file, source.size)
    if layout.truncated or not layout.indexed:
        missing = "it says that it is longer" if layout.indexed else "its table of contents (moov) is missing"
        raise source.cut_short(missing)
    if not any(handler == "soun" for handler, _ in layout.tracks):
        raise source.refused("holds no sound", _EXPORT)
    if any(handler == "vide" and codec not in _STILL_PICTURES for handler, codec in layout.tracks):
        raise source.refused("is a video", "export only its sound, as MP3, M4A or WAV")
    file = _open_mp4(source.rewound())
    tags = mp4_tags(file.tags, mp4.read_chapters(source.file, source.size))
    if layout.fragmented:
        counted = _decoded(source, "m4a", tags)
        return replace(counted, shown=None if layout.tells_length else timedelta(0))
    return source.audio(
        "m4a",
        "aac" if file.info.codec.startswith("mp4a.40") else file.info.codec,
        tags,
        seconds=layout.duration.total_seconds(),
        bitrate=file.info.bitrate,
        sample_rate=file.info.sample_rate,
        channels=file.info.channels,
    )


def _read_flac(source: _Source) -> Audio:
    layout = flac.read_layout(source.data, mp3.skip_id3(source.data))
    file = _FLAC.open(source.rewound())
    if layout.counted is not None and layout.counted == (layout.promised or layout.counted):
        return _headed(source, _FLAC, file, layout.counted / file.info.sample_rate)
    promised = _promise(layout.promised, file.info.sample_rate)
    return _decoded(source, "flac", vorbis_tags(file.tags), promised=promised)


def _read_ogg(source: _Source) -> Audio:
    walk = ogg.walk_pages(source.file, source.size)
    if not walk.heads:
        raise source.refused("is an Ogg file without sound that can be read", _EXPORT)
    if any(head.startswith(_OGG_VIDEOS) for head in walk.heads):
        raise source.refused("is a video", "export only its sound, as MP3, M4A or WAV")
    if walk.truncated:
        raise source.cut_short("its sound does not come to its end")
    known = [(head, kind) for head in walk.heads if (kind := _ogg_kind(head))]
    if not known:
        return _decoded(source, "ogg", Tags())
    if len(known) > 1:
        cure = "join them in an audio editor, and export the whole as MP3, M4A or WAV"
        raise source.refused("is several recordings of different kinds, of which apps play only the first", cure)
    head, kind = known[0]
    file = kind.open(source.rewound())
    if not walk.simple:
        return _decoded(source, kind.form, vorbis_tags(file.tags))
    # What an Opus decoder needs to settle is no part of the sound (RFC 7845 section 4.2).
    settling = int.from_bytes(head[10:12], "little") if kind.codec == "opus" else 0
    return _headed(source, kind, file, (walk.position - settling) / _rate(file))


def _ogg_kind(head: bytes) -> _CommentedKind | None:
    return next((kind for mark, kind in _OGG_KINDS.items() if head.startswith(mark)), None)


_READERS = {"wav": _read_wav, "m4a": _read_mp4, "aiff": _read_aiff, "flac": _read_flac, "ogg": _read_ogg}
"""The readers that count the length themselves; ffmpeg decodes the other formats with a signature."""


def _read_decoded(source: _Source, form: AudioFormat) -> Audio:
    """Read a format that only ffmpeg reads."""
    if form.chunks and chunks.is_cut_short(source.file, source.size, form.chunks):
        raise source.cut_short()
    return _decoded(source, form.name, Tags(), keeps_promise=form.chunks is None)


def _decoded(
    source: _Source, form: str, tags: Tags, *, promised: timedelta | None = None, keeps_promise: bool = False
) -> Audio:
    """Count what comes out of a file; less than was promised, by us or (`keeps_promise`) by ffmpeg, is a cut."""
    heard = decode(form, source.path)
    if keeps_promise and heard.promised:
        promised = heard.promised - _SLACK
    if promised and heard.duration < promised:
        raise source.cut_short()
    return source.audio(
        form,
        heard.codec,
        tags,
        seconds=heard.duration.total_seconds(),
        sample_rate=heard.sample_rate,
        channels=heard.channels,
    )


def _headed(source: _Source, kind: _CommentedKind, file: Any, seconds: float) -> Audio:  # noqa: ANN401 - mutagen's types differ
    return source.audio(
        kind.form,
        kind.codec,
        vorbis_tags(file.tags),
        seconds=seconds,
        sample_rate=_rate(file),
        channels=file.info.channels,
    )


def _rate(file: Any) -> int:  # noqa: ANN401 - mutagen's types differ
    return int(getattr(file.info, "sample_rate", _OPUS_RATE))


def _plausible(source: _Source, audio: Audio) -> Audio:
    if not timedelta(0) < audio.duration <= _LONGEST:
        raise source.refused(f"says that it is {audio.duration.total_seconds():.0f} seconds long", _EXPORT)
    if audio.sample_rate <= 0 or audio.channels <= 0:
        raise source.refused("is damaged: it tells neither its sample rate nor its channels", _EXPORT)
    return audio
