"""The input of the encoder: one file or several pieces, as inputs and filters of ffmpeg."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.media.channels import mix_evenly
from podcastkit.media.ffmpeg import input_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.model import Audio

_SECOND = timedelta(seconds=1)
UNMEASURED_PEAK = 6.0
"""DBFS: decoders and floats go beyond 0, and hardly further than this."""
OUTPUT = "[programme]"
"""The name of what comes out of the graph, for ffmpeg's `-map`."""
_TO_STEREO = "aresample=rematrix_maxval=1,aformat=channel_layouts=stereo"
"""By ITU-R BS.775, turned down so far that full scale in all channels is full scale still."""
_TO_MONO = "pan=mono|c0=0.5*c0+0.5*c1"
"""Spelled out, because the level of ffmpeg's own down-mix depends on the sample format of the decoder."""
_ON_BOTH_SIDES = "pan=stereo|c0=c0|c1=c0"
"""Spelled out, too: ffmpeg's own takes 3 dB away."""
_FLOATS = "aformat=sample_fmts=fltp"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of an audio file, from `start` to `end` (None: its end); gain in dB, peak in dBTP with the gain."""

    audio: Audio
    start: timedelta = timedelta()
    end: timedelta | None = None
    gain: float = 0.0
    peak: float = UNMEASURED_PEAK

    @property
    def stop(self) -> timedelta:
        """The moment of the file at which the piece ends."""
        return self.audio.duration if self.end is None else self.end

    @property
    def duration(self) -> timedelta:
        """How long the piece is."""
        return self.stop - self.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """Pieces of audio that follow one another; sample rate in Hz, of one or two channels."""

    parts: tuple[Part, ...]
    sample_rate: int
    channels: int

    @property
    def is_one_file(self) -> bool:
        """Whether it is a single file as it is: from beginning to end, as loud, and with the same channels."""
        part = self.parts[0]
        is_whole = not part.start and part.end is None and not part.gain
        return len(self.parts) == 1 and is_whole and part.audio.channels == self.channels

    @property
    def duration(self) -> timedelta:
        """How long the whole is."""
        return sum((part.duration for part in self.parts), start=timedelta())


def inputs_of(programme: Programme) -> list[str]:
    """Return the arguments by which ffmpeg reads all parts."""
    return [argument for part in programme.parts for argument in input_of(part.audio)]


def graph_of(programme: Programme, filters: Sequence[str] = ()) -> str:
    """Return the graph (for `-filter_complex`) that joins the parts, in floats, and then applies the filters."""
    chains = [
        f"[{number}:a:0]{','.join(_filters_of(part, programme))}[part{number}]"
        for number, part in enumerate(programme.parts)
    ]
    names = "".join(f"[part{number}]" for number in range(len(programme.parts)))
    joined = f"{names}concat=n={len(programme.parts)}:v=0:a=1" if len(programme.parts) > 1 else f"{names}anull"
    return ";".join([*chains, ",".join([joined, *filters]) + OUTPUT])


def _filters_of(part: Part, programme: Programme) -> list[str]:
    layout = "mono" if programme.channels == 1 else "stereo"
    filters = [_FLOATS, *_mix(part.audio.channels, programme.channels)]
    filters += [f"aresample={programme.sample_rate}", f"{_FLOATS}:channel_layouts={layout}"]
    if part.start or part.end is not None:
        # Cut behind the resampler, at samples of the result: no edge of it is heard, and none is lost or doubled.
        end = "" if part.end is None else f":end_sample={_sample(part.end, programme)}"
        filters += [f"atrim=start_sample={_sample(part.start, programme)}{end}", "asetpts=PTS-STARTPTS"]
    return [*filters, f"volume={part.gain:.2f}dB:precision=float"] if part.gain else filters


def _sample(moment: timedelta, programme: Programme) -> int:
    return (moment * programme.sample_rate * 2 + _SECOND) // (2 * _SECOND)


def _mix(given: int, wanted: int) -> list[str]:
    if given == wanted:
        return []
    if given == 1:
        return [_ON_BOTH_SIDES]
    if even := mix_evenly(given, wanted):
        return even
    filters = [_TO_STEREO] if given > 2 else []  # noqa: PLR2004 - more than stereo
    return [*filters, _TO_MONO] if wanted == 1 else filters
