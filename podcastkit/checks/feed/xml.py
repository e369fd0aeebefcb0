"""Rules about the XML of a feed, such as encoding, namespaces and tag names: F00x and F01x."""

from __future__ import annotations

import codecs
import html
from typing import TYPE_CHECKING, Final

from podcastkit.checks.feed.values import find_similar_tag, list_parents
from podcastkit.checks.phrases import decode_entities, find_entity
from podcastkit.checks.rule import Found, feed_rule
from podcastkit.diagnostics import Location, Severity
from podcastkit.feed.namespaces import NAMESPACES, find_prefix, is_accepted
from podcastkit.feed.tag_table import KNOWN_NAMES, TAGS, find_single_tags
from podcastkit.feed.xml_errors import describe_character
from podcastkit.text.cleaning import INVISIBLE
from podcastkit.text.quoting import quote, shorten
from podcastkit.text.syntax.text_encoding import find_garbled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from podcastkit.feed.xml_document import Element, Feed

_REQUIRED_PREFIXES: Final = frozenset({"itunes", "podcast", "atom"})
_KNOWN_NAMES_BY_LOWER_CASE: Final = {name.lower(): name for name in KNOWN_NAMES}
_TAGS_WITH_HTML: Final = frozenset(name for name, tag in TAGS.items() if tag.text and tag.text.is_html)
_MAX_LENGTHS: Final = {
    name: tag.text.limit
    for name, tag in TAGS.items()
    if tag.text and tag.text.limit and not name.startswith("podcast:")
}
"""The maximum number of characters in each tag with a limit; F403 checks `podcast:` tags."""


@feed_rule("F005", Severity.WARNING, "apple")
def check_declaration(feed: Feed) -> Iterator[Found]:
    """The feed does not begin with an XML declaration.

    Apple requires a declaration. Without it, apps have to guess the encoding and may show wrong letters.

    **Solution**: add `<?xml version="1.0" encoding="UTF-8"?>` as the first line.

    Source: Apple, A Podcaster's Guide to RSS.
    """
    if not feed.document.is_declared:
        yield Found(
            message="the feed does not begin with an XML declaration",
            hint='add <?xml version="1.0" encoding="UTF-8"?> as the first line',
            location=Location(file=feed.document.name, line=1, column=1),
        )


@feed_rule("F006", Severity.ERROR, "psp1")
def check_encoding(feed: Feed) -> Iterator[Found]:
    """The feed is not in UTF-8, or its declaration names another encoding.

    Apps that do not know the encoding show wrong letters, or nothing.

    **Solution**: save or export the feed as UTF-8, and write `encoding="UTF-8"` in its first
    line.

    Source: PSP-1, General: feeds are UTF-8.
    """
    document = feed.document
    where = Location(file=document.name, line=1, column=1)
    declared = document.declared_encoding
    if document.encoding == "utf-8" and not _means_utf8(declared):
        message = f"the feed is in UTF-8, but its declaration has the encoding {declared}"
        yield Found(message=message, hint='write encoding="UTF-8" in the first line', location=where)
    # Encoding the text again gives the original bytes, which may be UTF-8 in spite of the declaration.
    elif document.encoding != "utf-8" and _is_non_ascii_utf8(document.source.decode().encode(document.encoding)):
        message = f"the declaration has the encoding {declared}, but the feed is in UTF-8: apps show Ã© for é"
        yield Found(message=message, hint='write encoding="UTF-8" in the first line', location=where)
    elif document.encoding != "utf-8":
        message = f"the feed is in {document.encoding}, not in UTF-8"
        yield Found(message=message, hint="save or export the feed as UTF-8", location=where)


