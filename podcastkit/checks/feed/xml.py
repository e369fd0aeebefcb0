"""Rules about a feed as XML, whatever it tells: F00x and F01x."""

from __future__ import annotations

import codecs
import html
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import find_similar_tag, parents
from podcastkit.checks.phrases import decode_entities, find_entity
from podcastkit.checks.rule import Found, feed_rule
from podcastkit.diagnostics import Location, Severity
from podcastkit.feed.namespaces import NAMESPACES, is_accepted, prefix_of
from podcastkit.feed.tag_table import KNOWN_NAMES, TAGS, find_single
from podcastkit.feed.xml_errors import describe_character
from podcastkit.text.cleaning import INVISIBLE
from podcastkit.text.quoting import quote, shorten
from podcastkit.text.syntax.text_encoding import find_garbled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.feed.xml_document import Element, Feed

_REQUIRED: Final = frozenset({"itunes", "podcast", "atom"})
_BY_LOWER: Final = {name.lower(): name for name in KNOWN_NAMES}
_LONG_TEXTS: Final = frozenset(name for name, tag in TAGS.items() if tag.text and tag.text.is_html)
_LIMITS: Final = {
    name: tag.text.limit
    for name, tag in TAGS.items()
    if tag.text and tag.text.limit and not name.startswith("podcast:")
}


@feed_rule("F005", Severity.WARNING, "apple")
def declaration_is_there(feed: Feed) -> Iterator[Found]:
    """The feed does not begin with an XML declaration.

    Apple asks for one. Without it a reader has to guess the encoding.

    **Solution**: let `<?xml version="1.0" encoding="UTF-8"?>` be the first line.

    Source: Apple, A Podcaster's Guide to RSS.
    """
    if not feed.document.is_declared:
        yield Found(
            message="the feed does not begin with an XML declaration",
            hint='let <?xml version="1.0" encoding="UTF-8"?> be the first line',
            location=Location(file=feed.document.name, line=1, column=1),
        )


@feed_rule("F006", Severity.ERROR, "psp1")
def encoding_is_utf8(feed: Feed) -> Iterator[Found]:
    """The feed is not written in UTF-8, or its declaration names another encoding.

    Apps that do not know the encoding show wrong letters, or nothing.

    **Solution**: save or export it as UTF-8, and let the declaration say `encoding="UTF-8"`.

    Source: PSP-1, General: feeds are UTF-8.
    """
    document = feed.document
    where = Location(file=document.name, line=1, column=1)
    declared = document.declared_encoding
    if document.encoding == "utf-8" and not _means_utf8(declared):
        message = f"the feed is written in UTF-8, but its declaration says {declared}"
        yield Found(message=message, hint='write encoding="UTF-8" in its first line', location=where)
    elif document.encoding != "utf-8" and _is_utf8(document.source.decode().encode(document.encoding)):
        message = f"the declaration says {declared}, but the feed is written in UTF-8: apps show Ã© for é"
        yield Found(message=message, hint='write encoding="UTF-8" in its first line', location=where)
    elif document.encoding != "utf-8":
        message = f"the feed is written in {document.encoding}, not in UTF-8"
        yield Found(message=message, hint="save or export it as UTF-8", location=where)


@feed_rule("F007", Severity.ERROR)
def nothing_stands_before_the_declaration(feed: Feed) -> Iterator[Found]:
    """There are blanks before the XML declaration.

    XML forbids it. Apps with a strict reader cannot read the feed at all: of the readers that podcastkit is tested
    with, five refuse it.

    **Solution**: remove the blanks and blank lines at the beginning; often a plugin or template of the website adds
    them. A second byte order mark, which no editor shows, disappears when the file is saved as "UTF-8 without BOM".

    Source: XML 1.0, section 2.8.
    """
    if feed.document.has_margin and feed.document.is_declared:
        yield Found(
            message="there are blanks before the XML declaration, so that many apps cannot read the feed",
            hint="remove everything before <?xml, also blank lines and a second byte order mark",
            location=Location(file=feed.document.name, line=1, column=1),
        )


@feed_rule("F008", Severity.ERROR, "apple", "psp1")
def itunes_namespace_is_declared(feed: Feed) -> Iterator[Found]:
    """The feed does not declare the namespace of the `itunes:` tags.

    Without it no directory finds the artwork, the categories or the numbers of episodes.

    **Solution**: `xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"` in `<rss>`.

    Source: Apple, RSS requirements (support page 823); PSP-1, General.
    """
    yield from _undeclared(feed, "itunes")


