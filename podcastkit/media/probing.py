"""Read the facts about an audio file from its content; refuse what cannot be heard to its end, with the fix."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from podcastkit.diagnostics import MediaError
from podcastkit.media.chunk_tags import read_chunk_tags
from podcastkit.media.containers import adts, chunks, flac, mp3, mp4, mp4_items, ogg, pcm
from podcastkit.media.containers.file_bytes import FileBytes, read_from
from podcastkit.media.decoded_length import Decoded, decode
from podcastkit.media.files import changed_meanwhile, open_file
from podcastkit.media.formats import AudioFormat, recognise_format
from podcastkit.media.id3 import read_id3
from podcastkit.media.tag_reader import Tags, add_tags, read_comments, read_mp4
from podcastkit.model import Audio, Extent
from podcastkit.text.quoting import display_name
from podcastkit.text.timecodes import format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from podcastkit.media.containers.aac import AacConfig
    from podcastkit.media.containers.mp4_samples import Samples

_LONGEST = timedelta(hours=24)
_EXPORT = "export it again as MP3, M4A or WAV"
_CUT_SHORT = "an export, a copy or a download did not finish: export or copy it again"
_JOIN = "join them in an audio editor, and export the whole as MP3, M4A or WAV"
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
_CLOSE = timedelta(milliseconds=50)
"""What is missing at the end is not heard, as where the size in a header is a little too large."""
_FOREIGN = timedelta(seconds=1)
"""What may be behind the sound of a file without being a part of it."""
_NEARLY_ALL = 0.98
"""The part of an excerpt that is decoded of any good file."""
_ENOUGH = 0.9
"""The part of what is promised that must be there of sound that is damaged."""
_SLACK = timedelta(seconds=0.5)
"""By how much less may come out than a header promises that counts what encoders add, or does not."""
_OGG_VIDEOS = (b"\x80theora", b"BBCD\0", b"\x01video\0")


class _OggKind(NamedTuple):
    """A kind of sound in Ogg, and where its first packet has the channels and the sample rate."""

    form: str
    codec: str
    channels: Callable[[bytes], int]
    sample_rate: Callable[[bytes], int]


_OGG_KINDS = {
    b"\x01vorbis": _OggKind(
        "ogg", "vorbis", lambda head: head[11], lambda head: int.from_bytes(head[12:16], "little")
    ),
    b"\x7fFLAC": _OggKind(
        "ogg", "flac", lambda head: (head[29] >> 1 & 7) + 1, lambda head: int.from_bytes(head[27:30], "big") >> 4
    ),
    b"OpusHead": _OggKind("opus", "opus", lambda head: head[9], lambda _: _OPUS_RATE),
}


def probe(path: str | Path) -> Audio:
    """Read what an audio file is, whatever its name says.

    Its length is counted: that of MP3 by its frames, that of Ogg by its pages, that of WAV, AIFF, FLAC and M4A by
    what their headers say once that agrees with what is there. Of M4A some seconds are decoded, and of MP3 some
    frames are looked into, or all where those are not right. What is doubtful, compressed WAV, fragmented M4A and
    what only ffmpeg reads is decoded as a whole, which takes seconds for an hour. Raises `MediaError`, with the
    cure, for a file that is not audio or is a video, or that is empty, damaged or cut short; `declared` is then the
    length that it promises.
    """
    path = Path(path)
    with open_file(path) as file:
        size = file.seek(0, io.SEEK_END)
        if not size:
            raise MediaError(f"{display_name(path)} is empty", _CUT_SHORT)
        source = _open_source(path, file, size)
        try:
            audio = _plausible(source, _read(source))
        except OSError:
            raise
        except Exception as error:
            if file.seek(0, io.SEEK_END) != size:
                raise changed_meanwhile(path) from error
            if isinstance(error, MediaError):
                raise
            # Damaged files make the readers raise IndexError, struct.error, MemoryError and more.
            what = f"is damaged ({error})" if str(error) else "is damaged: its header or its tags make no sense"
            raise source.refused(what, _EXPORT) from error
        if file.seek(0, io.SEEK_END) != size:
            raise changed_meanwhile(path)
        return audio


def _open_source(path: Path, file: BinaryIO, size: int) -> _Source:
    """Return what is probed: a file of a format with a signature, or that format behind ID3 tags."""
    data = FileBytes(file, size)
    tagged = mp3.skip_id3(data)
    form = recognise_format(data[tagged : tagged + 12])
    start = tagged if form else 0
    id3 = read_id3(data)
    behind = read_from(file, start) if start else file
    return _Source(path=path, file=behind, start=start, size=size - start, form=form, id3=id3)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """The open file that is being probed, without the `start` bytes in front of its format's signature."""

    path: Path
    file: BinaryIO
    start: int
    size: int
    form: AudioFormat | None
    id3: Tags
    """What the ID3 tags at both ends of the file say."""

    @property
    def data(self) -> FileBytes:
        return FileBytes(self.file, self.size)

    @property
    def extent(self) -> Extent | None:
        return Extent(start=self.start, end=self.start + self.size) if self.start else None

    def refused(self, what: str, cure: str, declared: timedelta | None = None) -> MediaError:
        error = MediaError(f"{display_name(self.path)} {what}", cure)
        error.declared = declared
        return error

    def cut_short(self, why: str, declared: timedelta | None = None) -> MediaError:
        return self.refused(f"is cut short: {why}", _CUT_SHORT, declared)

    def incomplete(self, present: timedelta, declared: timedelta) -> MediaError:
        """Return the error that says how much is there of what was promised."""
        there = f"only {format_seconds(present)} are" if present else "nothing is"
        why = f"{there} there of the {format_seconds(declared)} that its header promises"
        return self.cut_short(why, declared)

    def refuse_missing(self, present: timedelta, declared: timedelta, slack: timedelta = _CLOSE) -> None:
        """Raise `MediaError` if so much is missing that somebody hears it."""
        if declared - present > slack:
            raise self.incomplete(present, declared)

    def refuse_damaged(self, present: timedelta, declared: timedelta) -> None:
        """Raise `MediaError` if too little of the sound can be decoded."""
        if present < _ENOUGH * declared:
            what = f"is damaged: only {format_seconds(present)} of its {format_seconds(declared)} can be decoded"
            raise self.refused(what, "see whether it plays on this computer, and export or copy it again", declared)

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
        extent: Extent | None = None,
    ) -> Audio:
        return Audio(
            path=self.path,
            format=form,
            codec=codec,
            duration=timedelta(seconds=seconds),
            bitrate=bitrate or (round(self.size * 8 / seconds) if seconds > 0 else None),
            sample_rate=sample_rate,
            channels=channels,
            size=self.start + self.size,
            exact=True,
            shown=shown,
            gaps=gaps,
            extent=extent or self.extent,
            **add_tags(tags, self.id3)._asdict(),
        )


