"""Read the facts about an audio file from its content, and reject files that apps cannot play to the end."""

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
from podcastkit.media.containers.file_bytes import FileBytes, view_from
from podcastkit.media.decoding import Decoded, decode
from podcastkit.media.files import make_changed_error, open_file
from podcastkit.media.formats import AudioFormat, recognize_format
from podcastkit.media.id3 import read_id3
from podcastkit.media.tag_reader import Tags, add_tags, read_comments, read_mp4
from podcastkit.model import Audio, Extent
from podcastkit.text.quoting import format_file_name
from podcastkit.text.timecodes import format_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from podcastkit.media.containers.aac import AacConfig
    from podcastkit.media.containers.mp4_samples import Samples

_LONGEST_DURATION = timedelta(hours=24)
_EXPORT_AGAIN = "export it again as MP3, M4A or WAV"
_EXPORT_OR_COPY_AGAIN = "an export, a copy or a download did not finish: export or copy the file again"
_JOIN_FILES = "join them in an audio editor, and export the result as MP3, M4A or WAV"
_STILL_PICTURES = frozenset(("jpeg", "png ", "mjpa", "mjpb"))
"""The codecs of chapter pictures. A picture track with any other codec makes the file a video."""
_FRAME_STARTS = {"aac": rb"\xff[\xf0\xf1\xf8\xf9]", "ac3": rb"\x0bw"}
"""Formats that consist only of frames, with the first bytes of a frame. MP3 is checked before these."""
_OTHER_FILES = {
    b"PK\x03\x04": "is a ZIP archive",
    b"\x00\x00\x01\xba": "is an MPEG video",
    b"RIFF": "is a RIFF file but not a WAV file (perhaps an AVI video)",
}
"""Files that may contain MP3 frames, but that no podcast app can play."""
_OPUS_RATE = 48_000
"""Hz. Opus is always decoded at this rate (RFC 7845 section 5.1)."""
_TOLERANCE = timedelta(milliseconds=50)
"""How much may be missing at the end: listeners do not notice it, and some headers state a little too much."""
_MOST_EXTRA = timedelta(seconds=1)
"""How much other data may follow the sound of a file."""
_LEAST_OF_EXCERPT = 0.98
"""The share of an excerpt that must be decodable. Otherwise the whole file is decoded."""
_LEAST_DECODABLE = 0.9
"""The share of the stated duration that must be decodable. A file with less is rejected as damaged."""
_ENCODER_DELAY = timedelta(seconds=0.5)
"""How much shorter the decoded audio may be than the header states: some headers include the encoder's padding."""
_OGG_VIDEOS = (b"\x80theora", b"BBCD\0", b"\x01video\0")
"""The first bytes of video streams in Ogg."""


class _OggKind(NamedTuple):
    """A codec in Ogg, with functions that read the channels and the sample rate from its first packet."""

    format_name: str
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
    """Read the facts about an audio file from its content. The file name does not matter.

    The duration is exact. For MP3 it is counted from the frames, and for Ogg from the pages. For WAV, AIFF, FLAC
    and M4A it is in the header, which is compared with the data.

    As a test, some seconds of an M4A are decoded; if these are damaged, the whole file is decoded. For MP3, some
    frames are checked; if too many of them are invalid, all frames are checked. Doubtful files, compressed WAV,
    fragmented M4A and formats that only ffmpeg reads are decoded completely, which takes some seconds per hour.

    Raises `MediaError` with a hint if the file is not audio, or is a video, empty, damaged or cut short. The
    attribute `declared` of the error is the duration that the file states.
    """
    path = Path(path)
    with open_file(path) as file:
        size = file.seek(0, io.SEEK_END)
        if not size:
            raise MediaError(f"{format_file_name(path)} is empty", _EXPORT_OR_COPY_AGAIN)
        source = _open_source(path, file, size)
        try:
            audio = _check_plausibility(source, _read_source(source))
        except OSError:
            raise
        except Exception as error:
            # If another program is writing to the file, report that instead of damage.
            if file.seek(0, io.SEEK_END) != size:
                raise make_changed_error(path) from error
            if isinstance(error, MediaError):
                raise
            # Damaged files make the readers raise IndexError, struct.error, MemoryError and more.
            what = f"is damaged ({error})" if str(error) else "is damaged: its header or tags are invalid"
            raise source.build_error(what, _EXPORT_AGAIN) from error
        if file.seek(0, io.SEEK_END) != size:
            raise make_changed_error(path)
        return audio


