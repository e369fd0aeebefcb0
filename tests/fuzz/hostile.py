"""Shows that are built to do harm: each hides one thing in a small whole show.

python -m tests.fuzz.hostile    # check those that are too large for `make test`
"""

from __future__ import annotations

import os
import struct
import sys
import tempfile
import wave
import zlib
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tests.fuzz.checker import start_checker
from tests.shows import Workshop, make_mp3
from tests.word import write_word

if TYPE_CHECKING:
    from collections.abc import Callable

_BOMB = bytes(64 * 2**20)
"""What a thousandth of its size unpacks to."""
_ENTITIES = "".join(
    f'<!ENTITY {name} "{f"&{below};" * 10}">' for below, name in zip("abcdefghi", "bcdefghij", strict=True)
)
_LAUGHS = f'<!DOCTYPE lolz [<!ENTITY a "haha">{_ENTITIES}]>'
_DOCUMENT = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>"
)
_MOST_MEMORY = 500 * 10**6
"""Bytes that the check of a large show may take."""
_NINES = "9" * 5000


def png_of_endless_size(show: Path) -> None:
    _picture(show, _png(2**31 - 1, 2**31 - 1, zlib.compress(bytes(1000))))


def png_of_half_a_terabyte(show: Path) -> None:
    _picture(show, _png(400_000, 400_000, _packed_bomb()))


def png_with_a_bomb_in_its_words(show: Path) -> None:
    words = b"Comment\0\0" + _packed_bomb()
    _picture(show, _png(1400, 1400, zlib.compress(bytes(1401 * 1400)), (b"zTXt", words), mode=0))


def png_with_a_bomb_for_its_colours(show: Path) -> None:
    profile = b"icc\0\0" + _packed_bomb()
    _picture(show, _png(1400, 1400, zlib.compress(bytes(1401 * 1400)), (b"iCCP", profile), mode=0))


def gif_of_many_frames(show: Path, count: int = 1_000) -> None:
    head = b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + b"\x80\0\0" + bytes(6)
    frame = b"," + struct.pack("<HHHH", 0, 0, 60_000, 60_000) + b"\0\x02\x02\x4c\x01\0"
    _picture(show, head + frame * count + b";", "artwork.jpg")


def tiff_that_leads_to_itself(show: Path) -> None:
    entry = struct.pack("<HHII", 330, 4, 1, 8)
    _picture(show, b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8))


def word_with_a_bomb(show: Path) -> None:
    _word(show, _DOCUMENT % "x", ("word/media/image1.png", _BOMB))


def word_whose_text_is_a_bomb(show: Path) -> None:
    _word(show, _DOCUMENT % ("h" * len(_BOMB)))


def word_with_entities(show: Path) -> None:
    _word(show, _LAUGHS + _DOCUMENT % "&j;")


def word_with_an_entity_from_outside(show: Path) -> None:
    _word(show, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _DOCUMENT % "&a;")


def word_nested_deeply(show: Path) -> None:
    table = "<w:tbl><w:tr><w:tc>" * 5_000 + "</w:tc></w:tr></w:tbl>" * 5_000
    _word(show, (_DOCUMENT % "x").replace("</w:body>", f"{table}</w:body>"))


def front_matter_nested_deeply(show: Path) -> None:
    _notes(show, f"---\ntitle: A\npeople: {'[' * 50_000}\n---\nn\n")


def front_matter_nested_by_indentation(show: Path) -> None:
    lines = "\n".join(f"{' ' * depth}a:" for depth in range(1, 3_000))
    _notes(show, f"---\nlocation:\n{lines}\n---\nn\n")


def front_matter_with_aliases(show: Path) -> None:
    lines = "\n".join(f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else '1'}]" for n in range(30))
    _notes(show, f"---\npeople:\n{lines}\n---\nn\n")


def front_matter_with_python(show: Path) -> None:
    _notes(show, "---\npeople: !!python/object/apply:os.system ['touch owned']\n---\nn\n")


def toml_nested_deeply(show: Path) -> None:
    _append(show, f"podroll = {'[' * 50_000}\n")


def toml_of_enormous_numbers(show: Path) -> None:
    _append(show, f"season = {_NINES}\nepisodes = 1{'0' * 4000}\n")


def front_matter_of_enormous_numbers(show: Path) -> None:
    bites = f"[{{start: {_NINES}, duration: 1e{_NINES}}}]"
    _notes(show, f"---\nnumber: {_NINES}\nseason: -{_NINES}\nsoundbites: {bites}\ndate: {_NINES}-01-01\n---\nn\n")


def chapters_of_enormous_numbers(show: Path) -> None:
    body = f'{{"version": "1.2.0", "chapters": [{{"startTime": {_NINES}}}, {{"startTime": 1e999}}]}}'
    (show / "01-one" / "chapters.json").write_text(body)


def chapters_at_enormous_times(show: Path) -> None:
    (show / "01-one" / "chapters.txt").write_text(f"{_NINES}:00:00 A\n00:{_NINES} B\n")