def _read(source: _Source) -> Audio:
    if source.form:
        reader = _READERS.get(source.form.name)
        return reader(source) if reader else _read_decoded(source, source.form)
    data = source.data
    start = mp3.skip_id3(data)
    for magic, what in _STRANGERS.items():
        if data[start : start + 12].startswith(magic):
            raise source.refused(what, _EXPORT)
    return _read_frames(source)


def _read_frames(source: _Source) -> Audio:
    """Read what has no header for the whole: MP3 and MP2, else raw AAC and AC-3."""
    data = source.data
    if walk := mp3.walk_frames(data):
        return _read_mp3(source, walk)
    start = mp3.skip_id3(data)
    head = data[start : start + 2]
    form = next((form for form, mark in _FRAMES.items() if re.match(mark, head)), None)
    if form is None:
        raise source.refused("holds no sound that can be read", f"if it plays on your computer, {_EXPORT}")
    audio = _decoded(source, form, Tags(), says_mono=form == "aac" and adts.is_mono(data[start : start + 4]))
    if form == "aac" and (share := adts.measure_frames(data, start)):
        source.refuse_damaged(audio.duration, audio.duration / share)
    return audio


def _read_mp3(source: _Source, walk: mp3.FrameWalk) -> Audio:
    if walk.truncated:
        raise source.incomplete(walk.duration, walk.declared)
    source.refuse_damaged(walk.heard, walk.declared)
    form = "mp3" if walk.layer == 3 else "mp2"  # noqa: PLR2004 - there are but two
    return source.audio(
        form,
        form,
        Tags(),
        seconds=walk.duration.total_seconds(),
        bitrate=walk.bitrate,
        sample_rate=walk.sample_rate,
        channels=walk.channels,
        shown=walk.shown,
        gaps=walk.gaps,
        # Decoders that believe a damaged tag begin somewhere in the sound, or nowhere.
        extent=Extent(start=mp3.skip_id3(source.data), end=source.size) if source.id3.damaged_tags else None,
    )


