"""Draw charts of a show, such as the loudness of each episode."""
