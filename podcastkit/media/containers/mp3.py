"""Count the frames of MP3 data to get its actual length, because the length in MP3 headers is often wrong.

Frame headers: ISO/IEC 11172-3 section 2.4.2.3 (MPEG-1) and ISO/IEC 13818-3 (the low sample rates), Layer III and
Layer II (MP2). Info frame: Xing's, as extended by LAME (http://gabriel.mp3-tech.org/mp3infotag.html).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.media.containers.mp3_side_info import is_playable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.media.containers.file_bytes import Bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameWalk:
    """The properties of an MP3 file, from all its frames.

    The bitrate is in bit/s, to the nearest hundred; the sample rate in Hz. `duration` is the length without the
    silence that an encoder added. `playable_duration` is the length of the frames that decoders can play, with that
    silence.

    `stated_duration` is the length that the info frame states. Without an info frame, it follows from the size.
    `truncated` is true if the file ends before the last frame that the info frame promises.

    `shown` is the wrong length that players show if they do not count the frames, or None if they show the right
    length. They use the length in the info frame. Without an info frame, they divide the size by the bitrate of the
    first frame. The result is too short if files were appended to one another.

    `gaps` are the times at which foreign bytes interrupt the frames.
    """

    layer: int
    frames: int
    duration: timedelta
    playable_duration: timedelta
    stated_duration: timedelta
    bitrate: int
    sample_rate: int
    channels: int
    truncated: bool
    shown: timedelta | None
    gaps: tuple[timedelta, ...]


def walk_frames(data: Bytes) -> FrameWalk | None:
    """Count the audio frames of an MP3 file, or return None if it has no frames."""
    runs = list(_find_runs(data))
    info_frames = [info for run in runs for info in run.info_frames]
    frames = sum(run.frames - len(run.info_frames) for run in runs)
    if not frames:
        return None
    seconds = sum((run.frames - len(run.info_frames)) * run.stream_format.frame_seconds for run in runs)
    audio_size = sum(run.end - run.start for run in runs) - sum(info.size for info in info_frames)
    stream_format = runs[0].stream_format
    promised_frames = sum(info.promised or 0 for info in info_frames)
    gap_bytes = sum(run.gap for run in runs[1:])
    # Bytes between the frames may once have been frames, so they do not count as missing.
    truncated = (promised_frames - frames - gap_bytes * frames / audio_size) * stream_format.frame_seconds > _SLACK
    foreign_bytes = gap_bytes + _count_garbage(data, runs[-1].end, more_than=audio_size)
    return FrameWalk(
        layer=stream_format.layer,
        frames=frames,
        duration=timedelta(
            seconds=seconds - _measure_silence(info_frames, seconds, stream_format, truncated=truncated)
        ),
        playable_duration=timedelta(seconds=seconds * _measure_playable_share(data, runs)),
        stated_duration=timedelta(
            seconds=promised_frames * stream_format.frame_seconds
            if promised_frames
            else seconds * (audio_size + foreign_bytes) / audio_size
        ),
        bitrate=round(audio_size * 8 / seconds / 100) * 100,
        sample_rate=stream_format.sample_rate,
        channels=_read_channels(data[runs[0].start : runs[0].start + 4]),
        truncated=truncated,
        shown=_estimate_shown_length(data, runs[0], info_frames, audio_size, seconds),
        gaps=tuple(_list_gaps(runs)),
    )


def find_audio_range(data: Bytes) -> tuple[int, int]:
    """Return the start of the first frame and the end of the last frame of an MP3 file. The rest is tags.

    The file must have frames.
    """
    runs = list(_find_runs(data))
    return runs[0].start, runs[-1].end


def list_frames(data: Bytes, position: int | None, end: int) -> Iterator[bytes]:
    """Yield the complete frames from `position` to `end`, up to the first gap.

    If `position` is None, yield nothing.
    """
    if position is None:
        return
    while (
        stream_format := _STREAM_FORMATS.get(head := data[position : position + 3])
    ) and position + stream_format.sizes[head] <= end:
        yield data[position : position + stream_format.sizes[head]]
        position += stream_format.sizes[head]


def skip_tags(data: Bytes, position: int = 0) -> int:
    """Return the first position after the ID3v2 and APE tags that begin at `position`."""
    for _, end in find_tags(data, position):
        position = end
    return position


def find_tags(data: Bytes, position: int = 0) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each of the consecutive ID3v2 and APE tags at `position`.

    A tag whose size is wrong ends where the audio begins.
    """
    while (end := _find_tag_end(data, position)) is not None:
        yield position, end
        position = end


