from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

import podcastkit
from podcastkit.media.cached_facts import Measured
from podcastkit.model import AudioSettings, Measurement
from podcastkit.reports.levels import draw_levels, lay_out
from podcastkit.reports.svg import Drawing, Label, Rect, Trace, write_svg
from tests.shows import Workshop, small_show, write_wav
from tests.values import a_file, a_show, an_episode, some_audio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from podcastkit.model import Episode
    from podcastkit.progress import Event


def one(number: int = 1, *, form: str = "mp3", **changes: Any) -> Episode:
    return an_episode(
        f"{number:02}-part",
        number=number,
        title=changes.pop("title", f"Part {number}"),
        master=a_file(sha256=f"{number:064}"),
        audio=some_audio(format=form, codec=form),
        **changes,
    )


def measured(minutes: float = 25, loudness: float | None = -16.3, **changes: Any) -> Measured:
    seconds = round(minutes * 60)
    known = {"loudness_range": None if loudness is None else 4.2, "true_peak": -1.5} | changes
    silences = tuple((timedelta(seconds=start), timedelta(seconds=end)) for start, end in known.pop("silences", ()))
    curve = [None if second in {0, seconds - 1} else loudness for second in range(seconds)]
    for start, end in silences:
        for second in range(int(start.total_seconds()), min(int(end.total_seconds()), seconds)):
            curve[second] = None
    return Measured(
        measurement=Measurement(duration=timedelta(seconds=seconds), loudness=loudness, silences=silences, **known),
        curve=tuple(curve),
    )


def laid_out(*heard: Measured | None, settings: AudioSettings | None = None, forms: str = "") -> Drawing:
    episodes = [
        one(number, form="wav" if str(number) in forms else "mp3") for number, _ in enumerate(heard, start=1)
    ]
    known = {f"{number:064}": some for number, some in enumerate(heard, start=1) if some}
    return lay_out(a_show(*episodes, audio=settings or AudioSettings()), known)


def texts(drawing: Drawing, ink: str = "") -> list[str]:
    return [shape.text for shape in drawing.shapes if isinstance(shape, Label) and ink in shape.ink]


def inked(drawing: Drawing, ink: str, kind: type[Trace | Rect] = Trace) -> list[Any]:
    """The shapes of an ink, without those of the legend."""
    return [
        shape for shape in drawing.shapes if isinstance(shape, kind) and shape.ink == ink and not in_legend(shape)
    ]


def in_legend(shape: Trace | Rect) -> bool:
    return (shape.y if isinstance(shape, Rect) else shape.points[0][1]) < 100


def test_each_episode_has_its_name_length_and_figures() -> None:
    drawing = laid_out(measured(), measured(70, -16.9))
    said = texts(drawing)
    assert [text for text in said if text.startswith("Episode")] == ["Episode 1 · Part 1", "Episode 2 · Part 2"]
    assert {"25:00", "1:10:00", "−16.3 LUFS", "−16.9 LUFS", "range 4.2 LU", "true peak −1.5 dBTP"} <= {*said}
    assert texts(drawing, "alarm") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"loudness": -18.8}, "−18.8 LUFS, 2.8 LU too quiet"),
        ({"loudness": -14.0}, "−14.0 LUFS, 2.0 LU too loud"),
        ({"true_peak": 0.2}, "true peak 0.2 dBTP, above −1"),
        ({"loudness": None, "true_peak": None}, "nothing in it is loud and long enough to be measured"),
        ({"silences": [(600, 641)]}, "41 s"),
        ({"silences": [(600, 701)]}, "1:41"),
    ],
)
def test_what_is_off_stands_out(changes: dict[str, Any], said: str) -> None:
    assert texts(laid_out(measured(**changes)), "alarm") == [said]


def test_what_could_not_be_measured_is_named() -> None:
    drawing = laid_out(Measured(trouble="it is noise"), None)
    assert texts(drawing, "alarm") == ["it cannot be measured: it is noise", "there is no audio to measure"]
    assert inked(drawing, "field", Rect) == []


def test_a_master_is_drawn_as_it_will_be_and_faintly_as_it_is() -> None:
    drawing = laid_out(measured(loudness=-27.1, true_peak=-9.2), forms="1")
    assert {"−27.1 → −16.0 LUFS", "true peak −9.2 → −1.0 dBTP"} <= {*texts(drawing, "muted")}
    assert "master as it is" in texts(drawing)
    ((_, level), *_) = inked(drawing, "curve")[0].points
    ((_, before), *_) = inked(drawing, "before")[0].points
    (band,) = inked(drawing, "band", Rect)
    assert level == pytest.approx(band.y + band.height / 2)
    assert before - level == pytest.approx(11.1 / 36 * 100)


@pytest.mark.parametrize("forms", ["", "1"])
def test_without_a_target_there_is_no_band_and_nothing_moves(forms: str) -> None:
    drawing = laid_out(measured(loudness=-27.1), settings=AudioSettings(loudness=None), forms=forms)
    assert inked(drawing, "band", Rect) == []
    assert texts(drawing, "alarm") == []
    assert "−27.1 LUFS" in texts(drawing)
    assert not any("target" in text for text in texts(drawing))


