"""Further pictures, from the settings to the feed."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

import podcastkit
from podcastkit.checks import check_show
from podcastkit.cli.app import run
from podcastkit.diagnostics import Severity
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.project.loader import find_changed_sources, load
from podcastkit.publishing.publish import publish
from podcastkit.storage.local import LocalStorage
from tests.published import ON_FOLDER_AND_BUCKET, list_sizes, read_live_feed, verify_published
from tests.shows import NOW, Workshop, small_show, write_artwork

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from podcastkit.model import Show
    from podcastkit.storage.base import Storage

BANNER = 'images = [{file = "banner.jpg", purpose = "banner social", alt = "The harbour at night"}]\n'
CANVAS = "---\ntitle: Part 2\ndate: 2024-09-02\nimages: [{file: tall.png, purpose: canvas, alt: A crane}]\n---\nn\n"


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Create a show with a banner and a canvas for its second episode."""
    workshop = small_show(tmp_path / "show", BANNER)
    write_artwork(workshop.folder / "banner.jpg", (1600, 400), "teal")
    (workshop.folder / "02-part" / "notes.md").write_text(CANVAS)
    Image.new("RGBA", (90, 160), (255, 0, 0, 99)).save(workshop.folder / "02-part" / "tall.png")
    return workshop


def list_pictures(storage: Storage, *, of: str = "channel") -> list[dict[str, str]]:
    """Return the attributes of the pictures of a channel or item, with keys instead of URLs."""
    body, _ = storage.read("feed.xml") or (b"", "")
    channel = ET.fromstring(body)[0]  # noqa: S314 - our own feed
    parent = channel if of == "channel" else next(item for item in channel.iter("item") if item[0].text == of)
    found = [dict(image.attrib) for image in parent.findall("podcast:image", dict(NAMESPACES))]
    return [{**image, "href": "/".join(image["href"].split("/")[-2:])} for image in found]


def find_findings(show: Show, code: str) -> list[tuple[Severity, str, str]]:
    return [
        (found.severity, str(found.location), found.message)
        for found in check_show(show).findings
        if found.code == code
    ]


@ON_FOLDER_AND_BUCKET
def test_pictures_are_published_with_their_details(workshop: Workshop, storage: Storage) -> None:
    assert not [
        found for found in check_show(load(workshop.folder, at=NOW)).findings if found.severity is not Severity.INFO
    ]
    publish(workshop.folder, to=storage, at=NOW)
    artwork, banner = list_pictures(storage)
    assert artwork == {
        "href": artwork["href"],
        "aspect-ratio": "1/1",
        "width": "1400",
        "height": "1400",
        "type": "image/jpeg",
        "purpose": "artwork",
    }
    assert banner == {
        "href": banner["href"],
        "alt": "The harbour at night",
        "aspect-ratio": "4/1",
        "width": "1600",
        "height": "400",
        "type": "image/jpeg",
        "purpose": "banner social",
    }
    (canvas,) = list_pictures(storage, of="Part 2")
    assert (canvas["aspect-ratio"], canvas["type"], canvas["alt"]) == ("9/16", "image/png", "A crane")
    keys = list_sizes(storage)
    assert [key.rpartition("-")[0] for key in (artwork["href"], banner["href"], canvas["href"])] == [
        *("artwork/artwork", "artwork/show-banner", "artwork/02-part-canvas"),
    ]
    assert {artwork["href"], banner["href"], canvas["href"]} <= keys.keys()
    assert list_pictures(storage, of="Part 1") == []
    assert publish(workshop.folder, to=storage, at=NOW).outcome == "unchanged"


@ON_FOLDER_AND_BUCKET
def test_apps_can_fetch_the_published_files(workshop: Workshop, storage: Storage) -> None:
    receipt = podcastkit.publish(workshop.folder, to=storage, at=NOW)
    assert receipt.verification
    assert receipt.verification.ok, receipt.verification.failures
    report = verify_published(storage)
    assert report.ok, report.failures
    for key in (image["href"] for image in (*list_pictures(storage), *list_pictures(storage, of="Part 2"))):
        assert f"{storage.public_url}/{key}" in {check.url for check in report.checks}


def test_show_without_further_pictures_lists_its_artwork_once(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "out")
    publish(small_show(tmp_path / "show").folder, to=storage, at=NOW)
    assert b"podcast:image" not in (storage.read("feed.xml") or (b"",))[0]


def test_replaced_picture_is_a_changed_source(workshop: Workshop, storage: Storage) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = list_pictures(storage)
    show = load(workshop.folder, at=NOW)
    write_artwork(workshop.folder / "banner.jpg", (1200, 400), "navy")
    assert [path.name for path in find_changed_sources(show)] == ["banner.jpg"]
    receipt = publish(workshop.folder, to=storage, at=NOW + timedelta(days=1))
    assert [(change.kind, change.field) for change in receipt.plan.changes] == [("show", "images")]
    after = list_pictures(storage)
    assert after[0] == before[0]
    assert (after[1]["aspect-ratio"], after[1]["href"] == before[1]["href"]) == ("3/1", False)
    assert before[1]["href"] in list_sizes(storage), "apps may still request the old file"


def test_picture_in_a_subfolder_is_a_source(workshop: Workshop) -> None:
    (workshop.folder / "_pictures").mkdir()
    write_artwork(workshop.folder / "_pictures" / "banner.jpg", (1600, 400))
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text().replace('"banner.jpg"', '"_pictures/banner.jpg"'))
    show = load(workshop.folder, at=NOW)
    assert not find_changed_sources(show)
    write_artwork(workshop.folder / "_pictures" / "banner.jpg", (160, 40))
    assert [path.name for path in find_changed_sources(show)] == ["banner.jpg"]


