"""Build ffmpeg's inputs and filters for a programme: one file, or several pieces of audio."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.media.channels import mix_evenly
from podcastkit.media.ffmpeg import build_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from podcastkit.model import Audio

_SECOND = timedelta(seconds=1)
UNMEASURED_PEAK = 6.0
"""In dBFS. Decoders and float samples can exceed 0 dBFS, but rarely this level."""
OUTPUT = "[programme]"
"""The name of the graph's output, for ffmpeg's `-map`."""
_TO_STEREO = "aresample=rematrix_maxval=1,aformat=channel_layouts=stereo"
"""Down-mix to stereo by ITU-R BS.775, attenuated so that full scale in all channels does not clip."""
_TO_MONO = "pan=mono|c0=0.5*c0+0.5*c1"
"""Explicit, because the level of ffmpeg's default down-mix depends on the sample format of the decoder."""
_ON_BOTH_SIDES = "pan=stereo|c0=c0|c1=c0"
"""Explicit, because ffmpeg's default attenuates by 3 dB."""
_FLOATS = "aformat=sample_fmts=fltp"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A piece of an audio file, from `start` to `end`, or to the end of the file if `end` is None.

    `gain` is in dB. `peak` is the true peak in dBTP after the gain.
    """

    audio: Audio
    start: timedelta = timedelta()
    end: timedelta | None = None
    gain: float = 0.0
    peak: float = UNMEASURED_PEAK

    @property
    def stop(self) -> timedelta:
        """The time in the file at which the piece ends."""
        return self.audio.duration if self.end is None else self.end

    @property
    def duration(self) -> timedelta:
        """The length of the piece."""
        return self.stop - self.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """Consecutive pieces of audio, to be joined. The sample rate is in Hz; there are one or two channels."""

    parts: tuple[Part, ...]
    sample_rate: int
    channels: int

    @property
    def is_one_file(self) -> bool:
        """Whether the programme is one unchanged file: complete, without gain, with the same channels."""
        part = self.parts[0]
        is_whole = not part.start and part.end is None and not part.gain
        return len(self.parts) == 1 and is_whole and part.audio.channels == self.channels

    @property
    def duration(self) -> timedelta:
        """The total length."""
        return sum((part.duration for part in self.parts), start=timedelta())


def list_inputs(programme: Programme) -> list[str]:
    """Return ffmpeg's input arguments for all parts."""
    return [argument for part in programme.parts for argument in build_input(part.audio)]


def build_filter_graph(programme: Programme, filters: Sequence[str] = ()) -> str:
    """Return a graph for `-filter_complex` that joins the parts as float samples, then applies the filters."""
    chains = [
        f"[{number}:a:0]{','.join(_list_filters(part, programme))}[part{number}]"
        for number, part in enumerate(programme.parts)
    ]
    names = "".join(f"[part{number}]" for number in range(len(programme.parts)))
    joined = f"{names}concat=n={len(programme.parts)}:v=0:a=1" if len(programme.parts) > 1 else f"{names}anull"
    return ";".join([*chains, ",".join([joined, *filters]) + OUTPUT])


def _list_filters(part: Part, programme: Programme) -> list[str]:
    """Return the filters that cut a part and convert it to the sample rate and channels of the programme."""
    layout = "mono" if programme.channels == 1 else "stereo"
    # Convert to floats first: resampling and mixing must not clip.
    filters = [_FLOATS, *_list_mix_filters(part.audio.channels, programme.channels)]
    filters += [f"aresample={programme.sample_rate}", f"{_FLOATS}:channel_layouts={layout}"]
    if part.start or part.end is not None:
        # Cut after the resampler, at output samples. Cuts before it are audible and can lose or repeat samples.
        end = "" if part.end is None else f":end_sample={_round_to_sample(part.end, programme)}"
        filters += [f"atrim=start_sample={_round_to_sample(part.start, programme)}{end}", "asetpts=PTS-STARTPTS"]
    return [*filters, f"volume={part.gain:.2f}dB:precision=float"] if part.gain else filters


def _round_to_sample(moment: timedelta, programme: Programme) -> int:
    """Return the number of the sample that is nearest to a time, without floating-point errors."""
    return (moment * programme.sample_rate * 2 + _SECOND) // (2 * _SECOND)


def _list_mix_filters(given: int, wanted: int) -> list[str]:
    """Return the filters that convert audio from `given` to `wanted` channels."""
    if given == wanted:
        return []
    if given == 1:
        return [_ON_BOTH_SIDES]
    if even_mix := mix_evenly(given, wanted):
        return even_mix
    filters = [_TO_STEREO] if given > 2 else []  # noqa: PLR2004 - more than stereo
    return [*filters, _TO_MONO] if wanted == 1 else filters
