from __future__ import annotations

import hashlib
import io
import logging
import struct
import warnings
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from podcastkit.diagnostics import MediaError
from podcastkit.media.artwork import (
    choose_copy_suffix,
    convert_artwork,
    is_publishable,
    make_cover,
    read_artwork,
    read_copy_size,
)
from podcastkit.model import HEAVY_ARTWORK

if TYPE_CHECKING:
    from pathlib import Path

_RED = (200, 30, 40)


def _save(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def _make_image(size: tuple[int, int] = (60, 40), mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", size, _RED)
    return image.quantize(4) if mode == "P" else image.convert(mode)


def _make_exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a secret description"
    return exif


def _make_png(width: int, height: int) -> bytes:
    """Return a small PNG whose header states this size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + content + chunk(b"IEND", b"")


def _convert(path: Path) -> Image.Image:
    body, suffix = convert_artwork(read_artwork(path))
    assert suffix == ".jpg"
    image = Image.open(io.BytesIO(body))
    image.load()
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


def _get_color(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    return tuple(int(value) for value in pixel)


@pytest.mark.parametrize(
    ("name", "mode", "form", "alpha", "publishable"),
    [
        ("a.jpg", "RGB", "JPEG", False, True),
        ("a.png", "RGB", "PNG", False, True),
        ("a.jpg", "L", "JPEG", False, False),
        ("a.jpg", "CMYK", "JPEG", False, False),
        ("a.png", "RGBA", "PNG", True, False),
        ("a.png", "LA", "PNG", True, False),
        ("a.png", "P", "PNG", False, False),
        ("a.webp", "RGB", "WEBP", False, False),
        ("a.tiff", "RGB", "TIFF", False, False),
        ("a.gif", "P", "GIF", False, False),
        ("a.bmp", "RGB", "BMP", False, False),
    ],
)
def test_read_artwork_detects_format_by_content(
    name: str, mode: str, form: str, alpha: bool, publishable: bool, tmp_path: Path
) -> None:
    path = _save(tmp_path / name, _make_image(mode=mode)).rename(tmp_path / "artwork.png")
    artwork = read_artwork(path)

    assert (artwork.format, artwork.mode, artwork.has_alpha) == (form, mode, alpha)
    assert (artwork.width, artwork.height) == (60, 40)
    assert artwork.file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert is_publishable(artwork) is publishable
    color = (82, 82, 82) if mode in {"L", "LA"} else _RED
    assert _get_color(_convert(path), (30, 20)) == pytest.approx(color, abs=8)


@pytest.mark.parametrize("mode", ["RGB", "P", "L"])
def test_transparent_color_is_detected_as_transparency(mode: str, tmp_path: Path) -> None:
    image = _make_image(mode=mode)
    key = image.getpixel((0, 0))
    path = _save(tmp_path / "a.png", image, transparency=key)

    assert read_artwork(path).has_alpha
    assert _get_color(_convert(path), (0, 0)) == (255, 255, 255)


def test_convert_artwork_puts_transparency_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((*_RED, 255), (0, 0, 20, 40))
    copy = _convert(_save(tmp_path / "a.png", image))

    assert _get_color(copy, (5, 20)) == pytest.approx(_RED, abs=8)
    assert _get_color(copy, (35, 20)) == pytest.approx((255, 255, 255), abs=8)


@pytest.mark.parametrize(("orientation", "size"), [(3, (60, 40)), (6, (40, 60)), (8, (40, 60))])
def test_convert_artwork_turns_rotated_photo_upright(
    orientation: int, size: tuple[int, int], tmp_path: Path
) -> None:
    path = _save(tmp_path / "a.jpg", _make_image(), exif=_make_exif(orientation))
    artwork = read_artwork(path)

    assert (artwork.width, artwork.height) == size
    assert not is_publishable(artwork)
    assert _convert(path).size == size


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given_size", "size", "publishable"),
    [((3000, 3000), (3000, 3000), True), ((3001, 3001), (3000, 3000), False), ((6000, 300), (3000, 150), False)],
)
def test_convert_artwork_limits_size_to_3000_pixels(
    given_size: tuple[int, int], size: tuple[int, int], publishable: bool, tmp_path: Path
) -> None:
    path = _save(tmp_path / "a.png", _make_image(given_size))

    assert is_publishable(read_artwork(path)) is publishable
    assert _convert(path).size == size


def test_convert_artwork_removes_metadata(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = _save(
        tmp_path / "a.jpg",
        _make_image(),
        exif=_make_exif(1),
        comment=b"a secret comment",
        icc_profile=profile,
        xmp=b"<secret/>",
        dpi=(72, 72),
    )
    body, _ = convert_artwork(read_artwork(path))

    assert b"secret" in path.read_bytes()
    assert b"secret" not in body
    assert not {"exif", "icc_profile", "comment", "dpi", "xmp"} & set(Image.open(io.BytesIO(body)).info)


def test_convert_artwork_applies_color_profile(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    at_red, at_blue = swapped.index(b"rXYZ"), swapped.index(b"bXYZ")
    profile = bytearray(swapped)
    profile[at_red : at_red + 4], profile[at_blue : at_blue + 4] = b"bXYZ", b"rXYZ"
    right = _convert(_save(tmp_path / "right.png", _make_image(), icc_profile=bytes(profile)))
    wrong = _convert(_save(tmp_path / "wrong.png", _make_image(), icc_profile=lab.tobytes()))
    broken = _convert(_save(tmp_path / "broken.png", _make_image(), icc_profile=b"no profile"))

    assert _get_color(right, (30, 20)) == pytest.approx((_RED[2], _RED[1], _RED[0]), abs=12)
    assert _get_color(wrong, (30, 20)) == pytest.approx(_RED, abs=8)
    assert _get_color(broken, (30, 20)) == pytest.approx(_RED, abs=8)


def test_convert_artwork_keeps_16_bit_gray(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.png", Image.new("I;16", (40, 40), 100 * 256))

    assert _get_color(_convert(path), (20, 20)) == pytest.approx((100, 100, 100), abs=2)


def test_file_with_several_pictures_uses_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    _make_image().save(path, "MPO", save_all=True, append_images=[Image.new("RGB", (60, 40))])

    artwork = read_artwork(path)
    assert not is_publishable(artwork)
    assert not artwork.is_animated
    assert _get_color(_convert(path), (30, 20)) == pytest.approx(_RED, abs=8)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("space", [b"RGB ", b"GRAY", b"????", b""])
def test_picture_with_unusable_color_profile_is_converted(tmp_path: Path, suffix: str, space: bytes) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    written = profile.replace(b"RGB ", space, 1) if space else b"no profile"
    artwork = read_artwork(_save(tmp_path / f"a{suffix}", _make_image(), icc_profile=written))
    assert is_publishable(artwork) is (space == b"RGB ")
    body, _ = convert_artwork(artwork)
    assert b"ICC_PROFILE" not in body


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_convert_artwork_with_keeps_alpha_keeps_transparency(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "logo.png"
    if mode == "P":
        Image.new("P", (60, 40)).save(path, transparency=0)
    else:
        Image.new("RGBA", (60, 40), (200, 30, 30, 99)).convert(mode).save(path)
    artwork = read_artwork(path)
    assert is_publishable(artwork, keeps_alpha=True) is (mode == "RGBA")
    assert not is_publishable(artwork)
    body, suffix = convert_artwork(artwork, keeps_alpha=True)
    assert (suffix, choose_copy_suffix(artwork, keeps_alpha=True)) == (".png", ".png")
    assert read_copy_size(body) == (60, 40)
    with Image.open(io.BytesIO(body)) as copy:
        assert (copy.format, copy.mode) == ("PNG", "RGBA")
        alpha = copy.getpixel((9, 9))
        assert isinstance(alpha, tuple)
        assert alpha[3] < 255
    assert convert_artwork(artwork)[1] == ".jpg"


def test_convert_artwork_with_keeps_alpha_converts_opaque_image_to_jpeg(tmp_path: Path) -> None:
    Image.new("CMYK", (60, 40)).save(tmp_path / "a.jpg")
    assert convert_artwork(read_artwork(tmp_path / "a.jpg"), keeps_alpha=True)[1] == ".jpg"


def test_profile_for_another_color_space_keeps_transparency(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("LA", (6, 4), (200, 99)).save(tmp_path / "a.png", icc_profile=profile)
    body, _ = convert_artwork(read_artwork(tmp_path / "a.png"), keeps_alpha=True)
    with Image.open(io.BytesIO(body)) as copy:
        assert copy.getpixel((1, 1)) == (200, 200, 200, 99)
        assert "icc_profile" not in copy.info


def test_equal_images_have_equal_bytes_after_conversion(tmp_path: Path) -> None:
    one = _save(tmp_path / "a.png", _make_image(mode="RGBA"))
    other = _save(tmp_path / "b.tiff", _make_image(mode="RGBA"))

    assert convert_artwork(read_artwork(one)) == convert_artwork(read_artwork(other))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "is empty", id="empty file"),
        pytest.param(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is a HEIC picture", id="HEIC"),
        pytest.param(b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "is an AVIF picture", id="AVIF"),
        pytest.param(b'<?xml version="1.0"?>\n<svg xmlns="x">', "is an SVG drawing", id="SVG"),
        pytest.param(b"<!doctype html><html>", "is a web page", id="web page"),
        pytest.param(b"text, no image", "is not an image", id="text"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not an image", id="EPS program"),
        pytest.param(_make_png(9_480, 9_480), "is damaged", id="more pixels than data"),
        pytest.param(_make_png(10_001, 10_000), "more than 100 million pixels", id="too large"),
        pytest.param(_make_png(60_000, 60_000), "more than 100 million pixels", id="decompression bomb"),
    ],
)
def test_read_artwork_rejects_other_files(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "artwork.png"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(MediaError, match=message) as error:
            read_artwork(path)

    assert error.value.message.startswith("artwork.png")
    assert error.value.hint


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff", "a.gif"])
def test_read_artwork_rejects_truncated_image(name: str, tmp_path: Path) -> None:
    path = _save(tmp_path / name, Image.effect_noise((200, 200), 60).convert("RGB"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"is (damaged or cut short|not an image)"):
        read_artwork(path)


def test_read_artwork_of_missing_file_raises_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"artwork\.jpg does not exist"):
        read_artwork(tmp_path / "artwork.jpg")


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from(["a.jpg", "a.png", "a.webp", "a.tiff", "a.gif", "a.bmp"]))
def test_damaged_image_is_read_or_raises_media_error(data: st.DataObject, name: str, tmp_path: Path) -> None:
    path = _save(tmp_path / name, _make_image((16, 16)), **({"exif": _make_exif(6)} if name != "a.bmp" else {}))
    body = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(body[: data.draw(st.integers(0, len(body)))]))
    try:
        artwork = read_artwork(path)
        convert_artwork(artwork)
    except MediaError as error:
        assert error.hint  # noqa: PT017 - both results are correct
    else:
        assert artwork.width > 0


def test_picture_with_gps_position_is_published_without_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x8825] = {1: "N", 2: (34.0, 3.0, 8.0)}
    Image.new("RGB", (1400, 1400)).save(tmp_path / "phone.jpg", exif=exif)
    artwork = read_artwork(tmp_path / "phone.jpg")
    assert not is_publishable(artwork)
    body, _ = convert_artwork(artwork)
    assert not Image.open(io.BytesIO(body)).getexif()


def _read_cover(path: Path) -> Image.Image:
    image = Image.open(io.BytesIO(make_cover(read_artwork(path))))
    image.load()
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "fits"),
    [
        ((3000, 3000), (1400, 1400)),
        ((1400, 1400), (1400, 1400)),
        ((300, 200), (300, 200)),
        ((2800, 700), (1400, 350)),
    ],
)
def test_cover_has_at_most_1400_pixels(size: tuple[int, int], fits: tuple[int, int], tmp_path: Path) -> None:
    assert _read_cover(_save(tmp_path / "a.png", _make_image(size))).size == fits


@pytest.mark.slow
@pytest.mark.parametrize(("spread", "side"), [(6, 1400), (25, 1000), (255, 600)])
def test_detailed_cover_has_at_most_300_kb(spread: int, side: int, tmp_path: Path) -> None:
    noise = Image.effect_noise((1600, 1600), spread).convert("RGB")
    path = _save(tmp_path / "a.png", noise)
    body = make_cover(read_artwork(path))

    assert len(body) <= 300_000
    assert _read_cover(path).size == (side, side)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "CMYK", "RGBA", "1", "I;16"])
def test_cover_is_rgb_jpeg(mode: str, tmp_path: Path) -> None:
    name = "a.tiff" if mode == "CMYK" else "a.png"
    _read_cover(_save(tmp_path / name, _make_image(mode=mode)))


def test_cover_is_upright_on_white_without_metadata(tmp_path: Path) -> None:
    image = Image.new("RGBA", (60, 40), (0, 0, 0, 0))
    assert _get_color(_read_cover(_save(tmp_path / "a.png", image)), (5, 5)) == (255, 255, 255)
    turned = _save(tmp_path / "a.jpg", _make_image(), exif=_make_exif(6))
    assert _read_cover(turned).size == (40, 60)
    assert b"secret" not in make_cover(read_artwork(turned))


def test_make_cover_of_unreadable_image_raises_error_with_its_name(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.png", _make_image((600, 600)))
    artwork = read_artwork(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MediaError, match=r"a\.png is damaged or cut short"):
        make_cover(artwork)
    path.unlink()
    with pytest.raises(MediaError, match=r"a\.png does not exist"):
        make_cover(artwork)


def _make_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


COMPRESSED_ZEROS = zlib.compress(bytes(3 << 20))
TEXTS = 80 * _make_chunk(b"zTXt", b"key\0\0" + zlib.compress(b"x" * (1 << 20)))
EXIF = b"MM\0*\0\0\0\x08\xff\xff" + bytes(60_000)
PNG_SIDE_DATA = {
    "large profile": _make_chunk(b"iCCP", b"profile\0\0" + COMPRESSED_ZEROS),
    "broken profile": _make_chunk(b"iCCP", b"profile\0\0no profile"),
    "profile without a name": _make_chunk(b"iCCP", b"x"),
    "large text": _make_chunk(b"zTXt", b"key\0\0" + COMPRESSED_ZEROS),
    "large international text": _make_chunk(b"iTXt", b"key\0\x01\0\0\0" + COMPRESSED_ZEROS),
    "many texts": TEXTS,
    "broken Exif": _make_chunk(b"eXIf", EXIF),
    "invalid Exif": _make_chunk(b"eXIf", b"no Exif"),
    "broken resolution": _make_chunk(b"pHYs", b"x"),
    "wrong checksum": _make_chunk(b"iCCP", b"profile\0\0x")[:-1] + b"?",
}


@pytest.mark.parametrize("is_before", [True, False], ids=["before the picture", "after the picture"])
@pytest.mark.parametrize("side_data", PNG_SIDE_DATA.values(), ids=PNG_SIDE_DATA)
def test_png_with_bad_side_data_is_read(tmp_path: Path, side_data: bytes, *, is_before: bool) -> None:
    png = _save(tmp_path / "a.png", _make_image()).read_bytes()
    place = 33 if is_before else len(png) - 12
    path = tmp_path / "b.png"
    path.write_bytes(png[:place] + side_data + png[place:])
    artwork = read_artwork(path)
    assert (artwork.format, artwork.width, artwork.height) == ("PNG", 60, 40)
    assert is_publishable(artwork) in {True, False}
    assert _get_color(_convert(path), (0, 0)) == _get_color(_convert(tmp_path / "a.png"), (0, 0))


JPEG_SIDE_DATA = {
    "broken profile": b"\xff\xe2\x00\x20ICC_PROFILE\0\x01\x01" + bytes(16),
    "half a profile": b"\xff\xe2\x00\x20ICC_PROFILE\0\x01\x02" + bytes(16),
    "profile without a number": b"\xff\xe2\x00\x0eICC_PROFILE\0",
    "broken Exif": b"\xff\xe1" + struct.pack(">H", 8 + len(EXIF)) + b"Exif\0\0" + EXIF,
    "invalid Exif": b"\xff\xe1\x00\x0cExif\0\0\0\0\0\0",
    "broken Photoshop data": b"\xff\xed\x00\x18Photoshop 3.0\x008BIM\xff\xff\xff\xff",
    "broken list of pictures": b"\xff\xe2\x00\x0cMPF\0\0\0\0\0\0\0",
}


@pytest.mark.parametrize("side_data", JPEG_SIDE_DATA.values(), ids=JPEG_SIDE_DATA)
def test_jpeg_with_bad_side_data_is_read(tmp_path: Path, side_data: bytes) -> None:
    jpeg = _save(tmp_path / "a.jpg", _make_image()).read_bytes()
    path = tmp_path / "b.jpg"
    path.write_bytes(jpeg[:20] + side_data + jpeg[20:])
    artwork = read_artwork(path)
    assert (artwork.width, artwork.height) == (60, 40)
    assert is_publishable(artwork) in {True, False}
    assert _convert(path).size == (60, 40)


def test_picture_with_too_many_pixels_and_side_data_is_rejected(tmp_path: Path) -> None:
    png = _make_png(20_000, 20_000)
    (tmp_path / "a.png").write_bytes(png[:33] + PNG_SIDE_DATA["large profile"] + png[33:])
    with pytest.raises(MediaError, match="million pixels"):
        read_artwork(tmp_path / "a.png")


def test_animated_png_is_published_as_still_picture(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (60, 40), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    artwork = read_artwork(tmp_path / "a.png")
    assert artwork.is_animated
    assert not is_publishable(artwork)
    still = _convert(tmp_path / "a.png")
    assert still.format == "JPEG"
    assert _get_color(still, (0, 0))[0] > 200


@pytest.mark.parametrize(("format", "spread"), [("PNG", 100), ("JPEG", 255)])
@pytest.mark.slow
def test_artwork_over_2_mb_is_published_smaller(tmp_path: Path, format: str, spread: int) -> None:  # noqa: A002 - as Pillow calls it
    path = tmp_path / "a"
    Image.effect_noise((2000, 2000), spread).convert("RGB").save(path, format, quality=98)
    artwork = read_artwork(path)
    assert artwork.is_heavy
    assert not is_publishable(artwork)
    body, suffix = convert_artwork(artwork)
    assert (len(body) <= HEAVY_ARTWORK, suffix) == (True, ".jpg")


def test_damaged_tiff_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "artwork.tif"
    Image.new("RGB", (8, 8)).save(path)
    samples = b"\x15\x01\x03\0\x01\0\0\0"
    path.write_bytes(path.read_bytes().replace(samples + b"\x03\0", samples + b"\0\x08"))
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    with pytest.raises(MediaError):
        read_artwork(path)
    assert capfd.readouterr() == ("", "")
