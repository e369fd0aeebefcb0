"""Mix files with more channels than ffmpeg has a layout for, such as multitrack recordings."""

from __future__ import annotations

_MOST_KNOWN = 8
"""The maximum number of channels (7.1) for which ffmpeg assumes a channel layout if the file does not state one."""


def mix_evenly(channels: int, target: int) -> list[str]:
    """Return the filter that mixes all channels equally to one or two, or [] if ffmpeg knows their layout."""
    if channels <= _MOST_KNOWN:
        return []
    even = "+".join(f"{1 / channels:.6f}*c{number}" for number in range(channels))
    return [f"pan=mono|c0={even}" if target == 1 else f"pan=stereo|c0={even}|c1={even}"]
