"""Replace the tags in the published copy of an audio file. Apps and car radios show them.

MP3 files get ID3v2.3 tags, which all players read (https://id3.org/id3v2.3.0), with chapters
(https://id3.org/id3v2-chapters-1.0) and the PCST, WFED and TGID frames of iTunes. M4A files get the atoms of
iTunes, and chapters both as a Nero list and as a text track.
"""

from __future__ import annotations

import io
import re
from bisect import bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from mutagen import MutagenError
from mutagen.id3 import (
    APIC,
    CHAP,
    COMM,
    CTOC,
    ID3,
    PCST,
    TALB,
    TCON,
    TDAT,
    TGID,
    TIT2,
    TLAN,
    TPE1,
    TRCK,
    TYER,
    WFED,
    WOAF,
    WXXX,
    CTOCFlags,
    Encoding,
    PictureType,
)
from mutagen.id3._tags import save_frame
from mutagen.mp4 import MP4, MP4Cover

from podcastkit.diagnostics import MediaError
from podcastkit.disk import replace_file
from podcastkit.media.artwork import make_cover
from podcastkit.media.containers.file_bytes import FileBytes
from podcastkit.media.containers.mp3 import find_audio_range
from podcastkit.media.ffmpeg import build_input, run_ffmpeg
from podcastkit.media.files import make_work_folder
from podcastkit.media.probing import probe
from podcastkit.model import Chapter
from podcastkit.text.cleaning import clean_line
from podcastkit.text.quoting import format_file_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from podcastkit.model import Audio, MediaTags

_GENRE: Final = "Podcast"
_PADDING = 1024
"""Bytes. A fixed value, because mutagen's default padding depends on the previous tags of the file."""
_PODCAST_KIND = 21
"""The value of iTunes' `stik` atom for podcasts."""
_UNKNOWN_LANGUAGE = "und"
"""The ISO 639-2 code for an undetermined language."""
_LONGEST_LIST = 255
"""The maximum of a one-byte count: entries of a table of contents, chapters of a Nero list, bytes of its titles."""
_BLOCK = 2**20
_ESCAPED = re.compile(r"([=;#\\\n])")
"""The characters that ffmpeg's metadata format escapes with a backslash."""


def write_tags(path: Path, tags: MediaTags, duration: timedelta) -> None:
    """Replace all tags of an MP3 or M4A file. The encoded audio stays the same, bit for bit.

    Equal audio and tags give equal bytes, regardless of the previous tags; for M4A, the version of ffmpeg must be
    the same, too. The last chapter ends at `duration`. Raises `MediaError` if the file or the cover cannot be read,
    or the file cannot be written; the file is then unchanged. Raises `ValueError` for any other audio format.
    """
    audio = probe(path)
    cover = make_cover(tags.cover) if tags.cover else None
    chapters = _build_chapters(tags.chapters, duration)
    with make_work_folder(path.parent, format_file_name(path)) as folder:
        copy = folder / f"tagged.{audio.format}"
        if audio.format == "mp3":
            _write_mp3(path, copy, _build_id3(tags, chapters, cover))
        elif audio.format == "m4a":
            _write_m4a(audio, copy, tags, chapters, cover)
        else:
            raise ValueError(f"{path} is {audio.format}, which is not a format for publishing")
        replace_file(copy, path)


def _build_chapters(chapters: Iterable[Chapter], duration: timedelta) -> list[Chapter]:
    """Return the chapters that start before the end of the audio, sorted, and each with an end."""
    inside = [chapter for chapter in chapters if chapter.start < duration]
    inside.sort(key=lambda chapter: chapter.start)
    all_starts = [chapter.start for chapter in inside]
    listed_starts = [chapter.start for chapter in inside if not chapter.hidden]
    # A hidden chapter ends at the next chapter of any kind, and a listed chapter at the next listed chapter.
    return [
        _build_chapter(chapter, all_starts if chapter.hidden else listed_starts, duration) for chapter in inside
    ]


def _build_chapter(chapter: Chapter, starts: Sequence[timedelta], duration: timedelta) -> Chapter:
    """Return the chapter with an end.

    The end is the one that the chapter states, if that is valid. Otherwise it is the next of these starts. After
    the last start, it is `duration`.
    """
    end = next(iter(starts[bisect_right(starts, chapter.start) :]), duration)
    if chapter.end is not None and chapter.end > chapter.start:
        end = min(chapter.end, duration)
    return Chapter(
        start=chapter.start,
        title=clean_line(chapter.title or ""),
        url=_encode_url(chapter.url),
        end=end,
        hidden=chapter.hidden,
    )


