from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

import podcastkit
from podcastkit.media.cached_facts import MeasurementResult
from podcastkit.model import AudioSettings, Measurement
from podcastkit.reports.levels import build_drawing, draw_levels
from podcastkit.reports.svg import Drawing, Label, Rect, Trace, write_svg
from tests.shows import Workshop, small_show, write_wav
from tests.values import make_audio, make_episode, make_file, make_show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from podcastkit.model import Episode
    from podcastkit.progress import Event


def make_measured_episode(number: int = 1, *, form: str = "mp3", **changes: Any) -> Episode:
    return make_episode(
        f"{number:02}-part",
        number=number,
        title=changes.pop("title", f"Part {number}"),
        master=make_file(sha256=f"{number:064}"),
        audio=make_audio(format=form, codec=form),
        **changes,
    )


def make_measured(minutes: float = 25, loudness: float | None = -16.3, **changes: Any) -> MeasurementResult:
    seconds = round(minutes * 60)
    known = {"loudness_range": None if loudness is None else 4.2, "true_peak": -1.5} | changes
    silences = tuple((timedelta(seconds=start), timedelta(seconds=end)) for start, end in known.pop("silences", ()))
    curve = [None if second in {0, seconds - 1} else loudness for second in range(seconds)]
    for start, end in silences:
        for second in range(int(start.total_seconds()), min(int(end.total_seconds()), seconds)):
            curve[second] = None
    return MeasurementResult(
        measurement=Measurement(duration=timedelta(seconds=seconds), loudness=loudness, silences=silences, **known),
        curve=tuple(curve),
    )


def draw_episodes(
    *measured: MeasurementResult | None, settings: AudioSettings | None = None, forms: str = ""
) -> Drawing:
    episodes = [
        make_measured_episode(number, form="wav" if str(number) in forms else "mp3")
        for number, _ in enumerate(measured, start=1)
    ]
    known = {f"{number:064}": some for number, some in enumerate(measured, start=1) if some}
    return build_drawing(make_show(*episodes, audio=settings or AudioSettings()), known)


def list_texts(drawing: Drawing, ink: str = "") -> list[str]:
    return [shape.text for shape in drawing.shapes if isinstance(shape, Label) and ink in shape.ink]


def find_shapes(drawing: Drawing, ink: str, kind: type[Trace | Rect] = Trace) -> list[Any]:
    """Return the shapes of an ink, without the legend."""
    return [
        shape
        for shape in drawing.shapes
        if isinstance(shape, kind) and shape.ink == ink and not is_in_legend(shape)
    ]


def is_in_legend(shape: Trace | Rect) -> bool:
    return (shape.y if isinstance(shape, Rect) else shape.points[0][1]) < 100


def test_picture_shows_name_length_and_figures_of_each_episode() -> None:
    drawing = draw_episodes(make_measured(), make_measured(70, -16.9))
    labels = list_texts(drawing)
    assert [text for text in labels if text.startswith("Episode")] == ["Episode 1 · Part 1", "Episode 2 · Part 2"]
    assert {"25:00", "1:10:00", "−16.3 LUFS", "−16.9 LUFS", "range 4.2 LU", "true peak −1.5 dBTP"} <= {*labels}
    assert list_texts(drawing, "alarm") == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"loudness": -18.8}, "−18.8 LUFS, 2.8 LU too quiet"),
        ({"loudness": -14.0}, "−14.0 LUFS, 2.0 LU too loud"),
        ({"true_peak": 0.2}, "true peak 0.2 dBTP, above −1"),
        ({"loudness": None, "true_peak": None}, "too quiet or too short to measure"),
        ({"silences": [(600, 641)]}, "41 s"),
        ({"silences": [(600, 701)]}, "1:41"),
    ],
)
def test_figures_outside_their_limits_use_alarm_ink(changes: dict[str, Any], expected: str) -> None:
    assert list_texts(draw_episodes(make_measured(**changes)), "alarm") == [expected]


def test_unmeasured_episode_shows_reason_and_no_chart() -> None:
    drawing = draw_episodes(MeasurementResult(trouble="decoding failed"), None)
    assert list_texts(drawing, "alarm") == [
        "cannot be measured: decoding failed",
        "no audio to measure",
    ]
    assert find_shapes(drawing, "field", Rect) == []


def test_master_is_drawn_before_and_after_mastering() -> None:
    drawing = draw_episodes(make_measured(loudness=-27.1, true_peak=-9.2), forms="1")
    assert {"−27.1 → −16.0 LUFS", "true peak −9.2 → −1.0 dBTP"} <= {*list_texts(drawing, "muted")}
    assert "original master" in list_texts(drawing)
    ((_, level), *_) = find_shapes(drawing, "curve")[0].points
    ((_, before), *_) = find_shapes(drawing, "before")[0].points
    (band,) = find_shapes(drawing, "band", Rect)
    assert level == pytest.approx(band.y + band.height / 2)
    assert before - level == pytest.approx(11.1 / 36 * 100)


