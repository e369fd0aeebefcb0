"""The limits and tolerances of loudness, shared by checks, mastering and reports.

The target itself is a setting of the show: `AudioSettings.loudness`, -16 LUFS by default.
"""

from __future__ import annotations

HIGHEST_PEAK = -1.0
"""DBTP: the highest true peak of what listeners get (Apple, Audio requirements; Spotify recommends the same)."""
LOUDNESS_TOLERANCE = 1.0
"""LU by which audio that is published as it is may miss the target (Apple, Audio requirements)."""
MASTERING_TOLERANCE = 0.25
"""LU by which mastering may miss the target; ffmpeg rounds to tenths, so that it is less than 0.3 in any case."""
REPORTED_DEVIATION = 0.35
"""LU from which on a finished master is reported; figures are in tenths, so the smallest is 0.4."""
SILENCE = -70.0
"""LUFS: the gate below which nothing counts (BS.1770-5 annex 1), and ffmpeg's figure for audio without loudness."""
