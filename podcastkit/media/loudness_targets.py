"""Loudness limits and tolerances, shared by checks, mastering and reports.

The target itself is a setting of the show: `AudioSettings.loudness`, -16 LUFS by default.
"""

from __future__ import annotations

HIGHEST_PEAK = -1.0
"""The highest true peak of published audio in dBTP (Apple, Audio requirements; Spotify recommends the same)."""
LOUDNESS_TOLERANCE = 1.0
"""By how many LU audio that is published unchanged may miss the target (Apple, Audio requirements)."""
MASTERING_TOLERANCE = 0.25
"""By how many LU mastering may miss the target. With ffmpeg's rounding to tenths, the error stays below 0.3."""
REPORTED_DEVIATION = 0.35
"""Deviations of an encoded file by more LU than this are reported: 0.4 or more, because figures are in tenths."""
SILENCE = -70.0
"""The absolute gate of BS.1770-5 (annex 1) in LUFS. ffmpeg also reports it for audio without loudness."""