def _read_pcm(
    source: _Source, *, form: str, name: str, read: Callable[[BinaryIO, int], pcm.PcmLayout | None]
) -> Audio:
    """Read sound that is not compressed, whose length follows from its size; else decode it."""
    layout = read(source.file, source.size)
    if layout is None:
        raise source.refused(f"is {name} file without sound", _CUT_SHORT)
    if layout.promised == 0 and layout.frames is None:
        cure = f"{_EXPORT}; a program that writes while it records may leave the length out"
        raise source.refused("does not tell how long it is", cure)
    tags = read_chunk_tags(source.file, source.size, form, layout.end - layout.start)
    if layout.frames is None or not layout.sample_rate:
        promised = timedelta(seconds=(layout.promised or 0) / layout.sample_rate) if layout.sample_rate else None
        return _decoded(source, form, tags, promised=promised, share=layout.share)
    if not layout.frames:
        raise source.refused(f"is {form.upper()} without sound: its data are empty", _CUT_SHORT)
    present = timedelta(seconds=layout.frames / layout.sample_rate)
    source.refuse_missing(present, timedelta(seconds=(layout.promised or 0) / layout.sample_rate))
    more = timedelta(seconds=layout.foreign / layout.block_size / layout.sample_rate)
    if more > _FOREIGN:
        what = f"plays for {format_seconds(present)} only: its header leaves out about {format_seconds(more)} more"
        raise source.refused(
            what, "export or copy it again; if it is several files in a row, join them in an editor"
        )
    place = Extent(start=source.start + layout.start, end=source.start + layout.end, raw=layout.raw)
    return source.audio(
        form,
        "pcm",
        tags,
        seconds=present.total_seconds(),
        bitrate=layout.block_size * layout.sample_rate * 8,
        sample_rate=layout.sample_rate,
        channels=layout.channels,
        extent=place if layout.raw else None,
    )


def _read_mp4(source: _Source) -> Audio:
    layout = mp4.read_layout(source.file, source.size)
    if not layout.indexed:
        raise source.cut_short("its table of contents (moov) is missing")
    if not any(handler == "soun" for handler, _ in layout.tracks):
        raise source.refused("holds no sound", _EXPORT)
    if any(handler == "vide" and codec not in _STILL_PICTURES for handler, codec in layout.tracks):
        raise source.refused("is a video", "export only its sound, as MP3, M4A or WAV")
    if layout.is_several:
        raise source.refused("is several recordings in a row, of which apps play only the first", _JOIN)
    if not (layout.duration or layout.fragmented):
        raise source.refused("is damaged: its table of contents (moov) tells of no sound", _EXPORT)
    samples = layout.samples
    if samples and not layout.fragmented:
        slack = max(_CLOSE, layout.duration / samples.total)
        source.refuse_missing(samples.share * layout.duration, layout.duration, slack)
    items = mp4_items.read_items(source.file, source.size)
    tags = read_mp4(items, mp4.read_chapters(source.file, source.size))
    if layout.fragmented or samples is None:
        counted = _decoded(
            source,
            "m4a",
            tags,
            promised=layout.duration,
            keeps_promise=layout.tells_length,
            has_pictures=True,
            says_mono=layout.config is not None and layout.config.channels == 1,
        )
        return replace(counted, shown=timedelta(0) if layout.fragmented and not layout.tells_length else None)
    heard = _listen(source, layout.duration, samples)
    rate, channels = _judge_form(layout.config, heard)
    return source.audio(
        "m4a",
        heard.codec,
        tags,
        seconds=layout.duration.total_seconds(),
        bitrate=layout.bitrate or round(samples.ends[-1] * 8 / layout.duration.total_seconds()),
        sample_rate=rate,
        channels=channels,
    )


def _listen(source: _Source, declared: timedelta, samples: Samples) -> Decoded:
    """Decode some of an M4A, or all of it where that is not right."""
    excerpt = samples.make_excerpt()
    with suppress(MediaError, OSError), TemporaryDirectory() as folder:
        path = Path(folder) / "excerpt.m4a"
        path.write_bytes(excerpt.data)
        heard = decode("m4a", path)
        if heard.duration.total_seconds() > _NEARLY_ALL * excerpt.seconds:
            return heard
    try:
        heard = decode("m4a", source.path, source.extent, has_pictures=True)
    except MediaError as error:
        error.declared = declared
        raise
    source.refuse_damaged(heard.duration, declared)
    return heard


def _judge_form(config: AacConfig | None, heard: Decoded) -> tuple[int, int]:
    """Return sample rate and channels: those that the configuration of AAC tells, or leaves to the decoder."""
    if config is None:
        return heard.sample_rate, heard.channels
    rate, channels = config.sample_rate or heard.sample_rate, config.channels or heard.channels
    if config.is_rate_open and heard.sample_rate == 2 * rate:
        # The decoder makes two channels of one, in case that a sample tells how they differ.
        return heard.sample_rate, 1 if channels == 1 and heard.is_twice_the_same else heard.channels
    return rate, channels


