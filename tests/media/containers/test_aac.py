from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.aac import AacConfig, read_aac_config, read_object_type


def _pack_bits(*fields: tuple[int, int]) -> bytes:
    """Return bytes that contain these numbers, each with a width in bits."""
    text = "".join(f"{number:0{width}b}" for number, width in fields)
    text = text.ljust(-(-len(text) // 8) * 8, "0")
    return int(text, 2).to_bytes(len(text) // 8, "big")


def _make_descriptor(tag: int, content: bytes, *, long: bool = False) -> bytes:
    size = bytes((0x80, 0x80, 0x80, len(content))) if long else bytes((len(content),))
    return bytes((tag,)) + size + content


def _make_entry(
    config: bytes, *, kind: int = 0x40, flags: bytes = b"\0", long: bool = False, wave: bool = False
) -> bytes:
    decoder = _make_descriptor(4, bytes((kind,)) + bytes(12) + _make_descriptor(5, config, long=long), long=long)
    esds = b"\0\0\0\0esds" + bytes(4) + _make_descriptor(3, b"\0\1" + flags + decoder, long=long)
    return b"mp4a" + bytes(28 + 16 * wave) + (b"\0\0\0\0wave" + esds if wave else esds)


_LC, _END = (2, 5), (0, 3)
_STEREO_48 = _pack_bits(_LC, (3, 4), (2, 4), _END)
# 5.1 as a list of elements: one single channel, two pairs, one low-frequency channel.
_ELEMENTS = (
    *((0, 4), (1, 2), (4, 4), (2, 4), (0, 4), (1, 4), (1, 2), (0, 3), (0, 4), (0, 1), (1, 1), (5, 4), (0, 1)),
    *((0, 5), (16, 5), (16, 5), (0, 4)),
)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param(_STEREO_48, AacConfig(48_000, 2, True), id="stereo"),
        pytest.param(_pack_bits(_LC, (4, 4), (1, 4), _END), AacConfig(44_100, 1, True), id="mono"),
        pytest.param(_pack_bits(_LC, (0, 4), (2, 4), _END), AacConfig(96_000, 2, True), id="96 kHz"),
        pytest.param(
            _pack_bits(_LC, (15, 4), (37_800, 24), (2, 4), _END), AacConfig(37_800, 2, True), id="explicit rate"
        ),
        pytest.param(_pack_bits(_LC, (13, 4), (2, 4), _END), AacConfig(None, 2, True), id="reserved rate"),
        pytest.param(_pack_bits(_LC, (3, 4), (6, 4), _END), AacConfig(48_000, 6, True), id="5.1"),
        pytest.param(_pack_bits(_LC, (3, 4), (7, 4), _END), AacConfig(48_000, 8, True), id="7.1"),
        pytest.param(_pack_bits(_LC, (3, 4), (0, 4), _END, *_ELEMENTS), AacConfig(48_000, 6, True), id="elements"),
        pytest.param(
            _pack_bits(_LC, (3, 4), (0, 4)), AacConfig(48_000, None, True), id="elements in the audio data"
        ),
        pytest.param(
            _pack_bits((5, 5), (7, 4), (1, 4), (4, 4), _LC, _END), AacConfig(44_100, 1, False), id="HE-AAC, mono"
        ),
        pytest.param(
            _pack_bits((5, 5), (15, 4), (24_000, 24), (2, 4), (15, 4), (48_000, 24), _LC, _END),
            AacConfig(48_000, 2, False),
            id="HE-AAC, explicit rates",
        ),
        pytest.param(
            _pack_bits((29, 5), (6, 4), (1, 4), (3, 4), _LC, _END), AacConfig(48_000, 2, False), id="HE-AACv2"
        ),
        pytest.param(
            _pack_bits(_LC, (6, 4), (2, 4), _END, (0x2B7, 11), (5, 5), (1, 1), (3, 4)),
            AacConfig(48_000, 2, False),
            id="HE-AAC, extension at the end",
        ),
        pytest.param(
            _pack_bits(_LC, (6, 4), (1, 4), _END, (0x2B7, 11), (5, 5), (1, 1), (3, 4), (0x548, 11), (1, 1)),
            AacConfig(48_000, 2, False),
            id="HE-AACv2, extension at the end",
        ),
        pytest.param(
            _pack_bits(_LC, (4, 4), (1, 4), _END, (0x2B7, 11), (5, 5), (0, 1)),
            AacConfig(44_100, 1, False),
            id="no HE-AAC, extension at the end",
        ),
        pytest.param(_pack_bits((31, 5), (10, 6), (3, 4), (2, 4)), AacConfig(48_000, 2, False), id="xHE-AAC"),
    ],
)
def test_config_states_sample_rate_and_channels(config: bytes, expected: AacConfig) -> None:
    assert read_aac_config(_make_entry(config)) == expected


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(_make_entry(_STEREO_48, long=True), id="long sizes"),
        pytest.param(_make_entry(_STEREO_48, wave=True), id="QuickTime"),
        pytest.param(_make_entry(_STEREO_48, flags=b"\xe0\0\1\3urlab"), id="optional fields"),
        pytest.param(_make_entry(_STEREO_48, kind=0x67), id="MPEG-2"),
    ],
)
def test_config_is_found_in_the_descriptor(entry: bytes) -> None:
    assert read_aac_config(entry) == AacConfig(48_000, 2, True)


@pytest.mark.parametrize(
    "entry", [b"", b"alac" + bytes(64), _make_entry(_STEREO_48, kind=0x6B), _make_entry(b""), b"mp4a\0\0\0\0esds"]
)
def test_entry_without_aac_has_no_config(entry: bytes) -> None:
    assert read_aac_config(entry) is None


@pytest.mark.parametrize(("kind", "found"), [(0x6C, 0x6C), (0x20, 0x20)])
def test_object_type_is_read(kind: int, found: int) -> None:
    assert read_object_type(_make_entry(b"", kind=kind)) == found
    assert read_object_type(b"mp4v") is None


@given(st.binary(max_size=60))
def test_arbitrary_bytes_raise_no_error(data: bytes) -> None:
    config = read_aac_config(_make_entry(data[:100]))

    assert config is None or (config.channels or 0) < 200
    assert read_object_type(b"esds" + data) is None or data
