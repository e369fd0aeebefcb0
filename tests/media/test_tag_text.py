from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.tag_text import Encoding, TagText, decode_aiff_text, decode_text

_TITLES = (
    *("Der Kran", "Größe", "Été", "Ça va ?", "İstanbul", "Łódź", "Tiếng Việt", "œuvre", "Þú"),
    *("Кран над рекой", "Ночь", "Ελληνικά", "Հայերեն", "ქართული", "שלום עולם", "مرحبا بالعالم", "አማርኛ"),
    *("हिन्दी पॉडकास्ट", "বাংলা", "தமிழ்", "ภาษาไทย", "한국어", "안녕하세요 여러분", "K-팝"),
    *("日本", "日本語の歴史と文化", "カタカナ", "東京 Tokyo", "北京的春天", "中文", "的", "一"),
    *("5/8", "1", "2024", "Episode 5 – “Why?”", "🎙️ Talk", "🎙️", "…", "Привет 你好 مرحبا שלום Γειά"),
)
_LONG = tuple(title for title in _TITLES if len(title) > 4)
_WESTERN = ("Der Kran", "Größe", "Été", "Ça va ?", "Crème brûlée", "Episode 5 – “Why?”")


def _encode_utf16(title: str, order: str, *, mark: str | None = None) -> bytes:
    marks = {"le": b"\xff\xfe", "be": b"\xfe\xff", None: b""}
    return marks[mark] + title.encode(f"utf-16-{order}")


@pytest.mark.parametrize("title", _TITLES)
@pytest.mark.parametrize("terminator", [b"", b"\0\0"], ids=["without", "with"])
def test_text_in_stated_encoding_is_decoded(title: str, terminator: bytes) -> None:
    for encoding, data in (
        (Encoding.UTF16, _encode_utf16(title, "le", mark="le")),
        (Encoding.UTF16, _encode_utf16(title, "be", mark="be")),
        (Encoding.UTF16, _encode_utf16(title, "le")),
        (Encoding.UTF16_BE, _encode_utf16(title, "be")),
        (Encoding.UTF8, title.encode()),
        (Encoding.UTF8, b"\xef\xbb\xbf" + title.encode()),
    ):
        assert decode_text(data + terminator, encoding) == TagText(title)


@pytest.mark.parametrize("title", _WESTERN)
def test_western_text_in_cp1252_is_decoded(title: str) -> None:
    for encoding in (Encoding.LATIN1, Encoding.UTF8):
        assert decode_text(title.encode("cp1252"), encoding) == TagText(title)


@pytest.mark.parametrize("title", _LONG)
def test_text_in_wrong_encoding_is_decoded_or_unreadable(title: str) -> None:
    """The result is never a wrong text, such as random Chinese characters or accented letters."""
    for encoding, data in (
        (Encoding.UTF16, _encode_utf16(title, "be")),
        (Encoding.UTF16, _encode_utf16(title, "be", mark="le")),
        (Encoding.UTF16, _encode_utf16(title, "le", mark="be")),
        (Encoding.UTF16_BE, _encode_utf16(title, "le")),
        (Encoding.UTF8, _encode_utf16(title, "be", mark="be")),
        (Encoding.LATIN1, _encode_utf16(title, "le", mark="le")),
        (Encoding.UTF16, title.encode()),
        (Encoding.LATIN1, title.encode()),
        (Encoding.UTF8, title.encode().decode("latin-1").encode()),
    ):
        assert decode_text(data, encoding) in (TagText(title), TagText(None, unreadable=True)), (encoding, data[:2])


@pytest.mark.parametrize(
    "title", ["Der Kran", "Кран над рекой", "Ελληνικά", "日本語の歴史と文化", "안녕하세요 여러분"]
)
def test_wrong_byte_order_is_corrected(title: str) -> None:
    for data in (
        _encode_utf16(title, "be"),
        _encode_utf16(title, "be", mark="le"),
        _encode_utf16(title, "le", mark="be"),
    ):
        assert decode_text(data, Encoding.UTF16) == TagText(title)


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        pytest.param(b"\xff\xfeA\0n\0a\0\0\0B\0e\0n\0", 1, "Ana, Ben", id="mark only in the first string"),
        pytest.param(b"\xff\xfeA\0n\0a\0\0\0\xfe\xff\0B\0e\0n", 1, "Ana, Ben", id="marks of both orders"),
        pytest.param(b"\xff\xfeA\0n\0a\0\0\0\xff\xfeB\0e\0n\0\0\0", 1, "Ana, Ben", id="a mark in each"),
        pytest.param(b"\xff\xfeA\0n\0a\0\0", 1, "Ana", id="an odd number of bytes"),
        pytest.param(b"Ana\0Ben\0", 0, "Ana, Ben", id="strings of single bytes"),
        pytest.param(b"T\0i\0t\0l\0e\0", 0, "Title", id="UTF-16 stated as Latin-1"),
        pytest.param(b"\0T\0i\0t\0l\0e", 3, "Title", id="UTF-16 stated as UTF-8"),
        pytest.param("Große Wei".encode() + b"\xc3", 0, "Große Wei", id="truncated UTF-8"),
        pytest.param("GrÃ¶ÃŸe".encode(), 3, "Größe", id="double encoding"),
        pytest.param("GrÃ¶ÃŸe".encode("utf-16"), 1, "Größe", id="double encoding in UTF-16"),
        pytest.param("São Tomé".encode(), 3, "São Tomé", id="letters as in double encoding"),
        pytest.param(b"\0\0\0", 1, None, id="empty"),
        pytest.param(b"  ", 0, None, id="spaces"),
    ],
)
def test_unusual_texts_are_decoded(data: bytes, encoding: int, expected: str | None) -> None:
    assert decode_text(data, encoding) == TagText(expected)


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "iso8859-7", "shift-jis", "gb18030"])
def test_other_single_byte_encodings_are_unreadable(encoding: str) -> None:
    title = {"iso8859-7": "Ελληνικά", "shift-jis": "日本語の歴史", "gb18030": "北京的春天"}.get(
        encoding, "Портовый кран"
    )

    assert decode_text(title.encode(encoding), Encoding.LATIN1) == TagText(None, unreadable=True)


@given(st.text(st.characters(codec="utf-8", min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=40))
def test_chinese_text_is_decoded(title: str) -> None:
    if len({ord(character) & 0xFF for character in title}) > 1:
        assert decode_text(_encode_utf16(title, "be", mark="be"), Encoding.UTF16) == TagText(title)
    assert decode_text(title.encode(), Encoding.UTF8) == TagText(title)


@given(st.binary(max_size=60), st.integers(0, 255))
def test_decode_text_accepts_any_bytes(data: bytes, encoding: int) -> None:
    text, unreadable = decode_text(data, encoding)

    assert text is None or not unreadable
    assert text is None or text.isprintable() or text.strip()


@pytest.mark.parametrize("text", ["Größe", "Educación y niños", "l’été à Zürich", "École"])
def test_decode_aiff_text_reads_mac_roman_and_utf8(text: str) -> None:
    for encoding in ("mac_roman", "utf-8"):
        assert decode_aiff_text(text.encode(encoding)).text == text


@pytest.mark.parametrize("text", ["Größe", "Educación y niños", "naïve café"])
def test_decode_aiff_text_reads_cp1252(text: str) -> None:
    assert decode_aiff_text(text.encode("cp1252")).text == text
