from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from podcastkit.publisher import publish
from tests.shows import NOW, small_show

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_artwork_is_converted_also_where_no_copy_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = small_show(tmp_path / "show")
    Image.new("CMYK", (1400, 1400)).save(workshop.folder / "artwork.jpg")
    (tmp_path / "file").touch()
    monkeypatch.setenv("PODCASTKIT_CACHE", str(tmp_path / "file" / "cache"))
    assert publish(workshop.folder, at=NOW).outcome == "published"
    (made,) = (workshop.folder / "public" / "artwork").iterdir()
    with Image.open(made) as picture:
        assert picture.mode == "RGB"