def _to_milliseconds(moment: timedelta | None) -> int:
    return max(round((moment or timedelta()) / timedelta(milliseconds=1)), 0)


def _encode_url(address: str | None) -> str | None:
    """Percent-encode a URL for ID3. Existing escapes are kept."""
    return quote(address, safe="!#$%&'()*+,/:;=?@[]~", errors="replace") if address else None


def _clean_lines(text: str | None) -> str | None:
    """Remove control characters from a text, but keep its line breaks."""
    return "\n".join(clean_line(line) or "" for line in (text or "").splitlines()).strip() or None


def _to_iso_639(tag: str) -> str:
    """Convert a BCP 47 language tag to a three-letter code (ISO 639-2/T). Unknown languages have the code `und`."""
    from langcodes import Language  # noqa: PLC0415 - slow to import

    try:
        return Language.get(tag.partition("-")[0], normalize=False).to_alpha3()
    except LookupError:
        return _UNKNOWN_LANGUAGE


def _write_mp3(source_path: Path, target: Path, tag: bytes) -> None:
    with source_path.open("rb") as source, target.open("wb") as output:
        start, end = find_audio_range(FileBytes(source, source.seek(0, io.SEEK_END)))
        output.write(tag)
        source.seek(start)
        while block := source.read(min(_BLOCK, end - source.tell())):
            output.write(block)


_id3_class: Any = ID3


class _OrderedID3(_id3_class):  # type: ignore[misc] # mutagen's types have gaps
    """ID3 tags that are written in the order in which the frames were added.

    mutagen sorts chapters by size, and programs based on ffmpeg show chapters in the order of the file.
    """

    def _write(self, config: Any) -> bytearray:  # noqa: ANN401 - mutagen has no types for it
        return bytearray().join(save_frame(frame, config=config) for frame in self.values())


def _build_id3(tags: MediaTags, chapters: Sequence[Chapter], cover: bytes | None) -> bytes:
    id3 = _OrderedID3()
    for frame in (*_build_text_frames(tags), *_build_podcast_frames(tags), *_build_chapter_frames(chapters)):
        id3.add(frame)
    if cover:
        front = PictureType.COVER_FRONT
        id3.add(APIC(encoding=Encoding.LATIN1, mime="image/jpeg", type=front, desc="", data=cover))
    body = io.BytesIO()
    id3.save(body, v1=0, v2_version=3, padding=lambda _: _PADDING)
    return body.getvalue()


def _build_text_frames(tags: MediaTags) -> Iterator[Any]:
    number, total = tags.track
    track = f"{number}/{total}" if total else f"{number}"
    texts = {
        TIT2: clean_line(tags.title),
        TPE1: clean_line(tags.artist),
        TALB: clean_line(tags.album),
        TRCK: track if number else None,
        TYER: f"{tags.date:%Y}".zfill(4),
        TDAT: f"{tags.date:%d%m}",  # day and month; only ID3v2.4 has a single frame for the whole date
        TCON: _GENRE,
        TLAN: _to_iso_639(tags.language),
    }
    for frame_class, text in texts.items():
        if text:
            yield _build_text_frame(frame_class, text)
    if comment := _clean_lines(tags.comment):
        yield COMM(encoding=Encoding.UTF16, lang=_to_iso_639(tags.language), desc="", text=[comment])


def _build_text_frame(frame_class: Any, text: str) -> Any:  # noqa: ANN401 - mutagen's frames are built from tables
    return frame_class(encoding=Encoding.UTF16, text=[text])


def _build_podcast_frames(tags: MediaTags) -> Iterator[Any]:
    yield PCST(value=1)
    if tags.feed_url:
        yield WFED(url=_encode_url(tags.feed_url))
    if tags.guid:
        yield _build_text_frame(TGID, clean_line(tags.guid) or "")
    if tags.link:
        yield WOAF(url=_encode_url(tags.link))


