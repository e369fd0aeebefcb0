"""Parse TOML, YAML and JSON with the line and column of each value; decode text files."""
