"""Artwork that is published as a copy, is called what it is not, or is heavy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from podcastkit.model import Artwork
from tests.values import a_file, a_show, an_episode, messages


def picture(name: str = "artwork.jpg", size: int = 1000, **changes: Any) -> Artwork:
    facts = {"format": "JPEG", "mode": "RGB", "width": 3000, "height": 3000, "has_alpha": False, **changes}
    return Artwork(file=replace(a_file(name), size=size), **facts)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "WEBP"}, "is WEBP"),
        ({"mode": "RGBA", "has_alpha": True}, "is transparent in places"),
        ({"mode": "CMYK"}, "is in the colours of print (CMYK)"),
        ({"mode": "L"}, "is in shades of grey"),
        ({"mode": "I;16"}, "is in shades of grey with 16 bits"),
        ({"mode": "YCbCr"}, "is YCbCr"),
        ({"width": 4000, "height": 4000, "mode": "P"}, "is made of few colours and has 4000 × 4000 pixels"),
    ],
    ids=str,
)
def test_a_copy_is_told_with_its_reasons(changes: dict[str, Any], reason: str) -> None:
    given = picture(size=2**20, **changes)
    show = a_show(an_episode(artwork=given, number=1), artwork=given)
    said = [f"artwork.jpg {reason}: a copy is published that is JPEG, RGB and at most 3000 × 3000 pixels"]
    assert (messages(show, "I105"), messages(show, "I106")) == (said, said)
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
def test_a_name_is_held_against_what_the_file_is(name: str, kind: str, found: bool) -> None:
    given = picture(name, format=kind)
    show = a_show(an_episode(artwork=given, number=1), artwork=given)
    assert [bool(messages(show, code)) for code in ("I107", "I108")] == [found, found]


@pytest.mark.parametrize(("size", "found"), [(512 * 1024, False), (512 * 1024 + 1, True)])
def test_half_a_megabyte_is_light(size: int, found: bool) -> None:
    show = a_show(an_episode(artwork=picture(size=size), number=1), artwork=picture(size=size))
    assert [bool(messages(show, code)) for code in ("I109", "I113")] == [found, found]


def test_a_good_picture_has_no_findings() -> None:
    show = a_show(an_episode(artwork=picture(), number=1), artwork=picture("artwork.png", format="PNG"))
    for code in ("I101", "I102", "I105", "I106", "I107", "I108", "I109", "I113"):
        assert messages(show, code) == []