def _build_chapter_frames(chapters: Sequence[Chapter]) -> Iterator[Any]:
    """Yield the chapters and a table of contents. The table omits hidden chapters, which have only a link."""
    shown = [chapter for chapter in chapters if not chapter.hidden]
    has_contents = 0 < len(shown) <= _LONGEST_LIST
    if not has_contents:  # without a table of contents, players would show hidden chapters
        chapters = shown
    chapters_by_id = {
        f"chapter{number}": chapter
        for number, chapter in enumerate(chapters, 1)
        if chapter.url or not chapter.hidden
    }
    for element_id, chapter in chapters_by_id.items():
        title = [_build_text_frame(TIT2, chapter.title)] if chapter.title and not chapter.hidden else []
        link = [WXXX(encoding=Encoding.LATIN1, desc="", url=chapter.url)] if chapter.url else []
        start, end = _to_milliseconds(chapter.start), _to_milliseconds(chapter.end)
        yield CHAP(element_id=element_id, start_time=start, end_time=end, sub_frames=[*title, *link])
    if has_contents:
        listed_ids = [element_id for element_id, chapter in chapters_by_id.items() if not chapter.hidden]
        yield CTOC(element_id="toc", flags=CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED, child_element_ids=listed_ids)


def _write_m4a(
    audio: Audio, target: Path, tags: MediaTags, chapters: Sequence[Chapter], cover: bytes | None
) -> None:
    # MP4 cannot store chapters without a title, and players would show hidden ones.
    named = [chapter for chapter in chapters if chapter.title and not chapter.hidden]
    metadata = target.with_suffix(".txt")
    metadata.write_bytes(_format_ffmetadata(named, _to_iso_639(tags.language)).encode())
    try:
        run_ffmpeg(_build_ffmpeg_arguments(audio, metadata, target, fits_nero_list=_fits_nero_list(named)))
        _write_atoms(target, _build_atoms(tags, cover))
    except (MediaError, MutagenError) as error:
        hint = error.hint if isinstance(error, MediaError) else "check whether the disk is full"
        raise MediaError(f"{format_file_name(audio.path)} cannot be tagged: {error}", hint) from error


def _write_atoms(path: Path, atoms: Iterable[tuple[str, Any]]) -> None:
    output = MP4(path)
    output.tags = None
    output.add_tags()
    for name, value in atoms:
        output[name] = value
    output.save(padding=lambda _: _PADDING)


def _build_ffmpeg_arguments(audio: Audio, metadata: Path, target: Path, *, fits_nero_list: bool) -> list[str]:
    return [
        *("-loglevel", "error", "-y"),
        *build_input(audio),
        *("-f", "ffmetadata", "-i", f"file:{metadata}"),
        *("-map", "0:a:0", "-c", "copy"),
        # `-map_metadata -1` would also remove the titles of the chapters.
        *("-map_metadata", "1", "-map_metadata:s:a:0", "1:g", "-map_chapters", "1"),
        *("-fflags", "+bitexact", "-movflags", "+faststart" if fits_nero_list else "+faststart+disable_chpl"),
        *("-f", "ipod", f"file:{target}"),
    ]


def _fits_nero_list(chapters: Sequence[Chapter]) -> bool:
    """Check whether the chapters fit into a Nero list. Otherwise ffmpeg would cut the list or the titles."""
    return len(chapters) <= _LONGEST_LIST and all(
        len((chapter.title or "").encode()) <= _LONGEST_LIST for chapter in chapters
    )


def _format_ffmetadata(chapters: Sequence[Chapter], language: str) -> str:
    """Return the chapters in ffmpeg's metadata format: https://ffmpeg.org/ffmpeg-formats.html#Metadata-2."""
    lines = [";FFMETADATA1", f"language={language}"]
    for chapter in chapters:
        title = _ESCAPED.sub(r"\\\1", chapter.title or "")
        start, end = _to_milliseconds(chapter.start), _to_milliseconds(chapter.end)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={end}", f"title={title}"]
    return "\n".join([*lines, ""])


def _build_atoms(tags: MediaTags, cover: bytes | None) -> Iterator[tuple[str, Any]]:
    number, total = tags.track
    texts = {
        "\xa9nam": clean_line(tags.title),
        "\xa9ART": clean_line(tags.artist),
        "aART": clean_line(tags.artist),
        "\xa9alb": clean_line(tags.album),
        "\xa9day": tags.date.isoformat(),
        "\xa9gen": _GENRE,
        "\xa9cmt": _clean_lines(tags.comment),
        "desc": _clean_lines(tags.comment),
        "\xa9url": _encode_url(tags.link),
        "purl": _encode_url(tags.feed_url),
        "egid": clean_line(tags.guid or ""),
    }
    yield from ((name, [text]) for name, text in texts.items() if text)
    yield "pcst", True
    yield "stik", [_PODCAST_KIND]
    if number:
        yield "trkn", [(number, total or 0)]
    if cover:
        yield "covr", [MP4Cover(cover, MP4Cover.FORMAT_JPEG)]