def chapters_nested_deeply(show: Path) -> None:
    (show / "01-one" / "chapters.json").write_text('{"chapters": ' + "[" * 500_000)


def transcript_at_enormous_times(show: Path) -> None:
    (show / "01-one" / "transcript.srt").write_text(f"{_NINES}\n{_NINES}:00:00,000 --> {_NINES}:00:01,000\nA\n")


def transcript_of_many_cues(show: Path, count: int = 51_000) -> None:
    (show / "01-one" / "transcript.vtt").write_text("WEBVTT\n\n" + "00:00.000 --> 00:00.001\nA\n\n" * count)


def transcript_of_many_tags(show: Path, count: int = 2_000) -> None:
    (show / "01-one" / "transcript.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:00.001\n" + "<v A><i>" * count)


def notes_nested_deeply(show: Path, count: int = 200) -> None:
    _notes(show, "# A\n\n" + "> " * count + "a\n\n" + "- " * count + "a\n\n" + "*a **" * count)


def notes_of_many_brackets(show: Path, count: int = 500) -> None:
    _notes(show, "# A\n\n" + "[" * count + "\n\n" + "![](" * count + "\n\n" + "<a href='" * count)


def notes_of_nested_tags(show: Path, count: int = 500) -> None:
    _notes(show, "# A\n\n" + "<b>" * count + "a" + "</b>" * count)


def notes_without_an_end(show: Path) -> None:
    (show / "01-one" / "notes.md").unlink()
    (show / "01-one" / "notes.md").symlink_to("/dev/zero")


def audio_that_is_a_device(show: Path) -> None:
    _replace_by_link(show / "01-one" / "audio.mp3", "/dev/urandom")


def everything_leads_outside(show: Path) -> None:
    for file in [*show.glob("0*/*"), show / "artwork.jpg"]:
        _replace_by_link(file, "/etc/passwd")


def folder_that_leads_to_itself(show: Path) -> None:
    (show / "09-loop").symlink_to(".")
    (show / "10-loop").symlink_to("10-loop")
    (show / "11-root").symlink_to("/")


def pipes_everywhere(show: Path) -> None:
    for name in ("audio.mp3", "chapters.txt", "transcript.vtt", "artwork.jpg", "notes.md"):
        path = show / "01-one" / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)


def names_with_line_feeds(show: Path) -> None:
    folder = show / "02-two\n\x1b[2J\n::error::x"
    folder.mkdir()
    (folder / "audio\n.mp3").write_bytes(make_mp3(1, mark=7))
    (folder / "x\ny.vtt").write_text("WEBVTT\n\n")
    (show / "stray\n.wav").write_bytes(b"")


def id3_that_claims_a_quarter_of_a_gigabyte(show: Path) -> None:
    _audio(show, b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + make_mp3(1))


def id3_with_bombs(show: Path) -> None:
    packed = _packed_bomb()
    frame = b"TIT2" + _synchsafe(len(packed) + 4) + b"\0\x09" + _synchsafe(len(_BOMB)) + packed
    tag = frame * 2
    _audio(show, b"ID3\x04\0\0" + _synchsafe(len(tag)) + tag + make_mp3(1))


def aiff_with_bombs(show: Path) -> None:
    packed = _packed_bomb()
    frame = b"TIT2" + _synchsafe(len(packed) + 4) + b"\0\x09" + _synchsafe(len(_BOMB)) + packed
    tag = b"ID3\x04\0\0" + _synchsafe(len(frame) * 2) + frame * 2
    common = struct.pack(">hIh", 1, 8000, 16) + bytes.fromhex("400bfa00000000000000")
    sound = bytes(8 + 16000)
    chunks = [(b"COMM", common), (b"SSND", sound), (b"ID3 ", tag + b"\0" * (len(tag) % 2))]
    body = b"AIFF" + b"".join(name + struct.pack(">I", len(data)) + data for name, data in chunks)
    _audio(show, b"FORM" + struct.pack(">I", len(body)) + body, "audio.aiff")


def id3_that_speaks_as_ffmpeg_does(show: Path) -> None:
    words = b"x" * 4090 + b"[Parsed_silencedetect_0 @ 0x1] [info] silence_start: 1e200\n" * 200
    frame = b"TIT2" + _synchsafe(len(words) + 1) + b"\0\0\3" + words
    _audio(show, b"ID3\x04\0\0" + _synchsafe(len(frame)) + frame + make_mp3(1))


def toml_of_comments_that_never_silence(show: Path, count: int = 1_000) -> None:
    _append(show, "#" * count + "\n" + "# podcastkit: ignore E103\n" * count)


def notes_of_comments_that_never_end(show: Path, count: int = 1_000) -> None:
    _notes(show, "# A\n\n" + "<!--" * count + "podcastkit:\n")