@feed_rule("F007", Severity.ERROR)
def check_text_before_declaration(feed: Feed) -> Iterator[Found]:
    """There is whitespace before the XML declaration.

    XML does not allow it. Apps with a strict parser cannot read the feed at all: five of the feed readers in
    podcastkit's tests refuse it.

    **Solution**: remove the spaces and empty lines at the beginning. Often a plugin or template of the website adds
    them. To remove a second byte order mark, which editors do not show, save the file as "UTF-8 without BOM".

    Source: XML 1.0, section 2.8.
    """
    if feed.document.has_leading_whitespace and feed.document.is_declared:
        yield Found(
            message="there is whitespace before the XML declaration, so many apps cannot read the feed",
            hint="remove everything before <?xml, including empty lines and a second byte order mark",
            location=Location(file=feed.document.name, line=1, column=1),
        )


@feed_rule("F008", Severity.ERROR, "apple", "psp1")
def check_itunes_namespace(feed: Feed) -> Iterator[Found]:
    """The feed does not declare the namespace of the `itunes:` tags.

    Without it, directories do not find the artwork, the categories or the episode numbers.

    **Solution**: add `xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"` to `<rss>`.

    Source: Apple, RSS requirements (support page 823); PSP-1, General.
    """
    yield from _find_undeclared(feed, "itunes")


@feed_rule("F009", Severity.ERROR, "psp1")
def check_other_namespaces(feed: Feed) -> Iterator[Found]:
    """The feed does not declare the namespaces `podcast:` and `atom:`.

    Apps need `podcast:` tags for transcripts, chapters and people, and `atom:link` for the address of the feed.

    **Solution**: declare the namespaces in `<rss>`, as the finding shows.

    Source: PSP-1, General.
    """
    yield from _find_undeclared(feed, "podcast", "atom")


@feed_rule("F010", Severity.WARNING, "psp1", "podcasting20")
def check_namespace_spelling(feed: Feed) -> Iterator[Found]:
    """The address of a namespace differs from the one in its standard.

    XML parsers compare these addresses letter by letter. Apps that do the same ignore all tags of the namespace.

    **Solution**: write the address that the finding shows.

    Source: PSP-1, General; Namespaces in XML 1.0, section 2.3.
    """
    for address, location in feed.document.namespaces.items():
        prefix = find_prefix(address)
        is_reported = prefix in _REQUIRED_PREFIXES and not is_accepted(address)  # by F008 or F009
        if prefix and address != NAMESPACES[prefix] and not is_reported:
            yield Found(
                message=f"the namespace of {prefix}: has the wrong address {address}",
                hint=f'write xmlns:{prefix}="{NAMESPACES[prefix]}"',
                location=location,
            )


@feed_rule("F011", Severity.WARNING, "apple", "psp1")
def check_tag_case(feed: Feed) -> Iterator[Found]:
    """The name of a tag has lower-case letters instead of capital letters, or the reverse.

    Apps ignore the tag.

    **Solution**: write the tag as the finding shows.

    Source: Apple, RSS requirements (support page 823): names are case-sensitive; PSP-1, General.
    """
    for element, item in _list_elements(feed):
        known = _KNOWN_NAMES_BY_LOWER_CASE.get(element.name.lower())
        if known and known != element.name and element.name not in KNOWN_NAMES:
            message = f"apps ignore <{element.name}>, because tag names are case-sensitive"
            yield Found(message=message, hint=f"write <{known}>", element=element, item=item)


@feed_rule("F012", Severity.WARNING, "psp1")
def check_surrounding_whitespace(feed: Feed) -> Iterator[Found]:
    """A value begins or ends with a space or a line break.

    Most apps remove it. Other apps see a different GUID or address, or indent the title. This rule does not check
    long texts.

    **Solution**: write the value directly after its tag: `<title>Harbour</title>`.

    Source: PSP-1, General: no leading or trailing spaces.
    """
    for element, item in _list_elements(feed):
        is_checked = element.text and element.name in KNOWN_NAMES and element.name not in _TAGS_WITH_HTML
        if is_checked and element.text != element.raw:
            yield Found(
                message=f"<{element.name}> has whitespace around its value",
                hint=f"write the value directly after the tag: <{element.name}>…</{element.name}>",
                element=element,
                item=item,
            )


