"""Mix more channels than ffmpeg knows an arrangement of, such as the tracks of a recorder."""

from __future__ import annotations

_MOST_ARRANGED = 8
"""ffmpeg takes so many for those of a known arrangement, up to 7.1, where a file tells nothing else."""


def mix_evenly(given: int, wanted: int) -> list[str]:
    """Return the filter that mixes all channels alike into one or two; none where ffmpeg knows better."""
    if given <= _MOST_ARRANGED:
        return []
    even = "+".join(f"{1 / given:.6f}*c{number}" for number in range(given))
    return [f"pan=mono|c0={even}" if wanted == 1 else f"pan=stereo|c0={even}|c1={even}"]
