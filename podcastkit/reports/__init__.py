"""Draw pictures for people: the loudness of each episode."""
