from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from podcastkit.cli.app import run
from podcastkit.diagnostics import FeedError
from podcastkit.http_client import WebClient
from podcastkit.model import LinkedFile
from podcastkit.publishing.publish import publish
from podcastkit.storage.local import LocalStorage
from podcastkit.verification import content
from podcastkit.verification.content import Downloaded, check_content
from podcastkit.verification.verify import verify, verify_stored
from tests.shows import NOW, Workshop, make_mp3, small_show, write_artwork, write_wav
from tests.site import Page, Site, raw, serve_pages
from tests.sounds import convert

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from podcastkit.verification.report import Check, Report

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
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
def run_checks(tmp_path: Path) -> Any:
    """Return a function that checks the bytes of a file: it lists each check with its result and message."""

    def run_checks(
        kind: str, name: str, body: bytes, type_: str | None, *, duration: str = "", given: str = ""
    ) -> Any:
        path = tmp_path / name
        path.write_bytes(body)
        file = LinkedFile(
            kind=kind, url=f"https://example.org/{name}", guid=None, content_type=type_, duration=duration
        )
        return [(check.check, check.ok, check.message) for check in check_content(file, Downloaded(path, given))]

    return run_checks


def make_wav(folder: Path) -> bytes:
    write_wav(folder / "a.wav", 2)
    return (folder / "a.wav").read_bytes()


def make_picture(folder: Path, name: str, size: tuple[int, int]) -> bytes:
    write_artwork(folder / name, size)
    return (folder / name).read_bytes()


