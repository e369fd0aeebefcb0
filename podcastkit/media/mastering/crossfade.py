"""Mix two pieces of audio: the first fades out while the second fades in."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.media.ffmpeg import stream_ffmpeg
from podcastkit.media.mastering.filters import OUTPUT, build_filter_graph, list_inputs
from podcastkit.media.probing import probe

with warnings.catch_warnings():
    # pydub 0.25.1 (2021) warns if it finds no ffmpeg, which is not needed here, and about its own outdated syntax.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.media.mastering.filters import Part, Programme
    from podcastkit.model import Audio

_MILLISECOND = timedelta(milliseconds=1)
_MARGIN = timedelta(milliseconds=50)
"""Read beyond the end of a piece, because a resampler delays its last samples."""
_SAMPLE_WIDTH = 2
"""Bytes per sample."""


def crossfade(first: Part, second: Part, programme: Programme, target: Path) -> Audio:
    """Write a crossfade of two pieces of the same length to `target`, a WAV file, and return it.

    The file has the sample rate and the channels of the programme. Both pieces are kept in memory, so they must be
    short. Gains are applied before mixing. After its gain, a piece must not exceed the range of 16 bits. Raise
    `MediaError` if a piece cannot be decoded.
    """
    milliseconds = first.duration // _MILLISECOND
    mixed = (
        _decode_part(first, programme)
        .fade_out(milliseconds)
        .overlay(_decode_part(second, programme).fade_in(milliseconds))
    )
    with mixed.export(target, format="wav"):
        return probe(target)


def _decode_part(part: Part, programme: Programme) -> AudioSegment:
    """Decode a piece with its gain, in the sample rate and channels of the programme."""
    # A programme with only this piece applies the rate, the channels and the gain.
    single_part_programme = replace(programme, parts=(replace(part, end=part.stop + _MARGIN),))
    graph = ("-filter_complex", build_filter_graph(single_part_programme), "-map", OUTPUT)
    size = round(part.duration.total_seconds() * programme.sample_rate) * programme.channels * _SAMPLE_WIDTH
    with stream_ffmpeg(
        [*list_inputs(single_part_programme), *graph, "-f", "s16le", "pipe:1"], lambda _: None
    ) as pcm:
        data = pcm.read()[:size]
    return AudioSegment(
        data=data.ljust(size, b"\0"),
        sample_width=_SAMPLE_WIDTH,
        frame_rate=programme.sample_rate,
        channels=programme.channels,
    )