def _read_flac(source: _Source) -> Audio:
    layout = flac.read_layout(source.data, 0)
    tags = add_tags(Tags(damaged_tags=layout.damaged), read_comments(layout.comments))
    if not layout.sample_rate:
        raise source.refused("is damaged: its header has no sample rate", _EXPORT)
    if layout.counted is None or layout.counted != (layout.promised or layout.counted):
        promised = timedelta(seconds=(layout.promised or 0) / layout.sample_rate)
        return _decoded(source, "flac", tags, promised=promised)
    start = layout.misplaced_sound
    return source.audio(
        "flac",
        "flac",
        tags,
        seconds=layout.counted / layout.sample_rate,
        sample_rate=layout.sample_rate,
        channels=layout.channels,
        extent=Extent(start=source.start + start, end=source.start + source.size) if start else None,
    )


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
        raise source.refused("is several recordings of different kinds, of which apps play only the first", _JOIN)
    head, kind = known[0]
    tags = read_comments(ogg.read_comments(source.file, source.size, head))
    rate = kind.sample_rate(head)
    if not rate:
        return _decoded(source, kind.form, tags)
    # What an Opus decoder needs to settle is no part of the sound (RFC 7845 section 4.2).
    settling = int.from_bytes(head[10:12], "little") if kind.codec == "opus" else 0
    length = timedelta(seconds=(walk.position - settling) / rate)
    if not walk.simple:
        audio = _decoded(source, kind.form, tags)
        if walk.single:
            source.refuse_damaged(audio.duration, length)
        return audio
    return source.audio(
        kind.form,
        kind.codec,
        tags,
        seconds=length.total_seconds(),
        sample_rate=rate,
        channels=kind.channels(head),
    )


def _ogg_kind(head: bytes) -> _OggKind | None:
    return next((kind for mark, kind in _OGG_KINDS.items() if head.startswith(mark)), None)


_READERS: dict[str, Callable[[_Source], Audio]] = {
    "wav": partial(_read_pcm, form="wav", name="a WAV", read=pcm.read_wav),
    "w64": partial(_read_pcm, form="w64", name="a Wave64", read=pcm.read_wave64),
    "m4a": _read_mp4,
    "aiff": partial(_read_pcm, form="aiff", name="an AIFF", read=pcm.read_aiff),
    "flac": _read_flac,
    "ogg": _read_ogg,
}
"""The readers that count the length themselves; ffmpeg decodes the other formats with a signature."""


def _read_decoded(source: _Source, form: AudioFormat) -> Audio:
    """Read a format that only ffmpeg reads."""
    if form.chunks is None:
        return _decoded(source, form.name, None, keeps_promise=True)
    missing = chunks.count_missing(source.file, source.size, form.chunks)
    return _decoded(source, form.name, None, share=source.size / (source.size + missing))


def _decoded(
    source: _Source,
    form: str,
    tags: Tags | None,
    *,
    promised: timedelta | None = None,
    share: float = 1.0,
    keeps_promise: bool = False,
    has_pictures: bool = False,
    says_mono: bool = False,
) -> Audio:
    """Count what comes out of a file; less than was promised, by us or (`keeps_promise`) by ffmpeg, is a cut.

    `share` is how much of its bytes is there. `tags`: None takes those that ffmpeg reads. `says_mono`: two channels
    that do not differ are one.
    """
    try:
        heard = decode(form, source.path, source.extent, has_pictures=has_pictures)
    except MediaError as error:
        if share < 1:
            raise source.cut_short("its sound does not come to its end", promised) from error
        error.declared = promised
        raise
    source.refuse_missing(heard.duration, heard.duration / share)
    if keeps_promise and heard.promised:
        source.refuse_missing(heard.duration, heard.promised, _SLACK)
    if promised:
        source.refuse_missing(heard.duration, promised)
    return source.audio(
        form,
        heard.codec,
        heard.tags if tags is None else tags,
        seconds=heard.duration.total_seconds(),
        sample_rate=heard.sample_rate,
        channels=1 if says_mono and heard.is_twice_the_same else heard.channels,
    )


def _plausible(source: _Source, audio: Audio) -> Audio:
    if not timedelta(0) < audio.duration <= _LONGEST:
        raise source.refused(f"says that it is {audio.duration.total_seconds():.0f} seconds long", _EXPORT)
    if audio.sample_rate <= 0 or audio.channels <= 0:
        raise source.refused("is damaged: it tells neither its sample rate nor its channels", _EXPORT)
    return audio
