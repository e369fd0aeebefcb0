"""A picture of simple shapes as PNG."""

from __future__ import annotations

import io
import unicodedata
from contextlib import suppress
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from podcastkit.reports.svg import Label, Rect, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.reports.svg import Drawing, Ink, Point

SCALE = 2
"""Pixels of the PNG for each of the picture, so that it is sharp on fine screens."""
_FINER = 2
"""How much finer than that lines are drawn, before they are made smooth."""
_STRIP = 256
"""How many lines are drawn at once: all of a long picture would take hundreds of megabytes."""
_SMALLER = 0.94
"""How much wider the letters are than those which browsers take."""
_Drawn = Rect | Trace
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_FONTS = (
    "NotoSans-Regular.ttf",
    "segoeui.ttf",
    "Arial.ttf",
    "DejaVuSans.ttf",
    "NotoSansCJK-Regular.ttc",
    "Arial Unicode.ttf",
    "msgothic.ttc",
)
"""Whichever of them this computer has; Pillow's own has not even the letters of Spanish."""
_STAND_INS = {"−": "-", "→": "->"}
"""For signs that no font here has."""


def paint_png(drawing: Drawing) -> bytes:
    """Return the picture as a PNG for light surroundings, twice as wide and high in pixels as the drawing is."""
    image = Image.new("RGB", (drawing.width * SCALE, drawing.height * SCALE))
    drawn = [shape for shape in drawing.shapes if not isinstance(shape, Label)]
    for top in range(0, drawing.height, _STRIP):
        strip = _paint_strip(drawing, drawn, top, min(_STRIP, drawing.height - top))
        image.paste(strip, (0, top * SCALE))
    draw = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        if isinstance(shape, Label):
            _write(draw, shape, drawing.inks[shape.ink])
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _paint_strip(drawing: Drawing, drawn: Iterable[_Drawn], top: int, height: int) -> Image.Image:
    fine = SCALE * _FINER
    strip = Image.new("RGB", (drawing.width * fine, height * fine), drawing.inks[drawing.paper].light)
    draw = ImageDraw.Draw(strip, "RGBA")
    for shape in drawn:
        if _reaches(shape, top, height):
            _paint(draw, shape, drawing.inks[shape.ink], top)
    return strip.resize((drawing.width * SCALE, height * SCALE), Image.Resampling.BOX)


def _reaches(shape: _Drawn, top: int, height: int) -> bool:
    if isinstance(shape, Rect):
        highest, lowest = shape.y, shape.y + shape.height
    else:
        highest, lowest = min(y for _, y in shape.points), max(y for _, y in shape.points)
    return lowest >= top - 2 and highest <= top + height + 2


def _paint(draw: ImageDraw.ImageDraw, shape: _Drawn, ink: Ink, top: int) -> None:
    fine = SCALE * _FINER
    colour = (*_channels(ink.light), round(255 * ink.opacity))
    if isinstance(shape, Rect):
        left, upper = round(shape.x * fine), round((shape.y - top) * fine)
        right, lower = round((shape.x + shape.width) * fine), round((shape.y + shape.height - top) * fine)
        draw.rectangle((left, upper, max(right - 1, left), max(lower - 1, upper)), fill=colour)
        return
    points = [(x * fine, (y - top) * fine) for x, y in shape.points]
    if shape.is_filled:
        draw.polygon(points, fill=colour)
        return
    dash = None if ink.dash is None else (ink.dash[0] * fine, ink.dash[1] * fine)
    for piece in _dashed(points, dash) if dash else (points,):
        draw.line(piece, fill=colour, width=round(ink.width * fine), joint="curve")


def _dashed(points: list[Point], dash: tuple[float, float]) -> Iterator[list[Point]]:
    """Yield what is drawn of each straight piece."""
    drawn, left_out = dash
    for (x1, y1), (x2, y2) in pairwise(points):
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        start = 0.0
        while start < length:
            begin, end = start / length, min(start + drawn, length) / length
            yield [(x1 + (x2 - x1) * at, y1 + (y2 - y1) * at) for at in (begin, end)]
            start += drawn + left_out


def _write(draw: ImageDraw.ImageDraw, label: Label, ink: Ink) -> None:
    font = min(_fonts(round(label.size * SCALE * _SMALLER)), key=lambda font: len(_missing(font, label.text)))
    missing = _missing(font, label.text)
    text = "".join(_stand_in(sign) if sign in missing else sign for sign in label.text)
    place = (label.x * SCALE, label.y * SCALE)
    anchor = {"start": "ls", "middle": "ms", "end": "rs"}[label.anchor]
    colour = _channels(ink.light)
    draw.text(place, text, fill=colour, font=font, anchor=anchor, stroke_width=int(label.bold))


def _stand_in(sign: str) -> str:
    """Return what is written in place of a letter that no font here has: the letter without its accent, mostly."""
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return _STAND_INS.get(sign) or plain or "?"


@cache
def _fonts(size: int) -> tuple[_Font, ...]:
    found: list[_Font] = []
    for name in _FONTS:
        with suppress(OSError):  # it is not on this computer
            found.append(ImageFont.truetype(name, size))
    return (*found, ImageFont.load_default(size))


def _missing(font: _Font, text: str) -> set[str]:
    """Return the letters that a font has not."""
    nothing = bytes(font.getmask("\uffff"))
    return {sign for sign in {*text} if not sign.isspace() and bytes(font.getmask(sign)) == nothing}


def _channels(colour: str) -> tuple[int, int, int]:
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))
