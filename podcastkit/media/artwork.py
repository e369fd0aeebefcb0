"""What an image file is, and the copy of it that directories accept."""

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
from podcastkit.media.side_data import strip_side_data
from podcastkit.model import HEAVY_ARTWORK, Artwork
from podcastkit.text.quoting import display_name
from podcastkit.text.web_page import is_web_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP")
"""What cameras and drawing programs write; others (EPS, for one) would start programs."""
_MOST_PIXELS = 100_000_000
_LARGEST_SIDE = 3000
"""Pixels; Apple's limit (https://podcasters.apple.com/support/896-artwork-requirements)."""
_ORIENTATION = 0x0112
_QUALITIES = (90, 80, 65, 50)
"""Of copies, tried until one is small enough."""
_LEFT_OUT = "side data left out"
"""In the `info` of an image that could be read only without its side data."""
_COVERS = ((1400, 90), (1400, 80), (1400, 65), (1000, 80), (1000, 60), (600, 70))
"""Pixels and qualities of covers in audio files, tried until one is small enough."""
_LARGEST_COVER = 300_000
"""Bytes; each listener fetches the cover with each episode, before the first sound."""
_EXPORT = "export it again as JPEG or PNG"
_OTHER_KINDS = (
    (re.compile(rb"\Z"), "is empty"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "is an AVIF picture"),
    (re.compile(rb"....ftyp(?:he[ivx]|mif1|msf1)", re.DOTALL), "is a HEIC picture, as phones take them"),
    (re.compile(rb"\s*(?:<\?xml.{0,200}?)?(?:<!--.{0,200}?-->\s*)?<svg\b", re.DOTALL), "is an SVG drawing"),
    (re.compile(rb"%PDF-"), "is a PDF"),
    (re.compile(rb"8BPS"), "is a Photoshop document"),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), "is a JPEG XL picture"),
)
"""How files begin that are often meant as artwork, and that cannot be read here."""

logging.getLogger("PIL").addHandler(logging.NullHandler())  # else Python prints what Pillow logs of damaged files


def read_artwork(path: Path) -> Artwork:
    """Read what an image is, and make sure that all of it can be decoded.

    Raises `MediaError` for what is no image, is damaged or has more than 100 million pixels.
    """
    file = hash_file(path)
    with _opened(path) as image:
        turned = _orientation(image) > 4  # noqa: PLR2004 - 5 to 8 lie on their side (Exif 2.32, tag 0x0112)
        width, height = reversed(image.size) if turned else image.size
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
    """Tell whether the image may go out as it is: an upright RGB JPEG or PNG of at most 3000 pixels and 2 MB.

    A transparent PNG may with `keeps_alpha`. An animated one may not, nor one that tells where it was taken, as
    phones write into it, nor one with data beside the picture that cannot be read, such as its colour profile.
    """
    fits = max(artwork.width, artwork.height) <= _LARGEST_SIDE
    is_plain = artwork.mode == "RGB" and not artwork.has_alpha
    is_transparent = artwork.mode == "RGBA" and keeps_alpha
    is_still = artwork.format in {"JPEG", "PNG"} and not artwork.is_animated
    if not (is_plain or is_transparent) or not fits or not is_still or (artwork.is_heavy and not is_transparent):
        return False
    with _opened(artwork.file.path, decodes=False) as image:
        tells_place = ExifTags.Base.GPSInfo in _read_exif(image)
        is_whole = _LEFT_OUT not in image.info and _has_good_profile(image)
        return is_whole and _orientation(image) == 1 and not tells_place


def convert_artwork(artwork: Artwork, *, keeps_alpha: bool = False) -> tuple[bytes, str]:
    """Return the bytes of a copy that directories accept, and its ending.

    A JPEG: upright, sRGB, transparency on white, at most 3000 pixels and 2 MB, no metadata. With `keeps_alpha` what
    is transparent becomes a PNG instead. Equal images give equal bytes.
    """
    with _opened(artwork.file.path) as image:
        suffix = suffix_of_copy(artwork, keeps_alpha=keeps_alpha)
        if suffix == ".png":
            layer = _set_upright(image).convert("RGBA")
            copy = _to_srgb(layer.convert("RGB"), image.info.get("icc_profile"))
            copy.putalpha(layer.getchannel("A"))
        else:
            copy = _opaque(image)
        copy.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE), Image.Resampling.LANCZOS)
        copy.info.clear()
        bodies = (_saved(copy, suffix, quality) for quality in _QUALITIES)
        body = next((body for body in bodies if suffix == ".png" or len(body) <= HEAVY_ARTWORK), None)
        return body or _saved(copy, suffix, _QUALITIES[-1]), suffix


