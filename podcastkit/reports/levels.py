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
_SECONDS_PER_MINUTE = 60

_INKS = {
    "paper": Ink(light="#ffffff", dark="#14171b"),
    "field": Ink(light="#f3f5f8", dark="#1d2127"),
    "grid": Ink(light="#dde2e8", dark="#313841"),
    "text": Ink(light="#1a2027", dark="#e9ecef"),
    "muted": Ink(light="#5d6873", dark="#9ba6b1"),
    "alarm": Ink(light="#b3400a", dark="#ff9d61"),
    "band": Ink(light="#1d9a57", dark="#43c581", opacity=0.3),
    "silence": Ink(light="#d98e04", dark="#e5a93c", opacity=0.28),
    # the area below the curve
    "ground": Ink(light="#1f66cc", dark="#6fa8ff", opacity=0.12),
    "curve": Ink(light="#1f66cc", dark="#7cb0ff", width=1.4),
    # the loudness of the whole episode
    "whole": Ink(light="#1f66cc", dark="#7cb0ff", width=1, dash=(5, 4)),
    # the loudness of the original master
    "before": Ink(light="#97a3b0", dark="#66717d", width=1.1),
}

_WIDTH = 960
_MARGIN = 32
_LEFT = _MARGIN + 32
"""The left edge of the charts, in pixels; the loudness scale is to the left of this edge."""
_RIGHT = _WIDTH - _MARGIN
_HEADING_HEIGHT = 112
_MAX_TITLE_COLUMNS = 70
_MAX_EPISODE_COLUMNS = 88
_CHART_HEIGHT = 100
"""The height of a chart in pixels."""
_LOW_CHART_HEIGHT = 64
"""The height of a chart in pixels if there are more than `_MANY_EPISODES` episodes."""
_MANY_EPISODES = 16
_FIGURE_OFFSETS = (0, 256, 384)
"""The x offset of each figure of an episode: loudness, loudness range, true peak."""
_SPACE_ABOVE, _SPACE_BELOW = 46, 44
"""The space above a chart for the name and the figures, and below a chart for the time labels and a gap."""
_MAX_LENGTH_RATIO = 6
"""The time scale of a chart fits the longest episode that is at most this many times longer. With a longer one, the
chart would be too narrow."""
_POINT_DISTANCE = 2
"""The average distance between two points of the curve in pixels."""
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Possible intervals between time marks, in seconds."""
_MAX_TICKS = 9


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
    chart_height = _CHART_HEIGHT if len(rows) <= _MANY_EPISODES else _LOW_CHART_HEIGHT
    shapes, top = [*_draw_heading(show, rows)], float(_HEADING_HEIGHT)
    for row in rows:
        panel = _Panel(row=row, top=top, height=chart_height, lengths=lengths)
        shapes += panel.draw()
        top += panel.total_height
    return Drawing(
        width=_WIDTH,
        height=round(top + _MARGIN / 2),
        shapes=tuple(shapes),
        inks=_INKS,
        paper="paper",
        title=f"{show.title}: loudness",
        description=_describe_loudness(show, rows),
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
        """The difference from the target in LU; 0 within the tolerance."""
        if self.target is None or self.loudness is None:
            return 0
        difference = round(self.loudness - self.target, 1)
        return difference if abs(difference) > LOUDNESS_TOLERANCE else 0

    @property
    def peak(self) -> float | None:
        """The true peak of the published audio in dBTP; mastering limits the peak to `HIGHEST_PEAK`."""
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


def _draw_heading(show: Show, rows: Sequence[_Row]) -> Iterator[Shape]:
    yield Label(x=_MARGIN, y=46, text=cut_columns(show.title, _MAX_TITLE_COLUMNS), ink="text", size=22, bold=True)
    count = f"{len(rows)} episode{'' if len(rows) == 1 else 's'}"
    yield Label(x=_MARGIN, y=68, text=f"{count}: loudness in LUFS over time in minutes", ink="muted")
    x = float(_MARGIN)
    for ink, text in _list_legend(show, rows):
        yield from _draw_legend_sample(ink, x)
        yield Label(x=x + 26, y=94, text=text, ink="muted", size=12)
        x += 26 + 6.3 * count_columns(text) + 22


def _list_legend(show: Show, rows: Sequence[_Row]) -> Iterator[tuple[str, str]]:
    """Yield the ink and the text of each entry of the legend."""
    if show.audio.loudness is not None:
        yield "band", f"target {_format_figure(show.audio.loudness, 0)} ± {LOUDNESS_TOLERANCE:g}"
    yield "curve", "loudness (3 s average)"
    yield "whole", "loudness of the whole episode"
    if any(row.changes_loudness for row in rows):
        yield "before", "original master"
    if any(row.pauses for row in rows):
        yield "silence", f"silence of {_PAUSE.seconds} s or more"


def _draw_legend_sample(ink: str, x: float) -> Iterator[Shape]:
    if ink in {"band", "silence"}:
        yield Rect(x=x, y=84, width=20, height=12, ink=ink)
    else:
        yield Trace(points=((x, 90), (x + 20, 90)), ink=ink)


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
        return _SPACE_ABOVE + (self.height + _SPACE_BELOW if self.row.measurement else _SPACE_BELOW / 2)

    @property
    def scale(self) -> float:
        """Pixels per second."""
        assert self.row.measurement  # noqa: S101 - only used for measured episodes
        length = self.row.measurement.duration
        longest = max(other for other in (length, *self.lengths) if other <= length * _MAX_LENGTH_RATIO)
        return (_RIGHT - _LEFT) / max(longest.total_seconds(), 1)

    def draw(self) -> Iterator[Shape]:
        """Yield the shapes of the chart and its labels."""
        row, baseline = self.row, self.top + 16
        yield Label(
            x=_LEFT, y=baseline, text=cut_columns(row.name, _MAX_EPISODE_COLUMNS), ink="text", size=15, bold=True
        )
        if row.measurement is None:
            yield Label(x=_LEFT, y=baseline + 20, text=cut_columns(row.trouble or "", 120), ink="alarm")
            return
        yield Label(x=_RIGHT, y=baseline, text=format_clock(row.measurement.duration), ink="muted", anchor="end")
        for column, (text, ink) in zip(_FIGURE_OFFSETS, _format_figures(row), strict=False):
            yield Label(x=_LEFT + column, y=baseline + 19, text=text, ink=ink)
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
                text = f"{seconds} s" if seconds < _SECONDS_PER_MINUTE else format_clock(end - start)
                middle = min(max(x + width / 2, _LEFT + 16), _RIGHT - 16)
                yield Label(x=middle, y=self._to_y(_LOUDEST) + 13, text=text, ink="alarm", size=11, anchor="middle")

    def _list_curve_parts(self, gain: float) -> Iterator[tuple[Point, ...]]:
        """Yield the curve in parts, without seconds that have no loudness; add `gain` (LU) to each point."""
        # Each step has two points.
        step_length = max(1, round(_POINT_DISTANCE * 2 / self.scale))
        measured = [(second, loudness) for second, loudness in enumerate(self.row.curve) if loudness is not None]
        # Consecutive seconds have the same difference between the second and its position in the list.
        for _, numbered_seconds in groupby(enumerate(measured), lambda entry: entry[1][0] - entry[0]):
            seconds = [entry for _, entry in numbered_seconds]
            points: list[Point] = []
            for first in range(0, len(seconds), step_length):
                step_seconds = seconds[first : first + step_length]
                # Draw only the lowest and the highest point: an hour has more seconds than the chart has pixels.
                extremes = {
                    min(step_seconds, key=lambda point: point[1]),
                    max(step_seconds, key=lambda point: point[1]),
                }
                points += [
                    (self._to_x(timedelta(seconds=second + 0.5)), self._to_y(loudness + gain))
                    for second, loudness in sorted(extremes)
                ]
            yield self._extend_curve(points, seconds[0][0], seconds[-1][0])

    def _extend_curve(self, points: Sequence[Point], first: int, last: int) -> tuple[Point, ...]:
        """Extend the curve to both ends of the episode, where the three-second window is incomplete."""
        start = 0 if first <= 1 else first
        end = len(self.row.curve) if last + 3 >= len(self.row.curve) else last + 1
        duration = self.row.measurement.duration if self.row.measurement else timedelta()
        last_x = self._to_x(min(timedelta(seconds=end), duration))
        return ((self._to_x(timedelta(seconds=start)), points[0][1]), *points, (last_x, points[-1][1]))

    def _to_x(self, moment: timedelta) -> float:
        return _LEFT + moment.total_seconds() * self.scale

    def _to_y(self, loudness: float) -> float:
        shown = min(max(loudness, _SOFTEST), _LOUDEST)
        return self.top + _SPACE_ABOVE + (_LOUDEST - shown) / (_LOUDEST - _SOFTEST) * self.height


def _format_figures(row: _Row) -> list[tuple[str, str]]:
    """Return the figures of an episode, each as text and ink."""
    assert row.measurement  # noqa: S101 - only used for measured episodes
    original, loudness, peak = row.measurement, row.loudness, row.peak
    if loudness is None:
        return [("too quiet or too short to measure", "alarm")]
    parts = [
        (
            f"{_format_change(original.loudness, loudness)} LUFS{_format_deviation(row)}",
            "alarm" if row.deviation else "muted",
        )
    ]
    if original.loudness_range is not None:
        parts.append((f"range {original.loudness_range:.1f} LU", "muted"))
    if peak is not None:
        is_high = round(peak, 1) > HIGHEST_PEAK
        warning = f", above {_format_figure(HIGHEST_PEAK, 0)}" if is_high else ""
        parts.append(
            (f"true peak {_format_change(original.true_peak, peak)} dBTP{warning}", "alarm" if is_high else "muted")
        )
    return parts


def _format_deviation(row: _Row) -> str:
    return f", {abs(row.deviation):.1f} LU too {'loud' if row.deviation > 0 else 'quiet'}" if row.deviation else ""


def _format_change(before: float | None, after: float) -> str:
    if before is None or _format_figure(before) == _format_figure(after):
        return _format_figure(after)
    return f"{_format_figure(before)} → {_format_figure(after)}"


def _format_figure(value: float, digits: int = 1) -> str:
    """Format a number with a minus sign (−). If `digits` is 0, show only the decimals that the number has."""
    sign = "−" if round(value, digits) < 0 else ""
    rounded = f"{abs(value):.{digits}f}"
    return f"{sign}{abs(value):g}" if digits == 0 else f"{sign}{rounded}"


def _choose_ticks(length: timedelta, scale: float) -> Iterator[int]:
    """Return the times to mark, in seconds, with enough space between them for their labels."""
    shown_seconds = (_RIGHT - _LEFT) / scale
    multiple = math.ceil(shown_seconds / _TICKS[-1] / _MAX_TICKS)
    step = next((step for step in _TICKS if shown_seconds / step <= _MAX_TICKS), multiple * _TICKS[-1])
    return iter(range(0, int(length.total_seconds()) + 1, step))


def _describe_loudness(show: Show, rows: Sequence[_Row]) -> str:
    """Return the figures of all episodes as text, for screen readers."""
    sentences = [f"Loudness of each episode of {show.title}, second by second."]
    if show.audio.loudness is not None:
        sentences.append(f"The target is {_format_figure(show.audio.loudness, 0)} LUFS.")
    for row in rows:
        figures = row.trouble or ", ".join(text for text, _ in _format_figures(row))
        if count := len(row.pauses):
            figures += f", {count} silence{'' if count == 1 else 's'} of {_PAUSE.seconds} seconds or more"
        sentences.append(f"{row.name}: {figures}.")
    return " ".join(sentences)
