"""Format file sizes for people."""

from __future__ import annotations

_STEP = 1000
_UNITS = ("kB", "MB", "GB")


def format_size(size: int) -> str:
    """Format a size in bytes in decimal units, with one decimal: `1 byte`, `512 bytes`, `902.9 kB`, `25.0 MB`."""
    if size < _STEP:
        return "1 byte" if size == 1 else f"{size} bytes"
    power = next((power for power in range(1, len(_UNITS)) if size < _STEP ** (power + 1)), len(_UNITS))
    return f"{size / _STEP**power:,.1f} {_UNITS[power - 1]}"
