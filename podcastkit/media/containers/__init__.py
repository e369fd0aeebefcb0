"""Read audio containers: count the length of the audio, and detect incomplete files."""