def read_id3_lengths(head: bytes) -> tuple[int, int]:
    """Return the two possible lengths of the ID3v2 tag with this header: with and without a footer.

    The likelier length is first.
    """
    size = 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return (size + 10, size) if head[5] & 0x10 else (size, size + 10)


def _find_tag_end(data: Bytes, start: int) -> int | None:
    """Return the end of the tag at `start`.

    The end follows from the size in the header. If that size is wrong, return the start of the audio.
    Return None if `start` is not the start of a tag, or if the tag extends beyond the file and contains no audio.
    """
    # Prefer a stated end that another tag, audio or the end of the file follows.
    stated_ends = _list_stated_ends(data[start : start + 32], start)
    valid_end = next((end for end in stated_ends if _can_tag_end_at(data, end)), None)
    if not stated_ends:
        return None
    if valid_end is None and (container := _CONTAINER.search(data[start : start + _MOST_JUNK])):
        return start + container.start()
    # Audio may begin before the stated end. If the stated end is too early, audio may begin after more ID3 frames.
    end = valid_end or stated_ends[0]
    sound_start = _find_sound_inside(data, start + 10, end)
    if sound_start is None and valid_end is None and _ID3_FRAME.match(data[end : end + 4]):
        sound_start = _find_sync(data, end)
    if sound_start is None and end > len(data):
        return None
    return end if sound_start is None else sound_start


def _find_sound_inside(data: Bytes, begin: int, tag_end: int) -> int | None:
    """Return the start of audio that begins inside a tag and continues after the end of the tag, or None.

    Audio that ends inside the tag is an attachment, unless the tag extends beyond the end of the file.
    """
    tag = data[begin : min(tag_end, begin + _MOST_JUNK) + _ENOUGH_FRAMES * _LARGEST_FRAME]
    sound_start = _find_sync(tag, 0)
    while sound_start is not None and begin + sound_start < tag_end:
        run_end = _follow_run(data, begin + sound_start, begin + sound_start).end
        if run_end >= tag_end or tag_end > len(data):
            return begin + sound_start
        sound_start = _find_sync(tag, run_end - begin)
    return None


def _list_stated_ends(head: bytes, start: int) -> list[int]:
    """Return the possible ends of the tag with this header, or an empty list if it is not the header of a tag.

    The likeliest end is first. Some programs encode the size in a wrong way.
    """
    if ape := _APE.match(head):
        return [start + 32 + int.from_bytes(ape[1], "little")]
    if not head.startswith(b"ID3") or len(head) < 10:  # noqa: PLR2004
        return []
    return [start + size for size in (*read_id3_lengths(head), 10 + int.from_bytes(head[6:10], "big"))]


def _can_tag_end_at(data: Bytes, position: int) -> bool:
    """Return whether another tag, audio in a known format or the end of the file is at `position`."""
    head = data[position : position + 12]
    is_known = head.startswith((b"ID3", b"APETAGEX")) or _CONTAINER.match(head) is not None
    return is_known or position == len(data) or _count_frames(data, position)[0] == _ENOUGH_FRAMES


class _StreamFormat(NamedTuple):
    """The properties that all frames of a stream share.

    `samples` is the number of samples per frame. `bitrates` are the possible bitrates in kbit/s. `sizes` has the
    size of a frame in bytes, by the first three bytes of its header.
    """

    layer: int
    sample_rate: int
    samples: int
    bitrates: tuple[int, ...]
    sizes: dict[bytes, int]

    @property
    def frame_seconds(self) -> float:
        """The length of a frame in seconds."""
        return self.samples / self.sample_rate


class _InfoFrame(NamedTuple):
    """An info frame: a frame that contains properties of the file instead of audio.

    `size` is its size in bytes. `promised` is the number of frames that it states, or None. `delay` and `padding`
    are the samples of silence that the encoder added at the start and at the end.
    """

    size: int
    promised: int | None
    delay: int
    padding: int


