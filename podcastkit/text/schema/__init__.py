"""Read typed fields and tables from the values of show.toml and front matter."""
