from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from podcastkit.cli.app import run
from podcastkit.diagnostics import FeedError
from podcastkit.http_client import Web
from podcastkit.model import LinkedFile
from podcastkit.publishing.publish import publish
from podcastkit.storage.local import LocalStorage
from podcastkit.verification import content
from podcastkit.verification.content import Downloaded, check_content
from podcastkit.verification.verify import verify, verify_stored
from tests.shows import NOW, Workshop, make_mp3, small_show, write_artwork, write_wav
from tests.site import Page, Site, raw, serving
from tests.sounds import convert

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from podcastkit.verification.report import Check, Report

ANYBODY = {"Access-Control-Allow-Origin": "*"}
MP3 = make_mp3(20)
VTT = b"WEBVTT\n\n00:00.000 --> 00:02.000\nWelcome\n"
SRT = b"1\n00:00:00,000 --> 00:00:02,000\nWelcome\n"
SEGMENTS = b'{"version": "1.0.0", "segments": [{"startTime": 0, "endTime": 2, "body": "Welcome"}]}'
HTML = b"<cite>Ann:</cite><time>0:00</time><p>Welcome</p>"
CHAPTERS = b'{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Start"}]}'
WEB_PAGE = b"<!DOCTYPE html><html><body>Log in to go on.</body></html>"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def judge(tmp_path: Path) -> Any:
    """Return what is found in bytes: each check with its outcome and message."""

    def judge(kind: str, name: str, body: bytes, type_: str | None, *, duration: str = "", given: str = "") -> Any:
        path = tmp_path / name
        path.write_bytes(body)
        file = LinkedFile(
            kind=kind, url=f"https://example.org/{name}", guid=None, content_type=type_, duration=duration
        )
        return [(check.check, check.ok, check.message) for check in check_content(file, Downloaded(path, given))]

    return judge


def wav(folder: Path) -> bytes:
    write_wav(folder / "a.wav", 2)
    return (folder / "a.wav").read_bytes()


def picture(folder: Path, name: str, size: tuple[int, int]) -> bytes:
    write_artwork(folder / name, size)
    return (folder / name).read_bytes()


