"""What our copy of an audio file says of itself to apps and car radios, in place of all that it said before.

ID3v2.3 in MP3, because everything reads it (https://id3.org/id3v2.3.0, with https://id3.org/id3v2-chapters-1.0 and
iTunes' own PCST, WFED and TGID); in M4A iTunes' atoms, and chapters both in Nero's list and as a track of texts.
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
from podcastkit.media.artwork import cover_of
from podcastkit.media.containers.file_bytes import FileBytes
from podcastkit.media.containers.mp3 import find_sound
from podcastkit.media.ffmpeg import input_of, run_ffmpeg
from podcastkit.media.files import workplace
from podcastkit.media.probing import probe
from podcastkit.model import Chapter
from podcastkit.text.cleaning import clean_line
from podcastkit.text.quoting import display_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from podcastkit.model import Audio, MediaTags

_GENRE: Final = "Podcast"
_PADDING = 1024
"""Bytes, always: mutagen's own padding depends on what was there before."""
_PODCAST_KIND = 21
"""What iTunes calls a podcast under `stik`."""
_NOBODY_KNOWS = "und"
"""ISO 639-2's code of a language that is not known."""
_LONGEST_LIST = 255
"""Entries of a table of contents, chapters of Nero's list, bytes of a title in it: all are counted in one byte."""
_BLOCK = 2**20
_ESCAPED = re.compile(r"([=;#\\\n])")


def write_tags(path: Path, tags: MediaTags, duration: timedelta) -> None:
    """Replace all that an MP3 or M4A of ours says of itself; what is heard of it stays the same, bit for bit.

    The same sound and tags make the same bytes, whatever was there before, in M4A by the same ffmpeg. `duration` is
    where the last chapter ends. Raises `MediaError` when the file or the cover cannot be read, or the file cannot
    be written; then it stays as it was.
    """
    audio = probe(path)
    cover = cover_of(tags.cover) if tags.cover else None
    marks = _marks(tags.chapters, duration)
    with workplace(path.parent, display_name(path)) as folder:
        unfinished = folder / f"tagged.{audio.format}"
        if audio.format == "mp3":
            _write_mp3(path, unfinished, _id3_of(tags, marks, cover))
        elif audio.format == "m4a":
            _write_m4a(audio, unfinished, tags, marks, cover)
        else:
            raise ValueError(f"{path} is {audio.format}, which listeners never get")
        replace_file(unfinished, path)


def _marks(chapters: Iterable[Chapter], duration: timedelta) -> list[Chapter]:
    """Return the chapters as files hold them: in order, each with an end, none after the end of all."""
    inside = [chapter for chapter in chapters if chapter.start < duration]
    inside.sort(key=lambda chapter: chapter.start)
    every = [chapter.start for chapter in inside]
    listed = [chapter.start for chapter in inside if not chapter.hidden]
    return [_mark(chapter, every if chapter.hidden else listed, duration) for chapter in inside]


def _mark(chapter: Chapter, starts: Sequence[timedelta], duration: timedelta) -> Chapter:
    """Return a chapter that ends at the next of these starts, unless it says otherwise."""
    end = next(iter(starts[bisect_right(starts, chapter.start) :]), duration)
    if chapter.end is not None and chapter.end > chapter.start:
        end = min(chapter.end, duration)
    return Chapter(
        start=chapter.start,
        title=clean_line(chapter.title or ""),
        url=_ascii(chapter.url),
        end=end,
        hidden=chapter.hidden,
    )


def _milliseconds(moment: timedelta | None) -> int:
    return max(round((moment or timedelta()) / timedelta(milliseconds=1)), 0)


def _ascii(address: str | None) -> str | None:
    """Return a web address as ID3 holds it; what is escaped already stays so."""
    return quote(address, safe="!#$%&'()*+,/:;=?@[]~", errors="replace") if address else None


def _lines(text: str | None) -> str | None:
    """Return a text of several lines without any other control characters."""
    return "\n".join(clean_line(line) or "" for line in (text or "").splitlines()).strip() or None


