from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops

from podcastkit.reports.png import paint_png
from podcastkit.reports.svg import Drawing, Ink, Label, Rect, Shape, Trace

INKS = {
    "paper": Ink(light="#ffffff", dark="#101010"),
    "red": Ink(light="#ff0000", dark="#101010"),
    "half": Ink(light="#0000ff", dark="#101010", opacity=0.5),
    "dashed": Ink(light="#000000", dark="#101010", width=4, dash=(10, 10)),
}


def paint(*shapes: Shape, height: int = 50) -> Image.Image:
    drawing = Drawing(width=100, height=height, shapes=shapes, inks=INKS, paper="paper", title="A", description="B")
    data = paint_png(drawing)
    assert data == paint_png(drawing)
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_png_has_twice_the_size_of_the_drawing() -> None:
    assert paint().size == (200, 100)


def test_shapes_have_position_color_and_opacity() -> None:
    image = paint(
        Rect(x=10, y=10, width=20, height=20, ink="red"),
        Rect(x=20, y=10, width=20, height=20, ink="half"),
        Trace(points=((60, 10), (90, 10), (90, 40)), ink="red", is_filled=True),
    )
    assert image.getpixel((30, 30)) == (255, 0, 0)
    assert image.getpixel((18, 30)) == (255, 255, 255)
    assert image.getpixel((70, 30)) == pytest.approx((127, 127, 255), abs=2)
    assert image.getpixel((50, 30)) == pytest.approx((127, 0, 128), abs=2)
    assert image.getpixel((170, 30)) == (255, 0, 0)
    assert image.getpixel((130, 70)) == (255, 255, 255)


def test_dashed_line_has_gaps() -> None:
    image = paint(Trace(points=((0, 25), (100, 25)), ink="dashed"))
    row = [image.getpixel((x * 2, 50)) for x in (5, 15, 25, 35)]
    assert row == [(0, 0, 0), (255, 255, 255)] * 2


def test_long_picture_has_no_seams() -> None:
    image = paint(
        Trace(points=((0, 0), (100, 700)), ink="dashed"),
        Rect(x=40, y=100, width=10, height=500, ink="red"),
        height=700,
    )
    column = image.crop((82, 200, 98, 1200))
    white = Image.new("RGB", column.size, "white")
    assert ImageChops.difference(column, white).getbbox() == (0, 0, *column.size)


@pytest.mark.parametrize(
    "text", ["Episode 1 · −18.3 LUFS", "Mañana, señor → après", "夜の港", "\x00\u200b\U0010ffff", ""]
)
@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_any_text_is_drawn(text: str, anchor: str) -> None:
    image = paint(Label(x=50, y=25, text=text, ink="red", anchor=anchor, bold=True))  # type: ignore[arg-type] # of a table
    has_ink = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox() is not None
    assert has_ink is bool(text)


def test_text_without_installed_fonts_loses_accents(monkeypatch: pytest.MonkeyPatch) -> None:
    from podcastkit.reports import png  # noqa: PLC0415 - to clear its font cache

    monkeypatch.setattr(png, "_FONTS", ("missing.ttf",))
    png._load_fonts.cache_clear()
    try:
        accented = paint(Label(x=5, y=25, text="Señor −3 → 夜", ink="red"))
        plain = paint(Label(x=5, y=25, text="Senor -3 -> ?", ink="red"))
    finally:
        png._load_fonts.cache_clear()
    assert ImageChops.difference(accented, plain).getbbox() is None
