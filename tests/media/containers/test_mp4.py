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


def _atom(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _layout(data: bytes) -> Mp4Layout:
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
def test_the_tracks_are_named_and_the_sound_has_its_length(
    name: str, tracks: tuple[tuple[str, str], ...], fragmented: bool, seconds: int, sound: Sound
) -> None:
    layout = _layout(sound(name).read_bytes())

    assert (layout.indexed, layout.tells_length) == (True, False)
    assert (layout.tracks, layout.fragmented) == (tracks, fragmented)
    assert layout.duration.total_seconds() == pytest.approx(seconds, abs=0.03)
    if layout.samples:
        assert layout.samples.share == 1


def _track(edits: bytes) -> bytes:
    """Return an index of ten seconds of sound, in a file whose own clock ticks a hundred times a second."""
    head = _atom(b"mdhd", struct.pack(">IIIII", 0, 0, 0, 1000, 0)) + _atom(b"hdlr", bytes(8) + b"soun")
    times = _atom(b"stts", struct.pack(">IIIIII", 0, 2, 9, 1000, 2, 500))
    media = _atom(b"mdia", head + _atom(b"minf", _atom(b"stbl", times)))
    movie = _atom(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 100, 0))
    return _atom(b"moov", movie + _atom(b"trak", _atom(b"edts", edits) * bool(edits) + media))


@pytest.mark.parametrize(
    ("edits", "seconds"),
    [
        pytest.param(b"", 10, id="no edits"),
        pytest.param(_atom(b"elst"), 10, id="an empty list"),
        pytest.param(_atom(b"elst", struct.pack(">IIIiI", 0, 1, 800, 0, 1 << 16)), 8, id="a shorter end"),
        pytest.param(_atom(b"elst", struct.pack(">IIIiI", 0, 1, 2000, 100, 1 << 16)), 9.9, id="a later start"),
        pytest.param(_atom(b"elst", struct.pack(">IIIiI", 0, 1, 0, 100, 1 << 16)), 9.9, id="to the end"),
        pytest.param(_atom(b"elst", struct.pack(">IIQqI", 1 << 24, 1, 800, 0, 1 << 16)), 8, id="long numbers"),
        pytest.param(
            _atom(b"elst", struct.pack(">IIIiIIiI", 0, 2, 300, -1, 1 << 16, 800, 0, 1 << 16)), 8, id="a pause first"
        ),
        pytest.param(_atom(b"elst", struct.pack(">IIIiI", 0, 1, 5, 99_000, 1 << 16)), 0, id="behind the end"),
    ],
)
def test_an_edit_list_tells_what_is_heard(edits: bytes, seconds: float) -> None:
    assert _layout(_track(edits)).duration.total_seconds() == pytest.approx(seconds)


def test_a_fragmented_file_may_tell_its_length(sound: Sound) -> None:
    whole = sound("fragmented.m4a").read_bytes()
    told = _atom(b"mvex", _atom(b"mehd", struct.pack(">II", 0, 6000)))

    assert _layout(whole + _atom(b"sidx")).tells_length
    assert _layout(_atom(b"moov", told)).tells_length
    assert not _layout(_atom(b"moov", _atom(b"mvex"))).tells_length


@pytest.mark.ffmpeg
@pytest.mark.parametrize(("name", "indexed"), [("plain.m4a", False), ("fast.m4a", True)])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_that_ends_too_early_is_truncated(name: str, indexed: bool, part: float, sound: Sound) -> None:
    whole = sound(name).read_bytes()
    layout = _layout(whole[: int(len(whole) * part)])

    assert layout.indexed is indexed
    assert layout.samples is None or layout.samples.share == pytest.approx(part, abs=0.05)


def test_sizes_can_be_long_or_left_open() -> None:
    wide = struct.pack(">I4sQ", 1, b"mdat", 16 + 4) + b"abcd"
    data = wide + _atom(b"moov") + struct.pack(">I4s", 0, b"free") + bytes(50)

    layout = _layout(data)
    assert (layout.indexed, layout.fragmented, layout.tracks) == (True, False, ())


@pytest.mark.slow
def test_atoms_without_end_are_left_unread() -> None:
    assert not _layout(_atom(b"free") * 100_000 + _atom(b"moov")).indexed


