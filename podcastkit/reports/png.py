"""Render a drawing as PNG."""

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
"""Pixels of the PNG per pixel of the drawing, for high-resolution screens."""
_ANTIALIASING_SCALE = 2
"""Additional scale for antialiasing: shapes are drawn larger, then scaled down."""
_STRIP_HEIGHT = 256
"""Rows of the drawing to render at once. A long picture as a whole would take hundreds of megabytes."""
_FONT_SCALE = 0.94
"""Font scale: these fonts are wider than the fonts of browsers."""
_Figure = Rect | Trace
"""A shape without text. Figures are drawn in strips; labels are drawn on the whole picture."""
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
"""Fonts to look for. Pillow's default font lacks even the letters of Spanish."""
_REPLACEMENTS = {"−": "-", "→": "->"}
"""Replacements for characters that are missing in all fonts of this computer."""


def paint_png(drawing: Drawing) -> bytes:
    """Return the drawing as a PNG in its light colors, with twice its width and height in pixels."""
    image = Image.new("RGB", (drawing.width * SCALE, drawing.height * SCALE))
    figures = [shape for shape in drawing.shapes if not isinstance(shape, Label)]
    for top in range(0, drawing.height, _STRIP_HEIGHT):
        strip = _paint_strip(drawing, figures, top, min(_STRIP_HEIGHT, drawing.height - top))
        image.paste(strip, (0, top * SCALE))
    draw = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        if isinstance(shape, Label):
            _paint_label(draw, shape, drawing.inks[shape.ink])
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _paint_strip(drawing: Drawing, figures: Iterable[_Figure], top: int, height: int) -> Image.Image:
    """Render `height` rows of the drawing, from the row `top` on, without labels."""
    scale = SCALE * _ANTIALIASING_SCALE
    strip = Image.new("RGB", (drawing.width * scale, height * scale), drawing.inks[drawing.paper].light)
    draw = ImageDraw.Draw(strip, "RGBA")
    for shape in figures:
        if _is_visible(shape, top, height):
            _paint_shape(draw, shape, drawing.inks[shape.ink], top)
    return strip.resize((drawing.width * SCALE, height * SCALE), Image.Resampling.BOX)


def _is_visible(shape: _Figure, top: int, height: int) -> bool:
    """Return whether a shape is visible in a strip; a margin allows for the line width."""
    if isinstance(shape, Rect):
        highest, lowest = shape.y, shape.y + shape.height
    else:
        highest, lowest = min(y for _, y in shape.points), max(y for _, y in shape.points)
    return lowest >= top - 2 and highest <= top + height + 2


def _paint_shape(draw: ImageDraw.ImageDraw, shape: _Figure, ink: Ink, top: int) -> None:
    scale = SCALE * _ANTIALIASING_SCALE
    color = (*_parse_color(ink.light), round(255 * ink.opacity))
    if isinstance(shape, Rect):
        left, upper = round(shape.x * scale), round((shape.y - top) * scale)
        right, lower = round((shape.x + shape.width) * scale), round((shape.y + shape.height - top) * scale)
        # Even a very small rectangle is one pixel wide and high.
        draw.rectangle((left, upper, max(right - 1, left), max(lower - 1, upper)), fill=color)
        return
    points = [(x * scale, (y - top) * scale) for x, y in shape.points]
    if shape.is_filled:
        draw.polygon(points, fill=color)
        return
    dash = None if ink.dash is None else (ink.dash[0] * scale, ink.dash[1] * scale)
    for piece in _split_dashes(points, dash) if dash else (points,):
        draw.line(piece, fill=color, width=round(ink.width * scale), joint="curve")


def _split_dashes(points: list[Point], dash: tuple[float, float]) -> Iterator[list[Point]]:
    """Yield the start and end points of each dash; `dash` has the lengths of a dash and of the gap after it."""
    dash_length, gap_length = dash
    for (x1, y1), (x2, y2) in pairwise(points):
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        start = 0.0
        while start < length:
            begin, end = start / length, min(start + dash_length, length) / length
            yield [(x1 + (x2 - x1) * share, y1 + (y2 - y1) * share) for share in (begin, end)]
            start += dash_length + gap_length


def _paint_label(draw: ImageDraw.ImageDraw, label: Label, ink: Ink) -> None:
    # Use the font that lacks the fewest characters.
    font = min(
        _load_fonts(round(label.size * SCALE * _FONT_SCALE)),
        key=lambda font: len(_find_missing_characters(font, label.text)),
    )
    missing = _find_missing_characters(font, label.text)
    text = "".join(_replace_character(char) if char in missing else char for char in label.text)
    position = (label.x * SCALE, label.y * SCALE)
    anchor = {"start": "ls", "middle": "ms", "end": "rs"}[label.anchor]
    color = _parse_color(ink.light)
    draw.text(position, text, fill=color, font=font, anchor=anchor, stroke_width=int(label.bold))


def _replace_character(char: str) -> str:
    """Return a replacement for a character that is missing in all fonts, such as the letter without its accent."""
    plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return _REPLACEMENTS.get(char) or plain or "?"


@cache
def _load_fonts(size: int) -> tuple[_Font, ...]:
    found: list[_Font] = []
    for name in _FONTS:
        with suppress(OSError):  # the font is not on this computer
            found.append(ImageFont.truetype(name, size))
    return (*found, ImageFont.load_default(size))


def _find_missing_characters(font: _Font, text: str) -> set[str]:
    """Return the characters that are missing in a font: their shape is that of a character that does not exist."""
    missing = bytes(font.getmask("\uffff"))
    return {char for char in {*text} if not char.isspace() and bytes(font.getmask(char)) == missing}


def _parse_color(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of a color such as `#1f66cc`."""
    return (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))