def _open_source(path: Path, file: BinaryIO, size: int) -> _Source:
    """Return the source to probe. If the format has a signature, the source begins after the ID3 tags."""
    data = FileBytes(file, size)
    tag_end = mp3.skip_tags(data)
    recognized = recognize_format(data[tag_end : tag_end + 12])
    start = tag_end if recognized else 0
    id3 = read_id3(data)
    source_file = view_from(file, start) if start else file
    return _Source(path=path, file=source_file, start=start, size=size - start, format=recognized, id3=id3)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """An open file to probe, without the bytes before the signature of its format.

    `start` is the number of these bytes. `size` is the number of the other bytes.
    """

    path: Path
    file: BinaryIO
    start: int
    size: int
    format: AudioFormat | None
    id3: Tags
    """The ID3 tags at both ends of the file."""

    @property
    def data(self) -> FileBytes:
        return FileBytes(self.file, self.size)

    @property
    def extent(self) -> Extent | None:
        return Extent(start=self.start, end=self.start + self.size) if self.start else None

    def build_error(self, what: str, hint: str, declared: timedelta | None = None) -> MediaError:
        """Return an error whose message is the file name and `what`. The file states the duration `declared`."""
        error = MediaError(f"{format_file_name(self.path)} {what}", hint)
        error.declared = declared
        return error

    def build_truncated_error(self, why: str, declared: timedelta | None = None) -> MediaError:
        return self.build_error(f"is cut short: {why}", _EXPORT_OR_COPY_AGAIN, declared)

    def build_incomplete_error(self, present: timedelta, declared: timedelta) -> MediaError:
        """Return the error for a file that is shorter than its header states."""
        contents = f"only {format_seconds(present)}" if present else "nothing"
        why = f"the file contains {contents} of the {format_seconds(declared)} that its header states"
        return self.build_truncated_error(why, declared)

    def require_complete(self, present: timedelta, declared: timedelta, slack: timedelta = _TOLERANCE) -> None:
        """Raise `MediaError` if more than `slack` of the declared duration is missing."""
        if declared - present > slack:
            raise self.build_incomplete_error(present, declared)

    def require_decodable(self, present: timedelta, declared: timedelta) -> None:
        """Raise `MediaError` if too little of the declared duration can be decoded."""
        if present < _LEAST_DECODABLE * declared:
            what = f"is damaged: only {format_seconds(present)} of its {format_seconds(declared)} can be decoded"
            raise self.build_error(
                what, "check whether the file plays on this computer, and export or copy it again", declared
            )

    def build_audio(
        self,
        format_name: str,
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
        """Return the facts about the file, with the tags of the format and the ID3 tags."""
        return Audio(
            path=self.path,
            format=format_name,
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


def _read_source(source: _Source) -> Audio:
    """Read the facts with the reader for the format."""
    if source.format:
        reader = _READERS.get(source.format.name)
        return reader(source) if reader else _read_decoded(source, source.format)
    # Formats without a signature. First exclude other kinds of files that may contain MP3 frames.
    data = source.data
    start = mp3.skip_tags(data)
    for magic, what in _OTHER_FILES.items():
        if data[start : start + 12].startswith(magic):
            raise source.build_error(what, _EXPORT_AGAIN)
    return _read_frames(source)


def _read_frames(source: _Source) -> Audio:
    """Read a format without a file header: MP3, MP2, raw AAC or AC-3."""
    data = source.data
    if walk := mp3.walk_frames(data):
        return _read_mp3(source, walk)
    start = mp3.skip_tags(data)
    head = data[start : start + 2]
    format_name = next((format_name for format_name, mark in _FRAME_STARTS.items() if re.match(mark, head)), None)
    if format_name is None:
        raise source.build_error(
            "contains no audio that can be read", f"if the file plays on your computer, {_EXPORT_AGAIN}"
        )
    audio = _read_by_decoding(
        source, format_name, Tags(), is_mono=format_name == "aac" and adts.is_mono(data[start : start + 4])
    )
    if format_name == "aac" and (share := adts.measure_frame_share(data, start)):
        source.require_decodable(audio.duration, audio.duration / share)
    return audio


def _read_mp3(source: _Source, walk: mp3.FrameWalk) -> Audio:
    if walk.truncated:
        raise source.build_incomplete_error(walk.duration, walk.stated_duration)
    source.require_decodable(walk.playable_duration, walk.stated_duration)
    format_name = "mp3" if walk.layer == 3 else "mp2"  # noqa: PLR2004 - the layer is 2 or 3
    return source.build_audio(
        format_name,
        format_name,
        Tags(),
        seconds=walk.duration.total_seconds(),
        bitrate=walk.bitrate,
        sample_rate=walk.sample_rate,
        channels=walk.channels,
        shown=walk.shown,
        gaps=walk.gaps,
        # Decoders that trust the size of a damaged tag start in the middle of the sound, or not at all.
        extent=Extent(start=mp3.skip_tags(source.data), end=source.size) if source.id3.damaged_tags else None,
    )


def _read_pcm(
    source: _Source, *, format_name: str, name: str, read: Callable[[BinaryIO, int], pcm.PcmLayout | None]
) -> Audio:
    """Read uncompressed sound, whose duration follows from its size. Decode compressed sound."""
    layout = read(source.file, source.size)
    if layout is None:
        raise source.build_error(f"is {name} file without audio", _EXPORT_OR_COPY_AGAIN)
    if layout.promised == 0 and layout.frames is None:
        hint = f"{_EXPORT_AGAIN}; programs that write while recording may omit the duration"
        raise source.build_error("does not state its duration", hint)
    tags = read_chunk_tags(source.file, source.size, format_name, layout.end - layout.start)
    if layout.frames is None or not layout.sample_rate:
        promised = timedelta(seconds=(layout.promised or 0) / layout.sample_rate) if layout.sample_rate else None
        return _read_by_decoding(source, format_name, tags, promised=promised, share=layout.share)
    if not layout.frames:
        raise source.build_error(
            f"is {format_name.upper()} without audio: its data chunk is empty", _EXPORT_OR_COPY_AGAIN
        )
    present = timedelta(seconds=layout.frames / layout.sample_rate)
    source.require_complete(present, timedelta(seconds=(layout.promised or 0) / layout.sample_rate))
    omitted = timedelta(seconds=layout.foreign_bytes / layout.block_size / layout.sample_rate)
    if omitted > _MOST_EXTRA:
        what = (
            f"plays for only {format_seconds(present)}: its header omits about {format_seconds(omitted)} at the end"
        )
        raise source.build_error(
            what, "export or copy it again; if it consists of several files, join them in an audio editor"
        )
    # If ffmpeg would misread the header, pass it the position and the encoding of the sound instead.
    sound_extent = Extent(start=source.start + layout.start, end=source.start + layout.end, raw=layout.raw)
    return source.build_audio(
        format_name,
        "pcm",
        tags,
        seconds=present.total_seconds(),
        bitrate=layout.block_size * layout.sample_rate * 8,
        sample_rate=layout.sample_rate,
        channels=layout.channels,
        extent=sound_extent if layout.raw else None,
    )


def _read_mp4(source: _Source) -> Audio:
    layout = mp4.read_layout(source.file, source.size)
    if not layout.indexed:
        raise source.build_truncated_error("the table of contents (moov) is missing")
    if not any(handler == "soun" for handler, _ in layout.tracks):
        raise source.build_error("contains no audio", _EXPORT_AGAIN)
    if any(handler == "vide" and codec not in _STILL_PICTURES for handler, codec in layout.tracks):
        raise source.build_error("is a video", "export only the audio, as MP3, M4A or WAV")
    if layout.is_concatenated:
        raise source.build_error("contains several recordings in a row, and apps play only the first", _JOIN_FILES)
    if not (layout.duration or layout.fragmented):
        raise source.build_error("is damaged: its table of contents (moov) contains no audio", _EXPORT_AGAIN)
    # The index shows whether samples are missing at the end, without decoding.
    samples = layout.samples
    if samples and not layout.fragmented:
        slack = max(_TOLERANCE, layout.duration / samples.total)
        source.require_complete(samples.share * layout.duration, layout.duration, slack)
    items = mp4_items.read_items(source.file, source.size)
    tags = read_mp4(items, mp4.read_chapters(source.file, source.size))
    # Without a complete index, only decoding shows the duration.
    if layout.fragmented or samples is None:
        counted = _read_by_decoding(
            source,
            "m4a",
            tags,
            promised=layout.duration,
            trusts_header=layout.states_length,
            has_pictures=True,
            is_mono=layout.config is not None and layout.config.channels == 1,
        )
        return replace(counted, shown=timedelta(0) if layout.fragmented and not layout.states_length else None)
    decoded = _decode_excerpt(source, layout.duration, samples)
    rate, channels = _choose_format(layout.config, decoded)
    return source.build_audio(
        "m4a",
        decoded.codec,
        tags,
        seconds=layout.duration.total_seconds(),
        bitrate=layout.bitrate or round(samples.ends[-1] * 8 / layout.duration.total_seconds()),
        sample_rate=rate,
        channels=channels,
    )


def _decode_excerpt(source: _Source, declared: timedelta, samples: Samples) -> Decoded:
    """Decode some seconds of an M4A. If these are damaged, decode the whole file."""
    excerpt = samples.make_excerpt()
    with suppress(MediaError, OSError), TemporaryDirectory() as folder:
        path = Path(folder) / "excerpt.m4a"
        path.write_bytes(excerpt.data)
        decoded = decode("m4a", path)
        if decoded.duration.total_seconds() > _LEAST_OF_EXCERPT * excerpt.seconds:
            return decoded
    try:
        decoded = decode("m4a", source.path, source.extent, has_pictures=True)
    except MediaError as error:
        error.declared = declared
        raise
    source.require_decodable(decoded.duration, declared)
    return decoded


def _choose_format(config: AacConfig | None, decoded: Decoded) -> tuple[int, int]:
    """Return the sample rate and channels from the AAC configuration. If it leaves one open, use the decoder's."""
    if config is None:
        return decoded.sample_rate, decoded.channels
    rate, channels = config.sample_rate or decoded.sample_rate, config.channels or decoded.channels
    if config.is_rate_open and decoded.sample_rate == 2 * rate:
        # The decoder turns mono into two channels, because a later frame may contain stereo parameters.
        return decoded.sample_rate, 1 if channels == 1 and decoded.has_equal_channels else decoded.channels
    return rate, channels


def _read_flac(source: _Source) -> Audio:
    layout = flac.read_layout(source.data, 0)
    tags = add_tags(Tags(damaged_tags=layout.damaged), read_comments(layout.comments))
    if not layout.sample_rate:
        raise source.build_error("is damaged: its header has no sample rate", _EXPORT_AGAIN)
    # If the samples cannot be counted or differ from the header, only decoding shows the duration.
    if layout.counted is None or layout.counted != (layout.promised or layout.counted):
        promised = timedelta(seconds=(layout.promised or 0) / layout.sample_rate)
        return _read_by_decoding(source, "flac", tags, promised=promised)
    start = layout.misplaced_audio_start
    return source.build_audio(
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
        raise source.build_error("is an Ogg file without audio that can be read", _EXPORT_AGAIN)
    if any(head.startswith(_OGG_VIDEOS) for head in walk.heads):
        raise source.build_error("is a video", "export only the audio, as MP3, M4A or WAV")
    if walk.truncated:
        raise source.build_truncated_error("the audio ends too early")
    known_streams = [(head, kind) for head in walk.heads if (kind := _find_ogg_kind(head))]
    if not known_streams:
        return _read_by_decoding(source, "ogg", Tags())
    if len(known_streams) > 1:
        raise source.build_error(
            "contains several recordings of different kinds, and apps play only the first", _JOIN_FILES
        )
    head, kind = known_streams[0]
    tags = read_comments(ogg.read_comments(source.file, source.size, head))
    rate = kind.sample_rate(head)
    if not rate:
        return _read_by_decoding(source, kind.format_name, tags)
    # The first samples, which an Opus decoder needs to converge, are not part of the sound (RFC 7845 section 4.2).
    settling = int.from_bytes(head[10:12], "little") if kind.codec == "opus" else 0
    length = timedelta(seconds=(walk.position - settling) / rate)
    if not walk.simple:
        audio = _read_by_decoding(source, kind.format_name, tags)
        if walk.single:
            source.require_decodable(audio.duration, length)
        return audio
    return source.build_audio(
        kind.format_name,
        kind.codec,
        tags,
        seconds=length.total_seconds(),
        sample_rate=rate,
        channels=kind.channels(head),
    )


def _find_ogg_kind(head: bytes) -> _OggKind | None:
    return next((kind for mark, kind in _OGG_KINDS.items() if head.startswith(mark)), None)


_READERS: dict[str, Callable[[_Source], Audio]] = {
    "wav": partial(_read_pcm, format_name="wav", name="a WAV", read=pcm.read_wav),
    "w64": partial(_read_pcm, format_name="w64", name="a Wave64", read=pcm.read_wave64),
    "m4a": _read_mp4,
    "aiff": partial(_read_pcm, format_name="aiff", name="an AIFF", read=pcm.read_aiff),
    "flac": _read_flac,
    "ogg": _read_ogg,
}
"""The readers that determine the duration themselves. Other formats with a signature are decoded by ffmpeg."""


def _read_decoded(source: _Source, audio_format: AudioFormat) -> Audio:
    """Read a format that only ffmpeg can read."""
    if audio_format.chunks is None:
        return _read_by_decoding(source, audio_format.name, None, trusts_header=True)
    missing = chunks.count_missing_bytes(source.file, source.size, audio_format.chunks)
    return _read_by_decoding(source, audio_format.name, None, share=source.size / (source.size + missing))


def _read_by_decoding(
    source: _Source,
    format_name: str,
    tags: Tags | None,
    *,
    promised: timedelta | None = None,
    share: float = 1.0,
    trusts_header: bool = False,
    has_pictures: bool = False,
    is_mono: bool = False,
) -> Audio:
    """Read a file by decoding all of it. Raise `MediaError` if it is shorter than expected.

    The expected duration is `promised`. With `trusts_header`, the duration that ffmpeg reads from the header is
    expected, too. `share` is the share of the file's bytes that are present. If `tags` is None, the tags come from
    ffmpeg. With `is_mono`, two equal channels count as one.
    """
    try:
        decoded = decode(format_name, source.path, source.extent, has_pictures=has_pictures)
    except MediaError as error:
        if share < 1:
            raise source.build_truncated_error("the audio ends too early", promised) from error
        error.declared = promised
        raise
    source.require_complete(decoded.duration, decoded.duration / share)
    if trusts_header and decoded.promised:
        source.require_complete(decoded.duration, decoded.promised, _ENCODER_DELAY)
    if promised:
        source.require_complete(decoded.duration, promised)
    return source.build_audio(
        format_name,
        decoded.codec,
        decoded.tags if tags is None else tags,
        seconds=decoded.duration.total_seconds(),
        sample_rate=decoded.sample_rate,
        channels=1 if is_mono and decoded.has_equal_channels else decoded.channels,
    )


def _check_plausibility(source: _Source, audio: Audio) -> Audio:
    """Return the facts unchanged, or raise `MediaError` if they are implausible."""
    if not timedelta(0) < audio.duration <= _LONGEST_DURATION:
        raise source.build_error(
            f"has a duration of {audio.duration.total_seconds():.0f} seconds, which is not between 0 and 24 hours",
            _EXPORT_AGAIN,
        )
    if audio.sample_rate <= 0 or audio.channels <= 0:
        raise source.build_error("is damaged: its sample rate or number of channels is missing", _EXPORT_AGAIN)
    return audio
