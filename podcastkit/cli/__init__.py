"""Words in, calls, words out: the commands. No decision lives here."""