class TestAudio:
    @pytest.mark.parametrize("type_", ["audio/mpeg", "audio/mp3", "audio/x-unknown", None])
    def test_of_the_promised_type_passes(self, judge: Any, type_: str | None) -> None:
        assert judge("enclosure", "a.mp3", MP3, type_) == [("content", True, "MP3, 0:20, 319.4 kB")]

    @pytest.mark.parametrize(
        ("name", "type_", "words"),
        [
            ("a.mp3", "audio/mpeg", "the feed calls it audio/mpeg, but it is WAV"),
            ("a.m4a", "audio/x-m4a", "the feed calls it audio/x-m4a, but it is WAV"),
            ("a.mp3", "audio/wav", "its address ends in .mp3, but it is WAV"),
        ],
    )
    @pytest.mark.parametrize("kind", ["enclosure", "alternate", "trailer"])
    def test_of_another_type_fails(
        self, judge: Any, tmp_path: Path, kind: str, name: str, type_: str, words: str
    ) -> None:
        [(check, ok, message)] = judge(kind, name, wav(tmp_path), type_)
        assert (check, ok) == ("content", False)
        assert message.startswith(words)

    @pytest.mark.ffmpeg
    @pytest.mark.parametrize(
        ("made", "name", "type_", "ok"),
        [
            ("a.m4a", "a.mp3", "audio/mpeg", False),
            ("a.m4a", "a.m4a", "audio/mpeg", False),
            ("a.m4a", "a.mp3", "audio/mp4", False),
            ("a.m4a", "a.m4a", "audio/mp4", True),
            ("a.m4a", "a", "audio/aac", True),
            ("a.m4a", "a.mp4", "audio/x-m4a", True),
            ("a.opus", "a.ogg", "audio/ogg", True),
            ("a.opus", "a.mp3", "audio/mpeg", False),
            ("a.flac", "a.flac", "audio/x-flac", True),
            ("a.flac", "a.mp3", "audio/mpeg", False),
            ("a.aac", "a.aac", "audio/aac", True),
            ("a.aac", "a.m4a", "audio/mp4", False),
        ],
    )
    def test_is_known_by_its_bytes(
        self, judge: Any, tmp_path: Path, made: str, name: str, type_: str, ok: bool
    ) -> None:
        write_wav(tmp_path / "source.wav", 2)
        body = convert(tmp_path / "source.wav", tmp_path / f"made-{made}").read_bytes()
        assert [found for _, found, _ in judge("enclosure", name, body, type_)] == [ok]

    @pytest.mark.parametrize(
        "page",
        [
            WEB_PAGE,
            b"\xef\xbb\xbf\n  <html>",
            b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">',
            b"<!-- a\ncomment -->\n<!-- two --><HTML lang='de'>",
        ],
    )
    @pytest.mark.parametrize(
        ("kind", "type_"),
        [
            ("enclosure", "audio/mpeg"),
            ("enclosure", "video/mp4"),
            ("artwork", None),
            ("image", None),
            ("transcript", "text/vtt"),
            ("chapters", "application/json+chapters"),
        ],
    )
    def test_that_is_a_web_page_fails(self, judge: Any, kind: str, type_: str | None, page: bytes) -> None:
        [(check, ok, message)] = judge(kind, "a", page, type_)
        assert (check, ok) == ("content", False)
        assert message.startswith("it is a web page (HTML): apps")

    def test_that_is_a_video_or_a_document_is_not_looked_at(self, judge: Any) -> None:
        assert judge("enclosure", "a.mp4", b"film", "video/mp4") == [
            ("content", True, "video/mp4, 4 bytes, whose content is not looked at")
        ]

    @pytest.mark.parametrize("body", [b"", b"x" * 5000, b'{"error": "gone"}'], ids=["empty", "noise", "JSON"])
    def test_that_holds_no_sound_fails(self, judge: Any, body: bytes) -> None:
        [(_, ok, message)] = judge("enclosure", "a.mp3", body, "audio/mpeg")
        assert not ok
        assert message.endswith(": apps cannot play the episode")

    def test_that_is_cut_fails(self, judge: Any, tmp_path: Path) -> None:
        body = wav(tmp_path)
        [(check, ok, message)] = judge("enclosure", "a.wav", body[: len(body) // 2], "audio/wav")
        assert (check, ok) == ("content", False)
        assert "cut short" in message
        found = judge("enclosure", "a.mp3", MP3[: len(MP3) // 2], "audio/mpeg", duration="20")
        assert found[1] == (
            "duration", False, "the feed promises 0:20, but it plays 0:10: it may be cut off, or another recording",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("told", "ok"),
        [
            ("20", True),
            ("0:20", True),
            ("00:00:19", True),
            ("21", True),
            ("18", False),
            ("22", False),
            ("1:00:00", False),
        ],
    )
    def test_plays_as_long_as_the_feed_says(self, judge: Any, told: str, ok: bool) -> None:
        found = judge("enclosure", "a.mp3", MP3, "audio/mpeg", duration=told)
        assert [(check, passed) for check, passed, _ in found] == [("content", True), ("duration", ok)]

    @pytest.mark.parametrize(("told", "ok"), [("1010", True), ("991", True), ("1012", False), ("988", False)])
    def test_may_differ_by_one_percent(self, judge: Any, told: str, ok: bool) -> None:
        found = judge("enclosure", "a.mp3", make_mp3(1000), "audio/mpeg", duration=told)
        assert [passed for check, passed, _ in found if check == "duration"] == [ok]

    @pytest.mark.parametrize("told", ["", "long", "-1"])
    def test_without_a_promised_length_has_none_to_keep(self, judge: Any, told: str) -> None:
        assert len(judge("enclosure", "a.mp3", MP3, "audio/mpeg", duration=told)) == 1


class TestPictures:
    @pytest.mark.parametrize(
        ("made", "name", "size", "given", "words"),
        [
            ("a.jpg", "a.jpg", (1400, 1400), "image/jpeg", None),
            ("a.png", "a.png", (1500, 1500), "", None),
            ("a.png", "art", (1500, 1500), "image/png", None),
            (
                "a.jpg",
                "a.jpg",
                (300, 300),
                "image/jpeg",
                "it has 300 × 300 pixels: Apple Podcasts takes a square of",
            ),
            ("a.jpg", "a.jpg", (1500, 1400), "image/jpeg", "it has 1500 × 1400 pixels"),
            ("a.jpg", "a.jpg", (3001, 3001), "image/jpeg", "it has 3001 × 3001 pixels"),
            ("a.jpg", "a.png", (1400, 1400), "image/jpeg", "its address ends in .png, but it is JPEG"),
            ("a.png", "a.png", (1400, 1400), "image/jpeg", "the server calls it image/jpeg, but it is PNG"),
            ("a.webp", "a.webp", (1400, 1400), "image/webp", "it is WEBP: Apple Podcasts takes JPEG and PNG alone"),
            ("a.gif", "a.jpg", (1400, 1400), "image/jpeg", "it is GIF: Apple Podcasts takes JPEG and PNG alone"),
        ],
    )
    def test_artwork_has_the_type_and_size_that_directories_take(
        self, judge: Any, tmp_path: Path, made: str, name: str, size: tuple[int, int], given: str, words: str | None
    ) -> None:
        body = picture(tmp_path / "made", made, size)
        [(_, ok, message)] = judge("artwork", name, body, None, given=given)
        assert ok is (words is None)
        assert message.startswith(words or f"{body[1:4].decode() if made == 'a.png' else 'JPEG'}, {size[0]} × ")

    @pytest.mark.parametrize(
        ("mode", "form", "words"),
        [
            ("CMYK", "JPEG", "it is in the colours of print (CMYK): Apple Podcasts takes RGB"),
            ("RGBA", "PNG", "it is transparent in places: Apple Podcasts takes RGB"),
            ("L", "JPEG", None),
            ("P", "PNG", None),
        ],
    )
    def test_artwork_has_colours_that_directories_take(
        self, judge: Any, mode: str, form: str, words: str | None
    ) -> None:
        body = io.BytesIO()
        Image.new(mode, (1400, 1400)).save(body, form)
        [(_, ok, message)] = judge("artwork", f"a.{form.lower()}", body.getvalue(), None)
        assert ok is (words is None)
        assert message.startswith(words or form)

    def test_artwork_of_more_than_2_mb_fails(self, judge: Any, tmp_path: Path) -> None:
        body = picture(tmp_path / "made", "a.jpg", (1400, 1400)) + bytes(2 * 10**6)
        [(_, ok, message)] = judge("artwork", "a.jpg", body, None)
        assert not ok
        assert message == "it has 2.0 MB: apps load it slowly in every list"

    @pytest.mark.parametrize("kind", ["artwork", "image"])
    def test_that_are_damaged_fail(self, judge: Any, tmp_path: Path, kind: str) -> None:
        Image.effect_noise((1400, 1400), 90).convert("RGB").save(tmp_path / "noise.jpg")
        body = (tmp_path / "noise.jpg").read_bytes()
        [(_, ok, message)] = judge(kind, "a.jpg", body[: len(body) // 2], None, given="image/jpeg")
        assert not ok
        assert "is damaged or cut short" in message
        assert not judge(kind, "a.jpg", b"no picture", None, given="image/jpeg")[0][1]

    def test_further_ones_have_any_size_and_the_promised_type(self, judge: Any, tmp_path: Path) -> None:
        body = picture(tmp_path / "made", "a.webp", (30, 10))
        assert judge("image", "a.webp", body, "image/webp") == [("content", True, "WEBP, 30 × 10 pixels")]
        [(_, ok, message)] = judge("image", "a", body, "image/png")
        assert not ok
        assert message.startswith("the feed calls it image/png, but it is WEBP")

    def test_that_move_are_not_looked_at(self, judge: Any) -> None:
        assert judge("image", "a.mp4", b"film", "video/mp4")[0][1]


class TestTexts:
    @pytest.mark.parametrize(
        ("name", "type_", "body", "words"),
        [
            ("t.vtt", "text/vtt", VTT, "1 cues"),
            ("t", "text/vtt", VTT, "1 cues"),
            ("t.srt", "application/x-subrip", SRT, "1 cues"),
            ("t", "application/srt", SRT, "1 cues"),
            ("t.srt", "text/srt; charset=utf-8", SRT, "1 cues"),
            ("t.json", "application/json", SEGMENTS, "1 cues"),
            ("t.html", "text/html", HTML, "1 cues"),
            ("t.html", "text/html", WEB_PAGE, "text without times"),
            ("t.txt", "text/plain", b"Welcome", "text without times"),
            ("t.ttml", "application/ttml+xml", b"<tt/>", "a format that podcastkit does not read"),
        ],
    )
    def test_that_can_be_read_pass(self, judge: Any, name: str, type_: str, body: bytes, words: str) -> None:
        assert judge("transcript", name, body, type_) == [("content", True, words)]

    @pytest.mark.parametrize(
        ("name", "type_", "body", "words"),
        [
            ("t.vtt", "text/vtt", SRT, "is SRT, not WebVTT"),
            ("t.vtt", "text/vtt", VTT.decode().encode("utf-16"), "it is UTF-16"),
            ("t.vtt", "text/vtt", b"", "does not begin with WEBVTT"),
            ("t.vtt", "text/vtt", b"WEBVTT\n\n00:00.000 --> 00:xx\nWelcome\n", "(line 3)"),
            ("t.srt", "application/x-subrip", b"Welcome to the show", "t.srt"),
            ("t.json", "application/json", b"Welcome", "is not JSON"),
            ("t.json", "application/json", SEGMENTS[:40], "is not JSON"),
            ("t.json", "application/json", b'{"text": "Welcome"}', "does not contain a list of segments"),
            ("t.json", "application/json", b"[]", "does not contain a list of segments"),
            ("t.html", "text/html", b"<html><body></body></html>", "there is nothing in it"),
            ("t.txt", "text/plain", b"\x00\x01\x02\xff" * 20, "t.txt"),
        ],
    )
    def test_that_cannot_be_read_fail(self, judge: Any, name: str, type_: str, body: bytes, words: str) -> None:
        [(check, ok, message)] = judge("transcript", name, body, type_)
        assert (check, ok) == ("content", False)
        assert words in message
        assert message.endswith(": apps show no transcript")

    @pytest.mark.parametrize("name", ["c.json", "chapters", "c.php"])
    def test_chapters_that_can_be_read_pass(self, judge: Any, name: str) -> None:
        assert judge("chapters", name, CHAPTERS, "application/json+chapters") == [("content", True, "1 chapter")]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"00:00 Start", "is not JSON"),
            (CHAPTERS[:50], "is not JSON"),
            (b"", "is not JSON"),
            (b'{"version": "1.2.0", "chapters": {"0": "Start"}}', "does not contain a list of chapters"),
            (b'[{"startTime": 0, "title": "Start"}]', "does not contain a list of chapters"),
            (b'{"version": "1.2.0", "chapters": [{"start": "0:00"}]}', 'no "startTime" in seconds'),
            (b'{"version": "1.2.0", "chapters": []}', "there is nothing in it"),
            (CHAPTERS.decode().encode("utf-16"), "it is UTF-16"),
        ],
    )
    def test_chapters_that_cannot_be_read_fail(self, judge: Any, body: bytes, words: str) -> None:
        [(check, ok, message)] = judge("chapters", "c.json", body, "application/json+chapters")
        assert (check, ok) == ("content", False)
        assert words in message
        assert message.endswith(": apps show no chapters")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A site where everything is as apps need it."""
    with serving() as site:
        art = picture(tmp_path / "site", "art.jpg", (1400, 1400))
        site.pages |= {
            "/a.mp3": Page(body=MP3, type="audio/mpeg"),
            "/art.jpg": Page(body=art, type="image/jpeg"),
            "/t.vtt": Page(body=VTT, type="text/vtt", headers=ANYBODY),
            "/c.json": Page(body=CHAPTERS, type="application/json", headers=ANYBODY),
        }
        url = site.url
        feed = (
            '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
            'xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel>'
            f'<itunes:image href="{url}/art.jpg"/><item><guid>one</guid><itunes:duration>20</itunes:duration>'
            f'<enclosure url="{url}/a.mp3" length="{len(MP3)}" type="audio/mpeg"/>'
            f'<podcast:chapters url="{url}/c.json" type="application/json+chapters"/>'
            f'<podcast:transcript url="{url}/t.vtt" type="text/vtt"/></item></channel></rss>'
        )
        site.pages["/feed.xml"] = Page(body=feed.encode(), type="application/rss+xml", etag='"1"')
        yield site


def look(site: Site) -> Report:
    return verify(f"{site.url}/feed.xml", deep=True, timeout=30)


def failures(report: Report) -> list[tuple[str, str]]:
    return [(check.url.rpartition("/")[2], check.check) for check in report.failures]


def contents(report: Report) -> list[Check]:
    return [check for check in report.checks if check.check in {"content", "duration"}]


class TestASite:
    def test_passes_and_tells_how_much_was_downloaded(self, site: Site) -> None:
        report = look(site)
        assert report.ok
        assert len(contents(report)) == 5
        assert report.downloaded == sum(
            len(site.pages[path].body) for path in ("/a.mp3", "/art.jpg", "/t.vtt", "/c.json")
        )
        assert report.to_dict()["downloaded"] == report.downloaded

    def test_is_not_downloaded_unless_asked_for(self, site: Site) -> None:
        report = verify(f"{site.url}/feed.xml", timeout=30)
        assert (contents(report), report.downloaded) == ([], None)
        assert "downloaded" not in report.to_dict()
        assert all("Range" in one.headers for one in site.requests if one.path == "/a.mp3" and one.method == "GET")

    def test_with_wrong_content_fails(self, site: Site, tmp_path: Path) -> None:
        site.pages["/a.mp3"] = site.pages["/a.mp3"].but(body=wav(tmp_path).ljust(len(MP3), b"\0"))
        site.pages["/art.jpg"] = Page(body=picture(tmp_path, "small.jpg", (300, 300)), type="image/jpeg")
        site.pages["/c.json"] = site.pages["/c.json"].but(body=b"<p>")
        assert failures(look(site)) == [
            ("art.jpg", "content"), ("a.mp3", "content"), ("a.mp3", "duration"), ("c.json", "content"),
        ]  # fmt: skip

    def test_without_a_file_downloads_nothing_of_it(self, site: Site) -> None:
        del site.pages["/a.mp3"]
        assert failures(look(site)) == [("a.mp3", "head")]

    def test_that_redirects_is_followed(self, site: Site) -> None:
        site.pages["/real.mp3"] = site.pages["/a.mp3"]
        site.pages["/a.mp3"] = Page(status=302, headers={"Location": "/real.mp3"}, body=b"moved " * 1000)
        assert look(site).ok

    def test_is_downloaded_up_to_a_limit(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(content, "_LARGEST_AUDIO", 1000)
        monkeypatch.setattr(content, "_LARGEST_OTHER", 1000)
        report = look(site)
        assert failures(report) == [("art.jpg", "content")]
        assert "larger than 1.0 kB, and apps give up on it" in report.failures[0].message
        [audio] = [check for check in contents(report) if check.url.endswith("a.mp3")]
        assert audio.message == "it is larger than 1.0 kB, so that its content was not looked at"
        assert (report.downloaded or 0) < 3000

    def test_leaves_no_file_behind(self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
        look(site)
        assert list((tmp_path / "temporary").iterdir()) == []

    def test_is_an_error_where_nothing_can_be_stored(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", "/nowhere")
        with pytest.raises(FeedError, match="a download cannot be stored: No such file or directory"):
            look(site)


def test_a_download_that_breaks_off_is_tried_again_once() -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        half = len(MP3) // 2 if len(asked) == 1 else len(MP3)
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(MP3)}\r\n\r\n"
        connection.sendall(head.encode() + MP3[:half])

    with raw(answer) as url, Web(home=url, timeout=30, deadline=60, threads=1) as web:
        file = LinkedFile(kind="enclosure", url=f"{url}/a.mp3", guid=None, content_type="audio/mpeg")
        [check], size = content.download_and_check(web, file)
    assert check.ok
    assert (size, len(asked)) == (len(MP3), 2)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a.mp3?token=1", "a.mp3"),
        ("https://example.org/..%2f..%2fetc/passwd", "passwd"),
        ("https://example.org/%2e%2e", "file"),
        ("https://example.org/", "file"),
        ("https://example.org/gr%C3%B6%C3%9Fe.mp3", "gr__e.mp3"),
        (f"https://example.org/{'a' * 300}.mp3", f"{'a' * 96}.mp3"),
    ],
)
def test_a_download_has_a_safe_name(url: str, name: str) -> None:
    assert content._make_file_name(url) == name


def test_a_file_that_vanished_is_reported(tmp_path: Path) -> None:
    file = LinkedFile(kind="chapters", url="https://example.org/c.json", guid=None)
    [check] = check_content(file, Downloaded(tmp_path / "c.json"))
    assert (check.check, check.ok) == ("content", False)


class TestAPublishedShow:
    def test_for_real_is_looked_into(self, real: Workshop) -> None:
        report = publish(real.folder, at=None).verification
        assert report
        assert {check.check for check in report.checks} >= {"content", "duration"}
        assert report.ok

    def test_as_a_trial_is_not(self, workshop: Workshop) -> None:
        report = publish(workshop.folder, at=NOW).verification
        assert report
        assert contents(report) == []

    def test_in_a_folder_is_looked_into_there(self, tmp_path: Path) -> None:
        publish(small_show(tmp_path / "show").folder, at=NOW)
        storage = LocalStorage(tmp_path / "show" / "public")
        assert verify_stored(storage, storage.public_url, deep=True).ok
        audio = next((storage.path / "media").iterdir())
        audio.write_bytes(WEB_PAGE.ljust(audio.stat().st_size))
        report = verify_stored(storage, storage.public_url, deep=True)
        assert failures(report) == [(audio.name, "content")]


class TestTheCommand:
    def test_says_how_much_was_downloaded(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["verify", "--deep", f"{site.url}/feed.xml"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[-2] == "4 files in order"
        assert lines[-1].endswith(" kB downloaded")

    def test_speaks_json(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        site.pages["/c.json"] = site.pages["/c.json"].but(body=b"[]")
        assert run(["verify", "--deep", f"{site.url}/feed.xml", "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert told["downloaded"] > 300_000
        assert [check["check"] for check in told["checks"] if not check["ok"]] == ["content"]

    def test_looks_into_a_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        show = small_show(tmp_path / "episodes")
        run(["publish"])
        assert run(["verify", "--deep"]) == 0
        next((show.folder / "public" / "artwork").iterdir()).write_bytes(b"no picture")
        capsys.readouterr()
        assert run(["verify", "--deep"]) == 1
        assert "is not an image that can be read" in capsys.readouterr().out
