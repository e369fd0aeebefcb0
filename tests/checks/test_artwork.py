"""Test the rules about artwork: published copies, file extensions and file sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from podcastkit.model import Artwork
from tests.values import make_episode, make_file, make_show, messages


def make_artwork(name: str = "artwork.jpg", size: int = 1000, **changes: Any) -> Artwork:
    facts = {"format": "JPEG", "mode": "RGB", "width": 3000, "height": 3000, "has_alpha": False, **changes}
    return Artwork(file=replace(make_file(name), size=size), **facts)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "WEBP"}, "is WEBP"),
        ({"mode": "RGBA", "has_alpha": True}, "has transparent areas"),
        ({"mode": "CMYK"}, "is in print colors (CMYK)"),
        ({"mode": "L"}, "is in grayscale"),
        ({"mode": "I;16"}, "is in 16-bit grayscale"),
        ({"mode": "YCbCr"}, "is YCbCr"),
        ({"width": 4000, "height": 4000, "mode": "P"}, "is limited to a color palette and has 4000 × 4000 pixels"),
    ],
    ids=str,
)
def test_artwork_copy_is_reported_with_the_reasons(changes: dict[str, Any], reason: str) -> None:
    image = make_artwork(size=2**20, **changes)
    show = make_show(make_episode(artwork=image, number=1), artwork=image)
    expected = [f"artwork.jpg {reason}: podcastkit publishes an RGB JPEG copy of at most 3000 × 3000 pixels"]
    assert (messages(show, "I105"), messages(show, "I106")) == (expected, expected)
    assert messages(show, "I109") + messages(show, "I113") == []


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("cover.JPG", "JPEG", False),
        ("cover.jpeg", "JPEG", False),
        ("cover.PNG", "PNG", False),
        ("cover.jpg", "PNG", True),
        ("cover.png", "JPEG", True),
        ("cover.jpg", "WEBP", False),
    ],
)
def test_extension_of_another_format_is_reported(name: str, kind: str, found: bool) -> None:
    image = make_artwork(name, format=kind)
    show = make_show(make_episode(artwork=image, number=1), artwork=image)
    assert [bool(messages(show, code)) for code in ("I107", "I108")] == [found, found]


@pytest.mark.parametrize(("size", "found"), [(512 * 1024, False), (512 * 1024 + 1, True)])
def test_artwork_above_512_kb_is_reported(size: int, found: bool) -> None:
    show = make_show(make_episode(artwork=make_artwork(size=size), number=1), artwork=make_artwork(size=size))
    assert [bool(messages(show, code)) for code in ("I109", "I113")] == [found, found]


def test_good_artwork_has_no_findings() -> None:
    show = make_show(
        make_episode(artwork=make_artwork(), number=1), artwork=make_artwork("artwork.png", format="PNG")
    )
    for code in ("I101", "I102", "I105", "I106", "I107", "I108", "I109", "I113"):
        assert messages(show, code) == []