@feed_rule("F013", Severity.ERROR, "psp1")
def check_value_lengths(feed: Feed) -> Iterator[Found]:
    """A title, a name or the copyright is longer than 255 characters.

    Apps cut off the rest, and the feed does not conform to PSP-1.

    **Solution**: shorten the value, and move the rest to the description.

    Source: PSP-1, General: values hold at most 255 characters unless stated otherwise.
    """
    for element, item in _list_elements(feed):
        limit = _MAX_LENGTHS.get(element.name)
        if limit and len(element.text) > limit:
            yield Found(
                message=f"<{element.name}> has {len(element.text):,} characters, but at most {limit} are allowed",
                hint="shorten the value, and move the rest to the description",
                element=element,
                item=item,
            )


@feed_rule("F014", Severity.WARNING)
def check_duplicate_tags(feed: Feed) -> Iterator[Found]:
    """A tag appears more than once where only one is allowed.

    Some apps use the first and some the last, so listeners see different values.

    **Solution**: keep only one of the tags.

    Source: RSS 2.0; Apple, A Podcaster's Guide to RSS; W3C Feed Validation Service, DuplicateElement.
    """
    for parent, item in list_parents(feed):
        for name, elements in parent.children.items():
            if len(elements) > 1 and name in find_single_tags(parent.name):
                yield Found(
                    message=f"<{name}> appears {len(elements)} times, but apps use only one of them",
                    hint="keep only one of them",
                    element=elements[1],
                    item=item,
                )


@feed_rule("F015", Severity.WARNING)
def check_rss_version(feed: Feed) -> Iterator[Found]:
    """`<rss>` has no version, or a version other than 2.0.

    RSS 2.0 requires the version. Validators refuse the feed, and some apps read it as an older RSS format.

    **Solution**: write `<rss version="2.0">`, with the namespaces after the version.

    Source: RSS 2.0, "What is RSS?": the version attribute must be 2.0.
    """
    version = feed.document.version
    if version != "2.0":
        problem = f"has the version {quote(version)} instead of 2.0" if version else "has no version"
        yield Found(message=f"<rss> {problem}", hint='write <rss version="2.0" …>', location=feed.document.root)


@feed_rule("F016", Severity.WARNING, "apple")
def check_itunes_tags(feed: Feed) -> Iterator[Found]:
    """An `itunes:` tag is unknown to Apple.

    Apps ignore the tag, so its content does not reach listeners.

    **Solution**: use the tag that the finding suggests, or remove the tag.

    Source: Apple, A Podcaster's Guide to RSS and RSS requirements (support page 823).
    """
    for element, item in _list_elements(feed):
        name = element.name
        if (
            name.startswith("itunes:")
            and name not in KNOWN_NAMES
            and name.lower() not in _KNOWN_NAMES_BY_LOWER_CASE
        ):
            yield Found(
                message=f"apps ignore the unknown tag <{shorten(name)}>",
                hint=find_similar_tag(name) or "remove the tag: Apple has no such tag",
                element=element,
                item=item,
            )


@feed_rule("F017", Severity.WARNING)
def check_invisible_characters(feed: Feed) -> Iterator[Found]:
    """A value contains an invisible character: a control character, a line separator or an unused code point.

    XML allows these characters, but apps handle them differently: some show a box, some begin a new line, and some
    cut off the text.

    **Solution**: delete the character. A character between U+0080 and U+009F often was a curly quote or a dash in
    Windows-1252: type that character again.

    Source: XML 1.0, section 2.2: authors are encouraged to avoid these characters.
    """
    for element, item in _list_elements(feed):
        if found := INVISIBLE.search("\n".join((element.text, *element.attributes.values()))):
            message = f"<{shorten(element.name)}> contains the character {describe_character(found[0])}"
            yield Found(message=message, hint=_suggest_replacement(found[0]), element=element, item=item)


