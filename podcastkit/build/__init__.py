"""Turn a checked show into editions and the files that they name: audio, artwork, chapters, transcripts."""
