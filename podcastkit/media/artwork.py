"""Read artwork files and convert them to images that podcast directories accept."""

from __future__ import annotations

import io
import logging
import re
import sys
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from podcastkit.diagnostics import MediaError
from podcastkit.media.files import hash_file, open_file
from podcastkit.media.side_data import strip_metadata
from podcastkit.model import HEAVY_ARTWORK, Artwork
from podcastkit.text.quoting import format_file_name
from podcastkit.text.web_page import is_web_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
"""The formats that cameras and drawing programs write. Pillow runs external programs for others, such as EPS."""
_MOST_PIXELS = 100_000_000
_LARGEST_SIDE = 3000
"""Pixels; Apple's limit (https://podcasters.apple.com/support/896-artwork-requirements)."""
_ORIENTATION = 0x0112
"""The Exif tag of the orientation."""
_QUALITIES = (90, 80, 65, 50)
"""JPEG qualities of copies, tried in this order until one is small enough."""
_STRIPPED = "side data left out"
"""The key in `Image.info` that marks an image as readable only without its side data."""
_COVERS = ((1400, 90), (1400, 80), (1400, 65), (1000, 80), (1000, 60), (600, 70))
"""Side in pixels and JPEG quality of covers in audio files, tried in this order until one is small enough."""
_LARGEST_COVER = 300_000
"""Bytes. Apps download the cover with every episode, before the first sound."""
_EXPORT = "export it again as JPEG or PNG"
_KNOWN_KINDS = (
    (re.compile(rb"\Z"), "is empty"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "is an AVIF picture"),
    (re.compile(rb"....ftyp(?:he[ivx]|mif1|msf1)", re.DOTALL), "is a HEIC picture (the format of many phones)"),
    (re.compile(rb"\s*(?:<\?xml.{0,200}?)?(?:<!--.{0,200}?-->\s*)?<svg\b", re.DOTALL), "is an SVG drawing"),
    (re.compile(rb"%PDF-"), "is a PDF"),
    (re.compile(rb"8BPS"), "is a Photoshop document"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "is a JPEG XL picture"),
)
"""The first bytes of files that are often used as artwork but cannot be read, and what to call them."""

logging.getLogger("PIL").addHandler(logging.NullHandler())  # else Python prints Pillow's log


def read_artwork(path: Path) -> Artwork:
    """Read the facts about an image file and check that it can be decoded completely.

    Raises `MediaError` if the file is not an image, is damaged or has more than 100 million pixels.
    """
    file = hash_file(path)
    with _open(path) as image:
        is_sideways = _read_orientation(image) > 4  # noqa: PLR2004 - 5 to 8 are rotated by 90° (Exif 2.32, tag 0x0112)
        width, height = reversed(image.size) if is_sideways else image.size
        return Artwork(
            file=file,
            format=image.format or "",
            mode=image.mode,
            width=width,
            height=height,
            has_alpha=image.has_transparency_data,
            # A phone's second picture (MPO) is a preview or another view, not a later moment.
            is_animated=getattr(image, "is_animated", False) and image.format != "MPO",
        )


def is_publishable(artwork: Artwork, *, keeps_alpha: bool = False) -> bool:
    """Check whether the image can be published unchanged: an upright RGB JPEG or PNG of at most 3000 px and 2 MB.

    With `keeps_alpha`, a transparent PNG of any size in bytes also qualifies. An image does not qualify if it is
    animated, contains a GPS position, or has unreadable side data (such as the color profile).
    """
    is_small = max(artwork.width, artwork.height) <= _LARGEST_SIDE
    is_plain = artwork.mode == "RGB" and not artwork.has_alpha
    is_transparent = artwork.mode == "RGBA" and keeps_alpha
    is_still = artwork.format in {"JPEG", "PNG"} and not artwork.is_animated
    if (
        not (is_plain or is_transparent)
        or not is_small
        or not is_still
        or (artwork.is_heavy and not is_transparent)
    ):
        return False
    with _open(artwork.file.path, loads_pixels=False) as image:
        has_gps_position = ExifTags.Base.GPSInfo in _read_exif(image)
        has_readable_side_data = _STRIPPED not in image.info and _has_good_profile(image)
        return has_readable_side_data and _read_orientation(image) == 1 and not has_gps_position


def convert_artwork(artwork: Artwork, *, keeps_alpha: bool = False) -> tuple[bytes, str]:
    """Return the bytes of a copy that directories accept, and its file extension.

    The copy is an upright sRGB JPEG without metadata, of at most 3000 pixels and, if possible, 2 MB. White replaces
    transparency. With `keeps_alpha`, a transparent image becomes a PNG instead. Equal images give equal bytes.
    """
    with _open(artwork.file.path) as image:
        suffix = choose_copy_suffix(artwork, keeps_alpha=keeps_alpha)
        if suffix == ".png":
            layer = _set_upright(image).convert("RGBA")
            copy = _to_srgb(layer.convert("RGB"), image.info.get("icc_profile"))
            copy.putalpha(layer.getchannel("A"))
        else:
            copy = _make_opaque(image)
        copy.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE), Image.Resampling.LANCZOS)
        copy.info.clear()
        bodies = (_encode(copy, suffix, quality) for quality in _QUALITIES)
        body = next((body for body in bodies if suffix == ".png" or len(body) <= HEAVY_ARTWORK), None)
        return body or _encode(copy, suffix, _QUALITIES[-1]), suffix