@pytest.mark.parametrize("forms", ["", "1"])
def test_picture_without_target_has_original_levels_and_no_band(forms: str) -> None:
    drawing = draw_episodes(make_measured(loudness=-27.1), settings=AudioSettings(loudness=None), forms=forms)
    assert find_shapes(drawing, "band", Rect) == []
    assert list_texts(drawing, "alarm") == []
    assert "−27.1 LUFS" in list_texts(drawing)
    assert not any("target" in text for text in list_texts(drawing))


def test_master_at_target_is_drawn_once() -> None:
    drawing = draw_episodes(make_measured(loudness=-16.02), forms="1")
    assert find_shapes(drawing, "before") == []
    assert "−16.0 LUFS" in list_texts(drawing)


def test_silences_are_marked_and_interrupt_the_curve() -> None:
    drawing = draw_episodes(make_measured(silences=[(300, 302), (600, 604), (900, 941)]))
    shown = find_shapes(drawing, "silence", Rect)
    assert len(shown) == 2
    assert len(find_shapes(drawing, "curve")) == 4
    assert shown[1].width == pytest.approx(41 * (960 - 64 - 32) / 1500)


def test_episodes_share_a_time_scale_unless_lengths_differ_much() -> None:
    drawing = draw_episodes(make_measured(25), make_measured(20), make_measured(1), make_measured(180))
    long, middle, short, longest = (field.width for field in find_shapes(drawing, "field", Rect))
    assert middle / long == pytest.approx(20 / 25)
    assert long == pytest.approx(short)
    assert long == pytest.approx(longest)


@pytest.mark.parametrize("minutes", [1 / 60, 0.05, 4 / 60, 25, 600, 6000])
def test_all_shapes_are_inside_the_picture(minutes: float) -> None:
    drawing = draw_episodes(
        make_measured(minutes, -80.0), make_measured(minutes, 3.0, silences=[(0, minutes * 60)])
    )
    for x, y in list_points(drawing):
        assert 0 <= x <= drawing.width
        assert 0 <= y <= drawing.height
    assert len(drawing.shapes) < 100


def list_points(drawing: Drawing) -> Iterator[tuple[float, float]]:
    for shape in drawing.shapes:
        if isinstance(shape, Rect):
            yield from ((shape.x, shape.y), (shape.x + shape.width - 0.001, shape.y + shape.height))
        elif isinstance(shape, Label):
            yield shape.x, shape.y
        else:
            yield from ((x - 0.001, y) for x, y in shape.points)


def test_curve_of_long_episode_has_limited_number_of_points() -> None:
    (curve,) = find_shapes(draw_episodes(make_measured(600)), "curve")
    assert 100 < len(curve.points) < 2000


def test_short_loud_passage_of_long_episode_is_visible() -> None:
    quiet = make_measured(600)
    assert quiet.curve
    loud = (*quiet.curve[:20_000], -6.0, *quiet.curve[20_001:])
    (curve,) = find_shapes(draw_episodes(MeasurementResult(measurement=quiet.measurement, curve=loud)), "curve")
    highest = min(y for _, y in curve.points)
    assert sum(y == highest for _, y in curve.points) == 1


def test_charts_of_many_episodes_are_lower() -> None:
    few, many = draw_episodes(*[make_measured(1)] * 8), draw_episodes(*[make_measured(1)] * 50)
    assert find_shapes(many, "field", Rect)[0].height < find_shapes(few, "field", Rect)[0].height
    assert many.height < 50 / 8 * few.height


@pytest.mark.parametrize(
    "title", ["</text><script>", "夜の港" * 100, "e" + "\u0301" * 10_000, "x" * 100_000, "\udcff"]
)
def test_titles_are_cut_and_escaped(title: str) -> None:
    show = make_show(make_measured_episode(title=title), title=title)
    drawing = build_drawing(show, {f"{1:064}": make_measured(1)})
    assert all(len(text) < 1000 for text in list_texts(drawing))
    assert "<script>" not in write_svg(drawing)


def test_description_contains_all_figures() -> None:
    description = draw_episodes(
        make_measured(loudness=-18.8, silences=[(10, 20)]),
        make_measured(),
        MeasurementResult(trouble="decoding failed"),
    ).description
    assert "The target is −16 LUFS." in description
    figures = "−18.8 LUFS, 2.8 LU too quiet, range 4.2 LU, true peak −1.5 dBTP, 1 silence"
    assert f"Episode 1 · Part 1: {figures}" in description
    assert "Episode 3 · Part 3: cannot be measured: decoding failed." in description


def test_show_without_episodes_is_drawn() -> None:
    assert "0 episodes: loudness in LUFS over time in minutes" in list_texts(draw_episodes())


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    workshop = small_show(tmp_path / "episodes")
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "audio.wav", 4, mark=20_000)
    return workshop


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_draw_levels_reads_show_folder_and_uses_cache(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Event] = []
    picture = draw_levels(workshop.folder, progress=events.append)
    assert b"Night Shift" in picture
    assert {"reading", "measuring"} <= {event.stage for event in events}
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "missing-ffmpeg")
    assert draw_levels(podcastkit.load(workshop.folder)) == picture
    assert re.match(rb"\x89PNG", draw_levels(workshop.folder, form="png"))


def test_draw_levels_is_exported_by_the_package() -> None:
    assert podcastkit.draw_levels is draw_levels
