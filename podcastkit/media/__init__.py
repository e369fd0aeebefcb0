"""Files to values and back: probing audio, encoding masters, artwork."""