def make_cover(artwork: Artwork) -> bytes:
    """Return a small copy to embed in an audio file: a JPEG of at most 1400 pixels and 300 KB.

    The copy is upright, in sRGB and without metadata. White replaces transparency. Equal images give equal bytes.
    Raises `MediaError` if the image can no longer be read.
    """
    with _open(artwork.file.path) as image:
        copy = _make_opaque(image)
        for side, quality in _COVERS:
            copy.thumbnail((side, side), Image.Resampling.LANCZOS)
            copy.info.clear()
            body = _encode(copy, ".jpg", quality)
            if len(body) <= _LARGEST_COVER:
                break
        return body


def choose_copy_suffix(artwork: Artwork, *, keeps_alpha: bool = False) -> str:
    """Return the file extension of the copy that `convert_artwork` makes."""
    # Pillow converts 16-bit grayscale badly, and such images hardly use transparency.
    return ".png" if keeps_alpha and artwork.has_alpha and not artwork.mode.startswith("I") else ".jpg"


def read_copy_size(body: bytes) -> tuple[int, int]:
    """Return the width and height of a copy that `convert_artwork` made."""
    with Image.open(io.BytesIO(body)) as image:
        return image.size


def _encode(image: Image.Image, suffix: str, quality: int = _QUALITIES[0]) -> bytes:
    body = io.BytesIO()
    if suffix == ".png":
        image.save(body, "PNG", optimize=True)
    else:
        image.save(body, "JPEG", quality=quality, optimize=True)
    return body.getvalue()


@contextmanager
def _open(path: Path, *, loads_pixels: bool = True) -> Iterator[Image.Image]:
    """Open an image during the block. Errors of Pillow, also in the block, become `MediaError`."""
    with open_file(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield _open_image(path, file, loads_pixels=loads_pixels)
        except MediaError:
            raise
        except UnidentifiedImageError as error:
            raise MediaError(f"{format_file_name(path)} {_describe_kind(file)}", _EXPORT) from error
        except Image.DecompressionBombError:
            _check_size(path, sys.maxsize)
        except Exception as error:
            # Damaged images make Pillow raise SyntaxError, struct.error, EOFError and other exceptions.
            raise MediaError(f"{format_file_name(path)} is damaged or cut short", _EXPORT) from error


def _describe_kind(file: BinaryIO) -> str:
    """Describe the kind of a file that cannot be read as an image."""
    file.seek(0)
    start = file.read(1024)
    if is_web_page(start):
        return "is a web page, not a picture"
    descriptions = (description for signature, description in _KNOWN_KINDS if signature.match(start))
    return next(descriptions, "is not an image that can be read")


def _open_image(path: Path, file: BinaryIO, *, loads_pixels: bool) -> Image.Image:
    """Open an image. If that fails, try without its side data (color profiles, texts, Exif)."""
    try:
        return _open_limited(path, file, loads_pixels=loads_pixels)
    except (MediaError, Image.DecompressionBombError):
        raise
    except Exception as error:
        file.seek(0)
        stripped = strip_metadata(file.read())
        if stripped is None:
            raise
        try:
            image = _open_limited(path, io.BytesIO(stripped), loads_pixels=loads_pixels)
        except (MediaError, Image.DecompressionBombError):
            raise
        except Exception:  # noqa: BLE001 - the picture itself is damaged
            raise error from None
        image.info[_STRIPPED] = True
        return image


def _open_limited(path: Path, file: BinaryIO, *, loads_pixels: bool) -> Image.Image:
    """Open an image of a supported format, unless it has too many pixels."""
    image = Image.open(file, formats=_FORMATS)
    _check_size(path, image.width * image.height)
    if loads_pixels:
        image.load()
    return image


def _check_size(path: Path, pixels: int) -> None:
    """Raise `MediaError` if an image has too many pixels."""
    if pixels > _MOST_PIXELS:
        hint = f"resize the image to {_LARGEST_SIDE} × {_LARGEST_SIDE} pixels"
        raise MediaError(f"{format_file_name(path)} has more than {_MOST_PIXELS // 10**6} million pixels", hint)


def _read_orientation(image: Image.Image) -> int:
    value = _read_exif(image).get(_ORIENTATION, 1)
    return value if isinstance(value, int) else 1


def _set_upright(image: Image.Image) -> Image.Image:
    return image if _read_orientation(image) == 1 else ImageOps.exif_transpose(image)


def _read_exif(image: Image.Image) -> Mapping[int, object]:
    """Return the Exif data of the image, or an empty mapping if the data is unreadable."""
    with suppress(Exception):
        return image.getexif()
    return {}


def _has_good_profile(image: Image.Image) -> bool:
    """Check that an RGB image has a readable color profile for RGB, or no color profile."""
    if "icc_profile" not in image.info:
        return True
    with suppress(OSError, ImageCms.PyCMSError):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"] or b""))
        return bool(profile.profile.xcolor_space.strip() == "RGB")
    return False


def _make_opaque(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    return _to_srgb(_flatten(_set_upright(image)), profile)


def _flatten(image: Image.Image) -> Image.Image:
    """Replace transparency with a white background."""
    if image.mode.startswith("I"):
        # Pillow's own conversion of 16-bit grayscale makes nearly everything white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert an image with this color profile to sRGB. A profile that cannot be used is ignored."""
    if not profile:
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        # Browsers, too, ignore a profile that is damaged or made for another kind of image.
        converted = None
    return converted or image.convert("RGB")
