from __future__ import annotations

import unicodedata

import pytest

from podcastkit.feed.xml_errors import describe_character
from podcastkit.feed.xml_parser import read_document


def explain(xml: str) -> tuple[str, str, str]:
    """Return the line and column, the message and the hint of XML that is not well-formed."""
    [finding] = read_document(xml.encode("utf-8", "surrogatepass"), "f").diagnostics
    assert finding.code == "F001"
    assert finding.location
    place = f"{finding.location.line}:{finding.location.column}"
    return place, finding.message, finding.hint or ""


@pytest.mark.parametrize("point", [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF])
@pytest.mark.parametrize("around", ["<a>x{}</a>", '<a b="x{}"/>', "<a><![CDATA[x{}]]></a>", "<a><!--x{}--></a>"])
def test_forbidden_character_is_reported(point: int, around: str) -> None:
    place, message, hint = explain(around.format(chr(point)))
    assert place == f"1:{around.index('{') + 1}"
    assert f"does not allow the character U+{point:04X} (" in message
    assert hint.startswith("delete the character; it is invisible")


def test_control_characters_have_unicode_aliases() -> None:
    for point in range(0x20):
        name = describe_character(chr(point)).partition("(")[2].rstrip(")")
        assert unicodedata.lookup(name) == chr(point)
    assert describe_character("&") == "U+0026 (AMPERSAND)"
    assert describe_character("\ufeff") == "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"


