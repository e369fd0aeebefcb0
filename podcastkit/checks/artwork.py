"""Rules about the pictures of shows and episodes: I1xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.phrases import join_words
from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.model import Artwork, Episode, Show

SMALLEST, LARGEST = 1400, 3000
"""Pixels on a side (Apple, support page 896)."""
_HEAVY = 512 * 1024
"""Bytes; messages say 512 kB, since hosts do not say which kilobyte they mean."""
_ENDINGS = {"JPEG": (".jpg", ".jpeg"), "PNG": (".png",)}
_KINDS = {"MPO": "a JPEG with several pictures (MPO)"}
_COLOURS = {
    "CMYK": "in the colours of print (CMYK)",
    "I;16": "in shades of grey with 16 bits",
    "L": "in shades of grey",
    "P": "made of few colours",
}


@show_rule("I101", Severity.ERROR, "apple", "spotify", at="artwork")
@episode_rule("I102", Severity.WARNING, "apple", at="artwork")
def artwork_has_right_size(subject: Show | Episode) -> Iterator[Found]:
    """{{The show's|An episode's}} artwork is not square, or smaller than 1400 × 1400 pixels.

    {{Apple refuses the show.|Apps show the show's artwork instead.}}

    **Solution**: export a square picture, best 3000 × 3000
    pixels{{. A larger one is reduced by itself.|, or remove it.}}

    Source: Apple, Podcast artwork requirements (support page 896).
    """
    artwork = subject.artwork
    if artwork is None:
        return
    name, width, height = artwork.file.path.name, artwork.width, artwork.height
    is_large = min(width, height) >= SMALLEST
    if width != height:
        at_least = "" if is_large else f", of at least {SMALLEST} × {SMALLEST}"
        yield Found(
            message=f"{name} is {width} × {height} pixels, and must be square{at_least}",
            hint="crop it to a square, best 3000 × 3000 pixels" + ("" if is_large else ", in the original"),
        )
    elif not is_large:
        yield Found(
            message=f"{name} is {width} × {height} pixels; at least {SMALLEST} × {SMALLEST} are needed",
            hint="export it larger from the original, best 3000 × 3000 pixels; enlarging it blurs it",
        )


@show_rule("I105", Severity.INFO, "apple", at="artwork")
@episode_rule("I106", Severity.INFO, "apple", at="artwork")
def artwork_goes_out_as_it_is(subject: Show | Episode) -> Iterator[Found]:
    """{{The show's|An episode's}} artwork is published as a copy, since directories do not take it as it is.

    Apple wants RGB without transparency, at most 3000 × 3000 pixels, as JPEG or PNG. More than 2 MB load slowly. In
    the copy everything transparent has become white, an animation is a still, and colours that are made for
    print may look a little different.

    **Solution**: nothing. Or export it so yourself, and decide how it looks.

    Source: Apple, Podcast artwork requirements (support page 896).
    """
    artwork = subject.artwork
    if artwork and (reasons := list_reasons_for_copy(artwork)):
        yield Found(
            message=f"{artwork.file.path.name} {join_words(reasons)}: a copy is published that is JPEG, RGB and "
            f"at most {LARGEST} × {LARGEST} pixels",
            hint="nothing needs to be done; export it so yourself to decide how it looks",
        )


@show_rule("I107", Severity.INFO, "apple", at="artwork")
@episode_rule("I108", Severity.INFO, "apple", at="artwork")
def artwork_is_what_its_name_says(subject: Show | Episode) -> Iterator[Found]:
    """The name of {{the show's|an episode's}} artwork ends as another kind of picture does than it is.

    What is published has the right ending. Other programs may not open the file.

    **Solution**: give the file the ending that is named, or export it again.

    Source: Apple, Podcast artwork requirements (support page 896): the ending is that of the file's kind.
    """
    artwork = subject.artwork
    endings = _ENDINGS.get(artwork.format, ()) if artwork else ()
    if artwork and endings and artwork.file.path.suffix.lower() not in endings:
        published = ".jpg" if list_reasons_for_copy(artwork) else endings[0]
        yield Found(
            message=f"{artwork.file.path.name} is a {artwork.format}; what is published ends in {published}",
            hint=f"give its name the ending {endings[0]}",
        )


@show_rule("I109", Severity.INFO, at="artwork")
@episode_rule("I113", Severity.INFO, at="artwork")
def artwork_is_light(subject: Show | Episode) -> Iterator[Found]:
    """{{The show's|An episode's}} artwork is larger than 512 kB.

    Directories name no limit, but hosts advise this one: apps load the picture {{in every list|with each episode}},
    also over a slow net.

    **Solution**: export it as JPEG with a quality of 80 or less.

    Source: the advice of Acast, Captivate and PRX; Apple publishes no limit (support page 896).
    """
    artwork = subject.artwork
    if artwork and artwork.file.size > _HEAVY and not list_reasons_for_copy(artwork):
        yield Found(
            message=f"{artwork.file.path.name} has {format_size(artwork.file.size)}; many advise 512 kB at most",
            hint="export it as JPEG with a quality of 80 or less",
        )


@show_rule("I111", Severity.INFO)
@episode_rule("I112", Severity.INFO)
def images_are_described(subject: Show | Episode) -> Iterator[Found]:
    """A further picture of {{the show|an episode}} has no `alt`.

    Who cannot see it does not learn what it shows.

    **Solution**: say in a few words what it shows:
    `{{alt = "A lighthouse at night"|images: [{file: tall.png, alt: A crane at night}]}}`.

    Source: Podcast namespace, `image`: `alt` is recommended.
    """
    for image in subject.images:
        if image.alt is None:
            yield Found(
                message=f"{image.artwork.file.path.name} has no alt",
                hint="say in a few words what it shows, for listeners who cannot see it",
                location=image.location,
            )


def list_reasons_for_copy(artwork: Artwork) -> list[str]:
    """Return what directories do not take as it is, each as a predicate: `is transparent in places`."""
    reasons = []
    if artwork.format not in _ENDINGS:
        reasons.append(f"is {_KINDS.get(artwork.format, artwork.format)}")
    if artwork.has_alpha:
        reasons.append("is transparent in places")
    elif artwork.mode != "RGB":
        reasons.append(f"is {_COLOURS.get(artwork.mode, artwork.mode)}")
    if artwork.is_animated:
        reasons.append("is animated")
    if artwork.is_heavy:
        reasons.append(f"has {format_size(artwork.file.size)}")
    if max(artwork.width, artwork.height) > LARGEST:
        reasons.append(f"has {artwork.width} × {artwork.height} pixels")
    return reasons
