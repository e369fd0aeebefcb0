from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from podcastkit.feed import xml_parser
from podcastkit.feed.namespaces import NAMESPACES
from podcastkit.feed.xml_parser import read_document

if TYPE_CHECKING:
    from pathlib import Path

    from podcastkit.feed.xml_document import Document, Element

DECLARED = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in NAMESPACES.items())
# Characters of one, two, three and four bytes, and characters with a meaning in XML.
TEXTS = st.text(st.sampled_from("a é あ 🎙 \n\t<>&\"']]>"), max_size=30)


def read(inner: str) -> Document:
    return read_document(f'<rss version="2.0" {DECLARED}><channel>{inner}</channel></rss>'.encode(), "feed.xml")


def read_channel(inner: str) -> Element:
    channel = read(inner).channel
    assert channel is not None
    return channel


def find_error(data: bytes) -> tuple[str, str, str]:
    """Return the code, place and message of the only finding, for data that is not a feed."""
    read = read_document(data, "feed.xml")
    (finding,) = read.diagnostics
    assert read.channel is None
    assert finding.hint
    return finding.code, str(finding.location), finding.message


class TestElements:
    def test_tag_names_have_the_usual_prefixes(self) -> None:
        channel = read_document(
            b'<rss version="2.0" xmlns:i="http://www.itunes.com/DTDs/Podcast-1.0.dtd" xmlns:x="urn:x"><channel>'
            b'<i:image href=" a "/><x:y/><p:guid '
            b'xmlns:p="https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"/></channel></rss>',
            "feed.xml",
        ).channel
        assert channel is not None
        assert set(channel.children) == {"itunes:image", "urn:x:y", "podcast:guid"}
        assert channel.all("itunes:image")[0].get("href") == "a"

    def test_text_is_stripped_but_raw_is_unchanged(self) -> None:
        (title,) = read_channel("<title>\n a<!-- b --><![CDATA[&c]]> </title>").all("title")
        assert (title.raw, title.text) == ("\n a&c ", "a&c")

    def test_attribute_names_have_the_usual_prefixes(self) -> None:
        (tag,) = read_channel('<a podcast:b=" c " xml:lang="en"/>').all("a")
        assert tag.get("podcast:b") == "c"
        assert tag.get("http://www.w3.org/XML/1998/namespace:lang") == "en"

    def test_children_are_found_in_the_order_of_names(self) -> None:
        channel = read_channel("<title/><itunes:title>B</itunes:title><title>A</title>")
        assert channel.text_of("title", "itunes:title") == "A"
        assert channel.first("link", "itunes:title") is channel.all("itunes:title")[0]
        assert channel.first("link") is None
        assert channel.text_of("link") == ""

    @pytest.mark.parametrize(
        ("before", "place"),
        [
            pytest.param("", (1, 1), id="at the beginning"),
            pytest.param("<?xml version='1.0'?>\n", (2, 1), id="after the declaration"),
            pytest.param("\n\r\n\r  <?xml version='1.0'?>", (4, 24), id="all kinds of whitespace"),
            pytest.param("<!-- あ🎙é -->", (1, 13), id="columns are characters"),
            pytest.param("\ufeff", (1, 1), id="byte order mark has no width"),
            pytest.param("\ufeff \n ", (2, 2), id="byte order mark and whitespace"),
        ],
    )
    def test_line_and_column_are_correct(self, before: str, place: tuple[int, int]) -> None:
        channel = read_document(f"{before}<channel/>".encode(), "f").diagnostics[0].location
        assert channel is not None
        assert (channel.line, channel.column) == place

    def test_elements_on_one_line_have_different_columns(self) -> None:
        first, second = read_document(
            b"<rss version='2.0'><channel><item/><item/></channel></rss>", "f"
        ).channel.all("item")  # type: ignore[union-attr] # it is a channel
        assert (first.line, first.column, second.column) == (1, 29, 36)

    @pytest.mark.slow
    @given(TEXTS, TEXTS)
    def test_text_and_attributes_are_as_in_lxml(self, text: str, attribute: str) -> None:
        root = etree.Element("rss", version="2.0")
        tag = etree.SubElement(etree.SubElement(root, "channel"), "title", lang=attribute)
        tag.text = text
        channel = read_document(etree.tostring(root), "f").channel
        assert channel is not None
        (title,) = channel.all("title")
        assert (title.raw, title.attributes["lang"]) == (text, attribute)