@pytest.mark.parametrize(
    ("xml", "place", "message", "hint"),
    [
        ("<a>Tide & Time</a>", "1:9", "the character &, U+0026 (AMPERSAND)", "write &amp; for &"),
        ("<a>Tide &</a>", "1:9", "the character &, U+0026 (AMPERSAND)", "write &amp; for &"),
        ("<a>\nü AT&T rocks</a>", "2:5", "the character &, U+0026 (AMPERSAND)", "write &amp; for &"),
        ('<a b="?a=1&b=2"/>', "1:11", "the character &, U+0026 (AMPERSAND)", "?a=1&amp;b=2"),
        ('<a b="x & y"/>', "1:9", "the character &, U+0026 (AMPERSAND)", "write &amp; for &"),
        (
            "<a>1 < 2</a>",
            "1:6",
            "the character <, U+003C (LESS-THAN SIGN), where it does not begin a tag",
            "&lt; for <",
        ),
        ("<a>I <3 it's</a>", "1:6", "the character <, U+003C (LESS-THAN SIGN)", "&lt; for <"),
        ("<a>Ann <ann@example.org></a>", "1:8", "the character <, U+003C (LESS-THAN SIGN)", "&lt; for <"),
        ('<a b="x < y"/>', "1:9", "U+003C (LESS-THAN SIGN) in the value of the attribute b", "write &lt; for <"),
        ('<a c="1" b="2><d>x</d></a>', "1:15", "in the value of the attribute b", "add the quotation mark"),
        ("<a b=c>x</a>", "1:6", "value of the attribute b is not in quotation marks", 'write b="…"'),
        (
            "<a>\n<x y='1'\n  b=12 /></a>",
            "3:5",
            "value of the attribute b is not in quotation marks",
            'write b="…"',
        ),
        ("<a b=“c”/>", "1:6", "but begins with U+201C (LEFT DOUBLE QUOTATION MARK)", "straight quotation marks"),
        ("<a b=„c“/>", "1:6", "but begins with U+201E (DOUBLE LOW-9 QUOTATION MARK)", "straight quotation marks"),
        ("<a b=«c»/>", "1:6", "but begins with U+00AB (LEFT-POINTING DOUBLE ANGLE", "straight quotation marks"),
        ("<input disabled>", "1:16", "the attribute disabled has no value", "or remove the attribute"),
        ("<a b/>", "1:5", "the attribute b has no value", 'write b="…"'),
        ('<a b="1" b="2"/>', "1:10", "the attribute b twice", "remove one"),
        ('<a xmlns:x="u" xmlns:y="u" x:b="" y:b=""/>', "1:1", "the same attribute twice", "remove one"),
        ('<a b="1"c="2"/>', "1:9", "no space after the value of an attribute, but U+0063", "write a space"),
        ('<a b="say "hi" now"/>', "1:12", "no space after the value of an attribute, but U+0068", "&quot;"),
        ('<a>x</a b="1">', "1:9", "a closing tag contains more than its name", "remove"),
        ("<a>x ]]> y</a>", "1:6", "]]> outside a CDATA section", "]]&gt;"),
        ("<a><!-- x -- y --></a>", "1:11", "-- inside a comment", "one hyphen"),
        ("<a>&nbsp;</a>", "1:4", "the entity &nbsp;", "&#160;"),
        ('<a b="x &eacute;"/>', "1:9", "the entity &eacute;", "&#233;"),
        ("<a>Q&A; more</a>", "1:5", "the entity &A;", "write &amp; for &"),
        ("<a>&#11;</a>", "1:4", "the character &#11;, U+000B (LINE TABULATION)", "delete the character"),
        ('<a b="&#x0;"/>', "1:7", "the character &#x0;, U+0000 (NULL)", "delete the character"),
        ("<a>&#x110000;</a>", "1:4", "the character &#x110000;, which does not exist", "delete the character"),
        ("<!-- by a plugin -->\n<?xml version='1.0'?><a/>", "2:1", "allowed only at the beginning", "comment"),
        ("<a>\n<?xml version='1.0'?></a>", "2:1", "allowed only at the beginning", "a second declaration"),
        ("<?xml version='1.0' encoding=utf-8?><a/>", "1:30", "XML declaration is not valid", "<?xml version"),
        ("Warning: x in y.php\n<?xml version='1.0'?><a/>", "1:1", "there is text before the first tag", "remove"),
        ("\xa0<?xml version='1.0'?><a/>", "1:1", "there is the character U+00A0 (NO-BREAK SPACE)", "remove"),
        ("\u200b<a/>", "1:1", "there is the character U+200B (ZERO WIDTH SPACE)", "remove"),
        ("\n\ufeff<?xml version='1.0'?><a/>", "2:1", "there is the character U+FEFF (ZERO WIDTH", "remove"),
        ("\x1f\x8b\x08", "1:1", "the file is compressed (gzip)", "decompress the file"),
        ("\x0b<a/>", "1:1", "there is the character U+000B (LINE TABULATION)", "remove"),
        (
            "<b>Notice</b>\n<?xml version='1.0'?><rss/>",
            "2:1",
            "there are other tags before <rss>",
            "remove everything",
        ),
        ("<rss></rss>\n</html>", "2:2", "there is text after the end of the feed", "after </rss>"),
        ("<rss></rss>\ufeff", "1:12", "there is text after the end of the feed", "after </rss>"),
        ("<?XML version='1.0'?><a/>", "1:6", "XML declaration is not valid", "<?xml version"),
        ("<?xml version='1.0'><a/>", "1:1", "XML declaration is not valid", "<?xml version"),
        ("<a><![cdata[x]]></a>", "1:7", "<! does not begin a comment or a CDATA section", "<![CDATA["),
        ("<a><! [CDATA[x]]></a>", "1:6", "<! does not begin a comment or a CDATA section", "<![CDATA["),
        ("<a><!DOCTYPE a></a>", "1:6", "<! does not begin a comment or a CDATA section", "remove <!"),
        ("<a><? echo 1; ?></a>", "1:4", "<? … ?>, has no name", "remove it"),
        ("<a><!-- x</a>", "1:4", "a comment begins here but has no end", "write -->"),
        ("<a><![CDATA[x\n</a>", "2:5", "the <![CDATA[ in line 1 has no end", "write ]]>"),
        ("<a>\n<b></a>", "2:6", "</a> instead of </b>, which closes the tag in line 2", "write </b> before </a>"),
        ("<a>\n</b></a>", "2:3", "</b> instead of </a>, which closes the tag in line 1", "remove </b>"),
        ("<a>\n</A>", "2:3", "</A> instead of </a>, which closes the tag in line 1", "write </a>"),
        ("<a>x<br>y</a>", "1:12", "</a> instead of </br>, which closes", "write <br/>"),
        ("<a>\n<b>", "2:4", "the feed ends, but <b> in line 2 is not closed", "ask its host"),
        (
            "<a><media:b/></a>",
            "1:4",
            "the prefix media: is not declared",
            'xmlns:media="http://search.yahoo.com/mrss/"',
        ),
        ('<a xmlns:x="u" x:c="" y:c=""/>', "1:1", "the prefix y: is not declared", "or remove the tag"),
        ('<rss xmlns:itunes="u"><ITUNES:a/></rss>', "1:23", "the prefix ITUNES: is not declared", "lower case"),
        ('<a xmlns:x="">', "1:1", "a namespace has an empty address", "write its address"),
        ("<a\xa0b='1'/>", "1:3", "U+00A0 (NO-BREAK SPACE) between the parts of a tag", "a normal space"),
        ("<a b='1'\u200b c='1'/>", "1:9", "U+200B (ZERO WIDTH SPACE) between the parts of a tag", "delete this"),
        (
            "<a b='1'; c='2'/>",
            "1:9",
            "no space after the value of an attribute, but U+003B (SEMICOLON)",
            "write a space",
        ),
        ("<a 1b='1'/>", "1:4", "name of an attribute cannot begin with U+0031 (DIGIT ONE)", "correct its name"),
        ("<a>&AMP;</a>", "1:4", "the entity &AMP;", "write &amp; in lower case"),
        ("<a>&check;</a>", "1:4", "the entity &check;", "&#10003;"),
        (f"<a>{'é' * 5000} & </a>", "1:5005", "the character &, U+0026 (AMPERSAND)", "write &amp;"),
    ],
)
def test_error_is_explained_with_its_place_and_solution(xml: str, place: str, message: str, hint: str) -> None:
    found = explain(xml)
    assert found[0] == place
    assert message in found[1]
    assert hint in found[2]