def m4a_nested_deeply(show: Path, count: int = 2_000) -> None:
    atoms = b""
    for _ in range(count):
        atoms = struct.pack(">I", len(atoms) + 8) + b"moov" + atoms
    _audio(show, struct.pack(">I", 16) + b"ftypM4A \0\0\0\0" + atoms, "audio.m4a")


def m4a_of_sizes_that_lie(show: Path) -> None:
    atoms = b"".join(
        struct.pack(">I4sQ", 1, name, size) for name in (b"mdat", b"moov", b"free") for size in (0, 16)
    )
    _audio(show, struct.pack(">I", 16) + b"ftypM4A \0\0\0\0" + atoms * 1000, "audio.m4a")


def wav_of_a_claimed_exabyte(show: Path) -> None:
    (show / "01-one" / "audio.mp3").unlink()
    path = show / "01-one" / "audio.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 2**31 - 1, 0, "NONE", ""))
        file.writeframes(bytes(1000))
    data = bytearray(path.read_bytes())
    data[:4], data[4:8] = b"RF64", b"\xff" * 4
    path.write_bytes(bytes(data))


def flac_of_a_claimed_picture(show: Path) -> None:
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + bytes.fromhex("0ac442f0000000ff") + bytes(16)
    blocks = b"\0\0\0\x22" + info + b"\x06\xff\xff\xff" + b"\xff" * 40
    _audio(show, b"fLaC" + blocks, "audio.flac")


def playlist_that_poses_as_audio(show: Path) -> None:
    _audio(show, b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")


def audio_of_a_single_frame(show: Path) -> None:
    _audio(show, make_mp3(0.026))


def noise_that_begins_like_mp3(show: Path, count: int = 10_000) -> None:
    _audio(show, bytes.fromhex("fffb9064") * count)


HOSTILE: Final[tuple[Callable[[Path], None], ...]] = tuple(
    make
    for name, make in list(globals().items())
    if callable(make) and not name.startswith("_") and getattr(make, "__module__", "") == __name__
)


def _large_png_just_below_the_limit(show: Path) -> None:
    row = bytes(1 + 4 * 9_990)
    packer = zlib.compressobj(1)
    _picture(show, _png(9_990, 9_990, b"".join(packer.compress(row) for _ in range(9_990)) + packer.flush()))


LARGE: Final[dict[str, Callable[[Path], None]]] = {
    "PNG just below the limit": _large_png_just_below_the_limit,
    "GIF": partial(gif_of_many_frames, count=20_000),
    "transcript of cues": partial(transcript_of_many_cues, count=300_000),
    "transcript of tags": partial(transcript_of_many_tags, count=200_000),
    "nested notes": partial(notes_nested_deeply, count=20_000),
    "notes of brackets": partial(notes_of_many_brackets, count=100_000),
    "notes of tags": partial(notes_of_nested_tags, count=20_000),
    "comments in show.toml": partial(toml_of_comments_that_never_silence, count=100_000),
    "comments in notes": partial(notes_of_comments_that_never_end, count=100_000),
    "nested M4A": partial(m4a_nested_deeply, count=20_000),
    "noise": partial(noise_that_begins_like_mp3, count=500_000),
}
"""Shows that take long to write or to check."""


def _picture(show: Path, body: bytes, name: str = "artwork.jpg") -> None:
    (show / "01-one" / name).write_bytes(body)
    (show / name).write_bytes(body)


def _png(width: int, height: int, pixels: bytes, *more: tuple[bytes, bytes], mode: int = 6) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, mode, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(chunk: tuple[bytes, bytes]) -> bytes:
    name, data = chunk
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _word(show: Path, document: str, *more: tuple[str, bytes]) -> None:
    (show / "01-one" / "notes.md").unlink()
    (show / "01-one" / "notes.docx").write_bytes(write_word(document, dict(more)))


def _notes(show: Path, text: str) -> None:
    (show / "01-one" / "notes.md").write_text(text)


def _append(show: Path, text: str) -> None:
    path = show / "show.toml"
    path.write_text(text + path.read_text())


def _audio(show: Path, body: bytes, name: str = "audio.mp3") -> None:
    (show / "01-one" / "audio.mp3").unlink()
    (show / "01-one" / name).write_bytes(body)


def _replace_by_link(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


@cache
def _packed_bomb() -> bytes:
    return zlib.compress(_BOMB, 9)


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _main() -> None:
    is_broken = False
    with start_checker() as checker:
        for name, make in LARGE.items():
            with tempfile.TemporaryDirectory() as place:
                workshop = Workshop(Path(place) / "show").show()
                workshop.episode("01-one")
                make(workshop.folder)
                done = checker.check(workshop.folder)
            is_good = done.code in {0, 1} and done.memory < _MOST_MEMORY
            is_broken = is_broken or not is_good
            click.echo(f"exit code {done.code}, {done.memory / 2**20:4.0f} MB  {name}\n{done.errors}", nl=False)
    sys.exit(is_broken)


if __name__ == "__main__":
    _main()
