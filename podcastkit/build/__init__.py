"""Build the editions of a checked show and the files that they link to: audio, artwork, chapters, transcripts."""
