"""The true length of MP3 data, counted frame by frame, because what MP3 headers promise is often not there.

The frame header is that of ISO/IEC 11172-3 section 2.4.2.3 (MPEG-1) and ISO/IEC 13818-3 (the low sample rates),
Layer III, and Layer II, which is MP2; the info frame is Xing's, as LAME extended it (http://gabriel.mp3-tech.org/mp3infotag.html).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import islice, pairwise, product
from typing import TYPE_CHECKING, NamedTuple

from podcastkit.media.containers.mp3_side_info import holds_sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.media.containers.file_bytes import Bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameWalk:
    """What walking all frames told. Bitrate in bit/s (to the nearest hundred), sample rate in Hz.

    `heard` is the length of the frames that decoders play, with the silence that an encoder added. `declared` is
    the length that the file promises: by its header or, without one, by its bytes. `truncated`: it ends before the
    last frame that the header promises. `shown` is the length that players show who believe the header or, when
    there is none, take the first frame's bitrate for that of all; None when it is right. It is too short when
    files were appended to one another. `gaps` are the moments at which the frames stop and go on behind strange
    bytes.
    """

    layer: int
    frames: int
    duration: timedelta
    heard: timedelta
    declared: timedelta
    bitrate: int
    sample_rate: int
    channels: int
    truncated: bool
    shown: timedelta | None
    gaps: tuple[timedelta, ...]


def walk_frames(data: Bytes) -> FrameWalk | None:
    """Count the audio frames of a whole MP3 file; return None when there are none."""
    runs = list(_runs(data))
    infos = [info for run in runs for info in run.infos]
    frames = sum(run.frames - len(run.infos) for run in runs)
    if not frames:
        return None
    seconds = sum((run.frames - len(run.infos)) * run.kind.seconds for run in runs)
    size = sum(run.end - run.start for run in runs) - sum(info.size for info in infos)
    kind = runs[0].kind
    promised = sum(info.promised or 0 for info in infos)
    gaps = sum(run.gap for run in runs[1:])
    truncated = (promised - frames - gaps * frames / size) * kind.seconds > _SLACK
    strange = gaps + _count_garbage(data, runs[-1].end, more_than=size)
    return FrameWalk(
        layer=kind.layer,
        frames=frames,
        duration=timedelta(seconds=seconds - _silence(infos, seconds, kind, truncated=truncated)),
        heard=timedelta(seconds=seconds * _measure_sound(data, runs)),
        declared=timedelta(seconds=promised * kind.seconds if promised else seconds * (size + strange) / size),
        bitrate=round(size * 8 / seconds / 100) * 100,
        sample_rate=kind.sample_rate,
        channels=_channels(data[runs[0].start : runs[0].start + 4]),
        truncated=truncated,
        shown=_shown(data, runs[0], infos, size, seconds),
        gaps=tuple(_gaps(runs)),
    )


def find_sound(data: Bytes) -> tuple[int, int]:
    """Return where the first frame of an MP3 file begins, and where the last one ends; around them are tags."""
    runs = list(_runs(data))
    return runs[0].start, runs[-1].end


def list_frames(data: Bytes, position: int | None, end: int) -> Iterator[bytes]:
    """Yield the whole frames that follow one another from a position on."""
    if position is None:
        return
    while (kind := _KINDS.get(head := data[position : position + 3])) and position + kind.sizes[head] <= end:
        yield data[position : position + kind.sizes[head]]
        position += kind.sizes[head]


def skip_id3(data: Bytes, position: int = 0) -> int:
    """Return the first position after the ID3v2 and APE tags that begin at `position`."""
    for _, end in find_tags(data, position):
        position = end
    return position


def find_tags(data: Bytes, position: int = 0) -> Iterator[tuple[int, int]]:
    """Yield start and end of each of the ID3v2 and APE tags that begin at `position`.

    A tag whose size is wrong ends where the sound begins.
    """
    while (end := _find_tag_end(data, position)) is not None:
        yield position, end
        position = end


def measure_id3(head: bytes) -> tuple[int, int]:
    """Return how long an ID3v2 tag is by its head, the likelier first: with or without a head at its end, too."""
    size = 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return (size + 10, size) if head[5] & 0x10 else (size, size + 10)


def _find_tag_end(data: Bytes, start: int) -> int | None:
    """Return where a tag ends: by its size, unless the sound begins elsewhere; None: there is no tag."""
    claims = _list_claims(data[start : start + 32], start)
    claim = next((end for end in claims if _begins_here(data, end)), None)
    if not claims:
        return None
    if claim is None and (container := _CONTAINER.search(data[start : start + _MOST_JUNK])):
        return start + container.start()
    end = claim or claims[0]
    sound = _find_sound_inside(data, start + 10, end)
    if sound is None and claim is None and _ID3_FRAME.match(data[end : end + 4]):
        sound = _sync(data, end)
    if sound is None and end > len(data):
        return None
    return end if sound is None else sound


def _find_sound_inside(data: Bytes, begin: int, claim: int) -> int | None:
    """Return where in a tag the sound begins that goes on behind its end; sound that does not is an attachment."""
    tag = data[begin : min(claim, begin + _MOST_JUNK) + _ENOUGH * _LARGEST_FRAME]
    at = _sync(tag, 0)
    while at is not None and begin + at < claim:
        end = _follow(data, begin + at, begin + at).end
        if end >= claim or claim > len(data):
            return begin + at
        at = _sync(tag, end - begin)
    return None


def _list_claims(head: bytes, start: int) -> list[int]:
    """Return where a tag may end by its size, which some programs write in a wrong way; the likeliest first."""
    if ape := _APE.match(head):
        return [start + 32 + int.from_bytes(ape[1], "little")]
    if not head.startswith(b"ID3") or len(head) < 10:  # noqa: PLR2004
        return []
    return [start + size for size in (*measure_id3(head), 10 + int.from_bytes(head[6:10], "big"))]


def _begins_here(data: Bytes, position: int) -> bool:
    """Return whether another tag, a known format or the end of the file is at a position."""
    head = data[position : position + 12]
    is_known = head.startswith((b"ID3", b"APETAGEX")) or _CONTAINER.match(head) is not None
    return is_known or position == len(data) or _chain(data, position)[0] == _ENOUGH


class _Kind(NamedTuple):
    """What stays the same in a stream: version and sample rate; and the size of each frame by its first 3 bytes."""

    layer: int
    sample_rate: int
    samples: int
    bitrates: tuple[int, ...]
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


_LOW_BITRATES = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_BITRATES = {
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
"""Those of MPEG-1, by the layer."""
_FULL_RATES, _HALF_RATES, _QUARTER_RATES = (44100, 48000, 32000), (22050, 24000, 16000), (11025, 12000, 8000)
_STREAMS = (
    (0xFA, 3, 1152, _FULL_RATES, _BITRATES[3]),
    (0xF2, 3, 576, _HALF_RATES, _LOW_BITRATES),
    (0xE2, 3, 576, _QUARTER_RATES, _LOW_BITRATES),
    (0xFC, 2, 1152, _FULL_RATES, _BITRATES[2]),
    (0xF4, 2, 1152, _HALF_RATES, _LOW_BITRATES),
)
"""The second byte of a header, the layer, the samples of a frame, and what the next byte chooses from."""
_HEADER = re.compile(
    rb"\xff(?=[\xe2\xe3\xf2\xf3\xf4\xf5\xfa\xfb\xfc\xfd][\x10-\xeb][^\x02\x06\x0a\x0e])", re.DOTALL
)
_CONTAINER = re.compile(
    rb"fLaC\x00\x00\x00\x22|OggS\x00\x02|(?:RIFF|RF64|BW64)....WAVE|FORM....AIF[FC]|\0\0\0.ftyp", re.DOTALL
)
"""The beginnings of formats that programs put ID3 tags in front of, beside MP3."""
_TAIL = re.compile(rb"TAG|APETAGEX|LYRICSBEGIN")
_APE = re.compile(rb"APETAGEX.{4}(.{4}).{4}...[\xa0-\xbf\xe0-\xff]", re.DOTALL)
"""The head of an APE tag (APEv2 at wiki.hydrogenaudio.org): the size of all behind it, and that it is a head."""
_ID3_FRAME = re.compile(rb"[A-Z]{3}[A-Z0-9]")
"""The name of a frame, which is behind a tag if its size is too small."""
_ID3V1 = 128
_OPEN = 0xFFFF_FFFF
"""What stands for a number that was not known when it was written."""
_INFO_MARKS = frozenset((b"Xing", b"Info"))
_TRIMMING_ENCODERS = frozenset((b"LAME", b"Lavf", b"Lavc"))
_ENOUGH = 4
"""So many consecutive headers are never chance."""
_STRETCH = 128
"""Frames that are walked at once."""
_WINDOW = 2**21
"""Bytes that are in memory at once."""
_LARGEST_FRAME = 1729
_LONGEST_STRETCH = _STRETCH * _LARGEST_FRAME + 64
"""Bytes of so many of the largest frames, with the mark of one more."""
_MOST_JUNK = 1 << 24
"""Bytes; a file whose sound begins later, or goes on after a longer gap, is no MP3 for any player."""
_SLACK = 0.5
"""Seconds by which a promise may be wrong: some encoders count the info frame, or one at the end, or do not."""
_UNNOTICED = 0.02
"""The part by which a length that is guessed by the bitrate may be wrong."""
_MOST_GAPS = 100
_SAMPLES, _SAMPLE = 32, 2**14
"""How many samples are taken of the sound, and their bytes: a hole of a tenth of a file is hit by three."""
_NEARLY_ALL = 0.98
"""The part of the frames in the samples that hold sound in any file that needs no closer look."""


def _kinds() -> dict[bytes, _Kind]:
    kinds: dict[bytes, _Kind] = {}
    for second, layer, samples, sample_rates, bitrates in _STREAMS:
        for index, sample_rate in enumerate(sample_rates):
            kind = _Kind(layer, sample_rate, samples, bitrates, {})
            # The last two bits of a header are padding and a private bit.
            for (at, bitrate), low, protected in product(enumerate(bitrates, 1), range(4), (0, 1)):
                head = bytes((0xFF, second | protected, at << 4 | index << 2 | low))
                kind.sizes[head] = samples * 125 * bitrate // sample_rate + (low >> 1)
            kinds |= dict.fromkeys(kind.sizes, kind)
    return kinds


_KINDS = _kinds()


def _runs(data: Bytes) -> Iterator[_Run]:
    begin = skip_id3(data)
    start = begin if _is_short_stream(data, begin) else _sync(data, begin)
    while start is not None:
        run = _follow(data, begin, start)
        yield run
        begin = skip_id3(data, _skip_tail(data, run.end))
        start = _sync(data, begin)


def _skip_tail(data: Bytes, position: int) -> int:
    """Return the first position behind an APE and an ID3v1 tag, which stand at the end of a file, or once did."""
    if tag := _APE.match(data[position : position + 32]):
        position += 32 + int.from_bytes(tag[1], "little")
    if data[position : position + 3] == b"TAG":
        position += _ID3V1
    return min(position, len(data))


def _count_garbage(data: Bytes, position: int, *, more_than: int) -> int:
    """Return how many bytes at the end are neither sound, tag nor zero; few may be a tag that nobody knows."""
    begin = skip_id3(data, _skip_tail(data, position))
    if len(data) - begin <= more_than:
        return 0
    blocks = (data[start : start + _WINDOW] for start in range(begin, len(data), _WINDOW))
    count = sum(len(block) - block.count(0) for block in blocks)
    return count if count > more_than else 0


def _sync(data: Bytes, begin: int) -> int | None:
    for start in range(begin, min(begin + _MOST_JUNK, len(data)), _WINDOW):
        for header in _HEADER.finditer(data[start : start + _WINDOW + 3]):
            position = start + header.start()
            if _chain(data, position)[0] == _ENOUGH:
                return position
    return None


def _is_short_stream(data: Bytes, begin: int) -> bool:
    """Tell whether a file of too few frames to be sure of begins here: nothing but a tag may follow them."""
    if not _HEADER.match(data[begin : begin + 4]):
        return False
    count, end = _chain(data, begin)
    is_followed_by_tag = _TAIL.match(data[end : end + 16]) is not None
    return end == len(data) or is_followed_by_tag or (count > 1 and end > len(data))


def _chain(data: Bytes, position: int) -> tuple[int, int]:
    kind = _KINDS.get(data[position : position + 3])
    count = 0
    while kind and count < _ENOUGH and (size := kind.sizes.get(data[position : position + 3])):
        position += size
        count += 1
    return count, position


def _measure_sound(data: Bytes, runs: list[_Run]) -> float:
    """Return the share of frames that hold sound, by a few from everywhere, or by all where those are not right.

    Only of Layer III decoders refuse any.
    """
    if runs[0].kind.layer == 2:  # noqa: PLR2004
        return 1
    start, end = runs[0].start, runs[-1].end
    places = [start + (end - start) * part // _SAMPLES for part in range(_SAMPLES)]
    some = [data[place : min(place + _SAMPLE, end)] for place in places]
    found = [holds_sound(frame) for part in some for frame in list_frames(part, _sync(part, 0), len(part))]
    if sum(found) < _NEARLY_ALL * len(found):
        found = [holds_sound(frame) for run in runs for frame in list_frames(data, run.start, run.end)]
    return sum(found) / len(found) if found else 1


def _follow(data: Bytes, begin: int, start: int) -> _Run:
    head = data[start : start + 40]
    kind, mark = _KINDS[head[:3]], _mark_offset(head)
    walk = _Walk(kind, head, mark)
    marked = [start] if head[36:40] == b"VBRI" else []
    position = last = start
    frames = 0
    goes_on = True
    while goes_on:
        window = data[position : position + _WINDOW]
        is_last = len(window) < _WINDOW
        end, some, latest, marks, goes_on = walk.follow(window, is_last=is_last)
        marked += (position + at for at in marks)
        last = position + latest
        position += end
        frames += some
    if position > len(data):
        position = last
        frames -= 1
    # Sound that happens to hold a mark has a side information before it; an info frame has zeros there.
    marked = [at for at in marked if at < position and (at == start or not any(data[at + 4 : at + mark]))]
    infos = [_read_info(data, at, mark, kind) for at in marked]
    for number, (at, following) in enumerate(pairwise(marked), 1):
        # Some programs put theirs in front of that of another, which promises the same sound.
        if following == at + infos[number - 1].size:
            infos[number] = infos[number]._replace(promised=None)
    return _Run(kind, start - begin, start, position, frames, tuple(infos))


class _Walk(NamedTuple):
    """How frames like one with this head are walked; `mark` is where an info frame has its mark."""

    kind: _Kind
    head: bytes
    mark: int

    def follow(self, window: bytes, *, is_last: bool) -> tuple[int, int, int, list[int], bool]:
        """Walk the frames at the beginning of some bytes.

        Return the position after the last, how many there are, the position of the last but those that were walked
        at once, those that have a mark, and whether there may be more behind the window.
        """
        size_of, mark = self.kind.sizes.get, self.mark
        likely = _stretch(bytes((0xFF, self.head[1] | 1, self.head[2] & 0xFC)), mark)
        limit = len(window) + 1 if is_last else len(window) - _LONGEST_STRETCH
        position = last = frames = 0
        marked: list[int] = []
        size: int | None = 1
        while size and position < limit:
            for _ in range(_STRETCH):
                size = size_of(window[position : position + 3])
                if not size:
                    break
                if window[position + mark : position + mark + 4] in _INFO_MARKS:
                    marked.append(position)
                last = position
                position += size
                frames += 1
            # Nearly all of a file: 200 000 frames for 90 minutes.
            while size and position < limit and (many := likely.match(window, position)):
                position = many.end()
                frames += _STRETCH
        return position, frames, last, marked, bool(size) and not is_last


def _shown(data: Bytes, first: _Run, infos: list[_Info], size: int, seconds: float) -> timedelta | None:
    promised = infos[0].promised if infos else None
    if promised:
        shown, slack = promised * first.kind.seconds, _SLACK
    else:
        bitrate = first.kind.bitrates[(data[first.start + 2 : first.start + 3][0] >> 4) - 1]
        shown, slack = size / (bitrate * 125), max(_SLACK, seconds * _UNNOTICED)
    return timedelta(seconds=shown) if abs(shown - seconds) > slack else None


def _gaps(runs: list[_Run]) -> Iterator[timedelta]:
    """Yield the moments of the first gaps."""
    seconds = 0.0
    for run, following in islice(pairwise(runs), _MOST_GAPS):
        seconds += (run.frames - len(run.infos)) * run.kind.seconds
        if following.gap:
            yield timedelta(seconds=seconds)


@lru_cache(maxsize=64)
def _stretch(head: bytes, mark: int) -> re.Pattern[bytes]:
    """Return what matches many frames like the one with this head, of which none may be an info frame.

    It walks four times as fast as Python does.
    """
    sizes = _KINDS[head].sizes
    seconds = bytes(sorted({header[1] for header in sizes}))
    thirds: dict[int, list[int]] = {}
    for header, size in sizes.items():
        thirds.setdefault(size, []).append(header[2])
    # What the first frame has is tried first.
    likely = sorted(thirds.items(), key=lambda pair: abs(pair[0] - sizes[head]))
    rest = b"|".join(b"%b.{%d}" % (_one_of(bytes(third)), size - 3) for size, third in likely)
    frame = b"\xff%b(?!.{%d}(?:Xing|Info))(?:%b)" % (_one_of(seconds), mark - 2, rest)
    return re.compile(b"(?:%b){%d}+" % (frame, _STRETCH), re.DOTALL)


def _one_of(values: bytes) -> bytes:
    return b"[%b]" % b"".join(b"\\x%02x" % value for value in values)


def _mark_offset(head: bytes) -> int:
    """Return where an info frame has its mark: after the side information."""
    mpeg1 = head[1] & 0x08
    mono = _channels(head) == 1
    if mpeg1:
        return 21 if mono else 36
    return 13 if mono else 21


def _channels(head: bytes) -> int:
    return 1 if head[3] >= 0xC0 else 2  # noqa: PLR2004 - the two highest bits


def _read_info(data: Bytes, start: int, mark: int, kind: _Kind) -> _Info:
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
    number = int.from_bytes(frame[at : at + 4], "big") if len(frame) >= at + 4 else None
    return None if number == _OPEN else number


def _silence(infos: list[_Info], seconds: float, kind: _Kind, *, truncated: bool) -> float:
    """Return the seconds that an encoder added and players leave out, who know the first tag only."""
    if not infos:
        return 0.0
    silence = (infos[0].delay + (0 if truncated else infos[0].padding)) / kind.sample_rate
    return silence if silence < seconds else 0.0
