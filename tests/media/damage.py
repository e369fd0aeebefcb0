"""Random damage, as it happens to files on disks and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


def damage_file(whole: bytes, rng: random.Random) -> bytes:
    """Return the file with one of five kinds of damage, most often near the start."""
    data = bytearray(whole)
    near = min(len(data), 5_000) if rng.random() < 0.7 else len(data)
    at = rng.randrange(near)
    match rng.randrange(5):
        case 0:
            del data[at:]
        case 1:
            del data[at : at + rng.randrange(1, 100)]
        case 2:
            data[at:at] = rng.randbytes(rng.randrange(1, 100))
        case 3:
            data[at : at + 4] = rng.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1"))
        case _:
            for _ in range(8):
                data[rng.randrange(near)] ^= 1 << rng.randrange(8)
    return bytes(data)


def make_undecodable_flac(whole: bytes) -> bytes:
    """Return a FLAC file whose header and last frame are valid, and whose other frames cannot be decoded."""
    last = whole.rindex(b"\xff\xf8", 0, -1000)
    return whole[:9000] + b"\1" * (last - 9000) + whole[last:]
