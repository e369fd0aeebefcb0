from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.mp4 import Mp4Layout, read_chapters, read_layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Sound = Callable[[str], Path]


def _make_atom(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _read_layout(data: bytes) -> Mp4Layout:
    return read_layout(io.BytesIO(data), len(data))


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("name", "tracks", "fragmented", "seconds"),
    [
        ("plain.m4a", (("soun", "mp4a"),), False, 6),
        ("lossless.m4a", (("soun", "alac"),), False, 6),
        ("fragmented.m4a", (("soun", "mp4a"),), True, 6),
        ("film.mp4", (("vide", "mp4v"), ("soun", "mp4a")), False, 4),
        ("video.mp4", (("vide", "mp4v"),), False, 0),
    ],
)
def test_layout_has_tracks_and_length(
    name: str, tracks: tuple[tuple[str, str], ...], fragmented: bool, seconds: int, sound: Sound
) -> None:
    layout = _read_layout(sound(name).read_bytes())

    assert (layout.indexed, layout.states_length) == (True, False)
    assert (layout.tracks, layout.fragmented) == (tracks, fragmented)
    assert layout.duration.total_seconds() == pytest.approx(seconds, abs=0.03)
    if layout.samples:
        assert layout.samples.share == 1


def _make_track(edits: bytes) -> bytes:
    """Return an index with ten seconds of audio, in a movie with 100 ticks per second."""
    head = _make_atom(b"mdhd", struct.pack(">IIIII", 0, 0, 0, 1000, 0)) + _make_atom(b"hdlr", bytes(8) + b"soun")
    times = _make_atom(b"stts", struct.pack(">IIIIII", 0, 2, 9, 1000, 2, 500))
    media = _make_atom(b"mdia", head + _make_atom(b"minf", _make_atom(b"stbl", times)))
    movie = _make_atom(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 100, 0))
    return _make_atom(b"moov", movie + _make_atom(b"trak", _make_atom(b"edts", edits) * bool(edits) + media))


@pytest.mark.parametrize(
    ("edits", "seconds"),
    [
        pytest.param(b"", 10, id="no edits"),
        pytest.param(_make_atom(b"elst"), 10, id="an empty list"),
        pytest.param(_make_atom(b"elst", struct.pack(">IIIiI", 0, 1, 800, 0, 1 << 16)), 8, id="an earlier end"),
        pytest.param(_make_atom(b"elst", struct.pack(">IIIiI", 0, 1, 2000, 100, 1 << 16)), 9.9, id="a later start"),
        pytest.param(_make_atom(b"elst", struct.pack(">IIIiI", 0, 1, 0, 100, 1 << 16)), 9.9, id="to the end"),
        pytest.param(_make_atom(b"elst", struct.pack(">IIQqI", 1 << 24, 1, 800, 0, 1 << 16)), 8, id="long numbers"),
        pytest.param(
            _make_atom(b"elst", struct.pack(">IIIiIIiI", 0, 2, 300, -1, 1 << 16, 800, 0, 1 << 16)),
            8,
            id="an empty edit first",
        ),
        pytest.param(_make_atom(b"elst", struct.pack(">IIIiI", 0, 1, 5, 99_000, 1 << 16)), 0, id="after the end"),
    ],
)
def test_edit_list_determines_length(edits: bytes, seconds: float) -> None:
    assert _read_layout(_make_track(edits)).duration.total_seconds() == pytest.approx(seconds)


def test_sidx_and_mehd_state_total_length(sound: Sound) -> None:
    whole = sound("fragmented.m4a").read_bytes()
    extends = _make_atom(b"mvex", _make_atom(b"mehd", struct.pack(">II", 0, 6000)))

    assert _read_layout(whole + _make_atom(b"sidx")).states_length
    assert _read_layout(_make_atom(b"moov", extends)).states_length
    assert not _read_layout(_make_atom(b"moov", _make_atom(b"mvex"))).states_length


@pytest.mark.ffmpeg
@pytest.mark.parametrize(("name", "indexed"), [("plain.m4a", False), ("fast.m4a", True)])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_file_that_ends_early_is_truncated(name: str, indexed: bool, part: float, sound: Sound) -> None:
    whole = sound(name).read_bytes()
    layout = _read_layout(whole[: int(len(whole) * part)])

    assert layout.indexed is indexed
    assert layout.samples is None or layout.samples.share == pytest.approx(part, abs=0.05)