def _language(tag: str) -> str:
    """Return the code of three letters (ISO 639-2/T) of a BCP 47 tag."""
    from langcodes import Language  # noqa: PLC0415 - slow to import

    try:
        return Language.get(tag.partition("-")[0], normalize=False).to_alpha3()
    except LookupError:
        return _NOBODY_KNOWS


def _write_mp3(given: Path, target: Path, tag: bytes) -> None:
    with given.open("rb") as source, target.open("wb") as made:
        start, end = find_sound(FileBytes(source, source.seek(0, io.SEEK_END)))
        made.write(tag)
        source.seek(start)
        while block := source.read(min(_BLOCK, end - source.tell())):
            made.write(block)


_id3_class: Any = ID3


class _InOrder(_id3_class):  # type: ignore[misc] # mutagen's types have gaps
    """ID3 tags whose frames stand in the file as they were added: mutagen writes chapters by their size.

    Programs that read with ffmpeg show them as they stand.
    """

    def _write(self, config: Any) -> bytearray:  # noqa: ANN401 - mutagen has no types for it
        return bytearray().join(save_frame(frame, config=config) for frame in self.values())


def _id3_of(tags: MediaTags, marks: Sequence[Chapter], cover: bytes | None) -> bytes:
    id3 = _InOrder()
    for frame in (*_texts_of(tags), *_podcast_frames_of(tags), *_chapter_frames_of(marks)):
        id3.add(frame)
    if cover:
        front = PictureType.COVER_FRONT
        id3.add(APIC(encoding=Encoding.LATIN1, mime="image/jpeg", type=front, desc="", data=cover))
    body = io.BytesIO()
    id3.save(body, v1=0, v2_version=3, padding=lambda _: _PADDING)
    return body.getvalue()


def _texts_of(tags: MediaTags) -> Iterator[Any]:
    number, total = tags.track
    texts = {
        TIT2: clean_line(tags.title),
        TPE1: clean_line(tags.artist),
        TALB: clean_line(tags.album),
        TRCK: f"{number}/{total}" if number and total else number and str(number),
        TYER: f"{tags.date:%Y}".zfill(4),
        TDAT: f"{tags.date:%d%m}",  # day and month; ID3v2.4 alone has one frame for all
        TCON: _GENRE,
        TLAN: _language(tags.language),
    }
    for frame, text in texts.items():
        if text:
            yield _text(frame, text)
    if comment := _lines(tags.comment):
        yield COMM(encoding=Encoding.UTF16, lang=_language(tags.language), desc="", text=[comment])


def _text(frame: Any, text: str) -> Any:  # noqa: ANN401 - mutagen's frames are built from tables
    return frame(encoding=Encoding.UTF16, text=[text])


def _podcast_frames_of(tags: MediaTags) -> Iterator[Any]:
    yield PCST(value=1)
    if tags.feed_url:
        yield WFED(url=_ascii(tags.feed_url))
    if tags.guid:
        yield _text(TGID, clean_line(tags.guid) or "")
    if tags.link:
        yield WOAF(url=_ascii(tags.link))


def _chapter_frames_of(marks: Sequence[Chapter]) -> Iterator[Any]:
    """Yield the chapters and their table of contents, which leaves out hidden ones: only their links matter."""
    shown = [mark for mark in marks if not mark.hidden]
    has_contents = 0 < len(shown) <= _LONGEST_LIST
    if not has_contents:  # then hidden chapters would be shown
        marks = shown
    names = {f"chapter{place}": mark for place, mark in enumerate(marks, 1) if mark.url or not mark.hidden}
    for name, mark in names.items():
        title = [_text(TIT2, mark.title)] if mark.title and not mark.hidden else []
        link = [WXXX(encoding=Encoding.LATIN1, desc="", url=mark.url)] if mark.url else []
        start, end = _milliseconds(mark.start), _milliseconds(mark.end)
        yield CHAP(element_id=name, start_time=start, end_time=end, sub_frames=[*title, *link])
    if has_contents:
        listed = [name for name, mark in names.items() if not mark.hidden]
        yield CTOC(element_id="toc", flags=CTOCFlags.TOP_LEVEL | CTOCFlags.ORDERED, child_element_ids=listed)