@feed_rule("F018", Severity.WARNING)
def check_double_entities(feed: Feed) -> Iterator[Found]:
    """A value contains an entity that was encoded twice, such as `&amp;amp;`.

    Listeners see `Tom &amp; Jerry`, and an address opens another page.

    **Solution**: encode the entity only once, as the finding shows. In the text from which the feed is generated,
    write the character itself.

    Source: RSS Advisory Board, RSS Best Practices Profile, Character Data.
    """
    for element, item in _list_elements(feed):
        if element.name not in KNOWN_NAMES:
            continue
        # In HTML, only an entity that was encoded twice is visible.
        text = html.unescape(element.text) if element.name in _TAGS_WITH_HTML else element.text
        entities = map(find_entity, (text, *element.attributes.values()))
        if found := next(filter(None, entities), None):
            encoded_once = decode_entities(found[0]).replace("&", "&amp;").replace("<", "&lt;")
            message = f"<{element.name}> contains an entity that was encoded twice: apps show {found[0]} literally"
            yield Found(message=message, hint=f"write {encoded_once}", element=element, item=item)


@feed_rule("F019", Severity.WARNING)
def check_garbled_letters(feed: Feed) -> Iterator[Found]:
    """A value contains garbled letters from an encoding error, such as `CafÃ©` instead of `Café`.

    Listeners see the garbled letters in apps, and cannot find the episode by searching for the correct words.

    **Solution**: correct the text from which the feed is generated, or the encoding setting of the program that
    generates it.

    Source: Encoding Standard, windows-1252; The Unicode Standard, section 5.22, for �.
    """
    for element, item in _list_elements(feed):
        if garbled := find_garbled(element.text):
            yield Found(message=garbled.describe(), hint="correct the original text", element=element, item=item)


def _suggest_replacement(character: str) -> str:
    # The bytes 80 to 9F are letters and quotes in Windows-1252, but invisible controls in Latin-1.
    intended = character.encode("latin-1", "ignore").decode("cp1252", "ignore")
    return f"replace the character by {intended}" if intended and intended != character else "delete the character"


def _find_undeclared(feed: Feed, *prefixes: str) -> Iterator[Found]:
    """Yield a finding for each prefix whose namespace is not declared with an address that apps accept."""
    namespaces = feed.document.namespaces
    declared = {find_prefix(address) for address in namespaces if is_accepted(address)}
    for prefix in prefixes:
        if prefix in declared:
            continue
        declaration = f'xmlns:{prefix}="{NAMESPACES[prefix]}"'
        # The namespace may have another spelling, or the usual prefix may have another address.
        similar_address = next((address for address in namespaces if find_prefix(address) == prefix), None)
        wrong_address = similar_address or feed.document.prefixes.get(prefix)
        if wrong_address:
            message = f"the namespace of the {prefix}: tags has the wrong address {wrong_address}"
            hint = f"write {declaration}"
        else:
            message = f"the namespace of the {prefix}: tags is not declared"
            hint = f"add {declaration} to <rss>"
        yield Found(message=message, hint=hint, location=namespaces.get(wrong_address or "", feed.document.root))


def _means_utf8(declared: str) -> bool:
    """Check whether a declared encoding is UTF-8 or ASCII. An empty string means UTF-8, the default of XML."""
    try:
        return not declared or codecs.lookup(declared).name in {"utf-8", "utf-8-sig", "ascii"}
    except LookupError:
        return False


def _is_non_ascii_utf8(data: bytes) -> bool:
    """Check whether the bytes are valid UTF-8 with characters outside ASCII, which proves the encoding."""
    try:
        return not data.decode().isascii()
    except UnicodeDecodeError:
        return False


def _list_elements(feed: Feed) -> Iterator[tuple[Element, Element | None]]:
    """Yield each element in the channel and in the items, with its item, or None in the channel."""
    for parent, item in list_parents(feed):
        for element, _ in parent.walk():
            yield element, item
