"""How loud the episodes of a show are, in one picture: each one's loudness against time, and what it becomes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from podcastkit.cache import Cache
from podcastkit.media.cached_facts import Measured, measure_all
from podcastkit.media.encoding import is_master
from podcastkit.media.loudness_targets import HIGHEST_PEAK, LOUDNESS_TOLERANCE
from podcastkit.model import Show
from podcastkit.progress import Progress, ignore
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
"""LUFS at the upper and the lower edge of each episode's field."""
_PAUSE = timedelta(seconds=3)
"""A silence from which on it is shown."""
_LONG_PAUSE = timedelta(seconds=10)
"""A silence from which on its length is told."""
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
"""Where the fields begin, right of their scale."""
_RIGHT = _WIDTH - _MARGIN
_HEAD = 112
_TITLE_COLUMNS = 70
_EPISODE_COLUMNS = 88
_FIELD = 100
"""How high a field is; of very many episodes they are lower."""
_LOW_FIELD = 64
_MANY = 16
_COLUMNS = (0, 256, 384)
"""Where the figures of an episode stand."""
_ABOVE, _BELOW = 46, 44
"""What stands around a field: the name and the figures; the minutes, and room."""
_MOST_LONGER = 6
"""How many times longer another episode may be whose scale an episode shares; shorter ones would be slivers."""
_STEP = 2
"""Pixels that one extreme of the curve stands for."""
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Seconds between two marks of time."""
_MOST_TICKS = 9


def draw_levels(
    show: str | Path | Show,
    *,
    form: Literal["svg", "png"] = "svg",
    executor: Executor | None = None,
    progress: Progress = ignore,
) -> bytes:
    """Return one picture of how loud each episode is against time, with the target that `[audio]` names.

    A master is drawn as it will be, moved to the target, and faintly as it is. What the cache does not know is
    decoded, in parallel; `executor` does that and is not shut down. The same show gives the same bytes; those of a
    PNG depend on Pillow and the fonts here. Raises what `load` raises, and MediaError without an ffmpeg that works.
    """
    show = show if isinstance(show, Show) else load(show, executor=executor, progress=progress)
    masters = [(one.master, one.audio) for one in show.episodes if one.master and one.audio]

    with Cache() as cache:
        heard = measure_all(masters, cache, executor=executor, progress=progress, curves=True)
    drawing = lay_out(show, heard)
    if form == "svg":
        return write_svg(drawing).encode()
    from podcastkit.reports.png import paint_png  # noqa: PLC0415 - Pillow takes its time, and SVG needs none

    return paint_png(drawing)


def lay_out(show: Show, heard: Mapping[str, Measured]) -> Drawing:
    """Arrange the picture of a show; `heard` has the measurements and curves by the SHA-256 of the audio files."""
    rows = [_row(one, heard.get(one.master.sha256) if one.master else None, show.audio) for one in show.episodes]
    lengths = [row.heard.duration for row in rows if row.heard]
    field = _FIELD if len(rows) <= _MANY else _LOW_FIELD
    shapes, top = [*_head(show, rows)], float(_HEAD)
    for row in rows:
        panel = _Panel(row=row, top=top, height=field, lengths=lengths)
        shapes += panel.shapes()
        top += panel.takes
    return Drawing(
        width=_WIDTH,
        height=round(top + _MARGIN / 2),
        shapes=tuple(shapes),
        inks=_INKS,
        paper="paper",
        title=f"{show.title}: loudness",
        description=_description(show, rows),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """What is shown of one episode."""

    name: str
    heard: Measurement | None
    curve: tuple[float | None, ...] = ()
    trouble: str | None = None
    gain: float | None = None
    """LU by which it will be louder; None: listeners get it as it is."""
    target: float | None = None

    @property
    def loudness(self) -> float | None:
        """What it is for listeners, LUFS."""
        given = self.heard.loudness if self.heard else None
        return given if given is None else given + (self.gain or 0)

    @property
    def pauses(self) -> list[tuple[timedelta, timedelta]]:
        """The silences that are shown."""
        silences = self.heard.silences if self.heard else ()
        return [(start, end) for start, end in silences if end - start >= _PAUSE]

    @property
    def moves(self) -> bool:
        """Whether its loudness will be another."""
        return self.gain is not None and round(self.gain, 1) != 0

    @property
    def off(self) -> float:
        """LU that it misses the target by, as far as that matters."""
        if self.target is None or self.loudness is None:
            return 0
        away = round(self.loudness - self.target, 1)
        return away if abs(away) > LOUDNESS_TOLERANCE else 0

    @property
    def peak(self) -> float | None:
        """What the true peak is for listeners, dBTP."""
        given = self.heard.true_peak if self.heard else None
        return given if given is None or self.gain is None else min(given + self.gain, HIGHEST_PEAK)


def _row(episode: Episode, measured: Measured | None, settings: AudioSettings) -> _Row:
    name = f"{episode.name} · {episode.title}" if episode.number is not None else episode.title
    if episode.audio is None or measured is None:
        return _Row(name=name, heard=None, trouble="there is no audio to measure")
    heard = measured.measurement
    if heard is None:
        return _Row(name=name, heard=None, trouble=f"it cannot be measured: {measured.trouble}")
    gain = None
    if is_master(episode.audio, settings) and settings.loudness is not None and heard.loudness is not None:
        gain = settings.loudness - heard.loudness
    return _Row(name=name, heard=heard, curve=measured.curve or (), gain=gain, target=settings.loudness)


def _head(show: Show, rows: Sequence[_Row]) -> Iterator[Shape]:
    yield Label(x=_MARGIN, y=46, text=cut_columns(show.title, _TITLE_COLUMNS), ink="text", size=22, bold=True)
    number = f"{len(rows)} episode{'' if len(rows) == 1 else 's'}"
    yield Label(x=_MARGIN, y=68, text=f"{number}: loudness in LUFS against time in minutes", ink="muted")
    x = float(_MARGIN)
    for mark, text in _legend(show, rows):
        yield from _sample(mark, x)
        yield Label(x=x + 26, y=94, text=text, ink="muted", size=12)
        x += 26 + 6.3 * count_columns(text) + 22


def _legend(show: Show, rows: Sequence[_Row]) -> Iterator[tuple[str, str]]:
    if show.audio.loudness is not None:
        yield "band", f"target {_figure(show.audio.loudness, 0)} ± {LOUDNESS_TOLERANCE:g}"
    yield "curve", "loudness of three seconds"
    yield "whole", "of the whole episode"
    if any(row.moves for row in rows):
        yield "before", "master as it is"
    if any(row.pauses for row in rows):
        yield "silence", f"silence of {_PAUSE.seconds} s or more"


def _sample(mark: str, x: float) -> Iterator[Shape]:
    if mark in {"band", "silence"}:
        yield Rect(x=x, y=84, width=20, height=12, ink=mark)
    else:
        yield Trace(points=((x, 90), (x + 20, 90)), ink=mark)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Panel:
    """Where one episode stands."""

    row: _Row
    top: float
    height: float
    lengths: Sequence[timedelta]
    """Of all episodes."""

    @property
    def takes(self) -> float:
        """How high it is, with all around it."""
        return _ABOVE + (self.height if self.row.heard else 0) + (_BELOW if self.row.heard else _BELOW / 2)

    @property
    def scale(self) -> float:
        """Pixels of a second."""
        assert self.row.heard  # noqa: S101 - nobody asks for others
        own = self.row.heard.duration
        shown = max(length for length in (own, *self.lengths) if length <= own * _MOST_LONGER)
        return (_RIGHT - _LEFT) / max(shown.total_seconds(), 1)

    def shapes(self) -> Iterator[Shape]:
        """Yield all that is drawn of the episode."""
        row, line = self.row, self.top + 16
        yield Label(x=_LEFT, y=line, text=cut_columns(row.name, _EPISODE_COLUMNS), ink="text", size=15, bold=True)
        if row.heard is None:
            yield Label(x=_LEFT, y=line + 20, text=cut_columns(row.trouble or "", 120), ink="alarm")
            return
        yield Label(x=_RIGHT, y=line, text=format_clock(row.heard.duration), ink="muted", anchor="end")
        for column, (text, ink) in zip(_COLUMNS, _figures(row), strict=False):
            yield Label(x=_LEFT + column, y=line + 19, text=text, ink=ink)
        yield from self._field(row.heard)
        yield from self._pauses()
        if row.moves:
            for points in self._pieces(0):
                yield Trace(points=points, ink="before")
        bottom = self._y(_SOFTEST)
        for points in self._pieces(row.gain or 0):
            area = ((points[0][0], bottom), *points, (points[-1][0], bottom))
            yield Trace(points=area, ink="ground", is_filled=True)
            yield Trace(points=points, ink="curve")
        if row.loudness is not None:
            y = self._y(row.loudness)
            yield Trace(points=((_LEFT, y), (self._x(row.heard.duration), y)), ink="whole")

    def _field(self, heard: Measurement) -> Iterator[Shape]:
        upper, width = self._y(_LOUDEST), max(self._x(heard.duration) - _LEFT, 1)
        yield Rect(x=_LEFT, y=upper, width=width, height=self.height, ink="field")
        lower = upper + self.height
        for second in _ticks(heard.duration, self.scale):
            x = self._x(timedelta(seconds=second))
            yield Trace(points=((x, upper), (x, lower)), ink="grid")
            text = format_clock(timedelta(seconds=second))
            yield Label(x=x, y=lower + 15, text=text, ink="muted", size=11, anchor="middle")
        for level in (-10, -20, -30, -40):
            y = self._y(level)
            yield Trace(points=((_LEFT, y), (_LEFT + width, y)), ink="grid")
            yield Label(x=_LEFT - 8, y=y + 4, text=_figure(level, 0), ink="muted", size=11, anchor="end")
        if self.row.target is not None:
            y, bottom = (self._y(self.row.target + away) for away in (LOUDNESS_TOLERANCE, -LOUDNESS_TOLERANCE))
            yield Rect(x=_LEFT, y=y, width=width, height=bottom - y, ink="band")

    def _pauses(self) -> Iterator[Shape]:
        for start, end in self.row.pauses:
            x = self._x(start)
            width = max(self._x(end) - x, 2)
            yield Rect(x=x, y=self._y(_LOUDEST), width=width, height=self.height, ink="silence")
            if end - start >= _LONG_PAUSE:
                seconds = round((end - start).total_seconds())
                text = f"{seconds} s" if seconds < _A_MINUTE else format_clock(end - start)
                middle = min(max(x + width / 2, _LEFT + 16), _RIGHT - 16)
                yield Label(x=middle, y=self._y(_LOUDEST) + 13, text=text, ink="alarm", size=11, anchor="middle")

    def _pieces(self, gain: float) -> Iterator[tuple[Point, ...]]:
        """Yield the points of each stretch in which something is heard, the softest and the loudest of a step."""
        step = max(1, round(_STEP * 2 / self.scale))
        heard = [(second, loudness) for second, loudness in enumerate(self.row.curve) if loudness is not None]
        for _, run in groupby(enumerate(heard), lambda entry: entry[1][0] - entry[0]):
            stretch = [entry for _, entry in run]
            points: list[Point] = []
            for first in range(0, len(stretch), step):
                part = stretch[first : first + step]
                extremes = {min(part, key=lambda one: one[1]), max(part, key=lambda one: one[1])}
                points += [
                    (self._x(timedelta(seconds=at + 0.5)), self._y(level + gain)) for at, level in sorted(extremes)
                ]
            yield self._prolonged(points, stretch[0][0], stretch[-1][0])

    def _prolonged(self, points: Sequence[Point], first: int, last: int) -> tuple[Point, ...]:
        """Let the first and the last three seconds of the episode be as long as they are."""
        begin = 0 if first <= 1 else first
        end = len(self.row.curve) if last + 3 >= len(self.row.curve) else last + 1
        duration = self.row.heard.duration if self.row.heard else timedelta()
        last_x = self._x(min(timedelta(seconds=end), duration))
        return ((self._x(timedelta(seconds=begin)), points[0][1]), *points, (last_x, points[-1][1]))

    def _x(self, moment: timedelta) -> float:
        return _LEFT + moment.total_seconds() * self.scale

    def _y(self, loudness: float) -> float:
        within = min(max(loudness, _SOFTEST), _LOUDEST)
        return self.top + _ABOVE + (_LOUDEST - within) / (_LOUDEST - _SOFTEST) * self.height


def _figures(row: _Row) -> list[tuple[str, str]]:
    assert row.heard  # noqa: S101 - whoever asks has looked
    given, loudness, peak = row.heard, row.loudness, row.peak
    if loudness is None:
        return [("nothing in it is loud and long enough to be measured", "alarm")]
    parts = [(f"{_change(given.loudness, loudness)} LUFS{_say_off(row)}", "alarm" if row.off else "muted")]
    if given.loudness_range is not None:
        parts.append((f"range {given.loudness_range:.1f} LU", "muted"))
    if peak is not None:
        is_high = round(peak, 1) > HIGHEST_PEAK
        more = f", above {_figure(HIGHEST_PEAK, 0)}" if is_high else ""
        parts.append((f"true peak {_change(given.true_peak, peak)} dBTP{more}", "alarm" if is_high else "muted"))
    return parts


def _say_off(row: _Row) -> str:
    return f", {abs(row.off):.1f} LU too {'loud' if row.off > 0 else 'quiet'}" if row.off else ""


def _change(before: float | None, after: float) -> str:
    if before is None or _figure(before) == _figure(after):
        return _figure(after)
    return f"{_figure(before)} → {_figure(after)}"


def _figure(value: float, digits: int = 1) -> str:
    sign = "−" if round(value, digits) < 0 else ""
    rounded = f"{abs(value):.{digits}f}"
    return f"{sign}{abs(value):g}" if digits == 0 else f"{sign}{rounded}"


def _ticks(length: timedelta, scale: float) -> Iterator[int]:
    """Yield the seconds at which a mark of time stands, so many that their labels have room."""
    shown = (_RIGHT - _LEFT) / scale
    many = math.ceil(shown / _TICKS[-1] / _MOST_TICKS)
    step = next((step for step in _TICKS if shown / step <= _MOST_TICKS), many * _TICKS[-1])
    return iter(range(0, int(length.total_seconds()) + 1, step))


def _description(show: Show, rows: Sequence[_Row]) -> str:
    """Say the figures of every episode in words."""
    said = [f"Loudness of each episode of {show.title}, second by second."]
    if show.audio.loudness is not None:
        said.append(f"The target is {_figure(show.audio.loudness, 0)} LUFS.")
    for row in rows:
        about = row.trouble or ", ".join(text for text, _ in _figures(row))
        if many := len(row.pauses):
            about += f", {many} silence{'' if many == 1 else 's'} of {_PAUSE.seconds} seconds or more"
        said.append(f"{row.name}: {about}.")
    return " ".join(said)