def test_artwork_with_alt_text_is_published_once(workshop: Workshop, storage: Storage) -> None:
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text().replace(BANNER, 'images = [{file = "artwork.jpg", alt = "A lamp"}]\n'))
    publish(workshop.folder, to=storage, at=NOW)
    (image,) = list_pictures(storage)
    assert image["alt"] == "A lamp"
    assert f"/{image['href']}" in read_live_feed(storage).fields["artwork"]
    assert len([key for key in list_sizes(storage) if key.startswith("artwork/") and "02-part" not in key]) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "mode", "name", "published"),
    [
        ((400, 100), "RGBA", "a.png", ((400, 100), "PNG", "RGBA")),
        ((6000, 1500), "RGBA", "a.png", ((3000, 750), "PNG", "RGBA")),
        ((400, 100), "LA", "a.png", ((400, 100), "PNG", "RGBA")),
        ((400, 100), "RGBA", "a.webp", ((400, 100), "PNG", "RGBA")),
        ((400, 100), "P", "a.png", ((400, 100), "JPEG", "RGB")),
        ((4000, 1001), "RGB", "a.jpg", ((3000, 751), "JPEG", "RGB")),
    ],
    ids=["unchanged", "too large", "gray", "another format", "a palette", "a large photograph"],
)
def test_picture_is_converted_only_if_needed(
    workshop: Workshop, tmp_path: Path, size: tuple[int, int], mode: str, name: str, published: object
) -> None:
    Image.new(mode, size).save(workshop.folder / name)
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text().replace("banner.jpg", name))
    storage = LocalStorage(tmp_path / "out")
    for _ in range(2):  # the second time from the cache
        publish(workshop.folder, to=storage, at=NOW)
        _, image = list_pictures(storage)
        found = storage.read(image["href"])
        assert found
        with Image.open(io.BytesIO(found[0])) as picture:
            assert (picture.size, picture.format, picture.mode) == published
            assert (int(image["width"]), int(image["height"])) == picture.size
            assert image["type"] == f"image/{(picture.format or '').lower()}"
        storage = LocalStorage(tmp_path / "out again")


def delete_file(path: Path) -> None:
    path.unlink()


def write_text(path: Path) -> None:
    path.write_text("no picture")


def link_outside(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


SPOILED = pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (delete_file, "does not exist"),
        (write_text, "is not an image that can be read"),
        (link_outside, "is a link to a file outside the show folder"),
    ],
)


@SPOILED
def test_unreadable_picture_of_the_show_is_a_warning_at_its_name(
    workshop: Workshop, tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    spoil(workshop.folder / "banner.jpg")
    show = load(workshop.folder, at=NOW)
    assert find_findings(show, "I110") == [(Severity.WARNING, "show.toml:9:11", f"banner.jpg {words}")]
    assert not find_findings(show, "S101")
    assert publish(workshop.folder, to=tmp_path / "out", at=NOW).outcome == "published"


@SPOILED
def test_unreadable_picture_of_an_episode_holds_back_the_episode(
    workshop: Workshop, storage: Storage, spoil: Callable[[Path], None], words: str
) -> None:
    publish(workshop.folder, to=storage, at=NOW)
    before = list_pictures(storage, of="Part 2")
    spoil(workshop.folder / "02-part" / "tall.png")
    receipt = publish(workshop.folder, to=storage, at=NOW)
    assert [(held.episode, held.reason) for held in receipt.held_back] == [("02-part", f"tall.png {words}")]
    assert receipt.outcome == "partial"
    assert list_pictures(storage, of="Part 2") == before, "the published pictures are unchanged"
    assert find_findings(receipt.plan.show, "I110")[0][1] == "02-part/notes.md:4:10"


def test_picture_without_alt_is_reported(workshop: Workshop) -> None:
    (workshop.folder / "02-part" / "notes.md").write_text(CANVAS.replace(", alt: A crane", ""))
    path = workshop.folder / "show.toml"
    path.write_text(path.read_text().replace(', alt = "The harbour at night"', ""))
    show = load(workshop.folder, at=NOW)
    assert find_findings(show, "I111") == [(Severity.INFO, "show.toml:9:11", "banner.jpg has no alt text")]
    assert find_findings(show, "I112") == [(Severity.INFO, "02-part/notes.md:4:10", "tall.png has no alt text")]


def test_moved_show_with_pictures_has_no_changes(workshop: Workshop, tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "out")
    publish(workshop.folder, to=storage, url="https://old.example.org", at=NOW)
    before = list_pictures(storage)
    receipt = publish(workshop.folder, to=storage, url="https://new.example.org/show", at=NOW)
    assert [(change.kind, change.field) for change in receipt.plan.changes] == [("show", "address")]
    assert list_pictures(storage) == before
    assert b"old.example.org" not in receipt.plan.feed


def test_plan_names_the_picture_files(
    workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--to", str(tmp_path / "out")]
    publish(workshop.folder, to=tmp_path / "out", at=NOW)
    write_artwork(workshop.folder / "banner.jpg", (1200, 400), "navy")
    (workshop.folder / "02-part" / "notes.md").write_text(
        CANVAS.replace("images: [{file: tall.png", "images: [{file: other.png")
    )
    (workshop.folder / "02-part" / "tall.png").rename(workshop.folder / "02-part" / "other.png")
    (workshop.folder / "02-part" / "chapters.txt").write_text("0:00 A\n0:01 B\n")
    assert run(["plan", str(workshop.folder), *where]) == 0
    shown = capsys.readouterr().out
    assert "show      images  artwork-" in shown
    assert "chapters: 02-part-" in shown
    assert "images: " not in shown, "the same bytes under another name are the same picture"