class TestInvalidFeeds:
    @pytest.mark.parametrize(
        ("data", "code", "place", "message"),
        [
            pytest.param(b"", "F001", "feed.xml:1:1", "the feed is empty", id="empty"),
            pytest.param(b" \n ", "F001", "feed.xml:2:2", "the feed is empty", id="whitespace"),
            pytest.param(b"<rss", "F001", "feed.xml:1:1", "ends before", id="truncated in a tag"),
            pytest.param(b"<rss>\n<a></b>", "F001", "feed.xml:2:6", "</b> instead of </a>", id="wrong closing tag"),
            pytest.param(
                b"<rss>\n a & b</rss>", "F001", "feed.xml:2:4", "character &, U+0026", id="bare ampersand"
            ),
            pytest.param(b"<rss/>\n\n\nx", "F001", "feed.xml:4:1", "after the end", id="text after the end"),
            pytest.param(b"<itunes:a/>", "F001", "feed.xml:1:1", "not declared", id="undeclared prefix"),
            pytest.param(b'<a b="" b=""/>', "F001", "feed.xml:1:9", "the attribute b twice", id="attribute twice"),
            pytest.param(
                b"<a>&#0;</a>", "F001", "feed.xml:1:4", "does not allow the character &#0;, U+0000", id="forbidden"
            ),
            pytest.param(
                b"<a>\x00</a>", "F001", "feed.xml:1:4", "does not allow the character U+0000 (NULL)", id="null"
            ),
            pytest.param(b"<a>caf\xe9 </a>", "F001", "feed.xml:1:7", "byte E9", id="not UTF-8"),
            pytest.param(
                b"<a>\xe2\x82", "F001", "feed.xml:1:4", "the feed ends, but <a>", id="truncated in a character"
            ),
            pytest.param(b"<?xml?><a/>", "F001", "feed.xml:1:6", "XML declaration", id="declaration"),
            pytest.param(b"<!DOCTYPE HTML><p>&nbsp;<br>", "F004", "feed.xml:1:1", "web page", id="HTML"),
            pytest.param(b"<html><p/></html>", "F004", "feed.xml:1:1", "web page", id="XHTML"),
            pytest.param(b'<rss version="2.0"/>', "F004", "feed.xml:1:1", "without a <channel>", id="no channel"),
            pytest.param(b'<rss version="0.91"><channel/></rss>', "F004", "feed.xml:1:1", "0.91", id="old RSS"),
            pytest.param(b'<rss xmlns="u"/>', "F004", "feed.xml:1:1", "in the namespace u", id="namespace"),
            pytest.param(b"<gpx/>", "F004", "feed.xml:1:1", "<gpx>", id="another kind of XML"),
            pytest.param(
                b'<R xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "F004", "feed.xml:1:1", "<R>", id="RDF"
            ),
            pytest.param(b"<a>" * 100, "F003", "feed.xml:1:193", "64 levels", id="deep"),
        ],
    )
    def test_error_is_reported_with_its_place(self, data: bytes, code: str, place: str, message: str) -> None:
        found = find_error(data)
        assert found[:2] == (code, place)
        assert message in found[2]

    def test_entity_is_not_resolved(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("do not tell")
        entity = f'<!ENTITY x SYSTEM "{secret.as_uri()}">'
        code, _, message = find_error(
            f'<!DOCTYPE rss [{entity}]><rss version="2.0"><channel>&x;</channel></rss>'.encode()
        )
        assert (code, "'x'" in message) == ("F002", True)

    def test_default_attributes_of_a_document_type_are_ignored(self) -> None:
        """They can be very long, and every tag would have its own copy."""
        listed = f'<!ATTLIST item a CDATA "{"x" * 1000}">'
        data = f'<!DOCTYPE rss [{listed}]><rss version="2.0"><channel><item/><item b="c"/></channel></rss>'
        read = read_document(data.encode(), "feed.xml")
        assert read.channel is not None
        assert [dict(item.attributes) for item in read.channel.all("item")] == [{}, {"b": "c"}]
        assert [finding.code for finding in read.diagnostics] == ["F002"]

    def test_document_type_without_entities_is_a_warning(self) -> None:
        data = b'<!DOCTYPE rss SYSTEM "http://example.org/rss.dtd"><rss version="2.0"><channel/></rss>'
        read = read_document(data, "feed.xml")
        assert read.channel is not None
        assert [(finding.code, finding.severity) for finding in read.diagnostics] == [("F002", "warning")]


class TestSizes:
    @pytest.mark.parametrize(
        ("limit", "value", "inner", "message"),
        [
            pytest.param("_MAX_ELEMENTS", 10, "<a/>" * 10, "tags", id="tags"),
            pytest.param("_MAX_ATTRIBUTES", 10, '<a b="" c=""/>' * 5, "attributes", id="attributes"),
            pytest.param("_MAX_ITEMS", 3, "<item/>" * 4, "items", id="items"),
            pytest.param("_MAX_TEXT_LENGTH", 10, "<title>12345<!-- -->678901</title>", "<title>", id="text"),
            pytest.param("MAX_FEED_SIZE", 100, "x" * 100, "larger than", id="bytes"),
        ],
    )
    def test_feed_above_a_limit_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, inner: str, message: str
    ) -> None:
        monkeypatch.setattr(xml_parser, limit, value)
        (finding,) = read(inner).diagnostics
        assert finding.code == "F003"
        assert message in finding.message

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"<" + b"x" * 4_000_000, id="tag without end"),
            pytest.param(b"<rss><!--" + b"x" * 4_000_000 + b"--></rss>", id="comment"),
            pytest.param(b"<rss " + b" ".join(b"a%d=''" % n for n in range(400_000)) + b"/>", id="attributes"),
        ],
    )
    def test_very_long_tag_is_refused(self, data: bytes) -> None:
        assert find_error(data)[0] == "F003"

    def test_too_many_namespaces_are_refused(self) -> None:
        assert [one.code for one in read("".join(f'<a xmlns="u:{n}"/>' for n in range(80))).diagnostics] == ["F003"]

    def test_large_feed_is_read_completely(self) -> None:
        channel = read_channel(f"<item><title>{'é' * 50_000}</title></item>" * 30)
        assert {len(item.text_of("title")) for item in channel.all("item")} == {50_000}