class _Run(NamedTuple):
    """Frames that directly follow each other; `gap` is the number of foreign bytes before the first frame.

    `frames` is the number of frames, including the info frames.
    """

    stream_format: _StreamFormat
    gap: int
    start: int
    end: int
    frames: int
    info_frames: tuple[_InfoFrame, ...]


_LOW_BITRATES = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_BITRATES = {
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
"""Bitrates of MPEG-1 in kbit/s, by layer."""
_FULL_RATES, _HALF_RATES, _QUARTER_RATES = (44100, 48000, 32000), (22050, 24000, 16000), (11025, 12000, 8000)
_STREAMS = (
    (0xFA, 3, 1152, _FULL_RATES, _BITRATES[3]),
    (0xF2, 3, 576, _HALF_RATES, _LOW_BITRATES),
    (0xE2, 3, 576, _QUARTER_RATES, _LOW_BITRATES),
    (0xFC, 2, 1152, _FULL_RATES, _BITRATES[2]),
    (0xF4, 2, 1152, _HALF_RATES, _LOW_BITRATES),
)
"""The second byte of a header, the layer, the samples per frame, and the possible sample rates and bitrates."""
_HEADER = re.compile(
    rb"\xff(?=[\xe2\xe3\xf2\xf3\xf4\xf5\xfa\xfb\xfc\xfd][\x10-\xeb][^\x02\x06\x0a\x0e])", re.DOTALL
)
"""The first byte of a frame header. The lookahead checks the three bytes after it."""
_CONTAINER = re.compile(
    rb"fLaC\x00\x00\x00\x22|OggS\x00\x02|(?:RIFF|RF64|BW64)....WAVE|FORM....AIF[FC]|\0\0\0.ftyp", re.DOTALL
)
"""The first bytes of other formats that programs write after ID3 tags."""
_TAIL_TAG = re.compile(rb"TAG|APETAGEX|LYRICSBEGIN")
"""The first bytes of tags that can follow the audio."""
_APE = re.compile(rb"APETAGEX.{4}(.{4}).{4}...[\xa0-\xbf\xe0-\xff]", re.DOTALL)
"""The header of an APE tag (APEv2 at wiki.hydrogenaudio.org), with the size of the data after it."""
_ID3_FRAME = re.compile(rb"[A-Z]{3}[A-Z0-9]")
"""The ID of an ID3 frame. If the stated size of a tag is too small, an ID3 frame follows the stated end."""
_ID3V1_SIZE = 128
_UNKNOWN_NUMBER = 0xFFFF_FFFF
"""The placeholder for a number that the encoder did not know yet."""
_INFO_MARKS = frozenset((b"Xing", b"Info"))
"""The marks of an info frame. They follow its side information."""
_TRIMMING_ENCODERS = frozenset((b"LAME", b"Lavf", b"Lavc"))
"""The encoders that state how many samples of silence they added."""
_ENOUGH_FRAMES = 4
"""The number of consecutive frame headers that do not occur by chance."""
_STRETCH = 128
"""The number of frames to match at once with a regular expression."""
_WINDOW = 2**21
"""Bytes to keep in memory at once."""
_LARGEST_FRAME = 1729
"""Bytes."""
_LONGEST_STRETCH = _STRETCH * _LARGEST_FRAME + 64
"""Bytes of a stretch of the largest frames, and of the next frame up to its mark."""
_MOST_JUNK = 1 << 24
"""Bytes; if the audio begins later, or continues after a longer gap, no player accepts the file as MP3."""
_SLACK = 0.5
"""Seconds of tolerance for a stated length. Some encoders count the info frame or an additional last frame."""
_ESTIMATE_TOLERANCE = 0.02
"""Relative tolerance for a length that is estimated from the bitrate."""
_MOST_GAPS = 100
_EXCERPTS, _EXCERPT_SIZE = 32, 2**14
"""The number of excerpts to test, and the bytes of each. A gap of a tenth of the file includes three of them."""
_LEAST_PLAYABLE_SHARE = 0.98
"""If a smaller share of the tested frames is playable, all frames are tested."""


def _build_stream_formats() -> dict[bytes, _StreamFormat]:
    """Return the properties of a stream by the first three bytes of each of its frame headers."""
    stream_formats: dict[bytes, _StreamFormat] = {}
    for second_byte, layer, samples, sample_rates, bitrates in _STREAMS:
        for rate_index, sample_rate in enumerate(sample_rates):
            stream_format = _StreamFormat(layer, sample_rate, samples, bitrates, {})
            # The last two bits of a header are padding and a private bit.
            for (bitrate_index, bitrate), last_bits, protected in product(enumerate(bitrates, 1), range(4), (0, 1)):
                head = bytes((0xFF, second_byte | protected, bitrate_index << 4 | rate_index << 2 | last_bits))
                stream_format.sizes[head] = samples * 125 * bitrate // sample_rate + (last_bits >> 1)
            stream_formats |= dict.fromkeys(stream_format.sizes, stream_format)
    return stream_formats


_STREAM_FORMATS = _build_stream_formats()


def _find_runs(data: Bytes) -> Iterator[_Run]:
    """Yield the runs of frames in a file, in order."""
    begin = skip_tags(data)
    start = begin if _is_short_stream(data, begin) else _find_sync(data, begin)
    while start is not None:
        run = _follow_run(data, begin, start)
        yield run
        begin = skip_tags(data, _skip_tail(data, run.end))
        start = _find_sync(data, begin)


def _skip_tail(data: Bytes, position: int) -> int:
    """Return the position after an APE tag and an ID3v1 tag. Joined files have such tags between them."""
    if tag := _APE.match(data[position : position + 32]):
        position += 32 + int.from_bytes(tag[1], "little")
    if data[position : position + 3] == b"TAG":
        position += _ID3V1_SIZE
    return min(position, len(data))


def _count_garbage(data: Bytes, position: int, *, more_than: int) -> int:
    """Return the number of nonzero bytes from `position` on that are neither audio nor tags.

    Return 0 if there are at most `more_than` such bytes: they may be an unknown tag.
    """
    begin = skip_tags(data, _skip_tail(data, position))
    if len(data) - begin <= more_than:
        return 0
    blocks = (data[start : start + _WINDOW] for start in range(begin, len(data), _WINDOW))
    count = sum(len(block) - block.count(0) for block in blocks)
    return count if count > more_than else 0


def _find_sync(data: Bytes, begin: int) -> int | None:
    """Return the position of the first frame at or after `begin`, or None."""
    for start in range(begin, min(begin + _MOST_JUNK, len(data)), _WINDOW):
        for header in _HEADER.finditer(data[start : start + _WINDOW + 3]):
            position = start + header.start()
            if _count_frames(data, position)[0] == _ENOUGH_FRAMES:
                return position
    return None


def _is_short_stream(data: Bytes, begin: int) -> bool:
    """Return whether a file with too few frames for `_find_sync` begins at `begin`: only a tag may follow."""
    if not _HEADER.match(data[begin : begin + 4]):
        return False
    count, end = _count_frames(data, begin)
    is_followed_by_tag = _TAIL_TAG.match(data[end : end + 16]) is not None
    return end == len(data) or is_followed_by_tag or (count > 1 and end > len(data))


def _count_frames(data: Bytes, position: int) -> tuple[int, int]:
    """Return the number of consecutive frames at `position` (up to `_ENOUGH_FRAMES`), and their end."""
    stream_format = _STREAM_FORMATS.get(data[position : position + 3])
    count = 0
    while (
        stream_format
        and count < _ENOUGH_FRAMES
        and (size := stream_format.sizes.get(data[position : position + 3]))
    ):
        position += size
        count += 1
    return count, position


def _measure_playable_share(data: Bytes, runs: list[_Run]) -> float:
    """Return the share of frames that decoders can play, from 0 to 1.

    Test excerpts all over the file. If too many of their frames are not playable, test all frames of the file.
    Decoders reject frames only in Layer III.
    """
    if runs[0].stream_format.layer == 2:  # noqa: PLR2004
        return 1
    start, end = runs[0].start, runs[-1].end
    places = [start + (end - start) * number // _EXCERPTS for number in range(_EXCERPTS)]
    excerpts = [data[place : min(place + _EXCERPT_SIZE, end)] for place in places]
    results = [
        is_playable(frame)
        for excerpt in excerpts
        for frame in list_frames(excerpt, _find_sync(excerpt, 0), len(excerpt))
    ]
    if sum(results) < _LEAST_PLAYABLE_SHARE * len(results):
        results = [is_playable(frame) for run in runs for frame in list_frames(data, run.start, run.end)]
    return sum(results) / len(results) if results else 1


def _follow_run(data: Bytes, begin: int, start: int) -> _Run:
    """Return the run of frames at `start`. `begin` is the position after the previous run and its tags."""
    head = data[start : start + 40]
    stream_format, mark_offset = _STREAM_FORMATS[head[:3]], _find_mark_offset(head)
    walker = _FrameWalker(stream_format, head, mark_offset)
    marked_positions = [start] if head[36:40] == b"VBRI" else []
    position = last_start = start
    frames = 0
    may_continue = True
    while may_continue:
        window = data[position : position + _WINDOW]
        is_last = len(window) < _WINDOW
        end_in_window, count, last_in_window, marks_in_window, may_continue = walker.walk(window, is_last=is_last)
        marked_positions += (position + offset for offset in marks_in_window)
        last_start = position + last_in_window
        position += end_in_window
        frames += count
    # If the file ends inside the last frame, do not count this frame.
    if position > len(data):
        position = last_start
        frames -= 1
    # Audio can contain a mark by chance, but only an info frame has zeros instead of side information before it.
    marked_positions = [
        marked
        for marked in marked_positions
        if marked < position and (marked == start or not any(data[marked + 4 : marked + mark_offset]))
    ]
    info_frames = [_read_info_frame(data, marked, mark_offset, stream_format) for marked in marked_positions]
    for number, (marked, following) in enumerate(pairwise(marked_positions), 1):
        # Some programs write their info frame before an existing one. Both count the same frames, so count them
        # once.
        if following == marked + info_frames[number - 1].size:
            info_frames[number] = info_frames[number]._replace(promised=None)
    return _Run(stream_format, start - begin, start, position, frames, tuple(info_frames))


class _FrameWalker(NamedTuple):
    """A walk over frames with the properties of the frame header `head`.

    `mark_offset` is the offset of the mark in an info frame.
    """

    stream_format: _StreamFormat
    head: bytes
    mark_offset: int

    def walk(self, window: bytes, *, is_last: bool) -> tuple[int, int, int, list[int], bool]:
        """Walk the frames at the beginning of `window`.

        Return the position after the last frame, the number of frames, the position of the last frame that is not
        part of a stretch, the positions of frames with a mark, and whether more frames may follow in the file.
        """
        size_of, mark_offset = self.stream_format.sizes.get, self.mark_offset
        stretch_pattern = _compile_stretch_pattern(
            bytes((0xFF, self.head[1] | 1, self.head[2] & 0xFC)), mark_offset
        )
        # Except in the last window, stop early enough that a stretch fits into the window.
        limit = len(window) + 1 if is_last else len(window) - _LONGEST_STRETCH
        position = last_start = frames = 0
        marked_positions: list[int] = []
        size: int | None = 1
        while size and position < limit:
            for _ in range(_STRETCH):
                size = size_of(window[position : position + 3])
                if not size:
                    break
                if window[position + mark_offset : position + mark_offset + 4] in _INFO_MARKS:
                    marked_positions.append(position)
                last_start = position
                position += size
                frames += 1
            # A regular expression matches most of a file: 90 minutes have 200,000 frames.
            while size and position < limit and (stretch := stretch_pattern.match(window, position)):
                position = stretch.end()
                frames += _STRETCH
        return position, frames, last_start, marked_positions, bool(size) and not is_last


def _estimate_shown_length(
    data: Bytes, first_run: _Run, info_frames: list[_InfoFrame], audio_size: int, seconds: float
) -> timedelta | None:
    """Return the length that players show without counting the frames, or None if that length is correct."""
    promised = info_frames[0].promised if info_frames else None
    if promised:
        shown, slack = promised * first_run.stream_format.frame_seconds, _SLACK
    else:
        # Without a frame count, players divide the size by the bitrate of the first frame.
        bitrate = first_run.stream_format.bitrates[(data[first_run.start + 2 : first_run.start + 3][0] >> 4) - 1]
        shown, slack = audio_size / (bitrate * 125), max(_SLACK, seconds * _ESTIMATE_TOLERANCE)
    return timedelta(seconds=shown) if abs(shown - seconds) > slack else None


def _list_gaps(runs: list[_Run]) -> Iterator[timedelta]:
    """Yield the times at which gaps interrupt the frames, for the first `_MOST_GAPS` runs."""
    seconds = 0.0
    for run, following in islice(pairwise(runs), _MOST_GAPS):
        seconds += (run.frames - len(run.info_frames)) * run.stream_format.frame_seconds
        if following.gap:
            yield timedelta(seconds=seconds)


@lru_cache(maxsize=64)
def _compile_stretch_pattern(head: bytes, mark_offset: int) -> re.Pattern[bytes]:
    """Return a pattern for a multiple of `_STRETCH` frames with the properties of this header, without info frames.

    `mark_offset` is the offset of "Xing" or "Info" in an info frame. The pattern is four times as fast as a loop in
    Python.
    """
    sizes = _STREAM_FORMATS[head].sizes
    second_bytes = bytes(sorted({header[1] for header in sizes}))
    third_bytes: dict[int, list[int]] = {}
    for header, size in sizes.items():
        third_bytes.setdefault(size, []).append(header[2])
    # Try the size of the first frame first.
    likely_sizes = sorted(third_bytes.items(), key=lambda pair: abs(pair[0] - sizes[head]))
    rest_of_frame = b"|".join(
        b"%b.{%d}" % (_format_byte_class(bytes(values)), size - 3) for size, values in likely_sizes
    )
    frame = b"\xff%b(?!.{%d}(?:Xing|Info))(?:%b)" % (
        _format_byte_class(second_bytes),
        mark_offset - 2,
        rest_of_frame,
    )
    return re.compile(b"(?:%b){%d}+" % (frame, _STRETCH), re.DOTALL)


def _format_byte_class(values: bytes) -> bytes:
    """Return a regular expression that matches one of these bytes."""
    return b"[%b]" % b"".join(b"\\x%02x" % value for value in values)


def _find_mark_offset(head: bytes) -> int:
    """Return the offset of the mark in an info frame: it follows the side information."""
    mpeg1 = head[1] & 0x08
    mono = _read_channels(head) == 1
    if mpeg1:
        return 21 if mono else 36
    return 13 if mono else 21


def _read_channels(head: bytes) -> int:
    return 1 if head[3] >= 0xC0 else 2  # noqa: PLR2004 - the two highest bits


def _read_info_frame(data: Bytes, start: int, mark_offset: int, stream_format: _StreamFormat) -> _InfoFrame:
    """Read the info frame at `start`; without a mark, it is a VBRI frame, in the format of Fraunhofer's encoder."""
    size = stream_format.sizes[data[start : start + 3]]
    frame = data[start : start + size]
    if frame[mark_offset : mark_offset + 4] not in _INFO_MARKS:
        return _InfoFrame(size, _read_number(frame, 36 + 14), 0, 0)
    flags = _read_number(frame, mark_offset + 4) or 0
    promised = _read_number(frame, mark_offset + 8) if flags & 1 else None
    # The flags state which fields are present before the LAME extension.
    extension = mark_offset + 8 + sum(length for bit, length in enumerate((4, 4, 100, 4)) if flags >> bit & 1)
    delay, padding = 0, 0
    if frame[extension : extension + 4] in _TRIMMING_ENCODERS and len(frame) >= extension + 24:
        # Two numbers of 12 bits: the samples added at the start and at the end.
        silence = int.from_bytes(frame[extension + 21 : extension + 24], "big")
        delay, padding = silence >> 12, silence & 0xFFF
    return _InfoFrame(size, promised or None, delay, padding)


def _read_number(frame: bytes, at: int) -> int | None:
    """Return the 32-bit number at this offset, or None if it is missing or unknown."""
    number = int.from_bytes(frame[at : at + 4], "big") if len(frame) >= at + 4 else None
    return None if number == _UNKNOWN_NUMBER else number


def _measure_silence(
    info_frames: list[_InfoFrame], seconds: float, stream_format: _StreamFormat, *, truncated: bool
) -> float:
    """Return the seconds of silence that an encoder added and players skip; 0 if the info frame is implausible.

    Players use the first info frame only.
    """
    if not info_frames:
        return 0.0
    silence = (info_frames[0].delay + (0 if truncated else info_frames[0].padding)) / stream_format.sample_rate
    return silence if silence < seconds else 0.0
