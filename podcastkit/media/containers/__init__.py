"""Read the containers of audio formats: their length, counted, and whether they are complete."""
