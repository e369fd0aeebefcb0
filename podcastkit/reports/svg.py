"""A picture as a list of simple shapes, and how it is written as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from podcastkit.text.cleaning import FORBIDDEN_IN_XML

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ink:
    """What something is drawn with: colours as `#rrggbb`, for light and for dark surroundings; width in pixels."""

    light: str
    dark: str
    opacity: float = 1.0
    width: float = 1.0
    dash: tuple[float, float] | None = None
    """How long what is drawn and what is left out are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rect:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    ink: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """A line through two or more points, or the area within them."""

    points: tuple[Point, ...]
    ink: str
    is_filled: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A line of text; `y` is where its letters stand, `size` is in pixels."""

    x: float
    y: float
    text: str
    ink: str
    size: int = 13
    anchor: Anchor = "start"
    bold: bool = False


Shape = Rect | Trace | Label


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A picture: its size in pixels, its shapes from the lowest to the highest, and its inks by name."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    inks: dict[str, Ink]
    paper: str
    """The ink of the ground."""
    title: str
    description: str
    """What the picture shows, for those who do not see it."""


_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"


def write_svg(drawing: Drawing) -> str:
    """Return the picture as an SVG document, for light and dark surroundings, whose texts are texts."""
    width, height = drawing.width, drawing.height
    ground = Rect(x=0, y=0, width=width, height=height, ink=drawing.paper)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">',
            f'<title id="title">{_written(drawing.title)}</title>',
            f'<desc id="desc">{_written(drawing.description)}</desc>',
            f"<style>\n{_style(drawing.inks)}\n</style>",
            *(_element(shape, drawing.inks) for shape in (ground, *drawing.shapes)),
            "</svg>\n",
        )
    )


def _style(inks: dict[str, Ink]) -> str:
    light = "; ".join(f"--{name}: {ink.light}" for name, ink in inks.items())
    dark = "; ".join(f"--{name}: {ink.dark}" for name, ink in inks.items())
    lines = [
        f"svg {{ color-scheme: light dark; {light} }}",
        f"@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}",
        f"text {{ font-family: {_FONTS}; font-variant-numeric: tabular-nums; white-space: pre }}",
        "polyline { fill: none; stroke-linejoin: round; stroke-linecap: round }",
    ]
    for name, ink in inks.items():
        lines.append(f".{name} {{ fill: var(--{name}){_opacity('fill', ink)} }}")
        dash = f"; stroke-dasharray: {ink.dash[0]:g} {ink.dash[1]:g}; stroke-linecap: butt" if ink.dash else ""
        stroke = f"stroke: var(--{name}){_opacity('stroke', ink)}; stroke-width: {ink.width:g}{dash}"
        lines.append(f"polyline.{name} {{ fill: none; {stroke} }}")
    return "\n".join(lines)


def _opacity(what: str, ink: Ink) -> str:
    return "" if ink.opacity == 1 else f"; {what}-opacity: {ink.opacity:g}"


def _element(shape: Shape, inks: dict[str, Ink]) -> str:
    # The colours stand in the elements as well, for programs that know no style sheets with variables.
    ink = inks[shape.ink]
    fill = f'class="{shape.ink}" fill="{ink.light}"'
    if isinstance(shape, Rect):
        size = f'width="{_number(shape.width)}" height="{_number(shape.height)}"'
        return f'<rect x="{_number(shape.x)}" y="{_number(shape.y)}" {size} {fill}/>'
    if isinstance(shape, Label):
        weight = ' font-weight="600"' if shape.bold else ""
        anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
        place = f'x="{_number(shape.x)}" y="{_number(shape.y)}" font-size="{shape.size}"'
        return f"<text {place}{weight}{anchor} {fill}>{_written(shape.text)}</text>"
    points = " ".join(f"{_number(x)},{_number(y)}" for x, y in shape.points)
    if shape.is_filled:
        return f'<polygon points="{points}" {fill}/>'
    return f'<polyline points="{points}" class="{shape.ink}" fill="none" stroke="{ink.light}"/>'


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _written(text: str) -> str:
    return escape(FORBIDDEN_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text))
