"""Draw the loudness of each episode of a show over time, before and after mastering, in one picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from podcastkit.cache import Cache
from podcastkit.media.cached_facts import MeasurementResult, measure_all
from podcastkit.media.encoding import needs_encoding
from podcastkit.media.loudness_targets import HIGHEST_PEAK, LOUDNESS_TOLERANCE
from podcastkit.model import Show
from podcastkit.progress import Progress, ignore_event
from podcastkit.project.loader import load
from podcastkit.reports.svg import Drawing, Ink, Label, Rect, Trace, write_svg
from podcastkit.text.terminal import count_columns, cut_columns
from podcastkit.text.timecodes import format_clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from podcastkit.model import AudioSettings, Episode, Measurement
    from podcastkit.reports.svg import Point, Shape

_LOUDEST, _SOFTEST = -4.0, -40.0
"""LUFS at the top and the bottom of each episode's chart."""
_PAUSE = timedelta(seconds=3)
"""The shortest silence that is marked."""
_LONG_PAUSE = timedelta(seconds=10)
"""The shortest silence that is labeled with its length."""
_A_MINUTE = 60

_INKS = {
    "paper": Ink(light="#ffffff", dark="#14171b"),
    "field": Ink(light="#f3f5f8", dark="#1d2127"),
    "grid": Ink(light="#dde2e8", dark="#313841"),
    "text": Ink(light="#1a2027", dark="#e9ecef"),
    "muted": Ink(light="#5d6873", dark="#9ba6b1"),
    "alarm": Ink(light="#b3400a", dark="#ff9d61"),
    "band": Ink(light="#1d9a57", dark="#43c581", opacity=0.3),
    "silence": Ink(light="#d98e04", dark="#e5a93c", opacity=0.28),
    "ground": Ink(light="#1f66cc", dark="#6fa8ff", opacity=0.12),
    "curve": Ink(light="#1f66cc", dark="#7cb0ff", width=1.4),
    "whole": Ink(light="#1f66cc", dark="#7cb0ff", width=1, dash=(5, 4)),
    "before": Ink(light="#97a3b0", dark="#66717d", width=1.1),
}