@given(st.lists(st.tuples(st.sampled_from([b"moov", b"trak", b"mdia", b"stsd", b"mdat"]), st.binary(max_size=40))))
def test_any_bytes_are_read_without_harm(atoms: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(_atom(kind, content) for kind, content in atoms)

    assert _layout(data).indexed == any(kind == b"moov" for kind, _ in atoms)
    assert len(_layout(_atom(b"moov", data)).tracks) <= len(atoms)


def _table(columns: int, *numbers: int, width: int = 4) -> bytes:
    count = len(numbers) // columns
    return bytes(4) + struct.pack(">I", count) + b"".join(number.to_bytes(width, "big") for number in numbers)


def _text_track(texts: list[bytes], *, more: bytes = b"", stsc: bytes | None = None, wide: bool = False) -> bytes:
    """A film of nothing but a track of texts, which begin at 0, 10, 20 … seconds and lie behind the index."""
    samples = [struct.pack(">H", len(text)) + text for text in texts]
    body = b"".join(samples)

    def index(offset: int) -> bytes:
        chunks = _table(1, offset, width=8 if wide else 4)
        tables = (
            _atom(b"stts", _table(2, len(texts), 10_000)),
            _atom(b"stsc", _table(3, 1, len(texts), 1) if stsc is None else stsc),
            _atom(b"stsz", bytes(4) + _table(1, *map(len, samples))),
            _atom(b"co64" if wide else b"stco", chunks),
        )
        media = _atom(b"mdhd", bytes(12) + struct.pack(">I", 1000)) + _atom(b"hdlr", bytes(8) + b"text")
        media += _atom(b"minf", _atom(b"stbl", b"".join(tables)))
        head = _atom(b"tkhd", bytes(12) + struct.pack(">I", 7))
        refers = _atom(b"trak", _atom(b"tref", _atom(b"chap", struct.pack(">I", 7))))
        film = _atom(b"mvhd", bytes(12) + struct.pack(">I", 600))
        return _atom(b"moov", film + refers + _atom(b"trak", head + more + _atom(b"mdia", media)))

    return index(len(index(0)) + 8) + _atom(b"mdat", body)


def _chapters(data: bytes) -> list[tuple[float, str]]:
    return [(start.total_seconds(), title) for start, title in read_chapters(io.BytesIO(data), len(data)).marks]


def _damaged(data: bytes) -> tuple[str, ...]:
    return read_chapters(io.BytesIO(data), len(data)).damaged


@pytest.mark.parametrize("wide", [False, True], ids=["stco", "co64"])
def test_a_track_of_texts_is_a_list_of_chapters(wide: bool) -> None:
    texts = [b"Uno", b"", "Dós".encode("utf-16"), "Tr\xe9s".encode("latin-1")]

    assert _chapters(_text_track(texts, wide=wide)) == [(0, "Uno"), (20, "Dós"), (30, "Trés")]


def test_a_track_may_begin_with_nothing() -> None:
    edits = _atom(b"edts", _atom(b"elst", _table(3, 3000, 0xFFFF_FFFF, 1 << 16, 9000, 0, 1 << 16)))

    assert _chapters(_text_track([b"One", b"Two"], more=edits)) == [(5, "One"), (15, "Two")]


def test_a_track_that_nobody_refers_to_has_no_chapters() -> None:
    assert _chapters(_text_track([b"One", b"Two"]).replace(b"chap", b"subt")) == []


def test_texts_behind_the_end_are_left_out() -> None:
    whole = _text_track([b"One", b"Two"])

    assert _chapters(whole[:-1]) == [(0, "One")]


def test_tables_of_endless_length_are_not_followed() -> None:
    many = _text_track([b"One"] * 5000)

    assert len(_chapters(many)) == 2000
    assert _chapters(_text_track([b"One"], stsc=_table(3, 1, 0xFFFF_FFFF, 1))) == [(0, "One")]


def _listed(version: int, count: int, *marks: tuple[int, bytes]) -> bytes:
    each = b"".join(struct.pack(">QB", start * 10_000_000, len(title)) + title for start, title in marks)
    reserved = bytes(4) if version else b""
    content = bytes([version, 0, 0, 0]) + reserved + bytes([count]) + each
    return _atom(b"moov", _atom(b"udta", _atom(b"chpl", content)))


@pytest.mark.parametrize("version", [0, 1])
def test_a_list_of_chapters_is_read_in_whatever_letters(version: int) -> None:
    data = _listed(version, 3, (0, "Dós".encode()), (10, "Tr\xe9s".encode("latin-1")), (20, b""))

    assert _chapters(data) == [(0, "Dós"), (10, "Trés")]


def test_a_list_that_promises_more_chapters_than_it_has_is_read_to_its_end() -> None:
    data = _listed(1, 200, (0, b"One"))

    assert _chapters(data) == [(0, "One")]
    assert _damaged(data) == ("199 of the 200 chapters of its MP4 list (chpl) cannot be read",)


@pytest.mark.parametrize(
    ("track", "listed", "expected"),
    [
        pytest.param([b"Track"], [b"Chapt"], ["Chapt"], id="the list when both say as much"),
        pytest.param([b"Uno", b"Dos"], [b"Number one"], ["Uno", "Dos"], id="the track with more chapters"),
        pytest.param([b"Uno", b""], [b"One", b"Two"], ["One", "Two"], id="the list with more chapters"),
        pytest.param([b"A" * 300], [b"A" * 255], ["A" * 300], id="the track with longer titles"),
    ],
)
def test_of_a_list_and_a_track_of_chapters_that_counts_which_says_more(
    track: list[bytes], listed: list[bytes], expected: list[str]
) -> None:
    # The list stands where that of the whole film is, behind its tracks.
    whole = _text_track(track)
    chapters = _listed(1, len(listed), *enumerate(listed))[8:]
    index = struct.unpack(">I", whole[:4])[0]
    data = struct.pack(">I", index + len(chapters)) + whole[4:index] + chapters + whole[index:]
    place = data.index(b"stco") + 12
    offset = struct.unpack(">I", data[place : place + 4])[0] + len(chapters)
    data = data[:place] + struct.pack(">I", offset) + data[place + 4 :]

    assert [title for _, title in _chapters(data)] == expected
    assert _damaged(data) == ()


def test_a_reference_to_a_missing_track_of_chapters_leads_to_the_only_texts() -> None:
    whole = _text_track([b"One", b"Two"])
    lost = whole.replace(b"chap" + struct.pack(">I", 7), b"chap" + struct.pack(">I", 9))

    assert _chapters(lost) == [(0, "One"), (10, "Two")]
    assert _damaged(lost.replace(b"text", b"sbtl")) == (
        "it names a track with chapters, which is missing or damaged",
    )


def test_a_file_without_index_has_no_chapters() -> None:
    assert _chapters(_atom(b"mdat", b"x")) == []


@given(st.data())
def test_damaged_chapters_do_no_harm(data: st.DataObject) -> None:
    whole = bytearray(_text_track([b"One", b"Two", b"Three"]) + _listed(1, 2, (0, b"One"), (1, b"Two")))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))

    assert len(_chapters(bytes(whole))) <= 2000
