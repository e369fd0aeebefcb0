"""Convert strings to values and back. No I/O, no clock."""
