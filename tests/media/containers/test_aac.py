from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcastkit.media.containers.aac import AacConfig, read_aac_config, read_object_type


def _bits(*fields: tuple[int, int]) -> bytes:
    """Return numbers of so many bits each, one after another."""
    text = "".join(f"{number:0{width}b}" for number, width in fields)
    text = text.ljust(-(-len(text) // 8) * 8, "0")
    return int(text, 2).to_bytes(len(text) // 8, "big")


def _descriptor(tag: int, content: bytes, *, long: bool = False) -> bytes:
    size = bytes((0x80, 0x80, 0x80, len(content))) if long else bytes((len(content),))
    return bytes((tag,)) + size + content


def _entry(
    config: bytes, *, kind: int = 0x40, flags: bytes = b"\0", long: bool = False, wave: bool = False
) -> bytes:
    decoder = _descriptor(4, bytes((kind,)) + bytes(12) + _descriptor(5, config, long=long), long=long)
    esds = b"\0\0\0\0esds" + bytes(4) + _descriptor(3, b"\0\1" + flags + decoder, long=long)
    return b"mp4a" + bytes(28 + 16 * wave) + (b"\0\0\0\0wave" + esds if wave else esds)


_LC, _END = (2, 5), (0, 3)
_STEREO_48 = _bits(_LC, (3, 4), (2, 4), _END)
# 5 front channels of which two are pairs, one low: 5.1 without a configuration of that number.
_ELEMENTS = (
    *((0, 4), (1, 2), (4, 4), (2, 4), (0, 4), (1, 4), (1, 2), (0, 3), (0, 4), (0, 1), (1, 1), (5, 4), (0, 1)),
    *((0, 5), (16, 5), (16, 5), (0, 4)),
)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        pytest.param(_STEREO_48, AacConfig(48_000, 2, True), id="stereo"),
        pytest.param(_bits(_LC, (4, 4), (1, 4), _END), AacConfig(44_100, 1, True), id="mono"),
        pytest.param(_bits(_LC, (0, 4), (2, 4), _END), AacConfig(96_000, 2, True), id="96 kHz"),
        pytest.param(
            _bits(_LC, (15, 4), (37_800, 24), (2, 4), _END), AacConfig(37_800, 2, True), id="its own rate"
        ),
        pytest.param(_bits(_LC, (13, 4), (2, 4), _END), AacConfig(None, 2, True), id="a rate that there is not"),
        pytest.param(_bits(_LC, (3, 4), (6, 4), _END), AacConfig(48_000, 6, True), id="5.1"),
        pytest.param(_bits(_LC, (3, 4), (7, 4), _END), AacConfig(48_000, 8, True), id="7.1"),
        pytest.param(_bits(_LC, (3, 4), (0, 4), _END, *_ELEMENTS), AacConfig(48_000, 6, True), id="elements"),
        pytest.param(_bits(_LC, (3, 4), (0, 4)), AacConfig(48_000, None, True), id="elements in the sound"),
        pytest.param(
            _bits((5, 5), (7, 4), (1, 4), (4, 4), _LC, _END), AacConfig(44_100, 1, False), id="HE-AAC, mono"
        ),
        pytest.param(
            _bits((5, 5), (15, 4), (24_000, 24), (2, 4), (15, 4), (48_000, 24), _LC, _END),
            AacConfig(48_000, 2, False),
            id="HE-AAC, its own rates",
        ),
        pytest.param(_bits((29, 5), (6, 4), (1, 4), (3, 4), _LC, _END), AacConfig(48_000, 2, False), id="HE-AACv2"),
        pytest.param(
            _bits(_LC, (6, 4), (2, 4), _END, (0x2B7, 11), (5, 5), (1, 1), (3, 4)),
            AacConfig(48_000, 2, False),
            id="HE-AAC, said at the end",
        ),
        pytest.param(
            _bits(_LC, (6, 4), (1, 4), _END, (0x2B7, 11), (5, 5), (1, 1), (3, 4), (0x548, 11), (1, 1)),
            AacConfig(48_000, 2, False),
            id="HE-AACv2, said at the end",
        ),
        pytest.param(
            _bits(_LC, (4, 4), (1, 4), _END, (0x2B7, 11), (5, 5), (0, 1)),
            AacConfig(44_100, 1, False),
            id="not HE-AAC, said at the end",
        ),
        pytest.param(_bits((31, 5), (10, 6), (3, 4), (2, 4)), AacConfig(48_000, 2, False), id="xHE-AAC"),
    ],
)
def test_config_tells_the_rate_and_the_channels(config: bytes, expected: AacConfig) -> None:
    assert read_aac_config(_entry(config)) == expected


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(_entry(_STEREO_48, long=True), id="long sizes"),
        pytest.param(_entry(_STEREO_48, wave=True), id="QuickTime"),
        pytest.param(_entry(_STEREO_48, flags=b"\xe0\0\1\3urlab"), id="other fields"),
        pytest.param(_entry(_STEREO_48, kind=0x67), id="MPEG-2"),
    ],
)
def test_config_is_found_in_the_descriptor(entry: bytes) -> None:
    assert read_aac_config(entry) == AacConfig(48_000, 2, True)


@pytest.mark.parametrize(
    "entry", [b"", b"alac" + bytes(64), _entry(_STEREO_48, kind=0x6B), _entry(b""), b"mp4a\0\0\0\0esds"]
)
def test_entry_without_aac_has_no_config(entry: bytes) -> None:
    assert read_aac_config(entry) is None


@pytest.mark.parametrize(("kind", "found"), [(0x6C, 0x6C), (0x20, 0x20)])
def test_object_type_is_read(kind: int, found: int) -> None:
    assert read_object_type(_entry(b"", kind=kind)) == found
    assert read_object_type(b"mp4v") is None


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_harm(data: bytes) -> None:
    config = read_aac_config(_entry(data[:100]))

    assert config is None or (config.channels or 0) < 200
    assert read_object_type(b"esds" + data) is None or data
