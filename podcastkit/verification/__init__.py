"""What apps meet where a show is published: every address asked for as they ask."""