def test_a_master_that_is_right_already_is_drawn_once() -> None:
    drawing = laid_out(measured(loudness=-16.02), forms="1")
    assert inked(drawing, "before") == []
    assert "−16.0 LUFS" in texts(drawing)


def test_silences_and_gaps_are_seen() -> None:
    drawing = laid_out(measured(silences=[(300, 302), (600, 604), (900, 941)]))
    shown = inked(drawing, "silence", Rect)
    assert len(shown) == 2
    assert len(inked(drawing, "curve")) == 4
    assert shown[1].width == pytest.approx(41 * (960 - 64 - 32) / 1500)


def test_the_same_distance_is_the_same_time_save_for_very_short_ones() -> None:
    drawing = laid_out(measured(25), measured(20), measured(1), measured(180))
    long, middle, short, longest = (field.width for field in inked(drawing, "field", Rect))
    assert middle / long == pytest.approx(20 / 25)
    assert long == pytest.approx(short)
    assert long == pytest.approx(longest)


@pytest.mark.parametrize("minutes", [1 / 60, 0.05, 4 / 60, 25, 600, 6000])
def test_everything_stays_within_the_picture(minutes: float) -> None:
    drawing = laid_out(measured(minutes, -80.0), measured(minutes, 3.0, silences=[(0, minutes * 60)]))
    for x, y in points_of(drawing):
        assert 0 <= x <= drawing.width
        assert 0 <= y <= drawing.height
    assert len(drawing.shapes) < 100


def points_of(drawing: Drawing) -> Iterator[tuple[float, float]]:
    for shape in drawing.shapes:
        if isinstance(shape, Rect):
            yield from ((shape.x, shape.y), (shape.x + shape.width - 0.001, shape.y + shape.height))
        elif isinstance(shape, Label):
            yield shape.x, shape.y
        else:
            yield from ((x - 0.001, y) for x, y in shape.points)


def test_a_curve_has_no_more_points_than_can_be_seen() -> None:
    (curve,) = inked(laid_out(measured(600)), "curve")
    assert 100 < len(curve.points) < 2000


def test_a_short_loud_moment_of_a_long_episode_is_seen() -> None:
    heard = measured(600)
    assert heard.curve
    loud = (*heard.curve[:20_000], -6.0, *heard.curve[20_001:])
    (curve,) = inked(laid_out(Measured(measurement=heard.measurement, curve=loud)), "curve")
    highest = min(y for _, y in curve.points)
    assert sum(y == highest for _, y in curve.points) == 1


def test_fields_of_very_many_episodes_are_lower() -> None:
    few, many = laid_out(*[measured(1)] * 8), laid_out(*[measured(1)] * 50)
    assert inked(many, "field", Rect)[0].height < inked(few, "field", Rect)[0].height
    assert many.height < 50 / 8 * few.height


@pytest.mark.parametrize(
    "title", ["</text><script>", "夜の港" * 100, "e" + "\u0301" * 10_000, "x" * 100_000, "\udcff"]
)
def test_titles_cannot_break_the_picture(title: str) -> None:
    show = a_show(one(title=title), title=title)
    drawing = lay_out(show, {f"{1:064}": measured(1)})
    assert all(len(text) < 1000 for text in texts(drawing))
    assert "<script>" not in write_svg(drawing)


def test_those_who_do_not_see_it_get_every_figure() -> None:
    said = laid_out(
        measured(loudness=-18.8, silences=[(10, 20)]), measured(), Measured(trouble="it is noise")
    ).description
    assert "The target is −16 LUFS." in said
    assert "Episode 1 · Part 1: −18.8 LUFS, 2.8 LU too quiet, range 4.2 LU, true peak −1.5 dBTP, 1 silence" in said
    assert "Episode 3 · Part 3: it cannot be measured: it is noise." in said


def test_a_show_without_episodes_is_a_picture_too() -> None:
    assert "0 episodes: loudness in LUFS against time in minutes" in texts(laid_out())


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    workshop = small_show(tmp_path / "episodes")
    (workshop.folder / "02-part" / "audio.mp3").unlink()
    write_wav(workshop.folder / "02-part" / "audio.wav", 4, mark=20_000)
    return workshop


@pytest.mark.slow
@pytest.mark.ffmpeg
def test_a_show_is_drawn_from_its_folder(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[Event] = []
    picture = draw_levels(workshop.folder, progress=events.append)
    assert b"Night Shift" in picture
    assert {"reading", "measuring"} <= {event.stage for event in events}
    monkeypatch.setenv("PODCASTKIT_FFMPEG", "there-is-none")
    assert draw_levels(podcastkit.load(workshop.folder)) == picture
    assert re.match(rb"\x89PNG", draw_levels(workshop.folder, form="png"))


def test_drawing_is_public() -> None:
    assert podcastkit.draw_levels is draw_levels