def test_atoms_with_64_bit_size_and_open_size_are_read() -> None:
    wide = struct.pack(">I4sQ", 1, b"mdat", 16 + 4) + b"abcd"
    data = wide + _make_atom(b"moov") + struct.pack(">I4s", 0, b"free") + bytes(50)

    layout = _read_layout(data)
    assert (layout.indexed, layout.fragmented, layout.tracks) == (True, False, ())


@pytest.mark.slow
def test_number_of_atoms_is_limited() -> None:
    assert not _read_layout(_make_atom(b"free") * 100_000 + _make_atom(b"moov")).indexed


@given(st.lists(st.tuples(st.sampled_from([b"moov", b"trak", b"mdia", b"stsd", b"mdat"]), st.binary(max_size=40))))
def test_arbitrary_bytes_raise_no_error(atoms: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(_make_atom(kind, content) for kind, content in atoms)

    assert _read_layout(data).indexed == any(kind == b"moov" for kind, _ in atoms)
    assert len(_read_layout(_make_atom(b"moov", data)).tracks) <= len(atoms)


def _make_table(columns: int, *numbers: int, width: int = 4) -> bytes:
    count = len(numbers) // columns
    return bytes(4) + struct.pack(">I", count) + b"".join(number.to_bytes(width, "big") for number in numbers)


def _make_text_track(
    texts: list[bytes], *, more: bytes = b"", stsc: bytes | None = None, wide: bool = False
) -> bytes:
    """Return a movie with only a text track, with texts at 0, 10, 20 … seconds, stored after the index."""
    samples = [struct.pack(">H", len(text)) + text for text in texts]
    body = b"".join(samples)

    def make_index(offset: int) -> bytes:
        chunks = _make_table(1, offset, width=8 if wide else 4)
        tables = (
            _make_atom(b"stts", _make_table(2, len(texts), 10_000)),
            _make_atom(b"stsc", _make_table(3, 1, len(texts), 1) if stsc is None else stsc),
            _make_atom(b"stsz", bytes(4) + _make_table(1, *map(len, samples))),
            _make_atom(b"co64" if wide else b"stco", chunks),
        )
        media = _make_atom(b"mdhd", bytes(12) + struct.pack(">I", 1000)) + _make_atom(b"hdlr", bytes(8) + b"text")
        media += _make_atom(b"minf", _make_atom(b"stbl", b"".join(tables)))
        head = _make_atom(b"tkhd", bytes(12) + struct.pack(">I", 7))
        reference = _make_atom(b"trak", _make_atom(b"tref", _make_atom(b"chap", struct.pack(">I", 7))))
        film = _make_atom(b"mvhd", bytes(12) + struct.pack(">I", 600))
        return _make_atom(b"moov", film + reference + _make_atom(b"trak", head + more + _make_atom(b"mdia", media)))

    return make_index(len(make_index(0)) + 8) + _make_atom(b"mdat", body)


def _read_chapters(data: bytes) -> list[tuple[float, str]]:
    return [(start.total_seconds(), title) for start, title in read_chapters(io.BytesIO(data), len(data)).marks]


def _list_damage(data: bytes) -> tuple[str, ...]:
    return read_chapters(io.BytesIO(data), len(data)).damaged


@pytest.mark.parametrize("wide", [False, True], ids=["stco", "co64"])
def test_text_track_is_read_as_chapters(wide: bool) -> None:
    texts = [b"Uno", b"", "Dós".encode("utf-16"), "Tr\xe9s".encode("latin-1")]

    assert _read_chapters(_make_text_track(texts, wide=wide)) == [(0, "Uno"), (20, "Dós"), (30, "Trés")]


def test_empty_edit_delays_chapters() -> None:
    edits = _make_atom(b"edts", _make_atom(b"elst", _make_table(3, 3000, 0xFFFF_FFFF, 1 << 16, 9000, 0, 1 << 16)))

    assert _read_chapters(_make_text_track([b"One", b"Two"], more=edits)) == [(5, "One"), (15, "Two")]


def test_text_track_without_reference_is_ignored() -> None:
    assert _read_chapters(_make_text_track([b"One", b"Two"]).replace(b"chap", b"subt")) == []


def test_chapters_after_end_of_file_are_left_out() -> None:
    whole = _make_text_track([b"One", b"Two"])

    assert _read_chapters(whole[:-1]) == [(0, "One")]


def test_number_of_chapters_is_limited() -> None:
    many = _make_text_track([b"One"] * 5000)

    assert len(_read_chapters(many)) == 2000
    assert _read_chapters(_make_text_track([b"One"], stsc=_make_table(3, 1, 0xFFFF_FFFF, 1))) == [(0, "One")]


def _make_chapter_list(version: int, count: int, *marks: tuple[int, bytes]) -> bytes:
    each = b"".join(struct.pack(">QB", start * 10_000_000, len(title)) + title for start, title in marks)
    reserved = bytes(4) if version else b""
    content = bytes([version, 0, 0, 0]) + reserved + bytes([count]) + each
    return _make_atom(b"moov", _make_atom(b"udta", _make_atom(b"chpl", content)))


@pytest.mark.parametrize("version", [0, 1])
def test_chapter_list_is_read_as_utf_8_and_latin_1(version: int) -> None:
    data = _make_chapter_list(version, 3, (0, "Dós".encode()), (10, "Tr\xe9s".encode("latin-1")), (20, b""))

    assert _read_chapters(data) == [(0, "Dós"), (10, "Trés")]


def test_missing_chapters_in_list_are_reported() -> None:
    data = _make_chapter_list(1, 200, (0, b"One"))

    assert _read_chapters(data) == [(0, "One")]
    assert _list_damage(data) == ("199 of the 200 chapters in the MP4 chapter list (chpl) cannot be read",)


@pytest.mark.parametrize(
    ("track", "listed", "expected"),
    [
        pytest.param([b"Track"], [b"Chapt"], ["Chapt"], id="the list if both have the same length"),
        pytest.param([b"Uno", b"Dos"], [b"Number one"], ["Uno", "Dos"], id="the track with more chapters"),
        pytest.param([b"Uno", b""], [b"One", b"Two"], ["One", "Two"], id="the list with more chapters"),
        pytest.param([b"A" * 300], [b"A" * 255], ["A" * 300], id="the track with longer titles"),
    ],
)
def test_list_or_track_with_more_text_is_used(track: list[bytes], listed: list[bytes], expected: list[str]) -> None:
    # Insert the list into the index after the tracks, and correct the offset of the text track.
    whole = _make_text_track(track)
    chapters = _make_chapter_list(1, len(listed), *enumerate(listed))[8:]
    index = struct.unpack(">I", whole[:4])[0]
    data = struct.pack(">I", index + len(chapters)) + whole[4:index] + chapters + whole[index:]
    place = data.index(b"stco") + 12
    offset = struct.unpack(">I", data[place : place + 4])[0] + len(chapters)
    data = data[:place] + struct.pack(">I", offset) + data[place + 4 :]

    assert [title for _, title in _read_chapters(data)] == expected
    assert _list_damage(data) == ()


def test_reference_to_missing_track_uses_other_text_tracks() -> None:
    whole = _make_text_track([b"One", b"Two"])
    dangling = whole.replace(b"chap" + struct.pack(">I", 7), b"chap" + struct.pack(">I", 9))

    assert _read_chapters(dangling) == [(0, "One"), (10, "Two")]
    assert _list_damage(dangling.replace(b"text", b"sbtl")) == (
        "the chapter track of the MP4 file is missing or damaged",
    )


def test_file_without_index_has_no_chapters() -> None:
    assert _read_chapters(_make_atom(b"mdat", b"x")) == []


@given(st.data())
def test_damaged_chapters_raise_no_error(data: st.DataObject) -> None:
    whole = bytearray(
        _make_text_track([b"One", b"Two", b"Three"]) + _make_chapter_list(1, 2, (0, b"One"), (1, b"Two"))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))

    assert len(_read_chapters(bytes(whole))) <= 2000