class TestEncodings:
    @pytest.mark.parametrize(
        ("encoding", "known"),
        [
            ("iso-8859-1", "iso8859-1"),
            ("windows-1252", "cp1252"),
            ("Shift_JIS", "shift_jis"),
            ("US-ASCII", "utf-8"),
        ],
    )
    def test_declared_encoding_is_used(self, encoding: str, known: str) -> None:
        title = "あ" if "JIS" in encoding else "plain" if "ASCII" in encoding else "é"
        xml = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><title>{title}</title>'
        read = read_document(f"{xml}</channel></rss>".encode(encoding), "f")
        assert read.channel is not None
        assert (read.channel.text_of("title"), read.encoding) == (title, known)

    @pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE], ids=["little", "big"])
    def test_byte_order_mark_sets_the_encoding(self, mark: bytes) -> None:
        xml = '<rss version="2.0"><channel><title>é🎙</title></channel></rss>'
        body = xml.encode("utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be")
        channel = read_document(mark + body, "f").channel
        assert channel is not None
        assert channel.text_of("title") == "é🎙"

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16_without_byte_order_mark_is_recognized(self, encoding: str) -> None:
        read = read_document('<rss version="2.0"><channel><title>é🎙</title></channel></rss>'.encode(encoding), "f")
        assert read.channel is not None
        assert (read.channel.text_of("title"), read.encoding) == ("é🎙", encoding)

    @pytest.mark.parametrize("name", ["zlib", "unicode_escape", "punycode", "rot13", "unknown-name", "idna"])
    def test_codec_that_is_not_a_text_encoding_is_refused(self, name: str) -> None:
        xml = f'<?xml version="1.0" encoding="{name}"?><rss version="2.0"><channel/></rss>'
        code, _, message = find_error(xml.encode())
        assert (code, "apps do not know the encoding" in message) == ("F001", True)

    def test_wrong_encoding_is_reported_with_its_place(self) -> None:
        data = b'<?xml version="1.0" encoding="euc-jp"?>\n<rss>caf\xff</rss>'
        code, place, message = find_error(data)
        assert (code, place) == ("F001", "feed.xml:2:9")
        assert "euc_jp" in message


@given(st.binary(max_size=300) | st.text("<>/!?&;[]-= '\"arsx:\n", max_size=60).map(str.encode))
def test_any_bytes_result_in_a_document(data: bytes) -> None:
    read = read_document(data, "feed.xml")
    assert (read.channel is None) == any(finding.severity == "error" for finding in read.diagnostics)


@pytest.mark.parametrize(
    ("beginning", "is_declared"),
    [
        ("<?xml version='1.0'?>", True),
        ("\n <?xml version='1.0' encoding='utf-8' standalone='yes' ?>", True),
        ("<?xml version='1.beta'?>", True),
        ("<?xml-stylesheet href='a.xsl'?>", False),
        ("", False),
    ],
)
def test_xml_declaration_is_recognized(beginning: str, is_declared: bool) -> None:
    document = read_document(f"{beginning}<rss version='2.0'><channel/></rss>".encode(), "feed.xml")
    assert document.channel
    assert document.is_declared is is_declared