@feed_rule("F009", Severity.ERROR, "psp1")
def other_namespaces_are_declared(feed: Feed) -> Iterator[Found]:
    """The feed does not declare the namespaces `podcast:` and `atom:`.

    Apps learn from `podcast:` tags of transcripts, chapters and people, and from `atom:link` where the feed lies.

    **Solution**: declare them in `<rss>`, as the finding shows.

    Source: PSP-1, General.
    """
    yield from _undeclared(feed, "podcast", "atom")


@feed_rule("F010", Severity.WARNING, "psp1", "podcasting20")
def namespaces_are_spelled_right(feed: Feed) -> Iterator[Found]:
    """The address of a namespace is not spelled as its standard spells it.

    XML compares these addresses letter by letter: apps that do so see none of the tags.

    **Solution**: write the address that is named.

    Source: PSP-1, General; Namespaces in XML 1.0, section 2.3.
    """
    for address, place in feed.document.namespaces.items():
        prefix = prefix_of(address)
        is_told = prefix in _REQUIRED and not is_accepted(address)  # by F008 or F009
        if prefix and address != NAMESPACES[prefix] and not is_told:
            yield Found(
                message=f"the namespace of {prefix}: is written as {address}",
                hint=f'write xmlns:{prefix}="{NAMESPACES[prefix]}"',
                location=place,
            )


@feed_rule("F011", Severity.WARNING, "apple", "psp1")
def tags_are_spelled_right(feed: Feed) -> Iterator[Found]:
    """The name of a tag has small letters where large ones should be, or the other way round.

    Apps overlook the tag as if it were not there.

    **Solution**: write it as the finding shows.

    Source: Apple, RSS requirements (support page 823): names are case-sensitive; PSP-1, General.
    """
    for element, item in _everything(feed):
        known = _BY_LOWER.get(element.name.lower())
        if known and known != element.name and element.name not in KNOWN_NAMES:
            yield Found(
                message=f"no app knows <{element.name}>", hint=f"write <{known}>", element=element, item=item
            )


@feed_rule("F012", Severity.WARNING, "psp1")
def values_have_no_margin(feed: Feed) -> Iterator[Found]:
    """A value begins or ends with a blank or a line break.

    Most apps remove it; for those that do not, a GUID or an address is another one, and titles stand askew.

    **Solution**: write the value right behind its tag: `<title>Harbour</title>`. Long texts are not looked at.

    Source: PSP-1, General: no leading or trailing spaces.
    """
    for element, item in _everything(feed):
        is_looked_at = element.text and element.name in KNOWN_NAMES and element.name not in _LONG_TEXTS
        if is_looked_at and element.text != element.raw:
            yield Found(
                message=f"<{element.name}> has blanks around its value",
                hint=f"write the value right behind the tag: <{element.name}>…</{element.name}>",
                element=element,
                item=item,
            )


@feed_rule("F013", Severity.ERROR, "psp1")
def values_are_short(feed: Feed) -> Iterator[Found]:
    """A title, a name or the copyright is longer than 255 characters.

    Apps cut it off, and the feed does not conform to PSP-1.

    **Solution**: shorten it; what does not fit belongs into the description.

    Source: PSP-1, General: values hold at most 255 characters unless stated otherwise.
    """
    for element, item in _everything(feed):
        limit = _LIMITS.get(element.name)
        if limit and len(element.text) > limit:
            yield Found(
                message=f"<{element.name}> has {len(element.text):,} characters; at most {limit} are allowed",
                hint="shorten it; what does not fit belongs into the description",
                element=element,
                item=item,
            )


@feed_rule("F014", Severity.WARNING)
def tags_stand_once(feed: Feed) -> Iterator[Found]:
    """A tag stands twice where only one can count.

    Some apps take the first, some the last: listeners see different things.

    **Solution**: keep one of them.

    Source: RSS 2.0; Apple, A Podcaster's Guide to RSS; W3C Feed Validation Service, DuplicateElement.
    """
    for parent, item in parents(feed):
        for name, same in parent.children.items():
            if len(same) > 1 and name in find_single(parent.name):
                yield Found(
                    message=f"<{name}> stands {len(same)} times, and apps differ in which one they take",
                    hint="keep one of them",
                    element=same[1],
                    item=item,
                )


@feed_rule("F015", Severity.WARNING)
def version_is_told(feed: Feed) -> Iterator[Found]:
    """The `<rss>` has no version, or another one than 2.0.

    RSS 2.0 requires it: validators refuse the feed, and some readers take it for an older RSS.

    **Solution**: `<rss version="2.0">`, before the namespaces.

    Source: RSS 2.0, "What is RSS?": the version attribute must be 2.0.
    """
    version = feed.document.version
    if version != "2.0":
        found = f"says version {quote(version)}" if version else "has no version"
        yield Found(message=f"<rss> {found}", hint='write <rss version="2.0" …>', location=feed.document.root)


