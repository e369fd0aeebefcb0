"""Functions that write hostile shows. Each adds one attack to a small complete show.

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
"""The unpacked content of a bomb, which is a thousand times as large as its compressed form."""
_ENTITIES = "".join(
    f'<!ENTITY {name} "{f"&{below};" * 10}">' for below, name in zip("abcdefghi", "bcdefghij", strict=True)
)
_LAUGHS = f'<!DOCTYPE lolz [<!ENTITY a "haha">{_ENTITIES}]>'
_DOCUMENT = (
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>%s</w:t></w:r></w:p></w:body></w:document>"
)
_MOST_MEMORY = 500 * 10**6
"""The memory limit for the check of a large show, in bytes."""
_NINES = "9" * 5000


def write_png_of_endless_size(show: Path) -> None:
    _write_picture(show, _make_png(2**31 - 1, 2**31 - 1, zlib.compress(bytes(1000))))


def write_png_with_half_a_terabyte(show: Path) -> None:
    _write_picture(show, _make_png(400_000, 400_000, _make_packed_bomb()))


def write_png_with_bomb_in_text(show: Path) -> None:
    words = b"Comment\0\0" + _make_packed_bomb()
    _write_picture(show, _make_png(1400, 1400, zlib.compress(bytes(1401 * 1400)), (b"zTXt", words), mode=0))


def write_png_with_bomb_in_color_profile(show: Path) -> None:
    profile = b"icc\0\0" + _make_packed_bomb()
    _write_picture(show, _make_png(1400, 1400, zlib.compress(bytes(1401 * 1400)), (b"iCCP", profile), mode=0))


def write_gif_of_many_frames(show: Path, count: int = 1_000) -> None:
    head = b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + b"\x80\0\0" + bytes(6)
    frame = b"," + struct.pack("<HHHH", 0, 0, 60_000, 60_000) + b"\0\x02\x02\x4c\x01\0"
    _write_picture(show, head + frame * count + b";", "artwork.jpg")


def write_tiff_with_reference_to_itself(show: Path) -> None:
    entry = struct.pack("<HHII", 330, 4, 1, 8)
    _write_picture(show, b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8))


def write_word_with_a_bomb(show: Path) -> None:
    _write_word(show, _DOCUMENT % "x", ("word/media/image1.png", _BOMB))


def write_word_with_bomb_as_text(show: Path) -> None:
    _write_word(show, _DOCUMENT % ("h" * len(_BOMB)))


def write_word_with_entities(show: Path) -> None:
    _write_word(show, _LAUGHS + _DOCUMENT % "&j;")


def write_word_with_an_entity_from_outside(show: Path) -> None:
    _write_word(show, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _DOCUMENT % "&a;")


def write_word_nested_deeply(show: Path) -> None:
    table = "<w:tbl><w:tr><w:tc>" * 5_000 + "</w:tc></w:tr></w:tbl>" * 5_000
    _write_word(show, (_DOCUMENT % "x").replace("</w:body>", f"{table}</w:body>"))


def write_front_matter_nested_deeply(show: Path) -> None:
    _write_notes(show, f"---\ntitle: A\npeople: {'[' * 50_000}\n---\nn\n")


def write_front_matter_nested_by_indentation(show: Path) -> None:
    lines = "\n".join(f"{' ' * depth}a:" for depth in range(1, 3_000))
    _write_notes(show, f"---\nlocation:\n{lines}\n---\nn\n")


def write_front_matter_with_aliases(show: Path) -> None:
    lines = "\n".join(f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 10) if n else '1'}]" for n in range(30))
    _write_notes(show, f"---\npeople:\n{lines}\n---\nn\n")


def write_front_matter_with_python(show: Path) -> None:
    _write_notes(show, "---\npeople: !!python/object/apply:os.system ['touch owned']\n---\nn\n")


def write_toml_nested_deeply(show: Path) -> None:
    _append_to_notes(show, f"podroll = {'[' * 50_000}\n")


def write_toml_of_enormous_numbers(show: Path) -> None:
    _append_to_notes(show, f"season = {_NINES}\nepisodes = 1{'0' * 4000}\n")


def write_front_matter_of_enormous_numbers(show: Path) -> None:
    bites = f"[{{start: {_NINES}, duration: 1e{_NINES}}}]"
    _write_notes(
        show, f"---\nnumber: {_NINES}\nseason: -{_NINES}\nsoundbites: {bites}\ndate: {_NINES}-01-01\n---\nn\n"
    )


def write_chapters_of_enormous_numbers(show: Path) -> None:
    body = f'{{"version": "1.2.0", "chapters": [{{"startTime": {_NINES}}}, {{"startTime": 1e999}}]}}'
    (show / "01-one" / "chapters.json").write_text(body)


def write_chapters_at_enormous_times(show: Path) -> None:
    (show / "01-one" / "chapters.txt").write_text(f"{_NINES}:00:00 A\n00:{_NINES} B\n")


def write_chapters_nested_deeply(show: Path) -> None:
    (show / "01-one" / "chapters.json").write_text('{"chapters": ' + "[" * 500_000)


def write_transcript_at_enormous_times(show: Path) -> None:
    (show / "01-one" / "transcript.srt").write_text(f"{_NINES}\n{_NINES}:00:00,000 --> {_NINES}:00:01,000\nA\n")


def write_transcript_of_many_cues(show: Path, count: int = 51_000) -> None:
    (show / "01-one" / "transcript.vtt").write_text("WEBVTT\n\n" + "00:00.000 --> 00:00.001\nA\n\n" * count)


def write_transcript_of_many_tags(show: Path, count: int = 2_000) -> None:
    (show / "01-one" / "transcript.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:00.001\n" + "<v A><i>" * count)


def write_notes_nested_deeply(show: Path, count: int = 200) -> None:
    _write_notes(show, "# A\n\n" + "> " * count + "a\n\n" + "- " * count + "a\n\n" + "*a **" * count)


def write_notes_of_many_brackets(show: Path, count: int = 500) -> None:
    _write_notes(show, "# A\n\n" + "[" * count + "\n\n" + "![](" * count + "\n\n" + "<a href='" * count)


def write_notes_of_nested_tags(show: Path, count: int = 500) -> None:
    _write_notes(show, "# A\n\n" + "<b>" * count + "a" + "</b>" * count)


def write_endless_notes(show: Path) -> None:
    (show / "01-one" / "notes.md").unlink()
    (show / "01-one" / "notes.md").symlink_to("/dev/zero")


def write_link_to_device_as_audio(show: Path) -> None:
    _replace_by_link(show / "01-one" / "audio.mp3", "/dev/urandom")


def replace_all_with_links_to_outside(show: Path) -> None:
    for file in [*show.glob("0*/*"), show / "artwork.jpg"]:
        _replace_by_link(file, "/etc/passwd")


def write_link_to_own_folder(show: Path) -> None:
    (show / "09-loop").symlink_to(".")
    (show / "10-loop").symlink_to("10-loop")
    (show / "11-root").symlink_to("/")


def replace_all_with_pipes(show: Path) -> None:
    for name in ("audio.mp3", "chapters.txt", "transcript.vtt", "artwork.jpg", "notes.md"):
        path = show / "01-one" / name
        path.unlink(missing_ok=True)
        os.mkfifo(path)


def write_names_with_line_feeds(show: Path) -> None:
    folder = show / "02-two\n\x1b[2J\n::error::x"
    folder.mkdir()
    (folder / "audio\n.mp3").write_bytes(make_mp3(1, mark=7))
    (folder / "x\ny.vtt").write_text("WEBVTT\n\n")
    (show / "stray\n.wav").write_bytes(b"")


def write_id3_with_size_of_quarter_gigabyte(show: Path) -> None:
    _write_audio(show, b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + make_mp3(1))


def write_id3_with_bombs(show: Path) -> None:
    packed = _make_packed_bomb()
    frame = b"TIT2" + _encode_synchsafe(len(packed) + 4) + b"\0\x09" + _encode_synchsafe(len(_BOMB)) + packed
    tag = frame * 2
    _write_audio(show, b"ID3\x04\0\0" + _encode_synchsafe(len(tag)) + tag + make_mp3(1))


def write_aiff_with_bombs(show: Path) -> None:
    packed = _make_packed_bomb()
    frame = b"TIT2" + _encode_synchsafe(len(packed) + 4) + b"\0\x09" + _encode_synchsafe(len(_BOMB)) + packed
    tag = b"ID3\x04\0\0" + _encode_synchsafe(len(frame) * 2) + frame * 2
    common = struct.pack(">hIh", 1, 8000, 16) + bytes.fromhex("400bfa00000000000000")
    sound = bytes(8 + 16000)
    chunks = [(b"COMM", common), (b"SSND", sound), (b"ID3 ", tag + b"\0" * (len(tag) % 2))]
    body = b"AIFF" + b"".join(name + struct.pack(">I", len(data)) + data for name, data in chunks)
    _write_audio(show, b"FORM" + struct.pack(">I", len(body)) + body, "audio.aiff")


def write_id3_with_text_like_ffmpeg_output(show: Path) -> None:
    words = b"x" * 4090 + b"[Parsed_silencedetect_0 @ 0x1] [info] silence_start: 1e200\n" * 200
    frame = b"TIT2" + _encode_synchsafe(len(words) + 1) + b"\0\0\3" + words
    _write_audio(show, b"ID3\x04\0\0" + _encode_synchsafe(len(frame)) + frame + make_mp3(1))


def write_toml_with_useless_comments(show: Path, count: int = 1_000) -> None:
    _append_to_notes(show, "#" * count + "\n" + "# podcastkit: ignore E103\n" * count)


def write_notes_with_unclosed_comments(show: Path, count: int = 1_000) -> None:
    _write_notes(show, "# A\n\n" + "<!--" * count + "podcastkit:\n")


def write_m4a_nested_deeply(show: Path, count: int = 2_000) -> None:
    atoms = b""
    for _ in range(count):
        atoms = struct.pack(">I", len(atoms) + 8) + b"moov" + atoms
    _write_audio(show, struct.pack(">I", 16) + b"ftypM4A \0\0\0\0" + atoms, "audio.m4a")


def write_m4a_with_wrong_sizes(show: Path) -> None:
    atoms = b"".join(
        struct.pack(">I4sQ", 1, name, size) for name in (b"mdat", b"moov", b"free") for size in (0, 16)
    )
    _write_audio(show, struct.pack(">I", 16) + b"ftypM4A \0\0\0\0" + atoms * 1000, "audio.m4a")


def write_wav_with_size_of_exabyte(show: Path) -> None:
    (show / "01-one" / "audio.mp3").unlink()
    path = show / "01-one" / "audio.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 2**31 - 1, 0, "NONE", ""))
        file.writeframes(bytes(1000))
    data = bytearray(path.read_bytes())
    data[:4], data[4:8] = b"RF64", b"\xff" * 4
    path.write_bytes(bytes(data))


def write_flac_with_huge_picture_size(show: Path) -> None:
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + bytes.fromhex("0ac442f0000000ff") + bytes(16)
    blocks = b"\0\0\0\x22" + info + b"\x06\xff\xff\xff" + b"\xff" * 40
    _write_audio(show, b"fLaC" + blocks, "audio.flac")


def write_playlist_named_as_audio(show: Path) -> None:
    _write_audio(show, b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")


def write_audio_of_a_single_frame(show: Path) -> None:
    _write_audio(show, make_mp3(0.026))


def write_noise_with_mp3_header(show: Path, count: int = 10_000) -> None:
    _write_audio(show, bytes.fromhex("fffb9064") * count)


HOSTILE: Final[tuple[Callable[[Path], None], ...]] = tuple(
    make
    for name, make in list(globals().items())
    if callable(make) and not name.startswith("_") and getattr(make, "__module__", "") == __name__
)


def _write_png_below_limit(show: Path) -> None:
    row = bytes(1 + 4 * 9_990)
    packer = zlib.compressobj(1)
    _write_picture(
        show, _make_png(9_990, 9_990, b"".join(packer.compress(row) for _ in range(9_990)) + packer.flush())
    )


LARGE: Final[dict[str, Callable[[Path], None]]] = {
    "PNG just below the limit": _write_png_below_limit,
    "GIF": partial(write_gif_of_many_frames, count=20_000),
    "transcript of cues": partial(write_transcript_of_many_cues, count=300_000),
    "transcript of tags": partial(write_transcript_of_many_tags, count=200_000),
    "nested notes": partial(write_notes_nested_deeply, count=20_000),
    "notes of brackets": partial(write_notes_of_many_brackets, count=100_000),
    "notes of tags": partial(write_notes_of_nested_tags, count=20_000),
    "comments in show.toml": partial(write_toml_with_useless_comments, count=100_000),
    "comments in notes": partial(write_notes_with_unclosed_comments, count=100_000),
    "nested M4A": partial(write_m4a_nested_deeply, count=20_000),
    "noise": partial(write_noise_with_mp3_header, count=500_000),
}
"""Shows that take long to write or check."""


def _write_picture(show: Path, body: bytes, name: str = "artwork.jpg") -> None:
    (show / "01-one" / name).write_bytes(body)
    (show / name).write_bytes(body)


def _make_png(width: int, height: int, pixels: bytes, *more: tuple[bytes, bytes], mode: int = 6) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, mode, 0, 0, 0)
    chunks = [(b"IHDR", header), *more, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_make_chunk, chunks))


def _make_chunk(chunk: tuple[bytes, bytes]) -> bytes:
    name, data = chunk
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _write_word(show: Path, document: str, *more: tuple[str, bytes]) -> None:
    (show / "01-one" / "notes.md").unlink()
    (show / "01-one" / "notes.docx").write_bytes(write_word(document, dict(more)))


def _write_notes(show: Path, text: str) -> None:
    (show / "01-one" / "notes.md").write_text(text)


def _append_to_notes(show: Path, text: str) -> None:
    path = show / "show.toml"
    path.write_text(text + path.read_text())


def _write_audio(show: Path, body: bytes, name: str = "audio.mp3") -> None:
    (show / "01-one" / "audio.mp3").unlink()
    (show / "01-one" / name).write_bytes(body)


def _replace_by_link(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


@cache
def _make_packed_bomb() -> bytes:
    return zlib.compress(_BOMB, 9)


def _encode_synchsafe(number: int) -> bytes:
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