_WIDTH = 960
_MARGIN = 32
_LEFT = _MARGIN + 32
"""The left edge of the charts. Their scale is on the left of it."""
_RIGHT = _WIDTH - _MARGIN
_HEAD = 112
_TITLE_COLUMNS = 70
_EPISODE_COLUMNS = 88
_FIELD = 100
"""The height of a chart."""
_LOW_FIELD = 64
"""The height of a chart if there are more than `_MANY` episodes."""
_MANY = 16
_COLUMNS = (0, 256, 384)
"""The x offsets of an episode's figures."""
_ABOVE, _BELOW = 46, 44
"""Space above a chart for name and figures, and below it for the time labels and a gap."""
_MOST_LONGER = 6
"""Episodes share a time scale unless another episode is more times longer than this; they would be too narrow."""
_STEP = 2
"""The width of a step of the curve in pixels."""
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Possible intervals between time marks, in seconds."""
_MOST_TICKS = 9


def draw_levels(
    show: str | Path | Show,
    *,
    form: Literal["svg", "png"] = "svg",
    executor: Executor | None = None,
    progress: Progress = ignore_event,
) -> bytes:
    """Return a picture of the loudness of each episode over time, with the target from `[audio]`.

    Masters are drawn at their loudness after mastering, and faintly at their original loudness. Files without a
    cached measurement are decoded in parallel; `executor` does that and is not shut down. The same show produces
    the same bytes. The bytes of a PNG also depend on Pillow and on the fonts of this computer. Raise the same
    errors as `load`, and `MediaError` without a working ffmpeg.
    """
    show = show if isinstance(show, Show) else load(show, executor=executor, progress=progress)
    masters = [(episode.master, episode.audio) for episode in show.episodes if episode.master and episode.audio]

    with Cache() as cache:
        measured = measure_all(masters, cache, executor=executor, progress=progress, curves=True)
    drawing = build_drawing(show, measured)
    if form == "svg":
        return write_svg(drawing).encode()
    from podcastkit.reports.png import paint_png  # noqa: PLC0415 - Pillow is slow to load, and SVG does not need it

    return paint_png(drawing)


def build_drawing(show: Show, measured: Mapping[str, MeasurementResult]) -> Drawing:
    """Return the drawing for a show; `measured` has measurements and curves by SHA-256 of the audio files."""
    rows = [
        _make_row(episode, measured.get(episode.master.sha256) if episode.master else None, show.audio)
        for episode in show.episodes
    ]
    lengths = [row.measurement.duration for row in rows if row.measurement]
    field = _FIELD if len(rows) <= _MANY else _LOW_FIELD
    shapes, top = [*_draw_head(show, rows)], float(_HEAD)
    for row in rows:
        panel = _Panel(row=row, top=top, height=field, lengths=lengths)
        shapes += panel.draw()
        top += panel.total_height
    return Drawing(
        width=_WIDTH,
        height=round(top + _MARGIN / 2),
        shapes=tuple(shapes),
        inks=_INKS,
        paper="paper",
        title=f"{show.title}: loudness",
        description=_describe(show, rows),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """The data of one episode."""

    name: str
    measurement: Measurement | None
    curve: tuple[float | None, ...] = ()
    trouble: str | None = None
    """The reason for a missing measurement."""
    gain: float | None = None
    """How many LU mastering raises the loudness; None if the audio is published unchanged."""
    target: float | None = None
    """LUFS."""

    @property
    def loudness(self) -> float | None:
        """The loudness of the published audio in LUFS."""
        before = self.measurement.loudness if self.measurement else None
        return before if before is None else before + (self.gain or 0)

    @property
    def pauses(self) -> list[tuple[timedelta, timedelta]]:
        """The start and the end of each silence to mark."""
        silences = self.measurement.silences if self.measurement else ()
        return [(start, end) for start, end in silences if end - start >= _PAUSE]

    @property
    def changes_loudness(self) -> bool:
        """Whether mastering changes the loudness."""
        return self.gain is not None and round(self.gain, 1) != 0

    @property
    def deviation(self) -> float:
        """The difference to the target in LU; 0 within the tolerance."""
        if self.target is None or self.loudness is None:
            return 0
        difference = round(self.loudness - self.target, 1)
        return difference if abs(difference) > LOUDNESS_TOLERANCE else 0

    @property
    def peak(self) -> float | None:
        """The true peak of the published audio in dBTP."""
        before = self.measurement.true_peak if self.measurement else None
        return before if before is None or self.gain is None else min(before + self.gain, HIGHEST_PEAK)


def _make_row(episode: Episode, measured: MeasurementResult | None, settings: AudioSettings) -> _Row:
    name = f"{episode.name} · {episode.title}" if episode.number is not None else episode.title
    if episode.audio is None or measured is None:
        return _Row(name=name, measurement=None, trouble="no audio to measure")
    measurement = measured.measurement
    if measurement is None:
        return _Row(name=name, measurement=None, trouble=f"cannot be measured: {measured.trouble}")
    gain = None
    if (
        needs_encoding(episode.audio, settings)
        and settings.loudness is not None
        and measurement.loudness is not None
    ):
        gain = settings.loudness - measurement.loudness
    return _Row(name=name, measurement=measurement, curve=measured.curve or (), gain=gain, target=settings.loudness)


def _draw_head(show: Show, rows: Sequence[_Row]) -> Iterator[Shape]:
    yield Label(x=_MARGIN, y=46, text=cut_columns(show.title, _TITLE_COLUMNS), ink="text", size=22, bold=True)
    number = f"{len(rows)} episode{'' if len(rows) == 1 else 's'}"
    yield Label(x=_MARGIN, y=68, text=f"{number}: loudness in LUFS over time in minutes", ink="muted")
    x = float(_MARGIN)
    for mark, text in _list_legend(show, rows):
        yield from _draw_sample(mark, x)
        yield Label(x=x + 26, y=94, text=text, ink="muted", size=12)
        x += 26 + 6.3 * count_columns(text) + 22


def _list_legend(show: Show, rows: Sequence[_Row]) -> Iterator[tuple[str, str]]:
    if show.audio.loudness is not None:
        yield "band", f"target {_format_figure(show.audio.loudness, 0)} ± {LOUDNESS_TOLERANCE:g}"
    yield "curve", "loudness (3 s average)"
    yield "whole", "loudness of the whole episode"
    if any(row.changes_loudness for row in rows):
        yield "before", "original master"
    if any(row.pauses for row in rows):
        yield "silence", f"silence of {_PAUSE.seconds} s or more"


def _draw_sample(mark: str, x: float) -> Iterator[Shape]:
    if mark in {"band", "silence"}:
        yield Rect(x=x, y=84, width=20, height=12, ink=mark)
    else:
        yield Trace(points=((x, 90), (x + 20, 90)), ink=mark)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """The chart of one episode, with its position and size in pixels."""

    row: _Row
    top: float
    height: float
    lengths: Sequence[timedelta]
    """The lengths of all episodes."""

    @property
    def total_height(self) -> float:
        """The height of the chart with its labels."""
        return _ABOVE + (self.height + _BELOW if self.row.measurement else _BELOW / 2)

    @property
    def scale(self) -> float:
        """Pixels per second."""
        assert self.row.measurement  # noqa: S101 - only used for measured episodes
        own = self.row.measurement.duration
        shown = max(length for length in (own, *self.lengths) if length <= own * _MOST_LONGER)
        return (_RIGHT - _LEFT) / max(shown.total_seconds(), 1)

    def draw(self) -> Iterator[Shape]:
        """Yield the shapes of the chart and its labels."""
        row, line = self.row, self.top + 16
        yield Label(x=_LEFT, y=line, text=cut_columns(row.name, _EPISODE_COLUMNS), ink="text", size=15, bold=True)
        if row.measurement is None:
            yield Label(x=_LEFT, y=line + 20, text=cut_columns(row.trouble or "", 120), ink="alarm")
            return
        yield Label(x=_RIGHT, y=line, text=format_clock(row.measurement.duration), ink="muted", anchor="end")
        for column, (text, ink) in zip(_COLUMNS, _format_figures(row), strict=False):
            yield Label(x=_LEFT + column, y=line + 19, text=text, ink=ink)
        yield from self._draw_background(row.measurement)
        yield from self._draw_pauses()
        if row.changes_loudness:
            for points in self._list_curve_parts(0):
                yield Trace(points=points, ink="before")
        bottom = self._to_y(_SOFTEST)
        for points in self._list_curve_parts(row.gain or 0):
            area = ((points[0][0], bottom), *points, (points[-1][0], bottom))
            yield Trace(points=area, ink="ground", is_filled=True)
            yield Trace(points=points, ink="curve")
        if row.loudness is not None:
            y = self._to_y(row.loudness)
            yield Trace(points=((_LEFT, y), (self._to_x(row.measurement.duration), y)), ink="whole")

    def _draw_background(self, measurement: Measurement) -> Iterator[Shape]:
        """Yield the background, the grid with its labels, and the band around the target."""
        upper, width = self._to_y(_LOUDEST), max(self._to_x(measurement.duration) - _LEFT, 1)
        yield Rect(x=_LEFT, y=upper, width=width, height=self.height, ink="field")
        lower = upper + self.height
        for second in _choose_ticks(measurement.duration, self.scale):
            x = self._to_x(timedelta(seconds=second))
            yield Trace(points=((x, upper), (x, lower)), ink="grid")
            text = format_clock(timedelta(seconds=second))
            yield Label(x=x, y=lower + 15, text=text, ink="muted", size=11, anchor="middle")
        for level in (-10, -20, -30, -40):
            y = self._to_y(level)
            yield Trace(points=((_LEFT, y), (_LEFT + width, y)), ink="grid")
            yield Label(x=_LEFT - 8, y=y + 4, text=_format_figure(level, 0), ink="muted", size=11, anchor="end")
        if self.row.target is not None:
            levels = (self.row.target + LOUDNESS_TOLERANCE, self.row.target - LOUDNESS_TOLERANCE)
            y, bottom = map(self._to_y, levels)
            yield Rect(x=_LEFT, y=y, width=width, height=bottom - y, ink="band")

    def _draw_pauses(self) -> Iterator[Shape]:
        for start, end in self.row.pauses:
            x = self._to_x(start)
            width = max(self._to_x(end) - x, 2)
            yield Rect(x=x, y=self._to_y(_LOUDEST), width=width, height=self.height, ink="silence")
            if end - start >= _LONG_PAUSE:
                seconds = round((end - start).total_seconds())
                text = f"{seconds} s" if seconds < _A_MINUTE else format_clock(end - start)
                middle = min(max(x + width / 2, _LEFT + 16), _RIGHT - 16)
                yield Label(x=middle, y=self._to_y(_LOUDEST) + 13, text=text, ink="alarm", size=11, anchor="middle")

    def _list_curve_parts(self, gain: float) -> Iterator[tuple[Point, ...]]:
        """Yield the points of the curve between silences: the lowest and the highest of each step."""
        step = max(1, round(_STEP * 2 / self.scale))
        known = [(second, loudness) for second, loudness in enumerate(self.row.curve) if loudness is not None]
        # Consecutive seconds have the same difference between the second and its position in the list.
        for _, run in groupby(enumerate(known), lambda entry: entry[1][0] - entry[0]):
            stretch = [entry for _, entry in run]
            points: list[Point] = []
            for first in range(0, len(stretch), step):
                part = stretch[first : first + step]
                # Draw only the extremes: an hour has more seconds than the chart has pixels.
                extremes = {
                    min(part, key=lambda point: point[1]),
                    max(part, key=lambda point: point[1]),
                }
                points += [
                    (self._to_x(timedelta(seconds=at + 0.5)), self._to_y(level + gain))
                    for at, level in sorted(extremes)
                ]
            yield self._extend(points, stretch[0][0], stretch[-1][0])

    def _extend(self, points: Sequence[Point], first: int, last: int) -> tuple[Point, ...]:
        """Extend the curve to both ends of the episode, where the three-second window is incomplete."""
        begin = 0 if first <= 1 else first
        end = len(self.row.curve) if last + 3 >= len(self.row.curve) else last + 1
        duration = self.row.measurement.duration if self.row.measurement else timedelta()
        last_x = self._to_x(min(timedelta(seconds=end), duration))
        return ((self._to_x(timedelta(seconds=begin)), points[0][1]), *points, (last_x, points[-1][1]))

    def _to_x(self, moment: timedelta) -> float:
        return _LEFT + moment.total_seconds() * self.scale

    def _to_y(self, loudness: float) -> float:
        within = min(max(loudness, _SOFTEST), _LOUDEST)
        return self.top + _ABOVE + (_LOUDEST - within) / (_LOUDEST - _SOFTEST) * self.height


def _format_figures(row: _Row) -> list[tuple[str, str]]:
    """Return the figures of an episode, each as text and ink."""
    assert row.measurement  # noqa: S101 - only used for measured episodes
    before, loudness, peak = row.measurement, row.loudness, row.peak
    if loudness is None:
        return [("too quiet or too short to measure", "alarm")]
    parts = [
        (
            f"{_format_change(before.loudness, loudness)} LUFS{_format_deviation(row)}",
            "alarm" if row.deviation else "muted",
        )
    ]
    if before.loudness_range is not None:
        parts.append((f"range {before.loudness_range:.1f} LU", "muted"))
    if peak is not None:
        is_high = round(peak, 1) > HIGHEST_PEAK
        more = f", above {_format_figure(HIGHEST_PEAK, 0)}" if is_high else ""
        parts.append(
            (f"true peak {_format_change(before.true_peak, peak)} dBTP{more}", "alarm" if is_high else "muted")
        )
    return parts


def _format_deviation(row: _Row) -> str:
    return f", {abs(row.deviation):.1f} LU too {'loud' if row.deviation > 0 else 'quiet'}" if row.deviation else ""


def _format_change(before: float | None, after: float) -> str:
    if before is None or _format_figure(before) == _format_figure(after):
        return _format_figure(after)
    return f"{_format_figure(before)} → {_format_figure(after)}"


def _format_figure(value: float, digits: int = 1) -> str:
    sign = "−" if round(value, digits) < 0 else ""
    rounded = f"{abs(value):.{digits}f}"
    return f"{sign}{abs(value):g}" if digits == 0 else f"{sign}{rounded}"


def _choose_ticks(length: timedelta, scale: float) -> Iterator[int]:
    """Return the times to mark, in seconds, with enough space for their labels."""
    shown = (_RIGHT - _LEFT) / scale
    many = math.ceil(shown / _TICKS[-1] / _MOST_TICKS)
    step = next((step for step in _TICKS if shown / step <= _MOST_TICKS), many * _TICKS[-1])
    return iter(range(0, int(length.total_seconds()) + 1, step))


def _describe(show: Show, rows: Sequence[_Row]) -> str:
    """Return the figures of all episodes as text, for screen readers."""
    sentences = [f"Loudness of each episode of {show.title}, second by second."]
    if show.audio.loudness is not None:
        sentences.append(f"The target is {_format_figure(show.audio.loudness, 0)} LUFS.")
    for row in rows:
        about = row.trouble or ", ".join(text for text, _ in _format_figures(row))
        if many := len(row.pauses):
            about += f", {many} silence{'' if many == 1 else 's'} of {_PAUSE.seconds} seconds or more"
        sentences.append(f"{row.name}: {about}.")
    return " ".join(sentences)
