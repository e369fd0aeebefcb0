"""Feeds with random values are well-formed, and every reader returns the same values."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.feed.writer import write_feed
from podcastkit.model import (
    Chapter,
    ContentLink,
    Edition,
    Episode,
    Frequency,
    Funding,
    Item,
    License,
    Owner,
    Person,
    Place,
    Social,
    Soundbite,
    Text,
    Txt,
)
from tests.readers.differences import predict_reading
from tests.readers.fields import list_fields
from tests.readers.samples import LINES, TITLES, build_edition_of, describe
from tests.readers.strict import find_feed_errors
from tests.shows import NOW, SHOW_TOML, Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from podcastkit.model import PublicPicture
    from tests.readers.fields import Reading

    Readers = Mapping[str, Callable[[bytes], Reading]]

URL = "https://podcast.example.org"
PARSERS = ("expat", "saxes")
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane * 0x10000 + end) for plane in range(17) for end in (0xFFFE, 0xFFFF)
)
INVISIBLE = re.compile(f"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufff9-\ufffc{NONCHARACTERS}]")
NO_WIDTH = re.compile("[\ufeff\u202d\u202e]")

TEXTS = st.lists(LINES | st.sampled_from(["\n", "\n\n", "\r\n", "- ", "> ", "# ", "```"]), max_size=8).map("".join)
# Texts of files can also contain characters that XML does not allow.
FILE_TEXTS = st.lists(LINES | st.sampled_from(["\x01", "\x08", "\x0b", "\x1f", "\ufffe"]), max_size=6).map("".join)
LANGUAGES = st.sampled_from(["en", "es-MX", "ar", "he", "zh-Hant-TW", "ja", "sr-Latn-RS", "gsw"])
ZONES = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=ZONES).map(  # noqa: DTZ001 - they get zones
    lambda moment: moment.replace(microsecond=0)
)


@pytest.mark.slow
@given(st.tuples(TITLES, TITLES, TEXTS, TEXTS, LANGUAGES))
def test_any_value_is_read_back(edition: Edition, readers: Readers, values: tuple[str, str, str, str, str]) -> None:
    title, name, notes, plain, language = values
    title = f"A {title}"  # partytime ignores an episode whose title is only a number
    changed = _set_texts(edition, title, name, Text(html=notes, plain=plain), language)
    feed = write_feed(changed, describe=attrgetter("plain"))
    fields = list_fields(changed, lambda text: _normalize_line_ends(text.plain))
    fields["items.notes"] = [_normalize_line_ends(notes) or None if plain else None]
    for parser in PARSERS:
        assert readers[parser](feed) == fields
    for read in readers.values():
        assert read(feed)["items.guid"] == fields["items.guid"]
    assert find_feed_errors(feed, at=END_OF_TIME, address=f"{changed.url}/feed.xml") == []


@pytest.mark.slow
@given(st.lists(MOMENTS, min_size=2, max_size=2))
def test_any_date_is_read_back(edition: Edition, readers: Readers, moments: list[datetime]) -> None:
    items = [
        replace(item, published=moment)
        for item, moment in zip(edition.items, moments, strict=True)
        if isinstance(item, Item)
    ]
    feed = write_feed(replace(edition, items=tuple(items)), describe=attrgetter("plain"))
    for read in (reader(feed) for reader in readers.values()):
        assert read["items.published"] == moments
        assert read.get("updated", max(moments)) == max(moments)
    assert find_feed_errors(feed, at=max(moments), address=f"{edition.url}/feed.xml") == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    workshop = Workshop(tmp_path_factory.mktemp("properties") / "show").show()
    workshop.episode("01-part")
    return workshop


@pytest.mark.slow
@given(title=FILE_TEXTS, name=FILE_TEXTS, summary=FILE_TEXTS, notes=TEXTS)
def test_any_folder_is_read_back(
    folder: Workshop, readers: Readers, title: str, name: str, summary: str, notes: str
) -> None:
    title, name, summary = (
        f"A {title}",
        f"The {name[:100]}",
        f"Why {summary}",
    )  # the limit of a name is 128 characters
    _write(folder, title, name, summary, notes)
    edition = build_edition_of(folder.folder, NOW, URL)
    feed = write_feed(edition, describe=describe)
    fields = list_fields(edition, describe)
    assert fields["items.title"] == [_clean_line(title)]
    assert fields["author"] == fields["people"][0][0] == _clean_line(name)
    assert fields["items.summary"] == [_clean_text(summary).strip()]
    for reader, read in readers.items():
        found, should_be = read(feed), predict_reading(reader, fields)
        assert found == {field: should_be[field] for field in found}, reader
    assert find_feed_errors(feed, at=NOW, address=f"{URL}/feed.xml") == []


@pytest.mark.slow
@given(words=FILE_TEXTS)
def test_plain_notes_keep_every_word(folder: Workshop, readers: Readers, words: str) -> None:
    _write(folder, "A title", "A name", "", f"Words: {words}", suffix=".txt")
    feed = write_feed(build_edition_of(folder.folder, NOW, URL), describe=describe)
    (notes,) = readers["expat"](feed)["items.notes"]
    assert html.unescape(re.sub("<[^>]*>", "", notes)).split() == _clean_text(f"Words: {words}").split()


def _set_texts(edition: Edition, title: str, name: str, notes: Text, language: str) -> Edition:
    item = edition.items[0]
    assert isinstance(item, Item)
    people = (Person(name=name[:128], role=title, group=name, href=title, img=name),)
    bite = Soundbite(start=timedelta(seconds=1), duration=timedelta(seconds=20), title=name)
    words: dict[str, Any] = {
        "title": title,
        "people": people,
        "txt": (Txt(value=title, purpose=name),),
        "funding": (Funding(url=title, text=name),),
        "places": (Place(name=name), Place(name=title, rel="creator")),
        "license": License(slug=name, url=title),
        "social": (Social(protocol="nostr", uri=title, account_id=name, account_url=title),),
    }
    episode: Episode = replace(
        item.episode,
        notes=notes,
        summary=name,
        number_display=name,
        soundbites=(bite,),
        chapters=(Chapter(start=timedelta(), title=name, url=title, img=name),),
        content_links=(ContentLink(href=title, text=name),),
        **words,
    )
    show = replace(
        edition.show,
        author=name,
        copyright=f"2024 {name}",
        description=Text(html="", plain=title),
        owner=Owner(name=name, email="office@example.org"),
        season_name=name,
        language=language,
        podroll=tuple(replace(each, feed_url=title, title=name) for each in edition.show.podroll),
        **words,
    )
    alternates = [replace(one, alternate=replace(one.alternate, title=name[:32])) for one in item.alternates]
    item = replace(item, episode=episode, images=_set_alt(item.images, name), alternates=tuple(alternates))
    return replace(
        edition,
        show=show,
        items=(item,),
        images=_set_alt(edition.images, title),
        frequency=Frequency(text=title[:128].strip(), complete=True),
    )


def _set_alt(images: Iterable[PublicPicture], alt: str) -> tuple[PublicPicture, ...]:
    return tuple(replace(image, alt=alt) for image in images)


def _normalize_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _clean_text(text: str) -> str:
    return unicodedata.normalize(
        "NFC", INVISIBLE.sub("", NO_WIDTH.sub("", re.sub("[\x0b\x0c\x85\u2028\u2029]", " ", text)))
    )


def _clean_line(text: str) -> str:
    words = re.sub("[^\\S\u00a0\u2007\u202f]+", " ", INVISIBLE.sub(" ", NO_WIDTH.sub("", text)))
    return unicodedata.normalize("NFC", re.sub("[\u00a0\u2007\u202f]{2,}", "\u00a0", words).strip())


def _write(workshop: Workshop, title: str, name: str, summary: str, notes: str, *, suffix: str = ".md") -> None:
    """Write the show with these texts. The name is written to show.toml, with TOML escapes."""
    quoted = json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
    lines = [line for line in SHOW_TOML.splitlines() if not line.startswith("author")]
    text = "\n".join([f"author = {quoted}", f"people = [{quoted}]", *lines])
    (workshop.folder / "show.toml").write_text(text, encoding="utf-8")
    matter = f"date: 2024-09-01\ntitle: {title}\n" + (f"summary: {summary}\n" if summary else "")
    for path in (workshop.folder / "01-part").glob("notes.*"):
        path.unlink()
    path = workshop.folder / "01-part" / f"notes{suffix}"
    path.write_text(f"---\n{matter}---\n\n{notes}", encoding="utf-8", newline="")
