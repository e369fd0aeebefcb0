"""Make the audio that listeners hear: join clips, set the loudness, limit the peaks, encode."""
