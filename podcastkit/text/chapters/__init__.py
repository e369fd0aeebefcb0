"""Read and write chapters: lines with timestamps, and JSON chapters."""
