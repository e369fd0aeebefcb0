"""Rules about the enclosures of items: F3xx."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from podcastkit.checks.feed.values import find_duplicates, find_url_problem, parse_whole_number, tag_rule
from podcastkit.checks.rule import Found, feed_rule, item_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.addresses import is_plain_http
from podcastkit.text.media_types import read_media_type
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.feed.xml_document import Element, Feed

# Apple, A Podcaster's Guide to RSS, `enclosure`: the types, and the file extensions of each.
_TYPES: Final = {
    "audio/mpeg": ("mp3",),
    "audio/x-m4a": ("m4a", "mp4"),
    "video/mp4": ("mp4", "m4v"),
    "video/x-m4v": ("m4v", "mp4"),
    "video/quicktime": ("mov",),
    "application/pdf": ("pdf",),
}
_EXTENSIONS: Final = frozenset(extension for extensions in _TYPES.values() for extension in extensions)
# Other names of these types that most apps understand.
_ALIASES: Final = {
    **dict.fromkeys(("audio/mp3", "audio/mpeg3", "audio/x-mp3", "audio/x-mpeg", "audio/mpg"), "audio/mpeg"),
    **dict.fromkeys(("audio/mp4", "audio/m4a", "audio/aac", "audio/x-aac", "audio/aacp"), "audio/x-m4a"),
    **dict.fromkeys(("video/m4v", "video/x-mp4"), "video/mp4"),
}
_EXTENSION: Final = re.compile(r"\.([A-Za-z][A-Za-z0-9]{1,4})\Z|\.(mp[34])\Z", re.IGNORECASE)
_REQUIRED: Final = {
    "length": "apps cannot show the size of the download",
    "type": "apps do not know how to play it",
}


@tag_rule("F301", Severity.ERROR, "apple", "spotify", "psp1", tags="enclosure", within="item")
def check_enclosure_attributes(enclosure: Element) -> Iterator[Found]:
    """An enclosure has no `length` or no `type`.

    Spotify does not accept the episode, and other apps may not play or download it correctly.

    **Solution**: add the `length` in bytes and the `type`, such as `audio/mpeg`.

    Source: RSS 2.0, `enclosure`: all three are required; PSP-1, item; Spotify, delivery of podcasts, 5.17.
    """
    for attribute, harm in _REQUIRED.items():
        if not enclosure.get(attribute):
            yield Found(
                message=f"<enclosure> has no {attribute}: {harm}",
                hint='add the length in bytes and the type, as in length="24000000" type="audio/mpeg"',
            )


@item_rule("F302", Severity.ERROR, "apple")
def check_single_enclosure(item: Element) -> Iterator[Found]:
    """An item has more than one enclosure.

    Apps play only the first or the last of them, so listeners never hear the others.

    **Solution**: create one item for each enclosure. For other versions of the same audio, use
    `<podcast:alternateEnclosure>`.

    Source: Apple, RSS requirements (support page 823); RSS Best Practices Profile, `enclosure`.
    """
    enclosures = item.all("enclosure")
    if len(enclosures) > 1:
        yield Found(
            message=f"the item has {len(enclosures)} enclosures, but apps play only one",
            hint="create one item for each, or use <podcast:alternateEnclosure> for versions of the same audio",
            element=enclosures[1],
        )


@feed_rule("F303", Severity.ERROR, "apple")
def check_unique_enclosures(feed: Feed) -> Iterator[Found]:
    """Two items have the same audio file.

    Apple shows only one of the two episodes.

    **Solution**: use a different file for each episode, or remove one of the items.

    Source: Apple, RSS requirements (support page 823).
    """
    # Only the first enclosure of each item: F302 reports the others.
    files = ((file.get("url"), file, item) for item in feed.items for file in item.all("enclosure")[:1])
    for enclosure, item, first in find_duplicates(file for file in files if file[0]):
        yield Found(
            message=f"the item in line {first.line} has the same audio file: Apple shows only one of the two",
            hint="use a different file for each episode, or remove one of the items",
            element=enclosure,
            item=item,
        )


@tag_rule("F304", Severity.ERROR, "apple", "psp1", tags="enclosure", within="item")
def check_enclosure_type(enclosure: Element) -> Iterator[Found]:
    """Apple does not support the type of an enclosure.

    Apps that rely on the type do not play the episode. Types such as `audio/mp3` and `audio/mp4`, which most apps
    understand, are only a warning.

    **Solution**: write `audio/mpeg` for MP3 or `audio/x-m4a` for M4A. Convert audio in other formats to one of
    these.

    Source: Apple, A Podcaster's Guide to RSS, `enclosure`; PSP-1, item `enclosure`.
    """
    media_type = _read_type(enclosure)
    if media_type and media_type not in _TYPES:
        standard_type = _ALIASES.get(media_type)
        yield Found(
            message=f"Apple does not support the type {quote(enclosure.get('type'))}",
            hint=f"write {standard_type}" if standard_type else f"use one of these types: {', '.join(_TYPES)}",
            severity=Severity.WARNING if standard_type else None,
        )


@tag_rule("F305", Severity.ERROR, "apple", tags="enclosure", within="item")
def check_enclosure_extension(enclosure: Element) -> Iterator[Found]:
    """The address of an enclosure does not end in `.mp3`, `.m4a` or another file extension that Apple supports.

    Apple relies on the file extension to play the episode. An address without a file extension may work anyway, so
    it is only a warning.

    **Solution**: use a file name with the right extension. Parameters for the host can follow after a `?`.

    Source: Apple, A Podcaster's Guide to RSS, `enclosure`.
    """
    extension = _read_extension(enclosure)
    if enclosure.get("url") and extension not in _EXTENSIONS:
        yield Found(
            message=f"the address ends in .{extension}, which Apple does not support"
            if extension
            else f"the address has no file extension: {quote(enclosure.get('url'))}",
            hint=f"use one of these file extensions: {', '.join(f'.{name}' for name in sorted(_EXTENSIONS))}",
            severity=None if extension else Severity.WARNING,
        )


@tag_rule("F306", Severity.WARNING, "apple", tags="enclosure", within="item")
def check_type_matches_extension(enclosure: Element) -> Iterator[Found]:
    """The type of an enclosure does not match the file extension of its address.

    Some apps rely on the type and some on the file extension, so the episode does not play in all apps.

    **Solution**: correct the type or the file extension.

    Source: Apple, A Podcaster's Guide to RSS, `enclosure`.
    """
    media_type, extension = _read_type(enclosure), _read_extension(enclosure)
    expected = _TYPES.get(_ALIASES.get(media_type, media_type))
    if expected and extension in _EXTENSIONS and extension not in expected:
        yield Found(
            message=f"the type is {media_type}, but the address ends in .{extension}",
            hint="correct the type, or the file extension of the address",
        )


@tag_rule("F307", Severity.ERROR, "apple", "psp1", tags="enclosure", within="item")
def check_enclosure_url(enclosure: Element) -> Iterator[Found]:
    """The address of an enclosure is not a valid URL.

    Spaces, accented letters and similar characters must be encoded. If they are not, some apps cannot download the
    episode.

    **Solution**: use only plain letters, digits, hyphens and dots in file names, or use the suggested address.

    Source: Apple, RSS requirements (support page 823): ASCII file names and addresses; RFC 3986.
    """
    problem = find_url_problem(enclosure.get("url")) if enclosure.get("url") else None
    if problem:
        yield Found(message=problem.message, hint=problem.hint)


@tag_rule("F308", Severity.WARNING, tags="enclosure", within="item")
def check_enclosure_encryption(enclosure: Element) -> Iterator[Found]:
    """The address of an enclosure begins with `http://`, which is not encrypted.

    Web players on encrypted pages and newer phones refuse to play the episode.

    **Solution**: write `https://`, if the host supports it.

    Source: W3C, Mixed Content; Apple, App Transport Security.
    """
    url = enclosure.get("url")
    if url and not find_url_problem(url) and is_plain_http(url):
        yield Found(
            message=f"the audio address is not encrypted: {quote(url)}",
            hint="write https:// instead of http://, if the host supports it",
        )


@tag_rule("F309", Severity.ERROR, "spotify", "psp1", tags="enclosure", within="item")
def check_enclosure_length(enclosure: Element) -> Iterator[Found]:
    """The `length` of an enclosure is not a number of bytes, or is 0.

    Spotify does not accept the episode, and apps show no download progress. Some hosts write 0 if they do not know
    the size, so 0 is only a warning.

    **Solution**: write the file size in bytes, using only digits.

    Source: RSS 2.0, `enclosure`; Spotify, delivery of podcasts, 5.17.
    """
    length = enclosure.get("length")
    if length and not parse_whole_number(length):
        yield Found(
            message=f"the length of the enclosure is {quote(length)}, which is not its size in bytes",
            hint="write the file size in bytes, using only digits",
            severity=Severity.WARNING if parse_whole_number(length) == 0 else None,
        )


@tag_rule("F310", Severity.INFO, tags="enclosure", within="item")
def check_text_after_extension(enclosure: Element) -> Iterator[Found]:
    """The address of an enclosure continues after the file extension.

    A few old apps then do not recognize the format. Many hosts add parameters there to count downloads.

    **Solution**: you can ignore this finding, unless listeners complain.

    Source: W3C Feed Validation Service, MissingTypeExtension.
    """
    if re.search("[?#]", enclosure.get("url")) and _read_extension(enclosure) in _EXTENSIONS:
        yield Found(
            message="the address continues after the file extension, which a few old apps do not understand",
            hint="you can ignore this, unless listeners complain",
        )


def _read_type(enclosure: Element) -> str:
    return read_media_type(enclosure.get("type"))


def _read_extension(enclosure: Element) -> str:
    """Return the file extension of the address in lower case, or an empty string."""
    path = re.split("[?#]", enclosure.get("url"), maxsplit=1)[0]
    name = unquote(path[-200:]).rpartition("/")[2]
    match = _EXTENSION.search(name)
    return (match[1] or match[2]).lower() if match and path.count("/") > len("//") else ""
