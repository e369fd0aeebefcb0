"""Make the published audio: join clips, set the loudness, limit the peaks, encode."""
