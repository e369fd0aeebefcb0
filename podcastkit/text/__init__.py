"""Strings to values and back: front matter, show.toml, notes, dates, chapters. No I/O, no clock."""