def _write_m4a(audio: Audio, target: Path, tags: MediaTags, marks: Sequence[Chapter], cover: bytes | None) -> None:
    # A chapter without a title cannot be told there, and one that is hidden would be shown.
    named = [mark for mark in marks if mark.title and not mark.hidden]
    metadata = target.with_suffix(".txt")
    metadata.write_bytes(_ffmetadata_of(named, _language(tags.language)).encode())
    try:
        run_ffmpeg(_arguments(audio, metadata, target, fits_list=_fits_list(named)))
        _write_atoms(target, _atoms_of(tags, cover))
    except (MediaError, MutagenError) as error:
        hint = error.hint if isinstance(error, MediaError) else "see whether the disk is full"
        raise MediaError(f"{display_name(audio.path)} cannot be tagged: {error}", hint) from error


def _write_atoms(path: Path, atoms: Iterable[tuple[str, Any]]) -> None:
    made = MP4(path)
    made.tags = None
    made.add_tags()
    for name, value in atoms:
        made[name] = value
    made.save(padding=lambda _: _PADDING)


def _arguments(audio: Audio, metadata: Path, target: Path, *, fits_list: bool) -> list[str]:
    return [
        *("-loglevel", "error", "-y"),
        *input_of(audio),
        *("-f", "ffmetadata", "-i", f"file:{metadata}"),
        *("-map", "0:a:0", "-c", "copy"),
        # -1 in place of 1 would take the titles of the chapters away, too.
        *("-map_metadata", "1", "-map_metadata:s:a:0", "1:g", "-map_chapters", "1"),
        *("-fflags", "+bitexact", "-movflags", "+faststart" if fits_list else "+faststart+disable_chpl"),
        *("-f", "ipod", f"file:{target}"),
    ]


def _fits_list(marks: Sequence[Chapter]) -> bool:
    """Tell whether Nero's list can hold the chapters; ffmpeg would cut it, and titles in the middle of a letter."""
    return len(marks) <= _LONGEST_LIST and all(len((mark.title or "").encode()) <= _LONGEST_LIST for mark in marks)


def _ffmetadata_of(marks: Sequence[Chapter], language: str) -> str:
    """Write what ffmpeg reads: https://ffmpeg.org/ffmpeg-formats.html#Metadata-2."""
    lines = [";FFMETADATA1", f"language={language}"]
    for mark in marks:
        title = _ESCAPED.sub(r"\\\1", mark.title or "")
        start, end = _milliseconds(mark.start), _milliseconds(mark.end)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={end}", f"title={title}"]
    return "\n".join([*lines, ""])


def _atoms_of(tags: MediaTags, cover: bytes | None) -> Iterator[tuple[str, Any]]:
    number, total = tags.track
    texts = {
        "\xa9nam": clean_line(tags.title),
        "\xa9ART": clean_line(tags.artist),
        "aART": clean_line(tags.artist),
        "\xa9alb": clean_line(tags.album),
        "\xa9day": tags.date.isoformat(),
        "\xa9gen": _GENRE,
        "\xa9cmt": _lines(tags.comment),
        "desc": _lines(tags.comment),
        "\xa9url": _ascii(tags.link),
        "purl": _ascii(tags.feed_url),
        "egid": clean_line(tags.guid or ""),
    }
    yield from ((name, [text]) for name, text in texts.items() if text)
    yield "pcst", True
    yield "stik", [_PODCAST_KIND]
    if number:
        yield "trkn", [(number, total or 0)]
    if cover:
        yield "covr", [MP4Cover(cover, MP4Cover.FORMAT_JPEG)]
