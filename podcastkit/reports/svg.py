"""Drawings made of simple shapes, and their output as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

from podcastkit.text.cleaning import FORBIDDEN_IN_XML

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ink:
    """The style of a shape: colors as `#rrggbb` for light and dark mode, line width in pixels."""

    light: str
    dark: str
    opacity: float = 1.0
    width: float = 1.0
    dash: tuple[float, float] | None = None
    """The lengths of a dash and of the gap after it, in pixels."""


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
    """A line through two or more points or, if filled, the polygon between them."""

    points: tuple[Point, ...]
    ink: str
    is_filled: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A line of text; `y` is its baseline, `size` is in pixels."""

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
    """A picture: its size in pixels, its shapes from back to front, and its inks by name."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    inks: dict[str, Ink]
    paper: str
    """The ink of the background."""
    title: str
    description: str
    """Alternative text."""


_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"


def write_svg(drawing: Drawing) -> str:
    """Return the drawing as an SVG document with a light and a dark mode. Its text can be selected."""
    width, height = drawing.width, drawing.height
    background = Rect(x=0, y=0, width=width, height=height, ink=drawing.paper)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">',
            f'<title id="title">{_escape_text(drawing.title)}</title>',
            f'<desc id="desc">{_escape_text(drawing.description)}</desc>',
            f"<style>\n{_write_style(drawing.inks)}\n</style>",
            *(_write_element(shape, drawing.inks) for shape in (background, *drawing.shapes)),
            "</svg>\n",
        )
    )


def _write_style(inks: dict[str, Ink]) -> str:
    light = "; ".join(f"--{name}: {ink.light}" for name, ink in inks.items())
    dark = "; ".join(f"--{name}: {ink.dark}" for name, ink in inks.items())
    lines = [
        f"svg {{ color-scheme: light dark; {light} }}",
        f"@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}",
        f"text {{ font-family: {_FONTS}; font-variant-numeric: tabular-nums; white-space: pre }}",
        "polyline { fill: none; stroke-linejoin: round; stroke-linecap: round }",
    ]
    for name, ink in inks.items():
        lines.append(f".{name} {{ fill: var(--{name}){_write_opacity('fill', ink)} }}")
        # Round line ends would fill the gaps of a dashed line.
        dash = f"; stroke-dasharray: {ink.dash[0]:g} {ink.dash[1]:g}; stroke-linecap: butt" if ink.dash else ""
        stroke = f"stroke: var(--{name}){_write_opacity('stroke', ink)}; stroke-width: {ink.width:g}{dash}"
        lines.append(f"polyline.{name} {{ fill: none; {stroke} }}")
    return "\n".join(lines)


def _write_opacity(attribute: str, ink: Ink) -> str:
    return "" if ink.opacity == 1 else f"; {attribute}-opacity: {ink.opacity:g}"


def _write_element(shape: Shape, inks: dict[str, Ink]) -> str:
    # The elements repeat the colors, for programs that do not support variables in style sheets.
    ink = inks[shape.ink]
    fill = f'class="{shape.ink}" fill="{ink.light}"'
    if isinstance(shape, Rect):
        size = f'width="{_format_number(shape.width)}" height="{_format_number(shape.height)}"'
        return f'<rect x="{_format_number(shape.x)}" y="{_format_number(shape.y)}" {size} {fill}/>'
    if isinstance(shape, Label):
        weight = ' font-weight="600"' if shape.bold else ""
        anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
        place = f'x="{_format_number(shape.x)}" y="{_format_number(shape.y)}" font-size="{shape.size}"'
        return f"<text {place}{weight}{anchor} {fill}>{_escape_text(shape.text)}</text>"
    points = " ".join(f"{_format_number(x)},{_format_number(y)}" for x, y in shape.points)
    if shape.is_filled:
        return f'<polygon points="{points}" {fill}/>'
    return f'<polyline points="{points}" class="{shape.ink}" fill="none" stroke="{ink.light}"/>'


def _format_number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _escape_text(text: str) -> str:
    return escape(FORBIDDEN_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text))
