"""Read the tags in the chunks of WAV and AIFF files."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from podcastkit.media.containers.chunks import AIFF, RIFF, read_chunks
from podcastkit.media.id3 import read_id3
from podcastkit.media.tag_reader import Tags, add_tags, read_author, read_info, read_name

if TYPE_CHECKING:
    from podcastkit.media.containers.chunks import Chunk

_LARGEST_TAG = 2**25
"""Bytes. Even a tag with pictures is smaller."""
_READERS = {
    "wav": (RIFF, {b"id3 ": read_id3, b"list": read_info}),
    "aiff": (AIFF, {b"id3 ": read_id3, b"name": read_name, b"auth": read_author}),
}
"""For each format, the shape of its chunks and the reader of each kind of chunk that is a tag."""


def read_chunk_tags(file: BinaryIO, size: int, format_name: str, sound_size: int) -> Tags:
    """Read the tags of a file of `size` bytes with `sound_size` bytes of sound. ID3 tags take precedence.

    Return empty tags if the format is not WAV or AIFF.
    """
    if format_name not in _READERS:
        return Tags()
    shape, readers = _READERS[format_name]
    chunks = list(read_chunks(file, size, shape, open_size=sound_size))
    # A chunk with a wrong size must not reach into the next one.
    ends = [chunk.start - shape.name - shape.size for chunk in chunks[1:]] + [size]
    tags = Tags()
    for chunk, end in sorted(zip(chunks, ends, strict=True), key=lambda pair: _normalize_name(pair[0]) != b"id3 "):
        if read_tags := readers.get(_normalize_name(chunk)):
            file.seek(chunk.start)
            tags = add_tags(tags, read_tags(file.read(min(chunk.size, end - chunk.start, _LARGEST_TAG))))
            if chunk.end > end:
                name = chunk.name.decode("latin-1").strip()
                damage = f"the {name} chunk states a wrong size; the rest of the chunk is ignored"
                tags = add_tags(tags, Tags(damaged_tags=(damage,)))
    return tags


def _normalize_name(chunk: Chunk) -> bytes:
    return chunk.name.lower()
