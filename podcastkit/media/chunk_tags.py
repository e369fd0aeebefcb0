"""Read the tags in the chunks of WAV and AIFF files."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from podcastkit.media.containers.chunks import AIFF, RIFF, read_chunks
from podcastkit.media.id3 import read_id3
from podcastkit.media.tag_reader import Tags, add_tags, read_author, read_info, read_name

if TYPE_CHECKING:
    from podcastkit.media.containers.chunks import Chunk

_LARGEST_TAG = 2**25
"""Bytes; more than the pictures of a tag have."""
_READERS = {
    "wav": (RIFF, {b"id3 ": read_id3, b"list": read_info}),
    "aiff": (AIFF, {b"id3 ": read_id3, b"name": read_name, b"auth": read_author}),
}
"""By the format, the shape of its chunks, and the readers of those that are tags."""


def read_chunk_tags(file: BinaryIO, size: int, form: str, sound_size: int) -> Tags:
    """Read the tags of a file of `size` bytes, those of ID3 first; `sound_size` is that of its sound."""
    if form not in _READERS:
        return Tags()
    shape, readers = _READERS[form]
    found = list(read_chunks(file, size, shape, open_size=sound_size))
    ends = [chunk.start - shape.name - shape.size for chunk in found[1:]] + [size]
    tags = Tags()
    for chunk, end in sorted(zip(found, ends, strict=True), key=lambda pair: _name(pair[0]) != b"id3 "):
        if read := readers.get(_name(chunk)):
            file.seek(chunk.start)
            tags = add_tags(tags, read(file.read(min(chunk.size, end - chunk.start, _LARGEST_TAG))))
            if chunk.end > end:
                name = chunk.name.decode("latin-1").strip()
                damage = f"its chunk {name} gives a wrong size; the rest of it is left out"
                tags = add_tags(tags, Tags(damaged_tags=(damage,)))
    return tags


def _name(chunk: Chunk) -> bytes:
    return chunk.name.lower()
