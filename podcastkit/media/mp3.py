"""The true length of MP3 data, counted frame by frame, because what MP3 headers promise is often not there.

The frame header is that of ISO/IEC 11172-3 section 2.4.2.3 (MPEG-1) and ISO/IEC 13818-3 (the low sample rates),
Layer III only; the info frame is Xing's, as LAME extended it (http://gabriel.mp3-tech.org/mp3infotag.html).
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameWalk:
    """What walking all frames told. Bitrate in bit/s (to the nearest hundred), sample rate in Hz.

    `truncated`: the header promises more frames than there are. `joined`: it promises fewer, as when files were
    appended to one another; players then show a wrong length. `resyncs` counts the places where the frames stop and
    go on later: a hole, or the seam of two files.
    """

    frames: int
    duration: timedelta
    bitrate: int
    sample_rate: int
    channels: int
    truncated: bool
    joined: bool
    resyncs: int


def walk_frames(data: bytes | mmap.mmap) -> FrameWalk | None:
    """Count the audio frames of a whole MP3 file; return None when there are none."""
    runs = list(_runs(data))
    infos = [info for run in runs for info in run.infos]
    frames = sum(run.frames - len(run.infos) for run in runs)
    if not frames:
        return None
    seconds = sum((run.frames - len(run.infos)) * run.kind.seconds for run in runs)
    size = sum(run.end - run.start for run in runs) - sum(info.size for info in infos)
    kind = runs[0].kind
    missing = sum(info.promised or 0 for info in infos) - frames - sum(run.gap for run in runs[1:]) * frames / size
    truncated = missing * kind.seconds > _SLACK
    surplus = frames - infos[0].promised if infos and infos[0].promised else 0
    return FrameWalk(
        frames=frames,
        duration=timedelta(seconds=seconds - _silence(infos, seconds, kind, truncated=truncated)),
        bitrate=round(size * 8 / seconds / 100) * 100,
        sample_rate=kind.sample_rate,
        channels=_channels(data, runs[0].start),
        truncated=truncated,
        joined=surplus * kind.seconds > _SLACK,
        resyncs=len(runs) - 1,
    )


def skip_id3(data: bytes | mmap.mmap, position: int = 0) -> int:
    """Return the first position after the ID3v2 tags that begin at `position`."""
    while tag := _ID3.match(data, position):
        flags, *sizes = tag[1]
        size = sum(part << shift for part, shift in zip(sizes, (21, 14, 7, 0), strict=True))
        end = position + 10 + size + (10 if flags & 0x10 else 0)
        if end > len(data):
            break
        position = end
    return position


class _Kind(NamedTuple):
    """What stays the same in a stream: version and sample rate; and the size of each frame by its first 3 bytes."""

    sample_rate: int
    samples: int
    sizes: dict[bytes, int]

    @property
    def seconds(self) -> float:
        return self.samples / self.sample_rate


class _Info(NamedTuple):
    """A frame that holds facts instead of sound."""

    size: int
    promised: int | None
    delay: int
    padding: int


class _Run(NamedTuple):
    """Frames that follow one another without a gap; `gap` is the number of strange bytes before the first."""

    kind: _Kind
    gap: int
    start: int
    end: int
    frames: int
    infos: tuple[_Info, ...]


_BITRATES = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {0xFA: (44100, 48000, 32000), 0xF2: (22050, 24000, 16000), 0xE2: (11025, 12000, 8000)}
_HEADER = re.compile(rb"\xff(?=[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xeb][^\x02\x06\x0a\x0e])", re.DOTALL)
_ID3 = re.compile(rb"ID3[\x00-\xfe]{2}(.[\x00-\x7f]{4})", re.DOTALL)
_TAIL = re.compile(rb"TAG|APETAGEX|LYRICSBEGIN")
_INFO_MARKS = frozenset((b"Xing", b"Info"))
_TRIMMING_ENCODERS = frozenset((b"LAME", b"Lavf", b"Lavc"))
_ENOUGH = 4
_WINDOW = 4 * 2**20
"""Bytes that are walked before memory is let go."""
"""So many consecutive headers are never chance."""
_MOST_JUNK = 1 << 24
"""Bytes; a file whose sound begins later, or goes on after a longer gap, is no MP3 for any player."""
_SLACK = 0.5
"""Seconds by which a promise may be wrong: some encoders count the info frame, or one at the end, or do not."""


def _kinds() -> dict[bytes, _Kind]:
    kinds: dict[bytes, _Kind] = {}
    for second, sample_rates in _SAMPLE_RATES.items():
        version = 1 if second == 0xFA else 2  # noqa: PLR2004 - the byte of MPEG-1 in the table above
        samples = 1152 if version == 1 else 576
        for index, sample_rate in enumerate(sample_rates):
            kind = _Kind(sample_rate, samples, {})
            for at, bitrate in enumerate(_BITRATES[version], 1):
                for low in range(4):  # padding and the private bit
                    size = samples * 125 * bitrate // sample_rate + (low >> 1)
                    for protected in (0, 1):
                        kind.sizes[bytes((0xFF, second | protected, at << 4 | index << 2 | low))] = size
            kinds |= dict.fromkeys(kind.sizes, kind)
    return kinds


_KINDS = _kinds()


def _runs(data: bytes | mmap.mmap) -> Iterator[_Run]:
    begin = skip_id3(data)
    start = begin if _is_short_stream(data, begin) else _sync(data, begin)
    while start is not None:
        run = _follow(data, begin, start)
        yield run
        begin = skip_id3(data, run.end)
        start = _sync(data, begin)


def _sync(data: bytes | mmap.mmap, begin: int) -> int | None:
    for header in _HEADER.finditer(data, begin, begin + _MOST_JUNK):
        if _chain(data, header.start())[0] == _ENOUGH:
            return header.start()
    return None


def _is_short_stream(data: bytes | mmap.mmap, begin: int) -> bool:
    """Tell whether a file of too few frames to be sure of begins here: nothing but a tag may follow them."""
    if not _HEADER.match(data, begin):
        return False
    count, end = _chain(data, begin)
    return end == len(data) or _TAIL.match(data, end) is not None or (count > 1 and end > len(data))


def _chain(data: bytes | mmap.mmap, position: int) -> tuple[int, int]:
    kind = _KINDS.get(data[position : position + 3])
    count = 0
    while kind and count < _ENOUGH and (size := kind.sizes.get(data[position : position + 3])):
        position += size
        count += 1
    return count, position


def _follow(data: bytes | mmap.mmap, begin: int, start: int) -> _Run:
    kind = _KINDS[data[start : start + 3]]
    size_of, mark = kind.sizes.get, _mark_offset(data, start)
    marked = [start] if data[start + 36 : start + 40] == b"VBRI" else []
    position = last = start
    frames = 0
    stop = position
    while position >= stop:
        _let_go(data, position)
        stop = position + _WINDOW
        # The inner loop of everything: 200 000 rounds for 90 minutes.
        while position < stop and (size := size_of(data[position : position + 3])):
            if data[position + mark : position + mark + 4] in _INFO_MARKS:
                marked.append(position)
            last = position
            position += size
            frames += 1
    if position > len(data):
        position = last
        frames -= 1
    # Sound that happens to hold a mark has a side information before it; an info frame has zeros there.
    marked = [at for at in marked if at < position and (at == start or not any(data[at + 4 : at + mark]))]
    infos = tuple(_read_info(data, at, mark, kind) for at in marked)
    return _Run(kind, start - begin, start, position, frames, infos)


def _let_go(data: bytes | mmap.mmap, end: int) -> None:
    """Let the system have back the pages that were walked, which would add up to the length of the file."""
    if isinstance(data, mmap.mmap) and hasattr(data, "madvise"):
        data.madvise(mmap.MADV_DONTNEED, 0, end - end % mmap.PAGESIZE)


def _mark_offset(data: bytes | mmap.mmap, start: int) -> int:
    """Return where an info frame has its mark: after the side information."""
    mpeg1 = data[start + 1] & 0x08
    mono = _channels(data, start) == 1
    if mpeg1:
        return 21 if mono else 36
    return 13 if mono else 21


def _channels(data: bytes | mmap.mmap, start: int) -> int:
    return 1 if data[start + 3] >= 0xC0 else 2  # noqa: PLR2004 - the two highest bits


def _read_info(data: bytes | mmap.mmap, start: int, mark: int, kind: _Kind) -> _Info:
    size = kind.sizes[data[start : start + 3]]
    frame = data[start : start + size]
    if frame[mark : mark + 4] not in _INFO_MARKS:
        return _Info(size, _number(frame, 36 + 14), 0, 0)
    flags = _number(frame, mark + 4) or 0
    promised = _number(frame, mark + 8) if flags & 1 else None
    lame = mark + 8 + sum(length for bit, length in enumerate((4, 4, 100, 4)) if flags >> bit & 1)
    delay, padding = 0, 0
    if frame[lame : lame + 4] in _TRIMMING_ENCODERS and len(frame) >= lame + 24:
        trimmed = int.from_bytes(frame[lame + 21 : lame + 24], "big")
        delay, padding = trimmed >> 12, trimmed & 0xFFF
    return _Info(size, promised or None, delay, padding)


def _number(frame: bytes, at: int) -> int | None:
    return int.from_bytes(frame[at : at + 4], "big") if len(frame) >= at + 4 else None


def _silence(infos: list[_Info], seconds: float, kind: _Kind, *, truncated: bool) -> float:
    """Return the seconds that an encoder added and players leave out, who know the first tag only."""
    if not infos:
        return 0.0
    silence = (infos[0].delay + (0 if truncated else infos[0].padding)) / kind.sample_rate
    return silence if silence < seconds else 0.0
