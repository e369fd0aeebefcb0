"""Read transcripts in every format and write the ones that apps support."""
