"""Rules about pictures: I1xx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcastkit.checks.rule import Found, episode_rule, show_rule
from podcastkit.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from podcastkit.model import Artwork, Episode, Picture, Show

SMALLEST, LARGEST = 1400, 3000
"""Pixels on a side (Apple, support page 896)."""


@show_rule("I101", Severity.ERROR, "apple", "spotify")
def show_artwork_has_right_size(show: Show) -> Iterator[Found]:
    """The show's artwork is not square, or smaller than 1400 × 1400 pixels.

    Apple refuses the show.

    **Solution**: export a square picture, best 3000 × 3000 pixels. A larger one is reduced by itself.

    Source: Apple, Podcast artwork requirements (support page 896).
    """
    if show.artwork:
        yield from _size(show.artwork)


@episode_rule("I102", Severity.WARNING, "apple")
def episode_artwork_has_right_size(episode: Episode, show: Show) -> Iterator[Found]:
    """An episode's artwork is not square, or smaller than 1400 × 1400 pixels.

    Apps show the show's artwork instead.

    **Solution**: export a square picture, best 3000 × 3000 pixels, or remove it.

    Source: Apple, Podcast artwork requirements (support page 896).
    """
    del show
    if episode.artwork:
        yield from _size(episode.artwork)


@show_rule("I111", Severity.INFO)
def images_are_described(show: Show) -> Iterator[Found]:
    """A further picture of the show has no `alt`.

    Who cannot see it does not learn what it shows.

    **Solution**: say in a few words what it shows: `alt = "A lighthouse at night"`.

    Source: Podcast namespace, `image`: `alt` is recommended.
    """
    yield from _undescribed(show.images)


@episode_rule("I112", Severity.INFO)
def images_of_episodes_are_described(episode: Episode, show: Show) -> Iterator[Found]:
    """A further picture of an episode has no `alt`.

    Who cannot see it does not learn what it shows.

    **Solution**: say in a few words what it shows: `images: [{file: tall.png, alt: A crane at night}]`.

    Source: Podcast namespace, `image`: `alt` is recommended.
    """
    del show
    yield from _undescribed(episode.images)


def _undescribed(images: Iterable[Picture]) -> Iterator[Found]:
    for image in images:
        if image.alt is None:
            yield Found(
                message=f"{image.artwork.file.path.name} has no alt",
                hint="say in a few words what it shows, for listeners who cannot see it",
                location=image.location,
            )


def _size(artwork: Artwork) -> Iterator[Found]:
    name, width, height = artwork.file.path.name, artwork.width, artwork.height
    is_large = min(width, height) >= SMALLEST
    if width != height:
        at_least = "" if is_large else f", of at least {SMALLEST} × {SMALLEST}"
        yield Found(
            message=f"{name} is {width} × {height} pixels, and must be square{at_least}",
            hint="crop it to a square, best 3000 × 3000 pixels" + ("" if is_large else ", in the original"),
            at="artwork",
        )
    elif not is_large:
        yield Found(
            message=f"{name} is {width} × {height} pixels; at least {SMALLEST} × {SMALLEST} are needed",
            hint="export it larger from the original, best 3000 × 3000 pixels; enlarging it blurs it",
            at="artwork",
        )
