"""Rules about the images of shows and episodes: I1xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.phrases import join_words
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Artwork, Episode, Show

MIN_ARTWORK_SIDE, MAX_ARTWORK_SIDE = 1400, 3000
"""The minimum and maximum length of each side, in pixels (Apple, support page 896)."""
_MAX_RECOMMENDED_SIZE = 512 * 1024
"""In bytes. Messages say 512 kB, because hosts do not state which kilobyte they mean."""
_EXTENSIONS = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",)}
"""The formats that directories accept, with their file extensions."""
_FORMAT_NAMES = {"MPO": "a JPEG with several images (MPO)"}
"""The names of formats whose identifiers in Pillow are not well known."""
_MODE_DESCRIPTIONS = {
    "CMYK": "in print colors (CMYK)",
    "I;16": "in 16-bit grayscale",
    "L": "in grayscale",
    "P": "limited to a color palette",
}
"""The most common color modes other than RGB, by their identifiers in Pillow."""


@show_rule("I101", Severity.ERROR, "apple", "spotify", at="artwork")
@episode_rule("I102", Severity.WARNING, "apple", at="artwork")
def check_artwork_size(subject: Show | Episode) -> Iterator[Found]:
    """{{The show's|An episode's}} artwork is not square, or is smaller than 1400 × 1400 pixels.

    {{Apple refuses the show, so listeners do not find it there.|Apps show listeners the artwork of the show
    instead.}}

    **Solution**: export a square image, ideally 3000 × 3000 pixels{{. podcastkit reduces larger images.|, or remove
    it.}}

    Source: Apple, Podcast artwork requirements (support page 896).
    """
    artwork = subject.artwork
    if artwork is None:
        return
    name, width, height = artwork.file.path.name, artwork.width, artwork.height
    is_large = min(width, height) >= MIN_ARTWORK_SIDE
    if width != height:
        at_least = "" if is_large else f" and at least {MIN_ARTWORK_SIDE} × {MIN_ARTWORK_SIDE}"
        yield Found(
            message=f"{name} is {width} × {height} pixels, but must be square{at_least}",
            hint=f"crop the {'image' if is_large else 'original'} to a square, ideally 3000 × 3000 pixels",
        )
    elif not is_large:
        yield Found(
            message=f"{name} is {width} × {height} pixels, "
            f"but at least {MIN_ARTWORK_SIDE} × {MIN_ARTWORK_SIDE} are required",
            hint="export a larger image from the original, ideally 3000 × 3000 pixels; enlarging this one blurs it",
        )


@show_rule("I105", Severity.INFO, "apple", at="artwork")
@episode_rule("I106", Severity.INFO, "apple", at="artwork")
def check_artwork_format(subject: Show | Episode) -> Iterator[Found]:
    """{{The show's|An episode's}} artwork is published as a copy, because directories refuse the original file.

    Apple accepts RGB images without transparency, as JPEG or PNG, of at most 3000 × 3000 pixels. Images of more
    than 2 MB load slowly. In the copy, transparent areas become white, an animation becomes a still image, and
    print colors may look slightly different to listeners.

    **Solution**: you can ignore this finding. To control how the artwork looks, export it in this format yourself.

    Source: Apple, Podcast artwork requirements (support page 896).
    """
    artwork = subject.artwork
    if artwork and (reasons := list_reasons_for_copy(artwork)):
        yield Found(
            message=f"{artwork.file.path.name} {join_words(reasons)}: podcastkit publishes an RGB JPEG copy of "
            f"at most {MAX_ARTWORK_SIDE} × {MAX_ARTWORK_SIDE} pixels",
            hint="no action is needed; to control how the artwork looks, export it in this format yourself",
        )


@show_rule("I107", Severity.INFO, "apple", at="artwork")
@episode_rule("I108", Severity.INFO, "apple", at="artwork")
def check_artwork_extension(subject: Show | Episode) -> Iterator[Found]:
    """The extension of {{the show's|an episode's}} artwork does not match the format of the image.

    podcastkit publishes the artwork with the right extension, so listeners see it. Other programs may not open the
    file.

    **Solution**: change the extension to the one in the finding, or export the image again.

    Source: Apple, Podcast artwork requirements (support page 896): the extension matches the format.
    """
    artwork = subject.artwork
    extensions = _EXTENSIONS.get(artwork.format, ()) if artwork else ()
    if artwork and extensions and artwork.file.path.suffix.lower() not in extensions:
        published_extension = ".jpg" if list_reasons_for_copy(artwork) else extensions[0]
        yield Found(
            message=f"{artwork.file.path.name} is a {artwork.format} image; "
            f"podcastkit publishes it with the extension {published_extension}",
            hint=f"change the extension of the file to {extensions[0]}",
        )


@show_rule("I109", Severity.INFO, at="artwork")
@episode_rule("I113", Severity.INFO, at="artwork")
def check_artwork_file_size(subject: Show | Episode) -> Iterator[Found]:
    """{{The show's|An episode's}} artwork is larger than 512 kB.

    Directories publish no limit, but hosts recommend this one: apps load the image
    {{in every list|with each episode}}, even over a slow connection.

    **Solution**: export the image as JPEG with a quality of 80 or less.

    Source: the recommendations of Acast, Captivate and PRX; Apple publishes no limit (support page 896).
    """
    artwork = subject.artwork
    if artwork and artwork.file.size > _MAX_RECOMMENDED_SIZE and not list_reasons_for_copy(artwork):
        yield Found(
            message=f"{artwork.file.path.name} has {format_size(artwork.file.size)}; "
            "many hosts recommend at most 512 kB",
            hint="export the image as JPEG with a quality of 80 or less",
        )


@show_rule("I111", Severity.INFO)
@episode_rule("I112", Severity.INFO)
def check_image_descriptions(subject: Show | Episode) -> Iterator[Found]:
    """An additional image of {{the show|an episode}} has no alternative text (`alt`).

    Listeners who cannot see the image do not learn what it shows.

    **Solution**: describe the image in a few words:
    `{{alt = "A lighthouse at night"|images: [{file: tall.png, alt: A crane at night}]}}`.

    Source: Podcast namespace, `image`: `alt` is recommended.
    """
    for image in subject.images:
        if image.alt is None:
            yield Found(
                message=f"{image.artwork.file.path.name} has no alt text",
                hint="describe the image in a few words, for listeners who cannot see it",
                location=image.location,
            )


def list_reasons_for_copy(artwork: Artwork) -> list[str]:
    """Return the reasons to publish an image as a copy, as predicates such as `has transparent areas`."""
    reasons = []
    if artwork.format not in _EXTENSIONS:
        reasons.append(f"is {_FORMAT_NAMES.get(artwork.format, artwork.format)}")
    if artwork.has_alpha:
        reasons.append("has transparent areas")
    elif artwork.mode != "RGB":
        reasons.append(f"is {_MODE_DESCRIPTIONS.get(artwork.mode, artwork.mode)}")
    if artwork.is_animated:
        reasons.append("is animated")
    if artwork.is_heavy:
        reasons.append(f"has {format_size(artwork.file.size)}")
    if max(artwork.width, artwork.height) > MAX_ARTWORK_SIDE:
        reasons.append(f"has {artwork.width} × {artwork.height} pixels")
    return reasons
