"""Two pieces of sound that are heard at once, the one while it fades out and the other while it fades in."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from podcastkit.media.ffmpeg import stream_ffmpeg
from podcastkit.media.mastering.filters import OUTPUT, graph_of, inputs_of
from podcastkit.media.probing import probe

with warnings.catch_warnings():
    # pydub 0.25.1 (2021) looks for an ffmpeg of its own, which it is not asked to run, and speaks an old Python.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.media.mastering.filters import Part, Programme
    from podcastkit.model import Audio

_MILLISECOND = timedelta(milliseconds=1)
_MARGIN = timedelta(milliseconds=50)
"""Read beyond a piece, so that what a resampler holds back at its end is not missed."""
_WIDTH = 2
"""Bytes of a sample."""


def crossfade(first: Part, second: Part, programme: Programme, target: Path) -> Audio:
    """Write two pieces of the same length, one fading into the other, as a WAV in the form of the programme.

    Both are in memory, so they are short. Their gains are applied before they are mixed, which no sample of theirs
    may need more than 16 bits for. Raises `MediaError` when a piece cannot be decoded.
    """
    milliseconds = first.duration // _MILLISECOND
    mixed = _read(first, programme).fade_out(milliseconds).overlay(_read(second, programme).fade_in(milliseconds))
    with mixed.export(target, format="wav"):
        return probe(target)


def _read(part: Part, programme: Programme) -> AudioSegment:
    alone = replace(programme, parts=(replace(part, end=part.stop + _MARGIN),))
    graph = ("-filter_complex", graph_of(alone), "-map", OUTPUT)
    size = round(part.duration.total_seconds() * programme.sample_rate) * programme.channels * _WIDTH
    with stream_ffmpeg([*inputs_of(alone), *graph, "-f", "s16le", "pipe:1"], lambda _: None) as pcm:
        data = pcm.read()[:size]
    return AudioSegment(
        data=data.ljust(size, b"\0"),
        sample_width=_WIDTH,
        frame_rate=programme.sample_rate,
        channels=programme.channels,
    )
