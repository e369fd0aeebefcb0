from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from podcastkit.reports.svg import Drawing, Ink, Label, Rect, Trace, write_svg

SVG = "{http://www.w3.org/2000/svg}"
INKS = {
    "paper": Ink(light="#ffffff", dark="#101010"),
    "text": Ink(light="#111111", dark="#eeeeee"),
    "line": Ink(light="#0000ff", dark="#8888ff", opacity=0.5, width=2, dash=(5, 4)),
}


def make_drawing(*shapes: Rect | Trace | Label, title: str = "A show", description: str = "A chart") -> Drawing:
    return Drawing(
        width=100, height=50, shapes=shapes, inks=INKS, paper="paper", title=title, description=description
    )


def parse_svg(drawing: Drawing) -> etree._Element:
    return etree.fromstring(write_svg(drawing).encode())


def test_shapes_have_position_and_size() -> None:
    root = parse_svg(
        make_drawing(
            Rect(x=1, y=2.04, width=3, height=4.55, ink="line"),
            Trace(points=((0, 0), (10.25, 5)), ink="line"),
            Trace(points=((0, 0), (10, 5), (0, 5)), ink="line", is_filled=True),
            Label(x=5, y=6, text="Hello", ink="text", size=15, anchor="end", bold=True),
        )
    )
    ground, box = root.findall(f"{SVG}rect")
    assert (ground.get("width"), ground.get("height"), ground.get("class")) == ("100", "50", "paper")
    assert [box.get(name) for name in ("x", "y", "width", "height")] == ["1", "2", "3", "4.5"]
    assert root.findall(f"{SVG}polyline")[0].get("points") == "0,0 10.2,5"
    assert root.findall(f"{SVG}polygon")[0].get("points") == "0,0 10,5 0,5"
    (label,) = root.findall(f"{SVG}text")
    assert (label.text, label.get("text-anchor"), label.get("font-weight")) == ("Hello", "end", "600")


def test_style_has_colors_for_light_and_dark_mode() -> None:
    style = parse_svg(make_drawing()).findtext(f"{SVG}style") or ""
    assert "--line: #0000ff" in style
    dark = style.split("prefers-color-scheme: dark")[1]
    assert "--line: #8888ff" in dark
    assert "stroke-opacity: 0.5; stroke-width: 2; stroke-dasharray: 5 4" in style


def test_svg_has_title_and_description_for_screen_readers() -> None:
    root = parse_svg(make_drawing(title="A & B", description="One <two>"))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == ("A & B", "One <two>")


@pytest.mark.parametrize("text", ["</text><script>1</script>", "a\x00b\x1b[31m", "\udcff", "\ufffe", "&#0;", "]]>"])
def test_text_is_escaped(text: str) -> None:
    (label,) = parse_svg(make_drawing(Label(x=0, y=0, text=text, ink="text"), title=text)).findall(f"{SVG}text")
    assert len(label) == 0
    assert len(label.text or "") == len(text)


@given(st.text(st.characters(codec=None)))
def test_svg_with_any_text_is_well_formed(text: str) -> None:
    assert parse_svg(make_drawing(Label(x=0, y=0, text=text, ink="text"), title=text, description=text)) is not None