class TestAudio:
    @pytest.mark.parametrize("type_", ["audio/mpeg", "audio/mp3", "audio/x-unknown", None])
    def test_audio_of_the_stated_type_passes(self, run_checks: Any, type_: str | None) -> None:
        assert run_checks("enclosure", "a.mp3", MP3, type_) == [("content", True, "MP3, 0:20, 319.4 kB")]

    @pytest.mark.parametrize(
        ("name", "type_", "words"),
        [
            ("a.mp3", "audio/mpeg", "the feed states audio/mpeg, but the file is WAV"),
            ("a.m4a", "audio/x-m4a", "the feed states audio/x-m4a, but the file is WAV"),
            ("a.mp3", "audio/wav", "the address ends in .mp3, but the file is WAV"),
        ],
    )
    @pytest.mark.parametrize("kind", ["enclosure", "alternate", "trailer"])
    def test_audio_of_another_type_fails(
        self, run_checks: Any, tmp_path: Path, kind: str, name: str, type_: str, words: str
    ) -> None:
        [(check, ok, message)] = run_checks(kind, name, make_wav(tmp_path), type_)
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
    def test_audio_format_is_detected_from_the_bytes(
        self, run_checks: Any, tmp_path: Path, made: str, name: str, type_: str, ok: bool
    ) -> None:
        write_wav(tmp_path / "source.wav", 2)
        body = convert(tmp_path / "source.wav", tmp_path / f"made-{made}").read_bytes()
        assert [found for _, found, _ in run_checks("enclosure", name, body, type_)] == [ok]

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
    def test_web_page_instead_of_a_file_fails(
        self, run_checks: Any, kind: str, type_: str | None, page: bytes
    ) -> None:
        [(check, ok, message)] = run_checks(kind, "a", page, type_)
        assert (check, ok) == ("content", False)
        assert message.startswith("the file is a web page (HTML): apps")

    def test_video_passes_without_a_content_check(self, run_checks: Any) -> None:
        assert run_checks("enclosure", "a.mp4", b"film", "video/mp4") == [
            ("content", True, "video/mp4, 4 bytes; the content was not checked")
        ]

    @pytest.mark.parametrize("body", [b"", b"x" * 5000, b'{"error": "gone"}'], ids=["empty", "noise", "JSON"])
    def test_file_without_audio_fails(self, run_checks: Any, body: bytes) -> None:
        [(_, ok, message)] = run_checks("enclosure", "a.mp3", body, "audio/mpeg")
        assert not ok
        assert message.endswith(": apps cannot play the episode")

    def test_truncated_audio_fails(self, run_checks: Any, tmp_path: Path) -> None:
        body = make_wav(tmp_path)
        [(check, ok, message)] = run_checks("enclosure", "a.wav", body[: len(body) // 2], "audio/wav")
        assert (check, ok) == ("content", False)
        assert "cut short" in message
        found = run_checks("enclosure", "a.mp3", MP3[: len(MP3) // 2], "audio/mpeg", duration="20")
        assert found[1] == (
            "duration", False,
            "the feed states 0:20, but the audio lasts 0:10: the file may be cut off or the wrong recording",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("stated", "ok"),
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
    def test_duration_must_match_the_feed(self, run_checks: Any, stated: str, ok: bool) -> None:
        found = run_checks("enclosure", "a.mp3", MP3, "audio/mpeg", duration=stated)
        assert [(check, passed) for check, passed, _ in found] == [("content", True), ("duration", ok)]

    @pytest.mark.parametrize(("stated", "ok"), [("1010", True), ("991", True), ("1012", False), ("988", False)])
    def test_duration_may_differ_by_one_percent(self, run_checks: Any, stated: str, ok: bool) -> None:
        found = run_checks("enclosure", "a.mp3", make_mp3(1000), "audio/mpeg", duration=stated)
        assert [passed for check, passed, _ in found if check == "duration"] == [ok]

    @pytest.mark.parametrize("stated", ["", "long", "-1"])
    def test_duration_missing_in_the_feed_is_not_checked(self, run_checks: Any, stated: str) -> None:
        assert len(run_checks("enclosure", "a.mp3", MP3, "audio/mpeg", duration=stated)) == 1


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
                "the picture has 300 × 300 pixels: Apple Podcasts accepts only a square of",
            ),
            ("a.jpg", "a.jpg", (1500, 1400), "image/jpeg", "the picture has 1500 × 1400 pixels"),
            ("a.jpg", "a.jpg", (3001, 3001), "image/jpeg", "the picture has 3001 × 3001 pixels"),
            (
                "a.jpg",
                "a.png",
                (1400, 1400),
                "image/jpeg",
                "the address ends in .png, but the picture is JPEG",
            ),
            (
                "a.png",
                "a.png",
                (1400, 1400),
                "image/jpeg",
                "the server sends the type image/jpeg, but the picture is PNG",
            ),
            (
                "a.webp",
                "a.webp",
                (1400, 1400),
                "image/webp",
                "the picture is WEBP: Apple Podcasts accepts only",
            ),
            ("a.gif", "a.jpg", (1400, 1400), "image/jpeg", "the picture is GIF: Apple Podcasts accepts only"),
        ],
    )
    def test_artwork_must_have_an_accepted_format_and_size(
        self,
        run_checks: Any,
        tmp_path: Path,
        made: str,
        name: str,
        size: tuple[int, int],
        given: str,
        words: str | None,
    ) -> None:
        body = make_picture(tmp_path / "made", made, size)
        [(_, ok, message)] = run_checks("artwork", name, body, None, given=given)
        assert ok is (words is None)
        assert message.startswith(words or f"{body[1:4].decode() if made == 'a.png' else 'JPEG'}, {size[0]} × ")

    @pytest.mark.parametrize(
        ("mode", "form", "words"),
        [
            ("CMYK", "JPEG", "the picture is in print colors (CMYK): Apple Podcasts accepts only RGB"),
            ("RGBA", "PNG", "the picture has transparent areas: Apple Podcasts accepts only RGB"),
            ("L", "JPEG", None),
            ("P", "PNG", None),
        ],
    )
    def test_artwork_must_have_accepted_colors(
        self, run_checks: Any, mode: str, form: str, words: str | None
    ) -> None:
        body = io.BytesIO()
        Image.new(mode, (1400, 1400)).save(body, form)
        [(_, ok, message)] = run_checks("artwork", f"a.{form.lower()}", body.getvalue(), None)
        assert ok is (words is None)
        assert message.startswith(words or form)

    def test_artwork_of_more_than_2_mb_fails(self, run_checks: Any, tmp_path: Path) -> None:
        body = make_picture(tmp_path / "made", "a.jpg", (1400, 1400)) + bytes(2 * 10**6)
        [(_, ok, message)] = run_checks("artwork", "a.jpg", body, None)
        assert not ok
        assert message == "the picture has 2.0 MB: apps load it slowly in every list"

    @pytest.mark.parametrize("kind", ["artwork", "image"])
    def test_damaged_picture_fails(self, run_checks: Any, tmp_path: Path, kind: str) -> None:
        Image.effect_noise((1400, 1400), 90).convert("RGB").save(tmp_path / "noise.jpg")
        body = (tmp_path / "noise.jpg").read_bytes()
        [(_, ok, message)] = run_checks(kind, "a.jpg", body[: len(body) // 2], None, given="image/jpeg")
        assert not ok
        assert "is damaged or cut short" in message
        assert not run_checks(kind, "a.jpg", b"no picture", None, given="image/jpeg")[0][1]

    def test_further_picture_may_have_any_size_but_must_have_the_stated_type(
        self, run_checks: Any, tmp_path: Path
    ) -> None:
        body = make_picture(tmp_path / "made", "a.webp", (30, 10))
        assert run_checks("image", "a.webp", body, "image/webp") == [("content", True, "WEBP, 30 × 10 pixels")]
        [(_, ok, message)] = run_checks("image", "a", body, "image/png")
        assert not ok
        assert message.startswith("the feed states the type image/png, but the picture is WEBP")

    def test_further_picture_may_be_a_video(self, run_checks: Any) -> None:
        assert run_checks("image", "a.mp4", b"film", "video/mp4")[0][1]


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
            (
                "t.ttml",
                "application/ttml+xml",
                b"<tt/>",
                "podcastkit cannot read this format; the content was not checked",
            ),
        ],
    )
    def test_readable_transcript_passes(
        self, run_checks: Any, name: str, type_: str, body: bytes, words: str
    ) -> None:
        assert run_checks("transcript", name, body, type_) == [("content", True, words)]

    @pytest.mark.parametrize(
        ("name", "type_", "body", "words"),
        [
            ("t.vtt", "text/vtt", SRT, "is SRT, not WebVTT"),
            ("t.vtt", "text/vtt", VTT.decode().encode("utf-16"), "the text is UTF-16"),
            ("t.vtt", "text/vtt", b"", "does not begin with WEBVTT"),
            ("t.vtt", "text/vtt", b"WEBVTT\n\n00:00.000 --> 00:xx\nWelcome\n", "(line 3)"),
            ("t.srt", "application/x-subrip", b"Welcome to the show", "t.srt"),
            ("t.json", "application/json", b"Welcome", "is not JSON"),
            ("t.json", "application/json", SEGMENTS[:40], "is not JSON"),
            ("t.json", "application/json", b'{"text": "Welcome"}', "does not contain a list of segments"),
            ("t.json", "application/json", b"[]", "does not contain a list of segments"),
            ("t.html", "text/html", b"<html><body></body></html>", "the file has nothing to show"),
            ("t.txt", "text/plain", b"\x00\x01\x02\xff" * 20, "t.txt"),
        ],
    )
    def test_unreadable_transcript_fails(
        self, run_checks: Any, name: str, type_: str, body: bytes, words: str
    ) -> None:
        [(check, ok, message)] = run_checks("transcript", name, body, type_)
        assert (check, ok) == ("content", False)
        assert words in message
        assert message.endswith(": apps show no transcript")

    @pytest.mark.parametrize("name", ["c.json", "chapters", "c.php"])
    def test_readable_chapters_pass(self, run_checks: Any, name: str) -> None:
        assert run_checks("chapters", name, CHAPTERS, "application/json+chapters") == [
            ("content", True, "1 chapter")
        ]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"00:00 Start", "is not JSON"),
            (CHAPTERS[:50], "is not JSON"),
            (b"", "is not JSON"),
            (b'{"version": "1.2.0", "chapters": {"0": "Start"}}', "does not contain a list of chapters"),
            (b'[{"startTime": 0, "title": "Start"}]', "does not contain a list of chapters"),
            (b'{"version": "1.2.0", "chapters": [{"start": "0:00"}]}', 'no "startTime" in seconds'),
            (b'{"version": "1.2.0", "chapters": []}', "the file has nothing to show"),
            (CHAPTERS.decode().encode("utf-16"), "the text is UTF-16"),
        ],
    )
    def test_unreadable_chapters_fail(self, run_checks: Any, body: bytes, words: str) -> None:
        [(check, ok, message)] = run_checks("chapters", "c.json", body, "application/json+chapters")
        assert (check, ok) == ("content", False)
        assert words in message
        assert message.endswith(": apps show no chapters")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Serve a feed and files without any problem."""
    with serve_pages() as site:
        art = make_picture(tmp_path / "site", "art.jpg", (1400, 1400))
        site.pages |= {
            "/a.mp3": Page(body=MP3, type="audio/mpeg"),
            "/art.jpg": Page(body=art, type="image/jpeg"),
            "/t.vtt": Page(body=VTT, type="text/vtt", headers=ANY_ORIGIN),
            "/c.json": Page(body=CHAPTERS, type="application/json", headers=ANY_ORIGIN),
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


def verify_deeply(site: Site) -> Report:
    return verify(f"{site.url}/feed.xml", deep=True, timeout=30)


def failures(report: Report) -> list[tuple[str, str]]:
    return [(check.url.rpartition("/")[2], check.check) for check in report.failures]


def list_content_checks(report: Report) -> list[Check]:
    return [check for check in report.checks if check.check in {"content", "duration"}]


class TestSite:
    def test_good_site_passes_and_reports_the_downloaded_bytes(self, site: Site) -> None:
        report = verify_deeply(site)
        assert report.ok
        assert len(list_content_checks(report)) == 5
        assert report.downloaded == sum(
            len(site.pages[path].body) for path in ("/a.mp3", "/art.jpg", "/t.vtt", "/c.json")
        )
        assert report.to_dict()["downloaded"] == report.downloaded

    def test_files_are_downloaded_only_with_deep(self, site: Site) -> None:
        report = verify(f"{site.url}/feed.xml", timeout=30)
        assert (list_content_checks(report), report.downloaded) == ([], None)
        assert "downloaded" not in report.to_dict()
        assert all("Range" in one.headers for one in site.requests if one.path == "/a.mp3" and one.method == "GET")

    def test_wrong_content_fails(self, site: Site, tmp_path: Path) -> None:
        site.pages["/a.mp3"] = site.pages["/a.mp3"].but(body=make_wav(tmp_path).ljust(len(MP3), b"\0"))
        site.pages["/art.jpg"] = Page(body=make_picture(tmp_path, "small.jpg", (300, 300)), type="image/jpeg")
        site.pages["/c.json"] = site.pages["/c.json"].but(body=b"<p>")
        assert failures(verify_deeply(site)) == [
            ("art.jpg", "content"), ("a.mp3", "content"), ("a.mp3", "duration"), ("c.json", "content"),
        ]  # fmt: skip

    def test_missing_file_fails_once(self, site: Site) -> None:
        del site.pages["/a.mp3"]
        assert failures(verify_deeply(site)) == [("a.mp3", "head")]

    def test_redirect_is_followed(self, site: Site) -> None:
        site.pages["/real.mp3"] = site.pages["/a.mp3"]
        site.pages["/a.mp3"] = Page(status=302, headers={"Location": "/real.mp3"}, body=b"moved " * 1000)
        assert verify_deeply(site).ok

    def test_download_stops_at_the_limit(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(content, "_MAX_AUDIO_SIZE", 1000)
        monkeypatch.setattr(content, "_MAX_OTHER_SIZE", 1000)
        report = verify_deeply(site)
        assert failures(report) == [("art.jpg", "content")]
        assert "larger than 1.0 kB, so apps may not load it" in report.failures[0].message
        [audio] = [check for check in list_content_checks(report) if check.url.endswith("a.mp3")]
        assert audio.message == "the file is larger than 1.0 kB, so its content was not checked"
        assert (report.downloaded or 0) < 3000

    def test_temporary_files_are_removed(self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
        verify_deeply(site)
        assert list((tmp_path / "temporary").iterdir()) == []

    def test_download_that_cannot_be_stored_raises(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", "/nowhere")
        with pytest.raises(FeedError, match="a download cannot be stored: No such file or directory"):
            verify_deeply(site)


def test_interrupted_download_is_retried_once() -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        half = len(MP3) // 2 if len(asked) == 1 else len(MP3)
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(MP3)}\r\n\r\n"
        connection.sendall(head.encode() + MP3[:half])

    with raw(answer) as url, WebClient(user_url=url, timeout=30, deadline=60, threads=1) as web:
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
def test_download_has_a_safe_name(url: str, name: str) -> None:
    assert content._make_file_name(url) == name


def test_file_removed_before_the_check_fails(tmp_path: Path) -> None:
    file = LinkedFile(kind="chapters", url="https://example.org/c.json", guid=None)
    [check] = check_content(file, Downloaded(tmp_path / "c.json"))
    assert (check.check, check.ok) == ("content", False)


class TestPublishedShow:
    def test_publish_checks_content(self, real: Workshop) -> None:
        report = publish(real.folder, at=None).verification
        assert report
        assert {check.check for check in report.checks} >= {"content", "duration"}
        assert report.ok

    def test_trial_run_does_not_check_content(self, workshop: Workshop) -> None:
        report = publish(workshop.folder, at=NOW).verification
        assert report
        assert list_content_checks(report) == []

    def test_verify_of_a_folder_checks_content(self, tmp_path: Path) -> None:
        publish(small_show(tmp_path / "show").folder, at=NOW)
        storage = LocalStorage(tmp_path / "show" / "public")
        assert verify_stored(storage, storage.public_url, deep=True).ok
        audio = next((storage.path / "media").iterdir())
        audio.write_bytes(WEB_PAGE.ljust(audio.stat().st_size))
        report = verify_stored(storage, storage.public_url, deep=True)
        assert failures(report) == [(audio.name, "content")]


class TestCommand:
    def test_command_prints_the_downloaded_size(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["verify", "--deep", f"{site.url}/feed.xml"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[-2] == "4 files ok"
        assert lines[-1].endswith(" kB downloaded")

    def test_command_prints_json(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        site.pages["/c.json"] = site.pages["/c.json"].but(body=b"[]")
        assert run(["verify", "--deep", f"{site.url}/feed.xml", "--json"]) == 1
        output = json.loads(capsys.readouterr().out)
        assert output["downloaded"] > 300_000
        assert [check["check"] for check in output["checks"] if not check["ok"]] == ["content"]

    def test_command_checks_content_in_a_folder(
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
