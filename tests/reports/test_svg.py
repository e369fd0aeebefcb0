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


def a_drawing(*shapes: Rect | Trace | Label, title: str = "A show", description: str = "What is") -> Drawing:
    return Drawing(
        width=100, height=50, shapes=shapes, inks=INKS, paper="paper", title=title, description=description
    )


def parsed(drawing: Drawing) -> etree._Element:
    return etree.fromstring(write_svg(drawing).encode())


def test_every_shape_has_its_place() -> None:
    root = parsed(
        a_drawing(
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


def test_light_and_dark_surroundings_have_their_colours() -> None:
    style = parsed(a_drawing()).findtext(f"{SVG}style") or ""
    assert "--line: #0000ff" in style
    dark = style.split("prefers-color-scheme: dark")[1]
    assert "--line: #8888ff" in dark
    assert "stroke-opacity: 0.5; stroke-width: 2; stroke-dasharray: 5 4" in style


def test_who_does_not_see_it_is_told() -> None:
    root = parsed(a_drawing(title="A & B", description="One <two>"))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == ("A & B", "One <two>")


@pytest.mark.parametrize("text", ["</text><script>1</script>", "a\x00b\x1b[31m", "\udcff", "\ufffe", "&#0;", "]]>"])
def test_no_text_leaves_its_element(text: str) -> None:
    (label,) = parsed(a_drawing(Label(x=0, y=0, text=text, ink="text"), title=text)).findall(f"{SVG}text")
    assert len(label) == 0
    assert len(label.text or "") == len(text)


@given(st.text(st.characters(codec=None)))
def test_any_text_is_well_formed(text: str) -> None:
    assert parsed(a_drawing(Label(x=0, y=0, text=text, ink="text"), title=text, description=text)) is not None