@feed_rule("F016", Severity.WARNING, "apple")
def itunes_tags_are_known(feed: Feed) -> Iterator[Found]:
    """An `itunes:` tag is not one of Apple's.

    Apps overlook it: what it says reaches no listener.

    **Solution**: the tag that the finding suggests; or remove it.

    Source: Apple, A Podcaster's Guide to RSS and RSS requirements (support page 823).
    """
    for element, item in _everything(feed):
        name = element.name
        if name.startswith("itunes:") and name not in KNOWN_NAMES and name.lower() not in _BY_LOWER:
            yield Found(
                message=f"no app knows <{shorten(name)}>",
                hint=find_similar_tag(name) or "remove it: Apple has no such tag",
                element=element,
                item=item,
            )


@feed_rule("F017", Severity.WARNING)
def values_hold_no_invisible_character(feed: Feed) -> Iterator[Found]:
    """A value holds an invisible character: a control character, a line separator or one that Unicode does not use.

    XML allows it, and readers disagree about it: some show a box, some begin a line, some cut the text off.

    **Solution**: delete it. What is between U+0080 and U+009F often was a curly quote or a dash in Windows-1252:
    type that again.

    Source: XML 1.0, section 2.2: authors are encouraged to avoid these characters.
    """
    for element, item in _everything(feed):
        if found := INVISIBLE.search("\n".join((element.text, *element.attributes.values()))):
            message = f"<{shorten(element.name)}> holds the character {describe_character(found[0])}"
            yield Found(message=message, hint=_say_windows_1252(found[0]), element=element, item=item)


@feed_rule("F018", Severity.WARNING)
def values_hold_no_double_entity(feed: Feed) -> Iterator[Found]:
    """A value has an entity that was encoded twice, such as `&amp;amp;`.

    Listeners read `Tom &amp; Jerry`; in an address it leads to another page.

    **Solution**: encode it once, as the finding shows; the text that the feed is made of should hold the character
    itself.

    Source: RSS Advisory Board, RSS Best Practices Profile, Character Data.
    """
    for element, item in _everything(feed):
        if element.name not in KNOWN_NAMES:
            continue
        texts = [html.unescape(element.text) if element.name in _LONG_TEXTS else element.text]
        found = next((one for text in (*texts, *element.attributes.values()) if (one := find_entity(text))), None)
        if found:
            once = decode_entities(found[0]).replace("&", "&amp;").replace("<", "&lt;")
            message = (
                f"<{element.name}> has an entity that was encoded twice: apps show {found[0]} as it is written"
            )
            yield Found(message=message, hint=f"write {once}", element=element, item=item)


@feed_rule("F019", Severity.WARNING)
def letters_are_not_garbled(feed: Feed) -> Iterator[Found]:
    """A value has letters that a program decoded wrongly, such as `CafÃ©` for `Café`.

    Listeners see them in the title of the episode, and nobody finds it by a search.

    **Solution**: correct the text that the feed is made of, or the encoding in which its program reads it.

    Source: Encoding Standard, windows-1252; The Unicode Standard, section 5.22, for �.
    """
    for element, item in _everything(feed):
        if garbled := find_garbled(element.text):
            yield Found(
                message=garbled.describe(), hint="correct it where it was written", element=element, item=item
            )


def _say_windows_1252(character: str) -> str:
    meant = character.encode("latin-1", "ignore").decode("cp1252", "ignore")
    return f"type {meant} in its place" if meant and meant != character else "delete it"


def _undeclared(feed: Feed, *prefixes: str) -> Iterator[Found]:
    namespaces = feed.document.namespaces
    declared = {prefix_of(address) for address in namespaces if is_accepted(address)}
    for prefix in prefixes:
        if prefix in declared:
            continue
        right = f'xmlns:{prefix}="{NAMESPACES[prefix]}"'
        near = next((address for address in namespaces if prefix_of(address) == prefix), None)
        if wrong := near or feed.document.prefixes.get(prefix):
            message, hint = f"the namespace of the {prefix}: tags is written as {wrong}", f"write {right}"
        else:
            message, hint = f"the namespace of the {prefix}: tags is not declared", f"add {right} to <rss>"
        yield Found(message=message, hint=hint, location=namespaces.get(wrong or "", feed.document.root))


def _means_utf8(declared: str) -> bool:
    """Return whether an encoding is UTF-8, or a part of it; none at all means UTF-8."""
    try:
        return not declared or codecs.lookup(declared).name in {"utf-8", "utf-8-sig", "ascii"}
    except LookupError:
        return False


def _is_utf8(data: bytes) -> bool:
    try:
        return not data.decode().isascii()
    except UnicodeDecodeError:
        return False


def _everything(feed: Feed) -> Iterator[tuple[Element, Element | None]]:
    for parent, item in parents(feed):
        for element, _ in parent.below():
            yield element, item