def cover_of(artwork: Artwork) -> bytes:
    """Return the bytes of a small copy that fits into an audio file: a JPEG of at most 1400 pixels and 300 KB.

    Upright, sRGB, transparency on white, no metadata. Equal images give equal bytes. Raises `MediaError` when the
    image can no longer be read.
    """
    with _opened(artwork.file.path) as image:
        copy = _opaque(image)
        for side, quality in _COVERS:
            copy.thumbnail((side, side), Image.Resampling.LANCZOS)
            copy.info.clear()
            body = _saved(copy, ".jpg", quality)
            if len(body) <= _LARGEST_COVER:
                break
        return body


def suffix_of_copy(artwork: Artwork, *, keeps_alpha: bool = False) -> str:
    """Return the ending of what `convert_artwork` makes. Transparency in 16 bits of grey is none worth keeping."""
    return ".png" if keeps_alpha and artwork.has_alpha and not artwork.mode.startswith("I") else ".jpg"


def measure_copy(body: bytes) -> tuple[int, int]:
    """Return width and height of what `convert_artwork` made."""
    with Image.open(io.BytesIO(body)) as image:
        return image.size


def _saved(image: Image.Image, suffix: str, quality: int = _QUALITIES[0]) -> bytes:
    body = io.BytesIO()
    if suffix == ".png":
        image.save(body, "PNG", optimize=True)
    else:
        image.save(body, "JPEG", quality=quality, optimize=True)
    return body.getvalue()


@contextmanager
def _opened(path: Path, *, decodes: bool = True) -> Iterator[Image.Image]:
    with open_file(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield _open_image(path, file, decodes=decodes)
        except MediaError:
            raise
        except UnidentifiedImageError as error:
            raise MediaError(f"{display_name(path)} {_name_kind(file)}", _EXPORT) from error
        except Image.DecompressionBombError:
            _check_size(path, sys.maxsize)
        except Exception as error:
            # Damaged images make Pillow raise SyntaxError, struct.error, EOFError and more beside OSError.
            raise MediaError(f"{display_name(path)} is damaged or cut short", _EXPORT) from error


def _name_kind(file: BinaryIO) -> str:
    """Say what a file is that is not an image that can be read."""
    file.seek(0)
    start = file.read(1024)
    if is_web_page(start):
        return "is a web page, not a picture"
    named = (words for kind, words in _OTHER_KINDS if kind.match(start))
    return next(named, "is not an image that can be read")


def _open_image(path: Path, file: BinaryIO, *, decodes: bool) -> Image.Image:
    """Open an image, without its side data (colour profiles, texts, Exif) if they are in the way."""
    try:
        return _decode(path, file, decodes=decodes)
    except (MediaError, Image.DecompressionBombError):
        raise
    except Exception as error:
        file.seek(0)
        stripped = strip_side_data(file.read())
        if stripped is None:
            raise
        try:
            image = _decode(path, io.BytesIO(stripped), decodes=decodes)
        except (MediaError, Image.DecompressionBombError):
            raise
        except Exception:  # noqa: BLE001 - then the picture itself is damaged
            raise error from None
        image.info[_LEFT_OUT] = True
        return image


def _decode(path: Path, file: BinaryIO, *, decodes: bool) -> Image.Image:
    image = Image.open(file, formats=_FORMATS)
    _check_size(path, image.width * image.height)
    if decodes:
        image.load()
    return image


def _check_size(path: Path, pixels: int) -> None:
    if pixels > _MOST_PIXELS:
        cure = f"make it {_LARGEST_SIDE} pixels wide and high"
        raise MediaError(f"{display_name(path)} has more than {_MOST_PIXELS // 10**6} million pixels", cure)


def _orientation(image: Image.Image) -> int:
    value = _read_exif(image).get(_ORIENTATION, 1)
    return value if isinstance(value, int) else 1


def _set_upright(image: Image.Image) -> Image.Image:
    return image if _orientation(image) == 1 else ImageOps.exif_transpose(image)


def _read_exif(image: Image.Image) -> Mapping[int, object]:
    """Return what a camera wrote into the image; nothing if that cannot be read."""
    with suppress(Exception):
        return image.getexif()
    return {}


def _has_good_profile(image: Image.Image) -> bool:
    """Return whether an image in RGB has no colour profile, or one that can be read and is for RGB."""
    if "icc_profile" not in image.info:
        return True
    with suppress(OSError, ImageCms.PyCMSError):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"] or b""))
        return bool(profile.profile.xcolor_space.strip() == "RGB")
    return False


def _opaque(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    return _to_srgb(_flattened(_set_upright(image)), profile)


def _flattened(image: Image.Image) -> Image.Image:
    """Lay transparency on white."""
    if image.mode.startswith("I"):
        # 16 bits of grey: Pillow's own conversion would make nearly everything white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image if image.mode in {"RGB", "L", "CMYK"} else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile:
        return image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        # A profile that is damaged or made for another kind of image is ignored, as browsers do.
        converted = None
    return converted or image.convert("RGB")
