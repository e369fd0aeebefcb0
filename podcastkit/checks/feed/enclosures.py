"""Rules about the files that items enclose: F3xx."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from podcastkit.checks.feed.values import find_url_problem, read_whole, repeated, tag_rule
from podcastkit.checks.rule import Found, feed_rule, item_rule
from podcastkit.diagnostics import Severity
from podcastkit.text.addresses import is_plain_http
from podcastkit.text.media_types import read_media_type
from podcastkit.text.quoting import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.feed.xml_document import Element, Feed

# Apple, A Podcaster's Guide to RSS, `enclosure`: the types, and the endings that go with each.
_TYPES: Final = {
    "audio/mpeg": ("mp3",),
    "audio/x-m4a": ("m4a", "mp4"),
    "video/mp4": ("mp4", "m4v"),
    "video/x-m4v": ("m4v", "mp4"),
    "video/quicktime": ("mov",),
    "application/pdf": ("pdf",),
}
_ENDINGS: Final = frozenset(ending for endings in _TYPES.values() for ending in endings)
# What is meant for one of these, and most apps know.
_ALIASES: Final = {
    **dict.fromkeys(("audio/mp3", "audio/mpeg3", "audio/x-mp3", "audio/x-mpeg", "audio/mpg"), "audio/mpeg"),
    **dict.fromkeys(("audio/mp4", "audio/m4a", "audio/aac", "audio/x-aac", "audio/aacp"), "audio/x-m4a"),
    **dict.fromkeys(("video/m4v", "video/x-mp4"), "video/mp4"),
}
_ENDING: Final = re.compile(r"\.([A-Za-z][A-Za-z0-9]{1,4})\Z|\.(mp[34])\Z", re.IGNORECASE)
_NEEDED: Final = {
    "length": "apps cannot say how much there is to download",
    "type": "apps do not know how to play it",
}


@tag_rule("F301", Severity.ERROR, "apple", "spotify", "psp1", tags="enclosure", within="item")
def enclosure_is_whole(enclosure: Element) -> Iterator[Found]:
    """An enclosure has no `length` or no `type`.

    Spotify takes no such episode, and apps cannot play or download it as they should.

    **Solution**: `length` in bytes, and the `type`, such as `audio/mpeg`.

    Source: RSS 2.0, `enclosure`: all three are required; PSP-1, item; Spotify, delivery of podcasts, 5.17.
    """
    for attribute, harm in _NEEDED.items():
        if not enclosure.get(attribute):
            yield Found(
                message=f"<enclosure> has no {attribute}: {harm}",
                hint='write length in bytes and the type, as in length="24000000" type="audio/mpeg"',
            )


@item_rule("F302", Severity.ERROR, "apple")
def there_is_one_enclosure(item: Element) -> Iterator[Found]:
    """An item has more than one enclosure.

    Apps play the first or the last of them; the others are lost.

    **Solution**: an item for each, or `<podcast:alternateEnclosure>` for other versions of the same.

    Source: Apple, RSS requirements (support page 823); RSS Best Practices Profile, `enclosure`.
    """
    enclosures = item.all("enclosure")
    if len(enclosures) > 1:
        yield Found(
            message=f"there are {len(enclosures)} enclosures, and apps play one of them",
            hint="make an item of each, or <podcast:alternateEnclosure> for versions of the same",
            element=enclosures[1],
        )


@feed_rule("F303", Severity.ERROR, "apple")
def enclosures_are_unique(feed: Feed) -> Iterator[Found]:
    """Two items enclose the same file.

    Apple leaves the second one out.

    **Solution**: give each episode a file of its own, or remove one of the items.

    Source: Apple, RSS requirements (support page 823).
    """
    files = ((file.get("url"), file, item) for item in feed.items for file in item.all("enclosure")[:1])
    for enclosure, item, first in repeated(file for file in files if file[0]):
        yield Found(
            message=f"the file is that of the item in line {first.line}, too: Apple leaves one of the two out",
            hint="give each episode a file of its own, or remove one of the items",
            element=enclosure,
            item=item,
        )


@tag_rule("F304", Severity.ERROR, "apple", "psp1", tags="enclosure", within="item")
def enclosure_type_is_played(enclosure: Element) -> Iterator[Found]:
    """The type of an enclosure is none that Apple plays.

    Apps that go by the type do not play it. Names such as `audio/mp3` and `audio/mp4`, which most apps understand,
    are only warned of.

    **Solution**: `audio/mpeg` for MP3, `audio/x-m4a` for M4A; other formats must be encoded anew.

    Source: Apple, A Podcaster's Guide to RSS, `enclosure`; PSP-1, item `enclosure`.
    """
    given = _type(enclosure)
    if given and given not in _TYPES:
        right = _ALIASES.get(given)
        yield Found(
            message=f"the type {quote(enclosure.get('type'))} is none that Apple knows",
            hint=f"write {right}" if right else f"offer the episode as one of {', '.join(_TYPES)}",
            severity=Severity.WARNING if right else None,
        )


@tag_rule("F305", Severity.ERROR, "apple", tags="enclosure", within="item")
def enclosure_ends_in_its_format(enclosure: Element) -> Iterator[Found]:
    """The address of an enclosure does not end in `.mp3`, `.m4a` or another format that Apple plays.

    Apple goes by the ending. An address without any ending may be played nevertheless, and is only warned of.

    **Solution**: let the file's name end in its format; what a host needs to know may follow behind a `?`.

    Source: Apple, A Podcaster's Guide to RSS, `enclosure`.
    """
    ending = _ending(enclosure)
    if enclosure.get("url") and ending not in _ENDINGS:
        yield Found(
            message=f"the address ends in .{ending}, which Apple does not play"
            if ending
            else f"the address ends in no format: {quote(enclosure.get('url'))}",
            hint=f"let it end in one of {', '.join(f'.{name}' for name in sorted(_ENDINGS))}",
            severity=None if ending else Severity.WARNING,
        )


@tag_rule("F306", Severity.WARNING, "apple", tags="enclosure", within="item")
def type_and_ending_agree(enclosure: Element) -> Iterator[Found]:
    """The type of an enclosure says one format, and the ending of its address another.

    Some apps go by the one, some by the other; one of them fails.

    **Solution**: correct the one that is wrong.

    Source: Apple, A Podcaster's Guide to RSS, `enclosure`.
    """
    given, ending = _type(enclosure), _ending(enclosure)
    wanted = _TYPES.get(_ALIASES.get(given, given))
    if wanted and ending in _ENDINGS and ending not in wanted:
        yield Found(
            message=f"the type is {given}, but the address ends in .{ending}",
            hint="correct the one that is wrong",
        )


@tag_rule("F307", Severity.ERROR, "apple", "psp1", tags="enclosure", within="item")
def enclosure_is_an_address(enclosure: Element) -> Iterator[Found]:
    """The address of an enclosure is none that every app can fetch.

    Blanks, accented letters and the like must be encoded; apps differ in what they make of them.

    **Solution**: plain letters, digits, hyphens and dots in the names of files, or the address that is suggested.

    Source: Apple, RSS requirements (support page 823): ASCII file names and addresses; RFC 3986.
    """
    problem = find_url_problem(enclosure.get("url")) if enclosure.get("url") else None
    if problem:
        yield Found(message=problem.message, hint=problem.hint)


@tag_rule("F308", Severity.WARNING, tags="enclosure", within="item")
def enclosure_is_encrypted(enclosure: Element) -> Iterator[Found]:
    """The address of an enclosure begins with `http://`.

    Web players on encrypted pages and newer phones refuse to play it.

    **Solution**: `https://`, if the host answers there.

    Source: W3C, Mixed Content; Apple, App Transport Security.
    """
    url = enclosure.get("url")
    if url and not find_url_problem(url) and is_plain_http(url):
        yield Found(
            message=f"the audio is not encrypted: {quote(url)}",
            hint="write https:// instead of http://, if it can be reached there",
        )


@tag_rule("F309", Severity.ERROR, "spotify", "psp1", tags="enclosure", within="item")
def length_is_in_bytes(enclosure: Element) -> Iterator[Found]:
    """The `length` of an enclosure is no number of bytes, or 0.

    Spotify takes no such episode, and downloads show no progress. That 0 stands there, as some hosts write when
    they do not know it, is only warned of.

    **Solution**: the size of the file in bytes, in digits alone.

    Source: RSS 2.0, `enclosure`; Spotify, delivery of podcasts, 5.17.
    """
    length = enclosure.get("length")
    if length and not read_whole(length):
        yield Found(
            message=f"the length of the audio is {quote(length)}",
            hint="write the size of the file in bytes, in digits alone",
            severity=Severity.WARNING if read_whole(length) == 0 else None,
        )


@tag_rule("F310", Severity.INFO, tags="enclosure", within="item")
def nothing_follows_the_ending(enclosure: Element) -> Iterator[Found]:
    """The address of an enclosure goes on behind its ending.

    A few old apps do not recognise the format then. Many hosts write it so to count downloads.

    **Solution**: nothing needs to be done unless listeners complain.

    Source: W3C Feed Validation Service, MissingTypeExtension.
    """
    if re.search("[?#]", enclosure.get("url")) and _ending(enclosure) in _ENDINGS:
        yield Found(
            message="the address goes on behind its ending, which a few old apps do not understand",
            hint="nothing needs to be done unless listeners complain",
        )


def _type(enclosure: Element) -> str:
    return read_media_type(enclosure.get("type"))


def _ending(enclosure: Element) -> str:
    """Return what the path of the address ends in, in small letters; empty when in no format."""
    path = re.split("[?#]", enclosure.get("url"), maxsplit=1)[0]
    name = unquote(path[-200:]).rpartition("/")[2]
    match = _ENDING.search(name)
    return (match[1] or match[2]).lower() if match and path.count("/") > len("//") else ""
